/* SPDX-License-Identifier: MIT */
/*
 * A controller of IPIs: each CPU has a pending bit for each number. A send of a
 * number that nobody has is a use after the free.
 */
#include "sim.h"
#include "entry.h"

#define DOORBELL_NUMBERS 16U

struct doorbell {
	struct irq_domain *domain;
	bool per_cpu;
	unsigned int taken; /* bits of numbers */
	unsigned int pending[SIM_CPUS];
	unsigned int merged[SIM_CPUS];
};

static struct doorbell doorbells[2];
static bool doorbell_forbidden[SIM_CPUS];
static unsigned int doorbell_refusals, doorbell_losses;

static struct doorbell *doorbell_with(unsigned int cpu)
{
	for (unsigned int i = 0; i < 2; i++) {
		if (doorbells[i].pending[cpu] != 0)
			return &doorbells[i];
	}
	return NULL;
}

bool sim_doorbell_has(unsigned int cpu)
{
	return doorbell_with(cpu) != NULL;
}

void sim_doorbell_take(unsigned int cpu)
{
	struct doorbell *doorbell = doorbell_with(cpu);
	unsigned int number = (unsigned)__builtin_ctz(doorbell->pending[cpu]);

	doorbell->pending[cpu] &= ~(1U << number);
	sim_note("takes doorbell %u", number, 0);
	sim_entry(doorbell->domain, number);
}

void sim_doorbell_off(unsigned int cpu)
{
	doorbells[0].pending[cpu] = 0;
	doorbells[1].pending[cpu] = 0;
}

static int doorbell_send(struct irq_data *data, unsigned int cpu)
{
	struct doorbell *doorbell = data->domain->host_data;

	sim_point();
	if ((doorbell->taken >> data->hwirq & 1) == 0)
		sim_fail(SIM_FREED, "doorbell %lu is rung, and nobody's",
			 data->hwirq);
	if (doorbell_forbidden[cpu])
		sim_fail(SIM_FREED,
			 "a doorbell of cpu %u is rung, which was "
			 "taken away",
			 cpu);
	if (doorbell_refusals != 0) {
		doorbell_refusals--;
		sim_note("cannot ring the doorbell of cpu %u", cpu, 0);
		return -ETIMEDOUT;
	}
	if (doorbell_losses != 0) {
		doorbell_losses--;
		sim_note("a ring for cpu %u is lost", cpu, 0);
		return 0;
	}
	doorbell->merged[cpu] += doorbell->pending[cpu] >> data->hwirq & 1;
	sim_note("rings doorbell %u of cpu %u", (unsigned int)data->hwirq, cpu);
	if (sim_cpus[cpu].power != SIM_POWER_OFF)
		doorbell->pending[cpu] |= 1U << data->hwirq;
	sim_touch();
	return 0;
}

void sim_doorbell_forbid(unsigned int cpu)
{
	doorbell_forbidden[cpu] = true;
}

void sim_doorbell_refuse(unsigned int nr)
{
	doorbell_refusals = nr;
}

void sim_doorbell_lose(unsigned int nr)
{
	doorbell_losses = nr;
}

unsigned int sim_doorbell_merged(unsigned int cpu)
{
	return doorbells[0].merged[cpu] + doorbells[1].merged[cpu];
}

static const struct irq_chip doorbell_chip = {
	.name = "doorbell",
	.ipi_send_single = doorbell_send,
};

static void doorbell_free(struct irq_domain *domain, unsigned int irq,
			  unsigned int nr)
{
	struct doorbell *doorbell = domain->host_data;

	for (unsigned int i = 0; i < nr; i++)
		doorbell->taken &= ~(1U << irq_get_irq_data(irq + i)->hwirq);
}

static int doorbell_alloc(struct irq_domain *domain, unsigned int irq,
			  unsigned int nr, const void *arg)
{
	struct doorbell *doorbell = domain->host_data;

	(void)arg;
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int number = (unsigned)__builtin_ctz(~doorbell->taken);

		if (number >= DOORBELL_NUMBERS) {
			doorbell_free(domain, irq, i);
			return -ENOSPC;
		}
		doorbell->taken |= 1U << number;
		irq_domain_set_info(domain, irq + i, number, &doorbell_chip,
				    NULL, handle_percpu_irq);
	}
	return 0;
}

static const struct irq_domain_ops doorbell_ops = {
	.alloc = doorbell_alloc,
	.free = doorbell_free,
};

struct irq_domain *sim_doorbell_domain(bool per_cpu)
{
	return doorbells[per_cpu].domain;
}

void sim_doorbell_begin(void)
{
	struct irq_domain_info info = {
		.name = "doorbells",
		.size = DOORBELL_NUMBERS,
		.ops = &doorbell_ops,
	};

	for (unsigned int i = 0; i < 2; i++) {
		info.host_data = &doorbells[i];
		info.flags = i != 0 ? IRQ_DOMAIN_FLAG_IPI_PER_CPU
				    : IRQ_DOMAIN_FLAG_IPI_SINGLE;
		if (irq_domain_create(&info, &doorbells[i].domain) != 0)
			sim_fail(SIM_CONTRACT, "a domain of IPIs at boot");
	}
}
