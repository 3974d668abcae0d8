/* SPDX-License-Identifier: MIT */
/*
 * Cross calls of an empty function, there and back, to CPUs that spin with
 * interrupts on. One CPU of the emulator runs at a time, and lets another one
 * run when it waits, so what the targets do is counted too.
 */
#include "bench/bench.h"

static struct cpumask call_mask;
static bool call_over;
static unsigned int call_spinning;

static void call_empty(void *info)
{
	(void)info;
}

static void call_spin(void *argument)
{
	(void)argument;
	__atomic_fetch_add(&call_spinning, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&call_over, __ATOMIC_ACQUIRE))
		arch_relax();
}

static void call_run_single(void)
{
	smp_call_function_single(1, call_empty, NULL, IRQKIT_CALL_WAIT);
}

static void call_run_mask(void)
{
	smp_call_function_many(&call_mask, call_empty, NULL, IRQKIT_CALL_WAIT);
}

static void call_measure_mask(const char *name, unsigned int targets)
{
	struct bench bench = {.name = name, .run = call_run_mask};

	irqkit_cpumask_first_n(&call_mask, targets + 1);
	cpumask_clear_cpu(0, &call_mask);
	bench_measure(&bench);
}

void bench_call(void)
{
	struct bench single = {.name = "cross-call/1-spinning",
			       .goal = BENCH_GOAL(230, 300),
			       .run = call_run_single};
	struct bench idle = {.name = "cross-call/1-idle",
			     .run = call_run_single};

	bench_check("irqkit_smp_call_init",
		    irqkit_smp_call_init(machine.ipi_single));
	bench_measure(&idle);
	for (unsigned int cpu = 1; cpu < 8; cpu++)
		start_on_cpu(cpu, call_spin, NULL);
	while (__atomic_load_n(&call_spinning, __ATOMIC_ACQUIRE) != 7)
		arch_relax();
	bench_measure(&single);
	call_measure_mask("cross-call/3-spinning", 3);
	call_measure_mask("cross-call/7-spinning", 7);
	__atomic_store_n(&call_over, true, __ATOMIC_RELEASE);
	for (unsigned int cpu = 1; cpu < 8; cpu++)
		wait_for_cpu(cpu);
}
