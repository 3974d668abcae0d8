/* SPDX-License-Identifier: MIT */
/*
 * Cross calls (irqkit/smp_call.h) on all CPUs of the machine. The tests are in
 * call_*.c; what is called is counted here, CPU by CPU.
 */
#ifndef TESTS_SUITES_CALL_SUITE_H
#define TESTS_SUITES_CALL_SUITE_H

#include "suite.h"

/* Run all tests; irqkit_smp_call_init() was called. */
void call_suite_run(const char *label);

/* The time-out of the suite: CPUs of an emulator may have to wait for theirs.
 */
#define CALL_USUAL 60000000000ULL

struct call_test {
	const char *name;
	void (*run)(void);
	unsigned int cpus; /* how many must be online */
};

/* Each ends with an entry that has no name. */
extern const struct call_test call_form_tests[];
extern const struct call_test call_own_tests[];
extern const struct call_test call_storm_tests[];
extern const struct call_test call_plug_tests[];
extern const struct call_test call_error_tests[];

/* What the functions below did. */
struct call_log {
	unsigned int runs[IRQKIT_NR_CPUS];
	unsigned int sent[IRQKIT_NR_CPUS]; /* those that are to run there */
	unsigned int wrong;  /* interrupts on, or another argument */
	unsigned int errors; /* results that were not expected, on any CPU */
};
extern struct call_log call_log;

/* All counts are 0 again. */
void call_forget(void);

/* The function to be called, with &call_log. */
void call_note(void *info);

/* It was sent to a CPU so often more. Any CPU. */
void call_book(unsigned int cpu, unsigned int times);

/* A result on whichever CPU, which the test then expects to be none. */
void call_expect_result(int result, int expected);

/* Each CPU of @cpus has run it so often, and no other CPU; then forget. */
void call_expect(const struct cpumask *cpus, unsigned int times,
		 const char *when);

/* Wait until each CPU has run what was sent to it, and no more; forget. */
void call_expect_sent(const char *when);

/* All that are online but the caller. */
void call_others(struct cpumask *cpus);

/* A CPU has interrupts off, from here on until call_undeafen(). */
bool call_deafen(unsigned int cpu);
void call_undeafen(unsigned int cpu);

#endif
