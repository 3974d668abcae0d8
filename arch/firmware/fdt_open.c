/* SPDX-License-Identifier: MIT */
/*
 * Checks a flattened device tree from its header to its last token, once, so
 * that the look-ups meet nothing malformed (Devicetree Specification 0.4,
 * chapter 5). Holds no state.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include <irqkit/print.h>
#include "fdt.h"

/* Header, section 5.2: offsets of its big-endian 32-bit fields. */
#define FDT_MAGIC_FIELD		  0
#define FDT_TOTALSIZE		  4
#define FDT_OFF_DT_STRUCT	  8
#define FDT_OFF_DT_STRINGS	  12
#define FDT_OFF_MEM_RSVMAP	  16
#define FDT_VERSION		  20
#define FDT_LAST_COMP_VERSION	  24
#define FDT_SIZE_DT_STRINGS	  32
#define FDT_SIZE_DT_STRUCT	  36 /* from version 17 on */
#define FDT_HEADER_SIZE_17	  40
#define FDT_MAGIC		  0xd00dfeedU
#define FDT_FIRST_VERSION	  16U
#define FDT_LAST_VERSION	  17U
#define FDT_RESERVATION_SIZE	  16U /* section 5.3.2: address, size */
#define FDT_RESERVATION_ALIGNMENT 8U

static uint32_t fdt_field(const uint8_t *field)
{
	return (uint32_t)irqkit_fdt_number(field, 1);
}

struct fdt_check {
	unsigned int depth;
	bool rooted;	 /* the root has begun */
	bool properties; /* no child has begun in the node that is open */
};

/* Return: NULL, or how the token does not fit what came before. */
static const char *fdt_check_token(struct fdt_check *check, uint32_t kind)
{
	if (kind == IRQKIT_FDT_BEGIN_NODE) {
		if (!check->depth && check->rooted)
			return "a second root";
		if (check->depth >= IRQKIT_FDT_MAX_DEPTH)
			return "its nodes are too deep";
		check->depth++;
		check->rooted = check->properties = true;
	} else if (kind == IRQKIT_FDT_END_NODE) {
		if (!check->depth)
			return "a node ends that did not begin";
		check->depth--;
		check->properties = false;
	} else if (kind == IRQKIT_FDT_PROP) {
		if (!check->depth)
			return "a property outside of all nodes";
		/* Section 5.4.2. */
		if (!check->properties)
			return "a property after a child";
	} else if (kind == IRQKIT_FDT_END && (check->depth || !check->rooted)) {
		return "it ends in the middle";
	}
	return NULL;
}

/* Walk all of it, and cut the block off behind its end token. */
static const char *fdt_check_structure(struct irqkit_fdt *fdt)
{
	struct fdt_check check = {0, false, false};
	struct irqkit_fdt_token token = {.next = 0};
	const char *wrong;

	do {
		wrong = irqkit_fdt_read_token(fdt, token.next, &token);
		if (!wrong)
			wrong = fdt_check_token(&check, token.kind);
		if (wrong)
			return wrong;
	} while (token.kind != IRQKIT_FDT_END);
	fdt->structure_size = token.next;
	return NULL;
}

/* Section 5.3: pairs of 64 bits, the last of them zero. */
static const char *fdt_check_reservations(const uint8_t *blob, uint32_t total)
{
	uint32_t at = fdt_field(blob + FDT_OFF_MEM_RSVMAP);

	if (at % FDT_RESERVATION_ALIGNMENT || at > total)
		return "a bad offset of the reservations";
	for (; total - at >= FDT_RESERVATION_SIZE; at += FDT_RESERVATION_SIZE)
		if (!irqkit_fdt_number(blob + at, 2) &&
		    !irqkit_fdt_number(blob + at + 8, 2))
			return NULL;
	return "the reservations have no end";
}

static const char *fdt_check_blocks(const uint8_t *blob, uint32_t total,
				    uint32_t version, struct irqkit_fdt *fdt)
{
	uint32_t structure = fdt_field(blob + FDT_OFF_DT_STRUCT);
	uint32_t strings = fdt_field(blob + FDT_OFF_DT_STRINGS);

	if (structure % IRQKIT_FDT_CELL || structure > total || strings > total)
		return "a bad offset";
	fdt->structure_size = total - structure;
	if (version > FDT_FIRST_VERSION)
		fdt->structure_size = fdt_field(blob + FDT_SIZE_DT_STRUCT);
	fdt->strings_size = fdt_field(blob + FDT_SIZE_DT_STRINGS);
	if (fdt->structure_size > total - structure)
		return "the structure runs past the end";
	if (fdt->strings_size > total - strings)
		return "the strings run past the end";
	fdt->structure = blob + structure;
	fdt->strings = blob + strings;
	if (fdt->strings_size && fdt->strings[fdt->strings_size - 1])
		return "the last of the strings has no end";
	return NULL;
}

static const char *fdt_check(const uint8_t *blob, size_t size,
			     struct irqkit_fdt *fdt)
{
	uint32_t total, version;
	const char *wrong;

	if ((uintptr_t)blob % IRQKIT_FDT_CELL)
		return "it is not aligned";
	if (size < FDT_HEADER_SIZE_17)
		return "the header is cut off";
	if (fdt_field(blob + FDT_MAGIC_FIELD) != FDT_MAGIC)
		return "no magic number";
	version = fdt_field(blob + FDT_VERSION);
	if (version < FDT_FIRST_VERSION || version > FDT_LAST_VERSION ||
	    fdt_field(blob + FDT_LAST_COMP_VERSION) > FDT_LAST_VERSION)
		return "an unknown version";
	total = fdt_field(blob + FDT_TOTALSIZE);
	if (total < FDT_HEADER_SIZE_17 || total > size ||
	    total > IRQKIT_FDT_MAX_SIZE)
		return "a bad size";
	wrong = fdt_check_reservations(blob, total);
	if (!wrong)
		wrong = fdt_check_blocks(blob, total, version, fdt);
	return wrong ? wrong : fdt_check_structure(fdt);
}

int irqkit_fdt_open(const void *blob, size_t size, struct irqkit_fdt *fdt)
{
	struct irqkit_fdt found = {.structure = NULL};
	const char *wrong;

	if (!blob || !fdt)
		return -IRQKIT_EINVAL;
	wrong = fdt_check(blob, size, &found);
	if (wrong) {
		irqkit_log(IRQKIT_LOG_ERROR, "device tree refused: %s", wrong);
		return -IRQKIT_EINVAL;
	}
	*fdt = found;
	return 0;
}
