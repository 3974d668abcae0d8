/* SPDX-License-Identifier: MIT */
/* The IPI suite on as many CPUs as a mask has bits. */
#include "suite_host.h"

int main(void)
{
	return suite_host_run_ipi(IRQKIT_NR_CPUS, IRQKIT_NR_CPUS - 2,
				  SUITE_NONE);
}
