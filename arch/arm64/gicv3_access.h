/* SPDX-License-Identifier: MIT */
/*
 * The instructions that reach the controller: loads and stores of registers in
 * memory, system registers, and the barriers that order them. A test on the
 * host has others in their place.
 */
#ifndef ARCH_ARM64_GICV3_ACCESS_H
#define ARCH_ARM64_GICV3_ACCESS_H

#include <irqkit/types.h>

/*
 * A hypervisor can emulate only loads and stores of one register without
 * write-back, so the compiler is not left to choose the instruction.
 */
static inline uint32_t gicv3_read32(const volatile void *frame, size_t offset)
{
	const volatile uint32_t *reg =
		(const volatile uint32_t *)((const volatile char *)frame +
					    offset);
	uint32_t value;

	__asm__ volatile("ldr %w0, %1" : "=r"(value) : "Q"(*reg) : "memory");
	return value;
}

static inline uint64_t gicv3_read64(const volatile void *frame, size_t offset)
{
	const volatile uint64_t *reg =
		(const volatile uint64_t *)((const volatile char *)frame +
					    offset);
	uint64_t value;

	__asm__ volatile("ldr %x0, %1" : "=r"(value) : "Q"(*reg) : "memory");
	return value;
}

static inline void gicv3_write32(volatile void *frame, size_t offset,
				 uint32_t value)
{
	volatile uint32_t *reg =
		(volatile uint32_t *)((volatile char *)frame + offset);

	__asm__ volatile("str %w1, %0" : "=Q"(*reg) : "rZ"(value) : "memory");
}

static inline void gicv3_write64(volatile void *frame, size_t offset,
				 uint64_t value)
{
	volatile uint64_t *reg =
		(volatile uint64_t *)((volatile char *)frame + offset);

	__asm__ volatile("str %x1, %0" : "=Q"(*reg) : "rZ"(value) : "memory");
}

#define gicv3_read_sysreg(name)                                          \
	({                                                               \
		uint64_t sysreg_value_;                                  \
		__asm__ volatile("mrs %0, " name : "=r"(sysreg_value_)); \
		sysreg_value_;                                           \
	})

#define gicv3_write_sysreg(name, value)            \
	__asm__ volatile("msr " name ", %x0"       \
			 :                         \
			 : "rZ"((uint64_t)(value)) \
			 : "memory")

/* All stores before are visible to the other CPUs; nothing after began. */
static inline void gicv3_dsb_ishst(void)
{
	__asm__ volatile("dsb ishst" : : : "memory");
}

/* All accesses and register reads before are done; nothing after began. */
static inline void gicv3_dsb_sy(void)
{
	__asm__ volatile("dsb sy" : : : "memory");
}

/* What system register writes before do is seen by what comes after. */
static inline void gicv3_isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

#endif
