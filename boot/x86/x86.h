/* SPDX-License-Identifier: MIT */
/*
 * What the files of boot/x86/ share: the CPU's own data, the instructions that
 * C has no word for, and each other's functions. Chapters of the manual are
 * those of the SDM, volume 3.
 */
#ifndef BOOT_X86_X86_H
#define BOOT_X86_X86_H

#include <irqkit/types.h>
#include "layout.h"

#define X86_NR_VECTORS 256
#define X86_PAGE_SIZE  4096UL

/* Stacks of the TSS that a gate can name (6.14.5). */
enum x86_ist {
	X86_IST_NONE,
	X86_IST_NMI,
	X86_IST_DOUBLE_FAULT,
	X86_IST_MACHINE_CHECK,
};

/* All stacks of a CPU; a guard is never mapped. */
struct x86_stacks {
	uint8_t nmi_guard[STACK_GUARD];
	uint8_t nmi[STACK_IST];
	uint8_t double_fault_guard[STACK_GUARD];
	uint8_t double_fault[STACK_IST];
	uint8_t machine_check_guard[STACK_GUARD];
	uint8_t machine_check[STACK_IST];
	uint8_t main_guard[STACK_GUARD];
	uint8_t main[STACK_MAIN];
} IRQKIT_ALIGNED(4096);

/* Task state segment (7.7). */
struct x86_tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7]; /* ist[0] is IST 1 */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((__packed__));

/* A gate of the IDT (6.14.1). */
struct x86_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

#define X86_GDT_ENTRIES (SELECTOR_TSS / 8 + 2)

/* A CPU's own data; the GS base points at it while the CPU runs. */
struct x86_cpu {
	uint32_t index;		   /* logical; read by arch_this_cpu() */
	uint32_t reports;	   /* exceptions that were taken here */
	uint64_t stack_top;	   /* read by secondary_start, entry.S */
	struct x86_stacks *stacks; /* their addresses, guards included */
	bool stopped;		   /* parked by arch_cpu_stop() */
	struct x86_tss tss IRQKIT_ALIGNED(16);
	uint64_t gdt[X86_GDT_ENTRIES] IRQKIT_ALIGNED(16);
	struct x86_gate idt[X86_NR_VECTORS] IRQKIT_ALIGNED(16);
};

IRQKIT_STATIC_ASSERT(offsetof(struct x86_cpu, index) == X86_CPU_INDEX,
		     "arch_this_cpu() reads the index at this offset");
IRQKIT_STATIC_ASSERT(offsetof(struct x86_cpu, stack_top) == X86_CPU_STACK_TOP,
		     "entry.S reads the stack at this offset");
IRQKIT_STATIC_ASSERT(sizeof(struct x86_stacks) == STACKS_SIZE &&
			     STACKS_SIZE <= STACKS_SLOT,
		     "entry.S takes the end of the struct for the stack");
IRQKIT_STATIC_ASSERT(sizeof(struct x86_tss) == 104 &&
			     sizeof(struct x86_gate) == 16,
		     "the CPU reads these");

/* What vectors.S leaves on the stack of an exception. */
struct x86_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* entry.S; the linker script */
extern uint32_t x86_cr0, x86_cr4, x86_efer;
extern const uint8_t x86_trampoline[], x86_trampoline_end[];
extern char kernel_base[], kernel_start[], kernel_rodata[], kernel_data[];
extern char kernel_end[];

/* vectors.S */
extern const uint64_t x86_vectors[X86_NR_VECTORS];

/* secondary.c: all read by secondary_start, entry.S */
extern struct x86_cpu *x86_cpus[IRQKIT_NR_CPUS];
extern uint32_t x86_apic_ids[IRQKIT_NR_CPUS];
extern uint32_t x86_nr_cpus;
extern struct x86_cpu x86_boot_cpu;
extern struct x86_stacks x86_boot_stacks;
void x86_secondary_init(const struct hwcpu *cpus, unsigned int nr);
IRQKIT_NORETURN void x86_secondary(struct x86_cpu *self);

/* discover.c; called by entry.S with the physical address of the start info */
IRQKIT_NORETURN void x86_main(uint64_t start_info);

/* pvh.c: what the loader said, copied to where nobody writes over it */
struct x86_memory {
	uint64_t start, size; /* bytes */
	bool ram;	      /* memory, ACPI tables in memory included */
	bool free;	      /* nobody's */
};
void x86_pvh_read(uint64_t start_info);
uint64_t x86_pvh_rsdp(void);
const struct x86_memory *x86_pvh_memory(unsigned int *nr);

/* paging.c */
extern uint64_t x86_cr3; /* read by secondary_start, entry.S */
void x86_paging_init(void);
void x86_paging_stacks(struct x86_stacks *stacks);

/* tables.c: GDT, TSS and IDT of the calling CPU */
void x86_tables_load(struct x86_cpu *self);

/* exception.c; returns from an NMI that somebody knew of */
void x86_exception(const struct x86_frame *frame);

/* mtrr.c: memory types, the same on all CPUs */
void x86_mtrr_save(void);
void x86_mtrr_load(void);

/* clock.c; @hpet is the physical address of the HPET, or 0 */
void x86_clock_init(uint64_t hpet);

/* serial.c, pic.c */
void x86_serial_init(void);
void x86_pic_disable(void);

/* Physical memory below 4 GiB, where C can reach it; NULL if it cannot. */
static inline void *x86_direct(uint64_t physical, uint64_t size)
{
	if (physical >= DIRECT_SIZE || size > DIRECT_SIZE - physical)
		return NULL;
	return (void *)(DIRECT_BASE + physical);
}

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value),
			   "d"((uint32_t)(value >> 32))
			 : "memory");
}

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf)
{
	struct cpuid result;

	__asm__ volatile("cpuid"
			 : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx),
			   "=d"(result.edx)
			 : "a"(leaf), "c"(0));
	return result;
}

static inline uint64_t read_cr0(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr0, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void write_cr0(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr0" : : "r"(value) : "memory");
}

static inline uint64_t read_cr2(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr2, %0" : "=r"(value) : : "memory");
	return value;
}

static inline uint64_t read_cr3(void)
{
	uint64_t value;

	__asm__ volatile("movq %%cr3, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void write_cr3(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr3" : : "r"(value) : "memory");
}

static inline void write_cr4(uint64_t value)
{
	__asm__ volatile("movq %0, %%cr4" : : "r"(value) : "memory");
}

/* Earlier loads are done before the counter is read (SDM 2B, RDTSC). */
static inline uint64_t rdtsc_ordered(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc"
			 : "=a"(low), "=d"(high)
			 :
			 : "memory");
	return (uint64_t)high << 32 | low;
}

#endif
