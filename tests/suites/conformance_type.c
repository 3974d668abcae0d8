/* SPDX-License-Identifier: MIT */
/* Conformance: triggers. */
#include "conformance_line.h"

static unsigned int type_of(const struct conformance_line *line)
{
	return irqd_get_trigger_type(irq_get_irq_data(line->irq));
}

static void type_set_all(struct conformance_line *line)
{
	for (unsigned int i = 0; i < CONFORMANCE_TRIGGERS; i++) {
		unsigned int type = conformance_triggers[i];

		if (!conformance_has_type(type))
			continue;
		tap_equal(conformance_set_type(line, type), 0, "set: %s",
			  conformance_type_name(type));
		tap_equal(type_of(line), type, "trigger after that");
	}
}

static void type_test_set(void)
{
	struct conformance_line *line = conformance_make(0, SUITE_NONE);

	if (line == NULL)
		return;
	type_set_all(line);
	if (conformance_request(line))
		type_set_all(line);
}

/* A level comes again while it is asserted, an edge once. */
static void type_check(struct conformance_line *line, unsigned int type)
{
	if (!tap_equal(conformance_set_type(line, type), 0, "set: %s",
		       conformance_type_name(type)))
		return;
	conformance_take_leftover(line);
	line->keep = conformance_is_level(type) ? 1 : 0;
	conformance_raise(line);
	conformance_await(line, conformance_type_name(type));
}

static void type_test_follow(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	for (unsigned int i = 0; i < CONFORMANCE_TRIGGERS; i++) {
		unsigned int type = conformance_triggers[i];

		if (line != NULL && conformance_can_fire(type))
			type_check(line, type);
	}
}

static void type_check_refused(struct conformance_line *line, unsigned int type)
{
	unsigned int before = type_of(line);
	int error = conformance_set_type(line, type);

	tap_expect(error < 0, "set, though it does not have that: %s: %d",
		   conformance_type_name(type), error);
	tap_equal(type_of(line), before, "trigger after that");
}

static void type_test_refused(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	bool any = false;

	for (unsigned int i = 0; i < CONFORMANCE_TRIGGERS; i++) {
		unsigned int type = conformance_triggers[i];

		if (line == NULL || conformance_has_type(type))
			continue;
		type_check_refused(line, type);
		any = true;
	}
	if (line != NULL && !any)
		tap_skip("it has all triggers");
	if (line == NULL || !tap_is_good())
		return;
	line->keep = conformance_is_level(line->type) ? 1 : 0;
	conformance_raise(line);
	conformance_reach(line, "with the old trigger");
}

/* Then a line that is quiet for one is quiet for the other. */
static bool type_is_alike(unsigned int a, unsigned int b)
{
	const unsigned int high = IRQ_TYPE_EDGE_RISING | IRQ_TYPE_LEVEL_HIGH;

	return ((a & high) != 0) == ((b & high) != 0);
}

static void type_test_quiet(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	for (unsigned int i = 0; i < CONFORMANCE_TRIGGERS; i++) {
		unsigned int type = conformance_triggers[i];

		if (line != NULL && conformance_has_type(type) &&
		    type_is_alike(type, conformance_trigger))
			conformance_set_type(line, type);
	}
	if (line != NULL)
		conformance_await(line, "nothing but its trigger was changed");
}

const struct conformance_test conformance_type_tests[] = {
	{"C40", "Each trigger that it has can be set, requested or not",
	 type_test_set, CONFORMANCE_TYPES, 0},
	{"C41", "It follows the trigger that was set last", type_test_follow,
	 CONFORMANCE_TYPES | CONFORMANCE_EACH_TRIGGER, 0},
	{"C42",
	 "A trigger that it does not have is refused, and the old one "
	 "stays",
	 type_test_refused, CONFORMANCE_TYPES | CONFORMANCE_EACH_TRIGGER, 0},
	{"C43", "To change the trigger of a quiet line delivers nothing",
	 type_test_quiet, CONFORMANCE_TYPES | CONFORMANCE_EACH_TRIGGER, 0},
	{NULL, NULL, NULL, 0, 0},
};
