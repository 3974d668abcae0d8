/* SPDX-License-Identifier: MIT */
/*
 * What the readers of ACPI tables share: little-endian numbers at any
 * address, the header of a table (ACPI 6.5, 5.2.6), its checksum.
 */
#ifndef ARCH_FIRMWARE_ACPI_H
#define ARCH_FIRMWARE_ACPI_H

#include <irqkit/types.h>

#define ACPI_SIGNATURE_SIZE   4U
#define ACPI_HEADER_SIZE      36U
#define ACPI_HEADER_LENGTH    4U /* offset of the length, 32 bits */
#define ACPI_HEADER_REVISION  8U /* offset, 8 bits */
#define ACPI_MAX_TABLE_LENGTH (1U << 20)

static inline uint16_t acpi_read16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t acpi_read32(const uint8_t *at)
{
	uint32_t value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t acpi_read64(const uint8_t *at)
{
	uint64_t value;

	__builtin_memcpy(&value, at, sizeof(value));
	return value;
}

/* All bytes of a table add up to 0. */
static inline bool acpi_sum_is_right(const uint8_t *table, size_t size)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + table[i]);
	return sum == 0;
}

/**
 * irqkit_acpi_check() - whether a table is whole
 * @table: @size readable bytes
 * @size: at least ACPI_HEADER_SIZE
 * @signature: what it should be, for the log line
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL if it has another signature, its length is below that of
 * a header or above @size, or its checksum is wrong; a log line says which.
 */
int irqkit_acpi_check(const uint8_t *table, size_t size, const char *signature);

#endif
