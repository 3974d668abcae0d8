/* SPDX-License-Identifier: MIT */
/*
 * Chained interrupts: a controller behind another one has a flow handler that
 * finds out what arrived there. The descriptor lock guards their state.
 */
#include "internals.h"

static int chained_start(struct irq_desc *desc, irq_flow_handler_t handler,
			 void *data)
{
	irq_flow_handler_t old_handler = desc->handle_irq;
	void *old_data = desc->irq_common_data.handler_data;
	int error = irqkit_check_free(desc);

	if (error == 0 && irqd_is_per_cpu(&desc->irq_data))
		error = -EINVAL;
	if (error == 0)
		error = irqkit_activate(desc);
	if (error != 0)
		return error;
	desc->irq_common_data.handler_data = data;
	desc->irq_common_data.state |= IRQD_CHAINED;
	store_release(&desc->handle_irq, handler);
	error = irqkit_enable(desc);
	if (error == 0)
		return 0;
	desc->irq_common_data.state &= ~(unsigned int)IRQD_CHAINED;
	desc->irq_common_data.handler_data = old_data;
	store_release(&desc->handle_irq, old_handler);
	irqkit_deactivate(desc);
	return error;
}

static int chained_stop(struct irq_desc *desc)
{
	if ((desc->irq_common_data.state & IRQD_CHAINED) == 0)
		return -EINVAL;
	irqkit_shutdown(desc);
	desc->depth = 1;
	irqkit_affinity_release(desc);
	desc->irq_common_data.state &= ~(unsigned int)IRQD_CHAINED;
	store_release(&desc->handle_irq, handle_bad_irq);
	desc->detaching = true;
	return 0;
}

/* No CPU is in the flow handler any more. */
static void chained_finish_stop(struct irq_desc *desc)
{
	unsigned long state;

	irqkit_grace_period();
	state = irqkit_lock_acquire(&desc->lock);
	irqkit_deactivate(desc);
	desc->irq_common_data.handler_data = NULL;
	desc->detaching = false;
	irqkit_lock_release(&desc->lock, state);
}

int irq_set_chained_handler_and_data(unsigned int irq,
				     irq_flow_handler_t handler, void *data)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = handler != NULL ? chained_start(desc, handler, data)
				: chained_stop(desc);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0 && handler == NULL)
		chained_finish_stop(desc);
	return error;
}

/*
 * A per-CPU one takes no lock, as in handle_percpu_irq(), and needs no mask:
 * its CPU has interrupts off.
 */
static void chained_begin(struct irq_data *data)
{
	const struct irq_chip *chip = data->chip;

	if (chip->irq_eoi == NULL && chip->irq_mask != NULL &&
	    !irqd_is_per_cpu(data))
		chip->irq_mask(data);
	if (chip->irq_ack != NULL)
		chip->irq_ack(data);
}

static void chained_end(struct irq_data *data)
{
	const struct irq_chip *chip = data->chip;

	if (chip->irq_eoi != NULL)
		chip->irq_eoi(data);
	else if (chip->irq_unmask != NULL && !irqd_is_per_cpu(data) &&
		 !irqd_irq_masked(data))
		chip->irq_unmask(data);
}

static void chained_call(struct irq_desc *desc, void (*call)(struct irq_data *))
{
	if (irqd_is_per_cpu(&desc->irq_data)) {
		call(&desc->irq_data);
		return;
	}
	irqkit_lock_enter(&desc->lock);
	call(&desc->irq_data);
	irqkit_lock_leave(&desc->lock);
}

void chained_irq_enter(struct irq_desc *desc)
{
	chained_call(desc, chained_begin);
}

void chained_irq_exit(struct irq_desc *desc)
{
	chained_call(desc, chained_end);
}
