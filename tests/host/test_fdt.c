/* SPDX-License-Identifier: MIT */
/*
 * The readers of device trees, with trees made here. Each tree is in a heap
 * block of its exact size, once with the structure and once with the strings
 * at its end, so that the sanitizer of the host build finds any step beyond.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "suites/suite.h"
#include "suites/tap.h"

/* Devicetree Specification 0.4, chapter 5. */
#define TREE_MAGIC	  0xd00dfeedU
#define TREE_HEADER	  40U
#define TREE_RESERVATION  16U
#define TREE_TOTALSIZE	  4U
#define TREE_OFF_STRUCT	  8U
#define TREE_OFF_STRINGS  12U
#define TREE_OFF_RSVMAP	  16U
#define TREE_VERSION	  20U
#define TREE_LAST_COMP	  24U
#define TREE_SIZE_STRINGS 32U
#define TREE_SIZE_STRUCT  36U
#define TREE_BEGIN_NODE	  1U
#define TREE_END_NODE	  2U
#define TREE_PROP	  3U
#define TREE_NOP	  4U
#define TREE_END	  9U

/* Nodes within nodes that the reader takes. */
#define TREE_DEPTH	  32U

#define TREE_ROOM	  131072U
#define TREE_STRINGS_ROOM 4096U

static struct {
	uint8_t structure[TREE_ROOM];
	uint32_t size;
	char strings[TREE_STRINGS_ROOM];
	uint32_t strings_size;
	uint8_t *blob; /* made by tree_finish() */
	size_t total;
	bool strings_last;
	unsigned int version;
} tree = {.version = 17, .strings_last = true};

static void tree_put(uint8_t *at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void tree_token(uint32_t value)
{
	tree_put(tree.structure + tree.size, value);
	tree.size += 4;
}

static void tree_bytes(const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(tree.structure + tree.size, bytes, size);
	tree.size += (uint32_t)size;
	while (tree.size % 4 != 0)
		tree.structure[tree.size++] = 0;
}

static uint32_t tree_string(const char *text)
{
	uint32_t at = 0;

	while (at < tree.strings_size && strcmp(tree.strings + at, text) != 0)
		at += (uint32_t)strlen(tree.strings + at) + 1;
	if (at == tree.strings_size) {
		strcpy(tree.strings + at, text);
		tree.strings_size += (uint32_t)strlen(text) + 1;
	}
	return at;
}

static void tree_start(void)
{
	tree.size = 0;
	tree.strings_size = 0;
}

static void tree_begin(const char *name)
{
	tree_token(TREE_BEGIN_NODE);
	tree_bytes(name, strlen(name) + 1);
}

static void tree_end(void)
{
	tree_token(TREE_END_NODE);
}

static void tree_prop(const char *name, const void *value, size_t size)
{
	tree_token(TREE_PROP);
	tree_token((uint32_t)size);
	tree_token(tree_string(name));
	tree_bytes(value, size);
}

static void tree_text(const char *name, const char *text)
{
	tree_prop(name, text, strlen(text) + 1);
}

static void tree_cells(const char *name, unsigned int nr, const uint32_t *cells)
{
	uint8_t bytes[128];

	for (unsigned int i = 0; i < nr; i++)
		tree_put(bytes + 4 * (size_t)i, cells[i]);
	tree_prop(name, bytes, 4 * (size_t)nr);
}

#define TREE_CELLS(name, ...)                                   \
	tree_cells(name, sizeof((uint32_t[]){__VA_ARGS__}) / 4, \
		   (const uint32_t[]){__VA_ARGS__})

static void tree_field(uint32_t field, uint32_t value)
{
	tree_put(tree.blob + field, value);
}

/* Header, one reservation that ends the list, and the two blocks. */
static void tree_assemble(void)
{
	uint32_t first = TREE_HEADER + TREE_RESERVATION;
	uint32_t structure = first, strings = first + tree.size;

	/* The structure is aligned to 4 bytes, so a gap may come before it. */
	if (!tree.strings_last) {
		strings = first;
		structure = (first + tree.strings_size + 3) & ~3U;
	}
	tree.total = tree.strings_last ? strings + tree.strings_size
				       : structure + tree.size;
	free(tree.blob);
	tree.blob = calloc(1, tree.total);
	memcpy(tree.blob + structure, tree.structure, tree.size);
	memcpy(tree.blob + strings, tree.strings, tree.strings_size);
	tree_field(0, TREE_MAGIC);
	tree_field(TREE_TOTALSIZE, (uint32_t)tree.total);
	tree_field(TREE_OFF_STRUCT, structure);
	tree_field(TREE_OFF_STRINGS, strings);
	tree_field(TREE_OFF_RSVMAP, TREE_HEADER);
	tree_field(TREE_VERSION, tree.version);
	tree_field(TREE_LAST_COMP, 16);
	tree_field(TREE_SIZE_STRINGS, tree.strings_size);
	tree_field(TREE_SIZE_STRUCT, tree.version > 16 ? tree.size : 0);
}

static void tree_finish(void)
{
	tree_token(TREE_END);
	tree_assemble();
}

/* Open what is in @block; on an error the out parameter is unchanged. */
static int open_block(const uint8_t *block, size_t size, struct irqkit_fdt *fdt)
{
	struct irqkit_fdt before;
	unsigned int lines = host_log_lines();
	int result;

	memset(fdt, 0x5a, sizeof(*fdt));
	memcpy(&before, fdt, sizeof(before));
	result = irqkit_fdt_open(block, size, fdt);
	if (result == 0)
		return 0;
	tap_equal(result, -EINVAL, "the error of open");
	tap_expect(memcmp(&before, fdt, sizeof(before)) == 0,
		   "fdt is unchanged after an error");
	tap_expect(host_log_lines() == lines + 1, "one line says how");
	return result;
}

static struct irqkit_fdt open_fdt;

static int open_tree(void)
{
	return open_block(tree.blob, tree.total, &open_fdt);
}

static void open_good(const char *what)
{
	tap_equal(open_tree(), 0, "good: %s", what);
}

static void open_bad(const char *what)
{
	tap_equal(open_tree(), -EINVAL, "bad: %s", what);
}

static void build_cpu(const char *name, uint32_t high, uint32_t low)
{
	tree_begin(name);
	tree_text("device_type", "cpu");
	TREE_CELLS("reg", high, low);
	tree_end();
}

/* Something of everything. The boot CPU, 0x100000101, is the last. */
#define BUILD_BOOT 0x100000101ULL
static void build_machine(void)
{
	tree_start();
	tree_token(TREE_NOP);
	tree_begin("");
	TREE_CELLS("#address-cells", 2);
	TREE_CELLS("#size-cells", 2);
	tree_prop("compatible", "acme,board\0acme,machine", 24);
	tree_prop("empty", NULL, 0);
	tree_begin("cpus");
	TREE_CELLS("#address-cells", 2);
	TREE_CELLS("#size-cells", 0);
	tree_begin("cpu-map");
	tree_begin("cpu@0");
	tree_end();
	tree_end();
	build_cpu("cpu@0", 0, 0);
	build_cpu("cpu@1", 0, 1);
	tree_token(TREE_NOP);
	build_cpu("cpu@100000101", 1, 0x101);
	tree_end();
	tree_begin("intc@8000000");
	tree_token(TREE_NOP);
	tree_text("compatible", "arm,gic-v3");
	TREE_CELLS("reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
	tree_begin("its@8080000");
	tree_text("compatible", "arm,gic-v3-its");
	tree_end();
	tree_end();
	tree_begin("soc");
	TREE_CELLS("#address-cells", 1);
	TREE_CELLS("#size-cells", 1);
	tree_begin("uart@9000");
	tree_prop("compatible", "acme,uart-2\0acme,uart", 22);
	TREE_CELLS("reg", 0x9000, 0x100, 0xa000, 0x200);
	tree_end();
	tree_begin("uart@b000");
	tree_text("compatible", "acme,uart");
	TREE_CELLS("reg", 0xb000, 0x100);
	tree_end();
	tree_end();
	tree_end();
	tree_finish();
}

static void open_whole(void)
{
	tap_subject("open: versions, order of the blocks, an odd place");
	build_machine();
	open_good("version 17, the strings last");
	tree.strings_last = false;
	tree_assemble();
	open_good("version 17, the structure last");
	tree.version = 16;
	tree_assemble();
	open_good("version 16, which does not tell the structure's size");
	tree.version = 17;
	tree.strings_last = true;
	tree_start();
	tree_begin("");
	tree_end();
	tree_finish();
	open_good("the smallest tree: no string at all");
	tap_close();
}

static void open_arguments(void)
{
	struct irqkit_fdt fdt;
	uint8_t *moved;

	tap_subject("open: NULL, not aligned");
	build_machine();
	tap_equal(irqkit_fdt_open(NULL, 100, &fdt), -EINVAL, "no tree");
	tap_equal(irqkit_fdt_open(tree.blob, tree.total, NULL), -EINVAL,
		  "no fdt");
	moved = malloc(tree.total + 4);
	for (unsigned int i = 1; i < 4; i++) {
		memcpy(moved + i, tree.blob, tree.total);
		tap_equal(open_block(moved + i, tree.total, &fdt), -EINVAL,
			  "%u bytes off", i);
	}
	memcpy(moved, tree.blob, tree.total);
	tap_equal(open_block(moved, tree.total + 4, &fdt), 0, "more bytes");
	free(moved);
	tap_close();
}

static void open_with(uint32_t field, uint32_t value, int expected,
		      const char *what)
{
	tree_assemble();
	tree_field(field, value);
	tap_equal(open_tree(), expected, "%s 0x%x", what, value);
}

/* All is in order, but the structure is @off bytes further. */
static void open_shifted(uint32_t off)
{
	uint32_t from = TREE_HEADER + TREE_RESERVATION;

	tree_assemble();
	tree.blob = realloc(tree.blob, tree.total + off);
	memmove(tree.blob + from + off, tree.blob + from, tree.total - from);
	tree.total += off;
	tree_field(TREE_TOTALSIZE, (uint32_t)tree.total);
	tree_field(TREE_OFF_STRUCT, from + off);
	tree_field(TREE_OFF_STRINGS, from + tree.size + off);
	tap_equal(open_tree(), off % 4 == 0 ? 0 : -EINVAL,
		  "structure %u bytes further", off);
}

static void open_header(void)
{
	uint32_t total;

	tap_subject("open: fields of the header");
	build_machine();
	total = (uint32_t)tree.total;
	for (unsigned int bit = 0; bit < 32; bit++)
		open_with(0, TREE_MAGIC ^ 1U << bit, -EINVAL, "magic");
	for (uint32_t version = 0; version < 20; version++)
		open_with(TREE_VERSION, version,
			  version == 16 || version == 17 ? 0 : -EINVAL,
			  "version");
	open_with(TREE_VERSION, UINT32_MAX, -EINVAL, "version");
	open_with(TREE_LAST_COMP, 17, 0, "compatible back to");
	open_with(TREE_LAST_COMP, 18, -EINVAL, "compatible back to");
	for (uint32_t size = 0; size < total; size++)
		open_with(TREE_TOTALSIZE, size, -EINVAL, "total size");
	open_with(TREE_TOTALSIZE, total + 1, -EINVAL, "total size");
	open_with(TREE_TOTALSIZE, UINT32_MAX, -EINVAL, "total size");
	for (uint32_t at = 1; at < 4; at++)
		open_with(TREE_OFF_STRUCT, TREE_HEADER + TREE_RESERVATION + at,
			  -EINVAL, "structure at");
	for (uint32_t off = 0; off < 9; off++)
		open_shifted(off);
	open_with(TREE_OFF_STRUCT, total & ~3U, -EINVAL, "structure at");
	open_with(TREE_OFF_STRUCT, (total | 3) + 1, -EINVAL, "structure at");
	open_with(TREE_OFF_STRUCT, UINT32_MAX - 3, -EINVAL, "structure at");
	open_with(TREE_OFF_STRINGS, total, -EINVAL, "strings at");
	open_with(TREE_OFF_STRINGS, total + 1, -EINVAL, "strings at");
	open_with(TREE_OFF_STRINGS, UINT32_MAX, -EINVAL, "strings at");
	open_with(TREE_SIZE_STRUCT, tree.size + total, -EINVAL, "structure of");
	open_with(TREE_SIZE_STRUCT, UINT32_MAX, -EINVAL, "structure of");
	for (uint32_t size = 0; size < tree.size; size++)
		open_with(TREE_SIZE_STRUCT, size, -EINVAL, "structure of");
	for (uint32_t size = 0; size < tree.strings_size; size++)
		open_with(TREE_SIZE_STRINGS, size, -EINVAL, "strings of");
	open_with(TREE_SIZE_STRINGS, tree.strings_size + 1, -EINVAL,
		  "strings of");
	open_with(TREE_SIZE_STRINGS, UINT32_MAX, -EINVAL, "strings of");
	tap_close();
}

/* Zeros in the middle of the structure do as a list that is empty. */
static uint32_t open_zeros(void)
{
	static const uint8_t zeros[48];
	uint32_t at = TREE_HEADER + TREE_RESERVATION;

	tree_start();
	tree_begin("");
	tree_prop("zeros", zeros, sizeof(zeros));
	tree_end();
	tree_finish();
	while (memcmp(tree.blob + at, zeros, 40) != 0)
		at++;
	return (at + 7) & ~7U;
}

static void open_reservations(void)
{
	uint32_t zeros;

	tap_subject("open: reservations out of place or without an end");
	build_machine();
	open_with(TREE_OFF_RSVMAP, TREE_HEADER + 4, -EINVAL, "at");
	open_with(TREE_OFF_RSVMAP, ((uint32_t)tree.total | 7) + 1, -EINVAL,
		  "at");
	open_with(TREE_OFF_RSVMAP, (uint32_t)tree.total & ~7U, -EINVAL, "at");
	open_with(TREE_OFF_RSVMAP, UINT32_MAX - 7, -EINVAL, "at");
	tree_assemble();
	memset(tree.blob + TREE_HEADER, 0x77, tree.total - TREE_HEADER);
	open_bad("none of them is zero");
	zeros = open_zeros();
	open_with(TREE_OFF_RSVMAP, zeros, 0, "at");
	for (uint32_t i = 1; i < 8; i++)
		open_with(TREE_OFF_RSVMAP, zeros + i, -EINVAL, "at");
	tap_close();
}

/* Exactly sized copies of a part of it. */
static void open_cut(const char *what)
{
	for (size_t size = 0; size < tree.total; size++) {
		uint8_t *part = malloc(size);
		struct irqkit_fdt fdt;

		memcpy(part, tree.blob, size);
		tap_equal(open_block(part, size, &fdt), -EINVAL,
			  "%s: %zu bytes are readable", what, size);
		if (size >= TREE_HEADER) {
			tree_put(part + TREE_TOTALSIZE, (uint32_t)size);
			tap_equal(open_block(part, size, &fdt), -EINVAL,
				  "%s: it says %zu bytes", what, size);
		}
		free(part);
	}
}

static void open_truncated(void)
{
	tap_subject("open: truncated at every length");
	build_machine();
	open_cut("strings last");
	tree.strings_last = false;
	tree_assemble();
	open_cut("structure last");
	tree.version = 16;
	tree_assemble();
	open_cut("version 16");
	tree.version = 17;
	tree.strings_last = true;
	tap_close();
}

static void open_too_large(void)
{
	struct irqkit_fdt fdt;
	uint8_t *large = calloc(1, IRQKIT_FDT_MAX_SIZE + 4);

	tap_subject("open: IRQKIT_FDT_MAX_SIZE and more");
	build_machine();
	memcpy(large, tree.blob, tree.total);
	tree_put(large + TREE_TOTALSIZE, IRQKIT_FDT_MAX_SIZE);
	tap_equal(open_block(large, IRQKIT_FDT_MAX_SIZE + 4, &fdt), 0,
		  "as large as can be");
	tree_put(large + TREE_TOTALSIZE, IRQKIT_FDT_MAX_SIZE + 4);
	tap_equal(open_block(large, IRQKIT_FDT_MAX_SIZE + 4, &fdt), -EINVAL,
		  "larger");
	free(large);
	tap_close();
}

static void open_nested(unsigned int depth)
{
	tree_start();
	for (unsigned int i = 0; i < depth; i++)
		tree_begin(i == 0 ? "" : "a");
	for (unsigned int i = 0; i < depth; i++)
		tree_end();
	tree_finish();
}

static void open_unbalanced(void)
{
	tap_subject("open: nodes that are not balanced, or too deep");
	tree_start();
	tree_finish();
	open_bad("no root");
	tree_start();
	tree_begin("");
	tree_finish();
	open_bad("the root does not end");
	tree_start();
	tree_begin("");
	tree_begin("a");
	tree_end();
	tree_finish();
	open_bad("a node does not end");
	tree_start();
	tree_begin("");
	tree_end();
	tree_end();
	tree_finish();
	open_bad("an end too many");
	tree_start();
	tree_end();
	tree_finish();
	open_bad("an end first");
	tree_start();
	tree_begin("");
	tree_end();
	tree_begin("");
	tree_end();
	tree_finish();
	open_bad("two roots");
	tree_start();
	tree_begin("");
	tree_end();
	tree_assemble();
	open_bad("no end token");
	open_nested(TREE_DEPTH);
	open_good("as deep as can be");
	open_nested(TREE_DEPTH + 1);
	open_bad("one deeper");
	open_nested(8000);
	open_bad("a bomb");
	tap_close();
}

static void open_tokens(void)
{
	tap_subject("open: names and properties out of their block");
	tree_start();
	tree_begin("");
	tree_token(TREE_BEGIN_NODE);
	tree_bytes("abcd", 4);
	tree_assemble();
	open_bad("the name of a node has no end");
	tree_start();
	tree_text("a", "b");
	tree_begin("");
	tree_end();
	tree_finish();
	open_bad("a property before the root");
	tree_start();
	tree_begin("");
	tree_end();
	tree_text("a", "b");
	tree_finish();
	open_bad("a property behind the root");
	tree_start();
	tree_begin("");
	tree_begin("a");
	tree_end();
	tree_text("a", "b");
	tree_end();
	tree_finish();
	open_bad("a property after a child");
	for (uint32_t kind = 0; kind < 20; kind++) {
		tree_start();
		tree_begin("");
		tree_token(kind);
		tree_end();
		tree_finish();
		tap_equal(open_tree(), kind == TREE_NOP ? 0 : -EINVAL,
			  "token %u", kind);
	}
	for (unsigned int words = 0; words < 3; words++) {
		tree_start();
		tree_begin("");
		tree_token(TREE_PROP);
		for (unsigned int i = 0; i < words; i++)
			tree_token(0);
		tree_assemble();
		open_bad("a property's header is cut off");
	}
	tap_close();
}

/* A property that says it has @size bytes and a name at @name. */
static void open_property(uint32_t size, uint32_t name, int expected)
{
	uint32_t at;

	tree_start();
	tree_begin("");
	at = tree.size;
	tree_text("abc", "1234567");
	tree_end();
	tree_token(TREE_END);
	tree_put(tree.structure + at + 4, size);
	tree_put(tree.structure + at + 8, name);
	tree_assemble();
	tap_equal(open_tree(), expected, "%u bytes, the name at %u", size,
		  name);
}

static void open_properties(void)
{
	tap_subject("open: sizes and names of properties");
	for (uint32_t size = 5; size <= 8; size++)
		open_property(size, 0, 0);
	for (uint32_t size = 9; size < 64; size++)
		/* What follows is eaten: an end is missing then. */
		open_property(size, 0, -EINVAL);
	for (uint32_t off = 0; off < 32; off++)
		open_property(UINT32_MAX - off, 0, -EINVAL);
	open_property(0x7fffffff, 0, -EINVAL);
	open_property(0x80000000, 0, -EINVAL);
	for (uint32_t name = 0; name < 4; name++)
		open_property(8, name, 0);
	for (uint32_t name = 4; name < 32; name++)
		open_property(8, name, -EINVAL);
	open_property(8, UINT32_MAX, -EINVAL);
	open_property(8, 0x80000000, -EINVAL);
	tap_close();
}

/* Look-ups. */

static int look_for(const char *path)
{
	return irqkit_fdt_find(&open_fdt, path);
}

static bool look_has_text(int node, const char *name, const char *text)
{
	struct irqkit_fdt_property property;

	return irqkit_fdt_get(&open_fdt, node, name, &property) == 0 &&
	       property.size == strlen(text) + 1 &&
	       memcmp(property.value, text, property.size) == 0;
}

static void look_by_path(void)
{
	int uart;

	tap_subject("find: by path");
	build_machine();
	open_good("machine");
	tap_expect(look_for("/") >= 0, "the root");
	tap_expect(look_for("/cpus") > look_for("/"), "a child");
	tap_expect(look_for("/cpus/cpu@1") > look_for("/cpus/cpu@0"),
		   "by unit address");
	tap_equal(look_for("/cpus/cpu"), look_for("/cpus/cpu@0"),
		  "without one: the first");
	uart = look_for("/soc/uart@b000");
	tap_expect(uart > 0 && look_has_text(uart, "compatible", "acme,uart"),
		   "the right one");
	tap_equal(look_for("/soc/uart"), look_for("/soc/uart@9000"),
		  "the first uart");
	tap_equal(look_for("/cpus/"), look_for("/cpus"), "a slash behind");
	tap_equal(look_for("cpus"), -ENOENT, "no slash");
	tap_equal(look_for(""), -ENOENT, "nothing");
	tap_equal(look_for("/cpu"), -ENOENT, "the start of a name");
	tap_equal(look_for("/cpuss"), -ENOENT, "a longer name");
	tap_equal(look_for("/cpus/cpu@"), -ENOENT, "half an address");
	tap_equal(look_for("/cpus/cpu@10"), -ENOENT, "another address");
	tap_equal(look_for("/uart@9000"), -ENOENT, "a grandchild");
	tap_equal(look_for("/soc/uart@9000/x"), -ENOENT, "below a leaf");
	tap_equal(look_for("/intc/soc"), -ENOENT, "not a child but the next");
	tap_equal(irqkit_fdt_find(NULL, "/"), -EINVAL, "no tree");
	tap_equal(look_for(NULL), -EINVAL, "no path");
	tap_close();
}

static int look_compatible(int after, const char *text)
{
	return irqkit_fdt_find_compatible(&open_fdt, after, text);
}

static void look_by_compatible(void)
{
	int first, second;

	tap_subject("find: by compatible string");
	build_machine();
	open_good("machine");
	first = look_compatible(-1, "acme,uart");
	tap_equal(first, look_for("/soc/uart@9000"), "the second of its list");
	second = look_compatible(first, "acme,uart");
	tap_equal(second, look_for("/soc/uart@b000"), "the next node");
	tap_equal(look_compatible(second, "acme,uart"), -ENOENT, "no more");
	tap_equal(look_compatible(-1, "acme,uart-2"), first, "first of a list");
	tap_equal(look_compatible(-1, "acme,machine"), look_for("/"),
		  "the root");
	tap_equal(look_compatible(look_for("/"), "acme,machine"), -ENOENT,
		  "not the node to start after");
	tap_equal(look_compatible(look_for("/intc"), "arm,gic-v3-its"),
		  look_for("/intc/its"), "a child of it");
	tap_equal(look_compatible(-1, "acme"), -ENOENT, "the start of one");
	tap_equal(look_compatible(-1, "uart"), -ENOENT, "the end of one");
	tap_equal(look_compatible(-1, "acme,uart-22"), -ENOENT, "a longer one");
	tap_equal(look_compatible(-1, ""), -ENOENT, "nothing");
	tap_equal(look_compatible(1, "acme,uart"), -EINVAL, "after no node");
	tap_equal(look_compatible(first + 12, "acme,uart"), -EINVAL,
		  "after no node");
	tap_equal(look_compatible(1 << 30, "acme,uart"), -EINVAL,
		  "beyond the end");
	tap_equal(irqkit_fdt_find_compatible(NULL, -1, "a"), -EINVAL,
		  "no tree");
	tap_equal(look_compatible(-1, NULL), -EINVAL, "no string");
	tap_close();

	tap_subject("find: a compatible string without an end is none");
	tree_start();
	tree_begin("");
	tree_prop("compatible", "a\0bc", 4);
	tree_end();
	tree_finish();
	open_good("tree");
	tap_equal(look_compatible(-1, "a"), 0, "one that ends");
	tap_equal(look_compatible(-1, "bc"), -ENOENT, "one that does not");
	tap_close();
}

static int look_next(int node, int child)
{
	return irqkit_fdt_next_child(&open_fdt, node, child);
}

static void look_at_children(void)
{
	int root, cpus, child;

	tap_subject("children, one after the other, without theirs");
	build_machine();
	open_good("machine");
	root = look_for("/");
	cpus = look_for("/cpus");
	tap_equal(look_next(root, -1), cpus, "first of the root");
	tap_equal(look_next(root, cpus), look_for("/intc"), "second");
	child = look_next(root, look_for("/intc"));
	tap_equal(child, look_for("/soc"), "third");
	tap_equal(look_next(root, child), -ENOENT, "no more");
	child = look_next(cpus, -1);
	tap_equal(child, look_for("/cpus/cpu-map"), "cpu-map");
	child = look_next(cpus, child);
	tap_equal(child, look_for("/cpus/cpu@0"), "cpu@0, not of the map");
	tap_equal(look_next(child, -1), -ENOENT, "a leaf has none");
	child = look_next(cpus, look_for("/cpus/cpu@1"));
	tap_equal(child, look_for("/cpus/cpu@100000101"), "behind a NOP");
	tap_equal(look_next(cpus, child), -ENOENT, "no more CPUs");
	tap_equal(irqkit_fdt_next_child(NULL, 0, -1), -EINVAL, "no tree");
	tap_equal(look_next(-1, -1), -EINVAL, "no node");
	tap_equal(look_next(cpus + 4, -1), -EINVAL, "no node");
	tap_equal(look_next(cpus + 1, -1), -EINVAL, "no token");
	tap_equal(look_next(cpus, cpus + 4), -EINVAL, "no child");
	tap_close();
}

/* A number that is no node's, where bytes look like one. */
static void look_at_odd_node(void)
{
	static const uint8_t odd[] = {9, 0, 0, 0, 1, 'a', 0, 0};
	struct irqkit_fdt_property property;
	int node;

	tap_subject("a node is at a multiple of 4");
	tree_start();
	tree_begin("");
	tree_prop("odd", odd, sizeof(odd));
	tree_end();
	tree_finish();
	open_good("tree");
	tap_equal(irqkit_fdt_get(&open_fdt, 0, "odd", &property), 0, "odd");
	node = (int)(property.value - open_fdt.structure) + 1;
	tap_equal(look_next(node, -1), -EINVAL, "children");
	tap_equal(look_compatible(node, "a"), -EINVAL, "compatible");
	tap_equal(irqkit_fdt_get(&open_fdt, node, "odd", &property), -EINVAL,
		  "property");
	tap_close();
}

static void look_at_properties(void)
{
	struct irqkit_fdt_property property = {tree.blob, 77};
	int root;

	tap_subject("properties");
	build_machine();
	open_good("machine");
	root = look_for("/");
	tap_equal(irqkit_fdt_get(&open_fdt, root, "nothing", &property),
		  -ENOENT, "one that is not there");
	tap_equal(irqkit_fdt_get(&open_fdt, root, "reg", &property), -ENOENT,
		  "one that a child has");
	tap_equal(irqkit_fdt_get(&open_fdt, root, "compat", &property), -ENOENT,
		  "the start of a name");
	tap_equal(irqkit_fdt_get(&open_fdt, -1, "compatible", &property),
		  -EINVAL, "no node");
	tap_equal(irqkit_fdt_get(&open_fdt, root + 8, "compatible", &property),
		  -EINVAL, "no node");
	tap_equal(irqkit_fdt_get(NULL, root, "compatible", &property), -EINVAL,
		  "no tree");
	tap_equal(irqkit_fdt_get(&open_fdt, root, NULL, &property), -EINVAL,
		  "no name");
	tap_equal(irqkit_fdt_get(&open_fdt, root, "compatible", NULL), -EINVAL,
		  "no property");
	tap_equal(property.size, 77, "the out parameter is unchanged");
	tap_equal(irqkit_fdt_get(&open_fdt, root, "empty", &property), 0,
		  "an empty one");
	tap_equal(property.size, 0, "its size");
	tap_equal(irqkit_fdt_get(&open_fdt, root, "#size-cells", &property), 0,
		  "a number");
	tap_expect(property.size == 4 && property.value[3] == 2, "its value");
	tap_expect(look_has_text(look_for("/intc"), "compatible", "arm,gic-v3"),
		   "behind a NOP");
	tap_close();
}

/* "reg" below a parent that counts cells so; a count of 99 is silent. */
#define REG_SILENT 99U
static int reg_read(uint32_t address_cells, uint32_t size_cells,
		    unsigned int index, uint64_t *address, uint64_t *size)
{
	int node;

	tree_start();
	tree_begin("");
	if (address_cells != REG_SILENT)
		TREE_CELLS("#address-cells", address_cells);
	if (size_cells != REG_SILENT)
		TREE_CELLS("#size-cells", size_cells);
	tree_begin("a");
	/* What the node sets is for its children. */
	TREE_CELLS("#address-cells", 7);
	TREE_CELLS("#size-cells", 7);
	TREE_CELLS("reg", 1, 2, 3, 4, 5, 6);
	tree_end();
	tree_end();
	tree_finish();
	open_good("reg");
	node = look_for("/a");
	*address = *size = 77;
	return irqkit_fdt_read_reg(&open_fdt, node, index, address, size);
}

static void reg_is(uint32_t address_cells, uint32_t size_cells,
		   unsigned int index, uint64_t address, uint64_t size)
{
	uint64_t got, got_size;

	tap_equal(reg_read(address_cells, size_cells, index, &got, &got_size),
		  0, "%u and %u cells, pair %u", address_cells, size_cells,
		  index);
	tap_equal((long long)got, (long long)address, "address of %u %u",
		  address_cells, size_cells);
	tap_equal((long long)got_size, (long long)size, "size of %u %u",
		  address_cells, size_cells);
}

static void reg_error(uint32_t address_cells, uint32_t size_cells,
		      unsigned int index, int expected)
{
	uint64_t got, got_size;

	tap_equal(reg_read(address_cells, size_cells, index, &got, &got_size),
		  expected, "%u and %u cells, pair %u", address_cells,
		  size_cells, index);
	tap_expect(got == 77 && got_size == 77, "nothing is changed");
}

static void reg_pairs(void)
{
	uint64_t address, size;

	tap_subject("reg: 0, 1 and 2 cells, each pair, and one beyond");
	reg_is(1, 0, 5, 6, 0);
	reg_is(1, 1, 2, 5, 6);
	reg_is(1, 2, 1, 4, 0x500000006ULL);
	reg_is(2, 0, 1, 0x300000004ULL, 0);
	reg_is(2, 1, 1, 0x400000005ULL, 6);
	reg_is(2, 2, 0, 0x100000002ULL, 0x300000004ULL);
	reg_is(0, 1, 5, 0, 6);
	reg_is(0, 2, 0, 0, 0x100000002ULL);
	reg_is(REG_SILENT, REG_SILENT, 1, 0x400000005ULL, 6);
	reg_is(1, REG_SILENT, 2, 5, 6);
	reg_is(REG_SILENT, 0, 2, 0x500000006ULL, 0);
	reg_error(1, 0, 6, -ENOENT);
	reg_error(1, 1, 3, -ENOENT);
	reg_error(1, 2, 2, -ENOENT);
	reg_error(2, 2, 1, -ENOENT); /* a half is there */
	reg_error(2, 2, UINT32_MAX, -ENOENT);
	reg_error(1, 0, 0x40000000, -ENOENT); /* 32 bits would be round */
	reg_error(0, 0, 0, -ENOENT);
	reg_error(3, 1, 0, -EINVAL);
	reg_error(1, 3, 0, -EINVAL);
	reg_error(UINT32_MAX, 1, 0, -EINVAL);
	reg_read(1, 1, 0, &address, &size);
	tap_equal(irqkit_fdt_read_reg(&open_fdt, look_for("/a"), 1, &address,
				      NULL),
		  0, "no size is wanted");
	tap_equal((long long)address, 3, "address");
	tap_equal(
		irqkit_fdt_read_reg(&open_fdt, look_for("/a"), 1, NULL, &size),
		-EINVAL, "no address");
	tap_equal(irqkit_fdt_read_reg(NULL, 0, 0, &address, &size), -EINVAL,
		  "no tree");
	tap_equal(irqkit_fdt_read_reg(&open_fdt, -1, 0, &address, &size),
		  -EINVAL, "no node");
	tap_equal(irqkit_fdt_read_reg(&open_fdt, look_for("/"), 0, &address,
				      &size),
		  -ENOENT, "no reg");
	tap_close();
}

static void reg_odd(void)
{
	uint64_t address, size;

	tap_subject("reg: counts of a wrong size, the root's own");
	tree_start();
	tree_begin("");
	TREE_CELLS("#address-cells", 0, 1);
	TREE_CELLS("reg", 1, 2, 3);
	tree_begin("a");
	TREE_CELLS("reg", 1, 2, 3, 4);
	tree_end();
	tree_end();
	tree_finish();
	open_good("tree");
	tap_equal(irqkit_fdt_read_reg(&open_fdt, look_for("/a"), 0, &address,
				      &size),
		  -EINVAL, "a count of 8 bytes");
	tap_equal(irqkit_fdt_read_reg(&open_fdt, look_for("/"), 0, &address,
				      &size),
		  0, "the root has no parent: 2 and 1");
	tap_expect(address == 0x100000002ULL && size == 3, "as that");
	tap_close();
}

/* The GICv3. */

static struct irqkit_fdt_gicv3 gic_got;

static int gic_read(void)
{
	struct irqkit_fdt_gicv3 before;
	int result;

	memset(&gic_got, 0x5a, sizeof(gic_got));
	memcpy(&before, &gic_got, sizeof(before));
	open_good("tree with a GIC");
	result = irqkit_fdt_read_gicv3(&open_fdt, &gic_got);
	if (result != 0)
		tap_expect(memcmp(&before, &gic_got, sizeof(before)) == 0,
			   "gic is unchanged after error %d", result);
	return result;
}

static void gic_begin(void)
{
	tree_start();
	tree_begin("");
	TREE_CELLS("#address-cells", 1);
	TREE_CELLS("#size-cells", 1);
	tree_begin("not-it");
	tree_text("compatible", "arm,gic-v2");
	tree_end();
	tree_begin("gic");
	tree_prop("compatible", "acme,gic\0arm,gic-v3", 20);
}

static void gic_finish(void)
{
	tree_end();
	tree_end();
	tree_finish();
}

/* Distributor and @pairs - 1 regions, each of 0x1000 * its number. */
static void gic_ranges(unsigned int pairs)
{
	uint32_t cells[2 * (IRQKIT_GICV3_MAX_REGIONS + 2)];

	for (unsigned int i = 0; i < pairs; i++) {
		cells[2 * i] = 0x10000000 + i * 0x1000000;
		cells[2 * i + 1] = 0x1000 * (i + 1);
	}
	if (pairs <= 16) {
		tree_cells("reg", 2 * pairs, cells);
		return;
	}
	/* In the bytes of the tree they are big-endian. */
	for (unsigned int i = 0; i < 2 * pairs; i++) {
		uint8_t bytes[4];

		tree_put(bytes, cells[i]);
		memcpy(&cells[i], bytes, 4);
	}
	tree_prop("reg", cells, 8 * (size_t)pairs);
}

static void gic_with_regions(unsigned int said, unsigned int pairs,
			     int expected)
{
	gic_begin();
	if (said != 1)
		TREE_CELLS("#redistributor-regions", said);
	gic_ranges(pairs);
	gic_finish();
	tap_equal(gic_read(), expected, "%u regions said, %u pairs", said,
		  pairs);
	if (expected != 0)
		return;
	tap_equal(gic_got.nr_regions, said, "regions");
	tap_equal((long long)gic_got.distributor, 0x10000000, "distributor");
	tap_equal((long long)gic_got.distributor_size, 0x1000, "its size");
	for (unsigned int i = 0; i < said; i++) {
		tap_equal((long long)gic_got.regions[i].base,
			  0x11000000 + i * 0x1000000LL, "region %u", i);
		tap_equal((long long)gic_got.regions[i].size,
			  0x1000 * (i + 2LL), "size of region %u", i);
	}
}

static void gic_regions(void)
{
	tap_subject("GICv3: one region, several, as many as fit, more");
	gic_with_regions(1, 2, 0);
	tap_equal((long long)gic_got.stride, 0, "no stride is said");
	gic_with_regions(1, 5, 0); /* what a GICv2 guest needs is behind */
	gic_with_regions(2, 3, 0);
	gic_with_regions(IRQKIT_GICV3_MAX_REGIONS, IRQKIT_GICV3_MAX_REGIONS + 1,
			 0);
	gic_with_regions(IRQKIT_GICV3_MAX_REGIONS + 1,
			 IRQKIT_GICV3_MAX_REGIONS + 2, -ENOSPC);
	gic_with_regions(UINT32_MAX, 2, -ENOSPC);
	gic_with_regions(0, 2, -EINVAL);
	gic_with_regions(1, 1, -EINVAL);
	gic_with_regions(1, 0, -EINVAL);
	gic_with_regions(3, 3, -EINVAL);
	tap_close();
}

static void gic_numbers(void)
{
	tap_subject("GICv3: stride and count of one and of two cells");
	gic_begin();
	TREE_CELLS("redistributor-stride", 0x40000);
	TREE_CELLS("#redistributor-regions", 0, 2);
	gic_ranges(3);
	gic_finish();
	tap_equal(gic_read(), 0, "read");
	tap_equal((long long)gic_got.stride, 0x40000, "stride");
	tap_equal(gic_got.nr_regions, 2, "regions");
	gic_begin();
	TREE_CELLS("redistributor-stride", 1, 0x20000);
	gic_ranges(2);
	gic_finish();
	tap_equal(gic_read(), 0, "read");
	tap_equal((long long)gic_got.stride, 0x100020000LL, "stride");
	gic_begin();
	TREE_CELLS("#redistributor-regions", 1, 1);
	gic_ranges(2);
	gic_finish();
	tap_equal(gic_read(), -ENOSPC, "a count of more than 32 bits");
	gic_begin();
	tree_prop("redistributor-stride", "abc", 3);
	gic_ranges(2);
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "a stride of 3 bytes");
	gic_begin();
	tree_prop("#redistributor-regions", NULL, 0);
	gic_ranges(2);
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "a count of no bytes");
	tap_close();
}

static void gic_malformed(void)
{
	tap_subject("GICv3: bad ranges, none at all, NULL");
	gic_begin();
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "no reg");
	gic_begin();
	TREE_CELLS("reg", 0x1000, 0x1000, 0x2000, 0);
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "a region of no size");
	gic_begin();
	TREE_CELLS("reg", 0x1000, 0x1000, 0, 0);
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "a region of no size at 0");
	gic_begin();
	TREE_CELLS("reg", 0x1000, 0, 0x2000, 0x1000);
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "a distributor of no size");
	tree_start();
	tree_begin("");
	TREE_CELLS("#address-cells", 2);
	TREE_CELLS("#size-cells", 2);
	tree_begin("gic");
	tree_text("compatible", "arm,gic-v3");
	TREE_CELLS("reg", 0, 0x1000, 0, 0x1000, UINT32_MAX, 0xfffff000, 0,
		   0x1001);
	gic_finish();
	tap_equal(gic_read(), -EINVAL, "beyond all addresses");
	tree_start();
	tree_begin("");
	tree_text("compatible", "arm,gic-v3-its");
	tree_end();
	tree_finish();
	tap_equal(gic_read(), -ENOENT, "none");
	tap_equal(irqkit_fdt_read_gicv3(NULL, &gic_got), -EINVAL, "no tree");
	tap_equal(irqkit_fdt_read_gicv3(&open_fdt, NULL), -EINVAL, "no gic");
	tap_close();
}

/* CPUs. */

static struct irqkit_cpu_list cpu_got;

static int cpu_read(uint64_t boot)
{
	const struct hwcpu boot_cpu = {.id = boot};
	struct irqkit_cpu_list before;
	int result;

	memset(&cpu_got, 0x5a, sizeof(cpu_got));
	memcpy(&before, &cpu_got, sizeof(before));
	open_good("tree with CPUs");
	result = irqkit_fdt_read_cpus(&open_fdt, boot_cpu, &cpu_got);
	if (result != 0)
		tap_expect(memcmp(&before, &cpu_got, sizeof(before)) == 0,
			   "cpus is unchanged after error %d", result);
	return result;
}

static void cpu_expect(unsigned int nr, const uint64_t *ids)
{
	tap_equal(cpu_got.nr, nr, "CPUs");
	for (unsigned int i = 0; i < nr && i < cpu_got.nr; i++)
		tap_equal((long long)cpu_got.cpus[i].id, (long long)ids[i],
			  "MPIDR of cpu %u", i);
}

static void cpu_begin(uint32_t address_cells)
{
	tree_start();
	tree_begin("");
	tree_begin("cpus");
	TREE_CELLS("#address-cells", address_cells);
	TREE_CELLS("#size-cells", 0);
}

static void cpu_finish(void)
{
	tree_end();
	tree_end();
	tree_finish();
}

static void cpu_node(uint32_t id, const char *status)
{
	tree_begin("cpu");
	tree_text("device_type", "cpu");
	TREE_CELLS("reg", id);
	if (status != NULL)
		tree_text("status", status);
	tree_end();
}

static void cpu_lists(void)
{
	const uint64_t wide[] = {BUILD_BOOT, 0, 1};
	const uint64_t kept[] = {0x300, 0, 1, 2, 5};

	tap_subject("CPUs: MPIDR of one and two cells, the boot CPU first");
	build_machine();
	tap_equal(cpu_read(BUILD_BOOT), 0, "two cells, it is last");
	cpu_expect(3, wide);
	tap_equal(cpu_got.refused, 0, "refused");
	tap_equal(cpu_read(7), -ENOENT, "it is not listed");
	tap_equal(cpu_read(0x101), -ENOENT, "its lower half is not it");
	tap_close();

	tap_subject("CPUs: by status, twice, nodes that are no CPU");
	cpu_begin(1);
	cpu_node(0, "okay");
	cpu_node(1, "disabled"); /* it waits to be started */
	cpu_node(2, NULL);
	cpu_node(3, "fail");
	cpu_node(4, "fail-hot");
	tree_begin("cpu");
	tree_text("device_type", "cpu");
	TREE_CELLS("reg", 5);
	tree_prop("status", "fai", 3);
	tree.structure[tree.size - 1] = 'l'; /* behind its end */
	tree_end();
	cpu_node(0x300, NULL);
	cpu_node(2, NULL);
	tree_begin("l2-cache");
	tree_text("device_type", "cache");
	tree_end();
	tree_begin("idle-states");
	tree_end();
	cpu_finish();
	tap_equal(cpu_read(0x300), 0, "read");
	cpu_expect(5, kept);
	tap_equal(cpu_got.refused, 0, "refused");
	tap_equal(cpu_read(3), -ENOENT, "the boot CPU has failed");
	tap_close();
}

static void cpu_many(unsigned int surplus)
{
	unsigned int nr = IRQKIT_NR_CPUS + surplus;
	unsigned int lines;
	char name[32];

	cpu_begin(1);
	for (uint32_t id = 0; id < nr; id++)
		cpu_node(id + 0x1000, NULL);
	cpu_finish();
	lines = host_log_lines();
	tap_equal(cpu_read(nr + 0xfff), 0, "read of %u CPUs", nr);
	tap_equal(cpu_got.nr, IRQKIT_NR_CPUS, "CPUs taken of %u", nr);
	tap_equal(cpu_got.refused, surplus, "refused of %u", nr);
	tap_equal(host_log_lines() - lines, surplus, "lines for %u", nr);
	tap_equal((long long)cpu_got.cpus[0].id, nr + 0xfff, "the boot CPU");
	for (unsigned int i = 1; i < cpu_got.nr; i++)
		tap_equal((long long)cpu_got.cpus[i].id, i + 0xfff, "cpu %u",
			  i);
	if (surplus == 0)
		return;
	/* The boot CPU took a place, so the one before it is the last out. */
	irqkit_snprintf(name, sizeof(name), "MPIDR 0x%x ", nr + 0xffe);
	tap_expect(strstr(host_last_log(), name) != NULL,
		   "the last line names %s: %s", name, host_last_log());
}

static void cpu_too_many(void)
{
	tap_subject("CPUs beyond IRQKIT_NR_CPUS are refused by name");
	for (unsigned int surplus = 0; surplus < 5; surplus++)
		cpu_many(surplus);
	tap_close();
}

static void cpu_malformed(void)
{
	const struct hwcpu boot = {.id = 0};

	tap_subject("CPUs: malformed nodes, none at all, NULL");
	for (uint32_t cells = 0; cells < 5; cells++) {
		if (cells == 1 || cells == 2)
			continue;
		cpu_begin(cells);
		cpu_node(0, NULL);
		cpu_finish();
		tap_equal(cpu_read(0), -EINVAL, "%u cells an address", cells);
	}
	cpu_begin(2);
	cpu_node(0, NULL);
	cpu_finish();
	tap_equal(cpu_read(0), -EINVAL, "half a number");
	tree_start();
	tree_begin("");
	tree_begin("cpus");
	TREE_CELLS("#address-cells", 0);
	TREE_CELLS("#size-cells", 1);
	cpu_node(0, NULL);
	cpu_finish();
	tap_equal(cpu_read(0), -EINVAL, "a size and no number");
	cpu_begin(1);
	cpu_node(0, NULL);
	tree_begin("cpu@1");
	tree_text("device_type", "cpu");
	tree_end();
	cpu_finish();
	tap_equal(cpu_read(0), -EINVAL, "a CPU without reg");
	cpu_begin(1);
	cpu_finish();
	tap_equal(cpu_read(0), -ENOENT, "no CPU");
	open_nested(3);
	tap_equal(cpu_read(0), -ENOENT, "no /cpus");
	tap_equal(irqkit_fdt_read_cpus(NULL, boot, &cpu_got), -EINVAL,
		  "no tree");
	tap_equal(irqkit_fdt_read_cpus(&open_fdt, boot, NULL), -EINVAL,
		  "no list");
	tap_close();
}

/* Every function on a tree that may be anything, as long as it opens. */

#define WALK_NODES 1000U

static void walk_node(int node)
{
	static const char *const names[] = {"reg", "compatible", "status", ""};
	struct irqkit_fdt_property property;
	uint64_t address, size;
	unsigned int sum = 0;

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (irqkit_fdt_get(&open_fdt, node, names[i], &property) != 0)
			continue;
		for (uint32_t at = 0; at < property.size; at++)
			sum += property.value[at];
	}
	for (unsigned int i = 0; i < 3; i++)
		irqkit_fdt_read_reg(&open_fdt, node, i, &address, &size);
	tap_expect(sum < 256 * TREE_ROOM, "the bytes of a property");
}

/* Down to grandchildren; returns how many. */
static unsigned int walk_children(int node, unsigned int depth)
{
	unsigned int nr = 1;
	int child = -1;

	walk_node(node);
	while (depth > 0 && (child = look_next(node, child)) >= 0)
		nr += walk_children(child, depth - 1);
	return nr;
}

static void walk_all(void)
{
	const struct hwcpu boot = {.id = BUILD_BOOT};
	unsigned int nr = 0;
	int node = look_for("/");

	tap_expect(node >= 0, "there is a root");
	tap_expect(walk_children(node, 3) <= WALK_NODES, "it comes to an end");
	for (node = -1; (node = look_compatible(node, "acme,uart")) >= 0; nr++)
		if (nr > WALK_NODES)
			break;
	tap_expect(nr <= WALK_NODES, "the search comes to an end");
	look_for("/soc/uart@b000");
	look_for("/cpus/cpu@100000101");
	if (irqkit_fdt_read_gicv3(&open_fdt, &gic_got) == 0)
		tap_expect(gic_got.nr_regions >= 1 &&
				   gic_got.nr_regions <=
					   IRQKIT_GICV3_MAX_REGIONS,
			   "regions");
	if (irqkit_fdt_read_cpus(&open_fdt, boot, &cpu_got) == 0)
		tap_expect(cpu_got.nr >= 1 && cpu_got.nr <= IRQKIT_NR_CPUS &&
				   cpu_got.cpus[0].id == BUILD_BOOT,
			   "CPUs");
}

static unsigned int walk_bits(void)
{
	unsigned int good = 0;

	for (size_t bit = 0; bit < tree.total * 8; bit++) {
		uint8_t mask = (uint8_t)(1U << bit % 8);

		tree.blob[bit / 8] ^= mask;
		if (open_tree() == 0) {
			good++;
			walk_all();
		}
		tree.blob[bit / 8] ^= mask;
	}
	return good;
}

static void walk_flipped(void)
{
	tap_subject("each bit flipped: refused or read without harm");
	build_machine();
	open_good("machine");
	walk_all();
	tap_expect(walk_bits() > 0, "some trees are good");
	tree.strings_last = false;
	tree_assemble();
	tap_expect(walk_bits() > 0, "some trees are good");
	tap_close();
}

static unsigned int walk_random(unsigned int turns)
{
	uint32_t random = SUITE_SEED;
	unsigned int good = 0;

	for (unsigned int turn = 0; turn < turns; turn++) {
		unsigned int changes = 1 + suite_random(&random) % 4;

		tree_assemble();
		for (; changes > 0; changes--) {
			size_t at = suite_random(&random) % tree.total;

			/* Small numbers are tokens and sizes. */
			tree.blob[at] = (uint8_t)(suite_random(&random) %
						  (turn % 2 == 0 ? 256 : 16));
		}
		if (open_tree() != 0)
			continue;
		good++;
		walk_all();
	}
	return good;
}

static void walk_changed(void)
{
	unsigned int good;

	tap_subject("bytes changed at random: refused or read without harm");
	build_machine();
	tree.strings_last = false;
	good = walk_random(10000);
	tree.strings_last = true;
	good += walk_random(10000);
	tap_expect(good > 1000 && good < 19000, "%u trees are good", good);
	tap_close();
}

int main(void)
{
	host_begin();
	open_whole();
	open_arguments();
	open_header();
	open_reservations();
	open_truncated();
	open_too_large();
	open_unbalanced();
	open_tokens();
	open_properties();
	look_by_path();
	look_by_compatible();
	look_at_children();
	look_at_properties();
	look_at_odd_node();
	reg_pairs();
	reg_odd();
	gic_regions();
	gic_numbers();
	gic_malformed();
	cpu_lists();
	cpu_too_many();
	cpu_malformed();
	walk_flipped();
	walk_changed();
	free(tree.blob);
	return host_end();
}
