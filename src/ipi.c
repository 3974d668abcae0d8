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

static struct irq_data *ipi_data_of(const struct irq_data *data,
				    unsigned int cpu)
{
	return &irqkit_desc_at(ipi_irq_of(data, cpu))->irq_data;
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

/* Nobody else knows the irq yet, so no lock is needed. */
static int ipi_set_up(struct irq_desc *desc, const struct cpumask *dest,
		      unsigned int offset)
{
	const struct irq_chip *chip = desc->irq_data.chip;
	struct irq_common_data *common = &desc->irq_common_data;

	if (chip->ipi_send_single == NULL && chip->ipi_send_mask == NULL)
		return -ENOSYS;
	cpumask_copy(&common->affinity, dest);
	common->ipi_offset = offset;
	common->status |= IRQ_NO_BALANCING | IRQ_PER_CPU;
	irqkit_desc_set_live(desc, desc->irq_data.irq);
	return 0;
}

static int ipi_set_up_all(unsigned int base, unsigned int nr,
			  const struct cpumask *dest, unsigned int offset)
{
	unsigned int i = 0;

	do {
		int error = ipi_set_up(irqkit_desc_at(base + i), dest, offset);

		if (error != 0)
			return error;
		i++;
	} while (i < nr);
	/* From here on the other calls know it; pairs with ipi_is_base(). */
	store_release(&irqkit_desc_at(base)->irq_common_data.ipi_nr, nr);
	return 0;
}

int irq_reserve_ipi(struct irq_domain *domain, const struct cpumask *dest)
{
	struct domain_request request;
	int error = ipi_check_reserve(domain, dest);
	unsigned int offset = 0;
	unsigned int nr = 1;
	int irq;

	if (error != 0)
		return error;
	if (irq_domain_is_ipi_per_cpu(domain)) {
		nr = cpumask_weight(dest);
		offset = cpumask_first(dest);
	}
	domain_request_init(&request, domain, nr, dest);
	irq = irqkit_domain_alloc(&request);
	if (irq < 0)
		return irq;
	error = ipi_set_up_all((unsigned int)irq, nr, dest, offset);
	if (error == 0)
		return irq;
	irqkit_desc_retire_range((unsigned int)irq, nr, domain);
	irqkit_domain_free_retired(domain, (unsigned int)irq, nr);
	return error;
}

/*
 * What a destroy frees: irq @first + n for each CPU n of @cpus. In per-CPU mode
 * those are the CPUs that are destroyed, but the base goes only with the last
 * one. In single mode it is the base, with the last one, and @cpus is not used.
 */
struct ipi_removal {
	struct irq_domain *domain;
	unsigned int first;
	bool per_cpu;
	bool last; /* no CPU is left */
	struct cpumask cpus;
};

/* Undo a retire that came as far as the CPU before @end. */
static SELDOM void ipi_unretire(const struct ipi_removal *removal,
				unsigned int end)
{
	unsigned int cpu;

	for_each_cpu (cpu, &removal->cpus) {
		if (cpu == end)
			break;
		irqkit_desc_unretire(removal->first + cpu);
	}
}

/* All of them, or none and an error. Interrupts are off. */
static int ipi_retire_members(const struct ipi_removal *removal)
{
	unsigned int cpu;
	int error;

	for_each_cpu (cpu, &removal->cpus) {
		error = irqkit_desc_retire(removal->first + cpu,
					   removal->domain);
		if (error != 0) {
			ipi_unretire(removal, cpu);
			return error;
		}
	}
	return 0;
}

/* The irqs that stay have @left as their CPUs from now on. */
static void ipi_shrink_members(struct irq_desc *base,
			       const struct cpumask *left)
{
	unsigned int cpu;

	for_each_cpu (cpu, left) {
		struct irq_data *data = ipi_data_of(&base->irq_data, cpu);

		cpumask_copy(&data->common->affinity, left);
	}
}

static int ipi_retire(const struct irq_desc *base, const struct cpumask *dest,
		      struct ipi_removal *removal)
{
	unsigned int offset = base->irq_common_data.ipi_offset;

	removal->domain = base->irq_data.domain;
	removal->first = base->irq_data.irq - offset;
	removal->per_cpu = irq_domain_is_ipi_per_cpu(removal->domain);
	if (removal->per_cpu) {
		cpumask_copy(&removal->cpus, dest);
		if (removal->last)
			cpumask_set_cpu(offset, &removal->cpus);
		else
			cpumask_clear_cpu(offset, &removal->cpus);
		return ipi_retire_members(removal);
	}
	return removal->last
		       ? irqkit_desc_retire(removal->first, removal->domain)
		       : 0;
}

static int ipi_destroy_locked(unsigned int irq, const struct cpumask *dest,
			      struct ipi_removal *removal)
{
	struct irq_desc *base = irqkit_desc_find(irq);
	struct cpumask left;
	int error;

	if (irqkit_in_dispatch_irq_off())
		return -EDEADLK;
	if (!ipi_is_base(base) || cpumask_empty(dest) ||
	    !cpumask_subset(dest, ipi_cpus(base)))
		return -EINVAL;
	cpumask_andnot(&left, ipi_cpus(base), dest);
	removal->last = cpumask_empty(&left);
	error = ipi_retire(base, dest, removal);
	if (error != 0)
		return error;
	cpumask_copy(&base->irq_common_data.affinity, &left);
	if (removal->last)
		store_release(&base->irq_common_data.ipi_nr, 0);
	else if (removal->per_cpu)
		ipi_shrink_members(base, &left);
	return 0;
}

/* Runs of CPUs in a row are runs of irqs in a row, freed together. */
static void ipi_remove_members(const struct ipi_removal *removal)
{
	unsigned int cpu = cpumask_first(&removal->cpus);

	while (cpu < IRQKIT_NR_CPUS) {
		unsigned int end = cpu + 1;

		while (end < nr_cpu_ids &&
		       cpumask_test_cpu(end, &removal->cpus))
			end++;
		irqkit_domain_free_retired(removal->domain,
					   removal->first + cpu, end - cpu);
		cpu = irqkit_cpumask_find(&removal->cpus, end);
	}
}

/*
 * The checked sends that still saw the CPUs that went have to be over before
 * their numbers are given back. To free is to wait for them, too.
 */
static inline void ipi_remove(const struct ipi_removal *removal)
{
	if (removal->per_cpu && !cpumask_empty(&removal->cpus))
		ipi_remove_members(removal);
	else if (!removal->per_cpu && removal->last)
		irqkit_domain_free_retired(removal->domain, removal->first, 1);
	else
		irqkit_grace_period();
}

int irq_destroy_ipi(unsigned int irq, const struct cpumask *dest)
{
	struct ipi_removal removal;
	unsigned long state;
	int error;

	if (dest == NULL)
		return -EINVAL;
	state = irqkit_lock_acquire(&ipi_destroy_lock);
	error = ipi_destroy_locked(irq, dest, &removal);
	irqkit_lock_release(&ipi_destroy_lock, state);
	if (error != 0)
		return error;
	ipi_remove(&removal);
	return 0;
}

irq_hw_number_t ipi_get_hwirq(unsigned int irq, unsigned int cpu)
{
	irq_hw_number_t hwirq = INVALID_HWIRQ;
	struct irqkit_reader reader;
	const struct irq_desc *desc;

	irqkit_reader_enter(&reader);
	desc = irqkit_desc_find(irq);
	if (ipi_is_base(desc) && ipi_has_cpu(desc, cpu)) {
		const struct irq_data *data = &desc->irq_data;

		if (irq_domain_is_ipi_per_cpu(data->domain))
			data = ipi_data_of(data, cpu);
		hwirq = data->hwirq;
	}
	irqkit_reader_exit(&reader);
	return hwirq;
}

static bool ipi_can_reach(unsigned int cpu)
{
	return cpu_online(cpu) || irqkit_cpu_is_foreign(cpu);
}

/*
 * What the backend knows of a CPU is read after the CPU was seen online.
 * Pairs with the atomic set of the online mask in irqkit_cpu_starting(),
 * src/cpu.c.
 */
static void ipi_order_after_verify(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static int ipi_verify_single(const struct irq_desc *desc, unsigned int cpu)
{
	if (!ipi_is_base(desc) || !ipi_has_cpu(desc, cpu))
		return -EINVAL;
	if (!ipi_can_reach(cpu))
		return -ENXIO;
	ipi_order_after_verify();
	return 0;
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
	ipi_order_after_verify();
	return 0;
}

/* A chip that only takes masks. */
static SELDOM int ipi_send_single_as_mask(struct irq_data *data,
					  unsigned int cpu)
{
	struct cpumask dest;

	irqkit_cpumask_single(&dest, cpu);
	return data->chip->ipi_send_mask(data, &dest);
}

static inline int ipi_send_single_unchecked(struct irq_desc *desc,
					    unsigned int cpu)
{
	struct irq_data *data = &desc->irq_data;

	irqkit_trace(IRQKIT_TRACE_IPI_SEND, data->irq, cpu, 0);
	if (data->chip->ipi_send_single == NULL)
		return ipi_send_single_as_mask(data, cpu);
	if (irq_domain_is_ipi_per_cpu(data->domain))
		data = ipi_data_of(data, cpu);
	return data->chip->ipi_send_single(data, cpu);
}

/* A chip that only takes single sends. Each CPU is tried. */
static SELDOM int ipi_send_mask_one_by_one(struct irq_desc *desc,
					   const struct cpumask *dest)
{
	unsigned int cpu;
	int result = 0;

	for_each_cpu (cpu, dest) {
		int error = ipi_send_single_unchecked(desc, cpu);

		if (error != 0)
			result = error;
	}
	return result;
}

static inline int ipi_send_mask_unchecked(struct irq_desc *desc,
					  const struct cpumask *dest)
{
	struct irq_data *data = &desc->irq_data;

	if (data->chip->ipi_send_mask == NULL)
		return ipi_send_mask_one_by_one(desc, dest);
	irqkit_trace(IRQKIT_TRACE_IPI_SEND_MASK, data->irq,
		     cpumask_weight(dest), cpumask_first(dest));
	return data->chip->ipi_send_mask(data, dest);
}

int __ipi_send_single(struct irq_desc *desc, unsigned int cpu)
{
	int error = IRQKIT_DEBUG ? ipi_verify_single(desc, cpu) : 0;

	return error == 0 ? ipi_send_single_unchecked(desc, cpu) : error;
}

int __ipi_send_mask(struct irq_desc *desc, const struct cpumask *dest)
{
	int error = IRQKIT_DEBUG ? ipi_verify_mask(desc, dest) : 0;

	if (IRQKIT_DEBUG && error == 0 && cpumask_empty(dest))
		error = -EINVAL;
	return error == 0 ? ipi_send_mask_unchecked(desc, dest) : error;
}

int ipi_send_single(unsigned int irq, unsigned int cpu)
{
	struct irqkit_reader reader;
	struct irq_desc *desc;
	int error;

	irqkit_reader_enter(&reader);
	desc = irqkit_desc_find(irq);
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
	desc = irqkit_desc_find(irq);
	error = ipi_verify_mask(desc, dest);
	if (error == 0 && !cpumask_empty(dest))
		error = ipi_send_mask_unchecked(desc, dest);
	irqkit_reader_exit(&reader);
	return error;
}
