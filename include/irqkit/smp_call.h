/* SPDX-License-Identifier: MIT */
/*
 * Cross calls: a function runs on other CPUs, by an interrupt.
 *
 * Functions run with interrupts off and should be short: most often in a
 * handler of the library, so that what a handler may not do they may not, but a
 * call to the caller itself runs at once, in the caller's place. They do not
 * turn interrupts on. Several calls of one CPU to
 * another may run in any order, but for those of
 * smp_call_function_single_async(): with the same flags they run in the order
 * of their calls, unless at that moment another call to the CPU is given up.
 *
 * Two CPUs that have their interrupts off and wait for each other would wait
 * for ever. So a call with IRQKIT_CALL_LOCK_FREE promises that its function
 * takes no lock that a CPU might hold while it waits; such calls are also
 * served by a CPU that waits here, or in irqkit_call_lock(), with its
 * interrupts off: on its stack, below the function that waits. Others may not
 * be waited for from such a place.
 *
 * A CPU that goes offline runs what was sent to it before. A call that is
 * waited for and not taken is cancelled after a time, and the log says by which
 * CPU; others stay until they are taken. A CPU has room for 4 calls to one CPU
 * that are under way, wherever to, and for 4 to several; one more waits. So a
 * CPU that takes none can use up the room of its callers: what must not be held
 * up by that has its own storage, smp_call_function_single_async().
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
 * Besides an IPI it takes about 450 + n bytes for each of n possible CPUs.
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
 * @cpu: where; the caller itself is allowed
 * @mask: possible CPUs, of which one at least is online
 * @function: called with @info, interrupts off
 * @info: stays in use until the function has returned
 * @flags: of enum irqkit_call_flags
 *
 * Context: any but nmi. With IRQKIT_CALL_WAIT and without
 * IRQKIT_CALL_LOCK_FREE: interrupts on.
 * Locks: a controller lock for a moment, if a call is given up.
 * Order: what the caller stored before is visible to the function, and what it
 * stored is visible to the caller when it has waited.
 * Return: 0; -EINVAL if @cpu or a CPU of @mask is not possible, @mask or
 * @function is NULL, a flag is unknown or irqkit_smp_call_init() was not
 * called; -EDEADLK if interrupts are off, and the flags are IRQKIT_CALL_WAIT
 * alone; -ENXIO if @cpu is not online, or none of @mask. Then, with or without
 * a wait: -EBUSY if there is no room: at once if interrupts are off and the
 * call is not lock-free, else when the time is up; -ETIMEDOUT if the controller
 * could not send: it will not run. With a wait: -ETIMEDOUT if the CPU did not
 * take the call in time: it never will; -EINPROGRESS if it took it, and the
 * function has not returned in time: @info is in use still.
 */
int smp_call_function_single(unsigned int cpu, smp_call_func_t function,
			     void *info, unsigned int flags);
int smp_call_function_any(const struct cpumask *mask, smp_call_func_t function,
			  void *info, unsigned int flags);

/**
 * smp_call_function_many() - run a function on CPUs of a mask but the caller
 * on_each_cpu_mask() - on the CPUs of a mask, the caller too if it is in it
 * @mask: CPUs that are online; with none nothing is done
 * @function: called with @info, interrupts off, on all at the same time
 * @info: stays in use until the functions have returned
 * @flags: of enum irqkit_call_flags
 *
 * The caller's own turn comes after the others were told, and before it waits;
 * with -EBUSY and what is checked before there is none.
 *
 * Context, Locks, Order: as for smp_call_function_single().
 * Return: as for smp_call_function_single(); -ENXIO if a CPU of @mask is not
 * online: nothing was done, or if it has just left, all but that; -EINPROGRESS
 * if it is so for one CPU; -ETIMEDOUT if it is so for one and that for none.
 */
int smp_call_function_many(const struct cpumask *mask, smp_call_func_t function,
			   void *info, unsigned int flags);
int on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t function,
		     void *info, unsigned int flags);

/**
 * smp_call_function() - run a function on all CPUs that are online but the
 * caller
 * on_each_cpu() - on all that are online
 * @function: called with @info, interrupts off, on all at the same time
 * @info: stays in use until the functions have returned
 * @flags: of enum irqkit_call_flags
 *
 * Those that are online at that moment; one that leaves is not missed.
 *
 * Context, Locks, Order: as for smp_call_function_single().
 * Return: as for smp_call_function_many(), but never -ENXIO.
 */
int smp_call_function(smp_call_func_t function, void *info, unsigned int flags);
int on_each_cpu(smp_call_func_t function, void *info, unsigned int flags);

/**
 * smp_call_function_single_async() - run a function, without storage of ours
 * @cpu: where; to the caller itself it runs at once
 * @call: what; in use until its function is called, which may use it again
 *
 * Context: any but nmi.
 * Locks: as for smp_call_function_single().
 * Order: what the caller stored before is visible to the function.
 * Return: 0; -EINVAL if @cpu is not possible, @call or its function is NULL,
 * a flag is unknown or irqkit_smp_call_init() was not called; -ENXIO if @cpu is
 * not online; -EBUSY if @call is in use; -ETIMEDOUT if the controller could not
 * send. On an error it will not run, and but for -EBUSY @call is free.
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
