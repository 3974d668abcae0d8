/* SPDX-License-Identifier: MIT */
/*
 * Simulated controllers of IPIs. One is an IPI domain of either kind, whose
 * chip takes masks only or single CPUs only. What is sent is pending at a CPU
 * until that takes it; while one is in service, that CPU takes no other of the
 * controller. Each call is written down.
 */
#ifndef TESTS_HOST_SIM_IPI_H
#define TESTS_HOST_SIM_IPI_H

#include <irqkit/irqkit.h>

#define SIM_MAX_HWIRQS	16384U
#define SIM_HWIRQ_LONGS (SIM_MAX_HWIRQS / IRQKIT_BITS_PER_LONG)

/* A call of a send operation, as the chip got it. */
struct sim_call {
	bool mask;   /* ipi_send_mask, else ipi_send_single */
	bool inside; /* a grace period would wait for it */
	unsigned int irq;
	struct cpumask dest;
};

#define SIM_MAX_CALLS 64U

struct sim_ipi {
	struct irq_domain *domain;
	struct irq_chip chip;
	struct sim_ipi *next;
	bool per_cpu;
	unsigned int nr_hwirqs;

	/* To be set by a test. */
	bool hold;	       /* CPUs take nothing for now */
	unsigned int fail_at;  /* alloc fails at the so-many-th irq; 0: no */
	int fail_with;	       /* what it then returns */
	unsigned int fail_cpu; /* a send to it is -ETIMEDOUT; ~0U: none */

	/* Written down. */
	unsigned long singles;
	unsigned long masks;
	unsigned long acks;
	unsigned long eois;
	unsigned long unexpected; /* taken, and nobody has it */
	unsigned long merged;	  /* sent while it was still pending */
	unsigned long wrong;	  /* calls with arguments that cannot be */
	unsigned int nr_calls;	  /* the first SIM_MAX_CALLS are kept */
	struct sim_call calls[SIM_MAX_CALLS];

	/* State. */
	unsigned int next_hwirq;
	unsigned int used;
	unsigned char taken[SIM_MAX_HWIRQS];
	unsigned int target[SIM_MAX_HWIRQS]; /* cpu, in per-CPU mode */
	unsigned int nr_pending[IRQKIT_NR_CPUS];
	unsigned long in_service[IRQKIT_NR_CPUS]; /* hwirq + 1, or 0 */
	unsigned long pending[IRQKIT_NR_CPUS][SIM_HWIRQ_LONGS];
};

/* @mask_chip: the chip has ipi_send_mask only, else ipi_send_single only. */
struct sim_ipi *sim_ipi_create(const char *name, bool per_cpu, bool mask_chip,
			       unsigned int nr_hwirqs);

/* Forget what was written down. */
void sim_ipi_clear(struct sim_ipi *sim);

#endif
