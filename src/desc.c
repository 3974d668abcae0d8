/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: numbers, the two-level table that finds them, and their
 * storage, which is never returned. The table lock guards all of it; look-ups
 * take no lock.
 */
#include "internals.h"

#define DESC_LEAF	64U
#define DESC_NR_LEAVES	(IRQKIT_NR_IRQS / DESC_LEAF)
#define DESC_MAP_LONGS	(IRQKIT_NR_IRQS / IRQKIT_BITS_PER_LONG)
#define DESC_CACHE_LINE 64U

struct desc_leaf {
	struct irq_desc *descs[DESC_LEAF];
};

/* Storage; the counts of all its descriptors follow, one row a CPU. */
struct desc_chunk {
	struct irq_desc descs[DESC_CHUNK];
} IRQKIT_ALIGNED(64);

/* Numbers without a leaf of their own share one that is empty. */
static struct desc_leaf desc_no_leaf;
static struct desc_leaf *desc_leaves[DESC_NR_LEAVES] = {
	[0 ... DESC_NR_LEAVES - 1] = &desc_no_leaf,
};

static struct irqkit_lock desc_lock = IRQKIT_LOCK_INIT(RANK_TABLE);
static unsigned long desc_used[DESC_MAP_LONGS]; /* a bit for each number */
static unsigned int desc_lowest_free = 1;	/* none below it is free */
static struct irq_desc *desc_free_slots;
static unsigned int desc_nr_free_slots;
static unsigned int desc_nr_cpus; /* rows of counts in a chunk */

struct irq_desc *irq_to_desc(unsigned int irq)
{
	struct desc_leaf *leaf;

	if (irq >= IRQKIT_NR_IRQS)
		return NULL;
	leaf = load_dependent(&desc_leaves[irq / DESC_LEAF]);
	return load_dependent(&leaf->descs[irq % DESC_LEAF]);
}

struct irq_data *irq_get_irq_data(unsigned int irq)
{
	struct irq_desc *desc = irq_to_desc(irq);

	return desc != NULL ? &desc->irq_data : NULL;
}

void irqkit_desc_init(unsigned int nr_cpus)
{
	desc_nr_cpus = nr_cpus;
}

static void desc_set_used(unsigned int irq, unsigned int nr, bool used)
{
	for (unsigned int i = irq; i < irq + nr; i++) {
		unsigned long bit = 1UL << (i % IRQKIT_BITS_PER_LONG);

		if (used)
			desc_used[i / IRQKIT_BITS_PER_LONG] |= bit;
		else
			desc_used[i / IRQKIT_BITS_PER_LONG] &= ~bit;
	}
	if (used && irq == desc_lowest_free)
		desc_lowest_free = irq + nr;
	else if (!used && irq < desc_lowest_free)
		desc_lowest_free = irq;
}

/* The next number from @irq on whose bit is @used, or IRQKIT_NR_IRQS. */
static unsigned int desc_scan(unsigned int irq, bool used)
{
	while (irq < IRQKIT_NR_IRQS) {
		unsigned long word =
			load_relaxed(&desc_used[irq / IRQKIT_BITS_PER_LONG]);

		if (!used)
			word = ~word;
		word >>= irq % IRQKIT_BITS_PER_LONG;
		if (word != 0)
			return irq + (unsigned int)__builtin_ctzl(word);
		irq = (irq / IRQKIT_BITS_PER_LONG + 1) * IRQKIT_BITS_PER_LONG;
	}
	return IRQKIT_NR_IRQS;
}

unsigned int irqkit_desc_next(unsigned int irq)
{
	return desc_scan(irq, true);
}

/* Where a free range begins, or IRQKIT_NR_IRQS if there is none. */
static unsigned int desc_find_range(unsigned int from, unsigned int nr)
{
	unsigned int start = from;

	if (start < desc_lowest_free)
		start = desc_lowest_free;
	for (;;) {
		unsigned int end;

		start = desc_scan(start, false);
		if (nr > IRQKIT_NR_IRQS - start)
			return IRQKIT_NR_IRQS;
		if (nr == 1)
			return start;
		end = desc_scan(start, true);
		if (end - start >= nr)
			return start;
		start = end;
	}
}

/* Result: the first number, -EEXIST or -ENOSPC. */
static int desc_place(int irq, unsigned int from, unsigned int nr)
{
	unsigned int start;

	if (irq >= 0) {
		start = (unsigned int)irq;
		return desc_scan(start, true) < start + nr ? -EEXIST : irq;
	}
	start = desc_find_range(from, nr);
	return start < IRQKIT_NR_IRQS ? (int)start : -ENOSPC;
}

static unsigned int desc_missing_leaf(unsigned int irq, unsigned int nr)
{
	unsigned int last = (irq + nr - 1) / DESC_LEAF;

	for (unsigned int i = irq / DESC_LEAF; i <= last; i++) {
		if (desc_leaves[i] == &desc_no_leaf)
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

static int desc_add_chunk(void)
{
	size_t row = DESC_CHUNK * sizeof(unsigned long);
	struct desc_chunk *chunk = irqkit_port_alloc(
		sizeof(*chunk) + desc_nr_cpus * row, DESC_CACHE_LINE);
	unsigned long *counts;
	unsigned long state;

	if (chunk == NULL)
		return -ENOMEM;
	counts = (unsigned long *)(chunk + 1);
	for (unsigned int i = 0; i < DESC_CHUNK; i++) {
		chunk->descs[i].counts = counts + i;
		irqkit_lock_init(&chunk->descs[i].lock, RANK_DESC);
	}
	state = irqkit_lock_acquire(&desc_lock);
	for (unsigned int i = DESC_CHUNK; i-- > 0;)
		desc_push_slot(&chunk->descs[i]);
	irqkit_lock_release(&desc_lock, state);
	return 0;
}

static int desc_add_leaf(unsigned int index)
{
	struct desc_leaf *leaf = irqkit_port_alloc(sizeof(*leaf),
						   DESC_CACHE_LINE);
	unsigned long state;
	bool taken;

	if (leaf == NULL)
		return -ENOMEM;
	state = irqkit_lock_acquire(&desc_lock);
	taken = desc_leaves[index] == &desc_no_leaf;
	if (taken)
		store_release(&desc_leaves[index], leaf);
	irqkit_lock_release(&desc_lock, state);
	if (!taken)
		irqkit_port_free(leaf, sizeof(*leaf));
	return 0;
}

static void desc_reset(struct irq_desc *desc)
{
	desc->irq_data = (struct irq_data){
		.common = &desc->irq_common_data,
		.chip = &no_irq_chip,
	};
	desc->irq_common_data = (struct irq_common_data){0};
	desc->handle_irq = handle_bad_irq;
	desc->action = NULL;
	desc->percpu = NULL;
	desc->retired = false;
}

static void desc_publish(unsigned int irq, int node)
{
	struct irq_desc *desc = desc_pop_slot();

	desc_reset(desc);
	desc->irq_data.irq = irq;
	desc->irq_common_data.node = node;
	cpumask_copy(&desc->irq_common_data.affinity, cpu_possible_mask);
	for (unsigned int cpu = 0; cpu < desc_nr_cpus; cpu++)
		store_relaxed(irqkit_count(desc, cpu), 0);
	desc->generation++;
	store_release(&desc_leaves[irq / DESC_LEAF]->descs[irq % DESC_LEAF],
		      desc);
}

/*
 * One try with the memory that is there. Returns the first number or an
 * error; or 0 with what is missing: a leaf, or a chunk if *leaf is
 * DESC_NR_LEAVES.
 */
static int desc_try_alloc(int irq, unsigned int from, unsigned int nr, int node,
			  unsigned int *leaf)
{
	int start = desc_place(irq, from, nr);

	if (start < 0)
		return start;
	*leaf = desc_missing_leaf((unsigned int)start, nr);
	if (*leaf < DESC_NR_LEAVES || desc_nr_free_slots < nr)
		return 0;
	desc_set_used((unsigned int)start, nr, true);
	for (unsigned int i = 0; i < nr; i++)
		desc_publish((unsigned int)start + i, node);
	return start;
}

int irq_alloc_descs(int irq, unsigned int from, unsigned int nr, int node)
{
	unsigned int start = irq >= 0 ? (unsigned int)irq : from;
	unsigned int leaf = DESC_NR_LEAVES;
	unsigned long state;
	int result;

	if (irq == 0 || nr == 0 || start >= IRQKIT_NR_IRQS ||
	    nr > IRQKIT_NR_IRQS - start || desc_nr_cpus == 0)
		return -EINVAL;
	irqkit_assert_no_lock();
	for (;;) {
		state = irqkit_lock_acquire(&desc_lock);
		result = desc_try_alloc(irq, from, nr, node, &leaf);
		irqkit_lock_release(&desc_lock, state);
		if (result != 0)
			return result;
		result = leaf < DESC_NR_LEAVES ? desc_add_leaf(leaf)
					       : desc_add_chunk();
		if (result != 0)
			return result;
	}
}

IRQKIT_UNCHECKED_LOCKING
bool irqkit_desc_lock(struct irq_desc *desc, unsigned int irq,
		      unsigned long *state)
{
	if (desc == NULL)
		return false;
	*state = irqkit_lock_acquire(&desc->lock);
	/* The slot may have been freed, and even used again, meanwhile. */
	if (irq_to_desc(irq) == desc && !desc->retired)
		return true;
	irqkit_lock_release(&desc->lock, *state);
	return false;
}

static int desc_retire_one(unsigned int irq, const struct irq_domain *domain)
{
	struct irq_desc *desc = irq_to_desc(irq);
	unsigned long state;
	int error = 0;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	if (desc->irq_data.domain != domain)
		error = -EINVAL;
	else if (desc->action != NULL || desc->detaching)
		error = -EBUSY;
	else
		desc->retired = true;
	irqkit_lock_release(&desc->lock, state);
	return error;
}

int irqkit_desc_retire(unsigned int irq, unsigned int nr,
		       const struct irq_domain *domain)
{
	for (unsigned int i = 0; i < nr; i++) {
		int error = desc_retire_one(irq + i, domain);

		if (error != 0) {
			irqkit_desc_unretire(irq, i);
			return error;
		}
	}
	return 0;
}

void irqkit_desc_unretire(unsigned int irq, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct irq_desc *desc = irq_to_desc(irq + i);
		unsigned long state = irqkit_lock_acquire(&desc->lock);

		desc->retired = false;
		irqkit_lock_release(&desc->lock, state);
	}
}

void irqkit_desc_release(unsigned int irq, unsigned int nr)
{
	struct irq_desc *list = NULL;
	unsigned long state;

	state = irqkit_lock_acquire(&desc_lock);
	for (unsigned int i = irq; i < irq + nr; i++) {
		struct irq_desc *desc = irq_to_desc(i);

		irqkit_assert(desc->retired);
		store_release(&desc_leaves[i / DESC_LEAF]->descs[i % DESC_LEAF],
			      NULL);
		desc->next_free = list;
		list = desc;
	}
	irqkit_lock_release(&desc_lock, state);

	irqkit_grace_period();

	state = irqkit_lock_acquire(&desc_lock);
	while (list != NULL) {
		struct irq_desc *desc = list;

		list = desc->next_free;
		desc->generation++;
		desc_push_slot(desc);
	}
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
	error = irqkit_desc_retire(from, nr, NULL);
	if (error == 0)
		irqkit_desc_release(from, nr);
	return error;
}
