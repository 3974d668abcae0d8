/* SPDX-License-Identifier: MIT */
/*
 * Grace periods: who waits for handlers waits for those of each CPU, and says
 * so if that takes long; a handler does not wait for itself.
 */
#include <string.h>
#include "host.h"
#include "suites/tap.h"

#define DISPATCH_CPUS	  8U
#define DISPATCH_STUCK_NS 3500000000ULL

/* Longer than a look at all CPUs takes. */
#define DISPATCH_SHORT_NS 10000000ULL

static unsigned int dispatch_irq;
static unsigned int dispatch_cpu; /* it is in a handler */
static uint64_t dispatch_until;
static bool dispatch_waited;

/* A read of the clock, as a wait does it; those in here are not told. */
static void dispatch_hook(void)
{
	host_clock_hook = NULL;
	if (irqkit_port_nanoseconds() < dispatch_until) {
		host_clock_hook = dispatch_hook;
		return;
	}
	dispatch_waited = true;
	irqkit_dispatch_end(dispatch_cpu);
}

static void dispatch_synchronize(unsigned int cpu, uint64_t time)
{
	dispatch_cpu = cpu;
	dispatch_waited = false;
	dispatch_until = irqkit_port_nanoseconds() + time;
	irqkit_dispatch_begin(cpu);
	host_clock_hook = dispatch_hook;
	tap_equal(synchronize_irq(dispatch_irq), 0, "synchronize_irq()");
	host_clock_hook = NULL;
	if (!tap_expect(dispatch_waited, "it waited for cpu %u", cpu))
		irqkit_dispatch_end(cpu);
}

/* No CPU is left out, the last one neither. */
static void dispatch_each_cpu(void)
{
	tap_subject("each CPU is waited for");
	for (unsigned int cpu = 1; cpu < DISPATCH_CPUS; cpu++)
		dispatch_synchronize(cpu, DISPATCH_SHORT_NS);
	tap_close();
}

/* A handler that does not come out is named in the log, again and again. */
static void dispatch_stuck(void)
{
	unsigned int lines = host_log_lines();

	tap_subject("a handler that runs for seconds is logged");
	dispatch_synchronize(3, DISPATCH_STUCK_NS);
	tap_equal(host_log_lines() - lines, 3, "lines");
	tap_expect(strstr(host_last_log(), "cpu 3") != NULL, "the line: %s",
		   host_last_log());
	tap_close();
}

static void dispatch_self(void)
{
	unsigned long state = irqkit_port_irq_save();

	tap_subject("a handler does not wait for itself");
	irqkit_dispatch_enter(0);
	tap_equal(synchronize_irq(dispatch_irq), -EDEADLK, "inside");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	tap_equal(synchronize_irq(dispatch_irq), 0, "outside");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(DISPATCH_CPUS, NULL);
	dispatch_irq = (unsigned int)irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);
	dispatch_each_cpu();
	dispatch_stuck();
	dispatch_self();
	irq_free_descs(dispatch_irq, 1);
	return host_end();
}
