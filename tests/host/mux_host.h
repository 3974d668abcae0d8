/* SPDX-License-Identifier: MIT */
/* What the tests of muxes share. */
#ifndef TESTS_HOST_MUX_HOST_H
#define TESTS_HOST_MUX_HOST_H

#include <irqkit/ipi_mux.h>
#include "sim_ipi.h"
#include "suites/suite.h"

#define MUX_CPUS     6U
#define MUX_MAX_IPIS 256U
#define MUX_MAX_RUNS (3 * MUX_MAX_IPIS)

/* A virtual IPI, and how often each CPU handled it. */
struct mux_ipi {
	unsigned int irq;
	unsigned int number; /* index in mux_ipis */
	unsigned int runs[MUX_CPUS];
};

extern struct mux_ipi mux_ipis[MUX_MAX_IPIS];
extern unsigned int mux_order[MUX_MAX_RUNS]; /* their numbers, as handled */
extern unsigned int mux_nr_order;
extern unsigned int mux_wrong; /* calls of handlers that were */
extern void (*mux_then)(struct mux_ipi *ipi, unsigned int cpu); /* in each */

/* The controllers: one takes single CPUs, one masks. */
extern struct sim_ipi *mux_sim, *mux_sim_masks;

/* Called once, in the next send to mux_sim, before it goes out. */
extern void (*mux_hook)(void);

/* At the begin of a subject. */
extern unsigned long mux_memory;
extern unsigned int mux_irqs;

/* The machine; @absent: a CPU that was never started, or SUITE_NONE. */
void mux_start(unsigned int absent);

/* A subject: at its end all is as it was at its begin. */
void mux_begin(const char *subject);
void mux_end(void);
void mux_forget_runs(void);

struct irqkit_ipi_mux *mux_create(struct irq_domain *parent, unsigned int nr);
void mux_destroy(struct irqkit_ipi_mux *mux);

/* Numbers from @first on, each with its handler; and back. */
void mux_open(struct irqkit_ipi_mux *mux, unsigned int first, unsigned int nr);
void mux_close(unsigned int first, unsigned int nr);

/* The same in single steps, for one. */
void mux_reserve(struct irqkit_ipi_mux *mux, unsigned int number);
void mux_request(unsigned int number);
void mux_free(unsigned int number);

void mux_send(unsigned int number, unsigned int cpu);
void mux_expect(unsigned int number, unsigned int cpu, unsigned int runs);

/* What waits at mux_sim is taken now. */
void mux_let_go(void);

/* A number that CPUs mask; mux_expect_taken(): by its handler or without. */
void mux_request_percpu(struct irqkit_ipi_mux *mux, unsigned int number);
void mux_free_percpu(unsigned int number);
void mux_enable(unsigned int cpu, unsigned int number);
void mux_disable(unsigned int cpu, unsigned int number);
void mux_expect_taken(unsigned int number, unsigned int cpu, unsigned long nr);

#endif
