/* SPDX-License-Identifier: MIT */
/*
 * x86-TSO, as axioms: all that is seen is in one order, in which only a read
 * may come before an earlier write of its own thread, to another location. A
 * locked instruction is a fence too (Intel SDM volume 3, section 9.2.2). The
 * write of an x2APIC register alone does not wait for earlier stores
 * (section 11.12.3).
 */
#include "weak.h"

#define TSO_LOCKED (WEAK_RMW | WEAK_RMW_WRITE)

static bool tso_has_fence(const struct weak_execution *execution,
			  unsigned int first, unsigned int second)
{
	for (unsigned int i = first + 1; i < second; i++) {
		if ((execution->events[i].flags & WEAK_FENCE_FULL) != 0)
			return true;
	}
	return false;
}

static bool tso_is_ordered(const struct weak_execution *execution,
			   unsigned int first, unsigned int second)
{
	const struct weak_event *a = &execution->events[first];
	const struct weak_event *b = &execution->events[second];

	if (a->kind == WEAK_FENCE || b->kind == WEAK_FENCE)
		return false;
	if (tso_has_fence(execution, first, second))
		return true;
	if (a->kind == WEAK_WRITE && (b->flags & WEAK_UNORDERED) != 0)
		return false;
	if (a->kind == WEAK_WRITE && b->kind == WEAK_READ)
		return ((a->flags | b->flags) & TSO_LOCKED) != 0;
	return true;
}

/* Nothing comes between the two halves of a locked instruction. */
static bool tso_is_atomic(const struct weak_execution *execution)
{
	for (unsigned int i = 0; i < execution->nr; i++) {
		if ((execution->events[i].flags & WEAK_RMW) == 0)
			continue;
		for (unsigned int other = 0; other < execution->nr; other++) {
			if ((execution->from_reads[i] >> other & 1) != 0 &&
			    (execution->coherence[other] >> (i + 1) & 1) != 0)
				return false;
		}
	}
	return true;
}

bool weak_tso_allows(const struct weak_execution *execution)
{
	uint32_t relation[WEAK_EVENTS] = {0};

	if (!weak_is_coherent(execution) || !tso_is_atomic(execution))
		return false;
	for (unsigned int a = 0; a < execution->nr; a++) {
		relation[a] = (execution->reads_from[a] &
			       ~execution->same_thread[a]) |
			      execution->coherence[a] |
			      execution->from_reads[a];
		for (unsigned int b = a + 1; b < execution->nr; b++) {
			if ((execution->program_order[a] >> b & 1) != 0 &&
			    tso_is_ordered(execution, a, b))
				relation[a] |= 1U << b;
		}
	}
	return weak_is_acyclic(relation, execution->nr);
}
