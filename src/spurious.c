/* SPDX-License-Identifier: MIT */
/*
 * Storms: counts interrupts that nobody handled, disables those that come
 * again and again, and polls their handlers. The descriptor lock guards the
 * counts; what came in all is read from the counts of each CPU.
 */
#include <irqkit/spurious.h>
#include "internals.h"

/* About a millisecond, and the 100 ms of irqkit/spurious.h. */
#define SPURIOUS_UNIT_SHIFT 20
#define SPURIOUS_FAR	    96U

#define SPURIOUS_NAMES	    128

static unsigned int spurious_limit = 99900;
static unsigned int spurious_window = 100000;
static unsigned int spurious_polled; /* when, in units */

bool irqkit_spurious_storms;

static unsigned int spurious_now(void)
{
	return (unsigned int)(irqkit_port_nanoseconds() >> SPURIOUS_UNIT_SHIFT);
}

static unsigned int spurious_total(const struct irq_desc *desc)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_cpu (cpu, cpu_possible_mask)
		sum += load_relaxed(irqkit_count(desc, cpu));
	return (unsigned int)sum;
}

/* The one before is too long ago. The stamp wraps, which only adds one up. */
static bool spurious_is_far(struct irq_desc *desc)
{
	unsigned short now = (unsigned short)spurious_now();
	unsigned short gap = (unsigned short)(now - desc->unhandled_at);

	desc->unhandled_at = now;
	return gap > SPURIOUS_FAR;
}

/* Whether it is a storm now. */
static bool spurious_count(struct irq_desc *desc, unsigned int limit)
{
	bool far = spurious_is_far(desc);

	if (desc->action == NULL ||
	    (desc->irq_common_data.state & IRQD_STORM) != 0)
		return false;
	if (far || desc->unhandled == 0) {
		desc->unhandled = 0;
		desc->unhandled_from = spurious_total(desc) - 1;
		irqkit_add_state(desc, 0);
	}
	if (++desc->unhandled < limit)
		return false;
	if (spurious_total(desc) - desc->unhandled_from <=
	    load_relaxed(&spurious_window))
		return true;
	desc->unhandled = 0;
	return false;
}

/* The release pairs with the exchange in irqkit_spurious_poll(). */
static void spurious_stop(struct irq_desc *desc)
{
	irqkit_add_state(desc, IRQD_STORM);
	irqkit_disable(desc);
	irqkit_mask(desc);
	store_release(&irqkit_spurious_storms, true);
}

SELDOM void irqkit_spurious_note(struct irq_desc *desc)
{
	unsigned int limit = load_relaxed(&spurious_limit);
	char names[SPURIOUS_NAMES];
	unsigned int count;
	bool storm;

	if (limit == 0)
		return;
	irqkit_lock_enter(&desc->lock);
	storm = spurious_count(desc, limit);
	count = desc->unhandled;
	if (storm) {
		irqkit_handler_names(desc, names, sizeof(names));
		spurious_stop(desc);
	}
	irqkit_lock_leave(&desc->lock);
	if (storm)
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: irq %u is disabled: nobody handled %u of "
			   "them; its handlers, polled from now on: %s",
			   desc->irq_data.irq, count, names);
}

/* Held back for nothing else, and nowhere in its handlers. */
static bool spurious_may_poll(const struct irq_desc *desc, unsigned int irq)
{
	unsigned int state = desc->irq_common_data.state;

	return irqkit_desc_is(desc, irq) && (state & IRQD_STORM) != 0 &&
	       (state & IRQD_IN_PROGRESS) == 0 && desc->depth == 1;
}

static bool spurious_poll_one(struct irq_desc *desc, unsigned int irq)
{
	struct irqkit_reader reader;
	bool may;

	irqkit_reader_enter(&reader);
	irqkit_lock_enter(&desc->lock);
	may = spurious_may_poll(desc, irq);
	if (may)
		irqkit_flow_poll(desc);
	irqkit_lock_leave(&desc->lock);
	irqkit_reader_exit(&reader);
	return may;
}

static int spurious_poll_all(void)
{
	int handled = 0;
	bool found = false;
	unsigned int irq;

	for_each_active_irq (irq) {
		struct irq_desc *desc = irqkit_desc_find(irq);

		if (desc == NULL ||
		    (load_relaxed(&desc->irq_common_data.state) & IRQD_STORM) ==
			    0)
			continue;
		found = true;
		handled += spurious_poll_one(desc, irq);
	}
	if (found)
		store_release(&irqkit_spurious_storms, true);
	return handled;
}

/*
 * One CPU at a time. The exchange pairs with the release in spurious_stop():
 * the storm is seen here, or it is noted after that.
 */
int irqkit_spurious_poll(void)
{
	unsigned int last = load_relaxed(&spurious_polled);
	unsigned int now = spurious_now();

	if (now - last <= SPURIOUS_FAR ||
	    !__atomic_compare_exchange_n(&spurious_polled, &last, now, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return 0;
	if (!__atomic_exchange_n(&irqkit_spurious_storms, false,
				 __ATOMIC_ACQUIRE))
		return 0;
	return spurious_poll_all();
}

int irqkit_spurious_end(struct irq_desc *desc)
{
	unsigned int *state = &desc->irq_common_data.state;
	int error;

	irqkit_assert_held(&desc->lock);
	if ((*state & IRQD_STORM) == 0)
		return -EINVAL;
	*state &= ~(unsigned int)IRQD_STORM;
	error = irqkit_enable(desc);
	if (error != 0)
		*state |= IRQD_STORM;
	else
		desc->unhandled = 0;
	return error;
}

int irqkit_spurious_restart(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = irqkit_spurious_end(desc);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

int irqkit_spurious_set(unsigned int limit, unsigned int window)
{
	if (limit > window)
		return -EINVAL;
	store_relaxed(&spurious_window, window);
	store_relaxed(&spurious_limit, limit);
	return 0;
}
