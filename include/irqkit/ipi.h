/* SPDX-License-Identifier: MIT */
/*
 * Inter-processor interrupts: reserve, send, destroy.
 *
 * An IPI lives in an IPI domain of one of two kinds. In single mode
 * (irq_domain_is_ipi_single()) one irq serves whatever CPUs the mask holds.
 * In per-CPU mode (irq_domain_is_ipi_per_cpu()) each CPU of the mask has an
 * irq of its own, numbered upwards from the base that irq_reserve_ipi()
 * returned; the handler must be attached to each, and the base names the IPI
 * in every call here.
 *
 * Handlers are attached with request_irq(), request_percpu_irq() or
 * irq_set_handler(). IPIs sent to a CPU before the earlier one was taken
 * there may merge into one.
 *
 * Order: all that the sender stored before a send is visible to the handler
 * that the send causes.
 */
#ifndef IRQKIT_IPI_H
#define IRQKIT_IPI_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_desc;
struct irq_domain;

/**
 * irq_reserve_ipi() - allocate an IPI
 * @domain: an IPI domain
 * @dest: the CPUs it can be sent to; in per-CPU mode without a hole
 *
 * Each irq has @dest as its affinity, carries IRQ_NO_BALANCING, and is a
 * per-CPU interrupt. CPUs of @dest need not be online yet.
 *
 * Context: thread or boot. It allocates.
 * Locks: domain, descriptor table.
 * Return: the irq, above 0; -EINVAL if @domain is NULL or no IPI domain, if
 * @dest is NULL, empty, holds a CPU that is not possible, or has a hole in
 * per-CPU mode; -ENOMEM; -ENOSPC if no irq or no number of the controller is
 * left; -ENOSYS if the controller cannot send; what the domain's alloc
 * returned. On an error nothing is changed.
 */
int irq_reserve_ipi(struct irq_domain *domain, const struct cpumask *dest);

/**
 * irq_destroy_ipi() - free an IPI, or take CPUs from it
 * @irq: what irq_reserve_ipi() returned
 * @dest: the CPUs to take away: all it has, or a part
 *
 * If CPUs are left, sends to those taken are refused and the rest goes on as
 * before. In per-CPU mode the irqs of the CPUs taken are freed at once, but
 * the base number stays until the last CPU goes, and with it the hwirq of the
 * first CPU. In single mode the number stays on all CPUs until then.
 *
 * The caller sees to it that what was sent has been handled; what still
 * arrives for a freed number is counted as unexpected by the controller.
 *
 * Context: thread. It waits for handlers and checked sends that run.
 * Locks: domain, descriptor table, descriptor.
 * Return: 0; -EINVAL if @irq is not the base of an IPI, or @dest is NULL,
 * empty or has a CPU that the IPI does not have (so a second destroy fails);
 * -EBUSY if an irq that would go has a handler; -EDEADLK if the caller is a
 * handler. On an error nothing is changed.
 */
int irq_destroy_ipi(unsigned int irq, const struct cpumask *dest);

/**
 * ipi_get_hwirq() - the controller's number of an IPI at one CPU
 * @irq: what irq_reserve_ipi() returned
 * @cpu: a CPU of the IPI
 *
 * For a coprocessor that must be told which number to expect or to raise.
 *
 * Context: any.
 * Return: the number; INVALID_HWIRQ if @irq is not the base of an IPI or @cpu
 * is not one of its CPUs.
 */
irq_hw_number_t ipi_get_hwirq(unsigned int irq, unsigned int cpu);

/**
 * ipi_send_single() - send to one CPU
 * @irq: what irq_reserve_ipi() returned
 * @cpu: the target, which may be the caller
 *
 * Context: any, but for nmi.
 * Locks: none.
 * Return: 0; -EINVAL if @irq is not the base of an IPI or @cpu is not one of
 * its CPUs; -ENXIO if @cpu is neither online nor foreign; -ETIMEDOUT if the
 * controller did not take it. On an error nothing was sent.
 */
int ipi_send_single(unsigned int irq, unsigned int cpu);

/**
 * ipi_send_mask() - send to several CPUs
 * @irq: what irq_reserve_ipi() returned
 * @dest: the targets; an empty mask sends nothing and is no error
 *
 * Context: any, but for nmi.
 * Locks: none.
 * Return: 0; -EINVAL if @irq is not the base of an IPI, @dest is NULL or has a
 * CPU that the IPI does not have; -ENXIO if a CPU of it is neither online nor
 * foreign: nothing was sent; -ETIMEDOUT if the controller did not take one:
 * each CPU was tried.
 */
int ipi_send_mask(unsigned int irq, const struct cpumask *dest);

/**
 * __ipi_send_single() - send to one CPU, unchecked
 * @desc: descriptor of what irq_reserve_ipi() returned
 * @cpu: a CPU of the IPI that is online or foreign
 *
 * For core and architecture code, never for drivers: outside of debug builds
 * nothing is checked. The caller keeps the IPI and the CPU from going away.
 *
 * Context: any; in nmi only where the controller says so.
 * Locks: none.
 * Return: 0; -ETIMEDOUT if the controller did not take it; in a debug build
 * also the errors of ipi_send_single().
 */
int __ipi_send_single(struct irq_desc *desc, unsigned int cpu);

/**
 * __ipi_send_mask() - send to several CPUs, unchecked
 * @desc: descriptor of what irq_reserve_ipi() returned
 * @dest: CPUs of the IPI that are online or foreign, at least one
 *
 * For core and architecture code, as __ipi_send_single().
 *
 * Context: any; in nmi only where the controller says so.
 * Locks: none.
 * Return: 0; -ETIMEDOUT if the controller did not take one, each having been
 * tried; in a debug build also the errors of ipi_send_mask(), and -EINVAL for
 * an empty mask.
 */
int __ipi_send_mask(struct irq_desc *desc, const struct cpumask *dest);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
