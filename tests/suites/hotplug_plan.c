/* SPDX-License-Identifier: MIT */
/*
 * A dry run, and then CPUs that go: what was planned is what happens, as long
 * as nothing fires and nothing moves. Where the chip could not be asked only
 * the kind is compared.
 */
#include "hotplug.h"

#define PLAN_SOURCES 24U
#define PLAN_ROUNDS  8U

static struct irqkit_plan plan_made;
static struct irqkit_plan_entry plan_entries[HOTPLUG_SOURCES];

/* Of each source, the last of its receipts; IRQKIT_RECEIPT_KINDS: none. */
static unsigned int plan_became[HOTPLUG_SOURCES];

static void plan_open(uint32_t *random)
{
	static const enum source_kind kinds[] = {
		SOURCE_FREE, SOURCE_BOUND, SOURCE_MANAGED, SOURCE_MANAGED};
	unsigned int nr = cpumask_weight(&hotplug_movable);

	for (unsigned int i = 0; i < PLAN_SOURCES; i++) {
		unsigned int cpu = hotplug_cpu(suite_random(random) % nr);
		unsigned int other = hotplug_cpu(suite_random(random) % nr);
		enum source_kind kind = kinds[i % 4];
		const struct cpumask *cpus = hotplug_mask(cpu);

		if (kind == SOURCE_MANAGED)
			cpus = hotplug_mask_two(cpu, other);
		if (hotplug_open(kind, kind == SOURCE_FREE ? NULL : cpus) ==
		    NULL)
			return;
	}
}

static void plan_hold_all(bool hold)
{
	for (unsigned int i = 0; i < hotplug_nr_sources; i++) {
		if (hold)
			source_hold(&hotplug_sources[i]);
		else if (source_is_held(&hotplug_sources[i]))
			source_release(&hotplug_sources[i]);
	}
}

static void plan_note_receipt(void)
{
	const struct irqkit_receipt *receipt = &hotplug_receipt;

	for (unsigned int i = 0; i < hotplug_nr_sources; i++) {
		for (unsigned int k = 0; k < receipt->used; k++) {
			if (receipt->entries[k].irq == hotplug_sources[i].irq)
				plan_became[i] = receipt->entries[k].kind;
		}
	}
}

static void plan_commit(const struct cpumask *cpus)
{
	unsigned int cpu;

	for (unsigned int i = 0; i < hotplug_nr_sources; i++)
		plan_became[i] = IRQKIT_RECEIPT_KINDS;
	for_each_cpu (cpu, cpus) {
		if (!hotplug_down(cpu))
			return;
		plan_note_receipt();
	}
}

static const struct irqkit_plan_entry *plan_find(unsigned int irq)
{
	for (unsigned int i = 0; i < plan_made.used; i++) {
		if (plan_entries[i].irq == irq)
			return &plan_entries[i];
	}
	return NULL;
}

static void plan_compare(unsigned int i)
{
	const struct source *source = &hotplug_sources[i];
	const struct irqkit_plan_entry *entry = plan_find(source->irq);
	struct cpumask effective;

	tap_equal(plan_became[i],
		  entry != NULL ? entry->kind : IRQKIT_RECEIPT_KINDS,
		  "what irq %u became", source->irq);
	if (entry == NULL || entry->assumed)
		return;
	source_effective(source, &effective);
	tap_expect(cpumask_equal(&effective, &entry->targets),
		   "irq %u is at cpu %u, and was planned at cpu %u",
		   source->irq, cpumask_first(&effective),
		   cpumask_first(&entry->targets));
}

/* At least one of them. */
static void plan_choose(uint32_t *random, struct cpumask *cpus)
{
	unsigned int nr = cpumask_weight(&hotplug_movable);
	unsigned int most = nr < 3 ? nr : 3;
	unsigned int count = 1 + suite_random(random) % most;

	cpumask_clear(cpus);
	for (unsigned int i = 0; i < count; i++)
		cpumask_set_cpu(hotplug_cpu(suite_random(random) % nr), cpus);
}

static void plan_round(uint32_t *random)
{
	struct cpumask cpus;

	plan_choose(random, &cpus);
	plan_hold_all(true);
	suite_settle();
	plan_made.entries = plan_entries;
	plan_made.room = HOTPLUG_SOURCES;
	tap_equal(irq_plan_offline(&cpus, &plan_made), 0, "the plan");
	plan_commit(&cpus);
	for (unsigned int i = 0; i < hotplug_nr_sources && tap_is_good(); i++)
		plan_compare(i);
	hotplug_up_all();
	plan_hold_all(false);
}

static void plan_run(void)
{
	uint32_t random = hotplug_seed;

	plan_open(&random);
	for (unsigned int i = 0; i < PLAN_ROUNDS && tap_is_good(); i++)
		plan_round(&random);
	if (!tap_is_good())
		tap_note("seed=%lu", (unsigned long)hotplug_seed);
}

const struct hotplug_test hotplug_plan_tests[] = {
	{"HZ13: what a dry run says is what becomes of each", plan_run, 1,
	 HOTPLUG_NEEDS_NOTHING},
	{.name = NULL},
};
