/* SPDX-License-Identifier: MIT */
/* Instructions of the CPU that the backend needs, and no state. */
#ifndef ARCH_X86_CPU_X86_H
#define ARCH_X86_CPU_X86_H

#include <irqkit/port.h>

#define X86_LIKELY(condition)	(__builtin_expect(!!(condition), 1))
#define X86_UNLIKELY(condition) (__builtin_expect(!!(condition), 0))

/* Kept out of its caller, which then saves no register for it. */
#define X86_SELDOM   __attribute__((__noinline__))

#define X86_FLAGS_IF (1UL << 9) /* interrupts are on (SDM vol. 1, 3.4.3) */

static inline uint64_t x86_read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void x86_write_msr(uint32_t msr, uint32_t low, uint32_t high)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"(low), "d"(high) : "memory");
}

/* A register in memory. */
static inline uint32_t x86_read_register(const volatile uint8_t *at)
{
	return *(const volatile uint32_t *)at;
}

static inline void x86_write_register(volatile uint8_t *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

struct x86_cpuid {
	uint32_t a, b, c, d;
};

static inline struct x86_cpuid x86_cpuid(uint32_t leaf)
{
	struct x86_cpuid id;

	__asm__ volatile("cpuid"
			 : "=a"(id.a), "=b"(id.b), "=c"(id.c), "=d"(id.d)
			 : "a"(leaf), "c"(0));
	return id;
}

/*
 * The port's calls do the same; these save a send the way there and back.
 */
static inline unsigned long x86_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("pushf\n\tpop %0\n\tcli" : "=r"(flags) : : "memory");
	return flags;
}

static inline void x86_irq_restore(unsigned long flags)
{
	if (X86_LIKELY((flags & X86_FLAGS_IF) != 0))
		__asm__ volatile("sti" : : : "memory");
}

static inline void x86_relax(void)
{
#if IRQKIT_PORT_RELAX
	irqkit_port_relax();
#else
	__asm__ volatile("pause" : : : "memory");
#endif
}

#endif
