/* SPDX-License-Identifier: MIT */
/* The steps that flow handlers have in common. */
#ifndef IRQKIT_FLOW_H
#define IRQKIT_FLOW_H

#include "internals.h"

static inline void flow_count(const struct irq_desc *desc, unsigned int cpu)
{
	increment_relaxed(irqkit_count(desc, cpu));
}

static inline void flow_ack(struct irq_desc *desc)
{
	if (desc->irq_data.chip->irq_ack != NULL)
		desc->irq_data.chip->irq_ack(&desc->irq_data);
}

static inline void flow_eoi(struct irq_desc *desc)
{
	if (desc->irq_data.chip->irq_eoi != NULL)
		desc->irq_data.chip->irq_eoi(&desc->irq_data);
}

#endif
