/* SPDX-License-Identifier: MIT */
/* For users of interrupts: attach a handler, detach it, count. */
#ifndef IRQKIT_INTERRUPT_H
#define IRQKIT_INTERRUPT_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/* What a handler answers. */
enum irqreturn {
	IRQ_NONE = 0, /* the interrupt was not from its device */
	IRQ_HANDLED = 1,
	IRQ_WAKE_THREAD = 2, /* the threaded handler is to run */
};
typedef enum irqreturn irqreturn_t;

/**
 * typedef irq_handler_t - a handler of an interrupt
 * @irq: the interrupt
 * @dev_id: the cookie given when the handler was attached
 *
 * Context: handler: on the CPU that took the interrupt, interrupts off, and
 * they must stay off. No lock of the library is held.
 */
typedef irqreturn_t (*irq_handler_t)(unsigned int irq, void *dev_id);

/* What of a line makes an interrupt. */
enum irq_trigger {
	IRQ_TYPE_NONE = 0,
	IRQ_TYPE_EDGE_RISING = 1,
	IRQ_TYPE_EDGE_FALLING = 2,
	IRQ_TYPE_EDGE_BOTH = 3,
	IRQ_TYPE_LEVEL_HIGH = 4,
	IRQ_TYPE_LEVEL_LOW = 8,
	IRQ_TYPE_LEVEL_MASK = 0xc,
	IRQ_TYPE_SENSE_MASK = 0xf,
};

/* A line of a controller, see irq_get_irqchip_state(). */
enum irqchip_irq_state {
	IRQCHIP_STATE_PENDING,	  /* latched, waits for a CPU to take it */
	IRQCHIP_STATE_ACTIVE,	  /* a CPU has taken it and not ended it */
	IRQCHIP_STATE_MASKED,	  /* held back */
	IRQCHIP_STATE_LINE_LEVEL, /* what the device drives */
};

/* Flags of request_irq(). */
#define IRQKIT_IRQF_TRIGGER_RISING  0x00000001UL /* as enum irq_trigger */
#define IRQKIT_IRQF_TRIGGER_FALLING 0x00000002UL
#define IRQKIT_IRQF_TRIGGER_HIGH    0x00000004UL
#define IRQKIT_IRQF_TRIGGER_LOW	    0x00000008UL
#define IRQKIT_IRQF_TRIGGER_MASK    0x0000000fUL
#define IRQKIT_IRQF_SHARED	    0x00000080UL /* others may have it too */
#define IRQKIT_IRQF_PERCPU	    0x00000400UL /* each CPU has its own */
#define IRQKIT_IRQF_NOBALANCING	    0x00000800UL /* balancing leaves it alone */
#define IRQKIT_IRQF_ONESHOT	    0x00002000UL /* masked until threads end */
#define IRQKIT_IRQF_NO_SUSPEND	    0x00004000UL /* goes on while suspended */
#define IRQKIT_IRQF_EARLY_RESUME    0x00020000UL /* resumed before others */
#define IRQKIT_IRQF_COND_SUSPEND    0x00040000UL /* suspended if others are */
#define IRQKIT_IRQF_NO_AUTOEN	    0x00080000UL /* starts disabled */
#ifndef IRQKIT_NO_SHORT_NAMES
#define IRQF_TRIGGER_RISING  IRQKIT_IRQF_TRIGGER_RISING
#define IRQF_TRIGGER_FALLING IRQKIT_IRQF_TRIGGER_FALLING
#define IRQF_TRIGGER_HIGH    IRQKIT_IRQF_TRIGGER_HIGH
#define IRQF_TRIGGER_LOW     IRQKIT_IRQF_TRIGGER_LOW
#define IRQF_TRIGGER_MASK    IRQKIT_IRQF_TRIGGER_MASK
#define IRQF_SHARED	     IRQKIT_IRQF_SHARED
#define IRQF_PERCPU	     IRQKIT_IRQF_PERCPU
#define IRQF_NOBALANCING     IRQKIT_IRQF_NOBALANCING
#define IRQF_ONESHOT	     IRQKIT_IRQF_ONESHOT
#define IRQF_NO_SUSPEND	     IRQKIT_IRQF_NO_SUSPEND
#define IRQF_EARLY_RESUME    IRQKIT_IRQF_EARLY_RESUME
#define IRQF_COND_SUSPEND    IRQKIT_IRQF_COND_SUSPEND
#define IRQF_NO_AUTOEN	     IRQKIT_IRQF_NO_AUTOEN
#endif

/**
 * request_irq() - attach a handler and start the interrupt
 * @irq: the interrupt
 * @handler: called for each one
 * @flags: IRQF_ and the like, or 0
 * @name: for the table of interrupts; stays in use until free_irq()
 * @dev_id: handed to @handler, and names the handler to free_irq()
 *
 * The first handler sets the trigger (if @flags name one), activates the
 * interrupt in its domains, aims it and starts it. Further ones are attached
 * if all were requested with IRQF_SHARED and the same trigger, IRQF_ONESHOT
 * and IRQF_PERCPU; they are called in the order of their requests. All or none
 * must have IRQF_NO_SUSPEND, but for those with IRQF_COND_SUSPEND, which then
 * may be called while the system is suspended.
 *
 * On a per-CPU interrupt, such as an IPI, the one handler serves all CPUs;
 * IRQF_PERCPU is implied there, and refused elsewhere.
 *
 * With IRQF_NO_AUTOEN the interrupt is disabled until enable_irq().
 *
 * Context: thread or boot. It allocates for a shared interrupt only.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, has no controller, or belongs
 * to a domain that does not allow it, if @handler is NULL, a flag is unknown
 * or does not fit, or @dev_id is NULL with IRQF_SHARED; -EBUSY if it has a
 * handler that does not share it on these terms, or one that is just being
 * freed; -EEXIST if @dev_id is attached already; -ENOMEM; what setting the
 * trigger, activating or starting it returned. On an error nothing is changed.
 */
int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags,
		const char *name, void *dev_id);

/**
 * request_threaded_irq() - the same with a handler in thread context
 * @irq: the interrupt
 * @handler: called first, as for request_irq(); IRQ_WAKE_THREAD is its answer
 * when @thread_fn is to run; NULL: it always is
 * @thread_fn: called in thread context; NULL: as request_irq()
 * @flags: with IRQF_ONESHOT the interrupt is held masked until @thread_fn has
 * returned
 * @name: as for request_irq()
 * @dev_id: handed to both
 *
 * Runs by irqkit_port_defer(). What arrives while @thread_fn runs makes it run
 * once more.
 *
 * Context: thread or boot. It allocates.
 * Locks: descriptor.
 * Return: as request_irq(); -EINVAL also if both functions are NULL, if
 * @handler is NULL without IRQF_ONESHOT and the controller is not
 * IRQCHIP_ONESHOT_SAFE, or the interrupt is a per-CPU one; -ENOSYS if the
 * library was built without IRQKIT_PORT_DEFER.
 */
int request_threaded_irq(unsigned int irq, irq_handler_t handler,
			 irq_handler_t thread_fn, unsigned long flags,
			 const char *name, void *dev_id);

/**
 * free_irq() - detach a handler; the last one stops the interrupt
 * @irq: the interrupt
 * @dev_id: as given to request_irq()
 *
 * When it returns, no CPU runs the handler any more, nor its thread, nor will
 * one.
 *
 * Context: thread. It waits for handlers.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or has no handler with that
 * @dev_id, or the handler was attached by request_percpu_irq(); -EDEADLK if
 * the caller is a handler, or the threaded handler itself. On an error nothing
 * is changed.
 */
int free_irq(unsigned int irq, void *dev_id);

/**
 * disable_irq() - keep the handlers from running, and wait for those that do
 * disable_irq_nosync() - the same without the wait
 * @irq: the interrupt
 *
 * Calls nest. The controller is told when the interrupt fires next, unless
 * IRQ_DISABLE_UNLAZY is set; what arrives is handled after enable_irq().
 *
 * Context: thread, for disable_irq(); any but nmi, for disable_irq_nosync().
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or a per-CPU interrupt; from
 * disable_irq() -EDEADLK if the caller is a handler, or a threaded handler of
 * @irq. On an error nothing is changed.
 */
int disable_irq(unsigned int irq);
int disable_irq_nosync(unsigned int irq);

/**
 * enable_irq() - undo one disable_irq()
 * @irq: the interrupt
 *
 * The last one lets the handlers run again, also for what came meanwhile: by
 * the controller where it can raise an interrupt again, else from
 * irqkit_poll().
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or a per-CPU interrupt, or was
 * not disabled; what starting it returned. On an error nothing is changed.
 */
int enable_irq(unsigned int irq);

/**
 * irq_set_irq_type() - set the trigger
 * @irq: the interrupt
 * @type: of enum irq_trigger; IRQ_TYPE_NONE leaves it as it is
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or has no controller, or @type is
 * no trigger; what the controller returned. On an error nothing is changed.
 */
int irq_set_irq_type(unsigned int irq, unsigned int type);

/**
 * irq_set_irq_wake() - let an interrupt wake the system, or not
 * @irq: the interrupt
 * @on: calls with true nest, each with one with false
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, or @on is false and it does not
 * wake the system; -ENXIO if its controller cannot; -EBUSY if 65535 calls
 * with true nest; what the controller
 * returned. On an error nothing is changed.
 */
int irq_set_irq_wake(unsigned int irq, bool on);

/**
 * irq_get_irqchip_state() - read a bit of the controller's state
 * irq_set_irqchip_state() - write it
 * @irq: the interrupt; of a per-CPU one the bit of the calling CPU
 * @which: of enum irqchip_irq_state
 * @value: out, or the new value
 *
 * The level nearest to the device that has the operation is asked.
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, @which is unknown, @value is
 * NULL, or the controller does not have that bit; -ENOSYS if no level has the
 * operation.
 */
int irq_get_irqchip_state(unsigned int irq, enum irqchip_irq_state which,
			  bool *value);
int irq_set_irqchip_state(unsigned int irq, enum irqchip_irq_state which,
			  bool value);

/**
 * irq_set_affinity() - aim an interrupt
 * @irq: the interrupt
 * @mask: the CPUs that it may go to; those that cannot be are left out
 *
 * One that is not started keeps the mask for later. A chip that can move only
 * from the interrupt's own handler moves when it fires next.
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, is a per-CPU interrupt or one
 * that cannot be moved, or @mask is NULL or has no CPU that may be a target;
 * -EPERM if its affinity is managed by the library; what the controller
 * returned. On an error nothing is changed.
 */
int irq_set_affinity(unsigned int irq, const struct cpumask *mask);

/**
 * irq_force_affinity() - aim an interrupt at a CPU that is coming up
 * @irq: the interrupt
 * @mask: CPUs; those that are online but not active yet count too
 *
 * For what a CPU sets up for itself before it becomes active.
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: as irq_set_affinity().
 */
int irq_force_affinity(unsigned int irq, const struct cpumask *mask);

/**
 * irq_can_set_affinity() - whether irq_set_affinity() can do anything
 * @irq: the interrupt
 *
 * Context: any.
 * Return: true if it is allocated, no per-CPU interrupt, not managed, and its
 * controller can move it.
 */
bool irq_can_set_affinity(unsigned int irq);

/**
 * irq_get_affinity() - where an interrupt may go
 * irq_get_effective_affinity() - where it goes
 * @irq: the interrupt
 * @mask: out; the second is empty if it is not started or nobody knows
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or @mask is NULL.
 */
int irq_get_affinity(unsigned int irq, struct cpumask *mask);
int irq_get_effective_affinity(unsigned int irq, struct cpumask *mask);

/* Who is told where an interrupt goes. */
struct irq_affinity_notify {
	/*
	 * @mask: where it goes now; where it may go, if it is not started.
	 * Context: handler, of irqkit_poll(), with no lock held.
	 */
	void (*notify)(struct irq_affinity_notify *notify, unsigned int irq,
		       const struct cpumask *mask);
};

/**
 * irq_set_affinity_notifier() - be told where an interrupt goes
 * @irq: the interrupt
 * @notify: stays in use until another one or NULL is set, or the number is
 * freed; NULL: nobody is told
 *
 * It is called from the next irqkit_poll() after the affinity was set, or the
 * interrupt was moved as its CPU left or came back: once for several changes,
 * with the last. When the call returns the one before is not in use any more.
 *
 * Context: thread.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, is a per-CPU interrupt or an
 * IPI, or @notify has no function; -EDEADLK if the caller is a handler or a
 * notifier.
 */
int irq_set_affinity_notifier(unsigned int irq,
			      struct irq_affinity_notify *notify);

/**
 * irq_set_affinity_hint() - say where an interrupt would be best
 * irq_get_affinity_hint() - for who balances interrupts
 * @irq: the interrupt
 * @mask: stays in use until another one or NULL is set, or the number is freed;
 * out, for the second
 *
 * It moves nothing.
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, or @mask is NULL for the second;
 * -ENOENT from the second if there is no hint. On an error @mask is unchanged.
 */
int irq_set_affinity_hint(unsigned int irq, const struct cpumask *mask);
int irq_get_affinity_hint(unsigned int irq, struct cpumask *mask);

/**
 * irqkit_poll() - what the library does outside of interrupts
 *
 * The kernel calls it from its tick or its idle loop. It handles interrupts
 * that came while they were disabled and that the controller cannot raise
 * again, calls who is to be told of affinities, and the handlers of storms
 * (irqkit/spurious.h) now and then. What a controller left at a CPU that went
 * while it was aimed there is aimed again.
 *
 * Context: thread or irq-off, not in a handler of the library.
 * Return: how many interrupts were handled; -EDEADLK if the caller is a
 * handler.
 */
int irqkit_poll(void);

/**
 * request_percpu_irq() - attach a handler with a cookie for each CPU
 * @irq: a per-CPU interrupt
 * @handler: called on each CPU with that CPU's cookie
 * @name: for the table of interrupts; stays in use until it is freed
 * @percpu_dev_id: array of nr_cpu_ids cookies, indexed by CPU; stays in use
 * until it is freed
 *
 * No CPU handles it before enable_percpu_irq() ran there. What arrives until
 * then is kept, merged into one.
 *
 * Context: thread or boot. It allocates.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or no per-CPU interrupt, if
 * @handler or @percpu_dev_id is NULL, or irq_set_handler() gave it a flow
 * handler of another kind; -EBUSY if it has a handler; -ENOMEM. On an error
 * nothing is changed.
 */
int request_percpu_irq(unsigned int irq, irq_handler_t handler,
		       const char *name, void *const *percpu_dev_id);

/**
 * free_percpu_irq() - detach a handler of a per-CPU interrupt
 * @irq: the interrupt
 * @percpu_dev_id: as given to request_percpu_irq()
 *
 * Context: thread. It waits for handlers.
 * Locks: descriptor.
 * Return: 0; -EINVAL as for free_irq(); -EBUSY if it is enabled on a CPU;
 * -EDEADLK if the caller is a handler. On an error nothing is changed.
 */
int free_percpu_irq(unsigned int irq, void *const *percpu_dev_id);

/**
 * enable_percpu_irq() - let this CPU handle a per-CPU interrupt
 * @irq: attached by request_percpu_irq()
 *
 * If one arrived on this CPU while it was not enabled, its handler runs
 * before this returns.
 *
 * To enable it on all CPUs call it there by on_each_cpu(), irqkit/smp_call.h.
 *
 * Context: on-cpu: any but nmi, and the caller must not move to another CPU.
 * Locks: descriptor.
 * Return: 0 (also if it is enabled already); -EINVAL if @irq has no such
 * handler.
 */
int enable_percpu_irq(unsigned int irq);

/**
 * disable_percpu_irq() - stop this CPU from handling a per-CPU interrupt
 * @irq: attached by request_percpu_irq()
 *
 * Context: on-cpu: any, and the caller must not move to another CPU.
 * Return: 0 (also if it is disabled already); -EINVAL if @irq has no such
 * handler.
 */
int disable_percpu_irq(unsigned int irq);

/**
 * synchronize_irq() - wait until handlers that run now have returned
 * @irq: the interrupt
 *
 * Waits for every handler that was running when it was called, whichever
 * interrupt it serves: a CPU counts its dispatches, not those of one
 * interrupt; then for the threaded handlers of @irq that were woken.
 *
 * Context: thread.
 * Order: what those handlers stored is visible to the caller afterwards.
 * Return: 0; -EINVAL if @irq is not allocated; -EDEADLK if the caller is a
 * handler, or a threaded handler of @irq.
 */
int synchronize_irq(unsigned int irq);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
