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
 * load_dependent() is for a pointer that is then followed: the address
 * dependency orders what is read through it after the load on every CPU that
 * C is compiled for today.
 */
#define load_dependent(pointer)	      IRQKIT_LOAD_RELAXED(pointer)
#define load_relaxed(pointer)	      IRQKIT_LOAD_RELAXED(pointer)
#define load_acquire(pointer)	      __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define store_relaxed(pointer, value) IRQKIT_STORE_RELAXED(pointer, value)
#define store_release(pointer, value) \
	__atomic_store_n(pointer, value, __ATOMIC_RELEASE)

/* What is seldom needed stays out of its caller, which then is shorter. */
#define SELDOM __attribute__((__noinline__, __cold__))

static inline void relax(void)
{
#if IRQKIT_PORT_RELAX
	irqkit_port_relax();
#else
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

/*
 * src/lock.c. A lock is entered with interrupts off; acquire and release turn
 * them off and back on around that.
 */

void irqkit_lock_init(struct irqkit_lock *lock, enum lock_rank rank);

/* Waits until @ticket may enter. */
void irqkit_lock_wait(struct irqkit_lock *lock, unsigned int ticket);

#if IRQKIT_DEBUG
void irqkit_lock_check_order(const struct irqkit_lock *lock);
void irqkit_lock_note_entered(struct irqkit_lock *lock);
void irqkit_lock_note_leaving(struct irqkit_lock *lock);
#else
static inline void irqkit_lock_check_order(const struct irqkit_lock *lock)
{
	(void)lock;
}

static inline void irqkit_lock_note_entered(struct irqkit_lock *lock)
{
	(void)lock;
}

static inline void irqkit_lock_note_leaving(struct irqkit_lock *lock)
{
	(void)lock;
}
#endif

/* The acquire pairs with the release in irqkit_lock_leave(). */
IRQKIT_UNCHECKED_LOCKING
static inline void irqkit_lock_enter(struct irqkit_lock *lock)
	IRQKIT_ACQUIRES(*lock)
{
	unsigned int ticket;

	irqkit_lock_check_order(lock);
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	if (load_acquire(&lock->owner) != ticket)
		irqkit_lock_wait(lock, ticket);
	irqkit_lock_note_entered(lock);
}

/* The release pairs with the acquire in irqkit_lock_enter(). */
IRQKIT_UNCHECKED_LOCKING
static inline void irqkit_lock_leave(struct irqkit_lock *lock)
	IRQKIT_RELEASES(*lock)
{
	irqkit_lock_note_leaving(lock);
	store_release(&lock->owner, load_relaxed(&lock->owner) + 1);
}

/* Context: any. Returns the interrupt state for irqkit_lock_release(). */
IRQKIT_UNCHECKED_LOCKING
static inline unsigned long irqkit_lock_acquire(struct irqkit_lock *lock)
	IRQKIT_ACQUIRES(*lock)
{
	unsigned long state = irqkit_port_irq_save();

	irqkit_lock_enter(lock);
	return state;
}

IRQKIT_UNCHECKED_LOCKING
static inline void irqkit_lock_release(struct irqkit_lock *lock,
				       unsigned long state)
	IRQKIT_RELEASES(*lock)
{
	irqkit_lock_leave(lock);
	irqkit_port_irq_restore(state);
}

/* Asserts: this CPU holds the lock; it holds none. */
#if IRQKIT_DEBUG
void irqkit_assert_held(struct irqkit_lock *lock);
void irqkit_assert_no_lock(void);
#else
static inline void irqkit_assert_held(struct irqkit_lock *lock)
{
	(void)lock;
}

static inline void irqkit_assert_no_lock(void)
{
}
#endif

/* src/dispatch.c */

/* Whether the caller is a handler, or in a checked send. Context: any. */
bool irqkit_in_dispatch(void);

/* The same with interrupts off. */
static inline bool irqkit_in_dispatch_irq_off(void)
{
	return (irqkit_dispatch_table[irqkit_port_cpu()].sequence & 1) != 0;
}

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

/* The two-level table of descriptors, by number. */
#define DESC_LEAF      64U
#define DESC_NR_LEAVES (IRQKIT_NR_IRQS / DESC_LEAF)

struct desc_leaf {
	struct irq_desc *descs[DESC_LEAF];
};
extern struct desc_leaf *irqkit_desc_leaves[DESC_NR_LEAVES];

/* irq_to_desc() without a call. */
static inline struct irq_desc *irqkit_desc_find(unsigned int irq)
{
	unsigned int index = irq / DESC_LEAF;
	struct desc_leaf *leaf;

	if (index >= DESC_NR_LEAVES)
		return NULL;
	leaf = load_dependent(&irqkit_desc_leaves[index]);
	return load_dependent(&leaf->descs[irq % DESC_LEAF]);
}

/* The descriptor of a number that is known to be allocated. */
static inline struct irq_desc *irqkit_desc_at(unsigned int irq)
{
	return irqkit_desc_leaves[irq / DESC_LEAF]->descs[irq % DESC_LEAF];
}

/* Descriptors of one chunk, and so the stride of their counts by CPU. */
#define DESC_CHUNK 32U

/* From now on numbers can be allocated, with counts for so many CPUs. */
void irqkit_desc_init(unsigned int nr_cpus);

/*
 * One try of irq_alloc_descs() with the memory that is there. Returns the first
 * number or an error; or 0 with what is missing in @leaf, for
 * irqkit_desc_grow(), before another try. Interrupts are off.
 */
int irqkit_desc_try_alloc(int irq, unsigned int from, unsigned int nr, int node,
			  unsigned int *leaf);
/* Returns 0 or -ENOMEM. Context: thread or boot, no lock held. */
int irqkit_desc_grow(unsigned int leaf);

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
 * Freeing is done in steps. Retire: no handler can be attached any more; 0, or
 * -EINVAL, -EBUSY as irq_free_descs(). Interrupts are off; a range is retired
 * whole or not at all, from any context. Then the owner takes the interrupts
 * out of hardware. Release: the numbers are free again after a grace period;
 * all of them must be retired. Context: thread, not in a dispatch.
 */
int irqkit_desc_retire(unsigned int irq, const struct irq_domain *domain);
void irqkit_desc_unretire(unsigned int irq);
int irqkit_desc_retire_range(unsigned int irq, unsigned int nr,
			     const struct irq_domain *domain);
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
