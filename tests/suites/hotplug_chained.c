/* SPDX-License-Identifier: MIT */
/* What becomes of a chained interrupt when its CPU goes. */
#include "hotplug.h"

static struct {
	unsigned int irq;
	unsigned int raised;
	unsigned int handled;
	unsigned int last; /* the CPU of the last call */
} chained;

/* There is nothing behind it. */
static void chained_flow(struct irq_desc *desc)
{
	chained_irq_enter(desc);
	__atomic_store_n(&chained.last, irqkit_port_cpu(), __ATOMIC_RELAXED);
	__atomic_fetch_add(&chained.handled, 1, __ATOMIC_RELEASE);
	chained_irq_exit(desc);
}

static bool chained_attach(unsigned int irq)
{
	int error = irq_set_chained_handler_and_data(irq, chained_flow, NULL);

	chained.irq = irq;
	chained.raised = 0;
	chained.handled = 0;
	return tap_equal(error, 0, "irq_set_chained_handler_and_data()");
}

static bool chained_open(const struct cpumask *cpus)
{
	struct irq_affinity_desc affinity = {.is_managed = false};
	int irq;

	cpumask_copy(&affinity.mask, cpus);
	irq = irq_domain_alloc_irqs_affinity(suite_devices(), 1, NUMA_NO_NODE,
					     NULL, &affinity);
	if (!tap_expect(irq > 0, "allocate: %d", irq))
		return false;
	if (chained_attach((unsigned int)irq))
		return true;
	irq_domain_free_irqs((unsigned int)irq, 1);
	return false;
}

static void chained_close(void)
{
	tap_equal(irq_set_chained_handler_and_data(chained.irq, NULL, NULL), 0,
		  "it is chained no more");
	tap_equal(irq_domain_free_irqs(chained.irq, 1), 0, "free");
}

static void chained_raise(void *argument)
{
	(void)argument;
	chained.raised++;
	tap_equal(suite_fire(chained.irq), 0, "it is raised");
}

static bool chained_came(void *argument)
{
	(void)argument;
	return __atomic_load_n(&chained.handled, __ATOMIC_ACQUIRE) >=
	       chained.raised;
}

/* All that was raised was handled once. */
static void chained_balance(void)
{
	tap_expect(suite_wait(chained_came, NULL), "irq %u: an event is lost",
		   chained.irq);
	suite_settle();
	tap_equal(__atomic_load_n(&chained.handled, __ATOMIC_ACQUIRE),
		  chained.raised, "irq %u: events handled", chained.irq);
}

static unsigned int chained_aim(void)
{
	struct cpumask effective;

	tap_equal(irq_get_effective_affinity(chained.irq, &effective), 0,
		  "irq_get_effective_affinity()");
	return cpumask_first(&effective);
}

static void chained_probe(void)
{
	chained_raise(NULL);
	chained_balance();
	tap_equal(chained.last, chained_aim(), "where irq %u came",
		  chained.irq);
}

static void chained_expect_receipt(const struct irqkit_receipt *receipt,
				   enum irqkit_receipt_kind kind)
{
	tap_equal(receipt->count[kind], 1, "interrupts that were moved");
	tap_equal(receipt->count[IRQKIT_RECEIPT_FORWARDED],
		  suite_latches_at_cpus(), "interrupts that were forwarded");
	tap_equal(receipt->count[IRQKIT_RECEIPT_STUCK], 0,
		  "interrupts that are stuck");
}

/* The CPU has interrupts off when an event comes, and then goes. */
static void chained_step(enum irqkit_receipt_kind kind)
{
	struct irqkit_receipt receipt = {.room = 0};
	unsigned int cpu = chained_aim();

	chained_probe();
	tap_equal(suite_cpu_down_deaf(cpu, &receipt, chained_raise, NULL), 0,
		  "cpu %u goes down", cpu);
	chained_expect_receipt(&receipt, kind);
	chained_balance();
	tap_expect(cpu_active(chained_aim()), "it goes to cpu %u",
		   chained_aim());
	chained_probe();
	hotplug_tell(chained.irq);
	hotplug_up(cpu);
	chained_probe();
}

static void chained_run(const struct cpumask *cpus,
			enum irqkit_receipt_kind kind)
{
	for (unsigned int i = 0; i < 4 && tap_is_good(); i++) {
		if (!chained_open(cpus))
			return;
		chained_step(kind);
		chained_close();
	}
}

static void chained_within(void)
{
	chained_run(hotplug_mask_two(hotplug_cpu(0), hotplug_cpu(1)),
		    IRQKIT_RECEIPT_MOVED);
}

static void chained_outside(void)
{
	chained_run(hotplug_mask(hotplug_cpu(0)), IRQKIT_RECEIPT_BROKEN);
}

const struct hotplug_test hotplug_chained_tests[] = {
	{"H3 HZ10: chained, it moves, and what its CPU cannot take comes once",
	 chained_within, 2, HOTPLUG_NEEDS_NOTHING},
	{"H3 H8: chained, without a CPU of its affinity it goes to another one",
	 chained_outside, 1, HOTPLUG_NEEDS_NOTHING},
	{.name = NULL},
};
