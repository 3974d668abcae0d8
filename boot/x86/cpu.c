// SPDX-License-Identifier: MIT
/*
 * What the common part asks of the CPU itself: who it is, its interrupt flag,
 * waiting, and the end of the run.
 */
#include "kernel.h"
#include "x86.h"

#define RFLAGS_IF 0x200UL

/* isa-debug-exit of QEMU: its exit status becomes 2 * value + 1. */
#define EXIT_PORT	  0xf4
#define EXIT_GOOD	  0x10
#define EXIT_BAD	  0x11

#define CPU_STRING2(text) #text
#define CPU_STRING(text)  CPU_STRING2(text)

/* Not volatile: it is the same wherever a function runs from start to end. */
unsigned int irqkit_port_cpu(void)
{
	unsigned int cpu;

	__asm__("movl %%gs:" CPU_STRING(X86_CPU_INDEX) ", %0" : "=r"(cpu));
	return cpu;
}

static unsigned long cpu_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags) : : "memory");
	return flags;
}

unsigned long irqkit_port_irq_save(void)
{
	unsigned long flags = cpu_flags();

	arch_irq_disable();
	return flags;
}

void irqkit_port_irq_restore(unsigned long state)
{
	if (state & RFLAGS_IF)
		arch_irq_enable();
	else
		arch_irq_disable();
}

bool irqkit_port_irqs_disabled(void)
{
	return !(cpu_flags() & RFLAGS_IF);
}

void arch_irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

void arch_irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

void arch_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* No interrupt comes between STI and HLT (SDM 2B, STI): no wake-up is lost. */
void arch_idle(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" : : : "memory");
}

/* An NMI ends HLT, and returns here if the CPU is to stay stopped. */
void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli\n\thlt" : : : "memory");
}

void arch_exit(int status)
{
	outb(EXIT_PORT, status == 0 ? EXIT_GOOD : EXIT_BAD);
	arch_halt();
}
