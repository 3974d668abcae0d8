/* SPDX-License-Identifier: MIT */
/*
 * A small allocator for kernels that have none: it hands out pieces of one
 * block of memory and takes them back. It takes no lock; a kernel that calls
 * it from several CPUs puts its own around it.
 */
#ifndef IRQKIT_ARENA_H
#define IRQKIT_ARENA_H

#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irqkit_arena_block;

struct irqkit_arena {
	struct irqkit_arena_block *free; /* by rising address */
	size_t size;			 /* bytes that can be had in all */
	size_t used; /* bytes handed out, rounding included */
};

/**
 * irqkit_arena_init() - give an arena its memory
 * @arena: set up by this call
 * @memory: writable, stays in use as long as the arena
 * @size: bytes
 *
 * Return: 0; -EINVAL if a pointer is NULL or fewer than 64 bytes are left
 * after alignment.
 */
int irqkit_arena_init(struct irqkit_arena *arena, void *memory, size_t size);

/**
 * irqkit_arena_alloc() - take a piece
 * @arena: the arena
 * @size: bytes
 * @align: a power of two, at most 4096
 *
 * First fit: the time grows with the number of free pieces.
 *
 * Return: zeroed memory; NULL if @size is 0, @align is no power of two or
 * above 4096, or no free piece is large enough.
 */
void *irqkit_arena_alloc(struct irqkit_arena *arena, size_t size, size_t align);

/**
 * irqkit_arena_free() - give a piece back
 * @arena: the arena
 * @memory: what irqkit_arena_alloc() returned
 * @size: the size it was asked for
 *
 * Free neighbours become one piece.
 */
void irqkit_arena_free(struct irqkit_arena *arena, void *memory, size_t size);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
