/* SPDX-License-Identifier: MIT */
/* Runs the tests of the IPI suite; see ipi_suite.h. */
#include "ipi_suite.h"

struct ledger ipi_ledger, ipi_ledger_other;

static const struct ipi_test *const ipi_suite_parts[] = {
	ipi_reserve_tests, ipi_send_tests,   ipi_order_tests,
	ipi_handler_tests, ipi_detach_tests, ipi_error_tests,
	ipi_destroy_tests,
};

#define IPI_SUITE_NR_PARTS \
	(sizeof(ipi_suite_parts) / sizeof(ipi_suite_parts[0]))

/* Worth a word: with few CPUs a test is done in a second. */
#define IPI_SUITE_SLOW_NS 10000000000ULL

static void ipi_suite_note_time(uint64_t start)
{
	uint64_t took = irqkit_port_nanoseconds() - start;

	if (took > IPI_SUITE_SLOW_NS)
		tap_note("took %u ms", (unsigned int)(took / 1000000));
}

/*
 * Descriptors that were needed once are kept, so a test may leave more memory
 * in use than it found; the second time it may not, or it leaks.
 */
static void ipi_suite_run_twice(const struct ipi_test *test, bool per_cpu)
{
	unsigned long memory = suite_memory();

	test->run(per_cpu);
	if (suite_memory() == memory)
		return;
	memory = suite_memory();
	test->run(per_cpu);
	tap_equal((long long)suite_memory(), (long long)memory,
		  "memory after the second time");
}

static void ipi_suite_run_test(const struct ipi_test *test, bool per_cpu)
{
	unsigned int irqs = suite_count_irqs();
	uint64_t start = irqkit_port_nanoseconds();

	tap_subject("%s", test->name);
	if (suite_nr_online() < test->cpus)
		tap_skip("more CPUs are needed");
	else
		ipi_suite_run_twice(test, per_cpu);
	tap_equal(suite_count_irqs(), irqs, "allocated irqs afterwards");
	tap_expect(!irqkit_port_irqs_disabled(),
		   "interrupts are on afterwards");
	ipi_suite_note_time(start);
	tap_close();
}

static bool ipi_suite_applies(const struct ipi_test *test, bool per_cpu)
{
	return test->mode == IPI_BOTH || (test->mode == IPI_PER_CPU) == per_cpu;
}

void ipi_suite_run(const char *label, bool per_cpu)
{
	tap_prefix(label);
	for (unsigned int i = 0; i < IPI_SUITE_NR_PARTS; i++) {
		const struct ipi_test *test = ipi_suite_parts[i];

		for (; test->name != NULL; test++) {
			if (ipi_suite_applies(test, per_cpu))
				ipi_suite_run_test(test, per_cpu);
		}
	}
	tap_prefix("");
}
