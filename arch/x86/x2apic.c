/* SPDX-License-Identifier: MIT */
/*
 * x2APIC mode: registers are MSRs, ids have 32 bits, the ICR is one write,
 * and one write reaches CPUs of a cluster of 16. No lock.
 */
#include <irqkit/print.h>
#include "../common/send_group.h"
#include "cpu_x86.h"
#include "ipi_x86.h"
#include "shorthand.h"

#define X2APIC_ICR_MSR		 0x830U
#define X2APIC_EOI_MSR		 0x80bU
#define X2APIC_DESTINATION_SHIFT 32U

static struct irqkit_send_groups x2apic_clusters;

static uint32_t x2apic_read(unsigned int reg)
{
	return (uint32_t)x86_read_msr(apic_x2apic_msr(reg));
}

static void x2apic_write(unsigned int reg, uint32_t value)
{
	x86_write_msr(apic_x2apic_msr(reg), value, 0);
}

static void x2apic_eoi(void)
{
	x86_write_msr(X2APIC_EOI_MSR, 0, 0);
}

static uint32_t x2apic_id(void)
{
	return x2apic_read(APIC_ID);
}

/* The command is taken at once: there is no delivery status (10.12.9). */
static int x2apic_wait_sent(void)
{
	return 0;
}

/*
 * A WRMSR to the ICR may be done before stores that stand before it are
 * visible (SDM 10.12.3), so each send does this first (HZ44): the stores of
 * the sender are then visible to the handler. It pairs with no instruction:
 * the handler runs only after the command, and so after the fence.
 */
static inline void x2apic_fence(void)
{
	__asm__ volatile("mfence\n\tlfence" : : : "memory");
}

static inline void x2apic_write_icr(uint32_t command, uint32_t destination)
{
	x86_write_msr(X2APIC_ICR_MSR, command, destination);
}

static inline int x2apic_send_to(struct irqkit_apic_cpu *target,
				 uint32_t command)
{
	irqkit_apic_count(target, 1);
	x2apic_fence();
	x2apic_write_icr(command, target->destination);
	return 0;
}

static int x2apic_send(struct irqkit_apic_cpu *target, uint32_t command)
{
	return x2apic_send_to(target, command);
}

/* One write: an NMI finds no send half-way. */
static int x2apic_send_nmi(struct irqkit_apic_cpu *target)
{
	return x2apic_send_to(target, APIC_ICR_NMI | APIC_ICR_ASSERT);
}

static bool x2apic_many_writes(void)
{
	return x2apic_clusters.first != NULL &&
	       x2apic_clusters.first->next != NULL;
}

static const char *x2apic_describe(void)
{
	return "cluster logical destination";
}

static int x2apic_prepare(struct irqkit_apic_cpu *target)
{
	uint64_t cluster = apic_x2apic_cluster(target->id);
	uint64_t bit = apic_x2apic_cluster_bit(target->id);

	if (target->id >= APIC_X2APIC_LOGICAL_IDS) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: cpu %u has APIC id %u, which has no "
			   "logical id of its own",
			   target->cpu, target->id);
		return -ENODEV;
	}
	target->destination = target->id;
	return irqkit_send_group_add(&x2apic_clusters, target->cpu,
				     cluster << X2APIC_DESTINATION_SHIFT |
					     APIC_ICR_LOGICAL | APIC_ICR_ASSERT,
				     bit << X2APIC_DESTINATION_SHIFT);
}

/* The logical id is made by the hardware: see that it is what is used here. */
static int x2apic_start(const struct irqkit_apic_cpu *local)
{
	uint32_t expected = apic_x2apic_cluster(local->id) |
			    apic_x2apic_cluster_bit(local->id);

	return x2apic_read(APIC_LDR) == expected ? 0 : -ENODEV;
}

static void x2apic_chip_eoi(struct irq_data *data)
{
	(void)data;
	x86_write_msr(X2APIC_EOI_MSR, 0, 0);
}

static int x2apic_chip_send_single(struct irq_data *data, unsigned int cpu)
{
	return x2apic_send_to(irqkit_apic_cpus[cpu], ipi_x86_command(data));
}

/* @group is what irqkit_send_group_take() gives, the destination above. */
static inline void x2apic_write_group(uint32_t command, uint64_t group)
{
	x2apic_write_icr(command | (uint32_t)group,
			 (uint32_t)(group >> X2APIC_DESTINATION_SHIFT));
}

static inline void x2apic_copy_mask(struct cpumask *to,
				    const struct cpumask *from)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		to->bits[i] = irqkit_cpumask_load(from, i);
}

static bool x2apic_send_others(uint32_t command, const struct cpumask *dest)
{
	unsigned long flags = x86_irq_save();
	bool fits = irqkit_shorthand_fits(dest);

	if (fits) {
		irqkit_apic_count(irqkit_apic_cpus[cpumask_first(dest)], 1);
		x2apic_fence();
		x2apic_write_icr(command | APIC_ICR_ALL_BUT_SELF, 0);
	}
	x86_irq_restore(flags);
	return fits;
}

/*
 * A foreign CPU may run in xAPIC mode and so not know its cluster: it is
 * named by its id. Leaves the others in @remaining.
 */
static void x2apic_send_foreign(uint32_t command, struct cpumask *remaining)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_foreign_mask) {
		if (!cpumask_test_cpu(cpu, remaining))
			continue;
		cpumask_clear_cpu(cpu, remaining);
		x2apic_send_to(irqkit_apic_cpus[cpu], command);
	}
}

/* Any mask, whatever it holds. */
static X86_SELDOM int x2apic_send_any(uint32_t command,
				      const struct cpumask *dest)
{
	struct cpumask remaining;
	unsigned int first;
	uint64_t group;

	if (irqkit_shorthand_may() && x2apic_send_others(command, dest))
		return 0;
	x2apic_copy_mask(&remaining, dest);
	x2apic_send_foreign(command, &remaining);
	x2apic_fence();
	first = irqkit_send_group_first(&remaining);
	while (irqkit_send_group_take(&x2apic_clusters, &remaining, &group)) {
		irqkit_apic_count(irqkit_apic_cpus[first], 1);
		x2apic_write_group(command, group);
		first = irqkit_send_group_first(&remaining);
	}
	return 0;
}

/* Whether the clusters alone say how to send to a mask. */
static inline bool x2apic_is_plain(const struct cpumask *dest)
{
	return !irqkit_shorthand_may() &&
	       !__atomic_load_n(&x2apic_clusters.mixed, __ATOMIC_RELAXED) &&
	       !cpumask_intersects(dest, cpu_foreign_mask);
}

static int x2apic_chip_send_mask(struct irq_data *data,
				 const struct cpumask *dest)
{
	uint32_t command = ipi_x86_command(data);
	struct cpumask remaining;
	unsigned int first;

	if (X86_UNLIKELY(!x2apic_is_plain(dest)))
		return x2apic_send_any(command, dest);
	x2apic_copy_mask(&remaining, dest);
	x2apic_fence();
	while ((first = irqkit_send_group_first(&remaining)) < IRQKIT_NR_CPUS) {
		uint64_t group = irqkit_send_group_take_turned(&x2apic_clusters,
							       &remaining);

		irqkit_apic_count(irqkit_apic_cpus[first], 1);
		x2apic_write_group(command, group);
	}
	return 0;
}

static const struct irq_chip x2apic_single_chip = {
	.name = "x2APIC",
	.irq_eoi = x2apic_chip_eoi,
	.ipi_send_single = x2apic_chip_send_single,
	.ipi_send_mask = x2apic_chip_send_mask,
};

/* Each CPU has a vector of its own: no command reaches two of them. */
static const struct irq_chip x2apic_per_cpu_chip = {
	.name = "x2APIC",
	.irq_eoi = x2apic_chip_eoi,
	.ipi_send_single = x2apic_chip_send_single,
};

const struct irqkit_apic_ops irqkit_x2apic_ops = {
	.name = "x2APIC",
	.x2apic = true,
	.read = x2apic_read,
	.write = x2apic_write,
	.eoi = x2apic_eoi,
	.id = x2apic_id,
	.prepare = x2apic_prepare,
	.start = x2apic_start,
	.send = x2apic_send,
	.send_nmi = x2apic_send_nmi,
	.wait_sent = x2apic_wait_sent,
	.many_writes = x2apic_many_writes,
	.describe = x2apic_describe,
	.single = &x2apic_single_chip,
	.per_cpu = &x2apic_per_cpu_chip,
};
