/* SPDX-License-Identifier: MIT */
/*
 * What an interrupt is at its controller: active, started, masked, disabled,
 * with a trigger. The descriptor lock guards its state and is held around the
 * operations of chips.
 */
#include "internals.h"

/* What struct irq_desc can count. */
#define CHIP_MAX_WAKES 0xffffU

const struct irq_chip no_irq_chip = {
	.name = "none",
};

static unsigned int *chip_state(struct irq_desc *desc)
{
	return &desc->irq_common_data.state;
}

void irqkit_mask(struct irq_desc *desc)
{
	const struct irq_chip *chip = desc->irq_data.chip;

	if ((*chip_state(desc) & IRQD_MASKED) != 0 || chip->irq_mask == NULL)
		return;
	chip->irq_mask(&desc->irq_data);
	*chip_state(desc) |= IRQD_MASKED;
	irqkit_trace(IRQKIT_TRACE_MASK, desc->irq_data.irq, 0, 0);
}

void irqkit_unmask(struct irq_desc *desc)
{
	const struct irq_chip *chip = desc->irq_data.chip;

	if ((*chip_state(desc) & IRQD_MASKED) == 0)
		return;
	*chip_state(desc) &= ~(unsigned int)IRQD_MASKED;
	irqkit_trace(IRQKIT_TRACE_UNMASK, desc->irq_data.irq, 0, 0);
	if (chip->irq_unmask != NULL)
		chip->irq_unmask(&desc->irq_data);
}

int irqkit_activate(struct irq_desc *desc)
{
	int error = 0;

	if ((*chip_state(desc) & IRQD_ACTIVATED) != 0)
		return 0;
	if (irqkit_has_activation(desc))
		error = irqkit_domain_activate(&desc->irq_data);
	if (error == 0)
		*chip_state(desc) |= IRQD_ACTIVATED;
	return error;
}

void irqkit_deactivate(struct irq_desc *desc)
{
	if ((*chip_state(desc) & IRQD_ACTIVATED) == 0)
		return;
	if (irqkit_has_activation(desc))
		irqkit_domain_deactivate(&desc->irq_data);
	*chip_state(desc) &= ~(unsigned int)IRQD_ACTIVATED;
}

/* Through its own operation, or by unmasking it. */
static inline int chip_start(struct irq_desc *desc)
{
	const struct irq_chip *chip = desc->irq_data.chip;
	unsigned int *state = chip_state(desc);
	int error = 0;

	*state = (*state & ~(unsigned int)(IRQD_DISABLED | IRQD_MASKED)) |
		 IRQD_STARTED;
	if (chip->irq_startup != NULL)
		error = chip->irq_startup(&desc->irq_data);
	else if (chip->irq_unmask != NULL)
		chip->irq_unmask(&desc->irq_data);
	if (__builtin_expect(error != 0, 0)) {
		*state &= ~(unsigned int)IRQD_STARTED;
		*state |= IRQD_DISABLED | IRQD_MASKED;
	}
	return error;
}

/* What the chip needs before it is started: active, and aimed (HZ32). */
static inline int chip_prepare(struct irq_desc *desc)
{
	int error = 0;

	if (irqkit_has_activation(desc))
		error = irqkit_activate(desc);
	else
		*chip_state(desc) |= IRQD_ACTIVATED;
	if (error == 0 && desc->irq_data.chip->irq_set_affinity != NULL)
		error = irqkit_affinity_startup(desc);
	return error;
}

/* Not an error: it can be started after all. */
#define CHIP_PREPARED 1

/*
 * It could not be started. If the last CPU of a managed one has left since it
 * was looked at, it is shut down instead, which is no error; if one is back by
 * now it is tried once more.
 */
static SELDOM int chip_give_up(struct irq_desc *desc, int error)
{
	irqkit_deactivate(desc);
	if (error != -EINVAL || !irqd_affinity_is_managed(&desc->irq_data))
		return error;
	if (irqkit_affinity_is_down(desc))
		return 0;
	error = chip_prepare(desc);
	if (error == 0)
		return CHIP_PREPARED;
	irqkit_deactivate(desc);
	return error;
}

int irqkit_startup(struct irq_desc *desc)
{
	int error;

	irqkit_assert_held(&desc->lock);
	if ((*chip_state(desc) & IRQD_AFFINITY_MANAGED) != 0 &&
	    irqkit_affinity_is_down(desc)) {
		irqkit_deactivate(desc);
		return 0;
	}
	error = chip_prepare(desc);
	if (error != 0) {
		error = chip_give_up(desc, error);
		if (error != CHIP_PREPARED)
			return error;
	}
	error = chip_start(desc);
	if (error != 0) {
		irqkit_affinity_shutdown(desc);
		irqkit_deactivate(desc);
	} else if (desc->irq_data.chip->irq_set_affinity == NULL)
		irqkit_affinity_note(desc);
	irqkit_trace(IRQKIT_TRACE_STARTUP, desc->irq_data.irq,
		     (unsigned long)error, 0);
	return error;
}

void irqkit_shutdown(struct irq_desc *desc)
{
	const struct irq_chip *chip = desc->irq_data.chip;
	unsigned int *state = chip_state(desc);

	irqkit_assert_held(&desc->lock);
	if ((*state & IRQD_STARTED) == 0)
		return;
	irqkit_trace(IRQKIT_TRACE_SHUTDOWN, desc->irq_data.irq, 0, 0);
	if (chip->irq_shutdown != NULL)
		chip->irq_shutdown(&desc->irq_data);
	else
		irqkit_mask(desc);
	*state &= ~(unsigned int)(IRQD_STARTED | IRQD_PENDING | IRQD_RESEND);
	*state |= IRQD_DISABLED | IRQD_MASKED;
	if (!cpumask_empty(&desc->irq_common_data.effective_affinity))
		irqkit_affinity_shutdown(desc);
}

static int chip_call_set_type(struct irq_desc *desc, unsigned int type)
{
	const struct irq_chip *chip = desc->irq_data.chip;
	bool around = (chip->flags & IRQCHIP_SET_TYPE_MASKED) != 0 &&
		      (*chip_state(desc) & IRQD_MASKED) == 0;
	int error;

	if (around)
		irqkit_mask(desc);
	error = chip->irq_set_type(&desc->irq_data, type);
	if (around)
		irqkit_unmask(desc);
	return error;
}

int irqkit_set_type(struct irq_desc *desc, unsigned int type)
{
	unsigned int *state = chip_state(desc);
	int error = 0;

	if (type == IRQ_TYPE_NONE || type == (*state & IRQ_TYPE_SENSE_MASK))
		return 0;
	if (desc->irq_data.chip->irq_set_type != NULL)
		error = chip_call_set_type(desc, type);
	if (error == 0)
		*state = (*state & ~(unsigned int)IRQ_TYPE_SENSE_MASK) | type;
	return error;
}

void irqkit_restore_type(struct irq_desc *desc, unsigned int type)
{
	unsigned int *state = chip_state(desc);

	if (type == IRQ_TYPE_NONE)
		*state &= ~(unsigned int)IRQ_TYPE_SENSE_MASK;
	else
		irqkit_set_type(desc, type);
}

void irqkit_disable(struct irq_desc *desc)
{
	irqkit_trace(IRQKIT_TRACE_DISABLE, desc->irq_data.irq, desc->depth + 1,
		     0);
	if (desc->depth++ != 0)
		return;
	*chip_state(desc) |= IRQD_DISABLED;
	/* A chained flow handler does not ask whether it is disabled. */
	if ((desc->irq_common_data.status & IRQ_DISABLE_UNLAZY) != 0 ||
	    (*chip_state(desc) & IRQD_CHAINED) != 0)
		irqkit_mask(desc);
}

/* The last reason to be disabled is gone. */
static int chip_enable(struct irq_desc *desc)
{
	unsigned int *state = chip_state(desc);

	if ((*state & IRQD_STARTED) == 0)
		return irqkit_startup(desc);
	*state &= ~(unsigned int)IRQD_DISABLED;
	if (desc->threads_active == 0)
		irqkit_unmask(desc);
	return 0;
}

int irqkit_enable(struct irq_desc *desc)
{
	int error = 0;

	irqkit_assert(desc->depth != 0);
	if (desc->depth == 1)
		error = chip_enable(desc);
	if (error != 0)
		return error;
	/* A managed interrupt may have found no CPU, which is one more. */
	desc->depth--;
	irqkit_trace(IRQKIT_TRACE_ENABLE, desc->irq_data.irq, desc->depth, 0);
	if (desc->depth == 0)
		irqkit_resend_pending(desc);
	return 0;
}

static bool chip_type_is_valid(unsigned int type)
{
	return type <= IRQ_TYPE_LEVEL_HIGH || type == IRQ_TYPE_LEVEL_LOW;
}

int irq_set_irq_type(unsigned int irq, unsigned int type)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error = -EINVAL;

	if (!chip_type_is_valid(type) || !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	if (desc->irq_data.chip != &no_irq_chip)
		error = irqkit_set_type(desc, type);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

static int chip_call_set_wake(struct irq_desc *desc, bool on)
{
	const struct irq_chip *chip = desc->irq_data.chip;
	int error = 0;

	if (chip->irq_set_wake != NULL)
		error = chip->irq_set_wake(&desc->irq_data, on);
	else if ((chip->flags & IRQCHIP_SKIP_SET_WAKE) == 0)
		error = -ENXIO;
	if (error == 0)
		*chip_state(desc) ^= IRQD_WAKEUP;
	if (error == 0 && !on)
		*chip_state(desc) &= ~(unsigned int)IRQD_WAKEUP_ARMED;
	return error;
}

static int chip_set_wake(struct irq_desc *desc, bool on)
{
	int error = 0;

	if (!on && desc->wake_depth == 0)
		return -EINVAL;
	if (on && desc->wake_depth == CHIP_MAX_WAKES)
		return -EBUSY;
	if (desc->wake_depth == (on ? 0 : 1))
		error = chip_call_set_wake(desc, on);
	if (error == 0)
		desc->wake_depth =
			(unsigned short)(desc->wake_depth + (on ? 1U : -1U));
	return error;
}

int irq_set_irq_wake(unsigned int irq, bool on)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = chip_set_wake(desc, on);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

static int chip_get_line(struct irq_data *data, enum irqchip_irq_state which,
			 bool *value)
{
	for (; data != NULL; data = data->parent_data) {
		if (data->chip->irq_get_irqchip_state != NULL)
			return data->chip->irq_get_irqchip_state(data, which,
								 value);
	}
	return -ENOSYS;
}

static int chip_set_line(struct irq_data *data, enum irqchip_irq_state which,
			 bool value)
{
	for (; data != NULL; data = data->parent_data) {
		if (data->chip->irq_set_irqchip_state != NULL)
			return data->chip->irq_set_irqchip_state(data, which,
								 value);
	}
	return -ENOSYS;
}

int irq_get_irqchip_state(unsigned int irq, enum irqchip_irq_state which,
			  bool *value)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	bool answer = false;
	unsigned long state;
	int error;

	if (value == NULL || which > IRQCHIP_STATE_LINE_LEVEL ||
	    !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = chip_get_line(&desc->irq_data, which, &answer);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		*value = answer;
	return error;
}

int irq_set_irqchip_state(unsigned int irq, enum irqchip_irq_state which,
			  bool value)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (which > IRQCHIP_STATE_LINE_LEVEL ||
	    !irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = chip_set_line(&desc->irq_data, which, value);
	irqkit_lock_release(&desc->lock, state);
	return error;
}
