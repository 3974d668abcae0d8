/* SPDX-License-Identifier: MIT */
/*
 * The trace: each CPU notes what happens to its interrupts in a ring of
 * IRQKIT_TRACE entries, the newest over the oldest. Nothing of it is compiled
 * if IRQKIT_TRACE is 0.
 *
 * Noting takes no lock and is right from any context, nmi too, also when it
 * interrupts another note on its CPU; for that the port's irqkit_port_cpu()
 * and irqkit_port_nanoseconds() must themselves be callable from there. Who
 * reads meanwhile, on any CPU, gets whole entries only: one that is being
 * written, was overwritten, or found its place still being written by what it
 * interrupted, counts as lost.
 */
#ifndef IRQKIT_TRACE_H
#define IRQKIT_TRACE_H

#include <irqkit/errno.h>
#include <irqkit/stats.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/* What can be noted, each with its two arguments; the others are 0. */
enum irqkit_trace_event {
	IRQKIT_TRACE_DISPATCH_ENTRY, /* hwirq */
	IRQKIT_TRACE_DISPATCH_EXIT,  /* hwirq */
	IRQKIT_TRACE_HANDLER_ENTRY,  /* address of the handler */
	IRQKIT_TRACE_HANDLER_EXIT,   /* address of the handler, its answer */
	IRQKIT_TRACE_ALLOC,	     /* how many numbers from the irq on */
	IRQKIT_TRACE_RELEASE,	     /* how many numbers from the irq on */
	IRQKIT_TRACE_REQUEST,	     /* flags, result */
	IRQKIT_TRACE_FREE,	     /* result */
	IRQKIT_TRACE_ENABLE,	     /* depth of disables afterwards */
	IRQKIT_TRACE_DISABLE,	     /* depth of disables afterwards */
	IRQKIT_TRACE_MASK,
	IRQKIT_TRACE_UNMASK,
	IRQKIT_TRACE_STARTUP, /* result */
	IRQKIT_TRACE_SHUTDOWN,
	IRQKIT_TRACE_SET_AFFINITY,     /* new target CPU, result */
	IRQKIT_TRACE_MOVE_DONE,	       /* target CPU */
	IRQKIT_TRACE_IPI_SEND,	       /* target CPU */
	IRQKIT_TRACE_IPI_SEND_MASK,    /* how many target CPUs, the first */
	IRQKIT_TRACE_CPU_PREPARE,      /* CPU, result */
	IRQKIT_TRACE_CPU_STARTING,     /* CPU, result */
	IRQKIT_TRACE_CPU_ONLINE,       /* CPU, result */
	IRQKIT_TRACE_CPU_OFFLINE,      /* CPU, result */
	IRQKIT_TRACE_CPU_DYING,	       /* CPU, result */
	IRQKIT_TRACE_CPU_DEAD,	       /* CPU, result */
	IRQKIT_TRACE_MIGRATE_MOVED,    /* CPU that goes, new target CPU */
	IRQKIT_TRACE_MIGRATE_SHUTDOWN, /* CPU that goes */
	IRQKIT_TRACE_MIGRATE_BROKEN,   /* CPU that goes, CPU outside its mask */
	IRQKIT_TRACE_MIGRATE_FORWARDED, /* CPU that goes, CPU that gets it */
	IRQKIT_TRACE_MIGRATE_STUCK,	/* CPU that goes, error */
	IRQKIT_TRACE_RESEND,		/* 0: raised again; 1: to be polled */
	IRQKIT_TRACE_SPURIOUS,		/* hwirq */
	IRQKIT_TRACE_UNHANDLED,		/* hwirq, count */
	IRQKIT_TRACE_NR_EVENTS,
};

/* An entry as it is read. */
struct irqkit_trace_entry {
	uint64_t time; /* of the port's clock, in nanoseconds */
	enum irqkit_trace_event event;
	unsigned int irq; /* 0: it is about none */
	unsigned long a;  /* the arguments, as the event says */
	unsigned long b;
	unsigned long lost; /* entries before this one that are lost */
};

#if IRQKIT_TRACE

/**
 * irqkit_trace() - note an event in the ring of this CPU
 * irqkit_trace_record() - the same
 * @event: what happened
 * @irq: to which interrupt, or 0
 * @a: first argument, as the event says
 * @b: second argument
 *
 * Use irqkit_trace(): if IRQKIT_TRACE is 0 it is nothing, and its arguments
 * are not evaluated. A thread that is moved meanwhile may note it in the ring
 * of the CPU before. An @event or @irq that cannot be is not noted, as is one
 * on a CPU that was never prepared; irqkit_trace_dropped() counts them.
 *
 * Context: any, and nmi.
 * Order: who reads the entry sees what was stored before it was noted.
 */
void irqkit_trace_record(enum irqkit_trace_event event, unsigned int irq,
			 unsigned long a, unsigned long b);
#define irqkit_trace(event, irq, a, b) irqkit_trace_record(event, irq, a, b)

/**
 * irqkit_trace_stop() - note nothing from now on
 * irqkit_trace_start() - go on; a trace runs from irqkit_init() on
 *
 * What another CPU is noting just now may still come.
 *
 * Context: any, and nmi.
 */
void irqkit_trace_stop(void);
void irqkit_trace_start(void);

/**
 * irqkit_trace_clear() - forget all that was noted, and the counts
 *
 * Context: any, and nmi.
 */
void irqkit_trace_clear(void);

/**
 * irqkit_trace_dropped() - how many events were noted nowhere
 *
 * Those on a CPU without a ring, and those that cannot be.
 *
 * Context: any, and nmi.
 * Return: the count since irqkit_trace_clear().
 */
unsigned long irqkit_trace_dropped(void);

/**
 * irqkit_trace_name() - the word for an event
 * @event: the event
 *
 * Context: any, and nmi.
 * Return: the word, or "unknown".
 */
const char *irqkit_trace_name(enum irqkit_trace_event event);

/**
 * irqkit_trace_read() - the next entry of a CPU's ring
 * @cpu: logical index
 * @position: where to read on; 0 begins with the oldest entry, and each call
 * leaves in it what the next one needs
 * @entry: the entry; after a return of 0 only its count of lost ones is valid
 *
 * The order is the one in which notes began: one that was interrupted by
 * others stands before them, though its time may be later. On 32-bit CPUs
 * counts of more than 2^32 lost entries are wrong.
 *
 * Context: any, and nmi.
 * Return: 1 if there was an entry; 0 if there is none that was begun before
 * the call; -EINVAL if @cpu is not possible or a pointer is NULL; -ENOSYS if
 * IRQKIT_TRACE is 0.
 */
int irqkit_trace_read(unsigned int cpu, unsigned long *position,
		      struct irqkit_trace_entry *entry);

/**
 * irqkit_trace_print() - all that is in the rings, merged by time
 * @print: called for each line
 * @context: handed to @print
 *
 * What is noted after the call began is left out. Each line looks at every
 * CPU. For all that led up to this moment call irqkit_trace_stop() before,
 * else it is overwritten while it is printed.
 *
 * Context: any, and nmi if @print can be called from there.
 * Return: 0; -EINVAL if @print is NULL; -EBUSY if a call is under way, here or
 * on another CPU; -ENOSYS if IRQKIT_TRACE is 0.
 */
int irqkit_trace_print(irqkit_print_t print, void *context);

#else

static inline void irqkit_trace_check(enum irqkit_trace_event event,
				      unsigned int irq, unsigned long a,
				      unsigned long b)
{
	(void)event;
	(void)irq;
	(void)a;
	(void)b;
}

/* Never called, only compiled. */
#define irqkit_trace(event, irq, a, b)                        \
	do {                                                  \
		if (0)                                        \
			irqkit_trace_check(event, irq, a, b); \
	} while (0)

static inline void irqkit_trace_stop(void)
{
}

static inline void irqkit_trace_start(void)
{
}

static inline void irqkit_trace_clear(void)
{
}

static inline unsigned long irqkit_trace_dropped(void)
{
	return 0;
}

static inline const char *irqkit_trace_name(enum irqkit_trace_event event)
{
	(void)event;
	return "unknown";
}

static inline int irqkit_trace_read(unsigned int cpu, unsigned long *position,
				    struct irqkit_trace_entry *entry)
{
	(void)cpu;
	(void)position;
	(void)entry;
	return -IRQKIT_ENOSYS;
}

static inline int irqkit_trace_print(irqkit_print_t print, void *context)
{
	(void)print;
	(void)context;
	return -IRQKIT_ENOSYS;
}

#endif

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
