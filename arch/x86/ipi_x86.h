/* SPDX-License-Identifier: MIT */
/* The two IPI domains of the local APICs, and their chips. */
#ifndef ARCH_X86_IPI_X86_H
#define ARCH_X86_IPI_X86_H

#include <irqkit/irqdomain.h>
#include "apic.h"

/*
 * The chip data of an IPI: what its ICR command has in the low register, but
 * for the destination mode, and above it the CPU that the irq belongs to in
 * per-CPU mode.
 */
static inline void *ipi_x86_chip_data(unsigned int vector, unsigned int cpu)
{
	uint64_t command = vector | APIC_ICR_FIXED | APIC_ICR_ASSERT;

	return (void *)((uint64_t)cpu << 32 | command);
}

static inline uint32_t ipi_x86_command(const struct irq_data *data)
{
	return (uint32_t)(uintptr_t)data->chip_data;
}

static inline unsigned int ipi_x86_cpu(const struct irq_data *data)
{
	return (unsigned int)((uintptr_t)data->chip_data >> 32);
}

/**
 * irqkit_ipi_x86_init() - make the domains
 *
 * Context: boot, after irqkit_apic_choose().
 * Return: 0; -ENOMEM, having made none.
 */
int irqkit_ipi_x86_init(void);

/* Undo irqkit_ipi_x86_init(), as long as nothing was reserved. */
void irqkit_ipi_x86_exit(void);

#endif
