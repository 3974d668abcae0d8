/* SPDX-License-Identifier: MIT */
/*
 * The arm64 backend: GICv3.
 *
 * Hardware facts are from the Arm Generic Interrupt Controller Architecture
 * Specification, GIC architecture version 3 and 4 ("IHI 0069").
 */
#ifndef IRQKIT_ARM64_H
#define IRQKIT_ARM64_H

#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_domain;

/* One contiguous run of redistributors, mapped as device memory. */
struct irqkit_gicv3_region {
	volatile void *base;
	size_t size; /* bytes */
};

#define IRQKIT_GICV3_MAX_REGIONS 16

/* What the backend must know of the machine. */
struct irqkit_gicv3_config {
	volatile void *distributor; /* 64 KiB, mapped as device memory */
	unsigned int nr_regions;
	struct irqkit_gicv3_region regions[IRQKIT_GICV3_MAX_REGIONS];
	/* Bytes from one redistributor to the next, 0 to ask its GICR_TYPER. */
	size_t stride;

	/*
	 * No CPU exists, or can be plugged in, but the possible ones of
	 * irqkit_init(): firmware lists no other, and none was refused. Where
	 * this is false, no command is sent that reaches all CPUs at once.
	 */
	bool all_cpus_listed;

	/*
	 * SPIs that no device uses, for IPIs in per-CPU mode: the first INTID
	 * and how many. A count of 0 leaves that mode out.
	 */
	unsigned int first_ipi_spi;
	unsigned int nr_ipi_spis;

	/*
	 * Others that no device uses, for irqkit_gicv3_spi_domain() to hand
	 * out. A count of 0: there are none.
	 */
	unsigned int first_free_spi;
	unsigned int nr_free_spis;

	/* The controller in struct irq_fwspec, or NULL. */
	const void *fwnode;
};

/**
 * irqkit_gicv3_init() - take over the interrupt controller
 * @config: read during the call only
 *
 * Finds the redistributor of each possible CPU, sets up the distributor and
 * the calling CPU, and logs one line that describes them.
 *
 * Context: boot, on CPU 0, interrupts off, after irqkit_init().
 * Return: 0; -EINVAL if @config is NULL, has no distributor, no region or too
 * many, an SPI range outside of what the distributor has or two that overlap,
 * or irqkit_init() was not called; -EBUSY if it was called before; -EEXIST if
 * another domain has its fwnode; -ENODEV if it is no GICv3, the system register
 * interface cannot be enabled, or the calling CPU has no redistributor;
 * -ETIMEDOUT if the hardware did not answer; -ENOMEM.
 */
int irqkit_gicv3_init(const struct irqkit_gicv3_config *config);

/**
 * irqkit_gicv3_interrupt() - an IRQ exception was taken
 *
 * The kernel's IRQ vector calls this after it saved the registers.
 *
 * Context: on-cpu, interrupts off.
 * Locks: none for an IPI or a per-CPU interrupt.
 */
void irqkit_gicv3_interrupt(void);

/**
 * irqkit_gicv3_ipi_domain() - the domain that IPIs are reserved in
 * @per_cpu: false for SGIs (single mode), true for an SPI for each CPU that
 * is routed to it and raised by software (per-CPU mode)
 *
 * The hwirq of an IPI is its INTID.
 *
 * Context: any, after irqkit_gicv3_init().
 * Return: the domain; NULL before irqkit_gicv3_init() succeeded, or for
 * per-CPU mode where the configuration left it out.
 */
struct irq_domain *irqkit_gicv3_ipi_domain(bool per_cpu);

/**
 * irqkit_gicv3_spi_domain() - the domain of the SPIs of devices
 *
 * The hwirq is the INTID, 32 and up. irq_create_fwspec_mapping() takes three
 * cells, as the device tree binding of the GICv3 has them: 0 for an SPI, its
 * number from 0, and the trigger, IRQ_TYPE_EDGE_RISING, IRQ_TYPE_LEVEL_HIGH or
 * IRQ_TYPE_NONE; it says -EINVAL for a PPI. irq_domain_alloc_irqs() takes NULL,
 * for edges of the free SPIs of the configuration, or such an irq_fwspec for
 * one interrupt, and says -EBUSY if that is taken.
 *
 * Each goes to one CPU of its affinity, that with the fewest, and can be moved
 * at any time. irq_set_irqchip_state() with IRQCHIP_STATE_PENDING raises it as
 * its device would.
 *
 * Context: any, after irqkit_gicv3_init().
 * Return: the domain; NULL before irqkit_gicv3_init() succeeded.
 */
struct irq_domain *irqkit_gicv3_spi_domain(void);

/*
 * What the backend wrote and saw, since the start, over all CPUs. Writes are
 * counted if IRQKIT_SEND_STATS is 1.
 */
struct irqkit_gicv3_stats {
	uint64_t sgi_writes; /* to ICC_SGI1R_EL1 */
	uint64_t spi_writes; /* to GICD_ISPENDR, for IPIs in per-CPU mode */
	uint64_t special;    /* acknowledge returned INTID 1020 to 1023 */
	uint64_t unexpected; /* acknowledged an INTID nobody has */
};

/**
 * irqkit_gicv3_get_stats() - counts of the CPU interfaces
 * @stats: filled in
 *
 * Context: any.
 */
void irqkit_gicv3_get_stats(struct irqkit_gicv3_stats *stats);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
