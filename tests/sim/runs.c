/* SPDX-License-Identifier: MIT */
/* Many runs of a scenario. What is counted is in memory that outlives them. */
#include "runs.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define RUNS_SEEN_BITS (1U << 26)

struct runs_shared {
	struct sim_count count;
	unsigned char seen[RUNS_SEEN_BITS / 8];
};

struct sim_count *sim_count;
static struct runs_shared *runs_shared;

void sim_runs_begin(void)
{
	runs_shared = mmap(NULL, sizeof(*runs_shared), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (runs_shared == MAP_FAILED)
		abort();
	sim_count = &runs_shared->count;
}

double sim_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Several processes do this; a bit that gets lost is counted twice. */
static bool runs_is_new(uint64_t hash)
{
	uint64_t bit = hash % RUNS_SEEN_BITS;
	unsigned char *seen = &runs_shared->seen[bit / 8];
	bool is_new = (*seen >> bit % 8 & 1) == 0;

	*seen |= (unsigned char)(1U << bit % 8);
	return is_new;
}

static void runs_add(uint64_t *count, uint64_t value)
{
	__atomic_fetch_add(count, value, __ATOMIC_RELAXED);
}

static void runs_note(void)
{
	runs_add(&sim_count->runs, 1);
	runs_add(&sim_count->steps, sim_control->steps);
	runs_add(&sim_count->distinct, runs_is_new(sim_control->hash));
	runs_add(&sim_count->places, sim_control->new_places);
	sim_control->new_places = 0;
}

/* A fault that cannot be survived has to be named as what it is. */
static bool runs_is_good(const struct sim_plan *plan)
{
	enum sim_verdict verdict = sim_control->verdict;

	if (verdict == SIM_GOOD)
		return true;
	if (verdict == plan->scenario->expected) {
		runs_add(&sim_count->named, 1);
		return true;
	}
	runs_add(&sim_count->failures, 1);
	sim_report(plan);
	return false;
}

bool sim_runs_random(const struct sim_scenario *scenario, uint64_t seed,
		     uint64_t runs)
{
	struct sim_plan plan = {
		.scenario = scenario,
		.scheduler = SIM_SCHEDULE_RANDOM,
	};

	for (uint64_t i = 0; i < runs; i++) {
		plan.seed = seed + i;
		sim_run(&plan);
		runs_note();
		if (!runs_is_good(&plan))
			return false;
	}
	return true;
}

bool sim_runs_explore(const struct sim_scenario *scenario, unsigned int bound,
		      uint64_t runs, bool *complete)
{
	const struct sim_plan plan = {
		.scenario = scenario,
		.scheduler = SIM_SCHEDULE_EXPLORE,
		.bound = bound,
		.seed = 1,
	};
	uint64_t done = 0;

	sim_explore_begin();
	do {
		*complete = done < runs;
		if (!*complete)
			return true;
		sim_run(&plan);
		/* The count is of the last search. */
		done = sim_control->share_grew ? 0 : done + 1;
		runs_note();
		if (!runs_is_good(&plan))
			return false;
	} while (sim_explore_next());
	sim_control->explored = done;
	return true;
}
