/* SPDX-License-Identifier: MIT */
/* Non-maskable interrupts that one CPU sends to another. No state. */
#include "apic.h"

int irqkit_x86_send_nmi(unsigned int cpu)
{
	if (!cpu_possible(cpu) || irqkit_apic_cpus[cpu] == NULL)
		return -EINVAL;
	if (!cpu_online(cpu))
		return -ENXIO;
	/* What is known of it is read after it was seen online; see ipi.c. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return irqkit_apic->send_nmi(irqkit_apic_cpus[cpu]);
}
