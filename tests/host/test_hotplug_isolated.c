/* SPDX-License-Identifier: MIT */
/* The hotplug suite with 8 CPUs, of which some are isolated. */
#include "hotplug_host.h"

int main(void)
{
	return hotplug_host_run(8, "isolcpus=managed_irq,domain,2-3,6");
}
