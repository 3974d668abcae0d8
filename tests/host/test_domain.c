/* SPDX-License-Identifier: MIT */
/* Domains: making and removing them, and the map from hwirq to irq. */
#include "host.h"
#include "suites/suite.h"

#define DOMAIN_SIZE 16U

/* An ordinary controller: @arg is the first hwirq; it can fail at an irq. */
static struct {
	unsigned int allocs;
	unsigned int frees;
	unsigned int fail_at; /* the so-many-th irq, 0: none */
} domain_seen;

static const struct irq_chip domain_chip = {.name = "plain"};

static int domain_alloc(struct irq_domain *domain, unsigned int irq,
			unsigned int nr, const void *arg)
{
	const irq_hw_number_t *first = arg;

	for (unsigned int i = 0; i < nr; i++) {
		if (domain_seen.fail_at == i + 1)
			return -ENODEV;
		irq_domain_set_info(domain, irq + i, *first + i, &domain_chip,
				    &domain_seen, handle_percpu_irq);
	}
	domain_seen.allocs += nr;
	return 0;
}

static void domain_free(struct irq_domain *domain, unsigned int irq,
			unsigned int nr)
{
	(void)domain;
	(void)irq;
	domain_seen.frees += nr;
}

static const struct irq_domain_ops domain_ops = {
	.alloc = domain_alloc,
	.free = domain_free,
};
static int domain_map_one(struct irq_domain *domain, unsigned int irq,
			  irq_hw_number_t hwirq)
{
	irq_domain_set_info(domain, irq, hwirq, &domain_chip, NULL, NULL);
	return 0;
}

static const struct irq_domain_ops domain_both = {
	.alloc = domain_alloc,
	.free = domain_free,
	.map = domain_map_one,
};
static const struct irq_domain_ops domain_no_free = {.alloc = domain_alloc};
static const struct irq_domain_ops domain_no_alloc = {.free = domain_free};
static const struct irq_domain_ops domain_no_ops;

static void domain_refuse(const struct irq_domain_info *info, const char *what)
{
	struct irq_domain *domain = (struct irq_domain *)&domain_seen;

	tap_equal(irq_domain_create(info, &domain), -EINVAL, "%s", what);
	tap_expect(domain == (struct irq_domain *)&domain_seen,
		   "%s: the result is unchanged", what);
}

static void domain_create_errors(void)
{
	const struct irq_domain_info good = {
		.name = "plain",
		.size = DOMAIN_SIZE,
		.ops = &domain_ops,
	};
	struct irq_domain_info bad = good;

	unsigned long memory = host_live();

	tap_subject("create: what is wrong is -EINVAL");
	domain_refuse(NULL, "no info");
	tap_equal(irq_domain_create(&good, NULL), -EINVAL, "no result");
	bad.name = NULL;
	domain_refuse(&bad, "no name");
	bad = good;
	bad.ops = NULL;
	domain_refuse(&bad, "no operations");
	bad.ops = &domain_no_free;
	domain_refuse(&bad, "alloc without free");
	bad.ops = &domain_no_alloc;
	domain_refuse(&bad, "free without alloc");
	bad.ops = &domain_no_ops;
	bad.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE;
	domain_refuse(&bad, "an IPI domain without alloc");
	bad = good;
	bad.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE | IRQ_DOMAIN_FLAG_IPI_PER_CPU;
	domain_refuse(&bad, "both kinds");
	bad.flags = 1U << 7;
	domain_refuse(&bad, "an unknown flag");
	bad = good;
	bad.ops = &domain_both;
	domain_refuse(&bad, "map and alloc");
	bad = good;
	bad.size = 1048577;
	domain_refuse(&bad, "too large");
	bad.size = ~0UL;
	domain_refuse(&bad, "all there is");
	bad.size = 0;
	bad.flags = IRQ_DOMAIN_FLAG_RADIX;
	domain_refuse(&bad, "a radix map of none");
	tap_equal((long long)host_live(), (long long)memory,
		  "memory afterwards");
	tap_close();
}

static struct irq_domain *domain_make(unsigned int size)
{
	const struct irq_domain_info info = {
		.name = "plain",
		.size = size,
		.ops = &domain_ops,
		.host_data = &domain_seen,
	};
	struct irq_domain *domain = NULL;

	tap_equal(irq_domain_create(&info, &domain), 0, "create");
	return domain;
}

static void domain_kinds(void)
{
	struct irq_domain_info info = {.name = "ipi", .ops = &domain_ops};
	struct irq_domain *domain;

	tap_subject("the kinds of IPI domain");
	for (unsigned int kind = 0; kind < 3; kind++) {
		info.flags = kind; /* none, single, per-CPU */
		if (!tap_equal(irq_domain_create(&info, &domain), 0, "create"))
			continue;
		tap_equal(irq_domain_is_ipi_single(domain), kind == 1,
			  "single of kind %u", kind);
		tap_equal(irq_domain_is_ipi_per_cpu(domain), kind == 2,
			  "per-CPU of kind %u", kind);
		tap_equal(irq_domain_is_ipi(domain), kind != 0, "IPI of %u",
			  kind);
		tap_expect(irq_find_desc(domain, 0) == NULL, "no hwirq 0");
		tap_equal(irq_domain_remove(domain), 0, "remove");
	}
	tap_close();
}

static void domain_map(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	irq_hw_number_t hwirq = DOMAIN_SIZE - 3;
	int irq;

	tap_subject("hwirqs below the size are found, others exist");
	irq = irq_domain_alloc_irqs(domain, 5, 1, &hwirq);
	tap_expect(irq > 0, "alloc returned %d", irq);
	for (unsigned int i = 0; i < 5; i++) {
		unsigned int found = irq_find_mapping(domain, hwirq + i);
		const struct irq_data *data =
			irq_get_irq_data((unsigned int)irq + i);

		tap_equal(found, i < 3 ? irq + (int)i : 0, "hwirq %lu",
			  hwirq + i);
		tap_expect(data->domain == domain && data->hwirq == hwirq + i &&
				   data->chip == &domain_chip &&
				   data->chip_data == &domain_seen,
			   "what irq_domain_set_info() said of %u", i);
		tap_equal(data->common->node, 1, "node");
	}
	tap_equal(irq_find_mapping(domain, 0), 0, "a free hwirq");
	tap_equal(irq_find_mapping(domain, ~0UL), 0, "hwirq ~0");
	tap_equal(irq_find_mapping(NULL, 0), 0, "no domain");
	tap_equal(irq_domain_remove(domain), -EBUSY, "remove in use");
	tap_equal(irq_domain_free_irqs((unsigned int)irq + 1, 1), 0,
		  "free of one in the middle");
	tap_equal(irq_find_mapping(domain, hwirq + 1), 0, "its hwirq");
	tap_equal(irq_find_mapping(domain, hwirq), irq, "its neighbour");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 5), -EINVAL,
		  "free of all, one being gone");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0, "free");
	tap_equal(irq_domain_remove(domain), -EBUSY, "remove still in use");
	tap_equal(irq_domain_free_irqs((unsigned int)irq + 2, 3), 0, "free");
	tap_equal(domain_seen.allocs, domain_seen.frees, "freed there");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

static void domain_irq_errors(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	struct irq_domain *other = domain_make(DOMAIN_SIZE);
	irq_hw_number_t hwirq = 1;
	int a, b, plain;

	tap_subject("alloc and free of irqs: what is wrong is refused");
	tap_equal(irq_domain_alloc_irqs(NULL, 1, 0, &hwirq), -EINVAL,
		  "no domain");
	tap_equal(irq_domain_alloc_irqs(domain, 0, 0, &hwirq), -EINVAL, "none");
	tap_expect(irq_domain_alloc_irqs(domain, ~0U, 0, &hwirq) < 0,
		   "~0U of them");
	tap_expect(irq_domain_alloc_irqs(domain, IRQKIT_NR_IRQS, 0, &hwirq) < 0,
		   "more than there are");
	a = irq_domain_alloc_irqs(domain, 1, 0, &hwirq);
	b = irq_domain_alloc_irqs(other, 1, 0, &hwirq);
	plain = irq_alloc_descs(-1, 1, 1, 0);
	tap_equal(b, a + 1, "the numbers are neighbours");
	tap_equal(irq_domain_free_irqs((unsigned int)a, 2), -EINVAL,
		  "free over two domains");
	tap_equal(irq_domain_free_irqs((unsigned int)b, 2), -EINVAL,
		  "free of one without a domain too");
	tap_equal(irq_domain_free_irqs((unsigned int)plain, 1), -EINVAL,
		  "free of one without a domain");
	tap_equal(irq_free_descs((unsigned int)a, 1), -EINVAL,
		  "irq_free_descs() of one with a domain");
	tap_equal(irq_domain_free_irqs((unsigned int)a, 0), -EINVAL, "none");
	tap_equal(irq_domain_free_irqs(0, 1), -EINVAL, "irq 0");
	tap_equal(irq_domain_free_irqs(~0U, 1), -EINVAL, "irq ~0U");
	tap_equal(irq_domain_free_irqs((unsigned int)a, ~0U), -EINVAL,
		  "~0U of them");
	tap_equal(suite_count_irqs(), 3, "irqs after what was refused");
	tap_equal(irq_find_mapping(domain, 1), a, "mapping of one");
	tap_equal(irq_find_mapping(other, 1), b, "mapping of the other");
	tap_equal(irq_domain_free_irqs((unsigned int)a, 1), 0, "free");
	tap_equal(irq_domain_free_irqs((unsigned int)b, 1), 0, "free");
	tap_equal(irq_free_descs((unsigned int)plain, 1), 0, "free");
	tap_equal(irq_domain_remove(NULL), -EINVAL, "remove of NULL");
	tap_equal(irq_domain_remove(other), 0, "remove");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

static void domain_without_alloc(void)
{
	const struct irq_domain_info info = {
		.name = "none",
		.ops = &domain_no_ops,
	};
	struct irq_domain *domain;

	tap_subject("a domain without an alloc operation has no irqs");
	tap_equal(irq_domain_create(&info, &domain), 0, "create");
	tap_equal(irq_domain_alloc_irqs(domain, 1, 0, NULL), -EINVAL, "alloc");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

static void domain_alloc_fails(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	irq_hw_number_t hwirq = 4;

	tap_subject("an alloc operation that fails leaves nothing behind");
	for (unsigned int at = 1; at <= 4; at++) {
		domain_seen.fail_at = at;
		tap_equal(irq_domain_alloc_irqs(domain, 4, 0, &hwirq), -ENODEV,
			  "result when irq %u fails", at);
		tap_equal(suite_count_irqs(), 0, "irqs afterwards");
		for (irq_hw_number_t i = 0; i < DOMAIN_SIZE; i++)
			tap_equal(irq_find_mapping(domain, i), 0,
				  "mapping of %lu", i);
	}
	domain_seen.fail_at = 0;
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

/* The largest sizes there are, and the smallest. */
static void domain_sizes(void)
{
	static const irq_hw_number_t sizes[] = {0, 1, 1048576};
	unsigned long memory = host_live();

	tap_subject("linear maps of all sizes");
	for (unsigned int i = 0; i < 3; i++) {
		irq_hw_number_t hwirq = sizes[i] - 1;
		struct irq_domain *domain = domain_make((unsigned int)sizes[i]);
		int irq = irq_domain_alloc_irqs(domain, 2, 0, &hwirq);

		tap_expect(irq > 0, "alloc: %d", irq);
		tap_equal(irq_find_mapping(domain, hwirq), i > 0 ? irq : 0,
			  "the last of %lu", sizes[i]);
		tap_equal(irq_find_mapping(domain, hwirq + 1), 0,
			  "the one after");
		tap_equal(irq_domain_free_irqs((unsigned int)irq, 2), 0,
			  "free");
		tap_equal(irq_domain_remove(domain), 0, "remove");
	}
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_close();
}

static void domain_fwnodes(void)
{
	static char nodes[4];
	struct irq_domain_info info = {.name = "fw", .ops = &domain_ops};
	struct irq_domain *domains[4];
	struct irq_domain *other = NULL;
	unsigned long memory = host_live();

	tap_subject("domains are found by their fwnode");
	tap_expect(irq_find_matching_fwnode(&nodes[0]) == NULL, "none yet");
	for (unsigned int i = 0; i < 4; i++) {
		info.fwnode = i < 3 ? &nodes[i] : NULL;
		tap_equal(irq_domain_create(&info, &domains[i]), 0, "create");
	}
	for (unsigned int i = 0; i < 3; i++)
		tap_expect(irq_find_matching_fwnode(&nodes[i]) == domains[i],
			   "number %u", i);
	tap_expect(irq_find_matching_fwnode(&nodes[3]) == NULL, "another");
	tap_expect(irq_find_matching_fwnode(NULL) == NULL, "NULL");
	info.fwnode = &nodes[1];
	info.flags = IRQ_DOMAIN_FLAG_RADIX;
	info.size = 9;
	tap_equal(irq_domain_create(&info, &other), -EEXIST, "twice");
	tap_expect(other == NULL, "no result");
	/* The middle of the list, its end, its beginning. */
	tap_equal(irq_domain_remove(domains[1]), 0, "remove");
	tap_expect(irq_find_matching_fwnode(&nodes[1]) == NULL, "gone");
	tap_expect(irq_find_matching_fwnode(&nodes[0]) == domains[0] &&
			   irq_find_matching_fwnode(&nodes[2]) == domains[2],
		   "the others are not");
	tap_equal(irq_domain_remove(domains[0]), 0, "remove");
	tap_expect(irq_find_matching_fwnode(&nodes[2]) == domains[2], "still");
	tap_equal(irq_domain_create(&info, &other), 0, "free to use again");
	tap_expect(irq_find_matching_fwnode(&nodes[1]) == other, "found");
	tap_equal(irq_domain_remove(other), 0, "remove");
	tap_equal(irq_domain_remove(domains[3]), 0, "remove");
	tap_equal(irq_domain_remove(domains[2]), 0, "remove");
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_close();
}

static irqreturn_t domain_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void domain_busy(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	irq_hw_number_t hwirq = 2;
	unsigned int frees = domain_seen.frees;
	unsigned long state;
	unsigned int irq;

	tap_subject("free: one with a handler keeps the whole range");
	irq = (unsigned int)irq_domain_alloc_irqs(domain, 3, 0, &hwirq);
	tap_equal(request_irq(irq + 2, domain_handler, 0, "d", NULL), 0,
		  "request");
	tap_equal(irq_domain_free_irqs(irq, 3), -EBUSY, "free");
	tap_equal(domain_seen.frees, frees, "calls of free");
	tap_equal(irq_find_mapping(domain, 2), irq, "the first is there");
	tap_equal(request_irq(irq, domain_handler, 0, "d", NULL), 0,
		  "and works");
	tap_equal(free_irq(irq, NULL), 0, "free_irq()");
	tap_equal(free_irq(irq + 2, NULL), 0, "free_irq()");
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(0);
	tap_equal(irq_domain_free_irqs(irq, 3), -EDEADLK, "from a handler");
	tap_equal(irq_domain_remove(domain), -EDEADLK, "remove from one");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	tap_equal(domain->mapped, 3, "irqs in the domain");
	tap_equal(irq_domain_free_irqs(irq, 3), 0, "free");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

static void domain_affinity(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	static struct irq_affinity_desc array[2];
	irq_hw_number_t hwirq = 0;
	int irq;

	tap_subject("alloc with a first affinity for each");
	irqkit_cpumask_single(&array[0].mask, 1);
	irqkit_cpumask_single(&array[1].mask, 0);
	array[1].is_managed = true;
	irq = irq_domain_alloc_irqs_affinity(domain, 2, 0, &hwirq, array);
	tap_expect(irq > 0, "alloc: %d", irq);
	for (unsigned int i = 0; i < 2; i++) {
		const struct irq_data *data =
			irq_get_irq_data((unsigned int)irq + i);

		tap_expect(cpumask_equal(irq_data_get_affinity_mask(data),
					 &array[i].mask),
			   "mask of %u", i);
		tap_equal(irqd_affinity_is_managed(data), i, "managed");
	}
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 2), 0, "free");
	cpumask_clear(&array[1].mask);
	tap_equal(irq_domain_alloc_irqs_affinity(domain, 2, 0, &hwirq, array),
		  -EINVAL, "no CPU");
	irqkit_cpumask_single(&array[1].mask, 2);
	tap_equal(irq_domain_alloc_irqs_affinity(domain, 2, 0, &hwirq, array),
		  -EINVAL, "a CPU that is not possible");
	tap_equal(irq_domain_alloc_irqs_affinity(NULL, 2, 0, &hwirq, array),
		  -EINVAL, "no domain");
	tap_equal(suite_count_irqs(), 0, "irqs");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

/* A number that the domain has given already; the map keeps the first. */
static void domain_taken(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	irq_hw_number_t first = 4;
	irq_hw_number_t second = 2;
	int irq;

	tap_subject("a hwirq that is taken is -EEXIST");
	irq = irq_domain_alloc_irqs(domain, 2, 0, &first);
	tap_equal(irq_domain_alloc_irqs(domain, 3, 0, &second), -EEXIST,
		  "the last of three");
	tap_equal(irq_find_mapping(domain, 2), 0, "the first of them");
	tap_equal(irq_find_mapping(domain, 3), 0, "the second");
	tap_equal(irq_find_mapping(domain, 4), irq, "the one that was there");
	tap_equal(domain->mapped, 2, "irqs in the domain");
	tap_equal(domain_seen.allocs, domain_seen.frees + 2, "given back");
	tap_equal(irq_domain_alloc_irqs(domain, 2, 0, &second), irq + 2,
		  "those two alone");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 4), 0, "free");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

/* More irqs than are left. */
static void domain_full(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	irq_hw_number_t hwirq = 0;
	const unsigned int kept = IRQKIT_NR_IRQS - 4;

	tap_subject("alloc: no such range of irqs is -ENOSPC");
	tap_equal(irq_alloc_descs(1, 0, kept, 0), 1, "all but three");
	tap_equal(irq_domain_alloc_irqs(domain, 4, 0, &hwirq), -ENOSPC, "four");
	tap_equal(domain->mapped, 0, "irqs in the domain");
	tap_equal(irq_domain_alloc_irqs(domain, 3, 0, &hwirq),
		  IRQKIT_NR_IRQS - 3, "three");
	tap_equal(irq_domain_alloc_irqs(domain, 1, 0, &hwirq), -ENOSPC, "one");
	tap_equal(irq_domain_free_irqs(IRQKIT_NR_IRQS - 3, 3), 0, "free");
	tap_equal(irq_domain_free_irqs(IRQKIT_NR_IRQS - 1, 2), -EINVAL,
		  "over the limit");
	tap_equal(irq_domain_free_irqs(IRQKIT_NR_IRQS, 1), -EINVAL,
		  "at the limit");
	tap_equal(irq_free_descs(1, kept), 0, "free");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

/* What arrives finds its handler, or is said to be nobody's. */
static void domain_dispatch(void)
{
	struct irq_domain *domain = domain_make(DOMAIN_SIZE);
	irq_hw_number_t hwirq = 3;
	unsigned long state;
	unsigned int irq;

	tap_subject("generic_handle_domain_irq()");
	irq = (unsigned int)irq_domain_alloc_irqs(domain, 1, 0, &hwirq);
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(0);
	tap_equal(generic_handle_domain_irq(domain, 3), 0, "one that is there");
	tap_equal(generic_handle_domain_irq(domain, 4), -EINVAL, "a free one");
	tap_equal(generic_handle_domain_irq(domain, ~0UL), -EINVAL, "beyond");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	tap_equal((long long)kstat_irqs(irq), 1, "count");
	tap_expect(irq_domain_get_irq_data(domain, irq) ==
			   irq_get_irq_data(irq),
		   "its level");
	tap_expect(irq_domain_get_irq_data(domain, irq + 1) == NULL &&
			   irq_domain_get_irq_data(domain, ~0U) == NULL,
		   "numbers without one");
	tap_equal(irq_domain_free_irqs(irq, 1), 0, "free");
	tap_expect(irq_domain_get_irq_data(domain, irq) == NULL, "freed");
	tap_equal(irq_domain_remove(domain), 0, "remove");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(2, NULL);
	domain_create_errors();
	domain_kinds();
	domain_map();
	domain_irq_errors();
	domain_without_alloc();
	domain_alloc_fails();
	domain_sizes();
	domain_fwnodes();
	domain_busy();
	domain_affinity();
	domain_taken();
	domain_dispatch();
	domain_full();
	return host_end();
}
