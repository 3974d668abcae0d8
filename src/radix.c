/* SPDX-License-Identifier: MIT */
/*
 * A radix tree from hwirqs to descriptors. Look-ups take no lock, as nodes
 * stay until the tree is destroyed; the owner's lock guards changes.
 */
#include "internals.h"

#define RADIX_4(value)	value, value, value, value
#define RADIX_16(value) RADIX_4(RADIX_4(value))
#define RADIX_64(value) RADIX_4(RADIX_16(value))
const struct irqkit_radix_node irqkit_radix_nothing = {
	.slots = {RADIX_4(RADIX_64(RADIX_NOTHING))},
};

static unsigned int radix_shift(irq_hw_number_t last)
{
	unsigned int shift = 0;

	while (shift + RADIX_BITS < IRQKIT_BITS_PER_LONG &&
	       (last >> shift) >= RADIX_SLOTS)
		shift += RADIX_BITS;
	return shift;
}

static struct irqkit_radix_node *radix_new_node(void)
{
	struct irqkit_radix_node *node = irqkit_port_alloc(sizeof(*node), 64);

	for (unsigned int i = 0; node != NULL && i < RADIX_SLOTS; i++)
		node->slots[i] = RADIX_NOTHING;
	return node;
}

int irqkit_radix_init(struct irqkit_radix *radix, irq_hw_number_t size)
{
	radix->shift = radix_shift(size - 1);
	radix->top = radix_new_node();
	return radix->top != NULL ? 0 : -ENOMEM;
}

static void radix_free_nodes(struct irqkit_radix_node *node)
{
	while (node != NULL) {
		struct irqkit_radix_node *next = node->next;

		irqkit_port_free(node, sizeof(*node));
		node = next;
	}
}

void irqkit_radix_destroy(struct irqkit_radix *radix)
{
	radix_free_nodes(radix->all);
	radix_free_nodes(radix->spare);
	radix_free_nodes(radix->top);
}

struct irq_desc *irqkit_radix_find_desc(const struct irq_domain *domain,
					irq_hw_number_t hwirq)
{
	const void *found = radix_find(&domain->radix, hwirq);

	return found != RADIX_NOTHING ? (struct irq_desc *)found : NULL;
}

/* The node below, which is made of a spare one; NULL if there is none. */
static struct irqkit_radix_node *radix_descend(struct irqkit_radix *radix,
					       const void **slot)
{
	struct irqkit_radix_node *node = radix->spare;

	if (*slot != RADIX_NOTHING)
		return (struct irqkit_radix_node *)*slot;
	if (node == NULL)
		return NULL;
	radix->spare = node->next;
	node->next = radix->all;
	radix->all = node;
	store_release(slot, node);
	return node;
}

bool irqkit_radix_set(struct irqkit_radix *radix, irq_hw_number_t hwirq,
		      struct irq_desc *desc)
{
	struct irqkit_radix_node *node = radix->top;
	unsigned int shift = radix->shift;

	for (; shift != 0; shift -= RADIX_BITS) {
		node = radix_descend(
			radix, &node->slots[(hwirq >> shift) % RADIX_SLOTS]);
		if (node == NULL)
			return false;
	}
	store_release(&node->slots[hwirq % RADIX_SLOTS],
		      desc != NULL ? (const void *)desc : RADIX_NOTHING);
	return true;
}

int irqkit_radix_grow(struct irqkit_radix *radix, struct irqkit_lock *lock)
{
	struct irqkit_radix_node *node = radix_new_node();
	unsigned long state;

	if (node == NULL)
		return -ENOMEM;
	state = irqkit_lock_acquire(lock);
	node->next = radix->spare;
	radix->spare = node;
	irqkit_lock_release(lock, state);
	return 0;
}
