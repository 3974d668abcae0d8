/* SPDX-License-Identifier: MIT */
/*
 * Many virtual IPIs over one IPI of a controller.
 *
 * A mux takes one IPI of its parent, an IPI domain in single mode, and offers
 * as many as its creator asks for: they are those of an IPI domain in single
 * mode like any other, so irq_reserve_ipi() and all other calls of
 * irqkit/ipi.h and irqkit/interrupt.h work on them. There may be any number of
 * muxes, and the parent of one may be the domain of another.
 *
 * Each CPU has words of memory in which senders leave what it has to handle.
 * The controller is only told if nothing waits in that word already, so IPIs
 * of several numbers, and several of one number, arrive as one interrupt. They
 * are handled in the order of their numbers.
 *
 * disable_percpu_irq() holds a virtual IPI back on that CPU; what is sent
 * meanwhile waits, merged into one, and enable_percpu_irq() lets it arrive.
 *
 * A CPU that goes offline handles in irqkit_cpu_dying(), interrupts off and the
 * CPU not online any more, all that was sent to it by then: what a send
 * accepted is not lost. After that, sends to it are -ENXIO, and at that moment
 * one that is refused may be handled all the same; what was held back by
 * disable_percpu_irq() is dropped. A CPU that comes back has nothing
 * waiting. A foreign CPU does not know of the mux: sends to it are -ENXIO as
 * well, and in a mask the other CPUs get theirs.
 *
 * If the controller does not take an IPI, a send is -ETIMEDOUT. What was
 * waiting in the same word, which others may rely on, then arrives with the
 * next IPI of the mux that reaches the CPU, and so does that which failed.
 *
 * Order: as of every IPI, all that the sender stored before a send is visible
 * to the handler that the send causes, also if it merged into an earlier one.
 */
#ifndef IRQKIT_IPI_MUX_H
#define IRQKIT_IPI_MUX_H

#include <irqkit/errno.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_domain;
struct irqkit_ipi_mux;

/* How to make a mux. */
struct irqkit_ipi_mux_info {
	const char *name;	   /* stays in use as long as the mux */
	struct irq_domain *parent; /* an IPI domain in single mode */
	unsigned int nr;	   /* virtual IPIs: 1 to IRQKIT_NR_IRQS */
};

/**
 * irqkit_ipi_mux_create() - make a mux
 * @info: read during the call only
 * @mux: out
 *
 * For each 64 virtual IPIs it takes 32 bytes a CPU, in whole lines of 64 bytes
 * (on a 32-bit machine, 16 bytes for each 32). The parent's IPI is reserved for
 * all possible CPUs.
 *
 * Context: boot, or thread while the kernel takes no step of a CPU (see
 * irqkit/cpuhotplug.h). It allocates.
 * Locks: domain, descriptor table, descriptor, controller.
 * Return: 0; -EINVAL if a pointer, the name or the parent is missing, @nr is 0
 * or above IRQKIT_NR_IRQS, or the parent is no IPI domain in single mode;
 * -ENOMEM; -ENOSPC or another error of reserving the parent's IPI. On an error
 * nothing is changed and @mux is not written.
 */
int irqkit_ipi_mux_create(const struct irqkit_ipi_mux_info *info,
			  struct irqkit_ipi_mux **mux);

/**
 * irqkit_ipi_mux_destroy() - free a mux
 * @mux: a mux of which no IPI is reserved
 *
 * The parent's IPI is free again.
 *
 * Context: as irqkit_ipi_mux_create(). It waits for handlers.
 * Locks: domain, descriptor table, descriptor, controller.
 * Return: 0; -EINVAL if @mux is NULL; -EBUSY while an IPI of it is reserved, or
 * another mux has its domain as parent; -EDEADLK if the caller is a handler. On
 * an error nothing is changed.
 */
int irqkit_ipi_mux_destroy(struct irqkit_ipi_mux *mux);

/**
 * irqkit_ipi_mux_domain() - the IPI domain of a mux, for irq_reserve_ipi()
 * @mux: the mux
 *
 * The hwirq of an IPI is its number at the mux.
 *
 * Context: any.
 * Return: the domain; NULL if @mux is NULL.
 */
struct irq_domain *irqkit_ipi_mux_domain(const struct irqkit_ipi_mux *mux);

/**
 * irqkit_ipi_mux_unexpected() - IPIs that nobody had any more
 * @mux: the mux
 *
 * What was on its way when its IPI was destroyed.
 *
 * Context: any.
 * Return: how many so far; 0 if @mux is NULL.
 */
unsigned long irqkit_ipi_mux_unexpected(const struct irqkit_ipi_mux *mux);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
