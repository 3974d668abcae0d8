// SPDX-License-Identifier: MIT
/*
 * Exceptions and NMIs. The reference kernel expects none but the NMI that stops
 * a CPU: each becomes text, and the run ends as a failure.
 */
#include "kernel.h"
#include "x86.h"

#define VECTOR_NMI	    2
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_PAGE_FAULT   14

/* Error code of a page fault (SDM 4.7). */
#define FAULT_PRESENT  0x01
#define FAULT_WRITE    0x02
#define FAULT_RESERVED 0x08
#define FAULT_FETCH    0x10

/* SDM 6.3.1, table 6-1. */
static const char *const exception_names[32] = {
	"divide error",
	"debug exception",
	"NMI",
	"breakpoint",
	"overflow",
	"bound range exceeded",
	"invalid opcode",
	"FPU used",
	"double fault",
	"coprocessor segment overrun",
	"invalid TSS",
	"segment not present",
	"stack-segment fault",
	"general protection fault",
	"page fault",
	NULL,
	"FPU error",
	"alignment check",
	"machine check",
	"SIMD exception",
	"virtualization exception",
	"control protection exception",
};

/* Static, for an IST stack is small; only one CPU ever reports. */
static char exception_text[1024];
static char exception_cause_text[160];

static bool exception_in(const uint8_t *guard, uint64_t address)
{
	return address - (uint64_t)guard < STACK_GUARD;
}

static bool exception_stack_overflow(uint64_t address)
{
	const struct x86_stacks *stacks = x86_cpus[arch_this_cpu()]->stacks;

	return exception_in(stacks->main_guard, address) ||
	       exception_in(stacks->machine_check_guard, address) ||
	       exception_in(stacks->double_fault_guard, address) ||
	       exception_in(stacks->nmi_guard, address);
}

static const char *exception_access(uint64_t error)
{
	if (error & FAULT_FETCH)
		return "fetch from";
	return error & FAULT_WRITE ? "write to" : "read from";
}

static const char *exception_why(const struct x86_frame *frame)
{
	if (exception_stack_overflow(read_cr2()))
		return ", stack overflow";
	if (frame->error & FAULT_RESERVED)
		return ", reserved bit in a page table";
	return frame->error & FAULT_PRESENT ? ", not allowed" : ", not mapped";
}

static const char *exception_name(uint64_t vector)
{
	const char *name = NULL;

	if (vector < 32)
		name = exception_names[vector];
	return name ? name : "reserved exception";
}

static void exception_cause(const struct x86_frame *frame)
{
	const char *more = "";

	if (frame->vector == VECTOR_DOUBLE_FAULT &&
	    exception_stack_overflow(read_cr2()))
		more = ", stack overflow";
	format_text(exception_cause_text, sizeof(exception_cause_text),
		    "%s (vector %lu)%s", exception_name(frame->vector),
		    frame->vector, more);
}

static void exception_cause_of_page_fault(const struct x86_frame *frame)
{
	format_text(exception_cause_text, sizeof(exception_cause_text),
		    "page fault (vector %lu): %s 0x%lx%s", frame->vector,
		    exception_access(frame->error), read_cr2(),
		    exception_why(frame));
}

static void exception_registers(const struct x86_frame *f)
{
	format_text(exception_text, sizeof(exception_text),
		    "rip %016lx  rsp %016lx  rflags %08lx\n"
		    "cs  %04lx  ss %04lx  error %lx  cr2 %016lx  cr3 %lx\n"
		    "rax %016lx  rbx %016lx  rcx %016lx\n"
		    "rdx %016lx  rsi %016lx  rdi %016lx\n"
		    "rbp %016lx  r8  %016lx  r9  %016lx\n"
		    "r10 %016lx  r11 %016lx  r12 %016lx\n"
		    "r13 %016lx  r14 %016lx  r15 %016lx\n",
		    f->rip, f->rsp, f->rflags, f->cs, f->ss, f->error,
		    read_cr2(), read_cr3(), f->rax, f->rbx, f->rcx, f->rdx,
		    f->rsi, f->rdi, f->rbp, f->r8, f->r9, f->r10, f->r11,
		    f->r12, f->r13, f->r14, f->r15);
}

/* One CPU reports; others that fail meanwhile stop where they are. */
static bool exception_first(void)
{
	static unsigned int reporting;

	return !__atomic_exchange_n(&reporting, 1, __ATOMIC_RELAXED);
}

/* The gate of an NMI keeps others off until it returns (SDM 6.7.1). */
static bool exception_nmi_is_known(void)
{
	return irqkit_smp_stop_nmi() || (nmi_handler && nmi_handler());
}

void x86_exception(const struct x86_frame *frame)
{
	static const char twice[] = "\nexception while reporting another\n";
	struct x86_cpu *self = x86_cpus[arch_this_cpu()];

	if (frame->vector == VECTOR_NMI && exception_nmi_is_known())
		return;
	if (self->reports++) {
		arch_console_write(twice, sizeof(twice) - 1);
		arch_exit(1);
	}
	stop_others();
	while (!exception_first())
		arch_relax();
	if (frame->vector == VECTOR_PAGE_FAULT)
		exception_cause_of_page_fault(frame);
	else
		exception_cause(frame);
	exception_registers(frame);
	boot_exception(exception_cause_text, exception_text);
}
