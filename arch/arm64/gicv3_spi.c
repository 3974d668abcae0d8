/* SPDX-License-Identifier: MIT */
/*
 * SPIs as the interrupts of devices. Which ones are handed out the domain lock
 * guards; where one goes, its descriptor lock.
 *
 * Whether an SPI is pending or active the distributor knows, for all CPUs. So
 * one that fires again while its handler runs waits there, whichever CPU it
 * goes to by then, until the handler's CPU has ended it (HZ34).
 */
#include "gicv3.h"
#include "gicv3_intid_pool.h"
#include "gicv3_spi.h"
#include "gicv3_sysreg.h"
#include "../../src/internals.h"
#include <irqkit/irqdomain.h>

#define SPI_NO_CPU IRQKIT_NR_CPUS

/* The free ones, for whoever needs any; and the others, by name only. */
static struct gicv3_intid_pool spi_pool;
static struct gicv3_intid_pool spi_named = {.first = GICV3_FIRST_SPI};

/* By INTID: the CPU that it goes to, plus one; 0: none yet. */
static uint16_t spi_targets[GICV3_SPI_LIMIT];

/* How many go to each CPU. */
static unsigned int spi_loads[IRQKIT_NR_CPUS];

static unsigned int spi_intid(const struct irq_data *data)
{
	return (unsigned int)data->hwirq;
}

static void spi_mask(struct irq_data *data)
{
	irqkit_gicv3_dist_mask(spi_intid(data));
}

static void spi_unmask(struct irq_data *data)
{
	irqkit_gicv3_dist_write(GICV3_ISENABLER, spi_intid(data));
}

static void spi_eoi(struct irq_data *data)
{
	gicv3_end_of_interrupt(data->hwirq);
}

/* There is no inverter: neither level-low nor falling edges. */
static int spi_set_type(struct irq_data *data, unsigned int type)
{
	if (type != IRQ_TYPE_EDGE_RISING && type != IRQ_TYPE_LEVEL_HIGH)
		return -EINVAL;
	return irqkit_gicv3_dist_set_trigger(spi_intid(data),
					     type == IRQ_TYPE_EDGE_RISING);
}

/* It is routed already (HZ32), also after a shutdown. */
static int spi_startup(struct irq_data *data)
{
	return irqkit_gicv3_dist_enable(spi_intid(data));
}

/* Loads are sums over interrupts of different locks. */
static void spi_set_target(unsigned int intid, unsigned int cpu)
{
	unsigned int old = spi_targets[intid];

	if (old != 0)
		__atomic_fetch_sub(&spi_loads[old - 1], 1, __ATOMIC_RELAXED);
	if (cpu != SPI_NO_CPU)
		__atomic_fetch_add(&spi_loads[cpu], 1, __ATOMIC_RELAXED);
	spi_targets[intid] = cpu == SPI_NO_CPU ? 0 : (uint16_t)(cpu + 1);
}

/* It counts nowhere until it is started, and so routed, again. */
static void spi_shutdown(struct irq_data *data)
{
	irqkit_gicv3_dist_disable(spi_intid(data));
	spi_set_target(spi_intid(data), SPI_NO_CPU);
}

/* Whatever is pending is not lost, see irqkit_gicv3_dist_route(). */
static int spi_set_affinity(struct irq_data *data, const struct cpumask *mask)
{
	unsigned int intid = spi_intid(data);
	unsigned int now = spi_targets[intid];
	struct cpumask effective;
	unsigned int cpu;

	cpu = spi_choose_cpu(mask, spi_loads, now != 0 ? now - 1 : SPI_NO_CPU);
	if (cpu >= IRQKIT_NR_CPUS)
		return -EINVAL;
	spi_set_target(intid, cpu);
	irqkit_gicv3_dist_route(intid, irqkit_gicv3_cpus[cpu].hw);
	irqkit_cpumask_single(&effective, cpu);
	irq_data_update_effective_affinity(data, &effective);
	return 0;
}

/* The same with a copy of the loads; the CPU it leaves is not in @mask. */
static int spi_plan_affinity(const struct irq_data *data,
			     const struct cpumask *mask,
			     struct irqkit_dry_run *run)
{
	unsigned int *loads;
	struct cpumask one;
	unsigned int cpu;
	bool is_new;

	(void)data;
	if (mask == NULL)
		return 0;
	loads = irqkit_dry_run_memory(run, spi_loads, sizeof(spi_loads),
				      &is_new);
	if (loads == NULL)
		return -ENOMEM;
	for (cpu = 0; is_new && cpu < IRQKIT_NR_CPUS; cpu++)
		loads[cpu] = load_relaxed(&spi_loads[cpu]);
	cpu = spi_choose_cpu(mask, loads, SPI_NO_CPU);
	if (cpu >= IRQKIT_NR_CPUS)
		return -EINVAL;
	loads[cpu]++;
	irqkit_cpumask_single(&one, cpu);
	irqkit_dry_run_aim(run, &one);
	return 0;
}

/*
 * What the caller stored before is visible to the handler. Pairs with the dsb
 * of gicv3_acknowledge() in gicv3.c.
 */
static void spi_raise(unsigned int intid)
{
	gicv3_dsb_ishst();
	irqkit_gicv3_dist_write(GICV3_ISPENDR, intid);
}

static int spi_retrigger(struct irq_data *data)
{
	spi_raise(spi_intid(data));
	return 0;
}

static int spi_get_state(struct irq_data *data, enum irqchip_irq_state which,
			 bool *value)
{
	unsigned int intid = spi_intid(data);

	switch (which) {
	case IRQCHIP_STATE_PENDING:
		*value = irqkit_gicv3_dist_read(GICV3_ISPENDR, intid);
		return 0;
	case IRQCHIP_STATE_ACTIVE:
		*value = irqkit_gicv3_dist_read(GICV3_ISACTIVER, intid);
		return 0;
	case IRQCHIP_STATE_MASKED:
		*value = !irqkit_gicv3_dist_read(GICV3_ISENABLER, intid);
		return 0;
	case IRQCHIP_STATE_LINE_LEVEL:
		break;
	}
	return -EINVAL;
}

/* The library decides by itself what is masked. */
static int spi_set_state(struct irq_data *data, enum irqchip_irq_state which,
			 bool value)
{
	unsigned int intid = spi_intid(data);

	switch (which) {
	case IRQCHIP_STATE_PENDING:
		if (value)
			spi_raise(intid);
		else
			irqkit_gicv3_dist_write(GICV3_ICPENDR, intid);
		return 0;
	case IRQCHIP_STATE_ACTIVE:
		irqkit_gicv3_dist_write(
			value ? GICV3_ISACTIVER : GICV3_ICACTIVER, intid);
		return 0;
	case IRQCHIP_STATE_MASKED:
	case IRQCHIP_STATE_LINE_LEVEL:
		break;
	}
	return -EINVAL;
}

/*
 * Any that is enabled ends the sleep of a CPU; what is behind that is not the
 * controller's. So those that are not to wake it have to be masked.
 */
static const struct irq_chip spi_chip = {
	.name = "GICv3 SPI",
	.flags = IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE |
		 IRQCHIP_MASK_ON_SUSPEND,
	.irq_startup = spi_startup,
	.irq_shutdown = spi_shutdown,
	.irq_mask = spi_mask,
	.irq_unmask = spi_unmask,
	.irq_eoi = spi_eoi,
	.irq_set_type = spi_set_type,
	.irq_set_affinity = spi_set_affinity,
	.irq_plan_affinity = spi_plan_affinity,
	.irq_retrigger = spi_retrigger,
	.irq_get_irqchip_state = spi_get_state,
	.irq_set_irqchip_state = spi_set_state,
};

static int spi_translate(const struct irq_domain *domain,
			 const struct irq_fwspec *fwspec,
			 irq_hw_number_t *hwirq, unsigned int *type)
{
	unsigned int intid;
	int error = spi_translate_cells(fwspec->param, fwspec->param_count,
					(unsigned int)domain->size, &intid,
					type);

	if (error == 0)
		*hwirq = intid;
	return error;
}

static struct gicv3_intid_pool *spi_pool_of(unsigned int intid)
{
	return intid - spi_pool.first < spi_pool.count ? &spi_pool : &spi_named;
}

static int spi_take_this(unsigned int intid)
{
	struct gicv3_intid_pool *pool = spi_pool_of(intid);

	if (gicv3_intids_have(&irqkit_gicv3.ipi_spis, intid) ||
	    intid_pool_test(pool, intid - pool->first))
		return -EBUSY;
	intid_pool_mark_used(pool, intid);
	return 0;
}

static int spi_take(const struct irq_domain *domain,
		    const struct irq_fwspec *fwspec, unsigned int *intid,
		    unsigned int *type)
{
	irq_hw_number_t hwirq;
	int error;

	*type = IRQ_TYPE_EDGE_RISING;
	if (fwspec == NULL)
		return intid_pool_take(&spi_pool, intid);
	error = spi_translate(domain, fwspec, &hwirq, type);
	if (error != 0)
		return error;
	*intid = (unsigned int)hwirq;
	return spi_take_this(*intid);
}

/*
 * It is disabled already, unless the controller did not answer; one that might
 * still arrive is not given to anybody else.
 */
static void spi_release(unsigned int intid)
{
	int error = irqkit_gicv3_dist_disable(intid);

	spi_set_target(intid, SPI_NO_CPU);
	if (error == 0)
		intid_pool_give(spi_pool_of(intid), intid);
}

static void spi_free(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		spi_release(
			spi_intid(irq_domain_get_irq_data(domain, irq + i)));
}

static void spi_set_up(struct irq_domain *domain, unsigned int irq,
		       unsigned int intid, unsigned int type)
{
	struct irq_desc *desc = irq_to_desc(irq);

	irq_domain_set_info(domain, irq, intid, &spi_chip, NULL,
			    handle_fasteoi_irq);
	irqkit_lock_enter(&desc->lock);
	desc->irq_common_data.status |= IRQ_MOVE_PCNTXT;
	desc->irq_common_data.state |= IRQD_SINGLE_TARGET | type;
	irqkit_lock_leave(&desc->lock);
}

/* At this level: the one next to the device may not be there yet. */
static int spi_set_first_type(unsigned int intid, unsigned int type)
{
	if (type == IRQ_TYPE_NONE)
		return 0;
	return irqkit_gicv3_dist_set_trigger(intid,
					     type == IRQ_TYPE_EDGE_RISING);
}

static int spi_alloc_one(struct irq_domain *domain, unsigned int irq,
			 const struct irq_fwspec *fwspec)
{
	unsigned int intid;
	unsigned int type;
	int error = spi_take(domain, fwspec, &intid, &type);

	if (error != 0)
		return error;
	error = spi_set_first_type(intid, type);
	if (error != 0) {
		spi_release(intid);
		return error;
	}
	spi_set_up(domain, irq, intid, type);
	return 0;
}

/* @arg is an irq_fwspec, or NULL for any that are free. */
static int spi_alloc(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg)
{
	const struct irq_fwspec *fwspec = (const struct irq_fwspec *)arg;
	int error;

	if (fwspec != NULL && nr != 1)
		return -EINVAL;
	for (unsigned int i = 0; i < nr; i++) {
		error = spi_alloc_one(domain, irq + i, fwspec);
		if (error != 0) {
			spi_free(domain, irq, i);
			return error;
		}
	}
	return 0;
}

static const struct irq_domain_ops spi_ops = {
	.alloc = spi_alloc,
	.free = spi_free,
	.translate = spi_translate,
};

int irqkit_gicv3_spi_init(const struct gicv3_intids *free, const void *fwnode)
{
	const struct irq_domain_info info = {
		.name = "GICv3 SPI",
		.size = irqkit_gicv3.spi_limit,
		.fwnode = fwnode,
		.ops = &spi_ops,
	};

	spi_pool.first = free->first;
	spi_pool.count = free->nr;
	spi_named.count = irqkit_gicv3.spi_limit - GICV3_FIRST_SPI;
	return irq_domain_create(&info, &irqkit_gicv3.spi_domain);
}
