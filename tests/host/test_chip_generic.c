/* SPDX-License-Identifier: MIT */
/*
 * The chip for register banks, on a model of such a controller: lines that
 * devices drive, latches that edges set, and registers of every kind that the
 * chip knows. Its interrupts come through one line of another chip.
 */
#include <string.h>
#include <irqkit/chip_generic.h>
#include "host.h"
#include "suites/suite.h"

#define BANK_LINES   40U /* a whole bank and a part of one */
#define BANK_STRIDE  0x80U
#define BANK_CONTEXT ((void *)&bank_model)

/* A controller that never gets quiet ends a test nevertheless. */
#define BANK_ROUNDS 8U

enum bank_register {
	BANK_MASK = 0x10,
	BANK_UNMASK = 0x14,
	BANK_PENDING = 0x18,
	BANK_ACK = 0x1c,
	BANK_EOI = 0x20,
	BANK_RAISE = 0x24,
	BANK_EDGE = 0x28,
	BANK_POLARITY = 0x2c,
	BANK_BOTH = 0x30,
};

struct bank_registers {
	uint32_t line; /* what devices drive */
	uint32_t latch;
	uint32_t let;
	uint32_t edge, polarity, both;
	uint32_t ended; /* by an EOI */
};

static struct {
	struct irqkit_chip_generic_info info;
	struct bank_registers bank[2];
	unsigned int writes;
	unsigned int reads;
	unsigned int strays; /* accesses of what is not there */
	uint32_t touched;    /* bits written to the two mask registers */
	bool power_is_up;    /* after a loss of power anything goes */
	void (*on_write)(void);
} bank_model;

static uint32_t bank_pending(const struct bank_registers *bank)
{
	uint32_t level = ~(bank->line ^ bank->polarity);

	return bank->latch | (level & ~bank->edge);
}

static struct bank_registers *bank_at(uint32_t offset)
{
	if (offset / BANK_STRIDE < 2)
		return &bank_model.bank[offset / BANK_STRIDE];
	bank_model.strays++;
	return &bank_model.bank[0];
}

static uint32_t bank_read(void *context, uint32_t offset)
{
	struct bank_registers *bank = bank_at(offset);

	if (context != BANK_CONTEXT || !irqkit_port_irqs_disabled())
		bank_model.strays++;
	bank_model.reads++;
	switch (offset % BANK_STRIDE) {
	case BANK_MASK:
		return bank_model.info.mask == IRQKIT_MASK_BY_ONES ? ~bank->let
								   : bank->let;
	case BANK_PENDING:
		return bank_pending(bank);
	case BANK_EDGE:
		return bank->edge;
	case BANK_POLARITY:
		return bank->polarity;
	case BANK_BOTH:
		return bank->both;
	default:
		bank_model.strays++;
		return 0;
	}
}

static void bank_write_mask(struct bank_registers *bank, uint32_t value)
{
	bank_model.touched |= value;
	if (bank_model.info.mask == IRQKIT_MASK_BY_ONES)
		bank->let = ~value;
	else if (bank_model.info.mask == IRQKIT_MASK_BY_ZEROES)
		bank->let = value;
	else
		bank->let &= ~value;
}

static void bank_write_latch(struct bank_registers *bank, uint32_t value)
{
	if (bank_model.info.ack == IRQKIT_ACK_BY_ONES)
		bank->latch &= ~value;
	else if (bank_model.info.ack == IRQKIT_ACK_BY_ZEROES)
		bank->latch &= value;
	else
		bank_model.strays++;
}

/*
 * As controllers do: what a change of the sense makes of a line is an edge. So
 * a line that is let through may not be changed.
 */
static void bank_write_sense(struct bank_registers *bank, uint32_t *word,
			     uint32_t value)
{
	if (((*word ^ value) & bank->let) != 0 && bank_model.power_is_up)
		bank_model.strays++;
	bank->latch |= (*word ^ value) & bank->edge;
	*word = value;
}

static void bank_write(void *context, uint32_t offset, uint32_t value)
{
	struct bank_registers *bank = bank_at(offset);

	if (context != BANK_CONTEXT || !irqkit_port_irqs_disabled())
		bank_model.strays++;
	bank_model.writes++;
	if (bank_model.on_write != NULL)
		bank_model.on_write();
	switch (offset % BANK_STRIDE) {
	case BANK_MASK:
		bank_write_mask(bank, value);
		break;
	case BANK_UNMASK:
		bank_model.strays += bank_model.info.mask !=
				     IRQKIT_MASK_BY_WRITES;
		bank->let |= value;
		bank_model.touched |= value;
		break;
	case BANK_ACK:
		bank_write_latch(bank, value);
		break;
	case BANK_EOI:
		bank->ended |= value;
		bank->latch &= ~value;
		break;
	case BANK_RAISE:
		bank->latch |= value & bank->edge;
		break;
	case BANK_EDGE:
		bank->edge = value;
		break;
	case BANK_POLARITY:
		bank_write_sense(bank, &bank->polarity, value);
		break;
	case BANK_BOTH:
		bank_write_sense(bank, &bank->both, value);
		break;
	default:
		bank_model.strays++;
	}
}

/* A device drives a line. */
static void bank_drive(unsigned int line, bool high)
{
	struct bank_registers *bank = &bank_model.bank[line / 32];
	uint32_t bit = 1U << line % 32;

	if (((bank->line & bit) != 0) == high)
		return;
	bank->line ^= bit;
	if (((bank->polarity & bit) != 0) == high || (bank->both & bit) != 0)
		bank->latch |= bank->edge & bit;
}

/* The interrupt that the controller is behind. */

static unsigned int bank_parent;
static unsigned int bank_parent_ended;
static unsigned int bank_parent_before; /* taken before the subject */

static void bank_parent_eoi(struct irq_data *data)
{
	(void)data;
	bank_parent_ended++;
}

static const struct irq_chip bank_parent_chip = {
	.name = "parent",
	.irq_eoi = bank_parent_eoi,
};

static bool bank_is_asserted(void)
{
	bool asserted = false;

	for (unsigned int i = 0; i < 2; i++) {
		const struct bank_registers *bank = &bank_model.bank[i];

		asserted |= (bank_pending(bank) & bank->let) != 0;
	}
	return asserted;
}

static void bank_take_parent(void)
{
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(irqkit_port_cpu());
	generic_handle_irq_desc(irq_to_desc(bank_parent));
	irqkit_dispatch_exit(irqkit_port_cpu());
	irqkit_port_irq_restore(state);
}

/* The CPU takes interrupts until there are none; returns how many. */
static unsigned int bank_run(void)
{
	unsigned int rounds = 0;

	while (bank_is_asserted() && rounds < BANK_ROUNDS) {
		bank_take_parent();
		rounds++;
	}
	return rounds;
}

/* A device that is served lets go of its line. */
static struct {
	unsigned int calls;
	unsigned int irq;
	bool keeps; /* the device drives on */
	bool again; /* its line goes down and up while the handler runs */
} bank_device[BANK_LINES];

static irqreturn_t bank_handler(unsigned int irq, void *dev_id)
{
	unsigned int line = (unsigned int)(uintptr_t)dev_id - 1;

	bank_device[line].calls++;
	bank_device[line].irq = irq;
	if (bank_device[line].again) {
		bank_device[line].again = false;
		bank_drive(line, false);
		bank_drive(line, true);
	}
	if (!bank_device[line].keeps)
		bank_drive(line, false);
	return IRQ_HANDLED;
}

#define BANK_ALL_TYPES                                     \
	(IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_RISING) |  \
	 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_FALLING) | \
	 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_BOTH) |    \
	 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_HIGH) |   \
	 IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_LOW))

static const uint32_t bank_can_wake[2] = {1U << 3 | 1U << 4, 1U << 2};

static const struct irqkit_chip_generic_info bank_full = {
	.name = "bank",
	.fwnode = &bank_model,
	.lines = BANK_LINES,
	.mask = IRQKIT_MASK_BY_ONES,
	.ack = IRQKIT_ACK_BY_ONES,
	.has = (unsigned int)IRQKIT_HAS_RAISE | IRQKIT_HAS_EDGE |
	       IRQKIT_HAS_POLARITY | IRQKIT_HAS_BOTH,
	.types = BANK_ALL_TYPES,
	.can_wake = bank_can_wake,
	.reg =
		{
			.mask = BANK_MASK,
			.unmask = BANK_UNMASK,
			.pending = BANK_PENDING,
			.ack = BANK_ACK,
			.eoi = BANK_EOI,
			.raise = BANK_RAISE,
			.edge = BANK_EDGE,
			.polarity = BANK_POLARITY,
			.both = BANK_BOTH,
		},
	.stride = BANK_STRIDE,
	.read = bank_read,
	.write = bank_write,
	.context = BANK_CONTEXT,
};

static struct irqkit_chip_generic *bank_chip;

/* A subject with a fresh controller, whose lines are all low. */
static void bank_begin(const char *subject,
		       const struct irqkit_chip_generic_info *info)
{
	tap_subject("%s", subject);
	memset(&bank_model, 0, sizeof(bank_model));
	memset(bank_device, 0, sizeof(bank_device));
	bank_model.info = *info;
	bank_model.power_is_up = true;
	/* What firmware left: all let through, and stale edges. */
	for (unsigned int i = 0; i < 2; i++) {
		bank_model.bank[i].let = ~0U;
		bank_model.bank[i].latch = 0x11111111U;
		bank_model.bank[i].edge = 1U << 5;
		bank_model.bank[i].polarity = ~0U;
		bank_model.bank[i].both = 1U << 6;
	}
	if ((info->types & IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_HIGH)) == 0)
		bank_model.bank[0].edge = bank_model.bank[1].edge = ~0U;
	bank_model.bank[1].let = 0xff;
	bank_parent_ended = 0;
	bank_parent_before = (unsigned int)kstat_irqs(bank_parent);
	tap_equal(irqkit_chip_generic_create(info, &bank_chip), 0, "create");
	tap_equal(irq_set_chained_handler_and_data(
			  bank_parent, irqkit_chip_generic_demux, bank_chip),
		  0, "the parent's handler");
}

static void bank_end(void)
{
	struct irq_domain *domain = irqkit_chip_generic_domain(bank_chip);

	for (unsigned int i = 0; i < BANK_LINES; i++) {
		unsigned int irq = irq_find_mapping(domain, i);

		if (irq != 0)
			tap_equal(irq_dispose_mapping(irq), 0, "line %u", i);
	}
	irq_set_chained_handler_and_data(bank_parent, NULL, NULL);
	tap_equal(irqkit_chip_generic_remove(bank_chip), 0, "remove");
	for (unsigned int i = 0; i < 2; i++)
		tap_equal(bank_model.bank[i].let, 0, "let through in the end");
	tap_equal(bank_model.strays, 0, "accesses that should not be");
	tap_close();
}

static void *bank_cookie(unsigned int line)
{
	return (void *)(uintptr_t)(line + 1);
}

static unsigned int bank_map(unsigned int line)
{
	int irq = irq_create_mapping(irqkit_chip_generic_domain(bank_chip),
				     line);

	tap_expect(irq > 0, "mapping of line %u: %d", line, irq);
	return (unsigned int)irq;
}

static unsigned int bank_request(unsigned int line, unsigned long flags)
{
	unsigned int irq = bank_map(line);

	tap_equal(request_irq(irq, bank_handler, flags, "device",
			      bank_cookie(line)),
		  0, "request of line %u", line);
	return irq;
}

static void bank_free(unsigned int irq, unsigned int line)
{
	tap_equal(free_irq(irq, bank_cookie(line)), 0, "free of %u", line);
}

static void bank_create(void)
{
	bank_begin("a new controller lets nothing through", &bank_full);
	for (unsigned int i = 0; i < 2; i++)
		tap_equal(bank_model.bank[i].let, 0, "bank %u", i);
	tap_equal(bank_model.bank[0].latch, 0, "latched, first bank");
	tap_equal(bank_model.bank[1].latch, 0x11111100U,
		  "latched, second bank: its 8 lines alone were touched");
	tap_equal(bank_model.bank[0].edge, 1U << 5, "senses are as they were");
	tap_expect(irq_find_matching_fwnode(&bank_model) ==
			   irqkit_chip_generic_domain(bank_chip),
		   "its domain is found");
	tap_equal(irq_create_mapping(irqkit_chip_generic_domain(bank_chip),
				     BANK_LINES),
		  -EINVAL, "a line too many");
	tap_expect(irq_to_desc(bank_map(4))->handle_irq == handle_level_irq,
		   "flow of a level");
	tap_expect(irq_to_desc(bank_map(5))->handle_irq == handle_edge_irq,
		   "flow of what firmware made an edge");
	tap_equal(irqkit_chip_generic_remove(bank_chip), -EBUSY,
		  "remove with interrupts");
	bank_end();
}

/* One line of each bank, of every trigger. */
static void bank_try_type(unsigned int line, unsigned int type, bool idle_high)
{
	const struct bank_registers *bank = &bank_model.bank[line / 32];
	uint32_t bit = 1U << line % 32;
	unsigned int irq;

	memset(bank_device, 0, sizeof(bank_device));
	bank_drive(line, idle_high);
	irq = bank_request(line, type);
	tap_equal(bank->let & bit, bit, "%u: let through", type);
	tap_equal(bank_run(), 0, "%u: none before", type);
	bank_drive(line, !idle_high);
	tap_expect(bank_is_asserted(), "%u: the CPU sees it", type);
	bank_device[line].keeps = type < IRQ_TYPE_LEVEL_HIGH || idle_high;
	bank_take_parent();
	tap_equal(bank_device[line].calls, 1, "%u: calls", type);
	tap_equal(bank_device[line].irq, irq, "%u: irq", type);
	if (type == IRQ_TYPE_LEVEL_LOW) {
		tap_expect(bank_is_asserted(), "a level stays");
		bank_drive(line, true);
	}
	tap_expect(!bank_is_asserted(), "%u: gone", type);
	bank_drive(line, idle_high);
	tap_equal(bank_is_asserted(), type == IRQ_TYPE_EDGE_BOTH,
		  "%u: back again", type);
	bank_run();
	bank_free(irq, line);
	tap_equal(bank->let & bit, 0, "%u: held back", type);
	irq_dispose_mapping(irq);
}

static void bank_types(void)
{
	static const unsigned int lines[] = {0, 31, 32, BANK_LINES - 1};

	bank_begin("every trigger works on every line", &bank_full);
	for (unsigned int i = 0; i < 4; i++) {
		bank_try_type(lines[i], IRQ_TYPE_EDGE_RISING, false);
		bank_try_type(lines[i], IRQ_TYPE_EDGE_FALLING, true);
		bank_try_type(lines[i], IRQ_TYPE_EDGE_BOTH, false);
		bank_try_type(lines[i], IRQ_TYPE_LEVEL_HIGH, false);
		bank_try_type(lines[i], IRQ_TYPE_LEVEL_LOW, true);
		memset(bank_device, 0, sizeof(bank_device));
		for (unsigned int j = 0; j < BANK_LINES; j++)
			bank_drive(j, false);
	}
	bank_end();
}

static void bank_flows(void)
{
	unsigned int irq;
	struct irq_desc *desc;

	bank_begin("the flow handler follows the trigger", &bank_full);
	irq = bank_map(2);
	desc = irq_to_desc(irq);
	irq_set_irq_type(irq, IRQ_TYPE_EDGE_FALLING);
	tap_expect(desc->handle_irq == handle_edge_irq, "edge");
	irq_set_irq_type(irq, IRQ_TYPE_LEVEL_LOW);
	tap_expect(desc->handle_irq == handle_level_irq, "level");
	tap_equal(bank_model.bank[0].edge & 4, 0, "in the register");
	irq_set_irq_type(irq, IRQ_TYPE_EDGE_BOTH);
	tap_expect(desc->handle_irq == handle_edge_irq, "both edges");
	tap_equal(bank_model.bank[0].both & 4, 4, "in the register");
	tap_equal(bank_model.bank[0].latch & 4, 0,
		  "what the change latched is gone");
	irq_set_handler(irq, handle_simple_irq);
	irq_set_irq_type(irq, IRQ_TYPE_LEVEL_HIGH);
	tap_expect(desc->handle_irq == handle_simple_irq, "one's own stays");
	irq = bank_request(3, IRQF_TRIGGER_RISING);
	tap_equal(irq_set_irq_type(irq, IRQ_TYPE_EDGE_FALLING), 0,
		  "one that is let through, but not meanwhile");
	tap_equal(bank_model.bank[0].let, 1U << 3, "and then again");
	bank_free(irq, 3);
	tap_equal(bank_model.bank[0].both & 4, 0, "in the register");
	bank_end();
}

static void bank_storm(void)
{
	unsigned int irq, other;

	bank_begin("a line comes again, and beside others", &bank_full);
	irq = bank_request(7, IRQF_TRIGGER_RISING);
	other = bank_request(33, IRQF_TRIGGER_HIGH);
	bank_device[7].again = true;
	bank_drive(7, true);
	bank_drive(33, true);
	tap_equal(bank_run(), 2, "interrupts taken");
	tap_equal(bank_device[7].calls, 2, "an edge during the handler");
	tap_equal(bank_device[33].calls, 1, "a level of the other bank");
	tap_equal(bank_parent_ended, 2, "the parent was ended");
	tap_equal((long long)kstat_irqs(bank_parent) - bank_parent_before, 2,
		  "and counted");
	bank_device[33].keeps = true;
	bank_drive(33, true);
	tap_equal(bank_run(), BANK_ROUNDS, "a level that stays");
	disable_irq(other);
	tap_equal(bank_run(), 1, "disabled it comes once more");
	tap_equal(bank_device[33].calls, 1 + BANK_ROUNDS, "and is not handled");
	tap_equal(bank_model.bank[1].let, 0, "but held back");
	bank_drive(33, false);
	tap_equal(enable_irq(other), 0, "enable");
	tap_equal(bank_model.bank[1].let, 2, "let through again");
	disable_irq(irq);
	bank_drive(7, true);
	bank_run();
	tap_equal(bank_model.bank[0].let & 1U << 7, 0, "an edge, disabled");
	tap_equal(bank_device[7].calls, 2, "is not handled");
	bank_drive(7, false);
	enable_irq(irq);
	tap_equal(bank_model.bank[0].latch, 1U << 7,
		  "enabled, the controller raises it again");
	bank_run();
	tap_equal(bank_device[7].calls, 3, "and it is handled");
	bank_free(irq, 7);
	bank_free(other, 33);
	bank_end();
}

/* How many were traced since the trace was cleared. */
static unsigned int bank_spurious(void)
{
	struct irqkit_trace_entry entry;
	unsigned long position = 0;
	unsigned int count = 0;

	while (irqkit_trace_read(0, &position, &entry) == 1)
		count += entry.event == IRQKIT_TRACE_SPURIOUS &&
			 entry.irq == bank_parent;
	return count;
}

/* A stray line of the last bank has no descriptor: it is silenced once. */
static void bank_unmapped(void)
{
	unsigned int irq;

	bank_begin("a line without an interrupt is held back", &bank_full);
	irq = bank_request(9, IRQF_TRIGGER_RISING);
	irq_set_irqchip_state(irq, IRQCHIP_STATE_MASKED, false);
	bank_free(irq, 9);
	irq_set_irqchip_state(irq, IRQCHIP_STATE_MASKED, false);
	irq_dispose_mapping(irq);
	tap_equal(bank_model.bank[0].let, 1U << 9, "let through by hand");
	irqkit_trace_clear();
	bank_drive(9, true);
	tap_equal(bank_run(), 1, "it comes once");
	tap_equal(bank_model.bank[0].let, 0, "held back");
	tap_equal(bank_model.bank[0].latch, 0, "forgotten");
	tap_equal(bank_spurious(), 0, "spurious interrupts of the parent");
	bank_model.bank[0].latch = 1U << 8;
	bank_take_parent();
	tap_equal(bank_spurious(), 1, "and one");
	tap_equal(bank_model.bank[0].latch, 1U << 8,
		  "one that is held back is not looked at");
	tap_equal(bank_parent_ended, 2, "the parent was ended");
	irq_set_irqchip_state(bank_map(9), IRQCHIP_STATE_MASKED, false);
	bank_end();
}

static void bank_expect_state(unsigned int irq, enum irqchip_irq_state which,
			      bool expected, const char *what)
{
	bool value = !expected;

	tap_equal(irq_get_irqchip_state(irq, which, &value), 0, "%s: result",
		  what);
	tap_equal(value, expected, "%s", what);
}

static void bank_states(const struct irqkit_chip_generic_info *info)
{
	unsigned int irq;
	bool value;

	bank_begin("the state of a line is read and written", info);
	irq = bank_request(35, IRQF_TRIGGER_RISING | IRQF_NO_AUTOEN);
	bank_expect_state(irq, IRQCHIP_STATE_MASKED, true, "at first");
	bank_expect_state(irq, IRQCHIP_STATE_PENDING, false, "nothing");
	enable_irq(irq);
	bank_expect_state(irq, IRQCHIP_STATE_MASKED, false, "let through");
	bank_drive(35, true);
	bank_expect_state(irq, IRQCHIP_STATE_PENDING, true, "an edge");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false), 0,
		  "clear");
	bank_expect_state(irq, IRQCHIP_STATE_PENDING, false, "cleared");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true), 0,
		  "raise");
	tap_equal(bank_model.bank[1].latch & 0xff, 8, "raised");
	tap_equal(irq_get_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, &value),
		  -EINVAL, "no such state");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_LINE_LEVEL, true),
		  -EINVAL, "nothing to drive lines with");
	irq_set_irqchip_state(irq, IRQCHIP_STATE_MASKED, true);
	tap_equal(bank_model.bank[1].let, 0, "masked by hand");
	bank_expect_state(irq, IRQCHIP_STATE_MASKED, true, "masked by hand");
	irq_set_irqchip_state(irq, IRQCHIP_STATE_MASKED, false);
	bank_run();
	tap_equal(bank_device[35].calls, 1, "calls");
	bank_free(irq, 35);
	bank_end();
}

/* Each kind of mask with each kind of acknowledgement. */
static void bank_kinds(void)
{
	struct irqkit_chip_generic_info info = bank_full;

	for (unsigned int mask = 0; mask <= IRQKIT_MASK_BY_WRITES; mask++) {
		info.mask = (enum irqkit_chip_generic_mask)mask;
		for (unsigned int ack = IRQKIT_ACK_BY_ONES;
		     ack <= IRQKIT_ACK_BY_ZEROES; ack++) {
			info.ack = (enum irqkit_chip_generic_ack)ack;
			bank_states(&info);
		}
	}
}

/* Lines of a bank share its registers, and must not touch each other. */
static void bank_neighbours(void)
{
	struct irqkit_chip_generic_info info = bank_full;

	for (unsigned int mask = 0; mask <= IRQKIT_MASK_BY_WRITES; mask++) {
		unsigned int first, second;

		info.mask = (enum irqkit_chip_generic_mask)mask;
		info.ack = mask == 0 ? IRQKIT_ACK_BY_ZEROES
				     : IRQKIT_ACK_BY_ONES;
		bank_begin("lines do not disturb each other", &info);
		first = bank_request(1, IRQF_TRIGGER_RISING);
		second = bank_request(2, IRQF_TRIGGER_FALLING);
		tap_equal(bank_model.bank[0].let, 6, "both let through");
		tap_equal(bank_model.bank[0].polarity & 6, 2, "polarities");
		tap_equal(bank_model.bank[0].edge & 6, 6, "edges");
		bank_drive(1, true);
		bank_drive(2, true);
		bank_drive(2, false);
		tap_equal(irq_set_irqchip_state(first, IRQCHIP_STATE_PENDING,
						false),
			  0, "clear the first");
		tap_equal(bank_model.bank[0].latch, 4, "the second stays");
		bank_model.touched = 0;
		irq_set_irqchip_state(first, IRQCHIP_STATE_MASKED, true);
		tap_equal(bank_model.bank[0].let, 4, "so does its mask");
		irq_set_irqchip_state(first, IRQCHIP_STATE_MASKED, false);
		irq_set_irqchip_state(first, IRQCHIP_STATE_MASKED, true);
		if (mask == IRQKIT_MASK_BY_WRITES)
			tap_equal(bank_model.touched, 2,
				  "lines that were written to");
		bank_run();
		tap_equal(bank_device[1].calls, 0, "calls of the first");
		tap_equal(bank_device[2].calls, 1, "calls of the second");
		bank_free(first, 1);
		bank_free(second, 2);
		bank_end();
	}
}

static void bank_eoi_kind(void)
{
	struct irqkit_chip_generic_info info = bank_full;
	struct irq_desc *desc;
	unsigned int irq;

	info.has |= IRQKIT_HAS_EOI;
	info.ack = IRQKIT_ACK_NONE;
	bank_begin("with an EOI register the flow is that of an EOI", &info);
	irq = bank_request(34, IRQF_TRIGGER_RISING);
	desc = irq_to_desc(irq);
	tap_expect(desc->handle_irq == handle_fasteoi_irq, "flow");
	bank_drive(34, true);
	tap_equal(bank_run(), 1, "interrupts");
	tap_equal(bank_device[34].calls, 1, "calls");
	tap_equal(bank_model.bank[1].ended, 4, "ended");
	tap_equal(bank_model.bank[0].ended, 0, "the other bank");
	tap_equal(irq_set_irq_type(irq, IRQ_TYPE_LEVEL_HIGH), 0, "a level");
	tap_expect(desc->handle_irq == handle_fasteoi_irq, "the same flow");
	bank_free(irq, 34);
	bank_end();
}

/* Only what the controller can is offered. */
static void bank_few_registers(void)
{
	struct irqkit_chip_generic_info info = bank_full;
	const struct irq_chip *chip;
	unsigned int irq;

	info.has = 0;
	info.types = IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_HIGH);
	info.ack = IRQKIT_ACK_NONE;
	info.can_wake = NULL;
	bank_begin("a controller of levels without anything", &info);
	memset(bank_model.bank, 0, sizeof(bank_model.bank));
	bank_model.bank[0].polarity = bank_model.bank[1].polarity = ~0U;
	irq = bank_request(6, IRQF_TRIGGER_HIGH);
	chip = irq_get_irq_data(irq)->chip;
	tap_expect(chip->irq_ack == NULL && chip->irq_eoi == NULL &&
			   chip->irq_retrigger == NULL &&
			   chip->irq_set_wake == NULL,
		   "operations that it does not have");
	tap_expect(irq_to_desc(irq)->handle_irq == handle_level_irq, "flow");
	tap_equal(irq_set_irq_type(irq, IRQ_TYPE_LEVEL_LOW), -EINVAL,
		  "another level");
	tap_equal(irq_set_irq_type(irq, IRQ_TYPE_EDGE_RISING), -EINVAL,
		  "an edge");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true),
		  -EINVAL, "raise");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false),
		  -EINVAL, "clear");
	tap_equal(irq_set_irq_wake(irq, true), -ENXIO, "wake");
	bank_drive(6, true);
	tap_equal(bank_run(), 1, "interrupts");
	tap_equal(bank_device[6].calls, 1, "calls");
	bank_free(irq, 6);
	bank_end();
	info.types = IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_BOTH);
	info.ack = IRQKIT_ACK_BY_ONES;
	bank_begin("a controller of both edges alone", &info);
	bank_model.bank[0].both = ~0U;
	irq = bank_request(6, 0);
	tap_expect(irq_to_desc(irq)->handle_irq == handle_edge_irq, "flow");
	bank_device[6].keeps = true;
	bank_drive(6, true);
	tap_equal(bank_run(), 1, "up");
	bank_drive(6, false);
	tap_equal(bank_run(), 1, "down");
	tap_equal(bank_device[6].calls, 2, "calls");
	bank_free(irq, 6);
	bank_end();
}

static void bank_wake(void)
{
	unsigned int wakes, other, late;

	bank_begin("suspended, only what wakes is let through", &bank_full);
	wakes = bank_request(3, IRQF_TRIGGER_RISING);
	other = bank_request(10, IRQF_TRIGGER_FALLING);
	late = bank_request(4, IRQF_TRIGGER_RISING | IRQF_NO_AUTOEN);
	tap_equal(irq_set_irq_wake(other, true), -ENXIO, "one that can not");
	tap_equal(irq_set_irq_wake(wakes, true), 0, "one that can");
	tap_equal(irqkit_chip_generic_wake_active(bank_chip, 0), 1U << 3,
		  "what wakes");
	tap_equal(irqkit_chip_generic_wake_active(bank_chip, 1), 0,
		  "of the second bank");
	tap_equal(irqkit_chip_generic_wake_active(bank_chip, 2), 0,
		  "of one that is not there");
	tap_equal(irqkit_chip_generic_resume(bank_chip), -EINVAL, "resume");
	tap_equal(bank_model.bank[0].let, 1U << 3 | 1U << 10, "let through");
	tap_equal(irqkit_chip_generic_suspend(bank_chip), 0, "suspend");
	tap_equal(irqkit_chip_generic_suspend(bank_chip), -EBUSY, "twice");
	tap_equal(bank_model.bank[0].let, 1U << 3, "let through, suspended");
	tap_equal(enable_irq(late), 0, "enable of another");
	tap_equal(bank_model.bank[0].let, 1U << 3, "it does not come through");
	bank_model.bank[0].latch = 1U << 10;
	bank_take_parent();
	tap_equal(bank_device[10].calls, 0, "nor does what is latched");
	tap_equal(irq_set_irq_wake(late, true), 0, "it is to wake");
	tap_equal(bank_model.bank[0].let, 1U << 3 | 1U << 4, "it comes");
	tap_equal(irq_set_irq_wake(late, false), 0, "it is not to");
	tap_equal(bank_model.bank[0].let, 1U << 3, "it does not");
	bank_drive(3, true);
	tap_equal(bank_run(), 1, "what wakes comes");
	tap_equal(bank_device[3].calls, 1, "calls");
	memset(bank_model.bank, 0xa5, sizeof(bank_model.bank));
	bank_model.power_is_up = false;
	bank_model.bank[0].line = 0;
	bank_model.bank[1].line = 0;
	tap_equal(irqkit_chip_generic_resume(bank_chip), 0, "resume");
	tap_equal(bank_model.bank[0].let, 1U << 3 | 1U << 4 | 1U << 10,
		  "let through");
	tap_equal(bank_model.bank[0].edge,
		  1U << 3 | 1U << 4 | 1U << 5 | 1U << 10, "edges");
	tap_equal(bank_model.bank[0].polarity, ~(1U << 10), "polarities");
	tap_equal(bank_model.bank[0].both, 1U << 6, "both");
	tap_equal(bank_model.bank[1].let, 0, "the second bank");
	tap_equal(bank_model.bank[1].edge, 1U << 5, "its edges");
	tap_equal(irqkit_chip_generic_resume(bank_chip), -EINVAL, "twice");
	irq_set_irq_wake(wakes, false);
	tap_equal(irqkit_chip_generic_wake_active(bank_chip, 0), 0, "none");
	bank_free(wakes, 3);
	bank_free(other, 10);
	bank_free(late, 4);
	bank_end();
}

static void bank_resume_writes(void)
{
	struct irqkit_chip_generic_info info = bank_full;
	unsigned int irq;

	info.mask = IRQKIT_MASK_BY_WRITES;
	bank_begin("resume holds back what power-up lets through", &info);
	irq = bank_request(0, IRQF_TRIGGER_RISING);
	irqkit_chip_generic_suspend(bank_chip);
	bank_model.bank[0].let = 0xfff0;
	irqkit_chip_generic_resume(bank_chip);
	tap_equal(bank_model.bank[0].let, 1, "let through");
	bank_free(irq, 0);
	bank_end();
}

static void bank_firmware(void)
{
	struct irq_fwspec fwspec = {.fwnode = &bank_model,
				    .param_count = 2,
				    .param = {12, IRQ_TYPE_EDGE_FALLING}};
	int irq;

	bank_begin("firmware names a line, with or without its trigger",
		   &bank_full);
	irq = irq_create_fwspec_mapping(&fwspec);
	tap_expect(irq > 0, "two cells: %d", irq);
	tap_equal(irq_get_irq_data((unsigned int)irq)->hwirq, 12, "line");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data((unsigned int)irq)),
		  IRQ_TYPE_EDGE_FALLING, "trigger");
	fwspec.param_count = 1;
	fwspec.param[0] = 13;
	irq = irq_create_fwspec_mapping(&fwspec);
	tap_expect(irq > 0, "one cell: %d", irq);
	tap_equal(irq_get_irq_data((unsigned int)irq)->hwirq, 13, "line");
	fwspec.param_count = 0;
	tap_equal(irq_create_fwspec_mapping(&fwspec), -EINVAL, "no cell");
	bank_end();
}

/* The registers as plain memory: no functions are given. */
static void bank_plain(void)
{
	static uint32_t memory[2 * BANK_STRIDE / 4];
	struct irqkit_chip_generic_info info = bank_full;
	struct irqkit_chip_generic *chip;
	int irq;

	tap_subject("without functions the registers are at the base");
	memory[BANK_POLARITY / 4] = 0x12345678;
	info.base = memory;
	info.read = NULL;
	info.write = NULL;
	info.fwnode = NULL;
	tap_equal(irqkit_chip_generic_create(&info, &chip), 0, "create");
	tap_equal(memory[BANK_MASK / 4], ~0U, "all masked");
	tap_equal(memory[(BANK_STRIDE + BANK_MASK) / 4], ~0U, "second bank");
	tap_equal(memory[BANK_ACK / 4], ~0U, "all acknowledged");
	tap_equal(memory[(BANK_STRIDE + BANK_ACK) / 4], 0xff, "second bank");
	irq = irq_create_mapping(irqkit_chip_generic_domain(chip), 39);
	request_irq((unsigned int)irq, bank_handler, IRQF_TRIGGER_HIGH, "d",
		    bank_cookie(39));
	tap_equal(memory[(BANK_STRIDE + BANK_MASK) / 4], ~(1U << 7), "unmask");
	tap_equal(memory[(BANK_STRIDE + BANK_POLARITY) / 4], 1U << 7, "high");
	free_irq((unsigned int)irq, bank_cookie(39));
	irq_dispose_mapping((unsigned int)irq);
	tap_equal(memory[BANK_POLARITY / 4], 0x12345678, "the first bank");
	tap_equal(irqkit_chip_generic_remove(chip), 0, "remove");
	tap_close();
}

static void bank_refused(const struct irqkit_chip_generic_info *info,
			 const char *what)
{
	struct irqkit_chip_generic *chip = (void *)&bank_model;

	tap_equal(irqkit_chip_generic_create(info, &chip), -EINVAL, "%s", what);
	tap_expect(chip == (void *)&bank_model, "%s: out is unchanged", what);
}

#define BANK_REFUSED(change, what)                                \
	do {                                                      \
		struct irqkit_chip_generic_info info = bank_full; \
                                                                  \
		change;                                           \
		bank_refused(&info, what);                        \
	} while (0)

static void bank_errors(void)
{
	unsigned long live = host_live();

	tap_subject("what does not fit together is refused");
	memset(&bank_model, 0, sizeof(bank_model));
	bank_refused(NULL, "no description");
	tap_equal(irqkit_chip_generic_create(&bank_full, NULL), -EINVAL,
		  "no place for the result");
	BANK_REFUSED(info.name = NULL, "no name");
	BANK_REFUSED(info.lines = 0, "no lines");
	BANK_REFUSED(info.lines = IRQKIT_CHIP_GENERIC_MAX + 1, "too many");
	BANK_REFUSED(info.read = NULL, "a write function alone");
	BANK_REFUSED(info.write = NULL, "a read function alone");
	BANK_REFUSED(info.read = NULL; info.write = NULL, "no access");
	BANK_REFUSED(info.mask = IRQKIT_MASK_BY_WRITES + 1, "mask");
	BANK_REFUSED(info.ack = IRQKIT_ACK_BY_ZEROES + 1, "ack");
	BANK_REFUSED(info.has |= 1U << 5, "a register unheard of");
	BANK_REFUSED(info.has |= IRQKIT_HAS_EOI, "an EOI and an ack");
	BANK_REFUSED(info.types = 0, "no trigger");
	BANK_REFUSED(info.types = 1, "IRQ_TYPE_NONE");
	BANK_REFUSED(info.types |= IRQKIT_CHIP_GENERIC_TYPE(5), "no such type");
	BANK_REFUSED(info.has &= ~(unsigned int)IRQKIT_HAS_EDGE,
		     "edges and levels, and nothing to tell them apart");
	BANK_REFUSED(info.has &= ~(unsigned int)IRQKIT_HAS_POLARITY,
		     "high and low");
	BANK_REFUSED(info.has &= ~(unsigned int)IRQKIT_HAS_BOTH,
		     "one edge and both");
	tap_equal(bank_model.writes + bank_model.reads, 0, "accesses");
	tap_equal((long long)(host_live() - live), 0, "memory left");
	tap_equal(irqkit_chip_generic_remove(NULL), -EINVAL, "remove");
	tap_equal(irqkit_chip_generic_suspend(NULL), -EINVAL, "suspend");
	tap_equal(irqkit_chip_generic_resume(NULL), -EINVAL, "resume");
	tap_expect(irqkit_chip_generic_domain(NULL) == NULL, "domain");
	tap_equal(irqkit_chip_generic_wake_active(NULL, 0), 0, "wake");
	tap_close();
}

static void bank_failures(void)
{
	struct irqkit_chip_generic_info info = bank_full;
	struct irqkit_chip_generic *other = NULL;
	unsigned long live;
	unsigned int writes;

	bank_begin("what cannot be made leaves the registers alone",
		   &bank_full);
	writes = bank_model.writes;
	live = host_live();
	tap_equal(irqkit_chip_generic_create(&bank_full, &other), -EEXIST,
		  "another one of that fwnode");
	info.fwnode = NULL;
	for (unsigned long nth = 1; nth <= 2; nth++) {
		host_fail_alloc(nth);
		tap_equal(irqkit_chip_generic_create(&info, &other), -ENOMEM,
			  "allocation %lu", nth);
		tap_expect(host_alloc_failed(), "it came");
	}
	host_fail_alloc(0);
	tap_expect(other == NULL, "out is unchanged");
	tap_equal((long long)(host_live() - live), 0, "memory left");
	tap_equal(bank_model.writes, writes, "writes");
	info.lines = IRQKIT_CHIP_GENERIC_MAX;
	info.can_wake = NULL;
	info.stride = 0;
	tap_equal(irqkit_chip_generic_create(&info, &other), 0, "the most");
	tap_equal(irq_dispose_mapping((unsigned int)irq_create_mapping(
			  irqkit_chip_generic_domain(other),
			  IRQKIT_CHIP_GENERIC_MAX - 1)),
		  0, "its last line");
	tap_equal(irqkit_chip_generic_remove(other), 0, "remove");
	bank_end();
}

/* Another CPU looks for the domain while its registers are set up. */
static int bank_early_result;
static bool bank_early_done;

static void bank_early_map(void *argument)
{
	(void)argument;
	bank_early_result =
		irq_create_mapping(irq_find_matching_fwnode(&bank_model), 1);
	bank_early_done = true;
}

static void bank_early_wait(void)
{
	bank_model.on_write = NULL;
	host_give_work(1, bank_early_map, NULL);
	while (!bank_early_done)
		suite_relax();
}

static void bank_early(void)
{
	tap_subject("before it is set up it makes no interrupts");
	memset(&bank_model, 0, sizeof(bank_model));
	bank_model.info = bank_full;
	bank_model.on_write = bank_early_wait;
	tap_equal(irqkit_chip_generic_create(&bank_full, &bank_chip), 0,
		  "create");
	tap_expect(bank_early_done, "another CPU was there");
	tap_equal(bank_early_result, -EBUSY, "its mapping");
	tap_equal(irq_dispose_mapping(bank_map(1)), 0, "and afterwards");
	tap_equal(irqkit_chip_generic_remove(bank_chip), 0, "remove");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(2, NULL);
	bank_parent = (unsigned int)irq_alloc_descs(-1, 1, 1, 0);
	irq_set_chip_and_handler(bank_parent, 0, &bank_parent_chip, NULL,
				 handle_fasteoi_irq);
	bank_create();
	bank_early();
	bank_types();
	bank_flows();
	bank_storm();
	bank_unmapped();
	bank_kinds();
	bank_neighbours();
	bank_eoi_kind();
	bank_few_registers();
	bank_wake();
	bank_resume_writes();
	bank_firmware();
	bank_plain();
	bank_errors();
	bank_failures();
	return host_end();
}
