/* SPDX-License-Identifier: MIT */
/* The vector matrix: each call, and each of its errors. */
#include <irqkit/matrix.h>
#include <string.h>
#include "host.h"
#include "suites/suite.h"

#define MATRIX_CPUS	 4
#define MATRIX_MAX_BITS	 256
#define MATRIX_UNTOUCHED 77U

/* Most tests: 16 bits, of which 4 to 11 are given away. */
#define MATRIX_START 4U
#define MATRIX_END   12U
#define MATRIX_RANGE (MATRIX_END - MATRIX_START)

static struct irq_matrix *matrix;

static struct irq_matrix *matrix_make(void)
{
	struct irq_matrix *made = NULL;

	tap_equal(irq_matrix_create(16, MATRIX_START, MATRIX_END, &made), 0,
		  "create");
	return made;
}

/* A subject with a matrix whose first @nr_online CPUs are online. */
static void matrix_begin(unsigned int nr_online, const char *subject)
{
	tap_subject("%s", subject);
	matrix = matrix_make();
	for (unsigned int cpu = 0; cpu < nr_online; cpu++)
		tap_equal(irq_matrix_online(matrix, cpu), 0, "online");
}

static struct irq_matrix_books matrix_books(void)
{
	struct irq_matrix_books books = {0};

	tap_equal(irq_matrix_read(matrix, &books), 0, "read");
	return books;
}

static struct irq_matrix_books matrix_books_of(unsigned int cpu)
{
	struct irq_matrix_books books = {0};

	tap_equal(irq_matrix_read_cpu(matrix, cpu, &books), 0, "read of a CPU");
	return books;
}

static bool matrix_same(const struct irq_matrix_books *a,
			const struct irq_matrix_books *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Frees all there is, whose books then have to be empty. */
static void matrix_end(void)
{
	struct irq_matrix_books books;
	struct cpumask one;

	while (irq_matrix_remove_reserved(matrix) == 0)
		;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		for (unsigned int bit = MATRIX_START; bit < MATRIX_END; bit++) {
			irq_matrix_free(matrix, cpu, bit, false);
			irq_matrix_free(matrix, cpu, bit, true);
		}
		irqkit_cpumask_single(&one, cpu);
		while (irq_matrix_remove_managed(matrix, &one) == 0)
			;
	}
	books = matrix_books();
	tap_equal(books.allocated, 0, "allocated at the end");
	tap_equal(books.managed, 0, "managed at the end");
	tap_equal(books.available, books.online * (MATRIX_RANGE - books.system),
		  "available at the end");
	tap_equal(irq_matrix_destroy(matrix), 0, "destroy");
	tap_close();
}

/* The CPUs whose bits are set in @bits. */
static struct cpumask matrix_mask(unsigned int bits)
{
	struct cpumask mask = {{0}};

	for (unsigned int cpu = 0; cpu < 32; cpu++) {
		if ((bits >> cpu) & 1)
			cpumask_set_cpu(cpu, &mask);
	}
	return mask;
}

static int matrix_reserve(unsigned int cpus)
{
	struct cpumask mask = matrix_mask(cpus);

	return irq_matrix_reserve_managed(matrix, &mask);
}

static int matrix_remove(unsigned int cpus)
{
	struct cpumask mask = matrix_mask(cpus);

	return irq_matrix_remove_managed(matrix, &mask);
}

/* Whether an allocation gave a bit of that CPU, or that error. */
static int matrix_alloc(unsigned int cpus, int expected_cpu, bool managed)
{
	struct cpumask mask = matrix_mask(cpus);
	unsigned int cpu = MATRIX_UNTOUCHED;
	int bit = managed ? irq_matrix_alloc_managed(matrix, &mask, &cpu)
			  : irq_matrix_alloc(matrix, &mask, false, &cpu);

	if (expected_cpu >= 0)
		tap_equal(cpu, expected_cpu, "CPU of mask %x", cpus);
	else
		tap_expect(bit == expected_cpu && cpu == MATRIX_UNTOUCHED,
			   "mask %x: %d, got %d on CPU %u", cpus, expected_cpu,
			   bit, cpu);
	if (bit >= 0)
		tap_equal(irq_matrix_look(matrix, cpu, (unsigned int)bit),
			  managed ? IRQ_MATRIX_MANAGED_ALLOCATED
				  : IRQ_MATRIX_ALLOCATED,
			  "the bit that came");
	return bit;
}

static void matrix_creation(void)
{
	struct irq_matrix *made = NULL;
	unsigned long memory = host_live();

	tap_subject("create and destroy: geometry, memory");
	tap_equal(irq_matrix_create(8, 0, 8, NULL), -EINVAL, "no place");
	tap_equal(irq_matrix_create(0, 0, 0, &made), -EINVAL, "no bits");
	tap_equal(irq_matrix_create(8, 4, 4, &made), -EINVAL, "empty range");
	tap_equal(irq_matrix_create(8, 5, 4, &made), -EINVAL, "backwards");
	tap_equal(irq_matrix_create(8, 4, 9, &made), -EINVAL, "range too far");
	tap_equal(irq_matrix_create(IRQKIT_MATRIX_MAX_BITS + 1, 0, 1, &made),
		  -EINVAL, "too many bits");
	tap_equal(irq_matrix_create(~0U, 0, ~0U, &made), -EINVAL, "~0U bits");
	host_fail_alloc(1);
	tap_equal(irq_matrix_create(8, 0, 8, &made), -ENOMEM, "no memory");
	tap_expect(made == NULL, "nothing came of all this");
	tap_equal(irq_matrix_create(IRQKIT_MATRIX_MAX_BITS, 0,
				    IRQKIT_MATRIX_MAX_BITS, &made),
		  0, "the largest");
	tap_equal(irq_matrix_look(made, 0, IRQKIT_MATRIX_MAX_BITS - 1),
		  IRQ_MATRIX_FREE, "its last bit");
	tap_equal(irq_matrix_destroy(made), 0, "destroy");
	tap_equal(irq_matrix_create(1, 0, 1, &made), 0, "the smallest");
	tap_equal(irq_matrix_destroy(made), 0, "destroy");
	tap_equal(irq_matrix_destroy(NULL), -EINVAL, "destroy of nothing");
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_close();
}

static void matrix_before_init(void)
{
	struct irq_matrix *made = NULL;

	tap_subject("create before irqkit_init()");
	tap_equal(irq_matrix_create(8, 0, 8, &made), -EINVAL, "create");
	tap_expect(made == NULL, "no matrix");
	tap_close();
}

static void matrix_busy(void)
{
	matrix_begin(1, "destroy: not while something is in it");
	tap_equal(irq_matrix_assign(matrix, 1, 4), 0, "assign");
	tap_equal(irq_matrix_destroy(matrix), -EBUSY, "allocated");
	tap_equal(irq_matrix_free(matrix, 1, 4, false), 0, "free");
	tap_equal(matrix_reserve(2), 0, "reserve managed");
	tap_equal(irq_matrix_destroy(matrix), -EBUSY, "managed");
	tap_equal(matrix_remove(2), 0, "remove managed");
	tap_equal(irq_matrix_reserve(matrix), 0, "reserve");
	tap_equal(irq_matrix_destroy(matrix), -EBUSY, "promised");
	matrix_end();
}

static void matrix_no_matrix(void)
{
	struct cpumask all = matrix_mask(15);
	struct irq_matrix_books books;
	unsigned int cpu = MATRIX_UNTOUCHED;

	tap_subject("calls without a matrix");
	tap_equal(irq_matrix_online(NULL, 0), -EINVAL, "online");
	tap_equal(irq_matrix_offline(NULL, 0), -EINVAL, "offline");
	tap_equal(irq_matrix_assign_system(NULL, 4, false), -EINVAL, "system");
	tap_equal(irq_matrix_reserve_managed(NULL, &all), -EINVAL, "managed");
	tap_equal(irq_matrix_remove_managed(NULL, &all), -EINVAL, "remove");
	tap_equal(irq_matrix_alloc_managed(NULL, &all, &cpu), -EINVAL,
		  "alloc managed");
	tap_equal(irq_matrix_assign(NULL, 0, 4), -EINVAL, "assign");
	tap_equal(irq_matrix_reserve(NULL), -EINVAL, "reserve");
	tap_equal(irq_matrix_remove_reserved(NULL), -EINVAL, "remove reserved");
	tap_equal(irq_matrix_alloc(NULL, &all, false, &cpu), -EINVAL, "alloc");
	tap_equal(irq_matrix_free(NULL, 0, 4, false), -EINVAL, "free");
	tap_equal(irq_matrix_free_to_reserved(NULL, 0, 4), -EINVAL,
		  "free to reserved");
	tap_equal(irq_matrix_available(NULL, NULL), 0, "available");
	tap_equal(irq_matrix_allocated(NULL), 0, "allocated");
	tap_equal(irq_matrix_reserved(NULL), 0, "reserved");
	tap_equal(irq_matrix_read(NULL, &books), -EINVAL, "read");
	tap_equal(irq_matrix_read_cpu(NULL, 0, &books), -EINVAL, "read of one");
	tap_equal(irq_matrix_look(NULL, 0, 4), -EINVAL, "look");
	tap_close();
}

/* What each call says to a CPU that there is not. */
static void matrix_try_cpu(unsigned int cpu)
{
	struct irq_matrix_books books;

	tap_equal(irq_matrix_online(matrix, cpu), -EINVAL, "online");
	tap_equal(irq_matrix_offline(matrix, cpu), -EINVAL, "offline");
	tap_equal(irq_matrix_assign(matrix, cpu, 4), -EINVAL, "assign");
	tap_equal(irq_matrix_free(matrix, cpu, 4, false), -EINVAL, "free");
	tap_equal(irq_matrix_free_to_reserved(matrix, cpu, 4), -EINVAL,
		  "free to reserved");
	tap_equal(irq_matrix_read_cpu(matrix, cpu, &books), -EINVAL, "read");
	tap_equal(irq_matrix_look(matrix, cpu, 4), -EINVAL, "look");
}

static void matrix_try_bit(unsigned int bit)
{
	tap_equal(irq_matrix_assign(matrix, 0, bit), -EINVAL, "assign %u", bit);
	tap_equal(irq_matrix_free(matrix, 0, bit, false), -EINVAL, "free %u",
		  bit);
	tap_equal(irq_matrix_free(matrix, 0, bit, true), -EINVAL,
		  "free of managed %u", bit);
	tap_equal(irq_matrix_free_to_reserved(matrix, 0, bit), -EINVAL,
		  "free to reserved %u", bit);
}

static void matrix_arguments(void)
{
	struct irq_matrix_books before;
	struct irq_matrix_books after;
	struct cpumask all = matrix_mask(15);
	unsigned int cpu = MATRIX_UNTOUCHED;

	matrix_begin(4, "arguments that are refused change nothing");
	tap_equal(irq_matrix_assign(matrix, 0, 5), 0, "assign");
	before = matrix_books();
	matrix_try_cpu(nr_cpu_ids);
	matrix_try_cpu(~0U);
	matrix_try_bit(MATRIX_START - 1);
	matrix_try_bit(MATRIX_END);
	matrix_try_bit(16);
	matrix_try_bit(~0U);
	tap_equal(irq_matrix_assign_system(matrix, 16, true), -EINVAL, "16");
	tap_equal(irq_matrix_assign_system(matrix, ~0U, true), -EINVAL, "~0U");
	tap_equal(irq_matrix_look(matrix, 0, 16), -EINVAL, "look at 16");
	tap_equal(irq_matrix_look(matrix, 0, 15), IRQ_MATRIX_OUTSIDE, "15");
	tap_equal(irq_matrix_look(matrix, 0, MATRIX_END), IRQ_MATRIX_OUTSIDE,
		  "the end");
	tap_equal(irq_matrix_look(matrix, 0, MATRIX_START - 1),
		  IRQ_MATRIX_OUTSIDE, "before the start");
	tap_equal(irq_matrix_alloc(matrix, NULL, false, &cpu), -EINVAL,
		  "no mask");
	tap_equal(irq_matrix_alloc(matrix, &all, false, NULL), -EINVAL,
		  "no place");
	tap_equal(irq_matrix_alloc_managed(matrix, NULL, &cpu), -EINVAL,
		  "no mask for managed");
	tap_equal(irq_matrix_alloc_managed(matrix, &all, NULL), -EINVAL,
		  "no place for managed");
	tap_equal(irq_matrix_reserve_managed(matrix, NULL), -EINVAL,
		  "no mask to reserve");
	tap_equal(irq_matrix_remove_managed(matrix, NULL), -EINVAL,
		  "no mask to remove");
	tap_equal(irq_matrix_read(matrix, NULL), -EINVAL, "no books");
	tap_equal(irq_matrix_read_cpu(matrix, 0, NULL), -EINVAL, "no books");
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "the books are as before");
	tap_equal(cpu, MATRIX_UNTOUCHED, "the CPU is as before");
	matrix_end();
}

static void matrix_least_loaded(void)
{
	matrix_begin(3, "alloc: the least loaded CPU, the lowest of several");
	matrix_alloc(15, 0, false);
	matrix_alloc(15, 1, false);
	matrix_alloc(15, 2, false);
	matrix_alloc(15, 0, false);
	matrix_alloc(12, 2, false);
	matrix_alloc(15, 1, false);
	tap_equal(matrix_reserve(1), 0, "a managed bit of CPU 0");
	matrix_alloc(3, 1, false);
	tap_equal(irq_matrix_online(matrix, 3), 0, "an empty CPU");
	matrix_alloc(15, 3, false);
	matrix_alloc(7, 2, false);
	matrix_end();
}

static void matrix_empty_masks(void)
{
	struct irq_matrix_books before;
	struct irq_matrix_books after;

	matrix_begin(2, "HZ25: a mask without a CPU is an error, not CPU 0");
	tap_equal(matrix_reserve(15), 0, "managed");
	before = matrix_books();
	matrix_alloc(0, -EINVAL, false);
	matrix_alloc(1U << MATRIX_CPUS, -EINVAL, false);
	matrix_alloc(12, -ENXIO, false);
	matrix_alloc(0, -EINVAL, true);
	matrix_alloc(1U << MATRIX_CPUS, -EINVAL, true);
	matrix_alloc(12, -ENXIO, true);
	tap_equal(matrix_reserve(0), -EINVAL, "reserve");
	tap_equal(matrix_reserve(1U << MATRIX_CPUS), -EINVAL, "and beyond");
	tap_equal(matrix_remove(0), -EINVAL, "remove");
	tap_equal(matrix_remove(1U << MATRIX_CPUS), -EINVAL, "and beyond");
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "the books are as before");
	matrix_alloc(14U | (1U << MATRIX_CPUS), 1, false);
	matrix_end();
}

static void matrix_full(void)
{
	matrix_begin(2, "alloc: every bit once, then no more");
	for (unsigned int i = 0; i < MATRIX_RANGE; i++)
		tap_equal(matrix_alloc(1, 0, false), MATRIX_START + i, "bit");
	matrix_alloc(1, -ENOSPC, false);
	matrix_alloc(1 | 4, -ENOSPC, false);
	matrix_alloc(3, 1, false);
	tap_equal(irq_matrix_allocated(matrix), MATRIX_RANGE + 1, "allocated");
	tap_equal(irq_matrix_available(matrix, NULL), MATRIX_RANGE - 1,
		  "available");
	matrix_end();
}

static void matrix_next_fit(void)
{
	matrix_begin(1, "HZ23: a bit that was just freed is not the next");
	tap_equal(matrix_alloc(1, 0, false), 4, "the first");
	tap_equal(irq_matrix_free(matrix, 0, 4, false), 0, "free");
	tap_equal(matrix_alloc(1, 0, false), 5, "the second");
	for (unsigned int bit = 6; bit < MATRIX_END; bit++)
		tap_equal(matrix_alloc(1, 0, false), bit, "to the end");
	tap_equal(matrix_alloc(1, 0, false), 4, "from the start again");
	tap_equal(irq_matrix_free(matrix, 0, 5, false), 0, "free");
	tap_equal(irq_matrix_free(matrix, 0, 6, false), 0, "free");
	tap_equal(irq_matrix_free(matrix, 0, 7, false), 0, "free");
	tap_equal(matrix_alloc(1, 0, false), 5, "the one freed first");
	tap_equal(irq_matrix_free(matrix, 0, 5, false), 0, "free");
	tap_equal(irq_matrix_free(matrix, 0, 4, false), 0, "free");
	tap_equal(matrix_alloc(1, 0, false), 6, "not one freed later");
	for (unsigned int bit = MATRIX_START; bit < MATRIX_END; bit++)
		irq_matrix_assign(matrix, 0, bit);
	tap_equal(irq_matrix_free(matrix, 0, 9, false), 0, "free of one");
	tap_equal(matrix_alloc(1, 0, false), 9, "when there is no other");
	matrix_end();
}

static void matrix_next_fit_managed(void)
{
	matrix_begin(1, "HZ23: nor is a managed bit, or one managed before");
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(matrix_reserve(1), 0, "reserve");
	tap_equal(matrix_alloc(1, 0, true), 4, "the first");
	tap_equal(irq_matrix_free(matrix, 0, 4, true), 0, "free");
	tap_equal(matrix_alloc(1, 0, true), 5, "the second");
	tap_equal(matrix_alloc(1, 0, true), 6, "the third");
	tap_equal(matrix_alloc(1, 0, true), 4, "the first again");
	for (unsigned int bit = 7; bit < MATRIX_END; bit++)
		tap_equal(matrix_alloc(1, 0, false), bit, "all others");
	tap_equal(irq_matrix_free(matrix, 0, 9, false), 0, "free of 9");
	tap_equal(irq_matrix_free(matrix, 0, 4, true), 0, "free of managed 4");
	tap_equal(matrix_remove(1), 0, "4 is not managed any more");
	tap_equal(matrix_alloc(1, 0, false), 9, "the one freed first");
	matrix_end();
}

static void matrix_assignment(void)
{
	matrix_begin(1, "assign: one certain bit");
	tap_equal(irq_matrix_assign(matrix, 0, 4), 0, "the first");
	tap_equal(irq_matrix_assign(matrix, 0, 11), 0, "the last");
	tap_equal(irq_matrix_assign(matrix, 0, 4), -EEXIST, "again");
	tap_equal(irq_matrix_assign(matrix, 1, 4), 0, "of an offline CPU");
	tap_equal(irq_matrix_look(matrix, 1, 4), IRQ_MATRIX_ALLOCATED, "it");
	tap_equal(matrix_books_of(1).available, MATRIX_RANGE - 1, "its books");
	tap_equal(irq_matrix_available(matrix, NULL), MATRIX_RANGE - 2,
		  "available");
	tap_equal(irq_matrix_allocated(matrix), 3, "allocated");
	tap_equal(matrix_reserve(1), 0, "a managed one");
	tap_equal(irq_matrix_look(matrix, 0, 5), IRQ_MATRIX_MANAGED, "5");
	tap_equal(irq_matrix_assign(matrix, 0, 5), -EEXIST, "it");
	tap_equal(irq_matrix_assign_system(matrix, 6, false), 0, "system");
	tap_equal(irq_matrix_assign(matrix, 0, 6), -EEXIST, "it");
	tap_equal(matrix_alloc(1, 0, false), 7, "the next one left");
	matrix_end();
}

static void matrix_system(void)
{
	matrix_begin(2, "system bits are given away on no CPU");
	tap_equal(irq_matrix_assign_system(matrix, 4, false), 0, "4");
	tap_equal(irq_matrix_assign_system(matrix, 4, true), -EEXIST, "again");
	tap_equal(irq_matrix_assign_system(matrix, 0, false), 0, "below");
	tap_equal(irq_matrix_assign_system(matrix, 15, false), 0, "above");
	tap_equal(irq_matrix_assign_system(matrix, 15, false), -EEXIST,
		  "above again");
	tap_equal(irq_matrix_look(matrix, 3, 15), IRQ_MATRIX_SYSTEM, "15");
	tap_equal(matrix_books().system, 1, "those that were in the range");
	tap_equal(matrix_books().available, 2 * MATRIX_RANGE - 2, "available");
	tap_equal(matrix_books_of(3).available, MATRIX_RANGE - 1, "offline");
	tap_equal(matrix_books_of(3).system, 1, "system there");
	tap_equal(matrix_alloc(1, 0, false), 5, "the first bit left");
	tap_equal(irq_matrix_free(matrix, 0, 4, false), -EINVAL, "free of one");
	matrix_end();
}

static void matrix_system_taken(void)
{
	matrix_begin(2, "system bits that are in use somewhere");
	tap_equal(irq_matrix_assign(matrix, 0, 9), 0, "9 of CPU 0");
	tap_equal(irq_matrix_assign(matrix, 3, 9), 0, "9 of CPU 3");
	tap_equal(irq_matrix_assign_system(matrix, 9, false), -EBUSY, "9");
	tap_equal(irq_matrix_look(matrix, 1, 9), IRQ_MATRIX_FREE, "elsewhere");
	tap_equal(irq_matrix_assign_system(matrix, 9, true), 0, "replaced");
	tap_equal(matrix_books().allocated, 0, "allocated");
	tap_equal(matrix_books_of(3).allocated, 0, "allocated of CPU 3");
	tap_equal(matrix_books_of(3).available, MATRIX_RANGE - 1, "its free");
	tap_equal(matrix_books().available, 2 * MATRIX_RANGE - 2, "all free");
	tap_equal(irq_matrix_free(matrix, 0, 9, false), -EINVAL, "free of it");
	tap_equal(matrix_reserve(8), 0, "4 is managed on CPU 3");
	tap_equal(irq_matrix_assign_system(matrix, 4, true), -EBUSY, "managed");
	tap_equal(irq_matrix_look(matrix, 0, 4), IRQ_MATRIX_FREE, "unchanged");
	matrix_end();
}

static void matrix_managed(void)
{
	int bit;

	matrix_begin(2, "managed: reserved on each CPU, allocated on one");
	tap_equal(matrix_reserve(7), 0, "reserve on 3 CPUs, one offline");
	tap_equal(matrix_books().managed, 3, "managed");
	tap_equal(matrix_books().available, 2 * MATRIX_RANGE - 2, "available");
	tap_equal(matrix_books_of(2).available, MATRIX_RANGE - 1, "offline");
	bit = matrix_alloc(7, 0, true);
	tap_equal(bit, 4, "the bit");
	tap_equal(matrix_books().managed_allocated, 1, "managed allocated");
	tap_equal(matrix_books().allocated, 1, "allocated");
	tap_equal(irq_matrix_free(matrix, 0, 4, false), -EINVAL, "common free");
	tap_equal(irq_matrix_free_to_reserved(matrix, 0, 4), -EINVAL,
		  "free to reserved");
	matrix_alloc(7, 1, true);
	matrix_alloc(7, -ENOSPC, true);
	tap_equal(irq_matrix_online(matrix, 2), 0, "online");
	matrix_alloc(7, 2, true);
	matrix_alloc(7, -ENOSPC, true);
	tap_equal(irq_matrix_free(matrix, 0, 4, true), 0, "free");
	tap_equal(irq_matrix_look(matrix, 0, 4), IRQ_MATRIX_MANAGED,
		  "it stays reserved");
	tap_equal(matrix_books().available, 3 * MATRIX_RANGE - 3, "available");
	tap_equal(irq_matrix_free(matrix, 0, 4, true), -EINVAL, "free again");
	matrix_end();
}

static void matrix_managed_choice(void)
{
	matrix_begin(3, "managed: the CPU with the fewest allocated");
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(matrix_reserve(3), 0, "reserve");
	tap_equal(matrix_reserve(4), 0, "one on CPU 2");
	matrix_alloc(7, 0, true);
	matrix_alloc(7, 1, true);
	matrix_alloc(3, 0, true);
	matrix_alloc(7, 2, true);
	matrix_alloc(7, 1, true);
	matrix_alloc(7, 0, true);
	matrix_alloc(7, 1, true);
	matrix_alloc(7, -ENOSPC, true);
	matrix_end();
}

static void matrix_managed_errors(void)
{
	struct irq_matrix_books before;
	struct irq_matrix_books after;

	matrix_begin(2, "managed: on all CPUs of the mask or on none");
	for (unsigned int i = 0; i < MATRIX_RANGE; i++)
		tap_equal(matrix_reserve(2), 0, "all bits of CPU 1");
	before = matrix_books();
	tap_equal(matrix_reserve(7), -ENOSPC, "one more");
	tap_equal(matrix_remove(7), -EINVAL, "CPUs 0 and 2 have none");
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "the books are as before");
	matrix_alloc(2, -ENOSPC, false);
	tap_equal(matrix_reserve(1), 0, "one of CPU 0");
	matrix_alloc(1, 0, true);
	tap_equal(matrix_remove(3), -EBUSY, "it is allocated");
	tap_equal(matrix_books().managed, MATRIX_RANGE + 1, "managed");
	tap_equal(irq_matrix_free(matrix, 0, 4, true), 0, "free");
	tap_equal(matrix_remove(3), 0, "remove");
	tap_equal(matrix_books().managed, MATRIX_RANGE - 1, "managed");
	tap_equal(matrix_remove(1), -EINVAL, "once more");
	matrix_end();
}

static int matrix_alloc_promised(unsigned int cpus)
{
	struct cpumask mask = matrix_mask(cpus);
	unsigned int cpu;

	return irq_matrix_alloc(matrix, &mask, true, &cpu);
}

static void matrix_promises(void)
{
	matrix_begin(1, "reserve: not more than is free");
	tap_equal(irq_matrix_assign(matrix, 0, 4), 0, "one is taken");
	for (unsigned int i = 0; i < MATRIX_RANGE - 1; i++)
		tap_equal(irq_matrix_reserve(matrix), 0, "promise %u", i);
	tap_equal(irq_matrix_reserve(matrix), -ENOSPC, "one more");
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE - 1, "promised");
	tap_equal(irq_matrix_available(matrix, NULL), MATRIX_RANGE - 1,
		  "a promise holds no bit");
	tap_equal(irq_matrix_online(matrix, 1), 0, "another CPU");
	tap_equal(irq_matrix_reserve(matrix), 0, "now it fits");
	tap_equal(irq_matrix_remove_reserved(matrix), 0, "taken back");
	tap_equal(matrix_alloc_promised(1), 5, "a promise kept");
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE - 2, "promised");
	tap_equal(matrix_alloc_promised(8), -ENXIO, "on an offline CPU");
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE - 2,
		  "the promise stands");
	matrix_alloc(1, 0, false);
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE - 2,
		  "who was promised nothing uses up none");
	while (irq_matrix_remove_reserved(matrix) == 0)
		;
	tap_equal(irq_matrix_reserved(matrix), 0, "promised");
	tap_equal(matrix_alloc_promised(1), -EINVAL, "without a promise");
	tap_equal(irq_matrix_allocated(matrix), 3, "allocated");
	matrix_end();
}

static void matrix_broken_promises(void)
{
	matrix_begin(2, "reserve: a CPU goes offline with more than is left");
	for (unsigned int i = 0; i < 2 * MATRIX_RANGE; i++)
		tap_equal(irq_matrix_reserve(matrix), 0, "promise %u", i);
	tap_equal(irq_matrix_offline(matrix, 1), 0, "offline");
	tap_equal(irq_matrix_reserved(matrix), 2 * MATRIX_RANGE, "promised");
	for (unsigned int i = 0; i < MATRIX_RANGE; i++)
		tap_equal(matrix_alloc_promised(3), (int)(4 + i), "kept");
	tap_equal(matrix_alloc_promised(3), -ENOSPC, "not kept");
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE, "it stands");
	tap_equal(irq_matrix_reserve(matrix), -ENOSPC, "no further one");
	tap_equal(irq_matrix_free_to_reserved(matrix, 0, 7), 0, "back");
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE + 1, "promised");
	tap_equal(irq_matrix_look(matrix, 0, 7), IRQ_MATRIX_FREE, "its bit");
	tap_equal(irq_matrix_free_to_reserved(matrix, 0, 7), -EINVAL, "twice");
	tap_equal(irq_matrix_reserved(matrix), MATRIX_RANGE + 1, "promised");
	matrix_end();
}

static void matrix_hotplug(void)
{
	struct irq_matrix_books before;
	struct irq_matrix_books after;

	matrix_begin(2, "HZ12: offline and online with bits in use");
	before = matrix_books();
	tap_equal(irq_matrix_assign(matrix, 1, 4), 0, "assign");
	tap_equal(irq_matrix_assign(matrix, 1, 5), 0, "assign");
	tap_equal(matrix_reserve(2), 0, "managed");
	tap_equal(matrix_alloc(2, 1, true), 6, "managed alloc");
	tap_equal(irq_matrix_online(matrix, 1), -EINVAL, "online twice");
	tap_equal(irq_matrix_offline(matrix, 1), 0, "offline");
	tap_equal(irq_matrix_offline(matrix, 1), -EINVAL, "offline twice");
	tap_equal(matrix_books().online, 1, "online");
	tap_equal(matrix_books().available, MATRIX_RANGE, "available");
	tap_equal(matrix_books().allocated, 3, "allocated");
	tap_equal(irq_matrix_free(matrix, 1, 4, false), 0, "free offline");
	tap_equal(irq_matrix_free(matrix, 1, 6, true), 0, "free managed");
	tap_equal(matrix_books().available, MATRIX_RANGE, "still");
	tap_equal(matrix_books_of(1).available, MATRIX_RANGE - 2, "its own");
	tap_equal(irq_matrix_online(matrix, 1), 0, "online");
	tap_equal(matrix_books().available, 2 * MATRIX_RANGE - 2, "both");
	tap_equal(irq_matrix_free(matrix, 1, 5, false), 0, "free online");
	tap_equal(matrix_remove(2), 0, "remove managed");
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "counters are back");
	matrix_end();
}

static void matrix_double_free(void)
{
	struct irq_matrix_books before;
	struct irq_matrix_books after;

	matrix_begin(1, "HZ28: nothing is freed twice");
	tap_equal(matrix_alloc(1, 0, false), 4, "alloc");
	tap_equal(matrix_alloc(1, 0, false), 5, "alloc");
	tap_equal(irq_matrix_free(matrix, 0, 5, true), -EINVAL, "not managed");
	tap_equal(irq_matrix_free(matrix, 0, 4, false), 0, "free");
	before = matrix_books();
	tap_equal(irq_matrix_free(matrix, 0, 4, false), -EINVAL, "again");
	tap_equal(irq_matrix_free(matrix, 0, 6, false), -EINVAL, "never had");
	tap_equal(irq_matrix_free(matrix, 1, 5, false), -EINVAL, "other CPU");
	tap_equal(irq_matrix_remove_reserved(matrix), -EINVAL, "no promise");
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "the books are as before");
	matrix_end();
}

/* An interrupt that moves to and fro, its old bit freed offline. */
static void matrix_moves(void)
{
	unsigned int from = 0;
	unsigned int to;

	matrix_begin(2, "HZ5: many moves off a dying CPU leak nothing");
	tap_equal(irq_matrix_assign(matrix, 0, 4), 0, "assign");
	for (unsigned int i = 0, bit = 4; i < 10 * MATRIX_RANGE; i++) {
		int moved;

		to = 1 - from;
		moved = matrix_alloc(1U << to, (int)to, false);
		tap_equal(irq_matrix_offline(matrix, from), 0, "offline");
		tap_equal(irq_matrix_free(matrix, from, bit, false), 0, "old");
		tap_equal(irq_matrix_online(matrix, from), 0, "online");
		bit = (unsigned int)moved;
		from = to;
	}
	tap_equal(irq_matrix_allocated(matrix), 1, "allocated");
	tap_equal(irq_matrix_available(matrix, NULL), 2 * MATRIX_RANGE - 1,
		  "available");
	matrix_end();
}

static void matrix_without(void)
{
	struct cpumask mask = matrix_mask(1 | 4 | (1U << MATRIX_CPUS));

	matrix_begin(2, "available: without some CPUs");
	tap_equal(irq_matrix_assign(matrix, 0, 4), 0, "assign");
	tap_equal(irq_matrix_assign(matrix, 1, 4), 0, "assign");
	tap_equal(irq_matrix_assign(matrix, 1, 5), 0, "assign");
	tap_equal(irq_matrix_available(matrix, NULL), 2 * MATRIX_RANGE - 3,
		  "with all");
	tap_equal(irq_matrix_available(matrix, &mask), MATRIX_RANGE - 2,
		  "without CPU 0 and one that is offline");
	mask = matrix_mask(0);
	tap_equal(irq_matrix_available(matrix, &mask), 2 * MATRIX_RANGE - 3,
		  "without none");
	mask = matrix_mask(15);
	tap_equal(irq_matrix_available(matrix, &mask), 0, "without all");
	matrix_end();
}

/* Allocate on all CPUs until nothing is left; returns how many it were. */
static unsigned int matrix_drain(struct irq_matrix *drained)
{
	struct cpumask all = matrix_mask(15);
	unsigned int nr = 0;
	unsigned int cpu;

	while (irq_matrix_alloc(drained, &all, false, &cpu) >= 0)
		nr++;
	return nr;
}

static void matrix_plan(void)
{
	struct irq_matrix_books before;
	struct irq_matrix_books after;
	struct irq_matrix *plan;
	unsigned int planned;

	matrix_begin(3, "HZ13: planned capacity equals achieved capacity");
	plan = matrix_make();
	tap_equal(irq_matrix_assign_system(matrix, 10, false), 0, "system");
	tap_equal(irq_matrix_assign(matrix, 0, 5), 0, "assign");
	tap_equal(matrix_reserve(15), 0, "managed");
	tap_equal(irq_matrix_reserve(matrix), 0, "promise");
	before = matrix_books();
	tap_equal(irq_matrix_copy(matrix, plan), 0, "copy");
	tap_equal(irq_matrix_offline(plan, 2), 0, "offline, planned");
	planned = matrix_drain(plan);
	tap_equal(planned, irq_matrix_available(matrix, &(struct cpumask){{4}}),
		  "what the books say");
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "the plan changed nothing");
	tap_equal(irq_matrix_offline(matrix, 2), 0, "offline, done");
	tap_equal(matrix_drain(matrix), planned, "done as planned");
	irq_matrix_read(plan, &before);
	after = matrix_books();
	tap_expect(matrix_same(&before, &after), "the same books");
	tap_equal(irq_matrix_copy(matrix, plan), 0, "a plan is made anew");
	tap_equal(irq_matrix_destroy(plan), 0, "and destroyed as it is");
	matrix_end();
}

static void matrix_copy_errors(void)
{
	struct irq_matrix *other = NULL;
	struct irq_matrix *same;

	matrix_begin(1, "copy: what cannot be a plan");
	same = matrix_make();
	tap_equal(irq_matrix_copy(NULL, same), -EINVAL, "from nothing");
	tap_equal(irq_matrix_copy(matrix, NULL), -EINVAL, "to nothing");
	tap_equal(irq_matrix_copy(matrix, matrix), -EINVAL, "to itself");
	for (unsigned int i = 0; i < 3; i++) {
		tap_equal(irq_matrix_create(16 + (i == 0), 4 - (i == 1),
					    12 + (i == 2), &other),
			  0, "create");
		tap_equal(irq_matrix_copy(matrix, other), -EINVAL, "differs");
		tap_equal(irq_matrix_destroy(other), 0, "destroy");
	}
	tap_equal(irq_matrix_assign(same, 0, 4), 0, "assign");
	tap_equal(irq_matrix_copy(matrix, same), -EBUSY, "one in use");
	tap_equal(irq_matrix_look(same, 0, 4), IRQ_MATRIX_ALLOCATED,
		  "it is as before");
	tap_equal(irq_matrix_free(same, 0, 4, false), 0, "free");
	tap_equal(irq_matrix_destroy(same), 0, "destroy");
	matrix_end();
}

static char matrix_text[1024];

static void matrix_print(void *context, const char *text)
{
	size_t *length = context;
	size_t more = strlen(text);

	if (*length + more >= sizeof(matrix_text))
		return;
	memcpy(matrix_text + *length, text, more + 1);
	*length += more;
	irq_matrix_allocated(matrix); /* The lock is not held here. */
}

static void matrix_shown(void)
{
	size_t length = 0;

	matrix_begin(2, "show: the books in words");
	tap_equal(irq_matrix_assign(matrix, 0, 5), 0, "assign");
	tap_equal(irq_matrix_assign_system(matrix, 4, false), 0, "system");
	tap_equal(matrix_reserve(4), 0, "managed");
	tap_equal(irq_matrix_reserve(matrix), 0, "promise");
	tap_equal(irq_matrix_show(matrix, NULL, NULL), -EINVAL, "no function");
	tap_equal(irq_matrix_show(NULL, matrix_print, &length), -EINVAL,
		  "no matrix");
	tap_equal(irq_matrix_show(matrix, matrix_print, &length), 0, "show");
	tap_expect(strcmp(matrix_text,
			  "online 2, available 13, reserved 1, system 1\n"
			  "allocated 1, managed 0 of 1\n"
			  "cpu    0: online, available 6, allocated 1, "
			  "managed 0 of 0\n"
			  "cpu    1: online, available 7, allocated 0, "
			  "managed 0 of 0\n"
			  "cpu    2: offline, available 6, allocated 0, "
			  "managed 0 of 1\n") == 0,
		   "it is: %s", matrix_text);
	matrix_end();
}

int main(void)
{
	host_begin();
	matrix_before_init();
	host_start(MATRIX_CPUS, NULL);
	matrix_creation();
	matrix_busy();
	matrix_no_matrix();
	matrix_arguments();
	matrix_least_loaded();
	matrix_empty_masks();
	matrix_full();
	matrix_next_fit();
	matrix_next_fit_managed();
	matrix_assignment();
	matrix_system();
	matrix_system_taken();
	matrix_managed();
	matrix_managed_choice();
	matrix_managed_errors();
	matrix_promises();
	matrix_broken_promises();
	matrix_hotplug();
	matrix_double_free();
	matrix_moves();
	matrix_without();
	matrix_plan();
	matrix_copy_errors();
	matrix_shown();
	return host_end();
}
