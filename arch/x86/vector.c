/* SPDX-License-Identifier: MIT */
/* See vector.h. No lock: each slot is claimed atomically. */
#include "vector.h"

bool irqkit_vector_claim_all(const struct cpumask *cpus, unsigned int vector,
			     struct irq_desc *desc)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		if (!irqkit_vector_claim(irqkit_apic_cpus[cpu], vector, desc)) {
			irqkit_vector_release_all(vector, desc);
			return false;
		}
	}
	return true;
}

void irqkit_vector_release_all(unsigned int vector, struct irq_desc *desc)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		irqkit_vector_release(irqkit_apic_cpus[cpu], vector, desc);
}
