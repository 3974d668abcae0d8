/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: numbers, the two-level table that finds them, and their
 * storage, which is never returned. The table lock guards all of it; look-ups
 * take no lock.
 */
#include "internals.h"

#define DESC_MAP_LONGS	(IRQKIT_NR_IRQS / IRQKIT_BITS_PER_LONG)
#define DESC_CACHE_LINE 64U

/* Storage; the counts of all its descriptors follow, one row a CPU. */
struct desc_chunk {
	struct irq_desc descs[DESC_CHUNK];
} IRQKIT_ALIGNED(64);

/* Numbers without a leaf of their own share one that is empty. */
static struct desc_leaf desc_no_leaf;
struct desc_leaf *irqkit_desc_leaves[DESC_NR_LEAVES] = {
	[0 ... DESC_NR_LEAVES - 1] = &desc_no_leaf,
};

static struct irqkit_lock desc_lock = IRQKIT_LOCK_INIT(RANK_TABLE);
static unsigned long desc_used[DESC_MAP_LONGS]; /* a bit for each number */
static unsigned int desc_lowest_free = 1;	/* none below it is free */
static struct irq_desc *desc_free_slots;
static unsigned int desc_nr_free_slots;
static size_t desc_counts; /* in a chunk: a row for each CPU */

struct irq_desc *irq_to_desc(unsigned int irq)
{
	return irqkit_desc_find(irq);
}

struct irq_data *irq_get_irq_data(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);

	return desc != NULL ? &desc->irq_data : NULL;
}

void irqkit_desc_init(unsigned int nr_cpus)
{
	desc_counts = (size_t)nr_cpus * DESC_CHUNK;
}

/* Turn the bits of numbers that are all free, or all used. */
static inline void desc_set_used(unsigned int irq, unsigned int nr, bool used)
{
	for (unsigned int i = irq; i < irq + nr; i++)
		desc_used[i / IRQKIT_BITS_PER_LONG] ^=
			1UL << (i % IRQKIT_BITS_PER_LONG);
	if (used && irq == desc_lowest_free)
		desc_lowest_free = irq + nr;
	else if (!used && irq < desc_lowest_free)
		desc_lowest_free = irq;
}

/* The first number of [irq, end) whose bit is @used, or @end. */
static unsigned int desc_scan(unsigned int irq, unsigned int end, bool used)
{
	while (irq < end) {
		unsigned long word =
			load_relaxed(&desc_used[irq / IRQKIT_BITS_PER_LONG]);

		if (!used)
			word = ~word;
		word >>= irq % IRQKIT_BITS_PER_LONG;
		if (word != 0) {
			irq += (unsigned int)__builtin_ctzl(word);
			return irq < end ? irq : end;
		}
		irq = (irq / IRQKIT_BITS_PER_LONG + 1) * IRQKIT_BITS_PER_LONG;
	}
	return end;
}

unsigned int irqkit_desc_next(unsigned int irq)
{
	return desc_scan(irq, IRQKIT_NR_IRQS, true);
}

/* Where a free range begins, or IRQKIT_NR_IRQS if there is none. */
static unsigned int desc_find_range(unsigned int from, unsigned int nr)
{
	unsigned int start = from < desc_lowest_free ? desc_lowest_free : from;

	for (;;) {
		unsigned int taken;

		start = desc_scan(start, IRQKIT_NR_IRQS, false);
		if (nr == 1)
			return start;
		if (nr > IRQKIT_NR_IRQS - start)
			return IRQKIT_NR_IRQS;
		taken = desc_scan(start + 1, start + nr, true);
		if (taken == start + nr)
			return start;
		start = taken;
	}
}

static SELDOM int desc_place_at(unsigned int start, unsigned int nr)
{
	if (desc_scan(start, start + nr, true) < start + nr)
		return -EEXIST;
	return (int)start;
}

/* Result: the first number, -EEXIST or -ENOSPC. */
static int desc_place(int irq, unsigned int from, unsigned int nr)
{
	unsigned int start;

	if (irq >= 0)
		return desc_place_at((unsigned int)irq, nr);
	start = desc_find_range(from, nr);
	return start < IRQKIT_NR_IRQS ? (int)start : -ENOSPC;
}

static unsigned int desc_missing_leaf(unsigned int irq, unsigned int nr)
{
	unsigned int last = (irq + nr - 1) / DESC_LEAF;

	for (unsigned int i = irq / DESC_LEAF; i <= last; i++) {
		if (irqkit_desc_leaves[i] == &desc_no_leaf)
			return i;
	}
	return DESC_NR_LEAVES;
}

static void desc_push_slot(struct irq_desc *desc)
{
	desc->next_free = desc_free_slots;
	desc_free_slots = desc;
	desc_nr_free_slots++;
}

static struct irq_desc *desc_pop_slot(void)
{
	struct irq_desc *desc = desc_free_slots;

	desc_free_slots = desc->next_free;
	desc_nr_free_slots--;
	return desc;
}

static SELDOM int desc_add_chunk(void)
{
	struct desc_chunk *chunk = irqkit_port_alloc(
		sizeof(*chunk) + desc_counts * sizeof(unsigned long),
		DESC_CACHE_LINE);
	unsigned long *counts;
	unsigned long state;

	if (chunk == NULL)
		return -ENOMEM;
	counts = (unsigned long *)(chunk + 1);
	for (unsigned int i = 0; i < DESC_CHUNK; i++) {
		chunk->descs[i].counts = counts + i;
		chunk->descs[i].retired = true;
		irqkit_lock_init(&chunk->descs[i].lock, RANK_DESC);
	}
	state = irqkit_lock_acquire(&desc_lock);
	for (unsigned int i = DESC_CHUNK; i-- > 0;)
		desc_push_slot(&chunk->descs[i]);
	irqkit_lock_release(&desc_lock, state);
	return 0;
}

static SELDOM int desc_add_leaf(unsigned int index)
{
	struct desc_leaf *leaf = irqkit_port_alloc(sizeof(*leaf),
						   DESC_CACHE_LINE);
	unsigned long state;
	bool taken;

	if (leaf == NULL)
		return -ENOMEM;
	state = irqkit_lock_acquire(&desc_lock);
	taken = irqkit_desc_leaves[index] == &desc_no_leaf;
	if (taken)
		store_release(&irqkit_desc_leaves[index], leaf);
	irqkit_lock_release(&desc_lock, state);
	if (!taken)
		irqkit_port_free(leaf, sizeof(*leaf));
	return 0;
}

/* Field by field: a struct assignment would become a call of memset(). */
static void desc_reset(struct irq_desc *desc, unsigned int irq, int node)
{
	struct irq_data *data = &desc->irq_data;
	struct irq_common_data *common = &desc->irq_common_data;

	data->irq = irq;
	data->hwirq = 0;
	data->common = common;
	data->chip = &no_irq_chip;
	data->domain = NULL;
	data->parent_data = NULL;
	data->chip_data = NULL;
	common->status = 0;
	common->node = node;
	common->ipi_offset = 0;
	common->ipi_nr = 0;
	common->handler_data = NULL;
	cpumask_copy(&common->affinity, cpu_possible_mask);
	desc->handle_irq = handle_bad_irq;
	desc->action = NULL;
	desc->percpu = NULL;
}

/* Who owns a number writes its place in the table; that takes no lock. */
static void desc_enter_table(unsigned int irq, struct irq_desc *desc)
{
	struct desc_leaf *leaf = irqkit_desc_leaves[irq / DESC_LEAF];

	store_release(&leaf->descs[irq % DESC_LEAF], desc);
}

static void desc_publish(unsigned int irq, int node)
{
	struct irq_desc *desc = desc_pop_slot();

	desc_reset(desc, irq, node);
	for (unsigned long *count = desc->counts, *end = count + desc_counts;
	     count != end; count += DESC_CHUNK)
		store_relaxed(count, 0);
	desc->generation++;
	/* Pairs with desc_is(). */
	store_release(&desc->retired, false);
	desc_enter_table(irq, desc);
}

/* Returns @start, or 0 with what is missing, as irqkit_desc_try_alloc(). */
static int desc_take(unsigned int start, unsigned int nr, int node,
		     unsigned int *leaf)
{
	*leaf = desc_missing_leaf(start, nr);
	if (*leaf < DESC_NR_LEAVES || desc_nr_free_slots < nr)
		return 0;
	desc_set_used(start, nr, true);
	for (unsigned int i = 0; i < nr; i++)
		desc_publish(start + i, node);
	return (int)start;
}

int irqkit_desc_try_alloc(int irq, unsigned int from, unsigned int nr, int node,
			  unsigned int *leaf)
{
	int start;

	irqkit_lock_enter(&desc_lock);
	start = desc_place(irq, from, nr);
	if (start > 0)
		start = desc_take((unsigned int)start, nr, node, leaf);
	irqkit_lock_leave(&desc_lock);
	return start;
}

int irqkit_desc_grow(unsigned int leaf)
{
	return leaf < DESC_NR_LEAVES ? desc_add_leaf(leaf) : desc_add_chunk();
}

int irq_alloc_descs(int irq, unsigned int from, unsigned int nr, int node)
{
	unsigned int start = irq >= 0 ? (unsigned int)irq : from;
	unsigned int leaf;
	unsigned long state;
	int result;

	if (irq == 0 || nr == 0 || start >= IRQKIT_NR_IRQS ||
	    nr > IRQKIT_NR_IRQS - start || desc_counts == 0)
		return -EINVAL;
	irqkit_assert_no_lock();
	do {
		state = irqkit_port_irq_save();
		result = irqkit_desc_try_alloc(irq, from, nr, node, &leaf);
		irqkit_port_irq_restore(state);
		if (result != 0)
			return result;
		result = irqkit_desc_grow(leaf);
	} while (result == 0);
	return result;
}

/*
 * Whether a slot that was found by a number still has it, with its lock held:
 * it may have been freed, and even used again, meanwhile. A free slot is
 * retired. The acquire pairs with the release in desc_publish().
 */
static inline bool desc_is(const struct irq_desc *desc, unsigned int irq)
{
	return !load_acquire(&desc->retired) && desc->irq_data.irq == irq;
}

IRQKIT_UNCHECKED_LOCKING
bool irqkit_desc_lock(struct irq_desc *desc, unsigned int irq,
		      unsigned long *state)
{
	if (desc == NULL)
		return false;
	*state = irqkit_lock_acquire(&desc->lock);
	if (desc_is(desc, irq))
		return true;
	irqkit_lock_release(&desc->lock, *state);
	return false;
}

int irqkit_desc_retire(unsigned int irq, const struct irq_domain *domain)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	int error = 0;

	if (desc == NULL)
		return -EINVAL;
	irqkit_lock_enter(&desc->lock);
	if (!desc_is(desc, irq) || desc->irq_data.domain != domain)
		error = -EINVAL;
	else if (desc->action != NULL || desc->detaching)
		error = -EBUSY;
	else
		store_relaxed(&desc->retired, true);
	irqkit_lock_leave(&desc->lock);
	return error;
}

void irqkit_desc_unretire(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_at(irq);

	irqkit_lock_enter(&desc->lock);
	desc->retired = false;
	irqkit_lock_leave(&desc->lock);
}

int irqkit_desc_retire_range(unsigned int irq, unsigned int nr,
			     const struct irq_domain *domain)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned int i = 0;
	int error = 0;

	while (i < nr && error == 0) {
		error = irqkit_desc_retire(irq + i, domain);
		if (error == 0)
			i++;
	}
	while (error != 0 && i-- > 0)
		irqkit_desc_unretire(irq + i);
	irqkit_port_irq_restore(state);
	return error;
}

void irqkit_desc_release(unsigned int irq, unsigned int nr)
{
	struct irq_desc *last = irqkit_desc_at(irq);
	struct irq_desc *first = NULL;
	unsigned long state;

	for (unsigned int i = irq; i < irq + nr; i++) {
		struct irq_desc *desc = irqkit_desc_at(i);

		irqkit_assert(desc->retired);
		desc_enter_table(i, NULL);
		desc->generation++;
		desc->next_free = first;
		first = desc;
	}

	irqkit_grace_period();

	state = irqkit_lock_acquire(&desc_lock);
	last->next_free = desc_free_slots;
	desc_free_slots = first;
	desc_nr_free_slots += nr;
	desc_set_used(irq, nr, false);
	irqkit_lock_release(&desc_lock, state);
}

int irq_free_descs(unsigned int from, unsigned int nr)
{
	int error;

	if (nr == 0 || from >= IRQKIT_NR_IRQS || nr > IRQKIT_NR_IRQS - from)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	error = irqkit_desc_retire_range(from, nr, NULL);
	if (error == 0)
		irqkit_desc_release(from, nr);
	return error;
}
