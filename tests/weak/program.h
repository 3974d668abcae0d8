/* SPDX-License-Identifier: MIT */
/* How programs are written down. Locations are X, Y, Z; threads count from 0.
 */
#ifndef TESTS_WEAK_PROGRAM_H
#define TESTS_WEAK_PROGRAM_H

#include "weak.h"

enum {
	X,
	Y,
	Z
};

#define READ(on, where, gives, ...)                                     \
	{                                                               \
		.kind = WEAK_READ, .thread = (on), .location = (where), \
		.value = (gives), __VA_ARGS__                           \
	}
#define WRITE(on, where, gives, ...)                                     \
	{                                                                \
		.kind = WEAK_WRITE, .thread = (on), .location = (where), \
		.value = (gives), __VA_ARGS__                            \
	}
#define FENCE(on, which, ...)                            \
	{                                                \
		.kind = WEAK_FENCE, .thread = (on),      \
		.flags = WEAK_FENCE_##which, __VA_ARGS__ \
	}
#define END              \
	{                \
		WEAK_END \
	}

/* An atomic change: it reads one value and writes another. */
#define CHANGE(on, where, had, gives, acquire, release)      \
	READ(on, where, had, .flags = WEAK_RMW | (acquire)), \
		WRITE(on, where, gives, .flags = WEAK_RMW_WRITE | (release))

#define EVENTS(...)                           \
	.events = (const struct weak_event[]) \
	{                                     \
		__VA_ARGS__, END              \
	}

#endif
