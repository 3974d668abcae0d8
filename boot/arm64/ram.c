/* SPDX-License-Identifier: MIT */
/*
 * Which memory is free: what the device tree calls memory, without the image,
 * the tree itself and all that the tree reserves. Only that is mapped.
 */
#include "arm64.h"

#define RAM_MAX_TAKEN 64

struct ram_range {
	uint64_t start;
	uint64_t end;
};

static struct ram_range ram_taken[RAM_MAX_TAKEN];
static unsigned int ram_nr_taken;

static uint64_t ram_end(uint64_t start, uint64_t size)
{
	return size > UINT64_MAX - start ? UINT64_MAX : start + size;
}

static void ram_take(uint64_t start, uint64_t size)
{
	if (ram_nr_taken == RAM_MAX_TAKEN)
		panic("more than %u ranges of memory are reserved",
		      RAM_MAX_TAKEN);
	ram_taken[ram_nr_taken].start = start;
	ram_taken[ram_nr_taken++].end = ram_end(start, size);
}

/* The first range in use that ends above @start and begins below @end. */
static const struct ram_range *ram_next_taken(uint64_t start, uint64_t end)
{
	const struct ram_range *first = NULL;
	unsigned int i;

	for (i = 0; i < ram_nr_taken; i++) {
		const struct ram_range *range = &ram_taken[i];

		if (range->end > start && range->start < end &&
		    (!first || range->start < first->start))
			first = range;
	}
	return first;
}

/* Map a free piece and remember the largest. */
static void ram_give(uint64_t start, uint64_t end, struct ram_range *largest)
{
	start = (start + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	end &= ~(PAGE_SIZE - 1);
	if (start >= end)
		return;
	mmu_map_memory(start, end);
	if (end - start > largest->end - largest->start) {
		largest->start = start;
		largest->end = end;
	}
}

static void ram_add(uint64_t start, uint64_t size, struct ram_range *largest)
{
	uint64_t end = ram_end(start, size);
	const struct ram_range *taken;

	/* A piece that begins at 0 would hold the address NULL. */
	if (!start)
		start = PAGE_SIZE;
	while (start < end) {
		taken = ram_next_taken(start, end);
		if (!taken) {
			ram_give(start, end, largest);
			return;
		}
		if (taken->start > start)
			ram_give(start, taken->start, largest);
		start = taken->end;
	}
}

/* Devicetree Specification 3.5: memory that is spoken for. */
static void ram_take_reserved(void)
{
	int parent = irqkit_fdt_find(&tree, "/reserved-memory"), node = -1;
	uint64_t start, size;
	unsigned int i;

	if (parent < 0)
		return;
	while ((node = irqkit_fdt_next_child(&tree, parent, node)) >= 0)
		for (i = 0; !irqkit_fdt_read_reg(&tree, node, i, &start, &size);
		     i++)
			ram_take(start, size);
}

static bool ram_is_node(int node)
{
	const char *type = tree_text(node, "device_type");

	return type && tree_same(type, "memory") && tree_is_usable(node);
}

void ram_init(void **start, size_t *size)
{
	struct ram_range largest = {0, 0};
	int root = irqkit_fdt_find(&tree, "/"), node = -1;
	uint64_t base, length;
	unsigned int i;

	ram_take(mmu_physical(kernel_start),
		 (uint64_t)(kernel_end - kernel_start));
	tree_reservations(ram_take);
	ram_take_reserved();
	while ((node = irqkit_fdt_next_child(&tree, root, node)) >= 0) {
		if (!ram_is_node(node))
			continue;
		for (i = 0;
		     !irqkit_fdt_read_reg(&tree, node, i, &base, &length); i++)
			ram_add(base, length, &largest);
	}
	if (largest.start == largest.end)
		panic("the device tree names no free memory");
	*start = (void *)largest.start;
	*size = largest.end - largest.start;
}
