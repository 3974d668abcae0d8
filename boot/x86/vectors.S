/* SPDX-License-Identifier: MIT */
/*
 * Where the CPU goes for each vector: x86_vectors[] holds 256 addresses for
 * the IDTs. An exception saves all registers for the report, and returns only
 * if it was an NMI that somebody knew of. An interrupt saves only what the C ABI
 * lets a function change, and has a whole path of its own, without a jump: its
 * instructions are counted.
 *
 * The kernel never sets the direction flag, so no path clears it again but
 * that of exceptions.
 */
	.section .rodata.vectors, "a"
	.balign	8
	.globl	x86_vectors
x86_vectors:

	.text

/* Those with an error code: SDM 6.3.1, table 6-1; AMD APM 2, 8.2. */
	.macro	EXCEPTION number
	.balign	16
771:
	.if (\number == 8) || ((\number >= 10) && (\number <= 14)) || \
	    (\number == 17) || (\number == 21) || (\number == 29) || \
	    (\number == 30)
	.else
	pushq	$0
	.endif
	pushq	$\number
	jmp	exception
	.pushsection .rodata.vectors, "a"
	.quad	771b
	.popsection
	.endm

/*
 * The CPU aligned RSP to 16 and pushed five words; with these nine it is
 * aligned again at the call.
 */
	.macro	INTERRUPT number
	.balign	16
772:
	pushq	%rdi
	movl	$\number, %edi
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	call	irqkit_x86_interrupt
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rax
	popq	%rdi
	iretq
	.pushsection .rodata.vectors, "a"
	.quad	772b
	.popsection
	.endm

	.set	vector, 0
	.rept	32
	EXCEPTION vector
	.set	vector, vector + 1
	.endr

	.rept	224
	INTERRUPT vector
	.set	vector, vector + 1
	.endr

/* The order is that of struct x86_frame, from its end. */
exception:
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	call	x86_exception
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	addq	$16, %rsp	/* the vector and the error code */
	iretq

	.section .note.GNU-stack, "", @progbits
