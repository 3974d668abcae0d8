/* SPDX-License-Identifier: MIT */
/*
 * A first-fit allocator over one block of memory. The free pieces form a list
 * by rising address; whoever calls it keeps other callers out.
 */
#include "internals.h"

struct irqkit_arena_block {
	size_t size; /* bytes, this header included; a multiple of it */
	struct irqkit_arena_block *next;
};

#define ARENA_UNIT	sizeof(struct irqkit_arena_block)
#define ARENA_MAX_ALIGN 4096U

static uintptr_t arena_round_up(uintptr_t value, size_t align)
{
	return (value + align - 1) & ~(uintptr_t)(align - 1);
}

static struct irqkit_arena_block *arena_block_at(uintptr_t address)
{
	return (struct irqkit_arena_block *)address;
}

static uintptr_t arena_end(const struct irqkit_arena_block *block)
{
	return (uintptr_t)block + block->size;
}

int irqkit_arena_init(struct irqkit_arena *arena, void *memory, size_t size)
{
	uintptr_t start = arena_round_up((uintptr_t)memory, ARENA_UNIT);
	uintptr_t end = ((uintptr_t)memory + size) & ~(ARENA_UNIT - 1);

	if (arena == NULL || memory == NULL || end < start || end - start < 64)
		return -EINVAL;
	arena->free = arena_block_at(start);
	arena->free->size = end - start;
	arena->free->next = NULL;
	arena->size = end - start;
	arena->used = 0;
	return 0;
}

/*
 * Cut [start, start + size) out of a free piece; what is left on either side
 * stays free. All sizes are multiples of the unit, so a rest can hold its
 * header.
 */
static void arena_cut(struct irqkit_arena_block **link, uintptr_t start,
		      size_t size)
{
	struct irqkit_arena_block *block = *link;
	uintptr_t end = arena_end(block);
	struct irqkit_arena_block *rest = block->next;

	if (start + size < end) {
		struct irqkit_arena_block *after = arena_block_at(start + size);

		after->size = end - (start + size);
		after->next = rest;
		rest = after;
	}
	if (start > (uintptr_t)block) {
		block->size = start - (uintptr_t)block;
		block->next = rest;
	} else {
		*link = rest;
	}
}

void *irqkit_arena_alloc(struct irqkit_arena *arena, size_t size, size_t align)
{
	struct irqkit_arena_block **link = &arena->free;

	if (size == 0 || size > arena->size || align == 0 ||
	    align > ARENA_MAX_ALIGN || (align & (align - 1)) != 0)
		return NULL;
	if (align < ARENA_UNIT)
		align = ARENA_UNIT;
	size = arena_round_up(size, ARENA_UNIT);
	for (; *link != NULL; link = &(*link)->next) {
		uintptr_t start = arena_round_up((uintptr_t)*link, align);
		uintptr_t end = arena_end(*link);

		if (start > end || end - start < size)
			continue;
		arena_cut(link, start, size);
		arena->used += size;
		__builtin_memset((void *)start, 0, size);
		return (void *)start;
	}
	return NULL;
}

static void arena_join(struct irqkit_arena_block *block)
{
	struct irqkit_arena_block *next = block->next;

	if (next == NULL || arena_end(block) != (uintptr_t)next)
		return;
	block->size += next->size;
	block->next = next->next;
}

void irqkit_arena_free(struct irqkit_arena *arena, void *memory, size_t size)
{
	struct irqkit_arena_block *block = memory;
	struct irqkit_arena_block *before = NULL;
	struct irqkit_arena_block *after = arena->free;

	while (after != NULL && after < block) {
		before = after;
		after = after->next;
	}
	block->size = arena_round_up(size, ARENA_UNIT);
	block->next = after;
	arena->used -= block->size;
	arena_join(block);
	if (before == NULL) {
		arena->free = block;
		return;
	}
	before->next = block;
	arena_join(before);
}
