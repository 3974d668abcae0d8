# SPDX-License-Identifier: MIT
# Readers of firmware tables; in every archive.
firmware-sources := arch/firmware/acpi_madt.c arch/firmware/acpi_table.c \
	arch/firmware/fdt.c \
	arch/firmware/fdt_gicv3.c arch/firmware/fdt_open.c
