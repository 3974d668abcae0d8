/* SPDX-License-Identifier: MIT */
/* See sim_chip.h: a controller of lines. One CPU runs at a time: no lock. */
#include "sim_chip.h"
#include <stdlib.h>
#include <string.h>
#include "host.h"

/* So many in a row without any CPU getting on are a storm. */
#define LINE_STORM 100000U

static struct sim_line *line_all;

static struct sim_line *line_of(const struct irq_data *data)
{
	return data->domain->host_data;
}

static struct sim_pin *line_pin(const struct irq_data *data)
{
	return &line_of(data)->pins[data->hwirq];
}

static bool line_has(const struct sim_line *sim, enum sim_op op)
{
	return (sim->info.operations & SIM_BIT(op)) != 0;
}

static bool line_pin_is_pending(const struct sim_pin *pin)
{
	bool is_level = (pin->type & IRQ_TYPE_LEVEL_MASK) != 0;

	return !pin->masked && !pin->active &&
	       (pin->latched || (is_level && pin->level));
}

bool sim_line_is_pending(const struct sim_line *sim, irq_hw_number_t hwirq)
{
	return line_pin_is_pending(&sim->pins[hwirq]);
}

static void line_changed(struct sim_line *sim)
{
	if (sim->parent != NULL)
		sim_cascade_update(sim);
}

static int line_begin(enum sim_op op, struct irq_data *data,
		      unsigned long argument)
{
	if (!line_pin(data)->mapped)
		sim_violation("operation on a line that is not mapped", data);
	return sim_enter(op, data, argument, NULL);
}

static void line_end(enum sim_op op, struct irq_data *data)
{
	line_changed(line_of(data));
	sim_leave(op, data);
}

/* HZ32: aimed before it is let through for the first time. */
static void line_let_through(struct irq_data *data)
{
	struct sim_line *sim = line_of(data);
	struct sim_pin *pin = line_pin(data);

	if (line_has(sim, SIM_SET_AFFINITY) && pin->target == SIM_NO_CPU)
		sim_violation("let through before it was aimed (HZ32)", data);
	if (sim->info.activates && !pin->activated)
		sim_violation("let through before it was activated", data);
	pin->masked = false;
}

static int line_startup(struct irq_data *data)
{
	int error = line_begin(SIM_STARTUP, data, 0);

	if (error == 0)
		line_let_through(data);
	line_end(SIM_STARTUP, data);
	return error;
}

static void line_shutdown(struct irq_data *data)
{
	line_begin(SIM_SHUTDOWN, data, 0);
	line_pin(data)->masked = true;
	line_end(SIM_SHUTDOWN, data);
}

static void line_mask(struct irq_data *data)
{
	struct sim_pin *pin = line_pin(data);

	line_begin(SIM_MASK, data, 0);
	if (pin->masked)
		sim_violation("mask of a masked line", data);
	pin->masked = true;
	line_end(SIM_MASK, data);
}

static void line_unmask(struct irq_data *data)
{
	line_begin(SIM_UNMASK, data, 0);
	if (!line_pin(data)->masked && line_has(line_of(data), SIM_MASK))
		sim_violation("unmask of an unmasked line", data);
	line_let_through(data);
	line_end(SIM_UNMASK, data);
}

static void line_ack(struct irq_data *data)
{
	struct sim_pin *pin = line_pin(data);

	line_begin(SIM_ACK, data, 0);
	if (!cpumask_test_cpu(irqkit_port_cpu(), &pin->owes_ack))
		sim_violation("ack of what this CPU has not taken", data);
	cpumask_clear_cpu(irqkit_port_cpu(), &pin->owes_ack);
	pin->latched = false;
	line_end(SIM_ACK, data);
}

/* HZ58: only what was taken, and where it was. */
static void line_eoi(struct irq_data *data)
{
	struct sim_pin *pin = line_pin(data);

	line_begin(SIM_EOI, data, 0);
	if (!cpumask_test_cpu(irqkit_port_cpu(), &pin->owes_eoi))
		sim_violation("EOI of what this CPU has not taken", data);
	cpumask_clear_cpu(irqkit_port_cpu(), &pin->owes_eoi);
	pin->active = false;
	line_end(SIM_EOI, data);
}

static int line_set_type(struct irq_data *data, unsigned int type)
{
	struct sim_line *sim = line_of(data);
	int error = line_begin(SIM_SET_TYPE, data, type);

	if (type == IRQ_TYPE_NONE || type > IRQ_TYPE_LEVEL_LOW)
		sim_violation("set_type of no trigger", data);
	if ((sim->info.chip_flags & IRQCHIP_SET_TYPE_MASKED) != 0 &&
	    !line_pin(data)->masked)
		sim_violation("set_type of an unmasked line", data);
	if (error == 0 && (sim->info.refused & SIM_BIT(type)) != 0)
		error = -EINVAL;
	if (error == 0)
		line_pin(data)->type = type;
	line_end(SIM_SET_TYPE, data);
	return error;
}

static int line_set_wake(struct irq_data *data, bool on)
{
	int error = line_begin(SIM_SET_WAKE, data, on);

	if (line_pin(data)->wakes == on)
		sim_violation("set_wake to what it is", data);
	if (error == 0)
		line_pin(data)->wakes = on;
	line_end(SIM_SET_WAKE, data);
	return error;
}

static void line_aim(struct irq_data *data, const struct cpumask *mask)
{
	const struct sim_line *sim = line_of(data);
	struct cpumask effective;

	line_pin(data)->target = cpumask_first(mask);
	if (sim->info.no_effective || cpumask_empty(mask))
		return;
	irqkit_cpumask_single(&effective, cpumask_first(mask));
	irq_data_update_effective_affinity(
		data, sim->info.many_targets ? mask : &effective);
}

/* Where it cannot be moved any time, it is masked or in its flow handler. */
static void line_check_move(const struct irq_data *data)
{
	const struct sim_pin *pin = line_pin(data);

	if ((data->common->status & IRQ_MOVE_PCNTXT) == 0 && !pin->masked &&
	    line_has(line_of(data), SIM_MASK) &&
	    !cpumask_test_cpu(irqkit_port_cpu(), &pin->owes_ack) &&
	    !cpumask_test_cpu(irqkit_port_cpu(), &pin->owes_eoi))
		sim_violation("moved outside of its handler, unmasked", data);
}

static int line_set_affinity(struct irq_data *data, const struct cpumask *mask)
{
	int error;

	sim_check_mask(data, mask);
	line_check_move(data);
	if (line_of(data)->info.activates && !line_pin(data)->activated)
		sim_violation("aimed before it was activated (HZ33)", data);
	error = sim_enter(SIM_SET_AFFINITY, data, 0, mask);
	if (error == 0)
		line_aim(data, mask);
	line_end(SIM_SET_AFFINITY, data);
	return error;
}

static int line_retrigger(struct irq_data *data)
{
	int error = line_begin(SIM_RETRIGGER, data, 0);

	if (error == 0)
		line_pin(data)->latched = true;
	line_end(SIM_RETRIGGER, data);
	return error;
}

static int line_get_state(struct irq_data *data, enum irqchip_irq_state which,
			  bool *value)
{
	const struct sim_pin *pin = line_pin(data);
	int error = line_begin(SIM_GET_STATE, data, which);

	if (error != 0)
		return error;
	switch (which) {
	case IRQCHIP_STATE_PENDING:
		*value = pin->latched ||
			 ((pin->type & IRQ_TYPE_LEVEL_MASK) != 0 && pin->level);
		return 0;
	case IRQCHIP_STATE_ACTIVE:
		*value = pin->active;
		return 0;
	case IRQCHIP_STATE_MASKED:
		*value = pin->masked;
		return 0;
	case IRQCHIP_STATE_LINE_LEVEL:
		*value = pin->level;
		return 0;
	}
	sim_violation("get of an unknown state", data);
	return -EINVAL;
}

static int line_set_state(struct irq_data *data, enum irqchip_irq_state which,
			  bool value)
{
	struct sim_pin *pin = line_pin(data);
	int error = line_begin(SIM_SET_STATE, data, which * 2UL + value);

	if (error != 0)
		return error;
	if (which == IRQCHIP_STATE_PENDING)
		pin->latched = value;
	else if (which == IRQCHIP_STATE_ACTIVE)
		pin->active = value;
	else if (which == IRQCHIP_STATE_MASKED)
		pin->masked = value;
	else
		error = -EINVAL;
	line_end(SIM_SET_STATE, data);
	return error;
}

/* ---- the device */

/* Which way an edge goes. */
static void line_latch(struct sim_pin *pin, unsigned int edge)
{
	if ((pin->type & edge) != 0)
		pin->latched = true;
}

void sim_line_raise(struct sim_line *sim, irq_hw_number_t hwirq)
{
	struct sim_pin *pin = &sim->pins[hwirq];

	if (!pin->level)
		line_latch(pin, IRQ_TYPE_EDGE_RISING);
	pin->level = true;
	line_changed(sim);
}

void sim_line_lower(struct sim_line *sim, irq_hw_number_t hwirq)
{
	struct sim_pin *pin = &sim->pins[hwirq];

	if (pin->stuck)
		return;
	if (pin->level)
		line_latch(pin, IRQ_TYPE_EDGE_FALLING);
	pin->level = false;
	line_changed(sim);
}

void sim_line_pulse(struct sim_line *sim, irq_hw_number_t hwirq)
{
	sim_line_raise(sim, hwirq);
	sim_line_lower(sim, hwirq);
}

void sim_line_stick(struct sim_line *sim, irq_hw_number_t hwirq, bool stuck)
{
	sim->pins[hwirq].stuck = stuck;
	if (stuck)
		sim_line_raise(sim, hwirq);
	else
		sim_line_lower(sim, hwirq);
}

/* ---- the CPUs */

static void line_take(struct sim_line *sim, struct sim_pin *pin,
		      unsigned int cpu)
{
	pin->taken++;
	if (line_has(sim, SIM_ACK))
		cpumask_set_cpu(cpu, &pin->owes_ack);
	if (line_has(sim, SIM_EOI))
		cpumask_set_cpu(cpu, &pin->owes_eoi);
	if (sim->info.style != SIM_STYLE_ACK)
		pin->latched = false;
	pin->active = sim->info.style == SIM_STYLE_EOI;
}

/* What the flow handler owed the controller. */
static void line_check_served(struct sim_pin *pin, unsigned int cpu)
{
	if (cpumask_test_cpu(cpu, &pin->owes_eoi))
		host_violation("a flow handler has not ended a line");
	if (cpumask_test_cpu(cpu, &pin->owes_ack))
		host_violation("a flow handler has not acknowledged a line");
}

/* A line that nobody has is silenced, as the entry of a backend does. */
static void line_silence(struct sim_line *sim, struct sim_pin *pin)
{
	sim->unexpected++;
	pin->masked = true;
	pin->latched = false;
	pin->active = false;
}

void sim_line_dispatch(struct sim_line *sim, irq_hw_number_t hwirq,
		       unsigned int cpu)
{
	struct sim_pin *pin = &sim->pins[hwirq];

	line_take(sim, pin, cpu);
	if (generic_handle_domain_irq(sim->domain, hwirq) == 0)
		line_check_served(pin, cpu);
	else
		line_silence(sim, pin);
	cpumask_clear_cpu(cpu, &pin->owes_ack);
	cpumask_clear_cpu(cpu, &pin->owes_eoi);
}

/* A chip that cannot be aimed interrupts the boot CPU. */
static bool line_is_for(const struct sim_line *sim, const struct sim_pin *pin,
			unsigned int cpu)
{
	unsigned int target = pin->target;

	if (target == SIM_NO_CPU && !line_has(sim, SIM_SET_AFFINITY))
		target = 0;
	return line_pin_is_pending(pin) && target == cpu;
}

/* The lowest line for a CPU, or the number of lines. */
static unsigned int line_find(const struct sim_line *sim, unsigned int cpu)
{
	unsigned int hwirq = 0;

	if (sim->hold || sim->parent != NULL)
		return sim->info.nr_lines;
	while (hwirq < sim->info.nr_lines &&
	       !line_is_for(sim, &sim->pins[hwirq], cpu))
		hwirq++;
	return hwirq;
}

static bool line_has_interrupt(unsigned int cpu)
{
	struct sim_line *sim = line_all;

	while (sim != NULL && line_find(sim, cpu) == sim->info.nr_lines)
		sim = sim->next;
	return sim != NULL;
}

static void line_check_storm(struct sim_line *sim, irq_hw_number_t hwirq)
{
	if (sim->pins[hwirq].taken % LINE_STORM != 0)
		return;
	host_violation("a line storms");
	sim->pins[hwirq].masked = true;
}

static void line_take_interrupt(unsigned int cpu)
{
	for (struct sim_line *sim = line_all; sim != NULL; sim = sim->next) {
		unsigned int hwirq = line_find(sim, cpu);

		if (hwirq == sim->info.nr_lines)
			continue;
		irqkit_dispatch_enter(cpu);
		sim_line_dispatch(sim, hwirq, cpu);
		irqkit_dispatch_exit(cpu);
		line_check_storm(sim, hwirq);
		return;
	}
}

void sim_line_deliver(struct sim_line *sim, irq_hw_number_t hwirq,
		      unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(cpu);
	sim_line_dispatch(sim, hwirq, cpu);
	irqkit_dispatch_exit(cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
}

static struct host_source line_source = {
	.has_interrupt = line_has_interrupt,
	.take_interrupt = line_take_interrupt,
};

/* ---- the domain */

static irq_flow_handler_t line_flow(const struct sim_line *sim)
{
	if (sim->info.flow != NULL)
		return sim->info.flow;
	switch (sim->info.style) {
	case SIM_STYLE_ACK:
		return handle_edge_irq;
	case SIM_STYLE_EOI:
	case SIM_STYLE_LPI:
		return handle_fasteoi_irq;
	default:
		return handle_simple_irq;
	}
}

static void line_pin_reset(struct sim_pin *pin)
{
	memset(pin, 0, sizeof(*pin));
	pin->type = IRQ_TYPE_EDGE_RISING;
	pin->masked = true;
	pin->target = SIM_NO_CPU;
}

static int line_map(struct irq_domain *domain, unsigned int irq,
		    irq_hw_number_t hwirq)
{
	struct sim_line *sim = domain->host_data;
	struct irq_data *data = irq_get_irq_data(irq);
	struct sim_pin *pin = &sim->pins[hwirq];
	int error;

	irq_domain_set_info(domain, irq, hwirq, &sim->chip, NULL,
			    line_flow(sim));
	error = sim_enter(SIM_MAP, data, 0, NULL);
	if (error != 0)
		return error;
	if (pin->mapped)
		sim_violation("mapped twice", data);
	pin->mapped = true;
	data->common->status |= sim->info.status;
	if (line_has(sim, SIM_SET_AFFINITY) && !sim->info.many_targets)
		data->common->state |= IRQD_SINGLE_TARGET;
	sim_leave(SIM_MAP, data);
	return 0;
}

static void line_unmap(struct irq_domain *domain, unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);
	struct sim_pin *pin = line_pin(data);

	(void)domain;
	sim_enter(SIM_UNMAP, data, 0, NULL);
	if (!pin->mapped)
		sim_violation("unmapped and not mapped", data);
	if (pin->activated)
		sim_violation("unmapped while it is active", data);
	if (!pin->masked && line_has(line_of(data), SIM_MASK))
		sim_violation("unmapped while it is let through", data);
	sim_leave(SIM_UNMAP, data);
	line_pin_reset(pin);
}

static int line_activate(struct irq_domain *domain, struct irq_data *data)
{
	struct sim_pin *pin = line_pin(data);
	int error = sim_enter(SIM_ACTIVATE, data, 0, NULL);

	(void)domain;
	if (pin->activated)
		sim_violation("activated twice", data);
	if (error == 0)
		pin->activated = true;
	sim_leave(SIM_ACTIVATE, data);
	return error;
}

static void line_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	struct sim_pin *pin = line_pin(data);

	(void)domain;
	sim_enter(SIM_DEACTIVATE, data, 0, NULL);
	if (!pin->activated)
		sim_violation("deactivated and not active", data);
	if (!pin->masked && line_has(line_of(data), SIM_MASK))
		sim_violation("deactivated while it is let through", data);
	pin->activated = false;
	sim_leave(SIM_DEACTIVATE, data);
}

static unsigned long line_default_ops(enum sim_style style)
{
	switch (style) {
	case SIM_STYLE_ACK:
		return SIM_ACK_OPS;
	case SIM_STYLE_NONE:
		return SIM_BASIC_OPS;
	default:
		return SIM_EOI_OPS;
	}
}

/* Those without an operation lack the pointer. */
static void line_set_up_chip(struct sim_line *sim)
{
	struct irq_chip *chip = &sim->chip;

	chip->name = sim->info.name;
	chip->flags = sim->info.chip_flags;
	if (line_has(sim, SIM_STARTUP))
		chip->irq_startup = line_startup;
	if (line_has(sim, SIM_SHUTDOWN))
		chip->irq_shutdown = line_shutdown;
	if (line_has(sim, SIM_MASK))
		chip->irq_mask = line_mask;
	if (line_has(sim, SIM_UNMASK))
		chip->irq_unmask = line_unmask;
	if (line_has(sim, SIM_ACK))
		chip->irq_ack = line_ack;
	if (line_has(sim, SIM_EOI))
		chip->irq_eoi = line_eoi;
	if (line_has(sim, SIM_SET_TYPE))
		chip->irq_set_type = line_set_type;
	if (line_has(sim, SIM_SET_WAKE))
		chip->irq_set_wake = line_set_wake;
	if (line_has(sim, SIM_SET_AFFINITY))
		chip->irq_set_affinity = line_set_affinity;
	if (line_has(sim, SIM_RETRIGGER))
		chip->irq_retrigger = line_retrigger;
	if (line_has(sim, SIM_GET_STATE))
		chip->irq_get_irqchip_state = line_get_state;
	if (line_has(sim, SIM_SET_STATE))
		chip->irq_set_irqchip_state = line_set_state;
}

static void line_set_up_ops(struct sim_line *sim)
{
	sim->ops.map = line_map;
	sim->ops.unmap = line_unmap;
	sim->ops.translate = irq_domain_translate_twocell;
	if (sim->info.activates) {
		sim->ops.activate = line_activate;
		sim->ops.deactivate = line_deactivate;
	}
}

struct sim_line *sim_line_create(const struct sim_line_info *info)
{
	struct sim_line *sim = calloc(1, sizeof(*sim));
	struct irq_domain_info domain = {
		.name = info->name,
		.flags = info->domain_flags,
		.size = info->nr_lines,
		.fwnode = sim,
		.host_data = sim,
	};

	if (sim == NULL || info->nr_lines > SIM_MAX_LINES)
		abort();
	sim->info = *info;
	if (sim->info.operations == 0)
		sim->info.operations = line_default_ops(info->style);
	for (unsigned int i = 0; i < SIM_MAX_LINES; i++)
		line_pin_reset(&sim->pins[i]);
	line_set_up_chip(sim);
	line_set_up_ops(sim);
	domain.ops = &sim->ops;
	if (irq_domain_create(&domain, &sim->domain) != 0)
		abort();
	if (line_all == NULL)
		host_add_source(&line_source);
	sim->next = line_all;
	line_all = sim;
	return sim;
}

/* The list is never empty again, as the machine knows the source. */
void sim_line_destroy(struct sim_line *sim)
{
	int error = irq_domain_remove(sim->domain);

	if (error != 0)
		host_violation("a domain of lines is still in use");
	sim->domain = NULL;
	sim->hold = true;
}

unsigned int sim_line_map(struct sim_line *sim, irq_hw_number_t hwirq)
{
	int irq = irq_create_mapping(sim->domain, hwirq);

	if (irq <= 0)
		host_violation("a line was not mapped");
	return irq > 0 ? (unsigned int)irq : 0;
}
