/* SPDX-License-Identifier: MIT */
/*
 * Exceptions that nobody expects: each becomes text, and the run ends as a
 * failure. Syndromes are from the Arm ARM D23.2, ESR_EL1.
 */
#include "arm64.h"

IRQKIT_STATIC_ASSERT(offsetof(struct exception_frame, sp) == FRAME_SP,
		     "vectors.S stores sp elsewhere");
IRQKIT_STATIC_ASSERT(offsetof(struct exception_frame, elr) == FRAME_ELR,
		     "vectors.S stores elr elsewhere");
IRQKIT_STATIC_ASSERT(offsetof(struct exception_frame, esr) == FRAME_ESR,
		     "vectors.S stores esr elsewhere");
IRQKIT_STATIC_ASSERT(sizeof(struct exception_frame) == FRAME_SIZE,
		     "vectors.S makes a frame of another size");

#define FAULT_EC_SHIFT	       26
#define FAULT_UNKNOWN	       0x00
#define FAULT_FETCH_ABORT      0x21
#define FAULT_DATA_ABORT       0x25
#define FAULT_ISS_WRITE	       (1U << 6)  /* of a data abort */
#define FAULT_ISS_FAR_UNKNOWN  (1U << 10) /* of both aborts */
#define FAULT_ISS_STATUS       0x3fU
#define FAULT_STATUS_EXTERNAL  0x10
#define FAULT_STATUS_ALIGNMENT 0x21

static char fault_cause_text[160];
static char fault_text[1280];
static bool fault_reporting[IRQKIT_NR_CPUS];

static const char *const fault_kinds[4] = {
	"synchronous exception",
	"IRQ",
	"FIQ",
	"SError",
};

static const char *const fault_origins[4] = {
	" with SP_EL0",
	"",
	" from EL0",
	" from 32-bit EL0",
};

static const char *fault_class(unsigned int ec)
{
	switch (ec) {
	case FAULT_UNKNOWN:
		return "undefined instruction";
	case 0x01:
		return "trapped WFI or WFE";
	case 0x07:
		return "FP or SIMD instruction, which the kernel does not use";
	case 0x0d:
		return "branch target exception";
	case 0x0e:
		return "illegal execution state";
	case 0x15:
		return "SVC instruction";
	case 0x16:
		return "HVC instruction";
	case 0x17:
		return "SMC instruction";
	case 0x18:
		return "trapped system register access";
	case 0x19:
		return "SVE instruction, which the kernel does not use";
	case 0x1d:
		return "SME instruction, which the kernel does not use";
	case FAULT_FETCH_ABORT:
		return "instruction abort";
	case 0x22:
		return "misaligned PC";
	case FAULT_DATA_ABORT:
		return "data abort";
	case 0x26:
		return "misaligned stack pointer";
	case 0x2f:
		return "SError";
	case 0x31:
		return "breakpoint";
	case 0x33:
		return "software step";
	case 0x35:
		return "watchpoint";
	case 0x3c:
		return "BRK instruction";
	}
	return "exception of another class";
}

static const char *fault_status(unsigned int status)
{
	switch (status) {
	case FAULT_STATUS_EXTERNAL:
		return "external abort";
	case FAULT_STATUS_ALIGNMENT:
		return "misaligned";
	}
	switch (status >> 2) {
	case 0:
		return "beyond the address size";
	case 1:
		return "not mapped";
	case 2:
		return "access flag clear";
	case 3:
		return "not allowed";
	case 5:
		return "external abort in a page table walk";
	}
	return "another fault";
}

/* An access to a part of this CPU's slot that is not mapped. */
static bool fault_is_overflow(uint64_t address)
{
	uint64_t slot = STACKS_BASE +
			((uint64_t)arch_this_cpu() << STACK_SLOT_SHIFT);
	uint64_t offset = address - slot;

	return offset < STACK_MAIN_OFFSET ||
	       (offset >= STACK_MAIN_TOP && offset < STACK_FATAL_OFFSET);
}

static const char *fault_access(unsigned int ec, uint64_t esr)
{
	if (ec == FAULT_FETCH_ABORT)
		return "fetch from";
	return esr & FAULT_ISS_WRITE ? "write to" : "read from";
}

static void fault_abort_cause(const struct exception_frame *frame,
			      unsigned int ec)
{
	const char *why = fault_status(frame->esr & FAULT_ISS_STATUS);

	if (frame->esr & FAULT_ISS_FAR_UNKNOWN) {
		format_text(fault_cause_text, sizeof(fault_cause_text),
			    "%s: %s", fault_class(ec), why);
		return;
	}
	if (fault_is_overflow(frame->far))
		why = "stack overflow";
	format_text(fault_cause_text, sizeof(fault_cause_text),
		    "%s: %s 0x%llx, %s", fault_class(ec),
		    fault_access(ec, frame->esr),
		    (unsigned long long)frame->far, why);
}

static void fault_cause(const struct exception_frame *frame,
			unsigned int vector)
{
	unsigned int ec = (frame->esr >> FAULT_EC_SHIFT) & 0x3f;

	if (vector % 4)
		format_text(fault_cause_text, sizeof(fault_cause_text), "%s%s",
			    fault_kinds[vector % 4],
			    fault_origins[vector / 4 % 4]);
	else if (ec == FAULT_FETCH_ABORT || ec == FAULT_DATA_ABORT)
		fault_abort_cause(frame, ec);
	else
		format_text(fault_cause_text, sizeof(fault_cause_text), "%s%s",
			    fault_class(ec), fault_origins[vector / 4 % 4]);
}

static void fault_registers(const struct exception_frame *frame)
{
	unsigned int i;
	int used;

	used = format_text(
		fault_text, sizeof(fault_text),
		"elr %016llx  sp %016llx  spsr %08llx\n"
		"esr %08llx  far %016llx\n",
		(unsigned long long)frame->elr, (unsigned long long)frame->sp,
		(unsigned long long)frame->spsr, (unsigned long long)frame->esr,
		(unsigned long long)frame->far);
	for (i = 0; i < 31; i++)
		used += format_text(
			fault_text + used, sizeof(fault_text) - (size_t)used,
			"x%-2u %016llx%s", i, (unsigned long long)frame->x[i],
			i % 3 == 2 || i == 30 ? "\n" : "  ");
}

/* One CPU reports; others that fail meanwhile stop where they are. */
static void fault_wait_turn(void)
{
	static bool taken;

	while (__atomic_exchange_n(&taken, true, __ATOMIC_RELAXED))
		arch_relax();
}

void exception_fatal(const struct exception_frame *frame, unsigned int vector)
{
	static const char twice[] = "\nexception while reporting another\n";
	bool *reporting = &fault_reporting[arch_this_cpu()];

	/* arch_exit() found no semihosting; or the console did not. */
	if (frame->elr == (uintptr_t)semihosting_trap) {
		psci_system_off();
		arch_halt();
	}
	if (*reporting) {
		arch_console_write(twice, sizeof(twice) - 1);
		arch_exit(1);
	}
	*reporting = true;
	stop_others();
	fault_wait_turn();
	fault_cause(frame, vector);
	fault_registers(frame);
	boot_exception(fault_cause_text, fault_text);
}
