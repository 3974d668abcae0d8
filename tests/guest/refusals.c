/* SPDX-License-Identifier: MIT */
/*
 * Calls that fail in this kernel: the documented error, and nothing changed.
 * Steps of CPUs by cpu_down() and cpu_up(), and handlers in threads.
 */
#include "refusals.h"
#include "kernel.h"
#include "suites/suite.h"

/* HZ42: the first number that is no CPU, and the last one there is. */
static void refusals_no_cpu(unsigned int cpu)
{
	tap_equal(cpu_down(cpu, NULL), -EINVAL, "cpu_down(%u)", cpu);
	tap_equal(cpu_up(cpu), -EINVAL, "cpu_up(%u)", cpu);
}

static void refusals_check_numbers(void)
{
	unsigned int self = irqkit_port_cpu();

	tap_subject("cpu_down(), cpu_up(): CPUs that are none, and this one");
	refusals_no_cpu(machine.nr_cpus);
	refusals_no_cpu(SUITE_NONE);
	tap_equal(cpu_down(self, NULL),
		  suite_nr_online() == 1 ? -EBUSY : -EINVAL,
		  "cpu_down() of this CPU");
	tap_equal(cpu_up(self), -EBUSY, "cpu_up() of this CPU");
	tap_expect(cpu_online(self) && cpu_active(self), "it is active");
	tap_close();
}

static void refusals_check_twice(void)
{
	unsigned int cpu = suite_next_online(irqkit_port_cpu());

	tap_subject("cpu_down(), cpu_up(): a CPU that is there already");
	if (cpu == irqkit_port_cpu() || !suite_cpu_can_stop(cpu)) {
		tap_skip("another CPU is needed");
		tap_close();
		return;
	}
	tap_equal(cpu_up(cpu), -EBUSY, "cpu_up() of one that is online");
	tap_expect(cpu_online(cpu) && cpu_active(cpu), "it is active");
	tap_equal(cpu_down(cpu, NULL), 0, "cpu_down()");
	tap_equal(cpu_down(cpu, NULL), -ENXIO, "cpu_down() once more");
	tap_expect(!cpu_online(cpu) && !cpu_active(cpu), "it is offline");
	tap_equal(cpu_up(cpu), 0, "cpu_up()");
	tap_equal(cpu_up(cpu), -EBUSY, "cpu_up() once more");
	tap_close();
}

static void refusals_boot_cpu_down(void *error)
{
	*(int *)error = cpu_down(0, NULL);
}

/* Asked for by another CPU, as the caller's own is refused before. */
static void refusals_check_boot_cpu(void)
{
	unsigned int cpu = suite_next_online(0);
	int error = 0;

	tap_subject("cpu_down(): CPU 0 of a machine that cannot stop it");
	if (machine.boot_cpu_can_stop || cpu == 0) {
		tap_skip(cpu == 0 ? "another CPU is needed"
				  : "this machine can stop it");
	} else {
		suite_run_on(cpu, refusals_boot_cpu_down, &error);
		tap_equal(error, -ENOSYS, "cpu_down(0)");
		tap_expect(cpu_online(0) && cpu_active(0), "it is active");
	}
	tap_close();
}

static void refusals_last_cpu(unsigned int self)
{
	struct cpumask others;
	unsigned int cpu;

	cpumask_copy(&others, cpu_online_mask);
	cpumask_clear_cpu(self, &others);
	for_each_cpu (cpu, &others)
		tap_equal(cpu_down(cpu, NULL), 0, "cpu_down(%u)", cpu);
	tap_equal(suite_nr_online(), 1, "CPUs that are left");
	tap_equal(cpu_down(self, NULL), -EBUSY, "cpu_down() of the last CPU");
	tap_expect(cpu_online(self) && cpu_active(self), "it is active");
	for_each_cpu (cpu, &others)
		tap_equal(cpu_up(cpu), 0, "cpu_up(%u)", cpu);
}

static void refusals_check_last(void)
{
	unsigned int self = irqkit_port_cpu();

	tap_subject("cpu_down(): the last CPU stays");
	if (suite_nr_online() > SUITE_FEW)
		tap_skip("with so many CPUs it takes too long");
	else if (self != 0 && !suite_cpu_can_stop(0))
		tap_skip("a CPU that cannot be stopped is left");
	else
		refusals_last_cpu(self);
	tap_close();
}

static irqreturn_t refusals_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* This kernel has no IRQKIT_PORT_DEFER. */
static void refusals_check_thread(void)
{
	int irq = irq_domain_alloc_irqs(suite_devices(), 1, NUMA_NO_NODE, NULL);
	unsigned int number = (unsigned int)irq;
	int cookie;

	tap_subject("request_threaded_irq(): a kernel without threads");
	if (tap_expect(irq > 0, "allocate: %d", irq)) {
		tap_equal(request_threaded_irq(number, refusals_handler,
					       refusals_handler, 0, "thread",
					       &cookie),
			  -ENOSYS, "with a threaded handler");
		tap_equal(free_irq(number, &cookie), -EINVAL,
			  "free_irq() of what was not attached");
		tap_equal(request_threaded_irq(number, refusals_handler, NULL,
					       0, "no thread", &cookie),
			  0, "without one");
		tap_equal(free_irq(number, &cookie), 0, "free_irq()");
		tap_equal(irq_domain_free_irqs(number, 1), 0, "free");
	}
	tap_close();
}

void refusals_check(void)
{
	refusals_check_numbers();
	refusals_check_twice();
	refusals_check_boot_cpu();
	refusals_check_last();
	refusals_check_thread();
}
