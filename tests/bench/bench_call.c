/* SPDX-License-Identifier: MIT */
/*
 * Cross calls of an empty function, there and back. One CPU of the emulator
 * runs at a time, and lets another one run when it waits, so what the targets
 * do is counted too. The targets spin with interrupts on, or are idle; all
 * other CPUs are idle.
 */
#include "bench/bench.h"

static struct cpumask call_targets;
static bool call_over;
static unsigned int call_spinning;
static uint64_t call_entered;

static void call_empty(void *info)
{
	(void)info;
}

static void call_run_single(void)
{
	smp_call_function_single(1, call_empty, NULL, IRQKIT_CALL_WAIT);
}

static void call_run_mask(void)
{
	smp_call_function_many(&call_targets, call_empty, NULL,
			       IRQKIT_CALL_WAIT);
}

/* ---- targets that spin */

static void call_spin(void *argument)
{
	(void)argument;
	__atomic_fetch_add(&call_spinning, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&call_over, __ATOMIC_ACQUIRE))
		arch_relax();
}

static void call_spin_start(unsigned int targets)
{
	call_spinning = 0;
	__atomic_store_n(&call_over, false, __ATOMIC_RELAXED);
	for (unsigned int cpu = 1; cpu <= targets; cpu++)
		start_on_cpu(cpu, call_spin, NULL);
	while (__atomic_load_n(&call_spinning, __ATOMIC_ACQUIRE) != targets)
		arch_relax();
}

static void call_spin_end(unsigned int targets)
{
	__atomic_store_n(&call_over, true, __ATOMIC_RELEASE);
	for (unsigned int cpu = 1; cpu <= targets; cpu++)
		wait_for_cpu(cpu);
}

/* There and back, to CPUs 1 to @targets. */
static void call_measure_mask(unsigned int targets, const char *idle_name,
			      const char *spinning_name)
{
	struct bench idle = {.name = idle_name, .run = call_run_mask};
	struct bench spinning = {.name = spinning_name, .run = call_run_mask};

	irqkit_cpumask_first_n(&call_targets, targets + 1);
	cpumask_clear_cpu(0, &call_targets);
	bench_measure(&idle);
	call_spin_start(targets);
	bench_measure(&spinning);
	call_spin_end(targets);
}

/* ---- one way: until the function is entered */

static void call_note_entry(void *info)
{
	(void)info;
	__atomic_store_n(&call_entered, arch_ticks(), __ATOMIC_RELEASE);
}

static void call_measure_one_way(void)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < 64; i++) {
		uint64_t start = arch_ticks();

		smp_call_function_single(1, call_note_entry, NULL,
					 IRQKIT_CALL_WAIT);
		if (call_entered - start < best)
			best = call_entered - start;
	}
	bench_print("cross-call/1-spinning/one-way", best, BENCH_NO_GOAL);
}

/* ---- what a call that is not waited for costs its caller */

static unsigned int call_closed; /* 1: no interrupts; 2: until that is 0 */
static struct irqkit_call call_object = {.function = call_empty};

static void call_close(void *info)
{
	(void)info;
	__atomic_store_n(&call_closed, 2, __ATOMIC_RELEASE);
	while (__atomic_load_n(&call_closed, __ATOMIC_ACQUIRE) != 0)
		arch_relax();
}

/* The target is in a function, so what is left there waits. */
static void call_prepare_empty(void)
{
	__atomic_store_n(&call_closed, 1, __ATOMIC_RELAXED);
	smp_call_function_single(1, call_close, NULL, 0);
	while (__atomic_load_n(&call_closed, __ATOMIC_ACQUIRE) != 2)
		arch_relax();
}

static void call_prepare_queued(void)
{
	call_prepare_empty();
	smp_call_function_single(1, call_empty, NULL, 0);
}

static void call_run_post(void)
{
	smp_call_function_single(1, call_empty, NULL, 0);
}

static void call_run_post_async(void)
{
	smp_call_function_single_async(1, &call_object);
}

/* Calls to one CPU are run in order. */
static bool call_finish_post(void)
{
	__atomic_store_n(&call_closed, 0, __ATOMIC_RELEASE);
	call_run_single();
	return true;
}

static void call_measure_posts(void)
{
	struct bench posts[] = {
		{.name = "cross-call/post/empty-inbox",
		 .prepare = call_prepare_empty,
		 .run = call_run_post},
		{.name = "cross-call/post/used-inbox",
		 .prepare = call_prepare_queued,
		 .run = call_run_post},
		{.name = "cross-call/post-async/empty-inbox",
		 .prepare = call_prepare_empty,
		 .run = call_run_post_async},
		{.name = "cross-call/post-async/used-inbox",
		 .prepare = call_prepare_queued,
		 .run = call_run_post_async},
	};

	for (unsigned int i = 0; i < sizeof(posts) / sizeof(posts[0]); i++) {
		posts[i].finish = call_finish_post;
		bench_measure(&posts[i]);
	}
}

static void call_init(void)
{
	bench_check("irqkit_smp_call_init",
		    irqkit_smp_call_init(machine.ipi_single));
}

void bench_call(void)
{
	struct bench idle = {.name = "cross-call/1-idle",
			     .run = call_run_single};
	struct bench spinning = {.name = "cross-call/1-spinning",
				 .goal = BENCH_GOAL(230, 300),
				 .run = call_run_single};

	call_init();
	bench_measure(&idle);
	call_spin_start(1);
	bench_measure(&spinning);
	call_measure_one_way();
	call_measure_posts();
	call_spin_end(1);
	call_measure_mask(3, "cross-call/3-idle", "cross-call/3-spinning");
	call_measure_mask(7, "cross-call/7-idle", "cross-call/7-spinning");
}

void bench_call_many(void)
{
	call_init();
	call_measure_mask(63, "cross-call/63-idle", "cross-call/63-spinning");
}
