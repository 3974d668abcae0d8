/* SPDX-License-Identifier: MIT */
/*
 * Whether "all but self" may be sent as one command (HZ48).
 *
 * The command reaches every local APIC of the machine, so every one of them
 * must belong to a CPU that is online here. That is known only if the
 * configuration promises that no CPU exists beyond the possible ones, and
 * every possible CPU is online: then none is parked, refused, unplugged or
 * foreign, and none can be plugged in unseen.
 */
#ifndef ARCH_X86_SHORTHAND_H
#define ARCH_X86_SHORTHAND_H

#include <irqkit/cpumask.h>
#include <irqkit/port.h>
#include "cpu_x86.h"

/* Right and worth it; looked at in every send to a mask. */
extern bool irqkit_shorthand_usable;

/* What the configuration promises. Context: boot. */
void irqkit_shorthand_init(bool all_cpus_possible);

/**
 * irqkit_shorthand_update() - a CPU began or ended its start
 * @saves_writes: whether a send to many CPUs takes several ICR writes
 *
 * Context: thread or boot.
 */
void irqkit_shorthand_update(bool saves_writes);

/**
 * irqkit_shorthand_fits() - whether a mask is all online CPUs but the caller
 * @dest: the targets
 *
 * Context: on-cpu, interrupts off: the caller must still be on the same CPU
 * when it writes the command.
 */
static inline bool irqkit_shorthand_fits(const struct cpumask *dest)
{
	unsigned int self = irqkit_port_cpu();
	unsigned long differ = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		unsigned long bit = i == irqkit_cpumask_word(self)
					    ? irqkit_cpumask_bit(self)
					    : 0;

		differ |= irqkit_cpumask_load(cpu_online_mask, i) ^
			  (irqkit_cpumask_load(dest, i) | bit);
		differ |= irqkit_cpumask_load(dest, i) & bit;
	}
	return differ == 0;
}

static inline bool irqkit_shorthand_may(void)
{
	return X86_UNLIKELY(
		__atomic_load_n(&irqkit_shorthand_usable, __ATOMIC_RELAXED));
}

#endif
