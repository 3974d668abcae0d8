/* SPDX-License-Identifier: MIT */
/* Reserving: what irq_reserve_ipi() makes, and that it can be had again. */
#include "ipi_suite.h"
#include <irqkit/irq.h>

/* What a reserve takes from the numbers. */
static unsigned int reserve_nr_irqs(bool per_cpu, const struct cpumask *cpus)
{
	return per_cpu ? cpumask_weight(cpus) : 1;
}

static void reserve_check_gone(unsigned int irq, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		tap_expect(irq_to_desc(irq + i) == NULL,
			   "irq %u is not allocated any more", irq + i);
}

static void reserve_and_destroy(bool per_cpu)
{
	unsigned int irqs = suite_count_irqs();
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
		return;
	tap_equal(suite_count_irqs() - irqs, reserve_nr_irqs(per_cpu, &cpus),
		  "irqs taken");
	ledger_destroy(&ipi_ledger);
	reserve_check_gone(ipi_ledger.irq, reserve_nr_irqs(per_cpu, &cpus));
}

/* Everything that a reserve says of one irq of it. */
static void reserve_check_irq(unsigned int cpu)
{
	const struct ledger *ledger = &ipi_ledger;
	unsigned int irq = ledger_irq(ledger, cpu);
	const struct irq_data *data = irq_get_irq_data(irq);

	if (!tap_expect(data != NULL, "irq %u is allocated", irq))
		return;
	tap_equal(data->irq, irq, "irq_data.irq");
	tap_expect(data->domain == suite_domain(ledger->per_cpu),
		   "irq %u is in its domain", irq);
	tap_equal(data->common->ipi_offset,
		  ledger->per_cpu ? cpumask_first(&ledger->cpus) : 0,
		  "offset of irq %u", irq);
	tap_expect((data->common->status & IRQ_NO_BALANCING) != 0 &&
			   !irqd_can_balance(data) && irqd_is_per_cpu(data),
		   "irq %u is per-CPU and never balanced, status 0x%x", irq,
		   data->common->status);
	tap_expect(cpumask_equal(&data->common->affinity, &ledger->cpus),
		   "the affinity of irq %u is the whole mask", irq);
}

static void reserve_check_irqs(bool per_cpu, const struct cpumask *cpus)
{
	unsigned int cpu;

	if (!ledger_reserve(&ipi_ledger, per_cpu, cpus))
		return;
	for_each_cpu (cpu, cpus)
		reserve_check_irq(cpu);
	ledger_destroy(&ipi_ledger);
}

/* The last CPUs, so that the first is not CPU 0 where there are two. */
static void reserve_upper_cpus(struct cpumask *cpus)
{
	unsigned int first = suite_nr_online() / 2;

	suite_all_cpus(true, cpus);
	for (unsigned int cpu = 0; cpu < suite_online_cpu(first); cpu++)
		cpumask_clear_cpu(cpu, cpus);
}

static void reserve_describes(bool per_cpu)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	reserve_check_irqs(per_cpu, &cpus);
	reserve_upper_cpus(&cpus);
	reserve_check_irqs(per_cpu, &cpus);
	irqkit_cpumask_single(&cpus, suite_online_cpu(0));
	reserve_check_irqs(per_cpu, &cpus);
}

static void reserve_hwirqs(bool per_cpu)
{
	struct cpumask cpus;

	reserve_upper_cpus(&cpus);
	if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
		return;
	for (unsigned int cpu = 0; cpu <= nr_cpu_ids; cpu++) {
		irq_hw_number_t hwirq = INVALID_HWIRQ;

		if (cpu < nr_cpu_ids && cpumask_test_cpu(cpu, &cpus))
			hwirq = irq_get_irq_data(ledger_irq(&ipi_ledger, cpu))
					->hwirq;
		tap_equal((long long)ipi_get_hwirq(ipi_ledger.irq, cpu),
			  (long long)hwirq, "hwirq at cpu %u", cpu);
	}
	ledger_destroy(&ipi_ledger);
}

/* Masks with holes, of rising size. */
static void reserve_single_irq(bool per_cpu)
{
	uint32_t random = SUITE_SEED;
	struct cpumask cpus;

	for (unsigned int i = 0; i < 20; i++) {
		unsigned int irqs = suite_count_irqs();

		suite_random_mask(&random, &cpus);
		if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
			return;
		tap_equal(suite_count_irqs() - irqs, 1, "irqs of %u CPUs",
			  cpumask_weight(&cpus));
		reserve_check_irq(cpumask_last(&cpus));
		ledger_destroy(&ipi_ledger);
	}
}

static void reserve_range(bool per_cpu, unsigned int first, unsigned int last)
{
	unsigned int irqs = suite_count_irqs();
	struct cpumask cpus;

	cpumask_clear(&cpus);
	for (unsigned int cpu = first; cpu <= last; cpu++)
		cpumask_set_cpu(cpu, &cpus);
	if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
		return;
	tap_equal(suite_count_irqs() - irqs, last - first + 1,
		  "irqs of CPUs %u to %u", first, last);
	reserve_check_irq(first);
	reserve_check_irq(last);
	ledger_destroy(&ipi_ledger);
}

static void reserve_irq_a_cpu(bool per_cpu)
{
	unsigned int last = cpumask_last(cpu_online_mask);
	uint32_t random = SUITE_SEED;

	for (unsigned int i = 0; i < 20; i++) {
		unsigned int a = suite_random(&random) % (last + 1);
		unsigned int b = suite_random(&random) % (last + 1);

		reserve_range(per_cpu, a < b ? a : b, a < b ? b : a);
	}
}

/* With CPUs 0 and 1, only a hole outside of what runs can be made. */
static void reserve_refuses_hole(bool per_cpu)
{
	struct cpumask cpus;

	for (unsigned int hole = 1; hole + 1 < nr_cpu_ids; hole++) {
		cpumask_copy(&cpus, cpu_possible_mask);
		cpumask_clear_cpu(hole, &cpus);
		tap_equal(irq_reserve_ipi(suite_domain(per_cpu), &cpus),
			  -EINVAL, "a hole at cpu %u", hole);
	}
	irqkit_cpumask_single(&cpus, 0);
	cpumask_set_cpu(nr_cpu_ids - 1, &cpus);
	if (nr_cpu_ids > 2)
		tap_equal(irq_reserve_ipi(suite_domain(per_cpu), &cpus),
			  -EINVAL, "the first and the last CPU");
}

static void reserve_bad_arguments(bool per_cpu)
{
	struct irq_domain *domain = suite_domain(per_cpu);
	struct cpumask cpus;

	irqkit_cpumask_single(&cpus, 0);
	tap_equal(irq_reserve_ipi(NULL, &cpus), -EINVAL, "no domain");
	tap_equal(irq_reserve_ipi(domain, NULL), -EINVAL, "no mask");
	cpumask_clear(&cpus);
	tap_equal(irq_reserve_ipi(domain, &cpus), -EINVAL, "an empty mask");
	if (nr_cpu_ids == IRQKIT_NR_CPUS)
		return;
	irqkit_cpumask_single(&cpus, nr_cpu_ids);
	tap_equal(irq_reserve_ipi(domain, &cpus), -EINVAL, "cpu nr_cpu_ids");
	irqkit_cpumask_first_n(&cpus, nr_cpu_ids + 1);
	tap_equal(irq_reserve_ipi(domain, &cpus), -EINVAL,
		  "all possible CPUs and one more");
	irqkit_cpumask_single(&cpus, IRQKIT_NR_CPUS - 1);
	tap_equal(irq_reserve_ipi(domain, &cpus), -EINVAL,
		  "cpu IRQKIT_NR_CPUS - 1");
}

static void reserve_no_ipi_domain(bool per_cpu)
{
	static const struct irq_domain_ops none;
	const struct irq_domain_info info = {
		.name = "not for IPIs",
		.ops = &none,
	};
	struct irq_domain *domain = NULL;
	struct cpumask cpus;

	(void)per_cpu;
	irqkit_cpumask_single(&cpus, 0);
	tap_equal(irq_domain_create(&info, &domain), 0, "irq_domain_create()");
	tap_equal(irq_reserve_ipi(domain, &cpus), -EINVAL, "its result");
	tap_equal(irq_domain_remove(domain), 0, "irq_domain_remove()");
}

#define RESERVE_MAX 512U

static unsigned int reserve_all(bool per_cpu, const struct cpumask *cpus,
				unsigned int *bases)
{
	unsigned int count = 0;

	for (; count < RESERVE_MAX; count++) {
		unsigned int irqs = suite_count_irqs();
		int irq = irq_reserve_ipi(suite_domain(per_cpu), cpus);

		if (irq <= 0) {
			tap_equal(irq, -ENOSPC, "reserve %u", count + 1);
			tap_equal(suite_count_irqs(), irqs,
				  "irqs after a reserve that failed");
			break;
		}
		bases[count] = (unsigned int)irq;
	}
	tap_expect(count > 0, "one at least can be had");
	return count;
}

static void reserve_destroy_all(const struct cpumask *cpus,
				const unsigned int *bases, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		tap_equal(irq_destroy_ipi(bases[i], cpus), 0, "destroy %u", i);
}

/* The last reserve of all fails half-way where CPUs share a pool. */
static void reserve_exhausts(bool per_cpu)
{
	static unsigned int bases[RESERVE_MAX];
	struct cpumask cpus;
	unsigned int count;
	unsigned int again;

	suite_all_cpus(per_cpu, &cpus);
	count = reserve_all(per_cpu, &cpus, bases);
	reserve_destroy_all(&cpus, bases, count);
	again = reserve_all(per_cpu, &cpus, bases);
	tap_equal(again, count, "IPIs that can be had the second time");
	reserve_destroy_all(&cpus, bases, again);
}

/* Neither numbers of the library nor of the controller run out. */
static void reserve_many_times(bool per_cpu)
{
	unsigned int times = suite_share(per_cpu ? 8000 : 40000);
	unsigned int highest = 0;
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	for (unsigned int i = 0; i < times; i++) {
		int irq = irq_reserve_ipi(suite_domain(per_cpu), &cpus);

		if (!tap_expect(irq > 0, "reserve %u returned %d", i, irq))
			return;
		if ((unsigned int)irq > highest)
			highest = (unsigned int)irq;
		tap_equal(irq_destroy_ipi((unsigned int)irq, &cpus), 0,
			  "destroy %u", i);
	}
	tap_expect(highest < IRQKIT_NR_IRQS / 2,
		   "numbers are used again, the highest was %u", highest);
}

const struct ipi_test ipi_reserve_tests[] = {
	{"I1, I2: an IPI is reserved and destroyed", reserve_and_destroy,
	 IPI_BOTH, 1},
	{"I3: ipi_get_hwirq() knows each CPU of the IPI and no other",
	 reserve_hwirqs, IPI_BOTH, 1},
	{"I7, I8, I11: offset, no balancing, affinity of every irq",
	 reserve_describes, IPI_BOTH, 1},
	{"I9: single mode: one irq whatever the mask, holes allowed",
	 reserve_single_irq, IPI_SINGLE, 1},
	{"I10: per-CPU mode: one irq per CPU, in a row", reserve_irq_a_cpu,
	 IPI_PER_CPU, 1},
	{"I10: per-CPU mode: a mask with a hole is -EINVAL",
	 reserve_refuses_hole, IPI_PER_CPU, 1},
	{"I14: with no number left it is -ENOSPC, and all come back",
	 reserve_exhausts, IPI_BOTH, 1},
	{"I14: thousands of reserves and destroys leave nothing behind",
	 reserve_many_times, IPI_BOTH, 1},
	{"I15: NULL, an empty mask, a mask outside of the possible CPUs",
	 reserve_bad_arguments, IPI_BOTH, 1},
	{"I15: a domain that is not for IPIs", reserve_no_ipi_domain, IPI_BOTH,
	 1},
	{NULL, NULL, IPI_BOTH, 0},
};
