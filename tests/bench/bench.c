/* SPDX-License-Identifier: MIT */
/*
 * Guest instructions of the paths that matter. Under an instruction-counting
 * emulator arch_ticks() counts instructions, so each figure is the same on
 * every run; the least of many tries leaves out what other CPUs executed in
 * between. One line a figure: bench NAME COUNT [GOAL].
 */
#include "bench/bench.h"

#define BENCH_TRIES 64

volatile uintptr_t bench_sink;

static uint64_t bench_try(void (*run)(void))
{
	uint64_t start = arch_ticks();

	run();
	return arch_ticks() - start;
}

static void bench_nothing(void)
{
	__asm__ volatile("");
}

static uint64_t bench_overhead(void (*baseline)(void))
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < BENCH_TRIES; i++) {
		uint64_t took = bench_try(baseline);

		if (took < best)
			best = took;
	}
	return best;
}

void bench_print(const char *name, uint64_t count, unsigned int goal)
{
	if (goal == BENCH_NO_GOAL)
		print("bench %s %lu\n", name, (unsigned long)count);
	else
		print("bench %s %lu %u\n", name, (unsigned long)count, goal);
}

void bench_measure(const struct bench *bench)
{
	uint64_t overhead = bench_overhead(
		bench->baseline != NULL ? bench->baseline : bench_nothing);
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < BENCH_TRIES; i++) {
		uint64_t took;

		if (bench->prepare != NULL)
			bench->prepare();
		took = bench_try(bench->run);
		if ((bench->finish == NULL || bench->finish()) && took < best)
			best = took;
	}
	if (best == UINT64_MAX)
		panic("%s: no try counted", bench->name);
	bench_print(bench->name, best > overhead ? best - overhead : 0,
		    bench->goal);
}

unsigned int bench_check(const char *what, int result)
{
	if (result < 0)
		panic("%s: error %d", what, result);
	return (unsigned int)result;
}

/*
 * Three machines, as some paths cost something for each CPU there is: with 4
 * CPUs what is said to be measured with 4, with 64 what calls them all, with 8
 * the rest.
 */
int kernel_main(void)
{
	unsigned int nr = cpumask_weight(cpu_online_mask);

	if (nr == 4) {
		bench_ipi_reserve();
	} else if (nr == 8) {
		bench_core(10);
		bench_core(1000);
		bench_core(10000);
		bench_ipi_send();
		bench_call();
		bench_hotplug();
	} else if (nr == 64) {
		bench_call_many();
	} else {
		panic("the benchmark needs 4, 8 or 64 CPUs");
	}
	return 0;
}
