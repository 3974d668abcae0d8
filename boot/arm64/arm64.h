/* SPDX-License-Identifier: MIT */
/* What the files of boot/arm64 share. */
#ifndef BOOT_ARM64_ARM64_H
#define BOOT_ARM64_ARM64_H

#include <irqkit/firmware.h>
#include "kernel.h"
#include "layout.h"

#define READ_SYSREG(name)                                         \
	({                                                        \
		uint64_t read_;                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(read_)); \
		read_;                                            \
	})

/* kernel.lds and head.S */
extern char kernel_start[], kernel_end[];
extern char start_other_cpu[];
extern uint64_t kernel_l1[TABLE_ENTRIES];

/* vectors.S, fault.c */
struct exception_frame {
	uint64_t x[31];
	uint64_t sp;
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
};
extern char semihosting_trap[];
int semihosting(unsigned int operation, void *argument);
IRQKIT_NORETURN void exception_fatal(const struct exception_frame *frame,
				     unsigned int vector);

/* start.c: called by head.S, on the CPU's own stack. */
IRQKIT_NORETURN void start_boot(uint64_t tree, uint64_t image);
IRQKIT_NORETURN void start_other(unsigned int cpu);

/* clock.c */
void clock_init(void);

/* mmu.c: all on the boot CPU. Panics when the tables are used up. */
void mmu_init(uint64_t image);
uint64_t mmu_physical(const void *in_image);
/* Device registers, for use at their physical address. */
void *mmu_map_device(uint64_t address, uint64_t size);
/* Memory, at its physical address; whole pages. */
void mmu_map_memory(uint64_t start, uint64_t end);
/* The device tree, up to its end. */
const void *mmu_map_tree(uint64_t address, uint64_t size);
/* STACK_SIZE bytes of memory that mmu_map_memory() mapped. */
void mmu_map_stack(unsigned int cpu, const void *memory);
/* On each CPU, before it uses anything in the lower half. */
void mmu_use_lower_half(void);

/* tree.c */
extern struct irqkit_fdt tree;
void tree_init(uint64_t address);
/* A property that is a string, or NULL. */
const char *tree_text(int node, const char *property);
bool tree_same(const char *a, const char *b);
/* Whether the status of a node lets it be used. */
bool tree_is_usable(int node);
/* Call for each node of the tree. */
void tree_visit(void (*visit)(int node));
/* Physical range of the tree and the reservations of its header. */
void tree_reservations(void (*add)(uint64_t start, uint64_t size));
uint64_t tree_number(const uint8_t *bytes, unsigned int cells);

/* spi.c: fill in the ranges of SPIs; the distributor is mapped. */
void spi_choose(struct irqkit_gicv3_config *config);

/* ram.c: map what is free, return the largest piece. */
void ram_init(void **start, size_t *size);

/* pl011.c */
void pl011_init(void);

/* psci.c */
void psci_init(void);
/* Return: 0 or a negative errno value. */
int psci_cpu_on(struct hwcpu cpu, uint64_t entry, uint64_t context);
/* Whether a CPU can be switched off, and be seen to be off. */
bool psci_can_stop(void);
/* Whether each of them can, the boot CPU too. */
bool psci_can_stop_any(void);
/* Does not return, unless it cannot be done. */
void psci_cpu_off(void);
bool psci_is_off(struct hwcpu cpu);
void psci_system_off(void);

#endif
