/* SPDX-License-Identifier: MIT */
/*
 * What a debug build stops at: each case runs in a child that must panic with
 * the right words. The locks have no public calls, so this one test includes
 * the private header.
 */
#include "../../src/internals.h"
#include "host.h"
#include "sim_ipi.h"
#include "suites/tap.h"

static struct irqkit_lock lock_outer;
static struct irqkit_lock lock_inner;

static void lock_right_order(void)
{
	unsigned long outer = irqkit_lock_acquire(&lock_outer);
	unsigned long inner;

	tap_expect(irqkit_port_irqs_disabled(), "interrupts are off");
	irqkit_assert_held(&lock_outer);
	inner = irqkit_lock_acquire(&lock_inner);
	irqkit_lock_release(&lock_inner, inner);
	tap_expect(irqkit_port_irqs_disabled(), "interrupts are still off");
	irqkit_lock_release(&lock_outer, outer);
	tap_expect(!irqkit_port_irqs_disabled(), "interrupts are on again");
	irqkit_assert_no_lock();
}

IRQKIT_UNCHECKED_LOCKING
static void lock_wrong_order(void)
{
	irqkit_lock_acquire(&lock_inner);
	irqkit_lock_acquire(&lock_outer);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_twice(void)
{
	irqkit_lock_acquire(&lock_outer);
	irqkit_lock_acquire(&lock_outer);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_of_same_rank(void)
{
	static struct irqkit_lock other;

	irqkit_lock_init(&other, RANK_TABLE);
	irqkit_lock_acquire(&lock_outer);
	irqkit_lock_acquire(&other);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_not_held(void)
{
	irqkit_lock_release(&lock_outer, 0);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_held_by_another(void)
{
	irqkit_lock_acquire(&lock_outer);
	host_become(1);
	irqkit_port_irq_save();
	irqkit_lock_release(&lock_outer, 0);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_released_with_interrupts_on(void)
{
	irqkit_lock_acquire(&lock_outer);
	irqkit_port_irq_restore(0);
	irqkit_assert_held(&lock_outer);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_log_inside(void)
{
	irqkit_lock_acquire(&lock_outer);
	irqkit_log(IRQKIT_LOG_INFO, "with a lock");
}

IRQKIT_UNCHECKED_LOCKING
static void lock_alloc_inside(void)
{
	irqkit_lock_acquire(&lock_outer);
	irq_alloc_descs(-1, 1, 1, 0);
}

IRQKIT_UNCHECKED_LOCKING
static void lock_wait_inside(void)
{
	irqkit_lock_acquire(&lock_outer);
	irqkit_grace_period();
}

static void lock_wait_in_handler(void)
{
	irqkit_dispatch_enter(0);
	irqkit_grace_period();
}

static void lock_flow_with_interrupts_on(void)
{
	int irq = irq_alloc_descs(-1, 1, 1, 0);

	handle_percpu_irq(irq_to_desc((unsigned int)irq));
}

static void lock_bad_flow_with_interrupts_on(void)
{
	int irq = irq_alloc_descs(-1, 1, 1, 0);

	handle_bad_irq(irq_to_desc((unsigned int)irq));
}

IRQKIT_UNCHECKED_LOCKING
static void lock_set_info_outside_alloc(void)
{
	struct sim_ipi *sim = sim_ipi_create("sim", false, true, 4);
	int irq = irq_alloc_descs(-1, 1, 1, 0);

	irq_domain_set_info(sim->domain, (unsigned int)irq, 0, &sim->chip, NULL,
			    handle_percpu_irq);
}

struct lock_case {
	void (*run)(void);
	const char *name;
	const char *words;
};

static const struct lock_case lock_cases[] = {
	{lock_wrong_order, "a lock taken out of order", "out of order"},
	{lock_twice, "a lock taken twice", "out of order"},
	{lock_of_same_rank, "two locks of one rank", "out of order"},
	{lock_not_held, "a lock released that is free", "src/lock.c"},
	{lock_held_by_another, "a lock released by another CPU", "holder"},
	{lock_released_with_interrupts_on, "a lock held with interrupts on",
	 "irqs_disabled"},
	{lock_log_inside, "a log line with a lock held", "src/lock.c"},
	{lock_alloc_inside, "an allocation with a lock held", "src/lock.c"},
	{lock_wait_inside, "a grace period with a lock held", "src/lock.c"},
	{lock_wait_in_handler, "a grace period in a handler", "src/dispatch.c"},
	{lock_flow_with_interrupts_on, "handle_percpu_irq() with interrupts on",
	 "src/flow.c"},
	{lock_bad_flow_with_interrupts_on,
	 "handle_bad_irq() with interrupts on", "src/flow.c"},
	{lock_set_info_outside_alloc,
	 "irq_domain_set_info() without the domain's lock", "src/lock.c"},
};

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, 2);
	host_start(3, &offline);
	irqkit_lock_init(&lock_outer, RANK_TABLE);
	irqkit_lock_init(&lock_inner, RANK_DESC);
	tap_subject("locks in their order");
	lock_right_order();
	tap_close();
	for (size_t i = 0; i < sizeof(lock_cases) / sizeof(lock_cases[0]);
	     i++) {
		tap_subject("a debug build stops at %s", lock_cases[i].name);
		if (IRQKIT_DEBUG)
			tap_expect(host_panics(lock_cases[i].run,
					       lock_cases[i].words),
				   "it panicked, and said '%s'",
				   lock_cases[i].words);
		else
			tap_skip("not a debug build");
		tap_close();
	}
	return host_end();
}
