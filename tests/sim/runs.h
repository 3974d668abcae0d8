/* SPDX-License-Identifier: MIT */
/* Many runs of a scenario, and what they came to. */
#ifndef TESTS_SIM_RUNS_H
#define TESTS_SIM_RUNS_H

#include "sim.h"

/* Outlives the runs, and is shared by processes. */
struct sim_count {
	uint64_t runs;
	uint64_t steps;
	uint64_t failures;
	uint64_t named;	   /* of a fault that cannot be survived */
	uint64_t distinct; /* traces, counted from below */
	uint64_t places;   /* pairs of them between which CPUs changed */
};
extern struct sim_count *sim_count;

/* Once, after sim_world_begin() and before its snapshot is used. */
void sim_runs_begin(void);

double sim_seconds(void);

/* Seeds from @seed on. The first failure is reported, and is the end. */
bool sim_runs_random(const struct sim_scenario *scenario, uint64_t seed,
		     uint64_t runs);

/*
 * All schedules with up to @bound preemptions, or as many as @runs. @complete:
 * out: whether those were all.
 */
bool sim_runs_explore(const struct sim_scenario *scenario, unsigned int bound,
		      uint64_t runs, bool *complete);

/* soak.c: on @jobs CPUs for so long, with a line of progress. */
int sim_soak(unsigned int seconds, unsigned int jobs, uint64_t seed);

#endif
