/* SPDX-License-Identifier: MIT */
/* Apart, so that the compiler knows as little of it as of the library. */
#include "no_call.h"

uintptr_t bench_no_call(uintptr_t first, uintptr_t second)
{
	uintptr_t anything;

	(void)first;
	(void)second;
	__asm__ volatile("" : "=r"(anything));
	return anything;
}
