/* SPDX-License-Identifier: MIT */
#ifndef TESTS_GUEST_CONFORMANCE_GUEST_H
#define TESTS_GUEST_CONFORMANCE_GUEST_H

/* Run the conformance suite on the machine's interrupts of devices. */
void conformance_guest_run(void);

#endif
