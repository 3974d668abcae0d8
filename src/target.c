/* SPDX-License-Identifier: MIT */
/*
 * The target index: for each CPU a bitmap over the interrupt numbers, in two
 * levels. The words are in the leaves of the descriptor table; a summary says
 * which leaves have, or had, a bit. The bit of an interrupt changes with its
 * descriptor lock held; a bit of a summary is never taken back.
 */
#include "internals.h"

#define TARGET_SUMMARY \
	((DESC_NR_LEAVES + IRQKIT_BITS_PER_LONG - 1) / IRQKIT_BITS_PER_LONG)

struct target_summary {
	unsigned long leaves[TARGET_SUMMARY];
};

/* By CPU and kind. */
static struct target_summary *target_summaries;

static size_t target_index(unsigned int cpu, enum target_kind kind)
{
	return (size_t)cpu * TARGET_KINDS + (size_t)kind;
}

size_t irqkit_target_rows(unsigned int nr_cpus)
{
	return target_index(nr_cpus, 0);
}

int irqkit_target_init(unsigned int nr_cpus)
{
	target_summaries = irqkit_port_alloc(irqkit_target_rows(nr_cpus) *
						     sizeof(*target_summaries),
					     sizeof(unsigned long));
	return target_summaries != NULL ? 0 : -ENOMEM;
}

/* The release pairs with the fence after target_add(). */
SELDOM void irqkit_target_note(unsigned int irq, enum target_kind kind,
			       unsigned int cpu)
{
	const struct target_place place = target_place(irq);
	unsigned int leaf = irq / DESC_LEAF;
	unsigned long *word = &target_summaries[target_index(cpu, kind)]
				       .leaves[leaf / IRQKIT_BITS_PER_LONG];

	__atomic_fetch_or(word, 1UL << (leaf % IRQKIT_BITS_PER_LONG),
			  __ATOMIC_RELAXED);
	store_release(&target_row(&place, kind, cpu)->noted, true);
}

void irqkit_target_add(unsigned int irq, enum target_kind kind,
		       const struct cpumask *cpus)
{
	const struct target_place place = target_place(irq);

	target_add(&place, irq, kind, cpus);
}

void irqkit_target_remove(unsigned int irq, enum target_kind kind,
			  const struct cpumask *cpus)
{
	const struct target_place place = target_place(irq);
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		unsigned long *bits = &target_row(&place, kind, cpu)->bits;

		if ((load_relaxed(bits) & place.bit) != 0)
			__atomic_fetch_and(bits, ~place.bit, __ATOMIC_RELAXED);
	}
}

/* The next leaf from @leaf on that may have bits, or DESC_NR_LEAVES. */
static unsigned int target_next_leaf(const struct target_summary *summary,
				     unsigned int leaf)
{
	while (leaf < DESC_NR_LEAVES) {
		unsigned int shift = leaf % IRQKIT_BITS_PER_LONG;
		unsigned long word =
			load_relaxed(&summary->leaves[leaf /
						      IRQKIT_BITS_PER_LONG]) >>
			shift;

		if (word != 0)
			return leaf + (unsigned int)__builtin_ctzl(word);
		leaf += IRQKIT_BITS_PER_LONG - shift;
	}
	return DESC_NR_LEAVES;
}

unsigned int irqkit_target_next_leaf(unsigned int cpu, enum target_kind kind,
				     unsigned int leaf, unsigned long *bits)
{
	size_t index = target_index(cpu, kind);
	const struct target_summary *summary = &target_summaries[index];

	leaf = target_next_leaf(summary, leaf);
	while (leaf < DESC_NR_LEAVES) {
		*bits = load_relaxed(
			&irqkit_desc_leaves[leaf]->rows[index].bits);
		if (*bits != 0)
			break;
		leaf = target_next_leaf(summary, leaf + 1);
	}
	return leaf;
}

unsigned int irqkit_target_next(unsigned int cpu, enum target_kind kind,
				unsigned int irq)
{
	unsigned int leaf = irq / DESC_LEAF;
	unsigned long bits = 0;
	unsigned int next = irqkit_target_next_leaf(cpu, kind, leaf, &bits);

	if (next == leaf) {
		bits &= ~0UL << (irq % DESC_LEAF);
		if (bits == 0)
			next = irqkit_target_next_leaf(cpu, kind, leaf + 1,
						       &bits);
	}
	if (next >= DESC_NR_LEAVES)
		return IRQKIT_NR_IRQS;
	return next * DESC_LEAF + (unsigned int)__builtin_ctzl(bits);
}

static bool target_has(unsigned int irq, unsigned int cpu,
		       enum target_kind kind)
{
	return irqkit_target_next(cpu, kind, irq) == irq;
}

static SELDOM bool target_is_missing(struct irq_desc *desc, unsigned int irq,
				     unsigned int cpu)
{
	const struct irq_common_data *common = &desc->irq_common_data;
	unsigned long state;
	bool missing;

	if (!irqkit_desc_lock(desc, irq, &state))
		return false;
	missing = (common->status & IRQ_PER_CPU) == 0 &&
		  cpumask_test_cpu(cpu, &common->effective_affinity) &&
		  !target_has(irq, cpu, TARGET_EFFECTIVE);
	if ((common->state & IRQD_AFFINITY_MANAGED) != 0 &&
	    (common->state & (IRQD_STARTED | IRQD_MANAGED_SHUTDOWN)) != 0 &&
	    cpumask_test_cpu(cpu, &common->affinity) &&
	    !target_has(irq, cpu, TARGET_MANAGED))
		missing = true;
	irqkit_lock_release(&desc->lock, state);
	return missing;
}

SELDOM void irqkit_target_check(unsigned int cpu)
{
	unsigned int irq;

	for_each_active_irq (irq) {
		if (target_is_missing(irqkit_desc_find(irq), irq, cpu))
			irqkit_assert_failed("target index", __FILE__,
					     (int)irq);
	}
}
