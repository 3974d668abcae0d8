/* SPDX-License-Identifier: MIT */
/*
 * Inter-processor interrupts. The lock below serialises destroys, so that an
 * IPI shrinks one step at a time; sends take no lock: checked ones are readers
 * that a destroy waits for.
 */
#include "internals.h"

static struct irqkit_lock ipi_destroy_lock = IRQKIT_LOCK_INIT(RANK_DOMAIN);

static const struct cpumask *ipi_cpus(const struct irq_desc *desc)
{
	return &desc->irq_common_data.affinity;
}

/* The base of an IPI: it knows how many irqs belong to it. */
static bool ipi_is_base(const struct irq_desc *desc)
{
	return desc != NULL && load_acquire(&desc->irq_common_data.ipi_nr) != 0;
}

static bool ipi_has_cpu(const struct irq_desc *desc, unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, ipi_cpus(desc));
}

/* The irq of the IPI at one CPU. */
static unsigned int ipi_irq_of(const struct irq_data *data, unsigned int cpu)
{
	return data->irq + cpu - data->common->ipi_offset;
}

static bool ipi_mask_has_hole(const struct cpumask *mask)
{
	return cpumask_last(mask) - cpumask_first(mask) + 1 !=
	       cpumask_weight(mask);
}

static int ipi_check_reserve(const struct irq_domain *domain,
			     const struct cpumask *dest)
{
	if (domain == NULL || dest == NULL || !irq_domain_is_ipi(domain))
		return -EINVAL;
	if (cpumask_empty(dest) || !cpumask_subset(dest, cpu_possible_mask))
		return -EINVAL;
	if (irq_domain_is_ipi_per_cpu(domain) && ipi_mask_has_hole(dest))
		return -EINVAL;
	return 0;
}

static void ipi_set_up(unsigned int irq, const struct cpumask *dest,
		       unsigned int offset)
{
	struct irq_common_data *common = irq_get_irq_data(irq)->common;

	cpumask_copy(&common->affinity, dest);
	common->ipi_offset = offset;
	irq_set_status_flags(irq, IRQ_NO_BALANCING | IRQ_PER_CPU);
}

static bool ipi_can_send(unsigned int irq, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		const struct irq_chip *chip = irq_get_irq_data(irq + i)->chip;

		if (chip->ipi_send_single == NULL &&
		    chip->ipi_send_mask == NULL)
			return false;
	}
	return true;
}

int irq_reserve_ipi(struct irq_domain *domain, const struct cpumask *dest)
{
	int error = ipi_check_reserve(domain, dest);
	unsigned int offset = 0;
	unsigned int nr = 1;
	unsigned int base;
	int irq;

	if (error != 0)
		return error;
	if (irq_domain_is_ipi_per_cpu(domain)) {
		nr = cpumask_weight(dest);
		offset = cpumask_first(dest);
	}
	irq = irqkit_domain_alloc(domain, nr, NUMA_NO_NODE, dest);
	if (irq < 0)
		return irq;
	base = (unsigned int)irq;
	if (!ipi_can_send(base, nr)) {
		irqkit_desc_retire(base, nr, domain);
		irqkit_domain_free_retired(domain, base, nr);
		return -ENOSYS;
	}
	for (unsigned int i = 0; i < nr; i++)
		ipi_set_up(base + i, dest, offset);
	/* From here on the other calls know it; pairs with ipi_is_base(). */
	store_release(&irq_get_irq_data(base)->common->ipi_nr, nr);
	return irq;
}

/*
 * Whose irqs a destroy frees, by CPU: in per-CPU mode those of @dest, but the
 * base only with the last CPU; in single mode the base stands for all.
 */
static void ipi_find_going(const struct irq_desc *base,
			   const struct cpumask *dest, struct cpumask *going)
{
	if (irq_domain_is_ipi_per_cpu(base->irq_data.domain))
		cpumask_copy(going, dest);
	else
		cpumask_clear(going);
	if (cpumask_equal(dest, ipi_cpus(base)))
		cpumask_set_cpu(base->irq_common_data.ipi_offset, going);
	else
		cpumask_clear_cpu(base->irq_common_data.ipi_offset, going);
}

/* All of them, or none and an error. */
static int ipi_retire(const struct irq_desc *base, const struct cpumask *going)
{
	unsigned int cpu;
	unsigned int undo;
	int error;

	for_each_cpu (cpu, going) {
		error = irqkit_desc_retire(ipi_irq_of(&base->irq_data, cpu), 1,
					   base->irq_data.domain);
		if (error == 0)
			continue;
		for_each_cpu (undo, going) {
			if (undo == cpu)
				return error;
			irqkit_desc_unretire(ipi_irq_of(&base->irq_data, undo),
					     1);
		}
	}
	return 0;
}

/* Take @dest from the CPUs of each irq that stays. */
static void ipi_shrink(struct irq_desc *base, const struct cpumask *dest)
{
	struct irq_common_data *common = &base->irq_common_data;
	struct cpumask left;
	unsigned int cpu;

	cpumask_andnot(&left, &common->affinity, dest);
	cpumask_copy(&common->affinity, &left);
	if (cpumask_empty(&left))
		store_release(&common->ipi_nr, 0);
	if (!irq_domain_is_ipi_per_cpu(base->irq_data.domain))
		return;
	for_each_cpu (cpu, &left) {
		struct irq_data *data =
			irq_get_irq_data(ipi_irq_of(&base->irq_data, cpu));

		cpumask_copy(&data->common->affinity, &left);
	}
}

/* Free the irqs of @going; @first is that of CPU 0 if there were one. */
static void ipi_free_going(struct irq_domain *domain, unsigned int first,
			   const struct cpumask *going)
{
	unsigned int cpu = cpumask_first(going);

	while (cpu < IRQKIT_NR_CPUS) {
		unsigned int end = cpu + 1;

		while (end < nr_cpu_ids && cpumask_test_cpu(end, going))
			end++;
		irqkit_domain_free_retired(domain, first + cpu, end - cpu);
		cpu = irqkit_cpumask_find(going, end);
	}
}

static int ipi_destroy_locked(unsigned int irq, const struct cpumask *dest,
			      struct irq_desc **base, struct cpumask *going)
{
	struct irq_desc *desc = irq_to_desc(irq);
	int error;

	if (!ipi_is_base(desc) || cpumask_empty(dest) ||
	    !cpumask_subset(dest, ipi_cpus(desc)))
		return -EINVAL;
	ipi_find_going(desc, dest, going);
	error = ipi_retire(desc, going);
	if (error != 0)
		return error;
	ipi_shrink(desc, dest);
	*base = desc;
	return 0;
}

int irq_destroy_ipi(unsigned int irq, const struct cpumask *dest)
{
	struct irq_desc *base = NULL;
	struct cpumask going;
	unsigned long state;
	int error;

	if (dest == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	state = irqkit_lock_acquire(&ipi_destroy_lock);
	error = ipi_destroy_locked(irq, dest, &base, &going);
	irqkit_lock_release(&ipi_destroy_lock, state);
	if (error != 0)
		return error;
	/* Waits for the checked sends that still saw the CPUs of @dest. */
	irqkit_grace_period();
	ipi_free_going(base->irq_data.domain, ipi_irq_of(&base->irq_data, 0),
		       &going);
	return 0;
}

irq_hw_number_t ipi_get_hwirq(unsigned int irq, unsigned int cpu)
{
	irq_hw_number_t hwirq = INVALID_HWIRQ;
	struct irqkit_reader reader;
	const struct irq_desc *desc;

	irqkit_reader_enter(&reader);
	desc = irq_to_desc(irq);
	if (ipi_is_base(desc) && ipi_has_cpu(desc, cpu)) {
		const struct irq_data *data = &desc->irq_data;

		if (irq_domain_is_ipi_per_cpu(data->domain))
			data = irq_get_irq_data(ipi_irq_of(data, cpu));
		hwirq = data->hwirq;
	}
	irqkit_reader_exit(&reader);
	return hwirq;
}

static bool ipi_can_reach(unsigned int cpu)
{
	return cpu_online(cpu) || irqkit_cpu_is_foreign(cpu);
}

static int ipi_verify_single(const struct irq_desc *desc, unsigned int cpu)
{
	if (!ipi_is_base(desc) || !ipi_has_cpu(desc, cpu))
		return -EINVAL;
	return ipi_can_reach(cpu) ? 0 : -ENXIO;
}

static int ipi_verify_mask(const struct irq_desc *desc,
			   const struct cpumask *dest)
{
	unsigned int cpu;

	if (dest == NULL || !ipi_is_base(desc) ||
	    !cpumask_subset(dest, ipi_cpus(desc)))
		return -EINVAL;
	for_each_cpu (cpu, dest) {
		if (!ipi_can_reach(cpu))
			return -ENXIO;
	}
	return 0;
}

static int ipi_send_single_unchecked(struct irq_desc *desc, unsigned int cpu)
{
	struct irq_data *data = &desc->irq_data;
	struct cpumask dest;

	if (data->chip->ipi_send_single == NULL) {
		irqkit_cpumask_single(&dest, cpu);
		return data->chip->ipi_send_mask(data, &dest);
	}
	if (cpu != data->common->ipi_offset &&
	    irq_domain_is_ipi_per_cpu(data->domain))
		data = irq_get_irq_data(ipi_irq_of(data, cpu));
	return data->chip->ipi_send_single(data, cpu);
}

static int ipi_send_mask_unchecked(struct irq_desc *desc,
				   const struct cpumask *dest)
{
	struct irq_data *data = &desc->irq_data;
	unsigned int cpu;
	int result = 0;

	if (data->chip->ipi_send_mask != NULL)
		return data->chip->ipi_send_mask(data, dest);
	for_each_cpu (cpu, dest) {
		int error = ipi_send_single_unchecked(desc, cpu);

		if (error != 0)
			result = error;
	}
	return result;
}

int __ipi_send_single(struct irq_desc *desc, unsigned int cpu)
{
	int error = IRQKIT_DEBUG ? ipi_verify_single(desc, cpu) : 0;

	return error == 0 ? ipi_send_single_unchecked(desc, cpu) : error;
}

int __ipi_send_mask(struct irq_desc *desc, const struct cpumask *dest)
{
	int error = IRQKIT_DEBUG ? ipi_verify_mask(desc, dest) : 0;

	return error == 0 ? ipi_send_mask_unchecked(desc, dest) : error;
}

int ipi_send_single(unsigned int irq, unsigned int cpu)
{
	struct irqkit_reader reader;
	struct irq_desc *desc;
	int error;

	irqkit_reader_enter(&reader);
	desc = irq_to_desc(irq);
	error = ipi_verify_single(desc, cpu);
	if (error == 0)
		error = ipi_send_single_unchecked(desc, cpu);
	irqkit_reader_exit(&reader);
	return error;
}

int ipi_send_mask(unsigned int irq, const struct cpumask *dest)
{
	struct irqkit_reader reader;
	struct irq_desc *desc;
	int error;

	irqkit_reader_enter(&reader);
	desc = irq_to_desc(irq);
	error = ipi_verify_mask(desc, dest);
	if (error == 0 && !cpumask_empty(dest))
		error = ipi_send_mask_unchecked(desc, dest);
	irqkit_reader_exit(&reader);
	return error;
}
