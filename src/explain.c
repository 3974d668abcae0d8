/* SPDX-License-Identifier: MIT */
/*
 * Why an interrupt would, or would not, reach its handler now, in words. What
 * is known of it is copied under the descriptor lock and told afterwards, as
 * nothing may be printed there. No state of its own.
 */
#include "internals.h"

#define EXPLAIN_LEVELS 8U
#define EXPLAIN_NAME   24
#define EXPLAIN_LIST   128
#define EXPLAIN_LINE   256
#define EXPLAIN_BITS   ((unsigned int)IRQCHIP_STATE_LINE_LEVEL + 1)

/* What a controller answers about one bit of its state. */
enum explain_answer {
	EXPLAIN_UNKNOWN,
	EXPLAIN_NO,
	EXPLAIN_YES,
};

struct explain_level {
	char domain[EXPLAIN_NAME];
	char chip[EXPLAIN_NAME];
	irq_hw_number_t hwirq;
	bool has_chip;
	bool has_data;
	enum explain_answer bits[EXPLAIN_BITS];
};

/* What is known, as of one moment. */
struct explain_facts {
	unsigned int irq;
	unsigned int self; /* the CPU that looked */
	unsigned int status;
	unsigned int state;
	unsigned int depth;
	unsigned int wake_depth;
	unsigned int unhandled;
	unsigned int threads;
	unsigned int domain_flags; /* enum irq_domain_flags, or 0 */
	bool has_flow;
	bool has_action;
	bool detaching;
	bool has_cookies; /* of request_percpu_irq() */
	struct cpumask affinity;
	struct cpumask effective;
	struct cpumask pending;
	struct cpumask enabled; /* CPUs that enabled a per-CPU one */
	struct cpumask kept;	/* CPUs that have one kept */
	char handlers[EXPLAIN_LIST];
	unsigned int nr_levels;
	struct explain_level levels[EXPLAIN_LEVELS];
};

/* Where it is told, and whether a reason was told already. */
struct explain_output {
	irqkit_print_t print;
	void *context;
	bool blocked;
};

static void explain_copy_name(char *to, const char *name)
{
	irqkit_snprintf(to, EXPLAIN_NAME, "%s", name != NULL ? name : "-");
}

static void explain_read_bits(struct irq_data *data,
			      struct explain_level *level)
{
	for (unsigned int i = 0; i < EXPLAIN_BITS; i++) {
		bool value = false;

		level->bits[i] = EXPLAIN_UNKNOWN;
		if (data->chip->irq_get_irqchip_state == NULL ||
		    data->chip->irq_get_irqchip_state(
			    data, (enum irqchip_irq_state)i, &value) != 0)
			continue;
		level->bits[i] = value ? EXPLAIN_YES : EXPLAIN_NO;
	}
}

static void explain_read_levels(struct irq_desc *desc,
				struct explain_facts *facts)
{
	struct irq_data *data = &desc->irq_data;
	unsigned int nr = 0;

	for (; data != NULL && nr < EXPLAIN_LEVELS; data = data->parent_data) {
		struct explain_level *level = &facts->levels[nr++];

		explain_copy_name(level->domain, data->domain != NULL
							 ? data->domain->name
							 : NULL);
		explain_copy_name(level->chip, data->chip->name);
		level->hwirq = data->hwirq;
		level->has_chip = data->chip != &no_irq_chip;
		level->has_data = data->chip_data != NULL;
		explain_read_bits(data, level);
	}
	facts->nr_levels = nr;
}

static void explain_read_cpus(const struct irq_desc *desc,
			      struct explain_facts *facts)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	cpumask_copy(&facts->affinity, &common->affinity);
	cpumask_copy(&facts->effective, &common->effective_affinity);
	cpumask_copy(&facts->pending, &desc->pending_affinity);
	cpumask_clear(&facts->enabled);
	cpumask_clear(&facts->kept);
	if (desc->percpu == NULL)
		return;
	cpumask_copy(&facts->enabled, &desc->percpu->enabled);
	cpumask_copy(&facts->kept, &desc->percpu->pending);
}

static void explain_read_locked(struct irq_desc *desc,
				struct explain_facts *facts)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	facts->self = irqkit_port_cpu();
	facts->status = common->status;
	facts->state = common->state;
	facts->depth = desc->depth;
	facts->wake_depth = desc->wake_depth;
	facts->unhandled = desc->unhandled;
	facts->threads = desc->threads_active;
	facts->domain_flags = 0;
	if (desc->irq_data.domain != NULL)
		facts->domain_flags = desc->irq_data.domain->flags;
	facts->has_flow = desc->handle_irq != handle_bad_irq;
	facts->has_action = desc->action != NULL;
	facts->detaching = load_relaxed(&desc->detaching);
	facts->has_cookies = desc->percpu != NULL;
	irqkit_handler_names(desc, facts->handlers, sizeof(facts->handlers));
	explain_read_cpus(desc, facts);
	explain_read_levels(desc, facts);
}

/* One whole line for the printer. */
static void explain_line(const struct explain_output *output,
			 const char *format, ...) IRQKIT_PRINTF(2, 3);
static void explain_line(const struct explain_output *output,
			 const char *format, ...)
{
	char line[EXPLAIN_LINE];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = irqkit_vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length] = '\n';
	line[length + 1] = '\0';
	output->print(output->context, line);
}

/* The first reason is the verdict. */
static void explain_reason(struct explain_output *output,
			   const struct explain_facts *facts,
			   const char *format, ...) IRQKIT_PRINTF(3, 4);
static void explain_reason(struct explain_output *output,
			   const struct explain_facts *facts,
			   const char *format, ...)
{
	char text[EXPLAIN_LINE - 64];
	va_list arguments;

	va_start(arguments, format);
	irqkit_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (output->blocked)
		explain_line(output, "  and: %s", text);
	else
		explain_line(output, "irq %u would NOT reach its handler: %s",
			     facts->irq, text);
	output->blocked = true;
}

/* A list of CPUs, cut where it does not fit. */
struct explain_list {
	char text[EXPLAIN_LIST];
};

static const char *explain_cpus(struct explain_list *list,
				const struct cpumask *mask)
{
	int length = irqkit_cpulist_print(list->text, sizeof(list->text), mask);
	size_t end = sizeof(list->text) - 4;

	if (length == 0)
		irqkit_snprintf(list->text, sizeof(list->text), "none");
	if (length >= (int)sizeof(list->text))
		irqkit_snprintf(list->text + end, 4, "...");
	return list->text;
}

static const char *explain_plural(const struct cpumask *mask)
{
	return cpumask_weight(mask) == 1 ? "" : "s";
}

static bool explain_is(const struct explain_facts *facts, unsigned int states)
{
	return (facts->state & states) == states;
}

static bool explain_is_per_cpu(const struct explain_facts *facts)
{
	return (facts->status & IRQ_PER_CPU) != 0;
}

static bool explain_is_requested(const struct explain_facts *facts)
{
	return facts->has_action || explain_is(facts, IRQD_CHAINED);
}

static void explain_set_up(struct explain_output *output,
			   const struct explain_facts *facts)
{
	if (!facts->levels[0].has_chip)
		explain_reason(output, facts, "it has no controller");
	if (!facts->has_flow)
		explain_reason(output, facts, "it has no flow handler");
	if (explain_is_requested(facts))
		return;
	explain_reason(output, facts, "%s",
		       facts->detaching ? "its handler is being freed"
					: "nobody has requested it");
}

/* Why the library holds it back, or somebody asked it to. */
static void explain_disabled(struct explain_output *output,
			     const struct explain_facts *facts)
{
	unsigned int depth = facts->depth;

	if (explain_is_per_cpu(facts) || !explain_is_requested(facts))
		return;
	if (explain_is(facts, IRQD_MANAGED_SHUTDOWN)) {
		explain_reason(output, facts,
			       "it is managed and shut down, as no CPU of its "
			       "affinity is active");
		depth--;
	}
	if (explain_is(facts, IRQD_SUSPENDED)) {
		explain_reason(output, facts, "it is suspended%s",
			       explain_is(facts, IRQD_WAKEUP_ARMED)
				       ? ", and armed to wake the system"
				       : "");
		depth--;
	}
	if (explain_is(facts, IRQD_STORM)) {
		explain_reason(output, facts,
			       "it was stopped as a storm, after %u that "
			       "nobody handled",
			       facts->unhandled);
		depth--;
	}
	if (explain_is(facts, IRQD_DISABLED) && depth != 0)
		explain_reason(output, facts, "it is disabled (depth %u)",
			       facts->depth);
}

static void explain_started(struct explain_output *output,
			    const struct explain_facts *facts)
{
	if (!explain_is_requested(facts))
		return;
	if (!explain_is(facts, IRQD_ACTIVATED))
		explain_reason(output, facts, "its domains are not activated");
	if (explain_is_per_cpu(facts))
		return;
	if (!explain_is(facts, IRQD_STARTED))
		explain_reason(output, facts, "it is not started");
	else if (explain_is(facts, IRQD_MASKED) && facts->threads != 0)
		explain_reason(output, facts,
			       "it is held masked until its threads are done "
			       "(%u)",
			       facts->threads);
	else if (explain_is(facts, IRQD_MASKED))
		explain_reason(output, facts, "it is masked");
}

/* Whether the software lets it through to the CPU that looks. */
static bool explain_is_let_through(const struct explain_facts *facts)
{
	if (facts->has_cookies)
		return cpumask_test_cpu(facts->self, &facts->enabled);
	if (explain_is_per_cpu(facts))
		return facts->has_action;
	return explain_is(facts, IRQD_STARTED) &&
	       !explain_is(facts, IRQD_MASKED);
}

/* Of a per-CPU one it is the state at the CPU that looks. */
static void explain_hardware(struct explain_output *output,
			     const struct explain_facts *facts)
{
	bool runs = explain_is_per_cpu(facts) ||
		    (facts->state & (IRQD_IN_PROGRESS | IRQD_CHAINED)) != 0;

	for (unsigned int i = 0; i < facts->nr_levels; i++) {
		const struct explain_level *level = &facts->levels[i];

		if (level->bits[IRQCHIP_STATE_MASKED] == EXPLAIN_YES &&
		    explain_is_let_through(facts))
			explain_reason(output, facts,
				       "%s has it masked, which DIFFERS from "
				       "the software's state",
				       level->chip);
		if (level->bits[IRQCHIP_STATE_ACTIVE] == EXPLAIN_YES && !runs)
			explain_reason(output, facts,
				       "%s has it active, which DIFFERS: no "
				       "CPU runs its handlers",
				       level->chip);
	}
}

static bool explain_is_ipi(const struct explain_facts *facts)
{
	return (facts->domain_flags &
		((unsigned int)IRQ_DOMAIN_FLAG_IPI_SINGLE |
		 IRQ_DOMAIN_FLAG_IPI_PER_CPU)) != 0;
}

/*
 * The base of an IPI in per-CPU mode, and the CPU that @irq is for; 0 if it is
 * gone. The nearest base below whose numbers reach up to @irq is the right one:
 * what came in between took numbers that were free.
 */
static unsigned int explain_ipi_base(unsigned int irq, unsigned int *cpu)
{
	unsigned int end = irq > nr_cpu_ids ? irq - nr_cpu_ids : 0;
	struct irqkit_reader reader;
	unsigned int base = 0;

	irqkit_reader_enter(&reader);
	for (unsigned int i = irq; i > end; i--) {
		const struct irq_desc *desc = irqkit_desc_find(i);

		if (desc == NULL ||
		    load_acquire(&desc->irq_common_data.ipi_nr) <= irq - i)
			continue;
		*cpu = desc->irq_common_data.ipi_offset + irq - i;
		base = i;
		break;
	}
	irqkit_reader_exit(&reader);
	return base;
}

/* The CPUs that it can go to, online or not; empty if nobody knows. */
static void explain_targets(const struct explain_facts *facts,
			    struct cpumask *mask)
{
	unsigned int cpu;

	if (facts->has_cookies)
		cpumask_copy(mask, &facts->enabled);
	else if (explain_is_ipi(facts))
		cpumask_copy(mask, &facts->affinity);
	else if (explain_is_per_cpu(facts))
		cpumask_copy(mask, cpu_online_mask);
	else
		cpumask_copy(mask, &facts->effective);
	if ((facts->domain_flags & IRQ_DOMAIN_FLAG_IPI_PER_CPU) != 0 &&
	    explain_ipi_base(facts->irq, &cpu) != 0)
		irqkit_cpumask_single(mask, cpu);
}

static void explain_cpu(struct explain_output *output,
			const struct explain_facts *facts)
{
	struct explain_list list;
	struct cpumask mask;

	explain_targets(facts, &mask);
	if (facts->has_cookies && cpumask_empty(&mask))
		explain_reason(output, facts, "no CPU has enabled it");
	else if (!cpumask_empty(&mask) &&
		 !cpumask_intersects(&mask, cpu_online_mask))
		explain_reason(output, facts,
			       "cpu%s %s, where it goes, %s "
			       "offline",
			       explain_plural(&mask),
			       explain_cpus(&list, &mask),
			       cpumask_weight(&mask) == 1 ? "is" : "are");
	if (output->blocked)
		return;
	cpumask_and(&mask, &mask, cpu_online_mask);
	if (cpumask_empty(&mask))
		explain_line(
			output,
			"irq %u would reach its handler, on a cpu that its "
			"controller chooses",
			facts->irq);
	else
		explain_line(output,
			     "irq %u would reach its handler on cpu%s "
			     "%s",
			     facts->irq, explain_plural(&mask),
			     explain_cpus(&list, &mask));
}

static void explain_verdict(struct explain_output *output,
			    const struct explain_facts *facts)
{
	explain_set_up(output, facts);
	explain_disabled(output, facts);
	explain_started(output, facts);
	explain_hardware(output, facts);
	explain_cpu(output, facts);
}

/* A word for a bit. */
struct explain_word {
	unsigned int bit;
	const char *word;
};

static const struct explain_word explain_states[] = {
	{IRQD_ACTIVATED, "activated"},
	{IRQD_STARTED, "started"},
	{IRQD_DISABLED, "disabled"},
	{IRQD_MASKED, "masked"},
	{IRQD_IN_PROGRESS, "a CPU runs its handlers"},
	{IRQD_PENDING, "one is kept until it can be handled"},
	{IRQD_RESEND, "one waits for irqkit_poll()"},
	{IRQD_ONESHOT, "one-shot"},
	{IRQD_CHAINED, "chained"},
	{IRQD_WAKEUP, "wakes the system"},
	{IRQD_SINGLE_TARGET, "goes to one CPU at a time"},
	{IRQD_AFFINITY_SET, "affinity was asked for"},
	{IRQD_AFFINITY_MANAGED, "managed"},
	{IRQD_MANAGED_SHUTDOWN, "managed shutdown"},
	{IRQD_MOVE_PENDING, "moves when it fires next"},
	{IRQD_MOVING, "moving, the old target may still get some"},
	{IRQD_SUSPENDED, "suspended"},
	{IRQD_WAKEUP_ARMED, "armed to wake"},
	{IRQD_STORM, "storm"},
	{IRQD_STRANDED, "stranded"},
	{0, NULL},
};

static const struct explain_word explain_statuses[] = {
	{IRQ_NOREQUEST, "can not be requested"},
	{IRQ_NO_BALANCING, "not balanced"},
	{IRQ_PER_CPU, "per-CPU"},
	{IRQ_MOVE_PCNTXT, "moves at any time"},
	{IRQ_NOAUTOEN, "not enabled by a request"},
	{IRQ_DISABLE_UNLAZY, "masked at once when disabled"},
	{0, NULL},
};

static void explain_words(const struct explain_output *output,
			  const char *label, unsigned int bits,
			  const struct explain_word *words)
{
	char text[EXPLAIN_LINE - 32];
	size_t length = 0;

	for (; words->word != NULL; words++) {
		if ((bits & words->bit) == 0 || length >= sizeof(text))
			continue;
		length += (size_t)irqkit_snprintf(
			text + length, sizeof(text) - length, "%s%s",
			length != 0 ? ", " : "", words->word);
	}
	if (length != 0)
		explain_line(output, "  %s: %s", label, text);
}

static const char *explain_trigger(unsigned int state)
{
	switch (state & IRQ_TYPE_SENSE_MASK) {
	case IRQ_TYPE_EDGE_RISING:
		return "rising edge";
	case IRQ_TYPE_EDGE_FALLING:
		return "falling edge";
	case IRQ_TYPE_EDGE_BOTH:
		return "both edges";
	case IRQ_TYPE_LEVEL_HIGH:
		return "high level";
	case IRQ_TYPE_LEVEL_LOW:
		return "low level";
	default:
		return "not set";
	}
}

static const char *explain_answer(enum explain_answer answer)
{
	if (answer == EXPLAIN_UNKNOWN)
		return "unknown";
	return answer == EXPLAIN_YES ? "yes" : "no";
}

static void explain_level(const struct explain_output *output,
			  const struct explain_level *level)
{
	const enum explain_answer *bits = level->bits;

	explain_line(output, "  at %s: hwirq %lu, domain %s, chip data %s",
		     level->chip, level->hwirq, level->domain,
		     level->has_data ? "present" : "none");
	for (unsigned int i = 0; i < EXPLAIN_BITS; i++) {
		if (bits[i] == EXPLAIN_UNKNOWN)
			continue;
		explain_line(output,
			     "    its state: pending %s, active %s, masked %s, "
			     "line driven %s",
			     explain_answer(bits[IRQCHIP_STATE_PENDING]),
			     explain_answer(bits[IRQCHIP_STATE_ACTIVE]),
			     explain_answer(bits[IRQCHIP_STATE_MASKED]),
			     explain_answer(bits[IRQCHIP_STATE_LINE_LEVEL]));
		return;
	}
}

/* Only the level nearest to the device need follow the software's mask. */
static void explain_levels(const struct explain_output *output,
			   const struct explain_facts *facts)
{
	bool masked = !explain_is_per_cpu(facts) &&
		      explain_is(facts, IRQD_MASKED);

	for (unsigned int i = 0; i < facts->nr_levels; i++) {
		const struct explain_level *level = &facts->levels[i];
		enum explain_answer bit = level->bits[IRQCHIP_STATE_MASKED];

		explain_level(output, level);
		if (masked && bit == EXPLAIN_NO)
			explain_line(output,
				     "    this DIFFERS: the software has it "
				     "masked");
		masked = masked && bit == EXPLAIN_UNKNOWN;
	}
}

/* Of the CPUs of a mask, those that are not in another. */
static void explain_missing(const struct explain_output *output,
			    const struct cpumask *mask,
			    const struct cpumask *there, const char *word)
{
	struct explain_list list;
	struct cpumask missing;

	cpumask_andnot(&missing, mask, there);
	if (!cpumask_empty(&missing))
		explain_line(output, "    %s of these: %s", word,
			     explain_cpus(&list, &missing));
}

static void explain_affinity(const struct explain_output *output,
			     const struct explain_facts *facts)
{
	struct explain_list list;

	explain_line(output, "  affinity: %s",
		     explain_cpus(&list, &facts->affinity));
	explain_missing(output, &facts->affinity, cpu_online_mask, "offline");
	explain_missing(output, &facts->affinity, cpu_active_mask,
			"not active");
	if (!cpumask_empty(&facts->effective)) {
		explain_line(output, "  goes to: %s",
			     explain_cpus(&list, &facts->effective));
		explain_missing(output, &facts->effective, cpu_online_mask,
				"offline");
	}
	if (explain_is(facts, IRQD_MOVE_PENDING))
		explain_line(output, "  will go to: %s",
			     explain_cpus(&list, &facts->pending));
	if (!facts->has_cookies)
		return;
	explain_line(output, "  enabled on: %s",
		     explain_cpus(&list, &facts->enabled));
	explain_line(output, "  one kept on: %s",
		     explain_cpus(&list, &facts->kept));
}

/* CPUs in a row with the same number at the controller share a line. */
static void explain_ipi_hwirqs(const struct explain_output *output,
			       const struct explain_facts *facts,
			       unsigned int base)
{
	unsigned int cpu = cpumask_first(&facts->affinity);

	while (cpu < nr_cpu_ids) {
		irq_hw_number_t hwirq = ipi_get_hwirq(base, cpu);
		struct explain_list list;
		struct cpumask same;

		cpumask_clear(&same);
		do {
			cpumask_set_cpu(cpu, &same);
			cpu = cpumask_next(cpu, &facts->affinity);
		} while (cpu < nr_cpu_ids && ipi_get_hwirq(base, cpu) == hwirq);
		if (hwirq == INVALID_HWIRQ)
			continue;
		explain_line(output, "    hwirq %lu on cpu%s %s", hwirq,
			     explain_plural(&same), explain_cpus(&list, &same));
	}
}

static void explain_ipi(const struct explain_output *output,
			const struct explain_facts *facts)
{
	bool per_cpu = (facts->domain_flags & IRQ_DOMAIN_FLAG_IPI_PER_CPU) != 0;
	unsigned int base = facts->irq;
	unsigned int cpu;

	if (!explain_is_ipi(facts))
		return;
	if (per_cpu)
		base = explain_ipi_base(facts->irq, &cpu);
	if (base == 0)
		explain_line(output, "  IPI: its base is gone");
	else if (per_cpu)
		explain_line(output, "  IPI: an irq for each CPU, base %u",
			     base);
	else
		explain_line(output, "  IPI: one irq for all its CPUs");
	if (base != 0)
		explain_ipi_hwirqs(output, facts, base);
}

static bool explain_is_busy(unsigned int cpu)
{
	return (load_relaxed(&irqkit_dispatch_table[cpu].sequence) & 1) != 0;
}

static void explain_counts(const struct explain_output *output,
			   const struct explain_facts *facts)
{
	struct cpumask targets;
	unsigned int cpu;

	explain_targets(facts, &targets);
	explain_line(output, "  taken: %lu times, %u of late unhandled",
		     kstat_irqs(facts->irq), facts->unhandled);
	for_each_cpu (cpu, cpu_possible_mask) {
		unsigned long count = kstat_irqs_cpu(facts->irq, cpu);

		if (count != 0)
			explain_line(output, "    cpu %u: %lu", cpu, count);
		if (cpu != facts->self && explain_is_busy(cpu) &&
		    cpumask_test_cpu(cpu, &targets))
			explain_line(output, "    cpu %u is in a handler now",
				     cpu);
	}
}

/* What of its state means something: a per-CPU one is never disabled. */
static unsigned int explain_state(const struct explain_facts *facts)
{
	if (!explain_is_per_cpu(facts))
		return facts->state;
	return facts->state & ~(unsigned int)(IRQD_DISABLED | IRQD_MASKED);
}

static void explain_details(const struct explain_output *output,
			    const struct explain_facts *facts)
{
	explain_line(output, "  handlers: %s", facts->handlers);
	explain_line(output, "  trigger: %s", explain_trigger(facts->state));
	explain_words(output, "state", explain_state(facts), explain_states);
	explain_words(output, "settings", facts->status, explain_statuses);
	if (facts->threads != 0)
		explain_line(output, "  threads under way: %u", facts->threads);
	if (facts->wake_depth != 0)
		explain_line(output, "  wake depth: %u", facts->wake_depth);
	explain_levels(output, facts);
	explain_affinity(output, facts);
	explain_ipi(output, facts);
	explain_counts(output, facts);
}

int irqkit_explain(unsigned int irq, irqkit_print_t print, void *context)
{
	struct explain_output output = {.print = print, .context = context};
	struct irq_desc *desc = irqkit_desc_find(irq);
	struct explain_facts facts;
	unsigned long state;

	if (print == NULL)
		return -EINVAL;
	if (!irqkit_desc_lock(desc, irq, &state)) {
		explain_line(&output, "irq %u is %s", irq,
			     desc != NULL ? "being freed" : "not allocated");
		return -EINVAL;
	}
	facts.irq = irq;
	explain_read_locked(desc, &facts);
	irqkit_lock_release(&desc->lock, state);
	explain_verdict(&output, &facts);
	explain_details(&output, &facts);
	return 0;
}
