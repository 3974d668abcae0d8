/* SPDX-License-Identifier: MIT */
/* What becomes of interrupts that are not managed, one step at a time. */
#include "hotplug.h"

/* Some events, one after the other. */
static void moves_fire(struct source *source)
{
	for (unsigned int i = 0; i < 3 && tap_is_good(); i++) {
		source_hold(source);
		source_probe(source);
		source_release(source);
	}
	hotplug_tell(source->irq);
}

static void moves_expect_at(const struct source *source, unsigned int cpu)
{
	struct cpumask effective;

	source_effective(source, &effective);
	tap_equal(cpumask_first(&effective), cpu, "where irq %u goes",
		  source->irq);
}

/* H15. */
static void moves_each_cpu(void)
{
	unsigned int nr = suite_nr_online();
	unsigned int cpu;

	for_each_cpu (cpu, &hotplug_movable) {
		if (!hotplug_down(cpu))
			return;
		tap_equal(suite_nr_online(), nr - 1, "CPUs online");
		hotplug_expect_only(IRQKIT_RECEIPT_MOVED, 0);
		hotplug_up(cpu);
		tap_equal(suite_nr_online(), nr, "CPUs online");
	}
}

static void moves_all_cpus(void)
{
	unsigned int nr = suite_nr_online();
	unsigned int cpu;

	for_each_cpu (cpu, &hotplug_movable)
		hotplug_down(cpu);
	tap_equal(suite_nr_online(), nr - cpumask_weight(&hotplug_movable),
		  "CPUs that are left");
	hotplug_up_all();
	tap_equal(suite_nr_online(), nr, "CPUs online");
}

/* H1, H7. */
static void moves_others_stay(void)
{
	unsigned int a = hotplug_cpu(0);
	unsigned int b = hotplug_cpu(1);
	struct source *source = hotplug_open(SOURCE_BOUND,
					     hotplug_mask_two(a, b));
	struct source *other = hotplug_open(SOURCE_BOUND,
					    hotplug_mask(irqkit_port_cpu()));
	struct cpumask effective;
	unsigned int cpu;

	if (source == NULL || other == NULL)
		return;
	moves_fire(source);
	moves_fire(other);
	source_effective(source, &effective);
	cpu = cpumask_first(&effective);
	hotplug_down(cpu);
	hotplug_expect_only(IRQKIT_RECEIPT_MOVED, 1);
	moves_expect_at(source, cpu == a ? b : a);
	moves_fire(source);
	moves_fire(other);
	hotplug_up(cpu);
	moves_expect_at(source, cpu == a ? b : a);
	hotplug_rest();
}

/* H8: it stays outside of its affinity until somebody aims it again. */
static void moves_broken(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_BOUND, hotplug_mask(cpu));
	struct cpumask mask;

	if (source == NULL)
		return;
	moves_fire(source);
	moves_expect_at(source, cpu);
	hotplug_down(cpu);
	hotplug_expect_only(IRQKIT_RECEIPT_BROKEN, 1);
	tap_equal(irq_get_affinity(source->irq, &mask), 0,
		  "irq_get_affinity()");
	tap_expect(cpumask_equal(&mask, &source->asked),
		   "what was asked for is kept");
	moves_fire(source);
	tap_equal(irq_set_affinity(source->irq, hotplug_mask(cpu)), -EINVAL,
		  "irq_set_affinity() to a CPU that is offline");
	hotplug_up(cpu);
	tap_equal(irq_set_affinity(source->irq, hotplug_mask(cpu)), 0,
		  "irq_set_affinity()");
	hotplug_rest();
	moves_expect_at(source, cpu);
}

/* From CPU to CPU, as each of them goes. */
static void moves_chased(void)
{
	struct source *source = hotplug_open(SOURCE_FREE, NULL);
	struct cpumask effective;

	for (unsigned int i = 0; source != NULL && i < 4 * nr_cpu_ids; i++) {
		unsigned int cpu;

		source_effective(source, &effective);
		cpu = cpumask_first(&effective);
		if (!cpumask_test_cpu(cpu, &hotplug_movable) || !tap_is_good())
			break;
		hotplug_down(cpu);
		moves_fire(source);
	}
	hotplug_up_all();
	hotplug_rest();
}

/* HZ12: nobody requested it, or nobody lets it through. */
static void moves_not_started(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_BOUND, hotplug_mask(cpu));
	int irq = irq_domain_alloc_irqs(suite_devices(), 1, NUMA_NO_NODE, NULL);

	if (source == NULL || !tap_expect(irq > 0, "allocate: %d", irq))
		return;
	tap_equal(irq_set_affinity((unsigned int)irq, hotplug_mask(cpu)), 0,
		  "irq_set_affinity() of one that nobody requested");
	tap_equal(disable_irq(source->irq), 0, "disable_irq()");
	hotplug_down(cpu);
	hotplug_expect_only(IRQKIT_RECEIPT_BROKEN, 1);
	tap_equal(enable_irq(source->irq), 0, "enable_irq()");
	moves_fire(source);
	hotplug_up(cpu);
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0, "free");
	hotplug_rest();
}

/* One that is raised, and that its CPU cannot take any more. */
static void moves_latch(void *argument)
{
	struct source *source = argument;

	tap_expect(source_fire(source, 0), "it is raised");
}

/* HZ1: the CPU has interrupts off when the event comes, and then goes. */
static void moves_latched(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_BOUND, hotplug_mask(cpu));
	struct irqkit_receipt receipt = {.room = 0};

	if (source == NULL)
		return;
	for (unsigned int i = 0; i < 5 && tap_is_good(); i++) {
		moves_fire(source);
		moves_expect_at(source, cpu);
		tap_equal(
			suite_cpu_down_deaf(cpu, &receipt, moves_latch, source),
			0, "cpu %u goes down", cpu);
		tap_equal(receipt.count[IRQKIT_RECEIPT_BROKEN], i + 1,
			  "interrupts that were moved");
		tap_equal(receipt.count[IRQKIT_RECEIPT_FORWARDED],
			  suite_latches_at_cpus() ? i + 1 : 0,
			  "interrupts that were forwarded");
		tap_equal(receipt.count[IRQKIT_RECEIPT_STUCK], 0,
			  "interrupts that are stuck");
		source_hold(source);
		source_balance(source);
		source_release(source);
		hotplug_up(cpu);
		tap_equal(irq_set_affinity(source->irq, hotplug_mask(cpu)), 0,
			  "irq_set_affinity()");
		hotplug_tell(source->irq);
	}
	hotplug_rest();
}

/* HZ5: it left the CPU, and no event has ended the move when that goes. */
static void moves_left_before(void)
{
	unsigned int cpu = hotplug_cpu(0);
	unsigned int self = irqkit_port_cpu();
	struct source *source = hotplug_open(SOURCE_ROAMING, hotplug_mask(cpu));

	for (unsigned int i = 0; source != NULL && i < 5; i++) {
		moves_fire(source);
		tap_equal(irq_set_affinity(source->irq, hotplug_mask(self)), 0,
			  "irq_set_affinity()");
		hotplug_down(cpu);
		moves_fire(source);
		hotplug_up(cpu);
		tap_equal(irq_set_affinity(source->irq, hotplug_mask(cpu)), 0,
			  "irq_set_affinity()");
	}
	hotplug_rest();
}

const struct hotplug_test hotplug_step_tests[] = {
	{"H15: each CPU goes offline and comes back", moves_each_cpu, 1,
	 HOTPLUG_NEEDS_NOTHING},
	{"H15: all CPUs but one are offline at a time", moves_all_cpus, 2,
	 HOTPLUG_NEEDS_NOTHING},
	{"H1 H7: what is aimed at the CPU moves, and nothing else",
	 moves_others_stay, 2, HOTPLUG_NEEDS_NOTHING},
	{"H8: without a CPU of its affinity it goes to another one",
	 moves_broken, 1, HOTPLUG_NEEDS_NOTHING},
	{"H2: it moves each time that its CPU goes", moves_chased, 1,
	 HOTPLUG_NEEDS_NOTHING},
	{"H7 HZ12: what is disabled moves, what was never started stays",
	 moves_not_started, 1, HOTPLUG_NEEDS_NOTHING},
	{"HZ1: what the CPU can take no more is handled once, elsewhere",
	 moves_latched, 1, HOTPLUG_NEEDS_NOTHING},
	{"H11 HZ5: the CPU that it has just left goes", moves_left_before, 1,
	 HOTPLUG_NEEDS_NOTHING},
	{.name = NULL},
};
