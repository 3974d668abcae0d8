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
#include <irqkit/isolation.h>
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

/*
 * The two-level table of descriptors, by number. A leaf also has the part of
 * the target index that belongs to its numbers: for each CPU two words with a
 * bit for each number, see src/target.c.
 */
#define DESC_LEAF      IRQKIT_BITS_PER_LONG
#define DESC_NR_LEAVES (IRQKIT_NR_IRQS / DESC_LEAF)

struct desc_leaf {
	struct irq_desc *descs[DESC_LEAF];
	unsigned long targets[];
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

/* What is asked of irq_alloc_descs_affinity(). */
struct desc_request {
	int irq;
	unsigned int from;
	unsigned int nr;
	int node;
	const struct irq_affinity_desc *affinity;
};
#define DESC_ANYWHERE(count, place, targets)                          \
	{                                                             \
		.irq = -1, .from = 1, .nr = (count), .node = (place), \
		.affinity = (targets)                                 \
	}

/* Whether each affinity of a request can be met by a possible CPU. */
bool irqkit_desc_affinity_is_valid(const struct irq_affinity_desc *affinity,
				   unsigned int nr);

/*
 * One try with the memory that is there. Returns the first number or an error;
 * or 0 with what is missing in @leaf, for irqkit_desc_grow(), before another
 * try. Interrupts are off.
 */
int irqkit_desc_try_alloc(const struct desc_request *request,
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

/*
 * Whether a slot that was found by a number still has it, with its lock held:
 * it may have been freed, and even used again, meanwhile. A free slot is
 * retired. The acquire pairs with the release in desc_publish(), src/desc.c.
 */
static inline bool irqkit_desc_is(const struct irq_desc *desc, unsigned int irq)
{
	return !load_acquire(&desc->retired) && desc->irq_data.irq == irq;
}

/* The same without a call, where it counts. */
IRQKIT_UNCHECKED_LOCKING
static inline bool irqkit_desc_lock_inline(struct irq_desc *desc,
					   unsigned int irq,
					   unsigned long *state)
	IRQKIT_TRY_ACQUIRES(true, desc->lock)
{
	if (__builtin_expect(desc == NULL, 0))
		return false;
	*state = irqkit_lock_acquire(&desc->lock);
	if (__builtin_expect(irqkit_desc_is(desc, irq), 1))
		return true;
	irqkit_lock_release(&desc->lock, *state);
	return false;
}

static inline unsigned long *irqkit_count(const struct irq_desc *desc,
					  unsigned int cpu)
{
	return &desc->counts[cpu * DESC_CHUNK];
}

/*
 * Freeing is done in steps. Retire: no handler can be attached any more; 0, or
 * -EINVAL, -EBUSY as irq_free_descs(). Interrupts are off; a range is retired
 * whole or not at all, from any context. Then a grace period, and the owner
 * takes the interrupts out of hardware. Release: the numbers are free again;
 * all of them must be retired. Their slots are used again only after one more
 * grace period, but nobody waits for that: @waiting are those of earlier
 * releases, as irqkit_desc_take_waiting() gave them before the grace period.
 * Context: thread, not in a dispatch; interrupts off for the release.
 */
int irqkit_desc_retire(unsigned int irq, const struct irq_domain *domain);
void irqkit_desc_unretire(unsigned int irq);
int irqkit_desc_retire_range(unsigned int irq, unsigned int nr,
			     const struct irq_domain *domain);
struct irq_desc *irqkit_desc_take_waiting(void);
void irqkit_desc_release(unsigned int irq, unsigned int nr,
			 struct irq_desc *waiting);

/* src/irqdomain.c */

/* What is asked of the domain calls that make interrupts. */
struct domain_request {
	struct desc_request numbers; /* anywhere */
	struct irq_domain *domain;
	const void *arg;       /* for alloc */
	bool is_mapping;       /* for one hwirq: found if it exists */
	irq_hw_number_t hwirq; /* of a mapping */
	unsigned int type;     /* trigger of a mapping that is made, or none */
};
int irqkit_domain_alloc(const struct domain_request *request);

/*
 * Before a mapping: then it is entered as soon as it is made, and nobody makes
 * it twice. 0 or -ENOMEM.
 */
int irqkit_domain_make_room(struct irq_domain *domain, irq_hw_number_t hwirq);
void irqkit_domain_free_retired(struct irq_domain *domain, unsigned int irq,
				unsigned int nr);

/* All levels, the root first, and back. Descriptor lock held. */
int irqkit_domain_activate(struct irq_data *data);
void irqkit_domain_deactivate(struct irq_data *data);

/* src/radix.c: a map for hwirqs that are few and far apart. */

struct irqkit_radix *irqkit_radix_create(irq_hw_number_t size);
void irqkit_radix_destroy(struct irqkit_radix *radix);

/* Enter or remove (NULL); false if irqkit_radix_grow() must be called first. */
bool irqkit_radix_set(struct irqkit_radix *radix, irq_hw_number_t hwirq,
		      struct irq_desc *desc);

/* Add a node for the next irqkit_radix_set(). 0 or -ENOMEM. No lock held. */
int irqkit_radix_grow(struct irqkit_radix *radix, struct irqkit_lock *lock);

/*
 * src/target.c: which interrupts may still reach a CPU (where its targets are,
 * were until a move is cleaned up, or will be), and which managed ones have it
 * in their mask. A bit too many is harmless; one too few is a bug.
 */
enum target_kind {
	TARGET_EFFECTIVE,
	TARGET_MANAGED,
	TARGET_KINDS
};

/* Returns 0 or -ENOMEM. */
int irqkit_target_init(unsigned int nr_cpus);

/* Longs of struct desc_leaf::targets. */
size_t irqkit_target_longs(unsigned int nr_cpus);

/* Change the bits of an interrupt. Its descriptor lock is held. */
void irqkit_target_add(unsigned int irq, enum target_kind kind,
		       const struct cpumask *cpus);
void irqkit_target_remove(unsigned int irq, enum target_kind kind,
			  const struct cpumask *cpus);

/* The next number from @irq on with a bit for this CPU, or IRQKIT_NR_IRQS. */
unsigned int irqkit_target_next(unsigned int cpu, enum target_kind kind,
				unsigned int irq);

/* Looks for a missing bit; panics if there is one. Debug builds only. */
void irqkit_target_check(unsigned int cpu);

/*
 * src/chip.c: what an interrupt is at its controller. The descriptor lock is
 * held in all of these.
 */
void irqkit_mask(struct irq_desc *desc);
void irqkit_unmask(struct irq_desc *desc);

/*
 * Activate, set the trigger, aim and start; the reverse. 0 or an error, and
 * nothing is changed. A managed interrupt without a CPU comes out of it shut
 * down.
 */
static inline bool irqkit_has_activation(const struct irq_desc *desc)
{
	const struct irq_domain *domain = desc->irq_data.domain;

	return domain != NULL && domain->activates;
}
int irqkit_activate(struct irq_desc *desc);
void irqkit_deactivate(struct irq_desc *desc);
int irqkit_startup(struct irq_desc *desc);
void irqkit_shutdown(struct irq_desc *desc);
int irqkit_set_type(struct irq_desc *desc, unsigned int type);

/* Back to the trigger before irqkit_set_type(), if the chip can. */
void irqkit_restore_type(struct irq_desc *desc, unsigned int type);

/* One more reason to be disabled, and one less. */
void irqkit_disable(struct irq_desc *desc);
int irqkit_enable(struct irq_desc *desc);

/* src/affinity.c */

/* Aim an interrupt that is going to be started. Descriptor lock held. */
int irqkit_affinity_startup(struct irq_desc *desc);

/* The chip cannot move it, but may have told where it goes. */
static inline void irqkit_affinity_note(struct irq_desc *desc)
{
	const struct cpumask *effective =
		&desc->irq_common_data.effective_affinity;

	if (!cpumask_empty(effective))
		irqkit_target_add(desc->irq_data.irq, TARGET_EFFECTIVE,
				  effective);
}

/* It was shut down: nothing is aimed any more. Descriptor lock held. */
void irqkit_affinity_shutdown(struct irq_desc *desc);

/*
 * Whether a managed interrupt that is going to be started has no CPU; it is
 * then noted as shut down. The end of that, with its last action.
 */
bool irqkit_affinity_is_down(struct irq_desc *desc);
void irqkit_affinity_release(struct irq_desc *desc);

/* Aim it at CPUs of @mask that are in @allowed. Descriptor lock held. */
int irqkit_affinity_aim(struct irq_desc *desc, const struct cpumask *mask,
			const struct cpumask *allowed);

/* Do the move that waits for the interrupt. Descriptor lock held. */
void irqkit_affinity_move_pending(struct irq_desc *desc);

/* Of @mask, the CPUs that isolation leaves to the interrupt. */
static inline void irqkit_isolation_restrict(const struct irq_data *data,
					     struct cpumask *mask)
{
	if (irqd_affinity_is_managed(data) &&
	    housekeeping_enabled(HK_TYPE_MANAGED_IRQ))
		irqkit_managed_targets(mask, mask);
}

/* src/resend.c: what came while it could not be handled. Lock held. */
void irqkit_resend_pending(struct irq_desc *desc);

/* src/flow.c */

/* State of request_percpu_irq(): which CPUs handle it, which have one kept. */
struct irq_percpu {
	struct cpumask enabled;
	struct cpumask pending;
};

/* Calls the handler for what was kept on this CPU. In a dispatch. */
void irqkit_percpu_replay(struct irq_desc *desc, unsigned int cpu);

/*
 * Calls the handlers without the chip, for what was kept in software. In a
 * dispatch, descriptor lock held.
 */
void irqkit_flow_replay(struct irq_desc *desc) IRQKIT_REQUIRES(desc->lock);

/* src/manage.c */

/* Whether an action may be attached now. Descriptor lock held. */
int irqkit_check_free(const struct irq_desc *desc);

/* Attach the only action of an interrupt. Descriptor lock held. */
void irqkit_attach_first(struct irq_desc *desc, const struct irqaction *action);

/* src/thread.c: handlers in thread context, by irqkit_port_defer(). */

#if IRQKIT_PORT_DEFER

/* NULL if there is no memory. Context: thread or boot, no lock held. */
struct irq_thread *irqkit_thread_create(irq_handler_t function);
void irqkit_thread_destroy(struct irq_thread *thread);

/* Attach it to its interrupt. Descriptor lock held. */
void irqkit_thread_attach(struct irq_desc *desc, struct irqaction *action);

/* Its handler answered IRQ_WAKE_THREAD. Interrupts off, no lock held. */
void irqkit_thread_wake(struct irq_desc *desc, const struct irqaction *action);

/* Whether the caller is in this threaded handler. */
bool irqkit_thread_is_caller(const struct irq_thread *thread);

/* Wait until it does not run and will not. */
void irqkit_thread_wait(struct irq_thread *thread);

/* Wait for all threads of an interrupt; -EDEADLK from one of them. */
int irqkit_thread_wait_all(struct irq_desc *desc, unsigned int irq);

/* -EDEADLK if the caller is a threaded handler of it; -EINVAL, or 0. */
int irqkit_thread_check_caller(struct irq_desc *desc, unsigned int irq);

#else

static inline struct irq_thread *irqkit_thread_create(irq_handler_t function)
{
	(void)function;
	return NULL;
}

static inline void irqkit_thread_destroy(struct irq_thread *thread)
{
	(void)thread;
}

static inline void irqkit_thread_attach(struct irq_desc *desc,
					struct irqaction *action)
{
	(void)desc;
	(void)action;
}

static inline void irqkit_thread_wake(struct irq_desc *desc,
				      const struct irqaction *action)
{
	(void)desc;
	(void)action;
}

static inline bool irqkit_thread_is_caller(const struct irq_thread *thread)
{
	(void)thread;
	return false;
}

static inline void irqkit_thread_wait(struct irq_thread *thread)
{
	(void)thread;
}

static inline int irqkit_thread_wait_all(struct irq_desc *desc,
					 unsigned int irq)
{
	(void)desc;
	(void)irq;
	return 0;
}

static inline int irqkit_thread_check_caller(struct irq_desc *desc,
					     unsigned int irq)
{
	(void)desc;
	(void)irq;
	return 0;
}

#endif

/*
 * src/cpuhotplug.c: the managed interrupts of a CPU that has become active, and
 * what is aimed at one that has left the active ones. @irqs_off: on the CPU, at
 * last, when the controller's latches are looked at next.
 */
void irqkit_hotplug_online(unsigned int cpu);
void irqkit_hotplug_offline(unsigned int cpu, bool irqs_off,
			    struct irqkit_receipt *receipt);
void irqkit_hotplug_dead(unsigned int cpu);

/* src/stats.c */

/*
 * The names of its handlers with commas between, and "..." at the end where
 * they do not fit; "chained" or "-" if it has none. Descriptor lock held.
 */
void irqkit_handler_names(const struct irq_desc *desc, char *text, size_t size);

/* src/trace.c */

/*
 * The ring of a CPU, once. Returns 0 or -ENOMEM. Context: thread or boot, no
 * lock held.
 */
#if IRQKIT_TRACE
int irqkit_trace_prepare(unsigned int cpu);
#else
static inline int irqkit_trace_prepare(unsigned int cpu)
{
	(void)cpu;
	return 0;
}
#endif

#include <irqkit/names_end.h>

#endif
