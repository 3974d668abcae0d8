/* SPDX-License-Identifier: MIT */
/* Conformance: where a controller aims, as it says and as it does. */
#include <irqkit/irqdomain.h>
#include "conformance_line.h"

/* More than a CPU has room for, if it has a limit. */
#define AFFINITY_MOST  320U

#define AFFINITY_MASKS 16U

static void affinity_test_effective(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	uint32_t random = SUITE_SEED;

	for (unsigned int i = 0; line != NULL && i < AFFINITY_MASKS; i++) {
		struct cpumask mask;

		suite_random_mask(&random, &mask);
		if (!conformance_aim_mask(line, &mask) ||
		    !conformance_expect_aim(line, &mask))
			return;
	}
}

static void affinity_test_arrival(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	struct cpumask cpus;
	unsigned int cpu;

	if (line == NULL)
		return;
	suite_few_cpus(&cpus);
	for_each_cpu (cpu, &cpus) {
		if (!conformance_aim(line, cpu))
			return;
		conformance_raise(line);
		if (!conformance_reach(line, "after irq_set_affinity()"))
			return;
		tap_equal(line->cpu, cpu, "irq %u: CPU of the next event",
			  line->irq);
	}
}

static void affinity_expect_refused(struct conformance_line *line,
				    const struct cpumask *mask,
				    const char *what)
{
	struct cpumask before;
	struct cpumask after;
	int error;

	irq_get_effective_affinity(line->irq, &before);
	error = irq_set_affinity(line->irq, mask);
	tap_expect(error < 0, "%s: irq_set_affinity(): %d", what, error);
	irq_get_effective_affinity(line->irq, &after);
	tap_expect(cpumask_equal(&before, &after),
		   "%s: it went to cpu %u, and goes to cpu %u", what,
		   cpumask_first(&before), cpumask_first(&after));
	conformance_raise(line);
	if (conformance_reach(line, what))
		tap_expect(cpumask_test_cpu(line->cpu, &before),
			   "%s: it goes to cpu %u, and came at cpu %u", what,
			   cpumask_first(&before), line->cpu);
}

static void affinity_test_refused(void)
{
	struct conformance_line *line = conformance_open_here();
	struct cpumask mask;

	if (line == NULL)
		return;
	cpumask_clear(&mask);
	affinity_expect_refused(line, &mask, "no CPU");
	if (suite_offline_cpu() == SUITE_NONE)
		return;
	cpumask_set_cpu(suite_offline_cpu(), &mask);
	affinity_expect_refused(line, &mask, "an offline CPU");
}

/* Masked, where that can be; then it may be aimed at once or when it fires. */
static void affinity_test_disabled(void)
{
	struct conformance_line *line = conformance_open_here();
	unsigned int cpu = suite_next_online(irqkit_port_cpu());
	struct cpumask mask;

	if (line == NULL)
		return;
	irqkit_cpumask_single(&mask, cpu);
	irq_set_status_flags(line->irq, IRQ_DISABLE_UNLAZY);
	tap_equal(disable_irq(line->irq), 0, "disable_irq()");
	tap_equal(irq_set_affinity(line->irq, &mask), 0, "irq_set_affinity()");
	tap_equal(enable_irq(line->irq), 0, "enable_irq()");
	if (!conformance_finish_move(line))
		return;
	conformance_raise(line);
	if (conformance_reach(line, "aimed while it was disabled"))
		tap_equal(line->cpu, cpu, "CPU of the next event");
}

/* ---- a CPU without room */

static unsigned int affinity_irqs[AFFINITY_MOST];
static unsigned int affinity_nr;

static irqreturn_t affinity_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* One more at that CPU; whether it has room. */
static bool affinity_fill_one(unsigned int number, unsigned int cpu)
{
	struct irq_affinity_desc affinity = {.is_managed = false};
	struct cpumask effective;
	int irq;
	int error;

	irqkit_cpumask_single(&affinity.mask, cpu);
	irq = conformance_allocate(number, &affinity);
	if (irq <= 0)
		return false;
	error = request_irq((unsigned int)irq, affinity_handler, 0, "filler",
			    affinity_irqs);
	if (error != 0) {
		irq_domain_free_irqs((unsigned int)irq, 1);
		return false;
	}
	affinity_irqs[affinity_nr++] = (unsigned int)irq;
	irq_get_effective_affinity((unsigned int)irq, &effective);
	return cpumask_test_cpu(cpu, &effective);
}

/* Line 0 is that of the test. */
static void affinity_fill(unsigned int cpu)
{
	unsigned int number = 1;

	affinity_nr = 0;
	while (affinity_nr < AFFINITY_MOST &&
	       number < conformance_chip->lines &&
	       affinity_fill_one(number, cpu))
		number++;
}

static void affinity_empty(void)
{
	while (affinity_nr > 0) {
		unsigned int irq = affinity_irqs[--affinity_nr];

		tap_equal(free_irq(irq, affinity_irqs), 0, "free_irq()");
		tap_equal(irq_domain_free_irqs(irq, 1), 0, "free irq %u", irq);
	}
}

/* The part of HZ6 that is the chip's. */
static void affinity_test_room(void)
{
	struct conformance_line *line = conformance_open_here();
	unsigned int cpu = suite_next_online(irqkit_port_cpu());
	struct cpumask mask;
	int error;

	if (line == NULL)
		return;
	irqkit_cpumask_single(&mask, cpu);
	affinity_fill(cpu);
	error = irq_set_affinity(line->irq, &mask);
	if (error < 0) {
		tap_equal(error, -IRQKIT_ENOSPC, "a CPU without room");
		affinity_expect_refused(line, &mask, "a CPU without room");
	}
	affinity_empty();
	if (error >= 0) {
		tap_skip("no CPU runs out of room");
		return;
	}
	if (!conformance_aim(line, cpu))
		return;
	conformance_raise(line);
	conformance_reach(line, "when there is room again");
}

const struct conformance_test conformance_affinity_tests[] = {
	{"C60",
	 "After irq_set_affinity() the effective affinity is in the mask",
	 affinity_test_effective, CONFORMANCE_TWO_CPUS, CONFORMANCE_MOVES},
	{"C61", "After irq_set_affinity() it arrives at the new CPU",
	 affinity_test_arrival, CONFORMANCE_TWO_CPUS | CONFORMANCE_EACH_TRIGGER,
	 CONFORMANCE_MOVES},
	{"C62", "A mask without a CPU for it is refused, and it stays",
	 affinity_test_refused, 0, CONFORMANCE_MOVES},
	{"C63", "Where there is no room irq_set_affinity() fails, and it stays",
	 affinity_test_room, CONFORMANCE_TWO_CPUS | CONFORMANCE_ALLOC,
	 CONFORMANCE_MOVES},
	{"C64", "Aimed while it is disabled it arrives at the new CPU later",
	 affinity_test_disabled, CONFORMANCE_TWO_CPUS, CONFORMANCE_MOVES},
	{NULL, NULL, NULL, 0, 0},
};
