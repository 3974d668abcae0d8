/* SPDX-License-Identifier: MIT */
/*
 * The memory-mapped registers of a GICv3, and the way to them. Sections are
 * those of the GIC architecture specification ("IHI 0069").
 *
 * The distributor and the SGI frame of a redistributor have their banks by
 * INTID at the same offsets, the first for SPIs, the other for SGIs and PPIs;
 * so the accessors take the frame and an INTID and do the arithmetic.
 */
#ifndef ARCH_ARM64_GICV3_REGS_H
#define ARCH_ARM64_GICV3_REGS_H

#include <irqkit/types.h>
#include "gicv3_intid.h"

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
#define GICD_IROUTER		 0x6000
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

/* Banks with one bit an INTID; the value is the offset of the first. */
enum gicv3_bit_bank {
	GICV3_IGROUPR = 0x0080,
	GICV3_ISENABLER = 0x0100,
	GICV3_ICENABLER = 0x0180,
	GICV3_ISPENDR = 0x0200,
	GICV3_ICPENDR = 0x0280,
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

/*
 * A hypervisor can emulate only loads and stores of one register without
 * write-back, so the compiler is not left to choose the instruction.
 */
static inline uint32_t gicv3_read32(const volatile void *frame, size_t offset)
{
	const volatile uint32_t *reg =
		(const volatile uint32_t *)((const volatile char *)frame +
					    offset);
	uint32_t value;

	__asm__ volatile("ldr %w0, %1" : "=r"(value) : "Q"(*reg) : "memory");
	return value;
}

static inline uint64_t gicv3_read64(const volatile void *frame, size_t offset)
{
	const volatile uint64_t *reg =
		(const volatile uint64_t *)((const volatile char *)frame +
					    offset);
	uint64_t value;

	__asm__ volatile("ldr %x0, %1" : "=r"(value) : "Q"(*reg) : "memory");
	return value;
}

static inline void gicv3_write32(volatile void *frame, size_t offset,
				 uint32_t value)
{
	volatile uint32_t *reg =
		(volatile uint32_t *)((volatile char *)frame + offset);

	__asm__ volatile("str %w1, %0" : "=Q"(*reg) : "rZ"(value) : "memory");
}

static inline void gicv3_write64(volatile void *frame, size_t offset,
				 uint64_t value)
{
	volatile uint64_t *reg =
		(volatile uint64_t *)((volatile char *)frame + offset);

	__asm__ volatile("str %x1, %0" : "=Q"(*reg) : "rZ"(value) : "memory");
}

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
	gicv3_write32(frame,
		      GICV3_IPRIORITYR +
			      intid / GICV3_INTIDS_PER_PRIORITY_REGISTER *
				      sizeof(uint32_t),
		      priority * 0x01010101U);
}

static inline size_t gicv3_cfg_offset(unsigned int intid)
{
	return GICV3_ICFGR +
	       intid / GICV3_INTIDS_PER_CFG_REGISTER * sizeof(uint32_t);
}

/* Make all INTIDs that share the trigger register of @intid level. */
static inline void gicv3_write_levels(volatile void *frame, unsigned int intid)
{
	gicv3_write32(frame, gicv3_cfg_offset(intid), 0);
}

/* Make one INTID edge. It must be disabled; not atomic. */
static inline void gicv3_set_edge(volatile void *frame, unsigned int intid)
{
	unsigned int shift = intid % GICV3_INTIDS_PER_CFG_REGISTER *
			     GICV3_ICFGR_BITS;
	uint32_t value = gicv3_read32(frame, gicv3_cfg_offset(intid));

	gicv3_write32(frame, gicv3_cfg_offset(intid),
		      value | GICV3_ICFGR_EDGE << shift);
}

/* The CPU that an SPI goes to: GICD_IROUTER, laid out as MPIDR_EL1 is. */
static inline void gicv3_write_router(volatile void *frame, unsigned int intid,
				      uint64_t affinity)
{
	gicv3_write64(frame, GICD_IROUTER + intid * sizeof(uint64_t), affinity);
}

#endif
