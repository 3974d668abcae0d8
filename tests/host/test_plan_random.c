/* SPDX-License-Identifier: MIT */
/*
 * irq_plan_offline() against what then happens: 10,000 states at random, with
 * all that can keep an interrupt from moving as asked. The controllers are the
 * simulated ones; those that choose by what is free have an irq_plan_affinity
 * here. Nothing fires between plan and commit.
 */
#include <string.h>
#include "host.h"
#include "sim_chip.h"
#include "suites/suite.h"

#define RANDOM_CPUS    8U
#define RANDOM_STATES  10000U
#define RANDOM_MOST    64U
#define RANDOM_VECTORS 6U
#define RANDOM_LINES   32U
#define RANDOM_KINDS   8U

/* Managed interrupts are kept away from CPUs 6 and 7 (H12). */
#define RANDOM_ISOLATION "isolcpus=managed_irq,6-7"

static struct random_kind {
	const char *name;
	struct sim_message *message; /* or */
	struct sim_line *line;
	struct irq_domain *domain;
	int (*set_affinity)(struct irq_data *data, const struct cpumask *mask);
} random_kinds[RANDOM_KINDS];

static unsigned int random_nr_kinds;

/* What a chip says to any mask, or to one with fewer CPUs than @below. */
struct random_refusal {
	int error;
	unsigned int below;
};

struct random_irq {
	unsigned int irq;
	bool requested;
	struct random_refusal refusal;
	struct irq_common_data before; /* the plan */
	struct irqkit_receipt_entry last;
	unsigned int receipts;
};

static struct {
	uint32_t random;
	unsigned int self; /* an active CPU that stays */
	unsigned int used;
	bool refuses; /* the chips do as their interrupts say */
	struct random_irq irqs[RANDOM_MOST];
	struct cpumask leaving;
	struct cpumask stopped;
	struct irqkit_plan plan;
	struct irqkit_plan_entry entries[RANDOM_MOST];
} state;

/* How often it came to what, so that the test is known to test something. */
static struct {
	unsigned int kinds[IRQKIT_RECEIPT_KINDS];
	unsigned int errors[IRQKIT_ETIMEDOUT + 1];
	unsigned int assumed;
	unsigned int certain;
	unsigned int completed; /* moves that went on */
	unsigned int pending;	/* changes that waited */
	unsigned int missed;	/* were aimed at no active CPU */
} random_seen;

static unsigned int random_below(unsigned int limit)
{
	return (suite_random(&state.random) >> 4) % limit;
}

static bool random_chance(unsigned int percent)
{
	return random_below(100) < percent;
}

/* ---- the controllers */

static struct random_kind *random_kind_of(const struct irq_domain *domain)
{
	for (unsigned int i = 0; i < random_nr_kinds; i++) {
		if (random_kinds[i].domain == domain)
			return &random_kinds[i];
	}
	host_violation("a domain of no controller");
	return &random_kinds[0];
}

static struct random_irq *random_find(unsigned int irq)
{
	for (unsigned int i = 0; i < state.used; i++) {
		if (state.irqs[i].irq == irq)
			return &state.irqs[i];
	}
	return NULL;
}

static int random_refuse(unsigned int irq, const struct cpumask *mask)
{
	const struct random_irq *that = random_find(irq);

	if (!state.refuses || that == NULL || mask == NULL ||
	    cpumask_weight(mask) >= that->refusal.below)
		return 0;
	return that->refusal.error;
}

static int random_set_affinity(struct irq_data *data,
			       const struct cpumask *mask)
{
	int error = random_refuse(data->irq, mask);

	if (error != 0)
		return error;
	return random_kind_of(data->domain)->set_affinity(data, mask);
}

/* Of the level that the device is at. */
static int random_plan_affinity(const struct irq_data *data,
				const struct cpumask *mask,
				struct irqkit_dry_run *run)
{
	int error = random_refuse(data->irq, mask);

	if (error != 0)
		return error;
	return irq_chip_plan_affinity_parent(data, mask, run);
}

/* Lines that do not tell where they go. */
static int random_plan_silently(const struct irq_data *data,
				const struct cpumask *mask,
				struct irqkit_dry_run *run)
{
	(void)run;
	return random_refuse(data->irq, mask);
}

static int random_plan_vector(const struct irq_data *data,
			      const struct cpumask *mask,
			      struct irqkit_dry_run *run)
{
	struct sim_message *sim = data->domain->host_data;
	const struct sim_message_pin *pin = &sim->pins[data->hwirq];
	struct irq_matrix *matrix = irq_matrix_dry_run(sim->matrix, run);
	struct cpumask one;
	unsigned int cpu;
	int bit;

	if (matrix == NULL)
		return -ENOMEM;
	if (mask == NULL)
		return irq_matrix_free(matrix, pin->old.cpu, pin->old.vector,
				       pin->managed);
	if (pin->managed)
		bit = irq_matrix_alloc_managed(matrix, mask, &cpu);
	else
		bit = irq_matrix_alloc(matrix, mask, false, &cpu);
	if (bit < 0)
		return bit;
	irqkit_cpumask_single(&one, cpu);
	irqkit_dry_run_aim(run, &one);
	return sim->moves_slowly ? IRQKIT_MOVING : 0;
}

static void random_add(const struct random_kind *kind, struct irq_chip *chip)
{
	struct random_kind *added = &random_kinds[random_nr_kinds++];

	*added = *kind;
	added->set_affinity = chip->irq_set_affinity;
	if (chip->irq_set_affinity != NULL)
		chip->irq_set_affinity = random_set_affinity;
}

static void random_add_messages(const char *name, bool slowly,
				unsigned int status)
{
	struct sim_message *sim = sim_message_create(RANDOM_MOST,
						     RANDOM_VECTORS, status);
	const struct random_kind kind = {
		.name = name,
		.message = sim,
		.domain = sim->msi_domain,
	};

	sim->moves_slowly = slowly;
	sim->hold = true;
	sim->vector_chip.irq_plan_affinity = random_plan_vector;
	sim->msi_chip.irq_plan_affinity = random_plan_affinity;
	random_add(&kind, &sim->msi_chip);
}

static int random_line_alloc(struct irq_domain *domain, unsigned int irq,
			     unsigned int nr, const void *arg)
{
	struct sim_line *sim = domain->host_data;

	(void)arg;
	(void)nr;
	for (irq_hw_number_t hwirq = 0; hwirq < sim->info.nr_lines; hwirq++) {
		if (!sim->pins[hwirq].mapped)
			return sim->ops.map(domain, irq, hwirq);
	}
	return -ENOSPC;
}

static void random_line_free(struct irq_domain *domain, unsigned int irq,
			     unsigned int nr)
{
	struct sim_line *sim = domain->host_data;

	(void)nr;
	sim->ops.unmap(domain, irq);
}

static struct sim_line *random_add_lines(struct sim_line_info *info)
{
	static const struct irq_domain_ops ops = {
		.alloc = random_line_alloc,
		.free = random_line_free,
	};
	struct irq_domain_info domain = {
		.name = info->name,
		.size = RANDOM_LINES,
		.ops = &ops,
	};
	struct random_kind kind = {.name = info->name};

	info->nr_lines = RANDOM_LINES;
	kind.line = sim_line_create(info);
	kind.line->hold = true;
	irq_domain_remove(kind.line->domain);
	domain.host_data = kind.line;
	if (irq_domain_create(&domain, &kind.line->domain) != 0)
		host_violation("no domain of lines");
	kind.domain = kind.line->domain;
	random_add(&kind, &kind.line->chip);
	return kind.line;
}

/* They say where they go when they are let through for the first time. */
static void (*random_fixed_unmask)(struct irq_data *data);

static void random_unmask_fixed(struct irq_data *data)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, data->irq % RANDOM_CPUS);
	irq_data_update_effective_affinity(data, &one);
	random_fixed_unmask(data);
}

static void random_add_fixed_lines(void)
{
	struct sim_line_info info = {
		.name = "lines that stay",
		.style = SIM_STYLE_ACK,
		.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_AFFINITY),
	};
	struct irq_chip *chip = &random_add_lines(&info)->chip;

	random_fixed_unmask = chip->irq_unmask;
	chip->irq_unmask = random_unmask_fixed;
}

static void random_make_controllers(void)
{
	struct sim_line_info assumed = {.name = "assumed lines",
					.style = SIM_STYLE_EOI,
					.status = IRQ_MOVE_PCNTXT};
	struct sim_line_info many = {.name = "lines to several CPUs",
				     .style = SIM_STYLE_EOI,
				     .status = IRQ_MOVE_PCNTXT,
				     .many_targets = true};
	struct sim_line_info silent = {.name = "lines that do not tell",
				       .style = SIM_STYLE_LPI,
				       .status = IRQ_MOVE_PCNTXT,
				       .no_effective = true};
	struct sim_line_info late = {.name = "lines that move when they fire",
				     .style = SIM_STYLE_ACK};

	random_add_messages("messages", false, IRQ_MOVE_PCNTXT);
	random_add_messages("slow messages", true, IRQ_MOVE_PCNTXT);
	random_add_messages("messages that move when they fire", true, 0);
	random_add_lines(&assumed)->chip.irq_plan_affinity =
		random_plan_affinity;
	random_add_lines(&many)->chip.irq_plan_affinity = random_plan_affinity;
	random_add_lines(&silent)->chip.irq_plan_affinity =
		random_plan_silently;
	random_add_fixed_lines();
	random_add_lines(&late)->chip.irq_plan_affinity = random_plan_affinity;
}

/* ---- the CPUs */

/* Whoever goes, a CPU that stays does it. */
static bool random_down(unsigned int cpu, struct irqkit_receipt *receipt,
			bool stop)
{
	unsigned int before = host_become(state.self);
	unsigned long irqs;

	tap_equal(irqkit_cpu_offline(cpu, receipt), 0, "cpu %u offline", cpu);
	if (stop) {
		host_become(cpu);
		irqs = irqkit_port_irq_save();
		tap_equal(irqkit_cpu_dying(cpu, receipt), 0, "cpu %u dying",
			  cpu);
		irqkit_port_irq_restore(irqs);
		host_become(state.self);
		tap_equal(irqkit_cpu_dead(cpu), 0, "cpu %u dead", cpu);
		cpumask_set_cpu(cpu, &state.stopped);
	}
	host_become(before);
	return tap_is_good();
}

static void random_up(unsigned int cpu)
{
	unsigned int before = host_become(state.self);
	unsigned long irqs;

	if (cpumask_test_cpu(cpu, &state.stopped)) {
		tap_equal(irqkit_cpu_prepare(cpu), 0, "cpu %u prepare", cpu);
		host_become(cpu);
		irqs = irqkit_port_irq_save();
		tap_equal(irqkit_cpu_starting(cpu), 0, "cpu %u starting", cpu);
		irqkit_port_irq_restore(irqs);
		host_become(state.self);
		cpumask_clear_cpu(cpu, &state.stopped);
	}
	tap_equal(irqkit_cpu_online(cpu), 0, "cpu %u online", cpu);
	host_become(before);
}

static void random_mask(struct cpumask *mask)
{
	unsigned int nr = 1 + random_below(3);

	cpumask_clear(mask);
	for (unsigned int i = 0; i < nr; i++)
		cpumask_set_cpu(random_below(RANDOM_CPUS), mask);
	if (random_chance(8))
		cpumask_copy(mask, cpu_possible_mask);
}

/* ---- a state */

static irqreturn_t random_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void random_make_irq(void)
{
	struct random_kind *kind = &random_kinds[random_below(RANDOM_KINDS)];
	struct random_irq *that = &state.irqs[state.used];
	struct irq_affinity_desc affinity = {.is_managed = random_chance(30)};
	int irq;

	if (random_chance(40))
		kind = &random_kinds[0];
	random_mask(&affinity.mask);
	irq = irq_domain_alloc_irqs_affinity(kind->domain, 1, NUMA_NO_NODE,
					     NULL, &affinity);
	if (irq <= 0)
		return;
	memset(that, 0, sizeof(*that));
	that->irq = (unsigned int)irq;
	state.used++;
	if (random_chance(92))
		that->requested = request_irq(that->irq, random_handler,
					      random_chance(5) ? IRQF_NO_AUTOEN
							       : 0,
					      kind->name, NULL) == 0;
	if (that->requested && random_chance(15))
		disable_irq(that->irq);
}

/* Moves: some then go on, some wait, some are refused. */
static void random_move_some(void)
{
	struct cpumask mask;

	for (unsigned int i = random_below(2 * state.used + 1); i > 0; i--) {
		unsigned int irq = state.irqs[random_below(state.used)].irq;

		random_mask(&mask);
		sim_forced = random_chance(10);
		if (sim_forced)
			irq_force_affinity(irq, &mask);
		else
			irq_set_affinity(irq, &mask);
		sim_forced = false;
	}
}

static void random_refusals(void)
{
	static const int errors[] = {-EBUSY, -EINVAL, -ENOSPC, -ENOSPC,
				     -ETIMEDOUT};

	for (unsigned int i = 0; i < state.used; i++) {
		if (!random_chance(15))
			continue;
		state.irqs[i].refusal.error = errors[random_below(5)];
		state.irqs[i].refusal.below =
			random_chance(50) ? IRQKIT_NR_CPUS
					  : 1 + random_below(RANDOM_CPUS);
	}
}

/* Some CPUs are away already, or not active any more. */
static void random_leave_some(void)
{
	unsigned int nr = random_below(RANDOM_CPUS - 3);

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int cpu = random_below(RANDOM_CPUS);

		if (cpu != state.self && cpu_active(cpu))
			random_down(cpu, NULL, random_chance(70));
	}
}

static void random_choose_leaving(void)
{
	unsigned int cpu;

	cpumask_clear(&state.leaving);
	for_each_cpu (cpu, cpu_active_mask) {
		if (cpu != state.self && random_chance(40))
			cpumask_set_cpu(cpu, &state.leaving);
	}
	if (cpumask_empty(&state.leaving) && state.self != 0 && cpu_active(0))
		cpumask_set_cpu(0, &state.leaving);
}

static void random_make_state(unsigned int round)
{
	unsigned int nr;

	memset(&state, 0, sizeof(state));
	state.random = SUITE_SEED + round;
	state.self = random_below(RANDOM_CPUS);
	nr = 1 + random_below(RANDOM_MOST);
	for (unsigned int i = 0; i < nr; i++)
		random_make_irq();
	if (state.used == 0)
		random_make_irq();
	random_move_some();
	random_leave_some();
	random_move_some();
	random_choose_leaving();
	random_refusals();
	state.refuses = true;
}

static void random_end_state(void)
{
	unsigned int cpu;

	state.refuses = false;
	for_each_cpu (cpu, cpu_possible_mask) {
		if (!cpu_active(cpu))
			random_up(cpu);
	}
	for (unsigned int i = 0; i < state.used; i++) {
		unsigned int irq = state.irqs[i].irq;

		if (state.irqs[i].requested)
			tap_equal(free_irq(irq, NULL), 0, "free_irq");
		tap_equal(irq_domain_free_irqs(irq, 1), 0, "free");
	}
}

/* ---- plan, commit, compare */

static void random_note_before(struct random_irq *that)
{
	const struct irq_common_data *common =
		&irq_to_desc(that->irq)->irq_common_data;

	memcpy(&that->before, common, sizeof(that->before));
	random_seen.completed += (common->state & IRQD_MOVING) != 0;
	random_seen.pending += (common->state & IRQD_MOVE_PENDING) != 0;
	random_seen.missed += (common->state & IRQD_STARTED) != 0 &&
			      !cpumask_empty(&common->effective_affinity) &&
			      !cpumask_intersects(&common->effective_affinity,
						  cpu_active_mask);
}

static void random_read_books(struct irq_matrix_books *books)
{
	memset(books, 0, random_nr_kinds * sizeof(*books));
	for (unsigned int i = 0; i < random_nr_kinds; i++) {
		if (random_kinds[i].message != NULL)
			irq_matrix_read(random_kinds[i].message->matrix,
					&books[i]);
	}
}

/* A plan asks nothing of a chip that does anything, and changes nothing. */
static void random_make_plan(void)
{
	struct irq_matrix_books before[RANDOM_KINDS], after[RANDOM_KINDS];
	unsigned long memory = host_live();

	for (unsigned int i = 0; i < state.used; i++)
		random_note_before(&state.irqs[i]);
	random_read_books(before);
	sim_forget();
	state.plan.entries = state.entries;
	state.plan.room = RANDOM_MOST;
	tap_equal(irq_plan_offline(&state.leaving, &state.plan), 0, "plan");
	tap_equal(sim_entries(), 0, "calls of chips by a plan");
	random_read_books(after);
	tap_expect(memcmp(before, after, sizeof(before)) == 0, "the books");
	tap_equal((long long)host_live(), (long long)memory, "memory");
	for (unsigned int i = 0; i < state.used; i++)
		tap_expect(
			memcmp(&state.irqs[i].before,
			       &irq_to_desc(state.irqs[i].irq)->irq_common_data,
			       sizeof(state.irqs[i].before)) == 0,
			"irq %u is as before", state.irqs[i].irq);
}

static void random_note_receipt(const struct irqkit_receipt *receipt)
{
	for (unsigned int i = 0; i < receipt->used; i++) {
		struct random_irq *that = random_find(receipt->entries[i].irq);

		if (!tap_expect(that != NULL, "a receipt for irq %u",
				receipt->entries[i].irq))
			continue;
		that->last = receipt->entries[i];
		that->receipts++;
	}
}

static void random_commit(void)
{
	static struct irqkit_receipt_entry entries[2 * RANDOM_MOST];
	unsigned int cpu;

	for_each_cpu (cpu, &state.leaving) {
		struct irqkit_receipt receipt = {.entries = entries,
						 .room = 2 * RANDOM_MOST};

		random_down(cpu, &receipt, true);
		random_note_receipt(&receipt);
	}
}

static const struct irqkit_plan_entry *random_entry(unsigned int irq)
{
	for (unsigned int i = 0; i < state.plan.used; i++) {
		if (state.entries[i].irq == irq)
			return &state.entries[i];
	}
	return NULL;
}

static void random_compare(const struct random_irq *that)
{
	const struct irq_common_data *common =
		&irq_to_desc(that->irq)->irq_common_data;
	const struct irqkit_plan_entry *entry = random_entry(that->irq);

	if (!tap_expect((entry != NULL) == (that->receipts != 0),
			"irq %u is planned: %d, has receipts: %u", that->irq,
			entry != NULL, that->receipts))
		return;
	if (entry == NULL) {
		tap_expect(cpumask_equal(&common->effective_affinity,
					 &that->before.effective_affinity),
			   "irq %u stays where it is", that->irq);
		return;
	}
	tap_equal(that->last.kind, entry->kind, "kind of irq %u", that->irq);
	tap_equal(that->last.error, entry->error, "error of irq %u", that->irq);
	tap_expect(cpumask_equal(&common->effective_affinity, &entry->targets),
		   "irq %u: planned at CPU %u, is at CPU %u", that->irq,
		   cpumask_first(&entry->targets),
		   cpumask_first(&common->effective_affinity));
	random_seen.kinds[entry->kind]++;
	random_seen.errors[-entry->error]++;
	random_seen.assumed += entry->assumed;
	random_seen.certain += !entry->assumed;
}

static void random_compare_counts(void)
{
	unsigned int counts[IRQKIT_RECEIPT_KINDS] = {0};
	unsigned int assumed = 0;

	for (unsigned int i = 0; i < state.plan.used; i++) {
		counts[state.entries[i].kind]++;
		assumed += state.entries[i].assumed;
		tap_expect(i == 0 || state.entries[i - 1].irq <
					     state.entries[i].irq,
			   "entries ascend");
	}
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(state.plan.count[i], counts[i], "count of kind %u",
			  i);
	tap_equal(state.plan.assumed, assumed, "assumed");
}

static void random_say(const struct random_irq *that)
{
	const struct irq_data *data = irq_get_irq_data(that->irq);

	tap_note("irq %u: %s, state 0x%x, affinity 0x%lx, effective 0x%lx, "
		 "refuses %d below %u",
		 that->irq, random_kind_of(data->domain)->name,
		 that->before.state, that->before.affinity.bits[0],
		 that->before.effective_affinity.bits[0], that->refusal.error,
		 that->refusal.below);
}

static bool random_round(unsigned int round)
{
	random_make_state(round);
	if (!cpumask_empty(&state.leaving)) {
		random_make_plan();
		random_commit();
		random_compare_counts();
		for (unsigned int i = 0; i < state.used && tap_is_good(); i++) {
			random_compare(&state.irqs[i]);
			if (!tap_is_good())
				random_say(&state.irqs[i]);
		}
	}
	if (!tap_is_good())
		tap_note("seed 0x%x, state %u, leaving 0x%lx", SUITE_SEED,
			 round, state.leaving.bits[0]);
	random_end_state();
	return tap_is_good();
}

/* A state that never occurs tests nothing. */
static void random_check_seen(void)
{
	const unsigned int *kinds = random_seen.kinds;
	const unsigned int *errors = random_seen.errors;

	tap_subject("the states had all that may happen");
	tap_note("%u moved, %u outside of their affinity, %u shut down, "
		 "%u stuck; %u assumed, %u certain",
		 kinds[IRQKIT_RECEIPT_MOVED], kinds[IRQKIT_RECEIPT_BROKEN],
		 kinds[IRQKIT_RECEIPT_SHUT_DOWN], kinds[IRQKIT_RECEIPT_STUCK],
		 random_seen.assumed, random_seen.certain);
	tap_note("no room %u, busy %u, invalid %u, no answer %u, cannot %u; "
		 "moving %u, pending %u, missed %u",
		 errors[IRQKIT_ENOSPC], errors[IRQKIT_EBUSY],
		 errors[IRQKIT_EINVAL], errors[IRQKIT_ETIMEDOUT],
		 errors[IRQKIT_ENOSYS], random_seen.completed,
		 random_seen.pending, random_seen.missed);
	tap_expect(kinds[IRQKIT_RECEIPT_MOVED] > 1000, "moved");
	tap_expect(kinds[IRQKIT_RECEIPT_BROKEN] > 1000, "broken");
	tap_expect(kinds[IRQKIT_RECEIPT_SHUT_DOWN] > 1000, "shut down");
	tap_expect(errors[IRQKIT_ENOSPC] > 1000, "no room");
	tap_expect(errors[IRQKIT_EBUSY] > 1000, "busy");
	tap_expect(errors[IRQKIT_EINVAL] > 1000, "invalid");
	tap_expect(errors[IRQKIT_ETIMEDOUT] > 1000, "no answer");
	tap_expect(errors[IRQKIT_ENOSYS] > 1000, "cannot");
	tap_expect(random_seen.completed > 1000, "moving");
	tap_expect(random_seen.pending > 1000, "pending");
	tap_expect(random_seen.missed > 500, "missed");
	tap_close();
}

static void random_run(void)
{
	struct irq_matrix_books before[RANDOM_KINDS], after[RANDOM_KINDS];
	unsigned int round = 0;

	tap_subject("HZ13: commit equals plan, %u states at random",
		    RANDOM_STATES);
	random_read_books(before);
	while (round < RANDOM_STATES && random_round(round))
		round++;
	random_read_books(after);
	tap_expect(memcmp(before, after, sizeof(before)) == 0,
		   "the books are as before");
	tap_close();
}

int main(void)
{
	struct cpumask others;

	host_begin();
	cpumask_clear(&others);
	for (unsigned int cpu = 1; cpu < RANDOM_CPUS; cpu++)
		cpumask_set_cpu(cpu, &others);
	host_start(RANDOM_CPUS, &others);
	tap_subject("%u CPUs with %s", RANDOM_CPUS, RANDOM_ISOLATION);
	tap_equal(irqkit_isolation_setup(RANDOM_ISOLATION), 0, "set");
	for (unsigned int cpu = 1; cpu < RANDOM_CPUS; cpu++)
		tap_equal(host_start_cpu(cpu), 0, "cpu %u", cpu);
	random_make_controllers();
	tap_close();
	random_run();
	random_check_seen();
	return host_end();
}
