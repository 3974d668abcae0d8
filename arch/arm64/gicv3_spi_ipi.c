/* SPDX-License-Identifier: MIT */
/*
 * IPIs in per-CPU mode: an SPI that no device uses for each CPU, routed to it
 * and raised by a write to GICD_ISPENDR. The pool is guarded by the domain
 * lock; sends take no lock.
 */
#include "gicv3.h"
#include "gicv3_intid_pool.h"
#include "gicv3_regs.h"
#include "gicv3_sysreg.h"
#include <irqkit/irqdomain.h>
#include <irqkit/port.h>

static struct gicv3_intid_pool spi_ipi_pool;

static int spi_ipi_send_single(struct irq_data *data, unsigned int cpu)
{
	unsigned int intid = (unsigned int)data->hwirq;

	/*
	 * What the sender stored before must be visible to the handler. Pairs
	 * with the dsb of gicv3_acknowledge() in gicv3.c.
	 */
	gicv3_dsb_ishst();
	gicv3_write_bits(irqkit_gicv3.dist, GICV3_ISPENDR, intid,
			 gicv3_bit(intid));
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
	.name = "GICv3 SPI",
	.irq_eoi = spi_ipi_eoi,
	.ipi_send_single = spi_ipi_send_single,
};

/*
 * One that cannot be disabled might still arrive, so it is not given back.
 */
static void spi_ipi_release(unsigned int intid)
{
	if (irqkit_gicv3_dist_disable(intid) == 0)
		intid_pool_give(&spi_ipi_pool, intid);
}

static void spi_ipi_free(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr)
{
	(void)domain;
	for (unsigned int i = 0; i < nr; i++)
		spi_ipi_release((unsigned int)irq_get_irq_data(irq + i)->hwirq);
}

static int spi_ipi_alloc_one(struct irq_domain *domain, unsigned int irq,
			     unsigned int cpu)
{
	unsigned int intid;
	int error = intid_pool_take(&spi_ipi_pool, &intid);

	if (error != 0)
		return error;
	error = irqkit_gicv3_dist_enable(intid, irqkit_gicv3_cpus[cpu].hw);
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
	int error;

	if (dest == NULL || cpumask_weight(dest) != nr)
		return -EINVAL;
	for_each_cpu (cpu, dest) {
		error = spi_ipi_alloc_one(domain, irq + done, cpu);
		if (error != 0) {
			spi_ipi_free(domain, irq, done);
			return error;
		}
		done++;
	}
	return 0;
}

static const struct irq_domain_ops spi_ipi_ops = {
	.alloc = spi_ipi_alloc,
	.free = spi_ipi_free,
};

int irqkit_gicv3_spi_ipi_init(unsigned int first, unsigned int nr)
{
	const struct irq_domain_info info = {
		.name = "GICv3 SPI",
		.flags = IRQ_DOMAIN_FLAG_IPI_PER_CPU,
		.size = first + nr,
		.ops = &spi_ipi_ops,
	};

	spi_ipi_pool.first = first;
	spi_ipi_pool.count = nr;
	return irq_domain_create(&info, &irqkit_gicv3.spi_domain);
}
