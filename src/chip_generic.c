/* SPDX-License-Identifier: MIT */
/*
 * A chip for controllers whose lines are bits of registers. Its lock guards
 * the copies of the registers and the writes to those that are shared by lines;
 * the demultiplexer reads the copies without it.
 */
#include "internals.h"
#include <irqkit/chip_generic.h>

#define CHIP_GENERIC_BANK    IRQKIT_CHIP_GENERIC_BANK

#define CHIP_GENERIC_RISING  IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_RISING)
#define CHIP_GENERIC_FALLING IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_FALLING)
#define CHIP_GENERIC_BOTH    IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_EDGE_BOTH)
#define CHIP_GENERIC_HIGH    IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_HIGH)
#define CHIP_GENERIC_LOW     IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_LOW)
#define CHIP_GENERIC_EDGES \
	(CHIP_GENERIC_RISING | CHIP_GENERIC_FALLING | CHIP_GENERIC_BOTH)
#define CHIP_GENERIC_LEVELS (CHIP_GENERIC_HIGH | CHIP_GENERIC_LOW)

#define CHIP_GENERIC_HAS                                                     \
	((unsigned int)IRQKIT_HAS_EOI | IRQKIT_HAS_RAISE | IRQKIT_HAS_EDGE | \
	 IRQKIT_HAS_POLARITY | IRQKIT_HAS_BOTH)

/* What the registers of a bank have, or will have again. */
struct chip_generic_bank {
	uint32_t lines; /* those that there are */
	uint32_t let;	/* let through */
	uint32_t edge;
	uint32_t polarity;
	uint32_t both;
	uint32_t can_wake;
	uint32_t wake;
};

struct irqkit_chip_generic {
	struct irqkit_lock lock;
	bool suspended;
	bool ready; /* the registers are set up */
	unsigned int nr_banks;
	struct irqkit_chip_generic_info info;
	struct irq_domain *domain;
	struct irq_chip chip;
	struct chip_generic_bank banks[];
};

/* Where a line is. */
struct chip_generic_line {
	struct irqkit_chip_generic *owner;
	struct chip_generic_bank *bank;
	uint32_t offset; /* of the bank */
	uint32_t bit;
};

static struct chip_generic_line chip_generic_line_of(
	const struct irq_data *data)
{
	struct irqkit_chip_generic *owner = data->chip_data;
	unsigned int index = (unsigned int)data->hwirq / CHIP_GENERIC_BANK;
	const struct chip_generic_line line = {
		.owner = owner,
		.bank = &owner->banks[index],
		.offset = index * owner->info.stride,
		.bit = 1U << (unsigned int)data->hwirq % CHIP_GENERIC_BANK,
	};

	return line;
}

static uint32_t chip_generic_read(const struct irqkit_chip_generic *owner,
				  uint32_t offset)
{
	const volatile char *base = owner->info.base;

	if (owner->info.read != NULL)
		return owner->info.read(owner->info.context, offset);
	return *(const volatile uint32_t *)(base + offset);
}

static void chip_generic_write(const struct irqkit_chip_generic *owner,
			       uint32_t offset, uint32_t value)
{
	volatile char *base = owner->info.base;

	if (owner->info.write != NULL)
		owner->info.write(owner->info.context, offset, value);
	else
		*(volatile uint32_t *)(base + offset) = value;
}

static bool chip_generic_has(const struct irqkit_chip_generic *owner,
			     enum irqkit_chip_generic_has what)
{
	return (owner->info.has & what) != 0;
}

/* The lines that the controller is to let through now. */
static uint32_t chip_generic_open(const struct irqkit_chip_generic *owner,
				  const struct chip_generic_bank *bank)
{
	uint32_t let = load_relaxed(&bank->let);

	return load_relaxed(&owner->suspended) ? let & load_relaxed(&bank->wake)
					       : let;
}

/* Make it so for some lines. */
static void chip_generic_write_mask(const struct irqkit_chip_generic *owner,
				    const struct chip_generic_bank *bank,
				    uint32_t offset, uint32_t lines)
{
	const struct irqkit_chip_generic_registers *reg = &owner->info.reg;
	uint32_t open = chip_generic_open(owner, bank);

	if (owner->info.mask == IRQKIT_MASK_BY_ONES) {
		chip_generic_write(owner, offset + reg->mask, ~open);
	} else if (owner->info.mask == IRQKIT_MASK_BY_ZEROES) {
		chip_generic_write(owner, offset + reg->mask, open);
	} else {
		if ((lines & ~open) != 0)
			chip_generic_write(owner, offset + reg->mask,
					   lines & ~open);
		if ((lines & open) != 0)
			chip_generic_write(owner, offset + reg->unmask,
					   lines & open);
	}
}

/* The operations of a chip have interrupts off. */
static void chip_generic_let(const struct chip_generic_line *line, bool through)
{
	struct chip_generic_bank *bank = line->bank;

	irqkit_lock_enter(&line->owner->lock);
	store_relaxed(&bank->let,
		      through ? bank->let | line->bit : bank->let & ~line->bit);
	chip_generic_write_mask(line->owner, bank, line->offset, line->bit);
	irqkit_lock_leave(&line->owner->lock);
}

static void chip_generic_mask(struct irq_data *data)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	chip_generic_let(&line, false);
}

static void chip_generic_unmask(struct irq_data *data)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	chip_generic_let(&line, true);
}

/* One write of these bits alone: no lock is needed. */
static void chip_generic_clear(const struct irqkit_chip_generic *owner,
			       uint32_t offset, uint32_t lines)
{
	uint32_t value = owner->info.ack == IRQKIT_ACK_BY_ONES ? lines : ~lines;

	if (owner->info.ack != IRQKIT_ACK_NONE)
		chip_generic_write(owner, offset + owner->info.reg.ack, value);
}

static void chip_generic_ack(struct irq_data *data)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	chip_generic_clear(line.owner, line.offset, line.bit);
}

static void chip_generic_eoi(struct irq_data *data)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	chip_generic_write(line.owner, line.offset + line.owner->info.reg.eoi,
			   line.bit);
}

static int chip_generic_retrigger(struct irq_data *data)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	chip_generic_write(line.owner, line.offset + line.owner->info.reg.raise,
			   line.bit);
	return 0;
}

static void chip_generic_write_types(const struct irqkit_chip_generic *owner,
				     const struct chip_generic_bank *bank,
				     uint32_t offset)
{
	const struct irqkit_chip_generic_registers *reg = &owner->info.reg;

	if (chip_generic_has(owner, IRQKIT_HAS_POLARITY))
		chip_generic_write(owner, offset + reg->polarity,
				   bank->polarity);
	if (chip_generic_has(owner, IRQKIT_HAS_BOTH))
		chip_generic_write(owner, offset + reg->both, bank->both);
	if (chip_generic_has(owner, IRQKIT_HAS_EDGE))
		chip_generic_write(owner, offset + reg->edge, bank->edge);
}

static uint32_t chip_generic_assign(uint32_t word, uint32_t bit, bool value)
{
	return value ? word | bit : word & ~bit;
}

static irq_flow_handler_t chip_generic_flow(
	const struct irqkit_chip_generic *owner, bool is_edge)
{
	if (chip_generic_has(owner, IRQKIT_HAS_EOI))
		return handle_fasteoi_irq;
	return is_edge ? handle_edge_irq : handle_level_irq;
}

/* The descriptor lock is held; a handler of the user's own stays. */
static void chip_generic_set_flow(const struct irqkit_chip_generic *owner,
				  unsigned int irq, bool is_edge)
{
	struct irq_desc *desc = irqkit_desc_at(irq);

	if (desc->handle_irq == handle_level_irq ||
	    desc->handle_irq == handle_edge_irq)
		store_release(&desc->handle_irq,
			      chip_generic_flow(owner, is_edge));
}

/* What the change itself latched is forgotten. */
static int chip_generic_set_type(struct irq_data *data, unsigned int type)
{
	const struct chip_generic_line line = chip_generic_line_of(data);
	struct chip_generic_bank *bank = line.bank;
	bool is_edge = (type & IRQ_TYPE_LEVEL_MASK) == 0;
	bool is_high = type == IRQ_TYPE_EDGE_RISING ||
		       type == IRQ_TYPE_LEVEL_HIGH;

	if ((line.owner->info.types & IRQKIT_CHIP_GENERIC_TYPE(type)) == 0)
		return -EINVAL;
	irqkit_lock_enter(&line.owner->lock);
	bank->edge = chip_generic_assign(bank->edge, line.bit, is_edge);
	bank->both = chip_generic_assign(bank->both, line.bit,
					 type == IRQ_TYPE_EDGE_BOTH);
	bank->polarity = chip_generic_assign(bank->polarity, line.bit, is_high);
	chip_generic_write_types(line.owner, bank, line.offset);
	irqkit_lock_leave(&line.owner->lock);
	chip_generic_clear(line.owner, line.offset, line.bit);
	chip_generic_set_flow(line.owner, data->irq, is_edge);
	return 0;
}

static int chip_generic_set_wake(struct irq_data *data, bool on)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	if ((line.bank->can_wake & line.bit) == 0)
		return -ENXIO;
	irqkit_lock_enter(&line.owner->lock);
	store_relaxed(&line.bank->wake,
		      chip_generic_assign(line.bank->wake, line.bit, on));
	if (line.owner->suspended)
		chip_generic_write_mask(line.owner, line.bank, line.offset,
					line.bit);
	irqkit_lock_leave(&line.owner->lock);
	return 0;
}

/* A register that is only written to has no answer but the copy's. */
static bool chip_generic_is_masked(const struct chip_generic_line *line)
{
	const struct irqkit_chip_generic *owner = line->owner;
	uint32_t word;

	if (owner->info.mask == IRQKIT_MASK_BY_WRITES)
		return (chip_generic_open(owner, line->bank) & line->bit) == 0;
	word = chip_generic_read(owner, line->offset + owner->info.reg.mask);
	if (owner->info.mask == IRQKIT_MASK_BY_ZEROES)
		word = ~word;
	return (word & line->bit) != 0;
}

static int chip_generic_get_state(struct irq_data *data,
				  enum irqchip_irq_state which, bool *value)
{
	const struct chip_generic_line line = chip_generic_line_of(data);
	uint32_t pending = line.offset + line.owner->info.reg.pending;

	if (which == IRQCHIP_STATE_PENDING)
		*value = (chip_generic_read(line.owner, pending) & line.bit) !=
			 0;
	else if (which == IRQCHIP_STATE_MASKED)
		*value = chip_generic_is_masked(&line);
	else
		return -EINVAL;
	return 0;
}

static int chip_generic_set_pending(struct irq_data *data, bool value)
{
	const struct irqkit_chip_generic *owner = data->chip_data;

	if (!value && owner->info.ack == IRQKIT_ACK_NONE)
		return -EINVAL;
	if (value && !chip_generic_has(owner, IRQKIT_HAS_RAISE))
		return -EINVAL;
	if (value)
		return chip_generic_retrigger(data);
	chip_generic_ack(data);
	return 0;
}

static int chip_generic_set_state(struct irq_data *data,
				  enum irqchip_irq_state which, bool value)
{
	const struct chip_generic_line line = chip_generic_line_of(data);

	if (which == IRQCHIP_STATE_PENDING)
		return chip_generic_set_pending(data, value);
	if (which != IRQCHIP_STATE_MASKED)
		return -EINVAL;
	chip_generic_let(&line, !value);
	return 0;
}

static void chip_generic_set_up_chip(struct irqkit_chip_generic *owner)
{
	struct irq_chip *chip = &owner->chip;

	chip->name = owner->info.name;
	chip->flags = IRQCHIP_SET_TYPE_MASKED;
	chip->irq_mask = chip_generic_mask;
	chip->irq_unmask = chip_generic_unmask;
	if (owner->info.ack != IRQKIT_ACK_NONE)
		chip->irq_ack = chip_generic_ack;
	if (chip_generic_has(owner, IRQKIT_HAS_EOI))
		chip->irq_eoi = chip_generic_eoi;
	if (chip_generic_has(owner, IRQKIT_HAS_RAISE))
		chip->irq_retrigger = chip_generic_retrigger;
	chip->irq_set_type = chip_generic_set_type;
	if (owner->info.can_wake != NULL)
		chip->irq_set_wake = chip_generic_set_wake;
	chip->irq_get_irqchip_state = chip_generic_get_state;
	chip->irq_set_irqchip_state = chip_generic_set_state;
}

/* A map of the bank's lines alone: the last bank may have fewer than 32. */
static uint32_t chip_generic_lines(const struct irqkit_chip_generic_info *info,
				   unsigned int index)
{
	unsigned int left = info->lines - index * CHIP_GENERIC_BANK;

	return left >= CHIP_GENERIC_BANK ? ~0U : (1U << left) - 1;
}

static void chip_generic_set_up_bank(struct irqkit_chip_generic *owner,
				     unsigned int index)
{
	const struct irqkit_chip_generic_registers *reg = &owner->info.reg;
	struct chip_generic_bank *bank = &owner->banks[index];
	uint32_t offset = index * owner->info.stride;

	bank->lines = chip_generic_lines(&owner->info, index);
	if (owner->info.can_wake != NULL)
		bank->can_wake = owner->info.can_wake[index];
	if (chip_generic_has(owner, IRQKIT_HAS_EDGE))
		bank->edge = chip_generic_read(owner, offset + reg->edge);
	else if ((owner->info.types & CHIP_GENERIC_LEVELS) == 0)
		bank->edge = bank->lines;
	if (chip_generic_has(owner, IRQKIT_HAS_POLARITY))
		bank->polarity = chip_generic_read(owner,
						   offset + reg->polarity);
	if (chip_generic_has(owner, IRQKIT_HAS_BOTH))
		bank->both = chip_generic_read(owner, offset + reg->both);
	chip_generic_write_mask(owner, bank, offset, bank->lines);
	chip_generic_clear(owner, offset, bank->lines);
}

static int chip_generic_map(struct irq_domain *domain, unsigned int irq,
			    irq_hw_number_t hwirq)
{
	struct irqkit_chip_generic *owner = domain->host_data;
	const struct chip_generic_bank *bank =
		&owner->banks[hwirq / CHIP_GENERIC_BANK];
	uint32_t bit = 1U << hwirq % CHIP_GENERIC_BANK;

	/* Pairs with irqkit_chip_generic_create(). */
	if (!load_acquire(&owner->ready))
		return -EBUSY;
	irq_domain_set_info(domain, irq, hwirq, &owner->chip, owner,
			    chip_generic_flow(owner, (bank->edge & bit) != 0));
	return 0;
}

static int chip_generic_translate(const struct irq_domain *domain,
				  const struct irq_fwspec *fwspec,
				  irq_hw_number_t *hwirq, unsigned int *type)
{
	if (fwspec->param_count >= 2)
		return irq_domain_translate_twocell(domain, fwspec, hwirq,
						    type);
	return irq_domain_translate_onecell(domain, fwspec, hwirq, type);
}

static const struct irq_domain_ops chip_generic_ops = {
	.map = chip_generic_map,
	.translate = chip_generic_translate,
};

/* Whether there are the registers that tell the triggers apart. */
static bool chip_generic_types_are_valid(unsigned int types, unsigned int has)
{
	const unsigned int up = CHIP_GENERIC_RISING | CHIP_GENERIC_HIGH;
	const unsigned int down = CHIP_GENERIC_FALLING | CHIP_GENERIC_LOW;
	const unsigned int either = CHIP_GENERIC_BOTH;

	if (types == 0 ||
	    (types & ~(CHIP_GENERIC_EDGES | CHIP_GENERIC_LEVELS)) != 0)
		return false;
	if ((types & CHIP_GENERIC_EDGES) != 0 &&
	    (types & CHIP_GENERIC_LEVELS) != 0 && (has & IRQKIT_HAS_EDGE) == 0)
		return false;
	if ((types & up) != 0 && (types & down) != 0 &&
	    (has & IRQKIT_HAS_POLARITY) == 0)
		return false;
	return (types & either) == 0 ||
	       (types & CHIP_GENERIC_EDGES) == either ||
	       (has & IRQKIT_HAS_BOTH) != 0;
}

static bool chip_generic_info_is_valid(
	const struct irqkit_chip_generic_info *info)
{
	if (info == NULL || info->name == NULL || info->lines == 0 ||
	    info->lines > IRQKIT_CHIP_GENERIC_MAX)
		return false;
	if ((info->read == NULL) != (info->write == NULL) ||
	    (info->read == NULL && info->base == NULL))
		return false;
	if (info->mask > IRQKIT_MASK_BY_WRITES ||
	    info->ack > IRQKIT_ACK_BY_ZEROES ||
	    (info->has & ~CHIP_GENERIC_HAS) != 0)
		return false;
	if (info->ack != IRQKIT_ACK_NONE && (info->has & IRQKIT_HAS_EOI) != 0)
		return false;
	return chip_generic_types_are_valid(info->types, info->has);
}

static size_t chip_generic_bytes(unsigned int nr_banks)
{
	return sizeof(struct irqkit_chip_generic) +
	       nr_banks * sizeof(struct chip_generic_bank);
}

static struct irqkit_chip_generic *chip_generic_make(
	const struct irqkit_chip_generic_info *info)
{
	unsigned int nr_banks = (info->lines + CHIP_GENERIC_BANK - 1) /
				CHIP_GENERIC_BANK;
	struct irqkit_chip_generic *made = irqkit_port_alloc(
		chip_generic_bytes(nr_banks), sizeof(uint64_t));

	if (made == NULL)
		return NULL;
	irqkit_lock_init(&made->lock, RANK_CONTROLLER);
	made->nr_banks = nr_banks;
	made->info = *info;
	chip_generic_set_up_chip(made);
	return made;
}

static void chip_generic_free(struct irqkit_chip_generic *chip)
{
	irqkit_port_free(chip, chip_generic_bytes(chip->nr_banks));
}

/* Nobody else uses the registers before there are interrupts. */
static void chip_generic_set_up_registers(struct irqkit_chip_generic *chip)
{
	unsigned long state = irqkit_lock_acquire(&chip->lock);

	for (unsigned int i = 0; i < chip->nr_banks; i++)
		chip_generic_set_up_bank(chip, i);
	irqkit_lock_release(&chip->lock, state);
	/* Pairs with chip_generic_map(): the domain can be found already. */
	store_release(&chip->ready, true);
}

int irqkit_chip_generic_create(const struct irqkit_chip_generic_info *info,
			       struct irqkit_chip_generic **chip)
{
	struct irq_domain_info domain_info = {.ops = &chip_generic_ops};
	struct irqkit_chip_generic *made;
	int error;

	if (chip == NULL || !chip_generic_info_is_valid(info))
		return -EINVAL;
	irqkit_assert_no_lock();
	made = chip_generic_make(info);
	if (made == NULL)
		return -ENOMEM;
	domain_info.name = info->name;
	domain_info.size = info->lines;
	domain_info.fwnode = info->fwnode;
	domain_info.host_data = made;
	error = irq_domain_create(&domain_info, &made->domain);
	if (error != 0) {
		chip_generic_free(made);
		return error;
	}
	chip_generic_set_up_registers(made);
	*chip = made;
	return 0;
}

/* Of all banks, what they are to let through now. */
static void chip_generic_write_masks(const struct irqkit_chip_generic *chip)
{
	for (unsigned int i = 0; i < chip->nr_banks; i++)
		chip_generic_write_mask(chip, &chip->banks[i],
					i * chip->info.stride,
					chip->banks[i].lines);
}

int irqkit_chip_generic_remove(struct irqkit_chip_generic *chip)
{
	unsigned long state;
	int error;

	if (chip == NULL)
		return -EINVAL;
	error = irq_domain_remove(chip->domain);
	if (error != 0)
		return error;
	state = irqkit_lock_acquire(&chip->lock);
	for (unsigned int i = 0; i < chip->nr_banks; i++)
		chip->banks[i].let = 0;
	chip_generic_write_masks(chip);
	irqkit_lock_release(&chip->lock, state);
	chip_generic_free(chip);
	return 0;
}

struct irq_domain *irqkit_chip_generic_domain(
	const struct irqkit_chip_generic *chip)
{
	return chip != NULL ? chip->domain : NULL;
}

/* It came, and there is no interrupt of it. */
static SELDOM void chip_generic_silence(struct irqkit_chip_generic *chip,
					unsigned int hwirq)
{
	const struct irq_data data = {.hwirq = hwirq, .chip_data = chip};
	const struct chip_generic_line line = chip_generic_line_of(&data);

	chip_generic_let(&line, false);
	chip_generic_clear(chip, line.offset, line.bit);
}

/* Returns whether there was something. */
static bool chip_generic_demux_bank(struct irqkit_chip_generic *chip,
				    unsigned int index)
{
	uint32_t offset = index * chip->info.stride + chip->info.reg.pending;
	uint32_t pending = chip_generic_read(chip, offset) &
			   chip_generic_open(chip, &chip->banks[index]);
	bool found = pending != 0;

	for (; pending != 0; pending &= pending - 1) {
		unsigned int hwirq = index * CHIP_GENERIC_BANK +
				     (unsigned int)__builtin_ctz(pending);

		if (generic_handle_domain_irq(chip->domain, hwirq) != 0)
			chip_generic_silence(chip, hwirq);
	}
	return found;
}

void irqkit_chip_generic_demux(struct irq_desc *desc)
{
	struct irqkit_chip_generic *chip = irq_desc_get_handler_data(desc);
	bool found = false;

	irqkit_assert(irqkit_port_irqs_disabled());
	increment_relaxed(irqkit_count(desc, irqkit_port_cpu()));
	chained_irq_enter(desc);
	for (unsigned int i = 0; i < chip->nr_banks; i++)
		found |= chip_generic_demux_bank(chip, i);
	if (!found)
		irqkit_trace(IRQKIT_TRACE_SPURIOUS, desc->irq_data.irq,
			     desc->irq_data.hwirq, 0);
	chained_irq_exit(desc);
}

static int chip_generic_set_suspended(struct irqkit_chip_generic *chip,
				      bool suspended, int error)
{
	unsigned long state;

	if (chip == NULL)
		return -EINVAL;
	state = irqkit_lock_acquire(&chip->lock);
	if (chip->suspended != suspended) {
		store_relaxed(&chip->suspended, suspended);
		for (unsigned int i = 0; !suspended && i < chip->nr_banks; i++)
			chip_generic_write_types(chip, &chip->banks[i],
						 i * chip->info.stride);
		chip_generic_write_masks(chip);
		error = 0;
	}
	irqkit_lock_release(&chip->lock, state);
	return error;
}

int irqkit_chip_generic_suspend(struct irqkit_chip_generic *chip)
{
	return chip_generic_set_suspended(chip, true, -EBUSY);
}

int irqkit_chip_generic_resume(struct irqkit_chip_generic *chip)
{
	return chip_generic_set_suspended(chip, false, -EINVAL);
}

uint32_t irqkit_chip_generic_wake_active(const struct irqkit_chip_generic *chip,
					 unsigned int bank)
{
	if (chip == NULL || bank >= chip->nr_banks)
		return 0;
	return load_relaxed(&chip->banks[bank].wake);
}
