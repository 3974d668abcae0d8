/* SPDX-License-Identifier: MIT */
/*
 * What becomes of an interrupt when a CPU leaves the active ones: one decision,
 * for who does it (src/cpuhotplug.c) and for who only says what would be done
 * (src/plan.c). The descriptor lock is held.
 */
#ifndef IRQKIT_MIGRATE_H
#define IRQKIT_MIGRATE_H

#include "internals.h"
#include <irqkit/names.h>

/* Not a kind of receipt: nothing is to be done. */
#define MIGRATE_NOTHING IRQKIT_RECEIPT_KINDS

struct migrate_verdict {
	enum irqkit_receipt_kind kind;
	int error;
};

/* One interrupt as it is now, or as it would be by now. */
struct migrate_subject {
	struct irq_desc *desc;
	unsigned int *state; /* enum irqd_state */
	const struct cpumask *effective;
	const struct cpumask *active; /* without the CPU that leaves */
};

/* What is done for it, or pretended. */
struct migrate_ops {
	/* End the move that goes on, and take IRQD_MOVING away. */
	void (*complete)(const struct migrate_subject *subject);

	/* Aim it at active CPUs of @mask; 0 or an error. */
	int (*aim)(const struct migrate_subject *subject,
		   const struct cpumask *mask);

	/* The same at any active CPU, which seldom happens. */
	int (*aim_anywhere)(const struct migrate_subject *subject);

	/* Its mask is kept, and with a CPU of it it starts again (H9). */
	void (*shut_down)(const struct migrate_subject *subject);
};

/*
 * H1, H7: started, and aimed at the CPU; without an effective mask what was
 * asked for counts. One that is aimed at no active CPU at all was missed
 * earlier (HZ7).
 */
static inline bool migrate_is_concerned(const struct migrate_subject *subject,
					unsigned int cpu)
{
	const struct irq_common_data *common = &subject->desc->irq_common_data;
	const struct cpumask *mask = subject->effective;

	if ((common->status & IRQ_PER_CPU) != 0 ||
	    (*subject->state & IRQD_STARTED) == 0)
		return false;
	if (cpumask_empty(mask)) {
		/* The chip was never asked: what is wanted says nothing. */
		if (subject->desc->irq_data.chip->irq_set_affinity == NULL)
			return false;
		mask = &common->affinity;
	}
	return cpumask_test_cpu(cpu, mask) ||
	       !cpumask_intersects(mask, subject->active);
}

/* Widening helps only if not all CPUs were tried, and breaks no promise. */
static inline bool migrate_may_widen(const struct migrate_subject *subject,
				     const struct cpumask *mask, int error)
{
	return error == -ENOSPC &&
	       (*subject->state & IRQD_AFFINITY_MANAGED) == 0 &&
	       !cpumask_subset(subject->active, mask);
}

/* H8, H13: any active CPU will do. */
static inline struct migrate_verdict migrate_break(
	const struct migrate_subject *subject, const struct migrate_ops *ops)
{
	struct migrate_verdict verdict = {IRQKIT_RECEIPT_BROKEN, 0};

	verdict.error = ops->aim_anywhere(subject);
	if (verdict.error != 0)
		verdict.kind = IRQKIT_RECEIPT_STUCK;
	return verdict;
}

static inline struct migrate_verdict migrate_move(
	const struct migrate_subject *subject, const struct cpumask *mask,
	const struct migrate_ops *ops)
{
	struct migrate_verdict verdict = {IRQKIT_RECEIPT_MOVED, 0};

	verdict.error = ops->aim(subject, mask);
	if (__builtin_expect(verdict.error == 0, 1))
		return verdict;
	if (migrate_may_widen(subject, mask, verdict.error))
		return migrate_break(subject, ops);
	verdict.kind = IRQKIT_RECEIPT_STUCK;
	return verdict;
}

/*
 * What was asked for last, by a change that waits too (HZ4); of that isolation
 * leaves a part, which is put into @room then.
 */
static inline const struct cpumask *migrate_wanted(
	const struct migrate_subject *subject, struct cpumask *room)
{
	const struct cpumask *mask = &subject->desc->irq_common_data.affinity;

	if ((*subject->state & IRQD_AFFINITY_MANAGED) == 0 ||
	    !housekeeping_enabled(HK_TYPE_MANAGED_IRQ))
		return mask;
	irqkit_isolation_targets(room, mask, subject->active);
	return room;
}

/*
 * H2, in this order. @ops is a constant, so that its functions are called
 * without a pointer.
 */
static INLINE struct migrate_verdict migrate_decide(
	const struct migrate_subject *subject, unsigned int cpu,
	const struct migrate_ops *ops)
{
	struct migrate_verdict verdict = {MIGRATE_NOTHING, 0};
	const struct cpumask *mask;
	struct cpumask room;

	/* H11: before anything is decided. */
	if (__builtin_expect((*subject->state & IRQD_MOVING) != 0, 0))
		ops->complete(subject);
	if (!migrate_is_concerned(subject, cpu))
		return verdict;
	if (subject->desc->irq_data.chip->irq_set_affinity == NULL) {
		verdict.kind = IRQKIT_RECEIPT_STUCK;
		verdict.error = -ENOSYS;
		return verdict;
	}
	mask = migrate_wanted(subject, &room);
	if (__builtin_expect(cpumask_intersects(mask, subject->active), 1))
		return migrate_move(subject, mask, ops);
	if ((*subject->state & IRQD_AFFINITY_MANAGED) == 0)
		return migrate_break(subject, ops);
	ops->shut_down(subject);
	verdict.kind = IRQKIT_RECEIPT_SHUT_DOWN;
	return verdict;
}

#include <irqkit/names_end.h>

#endif
