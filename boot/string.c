/* SPDX-License-Identifier: MIT */
/* The four memory functions that compilers call without being asked. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/*
 * Each loop below would be recognised as the very function it is in, and
 * become a call to itself, but for the empty statement that the compiler
 * cannot look into.
 */
#define KEEP_LOOP() __asm__ volatile("")

void *memcpy(void *to, const void *from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	for (size_t i = 0; i < size; i++) {
		KEEP_LOOP();
		out[i] = in[i];
	}
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *out = to;
	const unsigned char *in = from;

	if (out <= in)
		return memcpy(to, from, size);
	for (size_t i = size; i-- > 0;) {
		KEEP_LOOP();
		out[i] = in[i];
	}
	return to;
}

void *memset(void *to, int value, size_t size)
{
	unsigned char *out = to;

	for (size_t i = 0; i < size; i++) {
		KEEP_LOOP();
		out[i] = (unsigned char)value;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *left = a;
	const unsigned char *right = b;

	for (size_t i = 0; i < size; i++) {
		KEEP_LOOP();
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	}
	return 0;
}
