/* SPDX-License-Identifier: MIT */
/* What the tests of cross calls share: functions to be called, and when. */
#ifndef TESTS_HOST_CALL_HOST_H
#define TESTS_HOST_CALL_HOST_H

#include <irqkit/smp_call.h>
#include "host.h"
#include "sim_ipi.h"
#include "suite_host.h"
#include "suites/call_suite.h"

#define CALL_CPUS      6U
#define CALL_SLOTS     4U /* calls of either sort that a CPU has room for */
#define CALL_TIME      2000000U /* the time-out, in ns */
#define CALL_TIME_READ 42U	/* about so many reads of the clock */
#define CALL_FREE_WAIT ((unsigned int)IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE)

extern struct sim_ipi *call_sim;
extern unsigned int call_runs[CALL_CPUS]; /* of the functions below */
extern unsigned int call_total;		  /* their sum */
extern bool call_stuck;			  /* call_sticks() does not end */

/* The machine and its controller, and the short time-out. */
void call_host_start(bool mask_chip, const struct cpumask *offline);

/* A subject begins; it ends when all that is under way has arrived. */
void call_begin(const char *subject);
void call_close(void);

/* To be called: one counts, one counts and does not end while call_stuck. */
void call_counts(void *info);
void call_sticks(void *info);

/* So often on each CPU of @bits, and on no other. The counts begin anew. */
void call_expect_runs(unsigned long bits, unsigned int times, const char *when);

/* In the so-many-th read of the clock from now. */
void call_at_read(unsigned int reads, void (*function)(void));

/* A mask of the first CPUs, from bits. */
struct cpumask call_cpus(unsigned long bits);

/* The last line that was logged is expected to say so. */
bool call_log_says(const char *text);

#endif
