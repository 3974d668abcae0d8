/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GUEST_REFUSALS_H
#define TESTS_GUEST_REFUSALS_H

/*
 * What the reference kernel refuses, and a library without threads. CPUs go and
 * come; afterwards all is as before.
 */
void refusals_check(void);

#endif
