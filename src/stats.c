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

/* What one line of the table says beside the counts. */
struct stats_line {
	const char *chip;
	const char *handler;
	irq_hw_number_t hwirq;
};

/* Copied under the lock, as nothing may be printed there. */
static bool stats_read_line(unsigned int irq, struct stats_line *line)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (!irqkit_desc_lock(desc, irq, &state))
		return false;
	line->chip = desc->irq_data.chip->name;
	line->hwirq = desc->irq_data.hwirq;
	line->handler = "-";
	if (desc->action != NULL && desc->action->name != NULL)
		line->handler = desc->action->name;
	irqkit_lock_release(&desc->lock, state);
	return true;
}

int irqkit_show_interrupts(irqkit_print_t print, void *context)
{
	struct stats_line line;
	unsigned int cpu;
	unsigned int irq;
	char text[64];

	if (print == NULL)
		return -EINVAL;
	print(context, "     ");
	for_each_cpu (cpu, cpu_online_mask) {
		irqkit_snprintf(text, sizeof(text), " %7s%-3u", "CPU", cpu);
		print(context, text);
	}
	print(context, "\n");
	for (irq = irqkit_desc_next(1); irq < IRQKIT_NR_IRQS;
	     irq = irqkit_desc_next(irq + 1)) {
		if (!stats_read_line(irq, &line))
			continue;
		irqkit_snprintf(text, sizeof(text), "%4u:", irq);
		print(context, text);
		for_each_cpu (cpu, cpu_online_mask) {
			irqkit_snprintf(text, sizeof(text), " %10lu",
					kstat_irqs_cpu(irq, cpu));
			print(context, text);
		}
		irqkit_snprintf(text, sizeof(text), "  %-14s %4lu  ", line.chip,
				line.hwirq);
		print(context, text);
		print(context, line.handler);
		print(context, "\n");
	}
	return 0;
}
