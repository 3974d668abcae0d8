/* SPDX-License-Identifier: MIT */
/*
 * What becomes of interrupts when a CPU goes and when it comes back. The target
 * index says which ones are concerned; each is decided on under its descriptor
 * lock. The kernel runs one step at a time, which guards the rest.
 */
#include "internals.h"
#include "migrate.h"

/* At most so many lines in so long (H14). */
#define HOTPLUG_LOG_LINES 5U
#define HOTPLUG_LOG_NS	  10000000000ULL

/* So many interrupts are looked at before others may come. */
#define HOTPLUG_BATCH 8U

/* A CPU that goes. */
struct hotplug_leave {
	unsigned int cpu;
	bool irqs_off; /* on it, at last */
	struct irqkit_receipt *receipt;
};

/* Of the CPU that goes now, whether the caller wants a receipt or not. */
static unsigned int hotplug_counts[IRQKIT_RECEIPT_KINDS];

/* The caller's, while the CPU is dying. */
static struct irqkit_receipt *hotplug_receipt;

static SELDOM void hotplug_write_receipt(struct irqkit_receipt *receipt,
					 unsigned int irq,
					 struct migrate_verdict verdict)
{
	receipt->count[verdict.kind]++;
	if (receipt->used >= receipt->room)
		return;
	receipt->entries[receipt->used++] = (struct irqkit_receipt_entry){
		.irq = irq,
		.kind = verdict.kind,
		.error = verdict.error,
	};
}

static inline void hotplug_note(struct irqkit_receipt *receipt,
				unsigned int irq,
				struct migrate_verdict verdict)
{
	hotplug_counts[verdict.kind]++;
	if (receipt != NULL)
		hotplug_write_receipt(receipt, irq, verdict);
}

static inline void hotplug_trace(const struct irq_desc *desc, unsigned int cpu,
				 struct migrate_verdict verdict)
{
	static const enum irqkit_trace_event events[IRQKIT_RECEIPT_KINDS] = {
		[IRQKIT_RECEIPT_MOVED] = IRQKIT_TRACE_MIGRATE_MOVED,
		[IRQKIT_RECEIPT_BROKEN] = IRQKIT_TRACE_MIGRATE_BROKEN,
		[IRQKIT_RECEIPT_SHUT_DOWN] = IRQKIT_TRACE_MIGRATE_SHUTDOWN,
		[IRQKIT_RECEIPT_FORWARDED] = IRQKIT_TRACE_MIGRATE_FORWARDED,
		[IRQKIT_RECEIPT_STUCK] = IRQKIT_TRACE_MIGRATE_STUCK,
	};

	if (verdict.kind == IRQKIT_RECEIPT_STUCK)
		irqkit_trace(events[verdict.kind], desc->irq_data.irq, cpu,
			     (unsigned long)verdict.error);
	else if (verdict.kind == IRQKIT_RECEIPT_SHUT_DOWN)
		irqkit_trace(events[verdict.kind], desc->irq_data.irq, cpu, 0);
	else
		irqkit_trace(
			events[verdict.kind], desc->irq_data.irq, cpu,
			cpumask_first(
				&desc->irq_common_data.effective_affinity));
}

static SELDOM void hotplug_complete(const struct migrate_subject *subject)
{
	struct irq_data *data = &subject->desc->irq_data;

	if (data->chip->irq_force_complete_move != NULL)
		data->chip->irq_force_complete_move(data);
	irq_move_done(data);
}

static SELDOM void hotplug_shut_down(const struct migrate_subject *subject)
{
	struct irq_desc *desc = subject->desc;

	irqkit_shutdown(desc);
	irqkit_deactivate(desc);
	desc->irq_common_data.state |= IRQD_MANAGED_SHUTDOWN;
	desc->depth++;
}

/* H10: a chip that cannot move in this context is masked meanwhile. */
static inline int hotplug_aim(struct irq_desc *desc, const struct cpumask *mask)
{
	unsigned int *state = &desc->irq_common_data.state;
	int error;

	if (__builtin_expect(
		    (desc->irq_common_data.status & IRQ_MOVE_PCNTXT) != 0, 1))
		error = irqkit_affinity_aim(desc, mask, cpu_active_mask);
	else
		error = irqkit_affinity_aim_masked(desc, mask, cpu_active_mask);
	if (error == 0)
		*state &= ~(unsigned int)IRQD_MOVE_PENDING;
	return error;
}

static inline int hotplug_aim_within(const struct migrate_subject *subject,
				     const struct cpumask *mask)
{
	return hotplug_aim(subject->desc, mask);
}

static SELDOM int hotplug_aim_anywhere(const struct migrate_subject *subject)
{
	return hotplug_aim(subject->desc, cpu_active_mask);
}

static const struct migrate_ops hotplug_ops = {
	.complete = hotplug_complete,
	.aim = hotplug_aim_within,
	.aim_anywhere = hotplug_aim_anywhere,
	.shut_down = hotplug_shut_down,
};

/* The bit of a CPU that the interrupt does not reach any more is stale. */
static SELDOM void hotplug_drop_bit(struct irq_desc *desc, unsigned int cpu)
{
	const struct irq_common_data *common = &desc->irq_common_data;
	struct cpumask mask;

	if ((common->state & IRQD_MOVE_PENDING) != 0 ||
	    cpumask_test_cpu(cpu, &common->effective_affinity))
		return;
	irqkit_cpumask_single(&mask, cpu);
	irqkit_target_remove(desc->irq_data.irq, TARGET_EFFECTIVE, &mask);
}

static inline struct migrate_verdict hotplug_migrate_locked(
	struct irq_desc *desc, unsigned int cpu)
{
	const struct migrate_subject subject = {
		.desc = desc,
		.state = &desc->irq_common_data.state,
		.effective = &desc->irq_common_data.effective_affinity,
		.active = cpu_active_mask,
	};
	struct migrate_verdict verdict = migrate_decide(&subject, cpu,
							&hotplug_ops);

	if (__builtin_expect(verdict.kind == MIGRATE_NOTHING, 0))
		hotplug_drop_bit(desc, cpu);
	else
		hotplug_trace(desc, cpu, verdict);
	return verdict;
}

/*
 * What cannot be moved while the CPU still runs is tried again when it does not
 * any more, and only then it is stuck. Interrupts are off.
 */
static inline void hotplug_migrate(const struct hotplug_leave *leave,
				   struct irq_desc *desc, unsigned int irq)
{
	struct migrate_verdict verdict = {MIGRATE_NOTHING, 0};

	irqkit_lock_enter(&desc->lock);
	if (__builtin_expect(irqkit_desc_is(desc, irq), 1))
		verdict = hotplug_migrate_locked(desc, leave->cpu);
	irqkit_lock_leave(&desc->lock);
	if (verdict.kind != MIGRATE_NOTHING &&
	    (verdict.kind != IRQKIT_RECEIPT_STUCK || leave->irqs_off))
		hotplug_note(leave->receipt, irq, verdict);
}

/* Some of those whose bits are set; returns the bits of the others. */
static unsigned long hotplug_migrate_batch(const struct hotplug_leave *leave,
					   unsigned int leaf,
					   unsigned long bits)
{
	struct desc_leaf *descs = irqkit_desc_leaves[leaf];
	unsigned long state = irqkit_port_irq_save();

	for (unsigned int i = 0; i < HOTPLUG_BATCH && bits != 0; i++) {
		unsigned int index = (unsigned int)__builtin_ctzl(bits);
		struct irq_desc *desc = load_dependent(&descs->descs[index]);

		bits &= bits - 1;
		if (__builtin_expect(desc != NULL, 1))
			hotplug_migrate(leave, desc, leaf * DESC_LEAF + index);
	}
	irqkit_port_irq_restore(state);
	return bits;
}

/*
 * A bit that is set behind this walk is of one who has seen that the CPU is not
 * active any more.
 */
static void hotplug_migrate_all(const struct hotplug_leave *leave)
{
	unsigned long bits;
	unsigned int leaf = irqkit_target_next_leaf(leave->cpu,
						    TARGET_EFFECTIVE, 0, &bits);

	while (leaf < DESC_NR_LEAVES) {
		while (bits != 0)
			bits = hotplug_migrate_batch(leave, leaf, bits);
		leaf = irqkit_target_next_leaf(leave->cpu, TARGET_EFFECTIVE,
					       leaf + 1, &bits);
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
	else
		irqkit_pm_arrived(desc);
	return true;
}

int irqkit_forward_irq(struct irq_desc *desc)
{
	const struct migrate_verdict verdict = {IRQKIT_RECEIPT_FORWARDED, 0};
	unsigned int irq = desc->irq_data.irq;
	unsigned long state;
	bool done;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	done = hotplug_forward_locked(desc);
	irqkit_lock_release(&desc->lock, state);
	if (!done)
		return -EINVAL;
	hotplug_note(hotplug_receipt, irq, verdict);
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
		"irqkit: cpu %u went offline; of its interrupts %u left their "
		"affinity, %u are stuck, %u moved, %u were shut down",
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
	const struct hotplug_leave leave = {cpu, irqs_off, receipt};

	if (!irqs_off) {
		for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
			hotplug_counts[i] = 0;
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (IRQKIT_DEBUG)
		irqkit_target_check(cpu);
	hotplug_receipt = receipt;
	hotplug_migrate_all(&leave);
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

	if ((common->state & IRQD_STARTED) == 0 ||
	    desc->irq_data.chip->irq_set_affinity == NULL)
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
	unsigned long bits;
	unsigned int leaf;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	leaf = irqkit_target_next_leaf(cpu, TARGET_MANAGED, 0, &bits);
	while (leaf < DESC_NR_LEAVES) {
		for (; bits != 0; bits &= bits - 1)
			hotplug_restore(
				leaf * DESC_LEAF +
					(unsigned int)__builtin_ctzl(bits),
				cpu);
		leaf = irqkit_target_next_leaf(cpu, TARGET_MANAGED, leaf + 1,
					       &bits);
	}
}

int irq_affinity_online_cpu(unsigned int cpu)
{
	if (!cpu_possible(cpu))
		return -EINVAL;
	if (!cpu_active(cpu))
		return -ENXIO;
	irqkit_hotplug_online(cpu);
	return 0;
}
