/* SPDX-License-Identifier: MIT */
/* Runs the tests of the hotplug suite; see hotplug_suite.h. */
#include "hotplug_suite.h"
#include "hotplug.h"

static const struct hotplug_test *const hotplug_suite_parts[] = {
	hotplug_step_tests,  hotplug_chained_tests, hotplug_managed_tests,
	hotplug_error_tests, hotplug_plan_tests,    hotplug_room_tests,
	hotplug_storm_tests, hotplug_end_tests,
};

#define HOTPLUG_SUITE_NR_PARTS \
	(sizeof(hotplug_suite_parts) / sizeof(hotplug_suite_parts[0]))

/* NULL: the test can be run. */
static const char *hotplug_suite_obstacle(const struct hotplug_test *test)
{
	if (cpumask_weight(&hotplug_movable) < test->movable)
		return "more CPUs are needed";
	if (test->need == HOTPLUG_NEEDS_ISOLATION &&
	    !housekeeping_enabled(HK_TYPE_MANAGED_IRQ))
		return "isolcpus=managed_irq,... is needed";
	if (test->need == HOTPLUG_NEEDS_LIMIT && !suite_cpus_have_limit())
		return "this controller aims any number at a CPU";
	return NULL;
}

static void hotplug_suite_run_once(const struct hotplug_test *test)
{
	test->run();
	hotplug_up_all();
	hotplug_close_all();
}

/* What is needed once is kept: the memory counts the second time. */
static void hotplug_suite_run_twice(const struct hotplug_test *test)
{
	unsigned long memory = suite_memory();

	hotplug_suite_run_once(test);
	if (suite_memory() == memory || !tap_is_good())
		return;
	memory = suite_memory();
	hotplug_suite_run_once(test);
	tap_equal((long long)suite_memory(), (long long)memory,
		  "memory after the second time");
}

static void hotplug_suite_run_test(const struct hotplug_test *test)
{
	const char *obstacle = hotplug_suite_obstacle(test);
	unsigned int irqs = suite_count_irqs();
	struct cpumask online;

	cpumask_copy(&online, cpu_online_mask);
	tap_subject("%s", test->name);
	hotplug_begin_test();
	if (obstacle != NULL)
		tap_skip(obstacle);
	else
		hotplug_suite_run_twice(test);
	tap_equal(suite_count_irqs(), irqs, "allocated irqs afterwards");
	tap_expect(cpumask_equal(&online, cpu_online_mask) &&
			   cpumask_equal(&online, cpu_active_mask),
		   "the same CPUs are online and active afterwards");
	tap_expect(!irqkit_port_irqs_disabled(),
		   "interrupts are on afterwards");
	tap_close();
}

void hotplug_suite_run(const char *label, unsigned int rounds, uint32_t seed)
{
	tap_prefix(label);
	hotplug_rounds = rounds;
	hotplug_seed = seed;
	hotplug_begin();
	for (unsigned int i = 0; i < HOTPLUG_SUITE_NR_PARTS; i++) {
		const struct hotplug_test *test = hotplug_suite_parts[i];

		for (; test->name != NULL; test++)
			hotplug_suite_run_test(test);
	}
	tap_prefix("");
}
