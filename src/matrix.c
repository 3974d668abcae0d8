/* SPDX-License-Identifier: MIT */
/*
 * The vector matrix: bit maps and books of every CPU. All memory is there
 * from the start. The lock of a matrix guards all that is in it but its
 * geometry, which never changes.
 */
#include "internals.h"
#include <irqkit/dry_run.h>
#include <irqkit/matrix.h>

/* The kinds of free bits. */
enum matrix_kind {
	MATRIX_COMMON,
	MATRIX_MANAGED,
	MATRIX_NR_KINDS,
};

struct matrix_cpu {
	struct irq_matrix_books books;
	unsigned int next[MATRIX_NR_KINDS]; /* where a search begins */
};

struct irq_matrix {
	struct irqkit_lock lock;
	unsigned int nr_bits;
	unsigned int start;
	unsigned int end;
	unsigned int nr_longs; /* of a map */
	unsigned int nr_cpus;
	struct cpumask all;
	bool plan; /* a copy: what is in it is nobody's */
	struct irq_matrix_books books;
	struct matrix_cpu *cpus;

	/* Maps of all CPUs. Closed: system bits and those out of range. */
	unsigned long *system;
	unsigned long *closed;
	/* Those of each CPU follow: allocated, managed. */
	unsigned long *maps;
};

static inline unsigned long *matrix_allocated(const struct irq_matrix *matrix,
					      unsigned int cpu)
{
	return matrix->maps + (size_t)cpu * 2 * matrix->nr_longs;
}

static inline unsigned long *matrix_managed(const struct irq_matrix *matrix,
					    unsigned int cpu)
{
	return matrix_allocated(matrix, cpu) + matrix->nr_longs;
}

static inline bool matrix_test(const unsigned long *map, unsigned int bit)
{
	return (map[bit / IRQKIT_BITS_PER_LONG] >>
		(bit % IRQKIT_BITS_PER_LONG)) &
	       1;
}

static inline void matrix_flip(unsigned long *map, unsigned int bit)
{
	map[bit / IRQKIT_BITS_PER_LONG] ^= 1UL << (bit % IRQKIT_BITS_PER_LONG);
}

/* The two maps of all CPUs, and the two of each. */
static size_t matrix_map_bytes(unsigned int nr_longs)
{
	return (2 + 2 * (size_t)nr_cpu_ids) * nr_longs * sizeof(unsigned long);
}

static size_t matrix_bytes(unsigned int nr_longs)
{
	return sizeof(struct irq_matrix) + matrix_map_bytes(nr_longs) +
	       nr_cpu_ids * sizeof(struct matrix_cpu);
}

static void matrix_init(struct irq_matrix *matrix, unsigned int nr_longs)
{
	matrix->nr_longs = nr_longs;
	matrix->nr_cpus = nr_cpu_ids;
	irqkit_cpumask_first_n(&matrix->all, nr_cpu_ids);
	matrix->system = (unsigned long *)(matrix + 1);
	matrix->closed = matrix->system + nr_longs;
	matrix->maps = matrix->closed + nr_longs;
	matrix->cpus = (struct matrix_cpu *)((char *)(matrix + 1) +
					     matrix_map_bytes(nr_longs));
	for (unsigned int bit = 0; bit < nr_longs * IRQKIT_BITS_PER_LONG; bit++)
		if (bit < matrix->start || bit >= matrix->end)
			matrix_flip(matrix->closed, bit);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		matrix->cpus[cpu].books.available = matrix->end - matrix->start;
	irqkit_lock_init(&matrix->lock, RANK_MATRIX);
}

int irq_matrix_create(unsigned int nr_bits, unsigned int alloc_start,
		      unsigned int alloc_end, struct irq_matrix **matrix)
{
	unsigned int nr_longs = nr_bits / IRQKIT_BITS_PER_LONG +
				(nr_bits % IRQKIT_BITS_PER_LONG != 0 ? 1 : 0);
	struct irq_matrix *made;

	if (matrix == NULL || nr_bits > IRQKIT_MATRIX_MAX_BITS ||
	    alloc_start >= alloc_end || alloc_end > nr_bits || nr_cpu_ids == 0)
		return -EINVAL;
	irqkit_assert_no_lock();
	made = irqkit_port_alloc(matrix_bytes(nr_longs), sizeof(uint64_t));
	if (made == NULL)
		return -ENOMEM;
	made->nr_bits = nr_bits;
	made->start = alloc_start;
	made->end = alloc_end;
	matrix_init(made, nr_longs);
	*matrix = made;
	return 0;
}

/* Whether something would be lost with it. */
static bool matrix_is_used(const struct irq_matrix *matrix)
{
	const struct irq_matrix_books *books = &matrix->books;

	return !matrix->plan &&
	       (books->allocated | books->managed | books->reserved) != 0;
}

int irq_matrix_destroy(struct irq_matrix *matrix)
{
	unsigned long state;
	bool used;

	if (matrix == NULL)
		return -EINVAL;
	irqkit_assert_no_lock();
	state = irqkit_lock_acquire(&matrix->lock);
	used = matrix_is_used(matrix);
	irqkit_lock_release(&matrix->lock, state);
	if (used)
		return -EBUSY;
	irqkit_port_free(matrix, matrix_bytes(matrix->nr_longs));
	return 0;
}

static bool matrix_is_alike(const struct irq_matrix *a,
			    const struct irq_matrix *b)
{
	return a->nr_bits == b->nr_bits && a->start == b->start &&
	       a->end == b->end;
}

/* The lock of @to is not taken: two of a rank are never held. */
int irq_matrix_copy(struct irq_matrix *from, struct irq_matrix *to)
{
	unsigned long state;

	if (from == NULL || to == NULL || from == to ||
	    !matrix_is_alike(from, to))
		return -EINVAL;
	if (matrix_is_used(to))
		return -EBUSY;
	state = irqkit_lock_acquire(&from->lock);
	to->plan = true;
	to->books = from->books;
	__builtin_memcpy(to->system, from->system,
			 matrix_map_bytes(from->nr_longs));
	__builtin_memcpy(to->cpus, from->cpus,
			 from->nr_cpus * sizeof(*from->cpus));
	irqkit_lock_release(&from->lock, state);
	return 0;
}

struct irq_matrix *irq_matrix_dry_run(struct irq_matrix *matrix,
				      struct irqkit_dry_run *run)
{
	struct irq_matrix *plan;
	bool is_new;

	if (matrix == NULL)
		return NULL;
	plan = irqkit_dry_run_memory(run, matrix,
				     matrix_bytes(matrix->nr_longs), &is_new);
	if (plan == NULL || !is_new)
		return plan;
	plan->nr_bits = matrix->nr_bits;
	plan->start = matrix->start;
	plan->end = matrix->end;
	matrix_init(plan, matrix->nr_longs);
	irq_matrix_copy(matrix, plan);
	return plan;
}

static inline bool matrix_has_cpu(const struct irq_matrix *matrix,
				  unsigned int cpu)
{
	return matrix != NULL && cpu < matrix->nr_cpus;
}

static inline bool matrix_has_bit(const struct irq_matrix *matrix,
				  unsigned int bit)
{
	return bit >= matrix->start && bit < matrix->end;
}

/*
 * The CPUs of a mask that the matrix has; false if there is none. It is read
 * once, as it may change meanwhile.
 */
static bool matrix_read_mask(const struct irq_matrix *matrix,
			     const struct cpumask *mask, struct cpumask *cpus)
{
	if (matrix == NULL || mask == NULL)
		return false;
	cpumask_and(cpus, mask, &matrix->all);
	return !cpumask_empty(cpus);
}

static int matrix_set_online(struct irq_matrix *matrix, unsigned int cpu,
			     bool online)
{
	struct irq_matrix_books *books;
	unsigned long state;
	int error = -EINVAL;

	if (!matrix_has_cpu(matrix, cpu))
		return -EINVAL;
	books = &matrix->cpus[cpu].books;
	state = irqkit_lock_acquire(&matrix->lock);
	if (books->online != online) {
		books->online = online;
		matrix->books.online += online ? 1U : -1U;
		matrix->books.available += online ? books->available
						  : -books->available;
		error = 0;
	}
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

int irq_matrix_online(struct irq_matrix *matrix, unsigned int cpu)
{
	return matrix_set_online(matrix, cpu, true);
}

int irq_matrix_offline(struct irq_matrix *matrix, unsigned int cpu)
{
	return matrix_set_online(matrix, cpu, false);
}

/* In the books, a bit of a CPU is free no more, or again. */
static inline void matrix_take(struct irq_matrix *matrix, unsigned int cpu)
{
	struct irq_matrix_books *books = &matrix->cpus[cpu].books;

	irqkit_assert(books->available != 0);
	books->available--;
	matrix->books.available -= books->online;
}

static inline void matrix_give(struct irq_matrix *matrix, unsigned int cpu)
{
	struct irq_matrix_books *books = &matrix->cpus[cpu].books;

	books->available++;
	matrix->books.available += books->online;
}

static inline unsigned long matrix_free_bits(const struct irq_matrix *matrix,
					     unsigned int cpu,
					     enum matrix_kind kind,
					     unsigned int index)
{
	unsigned long allocated = matrix_allocated(matrix, cpu)[index];
	unsigned long managed = matrix_managed(matrix, cpu)[index];

	if (kind == MATRIX_MANAGED)
		return managed & ~allocated;
	return ~(allocated | managed | matrix->closed[index]);
}

/* The next free bit of a kind. The books say that there is one. */
static unsigned int matrix_find(const struct irq_matrix *matrix,
				unsigned int cpu, enum matrix_kind kind)
{
	unsigned int from = matrix->cpus[cpu].next[kind];
	unsigned int index = from / IRQKIT_BITS_PER_LONG;
	unsigned long bits = matrix_free_bits(matrix, cpu, kind, index) &
			     (~0UL << (from % IRQKIT_BITS_PER_LONG));

	/* The last turn is for the low bits of the first word. */
	for (unsigned int turn = 0; bits == 0; turn++) {
		irqkit_assert(turn < matrix->nr_longs);
		index = index + 1 < matrix->nr_longs ? index + 1 : 0;
		bits = matrix_free_bits(matrix, cpu, kind, index);
	}
	return index * IRQKIT_BITS_PER_LONG +
	       (unsigned int)__builtin_ctzl(bits);
}

/* What was just freed is not to be found first, but last. */
static void matrix_pass(struct irq_matrix *matrix, unsigned int cpu,
			enum matrix_kind kind, unsigned int bit)
{
	if (matrix_find(matrix, cpu, kind) == bit)
		matrix->cpus[cpu].next[kind] = bit + 1 < matrix->end ? bit + 1
								     : 0;
}

/* Flip a bit that is free, or was allocated, and the books with it. */
static void matrix_set_allocated(struct irq_matrix *matrix, unsigned int cpu,
				 unsigned int bit, enum matrix_kind kind,
				 bool allocated)
{
	struct irq_matrix_books *books = &matrix->cpus[cpu].books;
	unsigned int change = allocated ? 1U : -1U;

	matrix_flip(matrix_allocated(matrix, cpu), bit);
	books->allocated += change;
	matrix->books.allocated += change;
	if (kind == MATRIX_MANAGED) {
		books->managed_allocated += change;
		matrix->books.managed_allocated += change;
	} else if (allocated) {
		matrix_take(matrix, cpu);
	} else {
		matrix_give(matrix, cpu);
	}
}

static int matrix_system_error(const struct irq_matrix *matrix,
			       unsigned int bit, bool replace)
{
	if (matrix_test(matrix->system, bit))
		return -EEXIST;
	for (unsigned int cpu = 0; cpu < matrix->nr_cpus; cpu++) {
		if (matrix_test(matrix_managed(matrix, cpu), bit) ||
		    (!replace &&
		     matrix_test(matrix_allocated(matrix, cpu), bit)))
			return -EBUSY;
	}
	return 0;
}

static void matrix_close(struct irq_matrix *matrix, unsigned int bit)
{
	matrix_flip(matrix->system, bit);
	if (!matrix_has_bit(matrix, bit))
		return;
	for (unsigned int cpu = 0; cpu < matrix->nr_cpus; cpu++) {
		if (matrix_test(matrix_allocated(matrix, cpu), bit))
			matrix_set_allocated(matrix, cpu, bit, MATRIX_COMMON,
					     false);
		matrix_take(matrix, cpu);
		matrix->cpus[cpu].books.system++;
	}
	matrix_flip(matrix->closed, bit);
	matrix->books.system++;
}

int irq_matrix_assign_system(struct irq_matrix *matrix, unsigned int bit,
			     bool replace)
{
	unsigned long state;
	int error;

	if (matrix == NULL || bit >= matrix->nr_bits)
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	error = matrix_system_error(matrix, bit, replace);
	if (error == 0)
		matrix_close(matrix, bit);
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

static int matrix_reserve_error(const struct irq_matrix *matrix,
				const struct cpumask *cpus)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		if (matrix->cpus[cpu].books.available == 0)
			return -ENOSPC;
	}
	return 0;
}

static void matrix_set_managed(struct irq_matrix *matrix, unsigned int cpu,
			       bool managed)
{
	struct irq_matrix_books *books = &matrix->cpus[cpu].books;
	enum matrix_kind kind = managed ? MATRIX_COMMON : MATRIX_MANAGED;
	unsigned int bit = matrix_find(matrix, cpu, kind);

	matrix_flip(matrix_managed(matrix, cpu), bit);
	if (managed) {
		matrix_take(matrix, cpu);
		books->managed++;
		matrix->books.managed++;
	} else {
		matrix_pass(matrix, cpu, MATRIX_COMMON, bit);
		matrix_give(matrix, cpu);
		books->managed--;
		matrix->books.managed--;
	}
}

static int matrix_remove_error(const struct irq_matrix *matrix,
			       const struct cpumask *cpus)
{
	unsigned int cpu;
	int error = 0;

	for_each_cpu (cpu, cpus) {
		const struct irq_matrix_books *books = &matrix->cpus[cpu].books;

		if (books->managed == 0)
			return -EINVAL;
		if (books->managed == books->managed_allocated)
			error = -EBUSY;
	}
	return error;
}

/* On all CPUs of the mask or on none. */
static int matrix_change_managed(struct irq_matrix *matrix,
				 const struct cpumask *mask, bool managed)
{
	struct cpumask cpus;
	unsigned long state;
	unsigned int cpu;
	int error;

	if (!matrix_read_mask(matrix, mask, &cpus))
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	error = managed ? matrix_reserve_error(matrix, &cpus)
			: matrix_remove_error(matrix, &cpus);
	if (error == 0) {
		for_each_cpu (cpu, &cpus)
			matrix_set_managed(matrix, cpu, managed);
	}
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

int irq_matrix_reserve_managed(struct irq_matrix *matrix,
			       const struct cpumask *mask)
{
	return matrix_change_managed(matrix, mask, true);
}

int irq_matrix_remove_managed(struct irq_matrix *matrix,
			      const struct cpumask *mask)
{
	return matrix_change_managed(matrix, mask, false);
}

/* How much speaks for a CPU; 0: it has no free bit of the kind. */
static inline unsigned int matrix_worth(const struct irq_matrix_books *books,
					enum matrix_kind kind)
{
	if (kind == MATRIX_COMMON)
		return books->available;
	if (books->managed == books->managed_allocated)
		return 0;
	return IRQKIT_MATRIX_MAX_BITS - books->managed_allocated;
}

/* Returns the CPU, -ENXIO or -ENOSPC. */
static int matrix_choose_cpu(const struct irq_matrix *matrix,
			     const struct cpumask *cpus, enum matrix_kind kind)
{
	unsigned int most = 0;
	unsigned int cpu;
	int best = -ENXIO;

	for_each_cpu (cpu, cpus) {
		const struct irq_matrix_books *books = &matrix->cpus[cpu].books;
		unsigned int worth;

		if (books->online == 0)
			continue;
		if (best == -ENXIO)
			best = -ENOSPC;
		worth = matrix_worth(books, kind);
		if (worth > most) {
			most = worth;
			best = (int)cpu;
		}
	}
	return best;
}

/* Returns the bit, or the error of matrix_choose_cpu(). */
static int matrix_alloc(struct irq_matrix *matrix, const struct cpumask *cpus,
			enum matrix_kind kind, unsigned int *cpu)
{
	int chosen = matrix_choose_cpu(matrix, cpus, kind);
	unsigned int bit;

	if (chosen < 0)
		return chosen;
	*cpu = (unsigned int)chosen;
	bit = matrix_find(matrix, *cpu, kind);
	matrix_set_allocated(matrix, *cpu, bit, kind, true);
	return (int)bit;
}

int irq_matrix_alloc_managed(struct irq_matrix *matrix,
			     const struct cpumask *mask, unsigned int *cpu)
{
	struct cpumask cpus;
	unsigned long state;
	int bit;

	if (cpu == NULL || !matrix_read_mask(matrix, mask, &cpus))
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	bit = matrix_alloc(matrix, &cpus, MATRIX_MANAGED, cpu);
	irqkit_lock_release(&matrix->lock, state);
	return bit;
}

static bool matrix_is_free(const struct irq_matrix *matrix, unsigned int cpu,
			   unsigned int bit)
{
	unsigned long bits = matrix_free_bits(matrix, cpu, MATRIX_COMMON,
					      bit / IRQKIT_BITS_PER_LONG);

	return matrix_test(&bits, bit % IRQKIT_BITS_PER_LONG);
}

int irq_matrix_assign(struct irq_matrix *matrix, unsigned int cpu,
		      unsigned int bit)
{
	unsigned long state;
	int error = -EEXIST;

	if (!matrix_has_cpu(matrix, cpu) || !matrix_has_bit(matrix, bit))
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	if (matrix_is_free(matrix, cpu, bit)) {
		matrix_set_allocated(matrix, cpu, bit, MATRIX_COMMON, true);
		error = 0;
	}
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

int irq_matrix_reserve(struct irq_matrix *matrix)
{
	unsigned long state;
	int error = 0;

	if (matrix == NULL)
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	if (matrix->books.reserved >= matrix->books.available)
		error = -ENOSPC;
	else
		matrix->books.reserved++;
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

int irq_matrix_remove_reserved(struct irq_matrix *matrix)
{
	unsigned long state;
	int error = 0;

	if (matrix == NULL)
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	if (matrix->books.reserved == 0)
		error = -EINVAL;
	else
		matrix->books.reserved--;
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

int irq_matrix_alloc(struct irq_matrix *matrix, const struct cpumask *mask,
		     bool reserved, unsigned int *cpu)
{
	struct cpumask cpus;
	unsigned long state;
	int bit = -EINVAL;

	if (cpu == NULL || !matrix_read_mask(matrix, mask, &cpus))
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	if (!reserved || matrix->books.reserved != 0)
		bit = matrix_alloc(matrix, &cpus, MATRIX_COMMON, cpu);
	if (reserved && bit >= 0)
		matrix->books.reserved--;
	irqkit_lock_release(&matrix->lock, state);
	return bit;
}

/* Result: 0, or -EINVAL if it is not allocated, or of the other kind. */
static int matrix_free(struct irq_matrix *matrix, unsigned int cpu,
		       unsigned int bit, enum matrix_kind kind)
{
	bool managed = matrix_test(matrix_managed(matrix, cpu), bit);

	if (!matrix_test(matrix_allocated(matrix, cpu), bit) ||
	    managed != (kind == MATRIX_MANAGED))
		return -EINVAL;
	matrix_set_allocated(matrix, cpu, bit, kind, false);
	matrix_pass(matrix, cpu, kind, bit);
	return 0;
}

int irq_matrix_free(struct irq_matrix *matrix, unsigned int cpu,
		    unsigned int bit, bool managed)
{
	unsigned long state;
	int error;

	if (!matrix_has_cpu(matrix, cpu) || !matrix_has_bit(matrix, bit))
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	error = matrix_free(matrix, cpu, bit,
			    managed ? MATRIX_MANAGED : MATRIX_COMMON);
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

int irq_matrix_free_to_reserved(struct irq_matrix *matrix, unsigned int cpu,
				unsigned int bit)
{
	unsigned long state;
	int error;

	if (!matrix_has_cpu(matrix, cpu) || !matrix_has_bit(matrix, bit))
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	error = matrix_free(matrix, cpu, bit, MATRIX_COMMON);
	if (error == 0)
		matrix->books.reserved++;
	irqkit_lock_release(&matrix->lock, state);
	return error;
}

unsigned int irq_matrix_available(struct irq_matrix *matrix,
				  const struct cpumask *without)
{
	struct cpumask cpus;
	unsigned int available;
	unsigned long state;
	unsigned int cpu;

	if (matrix == NULL)
		return 0;
	cpumask_clear(&cpus);
	matrix_read_mask(matrix, without, &cpus);
	state = irqkit_lock_acquire(&matrix->lock);
	available = matrix->books.available;
	for_each_cpu (cpu, &cpus) {
		if (matrix->cpus[cpu].books.online != 0)
			available -= matrix->cpus[cpu].books.available;
	}
	irqkit_lock_release(&matrix->lock, state);
	return available;
}

unsigned int irq_matrix_allocated(struct irq_matrix *matrix)
{
	struct irq_matrix_books books;

	return irq_matrix_read(matrix, &books) == 0 ? books.allocated : 0;
}

unsigned int irq_matrix_reserved(struct irq_matrix *matrix)
{
	struct irq_matrix_books books;

	return irq_matrix_read(matrix, &books) == 0 ? books.reserved : 0;
}

int irq_matrix_read(struct irq_matrix *matrix, struct irq_matrix_books *books)
{
	unsigned long state;

	if (matrix == NULL || books == NULL)
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	*books = matrix->books;
	irqkit_lock_release(&matrix->lock, state);
	return 0;
}

int irq_matrix_read_cpu(struct irq_matrix *matrix, unsigned int cpu,
			struct irq_matrix_books *books)
{
	unsigned long state;

	if (!matrix_has_cpu(matrix, cpu) || books == NULL)
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	*books = matrix->cpus[cpu].books;
	irqkit_lock_release(&matrix->lock, state);
	return 0;
}

static enum irq_matrix_use matrix_use(const struct irq_matrix *matrix,
				      unsigned int cpu, unsigned int bit)
{
	bool allocated = matrix_test(matrix_allocated(matrix, cpu), bit);

	if (matrix_test(matrix->system, bit))
		return IRQ_MATRIX_SYSTEM;
	if (!matrix_has_bit(matrix, bit))
		return IRQ_MATRIX_OUTSIDE;
	if (matrix_test(matrix_managed(matrix, cpu), bit))
		return allocated ? IRQ_MATRIX_MANAGED_ALLOCATED
				 : IRQ_MATRIX_MANAGED;
	return allocated ? IRQ_MATRIX_ALLOCATED : IRQ_MATRIX_FREE;
}

int irq_matrix_look(struct irq_matrix *matrix, unsigned int cpu,
		    unsigned int bit)
{
	unsigned long state;
	enum irq_matrix_use use;

	if (!matrix_has_cpu(matrix, cpu) || bit >= matrix->nr_bits)
		return -EINVAL;
	state = irqkit_lock_acquire(&matrix->lock);
	use = matrix_use(matrix, cpu, bit);
	irqkit_lock_release(&matrix->lock, state);
	return (int)use;
}

static void matrix_show_cpu(unsigned int cpu,
			    const struct irq_matrix_books *books,
			    irqkit_print_t print, void *context)
{
	char text[128];

	irqkit_snprintf(text, sizeof(text),
			"cpu %4u: %s, available %u, allocated %u, "
			"managed %u of %u\n",
			cpu, books->online != 0 ? "online" : "offline",
			books->available, books->allocated,
			books->managed_allocated, books->managed);
	print(context, text);
}

int irq_matrix_show(struct irq_matrix *matrix, irqkit_print_t print,
		    void *context)
{
	struct irq_matrix_books books;
	char text[128];

	if (print == NULL || irq_matrix_read(matrix, &books) != 0)
		return -EINVAL;
	irqkit_snprintf(text, sizeof(text),
			"online %u, available %u, reserved %u, system %u\n",
			books.online, books.available, books.reserved,
			books.system);
	print(context, text);
	irqkit_snprintf(text, sizeof(text), "allocated %u, managed %u of %u\n",
			books.allocated, books.managed_allocated,
			books.managed);
	print(context, text);
	for (unsigned int cpu = 0; cpu < matrix->nr_cpus; cpu++) {
		irq_matrix_read_cpu(matrix, cpu, &books);
		if ((books.online | books.allocated | books.managed) != 0)
			matrix_show_cpu(cpu, &books, print, context);
	}
	return 0;
}
