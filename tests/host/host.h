/* SPDX-License-Identifier: MIT */
/*
 * A machine inside of one process: each CPU but the first is a coroutine, so
 * that runs repeat exactly. Another CPU runs when one waits (suite_relax(),
 * a read of the clock) or turns interrupts on; interrupts are taken when a
 * CPU that has them on runs.
 */
#ifndef TESTS_HOST_HOST_H
#define TESTS_HOST_HOST_H

#include <irqkit/irqkit.h>

/* machine_host.c */

/* irqkit_init(), and CPUs 1 to @nr_cpus - 1 started, but for @offline. */
void host_start(unsigned int nr_cpus, const struct cpumask *offline);

/* Bring up one more, as a kernel does. Result: the first error. */
int host_start_cpu(unsigned int cpu);

/* Pretend to be another CPU for a moment; returns the one before. */
unsigned int host_become(unsigned int cpu);

/* Work for an idle CPU, and whether it is done. */
void host_give_work(unsigned int cpu, void (*function)(void *argument),
		    void *argument);
bool host_is_idle(unsigned int cpu);

/* Let other CPUs run, and this one take its interrupts. */
void host_yield(void);

/* What can interrupt a CPU: whether it would, and do it, interrupts off. */
struct host_source {
	bool (*has_interrupt)(unsigned int cpu);
	void (*take_interrupt)(unsigned int cpu);
	struct host_source *next; /* the machine's */
};

/* Once for each. The first ones are asked first. */
void host_add_source(struct host_source *source);

/* Called with interrupts on and off, on each read of the clock; or NULL. */
extern void (*host_clock_hook)(void);

/* port_host.c */

/* The boot goes on after irqkit_init(): memory with interrupts off is fine. */
extern bool host_booting;

/* The node of each CPU; NULL: all are node 0. */
extern int (*host_node_of)(unsigned int cpu);

/* Do the deferred work that is queued; returns how much there was. */
unsigned int host_run_deferred(void);

/* The @nth allocation from now fails, 1 being the next; 0: none. */
void host_fail_alloc(unsigned long nth);

/* Whether the one that was to fail came. */
bool host_alloc_failed(void);

/* Pieces that are allocated now. */
unsigned long host_live(void);

/* Whether a CPU is between irqkit_port_enter() and irqkit_port_exit(). */
bool host_in_handler(unsigned int cpu);

/* Calls of the port that broke its contract, for instance in which context
 * memory was asked for; the first of them in words. */
unsigned int host_violations(void);
const char *host_first_violation(void);
void host_violation(const char *what);

/* Logged lines so far, and the last one. */
unsigned int host_log_lines(void);
const char *host_last_log(void);

/*
 * Run @function in a child process: whether it panicked with @text in its
 * words. The parent is as before.
 */
bool host_panics(void (*function)(void), const char *text);

/* In a child process, before it ends: what it has reached counts too. */
void host_dump_coverage(void);

/* A test program: begins TAP on standard output; ends it with the status. */
void host_begin(void);
int host_end(void);

#endif
