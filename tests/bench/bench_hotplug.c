/* SPDX-License-Identifier: MIT */
/*
 * A CPU that goes offline and comes back, with interrupts of a controller that
 * does nothing: what is active, and what of that is aimed at the CPU.
 */
#include "bench/bench.h"

#define HOTPLUG_CPU  2U /* the one that goes */
#define HOTPLUG_MOST 10000U

static unsigned int hotplug_first;
static struct irq_domain *hotplug_domain;
static struct cpumask hotplug_mask;  /* where they are aimed at first */
static struct cpumask hotplug_other; /* the others' */
static struct irq_affinity_desc hotplug_managed[HOTPLUG_MOST];

static void hotplug_chip_nothing(struct irq_data *data)
{
	(void)data;
}

static int hotplug_chip_set_affinity(struct irq_data *data,
				     const struct cpumask *mask)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, cpumask_last(mask));
	irq_data_update_effective_affinity(data, &one);
	return 0;
}

static const struct irq_chip hotplug_chip = {
	.name = "bench",
	.irq_eoi = hotplug_chip_nothing,
	.irq_mask = hotplug_chip_nothing,
	.irq_unmask = hotplug_chip_nothing,
	.irq_set_affinity = hotplug_chip_set_affinity,
};

static int hotplug_alloc(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i, &hotplug_chip, NULL,
				    handle_fasteoi_irq);
	return 0;
}

static void hotplug_free(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static irqreturn_t hotplug_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void hotplug_make(unsigned int nr,
			 const struct irq_affinity_desc *affinity)
{
	static const struct irq_domain_ops ops = {
		.alloc = hotplug_alloc,
		.free = hotplug_free,
	};
	const struct irq_domain_info info = {
		.name = "bench",
		.size = nr,
		.ops = &ops,
	};

	bench_check("irq_domain_create",
		    irq_domain_create(&info, &hotplug_domain));
	hotplug_first = bench_check(
		"irq_domain_alloc_irqs",
		irq_domain_alloc_irqs_affinity(hotplug_domain, nr, NUMA_NO_NODE,
					       NULL, affinity));
	for (unsigned int irq = hotplug_first; irq < hotplug_first + nr;
	     irq++) {
		bench_check("irq_set_status_flags",
			    irq_set_status_flags(irq, IRQ_MOVE_PCNTXT));
		bench_check("request_irq", request_irq(irq, hotplug_handler, 0,
						       "bench", NULL));
	}
}

static void hotplug_unmake(unsigned int nr)
{
	for (unsigned int irq = hotplug_first; irq < hotplug_first + nr; irq++)
		bench_check("free_irq", free_irq(irq, NULL));
	bench_check("irq_domain_free_irqs",
		    irq_domain_free_irqs(hotplug_first, nr));
	bench_check("irq_domain_remove", irq_domain_remove(hotplug_domain));
}

/* The first @affected at the CPU, the others elsewhere. */
static void hotplug_aim(unsigned int nr, unsigned int affected)
{
	for (unsigned int i = 0; i < nr; i++)
		bench_check("irq_set_affinity",
			    irq_set_affinity(hotplug_first + i,
					     i < affected ? &hotplug_mask
							  : &hotplug_other));
}

static uint64_t hotplug_count_offline(void)
{
	uint64_t start = arch_ticks();
	int error = irqkit_cpu_offline(HOTPLUG_CPU, NULL);
	uint64_t took = arch_ticks() - start;

	bench_check("irqkit_cpu_offline", error);
	return took;
}

static uint64_t hotplug_count_online(void)
{
	uint64_t start = arch_ticks();
	int error = irqkit_cpu_online(HOTPLUG_CPU);
	uint64_t took = arch_ticks() - start;

	bench_check("irqkit_cpu_online", error);
	return took;
}

static uint64_t hotplug_irqs_off;

/* On the CPU: what the last phase does with interrupts off. */
static void hotplug_last_phase(void *argument)
{
	uint64_t start;

	(void)argument;
	arch_irq_disable();
	start = arch_ticks();
	irq_migrate_all_off_this_cpu(NULL);
	hotplug_irqs_off = arch_ticks() - start;
	arch_irq_enable();
}

static void hotplug_offline(unsigned int nr, unsigned int affected,
			    unsigned int goal, bool each)
{
	char name[64];
	uint64_t took;

	hotplug_make(nr, NULL);
	hotplug_aim(nr, affected);
	took = hotplug_count_offline();
	run_on_cpu(HOTPLUG_CPU, hotplug_last_phase, NULL);
	hotplug_count_online();
	format_text(name, sizeof(name), "offline/%u-of-%u%s", affected, nr,
		    each ? "-each" : "");
	bench_print(name, each ? took / affected : took, goal);
	format_text(name, sizeof(name), "offline-irqs-off/%u-of-%u", affected,
		    nr);
	bench_print(name, hotplug_irqs_off, 20000);
	hotplug_unmake(nr);
}

/* @managed of them have the CPU in their mask, and others that run. */
static void hotplug_online(unsigned int nr, unsigned int managed,
			   unsigned int goal)
{
	char name[64];

	for (unsigned int i = 0; i < nr; i++) {
		cpumask_copy(&hotplug_managed[i].mask,
			     i < managed ? &hotplug_mask : &hotplug_other);
		hotplug_managed[i].is_managed = i < managed;
	}
	hotplug_make(nr, hotplug_managed);
	hotplug_count_offline();
	format_text(name, sizeof(name), "online/%u-managed-of-%u", managed, nr);
	bench_print(name, hotplug_count_online(), goal);
	hotplug_unmake(nr);
}

void bench_hotplug(void)
{
	cpumask_clear(&hotplug_mask);
	cpumask_set_cpu(1, &hotplug_mask);
	cpumask_set_cpu(HOTPLUG_CPU, &hotplug_mask);
	irqkit_cpumask_single(&hotplug_other, 3);

	hotplug_offline(10, 10, BENCH_NO_GOAL, false);
	hotplug_offline(100, 10, BENCH_NO_GOAL, false);
	hotplug_offline(1000, 10, BENCH_NO_GOAL, false);
	hotplug_offline(10000, 10, 4000, false);
	hotplug_offline(1000, 1000, 250, true);
	hotplug_offline(10000, 10000, 250, true);
	hotplug_online(10000, 0, 2000);
	hotplug_online(10000, 10, BENCH_NO_GOAL);
	hotplug_online(10000, 1000, BENCH_NO_GOAL);
	hotplug_online(10000, 10000, BENCH_NO_GOAL);
}
