/* SPDX-License-Identifier: MIT */
/*
 * The counts that the backends keep, against what was sent: the commands of a
 * send, one for each group of CPUs, and interrupts that nobody sent.
 */
#include "controller.h"
#include "kernel.h"
#include "suites/ipi_suite.h"
#if defined(__x86_64__)
#include <irqkit/x86.h>
#elif defined(__aarch64__)
#include <irqkit/arm64.h>
#endif

/* CPUs of one group have the same number, from the hardware's name. */
#if defined(__x86_64__)

/*
 * An emulator may lose flat logical sends where an APIC id is nobody's, so
 * the backend does without in such a machine, if it is a virtual one.
 */
static bool controller_ids_have_hole(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		if (arch_hwcpu(cpu).id >= suite_nr_online())
			return true;
	}
	return false;
}

static bool controller_is_flat(void)
{
	return !irqkit_x86_is_x2apic() && nr_cpu_ids <= 8 &&
	       !controller_ids_have_hole();
}

static uint64_t controller_group(unsigned int cpu)
{
	uint64_t id = arch_hwcpu(cpu).id;

	if (controller_is_flat())
		return 0;
	return irqkit_x86_is_x2apic() ? id >> 4 : id;
}

static uint64_t controller_commands(void)
{
	struct irqkit_x86_stats stats;

	irqkit_x86_get_stats(&stats);
	return stats.icr_writes;
}

void controller_check_kind(void)
{
	tap_subject("the mode of the local APIC");
	if (command_line_has("expect_apic=x2apic"))
		tap_expect(irqkit_x86_is_x2apic(), "it is x2APIC");
	if (command_line_has("expect_apic=xapic"))
		tap_expect(!irqkit_x86_is_x2apic(), "it is xAPIC");
	tap_close();
}

static uint64_t controller_unexpected(void)
{
	struct irqkit_x86_stats stats;

	irqkit_x86_get_stats(&stats);
	return stats.unexpected;
}

/* The spurious vector is raised by software here: it is counted, not ended. */
static void controller_check_special(void)
{
	struct irqkit_x86_stats before, after;

	irqkit_x86_get_stats(&before);
	__asm__ volatile("int %0" : : "i"(IRQKIT_X86_SPURIOUS_VECTOR));
	irqkit_x86_get_stats(&after);
	tap_equal((long long)(after.spurious - before.spurious), 1,
		  "spurious interrupts");
	tap_equal((long long)(after.unexpected - before.unexpected), 0,
		  "vectors nobody has");
}

void controller_check_strays(bool moved)
{
	struct irqkit_x86_stats stats;

	(void)moved;
	irqkit_x86_get_stats(&stats);
	tap_subject("the local APICs saw nothing that nobody had sent");
	tap_equal((long long)stats.spurious, 0, "spurious interrupts");
	tap_equal((long long)stats.unexpected, 0, "vectors nobody has");
	tap_equal((long long)stats.errors, 0, "errors");
	tap_close();
}

#elif defined(__aarch64__)

/* Aff0 bits 3:0 choose within a group. */
static uint64_t controller_group(unsigned int cpu)
{
	return arch_hwcpu(cpu).id >> 4;
}

static uint64_t controller_commands(void)
{
	struct irqkit_gicv3_stats stats;

	irqkit_gicv3_get_stats(&stats);
	return stats.sgi_writes + stats.spi_writes;
}

void controller_check_kind(void)
{
}

static uint64_t controller_unexpected(void)
{
	struct irqkit_gicv3_stats stats;

	irqkit_gicv3_get_stats(&stats);
	return stats.unexpected;
}

/* HZ58: with nothing pending, what is acknowledged is no interrupt. */
static void controller_check_special(void)
{
	struct irqkit_gicv3_stats before, after;
	unsigned long state = irqkit_port_irq_save();

	irqkit_gicv3_get_stats(&before);
	irqkit_gicv3_interrupt();
	irqkit_port_irq_restore(state);
	irqkit_gicv3_get_stats(&after);
	tap_equal((long long)(after.special - before.special), 1,
		  "special INTIDs");
	tap_equal((long long)(after.unexpected - before.unexpected), 0,
		  "INTIDs nobody has");
}

/*
 * A CPU that was told of an SPI finds nothing when it looks if that has gone to
 * another one meanwhile (IHI 0069, 2.2.1: INTID 1023).
 */
void controller_check_strays(bool moved)
{
	struct irqkit_gicv3_stats stats;

	irqkit_gicv3_get_stats(&stats);
	tap_subject("the GIC saw nothing that nobody had sent");
	if (moved)
		tap_note("%u times nothing was left to be taken",
			 (unsigned int)stats.special);
	else
		tap_equal((long long)stats.special, 0, "special INTIDs");
	tap_equal((long long)stats.unexpected, 0, "INTIDs nobody has");
	tap_close();
}

#endif

/* Whether no CPU before @cpu is of its group. */
static bool controller_is_first(const struct cpumask *dest, unsigned int cpu)
{
	unsigned int other;

	for_each_cpu (other, dest) {
		if (other >= cpu)
			break;
		if (controller_group(other) == controller_group(cpu))
			return false;
	}
	return true;
}

static unsigned int controller_nr_groups(const struct cpumask *dest)
{
	unsigned int nr = 0;
	unsigned int cpu;

	for_each_cpu (cpu, dest)
		nr += controller_is_first(dest, cpu);
	return nr;
}

/* One command for all but self, where every CPU there is runs. */
static unsigned int controller_expected(const struct cpumask *dest)
{
	struct cpumask all;

	cpumask_copy(&all, dest);
	cpumask_set_cpu(irqkit_port_cpu(), &all);
	if (!cpumask_equal(&all, dest) && machine.refused == 0 &&
	    cpumask_equal(&all, cpu_possible_mask) &&
	    cpumask_equal(cpu_online_mask, cpu_possible_mask))
		return 1;
	return controller_nr_groups(dest);
}

static void controller_send(const struct cpumask *dest, bool per_cpu,
			    const char *what)
{
	uint64_t before = controller_commands();

	ledger_send_mask(&ipi_ledger, dest, LEDGER_MASK);
	tap_equal((long long)(controller_commands() - before),
		  per_cpu ? cpumask_weight(dest) : controller_expected(dest),
		  "commands to %s, %u CPUs", what, cpumask_weight(dest));
}

/* From CPU 0; the others idle, so that nobody else sends. */
static void controller_send_masks(bool per_cpu)
{
	uint32_t random = SUITE_SEED;
	struct cpumask dest;
	unsigned int cpu;

	controller_send(cpu_online_mask, per_cpu, "all");
	cpumask_copy(&dest, cpu_online_mask);
	cpumask_clear_cpu(irqkit_port_cpu(), &dest);
	if (!cpumask_empty(&dest))
		controller_send(&dest, per_cpu, "all but self");
	for_each_cpu (cpu, cpu_online_mask) {
		irqkit_cpumask_single(&dest, cpu);
		controller_send(&dest, per_cpu, "one");
	}
	for (unsigned int i = 0; i < 20; i++) {
		suite_random_mask(&random, &dest);
		controller_send(&dest, per_cpu, "some");
	}
}

static void controller_check_mode(bool per_cpu)
{
	struct cpumask cpus;

	tap_subject("%s mode: commands that a send takes",
		    per_cpu ? "per-CPU" : "single");
	suite_all_cpus(per_cpu, &cpus);
	if (ledger_open(&ipi_ledger, per_cpu, &cpus)) {
		controller_send_masks(per_cpu);
		ledger_close(&ipi_ledger);
	}
	tap_close();
}

void controller_check_commands(void)
{
	controller_check_mode(false);
	if (suite_domain(true) != NULL)
		controller_check_mode(true);
}

static irqreturn_t controller_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	tap_expect(false, "the handler of a destroyed IPI runs");
	return IRQ_HANDLED;
}

static bool controller_unexpected_came(void *before)
{
	return controller_unexpected() != *(const uint64_t *)before;
}

/* It is pending at the controller when its number is freed. */
static void controller_lose_owner(void)
{
	uint64_t before = controller_unexpected();
	unsigned long state;
	struct cpumask self;
	int irq;

	irqkit_cpumask_single(&self, irqkit_port_cpu());
	irq = irq_reserve_ipi(suite_domain(false), &self);
	tap_expect(irq > 0, "reserve");
	tap_equal(request_irq((unsigned int)irq, controller_handler, 0, "stray",
			      NULL),
		  0, "request_irq()");
	state = irqkit_port_irq_save();
	tap_equal(ipi_send_single((unsigned int)irq, irqkit_port_cpu()), 0,
		  "send");
	tap_equal(free_irq((unsigned int)irq, NULL), 0, "free_irq()");
	tap_equal(irq_destroy_ipi((unsigned int)irq, &self), 0, "destroy");
	tap_equal((long long)controller_unexpected(), (long long)before,
		  "before interrupts are on");
	irqkit_port_irq_restore(state);
	tap_expect(suite_wait(controller_unexpected_came, &before),
		   "it arrives");
	tap_equal((long long)(controller_unexpected() - before), 1,
		  "interrupts that nobody has");
}

void controller_check_unexpected(void)
{
	tap_subject("an interrupt that nobody has any more is counted");
	controller_lose_owner();
	controller_lose_owner();
	tap_close();
	tap_subject("what is no interrupt of anybody is counted");
	controller_check_special();
	tap_close();
	controller_check_mode(false);
}
