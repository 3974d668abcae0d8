/* SPDX-License-Identifier: MIT */
/* Conformance: the CPU that an interrupt goes to leaves, and comes back. */
#include <irqkit/cpuhotplug.h>
#include "conformance_line.h"

/* The CPU that leaves. */
static unsigned int offline_cpu(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		if (cpu != irqkit_port_cpu() && suite_cpu_can_stop(cpu))
			return cpu;
	}
	return SUITE_NONE;
}

static bool offline_take_back(unsigned int cpu)
{
	return cpu_online(cpu) ||
	       tap_equal(suite_cpu_up(cpu), 0, "cpu %u comes back", cpu);
}

static void offline_check_elsewhere(struct conformance_line *line,
				    unsigned int cpu)
{
	if (!tap_equal(suite_cpu_down(cpu, NULL), 0, "cpu %u leaves", cpu))
		return;
	conformance_expect_aim(line, cpu_active_mask);
	conformance_raise(line);
	conformance_reach(line, "when its CPU has left");
}

static void offline_test_elsewhere(void)
{
	unsigned int cpu = offline_cpu();
	struct conformance_line *line = conformance_open(0, cpu);

	if (line == NULL)
		return;
	conformance_raise(line);
	conformance_reach(line, "before its CPU leaves");
	offline_check_elsewhere(line, cpu);
	if (!offline_take_back(cpu) || !conformance_aim(line, cpu))
		return;
	conformance_raise(line);
	if (conformance_reach(line, "when its CPU is back"))
		tap_equal(line->cpu, cpu, "CPU of the next event");
}

static void offline_raise(void *argument)
{
	conformance_raise(argument);
}

/* HZ1, HZ2: it is latched where nobody will take it. */
static void offline_test_pending(void)
{
	unsigned int cpu = offline_cpu();
	struct conformance_line *line = conformance_open(0, cpu);

	if (line == NULL)
		return;
	tap_equal(suite_cpu_down_deaf(cpu, NULL, offline_raise, line), 0,
		  "cpu %u leaves", cpu);
	conformance_await(line, "pending at a CPU that has left");
	offline_take_back(cpu);
}

static void offline_check_managed(unsigned int irq, unsigned int cpu)
{
	const struct irq_data *data = irq_get_irq_data(irq);

	tap_equal(suite_cpu_down(cpu, NULL), 0, "cpu %u leaves", cpu);
	tap_expect(irqd_is_managed_and_shutdown(data),
		   "it is shut down without its CPU");
	offline_take_back(cpu);
	tap_expect(irqd_is_started(data), "it is started again");
}

static void offline_test_managed(void)
{
	unsigned int cpu = offline_cpu();
	struct conformance_line *line = conformance_open_managed(0, cpu);

	if (line == NULL)
		return;
	conformance_raise(line);
	conformance_reach(line, "before its CPU leaves");
	offline_check_managed(line->irq, cpu);
	conformance_raise(line);
	if (conformance_reach(line, "when its CPU is back"))
		tap_equal(line->cpu, cpu, "CPU of the next event");
}

const struct conformance_test conformance_offline_tests[] = {
	{"C80", "When its CPU goes offline it arrives at another one",
	 offline_test_elsewhere,
	 CONFORMANCE_A_CPU_LESS | CONFORMANCE_EACH_TRIGGER, CONFORMANCE_MOVES},
	{"C81", "What is pending at a CPU that goes offline is handled once",
	 offline_test_pending,
	 CONFORMANCE_A_CPU_LESS | CONFORMANCE_EACH_TRIGGER, CONFORMANCE_MOVES},
	{"C82", "A managed interrupt is back when a CPU of its mask is",
	 offline_test_managed,
	 CONFORMANCE_A_CPU_LESS | CONFORMANCE_ALLOC | CONFORMANCE_EACH_TRIGGER,
	 CONFORMANCE_MOVES},
	{NULL, NULL, NULL, 0, 0},
};
