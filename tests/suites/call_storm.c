/* SPDX-License-Identifier: MIT */
/*
 * Cross calls of all to all at the same time: every form, waited for or not,
 * with interrupts on and off; and a lock that is waited for. All counts are
 * exact.
 */
#include "call_suite.h"

#define STORM_ROUNDS 192U
#define STORM_LOCKED 48U
#define STORM_OWN    3U

enum storm_form {
	STORM_SINGLE,
	STORM_SELF,
	STORM_ANY,
	STORM_MANY,
	STORM_MASK,
	STORM_OWN_CALL,
	STORM_FORMS,
	/* Seldom, as they are for all that are online. */
	STORM_OTHERS = STORM_FORMS,
	STORM_EACH,
};

static struct cpumask storm_few;
static struct irqkit_call storm_own[IRQKIT_NR_CPUS][STORM_OWN];

struct storm_call {
	enum storm_form form;
	unsigned int flags;
	unsigned int cpu, self;
	struct cpumask mask;
};

static void storm_random_cpus(uint32_t *random, struct storm_call *call)
{
	unsigned int cpu;

	call->cpu = call->self;
	cpumask_clear(&call->mask);
	for_each_cpu (cpu, &storm_few) {
		if (suite_random(random) % 2 == 0)
			continue;
		cpumask_set_cpu(cpu, &call->mask);
		if (call->cpu == call->self || suite_random(random) % 2 != 0)
			call->cpu = cpu;
	}
}

/* A result that says how often it is to run where. */
static void storm_book(const struct storm_call *call,
		       const struct cpumask *cpus, bool self, int result)
{
	unsigned int cpu;

	call_expect_result(result, 0);
	for_each_cpu (cpu, cpus) {
		if (self || cpu != call->self)
			call_book(cpu, 1);
	}
}

static void storm_single(const struct storm_call *call, unsigned int cpu)
{
	call_expect_result(smp_call_function_single(cpu, call_note, &call_log,
						    call->flags),
			   0);
	call_book(cpu, 1);
}

static void storm_any(const struct storm_call *call)
{
	int result = smp_call_function_any(&call->mask, call_note, &call_log,
					   call->flags);

	if (cpumask_empty(&call->mask)) {
		call_expect_result(result, -ENXIO);
		return;
	}
	call_expect_result(result, 0);
	call_book(cpumask_test_cpu(call->self, &call->mask)
			  ? call->self
			  : cpumask_first(&call->mask),
		  1);
}

static void storm_own_call(const struct storm_call *call, uint32_t *random)
{
	struct irqkit_call *one =
		&storm_own[call->self][suite_random(random) % STORM_OWN];
	int result;

	/* Its flags may be changed only while it is not in use. */
	result = smp_call_function_single_async(call->cpu, one);
	if (result == -EBUSY)
		return;
	call_expect_result(result, 0);
	call_book(call->cpu, 1);
}

static void storm_make(const struct storm_call *call, uint32_t *random)
{
	switch (call->form) {
	case STORM_SINGLE:
		storm_single(call, call->cpu);
		break;
	case STORM_SELF:
		storm_single(call, call->self);
		break;
	case STORM_ANY:
		storm_any(call);
		break;
	case STORM_MANY:
		storm_book(call, &call->mask, false,
			   smp_call_function_many(&call->mask, call_note,
						  &call_log, call->flags));
		break;
	case STORM_MASK:
		storm_book(call, &call->mask, true,
			   on_each_cpu_mask(&call->mask, call_note, &call_log,
					    call->flags));
		break;
	case STORM_OWN_CALL:
		storm_own_call(call, random);
		break;
	case STORM_OTHERS:
		storm_book(
			call, cpu_online_mask, false,
			smp_call_function(call_note, &call_log, call->flags));
		break;
	case STORM_EACH:
		storm_book(call, cpu_online_mask, true,
			   on_each_cpu(call_note, &call_log, call->flags));
		break;
	}
}

/* With interrupts off only what is lock-free waits, for its end or for room. */
static void storm_mixture(void *argument)
{
	unsigned int rounds = suite_share(STORM_ROUNDS);
	struct storm_call call = {.self = irqkit_port_cpu()};
	uint32_t random = SUITE_SEED + call.self;

	(void)argument;
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long state = 0;
		bool off;

		storm_random_cpus(&random, &call);
		call.flags = suite_random(&random) % 4;
		call.form = suite_random(&random) % STORM_FORMS;
		if (suite_random(&random) % 16 == 0)
			call.form = STORM_OTHERS + suite_random(&random) % 2;
		off = (call.flags & IRQKIT_CALL_LOCK_FREE) != 0 &&
		      suite_random(&random) % 2 != 0;
		if (off)
			state = irqkit_port_irq_save();
		storm_make(&call, &random);
		if (off)
			irqkit_port_irq_restore(state);
	}
}

static void storm_prepare(void)
{
	suite_few_cpus(&storm_few);
	call_forget();
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		for (unsigned int i = 0; i < STORM_OWN; i++) {
			struct irqkit_call *one = &storm_own[cpu][i];

			one->function = call_note;
			one->info = &call_log;
			one->flags = i % 2 != 0 ? IRQKIT_CALL_LOCK_FREE : 0U;
		}
	}
}

static void storm_test_mixture(void)
{
	storm_prepare();
	suite_run_on_mask(&storm_few, storm_mixture, NULL);
	call_expect_sent("every form");
}

/* All do the same, at the same time. */
static void storm_same(void *argument)
{
	struct storm_call call = *(const struct storm_call *)argument;
	unsigned int rounds = suite_share(STORM_ROUNDS / 4);
	bool off = (call.flags & IRQKIT_CALL_LOCK_FREE) != 0;

	call.self = irqkit_port_cpu();
	call.cpu = cpumask_next(call.self, &storm_few);
	if (call.cpu >= nr_cpu_ids)
		call.cpu = cpumask_first(&storm_few);
	cpumask_copy(&call.mask, &storm_few);
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long state = off ? irqkit_port_irq_save() : 0;

		storm_make(&call, NULL);
		if (off)
			irqkit_port_irq_restore(state);
	}
}

/* With interrupts off all wait for each other, and serve (HZ53). */
static void storm_test_same(void)
{
	static const enum storm_form forms[] = {STORM_SINGLE, STORM_MANY,
						STORM_MASK};
	struct storm_call call = {.form = STORM_SINGLE};

	storm_prepare();
	for (unsigned int i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		call.form = forms[i];
		for (call.flags = 0; call.flags < 4; call.flags++) {
			suite_run_on_mask(&storm_few, storm_same, &call);
			call_expect_sent("the same form");
		}
	}
}

/* Each calls all at once, then one after the other, first its neighbour. */
static void storm_call_all(void *argument)
{
	struct storm_call call = {.self = irqkit_port_cpu(),
				  .flags = IRQKIT_CALL_WAIT,
				  .form = STORM_EACH};

	(void)argument;
	storm_make(&call, NULL);
	call.form = STORM_SINGLE;
	call.cpu = call.self;
	do {
		call.cpu = cpumask_next(call.cpu, cpu_online_mask);
		if (call.cpu >= nr_cpu_ids)
			call.cpu = cpumask_first(cpu_online_mask);
		storm_make(&call, NULL);
	} while (call.cpu != call.self);
}

static void storm_test_all(void)
{
	storm_prepare();
	suite_run_on_mask(cpu_online_mask, storm_call_all, NULL);
	call_expect_sent("all to all");
}

/* ---- a lock that serves */

static struct irqkit_call_lock storm_lock;
static unsigned long storm_locked; /* plain, under it */

/* The others wait for the lock, with interrupts off, and serve. */
static void storm_under_lock(void *argument)
{
	unsigned int rounds = suite_share(STORM_LOCKED);
	struct storm_call call = {
		.self = irqkit_port_cpu(),
		.flags = (unsigned int)IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE,
	};

	(void)argument;
	cpumask_copy(&call.mask, &storm_few);
	call.cpu = cpumask_first(&storm_few);
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long state = irqkit_call_lock(&storm_lock);

		storm_locked++;
		call.form = i % 4 == 0 ? STORM_MANY : STORM_SINGLE;
		storm_make(&call, NULL);
		irqkit_call_unlock(&storm_lock, state);
	}
}

static void storm_test_lock(void)
{
	unsigned int rounds = suite_share(STORM_LOCKED);

	storm_prepare();
	storm_locked = 0;
	suite_run_on_mask(&storm_few, storm_under_lock, NULL);
	tap_equal((long long)storm_locked, rounds * cpumask_weight(&storm_few),
		  "times it was held");
	call_expect_sent("while it is held");
}

static void storm_test_lock_alone(void)
{
	unsigned long state;

	state = irqkit_call_lock(&storm_lock);
	tap_expect(irqkit_port_irqs_disabled(), "interrupts are off with it");
	irqkit_call_unlock(&storm_lock, state);
	tap_expect(!irqkit_port_irqs_disabled(), "and on after it");
	state = irqkit_port_irq_save();
	irqkit_call_unlock(&storm_lock, irqkit_call_lock(&storm_lock));
	tap_expect(irqkit_port_irqs_disabled(), "off if they were before");
	irqkit_port_irq_restore(state);
}

const struct call_test call_storm_tests[] = {
	{"HZ53: all call all at the same time", storm_test_same, 2},
	{"HZ51, HZ53: every form at the same time", storm_test_mixture, 1},
	{"HZ51: all CPUs call all CPUs", storm_test_all, 1},
	{"a lock that is taken alone", storm_test_lock_alone, 1},
	{"HZ53: a lock that is waited for", storm_test_lock, 2},
	{NULL, NULL, 0},
};
