/* SPDX-License-Identifier: MIT */
/*
 * What came while it could not be handled, once more: by the controller where
 * it can raise an interrupt again, else from irqkit_poll(). IRQD_RESEND, under
 * the descriptor lock, says that it is wanted; the list takes no lock.
 */
#include "internals.h"

/* Descriptors are never given back, so one that was freed may stay in it. */
static struct irq_desc *resend_list;

/* The end of the list; NULL in a descriptor means that it is in none. */
static struct irq_desc resend_end;

/* The release pairs with the acquire in resend_take_all(). */
static void resend_push(struct irq_desc *desc)
{
	struct irq_desc *first = load_relaxed(&resend_list);

	do
		desc->resend_next = first != NULL ? first : &resend_end;
	while (!__atomic_compare_exchange_n(&resend_list, &first, desc, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
}

void irqkit_poll_later(struct irq_desc *desc)
{
	irqkit_assert_held(&desc->lock);
	if (desc->resend_next == NULL)
		resend_push(desc);
}

/* A level is raised by its device (HZ55). */
void irqkit_resend_pending(struct irq_desc *desc)
{
	const struct irq_chip *chip = desc->irq_data.chip;
	unsigned int *state = &desc->irq_common_data.state;

	irqkit_assert_held(&desc->lock);
	if (__builtin_expect((*state & IRQD_PENDING) == 0, 1))
		return;
	*state &= ~(unsigned int)IRQD_PENDING;
	if ((*state & IRQ_TYPE_LEVEL_MASK) != 0)
		return;
	if (chip->irq_retrigger != NULL &&
	    chip->irq_retrigger(&desc->irq_data) == 0) {
		irqkit_trace(IRQKIT_TRACE_RESEND, desc->irq_data.irq, 0, 0);
		return;
	}
	irqkit_trace(IRQKIT_TRACE_RESEND, desc->irq_data.irq, 1, 0);
	*state |= IRQD_RESEND;
	irqkit_poll_later(desc);
}

/* The acquire pairs with the release in resend_push(). */
static struct irq_desc *resend_take_all(void)
{
	if (load_relaxed(&resend_list) == NULL)
		return NULL;
	return __atomic_exchange_n(&resend_list, NULL, __ATOMIC_ACQUIRE);
}

/*
 * Shut down meanwhile, it is not wanted any more (HZ54). A chained one has no
 * handlers to call. Whether the handlers were called. Who is told of its
 * affinity is told where it is after that (HZ11).
 */
static int resend_one(struct irq_desc *desc, struct irq_desc **next)
{
	unsigned int *state = &desc->irq_common_data.state;
	struct irq_affinity_notify *notify;
	unsigned int irq;
	struct cpumask mask;
	bool handled = false;
	bool wanted;

	irqkit_lock_enter(&desc->lock);
	*next = desc->resend_next;
	desc->resend_next = NULL;
	wanted = (*state & IRQD_RESEND) != 0 && desc->action != NULL;
	*state &= ~(unsigned int)IRQD_RESEND;
	if (wanted) {
		handled = (*state & (IRQD_DISABLED | IRQD_IN_PROGRESS)) == 0;
		irqkit_flow_replay(desc);
	}
	if ((*state & IRQD_STRANDED) != 0)
		irqkit_affinity_retry(desc);
	irq = desc->irq_data.irq;
	notify = irqkit_notify_take(desc, &mask);
	irqkit_lock_leave(&desc->lock);
	if (notify != NULL)
		notify->notify(notify, irq, &mask);
	return handled;
}

/* A reader is in a dispatch. */
int irqkit_poll(void)
{
	struct irqkit_reader reader;
	struct irq_desc *desc;
	int handled = 0;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	irqkit_log_poll();
	if (__builtin_expect(load_relaxed(&irqkit_spurious_storms), 0))
		handled = irqkit_spurious_poll();
	desc = resend_take_all();
	if (desc == NULL)
		return handled;
	while (desc != &resend_end) {
		struct irq_desc *next;

		irqkit_reader_enter(&reader);
		handled += resend_one(desc, &next);
		irqkit_reader_exit(&reader);
		desc = next;
	}
	return handled;
}
