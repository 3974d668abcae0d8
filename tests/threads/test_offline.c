/* SPDX-License-Identifier: MIT */
/*
 * CPUs go and come back while interrupts fire and others aim them. Each device
 * has one event outstanding at a time, so each must be handled exactly once
 * (HZ1, HZ3, HZ4, HZ21).
 */
#include "threads.h"

#define OFFLINE_MS	 4000U
#define OFFLINE_LINES	 12U
#define OFFLINE_QUIET_MS 10000U

/* Of each line: how often it fired, and how often that was handled. */
static struct offline_line {
	unsigned long fired;
	unsigned long handled;
	unsigned int irq;
} IRQKIT_ALIGNED(64) offline_lines[OFFLINE_LINES];

static unsigned long offline_moves;

static irqreturn_t offline_handler(unsigned int irq, void *dev_id)
{
	struct offline_line *line = dev_id;
	unsigned long handled = threads_add(&line->handled, 1) + 1;

	(void)irq;
	threads_expect(handled <= threads_load(&line->fired),
		       "an interrupt is handled twice");
	threads_expect(cpu_online(irqkit_port_cpu()),
		       "an interrupt on a CPU that is gone");
	return IRQ_HANDLED;
}

/* One event: the device waits for the last one to be handled. */
static void offline_fire(unsigned int i)
{
	struct offline_line *line = &offline_lines[i];

	if (threads_load(&line->handled) != threads_load(&line->fired))
		return;
	threads_add(&line->fired, 1);
	wire_fire(i);
}

/* Each line has one device, so CPUs 2 and 3 have every other one. */
static void offline_device(void)
{
	unsigned int cpu = irqkit_port_cpu();

	while (!threads_over()) {
		offline_fire(threads_random(OFFLINE_LINES / 2) * 2 + cpu % 2);
		threads_poll();
	}
}

static void offline_aim(void)
{
	while (!threads_over()) {
		unsigned int bits = threads_random(14) + 1;
		unsigned int i = threads_random(OFFLINE_LINES);
		struct cpumask mask;
		int error;

		cpumask_clear(&mask);
		for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++) {
			if ((bits >> cpu & 1) != 0)
				cpumask_set_cpu(cpu, &mask);
		}
		error = irq_set_affinity(offline_lines[i].irq, &mask);
		threads_expect(
			error == 0 || error == -EINVAL ||
				(i >= OFFLINE_LINES - 2 && error == -EPERM),
			"irq_set_affinity()");
		threads_add(&offline_moves, error == 0);
		threads_poll();
	}
}

static unsigned int offline_make(unsigned int i)
{
	irq_flow_handler_t flow = i % 2 != 0 ? handle_edge_irq
					     : handle_fasteoi_irq;
	struct irq_affinity_desc managed = {.is_managed = true};

	if (i < OFFLINE_LINES - 2)
		return wire_map(i, flow);
	/* Is up as long as CPU 0 is, which stays. */
	irqkit_cpumask_first_n(&managed.mask, i % 2 != 0 ? 2 : 4);
	return wire_alloc(i, flow, &managed);
}

static void offline_begin(void)
{
	for (unsigned int i = 0; i < OFFLINE_LINES; i++) {
		struct offline_line *line = &offline_lines[i];

		wire_move_slowly(i, i % 3 == 0);
		line->irq = offline_make(i);
		if (i % 4 == 2)
			irq_clear_status_flags(line->irq, IRQ_MOVE_PCNTXT);
		tap_equal(request_irq(line->irq, offline_handler, 0, "offline",
				      line),
			  0, "request");
	}
}

static bool offline_is_quiet(void)
{
	for (unsigned int i = 0; i < OFFLINE_LINES; i++) {
		if (threads_load(&offline_lines[i].handled) !=
		    threads_load(&offline_lines[i].fired))
			return false;
	}
	return true;
}

/* What was fired last arrives yet; then all counts agree. */
static void offline_end(void)
{
	uint64_t end = irqkit_port_nanoseconds() +
		       OFFLINE_QUIET_MS * 1000000ULL;

	while (!offline_is_quiet() && irqkit_port_nanoseconds() < end)
		irqkit_port_yield();
	for (unsigned int i = 0; i < OFFLINE_LINES; i++) {
		struct offline_line *line = &offline_lines[i];

		tap_equal((long long)line->handled, (long long)line->fired,
			  "events of line %u", i);
		tap_expect(line->fired > 2, "line %u fired %lu times", i,
			   line->fired);
		tap_equal(free_irq(line->irq, line), 0, "free_irq()");
		tap_equal(irq_domain_free_irqs(line->irq, 1), 0, "free");
	}
}

static void offline_run(void)
{
	unsigned int rounds = 0;

	threads_subject("exactly once, while CPUs go and others aim",
			OFFLINE_MS);
	offline_begin();
	threads_give(1, offline_aim);
	threads_give(2, offline_device);
	threads_give(3, offline_device);
	while (!threads_over()) {
		unsigned int cpu = threads_random(THREADS_CPUS - 1) + 1;

		tap_equal(threads_cpu_down(cpu), 0, "cpu %u goes", cpu);
		irqkit_port_yield();
		tap_equal(threads_cpu_up(cpu), 0, "cpu %u comes", cpu);
		rounds++;
	}
	threads_join();
	offline_end();
	tap_note("%u CPUs went, %lu moves", rounds, offline_moves);
	tap_expect(rounds > 5, "CPUs that went: %u", rounds);
	tap_expect(offline_moves > 10, "moves: %lu", offline_moves);
	threads_close();
}

/* A managed interrupt whose CPUs all go is shut down, and comes back. */
static unsigned long offline_managed;

static irqreturn_t offline_count(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	threads_expect(irqkit_port_cpu() == 2 || irqkit_port_cpu() == 3,
		       "a managed interrupt outside of its mask");
	threads_add(&offline_managed, 1);
	return IRQ_HANDLED;
}

static unsigned int offline_managed_irq;

/* Disabled and enabled, which nests with the CPUs' coming and going. */
static void offline_nest(void)
{
	while (!threads_over()) {
		threads_expect(disable_irq(offline_managed_irq) == 0,
			       "disable_irq()");
		threads_poll();
		threads_expect(enable_irq(offline_managed_irq) == 0,
			       "enable_irq()");
		wire_fire(0);
		threads_poll();
	}
}

static bool offline_comes(void)
{
	unsigned long before = threads_load(&offline_managed);
	uint64_t end = irqkit_port_nanoseconds() +
		       OFFLINE_QUIET_MS * 1000000ULL;

	wire_fire(0);
	while (threads_load(&offline_managed) == before) {
		irqkit_port_yield();
		if (irqkit_port_nanoseconds() >= end)
			return false;
	}
	return true;
}

static void offline_run_managed(void)
{
	struct irq_affinity_desc managed = {.is_managed = true};

	threads_subject("HZ15, HZ16: a managed one, disabled meanwhile", 1500);
	irqkit_cpumask_single(&managed.mask, 2);
	cpumask_set_cpu(3, &managed.mask);
	wire_move_slowly(0, false);
	offline_managed_irq = wire_alloc(0, handle_edge_irq, &managed);
	tap_equal(request_irq(offline_managed_irq, offline_count, 0, "managed",
			      NULL),
		  0, "request");
	threads_give(1, offline_nest);
	while (!threads_over()) {
		unsigned int first = 2 + threads_random(2);

		tap_equal(threads_cpu_down(first), 0, "the first goes");
		tap_equal(threads_cpu_down(5 - first), 0, "the other goes");
		tap_equal(threads_cpu_up(2 + threads_random(2)), 0, "back");
		tap_equal(threads_cpu_up(cpu_online(2) ? 3 : 2), 0, "back");
	}
	threads_join();
	tap_expect(offline_comes(), "it comes at last");
	tap_equal(enable_irq(offline_managed_irq), -EINVAL, "depth is 0");
	tap_equal(free_irq(offline_managed_irq, NULL), 0, "free_irq()");
	tap_equal(irq_domain_free_irqs(offline_managed_irq, 1), 0, "free");
	threads_close();
}

int main(void)
{
	threads_begin();
	offline_run();
	offline_run_managed();
	return threads_end();
}
