/* SPDX-License-Identifier: MIT */
/*
 * A run that failed, for a person: the schedule is made as short as it can be
 * and still fail in the same way, and printed as a time line, a column for each
 * CPU and one for the devices.
 */
#include "sim.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORT_WIDTH 26
#define REPORT_LAST  400U /* lines, from the end */

static enum sim_verdict report_replay(const struct sim_plan *plan)
{
	struct sim_plan replay = *plan;

	replay.scheduler = SIM_SCHEDULE_REPLAY;
	return sim_run(&replay);
}

/* Leave out @nr decisions from @from on: whether it fails as before. */
static bool report_try(const struct sim_plan *plan, enum sim_verdict verdict,
		       unsigned int from, unsigned int nr)
{
	struct sim_control *control = sim_control;
	struct sim_decision *copy = malloc(sizeof(control->script));
	unsigned int before = control->nr_script;

	if (copy == NULL)
		return false;
	memcpy(copy, control->script, before * sizeof(*copy));
	memmove(&control->script[from], &control->script[from + nr],
		(before - from - nr) * sizeof(*copy));
	control->nr_script = before - nr;
	if (report_replay(plan) == verdict) {
		free(copy);
		return true;
	}
	memcpy(control->script, copy, before * sizeof(*copy));
	control->nr_script = before;
	free(copy);
	return false;
}

static void report_shrink_by(const struct sim_plan *plan,
			     enum sim_verdict verdict, unsigned int nr)
{
	unsigned int from = 0;

	while (from < sim_control->nr_script) {
		unsigned int left = sim_control->nr_script - from;

		if (!report_try(plan, verdict, from, nr < left ? nr : left))
			from += nr;
	}
}

/* Halves, quarters, and so on; then one by one until nothing can go. */
unsigned int sim_shrink(const struct sim_plan *plan)
{
	struct sim_control *control = sim_control;
	enum sim_verdict verdict = control->verdict;
	unsigned int before;

	memcpy(control->script, control->decisions,
	       control->nr_decisions * sizeof(control->script[0]));
	control->nr_script = control->nr_decisions;
	if (report_replay(plan) != verdict)
		return ~0U;
	for (unsigned int nr = control->nr_script / 2; nr > 1; nr /= 2)
		report_shrink_by(plan, verdict, nr);
	do {
		before = control->nr_script;
		report_shrink_by(plan, verdict, 1);
	} while (control->nr_script < before);
	return control->nr_script;
}

/* ---- the time line */

/* The source line of an address, as the tools of the compiler know it. */
static void report_place(const void *pc, char *text, size_t room)
{
	char command[128];
	const char *from;
	FILE *pipe;

	snprintf(command, sizeof(command), "addr2line -e /proc/%d/exe %p 2>&1",
		 (int)getpid(), (const void *)((const char *)pc - 1));
	text[0] = '\0';
	pipe = popen(command, "r");
	if (pipe == NULL)
		return;
	if (fgets(command, sizeof(command), pipe) != NULL) {
		command[strcspn(command, "\n ")] = '\0';
		from = strstr(command, "src/");
		if (from == NULL)
			from = strstr(command, "arch/");
		snprintf(text, room, "%s", from != NULL ? from : command);
	}
	pclose(pipe);
}

static int report_column(unsigned int actor)
{
	if (actor >= 2 * SIM_CPUS)
		return (int)sim_plan.scenario->nr_cpus;
	return (int)(actor % SIM_CPUS);
}

static void report_note(const struct sim_note *note)
{
	char text[160];
	char place[128];

	if (note->format[0] != '\0') {
		snprintf(text, sizeof(text), note->format, note->a, note->b);
	} else if (note->pc != NULL) {
		report_place(note->pc, place, sizeof(place));
		snprintf(text, sizeof(text), "-- %s", place);
	} else {
		return;
	}
	printf("# %6u  %*s%s%s\n", note->step,
	       report_column(note->actor) * REPORT_WIDTH, "",
	       note->actor < SIM_CPUS ? "* " : "", text);
}

static void report_head(void)
{
	printf("#   step  ");
	for (unsigned int cpu = 0; cpu < sim_plan.scenario->nr_cpus; cpu++)
		printf("cpu %-*u", REPORT_WIDTH - 4, cpu);
	printf("devices\n");
}

static void report_time_line(const struct sim_plan *plan)
{
	unsigned int nr;

	sim_control->wants_notes = true;
	report_replay(plan);
	sim_control->wants_notes = false;
	report_head();
	nr = sim_control->nr_notes;
	for (unsigned int i = nr > REPORT_LAST ? nr - REPORT_LAST : 0; i < nr;
	     i++)
		report_note(&sim_control->notes[i]);
}

void sim_report(const struct sim_plan *plan)
{
	unsigned int all = sim_control->nr_decisions;
	unsigned int left;

	printf("# %s: %s\n# scenario %s, seed %llu\n",
	       sim_verdict_name(sim_control->verdict), sim_control->reason,
	       plan->scenario->name, (unsigned long long)plan->seed);
	left = sim_shrink(plan);
	if (left == ~0U) {
		printf("# it does not fail when it is replayed\n");
		return;
	}
	printf("# %u of %u decisions are enough:\n", left, all);
	report_time_line(plan);
	printf("# %s: %s\n", sim_verdict_name(sim_control->verdict),
	       sim_control->reason);
}
