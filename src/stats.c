/* SPDX-License-Identifier: MIT */
/* Counts and the table of interrupts. Reads only; no lock of its own. */
#include "internals.h"

unsigned long kstat_irqs_cpu(unsigned int irq, unsigned int cpu)
{
	const struct irq_desc *desc = irqkit_desc_find(irq);

	if (desc == NULL || !cpu_possible(cpu))
		return 0;
	return load_relaxed(irqkit_count(desc, cpu));
}

unsigned long kstat_irqs(unsigned int irq)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_cpu (cpu, cpu_possible_mask)
		sum += kstat_irqs_cpu(irq, cpu);
	return sum;
}

unsigned int irqkit_unhandled(unsigned int cpu)
{
	return cpu_possible(cpu)
		       ? load_relaxed(&irqkit_dispatch_table[cpu].unhandled)
		       : 0;
}

/* The handler of a chained interrupt has no name. */
static const char *stats_no_handler(const struct irq_desc *desc)
{
	return (desc->irq_common_data.state & IRQD_CHAINED) != 0 ? "chained"
								 : "-";
}

void irqkit_handler_names(const struct irq_desc *desc, char *text, size_t size)
{
	const struct irqaction *action = desc->action;
	size_t length = 0;

	if (action == NULL)
		irqkit_snprintf(text, size, "%s", stats_no_handler(desc));
	for (; action != NULL && length < size; action = action->next)
		length += (size_t)irqkit_snprintf(
			text + length, size - length, "%s%s",
			length != 0 ? ", " : "",
			action->name != NULL ? action->name : "-");
	if (length >= size)
		irqkit_snprintf(text + size - 4, 4, "...");
}

/* What one line of the table says beside the counts. */
struct stats_line {
	char chip[24];
	char handlers[128];
	const char *trigger;
	irq_hw_number_t hwirq;
	unsigned int unhandled; /* of late */
};

static const char *stats_trigger(unsigned int state)
{
	if ((state & IRQ_TYPE_LEVEL_MASK) != 0)
		return "Level";
	return (state & IRQ_TYPE_SENSE_MASK) != 0 ? "Edge" : "-";
}

/* Copied under the lock, as nothing may be printed there. */
static bool stats_read_line(unsigned int irq, struct stats_line *line)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (!irqkit_desc_lock(desc, irq, &state))
		return false;
	irqkit_snprintf(line->chip, sizeof(line->chip), "%s",
			desc->irq_data.chip->name);
	line->hwirq = desc->irq_data.hwirq;
	line->trigger = stats_trigger(desc->irq_common_data.state);
	line->unhandled = desc->unhandled;
	irqkit_handler_names(desc, line->handlers, sizeof(line->handlers));
	irqkit_lock_release(&desc->lock, state);
	return true;
}

static void stats_print_head(irqkit_print_t print, void *context)
{
	unsigned int cpu;
	char text[32];

	print(context, "     ");
	for_each_cpu (cpu, cpu_online_mask) {
		irqkit_snprintf(text, sizeof(text), " %7s%-3u", "CPU", cpu);
		print(context, text);
	}
	print(context, "\n");
}

static void stats_print_counts(irqkit_print_t print, void *context,
			       unsigned int irq)
{
	unsigned int cpu;
	char text[32];

	irqkit_snprintf(text, sizeof(text), "%4u:", irq);
	print(context, text);
	for_each_cpu (cpu, cpu_online_mask) {
		irqkit_snprintf(text, sizeof(text), " %10lu",
				kstat_irqs_cpu(irq, cpu));
		print(context, text);
	}
}

static void stats_print_line(irqkit_print_t print, void *context,
			     const struct stats_line *line)
{
	char text[64];

	irqkit_snprintf(text, sizeof(text), "  %-14s %4lu %-5s  ", line->chip,
			line->hwirq, line->trigger);
	print(context, text);
	print(context, line->handlers);
	if (line->unhandled != 0) {
		irqkit_snprintf(text, sizeof(text), " (%u unhandled)",
				line->unhandled);
		print(context, text);
	}
	print(context, "\n");
}

int irqkit_show_interrupts(irqkit_print_t print, void *context)
{
	struct stats_line line;
	unsigned int irq;

	if (print == NULL)
		return -EINVAL;
	stats_print_head(print, context);
	for_each_active_irq (irq) {
		if (!stats_read_line(irq, &line))
			continue;
		stats_print_counts(print, context, irq);
		stats_print_line(print, context, &line);
	}
	return 0;
}
