// SPDX-License-Identifier: MIT
/*
 * The console: a 16550 at the first PC port, polled. Whoever prints keeps the
 * CPUs apart (boot/kernel.h); in a panic they may mix.
 */
#include "kernel.h"
#include "x86.h"

#define SERIAL_PORT 0x3f8

/* Offsets of the 16550's registers; DLL and DLM while LCR.DLAB is set. */
#define SERIAL_THR	     0
#define SERIAL_DLL	     0
#define SERIAL_IER	     1
#define SERIAL_DLM	     1
#define SERIAL_FCR	     2
#define SERIAL_LCR	     3
#define SERIAL_MCR	     4
#define SERIAL_LSR	     5

#define FCR_ENABLE_AND_CLEAR 0x07
#define LCR_8N1		     0x03
#define LCR_DLAB	     0x80
#define MCR_DTR_RTS	     0x03
#define LSR_THRE	     0x20

#define SERIAL_DIVISOR	     1	/* 115200 baud */
#define SERIAL_FIFO	     16 /* bytes that fit when THRE is set */

/* A read takes about a microsecond, a full FIFO 1.4 ms to send. */
#define SERIAL_MAX_POLLS 1000000U

/* Nobody takes what is sent: do not wait so long again. */
static bool serial_stuck;

void x86_serial_init(void)
{
	outb(SERIAL_PORT + SERIAL_IER, 0);
	outb(SERIAL_PORT + SERIAL_LCR, LCR_DLAB);
	outb(SERIAL_PORT + SERIAL_DLL, SERIAL_DIVISOR);
	outb(SERIAL_PORT + SERIAL_DLM, 0);
	outb(SERIAL_PORT + SERIAL_LCR, LCR_8N1);
	outb(SERIAL_PORT + SERIAL_FCR, FCR_ENABLE_AND_CLEAR);
	outb(SERIAL_PORT + SERIAL_MCR, MCR_DTR_RTS);
}

static bool serial_ready(void)
{
	unsigned int polls = serial_stuck ? 1 : SERIAL_MAX_POLLS;

	while (polls--) {
		if (inb(SERIAL_PORT + SERIAL_LSR) & LSR_THRE) {
			serial_stuck = false;
			return true;
		}
		arch_relax();
	}
	serial_stuck = true;
	return false;
}

void arch_console_write(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (i % SERIAL_FIFO == 0 && !serial_ready())
			return;
		outb(SERIAL_PORT + SERIAL_THR, (uint8_t)text[i]);
	}
}
