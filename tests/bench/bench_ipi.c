/* SPDX-License-Identifier: MIT */
/* IPIs of the real controller: reserve, destroy, send. */
#include "bench/bench.h"

#define BENCH_DEADLINE_NS 10000000000ULL

static struct irq_desc *bench_desc;
static struct cpumask bench_mask;
static unsigned long bench_handled[IRQKIT_NR_CPUS];

static irqreturn_t bench_handler(unsigned int irq, void *dev_id)
{
	unsigned long *handled = &bench_handled[irqkit_port_cpu()];

	(void)irq;
	(void)dev_id;
	__atomic_store_n(handled, *handled + 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static void bench_run_reserve_single(void)
{
	int irq = irq_reserve_ipi(machine.ipi_single, &bench_mask);

	irq_destroy_ipi((unsigned int)irq, &bench_mask);
}

static void bench_run_reserve_per_cpu(void)
{
	int irq = irq_reserve_ipi(machine.ipi_per_cpu, &bench_mask);

	irq_destroy_ipi((unsigned int)irq, &bench_mask);
}

/* The same with calls that only return, as for the look-ups. */
static void bench_run_no_reserve(void)
{
	uintptr_t irq = bench_no_call((uintptr_t)machine.ipi_single,
				      (uintptr_t)&bench_mask);

	bench_no_call(irq, (uintptr_t)&bench_mask);
}

void bench_ipi_reserve(void)
{
	struct bench single = {.name = "reserve+destroy/single",
			       .goal = 800,
			       .run = bench_run_reserve_single,
			       .baseline = bench_run_no_reserve};
	struct bench per_cpu = {.name = "reserve+destroy/per-cpu",
				.goal = 2500,
				.run = bench_run_reserve_per_cpu,
				.baseline = bench_run_no_reserve};

	irqkit_cpumask_first_n(&bench_mask, 4);
	bench_measure(&single);
	bench_measure(&per_cpu);
}

static unsigned long bench_wanted[IRQKIT_NR_CPUS];

static void bench_note_targets(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, &bench_mask)
		bench_wanted[cpu] = bench_handled[cpu] + 1;
}

static bool bench_wait_targets(void)
{
	uint64_t start = arch_nanoseconds();
	unsigned int cpu;

	for_each_cpu (cpu, &bench_mask) {
		while (__atomic_load_n(&bench_handled[cpu], __ATOMIC_ACQUIRE) !=
		       bench_wanted[cpu]) {
			if (arch_nanoseconds() - start > BENCH_DEADLINE_NS)
				panic("cpu %u missed an IPI", cpu);
			arch_relax();
		}
	}
	return true;
}

static void bench_run_send_single(void)
{
	__ipi_send_single(bench_desc, 1);
}

static void bench_run_send_mask(void)
{
	__ipi_send_mask(bench_desc, &bench_mask);
}

/* The IPI to itself waits behind turned off interrupts until it is counted. */
static void bench_prepare_self(void)
{
	arch_irq_disable();
	bench_note_targets();
	__ipi_send_single(bench_desc, 0);
	for (unsigned int i = 0; i < 100; i++)
		arch_relax();
}

static void bench_run_self(void)
{
	arch_irq_enable();
}

static bool bench_finish_self(void)
{
	bool taken = bench_handled[0] == bench_wanted[0];

	bench_wait_targets();
	return taken;
}

/* With names and goals of their own; without a goal it is BENCH_NO_GOAL. */
struct bench_send_rows {
	struct irq_domain *domain;
	const char *single, *mask, *self;
	unsigned int single_goal, mask_goal, self_goal;
};

static void bench_measure_sends(const struct bench_send_rows *rows)
{
	struct bench single = {.name = rows->single,
			       .goal = rows->single_goal,
			       .prepare = bench_note_targets,
			       .run = bench_run_send_single,
			       .finish = bench_wait_targets};
	struct bench mask = {.name = rows->mask,
			     .goal = rows->mask_goal,
			     .prepare = bench_note_targets,
			     .run = bench_run_send_mask,
			     .finish = bench_wait_targets};
	struct bench self = {.name = rows->self,
			     .goal = rows->self_goal,
			     .prepare = bench_prepare_self,
			     .run = bench_run_self,
			     .finish = bench_finish_self};

	irqkit_cpumask_single(&bench_mask, 1);
	bench_measure(&single);
	cpumask_clear(&bench_mask);
	cpumask_set_cpu(1, &bench_mask);
	cpumask_set_cpu(3, &bench_mask);
	cpumask_set_cpu(6, &bench_mask);
	bench_measure(&mask);
	irqkit_cpumask_single(&bench_mask, 0);
	bench_measure(&self);
}

static void bench_send_in(const struct bench_send_rows *rows)
{
	unsigned int irq =
		bench_check("irq_reserve_ipi",
			    irq_reserve_ipi(rows->domain, cpu_online_mask));

	bench_check("request_irq",
		    request_irq(irq, bench_handler, 0, "bench", NULL));
	bench_desc = irq_to_desc(irq);
	bench_measure_sends(rows);
	bench_check("free_irq", free_irq(irq, NULL));
	bench_check("irq_destroy_ipi", irq_destroy_ipi(irq, cpu_online_mask));
}

void bench_ipi_send(void)
{
	const struct bench_send_rows bare = {
		.domain = machine.ipi_single,
		.single = "ipi_send_single",
		.single_goal = BENCH_GOAL(machine.is_x2apic ? 25 : 35, 30),
		.mask = "ipi_send_mask/3-of-8",
		.mask_goal = 60,
		.self = "interrupt-to-self/ipi",
		.self_goal = BENCH_GOAL(120, 140),
	};
	const struct irqkit_ipi_mux_info info = {
		.name = "bench", .parent = machine.ipi_single, .nr = 8};
	struct irqkit_ipi_mux *mux;
	struct bench_send_rows muxed = {
		.single = "ipi-mux/ipi_send_single",
		.mask = "ipi-mux/ipi_send_mask/3-of-8",
		.self = "ipi-mux/interrupt-to-self",
	};

	bench_send_in(&bare);
	bench_check("irqkit_ipi_mux_create",
		    irqkit_ipi_mux_create(&info, &mux));
	muxed.domain = irqkit_ipi_mux_domain(mux);
	bench_send_in(&muxed);
	bench_check("irqkit_ipi_mux_destroy", irqkit_ipi_mux_destroy(mux));
}
