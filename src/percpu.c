/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU interrupts with a cookie for each CPU, and which CPUs have enabled
 * them. The descriptor lock guards the action; each CPU changes its own bits.
 */
#include "internals.h"

/* Whether the flow handler knows what to do with the cookies. */
static bool percpu_flow_fits(const struct irq_desc *desc)
{
	return desc->handle_irq == handle_percpu_irq ||
	       desc->handle_irq == handle_percpu_devid_fasteoi_ipi;
}

static int percpu_request_locked(struct irq_desc *desc,
				 const struct irqaction *action,
				 struct irq_percpu *percpu)
{
	int error = irqkit_check_free(desc);

	if (error != 0)
		return error;
	if (!irqd_is_per_cpu(&desc->irq_data) || !percpu_flow_fits(desc))
		return -EINVAL;
	error = irqkit_activate(desc);
	if (error != 0)
		return error;
	desc->percpu = percpu;
	irqkit_attach_first(desc, action);
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
		error = percpu_request_locked(desc, &action, percpu);
		irqkit_lock_release(&desc->lock, state);
	}
	if (error != 0)
		irqkit_port_free(percpu, sizeof(*percpu));
	irqkit_trace(IRQKIT_TRACE_REQUEST, irq, 0, (unsigned long)error);
	return error;
}

static int percpu_free_locked(struct irq_desc *desc, void *const *percpu_dev_id)
{
	if (percpu_dev_id == NULL || desc->action == NULL ||
	    desc->action->percpu_dev_id != percpu_dev_id)
		return -EINVAL;
	if (!cpumask_empty(&desc->percpu->enabled))
		return -EBUSY;
	store_relaxed(&desc->action, NULL);
	desc->detaching = true;
	return 0;
}

/* No CPU runs the handler any more. */
static void percpu_finish_detach(struct irq_desc *desc)
{
	struct irq_percpu *percpu;
	unsigned long state;

	irqkit_grace_period();
	state = irqkit_lock_acquire(&desc->lock);
	percpu = desc->percpu;
	desc->percpu = NULL;
	irqkit_deactivate(desc);
	desc->detaching = false;
	irqkit_lock_release(&desc->lock, state);
	irqkit_port_free(percpu, sizeof(*percpu));
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
	error = percpu_free_locked(desc, percpu_dev_id);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		percpu_finish_detach(desc);
	irqkit_trace(IRQKIT_TRACE_FREE, irq, (unsigned long)error, 0);
	return error;
}

/* Whether request_percpu_irq() attached its handler. Descriptor lock held. */
static bool percpu_is_attached(const struct irq_desc *desc)
{
	return desc->action != NULL && desc->percpu != NULL;
}

static int percpu_enable(struct irq_desc *desc, unsigned int irq,
			 const struct irqkit_reader *reader)
{
	unsigned long state;
	bool found;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	found = percpu_is_attached(desc);
	if (found) {
		irqkit_cpumask_set_cpu_atomic(reader->cpu,
					      &desc->percpu->enabled);
		if (desc->irq_data.chip->irq_unmask != NULL)
			desc->irq_data.chip->irq_unmask(&desc->irq_data);
	}
	irqkit_lock_release(&desc->lock, state);
	if (!found)
		return -EINVAL;
	irqkit_percpu_replay(desc, reader);
	return 0;
}

/* As a reader, since a handler may run in here; the caller may be one. */
int enable_percpu_irq(unsigned int irq)
{
	struct irqkit_reader reader;
	int error;

	irqkit_reader_enter(&reader);
	error = percpu_enable(irqkit_desc_find(irq), irq, &reader);
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
	found = percpu_is_attached(desc);
	if (found) {
		if (desc->irq_data.chip->irq_mask != NULL)
			desc->irq_data.chip->irq_mask(&desc->irq_data);
		irqkit_cpumask_clear_cpu_atomic(irqkit_port_cpu(),
						&desc->percpu->enabled);
	}
	irqkit_lock_release(&desc->lock, state);
	return found ? 0 : -EINVAL;
}
