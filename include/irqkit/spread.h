/* SPDX-License-Identifier: MIT */
/*
 * Queues of a device spread over the CPUs: which CPUs each of its interrupts
 * serves. An interrupt that is spread is managed: it never leaves its mask.
 */
#ifndef IRQKIT_SPREAD_H
#define IRQKIT_SPREAD_H

#include <irqkit/errno.h>
#include <irqkit/irq.h>
#include <irqkit/names.h>

#define IRQKIT_AFFINITY_MAX_SETS 4U
#ifndef IRQKIT_NO_SHORT_NAMES
#define IRQ_AFFINITY_MAX_SETS IRQKIT_AFFINITY_MAX_SETS
#endif

IRQKIT_BEGIN_DECLS

/*
 * What a driver wants. Vectors are, in this order: those before, the sets one
 * after the other, what the sets leave over, those after. Each set is spread
 * over all CPUs, for instance one for reads and one for writes.
 */
struct irq_affinity {
	unsigned int pre_vectors;  /* before, not spread */
	unsigned int post_vectors; /* after, not spread */

	/* From @calc_sets; without it one set that has all. */
	unsigned int nr_sets; /* at most IRQ_AFFINITY_MAX_SETS */
	unsigned int set_size[IRQKIT_AFFINITY_MAX_SETS]; /* in vectors */

	/*
	 * Fills in nr_sets and set_size for @nvecs vectors, which is what is
	 * left of pre_vectors and post_vectors and at least 1. Optional. In
	 * the context of irq_create_affinity_masks().
	 */
	void (*calc_sets)(struct irq_affinity *affd, unsigned int nvecs);
	void *priv; /* the driver's */
};

/**
 * irq_create_affinity_masks() - spread vectors over the CPUs
 * @nvecs: how many there are, with pre_vectors and post_vectors
 * @affd: what the driver wants; its nr_sets and set_size are written
 * @masks: @nvecs of them, the result
 *
 * Vectors outside of all sets have the default affinity and are not managed.
 * In each set, of V vectors and the possible CPUs that are not foreign:
 *
 * - Each CPU has a vector and each vector a CPU. While V is not above the
 *   number of CPUs, each CPU has one only.
 * - Present CPUs come first: each vector has one if there are as many. If not,
 *   each has a vector of its own, and absent ones are spread over the others.
 * - The present CPUs of a node have vectors of their own if V is not below the
 *   number of nodes, in proportion to their number, at least one, and with
 *   numbers of CPUs that differ by at most one. Else each node has one vector.
 *   Without IRQKIT_PORT_NUMA there is one node.
 * - Absent CPUs join vectors of their node if it has any, the smallest first.
 * - With more vectors than CPUs, those beyond repeat the present CPUs in turn.
 *
 * Nothing is allocated. The time is bounded: for C CPUs, N nodes and V vectors
 * a number of steps in proportion to C * N * N + C * C + C * V + @nvecs.
 *
 * Context: thread or boot, after irqkit_init().
 * Return: 0; -EINVAL, and @masks are as before, if @affd or @masks is NULL,
 * @nvecs is 0 or below pre_vectors + post_vectors, irqkit_init() was not
 * called, or calc_sets makes no set or too many, or sets with more vectors
 * than there are.
 */
int irq_create_affinity_masks(unsigned int nvecs, struct irq_affinity *affd,
			      struct irq_affinity_desc *masks);

/**
 * irq_calc_affinity_vectors() - how many vectors are worth having
 * @minvec: the fewest that the driver can do with
 * @maxvec: the most that the device has
 * @affd: what the driver wants
 *
 * Context: any, after irqkit_init().
 * Return: at most @maxvec: pre_vectors and post_vectors, and one for each
 * possible CPU, or all the others if there is a calc_sets; 0 if @affd is NULL,
 * or pre_vectors + post_vectors is above @minvec, or @minvec above @maxvec.
 */
unsigned int irq_calc_affinity_vectors(unsigned int minvec, unsigned int maxvec,
				       const struct irq_affinity *affd);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
