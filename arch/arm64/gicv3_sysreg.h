/* SPDX-License-Identifier: MIT */
/*
 * The CPU interface as system registers (IHI 0069, section 12.2), by encoding,
 * so that assemblers take them whatever architecture level they were given.
 */
#ifndef ARCH_ARM64_GICV3_SYSREG_H
#define ARCH_ARM64_GICV3_SYSREG_H

#include <irqkit/types.h>
#include "gicv3_access.h"

#define ICC_PMR_EL1		"S3_0_C4_C6_0"
#define ICC_AP1R0_EL1		"S3_0_C12_C9_0"
#define ICC_AP1R1_EL1		"S3_0_C12_C9_1"
#define ICC_AP1R2_EL1		"S3_0_C12_C9_2"
#define ICC_AP1R3_EL1		"S3_0_C12_C9_3"
#define ICC_SGI1R_EL1		"S3_0_C12_C11_5"
#define ICC_IAR1_EL1		"S3_0_C12_C12_0"
#define ICC_EOIR1_EL1		"S3_0_C12_C12_1"
#define ICC_BPR1_EL1		"S3_0_C12_C12_3"
#define ICC_CTLR_EL1		"S3_0_C12_C12_4"
#define ICC_SRE_EL1		"S3_0_C12_C12_5"
#define ICC_IGRPEN1_EL1		"S3_0_C12_C12_7"

#define ICC_CTLR_EOI_MODE	(1ULL << 1)
#define ICC_CTLR_PMHE		(1ULL << 6)
#define ICC_CTLR_PRI_BITS_SHIFT 8
#define ICC_CTLR_PRI_BITS_MASK	7U
#define ICC_CTLR_A3V		(1ULL << 15)
#define ICC_CTLR_RSS		(1ULL << 18)
#define ICC_SRE_SRE		(1ULL << 0)
#define ICC_IGRPEN1_ENABLE	(1ULL << 0)
#define ICC_PMR_LOWEST		0xffULL
#define ICC_IAR_INTID		0xffffffU

/* ID_AA64PFR0_EL1.GIC: not 0 if the CPU interface has system registers. */
#define GICV3_PFR0_GIC_SHIFT 24
#define GICV3_PFR0_GIC_MASK  0xfU

/* Drop the priority of an INTID that was acknowledged, and deactivate it. */
static inline void gicv3_end_of_interrupt(unsigned long intid)
{
	gicv3_write_sysreg(ICC_EOIR1_EL1, intid);
	/* The drop must be done before interrupts can be on again. */
	gicv3_isb();
}

#endif
