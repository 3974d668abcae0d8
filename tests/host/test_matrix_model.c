/* SPDX-License-Identifier: MIT */
/*
 * The vector matrix: a million calls at random, against a model that knows
 * what each bit is in plain arrays. Its counts change with each bit and
 * nothing else.
 */
#include <irqkit/matrix.h>
#include <string.h>
#include "host.h"
#include "suites/suite.h"

#define MODEL_CPUS	8
#define MODEL_ROUNDS	84U
#define MODEL_CALLS	12000U
#define MODEL_USES	((unsigned int)IRQ_MATRIX_OUTSIDE + 1)
#define MODEL_NONE	(~0U)
#define MODEL_MAX_BITS	256
#define MODEL_UNTOUCHED 77U

static const struct model_geometry {
	unsigned int nr_bits;
	unsigned int start;
	unsigned int end;
} model_geometries[] = {
	{8, 0, 8},    {8, 3, 7},      {33, 1, 33},    {64, 0, 64},
	{65, 10, 65}, {128, 32, 120}, {256, 32, 236},
};

#define MODEL_GEOMETRIES \
	(sizeof(model_geometries) / sizeof(model_geometries[0]))

struct model_cpu {
	bool online;
	unsigned char use[MODEL_MAX_BITS];
	unsigned int counts[MODEL_USES];
	unsigned int freed[2]; /* just now, by kind; MODEL_NONE */
};

static struct {
	struct model_geometry geometry;
	struct model_cpu cpus[MODEL_CPUS];
	unsigned int nr_cpus;
	unsigned int reserved;
	uint32_t random;
	struct irq_matrix *matrix;
	struct irq_matrix *plan;
	unsigned int planned; /* so many further calls go to the plan too */
	unsigned int mood;    /* of 16, how many calls take rather than give */
} model;

static unsigned int model_random(unsigned int below)
{
	return (suite_random(&model.random) >> 4) % below;
}

static void model_set(unsigned int cpu, unsigned int bit,
		      enum irq_matrix_use use)
{
	struct model_cpu *that = &model.cpus[cpu];

	that->counts[that->use[bit]]--;
	that->use[bit] = (unsigned char)use;
	that->counts[use]++;
	that->freed[0] = MODEL_NONE;
	that->freed[1] = MODEL_NONE;
}

static void model_reset(unsigned int round)
{
	static const unsigned int nr_cpus[] = {1, 3, MODEL_CPUS};

	memset(&model, 0, sizeof(model));
	model.random = SUITE_SEED + round;
	model.geometry = model_geometries[round % MODEL_GEOMETRIES];
	model.nr_cpus = nr_cpus[round / MODEL_GEOMETRIES % 3];
	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		model.cpus[cpu].counts[0] = model.geometry.nr_bits;
		for (unsigned int i = 0; i < model.geometry.nr_bits; i++)
			model_set(cpu, i,
				  i >= model.geometry.start &&
						  i < model.geometry.end
					  ? IRQ_MATRIX_FREE
					  : IRQ_MATRIX_OUTSIDE);
	}
}

static void model_read_cpu(unsigned int cpu, struct irq_matrix_books *books)
{
	const unsigned int *counts = model.cpus[cpu].counts;

	books->online = model.cpus[cpu].online;
	books->available = counts[IRQ_MATRIX_FREE];
	books->allocated = counts[IRQ_MATRIX_ALLOCATED] +
			   counts[IRQ_MATRIX_MANAGED_ALLOCATED];
	books->managed = counts[IRQ_MATRIX_MANAGED] +
			 counts[IRQ_MATRIX_MANAGED_ALLOCATED];
	books->managed_allocated = counts[IRQ_MATRIX_MANAGED_ALLOCATED];
	books->reserved = 0;
	books->system = model.geometry.end - model.geometry.start -
			counts[IRQ_MATRIX_FREE] - counts[IRQ_MATRIX_ALLOCATED] -
			books->managed;
}

static unsigned int model_available(void)
{
	unsigned int available = 0;

	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		if (model.cpus[cpu].online)
			available += model.cpus[cpu].counts[IRQ_MATRIX_FREE];
	}
	return available;
}

static bool model_same(const struct irq_matrix_books *a,
		       const struct irq_matrix_books *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void model_check_books(struct irq_matrix *checked)
{
	struct irq_matrix_books sum = {0};
	struct irq_matrix_books expected;
	struct irq_matrix_books books;

	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		model_read_cpu(cpu, &expected);
		irq_matrix_read_cpu(checked, cpu, &books);
		tap_expect(model_same(&books, &expected), "books of CPU %u",
			   cpu);
		sum.online += expected.online;
		sum.allocated += expected.allocated;
		sum.managed += expected.managed;
		sum.managed_allocated += expected.managed_allocated;
		sum.system = expected.system;
	}
	sum.available = model_available();
	sum.reserved = model.reserved;
	irq_matrix_read(checked, &books);
	tap_expect(model_same(&books, &sum), "books of all");
}

static void model_check_bits(void)
{
	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		for (unsigned int i = 0; i < model.geometry.nr_bits; i++)
			tap_equal(irq_matrix_look(model.matrix, cpu, i),
				  model.cpus[cpu].use[i], "CPU %u, bit %u", cpu,
				  i);
	}
}

/* The same call to the plan must do the same. */
#define MODEL_CALL(result, call, ...)                                        \
	do {                                                                 \
		(result) = call(model.matrix, ##__VA_ARGS__);                \
		if (model.planned != 0)                                      \
			tap_equal(call(model.plan, ##__VA_ARGS__), (result), \
				  "planned " #call);                         \
	} while (0)

/* CPUs by chance, with some that there are not. */
static void model_mask(struct cpumask *mask)
{
	unsigned int many = model_random(4);

	cpumask_clear(mask);
	for (unsigned int cpu = 0; cpu < model.nr_cpus + 2; cpu++) {
		if (model_random(4) <= many)
			cpumask_set_cpu(cpu, mask);
	}
	if (model_random(32) == 0)
		cpumask_clear(mask);
}

static bool model_in(unsigned int cpu, const struct cpumask *mask)
{
	return cpumask_test_cpu(cpu, mask);
}

static bool model_is_empty(const struct cpumask *mask)
{
	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		if (model_in(cpu, mask))
			return false;
	}
	return true;
}

/* A CPU, now and then one that there is not. */
static unsigned int model_cpu(void)
{
	return model_random(64) == 0 ? model.nr_cpus
				     : model_random(model.nr_cpus);
}

static bool model_has(unsigned int cpu, unsigned int bit)
{
	return cpu < model.nr_cpus && bit >= model.geometry.start &&
	       bit < model.geometry.end;
}

static void model_hotplug(void)
{
	unsigned int cpu = model_cpu();
	bool online = model_random(3) != 0;
	int expected = -EINVAL;
	int result;

	if (cpu < model.nr_cpus && model.cpus[cpu].online != online) {
		model.cpus[cpu].online = online;
		expected = 0;
	}
	if (online)
		MODEL_CALL(result, irq_matrix_online, cpu);
	else
		MODEL_CALL(result, irq_matrix_offline, cpu);
	tap_equal(result, expected, "CPU %u online %d", cpu, online);
}

static int model_system_result(unsigned int bit, bool replace)
{
	if (bit >= model.geometry.nr_bits)
		return -EINVAL;
	if (model.cpus[0].use[bit] == IRQ_MATRIX_SYSTEM)
		return -EEXIST;
	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		unsigned char use = model.cpus[cpu].use[bit];

		if (use == IRQ_MATRIX_MANAGED ||
		    use == IRQ_MATRIX_MANAGED_ALLOCATED ||
		    (use == IRQ_MATRIX_ALLOCATED && !replace))
			return -EBUSY;
	}
	return 0;
}

static void model_system(void)
{
	unsigned int bit = model_random(model.geometry.nr_bits + 1);
	bool replace = model_random(2) != 0;
	int expected = model_system_result(bit, replace);
	int result;

	for (unsigned int cpu = 0; expected == 0 && cpu < model.nr_cpus; cpu++)
		model_set(cpu, bit, IRQ_MATRIX_SYSTEM);
	MODEL_CALL(result, irq_matrix_assign_system, bit, replace);
	tap_equal(result, expected, "system bit %u", bit);
}

/* One bit of the CPU went from one use to another: the model follows. */
static void model_follow(unsigned int cpu, enum irq_matrix_use from,
			 enum irq_matrix_use to)
{
	unsigned int found = 0;

	for (unsigned int i = 0; i < model.geometry.nr_bits; i++) {
		int use = irq_matrix_look(model.matrix, cpu, i);

		if (use == model.cpus[cpu].use[i])
			continue;
		tap_equal(model.cpus[cpu].use[i], from, "bit %u was", i);
		tap_equal(use, to, "bit %u is", i);
		model_set(cpu, i, (enum irq_matrix_use)use);
		found++;
	}
	tap_equal(found, 1, "bits of CPU %u that changed", cpu);
}

static int model_managed_result(const struct cpumask *mask, bool reserve)
{
	int result = model_is_empty(mask) ? -EINVAL : 0;

	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		const unsigned int *counts = model.cpus[cpu].counts;

		if (!model_in(cpu, mask))
			continue;
		if (reserve && counts[IRQ_MATRIX_FREE] == 0)
			return -ENOSPC;
		if (reserve || counts[IRQ_MATRIX_MANAGED] != 0)
			continue;
		if (counts[IRQ_MATRIX_MANAGED_ALLOCATED] == 0)
			return -EINVAL;
		result = -EBUSY;
	}
	return result;
}

static void model_managed(bool reserve)
{
	struct cpumask mask;
	int expected;
	int result;

	model_mask(&mask);
	expected = model_managed_result(&mask, reserve);
	if (reserve)
		MODEL_CALL(result, irq_matrix_reserve_managed, &mask);
	else
		MODEL_CALL(result, irq_matrix_remove_managed, &mask);
	tap_equal(result, expected, "managed, reserve %d", reserve);
	for (unsigned int cpu = 0; expected == 0 && cpu < model.nr_cpus;
	     cpu++) {
		if (model_in(cpu, &mask))
			model_follow(
				cpu,
				reserve ? IRQ_MATRIX_FREE : IRQ_MATRIX_MANAGED,
				reserve ? IRQ_MATRIX_MANAGED : IRQ_MATRIX_FREE);
	}
}

/* The CPU that an allocation must choose, or its error. */
static int model_choice(const struct cpumask *mask, bool managed)
{
	int best = model_is_empty(mask) ? -EINVAL : -ENXIO;
	unsigned int load = 0;

	for (unsigned int cpu = model.nr_cpus; cpu-- > 0;) {
		const unsigned int *counts = model.cpus[cpu].counts;
		unsigned int here =
			managed ? counts[IRQ_MATRIX_MANAGED_ALLOCATED]
				: 1024 - counts[IRQ_MATRIX_FREE];

		if (!model.cpus[cpu].online || !model_in(cpu, mask))
			continue;
		if (counts[managed ? IRQ_MATRIX_MANAGED : IRQ_MATRIX_FREE] ==
		    0) {
			best = best < 0 ? -ENOSPC : best;
		} else if (best < 0 || here <= load) {
			best = (int)cpu;
			load = here;
		}
	}
	return best;
}

/* The bit must be free, and not have been freed just now: HZ23. */
static void model_take(unsigned int cpu, unsigned int bit, bool managed)
{
	struct model_cpu *that = &model.cpus[cpu];
	enum irq_matrix_use use = managed ? IRQ_MATRIX_MANAGED
					  : IRQ_MATRIX_FREE;

	if (!tap_expect(bit < model.geometry.nr_bits, "bit %u", bit))
		return;
	tap_equal(that->use[bit], use, "CPU %u, bit %u was", cpu, bit);
	tap_expect(that->freed[managed] != bit || that->counts[use] == 1,
		   "CPU %u, bit %u was just freed", cpu, bit);
	model_set(cpu, bit,
		  managed ? IRQ_MATRIX_MANAGED_ALLOCATED
			  : IRQ_MATRIX_ALLOCATED);
}

static void model_alloc(bool managed)
{
	bool reserved = !managed && model_random(2) != 0;
	unsigned int cpu = MODEL_UNTOUCHED;
	struct cpumask mask;
	int expected;
	int bit;

	model_mask(&mask);
	expected = model_choice(&mask, managed);
	if (reserved && model.reserved == 0)
		expected = -EINVAL;
	if (managed)
		MODEL_CALL(bit, irq_matrix_alloc_managed, &mask, &cpu);
	else
		MODEL_CALL(bit, irq_matrix_alloc, &mask, reserved, &cpu);
	if (expected < 0) {
		tap_equal(bit, expected, "alloc, managed %d", managed);
		tap_equal(cpu, MODEL_UNTOUCHED, "CPU after it failed");
		return;
	}
	if (!tap_equal(cpu, expected, "alloc, managed %d: the CPU", managed))
		return;
	model_take(cpu, (unsigned int)bit, managed);
	model.reserved -= reserved;
}

static void model_assign(void)
{
	unsigned int cpu = model_cpu();
	unsigned int bit = model_random(model.geometry.nr_bits + 1);
	int expected = -EINVAL;
	int result;

	if (model_has(cpu, bit))
		expected = model.cpus[cpu].use[bit] == IRQ_MATRIX_FREE
				   ? 0
				   : -EEXIST;
	MODEL_CALL(result, irq_matrix_assign, cpu, bit);
	tap_equal(result, expected, "assign of %u on CPU %u", bit, cpu);
	if (expected == 0)
		model_set(cpu, bit, IRQ_MATRIX_ALLOCATED);
}

static void model_promise(bool reserve)
{
	int expected;
	int result;

	if (reserve) {
		expected = model.reserved < model_available() ? 0 : -ENOSPC;
		MODEL_CALL(result, irq_matrix_reserve);
		model.reserved += expected == 0;
	} else {
		expected = model.reserved != 0 ? 0 : -EINVAL;
		MODEL_CALL(result, irq_matrix_remove_reserved);
		model.reserved -= expected == 0;
	}
	tap_equal(result, expected, "promise %d", reserve);
}

/* A bit that is allocated, mostly. */
static unsigned int model_victim(unsigned int cpu)
{
	unsigned int nr_bits = model.geometry.nr_bits;
	unsigned int bit = model_random(nr_bits + 1);

	if (cpu >= model.nr_cpus || model_random(8) == 0)
		return bit;
	for (unsigned int i = 0; i < nr_bits; i++) {
		unsigned char use = model.cpus[cpu].use[(bit + i) % nr_bits];

		if (use == IRQ_MATRIX_ALLOCATED ||
		    use == IRQ_MATRIX_MANAGED_ALLOCATED)
			return (bit + i) % nr_bits;
	}
	return bit;
}

static void model_free(void)
{
	unsigned int cpu = model_cpu();
	unsigned int bit = model_victim(cpu);
	bool managed = model_random(16) == 0;
	bool promise = model_random(4) == 0;
	int expected = -EINVAL;
	int result;

	if (model_has(cpu, bit)) {
		unsigned char use = model.cpus[cpu].use[bit];

		managed ^= use == IRQ_MATRIX_MANAGED_ALLOCATED;
		promise = promise && !managed;
		if (use == (managed ? IRQ_MATRIX_MANAGED_ALLOCATED
				    : IRQ_MATRIX_ALLOCATED))
			expected = 0;
	}
	if (promise)
		MODEL_CALL(result, irq_matrix_free_to_reserved, cpu, bit);
	else
		MODEL_CALL(result, irq_matrix_free, cpu, bit, managed);
	tap_equal(result, expected, "free of %u on CPU %u", bit, cpu);
	if (expected != 0)
		return;
	model_set(cpu, bit, managed ? IRQ_MATRIX_MANAGED : IRQ_MATRIX_FREE);
	model.cpus[cpu].freed[managed] = bit;
	model.reserved += promise;
}

static void model_plan(void)
{
	tap_equal(irq_matrix_copy(model.matrix, model.plan), 0, "copy");
	model.planned = model_random(60) + 1;
	model_check_books(model.plan);
}

/* A call that takes, or gives back; the mood changes now and then. */
static void model_trade(void)
{
	bool take = model_random(16) < model.mood;

	switch (model_random(8)) {
	case 0:
		model_promise(take);
		break;
	case 1:
	case 2:
		if (take)
			model_alloc(true);
		else
			model_free();
		break;
	case 3:
		if (take)
			model_assign();
		else
			model_free();
		break;
	default:
		if (take)
			model_alloc(false);
		else
			model_free();
		break;
	}
}

static void model_call(void)
{
	unsigned int choice = model_random(1000);

	if (choice < 2)
		model_system();
	else if (choice < 12)
		model_hotplug();
	else if (choice < 20)
		model_plan();
	else if (choice < 60)
		model_managed(model_random(16) < model.mood);
	else
		model_trade();
	if (model.planned != 0 && --model.planned == 0)
		model_check_books(model.plan);
	model_check_books(model.matrix);
}

static void model_create(void)
{
	nr_cpu_ids = model.nr_cpus;
	tap_equal(irq_matrix_create(model.geometry.nr_bits,
				    model.geometry.start, model.geometry.end,
				    &model.matrix),
		  0, "create");
	tap_equal(irq_matrix_create(model.geometry.nr_bits,
				    model.geometry.start, model.geometry.end,
				    &model.plan),
		  0, "create");
}

/* All that is in it is given back, one by one. */
static void model_empty(void)
{
	for (unsigned int cpu = 0; cpu < model.nr_cpus; cpu++) {
		struct cpumask one;

		irqkit_cpumask_single(&one, cpu);
		for (unsigned int i = 0; i < model.geometry.nr_bits; i++) {
			irq_matrix_free(model.matrix, cpu, i, false);
			irq_matrix_free(model.matrix, cpu, i, true);
		}
		while (irq_matrix_remove_managed(model.matrix, &one) == 0)
			;
	}
	while (irq_matrix_remove_reserved(model.matrix) == 0)
		;
}

static void model_destroy(void)
{
	tap_equal(irq_matrix_copy(model.matrix, model.plan), 0, "copy");
	model_empty();
	tap_equal(irq_matrix_destroy(model.matrix), 0, "destroy");
	tap_equal(irq_matrix_destroy(model.plan), 0, "destroy of a plan");
}

/* Interrupts are off: a call that allocated would break the port's rules. */
static bool model_round(unsigned int round)
{
	unsigned long state;
	unsigned int i;

	model_reset(round);
	model_create();
	state = irqkit_port_irq_save();
	for (i = 0; i < MODEL_CALLS && tap_is_good(); i++) {
		if (i % 600 == 0)
			model.mood = 4 + model_random(10);
		model_call();
		if (i % 1000 == 0)
			model_check_bits();
	}
	model_check_bits();
	irqkit_port_irq_restore(state);
	model_destroy();
	if (!tap_is_good())
		tap_note("seed 0x%x, round %u, call %u", SUITE_SEED + round,
			 round, i);
	return tap_is_good();
}

/* What a machine is to a matrix is the number of its CPUs. */
static void model_run(void)
{
	unsigned int machine = nr_cpu_ids;
	unsigned long memory = host_live();
	unsigned int round = 0;

	tap_subject("HZ12, HZ13, HZ23, HZ28: %u calls at random, and a model",
		    MODEL_ROUNDS * MODEL_CALLS);
	while (round < MODEL_ROUNDS && model_round(round))
		round++;
	nr_cpu_ids = machine;
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(MODEL_CPUS, NULL);
	model_run();
	return host_end();
}
