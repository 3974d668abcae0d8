/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the hotplug suite share: sources, and steps of CPUs that
 * are checked against what the library promises.
 */
#ifndef TESTS_SUITES_HOTPLUG_H
#define TESTS_SUITES_HOTPLUG_H

#include <irqkit/cpuhotplug.h>
#include "source.h"

enum hotplug_need {
	HOTPLUG_NEEDS_NOTHING,
	HOTPLUG_NEEDS_ISOLATION, /* isolcpus=managed_irq,... */
	HOTPLUG_NEEDS_LIMIT,	 /* CPUs that can be full */
};

/* A subject, opened and closed by the suite. */
struct hotplug_test {
	const char *name;
	void (*run)(void);
	unsigned int movable; /* CPUs that must be able to go offline */
	enum hotplug_need need;
};

/* Each ends with an entry that has no name. */
extern const struct hotplug_test hotplug_step_tests[];
extern const struct hotplug_test hotplug_chained_tests[];
extern const struct hotplug_test hotplug_managed_tests[];
extern const struct hotplug_test hotplug_error_tests[];
extern const struct hotplug_test hotplug_plan_tests[];
extern const struct hotplug_test hotplug_room_tests[];
extern const struct hotplug_test hotplug_storm_tests[];
extern const struct hotplug_test hotplug_end_tests[];

/* Steps of the storm, and where its row of random numbers begins. */
extern unsigned int hotplug_rounds;
extern uint32_t hotplug_seed;

#define HOTPLUG_SOURCES 28U

/* Those of the running test; the ones opened come first. */
extern struct source hotplug_sources[HOTPLUG_SOURCES];
extern unsigned int hotplug_nr_sources;

/* What the last hotplug_down() answered. */
extern struct irqkit_receipt hotplug_receipt;

/* hotplug_machine.c: the CPUs of the suite. */

/* Those that go and come: online at the begin of the suite. */
extern struct cpumask hotplug_movable;
void hotplug_begin(void);
void hotplug_begin_test(void);

/* The n-th of them, and a mask of CPUs in the order of the arguments. */
unsigned int hotplug_cpu(unsigned int n);
const struct cpumask *hotplug_mask(unsigned int cpu);
const struct cpumask *hotplug_mask_two(unsigned int cpu, unsigned int other);

/* hotplug_step.c */

/* The next of the sources; NULL, and the subject fails, if that is in vain. */
struct source *hotplug_open(enum source_kind kind, const struct cpumask *cpus);
void hotplug_close_all(void);

/*
 * Take a CPU down, or bring it back, and expect that each source is then where
 * it has to be, and that the receipt says so. A managed source that loses its
 * last CPU is held from before until it is back.
 */
bool hotplug_down(unsigned int cpu);
bool hotplug_up(unsigned int cpu);

/* The CPU hears nothing any more when @between is called, and then goes. */
bool hotplug_down_deaf(unsigned int cpu, void (*between)(void *argument));

/* All that are offline. */
bool hotplug_up_all(void);

/* Expect that the receipt has so many of a kind, and of no other. */
bool hotplug_expect_only(enum irqkit_receipt_kind kind, unsigned int count);

/* Managed sources are off isolated CPUs as long as another one runs. */
bool hotplug_check_isolation(const struct source *source);

/* Hold all, look at the books, see where each arrives, and go on. */
bool hotplug_rest(void);

/* Once in a test, when it has failed: all that is known of an interrupt. */
void hotplug_tell(unsigned int irq);

#endif
