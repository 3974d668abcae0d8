/* SPDX-License-Identifier: MIT */
/*
 * A controller of register banks behind one line of another controller, as
 * irqkit/chip_generic.h serves it: 32 lines with masks, latches and triggers.
 */
#ifndef TESTS_HOST_SIM_BANK_H
#define TESTS_HOST_SIM_BANK_H

#include <irqkit/chip_generic.h>
#include "sim_chip.h"

#define SIM_BANK_LINES 32U

struct sim_bank {
	struct irqkit_chip_generic *chip;
	struct sim_line *parent;
	irq_hw_number_t parent_hwirq;
	/* Registers. */
	uint32_t masked;
	uint32_t latched;
	uint32_t edge;
	uint32_t polarity;
	uint32_t both;
	/* What the devices do: a bit for each line that is asserted. */
	uint32_t asserted;
};

struct sim_bank *sim_bank_create(struct sim_line *parent,
				 irq_hw_number_t hwirq);
void sim_bank_destroy(struct sim_bank *sim);

/* The device of a line makes one edge; asserts its line, or releases it. */
void sim_bank_pulse(struct sim_bank *sim, irq_hw_number_t hwirq);
void sim_bank_drive(struct sim_bank *sim, irq_hw_number_t hwirq, bool asserted);

#endif
