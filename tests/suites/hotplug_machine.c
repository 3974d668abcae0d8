/* SPDX-License-Identifier: MIT */
/* The CPUs of the hotplug suite, and what it says when it fails. */
#include "hotplug.h"

struct cpumask hotplug_movable;

static bool hotplug_told;

/* The CPU of the program itself stays. */
void hotplug_begin(void)
{
	unsigned int cpu;

	cpumask_clear(&hotplug_movable);
	for_each_cpu (cpu, cpu_online_mask) {
		if (cpu != irqkit_port_cpu() && suite_cpu_can_stop(cpu))
			cpumask_set_cpu(cpu, &hotplug_movable);
	}
}

void hotplug_begin_test(void)
{
	hotplug_told = false;
}

unsigned int hotplug_cpu(unsigned int n)
{
	unsigned int cpu = cpumask_first(&hotplug_movable);

	while (n-- > 0)
		cpu = cpumask_next(cpu, &hotplug_movable);
	return cpu;
}

const struct cpumask *hotplug_mask(unsigned int cpu)
{
	static struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	return &mask;
}

const struct cpumask *hotplug_mask_two(unsigned int cpu, unsigned int other)
{
	static struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	cpumask_set_cpu(other, &mask);
	return &mask;
}

void hotplug_tell(unsigned int irq)
{
	if (tap_is_good() || hotplug_told)
		return;
	hotplug_told = true;
	suite_explain(irq);
}
