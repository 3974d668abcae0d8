/* SPDX-License-Identifier: MIT */
/*
 * Steps of CPUs, each checked: what has to become of every source is worked out
 * from its affinity and where it was, and compared with where it is and with
 * the receipt.
 */
#include "hotplug.h"

/* Not a kind of receipt: it stays. */
#define HOTPLUG_STAYS IRQKIT_RECEIPT_KINDS

/* Each source may be moved and forwarded; more would be wrong. */
#define HOTPLUG_ENTRIES (4 * HOTPLUG_SOURCES)

struct source hotplug_sources[HOTPLUG_SOURCES];
unsigned int hotplug_nr_sources;
struct irqkit_receipt hotplug_receipt;
static struct irqkit_receipt_entry hotplug_entries[HOTPLUG_ENTRIES];

/* A source before a step. */
struct hotplug_before {
	struct cpumask effective;
	bool down;
};

static struct hotplug_before hotplug_befores[HOTPLUG_SOURCES];

static const char *const hotplug_kind_names[IRQKIT_RECEIPT_KINDS + 1] = {
	[IRQKIT_RECEIPT_MOVED] = "moved",
	[IRQKIT_RECEIPT_BROKEN] = "moved outside of its affinity",
	[IRQKIT_RECEIPT_SHUT_DOWN] = "shut down",
	[IRQKIT_RECEIPT_FORWARDED] = "forwarded",
	[IRQKIT_RECEIPT_STUCK] = "stuck",
	[HOTPLUG_STAYS] = "not mentioned",
};

struct source *hotplug_open(enum source_kind kind, const struct cpumask *cpus)
{
	struct source *source = &hotplug_sources[hotplug_nr_sources];

	if (!source_open(source, kind, cpus))
		return NULL;
	hotplug_nr_sources++;
	return source;
}

void hotplug_close_all(void)
{
	while (hotplug_nr_sources > 0)
		source_close(&hotplug_sources[--hotplug_nr_sources]);
}

static void hotplug_remember(void)
{
	for (unsigned int i = 0; i < hotplug_nr_sources; i++) {
		const struct source *source = &hotplug_sources[i];

		source_effective(source, &hotplug_befores[i].effective);
		hotplug_befores[i].down = source_is_down(source);
	}
}

/* ---- the receipt */

static void hotplug_reset_receipt(void)
{
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		hotplug_receipt.count[i] = 0;
	hotplug_receipt.entries = hotplug_entries;
	hotplug_receipt.room = HOTPLUG_ENTRIES;
	hotplug_receipt.used = 0;
}

static unsigned int hotplug_count_entries(unsigned int irq,
					  enum irqkit_receipt_kind kind)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < hotplug_receipt.used; i++) {
		if (hotplug_entries[i].kind == kind &&
		    (irq == 0 || hotplug_entries[i].irq == irq))
			count++;
	}
	return count;
}

static bool hotplug_is_source(unsigned int irq)
{
	for (unsigned int i = 0; i < hotplug_nr_sources; i++) {
		if (hotplug_sources[i].irq == irq)
			return true;
	}
	return false;
}

/* The entries agree with the counts, and are of nobody else. */
static void hotplug_check_receipt(void)
{
	for (unsigned int kind = 0; kind < IRQKIT_RECEIPT_KINDS; kind++)
		tap_equal(hotplug_receipt.count[kind],
			  hotplug_count_entries(0, kind),
			  "the receipt: how many were %s",
			  hotplug_kind_names[kind]);
	for (unsigned int i = 0; i < hotplug_receipt.used; i++) {
		const struct irqkit_receipt_entry *entry = &hotplug_entries[i];

		tap_expect(hotplug_is_source(entry->irq),
			   "the receipt: irq %u is nobody's", entry->irq);
		tap_equal(entry->error, 0, "irq %u in the receipt: error",
			  entry->irq);
	}
}

bool hotplug_expect_only(enum irqkit_receipt_kind kind, unsigned int count)
{
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(hotplug_receipt.count[i], i == kind ? count : 0,
			  "interrupts that were %s", hotplug_kind_names[i]);
	return tap_is_good();
}

/* ---- down */

/* H7 to H9: what has to be done for a source when a CPU has left the active
 * ones. */
static unsigned int hotplug_verdict_of(const struct source *source,
				       const struct hotplug_before *before,
				       unsigned int cpu)
{
	const struct cpumask *effective = &before->effective;

	if (before->down)
		return HOTPLUG_STAYS;
	if (!cpumask_test_cpu(cpu, effective) &&
	    cpumask_intersects(effective, cpu_active_mask))
		return HOTPLUG_STAYS;
	if (cpumask_intersects(&source->asked, cpu_active_mask) &&
	    !source->crowded)
		return IRQKIT_RECEIPT_MOVED;
	return source->kind == SOURCE_MANAGED ? IRQKIT_RECEIPT_SHUT_DOWN
					      : IRQKIT_RECEIPT_BROKEN;
}

/* The one thing that the receipt says of a source, forwarding aside. */
static unsigned int hotplug_said_of(const struct source *source)
{
	unsigned int said = HOTPLUG_STAYS;
	unsigned int count = 0;

	for (unsigned int kind = 0; kind < IRQKIT_RECEIPT_KINDS; kind++) {
		unsigned int n = hotplug_count_entries(source->irq, kind);

		if (n == 0 || kind == IRQKIT_RECEIPT_FORWARDED)
			continue;
		said = kind;
		count += n;
	}
	tap_expect(count <= 1, "irq %u is %u times in the receipt", source->irq,
		   count);
	return said;
}

static void hotplug_check_target(const struct source *source,
				 const struct hotplug_before *before,
				 unsigned int verdict)
{
	struct cpumask wanted, effective;

	source_effective(source, &effective);
	cpumask_and(&wanted, &source->asked, cpu_active_mask);
	if (verdict == IRQKIT_RECEIPT_BROKEN)
		cpumask_copy(&wanted, cpu_active_mask);
	if (verdict == HOTPLUG_STAYS)
		cpumask_copy(&wanted, &before->effective);
	if (source_is_down(source)) {
		tap_expect(cpumask_empty(&effective),
			   "irq %u is down, and goes nowhere", source->irq);
		return;
	}
	tap_expect(!cpumask_empty(&effective) &&
			   cpumask_subset(&effective, &wanted),
		   "irq %u was %s to cpu %u", source->irq,
		   hotplug_kind_names[verdict], cpumask_first(&effective));
}

/* What is moved meanwhile can have gone just before; it only must not stay. */
static void hotplug_check_roaming(const struct source *source,
				  unsigned int said)
{
	struct cpumask effective;

	source_effective(source, &effective);
	tap_expect(!cpumask_empty(&effective) &&
			   cpumask_subset(&effective, cpu_active_mask),
		   "irq %u goes to cpu %u, which is not active", source->irq,
		   cpumask_first(&effective));
	tap_expect(said == IRQKIT_RECEIPT_MOVED ||
			   said == IRQKIT_RECEIPT_BROKEN ||
			   said == HOTPLUG_STAYS,
		   "irq %u was %s", source->irq, hotplug_kind_names[said]);
}

static void hotplug_check_down(unsigned int i, unsigned int cpu)
{
	const struct source *source = &hotplug_sources[i];
	const struct hotplug_before *before = &hotplug_befores[i];
	unsigned int verdict = hotplug_verdict_of(source, before, cpu);
	unsigned int said = hotplug_said_of(source);
	unsigned int forwarded =
		hotplug_count_entries(source->irq, IRQKIT_RECEIPT_FORWARDED);

	tap_expect(forwarded <= 1, "irq %u was forwarded %u times", source->irq,
		   forwarded);
	if (source->kind == SOURCE_ROAMING) {
		hotplug_check_roaming(source, said);
		return;
	}
	tap_expect(said == verdict, "irq %u has to be %s, and was %s",
		   source->irq, hotplug_kind_names[verdict],
		   hotplug_kind_names[said]);
	tap_expect(forwarded == 0 || verdict == IRQKIT_RECEIPT_MOVED ||
			   verdict == IRQKIT_RECEIPT_BROKEN,
		   "irq %u was forwarded and %s", source->irq,
		   hotplug_kind_names[verdict]);
	tap_expect(
		source_is_down(source) ==
			(before->down || verdict == IRQKIT_RECEIPT_SHUT_DOWN),
		"irq %u is %s", source->irq,
		source_is_down(source) ? "down" : "not down");
	hotplug_check_target(source, before, verdict);
}

/* Whether it loses its last CPU: what is latched then is dropped. */
static bool hotplug_is_doomed(const struct source *source, unsigned int cpu)
{
	struct cpumask left;

	cpumask_and(&left, &source->asked, cpu_active_mask);
	cpumask_clear_cpu(cpu, &left);
	return source->kind == SOURCE_MANAGED && cpumask_empty(&left);
}

static void hotplug_hold_doomed(unsigned int cpu)
{
	for (unsigned int i = 0; i < hotplug_nr_sources; i++) {
		if (!hotplug_is_doomed(&hotplug_sources[i], cpu))
			continue;
		source_hold(&hotplug_sources[i]);
		hotplug_tell(hotplug_sources[i].irq);
	}
}

/* After each step. The first source that is not well is explained. */
static bool hotplug_check_all(void (*check)(unsigned int i, unsigned int cpu),
			      unsigned int cpu)
{
	for (unsigned int i = 0; i < hotplug_nr_sources; i++) {
		check(i, cpu);
		hotplug_check_isolation(&hotplug_sources[i]);
		source_check(&hotplug_sources[i]);
		hotplug_tell(hotplug_sources[i].irq);
	}
	return tap_is_good();
}

static void hotplug_begin_down(unsigned int cpu)
{
	hotplug_hold_doomed(cpu);
	hotplug_remember();
	hotplug_reset_receipt();
}

static bool hotplug_end_down(unsigned int cpu, int error)
{
	tap_equal(error, 0, "cpu %u goes down", cpu);
	tap_expect(!cpu_online(cpu) && !cpu_active(cpu), "cpu %u is offline",
		   cpu);
	hotplug_check_receipt();
	return hotplug_check_all(hotplug_check_down, cpu);
}

bool hotplug_down(unsigned int cpu)
{
	hotplug_begin_down(cpu);
	return hotplug_end_down(cpu, suite_cpu_down(cpu, &hotplug_receipt));
}

bool hotplug_down_deaf(unsigned int cpu, void (*between)(void *argument))
{
	hotplug_begin_down(cpu);
	return hotplug_end_down(
		cpu, suite_cpu_down_deaf(cpu, &hotplug_receipt, between, NULL));
}

/* ---- up */

bool hotplug_check_isolation(const struct source *source)
{
	const struct cpumask *housekeeping =
		housekeeping_cpumask(HK_TYPE_MANAGED_IRQ);
	struct cpumask effective, others;

	if (source->kind != SOURCE_MANAGED)
		return true;
	cpumask_and(&others, &source->asked, housekeeping);
	if (!cpumask_intersects(&others, cpu_active_mask))
		return true;
	source_effective(source, &effective);
	return tap_expect(cpumask_subset(&effective, housekeeping),
			  "irq %u is at the isolated cpu %u", source->irq,
			  cpumask_first(&effective));
}

/* H5: it is back with the first CPU of its mask, and only then; one that is
 * disabled is aimed when it is enabled. */
static void hotplug_check_managed_up(struct source *source)
{
	struct cpumask effective;
	bool can = cpumask_intersects(&source->asked, cpu_active_mask);

	tap_expect(source_is_down(source) == !can,
		   "irq %u is %s, and its mask has %s", source->irq,
		   can ? "down" : "not down", can ? "a CPU" : "none");
	if (!can || !tap_is_good() ||
	    !irqd_is_started(irq_get_irq_data(source->irq)))
		return;
	source_effective(source, &effective);
	tap_expect(!cpumask_empty(&effective) &&
			   cpumask_subset(&effective, &source->asked) &&
			   cpumask_subset(&effective, cpu_active_mask),
		   "irq %u goes to cpu %u", source->irq,
		   cpumask_first(&effective));
}

static void hotplug_check_up(unsigned int i, unsigned int cpu)
{
	struct source *source = &hotplug_sources[i];
	struct cpumask effective;

	(void)cpu;
	if (source->kind == SOURCE_MANAGED) {
		hotplug_check_managed_up(source);
		if (hotplug_befores[i].down && !source_is_down(source))
			source_release(source);
		return;
	}
	source_effective(source, &effective);
	if (source->kind != SOURCE_ROAMING)
		tap_expect(cpumask_equal(&effective,
					 &hotplug_befores[i].effective),
			   "irq %u has moved to cpu %u", source->irq,
			   cpumask_first(&effective));
}

bool hotplug_up(unsigned int cpu)
{
	hotplug_remember();
	tap_equal(suite_cpu_up(cpu), 0, "cpu %u comes up", cpu);
	tap_expect(cpu_online(cpu) && cpu_active(cpu), "cpu %u is active", cpu);
	return hotplug_check_all(hotplug_check_up, cpu);
}

bool hotplug_up_all(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, &hotplug_movable) {
		if (!cpu_online(cpu))
			hotplug_up(cpu);
	}
	return tap_is_good();
}

/* ---- at rest */

static void hotplug_hold_all(void)
{
	for (unsigned int i = 0; i < hotplug_nr_sources && tap_is_good(); i++) {
		source_hold(&hotplug_sources[i]);
		hotplug_tell(hotplug_sources[i].irq);
	}
}

static void hotplug_rest_one(struct source *source)
{
	source_balance(source);
	if (tap_is_good() && !source_is_down(source)) {
		source_probe(source);
		source_release(source);
	}
	hotplug_tell(source->irq);
}

/* What came twice comes while nobody raises anything. */
bool hotplug_rest(void)
{
	hotplug_hold_all();
	suite_settle();
	for (unsigned int i = 0; i < hotplug_nr_sources && tap_is_good(); i++)
		hotplug_rest_one(&hotplug_sources[i]);
	return tap_is_good();
}
