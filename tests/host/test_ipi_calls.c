/* SPDX-License-Identifier: MIT */
/*
 * What a controller is asked for, call by call, in the four kinds of domain
 * and chip; and what happens when it says no.
 */
#include "host.h"
#include "sim_ipi.h"
#include "suites/ledger.h"
#include "suite_host.h"

#define CALLS_CPUS 8U

static struct sim_ipi *calls_sims[4];

static unsigned int calls_reserve(struct sim_ipi *sim, unsigned int first,
				  unsigned int last, struct cpumask *cpus)
{
	int irq;

	cpumask_clear(cpus);
	for (unsigned int cpu = first; cpu <= last; cpu++)
		cpumask_set_cpu(cpu, cpus);
	irq = irq_reserve_ipi(sim->domain, cpus);
	tap_expect(irq > 0, "irq_reserve_ipi() returned %d", irq);
	sim_ipi_clear(sim);
	return irq > 0 ? (unsigned int)irq : 0;
}

static unsigned int calls_irq_at(const struct sim_ipi *sim, unsigned int irq,
				 unsigned int first, unsigned int cpu)
{
	return sim->per_cpu ? irq + cpu - first : irq;
}

/* I12: one call of whichever operation the chip has. */
static void calls_single(struct sim_ipi *sim)
{
	bool mask_chip = sim->chip.ipi_send_mask != NULL;
	struct cpumask cpus;
	struct cpumask one;
	unsigned int irq;

	tap_subject("%sI12: a send to one CPU is one call", sim->chip.name);
	irq = calls_reserve(sim, 1, 4, &cpus);
	for (unsigned int cpu = 1; cpu <= 4; cpu++) {
		const struct sim_call *call = &sim->calls[0];

		sim_ipi_clear(sim);
		irqkit_cpumask_single(&one, cpu);
		tap_equal(ipi_send_single(irq, cpu), 0, "send to %u", cpu);
		tap_equal(sim->nr_calls, 1, "calls");
		tap_equal(call->mask, mask_chip, "call by a mask");
		tap_expect(call->inside, "a destroy would wait for it");
		tap_expect(cpumask_equal(&call->dest, &one),
			   "the call is for cpu %u", cpu);
		tap_equal(call->irq,
			  mask_chip ? irq : calls_irq_at(sim, irq, 1, cpu),
			  "irq of the call");
		tap_equal((long long)sim->wrong, 0, "wrong arguments");
	}
	suite_settle();
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

/* I12, I13: a mask is one call, or one for each CPU in rising order. */
static void calls_mask(struct sim_ipi *sim)
{
	bool mask_chip = sim->chip.ipi_send_mask != NULL;
	struct cpumask cpus, dest, one;
	unsigned int nr = 0;
	unsigned int irq;
	unsigned int cpu;

	tap_subject("%sI12, I13: a send to a mask", sim->chip.name);
	irq = calls_reserve(sim, 1, 6, &cpus);
	cpumask_clear(&dest);
	cpumask_set_cpu(1, &dest);
	cpumask_set_cpu(4, &dest);
	cpumask_set_cpu(6, &dest);
	tap_equal(ipi_send_mask(irq, &dest), 0, "send");
	tap_equal(sim->nr_calls, mask_chip ? 1 : 3, "calls");
	tap_expect(sim->calls[0].inside, "a destroy would wait for it");
	if (mask_chip) {
		tap_expect(sim->calls[0].mask &&
				   cpumask_equal(&sim->calls[0].dest, &dest) &&
				   sim->calls[0].irq == irq,
			   "one call with the mask and the base");
	} else {
		for_each_cpu (cpu, &dest) {
			irqkit_cpumask_single(&one, cpu);
			tap_expect(
				cpumask_equal(&sim->calls[nr].dest, &one) &&
					!sim->calls[nr].mask &&
					sim->calls[nr].irq ==
						calls_irq_at(sim, irq, 1, cpu),
				"call %u is for cpu %u", nr, cpu);
			nr++;
		}
	}
	tap_equal((long long)sim->wrong, 0, "wrong arguments");
	suite_settle();
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

static unsigned int calls_nr_pending(const struct sim_ipi *sim)
{
	unsigned int nr = 0;

	for (unsigned int cpu = 0; cpu < CALLS_CPUS; cpu++)
		nr += sim->nr_pending[cpu];
	return nr;
}

/* One that does not take it is reported, and the others get theirs. */
static void calls_timeout(struct sim_ipi *sim)
{
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("%sI5: a CPU that cannot be reached is -ETIMEDOUT",
		    sim->chip.name);
	irq = calls_reserve(sim, 0, 4, &cpus);
	sim->fail_cpu = 2;
	sim->hold = true;
	tap_equal(ipi_send_single(irq, 2), -ETIMEDOUT, "single send");
	tap_equal(calls_nr_pending(sim), 0, "pending after it");
	tap_equal(ipi_send_mask(irq, &cpus), -ETIMEDOUT, "mask send");
	tap_equal(calls_nr_pending(sim), 4, "pending after the mask");
	tap_equal(__ipi_send_mask(irq_to_desc(irq), &cpus), -ETIMEDOUT,
		  "unchecked mask send");
	tap_equal(__ipi_send_single(irq_to_desc(irq), 2), -ETIMEDOUT,
		  "unchecked single send");
	sim->fail_cpu = ~0U;
	sim->hold = false;
	suite_settle();
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

/* HZ42, HZ43 and the rest: no refused send reaches the chip. */
static void calls_refused(struct sim_ipi *sim)
{
	struct cpumask cpus, dest;
	unsigned int irq;

	tap_subject("%sI6: what is refused never reaches the chip",
		    sim->chip.name);
	irq = calls_reserve(sim, 0, 6, &cpus);
	ipi_send_single(irq, 7);
	ipi_send_single(irq, CALLS_CPUS);
	ipi_send_single(irq, 5); /* offline */
	ipi_send_single(irq + 100, 0);
	ipi_send_mask(irq, cpu_possible_mask);
	ipi_send_mask(irq, &cpus); /* CPU 5 again */
	irqkit_cpumask_first_n(&dest, CALLS_CPUS + 1);
	ipi_send_mask(irq, &dest);
	ipi_send_mask(irq, NULL);
	cpumask_clear(&dest);
	ipi_send_mask(irq, &dest);
	tap_equal(sim->nr_calls, 0, "calls");
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

/* CPU 7 is foreign: it takes sends by either way, among others too. */
static void calls_foreign(struct sim_ipi *sim)
{
	struct cpumask cpus, dest;
	unsigned int irq;

	tap_subject("%sI18: a foreign CPU gets what is sent", sim->chip.name);
	irq = calls_reserve(sim, 6, 7, &cpus);
	sim->hold = true;
	tap_equal(ipi_send_single(irq, 7), 0, "single send");
	tap_equal(sim->nr_pending[7], 1, "pending there");
	cpumask_copy(&dest, &cpus);
	tap_equal(ipi_send_mask(irq, &dest), 0, "mask send");
	tap_equal((long long)sim->merged, 1, "merged with the first");
	tap_equal(sim->nr_pending[6], 1, "pending at cpu 6");
	tap_equal((long long)ipi_get_hwirq(irq, 7),
		  (long long)irq_get_irq_data(calls_irq_at(sim, irq, 6, 7))
			  ->hwirq,
		  "the number it is told");
	sim->pending[7][ipi_get_hwirq(irq, 7) / IRQKIT_BITS_PER_LONG] = 0;
	sim->nr_pending[7] = 0;
	sim->hold = false;
	suite_settle();
	tap_equal((long long)sim->wrong, 0, "wrong arguments");
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

/* I14: the controller fails at each irq in turn. */
static void calls_alloc_fails(struct sim_ipi *sim)
{
	unsigned int nr = sim->per_cpu ? CALLS_CPUS : 1;
	unsigned int irqs = suite_count_irqs();
	unsigned long memory = host_live();

	tap_subject("%sI14: the controller fails half-way", sim->chip.name);
	for (unsigned int at = 1; at <= nr; at++) {
		sim->fail_at = at;
		sim->fail_with = at % 2 != 0 ? -ENOSPC : -ENODEV;
		tap_equal(irq_reserve_ipi(sim->domain, cpu_possible_mask),
			  sim->fail_with, "result when irq %u fails", at);
		tap_equal(suite_count_irqs(), irqs, "irqs afterwards");
		tap_equal(sim->domain->mapped, 0, "irqs of the domain");
		tap_equal((long long)host_live(), (long long)memory,
			  "memory afterwards");
		for (irq_hw_number_t hwirq = 0; hwirq < 16; hwirq++)
			tap_equal(irq_find_mapping(sim->domain, hwirq), 0,
				  "mapping of hwirq %lu", hwirq);
	}
	sim->fail_at = 0;
	tap_close();
}

/* A chip that cannot send at all. */
static void calls_no_send(struct sim_ipi *sim)
{
	struct irq_chip whole = sim->chip;
	unsigned int irqs = suite_count_irqs();

	tap_subject("%sI12: a chip without send operations is -ENOSYS",
		    sim->chip.name);
	sim->chip.ipi_send_mask = NULL;
	sim->chip.ipi_send_single = NULL;
	tap_equal(irq_reserve_ipi(sim->domain, cpu_possible_mask), -ENOSYS,
		  "result");
	tap_equal(suite_count_irqs(), irqs, "irqs afterwards");
	tap_equal(sim->used, 0, "hwirqs afterwards");
	sim->chip = whole;
	tap_close();
}

/* A chip with both operations uses the fitting one. */
static void calls_both(struct sim_ipi *sim, const struct sim_ipi *other)
{
	struct irq_chip whole = sim->chip;
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("%sI12: a chip with both is asked for the fitting one",
		    sim->chip.name);
	if (sim->chip.ipi_send_mask == NULL)
		sim->chip.ipi_send_mask = other->chip.ipi_send_mask;
	else
		sim->chip.ipi_send_single = other->chip.ipi_send_single;
	irq = calls_reserve(sim, 1, 3, &cpus);
	tap_equal(ipi_send_single(irq, 3), 0, "single send");
	tap_expect(sim->singles == 1 && sim->masks == 0, "a single call");
	tap_equal(ipi_send_mask(irq, &cpus), 0, "mask send");
	tap_expect(sim->singles == 1 && sim->masks == 1, "a call by a mask");
	tap_equal((long long)sim->wrong, 0, "wrong arguments");
	suite_settle();
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	sim->chip = whole;
	tap_close();
}

/* Each IPI is acknowledged before its handler and ended after it, once. */
static struct sim_ipi *calls_handled;
static unsigned long calls_bad_order;

static irqreturn_t calls_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	if (calls_handled->acks != calls_handled->eois + 1)
		calls_bad_order++;
	return IRQ_HANDLED;
}

static void calls_flow(struct sim_ipi *sim)
{
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("%sI17: acknowledge, handler, end", sim->chip.name);
	irq = calls_reserve(sim, 0, 0, &cpus);
	calls_handled = sim;
	calls_bad_order = 0;
	tap_equal(request_irq(irq, calls_handler, 0, "flow", NULL), 0,
		  "request_irq()");
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(ipi_send_single(irq, 0), 0, "a send to self");
	suite_settle();
	tap_equal((long long)sim->acks, 3, "acknowledged");
	tap_equal((long long)sim->eois, 3, "ended");
	tap_equal((long long)calls_bad_order, 0, "handlers out of order");
	tap_equal(free_irq(irq, NULL), 0, "free_irq()");
	tap_equal(irq_set_handler(irq, NULL), 0, "irq_set_handler()");
	tap_equal(ipi_send_single(irq, 0), 0, "a send to nobody");
	suite_settle();
	tap_equal((long long)sim->eois, 4, "ended by handle_bad_irq()");
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

/* Row I6: an unchecked send to nobody is the caller's mistake. */
static void calls_empty_mask(struct sim_ipi *sim)
{
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("%sI6: an unchecked send of an empty mask", sim->chip.name);
	irq = calls_reserve(sim, 0, 1, &cpus);
	cpumask_clear(&cpus);
	tap_equal(ipi_send_mask(irq, &cpus), 0, "a checked one is none");
#if IRQKIT_DEBUG
	tap_equal(__ipi_send_mask(irq_to_desc(irq), &cpus), -EINVAL,
		  "a debug build refuses it");
#endif
	tap_equal(sim->nr_calls, 0, "calls");
	irqkit_cpumask_first_n(&cpus, 2);
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

static unsigned long calls_in_hooks;

static irqreturn_t calls_hooked_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	calls_in_hooks += host_in_handler(irqkit_port_cpu()) ? 1 : 0;
	return IRQ_HANDLED;
}

/* One that arrives, and one that was kept until it is enabled. */
static void calls_hooks(struct sim_ipi *sim)
{
	void *cookies[IRQKIT_NR_CPUS] = {NULL};
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("%shandlers run between the port's enter and exit",
		    sim->chip.name);
	irq = calls_reserve(sim, 0, 0, &cpus);
	calls_in_hooks = 0;
	tap_equal(
		request_percpu_irq(irq, calls_hooked_handler, "hooks", cookies),
		0, "request_percpu_irq()");
	tap_equal(ipi_send_single(irq, 0), 0, "a send before it is enabled");
	suite_settle();
	tap_equal((long long)calls_in_hooks, 0, "handled before");
	tap_equal(enable_percpu_irq(irq), 0, "enable_percpu_irq()");
	tap_equal((long long)calls_in_hooks, 1, "the one that was kept");
	tap_equal(ipi_send_single(irq, 0), 0, "a send");
	suite_settle();
	tap_equal((long long)calls_in_hooks, 2, "the one that arrived");
	tap_expect(!host_in_handler(0), "and out again");
	tap_equal(disable_percpu_irq(irq), 0, "disable_percpu_irq()");
	tap_equal(free_percpu_irq(irq, cookies), 0, "free_percpu_irq()");
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy");
	tap_close();
}

static void calls_run_kind(struct sim_ipi *sim, const struct sim_ipi *other)
{
	suite_host_use(sim);
	calls_single(sim);
	calls_mask(sim);
	calls_timeout(sim);
	calls_refused(sim);
	calls_foreign(sim);
	calls_alloc_fails(sim);
	calls_no_send(sim);
	calls_both(sim, other);
	calls_flow(sim);
	calls_hooks(sim);
	calls_empty_mask(sim);
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	cpumask_clear(&offline);
	cpumask_set_cpu(7, &offline);
	cpumask_set_cpu(5, &offline);
	host_start(CALLS_CPUS, &offline);
	irqkit_set_cpu_foreign(7, true);
	suite_host_warm_up();
	calls_sims[0] = sim_ipi_create("single, masks: ", false, true, 8);
	calls_sims[1] = sim_ipi_create("single, CPUs: ", false, false, 8);
	calls_sims[2] = sim_ipi_create("per-CPU, masks: ", true, true, 64);
	calls_sims[3] = sim_ipi_create("per-CPU, CPUs: ", true, false, 64);
	for (unsigned int i = 0; i < 4; i++)
		calls_run_kind(calls_sims[i], calls_sims[i ^ 1]);
	return host_end();
}
