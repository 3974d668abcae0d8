/* SPDX-License-Identifier: MIT */
/*
 * Cross calls whose time is over: a call that did not begin is cancelled, one
 * that did not end is left to itself, and both are reported; their storage is
 * there again when the CPU is done with it.
 */
#include <string.h>
#include "call_host.h"

#define TIMEOUT_OWN 4U

/* Calls in storage of ours note in which order they come. */
static struct irqkit_call timeout_own[TIMEOUT_OWN];
static unsigned int timeout_order[TIMEOUT_OWN], timeout_nr;

static void timeout_note(void *info)
{
	struct irqkit_call *one = info;

	if (timeout_nr < TIMEOUT_OWN)
		timeout_order[timeout_nr] = (unsigned int)(one - timeout_own);
	timeout_nr++;
}

static void timeout_send_own(unsigned int index, unsigned int flags)
{
	struct irqkit_call *one = &timeout_own[index];

	one->function = timeout_note;
	one->info = one;
	one->flags = flags;
	tap_equal(smp_call_function_single_async(1, one), 0, "own call %u",
		  index);
}

static int timeout_single(unsigned int cpu, smp_call_func_t function)
{
	return smp_call_function_single(cpu, function, NULL, IRQKIT_CALL_WAIT);
}

static int timeout_many(unsigned long bits, smp_call_func_t function)
{
	struct cpumask cpus = call_cpus(bits);

	return on_each_cpu_mask(&cpus, function, NULL, IRQKIT_CALL_WAIT);
}

/* ---- what did not begin */

static void timeout_test_cancelled(void)
{
	call_begin("a CPU that is deaf: cancelled, and reported");
	call_deafen(1);
	tap_equal(timeout_single(1, call_counts), -ETIMEDOUT, "one");
	call_log_says("cpu 1 did not take a call");
	call_log_says("by cpu 0");
	call_log_says("it is in no handler");
	tap_equal(call_sim->nr_calls, 2, "interrupts: it was sent once more");
	tap_equal(timeout_many(1UL << 1, call_counts), -ETIMEDOUT, "a mask");
	call_log_says("cpu 1 did not take a call");
	call_undeafen(1);
	suite_settle();
	call_expect_runs(0, 0, "after that");
	tap_equal(timeout_single(1, call_counts), 0, "one, once more");
	tap_equal(timeout_many(1UL << 1, call_counts), 0, "a mask, once more");
	call_expect_runs(1UL << 1, 2, "once more");
	call_close();
}

static void timeout_test_in_handler(void)
{
	call_begin("a CPU in a long handler: the report says so");
	call_stuck = true;
	tap_equal(smp_call_function_single(1, call_sticks, NULL, 0), 0, "long");
	suite_settle();
	tap_equal(call_total, 1, "it began");
	tap_equal(timeout_single(1, call_counts), -ETIMEDOUT, "another one");
	call_log_says("cpu 1 did not take a call");
	call_log_says("it is in a handler");
	call_stuck = false;
	suite_settle();
	call_expect_runs(1UL << 1, 1, "the long one");
	call_close();
}

/* No storage is kept by what was cancelled: more than there is room for. */
static void timeout_test_storage(void)
{
	call_begin("what was cancelled leaves its room at once");
	call_deafen(1);
	for (unsigned int i = 0; i < 2 * CALL_SLOTS; i++) {
		tap_equal(timeout_single(1, call_counts), -ETIMEDOUT,
			  "one, round %u", i);
		tap_equal(timeout_many(1UL << 1, call_counts), -ETIMEDOUT,
			  "a mask, round %u", i);
	}
	call_undeafen(1);
	suite_settle();
	call_expect_runs(0, 0, "after that");
	call_close();
}

static void timeout_send_newer(void)
{
	timeout_send_own(2, 0);
	timeout_send_own(3, 0);
}

/* It is in the middle of others, which stay, and are told of again. */
static void timeout_test_middle(void)
{
	call_begin("HZ51: calls before and behind one that is cancelled");
	call_deafen(1);
	timeout_nr = 0;
	timeout_send_own(0, 0);
	timeout_send_own(1, 0);
	call_at_read(20, timeout_send_newer);
	tap_equal(timeout_single(1, call_counts), -ETIMEDOUT, "the middle one");
	tap_equal(call_sim->nr_calls, 3,
		  "interrupts: first, again, at the end");
	call_undeafen(1);
	suite_settle();
	call_expect_runs(0, 0, "the middle one");
	tap_equal(timeout_nr, TIMEOUT_OWN, "the others");
	for (unsigned int i = 0; i < TIMEOUT_OWN; i++)
		tap_equal(timeout_order[i], i, "place %u", i);
	call_close();
}

/* The bits of others stay, as does the call that brings them. */
static void timeout_test_other_bits(void)
{
	struct cpumask both = call_cpus(6);

	call_begin("a mask that is cancelled, and others at the same CPUs");
	call_deafen(1);
	call_deafen(2);
	tap_equal(on_each_cpu_mask(&both, call_counts, NULL, 0), 0, "first");
	tap_equal(timeout_many(6, call_sticks), -ETIMEDOUT, "cancelled");
	tap_equal(on_each_cpu_mask(&both, call_counts, NULL, 0), 0, "last");
	call_undeafen(1);
	call_undeafen(2);
	suite_settle();
	call_expect_runs(6, 2, "first and last");
	call_close();
}

/* Only what they have not begun is cancelled. */
static void timeout_test_some(void)
{
	call_begin("some of a mask begin, others do not");
	call_deafen(1);
	tap_equal(timeout_many(0x1e, call_counts), -ETIMEDOUT, "four CPUs");
	call_log_says("cpu 1 did not take a call");
	tap_equal(call_sim->nr_calls, 3, "commands: all, again, at the end");
	tap_expect(!cpumask_test_cpu(2, &call_sim->calls[1].dest) &&
			   cpumask_test_cpu(1, &call_sim->calls[1].dest),
		   "again only to who has not begun");
	call_undeafen(1);
	suite_settle();
	call_expect_runs(0x1c, 1, "those that began");
	call_close();
}

/* The interrupts that come until the time is half over are not taken. */
static void timeout_let_again(void)
{
	sim_ipi_clear(call_sim);
	memset(call_sim->nr_pending, 0, sizeof(call_sim->nr_pending));
	memset(call_sim->pending, 0, sizeof(call_sim->pending));
	call_sim->hold = false;
}

static void timeout_test_lost(void)
{
	call_begin("interrupts that get lost are sent once more");
	call_sim->hold = true;
	call_at_read(CALL_TIME_READ / 4, timeout_let_again);
	tap_equal(timeout_single(3, call_counts), 0, "one");
	tap_equal(call_sim->nr_calls, 1, "interrupts after the one lost");
	call_expect_runs(1UL << 3, 1, "one");
	call_sim->hold = true;
	call_at_read(CALL_TIME_READ / 4, timeout_let_again);
	tap_equal(timeout_many(0x3e, call_counts), 0, "five CPUs");
	tap_equal(call_sim->nr_calls, CALL_CPUS - 1, "interrupts after those");
	call_expect_runs(0x3e, 1, "five CPUs");
	call_close();
}

static void timeout_from_another(void *result)
{
	*(int *)result = timeout_single(1, call_counts);
}

static void timeout_test_named(void)
{
	int result = 0;

	call_begin("the report names the caller, whoever that is");
	call_deafen(1);
	suite_start_on(3, timeout_from_another, &result);
	suite_wait_for(3);
	tap_equal(result, -ETIMEDOUT, "one");
	call_log_says("cpu 1 did not take a call");
	call_log_says("by cpu 3");
	call_undeafen(1);
	call_close();
}

/* ---- what did not end */

/* Whatever is left to itself keeps its room until it ends. */
static void timeout_test_left(void)
{
	call_begin("functions that do not end keep their room until they do");
	call_stuck = true;
	for (unsigned int cpu = 1; cpu <= CALL_SLOTS; cpu++) {
		tap_equal(timeout_single(cpu, call_sticks), -EINPROGRESS,
			  "cpu %u", cpu);
		call_log_says("did not end a call");
	}
	tap_equal(timeout_single(5, call_counts), -EBUSY, "no room");
	tap_equal(smp_call_function_single(5, call_counts, NULL, 0), -EBUSY,
		  "no room, without a wait");
	tap_equal(timeout_single(0, call_counts), 0, "itself needs none");
	tap_equal(timeout_many(1UL << 5, call_counts), 0,
		  "masks have their own");
	tap_equal(call_runs[5], 1, "calls of cpu 5");
	call_stuck = false;
	suite_settle();
	for (unsigned int i = 0; i < 2 * CALL_SLOTS; i++)
		tap_equal(timeout_single(5, call_counts), 0, "call %u", i);
	tap_equal(call_runs[5], 1 + 2 * CALL_SLOTS, "calls of cpu 5");
	tap_equal(call_total, 6 + 3 * CALL_SLOTS - 4, "calls");
	call_close();
}

static void timeout_unstick(void)
{
	call_stuck = false;
}

/* One ends while the next call waits for room. */
static void timeout_test_left_ends(void)
{
	call_begin("a call that waits for room gets that of one that ends");
	call_stuck = true;
	for (unsigned int cpu = 1; cpu <= CALL_SLOTS; cpu++)
		tap_equal(timeout_single(cpu, call_sticks), -EINPROGRESS,
			  "cpu %u", cpu);
	call_at_read(CALL_TIME_READ / 2, timeout_unstick);
	tap_equal(timeout_single(5, call_counts), 0, "cpu 5");
	call_expect_runs(0x3e, 1, "each");
	for (unsigned int i = 0; i < CALL_SLOTS; i++)
		tap_equal(smp_call_function_single(5, call_counts, NULL, 0), 0,
			  "all the room, %u", i);
	suite_settle();
	call_expect_runs(1UL << 5, CALL_SLOTS, "all the room");
	call_close();
}

static void timeout_test_left_mask(void)
{
	struct cpumask five = call_cpus(1UL << 5);

	call_begin("masks whose functions do not end");
	call_stuck = true;
	tap_equal(timeout_many(6, call_sticks), -EINPROGRESS, "both");
	call_log_says("2 of the cpus that cpu 0 called did not end");
	call_deafen(3);
	tap_equal(timeout_many(0x18, call_sticks), -EINPROGRESS,
		  "one did not begin, the other not end");
	call_log_says("1 of the cpus");
	for (unsigned int i = 2; i < CALL_SLOTS; i++)
		tap_equal(on_each_cpu_mask(&five, call_sticks, NULL, 0), 0,
			  "all the room");
	tap_equal(timeout_many(1UL << 5, call_counts), -EBUSY, "no room");
	tap_equal(on_each_cpu(call_counts, NULL, 0), -EBUSY, "for all");
	tap_equal(smp_call_function(call_counts, NULL, 0), -EBUSY, "others");
	tap_equal(call_runs[0], 0, "then not on the caller either");
	call_stuck = false;
	call_undeafen(3);
	suite_settle();
	tap_equal(call_runs[3], 0, "what did not begin never did");
	tap_equal(call_total, 3 + CALL_SLOTS - 2, "the others");
	for (unsigned int i = 0; i < 2 * CALL_SLOTS; i++)
		tap_equal(timeout_many(0x3f, call_counts), 0, "mask %u", i);
	call_close();
}

/* ---- what ends at the same time as its time */

static void timeout_let_go(void)
{
	call_sim->hold = false;
}

static bool timeout_is_wrong(int error, unsigned int nr)
{
	bool wrong = error == 0 ? call_total != nr
				: error != -ETIMEDOUT || call_total == nr;

	call_sim->hold = false;
	suite_settle();
	wrong = wrong || (error != 0 && call_total == nr);
	call_total = 0;
	return wrong;
}

/* Nothing is said to be cancelled that ran, and nothing to be done if not. */
static void timeout_test_late(void)
{
	unsigned int wrong = 0;

	call_begin("calls that end as their time does");
	for (unsigned int i = CALL_TIME_READ - 12; i < CALL_TIME_READ + 12;
	     i++) {
		call_sim->hold = true;
		call_at_read(i, timeout_let_go);
		wrong += timeout_is_wrong(timeout_single(3, call_counts), 1);
		call_sim->hold = true;
		call_at_read(i, timeout_let_go);
		wrong += timeout_is_wrong(timeout_many(0x1e, call_counts), 4);
	}
	tap_equal(wrong, 0, "answers that were wrong");
	call_close();
}

/* The same in the last moment, as often as chance needs to have its way. */
static void timeout_test_last_moment(void)
{
	unsigned int ended = 0;
	unsigned int wrong = 0;

	call_begin("functions that end in the last moment");
	for (unsigned int i = 0; i < 64; i++) {
		int error;

		call_stuck = true;
		call_at_read(CALL_TIME_READ + 4 - i / 2 % 8, timeout_unstick);
		error = i % 2 != 0 ? timeout_single(1, call_sticks)
				   : timeout_many(1UL << 1, call_sticks);
		ended += error == 0 ? 1 : 0;
		wrong += error != 0 && error != -EINPROGRESS ? 1 : 0;
		call_stuck = false;
		suite_settle();
	}
	tap_equal(call_total, 64, "calls");
	tap_equal(wrong, 0, "answers that were wrong");
	tap_expect(ended != 0, "some ended in time");
	call_close();
}

/* ---- with interrupts off */

static void timeout_calls_back(void *info)
{
	unsigned long state = irqkit_port_irq_save();

	*(int *)info = smp_call_function_single(0, call_counts, NULL,
						CALL_FREE_WAIT);
	irqkit_port_irq_restore(state);
}

/* HZ53: the time-outs are the same, and others are served meanwhile. */
static void timeout_test_serves(void)
{
	struct cpumask one = call_cpus(1UL << 1);
	unsigned long state;
	int results[2] = {-EBUSY, -EBUSY};

	call_begin("HZ53: who waits in vain with interrupts off serves");
	call_deafen(1);
	state = irqkit_port_irq_save();
	host_give_work(2, timeout_calls_back, &results[0]);
	tap_equal(
		smp_call_function_single(1, call_counts, NULL, CALL_FREE_WAIT),
		-ETIMEDOUT, "one");
	tap_equal(call_runs[0], 1, "served meanwhile");
	host_give_work(3, timeout_calls_back, &results[1]);
	tap_equal(on_each_cpu_mask(&one, call_counts, NULL, CALL_FREE_WAIT),
		  -ETIMEDOUT, "a mask");
	tap_equal(call_runs[0], 2, "served meanwhile");
	irqkit_port_irq_restore(state);
	suite_wait_for(2);
	suite_wait_for(3);
	tap_equal(results[0], 0, "that of cpu 2");
	tap_equal(results[1], 0, "that of cpu 3");
	call_undeafen(1);
	suite_settle();
	call_expect_runs(1, 2, "only those");
	call_close();
}

int main(void)
{
	call_host_start(true, NULL);
	if (irqkit_smp_call_init(call_sim->domain) != 0 ||
	    irqkit_smp_call_set_timeout(CALL_TIME) != 0)
		host_violation("no cross calls");
	timeout_test_cancelled();
	timeout_test_in_handler();
	timeout_test_named();
	timeout_test_storage();
	timeout_test_middle();
	timeout_test_other_bits();
	timeout_test_some();
	timeout_test_lost();
	timeout_test_left();
	timeout_test_left_ends();
	timeout_test_left_mask();
	timeout_test_late();
	timeout_test_last_moment();
	timeout_test_serves();
	return host_end();
}
