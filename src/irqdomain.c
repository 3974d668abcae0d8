/* SPDX-License-Identifier: MIT */
/*
 * Domains: the numbers of a controller and the interrupts they became. One
 * lock, that of the root, guards the maps of a tree of domains and whatever
 * their operations manage; look-ups take no lock.
 */
#include "internals.h"

#define DOMAIN_MAX_LINEAR 1048576U

/* All domains, for look-ups by fwnode. */
static struct irqkit_lock domain_list_lock = IRQKIT_LOCK_INIT(RANK_TABLE);
static struct irq_domain *domain_list;

static struct irqkit_lock *domain_lock(const struct irq_domain *domain)
{
	return &domain->root->lock;
}

static bool domain_flags_are_valid(unsigned int flags)
{
	const unsigned int ipi_kinds = IRQ_DOMAIN_FLAG_IPI_SINGLE |
				       IRQ_DOMAIN_FLAG_IPI_PER_CPU;

	return (flags & ~(ipi_kinds | IRQ_DOMAIN_FLAG_RADIX)) == 0 &&
	       (flags & ipi_kinds) != ipi_kinds;
}

static bool domain_ops_are_valid(const struct irq_domain_info *info)
{
	const unsigned int ipi_kinds = IRQ_DOMAIN_FLAG_IPI_SINGLE |
				       IRQ_DOMAIN_FLAG_IPI_PER_CPU;
	const struct irq_domain_ops *ops = info->ops;

	if ((ops->alloc == NULL) != (ops->free == NULL))
		return false;
	if (ops->alloc == NULL)
		return info->parent == NULL && (info->flags & ipi_kinds) == 0;
	return ops->map == NULL;
}

static bool domain_info_is_valid(const struct irq_domain_info *info)
{
	if (info == NULL || info->name == NULL || info->ops == NULL)
		return false;
	if (!domain_flags_are_valid(info->flags) || !domain_ops_are_valid(info))
		return false;
	if (info->parent != NULL && info->parent->ops->alloc == NULL)
		return false;
	if ((info->flags & IRQ_DOMAIN_FLAG_RADIX) != 0)
		return info->size != 0;
	return info->size <= DOMAIN_MAX_LINEAR;
}

static size_t domain_bytes(irq_hw_number_t linear)
{
	return sizeof(struct irq_domain) + linear * sizeof(struct irq_desc *);
}

static void domain_free_memory(struct irq_domain *domain)
{
	if (domain->radix.top != NULL)
		irqkit_radix_destroy(&domain->radix);
	irqkit_port_free(domain, domain_bytes(domain->linear));
}

static struct irq_domain *domain_make(const struct irq_domain_info *info)
{
	bool is_radix = (info->flags & IRQ_DOMAIN_FLAG_RADIX) != 0;
	irq_hw_number_t linear = is_radix ? 0 : info->size;
	struct irq_domain *domain = irqkit_port_alloc(domain_bytes(linear),
						      sizeof(uint64_t));

	if (domain == NULL)
		return NULL;
	domain->linear = linear;
	domain->map = (struct irq_desc **)(domain + 1);
	if (!is_radix || irqkit_radix_init(&domain->radix, info->size) == 0)
		return domain;
	domain_free_memory(domain);
	return NULL;
}

static void domain_set_up(struct irq_domain *domain,
			  const struct irq_domain_info *info)
{
	struct irq_domain *parent = info->parent;

	domain->name = info->name;
	domain->flags = info->flags;
	domain->size = info->size;
	domain->fwnode = info->fwnode;
	domain->ops = info->ops;
	domain->host_data = info->host_data;
	domain->parent = parent;
	domain->root = parent != NULL ? parent->root : domain;
	domain->levels = parent != NULL ? parent->levels + 1 : 1;
	domain->activates = info->ops->activate != NULL ||
			    info->ops->deactivate != NULL ||
			    (parent != NULL && parent->activates);
	irqkit_lock_init(&domain->lock, RANK_DOMAIN);
}

static struct irq_domain *domain_find_fwnode_locked(const void *fwnode)
{
	struct irq_domain *domain = domain_list;

	while (domain != NULL && domain->fwnode != fwnode)
		domain = domain->next;
	return domain;
}

struct irq_domain *irq_find_matching_fwnode(const void *fwnode)
{
	struct irq_domain *domain;
	unsigned long state;

	if (fwnode == NULL)
		return NULL;
	state = irqkit_lock_acquire(&domain_list_lock);
	domain = domain_find_fwnode_locked(fwnode);
	irqkit_lock_release(&domain_list_lock, state);
	return domain;
}

static int domain_enter_list(struct irq_domain *domain)
{
	unsigned long state = irqkit_lock_acquire(&domain_list_lock);
	int error = 0;

	if (domain->fwnode != NULL &&
	    domain_find_fwnode_locked(domain->fwnode) != NULL) {
		error = -EEXIST;
	} else {
		domain->next = domain_list;
		domain_list = domain;
	}
	irqkit_lock_release(&domain_list_lock, state);
	return error;
}

static void domain_leave_list(const struct irq_domain *domain)
{
	unsigned long state = irqkit_lock_acquire(&domain_list_lock);
	struct irq_domain **link = &domain_list;

	while (*link != domain)
		link = &(*link)->next;
	*link = domain->next;
	irqkit_lock_release(&domain_list_lock, state);
}

static void domain_count_child(struct irq_domain *parent, unsigned int change)
{
	unsigned long state;

	if (parent == NULL)
		return;
	state = irqkit_lock_acquire(domain_lock(parent));
	parent->children += change;
	irqkit_lock_release(domain_lock(parent), state);
}

int irq_domain_create(const struct irq_domain_info *info,
		      struct irq_domain **domain)
{
	struct irq_domain *made;
	int error;

	if (domain == NULL || !domain_info_is_valid(info))
		return -EINVAL;
	irqkit_assert_no_lock();
	made = domain_make(info);
	if (made == NULL)
		return -ENOMEM;
	domain_set_up(made, info);
	error = domain_enter_list(made);
	if (error != 0) {
		domain_free_memory(made);
		return error;
	}
	domain_count_child(made->parent, 1);
	*domain = made;
	return 0;
}

int irq_domain_remove(struct irq_domain *domain)
{
	unsigned long state;
	bool busy;

	if (domain == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	state = irqkit_lock_acquire(domain_lock(domain));
	busy = domain->mapped != 0 || domain->children != 0;
	irqkit_lock_release(domain_lock(domain), state);
	if (busy)
		return -EBUSY;
	domain_leave_list(domain);
	domain_count_child(domain->parent, -1U);
	irqkit_grace_period();
	domain_free_memory(domain);
	return 0;
}

/* What irq_domain_create() was told the map can hold. */
static inline bool domain_maps(const struct irq_domain *domain,
			       irq_hw_number_t hwirq)
{
	return hwirq < domain->size;
}

/* Where an interrupt is entered; false if memory is missing for that. */
static inline bool domain_map_set(struct irq_domain *domain,
				  irq_hw_number_t hwirq, struct irq_desc *desc)
{
	if (domain->radix.top != NULL)
		return irqkit_radix_set(&domain->radix, hwirq, desc);
	store_release(&domain->map[hwirq], desc);
	return true;
}

/* Enter one level. 0; -EEXIST if another has the number; -ENOMEM: grow. */
static inline int domain_enter_level(const struct irq_data *data,
				     struct irq_desc *desc)
{
	struct irq_domain *domain = data->domain;
	struct irq_desc *there;

	if (!domain_maps(domain, data->hwirq))
		return 0;
	there = irq_find_desc(domain, data->hwirq);
	if (there != NULL)
		return there == desc ? 0 : -EEXIST;
	return domain_map_set(domain, data->hwirq, desc) ? 0 : -ENOMEM;
}

/*
 * Enter all levels of a range; @missing: the domain that has to grow. They are
 * live before they can be found; IPIs are so when they are set up whole.
 */
static inline int domain_enter(const struct irq_domain *domain,
			       unsigned int irq, unsigned int nr,
			       struct irq_domain **missing)
{
	bool live = !irq_domain_is_ipi(domain);
	unsigned int i = irq;

	do {
		struct irq_desc *desc = irqkit_desc_at(i);
		struct irq_data *data = &desc->irq_data;

		if (live)
			irqkit_desc_set_live(desc, i);
		do {
			int error = domain_enter_level(data, desc);

			if (__builtin_expect(error != 0, 0)) {
				*missing = data->domain;
				return error;
			}
			data = data->parent_data;
		} while (__builtin_expect(data != NULL, 0));
		i++;
	} while (i < irq + nr);
	return 0;
}

static inline void domain_leave_level(const struct irq_data *data,
				      const struct irq_desc *desc)
{
	struct irq_domain *domain = data->domain;

	if (domain_maps(domain, data->hwirq) &&
	    irq_find_desc(domain, data->hwirq) == desc)
		domain_map_set(domain, data->hwirq, NULL);
}

static inline void domain_leave(unsigned int irq, unsigned int nr)
{
	unsigned int i = irq;

	do {
		struct irq_desc *desc = irqkit_desc_at(i);
		struct irq_data *data = &desc->irq_data;

		do {
			domain_leave_level(data, desc);
			data = data->parent_data;
		} while (__builtin_expect(data != NULL, 0));
		i++;
	} while (i < irq + nr);
}

static SELDOM void domain_unmap(struct irq_domain *domain, unsigned int irq,
				unsigned int nr)
{
	for (unsigned int i = irq; i < irq + nr; i++)
		domain->ops->unmap(domain, i);
}

static bool domain_took(const struct irq_domain *level, unsigned int irq)
{
	return irq_domain_get_irq_data(level, irq)->allocated != 0;
}

/* A parent may have been asked for some of the irqs only, one by one. */
static SELDOM void domain_free_parent(struct irq_domain *level,
				      unsigned int irq, unsigned int end)
{
	while (irq < end) {
		unsigned int start = irq;
		bool took = domain_took(level, irq);

		while (irq < end && domain_took(level, irq) == took)
			irq++;
		if (took)
			level->ops->free(level, start, irq - start);
	}
}

static inline void domain_free_own(struct irq_domain *domain, unsigned int irq,
				   unsigned int nr)
{
	if (domain->ops->free != NULL)
		domain->ops->free(domain, irq, nr);
	else if (domain->ops->unmap != NULL)
		domain_unmap(domain, irq, nr);
}

/* Each level gives back what its own operation took. */
static inline void domain_free_levels(struct irq_domain *domain,
				      unsigned int irq, unsigned int nr)
{
	if (irqkit_desc_at(irq)->irq_data.allocated != 0)
		domain_free_own(domain, irq, nr);
	domain->mapped -= nr;
	for (domain = domain->parent; domain != NULL; domain = domain->parent) {
		domain_free_parent(domain, irq, irq + nr);
		domain->mapped -= nr;
	}
}

static void domain_set_allocated(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr)
{
	for (unsigned int i = irq; i < irq + nr; i++)
		irq_domain_get_irq_data(domain, i)->allocated = 1;
}

int irq_domain_alloc_irqs_parent(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr, const void *arg)
{
	struct irq_domain *parent = domain->parent;
	int error;

	if (parent == NULL)
		return -ENOSYS;
	irqkit_assert_held(domain_lock(domain));
	error = parent->ops->alloc(parent, irq, nr, arg);
	if (error == 0)
		domain_set_allocated(parent, irq, nr);
	return error;
}

/* Memory for the levels above the first: a piece for each interrupt. */
struct domain_chain {
	struct irq_data *first; /* linked by parent_data */
	size_t bytes;
};

static SELDOM void domain_free_chains(struct domain_chain *chain)
{
	while (chain->first != NULL) {
		struct irq_data *piece = chain->first;

		chain->first = piece->parent_data;
		irqkit_port_free(piece, chain->bytes);
	}
}

/* From interrupts that no CPU finds any more. */
static SELDOM void domain_take_chains(unsigned int irq, unsigned int nr,
				      struct domain_chain *chain)
{
	for (unsigned int i = irq; i < irq + nr; i++) {
		struct irq_data *data = &irqkit_desc_at(i)->irq_data;
		struct irq_data *piece = data->parent_data;

		data->parent_data = NULL;
		piece->parent_data = chain->first;
		chain->first = piece;
	}
}

static SELDOM int domain_make_chains(const struct domain_request *request,
				     struct domain_chain *chain)
{
	chain->bytes = (request->domain->levels - 1) * sizeof(struct irq_data);
	for (unsigned int i = 0; i < request->numbers.nr; i++) {
		struct irq_data *piece = irqkit_port_alloc(chain->bytes,
							   sizeof(uint64_t));

		if (piece == NULL) {
			domain_free_chains(chain);
			return -ENOMEM;
		}
		piece->parent_data = chain->first;
		chain->first = piece;
	}
	return 0;
}

/* The levels of one interrupt, from a piece of memory. */
static SELDOM void domain_link_chain(struct irq_desc *desc,
				     struct irq_domain *domain,
				     struct irq_data *piece)
{
	struct irq_data *below = &desc->irq_data;

	while (domain != NULL) {
		piece->irq = below->irq;
		piece->common = below->common;
		piece->chip = &no_irq_chip;
		piece->hwirq = INVALID_HWIRQ;
		piece->domain = domain;
		piece->parent_data = NULL;
		below->parent_data = piece;
		below = piece++;
		domain = domain->parent;
	}
}

/* Taken, as far as nothing else is said. */
static inline void domain_attach(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr, struct domain_chain *chain)
{
	unsigned int i = irq;

	do {
		struct irq_desc *desc = irqkit_desc_at(i);

		desc->irq_data.domain = domain;
		desc->irq_data.allocated = 1;
		if (__builtin_expect(chain != NULL, 0)) {
			struct irq_data *piece = chain->first;

			chain->first = piece->parent_data;
			domain_link_chain(desc, domain->parent, piece);
		}
		i++;
	} while (i < irq + nr);
	domain->mapped += nr;
	if (__builtin_expect(chain != NULL, 0)) {
		while ((domain = domain->parent) != NULL)
			domain->mapped += nr;
	}
}

static SELDOM void domain_set_untaken(unsigned int irq, unsigned int nr)
{
	for (unsigned int i = irq; i < irq + nr; i++)
		irqkit_desc_at(i)->irq_data.allocated = 0;
}

static int domain_set_type(unsigned int irq, unsigned int type)
{
	struct irq_desc *desc = irqkit_desc_at(irq);
	int error;

	irqkit_lock_enter(&desc->lock);
	error = irqkit_set_type(desc, type);
	irqkit_lock_leave(&desc->lock);
	return error;
}

/*
 * It has its trigger before anybody can find it. If that is refused the number
 * is given back before anybody else can ask for it.
 */
static SELDOM int domain_call_mapping(const struct domain_request *request,
				      unsigned int irq)
{
	struct irq_domain *domain = request->domain;
	int error;

	if (domain->ops->map != NULL)
		error = domain->ops->map(domain, irq, request->hwirq);
	else
		error = domain->ops->alloc(domain, irq, 1, request->arg);
	if (error == 0) {
		error = domain_set_type(irq, request->type);
		if (error == 0)
			return 0;
		domain_free_own(domain, irq, 1);
	}
	domain_set_untaken(irq, 1);
	return error;
}

static inline int domain_call_alloc(const struct domain_request *request,
				    unsigned int irq)
{
	struct irq_domain *domain = request->domain;
	int error;

	if (__builtin_expect(request->is_mapping, 0))
		return domain_call_mapping(request, irq);
	error = domain->ops->alloc(domain, irq, request->numbers.nr,
				   request->arg);
	if (__builtin_expect(error != 0, 0))
		domain_set_untaken(irq, request->numbers.nr);
	return error;
}

/* Undo a failed allocation, whatever part of it was done. */
static SELDOM void domain_forget(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr)
{
	unsigned long state = irqkit_port_irq_save();

	for (unsigned int i = irq; i < irq + nr; i++)
		irqkit_desc_retire(i, domain);
	irqkit_port_irq_restore(state);
	irqkit_domain_free_retired(domain, irq, nr);
}

/* Radix maps grow one node after the other until all is entered. */
static SELDOM int domain_grow_maps(unsigned int irq, unsigned int nr,
				   struct irq_domain *missing)
{
	int error = -ENOMEM;

	while (error == -ENOMEM) {
		struct irqkit_lock *lock = domain_lock(missing);
		unsigned long state;

		if (irqkit_radix_grow(&missing->radix, lock) != 0)
			return -ENOMEM;
		state = irqkit_lock_acquire(lock);
		error = domain_enter(irqkit_desc_at(irq)->irq_data.domain, irq,
				     nr, &missing);
		irqkit_lock_release(lock, state);
	}
	return error;
}

/* The irq of a try that got one, or the error that it ended with. */
static SELDOM int domain_finish(const struct domain_request *request,
				unsigned int irq, int error,
				struct irq_domain *missing)
{
	if (missing != NULL && error == -ENOMEM)
		error = domain_grow_maps(irq, request->numbers.nr, missing);
	if (error == 0)
		return (int)irq;
	domain_forget(request->domain, irq, request->numbers.nr);
	return error;
}

/*
 * One try with the descriptors that there are. Returns the irq or an error; or
 * 0 with what is missing in @leaf.
 */
static inline __attribute__((__always_inline__)) int domain_try(
	const struct domain_request *request, unsigned int nr,
	struct domain_chain *chain, unsigned int *leaf)
{
	struct irqkit_lock *lock = domain_lock(request->domain);
	struct irq_domain *missing = NULL;
	unsigned long state = irqkit_lock_acquire(lock);
	int error = 0;
	int irq = 0;

	if (__builtin_expect(request->is_mapping, 0))
		irq = (int)irq_find_mapping(request->domain, request->hwirq);
	if (irq == 0) {
		irq = irqkit_desc_try_alloc(&request->numbers, leaf);
		if (irq > 0) {
			domain_attach(request->domain, (unsigned int)irq, nr,
				      chain);
			error = domain_call_alloc(request, (unsigned int)irq);
		}
		if (irq > 0 && error == 0)
			error = domain_enter(request->domain, (unsigned int)irq,
					     nr, &missing);
	}
	irqkit_lock_release(lock, state);
	if (__builtin_expect(error != 0, 0))
		return domain_finish(request, (unsigned int)irq, error,
				     missing);
	return irq;
}

static SELDOM int domain_alloc_levels(const struct domain_request *request)
{
	struct domain_chain chain = {.first = NULL};
	unsigned int leaf;
	int error = domain_make_chains(request, &chain);
	int irq = 0;

	while (error == 0 && irq == 0) {
		irq = domain_try(request, request->numbers.nr, &chain, &leaf);
		if (irq == 0)
			error = irqkit_desc_grow(leaf);
	}
	domain_free_chains(&chain);
	return error != 0 ? error : irq;
}

int irqkit_domain_make_room(struct irq_domain *domain, irq_hw_number_t hwirq)
{
	struct irqkit_lock *lock = domain_lock(domain);
	bool ready = false;
	int error = 0;

	while (!ready && error == 0) {
		unsigned long state = irqkit_lock_acquire(lock);

		ready = irq_find_desc(domain, hwirq) != NULL ||
			domain_map_set(domain, hwirq, NULL);
		irqkit_lock_release(lock, state);
		if (!ready)
			error = irqkit_radix_grow(&domain->radix, lock);
	}
	return error;
}

int irqkit_domain_alloc(const struct domain_request *request)
{
	unsigned int nr = request->numbers.nr;
	unsigned int leaf;
	int error;
	int irq;

	irqkit_assert_no_lock();
	if (__builtin_expect(request->domain->levels > 1, 0))
		return domain_alloc_levels(request);
	do {
		irq = nr == 1 ? domain_try(request, 1, NULL, &leaf)
			      : domain_try(request, nr, NULL, &leaf);
		if (__builtin_expect(irq != 0, 1))
			return irq;
		error = irqkit_desc_grow(leaf);
	} while (error == 0);
	return error;
}

/*
 * The numbers of an alloc operation are its owner's until free, so they leave
 * the maps first: after the grace period no CPU finds the descriptors, and what
 * is above their own levels can be given back. A hwirq of a map operation may
 * be mapped again as soon as it has left, so it leaves last.
 */
static inline __attribute__((__always_inline__)) void domain_free_retired(
	struct irq_domain *domain, unsigned int irq, unsigned int nr,
	struct domain_chain *chain)
{
	struct irqkit_lock *lock = domain_lock(domain);
	bool leaves_first = domain->ops->free != NULL;
	struct irq_desc *waiting = irqkit_desc_take_waiting();
	unsigned long state;

	if (leaves_first)
		domain_leave(irq, nr);
	irqkit_grace_period();
	state = irqkit_lock_acquire(lock);
	if (__builtin_expect(!leaves_first, 0))
		domain_leave(irq, nr);
	domain_free_levels(domain, irq, nr);
	irqkit_lock_leave(lock);
	if (chain != NULL)
		domain_take_chains(irq, nr, chain);
	irqkit_desc_release(irq, nr, waiting);
	irqkit_port_irq_restore(state);
}

static SELDOM void domain_free_with_levels(struct irq_domain *domain,
					   unsigned int irq, unsigned int nr)
{
	struct domain_chain chain = {
		.bytes = (domain->levels - 1) * sizeof(struct irq_data),
	};

	domain_free_retired(domain, irq, nr, &chain);
	domain_free_chains(&chain);
}

void irqkit_domain_free_retired(struct irq_domain *domain, unsigned int irq,
				unsigned int nr)
{
	/* One by one is the usual way, and needs no loops. */
	if (__builtin_expect(domain->levels > 1, 0))
		domain_free_with_levels(domain, irq, nr);
	else if (nr == 1)
		domain_free_retired(domain, irq, 1, NULL);
	else
		domain_free_retired(domain, irq, nr, NULL);
}

int irq_domain_alloc_irqs_affinity(struct irq_domain *domain, unsigned int nr,
				   int node, const void *arg,
				   const struct irq_affinity_desc *affinity)
{
	const struct domain_request request = {
		.numbers = DESC_ANYWHERE(nr, node, affinity),
		.domain = domain,
		.arg = arg,
	};

	if (domain == NULL || nr == 0 || nr_cpu_ids == 0 ||
	    domain->ops->alloc == NULL || irq_domain_is_ipi(domain) ||
	    nr >= IRQKIT_NR_IRQS ||
	    !irqkit_desc_affinity_is_valid(affinity, nr))
		return -EINVAL;
	return irqkit_domain_alloc(&request);
}

int irq_domain_alloc_irqs(struct irq_domain *domain, unsigned int nr, int node,
			  const void *arg)
{
	return irq_domain_alloc_irqs_affinity(domain, nr, node, arg, NULL);
}

/* The domain of an interrupt; a reader keeps it from going away. */
static struct irq_domain *domain_of(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);

	if (desc == NULL || !irqkit_desc_is(desc, irq))
		return NULL;
	return desc->irq_data.domain;
}

int irq_domain_free_irqs(unsigned int irq, unsigned int nr)
{
	struct irqkit_reader reader;
	struct irq_domain *domain;
	int error = -EINVAL;

	if (nr == 0 || irq >= IRQKIT_NR_IRQS || nr > IRQKIT_NR_IRQS - irq)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	irqkit_reader_enter(&reader);
	domain = domain_of(irq);
	if (domain != NULL && !irq_domain_is_ipi(domain))
		error = irqkit_desc_retire_range(irq, nr, domain);
	irqkit_reader_exit(&reader);
	if (error == 0)
		irqkit_domain_free_retired(domain, irq, nr);
	return error;
}

struct irq_data *irq_domain_get_irq_data(const struct irq_domain *domain,
					 unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	while (data != NULL && data->domain != domain)
		data = data->parent_data;
	return data;
}

void irq_domain_set_info(struct irq_domain *domain, unsigned int irq,
			 irq_hw_number_t hwirq, const struct irq_chip *chip,
			 void *chip_data, irq_flow_handler_t handler)
{
	struct irq_desc *desc = irqkit_desc_at(irq);
	struct irq_data *data = &desc->irq_data;

	irqkit_assert_held(domain_lock(domain));
	while (__builtin_expect(data->domain != domain, 0))
		data = data->parent_data;
	data->hwirq = hwirq;
	data->chip = chip;
	data->chip_data = chip_data;
	if (handler != NULL)
		store_release(&desc->handle_irq, handler);
}

unsigned int irq_find_mapping(const struct irq_domain *domain,
			      irq_hw_number_t hwirq)
{
	const struct irq_desc *found;

	if (__builtin_expect(domain == NULL, 0))
		return 0;
	if (__builtin_expect(hwirq < domain->linear, 1)) {
		found = load_dependent(&domain->map[hwirq]);
		if (__builtin_expect(found == NULL, 0))
			return 0;
		return load_relaxed(&found->irq_data.irq);
	}
	if (__builtin_expect(hwirq >= domain->size, 0))
		return 0;
	found = radix_find(&domain->radix, hwirq);
	if (__builtin_expect(found == RADIX_NOTHING, 0))
		return 0;
	return load_relaxed(&found->irq_data.irq);
}

/*
 * The levels are few, so the recursion is bounded by the hierarchy that the
 * kernel has built. A level that was not asked for a number has no part.
 */
int irqkit_domain_activate(struct irq_data *data)
{
	struct irq_domain *domain = data->domain;
	int error = 0;

	if (data->parent_data != NULL)
		error = irqkit_domain_activate(data->parent_data);
	if (error != 0 || domain->ops->activate == NULL || data->allocated == 0)
		return error;
	error = domain->ops->activate(domain, data);
	if (error != 0 && data->parent_data != NULL)
		irqkit_domain_deactivate(data->parent_data);
	return error;
}

void irqkit_domain_deactivate(struct irq_data *data)
{
	for (; data != NULL; data = data->parent_data) {
		struct irq_domain *domain = data->domain;

		if (domain->ops->deactivate != NULL && data->allocated != 0)
			domain->ops->deactivate(domain, data);
	}
}
