/* SPDX-License-Identifier: MIT */
/*
 * Mappings: interrupts made for a number of a controller, or for what firmware
 * tables say of a device. No state and no lock of its own.
 */
#include "internals.h"

static bool mapping_is_possible(const struct irq_domain *domain,
				irq_hw_number_t hwirq)
{
	if (nr_cpu_ids == 0)
		return false;
	if (domain->ops->map != NULL)
		return hwirq < domain->size;
	return domain->ops->alloc != NULL && !irq_domain_is_ipi(domain);
}

/* @arg: for the alloc operation of a domain that has no map operation. */
static int mapping_create(struct irq_domain *domain, irq_hw_number_t hwirq,
			  unsigned int type, const void *arg)
{
	const struct domain_request request = {
		.numbers = DESC_ANYWHERE(1, NUMA_NO_NODE, NULL),
		.domain = domain,
		.arg = arg,
		.is_mapping = true,
		.hwirq = hwirq,
		.type = type,
	};

	if (!mapping_is_possible(domain, hwirq))
		return -EINVAL;
	irqkit_assert_no_lock();
	if (domain->radix.top != NULL && hwirq < domain->size &&
	    irqkit_domain_make_room(domain, hwirq) != 0)
		return -ENOMEM;
	return irqkit_domain_alloc(&request);
}

int irq_create_mapping(struct irq_domain *domain, irq_hw_number_t hwirq)
{
	if (domain == NULL || domain->ops->map == NULL)
		return -EINVAL;
	return mapping_create(domain, hwirq, IRQ_TYPE_NONE, NULL);
}

int irq_dispose_mapping(unsigned int irq)
{
	return irq_domain_free_irqs(irq, 1);
}

int irq_domain_translate_onecell(const struct irq_domain *domain,
				 const struct irq_fwspec *fwspec,
				 irq_hw_number_t *hwirq, unsigned int *type)
{
	(void)domain;
	if (fwspec->param_count < 1)
		return -EINVAL;
	*hwirq = fwspec->param[0];
	*type = IRQ_TYPE_NONE;
	return 0;
}

static bool mapping_type_is_valid(unsigned int type)
{
	return type <= IRQ_TYPE_LEVEL_HIGH || type == IRQ_TYPE_LEVEL_LOW;
}

int irq_domain_translate_twocell(const struct irq_domain *domain,
				 const struct irq_fwspec *fwspec,
				 irq_hw_number_t *hwirq, unsigned int *type)
{
	(void)domain;
	if (fwspec->param_count < 2 || !mapping_type_is_valid(fwspec->param[1]))
		return -EINVAL;
	*hwirq = fwspec->param[0];
	*type = fwspec->param[1];
	return 0;
}

static int mapping_translate(const struct irq_domain *domain,
			     const struct irq_fwspec *fwspec,
			     irq_hw_number_t *hwirq, unsigned int *type)
{
	if (domain->ops->translate != NULL)
		return domain->ops->translate(domain, fwspec, hwirq, type);
	return irq_domain_translate_onecell(domain, fwspec, hwirq, type);
}

/* As a reader, so that the descriptor does not become another's meanwhile. */
static unsigned int mapping_find(const struct irq_domain *domain,
				 irq_hw_number_t hwirq)
{
	struct irqkit_reader reader;
	unsigned int irq;

	irqkit_reader_enter(&reader);
	irq = irq_find_mapping(domain, hwirq);
	irqkit_reader_exit(&reader);
	return irq;
}

static int mapping_find_or_create(struct irq_domain *domain,
				  irq_hw_number_t hwirq, unsigned int type,
				  const struct irq_fwspec *fwspec)
{
	unsigned int found = mapping_find(domain, hwirq);

	return found != 0 ? (int)found
			  : mapping_create(domain, hwirq, type, fwspec);
}

static int mapping_settle_type_locked(struct irq_desc *desc, unsigned int type)
{
	unsigned int has = irqd_get_trigger_type(&desc->irq_data);

	if (type == IRQ_TYPE_NONE || type == has)
		return 0;
	return has == IRQ_TYPE_NONE ? irqkit_set_type(desc, type) : -EBUSY;
}

/* One that existed must have the trigger that is meant now. */
static int mapping_settle_type(unsigned int irq, unsigned int type)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = mapping_settle_type_locked(desc, type);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

int irq_create_fwspec_mapping(const struct irq_fwspec *fwspec)
{
	struct irq_domain *domain;
	irq_hw_number_t hwirq;
	unsigned int type = IRQ_TYPE_NONE;
	int result;
	int error;

	if (fwspec == NULL ||
	    fwspec->param_count > IRQKIT_IRQ_DOMAIN_MAX_PARAMS)
		return -EINVAL;
	domain = irq_find_matching_fwnode(fwspec->fwnode);
	if (domain == NULL)
		return -ENOENT;
	error = mapping_translate(domain, fwspec, &hwirq, &type);
	if (error != 0)
		return error;
	if (!mapping_type_is_valid(type))
		return -EINVAL;
	result = mapping_find_or_create(domain, hwirq, type, fwspec);
	if (result < 0)
		return result;
	error = mapping_settle_type((unsigned int)result, type);
	return error == 0 ? result : error;
}
