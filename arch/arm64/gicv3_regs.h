/* SPDX-License-Identifier: MIT */
/*
 * The memory-mapped registers of a GICv3, and the way to them. Sections are
 * those of the GIC architecture specification ("IHI 0069").
 *
 * The accessors of banks take the frame and an INTID; where in the bank that
 * is, gicv3_bank.h knows.
 */
#ifndef ARCH_ARM64_GICV3_REGS_H
#define ARCH_ARM64_GICV3_REGS_H

#include <irqkit/types.h>
#include "gicv3_access.h"
#include "gicv3_bank.h"

/* Registers that say what the frame is, the same in each (12.8). */
#define GICV3_PIDR2	      0xffe8
#define GICV3_PIDR2_ARCH_REV  0xf0
#define GICV3_PIDR2_REV_SHIFT 4

/* Distributor, section 12.9. */
#define GICD_CTLR		 0x0000
#define GICD_CTLR_ENABLE_GRP0	 (1U << 0) /* Non-secure view: EnableGrp1 */
#define GICD_CTLR_ENABLE_GRP1	 (1U << 1) /* Non-secure view: EnableGrp1A */
#define GICD_CTLR_ARE		 (1U << 4) /* Non-secure view: ARE_NS */
#define GICD_CTLR_DS		 (1U << 6) /* Non-secure view: reads as 0 */
#define GICD_CTLR_RWP		 (1U << 31)
#define GICD_TYPER		 0x0004
#define GICD_TYPER_IT_LINES	 0x1f
#define GICD_TYPER_A3V		 (1U << 24)
#define GICD_TYPER_RSS		 (1U << 26)
#define GICD_INTIDS_PER_IT_LINES 32U

/* Redistributor, section 12.11: the first frame, then the SGI frame. */
#define GICR_FRAME		   0x10000U
#define GICR_CTLR		   0x0000
#define GICR_CTLR_RWP		   (1U << 3)
#define GICR_TYPER		   0x0008
#define GICR_TYPER_VLPIS	   (1ULL << 1)
#define GICR_TYPER_LAST		   (1ULL << 4)
#define GICR_TYPER_AFFINITY_SHIFT  32
#define GICR_WAKER		   0x0014
#define GICR_WAKER_PROCESSOR_SLEEP (1U << 1)
#define GICR_WAKER_CHILDREN_ASLEEP (1U << 2)
#define GICR_SGI_FRAME		   GICR_FRAME
#define GICR_FRAMES_WITHOUT_VLPIS  2U
#define GICR_FRAMES_WITH_VLPIS	   4U

/* Write the bit register that @intid is in: all of it. */
static inline void gicv3_write_bits(volatile void *frame,
				    enum gicv3_bit_bank bank,
				    unsigned int intid, uint32_t bits)
{
	gicv3_write32(frame, gicv3_bit_offset(bank, intid), bits);
}

static inline uint32_t gicv3_read_bits(const volatile void *frame,
				       enum gicv3_bit_bank bank,
				       unsigned int intid)
{
	return gicv3_read32(frame, gicv3_bit_offset(bank, intid));
}

/* Give all INTIDs that share the priority register of @intid one priority. */
static inline void gicv3_write_priorities(volatile void *frame,
					  unsigned int intid, uint8_t priority)
{
	gicv3_write32(frame, gicv3_priority_offset(intid),
		      priority * 0x01010101U);
}

/* Make all INTIDs that share the trigger register of @intid level. */
static inline void gicv3_write_levels(volatile void *frame, unsigned int intid)
{
	gicv3_write32(frame, gicv3_cfg_offset(intid), 0);
}

/*
 * Make one INTID edge or level. It must be disabled; not atomic. Returns
 * whether it is so: the trigger of some cannot be changed (12.9.9).
 */
static inline bool gicv3_set_trigger(volatile void *frame, unsigned int intid,
				     bool edge)
{
	size_t offset = gicv3_cfg_offset(intid);
	uint32_t bit = gicv3_cfg_edge(intid);
	uint32_t value = gicv3_read32(frame, offset) & ~bit;

	if (edge)
		value |= bit;
	gicv3_write32(frame, offset, value);
	return (gicv3_read32(frame, offset) & bit) == (value & bit);
}

/* The CPU that an SPI goes to: GICD_IROUTER, laid out as MPIDR_EL1 is. */
static inline void gicv3_write_router(volatile void *frame, unsigned int intid,
				      uint64_t affinity)
{
	gicv3_write64(frame, gicv3_router_offset(intid), affinity);
}

#endif
