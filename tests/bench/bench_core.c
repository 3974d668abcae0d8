/* SPDX-License-Identifier: MIT */
/*
 * What the core itself costs, on a controller that does nothing, and a whole
 * interrupt of the real controller; each with more and more descriptors.
 */
#include "bench/bench.h"

/* Hwirqs of the radix domain are that far apart. */
#define CORE_RADIX_STRIDE 1024U

struct core_state {
	unsigned int nr;
	unsigned int irq; /* the last of them */
	unsigned int hwirq;
	struct irq_desc *desc;
	struct irq_domain *domain;
	struct cpumask cpus[2]; /* to aim at in turn */
	unsigned int handled;
};
static struct core_state core;

static void core_chip_nothing(struct irq_data *data)
{
	(void)data;
}

static int core_chip_set_affinity(struct irq_data *data,
				  const struct cpumask *mask)
{
	irqkit_set_effective_cpu(data, cpumask_first(mask));
	return 0;
}

static const struct irq_chip core_chip = {
	.name = "bench",
	.irq_ack = core_chip_nothing,
	.irq_eoi = core_chip_nothing,
	.irq_mask = core_chip_nothing,
	.irq_unmask = core_chip_nothing,
};

static const struct irq_chip core_moving_chip = {
	.name = "bench-moving",
	.irq_eoi = core_chip_nothing,
	.irq_mask = core_chip_nothing,
	.irq_unmask = core_chip_nothing,
	.irq_set_affinity = core_chip_set_affinity,
};

struct core_request {
	const struct irq_chip *chip;
	irq_flow_handler_t flow;
	unsigned int stride;
};

static int core_alloc(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	const struct core_request *request = arg;

	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i * request->stride,
				    request->chip, NULL, request->flow);
	return 0;
}

static void core_free(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static irqreturn_t core_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	core.handled++;
	return IRQ_HANDLED;
}

static irqreturn_t core_empty_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void core_print(const char *what, uint64_t count, unsigned int goal)
{
	char name[64];

	format_text(name, sizeof(name), "%s/%u", what, core.nr);
	bench_print(name, count, goal);
}

static void core_measure(const char *what, const struct bench *bench)
{
	struct bench named = *bench;
	char name[64];

	format_text(name, sizeof(name), "%s/%u", what, core.nr);
	named.name = name;
	bench_measure(&named);
}

static void core_request(unsigned long flags)
{
	bench_check("request_irq", request_irq(core.irq, core_empty_handler,
					       flags, "bench", NULL));
}

static void core_free_irq(void)
{
	bench_check("free_irq", free_irq(core.irq, NULL));
}

/*
 * The baselines of look-ups are calls that only return, so the figures are
 * without call and return.
 */

static void core_run_lookup(void)
{
	bench_sink = (uintptr_t)irq_to_desc(core.irq);
}

static void core_run_no_lookup(void)
{
	bench_sink = bench_no_call(core.irq, 0);
}

static void core_run_find(void)
{
	bench_sink = irq_find_mapping(core.domain, core.hwirq);
}

static void core_run_no_find(void)
{
	bench_sink = (unsigned int)bench_no_call((uintptr_t)core.domain,
						 core.hwirq);
}

static void core_run_request(void)
{
	request_irq(core.irq, core_empty_handler, 0, "bench", NULL);
	free_irq(core.irq, NULL);
}

static void core_run_dispatch(void)
{
	irqkit_dispatch_enter(0);
	generic_handle_irq_desc(core.desc);
	irqkit_dispatch_exit(0);
}

static void core_run_affinity(void)
{
	irq_set_affinity(core.irq, &core.cpus[0]);
}

static void core_aim_elsewhere(void)
{
	irq_set_affinity(core.irq, &core.cpus[1]);
}

static void core_make(const struct core_request *request, unsigned int flags)
{
	static const struct irq_domain_ops ops = {
		.alloc = core_alloc,
		.free = core_free,
	};
	const struct irq_domain_info info = {
		.name = "bench",
		.flags = flags,
		.size = (irq_hw_number_t)core.nr * request->stride,
		.ops = &ops,
	};
	unsigned int irq;

	bench_check("irq_domain_create",
		    irq_domain_create(&info, &core.domain));
	irq = bench_check("irq_domain_alloc_irqs",
			  irq_domain_alloc_irqs(core.domain, core.nr,
						NUMA_NO_NODE, request));
	core.irq = irq + core.nr - 1;
	core.hwirq = (core.nr - 1) * request->stride;
	core.desc = irq_to_desc(core.irq);
}

static void core_unmake(void)
{
	bench_check("irq_domain_free_irqs",
		    irq_domain_free_irqs(core.irq + 1 - core.nr, core.nr));
	bench_check("irq_domain_remove", irq_domain_remove(core.domain));
}

static void core_dispatch(const char *name, irq_flow_handler_t flow)
{
	const struct core_request request = {&core_chip, flow, 1};
	const struct bench bench = {.goal = 85, .run = core_run_dispatch};

	core_make(&request, 0);
	core_request(0);
	arch_irq_disable();
	core_measure(name, &bench);
	arch_irq_enable();
	core_free_irq();
	core_unmake();
}

static void core_radix(void)
{
	const struct core_request request = {&core_chip, handle_fasteoi_irq,
					     CORE_RADIX_STRIDE};
	const struct bench bench = {
		.goal = 30, .run = core_run_find, .baseline = core_run_no_find};

	core_make(&request, IRQ_DOMAIN_FLAG_RADIX);
	core_measure("irq_find_mapping-radix", &bench);
	core_unmake();
}

static void core_linear(void)
{
	const struct core_request request = {&core_chip, handle_fasteoi_irq, 1};
	const struct bench lookup = {.goal = 10,
				     .run = core_run_lookup,
				     .baseline = core_run_no_lookup};
	const struct bench find = {
		.goal = 10, .run = core_run_find, .baseline = core_run_no_find};
	const struct bench attach = {.goal = 350, .run = core_run_request};
	size_t before = memory_used();

	core_make(&request, 0);
	if (core.nr == 10000)
		core_print("simple-interrupt_bytes",
			   (memory_used() - before) / core.nr, 384);
	core_measure("irq_to_desc", &lookup);
	core_measure("irq_find_mapping-linear", &find);
	core_measure("request_irq+free_irq", &attach);
	core_unmake();
}

static void core_affinity(void)
{
	const struct core_request request = {&core_moving_chip,
					     handle_fasteoi_irq, 1};
	const struct bench bench = {.goal = 150,
				    .prepare = core_aim_elsewhere,
				    .run = core_run_affinity};

	core_make(&request, 0);
	bench_check("irq_set_status_flags",
		    irq_set_status_flags(core.irq, IRQ_MOVE_PCNTXT));
	irqkit_cpumask_single(&core.cpus[0], 1);
	irqkit_cpumask_single(&core.cpus[1], 2);
	core_request(0);
	core_measure("irq_set_affinity", &bench);
	core_free_irq();
	core_unmake();
}

/* It waits behind turned off interrupts until it is counted. */
static void core_prepare_self(void)
{
	arch_irq_disable();
	core.handled = 0;
	irq_set_irqchip_state(core.irq, IRQCHIP_STATE_PENDING, true);
	for (unsigned int i = 0; i < 100; i++)
		arch_relax();
}

static void core_run_self(void)
{
	arch_irq_enable();
}

static bool core_finish_self(void)
{
	return core.handled == 1;
}

/* A device interrupt of the real controller, raised by software. */
static void core_self(void)
{
	const struct bench bench = {.goal = BENCH_GOAL(170, 190),
				    .prepare = core_prepare_self,
				    .run = core_run_self,
				    .finish = core_finish_self};
	unsigned int more =
		bench_check("irq_alloc_descs",
			    irq_alloc_descs(-1, 1, core.nr, NUMA_NO_NODE));

	core.irq = bench_check(
		"irq_domain_alloc_irqs",
		irq_domain_alloc_irqs(machine.devices, 1, NUMA_NO_NODE, NULL));
	irqkit_cpumask_single(&core.cpus[0], 0);
	bench_check("irq_set_affinity",
		    irq_set_affinity(core.irq, &core.cpus[0]));
	bench_check("request_irq",
		    request_irq(core.irq, core_handler, 0, "bench", NULL));
	core_measure("interrupt-to-self-device", &bench);
	core_free_irq();
	bench_check("irq_domain_free_irqs", irq_domain_free_irqs(core.irq, 1));
	bench_check("irq_free_descs", irq_free_descs(more, core.nr));
}

void bench_core(unsigned int nr)
{
	core.nr = nr;
	core_linear();
	core_radix();
	core_dispatch("dispatch-fasteoi", handle_fasteoi_irq);
	core_dispatch("dispatch-edge", handle_edge_irq);
	core_affinity();
	if (machine.devices != NULL)
		core_self();
}
