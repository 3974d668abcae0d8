/* SPDX-License-Identifier: MIT */
/* Runs the sentences of the conformance suite; see conformance.h. */
#include "conformance_line.h"

static const struct conformance_test *const conformance_parts[] = {
	conformance_domain_tests,   conformance_start_tests,
	conformance_mask_tests,	    conformance_flow_tests,
	conformance_type_tests,	    conformance_state_tests,
	conformance_affinity_tests, conformance_move_tests,
	conformance_offline_tests,  conformance_percpu_tests,
};

#define CONFORMANCE_NR_PARTS \
	(sizeof(conformance_parts) / sizeof(conformance_parts[0]))

const struct conformance_controller *conformance_chip;
unsigned int conformance_trigger;

const unsigned int conformance_triggers[CONFORMANCE_TRIGGERS] = {
	IRQ_TYPE_EDGE_RISING, IRQ_TYPE_EDGE_FALLING, IRQ_TYPE_EDGE_BOTH,
	IRQ_TYPE_LEVEL_HIGH,  IRQ_TYPE_LEVEL_LOW,
};

const char *conformance_type_name(unsigned int type)
{
	switch (type) {
	case IRQ_TYPE_EDGE_RISING:
		return "rising edge";
	case IRQ_TYPE_EDGE_FALLING:
		return "falling edge";
	case IRQ_TYPE_EDGE_BOTH:
		return "both edges";
	case IRQ_TYPE_LEVEL_HIGH:
		return "high level";
	case IRQ_TYPE_LEVEL_LOW:
		return "low level";
	default:
		return "none";
	}
}

bool conformance_has(unsigned int flags)
{
	return (conformance_chip->flags & flags) == flags;
}

bool conformance_has_type(unsigned int type)
{
	return (conformance_chip->types & CONFORMANCE_BIT(type)) != 0;
}

bool conformance_can_fire(unsigned int type)
{
	return conformance_has_type(type) &&
	       (!conformance_is_level(type) || conformance_chip->drive != NULL);
}

static bool conformance_can_lose_cpu(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		if (cpu != irqkit_port_cpu() && suite_cpu_can_stop(cpu))
			return true;
	}
	return false;
}

/* Sentences about lines of one kind say nothing about the other. */
static bool conformance_concerns(const struct conformance_test *test)
{
	bool per_cpu = (test->flags & CONFORMANCE_PER_CPU) != 0;

	return (test->needs & CONFORMANCE_ANY_KIND) != 0 ||
	       per_cpu == conformance_has(CONFORMANCE_PER_CPU);
}

/* What of the controller and the machine is missing; NULL: nothing. */
static const char *conformance_obstacle(const struct conformance_test *test)
{
	const struct conformance_controller *chip = conformance_chip;
	unsigned int needs = test->needs;
	bool allocates = chip->domain->ops->alloc != NULL;

	if (!conformance_has(test->flags))
		return "it cannot do that";
	if ((needs & CONFORMANCE_TWO_LINES) != 0 && chip->lines < 2)
		return "more lines are needed";
	if ((needs & CONFORMANCE_TWO_CPUS) != 0 && suite_nr_online() < 2)
		return "more CPUs are needed";
	if ((needs & CONFORMANCE_A_CPU_LESS) != 0 &&
	    !conformance_can_lose_cpu())
		return "a CPU that can stop is needed";
	if ((needs & CONFORMANCE_NAMES) != 0 && chip->firmware == NULL)
		return "firmware has no name for it";
	if ((needs & CONFORMANCE_ALLOC) != 0 && !allocates)
		return "its domain maps";
	if ((needs & CONFORMANCE_MAP) != 0 && allocates)
		return "its domain does not map";
	if ((needs & CONFORMANCE_TYPES) != 0 && chip->types == 0)
		return "it has no triggers";
	return NULL;
}

static void conformance_run_turn(const struct conformance_test *test,
				 unsigned int type)
{
	unsigned int misses = tap_misses();

	conformance_trigger = type;
	test->run();
	conformance_free_all();
	if (tap_misses() != misses && type != IRQ_TYPE_NONE)
		tap_note("so with the trigger: %s",
			 conformance_type_name(type));
}

static bool conformance_wants_type(const struct conformance_test *test,
				   unsigned int type)
{
	unsigned int unwanted = conformance_is_level(type)
					? CONFORMANCE_ON_EDGES
					: CONFORMANCE_ON_LEVELS;

	return (test->needs & unwanted) == 0;
}

/* Once for each trigger, or for the first one. Whether there was one. */
static bool conformance_run_turns(const struct conformance_test *test)
{
	bool each = (test->needs & CONFORMANCE_EACH_TRIGGER) != 0;
	bool ran = false;

	if (conformance_chip->types == 0) {
		ran = conformance_wants_type(test, IRQ_TYPE_NONE);
		if (ran)
			conformance_run_turn(test, IRQ_TYPE_NONE);
		return ran;
	}
	for (unsigned int i = 0; i < CONFORMANCE_TRIGGERS; i++) {
		unsigned int type = conformance_triggers[i];

		if (!conformance_can_fire(type) || (ran && !each) ||
		    !conformance_wants_type(test, type))
			continue;
		conformance_run_turn(test, type);
		ran = true;
	}
	return ran;
}

/* Whether it holds. */
static bool conformance_run_test(const struct conformance_test *test)
{
	const char *obstacle = conformance_obstacle(test);
	bool good;

	tap_subject("%s: %s %s", conformance_chip->name, test->number,
		    test->sentence);
	if (obstacle == NULL && !conformance_run_turns(test))
		obstacle = "it has no such trigger";
	if (obstacle != NULL)
		tap_skip(obstacle);
	tap_expect(!irqkit_port_irqs_disabled(),
		   "interrupts are on afterwards");
	good = tap_is_good();
	tap_close();
	return good;
}

unsigned int conformance_suite_run(
	const struct conformance_controller *controller)
{
	unsigned int broken = 0;

	conformance_chip = controller;
	for (unsigned int i = 0; i < CONFORMANCE_NR_PARTS; i++) {
		const struct conformance_test *test = conformance_parts[i];

		for (; test->sentence != NULL; test++) {
			broken += conformance_concerns(test) &&
				  !conformance_run_test(test);
		}
	}
	return broken;
}
