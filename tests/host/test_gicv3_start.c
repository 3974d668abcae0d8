/* SPDX-License-Identifier: MIT */
/*
 * The start of the GICv3 backend and of its CPUs where hardware is not as it
 * should be or memory is short, and SGIs to CPUs of several ranges (HZ46,
 * HZ48), over a simulated controller.
 */
#include "sim_gicv3.h"
#include "suites/suite.h"
#include "suites/tap.h"

/* Aff0 of the host's CPUs is 1, 3, 5 and so on: 8 of them in a range. */
#define START_CPUS 18U

static const char start_node;

static struct irqkit_gicv3_config start_config = {
	.first_ipi_spi = 64,
	.nr_ipi_spis = 32,
	.first_free_spi = 32,
	.nr_free_spis = 8,
	.fwnode = &start_node,
};

/* ---- the boot CPU */

static void start_fails(bool *fault, int expected, const char *what)
{
	unsigned long memory;

	tap_subject("%s", what);
	sim_gic_spoil();
	*fault = true;
	tap_equal(sim_gic_boot(&start_config), expected, "the first time");
	memory = host_live();
	sim_gic_spoil();
	tap_equal(sim_gic_boot(&start_config), expected, "and again");
	*fault = false;
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_expect(irqkit_gicv3_spi_domain() == NULL &&
			   irqkit_gicv3_ipi_domain(false) == NULL &&
			   irqkit_gicv3_ipi_domain(true) == NULL,
		   "there is no domain");
	tap_expect(irq_find_matching_fwnode(&start_node) == NULL,
		   "nor one of its name");
	tap_close();
}

static void start_refused(struct irqkit_gicv3_config config, int expected,
			  const char *what)
{
	sim_gic_spoil();
	tap_ok(sim_gic_boot(&config) == expected, "%s", what);
}

static void start_faults(void)
{
	struct irqkit_gicv3_config config;

	sim_gic.revision = 2;
	start_refused(start_config, -ENODEV, "a GICv2 is none");
	sim_gic.revision = 0;
	start_fails(&sim_gic.no_sysregs, -ENODEV, "no system registers");
	start_fails(&sim_gic.no_sre, -ENODEV, "they cannot be switched on");
	start_fails(&sim_gic.no_routing, -ENODEV, "no affinity routing");
	start_fails(&sim_gic.stuck, -ETIMEDOUT, "a distributor that hangs");
	start_fails(&sim_gic.insomnia, -ETIMEDOUT,
		    "a redistributor that does not wake");
	config = start_config;
	config.regions[0] = config.regions[1];
	start_refused(config, -ENODEV, "the boot CPU has no redistributor");
	config = start_config;
	config.regions[0].size = GICR_FRAME;
	start_refused(config, -ENODEV, "a region too small for one");
}

static int start_flat_map(struct irq_domain *domain, unsigned int irq,
			  irq_hw_number_t hwirq)
{
	irq_domain_set_info(domain, irq, hwirq, &no_irq_chip, NULL, NULL);
	return 0;
}

/* @name is another controller's; then each allocation fails in turn. */
static void start_memory(void)
{
	const struct irq_domain_ops ops = {.map = start_flat_map};
	const struct irq_domain_info info = {
		.name = "other",
		.size = 1,
		.fwnode = &start_node,
		.ops = &ops,
	};
	struct irq_domain *other;
	unsigned int nth = 0;
	int error;

	tap_subject("its name is taken, or memory is short");
	tap_equal(irq_domain_create(&info, &other), 0, "another domain");
	sim_gic_spoil();
	tap_equal(sim_gic_boot(&start_config), -EEXIST, "its name is taken");
	tap_equal(irq_domain_remove(other), 0, "without the other");
	do {
		sim_gic_spoil();
		host_fail_alloc(++nth);
		error = sim_gic_boot(&start_config);
		tap_expect(error == -ENOMEM || !host_alloc_failed(),
			   "allocation %u fails: %d", nth, error);
	} while (error == -ENOMEM && nth < 100);
	host_fail_alloc(0);
	tap_equal(error, 0, "it starts at last");
	tap_expect(nth > 3, "%u allocations", nth - 1);
	tap_expect(irq_find_matching_fwnode(&start_node) ==
			   irqkit_gicv3_spi_domain(),
		   "by its name");
	tap_close();
}

/* ---- the others */

static void start_cpu_fails(unsigned int cpu, bool *fault, int expected,
			    const char *what)
{
	unsigned int lines = host_log_lines();

	*fault = true;
	tap_equal(host_start_cpu(cpu), expected, "%s", what);
	*fault = false;
	tap_expect(host_log_lines() > lines, "%s: the log says so", what);
	tap_expect(!cpu_online(cpu), "%s: it stays offline", what);
}

static void start_cpus(void)
{
	tap_subject("a CPU that is not as it should be stays offline");
	start_cpu_fails(1, &sim_gic.cpus[1].narrow, -ENODEV,
			"no range selector");
	start_cpu_fails(1, &sim_gic.cpus[1].own[3].secure, -ENODEV,
			"an SGI is Secure");
	start_cpu_fails(1, &sim_gic.stuck, -ETIMEDOUT, "it hangs");
	start_cpu_fails(1, &sim_gic.no_sysregs, -ENODEV, "no registers");
	start_cpu_fails(1, &sim_gic.cpus[1].impostor, -ENODEV,
			"it is another one");
	for (unsigned int cpu = 1; cpu < START_CPUS - 1; cpu++)
		tap_equal(host_start_cpu(cpu), 0, "cpu %u", cpu);
	tap_close();
}

/* ---- SGIs */

static unsigned int start_count[START_CPUS];

static irqreturn_t start_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	start_count[irqkit_port_cpu()]++;
	return IRQ_HANDLED;
}

static void start_send(unsigned int irq, const struct cpumask *cpus,
		       unsigned int writes)
{
	unsigned int before = sim_gic.cpus[0].sends;

	for (unsigned int cpu = 0; cpu < START_CPUS; cpu++)
		start_count[cpu] = 0;
	tap_equal(ipi_send_mask(irq, cpus), 0, "ipi_send_mask()");
	tap_equal(sim_gic.cpus[0].sends - before, writes, "writes");
	for (unsigned int i = 0; i < 200; i++)
		host_yield();
	for (unsigned int cpu = 0; cpu < START_CPUS; cpu++)
		tap_equal(start_count[cpu], cpumask_test_cpu(cpu, cpus),
			  "handled on cpu %u", cpu);
}

static void start_sends(void)
{
	int base = irq_reserve_ipi(irqkit_gicv3_ipi_domain(false),
				   cpu_possible_mask);
	unsigned int irq = (unsigned int)base;
	struct cpumask cpus;

	tap_subject("HZ46: each range of Aff0 is a write, whoever is in it");
	tap_expect(base > 0, "irq_reserve_ipi(): %d", base);
	tap_equal(request_irq(irq, start_handler, 0, "ipi", NULL), 0,
		  "request_irq()");
	cpumask_copy(&cpus, cpu_online_mask);
	start_send(irq, &cpus, 3);
	cpumask_clear_cpu(0, &cpus);
	start_send(irq, &cpus, 3);
	cpumask_clear_cpu(16, &cpus);
	start_send(irq, &cpus, 2);
	cpumask_clear(&cpus);
	cpumask_set_cpu(7, &cpus);
	start_send(irq, &cpus, 1);
	cpumask_set_cpu(8, &cpus);
	start_send(irq, &cpus, 2);
	tap_close();

	tap_subject("HZ48: all but the sender is one write, if all are there");
	tap_equal(host_start_cpu(START_CPUS - 1), 0, "the last CPU");
	cpumask_copy(&cpus, cpu_possible_mask);
	cpumask_clear_cpu(0, &cpus);
	start_send(irq, &cpus, 1);
	start_send(irq, cpu_possible_mask, 3);
	tap_equal(suite_cpu_down(5, NULL), 0, "without one");
	cpumask_clear_cpu(5, &cpus);
	start_send(irq, &cpus, 3);
	tap_equal(suite_cpu_up(5), 0, "and with it");
	tap_equal(free_irq(irq, NULL), 0, "free_irq()");
	tap_equal(irq_destroy_ipi(irq, cpu_possible_mask), 0, "destroy");
	tap_close();
}

static void start_reserve_all(bool per_cpu, unsigned int room)
{
	struct irq_domain *domain = irqkit_gicv3_ipi_domain(per_cpu);
	struct cpumask cpus;
	int irqs[GICV3_NR_SGIS];
	unsigned int nr = 0;

	irqkit_cpumask_single(&cpus, 2);
	if (per_cpu)
		cpumask_set_cpu(3, &cpus);
	tap_subject("%s: as many IPIs as there are, and one more is refused",
		    per_cpu ? "per-CPU" : "single");
	while (nr < GICV3_NR_SGIS &&
	       (irqs[nr] = irq_reserve_ipi(domain, &cpus)) > 0)
		nr++;
	tap_equal(nr, room, "IPIs");
	tap_equal(irq_reserve_ipi(domain, &cpus), -ENOSPC, "one more");
	while (nr-- > 0)
		tap_equal(irq_destroy_ipi((unsigned int)irqs[nr], &cpus), 0,
			  "destroy");
	tap_equal(domain->mapped, 0, "left in the domain");
	tap_close();
}

/* Half-way through the CPUs one is Secure: all are given back. */
static void start_secure_ipi(void)
{
	struct irq_domain *domain = irqkit_gicv3_ipi_domain(true);

	tap_subject("an SPI for IPIs that is Secure is refused");
	for (unsigned int i = 80; i < 96; i++)
		sim_gic.spis[i].secure = true;
	tap_equal(irq_reserve_ipi(domain, cpu_possible_mask), -ENODEV,
		  "irq_reserve_ipi()");
	for (unsigned int i = 80; i < 96; i++)
		sim_gic.spis[i].secure = false;
	tap_equal(domain->mapped, 0, "left in the domain");
	for (unsigned int i = 64; i < 96; i++)
		tap_expect(!sim_gic.spis[i].enabled, "SPI %u is off", i);
	tap_close();
}

int main(void)
{
	host_begin();
	sim_gic_create(START_CPUS, &start_config);
	start_faults();
	start_memory();
	start_cpus();
	start_sends();
	start_reserve_all(false, GICV3_NR_SGIS);
	start_secure_ipi();
	start_reserve_all(true, GICV3_NR_SGIS);
	return host_end();
}
