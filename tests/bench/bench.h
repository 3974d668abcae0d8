/* SPDX-License-Identifier: MIT */
/* What the files of the benchmark share among themselves. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include "kernel.h"
#include "bench/no_call.h"

#define BENCH_NO_GOAL 0U

#if defined(__x86_64__)
#define BENCH_GOAL(x86, arm64) (x86)
#else
#define BENCH_GOAL(x86, arm64) (arm64)
#endif

/* What is measured: @prepare and @finish are not counted, and may be NULL. */
struct bench {
	const char *name;
	unsigned int goal;
	void (*prepare)(void);
	void (*run)(void);
	void (*baseline)(void); /* what surrounds the path in run; or NULL */
	bool (*finish)(void);	/* false: this try does not count */
};

/* bench.c */
void bench_measure(const struct bench *bench);
void bench_print(const char *name, uint64_t count, unsigned int goal);

/* The result if it is no error; else the end of the run. */
unsigned int bench_check(const char *what, int result);

/* Where results go that nobody needs. */
extern volatile uintptr_t bench_sink;

/* bench_ipi.c */
void bench_ipi_reserve(void);
void bench_ipi_send(void);

/* bench_call.c: with 8 CPUs, with 64 */
void bench_call(void);
void bench_call_many(void);

/* bench_core.c: with that many descriptors */
void bench_core(unsigned int nr);

/* bench_hotplug.c */
void bench_hotplug(void);

#endif
