/* SPDX-License-Identifier: MIT */
/* INIT and start-up IPIs: a CPU begins to run (SDM 8.4.4.1). No state. */
#include "apic.h"
#include "cpu_x86.h"

#define START_PAGE_SHIFT    12U
#define START_PAGE_SIZE	    (1U << START_PAGE_SHIFT)
#define START_LIMIT	    (1U << 20) /* real mode sees no further */
#define START_INIT_DELAY_NS 10000000U
#define START_SIPI_DELAY_NS 200000U

static void start_delay(uint64_t nanoseconds)
{
	uint64_t start = irqkit_port_nanoseconds();

	while (irqkit_port_nanoseconds() - start < nanoseconds)
		continue;
}

static bool start_is_valid(unsigned int cpu, uint32_t entry)
{
	return irqkit_apic != NULL && cpu_possible(cpu) &&
	       irqkit_apic_cpus[cpu] != NULL &&
	       irqkit_apic_cpus[cpu]->prepared && !irqkit_cpu_is_foreign(cpu) &&
	       entry < START_LIMIT && entry % START_PAGE_SIZE == 0;
}

/* Send, see that it has left, and give the CPU its time. */
static int start_step(struct irqkit_apic_cpu *target, uint32_t command,
		      uint64_t nanoseconds)
{
	int error = irqkit_apic->send(target, command);

	if (error == 0)
		error = irqkit_apic->wait_sent();
	if (error == 0)
		start_delay(nanoseconds);
	return error;
}

int irqkit_x86_start_cpu(unsigned int cpu, uint32_t entry)
{
	uint32_t startup = APIC_ICR_STARTUP | APIC_ICR_ASSERT |
			   entry >> START_PAGE_SHIFT;
	struct irqkit_apic_cpu *target;
	int error;

	if (!start_is_valid(cpu, entry))
		return -EINVAL;
	if (cpu_online(cpu))
		return -EBUSY;
	target = irqkit_apic_cpus[cpu];
	error = start_step(target, APIC_ICR_INIT | APIC_ICR_ASSERT,
			   START_INIT_DELAY_NS);
	if (error == 0)
		error = start_step(target, startup, START_SIPI_DELAY_NS);
	if (error == 0)
		error = start_step(target, startup, 0);
	return error;
}
