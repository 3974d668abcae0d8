/* SPDX-License-Identifier: MIT */
/*
 * Every function of irqkit/cpumask.h against a naive model: an array with a
 * bool for each CPU. Included by test_cpumask*.c, each with a width of its
 * own; the library that is linked has another, and no mask of it is touched.
 */
#ifndef TESTS_HOST_CPUMASK_CASES_H
#define TESTS_HOST_CPUMASK_CASES_H

#include <irqkit/cpumask.h>
#include "host.h"
#include "suites/tap.h"

#define MASK_CPUS   ((unsigned int)IRQKIT_NR_CPUS)
#define MASK_ROUNDS 300U

struct mask_model {
	bool has[IRQKIT_NR_CPUS];
};

static uint32_t mask_seed = 12345;

static uint32_t mask_random(void)
{
	mask_seed = mask_seed * 1664525U + 1013904223U;
	return mask_seed >> 8;
}

/* Full, empty, sparse and dense ones. */
static void mask_fill(struct cpumask *mask, struct mask_model *model)
{
	unsigned int density = mask_random() % 9;

	cpumask_clear(mask);
	for (unsigned int cpu = 0; cpu < MASK_CPUS; cpu++) {
		model->has[cpu] = mask_random() % 8 < density;
		if (model->has[cpu])
			cpumask_set_cpu(cpu, mask);
	}
}

static bool mask_is(const struct cpumask *mask, const struct mask_model *model)
{
	for (unsigned int cpu = 0; cpu < MASK_CPUS; cpu++) {
		if (cpumask_test_cpu(cpu, mask) != model->has[cpu])
			return false;
	}
	/* No bit beyond the last CPU is ever set. */
	for (unsigned int i = MASK_CPUS;
	     i < IRQKIT_CPUMASK_LONGS * IRQKIT_BITS_PER_LONG; i++) {
		if ((mask->bits[i / IRQKIT_BITS_PER_LONG] >>
			     (i % IRQKIT_BITS_PER_LONG) &
		     1) != 0)
			return false;
	}
	return true;
}

static unsigned int mask_model_find(const struct mask_model *model,
				    unsigned int from)
{
	while (from < MASK_CPUS && !model->has[from])
		from++;
	return from < MASK_CPUS ? from : MASK_CPUS;
}

static void mask_check_find(const struct cpumask *mask,
			    const struct mask_model *model)
{
	unsigned int last = MASK_CPUS;

	for (unsigned int cpu = 0; cpu < MASK_CPUS; cpu++) {
		if (model->has[cpu])
			last = cpu;
		tap_equal(cpumask_next(cpu, mask),
			  mask_model_find(model, cpu + 1), "next of %u", cpu);
		tap_equal(irqkit_cpumask_find(mask, cpu),
			  mask_model_find(model, cpu), "find from %u", cpu);
	}
	tap_equal(irqkit_cpumask_find(mask, MASK_CPUS), MASK_CPUS,
		  "find from the end");
	tap_equal(cpumask_first(mask), mask_model_find(model, 0), "first");
	tap_equal(cpumask_last(mask), last, "last");
}

static void mask_check_walk(const struct cpumask *mask,
			    const struct mask_model *model)
{
	unsigned int expected = mask_model_find(model, 0);
	unsigned int weight = 0;
	unsigned int cpu;

	for_each_cpu (cpu, mask) {
		tap_equal(cpu, expected, "CPU %u of the walk", weight);
		expected = mask_model_find(model, expected + 1);
		weight++;
	}
	tap_equal(expected, MASK_CPUS, "end of the walk");
	tap_equal(cpumask_weight(mask), weight, "weight");
	tap_equal(cpumask_empty(mask), weight == 0, "empty");
}

static void mask_check_one(const struct cpumask *mask,
			   const struct mask_model *model)
{
	struct cpumask copy;
	struct mask_model changed = *model;

	mask_check_find(mask, model);
	mask_check_walk(mask, model);
	cpumask_copy(&copy, mask);
	tap_expect(mask_is(&copy, model) && cpumask_equal(&copy, mask),
		   "a copy is equal");
	for (unsigned int i = 0; i < 16; i++) {
		unsigned int cpu = mask_random() % MASK_CPUS;

		changed.has[cpu] = i % 2 == 0;
		if (i % 4 == 0)
			cpumask_set_cpu(cpu, &copy);
		else if (i % 4 == 1)
			irqkit_cpumask_clear_cpu_atomic(cpu, &copy);
		else if (i % 4 == 2)
			irqkit_cpumask_set_cpu_atomic(cpu, &copy);
		else
			cpumask_clear_cpu(cpu, &copy);
		tap_expect(mask_is(&copy, &changed), "change of cpu %u", cpu);
	}
}

static void mask_check_two(const struct cpumask *a, const struct mask_model *ma,
			   const struct cpumask *b, const struct mask_model *mb)
{
	struct mask_model both, any, less;
	bool equal = true, subset = true, meet = false;
	struct cpumask result;

	for (unsigned int cpu = 0; cpu < MASK_CPUS; cpu++) {
		both.has[cpu] = ma->has[cpu] && mb->has[cpu];
		any.has[cpu] = ma->has[cpu] || mb->has[cpu];
		less.has[cpu] = ma->has[cpu] && !mb->has[cpu];
		equal = equal && ma->has[cpu] == mb->has[cpu];
		subset = subset && !less.has[cpu];
		meet = meet || both.has[cpu];
	}
	cpumask_and(&result, a, b);
	tap_expect(mask_is(&result, &both), "and");
	cpumask_or(&result, a, b);
	tap_expect(mask_is(&result, &any), "or");
	cpumask_andnot(&result, a, b);
	tap_expect(mask_is(&result, &less), "andnot");
	tap_equal(cpumask_equal(a, b), equal, "equal");
	tap_equal(cpumask_subset(a, b), subset, "subset");
	tap_equal(cpumask_intersects(a, b), meet, "intersects");
	tap_expect(cpumask_subset(a, a) && cpumask_equal(a, a), "itself");
	/* The result may be an operand. */
	cpumask_copy(&result, a);
	cpumask_andnot(&result, &result, b);
	tap_expect(mask_is(&result, &less), "andnot in place");
}

static void mask_check_made(void)
{
	for (unsigned int nr = 0; nr <= MASK_CPUS; nr++) {
		struct cpumask mask;
		struct mask_model model;

		for (unsigned int cpu = 0; cpu < MASK_CPUS; cpu++)
			model.has[cpu] = cpu < nr;
		irqkit_cpumask_first_n(&mask, nr);
		tap_expect(mask_is(&mask, &model), "the first %u", nr);
		if (nr == MASK_CPUS)
			break;
		for (unsigned int cpu = 0; cpu < MASK_CPUS; cpu++)
			model.has[cpu] = cpu == nr;
		irqkit_cpumask_single(&mask, nr);
		tap_expect(mask_is(&mask, &model), "cpu %u alone", nr);
	}
}

int main(void)
{
	host_begin();
	tap_subject("masks of %u CPUs: those that are made", MASK_CPUS);
	mask_check_made();
	tap_close();
	tap_subject("masks of %u CPUs: one and two at random", MASK_CPUS);
	for (unsigned int i = 0; i < MASK_ROUNDS; i++) {
		struct cpumask a, b;
		struct mask_model ma, mb;

		mask_fill(&a, &ma);
		mask_fill(&b, &mb);
		mask_check_one(&a, &ma);
		mask_check_two(&a, &ma, &b, &mb);
		mask_check_two(&a, &ma, &a, &ma);
	}
	tap_close();
	return host_end();
}

#endif
