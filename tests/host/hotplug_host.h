/* SPDX-License-Identifier: MIT */
/* The machine of the hotplug suite on the host. */
#ifndef TESTS_HOST_HOTPLUG_HOST_H
#define TESTS_HOST_HOTPLUG_HOST_H

#include <irqkit/irqkit.h>

/*
 * Start a machine with @command_line (isolcpus= and the like) and run the
 * suite on all kinds of simulated controllers.
 */
int hotplug_host_run(unsigned int nr_cpus, const char *command_line);

/* For a test with a controller of its own: what suite_devices() says. */
void hotplug_host_use(struct irq_domain *devices);

#endif
