/* SPDX-License-Identifier: MIT */
/*
 * The distributor (IHI 0069, section 12.9): shared interrupts, SPIs.
 *
 * Set up once at boot. Afterwards each SPI is touched only by whoever owns it,
 * through registers where a 0 bit changes nothing. Triggers are the exception:
 * several SPIs share a register, which dist_lock guards.
 */
#include "gicv3.h"
#include "gicv3_regs.h"
#include "../../src/internals.h"
#include <irqkit/print.h>

static struct irqkit_lock dist_lock = IRQKIT_LOCK_INIT(RANK_CONTROLLER);

static int dist_wait(void)
{
	return irqkit_gicv3_wait_clear(irqkit_gicv3.dist, GICD_CTLR,
				       GICD_CTLR_RWP);
}

/* 12.9.4, RWP: a change counts only when it is 0 again. */
static int dist_control(uint32_t value)
{
	gicv3_write32(irqkit_gicv3.dist, GICD_CTLR, value);
	return dist_wait();
}

int irqkit_gicv3_dist_probe(void)
{
	volatile void *dist = irqkit_gicv3.dist;
	unsigned int rev = (gicv3_read32(dist, GICV3_PIDR2) &
			    GICV3_PIDR2_ARCH_REV) >>
			   GICV3_PIDR2_REV_SHIFT;
	uint32_t typer;
	unsigned int limit;

	if (rev != 3 && rev != 4) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: architecture revision %u is not 3 or 4", rev);
		return -ENODEV;
	}
	typer = gicv3_read32(dist, GICD_TYPER);
	limit = ((typer & GICD_TYPER_IT_LINES) + 1) * GICD_INTIDS_PER_IT_LINES;
	irqkit_gicv3.arch_rev = rev;
	irqkit_gicv3.spi_limit = limit < GICV3_SPI_LIMIT ? limit
							 : GICV3_SPI_LIMIT;
	irqkit_gicv3.range_selector = (typer & GICD_TYPER_RSS) != 0;
	irqkit_gicv3.aff3 = (typer & GICD_TYPER_A3V) != 0;
	return 0;
}

/*
 * IGROUPR is read-only zero in the Non-secure view, where the SPIs that
 * firmware gave away are in Group 1 already.
 */
static void dist_reset_spis(unsigned int limit)
{
	volatile void *dist = irqkit_gicv3.dist;
	unsigned int intid;

	for (intid = GICV3_FIRST_SPI; intid < limit;
	     intid += GICV3_INTIDS_PER_BIT_REGISTER) {
		gicv3_write_bits(dist, GICV3_ICENABLER, intid, ~0U);
		gicv3_write_bits(dist, GICV3_IGROUPR, intid, ~0U);
		gicv3_write_bits(dist, GICV3_ICPENDR, intid, ~0U);
		gicv3_write_bits(dist, GICV3_ICACTIVER, intid, ~0U);
	}
	for (intid = GICV3_FIRST_SPI; intid < limit;
	     intid += GICV3_INTIDS_PER_PRIORITY_REGISTER)
		gicv3_write_priorities(dist, intid, GICV3_PRIORITY);
}

/* Only while disabled: else what a change does is undefined (12.9.9). */
static void dist_set_triggers(unsigned int limit,
			      const struct gicv3_intids *edge)
{
	volatile void *dist = irqkit_gicv3.dist;
	unsigned int intid;

	for (intid = GICV3_FIRST_SPI; intid < limit;
	     intid += GICV3_INTIDS_PER_CFG_REGISTER)
		gicv3_write_levels(dist, intid);
	for (intid = edge->first; intid < edge->first + edge->nr; intid++)
		gicv3_set_trigger(dist, intid, true);
}

static int dist_init_steps(const struct gicv3_intids *edge)
{
	unsigned int limit = irqkit_gicv3.spi_limit;
	uint32_t control = gicv3_read32(irqkit_gicv3.dist, GICD_CTLR);
	int error;

	irqkit_gicv3.single_security = (control & GICD_CTLR_DS) != 0;
	/* 12.9.4: ARE may only be set while both groups are disabled. */
	control &= ~(GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1 |
		     GICD_CTLR_RWP);
	error = dist_control(control);
	if (error != 0)
		return error;
	control |= GICD_CTLR_ARE;
	error = dist_control(control);
	if (error != 0)
		return error;
	if ((gicv3_read32(irqkit_gicv3.dist, GICD_CTLR) & GICD_CTLR_ARE) == 0)
		return -ENODEV;
	dist_reset_spis(limit);
	error = dist_wait();
	if (error != 0)
		return error;
	dist_set_triggers(limit, edge);
	return dist_control(control | GICD_CTLR_ENABLE_GRP1);
}

int irqkit_gicv3_dist_init(const struct gicv3_intids *edge)
{
	int error = dist_init_steps(edge);

	if (error == -ETIMEDOUT)
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: the distributor does not answer");
	else if (error != 0)
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: the distributor has no affinity routing");
	return error;
}

void irqkit_gicv3_dist_route(unsigned int intid, struct hwcpu target)
{
	gicv3_write_router(irqkit_gicv3.dist, intid, target.id);
}

int irqkit_gicv3_dist_set_trigger(unsigned int intid, bool edge)
{
	bool done;

	irqkit_lock_enter(&dist_lock);
	done = gicv3_set_trigger(irqkit_gicv3.dist, intid, edge);
	irqkit_lock_leave(&dist_lock);
	return done ? 0 : -EINVAL;
}

int irqkit_gicv3_dist_enable(unsigned int intid)
{
	irqkit_gicv3_dist_write(GICV3_ISENABLER, intid);
	/*
	 * The read also says that the writes have arrived, so that a send from
	 * another CPU cannot be overtaken by the clearing of what was pending.
	 */
	return irqkit_gicv3_dist_read(GICV3_ISENABLER, intid) ? 0 : -ENODEV;
}

int irqkit_gicv3_dist_mask(unsigned int intid)
{
	irqkit_gicv3_dist_write(GICV3_ICENABLER, intid);
	return dist_wait();
}

int irqkit_gicv3_dist_disable(unsigned int intid)
{
	int error = irqkit_gicv3_dist_mask(intid);

	if (error == 0)
		irqkit_gicv3_dist_write(GICV3_ICPENDR, intid);
	return error;
}
