/* SPDX-License-Identifier: MIT */
/*
 * What `make run` shows of cross calls, and of many IPIs over one. Handlers
 * only count.
 */
#include "demo.h"
#include <irqkit/cpulist.h>
#include "kernel.h"

#define CALLS_ROUND_TRIPS 200U
#define CALLS_VIRTUAL	  70U
#define CALLS_LIST	  64U
#define CALLS_DEADLINE_NS 20000000000ULL

static struct cpumask calls_answered;
static unsigned int calls_handled;
static unsigned int calls_failures;

static bool calls_check(const char *what, int result)
{
	if (result >= 0)
		return true;
	print("  %s: error %d\n", what, result);
	calls_failures++;
	return false;
}

static void calls_answer(void *info)
{
	(void)info;
	irqkit_cpumask_set_cpu_atomic(irqkit_port_cpu(), &calls_answered);
}

static void calls_to_all(void)
{
	char list[CALLS_LIST];

	if (!calls_check("on_each_cpu",
			 on_each_cpu(calls_answer, NULL, IRQKIT_CALL_WAIT)))
		return;
	irqkit_cpulist_print(list, sizeof(list), &calls_answered);
	print("  a function on each CPU: ran on %s\n", list);
	if (!cpumask_equal(&calls_answered, cpu_online_mask))
		calls_failures++;
}

static void calls_round_trip(unsigned int target)
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < CALLS_ROUND_TRIPS; i++) {
		uint64_t start = arch_nanoseconds();
		uint64_t took;

		if (!calls_check("smp_call_function_single",
				 smp_call_function_single(target, calls_answer,
							  NULL,
							  IRQKIT_CALL_WAIT)))
			return;
		took = arch_nanoseconds() - start;
		if (took < best)
			best = took;
	}
	print("  a function on cpu %u, %u times: there and back in %lu ns, the "
	      "shortest\n",
	      target, CALLS_ROUND_TRIPS, (unsigned long)best);
}

static irqreturn_t calls_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	__atomic_fetch_add(&calls_handled, 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static bool calls_wait(unsigned int wanted)
{
	uint64_t start = arch_nanoseconds();

	while (__atomic_load_n(&calls_handled, __ATOMIC_ACQUIRE) != wanted) {
		if (arch_nanoseconds() - start > CALLS_DEADLINE_NS)
			return calls_check("an IPI over a mux", -ETIMEDOUT);
		arch_relax();
	}
	return true;
}

/* One of many, from its reservation to its end. */
static bool calls_send_virtual(struct irq_domain *domain, unsigned int target,
			       unsigned int wanted)
{
	int irq = irq_reserve_ipi(domain, cpu_possible_mask);
	unsigned int number = (unsigned int)irq;

	return calls_check("reserve", irq) &&
	       calls_check("request", request_irq(number, calls_handler, 0,
						  "virtual", NULL)) &&
	       calls_check("send", ipi_send_single(number, target)) &&
	       calls_wait(wanted);
}

/* They are numbers in a row: the first ones of the mux's domain. */
static void calls_end_virtual(const struct irq_domain *domain)
{
	for (unsigned int hwirq = 0; hwirq < CALLS_VIRTUAL; hwirq++) {
		unsigned int irq = irq_find_mapping(domain, hwirq);

		if (irq == 0)
			continue;
		calls_check("free", free_irq(irq, NULL));
		calls_check("destroy", irq_destroy_ipi(irq, cpu_possible_mask));
	}
}

static void calls_over_mux(unsigned int target)
{
	const struct irqkit_ipi_mux_info info = {.name = "demo",
						 .parent = machine.ipi_single,
						 .nr = CALLS_VIRTUAL};
	struct irqkit_ipi_mux *mux;
	struct irq_domain *domain;
	unsigned int sent = 0;

	if (!calls_check("mux", irqkit_ipi_mux_create(&info, &mux)))
		return;
	domain = irqkit_ipi_mux_domain(mux);
	while (sent < CALLS_VIRTUAL &&
	       calls_send_virtual(domain, target, sent + 1))
		sent++;
	print("  %u IPIs over one: each sent to cpu %u, %u handled\n",
	      CALLS_VIRTUAL, target, calls_handled);
	calls_end_virtual(domain);
	calls_check("end of the mux", irqkit_ipi_mux_destroy(mux));
}

unsigned int demo_calls(void)
{
	unsigned int target = cpumask_last(cpu_online_mask);

	print("\ncross calls\n");
	if (!calls_check("irqkit_smp_call_init",
			 irqkit_smp_call_init(machine.ipi_single)))
		return calls_failures;
	calls_to_all();
	calls_round_trip(target);
	calls_over_mux(target);
	return calls_failures;
}
