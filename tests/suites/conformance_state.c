/* SPDX-License-Identifier: MIT */
/* Conformance: state that is read back and written, and wake-up. */
#include "conformance_line.h"

static bool state_has(enum irqchip_irq_state which)
{
	return (conformance_chip->states & CONFORMANCE_BIT(which)) != 0;
}

/* Whether the bit is one that the controller tells. */
static bool state_begin(enum irqchip_irq_state which)
{
	if (state_has(which))
		return true;
	tap_skip("it does not tell");
	return false;
}

static void state_expect(const struct conformance_line *line,
			 enum irqchip_irq_state which, bool expected,
			 const char *when)
{
	bool value = !expected;
	int error = irq_get_irqchip_state(line->irq, which, &value);

	tap_equal(error, 0, "%s: irq_get_irqchip_state()", when);
	tap_equal(value, expected, "%s: the bit", when);
}

static void state_test_masked(void)
{
	struct conformance_line *line;

	if (!state_begin(IRQCHIP_STATE_MASKED))
		return;
	line = conformance_open_here();
	if (line == NULL)
		return;
	irq_set_status_flags(line->irq, IRQ_DISABLE_UNLAZY);
	state_expect(line, IRQCHIP_STATE_MASKED, false, "requested");
	disable_irq(line->irq);
	state_expect(line, IRQCHIP_STATE_MASKED, true, "disabled");
	enable_irq(line->irq);
	state_expect(line, IRQCHIP_STATE_MASKED, false, "enabled again");
}

/* With interrupts off here it is not taken. */
static struct conformance_line *state_open_here(void)
{
	struct conformance_line *line = conformance_open_here();

	if (line == NULL || conformance_is_here(line))
		return line;
	if (conformance_has(CONFORMANCE_MOVES))
		tap_expect(false, "irq %u is aimed at this CPU", line->irq);
	else
		tap_skip("it cannot be aimed at this CPU");
	return NULL;
}

static void state_test_pending(void)
{
	struct conformance_line *line;
	unsigned long state;

	if (!state_begin(IRQCHIP_STATE_PENDING))
		return;
	line = state_open_here();
	if (line == NULL)
		return;
	state_expect(line, IRQCHIP_STATE_PENDING, false, "not raised");
	state = irqkit_port_irq_save();
	conformance_raise(line);
	state_expect(line, IRQCHIP_STATE_PENDING, true,
		     "raised, with interrupts off");
	irqkit_port_irq_restore(state);
	conformance_reach(line, "interrupts on again");
	conformance_settle();
	state_expect(line, IRQCHIP_STATE_PENDING, false, "handled");
}

/* What the handler read; it may not say so itself. */
static struct {
	int error;
	bool value;
} state_seen;

static void state_look(struct conformance_line *line)
{
	state_seen.error = irq_get_irqchip_state(
		line->irq, IRQCHIP_STATE_ACTIVE, &state_seen.value);
}

static void state_test_active(void)
{
	struct conformance_line *line;

	if (!state_begin(IRQCHIP_STATE_ACTIVE))
		return;
	line = conformance_open_here();
	if (line == NULL)
		return;
	state_expect(line, IRQCHIP_STATE_ACTIVE, false, "not raised");
	line->during = state_look;
	state_seen.value = false;
	conformance_raise(line);
	conformance_reach(line, "read by the handler");
	conformance_settle();
	tap_equal(state_seen.error, 0, "in the handler");
	tap_expect(state_seen.value, "it is active in the handler");
	state_expect(line, IRQCHIP_STATE_ACTIVE, false, "handled");
}

/* A low level is asserted when the line is low, so they only differ. */
static void state_test_line(void)
{
	struct conformance_line *line;
	bool released = false;
	bool asserted = false;

	if (!state_begin(IRQCHIP_STATE_LINE_LEVEL))
		return;
	line = conformance_make(0, SUITE_NONE);
	if (line == NULL)
		return;
	irq_get_irqchip_state(line->irq, IRQCHIP_STATE_LINE_LEVEL, &released);
	conformance_raise_in_vain(line);
	irq_get_irqchip_state(line->irq, IRQCHIP_STATE_LINE_LEVEL, &asserted);
	tap_expect(released != asserted,
		   "it reads %u, whether the device asserts it or not",
		   asserted);
}

static bool state_is_missing(int error)
{
	return error == -IRQKIT_ENOSYS || error == -IRQKIT_EINVAL;
}

static void state_take_back(struct conformance_line *line)
{
	unsigned long state = irqkit_port_irq_save();
	int error;

	irq_set_irqchip_state(line->irq, IRQCHIP_STATE_PENDING, true);
	error = irq_set_irqchip_state(line->irq, IRQCHIP_STATE_PENDING, false);
	if (state_is_missing(error))
		line->expected++;
	irqkit_port_irq_restore(state);
	tap_expect(error == 0 || state_is_missing(error),
		   "PENDING taken back: %d", error);
	conformance_await(line, "written and taken back");
}

static void state_test_write(void)
{
	struct conformance_line *line = conformance_open_here();
	int error;

	if (line == NULL)
		return;
	error = irq_set_irqchip_state(line->irq, IRQCHIP_STATE_PENDING, true);
	if (state_is_missing(error)) {
		tap_skip("it cannot be written");
		return;
	}
	tap_equal(error, 0, "irq_set_irqchip_state()");
	line->expected++;
	if (conformance_await(line, "PENDING was written") &&
	    conformance_is_here(line))
		state_take_back(line);
}

static void state_test_bits(void)
{
	struct conformance_line *line = conformance_open_here();

	for (unsigned int i = 0; i <= IRQCHIP_STATE_LINE_LEVEL; i++) {
		enum irqchip_irq_state which = (enum irqchip_irq_state)i;
		bool value = true;
		int error;

		if (line == NULL)
			return;
		error = irq_get_irqchip_state(line->irq, which, &value);
		if (state_has(which))
			tap_equal(error, 0, "read bit %u", i);
		else
			tap_expect(state_is_missing(error),
				   "read bit %u, which it has not: %d", i,
				   error);
	}
}

static void state_test_wake(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	bool can = conformance_has(CONFORMANCE_WAKES);
	int error;

	if (line == NULL)
		return;
	error = irq_set_irq_wake(line->irq, true);
	tap_expect(can ? error == 0 : error < 0, "wake-up on: %d", error);
	tap_equal(irqd_is_wakeup_set(irq_get_irq_data(line->irq)), can,
		  "it wakes the system");
	if (error == 0)
		tap_equal(irq_set_irq_wake(line->irq, false), 0, "off");
	conformance_raise(line);
	conformance_reach(line, "after wake-up was set");
}

const struct conformance_test conformance_state_tests[] = {
	{"C50", "MASKED reads as what was done last", state_test_masked, 0,
	 CONFORMANCE_MASKS},
	{"C51", "PENDING is set from the event until it is taken",
	 state_test_pending, CONFORMANCE_EACH_TRIGGER, 0},
	{"C52", "ACTIVE is set while the handler runs", state_test_active,
	 CONFORMANCE_EACH_TRIGGER, 0},
	{"C53", "LINE_LEVEL is what the device drives", state_test_line,
	 CONFORMANCE_EACH_TRIGGER | CONFORMANCE_ON_LEVELS, 0},
	{"C54", "PENDING that is written arrives, taken back it does not",
	 state_test_write, CONFORMANCE_EACH_TRIGGER | CONFORMANCE_ON_EDGES, 0},
	{"C55", "The bits that it has are read, others are refused",
	 state_test_bits, 0, 0},
	{"C56", "Wake-up is taken where it is had, and refused elsewhere",
	 state_test_wake, 0, 0},
	{NULL, NULL, NULL, 0, 0},
};
