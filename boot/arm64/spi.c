/* SPDX-License-Identifier: MIT */
/*
 * Which SPIs no device uses: the longest run of those that the distributor has
 * and the device tree does not name. IPIs in per-CPU mode get most of them, as
 * each takes one a CPU; the rest software can have as interrupts that move.
 * Runs once, on the boot CPU.
 */
#include "arm64.h"

/* GICD_TYPER (IHI 0069, 12.9.38): 32 * (ITLinesNumber + 1) INTIDs. */
#define SPI_GICD_TYPER	   4
#define SPI_ITLINES_NUMBER 0x1fU
#define SPI_LINES	   32U
#define SPI_FIRST_INTID	   32U
#define SPI_END_INTID	   1020U

/* Cells of an interrupt below a GICv3: kind (0 is an SPI), number, flags. */
#define SPI_CELL	   4U
#define SPI_INTERRUPT_SIZE 12U
#define SPI_KIND	   0

/* The part of the run that is not for IPIs: one of so many. */
#define SPI_FREE_PART 4U

static bool spi_used[SPI_END_INTID];
static uint64_t spi_gic_phandle;
static uint64_t spi_gic_address_cells;

/* @at is where three cells should be. */
static void spi_mark(const struct irqkit_fdt_property *property, uint64_t at)
{
	uint64_t intid;

	if (at + SPI_INTERRUPT_SIZE > property->size ||
	    tree_number(property->value + at, 1) != SPI_KIND)
		return;
	intid = tree_number(property->value + at + SPI_CELL, 1);
	intid += SPI_FIRST_INTID;
	if (intid < SPI_END_INTID)
		spi_used[intid] = true;
}

static void spi_mark_interrupts(int node)
{
	struct irqkit_fdt_property property;
	uint64_t at;

	if (irqkit_fdt_get(&tree, node, "interrupts", &property))
		return;
	for (at = 0; at < property.size; at += SPI_INTERRUPT_SIZE)
		spi_mark(&property, at);
}

/*
 * Properties that name the controller before each interrupt. A cell that only
 * happens to look like the GIC costs an SPI at worst.
 */
static void spi_mark_named(int node, const char *name, uint64_t address_cells)
{
	struct irqkit_fdt_property property;
	uint64_t at;

	if (irqkit_fdt_get(&tree, node, name, &property))
		return;
	for (at = 0; at + SPI_CELL <= property.size; at += SPI_CELL)
		if (tree_number(property.value + at, 1) == spi_gic_phandle)
			spi_mark(&property,
				 at + SPI_CELL + address_cells * SPI_CELL);
}

static void spi_visit(int node)
{
	spi_mark_interrupts(node);
	spi_mark_named(node, "interrupts-extended", 0);
	spi_mark_named(node, "interrupt-map", spi_gic_address_cells);
}

static uint64_t spi_gic_number(int gic, const char *name)
{
	struct irqkit_fdt_property property;

	if (irqkit_fdt_get(&tree, gic, name, &property) ||
	    property.size != SPI_CELL)
		return 0;
	return tree_number(property.value, 1);
}

static unsigned int spi_end(const volatile void *distributor)
{
	const volatile uint8_t *base = distributor;
	uint32_t type = *(const volatile uint32_t *)(base + SPI_GICD_TYPER);
	unsigned int end = SPI_LINES * ((type & SPI_ITLINES_NUMBER) + 1);

	return end < SPI_END_INTID ? end : SPI_END_INTID;
}

/* Returns the length of the longest run. */
static unsigned int spi_find_run(unsigned int end, unsigned int *first)
{
	unsigned int longest = 0, length = 0, intid;

	for (intid = SPI_FIRST_INTID; intid < end; intid++) {
		length = spi_used[intid] ? 0 : length + 1;
		if (length <= longest)
			continue;
		longest = length;
		*first = intid + 1 - length;
	}
	return longest;
}

void spi_choose(struct irqkit_gicv3_config *config)
{
	int gic = irqkit_fdt_find_compatible(&tree, -1, "arm,gic-v3");
	unsigned int first = SPI_FIRST_INTID, length;

	spi_gic_phandle = spi_gic_number(gic, "phandle");
	spi_gic_address_cells = spi_gic_number(gic, "#address-cells");
	tree_visit(spi_visit);
	length = spi_find_run(spi_end(config->distributor), &first);
	config->nr_free_spis = length / SPI_FREE_PART;
	config->nr_ipi_spis = length - config->nr_free_spis;
	config->first_ipi_spi = first;
	config->first_free_spi = first + config->nr_ipi_spis;
}
