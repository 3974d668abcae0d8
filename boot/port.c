/* SPDX-License-Identifier: MIT */
/*
 * The port: what irqkit asks of this kernel (irqkit/port.h). Which CPU this is,
 * and whether it takes interrupts, boot/<arch>/cpu.c says.
 */
#include "kernel.h"
#include "smp.h"

struct hwcpu irqkit_port_hwcpu(unsigned int cpu)
{
	return arch_hwcpu(cpu);
}

void *irqkit_port_alloc(size_t size, size_t align)
{
	return memory_alloc(size, align);
}

void irqkit_port_free(void *memory, size_t size)
{
	memory_free(memory, size);
}

uint64_t irqkit_port_nanoseconds(void)
{
	return arch_nanoseconds();
}

void irqkit_port_log(enum irqkit_log_level level, const char *line)
{
	(void)level;
	print("# %s\n", line);
}

void irqkit_port_panic(const char *text)
{
	panic("%s", text);
}

void irqkit_port_relax(void)
{
	arch_relax();
}
