/* SPDX-License-Identifier: MIT */
/*
 * CPUs that have room for so many interrupts and no more: what does not fit,
 * and that all of it is had again.
 */
#include "hotplug.h"
#include <irqkit/irqdomain.h>

/* More than a CPU takes. */
#define ROOM_MOST 512U

/* Interrupts that lose their room. */
#define ROOM_HOMELESS 6U

/* Those that fill a CPU up, and the calls of their handler. */
static unsigned int room_irqs[ROOM_MOST];
static unsigned int room_nr;
static unsigned int room_calls;

static irqreturn_t room_handler(unsigned int irq, void *dev_id)
{
	if (irq == *(const unsigned int *)dev_id)
		__atomic_fetch_add(&room_calls, 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

/* 0, or why there is no room: nothing is kept then. */
static int room_fill_one(const struct irq_affinity_desc *affinity)
{
	int irq = irq_domain_alloc_irqs_affinity(suite_devices(), 1,
						 NUMA_NO_NODE, NULL, affinity);
	int error;

	if (irq < 0)
		return irq;
	room_irqs[room_nr] = (unsigned int)irq;
	error = request_irq((unsigned int)irq, room_handler, 0, "room",
			    &room_irqs[room_nr]);
	if (error != 0)
		irq_domain_free_irqs((unsigned int)irq, 1);
	else
		room_nr++;
	return error;
}

/* As many as @cpu takes; how many they were. */
static unsigned int room_fill(unsigned int cpu)
{
	struct irq_affinity_desc affinity = {.is_managed = false};
	unsigned int before = room_nr;
	int error = 0;

	irqkit_cpumask_single(&affinity.mask, cpu);
	while (error == 0 && room_nr < ROOM_MOST)
		error = room_fill_one(&affinity);
	tap_equal(error, -ENOSPC, "one more than cpu %u has room for", cpu);
	return room_nr - before;
}

/* The last ones, all but @keep. */
static void room_empty(unsigned int keep)
{
	while (room_nr > keep) {
		unsigned int *irq = &room_irqs[--room_nr];

		tap_equal(free_irq(*irq, irq), 0, "free irq %u", *irq);
		tap_equal(irq_domain_free_irqs(*irq, 1), 0, "give irq %u back",
			  *irq);
	}
}

static bool room_was_called(void *times)
{
	return __atomic_load_n(&room_calls, __ATOMIC_ACQUIRE) ==
	       *(const unsigned int *)times;
}

/* Each has its own place: all of them arrive at @cpu, once. */
static void room_fire_all(unsigned int cpu)
{
	unsigned int expected;

	room_calls = 0;
	for (unsigned int i = 0; i < room_nr && tap_is_good(); i++) {
		expected = i + 1;
		tap_equal(suite_fire(room_irqs[i]), 0, "raise irq %u",
			  room_irqs[i]);
		tap_expect(suite_wait(room_was_called, &expected),
			   "irq %u is handled", room_irqs[i]);
		tap_expect(kstat_irqs_cpu(room_irqs[i], cpu) != 0,
			   "irq %u comes to cpu %u", room_irqs[i], cpu);
		hotplug_tell(room_irqs[i]);
	}
}

static void room_fire(struct source *source)
{
	source_hold(source);
	source_probe(source);
	source_release(source);
	hotplug_tell(source->irq);
}

/* Whether a move waits for the next event. */
static bool room_moves_late(const struct source *source)
{
	const struct irq_data *data = irq_get_irq_data(source->irq);

	return (data->common->status & IRQ_MOVE_PCNTXT) == 0;
}

/* One that is elsewhere cannot come, and is none the worse for it. */
static void room_refused(struct source *source, unsigned int cpu)
{
	struct cpumask before, after;

	source_effective(source, &before);
	tap_equal(irq_set_affinity(source->irq, hotplug_mask(cpu)),
		  room_moves_late(source) ? 0 : -ENOSPC,
		  "irq_set_affinity() to a CPU that is full");
	room_fire(source);
	source_effective(source, &after);
	tap_expect(cpumask_equal(&before, &after), "it stays where it is");
	room_fire(source);
}

static void room_full(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *source = hotplug_open(SOURCE_BOUND,
					     hotplug_mask(irqkit_port_cpu()));
	struct cpumask effective;
	unsigned int nr;

	if (source == NULL)
		return;
	nr = room_fill(cpu);
	room_fire_all(cpu);
	room_refused(source, cpu);
	room_empty(nr - 1);
	tap_equal(irq_set_affinity(source->irq, hotplug_mask(cpu)), 0,
		  "irq_set_affinity() when one is gone");
	room_fire(source);
	source_effective(source, &effective);
	tap_equal(cpumask_first(&effective), cpu, "where it goes");
	room_fire(source);
	room_empty(0);
	hotplug_close_all();
	tap_equal(room_fill(cpu), nr, "room of an empty CPU");
	room_empty(0);
}

/* HZ6. What is managed has its room on each CPU of its mask. */
static void room_widened(void)
{
	unsigned int full = hotplug_cpu(0);
	unsigned int other = hotplug_cpu(1);
	const struct cpumask *both = hotplug_mask_two(full, other);
	struct source *managed = hotplug_open(SOURCE_MANAGED, both);
	struct cpumask effective;

	if (managed == NULL)
		return;
	room_fill(full);
	for (unsigned int i = 0; i < ROOM_HOMELESS; i++) {
		struct source *source = hotplug_open(SOURCE_BOUND, both);

		if (source == NULL)
			break;
		source->crowded = true;
		source_effective(source, &effective);
		tap_equal(cpumask_first(&effective), other, "where irq %u goes",
			  source->irq);
	}
	hotplug_down(other);
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_BROKEN], ROOM_HOMELESS,
		  "interrupts moved outside of their affinity");
	source_effective(managed, &effective);
	tap_equal(cpumask_first(&effective), full, "where the managed one is");
	hotplug_rest();
	hotplug_up(other);
	for (unsigned int i = 1; i < hotplug_nr_sources; i++)
		tap_equal(irq_set_affinity(hotplug_sources[i].irq, both), 0,
			  "irq_set_affinity() when the CPU is back");
	hotplug_rest();
	room_empty(0);
}

/* HZ5, HZ12, HZ13, HZ28: what is kept by nobody is had by nobody. */
static void room_all_back(void)
{
	unsigned int nr = room_fill(irqkit_port_cpu());
	unsigned int cpu;

	room_empty(0);
	for_each_cpu (cpu, &hotplug_movable) {
		tap_equal(room_fill(cpu), nr, "room of cpu %u", cpu);
		room_empty(0);
	}
}

const struct hotplug_test hotplug_room_tests[] = {
	{"H13: a full CPU refuses, and has the same room again", room_full, 1,
	 HOTPLUG_NEEDS_LIMIT},
	{"H13 HZ6: without room in its affinity it goes to another CPU",
	 room_widened, 2, HOTPLUG_NEEDS_LIMIT},
	{.name = NULL},
};

const struct hotplug_test hotplug_end_tests[] = {
	{"HZ5 HZ13: all CPUs have the same room after all this", room_all_back,
	 1, HOTPLUG_NEEDS_LIMIT},
	{.name = NULL},
};
