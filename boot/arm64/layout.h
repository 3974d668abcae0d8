/* SPDX-License-Identifier: MIT */
/*
 * Numbers that C, assembler and the linker script share: where things are in
 * memory, and what the start-up code writes into system registers and page
 * tables. "Arm ARM" is the Arm Architecture Reference Manual for A-profile.
 */
#ifndef BOOT_ARM64_LAYOUT_H
#define BOOT_ARM64_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_U64(value) value
#else
#define LAYOUT_U64(value) value##ULL
#endif

/*
 * The upper half, TTBR1: 39 bits of address, so its tables begin at level 1,
 * and one table of level 2 holds all of it.
 *
 *   KERNEL_BASE  the image, by pages: up to KERNEL_MAX bytes
 *   STACKS_BASE  a slot for each CPU
 *   TREE_BASE    the device tree, read only
 *
 * The lower half, TTBR0: free memory and device registers, each at its
 * physical address. The image, the tree and reserved memory are not there.
 */
#define KERNEL_BASE LAYOUT_U64(0xffffff8000000000)
#define KERNEL_MAX  LAYOUT_U64(0x1000000)
#define STACKS_BASE LAYOUT_U64(0xffffff8008000000)
#define TREE_BASE   LAYOUT_U64(0xffffff8020000000)

#define PAGE_SHIFT  12
#define PAGE_SIZE   LAYOUT_U64(0x1000)
#define BLOCK_SHIFT 21
#define BLOCK_SIZE  LAYOUT_U64(0x200000)

/* Tables of level 3 for an image of KERNEL_MAX. */
#define KERNEL_L3_TABLES 8
/* Its place in the kernel's table of level 2. */
#define STACKS_L2_INDEX 64

/*
 * A slot: unmapped, stack, unmapped, stack for exceptions. So an overflow is
 * an exception, and the report of it has room. Both stacks are one piece of
 * memory, of STACK_SIZE bytes, the one for exceptions last.
 */
#define STACK_SLOT_SHIFT   16
#define STACK_MAIN_OFFSET  0x4000
#define STACK_MAIN	   0x8000
#define STACK_FATAL_OFFSET 0xe000
#define STACK_FATAL	   0x2000
#define STACK_SIZE	   (STACK_MAIN + STACK_FATAL)
#define STACK_MAIN_TOP	   (STACK_MAIN_OFFSET + STACK_MAIN)
/* vectors.S builds the address of a slot from these parts of STACKS_BASE. */
#define STACKS_BITS_63_48 0xffff
#define STACKS_BITS_47_32 0xff80
#define STACKS_BITS_31_16 0x0800

/* Descriptors of the translation tables (Arm ARM D8.3). */
#define TABLE_ENTRIES	 512
#define PTE_VALID	 LAYOUT_U64(0x1)
#define PTE_TABLE	 LAYOUT_U64(0x3) /* levels 0 to 2 */
#define PTE_BLOCK	 LAYOUT_U64(0x1) /* levels 1 and 2 */
#define PTE_PAGE	 LAYOUT_U64(0x3) /* level 3 */
#define PTE_NORMAL	 LAYOUT_U64(0x4) /* AttrIndx 1 */
#define PTE_DEVICE	 LAYOUT_U64(0x0) /* AttrIndx 0 */
#define PTE_READ_ONLY	 LAYOUT_U64(0x80)
#define PTE_INNER	 LAYOUT_U64(0x300)
#define PTE_ACCESSED	 LAYOUT_U64(0x400)
#define PTE_EL1_NO_EXEC	 LAYOUT_U64(0x20000000000000)
#define PTE_EL0_NO_EXEC	 LAYOUT_U64(0x40000000000000)
#define PTE_ADDRESS_MASK LAYOUT_U64(0xfffffffff000)

#define MAP_MEMORY	 (PTE_NORMAL | PTE_INNER | PTE_ACCESSED | PTE_EL0_NO_EXEC)
#define MAP_CODE	 (MAP_MEMORY | PTE_READ_ONLY)
#define MAP_RODATA	 (MAP_MEMORY | PTE_READ_ONLY | PTE_EL1_NO_EXEC)
#define MAP_DATA	 (MAP_MEMORY | PTE_EL1_NO_EXEC)
#define MAP_DEVICE \
	(PTE_DEVICE | PTE_ACCESSED | PTE_EL0_NO_EXEC | PTE_EL1_NO_EXEC)

/* Index 0 is Device-nGnRnE, 1 Normal write-back (Arm ARM D23.2, MAIR_EL1). */
#define MAIR_VALUE 0xff00

/*
 * TCR_EL1: 48 bits below and 39 above, pages of 4 KiB in both halves, table
 * walks write-back and inner shareable. IPS comes from the CPU.
 */
#define TCR_T0SZ_48   16
#define TCR_T1SZ_39   LAYOUT_U64(0x190000)
#define TCR_WALKS_0   LAYOUT_U64(0x3500)
#define TCR_WALKS_1   LAYOUT_U64(0x35000000)
#define TCR_TG1_4K    LAYOUT_U64(0x80000000)
#define TCR_IPS_SHIFT 32
#define TCR_VALUE \
	(TCR_T0SZ_48 | TCR_T1SZ_39 | TCR_WALKS_0 | TCR_WALKS_1 | TCR_TG1_4K)
/* ID_AA64MMFR0_EL1.PARange 5 is 48 bits, the most that TCR_VALUE reaches. */
#define PA_RANGE_48 5

/*
 * SCTLR_EL1 with the MMU off: little endian, and those fields that are one
 * where their feature is missing (LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS).
 * Then MMU, data cache, stack alignment check, instruction cache.
 */
#define SCTLR_OFF LAYOUT_U64(0x30d00800)
#define SCTLR_ON  LAYOUT_U64(0x30d0180d)

/* EL1 with its own stack pointer, all interrupts masked. */
#define SPSR_EL1H_MASKED 0x3c5

/* What else the exception frame of vectors.S holds behind x0 to x30. */
#define FRAME_SP	 248
#define FRAME_ELR	 256
#define FRAME_SPSR	 264
#define FRAME_ESR	 272
#define FRAME_FAR	 280
#define FRAME_SIZE	 288

#define SEMIHOSTING_TRAP 0xf000
#define SEMIHOSTING_EXIT 0x20

#endif
