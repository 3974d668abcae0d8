// SPDX-License-Identifier: MIT
/*
 * What machine this is: memory from the PVH loader, CPUs, interrupt
 * controllers and HPET from ACPI.
 */
#include <irqkit/firmware.h>
#include <irqkit/x86.h>
#include "kernel.h"
#include "x86.h"

#define CPUID_EDX_DE  (1U << 2)
#define CPUID_EDX_MCE (1U << 7)

/* Leaf 0xB says the whole APIC id, leaf 1 its low eight bits (SDM 10.12.8). */
#define CPUID_TOPOLOGY 0xb
#define CPUID_FEATURES 1

/* The HPET table (IA-PC HPET specification 1.0a, 3.2.4). */
#define HPET_TABLE_SPACE   40 /* 0 is memory */
#define HPET_TABLE_ADDRESS 44
#define HPET_TABLE_SIZE	   56

static struct irqkit_x86_config discover_config;
static struct irqkit_cpu_list discover_cpus;

/* Other CPUs load the same from x86_cr4 (entry.S). */
static void discover_features(void)
{
	uint32_t edx = cpuid(CPUID_FEATURES).edx;

	if (edx & CPUID_EDX_DE)
		x86_cr4 |= CR4_DE;
	if (edx & CPUID_EDX_MCE)
		x86_cr4 |= CR4_MCE;
	write_cr4(x86_cr4);
}

void x86_main(uint64_t start_info)
{
	x86_serial_init();
	x86_tables_load(&x86_boot_cpu);
	discover_features();
	x86_pvh_read(start_info);
	boot_main();
}

static uint64_t discover_page_up(uint64_t address)
{
	return (address + X86_PAGE_SIZE - 1) & ~(X86_PAGE_SIZE - 1);
}

/* The largest piece of memory above the image and below 4 GiB. */
static void discover_memory(void)
{
	uint64_t image_end = (uint64_t)kernel_end - KERNEL_BASE;
	uint64_t best = 0, best_size = 0;
	const struct x86_memory *map;
	unsigned int nr, i;

	map = x86_pvh_memory(&nr);
	for (i = 0; i < nr; i++) {
		uint64_t start = discover_page_up(map[i].start);
		uint64_t end = map[i].start + map[i].size;

		if (end > DIRECT_SIZE)
			end = DIRECT_SIZE;
		if (start < image_end)
			start = image_end;
		if (map[i].free && start < end && end - start > best_size) {
			best = start;
			best_size = end - start;
		}
	}
	if (!best)
		panic("no memory above the kernel");
	boot_memory(x86_direct(best, best_size), best_size);
}

static const void *discover_map(void *context, uint64_t address, size_t size)
{
	(void)context;
	return x86_direct(address, size);
}

static struct hwcpu discover_boot_cpu(void)
{
	struct hwcpu boot;

	if (cpuid(0).eax >= CPUID_TOPOLOGY && cpuid(CPUID_TOPOLOGY).ebx)
		boot.id = cpuid(CPUID_TOPOLOGY).edx;
	else
		boot.id = cpuid(CPUID_FEATURES).ebx >> 24;
	return boot;
}

static void discover_madt(uint64_t rsdp)
{
	struct irqkit_x86_config *config = &discover_config;
	const void *madt;
	uint64_t apic;
	size_t size;
	int err;

	err = irqkit_acpi_find_table(discover_map, NULL, rsdp, "APIC", &madt,
				     &size);
	if (err)
		panic("no usable MADT (RSDP at 0x%lx): error %d", rsdp, err);
	err = irqkit_madt_read(madt, size, discover_boot_cpu(), &apic, config,
			       &discover_cpus);
	if (err)
		panic("the MADT cannot be used: error %d", err);
	config->local_apic = x86_direct(apic, X86_PAGE_SIZE);
	if (!config->local_apic)
		panic("the local APIC is at 0x%lx, above 4 GiB", apic);
	config->allow_x2apic = !command_line_has("nox2apic");
}

/* Physical address of the HPET, 0 if there is none that can be reached. */
static uint64_t discover_hpet(uint64_t rsdp)
{
	const uint8_t *table;
	const void *found;
	uint64_t address = 0;
	size_t size;
	unsigned int i;

	if (irqkit_acpi_find_table(discover_map, NULL, rsdp, "HPET", &found,
				   &size))
		return 0;
	table = found;
	if (size < HPET_TABLE_SIZE || table[HPET_TABLE_SPACE] != 0)
		return 0;
	for (i = 0; i < sizeof(address); i++)
		address |= (uint64_t)table[HPET_TABLE_ADDRESS + i] << 8 * i;
	return address;
}

void arch_discover(void)
{
	uint64_t rsdp;

	machine.arch = "x86_64";
	x86_pic_disable();
	x86_mtrr_save();
	discover_memory();
	x86_paging_init();

	rsdp = x86_pvh_rsdp();
	if (!rsdp)
		panic("no ACPI: the loader and the BIOS name no RSDP");
	x86_clock_init(discover_hpet(rsdp));
	discover_madt(rsdp);
	x86_secondary_init(discover_cpus.cpus, discover_cpus.nr);
	machine.nr_cpus = discover_cpus.nr;
	machine.refused = discover_cpus.refused;
}

void arch_init_interrupts(void)
{
	const struct irqkit_x86_config *config = &discover_config;
	int err = irqkit_x86_init(config);

	if (err)
		panic("the local APIC cannot be used: error %d", err);
	machine.is_x2apic = irqkit_x86_is_x2apic();
	machine.ipi_single = irqkit_x86_ipi_domain(false);
	machine.ipi_per_cpu = irqkit_x86_ipi_domain(true);
	machine.devices = irqkit_x86_vector_domain();
	machine.vectors = irqkit_x86_vector_matrix();
	machine.send_nmi = irqkit_x86_send_nmi;
	format_text(machine.controller, sizeof(machine.controller),
		    "local APICs in %s mode, %u IO-APIC%s",
		    machine.is_x2apic ? "x2APIC" : "xAPIC", config->nr_ioapics,
		    config->nr_ioapics == 1 ? "" : "s");
}

uint64_t arch_ipi_commands(void)
{
	struct irqkit_x86_stats stats;

	irqkit_x86_get_stats(&stats);
	return stats.icr_writes;
}
