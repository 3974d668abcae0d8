/* SPDX-License-Identifier: MIT */
/*
 * The CPU interface (IHI 0069, section 12.2): what lets interrupts through to
 * one CPU. Each CPU sets up its own.
 */
#include "gicv3.h"
#include "gicv3_sgi.h"
#include "gicv3_sysreg.h"
#include <irqkit/print.h>

/* Priority bits up to which ICC_AP1R0_EL1, and also ICC_AP1R1_EL1, do. */
#define CPUIF_ONE_AP_REGISTER  5U
#define CPUIF_TWO_AP_REGISTERS 6U

struct hwcpu irqkit_gicv3_read_hwcpu(void)
{
	struct hwcpu hw = {gicv3_read_sysreg("mpidr_el1") & MPIDR_AFFINITY};

	return hw;
}

int irqkit_gicv3_cpuif_open(void)
{
	uint64_t sre;

	if ((gicv3_read_sysreg("id_aa64pfr0_el1") >> GICV3_PFR0_GIC_SHIFT &
	     GICV3_PFR0_GIC_MASK) == 0) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: the CPU has no system register interface");
		return -ENODEV;
	}
	sre = gicv3_read_sysreg(ICC_SRE_EL1);
	if ((sre & ICC_SRE_SRE) != 0)
		return 0;
	gicv3_write_sysreg(ICC_SRE_EL1, sre | ICC_SRE_SRE);
	/* The other registers exist only once this took effect. */
	gicv3_isb();
	if ((gicv3_read_sysreg(ICC_SRE_EL1) & ICC_SRE_SRE) != 0)
		return 0;
	irqkit_log(IRQKIT_LOG_ERROR,
		   "GIC: the system register interface cannot be enabled");
	return -ENODEV;
}

void irqkit_gicv3_cpuif_probe(void)
{
	uint64_t control = gicv3_read_sysreg(ICC_CTLR_EL1);

	if ((control & ICC_CTLR_RSS) == 0)
		irqkit_gicv3.range_selector = false;
	if ((control & ICC_CTLR_A3V) == 0)
		irqkit_gicv3.aff3 = false;
}

/*
 * A priority that firmware or the kernel before left active would hold back
 * all of ours. 12.2.2: how many registers there are depends on the bits.
 */
static void cpuif_clear_active(uint64_t control)
{
	unsigned int bits = (unsigned int)(control >> ICC_CTLR_PRI_BITS_SHIFT &
					   ICC_CTLR_PRI_BITS_MASK) +
			    1;

	if (bits > CPUIF_TWO_AP_REGISTERS) {
		gicv3_write_sysreg(ICC_AP1R3_EL1, 0);
		gicv3_write_sysreg(ICC_AP1R2_EL1, 0);
	}
	if (bits > CPUIF_ONE_AP_REGISTER)
		gicv3_write_sysreg(ICC_AP1R1_EL1, 0);
	gicv3_write_sysreg(ICC_AP1R0_EL1, 0);
}

int irqkit_gicv3_cpuif_init(unsigned int cpu)
{
	uint64_t control = gicv3_read_sysreg(ICC_CTLR_EL1);

	if ((irqkit_gicv3.range_selector && (control & ICC_CTLR_RSS) == 0) ||
	    (irqkit_gicv3.aff3 && (control & ICC_CTLR_A3V) == 0)) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: CPU %u cannot send to all that CPU 0 can",
			   cpu);
		return -ENODEV;
	}
	/* EOImode 0: a write to ICC_EOIR1_EL1 also deactivates. */
	gicv3_write_sysreg(ICC_CTLR_EL1,
			   control & ~(ICC_CTLR_EOI_MODE | ICC_CTLR_PMHE));
	cpuif_clear_active(control);
	/* The least it can be is all that is implemented. */
	gicv3_write_sysreg(ICC_BPR1_EL1, 0);
	gicv3_write_sysreg(ICC_PMR_EL1, ICC_PMR_LOWEST);
	gicv3_isb();
	gicv3_write_sysreg(ICC_IGRPEN1_EL1, ICC_IGRPEN1_ENABLE);
	gicv3_isb();
	return 0;
}

void irqkit_gicv3_cpuif_stop(void)
{
	gicv3_write_sysreg(ICC_IGRPEN1_EL1, 0);
	/* It is so before anything that follows is done. */
	gicv3_isb();
}
