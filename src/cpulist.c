/* SPDX-License-Identifier: MIT */
/* Sets of CPUs as text, and back. No state. */
#include "internals.h"
#include <irqkit/cpulist.h>

struct cpulist_cursor {
	const char *at;
	const char *end;
};

/* CPUs first to last; of each group only the used ones at its begin. */
struct cpulist_range {
	unsigned int first;
	unsigned int last;
	unsigned int used;
	unsigned int group;
};

static bool cpulist_skip(struct cpulist_cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* A decimal number of at most @limit. */
static bool cpulist_number(struct cpulist_cursor *cursor, unsigned int limit,
			   unsigned int *value)
{
	const char *start = cursor->at;

	*value = 0;
	for (; cursor->at != cursor->end; cursor->at++) {
		unsigned int digit = (unsigned int)*cursor->at - '0';

		if (digit > 9)
			break;
		*value = *value * 10 + digit;
		if (*value > limit)
			return false;
	}
	return cursor->at != start;
}

static bool cpulist_cpu(struct cpulist_cursor *cursor, unsigned int *cpu)
{
	if (!cpulist_skip(cursor, 'N'))
		return cpulist_number(cursor, IRQKIT_NR_CPUS - 1, cpu);
	*cpu = nr_cpu_ids - 1;
	return nr_cpu_ids != 0;
}

static bool cpulist_all(struct cpulist_cursor *cursor,
			struct cpulist_range *range)
{
	range->first = 0;
	range->last = nr_cpu_ids - 1;
	return cpulist_skip(cursor, 'l') && cpulist_skip(cursor, 'l') &&
	       nr_cpu_ids != 0;
}

static bool cpulist_stride(struct cpulist_cursor *cursor,
			   struct cpulist_range *range)
{
	return cpulist_number(cursor, IRQKIT_NR_CPUS, &range->used) &&
	       cpulist_skip(cursor, '/') &&
	       cpulist_number(cursor, IRQKIT_NR_CPUS, &range->group) &&
	       range->used != 0 && range->used <= range->group;
}

static bool cpulist_item(struct cpulist_cursor *cursor,
			 struct cpulist_range *range)
{
	range->used = 1;
	range->group = 1;
	if (cpulist_skip(cursor, 'a')) {
		if (!cpulist_all(cursor, range))
			return false;
	} else {
		if (!cpulist_cpu(cursor, &range->first))
			return false;
		range->last = range->first;
		if (!cpulist_skip(cursor, '-'))
			return true;
		if (!cpulist_cpu(cursor, &range->last) ||
		    range->last < range->first)
			return false;
	}
	return !cpulist_skip(cursor, ':') || cpulist_stride(cursor, range);
}

static void cpulist_set(struct cpumask *mask, const struct cpulist_range *range)
{
	unsigned int place = 0; /* in the group */

	for (unsigned int cpu = range->first; cpu <= range->last; cpu++) {
		if (place < range->used)
			cpumask_set_cpu(cpu, mask);
		if (++place == range->group)
			place = 0;
	}
}

int irqkit_cpulist_parse(const char *text, size_t length, struct cpumask *mask)
{
	struct cpulist_cursor cursor = {text, text};
	struct cpulist_range range;
	struct cpumask result;

	if (text == NULL || mask == NULL)
		return -EINVAL;
	cursor.end += length;
	cpumask_clear(&result);
	do {
		if (!cpulist_item(&cursor, &range))
			return -EINVAL;
		cpulist_set(&result, &range);
	} while (cpulist_skip(&cursor, ','));
	if (cursor.at != cursor.end)
		return -EINVAL;
	cpumask_copy(mask, &result);
	return 0;
}

/* The last of the CPUs that follow each other from @cpu on. */
static unsigned int cpulist_run_end(const struct cpumask *mask,
				    unsigned int cpu)
{
	while (cpu + 1 < IRQKIT_NR_CPUS && cpumask_test_cpu(cpu + 1, mask))
		cpu++;
	return cpu;
}

/* Returns the length of the piece, whether it fits or not. */
static size_t cpulist_print_run(char *buffer, size_t size, unsigned int first,
				unsigned int last)
{
	if (first == last)
		return (size_t)irqkit_snprintf(buffer, size, "%u", first);
	return (size_t)irqkit_snprintf(buffer, size, "%u-%u", first, last);
}

int irqkit_cpulist_print(char *buffer, size_t size, const struct cpumask *mask)
{
	char piece[sizeof(",1023-1023")];
	size_t length = 0;
	unsigned int last;

	if (mask == NULL || (buffer == NULL && size != 0))
		return -EINVAL;
	piece[0] = ',';
	for (unsigned int first = irqkit_cpumask_find(mask, 0);
	     first < IRQKIT_NR_CPUS;
	     first = irqkit_cpumask_find(mask, last + 1)) {
		/* The first one goes without its comma. */
		size_t i = length == 0 ? 1 : 0;
		size_t end;

		last = cpulist_run_end(mask, first);
		end = 1 + cpulist_print_run(piece + 1, sizeof(piece) - 1, first,
					    last);
		for (; i < end; i++, length++) {
			if (length < size)
				buffer[length] = piece[i];
		}
	}
	if (size > 0)
		buffer[length < size ? length : size - 1] = '\0';
	return (int)length;
}
