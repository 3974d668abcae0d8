/* SPDX-License-Identifier: MIT */
/* The allocator of the reference kernel: one arena behind one lock. */
#include "kernel.h"
#include "smp.h"

static struct irqkit_arena memory_arena;
static struct boot_lock memory_lock;

void boot_memory(void *start, size_t size)
{
	if (irqkit_arena_init(&memory_arena, start, size) != 0)
		panic("no memory: %zu bytes at %p", size, start);
}

void *memory_alloc(size_t size, size_t align)
{
	unsigned long state = boot_lock(&memory_lock);
	void *memory = irqkit_arena_alloc(&memory_arena, size, align);

	boot_unlock(&memory_lock, state);
	return memory;
}

void memory_free(void *memory, size_t size)
{
	unsigned long state = boot_lock(&memory_lock);

	irqkit_arena_free(&memory_arena, memory, size);
	boot_unlock(&memory_lock, state);
}

size_t memory_used(void)
{
	return memory_arena.used;
}

void *boot_alloc(size_t size, size_t align)
{
	void *memory = memory_alloc(size, align);

	if (memory == NULL)
		panic("out of memory: %zu bytes wanted", size);
	return memory;
}
