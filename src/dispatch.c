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
	bool inside = irqkit_in_dispatch_irq_off();

	irqkit_port_irq_restore(state);
	return inside;
}

static void dispatch_wait(unsigned int cpu)
{
	unsigned int sequence = dispatch_sequence(cpu);
	uint64_t start = irqkit_port_nanoseconds();

	while ((sequence & 1) != 0 && dispatch_sequence(cpu) == sequence) {
		relax();
		if (irqkit_port_nanoseconds() - start < GRACE_WARNING_NS)
			continue;
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: cpu %u has been in a handler for a second",
			   cpu);
		start = irqkit_port_nanoseconds();
	}
}

/* Each CPU that handles an interrupt now; most often none does. */
static SELDOM void dispatch_wait_all(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		dispatch_wait(cpu);
}

/*
 * The fence pairs with the one in irqkit_dispatch_begin(), irqkit/irq.h:
 * either the sequence is seen odd here, or the CPU sees what was unpublished.
 * The acquires, here and in dispatch_sequence(), pair with the release in
 * irqkit_dispatch_end().
 */
void irqkit_grace_period(void)
{
	struct irqkit_cpu_dispatch *dispatch = irqkit_dispatch_table;
	struct irqkit_cpu_dispatch *end = dispatch + nr_cpu_ids;
	unsigned int busy = 0;

	irqkit_assert(!irqkit_in_dispatch());
	irqkit_assert_no_lock();
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (; dispatch < end; dispatch++)
		busy |= load_relaxed(&dispatch->sequence);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if ((busy & 1) != 0)
		dispatch_wait_all();
}

void irqkit_reader_enter(struct irqkit_reader *reader)
{
	reader->state = irqkit_port_irq_save();
	reader->cpu = irqkit_port_cpu();
	reader->entered = (irqkit_dispatch_table[reader->cpu].sequence & 1) ==
			  0;
	if (reader->entered)
		irqkit_dispatch_begin(reader->cpu);
}

void irqkit_reader_exit(const struct irqkit_reader *reader)
{
	if (reader->entered)
		irqkit_dispatch_end(reader->cpu);
	irqkit_port_irq_restore(reader->state);
}
