/* SPDX-License-Identifier: MIT */
/*
 * Stop all other CPUs, for a panic: by an IPI, and by NMI where the machine has
 * it and a CPU has its interrupts off. Once in the life of a system: a CPU that
 * was stopped does nothing more.
 */
#ifndef IRQKIT_SMP_STOP_H
#define IRQKIT_SMP_STOP_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irq_domain;

/* How CPUs are stopped. */
struct irqkit_smp_stop_info {
	/* An IPI domain in single mode. */
	struct irq_domain *domain;

	/*
	 * Optional; reaches a CPU that has its interrupts off, such as
	 * irqkit_x86_send_nmi(). Called in the context of irqkit_smp_stop(),
	 * for CPUs that are online; 0 or an error, in bounded time. NULL, as
	 * on arm64 today: such a CPU is not stopped.
	 */
	int (*send_nmi)(unsigned int cpu);

	/*
	 * Optional; called on each CPU that stops, once, with interrupts off,
	 * maybe in an NMI. It need not return. NULL, or if it does: the
	 * CPU spins.
	 */
	void (*stopped)(unsigned int cpu);
};

/**
 * irqkit_smp_stop_init() - have an IPI for irqkit_smp_stop()
 * @info: read during the call only
 *
 * Called once, when the backend is there. CPUs that come later take part.
 *
 * Context: boot. It allocates.
 * Return: 0; -EINVAL if @info or its domain is NULL, or that is no IPI domain
 * in single mode; -EBUSY if it was called before; -ENOMEM; what
 * irq_reserve_ipi() or request_irq() returned. On an error nothing is changed.
 */
int irqkit_smp_stop_init(const struct irqkit_smp_stop_info *info);

/**
 * irqkit_smp_stop() - stop all CPUs that are online, but the caller
 * @nanoseconds: how long to wait for them, above 0
 * @silent: filled in with those that did not stop; or NULL
 *
 * An IPI is sent to all. After half of the time the NMI is sent to each CPU
 * that did not answer, and to no other; without an NMI it is the IPI again.
 * What the controller takes to send comes on top. A CPU that
 * comes online meanwhile is stopped too, one that goes is not waited for;
 * foreign CPUs, and those that come online later, run on.
 *
 * One CPU stops all. Another one that calls this then, or ever after, stops in
 * the call, as if it had been asked to.
 *
 * It takes no lock, allocates nothing, and calls nothing but the controller's
 * send and @send_nmi until the others have stopped; then it logs one line that
 * names those who did not. The caller may be anywhere, even in the middle of a
 * send or with locks of the library held. A CPU that was stopped may hold some
 * for good: calls that take locks may now wait for ever, and irqkit_port_log()
 * must not. A grace period does not wait for a CPU that was stopped.
 *
 * Context: any, nmi too: then irqkit_port_cpu(), irqkit_port_irq_save(),
 * irqkit_port_irq_restore(), irqkit_port_nanoseconds(), irqkit_port_relax() and
 * irqkit_port_log() are called there. Interrupts are off meanwhile, and then as
 * before.
 * Locks: none.
 * Order: what a CPU stored before it stopped is visible to the caller.
 * Return: 0; -ETIMEDOUT if @silent has a CPU. On -EINVAL, if @nanoseconds is 0
 * or irqkit_smp_stop_init() was not called, and on -EBUSY, if this CPU has
 * called it before, nothing was done.
 */
int irqkit_smp_stop(uint64_t nanoseconds, struct cpumask *silent);

/**
 * irqkit_smp_stop_nmi() - an NMI arrived
 *
 * The kernel's entry asks this first. If this CPU is to stop, it stops here and
 * the call does not return.
 *
 * Context: nmi.
 * Locks: none.
 * Return: true if the CPU had stopped already, and is to go on with that: the
 * NMI is to be forgotten; false if it has nothing to do with a stop.
 */
bool irqkit_smp_stop_nmi(void);

/**
 * irqkit_smp_stopping() - whether a CPU has called irqkit_smp_stop()
 *
 * From then on nobody can rely on a lock being given back.
 *
 * Context: any, nmi too.
 */
bool irqkit_smp_stopping(void);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
