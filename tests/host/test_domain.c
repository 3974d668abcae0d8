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
	bad.size = 1048577;
	domain_refuse(&bad, "too large");
	tap_equal((long long)host_live(), 0, "memory afterwards");
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
	return host_end();
}
