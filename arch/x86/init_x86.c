/* SPDX-License-Identifier: MIT */
/*
 * The backend as the kernel sees it: its start, what it does for each CPU
 * that comes, and its counts. No lock: all but the counts runs at boot or as
 * a step of a CPU's life.
 */
#include <irqkit/cpuhotplug.h>
#include <irqkit/print.h>
#include "ipi_x86.h"
#include "movable.h"
#include "shorthand.h"

static bool init_x86_done;

static int init_x86_prepare(unsigned int cpu)
{
	int error = irqkit_apic_prepare(cpu);

	irqkit_shorthand_update(irqkit_apic->many_writes());
	return error;
}

static void init_x86_online(unsigned int cpu)
{
	(void)cpu;
	irqkit_shorthand_update(irqkit_apic->many_writes());
}

/* The vectors of a CPU are given away only if its local APIC is on. */
static int init_x86_starting(unsigned int cpu)
{
	int error = irqkit_apic_start(cpu);

	return error != 0 ? error : irqkit_movable_starting(cpu);
}

/* It was active until now, and will not be online soon. */
static int init_x86_offline(unsigned int cpu)
{
	(void)cpu;
	irqkit_shorthand_update(irqkit_apic->many_writes());
	return 0;
}

/* The local APIC is switched off last (HZ2). */
static void init_x86_dying(unsigned int cpu)
{
	irqkit_movable_dying(cpu);
	irqkit_apic_stop();
}

static struct irqkit_cpu_notifier init_x86_notifier = {
	.name = "local APIC",
	.prepare = init_x86_prepare,
	.starting = init_x86_starting,
	.online = init_x86_online,
	.offline = init_x86_offline,
	.dying = init_x86_dying,
};

static void init_x86_free_cpus(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (irqkit_apic_cpus[cpu] != NULL)
			irqkit_port_free(irqkit_apic_cpus[cpu],
					 sizeof(*irqkit_apic_cpus[cpu]));
		irqkit_apic_cpus[cpu] = NULL;
	}
}

/*
 * Of all possible CPUs: an IPI may be reserved for CPUs that come later, and
 * has its vector there already.
 */
static int init_x86_alloc_cpus(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct irqkit_apic_cpu *made = irqkit_port_alloc(
			sizeof(*made), __alignof__(struct irqkit_apic_cpu));

		if (made == NULL) {
			init_x86_free_cpus();
			return -ENOMEM;
		}
		made->cpu = cpu;
		irqkit_apic_cpus[cpu] = made;
	}
	return 0;
}

static int init_x86_start(void)
{
	int error = irqkit_ipi_x86_init();

	if (error == 0)
		error = irqkit_movable_init();
	if (error == 0)
		error = irqkit_apic_prepare(0);
	if (error == 0)
		error = irqkit_apic_start(0);
	if (error == 0)
		error = irqkit_register_cpu_notifier(&init_x86_notifier);
	if (error != 0) {
		irqkit_movable_exit();
		irqkit_ipi_x86_exit();
	}
	return error;
}

static void init_x86_describe(void)
{
	uint32_t version = irqkit_apic->read(APIC_VERSION);

	irqkit_log(IRQKIT_LOG_INFO,
		   "irqkit: local APIC version 0x%x in %s mode, %u LVT "
		   "entries, masks by %s",
		   APIC_VERSION_NUMBER(version), irqkit_apic->name,
		   APIC_VERSION_MAX_LVT(version) + 1, irqkit_apic->describe());
}

static bool init_x86_config_is_valid(const struct irqkit_x86_config *config)
{
	return config != NULL && cpu_online(0) &&
	       config->nr_ioapics <= IRQKIT_X86_MAX_IOAPICS &&
	       config->nr_overrides <= IRQKIT_X86_MAX_OVERRIDES &&
	       (!config->lint_nmi.valid || config->lint_nmi.pin <= 1);
}

int irqkit_x86_init(const struct irqkit_x86_config *config)
{
	int error;

	if (!init_x86_config_is_valid(config))
		return -EINVAL;
	if (init_x86_done)
		return -EBUSY;
	error = irqkit_apic_choose(config);
	if (error != 0)
		return error;
	error = init_x86_alloc_cpus();
	if (error != 0)
		return error;
	error = init_x86_start();
	if (error != 0) {
		init_x86_free_cpus();
		return error;
	}
	irqkit_shorthand_init(config->all_cpus_listed);
	irqkit_shorthand_update(irqkit_apic->many_writes());
	init_x86_done = true;
	init_x86_describe();
	return 0;
}

bool irqkit_x86_is_x2apic(void)
{
	return irqkit_apic != NULL && irqkit_apic->x2apic;
}

void irqkit_x86_get_stats(struct irqkit_x86_stats *stats)
{
	struct irqkit_x86_stats sum = {0};

	if (stats == NULL)
		return;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];

		if (local == NULL)
			continue;
		sum.icr_writes += __atomic_load_n(&local->sent,
						  __ATOMIC_RELAXED);
		sum.spurious += __atomic_load_n(&local->spurious,
						__ATOMIC_RELAXED);
		sum.unexpected += __atomic_load_n(&local->unexpected,
						  __ATOMIC_RELAXED);
		sum.errors += __atomic_load_n(&local->errors, __ATOMIC_RELAXED);
	}
	*stats = sum;
}
