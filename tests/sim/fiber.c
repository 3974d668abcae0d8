/* SPDX-License-Identifier: MIT */
/*
 * Stacks that one process switches between. What a called function must keep
 * is pushed, then the stack is exchanged; no system call.
 */
#include "sim.h"
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

/* System V ABI: rbx, rbp, r12 to r15 are kept. */
__asm__(".text\n"
	".type sim_fiber_exchange, @function\n"
	"sim_fiber_exchange:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size sim_fiber_exchange, . - sim_fiber_exchange\n");

#define FIBER_KEPT   8U /* registers, the way back, and one for alignment */
#define FIBER_RETURN 6U

#elif defined(__aarch64__)

/* AAPCS64: x19 to x30 and the low halves of v8 to v15 are kept. */
__asm__(".text\n"
	".type sim_fiber_exchange, %function\n"
	"sim_fiber_exchange:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size sim_fiber_exchange, . - sim_fiber_exchange\n");

#define FIBER_KEPT   20U
#define FIBER_RETURN 11U

#else
#error "a switch of stacks for this machine is missing"
#endif

void sim_fiber_exchange(void **from, void *to);

void sim_fiber_make(struct sim_fiber *fiber, char *stack,
		    void (*function)(void))
{
	uintptr_t *top = (uintptr_t *)(void *)(stack + SIM_STACK_BYTES);

	top -= FIBER_KEPT;
	memset(top, 0, FIBER_KEPT * sizeof(*top));
	top[FIBER_RETURN] = (uintptr_t)function;
	fiber->stack = stack;
	fiber->stack_pointer = top;
}

void sim_fiber_switch(struct sim_fiber *from, const struct sim_fiber *to)
{
	sim_fiber_exchange(&from->stack_pointer, to->stack_pointer);
}
