// SPDX-License-Identifier: MIT
/*
 * What a PVH loader says: command line, memory map, RSDP. It is copied at
 * once, because it lies in memory that is about to be used. The layout is
 * that of Xen's public header arch-x86/hvm/start_info.h.
 */
#include "kernel.h"
#include "x86.h"

#define PVH_MAGIC 0x336ec578

struct pvh_start_info {
	uint32_t magic;
	uint32_t version; /* the memory map is there from 1 on */
	uint32_t flags;
	uint32_t nr_modules;
	uint64_t modules;
	uint64_t command_line; /* physical, ends with a null byte; or 0 */
	uint64_t rsdp;	       /* physical; or 0 */
	uint64_t memory_map;
	uint32_t nr_memory;
	uint32_t reserved;
};

struct pvh_memory {
	uint64_t start, size;
	uint32_t type; /* as E820 has it */
	uint32_t reserved;
};

enum pvh_type {
	PVH_RAM = 1,
	PVH_RESERVED,
	PVH_ACPI,
	PVH_NVS,
};

#define PVH_MAX_MEMORY	     64
#define PVH_MAX_COMMAND_LINE 2048

/* Where a BIOS leaves the RSDP (ACPI 6.5, 5.2.5.1). */
#define RSDP_BIOS_START 0xe0000
#define RSDP_BIOS_END	0x100000
#define RSDP_EBDA_PTR	0x40e /* segment of the EBDA, in the BIOS data area */
#define RSDP_EBDA_SIZE	1024
#define RSDP_STEP	16
#define RSDP_SIZE	20 /* of revision 0; what the checksum covers */

static struct x86_memory pvh_memory_map[PVH_MAX_MEMORY];
static unsigned int pvh_nr_memory;
static char pvh_command_line[PVH_MAX_COMMAND_LINE];
static uint64_t pvh_rsdp;

static void pvh_read_command_line(uint64_t address)
{
	const char *text = x86_direct(address, PVH_MAX_COMMAND_LINE);
	unsigned int i;

	if (address && text)
		for (i = 0; i < PVH_MAX_COMMAND_LINE - 1 && text[i]; i++)
			pvh_command_line[i] = text[i];
	boot_command_line(pvh_command_line);
}

static void pvh_read_memory(uint64_t address, uint32_t nr)
{
	const struct pvh_memory *map;
	unsigned int i;

	if (nr > PVH_MAX_MEMORY)
		nr = PVH_MAX_MEMORY;
	map = x86_direct(address, nr * sizeof(*map));
	if (!address || !map)
		return;
	for (i = 0; i < nr; i++) {
		uint32_t type = map[i].type;

		pvh_memory_map[i] = (struct x86_memory){
			.start = map[i].start,
			.size = map[i].size,
			.ram = type == PVH_RAM || type == PVH_ACPI ||
			       type == PVH_NVS,
			.free = type == PVH_RAM,
		};
	}
	pvh_nr_memory = nr;
}

void x86_pvh_read(uint64_t start_info)
{
	const struct pvh_start_info *info = x86_direct(start_info,
						       sizeof(*info));

	if (!info || info->magic != PVH_MAGIC)
		panic("not started by PVH: no start info at 0x%lx", start_info);
	if (info->version < 1)
		panic("the PVH loader gives no memory map (version %u)",
		      info->version);
	pvh_read_command_line(info->command_line);
	pvh_read_memory(info->memory_map, info->nr_memory);
	pvh_rsdp = info->rsdp;
}

const struct x86_memory *x86_pvh_memory(unsigned int *nr)
{
	*nr = pvh_nr_memory;
	return pvh_memory_map;
}

static bool pvh_is_rsdp(const uint8_t *candidate)
{
	static const char signature[8] = "RSD PTR ";
	uint8_t sum = 0;
	unsigned int i;

	for (i = 0; i < sizeof(signature); i++)
		if (candidate[i] != (uint8_t)signature[i])
			return false;
	for (i = 0; i < RSDP_SIZE; i++)
		sum = (uint8_t)(sum + candidate[i]);
	return sum == 0;
}

static uint64_t pvh_search_rsdp(uint64_t start, uint64_t end)
{
	uint64_t address;

	for (address = start; address + RSDP_SIZE <= end; address += RSDP_STEP)
		if (pvh_is_rsdp(x86_direct(address, RSDP_SIZE)))
			return address;
	return 0;
}

/* From the loader, else where a BIOS puts it; 0 if there is none. */
uint64_t x86_pvh_rsdp(void)
{
	const uint16_t *segment = x86_direct(RSDP_EBDA_PTR, sizeof(*segment));
	uint64_t ebda = (uint64_t)*segment << 4;

	if (!pvh_rsdp && ebda)
		pvh_rsdp = pvh_search_rsdp(ebda, ebda + RSDP_EBDA_SIZE);
	if (!pvh_rsdp)
		pvh_rsdp = pvh_search_rsdp(RSDP_BIOS_START, RSDP_BIOS_END);
	return pvh_rsdp;
}
