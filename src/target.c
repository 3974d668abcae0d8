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

size_t irqkit_target_longs(unsigned int nr_cpus)
{
	return (size_t)nr_cpus * TARGET_KINDS;
}

int irqkit_target_init(unsigned int nr_cpus)
{
	target_summaries = irqkit_port_alloc(irqkit_target_longs(nr_cpus) *
						     sizeof(*target_summaries),
					     sizeof(unsigned long));
	return target_summaries != NULL ? 0 : -ENOMEM;
}

static size_t target_row(unsigned int cpu, enum target_kind kind)
{
	return (size_t)cpu * TARGET_KINDS + (size_t)kind;
}

static unsigned long *target_word(unsigned int leaf, size_t row)
{
	return &irqkit_desc_leaves[leaf]->targets[row];
}

/* Set a bit that is most often there already. */
static inline void target_set_bit(unsigned long *word, unsigned long bit)
{
	if ((load_relaxed(word) & bit) == 0)
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
}

static void target_add_cpu(unsigned int irq, size_t row)
{
	unsigned int leaf = irq / DESC_LEAF;
	unsigned long *summary = target_summaries[row].leaves;

	target_set_bit(target_word(leaf, row), 1UL << (irq % DESC_LEAF));
	target_set_bit(&summary[leaf / IRQKIT_BITS_PER_LONG],
		       1UL << (leaf % IRQKIT_BITS_PER_LONG));
}

void irqkit_target_add(unsigned int irq, enum target_kind kind,
		       const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus)
		target_add_cpu(irq, target_row(cpu, kind));
}

void irqkit_target_remove(unsigned int irq, enum target_kind kind,
			  const struct cpumask *cpus)
{
	unsigned long bit = 1UL << (irq % DESC_LEAF);
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		unsigned long *word = target_word(irq / DESC_LEAF,
						  target_row(cpu, kind));

		if ((load_relaxed(word) & bit) != 0)
			__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED);
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

unsigned int irqkit_target_next(unsigned int cpu, enum target_kind kind,
				unsigned int irq)
{
	size_t row = target_row(cpu, kind);
	unsigned int leaf = irq / DESC_LEAF;
	unsigned int first = irq % DESC_LEAF;

	for (;;) {
		unsigned int next = target_next_leaf(&target_summaries[row],
						     leaf);
		unsigned long word;

		if (next >= DESC_NR_LEAVES)
			return IRQKIT_NR_IRQS;
		if (next != leaf)
			first = 0;
		leaf = next;
		word = load_relaxed(target_word(leaf, row)) >> first;
		if (word != 0)
			return leaf * DESC_LEAF + first +
			       (unsigned int)__builtin_ctzl(word);
		leaf++;
		first = 0;
	}
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
