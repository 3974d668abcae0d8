/* SPDX-License-Identifier: MIT */
/*
 * What irqkit_port_alloc() gives out. Pieces are never given out twice in a
 * run, so a use after the free is always seen.
 */
#include "sim.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_BYTES   (4U << 20)
#define MEMORY_GRANULE 16U

/* Outlives the runs, as the pieces of one have to be emptied for the next. */
struct memory_arena {
	size_t used;
	unsigned char freed[MEMORY_BYTES / MEMORY_GRANULE];
	unsigned char bytes[MEMORY_BYTES] IRQKIT_ALIGNED(4096);
};

static struct memory_arena *memory_arena;
static int memory_live, memory_marked;

void sim_memory_reset(void)
{
	if (memory_arena == NULL) {
		memory_arena = mmap(NULL, sizeof(*memory_arena),
				    PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (memory_arena == MAP_FAILED)
			abort();
	}
	memset(memory_arena->bytes, 0, memory_arena->used);
	memset(memory_arena->freed, 0, memory_arena->used / MEMORY_GRANULE + 1);
	memory_arena->used = 0;
}

void sim_memory_mark(void)
{
	memory_marked = memory_live;
}

int sim_memory_live(void)
{
	return memory_live - memory_marked;
}

static size_t memory_offset(const void *address)
{
	return (uintptr_t)address - (uintptr_t)memory_arena->bytes;
}

bool sim_memory_is_freed(const void *address)
{
	size_t offset = memory_offset(address);

	return offset < MEMORY_BYTES &&
	       memory_arena->freed[offset / MEMORY_GRANULE] != 0;
}

static void memory_check_context(const char *call)
{
	if (!sim_is_running)
		return;
	if (irqkit_port_irqs_disabled())
		sim_fail(SIM_CONTRACT, "%s with interrupts off", call);
	sim_point();
}

void *irqkit_port_alloc(size_t size, size_t align)
{
	size_t start;

	memory_check_context("irqkit_port_alloc()");
	if (align < MEMORY_GRANULE)
		align = MEMORY_GRANULE;
	start = (memory_arena->used + align - 1) & ~(align - 1);
	if (size > MEMORY_BYTES - start)
		return NULL;
	memory_arena->used = (start + size + MEMORY_GRANULE - 1) &
			     ~(size_t)(MEMORY_GRANULE - 1);
	memory_live++;
	return memory_arena->bytes + start;
}

void irqkit_port_free(void *memory, size_t size)
{
	size_t first = memory_offset(memory) / MEMORY_GRANULE;

	memory_check_context("irqkit_port_free()");
	if (memory_arena->freed[first] != 0)
		sim_fail(SIM_FREED, "memory is freed twice");
	memset(&memory_arena->freed[first], 1,
	       (size + MEMORY_GRANULE - 1) / MEMORY_GRANULE);
	memory_live--;
}
