/* SPDX-License-Identifier: MIT */
/*
 * Limits and options of the library, each with its default.
 *
 * The archive and every file that includes irqkit must be compiled with the
 * same values. Give them with -D, or put them into one file and name it:
 * -DIRQKIT_CONFIG_FILE='"my_irqkit_config.h"'. An installed copy carries the
 * values of its archive in irqkit/installed_config.h. A mismatch in the file
 * that calls irqkit_init() does not link.
 */
#ifndef IRQKIT_CONFIG_H
#define IRQKIT_CONFIG_H

#if defined(IRQKIT_CONFIG_FILE)
#include IRQKIT_CONFIG_FILE
#elif defined(__has_include)
#if __has_include(<irqkit/installed_config.h>)
#include <irqkit/installed_config.h>
#endif
#endif

/* The most CPUs a kernel can have, 1 to 1024: the width of a cpumask. */
#ifndef IRQKIT_NR_CPUS
#define IRQKIT_NR_CPUS 256
#endif

/* Interrupt numbers go from 1 to IRQKIT_NR_IRQS - 1; 64 to 1048576. */
#ifndef IRQKIT_NR_IRQS
#define IRQKIT_NR_IRQS 65536
#endif

/*
 * 1: locks check their owner and their order, functions check their context,
 * unchecked calls check their arguments. 0: none of it costs anything.
 */
#ifndef IRQKIT_DEBUG
#define IRQKIT_DEBUG 0
#endif

/* 1: the kernel supplies irqkit_port_relax(), called in every spin. */
#ifndef IRQKIT_PORT_RELAX
#define IRQKIT_PORT_RELAX 0
#endif

/* 1: the kernel supplies irqkit_port_enter() and irqkit_port_exit(). */
#ifndef IRQKIT_PORT_HANDLER_HOOKS
#define IRQKIT_PORT_HANDLER_HOOKS 0
#endif

/*
 * 1: the kernel supplies irqkit_port_defer() and irqkit_port_yield(), and
 * interrupts can have threaded handlers.
 */
#ifndef IRQKIT_PORT_DEFER
#define IRQKIT_PORT_DEFER 0
#endif

/* 1: the kernel supplies irqkit_port_cpu_node(), for machines with nodes. */
#ifndef IRQKIT_PORT_NUMA
#define IRQKIT_PORT_NUMA 0
#endif

/* Entries of each CPU's trace ring: a power of two, or 0 for no trace. */
#ifndef IRQKIT_TRACE
#define IRQKIT_TRACE 0
#endif

/* 1: the backends count the commands they write to send IPIs. */
#ifndef IRQKIT_SEND_STATS
#define IRQKIT_SEND_STATS 0
#endif

#ifdef __cplusplus
#define IRQKIT_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define IRQKIT_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

IRQKIT_STATIC_ASSERT(IRQKIT_NR_CPUS >= 1 && IRQKIT_NR_CPUS <= 1024,
		     "IRQKIT_NR_CPUS must be from 1 to 1024");
IRQKIT_STATIC_ASSERT(IRQKIT_NR_IRQS >= 64 && IRQKIT_NR_IRQS <= 1048576,
		     "IRQKIT_NR_IRQS must be from 64 to 1048576");
IRQKIT_STATIC_ASSERT(IRQKIT_NR_IRQS % 64 == 0,
		     "IRQKIT_NR_IRQS must be a multiple of 64");
IRQKIT_STATIC_ASSERT(IRQKIT_DEBUG == 0 || IRQKIT_DEBUG == 1,
		     "IRQKIT_DEBUG must be 0 or 1");
IRQKIT_STATIC_ASSERT(IRQKIT_PORT_RELAX == 0 || IRQKIT_PORT_RELAX == 1,
		     "IRQKIT_PORT_RELAX must be 0 or 1");
IRQKIT_STATIC_ASSERT(IRQKIT_SEND_STATS == 0 || IRQKIT_SEND_STATS == 1,
		     "IRQKIT_SEND_STATS must be 0 or 1");
IRQKIT_STATIC_ASSERT(IRQKIT_PORT_HANDLER_HOOKS == 0 ||
			     IRQKIT_PORT_HANDLER_HOOKS == 1,
		     "IRQKIT_PORT_HANDLER_HOOKS must be 0 or 1");

IRQKIT_STATIC_ASSERT(IRQKIT_PORT_DEFER == 0 || IRQKIT_PORT_DEFER == 1,
		     "IRQKIT_PORT_DEFER must be 0 or 1");
IRQKIT_STATIC_ASSERT(IRQKIT_PORT_NUMA == 0 || IRQKIT_PORT_NUMA == 1,
		     "IRQKIT_PORT_NUMA must be 0 or 1");
IRQKIT_STATIC_ASSERT(
	IRQKIT_TRACE == 0 || (IRQKIT_TRACE >= 16 && IRQKIT_TRACE <= 65536 &&
			      (IRQKIT_TRACE & (IRQKIT_TRACE - 1)) == 0),
	"IRQKIT_TRACE must be 0 or a power of two from 16 to 65536");

#endif
