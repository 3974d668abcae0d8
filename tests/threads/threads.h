/* SPDX-License-Identifier: MIT */
/*
 * A machine whose CPUs are threads of the host, for the thread sanitizer. An
 * interrupt is taken where a CPU calls the port with interrupts on, and in
 * threads_poll(). There are no signals.
 */
#ifndef TESTS_THREADS_THREADS_H
#define TESTS_THREADS_THREADS_H

#include <irqkit/irqkit.h>
#include "suites/tap.h"

#define THREADS_CPUS 4U

/* machine_threads.c */

/* A test program: all CPUs run; and its end with the status. */
void threads_begin(void);
int threads_end(void);

/*
 * Work for CPUs 1 and up, until it returns; the caller is CPU 0. It ends by
 * itself when threads_over() says so.
 */
void threads_give(unsigned int cpu, void (*work)(void));

/* Open a subject whose works go on for this long. */
void threads_subject(const char *name, unsigned int milliseconds);
bool threads_over(void);

/* Wait for all works; a reported race fails the subject. Then close it. */
void threads_join(void);
void threads_close(void);

/* Once in each turn of a work: interrupts, deferred work, and the end of the
 * CPU, if CPU 0 asked for that; then it goes on when the CPU is back. */
void threads_poll(void);

/* From CPU 0: take a CPU down or up. The result of the first step that failed;
 * of the last one nothing is expected but 0. */
int threads_cpu_down(unsigned int cpu);
int threads_cpu_up(unsigned int cpu);

/* A number below @limit, of this CPU's own row. */
unsigned int threads_random(unsigned int limit);

/* Something is wrong, noted from any CPU: printed by CPU 0 at the close. */
void threads_expect(bool condition, const char *what);

/* Pieces of memory that the library has. */
unsigned long threads_live(void);

/*
 * Counters and flags of the tests themselves, which must order nothing that
 * the library is to order.
 */
#define threads_load(pointer) __atomic_load_n(pointer, __ATOMIC_RELAXED)
#define threads_store(pointer, value) \
	__atomic_store_n(pointer, value, __ATOMIC_RELAXED)
#define threads_add(pointer, value) \
	__atomic_fetch_add(pointer, value, __ATOMIC_RELAXED)

/* wire.c: a controller of lines, and one of IPIs. */

#define WIRE_LINES 64U

/* Its domains. In that of the lines hwirq n is line n. */
extern struct irq_domain *wire_domain;
extern struct irq_domain *wire_ipis;

void wire_begin(void);

/* An interrupt of a line; its mapping is made. */
unsigned int wire_map(unsigned int line, irq_flow_handler_t flow);

/* Make one afresh, with a first affinity or NULL; irq_domain_free_irqs(). */
unsigned int wire_alloc(unsigned int line, irq_flow_handler_t flow,
			const struct irq_affinity_desc *affinity);

/* The device raises its line: an edge, or a level until wire_silence(). */
void wire_fire(unsigned int line);
void wire_silence(unsigned int line);

/* Moves of this line last until it arrives at its new target. */
void wire_move_slowly(unsigned int line, bool slowly);

/* Whether something is latched for a CPU. */
bool wire_has_interrupt(unsigned int cpu);
void wire_take_interrupt(unsigned int cpu);

/* CPU that an arriving line is latched at; its own dying step. */
unsigned int wire_target(unsigned int line);

#endif
