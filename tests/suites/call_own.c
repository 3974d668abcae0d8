/* SPDX-License-Identifier: MIT */
/* Cross calls in the caller's own storage. */
#include "call_suite.h"

#define OWN_CALLS  8U
#define OWN_ROUNDS 128U

static struct {
	struct irqkit_call calls[OWN_CALLS];
	unsigned int order[OWN_CALLS * 2];
	unsigned int nr;
	unsigned int again; /* how often the first one still goes out */
	int error;
} own;

static void own_note(void *info)
{
	struct irqkit_call *one = info;

	if (own.nr < OWN_CALLS * 2)
		own.order[own.nr] = (unsigned int)(one - own.calls);
	__atomic_fetch_add(&own.nr, 1, __ATOMIC_RELEASE);
}

static bool own_done(void *nr)
{
	return __atomic_load_n(&own.nr, __ATOMIC_ACQUIRE) ==
	       *(unsigned int *)nr;
}

static void own_send(unsigned int cpu, unsigned int flags)
{
	unsigned int nr = OWN_CALLS;

	own.nr = 0;
	for (unsigned int i = 0; i < OWN_CALLS; i++) {
		struct irqkit_call *one = &own.calls[i];

		one->function = own_note;
		one->info = one;
		one->flags = flags;
		tap_equal(smp_call_function_single_async(cpu, one), 0,
			  "cpu %u, call %u", cpu, i);
	}
	tap_expect(suite_wait(own_done, &nr), "all came");
	for (unsigned int i = 0; i < OWN_CALLS; i++)
		tap_equal(own.order[i], i, "cpu %u, place %u", cpu, i);
}

static void own_test_order(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		own_send(cpu, 0);
		own_send(cpu, IRQKIT_CALL_LOCK_FREE);
	}
}

/* As many as wait when a CPU hears again come in the order of their calls. */
static void own_test_deaf(void)
{
	unsigned int cpu = suite_online_cpu(1);
	unsigned int nr = OWN_CALLS;

	own.nr = 0;
	if (!call_deafen(cpu))
		return;
	for (unsigned int i = 0; i < OWN_CALLS; i++) {
		struct irqkit_call *one = &own.calls[i];

		one->function = own_note;
		one->info = one;
		one->flags = 0;
		tap_equal(smp_call_function_single_async(cpu, one), 0,
			  "call %u", i);
		tap_equal(smp_call_function_single_async(cpu, one), -EBUSY,
			  "call %u is in use", i);
		tap_equal(smp_call_function_single_async(suite_online_cpu(0),
							 one),
			  -EBUSY, "call %u to itself", i);
	}
	tap_equal(own.nr, 0, "calls so far");
	call_undeafen(cpu);
	tap_expect(suite_wait(own_done, &nr), "all came");
	for (unsigned int i = 0; i < OWN_CALLS; i++)
		tap_equal(own.order[i], i, "place %u", i);
}

static void own_go_on(void *info)
{
	struct irqkit_call *one = info;

	if (own.again-- != 0)
		own.error |= smp_call_function_single_async(
			suite_next_online(irqkit_port_cpu()), one);
	else
		own_note(info);
}

/* It goes round as soon as its function has been called. */
static void own_test_round(void)
{
	struct irqkit_call *first = &own.calls[0];
	unsigned int nr = 1;

	own.nr = 0;
	own.error = 0;
	own.again = OWN_ROUNDS;
	first->function = own_go_on;
	first->info = first;
	first->flags = 0;
	tap_equal(smp_call_function_single_async(0, first), 0, "round");
	tap_expect(suite_wait(own_done, &nr), "it came round");
	tap_equal(own.error, 0, "none was refused");
}

const struct call_test call_own_tests[] = {
	{"HZ51, HZ52: calls in the caller's storage", own_test_order, 2},
	{"calls in the caller's storage that are in use", own_test_deaf, 2},
	{"a call that goes on from CPU to CPU", own_test_round, 2},
	{NULL, NULL, 0},
};
