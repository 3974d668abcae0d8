/* SPDX-License-Identifier: MIT */
/* A call that only returns, for what surrounds a path that is measured. */
#ifndef TESTS_BENCH_NO_CALL_H
#define TESTS_BENCH_NO_CALL_H

#include <stdint.h>

uintptr_t bench_no_call(uintptr_t first, uintptr_t second);

#endif
