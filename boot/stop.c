/* SPDX-License-Identifier: MIT */
/* How a CPU that fails stops the other ones, by irqkit/smp_stop.h. No state. */
#include "kernel.h"
#include "smp.h"

/* Half of it is for those that listen, if there are NMIs for the others. */
#define STOP_NS 2000000000ULL

static void stop_this_cpu(unsigned int cpu)
{
	(void)cpu;
	arch_halt();
}

void stop_init(void)
{
	const struct irqkit_smp_stop_info info = {
		.domain = machine.ipi_single,
		.send_nmi = machine.send_nmi,
		.stopped = stop_this_cpu,
	};
	int error = irqkit_smp_stop_init(&info);

	if (error != 0)
		panic("cannot have an IPI that stops CPUs: %d", error);
}

/* The library says who did not stop. Before stop_init() nobody is stopped. */
void stop_others(void)
{
	arch_irq_disable();
	irqkit_smp_stop(STOP_NS, NULL);
}
