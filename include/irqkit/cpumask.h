/* SPDX-License-Identifier: MIT */
/*
 * Sets of CPUs, by logical index, and the masks that say what each CPU is.
 *
 * A mask has IRQKIT_NR_CPUS bits and needs no allocation. Functions that look
 * for a CPU return a number >= nr_cpu_ids where there is none; compare with
 * that and not with a constant. Those that change a mask are not atomic unless
 * their name says so. None checks a CPU number: it must be below
 * IRQKIT_NR_CPUS.
 */
#ifndef IRQKIT_CPUMASK_H
#define IRQKIT_CPUMASK_H

#include <irqkit/types.h>
#include <irqkit/names.h>

#define IRQKIT_BITS_PER_LONG (8U * (unsigned int)sizeof(unsigned long))
#define IRQKIT_CPUMASK_LONGS \
	((IRQKIT_NR_CPUS + IRQKIT_BITS_PER_LONG - 1) / IRQKIT_BITS_PER_LONG)

IRQKIT_BEGIN_DECLS

struct cpumask {
	unsigned long bits[IRQKIT_CPUMASK_LONGS];
};

/* How many CPUs there can be on this machine; set by irqkit_init(). */
extern unsigned int nr_cpu_ids;

/*
 * possible: may ever run; fixed by irqkit_init(). present: is plugged in.
 * online: runs and takes interrupts. active: may be chosen as a target. A CPU
 * that goes down leaves active first and online last. foreign: accepts sends
 * but is not run by this kernel, so it is never online.
 */
extern struct cpumask irqkit_cpu_masks[5];
#define IRQKIT_CPU_POSSIBLE 0
#define IRQKIT_CPU_PRESENT  1
#define IRQKIT_CPU_ONLINE   2
#define IRQKIT_CPU_ACTIVE   3
#define IRQKIT_CPU_FOREIGN  4

#define irqkit_cpu_possible_mask \
	((const struct irqkit_cpumask *)&irqkit_cpu_masks[IRQKIT_CPU_POSSIBLE])
#define irqkit_cpu_present_mask \
	((const struct irqkit_cpumask *)&irqkit_cpu_masks[IRQKIT_CPU_PRESENT])
#define irqkit_cpu_online_mask \
	((const struct irqkit_cpumask *)&irqkit_cpu_masks[IRQKIT_CPU_ONLINE])
#define irqkit_cpu_active_mask \
	((const struct irqkit_cpumask *)&irqkit_cpu_masks[IRQKIT_CPU_ACTIVE])
#define irqkit_cpu_foreign_mask \
	((const struct irqkit_cpumask *)&irqkit_cpu_masks[IRQKIT_CPU_FOREIGN])

static inline unsigned int irqkit_cpumask_word(unsigned int cpu)
{
	return cpu / IRQKIT_BITS_PER_LONG;
}

static inline unsigned long irqkit_cpumask_bit(unsigned int cpu)
{
	return 1UL << (cpu % IRQKIT_BITS_PER_LONG);
}

/* Masks are read while others change them, a word at a time. */
static inline unsigned long irqkit_cpumask_load(const struct cpumask *mask,
						unsigned int word)
{
	return IRQKIT_LOAD_RELAXED(&mask->bits[word]);
}

static inline void irqkit_cpumask_store(struct cpumask *mask, unsigned int word,
					unsigned long value)
{
	IRQKIT_STORE_RELAXED(&mask->bits[word], value);
}

static inline bool cpumask_test_cpu(unsigned int cpu,
				    const struct cpumask *mask)
{
	return (irqkit_cpumask_load(mask, irqkit_cpumask_word(cpu)) &
		irqkit_cpumask_bit(cpu)) != 0;
}

static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *mask)
{
	unsigned int word = irqkit_cpumask_word(cpu);

	irqkit_cpumask_store(mask, word,
			     irqkit_cpumask_load(mask, word) |
				     irqkit_cpumask_bit(cpu));
}

static inline void cpumask_clear_cpu(unsigned int cpu, struct cpumask *mask)
{
	unsigned int word = irqkit_cpumask_word(cpu);

	irqkit_cpumask_store(mask, word,
			     irqkit_cpumask_load(mask, word) &
				     ~irqkit_cpumask_bit(cpu));
}

/* Atomic, ordered before and after (sequentially consistent). */
static inline void irqkit_cpumask_set_cpu_atomic(unsigned int cpu,
						 struct cpumask *mask)
{
	__atomic_fetch_or(&mask->bits[irqkit_cpumask_word(cpu)],
			  irqkit_cpumask_bit(cpu), __ATOMIC_SEQ_CST);
}

/* Atomic, ordered before and after (sequentially consistent). */
static inline void irqkit_cpumask_clear_cpu_atomic(unsigned int cpu,
						   struct cpumask *mask)
{
	__atomic_fetch_and(&mask->bits[irqkit_cpumask_word(cpu)],
			   ~irqkit_cpumask_bit(cpu), __ATOMIC_SEQ_CST);
}

static inline void cpumask_clear(struct cpumask *mask)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		irqkit_cpumask_store(mask, i, 0);
}

static inline void cpumask_copy(struct cpumask *to, const struct cpumask *from)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		irqkit_cpumask_store(to, i, irqkit_cpumask_load(from, i));
}

/* Only this CPU. */
static inline void irqkit_cpumask_single(struct cpumask *mask, unsigned int cpu)
{
	cpumask_clear(mask);
	irqkit_cpumask_store(mask, irqkit_cpumask_word(cpu),
			     irqkit_cpumask_bit(cpu));
}

/* The first @nr CPUs, 0 to nr - 1. */
static inline void irqkit_cpumask_first_n(struct cpumask *mask, unsigned int nr)
{
	cpumask_clear(mask);
	for (unsigned int cpu = 0; cpu < nr; cpu++)
		cpumask_set_cpu(cpu, mask);
}

static inline bool cpumask_empty(const struct cpumask *mask)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		any |= irqkit_cpumask_load(mask, i);
	return any == 0;
}

static inline bool cpumask_equal(const struct cpumask *a,
				 const struct cpumask *b)
{
	unsigned long differ = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		differ |= irqkit_cpumask_load(a, i) ^ irqkit_cpumask_load(b, i);
	return differ == 0;
}

/* Whether each CPU of @a is in @b. */
static inline bool cpumask_subset(const struct cpumask *a,
				  const struct cpumask *b)
{
	unsigned long outside = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		outside |= irqkit_cpumask_load(a, i) &
			   ~irqkit_cpumask_load(b, i);
	return outside == 0;
}

static inline bool cpumask_intersects(const struct cpumask *a,
				      const struct cpumask *b)
{
	unsigned long both = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		both |= irqkit_cpumask_load(a, i) & irqkit_cpumask_load(b, i);
	return both != 0;
}

/* Whether any CPU is in both. */
static inline bool cpumask_and(struct cpumask *to, const struct cpumask *a,
			       const struct cpumask *b)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		unsigned long word = irqkit_cpumask_load(a, i) &
				     irqkit_cpumask_load(b, i);

		irqkit_cpumask_store(to, i, word);
		any |= word;
	}
	return any != 0;
}

static inline void cpumask_or(struct cpumask *to, const struct cpumask *a,
			      const struct cpumask *b)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		irqkit_cpumask_store(to, i,
				     irqkit_cpumask_load(a, i) |
					     irqkit_cpumask_load(b, i));
}

/* The CPUs of @a that are not in @b; whether there is any. */
static inline bool cpumask_andnot(struct cpumask *to, const struct cpumask *a,
				  const struct cpumask *b)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		unsigned long word = irqkit_cpumask_load(a, i) &
				     ~irqkit_cpumask_load(b, i);

		irqkit_cpumask_store(to, i, word);
		any |= word;
	}
	return any != 0;
}

/* How many CPUs are in the mask. */
static inline unsigned int cpumask_weight(const struct cpumask *mask)
{
	unsigned int weight = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		unsigned long word = irqkit_cpumask_load(mask, i);

		for (; word != 0; word &= word - 1)
			weight++;
	}
	return weight;
}

/* The first CPU >= @from in the mask; @from may be IRQKIT_NR_CPUS. */
static inline unsigned int irqkit_cpumask_find(const struct cpumask *mask,
					       unsigned int from)
{
	unsigned int i = irqkit_cpumask_word(from);
	unsigned long word;

	if (from >= IRQKIT_NR_CPUS)
		return IRQKIT_NR_CPUS;
	word = irqkit_cpumask_load(mask, i) &
	       (~0UL << (from % IRQKIT_BITS_PER_LONG));
	while (word == 0) {
		if (++i == IRQKIT_CPUMASK_LONGS)
			return IRQKIT_NR_CPUS;
		word = irqkit_cpumask_load(mask, i);
	}
	return i * IRQKIT_BITS_PER_LONG + (unsigned int)__builtin_ctzl(word);
}

static inline unsigned int cpumask_first(const struct cpumask *mask)
{
	return irqkit_cpumask_find(mask, 0);
}

/* The first CPU after @cpu in the mask. */
static inline unsigned int cpumask_next(unsigned int cpu,
					const struct cpumask *mask)
{
	return irqkit_cpumask_find(mask, cpu + 1);
}

/* The last CPU of the mask. */
static inline unsigned int cpumask_last(const struct cpumask *mask)
{
	for (unsigned int i = IRQKIT_CPUMASK_LONGS; i-- > 0;) {
		unsigned long word = irqkit_cpumask_load(mask, i);

		if (word != 0)
			return (i + 1) * IRQKIT_BITS_PER_LONG - 1 -
			       (unsigned int)__builtin_clzl(word);
	}
	return IRQKIT_NR_CPUS;
}

/* Where irqkit_for_each_cpu() is: the rest of one word of the mask. */
struct irqkit_cpumask_walk {
	const struct cpumask *mask;
	unsigned int index;
	unsigned long rest;
};

static inline struct irqkit_cpumask_walk irqkit_cpumask_walk(
	const struct cpumask *mask)
{
	struct irqkit_cpumask_walk walk = {mask, 0,
					   irqkit_cpumask_load(mask, 0)};

	return walk;
}

static inline bool irqkit_cpumask_step(struct irqkit_cpumask_walk *walk,
				       unsigned int *cpu)
{
	while (walk->rest == 0) {
		if (++walk->index >= IRQKIT_CPUMASK_LONGS)
			return false;
		walk->rest = irqkit_cpumask_load(walk->mask, walk->index);
	}
	*cpu = walk->index * IRQKIT_BITS_PER_LONG +
	       (unsigned int)__builtin_ctzl(walk->rest);
	walk->rest &= walk->rest - 1;
	return true;
}

/*
 * Each CPU of the mask in rising order; @cpu is an unsigned int, and means
 * nothing after the loop. A word of the mask is read once, so a change of it
 * may or may not be seen.
 */
#define irqkit_for_each_cpu(cpu, cpus)                      \
	for (struct irqkit_cpumask_walk irqkit_walk_##cpu = \
		     irqkit_cpumask_walk(cpus);             \
	     irqkit_cpumask_step(&irqkit_walk_##cpu, &(cpu));)

static inline bool cpu_possible(unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, cpu_possible_mask);
}

static inline bool cpu_present(unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, cpu_present_mask);
}

static inline bool cpu_online(unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, cpu_online_mask);
}

static inline bool cpu_active(unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, cpu_active_mask);
}

static inline bool irqkit_cpu_is_foreign(unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test_cpu(cpu, cpu_foreign_mask);
}

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
