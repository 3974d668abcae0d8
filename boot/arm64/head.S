/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of each CPU: down to EL1, page tables, MMU and caches
 * on, then C at the linked address.
 *
 * While the MMU is off the code runs where it was loaded. It then takes
 * addresses relative to the PC only, and reads nothing but its own literals,
 * which the loader cleaned to memory. So a CPU that starts later needs no
 * cache maintenance of the one that starts it.
 */
#include "layout.h"

	/* For the linker script. */
	.globl	layout_kernel_base, layout_kernel_max
	.set	layout_kernel_base, KERNEL_BASE
	.set	layout_kernel_max, KERNEL_MAX

	.section .text.head, "ax"

/* The header of an arm64 Image, 64 bytes, little endian. */
	.globl image_head
image_head:
	b	start_boot_cpu
	.long	0
	.quad	0		/* offset from a 2 MiB boundary */
	.quad	kernel_size
	.quad	0xa		/* little endian, 4 KiB pages, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* Boot CPU: x0 is the physical address of the device tree. */
start_boot_cpu:
	mov	x19, x0
	bl	drop_to_el1
	bl	make_tables
	bl	enable_mmu
	adr	x20, image_head
	ldr	x8, =boot_cpu_mapped
	br	x8

/* Other CPUs, by PSCI: x0 is the context, the logical index of the CPU. */
	.globl start_other_cpu
start_other_cpu:
	mov	x19, x0
	bl	drop_to_el1
	bl	enable_mmu
	ldr	x8, =other_cpu_mapped
	br	x8

/*
 * Return at EL1 with the MMU off, interrupts masked and SCTLR_EL1 known.
 * What EL2 could trap or change is set, since much of it is not reset.
 */
drop_to_el1:
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.hi	wrong_level
	b.eq	leave_el2
	msr	daifset, #0xf
	msr	spsel, #1
	ldr	x0, =SCTLR_OFF
	msr	sctlr_el1, x0
	isb
	ret

leave_el2:
	/* HCR_EL2: EL1 is 64-bit (RW), HVC is undefined (HCD), no traps. */
	ldr	x0, =(1 << 31 | 1 << 29)
	msr	hcr_el2, x0
	isb
	ldr	x0, =SCTLR_OFF
	msr	sctlr_el1, x0
	/* EL1 reads the CPU's own names. */
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	msr	vttbr_el2, xzr
	/* Physical timer and counter for EL1, no offset to the virtual one. */
	mov	x0, #3
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	/* CPTR_EL2: its RES1 bits; FP and SIMD trap to EL1 by CPACR_EL1. */
	mov	x0, #0x33ff
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	/* MDCR_EL2.HPMN: all event counters are EL1's, if there is a PMU. */
	mrs	x0, id_aa64dfr0_el1
	ubfx	x0, x0, #8, #4
	mov	x1, #0
	sub	x2, x0, #1
	cmp	x2, #0xe
	b.hs	1f
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #11, #5
1:	msr	mdcr_el2, x1
	/* Fine-grained traps off, where there are any (FEAT_FGT). */
	mrs	x0, id_aa64mmfr0_el1
	ubfx	x0, x0, #56, #4
	cbz	x0, 2f
	msr	s3_4_c1_c1_4, xzr	/* HFGRTR_EL2 */
	msr	s3_4_c1_c1_5, xzr	/* HFGWTR_EL2 */
	msr	s3_4_c1_c1_6, xzr	/* HFGITR_EL2 */
	msr	s3_4_c3_c1_4, xzr	/* HDFGRTR_EL2 */
	msr	s3_4_c3_c1_5, xzr	/* HDFGWTR_EL2 */
	/* System registers of the GIC for EL1 (IHI 0069, 12.2.22). */
2:	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 3f
	mrs	x0, s3_4_c12_c9_5	/* ICC_SRE_EL2: Enable, SRE */
	mov	x1, #9
	orr	x0, x0, x1
	msr	s3_4_c12_c9_5, x0
	isb
	msr	s3_4_c12_c11_0, xzr	/* ICH_HCR_EL2: no virtual ones */
3:	mov	x0, #SPSR_EL1H_MASKED
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret

/* EL3 is firmware's. Say so by the status, or stop. */
wrong_level:
	adr	x1, wrong_level_exit
	mov	w0, #SEMIHOSTING_EXIT
	hlt	#SEMIHOSTING_TRAP
1:	wfi
	b	1b

/*
 * Map the pages from x2 to x3 with attributes x4, into the tables of level 3
 * at x0, the first entry of which stands for the address x1. At least one
 * page is mapped. Uses x5, x6.
 */
map_pages:
	sub	x5, x2, x1
	lsr	x5, x5, #PAGE_SHIFT
	orr	x6, x2, x4
	str	x6, [x0, x5, lsl #3]
	add	x2, x2, #PAGE_SIZE
	cmp	x2, x3
	b.lo	map_pages
	ret

	.macro	phys register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	/* Make entry \index (a register) of \table point to \next. */
	.macro	link_table table, index, next
	phys	x5, \table
	phys	x6, \next
	orr	x6, x6, #PTE_TABLE
	str	x6, [x5, \index, lsl #3]
	.endm

/*
 * The kernel's tables; the boot CPU's stack is in its slot. And those of the
 * lower half for the moment in which the MMU goes on: the first 2 MiB of the
 * image, this code among them, at their physical address.
 */
make_tables:
	mov	x29, x30
	phys	x0, start_tables
	phys	x1, start_tables_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b

	adr	x7, image_head
	ubfx	x8, x7, #39, #9
	link_table once_l0, x8, once_l1
	ubfx	x8, x7, #30, #9
	link_table once_l1, x8, once_l2
	ubfx	x8, x7, #BLOCK_SHIFT, #9
	phys	x5, once_l2
	ldr	x6, =(MAP_CODE | PTE_BLOCK)
	orr	x6, x6, x7
	str	x6, [x5, x8, lsl #3]

	link_table kernel_l1, xzr, kernel_l2
	phys	x5, kernel_l2
	phys	x6, kernel_l3
	orr	x6, x6, #PTE_TABLE
	mov	x8, #KERNEL_L3_TABLES
1:	str	x6, [x5], #8
	add	x6, x6, #PAGE_SIZE
	subs	x8, x8, #1
	b.ne	1b
	mov	x8, #STACKS_L2_INDEX
	link_table kernel_l2, x8, stacks_l3

	phys	x0, kernel_l3
	mov	x1, x7
	mov	x2, x7
	phys	x3, kernel_rodata
	ldr	x4, =(MAP_CODE | PTE_PAGE)
	bl	map_pages
	phys	x3, kernel_data
	ldr	x4, =(MAP_RODATA | PTE_PAGE)
	bl	map_pages
	phys	x3, kernel_end
	ldr	x4, =(MAP_DATA | PTE_PAGE)
	bl	map_pages

	phys	x0, stacks_l3
	phys	x2, boot_stack
	sub	x1, x2, #STACK_MAIN_OFFSET
	add	x3, x2, #STACK_MAIN
	bl	map_pages
	mov	x1, #STACK_FATAL_OFFSET
	sub	x1, x2, x1
	add	x3, x2, #STACK_FATAL
	bl	map_pages

	/*
	 * The tables were written past the caches. Drop what the caches may
	 * hold of them from before: the walks of the MMU, in enable_mmu of
	 * every CPU, look there first.
	 */
	dsb	sy
	mrs	x5, ctr_el0
	ubfx	x5, x5, #16, #4
	mov	x6, #4
	lsl	x6, x6, x5		/* bytes of the smallest cache line */
	phys	x0, start_tables
	phys	x1, start_tables_end
1:	dc	ivac, x0
	add	x0, x0, x6
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	mov	x30, x29
	ret

/* The same on each CPU; its own TLB and instruction cache are emptied. */
enable_mmu:
	tlbi	vmalle1
	ic	iallu
	/* CPACR_EL1: any use of FP or SIMD is an exception. */
	msr	cpacr_el1, xzr
	ldr	x0, =MAIR_VALUE
	msr	mair_el1, x0
	mrs	x1, id_aa64mmfr0_el1
	ubfx	x1, x1, #0, #4
	mov	x2, #PA_RANGE_48
	cmp	x1, x2
	csel	x1, x1, x2, lo
	ldr	x0, =TCR_VALUE
	orr	x0, x0, x1, lsl #TCR_IPS_SHIFT
	msr	tcr_el1, x0
	phys	x0, once_l0
	msr	ttbr0_el1, x0
	phys	x0, kernel_l1
	msr	ttbr1_el1, x0
	/*
	 * The old translations are gone before the new are used. On a CPU that
	 * PSCI started this pairs with the DSB in PSCI_ASM of psci.c.
	 */
	dsb	nsh
	isb
	ldr	x0, =SCTLR_ON
	msr	sctlr_el1, x0
	isb
	ret

	.ltorg
	.balign	8
wrong_level_exit:
	.quad	0x20026, 1	/* ADP_Stopped_ApplicationExit, failure */

	.text

	/*
	 * What C needs from its first instruction on: the number of the CPU,
	 * vectors, a stack. SError may come from now on: it is reported.
	 */
	.macro	enter_c cpu, function
	msr	tpidr_el1, \cpu
	ldr	x8, =exception_vectors
	msr	vbar_el1, x8
	ldr	x8, =(STACKS_BASE + STACK_MAIN_TOP)
	add	x8, x8, \cpu, lsl #STACK_SLOT_SHIFT
	mov	sp, x8
	isb
	msr	daifclr, #4
	mov	x29, xzr
	mov	x30, xzr
	b	\function
	.endm

boot_cpu_mapped:
	ldr	x0, =kernel_bss
	ldr	x1, =kernel_bss_end
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:	mov	x0, x19
	mov	x1, x20
	mov	x2, xzr
	enter_c	x2, start_boot

other_cpu_mapped:
	mov	x0, x19
	enter_c	x19, start_other

	.ltorg

	.section .start, "aw", %nobits
	.balign	4096
start_tables:
once_l0:
	.skip	4096
once_l1:
	.skip	4096
once_l2:
	.skip	4096
	.globl	kernel_l1
kernel_l1:
	.skip	4096
	.globl	kernel_l2
kernel_l2:
	.skip	4096
kernel_l3:
	.skip	4096 * KERNEL_L3_TABLES
stacks_l3:
	.skip	4096
start_tables_end:
boot_stack:
	.skip	STACK_SIZE

	.section .note.GNU-stack, "", %progbits
