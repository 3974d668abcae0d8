/* SPDX-License-Identifier: MIT */
/* What only a real controller can be asked for. */
#ifndef TESTS_GUEST_CONTROLLER_H
#define TESTS_GUEST_CONTROLLER_H

#include <stdbool.h>

/* The controller is the one that expect_apic= on the command line names. */
void controller_check_kind(void);

/* Commands that a send takes: one for each group of CPUs. */
void controller_check_commands(void);

/*
 * Nothing came that nobody had asked for. @moved: interrupts were moved while
 * they came.
 */
void controller_check_strays(bool moved);

/*
 * What nobody has is counted and ended, so that the next one arrives. After
 * the other checks, as it leaves counts behind.
 */
void controller_check_unexpected(void);

#endif
