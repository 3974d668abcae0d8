/* SPDX-License-Identifier: MIT */
/*
 * Spin locks: a ticket lock, so that CPUs enter in the order in which they
 * came. Debug builds know the holder and check the order of ranks.
 */
#include "internals.h"

#if IRQKIT_DEBUG
/* Ranks of the locks that each CPU holds, a bit each; only that CPU writes. */
static unsigned int lock_held[IRQKIT_NR_CPUS];

void irqkit_lock_check_order(const struct irqkit_lock *lock)
{
	irqkit_assert(irqkit_port_irqs_disabled());
	if ((lock_held[irqkit_port_cpu()] >> lock->rank) != 0)
		irqkit_port_panic("irqkit: a lock is taken out of order");
}

void irqkit_lock_note_entered(struct irqkit_lock *lock)
{
	unsigned int cpu = irqkit_port_cpu();

	lock_held[cpu] |= 1U << lock->rank;
	store_relaxed(&lock->holder, cpu + 1);
}

void irqkit_lock_note_leaving(struct irqkit_lock *lock)
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
#endif

void irqkit_lock_init(struct irqkit_lock *lock, enum lock_rank rank)
{
	*lock = (struct irqkit_lock)IRQKIT_LOCK_INIT(rank);
	(void)rank;
}

/* The acquire is that of irqkit_lock_enter(), in src/internals.h. */
SELDOM void irqkit_lock_wait(struct irqkit_lock *lock, unsigned int ticket)
{
	while (load_acquire(&lock->owner) != ticket)
		relax();
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
