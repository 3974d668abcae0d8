/* SPDX-License-Identifier: MIT */
/*
 * Where interrupts go: what is asked for, what the controller makes of it, and
 * moves that wait for the interrupt's own handler. Guarded by the descriptor
 * lock.
 */
#include "internals.h"

static void affinity_index(const struct irq_desc *desc,
			   const struct cpumask *cpus)
{
	irqkit_target_add(desc->irq_data.irq, TARGET_EFFECTIVE, cpus);
}

/* None but @keep can be reached any more. */
static void affinity_unindex(const struct irq_desc *desc,
			     const struct cpumask *cpus,
			     const struct cpumask *keep)
{
	struct cpumask gone;

	cpumask_andnot(&gone, cpus, keep);
	irqkit_target_remove(desc->irq_data.irq, TARGET_EFFECTIVE, &gone);
}

static void affinity_trace(const struct irq_desc *desc, int result)
{
	irqkit_trace(IRQKIT_TRACE_SET_AFFINITY, desc->irq_data.irq,
		     cpumask_first(&desc->irq_common_data.effective_affinity),
		     (unsigned long)result);
}

/* The effective affinity is empty then until the chip tells. */
static INLINE int affinity_ask(struct irq_desc *desc,
			       const struct cpumask *cpus)
{
	struct irq_data *data = &desc->irq_data;

	cpumask_clear(&desc->irq_common_data.effective_affinity);
	return data->chip->irq_set_affinity(data, cpus);
}

/* A chip that does not tell where it went uses all (HZ8). */
static void affinity_take(struct irq_desc *desc, const struct cpumask *cpus,
			  const struct cpumask *old, int result)
{
	struct cpumask *effective = &desc->irq_common_data.effective_affinity;

	if (result < 0)
		cpumask_copy(effective, old);
	else if (cpumask_empty(effective))
		cpumask_copy(effective, cpus);
	affinity_trace(desc, result);
}

/*
 * The CPUs of @mask to aim at next, after some of @allowed went away. With none
 * left any will do: the interrupt is not lost, and its affinity is as asked. A
 * managed one stays, to be shut down: see affinity_startup_managed().
 */
static SELDOM void affinity_choose_again(const struct irq_desc *desc,
					 struct cpumask *cpus,
					 const struct cpumask *mask,
					 const struct cpumask *allowed)
{
	cpumask_and(cpus, mask, allowed);
	if (cpumask_empty(cpus) && !irqd_affinity_is_managed(&desc->irq_data))
		cpumask_copy(cpus, allowed);
}

/* What a chip was asked, and where the interrupt was before. */
struct affinity_answer {
	struct cpumask cpus;
	struct cpumask old;
};

/*
 * While a CPU of where it is now is not allowed any more. Where it was
 * meanwhile is added to the old ones. Returns the last answer, or @result.
 */
static int affinity_aim_again(struct irq_desc *desc, const struct cpumask *mask,
			      const struct cpumask *allowed,
			      struct affinity_answer *answer, int result)
{
	const struct cpumask *effective =
		&desc->irq_common_data.effective_affinity;

	while (!cpumask_subset(effective, allowed)) {
		struct cpumask last;
		int again;

		cpumask_copy(&last, effective);
		affinity_choose_again(desc, &answer->cpus, mask, allowed);
		if (cpumask_empty(&answer->cpus))
			break;
		again = affinity_ask(desc, &answer->cpus);
		affinity_take(desc, &answer->cpus, &last, again);
		if (again < 0)
			break;
		result = again;
		cpumask_or(&answer->old, &answer->old, &last);
		affinity_index(desc, effective);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return result;
}

/*
 * It is at CPUs that have gone, which did not find it, and the chip does not
 * take it away from there now. Pairs as affinity_aim() does: a CPU that is
 * still online finds it when it is dying.
 */
static void affinity_check_stranded(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;

	if (cpumask_intersects(&common->effective_affinity, cpu_online_mask) ||
	    (common->state & IRQD_AFFINITY_MANAGED) != 0)
		return;
	common->state |= IRQD_STRANDED;
	irqkit_poll_later(desc);
}

/* What is made of any answer; affinity_aim() has the usual one. */
static SELDOM int affinity_settle(struct irq_desc *desc,
				  const struct cpumask *mask,
				  const struct cpumask *allowed,
				  struct affinity_answer *answer, int result)
{
	struct irq_common_data *common = &desc->irq_common_data;
	struct cpumask *effective = &common->effective_affinity;

	affinity_take(desc, &answer->cpus, &answer->old, result);
	/* The chip may know already that the last CPU has left. */
	if (result < 0)
		return result == -ENXIO || !cpumask_intersects(mask, allowed)
			       ? -EINVAL
			       : result;
	affinity_index(desc, effective);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	result = affinity_aim_again(desc, mask, allowed, answer, result);
	if (result == IRQKIT_MOVING)
		common->state |= IRQD_MOVING;
	else
		affinity_unindex(desc, &answer->old, effective);
	affinity_check_stranded(desc);
	return 0;
}

/*
 * The bit of the target index is set first, then @allowed is read again. The
 * fence pairs with the one in irqkit_hotplug_offline(), src/cpuhotplug.c: a CPU
 * that goes away meanwhile is seen here, or the bit is seen there.
 */
static INLINE int affinity_aim(struct irq_desc *desc,
			       const struct target_place *place,
			       const struct cpumask *mask,
			       const struct cpumask *allowed)
{
	struct cpumask *effective = &desc->irq_common_data.effective_affinity;
	struct affinity_answer answer;
	int result;

	irqkit_assert_held(&desc->lock);
	if (__builtin_expect(!cpumask_and(&answer.cpus, mask, allowed), 0))
		return -EINVAL;
	cpumask_copy(&answer.old, effective);
	result = affinity_ask(desc, &answer.cpus);
	if (__builtin_expect(result != 0 || cpumask_empty(effective), 0))
		return affinity_settle(desc, mask, allowed, &answer, result);
	target_add(place, desc->irq_data.irq, TARGET_EFFECTIVE, effective);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(!cpumask_subset(effective, allowed), 0))
		return affinity_settle(desc, mask, allowed, &answer, 0);
	affinity_trace(desc, 0);
	target_remove(place, TARGET_EFFECTIVE, &answer.old, effective);
	return 0;
}

int irqkit_affinity_aim(struct irq_desc *desc, const struct cpumask *mask,
			const struct cpumask *allowed)
{
	const struct target_place place = target_place(desc->irq_data.irq);
	int error = affinity_aim(desc, &place, mask, allowed);

	if (error == 0 && (desc->irq_common_data.state & IRQD_NOTIFIES) != 0)
		irqkit_notify(desc);
	return error;
}

SELDOM int irqkit_affinity_aim_masked(struct irq_desc *desc,
				      const struct cpumask *mask,
				      const struct cpumask *allowed)
{
	bool around = (desc->irq_common_data.state & IRQD_MASKED) == 0;
	int error;

	if (around)
		irqkit_mask(desc);
	error = irqkit_affinity_aim(desc, mask, allowed);
	/* Unmasked only if it was not masked before (HZ30). */
	if (around)
		irqkit_unmask(desc);
	return error;
}

void irq_move_done(struct irq_data *data)
{
	struct irq_desc *desc = irqkit_desc_at(data->irq);
	struct irq_common_data *common = &desc->irq_common_data;

	irqkit_assert_held(&desc->lock);
	if ((common->state & IRQD_MOVING) == 0)
		return;
	common->state &= ~(unsigned int)IRQD_MOVING;
	irqkit_trace(IRQKIT_TRACE_MOVE_DONE, data->irq,
		     cpumask_first(&common->effective_affinity), 0);
	affinity_unindex(desc, cpu_possible_mask, &common->effective_affinity);
	if ((common->state & IRQD_MOVE_PENDING) != 0)
		affinity_index(desc, &desc->pending_affinity);
}

/* No CPU of its mask is there: one more reason to be disabled. */
static SELDOM void affinity_managed_shutdown(struct irq_desc *desc)
{
	desc->irq_common_data.state |= IRQD_MANAGED_SHUTDOWN;
	desc->depth++;
}

/* Of an interrupt that is not managed, whose CPUs are all away. */
static int affinity_startup_anywhere(struct irq_desc *desc)
{
	return irqkit_affinity_aim(desc, cpu_active_mask, cpu_active_mask);
}

/*
 * None of its CPUs is there, or the last one has just left, and may be back. An
 * error of the chip itself comes again.
 */
static SELDOM int affinity_startup_again(struct irq_desc *desc,
					 const struct cpumask *mask)
{
	if (cpumask_intersects(mask, cpu_active_mask))
		return irqkit_affinity_aim(desc, mask, cpu_active_mask);
	return affinity_startup_anywhere(desc);
}

/* Its last CPU may have looked for it before it was aimed there, and left. */
static SELDOM int affinity_startup_managed(struct irq_desc *desc, int error)
{
	if (error != 0 ||
	    cpumask_intersects(&desc->irq_common_data.effective_affinity,
			       cpu_active_mask))
		return error;
	irqkit_affinity_shutdown(desc);
	return -EINVAL;
}

int irqkit_affinity_startup(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;
	struct cpumask mask;
	int error;

	if ((common->state & IRQD_AFFINITY_SET) == 0)
		cpumask_copy(&common->affinity, irq_default_affinity_mask());
	cpumask_copy(&mask, &common->affinity);
	irqkit_isolation_restrict(&desc->irq_data, &mask);
	error = irqkit_affinity_aim(desc, &mask, cpu_active_mask);
	if (__builtin_expect(irqd_affinity_is_managed(&desc->irq_data), 0))
		return affinity_startup_managed(desc, error);
	if (__builtin_expect(error == -EINVAL, 0))
		error = affinity_startup_again(desc, &mask);
	return error;
}

static int affinity_retry_masked(struct irq_desc *desc)
{
	bool around = (desc->irq_common_data.state & IRQD_MASKED) == 0;
	int error;

	if (around)
		irqkit_mask(desc);
	error = irqkit_affinity_startup(desc);
	if (error == -ENOSPC)
		error = affinity_startup_anywhere(desc);
	if (around)
		irqkit_unmask(desc);
	return error;
}

SELDOM void irqkit_affinity_retry(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;
	int error;

	common->state &= ~(unsigned int)IRQD_STRANDED;
	if ((common->state & IRQD_STARTED) == 0 ||
	    cpumask_intersects(&common->effective_affinity, cpu_online_mask))
		return;
	error = affinity_retry_masked(desc);
	if (error != 0) {
		common->state |= IRQD_STRANDED;
		irqkit_poll_later(desc);
	}
}

bool irqkit_affinity_is_down(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;

	if ((common->state & IRQD_AFFINITY_MANAGED) == 0)
		return false;
	/*
	 * The managed bits first, then the active CPUs. Pairs with the fence in
	 * irqkit_hotplug_online(), src/cpuhotplug.c.
	 */
	irqkit_target_add(desc->irq_data.irq, TARGET_MANAGED,
			  &common->affinity);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cpumask_intersects(&common->affinity, cpu_active_mask))
		return false;
	affinity_managed_shutdown(desc);
	return true;
}

void irqkit_affinity_shutdown(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;
	const struct irq_chip *chip = desc->irq_data.chip;
	struct cpumask *effective = &common->effective_affinity;

	if ((common->state & IRQD_MOVING) != 0 &&
	    chip->irq_force_complete_move != NULL)
		chip->irq_force_complete_move(&desc->irq_data);
	if ((common->state & (IRQD_MOVING | IRQD_MOVE_PENDING)) != 0)
		irqkit_target_remove(desc->irq_data.irq, TARGET_EFFECTIVE,
				     cpu_possible_mask);
	else
		irqkit_target_remove(desc->irq_data.irq, TARGET_EFFECTIVE,
				     effective);
	common->state &= ~(unsigned int)(IRQD_MOVING | IRQD_MOVE_PENDING);
	cpumask_clear(effective);
}

void irqkit_affinity_release(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;

	if ((common->state & IRQD_AFFINITY_MANAGED) == 0)
		return;
	irqkit_target_remove(desc->irq_data.irq, TARGET_MANAGED,
			     &common->affinity);
	common->state &= ~(unsigned int)IRQD_MANAGED_SHUTDOWN;
}

/* Move when the interrupt fires next. */
static SELDOM void affinity_postpone(struct irq_desc *desc,
				     const struct cpumask *mask)
{
	cpumask_and(&desc->pending_affinity, mask, cpu_possible_mask);
	desc->irq_common_data.state |= IRQD_MOVE_PENDING;
	affinity_index(desc, &desc->pending_affinity);
}

/* The mask is not dropped because a CPU of it has gone meanwhile (HZ4). */
SELDOM void irqkit_affinity_move_pending(struct irq_desc *desc)
{
	unsigned int *state = &desc->irq_common_data.state;
	struct cpumask mask;
	int error = 0;

	*state &= ~(unsigned int)IRQD_MOVE_PENDING;
	if (cpumask_and(&mask, &desc->pending_affinity, cpu_active_mask))
		error = irqkit_affinity_aim_masked(desc, &mask,
						   cpu_active_mask);
	if (error == -EBUSY)
		*state |= IRQD_MOVE_PENDING;
	/* Else irq_move_done() does that: the old target may be in the mask. */
	else if ((*state & IRQD_MOVING) == 0)
		affinity_unindex(desc, &desc->pending_affinity,
				 &desc->irq_common_data.effective_affinity);
}

static int affinity_check(const struct irq_desc *desc)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	if ((common->status & IRQ_PER_CPU) != 0 ||
	    desc->irq_data.chip->irq_set_affinity == NULL)
		return -EINVAL;
	return (common->state & IRQD_AFFINITY_MANAGED) != 0 ? -EPERM : 0;
}

/* In its own handler, if it has one that does it: a chained one has not. */
static SELDOM int affinity_not_now(struct irq_desc *desc,
				   const struct cpumask *mask)
{
	if ((desc->irq_common_data.state & IRQD_CHAINED) != 0)
		return -EBUSY;
	affinity_postpone(desc, mask);
	return 0;
}

static int affinity_move_started(struct irq_desc *desc,
				 const struct cpumask *mask,
				 const struct cpumask *allowed)
{
	struct irq_common_data *common = &desc->irq_common_data;
	int error = -EBUSY;

	if ((common->status & IRQ_MOVE_PCNTXT) != 0)
		error = irqkit_affinity_aim(desc, mask, allowed);
	else if ((common->state & IRQD_CHAINED) != 0)
		error = irqkit_affinity_aim_masked(desc, mask, allowed);
	if (error == 0)
		common->state &= ~(unsigned int)IRQD_MOVE_PENDING;
	return error == -EBUSY ? affinity_not_now(desc, mask) : error;
}

/* Started, not managed, nobody is told; its chip can move it anywhere. */
static INLINE bool affinity_is_simple(const struct irq_desc *desc)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	return (common->state & (IRQD_STARTED | IRQD_AFFINITY_MANAGED |
				 IRQD_NOTIFIES)) == IRQD_STARTED &&
	       (common->status & (IRQ_PER_CPU | IRQ_MOVE_PCNTXT)) ==
		       IRQ_MOVE_PCNTXT &&
	       desc->irq_data.chip->irq_set_affinity != NULL;
}

static SELDOM int affinity_move_other(struct irq_desc *desc,
				      const struct cpumask *mask,
				      const struct cpumask *allowed)
{
	unsigned int state = desc->irq_common_data.state;
	int error = affinity_check(desc);

	if (error != 0)
		return error;
	if (!cpumask_intersects(mask, allowed))
		return -EINVAL;
	if ((state & IRQD_STARTED) != 0)
		return affinity_move_started(desc, mask, allowed);
	if ((state & IRQD_NOTIFIES) != 0)
		irqkit_notify(desc);
	return 0;
}

static INLINE int affinity_move(struct irq_desc *desc,
				const struct target_place *place,
				const struct cpumask *mask,
				const struct cpumask *allowed)
{
	int error;

	if (__builtin_expect(!affinity_is_simple(desc), 0))
		return affinity_move_other(desc, mask, allowed);
	error = affinity_aim(desc, place, mask, allowed);
	if (__builtin_expect(error == 0, 1))
		desc->irq_common_data.state &= ~(unsigned int)IRQD_MOVE_PENDING;
	else if (error == -EBUSY)
		error = affinity_not_now(desc, mask);
	return error;
}

static INLINE int affinity_set(unsigned int irq, const struct cpumask *mask,
			       const struct cpumask *allowed)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	struct irq_common_data *common;
	struct target_place place;
	unsigned long state;
	int error;

	if (mask == NULL || !irqkit_desc_lock_inline(desc, irq, &state))
		return -EINVAL;
	common = &desc->irq_common_data;
	place = target_place(irq);
	error = affinity_move(desc, &place, mask, allowed);
	if (__builtin_expect(error == 0, 1)) {
		cpumask_copy(&common->affinity, mask);
		common->state |= IRQD_AFFINITY_SET;
	}
	irqkit_lock_release(&desc->lock, state);
	return error;
}

int irq_set_affinity(unsigned int irq, const struct cpumask *mask)
{
	return affinity_set(irq, mask, cpu_active_mask);
}

/* Seldom called, but as a whole the same. */
SELDOM int irq_force_affinity(unsigned int irq, const struct cpumask *mask)
{
	return affinity_set(irq, mask, cpu_online_mask);
}

bool irq_can_set_affinity(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	bool can;

	if (!irqkit_desc_lock(desc, irq, &state))
		return false;
	can = affinity_check(desc) == 0;
	irqkit_lock_release(&desc->lock, state);
	return can;
}

int irq_get_affinity(unsigned int irq, struct cpumask *mask)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (mask == NULL || !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	cpumask_and(mask, &desc->irq_common_data.affinity, cpu_possible_mask);
	irqkit_lock_release(&desc->lock, state);
	return 0;
}

int irq_get_effective_affinity(unsigned int irq, struct cpumask *mask)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (mask == NULL || !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	cpumask_copy(mask, &desc->irq_common_data.effective_affinity);
	irqkit_lock_release(&desc->lock, state);
	return 0;
}
