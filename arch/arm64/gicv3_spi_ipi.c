/* SPDX-License-Identifier: MIT */
/*
 * IPIs in per-CPU mode: an SPI that no device uses for each CPU, routed to it
 * and raised by a write to GICD_ISPENDR. The pool is guarded by the domain
 * lock, whose each one is by spi_ipi_lock; sends take no lock.
 */
#include "gicv3.h"
#include "gicv3_intid_pool.h"
#include "gicv3_regs.h"
#include "gicv3_sysreg.h"
#include "../../src/internals.h"
#include <irqkit/irqdomain.h>
#include <irqkit/port.h>

static struct irqkit_lock spi_ipi_lock = IRQKIT_LOCK_INIT(RANK_CONTROLLER);

static struct gicv3_intid_pool spi_ipi_pool;

/* By INTID: the CPU that it is for, plus one; 0: none. */
static uint16_t spi_ipi_owners[GICV3_SPI_LIMIT];

static int spi_ipi_send_single(struct irq_data *data, unsigned int cpu)
{
	unsigned int intid = (unsigned int)data->hwirq;

	/*
	 * What the sender stored before must be visible to the handler. Pairs
	 * with the dsb of gicv3_acknowledge() in gicv3.c.
	 */
	gicv3_dsb_ishst();
	irqkit_gicv3_dist_write(GICV3_ISPENDR, intid);
	/* Counted at the target, as sgi_count() says. */
	if (IRQKIT_SEND_STATS)
		__atomic_fetch_add(&irqkit_gicv3_cpus[cpu].spi_writes, 1,
				   __ATOMIC_RELAXED);
	return 0;
}

static void spi_ipi_eoi(struct irq_data *data)
{
	gicv3_end_of_interrupt(data->hwirq);
}

/* No ipi_send_mask: each CPU is a write of its own anyway. */
static const struct irq_chip spi_ipi_chip = {
	.name = "GICv3 SPI IPI",
	.irq_eoi = spi_ipi_eoi,
	.ipi_send_single = spi_ipi_send_single,
};

/*
 * One that cannot be disabled might still arrive, so it is not given back.
 */
static void spi_ipi_release(unsigned int intid)
{
	spi_ipi_owners[intid] = 0;
	if (irqkit_gicv3_dist_disable(intid) == 0)
		intid_pool_give(&spi_ipi_pool, intid);
}

static void spi_ipi_free(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr)
{
	(void)domain;
	irqkit_lock_enter(&spi_ipi_lock);
	for (unsigned int i = 0; i < nr; i++)
		spi_ipi_release((unsigned int)irq_get_irq_data(irq + i)->hwirq);
	irqkit_lock_leave(&spi_ipi_lock);
}

static int spi_ipi_alloc_one(struct irq_domain *domain, unsigned int irq,
			     unsigned int cpu)
{
	unsigned int intid;
	int error = intid_pool_take(&spi_ipi_pool, &intid);

	if (error != 0)
		return error;
	irqkit_gicv3_dist_route(intid, irqkit_gicv3_cpus[cpu].hw);
	irqkit_gicv3_dist_write(GICV3_ICPENDR, intid);
	spi_ipi_owners[intid] = (uint16_t)(cpu + 1);
	error = irqkit_gicv3_dist_enable(intid);
	if (error != 0) {
		spi_ipi_release(intid);
		return error;
	}
	irq_domain_set_info(domain, irq, intid, &spi_ipi_chip, NULL,
			    handle_percpu_irq);
	return 0;
}

static int spi_ipi_alloc(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr, const void *arg)
{
	const struct cpumask *dest = (const struct cpumask *)arg;
	unsigned int done = 0;
	unsigned int cpu;
	int error = 0;

	if (dest == NULL || cpumask_weight(dest) != nr)
		return -EINVAL;
	/* A CPU of it goes or comes either before that or after it. */
	irqkit_lock_enter(&spi_ipi_lock);
	for_each_cpu (cpu, dest) {
		error = spi_ipi_alloc_one(domain, irq + done, cpu);
		if (error != 0)
			break;
		done++;
	}
	irqkit_lock_leave(&spi_ipi_lock);
	if (error != 0)
		spi_ipi_free(domain, irq, done);
	return error;
}

/* What was sent to it in its last life is dropped. */
static void spi_ipi_go(unsigned int intid)
{
	irqkit_gicv3_dist_write(GICV3_ICPENDR, intid);
	irqkit_gicv3_dist_enable(intid);
}

static void spi_ipi_halt(unsigned int intid)
{
	irqkit_gicv3_dist_mask(intid);
}

/* Those that are the CPU's. */
static void spi_ipi_visit(unsigned int cpu, void (*visit)(unsigned int intid))
{
	unsigned int end = spi_ipi_pool.first + spi_ipi_pool.count;

	irqkit_lock_enter(&spi_ipi_lock);
	for (unsigned int intid = spi_ipi_pool.first; intid < end; intid++) {
		if (spi_ipi_owners[intid] == cpu + 1)
			visit(intid);
	}
	irqkit_lock_leave(&spi_ipi_lock);
}

void irqkit_gicv3_spi_ipi_start(unsigned int cpu)
{
	spi_ipi_visit(cpu, spi_ipi_go);
}

void irqkit_gicv3_spi_ipi_stop(unsigned int cpu)
{
	spi_ipi_visit(cpu, spi_ipi_halt);
}

static const struct irq_domain_ops spi_ipi_ops = {
	.alloc = spi_ipi_alloc,
	.free = spi_ipi_free,
};

int irqkit_gicv3_spi_ipi_init(void)
{
	const struct irq_domain_info info = {
		.name = "GICv3 SPI IPI",
		.flags = IRQ_DOMAIN_FLAG_IPI_PER_CPU,
		.size = irqkit_gicv3.ipi_spis.first + irqkit_gicv3.ipi_spis.nr,
		.ops = &spi_ipi_ops,
	};

	spi_ipi_pool.first = irqkit_gicv3.ipi_spis.first;
	spi_ipi_pool.count = irqkit_gicv3.ipi_spis.nr;
	return irq_domain_create(&info, &irqkit_gicv3.spi_ipi_domain);
}
