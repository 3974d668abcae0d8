/* SPDX-License-Identifier: MIT */
/* Domains: how the numbers of a controller become interrupts of the library. */
#ifndef IRQKIT_IRQDOMAIN_H
#define IRQKIT_IRQDOMAIN_H

#include <irqkit/irq.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irqkit_radix_node;

/* Kinds of domain. */
enum irq_domain_flags {
	IRQ_DOMAIN_FLAG_IPI_SINGLE = 1U << 0,  /* IPIs: one irq for all CPUs */
	IRQ_DOMAIN_FLAG_IPI_PER_CPU = 1U << 1, /* IPIs: one irq a CPU */
	IRQ_DOMAIN_FLAG_RADIX = 1U << 2, /* hwirqs are few and far apart */
};

#define IRQKIT_IRQ_DOMAIN_MAX_PARAMS 16U

/* An interrupt as firmware tables name it. */
struct irq_fwspec {
	const void *fwnode; /* its controller: the fwnode of a domain */
	unsigned int param_count;
	uint32_t param[IRQKIT_IRQ_DOMAIN_MAX_PARAMS];
};

/*
 * What a controller supplies for its domain. A flat domain has map, or alloc
 * and free; one with a parent has alloc and free. Those four are called in
 * thread context with the domain lock held and interrupts off: they may not
 * allocate or log.
 */
struct irq_domain_ops {
	/*
	 * The interrupt @irq is to be number @hwirq of the controller: call
	 * irq_domain_set_info(). Returns 0 or a negative error, having then
	 * changed nothing.
	 */
	int (*map)(struct irq_domain *domain, unsigned int irq,
		   irq_hw_number_t hwirq);

	/* The reverse, or NULL. No CPU handles it any more. */
	void (*unmap)(struct irq_domain *domain, unsigned int irq);

	/*
	 * Take @nr numbers of the controller for the irqs from @irq on, and
	 * call irq_domain_set_info() for each. In a hierarchy it calls
	 * irq_domain_alloc_irqs_parent() where the parent's numbers are needed.
	 * In an IPI domain @arg is the const struct cpumask * of its CPUs, and
	 * in per-CPU mode irq @irq + i is for the i-th of them; for
	 * irq_create_fwspec_mapping() it is the const struct irq_fwspec *.
	 * The irqs are not live yet: calls that take a number say -EINVAL.
	 * Returns 0 or a negative error, having then taken nothing itself; what
	 * the parents took is given back by the core.
	 */
	int (*alloc)(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg);

	/*
	 * Give back what alloc of this level took for these irqs: all of them
	 * or a part. The parents are called by the core, after this. No CPU
	 * handles or sends them any more.
	 */
	void (*free)(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr);

	/*
	 * Make ready, in hardware, for an interrupt that will be started soon;
	 * and the reverse. The parents come first, and last. Called with the
	 * descriptor lock held. activate returns 0 or a negative error, having
	 * then changed nothing. NULL: nothing is needed.
	 */
	int (*activate)(struct irq_domain *domain, struct irq_data *data);
	void (*deactivate)(struct irq_domain *domain, struct irq_data *data);

	/*
	 * Which number and trigger (of enum irq_trigger) firmware means.
	 * Returns 0 or a negative error. Any context. NULL: one cell is the
	 * number.
	 */
	int (*translate)(const struct irq_domain *domain,
			 const struct irq_fwspec *fwspec,
			 irq_hw_number_t *hwirq, unsigned int *type);
};

/* How to make a domain. */
struct irq_domain_info {
	const char *name;	   /* stays in use as long as the domain */
	unsigned int flags;	   /* enum irq_domain_flags */
	irq_hw_number_t size;	   /* hwirqs 0 to size - 1 can be looked up */
	const void *fwnode;	   /* how firmware names it, or NULL */
	struct irq_domain *parent; /* nearer to the CPU; NULL: none */
	const struct irq_domain_ops *ops;
	void *host_data; /* the controller's own */
};

/* A map for hwirqs that are few and far apart, src/radix.c. */
struct irqkit_radix {
	struct irqkit_radix_node *top;
	unsigned int shift;		 /* of the top level's index */
	struct irqkit_radix_node *all;	 /* in the tree, but for the top */
	struct irqkit_radix_node *spare; /* for the next levels to come */
};

struct irq_domain {
	struct irq_desc **map;	   /* linear: by hwirq */
	irq_hw_number_t linear;	   /* entries of it */
	struct irqkit_radix radix; /* the other kind; its top is NULL else */
	const char *name;
	unsigned int flags;
	unsigned int levels; /* of its hierarchy, itself included */
	bool activates;	     /* a level of it has activate or deactivate */
	irq_hw_number_t size;
	const void *fwnode;
	struct irq_domain *parent;
	struct irq_domain *root; /* the level nearest to the CPU */
	const struct irq_domain_ops *ops;
	void *host_data;
	/*
	 * Of the root, for all domains of its tree: operations and what they
	 * manage, maps, counts.
	 */
	struct irqkit_lock lock;
	unsigned int mapped;	 /* irqs that have a level in it */
	unsigned int children;	 /* domains whose parent it is */
	struct irq_domain *next; /* of all domains; their list's lock */
};

/**
 * irq_domain_create() - make a domain
 * @info: read during the call only
 * @domain: out
 *
 * A linear map takes 8 bytes for each hwirq, whether used or not. A radix map
 * takes 2 KB for each 256 hwirqs in a row of which one was ever used, and for
 * the levels above; it keeps them until the domain is removed.
 *
 * Context: thread or boot. It allocates.
 * Return: 0; -EINVAL if a pointer, the name or the operations are missing or
 * do not fit each other, the flags are unknown or name both kinds of IPI
 * domain, or @size is above 1048576 for a linear map, or 0 for a radix map;
 * -EEXIST if another domain has that fwnode; -ENOMEM. On an error @domain is
 * unchanged.
 */
int irq_domain_create(const struct irq_domain_info *info,
		      struct irq_domain **domain);

/**
 * irq_domain_remove() - free a domain
 * @domain: the domain
 *
 * Context: thread or boot. It waits for handlers.
 * Return: 0; -EINVAL for NULL; -EBUSY while irqs or children exist in it;
 * -EDEADLK if the caller is a handler.
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
 * irq_domain_alloc_irqs_affinity() - the same with a first affinity for each
 * @domain: as above
 * @nr: as above
 * @node: as above
 * @arg: as above
 * @affinity: an array of @nr, read during the call only; NULL: none
 *
 * Context: thread or boot. It allocates.
 * Locks: domain, descriptor table.
 * Return: as irq_domain_alloc_irqs(); -EINVAL also if a mask has no possible
 * CPU.
 */
int irq_domain_alloc_irqs_affinity(struct irq_domain *domain, unsigned int nr,
				   int node, const void *arg,
				   const struct irq_affinity_desc *affinity);

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
 * irq_domain_alloc_irqs_parent() - what an alloc operation asks its parent for
 * @domain: the domain whose operation it is
 * @irq: the first
 * @nr: how many
 * @arg: for the alloc operation of the parent
 *
 * Context: in an alloc operation.
 * Locks: the caller holds the domain lock, as an alloc operation does.
 * Return: what the parent's operation returned; -ENOSYS if there is none.
 */
int irq_domain_alloc_irqs_parent(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr, const void *arg);

/**
 * irq_domain_set_info() - tell the core about an interrupt of a controller
 * @domain: the domain
 * @irq: the interrupt
 * @hwirq: its number there
 * @chip: the controller
 * @chip_data: the controller's own
 * @handler: the flow handler; NULL leaves the one that the parent set
 *
 * Called by an alloc or map operation, for its own level. When that has
 * returned, the core enters the interrupt into the maps where @hwirq is below
 * the size of the domain.
 *
 * Context: thread or boot.
 * Locks: the caller holds the domain lock, as an alloc operation does.
 */
void irq_domain_set_info(struct irq_domain *domain, unsigned int irq,
			 irq_hw_number_t hwirq, const struct irq_chip *chip,
			 void *chip_data, irq_flow_handler_t handler);

/**
 * irq_domain_get_irq_data() - the level of an interrupt in a domain
 * @domain: the domain
 * @irq: any number
 *
 * Context: any, where the interrupt cannot go away.
 * Return: its irq_data there; NULL if it has no such level.
 */
struct irq_data *irq_domain_get_irq_data(const struct irq_domain *domain,
					 unsigned int irq);

/**
 * irq_create_mapping() - the interrupt of a number of a flat domain
 * @domain: one with a map operation
 * @hwirq: below the size of the domain
 *
 * Makes the interrupt if there is none yet.
 *
 * Context: thread or boot. It allocates.
 * Locks: domain, descriptor table.
 * Return: the irq, above 0; -EINVAL if @domain is NULL or has no map
 * operation, or @hwirq is beyond its size; -ENOMEM; -ENOSPC; what the map
 * operation returned. On an error nothing is changed.
 */
int irq_create_mapping(struct irq_domain *domain, irq_hw_number_t hwirq);

/**
 * irq_create_fwspec_mapping() - the interrupt that firmware means
 * @fwspec: read during the call only
 *
 * Finds the domain, translates, makes the interrupt if there is none yet, and
 * sets its trigger.
 *
 * Context: thread or boot. It allocates.
 * Locks: domain, descriptor table, descriptor.
 * Return: the irq, above 0; -EINVAL if @fwspec is NULL, or the domain does not
 * understand it; -ENOENT if no domain has that fwnode; -EBUSY if the interrupt
 * exists with another trigger; -ENOMEM; -ENOSPC; what the domain's or the
 * chip's operation returned. On an error nothing is changed.
 */
int irq_create_fwspec_mapping(const struct irq_fwspec *fwspec);

/**
 * irq_dispose_mapping() - free an interrupt that a mapping made
 * @irq: the interrupt
 *
 * The same as irq_domain_free_irqs() of one.
 */
int irq_dispose_mapping(unsigned int irq);

/**
 * irq_find_matching_fwnode() - the domain of a controller
 * @fwnode: how firmware names it
 *
 * Context: any. The caller knows that the domain is not just being removed.
 * Return: the domain, or NULL.
 */
struct irq_domain *irq_find_matching_fwnode(const void *fwnode);

/**
 * irq_domain_translate_onecell() - a number alone; trigger IRQ_TYPE_NONE
 * irq_domain_translate_twocell() - a number, and a trigger of enum irq_trigger
 * @domain: the domain
 * @fwspec: what to translate
 * @hwirq: out
 * @type: out
 *
 * For the translate operation.
 *
 * Context: any.
 * Return: 0; -EINVAL if there are fewer cells, or no such trigger.
 */
int irq_domain_translate_onecell(const struct irq_domain *domain,
				 const struct irq_fwspec *fwspec,
				 irq_hw_number_t *hwirq, unsigned int *type);
int irq_domain_translate_twocell(const struct irq_domain *domain,
				 const struct irq_fwspec *fwspec,
				 irq_hw_number_t *hwirq, unsigned int *type);

/*
 * Operations of a chip whose parent in the hierarchy does the work. Each calls
 * the same operation of the parent's chip; where that has none, it returns
 * -ENOSYS, or does nothing.
 */
void irq_chip_ack_parent(struct irq_data *data);
void irq_chip_eoi_parent(struct irq_data *data);
void irq_chip_mask_parent(struct irq_data *data);
void irq_chip_unmask_parent(struct irq_data *data);
int irq_chip_startup_parent(struct irq_data *data);
void irq_chip_shutdown_parent(struct irq_data *data);
int irq_chip_set_type_parent(struct irq_data *data, unsigned int type);
int irq_chip_set_wake_parent(struct irq_data *data, bool on);
int irq_chip_set_affinity_parent(struct irq_data *data,
				 const struct cpumask *mask);
void irq_chip_force_complete_move_parent(struct irq_data *data);
int irq_chip_retrigger_parent(struct irq_data *data);

/**
 * irq_chip_compose_msi_msg() - the message that raises an interrupt
 * @data: a level of it
 * @msg: out
 *
 * Context: any, where the interrupt cannot go away.
 * Return: 0; -ENOSYS if neither this level nor one nearer to the CPU knows.
 */
int irq_chip_compose_msi_msg(struct irq_data *data, struct msi_msg *msg);

/* Of a domain with a radix map. */
struct irq_desc *irqkit_radix_find_desc(const struct irq_domain *domain,
					irq_hw_number_t hwirq);

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
	/* Followed by an address dependency: no acquire is needed. */
	if (__builtin_expect(hwirq < domain->linear, 1))
		return IRQKIT_LOAD_DEPENDENT(&domain->map[hwirq]);
	if (hwirq >= domain->size)
		return NULL;
	return irqkit_radix_find_desc(domain, hwirq);
}

/**
 * generic_handle_domain_irq() - handle what arrived at a controller
 * @domain: its domain
 * @hwirq: its number there
 *
 * Context: handler, interrupts off, between irqkit_dispatch_enter() and
 * irqkit_dispatch_exit().
 * Return: 0; -EINVAL if there is no such interrupt: the caller silences it.
 */
static inline int generic_handle_domain_irq(const struct irq_domain *domain,
					    irq_hw_number_t hwirq)
{
	struct irq_desc *desc = irq_find_desc(domain, hwirq);

	if (__builtin_expect(desc == NULL, 0))
		return -IRQKIT_EINVAL;
	generic_handle_irq_desc(desc);
	return 0;
}

/**
 * irq_find_mapping() - the interrupt of a number of a controller
 * @domain: the domain
 * @hwirq: any number
 *
 * If it can be freed meanwhile the number may be another's; not where the
 * caller is between irqkit_dispatch_enter() and irqkit_dispatch_exit().
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
