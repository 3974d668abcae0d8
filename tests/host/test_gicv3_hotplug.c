/* SPDX-License-Identifier: MIT */
/* The hotplug suite on the GICv3 backend over a simulated controller. */
#include "sim_gicv3.h"
#include "hotplug_host.h"
#include "suites/hotplug_suite.h"

#define GIC_CPUS   4U
#define GIC_ROUNDS 2000U

static struct irqkit_gicv3_config gic_config = {
	.first_ipi_spi = 32,
	.nr_ipi_spis = 16,
	.first_free_spi = 48,
	.nr_free_spis = 64,
};

static void gic_start(void)
{
	sim_gic_create(GIC_CPUS, &gic_config);
	tap_subject("%u CPUs start", GIC_CPUS);
	tap_equal(sim_gic_boot(&gic_config), 0, "irqkit_gicv3_init()");
	for (unsigned int cpu = 1; cpu < GIC_CPUS; cpu++)
		tap_equal(host_start_cpu(cpu), 0, "start of cpu %u", cpu);
	tap_close();
}

/* More descriptors than the suite has at a time, as they are never freed. */
static void gic_warm_up(void)
{
	int irq = irq_alloc_descs(-1, 1, 512, NUMA_NO_NODE);

	if (irq > 0)
		irq_free_descs((unsigned int)irq, 512);
}

static void gic_check(void)
{
	struct irqkit_gicv3_stats stats;

	irqkit_gicv3_get_stats(&stats);
	tap_subject("nothing is left at the controller");
	tap_equal(irqkit_gicv3_spi_domain()->mapped, 0, "interrupts");
	tap_equal((long long)stats.unexpected, 0, "that nobody has");
	tap_equal((long long)stats.special, sim_gic.ghosts, "INTIDs 1023");
	tap_expect(sim_gic.ghosts != 0, "some were moved while pending");
	for (unsigned int cpu = 0; cpu < GIC_CPUS; cpu++)
		tap_equal(spi_loads[cpu], 0, "SPIs at cpu %u", cpu);
	for (unsigned int i = GICV3_FIRST_SPI; i < SIM_GIC_INTIDS; i++)
		tap_expect(!sim_gic.spis[i].enabled && !sim_gic.spis[i].active,
			   "SPI %u is off", i);
	tap_close();
}

int main(void)
{
	host_begin();
	gic_start();
	gic_warm_up();
	hotplug_host_use(irqkit_gicv3_spi_domain());
	hotplug_suite_run("GICv3: ", GIC_ROUNDS, SUITE_SEED);
	gic_check();
	return host_end();
}
