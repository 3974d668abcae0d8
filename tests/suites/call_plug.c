/* SPDX-License-Identifier: MIT */
/*
 * Cross calls to a CPU that goes and comes: it runs what it was sent, or the
 * call says that it is not there (HZ47). All counts are exact.
 */
#include "call_suite.h"

#define PLUG_ROUNDS  10U
#define PLUG_CALLERS 3U

static struct {
	unsigned int cpu; /* that goes */
	bool over;
	unsigned int all;		   /* calls of all that are online */
	unsigned int runs[IRQKIT_NR_CPUS]; /* of those */
} plug;

static struct irqkit_call plug_own[IRQKIT_NR_CPUS];

static void plug_note_all(void *info)
{
	(void)info;
	__atomic_fetch_add(&plug.runs[irqkit_port_cpu()], 1, __ATOMIC_RELAXED);
}

/* Each of these is for the CPU that goes alone. */
static int plug_call(unsigned int turn, unsigned int flags)
{
	struct cpumask only;

	irqkit_cpumask_single(&only, plug.cpu);
	switch (turn % 5) {
	case 0:
		return smp_call_function_single(plug.cpu, call_note, &call_log,
						flags);
	case 1:
		return smp_call_function_many(&only, call_note, &call_log,
					      flags);
	case 2:
		return on_each_cpu_mask(&only, call_note, &call_log, flags);
	case 3:
		return smp_call_function_any(&only, call_note, &call_log,
					     flags);
	default:
		return smp_call_function_single_async(
			plug.cpu, &plug_own[irqkit_port_cpu()]);
	}
}

static void plug_turn(unsigned int turn)
{
	unsigned int flags = turn / 5 % 4;
	bool off = (flags & IRQKIT_CALL_LOCK_FREE) != 0 && turn / 20 % 2 != 0;
	unsigned long state = off ? irqkit_port_irq_save() : 0;
	int result = plug_call(turn, flags);

	if (off)
		irqkit_port_irq_restore(state);
	if (result == 0)
		call_book(plug.cpu, 1);
	else if (result != -ENXIO && (result != -EBUSY || turn % 5 != 4))
		call_expect_result(result, 0);
}

/* All but the one that goes are called each time. */
static void plug_all(unsigned int turn)
{
	int result = on_each_cpu(
		plug_note_all, NULL,
		(unsigned int)IRQKIT_CALL_WAIT |
			(turn / 16 % 2 != 0 ? IRQKIT_CALL_LOCK_FREE : 0U));

	call_expect_result(result, 0);
	__atomic_fetch_add(&plug.all, 1, __ATOMIC_RELAXED);
}

static void plug_storm(void *argument)
{
	unsigned int turn = irqkit_port_cpu();

	(void)argument;
	while (!__atomic_load_n(&plug.over, __ATOMIC_ACQUIRE)) {
		plug_turn(turn);
		if (turn % 16 == 0)
			plug_all(turn);
		turn++;
		suite_relax();
	}
}

static unsigned int plug_start(void)
{
	unsigned int nr = suite_nr_online() - 2;

	plug.over = false;
	plug.all = 0;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		plug.runs[cpu] = 0;
		plug_own[cpu].function = call_note;
		plug_own[cpu].info = &call_log;
		plug_own[cpu].flags = cpu % 2 != 0 ? IRQKIT_CALL_LOCK_FREE : 0U;
	}
	call_forget();
	if (nr > PLUG_CALLERS)
		nr = PLUG_CALLERS;
	for (unsigned int i = 0; i < nr; i++)
		suite_start_on(suite_online_cpu(2 + i), plug_storm, NULL);
	return nr;
}

static void plug_stop(unsigned int callers)
{
	__atomic_store_n(&plug.over, true, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < callers; i++)
		suite_wait_for(suite_online_cpu(2 + i));
}

static void plug_check_all(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		unsigned int runs = plug.runs[cpu];

		if (cpu != plug.cpu)
			tap_equal(runs, plug.all, "calls of all: cpu %u", cpu);
		else
			tap_expect(runs <= plug.all, "calls of all: cpu %u: %u",
				   cpu, runs);
	}
}

static bool plug_has_run(void *before)
{
	return __atomic_load_n(&call_log.runs[plug.cpu], __ATOMIC_RELAXED) !=
	       *(unsigned int *)before;
}

static void plug_test_storm(void)
{
	unsigned int callers;

	plug.cpu = suite_online_cpu(1);
	if (!suite_cpu_can_stop(plug.cpu)) {
		tap_skip("the CPU cannot be stopped");
		return;
	}
	callers = plug_start();
	for (unsigned int i = 0; i < PLUG_ROUNDS; i++) {
		unsigned int before = call_log.runs[plug.cpu];

		tap_expect(suite_wait(plug_has_run, &before),
			   "calls come, round %u", i);
		tap_equal(suite_cpu_down(plug.cpu, NULL), 0, "down, round %u",
			  i);
		suite_settle();
		tap_equal(suite_cpu_up(plug.cpu), 0, "up, round %u", i);
	}
	plug_stop(callers);
	plug_check_all();
	tap_expect(call_log.runs[plug.cpu] > 0, "some ran");
	call_expect_sent("those that said 0 ran");
}

/* What it is sent while it has interrupts off, it runs in its last moments. */
static void plug_send(void *own)
{
	struct cpumask only;

	irqkit_cpumask_single(&only, plug.cpu);
	for (unsigned int flags = 0; flags <= IRQKIT_CALL_LOCK_FREE;
	     flags += IRQKIT_CALL_LOCK_FREE) {
		tap_equal(smp_call_function_single(plug.cpu, call_note,
						   &call_log, flags),
			  0, "one, flags %u", flags);
		tap_equal(on_each_cpu_mask(&only, call_note, &call_log, flags),
			  0, "mask, flags %u", flags);
	}
	tap_equal(smp_call_function_single_async(plug.cpu, own), 0, "own");
	call_book(plug.cpu, 5);
}

static void plug_test_deaf(void)
{
	struct irqkit_call *one = &plug_own[0];

	plug.cpu = suite_online_cpu(1);
	if (!suite_cpu_can_stop(plug.cpu)) {
		tap_skip("the CPU cannot be stopped");
		return;
	}
	call_forget();
	one->function = call_note;
	one->info = &call_log;
	for (unsigned int i = 0; i < 3; i++) {
		tap_equal(suite_cpu_down_deaf(plug.cpu, NULL, plug_send, one),
			  0, "down, round %u", i);
		call_expect_sent("what was sent before");
		tap_equal(smp_call_function_single_async(plug.cpu, one), -ENXIO,
			  "it is gone, round %u", i);
		tap_equal(suite_cpu_up(plug.cpu), 0, "up, round %u", i);
		tap_equal(smp_call_function_single(plug.cpu, call_note,
						   &call_log, IRQKIT_CALL_WAIT),
			  0, "it is back, round %u", i);
		call_book(plug.cpu, 1);
		call_expect_sent("when it is back");
	}
}

const struct call_test call_plug_tests[] = {
	{"HZ47: what a CPU that leaves was sent", plug_test_deaf, 2},
	{"HZ47: calls to a CPU that goes and comes", plug_test_storm, 3},
	{NULL, NULL, 0},
};
