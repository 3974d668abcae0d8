/* SPDX-License-Identifier: MIT */
/*
 * The console: a PL011 UART that the device tree names (Arm DDI 0183). Where
 * there is none, or before it is found, semihosting. The caller sees to it that
 * one CPU writes at a time.
 */
#include "arm64.h"

/* Registers, section 3.2. */
#define PL011_DR		    0x00
#define PL011_FR		    0x18
#define PL011_LCR_H		    0x2c
#define PL011_CR		    0x30
#define PL011_IMSC		    0x38

#define PL011_FR_TXFF		    (1U << 5) /* no room to send */
#define PL011_LCR_H_FIFOS	    (1U << 4)
#define PL011_LCR_H_8_BITS	    (3U << 5)
#define PL011_CR_ENABLE		    (1U << 0)
#define PL011_CR_SEND		    (1U << 8)

#define SEMIHOSTING_WRITE_CHARACTER 0x03

/* A character at 1200 baud takes 8 ms. */
#define PL011_LIMIT 100000000ULL /* nanoseconds */

static volatile uint8_t *pl011_uart;
static bool pl011_stuck;

static uint32_t pl011_read(unsigned int offset)
{
	return *(volatile uint32_t *)(pl011_uart + offset);
}

static void pl011_store(unsigned int offset, uint32_t value)
{
	*(volatile uint32_t *)(pl011_uart + offset) = value;
}

/* A line that never drains costs one wait; what it cannot take is dropped. */
static bool pl011_wait(void)
{
	uint64_t start;

	if (!(pl011_read(PL011_FR) & PL011_FR_TXFF)) {
		pl011_stuck = false;
		return true;
	}
	start = arch_nanoseconds();
	while (!pl011_stuck) {
		if (!(pl011_read(PL011_FR) & PL011_FR_TXFF))
			return true;
		pl011_stuck = arch_nanoseconds() - start > PL011_LIMIT;
		arch_relax();
	}
	return false;
}

static void pl011_put(char character)
{
	if (!pl011_uart)
		semihosting(SEMIHOSTING_WRITE_CHARACTER, &character);
	else if (pl011_wait())
		pl011_store(PL011_DR, (uint8_t)character);
}

void arch_console_write(const char *text, size_t size)
{
	for (; size; size--, text++) {
		if (*text == '\n')
			pl011_put('\r');
		pl011_put(*text);
	}
}

/* Section 3.3.8: sending needs both bits. Speed is the firmware's business. */
static void pl011_enable(void)
{
	const uint32_t on = PL011_CR_ENABLE | PL011_CR_SEND;

	pl011_store(PL011_IMSC, 0);
	if ((pl011_read(PL011_CR) & on) == on)
		return;
	pl011_store(PL011_CR, 0);
	pl011_store(PL011_LCR_H, PL011_LCR_H_8_BITS | PL011_LCR_H_FIFOS);
	pl011_store(PL011_CR, on);
}

/* "/pl011@9000000:115200", or an alias in front of the colon. */
static int pl011_chosen(void)
{
	const char *text = tree_text(irqkit_fdt_find(&tree, "/chosen"),
				     "stdout-path");
	char path[128];
	size_t i;

	if (!text)
		return -IRQKIT_ENOENT;
	for (i = 0; text[i] && text[i] != ':'; i++) {
		if (i + 1 == sizeof(path))
			return -IRQKIT_ENOENT;
		path[i] = text[i];
	}
	path[i] = '\0';
	if (path[0] == '/')
		return irqkit_fdt_find(&tree, path);
	text = tree_text(irqkit_fdt_find(&tree, "/aliases"), path);
	return text ? irqkit_fdt_find(&tree, text) : -IRQKIT_ENOENT;
}

static int pl011_next(int after)
{
	return irqkit_fdt_find_compatible(&tree, after, "arm,pl011");
}

/* The chosen one if it is a PL011, else the first that may be used. */
static int pl011_node(void)
{
	int chosen = pl011_chosen(), node = pl011_next(-1), first = -1;

	for (; node >= 0; node = pl011_next(node)) {
		if (node == chosen)
			return node;
		if (first < 0 && tree_is_usable(node))
			first = node;
	}
	return first;
}

void pl011_init(void)
{
	uint64_t address, size;
	int node = pl011_node();

	if (node < 0 || irqkit_fdt_read_reg(&tree, node, 0, &address, &size))
		return;
	pl011_uart = mmu_map_device(address, size);
	pl011_enable();
}
