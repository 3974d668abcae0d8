/* SPDX-License-Identifier: MIT */
/*
 * Attaching handlers and detaching them. The descriptor lock guards the action
 * of an interrupt; a detached one is used again only after a grace period.
 */
#include "internals.h"

#define MANAGE_REQUEST_FLAGS (IRQKIT_IRQF_PERCPU | IRQKIT_IRQF_NOBALANCING)
#define MANAGE_STATUS_FLAGS                                             \
	((unsigned int)IRQ_NOREQUEST | IRQ_NO_BALANCING | IRQ_PER_CPU | \
	 IRQ_MOVE_PCNTXT)

/* Whether an action may be attached now. Descriptor lock held. */
static int manage_check_free(const struct irq_desc *desc)
{
	if (desc->irq_data.chip == &no_irq_chip ||
	    (desc->irq_common_data.status & IRQ_NOREQUEST) != 0)
		return -EINVAL;
	return desc->action != NULL || desc->detaching ? -EBUSY : 0;
}

/* The release pairs with the acquire in flow_call(), src/flow.c. */
static void manage_attach(struct irq_desc *desc, const struct irqaction *action)
{
	desc->first_action = *action;
	store_release(&desc->action, &desc->first_action);
}

static void manage_unmask(struct irq_desc *desc)
{
	if (!irqd_is_per_cpu(&desc->irq_data) &&
	    desc->irq_data.chip->irq_unmask != NULL)
		desc->irq_data.chip->irq_unmask(&desc->irq_data);
}

static void manage_mask(struct irq_desc *desc)
{
	if (!irqd_is_per_cpu(&desc->irq_data) &&
	    desc->irq_data.chip->irq_mask != NULL)
		desc->irq_data.chip->irq_mask(&desc->irq_data);
}

static int manage_request_locked(struct irq_desc *desc,
				 struct irqaction *action)
{
	unsigned int *status = &desc->irq_common_data.status;
	int error = manage_check_free(desc);

	if (error != 0)
		return error;
	if ((action->flags & IRQKIT_IRQF_PERCPU) != 0 &&
	    !irqd_is_per_cpu(&desc->irq_data))
		return -EINVAL;
	/* Remember whether the flag goes away again with the action. */
	if ((*status & IRQ_NO_BALANCING) != 0)
		action->flags &= ~IRQKIT_IRQF_NOBALANCING;
	else if ((action->flags & IRQKIT_IRQF_NOBALANCING) != 0)
		*status |= IRQ_NO_BALANCING;
	manage_attach(desc, action);
	manage_unmask(desc);
	return 0;
}

int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags,
		const char *name, void *dev_id)
{
	struct irqaction action = {
		.handler = handler,
		.dev_id = dev_id,
		.flags = flags,
		.name = name,
	};
	struct irq_desc *desc;
	unsigned long state;
	int error;

	if (handler == NULL || (flags & ~MANAGE_REQUEST_FLAGS) != 0)
		return -EINVAL;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = manage_request_locked(desc, &action);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

/* Whether @dev_id or @percpu_dev_id names the action of an interrupt. */
static bool manage_matches(const struct irqaction *action, const void *dev_id,
			   void *const *percpu_dev_id)
{
	return action != NULL && action->percpu_dev_id == percpu_dev_id &&
	       (percpu_dev_id != NULL || action->dev_id == dev_id);
}

/* After it no CPU runs the handler; the descriptor is not locked any more. */
static void manage_finish_detach(struct irq_desc *desc)
{
	struct irq_percpu *percpu;
	unsigned long state;

	irqkit_grace_period();
	state = irqkit_lock_acquire(&desc->lock);
	percpu = desc->percpu;
	desc->percpu = NULL;
	desc->detaching = false;
	irqkit_lock_release(&desc->lock, state);
	if (percpu != NULL)
		irqkit_port_free(percpu, sizeof(*percpu));
}

int free_irq(unsigned int irq, void *dev_id)
{
	struct irq_desc *desc;
	unsigned long state;
	bool found;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	found = manage_matches(desc->action, dev_id, NULL);
	if (found) {
		manage_mask(desc);
		if ((desc->action->flags & IRQKIT_IRQF_NOBALANCING) != 0)
			desc->irq_common_data.status &=
				~(unsigned int)IRQ_NO_BALANCING;
		store_relaxed(&desc->action, NULL);
		desc->detaching = true;
	}
	irqkit_lock_release(&desc->lock, state);
	if (!found)
		return -EINVAL;
	manage_finish_detach(desc);
	return 0;
}

static int manage_request_percpu_locked(struct irq_desc *desc,
					const struct irqaction *action,
					struct irq_percpu *percpu)
{
	int error = manage_check_free(desc);

	if (error != 0)
		return error;
	if (!irqd_is_per_cpu(&desc->irq_data) ||
	    desc->handle_irq != handle_percpu_irq)
		return -EINVAL;
	desc->percpu = percpu;
	manage_attach(desc, action);
	return 0;
}

int request_percpu_irq(unsigned int irq, irq_handler_t handler,
		       const char *name, void *const *percpu_dev_id)
{
	struct irqaction action = {
		.handler = handler,
		.percpu_dev_id = percpu_dev_id,
		.name = name,
	};
	struct irq_percpu *percpu;
	struct irq_desc *desc;
	unsigned long state;
	int error = -EINVAL;

	if (handler == NULL || percpu_dev_id == NULL)
		return -EINVAL;
	irqkit_assert_no_lock();
	percpu = irqkit_port_alloc(sizeof(*percpu), sizeof(unsigned long));
	if (percpu == NULL)
		return -ENOMEM;
	desc = irqkit_desc_find(irq);
	if (irqkit_desc_lock(desc, irq, &state)) {
		error = manage_request_percpu_locked(desc, &action, percpu);
		irqkit_lock_release(&desc->lock, state);
	}
	if (error != 0)
		irqkit_port_free(percpu, sizeof(*percpu));
	return error;
}

static int manage_free_percpu_locked(struct irq_desc *desc,
				     void *const *percpu_dev_id)
{
	if (percpu_dev_id == NULL ||
	    !manage_matches(desc->action, NULL, percpu_dev_id))
		return -EINVAL;
	if (!cpumask_empty(&desc->percpu->enabled))
		return -EBUSY;
	store_relaxed(&desc->action, NULL);
	desc->detaching = true;
	return 0;
}

int free_percpu_irq(unsigned int irq, void *const *percpu_dev_id)
{
	struct irq_desc *desc;
	unsigned long state;
	int error;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = manage_free_percpu_locked(desc, percpu_dev_id);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		manage_finish_detach(desc);
	return error;
}

/* Whether request_percpu_irq() attached its handler. Descriptor lock held. */
static bool manage_has_percpu(const struct irq_desc *desc)
{
	return desc->action != NULL && desc->percpu != NULL;
}

static int manage_enable_percpu(struct irq_desc *desc, unsigned int irq,
				unsigned int cpu)
{
	unsigned long state;
	bool found;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	found = manage_has_percpu(desc);
	if (found) {
		irqkit_cpumask_set_cpu_atomic(cpu, &desc->percpu->enabled);
		if (desc->irq_data.chip->irq_unmask != NULL)
			desc->irq_data.chip->irq_unmask(&desc->irq_data);
	}
	irqkit_lock_release(&desc->lock, state);
	if (!found)
		return -EINVAL;
	irqkit_percpu_replay(desc, cpu);
	return 0;
}

int enable_percpu_irq(unsigned int irq)
{
	struct irqkit_reader reader;
	int error;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	/* As a reader, since a handler may run in here. */
	irqkit_reader_enter(&reader);
	error = manage_enable_percpu(irqkit_desc_find(irq), irq, reader.cpu);
	irqkit_reader_exit(&reader);
	return error;
}

int disable_percpu_irq(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	bool found;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	found = manage_has_percpu(desc);
	if (found) {
		if (desc->irq_data.chip->irq_mask != NULL)
			desc->irq_data.chip->irq_mask(&desc->irq_data);
		irqkit_cpumask_clear_cpu_atomic(irqkit_port_cpu(),
						&desc->percpu->enabled);
	}
	irqkit_lock_release(&desc->lock, state);
	return found ? 0 : -EINVAL;
}

int irq_set_handler(unsigned int irq, irq_flow_handler_t handler)
{
	struct irq_desc *desc;
	unsigned long state;
	int error = 0;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	if (desc->percpu != NULL)
		error = -EBUSY;
	else
		store_release(&desc->handle_irq,
			      handler != NULL ? handler : handle_bad_irq);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		irqkit_grace_period();
	return error;
}

static int manage_change_status(unsigned int irq, unsigned int clear,
				unsigned int set)
{
	struct irq_desc *desc;
	unsigned long state;

	if (((clear | set) & ~MANAGE_STATUS_FLAGS) != 0)
		return -EINVAL;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	desc->irq_common_data.status &= ~clear;
	desc->irq_common_data.status |= set;
	irqkit_lock_release(&desc->lock, state);
	return 0;
}

int irq_set_status_flags(unsigned int irq, unsigned int flags)
{
	return manage_change_status(irq, 0, flags);
}

int irq_clear_status_flags(unsigned int irq, unsigned int flags)
{
	return manage_change_status(irq, flags, 0);
}
