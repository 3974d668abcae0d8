/* SPDX-License-Identifier: MIT */
/* See sim_bank.h. One CPU runs at a time: no lock. */
#include "sim_bank.h"
#include <stdlib.h>
#include "host.h"

enum bank_offset {
	BANK_AT_MASK = 0x00, /* one: held back */
	BANK_AT_PENDING = 0x04,
	BANK_AT_ACK = 0x08,
	BANK_AT_RAISE = 0x0c,
	BANK_AT_EDGE = 0x10,
	BANK_AT_POLARITY = 0x14,
	BANK_AT_BOTH = 0x18,
};

/* A level is what the device asserts, whichever polarity that has. */
static uint32_t bank_get_pending(const struct sim_bank *sim)
{
	return sim->latched | (sim->asserted & ~sim->edge);
}

static void bank_update(const struct sim_bank *sim)
{
	if ((bank_get_pending(sim) & ~sim->masked) != 0)
		sim_line_raise(sim->parent, sim->parent_hwirq);
	else
		sim_line_lower(sim->parent, sim->parent_hwirq);
}

static uint32_t bank_get(void *context, uint32_t offset)
{
	const struct sim_bank *sim = context;

	switch (offset) {
	case BANK_AT_MASK:
		return sim->masked;
	case BANK_AT_PENDING:
		return bank_get_pending(sim);
	case BANK_AT_EDGE:
		return sim->edge;
	case BANK_AT_POLARITY:
		return sim->polarity;
	case BANK_AT_BOTH:
		return sim->both;
	default:
		host_violation("a register that cannot be read");
		return 0;
	}
}

static void bank_put(void *context, uint32_t offset, uint32_t value)
{
	struct sim_bank *sim = context;

	switch (offset) {
	case BANK_AT_MASK:
		sim->masked = value;
		break;
	case BANK_AT_ACK:
		sim->latched &= ~value;
		break;
	case BANK_AT_RAISE:
		sim->latched |= value & sim->edge;
		break;
	case BANK_AT_EDGE:
		sim->edge = value;
		break;
	case BANK_AT_POLARITY:
		sim->polarity = value;
		break;
	case BANK_AT_BOTH:
		sim->both = value;
		break;
	default:
		host_violation("a register that cannot be written");
	}
	bank_update(sim);
}

void sim_bank_pulse(struct sim_bank *sim, irq_hw_number_t hwirq)
{
	sim->latched |= sim->edge & 1U << hwirq;
	bank_update(sim);
}

void sim_bank_drive(struct sim_bank *sim, irq_hw_number_t hwirq, bool asserted)
{
	if (asserted)
		sim->asserted |= 1U << hwirq;
	else
		sim->asserted &= ~(1U << hwirq);
	bank_update(sim);
}

static const struct irqkit_chip_generic_info bank_info = {
	.name = "bank",
	.lines = SIM_BANK_LINES,
	.mask = IRQKIT_MASK_BY_ONES,
	.ack = IRQKIT_ACK_BY_ONES,
	.has = (unsigned int)IRQKIT_HAS_RAISE | IRQKIT_HAS_EDGE |
	       IRQKIT_HAS_POLARITY | IRQKIT_HAS_BOTH,
	.types = IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_RISING) |
		 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_FALLING) |
		 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_BOTH) |
		 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_HIGH) |
		 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_LOW),
	.reg =
		{
			.mask = BANK_AT_MASK,
			.pending = BANK_AT_PENDING,
			.ack = BANK_AT_ACK,
			.raise = BANK_AT_RAISE,
			.edge = BANK_AT_EDGE,
			.polarity = BANK_AT_POLARITY,
			.both = BANK_AT_BOTH,
		},
	.stride = 0x20,
	.read = bank_get,
	.write = bank_put,
};

static void bank_connect(const struct sim_bank *sim)
{
	unsigned int irq = sim_line_map(sim->parent, sim->parent_hwirq);

	if (irq_set_irq_type(irq, IRQ_TYPE_LEVEL_HIGH) != 0 ||
	    irq_set_chained_handler_and_data(irq, irqkit_chip_generic_demux,
					     sim->chip) != 0)
		abort();
}

struct sim_bank *sim_bank_create(struct sim_line *parent, irq_hw_number_t hwirq)
{
	struct irqkit_chip_generic_info info = bank_info;
	struct sim_bank *sim = calloc(1, sizeof(*sim));

	if (sim == NULL)
		abort();
	sim->parent = parent;
	sim->parent_hwirq = hwirq;
	sim->masked = ~0U;
	info.fwnode = sim;
	info.context = sim;
	if (irqkit_chip_generic_create(&info, &sim->chip) != 0)
		abort();
	bank_connect(sim);
	return sim;
}

void sim_bank_destroy(struct sim_bank *sim)
{
	unsigned int irq = irq_find_mapping(sim->parent->domain,
					    sim->parent_hwirq);

	if (irq_set_chained_handler_and_data(irq, NULL, NULL) != 0 ||
	    irq_dispose_mapping(irq) != 0 ||
	    irqkit_chip_generic_remove(sim->chip) != 0)
		host_violation("a bank is still in use");
	free(sim);
}
