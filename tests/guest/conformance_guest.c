/* SPDX-License-Identifier: MIT */
/* The machine's interrupts of devices, as the conformance suite wants them. */
#include "conformance_guest.h"
#include "kernel.h"
#include "suites/conformance.h"

/* More than a CPU has vectors. */
#define CONFORMANCE_GUEST_LINES 320U

void conformance_guest_run(void)
{
	struct conformance_controller controller = {
#if defined(__x86_64__)
		.name = "vectors",
		.flags = (unsigned int)CONFORMANCE_MOVES | CONFORMANCE_WAKES,
		.states = CONFORMANCE_BIT(IRQCHIP_STATE_PENDING),
#else
		.name = "SPIs",
		.flags = (unsigned int)CONFORMANCE_MASKS | CONFORMANCE_LATCHES |
			 CONFORMANCE_MOVES | CONFORMANCE_WAKES,
		.types = CONFORMANCE_BIT(IRQ_TYPE_EDGE_RISING) |
			 CONFORMANCE_BIT(IRQ_TYPE_LEVEL_HIGH),
		.states = CONFORMANCE_BIT(IRQCHIP_STATE_PENDING) |
			  CONFORMANCE_BIT(IRQCHIP_STATE_ACTIVE) |
			  CONFORMANCE_BIT(IRQCHIP_STATE_MASKED),
#endif
		.lines = CONFORMANCE_GUEST_LINES,
	};

	controller.domain = suite_devices();
	if (tap_ok(controller.domain != NULL, "%s: the machine has them",
		   controller.name))
		conformance_suite_run(&controller);
}
