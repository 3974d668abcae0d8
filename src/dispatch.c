/* SPDX-License-Identifier: MIT */
/*
 * Dispatch sequence counters: each CPU says when it handles interrupts, and a
 * grace period waits until all that handle now have come out. No lock.
 */
#include "internals.h"

/* How long a handler may run before the wait for it is logged. */
#define GRACE_WARNING_NS 1000000000ULL

struct irqkit_cpu_dispatch irqkit_dispatch_table[IRQKIT_NR_CPUS];

static unsigned int dispatch_sequence(unsigned int cpu)
{
	return load_acquire(&irqkit_dispatch_table[cpu].sequence);
}

bool irqkit_in_dispatch(void)
{
	unsigned long state = irqkit_port_irq_save();
	bool inside = (dispatch_sequence(irqkit_port_cpu()) & 1) != 0;

	irqkit_port_irq_restore(state);
	return inside;
}

static void dispatch_wait(unsigned int cpu, unsigned int sequence)
{
	uint64_t start = irqkit_port_nanoseconds();

	while (dispatch_sequence(cpu) == sequence) {
		relax();
		if (irqkit_port_nanoseconds() - start < GRACE_WARNING_NS)
			continue;
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: cpu %u has been in a handler for a second",
			   cpu);
		start = irqkit_port_nanoseconds();
	}
}

/*
 * The fence pairs with the one in irqkit_dispatch_enter(), irqkit/irq.h:
 * either the sequence is seen odd here, or the CPU sees what was unpublished.
 * The acquire pairs with the release in irqkit_dispatch_exit().
 */
void irqkit_grace_period(void)
{
	irqkit_assert(!irqkit_in_dispatch());
	irqkit_assert_no_lock();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		unsigned int sequence = dispatch_sequence(cpu);

		if ((sequence & 1) != 0)
			dispatch_wait(cpu, sequence);
	}
}

void irqkit_reader_enter(struct irqkit_reader *reader)
{
	reader->state = irqkit_port_irq_save();
	reader->cpu = irqkit_port_cpu();
	reader->entered = (irqkit_dispatch_table[reader->cpu].sequence & 1) ==
			  0;
	if (reader->entered)
		irqkit_dispatch_enter(reader->cpu);
}

void irqkit_reader_exit(const struct irqkit_reader *reader)
{
	if (reader->entered)
		irqkit_dispatch_exit(reader->cpu);
	irqkit_port_irq_restore(reader->state);
}

int synchronize_irq(unsigned int irq)
{
	if (irq_to_desc(irq) == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	irqkit_grace_period();
	return 0;
}
