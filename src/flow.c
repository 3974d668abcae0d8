/* SPDX-License-Identifier: MIT */
/*
 * Flow handlers: what is done at the controller before and after the handlers
 * of an interrupt, by kind. Per-CPU ones take no lock: one CPU handles what it
 * took. The others hold the descriptor lock, but not around the handlers.
 */
#include "flow.h"

static SELDOM void flow_count_unhandled(unsigned int cpu)
{
	increment_relaxed(&irqkit_dispatch_table[cpu].unhandled);
}

static inline void flow_note_unhandled(const struct irq_desc *desc,
				       unsigned int cpu)
{
	flow_count_unhandled(cpu);
	irqkit_trace(IRQKIT_TRACE_UNHANDLED, desc->irq_data.irq,
		     desc->irq_data.hwirq,
		     irqkit_dispatch_table[cpu].unhandled);
}

static inline irqreturn_t flow_call_handler(const struct irq_desc *desc,
					    const struct irqaction *action,
					    void *dev_id)
{
	irqreturn_t answer;

	irqkit_trace(IRQKIT_TRACE_HANDLER_ENTRY, desc->irq_data.irq,
		     (unsigned long)action->handler, 0);
	answer = action->handler(desc->irq_data.irq, dev_id);
	irqkit_trace(IRQKIT_TRACE_HANDLER_EXIT, desc->irq_data.irq,
		     (unsigned long)action->handler, answer);
	return answer;
}

/* An action with a cookie a CPU: called where enabled, else kept, merged. */
static SELDOM irqreturn_t flow_call_percpu(const struct irq_desc *desc,
					   const struct irqaction *action,
					   unsigned int cpu)
{
	if (cpumask_test_cpu(cpu, &desc->percpu->enabled))
		return flow_call_handler(desc, action,
					 action->percpu_dev_id[cpu]);
	irqkit_cpumask_set_cpu_atomic(cpu, &desc->percpu->pending);
	return IRQ_HANDLED;
}

/*
 * The acquire pairs with the release that publishes an action in
 * irqkit_attach_first(), src/manage.c.
 */
static inline void flow_call(const struct irq_desc *desc, unsigned int cpu)
{
	const struct irqaction *action = load_acquire(&desc->action);
	irqreturn_t result = IRQ_NONE;

	if (action != NULL && action->percpu_dev_id != NULL)
		result = flow_call_percpu(desc, action, cpu);
	else if (action != NULL)
		result = flow_call_handler(desc, action, action->dev_id);
	if (result == IRQ_NONE)
		flow_note_unhandled(desc, cpu);
}

void handle_percpu_irq(struct irq_desc *desc)
{
	unsigned int cpu = irqkit_port_cpu();

	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, cpu);
	flow_ack(desc);
	flow_call(desc, cpu);
	flow_eoi(desc);
}

void handle_percpu_devid_fasteoi_ipi(struct irq_desc *desc)
{
	unsigned int cpu = irqkit_port_cpu();

	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, cpu);
	flow_ack(desc);
	flow_eoi(desc);
	flow_call(desc, cpu);
}

static void flow_replay_percpu(struct irq_desc *desc, unsigned int cpu)
{
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_enter();
#endif
	flow_call(desc, cpu);
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_exit();
#endif
}

/* In a handler the hooks were called by the dispatch that it is in. */
void irqkit_percpu_replay(struct irq_desc *desc,
			  const struct irqkit_reader *reader)
{
	if (!cpumask_test_cpu(reader->cpu, &desc->percpu->pending))
		return;
	irqkit_cpumask_clear_cpu_atomic(reader->cpu, &desc->percpu->pending);
	if (reader->entered)
		flow_replay_percpu(desc, reader->cpu);
	else
		flow_call(desc, reader->cpu);
}

void handle_bad_irq(struct irq_desc *desc)
{
	unsigned int cpu = irqkit_port_cpu();

	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, cpu);
	flow_ack(desc);
	flow_note_unhandled(desc, cpu);
	flow_eoi(desc);
}

/* A handler that did not say IRQ_HANDLED. */
static SELDOM void flow_answer(struct irq_desc *desc,
			       const struct irqaction *action,
			       irqreturn_t answer)
{
	if (answer == IRQ_WAKE_THREAD) {
		irqkit_thread_wake(desc, action);
		return;
	}
	flow_note_unhandled(desc, irqkit_port_cpu());
	irqkit_spurious_note(desc);
}

/*
 * All handlers, in the order of their requests. The address dependency pairs
 * with the release in manage_share(), src/manage.c.
 */
static SELDOM void flow_call_shared(struct irq_desc *desc,
				    const struct irqaction *action)
{
	unsigned int result = IRQ_NONE;

	for (; action != NULL; action = load_dependent(&action->next)) {
		irqreturn_t answer = flow_call_handler(desc, action,
						       action->dev_id);

		if (answer == IRQ_WAKE_THREAD)
			irqkit_thread_wake(desc, action);
		result |= answer;
	}
	if (result != IRQ_NONE)
		return;
	flow_note_unhandled(desc, irqkit_port_cpu());
	irqkit_spurious_note(desc);
}

static inline void flow_call_actions(struct irq_desc *desc,
				     const struct irqaction *action)
{
	irqreturn_t answer;

	if (__builtin_expect(load_dependent(&action->next) != NULL, 0)) {
		flow_call_shared(desc, action);
		return;
	}
	answer = flow_call_handler(desc, action, action->dev_id);
	if (__builtin_expect(answer != IRQ_HANDLED, 0))
		flow_answer(desc, action, answer);
}

/* What keeps the handlers from running; without one it is always disabled. */
#define FLOW_HELD (IRQD_DISABLED | IRQD_IN_PROGRESS)

static inline bool flow_is(const struct irq_desc *desc, unsigned int state)
{
	return __builtin_expect((desc->irq_common_data.state & state) != 0, 0);
}

/* Once, with the lock released meanwhile. */
static inline void flow_run_once(struct irq_desc *desc)
	IRQKIT_REQUIRES(desc->lock)
{
	unsigned int *state = &desc->irq_common_data.state;
	const struct irqaction *action = desc->action;

	irqkit_assert(action != NULL);
	*state = (*state & ~(unsigned int)IRQD_PENDING) | IRQD_IN_PROGRESS;
	irqkit_lock_leave(&desc->lock);
	flow_call_actions(desc, action);
	irqkit_lock_enter(&desc->lock);
	*state &= ~(unsigned int)IRQD_IN_PROGRESS;
}

/*
 * It came at another CPU while the handlers ran here (HZ34). If it has been
 * moved away, the new target takes it from here, or this CPU might never come
 * out of handling it (HZ35). Whether the handlers are to run once more here.
 */
static bool flow_again(struct irq_desc *desc)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	if (!flow_is(desc, IRQD_PENDING) || flow_is(desc, FLOW_HELD))
		return false;
	if (desc->threads_active == 0)
		irqkit_unmask(desc);
	if (cpumask_empty(&common->effective_affinity) ||
	    cpumask_test_cpu(irqkit_port_cpu(), &common->effective_affinity))
		return true;
	irqkit_resend_pending(desc);
	return false;
}

static SELDOM void flow_run_again(struct irq_desc *desc)
	IRQKIT_REQUIRES(desc->lock)
{
	while (flow_again(desc))
		flow_run_once(desc);
}

static inline void flow_run(struct irq_desc *desc) IRQKIT_REQUIRES(desc->lock)
{
	flow_run_once(desc);
	if (flow_is(desc, IRQD_PENDING))
		flow_run_again(desc);
}

/* What waited for the interrupt's own handler, for chips that need that. */
static inline void flow_move(struct irq_desc *desc)
{
	if (flow_is(desc, IRQD_MOVE_PENDING))
		irqkit_affinity_move_pending(desc);
}

/* A one-shot interrupt stays masked while its threads run. */
static inline void flow_unmask(struct irq_desc *desc)
{
	if (!flow_is(desc, IRQD_DISABLED) && desc->threads_active == 0)
		irqkit_unmask(desc);
}

/* Count it, and have its state to ourselves. */
static inline void flow_enter(struct irq_desc *desc) IRQKIT_ACQUIRES(desc->lock)
{
	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, irqkit_port_cpu());
	irqkit_lock_enter(&desc->lock);
}

static SELDOM void flow_hold(struct irq_desc *desc)
{
	desc->irq_common_data.state |= IRQD_PENDING;
	irqkit_pm_arrived(desc);
}

void handle_simple_irq(struct irq_desc *desc)
{
	flow_enter(desc);
	if (flow_is(desc, FLOW_HELD))
		flow_hold(desc);
	else
		flow_run(desc);
	irqkit_lock_leave(&desc->lock);
}

/* The device holds the line, so it need not be remembered (HZ55). */
void handle_level_irq(struct irq_desc *desc)
{
	flow_enter(desc);
	irqkit_mask(desc);
	flow_ack(desc);
	if (!flow_is(desc, FLOW_HELD)) {
		flow_run_once(desc);
		flow_move(desc);
		flow_unmask(desc);
	} else {
		irqkit_pm_arrived(desc);
	}
	irqkit_lock_leave(&desc->lock);
}

static SELDOM void flow_hold_edge(struct irq_desc *desc)
{
	flow_hold(desc);
	irqkit_mask(desc);
	flow_ack(desc);
}

/* Masked as long as its handlers run, and until its threads are done. */
static SELDOM void flow_run_oneshot(struct irq_desc *desc)
	IRQKIT_REQUIRES(desc->lock)
{
	irqkit_mask(desc);
	flow_run_once(desc);
	flow_unmask(desc);
	if (desc->threads_active == 0 && !flow_is(desc, IRQD_DISABLED))
		irqkit_resend_pending(desc);
}

static SELDOM void flow_edge_oneshot(struct irq_desc *desc)
	IRQKIT_REQUIRES(desc->lock)
{
	irqkit_mask(desc);
	flow_ack(desc);
	flow_run_oneshot(desc);
}

void handle_edge_irq(struct irq_desc *desc)
{
	flow_enter(desc);
	flow_move(desc);
	if (flow_is(desc, FLOW_HELD)) {
		flow_hold_edge(desc);
	} else if (flow_is(desc, IRQD_ONESHOT)) {
		flow_edge_oneshot(desc);
	} else {
		flow_ack(desc);
		flow_run(desc);
	}
	irqkit_lock_leave(&desc->lock);
}

/*
 * While the handlers run elsewhere the controller need not be told to wait. A
 * level that is held comes again; an edge that came meanwhile may not.
 */
static SELDOM void flow_fasteoi_seldom(struct irq_desc *desc)
	IRQKIT_REQUIRES(desc->lock)
{
	unsigned int *state = &desc->irq_common_data.state;

	if (!flow_is(desc, FLOW_HELD)) {
		flow_run_oneshot(desc);
		return;
	}
	if ((*state & IRQ_TYPE_LEVEL_MASK) == 0)
		*state |= IRQD_PENDING;
	irqkit_pm_arrived(desc);
	if (!flow_is(desc, IRQD_IN_PROGRESS))
		irqkit_mask(desc);
}

void handle_fasteoi_irq(struct irq_desc *desc)
{
	flow_enter(desc);
	if (flow_is(desc, FLOW_HELD | IRQD_ONESHOT))
		flow_fasteoi_seldom(desc);
	else
		flow_run(desc);
	flow_move(desc);
	flow_eoi(desc);
	irqkit_lock_leave(&desc->lock);
}

/*
 * The chip does not have the interrupt in hand now, and may not be disturbed in
 * a move (HZ56): it is told nothing but to hold back a one-shot one.
 */
void irqkit_flow_replay(struct irq_desc *desc)
{
	if (flow_is(desc, FLOW_HELD)) {
		flow_hold(desc);
		return;
	}
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_enter();
#endif
	if (flow_is(desc, IRQD_ONESHOT))
		flow_run_oneshot(desc);
	else
		flow_run(desc);
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_exit();
#endif
}

void irqkit_flow_poll(struct irq_desc *desc)
{
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_enter();
#endif
	flow_run_once(desc);
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_exit();
#endif
}
