/* SPDX-License-Identifier: MIT */
/* The IPI suite on a machine with one CPU. */
#include "suite_host.h"

int main(void)
{
	return suite_host_run_ipi(1, SUITE_NONE, SUITE_NONE);
}
