/* SPDX-License-Identifier: MIT */
/*
 * Cross calls that are refused, by every form alike and without doing any of
 * it; and those that are given up when their time is over.
 */
#include "call_suite.h"

#define ERROR_FREE_WAIT ((unsigned int)IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE)
#define ERROR_TIME	50000000ULL
#define ERROR_TRIES	20U

/* The forms that are for a mask, and those that are not. */
static void error_expect(unsigned int cpu, const struct cpumask *mask,
			 smp_call_func_t function, unsigned int flags,
			 int expected)
{
	tap_equal(smp_call_function_single(cpu, function, &call_log, flags),
		  expected, "single, flags %u", flags);
	tap_equal(smp_call_function_any(mask, function, &call_log, flags),
		  expected, "any, flags %u", flags);
	tap_equal(smp_call_function_many(mask, function, &call_log, flags),
		  expected, "many, flags %u", flags);
	tap_equal(on_each_cpu_mask(mask, function, &call_log, flags), expected,
		  "mask, flags %u", flags);
}

static void error_expect_all(smp_call_func_t function, unsigned int flags,
			     int expected)
{
	error_expect(cpumask_last(cpu_online_mask), cpu_online_mask, function,
		     flags, expected);
	tap_equal(smp_call_function(function, &call_log, flags), expected,
		  "others, flags %u", flags);
	tap_equal(on_each_cpu(function, &call_log, flags), expected,
		  "each, flags %u", flags);
}

static void error_test_functions(void)
{
	struct irqkit_call none = {.function = NULL};
	struct irqkit_call one = {.function = call_note};

	call_forget();
	for (unsigned int flags = 0; flags <= ERROR_FREE_WAIT; flags++) {
		error_expect_all(NULL, flags, -EINVAL);
		error_expect_all(call_note, flags | 4, -EINVAL);
		error_expect_all(call_note, flags | 1U << 31, -EINVAL);
	}
	tap_equal(smp_call_function_single_async(0, NULL), -EINVAL, "no call");
	tap_equal(smp_call_function_single_async(0, &none), -EINVAL,
		  "a call without a function");
	one.flags = IRQKIT_CALL_WAIT;
	tap_equal(smp_call_function_single_async(0, &one), -EINVAL,
		  "a call with the flag to wait");
	one.flags = 4;
	tap_equal(smp_call_function_single_async(0, &one), -EINVAL,
		  "a call with an unknown flag");
	call_expect_sent("nothing was done");
}

static void error_test_start(void)
{
	tap_equal(irqkit_smp_call_set_timeout(0), -EINVAL, "no time");
	tap_equal(irqkit_smp_call_init(suite_domain(false)), -EBUSY, "again");
	tap_equal(irqkit_smp_call_init(NULL), -EINVAL, "no domain");
	if (suite_domain(true) != NULL)
		tap_equal(irqkit_smp_call_init(suite_domain(true)), -EINVAL,
			  "a domain of the other mode");
}

static void error_test_empty(void)
{
	struct cpumask cpus;

	call_forget();
	cpumask_clear(&cpus);
	for (unsigned int flags = 0; flags <= ERROR_FREE_WAIT; flags++) {
		tap_equal(on_each_cpu_mask(&cpus, call_note, &call_log, flags),
			  0, "mask, flags %u", flags);
		tap_equal(smp_call_function_many(&cpus, call_note, &call_log,
						 flags),
			  0, "many, flags %u", flags);
		tap_equal(smp_call_function_any(&cpus, call_note, &call_log,
						flags),
			  -ENXIO, "any, flags %u", flags);
	}
	call_expect_sent("nothing was done");
}

/* CPUs that cannot be: the count itself, and what is far from it. */
static void error_test_impossible(void)
{
	struct irqkit_call one = {.function = call_note};
	struct cpumask cpus;

	call_forget();
	for (unsigned int flags = 0; flags <= ERROR_FREE_WAIT; flags++) {
		error_expect(nr_cpu_ids, NULL, call_note, flags, -EINVAL);
		error_expect(~0U, NULL, call_note, flags, -EINVAL);
		if (nr_cpu_ids == IRQKIT_NR_CPUS)
			continue;
		cpumask_copy(&cpus, cpu_online_mask);
		cpumask_set_cpu(nr_cpu_ids, &cpus);
		error_expect(nr_cpu_ids, &cpus, call_note, flags, -EINVAL);
	}
	tap_equal(smp_call_function_single_async(nr_cpu_ids, &one), -EINVAL,
		  "async");
	tap_equal(smp_call_function_single_async(~0U, &one), -EINVAL,
		  "async, far from it");
	call_expect_sent("nothing was done");
}

static void error_expect_offline(unsigned int offline)
{
	struct irqkit_call one = {.function = call_note};
	struct cpumask only, more;

	irqkit_cpumask_single(&only, offline);
	cpumask_copy(&more, cpu_online_mask);
	cpumask_set_cpu(offline, &more);
	call_forget();
	for (unsigned int flags = 0; flags <= ERROR_FREE_WAIT; flags++) {
		error_expect(offline, &only, call_note, flags, -ENXIO);
		tap_equal(on_each_cpu_mask(&more, call_note, &call_log, flags),
			  -ENXIO, "with others, flags %u", flags);
		tap_equal(smp_call_function_many(&more, call_note, &call_log,
						 flags),
			  -ENXIO, "with others, flags %u", flags);
	}
	tap_equal(smp_call_function_single_async(offline, &one), -ENXIO,
		  "async");
	tap_equal(smp_call_function_single_async(offline, &one), -ENXIO,
		  "async, which was not kept");
	call_expect_sent("nothing was done");
}

/* One that was never started, and one that has gone. */
static void error_test_offline(void)
{
	unsigned int offline = suite_offline_cpu();
	unsigned int cpu = cpumask_last(cpu_online_mask);

	if (offline != SUITE_NONE)
		error_expect_offline(offline);
	if (!suite_cpu_can_stop(cpu))
		return;
	tap_equal(suite_cpu_down(cpu, NULL), 0, "down");
	error_expect_offline(cpu);
	tap_equal(suite_cpu_up(cpu), 0, "up");
	suite_settle();
	call_expect_sent("nothing was left there");
}

/* Waiting with interrupts off is for lock-free ones only. */
static void error_test_contexts(void)
{
	unsigned int last = cpumask_last(cpu_online_mask);
	unsigned long state;

	call_forget();
	state = irqkit_port_irq_save();
	error_expect_all(call_note, IRQKIT_CALL_WAIT, -EDEADLK);
	tap_equal(smp_call_function_single(irqkit_port_cpu(), call_note,
					   &call_log, IRQKIT_CALL_WAIT),
		  -EDEADLK, "to itself too");
	tap_equal(smp_call_function_single(last, call_note, &call_log,
					   ERROR_FREE_WAIT),
		  0, "waiting, lock-free");
	tap_equal(on_each_cpu(call_note, &call_log, ERROR_FREE_WAIT), 0,
		  "waiting for all, lock-free");
	tap_expect(irqkit_port_irqs_disabled(), "interrupts are still off");
	irqkit_port_irq_restore(state);
	call_book(last, 1);
	for_each_cpu (last, cpu_online_mask)
		call_book(last, 1);
	call_expect_sent("the lock-free ones");
}

/* ---- time-outs */

static bool error_stuck;

static void error_stick(void *info)
{
	call_note(info);
	while (__atomic_load_n(&error_stuck, __ATOMIC_ACQUIRE))
		suite_relax();
}

/* What was not begun in time never is. */
static void error_test_deaf(void)
{
	unsigned int cpu = suite_online_cpu(1);
	struct cpumask only;

	irqkit_cpumask_single(&only, cpu);
	call_forget();
	if (!call_deafen(cpu))
		return;
	irqkit_smp_call_set_timeout(ERROR_TIME);
	tap_equal(smp_call_function_single(cpu, call_note, &call_log,
					   IRQKIT_CALL_WAIT),
		  -ETIMEDOUT, "one");
	tap_equal(smp_call_function_single(cpu, call_note, &call_log,
					   ERROR_FREE_WAIT),
		  -ETIMEDOUT, "one, lock-free");
	tap_equal(
		on_each_cpu_mask(&only, call_note, &call_log, IRQKIT_CALL_WAIT),
		-ETIMEDOUT, "a mask");
	irqkit_smp_call_set_timeout(CALL_USUAL);
	call_undeafen(cpu);
	tap_equal(
		on_each_cpu_mask(&only, call_note, &call_log, IRQKIT_CALL_WAIT),
		0, "it hears again");
	call_book(cpu, 1);
	call_expect_sent("what was cancelled never ran");
}

/* It may take several tries until the CPU begins with one in so little time. */
static void error_test_endless(void)
{
	unsigned int cpu = suite_online_cpu(1);
	int result = -ETIMEDOUT;

	call_forget();
	error_stuck = true;
	irqkit_smp_call_set_timeout(ERROR_TIME);
	for (unsigned int i = 0; i < ERROR_TRIES && result == -ETIMEDOUT; i++)
		result = smp_call_function_single(cpu, error_stick, &call_log,
						  IRQKIT_CALL_WAIT);
	tap_equal(result, -EINPROGRESS, "it began, and does not end");
	irqkit_smp_call_set_timeout(CALL_USUAL);
	__atomic_store_n(&error_stuck, false, __ATOMIC_RELEASE);
	tap_equal(smp_call_function_single(cpu, call_note, &call_log,
					   IRQKIT_CALL_WAIT),
		  0, "the next one");
	call_book(cpu, 2);
	call_expect_sent("both");
}

const struct call_test call_error_tests[] = {
	{"functions and flags that cannot be", error_test_functions, 1},
	{"a start that cannot be", error_test_start, 1},
	{"masks without a CPU", error_test_empty, 1},
	{"CPUs that cannot be", error_test_impossible, 1},
	{"CPUs that are offline", error_test_offline, 2},
	{"HZ53: waits in a context that forbids them", error_test_contexts, 2},
	{"a CPU that does not take a call in time", error_test_deaf, 2},
	{"a function that does not end in time", error_test_endless, 2},
	{NULL, NULL, 0},
};
