/* SPDX-License-Identifier: MIT */
/*
 * What the files of the core share among themselves; never installed.
 *
 * Lock order, outermost first: domain, descriptor table, descriptor, vector
 * matrix, controller. A lock is taken with interrupts off and held for a
 * bounded time; memory is allocated and text is logged outside of all locks.
 */
#ifndef IRQKIT_INTERNALS_H
#define IRQKIT_INTERNALS_H

#include <irqkit/irqkit.h>
#include <irqkit/names.h>

enum lock_rank {
	RANK_DOMAIN,
	RANK_TABLE,
	RANK_DESC,
	RANK_MATRIX,
	RANK_CONTROLLER,
};

#if IRQKIT_DEBUG
#define IRQKIT_LOCK_INIT(order) \
	{                       \
		.rank = (order) \
	}
#else
#define IRQKIT_LOCK_INIT(order) \
	{                       \
		.next = 0       \
	}
#endif

/* A broken invariant of the library itself. Costs nothing in release. */
#if IRQKIT_DEBUG
#define irqkit_assert(condition)                                              \
	do {                                                                  \
		if (!(condition))                                             \
			irqkit_assert_failed(#condition, __FILE__, __LINE__); \
	} while (0)
#else
#define irqkit_assert(condition) ((void)sizeof(condition))
#endif
IRQKIT_NORETURN void irqkit_assert_failed(const char *condition,
					  const char *file, int line);

/*
 * Loads a pointer that is then followed: the address dependency orders what is
 * read through it after the load on every CPU that C is compiled for today.
 */
#define load_dependent(pointer) __atomic_load_n(pointer, __ATOMIC_RELAXED)
#define load_relaxed(pointer)	__atomic_load_n(pointer, __ATOMIC_RELAXED)
#define load_acquire(pointer)	__atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define store_relaxed(pointer, value) \
	__atomic_store_n(pointer, value, __ATOMIC_RELAXED)
#define store_release(pointer, value) \
	__atomic_store_n(pointer, value, __ATOMIC_RELEASE)

static inline void relax(void)
{
#if IRQKIT_PORT_RELAX
	irqkit_port_relax();
#else
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

/* src/lock.c */

void irqkit_lock_init(struct irqkit_lock *lock, enum lock_rank rank);

/* Context: any. Returns the interrupt state for irqkit_lock_release(). */
unsigned long irqkit_lock_acquire(struct irqkit_lock *lock)
	IRQKIT_ACQUIRES(*lock);

void irqkit_lock_release(struct irqkit_lock *lock, unsigned long state)
	IRQKIT_RELEASES(*lock);

/* Asserts: this CPU holds the lock; it holds none. */
void irqkit_assert_held(struct irqkit_lock *lock);
void irqkit_assert_no_lock(void);

/* src/dispatch.c */

/* Whether the caller is a handler, or in a checked send. Context: any. */
bool irqkit_in_dispatch(void);

/*
 * Waits until each CPU has left the dispatch it was in. What was unpublished
 * before is then seen by nobody. Context: thread, not in a dispatch.
 */
void irqkit_grace_period(void);

/*
 * Mark code outside of a handler as a reader, so that a grace period waits
 * for it. Interrupts go off. Calls in a handler do not nest it.
 */
struct irqkit_reader {
	unsigned long state;
	unsigned int cpu;
	bool entered;
};
void irqkit_reader_enter(struct irqkit_reader *reader);
void irqkit_reader_exit(const struct irqkit_reader *reader);

/* src/desc.c */

/* Descriptors of one chunk, and so the stride of their counts by CPU. */
#define DESC_CHUNK 32U

/* From now on numbers can be allocated, with counts for so many CPUs. */
void irqkit_desc_init(unsigned int nr_cpus);

/*
 * Lock what irq_to_desc(@irq) returned. False, and not locked, if that was
 * NULL, or the interrupt is being freed or was freed since.
 */
bool irqkit_desc_lock(struct irq_desc *desc, unsigned int irq,
		      unsigned long *state)
	IRQKIT_TRY_ACQUIRES(true, desc->lock);

static inline unsigned long *irqkit_count(const struct irq_desc *desc,
					  unsigned int cpu)
{
	return &desc->counts[cpu * DESC_CHUNK];
}

/*
 * Freeing is done in steps. Retire: no handler can be attached any more; all
 * of the range or none (-EINVAL, -EBUSY as irq_free_descs()). Then the owner
 * takes it out of hardware. Release: the numbers are free again after a grace
 * period. Context: thread, not in a dispatch.
 */
int irqkit_desc_retire(unsigned int irq, unsigned int nr,
		       const struct irq_domain *domain);
void irqkit_desc_unretire(unsigned int irq, unsigned int nr);
void irqkit_desc_release(unsigned int irq, unsigned int nr);

/* The next number from @irq on that is allocated, or IRQKIT_NR_IRQS. */
unsigned int irqkit_desc_next(unsigned int irq);

/* src/irqdomain.c */

/* As the public calls, for domains of any kind. */
int irqkit_domain_alloc(struct irq_domain *domain, unsigned int nr, int node,
			const void *arg);
void irqkit_domain_free_retired(struct irq_domain *domain, unsigned int irq,
				unsigned int nr);

/* src/flow.c */

/* State of request_percpu_irq(): which CPUs handle it, which have one kept. */
struct irq_percpu {
	struct cpumask enabled;
	struct cpumask pending;
};

/* Calls the handler for what was kept on this CPU. In a dispatch. */
void irqkit_percpu_replay(struct irq_desc *desc, unsigned int cpu);

#include <irqkit/names_end.h>

#endif
