/* SPDX-License-Identifier: MIT */
/*
 * A ready chip for simple controllers, whose lines are bits of registers: banks
 * of up to 32 lines, each bank with the same registers. It makes its domain,
 * and has the handler of the interrupt that it is behind.
 */
#ifndef IRQKIT_CHIP_GENERIC_H
#define IRQKIT_CHIP_GENERIC_H

#include <irqkit/errno.h>
#include <irqkit/irqdomain.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irqkit_chip_generic;

/* Lines of a bank, and of a controller at most. */
#define IRQKIT_CHIP_GENERIC_BANK 32U
#define IRQKIT_CHIP_GENERIC_MAX	 4096U

/* How lines are held back. A register is read for its state only. */
enum irqkit_chip_generic_mask {
	IRQKIT_MASK_BY_ONES,   /* reg.mask: the lines held back */
	IRQKIT_MASK_BY_ZEROES, /* reg.mask: the lines let through */
	IRQKIT_MASK_BY_WRITES, /* ones in reg.mask hold back, in reg.unmask
				* let through, zeroes do nothing */
};

/* How what is latched is forgotten. */
enum irqkit_chip_generic_ack {
	IRQKIT_ACK_NONE,      /* there are no latches, or an EOI clears them */
	IRQKIT_ACK_BY_ONES,   /* a one in reg.ack clears, a zero does nothing */
	IRQKIT_ACK_BY_ZEROES, /* a zero in reg.ack clears, a one does nothing */
};

/* Which of the registers that not every controller has are there. */
enum irqkit_chip_generic_has {
	IRQKIT_HAS_EOI = 1U << 0,
	IRQKIT_HAS_RAISE = 1U << 1,
	IRQKIT_HAS_EDGE = 1U << 2,
	IRQKIT_HAS_POLARITY = 1U << 3,
	IRQKIT_HAS_BOTH = 1U << 4,
};

/* The bit of a trigger of enum irq_trigger in irqkit_chip_generic_info. */
#define IRQKIT_CHIP_GENERIC_TYPE(type) (1U << (type))

/* Registers of a bank, as bytes from where the bank begins. */
struct irqkit_chip_generic_registers {
	uint32_t mask;
	uint32_t unmask;   /* only with IRQKIT_MASK_BY_WRITES */
	uint32_t pending;  /* read: ones are lines that want a CPU */
	uint32_t ack;	   /* only with an ack */
	uint32_t eoi;	   /* a one ends the handling of a line */
	uint32_t raise;	   /* a one latches a line */
	uint32_t edge;	   /* one: an edge, zero: a level */
	uint32_t polarity; /* one: high or rising, zero: low or falling */
	uint32_t both;	   /* one: an edge of either direction */
};

/* How to make a controller. */
struct irqkit_chip_generic_info {
	const char *name;   /* of chip and domain; stays in use */
	const void *fwnode; /* how firmware names it, or NULL */
	unsigned int lines; /* 1 to IRQKIT_CHIP_GENERIC_MAX */
	enum irqkit_chip_generic_mask mask;
	enum irqkit_chip_generic_ack ack;
	unsigned int has;   /* enum irqkit_chip_generic_has */
	unsigned int types; /* of IRQKIT_CHIP_GENERIC_TYPE(): what lines can */
	const uint32_t *can_wake; /* a word a bank, or NULL: none can */
	struct irqkit_chip_generic_registers reg;
	volatile void *base; /* the first bank; not used by the functions */
	uint32_t stride;     /* bytes from one bank to the next */

	/*
	 * Access a register, by bytes from the first bank: for another width,
	 * byte order or bus. Interrupts are off, locks of the library may be
	 * held, and the pending registers may be read by several CPUs at once.
	 * Both NULL: 32 bits at @base, in the CPU's byte order.
	 */
	uint32_t (*read)(void *context, uint32_t offset);
	void (*write)(void *context, uint32_t offset, uint32_t value);
	void *context; /* of the two */
};

/**
 * irqkit_chip_generic_create() - take over a controller
 * @info: read during the call only
 * @chip: out
 *
 * Holds back all lines and forgets what is latched. Then interrupts are made
 * by irq_create_mapping(), or irq_create_fwspec_mapping() with one cell, the
 * line, or two, the line and its trigger. Their flow handler is
 * handle_fasteoi_irq() with an EOI register, else handle_level_irq() or
 * handle_edge_irq() by the trigger; one that irq_set_handler() gave stays. A
 * line whose trigger was never set has the one that the registers say, or if
 * they say none and there are both, that of a level.
 *
 * Context: thread or boot. It allocates.
 * Locks: controller.
 * Return: 0; -EINVAL if a pointer or the name is missing, there is one of the
 * two functions only, neither they nor @base, @lines is out of range, a kind
 * or flag is unknown, there is an EOI register and an ack, @types has no
 * trigger or an unknown one, or the registers to tell its triggers apart are
 * missing; -EEXIST if another domain has that fwnode; -ENOMEM. On an error
 * nothing is changed.
 */
int irqkit_chip_generic_create(const struct irqkit_chip_generic_info *info,
			       struct irqkit_chip_generic **chip);

/**
 * irqkit_chip_generic_remove() - give a controller back, all lines held back
 * @chip: its parent interrupt has no irqkit_chip_generic_demux() any more
 *
 * Context: thread or boot. It waits for handlers.
 * Locks: controller.
 * Return: 0; -EINVAL if @chip is NULL; -EBUSY while it has interrupts;
 * -EDEADLK if the caller is a handler. On an error nothing is changed.
 */
int irqkit_chip_generic_remove(struct irqkit_chip_generic *chip);

/**
 * irqkit_chip_generic_domain() - the domain of a controller
 * @chip: the controller
 *
 * Context: any.
 * Return: the domain; NULL if @chip is NULL.
 */
struct irq_domain *irqkit_chip_generic_domain(
	const struct irqkit_chip_generic *chip);

/**
 * irqkit_chip_generic_demux() - flow of the interrupt that a controller is
 * behind
 * @desc: the interrupt
 *
 * For irq_set_chained_handler_and_data() with the controller as its data.
 * Handles each line that is pending and let through; one without an interrupt
 * is held back.
 *
 * Context: handler, interrupts off, between irqkit_dispatch_enter() and
 * irqkit_dispatch_exit().
 * Locks: controller, for a line without an interrupt.
 */
void irqkit_chip_generic_demux(struct irq_desc *desc);

/**
 * irqkit_chip_generic_suspend() - hold back all that does not wake
 * @chip: the controller
 *
 * Lines of irq_set_irq_wake() stay as they are, the others are held back. What
 * is masked or unmasked meanwhile counts from irqkit_chip_generic_resume() on.
 *
 * Context: any but nmi.
 * Locks: controller.
 * Return: 0; -EINVAL if @chip is NULL; -EBUSY if it is suspended.
 */
int irqkit_chip_generic_suspend(struct irqkit_chip_generic *chip);

/**
 * irqkit_chip_generic_resume() - write all registers as they were
 * @chip: the controller
 *
 * It may have lost its power meanwhile. What it has latched stays.
 *
 * Context: any but nmi.
 * Locks: controller.
 * Return: 0; -EINVAL if @chip is NULL, or not suspended.
 */
int irqkit_chip_generic_resume(struct irqkit_chip_generic *chip);

/**
 * irqkit_chip_generic_wake_active() - which lines wake the system
 * @chip: the controller
 * @bank: lines 32 * @bank and on
 *
 * Context: any.
 * Return: a bit for each line; 0 if @chip is NULL or has no such bank.
 */
uint32_t irqkit_chip_generic_wake_active(const struct irqkit_chip_generic *chip,
					 unsigned int bank);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
