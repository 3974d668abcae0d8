/* SPDX-License-Identifier: MIT */
/* The hotplug suite with 4 CPUs. */
#include "hotplug_host.h"

int main(void)
{
	return hotplug_host_run(4, "");
}
