/* SPDX-License-Identifier: MIT */
/*
 * Conformance: lines that are held back. With IRQ_DISABLE_UNLAZY a disabled
 * interrupt is masked; without, only when it arrives.
 */
#include "conformance_line.h"

/* An interrupt that is masked, or NULL. */
static struct conformance_line *mask_open(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	if (line == NULL)
		return NULL;
	tap_equal(irq_set_status_flags(line->irq, IRQ_DISABLE_UNLAZY), 0,
		  "irq_set_status_flags()");
	tap_equal(disable_irq(line->irq), 0, "disable_irq()");
	return line;
}

static void mask_enable(const struct conformance_line *line)
{
	tap_equal(enable_irq(line->irq), 0, "enable_irq()");
}

static void mask_test_silence(void)
{
	struct conformance_line *line = mask_open();

	if (line == NULL)
		return;
	conformance_raise_in_vain(line);
	conformance_settle();
	tap_equal((long long)line->arrived, 0, "arrivals of a masked line");
}

static void mask_test_latch(void)
{
	struct conformance_line *line = mask_open();

	if (line == NULL)
		return;
	conformance_raise(line);
	conformance_settle();
	mask_enable(line);
	conformance_reach(line, "raised while it was masked");
}

static void mask_test_level_gone(void)
{
	struct conformance_line *line = mask_open();

	if (line == NULL)
		return;
	conformance_raise_in_vain(line);
	conformance_settle();
	conformance_withdraw(line);
	mask_enable(line);
	conformance_await(line, "asserted and released while it was masked");
}

static void mask_test_quiet(void)
{
	struct conformance_line *line = mask_open();

	if (line == NULL)
		return;
	mask_enable(line);
	conformance_settle();
	tap_equal((long long)line->arrived, 0, "arrivals of what never fired");
}

/* Raised while it was disabled and let through; its handler was not called. */
static struct conformance_line *mask_open_pending(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	if (line == NULL)
		return NULL;
	tap_equal(disable_irq(line->irq), 0, "disable_irq()");
	conformance_raise(line);
	conformance_settle();
	tap_equal((long long)line->handled, 0, "calls while it is disabled");
	mask_enable(line);
	return line;
}

static void mask_test_kept(void)
{
	struct conformance_line *line = mask_open_pending();

	if (line != NULL)
		conformance_reach(line, "raised while it was disabled");
}

static void mask_test_once(void)
{
	struct conformance_line *line = mask_open_pending();

	if (line == NULL)
		return;
	conformance_settle();
	conformance_settle();
	tap_expect(line->handled <= line->expected,
		   "irq %u: the handler was called %lu times for %lu events",
		   line->irq, line->handled, line->expected);
}

const struct conformance_test conformance_mask_tests[] = {
	{"C20", "A masked line delivers nothing", mask_test_silence,
	 CONFORMANCE_EACH_TRIGGER, CONFORMANCE_MASKS},
	{"C21", "An edge that came while it was masked is delivered afterwards",
	 mask_test_latch, CONFORMANCE_EACH_TRIGGER | CONFORMANCE_ON_EDGES,
	 CONFORMANCE_MASKS | CONFORMANCE_LATCHES},
	{"C22",
	 "A level that was asserted while masked is delivered afterwards",
	 mask_test_latch, CONFORMANCE_EACH_TRIGGER | CONFORMANCE_ON_LEVELS,
	 CONFORMANCE_MASKS},
	{"C23", "A level that went away while it was masked is not delivered",
	 mask_test_level_gone, CONFORMANCE_EACH_TRIGGER | CONFORMANCE_ON_LEVELS,
	 CONFORMANCE_MASKS},
	{"C24", "To mask and unmask a quiet line delivers nothing",
	 mask_test_quiet, CONFORMANCE_EACH_TRIGGER, CONFORMANCE_MASKS},
	{"C25", "What came while it was disabled is not lost", mask_test_kept,
	 CONFORMANCE_EACH_TRIGGER, 0},
	{"C26", "What came while it was disabled is not handled twice",
	 mask_test_once, CONFORMANCE_EACH_TRIGGER, 0},
	{NULL, NULL, NULL, 0, 0},
};
