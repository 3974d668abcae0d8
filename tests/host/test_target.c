/* SPDX-License-Identifier: MIT */
/*
 * The index of targets, by what it is for: a CPU that goes offline finds each
 * interrupt that is aimed at it and no other, in the order of their numbers,
 * wherever these are.
 */
#include "host.h"
#include <string.h>
#include "suites/suite.h"

#define TARGET_CPUS 70U /* masks of more than a word */
#define TARGET_ROOM 512U
#define TARGET_LEAF IRQKIT_BITS_PER_LONG
#define TARGET_PAGE (TARGET_LEAF * IRQKIT_BITS_PER_LONG) /* of a summary */

static struct irqkit_receipt_entry target_entries[TARGET_ROOM];
static unsigned int target_irqs[TARGET_ROOM]; /* that are requested, upwards */
static unsigned int target_nr;
static bool target_many; /* the chip takes all CPUs of a mask */

static int target_set_affinity(struct irq_data *data,
			       const struct cpumask *mask)
{
	struct cpumask one;

	if (target_many) {
		irq_data_update_effective_affinity(data, mask);
		return 0;
	}
	irqkit_cpumask_single(&one, cpumask_first(mask));
	irq_data_update_effective_affinity(data, &one);
	return 0;
}

static const struct irq_chip target_chip = {
	.name = "target",
	.irq_set_affinity = target_set_affinity,
};

static irqreturn_t target_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* Its place among the others, or where it would go. */
static unsigned int target_place(unsigned int irq)
{
	unsigned int i = 0;

	while (i < target_nr && target_irqs[i] < irq)
		i++;
	return i;
}

static void target_add(unsigned int irq, unsigned int cpu, bool managed)
{
	struct irq_affinity_desc affinity = {.is_managed = managed};
	unsigned int at = target_place(irq);

	irqkit_cpumask_single(&affinity.mask, cpu);
	tap_equal(irq_alloc_descs_affinity((int)irq, 0, 1, 0, &affinity),
		  (int)irq, "alloc");
	tap_equal(irq_set_chip_and_handler(irq, 1, &target_chip, NULL,
					   handle_simple_irq),
		  0, "chip");
	tap_equal(irq_set_status_flags(irq, IRQ_MOVE_PCNTXT), 0, "status");
	tap_equal(request_irq(irq, target_handler, 0, "t", NULL), 0, "request");
	memmove(&target_irqs[at + 1], &target_irqs[at],
		(target_nr - at) * sizeof(target_irqs[0]));
	target_irqs[at] = irq;
	target_nr++;
}

static void target_drop(unsigned int at)
{
	unsigned int irq = target_irqs[at];

	tap_equal(free_irq(irq, NULL), 0, "free_irq() of %u", irq);
	tap_equal(irq_free_descs(irq, 1), 0, "free of %u", irq);
	target_nr--;
	memmove(&target_irqs[at], &target_irqs[at + 1],
		(target_nr - at) * sizeof(target_irqs[0]));
}

static void target_drop_all(void)
{
	while (target_nr > 0)
		target_drop(target_nr - 1);
	tap_equal(suite_count_irqs(), 0, "irqs at last");
}

static bool target_is_at(unsigned int irq, unsigned int cpu)
{
	struct cpumask mask;

	return irq_get_effective_affinity(irq, &mask) == 0 &&
	       cpumask_test_cpu(cpu, &mask);
}

/* The CPU leaves and comes back; who was aimed at it has a receipt. */
static void target_offline(unsigned int cpu, enum irqkit_receipt_kind kind)
{
	static unsigned int expected[TARGET_ROOM];
	struct irqkit_receipt receipt = {
		.entries = target_entries,
		.room = TARGET_ROOM,
	};
	unsigned int nr = 0;

	for (unsigned int i = 0; i < target_nr; i++) {
		if (target_is_at(target_irqs[i], cpu))
			expected[nr++] = target_irqs[i];
	}
	tap_equal(irqkit_cpu_offline(cpu, &receipt), 0, "offline %u", cpu);
	tap_equal(receipt.used, nr, "receipts of cpu %u", cpu);
	for (unsigned int i = 0; i < nr && i < receipt.used; i++) {
		tap_equal(target_entries[i].irq, expected[i], "receipt %u", i);
		if (kind != IRQKIT_RECEIPT_KINDS)
			tap_equal(target_entries[i].kind, kind, "its kind");
	}
	for (unsigned int i = 0; i < target_nr; i++)
		tap_expect(!target_is_at(target_irqs[i], cpu),
			   "irq %u is aimed at the cpu that left",
			   target_irqs[i]);
	tap_equal(irqkit_cpu_online(cpu), 0, "online %u", cpu);
}

static const unsigned int target_corners[] = {
	1,
	TARGET_LEAF - 1,
	TARGET_LEAF,
	TARGET_LEAF + 1,
	2 * TARGET_LEAF - 1,
	2 * TARGET_LEAF,
	TARGET_PAGE - TARGET_LEAF,
	TARGET_PAGE - 1,
	TARGET_PAGE,
	TARGET_PAGE + TARGET_LEAF,
	3 * TARGET_PAGE + 5 * TARGET_LEAF + 7,
	IRQKIT_NR_IRQS - TARGET_LEAF - 1,
	IRQKIT_NR_IRQS - TARGET_LEAF,
	IRQKIT_NR_IRQS - 1,
};

#define TARGET_CORNERS (sizeof(target_corners) / sizeof(target_corners[0]))

static void target_alone(void)
{
	tap_subject("an interrupt alone is found wherever its number is");
	for (unsigned int i = 0; i < TARGET_CORNERS; i++) {
		/* One that had none before, so that nothing leads to it. */
		unsigned int cpu = TARGET_CPUS - 1 - i;

		target_add(target_corners[i], cpu, false);
		target_offline(1, IRQKIT_RECEIPT_KINDS);
		tap_expect(target_is_at(target_corners[i], cpu),
			   "irq %u stays at cpu %u", target_corners[i], cpu);
		target_offline(cpu, IRQKIT_RECEIPT_BROKEN);
		target_drop_all();
	}
	tap_close();
}

static void target_together(void)
{
	tap_subject("all corners at one cpu, then moved, then freed");
	for (unsigned int i = 0; i < TARGET_CORNERS; i++)
		target_add(target_corners[i], 3, false);
	target_offline(3, IRQKIT_RECEIPT_BROKEN);
	target_offline(3, IRQKIT_RECEIPT_KINDS);
	for (unsigned int i = 0; i < TARGET_CORNERS; i++) {
		struct cpumask mask;

		irqkit_cpumask_single(&mask, i % 2 == 0 ? 4 : 66);
		tap_equal(irq_set_affinity(target_corners[i], &mask), 0,
			  "move");
	}
	target_offline(0, IRQKIT_RECEIPT_KINDS);
	target_offline(4, IRQKIT_RECEIPT_BROKEN);
	for (unsigned int i = TARGET_CORNERS; i-- > 0;) {
		if (i % 2 != 0)
			target_drop(i);
	}
	target_offline(66, IRQKIT_RECEIPT_KINDS);
	/* Back to the CPU that they were asked to be at. */
	target_offline(0, IRQKIT_RECEIPT_MOVED);
	target_drop_all();
	tap_close();
}

/* A number that is used again has no target yet. */
static void target_again(void)
{
	struct irqkit_receipt receipt = {.room = 0};

	tap_subject("a number that is used again is aimed nowhere");
	target_add(100, 5, false);
	target_drop_all();
	tap_equal(irq_alloc_descs(100, 0, 1, 0), 100, "alloc");
	tap_equal(irqkit_cpu_offline(5, &receipt), 0, "offline");
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(receipt.count[i], 0, "receipts of kind %u", i);
	tap_equal(irqkit_cpu_online(5), 0, "online");
	tap_equal(irq_free_descs(100, 1), 0, "free");
	target_add(100, 6, false);
	target_offline(5, IRQKIT_RECEIPT_KINDS);
	target_offline(6, IRQKIT_RECEIPT_BROKEN);
	target_drop_all();
	tap_close();
}

/* The other kind of bit: who has the CPU in a mask that the library keeps. */
static void target_managed(void)
{
	tap_subject("managed ones go down with their cpu and come back");
	for (unsigned int i = 0; i < TARGET_CORNERS; i++)
		target_add(target_corners[i], i % 3 == 0 ? 67 : 7, true);
	target_offline(7, IRQKIT_RECEIPT_SHUT_DOWN);
	target_offline(67, IRQKIT_RECEIPT_SHUT_DOWN);
	for (unsigned int i = 0; i < TARGET_CORNERS; i++) {
		tap_expect(target_is_at(target_corners[i], i % 3 == 0 ? 67 : 7),
			   "irq %u is back", target_corners[i]);
		tap_expect(!irqd_is_managed_and_shutdown(
				   irq_get_irq_data(target_corners[i])),
			   "and is not down");
	}
	target_offline(7, IRQKIT_RECEIPT_SHUT_DOWN);
	target_drop_all();
	tap_close();
}

static void target_random_step(uint32_t *random)
{
	unsigned int what = suite_random(random) % 8;
	unsigned int cpu = suite_random(random) % TARGET_CPUS;
	unsigned int irq = suite_random(random) % (IRQKIT_NR_IRQS - 1) + 1;
	struct cpumask mask;

	/* Near to each other, half of them. */
	if (irq % 2 != 0)
		irq = irq % 200 + 1;
	if (what < 3 && target_nr + 1 < TARGET_ROOM &&
	    irq_to_desc(irq) == NULL) {
		target_add(irq, cpu, false);
	} else if (what < 4 && target_nr > 0) {
		target_drop(irq % target_nr);
	} else if (what < 7 && target_nr > 0) {
		suite_random_mask(random, &mask);
		tap_equal(irq_set_affinity(target_irqs[irq % target_nr], &mask),
			  0, "move");
	} else {
		target_offline(cpu % 8, IRQKIT_RECEIPT_KINDS);
	}
}

static void target_at_random(bool many)
{
	uint32_t random = SUITE_SEED;

	tap_subject("at random, the chip takes %s", many ? "masks" : "a cpu");
	target_many = many;
	for (unsigned int i = 0; i < 1500; i++)
		target_random_step(&random);
	for (unsigned int cpu = 0; cpu < TARGET_CPUS; cpu++)
		target_offline(cpu, IRQKIT_RECEIPT_KINDS);
	target_drop_all();
	target_many = false;
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(TARGET_CPUS, NULL);
	target_alone();
	target_together();
	target_again();
	target_managed();
	target_at_random(false);
	target_at_random(true);
	return host_end();
}
