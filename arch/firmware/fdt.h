/* SPDX-License-Identifier: MIT */
/*
 * What the device-tree readers share among themselves: the tokens that a
 * tree is made of, and numbers made of 32-bit big-endian cells.
 */
#ifndef IRQKIT_FIRMWARE_FDT_H
#define IRQKIT_FIRMWARE_FDT_H

#include <irqkit/firmware.h>

/* Tokens, section 5.4.1. */
#define IRQKIT_FDT_CELL		   4U
#define IRQKIT_FDT_BEGIN_NODE	   1U
#define IRQKIT_FDT_END_NODE	   2U
#define IRQKIT_FDT_PROP		   3U
#define IRQKIT_FDT_NOP		   4U
#define IRQKIT_FDT_END		   9U
#define IRQKIT_FDT_PROPERTY_HEADER 12U /* token, length, offset of the name */

/* Trees of machines have about 6 levels. */
#define IRQKIT_FDT_MAX_DEPTH 32U

struct irqkit_fdt_token {
	uint32_t kind;
	uint32_t at;	      /* its offset in the structure block */
	uint32_t next;	      /* the offset after it */
	const char *name;     /* of a node or a property */
	const uint8_t *value; /* of a property */
	uint32_t size;	      /* of a property, bytes */
};

/*
 * The token at an offset of the structure block, which need not have been
 * checked. Return: NULL, or what is wrong.
 */
const char *irqkit_fdt_read_token(const struct irqkit_fdt *fdt, uint32_t at,
				  struct irqkit_fdt_token *token);

/* How many cells an address and a size have below a node. */
struct irqkit_fdt_cells {
	uint32_t address;
	uint32_t size;
};

/* A number of one or more cells; of those above two, the lowest two count. */
uint64_t irqkit_fdt_number(const uint8_t *value, uint32_t cells);

/*
 * The cell counts that a node sets for its children; 2 and 1 where it is
 * silent. Return: 0; -EINVAL for counts other than 0, 1, 2.
 */
int irqkit_fdt_get_cells(const struct irqkit_fdt *fdt, int node,
			 struct irqkit_fdt_cells *cells);

/*
 * One pair of a "reg" property; @size may be NULL.
 * Return: 0; -ENOENT if the property has no such pair.
 */
int irqkit_fdt_get_pair(const struct irqkit_fdt_property *reg,
			const struct irqkit_fdt_cells *cells,
			unsigned int index, uint64_t *address, uint64_t *size);

/* Whether @text is one of the strings of the property. */
bool irqkit_fdt_lists(const struct irqkit_fdt_property *property,
		      const char *text);

#endif
