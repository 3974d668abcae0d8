/* SPDX-License-Identifier: MIT */
/*
 * Cross calls: the suite of all machines, and what only a machine that is told
 * to misbehave shows: CPUs that do not take the interrupt, one that gets lost,
 * functions that do not end, memory that is missing.
 */
#include <string.h>
#include "host.h"
#include "suite_host.h"
#include "suites/call_suite.h"

#define CALL_CPUS    6U
#define CALL_OFFLINE 5U
#define CALL_TIME    10000000U

static struct sim_ipi *call_sim;
static unsigned int call_count;
static bool call_stuck;

static void call_counts(void *info)
{
	(void)info;
	call_count++;
}

static void call_sticks(void *info)
{
	call_counts(info);
	while (call_stuck)
		irqkit_port_relax();
}

static void call_test_init(void)
{
	unsigned long memory = host_live();
	struct sim_ipi *per_cpu = sim_ipi_create("per-CPU", true, true, 64);
	struct irqkit_call one = {.function = call_counts};
	int error = -ENOMEM;

	tap_subject("irqkit_smp_call_init(): what cannot be");
	memory = host_live();
	tap_equal(smp_call_function_single(0, call_counts, NULL, 0), -EINVAL,
		  "a call before");
	tap_equal(on_each_cpu(call_counts, NULL, 0), -EINVAL, "of all");
	tap_equal(smp_call_function_any(cpu_online_mask, call_counts, NULL, 0),
		  -EINVAL, "of any");
	tap_equal(smp_call_function_single_async(0, &one), -EINVAL, "async");
	irqkit_call_serve();
	tap_equal(irqkit_smp_call_init(NULL), -EINVAL, "no domain");
	tap_equal(irqkit_smp_call_init(per_cpu->domain), -EINVAL,
		  "per-CPU mode");
	call_sim->fail_at = 1;
	call_sim->fail_with = -ENOSPC;
	tap_equal(irqkit_smp_call_init(call_sim->domain), -ENOSPC, "no hwirq");
	call_sim->fail_at = 0;
	tap_equal((long long)host_live(), (long long)memory, "memory");
	for (unsigned int nth = 1; error == -ENOMEM; nth++) {
		host_fail_alloc(nth);
		error = irqkit_smp_call_init(call_sim->domain);
		if (host_alloc_failed())
			tap_equal(error, -ENOMEM, "allocation %u", nth);
		host_fail_alloc(0);
		if (error == -ENOMEM)
			tap_equal((long long)host_live(), (long long)memory,
				  "memory after %u", nth);
	}
	tap_equal(error, 0, "at last");
	tap_equal(irqkit_smp_call_init(call_sim->domain), -EBUSY, "again");
	tap_close();
}

/* One interrupt for all that comes while a CPU does not take it. */
static void call_test_merge(void)
{
	struct cpumask two;

	tap_subject("an interrupt only where nothing waited");
	call_sim->hold = true;
	call_count = 0;
	sim_ipi_clear(call_sim);
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(smp_call_function_single(1, call_counts, NULL, 0), 0,
			  "call %u", i);
	tap_equal(call_sim->nr_calls, 1, "interrupts");
	tap_equal(call_count, 0, "calls so far");
	cpumask_clear(&two);
	cpumask_set_cpu(1, &two);
	cpumask_set_cpu(2, &two);
	sim_ipi_clear(call_sim);
	tap_equal(on_each_cpu_mask(&two, call_counts, NULL, 0), 0, "both");
	tap_equal(call_sim->nr_calls, 1, "commands");
	tap_expect(!cpumask_test_cpu(1, &call_sim->calls[0].dest) &&
			   cpumask_test_cpu(2, &call_sim->calls[0].dest),
		   "only to the one where nothing waited");
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_count, 5, "calls");
	tap_close();
}

static void call_test_timeout(void)
{
	struct cpumask two;

	tap_subject("a CPU that does not take it: cancelled, and reported");
	irqkit_smp_call_set_timeout(CALL_TIME);
	cpumask_clear(&two);
	cpumask_set_cpu(1, &two);
	cpumask_set_cpu(2, &two);
	call_sim->hold = true;
	call_count = 0;
	sim_ipi_clear(call_sim);
	tap_equal(on_each_cpu_mask(&two, call_counts, NULL, IRQKIT_CALL_WAIT),
		  -ETIMEDOUT, "two CPUs");
	tap_expect(strstr(host_last_log(), "cpu 2 did not take a call") != NULL,
		   "the log: %s", host_last_log());
	tap_expect(call_sim->nr_calls >= 3, "it was sent again: %u",
		   call_sim->nr_calls);
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_count, 0, "calls that ran after that");
	tap_equal(on_each_cpu_mask(&two, call_counts, NULL, IRQKIT_CALL_WAIT),
		  0, "once more");
	tap_equal(call_count, 2, "calls");
	tap_close();
}

static bool call_lost;

static void call_let_through(void)
{
	if (call_lost && call_sim->nr_calls >= 2)
		call_sim->hold = false;
}

/* The first interrupt is taken only when there is a second. */
static void call_test_lost(void)
{
	tap_subject("an interrupt that gets lost is sent once more");
	call_sim->hold = true;
	call_lost = true;
	call_count = 0;
	sim_ipi_clear(call_sim);
	host_clock_hook = call_let_through;
	tap_equal(smp_call_function_single(3, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "the call");
	host_clock_hook = NULL;
	call_lost = false;
	tap_equal(call_sim->nr_calls, 2, "interrupts");
	tap_equal(call_count, 1, "calls");
	call_sim->hold = false;
	tap_close();
}

static void call_test_endless(void)
{
	tap_subject("a function that does not end is left to itself");
	call_stuck = true;
	call_count = 0;
	tap_equal(smp_call_function_single(1, call_sticks, NULL,
					   IRQKIT_CALL_WAIT),
		  -EINPROGRESS, "the call");
	tap_expect(strstr(host_last_log(), "did not end") != NULL,
		   "the log: %s", host_last_log());
	tap_equal(call_count, 1, "calls");
	tap_equal(smp_call_function_single(2, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "another CPU meanwhile");
	call_stuck = false;
	suite_settle();
	tap_equal(smp_call_function_single(1, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "the same CPU after that");
	tap_equal(call_count, 3, "calls");
	tap_close();
}

/* All the room of a CPU is taken by calls that do not end. */
static void call_test_full(void)
{
	unsigned int nr = 0;
	int error = 0;

	tap_subject("no room for another call");
	call_sim->hold = true;
	call_count = 0;
	while (error == 0 && nr < 64) {
		error = smp_call_function_single(1, call_counts, NULL, 0);
		if (error == 0)
			nr++;
	}
	tap_equal(error, -EBUSY, "at last");
	tap_equal(nr, 4, "calls at a time");
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_count, nr, "calls");
	tap_equal(smp_call_function_single(1, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "there is room again");
	tap_close();
}

static void call_from_two(void *info)
{
	unsigned long state = irqkit_port_irq_save();

	*(int *)info = smp_call_function_single(
		0, call_counts, NULL, IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE);
	irqkit_port_irq_restore(state);
}

/* HZ53: who waits for room with interrupts off serves those who wait for it. */
static void call_test_full_serves(void)
{
	unsigned long state;
	int result = -EBUSY;

	tap_subject("HZ53: a wait for room serves too");
	call_sim->hold = true;
	call_count = 0;
	for (unsigned int i = 0; i < 4; i++)
		tap_equal(smp_call_function_single(1, call_counts, NULL, 0), 0,
			  "call %u", i);
	state = irqkit_port_irq_save();
	host_give_work(2, call_from_two, &result);
	tap_equal(smp_call_function_single(1, call_counts, NULL, 0), -EBUSY,
		  "no room");
	tap_equal(call_count, 1, "the call of the other one meanwhile");
	irqkit_port_irq_restore(state);
	suite_settle();
	tap_equal(result, 0, "its result");
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_count, 5, "calls");
	tap_close();
}

static unsigned int call_reads;

static void call_let_late(void)
{
	if (++call_reads == 202)
		call_sim->hold = false;
}

/* All have run when the time is over: nothing is said to be cancelled. */
static void call_test_late(void)
{
	unsigned int wrong = 0;

	tap_subject("a call that ends as its time does");
	for (unsigned int i = 1; i < 400; i += 3) {
		int error;

		call_sim->hold = true;
		call_count = 0;
		call_reads = 202 - i;
		host_clock_hook = call_let_late;
		error = smp_call_function_single(3, call_counts, NULL,
						 IRQKIT_CALL_WAIT);
		host_clock_hook = NULL;
		if ((error == 0) != (call_count == 1))
			wrong++;
		call_sim->hold = false;
		suite_settle();
	}
	tap_equal(wrong, 0, "answers that were wrong");
	tap_close();
}

static struct irqkit_call call_own = {.function = call_counts};

static void call_test_busy(void)
{
	tap_subject("a call of the caller's that is in use");
	call_sim->hold = true;
	call_count = 0;
	tap_equal(smp_call_function_single_async(1, &call_own), 0, "first");
	tap_equal(smp_call_function_single_async(1, &call_own), -EBUSY,
		  "second");
	tap_equal(smp_call_function_single_async(0, &call_own), -EBUSY,
		  "second, to itself");
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_count, 1, "calls");
	tap_equal(smp_call_function_single_async(0, &call_own), 0, "itself");
	tap_equal(call_count, 2, "calls");
	tap_close();
}

/* HZ47: what it was sent is run by the CPU that goes. */
static void call_test_dying(void)
{
	tap_subject("HZ47: a CPU that leaves runs what it was sent");
	call_sim->hold = true;
	call_count = 0;
	tap_equal(smp_call_function_single(4, call_counts, NULL, 0), 0, "one");
	tap_equal(smp_call_function_single_async(4, &call_own), 0, "two");
	tap_equal(smp_call_function_single(4, call_counts, NULL,
					   IRQKIT_CALL_LOCK_FREE),
		  0, "three");
	tap_equal(suite_cpu_down(4, NULL), 0, "down");
	tap_equal(call_count, 3, "calls");
	tap_equal(smp_call_function_single(4, call_counts, NULL, 0), -ENXIO,
		  "it is gone");
	call_sim->hold = false;
	tap_equal(suite_cpu_up(4), 0, "up");
	suite_settle();
	tap_equal(call_count, 3, "calls after it came back");
	tap_equal(smp_call_function_single(4, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "it is back");
	tap_close();
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, CALL_OFFLINE);
	host_start(CALL_CPUS, &offline);
	suite_host_warm_up();
	call_sim = sim_ipi_create("calls", false, true, 64);
	suite_host_use(call_sim);
	call_test_init();
	call_suite_run("");
	call_test_merge();
	call_test_timeout();
	call_test_lost();
	call_test_endless();
	call_test_full();
	call_test_full_serves();
	call_test_late();
	call_test_busy();
	call_test_dying();
	return host_end();
}
