/* SPDX-License-Identifier: MIT */
/*
 * All executions of a program that have its outcome, until one is allowed.
 */
#include <string.h>
#include "weak.h"

struct search {
	const struct weak_program *program;
	enum weak_machine machine;
	struct weak_execution execution;
	unsigned long *executions;
};

static bool execution_is_memory(const struct weak_event *event)
{
	return event->kind == WEAK_READ || event->kind == WEAK_WRITE;
}

/*
 * Without a barrier a fence is nothing, an access a plain one, and a change
 * that orders nothing else two steps.
 */
static struct weak_event execution_without(struct weak_event event)
{
	if ((event.flags & (WEAK_ACQUIRE | WEAK_RELEASE)) == 0)
		event.flags &= ~(unsigned int)WEAK_RMW;
	if (event.kind == WEAK_FENCE)
		event.flags = 0;
	event.flags &= ~(unsigned int)(WEAK_ACQUIRE | WEAK_RELEASE);
	event.address = 0;
	return event;
}

/* The program, and the write of 0 that each location begins with. */
static void execution_load(struct search *search, int without)
{
	struct weak_execution *execution = &search->execution;
	const struct weak_event *event = search->program->events;
	unsigned int locations = 0;

	for (; event->kind != WEAK_END; event++) {
		bool cut = (int)execution->nr == without;

		execution->events[execution->nr++] =
			cut ? execution_without(*event) : *event;
		if (execution_is_memory(event))
			locations |= 1U << event->location;
	}
	for (unsigned int i = 0; i < WEAK_LOCATIONS; i++) {
		if ((locations & (1U << i)) == 0)
			continue;
		execution->events[execution->nr++] = (struct weak_event){
			.kind = WEAK_WRITE,
			.thread = 255,
			.location = (unsigned char)i,
		};
	}
}

static void execution_relate(struct weak_execution *execution)
{
	for (unsigned int a = 0; a < execution->nr; a++) {
		const struct weak_event *first = &execution->events[a];

		for (unsigned int b = 0; b < execution->nr; b++) {
			const struct weak_event *second = &execution->events[b];
			bool both = execution_is_memory(first) &&
				    execution_is_memory(second);

			if (first->thread == second->thread && a < b &&
			    first->thread != 255)
				execution->program_order[a] |= 1U << b;
			if (first->thread == second->thread &&
			    first->thread != 255)
				execution->same_thread[a] |= 1U << b;
			if (both && first->location == second->location)
				execution->same_location[a] |= 1U << b;
		}
	}
}

bool weak_is_acyclic(const uint32_t relation[], unsigned int nr)
{
	uint32_t reach[WEAK_EVENTS];

	memcpy(reach, relation, sizeof(reach));
	for (unsigned int k = 0; k < nr; k++) {
		for (unsigned int i = 0; i < nr; i++) {
			if ((reach[i] >> k & 1) != 0)
				reach[i] |= reach[k];
		}
	}
	for (unsigned int i = 0; i < nr; i++) {
		if ((reach[i] >> i & 1) != 0)
			return false;
	}
	return true;
}

bool weak_is_coherent(const struct weak_execution *execution)
{
	uint32_t relation[WEAK_EVENTS] = {0};

	for (unsigned int i = 0; i < execution->nr; i++)
		relation[i] = (execution->program_order[i] &
			       execution->same_location[i]) |
			      execution->reads_from[i] |
			      execution->coherence[i] |
			      execution->from_reads[i];
	return weak_is_acyclic(relation, execution->nr);
}

/* A read comes before the writes that follow the one it reads from. */
static void execution_find_from_reads(struct weak_execution *execution)
{
	memset(execution->from_reads, 0, sizeof(execution->from_reads));
	for (unsigned int write = 0; write < execution->nr; write++) {
		for (unsigned int read = 0; read < execution->nr; read++) {
			if ((execution->reads_from[write] >> read & 1) != 0)
				execution->from_reads[read] |=
					execution->coherence[write];
		}
	}
}

static bool execution_ends_right(const struct search *search)
{
	const struct weak_execution *execution = &search->execution;

	for (unsigned int i = 0; i < execution->nr; i++) {
		const struct weak_event *event = &execution->events[i];

		if (event->kind != WEAK_WRITE || execution->coherence[i] != 0)
			continue;
		for (unsigned int j = 0; j < 2; j++) {
			const struct weak_final *last =
				&search->program->finals[j];

			if (last->value != 0 &&
			    last->location == event->location &&
			    last->value != event->value)
				return false;
		}
	}
	return true;
}

static bool execution_judge(struct search *search)
{
	if (!execution_ends_right(search))
		return false;
	(*search->executions)++;
	execution_find_from_reads(&search->execution);
	return search->machine == WEAK_TSO
		       ? weak_tso_allows(&search->execution)
		       : weak_armv8_allows(&search->execution);
}

/*
 * Put write @next, and those behind it, into the order of its location: after
 * each set of those that have a place already.
 */
static bool execution_order(struct search *search, unsigned int next)
{
	struct weak_execution *execution = &search->execution;
	uint32_t before = 0;

	while (next < execution->nr &&
	       execution->events[next].kind != WEAK_WRITE)
		next++;
	if (next >= execution->nr)
		return execution_judge(search);
	for (unsigned int i = 0; i < next; i++) {
		if (execution->events[i].kind == WEAK_WRITE &&
		    (execution->same_location[next] >> i & 1) != 0)
			before |= 1U << i;
	}
	/* What a location begins with is before all. */
	if (execution->events[next].thread == 255) {
		execution->coherence[next] = before;
		if (execution_order(search, next + 1))
			return true;
		execution->coherence[next] = 0;
		return false;
	}
	for (unsigned int place = 0;; place++) {
		uint32_t earlier = 0;
		uint32_t rest = before;
		bool found;

		/* Those with at least so many of the others behind them. */
		for (unsigned int i = 0; i < next; i++) {
			uint32_t behind = execution->coherence[i] & before;

			if ((before >> i & 1) != 0 &&
			    (unsigned int)__builtin_popcount(behind) >= place)
				earlier |= 1U << i;
		}
		rest &= ~earlier;
		execution->coherence[next] = rest;
		for (unsigned int i = 0; i < next; i++) {
			if ((earlier >> i & 1) != 0)
				execution->coherence[i] |= 1U << next;
		}
		found = execution_order(search, next + 1);
		for (unsigned int i = 0; i < next; i++)
			execution->coherence[i] &= ~(1U << next);
		execution->coherence[next] = 0;
		if (found || earlier == 0)
			return found;
	}
}

/* A write for each read, of the value that the outcome says. */
static bool execution_read(struct search *search, unsigned int read)
{
	struct weak_execution *execution = &search->execution;
	const struct weak_event *event;

	while (read < execution->nr &&
	       execution->events[read].kind != WEAK_READ)
		read++;
	if (read >= execution->nr)
		return execution_order(search, 0);
	event = &execution->events[read];
	for (unsigned int write = 0; write < execution->nr; write++) {
		const struct weak_event *from = &execution->events[write];
		bool found;

		if (from->kind != WEAK_WRITE ||
		    (execution->same_location[read] >> write & 1) == 0 ||
		    (event->value != WEAK_ANY && from->value != event->value))
			continue;
		execution->reads_from[write] |= 1U << read;
		found = execution_read(search, read + 1);
		execution->reads_from[write] &= ~(1U << read);
		if (found)
			return true;
	}
	return false;
}

bool weak_can_be(const struct weak_program *program, enum weak_machine machine,
		 int without, unsigned long *executions)
{
	struct search search = {
		.program = program,
		.machine = machine,
		.executions = executions,
	};

	execution_load(&search, without);
	execution_relate(&search.execution);
	return execution_read(&search, 0);
}
