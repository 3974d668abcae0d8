/* SPDX-License-Identifier: MIT */
/*
 * A controller that is all relaxed accesses and real fences: it delivers, and
 * as hardware does it orders nothing that the sanitizer could see. An IPI alone
 * carries what its sender stored, as the contract of a chip asks. No lock.
 */
#include "threads.h"

#undef __atomic_thread_fence

#define WIRE_MASKED  1U
#define WIRE_LATCHED 2U /* an edge that was not delivered yet */
#define WIRE_LEVEL   4U /* the device holds the line */

struct wire_line {
	unsigned int state;
	unsigned int target;
	unsigned int irq;
	bool slowly;
	bool moving; /* descriptor lock */
};

static struct wire_line wire_lines[WIRE_LINES];

/* By CPU: a bit for each line, and for each IPI. */
static struct {
	uint64_t lines;
	unsigned long ipis;
} IRQKIT_ALIGNED(64) wire_latches[THREADS_CPUS];

struct irq_domain *wire_domain;
struct irq_domain *wire_ipis;

static struct wire_line *wire_of(const struct irq_data *data)
{
	return &wire_lines[data->hwirq];
}

static void wire_latch(unsigned int line)
{
	unsigned int cpu = threads_load(&wire_lines[line].target);

	__atomic_fetch_or(&wire_latches[cpu].lines, 1ULL << line,
			  __ATOMIC_RELAXED);
}

/* Let through what waits, if anything. Seen by one caller only. */
static void wire_deliver(unsigned int line)
{
	unsigned int *state = &wire_lines[line].state;
	unsigned int seen;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	seen = threads_load(state);
	if ((seen & WIRE_MASKED) != 0)
		return;
	if ((seen & WIRE_LATCHED) != 0)
		seen = __atomic_fetch_and(state, ~WIRE_LATCHED,
					  __ATOMIC_RELAXED);
	if ((seen & (WIRE_LATCHED | WIRE_LEVEL)) != 0)
		wire_latch(line);
}

static void wire_set(unsigned int line, unsigned int bits)
{
	__atomic_fetch_or(&wire_lines[line].state, bits, __ATOMIC_RELAXED);
}

static void wire_clear(unsigned int line, unsigned int bits)
{
	__atomic_fetch_and(&wire_lines[line].state, ~bits, __ATOMIC_RELAXED);
}

static bool wire_is_level(unsigned int line)
{
	const struct irq_desc *desc = irq_find_desc(wire_domain, line);

	return desc != NULL &&
	       __atomic_load_n(&desc->handle_irq, __ATOMIC_RELAXED) ==
		       handle_level_irq;
}

void wire_fire(unsigned int line)
{
	wire_set(line, wire_is_level(line) ? WIRE_LEVEL : WIRE_LATCHED);
	wire_deliver(line);
}

void wire_silence(unsigned int line)
{
	wire_clear(line, WIRE_LEVEL);
}

void wire_move_slowly(unsigned int line, bool slowly)
{
	threads_store(&wire_lines[line].slowly, slowly);
}

unsigned int wire_target(unsigned int line)
{
	return threads_load(&wire_lines[line].target);
}

static void wire_mask(struct irq_data *data)
{
	wire_set((unsigned int)data->hwirq, WIRE_MASKED);
}

static void wire_unmask(struct irq_data *data)
{
	wire_clear((unsigned int)data->hwirq, WIRE_MASKED);
	wire_deliver((unsigned int)data->hwirq);
}

/* It came at the new target: the move is over. */
static void wire_ack(struct irq_data *data)
{
	struct wire_line *line = wire_of(data);

	if (!line->moving || irqkit_port_cpu() != threads_load(&line->target))
		return;
	line->moving = false;
	irq_move_done(data);
}

static void wire_eoi(struct irq_data *data)
{
	wire_ack(data);
}

static int wire_set_type(struct irq_data *data, unsigned int type)
{
	(void)data;
	return type == IRQ_TYPE_EDGE_BOTH ? -EINVAL : 0;
}

static unsigned int wire_choose(const struct cpumask *mask)
{
	unsigned int skip = threads_random(cpumask_weight(mask));
	unsigned int cpu = cpumask_first(mask);

	while (skip-- > 0)
		cpu = cpumask_next(cpu, mask);
	return cpu;
}

/* What is latched at the old target stays there. */
static int wire_set_affinity(struct irq_data *data, const struct cpumask *mask)
{
	struct wire_line *line = wire_of(data);
	struct cpumask one;
	unsigned int cpu;

	if (cpumask_empty(mask))
		return -EINVAL;
	if (line->moving)
		return -EBUSY;
	cpu = wire_choose(mask);
	irqkit_cpumask_single(&one, cpu);
	irq_data_update_effective_affinity(data, &one);
	if (threads_load(&line->target) == cpu)
		return 0;
	threads_store(&line->target, cpu);
	wire_deliver((unsigned int)data->hwirq);
	line->moving = threads_load(&line->slowly);
	return line->moving ? IRQKIT_MOVING : 0;
}

static void wire_complete_move(struct irq_data *data)
{
	wire_of(data)->moving = false;
}

static int wire_retrigger(struct irq_data *data)
{
	wire_set((unsigned int)data->hwirq, WIRE_LATCHED);
	wire_deliver((unsigned int)data->hwirq);
	return 0;
}

static void wire_shutdown(struct irq_data *data)
{
	wire_mask(data);
	wire_of(data)->moving = false;
}

static const struct irq_chip wire_chip = {
	.name = "wire",
	.irq_shutdown = wire_shutdown,
	.irq_mask = wire_mask,
	.irq_unmask = wire_unmask,
	.irq_ack = wire_ack,
	.irq_eoi = wire_eoi,
	.irq_set_type = wire_set_type,
	.irq_set_affinity = wire_set_affinity,
	.irq_force_complete_move = wire_complete_move,
	.irq_retrigger = wire_retrigger,
};

/* For alloc, what is not in the irqs' numbers. */
struct wire_request {
	unsigned int line;
	irq_flow_handler_t flow;
};

static int wire_take(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg)
{
	const struct wire_request *request = arg;

	if (nr != 1 || request->line >= WIRE_LINES)
		return -EINVAL;
	wire_set(request->line, WIRE_MASKED);
	wire_clear(request->line, WIRE_LATCHED | WIRE_LEVEL);
	irq_domain_set_info(domain, irq, request->line, &wire_chip, NULL,
			    request->flow);
	irq_get_irq_data(irq)->common->state |= IRQD_SINGLE_TARGET;
	irq_get_irq_data(irq)->common->status |= IRQ_MOVE_PCNTXT;
	return 0;
}

static void wire_give_back(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static const struct irq_domain_ops wire_ops = {
	.alloc = wire_take,
	.free = wire_give_back,
};

unsigned int wire_alloc(unsigned int line, irq_flow_handler_t flow,
			const struct irq_affinity_desc *affinity)
{
	const struct wire_request request = {.line = line, .flow = flow};
	int irq = irq_domain_alloc_irqs_affinity(wire_domain, 1, NUMA_NO_NODE,
						 &request, affinity);

	threads_expect(irq > 0, "an interrupt of a line");
	return irq > 0 ? (unsigned int)irq : 0;
}

unsigned int wire_map(unsigned int line, irq_flow_handler_t flow)
{
	return wire_alloc(line, flow, NULL);
}

/* IPIs: a bit of the target, which carries the sender's stores. */
static int wire_send(struct irq_data *data, unsigned int cpu)
{
	__atomic_fetch_or(&wire_latches[cpu].ipis, 1UL << data->hwirq,
			  __ATOMIC_RELEASE);
	return 0;
}

static const struct irq_chip wire_ipi_chip = {
	.name = "wire-ipi",
	.ipi_send_single = wire_send,
};

static unsigned long wire_ipi_used; /* domain lock */

static int wire_ipi_alloc(struct irq_domain *domain, unsigned int irq,
			  unsigned int nr, const void *arg)
{
	unsigned int hwirq = (unsigned int)__builtin_ctzl(~wire_ipi_used);

	(void)arg;
	if (nr != 1)
		return -EINVAL;
	wire_ipi_used |= 1UL << hwirq;
	irq_domain_set_info(domain, irq, hwirq, &wire_ipi_chip, NULL,
			    handle_percpu_irq);
	return 0;
}

static void wire_ipi_free(struct irq_domain *domain, unsigned int irq,
			  unsigned int nr)
{
	(void)nr;
	wire_ipi_used &= ~(1UL << irq_domain_get_irq_data(domain, irq)->hwirq);
}

static const struct irq_domain_ops wire_ipi_ops = {
	.alloc = wire_ipi_alloc,
	.free = wire_ipi_free,
};

bool wire_has_interrupt(unsigned int cpu)
{
	return threads_load(&wire_latches[cpu].lines) != 0 ||
	       threads_load(&wire_latches[cpu].ipis) != 0;
}

static void wire_handle(const struct irq_domain *domain, uint64_t latched)
{
	while (latched != 0) {
		generic_handle_domain_irq(
			domain, (irq_hw_number_t)__builtin_ctzll(latched));
		latched &= latched - 1;
	}
}

void wire_take_interrupt(unsigned int cpu)
{
	uint64_t lines, ipis;

	irqkit_dispatch_enter(cpu);
	ipis = __atomic_exchange_n(&wire_latches[cpu].ipis, 0,
				   __ATOMIC_ACQUIRE);
	wire_handle(wire_ipis, ipis);
	lines = __atomic_exchange_n(&wire_latches[cpu].lines, 0,
				    __ATOMIC_RELAXED);
	wire_handle(wire_domain, lines);
	irqkit_dispatch_exit(cpu);
}

/* What is latched at a CPU that goes arrives elsewhere; IPIs are lost. */
static void wire_dying(unsigned int cpu)
{
	uint64_t latched;

	irqkit_dispatch_begin(cpu);
	latched = __atomic_exchange_n(&wire_latches[cpu].lines, 0,
				      __ATOMIC_RELAXED);
	for (; latched != 0; latched &= latched - 1) {
		struct irq_desc *desc = irq_find_desc(
			wire_domain, (irq_hw_number_t)__builtin_ctzll(latched));

		if (desc != NULL)
			irqkit_forward_irq(desc);
	}
	irqkit_dispatch_end(cpu);
}

static struct irqkit_cpu_notifier wire_notifier = {
	.name = "wire",
	.dying = wire_dying,
};

void wire_begin(void)
{
	const struct irq_domain_info lines = {
		.name = "wire",
		.size = WIRE_LINES,
		.ops = &wire_ops,
	};
	const struct irq_domain_info ipis = {
		.name = "wire-ipi",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = IRQKIT_BITS_PER_LONG,
		.ops = &wire_ipi_ops,
	};

	tap_ok(irq_domain_create(&lines, &wire_domain) == 0, "lines");
	tap_ok(irq_domain_create(&ipis, &wire_ipis) == 0, "IPIs");
	tap_ok(irqkit_register_cpu_notifier(&wire_notifier) == 0, "notifier");
}
