/* SPDX-License-Identifier: MIT */
/* See sim_ipi.h. One CPU of the machine runs at a time: no lock. */
#include "sim_ipi.h"
#include <stdlib.h>
#include "host.h"

static struct sim_ipi *sim_all;

static unsigned long sim_bit(irq_hw_number_t hwirq)
{
	return 1UL << (hwirq % IRQKIT_BITS_PER_LONG);
}

static unsigned long *sim_word(struct sim_ipi *sim, unsigned int cpu,
			       irq_hw_number_t hwirq)
{
	return &sim->pending[cpu][hwirq / IRQKIT_BITS_PER_LONG];
}

static void sim_raise(struct sim_ipi *sim, unsigned int cpu,
		      irq_hw_number_t hwirq)
{
	if (!cpu_online(cpu) && !irqkit_cpu_is_foreign(cpu))
		sim->wrong++;
	if (cpu >= nr_cpu_ids)
		return;
	if ((*sim_word(sim, cpu, hwirq) & sim_bit(hwirq)) != 0) {
		sim->merged++;
		return;
	}
	*sim_word(sim, cpu, hwirq) |= sim_bit(hwirq);
	sim->nr_pending[cpu]++;
}

static struct sim_call *sim_note_call(struct sim_ipi *sim,
				      const struct irq_data *data)
{
	static struct sim_call beyond;
	struct sim_call *call = &beyond;

	if (sim->nr_calls < SIM_MAX_CALLS)
		call = &sim->calls[sim->nr_calls];
	sim->nr_calls++;
	call->irq = data->irq;
	call->inside = (irqkit_dispatch_table[irqkit_port_cpu()].sequence &
			1) != 0;
	return call;
}

static struct sim_ipi *sim_of(const struct irq_data *data)
{
	return data->domain->host_data;
}

static int sim_send_single(struct irq_data *data, unsigned int cpu)
{
	struct sim_ipi *sim = sim_of(data);
	struct sim_call *call = sim_note_call(sim, data);

	sim->singles++;
	call->mask = false;
	irqkit_cpumask_single(&call->dest, cpu);
	/* I13: the irq_data is that of the target. */
	if (sim->per_cpu && sim->target[data->hwirq] != cpu)
		sim->wrong++;
	if (cpu == sim->fail_cpu)
		return -ETIMEDOUT;
	sim_raise(sim, cpu, data->hwirq);
	return 0;
}

/* In per-CPU mode the hwirqs are found from the base, as a chip would. */
static int sim_send_mask(struct irq_data *data, const struct cpumask *dest)
{
	struct sim_ipi *sim = sim_of(data);
	struct sim_call *call = sim_note_call(sim, data);
	unsigned int cpu;
	int result = 0;

	sim->masks++;
	call->mask = true;
	cpumask_copy(&call->dest, dest);
	if (data->common->ipi_nr == 0 || cpumask_empty(dest))
		sim->wrong++;
	for_each_cpu (cpu, dest) {
		const struct irq_data *at = data;

		if (sim->per_cpu)
			at = irq_get_irq_data(data->irq + cpu -
					      data->common->ipi_offset);
		if (cpu == sim->fail_cpu)
			result = -ETIMEDOUT;
		else
			sim_raise(sim, cpu, at->hwirq);
	}
	return result;
}

static void sim_ack(struct irq_data *data)
{
	sim_of(data)->acks++;
}

static void sim_eoi(struct irq_data *data)
{
	struct sim_ipi *sim = sim_of(data);
	unsigned int cpu = irqkit_port_cpu();

	if (sim->in_service[cpu] != data->hwirq + 1)
		sim->wrong++;
	sim->in_service[cpu] = 0;
	sim->eois++;
}

static bool sim_is_ready(const struct sim_ipi *sim, unsigned int cpu)
{
	return !sim->hold && sim->nr_pending[cpu] != 0 &&
	       sim->in_service[cpu] == 0;
}

static bool sim_has_interrupt(unsigned int cpu)
{
	for (const struct sim_ipi *sim = sim_all; sim != NULL;
	     sim = sim->next) {
		if (sim_is_ready(sim, cpu))
			return true;
	}
	return false;
}

static irq_hw_number_t sim_acknowledge(struct sim_ipi *sim, unsigned int cpu)
{
	unsigned int word = 0;
	irq_hw_number_t hwirq;

	while (sim->pending[cpu][word] == 0)
		word++;
	hwirq = word * IRQKIT_BITS_PER_LONG +
		(unsigned int)__builtin_ctzl(sim->pending[cpu][word]);
	*sim_word(sim, cpu, hwirq) &= ~sim_bit(hwirq);
	sim->nr_pending[cpu]--;
	sim->in_service[cpu] = hwirq + 1;
	return hwirq;
}

static void sim_dispatch(struct sim_ipi *sim, unsigned int cpu)
{
	irq_hw_number_t hwirq = sim_acknowledge(sim, cpu);
	struct irq_desc *desc;

	irqkit_dispatch_enter(cpu);
	desc = irq_find_desc(sim->domain, hwirq);
	if (desc != NULL) {
		generic_handle_irq_desc(desc);
	} else {
		sim->in_service[cpu] = 0;
		sim->unexpected++;
	}
	irqkit_dispatch_exit(cpu);
}

static void sim_take_interrupt(unsigned int cpu)
{
	for (struct sim_ipi *sim = sim_all; sim != NULL; sim = sim->next) {
		if (sim_is_ready(sim, cpu)) {
			sim_dispatch(sim, cpu);
			return;
		}
	}
}

static struct host_source sim_source = {
	.has_interrupt = sim_has_interrupt,
	.take_interrupt = sim_take_interrupt,
};

static void sim_give(struct sim_ipi *sim, irq_hw_number_t hwirq)
{
	if (!sim->taken[hwirq])
		sim->wrong++;
	sim->taken[hwirq] = 0;
	sim->used--;
}

static void sim_free(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		sim_give(domain->host_data, irq_get_irq_data(irq + i)->hwirq);
}

/* In turn, so that one just given back rests. */
static int sim_take(struct sim_ipi *sim, irq_hw_number_t *hwirq)
{
	if (sim->used == sim->nr_hwirqs)
		return -ENOSPC;
	while (sim->taken[sim->next_hwirq])
		sim->next_hwirq = (sim->next_hwirq + 1) % sim->nr_hwirqs;
	*hwirq = sim->next_hwirq;
	sim->next_hwirq = (sim->next_hwirq + 1) % sim->nr_hwirqs;
	sim->taken[*hwirq] = 1;
	sim->used++;
	return 0;
}

/* What was entered into the domain before a failure stays there. */
static int sim_alloc(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg)
{
	struct sim_ipi *sim = domain->host_data;
	unsigned int cpu = cpumask_first(arg);

	if (nr != (sim->per_cpu ? cpumask_weight(arg) : 1))
		sim->wrong++;
	for (unsigned int i = 0; i < nr; i++) {
		irq_hw_number_t hwirq = 0;
		int error = sim->fail_at == i + 1 ? sim->fail_with
						  : sim_take(sim, &hwirq);

		if (error != 0) {
			sim_free(domain, irq, i);
			return error;
		}
		sim->target[hwirq] = cpu;
		irq_domain_set_info(domain, irq + i, hwirq, &sim->chip, NULL,
				    handle_percpu_irq);
		cpu = cpumask_next(cpu, arg);
	}
	return 0;
}

static const struct irq_domain_ops sim_ops = {
	.alloc = sim_alloc,
	.free = sim_free,
};

struct sim_ipi *sim_ipi_create(const char *name, bool per_cpu, bool mask_chip,
			       unsigned int nr_hwirqs)
{
	struct sim_ipi *sim = calloc(1, sizeof(*sim));
	const struct irq_domain_info info = {
		.name = name,
		.flags = per_cpu ? IRQ_DOMAIN_FLAG_IPI_PER_CPU
				 : IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = nr_hwirqs,
		.ops = &sim_ops,
		.host_data = sim,
	};

	if (sim == NULL || nr_hwirqs > SIM_MAX_HWIRQS ||
	    irq_domain_create(&info, &sim->domain) != 0)
		abort();
	sim->per_cpu = per_cpu;
	sim->nr_hwirqs = nr_hwirqs;
	sim->fail_cpu = ~0U;
	sim->chip.name = name;
	sim->chip.irq_ack = sim_ack;
	sim->chip.irq_eoi = sim_eoi;
	if (mask_chip)
		sim->chip.ipi_send_mask = sim_send_mask;
	else
		sim->chip.ipi_send_single = sim_send_single;
	if (sim_all == NULL)
		host_add_source(&sim_source);
	sim->next = sim_all;
	sim_all = sim;
	return sim;
}

void sim_ipi_clear(struct sim_ipi *sim)
{
	sim->singles = 0;
	sim->masks = 0;
	sim->acks = 0;
	sim->eois = 0;
	sim->unexpected = 0;
	sim->merged = 0;
	sim->wrong = 0;
	sim->nr_calls = 0;
}
