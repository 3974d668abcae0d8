/* SPDX-License-Identifier: MIT */
/* Conformance: from the first request of an interrupt to its free_irq(). */
#include "conformance_line.h"

#define START_EVENTS 5U
#define START_LINES  8U

/* More than a CPU has vectors. */
#define START_ROUNDS 300U

/* Nothing has arrived since @before. */
static void start_expect_silence(const struct conformance_line *line,
				 unsigned long before)
{
	conformance_settle();
	tap_equal((long long)line->arrived, (long long)before,
		  "irq %u: arrivals", line->irq);
}

static void start_test_new(void)
{
	struct conformance_line *line = conformance_make(0, SUITE_NONE);

	if (line == NULL)
		return;
	conformance_raise_in_vain(line);
	start_expect_silence(line, 0);
	conformance_withdraw(line);
	if (!conformance_request(line))
		return;
	conformance_take_leftover(line);
	conformance_raise(line);
	conformance_reach(line, "after the request");
}

/* A controller that cannot be aimed may not tell where it goes. */
static void start_check_cpu(const struct conformance_line *line)
{
	struct cpumask effective;

	tap_equal(irq_get_effective_affinity(line->irq, &effective), 0,
		  "effective affinity of irq %u", line->irq);
	if (conformance_has(CONFORMANCE_MOVES))
		tap_expect(!cpumask_empty(&effective), "irq %u goes to no CPU",
			   line->irq);
	if (!cpumask_empty(&effective))
		tap_expect(cpumask_test_cpu(line->cpu, &effective),
			   "irq %u goes to cpu %u, and came at cpu %u",
			   line->irq, cpumask_first(&effective), line->cpu);
}

static void start_test_events(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);

	for (unsigned int i = 0; line != NULL && i < START_EVENTS; i++) {
		conformance_raise(line);
		if (!conformance_reach(line, "one event after the other"))
			return;
		start_check_cpu(line);
	}
}

static void start_test_together(void)
{
	struct conformance_line *lines[START_LINES];
	unsigned int nr = conformance_chip->lines < START_LINES
				  ? conformance_chip->lines
				  : START_LINES;
	unsigned long state;

	for (unsigned int i = 0; i < nr; i++) {
		lines[i] = conformance_open(i, SUITE_NONE);
		if (lines[i] == NULL)
			return;
	}
	state = irqkit_port_irq_save();
	for (unsigned int i = 0; i < nr; i++)
		conformance_raise(lines[i]);
	irqkit_port_irq_restore(state);
	for (unsigned int i = 0; i < nr; i++)
		conformance_reach(lines[i], "all raised at once");
}

static void start_raise(void *argument)
{
	conformance_raise(argument);
}

static void start_test_any_cpu(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	struct cpumask cpus;
	unsigned int cpu;

	if (line == NULL)
		return;
	suite_few_cpus(&cpus);
	for_each_cpu (cpu, &cpus) {
		suite_run_on(cpu, start_raise, line);
		if (!conformance_reach(line, "raised by one CPU"))
			return;
	}
}

static void start_test_free(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	unsigned long before;

	if (line == NULL)
		return;
	conformance_raise(line);
	conformance_reach(line, "before free_irq()");
	conformance_settle();
	conformance_release(line);
	before = line->arrived;
	conformance_raise_in_vain(line);
	start_expect_silence(line, before);
	conformance_withdraw(line);
	if (!conformance_request(line))
		return;
	conformance_take_leftover(line);
	conformance_raise(line);
	conformance_reach(line, "requested again");
}

/* All at one CPU, whose vectors then are used up, if they are not given back.
 */
static void start_test_often(void)
{
	unsigned int cpu = conformance_has(CONFORMANCE_MOVES)
				   ? irqkit_port_cpu()
				   : SUITE_NONE;
	struct conformance_line *line = conformance_open(0, cpu);

	for (unsigned int i = 0; line != NULL && i < START_ROUNDS; i++) {
		if (!conformance_release(line) || !conformance_request(line))
			return;
	}
	if (line == NULL)
		return;
	conformance_raise(line);
	conformance_reach(line, "requested for the last time");
}

/* HZ32: aimed before it is let through. */
static void start_check_aim(unsigned int cpu)
{
	struct conformance_line *line = conformance_make(0, cpu);
	struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	if (line == NULL || !conformance_request(line))
		return;
	conformance_expect_aim(line, &mask);
	conformance_raise(line);
	if (conformance_reach(line, "the first event"))
		tap_equal(line->cpu, cpu, "CPU of the first event");
}

static void start_test_aim(void)
{
	struct cpumask cpus;
	unsigned int cpu;

	suite_few_cpus(&cpus);
	for_each_cpu (cpu, &cpus) {
		start_check_aim(cpu);
		conformance_free_all();
	}
}

static void start_test_disabled(void)
{
	struct conformance_line *line = conformance_make(0, SUITE_NONE);

	if (line == NULL || !conformance_request_disabled(line))
		return;
	conformance_raise_in_vain(line);
	start_expect_silence(line, 0);
	conformance_withdraw(line);
	tap_equal(enable_irq(line->irq), 0, "enable_irq()");
	conformance_take_leftover(line);
	conformance_raise(line);
	conformance_reach(line, "after enable_irq()");
}

const struct conformance_test conformance_start_tests[] = {
	{"C10", "An interrupt that nobody requested does not arrive",
	 start_test_new, CONFORMANCE_EACH_TRIGGER, 0},
	{"C11", "Each event is handled, at a CPU of the effective affinity",
	 start_test_events, CONFORMANCE_EACH_TRIGGER, 0},
	{"C12", "Lines that fire at once are all handled", start_test_together,
	 CONFORMANCE_EACH_TRIGGER | CONFORMANCE_TWO_LINES, 0},
	{"C13", "It is handled whichever CPU raises it", start_test_any_cpu,
	 CONFORMANCE_EACH_TRIGGER, 0},
	{"C14", "After free_irq() it does not arrive", start_test_free,
	 CONFORMANCE_EACH_TRIGGER, 0},
	{"C15", "It can be requested and freed however often", start_test_often,
	 0, 0},
	{"C16", "An affinity from before the start holds from the start on",
	 start_test_aim, 0, CONFORMANCE_MOVES},
	{"C17",
	 "Requested with IRQF_NO_AUTOEN it does not arrive before "
	 "enable_irq()",
	 start_test_disabled, CONFORMANCE_EACH_TRIGGER, 0},
	{NULL, NULL, NULL, 0, 0},
};
