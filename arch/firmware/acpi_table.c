/* SPDX-License-Identifier: MIT */
/*
 * Finds a table of ACPI by its signature: from the RSDP to the XSDT or RSDT,
 * and from there to the table. No state.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include <irqkit/print.h>
#include "acpi.h"

/* The RSDP (ACPI 6.5, 5.2.5.3): offsets and sizes in bytes. */
#define RSDP_SIGNATURE	"RSD PTR "
#define RSDP_REVISION	15U
#define RSDP_RSDT	16U /* 32 bits */
#define RSDP_LENGTH	20U /* 32 bits, from revision 2 on */
#define RSDP_XSDT	24U /* 64 bits, from revision 2 on */
#define RSDP_SIZE_0	20U /* in revision 0 */
#define RSDP_SIZE_2	36U /* in revision 2 */
#define RSDP_MAX_LENGTH 4096U

/* Who can make memory readable. */
struct acpi_reader {
	irqkit_map_t map;
	void *context;
};

/* A root table: pointers of 4 or 8 bytes to other tables. */
struct acpi_root {
	const uint8_t *entries;
	unsigned int nr;
	unsigned int entry_size; /* bytes */
};

/* @table is four characters, with or without an end. */
static int acpi_malformed(const char *table, const char *how)
{
	char name[ACPI_SIGNATURE_SIZE + 1] = {0};

	__builtin_memcpy(name, table, ACPI_SIGNATURE_SIZE);
	irqkit_log(IRQKIT_LOG_ERROR, "irqkit: ACPI table %s: %s", name, how);
	return -EINVAL;
}

static int acpi_map(const struct acpi_reader *reader, uint64_t address,
		    size_t size, const uint8_t **mapped)
{
	if (address > UINT64_MAX - size)
		return acpi_malformed("????", "beyond all memory");
	*mapped = reader->map(reader->context, address, size);
	return *mapped != NULL ? 0 : -ENOMEM;
}

static bool acpi_has_signature(const uint8_t *table, const char *signature)
{
	return __builtin_memcmp(table, signature, ACPI_SIGNATURE_SIZE) == 0;
}

int irqkit_acpi_check(const uint8_t *table, size_t size, const char *signature)
{
	uint32_t length = acpi_read32(table + ACPI_HEADER_LENGTH);

	if (!acpi_has_signature(table, signature))
		return acpi_malformed(signature, "wrong signature");
	if (length < ACPI_HEADER_SIZE)
		return acpi_malformed(signature, "shorter than its header");
	if (length > size)
		return acpi_malformed(signature, "truncated");
	if (!acpi_sum_is_right(table, length))
		return acpi_malformed(signature, "wrong checksum");
	return 0;
}

/* Map a table whole, and check it. */
static int acpi_open(const struct acpi_reader *reader, uint64_t address,
		     const char *signature, const uint8_t **table,
		     uint32_t *length)
{
	int error = acpi_map(reader, address, ACPI_HEADER_SIZE, table);

	if (error != 0)
		return error;
	*length = acpi_read32(*table + ACPI_HEADER_LENGTH);
	if (*length < ACPI_HEADER_SIZE)
		return acpi_malformed(signature, "shorter than its header");
	if (*length > ACPI_MAX_TABLE_LENGTH)
		return acpi_malformed(signature, "too long");
	error = acpi_map(reader, address, *length, table);
	if (error != 0)
		return error;
	return irqkit_acpi_check(*table, *length, signature);
}

/* Revision 2 and later: the XSDT, 0 where there is none. */
static int acpi_read_xsdt(const struct acpi_reader *reader, uint64_t rsdp,
			  uint64_t *xsdt)
{
	const uint8_t *at;
	uint32_t length;
	int error = acpi_map(reader, rsdp, RSDP_SIZE_2, &at);

	if (error != 0)
		return error;
	length = acpi_read32(at + RSDP_LENGTH);
	if (length < RSDP_SIZE_2 || length > RSDP_MAX_LENGTH)
		return acpi_malformed("RSDP", "wrong length");
	error = acpi_map(reader, rsdp, length, &at);
	if (error != 0)
		return error;
	if (!acpi_sum_is_right(at, length))
		return acpi_malformed("RSDP", "wrong extended checksum");
	*xsdt = acpi_read64(at + RSDP_XSDT);
	return 0;
}

static int acpi_read_rsdp(const struct acpi_reader *reader, uint64_t rsdp,
			  uint32_t *rsdt, uint64_t *xsdt)
{
	const uint8_t *at;
	int error = acpi_map(reader, rsdp, RSDP_SIZE_0, &at);

	if (error != 0)
		return error;
	if (__builtin_memcmp(at, RSDP_SIGNATURE, sizeof(RSDP_SIGNATURE) - 1) !=
	    0)
		return acpi_malformed("RSDP", "wrong signature");
	if (!acpi_sum_is_right(at, RSDP_SIZE_0))
		return acpi_malformed("RSDP", "wrong checksum");
	*rsdt = acpi_read32(at + RSDP_RSDT);
	*xsdt = 0;
	if (at[RSDP_REVISION] >= 2)
		return acpi_read_xsdt(reader, rsdp, xsdt);
	return 0;
}

static int acpi_open_root(const struct acpi_reader *reader, uint64_t rsdp,
			  struct acpi_root *root)
{
	const uint8_t *table;
	uint32_t length, rsdt;
	uint64_t xsdt;
	int error = acpi_read_rsdp(reader, rsdp, &rsdt, &xsdt);

	if (error != 0)
		return error;
	root->entry_size = xsdt != 0 ? 8 : 4;
	if (xsdt != 0)
		error = acpi_open(reader, xsdt, "XSDT", &table, &length);
	else
		error = acpi_open(reader, rsdt, "RSDT", &table, &length);
	if (error != 0)
		return error;
	root->entries = table + ACPI_HEADER_SIZE;
	root->nr = (length - ACPI_HEADER_SIZE) / root->entry_size;
	return 0;
}

static uint64_t acpi_root_entry(const struct acpi_root *root, unsigned int i)
{
	const uint8_t *at = root->entries + (size_t)i * root->entry_size;

	return root->entry_size == 8 ? acpi_read64(at) : acpi_read32(at);
}

/* Where the first table of that signature is. */
static int acpi_search(const struct acpi_reader *reader,
		       const struct acpi_root *root, const char *signature,
		       uint64_t *address)
{
	for (unsigned int i = 0; i < root->nr; i++) {
		const uint8_t *header;
		int error;

		*address = acpi_root_entry(root, i);
		if (*address == 0)
			continue;
		error = acpi_map(reader, *address, ACPI_HEADER_SIZE, &header);
		if (error != 0)
			return error;
		if (acpi_has_signature(header, signature))
			return 0;
	}
	return -ENOENT;
}

int irqkit_acpi_find_table(irqkit_map_t map, void *context, uint64_t rsdp,
			   const char *signature, const void **table,
			   size_t *size)
{
	const struct acpi_reader reader = {map, context};
	struct acpi_root root;
	const uint8_t *found;
	uint64_t address;
	uint32_t length;
	int error;

	if (map == NULL || signature == NULL || table == NULL || size == NULL)
		return -EINVAL;
	error = acpi_open_root(&reader, rsdp, &root);
	if (error == 0)
		error = acpi_search(&reader, &root, signature, &address);
	if (error == 0)
		error = acpi_open(&reader, address, signature, &found, &length);
	if (error != 0)
		return error;
	*table = found;
	*size = length;
	return 0;
}
