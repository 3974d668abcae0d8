/* SPDX-License-Identifier: MIT */
/*
 * What becomes of interrupts when a CPU goes and when it comes back. The target
 * index says which ones are concerned; each is decided on under its descriptor
 * lock. The kernel runs one step at a time, which guards the rest.
 */
#include "internals.h"

/* At most so many lines in so long (H14). */
#define HOTPLUG_LOG_LINES 5U
#define HOTPLUG_LOG_NS	  10000000000ULL

/* Not a kind of receipt: nothing was to be done. */
#define HOTPLUG_NOTHING IRQKIT_RECEIPT_KINDS

/* What is decided about one interrupt. */
struct hotplug_verdict {
	enum irqkit_receipt_kind kind;
	int error;
};

/* Of the CPU that goes now, whether the caller wants a receipt or not. */
static unsigned int hotplug_counts[IRQKIT_RECEIPT_KINDS];

/* The caller's, while the CPU is dying. */
static struct irqkit_receipt *hotplug_receipt;

static void hotplug_note(struct irqkit_receipt *receipt, unsigned int irq,
			 const struct hotplug_verdict *verdict)
{
	hotplug_counts[verdict->kind]++;
	if (receipt == NULL)
		return;
	receipt->count[verdict->kind]++;
	if (receipt->used >= receipt->room)
		return;
	receipt->entries[receipt->used++] = (struct irqkit_receipt_entry){
		.irq = irq,
		.kind = verdict->kind,
		.error = verdict->error,
	};
}

static inline void hotplug_trace(const struct irq_desc *desc, unsigned int cpu,
				 const struct hotplug_verdict *verdict)
{
	static const enum irqkit_trace_event events[IRQKIT_RECEIPT_KINDS] = {
		[IRQKIT_RECEIPT_MOVED] = IRQKIT_TRACE_MIGRATE_MOVED,
		[IRQKIT_RECEIPT_BROKEN] = IRQKIT_TRACE_MIGRATE_BROKEN,
		[IRQKIT_RECEIPT_SHUT_DOWN] = IRQKIT_TRACE_MIGRATE_SHUTDOWN,
		[IRQKIT_RECEIPT_FORWARDED] = IRQKIT_TRACE_MIGRATE_FORWARDED,
		[IRQKIT_RECEIPT_STUCK] = IRQKIT_TRACE_MIGRATE_STUCK,
	};

	if (verdict->kind == IRQKIT_RECEIPT_STUCK)
		irqkit_trace(events[verdict->kind], desc->irq_data.irq, cpu,
			     (unsigned long)verdict->error);
	else if (verdict->kind == IRQKIT_RECEIPT_SHUT_DOWN)
		irqkit_trace(events[verdict->kind], desc->irq_data.irq, cpu, 0);
	else
		irqkit_trace(
			events[verdict->kind], desc->irq_data.irq, cpu,
			cpumask_first(
				&desc->irq_common_data.effective_affinity));
}

/*
 * H1, H7: started, and aimed at the CPU; without an effective mask what was
 * asked for counts. One that is aimed at no active CPU at all was missed
 * earlier (HZ7).
 */
static bool hotplug_needs_move(const struct irq_desc *desc, unsigned int cpu)
{
	const struct irq_common_data *common = &desc->irq_common_data;
	const struct cpumask *mask = &common->effective_affinity;

	if ((common->status & IRQ_PER_CPU) != 0 ||
	    (common->state & IRQD_STARTED) == 0)
		return false;
	if (cpumask_empty(mask))
		mask = &common->affinity;
	return cpumask_test_cpu(cpu, mask) ||
	       !cpumask_intersects(mask, cpu_active_mask);
}

/* H11: before anything is decided. */
static SELDOM void hotplug_complete_move(struct irq_desc *desc)
{
	struct irq_data *data = &desc->irq_data;

	if (data->chip->irq_force_complete_move != NULL)
		data->chip->irq_force_complete_move(data);
	irq_move_done(data);
}

/* H9: the mask is kept, and with one of its CPUs it starts again. */
static SELDOM void hotplug_shut_down(struct irq_desc *desc)
{
	irqkit_shutdown(desc);
	irqkit_deactivate(desc);
	desc->irq_common_data.state |= IRQD_MANAGED_SHUTDOWN;
	desc->depth++;
}

/* H10: a chip that cannot move in this context is masked around the move. */
static int hotplug_aim(struct irq_desc *desc, const struct cpumask *mask)
{
	unsigned int *state = &desc->irq_common_data.state;
	bool around = (desc->irq_common_data.status & IRQ_MOVE_PCNTXT) == 0 &&
		      (*state & IRQD_MASKED) == 0;
	int error;

	if (around)
		irqkit_mask(desc);
	error = irqkit_affinity_aim(desc, mask, cpu_active_mask);
	if (around)
		irqkit_unmask(desc);
	if (error == 0)
		*state &= ~(unsigned int)IRQD_MOVE_PENDING;
	return error;
}

/* H8, H13: any active CPU will do. */
static SELDOM struct hotplug_verdict hotplug_break(struct irq_desc *desc)
{
	struct hotplug_verdict verdict = {IRQKIT_RECEIPT_BROKEN, 0};

	verdict.error = hotplug_aim(desc, cpu_active_mask);
	if (verdict.error != 0)
		verdict.kind = IRQKIT_RECEIPT_STUCK;
	return verdict;
}

/* Widening helps only if not all CPUs were tried, and breaks no promise. */
static bool hotplug_may_widen(const struct irq_desc *desc,
			      const struct cpumask *mask, int error)
{
	return error == -ENOSPC &&
	       (desc->irq_common_data.state & IRQD_AFFINITY_MANAGED) == 0 &&
	       !cpumask_subset(cpu_active_mask, mask);
}

static struct hotplug_verdict hotplug_move(struct irq_desc *desc,
					   const struct cpumask *mask)
{
	struct hotplug_verdict verdict = {IRQKIT_RECEIPT_MOVED, 0};

	verdict.error = hotplug_aim(desc, mask);
	if (__builtin_expect(verdict.error == 0, 1))
		return verdict;
	if (hotplug_may_widen(desc, mask, verdict.error))
		return hotplug_break(desc);
	verdict.kind = IRQKIT_RECEIPT_STUCK;
	return verdict;
}

/* The mask that counts: a change that waits is taken over (HZ4). */
static void hotplug_wanted(struct irq_desc *desc, struct cpumask *mask)
{
	struct irq_common_data *common = &desc->irq_common_data;

	if (__builtin_expect((common->state & IRQD_MOVE_PENDING) != 0, 0))
		cpumask_copy(mask, &desc->pending_affinity);
	else
		cpumask_copy(mask, &common->affinity);
	irqkit_isolation_restrict(&desc->irq_data, mask);
}

static struct hotplug_verdict hotplug_decide(struct irq_desc *desc,
					     unsigned int cpu)
{
	struct irq_common_data *common = &desc->irq_common_data;
	struct hotplug_verdict verdict = {HOTPLUG_NOTHING, 0};
	struct cpumask mask;

	if (__builtin_expect((common->state & IRQD_MOVING) != 0, 0))
		hotplug_complete_move(desc);
	if (!hotplug_needs_move(desc, cpu))
		return verdict;
	if (desc->irq_data.chip->irq_set_affinity == NULL) {
		verdict.kind = IRQKIT_RECEIPT_STUCK;
		verdict.error = -ENOSYS;
		return verdict;
	}
	hotplug_wanted(desc, &mask);
	if (__builtin_expect(cpumask_intersects(&mask, cpu_active_mask), 1))
		return hotplug_move(desc, &mask);
	if ((common->state & IRQD_AFFINITY_MANAGED) == 0)
		return hotplug_break(desc);
	hotplug_shut_down(desc);
	verdict.kind = IRQKIT_RECEIPT_SHUT_DOWN;
	return verdict;
}

/* The bit of a CPU that the interrupt does not reach any more is stale. */
static void hotplug_drop_bit(struct irq_desc *desc, unsigned int cpu)
{
	const struct irq_common_data *common = &desc->irq_common_data;
	struct cpumask mask;

	if ((common->state & IRQD_MOVE_PENDING) != 0 ||
	    cpumask_test_cpu(cpu, &common->effective_affinity))
		return;
	irqkit_cpumask_single(&mask, cpu);
	irqkit_target_remove(desc->irq_data.irq, TARGET_EFFECTIVE, &mask);
}

static struct hotplug_verdict hotplug_migrate(unsigned int irq,
					      unsigned int cpu)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	struct hotplug_verdict verdict = {HOTPLUG_NOTHING, 0};
	unsigned long state;

	if (!irqkit_desc_lock(desc, irq, &state))
		return verdict;
	verdict = hotplug_decide(desc, cpu);
	if (verdict.kind == HOTPLUG_NOTHING)
		hotplug_drop_bit(desc, cpu);
	else
		hotplug_trace(desc, cpu, &verdict);
	irqkit_lock_release(&desc->lock, state);
	return verdict;
}

/*
 * What cannot be moved while the CPU still runs is tried again when it does not
 * any more, and only then it is stuck.
 */
static void hotplug_migrate_all(unsigned int cpu, bool irqs_off,
				struct irqkit_receipt *receipt)
{
	unsigned int irq = irqkit_target_next(cpu, TARGET_EFFECTIVE, 1);

	while (irq < IRQKIT_NR_IRQS) {
		struct hotplug_verdict verdict = hotplug_migrate(irq, cpu);

		if (verdict.kind != HOTPLUG_NOTHING &&
		    (verdict.kind != IRQKIT_RECEIPT_STUCK || irqs_off))
			hotplug_note(receipt, irq, &verdict);
		irq = irqkit_target_next(cpu, TARGET_EFFECTIVE, irq + 1);
	}
}

/* Raised again as an edge that came while it could not be handled is. */
static bool hotplug_forward_locked(struct irq_desc *desc)
{
	unsigned int *state = &desc->irq_common_data.state;

	if ((*state & IRQD_STARTED) == 0)
		return false;
	*state |= IRQD_PENDING;
	if ((*state & IRQD_DISABLED) == 0)
		irqkit_resend_pending(desc);
	return true;
}

int irqkit_forward_irq(struct irq_desc *desc)
{
	const struct hotplug_verdict verdict = {IRQKIT_RECEIPT_FORWARDED, 0};
	unsigned int irq = desc->irq_data.irq;
	unsigned long state;
	bool done;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	done = hotplug_forward_locked(desc);
	irqkit_lock_release(&desc->lock, state);
	if (!done)
		return -EINVAL;
	hotplug_note(hotplug_receipt, irq, &verdict);
	return 0;
}

static bool hotplug_may_log(void)
{
	static uint64_t since;
	static unsigned int lines;
	uint64_t now = irqkit_port_nanoseconds();

	if (now - since >= HOTPLUG_LOG_NS || lines == 0) {
		since = now;
		lines = 0;
	}
	return lines++ < HOTPLUG_LOG_LINES;
}

/* Only what a person should look at. */
static void hotplug_log(unsigned int cpu)
{
	const unsigned int *counts = hotplug_counts;

	if (counts[IRQKIT_RECEIPT_BROKEN] == 0 &&
	    counts[IRQKIT_RECEIPT_STUCK] == 0)
		return;
	if (!hotplug_may_log())
		return;
	irqkit_log(
		IRQKIT_LOG_WARNING,
		"irqkit: cpu %u went offline: %u interrupts outside of their "
		"affinity, %u stuck, %u moved, %u shut down",
		cpu, counts[IRQKIT_RECEIPT_BROKEN],
		counts[IRQKIT_RECEIPT_STUCK], counts[IRQKIT_RECEIPT_MOVED],
		counts[IRQKIT_RECEIPT_SHUT_DOWN]);
}

/*
 * The CPU is not active any more. The fence pairs with the one in
 * irqkit_affinity_aim(), src/affinity.c: who still aimed at it has set the bit
 * before, or sees that it is not active.
 */
void irqkit_hotplug_offline(unsigned int cpu, bool irqs_off,
			    struct irqkit_receipt *receipt)
{
	if (!irqs_off) {
		for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
			hotplug_counts[i] = 0;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (IRQKIT_DEBUG)
		irqkit_target_check(cpu);
	hotplug_receipt = receipt;
	hotplug_migrate_all(cpu, irqs_off, receipt);
}

void irqkit_hotplug_dead(unsigned int cpu)
{
	hotplug_receipt = NULL;
	hotplug_log(cpu);
}

int irq_migrate_all_off_this_cpu(struct irqkit_receipt *receipt)
{
	unsigned int cpu = irqkit_port_cpu();

	if (!irqkit_port_irqs_disabled())
		return -EINVAL;
	if (cpu_active(cpu))
		return -EBUSY;
	irqkit_hotplug_offline(cpu, true, receipt);
	return 0;
}

/* One reason less to be disabled; started when it was the last. */
static int hotplug_start_managed(struct irq_desc *desc)
{
	unsigned int *state = &desc->irq_common_data.state;
	int error = 0;

	*state &= ~(unsigned int)IRQD_MANAGED_SHUTDOWN;
	if (desc->depth == 1)
		error = irqkit_startup(desc);
	if (error != 0)
		*state |= IRQD_MANAGED_SHUTDOWN;
	else
		desc->depth--;
	return error;
}

/* H4, H5: what goes to several CPUs, or to one that it should not go to. */
static bool hotplug_should_spread(const struct irq_desc *desc, unsigned int cpu)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	if ((common->state & IRQD_STARTED) == 0)
		return false;
	return (common->state & IRQD_SINGLE_TARGET) == 0 ||
	       irqkit_should_isolate(&common->effective_affinity, cpu);
}

static int hotplug_restore_locked(struct irq_desc *desc, unsigned int cpu)
{
	struct irq_common_data *common = &desc->irq_common_data;
	struct cpumask mask;

	if ((common->state & IRQD_AFFINITY_MANAGED) == 0)
		return 0;
	if ((common->state & IRQD_MANAGED_SHUTDOWN) != 0)
		return hotplug_start_managed(desc);
	if (!hotplug_should_spread(desc, cpu))
		return 0;
	cpumask_copy(&mask, &common->affinity);
	irqkit_isolation_restrict(&desc->irq_data, &mask);
	return hotplug_aim(desc, &mask);
}

static void hotplug_restore(unsigned int irq, unsigned int cpu)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (!irqkit_desc_lock(desc, irq, &state))
		return;
	error = hotplug_restore_locked(desc, cpu);
	irqkit_lock_release(&desc->lock, state);
	if (error != 0 && hotplug_may_log())
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: irq %u does not come to cpu %u: error %d",
			   irq, cpu, error);
}

/*
 * The CPU is active. The fence pairs with the one in irqkit_affinity_is_down(),
 * src/affinity.c: who found no CPU has set the bit before, or sees this one.
 */
void irqkit_hotplug_online(unsigned int cpu)
{
	unsigned int irq;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	irq = irqkit_target_next(cpu, TARGET_MANAGED, 1);
	while (irq < IRQKIT_NR_IRQS) {
		hotplug_restore(irq, cpu);
		irq = irqkit_target_next(cpu, TARGET_MANAGED, irq + 1);
	}
}
