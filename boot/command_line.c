/* SPDX-License-Identifier: MIT */
/* The kernel command line: words between blanks. Set once, then only read. */
#include "kernel.h"

#define COMMAND_LINE_SIZE 1024

static char command_line_text[COMMAND_LINE_SIZE];

void boot_command_line(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0' && length < COMMAND_LINE_SIZE - 1) {
		command_line_text[length] = text[length];
		length++;
	}
	command_line_text[length] = '\0';
}

const char *command_line(void)
{
	return command_line_text;
}

/* Where @name starts a word, the text behind it; else NULL. */
static const char *command_line_find(const char *name)
{
	const char *word = command_line_text;

	while (*word != '\0') {
		const char *c = word;
		const char *n = name;

		while (*n != '\0' && *c == *n) {
			c++;
			n++;
		}
		if (*n == '\0')
			return c;
		while (*word != '\0' && *word != ' ')
			word++;
		while (*word == ' ')
			word++;
	}
	return NULL;
}

bool command_line_has(const char *word)
{
	const char *rest = command_line_find(word);

	return rest != NULL && (*rest == '\0' || *rest == ' ');
}

unsigned int command_line_number(const char *name, unsigned int otherwise)
{
	const char *c = command_line_find(name);
	unsigned int number = 0;

	if (c == NULL || *c != '=' || c[1] < '0' || c[1] > '9')
		return otherwise;
	for (c++; *c >= '0' && *c <= '9' && number < 100000000; c++)
		number = number * 10 + (unsigned int)(*c - '0');
	return number;
}
