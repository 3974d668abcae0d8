/* SPDX-License-Identifier: MIT */
/* From a controller to a flow handler, see entry.c. */
#ifndef TESTS_SIM_ENTRY_H
#define TESTS_SIM_ENTRY_H

#include <irqkit/irqdomain.h>

/* On the CPU that took it, interrupts off. -EINVAL: nobody has it. */
int sim_entry(const struct irq_domain *domain, irq_hw_number_t hwirq);

#endif
