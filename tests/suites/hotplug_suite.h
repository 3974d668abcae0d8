/* SPDX-License-Identifier: MIT */
/*
 * The hotplug suite: requirements H1 to H15 with interrupts that software
 * raises. The tests are in hotplug_*.c; a name begins with its row.
 */
#ifndef TESTS_SUITES_HOTPLUG_SUITE_H
#define TESTS_SUITES_HOTPLUG_SUITE_H

#include "suite.h"

/*
 * Run all tests. @label: what is tested, in words. @rounds: steps of the test
 * with random ones. @seed: where these begin, not 0; SUITE_SEED.
 */
void hotplug_suite_run(const char *label, unsigned int rounds, uint32_t seed);

#endif
