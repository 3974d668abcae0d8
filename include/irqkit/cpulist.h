/* SPDX-License-Identifier: MIT */
/*
 * Sets of CPUs as text, as on a kernel command line: "0-3,8-15:2/4".
 *
 *   list  = item { "," item }
 *   item  = cpu | range [ ":" used "/" group ]
 *   range = cpu "-" cpu | "all"
 *   cpu   = a decimal number | "N"
 *
 * N is the last CPU there can be, nr_cpu_ids - 1, and all is 0-N; they mean
 * nothing before irqkit_init(). A range with a stride is cut into groups, and
 * has the first CPUs of each: 0-7:1/4 is 0,4. There is no white space.
 */
#ifndef IRQKIT_CPULIST_H
#define IRQKIT_CPULIST_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/**
 * irqkit_cpulist_parse() - read a list
 * @text: not null-terminated
 * @length: bytes of @text
 * @mask: the CPUs; may have some that are not possible
 *
 * Takes time in proportion to @length times IRQKIT_NR_CPUS.
 *
 * Context: any.
 * Return: 0; -EINVAL, and @mask is as before, if @text or @mask is NULL, the
 * list is not of the form above (an empty list or item is not), a CPU is
 * IRQKIT_NR_CPUS or above, a range ends before it begins, or for a stride
 * 1 <= used <= group <= IRQKIT_NR_CPUS does not hold.
 */
int irqkit_cpulist_parse(const char *text, size_t length, struct cpumask *mask);

/**
 * irqkit_cpulist_print() - write a list, in rising order and without strides
 * @buffer: ends with a null byte afterwards if @size is above 0
 * @size: bytes of @buffer, which may be NULL if this is 0
 * @mask: the CPUs; none are an empty text
 *
 * irqkit_cpulist_parse() makes the same mask of what is printed, unless that
 * is empty.
 *
 * Context: any.
 * Return: the length of the whole text, which may be more than fits; -EINVAL
 * if @mask is NULL, or @buffer is and @size is not 0.
 */
int irqkit_cpulist_print(char *buffer, size_t size, const struct cpumask *mask);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
