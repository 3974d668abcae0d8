/* SPDX-License-Identifier: MIT */
/* The parts of the demonstration. */
#ifndef BOOT_DEMO_H
#define BOOT_DEMO_H

/*
 * A CPU goes offline and comes back under the interrupts of devices; nothing
 * with one CPU. Returns how much went wrong.
 */
unsigned int demo_hotplug(void);

/* Functions on other CPUs, many IPIs over one. Returns how much went wrong. */
unsigned int demo_calls(void);

#endif
