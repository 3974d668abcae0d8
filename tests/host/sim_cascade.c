/* SPDX-License-Identifier: MIT */
/*
 * See sim_chip.h: a line controller behind one line of another. Its output is
 * a level: raised while a line of its own is pending and not masked.
 */
#include "sim_chip.h"
#include "host.h"

static bool cascade_is_asserted(const struct sim_line *child)
{
	for (unsigned int i = 0; i < child->info.nr_lines; i++) {
		if (sim_line_is_pending(child, i))
			return true;
	}
	return false;
}

void sim_cascade_update(struct sim_line *child)
{
	if (cascade_is_asserted(child))
		sim_line_raise(child->parent, child->parent_hwirq);
	else
		sim_line_lower(child->parent, child->parent_hwirq);
}

/* What is pending at this moment, each once. */
static void cascade_demux(struct irq_desc *desc)
{
	struct sim_line *child = irq_desc_get_handler_data(desc);
	bool pending[SIM_MAX_LINES];

	chained_irq_enter(desc);
	for (unsigned int i = 0; i < child->info.nr_lines; i++)
		pending[i] = sim_line_is_pending(child, i);
	for (unsigned int i = 0; i < child->info.nr_lines; i++) {
		if (pending[i])
			sim_line_dispatch(child, i, irqkit_port_cpu());
	}
	sim_cascade_update(child);
	chained_irq_exit(desc);
}

int sim_cascade_connect(struct sim_line *child, struct sim_line *parent,
			irq_hw_number_t hwirq)
{
	unsigned int irq = sim_line_map(parent, hwirq);
	int error;

	error = irq_set_irq_type(irq, IRQ_TYPE_LEVEL_HIGH);
	if (error != 0)
		return error;
	child->parent = parent;
	child->parent_hwirq = hwirq;
	error = irq_set_chained_handler_and_data(irq, cascade_demux, child);
	if (error != 0)
		child->parent = NULL;
	return error;
}

int sim_cascade_disconnect(struct sim_line *child)
{
	unsigned int irq = irq_find_mapping(child->parent->domain,
					    child->parent_hwirq);
	int error = irq_set_chained_handler_and_data(irq, NULL, NULL);

	if (error != 0)
		return error;
	child->parent = NULL;
	return irq_dispose_mapping(irq);
}
