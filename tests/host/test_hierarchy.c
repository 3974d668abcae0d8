/* SPDX-License-Identifier: MIT */
/*
 * Hierarchies of domains: every level is asked in order, and when one fails
 * at any place all that the others did is undone, in the reverse order. Level
 * 0 is the root, nearest to the CPU.
 */
#include "host.h"
#include <string.h>
#include "suites/suite.h"
#include "suite_host.h"

#define HIER_DEPTH  6U
#define HIER_SIZE   4096U
#define HIER_EVENTS 128U
#define HIER_NR	    3U
#define HIER_ERROR  (-ENODEV)
#define HIER_NONE   (~0U)

enum hier_op {
	HIER_ALLOC,
	HIER_FREE,
	HIER_ACTIVATE,
	HIER_DEACTIVATE,
};

struct hier_event {
	enum hier_op op;
	unsigned int level;
	unsigned int irq;
	unsigned int nr;
};

/* What was called, in order; an alloc is noted when it has come through. */
static struct hier_event hier_events[HIER_EVENTS];
static unsigned int hier_nr_events;

/* Where an operation fails. */
static struct {
	unsigned int alloc_before; /* the level, before it asks its parent */
	unsigned int alloc_after;  /* and after that */
	unsigned int activate;
	unsigned int one_at;  /* each_alloc(): the so-many-th irq */
	unsigned int skip_at; /* each_alloc(): has no parent's number */
} hier_fail;

static struct irq_domain *hier_levels[HIER_DEPTH];
static unsigned int hier_depth;
static unsigned int hier_taken[HIER_DEPTH];    /* hwirqs in use */
static irq_hw_number_t hier_bases[HIER_DEPTH]; /* the first to be given */

static void hier_note(enum hier_op op, const struct irq_domain *domain,
		      unsigned int irq, unsigned int nr)
{
	if (hier_nr_events == HIER_EVENTS) {
		host_violation("too many events");
		return;
	}
	hier_events[hier_nr_events++] = (struct hier_event){
		.op = op,
		.level = domain->levels - 1,
		.irq = irq,
		.nr = nr,
	};
}

static void hier_clear(void)
{
	hier_nr_events = 0;
	memset(&hier_fail, 0xff, sizeof(hier_fail));
}

static const char *const hier_names[] = {"alloc", "free", "activate",
					 "deactivate"};

static void hier_expect(unsigned int index, enum hier_op op, unsigned int level,
			unsigned int irq, unsigned int nr)
{
	const struct hier_event *event = &hier_events[index];

	if (!tap_expect(index < hier_nr_events, "event %u: %s of level %u",
			index, hier_names[op], level))
		return;
	tap_expect(event->op == op && event->level == level &&
			   (irq == HIER_NONE || event->irq == irq) &&
			   event->nr == nr,
		   "event %u: %s of level %u of %u irqs from %u; it was %s of "
		   "level %u of %u from %u",
		   index, hier_names[op], level, nr, irq, hier_names[event->op],
		   event->level, event->nr, event->irq);
}

static irqreturn_t hier_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static const struct irq_chip hier_chips[HIER_DEPTH] = {
	{.name = "0"}, {.name = "1"}, {.name = "2"},
	{.name = "3"}, {.name = "4"}, {.name = "5"},
};

/* Each level has its own numbers. */
static irq_hw_number_t hier_hwirq(unsigned int level, unsigned int index)
{
	return hier_bases[level] + (irq_hw_number_t)level * 64 + index;
}

static void hier_set_info(struct irq_domain *domain, unsigned int irq,
			  unsigned int index)
{
	unsigned int level = domain->levels - 1;

	irq_domain_set_info(domain, irq, hier_hwirq(level, index),
			    &hier_chips[level], &hier_taken[level],
			    level == 0 ? handle_simple_irq : NULL);
	hier_taken[level]++;
}

static int hier_alloc(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	unsigned int level = domain->levels - 1;
	int error = 0;

	if (hier_fail.alloc_before == level)
		return HIER_ERROR;
	if (level != 0)
		error = irq_domain_alloc_irqs_parent(domain, irq, nr, arg);
	else
		tap_equal(irq_domain_alloc_irqs_parent(domain, irq, nr, arg),
			  -ENOSYS, "the root has no parent");
	if (error != 0)
		return error;
	if (hier_fail.alloc_after == level)
		return HIER_ERROR;
	for (unsigned int i = 0; i < nr; i++)
		hier_set_info(domain, irq + i, i);
	hier_note(HIER_ALLOC, domain, irq, nr);
	return 0;
}

static void hier_free(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr)
{
	hier_taken[domain->levels - 1] -= nr;
	hier_note(HIER_FREE, domain, irq, nr);
}

static int hier_activate(struct irq_domain *domain, struct irq_data *data)
{
	tap_expect(data->domain == domain, "activate gets its own level");
	hier_note(HIER_ACTIVATE, domain, data->irq, 1);
	return hier_fail.activate == domain->levels - 1 ? HIER_ERROR : 0;
}

static void hier_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	tap_expect(data->domain == domain, "deactivate gets its own level");
	hier_note(HIER_DEACTIVATE, domain, data->irq, 1);
}

static const struct irq_domain_ops hier_ops = {
	.alloc = hier_alloc,
	.free = hier_free,
	.activate = hier_activate,
	.deactivate = hier_deactivate,
};

/* A level whose irqs ask their parents one by one. */
static int hier_each_alloc(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr, const void *arg)
{
	for (unsigned int i = 0; i < nr; i++) {
		int error = 0;

		if (hier_fail.one_at == i)
			return HIER_ERROR;
		if (hier_fail.skip_at != i)
			error = irq_domain_alloc_irqs_parent(domain, irq + i, 1,
							     arg);
		if (error != 0)
			return error;
	}
	for (unsigned int i = 0; i < nr; i++)
		hier_set_info(domain, irq + i, i);
	hier_note(HIER_ALLOC, domain, irq, nr);
	return 0;
}

static const struct irq_domain_ops hier_each_ops = {
	.alloc = hier_each_alloc,
	.free = hier_free,
	.activate = hier_activate,
	.deactivate = hier_deactivate,
};

/* The root of those gives each irq a number of its own. */
static int hier_root_alloc(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		hier_set_info(domain, irq + i, hier_taken[0]);
	hier_note(HIER_ALLOC, domain, irq, nr);
	return 0;
}

static const struct irq_domain_ops hier_root_ops = {
	.alloc = hier_root_alloc,
	.free = hier_free,
	.activate = hier_activate,
	.deactivate = hier_deactivate,
};

static struct irq_domain *hier_make(unsigned int level, unsigned int flags,
				    const struct irq_domain_ops *ops)
{
	const struct irq_domain_info info = {
		.name = hier_chips[level].name,
		.flags = flags,
		.size = HIER_SIZE,
		.parent = level > 0 ? hier_levels[level - 1] : NULL,
		.ops = ops,
	};
	struct irq_domain *domain = NULL;

	tap_equal(irq_domain_create(&info, &domain), 0, "create level %u",
		  level);
	return domain;
}

/* @radix: a bit for each level that has such a map. */
static void hier_build(unsigned int depth, unsigned int radix)
{
	hier_clear();
	hier_depth = depth;
	for (unsigned int level = 0; level < depth; level++)
		hier_levels[level] = hier_make(
			level,
			(radix >> level & 1) != 0 ? IRQ_DOMAIN_FLAG_RADIX : 0,
			&hier_ops);
}

static void hier_take_down(void)
{
	for (unsigned int level = 0; level + 1 < hier_depth; level++)
		tap_equal(irq_domain_remove(hier_levels[level]), -EBUSY,
			  "remove of level %u, which has a child", level);
	for (unsigned int level = hier_depth; level-- > 0;)
		tap_equal(irq_domain_remove(hier_levels[level]), 0,
			  "remove of level %u", level);
}

/* Nothing of an allocation is left in any level. */
static void hier_check_none(const char *when)
{
	for (unsigned int level = 0; level < hier_depth; level++) {
		tap_equal(hier_taken[level], 0, "%s: hwirqs of level %u", when,
			  level);
		tap_equal(hier_levels[level]->mapped, 0, "%s: irqs in level %u",
			  when, level);
		for (unsigned int i = 0; i < HIER_NR; i++)
			tap_equal(irq_find_mapping(hier_levels[level],
						   hier_hwirq(level, i)),
				  0, "%s: mapping of %u in level %u", when, i,
				  level);
	}
	tap_equal(suite_count_irqs(), 0, "%s: irqs", when);
}

static int hier_alloc_irqs(void)
{
	hier_nr_events = 0;
	return irq_domain_alloc_irqs(hier_levels[hier_depth - 1], HIER_NR, 1,
				     NULL);
}

/* Every level knows every irq, and says so everywhere. */
static void hier_check_level(unsigned int level, unsigned int irq)
{
	struct irq_domain *domain = hier_levels[level];

	tap_equal(domain->mapped, HIER_NR, "irqs in level %u", level);
	for (unsigned int i = 0; i < HIER_NR; i++) {
		struct irq_data *data = irq_domain_get_irq_data(domain,
								irq + i);

		tap_equal(irq_find_mapping(domain, hier_hwirq(level, i)),
			  irq + i, "mapping of %u in level %u", i, level);
		if (!tap_expect(data != NULL, "level %u of irq %u", level,
				irq + i))
			continue;
		tap_expect(data->irq == irq + i && data->domain == domain &&
				   data->hwirq == hier_hwirq(level, i) &&
				   data->chip == &hier_chips[level] &&
				   data->chip_data == &hier_taken[level] &&
				   data->common ==
					   irq_get_irq_data(irq + i)->common,
			   "irq_data of level %u of irq %u", level, irq + i);
		tap_expect((data->parent_data == NULL) == (level == 0),
			   "level %u has a parent", level);
	}
}

static void hier_good(unsigned int depth)
{
	int irq;

	irq = hier_alloc_irqs();
	if (!tap_expect(irq > 0, "alloc returned %d", irq))
		return;
	tap_equal(hier_nr_events, depth, "operations");
	for (unsigned int level = 0; level < depth; level++) {
		hier_expect(level, HIER_ALLOC, level, (unsigned int)irq,
			    HIER_NR);
		hier_check_level(level, (unsigned int)irq);
		tap_equal(irq_domain_remove(hier_levels[level]), -EBUSY,
			  "remove of level %u in use", level);
	}
	tap_expect(irq_to_desc((unsigned int)irq)->handle_irq ==
			   handle_simple_irq,
		   "the root's flow handler is kept");
	tap_expect(irq_domain_get_irq_data(NULL, (unsigned int)irq) == NULL,
		   "no level without a domain");
	hier_nr_events = 0;
	/* One from the middle, then the others. */
	tap_equal(irq_domain_free_irqs((unsigned int)irq + 1, 1), 0, "free");
	for (unsigned int level = 0; level < depth; level++)
		hier_expect(level, HIER_FREE, depth - 1 - level,
			    (unsigned int)irq + 1, 1);
	tap_equal(irq_domain_free_irqs((unsigned int)irq, HIER_NR), -EINVAL,
		  "free of a range with a hole");
	tap_equal(hier_nr_events, depth, "operations for one irq");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0, "free");
	tap_equal(irq_domain_free_irqs((unsigned int)irq + 2, 1), 0, "free");
	hier_check_none("after free");
}

static void hier_alloc_fails(unsigned int depth)
{
	for (unsigned int level = 0; level < depth; level++) {
		hier_clear();
		hier_fail.alloc_before = level;
		tap_equal(hier_alloc_irqs(), HIER_ERROR,
			  "level %u fails before its parent", level);
		tap_equal(hier_nr_events, 0, "operations");
		hier_check_none("after that");

		hier_clear();
		hier_fail.alloc_after = level;
		tap_equal(hier_alloc_irqs(), HIER_ERROR,
			  "level %u fails after its parent", level);
		tap_equal(hier_nr_events, 2 * level, "operations");
		for (unsigned int i = 0; i < level; i++) {
			hier_expect(i, HIER_ALLOC, i, HIER_NONE, HIER_NR);
			hier_expect(2 * level - 1 - i, HIER_FREE, i, HIER_NONE,
				    HIER_NR);
		}
		hier_check_none("after that");
	}
	hier_clear();
}

static void hier_activation_fails(unsigned int irq, unsigned int depth)
{
	for (unsigned int level = 0; level < depth; level++) {
		hier_clear();
		hier_fail.activate = level;
		tap_equal(request_irq(irq, hier_handler, 0, "h", NULL),
			  HIER_ERROR, "request when level %u fails", level);
		tap_equal(hier_nr_events, 2 * level + 1, "operations");
		for (unsigned int i = 0; i <= level; i++)
			hier_expect(i, HIER_ACTIVATE, i, irq, 1);
		for (unsigned int i = 0; i < level; i++)
			hier_expect(2 * level - i, HIER_DEACTIVATE, i, irq, 1);
		tap_expect(!irqd_is_activated(irq_get_irq_data(irq)) &&
				   irq_to_desc(irq)->action == NULL,
			   "it is neither active nor attached");
	}
	hier_clear();
}

static void hier_activation(unsigned int depth)
{
	int irq = hier_alloc_irqs();

	if (!tap_expect(irq > 0, "alloc returned %d", irq))
		return;
	hier_activation_fails((unsigned int)irq, depth);
	tap_equal(request_irq((unsigned int)irq, hier_handler, 0, "h", NULL), 0,
		  "request");
	tap_equal(hier_nr_events, depth, "operations of a request");
	for (unsigned int level = 0; level < depth; level++)
		hier_expect(level, HIER_ACTIVATE, level, (unsigned int)irq, 1);
	tap_equal(irq_domain_free_irqs((unsigned int)irq, HIER_NR), -EBUSY,
		  "free of the range with a handler");
	hier_check_level(depth - 1, (unsigned int)irq);
	tap_equal(free_irq((unsigned int)irq, NULL), 0, "free_irq()");
	tap_equal(hier_nr_events, 2 * depth, "operations with the free");
	for (unsigned int level = 0; level < depth; level++)
		hier_expect(depth + level, HIER_DEACTIVATE, depth - 1 - level,
			    (unsigned int)irq, 1);
	tap_equal(irq_domain_free_irqs((unsigned int)irq, HIER_NR), 0, "free");
	hier_check_none("after free");
}

static void hier_of_depth(unsigned int depth, unsigned int radix)
{
	unsigned long memory = host_live();
	unsigned long built;

	tap_subject("%u levels, radix maps 0x%x", depth, radix);
	hier_build(depth, radix);
	hier_good(depth); /* radix maps keep what they grew to */
	built = host_live();
	hier_good(depth);
	hier_alloc_fails(depth);
	hier_activation(depth);
	tap_equal((long long)host_live(), (long long)built, "memory, built");
	hier_take_down();
	tap_equal((long long)host_live(), (long long)memory, "memory at last");
	tap_close();
}

static void hier_set_bases(irq_hw_number_t base)
{
	for (unsigned int level = 0; level < HIER_DEPTH; level++)
		hier_bases[level] = base;
}

/* A number that a level has given to another irq already. */
static void hier_collide(unsigned int other, unsigned int irq)
{
	tap_subject("a hwirq that level %u has given before is -EEXIST", other);
	hier_set_bases(1024 * (other + 1));
	hier_bases[other] = 0;
	tap_equal(hier_alloc_irqs(), -EEXIST, "result");
	tap_equal(hier_nr_events, 6, "operations");
	for (unsigned int level = 0; level < 3; level++) {
		hier_expect(3 + level, HIER_FREE, 2 - level, HIER_NONE,
			    HIER_NR);
		tap_equal(hier_levels[level]->mapped, HIER_NR,
			  "irqs in level %u", level);
		if (level != other)
			tap_equal(irq_find_mapping(hier_levels[level],
						   hier_hwirq(level, 0)),
				  0, "mapping in level %u", level);
	}
	hier_set_bases(0);
	for (unsigned int level = 0; level < 3; level++)
		hier_check_level(level, irq);
	tap_equal(suite_count_irqs(), HIER_NR, "irqs");
	tap_close();
}

static void hier_collisions(void)
{
	unsigned long memory = host_live();
	int irq;

	tap_subject("three levels, the middle one with a radix map");
	hier_build(3, 2);
	irq = hier_alloc_irqs();
	tap_expect(irq > 0, "alloc returned %d", irq);
	tap_close();
	for (unsigned int other = 0; other < 3; other++)
		hier_collide(other, (unsigned int)irq);
	tap_subject("after collisions all can be freed");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, HIER_NR), 0, "free");
	hier_check_none("after free");
	hier_take_down();
	tap_equal((long long)host_live(), (long long)memory, "memory at last");
	tap_close();
}

static void hier_build_each(void)
{
	hier_clear();
	hier_depth = 2;
	hier_levels[0] = hier_make(0, 0, &hier_root_ops);
	hier_levels[1] = hier_make(1, 0, &hier_each_ops);
}

/* The parent is given back exactly what it gave. */
static void hier_one_by_one(void)
{
	tap_subject("a level asks its parent for one irq after the other");
	hier_build_each();
	for (unsigned int at = 0; at < HIER_NR; at++) {
		unsigned int freed = 0;

		hier_clear();
		hier_fail.one_at = at;
		tap_equal(hier_alloc_irqs(), HIER_ERROR, "it fails at %u", at);
		for (unsigned int i = 0; i < hier_nr_events; i++) {
			if (hier_events[i].op == HIER_FREE)
				freed += hier_events[i].nr;
		}
		tap_equal(freed, at, "irqs that the root gets back");
		hier_check_none("after that");
	}
	hier_clear();
	hier_take_down();
	tap_close();
}

static void hier_skips_activation(unsigned int irq)
{
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int levels = i == 0 ? 2 : 1;

		hier_nr_events = 0;
		tap_equal(request_irq(irq + i, hier_handler, 0, "h", NULL), 0,
			  "request");
		tap_equal(free_irq(irq + i, NULL), 0, "free_irq()");
		tap_equal(hier_nr_events, 2 * levels,
			  "levels with a part in %u", i);
		hier_expect(levels - 1, HIER_ACTIVATE, 1, irq + i, 1);
		hier_expect(levels, HIER_DEACTIVATE, 1, irq + i, 1);
	}
}

/* An irq that needs no number of the parent, between others that do. */
static void hier_skips(void)
{
	int irq;

	tap_subject("an irq without a number at the parent");
	hier_build_each();
	hier_fail.skip_at = 1;
	irq = hier_alloc_irqs();
	tap_expect(irq > 0, "alloc returned %d", irq);
	tap_equal(hier_taken[0], 2, "hwirqs of the root");
	tap_equal(irq_domain_get_irq_data(hier_levels[0], (unsigned int)irq + 1)
			  ->allocated,
		  0, "the one in the middle has none");
	tap_equal(irq_domain_get_irq_data(hier_levels[0], (unsigned int)irq + 2)
			  ->allocated,
		  1, "the last has one");
	hier_skips_activation((unsigned int)irq);
	hier_nr_events = 0;
	tap_equal(irq_domain_free_irqs((unsigned int)irq, HIER_NR), 0, "free");
	tap_equal(hier_nr_events, 3, "operations");
	hier_expect(0, HIER_FREE, 1, (unsigned int)irq, HIER_NR);
	hier_expect(1, HIER_FREE, 0, (unsigned int)irq, 1);
	hier_expect(2, HIER_FREE, 0, (unsigned int)irq + 2, 1);
	hier_check_none("after free");
	hier_take_down();
	tap_close();
}

static void hier_bad_parents(void)
{
	static const struct irq_domain_ops map_only;
	const struct irq_domain_info flat = {.name = "flat", .ops = &map_only};
	struct irq_domain_info bad = {.name = "below", .ops = &hier_ops};
	struct irq_domain *parent;
	struct irq_domain *below = NULL;

	tap_subject("create: a parent must have alloc, and so must its child");
	tap_equal(irq_domain_create(&flat, &parent), 0, "create");
	bad.parent = parent;
	tap_equal(irq_domain_create(&bad, &below), -EINVAL, "no alloc there");
	tap_equal(irq_domain_remove(parent), 0, "remove");
	hier_build(1, 0);
	bad.parent = hier_levels[0];
	bad.ops = &map_only;
	tap_equal(irq_domain_create(&bad, &below), -EINVAL, "no alloc here");
	tap_expect(below == NULL, "no result");
	hier_take_down();
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(2, NULL);
	suite_host_warm_up();
	for (unsigned int depth = 1; depth <= HIER_DEPTH; depth++) {
		hier_of_depth(depth, 0);
		hier_of_depth(depth, 0x15);
		hier_of_depth(depth, 0x3f);
	}
	hier_collisions();
	hier_one_by_one();
	hier_skips();
	hier_bad_parents();
	return host_end();
}
