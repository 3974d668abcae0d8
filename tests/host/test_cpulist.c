/* SPDX-License-Identifier: MIT */
/*
 * Lists of CPUs: the forms by hand, then random ones against a reader that is
 * made of a regular expression, and random masks there and back.
 */
#include <irqkit/cpulist.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

#define CPULIST_CPUS 12U

static unsigned int cpulist_seed = 1;

static unsigned int cpulist_random(unsigned int below)
{
	cpulist_seed ^= cpulist_seed << 13;
	cpulist_seed ^= cpulist_seed >> 17;
	cpulist_seed ^= cpulist_seed << 5;
	return cpulist_seed % below;
}

/* From memory that ends where the text does, so that a sanitizer looks on. */
static int cpulist_parse(const char *text, size_t length, struct cpumask *mask)
{
	char *memory = malloc(length + 1);
	int result;

	if (memory == NULL)
		abort();
	memory[0] = ',';
	memcpy(memory + 1, text, length);
	result = irqkit_cpulist_parse(memory + 1, length, mask);
	free(memory);
	return result;
}

static void cpulist_is(const char *text, const char *expected)
{
	char printed[256] = "";
	struct cpumask mask;
	int result;

	cpumask_clear(&mask);
	result = cpulist_parse(text, strlen(text), &mask);
	if (!tap_equal(result, 0, "'%s'", text))
		return;
	irqkit_cpulist_print(printed, sizeof(printed), &mask);
	tap_expect(strcmp(printed, expected) == 0, "'%s': '%s', expected '%s'",
		   text, printed, expected);
}

static void cpulist_is_bad(const char *text, size_t length)
{
	struct cpumask before;
	struct cpumask mask;

	irqkit_cpumask_single(&before, 7);
	cpumask_copy(&mask, &before);
	tap_equal(cpulist_parse(text, length, &mask), -EINVAL, "'%s'", text);
	tap_expect(cpumask_equal(&mask, &before), "'%s' changes nothing", text);
}

static void cpulist_before_init(void)
{
	tap_subject("before irqkit_init() there is no last CPU");
	cpulist_is("3", "3");
	cpulist_is("0-2,5", "0-2,5");
	cpulist_is_bad("N", 1);
	cpulist_is_bad("0-N", 3);
	cpulist_is_bad("all", 3);
	tap_close();
}

static void cpulist_forms(void)
{
	char last[16];
	char text[16];

	tap_subject("lists: numbers, ranges, strides, N, all");
	cpulist_is("0", "0");
	cpulist_is("0-3,5,8-11", "0-3,5,8-11");
	cpulist_is("5,3,4,1,3-4", "1,3-5");
	cpulist_is("7-7", "7");
	cpulist_is("007-0010", "7-10");
	cpulist_is("N", "11");
	cpulist_is("N,0", "0,11");
	cpulist_is("9-N", "9-11");
	cpulist_is("N-N", "11");
	cpulist_is("N-40", "11-40");
	cpulist_is("all", "0-11");
	cpulist_is("all,40", "0-11,40");
	cpulist_is("0-7:1/4", "0,4");
	cpulist_is("0-9:2/4", "0-1,4-5,8-9");
	cpulist_is("3-9:1/3", "3,6,9");
	cpulist_is("2-5:4/4", "2-5");
	cpulist_is("2-5:9/10", "2-5");
	cpulist_is("all:1/6", "0,6");
	cpulist_is("4-4:1/1,6-N:1/2", "4,6,8,10");
	snprintf(last, sizeof(last), "%u", IRQKIT_NR_CPUS - 1);
	cpulist_is(last, last);
	snprintf(text, sizeof(text), "0-3:1/%u", IRQKIT_NR_CPUS);
	cpulist_is(text, "0");
	tap_close();
}

static void cpulist_bad_forms(void)
{
	static const char *const bad[] = {
		"",	   ",",		"1,",	    ",1",      "1,,2",
		" 1",	   "1 ",	"1, 2",	    "1\n",     "x",
		"1x",	   "-1",	"1-",	    "-",       "3-2",
		"N-3",	   "1-2-3",	"+1",	    "0x1",     "1.5",
		"n",	   "NN",	"1N",	    "N1",      "a",
		"al",	   "alll",	"All",	    "all-3",   "3-all",
		"5:1/2",   "N:1/2",	":1/2",	    "0-7:",    "0-7:1",
		"0-7:1/",  "0-7:/4",	"0-7:0/4",  "0-7:5/4", "0-7:0/0",
		"0-7:1/0", "0-7:1/2/3", "0-7:1:2",  "0-7:N/N", "1;2",
		"0-7/2:1", "1-\xb2",	"\"1-3\"",  "1-2,3-1", "0-3:1/2-5",
		"1--3",	   "all:",	"all:1/2x", "1-3,all,"};

	tap_subject("lists: what is garbage is -EINVAL and changes nothing");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cpulist_is_bad(bad[i], strlen(bad[i]));
	cpulist_is_bad("1\0", 2);
	cpulist_is_bad("\0", 1);
	tap_close();
}

IRQKIT_PRINTF(1, 2)
static void cpulist_is_bad_format(const char *format, ...)
{
	va_list arguments;
	char text[64];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	cpulist_is_bad(text, strlen(text));
}

static void cpulist_limits(void)
{
	const unsigned int nr = IRQKIT_NR_CPUS;

	tap_subject("lists: numbers from IRQKIT_NR_CPUS on are -EINVAL");
	cpulist_is_bad_format("%u", nr);
	cpulist_is_bad_format("1,%u", nr);
	cpulist_is_bad_format("0-%u", nr);
	cpulist_is_bad_format("%u-%u", nr, nr + 1);
	cpulist_is_bad_format("0-%u:1/2", nr);
	cpulist_is_bad_format("0-3:1/%u", nr + 1);
	cpulist_is_bad_format("0-3:%u/%u", nr + 1, nr + 1);
	cpulist_is_bad("4294967295", 10);
	cpulist_is_bad("4294967296", 10);
	cpulist_is_bad("4294967299-4294967300", 21);
	cpulist_is_bad("18446744073709551617", 20);
	cpulist_is_bad("0-3:1/4294967298", 16);
	tap_close();
}

static void cpulist_arguments(void)
{
	char buffer[8] = "before";
	struct cpumask mask;

	tap_subject("NULL is -EINVAL");
	irqkit_cpumask_single(&mask, 1);
	tap_equal(irqkit_cpulist_parse(NULL, 0, &mask), -EINVAL, "no text");
	tap_equal(irqkit_cpulist_parse("1", 1, NULL), -EINVAL, "no mask");
	tap_equal(irqkit_cpulist_print(buffer, 8, NULL), -EINVAL, "no mask");
	tap_equal(irqkit_cpulist_print(NULL, 1, &mask), -EINVAL, "no buffer");
	tap_expect(strcmp(buffer, "before") == 0, "nothing is printed");
	tap_equal(irqkit_cpulist_print(NULL, 0, &mask), 1, "only the length");
	tap_close();
}

static void cpulist_cut(void)
{
	static const char all[] = "0-2,10,20-21";
	char buffer[sizeof(all) + 2];
	struct cpumask mask;

	tap_subject("print: cut at each size, and never beyond");
	irqkit_cpulist_parse(all, strlen(all), &mask);
	for (size_t size = 0; size <= sizeof(all) + 1; size++) {
		size_t kept = size < sizeof(all) ? size : sizeof(all);

		memset(buffer, '#', sizeof(buffer));
		tap_equal(irqkit_cpulist_print(buffer, size, &mask),
			  (long long)strlen(all), "length at size %zu", size);
		tap_equal(buffer[kept], '#', "byte behind size %zu", size);
		if (size == 0)
			continue;
		tap_expect(buffer[kept - 1] == '\0' &&
				   memcmp(buffer, all, kept - 1) == 0,
			   "text at size %zu", size);
	}
	cpumask_clear(&mask);
	buffer[0] = '#';
	tap_equal(irqkit_cpulist_print(buffer, 1, &mask), 0, "no CPU");
	tap_equal(buffer[0], '\0', "the text of none");
	tap_close();
}

/* Dense, thin or in runs. */
static void cpulist_random_mask(struct cpumask *mask)
{
	unsigned int density = 1 + cpulist_random(30);
	bool in = false;

	cpumask_clear(mask);
	for (unsigned int cpu = 0; cpu < IRQKIT_NR_CPUS; cpu++) {
		if (cpulist_random(density) == 0)
			in = !in;
		if (in)
			cpumask_set_cpu(cpu, mask);
	}
}

static void cpulist_round_trip(void)
{
	static char text[IRQKIT_NR_CPUS * 5 + 1];
	struct cpumask mask;
	struct cpumask back;

	tap_subject("each mask that is printed is read as the same");
	for (unsigned int i = 0; i < 3000 && tap_is_good(); i++) {
		int length;

		cpulist_random_mask(&mask);
		if (i == 0)
			irqkit_cpumask_first_n(&mask, IRQKIT_NR_CPUS);
		if (cpumask_empty(&mask))
			continue;
		length = irqkit_cpulist_print(text, sizeof(text), &mask);
		tap_equal(length, (long long)strlen(text), "length");
		cpumask_clear(&back);
		tap_equal(cpulist_parse(text, strlen(text), &back), 0, "'%s'",
			  text);
		tap_expect(cpumask_equal(&mask, &back), "the mask of '%s'",
			   text);
	}
	tap_close();
}

/* The reader that is compared with: an item by a regular expression. */
static regex_t cpulist_item;

static bool cpulist_naive_cpu(const char *item, const regmatch_t *match,
			      unsigned long *cpu)
{
	*cpu = item[match->rm_so] == 'N'
		       ? CPULIST_CPUS - 1
		       : strtoul(item + match->rm_so, NULL, 10);
	return *cpu < IRQKIT_NR_CPUS;
}

static bool cpulist_naive_item(const char *item, bool *cpus)
{
	unsigned long first = 0, last = CPULIST_CPUS - 1, used = 1, group = 1;
	regmatch_t m[9];

	if (regexec(&cpulist_item, item, 9, m, 0) != 0)
		return false;
	/* 3 and 4: ends of a range; 6 and 7: its stride; 8: a CPU alone */
	if (m[3].rm_so >= 0 && (!cpulist_naive_cpu(item, &m[3], &first) ||
				!cpulist_naive_cpu(item, &m[4], &last)))
		return false;
	if (m[8].rm_so >= 0) {
		if (!cpulist_naive_cpu(item, &m[8], &first))
			return false;
		last = first;
	}
	if (m[6].rm_so >= 0) {
		used = strtoul(item + m[6].rm_so, NULL, 10);
		group = strtoul(item + m[7].rm_so, NULL, 10);
	}
	if (first > last || used == 0 || used > group || group > IRQKIT_NR_CPUS)
		return false;
	for (unsigned long cpu = first; cpu <= last; cpu++)
		cpus[cpu] |= (cpu - first) % group < used;
	return true;
}

static bool cpulist_naive(const char *text, struct cpumask *mask)
{
	bool cpus[IRQKIT_NR_CPUS] = {false};
	char item[64];

	for (;;) {
		size_t length = strcspn(text, ",");

		snprintf(item, sizeof(item), "%.*s", (int)length, text);
		if (!cpulist_naive_item(item, cpus))
			return false;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	cpumask_clear(mask);
	for (unsigned int cpu = 0; cpu < IRQKIT_NR_CPUS; cpu++) {
		if (cpus[cpu])
			cpumask_set_cpu(cpu, mask);
	}
	return true;
}

/* Mostly pieces that fit together, at times any byte. */
static void cpulist_random_text(char *text, size_t size)
{
	static const char *const pieces[] = {
		"0",   "1",	"2", "3", "5",	  "7",	   "11", "40", "255",
		"256", "99999", "-", "-", "-",	  "-",	   ",",	 ",",  ",",
		":",   "/",	"N", "N", "all",  "al",	   " ",	 "0",  "0-7",
		"2-9", "1/2",	"x", "8", ":1/2", ":2/3",  ":",	 "/",  "0-11",
		"5-N", "3-4",	"6", "9", ":3/4", ":0/256"};
	unsigned int nr = cpulist_random(9);

	text[0] = '\0';
	for (unsigned int i = 0; i < nr; i++) {
		char byte[2] = {(char)(1 + cpulist_random(255)), '\0'};
		const char *piece = pieces[cpulist_random(sizeof(pieces) /
							  sizeof(pieces[0]))];

		if (cpulist_random(60) == 0)
			piece = byte;
		strncat(text, piece, size - strlen(text) - 1);
	}
}

static void cpulist_fuzz(void)
{
	static const char pattern[] =
		"^((all|([0-9]+|N)-([0-9]+|N))(:([0-9]+)/([0-9]+))?"
		"|([0-9]+|N))$";
	unsigned int good = 0;
	unsigned int bad = 0;
	char text[60];

	tap_subject("random texts are read as a naive reader does");
	if (regcomp(&cpulist_item, pattern, REG_EXTENDED) != 0)
		abort();
	for (unsigned int i = 0; i < 200000 && tap_is_good(); i++) {
		struct cpumask mask, expected;
		bool accepted;

		cpulist_random_text(text, sizeof(text));
		cpulist_random_mask(&mask);
		cpumask_copy(&expected, &mask);
		accepted = cpulist_naive(text, &expected);
		good += accepted;
		bad += !accepted;
		tap_equal(cpulist_parse(text, strlen(text), &mask),
			  accepted ? 0 : -EINVAL, "'%s'", text);
		tap_expect(cpumask_equal(&mask, &expected), "mask of '%s'",
			   text);
	}
	tap_expect(good > 10000 && bad > 10000, "%u good ones and %u bad ones",
		   good, bad);
	regfree(&cpulist_item);
	tap_close();
}

static void cpulist_bytes(void)
{
	char bytes[64];

	tap_subject("random bytes do no harm");
	for (unsigned int i = 0; i < 100000; i++) {
		size_t length = cpulist_random(sizeof(bytes));
		struct cpumask mask, before;
		int result;

		for (size_t j = 0; j < length; j++)
			bytes[j] = (char)(cpulist_random(3) == 0
						  ? cpulist_random(256)
						  : ' ' + cpulist_random(30));
		cpulist_random_mask(&mask);
		cpumask_copy(&before, &mask);
		result = cpulist_parse(bytes, length, &mask);
		if (result != 0)
			tap_expect(result == -EINVAL &&
					   cpumask_equal(&mask, &before),
				   "run %u: %d", i, result);
	}
	tap_close();
}

int main(void)
{
	host_begin();
	cpulist_before_init();
	host_start(CPULIST_CPUS, NULL);
	cpulist_forms();
	cpulist_bad_forms();
	cpulist_limits();
	cpulist_arguments();
	cpulist_cut();
	cpulist_round_trip();
	cpulist_fuzz();
	cpulist_bytes();
	return host_end();
}
