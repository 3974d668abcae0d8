/* SPDX-License-Identifier: MIT */
/*
 * The CPUs: their masks and the steps of their life. The kernel does not run
 * two of these steps at once; masks are changed atomically, as other CPUs
 * read them at any time.
 */
#include "internals.h"

unsigned int nr_cpu_ids;
struct cpumask irqkit_cpu_masks[5];

static struct irqkit_cpu_notifier *cpu_notifiers;

/* CPUs whose memory and hardware names are ready. */
static struct cpumask cpu_prepared;

const char IRQKIT_ABI = 0;

static struct cpumask *cpu_mask(unsigned int which)
{
	return &irqkit_cpu_masks[which];
}

int irqkit_init_with_abi(unsigned int nr_cpus, const char *abi)
{
	if (nr_cpus == 0 || nr_cpus > IRQKIT_NR_CPUS || abi != &IRQKIT_ABI)
		return -EINVAL;
	if (nr_cpu_ids != 0)
		return -EBUSY;
	if (irqkit_port_cpu() != 0)
		return -EINVAL;
	irqkit_desc_init(nr_cpus);
	irqkit_cpumask_first_n(cpu_mask(IRQKIT_CPU_POSSIBLE), nr_cpus);
	irqkit_cpumask_first_n(cpu_mask(IRQKIT_CPU_PRESENT), nr_cpus);
	cpumask_set_cpu(0, cpu_mask(IRQKIT_CPU_ONLINE));
	cpumask_set_cpu(0, cpu_mask(IRQKIT_CPU_ACTIVE));
	cpumask_set_cpu(0, &cpu_prepared);
	nr_cpu_ids = nr_cpus;
	return 0;
}

int irqkit_register_cpu_notifier(struct irqkit_cpu_notifier *notifier)
{
	struct irqkit_cpu_notifier **link = &cpu_notifiers;

	if (notifier == NULL)
		return -EINVAL;
	for (; *link != NULL; link = &(*link)->next) {
		if (*link == notifier)
			return -EEXIST;
	}
	notifier->next = NULL;
	*link = notifier;
	return 0;
}

static int cpu_notify_prepare(unsigned int cpu)
{
	struct irqkit_cpu_notifier *notifier;
	int error;

	for (notifier = cpu_notifiers; notifier; notifier = notifier->next) {
		if (notifier->prepare == NULL)
			continue;
		error = notifier->prepare(cpu);
		if (error != 0)
			return error;
	}
	return 0;
}

int irqkit_cpu_prepare(unsigned int cpu)
{
	int error;

	if (!cpu_possible(cpu) || irqkit_cpu_is_foreign(cpu))
		return -EINVAL;
	if (!cpu_present(cpu))
		return -ENODEV;
	if (cpu_online(cpu))
		return -EBUSY;
	error = cpu_notify_prepare(cpu);
	if (error != 0)
		return error;
	irqkit_cpumask_set_cpu_atomic(cpu, &cpu_prepared);
	return 0;
}

int irqkit_cpu_starting(unsigned int cpu)
{
	struct irqkit_cpu_notifier *notifier;
	int error;

	irqkit_assert(irqkit_port_irqs_disabled());
	if (!cpu_possible(cpu) || cpu != irqkit_port_cpu() ||
	    irqkit_cpu_is_foreign(cpu) || !cpumask_test_cpu(cpu, &cpu_prepared))
		return -EINVAL;
	if (cpu_online(cpu))
		return -EBUSY;
	for (notifier = cpu_notifiers; notifier; notifier = notifier->next) {
		if (notifier->starting == NULL)
			continue;
		error = notifier->starting(cpu);
		if (error != 0)
			return error;
	}
	/* Pairs with ipi_order_after_verify(), src/ipi.c. */
	irqkit_cpumask_set_cpu_atomic(cpu, cpu_mask(IRQKIT_CPU_ONLINE));
	return 0;
}

int irqkit_cpu_online(unsigned int cpu)
{
	struct irqkit_cpu_notifier *notifier;

	if (!cpu_possible(cpu))
		return -EINVAL;
	if (!cpu_online(cpu))
		return -ENXIO;
	irqkit_cpumask_set_cpu_atomic(cpu, cpu_mask(IRQKIT_CPU_ACTIVE));
	for (notifier = cpu_notifiers; notifier; notifier = notifier->next) {
		if (notifier->online != NULL)
			notifier->online(cpu);
	}
	return 0;
}

static void cpu_assign(unsigned int cpu, unsigned int which, bool value)
{
	if (value)
		irqkit_cpumask_set_cpu_atomic(cpu, cpu_mask(which));
	else
		irqkit_cpumask_clear_cpu_atomic(cpu, cpu_mask(which));
}

int irqkit_set_cpu_present(unsigned int cpu, bool present)
{
	if (!cpu_possible(cpu))
		return -EINVAL;
	if (cpu_online(cpu))
		return -EBUSY;
	cpu_assign(cpu, IRQKIT_CPU_PRESENT, present);
	/* It may come back as another one. */
	irqkit_cpumask_clear_cpu_atomic(cpu, &cpu_prepared);
	return 0;
}

int irqkit_set_cpu_foreign(unsigned int cpu, bool foreign)
{
	int error;

	if (!cpu_possible(cpu))
		return -EINVAL;
	if (cpu_online(cpu))
		return -EBUSY;
	if (foreign) {
		error = cpu_notify_prepare(cpu);
		if (error != 0)
			return error;
	}
	cpu_assign(cpu, IRQKIT_CPU_FOREIGN, foreign);
	return 0;
}
