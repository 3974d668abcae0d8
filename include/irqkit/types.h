/* SPDX-License-Identifier: MIT */
/*
 * Words that are never mixed: irq is the library's number, hwirq the number
 * at one controller, cpu the kernel's dense index, hwcpu what the hardware
 * calls a CPU. The last is a struct so that a mix-up does not compile.
 */
#ifndef IRQKIT_TYPES_H
#define IRQKIT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <irqkit/config.h>
#include <irqkit/names.h>

#ifdef __cplusplus
#define IRQKIT_BEGIN_DECLS extern "C" {
#define IRQKIT_END_DECLS   }
#else
#define IRQKIT_BEGIN_DECLS
#define IRQKIT_END_DECLS
#endif

#define IRQKIT_PRINTF(format, first) \
	__attribute__((__format__(__printf__, format, first)))
#define IRQKIT_NORETURN	      __attribute__((__noreturn__))
#define IRQKIT_ALIGNED(bytes) __attribute__((__aligned__(bytes)))

/*
 * Clang's thread-safety analysis reads these at prototypes and at the
 * definition of a lock; they are empty under GCC.
 */
#if defined(__clang__)
#define IRQKIT_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define IRQKIT_THREAD_SAFETY(attribute)
#endif
#define IRQKIT_CAPABILITY(name) IRQKIT_THREAD_SAFETY(capability(name))
#define IRQKIT_ACQUIRES(...) \
	IRQKIT_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define IRQKIT_TRY_ACQUIRES(...) \
	IRQKIT_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
#define IRQKIT_RELEASES(...) \
	IRQKIT_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define IRQKIT_REQUIRES(...) \
	IRQKIT_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define IRQKIT_UNCHECKED_LOCKING IRQKIT_THREAD_SAFETY(no_thread_safety_analysis)

/*
 * Loads and stores that other CPUs may race with, of words that the CPU reads
 * and writes whole. Volatile rather than __atomic accesses, as compilers use
 * the CPU's scaled addresses for these only; a race detector is told the truth.
 */
#if defined(__SANITIZE_THREAD__)
#define IRQKIT_LOAD_RELAXED(pointer) __atomic_load_n(pointer, __ATOMIC_RELAXED)
#define IRQKIT_LOAD_DEPENDENT(pointer) \
	__atomic_load_n(pointer, __ATOMIC_CONSUME)
#define IRQKIT_STORE_RELAXED(pointer, value) \
	__atomic_store_n(pointer, value, __ATOMIC_RELAXED)
#define IRQKIT_INCREMENT_RELAXED(pointer) \
	IRQKIT_STORE_RELAXED(pointer, IRQKIT_LOAD_RELAXED(pointer) + 1)
#else
#define IRQKIT_LOAD_RELAXED(pointer) \
	(*(const volatile __typeof__(*(pointer)) *)(pointer))
#define IRQKIT_STORE_RELAXED(pointer, value) \
	((void)(*(volatile __typeof__(*(pointer)) *)(pointer) = (value)))
/* Of a word that nobody else writes; not volatile, as it is one instruction. */
#define IRQKIT_INCREMENT_RELAXED(pointer) ((void)(*(pointer) += 1))
/* Of a pointer that is then followed, which is order enough. */
#define IRQKIT_LOAD_DEPENDENT(pointer)	  IRQKIT_LOAD_RELAXED(pointer)
#endif

/* Number of an interrupt at its controller. 0 is valid. */
typedef unsigned long irq_hw_number_t;
#define IRQKIT_INVALID_HWIRQ (~0UL)
#ifndef IRQKIT_NO_SHORT_NAMES
#define INVALID_HWIRQ IRQKIT_INVALID_HWIRQ
#endif

/* What the hardware calls a CPU: APIC id, MPIDR affinity fields, hart id. */
struct hwcpu {
	uint64_t id;
};

/*
 * A spin lock of the library: taken with interrupts off on this CPU, held for
 * a bounded time. Only the library's own files take one.
 */
struct IRQKIT_CAPABILITY("lock") irqkit_lock {
	unsigned int next;  /* ticket of the next to come */
	unsigned int owner; /* ticket of the one that may enter */
#if IRQKIT_DEBUG
	unsigned int rank;   /* place in the lock order, 0 is outermost */
	unsigned int holder; /* cpu + 1 of the CPU that holds it, or 0 */
#endif
};

#include <irqkit/names_end.h>

#endif
