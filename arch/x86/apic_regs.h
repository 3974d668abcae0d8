/* SPDX-License-Identifier: MIT */
/*
 * Registers of the local APIC, with the manual's names. Section numbers of
 * the SDM, here and in the other files of this folder, are those of the
 * editions in which the APIC is chapter 10 and multiple-processor management
 * chapter 8; in later ones both are one higher.
 */
#ifndef ARCH_X86_APIC_REGS_H
#define ARCH_X86_APIC_REGS_H

#include <stdint.h>

/* Byte offsets in the page of xAPIC mode (SDM table 10-1). */
#define APIC_ID		  0x020U
#define APIC_VERSION	  0x030U
#define APIC_TPR	  0x080U
#define APIC_EOI	  0x0b0U
#define APIC_LDR	  0x0d0U
#define APIC_DFR	  0x0e0U /* xAPIC mode only */
#define APIC_SVR	  0x0f0U
#define APIC_ESR	  0x280U
#define APIC_LVT_CMCI	  0x2f0U
#define APIC_ICR_LOW	  0x300U
#define APIC_ICR_HIGH	  0x310U /* xAPIC mode only */
#define APIC_LVT_TIMER	  0x320U
#define APIC_LVT_THERMAL  0x330U
#define APIC_LVT_COUNTERS 0x340U
#define APIC_LVT_LINT0	  0x350U
#define APIC_LVT_LINT1	  0x360U
#define APIC_LVT_ERROR	  0x370U

/* In-service register, 32 vectors each (SDM 10.8.4). */
#define APIC_NR_VECTORS 256U

static inline unsigned int apic_isr(unsigned int vector)
{
	return 0x100U + vector / 32 * 0x10U;
}

/* Interrupt request register: what waits to be taken. */
static inline unsigned int apic_irr(unsigned int vector)
{
	return 0x200U + vector / 32 * 0x10U;
}

/* The bit of a vector in its register of either kind. */
static inline uint32_t apic_isr_bit(unsigned int vector)
{
	return 1U << (vector % 32);
}

/* The same registers in x2APIC mode (SDM 10.12.1.2). */
static inline uint32_t apic_x2apic_msr(unsigned int reg)
{
	return 0x800U + reg / 0x10U;
}

/* Version register (SDM 10.4.8): the index of the last LVT entry. */
#define APIC_VERSION_NUMBER(value)  ((value)&0xffU)
#define APIC_VERSION_MAX_LVT(value) ((value) >> 16 & 0xffU)
#define APIC_MAX_LVT_ERROR	    3U
#define APIC_MAX_LVT_COUNTERS	    4U
#define APIC_MAX_LVT_THERMAL	    5U
#define APIC_MAX_LVT_CMCI	    6U

/* Spurious vector register (SDM 10.9). */
#define APIC_SVR_ENABLE (1U << 8)

/* Local vector table (SDM 10.5.1). */
#define APIC_LVT_NMI	    (4U << 8)
#define APIC_LVT_ACTIVE_LOW (1U << 13)
#define APIC_LVT_MASKED	    (1U << 16)

/* Interrupt command register (SDM 10.6.1). */
#define APIC_ICR_FIXED	      (0U << 8)
#define APIC_ICR_NMI	      (4U << 8) /* the vector is not looked at */
#define APIC_ICR_INIT	      (5U << 8)
#define APIC_ICR_STARTUP      (6U << 8)
#define APIC_ICR_LOGICAL      (1U << 11)
#define APIC_ICR_PENDING      (1U << 12) /* xAPIC mode only */
#define APIC_ICR_ASSERT	      (1U << 14)
#define APIC_ICR_ALL_BUT_SELF (3U << 18)
#define APIC_XAPIC_ID_SHIFT   24U /* also of the destination and LDR */
#define APIC_XAPIC_BROADCAST  0xffU
#define APIC_X2APIC_BROADCAST 0xffffffffU
#define APIC_DFR_FLAT	      0xffffffffU /* SDM 10.6.2.2 */
#define APIC_FLAT_CPUS	      8U

/* Logical id in x2APIC mode (SDM 10.12.10.2): made of id bits 19 to 0. */
#define APIC_X2APIC_LOGICAL_IDS (1U << 20)

static inline uint32_t apic_x2apic_cluster(uint32_t id)
{
	return id >> 4 << 16;
}

static inline uint32_t apic_x2apic_cluster_bit(uint32_t id)
{
	return 1U << (id & 15);
}

/* IA32_APIC_BASE (SDM 10.4.4, 10.12.1). */
#define MSR_APIC_BASE	   0x1bU
#define MSR_APIC_BASE_BSP  (1U << 8)
#define MSR_APIC_BASE_EXTD (1U << 10) /* x2APIC mode, together with EN */
#define MSR_APIC_BASE_EN   (1U << 11)

#define APIC_BASE_ADDRESS  0x000ffffffffff000ULL

/* Whether xAPIC mode is locked away (SDM vol. 4, table 2-2). */
#define MSR_ARCH_CAPABILITIES	      0x10aU
#define MSR_ARCH_XAPIC_DISABLE	      (1U << 21)
#define MSR_XAPIC_DISABLE_STATUS      0xbdU
#define MSR_XAPIC_DISABLE_STATUS_LOCK (1U << 0)

/* CPUID (SDM vol. 2, CPUID). */
#define CPUID_1_C_X2APIC	    (1U << 21)
#define CPUID_1_C_HYPERVISOR	    (1U << 31) /* left to hypervisors */
#define CPUID_1_D_APIC		    (1U << 9)
#define CPUID_7_D_ARCH_CAPABILITIES (1U << 29)

#endif
