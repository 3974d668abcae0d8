/* SPDX-License-Identifier: MIT */
/*
 * The x86 backend: local APIC, xAPIC or x2APIC.
 *
 * Hardware facts are from the Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 3 ("SDM"), chapter "Advanced Programmable
 * Interrupt Controller (APIC)".
 */
#ifndef IRQKIT_X86_H
#define IRQKIT_X86_H

#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_domain;
struct irq_matrix;

/* Vectors 0 to 31 belong to exceptions (SDM 6.3.1). */
#define IRQKIT_X86_FIRST_VECTOR	   32U
#define IRQKIT_X86_ERROR_VECTOR	   254U
#define IRQKIT_X86_SPURIOUS_VECTOR 255U

/* Where the NMI line of the platform is connected (MADT types 4 and 10). */
struct irqkit_x86_lint_nmi {
	bool valid;
	unsigned int pin; /* 0 or 1: LINT0 or LINT1 */
	bool active_low;
	bool level;
};

/* An IO-APIC as the firmware names it (MADT type 1). */
struct irqkit_x86_ioapic {
	uint32_t id;
	uint64_t address;  /* physical */
	uint32_t gsi_base; /* first global system interrupt */
};

/* An ISA interrupt that is wired to another GSI (MADT type 2). */
struct irqkit_x86_override {
	uint8_t isa_irq;
	uint32_t gsi;
	bool active_low;
	bool level;
};

#define IRQKIT_X86_MAX_IOAPICS	 16
#define IRQKIT_X86_MAX_OVERRIDES 32

/* What the backend must know of the machine. */
struct irqkit_x86_config {
	/*
	 * The 4 KiB register page of the local APIC, mapped uncached at the
	 * same address on every CPU. May be NULL where all CPUs run in x2APIC
	 * mode.
	 */
	volatile void *local_apic;

	/* Use x2APIC mode where the CPU has it. */
	bool allow_x2apic;

	/*
	 * No CPU exists, or can be plugged in, but the possible ones of
	 * irqkit_init(): firmware lists no other, and none was refused. Where
	 * this is false, no command is sent that reaches all CPUs at once.
	 */
	bool all_cpus_listed;

	/* The same pin on all CPUs. */
	struct irqkit_x86_lint_nmi lint_nmi;

	unsigned int nr_ioapics;
	struct irqkit_x86_ioapic ioapics[IRQKIT_X86_MAX_IOAPICS];
	unsigned int nr_overrides;
	struct irqkit_x86_override overrides[IRQKIT_X86_MAX_OVERRIDES];
};

/**
 * irqkit_x86_init() - take over the interrupt controllers
 * @config: read during the call only
 *
 * Chooses the mode of the local APIC, sets up that of the calling CPU, and
 * logs one line that describes it.
 *
 * Context: boot, on CPU 0, interrupts off, after irqkit_init().
 * Return: 0; -EINVAL if @config is NULL, a count or pin in it is too large,
 * or irqkit_init() was not called; -EBUSY if it was called before; -ENODEV if
 * the CPU has no local APIC, or xAPIC mode is needed and @local_apic is NULL,
 * or the APIC id of this CPU is not what irqkit_port_hwcpu() says; -ENOMEM.
 */
int irqkit_x86_init(const struct irqkit_x86_config *config);

/**
 * irqkit_x86_interrupt() - an interrupt arrived
 * @vector: IRQKIT_X86_FIRST_VECTOR to 255
 *
 * The kernel's entry code calls this for each vector in that range, NMIs and
 * exceptions excluded, after it saved the registers.
 *
 * Context: on-cpu, interrupts off.
 * Locks: none for an IPI or a per-CPU interrupt.
 */
void irqkit_x86_interrupt(unsigned int vector);

/**
 * irqkit_x86_ipi_domain() - the domain that IPIs are reserved in
 * @per_cpu: false for one vector on all CPUs (single mode), true for a vector
 * of its own for each CPU (per-CPU mode)
 *
 * The hwirq of an IPI is its vector.
 *
 * Context: any, after irqkit_x86_init().
 * Return: the domain, NULL before irqkit_x86_init() succeeded.
 */
struct irq_domain *irqkit_x86_ipi_domain(bool per_cpu);

/**
 * irqkit_x86_vector_domain() - the domain of vectors for devices
 *
 * Its interrupts are edges; each is a vector of one CPU, and can be moved.
 * irq_domain_alloc_irqs() takes NULL for each of them. An interrupt may be
 * allocated in it alone: then software raises it, by
 * irq_set_irqchip_state() with IRQCHIP_STATE_PENDING, and whether it is pending
 * can be asked on its target CPU only. Or it is the parent of the domain of a
 * controller whose messages arrive at vectors; that one asks for the message
 * by irq_chip_compose_msi_msg(), again after each move. A message reaches CPUs
 * with APIC ids below 255 only; for others its address is 0.
 *
 * Context: any, after irqkit_x86_init().
 * Return: the domain, NULL before irqkit_x86_init() succeeded.
 */
struct irq_domain *irqkit_x86_vector_domain(void);

/**
 * irqkit_x86_vector_matrix() - the books of the vectors for devices
 *
 * To be read: irq_matrix_read(), irq_matrix_show(), or irq_matrix_copy() to a
 * plan of vectors 0 to 255, of which 33 to 189 are given away. So a CPU has
 * 157; a CPU of the mask of a managed interrupt keeps one of them for it.
 *
 * Context: any, after irqkit_x86_init().
 * Return: the matrix, NULL before irqkit_x86_init() succeeded.
 */
struct irq_matrix *irqkit_x86_vector_matrix(void);

/**
 * irqkit_x86_start_cpu() - INIT, SIPI, SIPI
 * @cpu: logical index of a CPU that was prepared and is not online
 * @entry: physical address of its 16-bit start-up code, a multiple of 4096
 * below 1 MiB
 *
 * Follows SDM 8.4.4.1: INIT, 10 ms, start-up IPI, 200 us, start-up IPI.
 *
 * Context: thread or boot, on a CPU that is online and not on @cpu itself.
 * Return: 0 if all three were sent; -EINVAL for a bad CPU or address;
 * -EBUSY if @cpu is online; -ETIMEDOUT if the local APIC did not send.
 */
int irqkit_x86_start_cpu(unsigned int cpu, uint32_t entry);

/**
 * irqkit_x86_send_nmi() - send a non-maskable interrupt to one CPU
 * @cpu: logical index; the caller's own is allowed
 *
 * It arrives at vector 2 of @cpu, interrupts off or on (SDM 6.7.1, 10.6.1
 * "Delivery Mode", 10.12.9). It names that CPU by its APIC id, so that no other
 * one is disturbed. One that is sent before the last was taken is lost. The
 * wait for the local APIC is bounded, and nothing is logged.
 *
 * Context: any, nmi too: a send that the NMI came into the middle of goes on as
 * if nothing had been.
 * Locks: none.
 * Order: all that the caller stored before is visible to the NMI's handler.
 * Return: 0; -EINVAL if @cpu is not possible, or irqkit_x86_init() was not
 * called; -ENXIO if it is not online, and foreign CPUs never are; -ETIMEDOUT if
 * the local APIC is busy for 10 ms before or after it took the NMI.
 */
int irqkit_x86_send_nmi(unsigned int cpu);

/**
 * irqkit_x86_is_x2apic() - the mode chosen by irqkit_x86_init()
 *
 * Context: any.
 */
bool irqkit_x86_is_x2apic(void);

/* What the backend wrote and saw, since the start, over all CPUs. */
struct irqkit_x86_stats {
	uint64_t icr_writes; /* start-up IPIs too; if IRQKIT_SEND_STATS is 1 */
	uint64_t spurious;   /* interrupts at the spurious vector */
	uint64_t unexpected; /* interrupts at a vector nobody has */
	uint64_t errors;     /* interrupts at the error vector */
};

/**
 * irqkit_x86_get_stats() - counts of the local APICs
 * @stats: filled in
 *
 * Context: any.
 */
void irqkit_x86_get_stats(struct irqkit_x86_stats *stats);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
