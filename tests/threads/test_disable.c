/* SPDX-License-Identifier: MIT */
/*
 * disable_irq() keeps handlers out, and synchronize_irq() waits for those that
 * run: what is then changed is plain memory that handlers use.
 */
#include "threads.h"
#include <stdlib.h>

#define DISABLE_MS 1500U

/* Of the CPU whose line it is, while its interrupt is disabled. */
static struct disable_data {
	unsigned long value;
	unsigned long handled;
	unsigned int irq;
} IRQKIT_ALIGNED(64) disable_datas[THREADS_CPUS];

static irqreturn_t disable_handler(unsigned int irq, void *dev_id)
{
	struct disable_data *data = dev_id;

	(void)irq;
	data->value++;
	threads_add(&data->handled, 1);
	return IRQ_HANDLED;
}

static void disable_own(void)
{
	unsigned int line = irqkit_port_cpu();
	struct disable_data *data = &disable_datas[line];

	while (!threads_over()) {
		threads_expect(disable_irq(data->irq) == 0, "disable_irq()");
		data->value = 0;
		wire_fire(line);
		threads_poll();
		threads_expect(data->value == 0, "it is handled though");
		threads_expect(enable_irq(data->irq) == 0, "enable_irq()");
		wire_fire(line);
		threads_poll();
	}
}

static void disable_begin(irq_flow_handler_t flow)
{
	for (unsigned int line = 0; line < THREADS_CPUS; line++) {
		struct disable_data *data = &disable_datas[line];

		data->irq = wire_map(line, flow);
		data->handled = 0;
		tap_equal(request_irq(data->irq, disable_handler, 0, "disable",
				      data),
			  0, "request");
	}
}

static void disable_end(void)
{
	for (unsigned int line = 0; line < THREADS_CPUS; line++) {
		struct disable_data *data = &disable_datas[line];

		tap_equal(free_irq(data->irq, data), 0, "free_irq()");
		tap_equal(irq_domain_free_irqs(data->irq, 1), 0, "free");
	}
}

/* An edge that came while it was disabled is handled, if only by the poll. */
static void disable_run(const char *name, irq_flow_handler_t flow)
{
	threads_subject(name, DISABLE_MS);
	disable_begin(flow);
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, disable_own);
	while (!threads_over()) {
		struct cpumask mask;

		/* They move meanwhile, so that two CPUs may have one. */
		irqkit_cpumask_single(&mask, threads_random(THREADS_CPUS));
		irq_set_affinity(
			disable_datas[threads_random(THREADS_CPUS)].irq, &mask);
		irqkit_poll();
		threads_poll();
	}
	threads_join();
	disable_end();
	for (unsigned int line = 1; line < THREADS_CPUS; line++)
		tap_expect(disable_datas[line].handled > 5, "line %u: %lu",
			   line, disable_datas[line].handled);
	threads_close();
}

/* All CPUs disable the same one, each as often as it enables it. */
static void disable_nested(void)
{
	unsigned int irq = disable_datas[0].irq;

	while (!threads_over()) {
		unsigned int depth = threads_random(4) + 1;

		for (unsigned int i = 0; i < depth; i++)
			threads_expect((i % 2 != 0
						? disable_irq(irq)
						: disable_irq_nosync(irq)) == 0,
				       "disable_irq()");
		threads_poll();
		for (unsigned int i = 0; i < depth; i++)
			threads_expect(enable_irq(irq) == 0, "enable_irq()");
		threads_poll();
	}
}

static void disable_run_nested(void)
{
	struct disable_data *data = &disable_datas[0];
	unsigned long before;

	threads_subject("nested by all CPUs: enabled at last", DISABLE_MS);
	disable_begin(handle_edge_irq);
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, disable_nested);
	while (!threads_over()) {
		wire_fire(0);
		threads_poll();
	}
	threads_join();
	tap_equal(enable_irq(data->irq), -EINVAL, "depth is 0");
	tap_equal(synchronize_irq(data->irq), 0, "synchronize");
	before = threads_load(&data->handled);
	wire_fire(0);
	for (unsigned int i = 0; i < 1000000; i++) {
		if (threads_load(&data->handled) > before)
			break;
		irqkit_port_yield();
	}
	tap_expect(threads_load(&data->handled) > before, "it comes");
	disable_end();
	threads_close();
}

/* What handlers found by a pointer is freed as soon as they are waited for. */
static unsigned long *disable_shared;

static irqreturn_t disable_use(unsigned int irq, void *dev_id)
{
	unsigned long *shared = __atomic_load_n(&disable_shared,
						__ATOMIC_ACQUIRE);

	(void)irq;
	if (shared != NULL)
		threads_add(shared, 1);
	threads_add((unsigned long *)dev_id, 1);
	return IRQ_HANDLED;
}

static void disable_fire_all(void)
{
	while (!threads_over()) {
		wire_fire(threads_random(THREADS_CPUS));
		threads_poll();
	}
}

static void disable_replace(unsigned int irq)
{
	unsigned long *memory = calloc(1, sizeof(*memory));
	unsigned long *old = __atomic_exchange_n(&disable_shared, memory,
						 __ATOMIC_ACQ_REL);

	threads_expect(synchronize_irq(irq) == 0, "synchronize_irq()");
	free(old);
}

static void disable_run_synchronize(void)
{
	unsigned int irqs[THREADS_CPUS];
	unsigned long handled = 0;
	unsigned int rounds = 0;

	threads_subject("synchronize_irq() waits for each CPU", DISABLE_MS);
	for (unsigned int line = 0; line < THREADS_CPUS; line++) {
		struct cpumask mask;

		irqkit_cpumask_single(&mask, line);
		irqs[line] = wire_map(line, handle_fasteoi_irq);
		tap_equal(request_irq(irqs[line], disable_use, 0, "use",
				      &handled),
			  0, "request");
		tap_equal(irq_set_affinity(irqs[line], &mask), 0, "aim");
	}
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, disable_fire_all);
	for (; !threads_over(); rounds++) {
		disable_replace(irqs[rounds % THREADS_CPUS]);
		threads_poll();
	}
	threads_join();
	for (unsigned int line = 0; line < THREADS_CPUS; line++) {
		tap_equal(free_irq(irqs[line], &handled), 0, "free_irq()");
		tap_equal(irq_domain_free_irqs(irqs[line], 1), 0, "free");
	}
	free(disable_shared);
	tap_expect(rounds > 10 && handled > 10, "rounds and handled: %u, %lu",
		   rounds, handled);
	threads_close();
}

int main(void)
{
	threads_begin();
	disable_run("a disabled edge is not handled", handle_edge_irq);
	disable_run("a disabled message is not handled", handle_fasteoi_irq);
	disable_run_nested();
	disable_run_synchronize();
	return threads_end();
}
