/* SPDX-License-Identifier: MIT */
/*
 * The machine that a suite runs on. The first part is supplied by whoever
 * runs suites (tests/host/, tests/guest/); the rest is in suite.c.
 *
 * Suites use public headers of irqkit and this one only. Tests run on CPU 0,
 * in thread context with interrupts on.
 */
#ifndef TESTS_SUITES_SUITE_H
#define TESTS_SUITES_SUITE_H

#include <irqkit/irqkit.h>
#include "tap.h"

/* No such CPU. */
#define SUITE_NONE (~0U)

/* A CPU that is present and not online, one that is foreign; SUITE_NONE. */
unsigned int suite_offline_cpu(void);
unsigned int suite_foreign_cpu(void);

/* The IPI domain of a mode, or NULL if the machine has none. */
struct irq_domain *suite_domain(bool per_cpu);

/*
 * Run @function on all CPUs of a mask at once, the caller's own too if it is
 * in it, interrupts on, and wait for all. It must end by itself: its own
 * waits have deadlines.
 */
void suite_run_on_mask(const struct cpumask *cpus,
		       void (*function)(void *argument), void *argument);

/*
 * Run @function on a CPU that is idle and not the caller's, and do not wait;
 * wait until it has returned.
 */
void suite_start_on(unsigned int cpu, void (*function)(void *argument),
		    void *argument);
void suite_wait_for(unsigned int cpu);

/*
 * Take a CPU down, all steps of it, and bring it back; from CPU 0. The result
 * is the error of the first step that failed.
 */
int suite_cpu_down(unsigned int cpu, struct irqkit_receipt *receipt);
int suite_cpu_up(unsigned int cpu);

/*
 * Take a CPU down that has interrupts off from before the first step on;
 * @between is called then, on this CPU, before anything is moved.
 */
int suite_cpu_down_deaf(unsigned int cpu, struct irqkit_receipt *receipt,
			void (*between)(void *argument), void *argument);

/* Whether the machine can do that with a CPU that is idle. */
bool suite_cpu_can_stop(unsigned int cpu);

/*
 * A domain with an alloc operation, for NULL, of interrupts that can be moved
 * and that software raises; NULL: none. And raise one, from any CPU and
 * context: 0 or an error.
 */
struct irq_domain *suite_devices(void);
int suite_fire(unsigned int irq);

/*
 * Whether what was raised waits at the CPU it was sent to, so that a CPU that
 * goes must forward it; else it waits at the controller, and moves as well.
 */
bool suite_latches_at_cpus(void);

/* Whether a CPU has room for so many of these interrupts and no more. */
bool suite_cpus_have_limit(void);

/* One turn of a wait loop; lets other CPUs run. Any context. */
void suite_relax(void);

/* Memory that the library has now, in pieces or in bytes. */
unsigned long suite_memory(void);

/*
 * What follows is the same everywhere.
 */

/* Every wait ends with failure after this time. */
#define SUITE_DEADLINE_NS 20000000000ULL

/* So many may miss it before all get less. */
#define SUITE_PATIENCE 3U

/* How long to look for what must not come. */
#define SUITE_SETTLE_NS 2000000ULL

/* Wait until @done says so; false after the deadline. Any CPU. */
bool suite_wait(bool (*done)(void *argument), void *argument);

/* Let what is on its way arrive. */
void suite_settle(void);

/*
 * Say in diagnostic lines why an interrupt does not come, and with the first
 * one all that was traced. Of many that do not come only some are explained.
 */
#define SUITE_EXPLAINED 4U
void suite_explain(unsigned int irq);

/* Run on one CPU and wait. */
void suite_run_on(unsigned int cpu, void (*function)(void *argument),
		  void *argument);

/* How many CPUs are online; the @index-th of them, the next one after
 * @cpu and round. */
unsigned int suite_nr_online(void);
unsigned int suite_online_cpu(unsigned int index);
unsigned int suite_next_online(unsigned int cpu);

/*
 * The CPUs that an IPI for all is reserved for: all that are online; in
 * per-CPU mode those between them too, as holes are not allowed there.
 */
void suite_all_cpus(bool per_cpu, struct cpumask *cpus);

/*
 * CPUs from everywhere, the first and the last among them, at most
 * SUITE_FEW: for tests in which CPUs wait at the same time. An emulator with
 * two cores has no more to give, and with hundreds that wait none gets on.
 */
#define SUITE_FEW 8U
void suite_few_cpus(struct cpumask *cpus);

/* A number of rounds for each CPU, so that all together do @total. */
unsigned int suite_share(unsigned int total);

/* The next of a fixed row of random numbers. */
uint32_t suite_random(uint32_t *state);
#define SUITE_SEED 0x1d872b41U

/* Online CPUs, each by chance, at least one. */
void suite_random_mask(uint32_t *state, struct cpumask *cpus);

/* How many interrupt numbers are allocated. */
unsigned int suite_count_irqs(void);

#endif
