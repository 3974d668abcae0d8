/* SPDX-License-Identifier: MIT */
/* See sim_chip.h: lines that each CPU has of its own. */
#include "sim_chip.h"
#include <stdlib.h>
#include "host.h"

static struct sim_percpu *percpu_all;

static struct sim_percpu *percpu_of(const struct irq_data *data)
{
	return data->domain->host_data;
}

/* That of the calling CPU. */
static struct sim_percpu_pin *percpu_pin(const struct irq_data *data)
{
	return &percpu_of(data)->pins[irqkit_port_cpu()][data->hwirq];
}

static void percpu_mask(struct irq_data *data)
{
	sim_enter(SIM_MASK, data, 0, NULL);
	percpu_pin(data)->masked = true;
	sim_leave(SIM_MASK, data);
}

static void percpu_unmask(struct irq_data *data)
{
	sim_enter(SIM_UNMASK, data, 0, NULL);
	percpu_pin(data)->masked = false;
	sim_leave(SIM_UNMASK, data);
}

static void percpu_check_taken(const struct irq_data *data, const char *what)
{
	if (percpu_of(data)->in_service[irqkit_port_cpu()] != data->hwirq + 1)
		sim_violation(what, data);
}

static void percpu_ack(struct irq_data *data)
{
	sim_enter(SIM_ACK, data, 0, NULL);
	percpu_check_taken(data, "ack of what this CPU has not taken");
	sim_leave(SIM_ACK, data);
}

static void percpu_eoi(struct irq_data *data)
{
	sim_enter(SIM_EOI, data, 0, NULL);
	percpu_check_taken(data, "EOI of what this CPU has not taken");
	percpu_of(data)->in_service[irqkit_port_cpu()] = 0;
	sim_leave(SIM_EOI, data);
}

static int percpu_get_state(struct irq_data *data, enum irqchip_irq_state which,
			    bool *value)
{
	int error = sim_enter(SIM_GET_STATE, data, which, NULL);

	if (error != 0)
		return error;
	if (which == IRQCHIP_STATE_PENDING)
		*value = percpu_pin(data)->latched;
	else if (which == IRQCHIP_STATE_MASKED)
		*value = percpu_pin(data)->masked;
	else
		return -EINVAL;
	return 0;
}

static const struct irq_chip percpu_chip = {
	.name = "percpu",
	.irq_mask = percpu_mask,
	.irq_unmask = percpu_unmask,
	.irq_ack = percpu_ack,
	.irq_eoi = percpu_eoi,
	.irq_get_irqchip_state = percpu_get_state,
};

/* The lowest line that this CPU would take, or the number of lines. */
static unsigned int percpu_find(const struct sim_percpu *sim, unsigned int cpu)
{
	unsigned int hwirq = 0;

	if (sim->hold || sim->in_service[cpu] != 0)
		return sim->nr_lines;
	while (hwirq < sim->nr_lines &&
	       (!sim->pins[cpu][hwirq].latched || sim->pins[cpu][hwirq].masked))
		hwirq++;
	return hwirq;
}

static bool percpu_has_interrupt(unsigned int cpu)
{
	struct sim_percpu *sim = percpu_all;

	while (sim != NULL && percpu_find(sim, cpu) == sim->nr_lines)
		sim = sim->next;
	return sim != NULL;
}

static void percpu_dispatch(struct sim_percpu *sim, unsigned int hwirq,
			    unsigned int cpu)
{
	struct sim_percpu_pin *pin = &sim->pins[cpu][hwirq];

	pin->latched = false;
	pin->taken++;
	sim->in_service[cpu] = hwirq + 1;
	irqkit_dispatch_enter(cpu);
	if (generic_handle_domain_irq(sim->domain, hwirq) != 0) {
		pin->masked = true;
		sim->in_service[cpu] = 0;
	}
	irqkit_dispatch_exit(cpu);
	if (sim->in_service[cpu] != 0)
		host_violation("a per-CPU flow handler has not ended it");
	sim->in_service[cpu] = 0;
}

static void percpu_take_interrupt(unsigned int cpu)
{
	for (struct sim_percpu *sim = percpu_all; sim != NULL;
	     sim = sim->next) {
		unsigned int hwirq = percpu_find(sim, cpu);

		if (hwirq == sim->nr_lines)
			continue;
		percpu_dispatch(sim, hwirq, cpu);
		return;
	}
}

static struct host_source percpu_source = {
	.has_interrupt = percpu_has_interrupt,
	.take_interrupt = percpu_take_interrupt,
};

static int percpu_map(struct irq_domain *domain, unsigned int irq,
		      irq_hw_number_t hwirq)
{
	const struct sim_percpu *sim = domain->host_data;
	struct irq_data *data = irq_get_irq_data(irq);
	int error;

	irq_domain_set_info(domain, irq, hwirq, &sim->chip, NULL, sim->flow);
	error = sim_enter(SIM_MAP, data, 0, NULL);
	if (error == 0)
		data->common->status |= IRQ_PER_CPU;
	sim_leave(SIM_MAP, data);
	return error;
}

static void percpu_unmap(struct irq_domain *domain, unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	(void)domain;
	sim_enter(SIM_UNMAP, data, 0, NULL);
	sim_leave(SIM_UNMAP, data);
}

static const struct irq_domain_ops percpu_ops = {
	.map = percpu_map,
	.unmap = percpu_unmap,
};

struct sim_percpu *sim_percpu_create(const char *name, unsigned int nr_lines,
				     irq_flow_handler_t flow)
{
	struct sim_percpu *sim = calloc(1, sizeof(*sim));
	const struct irq_domain_info info = {
		.name = name,
		.size = nr_lines,
		.ops = &percpu_ops,
		.host_data = sim,
	};

	if (sim == NULL || nr_lines > SIM_MAX_PERCPU ||
	    irq_domain_create(&info, &sim->domain) != 0)
		abort();
	sim->flow = flow != NULL ? flow : handle_percpu_irq;
	sim->chip = percpu_chip;
	sim->nr_lines = nr_lines;
	for (unsigned int cpu = 0; cpu < IRQKIT_NR_CPUS; cpu++) {
		for (unsigned int i = 0; i < SIM_MAX_PERCPU; i++)
			sim->pins[cpu][i].masked = true;
	}
	if (percpu_all == NULL)
		host_add_source(&percpu_source);
	sim->next = percpu_all;
	percpu_all = sim;
	return sim;
}

void sim_percpu_destroy(struct sim_percpu *sim)
{
	if (irq_domain_remove(sim->domain) != 0)
		host_violation("a domain of per-CPU lines is still in use");
	sim->hold = true;
}

unsigned int sim_percpu_map(struct sim_percpu *sim, irq_hw_number_t hwirq)
{
	int irq = irq_create_mapping(sim->domain, hwirq);

	if (irq <= 0)
		host_violation("a per-CPU line was not mapped");
	return irq > 0 ? (unsigned int)irq : 0;
}

void sim_percpu_raise(struct sim_percpu *sim, irq_hw_number_t hwirq,
		      unsigned int cpu)
{
	sim->pins[cpu][hwirq].latched = true;
}
