/* SPDX-License-Identifier: MIT */
/* Conformance: what a controller does when it is acknowledged and ended. */
#include "conformance_line.h"

#define FLOW_EVENTS 50U
#define FLOW_CALLS  3U

static void flow_test_once(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	if (line == NULL)
		return;
	conformance_raise(line);
	conformance_await(line, "one event");
	tap_equal((long long)line->arrived, 1, "arrivals of one event");
}

static void flow_test_again(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	if (line == NULL)
		return;
	line->again = FLOW_EVENTS;
	conformance_raise(line);
	conformance_reach(line, "raised again by the handler");
}

static void flow_test_asserted(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	if (line == NULL)
		return;
	line->keep = FLOW_CALLS;
	conformance_raise(line);
	conformance_reach(line, "asserted on");
}

static void flow_check_cpu(const struct conformance_line *line,
			   unsigned long before)
{
	struct conformance_line *other = conformance_open(1, irqkit_port_cpu());

	if (other == NULL)
		return;
	conformance_raise(other);
	conformance_reach(other, "another line after it");
	tap_equal((long long)line->handled, (long long)before,
		  "calls of the first one meanwhile");
}

/* At this CPU, which must be ready for whatever comes next. */
static void flow_test_ended(void)
{
	struct conformance_line *line = conformance_open_here();

	if (line == NULL)
		return;
	conformance_raise(line);
	if (conformance_reach(line, "the first line"))
		flow_check_cpu(line, line->handled);
}

const struct conformance_test conformance_flow_tests[] = {
	{"C30", "Each event arrives once: what was served does not come again",
	 flow_test_once, CONFORMANCE_EACH_TRIGGER, 0},
	{"C31", "What its device raises during the handler is handled after it",
	 flow_test_again, CONFORMANCE_EACH_TRIGGER, 0},
	{"C32",
	 "A level that is still asserted after it was handled comes "
	 "again",
	 flow_test_asserted, CONFORMANCE_EACH_TRIGGER | CONFORMANCE_ON_LEVELS,
	 0},
	{"C33", "When one was handled its CPU takes the next", flow_test_ended,
	 CONFORMANCE_EACH_TRIGGER | CONFORMANCE_TWO_LINES, CONFORMANCE_MOVES},
	{NULL, NULL, NULL, 0, 0},
};
