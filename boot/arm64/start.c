/* SPDX-License-Identifier: MIT */
/* From the first C instruction of a CPU to the common part. */
#include "arm64.h"

void start_boot(uint64_t tree_address, uint64_t image)
{
	/* The clock first: waits are bounded by it. */
	clock_init();
	mmu_init(image);
	tree_init(tree_address);
	psci_init();
	pl011_init();
	boot_main();
}

void start_other(unsigned int cpu)
{
	mmu_use_lower_half();
	secondary_main(cpu);
}
