/* SPDX-License-Identifier: MIT */
/*
 * Included before each source of this build: the thread sanitizer knows no
 * fences, so the machine tells it what they order (machine_threads.c).
 */
#ifndef TESTS_THREADS_FENCE_H
#define TESTS_THREADS_FENCE_H

void threads_fence(int order);
#define __atomic_thread_fence(order) threads_fence(order)

#endif
