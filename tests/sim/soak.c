/* SPDX-License-Identifier: MIT */
/*
 * Runs without an end: a process for each CPU of the host takes one scenario
 * after the other, with seeds that nobody had; one prints how it goes.
 */
#include "runs.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOAK_MOST_JOBS 64U
#define SOAK_RUNS      200U /* of a scenario in a row */
#define SOAK_LINE      10U  /* seconds between lines */

IRQKIT_NORETURN static void soak_work(unsigned int job, unsigned int jobs,
				      uint64_t seed)
{
	for (uint64_t round = job;; round += jobs) {
		for (unsigned int i = 0; sim_scenario(i) != NULL; i++) {
			if (!sim_runs_random(sim_scenario(i),
					     seed + round * SOAK_RUNS,
					     SOAK_RUNS)) {
				fflush(stdout);
				_exit(1);
			}
		}
	}
}

static void soak_line(double start)
{
	double seconds = sim_seconds() - start;

	printf("# %5.0f s: %llu schedules, %.0f a second; %llu traces; "
	       "%llu pairs of places\n",
	       seconds, (unsigned long long)sim_count->runs,
	       (double)sim_count->runs / seconds,
	       (unsigned long long)sim_count->distinct,
	       (unsigned long long)sim_count->places);
	fflush(stdout);
}

/* 0 in the place of a child: it has come to its end. */
static void soak_stop(const pid_t *children, unsigned int jobs)
{
	for (unsigned int i = 0; i < jobs; i++) {
		if (children[i] == 0)
			continue;
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

/* Whether a child has come to its end, which is a failure. */
static bool soak_has_failed(pid_t *children, unsigned int jobs)
{
	bool failed = false;

	for (unsigned int i = 0; i < jobs; i++) {
		if (waitpid(children[i], NULL, WNOHANG) <= 0)
			continue;
		children[i] = 0;
		failed = true;
	}
	return failed;
}

static pid_t soak_start(unsigned int job, unsigned int jobs, uint64_t seed)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		soak_work(job, jobs, seed);
	if (child < 0) {
		perror("sim: fork");
		exit(1);
	}
	return child;
}

int sim_soak(unsigned int seconds, unsigned int jobs, uint64_t seed)
{
	pid_t children[SOAK_MOST_JOBS];
	double start = sim_seconds();
	bool failed = false;

	if (jobs == 0 || jobs > SOAK_MOST_JOBS)
		jobs = 1;
	for (unsigned int i = 0; i < jobs; i++)
		children[i] = soak_start(i, jobs, seed);
	for (unsigned int i = 1; !failed && i <= seconds; i++) {
		sleep(1);
		failed = soak_has_failed(children, jobs);
		if (i % SOAK_LINE == 0 || i == seconds)
			soak_line(start);
	}
	soak_stop(children, jobs);
	printf("# %s\n", failed ? "a run failed, see above" : "none failed");
	return failed ? 1 : 0;
}
