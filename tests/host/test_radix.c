/* SPDX-License-Identifier: MIT */
/*
 * Radix maps, by domains that have one: trees of all heights, no number that
 * is taken for another, memory as the header says, and no memory at all.
 */
#include "host.h"
#include "suites/suite.h"
#include "suite_host.h"

#define RADIX_BITS   8U
#define RADIX_PIECES 2U /* the domain and the top of its tree */
#define RADIX_MODEL  600U
#define RADIX_NODES  4096U
#define RADIX_HUGE   (~0UL)

static unsigned int radix_mapped;

static const struct irq_chip radix_chip = {.name = "radix"};

static int radix_map(struct irq_domain *domain, unsigned int irq,
		     irq_hw_number_t hwirq)
{
	irq_domain_set_info(domain, irq, hwirq, &radix_chip, NULL,
			    handle_simple_irq);
	radix_mapped++;
	return 0;
}

static void radix_unmap(struct irq_domain *domain, unsigned int irq)
{
	(void)domain;
	(void)irq;
	radix_mapped--;
}

static const struct irq_domain_ops radix_ops = {
	.map = radix_map,
	.unmap = radix_unmap,
};

static struct irq_domain *radix_make(irq_hw_number_t size)
{
	const struct irq_domain_info info = {
		.name = "radix",
		.flags = IRQ_DOMAIN_FLAG_RADIX,
		.size = size,
		.ops = &radix_ops,
	};
	struct irq_domain *domain = NULL;

	tap_equal(irq_domain_create(&info, &domain), 0, "create");
	return domain;
}

/* Levels of nodes that a number goes through, by the size. */
static unsigned int radix_height(irq_hw_number_t size)
{
	irq_hw_number_t rest = (size - 1) >> RADIX_BITS;
	unsigned int height = 1;

	for (; rest != 0; rest >>= RADIX_BITS)
		height++;
	return height;
}

/* The nodes that ought to exist: one for each prefix in use, by level. */
static struct {
	unsigned int level;
	irq_hw_number_t prefix;
} radix_nodes[RADIX_NODES];
static unsigned int radix_nr_nodes;

static void radix_note_node(unsigned int level, irq_hw_number_t prefix)
{
	for (unsigned int i = 0; i < radix_nr_nodes; i++) {
		if (radix_nodes[i].level == level &&
		    radix_nodes[i].prefix == prefix)
			return;
	}
	if (!tap_expect(radix_nr_nodes < RADIX_NODES, "room for the model"))
		return;
	radix_nodes[radix_nr_nodes].level = level;
	radix_nodes[radix_nr_nodes++].prefix = prefix;
}

/* The top is there from the beginning. */
static void radix_note(irq_hw_number_t hwirq, unsigned int height)
{
	for (unsigned int level = 1; level < height; level++)
		radix_note_node(level, hwirq >> (level * RADIX_BITS));
}

/* Numbers at which a tree of this size may go wrong. */
static unsigned int radix_corners(irq_hw_number_t size,
				  irq_hw_number_t corners[])
{
	unsigned int nr = 0;

	for (unsigned int bit = 0; bit < IRQKIT_BITS_PER_LONG; bit++) {
		irq_hw_number_t power = (irq_hw_number_t)1 << bit;

		if (power >= size)
			break;
		corners[nr++] = power;
	}
	corners[nr++] = 0;
	if (size > 63)
		corners[nr++] = 62;
	if (size > 66)
		corners[nr++] = 65;
	/* The last, if it is no power of two. */
	if (size > 64 && ((size - 1) & (size - 2)) != 0)
		corners[nr++] = size - 1;
	return nr;
}

static void radix_check_not_there(const struct irq_domain *domain,
				  irq_hw_number_t size)
{
	tap_equal(irq_find_mapping(domain, size), 0, "the size itself");
	tap_equal(irq_find_mapping(domain, RADIX_HUGE), 0, "all ones");
	for (unsigned int bit = 0; bit < IRQKIT_BITS_PER_LONG; bit++) {
		irq_hw_number_t power = (irq_hw_number_t)1 << bit;

		/* Nothing but corners is there, and no number twice. */
		if (power >= size)
			tap_equal(irq_find_mapping(domain, power), 0,
				  "%lu, beyond", power);
		if (power > 128)
			tap_equal(irq_find_mapping(domain, power + 3), 0,
				  "%lu, which is free", power + 3);
	}
}

static void radix_of_size(irq_hw_number_t size)
{
	static int irqs[IRQKIT_BITS_PER_LONG + 8];
	static irq_hw_number_t corners[IRQKIT_BITS_PER_LONG + 8];
	unsigned int height = radix_height(size);
	unsigned long memory = host_live();
	struct irq_domain *domain;
	unsigned int nr;

	tap_subject("a map of %lu numbers, %u levels", size, height);
	radix_nr_nodes = 0;
	domain = radix_make(size);
	tap_equal((long long)(host_live() - memory), RADIX_PIECES,
		  "memory of an empty one");
	radix_check_not_there(domain, size);
	tap_equal(irq_find_mapping(domain, 0), 0, "nothing at 0");
	nr = radix_corners(size, corners);
	for (unsigned int i = 0; i < nr; i++) {
		irqs[i] = irq_create_mapping(domain, corners[i]);
		tap_expect(irqs[i] > 0, "create of %lu: %d", corners[i],
			   irqs[i]);
		radix_note(corners[i], height);
		tap_equal((long long)(host_live() - memory - RADIX_PIECES),
			  radix_nr_nodes, "nodes after %lu", corners[i]);
	}
	tap_equal(irq_create_mapping(domain, size), -EINVAL, "the size");
	tap_equal(irq_create_mapping(domain, RADIX_HUGE), -EINVAL, "all ones");
	radix_check_not_there(domain, size);
	for (unsigned int i = 0; i < nr; i++) {
		tap_equal(irq_find_mapping(domain, corners[i]), irqs[i],
			  "irq of %lu", corners[i]);
		tap_expect(irq_find_desc(domain, corners[i]) ==
				   irq_to_desc((unsigned int)irqs[i]),
			   "descriptor of %lu", corners[i]);
	}
	for (unsigned int i = 0; i < nr; i++) {
		tap_equal(irq_dispose_mapping((unsigned int)irqs[i]), 0,
			  "dispose of %lu", corners[i]);
		tap_equal(irq_find_mapping(domain, corners[i]), 0,
			  "%lu is gone", corners[i]);
		if (i + 1 < nr)
			tap_equal(irq_find_mapping(domain, corners[i + 1]),
				  irqs[i + 1], "%lu is not", corners[i + 1]);
	}
	tap_equal((long long)(host_live() - memory - RADIX_PIECES),
		  radix_nr_nodes, "nodes are kept");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_equal((long long)host_live(), (long long)memory, "memory at last");
	tap_close();
}

/* Mostly near to each other, some anywhere. */
static irq_hw_number_t radix_random(uint32_t *random, irq_hw_number_t size)
{
	irq_hw_number_t wide = (irq_hw_number_t)suite_random(random) << 31 ^
			       suite_random(random);

	if (suite_random(random) % 4 != 0)
		wide = wide % 256 + wide / 256 % 4 * 4096;
	return wide % size;
}

static struct {
	irq_hw_number_t hwirq;
	int irq;
} radix_model[RADIX_MODEL];

static unsigned int radix_model_find(irq_hw_number_t hwirq)
{
	unsigned int i = 0;

	while (i < RADIX_MODEL &&
	       (radix_model[i].irq == 0 || radix_model[i].hwirq != hwirq))
		i++;
	return i;
}

static void radix_model_step(struct irq_domain *domain, irq_hw_number_t hwirq,
			     bool create, unsigned int slot)
{
	unsigned int at = radix_model_find(hwirq);
	int irq = at < RADIX_MODEL ? radix_model[at].irq : 0;

	tap_equal(irq_find_mapping(domain, hwirq), irq, "find of %lu", hwirq);
	if (create && irq != 0) {
		tap_equal(irq_create_mapping(domain, hwirq), irq,
			  "create of %lu, which is there", hwirq);
	} else if (create && radix_model[slot].irq == 0) {
		irq = irq_create_mapping(domain, hwirq);
		tap_expect(irq > 0, "create of %lu: %d", hwirq, irq);
		radix_model[slot].hwirq = hwirq;
		radix_model[slot].irq = irq;
	} else if (!create && irq != 0) {
		tap_equal(irq_dispose_mapping((unsigned int)irq), 0,
			  "dispose of %lu", hwirq);
		radix_model[at].irq = 0;
	}
}

static void radix_at_random(irq_hw_number_t size)
{
	unsigned long memory = host_live();
	struct irq_domain *domain;
	uint32_t random = SUITE_SEED;

	tap_subject("a map of %lu numbers at random, against a list", size);
	domain = radix_make(size);
	for (unsigned int i = 0; i < 6000; i++)
		radix_model_step(domain, radix_random(&random, size),
				 suite_random(&random) % 8 < 5,
				 suite_random(&random) % RADIX_MODEL);
	for (unsigned int i = 0; i < RADIX_MODEL; i++) {
		if (radix_model[i].irq == 0)
			continue;
		tap_equal(irq_find_mapping(domain, radix_model[i].hwirq),
			  radix_model[i].irq, "%lu", radix_model[i].hwirq);
		irq_dispose_mapping((unsigned int)radix_model[i].irq);
		radix_model[i].irq = 0;
	}
	tap_equal(radix_mapped, 0, "mapped at last");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_equal((long long)host_live(), (long long)memory, "memory at last");
	tap_close();
}

/* A create that grows the tree by all its levels fails at each of them. */
static void radix_no_memory(void)
{
	unsigned int height = radix_height(RADIX_HUGE);
	unsigned long memory = host_live();
	struct irq_domain *domain;
	irq_hw_number_t hwirq = RADIX_HUGE / 3;
	unsigned int step = 1;
	int irq = -ENOMEM;

	tap_subject("-ENOMEM while the map grows");
	for (; step <= height + 1 && irq == -ENOMEM; step++) {
		domain = radix_make(RADIX_HUGE);
		host_fail_alloc(step);
		irq = irq_create_mapping(domain, hwirq);
		host_fail_alloc(0);
		tap_equal(irq_find_mapping(domain, hwirq), irq > 0 ? irq : 0,
			  "find after step %u", step);
		tap_equal(radix_mapped, irq > 0, "mapped after step %u", step);
		tap_equal(suite_count_irqs(), irq > 0, "irqs");
		/* It comes through the next time, on what there is. */
		if (irq < 0) {
			int again = irq_create_mapping(domain, hwirq);

			tap_expect(again > 0, "again: %d", again);
			tap_equal((long long)(host_live() - memory),
				  RADIX_PIECES + height - 1, "memory then");
			irq_dispose_mapping((unsigned int)again);
		} else {
			irq_dispose_mapping((unsigned int)irq);
		}
		tap_equal(irq_domain_remove(domain), 0, "remove");
		tap_equal((long long)host_live(), (long long)memory, "memory");
	}
	tap_equal(step - 1, height, "allocations of a create, and one");
	tap_expect(irq > 0, "at last it came through: %d", irq);
	tap_close();
}

int main(void)
{
	static const irq_hw_number_t sizes[] = {
		1,
		2,
		63,
		64,
		65,
		128,
		4095,
		4096,
		4097,
		255,
		256,
		257,
		1UL << 16,
		(1UL << 16) + 1,
		1UL << 24,
		(1UL << 24) + 1,
		1UL << 20,
		(irq_hw_number_t)1 << 32,
		((irq_hw_number_t)1 << 56),
		((irq_hw_number_t)1 << 56) + 1,
		RADIX_HUGE,
	};

	host_begin();
	host_start(2, NULL);
	suite_host_warm_up();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		radix_of_size(sizes[i]);
	radix_at_random(1U << 14);
	radix_at_random(RADIX_HUGE);
	radix_no_memory();
	return host_end();
}
