/* SPDX-License-Identifier: MIT */
/*
 * What calls to one CPU (smp_call.c) and to many (call_many.c) share: inboxes,
 * and waits that end.
 *
 * An inbox is a list of calls without a lock. Who finds it empty sends the
 * interrupt; who drains it takes the whole list first and then runs what is in
 * it (HZ51, HZ52). The sender leaves a call, then looks whether the CPU is
 * online; a CPU that leaves is online no more, then drains (HZ47).
 */
#ifndef IRQKIT_CALL_H
#define IRQKIT_CALL_H

#include "internals.h"

/* Calls of one CPU under way at a time: so many to one, so many to groups. */
#define CALL_SLOTS 4U

#define CALL_KINDS 2U /* lock-free, or not */

/* Rounds of waiting before the clock is looked at, and between such looks. */
#define CALL_PATIENCE 256U

/*
 * A call to one, in the library's storage. A caller that waits frees it when it
 * is CALL_DONE; one that has given up leaves that to who needs a slot.
 */
enum call_state {
	CALL_FREE,
	CALL_QUEUED, /* until its function has begun or, if waited for, ended */
	CALL_DONE,
};
struct call_slot {
	struct irqkit_call call;
	bool left;
};

/* A call to many. Each target holds it until its function has returned. */
struct call_group {
	smp_call_func_t function;
	void *info;
	/* And a caller that waits until it knows; 0: free. */
	unsigned int holders;
};

/*
 * What a CPU has taken out and not begun with stays where it finds it again, if
 * it serves in a function that waits: calls in a list, the oldest first, groups
 * in their words, which are then open.
 */
struct call_words {
	unsigned long *words; /* a bit for each group of each CPU */
	bool open;
};

/*
 * For each kind an inbox: a list, the last call first. A bundle stands in it
 * for the groups of which the words have bits. Others write into that; the
 * rest is the CPU's, as a target and as a caller.
 */
struct call_cpu {
	struct irqkit_call *inboxes[CALL_KINDS];
	struct irqkit_call bundles[CALL_KINDS];
	struct call_words words[CALL_KINDS];
	bool untold; /* the interrupt could not be sent */
	struct irqkit_call *taken[CALL_KINDS] IRQKIT_ALIGNED(64);
	struct call_slot slots[CALL_SLOTS];
	struct call_group groups[CALL_SLOTS];
	unsigned int ticket; /* of the last asynchronous call */
};

struct irqkit_calls {
	/* How a CPU is told, and with what. */
	int (*tell)(struct irq_data *data, unsigned int cpu);
	struct irq_data *data;
	struct irq_desc *desc; /* NULL before irqkit_smp_call_init() */
	uint64_t timeout;
	unsigned int nr_words; /* of a CPU and a kind */
	struct call_cpu *cpus[IRQKIT_NR_CPUS];
};
extern struct irqkit_calls irqkit_calls;

static inline unsigned int call_kind(unsigned int flags)
{
	return (flags & IRQKIT_CALL_LOCK_FREE) != 0;
}

/*
 * Whether the inbox was empty, so that its CPU has to be told. The release
 * pairs with the acquire in call_drain().
 */
static INLINE bool call_push(struct irqkit_call **inbox,
			     struct irqkit_call *one)
{
	struct irqkit_call *last = load_relaxed(inbox);

	do
		one->next = last;
	while (!__atomic_compare_exchange_n(
		inbox, &last, one, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return last == NULL;
}

static INLINE int call_tell(unsigned int cpu)
{
	return irqkit_calls.tell(irqkit_calls.data, cpu);
}

/*
 * The interrupt could not be sent, though others may rely on it. Who comes next
 * tries again. A CPU that has just left has drained its inbox.
 */
static inline void call_note_untold(unsigned int cpu)
{
	store_relaxed(&irqkit_calls.cpus[cpu]->untold, true);
}

static inline bool call_was_untold(unsigned int cpu)
{
	bool *untold = &irqkit_calls.cpus[cpu]->untold;

	return load_relaxed(untold) &&
	       __atomic_exchange_n(untold, false, __ATOMIC_RELAXED);
}

static inline void call_tell_or_note(unsigned int cpu)
{
	if (call_tell(cpu) != 0)
		call_note_untold(cpu);
}

/* src/smp_call.c */

/* A wait that has an end; serves others where interrupts are off. */
struct call_wait {
	bool serves;
	unsigned int rounds;
	uint64_t limit; /* nanoseconds */
	uint64_t begin; /* 0: the clock was not read yet */
};

/* With interrupts off only a lock-free call is waited for. */
void irqkit_call_wait_begin(struct call_wait *wait, unsigned int flags,
			    uint64_t limit);

/* False if it has been so long; the clock is read now and then. */
bool irqkit_call_wait_round(struct call_wait *wait);

/* Whether a call waits for room: not with interrupts off, and not lock-free. */
bool irqkit_call_may_wait(unsigned int flags);

/* All room of @caller is in use by calls that do not end, such as @function. */
int irqkit_call_no_room(unsigned int caller, smp_call_func_t function);

/* One that @caller waits for was not taken by @cpu. */
void irqkit_call_report(unsigned int cpu, unsigned int caller,
			smp_call_func_t function);

/* What is wrong with a call, but for where to. */
int irqkit_call_check(smp_call_func_t function, unsigned int flags);

/* Of a caller that can be the target: 0, or the errors of a call to one CPU. */
int irqkit_call_single(unsigned int cpu, smp_call_func_t function, void *info,
		       unsigned int flags);

/* src/call_many.c */

/* The function of a bundle; its info is a struct call_words. */
void irqkit_call_run_words(void *info);

#endif
