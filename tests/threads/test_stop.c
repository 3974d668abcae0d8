/* SPDX-License-Identifier: MIT */
/*
 * Stop of all CPUs: what a CPU stored before it stopped is there for the one
 * that stops it, and what that one stored before is there for the last function
 * of the CPU. Plain words, that nothing else orders. Once in a program.
 */
#include "threads.h"

#define STOP_MS	     20000U	   /* in which the works wait to be stopped */
#define STOP_TIME    2000000000ULL /* half of it before the NMI */
#define STOP_SETTLE  20000000U
#define STOP_MESSAGE 0x5707UL

static struct stop_cpu {
	unsigned long count, inverse;
	bool runs;
	bool nmi;
	unsigned int ends;
} IRQKIT_ALIGNED(64) stop_cpus[THREADS_CPUS];

static unsigned long stop_message; /* plain */

static void stop_at_end(unsigned int cpu)
{
	threads_expect(stop_message == STOP_MESSAGE,
		       "what was stored before the stop");
	threads_add(&stop_cpus[cpu].ends, 1);
}

static int stop_send_nmi(unsigned int cpu)
{
	/* As a controller has it: what was stored before goes before. */
	__atomic_store_n(&stop_cpus[cpu].nmi, true, __ATOMIC_RELEASE);
	return 0;
}

/* The last CPU has its interrupts off. */
static void stop_work(void)
{
	unsigned int cpu = irqkit_port_cpu();
	struct stop_cpu *this = &stop_cpus[cpu];

	if (cpu == THREADS_CPUS - 1)
		irqkit_port_irq_save();
	while (!threads_over()) {
		this->count++;
		this->inverse = ~this->count;
		threads_store(&this->runs, true);
		if (threads_load(&this->nmi))
			irqkit_smp_stop_nmi();
		irqkit_port_relax();
	}
	threads_expect(false, "a CPU that is not stopped");
}

static void stop_start(void)
{
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, stop_work);
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++) {
		while (!threads_load(&stop_cpus[cpu].runs) && !threads_over())
			irqkit_port_relax();
	}
}

static void stop_check_ends(void)
{
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++) {
		const struct stop_cpu *that = &stop_cpus[cpu];

		threads_expect(that->inverse == ~that->count,
			       "what a CPU stored before it stopped");
	}
	/* It goes on with its last function after it has answered. */
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++) {
		while (threads_load(&stop_cpus[cpu].ends) == 0 &&
		       !threads_over())
			irqkit_port_relax();
		threads_expect(threads_load(&stop_cpus[cpu].ends) == 1,
			       "one last function");
	}
}

static void stop_check_still(void)
{
	unsigned long before[THREADS_CPUS];
	uint64_t start = irqkit_port_nanoseconds();

	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		before[cpu] = stop_cpus[cpu].count;
	while (irqkit_port_nanoseconds() - start < STOP_SETTLE)
		irqkit_port_relax();
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_expect(stop_cpus[cpu].count == before[cpu],
			       "a CPU that goes on");
}

int main(void)
{
	struct irqkit_smp_stop_info info = {
		.send_nmi = stop_send_nmi,
		.stopped = stop_at_end,
	};
	struct cpumask silent;

	threads_begin();
	info.domain = wire_ipis;
	tap_ok(irqkit_smp_stop_init(&info) == 0, "an IPI that stops CPUs");
	threads_subject("all stop, one by an NMI; what they stored is seen",
			STOP_MS);
	stop_start();
	stop_message = STOP_MESSAGE;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	tap_expect(cpumask_empty(&silent), "nobody is silent");
	stop_check_ends();
	stop_check_still();
	threads_close();
	return threads_end();
}
