/* SPDX-License-Identifier: MIT */
/*
 * What a device tree says of the GICv3 and of the CPUs it serves, as the
 * structs of irqkit/firmware.h. Holds no state.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include <irqkit/print.h>
#include "fdt.h"

static int fdt_malformed(const char *node, const char *wrong)
{
	irqkit_log(IRQKIT_LOG_ERROR, "device tree: %s: %s", node, wrong);
	return -IRQKIT_EINVAL;
}

/* A property of one or two cells; @value is unchanged if it is not there. */
static int fdt_gicv3_number(const struct irqkit_fdt *fdt, int node,
			    const char *name, uint64_t *value)
{
	struct irqkit_fdt_property property;

	if (irqkit_fdt_get(fdt, node, name, &property))
		return 0;
	if (property.size != 4 && property.size != 8)
		return fdt_malformed("GICv3", "a number of a wrong size");
	*value = irqkit_fdt_number(property.value, property.size / 4);
	return 0;
}

static int fdt_gicv3_range(const struct irqkit_fdt *fdt, int node,
			   unsigned int index, uint64_t *base, uint64_t *size)
{
	if (irqkit_fdt_read_reg(fdt, node, index, base, size))
		return fdt_malformed("GICv3", "too few addresses, or bad ones");
	if (!*size || *base + *size - 1 < *base)
		return fdt_malformed("GICv3", "an address range of a bad size");
	return 0;
}

/* "reg" is the distributor, then the regions, then what GICv2 guests need. */
static int fdt_gicv3_ranges(const struct irqkit_fdt *fdt, int node,
			    struct irqkit_fdt_gicv3 *gic)
{
	unsigned int i;
	int error;

	error = fdt_gicv3_range(fdt, node, 0, &gic->distributor,
				&gic->distributor_size);
	for (i = 0; !error && i < gic->nr_regions; i++)
		error = fdt_gicv3_range(fdt, node, i + 1, &gic->regions[i].base,
					&gic->regions[i].size);
	return error;
}

int irqkit_fdt_read_gicv3(const struct irqkit_fdt *fdt,
			  struct irqkit_fdt_gicv3 *gic)
{
	struct irqkit_fdt_gicv3 found = {.stride = 0};
	uint64_t regions = 1;
	int node, error;

	if (!fdt || !gic)
		return -IRQKIT_EINVAL;
	node = irqkit_fdt_find_compatible(fdt, -1, "arm,gic-v3");
	if (node < 0)
		return node;
	error = fdt_gicv3_number(fdt, node, "#redistributor-regions", &regions);
	if (!error)
		error = fdt_gicv3_number(fdt, node, "redistributor-stride",
					 &found.stride);
	if (error)
		return error;
	if (!regions)
		return fdt_malformed("GICv3", "no redistributor region");
	if (regions > IRQKIT_GICV3_MAX_REGIONS) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "device tree: GICv3: %llu redistributor regions",
			   (unsigned long long)regions);
		return -IRQKIT_ENOSPC;
	}
	found.nr_regions = (unsigned int)regions;
	error = fdt_gicv3_ranges(fdt, node, &found);
	if (!error)
		*gic = found;
	return error;
}

/* One turn over the children of /cpus. */
struct fdt_cpu_walk {
	const struct irqkit_fdt *fdt;
	struct irqkit_fdt_cells cells;
	int parent;
	int node;
};

/*
 * Devicetree Specification 3.8.1: a "disabled" CPU waits to be started; one
 * that "fail" begins the status of is not there.
 */
static bool fdt_cpu_is_usable(const struct irqkit_fdt *fdt, int node)
{
	static const char fail[] = {'f', 'a', 'i', 'l'};
	struct irqkit_fdt_property property;
	unsigned int i;

	if (irqkit_fdt_get(fdt, node, "device_type", &property) ||
	    !irqkit_fdt_lists(&property, "cpu"))
		return false;
	if (irqkit_fdt_get(fdt, node, "status", &property) ||
	    property.size < sizeof(fail))
		return true;
	for (i = 0; i < sizeof(fail); i++)
		if (property.value[i] != (uint8_t)fail[i])
			return true;
	return false;
}

static int fdt_cpu_first(const struct irqkit_fdt *fdt,
			 struct fdt_cpu_walk *walk)
{
	walk->fdt = fdt;
	walk->node = -1;
	walk->parent = irqkit_fdt_find(fdt, "/cpus");
	if (walk->parent < 0)
		return walk->parent;
	if (irqkit_fdt_get_cells(fdt, walk->parent, &walk->cells) ||
	    !walk->cells.address)
		return fdt_malformed("/cpus", "a bad count of cells");
	return 0;
}

/* Return: 0 with @cpu filled in; -ENOENT after the last; -EINVAL. */
static int fdt_cpu_next(struct fdt_cpu_walk *walk, struct hwcpu *cpu)
{
	struct irqkit_fdt_property reg;

	do {
		walk->node = irqkit_fdt_next_child(walk->fdt, walk->parent,
						   walk->node);
		if (walk->node < 0)
			return walk->node;
	} while (!fdt_cpu_is_usable(walk->fdt, walk->node));
	if (irqkit_fdt_get(walk->fdt, walk->node, "reg", &reg) ||
	    irqkit_fdt_get_pair(&reg, &walk->cells, 0, &cpu->id, NULL))
		return fdt_malformed("/cpus", "a CPU without a number");
	return 0;
}

/* Every node is in order, and the boot CPU is among them. */
static int fdt_cpu_check(const struct irqkit_fdt *fdt, struct hwcpu boot)
{
	struct fdt_cpu_walk walk;
	struct hwcpu cpu;
	bool found = false;
	int error = fdt_cpu_first(fdt, &walk);

	while (!error) {
		error = fdt_cpu_next(&walk, &cpu);
		if (!error && cpu.id == boot.id)
			found = true;
	}
	/* The end of the walk, or no /cpus. */
	if (error == -IRQKIT_ENOENT && found)
		return 0;
	return error;
}

static bool fdt_cpu_is_listed(const struct irqkit_cpu_list *cpus,
			      struct hwcpu cpu)
{
	unsigned int i;

	for (i = 0; i < cpus->nr; i++)
		if (cpus->cpus[i].id == cpu.id)
			return true;
	return false;
}

static void fdt_cpu_add(struct irqkit_cpu_list *cpus, struct hwcpu cpu)
{
	if (fdt_cpu_is_listed(cpus, cpu))
		return;
	if (cpus->nr < IRQKIT_NR_CPUS) {
		cpus->cpus[cpus->nr++] = cpu;
		return;
	}
	cpus->refused++;
	irqkit_log(IRQKIT_LOG_WARNING,
		   "CPU with MPIDR 0x%llx refused: built for %u CPUs",
		   (unsigned long long)cpu.id, IRQKIT_NR_CPUS);
}

int irqkit_fdt_read_cpus(const struct irqkit_fdt *fdt, struct hwcpu boot,
			 struct irqkit_cpu_list *cpus)
{
	struct fdt_cpu_walk walk;
	struct hwcpu cpu;
	int error;

	if (!fdt || !cpus)
		return -IRQKIT_EINVAL;
	/* All errors are found here: @cpus is not touched before. */
	error = fdt_cpu_check(fdt, boot);
	if (error)
		return error;
	cpus->nr = 0;
	cpus->refused = 0;
	fdt_cpu_add(cpus, boot);
	fdt_cpu_first(fdt, &walk);
	while (!fdt_cpu_next(&walk, &cpu))
		fdt_cpu_add(cpus, cpu);
	return 0;
}
