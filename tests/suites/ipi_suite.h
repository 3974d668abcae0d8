/* SPDX-License-Identifier: MIT */
/*
 * The IPI suite: requirements I1 to I17 in one mode, and what a kernel
 * does with IPIs. The tests are in ipi_*.c; a name begins with its row.
 */
#ifndef TESTS_SUITES_IPI_SUITE_H
#define TESTS_SUITES_IPI_SUITE_H

#include "ledger.h"

/*
 * A subject, opened and closed by the suite, which sees to it as well that
 * the test leaves nothing behind.
 */
struct ipi_test {
	const char *name;
	void (*run)(bool per_cpu);
	enum {
		IPI_BOTH,
		IPI_SINGLE,
		IPI_PER_CPU,
	} mode;
	unsigned int cpus; /* how many must be online */
};

/* Each ends with an entry that has no name. */
extern const struct ipi_test ipi_reserve_tests[];
extern const struct ipi_test ipi_send_tests[];
extern const struct ipi_test ipi_order_tests[];
extern const struct ipi_test ipi_handler_tests[];
extern const struct ipi_test ipi_detach_tests[];
extern const struct ipi_test ipi_error_tests[];
extern const struct ipi_test ipi_destroy_tests[];

/* Run all tests of a mode. @label: what is tested, in words. */
void ipi_suite_run(const char *label, bool per_cpu);

/* Books for the tests; they are too large for a stack. */
extern struct ledger ipi_ledger, ipi_ledger_other;

#endif
