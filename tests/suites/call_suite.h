/* SPDX-License-Identifier: MIT */
/* Cross calls (irqkit/smp_call.h) on all CPUs of the machine. */
#ifndef TESTS_SUITES_CALL_SUITE_H
#define TESTS_SUITES_CALL_SUITE_H

/* Run all tests; irqkit_smp_call_init() was called. */
void call_suite_run(const char *label);

#endif
