/* SPDX-License-Identifier: MIT */
/*
 * Descriptors, controllers and flow handlers: for authors of backends, and for
 * kernels that handle interrupts below request_irq().
 */
#ifndef IRQKIT_IRQ_H
#define IRQKIT_IRQ_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/interrupt.h>
#include <irqkit/port.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_chip;
struct irq_desc;
struct irq_domain;
struct irq_percpu;

#define IRQKIT_NUMA_NO_NODE (-1)
#ifndef IRQKIT_NO_SHORT_NAMES
#define NUMA_NO_NODE IRQKIT_NUMA_NO_NODE
#endif

/* Status flags of an interrupt. */
enum irq_status {
	IRQ_NOREQUEST = 1U << 0,    /* request_irq() is refused */
	IRQ_NO_BALANCING = 1U << 1, /* balancing never moves it */
	IRQ_PER_CPU = 1U << 2,	    /* each CPU has its own line of it */
	IRQ_MOVE_PCNTXT = 1U << 3,  /* can be moved outside of its handler */
};

/* What the levels of a domain hierarchy share. */
struct irq_common_data {
	unsigned int status;	 /* enum irq_status; descriptor lock */
	int node;		 /* NUMA node, a hint for spreading */
	unsigned int ipi_offset; /* first CPU in per-CPU mode, else 0 */
	unsigned int ipi_nr;	 /* irqs of the IPI at its base, else 0 */
	void *handler_data;	 /* the flow handler's own */
	struct cpumask affinity; /* requested; of an IPI: its CPUs */
};

/* One level of an interrupt: its number at one controller. */
struct irq_data {
	unsigned int irq;
	irq_hw_number_t hwirq;
	struct irq_common_data *common;
	const struct irq_chip *chip;  /* never NULL */
	struct irq_domain *domain;    /* NULL if set up without one */
	struct irq_data *parent_data; /* the level nearer to the CPU */
	void *chip_data;	      /* the controller's own */
};

/**
 * typedef irq_flow_handler_t - what is done for an interrupt of a kind
 * @desc: the interrupt
 *
 * Context: handler, interrupts off.
 */
typedef void (*irq_flow_handler_t)(struct irq_desc *desc);

/* A handler on a descriptor. */
struct irqaction {
	irq_handler_t handler;
	void *dev_id;		    /* NULL if percpu_dev_id is used */
	void *const *percpu_dev_id; /* one cookie for each CPU, or NULL */
	unsigned long flags;
	const char *name;
};

/*
 * What is per interrupt. The memory of a descriptor never becomes anything
 * else, so a look-up needs no lock; the generation tells a number that was
 * freed and allocated again.
 */
struct irq_desc {
	struct irq_data irq_data;
	irq_flow_handler_t handle_irq;
	struct irqaction *action;  /* NULL or &first_action; descriptor lock */
	unsigned long *counts;	   /* of this slot, see irqkit_count() */
	struct irq_percpu *percpu; /* of request_percpu_irq(), or NULL */
	struct irq_common_data irq_common_data;
	struct irqaction first_action;
	struct irqkit_lock lock;
	bool retired;	/* being freed: takes no handler; descriptor lock */
	bool detaching; /* its handler is being freed; descriptor lock */
	unsigned int
		generation; /* odd while allocated; descriptor table lock */
	struct irq_desc *next_free; /* in the list of free slots */
};

/*
 * What one controller can do. A backend defines one as a constant; each
 * operation gets the irq_data of the controller's own level. They may not
 * allocate, and no lock of the library but those named is held.
 */
struct irq_chip {
	/* For the table of interrupts. Mandatory. */
	const char *name;

	/*
	 * Tell the controller that the interrupt was taken, so that the next
	 * edge is seen. Called by the flow handlers before the handler, on the
	 * CPU that took it. NULL: nothing is needed.
	 */
	void (*irq_ack)(struct irq_data *data);

	/*
	 * Tell the controller that handling is over. Called by the flow
	 * handlers after the handler, on the CPU that took it. NULL: nothing is
	 * needed.
	 */
	void (*irq_eoi)(struct irq_data *data);

	/*
	 * Keep the interrupt from reaching a CPU, and let it through again; for
	 * a per-CPU interrupt on the calling CPU only. Called with the
	 * descriptor lock held. NULL: the controller cannot, and the library
	 * keeps in software what arrives.
	 */
	void (*irq_mask)(struct irq_data *data);
	void (*irq_unmask)(struct irq_data *data);

	/*
	 * Raise an IPI at one CPU that is online or foreign. Gets the irq_data
	 * of that CPU. All that the caller stored before must be visible to
	 * @cpu when the interrupt arrives there. Any context, interrupts on or
	 * off, no lock. Returns 0, or -ETIMEDOUT after a bounded wait. NULL:
	 * ipi_send_mask() is used; an IPI domain's chip needs one of the two.
	 */
	int (*ipi_send_single)(struct irq_data *data, unsigned int cpu);

	/*
	 * Raise an IPI at all CPUs of a mask that is not empty, with as few
	 * writes as the hardware allows. Gets the irq_data of the base, also in
	 * per-CPU mode. Otherwise as ipi_send_single. NULL: it is called for
	 * each CPU instead.
	 */
	int (*ipi_send_mask)(struct irq_data *data, const struct cpumask *dest);
};

/* The chip of an interrupt that has none: every operation is NULL. */
extern const struct irq_chip no_irq_chip;

/**
 * irq_to_desc() - the descriptor of an interrupt
 * @irq: any number
 *
 * Context: any.
 * Locks: none.
 * Return: the descriptor; NULL if @irq is not allocated.
 */
struct irq_desc *irq_to_desc(unsigned int irq);

/**
 * irq_get_irq_data() - the irq_data of an interrupt
 * @irq: any number
 *
 * Context: any.
 * Locks: none.
 * Return: that of the level nearest to the device; NULL if @irq is not
 * allocated.
 */
struct irq_data *irq_get_irq_data(unsigned int irq);

/**
 * irq_alloc_descs() - allocate a range of interrupt numbers
 * @irq: the first number, above 0; or negative for anywhere
 * @from: with a negative @irq: the lowest number to use; 0 is taken as 1
 * @nr: how many, in a row
 * @node: NUMA node, or NUMA_NO_NODE
 *
 * The range is allocated whole or not at all. Each descriptor has no chip, no
 * action, no status flags, the possible CPUs as its affinity, and
 * handle_bad_irq() as its flow handler.
 *
 * Context: thread or boot. It allocates.
 * Locks: descriptor table.
 * Return: the first number; -EINVAL if @irq or @nr is 0, or the range ends
 * beyond IRQKIT_NR_IRQS; -EEXIST if a number of a range that begins at @irq
 * is taken; -ENOSPC if no such range is free; -ENOMEM.
 */
int irq_alloc_descs(int irq, unsigned int from, unsigned int nr, int node);

/**
 * irq_free_descs() - free a range of interrupt numbers
 * @from: the first
 * @nr: how many
 *
 * Context: thread or boot. It waits for handlers.
 * Locks: descriptor table.
 * Return: 0; -EINVAL if a number of the range is not allocated; -EBUSY if one
 * has a handler; -EDEADLK if the caller is a handler. On an error nothing is
 * freed.
 */
int irq_free_descs(unsigned int from, unsigned int nr);

/**
 * irq_set_handler() - install a flow handler
 * @irq: the interrupt
 * @handler: handle_percpu_irq() and the like, or the caller's own, which must
 * then do what the chip needs (chained_irq_enter(), chained_irq_exit());
 * NULL for handle_bad_irq()
 *
 * Context: thread or boot. It waits for handlers.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated; -EBUSY if it was attached by
 * request_percpu_irq(); -EDEADLK if the caller is a handler.
 */
int irq_set_handler(unsigned int irq, irq_flow_handler_t handler);

/**
 * irq_set_status_flags() - set flags of an interrupt
 * irq_clear_status_flags() - clear them
 * @irq: the interrupt
 * @flags: of enum irq_status
 *
 * Context: any.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or a flag is unknown.
 */
int irq_set_status_flags(unsigned int irq, unsigned int flags);
int irq_clear_status_flags(unsigned int irq, unsigned int flags);

/* Whether balancing may move it. */
static inline bool irqd_can_balance(const struct irq_data *data)
{
	return (data->common->status & (IRQ_NO_BALANCING | IRQ_PER_CPU)) == 0;
}

static inline bool irqd_is_per_cpu(const struct irq_data *data)
{
	return (data->common->status & IRQ_PER_CPU) != 0;
}

static inline struct irq_data *irq_desc_get_irq_data(struct irq_desc *desc)
{
	return &desc->irq_data;
}

/* Acknowledge and end an interrupt in a flow handler of one's own. */
static inline void chained_irq_enter(struct irq_desc *desc)
{
	if (desc->irq_data.chip->irq_ack != NULL)
		desc->irq_data.chip->irq_ack(&desc->irq_data);
}

static inline void chained_irq_exit(struct irq_desc *desc)
{
	if (desc->irq_data.chip->irq_eoi != NULL)
		desc->irq_data.chip->irq_eoi(&desc->irq_data);
}

/**
 * handle_percpu_irq() - flow of a per-CPU interrupt
 * @desc: the interrupt
 *
 * Counts, acknowledges, calls the handler and ends the interrupt. Takes no
 * lock. A handler of request_percpu_irq() gets this CPU's cookie; where this
 * CPU has not enabled it, the interrupt is kept for enable_percpu_irq().
 *
 * Context: handler, interrupts off.
 */
void handle_percpu_irq(struct irq_desc *desc);

/**
 * handle_bad_irq() - flow of an interrupt that nobody set up
 * @desc: the interrupt
 *
 * Counts it as unhandled and ends it.
 *
 * Context: handler, interrupts off.
 */
void handle_bad_irq(struct irq_desc *desc);

/* How often each CPU began or ended handling; odd while it handles. */
struct irqkit_cpu_dispatch {
	unsigned int sequence;
	unsigned int unhandled; /* interrupts that no handler took */
} IRQKIT_ALIGNED(64);
extern struct irqkit_cpu_dispatch irqkit_dispatch_table[IRQKIT_NR_CPUS];

/*
 * The sequence alone, for the two calls below and for readers that are no
 * handler.
 *
 * Order: begin pairs with the fence of irqkit_grace_period() in src/dispatch.c:
 * either that sees the sequence odd and waits, or the look-up that follows here
 * sees what was unpublished before. End is a release; it pairs with the acquire
 * of irqkit_grace_period(), so that what handlers stored is visible after the
 * wait.
 */
static inline void irqkit_dispatch_begin(unsigned int cpu)
{
	struct irqkit_cpu_dispatch *dispatch = &irqkit_dispatch_table[cpu];

	IRQKIT_STORE_RELAXED(&dispatch->sequence, dispatch->sequence + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void irqkit_dispatch_end(unsigned int cpu)
{
	struct irqkit_cpu_dispatch *dispatch = &irqkit_dispatch_table[cpu];

	__atomic_store_n(&dispatch->sequence, dispatch->sequence + 1,
			 __ATOMIC_RELEASE);
}

/**
 * irqkit_dispatch_enter() - begin to handle interrupts
 * irqkit_dispatch_exit() - handling is over
 * @cpu: the calling CPU
 *
 * The entry of a backend calls the first before it looks up a descriptor, and
 * the second after the last flow handler returned. Pairs may not be nested. In
 * between descriptors, actions and domains stay as they are looked up.
 *
 * Context: handler, interrupts off.
 * Order: as irqkit_dispatch_begin() and irqkit_dispatch_end().
 */
static inline void irqkit_dispatch_enter(unsigned int cpu)
{
	irqkit_dispatch_begin(cpu);
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_enter();
#endif
}

static inline void irqkit_dispatch_exit(unsigned int cpu)
{
#if IRQKIT_PORT_HANDLER_HOOKS
	irqkit_port_exit();
#endif
	irqkit_dispatch_end(cpu);
}

/* Run the flow handler of @desc; between enter and exit. */
static inline void generic_handle_irq_desc(struct irq_desc *desc)
{
	__atomic_load_n(&desc->handle_irq, __ATOMIC_ACQUIRE)(desc);
}

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
