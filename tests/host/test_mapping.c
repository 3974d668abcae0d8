/* SPDX-License-Identifier: MIT */
/*
 * Mappings: interrupts for a number of a controller, or for what firmware
 * says, made once however many ask for them at the same time.
 */
#include "host.h"
#include <string.h>
#include "suites/suite.h"
#include "suite_host.h"

#define MAP_SIZE  4096U
#define MAP_CPUS  4U
#define MAP_FAILS 77U /* the hwirq that the operations refuse */
#define MAP_NODE  ((const void *)&map_nodes[0])

static char map_nodes[8]; /* whose addresses are fwnodes */

/* What the controllers were told. */
static struct {
	unsigned int maps, unmaps; /* of all */
	unsigned int last;	   /* irq of the last unmap */
	unsigned char used[MAP_SIZE];
	unsigned int twice; /* a number that was in use already */
	unsigned int types; /* calls of irq_set_type */
	unsigned int type;
	bool yield; /* let other CPUs in while the lock is held */
} map_seen;

static int map_set_type(struct irq_data *data, unsigned int type)
{
	(void)data;
	map_seen.types++;
	if (type == IRQ_TYPE_LEVEL_LOW)
		return -ENXIO;
	map_seen.type = type;
	return 0;
}

static const struct irq_chip map_chip = {
	.name = "map",
	.irq_set_type = map_set_type,
};

static int map_take(struct irq_domain *domain, unsigned int irq,
		    irq_hw_number_t hwirq)
{
	if (hwirq == MAP_FAILS)
		return -ENODEV;
	if (map_seen.yield)
		host_yield();
	map_seen.maps++;
	map_seen.twice += map_seen.used[hwirq % MAP_SIZE]++;
	irq_domain_set_info(domain, irq, hwirq, &map_chip, NULL,
			    handle_simple_irq);
	return 0;
}

static int map_map(struct irq_domain *domain, unsigned int irq,
		   irq_hw_number_t hwirq)
{
	return map_take(domain, irq, hwirq);
}

static void map_give_back(struct irq_domain *domain, unsigned int irq)
{
	irq_hw_number_t hwirq = irq_domain_get_irq_data(domain, irq)->hwirq;

	map_seen.unmaps++;
	map_seen.last = irq;
	map_seen.used[hwirq % MAP_SIZE]--;
}

/* For domains of the other kind: @arg is what firmware says. */
static int map_alloc(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg)
{
	const struct irq_fwspec *fwspec = arg;

	if (nr != 1)
		return -EINVAL;
	return map_take(domain, irq, fwspec->param[0]);
}

static void map_free(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		map_give_back(domain, irq + i);
}

/* Three cells, the first says how the trigger is to be taken. */
static int map_translate(const struct irq_domain *domain,
			 const struct irq_fwspec *fwspec,
			 irq_hw_number_t *hwirq, unsigned int *type)
{
	(void)domain;
	if (fwspec->param_count != 3 || fwspec->param[0] != 1)
		return -ENOSYS;
	*hwirq = fwspec->param[1];
	*type = fwspec->param[2];
	return 0;
}

static const struct irq_domain_ops map_ops = {
	.map = map_map,
	.unmap = map_give_back,
};
static const struct irq_domain_ops map_ops_keep = {.map = map_map};
static const struct irq_domain_ops map_ops_two = {
	.map = map_map,
	.unmap = map_give_back,
	.translate = irq_domain_translate_twocell,
};
static const struct irq_domain_ops map_ops_three = {
	.map = map_map,
	.unmap = map_give_back,
	.translate = map_translate,
};
static const struct irq_domain_ops map_ops_alloc = {
	.alloc = map_alloc,
	.free = map_free,
	.translate = irq_domain_translate_twocell,
};
static const struct irq_domain_ops map_ops_none;

static struct irq_domain *map_make(const struct irq_domain_ops *ops,
				   unsigned int flags, const void *fwnode)
{
	const struct irq_domain_info info = {
		.name = "map",
		.flags = flags,
		.size = MAP_SIZE,
		.fwnode = fwnode,
		.ops = ops,
	};
	struct irq_domain *domain = NULL;

	memset(&map_seen, 0, sizeof(map_seen));
	tap_equal(irq_domain_create(&info, &domain), 0, "create");
	return domain;
}

/* Nothing is left anywhere. */
static void map_end(struct irq_domain *domain)
{
	tap_equal(map_seen.maps, map_seen.unmaps, "maps, and unmaps");
	tap_equal(map_seen.twice, 0, "numbers taken twice");
	tap_equal(suite_count_irqs(), 0, "irqs at last");
	tap_equal(irq_domain_remove(domain), 0, "remove");
}

static irqreturn_t map_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void map_flat(unsigned int flags)
{
	struct irq_domain *domain;
	int irq, other;

	tap_subject("create, find and dispose, flags %u", flags);
	domain = map_make(&map_ops, flags, NULL);
	tap_equal(irq_find_mapping(domain, 5), 0, "nothing there");
	irq = irq_create_mapping(domain, 5);
	tap_expect(irq > 0, "create: %d", irq);
	tap_equal(irq_find_mapping(domain, 5), irq, "found");
	tap_equal(irq_create_mapping(domain, 5), irq, "the same again");
	tap_equal(map_seen.maps, 1, "maps");
	tap_equal(domain->mapped, 1, "irqs in the domain");
	tap_expect(irq_get_irq_data((unsigned int)irq)->hwirq == 5 &&
			   irq_get_irq_data((unsigned int)irq)->domain ==
				   domain,
		   "its hwirq and domain");
	tap_equal(irq_get_irq_data((unsigned int)irq)->common->node,
		  NUMA_NO_NODE, "its node");
	other = irq_create_mapping(domain, MAP_SIZE - 1);
	tap_expect(other > 0 && other != irq, "the last one: %d", other);
	tap_equal(irq_domain_remove(domain), -EBUSY, "remove in use");
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	tap_equal(map_seen.last, irq, "what was unmapped");
	tap_equal(irq_find_mapping(domain, 5), 0, "it is gone");
	tap_equal(irq_find_mapping(domain, MAP_SIZE - 1), other,
		  "the other is not");
	tap_equal(irq_dispose_mapping((unsigned int)irq), -EINVAL, "again");
	tap_equal(irq_dispose_mapping((unsigned int)other), 0, "dispose");
	map_end(domain);
	tap_close();
}

static void map_create_errors(unsigned int flags)
{
	struct irq_domain *domain, *none, *alloc;

	tap_subject("create: what cannot be, flags %u", flags);
	none = map_make(&map_ops_none, flags, NULL);
	alloc = map_make(&map_ops_alloc, flags, NULL);
	domain = map_make(&map_ops, flags, NULL);
	tap_equal(irq_create_mapping(NULL, 1), -EINVAL, "no domain");
	tap_equal(irq_create_mapping(none, 1), -EINVAL, "no map operation");
	tap_equal(irq_create_mapping(alloc, 1), -EINVAL, "alloc instead");
	tap_equal(irq_create_mapping(domain, MAP_SIZE), -EINVAL, "the size");
	tap_equal(irq_create_mapping(domain, ~0UL), -EINVAL, "all ones");
	tap_equal(irq_create_mapping(domain, MAP_FAILS), -ENODEV,
		  "one that the controller refuses");
	tap_equal(irq_find_mapping(domain, MAP_FAILS), 0, "it is not there");
	tap_equal(domain->mapped, 0, "irqs in the domain");
	tap_equal(map_seen.unmaps, 0, "what was not mapped is not unmapped");
	tap_equal(irq_domain_remove(none), 0, "remove");
	tap_equal(irq_domain_remove(alloc), 0, "remove");
	map_end(domain);
	tap_close();
}

static void map_dispose_errors(void)
{
	struct irq_domain *domain;
	unsigned long state;
	unsigned int irq;
	int plain;

	tap_subject("dispose: what is refused changes nothing");
	domain = map_make(&map_ops, 0, NULL);
	irq = (unsigned int)irq_create_mapping(domain, 9);
	plain = irq_alloc_descs(-1, 1, 1, 0);
	tap_equal(irq_dispose_mapping(0), -EINVAL, "0");
	tap_equal(irq_dispose_mapping(IRQKIT_NR_IRQS), -EINVAL, "the limit");
	tap_equal(irq_dispose_mapping(~0U), -EINVAL, "all ones");
	tap_equal(irq_dispose_mapping(irq + 7), -EINVAL, "not allocated");
	tap_equal(irq_dispose_mapping((unsigned int)plain), -EINVAL,
		  "one without a domain");
	tap_equal(request_irq(irq, map_handler, 0, "m", NULL), 0, "request");
	tap_equal(irq_dispose_mapping(irq), -EBUSY, "one with a handler");
	tap_equal(free_irq(irq, NULL), 0, "free_irq()");
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(0);
	tap_equal(irq_dispose_mapping(irq), -EDEADLK, "from a handler");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	tap_equal(map_seen.unmaps, 0, "unmaps");
	tap_equal(irq_find_mapping(domain, 9), irq, "it is still there");
	tap_equal(irq_dispose_mapping(irq), 0, "dispose");
	tap_equal(irq_free_descs((unsigned int)plain, 1), 0, "free");
	map_end(domain);
	tap_close();
}

/* A range is unmapped one by one; without the operation nothing is called. */
static void map_free_range(void)
{
	struct irq_domain *domain;
	int irq;

	tap_subject("mappings in a row are freed in one call");
	domain = map_make(&map_ops, 0, NULL);
	irq = irq_create_mapping(domain, 1);
	tap_equal(irq_create_mapping(domain, 2), irq + 1, "the next");
	tap_equal(irq_create_mapping(domain, 3), irq + 2, "the next");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 3), 0, "free");
	tap_equal(map_seen.unmaps, 3, "unmaps");
	map_end(domain);
	domain = map_make(&map_ops_keep, 0, NULL);
	irq = irq_create_mapping(domain, 1);
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "no unmap");
	tap_equal(irq_find_mapping(domain, 1), 0, "it is gone");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

static void map_cells(void)
{
	struct irq_fwspec fwspec = {.param_count = 0, .param = {300, 4}};
	irq_hw_number_t hwirq = 1;
	unsigned int type = 9;

	tap_subject("one cell and two");
	tap_equal(irq_domain_translate_onecell(NULL, &fwspec, &hwirq, &type),
		  -EINVAL, "one of none");
	tap_equal(irq_domain_translate_twocell(NULL, &fwspec, &hwirq, &type),
		  -EINVAL, "two of none");
	fwspec.param_count = 1;
	tap_equal(irq_domain_translate_twocell(NULL, &fwspec, &hwirq, &type),
		  -EINVAL, "two of one");
	tap_expect(hwirq == 1 && type == 9, "nothing is changed");
	tap_equal(irq_domain_translate_onecell(NULL, &fwspec, &hwirq, &type), 0,
		  "one of one");
	tap_expect(hwirq == 300 && type == IRQ_TYPE_NONE, "%lu, type %u", hwirq,
		   type);
	fwspec.param_count = 3;
	tap_equal(irq_domain_translate_onecell(NULL, &fwspec, &hwirq, &type), 0,
		  "one of three");
	for (unsigned int cell = 0; cell < 20; cell++) {
		bool good = cell <= 4 || cell == 8;

		fwspec.param[1] = cell;
		fwspec.param_count = cell % 2 + 2;
		hwirq = 1;
		type = 99;
		tap_equal(irq_domain_translate_twocell(NULL, &fwspec, &hwirq,
						       &type),
			  good ? 0 : -EINVAL, "trigger %u", cell);
		tap_expect(hwirq == (good ? 300 : 1) &&
				   type == (good ? cell : 99),
			   "%lu, type %u", hwirq, type);
	}
	tap_close();
}

/* What firmware says of number @hwirq at the controller of MAP_NODE. */
static int map_fwspec(unsigned int cells, uint32_t a, uint32_t b, uint32_t c)
{
	const struct irq_fwspec fwspec = {
		.fwnode = MAP_NODE,
		.param_count = cells,
		.param = {a, b, c},
	};

	return irq_create_fwspec_mapping(&fwspec);
}

static void map_fwspec_errors(void)
{
	struct irq_fwspec fwspec = {.fwnode = MAP_NODE, .param_count = 1};
	struct irq_domain *domain, *ipi, *none;
	struct irq_domain_info info = {
		.name = "ipi",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.fwnode = &map_nodes[1],
		.ops = &map_ops_alloc,
	};

	tap_subject("firmware: what cannot be");
	tap_equal(irq_create_fwspec_mapping(NULL), -EINVAL, "NULL");
	tap_equal(irq_create_fwspec_mapping(&fwspec), -ENOENT, "no domain");
	domain = map_make(&map_ops_two, 0, MAP_NODE);
	tap_equal(irq_domain_create(&info, &ipi), 0, "an IPI domain");
	none = map_make(&map_ops_none, 0, &map_nodes[2]);
	tap_equal(map_fwspec(0, 0, 0, 0), -EINVAL, "no cells");
	tap_equal(map_fwspec(1, 0, 0, 0), -EINVAL, "a cell too few");
	tap_equal(map_fwspec(IRQKIT_IRQ_DOMAIN_MAX_PARAMS + 1, 0, 1, 0),
		  -EINVAL, "too many cells");
	tap_equal(map_fwspec(2, 1, 5, 0), -EINVAL, "no such trigger");
	tap_equal(map_fwspec(2, MAP_SIZE, 1, 0), -EINVAL, "beyond the size");
	tap_equal(map_fwspec(2, MAP_FAILS, 1, 0), -ENODEV,
		  "one that the controller refuses");
	tap_equal(map_seen.maps, 0, "maps");
	fwspec.fwnode = NULL;
	tap_equal(irq_create_fwspec_mapping(&fwspec), -ENOENT, "no fwnode");
	fwspec.fwnode = &map_nodes[3];
	tap_equal(irq_create_fwspec_mapping(&fwspec), -ENOENT, "another");
	fwspec.fwnode = &map_nodes[1];
	fwspec.param_count = 2;
	tap_equal(irq_create_fwspec_mapping(&fwspec), -EINVAL, "IPIs");
	fwspec.fwnode = &map_nodes[2];
	tap_equal(irq_create_fwspec_mapping(&fwspec), -EINVAL,
		  "a domain that makes none");
	tap_equal(irq_domain_remove(ipi), 0, "remove");
	tap_equal(irq_domain_remove(none), 0, "remove");
	map_end(domain);
	tap_equal(irq_create_fwspec_mapping(&fwspec), -ENOENT,
		  "a domain that was removed");
	tap_close();
}

static void map_fwspec_type(const struct irq_domain_ops *ops,
			    unsigned int flags)
{
	struct irq_domain *domain;
	const struct irq_data *data;
	int irq;

	tap_subject("firmware: the trigger, %s, flags %u",
		    ops->alloc != NULL ? "alloc" : "map", flags);
	domain = map_make(ops, flags, MAP_NODE);
	irq = map_fwspec(2, 20, IRQ_TYPE_LEVEL_HIGH, 0);
	if (!tap_expect(irq > 0, "create: %d", irq)) {
		tap_close();
		return;
	}
	data = irq_get_irq_data((unsigned int)irq);
	tap_equal(irq_find_mapping(domain, 20), irq, "found");
	tap_equal(irqd_get_trigger_type(data), IRQ_TYPE_LEVEL_HIGH, "type");
	tap_equal(map_seen.type, IRQ_TYPE_LEVEL_HIGH, "type at the chip");
	tap_equal(map_fwspec(2, 20, IRQ_TYPE_LEVEL_HIGH, 0), irq, "the same");
	tap_equal(map_fwspec(2, 20, IRQ_TYPE_NONE, 0), irq, "any trigger");
	tap_equal(map_fwspec(2, 20, IRQ_TYPE_EDGE_RISING, 0), -EBUSY,
		  "another trigger");
	tap_equal(map_seen.types, 1, "calls of irq_set_type");
	tap_equal(irq_find_mapping(domain, 20), irq, "it is still there");
	tap_equal(irqd_get_trigger_type(data), IRQ_TYPE_LEVEL_HIGH, "type");
	tap_equal(map_fwspec(2, 21, IRQ_TYPE_LEVEL_LOW, 0), -ENXIO,
		  "one that the chip refuses");
	tap_equal(irq_find_mapping(domain, 21), 0, "it is not there");
	tap_equal(map_seen.unmaps, 1, "unmaps");
	tap_equal(suite_count_irqs(), 1, "irqs");
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	irq = map_fwspec(2, 22, IRQ_TYPE_NONE, 0);
	tap_expect(irq > 0, "any trigger: %d", irq);
	tap_equal(map_fwspec(2, 22, IRQ_TYPE_LEVEL_LOW, 0), -ENXIO,
		  "then one that the chip refuses");
	tap_equal(map_fwspec(2, 22, IRQ_TYPE_EDGE_BOTH, 0), irq,
		  "then one that it takes");
	data = irq_get_irq_data((unsigned int)irq);
	tap_equal(irqd_get_trigger_type(data), IRQ_TYPE_EDGE_BOTH, "type");
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	map_end(domain);
	tap_close();
}

static void map_fwspec_cells(void)
{
	struct irq_domain *domain;
	int irq;

	tap_subject("firmware: a domain's own translate, or one cell");
	domain = map_make(&map_ops_three, 0, MAP_NODE);
	tap_equal(map_fwspec(2, 1, 30, 0), -ENOSYS, "its own error");
	tap_equal(map_fwspec(3, 1, 30, 7), -EINVAL, "no such trigger");
	irq = map_fwspec(3, 1, 30, IRQ_TYPE_EDGE_FALLING);
	tap_equal(irq_find_mapping(domain, 30), irq, "three cells");
	tap_equal(map_seen.type, IRQ_TYPE_EDGE_FALLING, "type");
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	map_end(domain);
	domain = map_make(&map_ops, 0, MAP_NODE);
	irq = map_fwspec(1, 31, IRQ_TYPE_LEVEL_LOW, 0);
	tap_equal(irq_find_mapping(domain, 31), irq, "one cell");
	tap_equal(map_seen.types, 0, "no trigger");
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	map_end(domain);
	tap_close();
}

/* A number that no map holds is another interrupt each time. */
static void map_fwspec_beyond(void)
{
	struct irq_domain *domain;
	int irq, other;

	tap_subject("firmware: a number beyond the size, with alloc");
	domain = map_make(&map_ops_alloc, IRQ_DOMAIN_FLAG_RADIX, MAP_NODE);
	irq = map_fwspec(2, MAP_SIZE, 1, 0);
	tap_expect(irq > 0, "create: %d", irq);
	tap_equal(irq_find_mapping(domain, MAP_SIZE), 0, "not to be found");
	other = map_fwspec(2, MAP_SIZE + 1, 1, 0);
	tap_expect(other > 0 && other != irq, "another: %d", other);
	tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	tap_equal(irq_dispose_mapping((unsigned int)other), 0, "dispose");
	map_end(domain);
	tap_close();
}

/* All CPUs at once. */
static struct {
	struct irq_domain *domain;
	irq_hw_number_t hwirq;
	bool fwspec;
	uint32_t type[MAP_CPUS];
	int result[MAP_CPUS];
} map_race;

static void map_race_create(void *argument)
{
	unsigned int cpu = irqkit_port_cpu();

	(void)argument;
	map_race.result[cpu] = map_race.fwspec
				       ? map_fwspec(2, (uint32_t)map_race.hwirq,
						    map_race.type[cpu], 0)
				       : irq_create_mapping(map_race.domain,
							    map_race.hwirq);
}

static void map_race_round(irq_hw_number_t hwirq)
{
	unsigned int maps = map_seen.maps;

	map_race.hwirq = hwirq;
	suite_run_on_mask(cpu_online_mask, map_race_create, NULL);
	tap_equal(map_seen.maps, maps + 1, "maps of %lu", hwirq);
	for (unsigned int cpu = 0; cpu < MAP_CPUS; cpu++)
		tap_equal(map_race.result[cpu],
			  irq_find_mapping(map_race.domain, hwirq),
			  "%lu on cpu %u", hwirq, cpu);
	tap_equal(suite_count_irqs(), 1, "irqs");
	tap_equal(irq_dispose_mapping((unsigned int)map_race.result[0]), 0,
		  "dispose");
}

static void map_races(const struct irq_domain_ops *ops, unsigned int flags)
{
	unsigned long memory = host_live();

	tap_subject("all CPUs make the same mapping, %s, flags %u",
		    ops->alloc != NULL ? "alloc" : "map", flags);
	map_race.domain = map_make(ops, flags, MAP_NODE);
	map_race.fwspec = ops->alloc != NULL;
	memset(map_race.type, 0, sizeof(map_race.type));
	/* First where the map has to grow, then where it has grown. */
	for (unsigned int i = 0; i < 120; i++) {
		map_seen.yield = i % 2 != 0;
		map_race_round(i * 67 % MAP_SIZE);
	}
	map_seen.yield = false;
	map_end(map_race.domain);
	tap_equal((long long)host_live(), (long long)memory, "memory at last");
	tap_close();
}

/* Two want it with one trigger, two with another: two get it. */
static void map_type_race(const struct irq_domain_ops *ops)
{
	tap_subject("CPUs make the same mapping with other triggers, %s",
		    ops->alloc != NULL ? "alloc" : "map");
	map_race.domain = map_make(ops, 0, MAP_NODE);
	map_race.fwspec = true;
	for (unsigned int i = 0; i < 60; i++) {
		unsigned int winner;
		unsigned int got = 0;
		int irq;

		for (unsigned int cpu = 0; cpu < MAP_CPUS; cpu++)
			map_race.type[cpu] = cpu % 2 == 0 ? IRQ_TYPE_EDGE_RISING
							  : IRQ_TYPE_EDGE_BOTH;
		map_race.hwirq = i + 1;
		map_seen.yield = i % 2 != 0;
		suite_run_on_mask(cpu_online_mask, map_race_create, NULL);
		irq = (int)irq_find_mapping(map_race.domain, i + 1);
		if (!tap_expect(irq > 0, "somebody made it"))
			break;
		winner = irqd_get_trigger_type(
			irq_get_irq_data((unsigned int)irq));
		for (unsigned int cpu = 0; cpu < MAP_CPUS; cpu++) {
			bool won = map_race.type[cpu] == winner;

			tap_equal(map_race.result[cpu], won ? irq : -EBUSY,
				  "cpu %u", cpu);
			got += won;
		}
		tap_equal(got, 2, "CPUs that got it");
		tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	}
	map_seen.yield = false;
	map_end(map_race.domain);
	tap_close();
}

/* Two want it with a trigger that the chip refuses, two with a good one. */
static void map_refused_race(const struct irq_domain_ops *ops)
{
	tap_subject("CPUs make the same mapping, one trigger is refused, %s",
		    ops->alloc != NULL ? "alloc" : "map");
	map_race.domain = map_make(ops, 0, MAP_NODE);
	map_race.fwspec = true;
	for (unsigned int cpu = 0; cpu < MAP_CPUS; cpu++)
		map_race.type[cpu] = cpu % 2 == 0 ? IRQ_TYPE_LEVEL_LOW
						  : IRQ_TYPE_EDGE_BOTH;
	for (unsigned int i = 0; i < 200; i++) {
		int irq;

		map_race.hwirq = MAP_FAILS + 1 + i;
		map_seen.yield = i % 2 != 0;
		suite_run_on_mask(cpu_online_mask, map_race_create, NULL);
		irq = (int)irq_find_mapping(map_race.domain, map_race.hwirq);
		if (!tap_expect(irq > 0, "round %u: somebody made it", i))
			break;
		for (unsigned int cpu = 0; cpu < MAP_CPUS; cpu++) {
			int result = map_race.result[cpu];

			if (cpu % 2 != 0)
				tap_equal(result, irq, "cpu %u", cpu);
			else
				tap_expect(result == -ENXIO || result == -EBUSY,
					   "cpu %u: %d", cpu, result);
		}
		tap_equal(irq_dispose_mapping((unsigned int)irq), 0, "dispose");
	}
	map_seen.yield = false;
	map_end(map_race.domain);
	tap_close();
}

/*
 * Look-ups while others create and dispose: a CPU in a dispatch that found a
 * descriptor may use it until the end, and it is that of the number.
 */
static bool map_over;
static unsigned int map_found;
static unsigned int map_wrong;

static void map_look_up(void *argument)
{
	unsigned int cpu = irqkit_port_cpu();
	uint32_t random = SUITE_SEED + cpu;

	(void)argument;
	while (!map_over) {
		irq_hw_number_t hwirq = suite_random(&random) % 8;
		unsigned long state = irqkit_port_irq_save();
		const struct irq_desc *desc;

		irqkit_dispatch_enter(cpu);
		desc = irq_find_desc(map_race.domain, hwirq);
		if (desc != NULL) {
			unsigned int irq = desc->irq_data.irq;

			map_found++;
			irqkit_port_relax();
			irqkit_port_relax();
			if (desc->irq_data.irq != irq ||
			    desc->irq_data.hwirq != hwirq ||
			    desc->irq_data.domain != map_race.domain)
				map_wrong++;
		}
		irqkit_dispatch_exit(cpu);
		irqkit_port_irq_restore(state);
		host_yield();
	}
}

/* What another disposes of at the same time may be gone: -EINVAL. */
static void map_churn(void *argument)
{
	uint32_t random = SUITE_SEED + irqkit_port_cpu();

	(void)argument;
	while (!map_over) {
		uint32_t hwirq = suite_random(&random) % 8;
		int irq = map_fwspec(2, hwirq, IRQ_TYPE_EDGE_RISING, 0);

		if (irq < 0 && irq != -EINVAL)
			map_wrong++;
		host_yield();
		if (irq > 0)
			irq_dispose_mapping((unsigned int)irq);
	}
}

static void map_against_dispose(unsigned int flags)
{
	unsigned int irq;

	tap_subject("look-ups against create and dispose, flags %u", flags);
	map_race.domain = map_make(&map_ops_two, flags, MAP_NODE);
	map_over = false;
	map_found = 0;
	host_give_work(1, map_look_up, NULL);
	host_give_work(2, map_look_up, NULL);
	host_give_work(3, map_churn, NULL);
	for (unsigned int i = 0; i < 3000; i++) {
		int made = irq_create_mapping(map_race.domain, i % 8);

		tap_expect(made > 0, "create: %d", made);
		host_yield();
		if (made > 0)
			irq_dispose_mapping((unsigned int)made);
	}
	map_over = true;
	while (!host_is_idle(1) || !host_is_idle(2) || !host_is_idle(3))
		host_yield();
	tap_expect(map_found > 100, "%u were found", map_found);
	tap_equal(map_wrong, 0, "descriptors that became another's");
	for_each_active_irq (irq)
		irq_dispose_mapping(irq);
	map_end(map_race.domain);
	tap_close();
}

static void map_too_early(void)
{
	struct irq_domain *domain;

	tap_subject("before irqkit_init() there are no mappings");
	domain = map_make(&map_ops, 0, MAP_NODE);
	tap_equal(irq_create_mapping(domain, 1), -EINVAL, "create");
	tap_equal(map_fwspec(1, 1, 0, 0), -EINVAL, "firmware");
	tap_equal(map_seen.maps, 0, "maps");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	domain = map_make(&map_ops_alloc, 0, MAP_NODE);
	tap_equal(irq_domain_alloc_irqs(domain, 1, 0, NULL), -EINVAL, "alloc");
	tap_equal(map_fwspec(2, 1, 1, 0), -EINVAL, "firmware");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

int main(void)
{
	host_begin();
	map_too_early();
	host_start(MAP_CPUS, NULL);
	suite_host_warm_up();
	for (unsigned int flags = 0; flags <= IRQ_DOMAIN_FLAG_RADIX;
	     flags += IRQ_DOMAIN_FLAG_RADIX) {
		map_flat(flags);
		map_create_errors(flags);
		map_fwspec_type(&map_ops_two, flags);
		map_fwspec_type(&map_ops_alloc, flags);
		map_races(&map_ops, flags);
		map_races(&map_ops_alloc, flags);
		map_against_dispose(flags);
	}
	map_dispose_errors();
	map_free_range();
	map_cells();
	map_fwspec_errors();
	map_fwspec_cells();
	map_fwspec_beyond();
	map_type_race(&map_ops_two);
	map_type_race(&map_ops_alloc);
	map_refused_race(&map_ops_two);
	map_refused_race(&map_ops_alloc);
	return host_end();
}
