/* SPDX-License-Identifier: MIT */
/*
 * INTIDs that can be taken and given back: a run of numbers with a bit each.
 * They are handed out in turn, so that one just given back rests as long as
 * possible: an interrupt that is late then finds nobody, not somebody else.
 *
 * The caller's lock guards it (the domain lock).
 */
#ifndef ARCH_ARM64_GICV3_INTID_POOL_H
#define ARCH_ARM64_GICV3_INTID_POOL_H

#include <irqkit/errno.h>
#include <irqkit/types.h>
#include "gicv3_intid.h"

#define INTID_POOL_WORD_BITS 64U
#define INTID_POOL_WORDS \
	((GICV3_SPI_LIMIT + INTID_POOL_WORD_BITS - 1) / INTID_POOL_WORD_BITS)

struct gicv3_intid_pool {
	unsigned int first; /* lowest INTID */
	unsigned int count; /* at most GICV3_SPI_LIMIT */
	unsigned int next;  /* where to look first, 0 to count - 1 */
	uint64_t used[INTID_POOL_WORDS];
};

static inline bool intid_pool_test(const struct gicv3_intid_pool *pool,
				   unsigned int slot)
{
	return (pool->used[slot / INTID_POOL_WORD_BITS] >>
			slot % INTID_POOL_WORD_BITS &
		1U) != 0;
}

/* For what was taken, and for what must never be handed out. */
static inline void intid_pool_mark_used(struct gicv3_intid_pool *pool,
					unsigned int intid)
{
	unsigned int slot = intid - pool->first;

	pool->used[slot / INTID_POOL_WORD_BITS] |=
		1ULL << slot % INTID_POOL_WORD_BITS;
}

/* Returns 0 and an INTID, or -ENOSPC. */
static inline int intid_pool_take(struct gicv3_intid_pool *pool,
				  unsigned int *intid)
{
	unsigned int slot = pool->next;

	for (unsigned int left = pool->count; left > 0; left--) {
		unsigned int after = slot + 1 < pool->count ? slot + 1 : 0;

		if (!intid_pool_test(pool, slot)) {
			*intid = pool->first + slot;
			intid_pool_mark_used(pool, *intid);
			pool->next = after;
			return 0;
		}
		slot = after;
	}
	return -ENOSPC;
}

static inline void intid_pool_give(struct gicv3_intid_pool *pool,
				   unsigned int intid)
{
	unsigned int slot = intid - pool->first;

	pool->used[slot / INTID_POOL_WORD_BITS] &=
		~(1ULL << slot % INTID_POOL_WORD_BITS);
}

#endif
