/* SPDX-License-Identifier: MIT */
/*
 * Optional readers of firmware tables. They allocate nothing, check every
 * offset against the length they are given, and fill the structs that the
 * backends take. A kernel with a discovery of its own leaves them out.
 */
#ifndef IRQKIT_FIRMWARE_H
#define IRQKIT_FIRMWARE_H

#include <irqkit/types.h>
#include <irqkit/arm64.h>
#include <irqkit/x86.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/* The CPUs that firmware lists, the boot CPU first: cpus[0]. */
struct irqkit_cpu_list {
	unsigned int nr;
	struct hwcpu cpus[IRQKIT_NR_CPUS];
	unsigned int refused; /* those beyond IRQKIT_NR_CPUS, logged by id */
};

/**
 * typedef irqkit_map_t - make physical memory readable
 * @context: the caller's
 * @address: physical
 * @size: bytes
 *
 * The mapping must stay until the reader returns.
 *
 * Return: where it can be read, or NULL.
 */
typedef const void *(*irqkit_map_t)(void *context, uint64_t address,
				    size_t size);

/**
 * irqkit_acpi_find_table() - a table of ACPI by its signature
 * @map: makes physical memory readable
 * @context: handed to @map
 * @rsdp: physical address of the RSDP
 * @signature: four characters, "APIC" for the MADT
 * @table: where the table can be read
 * @size: its length in bytes, header included
 *
 * Follows the XSDT where there is one (revision 2 and later), else the RSDT.
 * Checks signature, length and checksum of each step (ACPI 6.5, 5.2.5 to
 * 5.2.8).
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL if a pointer is NULL, or a table is malformed (a log
 * line says which and how); -ENOENT if no table has the signature; -ENOMEM
 * if @map failed. On an error the out parameters are unchanged.
 */
int irqkit_acpi_find_table(irqkit_map_t map, void *context, uint64_t rsdp,
			   const char *signature, const void **table,
			   size_t *size);

/**
 * irqkit_madt_read() - what the MADT says of APICs and CPUs
 * @madt: the table
 * @size: how many bytes are readable there
 * @boot: APIC id of the CPU that runs
 * @local_apic: out: physical address of the local APICs
 * @config: out: lint_nmi, ioapics, overrides and all_cpus_listed are filled
 * in; the other fields are left alone
 * @cpus: out: enabled CPUs
 *
 * Reads entries of type 0, 1, 2, 4, 5, 9 and 10 (ACPI 6.5, 5.2.12) and skips
 * others. A CPU listed twice counts once. CPUs beyond IRQKIT_NR_CPUS are
 * refused, each by a log line with its APIC id.
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL if a pointer is NULL, the table is truncated, has a wrong
 * checksum or an entry of a wrong length (a log line says which); -ENOENT if
 * @boot is not listed; -ENOSPC if there are more IO-APICs or overrides than
 * the config holds. On an error the out parameters are unchanged.
 */
int irqkit_madt_read(const void *madt, size_t size, struct hwcpu boot,
		     uint64_t *local_apic, struct irqkit_x86_config *config,
		     struct irqkit_cpu_list *cpus);

/* A flattened device tree that has been checked. */
struct irqkit_fdt {
	const uint8_t *structure;
	const uint8_t *strings;
	uint32_t structure_size; /* bytes */
	uint32_t strings_size;	 /* bytes */
};

/* A property: big-endian cells or a string. */
struct irqkit_fdt_property {
	const uint8_t *value;
	uint32_t size; /* bytes */
};

#define IRQKIT_FDT_MAX_SIZE (2U << 20)

/**
 * irqkit_fdt_open() - check a device tree
 * @blob: the tree, aligned to 4 bytes
 * @size: how many bytes are readable there
 * @fdt: out: valid as long as @blob
 *
 * Walks the whole structure block once, so that later calls meet nothing
 * malformed (Devicetree Specification 0.4, chapter 5).
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL if a pointer is NULL, or the tree is truncated, of a
 * version other than 16 or 17, or malformed (a log line says how). On an
 * error @fdt is unchanged.
 */
int irqkit_fdt_open(const void *blob, size_t size, struct irqkit_fdt *fdt);

/**
 * irqkit_fdt_find() - a node by its path
 * @fdt: an open tree
 * @path: from the root, "/cpus"; a unit address may be left out, then the
 * first node of that name is found
 *
 * Context: boot or thread.
 * Return: the node, 0 or more; -EINVAL for a NULL pointer; -ENOENT.
 */
int irqkit_fdt_find(const struct irqkit_fdt *fdt, const char *path);

/**
 * irqkit_fdt_find_compatible() - a node by what it is compatible with
 * @fdt: an open tree
 * @after: a node to start after, or -1 for the start of the tree
 * @compatible: one string of the list
 *
 * Context: boot or thread.
 * Return: the node; -EINVAL for a NULL pointer; -ENOENT.
 */
int irqkit_fdt_find_compatible(const struct irqkit_fdt *fdt, int after,
			       const char *compatible);

/**
 * irqkit_fdt_next_child() - the children of a node, one after the other
 * @fdt: an open tree
 * @node: the parent
 * @child: the child before, or -1 for the first
 *
 * Context: boot or thread.
 * Return: the child; -EINVAL for a NULL pointer; -ENOENT after the last.
 */
int irqkit_fdt_next_child(const struct irqkit_fdt *fdt, int node, int child);

/**
 * irqkit_fdt_get() - a property of a node
 * @fdt: an open tree
 * @node: what one of the finders returned
 * @name: of the property
 * @property: out
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL for a NULL pointer or a negative node; -ENOENT, and
 * @property is unchanged.
 */
int irqkit_fdt_get(const struct irqkit_fdt *fdt, int node, const char *name,
		   struct irqkit_fdt_property *property);

/**
 * irqkit_fdt_read_reg() - one pair of the "reg" property
 * @fdt: an open tree
 * @node: the node
 * @index: of the pair, from 0
 * @address: out
 * @size: out, bytes; NULL if not wanted
 *
 * Counts cells as the node's parent says (#address-cells, #size-cells; 2 and
 * 1 where it is silent).
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL for a NULL pointer or cell counts other than 0, 1, 2;
 * -ENOENT if there is no such pair.
 */
int irqkit_fdt_read_reg(const struct irqkit_fdt *fdt, int node,
			unsigned int index, uint64_t *address, uint64_t *size);

/* A GICv3 as the tree describes it: physical addresses, to be mapped. */
struct irqkit_fdt_gicv3 {
	uint64_t distributor;
	uint64_t distributor_size; /* bytes */
	unsigned int nr_regions;
	struct {
		uint64_t base;
		uint64_t size; /* bytes */
	} regions[IRQKIT_GICV3_MAX_REGIONS];
	uint64_t stride; /* 0 if the tree is silent */
};

/**
 * irqkit_fdt_read_gicv3() - where the GICv3 is
 * @fdt: an open tree
 * @gic: out
 *
 * Looks for "arm,gic-v3".
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL for a NULL pointer or a malformed node; -ENOENT if there
 * is none; -ENOSPC for more regions than IRQKIT_GICV3_MAX_REGIONS. On an error
 * @gic is unchanged.
 */
int irqkit_fdt_read_gicv3(const struct irqkit_fdt *fdt,
			  struct irqkit_fdt_gicv3 *gic);

/**
 * irqkit_fdt_read_cpus() - the CPUs of the tree
 * @fdt: an open tree
 * @boot: MPIDR affinity fields of the CPU that runs
 * @cpus: out
 *
 * CPUs beyond IRQKIT_NR_CPUS are refused, each by a log line with its MPIDR.
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL for a NULL pointer or a malformed node; -ENOENT if there
 * is no /cpus or @boot is not listed. On an error @cpus is unchanged.
 */
int irqkit_fdt_read_cpus(const struct irqkit_fdt *fdt, struct hwcpu boot,
			 struct irqkit_cpu_list *cpus);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
