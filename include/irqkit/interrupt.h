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

/* Flags of request_irq(). */
#define IRQKIT_IRQF_PERCPU	0x00000400UL /* each CPU has its own */
#define IRQKIT_IRQF_NOBALANCING 0x00000800UL /* balancing leaves it alone */
#ifndef IRQKIT_NO_SHORT_NAMES
#define IRQF_PERCPU	 IRQKIT_IRQF_PERCPU
#define IRQF_NOBALANCING IRQKIT_IRQF_NOBALANCING
#endif

/**
 * request_irq() - attach a handler and start the interrupt
 * @irq: the interrupt
 * @handler: called for each one
 * @flags: IRQF_PERCPU, IRQF_NOBALANCING, or 0
 * @name: for the table of interrupts; stays in use until free_irq()
 * @dev_id: handed to @handler, and names the handler to free_irq()
 *
 * On a per-CPU interrupt, such as an IPI, the one handler serves all CPUs;
 * IRQF_PERCPU is implied there, and refused elsewhere.
 *
 * Context: thread or boot.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated, has no controller, or belongs
 * to a domain that does not allow it, if @handler is NULL, or a flag is
 * unknown or does not fit; -EBUSY if it has a handler; -ETIMEDOUT from the
 * controller. On an error nothing is changed.
 */
int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags,
		const char *name, void *dev_id);

/**
 * free_irq() - stop the interrupt and detach its handler
 * @irq: the interrupt
 * @dev_id: as given to request_irq()
 *
 * When it returns, no CPU runs the handler any more, nor will one.
 *
 * Context: thread. It waits for handlers.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or has no handler with that
 * @dev_id, or the handler was attached by request_percpu_irq(); -EDEADLK if
 * the caller is a handler. On an error nothing is changed.
 */
int free_irq(unsigned int irq, void *dev_id);

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
 * Context: on-cpu: any but a handler, and the caller must not move to another
 * CPU.
 * Return: 0 (also if it is enabled already); -EINVAL if @irq has no such
 * handler; -EDEADLK if the caller is a handler.
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
 * interrupt.
 *
 * Context: thread.
 * Order: what those handlers stored is visible to the caller afterwards.
 * Return: 0; -EINVAL if @irq is not allocated; -EDEADLK if the caller is a
 * handler.
 */
int synchronize_irq(unsigned int irq);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
