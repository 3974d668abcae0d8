/* SPDX-License-Identifier: MIT */
/*
 * What is decided about the SPIs of devices: what a device tree means, and the
 * CPU that one goes to. No access to hardware: a host test can check all of it.
 */
#ifndef ARCH_ARM64_GICV3_SPI_H
#define ARCH_ARM64_GICV3_SPI_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/interrupt.h>
#include <irqkit/types.h>
#include "gicv3_intid.h"

/* The cells of an interrupt in the device tree binding "arm,gic-v3". */
#define SPI_CELL_KIND	0
#define SPI_CELL_NUMBER 1
#define SPI_CELL_FLAGS	2
#define SPI_NR_CELLS	3U

#define SPI_KIND_SPI	0
#define SPI_FLAGS_TYPE	0xfU

/* Its number below a limit of INTIDs, and its trigger; or -EINVAL. */
static inline int spi_translate_cells(const uint32_t *cells, unsigned int nr,
				      unsigned int limit, unsigned int *intid,
				      unsigned int *type)
{
	unsigned int flags;

	if (nr < SPI_NR_CELLS || cells[SPI_CELL_KIND] != SPI_KIND_SPI ||
	    limit < GICV3_FIRST_SPI ||
	    cells[SPI_CELL_NUMBER] >= limit - GICV3_FIRST_SPI)
		return -EINVAL;
	flags = cells[SPI_CELL_FLAGS] & SPI_FLAGS_TYPE;
	if (flags != IRQ_TYPE_NONE && flags != IRQ_TYPE_EDGE_RISING &&
	    flags != IRQ_TYPE_LEVEL_HIGH)
		return -EINVAL;
	*intid = cells[SPI_CELL_NUMBER] + GICV3_FIRST_SPI;
	*type = flags;
	return 0;
}

/*
 * The CPU of a mask that has the fewest SPIs, not counting this one, which is
 * at @now or nowhere. Of several the one that has it, else the first. It is
 * IRQKIT_NR_CPUS for an empty mask.
 */
static inline unsigned int spi_choose_cpu(const struct cpumask *mask,
					  const unsigned int *loads,
					  unsigned int now)
{
	unsigned int best = IRQKIT_NR_CPUS;
	unsigned int least = ~0U;
	unsigned int cpu;

	for_each_cpu (cpu, mask) {
		unsigned int load = IRQKIT_LOAD_RELAXED(&loads[cpu]);

		if (cpu == now)
			load--;
		if (load < least || (load == least && cpu == now)) {
			least = load;
			best = cpu;
		}
	}
	return best;
}

#endif
