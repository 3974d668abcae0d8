/* SPDX-License-Identifier: MIT */
/*
 * Cross calls: a function runs on other CPUs, by an interrupt.
 *
 * Functions run with interrupts off, in a handler of the library, and should be
 * short. Several calls of one CPU to another may run in any order, but for
 * those of smp_call_function_single_async(), which run in the order of their
 * calls.
 *
 * Two CPUs that have their interrupts off and wait for each other would wait
 * for ever. So a call with IRQKIT_CALL_LOCK_FREE promises that its function
 * takes no lock that a CPU might hold while it waits; such calls are also
 * served by a CPU that waits here, or in irqkit_call_lock(), with its
 * interrupts off. Others may not be waited for from such a place.
 *
 * A CPU that goes offline runs what was sent to it before. A call that is not
 * answered is cancelled after a time, and the log says which.
 */
#ifndef IRQKIT_SMP_CALL_H
#define IRQKIT_SMP_CALL_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_domain;

typedef void (*smp_call_func_t)(void *info);

enum irqkit_call_flags {
	IRQKIT_CALL_WAIT = 1U << 0,	 /* until all have returned */
	IRQKIT_CALL_LOCK_FREE = 1U << 1, /* see above */
};

/* A call whose storage is the caller's: zeroed first, then the first fields. */
struct irqkit_call {
	smp_call_func_t function;
	void *info;
	unsigned int flags; /* IRQKIT_CALL_LOCK_FREE or 0 */
	/* The library's. */
	unsigned int queued;
	struct irqkit_call *next;
};

/**
 * irqkit_smp_call_init() - have an IPI for cross calls
 * @domain: an IPI domain in single mode
 *
 * Called once, when the backend is there. CPUs that come later take part.
 *
 * Context: boot. It allocates.
 * Return: 0; -EINVAL if @domain is NULL or not such a domain; -EBUSY if it was
 * called before; -ENOMEM; what irq_reserve_ipi() returned.
 */
int irqkit_smp_call_init(struct irq_domain *domain);

/**
 * irqkit_smp_call_set_timeout() - how long a call may take
 * @nanoseconds: above 0; at first 5 s
 *
 * After half of it the interrupt is sent once more to who has not taken it.
 *
 * Context: any.
 * Return: 0; -EINVAL if it is 0.
 */
int irqkit_smp_call_set_timeout(uint64_t nanoseconds);

/**
 * smp_call_function_single() - run a function on one CPU
 * smp_call_function_any() - on one of a mask, the caller if it is in it
 * smp_call_function_many() - on the CPUs of a mask, but not on the caller
 * on_each_cpu_mask() - on the CPUs of a mask, the caller too if it is in it
 * smp_call_function() - on all that are online, but not on the caller
 * on_each_cpu() - on all that are online
 * @cpu: where; the caller itself is allowed
 * @mask: CPUs that are online; with none nothing is done
 * @function: called with @info, interrupts off
 * @info: stays in use until the functions have returned
 * @flags: of enum irqkit_call_flags
 *
 * The last two take the CPUs that are online at that moment.
 *
 * Context: any but nmi. With IRQKIT_CALL_WAIT and without
 * IRQKIT_CALL_LOCK_FREE: thread, interrupts on.
 * Order: what the caller stored before is visible to the functions, and what
 * they stored is visible to the caller when it has waited.
 * Return: 0; -EINVAL if @cpu or a CPU of @mask is not possible, @mask or
 * @function is NULL, a flag is unknown or irqkit_smp_call_init() was not
 * called; -ENXIO if @cpu or a CPU of @mask is not online (nothing was done, or,
 * if it has just left, all but that), or no CPU of a mask for
 * smp_call_function_any() is; -EDEADLK if it would wait in a context that
 * forbids it; -EBUSY if the calls that this CPU has under way did not end in
 * time; -ETIMEDOUT if a CPU did not begin in time: it will not begin;
 * -EINPROGRESS if one did not end in time: @info is in use still.
 */
int smp_call_function_single(unsigned int cpu, smp_call_func_t function,
			     void *info, unsigned int flags);
int smp_call_function_any(const struct cpumask *mask, smp_call_func_t function,
			  void *info, unsigned int flags);
int smp_call_function_many(const struct cpumask *mask, smp_call_func_t function,
			   void *info, unsigned int flags);
int on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t function,
		     void *info, unsigned int flags);
int smp_call_function(smp_call_func_t function, void *info, unsigned int flags);
int on_each_cpu(smp_call_func_t function, void *info, unsigned int flags);

/**
 * smp_call_function_single_async() - run a function, without storage of ours
 * @cpu: where; the caller itself is allowed
 * @call: what; in use until its function is called, which may use it again
 *
 * Context: any but nmi.
 * Order: what the caller stored before is visible to the function.
 * Return: 0; -EINVAL if @cpu is not possible, @call or its function is NULL,
 * a flag is unknown or irqkit_smp_call_init() was not called; -ENXIO if @cpu is
 * not online; -EBUSY if @call is in use.
 */
int smp_call_function_single_async(unsigned int cpu, struct irqkit_call *call);

/**
 * irqkit_call_serve() - run the lock-free calls that wait for this CPU
 *
 * For a wait of the kernel's own that has interrupts off.
 *
 * Context: any but nmi, interrupts off.
 */
void irqkit_call_serve(void);

/* A lock whose waiters serve lock-free calls; zeroed at first. */
struct irqkit_call_lock {
	unsigned int next;
	unsigned int owner;
};

/**
 * irqkit_call_lock() - turn interrupts off and take a lock
 * irqkit_call_unlock() - give it back
 * @lock: the lock; not taken twice
 * @state: what irqkit_call_lock() returned
 *
 * Context: any but nmi.
 * Return: the interrupt state for irqkit_call_unlock().
 */
unsigned long irqkit_call_lock(struct irqkit_call_lock *lock);
void irqkit_call_unlock(struct irqkit_call_lock *lock, unsigned long state);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
