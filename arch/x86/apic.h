/* SPDX-License-Identifier: MIT */
/*
 * The local APICs: what is known of each CPU, the operations of the mode that
 * was chosen, and what the files of the backend ask of each other.
 */
#ifndef ARCH_X86_APIC_H
#define ARCH_X86_APIC_H

#include <irqkit/irq.h>
#include <irqkit/x86.h>
#include "apic_regs.h"

/* One for each possible CPU, allocated by irqkit_x86_init(). */
struct irqkit_apic_cpu {
	/* See vector.h. First, as dispatch is then an instruction shorter. */
	struct irq_desc *slots[APIC_NR_VECTORS];

	/*
	 * What a sender touches; fixed once the CPU has been prepared, but for
	 * the count: ICR writes that name this CPU first. They are counted
	 * here and not at the sender, which would have to ask who it is.
	 */
	uint64_t sent IRQKIT_ALIGNED(64);
	uint32_t destination; /* of a physical send, as the ICR wants it */
	uint32_t id;	      /* APIC id */
	unsigned int cpu;
	bool prepared;

	/* What happened on the CPU; only that CPU writes here. */
	uint64_t spurious IRQKIT_ALIGNED(64);
	uint64_t unexpected;
	uint64_t errors;

	/* Of movable.c: vectors that were left, by bit; other CPUs write. */
	uint32_t leaving[APIC_NR_VECTORS / 32] IRQKIT_ALIGNED(64);
	bool gone; /* takes no interrupts, and will not clean up */
} IRQKIT_ALIGNED(64);

extern struct irqkit_apic_cpu *irqkit_apic_cpus[IRQKIT_NR_CPUS];

/* One mode of the local APIC. Each function works on the calling CPU's. */
struct irqkit_apic_ops {
	const char *name;
	bool x2apic;

	/* A register by its offset. */
	uint32_t (*read)(unsigned int reg);
	void (*write)(unsigned int reg, uint32_t value);
	void (*eoi)(void);
	uint32_t (*id)(void);

	/*
	 * Name a CPU whose id is set for sends to it. Context: thread or boot.
	 * Returns 0; -ENODEV if the mode cannot reach it, with a log line;
	 * -ENOMEM.
	 */
	int (*prepare)(struct irqkit_apic_cpu *target);

	/*
	 * Give this CPU its logical id. Context: on-cpu, interrupts off.
	 * Returns 0, or -ENODEV if it has another.
	 */
	int (*start)(const struct irqkit_apic_cpu *local);

	/*
	 * Send to one CPU by its APIC id. All that was stored before is
	 * visible there when the interrupt arrives. Context: any. Returns 0,
	 * or -ETIMEDOUT with a log line.
	 */
	int (*send)(struct irqkit_apic_cpu *target, uint32_t command);

	/*
	 * Send an NMI to one CPU by its APIC id, in the same order. Context:
	 * any, nmi too. Returns 0, or -ETIMEDOUT without a log line.
	 */
	int (*send_nmi)(struct irqkit_apic_cpu *target);

	/* Wait until the last send has left: 0, or -ETIMEDOUT. */
	int (*wait_sent)(void);

	/* Whether a send to many CPUs takes more than one write. */
	bool (*many_writes)(void);

	/* How masks are sent, in words. */
	const char *(*describe)(void);

	const struct irq_chip *single;
	const struct irq_chip *per_cpu;
};

extern const struct irqkit_apic_ops irqkit_xapic_ops;
extern const struct irqkit_apic_ops irqkit_x2apic_ops;

/* The mode of all CPUs; set by irqkit_apic_choose(). */
extern const struct irqkit_apic_ops *irqkit_apic;

/* xapic.c: where the registers are. */
void irqkit_xapic_map(volatile void *base);

/**
 * irqkit_apic_choose() - choose the mode of all local APICs
 * @config: of irqkit_x86_init()
 *
 * Changes nothing in the hardware.
 *
 * Context: boot.
 * Return: 0; -ENODEV.
 */
int irqkit_apic_choose(const struct irqkit_x86_config *config);

/**
 * irqkit_apic_prepare() - make a CPU known to senders
 * @cpu: logical index
 *
 * Context: thread or boot.
 * Return: 0; -ENODEV if the mode cannot reach it or another CPU has its APIC
 * id; -ENOMEM.
 */
int irqkit_apic_prepare(unsigned int cpu);

/**
 * irqkit_apic_start() - set up the local APIC of this CPU
 * @cpu: logical index of the calling CPU
 *
 * Context: on-cpu, interrupts off.
 * Return: 0; -ENODEV if the CPU cannot run in the mode chosen, or has another
 * APIC id than it should.
 */
int irqkit_apic_start(unsigned int cpu);

/**
 * irqkit_apic_stop() - switch off the local APIC of this CPU
 *
 * What arrives after that is lost, but for INIT, start-up IPIs and NMIs (SDM
 * 10.4.7.2).
 *
 * Context: on-cpu, interrupts off.
 */
void irqkit_apic_stop(void);

/* apic.c: an interrupt at the error vector. */
void irqkit_apic_error(struct irqkit_apic_cpu *local);

/* Lets one line a second through; one of these for each kind of line. */
struct irqkit_apic_log_limit {
	uint64_t next; /* nanoseconds: no line before that */
};

/* apic.c: whether a line may be printed now. */
bool irqkit_apic_may_log(struct irqkit_apic_log_limit *limit);

/* Count ICR writes in which @target is the first of the CPUs named. */
static inline void irqkit_apic_count(struct irqkit_apic_cpu *target,
				     uint64_t writes)
{
	if (IRQKIT_SEND_STATS)
		__atomic_fetch_add(&target->sent, writes, __ATOMIC_RELAXED);
}

#endif
