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

/*
 * Slots of numbers that were freed, but that some CPU may still look at: free
 * after the next grace period, whosever that is. Changed by exchange.
 */
static struct irq_desc *desc_waiting;
static unsigned int desc_nr_free_slots;
static size_t desc_counts; /* in a chunk: a row for each CPU */
static size_t desc_rows;   /* of the target index in a leaf */

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
	desc_rows = irqkit_target_rows(nr_cpus);
}

/* Turn the bits of numbers that are all free, or all used. */
static inline void desc_set_used(unsigned int irq, unsigned int nr, bool used)
{
	unsigned int i = irq;

	do {
		toggle_relaxed(&desc_used[i / IRQKIT_BITS_PER_LONG],
			       1UL << (i % IRQKIT_BITS_PER_LONG));
		i++;
	} while (i < irq + nr);
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

unsigned int irq_get_next_irq(unsigned int from)
{
	return from < IRQKIT_NR_IRQS ? desc_scan(from, IRQKIT_NR_IRQS, true)
				     : IRQKIT_NR_IRQS;
}

static inline bool desc_is_used(unsigned int irq)
{
	return irq >= IRQKIT_NR_IRQS ||
	       (desc_used[irq / IRQKIT_BITS_PER_LONG] >>
			(irq % IRQKIT_BITS_PER_LONG) &
		1) != 0;
}

/* Where a free range begins, or IRQKIT_NR_IRQS if there is none. */
static SELDOM unsigned int desc_find_range(unsigned int start, unsigned int nr)
{
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
static inline int desc_place(const struct desc_request *request)
{
	unsigned int start = request->from;

	if (request->irq >= 0)
		return desc_place_at((unsigned int)request->irq, request->nr);
	if (start < desc_lowest_free)
		start = desc_lowest_free;
	/* Most often it is one, and that is where the last one was freed. */
	if (request->nr != 1 || desc_is_used(start))
		start = desc_find_range(start, request->nr);
	return start < IRQKIT_NR_IRQS ? (int)start : -ENOSPC;
}

static unsigned int desc_missing_leaf(unsigned int irq, unsigned int nr)
{
	unsigned int last = (irq + nr - 1) / DESC_LEAF;

	unsigned int i = irq / DESC_LEAF;

	do {
		if (irqkit_desc_leaves[i] == &desc_no_leaf)
			return i;
	} while (++i <= last);
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
		chunk->descs[i].depth = 1;
		chunk->descs[i].irq_data.common =
			&chunk->descs[i].irq_common_data;
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
	size_t bytes = sizeof(struct desc_leaf) +
		       desc_rows * sizeof(struct target_row);
	struct desc_leaf *leaf = irqkit_port_alloc(bytes, DESC_CACHE_LINE);
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
		irqkit_port_free(leaf, bytes);
	return 0;
}

static SELDOM void desc_set_affinity(struct irq_common_data *common,
				     const struct irq_affinity_desc *affinity)
{
	cpumask_and(&common->affinity, &affinity->mask, cpu_possible_mask);
	common->state |= IRQD_AFFINITY_SET;
	if (affinity->is_managed)
		common->state |= IRQD_AFFINITY_MANAGED;
}

/*
 * Field by field: a struct assignment would become a call of memset(). What is
 * not set here is as desc_check_clean() says.
 */
static void desc_reset(struct irq_desc *desc, unsigned int irq, int node)
{
	struct irq_data *data = &desc->irq_data;
	struct irq_common_data *common = &desc->irq_common_data;

	store_relaxed(&data->irq, irq);
	data->hwirq = 0;
	data->allocated = 0;
	data->chip = &no_irq_chip;
	data->domain = NULL;
	data->chip_data = NULL;
	common->status = 0;
	common->state = IRQD_DISABLED | IRQD_MASKED;
	common->node = node;
	common->ipi_offset = 0;
	common->ipi_nr = 0;
	common->handler_data = NULL;
	cpumask_copy(&common->affinity, cpu_possible_mask);
	/* Not all that was told of the one before ends with its handler. */
	cpumask_clear(&common->effective_affinity);
	desc->wake_depth = 0;
	desc->handle_irq = handle_bad_irq;
}

/* A free slot has none of these; storage begins as zeroes. */
static void desc_check_clean(const struct irq_desc *desc)
{
	irqkit_assert(desc->live == 0 && !desc->detaching);
	irqkit_assert(desc->action == NULL && desc->percpu == NULL);
	irqkit_assert(desc->irq_data.parent_data == NULL);
	irqkit_assert(desc->depth == 1);
	irqkit_assert(desc->threads_active == 0 && desc->unhandled == 0);
	(void)desc;
}

/* Who owns a number writes its place in the table; that takes no lock. */
static inline struct irq_desc **desc_slot(unsigned int irq)
{
	return &irqkit_desc_leaves[irq / DESC_LEAF]->descs[irq % DESC_LEAF];
}

static void desc_publish(const struct desc_request *request, unsigned int irq,
			 const struct irq_affinity_desc *affinity)
{
	struct irq_desc *desc = desc_pop_slot();
	unsigned long *count = desc->counts;
	const unsigned long *end = count + desc_counts;

	desc_check_clean(desc);
	desc_reset(desc, irq, request->node);
	if (affinity != NULL)
		desc_set_affinity(&desc->irq_common_data, affinity);
	do {
		store_relaxed(count, 0);
		count += DESC_CHUNK;
	} while (count != end);
	desc->generation++;
	store_release(desc_slot(irq), desc);
}

/* Returns @start, or 0 with what is missing, as irqkit_desc_try_alloc(). */
static inline __attribute__((__always_inline__)) int desc_take(
	const struct desc_request *request, unsigned int start, unsigned int nr,
	unsigned int *leaf)
{
	const struct irq_affinity_desc *affinity = request->affinity;

	*leaf = desc_missing_leaf(start, nr);
	if (*leaf < DESC_NR_LEAVES || desc_nr_free_slots < nr)
		return 0;
	desc_set_used(start, nr, true);
	for (unsigned int i = 0; i < nr; i++)
		desc_publish(request, start + i,
			     affinity != NULL ? &affinity[i] : NULL);
	return (int)start;
}

int irqkit_desc_try_alloc(const struct desc_request *request,
			  unsigned int *leaf)
{
	int start;

	irqkit_lock_enter(&desc_lock);
	start = desc_place(request);
	if (start > 0)
		start = request->nr == 1
				? desc_take(request, (unsigned int)start, 1,
					    leaf)
				: desc_take(request, (unsigned int)start,
					    request->nr, leaf);
	irqkit_lock_leave(&desc_lock);
	if (start > 0)
		irqkit_trace(IRQKIT_TRACE_ALLOC, (unsigned int)start,
			     request->nr, 0);
	return start;
}

/* Slots that no CPU looks at any more. Table lock held. */
static inline void desc_free_waiting(struct irq_desc *waiting)
{
	while (__builtin_expect(waiting != NULL, 0)) {
		struct irq_desc *next = waiting->next_free;

		desc_push_slot(waiting);
		waiting = next;
	}
}

static SELDOM bool desc_reclaim(void)
{
	struct irq_desc *waiting = irqkit_desc_take_waiting();
	unsigned long state;

	if (waiting == NULL)
		return false;
	irqkit_grace_period();
	state = irqkit_lock_acquire(&desc_lock);
	desc_free_waiting(waiting);
	irqkit_lock_release(&desc_lock, state);
	return true;
}

SELDOM int irqkit_desc_grow(unsigned int leaf)
{
	if (leaf < DESC_NR_LEAVES)
		return desc_add_leaf(leaf);
	return desc_reclaim() ? 0 : desc_add_chunk();
}

bool irqkit_desc_affinity_is_valid(const struct irq_affinity_desc *affinity,
				   unsigned int nr)
{
	for (unsigned int i = 0; affinity != NULL && i < nr; i++) {
		if (!cpumask_intersects(&affinity[i].mask, cpu_possible_mask))
			return false;
	}
	return true;
}

static int desc_alloc(const struct desc_request *request)
{
	unsigned int leaf;
	unsigned long state;
	int error = 0;
	int result;

	irqkit_assert_no_lock();
	do {
		state = irqkit_port_irq_save();
		result = irqkit_desc_try_alloc(request, &leaf);
		irqkit_port_irq_restore(state);
		if (result == 0)
			error = irqkit_desc_grow(leaf);
	} while (result == 0 && error == 0);
	for (unsigned int i = 0; result > 0 && i < request->nr; i++)
		irqkit_desc_set_live(irqkit_desc_at((unsigned int)result + i),
				     (unsigned int)result + i);
	return error != 0 ? error : result;
}

int irq_alloc_descs_affinity(int irq, unsigned int from, unsigned int nr,
			     int node, const struct irq_affinity_desc *affinity)
{
	const struct desc_request request = {
		.irq = irq,
		.from = from,
		.nr = nr,
		.node = node,
		.affinity = affinity,
	};
	unsigned int start = irq >= 0 ? (unsigned int)irq : from;

	if (irq == 0 || nr == 0 || start >= IRQKIT_NR_IRQS ||
	    nr > IRQKIT_NR_IRQS - start || desc_counts == 0 ||
	    !irqkit_desc_affinity_is_valid(affinity, nr))
		return -EINVAL;
	return desc_alloc(&request);
}

int irq_alloc_descs(int irq, unsigned int from, unsigned int nr, int node)
{
	return irq_alloc_descs_affinity(irq, from, nr, node, NULL);
}

IRQKIT_UNCHECKED_LOCKING
bool irqkit_desc_lock(struct irq_desc *desc, unsigned int irq,
		      unsigned long *state)
{
	return irqkit_desc_lock_inline(desc, irq, state);
}

int irqkit_desc_retire(unsigned int irq, const struct irq_domain *domain)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	int error = 0;

	if (desc == NULL)
		return -EINVAL;
	irqkit_lock_enter(&desc->lock);
	if (!irqkit_desc_is(desc, irq) || desc->irq_data.domain != domain)
		error = -EINVAL;
	else if (desc->action != NULL || load_acquire(&desc->detaching) ||
		 (desc->irq_common_data.state & IRQD_CHAINED) != 0)
		error = -EBUSY;
	else
		store_relaxed(&desc->live, 0);
	irqkit_lock_leave(&desc->lock);
	return error;
}

void irqkit_desc_unretire(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_at(irq);

	irqkit_lock_enter(&desc->lock);
	store_relaxed(&desc->live, irq);
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

struct irq_desc *irqkit_desc_take_waiting(void)
{
	if (load_relaxed(&desc_waiting) == NULL)
		return NULL;
	/* Pairs with the release in desc_wait(). */
	return __atomic_exchange_n(&desc_waiting, NULL, __ATOMIC_ACQUIRE);
}

/* The release pairs with the acquire in irqkit_desc_take_waiting(). */
static inline void desc_wait(struct irq_desc *first, struct irq_desc *last)
{
	struct irq_desc *there = load_relaxed(&desc_waiting);

	do
		last->next_free = there;
	while (!__atomic_compare_exchange_n(&desc_waiting, &there, first, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
}

static inline __attribute__((__always_inline__)) void desc_release(
	unsigned int irq, unsigned int nr, struct irq_desc *waiting)
{
	struct irq_desc *last = irqkit_desc_at(irq);
	struct irq_desc *first = NULL;
	unsigned int i = irq;

	do {
		struct irq_desc **slot = desc_slot(i);
		struct irq_desc *desc = *slot;

		irqkit_assert(desc->live == 0);
		store_relaxed(slot, NULL);
		desc->generation++;
		desc->next_free = first;
		first = desc;
		i++;
	} while (i < irq + nr);
	desc_wait(first, last);
	irqkit_lock_enter(&desc_lock);
	desc_free_waiting(waiting);
	desc_set_used(irq, nr, false);
	irqkit_lock_leave(&desc_lock);
}

/* One by one is the usual way, and needs no loops. */
void irqkit_desc_release(unsigned int irq, unsigned int nr,
			 struct irq_desc *waiting)
{
	irqkit_trace(IRQKIT_TRACE_RELEASE, irq, nr, 0);
	if (nr == 1)
		desc_release(irq, 1, waiting);
	else
		desc_release(irq, nr, waiting);
}

int irq_free_descs(unsigned int from, unsigned int nr)
{
	struct irq_desc *waiting;
	unsigned long state;
	int error;

	if (nr == 0 || from >= IRQKIT_NR_IRQS || nr > IRQKIT_NR_IRQS - from)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	error = irqkit_desc_retire_range(from, nr, NULL);
	if (error != 0)
		return error;
	waiting = irqkit_desc_take_waiting();
	irqkit_grace_period();
	state = irqkit_port_irq_save();
	irqkit_desc_release(from, nr, waiting);
	irqkit_port_irq_restore(state);
	return 0;
}
