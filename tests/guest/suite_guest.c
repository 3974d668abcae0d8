/* SPDX-License-Identifier: MIT */
/* The machine of suites/suite.h in a guest: the reference kernel's CPUs. */
#include "kernel.h"
#include "suites/suite.h"

unsigned int suite_offline_cpu(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_present_mask) {
		if (!cpu_online(cpu) && !irqkit_cpu_is_foreign(cpu))
			return cpu;
	}
	return SUITE_NONE;
}

unsigned int suite_foreign_cpu(void)
{
	return SUITE_NONE;
}

struct irq_domain *suite_domain(bool per_cpu)
{
	return per_cpu ? machine.ipi_per_cpu : machine.ipi_single;
}

/* wait_for_cpu() ends the run with the CPU's number if one hangs. */
void suite_run_on_mask(const struct cpumask *cpus,
		       void (*function)(void *argument), void *argument)
{
	unsigned int self = irqkit_port_cpu();
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		if (cpu != self)
			start_on_cpu(cpu, function, argument);
	}
	if (cpumask_test_cpu(self, cpus))
		function(argument);
	for_each_cpu (cpu, cpus) {
		if (cpu != self)
			wait_for_cpu(cpu);
	}
}

void suite_relax(void)
{
	arch_relax();
}

unsigned long suite_memory(void)
{
	return memory_used();
}
