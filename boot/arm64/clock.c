/* SPDX-License-Identifier: MIT */
/*
 * Time, from the virtual counter of the generic timer, which is the same on
 * all CPUs (Arm ARM D12.1.2). Written once, before any other CPU runs.
 */
#include "arm64.h"

#define CLOCK_SHIFT 32
#define CLOCK_HZ    1000000000ULL /* of what arch_nanoseconds() returns */

static uint64_t clock_multiplier; /* nanoseconds a tick, << CLOCK_SHIFT */

void clock_init(void)
{
	uint64_t frequency = READ_SYSREG(cntfrq_el0);

	if (!frequency)
		panic("the firmware left CNTFRQ_EL0 at 0");
	clock_multiplier = (CLOCK_HZ << CLOCK_SHIFT) / frequency;
}

uint64_t arch_ticks(void)
{
	uint64_t ticks;

	/* Else the counter may be read before the work above is done. */
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0"
			 : "=r"(ticks)
			 :
			 : "memory");
	return ticks;
}

uint64_t arch_nanoseconds(void)
{
	unsigned __int128 product = arch_ticks();

	product *= clock_multiplier;
	return (uint64_t)(product >> CLOCK_SHIFT);
}
