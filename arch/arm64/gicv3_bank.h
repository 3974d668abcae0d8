/* SPDX-License-Identifier: MIT */
/*
 * Where the registers of an INTID are (IHI 0069, sections 12.9 and 12.11).
 *
 * The distributor and the SGI frame of a redistributor have their banks by
 * INTID at the same offsets, the first for SPIs, the other for SGIs and PPIs.
 * No access to hardware: a host test can check all of it.
 */
#ifndef ARCH_ARM64_GICV3_BANK_H
#define ARCH_ARM64_GICV3_BANK_H

#include <irqkit/types.h>
#include "gicv3_intid.h"

/* Banks with one bit an INTID; the value is the offset of the first. */
enum gicv3_bit_bank {
	GICV3_IGROUPR = 0x0080,
	GICV3_ISENABLER = 0x0100,
	GICV3_ICENABLER = 0x0180,
	GICV3_ISPENDR = 0x0200,
	GICV3_ICPENDR = 0x0280,
	GICV3_ISACTIVER = 0x0300,
	GICV3_ICACTIVER = 0x0380,
};
#define GICV3_INTIDS_PER_BIT_REGISTER 32U

/* GICD_IPRIORITYR, GICR_IPRIORITYR: a byte an INTID. */
#define GICV3_IPRIORITYR		   0x0400
#define GICV3_INTIDS_PER_PRIORITY_REGISTER 4U

/* GICD_ICFGR, GICR_ICFGR: two bits an INTID, the upper one is the trigger. */
#define GICV3_ICFGR		      0x0c00
#define GICV3_ICFGR_EDGE	      2U
#define GICV3_ICFGR_BITS	      2U
#define GICV3_INTIDS_PER_CFG_REGISTER 16U

/* GICD_IROUTER: 64 bits an INTID; there are none for SGIs and PPIs. */
#define GICV3_IROUTER 0x6000

/* The bit of an INTID, the same in each bit bank. */
static inline uint32_t gicv3_bit(unsigned int intid)
{
	return 1U << (intid % GICV3_INTIDS_PER_BIT_REGISTER);
}

static inline size_t gicv3_bit_offset(enum gicv3_bit_bank bank,
				      unsigned int intid)
{
	return (size_t)bank +
	       intid / GICV3_INTIDS_PER_BIT_REGISTER * sizeof(uint32_t);
}

static inline size_t gicv3_priority_offset(unsigned int intid)
{
	return GICV3_IPRIORITYR +
	       intid / GICV3_INTIDS_PER_PRIORITY_REGISTER * sizeof(uint32_t);
}

static inline size_t gicv3_cfg_offset(unsigned int intid)
{
	return GICV3_ICFGR +
	       intid / GICV3_INTIDS_PER_CFG_REGISTER * sizeof(uint32_t);
}

/* The bit of an INTID in that register that makes it edge. */
static inline uint32_t gicv3_cfg_edge(unsigned int intid)
{
	return GICV3_ICFGR_EDGE
	       << intid % GICV3_INTIDS_PER_CFG_REGISTER * GICV3_ICFGR_BITS;
}

static inline size_t gicv3_router_offset(unsigned int intid)
{
	return GICV3_IROUTER + intid * sizeof(uint64_t);
}

#endif
