/* SPDX-License-Identifier: MIT */
/* How often each interrupt was taken, by CPU; and why one is not. */
#ifndef IRQKIT_STATS_H
#define IRQKIT_STATS_H

#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/**
 * kstat_irqs_cpu() - how often a CPU took an interrupt
 * @irq: the interrupt
 * @cpu: logical index
 *
 * Context: any.
 * Return: the count since it was allocated; 0 if @irq is not allocated or
 * @cpu not possible.
 */
unsigned long kstat_irqs_cpu(unsigned int irq, unsigned int cpu);

/**
 * kstat_irqs() - how often all CPUs together took an interrupt
 * @irq: the interrupt
 *
 * Context: any.
 * Return: the sum; 0 if @irq is not allocated.
 */
unsigned long kstat_irqs(unsigned int irq);

/**
 * irqkit_unhandled() - how often a CPU took an interrupt without a handler
 * @cpu: logical index
 *
 * Context: any.
 * Return: the count; 0 if @cpu is not possible.
 */
unsigned int irqkit_unhandled(unsigned int cpu);

/**
 * typedef irqkit_print_t - print a piece of text
 * @context: the caller's
 * @text: ends with a null byte; a line feed is in it where a line ends
 */
typedef void (*irqkit_print_t)(void *context, const char *text);

/**
 * irqkit_show_interrupts() - a table of all interrupts
 * @print: called for each piece
 * @context: handed to @print
 *
 * A line an interrupt: number, count on each online CPU, controller, hwirq,
 * trigger (Edge, Level, or - if it was not set), names of the handlers, and in
 * brackets how many nobody handled of late, unless none.
 *
 * Context: thread or boot.
 * Return: 0; -EINVAL if @print is NULL.
 */
int irqkit_show_interrupts(irqkit_print_t print, void *context);

/**
 * irqkit_explain() - why an interrupt would, or would not, reach its handler
 * @irq: any number
 * @print: called for each line
 * @context: handed to @print
 *
 * The first line is the verdict, with the reason that decides; further reasons
 * follow, then all that is known: handlers, state, each controller on the way
 * with its hwirq and what its registers say (DIFFERS: other than the software),
 * CPUs, counts. A controller that tells the state of a per-CPU interrupt tells
 * that of the calling CPU.
 *
 * For people and failed tests, as what it says may be over when it is read.
 *
 * Context: any but nmi, if @print can be called from there; no lock of the
 * library is held.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @print is NULL, or @irq is not allocated or is being
 * freed, which is printed.
 */
int irqkit_explain(unsigned int irq, irqkit_print_t print, void *context);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
