/* SPDX-License-Identifier: MIT */
/*
 * Page tables after the start: device registers and free memory in the lower
 * half, stacks and the device tree in the upper one. The boot CPU alone
 * changes them, and only from invalid to valid, so no TLB holds anything old.
 */
#include "arm64.h"

#define MMU_TABLES 64

/* What layout.h says twice, since head.S and vectors.S need it so. */
IRQKIT_STATIC_ASSERT((STACKS_BASE - KERNEL_BASE) / BLOCK_SIZE ==
			     STACKS_L2_INDEX,
		     "STACKS_L2_INDEX is wrong");
IRQKIT_STATIC_ASSERT(KERNEL_MAX / BLOCK_SIZE == KERNEL_L3_TABLES,
		     "KERNEL_L3_TABLES is wrong");
IRQKIT_STATIC_ASSERT(((uint64_t)STACKS_BITS_63_48 << 48 |
		      (uint64_t)STACKS_BITS_47_32 << 32 |
		      (uint64_t)STACKS_BITS_31_16 << 16) == STACKS_BASE,
		     "STACKS_BITS are not those of STACKS_BASE");
IRQKIT_STATIC_ASSERT(STACKS_BASE + ((uint64_t)IRQKIT_NR_CPUS
				    << STACK_SLOT_SHIFT) <=
			     TREE_BASE,
		     "the stacks of all CPUs do not fit");

typedef uint64_t mmu_table_t[TABLE_ENTRIES];

static mmu_table_t mmu_tables[MMU_TABLES] IRQKIT_ALIGNED(4096);
static mmu_table_t mmu_lower IRQKIT_ALIGNED(4096);
static mmu_table_t mmu_empty IRQKIT_ALIGNED(4096);
static unsigned int mmu_tables_used;
static uint64_t mmu_image; /* physical address of the image */

uint64_t mmu_physical(const void *in_image)
{
	return (uintptr_t)in_image - KERNEL_BASE + mmu_image;
}

static uint64_t mmu_level_size(unsigned int level)
{
	return PAGE_SIZE << 9 * (3 - level);
}

/* The table below an entry; a new one if there is none. */
static uint64_t *mmu_descend(uint64_t *entry)
{
	if (!(*entry & PTE_VALID)) {
		if (mmu_tables_used == MMU_TABLES)
			panic("all %u page tables are used up", MMU_TABLES);
		*entry = mmu_physical(mmu_tables[mmu_tables_used++]) |
			 PTE_TABLE;
	}
	if ((*entry & PTE_TABLE) != PTE_TABLE)
		panic("a page table is asked for inside of a block");
	return (uint64_t *)((*entry & PTE_ADDRESS_MASK) - mmu_image +
			    KERNEL_BASE);
}

static uint64_t *mmu_entry(uint64_t *table, unsigned int level,
			   uint64_t address)
{
	return table + address / mmu_level_size(level) % TABLE_ENTRIES;
}

/* The largest page or block that starts here and fits. */
static unsigned int mmu_fit(uint64_t address, uint64_t physical, uint64_t size)
{
	unsigned int level = 1;

	while (level < 3 && ((address | physical) % mmu_level_size(level) ||
			     size < mmu_level_size(level)))
		level++;
	return level;
}

/* @level is that of the table @root; all addresses are of whole pages. */
static void mmu_map(uint64_t *root, unsigned int level, uint64_t address,
		    uint64_t physical, uint64_t size, uint64_t attributes)
{
	while (size) {
		unsigned int last = mmu_fit(address, physical, size), i;
		uint64_t value = physical | attributes |
				 (last == 3 ? PTE_PAGE : PTE_BLOCK);
		uint64_t *entry = mmu_entry(root, level, address);

		for (i = level; i < last; i++)
			entry = mmu_entry(mmu_descend(entry), i + 1, address);
		/* Two devices may share a page. */
		if (*entry && *entry != value)
			panic("0x%llx is mapped twice",
			      (unsigned long long)address);
		*entry = value;
		address += mmu_level_size(last);
		physical += mmu_level_size(last);
		size -= mmu_level_size(last);
	}
	/*
	 * The walks of this CPU see the entries from here on. Another CPU that
	 * is told of the address sees them because the walker reads coherent
	 * memory and the teller orders its stores.
	 */
	__asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

static void mmu_check(uint64_t start, uint64_t end)
{
	if (end < start || end > PTE_ADDRESS_MASK + 1)
		panic("0x%llx is out of the reach of the page tables",
		      (unsigned long long)start);
}

void *mmu_map_device(uint64_t address, uint64_t size)
{
	uint64_t start = address & ~(PAGE_SIZE - 1);
	uint64_t end = (address + size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);

	mmu_check(start, end);
	mmu_map(mmu_lower, 0, start, start, end - start, MAP_DEVICE);
	return (void *)address;
}

void mmu_map_memory(uint64_t start, uint64_t end)
{
	mmu_check(start, end);
	mmu_map(mmu_lower, 0, start, start, end - start, MAP_DATA);
}

const void *mmu_map_tree(uint64_t address, uint64_t size)
{
	uint64_t offset = address % BLOCK_SIZE;
	uint64_t length = (offset + size + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);

	mmu_check(address - offset, address - offset + length);
	mmu_map(kernel_l1, 1, TREE_BASE, address - offset, length, MAP_RODATA);
	return (const void *)(TREE_BASE + offset);
}

void mmu_map_stack(unsigned int cpu, const void *memory)
{
	uint64_t slot = STACKS_BASE + ((uint64_t)cpu << STACK_SLOT_SHIFT);
	uint64_t physical = (uintptr_t)memory;

	mmu_map(kernel_l1, 1, slot + STACK_MAIN_OFFSET, physical, STACK_MAIN,
		MAP_DATA);
	mmu_map(kernel_l1, 1, slot + STACK_FATAL_OFFSET, physical + STACK_MAIN,
		STACK_FATAL, MAP_DATA);
}

/* With an empty table in between, no walk mixes the old tables and the new. */
void mmu_use_lower_half(void)
{
	__asm__ volatile("msr ttbr0_el1, %0\n\t"
			 "isb\n\t"
			 "tlbi vmalle1\n\t"
			 "dsb nsh\n\t"
			 "isb\n\t"
			 "msr ttbr0_el1, %1\n\t"
			 "isb"
			 :
			 : "r"(mmu_physical(mmu_empty)),
			   "r"(mmu_physical(mmu_lower))
			 : "memory");
}

void mmu_init(uint64_t image)
{
	mmu_image = image;
	mmu_use_lower_half();
}
