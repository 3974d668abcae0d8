/* SPDX-License-Identifier: MIT */
/*
 * Guest instructions of the paths that matter. Under an instruction-counting
 * emulator arch_ticks() counts instructions, so each figure is the same on
 * every run; the least of many tries leaves out what other CPUs executed in
 * between. One line a figure: bench NAME COUNT [GOAL].
 */
#include "kernel.h"
#include "bench/no_call.h"

#define BENCH_TRIES	  64
#define BENCH_DEADLINE_NS 10000000000ULL
#define BENCH_NO_GOAL	  0U

#if defined(__x86_64__)
#define BENCH_GOAL(x86, arm64) (x86)
#else
#define BENCH_GOAL(x86, arm64) (arm64)
#endif

/* What is measured: @prepare and @finish are not counted, and may be NULL. */
struct bench {
	const char *name;
	unsigned int goal;
	void (*prepare)(void);
	void (*run)(void);
	void (*baseline)(void); /* what surrounds the path in run; or NULL */
	bool (*finish)(void);	/* false: this try does not count */
};

static unsigned int bench_irq;
static unsigned int bench_hwirq;
static struct irq_desc *bench_desc;
static struct irq_domain *bench_domain;
static struct cpumask bench_mask;
static unsigned long bench_handled[IRQKIT_NR_CPUS];
static volatile uintptr_t bench_sink;

static uint64_t bench_try(void (*run)(void))
{
	uint64_t start = arch_ticks();

	run();
	return arch_ticks() - start;
}

static void bench_nothing(void)
{
	__asm__ volatile("");
}

static uint64_t bench_overhead(void (*baseline)(void))
{
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < BENCH_TRIES; i++) {
		uint64_t took = bench_try(baseline);

		if (took < best)
			best = took;
	}
	return best;
}

static void bench_print(const char *name, uint64_t count, unsigned int goal)
{
	if (goal == BENCH_NO_GOAL)
		print("bench %s %lu\n", name, (unsigned long)count);
	else
		print("bench %s %lu %u\n", name, (unsigned long)count, goal);
}

static void bench_measure(const struct bench *bench)
{
	uint64_t overhead = bench_overhead(
		bench->baseline != NULL ? bench->baseline : bench_nothing);
	uint64_t best = UINT64_MAX;

	for (unsigned int i = 0; i < BENCH_TRIES; i++) {
		uint64_t took;

		if (bench->prepare != NULL)
			bench->prepare();
		took = bench_try(bench->run);
		if ((bench->finish == NULL || bench->finish()) && took < best)
			best = took;
	}
	if (best == UINT64_MAX)
		panic("%s: no try counted", bench->name);
	bench_print(bench->name, best > overhead ? best - overhead : 0,
		    bench->goal);
}

static unsigned int bench_check(const char *what, int result)
{
	if (result < 0)
		panic("%s: error %d", what, result);
	return (unsigned int)result;
}

/* Look-up by number, with more and more descriptors. */

static void bench_run_lookup(void)
{
	bench_sink = (uintptr_t)irq_to_desc(bench_irq);
}

/* The same with a call that only returns; so this is without call and return.
 */
static void bench_run_no_lookup(void)
{
	bench_sink = bench_no_call(bench_irq, 0);
}

static void bench_lookup(void)
{
	static const struct {
		unsigned int nr;
		const char *name;
	} steps[] = {
		{10, "irq_to_desc/10-descriptors"},
		{1000, "irq_to_desc/1000-descriptors"},
		{10000, "irq_to_desc/10000-descriptors"},
	};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct bench bench = {
			.name = steps[i].name,
			.goal = 10,
			.run = bench_run_lookup,
			.baseline = bench_run_no_lookup,
		};
		unsigned int first = bench_check(
			"irq_alloc_descs",
			irq_alloc_descs(-1, 1, steps[i].nr, NUMA_NO_NODE));

		bench_irq = first + steps[i].nr - 1;
		bench_measure(&bench);
		bench_check("irq_free_descs",
			    irq_free_descs(first, steps[i].nr));
	}
}

/* A controller that does nothing, for what the core itself costs. */

static void bench_chip_eoi(struct irq_data *data)
{
	(void)data;
}

static const struct irq_chip bench_chip = {
	.name = "bench",
	.irq_eoi = bench_chip_eoi,
};

static int bench_alloc(struct irq_domain *domain, unsigned int irq,
		       unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i, &bench_chip, NULL,
				    handle_percpu_irq);
	return 0;
}

static void bench_free(struct irq_domain *domain, unsigned int irq,
		       unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static irqreturn_t bench_handler(unsigned int irq, void *dev_id)
{
	unsigned long *handled = &bench_handled[irqkit_port_cpu()];

	(void)irq;
	(void)dev_id;
	__atomic_store_n(handled, *handled + 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static irqreturn_t bench_empty_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void bench_run_find(void)
{
	bench_sink = irq_find_mapping(bench_domain, bench_hwirq);
}

static void bench_run_no_find(void)
{
	bench_sink = (unsigned int)bench_no_call((uintptr_t)bench_domain,
						 bench_hwirq);
}

static void bench_run_request(void)
{
	request_irq(bench_irq, bench_empty_handler, 0, "bench", NULL);
	free_irq(bench_irq, NULL);
}

static void bench_run_dispatch(void)
{
	irqkit_dispatch_enter(0);
	generic_handle_irq_desc(bench_desc);
	irqkit_dispatch_exit(0);
}

static void bench_stub_controller(void)
{
	static const struct irq_domain_ops ops = {
		.alloc = bench_alloc,
		.free = bench_free,
	};
	const struct irq_domain_info info = {
		.name = "bench",
		.size = 4096,
		.ops = &ops,
	};
	struct bench find = {.name = "irq_find_mapping/linear",
			     .goal = 10,
			     .run = bench_run_find,
			     .baseline = bench_run_no_find};
	struct bench request = {.name = "request_irq+free_irq",
				.goal = 350,
				.run = bench_run_request};
	struct bench dispatch = {.name = "dispatch/per-cpu-stub-chip",
				 .goal = BENCH_NO_GOAL,
				 .run = bench_run_dispatch};
	size_t before = memory_used();

	bench_check("irq_domain_create",
		    irq_domain_create(&info, &bench_domain));
	bench_irq = bench_check(
		"irq_domain_alloc_irqs",
		irq_domain_alloc_irqs(bench_domain, 4096, NUMA_NO_NODE, NULL));
	bench_print("simple_interrupt_bytes", (memory_used() - before) / 4096,
		    384);
	bench_hwirq = 4095;
	bench_measure(&find);
	bench_measure(&request);
	bench_check("request_irq", request_irq(bench_irq, bench_empty_handler,
					       0, "bench", NULL));
	bench_desc = irq_to_desc(bench_irq);
	arch_irq_disable();
	bench_measure(&dispatch);
	arch_irq_enable();
	bench_check("free_irq", free_irq(bench_irq, NULL));
	bench_check("irq_domain_free_irqs",
		    irq_domain_free_irqs(bench_irq, 4096));
	bench_check("irq_domain_remove", irq_domain_remove(bench_domain));
}

/* IPIs of the real controller. */

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

static void bench_reserve(void)
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

static void bench_send(void)
{
	struct bench single = {
		.name = "ipi_send_single",
		.goal = BENCH_GOAL(machine.is_x2apic ? 25 : 35, 30),
		.prepare = bench_note_targets,
		.run = bench_run_send_single,
		.finish = bench_wait_targets};
	struct bench mask = {.name = "ipi_send_mask/3-of-8",
			     .goal = 60,
			     .prepare = bench_note_targets,
			     .run = bench_run_send_mask,
			     .finish = bench_wait_targets};
	struct bench self = {.name = "interrupt-to-self/ipi",
			     .goal = BENCH_GOAL(120, 140),
			     .prepare = bench_prepare_self,
			     .run = bench_run_self,
			     .finish = bench_finish_self};

	bench_irq = bench_check(
		"irq_reserve_ipi",
		irq_reserve_ipi(machine.ipi_single, cpu_online_mask));
	bench_check("request_irq",
		    request_irq(bench_irq, bench_handler, 0, "bench", NULL));
	bench_desc = irq_to_desc(bench_irq);

	irqkit_cpumask_single(&bench_mask, 1);
	bench_measure(&single);
	cpumask_clear(&bench_mask);
	cpumask_set_cpu(1, &bench_mask);
	cpumask_set_cpu(3, &bench_mask);
	cpumask_set_cpu(6, &bench_mask);
	bench_measure(&mask);
	irqkit_cpumask_single(&bench_mask, 0);
	bench_measure(&self);

	bench_check("free_irq", free_irq(bench_irq, NULL));
	bench_check("irq_destroy_ipi",
		    irq_destroy_ipi(bench_irq, cpu_online_mask));
}

/*
 * Two machines, as some paths cost something for each CPU there is: with 4 CPUs
 * what is said to be measured with 4, with 8 CPUs the rest.
 */
int kernel_main(void)
{
	unsigned int nr = cpumask_weight(cpu_online_mask);

	if (nr == 4) {
		bench_reserve();
	} else if (nr == 8) {
		bench_stub_controller();
		bench_lookup();
		bench_send();
	} else {
		panic("the benchmark needs 4 or 8 CPUs");
	}
	return 0;
}
