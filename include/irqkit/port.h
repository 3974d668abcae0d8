/* SPDX-License-Identifier: MIT */
/*
 * All that a kernel must supply. Every function here is called by the library
 * and written by the kernel; what is missing is a link error.
 *
 * Besides these, the archive needs memcpy, memmove, memset and memcmp.
 *
 * Context words, here and in the other headers: "any" is any of the others but
 * nmi, on any CPU that has been prepared. "boot" is one CPU, before any other
 * runs. "thread" may wait, and is outside of interrupt handlers; once CPUs have
 * been started interrupts are on. "irq-off" has interrupts off; "handler" is
 * an interrupt handler; "nmi" is one that interrupts-off does not hold back;
 * "on-cpu" does not move to another CPU meanwhile.
 */
#ifndef IRQKIT_PORT_H
#define IRQKIT_PORT_H

#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/**
 * irqkit_port_cpu() - the CPU that runs this code
 *
 * It must be valid from the first instruction of the library on that CPU. A
 * kernel that preempts must answer for the CPU of that moment: the library
 * asks with interrupts off wherever the answer must last.
 *
 * Context: any.
 * Return: the logical index, 0 to nr_cpu_ids - 1, the boot CPU being 0.
 */
unsigned int irqkit_port_cpu(void);

/**
 * irqkit_port_hwcpu() - the hardware's name of a CPU
 * @cpu: logical index, 0 to nr_cpu_ids - 1
 *
 * Asked when a backend is set up and when the CPU is prepared, so before it
 * runs; the answer must be the same each time.
 *
 * Context: thread or boot.
 * Return: on x86 the APIC id, on arm64 the affinity fields of MPIDR_EL1
 * (bits 39:32 and 23:0).
 */
struct hwcpu irqkit_port_hwcpu(unsigned int cpu);

/**
 * irqkit_port_irq_save() - turn interrupts off on this CPU
 *
 * Must be a compiler barrier, as must the two calls below.
 *
 * Context: any.
 * Return: the state before, for irqkit_port_irq_restore().
 */
unsigned long irqkit_port_irq_save(void);

/**
 * irqkit_port_irq_restore() - back to the state before
 * @state: what irqkit_port_irq_save() returned
 *
 * Context: any.
 */
void irqkit_port_irq_restore(unsigned long state);

/**
 * irqkit_port_irqs_disabled() - whether interrupts are off on this CPU
 *
 * Context: any.
 */
bool irqkit_port_irqs_disabled(void);

/**
 * irqkit_port_alloc() - memory
 * @size: bytes, not 0
 * @align: a power of two, at most 4096
 *
 * A kernel without an allocator of its own uses the arena of irqkit/arena.h.
 *
 * Context: thread or boot; no lock of the library is held.
 * Return: zeroed memory, or NULL when there is none.
 */
void *irqkit_port_alloc(size_t size, size_t align);

/**
 * irqkit_port_free() - give memory back
 * @memory: what irqkit_port_alloc() returned; never NULL
 * @size: the size it was asked for
 *
 * Context: thread or boot; no lock of the library is held.
 */
void irqkit_port_free(void *memory, size_t size);

/**
 * irqkit_port_nanoseconds() - a clock that never goes backwards
 *
 * Must advance while interrupts are off and work from irqkit_init() on: all
 * waits of the library are bounded by it.
 *
 * Context: any.
 * Return: nanoseconds since any fixed point, the same on every CPU to within
 * a microsecond.
 */
uint64_t irqkit_port_nanoseconds(void);

enum irqkit_log_level {
	IRQKIT_LOG_ERROR,
	IRQKIT_LOG_WARNING,
	IRQKIT_LOG_INFO,
};

/**
 * irqkit_port_log() - print a line
 * @level: how important it is
 * @line: the text, without a line feed
 *
 * Context: any; no lock of the library is held. The line of irqkit_smp_stop()
 * may come from an nmi, with locks held, when other CPUs have stopped.
 */
void irqkit_port_log(enum irqkit_log_level level, const char *line);

/**
 * irqkit_port_panic() - an invariant of the library is broken
 * @text: what was found, and where
 *
 * Context: any, locks of the library may be held.
 */
IRQKIT_NORETURN void irqkit_port_panic(const char *text);

#if IRQKIT_PORT_RELAX
/**
 * irqkit_port_relax() - called in each turn of a spin
 *
 * x86 pause, arm64 yield. Under an instruction-counting emulator a spin
 * without one keeps the other CPUs from running.
 *
 * Context: any.
 */
void irqkit_port_relax(void);
#endif

#if IRQKIT_PORT_HANDLER_HOOKS
/**
 * irqkit_port_enter() - before the first handler of an interrupt
 * irqkit_port_exit() - after its last handler
 *
 * Context: handler, on the CPU that took the interrupt.
 */
void irqkit_port_enter(void);
void irqkit_port_exit(void);
#endif

#if IRQKIT_PORT_NUMA
/**
 * irqkit_port_cpu_node() - the node that a CPU belongs to
 * @cpu: logical index, 0 to nr_cpu_ids - 1
 *
 * Context: thread or boot.
 * Return: a number from 0 to 1023, the same each time.
 */
int irqkit_port_cpu_node(unsigned int cpu);
#endif

#if IRQKIT_PORT_DEFER
/*
 * Work for thread context. The kernel keeps a list of these by @next, which is
 * its own from irqkit_port_defer() until it calls irqkit_run_deferred().
 */
struct irqkit_deferred {
	struct irqkit_deferred *next; /* the kernel's while it is queued */
	void (*function)(struct irqkit_deferred *work);
	unsigned int state; /* the library's */
};

/**
 * irqkit_port_defer() - have work done in thread context soon
 * @work: for irqkit_run_deferred(); it is not handed over a second time before
 * that was called
 *
 * Context: any but nmi, interrupts off; no lock of the library is held.
 */
void irqkit_port_defer(struct irqkit_deferred *work);

/**
 * irqkit_port_yield() - called in each turn of a wait for deferred work
 *
 * Lets the kernel's threads run. A kernel that has none does deferred work
 * here.
 *
 * Context: thread, no lock of the library is held.
 */
void irqkit_port_yield(void);

/**
 * irqkit_port_thread() - which thread calls
 *
 * Context: thread.
 * Return: anything that no other thread has at the same time; never NULL.
 */
const void *irqkit_port_thread(void);

/**
 * irqkit_run_deferred() - do deferred work
 * @work: what irqkit_port_defer() was given
 *
 * Works may be done in any order, by any number of threads.
 *
 * Context: thread.
 */
void irqkit_run_deferred(struct irqkit_deferred *work);
#endif

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
