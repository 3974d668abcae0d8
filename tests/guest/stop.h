/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GUEST_STOP_H
#define TESTS_GUEST_STOP_H

#include <irqkit/types.h>

/*
 * Stop all CPUs, which ends the run. The word stop= says where from: thread, or
 * handler, nmi, race, panic.
 */
IRQKIT_NORETURN void stop_run(void);

#endif
