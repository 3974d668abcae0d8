/* SPDX-License-Identifier: MIT */
/*
 * xAPIC mode: registers in memory, ids of 8 bits, and an ICR of two registers
 * that a send writes with interrupts off on its CPU. No lock.
 *
 * Order: a write to uncached memory is not done before the writes that stand
 * before it in the program (SDM 8.2.2; 11.3, "Strong Uncacheable"), so what
 * the sender stored is visible when the ICR is written. The compiler is held
 * back by x86_irq_save().
 */
#include <irqkit/print.h>
#include "cpu_x86.h"
#include "ipi_x86.h"
#include "shorthand.h"

/*
 * A send takes microseconds; one that takes this long never ends. Interrupts
 * are off in the meantime.
 */
#define XAPIC_SEND_LIMIT_NS 10000000U

static volatile uint8_t *xapic_base;

/*
 * Whether one write reaches any of the CPUs by their bits. Changed before the
 * CPU that changes it can be a target.
 */
static bool xapic_flat;

void irqkit_xapic_map(volatile void *base)
{
	xapic_base = base;
}

static inline uint32_t xapic_read(unsigned int reg)
{
	return x86_read_register(xapic_base + reg);
}

static inline void xapic_write(unsigned int reg, uint32_t value)
{
	x86_write_register(xapic_base + reg, value);
}

static uint32_t xapic_read_op(unsigned int reg)
{
	return xapic_read(reg);
}

static void xapic_write_op(unsigned int reg, uint32_t value)
{
	xapic_write(reg, value);
}

static void xapic_eoi(void)
{
	xapic_write(APIC_EOI, 0);
}

static uint32_t xapic_id(void)
{
	return xapic_read(APIC_ID) >> APIC_XAPIC_ID_SHIFT;
}

static bool xapic_is_idle(void)
{
	return (xapic_read(APIC_ICR_LOW) & APIC_ICR_PENDING) == 0;
}

static int xapic_wait_idle(void)
{
	uint64_t start = irqkit_port_nanoseconds();

	while (!xapic_is_idle()) {
		if (irqkit_port_nanoseconds() - start > XAPIC_SEND_LIMIT_NS)
			return -ETIMEDOUT;
		x86_relax();
	}
	return 0;
}

/* Locks may be held, and in a stop all the more. */
static int xapic_report_timeout(void)
{
	static struct irqkit_apic_log_limit limit;

	if (irqkit_apic_may_log(&limit))
		irqkit_log_later(IRQKIT_LOG_ERROR,
				 "irqkit: cpu %u: the local APIC did not send "
				 "an IPI within %u us",
				 irqkit_port_cpu(), XAPIC_SEND_LIMIT_NS / 1000);
	return -ETIMEDOUT;
}

static int xapic_wait_sent(void)
{
	return xapic_wait_idle() == 0 ? 0 : xapic_report_timeout();
}

/* The high half is only stored; the write of the low half sends. */
static inline void xapic_write_icr(uint32_t destination, uint32_t command)
{
	xapic_write(APIC_ICR_HIGH, destination);
	xapic_write(APIC_ICR_LOW, command);
}

/* The send before this one has not left yet; @flags are those to go back to. */
static X86_SELDOM int xapic_send_after_wait(struct irqkit_apic_cpu *counted,
					    uint32_t destination,
					    uint32_t command,
					    unsigned long flags)
{
	int error = xapic_wait_idle();

	if (error == 0)
		xapic_write_icr(destination, command);
	x86_irq_restore(flags);
	if (error != 0)
		return xapic_report_timeout();
	irqkit_apic_count(counted, 1);
	return 0;
}

/* Interrupts are off since x86_irq_save() returned @flags. */
static inline int xapic_send_irq_off(struct irqkit_apic_cpu *counted,
				     uint32_t destination, uint32_t command,
				     unsigned long flags)
{
	if (X86_UNLIKELY(!xapic_is_idle()))
		return xapic_send_after_wait(counted, destination, command,
					     flags);
	xapic_write_icr(destination, command);
	x86_irq_restore(flags);
	irqkit_apic_count(counted, 1);
	return 0;
}

static inline int xapic_send_to(struct irqkit_apic_cpu *target,
				uint32_t command)
{
	return xapic_send_irq_off(target, target->destination, command,
				  x86_irq_save());
}

static int xapic_send(struct irqkit_apic_cpu *target, uint32_t command)
{
	return xapic_send_to(target, command);
}

/*
 * The caller may be an NMI that came between the two writes of a send. So this
 * one has left, and the high half is what it was, before that send goes on
 * (HZ49: it is not waited for longer than for any other).
 */
static int xapic_send_nmi(struct irqkit_apic_cpu *target)
{
	unsigned long flags = x86_irq_save();
	uint32_t high = xapic_read(APIC_ICR_HIGH);
	int error = xapic_wait_idle();

	if (error == 0) {
		xapic_write_icr(target->destination,
				APIC_ICR_NMI | APIC_ICR_ASSERT);
		irqkit_apic_count(target, 1);
		error = xapic_wait_idle();
		xapic_write(APIC_ICR_HIGH, high);
	}
	x86_irq_restore(flags);
	return error;
}

/*
 * Flat logical mode: CPU n is bit n. Foreign CPUs have logical ids that this
 * kernel does not know, which may even be the same bits.
 */
static inline bool xapic_is_flat(void)
{
	return X86_LIKELY(__atomic_load_n(&xapic_flat, __ATOMIC_RELAXED)) &&
	       X86_LIKELY(irqkit_cpumask_load(cpu_foreign_mask, 0) == 0);
}

static bool xapic_many_writes(void)
{
	return !xapic_flat;
}

static const char *xapic_describe(void)
{
	return xapic_many_writes() ? "one write a CPU"
				   : "flat logical destination";
}

/* Whether there are ids that no CPU has below that of one which is ready. */
static bool xapic_ids_have_hole(const struct irqkit_apic_cpu *target)
{
	uint32_t highest = target->id;
	unsigned int ready = 1;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct irqkit_apic_cpu *other = irqkit_apic_cpus[cpu];

		if (other == target || !other->prepared)
			continue;
		ready++;
		if (other->id > highest)
			highest = other->id;
	}
	return highest >= ready;
}

/*
 * QEMU 7.2 loses what is sent by logical destination to CPUs beyond an id that
 * no CPU has. Hardware does not, so only a virtual machine does without.
 */
static void xapic_update_flat(const struct irqkit_apic_cpu *target)
{
	bool trusted = (x86_cpuid(1).c & CPUID_1_C_HYPERVISOR) == 0 ||
		       !xapic_ids_have_hole(target);
	bool flat = nr_cpu_ids <= APIC_FLAT_CPUS && trusted;

	if (xapic_flat && !flat)
		irqkit_log(IRQKIT_LOG_INFO,
			   "irqkit: APIC ids of a virtual machine with a hole "
			   "before %u: masks by one write a CPU",
			   target->id);
	__atomic_store_n(&xapic_flat, flat, __ATOMIC_RELAXED);
}

static int xapic_prepare(struct irqkit_apic_cpu *target)
{
	if (target->id >= APIC_XAPIC_BROADCAST) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: cpu %u has APIC id %u, which xAPIC mode "
			   "cannot reach",
			   target->cpu, target->id);
		return -ENODEV;
	}
	target->destination = target->id << APIC_XAPIC_ID_SHIFT;
	xapic_update_flat(target);
	return 0;
}

/* DFR and LDR are to be written before the APIC is enabled (10.6.2.2). */
static int xapic_start(const struct irqkit_apic_cpu *local)
{
	uint32_t bit = local->cpu < APIC_FLAT_CPUS ? 1U << local->cpu : 0;

	xapic_write(APIC_DFR, APIC_DFR_FLAT);
	xapic_write(APIC_LDR, bit << APIC_XAPIC_ID_SHIFT);
	return 0;
}

static void xapic_chip_eoi(struct irq_data *data)
{
	(void)data;
	xapic_write(APIC_EOI, 0);
}

static int xapic_chip_send_single(struct irq_data *data, unsigned int cpu)
{
	return xapic_send_to(irqkit_apic_cpus[cpu], ipi_x86_command(data));
}

static int xapic_send_flat(uint32_t command, const struct cpumask *dest)
{
	uint32_t bits = (uint32_t)irqkit_cpumask_load(dest, 0);

	if (X86_UNLIKELY(bits == 0))
		return 0;
	return xapic_send_irq_off(irqkit_apic_cpus[__builtin_ctz(bits)],
				  bits << APIC_XAPIC_ID_SHIFT,
				  command | APIC_ICR_LOGICAL, x86_irq_save());
}

/* Interrupts are off for one write only, however many CPUs there are. */
static int xapic_send_each(uint32_t command, const struct cpumask *dest)
{
	unsigned int cpu;
	int result = 0;

	for_each_cpu (cpu, dest) {
		int error = xapic_send_to(irqkit_apic_cpus[cpu], command);

		if (error != 0)
			result = error;
	}
	return result;
}

static X86_SELDOM int xapic_send_many(uint32_t command,
				      const struct cpumask *dest)
{
	unsigned long flags = x86_irq_save();

	if (!irqkit_shorthand_may() || !irqkit_shorthand_fits(dest)) {
		x86_irq_restore(flags);
		return xapic_send_each(command, dest);
	}
	return xapic_send_irq_off(irqkit_apic_cpus[cpumask_first(dest)], 0,
				  command | APIC_ICR_ALL_BUT_SELF, flags);
}

static int xapic_chip_send_mask(struct irq_data *data,
				const struct cpumask *dest)
{
	uint32_t command = ipi_x86_command(data);

	if (X86_LIKELY(xapic_is_flat()))
		return xapic_send_flat(command, dest);
	return xapic_send_many(command, dest);
}

static const struct irq_chip xapic_single_chip = {
	.name = "xAPIC",
	.irq_eoi = xapic_chip_eoi,
	.ipi_send_single = xapic_chip_send_single,
	.ipi_send_mask = xapic_chip_send_mask,
};

/* Each CPU has a vector of its own: no command reaches two of them. */
static const struct irq_chip xapic_per_cpu_chip = {
	.name = "xAPIC",
	.irq_eoi = xapic_chip_eoi,
	.ipi_send_single = xapic_chip_send_single,
};

const struct irqkit_apic_ops irqkit_xapic_ops = {
	.name = "xAPIC",
	.read = xapic_read_op,
	.write = xapic_write_op,
	.eoi = xapic_eoi,
	.id = xapic_id,
	.prepare = xapic_prepare,
	.start = xapic_start,
	.send = xapic_send,
	.send_nmi = xapic_send_nmi,
	.wait_sent = xapic_wait_sent,
	.many_writes = xapic_many_writes,
	.describe = xapic_describe,
	.single = &xapic_single_chip,
	.per_cpu = &xapic_per_cpu_chip,
};
