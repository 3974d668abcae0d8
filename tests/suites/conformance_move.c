/* SPDX-License-Identifier: MIT */
/* Conformance: interrupts that are moved while something is on its way. */
#include "conformance_line.h"

/* Enough for another CPU to take an interrupt. */
#define MOVE_TURNS 200U

/* So many, or as many as there is time for. */
#define MOVE_EVENTS  200U
#define MOVE_TIME_NS 1000000000ULL

static unsigned int move_other_cpu(void)
{
	return suite_next_online(irqkit_port_cpu());
}

static int move_to(const struct conformance_line *line, unsigned int cpu)
{
	struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	return irq_set_affinity(line->irq, &mask);
}

/* This CPU takes nothing until it was moved away. */
static void move_test_pending(void)
{
	struct conformance_line *line = conformance_open_here();
	unsigned long state;

	if (line == NULL)
		return;
	state = irqkit_port_irq_save();
	conformance_raise(line);
	tap_equal(move_to(line, move_other_cpu()), 0, "irq_set_affinity()");
	irqkit_port_irq_restore(state);
	conformance_await(line, "pending when it was moved");
}

/* Where its handler moves it, each time. */
static unsigned int move_target;

/*
 * The second event is on its way to the new CPU while the handler of the first
 * still runs here (HZ34). A level is asserted anew when it was served.
 */
static void move_in_handler(struct conformance_line *line)
{
	int error = move_to(line, move_target);

	if (!conformance_is_level(line->type) && line->again != 0) {
		line->again--;
		conformance_raise_in_vain(line);
		for (unsigned int i = 0; i < MOVE_TURNS; i++)
			suite_relax();
	}
	if (error != 0)
		line->error = error;
}

static void move_test_handler(void)
{
	struct conformance_line *line = conformance_open_here();

	if (line == NULL)
		return;
	move_target = move_other_cpu();
	line->during = move_in_handler;
	line->again = 1;
	conformance_raise(line);
	if (!conformance_await(line, "moved by its handler, and raised again"))
		return;
	line->during = NULL;
	if (!conformance_finish_move(line))
		return;
	conformance_raise(line);
	if (conformance_reach(line, "after that"))
		tap_equal(line->cpu, move_target, "CPU of the next event");
}

static uint32_t move_random;

static void move_anywhere(const struct conformance_line *line)
{
	struct cpumask mask;

	suite_random_mask(&move_random, &mask);
	irq_set_affinity(line->irq, &mask);
}

/* A move in each turn of the wait. */
static bool move_step(void *argument)
{
	const struct conformance_line *line = argument;

	move_anywhere(line);
	irqkit_poll();
	return __atomic_load_n(&line->handled, __ATOMIC_ACQUIRE) >=
		       line->expected ||
	       __atomic_load_n(&line->wrong, __ATOMIC_ACQUIRE) != NULL;
}

/*
 * The first one is on its way in a move, the others fire in the handler (HZ29,
 * HZ34, HZ35).
 */
static void move_test_storm(void)
{
	struct conformance_line *line = conformance_open(0, SUITE_NONE);
	uint64_t start = irqkit_port_nanoseconds();

	move_random = SUITE_SEED;
	for (unsigned int i = 0; line != NULL && i < MOVE_EVENTS; i++) {
		if (irqkit_port_nanoseconds() - start > MOVE_TIME_NS)
			break;
		line->again = suite_random(&move_random) % 4;
		conformance_raise(line);
		conformance_wait(move_step, line);
		if (!conformance_reach(line, "moved around while it fires"))
			return;
	}
	if (line != NULL)
		conformance_await(line, "moved around while it fires");
}

static void move_test_masked(void)
{
	struct conformance_line *line = conformance_open_here();
	unsigned int cpu = move_other_cpu();

	if (line == NULL)
		return;
	irq_set_status_flags(line->irq, IRQ_DISABLE_UNLAZY);
	tap_equal(disable_irq(line->irq), 0, "disable_irq()");
	conformance_raise(line);
	tap_equal(move_to(line, cpu), 0, "irq_set_affinity()");
	tap_equal(enable_irq(line->irq), 0, "enable_irq()");
	conformance_await(line, "raised while masked, then moved");
}

const struct conformance_test conformance_move_tests[] = {
	{"C70", "What is pending at its CPU when it is moved is handled once",
	 move_test_pending, CONFORMANCE_TWO_CPUS | CONFORMANCE_EACH_TRIGGER,
	 CONFORMANCE_MOVES},
	{"C71", "Moved by its own handler it loses nothing", move_test_handler,
	 CONFORMANCE_TWO_CPUS | CONFORMANCE_EACH_TRIGGER, CONFORMANCE_MOVES},
	{"C72", "Moved while it fires it loses nothing, and doubles nothing",
	 move_test_storm, CONFORMANCE_TWO_CPUS | CONFORMANCE_EACH_TRIGGER,
	 CONFORMANCE_MOVES},
	{"C73", "What came while it was masked is not lost in a move",
	 move_test_masked, CONFORMANCE_TWO_CPUS | CONFORMANCE_EACH_TRIGGER,
	 CONFORMANCE_MOVES | CONFORMANCE_MASKS | CONFORMANCE_LATCHES},
	{NULL, NULL, NULL, 0, 0},
};
