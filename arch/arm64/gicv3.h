/* SPDX-License-Identifier: MIT */
/*
 * What the files of the GICv3 backend share.
 *
 * Security: the backend runs either where there is one security state
 * (GICD_CTLR.DS is 1, as on QEMU without secure=on) or as the Non-secure side
 * of two. It uses Group 1 only and writes only what means the same in both
 * views. It does not run in Secure state.
 */
#ifndef ARCH_ARM64_GICV3_H
#define ARCH_ARM64_GICV3_H

#include <irqkit/arm64.h>
#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/port.h>
#include <irqkit/types.h>
#include "gicv3_regs.h"

/* One priority for all: no interrupt preempts another. */
#define GICV3_PRIORITY 0xa0

/* Named limit of each wait for the controller. */
#define GICV3_WAIT_NS 100000000ULL

/* What there is of each CPU. */
struct irqkit_gicv3_cpu {
	uint64_t sgi_command; /* to it alone; fixed by prepare */
	uint64_t sgi_writes;  /* see sgi_count() */
	uint64_t spi_writes;  /* to it */

	/* Written by this CPU only. */
	uint64_t special;
	uint64_t unexpected;

	/* Fixed at init. */
	volatile void *redist; /* NULL: has none */
	struct hwcpu hw;
} IRQKIT_ALIGNED(64);

/* A run of INTIDs. */
struct gicv3_intids {
	unsigned int first;
	unsigned int nr;
};

static inline bool gicv3_intids_have(const struct gicv3_intids *intids,
				     unsigned int intid)
{
	return intid - intids->first < intids->nr;
}

/* Fixed when irqkit_gicv3_init() returns. */
struct irqkit_gicv3 {
	volatile void *dist;
	unsigned int arch_rev;	 /* 3 or 4 */
	unsigned int spi_limit;	 /* INTIDs from here on are no SPIs */
	bool single_security;	 /* else the Non-secure view of two */
	bool range_selector;	 /* GICD_TYPER.RSS and ICC_CTLR_EL1.RSS */
	bool aff3;		 /* GICD_TYPER.A3V and ICC_CTLR_EL1.A3V */
	unsigned int nr_redists; /* found, of all CPUs */
	bool all_cpus_listed;	 /* there are none but the possible ones */
	uint32_t sgis;		 /* that are ours: a bit each */
	struct irq_domain *sgi_domain;
	struct gicv3_intids ipi_spis;	   /* for IPIs in per-CPU mode */
	struct irq_domain *spi_ipi_domain; /* of them; NULL without */
	struct irq_domain *spi_domain;	   /* the others: of devices */
};

extern struct irqkit_gicv3 irqkit_gicv3;
extern struct irqkit_gicv3_cpu irqkit_gicv3_cpus[IRQKIT_NR_CPUS];

/**
 * irqkit_gicv3_wait_clear() - wait until bits of a register are 0
 * @frame: of the register
 * @offset: of the register
 * @bits: all of these
 *
 * Context: any. It spins.
 * Return: 0; -ETIMEDOUT after GICV3_WAIT_NS.
 */
int irqkit_gicv3_wait_clear(const volatile void *frame, size_t offset,
			    uint32_t bits);

/**
 * irqkit_gicv3_wait_set() - wait until one of them is 1
 * @frame: of the register
 * @offset: of the register
 * @bits: any of these
 *
 * Context: any. It spins.
 * Return: 0; -ETIMEDOUT after GICV3_WAIT_NS.
 */
int irqkit_gicv3_wait_set(const volatile void *frame, size_t offset,
			  uint32_t bits);

/**
 * irqkit_gicv3_relax() - one turn of a spin
 *
 * Context: any.
 */
static inline void irqkit_gicv3_relax(void)
{
#if IRQKIT_PORT_RELAX
	irqkit_port_relax();
#else
	__asm__ volatile("yield" : : : "memory");
#endif
}

/*
 * Distributor, gicv3_dist.c.
 */

/**
 * irqkit_gicv3_dist_probe() - read what the distributor is
 *
 * Fills in arch_rev, spi_limit, and the distributor's half of
 * range_selector and aff3.
 *
 * Return: 0; -ENODEV if it is no GICv3 or v4.
 */
int irqkit_gicv3_dist_probe(void);

/**
 * irqkit_gicv3_dist_init() - all SPIs disabled, idle and level; then on
 * @edge: those that are to be edge
 *
 * Fills in single_security.
 *
 * Context: boot, interrupts off.
 * Return: 0; -ENODEV if affinity routing cannot be enabled; -ETIMEDOUT.
 */
int irqkit_gicv3_dist_init(const struct gicv3_intids *edge);

/* Act on an SPI alone, by a bank in which a 0 changes nothing. */
static inline void irqkit_gicv3_dist_write(enum gicv3_bit_bank bank,
					   unsigned int intid)
{
	gicv3_write_bits(irqkit_gicv3.dist, bank, intid, gicv3_bit(intid));
}

static inline bool irqkit_gicv3_dist_read(enum gicv3_bit_bank bank,
					  unsigned int intid)
{
	return (gicv3_read_bits(irqkit_gicv3.dist, bank, intid) &
		gicv3_bit(intid)) != 0;
}

/**
 * irqkit_gicv3_dist_route() - which CPU an SPI goes to
 * @intid: an SPI; one that is enabled too
 * @target: the CPU
 *
 * What is pending goes to the old or the new one, as GICD_IROUTER says in
 * 12.9.22: the distributor has it, and asks the register until a CPU takes it.
 * The old CPU may meanwhile see INTID 1023.
 *
 * Context: any; one caller for an INTID at a time.
 */
void irqkit_gicv3_dist_route(unsigned int intid, struct hwcpu target);

/**
 * irqkit_gicv3_dist_set_trigger() - make an SPI edge or level
 * @intid: a disabled SPI
 * @edge: else level
 *
 * Context: any, interrupts off; one caller for an INTID at a time.
 * Locks: controller.
 * Return: 0; -EINVAL if this one cannot be that.
 */
int irqkit_gicv3_dist_set_trigger(unsigned int intid, bool edge);

/**
 * irqkit_gicv3_dist_enable() - let an SPI through
 * @intid: an SPI that was routed (HZ32)
 *
 * Context: any; one caller for an INTID at a time.
 * Return: 0; -ENODEV if the SPI is not ours (Secure firmware holds it).
 */
int irqkit_gicv3_dist_enable(unsigned int intid);

/**
 * irqkit_gicv3_dist_mask() - the opposite; what is pending stays so
 * irqkit_gicv3_dist_disable() - the same, and what is pending is dropped
 * @intid: an SPI
 *
 * When they return 0 no CPU is going to see it any more.
 *
 * Context: any; one caller for an INTID at a time. They spin.
 * Return: 0; -ETIMEDOUT.
 */
int irqkit_gicv3_dist_mask(unsigned int intid);
int irqkit_gicv3_dist_disable(unsigned int intid);

/*
 * Redistributors, gicv3_redist.c.
 */

/**
 * irqkit_gicv3_redist_find_all() - find the redistributor of each CPU
 * @config: the regions
 *
 * Asks the port for the hardware name of each possible CPU. A CPU may end up
 * without a redistributor.
 *
 * Context: boot.
 */
void irqkit_gicv3_redist_find_all(const struct irqkit_gicv3_config *config);

/**
 * irqkit_gicv3_redist_init() - wake it, SGIs on, PPIs off
 * @cpu: the calling CPU, which has one
 *
 * Context: on-cpu, interrupts off.
 * Return: 0; -ETIMEDOUT; -ENODEV if an SGI that the boot CPU has is not ours
 * here.
 */
int irqkit_gicv3_redist_init(unsigned int cpu);

/**
 * irqkit_gicv3_redist_stop() - nothing comes to this CPU, and let it sleep
 * @cpu: the calling CPU; its interface lets nothing through any more
 *
 * Context: on-cpu, interrupts off.
 * Return: 0; -ETIMEDOUT.
 */
int irqkit_gicv3_redist_stop(unsigned int cpu);

/*
 * CPU interface, gicv3_cpuif.c.
 */

/**
 * irqkit_gicv3_cpuif_open() - switch the system registers on
 *
 * Context: on-cpu, interrupts off.
 * Return: 0; -ENODEV if there are none.
 */
int irqkit_gicv3_cpuif_open(void);

/**
 * irqkit_gicv3_cpuif_probe() - the CPU's half of range_selector and aff3
 *
 * Context: boot, after irqkit_gicv3_cpuif_open().
 */
void irqkit_gicv3_cpuif_probe(void);

/**
 * irqkit_gicv3_cpuif_init() - let interrupts through to this CPU
 * @cpu: the calling CPU
 *
 * Context: on-cpu, interrupts off, after irqkit_gicv3_cpuif_open().
 * Return: 0; -ENODEV if this CPU cannot send to all that the boot CPU can.
 */
int irqkit_gicv3_cpuif_init(unsigned int cpu);

/**
 * irqkit_gicv3_cpuif_stop() - let nothing through to this CPU any more
 *
 * What it was just told of goes back to whoever sent it and stays pending.
 *
 * Context: on-cpu, interrupts off.
 */
void irqkit_gicv3_cpuif_stop(void);

/**
 * irqkit_gicv3_read_hwcpu() - the hardware name of the calling CPU
 *
 * Context: on-cpu.
 */
struct hwcpu irqkit_gicv3_read_hwcpu(void);

/*
 * IPIs: gicv3_sgi.c for single mode, gicv3_spi_ipi.c for per-CPU mode.
 */

/**
 * irqkit_gicv3_sgi_init() - make the domain
 *
 * Context: boot.
 * Return: 0; -ENOMEM.
 */
int irqkit_gicv3_sgi_init(void);

/**
 * irqkit_gicv3_sgi_keep() - hand out these SGIs only
 * @ours: a bit each; the others are the firmware's
 *
 * Context: boot, before the first IPI is reserved.
 */
void irqkit_gicv3_sgi_keep(uint32_t ours);

/**
 * irqkit_gicv3_sgi_add() - make a CPU known to the sends
 * @cpu: logical index
 *
 * Context: thread or boot; not concurrent.
 * Return: 0; -ENODEV if SGIs cannot reach it; -EEXIST if another CPU has its
 * hardware name; -ENOMEM.
 */
int irqkit_gicv3_sgi_add(unsigned int cpu);

/**
 * irqkit_gicv3_spi_ipi_init() - make the domain
 *
 * Of ipi_spis, at least one, edge and disabled.
 *
 * Context: boot.
 * Return: 0; -ENOMEM.
 */
int irqkit_gicv3_spi_ipi_init(void);

/**
 * irqkit_gicv3_spi_ipi_start() - let those of a CPU through
 * @cpu: the calling CPU
 *
 * One that was sent to it in its last life is dropped, as an SGI is.
 *
 * Context: on-cpu, interrupts off, before it is online.
 * Locks: controller.
 */
void irqkit_gicv3_spi_ipi_start(unsigned int cpu);

/**
 * irqkit_gicv3_spi_ipi_stop() - let none through to a CPU
 * @cpu: the calling CPU
 *
 * Context: on-cpu, interrupts off, when it is not online any more.
 * Locks: controller.
 */
void irqkit_gicv3_spi_ipi_stop(unsigned int cpu);

/*
 * SPIs of devices, gicv3_spi.c.
 */

/**
 * irqkit_gicv3_spi_init() - make the domain
 * @free: SPIs that no device has
 * @fwnode: how firmware names the controller, or NULL
 *
 * Context: boot.
 * Return: 0; -ENOMEM; -EEXIST if another domain has that fwnode.
 */
int irqkit_gicv3_spi_init(const struct gicv3_intids *free, const void *fwnode);

#endif
