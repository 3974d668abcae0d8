/* SPDX-License-Identifier: MIT */
/*
 * A simulated GICv3 below the unchanged backend: a test includes this and then
 * the sources of arch/arm64, which reach it in place of hardware. Registers do
 * what IHI 0069 says; what that forbids is a violation (host.h). One CPU of the
 * machine runs at a time: no lock.
 */
#ifndef TESTS_HOST_SIM_GICV3_H
#define TESTS_HOST_SIM_GICV3_H

#include <irqkit/arm64.h>
#include <irqkit/irqkit.h>
#include <stdio.h>
#include <string.h>
#include "host.h"

/* In place of the instructions. */
#define ARCH_ARM64_GICV3_ACCESS_H

static uint32_t gicv3_read32(const volatile void *frame, size_t offset);
static uint64_t gicv3_read64(const volatile void *frame, size_t offset);
static void gicv3_write32(volatile void *frame, size_t offset, uint32_t value);
static void gicv3_write64(volatile void *frame, size_t offset, uint64_t value);
static uint64_t gicv3_read_sysreg(const char *name);
static void gicv3_write_sysreg(const char *name, uint64_t value);
static void gicv3_dsb_ishst(void);
static void gicv3_dsb_sy(void);
static void gicv3_isb(void);

#include "../../arch/arm64/gicv3_regs.h"
#include "../../arch/arm64/gicv3_sgi.h"
#include "../../arch/arm64/gicv3_sysreg.h"

#define SIM_GIC_CPUS   20U
#define SIM_GIC_INTIDS 128U
#define SIM_GIC_FRAMES 2U /* of a redistributor */
#define SIM_GIC_NONE   1023U

/* So often a register is read before what was asked for is done. */
#define SIM_GIC_SLOW 3U

struct sim_gic_intid {
	bool group1;
	bool enabled;
	bool closing; /* disabled, and RWP does not yet say that it is so */
	bool pending; /* latched */
	bool active;
	bool edge;
	bool line; /* what its device holds */
	uint8_t priority;
	uint64_t router;

	/* To be set by a test. */
	bool secure;	    /* cannot be enabled */
	bool fixed_trigger; /* is level */
};

struct sim_gic_cpu {
	struct sim_gic_intid own[GICV3_FIRST_SPI];
	unsigned int closing; /* reads of GICR_CTLR until RWP is 0 */
	unsigned int waking;  /* reads of GICR_WAKER until it is done */
	bool asleep;
	bool sre;
	bool group1;
	uint64_t control;
	uint8_t mask;
	unsigned int running; /* the INTID, or SIM_GIC_NONE */
	bool ghost;	      /* told of what is elsewhere by now */
	bool fenced;	      /* dsb ishst, and nothing was read since */
	bool taken;	      /* acknowledged, and no dsb since */
	bool dropped;	      /* EOI, and no isb since */
	bool narrow;	      /* no range selector; set by a test */
	bool impostor;	      /* by its MPIDR another one; set by a test */
	unsigned int sends;   /* writes of ICC_SGI1R_EL1 */
};

static struct sim_gic {
	struct sim_gic_intid spis[SIM_GIC_INTIDS]; /* by INTID */
	struct sim_gic_cpu cpus[SIM_GIC_CPUS];
	char dist[GICR_FRAME];
	char redists[SIM_GIC_CPUS][SIM_GIC_FRAMES][GICR_FRAME];
	uint32_t control;
	unsigned int closing; /* reads of GICD_CTLR until RWP is 0 */

	/* To be set by a test. */
	unsigned int nr_cpus;
	unsigned int first_ipi, nr_ipis; /* SPIs for IPIs */
	bool stuck;			 /* RWP is never 0 */
	bool insomnia;			 /* a redistributor never sleeps */
	bool secure;			 /* the Non-secure view of two */
	unsigned int revision;		 /* of the architecture; 0: 3 */
	bool no_routing;		 /* ARE stays 0 */
	bool no_sysregs, no_sre;	 /* none, or not to be enabled */

	/* Written down. */
	unsigned int lost_sleep; /* writes of ProcessorSleep that did nothing */
	unsigned int ghosts;	 /* acknowledged, and nothing was there */
} sim_gic;

static struct sim_gic_cpu *sim_gic_this(void)
{
	return &sim_gic.cpus[irqkit_port_cpu()];
}

static uint64_t sim_gic_name(unsigned int cpu)
{
	return irqkit_port_hwcpu(cpu).id;
}

/* The CPU that an affinity names, or SIM_GIC_NONE. */
static unsigned int sim_gic_find(uint64_t affinity)
{
	for (unsigned int cpu = 0; cpu < sim_gic.nr_cpus; cpu++) {
		if (sim_gic_name(cpu) == affinity)
			return cpu;
	}
	return SIM_GIC_NONE;
}

static struct sim_gic_intid *sim_gic_intid(unsigned int cpu, unsigned int intid)
{
	return intid < GICV3_FIRST_SPI ? &sim_gic.cpus[cpu].own[intid]
				       : &sim_gic.spis[intid];
}

static bool sim_gic_is_pending(const struct sim_gic_intid *intid)
{
	return intid->pending || (!intid->edge && intid->line);
}

/* Sections 4.1.2 and 4.8: one that is active is forwarded to nobody. */
static bool sim_gic_is_ready(const struct sim_gic_intid *intid)
{
	return (intid->enabled || intid->closing) && intid->group1 &&
	       sim_gic_is_pending(intid) && !intid->active;
}

static bool sim_gic_is_for(unsigned int cpu, unsigned int intid)
{
	return (intid < GICV3_FIRST_SPI ||
		sim_gic.spis[intid].router == sim_gic_name(cpu)) &&
	       sim_gic_is_ready(sim_gic_intid(cpu, intid));
}

/* What would come to a CPU that takes it, the lowest first. */
static unsigned int sim_gic_next(unsigned int cpu)
{
	unsigned int intid = 0;

	if ((sim_gic.control & GICD_CTLR_ENABLE_GRP1) == 0)
		return SIM_GIC_NONE;
	while (intid < SIM_GIC_INTIDS && !sim_gic_is_for(cpu, intid))
		intid++;
	return intid < SIM_GIC_INTIDS ? intid : SIM_GIC_NONE;
}

/* What the interface of a CPU signals. One priority: none preempts. */
static unsigned int sim_gic_best(unsigned int cpu)
{
	const struct sim_gic_cpu *this = &sim_gic.cpus[cpu];
	unsigned int intid = sim_gic_next(cpu);

	if (!this->sre || !this->group1 || this->asleep ||
	    this->running != SIM_GIC_NONE || intid == SIM_GIC_NONE ||
	    sim_gic_intid(cpu, intid)->priority >= this->mask)
		return SIM_GIC_NONE;
	return intid;
}

static bool sim_gic_has_interrupt(unsigned int cpu)
{
	const struct sim_gic_cpu *this = &sim_gic.cpus[cpu];

	return (this->ghost && this->group1 && !this->asleep) ||
	       sim_gic_best(cpu) != SIM_GIC_NONE;
}

static void sim_gic_take_interrupt(unsigned int cpu)
{
	(void)cpu;
	irqkit_gicv3_interrupt();
	if (sim_gic_this()->dropped)
		host_violation("GIC: no isb after an EOI");
}

static struct host_source sim_gic_source = {
	.has_interrupt = sim_gic_has_interrupt,
	.take_interrupt = sim_gic_take_interrupt,
};

/* ---- barriers; each access of a CPU passes sim_gic_touch() */

static void gicv3_dsb_ishst(void)
{
	sim_gic_this()->fenced = true;
}

static void gicv3_dsb_sy(void)
{
	sim_gic_this()->taken = false;
	sim_gic_this()->fenced = true;
}

static void gicv3_isb(void)
{
	sim_gic_this()->dropped = false;
}

static void sim_gic_touch(void)
{
	if (sim_gic_this()->dropped)
		host_violation("GIC: no isb after an EOI");
	if (sim_gic_this()->taken)
		host_violation("GIC: no dsb after an acknowledge");
	sim_gic_this()->fenced = false;
}

static void sim_gic_check_fence(void)
{
	if (!sim_gic_this()->fenced)
		host_violation("GIC: raised without a dsb before (HZ45)");
}

/* ---- banks: what a write means to one INTID */

static bool sim_gic_is_ipi(unsigned int intid)
{
	return intid - sim_gic.first_ipi < sim_gic.nr_ipis;
}

/* HZ32: it must be aimed at somebody by then. */
static void sim_gic_enable(struct sim_gic_intid *this, unsigned int intid)
{
	unsigned int target = sim_gic_find(this->router);

	if (this->secure)
		return;
	if (intid >= GICV3_FIRST_SPI && target == SIM_GIC_NONE)
		host_violation("GIC: an SPI is enabled before it is routed");
	else if (intid >= GICV3_FIRST_SPI && !sim_gic_is_ipi(intid) &&
		 !cpu_online(target))
		host_violation("GIC: an SPI of an offline CPU is enabled");
	this->enabled = true;
	this->closing = false;
}

/* Only when RWP is 0 again no CPU sees it. */
static void sim_gic_disable(struct sim_gic_intid *this, unsigned int *closing)
{
	if (!this->enabled)
		return;
	this->enabled = false;
	this->closing = true;
	*closing = SIM_GIC_SLOW;
}

static void sim_gic_write_bit(struct sim_gic_intid *this,
			      enum gicv3_bit_bank bank, unsigned int intid,
			      unsigned int *closing)
{
	switch (bank) {
	case GICV3_IGROUPR:
		break;
	case GICV3_ISENABLER:
		sim_gic_enable(this, intid);
		break;
	case GICV3_ICENABLER:
		sim_gic_disable(this, closing);
		break;
	case GICV3_ISPENDR:
		this->pending = true;
		break;
	case GICV3_ICPENDR:
		this->pending = false;
		break;
	case GICV3_ISACTIVER:
		this->active = true;
		break;
	case GICV3_ICACTIVER:
		this->active = false;
		break;
	}
}

static bool sim_gic_read_bit(const struct sim_gic_intid *this,
			     enum gicv3_bit_bank bank)
{
	switch (bank) {
	case GICV3_IGROUPR:
		return this->group1;
	case GICV3_ISENABLER:
	case GICV3_ICENABLER:
		return this->enabled;
	case GICV3_ISPENDR:
	case GICV3_ICPENDR:
		return sim_gic_is_pending(this);
	case GICV3_ISACTIVER:
	case GICV3_ICACTIVER:
		return this->active;
	}
	return false;
}

static void sim_gic_write_bits(struct sim_gic_intid *first, size_t offset,
			       unsigned int intid, uint32_t bits,
			       unsigned int *closing)
{
	enum gicv3_bit_bank bank = (enum gicv3_bit_bank)(offset & ~0x7fUL);

	for (unsigned int i = 0; i < 32; i++) {
		bool bit = (bits >> i & 1) != 0;

		if (bank == GICV3_IGROUPR && !sim_gic.secure)
			first[i].group1 = bit;
		if (bit)
			sim_gic_write_bit(&first[i], bank, intid + i, closing);
	}
}

static uint32_t sim_gic_read_bits(const struct sim_gic_intid *first,
				  size_t offset)
{
	enum gicv3_bit_bank bank = (enum gicv3_bit_bank)(offset & ~0x7fUL);
	uint32_t bits = 0;

	for (unsigned int i = 0; i < 32; i++)
		bits |= (uint32_t)sim_gic_read_bit(&first[i], bank) << i;
	return bits;
}

static void sim_gic_set_edge(struct sim_gic_intid *this, bool edge)
{
	if (this->fixed_trigger || edge == this->edge)
		return;
	if (this->enabled || this->closing)
		host_violation("GIC: the trigger of an enabled SPI changes");
	this->edge = edge;
}

/* Offsets from GICV3_IGROUPR to the routers: banks by INTID, 0 being first. */
static void sim_gic_write_bank(struct sim_gic_intid *bank, size_t offset,
			       uint32_t value, unsigned int *closing)
{
	unsigned int intid;

	if (offset < GICV3_IPRIORITYR) {
		intid = (unsigned int)(offset % 0x80 / 4 * 32);
		sim_gic_write_bits(bank + intid, offset, intid, value, closing);
	} else if (offset < GICV3_ICFGR) {
		intid = (unsigned int)(offset - GICV3_IPRIORITYR);
		for (unsigned int i = 0; i < 4; i++)
			bank[intid + i].priority = (uint8_t)(value >> 8 * i);
	} else {
		intid = (unsigned int)(offset - GICV3_ICFGR) * 4;
		for (unsigned int i = 0; i < 16; i++)
			sim_gic_set_edge(&bank[intid + i],
					 (value >> 2 * i & 2) != 0);
	}
}

static uint32_t sim_gic_read_bank(const struct sim_gic_intid *bank,
				  size_t offset)
{
	uint32_t value = 0;

	if (offset < GICV3_IPRIORITYR)
		return sim_gic_read_bits(bank + offset % 0x80 / 4 * 32, offset);
	bank += (offset - GICV3_ICFGR) * 4;
	for (unsigned int i = 0; i < 16; i++)
		value |= (uint32_t)bank[i].edge << (2 * i + 1);
	return value;
}

static void sim_gic_close(struct sim_gic_intid *bank, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		bank[i].closing = false;
}

/* A read of the register with RWP: whether that is 1. */
static bool sim_gic_rwp(unsigned int *closing, struct sim_gic_intid *bank,
			unsigned int nr)
{
	if (*closing == 0)
		return false;
	if (!sim_gic.stuck && --*closing == 0)
		sim_gic_close(bank, nr);
	return *closing != 0;
}

/* ---- the distributor */

static void sim_gic_write_control(uint32_t value)
{
	const uint32_t groups = GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1;

	if (((value ^ sim_gic.control) & GICD_CTLR_ARE) != 0 &&
	    ((value | sim_gic.control) & groups) != 0)
		host_violation("GIC: ARE changes while a group is enabled");
	sim_gic.control = value & groups;
	if (!sim_gic.no_routing)
		sim_gic.control |= value & GICD_CTLR_ARE;
	sim_gic.closing = SIM_GIC_SLOW;
}

static uint32_t sim_gic_read_control(void)
{
	bool waits = sim_gic_rwp(&sim_gic.closing, sim_gic.spis,
				 SIM_GIC_INTIDS);

	return sim_gic.control | (sim_gic.secure ? 0 : GICD_CTLR_DS) |
	       (waits ? GICD_CTLR_RWP : 0);
}

/* The old target was told already, and finds nothing. */
static void sim_gic_route(unsigned int intid, uint64_t affinity)
{
	struct sim_gic_intid *this = &sim_gic.spis[intid];
	unsigned int old = sim_gic_find(this->router);
	unsigned int new = sim_gic_find(affinity);

	if (new == SIM_GIC_NONE)
		host_violation("GIC: an SPI is routed to nobody");
	else if (!sim_gic_is_ipi(intid) && !cpu_active(new))
		host_violation("GIC: an SPI is routed to a CPU that goes");
	if (old != SIM_GIC_NONE && old != new &&sim_gic_best(old) == intid)
		sim_gic.cpus[old].ghost = true;
	this->router = affinity;
}

static uint32_t sim_gic_read_dist(size_t offset)
{
	switch (offset) {
	case GICD_CTLR:
		return sim_gic_read_control();
	case GICD_TYPER:
		return (SIM_GIC_INTIDS / 32 - 1) | GICD_TYPER_A3V |
		       GICD_TYPER_RSS;
	case GICV3_PIDR2:
		return (sim_gic.revision != 0 ? sim_gic.revision : 3U)
		       << GICV3_PIDR2_REV_SHIFT;
	default:
		return sim_gic_read_bank(sim_gic.spis, offset);
	}
}

static void sim_gic_write_dist(size_t offset, uint32_t value)
{
	if (offset == GICD_CTLR)
		sim_gic_write_control(value);
	else
		sim_gic_write_bank(sim_gic.spis, offset, value,
				   &sim_gic.closing);
}

/* ---- the redistributors */

static void sim_gic_write_waker(struct sim_gic_cpu *this, uint32_t value)
{
	bool sleep = (value & GICR_WAKER_PROCESSOR_SLEEP) != 0;

	if (sim_gic.secure) {
		sim_gic.lost_sleep += sleep;
		return;
	}
	if (sleep && this->group1)
		host_violation("GIC: a CPU sleeps before its interface is off");
	if (sleep != this->asleep)
		this->waking = SIM_GIC_SLOW;
	this->asleep = sleep;
}

/* ChildrenAsleep follows some reads later. */
static uint32_t sim_gic_read_waker(struct sim_gic_cpu *this)
{
	bool children;

	if (sim_gic.secure)
		return 0;
	if (this->waking != 0 && !sim_gic.insomnia)
		this->waking--;
	children = this->asleep == (this->waking == 0);
	return (this->asleep ? GICR_WAKER_PROCESSOR_SLEEP : 0) |
	       (children ? GICR_WAKER_CHILDREN_ASLEEP : 0);
}

/* The CPU whose redistributor has the frame; is it the SGI frame. */
static struct sim_gic_cpu *sim_gic_redist(const volatile void *frame, bool *sgi)
{
	for (unsigned int cpu = 0; cpu < sim_gic.nr_cpus; cpu++) {
		*sgi = frame == sim_gic.redists[cpu][1];
		if (*sgi || frame == sim_gic.redists[cpu][0])
			return &sim_gic.cpus[cpu];
	}
	host_violation("GIC: no such frame");
	return sim_gic_this();
}

static uint32_t sim_gic_read_redist(struct sim_gic_cpu *this, size_t offset)
{
	switch (offset) {
	case GICR_CTLR:
		return sim_gic_rwp(&this->closing, this->own, GICV3_FIRST_SPI)
			       ? GICR_CTLR_RWP
			       : 0;
	case GICR_WAKER:
		return sim_gic_read_waker(this);
	case GICV3_PIDR2:
		return 3U << GICV3_PIDR2_REV_SHIFT;
	default:
		host_violation("GIC: no such register of a redistributor");
		return 0;
	}
}

static uint64_t gicv3_read64(const volatile void *frame, size_t offset)
{
	bool sgi;
	unsigned int cpu =
		(unsigned int)(sim_gic_redist(frame, &sgi) - sim_gic.cpus);
	uint64_t name = sim_gic_name(cpu);
	bool last = cpu + 1 == sim_gic.nr_cpus / 2 ||
		    cpu + 1 == sim_gic.nr_cpus;

	sim_gic_touch();
	if (sgi || offset != GICR_TYPER)
		host_violation("GIC: no such register of 64 bits");
	return ((name >> 8 & 0xff000000U) | (name & 0xffffffU))
		       << GICR_TYPER_AFFINITY_SHIFT |
	       (last ? GICR_TYPER_LAST : 0);
}

static uint32_t gicv3_read32(const volatile void *frame, size_t offset)
{
	struct sim_gic_cpu *this;
	bool sgi;

	sim_gic_touch();
	if (frame == sim_gic.dist)
		return sim_gic_read_dist(offset);
	this = sim_gic_redist(frame, &sgi);
	return sgi ? sim_gic_read_bank(this->own, offset)
		   : sim_gic_read_redist(this, offset);
}

static void gicv3_write64(volatile void *frame, size_t offset, uint64_t value)
{
	size_t first = GICV3_IROUTER + GICV3_FIRST_SPI * sizeof(uint64_t);

	sim_gic_touch();
	if (frame != sim_gic.dist || offset < first ||
	    offset >= GICV3_IROUTER + SIM_GIC_INTIDS * sizeof(uint64_t))
		host_violation("GIC: no such register of 64 bits");
	else
		sim_gic_route((unsigned int)((offset - GICV3_IROUTER) / 8),
			      value);
}

static void gicv3_write32(volatile void *frame, size_t offset, uint32_t value)
{
	bool raises = offset - GICV3_ISPENDR < GICV3_ICPENDR - GICV3_ISPENDR;
	struct sim_gic_cpu *this;
	bool sgi;

	if (raises)
		sim_gic_check_fence();
	sim_gic_touch();
	if (frame == sim_gic.dist) {
		sim_gic_write_dist(offset, value);
		return;
	}
	this = sim_gic_redist(frame, &sgi);
	if (this != sim_gic_this())
		host_violation("GIC: the redistributor of another CPU");
	if (sgi)
		sim_gic_write_bank(this->own, offset, value, &this->closing);
	else if (offset == GICR_WAKER)
		sim_gic_write_waker(this, value);
	else
		host_violation("GIC: no such register of a redistributor");
}

/* ---- the CPU interface */

static uint64_t sim_gic_acknowledge(void)
{
	struct sim_gic_cpu *this = sim_gic_this();
	unsigned int intid = sim_gic_best(irqkit_port_cpu());
	struct sim_gic_intid *taken = sim_gic_intid(irqkit_port_cpu(),
						    intid % SIM_GIC_INTIDS);

	this->ghost = false;
	this->taken = true;
	if (intid == SIM_GIC_NONE) {
		sim_gic.ghosts++;
		return intid;
	}
	taken->pending = false;
	taken->active = true;
	this->running = intid;
	return intid;
}

/* HZ58 */
static void sim_gic_end(uint64_t intid)
{
	struct sim_gic_cpu *this = sim_gic_this();

	if (intid != this->running || intid == SIM_GIC_NONE) {
		host_violation("GIC: the end of what this CPU did not take");
		return;
	}
	sim_gic_intid(irqkit_port_cpu(), this->running)->active = false;
	this->running = SIM_GIC_NONE;
	this->dropped = true;
}

static bool sim_gic_names(uint64_t command, uint64_t name)
{
	return (command >> 48 & 0xff) == (name >> 32 & 0xff) &&
	       (command >> 32 & 0xff) == (name >> 16 & 0xff) &&
	       (command >> 16 & 0xff) == (name >> 8 & 0xff) &&
	       (command >> 44 & 0xf) == (name >> 4 & 0xf) &&
	       (command >> (name & 0xf) & 1) != 0;
}

static void sim_gic_send(uint64_t command)
{
	unsigned int intid = command >> 24 & 0xf;

	sim_gic_this()->sends++;
	for (unsigned int cpu = 0; cpu < sim_gic.nr_cpus; cpu++) {
		if ((command & SGI1R_IRM) != 0
			    ? cpu != irqkit_port_cpu()
			    : sim_gic_names(command, sim_gic_name(cpu)))
			sim_gic.cpus[cpu].own[intid].pending = true;
	}
}

static uint64_t gicv3_read_sysreg(const char *name)
{
	const struct sim_gic_cpu *this = sim_gic_this();

	sim_gic_touch();
	if (strcmp(name, "mpidr_el1") == 0)
		return (1ULL << 31 | sim_gic_name(irqkit_port_cpu())) +
		       (this->impostor ? 0x100 : 0);
	if (strcmp(name, "id_aa64pfr0_el1") == 0)
		return sim_gic.no_sysregs ? 0 : 1ULL << GICV3_PFR0_GIC_SHIFT;
	if (strcmp(name, ICC_SRE_EL1) == 0)
		return this->sre ? ICC_SRE_SRE : 0;
	if (!this->sre)
		host_violation("GIC: a system register before SRE is set");
	if (strcmp(name, ICC_CTLR_EL1) == 0)
		return this->control | ICC_CTLR_A3V |
		       (this->narrow ? 0 : ICC_CTLR_RSS) |
		       4ULL << ICC_CTLR_PRI_BITS_SHIFT;
	if (strcmp(name, ICC_IAR1_EL1) == 0)
		return sim_gic_acknowledge();
	host_violation("GIC: a system register that cannot be read");
	return 0;
}

static void gicv3_write_sysreg(const char *name, uint64_t value)
{
	struct sim_gic_cpu *this = sim_gic_this();

	if (strcmp(name, ICC_SGI1R_EL1) == 0) {
		sim_gic_check_fence();
		sim_gic_send(value);
		return;
	}
	sim_gic_touch();
	if (strcmp(name, ICC_SRE_EL1) == 0)
		this->sre = (value & ICC_SRE_SRE) != 0 && !sim_gic.no_sre;
	else if (strcmp(name, ICC_EOIR1_EL1) == 0)
		sim_gic_end(value);
	else if (strcmp(name, ICC_IGRPEN1_EL1) == 0)
		this->group1 = (value & ICC_IGRPEN1_ENABLE) != 0;
	else if (strcmp(name, ICC_PMR_EL1) == 0)
		this->mask = (uint8_t)value;
	else if (strcmp(name, ICC_CTLR_EL1) == 0)
		this->control = value & (ICC_CTLR_EOI_MODE | ICC_CTLR_PMHE);
	else if (strcmp(name, ICC_BPR1_EL1) != 0 &&
		 strcmp(name, ICC_AP1R0_EL1) != 0)
		host_violation("GIC: a system register that there is not");
}

/* ---- for tests */

/* As firmware leaves it, more or less: nothing is as it should be. */
static void sim_gic_spoil(void)
{
	sim_gic.control = GICD_CTLR_ENABLE_GRP0;
	for (unsigned int i = 0; i < SIM_GIC_INTIDS; i++)
		sim_gic.spis[i] = (struct sim_gic_intid){
			.enabled = i % 3 == 0,
			.pending = i % 5 == 0,
			.active = i % 7 == 0,
			.edge = i % 2 == 0,
			.router = ~0ULL,
		};
	for (unsigned int cpu = 0; cpu < sim_gic.nr_cpus; cpu++) {
		sim_gic.cpus[cpu].asleep = true;
		sim_gic.cpus[cpu].running = SIM_GIC_NONE;
		sim_gic.cpus[cpu].own[1].pending = true;
		sim_gic.cpus[cpu].own[20].enabled = true;
	}
}

/*
 * A machine with all CPUs but CPU 0 offline, of which there are at least 2.
 * Fills in where things are: two regions of redistributors, the first of which
 * seems to be longer than it is.
 */
static void sim_gic_create(unsigned int nr_cpus,
			   struct irqkit_gicv3_config *config)
{
	struct cpumask others;

	cpumask_clear(&others);
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++)
		cpumask_set_cpu(cpu, &others);
	host_start(nr_cpus, &others);
	sim_gic.nr_cpus = nr_cpus;
	sim_gic.first_ipi = config->first_ipi_spi;
	sim_gic.nr_ipis = config->nr_ipi_spis;
	sim_gic_spoil();
	config->distributor = sim_gic.dist;
	config->nr_regions = 2;
	config->regions[0].base = sim_gic.redists;
	config->regions[0].size = sizeof(sim_gic.redists);
	config->regions[1].base = sim_gic.redists[nr_cpus / 2];
	config->regions[1].size = (nr_cpus - nr_cpus / 2) *
				  sizeof(sim_gic.redists[0]);
	config->all_cpus_listed = true;
	host_add_source(&sim_gic_source);
}

/* irqkit_gicv3_init() as a kernel calls it. */
static int sim_gic_boot(const struct irqkit_gicv3_config *config)
{
	unsigned long state = irqkit_port_irq_save();
	int error;

	host_booting = true;
	error = irqkit_gicv3_init(config);
	host_booting = false;
	irqkit_port_irq_restore(state);
	return error;
}

/* What a device does to its line, or with an edge. */
static inline void sim_gic_set_line(unsigned int intid, bool line)
{
	struct sim_gic_intid *this = &sim_gic.spis[intid];

	if (this->edge && line && !this->line)
		this->pending = true;
	this->line = line;
}

/* Whether the controller asks for a CPU that sleeps to be woken. */
static inline bool sim_gic_wants_wake(unsigned int cpu)
{
	return sim_gic.cpus[cpu].asleep && sim_gic_next(cpu) != SIM_GIC_NONE;
}

#include "../../arch/arm64/gicv3.c"
#include "../../arch/arm64/gicv3_cpuif.c"
#include "../../arch/arm64/gicv3_dist.c"
#include "../../arch/arm64/gicv3_redist.c"
#include "../../arch/arm64/gicv3_sgi.c"
#include "../../arch/arm64/gicv3_spi.c"
#include "../../arch/arm64/gicv3_spi_ipi.c"
#include "../../arch/arm64/gicv3_wait.c"

#endif
