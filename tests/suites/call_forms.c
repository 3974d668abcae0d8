/* SPDX-License-Identifier: MIT */
/*
 * Cross calls, one after the other: each form runs where it should, also from
 * functions that were called and from handlers of other IPIs.
 */
#include "call_suite.h"

#define FORM_FREE_WAIT ((unsigned int)IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE)

/* ---- who runs it */

static void form_one_cpu(unsigned int flags)
{
	unsigned int last = cpumask_last(cpu_online_mask);
	unsigned int self = irqkit_port_cpu();
	struct cpumask others;

	call_others(&others);
	tap_equal(smp_call_function_single(last, call_note, &call_log, flags),
		  0, "single, flags %u", flags);
	call_book(last, 1);
	call_expect_sent("single");
	tap_equal(smp_call_function_single(self, call_note, &call_log, flags),
		  0, "self, flags %u", flags);
	call_book(self, 1);
	call_expect_sent("self");
	tap_equal(smp_call_function_any(cpu_online_mask, call_note, &call_log,
					flags),
		  0, "any of all, flags %u", flags);
	call_book(self, 1);
	call_expect_sent("any of all: self");
	if (cpumask_empty(&others))
		return;
	tap_equal(smp_call_function_any(&others, call_note, &call_log, flags),
		  0, "any of the others, flags %u", flags);
	call_book(cpumask_first(&others), 1);
	call_expect_sent("any of the others: the first");
}

static void form_expect_all(const struct cpumask *cpus, const char *when)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus)
		call_book(cpu, 1);
	call_expect_sent(when);
}

static void form_many_cpus(unsigned int flags)
{
	struct cpumask others;

	call_others(&others);
	tap_equal(smp_call_function(call_note, &call_log, flags), 0,
		  "others, flags %u", flags);
	form_expect_all(&others, "others");
	tap_equal(on_each_cpu(call_note, &call_log, flags), 0, "each, flags %u",
		  flags);
	form_expect_all(cpu_online_mask, "each");
	tap_equal(smp_call_function_many(cpu_online_mask, call_note, &call_log,
					 flags),
		  0, "many, flags %u", flags);
	form_expect_all(&others, "many: not self");
	tap_equal(
		on_each_cpu_mask(cpu_online_mask, call_note, &call_log, flags),
		0, "mask, flags %u", flags);
	form_expect_all(cpu_online_mask, "mask");
}

static void form_test_forms(void)
{
	call_forget();
	for (unsigned int flags = 0; flags <= FORM_FREE_WAIT; flags++) {
		form_one_cpu(flags);
		form_many_cpus(flags);
	}
}

/* A wait that is over means that all have run: nothing settles here. */
static void form_test_masks(void)
{
	uint32_t random = SUITE_SEED;

	call_forget();
	for (unsigned int i = 0; i < 200; i++) {
		unsigned int flags = i % 2 != 0 ? FORM_FREE_WAIT
						: IRQKIT_CALL_WAIT;
		struct cpumask cpus;

		suite_random_mask(&random, &cpus);
		tap_equal(on_each_cpu_mask(&cpus, call_note, &call_log, flags),
			  0, "round %u", i);
		call_expect(&cpus, 1, "at random");
	}
}

/* More at a time than there is room for wait for each other. */
static void form_test_no_wait(void)
{
	struct cpumask others;
	unsigned int cpu;

	call_others(&others);
	call_forget();
	for (unsigned int i = 0; i < 50; i++) {
		cpu = suite_online_cpu(1 + i % (suite_nr_online() - 1));
		tap_equal(smp_call_function(call_note, &call_log, 0), 0,
			  "others, round %u", i);
		tap_equal(
			smp_call_function_single(cpu, call_note, &call_log, 0),
			0, "one, round %u", i);
		call_book(cpu, 1);
	}
	for_each_cpu (cpu, &others)
		call_book(cpu, 50);
	call_expect_sent("one after the other");
}

/* ---- what was stored is there, in both directions */

static unsigned long form_payload[IRQKIT_NR_CPUS];

static void form_reply(void *info)
{
	unsigned long *expected = info;

	form_payload[irqkit_port_cpu()] = *expected + irqkit_port_cpu();
}

static void form_check_payload(unsigned long value, unsigned int cpu)
{
	if (form_payload[cpu] != value + cpu)
		tap_equal((long long)form_payload[cpu],
			  (long long)(value + cpu), "cpu %u", cpu);
}

static void form_test_order(void)
{
	unsigned int last = cpumask_last(cpu_online_mask);
	unsigned int cpu;

	for (unsigned long i = 1; i <= 200; i++) {
		unsigned long value = i;

		on_each_cpu(form_reply, &value, IRQKIT_CALL_WAIT);
		for_each_cpu (cpu, cpu_online_mask)
			form_check_payload(i, cpu);
		value = ~i;
		smp_call_function_single(last, form_reply, &value,
					 IRQKIT_CALL_WAIT);
		form_check_payload(~i, last);
	}
}

/* ---- from a function that was called, or a handler */

static struct cpumask form_few;
static struct irqkit_call form_own[IRQKIT_NR_CPUS];

/* With interrupts off: what may be waited for, and what may not. */
static void form_call_from_here(void)
{
	unsigned int self = irqkit_port_cpu();
	unsigned int next = cpumask_next(self, &form_few);
	struct cpumask only;

	if (next >= nr_cpu_ids)
		next = cpumask_first(&form_few);
	irqkit_cpumask_single(&only, next);
	call_expect_result(smp_call_function_single(next, call_note, &call_log,
						    IRQKIT_CALL_WAIT),
			   -EDEADLK);
	call_expect_result(
		on_each_cpu_mask(&only, call_note, &call_log, IRQKIT_CALL_WAIT),
		-EDEADLK);
	call_expect_result(
		smp_call_function_single(next, call_note, &call_log, 0), 0);
	call_expect_result(smp_call_function_single(next, call_note, &call_log,
						    FORM_FREE_WAIT),
			   0);
	call_expect_result(on_each_cpu_mask(&only, call_note, &call_log, 0), 0);
	call_expect_result(on_each_cpu_mask(&form_few, call_note, &call_log,
					    FORM_FREE_WAIT),
			   0);
	call_expect_result(
		smp_call_function_single_async(next, &form_own[self]), 0);
	call_expect_result(
		smp_call_function_single(self, call_note, &call_log, 0), 0);
}

static void form_from_function(void *info)
{
	(void)info;
	form_call_from_here();
}

/* What that comes to where one CPU, or each, was made to do it. */
static void form_book_from(unsigned int cpu)
{
	unsigned int next = cpumask_next(cpu, &form_few);
	unsigned int each;

	call_book(next < nr_cpu_ids ? next : cpumask_first(&form_few), 4);
	call_book(cpu, 1);
	for_each_cpu (each, &form_few)
		call_book(each, 1);
}

static void form_begin_nested(void)
{
	suite_few_cpus(&form_few);
	call_forget();
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		form_own[cpu].function = call_note;
		form_own[cpu].info = &call_log;
	}
}

static void form_test_nested(void)
{
	unsigned int cpu;

	form_begin_nested();
	for_each_cpu (cpu, &form_few) {
		tap_equal(smp_call_function_single(cpu, form_from_function,
						   NULL, IRQKIT_CALL_WAIT),
			  0, "cpu %u", cpu);
		form_book_from(cpu);
		call_expect_sent("from a function");
	}
	tap_equal(on_each_cpu_mask(&form_few, form_from_function, NULL,
				   IRQKIT_CALL_WAIT),
		  0, "all at once");
	for_each_cpu (cpu, &form_few)
		form_book_from(cpu);
	call_expect_sent("from functions of all at once");
}

static irqreturn_t form_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	form_call_from_here();
	return IRQ_HANDLED;
}

static void form_send(unsigned int irq)
{
	unsigned int cpu;

	for_each_cpu (cpu, &form_few) {
		tap_equal(ipi_send_single(irq, cpu), 0, "cpu %u", cpu);
		form_book_from(cpu);
		call_expect_sent("from a handler");
	}
	for (unsigned int i = 0; i < 8; i++) {
		tap_equal(ipi_send_mask(irq, &form_few), 0, "round %u", i);
		for_each_cpu (cpu, &form_few)
			form_book_from(cpu);
		call_expect_sent("from handlers of all at once");
	}
}

static void form_test_handlers(void)
{
	struct irq_domain *domain = suite_domain(false);
	int irq = irq_reserve_ipi(domain, cpu_possible_mask);

	if (!tap_expect(irq > 0, "irq_reserve_ipi(): %d", irq))
		return;
	form_begin_nested();
	tap_equal(request_irq((unsigned int)irq, form_handler, 0, "calls",
			      &form_few),
		  0, "request_irq()");
	form_send((unsigned int)irq);
	tap_equal(free_irq((unsigned int)irq, &form_few), 0, "free_irq()");
	tap_equal(irq_destroy_ipi((unsigned int)irq, cpu_possible_mask), 0,
		  "irq_destroy_ipi()");
}

/* ---- a per-CPU interrupt, enabled on all CPUs by a call */

static void *form_cookies[IRQKIT_NR_CPUS];

static irqreturn_t form_percpu(unsigned int irq, void *dev_id)
{
	(void)irq;
	call_note(dev_id);
	return IRQ_HANDLED;
}

static void form_enable(void *info)
{
	call_expect_result(enable_percpu_irq(*(unsigned int *)info), 0);
}

static void form_disable(void *info)
{
	call_expect_result(disable_percpu_irq(*(unsigned int *)info), 0);
}

static void form_send_to_all(unsigned int irq)
{
	unsigned int cpu;

	tap_equal(ipi_send_mask(irq, cpu_online_mask), 0, "send");
	for_each_cpu (cpu, cpu_online_mask)
		call_book(cpu, 1);
}

/* What came before it is enabled is handled in the call. */
static void form_test_percpu(void)
{
	int reserved = irq_reserve_ipi(suite_domain(false), cpu_possible_mask);
	unsigned int irq = (unsigned int)reserved;

	tap_expect(reserved > 0, "irq_reserve_ipi(): %d", reserved);
	if (reserved <= 0)
		return;
	call_forget();
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		form_cookies[cpu] = &call_log;
	tap_equal(request_percpu_irq(irq, form_percpu, "call", form_cookies), 0,
		  "request");
	form_send_to_all(irq);
	tap_equal(on_each_cpu(form_enable, &irq, IRQKIT_CALL_WAIT), 0,
		  "enable on each CPU");
	call_expect_sent("sent before that");
	form_send_to_all(irq);
	call_expect_sent("sent after that");
	tap_equal(on_each_cpu(form_disable, &irq, IRQKIT_CALL_WAIT), 0,
		  "disable on each CPU");
	tap_equal(free_percpu_irq(irq, form_cookies), 0, "free");
	tap_equal(irq_destroy_ipi(irq, cpu_possible_mask), 0, "destroy");
}

const struct call_test call_form_tests[] = {
	{"I18: each form runs where it should", form_test_forms, 1},
	{"masks at random", form_test_masks, 1},
	{"calls that are not waited for", form_test_no_wait, 2},
	{"what was stored is seen, there and back", form_test_order, 1},
	{"calls by functions that were called", form_test_nested, 2},
	{"calls by handlers of another IPI", form_test_handlers, 2},
	{"a per-CPU interrupt that is enabled by calls", form_test_percpu, 1},
	{NULL, NULL, 0},
};
