/* SPDX-License-Identifier: MIT */
/*
 * The device tree that the kernel was started with. It stays where the loader
 * put it, mapped read only. Set up once, then only read.
 */
#include "arm64.h"

#define TREE_HEADER_SIZE      40
#define TREE_TOTALSIZE	      4 /* fields of the header */
#define TREE_OFF_MEM_RSVMAP   16
#define TREE_RESERVATION_SIZE 16
#define TREE_DEPTH	      16

struct irqkit_fdt tree;
static const uint8_t *tree_blob;
static uint64_t tree_address;

uint64_t tree_number(const uint8_t *bytes, unsigned int cells)
{
	uint64_t number = 0;
	unsigned int i;

	for (i = 0; i < 4 * cells; i++)
		number = number << 8 | bytes[i];
	return number;
}

void tree_init(uint64_t address)
{
	uint64_t size;

	if (!address || address % 8)
		panic("no device tree at 0x%llx", (unsigned long long)address);
	tree_address = address;
	tree_blob = mmu_map_tree(address, TREE_HEADER_SIZE);
	size = tree_number(tree_blob + TREE_TOTALSIZE, 1);
	if (size > IRQKIT_FDT_MAX_SIZE)
		panic("the device tree has %llu bytes",
		      (unsigned long long)size);
	mmu_map_tree(address, size);
	if (irqkit_fdt_open(tree_blob, size, &tree))
		panic("the device tree at 0x%llx cannot be used",
		      (unsigned long long)address);
}

void tree_reservations(void (*add)(uint64_t start, uint64_t size))
{
	const uint8_t *entry;
	uint64_t start, size;

	add(tree_address, tree_number(tree_blob + TREE_TOTALSIZE, 1));
	/* irqkit_fdt_open() found that the list ends within the tree. */
	entry = tree_blob + tree_number(tree_blob + TREE_OFF_MEM_RSVMAP, 1);
	for (;; entry += TREE_RESERVATION_SIZE) {
		start = tree_number(entry, 2);
		size = tree_number(entry + 8, 2);
		if (!start && !size)
			return;
		add(start, size);
	}
}

const char *tree_text(int node, const char *name)
{
	struct irqkit_fdt_property property;

	if (irqkit_fdt_get(&tree, node, name, &property) || !property.size ||
	    property.value[property.size - 1])
		return NULL;
	return (const char *)property.value;
}

bool tree_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool tree_is_usable(int node)
{
	const char *status = tree_text(node, "status");

	/* Devicetree Specification 2.3.4, and an older spelling. */
	return !status || tree_same(status, "okay") || tree_same(status, "ok");
}

void tree_visit(void (*visit)(int node))
{
	int path[TREE_DEPTH], depth = 0, child = -1;

	path[0] = irqkit_fdt_find(&tree, "/");
	visit(path[0]);
	while (depth >= 0) {
		child = irqkit_fdt_next_child(&tree, path[depth], child);
		if (child < 0) {
			child = path[depth--];
			continue;
		}
		visit(child);
		if (depth + 1 < TREE_DEPTH) {
			path[++depth] = child;
			child = -1;
		}
	}
}
