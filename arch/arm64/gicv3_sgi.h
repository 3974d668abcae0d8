/* SPDX-License-Identifier: MIT */
/*
 * The value of ICC_SGI1R_EL1 (IHI 0069, section 12.2.22) from a CPU's hardware
 * name. No access to hardware: a host test can check all of it.
 *
 * One write reaches CPUs that agree in Aff3, Aff2, Aff1 and in Aff0 bits 7:4,
 * the range; Aff0 bits 3:0 choose a bit of the target list.
 */
#ifndef ARCH_ARM64_GICV3_SGI_H
#define ARCH_ARM64_GICV3_SGI_H

#include <irqkit/types.h>

/* The affinity fields of MPIDR_EL1: Aff3 39:32, Aff2 23:16, Aff1, Aff0. */
#define MPIDR_AFFINITY	  0xff00ffffffULL
#define MPIDR_AFF0_SHIFT  0
#define MPIDR_AFF1_SHIFT  8
#define MPIDR_AFF2_SHIFT  16
#define MPIDR_AFF3_SHIFT  32
#define MPIDR_AFF_MASK	  0xffU

#define SGI1R_AFF1_SHIFT  16
#define SGI1R_INTID_SHIFT 24
#define SGI1R_AFF2_SHIFT  32
#define SGI1R_IRM	  (1ULL << 40) /* all CPUs but the sender */
#define SGI1R_RS_SHIFT	  44
#define SGI1R_AFF3_SHIFT  48

/* Aff0 of CPUs in one range, and so the width of the target list. */
#define SGI_RANGE_SIZE 16U

static inline uint64_t sgi_affinity(struct hwcpu hw, unsigned int shift)
{
	return hw.id >> shift & MPIDR_AFF_MASK;
}

static inline unsigned int sgi_range(struct hwcpu hw)
{
	return (unsigned int)sgi_affinity(hw, MPIDR_AFF0_SHIFT) /
	       SGI_RANGE_SIZE;
}

/* What is the same in the command to any CPU of the group. */
static inline uint64_t sgi_group_command(struct hwcpu hw)
{
	return sgi_affinity(hw, MPIDR_AFF3_SHIFT) << SGI1R_AFF3_SHIFT |
	       sgi_affinity(hw, MPIDR_AFF2_SHIFT) << SGI1R_AFF2_SHIFT |
	       sgi_affinity(hw, MPIDR_AFF1_SHIFT) << SGI1R_AFF1_SHIFT |
	       (uint64_t)sgi_range(hw) << SGI1R_RS_SHIFT;
}

/* The CPU's bit in the target list of a command to its group. */
static inline uint64_t sgi_target_bit(struct hwcpu hw)
{
	return 1ULL << sgi_affinity(hw, MPIDR_AFF0_SHIFT) % SGI_RANGE_SIZE;
}

static inline uint64_t sgi_intid_field(unsigned long intid)
{
	return (uint64_t)intid << SGI1R_INTID_SHIFT;
}

/* What the controller lacks to reach a CPU; NULL if it reaches it. */
static inline const char *sgi_unreachable(struct hwcpu hw, bool range_selector,
					  bool aff3)
{
	if (sgi_range(hw) != 0 && !range_selector)
		return "a range selector (Aff0 is above 15)";
	if (sgi_affinity(hw, MPIDR_AFF3_SHIFT) != 0 && !aff3)
		return "Aff3 (it is not 0)";
	return NULL;
}

#endif
