/* SPDX-License-Identifier: MIT */
/* The arena: every byte is found again, whatever the order. */
#include <irqkit/arena.h>
#include <irqkit/errno.h>
#include <stdint.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

#define ARENA_BYTES  65536U
#define ARENA_PIECES 200U

static unsigned char arena_memory[ARENA_BYTES] IRQKIT_ALIGNED(4096);

static void arena_init_errors(void)
{
	struct irqkit_arena arena;

	tap_subject("init: what cannot be an arena is -EINVAL");
	tap_equal(irqkit_arena_init(NULL, arena_memory, 4096), -EINVAL,
		  "no arena");
	tap_equal(irqkit_arena_init(&arena, NULL, 4096), -EINVAL, "no memory");
	tap_equal(irqkit_arena_init(&arena, arena_memory, 0), -EINVAL, "0");
	tap_equal(irqkit_arena_init(&arena, arena_memory, 63), -EINVAL, "63");
	tap_equal(irqkit_arena_init(&arena, arena_memory, 64), 0, "64");
	tap_equal(irqkit_arena_init(&arena, arena_memory + 1, 64), -EINVAL,
		  "64 not aligned");
	tap_equal(irqkit_arena_init(&arena, arena_memory + 1, 95), 0,
		  "95 not aligned");
	tap_equal((long long)arena.used, 0, "bytes used");
	tap_close();
}

static void arena_alloc_errors(void)
{
	struct irqkit_arena arena;
	void *all;

	irqkit_arena_init(&arena, arena_memory, 4096);
	tap_subject("alloc: what cannot be had is NULL");
	tap_expect(irqkit_arena_alloc(&arena, 0, 8) == NULL, "size 0");
	tap_expect(irqkit_arena_alloc(&arena, 8, 0) == NULL, "align 0");
	tap_expect(irqkit_arena_alloc(&arena, 8, 24) == NULL, "align 24");
	tap_expect(irqkit_arena_alloc(&arena, 8, 8192) == NULL, "align 8192");
	tap_expect(irqkit_arena_alloc(&arena, 4097, 8) == NULL, "too large");
	tap_expect(irqkit_arena_alloc(&arena, SIZE_MAX, 8) == NULL, "SIZE_MAX");
	tap_expect(irqkit_arena_alloc(&arena, SIZE_MAX - 15, 4096) == NULL,
		   "almost SIZE_MAX");
	all = irqkit_arena_alloc(&arena, arena.size, 1);
	tap_expect(all != NULL, "all of it in one piece");
	tap_expect(irqkit_arena_alloc(&arena, 1, 1) == NULL, "and no more");
	irqkit_arena_free(&arena, all, arena.size);
	tap_equal((long long)arena.used, 0, "bytes used");
	tap_close();
}

struct arena_piece {
	unsigned char *memory;
	size_t size;
	unsigned char pattern;
};

static struct arena_piece arena_pieces[ARENA_PIECES];
static uint32_t arena_seed = 99;

static uint32_t arena_random(void)
{
	arena_seed = arena_seed * 1664525U + 1013904223U;
	return arena_seed >> 8;
}

static bool arena_is(const struct arena_piece *piece, unsigned char value)
{
	for (size_t i = 0; i < piece->size; i++) {
		if (piece->memory[i] != value)
			return false;
	}
	return true;
}

static void arena_take(struct irqkit_arena *arena, struct arena_piece *piece)
{
	size_t align = (size_t)1 << (arena_random() % 13);

	piece->size = arena_random() % 700 + 1;
	piece->memory = irqkit_arena_alloc(arena, piece->size, align);
	if (piece->memory == NULL)
		return;
	tap_equal((long long)((uintptr_t)piece->memory % align), 0,
		  "alignment to %lu", align);
	tap_expect(piece->memory >= arena_memory &&
			   piece->memory + piece->size <=
				   arena_memory + ARENA_BYTES,
		   "a piece is inside");
	tap_expect(arena_is(piece, 0), "a piece is zeroed");
	piece->pattern = (unsigned char)(arena_random() | 1);
	memset(piece->memory, piece->pattern, piece->size);
}

/* What others do never shows in a piece. */
static void arena_give(struct irqkit_arena *arena, struct arena_piece *piece)
{
	tap_expect(arena_is(piece, piece->pattern), "a piece is untouched");
	irqkit_arena_free(arena, piece->memory, piece->size);
	piece->memory = NULL;
}

static void arena_at_random(void)
{
	struct irqkit_arena arena;
	unsigned int failed = 0;

	irqkit_arena_init(&arena, arena_memory, ARENA_BYTES);
	tap_subject("pieces at random: whole, apart, zeroed, all come back");
	for (unsigned int i = 0; i < 20000; i++) {
		struct arena_piece *piece =
			&arena_pieces[arena_random() % ARENA_PIECES];

		if (piece->memory != NULL)
			arena_give(&arena, piece);
		else
			arena_take(&arena, piece);
		failed += piece->memory == NULL;
	}
	for (unsigned int i = 0; i < ARENA_PIECES; i++) {
		if (arena_pieces[i].memory != NULL)
			arena_give(&arena, &arena_pieces[i]);
	}
	tap_equal((long long)arena.used, 0, "bytes used at the end");
	tap_expect(irqkit_arena_alloc(&arena, arena.size, 1) != NULL,
		   "free neighbours became one piece");
	tap_expect(failed > 0, "it was full at times");
	tap_close();
}

int main(void)
{
	host_begin();
	arena_init_errors();
	arena_alloc_errors();
	arena_at_random();
	return host_end();
}
