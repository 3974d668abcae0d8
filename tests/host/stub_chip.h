/* SPDX-License-Identifier: MIT */
/*
 * A controller with nothing behind it: it writes down in letters what it is
 * told, fails when it is to, and calls a test in the middle of an operation.
 * Its interrupts are made to arrive by calling the dispatch.
 */
#ifndef TESTS_HOST_STUB_CHIP_H
#define TESTS_HOST_STUB_CHIP_H

#include "host.h"

/* The operations, and the letter of each in the story. */
enum stub_op {
	STUB_ACTIVATE,	 /* A */
	STUB_DEACTIVATE, /* D */
	STUB_TYPE,	 /* T */
	STUB_AFFINITY,	 /* F */
	STUB_STARTUP,	 /* S */
	STUB_SHUTDOWN,	 /* X */
	STUB_MASK,	 /* M */
	STUB_UNMASK,	 /* U */
	STUB_COMPLETE,	 /* C */
	STUB_RETRIGGER,	 /* R */
	STUB_ACK,	 /* k */
	STUB_EOI,	 /* e */
	STUB_OPS
};

/* How it tells where an interrupt goes after irq_set_affinity. */
enum stub_aim {
	STUB_AIM_FIRST, /* one CPU, the first of the mask */
	STUB_AIM_LAST,
	STUB_AIM_ALL,	 /* all of them */
	STUB_AIM_SILENT, /* it does not tell (HZ8) */
};

struct stub {
	unsigned int calls[STUB_OPS];
	char story[128];
	int answer[STUB_OPS]; /* of the next calls */
	int answer_once;      /* of irq_set_affinity, if not 0: one time */
	enum stub_aim aim;
	bool may_aim_inactive; /* for irq_force_affinity() */
	bool is_single;	       /* new interrupts go to one CPU at a time */
	struct cpumask full;   /* CPUs without room: -ENOSPC */
	struct cpumask mask;   /* of the last irq_set_affinity */
	unsigned int type;     /* of the last irq_set_type */
	unsigned int irq;      /* of the last operation */
	unsigned int cpu;      /* where it was */

	/* Called at the end of each operation; or NULL. */
	void (*hook)(enum stub_op op, struct irq_data *data);
};
extern struct stub stub;

/* The chip; a test may take operations out. stub_reset() puts them back. */
extern struct irq_chip stub_chip;

/* All as at first, nothing written down. */
void stub_reset(void);

/* The story so far is expected to be this; it begins anew. */
void stub_expect(const char *story, const char *when);

/* An interrupt of its domain, with status flags; @affinity may be NULL. */
unsigned int stub_make(irq_flow_handler_t flow, unsigned int status,
		       const struct irq_affinity_desc *affinity);
void stub_free(unsigned int irq);

/* The same with a domain that has neither activate nor deactivate. */
unsigned int stub_make_plain(irq_flow_handler_t flow, unsigned int status);

/* It arrives on a CPU. */
void stub_arrive(unsigned int irq, unsigned int cpu);

/* Its handler: counts, and calls stub_in_handler once if that is set. */
irqreturn_t stub_handler(unsigned int irq, void *dev_id);
extern unsigned int stub_handled;
extern irqreturn_t stub_reply;
extern void (*stub_in_handler)(void);

/* Where it goes, or is to go, as a mask of the first CPUs. */
unsigned long stub_effective(unsigned int irq);
unsigned long stub_affinity(unsigned int irq);

/* A mask of the first CPUs, from bits. */
struct cpumask stub_cpus(unsigned long bits);

unsigned int stub_state(unsigned int irq);
unsigned int stub_depth(unsigned int irq);

/* A CPU goes altogether, and comes back. Results are expected to be 0. */
void stub_cpu_down(unsigned int cpu, struct irqkit_receipt *receipt);
void stub_cpu_up(unsigned int cpu);

/* The last steps of a CPU that irqkit_cpu_offline() was called for. */
void stub_cpu_stop(unsigned int cpu, struct irqkit_receipt *receipt);

/*
 * From inside of an operation of the chip: another CPU calls
 * irqkit_cpu_offline(@leaving), until that waits for the descriptor lock and
 * the CPU is active no more. stub_join() waits for its end, outside.
 */
void stub_offline_meanwhile(unsigned int caller, unsigned int leaving);
int stub_join(unsigned int caller);

#endif
