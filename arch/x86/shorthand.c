/* SPDX-License-Identifier: MIT */
/*
 * See shorthand.h. No lock: the kernel does not run two steps of a CPU's life
 * at once. A flag that is set late only costs writes; it is not set too long,
 * as a CPU leaves the active ones, and this is called, before it leaves those
 * that are online.
 */
#include "shorthand.h"

bool irqkit_shorthand_usable;

static bool shorthand_promised;

void irqkit_shorthand_init(bool all_cpus_possible)
{
	shorthand_promised = all_cpus_possible;
}

void irqkit_shorthand_update(bool saves_writes)
{
	bool usable = shorthand_promised && saves_writes && nr_cpu_ids > 1 &&
		      cpumask_equal(cpu_active_mask, cpu_possible_mask);

	__atomic_store_n(&irqkit_shorthand_usable, usable, __ATOMIC_RELAXED);
}
