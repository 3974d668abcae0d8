/* SPDX-License-Identifier: MIT */
/*
 * The kick: the smallest use of an IPI there is. It carries nothing and does
 * nothing: it ends the target's wait in arch_idle(), and so makes that CPU look
 * once more whether there is work. No lock; kick_irq is set at boot.
 *
 * Who gives the work stores it where the target looks (release), and then
 * kicks. Who idles looks for it (acquire) with interrupts off, and if there is
 * none waits in arch_idle(), which turns them on and waits in one step. That is
 * why no kick is lost:
 *
 *  - it comes before the look: what was stored before the send is visible to
 *    its handler (irqkit/ipi.h), and so to the look after it. No wait;
 *  - it comes after the look: interrupts are off, so it stays pending, and
 *    arch_idle() takes it and returns at once. Then the look is repeated.
 *
 * With interrupts on at the look it could be taken between look and wait, and
 * the CPU would sleep beside its work.
 */
#include "kernel.h"
#include "smp.h"

static unsigned int kick_irq;

/* That it came is all there is to it. */
static irqreturn_t kick_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* Two steps: a number for the IPI on all CPUs, and what it calls there. */
void kick_init(void)
{
	int irq = irq_reserve_ipi(machine.ipi_single, cpu_possible_mask);
	int error;

	if (irq < 0)
		panic("cannot reserve the IPI that wakes CPUs: %d", irq);
	kick_irq = (unsigned int)irq;
	error = request_irq(kick_irq, kick_handler, 0, "wake-up", NULL);
	if (error != 0)
		panic("cannot attach the handler of a wake-up: %d", error);
}

int kick(unsigned int cpu)
{
	return ipi_send_single(kick_irq, cpu);
}
