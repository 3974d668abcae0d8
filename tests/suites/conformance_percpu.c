/* SPDX-License-Identifier: MIT */
/* Conformance: interrupts of which each CPU has a line of its own. */
#include <irqkit/irqdomain.h>
#include "conformance_line.h"

/* What one CPU does with its line, and what its handler saw. */
static struct percpu_part {
	unsigned long handled;
	unsigned long strays; /* on another CPU */
	int error;
} percpu_parts[IRQKIT_NR_CPUS];

static void *percpu_cookies[IRQKIT_NR_CPUS];
static unsigned int percpu_irq;
static struct cpumask percpu_cpus; /* that take part */

static struct percpu_part *percpu_this(void)
{
	return &percpu_parts[irqkit_port_cpu()];
}

static irqreturn_t percpu_handler(unsigned int irq, void *dev_id)
{
	struct percpu_part *part = dev_id;

	if (irq != percpu_irq || part != percpu_this())
		__atomic_fetch_add(&part->strays, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&part->handled, 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static void percpu_note(int error)
{
	if (error != 0)
		percpu_this()->error = error;
}

static void percpu_enable(void *argument)
{
	(void)argument;
	percpu_note(enable_percpu_irq(percpu_irq));
}

static void percpu_disable(void *argument)
{
	(void)argument;
	percpu_note(disable_percpu_irq(percpu_irq));
}

static void percpu_fire(void *argument)
{
	const struct conformance_controller *chip = conformance_chip;

	(void)argument;
	percpu_note(chip->fire != NULL
			    ? chip->fire(chip, percpu_irq)
			    : irq_set_irqchip_state(
				      percpu_irq, IRQCHIP_STATE_PENDING, true));
}

static bool percpu_open(void)
{
	int irq = conformance_allocate(0, NULL);
	int error;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct percpu_part nothing = {.handled = 0};

		percpu_parts[cpu] = nothing;
		percpu_cookies[cpu] = &percpu_parts[cpu];
	}
	suite_few_cpus(&percpu_cpus);
	if (!tap_expect(irq > 0, "allocate a line: %d", irq))
		return false;
	percpu_irq = (unsigned int)irq;
	error = request_percpu_irq(percpu_irq, percpu_handler, "conformance",
				   percpu_cookies);
	if (tap_equal(error, 0, "request_percpu_irq()"))
		return true;
	irq_domain_free_irqs(percpu_irq, 1);
	return false;
}

static void percpu_close(void)
{
	unsigned int cpu;

	suite_run_on_mask(&percpu_cpus, percpu_disable, NULL);
	for_each_cpu (cpu, &percpu_cpus) {
		tap_equal(percpu_parts[cpu].error, 0, "calls of cpu %u", cpu);
		tap_equal((long long)percpu_parts[cpu].strays, 0,
			  "with the cookie of cpu %u, and on another", cpu);
	}
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0,
		  "free_percpu_irq()");
	tap_equal(irq_domain_free_irqs(percpu_irq, 1), 0, "free irq %u",
		  percpu_irq);
}

static bool percpu_came(void *argument)
{
	const struct percpu_part *part = argument;

	return __atomic_load_n(&part->handled, __ATOMIC_ACQUIRE) != 0;
}

/* Each of the CPUs has handled one, or those of @none nothing. */
static void percpu_expect(const struct cpumask *none)
{
	unsigned int cpu;

	for_each_cpu (cpu, &percpu_cpus) {
		if (!cpumask_test_cpu(cpu, none))
			conformance_wait(percpu_came, &percpu_parts[cpu]);
	}
	conformance_settle();
	for_each_cpu (cpu, &percpu_cpus)
		tap_equal((long long)percpu_parts[cpu].handled,
			  cpumask_test_cpu(cpu, none) ? 0 : 1,
			  "handled on cpu %u", cpu);
}

static void percpu_test_kind(void)
{
	struct cpumask mask;

	if (!percpu_open())
		return;
	tap_expect(irqd_is_per_cpu(irq_get_irq_data(percpu_irq)),
		   "it has IRQ_PER_CPU");
	irqkit_cpumask_single(&mask, irqkit_port_cpu());
	tap_equal(irq_set_affinity(percpu_irq, &mask), -IRQKIT_EINVAL,
		  "irq_set_affinity()");
	percpu_close();
}

static void percpu_test_arrival(void)
{
	struct cpumask none;
	unsigned int cpu;

	if (!percpu_open())
		return;
	cpumask_clear(&none);
	suite_run_on_mask(&percpu_cpus, percpu_enable, NULL);
	for_each_cpu (cpu, &percpu_cpus)
		suite_run_on(cpu, percpu_fire, NULL);
	percpu_expect(&none);
	percpu_close();
}

/* The first CPU has it disabled, the others have not. */
static void percpu_test_disabled(void)
{
	unsigned int first = irqkit_port_cpu();
	struct cpumask none;

	if (!percpu_open())
		return;
	irqkit_cpumask_single(&none, first);
	suite_run_on_mask(&percpu_cpus, percpu_enable, NULL);
	suite_run_on(first, percpu_disable, NULL);
	suite_run_on_mask(&percpu_cpus, percpu_fire, NULL);
	percpu_expect(&none);
	percpu_close();
}

static void percpu_test_kept(void)
{
	struct cpumask none;

	if (!percpu_open())
		return;
	cpumask_copy(&none, &percpu_cpus);
	suite_run_on_mask(&percpu_cpus, percpu_fire, NULL);
	percpu_expect(&none);
	suite_run_on_mask(&percpu_cpus, percpu_enable, NULL);
	cpumask_clear(&none);
	percpu_expect(&none);
	percpu_close();
}

static void percpu_test_ended(void)
{
	struct percpu_part *part = percpu_this();

	if (!percpu_open())
		return;
	percpu_enable(NULL);
	for (unsigned int i = 0; i < 5; i++) {
		part->handled = 0;
		percpu_fire(NULL);
		if (!tap_expect(conformance_wait(percpu_came, part),
				"event %u in a row was not handled", i))
			break;
	}
	percpu_close();
}

const struct conformance_test conformance_percpu_tests[] = {
	{"C90", "A per-CPU interrupt says so, and is not moved",
	 percpu_test_kind, 0, CONFORMANCE_PER_CPU},
	{"C91", "Each CPU handles its own once, with its own cookie",
	 percpu_test_arrival, 0, CONFORMANCE_PER_CPU},
	{"C92", "Where a CPU has disabled it that CPU handles none",
	 percpu_test_disabled, 0, CONFORMANCE_PER_CPU},
	{"C93", "What came where it was not enabled is handled when it is",
	 percpu_test_kept, 0, CONFORMANCE_PER_CPU | CONFORMANCE_LATCHES},
	{"C94", "When one was handled the CPU takes the next",
	 percpu_test_ended, 0, CONFORMANCE_PER_CPU},
	{NULL, NULL, NULL, 0, 0},
};
