/* SPDX-License-Identifier: MIT */
/*
 * Cross calls: each function runs once, where it should, with interrupts off;
 * CPUs that call each other all finish; and what cannot be is refused.
 */
#include "call_suite.h"
#include "suite.h"

#define CALL_STORM 128U

/* Worth a word. */
#define CALL_SLOW_NS 2000000000ULL

static struct {
	unsigned int runs[IRQKIT_NR_CPUS];
	unsigned int wrong; /* interrupts on, or another argument */
} call_log;

static void call_forget(void)
{
	call_log.wrong = 0;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		call_log.runs[cpu] = 0;
}

static void call_note(void *info)
{
	if (info != &call_log || !irqkit_port_irqs_disabled())
		__atomic_fetch_add(&call_log.wrong, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&call_log.runs[irqkit_port_cpu()], 1,
			   __ATOMIC_RELAXED);
}

static bool call_ran(const struct cpumask *cpus, unsigned int times)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		if (__atomic_load_n(&call_log.runs[cpu], __ATOMIC_RELAXED) !=
		    times)
			return false;
	}
	return true;
}

static bool call_ran_once(void *cpus)
{
	return call_ran(cpus, 1);
}

/* Each CPU of @cpus has run it so often, and no other CPU. */
static void call_expect(const struct cpumask *cpus, unsigned int times,
			const char *when)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		tap_equal(
			__atomic_load_n(&call_log.runs[cpu], __ATOMIC_RELAXED),
			cpumask_test_cpu(cpu, cpus) ? times : 0, "%s: cpu %u",
			when, cpu);
	tap_equal(call_log.wrong, 0, "%s: wrong ones", when);
	call_forget();
}

static void call_others(struct cpumask *cpus)
{
	cpumask_copy(cpus, cpu_online_mask);
	cpumask_clear_cpu(irqkit_port_cpu(), cpus);
}

/* ---- who runs it */

static void call_test_forms(void)
{
	unsigned int last = cpumask_last(cpu_online_mask);
	unsigned int self = irqkit_port_cpu();
	struct cpumask others, cpus;

	call_others(&others);
	call_forget();
	irqkit_cpumask_single(&cpus, last);
	tap_equal(smp_call_function_single(last, call_note, &call_log,
					   IRQKIT_CALL_WAIT),
		  0, "single");
	call_expect(&cpus, 1, "single");
	irqkit_cpumask_single(&cpus, self);
	tap_equal(smp_call_function_single(self, call_note, &call_log, 0), 0,
		  "self");
	call_expect(&cpus, 1, "self");
	tap_equal(smp_call_function_any(cpu_online_mask, call_note, &call_log,
					IRQKIT_CALL_WAIT),
		  0, "any of all");
	call_expect(&cpus, 1, "any of all: self");
	tap_equal(smp_call_function(call_note, &call_log, IRQKIT_CALL_WAIT), 0,
		  "others");
	call_expect(&others, 1, "others");
	tap_equal(on_each_cpu(call_note, &call_log, IRQKIT_CALL_WAIT), 0,
		  "each");
	call_expect(cpu_online_mask, 1, "each");
	tap_equal(smp_call_function_many(cpu_online_mask, call_note, &call_log,
					 IRQKIT_CALL_WAIT),
		  0, "many");
	call_expect(&others, 1, "many: not self");
	tap_equal(on_each_cpu_mask(cpu_online_mask, call_note, &call_log,
				   IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE),
		  0, "mask");
	call_expect(cpu_online_mask, 1, "mask");
	if (cpumask_empty(&others))
		return;
	irqkit_cpumask_single(&cpus, cpumask_first(&others));
	tap_equal(smp_call_function_any(&others, call_note, &call_log,
					IRQKIT_CALL_WAIT),
		  0, "any of the others");
	call_expect(&cpus, 1, "any of the others: the first");
}

static void call_test_masks(void)
{
	uint32_t random = SUITE_SEED;

	call_forget();
	for (unsigned int i = 0; i < 200; i++) {
		struct cpumask cpus;

		suite_random_mask(&random, &cpus);
		tap_equal(on_each_cpu_mask(
				  &cpus, call_note, &call_log,
				  IRQKIT_CALL_WAIT |
					  (i % 2 != 0 ? IRQKIT_CALL_LOCK_FREE
						      : 0U)),
			  0, "round %u", i);
		call_expect(&cpus, 1, "at random");
	}
}

static void call_test_no_wait(void)
{
	struct cpumask others;

	call_others(&others);
	call_forget();
	for (unsigned int i = 0; i < 50; i++) {
		tap_equal(smp_call_function(call_note, &call_log, 0), 0,
			  "round %u", i);
		tap_expect(suite_wait(call_ran_once, &others), "all ran");
		call_expect(&others, 1, "not waited for");
	}
	/* More at a time than there is room for wait for each other. */
	for (unsigned int i = 0; i < 50; i++)
		tap_equal(smp_call_function(call_note, &call_log, 0), 0,
			  "one after the other");
	tap_equal(smp_call_function(call_note, &call_log, IRQKIT_CALL_WAIT), 0,
		  "the last");
	suite_settle();
	call_expect(&others, 51, "one after the other");
}

/* What was stored is there, in both directions. */
static unsigned long call_payload[IRQKIT_NR_CPUS][2];

static void call_reply(void *info)
{
	unsigned long *payload = call_payload[irqkit_port_cpu()];
	unsigned long *expected = info;

	payload[1] = *expected + irqkit_port_cpu();
}

static void call_test_order(void)
{
	unsigned int cpu;

	for (unsigned long i = 1; i <= 200; i++) {
		unsigned long value = i;

		on_each_cpu(call_reply, &value, IRQKIT_CALL_WAIT);
		for_each_cpu (cpu, cpu_online_mask) {
			if (call_payload[cpu][1] != i + cpu)
				tap_equal((long long)call_payload[cpu][1],
					  (long long)(i + cpu),
					  "round %u, cpu %u", (unsigned int)i,
					  cpu);
		}
	}
}

/* ---- all call all */

static struct cpumask call_few;
static unsigned int call_errors;

static void call_storm(void *flags)
{
	unsigned int how = *(unsigned int *)flags;
	unsigned int rounds = suite_share(CALL_STORM);
	bool off = (how & IRQKIT_CALL_LOCK_FREE) != 0;

	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long state = off ? irqkit_port_irq_save() : 0;

		if (smp_call_function_many(&call_few, call_note, &call_log,
					   how) != 0)
			__atomic_fetch_add(&call_errors, 1, __ATOMIC_RELAXED);
		if (off)
			irqkit_port_irq_restore(state);
	}
}

static void call_test_storm(unsigned int how, const char *what)
{
	unsigned int rounds = suite_share(CALL_STORM);
	unsigned int nr;

	suite_few_cpus(&call_few);
	nr = cpumask_weight(&call_few);
	call_forget();
	call_errors = 0;
	suite_run_on_mask(&call_few, call_storm, &how);
	suite_settle();
	tap_equal(call_errors, 0, "%s: calls that failed", what);
	call_expect(&call_few, rounds * (nr - 1), what);
}

/* The CPUs all wait with interrupts off, and serve each other (HZ53). */
static void call_test_storms(void)
{
	call_test_storm(IRQKIT_CALL_WAIT, "interrupts on");
	call_test_storm(IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE,
			"interrupts off");
}

/* ---- a lock that serves */

static struct irqkit_call_lock call_lock;
static unsigned long call_locked;

static void call_under_lock(void *argument)
{
	unsigned int rounds = suite_share(CALL_STORM);

	(void)argument;
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long state = irqkit_call_lock(&call_lock);

		call_locked++;
		/* The others wait for the lock, with interrupts off. */
		if (smp_call_function_many(&call_few, call_note, &call_log,
					   IRQKIT_CALL_WAIT |
						   IRQKIT_CALL_LOCK_FREE) != 0)
			__atomic_fetch_add(&call_errors, 1, __ATOMIC_RELAXED);
		irqkit_call_unlock(&call_lock, state);
	}
}

static void call_test_lock(void)
{
	unsigned int rounds = suite_share(CALL_STORM);
	unsigned int nr;

	suite_few_cpus(&call_few);
	nr = cpumask_weight(&call_few);
	call_forget();
	call_errors = 0;
	call_locked = 0;
	suite_run_on_mask(&call_few, call_under_lock, NULL);
	tap_equal(call_errors, 0, "calls that failed");
	tap_equal((long long)call_locked, rounds * nr, "times it was held");
	call_expect(&call_few, rounds * (nr - 1), "while it is held");
}

/* ---- from a function that was called */

static void call_from_function(void *info)
{
	unsigned int next = suite_next_online(irqkit_port_cpu());

	if (smp_call_function_single(next, call_note, info, IRQKIT_CALL_WAIT) !=
	    -EDEADLK)
		__atomic_fetch_add(&call_errors, 1, __ATOMIC_RELAXED);
	if (smp_call_function_single(next, call_note, info, 0) != 0)
		__atomic_fetch_add(&call_errors, 1, __ATOMIC_RELAXED);
	if (smp_call_function_single(next, call_note, info,
				     IRQKIT_CALL_WAIT |
					     IRQKIT_CALL_LOCK_FREE) != 0)
		__atomic_fetch_add(&call_errors, 1, __ATOMIC_RELAXED);
}

static bool call_ran_twice(void *cpus)
{
	return call_ran(cpus, 2);
}

static void call_test_nested(void)
{
	suite_few_cpus(&call_few);
	call_forget();
	call_errors = 0;
	for (unsigned int cpu = cpumask_first(&call_few); cpu < nr_cpu_ids;
	     cpu = cpumask_next(cpu, &call_few)) {
		struct cpumask next;

		irqkit_cpumask_single(&next, suite_next_online(cpu));
		tap_equal(smp_call_function_single(cpu, call_from_function,
						   &call_log, IRQKIT_CALL_WAIT),
			  0, "cpu %u", cpu);
		tap_expect(suite_wait(call_ran_twice, &next), "both came");
		call_expect(&next, 2, "from a function");
	}
	tap_equal(call_errors, 0, "wrong answers");
}

/* ---- the caller's own storage */

#define CALL_OWN 8U

static struct {
	struct irqkit_call calls[CALL_OWN];
	unsigned int order[CALL_OWN * 2];
	unsigned int nr;
	unsigned int again; /* how often the first one still goes out */
	int error;
} call_own;

static void call_own_note(void *info)
{
	struct irqkit_call *one = info;

	if (call_own.nr < CALL_OWN * 2)
		call_own.order[call_own.nr] =
			(unsigned int)(one - call_own.calls);
	__atomic_fetch_add(&call_own.nr, 1, __ATOMIC_RELEASE);
}

static bool call_own_done(void *nr)
{
	return __atomic_load_n(&call_own.nr, __ATOMIC_ACQUIRE) ==
	       *(unsigned int *)nr;
}

static void call_own_send(unsigned int cpu, unsigned int flags)
{
	unsigned int nr = CALL_OWN;

	call_own.nr = 0;
	for (unsigned int i = 0; i < CALL_OWN; i++) {
		struct irqkit_call *one = &call_own.calls[i];

		one->function = call_own_note;
		one->info = one;
		one->flags = flags;
		tap_equal(smp_call_function_single_async(cpu, one), 0,
			  "cpu %u, call %u", cpu, i);
	}
	tap_expect(suite_wait(call_own_done, &nr), "all came");
	for (unsigned int i = 0; i < CALL_OWN; i++)
		tap_equal(call_own.order[i], i, "cpu %u, place %u", cpu, i);
}

static void call_own_again(void *info)
{
	struct irqkit_call *one = info;

	if (call_own.again-- != 0)
		call_own.error |= smp_call_function_single_async(
			suite_next_online(irqkit_port_cpu()), one);
	else
		call_own_note(info);
}

static void call_test_async(void)
{
	struct irqkit_call *first = &call_own.calls[0];
	unsigned int nr = 1;
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		call_own_send(cpu, 0);
		call_own_send(cpu, IRQKIT_CALL_LOCK_FREE);
	}
	/* It goes round as soon as its function has been called. */
	call_own.nr = 0;
	call_own.error = 0;
	call_own.again = CALL_STORM;
	first->function = call_own_again;
	tap_equal(smp_call_function_single_async(0, first), 0, "round");
	tap_expect(suite_wait(call_own_done, &nr), "it came round");
	tap_equal(call_own.error, 0, "none was refused");
}

/* ---- what cannot be */

static void call_test_functions(void)
{
	struct irqkit_call none = {.function = NULL};
	struct irqkit_call one = {.function = call_note};

	tap_equal(smp_call_function_single(0, NULL, NULL, 0), -EINVAL,
		  "no function");
	tap_equal(on_each_cpu(NULL, NULL, 0), -EINVAL, "no function, each");
	tap_equal(smp_call_function(call_note, NULL, 4), -EINVAL,
		  "an unknown flag");
	tap_equal(smp_call_function_many(NULL, call_note, NULL, 0), -EINVAL,
		  "no mask");
	tap_equal(smp_call_function_any(NULL, call_note, NULL, 0), -EINVAL,
		  "no mask, any");
	tap_equal(smp_call_function_single_async(0, NULL), -EINVAL, "no call");
	tap_equal(smp_call_function_single_async(0, &none), -EINVAL,
		  "a call without a function");
	one.flags = IRQKIT_CALL_WAIT;
	tap_equal(smp_call_function_single_async(0, &one), -EINVAL,
		  "a call with another flag");
	tap_equal(irqkit_smp_call_set_timeout(0), -EINVAL, "no time");
	tap_equal(irqkit_smp_call_init(suite_domain(false)), -EBUSY, "again");
	tap_equal(irqkit_smp_call_init(NULL), -EINVAL, "no domain");
}

static void call_test_cpus(void)
{
	struct irqkit_call one = {.function = call_note};
	unsigned int offline = suite_offline_cpu();
	struct cpumask cpus;

	tap_equal(smp_call_function_single(nr_cpu_ids, call_note, NULL, 0),
		  -EINVAL, "no such CPU");
	tap_equal(smp_call_function_single(~0U, call_note, NULL, 0), -EINVAL,
		  "no such CPU at all");
	tap_equal(smp_call_function_single_async(nr_cpu_ids, &one), -EINVAL,
		  "no such CPU, async");
	cpumask_clear(&cpus);
	tap_equal(
		on_each_cpu_mask(&cpus, call_note, &call_log, IRQKIT_CALL_WAIT),
		0, "an empty mask");
	tap_equal(smp_call_function_any(&cpus, call_note, &call_log, 0), -ENXIO,
		  "any of none");
	if (nr_cpu_ids < IRQKIT_NR_CPUS) {
		cpumask_set_cpu(nr_cpu_ids, &cpus);
		tap_equal(on_each_cpu_mask(&cpus, call_note, NULL, 0), -EINVAL,
			  "a mask of CPUs that cannot be");
	}
	if (offline == SUITE_NONE)
		return;
	cpumask_copy(&cpus, cpu_online_mask);
	cpumask_set_cpu(offline, &cpus);
	call_forget();
	tap_equal(smp_call_function_single(offline, call_note, &call_log, 0),
		  -ENXIO, "an offline CPU");
	tap_equal(smp_call_function_single_async(offline, &one), -ENXIO,
		  "an offline CPU, async");
	tap_equal(on_each_cpu_mask(&cpus, call_note, &call_log, 0), -ENXIO,
		  "a mask with an offline CPU");
	suite_settle();
	cpumask_clear(&cpus);
	call_expect(&cpus, 0, "nothing was done");
}

/* Waiting with interrupts off is for lock-free ones only. */
static void call_test_contexts(void)
{
	unsigned int last = cpumask_last(cpu_online_mask);
	struct cpumask cpus;
	unsigned long state;

	call_forget();
	state = irqkit_port_irq_save();
	tap_equal(smp_call_function_single(last, call_note, &call_log,
					   IRQKIT_CALL_WAIT),
		  -EDEADLK, "waiting");
	tap_equal(smp_call_function_single(last, call_note, &call_log,
					   IRQKIT_CALL_WAIT |
						   IRQKIT_CALL_LOCK_FREE),
		  0, "waiting, lock-free");
	irqkit_port_irq_restore(state);
	irqkit_cpumask_single(&cpus, last);
	call_expect(&cpus, 1, "the second one");
}

/* ---- CPUs that come and go */

static bool call_over;

/* Whoever is called while it leaves, either runs it or is not there. */
static void call_while_leaving(void *argument)
{
	unsigned int cpu = *(unsigned int *)argument;

	while (!__atomic_load_n(&call_over, __ATOMIC_ACQUIRE)) {
		int error = smp_call_function_single(
			cpu, call_note, &call_log,
			IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE);

		if (error == 0)
			__atomic_fetch_add(&call_own.nr, 1, __ATOMIC_RELAXED);
		else if (error != -ENXIO)
			call_own.error = error;
		suite_relax();
	}
}

static void call_test_hotplug(void)
{
	unsigned int cpu = suite_online_cpu(1);
	unsigned int caller = suite_online_cpu(2);

	if (!suite_cpu_can_stop(cpu)) {
		tap_skip("the CPU cannot be stopped");
		return;
	}
	call_forget();
	call_over = false;
	call_own.nr = 0;
	call_own.error = 0;
	suite_start_on(caller, call_while_leaving, &cpu);
	for (unsigned int i = 0; i < 20; i++) {
		tap_equal(suite_cpu_down(cpu, NULL), 0, "down, round %u", i);
		tap_equal(suite_cpu_up(cpu), 0, "up, round %u", i);
		suite_settle();
	}
	__atomic_store_n(&call_over, true, __ATOMIC_RELEASE);
	suite_wait_for(caller);
	tap_equal(call_own.error, 0, "no other error");
	tap_equal(call_log.runs[cpu], call_own.nr, "those that said 0 ran");
	tap_expect(call_own.nr > 0, "some ran");
	call_forget();
}

static const struct {
	const char *name;
	void (*run)(void);
	unsigned int cpus;
} call_tests[] = {
	{"I18: each form runs where it should", call_test_forms, 1},
	{"masks at random", call_test_masks, 1},
	{"calls that are not waited for", call_test_no_wait, 2},
	{"what was stored is seen, there and back", call_test_order, 1},
	{"HZ53: all call all at the same time", call_test_storms, 2},
	{"HZ53: a lock that is waited for", call_test_lock, 2},
	{"calls by functions that were called", call_test_nested, 2},
	{"HZ51, HZ52: calls in the caller's storage", call_test_async, 2},
	{"functions, flags and masks that cannot be", call_test_functions, 1},
	{"CPUs that cannot be called", call_test_cpus, 1},
	{"waiting with interrupts off", call_test_contexts, 2},
	{"HZ47: a CPU that leaves and comes back", call_test_hotplug, 3},
};

void call_suite_run(const char *label)
{
	tap_prefix(label);
	for (size_t i = 0; i < sizeof(call_tests) / sizeof(call_tests[0]);
	     i++) {
		uint64_t start = irqkit_port_nanoseconds();
		uint64_t took;

		tap_subject("%s", call_tests[i].name);
		if (suite_nr_online() < call_tests[i].cpus)
			tap_skip("more CPUs are needed");
		else
			call_tests[i].run();
		took = irqkit_port_nanoseconds() - start;
		if (took > CALL_SLOW_NS)
			tap_note("took %u ms", (unsigned int)(took / 1000000));
		tap_close();
	}
	tap_prefix("");
}
