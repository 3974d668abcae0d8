/* SPDX-License-Identifier: MIT */
/*
 * The CPUs: their masks and the steps of their life. The kernel does not run
 * two of these steps at once; masks are changed atomically, as other CPUs
 * read them at any time.
 */
#include "internals.h"

unsigned int nr_cpu_ids;
struct cpumask irqkit_cpu_masks[5];

/* In the order of registration, and the last one. */
static struct irqkit_cpu_notifier *cpu_notifiers;
static struct irqkit_cpu_notifier *cpu_last_notifier;

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
	if (irqkit_port_cpu() != 0 || !irqkit_port_irqs_disabled())
		return -EINVAL;
	if (irqkit_trace_prepare(0) != 0 || irqkit_target_init(nr_cpus) != 0)
		return -ENOMEM;
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
	struct irqkit_cpu_notifier *other = cpu_notifiers;

	if (notifier == NULL)
		return -EINVAL;
	for (; other != NULL; other = other->next) {
		if (other == notifier)
			return -EEXIST;
	}
	notifier->next = NULL;
	notifier->previous = cpu_last_notifier;
	if (cpu_last_notifier != NULL)
		cpu_last_notifier->next = notifier;
	else
		cpu_notifiers = notifier;
	cpu_last_notifier = notifier;
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
	error = irqkit_trace_prepare(cpu);
	if (error == 0)
		error = cpu_notify_prepare(cpu);
	if (error != 0)
		return error;
	irqkit_cpumask_set_cpu_atomic(cpu, &cpu_prepared);
	irqkit_trace(IRQKIT_TRACE_CPU_PREPARE, 0, cpu, 0);
	return 0;
}

/* Down from @notifier; NULL: there is nobody. */
static void cpu_notify_dying(struct irqkit_cpu_notifier *notifier,
			     unsigned int cpu)
{
	for (; notifier != NULL; notifier = notifier->previous) {
		if (notifier->dying != NULL)
			notifier->dying(cpu);
	}
}

static int cpu_notify_starting(unsigned int cpu)
{
	struct irqkit_cpu_notifier *notifier;
	int error;

	for (notifier = cpu_notifiers; notifier; notifier = notifier->next) {
		if (notifier->starting == NULL)
			continue;
		error = notifier->starting(cpu);
		if (error != 0) {
			cpu_notify_dying(notifier->previous, cpu);
			return error;
		}
	}
	return 0;
}

int irqkit_cpu_starting(unsigned int cpu)
{
	int error;

	if (!cpu_possible(cpu) || cpu != irqkit_port_cpu() ||
	    irqkit_cpu_is_foreign(cpu) ||
	    !cpumask_test_cpu(cpu, &cpu_prepared) ||
	    !irqkit_port_irqs_disabled())
		return -EINVAL;
	if (cpu_online(cpu))
		return -EBUSY;
	error = cpu_notify_starting(cpu);
	if (error != 0)
		return error;
	/* Pairs with ipi_order_after_verify(), src/ipi.c. */
	irqkit_cpumask_set_cpu_atomic(cpu, cpu_mask(IRQKIT_CPU_ONLINE));
	irqkit_trace(IRQKIT_TRACE_CPU_STARTING, 0, cpu, 0);
	return 0;
}

/* Up from @notifier; NULL: there is nobody. */
static void cpu_notify_online(struct irqkit_cpu_notifier *notifier,
			      unsigned int cpu)
{
	for (; notifier != NULL; notifier = notifier->next) {
		if (notifier->online != NULL)
			notifier->online(cpu);
	}
}

int irqkit_cpu_online(unsigned int cpu)
{
	if (!cpu_possible(cpu))
		return -EINVAL;
	if (!cpu_online(cpu))
		return -ENXIO;
	irqkit_cpumask_set_cpu_atomic(cpu, cpu_mask(IRQKIT_CPU_ACTIVE));
	irqkit_trace(IRQKIT_TRACE_CPU_ONLINE, 0, cpu, 0);
	irqkit_hotplug_online(cpu);
	cpu_notify_online(cpu_notifiers, cpu);
	return 0;
}

static int cpu_check_offline(unsigned int cpu)
{
	if (!cpu_possible(cpu))
		return -EINVAL;
	if (!cpu_active(cpu))
		return -ENXIO;
	if (cpumask_weight(cpu_active_mask) == 1)
		return -EBUSY;
	return irqkit_in_dispatch() ? -EDEADLK : 0;
}

/* Down; an error takes back the steps that were done. */
static int cpu_notify_offline(unsigned int cpu)
{
	struct irqkit_cpu_notifier *notifier = cpu_last_notifier;
	int error;

	for (; notifier != NULL; notifier = notifier->previous) {
		if (notifier->offline == NULL)
			continue;
		error = notifier->offline(cpu);
		if (error != 0) {
			irqkit_cpumask_set_cpu_atomic(
				cpu, cpu_mask(IRQKIT_CPU_ACTIVE));
			irqkit_hotplug_online(cpu);
			cpu_notify_online(notifier->next, cpu);
			return error;
		}
	}
	return 0;
}

int irqkit_cpu_offline(unsigned int cpu, struct irqkit_receipt *receipt)
{
	int error = cpu_check_offline(cpu);

	if (error != 0)
		return error;
	irqkit_cpumask_clear_cpu_atomic(cpu, cpu_mask(IRQKIT_CPU_ACTIVE));
	irqkit_trace(IRQKIT_TRACE_CPU_OFFLINE, 0, cpu, 0);
	irqkit_hotplug_offline(cpu, false, receipt);
	return cpu_notify_offline(cpu);
}

static int cpu_check_dying(unsigned int cpu)
{
	if (cpu != irqkit_port_cpu() || !cpu_possible(cpu) ||
	    !irqkit_port_irqs_disabled())
		return -EINVAL;
	if (cpu_active(cpu))
		return -EBUSY;
	if (!cpu_online(cpu))
		return -ENXIO;
	return irqkit_in_dispatch_irq_off() ? -EDEADLK : 0;
}

int irqkit_cpu_dying(unsigned int cpu, struct irqkit_receipt *receipt)
{
	int error = cpu_check_dying(cpu);

	if (error != 0)
		return error;
	irqkit_cpumask_clear_cpu_atomic(cpu, cpu_mask(IRQKIT_CPU_ONLINE));
	irqkit_trace(IRQKIT_TRACE_CPU_DYING, 0, cpu, 0);
	irqkit_hotplug_offline(cpu, true, receipt);
	cpu_notify_dying(cpu_last_notifier, cpu);
	return 0;
}

int irqkit_cpu_dead(unsigned int cpu)
{
	struct irqkit_cpu_notifier *notifier = cpu_last_notifier;

	if (!cpu_possible(cpu))
		return -EINVAL;
	if (cpu_online(cpu))
		return -EBUSY;
	for (; notifier != NULL; notifier = notifier->previous) {
		if (notifier->dead != NULL)
			notifier->dead(cpu);
	}
	irqkit_cpumask_clear_cpu_atomic(cpu, &cpu_prepared);
	irqkit_hotplug_dead(cpu);
	irqkit_trace(IRQKIT_TRACE_CPU_DEAD, 0, cpu, 0);
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
