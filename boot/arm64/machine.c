/* SPDX-License-Identifier: MIT */
/*
 * The machine as the device tree describes it: CPUs, memory, command line,
 * GICv3. Written by the boot CPU before others run; then only stacks change.
 */
#include <irqkit/arm64.h>
#include "arm64.h"

/* Affinity fields of MPIDR_EL1 (Arm ARM D23.2): bits 39:32 and 23:0. */
#define MACHINE_AFFINITY 0xff00ffffffULL

/* Generous, as an emulator may run hundreds of CPUs on two cores. */
#define MACHINE_STOP_NS 30000000000ULL

static struct irqkit_cpu_list machine_cpus;
static void *machine_stacks[IRQKIT_NR_CPUS]; /* NULL for the boot CPU */

struct hwcpu arch_hwcpu(unsigned int cpu)
{
	return machine_cpus.cpus[cpu];
}

static void machine_find_cpus(void)
{
	struct hwcpu boot = {READ_SYSREG(mpidr_el1) & MACHINE_AFFINITY};
	int error = irqkit_fdt_read_cpus(&tree, boot, &machine_cpus);

	if (error)
		panic("the device tree does not list the CPU 0x%llx (%d)",
		      (unsigned long long)boot.id, error);
	machine.nr_cpus = machine_cpus.nr;
	machine.refused = machine_cpus.refused;
}

void arch_discover(void)
{
	const char *arguments;
	void *start;
	size_t size;

	machine.arch = "arm64";
	arguments = tree_text(irqkit_fdt_find(&tree, "/chosen"), "bootargs");
	boot_command_line(arguments ? arguments : "");
	machine_find_cpus();
	ram_init(&start, &size);
	boot_memory(start, size);
}

static void machine_map_gic(const struct irqkit_fdt_gicv3 *gic,
			    struct irqkit_gicv3_config *config)
{
	unsigned int i;

	config->distributor = mmu_map_device(gic->distributor,
					     gic->distributor_size);
	config->nr_regions = gic->nr_regions;
	for (i = 0; i < gic->nr_regions; i++) {
		config->regions[i].base = mmu_map_device(gic->regions[i].base,
							 gic->regions[i].size);
		config->regions[i].size = gic->regions[i].size;
	}
	config->stride = gic->stride;
}

/* Whether the tree has no CPU, a broken one included, that is not taken. */
static bool machine_takes_all_cpus(void)
{
	int parent = irqkit_fdt_find(&tree, "/cpus"), node = -1;
	unsigned int listed = 0;
	const char *type;

	while ((node = irqkit_fdt_next_child(&tree, parent, node)) >= 0) {
		type = tree_text(node, "device_type");
		listed += type && tree_same(type, "cpu");
	}
	return listed == machine_cpus.nr;
}

uint64_t arch_ipi_commands(void)
{
	struct irqkit_gicv3_stats stats;

	irqkit_gicv3_get_stats(&stats);
	return stats.sgi_writes + stats.spi_writes;
}

void arch_init_interrupts(void)
{
	struct irqkit_gicv3_config config = {.stride = 0};
	struct irqkit_fdt_gicv3 gic;
	int error;

	error = irqkit_fdt_read_gicv3(&tree, &gic);
	if (error)
		panic("the device tree names no GICv3 (%d)", error);
	machine_map_gic(&gic, &config);
	spi_choose(&config);
	config.all_cpus_listed = machine_takes_all_cpus();
	config.fwnode = &tree;
	error = irqkit_gicv3_init(&config);
	if (error)
		panic("the GICv3 cannot be used (%d)", error);
	machine.ipi_single = irqkit_gicv3_ipi_domain(false);
	machine.ipi_per_cpu = irqkit_gicv3_ipi_domain(true);
	machine.devices = irqkit_gicv3_spi_domain();
	machine.boot_cpu_can_stop = psci_can_stop_any();
	format_text(machine.controller, sizeof(machine.controller),
		    "GICv3: distributor 0x%llx, redistributors 0x%llx, "
		    "%u SPIs for IPIs",
		    (unsigned long long)gic.distributor,
		    (unsigned long long)gic.regions[0].base,
		    config.nr_ipi_spis);
}

int arch_start_cpu(unsigned int cpu)
{
	if (cpu >= machine.nr_cpus)
		return -EINVAL;
	/* A CPU that is started again has its stack; the boot CPU had one. */
	if (cpu && !machine_stacks[cpu]) {
		machine_stacks[cpu] = boot_alloc(STACK_SIZE, PAGE_SIZE);
		mmu_map_stack(cpu, machine_stacks[cpu]);
	}
	return psci_cpu_on(machine_cpus.cpus[cpu],
			   mmu_physical(start_other_cpu), cpu);
}

void arch_cpu_stop(void)
{
	psci_cpu_off();
	/* It cannot be switched off; nobody finds it to be off then. */
	arch_halt();
}

int arch_cpu_wait_stopped(unsigned int cpu)
{
	uint64_t start = arch_nanoseconds();

	while (!psci_is_off(machine_cpus.cpus[cpu])) {
		if (arch_nanoseconds() - start > MACHINE_STOP_NS)
			return -ETIMEDOUT;
		arch_relax();
	}
	return 0;
}
