// SPDX-License-Identifier: MIT
/*
 * The page tables that all CPUs share: physical memory at DIRECT_BASE, the
 * image with the rights of its sections, the stacks with holes between them,
 * and nothing at address 0. Only CPU 0 changes them, and only adds, so no TLB
 * of another CPU ever has to be told.
 */
#include "kernel.h"
#include "x86.h"

#define LARGE_PAGE  (512 * X86_PAGE_SIZE)

#define PTE_NX	    (1UL << 63)
#define PTE_ADDRESS 0x000ffffffffff000UL

/* An address has nine bits for each level, above the twelve of the page. */
#define LEVEL_SHIFT(level) (12 + 9 * ((level)-1))
#define LEVEL_PML4	   4
#define LEVEL_LARGE	   2
#define LEVEL_PAGE	   1

#define CPUID_EXTENDED	   0x80000001U
#define CPUID_EXTENDED_NX  (1U << 20)

uint64_t x86_cr3;

static uint64_t *paging_root;
static uint64_t paging_nx; /* PTE_NX, or 0 if the CPU has no such bit */

/* For the image and for what the common part's allocator gives. */
static uint64_t paging_physical(const void *memory)
{
	uint64_t address = (uint64_t)memory;

	if (address >= KERNEL_BASE)
		return address - KERNEL_BASE;
	return address - DIRECT_BASE;
}

static uint64_t *paging_next(uint64_t *entry)
{
	if (!*entry) {
		void *table = boot_alloc(X86_PAGE_SIZE, X86_PAGE_SIZE);

		*entry = paging_physical(table) | PTE_PRESENT | PTE_WRITE;
	}
	return (uint64_t *)(DIRECT_BASE + (*entry & PTE_ADDRESS));
}

static uint64_t *paging_entry(uint64_t address, unsigned int wanted)
{
	uint64_t *table = paging_root;
	unsigned int level;

	for (level = LEVEL_PML4;; level--) {
		unsigned int index = address >> LEVEL_SHIFT(level) & 511;

		if (level == wanted)
			return &table[index];
		table = paging_next(&table[index]);
	}
}

static void paging_map_page(uint64_t address, uint64_t physical, uint64_t flags)
{
	*paging_entry(address, LEVEL_PAGE) = physical | flags | PTE_PRESENT;
}

static void paging_map_image(const void *start, const void *end, uint64_t flags)
{
	const char *page;

	for (page = start; page < (const char *)end; page += X86_PAGE_SIZE)
		paging_map_page((uint64_t)page, paging_physical(page), flags);
}

/* All of .data and .bss but the guards of CPU 0's stacks. */
static void paging_map_data(void)
{
	struct x86_stacks *stacks = &x86_boot_stacks;
	uint64_t flags = PTE_WRITE | paging_nx;

	paging_map_image(kernel_data, stacks->nmi_guard, flags);
	paging_map_image(stacks->nmi, stacks->double_fault_guard, flags);
	paging_map_image(stacks->double_fault, stacks->machine_check_guard,
			 flags);
	paging_map_image(stacks->machine_check, stacks->main_guard, flags);
	paging_map_image(stacks->main, kernel_end, flags);
}

/* Whether any of it is memory; the rest below 4 GiB is registers and holes. */
static bool paging_is_memory(uint64_t start, uint64_t size)
{
	const struct x86_memory *map;
	unsigned int nr, i;

	map = x86_pvh_memory(&nr);
	for (i = 0; i < nr; i++)
		if (map[i].ram && map[i].start < start + size &&
		    start < map[i].start + map[i].size)
			return true;
	return false;
}

static void paging_map_direct(void)
{
	uint64_t address;

	for (address = 0; address < DIRECT_SIZE; address += LARGE_PAGE) {
		uint64_t flags = PTE_PRESENT | PTE_WRITE | PTE_LARGE;

		if (!paging_is_memory(address, LARGE_PAGE))
			flags |= PTE_UNCACHED;
		*paging_entry(DIRECT_BASE + address,
			      LEVEL_LARGE) = address | flags | paging_nx;
	}
}

static void paging_enable_nx(void)
{
	if (cpuid(CPUID_EXTENDED & 0x80000000U).eax < CPUID_EXTENDED ||
	    !(cpuid(CPUID_EXTENDED).edx & CPUID_EXTENDED_NX))
		return;
	paging_nx = PTE_NX;
	x86_efer |= EFER_NXE;
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
}

void x86_paging_init(void)
{
	if ((uint64_t)kernel_base != KERNEL_BASE ||
	    (uint64_t)kernel_start != KERNEL_BASE + KERNEL_LOAD)
		panic("kernel.lds and layout.h disagree");

	paging_enable_nx();
	paging_root = boot_alloc(X86_PAGE_SIZE, X86_PAGE_SIZE);
	paging_map_direct();
	paging_map_image(kernel_start, kernel_rodata, 0);
	paging_map_image(kernel_rodata, kernel_data, paging_nx);
	paging_map_data();
	x86_cr3 = paging_physical(paging_root);
	write_cr3(x86_cr3);
}

static void paging_map_stack(uint8_t *stack, size_t size)
{
	uint8_t *memory = boot_alloc(size, X86_PAGE_SIZE);
	size_t i;

	for (i = 0; i < size; i += X86_PAGE_SIZE)
		paging_map_page((uint64_t)&stack[i],
				paging_physical(&memory[i]),
				PTE_WRITE | paging_nx);
}

/* Memory for the stacks of a CPU; its guards stay holes. */
void x86_paging_stacks(struct x86_stacks *stacks)
{
	paging_map_stack(stacks->nmi, sizeof(stacks->nmi));
	paging_map_stack(stacks->double_fault, sizeof(stacks->double_fault));
	paging_map_stack(stacks->machine_check, sizeof(stacks->machine_check));
	paging_map_stack(stacks->main, sizeof(stacks->main));
}
