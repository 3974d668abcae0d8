/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of a system that sleeps: all are held back but those that stay,
 * and those that may wake it are looked out for.
 *
 * A kernel that suspends calls suspend_device_irqs() after its drivers have
 * quieted their devices, and before it takes CPUs offline. With interrupts off
 * it then asks irqkit_pm_wakeup_pending() a last time and goes to sleep, or
 * back. When it is awake and its CPUs are online it calls resume_device_irqs().
 */
#ifndef IRQKIT_PM_H
#define IRQKIT_PM_H

#include <irqkit/errno.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/**
 * suspend_device_irqs() - hold back the interrupts of devices
 *
 * No handler of request_irq() and request_threaded_irq() runs any more when it
 * returns, but for those of interrupts of which a handler was requested with
 * IRQF_NO_SUSPEND. Per-CPU interrupts, IPIs and chained ones go on as well. It
 * is one more disable, which only resume_device_irqs() undoes, in any order
 * with the caller's own and with CPUs that go and come. What an edge does
 * meanwhile is kept; a chip with IRQCHIP_MASK_ON_SUSPEND has the interrupt
 * masked, others not before it fires.
 *
 * Interrupts of irq_set_irq_wake() are held back and let through to the
 * library, disabled by their drivers or not. The next one is a wake-up: it is
 * noted for irqkit_pm_wakeup_irq(), the interrupt is masked, and handled once
 * after resume_device_irqs(). One that had come before and was still to be
 * handled counts too. One that was never enabled, or was stopped as a storm,
 * does not wake.
 *
 * An interrupt that is requested later is not held back; a handler that joins
 * one that is held back waits with it. Freed with its last handler, an
 * interrupt is suspended no more.
 *
 * Context: thread. It waits for handlers and threaded handlers.
 * Locks: descriptor.
 * Return: 0; -EBUSY if they are suspended, or another CPU is just doing that
 * or the reverse; -EDEADLK if the caller is a handler, or a threaded handler
 * of such an interrupt. On an error nothing is changed.
 */
int suspend_device_irqs(void);

/**
 * resume_device_irqs() - let them through again
 *
 * What came meanwhile is handled: by the controller where it can raise an
 * interrupt again, else from irqkit_poll().
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: 0; -EINVAL if they are not suspended; -EBUSY if another CPU is just
 * suspending or resuming them. On these two nothing is changed. The first
 * error of starting one, which only a managed interrupt that was shut down
 * meanwhile needs: it is left disabled, for enable_irq() to try again, and all
 * others are resumed.
 */
int resume_device_irqs(void);

/**
 * irqkit_resume_early_irqs() - let through again what is needed early
 *
 * Those of which a handler was requested with IRQF_EARLY_RESUME. The others
 * stay suspended; resume_device_irqs() is still to be called. It can be left
 * out.
 *
 * Context: any but nmi.
 * Locks: descriptor.
 * Return: as resume_device_irqs().
 */
int irqkit_resume_early_irqs(void);

/**
 * irqkit_pm_wakeup_irq() - which interrupt woke the system
 *
 * Context: any.
 * Return: the first one since suspend_device_irqs(), also after
 * resume_device_irqs(); 0 if there was none.
 */
unsigned int irqkit_pm_wakeup_irq(void);

/**
 * irqkit_pm_wakeup_pending() - whether the system should not go to sleep
 *
 * Context: any.
 * Return: true from a wake-up until resume_device_irqs() has returned.
 */
bool irqkit_pm_wakeup_pending(void);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
