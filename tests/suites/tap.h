/* SPDX-License-Identifier: MIT */
/*
 * A writer of TAP. A subject is one line of the result; while it is open any
 * number of expectations are checked, and each that fails says so at once in
 * a diagnostic line. A failed one never ends anything.
 *
 * One CPU writes; what other CPUs find out they leave in memory.
 */
#ifndef TESTS_SUITES_TAP_H
#define TESTS_SUITES_TAP_H

#include <stdbool.h>
#include <irqkit/stats.h>
#include <irqkit/types.h>

/* Where the lines go. */
void tap_begin(irqkit_print_t print, void *context);

/* Prints the plan. Returns the number of failed subjects. */
unsigned int tap_end(void);

/* Words before each subject from here on; "" for none. */
void tap_prefix(const char *prefix);

/* Open a subject and close it, which prints its line. */
void tap_subject(const char *format, ...) IRQKIT_PRINTF(1, 2);
void tap_close(void);

/* Whether nothing failed in the open subject yet; and how much did. */
bool tap_is_good(void);
unsigned int tap_misses(void);

/* The open subject cannot be tested here, for a reason. */
void tap_skip(const char *reason);

/* Expectations of the open subject. Each returns whether it held. */
bool tap_expect(bool condition, const char *format, ...) IRQKIT_PRINTF(2, 3);
bool tap_equal(long long actual, long long expected, const char *format, ...)
	IRQKIT_PRINTF(3, 4);

/* A whole subject in one call. */
bool tap_ok(bool condition, const char *format, ...) IRQKIT_PRINTF(2, 3);

/* A diagnostic line. */
void tap_note(const char *format, ...) IRQKIT_PRINTF(1, 2);

#endif
