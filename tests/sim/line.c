/* SPDX-License-Identifier: MIT */
/*
 * A controller of lines, as the distributor of a GIC is: an edge is latched
 * until it is taken, a level is pending as long as it is held; what was taken
 * is active until its end and is not taken again before. The second half of
 * its pins can be moved in their own handlers only.
 */
#include "sim.h"
#include <string.h>
#include "entry.h"

#define LINE_PINS   (2 * SIM_DEVICES)
#define LINE_NO_CPU (~0U)

struct line_pin {
	bool is_level, level, latched, masked, active;
	unsigned int target;
	unsigned int taker;
	struct sim_device *device;
};

static struct line_pin line_pins[LINE_PINS];
static struct irq_domain *line_domain;

static struct line_pin *line_pin(const struct irq_data *data)
{
	return &line_pins[data->hwirq];
}

static bool line_is_pending(const struct line_pin *pin, unsigned int cpu)
{
	return !pin->masked && !pin->active && pin->target == cpu &&
	       (pin->latched || (pin->is_level && pin->level));
}

/* The lowest one for a CPU, or LINE_PINS. */
static unsigned int line_find(unsigned int cpu)
{
	unsigned int i = 0;

	while (i < LINE_PINS && !line_is_pending(&line_pins[i], cpu))
		i++;
	return i;
}

bool sim_line_has(unsigned int cpu)
{
	return line_find(cpu) < LINE_PINS;
}

void sim_line_take(unsigned int cpu)
{
	unsigned int hwirq = line_find(cpu);
	struct line_pin *pin = &line_pins[hwirq];

	pin->latched = false;
	pin->active = true;
	pin->taker = cpu;
	sim_note("takes line %u", hwirq, 0);
	if (sim_entry(line_domain, hwirq) != 0)
		pin->active = false;
	else if (pin->active && pin->taker == cpu &&
		 !sim_has_fault(SIM_FAULT_STUCK_ACTIVE))
		sim_fail(SIM_CONTRACT, "cpu %u: line %u was not ended", cpu,
			 hwirq);
}

void sim_line_raise(unsigned int hwirq)
{
	struct line_pin *pin = &line_pins[hwirq];

	sim_note("line %u is raised", hwirq, 0);
	if (pin->is_level)
		pin->level = true;
	else
		pin->latched = true;
	sim_touch();
}

void sim_line_lower(unsigned int hwirq)
{
	line_pins[hwirq].level = false;
}

/* ---- the chip */

static void line_mask(struct irq_data *data)
{
	sim_point();
	sim_note("mask line %u", (unsigned int)data->hwirq, 0);
	if (line_pin(data)->masked)
		sim_fail(SIM_CONTRACT, "mask of a masked line");
	line_pin(data)->masked = true;
}

/* HZ32: it is aimed before it is let through. */
static void line_unmask(struct irq_data *data)
{
	struct line_pin *pin = line_pin(data);

	sim_point();
	sim_note("unmask line %u", (unsigned int)data->hwirq, 0);
	if (!pin->masked)
		sim_fail(SIM_CONTRACT, "unmask of an unmasked line");
	if (pin->target == LINE_NO_CPU)
		sim_fail(SIM_CONTRACT, "a line is let through and not aimed");
	pin->masked = false;
	sim_touch();
}

/* HZ58: only what this CPU has taken. */
static void line_eoi(struct irq_data *data)
{
	struct line_pin *pin = line_pin(data);

	sim_point();
	if (!pin->active || pin->taker != sim_cpu())
		sim_fail(SIM_CONTRACT, "cpu %u ends a line it has not taken",
			 sim_cpu());
	if (sim_fault_now(SIM_FAULT_STUCK_ACTIVE, 2)) {
		sim_note("the end of line %u is not seen",
			 (unsigned int)data->hwirq, 0);
		return;
	}
	pin->active = false;
	sim_touch();
}

static int line_set_affinity(struct irq_data *data, const struct cpumask *mask)
{
	struct line_pin *pin = line_pin(data);
	struct cpumask effective;
	bool can = (data->common->status & IRQ_MOVE_PCNTXT) != 0 ||
		   pin->masked || (pin->active && pin->taker == sim_cpu());

	sim_point();
	if (!can)
		sim_fail(SIM_CONTRACT, "a line is moved outside its handler");
	if (pin->target != LINE_NO_CPU && cpu_online(pin->target) &&
	    sim_fault_now(SIM_FAULT_BUSY, 2))
		return -EBUSY;
	pin->target = cpumask_first(mask);
	irqkit_cpumask_single(&effective, pin->target);
	irq_data_update_effective_affinity(data, &effective);
	sim_note("aim line %u at cpu %u", (unsigned int)data->hwirq,
		 pin->target);
	sim_saw(SIM_SAW_MOVE);
	sim_touch();
	return 0;
}

static int line_retrigger(struct irq_data *data)
{
	sim_point();
	line_pin(data)->latched = true;
	line_pin(data)->device->stale++;
	sim_saw(SIM_SAW_RETRIGGER);
	sim_touch();
	return 0;
}

static int line_set_type(struct irq_data *data, unsigned int type)
{
	line_pin(data)->is_level = (type & IRQ_TYPE_LEVEL_MASK) != 0;
	return 0;
}

static const struct irq_chip line_chip = {
	.name = "line",
	.irq_mask = line_mask,
	.irq_unmask = line_unmask,
	.irq_eoi = line_eoi,
	.irq_set_affinity = line_set_affinity,
	.irq_retrigger = line_retrigger,
	.irq_set_type = line_set_type,
};

static int line_map(struct irq_domain *domain, unsigned int irq,
		    irq_hw_number_t hwirq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	irq_domain_set_info(domain, irq, hwirq, &line_chip, NULL,
			    handle_fasteoi_irq);
	if (hwirq < SIM_DEVICES)
		data->common->status |= IRQ_MOVE_PCNTXT;
	data->common->state |= IRQD_SINGLE_TARGET;
	return 0;
}

static void line_unmap(struct irq_domain *domain, unsigned int irq)
{
	struct line_pin *pin = line_pin(irq_get_irq_data(irq));

	(void)domain;
	if (!pin->masked)
		sim_fail(SIM_CONTRACT, "a line is unmapped while let through");
	pin->target = LINE_NO_CPU;
}

static const struct irq_domain_ops line_ops = {
	.map = line_map,
	.unmap = line_unmap,
};

int sim_line_map(struct sim_device *device)
{
	int irq = irq_create_mapping(line_domain, device->pin);

	line_pins[device->pin].device = device;
	device->irq = irq > 0 ? (unsigned int)irq : 0;
	return irq > 0 ? 0 : irq;
}

void sim_line_begin(void)
{
	const struct irq_domain_info info = {
		.name = "lines",
		.size = LINE_PINS,
		.ops = &line_ops,
	};

	for (unsigned int i = 0; i < LINE_PINS; i++) {
		line_pins[i].masked = true;
		line_pins[i].target = LINE_NO_CPU;
	}
	if (irq_domain_create(&info, &line_domain) != 0)
		sim_fail(SIM_CONTRACT, "a domain of lines at boot");
}
