/* SPDX-License-Identifier: MIT */
/*
 * Who is told where interrupts go, and what is said of where they should go.
 * The descriptor lock guards both; notifiers are called from irqkit_poll(), in
 * a dispatch, so that a grace period waits for them.
 */
#include "internals.h"

SELDOM void irqkit_notify(struct irq_desc *desc)
{
	irqkit_assert_held(&desc->lock);
	desc->irq_common_data.state |= IRQD_NOTIFY;
	irqkit_poll_later(desc);
}

struct irq_affinity_notify *irqkit_notify_take(struct irq_desc *desc,
					       struct cpumask *mask)
{
	struct irq_common_data *common = &desc->irq_common_data;
	unsigned int due = common->state & (IRQD_NOTIFIES | IRQD_NOTIFY);

	common->state &= ~(unsigned int)IRQD_NOTIFY;
	/* A number that is freed takes its notifier along. */
	if (due != (IRQD_NOTIFIES | IRQD_NOTIFY) || desc->live == 0)
		return NULL;
	cpumask_copy(mask, &common->effective_affinity);
	if (cpumask_empty(mask))
		cpumask_copy(mask, &common->affinity);
	return desc->affinity_notify;
}

static bool notify_is_ipi(const struct irq_data *data)
{
	return data->domain != NULL && irq_domain_is_ipi(data->domain);
}

static int notify_set_locked(struct irq_desc *desc,
			     struct irq_affinity_notify *notify)
{
	struct irq_common_data *common = &desc->irq_common_data;

	if ((common->status & IRQ_PER_CPU) != 0 ||
	    notify_is_ipi(&desc->irq_data))
		return -EINVAL;
	common->state &= ~(unsigned int)(IRQD_NOTIFIES | IRQD_NOTIFY);
	if (notify != NULL)
		common->state |= IRQD_NOTIFIES;
	desc->affinity_notify = notify;
	return 0;
}

int irq_set_affinity_notifier(unsigned int irq,
			      struct irq_affinity_notify *notify)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (notify != NULL && notify->notify == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = notify_set_locked(desc, notify);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		irqkit_grace_period();
	return error;
}

int irq_set_affinity_hint(unsigned int irq, const struct cpumask *mask)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	desc->affinity_hint = mask;
	if (mask != NULL)
		desc->irq_common_data.state |= IRQD_HINT;
	else
		desc->irq_common_data.state &= ~(unsigned int)IRQD_HINT;
	irqkit_lock_release(&desc->lock, state);
	return 0;
}

int irq_get_affinity_hint(unsigned int irq, struct cpumask *mask)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error = -ENOENT;

	if (mask == NULL || !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	if ((desc->irq_common_data.state & IRQD_HINT) != 0) {
		cpumask_copy(mask, desc->affinity_hint);
		error = 0;
	}
	irqkit_lock_release(&desc->lock, state);
	return error;
}
