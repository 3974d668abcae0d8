/* SPDX-License-Identifier: MIT */
/* See sim_chip.h: the record, and failures and hooks of operations. */
#include "sim_chip.h"
#include <stdio.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

#define RECORD_ROOM 4096U

/* What is asked of the calls of one operation. */
struct record_plan {
	unsigned int fail_in; /* calls from now; 0: none */
	int error;
	sim_function_t before, after;
	bool inside; /* of one of them */
	unsigned int count;
};

static struct sim_entry record_entries[RECORD_ROOM];
static unsigned int record_used;
static struct record_plan record_plans[SIM_OPS];

bool sim_forced;

static const char *const record_names[SIM_OPS] = {
	[SIM_STARTUP] = "startup",
	[SIM_SHUTDOWN] = "shutdown",
	[SIM_MASK] = "mask",
	[SIM_UNMASK] = "unmask",
	[SIM_ACK] = "ack",
	[SIM_EOI] = "eoi",
	[SIM_SET_TYPE] = "set_type",
	[SIM_SET_WAKE] = "set_wake",
	[SIM_SET_AFFINITY] = "set_affinity",
	[SIM_FORCE_MOVE] = "force_move",
	[SIM_RETRIGGER] = "retrigger",
	[SIM_GET_STATE] = "get_state",
	[SIM_SET_STATE] = "set_state",
	[SIM_COMPOSE] = "compose",
	[SIM_WRITE] = "write",
	[SIM_WRITE_HALF] = "half",
	[SIM_MAP] = "map",
	[SIM_UNMAP] = "unmap",
	[SIM_ALLOC] = "alloc",
	[SIM_FREE] = "free",
	[SIM_ACTIVATE] = "activate",
	[SIM_DEACTIVATE] = "deactivate",
	[SIM_HANDLER] = "handler",
};

void sim_forget(void)
{
	record_used = 0;
	for (unsigned int op = 0; op < SIM_OPS; op++)
		record_plans[op].count = 0;
}

void sim_reset(void)
{
	sim_forget();
	memset(record_plans, 0, sizeof(record_plans));
	sim_forced = false;
}

unsigned int sim_count(enum sim_op op)
{
	return record_plans[op].count;
}

unsigned int sim_entries(void)
{
	return record_used;
}

/* Never NULL, so that a test that failed goes on. */
const struct sim_entry *sim_entry(unsigned int n)
{
	static const struct sim_entry none = {.level = "none"};

	return n < record_used && n < RECORD_ROOM ? &record_entries[n] : &none;
}

const struct sim_entry *sim_last(enum sim_op op)
{
	for (unsigned int i = record_used; i-- > 0;) {
		if (sim_entry(i)->op == op)
			return sim_entry(i);
	}
	return sim_entry(RECORD_ROOM);
}

void sim_fail(enum sim_op op, unsigned int nth, int error)
{
	record_plans[op].fail_in = nth;
	record_plans[op].error = error;
}

void sim_hook(enum sim_op op, sim_function_t function)
{
	record_plans[op].before = function;
}

void sim_hook_after(enum sim_op op, sim_function_t function)
{
	record_plans[op].after = function;
}

void sim_violation(const char *what, const struct irq_data *data)
{
	char text[160];

	snprintf(text, sizeof(text), "%s: %s, irq %u, hwirq %lu, cpu %u",
		 data->domain != NULL ? data->domain->name : data->chip->name,
		 what, data->irq, data->hwirq, irqkit_port_cpu());
	host_violation(text);
}

static bool record_is_locked(const struct irq_data *data)
{
	const struct irqkit_lock *lock = &irq_to_desc(data->irq)->lock;

#if IRQKIT_DEBUG
	return lock->holder == irqkit_port_cpu() + 1;
#else
	return lock->next != lock->owner;
#endif
}

/* Flow handlers of a kind call these without the lock. */
static bool record_needs_lock(enum sim_op op, const struct irq_data *data)
{
	const struct irq_desc *desc = irq_to_desc(data->irq);
	const unsigned long free_of_it =
		SIM_BIT(SIM_MAP) | SIM_BIT(SIM_UNMAP) | SIM_BIT(SIM_ALLOC) |
		SIM_BIT(SIM_FREE) | SIM_BIT(SIM_HANDLER) | SIM_BIT(SIM_COMPOSE);
	const unsigned long flow_ops = SIM_BIT(SIM_ACK) | SIM_BIT(SIM_EOI) |
				       SIM_BIT(SIM_MASK) | SIM_BIT(SIM_UNMASK);
	const irq_flow_handler_t flow = desc->handle_irq;

	if ((free_of_it & SIM_BIT(op)) != 0)
		return false;
	if ((flow_ops & SIM_BIT(op)) == 0)
		return true;
	return flow == handle_level_irq || flow == handle_edge_irq ||
	       flow == handle_fasteoi_irq;
}

static void record_check(enum sim_op op, const struct irq_data *data)
{
	bool locked = record_is_locked(data);

	if (!irqkit_port_irqs_disabled())
		sim_violation("called with interrupts on", data);
	if (!locked && record_needs_lock(op, data))
		sim_violation("called without the descriptor lock", data);
	if (locked && op == SIM_HANDLER)
		sim_violation("handler under the descriptor lock", data);
}

static void record_note(enum sim_op op, const struct irq_data *data,
			unsigned long argument, const struct cpumask *mask)
{
	struct sim_entry *entry;

	record_plans[op].count++;
	if (record_used == RECORD_ROOM)
		return;
	entry = &record_entries[record_used++];
	memset(entry, 0, sizeof(*entry));
	entry->op = op;
	entry->level = data->domain != NULL ? data->domain->name
					    : data->chip->name;
	entry->irq = data->irq;
	entry->hwirq = data->hwirq;
	entry->cpu = irqkit_port_cpu();
	entry->locked = record_is_locked(data);
	entry->argument = argument;
	if (mask != NULL)
		cpumask_copy(&entry->mask, mask);
}

static void record_run(enum sim_op op, sim_function_t function,
		       struct irq_data *data)
{
	struct record_plan *plan = &record_plans[op];

	if (function == NULL || plan->inside)
		return;
	plan->inside = true;
	function(data);
	plan->inside = false;
}

int sim_enter(enum sim_op op, struct irq_data *data, unsigned long argument,
	      const struct cpumask *mask)
{
	struct record_plan *plan = &record_plans[op];

	record_check(op, data);
	record_note(op, data, argument, mask);
	record_run(op, plan->before, data);
	if (plan->fail_in == 0 || --plan->fail_in != 0)
		return 0;
	return plan->error;
}

void sim_leave(enum sim_op op, struct irq_data *data)
{
	record_run(op, record_plans[op].after, data);
}

void sim_check_mask(const struct irq_data *data, const struct cpumask *mask)
{
	if (cpumask_empty(mask))
		sim_violation("aimed at no CPU", data);
	if (!cpumask_subset(mask,
			    sim_forced ? cpu_online_mask : cpu_active_mask))
		sim_violation("aimed at a CPU that is not active (HZ3)", data);
}

static bool record_compare(const char *words, bool levels)
{
	char text[1024] = "";
	size_t length = 0;

	for (unsigned int i = 0; i < record_used; i++) {
		const struct sim_entry *entry = sim_entry(i);

		if (length >= sizeof(text) - 1)
			break;
		length += (size_t)snprintf(
			text + length, sizeof(text) - length, "%s%s%s%s",
			i != 0 ? " " : "", levels ? entry->level : "",
			levels ? "." : "", record_names[entry->op]);
	}
	sim_forget();
	return tap_expect(strcmp(text, words) == 0,
			  "calls: expected '%s', got '%s'", words, text);
}

bool sim_expect(const char *words)
{
	return record_compare(words, false);
}

bool sim_expect_levels(const char *words)
{
	return record_compare(words, true);
}
