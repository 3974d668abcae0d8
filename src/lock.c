/* SPDX-License-Identifier: MIT */
/*
 * Spin locks: a ticket lock, so that CPUs enter in the order in which they
 * came. Debug builds know the holder and check the order of ranks.
 */
#include "internals.h"

#if IRQKIT_DEBUG
/* Ranks of the locks that each CPU holds, a bit each; only that CPU writes. */
static unsigned int lock_held[IRQKIT_NR_CPUS];

static void lock_check_order(const struct irqkit_lock *lock, unsigned int cpu)
{
	if ((lock_held[cpu] >> lock->rank) != 0)
		irqkit_port_panic("irqkit: a lock is taken out of order");
}

static void lock_note_acquired(struct irqkit_lock *lock, unsigned int cpu)
{
	lock_held[cpu] |= 1U << lock->rank;
	store_relaxed(&lock->holder, cpu + 1);
}

static void lock_note_released(struct irqkit_lock *lock)
{
	irqkit_assert_held(lock);
	lock_held[irqkit_port_cpu()] &= ~(1U << lock->rank);
	store_relaxed(&lock->holder, 0);
}

void irqkit_assert_held(struct irqkit_lock *lock)
{
	irqkit_assert(irqkit_port_irqs_disabled());
	irqkit_assert(load_relaxed(&lock->holder) == irqkit_port_cpu() + 1);
}

void irqkit_assert_no_lock(void)
{
	unsigned long state = irqkit_port_irq_save();
	bool none = lock_held[irqkit_port_cpu()] == 0;

	irqkit_port_irq_restore(state);
	irqkit_assert(none);
}
#else
static inline void lock_check_order(const struct irqkit_lock *lock,
				    unsigned int cpu)
{
	(void)lock;
	(void)cpu;
}

static inline void lock_note_acquired(struct irqkit_lock *lock,
				      unsigned int cpu)
{
	(void)lock;
	(void)cpu;
}

static inline void lock_note_released(struct irqkit_lock *lock)
{
	(void)lock;
}

void irqkit_assert_held(struct irqkit_lock *lock)
{
	(void)lock;
}

void irqkit_assert_no_lock(void)
{
}
#endif

void irqkit_lock_init(struct irqkit_lock *lock, enum lock_rank rank)
{
	*lock = (struct irqkit_lock)IRQKIT_LOCK_INIT(rank);
	(void)rank;
}

/* The acquire pairs with the release in irqkit_lock_release(). */
IRQKIT_UNCHECKED_LOCKING
unsigned long irqkit_lock_acquire(struct irqkit_lock *lock)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned int cpu = IRQKIT_DEBUG ? irqkit_port_cpu() : 0;
	unsigned int ticket;

	lock_check_order(lock, cpu);
	ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	while (load_acquire(&lock->owner) != ticket)
		relax();
	lock_note_acquired(lock, cpu);
	return state;
}

/* The release pairs with the acquire in irqkit_lock_acquire(). */
IRQKIT_UNCHECKED_LOCKING
void irqkit_lock_release(struct irqkit_lock *lock, unsigned long state)
{
	lock_note_released(lock);
	store_release(&lock->owner, load_relaxed(&lock->owner) + 1);
	irqkit_port_irq_restore(state);
}

IRQKIT_NORETURN void irqkit_assert_failed(const char *condition,
					  const char *file, int line)
{
	char text[192];

	irqkit_snprintf(text, sizeof(text),
			"irqkit: invariant broken at %s:%d: %s", file, line,
			condition);
	irqkit_port_panic(text);
}
