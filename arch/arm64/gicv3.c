/* SPDX-License-Identifier: MIT */
/*
 * The GICv3 backend seen from outside: start, each further CPU, interrupts,
 * counts. Its parts are the other gicv3_*.c files.
 */
#include "gicv3.h"
#include "gicv3_regs.h"
#include "gicv3_sysreg.h"
#include <irqkit/cpuhotplug.h>
#include <irqkit/irqdomain.h>
#include <irqkit/port.h>
#include <irqkit/print.h>

/* At most one line about unexpected interrupts in this time. */
#define GICV3_LOG_INTERVAL_NS 1000000000ULL

struct irqkit_gicv3 irqkit_gicv3;
struct irqkit_gicv3_cpu irqkit_gicv3_cpus[IRQKIT_NR_CPUS];

static bool gicv3_ready;

/* When the last line about an unexpected interrupt was logged; 0: never. */
static uint64_t gicv3_last_log;

/*
 * Order: pairs with the dsb of sgi_before_write() in gicv3_sgi.c and of
 * spi_ipi_send_single() in gicv3_spi_ipi.c. What the sender stored is loaded
 * only after the interrupt was taken; a send after that raises it again.
 */
static inline unsigned int gicv3_acknowledge(void)
{
	uint64_t iar = gicv3_read_sysreg(ICC_IAR1_EL1);

	gicv3_dsb_sy();
	return (unsigned int)iar & ICC_IAR_INTID;
}

static inline bool gicv3_is_special(unsigned int intid)
{
	return intid >= GICV3_FIRST_SPECIAL && intid <= GICV3_LAST_SPECIAL;
}

/* NULL for special INTIDs too: no domain is that large. */
static inline struct irq_desc *gicv3_find_desc(unsigned int intid)
{
	if (intid < GICV3_NR_SGIS)
		return irq_find_desc(irqkit_gicv3.sgi_domain, intid);
	if (gicv3_intids_have(&irqkit_gicv3.ipi_spis, intid))
		return irq_find_desc(irqkit_gicv3.spi_ipi_domain, intid);
	return irq_find_desc(irqkit_gicv3.spi_domain, intid);
}

/* Only its own CPU writes a count, interrupts off: no need to be atomic. */
static void gicv3_count(uint64_t *count)
{
	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
}

static void gicv3_log_unexpected(unsigned int cpu, unsigned int intid)
{
	uint64_t last = __atomic_load_n(&gicv3_last_log, __ATOMIC_RELAXED);
	uint64_t now = irqkit_port_nanoseconds() | 1;

	if (last != 0 && now - last < GICV3_LOG_INTERVAL_NS)
		return;
	if (!__atomic_compare_exchange_n(&gicv3_last_log, &last, now, false,
					 __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	irqkit_log(IRQKIT_LOG_WARNING,
		   "GIC: CPU %u took INTID %u, which nobody has", cpu, intid);
}

/* The rest of a dispatch that found no descriptor; out of the hot path. */
static __attribute__((__noinline__, __cold__)) void gicv3_nobody(
	unsigned int cpu, unsigned int intid)
{
	struct irqkit_gicv3_cpu *counts = &irqkit_gicv3_cpus[cpu];

	/* Not an interrupt, so there is no end of it either: HZ58. */
	if (gicv3_is_special(intid)) {
		irqkit_dispatch_exit(cpu);
		gicv3_count(&counts->special);
		return;
	}
	gicv3_end_of_interrupt(intid);
	irqkit_dispatch_exit(cpu);
	gicv3_count(&counts->unexpected);
	gicv3_log_unexpected(cpu, intid);
}

void irqkit_gicv3_interrupt(void)
{
	unsigned int cpu = irqkit_port_cpu();
	unsigned int intid = gicv3_acknowledge();
	struct irq_desc *desc;

	irqkit_dispatch_enter(cpu);
	desc = gicv3_find_desc(intid);
	if (__builtin_expect(desc == NULL, 0)) {
		gicv3_nobody(cpu, intid);
		return;
	}
	generic_handle_irq_desc(desc);
	irqkit_dispatch_exit(cpu);
}

static int gicv3_prepare(unsigned int cpu)
{
	if (irqkit_gicv3_cpus[cpu].redist == NULL) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "GIC: CPU %u (MPIDR 0x%llx) has no redistributor",
			   cpu,
			   (unsigned long long)irqkit_gicv3_cpus[cpu].hw.id);
		return -ENODEV;
	}
	return irqkit_gicv3_sgi_add(cpu);
}

static int gicv3_check_hwcpu(unsigned int cpu)
{
	uint64_t told = irqkit_gicv3_cpus[cpu].hw.id;
	uint64_t is = irqkit_gicv3_read_hwcpu().id;

	if (is == told)
		return 0;
	irqkit_log(IRQKIT_LOG_ERROR,
		   "GIC: CPU %u is MPIDR 0x%llx, but 0x%llx was told", cpu,
		   (unsigned long long)is, (unsigned long long)told);
	return -ENODEV;
}

static int gicv3_starting(unsigned int cpu)
{
	int error = gicv3_check_hwcpu(cpu);

	if (error == 0)
		error = irqkit_gicv3_cpuif_open();
	if (error == 0)
		error = irqkit_gicv3_redist_init(cpu);
	if (error != 0)
		return error;
	irqkit_gicv3_spi_ipi_start(cpu);
	return irqkit_gicv3_cpuif_init(cpu);
}

/*
 * SPIs were aimed at others before, and one that was pending here has gone
 * there: the distributor keeps it until a CPU takes it. So nothing is latched
 * in this CPU's own part that would have to be handed over. IPIs that are sent
 * to it yet would ask for it to be woken; they are dropped when it starts
 * again. The redistributor sleeps last (HZ2).
 */
static void gicv3_dying(unsigned int cpu)
{
	irqkit_gicv3_cpuif_stop();
	irqkit_gicv3_spi_ipi_stop(cpu);
	if (irqkit_gicv3_redist_stop(cpu) != 0)
		irqkit_log(IRQKIT_LOG_WARNING,
			   "GIC: the redistributor of CPU %u stays awake", cpu);
}

static struct irqkit_cpu_notifier gicv3_notifier = {
	.name = "GICv3",
	.prepare = gicv3_prepare,
	.starting = gicv3_starting,
	.dying = gicv3_dying,
};

static bool gicv3_regions_valid(const struct irqkit_gicv3_config *config)
{
	if (config->nr_regions == 0 ||
	    config->nr_regions > IRQKIT_GICV3_MAX_REGIONS)
		return false;
	for (unsigned int i = 0; i < config->nr_regions; i++) {
		if (config->regions[i].base == NULL)
			return false;
	}
	return config->stride == 0 ||
	       (config->stride % GICR_FRAME == 0 &&
		config->stride >= GICR_FRAMES_WITHOUT_VLPIS * GICR_FRAME);
}

static struct gicv3_intids gicv3_ipi_spis(
	const struct irqkit_gicv3_config *config)
{
	return (struct gicv3_intids){config->first_ipi_spi,
				     config->nr_ipi_spis};
}

static struct gicv3_intids gicv3_free_spis(
	const struct irqkit_gicv3_config *config)
{
	return (struct gicv3_intids){config->first_free_spi,
				     config->nr_free_spis};
}

/* After the distributor was probed. */
static bool gicv3_are_spis(struct gicv3_intids intids)
{
	unsigned int limit = irqkit_gicv3.spi_limit;

	return intids.nr == 0 ||
	       (intids.first >= GICV3_FIRST_SPI && intids.first < limit &&
		intids.nr <= limit - intids.first);
}

static bool gicv3_overlap(struct gicv3_intids a, struct gicv3_intids b)
{
	return a.nr != 0 && b.nr != 0 &&
	       (gicv3_intids_have(&a, b.first) ||
		gicv3_intids_have(&b, a.first));
}

static bool gicv3_spis_valid(const struct irqkit_gicv3_config *config)
{
	struct gicv3_intids ipi = gicv3_ipi_spis(config);
	struct gicv3_intids free = gicv3_free_spis(config);

	return gicv3_are_spis(ipi) && gicv3_are_spis(free) &&
	       !gicv3_overlap(ipi, free);
}

/* Nothing is changed yet but in our own memory. */
static int gicv3_probe(const struct irqkit_gicv3_config *config)
{
	int error;

	irqkit_gicv3.dist = config->distributor;
	irqkit_gicv3.sgis = 0;
	error = irqkit_gicv3_dist_probe();
	if (error != 0)
		return error;
	if (!gicv3_spis_valid(config))
		return -EINVAL;
	irqkit_gicv3.ipi_spis = gicv3_ipi_spis(config);
	error = irqkit_gicv3_cpuif_open();
	if (error != 0)
		return error;
	irqkit_gicv3_cpuif_probe();
	irqkit_gicv3_redist_find_all(config);
	return gicv3_prepare(0);
}

static void gicv3_remove_domain(struct irq_domain **domain)
{
	if (*domain != NULL)
		irq_domain_remove(*domain);
	*domain = NULL;
}

static void gicv3_remove_domains(void)
{
	gicv3_remove_domain(&irqkit_gicv3.sgi_domain);
	gicv3_remove_domain(&irqkit_gicv3.spi_ipi_domain);
	gicv3_remove_domain(&irqkit_gicv3.spi_domain);
}

static int gicv3_create_domains(const struct irqkit_gicv3_config *config)
{
	struct gicv3_intids free = gicv3_free_spis(config);
	int error = irqkit_gicv3_sgi_init();

	if (error == 0 && irqkit_gicv3.ipi_spis.nr != 0)
		error = irqkit_gicv3_spi_ipi_init();
	if (error == 0)
		error = irqkit_gicv3_spi_init(&free, config->fwnode);
	return error;
}

static int gicv3_start_hardware(void)
{
	int error = irqkit_gicv3_dist_init(&irqkit_gicv3.ipi_spis);

	if (error == 0)
		error = gicv3_starting(0);
	if (error == 0)
		irqkit_gicv3_sgi_keep(irqkit_gicv3.sgis);
	return error;
}

static void gicv3_describe(const struct irqkit_gicv3_config *config)
{
	irqkit_log(
		IRQKIT_LOG_INFO,
		"GICv%u: %u SPIs (%u for IPIs, %u of no device, the rest of "
		"devices), %u redistributors in %u region%s, %s, SGIs 0x%x, "
		"%s range selector",
		irqkit_gicv3.arch_rev, irqkit_gicv3.spi_limit - GICV3_FIRST_SPI,
		config->nr_ipi_spis, config->nr_free_spis,
		irqkit_gicv3.nr_redists, config->nr_regions,
		config->nr_regions == 1 ? "" : "s",
		irqkit_gicv3.single_security ? "one security state"
					     : "Non-secure view",
		irqkit_gicv3.sgis, irqkit_gicv3.range_selector ? "with" : "no");
}

int irqkit_gicv3_init(const struct irqkit_gicv3_config *config)
{
	int error;

	if (config == NULL || config->distributor == NULL ||
	    !gicv3_regions_valid(config) || nr_cpu_ids == 0)
		return -EINVAL;
	if (gicv3_ready)
		return -EBUSY;
	error = gicv3_probe(config);
	if (error != 0)
		return error;
	error = gicv3_create_domains(config);
	if (error == 0)
		error = gicv3_start_hardware();
	if (error == 0)
		error = irqkit_register_cpu_notifier(&gicv3_notifier);
	if (error != 0) {
		gicv3_remove_domains();
		return error;
	}
	gicv3_ready = true;
	gicv3_describe(config);
	return 0;
}

struct irq_domain *irqkit_gicv3_ipi_domain(bool per_cpu)
{
	if (!gicv3_ready)
		return NULL;
	return per_cpu ? irqkit_gicv3.spi_ipi_domain : irqkit_gicv3.sgi_domain;
}

struct irq_domain *irqkit_gicv3_spi_domain(void)
{
	return gicv3_ready ? irqkit_gicv3.spi_domain : NULL;
}

void irqkit_gicv3_get_stats(struct irqkit_gicv3_stats *stats)
{
	const struct irqkit_gicv3_stats none = {0};

	*stats = none;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		const struct irqkit_gicv3_cpu *c = &irqkit_gicv3_cpus[cpu];

		stats->sgi_writes += __atomic_load_n(&c->sgi_writes,
						     __ATOMIC_RELAXED);
		stats->spi_writes += __atomic_load_n(&c->spi_writes,
						     __ATOMIC_RELAXED);
		stats->special += __atomic_load_n(&c->special,
						  __ATOMIC_RELAXED);
		stats->unexpected += __atomic_load_n(&c->unexpected,
						     __ATOMIC_RELAXED);
	}
}
