/* SPDX-License-Identifier: MIT */
/*
 * irqkit: the interrupt layer of a kernel.
 *
 * A kernel writes the functions of irqkit/port.h and then calls, in this
 * order (see irqkit/cpuhotplug.h):
 *
 *   irqkit_init()              on the boot CPU, interrupts off
 *   irqkit_x86_init() or irqkit_gicv3_init()
 *   irqkit_cpu_prepare(), irqkit_cpu_starting(), irqkit_cpu_online()
 *                              for each further CPU
 *   irqkit_x86_interrupt() or irqkit_gicv3_interrupt()
 *                              for each interrupt that a CPU takes
 */
#ifndef IRQKIT_H
#define IRQKIT_H

#define IRQKIT_VERSION_MAJOR 0
#define IRQKIT_VERSION_MINOR 1

#include <irqkit/arena.h>
#include <irqkit/chip_generic.h>
#include <irqkit/config.h>
#include <irqkit/cpuhotplug.h>
#include <irqkit/cpulist.h>
#include <irqkit/cpumask.h>
#include <irqkit/dry_run.h>
#include <irqkit/errno.h>
#include <irqkit/interrupt.h>
#include <irqkit/ipi.h>
#include <irqkit/ipi_mux.h>
#include <irqkit/irq.h>
#include <irqkit/irqdomain.h>
#include <irqkit/isolation.h>
#include <irqkit/matrix.h>
#include <irqkit/pm.h>
#include <irqkit/port.h>
#include <irqkit/print.h>
#include <irqkit/smp_call.h>
#include <irqkit/smp_stop.h>
#include <irqkit/spread.h>
#include <irqkit/spurious.h>
#include <irqkit/stats.h>
#include <irqkit/trace.h>
#include <irqkit/types.h>

#endif
