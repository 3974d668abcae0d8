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
#define load_dependent(pointer)	      IRQKIT_LOAD_DEPENDENT(pointer)
#define load_relaxed(pointer)	      IRQKIT_LOAD_RELAXED(pointer)
#define load_acquire(pointer)	      __atomic_load_n(pointer, __ATOMIC_ACQUIRE)
#define store_relaxed(pointer, value) IRQKIT_STORE_RELAXED(pointer, value)
#define store_release(pointer, value) \
	__atomic_store_n(pointer, value, __ATOMIC_RELEASE)

#define increment_relaxed(pointer) IRQKIT_INCREMENT_RELAXED(pointer)

/* With a lock held against others who write, of a word that some read. */
#if defined(__SANITIZE_THREAD__)
#define toggle_relaxed(pointer, bits) \
	store_relaxed(pointer, load_relaxed(pointer) ^ (bits))
#else
#define toggle_relaxed(pointer, bits) (*(pointer) ^= (bits))
#endif

/* Where a call would cost more than what is called. */
#define INLINE inline __attribute__((__always_inline__))

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

enum target_kind {
	TARGET_EFFECTIVE,
	TARGET_MANAGED,
	TARGET_KINDS
};

/* The bits of the interrupts of a leaf, for one CPU and kind. */
struct target_row {
	unsigned long bits;
	bool noted; /* where a look for those of the CPU begins */
};

struct desc_leaf {
	struct irq_desc *descs[DESC_LEAF];
	struct target_row rows[];
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
 * try. Interrupts are off. The caller sets them live.
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
 * it may have been freed, and even used again, meanwhile, or not be set up
 * yet. The acquire pairs with the release in irqkit_desc_set_live().
 */
static inline bool irqkit_desc_is(const struct irq_desc *desc, unsigned int irq)
{
	return load_acquire(&desc->live) == irq;
}

/* It is set up: from now on those who know its number can use it. */
static inline void irqkit_desc_set_live(struct irq_desc *desc, unsigned int irq)
{
	store_release(&desc->live, irq);
}

/* irqkit_desc_lock() without a call, where it counts. */
IRQKIT_UNCHECKED_LOCKING
static inline bool irqkit_desc_lock_inline(struct irq_desc *desc,
					   unsigned int irq,
					   unsigned long *state)
	IRQKIT_TRY_ACQUIRES(true, desc->lock)
{
	if (__builtin_expect(desc == NULL, 0))
		return false;
	*state = irqkit_port_irq_save();
	irqkit_lock_enter(&desc->lock);
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

/*
 * For interrupts anywhere, whose hwirqs the domain chooses. One field after the
 * other: it is cheaper than to clear all of it first.
 */
static inline void domain_request_init(struct domain_request *request,
				       struct irq_domain *domain,
				       unsigned int nr, const void *arg)
{
	request->numbers.irq = -1;
	request->numbers.from = 1;
	request->numbers.nr = nr;
	request->numbers.node = NUMA_NO_NODE;
	request->numbers.affinity = NULL;
	request->domain = domain;
	request->arg = arg;
	request->is_mapping = false;
	request->hwirq = 0;
	request->type = IRQ_TYPE_NONE;
}

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

#define RADIX_BITS  8U
#define RADIX_SLOTS (1U << RADIX_BITS)

/*
 * Slots of the lowest level point to descriptors, the others to nodes. Where
 * there is nothing they point to irqkit_radix_nothing, which leads to itself,
 * so that a look-up needs not ask at each level.
 */
struct irqkit_radix_node {
	const void *slots[RADIX_SLOTS];
	struct irqkit_radix_node *next; /* of all nodes, or of spare ones */
};
extern const struct irqkit_radix_node irqkit_radix_nothing;
#define RADIX_NOTHING ((const void *)&irqkit_radix_nothing)

/*
 * A descriptor or irqkit_radix_nothing; @hwirq is below the size. Each load is
 * followed by an address dependency: no acquire is needed.
 */
static inline const void *radix_find(const struct irqkit_radix *radix,
				     irq_hw_number_t hwirq)
{
	const struct irqkit_radix_node *node = radix->top;
	unsigned int shift = radix->shift;

	for (; shift != 0; shift -= RADIX_BITS)
		node = load_dependent(
			&node->slots[(hwirq >> shift) % RADIX_SLOTS]);
	return load_dependent(&node->slots[hwirq % RADIX_SLOTS]);
}

/* For numbers 0 to @size - 1. 0 or -ENOMEM. */
int irqkit_radix_init(struct irqkit_radix *radix, irq_hw_number_t size);
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
/* Returns 0 or -ENOMEM. */
int irqkit_target_init(unsigned int nr_cpus);

/* Of a leaf, for so many CPUs. */
size_t irqkit_target_rows(unsigned int nr_cpus);

/* Where the bits of an interrupt are. */
struct target_place {
	struct target_row *rows;
	unsigned long bit;
};

static inline struct target_place target_place(unsigned int irq)
{
	const struct target_place place = {
		irqkit_desc_leaves[irq / DESC_LEAF]->rows,
		1UL << (irq % DESC_LEAF),
	};

	return place;
}

static inline struct target_row *target_row(const struct target_place *place,
					    enum target_kind kind,
					    unsigned int cpu)
{
	return &place->rows[(size_t)cpu * TARGET_KINDS + (size_t)kind];
}

/* Note the leaf of an interrupt. */
void irqkit_target_note(unsigned int irq, enum target_kind kind,
			unsigned int cpu);

/*
 * Change the bits of an interrupt. Its descriptor lock is held. Who looks for
 * the bit finds its leaf: another CPU may have noted that, and the release in
 * irqkit_target_note(), src/target.c, pairs with the fence that follows here.
 */
static INLINE void target_add(const struct target_place *place,
			      unsigned int irq, enum target_kind kind,
			      const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		struct target_row *row = target_row(place, kind, cpu);

		if (__builtin_expect(!load_relaxed(&row->noted), 0))
			irqkit_target_note(irq, kind, cpu);
		__atomic_fetch_or(&row->bits, place->bit, __ATOMIC_RELAXED);
	}
}

/* Those of @cpus that are not in @keep. */
static INLINE void target_remove(const struct target_place *place,
				 enum target_kind kind,
				 const struct cpumask *cpus,
				 const struct cpumask *keep)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		unsigned long rest = irqkit_cpumask_load(cpus, i) &
				     ~irqkit_cpumask_load(keep, i);

		for (; rest != 0; rest &= rest - 1) {
			unsigned int cpu = i * IRQKIT_BITS_PER_LONG +
					   (unsigned int)__builtin_ctzl(rest);

			__atomic_fetch_and(&target_row(place, kind, cpu)->bits,
					   ~place->bit, __ATOMIC_RELAXED);
		}
	}
}

/* The same without their code. */
void irqkit_target_add(unsigned int irq, enum target_kind kind,
		       const struct cpumask *cpus);
void irqkit_target_remove(unsigned int irq, enum target_kind kind,
			  const struct cpumask *cpus);

/* The next number from @irq on with a bit for this CPU, or IRQKIT_NR_IRQS. */
unsigned int irqkit_target_next(unsigned int cpu, enum target_kind kind,
				unsigned int irq);

/* The next leaf from @leaf on with a bit, and its bits; DESC_NR_LEAVES. */
unsigned int irqkit_target_next_leaf(unsigned int cpu, enum target_kind kind,
				     unsigned int leaf, unsigned long *bits);

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

/* src/notify.c */

/* The notifier is called from the next irqkit_poll(). Descriptor lock held. */
void irqkit_notify(struct irq_desc *desc);

/* Who is to be told now, and what; or NULL. Descriptor lock held. */
struct irq_affinity_notify *irqkit_notify_take(struct irq_desc *desc,
					       struct cpumask *mask);

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

/* Of one with IRQD_STRANDED, from irqkit_poll(). Descriptor lock held. */
void irqkit_affinity_retry(struct irq_desc *desc);

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

/* The same, masked meanwhile, for a chip that needs that. */
int irqkit_affinity_aim_masked(struct irq_desc *desc,
			       const struct cpumask *mask,
			       const struct cpumask *allowed);

/* Do the move that waits for the interrupt. Descriptor lock held. */
void irqkit_affinity_move_pending(struct irq_desc *desc);

/*
 * Of @mask, what isolation leaves to a managed interrupt while @active are the
 * CPUs that may be targets (src/isolation.c).
 */
void irqkit_isolation_targets(struct cpumask *targets,
			      const struct cpumask *mask,
			      const struct cpumask *active);

/* Of @mask, the CPUs that isolation leaves to the interrupt. */
static inline void irqkit_isolation_restrict(const struct irq_data *data,
					     struct cpumask *mask)
{
	if (irqd_affinity_is_managed(data) &&
	    housekeeping_enabled(HK_TYPE_MANAGED_IRQ))
		irqkit_managed_targets(mask, mask);
}

/* src/log.c: what irqkit_log_later() has kept. Context: thread. */
void irqkit_log_poll(void);

/* src/resend.c: what came while it could not be handled. Lock held. */
void irqkit_resend_pending(struct irq_desc *desc);

/* It has something for the next irqkit_poll(). Descriptor lock held. */
void irqkit_poll_later(struct irq_desc *desc);

/* src/flow.c */

/* State of request_percpu_irq(): which CPUs handle it, which have one kept. */
struct irq_percpu {
	struct cpumask enabled;
	struct cpumask pending;
};

/* Calls the handler for what was kept on this CPU. In a dispatch. */
void irqkit_percpu_replay(struct irq_desc *desc,
			  const struct irqkit_reader *reader);

/*
 * Calls the handlers without the chip, for what was kept in software. In a
 * dispatch, descriptor lock held.
 */
void irqkit_flow_replay(struct irq_desc *desc) IRQKIT_REQUIRES(desc->lock);

/* The same for a storm that is polled, disabled as it is. */
void irqkit_flow_poll(struct irq_desc *desc) IRQKIT_REQUIRES(desc->lock);

/* src/manage.c */

/* Whether an action may be attached now. Descriptor lock held. */
int irqkit_check_free(const struct irq_desc *desc);

/*
 * State that is gone with the last action: IRQD_SUSPENDED, IRQD_STORM and what
 * belongs to them. A flag of the first action, which nobody asks for, makes
 * free_irq() look for it. Descriptor lock held.
 */
#define MANAGE_HAS_STATE (1UL << 28)
static inline void irqkit_add_state(struct irq_desc *desc, unsigned int state)
{
	desc->irq_common_data.state |= state;
	desc->first_action.flags |= MANAGE_HAS_STATE;
}

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

/* src/pm.c */

/*
 * It came while it was held back: a wake-up, if it is armed. Descriptor lock
 * held.
 */
void irqkit_pm_arrived(struct irq_desc *desc);

/* src/spurious.c */

/* Nobody handled it. In a dispatch, no lock held. */
void irqkit_spurious_note(struct irq_desc *desc);

/* Whether there may be storms; and poll them. How many handlers were called. */
extern bool irqkit_spurious_storms;
int irqkit_spurious_poll(void);

/* As irqkit_spurious_restart(). Descriptor lock held. */
int irqkit_spurious_end(struct irq_desc *desc);

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
