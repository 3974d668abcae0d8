/* SPDX-License-Identifier: MIT */
/*
 * The exception vectors of EL1 (Arm ARM D1.3.1). An IRQ is taken on the stack
 * of the moment; everything else is unexpected and ends the run, on a stack of
 * its own.
 */
#include "layout.h"

/*
 * An IRQ, within the 32 instructions of its vector. Handlers run with
 * interrupts masked and do not nest, and any exception in one ends the run: so
 * ELR_EL1 and SPSR_EL1 are never written in between and are not saved, nor are
 * the registers that the called C code preserves.
 */
	.macro	vector_irq
	.balign	128
	stp	x0, x1, [sp, #-176]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	str	x30, [sp, #160]
	bl	irqkit_gicv3_interrupt
	ldr	x30, [sp, #160]
	ldp	x18, x29, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #176
	eret
	.endm

/*
 * The stack may be what is broken: go to the CPU's other one. EL0 is never
 * entered, so its thread registers can keep what has no place yet.
 */
	.macro	vector_fatal number
	.balign	128
	msr	tpidr_el0, x0
	mov	x0, sp
	msr	tpidrro_el0, x0
	/* The end of the slot: STACKS_BASE + (cpu + 1 << STACK_SLOT_SHIFT). */
	mrs	x0, tpidr_el1
	add	x0, x0, #STACKS_BITS_31_16
	add	x0, x0, #1
	lsl	x0, x0, #STACK_SLOT_SHIFT
	movk	x0, #STACKS_BITS_47_32, lsl #32
	movk	x0, #STACKS_BITS_63_48, lsl #48
	mov	sp, x0
	sub	sp, sp, #FRAME_SIZE
	mrs	x0, tpidr_el0
	stp	x0, x1, [sp]
	mov	x1, #\number
	b	fatal
	.endm

	.text
	.balign	2048
	.globl	exception_vectors
exception_vectors:
	/* From EL1 with the stack pointer of EL0, which is not used. */
	vector_fatal 0
	vector_fatal 1
	vector_fatal 2
	vector_fatal 3
	/* From EL1. */
	vector_fatal 4
	vector_irq
	vector_fatal 6
	vector_fatal 7
	/* From EL0, 64-bit and 32-bit: nothing runs there. */
	vector_fatal 8
	vector_fatal 9
	vector_fatal 10
	vector_fatal 11
	vector_fatal 12
	vector_fatal 13
	vector_fatal 14
	vector_fatal 15

fatal:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, tpidrro_el0
	stp	x30, x2, [sp, #240]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #FRAME_ELR]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [sp, #FRAME_ESR]
	mov	x0, sp
	mov	x29, xzr
	mov	x30, xzr
	b	exception_fatal

/* int semihosting(unsigned int operation, void *argument) */
	.globl	semihosting
	.globl	semihosting_trap
semihosting:
semihosting_trap:
	hlt	#SEMIHOSTING_TRAP
	ret

	.section .note.GNU-stack, "", %progbits
