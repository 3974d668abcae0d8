/* SPDX-License-Identifier: MIT */
/* Descriptors: where ranges go, what is refused, and that all come back. */
#include <string.h>
#include "host.h"
#include "suites/suite.h"
#include "suite_host.h"

#define DESC_ALL (IRQKIT_NR_IRQS - 1)

static void desc_fresh(void)
{
	int irq = irq_alloc_descs(-1, 1, 3, 2);

	tap_subject("what a new descriptor is");
	for (unsigned int i = 0; irq > 0 && i < 3; i++) {
		unsigned int nr = (unsigned int)irq + i;
		struct irq_desc *desc = irq_to_desc(nr);
		struct irq_data *data = irq_get_irq_data(nr);

		if (!tap_expect(desc != NULL, "irq %u exists", nr))
			continue;
		tap_expect(data == &desc->irq_data &&
				   irq_desc_get_irq_data(desc) == data,
			   "its irq_data");
		tap_equal(data->irq, nr, "irq");
		tap_expect(data->chip == &no_irq_chip && data->domain == NULL &&
				   data->common == &desc->irq_common_data,
			   "no chip, no domain");
		tap_equal(data->common->status, 0, "status");
		tap_equal(data->common->node, 2, "node");
		tap_equal(data->common->ipi_nr, 0, "irqs of an IPI");
		tap_expect(desc->action == NULL &&
				   desc->handle_irq == handle_bad_irq,
			   "no action, handle_bad_irq()");
		tap_expect(cpumask_equal(&data->common->affinity,
					 cpu_possible_mask),
			   "affinity is all possible CPUs");
		tap_equal((long long)kstat_irqs(nr), 0, "count");
	}
	tap_equal(irq_free_descs((unsigned int)irq, 3), 0, "free");
	tap_close();
}

static void desc_bad_ranges(void)
{
	const int last = (int)IRQKIT_NR_IRQS - 1;

	tap_subject("alloc: ranges that cannot be are -EINVAL");
	tap_equal(irq_alloc_descs(0, 0, 1, 0), -EINVAL, "irq 0");
	tap_equal(irq_alloc_descs(5, 0, 0, 0), -EINVAL, "none");
	tap_equal(irq_alloc_descs(-1, 1, 0, 0), -EINVAL, "none anywhere");
	tap_equal(irq_alloc_descs(last + 1, 0, 1, 0), -EINVAL, "at the end");
	tap_equal(irq_alloc_descs(last, 0, 2, 0), -EINVAL, "over the end");
	tap_equal(irq_alloc_descs(2147483647, 0, 1, 0), -EINVAL, "far away");
	tap_equal(irq_alloc_descs(1, 0, ~0U, 0), -EINVAL, "~0U of them");
	tap_equal(irq_alloc_descs(-1, IRQKIT_NR_IRQS, 1, 0), -EINVAL,
		  "from the end");
	tap_equal(irq_alloc_descs(-1, ~0U, 1, 0), -EINVAL, "from ~0U");
	tap_equal(irq_alloc_descs(-1, ~0U - 1, 2, 0), -EINVAL, "from ~0U - 1");
	tap_equal(irq_alloc_descs(-1, 2, DESC_ALL, 0), -EINVAL,
		  "from 2 over the end");
	tap_equal(irq_alloc_descs(-1, 1, IRQKIT_NR_IRQS, 0), -EINVAL,
		  "more than there are");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_close();
}

static void desc_fixed(void)
{
	const int last = (int)IRQKIT_NR_IRQS - 1;

	tap_subject("alloc: at a number");
	tap_equal(irq_alloc_descs(100, 0, 10, 0), 100, "100 to 109");
	tap_equal(irq_alloc_descs(100, 0, 1, 0), -EEXIST, "the first of them");
	tap_equal(irq_alloc_descs(109, 0, 1, 0), -EEXIST, "the last of them");
	tap_equal(irq_alloc_descs(95, 0, 6, 0), -EEXIST, "over the first");
	tap_equal(irq_alloc_descs(109, 0, 6, 0), -EEXIST, "over the last");
	tap_equal(irq_alloc_descs(50, 0, 200, 0), -EEXIST, "around all");
	tap_equal(suite_count_irqs(), 10, "irqs after what was refused");
	tap_equal(irq_alloc_descs(99, 0, 1, 0), 99, "just below");
	tap_equal(irq_alloc_descs(110, 0, 1, 0), 110, "just above");
	tap_equal(irq_alloc_descs(last, 0, 1, 0), last, "the last of all");
	tap_equal(irq_alloc_descs(1, 0, 1, 0), 1, "the first of all");
	tap_equal(irq_alloc_descs(60, 0, 10, 0), 60, "over two leaves");
	tap_equal(irq_free_descs(99, 12), 0, "free of three ranges at once");
	tap_equal(irq_free_descs((unsigned int)last, 1), 0, "free");
	tap_equal(irq_free_descs(1, 1), 0, "free");
	tap_equal(irq_free_descs(60, 10), 0, "free");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_close();
}

static void desc_anywhere(void)
{
	tap_subject("alloc: from a number upwards, the lowest that fits");
	tap_equal(irq_alloc_descs(-1, 0, 1, 0), 1, "0 is taken as 1");
	tap_equal(irq_alloc_descs(-1, 1, 1, 0), 2, "the next");
	tap_equal(irq_alloc_descs(-5, 40, 2, 0), 40, "from 40");
	tap_equal(irq_alloc_descs(-1, 39, 2, 0), 42, "a gap that is too small");
	tap_equal(irq_alloc_descs(-1, 39, 1, 0), 39, "a gap that fits");
	tap_equal(irq_alloc_descs(-1, 1, 36, 0), 3, "a gap that fits exactly");
	tap_equal(irq_alloc_descs(-1, 1, 1, 0), 44, "after all gaps");
	tap_equal(irq_free_descs(20, 3), 0, "a new gap");
	tap_equal(irq_alloc_descs(-1, 1, 4, 0), 45, "too small for 4");
	tap_equal(irq_alloc_descs(-1, 1, 3, 0), 20, "and right for 3");
	tap_equal(irq_free_descs(1, 48), 0, "free");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_close();
}

static void desc_free_errors(void)
{
	tap_subject("free: all of a range or nothing");
	tap_equal(irq_alloc_descs(10, 0, 5, 0), 10, "10 to 14");
	tap_equal(irq_free_descs(10, 0), -EINVAL, "none");
	tap_equal(irq_free_descs(0, 1), -EINVAL, "irq 0");
	tap_equal(irq_free_descs(9, 2), -EINVAL, "one too low");
	tap_equal(irq_free_descs(14, 2), -EINVAL, "one too high");
	tap_equal(irq_free_descs(10, ~0U), -EINVAL, "~0U of them");
	tap_equal(irq_free_descs(~0U, 1), -EINVAL, "irq ~0U");
	tap_equal(irq_free_descs(~0U, 2), -EINVAL, "round the end");
	tap_equal(irq_free_descs(IRQKIT_NR_IRQS, 1), -EINVAL, "at the end");
	tap_equal(irq_free_descs(IRQKIT_NR_IRQS - 1, 2), -EINVAL, "over it");
	tap_equal(suite_count_irqs(), 5, "irqs after what was refused");
	tap_equal(irq_set_status_flags(12, IRQ_NOREQUEST), 0,
		  "one that was refused works");
	tap_equal(irq_free_descs(10, 5), 0, "free");
	tap_equal(irq_free_descs(10, 5), -EINVAL, "a second free");
	tap_close();
}

static void desc_exhaust(void)
{
	unsigned long memory;

	tap_subject("alloc: every number there is, and all come back");
	tap_equal(irq_alloc_descs(-1, 1, DESC_ALL, 0), 1, "all in one range");
	tap_equal(irq_alloc_descs(-1, 1, 1, 0), -ENOSPC, "one more");
	tap_equal(suite_count_irqs(), DESC_ALL, "irqs");
	memory = host_live();
	tap_equal(irq_free_descs(777, 1), 0, "free of one");
	tap_equal(irq_alloc_descs(-1, 778, 1, 0), -ENOSPC, "above it");
	tap_equal(irq_alloc_descs(-1, 1, 2, 0), -ENOSPC, "two");
	tap_equal(irq_alloc_descs(-1, 1, 1, 0), 777, "the one");
	tap_equal(irq_free_descs(1, DESC_ALL), 0, "free of all");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_equal(irq_alloc_descs(-1, 1, DESC_ALL, 0), 1, "all again");
	tap_equal((long long)host_live(), (long long)memory,
		  "memory the second time");
	tap_equal(irq_free_descs(1, DESC_ALL), 0, "free of all");
	tap_close();
}

/* HZ42: the limit itself, and far beyond, is nobody's. */
static void desc_beyond(void)
{
	tap_subject("HZ42: numbers from the limit on are not looked up");
	tap_expect(irq_to_desc(0) == NULL, "0");
	tap_expect(irq_to_desc(IRQKIT_NR_IRQS - 1) == NULL, "the last");
	tap_expect(irq_to_desc(IRQKIT_NR_IRQS) == NULL, "the limit");
	tap_expect(irq_to_desc(IRQKIT_NR_IRQS + 1) == NULL, "one more");
	tap_expect(irq_to_desc(~0U) == NULL, "all ones");
	tap_expect(irq_get_irq_data(IRQKIT_NR_IRQS) == NULL, "its data");
	tap_close();
}

/* Against an array, with ranges of all sizes at random. */
static void desc_at_random(void)
{
	static bool used[512];
	uint32_t random = SUITE_SEED;

	tap_subject("ranges at random, against a model");
	for (unsigned int i = 0; i < 4000; i++) {
		unsigned int at = suite_random(&random) % 500 + 1;
		unsigned int nr = suite_random(&random) % 10 + 1;
		unsigned int taken = 0;
		int expected;

		for (unsigned int j = at; j < at + nr; j++)
			taken += used[j];
		if (suite_random(&random) % 2 != 0) {
			expected = taken == 0 ? (int)at : -EEXIST;
			tap_equal(irq_alloc_descs((int)at, 0, nr, 0), expected,
				  "alloc of %u at %u", nr, at);
		} else {
			expected = taken == nr ? 0 : -EINVAL;
			tap_equal(irq_free_descs(at, nr), expected,
				  "free of %u at %u", nr, at);
		}
		for (unsigned int j = at; expected >= 0 && j < at + nr; j++)
			used[j] = expected > 0;
	}
	for (unsigned int j = 0; j < 512; j++) {
		tap_equal(irq_to_desc(j) != NULL, used[j], "irq %u", j);
		if (used[j])
			irq_free_descs(j, 1);
	}
	tap_close();
}

/* HZ27: a walk over all must not give what was freed meanwhile. */
static unsigned int desc_victim;
static char desc_table[8192];
static size_t desc_table_length;

static void desc_print(void *context, const char *text)
{
	(void)context;
	for (; *text != '\0' && desc_table_length + 1 < sizeof(desc_table);
	     text++)
		desc_table[desc_table_length++] = *text;
	desc_table[desc_table_length] = '\0';
	if (desc_victim != 0)
		irq_free_descs(desc_victim, 1);
	desc_victim = 0;
}

static void desc_walk(void)
{
	tap_subject("HZ27: a table of interrupts leaves out what was freed");
	irq_alloc_descs(200, 0, 3, 0);
	desc_victim = 201;
	tap_equal(irqkit_show_interrupts(desc_print, NULL), 0, "its result");
	tap_expect(strstr(desc_table, " 200:") != NULL &&
			   strstr(desc_table, " 202:") != NULL,
		   "the others are there");
	tap_expect(strstr(desc_table, " 201:") == NULL,
		   "the freed one is not: %s", desc_table);
	tap_equal(irqkit_show_interrupts(NULL, NULL), -EINVAL, "no function");
	irq_free_descs(200, 1);
	irq_free_descs(202, 1);
	tap_close();
}

/* The same number is another interrupt: nothing of the old one shows. */
static void desc_again(void)
{
	unsigned int generation;

	tap_subject("a number that is used again begins anew");
	irq_alloc_descs(300, 0, 1, 0);
	generation = irq_to_desc(300)->generation;
	tap_equal(generation % 2, 1, "odd while it is allocated");
	irq_set_status_flags(300, IRQ_NOREQUEST | IRQ_NO_BALANCING);
	irq_free_descs(300, 1);
	irq_alloc_descs(300, 0, 1, NUMA_NO_NODE);
	tap_equal(irq_get_irq_data(300)->common->status, 0, "status");
	tap_equal(irq_get_irq_data(300)->common->node, NUMA_NO_NODE, "node");
	tap_expect(irq_to_desc(300)->generation != generation,
		   "another generation");
	irq_free_descs(300, 1);
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(4, NULL);
	desc_fresh();
	desc_bad_ranges();
	desc_fixed();
	desc_anywhere();
	desc_free_errors();
	desc_beyond();
	desc_at_random();
	desc_walk();
	desc_again();
	desc_exhaust();
	return host_end();
}
