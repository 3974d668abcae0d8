/* SPDX-License-Identifier: MIT */
/*
 * The program: runs scenarios at random or exhaustively, as its words say.
 * `test' prints TAP. Nothing but these words decides what is done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runs.h"

struct main_words {
	const char *command;
	const char *scenario;
	uint64_t seed;
	uint64_t runs;
	unsigned int bound;
	unsigned int seconds;
	unsigned int jobs;
	bool seed_is_given;
};

static bool main_number(struct main_words *words, const char *word,
			const char *value)
{
	uint64_t number = strtoull(value, NULL, 0);

	if (strncmp(word, "seed=", 5) == 0) {
		words->seed = number;
		words->seed_is_given = true;
	} else if (strncmp(word, "runs=", 5) == 0) {
		words->runs = number;
	} else if (strncmp(word, "bound=", 6) == 0) {
		words->bound = (unsigned int)number;
	} else if (strncmp(word, "seconds=", 8) == 0) {
		words->seconds = (unsigned int)number;
	} else if (strncmp(word, "jobs=", 5) == 0) {
		words->jobs = (unsigned int)number;
	} else {
		return false;
	}
	return true;
}

static bool main_word(struct main_words *words, const char *word)
{
	const char *value = strchr(word, '=');

	if (value == NULL)
		words->command = word;
	else if (strncmp(word, "scenario=", 9) == 0)
		words->scenario = value + 1;
	else
		return main_number(words, word, value + 1);
	return true;
}

static bool main_is_wanted(const struct main_words *words,
			   const struct sim_scenario *scenario)
{
	return words->scenario == NULL ||
	       strcmp(words->scenario, scenario->name) == 0;
}

static void main_tell(const struct sim_scenario *scenario, double start)
{
	printf("# %s: %llu schedules, %llu traces, %.0f a second\n",
	       scenario->name, (unsigned long long)sim_count->runs,
	       (unsigned long long)sim_count->distinct,
	       (double)sim_count->runs / (sim_seconds() - start));
}

/* A single run shows its trace, for who compares. */
static int main_run(const struct main_words *words)
{
	bool good = true;

	for (unsigned int i = 0; good && sim_scenario(i) != NULL; i++) {
		const struct sim_scenario *scenario = sim_scenario(i);
		double start = sim_seconds();

		if (!main_is_wanted(words, scenario))
			continue;
		sim_count->runs = 0;
		sim_count->distinct = 0;
		good = sim_runs_random(scenario, words->seed, words->runs);
		if (words->runs == 1)
			printf("# %s: seed %llu, trace %016llx, %u steps, %s\n",
			       scenario->name, (unsigned long long)words->seed,
			       (unsigned long long)sim_control->hash,
			       sim_control->steps,
			       sim_verdict_name(sim_control->verdict));
		else
			main_tell(scenario, start);
	}
	return good ? 0 : 1;
}

static void main_tell_explored(const struct sim_scenario *scenario,
			       unsigned int bound, bool complete)
{
	if (complete)
		printf("# %s: all %llu schedules with up to %u preemptions\n",
		       scenario->name,
		       (unsigned long long)sim_control->explored, bound);
	else
		printf("# %s: not all schedules with up to %u preemptions\n",
		       scenario->name, bound);
}

static int main_explore(const struct main_words *words)
{
	bool good = true;

	for (unsigned int i = 0; good && sim_scenario(i) != NULL; i++) {
		const struct sim_scenario *scenario = sim_scenario(i);
		double start = sim_seconds();
		bool complete;

		if (!main_is_wanted(words, scenario) ||
		    (words->scenario == NULL && !scenario->small))
			continue;
		sim_count->runs = 0;
		sim_count->distinct = 0;
		good = sim_runs_explore(scenario, words->bound, words->runs,
					&complete);
		main_tell_explored(scenario, words->bound, complete);
		main_tell(scenario, start);
	}
	return good ? 0 : 1;
}

/* ---- TAP */

/* On the stack, as the variables of the program are put back by each run. */
struct main_result {
	unsigned int tests, failed;
};

static void main_result(struct main_result *result, bool good,
			const struct sim_scenario *scenario, const char *how)
{
	result->tests++;
	result->failed += !good;
	printf("%sok %u - %s: %s (%s)\n", good ? "" : "not ", result->tests,
	       scenario->name, scenario->what, how);
	fflush(stdout);
}

/* The same seed, the same trace. */
static void main_test_replay(struct main_result *result,
			     const struct sim_scenario *scenario, uint64_t seed)
{
	uint64_t first;

	sim_runs_random(scenario, seed, 1);
	first = sim_control->hash;
	sim_runs_random(scenario, seed, 1);
	main_result(result, sim_control->hash == first && first != 0, scenario,
		    "the same seed twice, the same trace");
}

static void main_test_random(struct main_result *result,
			     const struct sim_scenario *scenario,
			     const struct main_words *words)
{
	char how[120];
	bool good;

	sim_count->runs = 0;
	sim_count->distinct = 0;
	sim_count->named = 0;
	good = sim_runs_random(scenario, words->seed, words->runs);
	if (scenario->expected != SIM_GOOD)
		good = good && sim_count->named != 0;
	snprintf(how, sizeof(how), "%llu schedules, %llu traces, %llu named %s",
		 (unsigned long long)sim_count->runs,
		 (unsigned long long)sim_count->distinct,
		 (unsigned long long)sim_count->named,
		 sim_verdict_name(scenario->expected));
	main_result(result, good, scenario, how);
}

static void main_test_explore(struct main_result *result,
			      const struct sim_scenario *scenario,
			      const struct main_words *words)
{
	char how[120];
	bool complete = false;
	bool good = sim_runs_explore(scenario, words->bound, words->runs,
				     &complete);

	snprintf(how, sizeof(how), "%s%llu schedules, up to %u preemptions",
		 complete ? "all " : "the first ",
		 (unsigned long long)(complete ? sim_control->explored
					       : words->runs),
		 words->bound);
	main_result(result, good, scenario, how);
}

static int main_test(const struct main_words *words, bool explore)
{
	struct main_result result = {0, 0};

	for (unsigned int i = 0; sim_scenario(i) != NULL; i++) {
		const struct sim_scenario *scenario = sim_scenario(i);

		if (!main_is_wanted(words, scenario))
			continue;
		if (!explore) {
			main_test_replay(&result, scenario, words->seed);
			main_test_random(&result, scenario, words);
		} else if (scenario->small) {
			main_test_explore(&result, scenario, words);
		}
	}
	printf("1..%u\n", result.tests);
	return result.failed != 0;
}

static int main_list(void)
{
	for (unsigned int i = 0; sim_scenario(i) != NULL; i++)
		printf("%-24s %s%s\n", sim_scenario(i)->name,
		       sim_scenario(i)->what,
		       sim_scenario(i)->small ? " (small)" : "");
	return 0;
}

static int main_do(const struct main_words *words)
{
	if (words->scenario != NULL &&
	    sim_scenario_find(words->scenario) == NULL) {
		fprintf(stderr, "sim: no scenario %s\n", words->scenario);
		return 2;
	}
	if (strcmp(words->command, "run") == 0)
		return main_run(words);
	if (strcmp(words->command, "explore") == 0)
		return main_explore(words);
	if (strcmp(words->command, "test") == 0)
		return main_test(words, false);
	if (strcmp(words->command, "test-explore") == 0)
		return main_test(words, true);
	if (strcmp(words->command, "soak") == 0)
		return sim_soak(words->seconds, words->jobs, words->seed);
	return main_list();
}

int main(int argc, char **argv)
{
	struct main_words words = {
		.command = "list",
		.seed = 1,
		.runs = 0,
		.bound = 2,
		.seconds = 60,
		.jobs = 1,
	};

	for (int i = 1; i < argc; i++) {
		if (!main_word(&words, argv[i])) {
			fprintf(stderr, "sim: what is %s?\n", argv[i]);
			return 2;
		}
	}
	if (words.runs == 0)
		words.runs = words.seed_is_given ? 1 : 1000;
	sim_runs_begin();
	sim_world_begin();
	return main_do(&words);
}
