/* SPDX-License-Identifier: MIT */
/*
 * Prints TAP: the classic tests come out as is known, and the library's own
 * outcomes cannot be, but could without any one of their barriers.
 */
#include <stdio.h>
#include "weak.h"

static unsigned int main_tests;
static unsigned int main_failed;
static unsigned long main_executions;

static void main_result(bool good, const char *what, const char *more)
{
	main_tests++;
	if (!good)
		main_failed++;
	printf("%s %u - %s%s\n", good ? "ok" : "not ok", main_tests, what,
	       more);
}

static const char *main_says(bool allowed)
{
	return allowed ? "allowed" : "forbidden";
}

static void main_classic(const struct weak_classic *classic)
{
	static const char *const machines[] = {"x86-TSO", "Armv8"};

	for (unsigned int machine = 0; machine < WEAK_MACHINES; machine++) {
		bool can = weak_can_be(&classic->program,
				       (enum weak_machine)machine, -1,
				       &main_executions);
		char more[64];

		snprintf(more, sizeof(more), ": %s on %s", main_says(can),
			 machines[machine]);
		main_result(can == classic->allowed[machine],
			    classic->program.name, more);
	}
}

static bool main_somewhere(const struct weak_program *program, int without)
{
	return weak_can_be(program, WEAK_TSO, without, &main_executions) ||
	       weak_can_be(program, WEAK_ARMV8, without, &main_executions);
}

static void main_protocol(const struct weak_program *program)
{
	const struct weak_event *event = program->events;

	main_result(!main_somewhere(program, -1), program->name,
		    ": cannot be, with all barriers");
	for (int i = 0; event[i].kind != WEAK_END; i++) {
		char more[96];

		if (event[i].barrier == NULL)
			continue;
		snprintf(more, sizeof(more), ": could be without the %s",
			 event[i].barrier);
		main_result(main_somewhere(program, i), program->name, more);
	}
}

static void main_list(const struct weak_program *program)
{
	for (; program->name != NULL; program++)
		main_protocol(program);
}

int main(void)
{
	for (const struct weak_classic *classic = weak_classics;
	     classic->program.name != NULL; classic++)
		main_classic(classic);
	main_list(weak_protocols);
	main_list(weak_calls);
	printf("# %lu executions\n", main_executions);
	printf("1..%u\n", main_tests);
	return main_failed != 0;
}
