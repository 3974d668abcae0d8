/* SPDX-License-Identifier: MIT */
/*
 * Storms: interrupts that no handler takes, and that would keep their CPU busy
 * for ever. Such an interrupt is disabled, said once in the log, and its
 * handlers are polled.
 *
 * Looked at are interrupts with a handler of request_irq(), but for per-CPU
 * ones; counted are those that all handlers answered with IRQ_NONE. What a
 * threaded handler answers is not counted, nor are handlers of other
 * interrupts tried.
 */
#ifndef IRQKIT_SPURIOUS_H
#define IRQKIT_SPURIOUS_H

#include <irqkit/errno.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/**
 * irqkit_spurious_set() - what is a storm
 * @limit: so many that nobody handled, 0 for none: interrupts are never
 * disabled for that
 * @window: of so many that came, or fewer
 *
 * At first 99900 of 100000. Those that nobody handled with more than 100 ms
 * between them do not add up.
 *
 * An interrupt that was disabled as a storm counts one more disable than its
 * driver made; enable_irq() does not undo that. It is over when the last
 * handler is freed, when one more handler shares the interrupt (it may be the
 * one that was missing), or by irqkit_spurious_restart(). Until then
 * irqkit_poll() calls the handlers, at most every 100 ms, as if the interrupt
 * had come; not while it is disabled for other reasons too.
 *
 * Context: any.
 * Return: 0; -EINVAL if @limit is above @window.
 */
int irqkit_spurious_set(unsigned int limit, unsigned int window);

/**
 * irqkit_spurious_restart() - give an interrupt that was a storm a new chance
 * @irq: the interrupt
 *
 * For a driver that has set its device right.
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @irq is not allocated or was not disabled as a storm;
 * what starting it returned. On an error nothing is changed.
 */
int irqkit_spurious_restart(unsigned int irq);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
