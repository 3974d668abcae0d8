/* SPDX-License-Identifier: MIT */
/* Interrupts of devices, each at a vector of one CPU that can be changed. */
#ifndef ARCH_X86_MOVABLE_H
#define ARCH_X86_MOVABLE_H

#include <irqkit/irqdomain.h>
#include "apic.h"

/**
 * irqkit_movable_init() - make the domain, and give away vectors of CPU 0
 *
 * Context: boot, after irqkit_apic_choose().
 * Return: 0; -ENOMEM, having made nothing.
 */
int irqkit_movable_init(void);

/* Undo irqkit_movable_init(), as long as nothing was allocated. */
void irqkit_movable_exit(void);

/**
 * irqkit_movable_clean_up() - free vectors that were moved away from this CPU
 * @local: the calling CPU's
 *
 * Those that are pending here yet are left to a later call, which is sent for.
 *
 * Context: handler, between irqkit_dispatch_enter() and
 * irqkit_dispatch_exit().
 * Locks: descriptor, vector matrix.
 */
void irqkit_movable_clean_up(struct irqkit_apic_cpu *local);

/**
 * irqkit_movable_starting() - vectors of this CPU may be allocated
 * irqkit_movable_dying() - no more; what is latched here is sent elsewhere
 * @cpu: the calling CPU
 *
 * Context: on-cpu, interrupts off, not in a handler. The local APIC is on.
 * Locks: descriptor, vector matrix.
 * Return: 0; -EINVAL if it has started already.
 */
int irqkit_movable_starting(unsigned int cpu);
void irqkit_movable_dying(unsigned int cpu);

#endif
