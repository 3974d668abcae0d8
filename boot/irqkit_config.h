/* SPDX-License-Identifier: MIT */
/* How the reference kernel configures irqkit. */
#ifndef BOOT_IRQKIT_CONFIG_H
#define BOOT_IRQKIT_CONFIG_H

/* Its spins must let other CPUs run under an instruction-counting emulator. */
#define IRQKIT_PORT_RELAX 1

/* What is claimed to be sent can be compared with what the machine saw. */
#ifndef IRQKIT_SEND_STATS
#define IRQKIT_SEND_STATS 1
#endif

/* What led to a failed test, without a cost where costs are counted. */
#if defined(IRQKIT_DEBUG) && IRQKIT_DEBUG && !defined(IRQKIT_TRACE)
#define IRQKIT_TRACE 64
#endif

#endif
