/* SPDX-License-Identifier: MIT */
/* Text for people: formatted log lines of the library and its backends. */
#ifndef IRQKIT_PRINT_H
#define IRQKIT_PRINT_H

#include <stdarg.h>
#include <irqkit/port.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/**
 * irqkit_vsnprintf() - format text
 * irqkit_snprintf() - the same with the arguments in the call
 * @buffer: ends with a null byte afterwards if @size is above 0
 * @size: bytes of @buffer
 * @format: knows %d %i %u %x %c %s %p %%, with l, ll, z, a width, 0 and -
 *
 * Context: any.
 * Return: the length of the whole text, which may be more than fits.
 */
int irqkit_vsnprintf(char *buffer, size_t size, const char *format,
		     va_list arguments);
int irqkit_snprintf(char *buffer, size_t size, const char *format, ...)
	IRQKIT_PRINTF(3, 4);

/**
 * irqkit_log() - format one line and hand it to irqkit_port_log()
 * @level: how important it is
 * @format: as for irqkit_vsnprintf(); cut after 191 characters
 *
 * Context: any; no lock of the library may be held.
 */
void irqkit_log(enum irqkit_log_level level, const char *format, ...)
	IRQKIT_PRINTF(2, 3);

/**
 * irqkit_log_later() - the same from the next irqkit_poll() on
 *
 * One line is kept; how many came meanwhile is logged behind it.
 *
 * Context: any; locks may be held.
 */
void irqkit_log_later(enum irqkit_log_level level, const char *format, ...)
	IRQKIT_PRINTF(2, 3);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
