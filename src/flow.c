/* SPDX-License-Identifier: MIT */
/*
 * Flow handlers: what is done at the controller before and after the handler
 * of an interrupt, by kind. None of these takes a lock: a per-CPU interrupt
 * is handled by the one CPU that took it.
 */
#include "internals.h"

const struct irq_chip no_irq_chip = {
	.name = "none",
};

static void flow_count(const struct irq_desc *desc, unsigned int cpu)
{
	unsigned long *count = irqkit_count(desc, cpu);

	store_relaxed(count, *count + 1);
}

static SELDOM void flow_count_unhandled(unsigned int cpu)
{
	struct irqkit_cpu_dispatch *dispatch = &irqkit_dispatch_table[cpu];

	store_relaxed(&dispatch->unhandled, dispatch->unhandled + 1);
}

/* An action with a cookie a CPU: called where enabled, else kept, merged. */
static SELDOM irqreturn_t flow_call_percpu(const struct irq_desc *desc,
					   const struct irqaction *action,
					   unsigned int cpu)
{
	if (cpumask_test_cpu(cpu, &desc->percpu->enabled))
		return action->handler(desc->irq_data.irq,
				       action->percpu_dev_id[cpu]);
	irqkit_cpumask_set_cpu_atomic(cpu, &desc->percpu->pending);
	return IRQ_HANDLED;
}

/*
 * The acquire pairs with the release that publishes an action in
 * manage_attach(), src/manage.c.
 */
static inline void flow_call(const struct irq_desc *desc, unsigned int cpu)
{
	const struct irqaction *action = load_acquire(&desc->action);
	irqreturn_t result = IRQ_NONE;

	if (action != NULL && action->percpu_dev_id != NULL)
		result = flow_call_percpu(desc, action, cpu);
	else if (action != NULL)
		result = action->handler(desc->irq_data.irq, action->dev_id);
	if (result == IRQ_NONE)
		flow_count_unhandled(cpu);
}

void handle_percpu_irq(struct irq_desc *desc)
{
	unsigned int cpu = irqkit_port_cpu();

	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, cpu);
	chained_irq_enter(desc);
	flow_call(desc, cpu);
	chained_irq_exit(desc);
}

void irqkit_percpu_replay(struct irq_desc *desc, unsigned int cpu)
{
	if (!cpumask_test_cpu(cpu, &desc->percpu->pending))
		return;
	irqkit_cpumask_clear_cpu_atomic(cpu, &desc->percpu->pending);
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_enter();
#endif
	flow_call(desc, cpu);
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_exit();
#endif
}

void handle_bad_irq(struct irq_desc *desc)
{
	unsigned int cpu = irqkit_port_cpu();

	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, cpu);
	chained_irq_enter(desc);
	flow_count_unhandled(cpu);
	chained_irq_exit(desc);
}
