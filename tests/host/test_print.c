/* SPDX-License-Identifier: MIT */
/* The formatter, against the C library's where both know a format. */
#include <irqkit/print.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

static void print_same(const char *format, ...)
{
	va_list ours, theirs;
	char text[128];
	char expected[128];
	int length;
	int wanted;

	memset(text, '#', sizeof(text));
	va_start(ours, format);
	length = irqkit_vsnprintf(text, sizeof(text), format, ours);
	va_end(ours);
	va_start(theirs, format);
	wanted = vsnprintf(expected, sizeof(expected), format, theirs);
	va_end(theirs);
	tap_equal(length, wanted, "length of '%s'", format);
	tap_expect(strcmp(text, expected) == 0, "'%s': '%s', expected '%s'",
		   format, text, expected);
}

static void print_numbers(void)
{
	tap_subject("numbers of all widths");
	print_same("%d %d %d %d", 0, 1, -1, 42);
	print_same("%d %d %i", INT_MIN, INT_MAX, -100);
	print_same("%u %u", 0U, UINT_MAX);
	print_same("%x %x %x %x", 0U, 9U, 0xabcdefU, UINT_MAX);
	print_same("%ld %ld %lu %lx", LONG_MIN, LONG_MAX, ULONG_MAX, ULONG_MAX);
	print_same("%lld %lld %llu %llx", LLONG_MIN, LLONG_MAX, ULLONG_MAX,
		   ULLONG_MAX);
	print_same("%zu %zx", (size_t)0, SIZE_MAX);
	for (unsigned long long i = 1, j = 0; j < 20; i *= 10, j++)
		print_same("%llu %llu %llu %llx", i - 1, i, i + 1, i);
	tap_close();
}

static void print_widths(void)
{
	tap_subject("widths, zeros, to the left");
	print_same("[%5d] [%-5d] [%05d] [%1d]", 42, 42, 42, 12345);
	print_same("[%5d] [%-5d]", -42, -42);
	print_same("[%8x] [%-8x] [%08x]", 0xbeefU, 0xbeefU, 0xbeefU);
	print_same("[%16llx] [%016llx]", 0x123456789aULL, 0x123456789aULL);
	print_same("[%6s] [%-6s] [%2s]", "abc", "abc", "abc");
	print_same("[%3c] [%-3c] [%c]", 'x', 'y', 'z');
	print_same("%4u:", 17U);
	tap_close();
}

/* A zero stands behind the sign. */
static void print_negative_zeros(void)
{
	tap_subject("negative numbers with leading zeros");
	print_same("[%05d] [%06ld] [%03d]", -42, -42L, -12345);
	tap_close();
}

static void print_texts(void)
{
	/* Not seen by the compiler, which would refuse it. */
	const char *volatile nothing = NULL;
	char text[64];

	tap_subject("text, signs of per cent, pointers, what is unknown");
	print_same("%s%s", "", "abc");
	print_same("100%% %s", "of it");
	irqkit_snprintf(text, sizeof(text), "%s", nothing);
	tap_expect(strcmp(text, "(null)") == 0, "NULL is '%s'", text);
	irqkit_snprintf(text, sizeof(text), "%p", (void *)0x12ab);
	tap_expect(strcmp(text, "0x12ab") == 0, "a pointer is '%s'", text);
	tap_close();
}

/* Through a pointer, as the compiler would refuse the format. */
static void print_odd_formats(void)
{
	int (*print)(char *, size_t, const char *, ...) =
		(int (*)(char *, size_t, const char *, ...))irqkit_snprintf;
	char text[32];

	tap_subject("formats that are none");
	tap_equal(print(text, sizeof(text), "a%"), 1, "a lone sign at the end");
	tap_expect(strcmp(text, "a") == 0, "it is '%s'", text);
	print(text, sizeof(text), "%q!");
	tap_expect(strcmp(text, "%q!") == 0, "an unknown letter is '%s'", text);
	print(text, sizeof(text), "%5");
	tap_expect(strcmp(text, "") == 0, "a width at the end is '%s'", text);
	tap_close();
}

static void print_cut(void)
{
	char text[16];

	tap_subject("a text that does not fit is cut and counted");
	for (size_t size = 0; size <= 8; size++) {
		memset(text, '#', sizeof(text));
		tap_equal(irqkit_snprintf(text, size, "%s", "abcde"), 5,
			  "length with room for %zu", size);
		for (size_t i = size; i < sizeof(text); i++)
			tap_equal(text[i], '#', "byte %zu of %zu", i, size);
		if (size > 0)
			tap_equal((long long)strlen(text),
				  (long long)(size > 5 ? 5 : size - 1),
				  "characters in %zu", size);
	}
	tap_equal(irqkit_snprintf(NULL, 0, "%d", 12345), 5, "no buffer");
	tap_close();
}

static void print_log(void)
{
	char words[301];

	tap_subject("a log line is cut after 191 characters");
	irqkit_log(IRQKIT_LOG_INFO, "cpu %u of %s", 7U, "eight");
	tap_expect(strcmp(host_last_log(), "cpu 7 of eight") == 0, "'%s'",
		   host_last_log());
	memset(words, 'w', 300);
	words[300] = '\0';
	irqkit_log(IRQKIT_LOG_ERROR, "%s", words);
	tap_equal((long long)strlen(host_last_log()), 191, "its length");
	tap_equal(host_log_lines(), 2, "lines");
	tap_close();
}

static void print_log_later(void)
{
	unsigned long lines = host_log_lines();

	tap_subject("a line for later is handed on by irqkit_poll()");
	irqkit_log_later(IRQKIT_LOG_ERROR, "cpu %u", 3U);
	irqkit_log_later(IRQKIT_LOG_ERROR, "lost");
	irqkit_log_later(IRQKIT_LOG_ERROR, "lost as well");
	tap_equal((long long)(host_log_lines() - lines), 0, "lines before");
	tap_equal(irqkit_poll(), 0, "poll");
	tap_equal((long long)(host_log_lines() - lines), 2, "lines");
	tap_expect(strstr(host_last_log(), "2 more lines") != NULL,
		   "the last one: %s", host_last_log());
	irqkit_log_later(IRQKIT_LOG_INFO, "cpu %u", 4U);
	irqkit_poll();
	irqkit_poll();
	tap_equal((long long)(host_log_lines() - lines), 3, "then one more");
	tap_expect(strcmp(host_last_log(), "cpu 4") == 0, "'%s'",
		   host_last_log());
	tap_close();
}

int main(void)
{
	host_begin();
	print_numbers();
	print_widths();
	print_negative_zeros();
	print_texts();
	print_odd_formats();
	print_cut();
	print_log();
	print_log_later();
	return host_end();
}
