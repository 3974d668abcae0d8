/* SPDX-License-Identifier: MIT */
/* Interrupt mask, idling and names of a CPU, and the end of the machine. */
#include "arm64.h"

#define CPU_DAIF_I 0x80UL /* Arm ARM C5.2.2 */

/* Semihosting for AArch32 and AArch64, SYS_EXIT_EXTENDED. */
#define CPU_STOPPED_APPLICATION_EXIT 0x20026

/*
 * What the emulator ends with, as on x86: a machine that was switched off or
 * reset ends with 0, and must not be taken for one that is content.
 */
#define CPU_EXIT_GOOD 33
#define CPU_EXIT_BAD  35

unsigned int irqkit_port_cpu(void)
{
	return (unsigned int)READ_SYSREG(tpidr_el1);
}

void arch_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

void arch_irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" : : : "memory");
}

unsigned long irqkit_port_irq_save(void)
{
	unsigned long state;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #2"
			 : "=r"(state)
			 :
			 : "memory");
	return state;
}

void irqkit_port_irq_restore(unsigned long state)
{
	__asm__ volatile("msr daif, %0" : : "r"(state) : "memory");
}

bool irqkit_port_irqs_disabled(void)
{
	return READ_SYSREG(daif) & CPU_DAIF_I;
}

void arch_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/*
 * A pending interrupt ends WFI although it is masked, so none is lost between
 * the caller's last look and WFI. The DSB lets other CPUs see what this one
 * stored before it sleeps; it has no pair.
 */
void arch_idle(void)
{
	__asm__ volatile("dsb sy\n\t"
			 "wfi\n\t"
			 "msr daifclr, #2\n\t"
			 "isb\n\t" /* what is pending is taken here */
			 "msr daifset, #2"
			 :
			 :
			 : "memory");
}

/* All of DAIF is masked; what is pending ends WFI, which is entered again. */
void arch_halt(void)
{
	for (;;)
		__asm__ volatile("msr daifset, #15\n\twfi" : : : "memory");
}

void arch_exit(int status)
{
	uint64_t block[2] = {CPU_STOPPED_APPLICATION_EXIT,
			     status == 0 ? CPU_EXIT_GOOD : CPU_EXIT_BAD};

	arch_irq_disable();
	/* Without semihosting, exception_fatal() goes on from here. */
	semihosting(SEMIHOSTING_EXIT, block);
	psci_system_off();
	arch_halt();
}
