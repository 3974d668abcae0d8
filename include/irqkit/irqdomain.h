/* SPDX-License-Identifier: MIT */
/* Domains: how the numbers of a controller become interrupts of the library. */
#ifndef IRQKIT_IRQDOMAIN_H
#define IRQKIT_IRQDOMAIN_H

#include <irqkit/irq.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/* Kinds of domain. */
enum irq_domain_flags {
	IRQ_DOMAIN_FLAG_IPI_SINGLE = 1U << 0,  /* IPIs: one irq for all CPUs */
	IRQ_DOMAIN_FLAG_IPI_PER_CPU = 1U << 1, /* IPIs: one irq a CPU */
};

/* What a controller supplies for its domain. */
struct irq_domain_ops {
	/*
	 * Take @nr numbers of the controller for the irqs from @irq on, and
	 * call irq_domain_set_info() for each. In an IPI domain @arg is the
	 * const struct cpumask * of its CPUs, and in per-CPU mode irq @irq + i
	 * is for the i-th of them. Returns 0 or a negative error, having then
	 * taken nothing. Thread context, domain lock held. Mandatory for IPI
	 * domains.
	 */
	int (*alloc)(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg);

	/*
	 * Give back what alloc took for these irqs: all of them, or in per-CPU
	 * mode a part. No CPU handles or sends them any more. Thread context,
	 * domain lock held. Mandatory where alloc is there.
	 */
	void (*free)(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr);
};

/* How to make a domain. */
struct irq_domain_info {
	const char *name;   /* stays in use as long as the domain */
	unsigned int flags; /* enum irq_domain_flags */
	unsigned int size;  /* hwirqs 0 to size - 1 can be looked up; 0: none */
	const struct irq_domain_ops *ops;
	void *host_data; /* the controller's own */
};

struct irq_domain {
	const char *name;
	unsigned int flags;
	irq_hw_number_t size;
	const struct irq_domain_ops *ops;
	void *host_data;
	struct irqkit_lock lock; /* alloc, free, and what they manage */
	unsigned int mapped;	 /* irqs that exist in it; domain lock */
	struct irq_desc **map;	 /* by hwirq */
};

/**
 * irq_domain_create() - make a domain
 * @info: read during the call only
 * @domain: out
 *
 * Context: thread or boot. It allocates.
 * Return: 0; -EINVAL if a pointer, the name or the operations are missing,
 * the flags are unknown or name both kinds of IPI domain, or @size is above
 * 1048576; -ENOMEM. On an error @domain is unchanged.
 */
int irq_domain_create(const struct irq_domain_info *info,
		      struct irq_domain **domain);

/**
 * irq_domain_remove() - free a domain
 * @domain: the domain
 *
 * Context: thread or boot. It waits for handlers.
 * Return: 0; -EINVAL for NULL; -EBUSY while irqs exist in it; -EDEADLK if the
 * caller is a handler.
 */
int irq_domain_remove(struct irq_domain *domain);

/**
 * irq_domain_alloc_irqs() - allocate interrupts of a domain
 * @domain: one with an alloc operation
 * @nr: how many, numbered in a row
 * @node: NUMA node, or NUMA_NO_NODE
 * @arg: for the domain's alloc operation
 *
 * Context: thread or boot. It allocates.
 * Locks: domain, descriptor table.
 * Return: the first irq; -EINVAL if @domain is NULL or has no alloc
 * operation, @nr is 0, or irqkit_init() was not called; -ENOMEM; -ENOSPC; what
 * the alloc operation returned. On an error nothing is changed.
 */
int irq_domain_alloc_irqs(struct irq_domain *domain, unsigned int nr, int node,
			  const void *arg);

/**
 * irq_domain_free_irqs() - free interrupts of a domain
 * @irq: the first
 * @nr: how many; all must be of one domain
 *
 * Context: thread or boot. It waits for handlers.
 * Locks: domain, descriptor table.
 * Return: 0; -EINVAL if one is not allocated or they are not of one domain;
 * -EBUSY if one has a handler; -EDEADLK if the caller is a handler. On an
 * error nothing is changed.
 */
int irq_domain_free_irqs(unsigned int irq, unsigned int nr);

/**
 * irq_domain_set_info() - tell the core about an interrupt of a controller
 * @domain: the domain
 * @irq: the interrupt
 * @hwirq: its number there
 * @chip: the controller
 * @chip_data: the controller's own
 * @handler: the flow handler
 *
 * Enters it into the domain's map where @hwirq is below its size. Called by
 * an alloc operation.
 *
 * Context: thread or boot.
 * Locks: the caller holds the domain lock, as an alloc operation does.
 */
void irq_domain_set_info(struct irq_domain *domain, unsigned int irq,
			 irq_hw_number_t hwirq, const struct irq_chip *chip,
			 void *chip_data, irq_flow_handler_t handler);

/**
 * irq_find_desc() - the descriptor of a number of a controller
 * @domain: the domain
 * @hwirq: any number
 *
 * Context: any. The descriptor stays while the caller is between
 * irqkit_dispatch_enter() and irqkit_dispatch_exit().
 * Locks: none.
 * Return: the descriptor, or NULL if there is none.
 */
static inline struct irq_desc *irq_find_desc(const struct irq_domain *domain,
					     irq_hw_number_t hwirq)
{
	if (hwirq >= domain->size)
		return NULL;
	/* Followed by an address dependency: no acquire is needed. */
	return IRQKIT_LOAD_RELAXED(&domain->map[hwirq]);
}

/**
 * irq_find_mapping() - the interrupt of a number of a controller
 * @domain: the domain
 * @hwirq: any number
 *
 * Context: any.
 * Locks: none.
 * Return: the irq; 0 if there is none or @domain is NULL.
 */
unsigned int irq_find_mapping(const struct irq_domain *domain,
			      irq_hw_number_t hwirq);

static inline bool irq_domain_is_ipi_single(const struct irq_domain *domain)
{
	return (domain->flags & IRQ_DOMAIN_FLAG_IPI_SINGLE) != 0;
}

static inline bool irq_domain_is_ipi_per_cpu(const struct irq_domain *domain)
{
	return (domain->flags & IRQ_DOMAIN_FLAG_IPI_PER_CPU) != 0;
}

static inline bool irq_domain_is_ipi(const struct irq_domain *domain)
{
	return irq_domain_is_ipi_single(domain) ||
	       irq_domain_is_ipi_per_cpu(domain);
}

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
