/* SPDX-License-Identifier: MIT */
/*
 * Numbers that C, assembler and the linker script share: where things are in
 * memory, selectors, and the fields that the entry code reads.
 */
#ifndef BOOT_X86_LAYOUT_H
#define BOOT_X86_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_U64(value) value
#else
#define LAYOUT_U64(value) value##UL
#endif

/* The image runs here, in the top 2 GiB as -mcmodel=kernel wants it. */
#define KERNEL_BASE LAYOUT_U64(0xffffffff80000000)
#define KERNEL_LOAD 0x200000

/* Physical memory from 0 to 4 GiB, registers of devices included. */
#define DIRECT_BASE LAYOUT_U64(0xffff800000000000)
#define DIRECT_SIZE LAYOUT_U64(0x100000000)

/* The stacks of CPU 1 and up, each in a slot of its own. */
#define STACKS_BASE LAYOUT_U64(0xffffffffc0000000)
#define STACKS_SLOT 0x10000

/* The page of real-mode code that a start-up IPI names; below 1 MiB. */
#define TRAMPOLINE 0x8000

/* Places in the GDT, as selectors. CODE32 is for the way to long mode. */
#define SELECTOR_CODE	0x08
#define SELECTOR_DATA	0x10
#define SELECTOR_CODE32 0x18
#define SELECTOR_TSS	0x20

#define STACK_GUARD	4096
#define STACK_IST	8192
#define STACK_MAIN	16384
/* Three IST stacks and the main one, each with a guard below it. */
#define STACKS_SIZE (4 * STACK_GUARD + 3 * STACK_IST + STACK_MAIN)

/* Offsets into struct x86_cpu. */
#define X86_CPU_INDEX	  0
#define X86_CPU_STACK_TOP 8

#define MSR_EFER	  0xc0000080
#define MSR_GS_BASE	  0xc0000101

/* SDM 2.5; EM makes any use of the FPU or SSE an exception. */
#define CR0_PE	 0x00000001
#define CR0_EM	 0x00000004
#define CR0_ET	 0x00000010
#define CR0_NE	 0x00000020
#define CR0_WP	 0x00010000
#define CR0_NW	 0x20000000
#define CR0_CD	 0x40000000
#define CR0_PG	 0x80000000

#define CR4_DE	 0x008
#define CR4_PAE	 0x020
#define CR4_MCE	 0x040

#define EFER_LME 0x100
#define EFER_NXE 0x800

/* Bits of a page table entry (SDM 4.5). PWT and PCD together are UC. */
#define PTE_PRESENT  0x001
#define PTE_WRITE    0x002
#define PTE_PWT	     0x008
#define PTE_PCD	     0x010
#define PTE_LARGE    0x080
#define PTE_UNCACHED (PTE_PWT | PTE_PCD)

#endif
