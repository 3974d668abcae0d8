/* SPDX-License-Identifier: MIT */
/*
 * The way of an interrupt from a controller of lines or IPIs to its flow
 * handler, as a kernel's entry code has it. It is compiled as the library is,
 * so that its accesses are points of the schedule.
 */
#include "entry.h"

int sim_entry(const struct irq_domain *domain, irq_hw_number_t hwirq)
{
	unsigned int cpu = irqkit_port_cpu();
	int error;

	irqkit_dispatch_enter(cpu);
	error = generic_handle_domain_irq(domain, hwirq);
	irqkit_dispatch_exit(cpu);
	return error;
}
