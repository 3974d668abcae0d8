/* SPDX-License-Identifier: MIT */
/*
 * What the tests of muxes share: the machine, the IPIs with the books of their
 * handlers, and the two controllers below.
 */
#include <string.h>
#include "host.h"
#include "mux_host.h"
#include "suite_host.h"

struct mux_ipi mux_ipis[MUX_MAX_IPIS];
unsigned int mux_order[MUX_MAX_RUNS];
unsigned int mux_nr_order;
unsigned int mux_wrong;
void (*mux_then)(struct mux_ipi *ipi, unsigned int cpu);
struct sim_ipi *mux_sim, *mux_sim_masks;
void (*mux_hook)(void);
unsigned long mux_memory;
unsigned int mux_irqs;

static int (*mux_sim_send)(struct irq_data *data, unsigned int cpu);

static int mux_hooked_send(struct irq_data *data, unsigned int cpu)
{
	void (*hook)(void) = mux_hook;

	mux_hook = NULL;
	if (hook != NULL)
		hook();
	return mux_sim_send(data, cpu);
}

void mux_forget_runs(void)
{
	for (unsigned int i = 0; i < MUX_MAX_IPIS; i++)
		memset(mux_ipis[i].runs, 0, sizeof(mux_ipis[i].runs));
	mux_nr_order = 0;
}

void mux_begin(const char *subject)
{
	tap_subject("%s", subject);
	mux_memory = host_live();
	mux_irqs = suite_count_irqs();
	mux_then = NULL;
	mux_wrong = 0;
	mux_forget_runs();
	sim_ipi_clear(mux_sim);
	sim_ipi_clear(mux_sim_masks);
}

static void mux_check_sim(const struct sim_ipi *sim)
{
	tap_equal((long long)sim->wrong, 0, "calls with wrong arguments");
	tap_equal((long long)sim->unexpected, 0, "interrupts nobody has");
	tap_equal(sim->used, 0, "hwirqs in use");
}

void mux_end(void)
{
	suite_settle();
	tap_equal(mux_wrong, 0, "handlers called with something wrong");
	tap_equal((long long)host_live(), (long long)mux_memory, "memory");
	tap_equal(suite_count_irqs(), mux_irqs, "irqs");
	mux_check_sim(mux_sim);
	mux_check_sim(mux_sim_masks);
	tap_close();
}

struct irqkit_ipi_mux *mux_create(struct irq_domain *parent, unsigned int nr)
{
	const struct irqkit_ipi_mux_info info = {"mux", parent, nr};
	struct irqkit_ipi_mux *mux = NULL;

	tap_equal(irqkit_ipi_mux_create(&info, &mux), 0, "create");
	return mux;
}

void mux_destroy(struct irqkit_ipi_mux *mux)
{
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 0, "unexpected");
	tap_equal(irqkit_ipi_mux_destroy(mux), 0, "destroy");
}

static irqreturn_t mux_handler(unsigned int irq, void *dev_id)
{
	unsigned int cpu = irqkit_port_cpu();
	struct mux_ipi *ipi = dev_id;

	if (irq != ipi->irq || !irqkit_port_irqs_disabled() ||
	    !host_in_handler(cpu) || mux_nr_order == MUX_MAX_RUNS) {
		mux_wrong++;
		return IRQ_HANDLED;
	}
	mux_order[mux_nr_order++] = ipi->number;
	ipi->runs[cpu]++;
	if (mux_then != NULL)
		mux_then(ipi, cpu);
	return IRQ_HANDLED;
}

void mux_reserve(struct irqkit_ipi_mux *mux, unsigned int number)
{
	struct mux_ipi *ipi = &mux_ipis[number];
	int irq = irq_reserve_ipi(irqkit_ipi_mux_domain(mux),
				  cpu_possible_mask);

	tap_expect(irq > 0, "reserve %u returned %d", number, irq);
	ipi->irq = (unsigned int)irq;
	ipi->number = number;
}

void mux_request(unsigned int number)
{
	tap_equal(request_irq(mux_ipis[number].irq, mux_handler, 0, "h",
			      &mux_ipis[number]),
		  0, "request %u", number);
}

void mux_open(struct irqkit_ipi_mux *mux, unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		mux_reserve(mux, i);
		mux_request(i);
	}
}

void mux_free(unsigned int number)
{
	tap_equal(irq_destroy_ipi(mux_ipis[number].irq, cpu_possible_mask), 0,
		  "irq_destroy_ipi() of %u", number);
}

void mux_close(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		tap_equal(free_irq(mux_ipis[i].irq, &mux_ipis[i]), 0, "free %u",
			  i);
		mux_free(i);
	}
}

void mux_send(unsigned int number, unsigned int cpu)
{
	tap_equal(ipi_send_single(mux_ipis[number].irq, cpu), 0,
		  "send %u to cpu %u", number, cpu);
}

void mux_expect(unsigned int number, unsigned int cpu, unsigned int runs)
{
	tap_equal(mux_ipis[number].runs[cpu], runs, "runs of %u on cpu %u",
		  number, cpu);
}

void mux_let_go(void)
{
	mux_sim->hold = false;
	suite_settle();
}

static void *mux_cookies[IRQKIT_NR_CPUS];

static int mux_on(unsigned int cpu, int (*function)(unsigned int irq),
		  unsigned int number)
{
	unsigned int before = host_become(cpu);
	int result = function(mux_ipis[number].irq);

	host_become(before);
	return result;
}

void mux_request_percpu(struct irqkit_ipi_mux *mux, unsigned int number)
{
	mux_reserve(mux, number);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		mux_cookies[cpu] = &mux_ipis[number];
	tap_equal(request_percpu_irq(mux_ipis[number].irq, mux_handler, "h",
				     mux_cookies),
		  0, "request_percpu_irq()");
}

void mux_free_percpu(unsigned int number)
{
	tap_equal(free_percpu_irq(mux_ipis[number].irq, mux_cookies), 0,
		  "free_percpu_irq()");
}

void mux_expect_taken(unsigned int number, unsigned int cpu, unsigned long nr)
{
	tap_equal((long long)kstat_irqs_cpu(mux_ipis[number].irq, cpu),
		  (long long)nr, "times cpu %u took %u", cpu, number);
}

void mux_enable(unsigned int cpu, unsigned int number)
{
	tap_equal(mux_on(cpu, enable_percpu_irq, number), 0, "enable");
}

void mux_disable(unsigned int cpu, unsigned int number)
{
	tap_equal(mux_on(cpu, disable_percpu_irq, number), 0, "disable");
}

void mux_start(unsigned int absent)
{
	struct cpumask offline;

	host_begin();
	cpumask_clear(&offline);
	if (absent != SUITE_NONE)
		cpumask_set_cpu(absent, &offline);
	host_start(MUX_CPUS, &offline);
	if (absent != SUITE_NONE)
		irqkit_cpu_prepare(absent);
	suite_host_warm_up();
	mux_sim = sim_ipi_create("singles", false, false, 8);
	mux_sim_masks = sim_ipi_create("masks", false, true, 8);
	mux_sim_send = mux_sim->chip.ipi_send_single;
	mux_sim->chip.ipi_send_single = mux_hooked_send;
}
