/* SPDX-License-Identifier: MIT */
/*
 * The vectors of a device over the CPUs, node by node. No state: the masks of
 * the CPUs are read once for each set.
 */
#include "internals.h"
#include <irqkit/isolation.h>
#include <irqkit/spread.h>

static int spread_node_of(unsigned int cpu)
{
#if IRQKIT_PORT_NUMA
	return irqkit_port_cpu_node(cpu);
#else
	(void)cpu;
	return 0;
#endif
}

/* The CPUs of @cpus that are on a node. */
static void spread_on_node(struct cpumask *on, const struct cpumask *cpus,
			   int node)
{
	unsigned int cpu;

	cpumask_clear(on);
	irqkit_for_each_cpu (cpu, cpus) {
		if (spread_node_of(cpu) == node)
			cpumask_set_cpu(cpu, on);
	}
}

/* Moves the CPUs of one node from @rest to @node; false if none is left. */
static bool spread_take_node(struct cpumask *rest, struct cpumask *node)
{
	unsigned int first = cpumask_first(rest);

	if (first >= IRQKIT_NR_CPUS)
		return false;
	spread_on_node(node, rest, spread_node_of(first));
	cpumask_andnot(rest, rest, node);
	return true;
}

static unsigned int spread_count_nodes(const struct cpumask *cpus)
{
	struct cpumask rest;
	struct cpumask node;
	unsigned int nr = 0;

	cpumask_copy(&rest, cpus);
	while (spread_take_node(&rest, &node))
		nr++;
	return nr;
}

/* The smallest mask of those that meet @near, or of all if none does. */
static struct cpumask *spread_smallest(struct irq_affinity_desc *masks,
				       unsigned int nr,
				       const struct cpumask *near)
{
	struct cpumask *best = &masks[0].mask;
	unsigned int least = IRQKIT_NR_CPUS + 1;
	bool is_near = false;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int weight = cpumask_weight(&masks[i].mask);
		bool meets = cpumask_intersects(&masks[i].mask, near);

		if (meets == is_near ? weight >= least : is_near)
			continue;
		best = &masks[i].mask;
		least = weight;
		is_near = meets;
	}
	return best;
}

/* Fewer vectors than nodes. */
static void spread_whole_nodes(const struct cpumask *cpus,
			       struct irq_affinity_desc *masks, unsigned int nr)
{
	struct cpumask rest;
	struct cpumask node;
	struct cpumask *mask;

	cpumask_copy(&rest, cpus);
	while (spread_take_node(&rest, &node)) {
		mask = spread_smallest(masks, nr, &node);
		cpumask_or(mask, mask, &node);
	}
}

/* Neighbours share a vector. There are at least as many CPUs as vectors. */
static void spread_one_node(const struct cpumask *cpus,
			    struct irq_affinity_desc *masks, unsigned int nr)
{
	unsigned int total = cpumask_weight(cpus);
	unsigned int place = 0;
	unsigned int cpu;

	irqkit_for_each_cpu (cpu, cpus) {
		cpumask_set_cpu(cpu, &masks[place * nr / total].mask);
		place++;
	}
}

/* So many vectors are there for so many CPUs. */
struct spread_share {
	unsigned int vectors;
	unsigned int cpus;
};

/* Whether a node's share would be less than a vector; it gets one. */
static bool spread_is_small(unsigned int cpus, const struct spread_share *share)
{
	return cpus * share->vectors < share->cpus;
}

/*
 * What nodes that are not small have among themselves. The vector that a small
 * one gets is more than its share, so others may become small by that. One is
 * left at last, as there are at least as many vectors as nodes.
 */
static void spread_find_share(const struct cpumask *cpus, unsigned int nr,
			      struct spread_share *share)
{
	const unsigned int total = cpumask_weight(cpus);
	struct spread_share last;
	struct cpumask rest;
	struct cpumask node;

	share->vectors = nr;
	share->cpus = total;
	do {
		last = *share;
		share->vectors = nr;
		share->cpus = total;
		cpumask_copy(&rest, cpus);
		while (spread_take_node(&rest, &node)) {
			unsigned int weight = cpumask_weight(&node);

			if (!spread_is_small(weight, &last))
				continue;
			share->vectors--;
			share->cpus -= weight;
		}
	} while (share->vectors != last.vectors);
}

/*
 * At least as many vectors as nodes, and as CPUs at most. Shares are rounded
 * so that their sum is right after each node.
 */
static void spread_by_shares(const struct cpumask *cpus,
			     struct irq_affinity_desc *masks, unsigned int nr)
{
	struct spread_share share;
	struct spread_share given = {0, 0};
	struct cpumask rest;
	struct cpumask node;

	spread_find_share(cpus, nr, &share);
	cpumask_copy(&rest, cpus);
	while (spread_take_node(&rest, &node)) {
		unsigned int weight = cpumask_weight(&node);
		unsigned int vectors = 1;

		if (!spread_is_small(weight, &share)) {
			given.cpus += weight;
			vectors = given.cpus * share.vectors / share.cpus -
				  given.vectors;
			given.vectors += vectors;
		}
		spread_one_node(&node, masks, vectors);
		masks += vectors;
	}
}

/* Over empty masks. Returns how many were used, at most one for a CPU. */
static unsigned int spread_evenly(const struct cpumask *cpus,
				  struct irq_affinity_desc *masks,
				  unsigned int nr)
{
	unsigned int total = cpumask_weight(cpus);

	if (nr > total)
		nr = total;
	if (nr == 0)
		return 0;
	if (nr < spread_count_nodes(cpus))
		spread_whole_nodes(cpus, masks, nr);
	else
		spread_by_shares(cpus, masks, nr);
	return nr;
}

/* Absent CPUs, over vectors that all have a present one. */
static void spread_join(const struct cpumask *absent,
			const struct cpumask *present,
			struct irq_affinity_desc *masks, unsigned int nr)
{
	struct cpumask near;
	unsigned int cpu;

	irqkit_for_each_cpu (cpu, absent) {
		spread_on_node(&near, present, spread_node_of(cpu));
		cpumask_set_cpu(cpu, spread_smallest(masks, nr, &near));
	}
}

static void spread_set(struct irq_affinity_desc *masks, unsigned int nr)
{
	struct cpumask present;
	struct cpumask absent;
	unsigned int nr_present;
	unsigned int used;

	if (nr == 0)
		return;
	for (unsigned int i = 0; i < nr; i++) {
		cpumask_clear(&masks[i].mask);
		masks[i].is_managed = true;
	}
	cpumask_andnot(&present, cpu_present_mask, cpu_foreign_mask);
	cpumask_andnot(&absent, cpu_possible_mask, cpu_foreign_mask);
	cpumask_andnot(&absent, &absent, &present);
	nr_present = cpumask_weight(&present);
	irqkit_assert(nr_present != 0);

	used = spread_evenly(&present, masks, nr);
	if (used == nr)
		spread_join(&absent, &present, masks, nr);
	else
		used += spread_evenly(&absent, masks + used, nr - used);
	for (unsigned int i = used; i < nr; i++)
		cpumask_copy(&masks[i].mask,
			     &masks[(i - used) % nr_present].mask);
}

/* Fills in the sets. Returns false if they do not fit. */
static bool spread_find_sets(struct irq_affinity *affd, unsigned int nvecs)
{
	unsigned int left = nvecs;

	if (affd->calc_sets != NULL && nvecs != 0) {
		affd->calc_sets(affd, nvecs);
	} else {
		affd->nr_sets = 1;
		affd->set_size[0] = nvecs;
	}
	if (affd->nr_sets == 0 || affd->nr_sets > IRQKIT_AFFINITY_MAX_SETS)
		return false;
	for (unsigned int i = 0; i < affd->nr_sets; i++) {
		if (affd->set_size[i] > left)
			return false;
		left -= affd->set_size[i];
	}
	return true;
}

/* How many of @nvecs are to be spread; false if there are too few. */
static bool spread_reserve(const struct irq_affinity *affd, unsigned int nvecs,
			   unsigned int *spread)
{
	if (affd->pre_vectors > nvecs ||
	    affd->post_vectors > nvecs - affd->pre_vectors)
		return false;
	*spread = nvecs - affd->pre_vectors - affd->post_vectors;
	return true;
}

static void spread_unmanaged(struct irq_affinity_desc *masks, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		cpumask_copy(&masks[i].mask, irq_default_affinity_mask());
		masks[i].is_managed = false;
	}
}

int irq_create_affinity_masks(unsigned int nvecs, struct irq_affinity *affd,
			      struct irq_affinity_desc *masks)
{
	unsigned int next;
	unsigned int nr;

	if (nvecs == 0 || affd == NULL || masks == NULL || nr_cpu_ids == 0 ||
	    !spread_reserve(affd, nvecs, &nr) || !spread_find_sets(affd, nr))
		return -EINVAL;
	next = affd->pre_vectors;
	spread_unmanaged(masks, next);
	for (unsigned int i = 0; i < affd->nr_sets; i++) {
		spread_set(masks + next, affd->set_size[i]);
		next += affd->set_size[i];
	}
	spread_unmanaged(masks + next, nvecs - next);
	return 0;
}

unsigned int irq_calc_affinity_vectors(unsigned int minvec, unsigned int maxvec,
				       const struct irq_affinity *affd)
{
	unsigned int possible = cpumask_weight(cpu_possible_mask);
	unsigned int spread;

	if (affd == NULL || minvec > maxvec ||
	    !spread_reserve(affd, minvec, &spread) ||
	    !spread_reserve(affd, maxvec, &spread))
		return 0;
	if (affd->calc_sets == NULL && spread > possible)
		spread = possible;
	return affd->pre_vectors + affd->post_vectors + spread;
}
