/* SPDX-License-Identifier: MIT */
/* What only a real controller can be asked for. */
#ifndef TESTS_GUEST_CONTROLLER_H
#define TESTS_GUEST_CONTROLLER_H

/* The controller is the one that expect_apic= on the command line names. */
void controller_check_kind(void);

/* Commands that a send takes: one for each group of CPUs. */
void controller_check_commands(void);

/* After all: nothing came that nobody had asked for. */
void controller_check_strays(void);

/*
 * What nobody has is counted and ended, so that the next one arrives. After
 * the other checks, as it leaves counts behind.
 */
void controller_check_unexpected(void);

#endif
