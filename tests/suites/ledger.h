/* SPDX-License-Identifier: MIT */
/*
 * The books of one IPI: what was sent to each CPU, and what each handled. An
 * IPI that is missing, one too many, and one where it does not belong are
 * each an error.
 *
 * IPIs to a CPU may merge as long as the first was not taken, so a sender
 * claims the CPU, and the handler there gives it free: each one is counted.
 */
#ifndef TESTS_SUITES_LEDGER_H
#define TESTS_SUITES_LEDGER_H

#include "suite.h"

struct ledger;

/* What a handler is called with: the whole IPI, or its irq at one CPU. */
struct ledger_cookie {
	struct ledger *ledger;
	unsigned int cpu; /* SUITE_NONE: any */
};

/* The four calls that send. */
enum ledger_way {
	LEDGER_SINGLE,
	LEDGER_MASK,
	LEDGER_SINGLE_UNCHECKED,
	LEDGER_MASK_UNCHECKED,
	LEDGER_NR_WAYS,
};

struct ledger {
	unsigned int irq; /* the base */
	bool per_cpu;
	unsigned int offset; /* CPU of the base in per-CPU mode */
	struct cpumask cpus; /* those it has now */

	/* Called in the handler, before it is in the books; or NULL. */
	void (*then)(struct ledger *ledger, unsigned int cpu);
	void *argument;

	/* By CPU. */
	unsigned long sent[IRQKIT_NR_CPUS];
	unsigned long ran[IRQKIT_NR_CPUS];
	unsigned int unhandled_before[IRQKIT_NR_CPUS];
	unsigned int claimed[IRQKIT_NR_CPUS];

	unsigned long wrong;   /* handlers called where or how not to be */
	unsigned long refused; /* sends that returned an error */
	int error;	       /* the last one */

	struct ledger_cookie any;
	struct ledger_cookie of[IRQKIT_NR_CPUS];
};

/* The irq at a CPU of the IPI. */
unsigned int ledger_irq(const struct ledger *ledger, unsigned int cpu);

/*
 * Reserve, and begin the books; no handler yet. False, and the open subject
 * says why, if it cannot be reserved.
 */
bool ledger_reserve(struct ledger *ledger, bool per_cpu,
		    const struct cpumask *cpus);

/* Reserve, and attach ledger_handler() to all irqs by request_irq(). */
bool ledger_open(struct ledger *ledger, bool per_cpu,
		 const struct cpumask *cpus);
void ledger_attach(struct ledger *ledger);
void ledger_detach(struct ledger *ledger);

/* Check the books, then detach and destroy. */
void ledger_close(struct ledger *ledger);
void ledger_destroy(struct ledger *ledger);

/* @dev_id is a struct ledger_cookie. */
irqreturn_t ledger_handler(unsigned int irq, void *dev_id);
struct ledger_cookie *ledger_cookie(struct ledger *ledger, unsigned int cpu);

/* Enter into the books that @cpu handles its irq; what a handler does. */
void ledger_handle(struct ledger *ledger, unsigned int irq, unsigned int cpu);

/*
 * Claim the targets, enter them and send. Any CPU; with interrupts off no
 * claim may be taken by this CPU. False: a claim was not had in time, or the
 * send was refused.
 */
bool ledger_send(struct ledger *ledger, unsigned int cpu, enum ledger_way way);
bool ledger_send_mask(struct ledger *ledger, const struct cpumask *cpus,
		      enum ledger_way way);

/* Wait until the handler on @cpu gave its claim back. */
bool ledger_wait(struct ledger *ledger, unsigned int cpu);

/* Wait for all that was sent; then see that the books are right. CPU 0. */
void ledger_check(struct ledger *ledger);

#endif
