/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite: what any chip and domain must do, as
 * include/irqkit/irq.h and irqdomain.h say it. Each test is one sentence of
 * that contract, with a number; a test that fails says the sentence first, and
 * then what came instead.
 *
 * A new controller is described by a struct conformance_controller. The
 * machine below it is that of suite.h.
 */
#ifndef TESTS_SUITES_CONFORMANCE_H
#define TESTS_SUITES_CONFORMANCE_H

#include "suite.h"

/* What the controller can do. What it cannot is skipped. */
enum conformance_flags {
	CONFORMANCE_MASKS = 1U << 0,   /* lines can be held back */
	CONFORMANCE_LATCHES = 1U << 1, /* and an edge is kept meanwhile */
	CONFORMANCE_MOVES = 1U << 2,   /* irq_set_affinity() */
	CONFORMANCE_WAKES = 1U << 3,   /* irq_set_irq_wake() */
	CONFORMANCE_PER_CPU = 1U << 4, /* each CPU has lines of its own */
};

/* The bit of a trigger, or of an enum irqchip_irq_state. */
#define CONFORMANCE_BIT(which) (1U << (which))

struct conformance_controller {
	const char *name; /* in words, before each sentence */
	struct irq_domain *domain;
	unsigned int lines; /* that the suite may have, at least 1 */
	unsigned int flags; /* enum conformance_flags */

	/* Bits of enum irq_trigger that lines can have. 0: they have none. */
	unsigned int types;

	/* Bits of enum irqchip_irq_state that can be read. */
	unsigned int states;

	/*
	 * What the alloc operation wants for a line, 0 to @lines - 1. The same
	 * line may be asked for again when it was freed. NULL: it wants NULL,
	 * and takes any line that is free.
	 */
	const void *(*argument)(const struct conformance_controller *controller,
				unsigned int line);

	/* The number for the map operation. NULL: that of the line. */
	irq_hw_number_t (*hwirq)(
		const struct conformance_controller *controller,
		unsigned int line);

	/*
	 * How firmware names a line with a trigger; false: it cannot. NULL:
	 * irq_create_fwspec_mapping() is not tested.
	 */
	bool (*firmware)(const struct conformance_controller *controller,
			 unsigned int line, unsigned int type,
			 struct irq_fwspec *fwspec);

	/*
	 * The device makes one edge, of the kind that the trigger asks for, or
	 * writes its message; of a per-CPU controller at the line of the
	 * calling CPU. Any CPU and context, the handler of that interrupt too.
	 * Returns 0 or a negative error. NULL: irq_set_irqchip_state() raises
	 * it.
	 */
	int (*fire)(const struct conformance_controller *controller,
		    unsigned int irq);

	/*
	 * The device asserts its line, or releases it: for IRQ_TYPE_LEVEL_LOW
	 * asserted is low. Only for levels, in any context. NULL: levels are
	 * set, and never asserted.
	 */
	void (*drive)(const struct conformance_controller *controller,
		      unsigned int irq, bool asserted);

	/* Nanoseconds to wait for an event; 0: as long as other suites. */
	uint64_t patience;

	void *context; /* of the five operations */
};

/*
 * Run all sentences. Returns how many were broken. The controller must have
 * none of its lines in use, and has none afterwards.
 */
unsigned int conformance_suite_run(
	const struct conformance_controller *controller);

#endif
