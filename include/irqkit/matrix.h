/* SPDX-License-Identifier: MIT */
/*
 * The vector matrix: which interrupt numbers are free on which CPU, for
 * controllers whose CPUs have numbers of their own (x86 vectors).
 *
 * A bit is a number of one CPU. It is given away in three ways: assigned (that
 * bit, there), allocated (any free bit of the least loaded CPU of a mask), or
 * managed: reserved beforehand on every CPU of a mask, so that an interrupt
 * that is tied to these CPUs finds one whenever it starts. A system bit is
 * given away on no CPU.
 *
 * A reservation without a CPU is a promise to an interrupt that does not run
 * yet. It is made only while the online CPUs have more free bits than are
 * promised: a driver that asks for too many is refused where it can ask for
 * fewer, and not when it starts them one by one. So the interrupts of devices
 * are better allocated when the CPUs are online that will take them.
 *
 * A promise holds no bit. What makes more of them than is free afterwards: a
 * CPU that goes offline, a bit that is assigned or was not promised, and moves,
 * which have two bits until they end. What is allocated for a promise can then
 * fail with -ENOSPC.
 */
#ifndef IRQKIT_MATRIX_H
#define IRQKIT_MATRIX_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/stats.h>
#include <irqkit/types.h>
#include <irqkit/names.h>

/* The most bits of a CPU. */
#define IRQKIT_MATRIX_MAX_BITS 1024U

IRQKIT_BEGIN_DECLS

struct irq_matrix;
struct irqkit_dry_run;

/*
 * The books of one CPU, or of all. On each CPU the range that is given away
 * is available + allocated - managed_allocated + managed + system.
 */
struct irq_matrix_books {
	unsigned int online;	/* CPUs; of one CPU 0 or 1 */
	unsigned int available; /* free; in all: on online CPUs only */
	unsigned int allocated; /* managed ones too, and on offline CPUs */
	unsigned int managed;	/* reserved for a CPU, allocated or not */
	unsigned int managed_allocated;
	unsigned int reserved; /* promised; of one CPU always 0 */
	unsigned int system;   /* within the range that is given away */
};

/* What a bit of a CPU is. */
enum irq_matrix_use {
	IRQ_MATRIX_FREE,
	IRQ_MATRIX_ALLOCATED,
	IRQ_MATRIX_MANAGED, /* reserved and not allocated */
	IRQ_MATRIX_MANAGED_ALLOCATED,
	IRQ_MATRIX_SYSTEM,
	IRQ_MATRIX_OUTSIDE, /* not in the range that is given away */
};

/**
 * irq_matrix_create() - make a matrix
 * @nr_bits: bits of each CPU, 1 to IRQKIT_MATRIX_MAX_BITS
 * @alloc_start: the first bit that is given away
 * @alloc_end: the bit after the last one that is given away
 * @matrix: out
 *
 * Every CPU is offline in it. No other call allocates memory.
 *
 * Context: thread or boot, after irqkit_init(). It allocates.
 * Return: 0; -EINVAL if @matrix is NULL, the range is empty or not within
 * @nr_bits, @nr_bits is too large, or irqkit_init() was not called; -ENOMEM.
 * On an error @matrix is unchanged.
 */
int irq_matrix_create(unsigned int nr_bits, unsigned int alloc_start,
		      unsigned int alloc_end, struct irq_matrix **matrix);

/**
 * irq_matrix_destroy() - free a matrix
 * @matrix: one that nobody uses any more
 *
 * Context: thread or boot.
 * Locks: vector matrix.
 * Return: 0; -EINVAL for NULL; -EBUSY if a bit is allocated, managed or
 * promised in it, unless it was made a plan by irq_matrix_copy().
 */
int irq_matrix_destroy(struct irq_matrix *matrix);

/**
 * irq_matrix_copy() - make a matrix a plan: a copy of another as it is now
 * @from: the matrix to copy, which may be a plan too
 * @to: one with the same bits and range, that nobody else uses meanwhile
 *
 * Whether something fits, for instance when CPUs go offline, is found out by
 * doing it to the plan: the same calls have the same results as they would
 * have had with @from, bit by bit. @to stays a plan and can be copied to
 * again.
 *
 * Context: any.
 * Locks: vector matrix, that of @from.
 * Return: 0; -EINVAL if a pointer is NULL, both are the same, or they differ
 * in bits or range; -EBUSY if @to is no plan and a bit is allocated, managed
 * or promised in it. On an error @to is unchanged.
 */
int irq_matrix_copy(struct irq_matrix *from, struct irq_matrix *to);

/**
 * irq_matrix_dry_run() - a plan of a matrix for a dry run
 * @matrix: the matrix
 * @run: the dry run, see irqkit/dry_run.h
 *
 * A copy as of the first call with this matrix and this dry run, and the same
 * one each time. It is freed with the dry run.
 *
 * Context: any, from irq_plan_affinity of a chip.
 * Locks: vector matrix.
 * Return: the plan; NULL as irqkit_dry_run_memory().
 */
struct irq_matrix *irq_matrix_dry_run(struct irq_matrix *matrix,
				      struct irqkit_dry_run *run);

/**
 * irq_matrix_online() - from now on bits of a CPU are allocated
 * @matrix: the matrix
 * @cpu: logical index
 *
 * What was allocated or managed there before is so still.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL, @cpu not below nr_cpu_ids, or it is
 * online already. On an error nothing is changed.
 */
int irq_matrix_online(struct irq_matrix *matrix, unsigned int cpu);

/**
 * irq_matrix_offline() - from now on no bits of a CPU are allocated
 * @matrix: the matrix
 * @cpu: logical index
 *
 * Its free bits are not available any more. Those that are allocated stay so
 * until irq_matrix_free(), and managed ones stay reserved.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL, @cpu not below nr_cpu_ids, or it is
 * not online. On an error nothing is changed.
 */
int irq_matrix_offline(struct irq_matrix *matrix, unsigned int cpu);

/**
 * irq_matrix_assign_system() - take a bit of every CPU for good
 * @matrix: the matrix
 * @bit: below the bits of the matrix; it need not be in the range
 * @replace: take it also where it is allocated (not managed); it then is not
 * allocated any more and must not be freed
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL or @bit too large; -EEXIST if it is a
 * system bit already; -EBUSY if on some CPU it is managed, or allocated
 * without @replace. On an error nothing is changed.
 */
int irq_matrix_assign_system(struct irq_matrix *matrix, unsigned int bit,
			     bool replace);

/**
 * irq_matrix_reserve_managed() - reserve a bit on every CPU of a mask
 * @matrix: the matrix
 * @mask: the CPUs, online or not; those from nr_cpu_ids on do not count
 *
 * The bits need not be the same on each CPU.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if a pointer is NULL or the mask empty; -ENOSPC if one
 * of the CPUs has no free bit. On an error nothing is changed.
 */
int irq_matrix_reserve_managed(struct irq_matrix *matrix,
			       const struct cpumask *mask);

/**
 * irq_matrix_remove_managed() - give back what was reserved on every CPU
 * @matrix: the matrix
 * @mask: as for irq_matrix_reserve_managed()
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if a pointer is NULL, the mask empty, or one of the CPUs
 * has no managed bit; -EBUSY if all that one of them has are allocated. On an
 * error nothing is changed.
 */
int irq_matrix_remove_managed(struct irq_matrix *matrix,
			      const struct cpumask *mask);

/**
 * irq_matrix_alloc_managed() - allocate a managed bit
 * @matrix: the matrix
 * @mask: the CPUs to choose from
 * @cpu: out: the CPU whose bit it is
 *
 * Of the online CPUs of the mask that have a managed bit left, it is the one
 * with the fewest managed bits allocated, and of several the lowest.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: the bit; -EINVAL if a pointer is NULL or the mask has no CPU below
 * nr_cpu_ids; -ENXIO if none of its CPUs is online; -ENOSPC if these have no
 * managed bit left. On an error nothing is changed.
 */
int irq_matrix_alloc_managed(struct irq_matrix *matrix,
			     const struct cpumask *mask, unsigned int *cpu);

/**
 * irq_matrix_assign() - allocate one certain bit of a CPU
 * @matrix: the matrix
 * @cpu: logical index, online or not
 * @bit: in the range that is given away
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL, @cpu not below nr_cpu_ids, or @bit
 * not in the range; -EEXIST if it is allocated, managed, or a system bit. On
 * an error nothing is changed.
 */
int irq_matrix_assign(struct irq_matrix *matrix, unsigned int cpu,
		      unsigned int bit);

/**
 * irq_matrix_reserve() - promise a bit, of any CPU
 * @matrix: the matrix
 *
 * See the top of this file for what it is worth.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL; -ENOSPC if as many are promised as
 * are free on online CPUs, or more. On an error nothing is changed.
 */
int irq_matrix_reserve(struct irq_matrix *matrix);

/**
 * irq_matrix_remove_reserved() - take a promise back
 * @matrix: the matrix
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL or nothing is promised.
 */
int irq_matrix_remove_reserved(struct irq_matrix *matrix);

/**
 * irq_matrix_alloc() - allocate a bit
 * @matrix: the matrix
 * @mask: the CPUs to choose from
 * @reserved: it was promised: the promise is used up by this
 * @cpu: out: the CPU whose bit it is
 *
 * It is the online CPU of the mask with the most free bits, and of several
 * the lowest. There it is the next free one, round the range. A bit that was
 * just freed is not the next while the CPU has another, as an interrupt may
 * still be latched under that number.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: the bit; -EINVAL if a pointer is NULL, the mask has no CPU below
 * nr_cpu_ids, or @reserved is true and nothing is promised; -ENXIO if none of
 * its CPUs is online; -ENOSPC if these have no free bit. On an error nothing
 * is changed, and the promise stands.
 */
int irq_matrix_alloc(struct irq_matrix *matrix, const struct cpumask *mask,
		     bool reserved, unsigned int *cpu);

/**
 * irq_matrix_free() - free an allocated bit
 * @matrix: the matrix
 * @cpu: the CPU whose bit it is, online or not
 * @bit: in the range that is given away
 * @managed: it came from irq_matrix_alloc_managed(), and stays reserved
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix is NULL, @cpu not below nr_cpu_ids, @bit not
 * in the range, not allocated, or not of the kind that @managed says. On an
 * error nothing is changed.
 */
int irq_matrix_free(struct irq_matrix *matrix, unsigned int cpu,
		    unsigned int bit, bool managed);

/**
 * irq_matrix_free_to_reserved() - make an allocated bit a promise again
 * @matrix: the matrix
 * @cpu: the CPU whose bit it is, online or not
 * @bit: in the range that is given away, not managed
 *
 * Takes back an irq_matrix_alloc() of a promise, in one step. Unlike
 * irq_matrix_reserve() it does not fail for want of free bits.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL as irq_matrix_free(). On an error nothing is changed.
 */
int irq_matrix_free_to_reserved(struct irq_matrix *matrix, unsigned int cpu,
				unsigned int bit);

/**
 * irq_matrix_available() - how many bits are free
 * @matrix: the matrix
 * @without: CPUs that do not count, or NULL
 *
 * Only online CPUs count. Promises are not subtracted.
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: the number; 0 if @matrix is NULL.
 */
unsigned int irq_matrix_available(struct irq_matrix *matrix,
				  const struct cpumask *without);

/**
 * irq_matrix_allocated() - how many bits are allocated
 * irq_matrix_reserved() - how many are promised
 * @matrix: the matrix
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: the number, on offline CPUs too; 0 if @matrix is NULL.
 */
unsigned int irq_matrix_allocated(struct irq_matrix *matrix);
unsigned int irq_matrix_reserved(struct irq_matrix *matrix);

/**
 * irq_matrix_read() - the books of the whole matrix at one moment
 * @matrix: the matrix
 * @books: out
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if a pointer is NULL.
 */
int irq_matrix_read(struct irq_matrix *matrix, struct irq_matrix_books *books);

/**
 * irq_matrix_read_cpu() - the books of one CPU at one moment
 * @matrix: the matrix
 * @cpu: logical index
 * @books: out
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if a pointer is NULL or @cpu not below nr_cpu_ids. On an
 * error @books is unchanged.
 */
int irq_matrix_read_cpu(struct irq_matrix *matrix, unsigned int cpu,
			struct irq_matrix_books *books);

/**
 * irq_matrix_look() - what one bit is
 * @matrix: the matrix
 * @cpu: logical index
 * @bit: below the bits of the matrix
 *
 * Context: any.
 * Locks: vector matrix.
 * Return: an enum irq_matrix_use; -EINVAL if @matrix is NULL, @cpu not below
 * nr_cpu_ids, or @bit too large.
 */
int irq_matrix_look(struct irq_matrix *matrix, unsigned int cpu,
		    unsigned int bit);

/**
 * irq_matrix_show() - print the books
 * @matrix: the matrix
 * @print: called for each piece
 * @context: handed to @print
 *
 * A line for all CPUs, then one for each that is online or has something
 * allocated or managed. Each line is of one moment, but not all of the same.
 *
 * Context: any, as far as @print can be called there. No lock is held by it.
 * Locks: vector matrix.
 * Return: 0; -EINVAL if @matrix or @print is NULL.
 */
int irq_matrix_show(struct irq_matrix *matrix, irqkit_print_t print,
		    void *context);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
