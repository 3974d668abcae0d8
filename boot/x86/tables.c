// SPDX-License-Identifier: MIT
/*
 * GDT, TSS and IDT. Each CPU has its own of all three; the IDTs are alike.
 */
#include "x86.h"

/* Descriptors (SDM 3.4.5): flat, present, ring 0. */
#define GDT_CODE64 0x00af9a000000ffffUL
#define GDT_DATA   0x00cf92000000ffffUL

/* An available 64-bit TSS, present (SDM 7.2.3). */
#define GDT_TSS_TYPE 0x89UL

/* An interrupt gate, present: IF is clear in the handler (SDM 6.14.1). */
#define IDT_INTERRUPT_GATE   0x8e

#define VECTOR_NMI	     2
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_MACHINE_CHECK 18

struct tables_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((__packed__));

#define STACK_TOP(stack) ((uint64_t)(stack) + sizeof(stack))

static void tables_make_tss(struct x86_cpu *self)
{
	struct x86_tss *tss = &self->tss;
	struct x86_stacks *stacks = self->stacks;

	*tss = (struct x86_tss){.io_map = sizeof(*tss)};
	tss->ist[X86_IST_NMI - 1] = STACK_TOP(stacks->nmi);
	tss->ist[X86_IST_DOUBLE_FAULT - 1] = STACK_TOP(stacks->double_fault);
	tss->ist[X86_IST_MACHINE_CHECK - 1] = STACK_TOP(stacks->machine_check);
}

static void tables_make_gdt(struct x86_cpu *self)
{
	uint64_t base = (uint64_t)&self->tss;
	uint64_t limit = sizeof(self->tss) - 1;
	uint64_t *tss = &self->gdt[SELECTOR_TSS / 8];

	self->gdt[SELECTOR_CODE / 8] = GDT_CODE64;
	self->gdt[SELECTOR_DATA / 8] = GDT_DATA;
	/* Made anew each time: LTR marks it busy, and refuses a busy one. */
	tss[0] = limit | (base & 0xffffff) << 16 | GDT_TSS_TYPE << 40 |
		 (base >> 24 & 0xff) << 56;
	tss[1] = base >> 32;
}

static enum x86_ist tables_ist(unsigned int vector)
{
	switch (vector) {
	case VECTOR_NMI:
		return X86_IST_NMI;
	case VECTOR_DOUBLE_FAULT:
		return X86_IST_DOUBLE_FAULT;
	case VECTOR_MACHINE_CHECK:
		return X86_IST_MACHINE_CHECK;
	default:
		return X86_IST_NONE;
	}
}

static void tables_make_idt(struct x86_cpu *self)
{
	unsigned int i;

	for (i = 0; i < X86_NR_VECTORS; i++) {
		uint64_t entry = x86_vectors[i];

		self->idt[i] = (struct x86_gate){
			.offset_low = (uint16_t)entry,
			.offset_middle = (uint16_t)(entry >> 16),
			.offset_high = (uint32_t)(entry >> 32),
			.selector = SELECTOR_CODE,
			.ist = (uint8_t)tables_ist(i),
			.type = IDT_INTERRUPT_GATE,
		};
	}
}

/* FS and GS are left alone: a selector written to GS would clear its base. */
static void tables_load_gdt(struct x86_cpu *self)
{
	struct tables_pointer gdt = {sizeof(self->gdt) - 1,
				     (uint64_t)self->gdt};

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovl %2, %%eax\n\t"
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "movl %%eax, %%ss"
			 :
			 : "m"(gdt), "i"(SELECTOR_CODE), "i"(SELECTOR_DATA)
			 : "rax", "memory");
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS) : "memory");
}

void x86_tables_load(struct x86_cpu *self)
{
	struct tables_pointer idt = {sizeof(self->idt) - 1,
				     (uint64_t)self->idt};

	tables_make_tss(self);
	tables_make_gdt(self);
	tables_make_idt(self);
	tables_load_gdt(self);
	__asm__ volatile("lidt %0" : : "m"(idt) : "memory");
}
