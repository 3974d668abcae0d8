/* SPDX-License-Identifier: MIT */
/*
 * A radix tree from hwirqs to descriptors. Look-ups take no lock, as nodes
 * stay until the tree is destroyed; the owner's lock guards changes.
 */
#include "internals.h"

#define RADIX_BITS  6U
#define RADIX_SLOTS (1U << RADIX_BITS)

/* Slots of the lowest level point to descriptors, the others to nodes. */
struct radix_node {
	void *slots[RADIX_SLOTS];
	struct radix_node *next; /* of all nodes, or of spare ones */
};

struct irqkit_radix {
	irq_hw_number_t last; /* the highest number */
	unsigned int shift;   /* of the top level's index */
	struct radix_node *top;
	struct radix_node *all;	  /* in the tree, but for the top */
	struct radix_node *spare; /* for the next levels to come */
};

static unsigned int radix_shift(irq_hw_number_t last)
{
	unsigned int shift = 0;

	while (shift + RADIX_BITS < IRQKIT_BITS_PER_LONG &&
	       (last >> shift) >= RADIX_SLOTS)
		shift += RADIX_BITS;
	return shift;
}

static struct radix_node *radix_new_node(void)
{
	return irqkit_port_alloc(sizeof(struct radix_node), 64);
}

struct irqkit_radix *irqkit_radix_create(irq_hw_number_t size)
{
	struct irqkit_radix *radix = irqkit_port_alloc(sizeof(*radix),
						       sizeof(void *));

	if (radix == NULL)
		return NULL;
	radix->last = size - 1;
	radix->shift = radix_shift(size - 1);
	radix->top = radix_new_node();
	if (radix->top != NULL)
		return radix;
	irqkit_port_free(radix, sizeof(*radix));
	return NULL;
}

static void radix_free_nodes(struct radix_node *node)
{
	while (node != NULL) {
		struct radix_node *next = node->next;

		irqkit_port_free(node, sizeof(*node));
		node = next;
	}
}

void irqkit_radix_destroy(struct irqkit_radix *radix)
{
	radix_free_nodes(radix->all);
	radix_free_nodes(radix->spare);
	radix_free_nodes(radix->top);
	irqkit_port_free(radix, sizeof(*radix));
}

/* Each load is followed by an address dependency: no acquire is needed. */
struct irq_desc *irqkit_radix_find(const struct irqkit_radix *radix,
				   irq_hw_number_t hwirq)
{
	const struct radix_node *node = radix->top;
	unsigned int shift = radix->shift;

	if (hwirq > radix->last)
		return NULL;
	for (; shift != 0; shift -= RADIX_BITS) {
		node = load_dependent(
			&node->slots[(hwirq >> shift) % RADIX_SLOTS]);
		if (node == NULL)
			return NULL;
	}
	return load_dependent(&node->slots[hwirq % RADIX_SLOTS]);
}

/* The node below, which is made of a spare one; NULL if there is none. */
static struct radix_node *radix_descend(struct irqkit_radix *radix, void **slot)
{
	struct radix_node *node = *slot;

	if (node != NULL || radix->spare == NULL)
		return node;
	node = radix->spare;
	radix->spare = node->next;
	node->next = radix->all;
	radix->all = node;
	store_release(slot, node);
	return node;
}

bool irqkit_radix_set(struct irqkit_radix *radix, irq_hw_number_t hwirq,
		      struct irq_desc *desc)
{
	struct radix_node *node = radix->top;
	unsigned int shift = radix->shift;

	for (; shift != 0; shift -= RADIX_BITS) {
		node = radix_descend(
			radix, &node->slots[(hwirq >> shift) % RADIX_SLOTS]);
		if (node == NULL)
			return false;
	}
	store_release(&node->slots[hwirq % RADIX_SLOTS], desc);
	return true;
}

int irqkit_radix_grow(struct irqkit_radix *radix, struct irqkit_lock *lock)
{
	struct radix_node *node = radix_new_node();
	unsigned long state;

	if (node == NULL)
		return -ENOMEM;
	state = irqkit_lock_acquire(lock);
	node->next = radix->spare;
	radix->spare = node;
	irqkit_lock_release(lock, state);
	return 0;
}
