/* SPDX-License-Identifier: MIT */
/*
 * IRQKIT_NO_SHORT_NAMES takes away every short name that names.h gives, and
 * leaves no macro that is not irqkit's. The preprocessor of the host says
 * what is left. It is run from the top of the tree, as all tests are.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

#define NAMES_MAX 256U

static char names_short[NAMES_MAX][64];
static unsigned int names_count;

/* Lines of a file or a command, to a function. */
static void names_each_line(FILE *file, void (*line)(char *text))
{
	static char text[65536];

	while (fgets(text, sizeof(text), file) != NULL)
		line(text);
}

static void names_note(char *text)
{
	if (names_count < NAMES_MAX &&
	    sscanf(text, "#define %63s", names_short[names_count]) == 1)
		names_count++;
}

static bool names_is_short(const char *word)
{
	for (unsigned int i = 0; i < names_count; i++) {
		if (strcmp(names_short[i], word) == 0)
			return true;
	}
	return false;
}

static unsigned int names_lines;

static void names_check_macro(char *text)
{
	char name[64];

	if (sscanf(text, "#define %63[A-Za-z0-9_]", name) != 1)
		return;
	names_lines++;
	tap_expect(!names_is_short(name), "the macro %s is left", name);
	tap_expect(strncmp(name, "IRQKIT_", 7) == 0 ||
			   strncmp(name, "irqkit_", 7) == 0,
		   "the macro %s is not irqkit's", name);
}

static unsigned int names_present;

static void names_count_macro(char *text)
{
	char name[64];

	if (sscanf(text, "#define %63[A-Za-z0-9_]", name) == 1 &&
	    names_is_short(name))
		names_present++;
}

static void names_check_words(char *text)
{
	char *word = text;

	if (*text == '#')
		return;
	names_lines++;
	while (*word != '\0') {
		size_t length = 0;

		while (isalnum((unsigned char)word[length]) ||
		       word[length] == '_')
			length++;
		if (length > 0) {
			char end = word[length];

			word[length] = '\0';
			tap_expect(!names_is_short(word), "%s is left", word);
			word[length] = end;
		}
		word += length > 0 ? length : 1;
	}
}

/* What the headers add to what their standard headers have. */
#define NAMES_HEADERS                                 \
	"for h in include/irqkit/*.h; do case $h in " \
	"*/names.h|*/names_end.h) ;; *) "             \
	"echo \"#include <${h#include/}>\";; esac; done | "
#define NAMES_CC "${CC:-cc} -std=gnu11 -Iinclude -x c -E "
#define NAMES_STANDARD                                            \
	"printf '#include <%%s>\\n' stdbool.h stddef.h stdint.h " \
	"stdarg.h | "
#define NAMES_NEW                                                       \
	NAMES_STANDARD NAMES_CC                                         \
		"-dM - | sort >build/names.$$; " NAMES_HEADERS NAMES_CC \
		"-dM %s - | sort | comm -13 build/names.$$ -; "         \
		"rm build/names.$$"

static bool names_run(const char *command, void (*line)(char *text))
{
	FILE *pipe = popen(command, "r");

	if (pipe == NULL)
		return false;
	names_each_line(pipe, line);
	return pclose(pipe) == 0;
}

static void names_without(void)
{
	char command[1024];

	tap_subject("IRQKIT_NO_SHORT_NAMES: no short macro is left");
	names_lines = 0;
	snprintf(command, sizeof(command), NAMES_NEW,
		 "-DIRQKIT_NO_SHORT_NAMES");
	tap_expect(names_run(command, names_check_macro), "the command ran");
	tap_expect(names_lines > 50, "%u macros were seen", names_lines);
	tap_close();
	tap_subject("IRQKIT_NO_SHORT_NAMES: no short word is left");
	names_lines = 0;
	tap_expect(names_run(NAMES_HEADERS NAMES_CC "-DIRQKIT_NO_SHORT_NAMES -",
			     names_check_words),
		   "the command ran");
	tap_expect(names_lines > 500, "%u lines were seen", names_lines);
	tap_close();
}

static void names_with(void)
{
	char command[1024];

	tap_subject("without it each short name is there");
	snprintf(command, sizeof(command), NAMES_NEW, "");
	tap_expect(names_run(command, names_count_macro), "the command ran");
	tap_equal(names_present, names_count, "short names");
	tap_close();
}

int main(void)
{
	FILE *names = fopen("include/irqkit/names.h", "r");

	host_begin();
	if (tap_ok(names != NULL, "names.h can be read")) {
		names_each_line(names, names_note);
		fclose(names);
		tap_ok(names_count > 90, "it has %u names", names_count);
		names_without();
		names_with();
	}
	return host_end();
}
