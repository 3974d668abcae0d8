/* SPDX-License-Identifier: MIT */
/*
 * Flattened device trees: the walker, and look-ups by path, by compatible
 * string and by property name (Devicetree Specification 0.4, chapter 5).
 *
 * A node is named by the offset of its first token. All reading goes through
 * irqkit_fdt_read_token(), which checks each step. Nothing recurses and the
 * depth is limited, so a hostile tree costs no stack. Holds no state.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include "fdt.h"

static uint32_t fdt_read_cell(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t fdt_align(uint32_t offset)
{
	return (offset + IRQKIT_FDT_CELL - 1) & ~(IRQKIT_FDT_CELL - 1);
}

static bool fdt_same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* A node's name ends within the block. */
static const char *fdt_read_node(const struct irqkit_fdt *fdt,
				 struct irqkit_fdt_token *token)
{
	uint32_t start = token->at + IRQKIT_FDT_CELL, end = start;

	while (end < fdt->structure_size && fdt->structure[end])
		end++;
	if (end >= fdt->structure_size)
		return "the name of a node has no end";
	token->name = (const char *)fdt->structure + start;
	token->next = fdt_align(end + 1);
	return NULL;
}

static const char *fdt_read_property(const struct irqkit_fdt *fdt,
				     struct irqkit_fdt_token *token)
{
	const uint8_t *bytes = fdt->structure + token->at;
	uint32_t left = fdt->structure_size - token->at, name;

	if (left < IRQKIT_FDT_PROPERTY_HEADER)
		return "a property is cut off";
	token->size = fdt_read_cell(bytes + IRQKIT_FDT_CELL);
	name = fdt_read_cell(bytes + 2 * IRQKIT_FDT_CELL);
	if (token->size > left - IRQKIT_FDT_PROPERTY_HEADER)
		return "a property runs past the end";
	/* The block of names ends with a null, so each name has an end. */
	if (name >= fdt->strings_size)
		return "the name of a property is outside of the strings";
	token->name = (const char *)fdt->strings + name;
	token->value = bytes + IRQKIT_FDT_PROPERTY_HEADER;
	token->next =
		fdt_align(token->at + IRQKIT_FDT_PROPERTY_HEADER + token->size);
	return NULL;
}

const char *irqkit_fdt_read_token(const struct irqkit_fdt *fdt, uint32_t at,
				  struct irqkit_fdt_token *token)
{
	if (at % IRQKIT_FDT_CELL || at >= fdt->structure_size ||
	    fdt->structure_size - at < IRQKIT_FDT_CELL)
		return "it ends in the middle";
	token->kind = fdt_read_cell(fdt->structure + at);
	token->at = at;
	token->next = at + IRQKIT_FDT_CELL;
	switch (token->kind) {
	case IRQKIT_FDT_BEGIN_NODE:
		return fdt_read_node(fdt, token);
	case IRQKIT_FDT_PROP:
		return fdt_read_property(fdt, token);
	case IRQKIT_FDT_END_NODE:
	case IRQKIT_FDT_NOP:
	case IRQKIT_FDT_END:
		return NULL;
	}
	return "an unknown token";
}

/* The next token that means something; false at the end of the tree. */
static bool fdt_advance(const struct irqkit_fdt *fdt,
			struct irqkit_fdt_token *token)
{
	do {
		if (irqkit_fdt_read_token(fdt, token->next, token))
			return false;
	} while (token->kind == IRQKIT_FDT_NOP);
	return token->kind != IRQKIT_FDT_END;
}

/* Put @token on a node; false if there is none at that offset. */
static bool fdt_enter(const struct irqkit_fdt *fdt, int node,
		      struct irqkit_fdt_token *token)
{
	return node >= 0 &&
	       !irqkit_fdt_read_token(fdt, (uint32_t)node, token) &&
	       token->kind == IRQKIT_FDT_BEGIN_NODE;
}

int irqkit_fdt_next_child(const struct irqkit_fdt *fdt, int node, int child)
{
	struct irqkit_fdt_token token;
	unsigned int depth = child < 0 ? 0 : 1; /* below the parent */

	if (!fdt || !fdt_enter(fdt, child < 0 ? node : child, &token))
		return -IRQKIT_EINVAL;
	while (fdt_advance(fdt, &token)) {
		if (token.kind == IRQKIT_FDT_BEGIN_NODE) {
			if (!depth)
				return (int)token.at;
			depth++;
		} else if (token.kind == IRQKIT_FDT_END_NODE) {
			if (!depth)
				break;
			depth--;
		}
	}
	return -IRQKIT_ENOENT;
}

/* Length of the part of a path up to the next slash. */
static size_t fdt_step_length(const char *path)
{
	size_t length = 0;

	while (path[length] && path[length] != '/')
		length++;
	return length;
}

/* Whether a node has this name, up to its unit address at least. */
static bool fdt_is_named(const struct irqkit_fdt *fdt, int node,
			 const char *step, size_t length)
{
	struct irqkit_fdt_token token;
	size_t i;

	if (!fdt_enter(fdt, node, &token))
		return false;
	for (i = 0; i < length; i++)
		if (token.name[i] != step[i])
			return false;
	return !token.name[length] || token.name[length] == '@';
}

static int fdt_find_child(const struct irqkit_fdt *fdt, int node,
			  const char *step, size_t length)
{
	int child = irqkit_fdt_next_child(fdt, node, -1);

	while (child >= 0 && !fdt_is_named(fdt, child, step, length))
		child = irqkit_fdt_next_child(fdt, node, child);
	return child;
}

int irqkit_fdt_find(const struct irqkit_fdt *fdt, const char *path)
{
	struct irqkit_fdt_token token = {.next = 0};
	size_t length;
	int node;

	if (!fdt || !path)
		return -IRQKIT_EINVAL;
	if (*path != '/' || !fdt_advance(fdt, &token))
		return -IRQKIT_ENOENT;
	node = (int)token.at;
	while (node >= 0 && *path) {
		if (*path == '/') {
			path++;
			continue;
		}
		length = fdt_step_length(path);
		node = fdt_find_child(fdt, node, path, length);
		path += length;
	}
	return node;
}

bool irqkit_fdt_lists(const struct irqkit_fdt_property *property,
		      const char *text)
{
	const char *list = (const char *)property->value;
	uint32_t start = 0, end;

	for (end = 0; end < property->size; end++) {
		if (list[end])
			continue;
		if (fdt_same_text(list + start, text))
			return true;
		start = end + 1;
	}
	return false;
}

int irqkit_fdt_find_compatible(const struct irqkit_fdt *fdt, int after,
			       const char *compatible)
{
	struct irqkit_fdt_property property;
	struct irqkit_fdt_token token = {.next = 0};
	int node = -IRQKIT_ENOENT;

	if (!fdt || !compatible ||
	    (after >= 0 && !fdt_enter(fdt, after, &token)))
		return -IRQKIT_EINVAL;
	while (fdt_advance(fdt, &token)) {
		if (token.kind == IRQKIT_FDT_BEGIN_NODE)
			node = (int)token.at;
		/* What is left of @after itself has no node here. */
		if (token.kind != IRQKIT_FDT_PROP || node < 0 ||
		    !fdt_same_text(token.name, "compatible"))
			continue;
		property.value = token.value;
		property.size = token.size;
		if (irqkit_fdt_lists(&property, compatible))
			return node;
	}
	return -IRQKIT_ENOENT;
}

int irqkit_fdt_get(const struct irqkit_fdt *fdt, int node, const char *name,
		   struct irqkit_fdt_property *property)
{
	struct irqkit_fdt_token token;

	if (!fdt || !name || !property || !fdt_enter(fdt, node, &token))
		return -IRQKIT_EINVAL;
	while (fdt_advance(fdt, &token) && token.kind == IRQKIT_FDT_PROP) {
		if (!fdt_same_text(token.name, name))
			continue;
		property->value = token.value;
		property->size = token.size;
		return 0;
	}
	return -IRQKIT_ENOENT;
}

uint64_t irqkit_fdt_number(const uint8_t *value, uint32_t cells)
{
	uint64_t number = 0;

	for (; cells; cells--, value += IRQKIT_FDT_CELL)
		number = number << 32 | fdt_read_cell(value);
	return number;
}

static int fdt_get_count(const struct irqkit_fdt *fdt, int node,
			 const char *name, uint32_t *count)
{
	struct irqkit_fdt_property property;
	uint32_t value;

	if (irqkit_fdt_get(fdt, node, name, &property))
		return 0;
	if (property.size != IRQKIT_FDT_CELL)
		return -IRQKIT_EINVAL;
	value = fdt_read_cell(property.value);
	if (value > 2)
		return -IRQKIT_EINVAL;
	*count = value;
	return 0;
}

int irqkit_fdt_get_cells(const struct irqkit_fdt *fdt, int node,
			 struct irqkit_fdt_cells *cells)
{
	/* Section 2.3.5: what holds where the properties are missing. */
	struct irqkit_fdt_cells found = {2, 1};

	if (fdt_get_count(fdt, node, "#address-cells", &found.address) ||
	    fdt_get_count(fdt, node, "#size-cells", &found.size))
		return -IRQKIT_EINVAL;
	*cells = found;
	return 0;
}

int irqkit_fdt_get_pair(const struct irqkit_fdt_property *reg,
			const struct irqkit_fdt_cells *cells,
			unsigned int index, uint64_t *address, uint64_t *size)
{
	uint64_t pair = (uint64_t)(cells->address + cells->size) *
			IRQKIT_FDT_CELL;
	const uint8_t *value;

	/* Pairs of no cells would never come to an end. */
	if (!pair || (index + (uint64_t)1) * pair > reg->size)
		return -IRQKIT_ENOENT;
	value = reg->value + index * pair;
	*address = irqkit_fdt_number(value, cells->address);
	if (size)
		*size = irqkit_fdt_number(
			value + cells->address * IRQKIT_FDT_CELL, cells->size);
	return 0;
}

/* Return: the parent; negative for the root, which has none. */
static int fdt_parent(const struct irqkit_fdt *fdt, int node)
{
	int open[IRQKIT_FDT_MAX_DEPTH];
	struct irqkit_fdt_token token = {.next = 0};
	unsigned int depth = 0;

	while (fdt_advance(fdt, &token)) {
		if (token.kind == IRQKIT_FDT_END_NODE && depth)
			depth--;
		if (token.kind != IRQKIT_FDT_BEGIN_NODE)
			continue;
		if (token.at == (uint32_t)node)
			return depth ? open[depth - 1] : -IRQKIT_ENOENT;
		if (depth >= IRQKIT_FDT_MAX_DEPTH)
			break;
		open[depth++] = (int)token.at;
	}
	return -IRQKIT_ENOENT;
}

int irqkit_fdt_read_reg(const struct irqkit_fdt *fdt, int node,
			unsigned int index, uint64_t *address, uint64_t *size)
{
	struct irqkit_fdt_cells cells = {2, 1};
	struct irqkit_fdt_property reg;
	int parent, error;

	if (!address)
		return -IRQKIT_EINVAL;
	error = irqkit_fdt_get(fdt, node, "reg", &reg);
	if (error)
		return error;
	parent = fdt_parent(fdt, node);
	if (parent >= 0) {
		error = irqkit_fdt_get_cells(fdt, parent, &cells);
		if (error)
			return error;
	}
	return irqkit_fdt_get_pair(&reg, &cells, index, address, size);
}
