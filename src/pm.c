/* SPDX-License-Identifier: MIT */
/*
 * Suspend and resume: a reason more to be disabled for the interrupts of
 * devices, and the wake-ups among them. The descriptor lock guards what is
 * said of an interrupt; who has changed the phase does the rest alone.
 */
#include <irqkit/pm.h>
#include "internals.h"

enum pm_phase {
	PM_RUNNING,
	PM_CHANGING, /* a CPU suspends or resumes */
	PM_SUSPENDED,
};

static unsigned int pm_phase = PM_RUNNING;
static unsigned int pm_wakeup; /* the irq, or 0 */

/* @error: it is in another phase. The acquire pairs with pm_leave(). */
static int pm_enter(unsigned int from, int error)
{
	unsigned int phase = from;

	if (__atomic_compare_exchange_n(&pm_phase, &phase, PM_CHANGING, false,
					__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return 0;
	return phase == PM_CHANGING ? -EBUSY : error;
}

/* The release pairs with the acquire in pm_enter(). */
static void pm_leave(unsigned int to)
{
	store_release(&pm_phase, to);
}

static bool pm_is_asked_for(const struct irq_desc *desc, unsigned long flag)
{
	const struct irqaction *action = desc->action;

	while (action != NULL && (action->flags & flag) == 0)
		action = action->next;
	return action != NULL;
}

static bool pm_stays(const struct irq_desc *desc)
{
	return desc->action == NULL || irqd_is_per_cpu(&desc->irq_data) ||
	       pm_is_asked_for(desc, IRQKIT_IRQF_NO_SUSPEND);
}

static bool pm_can_wake(const struct irq_desc *desc)
{
	unsigned int state = desc->irq_common_data.state;

	return (state & IRQD_WAKEUP) != 0 && (state & IRQD_STARTED) != 0 &&
	       (state & IRQD_STORM) == 0;
}

/* One that wakes is not masked, whatever irqkit_disable() would do. */
static void pm_suspend_locked(struct irq_desc *desc)
{
	if (pm_stays(desc))
		return;
	irqkit_add_state(desc, IRQD_SUSPENDED);
	if (pm_can_wake(desc)) {
		irqkit_add_state(desc, IRQD_WAKEUP_ARMED | IRQD_DISABLED);
		desc->depth++;
		irqkit_trace(IRQKIT_TRACE_DISABLE, desc->irq_data.irq,
			     desc->depth, 0);
		return;
	}
	irqkit_disable(desc);
	if ((desc->irq_data.chip->flags & IRQCHIP_MASK_ON_SUSPEND) != 0)
		irqkit_mask(desc);
}

static void pm_suspend(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (!irqkit_desc_lock(desc, irq, &state))
		return;
	pm_suspend_locked(desc);
	irqkit_lock_release(&desc->lock, state);
}

/*
 * No handler runs any more. What a handler or a thread left masked is let
 * through, and so is one that was disabled, as that too may wake. What was
 * still to be handled will not come again.
 */
static void pm_arm_locked(struct irq_desc *desc)
{
	unsigned int state = desc->irq_common_data.state;

	if ((state & IRQD_WAKEUP_ARMED) == 0 || (state & IRQD_STARTED) == 0)
		return;
	if (desc->depth == 1 && (state & (IRQD_PENDING | IRQD_RESEND)) != 0)
		irqkit_pm_arrived(desc);
	else
		irqkit_unmask(desc);
}

/* Wait for the threads of one that is suspended, then look out for it. */
static int pm_settle(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (desc == NULL ||
	    (load_relaxed(&desc->irq_common_data.state) & IRQD_SUSPENDED) == 0)
		return 0;
	error = irqkit_thread_wait_all(desc, irq);
	if (error == 0 && irqkit_desc_lock(desc, irq, &state)) {
		pm_arm_locked(desc);
		irqkit_lock_release(&desc->lock, state);
	}
	return error;
}

static int pm_settle_all(void)
{
	unsigned int irq;
	int error = 0;

	irqkit_grace_period();
	for_each_active_irq (irq) {
		error = pm_settle(irq);
		if (error != 0)
			break;
	}
	return error;
}

/* A caller's disable is left if it cannot be started. */
static int pm_resume_locked(struct irq_desc *desc, unsigned long flag)
{
	struct irq_common_data *common = &desc->irq_common_data;
	int error;

	if ((common->state & IRQD_SUSPENDED) == 0 ||
	    (flag != 0 && !pm_is_asked_for(desc, flag)))
		return 0;
	common->state &= ~(unsigned int)(IRQD_SUSPENDED | IRQD_WAKEUP_ARMED);
	error = irqkit_enable(desc);
	/* It was let through to wake. */
	if (desc->depth != 0 && (common->status & IRQ_DISABLE_UNLAZY) != 0)
		irqkit_mask(desc);
	return error;
}

static int pm_resume(unsigned int irq, unsigned long flag)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (!irqkit_desc_lock(desc, irq, &state))
		return 0;
	error = pm_resume_locked(desc, flag);
	irqkit_lock_release(&desc->lock, state);
	if (error != 0)
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: irq %u is not resumed: error %d", irq,
			   error);
	return error;
}

/* Those that asked for @flag, or all with 0. */
static int pm_resume_all(unsigned long flag)
{
	unsigned int irq;
	int first = 0;

	for_each_active_irq (irq) {
		int error = pm_resume(irq, flag);

		if (first == 0)
			first = error;
	}
	return first;
}

int suspend_device_irqs(void)
{
	unsigned int irq;
	int error;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	error = pm_enter(PM_RUNNING, -EBUSY);
	if (error != 0)
		return error;
	store_relaxed(&pm_wakeup, 0);
	for_each_active_irq (irq)
		pm_suspend(irq);
	error = pm_settle_all();
	if (error != 0)
		pm_resume_all(0);
	pm_leave(error != 0 ? PM_RUNNING : PM_SUSPENDED);
	return error;
}

int resume_device_irqs(void)
{
	int error = pm_enter(PM_SUSPENDED, -EINVAL);

	if (error != 0)
		return error;
	error = pm_resume_all(0);
	pm_leave(PM_RUNNING);
	return error;
}

int irqkit_resume_early_irqs(void)
{
	int error = pm_enter(PM_SUSPENDED, -EINVAL);

	if (error != 0)
		return error;
	error = pm_resume_all(IRQKIT_IRQF_EARLY_RESUME);
	pm_leave(PM_SUSPENDED);
	return error;
}

/* Only the first one counts. */
SELDOM void irqkit_pm_arrived(struct irq_desc *desc)
{
	unsigned int *state = &desc->irq_common_data.state;
	unsigned int none = 0;

	irqkit_assert_held(&desc->lock);
	if ((*state & IRQD_WAKEUP_ARMED) == 0)
		return;
	*state &= ~(unsigned int)IRQD_WAKEUP_ARMED;
	__atomic_compare_exchange_n(&pm_wakeup, &none, desc->irq_data.irq,
				    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

unsigned int irqkit_pm_wakeup_irq(void)
{
	return load_relaxed(&pm_wakeup);
}

bool irqkit_pm_wakeup_pending(void)
{
	return load_relaxed(&pm_phase) != PM_RUNNING &&
	       irqkit_pm_wakeup_irq() != 0;
}
