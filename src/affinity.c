/* SPDX-License-Identifier: MIT */
/*
 * Where interrupts go: what is asked for, what the controller makes of it, and
 * moves that wait for the interrupt's own handler. Guarded by the descriptor
 * lock.
 */
#include "internals.h"

static void affinity_index(struct irq_desc *desc, const struct cpumask *cpus)
{
	irqkit_target_add(desc->irq_data.irq, TARGET_EFFECTIVE, cpus);
}

/* None but @keep can be reached any more. */
static void affinity_unindex(struct irq_desc *desc, const struct cpumask *cpus,
			     const struct cpumask *keep)
{
	struct cpumask gone;

	cpumask_andnot(&gone, cpus, keep);
	if (!cpumask_empty(&gone))
		irqkit_target_remove(desc->irq_data.irq, TARGET_EFFECTIVE,
				     &gone);
}

/* Ask the chip. A chip that does not tell where it went uses all (HZ8). */
static int affinity_program(struct irq_desc *desc, const struct cpumask *cpus,
			    const struct cpumask *old)
{
	struct irq_data *data = &desc->irq_data;
	struct cpumask *effective = &data->common->effective_affinity;
	int result;

	cpumask_clear(effective);
	result = data->chip->irq_set_affinity(data, cpus);
	if (result < 0)
		cpumask_copy(effective, old);
	else if (cpumask_empty(effective))
		cpumask_copy(effective, cpus);
	irqkit_trace(IRQKIT_TRACE_SET_AFFINITY, data->irq,
		     cpumask_first(effective), (unsigned long)result);
	return result;
}

/*
 * The CPUs of @mask to aim at next, after some of @allowed went away. With none
 * left any will do: the interrupt is not lost, and its affinity is as asked. A
 * managed one stays, to be shut down by the CPU that takes the others away.
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

/*
 * The bit of the target index is set first, then @allowed is read again. The
 * fence pairs with the one in irqkit_hotplug_offline(), src/cpuhotplug.c: a CPU
 * that goes away meanwhile is seen here, or the bit is seen there.
 */
int irqkit_affinity_aim(struct irq_desc *desc, const struct cpumask *mask,
			const struct cpumask *allowed)
{
	struct irq_common_data *common = &desc->irq_common_data;
	const struct cpumask *effective = &common->effective_affinity;
	struct cpumask old;
	struct cpumask cpus;
	int result;

	irqkit_assert_held(&desc->lock);
	cpumask_copy(&old, effective);
	cpumask_and(&cpus, mask, allowed);
	if (cpumask_empty(&cpus))
		return -EINVAL;
	result = affinity_program(desc, &cpus, &old);
	if (result < 0)
		return result;
	for (;;) {
		struct cpumask last;
		int again;

		affinity_index(desc, effective);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__builtin_expect(cpumask_subset(effective, allowed), 1))
			break;
		cpumask_copy(&last, effective);
		affinity_choose_again(desc, &cpus, mask, allowed);
		/* Where it is now the CPU that leaves will find it. */
		if (cpumask_empty(&cpus))
			break;
		again = affinity_program(desc, &cpus, &last);
		if (again < 0)
			break;
		if (again == IRQKIT_MOVING)
			result = again;
		cpumask_or(&old, &old, &last);
	}
	if (__builtin_expect(result == IRQKIT_MOVING, 0))
		common->state |= IRQD_MOVING;
	else
		affinity_unindex(desc, &old, effective);
	return 0;
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

int irqkit_affinity_startup(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;
	struct cpumask mask;

	if ((common->state & IRQD_AFFINITY_SET) == 0)
		cpumask_copy(&common->affinity, irq_default_affinity_mask());
	cpumask_copy(&mask, &common->affinity);
	irqkit_isolation_restrict(&desc->irq_data, &mask);
	if (cpumask_intersects(&mask, cpu_active_mask) ||
	    irqd_affinity_is_managed(&desc->irq_data))
		return irqkit_affinity_aim(desc, &mask, cpu_active_mask);
	return affinity_startup_anywhere(desc);
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
	cpumask_copy(&desc->pending_affinity, mask);
	desc->irq_common_data.state |= IRQD_MOVE_PENDING;
	affinity_index(desc, mask);
}

/* The mask is not dropped because a CPU of it has gone meanwhile (HZ4). */
SELDOM void irqkit_affinity_move_pending(struct irq_desc *desc)
{
	unsigned int *state = &desc->irq_common_data.state;
	bool around = (*state & IRQD_MASKED) == 0;
	struct cpumask mask;
	int error = 0;

	cpumask_and(&mask, &desc->pending_affinity, cpu_active_mask);
	*state &= ~(unsigned int)IRQD_MOVE_PENDING;
	if (around)
		irqkit_mask(desc);
	if (!cpumask_empty(&mask))
		error = irqkit_affinity_aim(desc, &mask, cpu_active_mask);
	/* Unmasked only if it was not masked before (HZ30). */
	if (around)
		irqkit_unmask(desc);
	if (error == -EBUSY)
		*state |= IRQD_MOVE_PENDING;
	/* Else irq_move_done() does that: the old target may be in the mask. */
	else if ((*state & IRQD_MOVING) == 0)
		affinity_unindex(desc, &desc->pending_affinity,
				 &desc->irq_common_data.effective_affinity);
}

static int affinity_check(const struct irq_desc *desc)
{
	if (irqd_is_per_cpu(&desc->irq_data) ||
	    desc->irq_data.chip->irq_set_affinity == NULL)
		return -EINVAL;
	return irqd_affinity_is_managed(&desc->irq_data) ? -EPERM : 0;
}

/* With the interrupt started. */
static int affinity_move(struct irq_desc *desc, const struct cpumask *mask,
			 const struct cpumask *allowed)
{
	struct irq_common_data *common = &desc->irq_common_data;
	int error = -EBUSY;

	if (__builtin_expect((common->status & IRQ_MOVE_PCNTXT) != 0, 1))
		error = irqkit_affinity_aim(desc, mask, allowed);
	if (error == -EBUSY) {
		affinity_postpone(desc, mask);
		return 0;
	}
	if (error == 0)
		common->state &= ~(unsigned int)IRQD_MOVE_PENDING;
	return error;
}

static int affinity_set_locked(struct irq_desc *desc,
			       const struct cpumask *mask,
			       const struct cpumask *allowed)
{
	struct irq_common_data *common = &desc->irq_common_data;
	int error = affinity_check(desc);

	if (error != 0)
		return error;
	if (!cpumask_intersects(mask, allowed))
		return -EINVAL;
	if ((common->state & IRQD_STARTED) != 0)
		error = affinity_move(desc, mask, allowed);
	if (error != 0)
		return error;
	cpumask_copy(&common->affinity, mask);
	common->state |= IRQD_AFFINITY_SET;
	return 0;
}

static inline int affinity_set(unsigned int irq, const struct cpumask *mask,
			       const struct cpumask *allowed)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (mask == NULL || !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = affinity_set_locked(desc, mask, allowed);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

int irq_set_affinity(unsigned int irq, const struct cpumask *mask)
{
	return affinity_set(irq, mask, cpu_active_mask);
}

int irq_force_affinity(unsigned int irq, const struct cpumask *mask)
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
	cpumask_copy(mask, &desc->irq_common_data.affinity);
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
