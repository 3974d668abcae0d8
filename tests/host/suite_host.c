/* SPDX-License-Identifier: MIT */
/* See suite_host.h. */
#include "suite_host.h"
#include "host.h"
#include "suites/ipi_suite.h"

/* Two whole IPIs a CPU more than needed, and one that does not fit. */
#define SUITE_HOST_IPIS 24U

static unsigned int suite_host_offline = SUITE_NONE;
static unsigned int suite_host_foreign = SUITE_NONE;
static struct sim_ipi *suite_host_sims[2]; /* by mode */

unsigned int suite_offline_cpu(void)
{
	return suite_host_offline;
}

void suite_host_set_offline(unsigned int cpu)
{
	suite_host_offline = cpu;
}

unsigned int suite_foreign_cpu(void)
{
	return suite_host_foreign;
}

struct irq_domain *suite_domain(bool per_cpu)
{
	struct sim_ipi *sim = suite_host_sims[per_cpu];

	return sim != NULL ? sim->domain : NULL;
}

void suite_host_use(struct sim_ipi *sim)
{
	suite_host_sims[sim->per_cpu] = sim;
}

void suite_relax(void)
{
	host_yield();
}

unsigned long suite_memory(void)
{
	return host_live();
}

void suite_run_on_mask(const struct cpumask *cpus,
		       void (*function)(void *argument), void *argument)
{
	unsigned int self = irqkit_port_cpu();
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		if (cpu != self)
			host_give_work(cpu, function, argument);
	}
	if (cpumask_test_cpu(self, cpus))
		function(argument);
	for_each_cpu (cpu, cpus) {
		while (cpu != self && !host_is_idle(cpu))
			host_yield();
	}
}

void suite_host_warm_up(void)
{
	unsigned int nr = 8 * IRQKIT_NR_CPUS + nr_cpu_ids * SUITE_HOST_IPIS;
	int irq = irq_alloc_descs(-1, 1, nr, NUMA_NO_NODE);

	if (irq > 0)
		irq_free_descs((unsigned int)irq, nr);
}

static void suite_host_check_sim(const struct sim_ipi *sim)
{
	tap_subject("%snothing is left at the controller", sim->chip.name);
	tap_equal((long long)sim->wrong, 0, "calls with wrong arguments");
	tap_equal((long long)sim->unexpected, 0, "interrupts nobody has");
	tap_equal(sim->used, 0, "hwirqs in use");
	tap_equal((long long)sim->eois, (long long)sim->acks,
		  "ends of those acknowledged");
	tap_expect(sim->eois > 0, "it was used");
	tap_expect((sim->chip.ipi_send_mask == NULL) == (sim->masks == 0) &&
			   (sim->chip.ipi_send_single == NULL) ==
				   (sim->singles == 0),
		   "I12: %lu sends by masks and %lu single ones", sim->masks,
		   sim->singles);
	tap_close();
}

static void suite_host_run_kind(const char *name, bool per_cpu, bool mask_chip)
{
	unsigned int nr = per_cpu ? nr_cpu_ids * SUITE_HOST_IPIS + 1
				  : SUITE_HOST_IPIS;
	struct sim_ipi *sim = sim_ipi_create(name, per_cpu, mask_chip, nr);

	suite_host_use(sim);
	ipi_suite_run(name, per_cpu);
	suite_host_check_sim(sim);
}

int suite_host_run_ipi(unsigned int nr_cpus, unsigned int offline,
		       unsigned int foreign)
{
	struct cpumask not_started;

	host_begin();
	suite_host_offline = offline;
	suite_host_foreign = foreign;
	cpumask_clear(&not_started);
	if (offline != SUITE_NONE)
		cpumask_set_cpu(offline, &not_started);
	if (foreign != SUITE_NONE)
		cpumask_set_cpu(foreign, &not_started);
	host_start(nr_cpus, &not_started);
	tap_subject("%u CPUs start", nr_cpus);
	if (foreign != SUITE_NONE)
		tap_equal(irqkit_set_cpu_foreign(foreign, true), 0,
			  "irqkit_set_cpu_foreign()");
	tap_equal(suite_nr_online(), nr_cpus - cpumask_weight(&not_started),
		  "CPUs online");
	tap_close();
	suite_host_warm_up();
	suite_host_run_kind("single, chip takes masks: ", false, true);
	suite_host_run_kind("single, chip takes CPUs: ", false, false);
	suite_host_run_kind("per-CPU, chip takes masks: ", true, true);
	suite_host_run_kind("per-CPU, chip takes CPUs: ", true, false);
	return host_end();
}
