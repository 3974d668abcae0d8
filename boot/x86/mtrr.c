// SPDX-License-Identifier: MIT
/*
 * Memory types: MTRRs and PAT of each CPU are made those of CPU 0, as SDM
 * 11.11.8 and 11.12.4 ask for. Firmware mostly did the MTRRs already; then
 * they are only compared, for writing them means to run without caches.
 */
#include "kernel.h"
#include "x86.h"

/* SDM 11.11.1 to 11.11.2.3 and 11.12.2. */
#define MSR_MTRR_CAP	    0xfe
#define MSR_MTRR_PHYS_BASE0 0x200
#define MSR_MTRR_FIX64K	    0x250
#define MSR_MTRR_FIX16K	    0x258
#define MSR_MTRR_FIX4K	    0x268
#define MSR_PAT		    0x277
#define MSR_MTRR_DEF_TYPE   0x2ff

#define MTRR_CAP_VARIABLE   0xff
#define MTRR_CAP_FIXED	    0x100
#define MTRR_ENABLE	    0x800UL

#define CPUID_FEATURES	    1
#define CPUID_EDX_MTRR	    (1U << 12)
#define CPUID_EDX_PAT	    (1U << 16)

/* Entry 3, which PTE_UNCACHED selects, is UC. It is the one after reset. */
#define PAT_DEFAULT	  0x0007040600070406UL

#define MTRR_MAX_VARIABLE 32
#define MTRR_NR_FIXED	  11

struct mtrr_state {
	unsigned int nr;
	struct {
		uint32_t msr;
		uint64_t value;
	} registers[2 * MTRR_MAX_VARIABLE + MTRR_NR_FIXED];
	uint64_t def_type;
	bool valid;
};

static struct mtrr_state mtrr_boot;

static void mtrr_note(uint32_t first, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		mtrr_boot.registers[mtrr_boot.nr].msr = first + i;
		mtrr_boot.registers[mtrr_boot.nr].value = rdmsr(first + i);
		mtrr_boot.nr++;
	}
}

static void mtrr_load_pat(void)
{
	if (cpuid(CPUID_FEATURES).edx & CPUID_EDX_PAT)
		wrmsr(MSR_PAT, PAT_DEFAULT);
}

/* On CPU 0, before others start. */
void x86_mtrr_save(void)
{
	unsigned int variable;
	uint64_t cap;

	mtrr_load_pat();
	if (!(cpuid(CPUID_FEATURES).edx & CPUID_EDX_MTRR))
		return;
	cap = rdmsr(MSR_MTRR_CAP);
	variable = cap & MTRR_CAP_VARIABLE;
	if (variable > MTRR_MAX_VARIABLE)
		variable = MTRR_MAX_VARIABLE;
	mtrr_note(MSR_MTRR_PHYS_BASE0, 2 * variable);
	if (cap & MTRR_CAP_FIXED) {
		mtrr_note(MSR_MTRR_FIX64K, 1);
		mtrr_note(MSR_MTRR_FIX16K, 2);
		mtrr_note(MSR_MTRR_FIX4K, 8);
	}
	mtrr_boot.def_type = rdmsr(MSR_MTRR_DEF_TYPE);
	mtrr_boot.valid = true;
}

static bool mtrr_same(void)
{
	unsigned int i;

	if (rdmsr(MSR_MTRR_DEF_TYPE) != mtrr_boot.def_type)
		return false;
	for (i = 0; i < mtrr_boot.nr; i++)
		if (rdmsr(mtrr_boot.registers[i].msr) !=
		    mtrr_boot.registers[i].value)
			return false;
	return true;
}

static void mtrr_flush(void)
{
	__asm__ volatile("wbinvd" : : : "memory");
	write_cr3(read_cr3());
}

/* The sequence of SDM 11.11.7.2; nothing is cached from start to end. */
static void mtrr_write(void)
{
	uint64_t cr0 = read_cr0();
	unsigned int i;

	write_cr0((cr0 | CR0_CD) & ~(uint64_t)CR0_NW);
	mtrr_flush();
	wrmsr(MSR_MTRR_DEF_TYPE, mtrr_boot.def_type & ~MTRR_ENABLE);
	for (i = 0; i < mtrr_boot.nr; i++)
		wrmsr(mtrr_boot.registers[i].msr, mtrr_boot.registers[i].value);
	wrmsr(MSR_MTRR_DEF_TYPE, mtrr_boot.def_type);
	mtrr_flush();
	write_cr0(cr0);
}

/* On each other CPU, interrupts off. */
void x86_mtrr_load(void)
{
	mtrr_load_pat();
	if (mtrr_boot.valid && !mtrr_same())
		mtrr_write();
}
