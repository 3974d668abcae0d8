/* SPDX-License-Identifier: MIT */
/* The IPI suite on CPUs of which one is offline and one is foreign. */
#include "suite_host.h"

int main(void)
{
	return suite_host_run_ipi(10, 6, 9);
}
