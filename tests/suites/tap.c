/* SPDX-License-Identifier: MIT */
/*
 * See tap.h. All state is that of the one CPU that writes. A line is printed
 * in one piece, as others may log in between.
 */
#include "tap.h"
#include <stdarg.h>
#include <irqkit/print.h>

#define TAP_LINE 256

/* The words of a line around its subject. */
#define TAP_ROOM 128

/* Further ones of a subject are counted only: a broken loop stays readable. */
#define TAP_MAX_DIAGNOSTICS 12

static struct {
	irqkit_print_t print;
	void *context;
	const char *prefix;
	const char *skip; /* reason, or NULL */
	char subject[TAP_LINE];
	unsigned int tests;
	unsigned int failed;
	unsigned int misses; /* failed expectations of the open subject */
} tap;

static void tap_line(const char *format, ...) IRQKIT_PRINTF(1, 2);
static void tap_line(const char *format, ...)
{
	char line[TAP_LINE + TAP_ROOM];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = irqkit_vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length] = '\n';
	line[length + 1] = '\0';
	tap.print(tap.context, line);
}

void tap_begin(irqkit_print_t print, void *context)
{
	tap.print = print;
	tap.context = context;
	tap.prefix = "";
	tap.tests = 0;
	tap.failed = 0;
}

unsigned int tap_end(void)
{
	if (tap.failed != 0)
		tap_line("# %u of %u failed", tap.failed, tap.tests);
	tap_line("1..%u", tap.tests);
	return tap.failed;
}

void tap_prefix(const char *prefix)
{
	tap.prefix = prefix;
}

static void tap_open(const char *format, va_list arguments)
{
	irqkit_vsnprintf(tap.subject, sizeof(tap.subject), format, arguments);
	tap.misses = 0;
	tap.skip = NULL;
}

void tap_subject(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tap_open(format, arguments);
	va_end(arguments);
}

void tap_close(void)
{
	tap.tests++;
	if (tap.misses > TAP_MAX_DIAGNOSTICS)
		tap_line("# and %u more", tap.misses - TAP_MAX_DIAGNOSTICS);
	if (tap.misses != 0)
		tap.failed++;
	tap_line("%sok %u - %s%s%s%s", tap.misses != 0 ? "not " : "", tap.tests,
		 tap.prefix, tap.subject, tap.skip != NULL ? " # SKIP " : "",
		 tap.skip != NULL ? tap.skip : "");
}

bool tap_is_good(void)
{
	return tap.misses == 0;
}

unsigned int tap_misses(void)
{
	return tap.misses;
}

void tap_skip(const char *reason)
{
	tap.skip = reason;
}

/* The first one says what it is about. Whether a miss is to be told. */
static bool tap_miss(void)
{
	if (tap.misses == 0)
		tap_line("# %s%s:", tap.prefix, tap.subject);
	return tap.misses++ < TAP_MAX_DIAGNOSTICS;
}

bool tap_expect(bool condition, const char *format, ...)
{
	char text[TAP_LINE];
	va_list arguments;

	if (condition || !tap_miss())
		return condition;
	va_start(arguments, format);
	irqkit_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	tap_line("# failed: %s", text);
	return false;
}

bool tap_equal(long long actual, long long expected, const char *format, ...)
{
	char text[TAP_LINE];
	va_list arguments;

	if (actual == expected || !tap_miss())
		return actual == expected;
	va_start(arguments, format);
	irqkit_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	tap_line("# failed: %s: expected %lld, got %lld", text, expected,
		 actual);
	return false;
}

bool tap_ok(bool condition, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tap_open(format, arguments);
	va_end(arguments);
	if (!condition)
		tap.misses++;
	tap_close();
	return condition;
}

void tap_note(const char *format, ...)
{
	char text[TAP_LINE];
	va_list arguments;

	va_start(arguments, format);
	irqkit_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	tap_line("# %s", text);
}
