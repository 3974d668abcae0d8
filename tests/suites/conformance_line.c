/* SPDX-License-Identifier: MIT */
/*
 * See conformance_line.h. Counts are atomic, as handlers run anywhere; the
 * rest of a line is changed while nothing of it is on its way.
 */
#include "conformance_line.h"
#include <irqkit/irqdomain.h>

#define LINE_ROOM 8U

/* A move that waits for an event, and then for the end of an earlier move. */
#define LINE_MOVES 3U

static struct conformance_line line_table[LINE_ROOM];

static void line_note_wrong(struct conformance_line *line, const char *what)
{
	const char *nothing = NULL;

	if (__atomic_compare_exchange_n(&line->wrong, &nothing, what, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		line->wrong_cpu = irqkit_port_cpu();
}

static unsigned long line_read(const unsigned long *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/* ---- the device */

static void line_drive(struct conformance_line *line, bool asserted)
{
	if (conformance_chip->drive != NULL)
		conformance_chip->drive(conformance_chip, line->irq, asserted);
}

static int line_fire(const struct conformance_line *line)
{
	if (conformance_chip->fire != NULL)
		return conformance_chip->fire(conformance_chip, line->irq);
	return irq_set_irqchip_state(line->irq, IRQCHIP_STATE_PENDING, true);
}

static void line_raise(struct conformance_line *line)
{
	int error = 0;

	if (conformance_is_level(line->type))
		line_drive(line, true);
	else
		error = line_fire(line);
	if (error != 0)
		__atomic_store_n(&line->error, error, __ATOMIC_RELAXED);
}

void conformance_raise(struct conformance_line *line)
{
	unsigned long due = 1 + line->keep + line->again;

	__atomic_fetch_add(&line->expected, due, __ATOMIC_RELAXED);
	line_raise(line);
}

void conformance_raise_in_vain(struct conformance_line *line)
{
	line_raise(line);
	line->error = 0;
}

void conformance_withdraw(struct conformance_line *line)
{
	if (conformance_is_level(line->type))
		line_drive(line, false);
}

/* ---- what arrives */

static void line_check_call(struct conformance_line *line, unsigned int irq)
{
	if (irq != line->irq)
		line_note_wrong(line, "the handler of another interrupt");
	if (!irqkit_port_irqs_disabled())
		line_note_wrong(line, "a handler with interrupts on");
	if (!cpu_online(irqkit_port_cpu()))
		line_note_wrong(line, "a handler on an offline CPU");
	if (__atomic_fetch_add(&line->inside, 1, __ATOMIC_ACQUIRE) != 0)
		line_note_wrong(line, "its handler on two CPUs at once");
}

/* The device lets go, or not yet; and has more, or not. */
static void line_serve(struct conformance_line *line)
{
	if (line->keep != 0) {
		line->keep--;
		return;
	}
	conformance_withdraw(line);
	if (line->again != 0) {
		line->again--;
		line_raise(line);
	}
}

static irqreturn_t line_handler(unsigned int irq, void *dev_id)
{
	struct conformance_line *line = dev_id;

	line_check_call(line, irq);
	__atomic_store_n(&line->cpu, irqkit_port_cpu(), __ATOMIC_RELAXED);
	if (line->during != NULL)
		line->during(line);
	line_serve(line);
	__atomic_fetch_sub(&line->inside, 1, __ATOMIC_RELEASE);
	/* Last: who waits for it may free the line. */
	__atomic_fetch_add(&line->handled, 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static struct conformance_line *line_find(unsigned int irq)
{
	for (unsigned int i = 0; i < LINE_ROOM; i++) {
		if (line_table[i].irq == irq)
			return &line_table[i];
	}
	return NULL;
}

/* So that the run goes on after it, and the sentence is said. */
static void line_end_storm(struct conformance_line *line)
{
	line_note_wrong(line, "it storms");
	line_drive(line, false);
	disable_irq_nosync(line->irq);
}

/* Before the flow handler: what arrives is counted, handled or not. */
static void line_flow(struct irq_desc *desc)
{
	struct conformance_line *line = line_find(desc->irq_data.irq);
	unsigned long count;

	if (line == NULL || line->flow == NULL) {
		handle_bad_irq(desc);
		return;
	}
	count = __atomic_add_fetch(&line->arrived, 1, __ATOMIC_RELAXED);
	if (count == line_read(&line->expected) + CONFORMANCE_STORM)
		line_end_storm(line);
	line->flow(desc);
}

/* ---- allocate, request, release, free */

int conformance_allocate(unsigned int number,
			 const struct irq_affinity_desc *affinity)
{
	const struct conformance_controller *chip = conformance_chip;
	const void *argument = NULL;

	if (chip->domain->ops->alloc == NULL)
		return irq_create_mapping(chip->domain,
					  chip->hwirq != NULL
						  ? chip->hwirq(chip, number)
						  : number);
	if (chip->argument != NULL)
		argument = chip->argument(chip, number);
	return irq_domain_alloc_irqs_affinity(chip->domain, 1, NUMA_NO_NODE,
					      argument, affinity);
}

/* A mapping is aimed after it was made. */
static int line_allocate(unsigned int number, unsigned int cpu, bool is_managed)
{
	struct irq_affinity_desc affinity = {.is_managed = is_managed};
	int irq;
	int error;

	if (cpu == SUITE_NONE)
		return conformance_allocate(number, NULL);
	irqkit_cpumask_single(&affinity.mask, cpu);
	irq = conformance_allocate(number, &affinity);
	if (irq <= 0 || conformance_chip->domain->ops->alloc != NULL)
		return irq;
	error = irq_set_affinity((unsigned int)irq, &affinity.mask);
	tap_equal(error, 0, "irq_set_affinity() of irq %d, not started", irq);
	return irq;
}

/* In place: a cleared one, but for what the caller sets. */
static void line_reset(struct conformance_line *line, unsigned int number)
{
	const struct conformance_line nothing = {.irq = 0};

	*line = nothing;
	line->number = number;
	line->cpu = SUITE_NONE;
	line->type = conformance_trigger;
}

static void line_watch(struct conformance_line *line)
{
	line->flow = irq_to_desc(line->irq)->handle_irq;
	tap_equal(irq_set_handler(line->irq, line_flow), 0,
		  "irq_set_handler() of irq %u", line->irq);
}

static struct conformance_line *line_make(unsigned int number, unsigned int cpu,
					  bool is_managed)
{
	struct conformance_line *line = line_find(0);
	int irq = line_allocate(number, cpu, is_managed);
	int error;

	if (!tap_expect(irq > 0 && line != NULL,
			"allocate the interrupt of line %u: %d", number, irq))
		return NULL;
	line_reset(line, number);
	line->irq = (unsigned int)irq;
	error = irq_set_irq_type(line->irq, line->type);
	if (tap_equal(error, 0, "set the trigger of irq %d: %s", irq,
		      conformance_type_name(line->type))) {
		line_watch(line);
		return line;
	}
	conformance_free(line);
	return NULL;
}

struct conformance_line *conformance_make(unsigned int number, unsigned int cpu)
{
	return line_make(number, cpu, false);
}

static bool line_request(struct conformance_line *line, unsigned long flags)
{
	int error = request_irq(line->irq, line_handler, flags, "conformance",
				line);

	line->requested = error == 0;
	return tap_equal(error, 0, "request irq %u", line->irq);
}

bool conformance_request(struct conformance_line *line)
{
	return line_request(line, 0);
}

bool conformance_request_disabled(struct conformance_line *line)
{
	return line_request(line, IRQKIT_IRQF_NO_AUTOEN);
}

bool conformance_release(struct conformance_line *line)
{
	line->requested = false;
	return tap_equal(free_irq(line->irq, line), 0, "free_irq() of irq %u",
			 line->irq);
}

static bool line_check(const struct conformance_line *line)
{
	bool good = tap_expect(line->error == 0, "irq %u cannot be raised: %d",
			       line->irq, line->error);

	return tap_expect(line->wrong == NULL, "irq %u: %s, on cpu %u",
			  line->irq, line->wrong, line->wrong_cpu) &&
	       good;
}

bool conformance_free(struct conformance_line *line)
{
	unsigned int irq = line->irq;
	bool good = !tap_is_good() || line_check(line);
	int error;

	conformance_withdraw(line);
	if (line->requested)
		good &= conformance_release(line);
	error = irq_domain_free_irqs(irq, 1);
	line->irq = 0;
	return tap_equal(error, 0, "irq_domain_free_irqs() of irq %u", irq) &&
	       good;
}

static struct conformance_line *line_open(unsigned int number, unsigned int cpu,
					  bool is_managed)
{
	struct conformance_line *line = line_make(number, cpu, is_managed);

	if (line == NULL || conformance_request(line))
		return line;
	conformance_free(line);
	return NULL;
}

struct conformance_line *conformance_open(unsigned int number, unsigned int cpu)
{
	return line_open(number, cpu, false);
}

struct conformance_line *conformance_open_managed(unsigned int number,
						  unsigned int cpu)
{
	return line_open(number, cpu, true);
}

void conformance_free_all(void)
{
	for (unsigned int i = 0; i < LINE_ROOM; i++) {
		if (line_table[i].irq != 0)
			conformance_free(&line_table[i]);
	}
}

/* With the domain's own flow handler meanwhile, which the chip may replace. */
int conformance_set_type(struct conformance_line *line, unsigned int type)
{
	int error;

	irq_set_handler(line->irq, line->flow);
	error = irq_set_irq_type(line->irq, type);
	line_watch(line);
	if (error == 0)
		line->type = type;
	return error;
}

/* ---- waits */

bool conformance_wait(bool (*done)(void *argument), void *argument)
{
	uint64_t start = irqkit_port_nanoseconds();

	if (conformance_chip->patience == 0)
		return suite_wait(done, argument);
	while (!done(argument)) {
		if (irqkit_port_nanoseconds() - start >
		    conformance_chip->patience)
			return done(argument);
		suite_relax();
	}
	return true;
}

static bool line_is_done(void *argument)
{
	const struct conformance_line *line = argument;

	irqkit_poll();
	return line_read(&line->handled) >= line_read(&line->expected) ||
	       __atomic_load_n(&line->wrong, __ATOMIC_ACQUIRE) != NULL;
}

bool conformance_reach(struct conformance_line *line, const char *when)
{
	bool good;

	conformance_wait(line_is_done, line);
	good = tap_expect(line->handled >= line->expected,
			  "%s: irq %u: %lu of %lu events were handled", when,
			  line->irq, line->handled, line->expected);
	if (!good)
		suite_explain(line->irq);
	return line_check(line) && good;
}

bool conformance_await(struct conformance_line *line, const char *when)
{
	if (!conformance_reach(line, when))
		return false;
	conformance_settle();
	return tap_expect(line_read(&line->handled) == line->expected,
			  "%s: irq %u: the handler was called %lu times for "
			  "%lu events",
			  when, line->irq, line->handled, line->expected) &&
	       line_check(line);
}

void conformance_settle(void)
{
	suite_settle();
	if (irqkit_poll() > 0)
		suite_settle();
}

void conformance_take_leftover(struct conformance_line *line)
{
	unsigned long most = line->expected;

	conformance_settle();
	if (!conformance_is_level(line->type))
		most++;
	tap_expect(line_read(&line->handled) <= most,
		   "irq %u: the handler was called %lu times for what came "
		   "before",
		   line->irq, line->handled);
	line->expected = line->handled;
}

/* ---- where it goes */

bool conformance_expect_aim(const struct conformance_line *line,
			    const struct cpumask *mask)
{
	struct cpumask effective;

	tap_equal(irq_get_effective_affinity(line->irq, &effective), 0,
		  "effective affinity of irq %u", line->irq);
	return tap_expect(!cpumask_empty(&effective),
			  "irq %u goes to no CPU; asked for: cpu %u", line->irq,
			  cpumask_first(mask)) &&
	       tap_expect(cpumask_subset(&effective, mask),
			  "irq %u goes to cpu %u; asked for: cpu %u to %u",
			  line->irq, cpumask_first(&effective),
			  cpumask_first(mask), cpumask_last(mask));
}

static bool line_waits_for_event(const struct conformance_line *line)
{
	return (irqkit_irqd_state(irq_get_irq_data(line->irq)) &
		IRQD_MOVE_PENDING) != 0;
}

bool conformance_finish_move(struct conformance_line *line)
{
	bool good = true;

	for (unsigned int i = 0; i < LINE_MOVES && good; i++) {
		if (!line_waits_for_event(line))
			break;
		conformance_raise(line);
		good = conformance_reach(line, "while a move waits for it");
	}
	return good;
}

bool conformance_aim_mask(struct conformance_line *line,
			  const struct cpumask *mask)
{
	int error = irq_set_affinity(line->irq, mask);

	return tap_equal(error, 0, "irq_set_affinity() of irq %u", line->irq) &&
	       conformance_finish_move(line);
}

bool conformance_aim(struct conformance_line *line, unsigned int cpu)
{
	struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	return conformance_aim_mask(line, &mask);
}

bool conformance_is_here(const struct conformance_line *line)
{
	struct cpumask effective;
	struct cpumask here;

	irqkit_cpumask_single(&here, irqkit_port_cpu());
	return irq_get_effective_affinity(line->irq, &effective) == 0 &&
	       (cpumask_equal(&effective, &here) || suite_nr_online() == 1);
}

struct conformance_line *conformance_open_here(void)
{
	bool moves = conformance_has(CONFORMANCE_MOVES);

	return conformance_open(0, moves ? irqkit_port_cpu() : SUITE_NONE);
}
