/* SPDX-License-Identifier: MIT */
/*
 * An interrupt arrived: from its vector to its flow handler. No lock: only
 * the CPU itself looks at its slots here and writes its counts.
 */
#include <irqkit/print.h>
#include "cpu_x86.h"
#include "movable.h"
#include "vector.h"

static bool interrupt_in_service(unsigned int vector)
{
	return (irqkit_apic->read(apic_isr(vector)) & apic_isr_bit(vector)) !=
	       0;
}

/*
 * Freed while it was on its way, or nobody's ever. Software may have raised
 * the vector without the APIC, which must then not be told that it ended.
 */
static void interrupt_unexpected(struct irqkit_apic_cpu *local,
				 unsigned int vector)
{
	static struct irqkit_apic_log_limit limit;

	local->unexpected++;
	if (vector < APIC_NR_VECTORS && interrupt_in_service(vector))
		irqkit_apic->eoi();
	if (irqkit_apic_may_log(&limit))
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: cpu %u: nobody has vector %u", local->cpu,
			   vector);
}

/* Ended first: it may be sent again by what it does. */
static void interrupt_clean_up(struct irqkit_apic_cpu *local)
{
	irqkit_apic->eoi();
	irqkit_movable_clean_up(local);
}

/* The spurious interrupt sets no bit in the ISR: no EOI (SDM 10.9). */
static X86_SELDOM void interrupt_without_desc(struct irqkit_apic_cpu *local,
					      unsigned int vector)
{
	if (vector == IRQKIT_X86_SPURIOUS_VECTOR)
		local->spurious++;
	else if (vector == IRQKIT_X86_ERROR_VECTOR)
		irqkit_apic_error(local);
	else if (vector == VECTOR_CLEAN_UP && interrupt_in_service(vector))
		interrupt_clean_up(local);
	else
		interrupt_unexpected(local, vector);
}

void irqkit_x86_interrupt(unsigned int vector)
{
	unsigned int cpu = irqkit_port_cpu();
	struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];
	struct irq_desc *desc = NULL;

	if (X86_UNLIKELY(local == NULL))
		return;
	irqkit_dispatch_enter(cpu);
	if (X86_LIKELY(vector < APIC_NR_VECTORS))
		desc = irqkit_vector_desc(local, vector);
	if (X86_LIKELY(desc != NULL))
		generic_handle_irq_desc(desc);
	else
		interrupt_without_desc(local, vector);
	irqkit_dispatch_exit(cpu);
}
