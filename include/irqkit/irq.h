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

struct irq_affinity_notify;
struct irq_chip;
struct irq_desc;
struct irq_domain;
struct irq_percpu;
struct irq_thread;
struct irqkit_dry_run;

#define IRQKIT_NUMA_NO_NODE (-1)
#ifndef IRQKIT_NO_SHORT_NAMES
#define NUMA_NO_NODE IRQKIT_NUMA_NO_NODE
#endif

/* Settings of an interrupt, see irq_set_status_flags(). */
enum irq_status {
	IRQ_NOREQUEST = 1U << 0,      /* request_irq() is refused */
	IRQ_NO_BALANCING = 1U << 1,   /* balancing never moves it */
	IRQ_PER_CPU = 1U << 2,	      /* each CPU has its own line of it */
	IRQ_MOVE_PCNTXT = 1U << 3,    /* can be moved outside of its handler */
	IRQ_NOAUTOEN = 1U << 4,	      /* request_irq() leaves it disabled */
	IRQ_DISABLE_UNLAZY = 1U << 5, /* disable_irq() masks it at once */
};

/* State of an interrupt; the low bits are its enum irq_trigger. */
enum irqd_state {
	IRQD_ACTIVATED = 1U << 4,      /* the domains have activated it */
	IRQD_STARTED = 1U << 5,	       /* the controller may deliver it */
	IRQD_DISABLED = 1U << 6,       /* the handlers must not run */
	IRQD_MASKED = 1U << 7,	       /* the controller holds it back */
	IRQD_IN_PROGRESS = 1U << 8,    /* a CPU runs its handlers */
	IRQD_PENDING = 1U << 9,	       /* came while it could not be handled */
	IRQD_RESEND = 1U << 10,	       /* irqkit_poll() will handle it */
	IRQD_ONESHOT = 1U << 11,       /* masked until its threads are done */
	IRQD_CHAINED = 1U << 12,       /* a demultiplexing flow handler */
	IRQD_WAKEUP = 1U << 13,	       /* wakes the system up */
	IRQD_SINGLE_TARGET = 1U << 14, /* goes to one CPU at a time */
	IRQD_AFFINITY_SET = 1U << 15,  /* somebody asked for its affinity */
	IRQD_AFFINITY_MANAGED = 1U << 16, /* the library keeps its affinity */
	IRQD_MANAGED_SHUTDOWN = 1U << 17, /* down: no CPU of its mask runs */
	IRQD_MOVE_PENDING = 1U << 18,	  /* moves when it fires next */
	IRQD_MOVING = 1U << 19,	      /* the old target may still get some */
	IRQD_SUSPENDED = 1U << 20,    /* by suspend_device_irqs() */
	IRQD_WAKEUP_ARMED = 1U << 21, /* suspended, and wakes the system */
	IRQD_STORM = 1U << 22,	      /* disabled, as nobody handled it */
	IRQD_NOTIFIES = 1U << 23,     /* has a notifier of its affinity */
	IRQD_NOTIFY = 1U << 24,	      /* irqkit_poll() will call it */
	IRQD_HINT = 1U << 25,	      /* has a hint for its affinity */
	IRQD_STRANDED = 1U << 26,     /* irqkit_poll() aims it again */
};

/* What the levels of a domain hierarchy share. */
struct irq_common_data {
	unsigned int status;	 /* enum irq_status; descriptor lock */
	unsigned int state;	 /* enum irqd_state; descriptor lock */
	int node;		 /* NUMA node, a hint for spreading */
	unsigned int ipi_offset; /* first CPU in per-CPU mode, else 0 */
	unsigned int ipi_nr;	 /* irqs of the IPI at its base, else 0 */
	void *handler_data;	 /* the flow handler's own */
	struct cpumask affinity; /* requested; of an IPI: its CPUs */
	struct cpumask effective_affinity; /* where it goes; or empty */
};

/* One level of an interrupt: its number at one controller. */
struct irq_data {
	unsigned int irq;
	unsigned int allocated; /* its domain's alloc came through */
	irq_hw_number_t hwirq;
	struct irq_common_data *common;
	const struct irq_chip *chip;  /* never NULL */
	struct irq_domain *domain;    /* NULL if set up without one */
	struct irq_data *parent_data; /* the level nearer to the CPU */
	void *chip_data;	      /* the controller's own */
};

/* The first affinity of an interrupt. */
struct irq_affinity_desc {
	struct cpumask mask;
	bool is_managed; /* it stays as it is, see irq_set_affinity() */
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
	struct irqaction *next;	   /* of a shared interrupt */
	struct irq_thread *thread; /* of request_threaded_irq(), or NULL */
};

/*
 * What is per interrupt. The memory of a descriptor never becomes anything
 * else, so a look-up needs no lock; the generation tells a number that was
 * freed and allocated again. The descriptor lock guards what says nothing else.
 */
struct irq_desc {
	struct irqkit_lock lock; /* first: without an offset it is cheaper */
	struct irq_data irq_data;
	irq_flow_handler_t handle_irq;
	struct irqaction *action;  /* the first one, or NULL */
	unsigned long *counts;	   /* of this slot, see irqkit_count() */
	struct irq_percpu *percpu; /* of request_percpu_irq(), or NULL */
	struct irq_common_data irq_common_data;
	struct irqaction first_action;
	unsigned int depth;		 /* of nested disables; 0: enabled */
	unsigned int unhandled;		 /* of late, as src/spurious.c counts */
	unsigned int unhandled_from;	 /* count of all when that began */
	unsigned short wake_depth;	 /* of nested irq_set_irq_wake() */
	unsigned short threads_active;	 /* that still hold a one-shot masked */
	struct cpumask pending_affinity; /* while IRQD_MOVE_PENDING is set */
	struct irq_affinity_notify *affinity_notify; /* IRQD_NOTIFIES */
	const struct cpumask *affinity_hint;	     /* IRQD_HINT */
	struct irq_desc *resend_next; /* in the list of irqkit_poll() */
	unsigned int live; /* its number; 0 while free or being freed */
	bool detaching;	   /* first_action is being freed */
	unsigned short unhandled_at; /* when the last was, in src/spurious.c */
	unsigned int
		generation; /* odd while allocated; descriptor table lock */
	struct irq_desc *next_free; /* in the list of free slots */
};

/* The write by which a device raises an interrupt. */
struct msi_msg {
	uint64_t address; /* physical */
	uint32_t data;
};

/* What a chip wants from the core. */
enum irq_chip_flags {
	IRQCHIP_SET_TYPE_MASKED = 1U << 0, /* mask it around irq_set_type */
	IRQCHIP_ONESHOT_SAFE = 1U << 1,	   /* threads need not hold it masked */
	IRQCHIP_SKIP_SET_WAKE = 1U << 2,   /* wakes up without being told */
	IRQCHIP_MASK_ON_SUSPEND = 1U << 3, /* mask it while suspended */
};

/*
 * What one controller can do. A backend defines one as a constant; each
 * operation gets the irq_data of the controller's own level. With one
 * exception, the sends of IPIs, they are called with the descriptor lock held
 * and interrupts off. They may not allocate or log, and may take locks of the
 * vector matrix and of controllers. In a hierarchy a level that only hands an
 * operation on uses the irq_chip_*_parent() functions.
 */
struct irq_chip {
	/* For the table of interrupts. Mandatory. */
	const char *name;
	unsigned int flags; /* enum irq_chip_flags */

	/*
	 * Let the interrupt through for the first time, after its type and its
	 * affinity were set. Returns 0 or a negative error, having then changed
	 * nothing. NULL: irq_unmask.
	 */
	int (*irq_startup)(struct irq_data *data);

	/* The reverse; what is latched may be dropped. NULL: irq_mask. */
	void (*irq_shutdown)(struct irq_data *data);

	/*
	 * Keep the interrupt from reaching a CPU, and let it through again.
	 * What an edge does meanwhile stays latched where the hardware can. For
	 * a per-CPU interrupt on the calling CPU only. NULL: the controller
	 * cannot, and the library keeps in software what arrives.
	 */
	void (*irq_mask)(struct irq_data *data);
	void (*irq_unmask)(struct irq_data *data);

	/*
	 * Tell the controller that the interrupt was taken, so that the next
	 * edge is seen. Called by the flow handlers before the handler, on the
	 * CPU that took it; for per-CPU flows without the descriptor lock.
	 * NULL: nothing is needed.
	 */
	void (*irq_ack)(struct irq_data *data);

	/*
	 * Tell the controller that handling is over. Called by the flow
	 * handlers after the handler, on the CPU that took it; for per-CPU
	 * flows without the descriptor lock. NULL: nothing is needed.
	 */
	void (*irq_eoi)(struct irq_data *data);

	/*
	 * Set the trigger: one of enum irq_trigger, not IRQ_TYPE_NONE. Returns
	 * 0, or -EINVAL if the controller cannot do that. NULL: any trigger is
	 * fine and needs nothing.
	 */
	int (*irq_set_type)(struct irq_data *data, unsigned int type);

	/*
	 * Let the interrupt wake the system, or not. Returns 0 or a negative
	 * error. NULL: it cannot, unless IRQCHIP_SKIP_SET_WAKE is set.
	 */
	int (*irq_set_wake)(struct irq_data *data, bool on);

	/*
	 * Aim the interrupt at one or more CPUs of @mask, which is not empty
	 * and has CPUs only that may be targets. Tells which by
	 * irq_data_update_effective_affinity(); if it does not, all of @mask
	 * are assumed. Called when the interrupt is started, before that, and
	 * whenever it moves: from any context if it has IRQ_MOVE_PCNTXT, else
	 * from its own flow handler or with the interrupt masked. Returns 0;
	 * IRQKIT_MOVING if the old target may still get some, until the chip
	 * calls irq_move_done(); -ENOSPC if those CPUs have no room; -EBUSY if
	 * an earlier move is not over; another error. On an error the target is
	 * as before. NULL: it cannot be moved.
	 */
	int (*irq_set_affinity)(struct irq_data *data,
				const struct cpumask *mask);

	/*
	 * End a move that irq_set_affinity() began, because the old target goes
	 * offline: afterwards it gets none. NULL: moves are over at once.
	 */
	void (*irq_force_complete_move)(struct irq_data *data);

	/*
	 * Answer what irq_set_affinity would for @mask, and do nothing: for
	 * irq_plan_offline(), see irqkit/dry_run.h. The interrupt is at no CPU
	 * of @mask; where it would be by now need not be what @data says. On 0
	 * or IRQKIT_MOVING irqkit_dry_run_aim() tells where it would go; if it
	 * does not, all of @mask are assumed. With NULL as @mask the move that
	 * goes on would end, by irq_force_complete_move: what is free then is
	 * free for the next; the answer does not count. NULL: the parent's is
	 * asked, and if no level has it the core assumes.
	 */
	int (*irq_plan_affinity)(const struct irq_data *data,
				 const struct cpumask *mask,
				 struct irqkit_dry_run *run);

	/*
	 * Make the interrupt arrive once more at its target, as an edge.
	 * Returns 0 or a negative error. NULL: irqkit_poll() calls the handler.
	 */
	int (*irq_retrigger)(struct irq_data *data);

	/*
	 * Read or write one bit of the hardware's state. Returns 0, or -EINVAL
	 * for a bit that it does not have. NULL: the parent's is used.
	 */
	int (*irq_get_irqchip_state)(struct irq_data *data,
				     enum irqchip_irq_state which, bool *value);
	int (*irq_set_irqchip_state)(struct irq_data *data,
				     enum irqchip_irq_state which, bool value);

	/*
	 * Say which message a device has to write so that this interrupt
	 * arrives at its target. NULL: the parent's is used.
	 */
	void (*irq_compose_msi_msg)(struct irq_data *data, struct msi_msg *msg);

	/* Write the message to the device. NULL: not a level of messages. */
	void (*irq_write_msi_msg)(struct irq_data *data,
				  const struct msi_msg *msg);

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

/* Answer of irq_set_affinity: accepted, and the old target may get some yet. */
#define IRQKIT_MOVING 1

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
 * irq_alloc_descs_affinity() - the same with a first affinity for each
 * @irq: as above
 * @from: as above
 * @nr: as above
 * @node: as above
 * @affinity: an array of @nr, read during the call only; NULL: none
 *
 * Context: thread or boot. It allocates.
 * Locks: descriptor table.
 * Return: as irq_alloc_descs(); -EINVAL also if a mask has no possible CPU.
 */
int irq_alloc_descs_affinity(int irq, unsigned int from, unsigned int nr,
			     int node,
			     const struct irq_affinity_desc *affinity);

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
 * irq_get_next_irq() - the next number that is allocated
 * @from: any number
 *
 * Numbers come and go meanwhile: irq_to_desc() may then say NULL, and calls
 * that take a number say -EINVAL.
 *
 * Context: any.
 * Locks: none.
 * Return: the first allocated number from @from on, or IRQKIT_NR_IRQS.
 */
unsigned int irq_get_next_irq(unsigned int from);

/* Go through all allocated numbers, upwards. */
#define irqkit_for_each_active_irq(irq)                                  \
	for ((irq) = irqkit_irq_get_next_irq(1); (irq) < IRQKIT_NR_IRQS; \
	     (irq) = irqkit_irq_get_next_irq((irq) + 1))

/**
 * irq_set_chip_and_handler() - set up an interrupt that has no domain
 * @irq: a number of irq_alloc_descs() without a handler
 * @hwirq: its number at the controller
 * @chip: the controller
 * @chip_data: the controller's own
 * @handler: the flow handler
 *
 * Context: thread or boot. It waits for handlers.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or belongs to a domain, or @chip
 * or @handler is NULL; -EBUSY if it has a handler; -EDEADLK if the caller is a
 * handler. On an error nothing is changed.
 */
int irq_set_chip_and_handler(unsigned int irq, irq_hw_number_t hwirq,
			     const struct irq_chip *chip, void *chip_data,
			     irq_flow_handler_t handler);

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
 * irq_set_chained_handler_and_data() - the interrupt is that of a controller
 * @irq: an interrupt without a handler
 * @handler: finds out what arrived at the other controller, and calls
 * generic_handle_domain_irq() for it, between chained_irq_enter() and
 * chained_irq_exit(); NULL: stop the interrupt and take the handler away
 * @data: for irq_desc_get_handler_data()
 *
 * The interrupt is started at once. It can not be requested, and moves away
 * from a CPU that goes offline as others do.
 *
 * Context: thread or boot. It waits for handlers.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, has no chip, is a per-CPU
 * interrupt, or @handler is NULL and none was set; -EBUSY if it has a handler;
 * -EDEADLK if the caller is a handler; what activating or starting it
 * returned. On an error nothing is changed.
 */
int irq_set_chained_handler_and_data(unsigned int irq,
				     irq_flow_handler_t handler, void *data);

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

/* The state of an interrupt at this moment. */
static inline unsigned int irqkit_irqd_state(const struct irq_data *data)
{
	return IRQKIT_LOAD_RELAXED(&data->common->state);
}

static inline bool irqd_is_activated(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_ACTIVATED) != 0;
}

static inline bool irqd_is_started(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_STARTED) != 0;
}

static inline bool irqd_irq_disabled(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_DISABLED) != 0;
}

static inline bool irqd_irq_masked(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_MASKED) != 0;
}

static inline bool irqd_irq_inprogress(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_IN_PROGRESS) != 0;
}

static inline bool irqd_affinity_is_managed(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_AFFINITY_MANAGED) != 0;
}

static inline bool irqd_is_managed_and_shutdown(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_MANAGED_SHUTDOWN) != 0;
}

static inline bool irqd_is_wakeup_set(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQD_WAKEUP) != 0;
}

/* Of enum irq_trigger. */
static inline unsigned int irqd_get_trigger_type(const struct irq_data *data)
{
	return irqkit_irqd_state(data) & IRQ_TYPE_SENSE_MASK;
}

static inline bool irqd_is_level_type(const struct irq_data *data)
{
	return (irqkit_irqd_state(data) & IRQ_TYPE_LEVEL_MASK) != 0;
}

/* Whether balancing may move it. */
static inline bool irqd_can_balance(const struct irq_data *data)
{
	return (data->common->status & (IRQ_NO_BALANCING | IRQ_PER_CPU)) == 0;
}

static inline bool irqd_is_per_cpu(const struct irq_data *data)
{
	return (data->common->status & IRQ_PER_CPU) != 0;
}

static inline irq_hw_number_t irqd_to_hwirq(const struct irq_data *data)
{
	return data->hwirq;
}

static inline void *irq_data_get_irq_chip_data(const struct irq_data *data)
{
	return data->chip_data;
}

/* What was asked for. Others may change it meanwhile, a word at a time. */
static inline const struct cpumask *irq_data_get_affinity_mask(
	const struct irq_data *data)
{
	return &data->common->affinity;
}

/* Where it goes; empty if it is not started or nobody knows. */
static inline const struct cpumask *irq_data_get_effective_affinity_mask(
	const struct irq_data *data)
{
	return &data->common->effective_affinity;
}

/* For irq_set_affinity of a chip: where the interrupt goes from now on. */
static inline void irq_data_update_effective_affinity(
	struct irq_data *data, const struct cpumask *mask)
{
	cpumask_copy(&data->common->effective_affinity, mask);
}

/* The same for the usual one, a single CPU. */
static inline void irqkit_set_effective_cpu(struct irq_data *data,
					    unsigned int cpu)
{
	irqkit_cpumask_single(&data->common->effective_affinity, cpu);
}

static inline struct irq_data *irq_desc_get_irq_data(struct irq_desc *desc)
{
	return &desc->irq_data;
}

static inline const struct irq_chip *irq_desc_get_chip(
	const struct irq_desc *desc)
{
	return desc->irq_data.chip;
}

static inline void *irq_desc_get_handler_data(const struct irq_desc *desc)
{
	return desc->irq_common_data.handler_data;
}

/**
 * chained_irq_enter() - begin a flow handler of one's own
 * chained_irq_exit() - end it
 * @desc: the interrupt
 *
 * The chip is told as by the library's own flow handlers. Without an EOI the
 * interrupt is masked meanwhile, and stays so if it was disabled then. One that
 * is per-CPU is not masked.
 *
 * Context: handler.
 * Locks: descriptor; none for a per-CPU interrupt.
 */
void chained_irq_enter(struct irq_desc *desc);
void chained_irq_exit(struct irq_desc *desc);

/**
 * irq_move_done() - a move has ended
 * @data: any level of the interrupt
 *
 * Called by a chip whose irq_set_affinity answered IRQKIT_MOVING, when the old
 * target can get none any more.
 *
 * Context: any, interrupts off.
 * Locks: the caller holds the descriptor lock, as an operation of a chip does.
 */
void irq_move_done(struct irq_data *data);

/**
 * irqkit_forward_irq() - what is latched on a CPU that goes arrives elsewhere
 * @desc: an interrupt that was moved away from the calling CPU
 *
 * Called by a backend's dying step for an interrupt that its local controller
 * has latched and that no CPU will take there. It is raised again at its
 * target, and noted in the receipt. A level is not: its device still holds it.
 *
 * Context: on-cpu, interrupts off, in a dying step.
 * Locks: descriptor.
 * Return: 0; -EINVAL if it is not started: what was latched is dropped, as it
 * is for an interrupt that is shut down.
 */
int irqkit_forward_irq(struct irq_desc *desc);

/*
 * The flow handlers. All count the interrupt; those that lock run the handlers
 * with the descriptor unlocked and IRQD_IN_PROGRESS set. An interrupt that may
 * not be handled now (disabled, no handler, or its handlers run on another
 * CPU) is remembered as pending, except for levels, which the device holds.
 *
 * Context: handler, interrupts off, between irqkit_dispatch_enter() and
 * irqkit_dispatch_exit().
 */

/**
 * handle_simple_irq() - flow of an interrupt without a controller of its own
 * @desc: the interrupt
 *
 * No operation of a chip is called: for a demultiplexer's software lines.
 *
 * Locks: descriptor.
 */
void handle_simple_irq(struct irq_desc *desc);

/**
 * handle_level_irq() - flow of a level
 * @desc: the interrupt
 *
 * Masks and acknowledges, calls the handlers, unmasks; a one-shot interrupt is
 * unmasked when its threads are done.
 *
 * Locks: descriptor.
 */
void handle_level_irq(struct irq_desc *desc);

/**
 * handle_edge_irq() - flow of an edge
 * @desc: the interrupt
 *
 * Acknowledges first, so that an edge during the handlers comes again. If it
 * comes at another CPU meanwhile it is masked there, and the CPU that runs the
 * handlers runs them once more; or, if the interrupt has been moved away from
 * that CPU, sends it to its new target.
 *
 * Locks: descriptor.
 */
void handle_edge_irq(struct irq_desc *desc);

/**
 * handle_fasteoi_irq() - flow for a controller that needs an EOI only
 * @desc: the interrupt
 *
 * For messages and other edges as handle_edge_irq() where the interrupt comes
 * at another CPU meanwhile, but nothing is masked.
 *
 * Locks: descriptor.
 */
void handle_fasteoi_irq(struct irq_desc *desc);

/**
 * handle_percpu_irq() - flow of a per-CPU interrupt
 * @desc: the interrupt
 *
 * Acknowledges, calls the handler and ends the interrupt. A handler of
 * request_percpu_irq() gets this CPU's cookie; where this CPU has not enabled
 * it, the interrupt is kept for enable_percpu_irq(). So it serves both kinds,
 * and handle_percpu_devid_irq() is the same.
 *
 * Locks: none.
 */
void handle_percpu_irq(struct irq_desc *desc);
#define irqkit_handle_percpu_devid_irq irqkit_handle_percpu_irq

/**
 * handle_percpu_devid_fasteoi_ipi() - flow of an IPI that is ended first
 * @desc: the interrupt
 *
 * As handle_percpu_irq(), but the interrupt is ended before the handler is
 * called, so that a long handler does not hold back what the controller has
 * for this CPU any longer than interrupts are off.
 *
 * Locks: none.
 */
void handle_percpu_devid_fasteoi_ipi(struct irq_desc *desc);

/**
 * handle_bad_irq() - flow of an interrupt that nobody set up
 * @desc: the interrupt
 *
 * Counts it as unhandled and ends it.
 *
 * Locks: none.
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

	IRQKIT_INCREMENT_RELAXED(&dispatch->sequence);
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
