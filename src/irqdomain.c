/* SPDX-License-Identifier: MIT */
/*
 * Domains: the numbers of a controller and the interrupts they became. The
 * lock of a domain guards its map and whatever its operations manage;
 * look-ups take no lock.
 */
#include "internals.h"

#define DOMAIN_MAX_SIZE 1048576U

static bool domain_info_is_valid(const struct irq_domain_info *info)
{
	const unsigned int ipi_kinds = IRQ_DOMAIN_FLAG_IPI_SINGLE |
				       IRQ_DOMAIN_FLAG_IPI_PER_CPU;

	if (info == NULL || info->name == NULL || info->ops == NULL)
		return false;
	if ((info->flags & ~ipi_kinds) != 0 || info->flags == ipi_kinds)
		return false;
	if ((info->ops->alloc == NULL) != (info->ops->free == NULL))
		return false;
	if (info->flags != 0 && info->ops->alloc == NULL)
		return false;
	return info->size <= DOMAIN_MAX_SIZE;
}

static size_t domain_bytes(irq_hw_number_t size)
{
	return sizeof(struct irq_domain) + size * sizeof(struct irq_desc *);
}

int irq_domain_create(const struct irq_domain_info *info,
		      struct irq_domain **domain)
{
	struct irq_domain *made;

	if (domain == NULL || !domain_info_is_valid(info))
		return -EINVAL;
	irqkit_assert_no_lock();
	made = irqkit_port_alloc(domain_bytes(info->size), sizeof(uint64_t));
	if (made == NULL)
		return -ENOMEM;
	made->name = info->name;
	made->flags = info->flags;
	made->size = info->size;
	made->ops = info->ops;
	made->host_data = info->host_data;
	made->map = (struct irq_desc **)(made + 1);
	irqkit_lock_init(&made->lock, RANK_DOMAIN);
	*domain = made;
	return 0;
}

int irq_domain_remove(struct irq_domain *domain)
{
	unsigned long state;
	bool busy;

	if (domain == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	state = irqkit_lock_acquire(&domain->lock);
	busy = domain->mapped != 0;
	irqkit_lock_release(&domain->lock, state);
	if (busy)
		return -EBUSY;
	irqkit_grace_period();
	irqkit_port_free(domain, domain_bytes(domain->size));
	return 0;
}

static void domain_unmap(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr)
{
	if (domain->size == 0)
		return;
	for (unsigned int i = irq; i < irq + nr; i++) {
		struct irq_desc *desc = irqkit_desc_at(i);
		irq_hw_number_t hwirq = desc->irq_data.hwirq;

		if (hwirq < domain->size && domain->map[hwirq] == desc)
			store_relaxed(&domain->map[hwirq], NULL);
	}
}

/* Free the numbers of a failed alloc operation, and what it entered. */
static SELDOM void domain_forget(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr)
{
	unsigned long state = irqkit_lock_acquire(&domain->lock);

	domain_unmap(domain, irq, nr);
	for (unsigned int i = irq; i < irq + nr; i++)
		irqkit_desc_at(i)->irq_data.domain = NULL;
	domain->mapped -= nr;
	irqkit_lock_release(&domain->lock, state);
	irq_free_descs(irq, nr);
}

int irqkit_domain_alloc(struct irq_domain *domain, unsigned int nr, int node,
			const void *arg)
{
	int irq;
	int error;

	irqkit_assert_no_lock();
	do {
		unsigned long state = irqkit_lock_acquire(&domain->lock);
		unsigned int leaf;

		irq = irqkit_desc_try_alloc(-1, 1, nr, node, &leaf);
		error = irq;
		if (irq > 0) {
			error = domain->ops->alloc(domain, (unsigned int)irq,
						   nr, arg);
			domain->mapped += nr;
		}
		irqkit_lock_release(&domain->lock, state);
		if (irq == 0)
			error = irqkit_desc_grow(leaf);
	} while (irq == 0 && error == 0);
	if (error == 0)
		return irq;
	if (irq > 0)
		domain_forget(domain, (unsigned int)irq, nr);
	return error;
}

void irqkit_domain_free_retired(struct irq_domain *domain, unsigned int irq,
				unsigned int nr)
{
	unsigned long state = irqkit_lock_acquire(&domain->lock);

	domain->ops->free(domain, irq, nr);
	domain_unmap(domain, irq, nr);
	domain->mapped -= nr;
	irqkit_lock_release(&domain->lock, state);
	irqkit_desc_release(irq, nr);
}

int irq_domain_alloc_irqs(struct irq_domain *domain, unsigned int nr, int node,
			  const void *arg)
{
	if (domain == NULL || nr == 0 || nr_cpu_ids == 0 ||
	    domain->ops->alloc == NULL || irq_domain_is_ipi(domain))
		return -EINVAL;
	return irqkit_domain_alloc(domain, nr, node, arg);
}

/* The domain of an interrupt; a reader keeps it from going away. */
static struct irq_domain *domain_of(unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	return data != NULL ? data->domain : NULL;
}

int irq_domain_free_irqs(unsigned int irq, unsigned int nr)
{
	struct irqkit_reader reader;
	struct irq_domain *domain;
	int error = -EINVAL;

	if (nr == 0 || irq >= IRQKIT_NR_IRQS || nr > IRQKIT_NR_IRQS - irq)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	irqkit_reader_enter(&reader);
	domain = domain_of(irq);
	if (domain != NULL && !irq_domain_is_ipi(domain))
		error = irqkit_desc_retire_range(irq, nr, domain);
	irqkit_reader_exit(&reader);
	if (error == 0)
		irqkit_domain_free_retired(domain, irq, nr);
	return error;
}

void irq_domain_set_info(struct irq_domain *domain, unsigned int irq,
			 irq_hw_number_t hwirq, const struct irq_chip *chip,
			 void *chip_data, irq_flow_handler_t handler)
{
	struct irq_desc *desc = irqkit_desc_find(irq);

	irqkit_assert_held(&domain->lock);
	desc->irq_data.domain = domain;
	desc->irq_data.hwirq = hwirq;
	desc->irq_data.chip = chip;
	desc->irq_data.chip_data = chip_data;
	store_release(&desc->handle_irq, handler);
	if (hwirq < domain->size)
		store_release(&domain->map[hwirq], desc);
}

unsigned int irq_find_mapping(const struct irq_domain *domain,
			      irq_hw_number_t hwirq)
{
	struct irq_desc *desc;

	if (domain == NULL)
		return 0;
	desc = irq_find_desc(domain, hwirq);
	if (__builtin_expect(desc == NULL, 0))
		return 0;
	return desc->irq_data.irq;
}
