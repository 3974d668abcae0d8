/* SPDX-License-Identifier: MIT */
/*
 * Armv8, as axioms (Arm ARM, section B2.3): what another thread sees, and what
 * a thread itself keeps in order, has no cycle. Names are those of that
 * section.
 */
#include "weak.h"

static bool armv8_is(const struct weak_execution *execution, unsigned int event,
		     enum weak_kind kind)
{
	return execution->events[event].kind == kind;
}

static bool armv8_has(const struct weak_execution *execution,
		      unsigned int event, unsigned int flag)
{
	return (execution->events[event].flags & flag) != 0;
}

static bool armv8_fence_between(const struct weak_execution *execution,
				unsigned int first, unsigned int second,
				unsigned int flag)
{
	for (unsigned int i = first + 1; i < second; i++) {
		if (armv8_is(execution, i, WEAK_FENCE) &&
		    armv8_has(execution, i, flag))
			return true;
	}
	return false;
}

/* Whether @second depends on @first in one way. */
static bool armv8_depends(unsigned int first, unsigned int second,
			  unsigned char distance)
{
	return distance != 0 && second - distance == first;
}

/* Barrier-ordered-before. */
static bool armv8_bob(const struct weak_execution *execution,
		      unsigned int first, unsigned int second)
{
	bool read = armv8_is(execution, first, WEAK_READ);

	if (armv8_fence_between(execution, first, second, WEAK_FENCE_FULL))
		return true;
	if (read &&
	    armv8_fence_between(execution, first, second, WEAK_FENCE_LOAD))
		return true;
	if (!read && armv8_is(execution, second, WEAK_WRITE) &&
	    armv8_fence_between(execution, first, second, WEAK_FENCE_STORE))
		return true;
	if (armv8_has(execution, first, WEAK_ACQUIRE) ||
	    armv8_has(execution, second, WEAK_RELEASE))
		return true;
	return armv8_has(execution, first, WEAK_RELEASE) &&
	       armv8_has(execution, second, WEAK_ACQUIRE);
}

/* A read that @second depends on, by address or control, and then an ISB. */
static bool armv8_synchronized(const struct weak_execution *execution,
			       unsigned int first, unsigned int second)
{
	for (unsigned int i = first + 1; i < second; i++) {
		const struct weak_event *event = &execution->events[i];

		if (armv8_is(execution, i, WEAK_FENCE) &&
		    armv8_has(execution, i, WEAK_FENCE_SYNC) &&
		    armv8_depends(first, i, event->control))
			return true;
	}
	return false;
}

/* Dependency-ordered-before, but for what goes on through rfi. */
static bool armv8_dob(const struct weak_execution *execution,
		      unsigned int first, unsigned int second)
{
	const struct weak_event *event = &execution->events[second];
	bool write = armv8_is(execution, second, WEAK_WRITE);

	if (armv8_depends(first, second, event->address) ||
	    armv8_depends(first, second, event->data))
		return true;
	if (write && armv8_depends(first, second, event->control))
		return true;
	if (!write && armv8_synchronized(execution, first, second))
		return true;
	for (unsigned int i = first + 1; write && i < second; i++) {
		if (armv8_depends(first, i, execution->events[i].address))
			return true;
	}
	return false;
}

/* Atomic-ordered-before, and a write after an access of the same location. */
static bool armv8_aob_lws(const struct weak_execution *execution,
			  unsigned int first, unsigned int second)
{
	if (armv8_has(execution, first, WEAK_RMW) && second == first + 1)
		return true;
	return armv8_is(execution, second, WEAK_WRITE) &&
	       (execution->same_location[first] >> second & 1) != 0;
}

/* What a thread reads from itself behind a dependency or an exclusive. */
static bool armv8_forwards(const struct weak_execution *execution,
			   unsigned int write, unsigned int read)
{
	return armv8_has(execution, write, WEAK_RMW_WRITE) &&
	       armv8_has(execution, read, WEAK_ACQUIRE);
}

static void armv8_forward_dependencies(const struct weak_execution *execution,
				       uint32_t relation[])
{
	for (unsigned int write = 0; write < execution->nr; write++) {
		const struct weak_event *event = &execution->events[write];
		uint32_t own = execution->reads_from[write] &
			       execution->same_thread[write];

		if (event->kind != WEAK_WRITE || own == 0)
			continue;
		if (event->address != 0)
			relation[write - event->address] |= own;
		if (event->data != 0)
			relation[write - event->data] |= own;
		for (unsigned int read = 0; read < execution->nr; read++) {
			if ((own >> read & 1) != 0 &&
			    armv8_forwards(execution, write, read))
				relation[write] |= 1U << read;
		}
	}
}

static bool armv8_is_atomic(const struct weak_execution *execution)
{
	for (unsigned int i = 0; i < execution->nr; i++) {
		if (!armv8_has(execution, i, WEAK_RMW))
			continue;
		for (unsigned int other = 0; other < execution->nr; other++) {
			bool foreign = (execution->same_thread[i] >> other &
					1) == 0;

			if (foreign &&
			    (execution->from_reads[i] >> other & 1) != 0 &&
			    (execution->coherence[other] >> (i + 1) & 1) != 0)
				return false;
		}
	}
	return true;
}

static bool armv8_locally(const struct weak_execution *execution,
			  unsigned int first, unsigned int second)
{
	if (armv8_is(execution, first, WEAK_FENCE) ||
	    armv8_is(execution, second, WEAK_FENCE))
		return false;
	return armv8_bob(execution, first, second) ||
	       armv8_dob(execution, first, second) ||
	       armv8_aob_lws(execution, first, second);
}

bool weak_armv8_allows(const struct weak_execution *execution)
{
	uint32_t ordered[WEAK_EVENTS] = {0};

	if (!weak_is_coherent(execution) || !armv8_is_atomic(execution))
		return false;
	for (unsigned int a = 0; a < execution->nr; a++) {
		uint32_t seen = execution->reads_from[a] |
				execution->coherence[a] |
				execution->from_reads[a];

		ordered[a] = seen & ~execution->same_thread[a];
		for (unsigned int b = a + 1; b < execution->nr; b++) {
			if ((execution->program_order[a] >> b & 1) != 0 &&
			    armv8_locally(execution, a, b))
				ordered[a] |= 1U << b;
		}
	}
	armv8_forward_dependencies(execution, ordered);
	return weak_is_acyclic(ordered, execution->nr);
}
