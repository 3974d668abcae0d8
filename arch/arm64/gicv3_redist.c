/* SPDX-License-Identifier: MIT */
/*
 * The redistributors (IHI 0069, section 12.11), one a CPU: its SGIs and PPIs.
 *
 * Found once at boot; each is then written by its own CPU only.
 */
#include "gicv3.h"
#include "gicv3_regs.h"
#include "gicv3_sgi.h"
#include <irqkit/port.h>
#include <irqkit/print.h>

#define REDIST_SGIS (~0U >> GICV3_FIRST_PPI)
#define REDIST_PPIS (~REDIST_SGIS)

/* GICR_TYPER bits 63:32 hold Aff3 to Aff0 without MPIDR's gap. */
static uint64_t redist_affinity(uint64_t typer)
{
	uint64_t packed = typer >> GICR_TYPER_AFFINITY_SHIFT;

	return (packed & 0xff000000U) << 8 | (packed & 0xffffffU);
}

/* Give a redistributor to the CPU it belongs to. */
static void redist_claim(volatile void *redist, uint64_t typer)
{
	uint64_t affinity = redist_affinity(typer);

	irqkit_gicv3.nr_redists++;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (irqkit_gicv3_cpus[cpu].hw.id == affinity &&
		    irqkit_gicv3_cpus[cpu].redist == NULL) {
			irqkit_gicv3_cpus[cpu].redist = redist;
			return;
		}
	}
	/* Of a CPU that this kernel does not run. */
	irqkit_gicv3.all_cpus_listed = false;
}

static bool redist_is_one(const volatile void *redist)
{
	uint32_t rev = gicv3_read32(redist, GICV3_PIDR2) & GICV3_PIDR2_ARCH_REV;

	return rev == 3U << GICV3_PIDR2_REV_SHIFT ||
	       rev == 4U << GICV3_PIDR2_REV_SHIFT;
}

/* GICv4 adds the frames VLPI_base and one that is reserved (12.10). */
static size_t redist_size(uint64_t typer)
{
	return (typer & GICR_TYPER_VLPIS) != 0
		       ? GICR_FRAMES_WITH_VLPIS * GICR_FRAME
		       : GICR_FRAMES_WITHOUT_VLPIS * GICR_FRAME;
}

static void redist_walk(const struct irqkit_gicv3_region *region, size_t stride)
{
	size_t left = region->size;
	volatile char *redist = (volatile char *)region->base;
	uint64_t typer;
	size_t step;

	while (left >= GICR_FRAMES_WITHOUT_VLPIS * GICR_FRAME) {
		if (!redist_is_one(redist)) {
			irqkit_log(
				IRQKIT_LOG_WARNING,
				"GIC: no redistributor %zu bytes into its region",
				region->size - left);
			return;
		}
		typer = gicv3_read64(redist, GICR_TYPER);
		redist_claim(redist, typer);
		step = stride != 0 ? stride : redist_size(typer);
		if ((typer & GICR_TYPER_LAST) != 0 || left < step)
			return;
		left -= step;
		redist += step;
	}
}

void irqkit_gicv3_redist_find_all(const struct irqkit_gicv3_config *config)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		irqkit_gicv3_cpus[cpu].hw.id = irqkit_port_hwcpu(cpu).id &
					       MPIDR_AFFINITY;
		irqkit_gicv3_cpus[cpu].redist = NULL;
	}
	irqkit_gicv3.nr_redists = 0;
	irqkit_gicv3.all_cpus_listed = config->all_cpus_listed;
	for (unsigned int i = 0; i < config->nr_regions; i++)
		redist_walk(&config->regions[i], config->stride);
}

/* 12.11.42. In the Non-secure view it reads as 0: firmware woke it. */
static int redist_wake(volatile void *redist)
{
	uint32_t waker = gicv3_read32(redist, GICR_WAKER);

	gicv3_write32(redist, GICR_WAKER, waker & ~GICR_WAKER_PROCESSOR_SLEEP);
	return irqkit_gicv3_wait_clear(redist, GICR_WAKER,
				       GICR_WAKER_CHILDREN_ASLEEP);
}

/*
 * What is pending was sent before this CPU was a target (by firmware, or to
 * the CPU in its last life) and is dropped.
 */
static int redist_reset(volatile void *redist)
{
	volatile char *sgi = (volatile char *)redist + GICR_SGI_FRAME;
	int error;

	gicv3_write_bits(sgi, GICV3_ICENABLER, 0, ~0U);
	error = irqkit_gicv3_wait_clear(redist, GICR_CTLR, GICR_CTLR_RWP);
	if (error != 0)
		return error;
	gicv3_write_bits(sgi, GICV3_IGROUPR, 0, ~0U);
	gicv3_write_bits(sgi, GICV3_ICPENDR, 0, ~0U);
	gicv3_write_bits(sgi, GICV3_ICACTIVER, 0, ~0U);
	for (unsigned int intid = 0; intid < GICV3_FIRST_SPI;
	     intid += GICV3_INTIDS_PER_PRIORITY_REGISTER)
		gicv3_write_priorities(sgi, intid, GICV3_PRIORITY);
	gicv3_write_bits(sgi, GICV3_ISENABLER, 0, REDIST_SGIS);
	return irqkit_gicv3_wait_clear(redist, GICR_CTLR, GICR_CTLR_RWP);
}

/*
 * An SGI that Secure firmware keeps cannot be enabled, which shows when the
 * enables are read back. The boot CPU decides which are ours.
 */
static int redist_check_sgis(unsigned int cpu, const volatile void *redist)
{
	const volatile char *sgi = (const volatile char *)redist +
				   GICR_SGI_FRAME;
	uint32_t ours = gicv3_read_bits(sgi, GICV3_ISENABLER, 0) & REDIST_SGIS;

	if (irqkit_gicv3.sgis == 0)
		irqkit_gicv3.sgis = ours;
	if (ours != 0 && (irqkit_gicv3.sgis & ~ours) == 0)
		return 0;
	irqkit_log(IRQKIT_LOG_ERROR,
		   "GIC: CPU %u has SGIs 0x%x, where 0x%x are needed", cpu,
		   ours, irqkit_gicv3.sgis);
	return -ENODEV;
}

int irqkit_gicv3_redist_init(unsigned int cpu)
{
	volatile void *redist = irqkit_gicv3_cpus[cpu].redist;
	int error = redist_wake(redist);

	if (error == 0)
		error = redist_reset(redist);
	if (error != 0) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: the redistributor of CPU %u does not answer",
			   cpu);
		return error;
	}
	return redist_check_sgis(cpu, redist);
}

/*
 * 12.11.42: only after both groups of the CPU interface are disabled, of which
 * the other one never was enabled. Where it cannot be set this is the
 * Non-secure view of two, and firmware does it.
 */
static int redist_sleep(volatile void *redist)
{
	uint32_t waker = gicv3_read32(redist, GICR_WAKER);

	gicv3_write32(redist, GICR_WAKER, waker | GICR_WAKER_PROCESSOR_SLEEP);
	waker = gicv3_read32(redist, GICR_WAKER);
	if ((waker & GICR_WAKER_PROCESSOR_SLEEP) == 0)
		return 0;
	return irqkit_gicv3_wait_set(redist, GICR_WAKER,
				     GICR_WAKER_CHILDREN_ASLEEP);
}

/* An SGI or a PPI that is enabled would ask for this CPU to be woken. */
int irqkit_gicv3_redist_stop(unsigned int cpu)
{
	volatile char *redist = (volatile char *)irqkit_gicv3_cpus[cpu].redist;
	int error;

	gicv3_write_bits(redist + GICR_SGI_FRAME, GICV3_ICENABLER, 0, ~0U);
	error = irqkit_gicv3_wait_clear(redist, GICR_CTLR, GICR_CTLR_RWP);
	return error != 0 ? error : redist_sleep(redist);
}
