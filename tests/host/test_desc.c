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
#define MODEL_NRS 1024U

static unsigned int desc_lowest_fit(const bool *used, unsigned int from,
				    unsigned int nr)
{
	unsigned int room = 0;

	while (room < nr)
		room = used[from++] ? 0 : room + 1;
	return from - nr;
}

static void desc_at_random(void)
{
	static bool used[MODEL_NRS];
	uint32_t random = SUITE_SEED;

	tap_subject("ranges at random, against a model");
	for (unsigned int i = 0; i < 4000; i++) {
		unsigned int at = suite_random(&random) % 500 + 1;
		unsigned int nr = suite_random(&random) % 10 + 1;
		unsigned int taken = 0;
		int expected;

		for (unsigned int j = at; j < at + nr; j++)
			taken += used[j];
		if (suite_random(&random) % 8 == 0) {
			unsigned int from = at;

			at = desc_lowest_fit(used, from, nr);
			tap_equal(irq_alloc_descs(-1, from, nr, 0), (int)at,
				  "alloc of %u from %u", nr, from);
			tap_equal(irq_free_descs(at, nr), 0, "free of it");
			expected = -1;
		} else if (suite_random(&random) % 2 != 0) {
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
	for (unsigned int j = 0; j < MODEL_NRS; j++) {
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
	const struct irq_desc *before;
	unsigned int generation;

	tap_subject("a number that is used again begins anew");
	irq_alloc_descs(300, 0, 1, 0);
	before = irq_to_desc(300);
	generation = irq_to_desc(300)->generation;
	tap_equal(generation % 2, 1, "odd while it is allocated");
	irq_set_status_flags(300, IRQ_NOREQUEST | IRQ_NO_BALANCING);
	irq_free_descs(300, 1);
	irq_alloc_descs(300, 0, 1, NUMA_NO_NODE);
	tap_equal(irq_get_irq_data(300)->common->status, 0, "status");
	tap_equal(irq_get_irq_data(300)->common->node, NUMA_NO_NODE, "node");
	tap_expect(before->generation != generation, "another generation");
	tap_equal(irq_to_desc(300)->generation % 2, 1, "odd again");
	irq_free_descs(300, 1);
	tap_close();
}

/* The first affinity of each, which is read during the call only. */
static void desc_affinity(void)
{
	static struct irq_affinity_desc array[3];
	struct cpumask none;
	int irq;

	tap_subject("alloc: a first affinity for each");
	for (unsigned int i = 0; i < 3; i++)
		irqkit_cpumask_single(&array[i].mask, i + 1);
	array[1].is_managed = true;
	irq = irq_alloc_descs_affinity(-1, 400, 3, 0, array);
	tap_equal(irq, 400, "irqs");
	array[0].is_managed = true;
	for (unsigned int i = 0; i < 3; i++) {
		const struct irq_data *data = irq_get_irq_data(400 + i);

		irqkit_cpumask_single(&array[i].mask, i + 1);
		tap_expect(cpumask_equal(irq_data_get_affinity_mask(data),
					 &array[i].mask),
			   "mask of %u", i);
		tap_equal(irqd_affinity_is_managed(data), i == 1,
			  "whether %u is managed", i);
	}
	irq_free_descs(400, 3);
	tap_equal(irq_alloc_descs_affinity(400, 0, 3, 0, NULL), 400, "none");
	tap_expect(!irqd_affinity_is_managed(irq_get_irq_data(401)) &&
			   cpumask_equal(irq_data_get_affinity_mask(
						 irq_get_irq_data(401)),
					 cpu_possible_mask),
		   "nothing of the one before is left");
	irq_free_descs(400, 3);
	/* The last mask has no possible CPU, or none at all. */
	irqkit_cpumask_single(&array[2].mask, nr_cpu_ids);
	tap_equal(irq_alloc_descs_affinity(400, 0, 3, 0, array), -EINVAL,
		  "a CPU that is not possible");
	tap_equal(irq_alloc_descs_affinity(400, 0, 2, 0, array), 400,
		  "it is not read beyond the range");
	irq_free_descs(400, 2);
	cpumask_clear(&none);
	cpumask_copy(&array[0].mask, &none);
	tap_equal(irq_alloc_descs_affinity(-1, 1, 3, 0, array), -EINVAL,
		  "no CPU");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_close();
}

static const struct irq_chip desc_chip = {
	.name = "desc",
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

static irqreturn_t desc_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void desc_set_up(unsigned int irq)
{
	tap_equal(irq_alloc_descs((int)irq, 0, 1, 0), (int)irq, "alloc");
	tap_equal(irq_set_chip_and_handler(irq, 5, &desc_chip, NULL,
					   handle_simple_irq),
		  0, "its chip");
}

static void desc_arrive(unsigned int irq)
{
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(irqkit_port_cpu());
	generic_handle_irq_desc(irq_to_desc(irq));
	irqkit_dispatch_exit(irqkit_port_cpu());
	irqkit_port_irq_restore(state);
}

static void desc_free_busy(void)
{
	unsigned long state;

	tap_subject("free: one with a handler keeps the whole range");
	for (unsigned int irq = 410; irq < 413; irq++)
		desc_set_up(irq);
	tap_equal(request_irq(412, desc_handler, 0, "d", NULL), 0, "request");
	tap_equal(irq_free_descs(410, 3), -EBUSY, "the last has a handler");
	tap_equal(suite_count_irqs(), 3, "irqs");
	tap_equal(request_irq(410, desc_handler, 0, "d", NULL), 0,
		  "one of them works");
	tap_equal(free_irq(410, NULL), 0, "free_irq()");
	tap_equal(free_irq(412, NULL), 0, "free_irq()");
	tap_equal(
		irq_set_chained_handler_and_data(411, handle_simple_irq, NULL),
		0, "chained");
	tap_equal(irq_free_descs(410, 3), -EBUSY, "one is chained");
	tap_equal(irq_set_chained_handler_and_data(411, NULL, NULL), 0,
		  "not any more");
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(0);
	tap_equal(irq_free_descs(410, 3), -EDEADLK, "from a handler");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	tap_equal(suite_count_irqs(), 3, "irqs");
	tap_equal(irq_free_descs(410, 3), 0, "free");
	tap_close();
}

/* What was told of an interrupt without a handler goes with its number. */
static void desc_stale(void)
{
	struct cpumask mask;

	tap_subject("a number that was never started begins anew too");
	desc_set_up(420);
	tap_equal(irq_set_irq_wake(420, true), 0, "it wakes the system");
	desc_arrive(420);
	tap_equal((long long)kstat_irqs(420), 1, "count");
	irqkit_cpumask_single(&mask, 2);
	irq_data_update_effective_affinity(irq_get_irq_data(420), &mask);
	tap_equal(irq_free_descs(420, 1), 0, "free");
	/* Storage comes back in its own time: until the slot is used again. */
	for (unsigned int i = 0; i < 4; i++) {
		tap_equal(irq_alloc_descs(420, 0, 600, 0), 420, "alloc");
		for (unsigned int irq = 420; irq < 1020; irq++) {
			irq_get_effective_affinity(irq, &mask);
			tap_expect(cpumask_empty(&mask), "irq %u goes nowhere",
				   irq);
			tap_equal(irq_set_irq_wake(irq, false), -EINVAL,
				  "irq %u wakes nothing", irq);
			tap_equal((long long)kstat_irqs(irq), 0, "irq %u came",
				  irq);
		}
		irq_free_descs(420, 600);
	}
	tap_close();
}

/*
 * CPUs allocate and free all the time. A walk sees what is there throughout
 * each time, once and upwards, and nothing that was never allocated.
 */
#define STORM_FIRST 1000U
#define STORM_NR    256U
#define STORM_STEP  5U /* every fifth stays */

static bool desc_storm_over;
static unsigned int desc_storm_allocs;
static int desc_storm_wrong;

static void desc_storm(void *argument)
{
	uint32_t random = SUITE_SEED + irqkit_port_cpu();

	(void)argument;
	while (!desc_storm_over) {
		unsigned int nr = suite_random(&random) % 4 + 1;
		int irq = irq_alloc_descs(
			-1, STORM_FIRST + suite_random(&random) % STORM_NR, nr,
			0);

		if (irq < (int)STORM_FIRST)
			desc_storm_wrong = irq;
		desc_storm_allocs++;
		host_yield();
		if (irq > 0 && irq_free_descs((unsigned int)irq, nr) != 0)
			desc_storm_wrong = irq;
	}
}

static void desc_check_walk(void)
{
	unsigned int before = 0;
	unsigned int stayed = 0;
	unsigned int irq;

	for_each_active_irq (irq) {
		const struct irq_desc *desc = irq_to_desc(irq);

		tap_expect(irq > before && irq >= STORM_FIRST &&
				   irq < IRQKIT_NR_IRQS,
			   "%u after %u", irq, before);
		if (irq % STORM_STEP == 0 && irq < STORM_FIRST + STORM_NR)
			stayed++;
		else if (desc != NULL && desc->irq_data.irq == irq)
			tap_expect(desc->action == NULL, "irq %u is new", irq);
		before = irq;
		if (irq % 3 == 0)
			host_yield();
	}
	tap_equal(stayed, (STORM_NR + STORM_STEP - 1) / STORM_STEP,
		  "those that stay");
}

static void desc_storm_walks(void)
{
	struct irqkit_receipt receipt = {.room = 0};

	tap_subject("HZ21, HZ27: walks and an offline in a storm of allocs");
	for (unsigned int i = 0; i < STORM_NR; i += STORM_STEP)
		desc_set_up(STORM_FIRST + i);
	for (unsigned int cpu = 1; cpu < 3; cpu++)
		host_give_work(cpu, desc_storm, NULL);
	for (unsigned int i = 0; i < 200; i++) {
		desc_check_walk();
		if (i % 16 != 0)
			continue;
		tap_equal(irqkit_cpu_offline(3, &receipt), 0, "offline");
		tap_equal(irqkit_cpu_online(3), 0, "online");
	}
	desc_storm_over = true;
	while (!host_is_idle(1) || !host_is_idle(2))
		host_yield();
	tap_expect(desc_storm_allocs > 100, "%u allocs", desc_storm_allocs);
	tap_equal(desc_storm_wrong, 0, "wrong results");
	for (unsigned int i = 0; i < STORM_NR; i += STORM_STEP)
		tap_equal(irq_free_descs(STORM_FIRST + i, 1), 0, "free");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_close();
}

/*
 * All want the same numbers, where no storage is yet: one gets them, and what
 * the others brought along for it is given back.
 */
#define RIVAL_FIRST  20032U /* of a leaf */
#define RIVAL_STEP   IRQKIT_BITS_PER_LONG
#define RIVAL_ROUNDS 64U

static unsigned int desc_rival_irq;
static int desc_rival_results[4];

static void desc_rival(void *argument)
{
	(void)argument;
	desc_rival_results[irqkit_port_cpu()] =
		irq_alloc_descs((int)desc_rival_irq, 0, 40, 0);
}

static void desc_rival_round(void)
{
	unsigned int got = 0;

	suite_run_on_mask(cpu_online_mask, desc_rival, NULL);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		int result = desc_rival_results[cpu];

		got += result == (int)desc_rival_irq;
		tap_expect(result == (int)desc_rival_irq || result == -EEXIST,
			   "cpu %u: %d", cpu, result);
	}
	tap_equal(got, 1, "CPUs that got them");
	tap_equal(irq_free_descs(desc_rival_irq, 40), 0, "free");
}

static void desc_rivals(void)
{
	unsigned long memory;

	tap_subject("alloc: the same numbers from all CPUs at once");
	suite_host_warm_up();
	memory = host_live();
	for (unsigned int i = 0; i < RIVAL_ROUNDS; i++) {
		desc_rival_irq = RIVAL_FIRST + i * RIVAL_STEP;
		desc_rival_round();
	}
	tap_equal((long long)(host_live() - memory), RIVAL_ROUNDS,
		  "new pieces of memory");
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
	desc_affinity();
	desc_free_busy();
	desc_stale();
	desc_storm_walks();
	desc_rivals();
	desc_exhaust();
	return host_end();
}
