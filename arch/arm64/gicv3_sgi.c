/* SPDX-License-Identifier: MIT */
/*
 * IPIs in single mode: SGIs, INTIDs 0 to 15 of each CPU, raised by a write to
 * ICC_SGI1R_EL1. The pool is guarded by the domain lock; sends take no lock.
 *
 * A write with IRM set reaches every CPU of the machine but the sender. It is
 * used only while all possible CPUs are online, and if there are no others:
 * then none is foreign, unplugged, refused or about to start (HZ48).
 */
#include "gicv3.h"
#include "gicv3_intid_pool.h"
#include "gicv3_regs.h"
#include "gicv3_sgi.h"
#include "gicv3_sysreg.h"
#include "../common/send_group.h"
#include <irqkit/irqdomain.h>
#include <irqkit/port.h>
#include <irqkit/print.h>

static struct irqkit_send_groups sgi_groups;

/* Whether there are no CPUs but the possible ones, and it saves writes. */
static bool sgi_may_broadcast;

static struct gicv3_intid_pool sgi_pool = {.count = GICV3_NR_SGIS};

/*
 * Counts of writes are kept by CPU and only their sum is read. Each is counted
 * at the first CPU that it names, as to ask who the sender is would take longer
 * than to send. Atomic: several may be counting there.
 */
static inline void sgi_count(unsigned int cpu)
{
	if (IRQKIT_SEND_STATS)
		__atomic_fetch_add(&irqkit_gicv3_cpus[cpu].sgi_writes, 1,
				   __ATOMIC_RELAXED);
}

/*
 * What the sender stored before must be visible to the handler: HZ45. The
 * write of a system register is not ordered by dmb. Pairs with the dsb of
 * gicv3_acknowledge() in gicv3.c.
 */
static inline void sgi_before_write(void)
{
	gicv3_dsb_ishst();
}

/* The write is done before what follows, a wfi for instance. */
static inline void sgi_after_write(void)
{
	gicv3_isb();
}

/* Whether @dest is all possible CPUs but @self, and all are online. */
static bool sgi_is_all_but(const struct cpumask *dest, unsigned int self)
{
	struct cpumask all;

	if (cpumask_test_cpu(self, dest))
		return false;
	cpumask_copy(&all, dest);
	cpumask_set_cpu(self, &all);
	return cpumask_equal(&all, cpu_possible_mask) &&
	       cpumask_equal(cpu_online_mask, cpu_possible_mask);
}

/*
 * Returns whether it was sent. Interrupts are off so that the CPU that is
 * left out is the one that was looked at. A CPU that goes offline after the
 * look was in the mask, so it is not reached wrongly.
 */
static __attribute__((__noinline__)) bool sgi_broadcast(
	const struct cpumask *dest, uint64_t intid)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned int self = irqkit_port_cpu();
	bool all = sgi_is_all_but(dest, self);

	if (all) {
		sgi_before_write();
		gicv3_write_sysreg(ICC_SGI1R_EL1, SGI1R_IRM | intid);
		sgi_after_write();
		sgi_count(self);
	}
	irqkit_port_irq_restore(state);
	return all;
}

static int sgi_send_single(struct irq_data *data, unsigned int cpu)
{
	sgi_before_write();
	gicv3_write_sysreg(ICC_SGI1R_EL1, irqkit_gicv3_cpus[cpu].sgi_command |
						  sgi_intid_field(data->hwirq));
	sgi_after_write();
	sgi_count(cpu);
	return 0;
}

/* Any mask, whatever it holds. */
static __attribute__((__noinline__)) int sgi_send_any(
	uint64_t intid, const struct cpumask *dest)
{
	struct cpumask remaining;
	unsigned int first;
	uint64_t command;

	if (sgi_may_broadcast && sgi_broadcast(dest, intid))
		return 0;
	cpumask_copy(&remaining, dest);
	sgi_before_write();
	first = irqkit_send_group_first(&remaining);
	while (irqkit_send_group_take(&sgi_groups, &remaining, &command)) {
		gicv3_write_sysreg(ICC_SGI1R_EL1, command | intid);
		sgi_count(first);
		first = irqkit_send_group_first(&remaining);
	}
	sgi_after_write();
	return 0;
}

static int sgi_send_mask(struct irq_data *data, const struct cpumask *dest)
{
	uint64_t intid = sgi_intid_field(data->hwirq);
	struct cpumask remaining;
	unsigned int first;

	if (sgi_may_broadcast ||
	    __atomic_load_n(&sgi_groups.mixed, __ATOMIC_RELAXED))
		return sgi_send_any(intid, dest);
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		remaining.bits[i] = irqkit_cpumask_load(dest, i);
	sgi_before_write();
	while ((first = irqkit_send_group_first(&remaining)) < IRQKIT_NR_CPUS) {
		uint64_t command = irqkit_send_group_take_turned(&sgi_groups,
								 &remaining);

		gicv3_write_sysreg(ICC_SGI1R_EL1, command | intid);
		sgi_count(first);
	}
	sgi_after_write();
	return 0;
}

static void sgi_eoi(struct irq_data *data)
{
	gicv3_end_of_interrupt(data->hwirq);
}

static const struct irq_chip sgi_chip = {
	.name = "GICv3 SGI",
	.irq_eoi = sgi_eoi,
	.ipi_send_single = sgi_send_single,
	.ipi_send_mask = sgi_send_mask,
};

static void sgi_free(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr)
{
	(void)domain;
	for (unsigned int i = 0; i < nr; i++)
		intid_pool_give(&sgi_pool,
				(unsigned int)irq_get_irq_data(irq + i)->hwirq);
}

static int sgi_alloc(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg)
{
	unsigned int intid;
	int error;

	(void)arg;
	for (unsigned int i = 0; i < nr; i++) {
		error = intid_pool_take(&sgi_pool, &intid);
		if (error != 0) {
			sgi_free(domain, irq, i);
			return error;
		}
		irq_domain_set_info(domain, irq + i, intid, &sgi_chip, NULL,
				    handle_percpu_irq);
	}
	return 0;
}

static const struct irq_domain_ops sgi_ops = {
	.alloc = sgi_alloc,
	.free = sgi_free,
};

int irqkit_gicv3_sgi_init(void)
{
	const struct irq_domain_info info = {
		.name = "GICv3 SGI",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = GICV3_NR_SGIS,
		.ops = &sgi_ops,
	};

	return irq_domain_create(&info, &irqkit_gicv3.sgi_domain);
}

void irqkit_gicv3_sgi_keep(uint32_t ours)
{
	for (unsigned int intid = 0; intid < GICV3_NR_SGIS; intid++) {
		if ((ours & gicv3_bit(intid)) == 0)
			intid_pool_mark_used(&sgi_pool, intid);
	}
}

int irqkit_gicv3_sgi_add(unsigned int cpu)
{
	struct hwcpu hw = irqkit_gicv3_cpus[cpu].hw;
	const char *lack = sgi_unreachable(hw, irqkit_gicv3.range_selector,
					   irqkit_gicv3.aff3);
	int error;

	if (lack != NULL) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: CPU %u (MPIDR 0x%llx) needs %s", cpu,
			   (unsigned long long)hw.id, lack);
		return -ENODEV;
	}
	error = irqkit_send_group_add(&sgi_groups, cpu, sgi_group_command(hw),
				      sgi_target_bit(hw));
	if (error != 0)
		return error;
	irqkit_gicv3_cpus[cpu].sgi_command = sgi_group_command(hw) |
					     sgi_target_bit(hw);
	/* With one group a write to it is as good. */
	sgi_may_broadcast = irqkit_gicv3.all_cpus_listed &&
			    sgi_groups.first->next != NULL;
	return 0;
}
