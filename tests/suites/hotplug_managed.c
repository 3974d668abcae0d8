/* SPDX-License-Identifier: MIT */
/* What becomes of managed interrupts, one step at a time. */
#include "hotplug.h"

static void managed_fire(struct source *source)
{
	if (!tap_is_good())
		return;
	source_hold(source);
	source_probe(source);
	source_release(source);
	hotplug_tell(source->irq);
}

/* Where it goes; SUITE_NONE: nowhere. */
static unsigned int managed_cpu(const struct source *source)
{
	struct cpumask effective;

	source_effective(source, &effective);
	return cpumask_empty(&effective) ? SUITE_NONE
					 : cpumask_first(&effective);
}

/* H5, H9. */
static void managed_one_cpu(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_MANAGED, hotplug_mask(cpu));
	struct cpumask mask;

	if (source == NULL)
		return;
	managed_fire(source);
	tap_equal(irq_set_affinity(source->irq, cpu_online_mask), -EPERM,
		  "irq_set_affinity()");
	hotplug_down(cpu);
	hotplug_expect_only(IRQKIT_RECEIPT_SHUT_DOWN, 1);
	tap_expect(source_is_down(source), "it is down");
	tap_equal(irq_get_affinity(source->irq, &mask), 0,
		  "irq_get_affinity()");
	tap_expect(cpumask_equal(&mask, &source->asked), "its mask is kept");
	hotplug_up(cpu);
	tap_expect(!source_is_down(source), "it is back");
	tap_equal(managed_cpu(source), cpu, "where it goes");
	managed_fire(source);
	hotplug_rest();
}

/* HZ16: the depth is taken back once. */
static void managed_two_cpus(void)
{
	unsigned int a = hotplug_cpu(0);
	unsigned int b = hotplug_cpu(1);
	struct source *source = hotplug_open(SOURCE_MANAGED,
					     hotplug_mask_two(a, b));
	unsigned int first, second;

	if (source == NULL)
		return;
	for (unsigned int i = 0; i < 4 && tap_is_good(); i++) {
		first = managed_cpu(source);
		second = first == a ? b : a;
		hotplug_down(first);
		hotplug_expect_only(IRQKIT_RECEIPT_MOVED, 1);
		tap_equal(managed_cpu(source), second, "where it goes");
		managed_fire(source);
		hotplug_down(second);
		hotplug_expect_only(IRQKIT_RECEIPT_SHUT_DOWN, 1);
		hotplug_up(i % 2 == 0 ? first : second);
		managed_fire(source);
		hotplug_up_all();
		managed_fire(source);
	}
	tap_equal(enable_irq(source->irq), -EINVAL,
		  "enable_irq() of what is not disabled");
	hotplug_rest();
}

/* HZ15, HZ19: to be disabled and to be down are two reasons. */
static void managed_disabled(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_MANAGED, hotplug_mask(cpu));
	struct irq_data *data;

	if (source == NULL)
		return;
	data = irq_get_irq_data(source->irq);
	tap_equal(disable_irq(source->irq), 0, "disable_irq()");
	hotplug_down(cpu);
	tap_expect(source_is_down(source), "it is down");
	hotplug_up(cpu);
	tap_expect(irqd_irq_disabled(data), "it is still disabled");
	tap_equal(enable_irq(source->irq), 0, "enable_irq()");
	tap_expect(!irqd_irq_disabled(data), "it is enabled");
	managed_fire(source);
	hotplug_down(cpu);
	tap_equal(disable_irq(source->irq), 0, "disable_irq() while down");
	tap_equal(enable_irq(source->irq), 0, "enable_irq() while down");
	tap_expect(!irqd_is_started(data), "that does not start it");
	hotplug_up(cpu);
	tap_expect(irqd_is_started(data), "it is started");
	managed_fire(source);
	hotplug_rest();
}

/* It is requested when no CPU of its mask is there, and freed so too. */
static void managed_late(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source;

	if (!hotplug_down(cpu))
		return;
	source = hotplug_open(SOURCE_MANAGED, hotplug_mask(cpu));
	if (source == NULL) {
		hotplug_up(cpu);
		return;
	}
	tap_expect(source_is_down(source), "it is down");
	source_hold(source);
	hotplug_up(cpu);
	tap_expect(!source_is_down(source), "it is started");
	managed_fire(source);
	hotplug_rest();
	hotplug_down(cpu);
	hotplug_close_all();
	hotplug_up(cpu);
}

/* H6, HZ16: by itself it starts nothing that has no CPU, and nothing twice. */
static void managed_by_hand(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_MANAGED, hotplug_mask(cpu));

	if (source == NULL)
		return;
	tap_equal(irq_affinity_online_cpu(cpu), 0, "it runs already");
	tap_equal(managed_cpu(source), cpu, "where it goes");
	managed_fire(source);
	hotplug_down(cpu);
	tap_equal(irq_affinity_online_cpu(cpu), -ENXIO, "its CPU is away");
	tap_equal(irq_affinity_online_cpu(irqkit_port_cpu()), 0, "another CPU");
	tap_expect(source_is_down(source), "it is still down");
	hotplug_up(cpu);
	tap_equal(irq_affinity_online_cpu(cpu), 0, "it is back already");
	tap_equal(irq_affinity_online_cpu(nr_cpu_ids), -EINVAL, "no CPU");
	managed_fire(source);
	tap_equal(enable_irq(source->irq), -EINVAL,
		  "enable_irq() of what is not disabled");
	hotplug_rest();
}

/* H4, H12: the isolated CPUs get it only while no other CPU of its mask is
 * there. */
static void managed_isolated(void)
{
	struct cpumask isolated, others;
	struct source *source;
	unsigned int cpu;

	cpumask_andnot(&isolated, &hotplug_movable,
		       housekeeping_cpumask(HK_TYPE_MANAGED_IRQ));
	cpumask_andnot(&others, &hotplug_movable, &isolated);
	if (cpumask_empty(&isolated) || cpumask_empty(&others)) {
		tap_skip("an isolated CPU and another one are needed");
		return;
	}
	source = hotplug_open(SOURCE_MANAGED, &hotplug_movable);
	if (source == NULL)
		return;
	managed_fire(source);
	for_each_cpu (cpu, &others) {
		tap_expect(cpumask_test_cpu(managed_cpu(source), &others),
			   "it is at cpu %u", managed_cpu(source));
		hotplug_down(cpu);
		managed_fire(source);
	}
	tap_expect(cpumask_test_cpu(managed_cpu(source), &isolated),
		   "it is at cpu %u", managed_cpu(source));
	hotplug_up(cpumask_first(&others));
	tap_equal(managed_cpu(source), cpumask_first(&others), "where it goes");
	managed_fire(source);
	hotplug_up_all();
	hotplug_rest();
}

const struct hotplug_test hotplug_managed_tests[] = {
	{"H5 H9: managed, it is shut down with its CPU and comes back",
	 managed_one_cpu, 1, HOTPLUG_NEEDS_NOTHING},
	{"H9 HZ16: managed, it moves, goes down with the last CPU, comes back",
	 managed_two_cpus, 2, HOTPLUG_NEEDS_NOTHING},
	{"HZ15 HZ19: managed and disabled, it needs both to be taken back",
	 managed_disabled, 1, HOTPLUG_NEEDS_NOTHING},
	{"H5 HZ18: managed, it is requested and freed without a CPU",
	 managed_late, 1, HOTPLUG_NEEDS_NOTHING},
	{"H6 HZ16: managed, irq_affinity_online_cpu() once more, and too early",
	 managed_by_hand, 1, HOTPLUG_NEEDS_NOTHING},
	{"H4 H12: managed, it stays off isolated CPUs", managed_isolated, 2,
	 HOTPLUG_NEEDS_ISOLATION},
	{.name = NULL},
};
