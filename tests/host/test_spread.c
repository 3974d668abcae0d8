/* SPDX-License-Identifier: MIT */
/*
 * Vectors spread over CPUs: all machines of up to 9 CPUs and 3 nodes with up
 * to 12 vectors, and larger ones at random, against the properties that the
 * header promises. The masks of the CPUs are written directly, so that one
 * program is many machines.
 */
#include <irqkit/isolation.h>
#include <irqkit/spread.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

/* Of all machines that are tried; those that are all tried have fewer. */
#define SPREAD_CPUS    48U
#define SPREAD_NODES   13U
#define SPREAD_VECTORS 64U

static unsigned int spread_nodes[IRQKIT_NR_CPUS];

static int spread_node(unsigned int cpu)
{
	return (int)spread_nodes[cpu];
}

/* CPUs by number, a bit each. */
static void spread_machine(unsigned int nr_cpus, unsigned long present,
			   unsigned long foreign)
{
	nr_cpu_ids = nr_cpus;
	irqkit_cpumask_first_n(&irqkit_cpu_masks[IRQKIT_CPU_POSSIBLE], nr_cpus);
	cpumask_clear(&irqkit_cpu_masks[IRQKIT_CPU_PRESENT]);
	irqkit_cpu_masks[IRQKIT_CPU_PRESENT].bits[0] = present;
	irqkit_cpu_masks[IRQKIT_CPU_FOREIGN].bits[0] = foreign;
}

static unsigned int spread_bits(unsigned long word)
{
	return (unsigned int)__builtin_popcountl(word);
}

/* One machine and one spread, as words of bits. */
static struct spread_case {
	unsigned int nr_cpus;
	unsigned int nr;
	unsigned long present; /* without the foreign ones, as the next */
	unsigned long absent;
	unsigned long on[SPREAD_NODES]; /* CPUs of each node */
	unsigned long masks[SPREAD_VECTORS];
} spread_now;

/* A property that does not hold says so once, with the case. */
static void spread_holds(bool condition, const char *what)
{
	const struct spread_case *now = &spread_now;

	if (condition || !tap_is_good())
		return;
	tap_expect(false, "%s: %u vectors, present %lx, absent %lx", what,
		   now->nr, now->present, now->absent);
	for (unsigned int node = 0; node < SPREAD_NODES; node++)
		tap_note("node %u: %lx", node, now->on[node]);
	for (unsigned int i = 0; i < now->nr; i++)
		tap_note("vector %u: %lx", i, now->masks[i]);
}

static void spread_check_cover(void)
{
	const struct spread_case *now = &spread_now;
	const unsigned long all = now->present | now->absent;
	unsigned long covered = 0;
	unsigned int sum = 0;
	unsigned int with_present = 0;
	unsigned int several = 0;

	for (unsigned int i = 0; i < now->nr; i++) {
		covered |= now->masks[i];
		sum += spread_bits(now->masks[i]);
		several += spread_bits(now->masks[i]) != 1;
		with_present += (now->masks[i] & now->present) != 0;
		spread_holds(now->masks[i] != 0, "a vector without a CPU");
	}
	spread_holds(covered == all, "not all CPUs are covered");
	if (now->nr <= spread_bits(all))
		spread_holds(sum == spread_bits(all), "not disjoint");
	else
		spread_holds(several == 0, "more than a CPU for a vector");
	if (now->nr <= spread_bits(now->present))
		spread_holds(with_present == now->nr, "none is present");
	else if (now->nr <= spread_bits(all))
		spread_holds(with_present == spread_bits(now->present),
			     "present CPUs share a vector");
}

/* Beyond one vector for each CPU the present ones repeat, in turn. */
static void spread_check_round(void)
{
	const struct spread_case *now = &spread_now;
	const unsigned int cpus = spread_bits(now->present | now->absent);
	unsigned int uses[SPREAD_CPUS] = {0};
	unsigned int most = 0, least = ~0U;

	for (unsigned int i = cpus; i < now->nr; i++) {
		unsigned int cpu = (unsigned int)__builtin_ctzl(now->masks[i]);

		spread_holds((now->masks[i] & ~now->present) == 0,
			     "an absent CPU is repeated");
		uses[cpu]++;
	}
	for (unsigned int cpu = 0; cpu < now->nr_cpus; cpu++) {
		if ((now->present >> cpu & 1) == 0)
			continue;
		most = uses[cpu] > most ? uses[cpu] : most;
		least = uses[cpu] < least ? uses[cpu] : least;
	}
	spread_holds(most - least <= 1, "not repeated in turn");
}

/* How a node's CPUs of a kind lie in the vectors. */
struct spread_lie {
	unsigned int vectors;
	unsigned int mixed; /* vectors that have CPUs of other nodes too */
	unsigned int most;
	unsigned int least;
	unsigned int most_in_all; /* with CPUs of any kind and node */
	unsigned int least_in_all;
};

static struct spread_lie spread_look(unsigned long cpus, unsigned long others)
{
	struct spread_lie lie = {.least = ~0U, .least_in_all = ~0U};

	for (unsigned int i = 0; i < spread_now.nr; i++) {
		unsigned int size = spread_bits(spread_now.masks[i] & cpus);
		unsigned int whole = spread_bits(spread_now.masks[i]);

		if (size == 0)
			continue;
		lie.vectors++;
		lie.mixed += (spread_now.masks[i] & others) != 0;
		lie.most = size > lie.most ? size : lie.most;
		lie.least = size < lie.least ? size : lie.least;
		lie.most_in_all = whole > lie.most_in_all ? whole
							  : lie.most_in_all;
		lie.least_in_all = whole < lie.least_in_all ? whole
							    : lie.least_in_all;
	}
	return lie;
}

static unsigned int spread_count_kinds(unsigned long cpus)
{
	unsigned int nr = 0;

	for (unsigned int node = 0; node < SPREAD_NODES; node++)
		nr += (spread_now.on[node] & cpus) != 0;
	return nr;
}

/*
 * The exact share of a node is nr * cpus / total. It gets the whole number
 * below or above; or one, where that is more; or less, but never less than a
 * node with fewer CPUs, where others got one that had no right to it.
 */
static void spread_check_shares(unsigned long cpus, unsigned int nr)
{
	const unsigned int total = spread_bits(cpus);
	unsigned int vectors[SPREAD_NODES];
	unsigned int of[SPREAD_NODES];
	bool small = false;

	for (unsigned int node = 0; node < SPREAD_NODES; node++) {
		of[node] = spread_bits(spread_now.on[node] & cpus);
		vectors[node] =
			spread_look(spread_now.on[node] & cpus, 0).vectors;
		small = small || (of[node] != 0 && nr * of[node] < total);
	}
	for (unsigned int i = 0; i < SPREAD_NODES; i++) {
		spread_holds(vectors[i] <= nr * of[i] / total + 1,
			     "more than a node's share");
		spread_holds(small || vectors[i] >= nr * of[i] / total,
			     "less than a node's share");
		for (unsigned int j = 0; j < SPREAD_NODES; j++)
			spread_holds(of[i] < of[j] ||
					     vectors[i] + 1 >= vectors[j],
				     "a node with fewer CPUs has more");
	}
}

/* CPUs of one kind that were spread over @nr vectors of their own. */
static void spread_check_nodes(unsigned long cpus, unsigned int nr)
{
	const unsigned int nodes = spread_count_kinds(cpus);

	if (cpus == 0)
		return;
	for (unsigned int i = 0; i < SPREAD_NODES; i++) {
		unsigned long own = spread_now.on[i] & cpus;
		struct spread_lie lie = spread_look(own, cpus & ~own);

		if (own == 0)
			continue;
		if (nr < nodes) {
			spread_holds(lie.vectors == 1, "a node is split");
			continue;
		}
		spread_holds(lie.vectors != 0 && lie.mixed == 0,
			     "nodes share a vector");
		spread_holds(lie.most - lie.least <= 1, "uneven in a node");
	}
	if (nr >= nodes)
		spread_check_shares(cpus, nr);
}

/* Absent CPUs that joined vectors of present ones. */
static void spread_check_joined(void)
{
	const unsigned long present = spread_now.present;
	const bool own_vectors = spread_now.nr >= spread_count_kinds(present);

	for (unsigned int i = 0; i < SPREAD_NODES; i++) {
		unsigned long on = spread_now.on[i];
		struct spread_lie lie = spread_look(on & present, 0);

		if ((on & present) == 0)
			continue;
		spread_holds(spread_look(on, 0).vectors == lie.vectors,
			     "an absent CPU is not with its node");
		if (own_vectors)
			spread_holds(lie.most_in_all - lie.least_in_all <= 1,
				     "absent CPUs make a node uneven");
	}
}

static void spread_check(const struct irq_affinity_desc *masks,
			 unsigned int nr_cpus, unsigned int nr)
{
	struct spread_case *now = &spread_now;
	unsigned int nr_present;

	now->nr_cpus = nr_cpus;
	now->nr = nr;
	now->present = cpu_present_mask->bits[0] & ~cpu_foreign_mask->bits[0];
	now->absent = ((1UL << nr_cpus) - 1) & ~cpu_present_mask->bits[0] &
		      ~cpu_foreign_mask->bits[0];
	memset(now->on, 0, sizeof(now->on));
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		now->on[spread_nodes[cpu]] |= 1UL << cpu;
	for (unsigned int i = 0; i < nr; i++) {
		now->masks[i] = masks[i].mask.bits[0];
		spread_holds(masks[i].is_managed, "not managed");
	}
	nr_present = spread_bits(now->present);
	spread_check_cover();
	spread_check_round();
	if (nr <= nr_present) {
		spread_check_nodes(now->present, nr);
		spread_check_joined();
	} else if (nr < nr_present + spread_bits(now->absent)) {
		spread_check_nodes(now->absent, nr - nr_present);
	}
}

static void spread_try(unsigned int nr_cpus, unsigned int nr)
{
	static struct irq_affinity_desc masks[SPREAD_VECTORS + 1];
	struct irq_affinity affd = {.pre_vectors = 0};

	memset(masks, 0xa5, sizeof(masks));
	for (unsigned int i = 0; i <= SPREAD_VECTORS; i++)
		masks[i].is_managed = false;
	spread_holds(irq_create_affinity_masks(nr, &affd, masks) == 0,
		     "refused");
	spread_check(masks, nr_cpus, nr);
	spread_holds(masks[nr].mask.bits[0] == ~0UL / 255 * 0xa5,
		     "written beyond the last");
}

/* The next way to put CPUs on nodes; false after the last. */
static bool spread_next_nodes(unsigned int nr_cpus)
{
	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		if (++spread_nodes[cpu] < 3)
			return true;
		spread_nodes[cpu] = 0;
	}
	return false;
}

static void spread_exhaustive(void)
{
	unsigned int machines = 0;

	tap_subject("all machines of up to 9 CPUs and 3 nodes");
	host_node_of = spread_node;
	for (unsigned int cpus = 1; cpus <= 9; cpus++) {
		spread_machine(cpus, (1UL << cpus) - 1, 0);
		do {
			machines++;
			for (unsigned int nr = 1; nr <= 12; nr++)
				spread_try(cpus, nr);
		} while (spread_next_nodes(cpus) && tap_is_good());
	}
	tap_equal(machines, 29523, "machines");
	tap_close();
}

/* With absent and foreign CPUs all of fewer, as there are many. */
static void spread_exhaustive_absent(void)
{
	const unsigned int cpus = 6;

	tap_subject("all machines of 6 CPUs, present or not, of 3 nodes");
	for (unsigned long present = 1; present < 1UL << cpus; present += 2) {
		spread_machine(cpus, present, 0);
		do {
			for (unsigned int nr = 1; nr <= 8; nr++)
				spread_try(cpus, nr);
		} while (spread_next_nodes(cpus) && tap_is_good());
	}
	tap_close();

	tap_subject("foreign CPUs are left out, present or not");
	for (unsigned long foreign = 0; foreign < 1UL << cpus; foreign += 2) {
		spread_machine(cpus, 0x1b, foreign);
		do {
			for (unsigned int nr = 1; nr <= 8; nr++)
				spread_try(cpus, nr);
		} while (spread_next_nodes(cpus) && tap_is_good());
	}
	tap_close();
}

static unsigned int spread_seed = 1;

static unsigned int spread_random(unsigned int below)
{
	spread_seed ^= spread_seed << 13;
	spread_seed ^= spread_seed >> 17;
	spread_seed ^= spread_seed << 5;
	return spread_seed % below;
}

static unsigned long spread_random_word(void)
{
	return (unsigned long)spread_random(~0U) << 32 | spread_random(~0U);
}

/* Nodes of very different sizes: some get less than a share, then others. */
static void spread_random_machines(void)
{
	tap_subject("random machines of up to 48 CPUs and 13 nodes");
	for (unsigned int i = 0; i < 20000 && tap_is_good(); i++) {
		unsigned int cpus = 1 + spread_random(SPREAD_CPUS);
		unsigned int nodes = 1 + spread_random(SPREAD_NODES);
		unsigned int skew = 1 + spread_random(8);
		unsigned long all = (1UL << cpus) - 1;
		unsigned long present = all;

		for (unsigned int cpu = 0; cpu < cpus; cpu++)
			spread_nodes[cpu] = spread_random(skew) != 0
						    ? spread_random(2) % nodes
						    : spread_random(nodes);
		if (spread_random(2) == 0)
			present &= spread_random_word() | 1;
		spread_machine(cpus, present,
			       spread_random(3) != 0
				       ? 0
				       : spread_random_word() &
						 spread_random_word() & all &
						 ~1UL);
		spread_try(cpus, 1 + spread_random(SPREAD_VECTORS));
	}
	tap_close();
}

/*
 * 6 nodes of 1 CPU get more than their share of 19 vectors for 38 CPUs, so that
 * less than one is left for each of the 6 nodes of 2, and 7 for one of 20.
 */
static void spread_twice_small(void)
{
	unsigned int cpu = 0;

	tap_subject("nodes that become small because others are");
	for (unsigned int node = 0; node < 12; node++) {
		spread_nodes[cpu++] = node;
		if (node >= 6)
			spread_nodes[cpu++] = node;
	}
	while (cpu < 38)
		spread_nodes[cpu++] = 12;
	spread_machine(38, (1UL << 38) - 1, 0);
	spread_try(38, 19);
	tap_equal(spread_look(spread_now.on[12], 0).vectors, 7,
		  "vectors of the largest node");
	tap_close();
}

/* By hand, so that what is even and fair is also what is meant. */
static void spread_is(unsigned int nr_cpus, unsigned long present,
		      const char *nodes, const char *expected)
{
	struct irq_affinity_desc masks[8];
	struct irq_affinity affd = {.pre_vectors = 0};
	char text[128] = "";
	unsigned int nr = 1;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++)
		spread_nodes[cpu] = (unsigned int)(nodes[cpu] - '0');
	for (const char *c = expected; *c != '\0'; c++)
		nr += *c == ' ';
	spread_machine(nr_cpus, present, 0);
	tap_equal(irq_create_affinity_masks(nr, &affd, masks), 0, "result");
	for (unsigned int i = 0; i < nr; i++) {
		size_t length = strlen(text);

		irqkit_snprintf(text + length, sizeof(text) - length, "%s%lx",
				i == 0 ? "" : " ", masks[i].mask.bits[0]);
	}
	tap_expect(strcmp(text, expected) == 0, "nodes %s: '%s', expected '%s'",
		   nodes, text, expected);
}

static void spread_by_hand(void)
{
	tap_subject("machines by hand");
	spread_is(8, 0xff, "00000000", "3 c 30 c0");
	spread_is(8, 0xff, "00000000", "7 38 c0");
	spread_is(8, 0xff, "01010101", "5 50 a a0");
	spread_is(8, 0xff, "00000011", "3 c 30 c0");
	spread_is(8, 0xff, "00001122", "f f0");
	spread_is(8, 0xff, "00000012", "3f 40 80");
	spread_is(8, 0xff, "00000012", "7 38 40 80");
	spread_is(2, 0x3, "00", "1 2 1 2 1");
	spread_is(4, 0x3, "0000", "5 a");
	spread_is(4, 0x3, "0110", "9 6");
	spread_is(4, 0x3, "0000", "1 2 c");
	spread_is(4, 0x3, "0000", "1 2 4 8 1 2 1");
	spread_is(6, 0xf, "000011", "13 2c");
	spread_is(10, 0x3ff, "0000001234", "7 38 40 80 100 200");
	spread_is(10, 0x3ff, "1234000000", "1 2 4 8 70 380");
	tap_close();
}

/* As large as a cpumask, with CPUs beyond its first word. */
static void spread_large(void)
{
	static struct irq_affinity_desc masks[IRQKIT_NR_CPUS + 1];
	struct irq_affinity affd = {.pre_vectors = 0};
	struct cpumask seen;
	unsigned int sum = 0;

	tap_subject("IRQKIT_NR_CPUS CPUs, each on a node of its own");
	for (unsigned int cpu = 0; cpu < IRQKIT_NR_CPUS; cpu++)
		spread_nodes[cpu] = cpu;
	spread_machine(IRQKIT_NR_CPUS, 0, 0);
	irqkit_cpumask_first_n(&irqkit_cpu_masks[IRQKIT_CPU_PRESENT],
			       IRQKIT_NR_CPUS - 5);
	for (unsigned int nr = 1; nr <= IRQKIT_NR_CPUS + 1; nr += 17) {
		tap_equal(irq_create_affinity_masks(nr, &affd, masks), 0,
			  "%u vectors", nr);
		cpumask_clear(&seen);
		for (unsigned int i = 0; i < nr; i++) {
			tap_expect(!cpumask_intersects(&seen, &masks[i].mask),
				   "%u vectors: %u is disjoint", nr, i);
			cpumask_or(&seen, &seen, &masks[i].mask);
		}
		tap_expect(cpumask_equal(&seen, cpu_possible_mask),
			   "%u vectors: all CPUs", nr);
	}
	tap_equal(irq_create_affinity_masks(IRQKIT_NR_CPUS + 1, &affd, masks),
		  0, "a vector more than CPUs");
	for (unsigned int i = 0; i <= IRQKIT_NR_CPUS; i++)
		sum += cpumask_weight(&masks[i].mask);
	tap_equal(sum, IRQKIT_NR_CPUS + 1, "CPUs of all of them");
	tap_close();
	memset(spread_nodes, 0, sizeof(spread_nodes));
}

/* What the call writes where, with vectors before and after. */
static void spread_reserved(void)
{
	struct irq_affinity_desc masks[10];
	struct irq_affinity affd = {.pre_vectors = 2, .post_vectors = 1};
	struct cpumask mask;

	tap_subject("vectors before and after are not managed");
	spread_machine(4, 0xf, 0);
	irqkit_cpumask_single(&mask, 2);
	tap_equal(irq_set_default_affinity(&mask), 0, "CPU 2 by default");
	memset(masks, 0x5a, sizeof(masks));
	tap_equal(irq_create_affinity_masks(7, &affd, masks), 0, "of seven");
	for (unsigned int i = 0; i < 7; i++) {
		bool managed = i >= 2 && i < 6;

		tap_equal(masks[i].is_managed, managed, "vector %u", i);
		tap_equal((long long)masks[i].mask.bits[0],
			  managed ? 1 << (i - 2) : 5, "CPUs of vector %u", i);
	}
	tap_equal((long long)(masks[7].mask.bits[0] & 0xff), 0x5a, "beyond");
	tap_equal(affd.nr_sets, 1, "sets");
	tap_equal(affd.set_size[0], 4, "vectors of the set");
	tap_equal(irq_create_affinity_masks(3, &affd, masks), 0, "just enough");
	tap_expect(!masks[0].is_managed && !masks[1].is_managed &&
			   !masks[2].is_managed,
		   "none to spread");
	tap_equal(masks[3].is_managed, true, "the next is untouched");
	tap_equal(affd.set_size[0], 0, "vectors of the set");
	tap_close();
}

static unsigned int spread_sets[8];
static unsigned int spread_asked;

/* As the test says: the number of sets and their sizes. */
static void spread_calc(struct irq_affinity *affd, unsigned int nvecs)
{
	spread_asked = nvecs;
	tap_expect(affd->priv == &spread_asked, "the driver's own");
	affd->nr_sets = spread_sets[0];
	for (unsigned int i = 0; i < IRQ_AFFINITY_MAX_SETS; i++)
		affd->set_size[i] = spread_sets[1 + i];
}

static void spread_choose(unsigned int nr, unsigned int a, unsigned int b,
			  unsigned int c, unsigned int d)
{
	const unsigned int sets[] = {nr, a, b, c, d};

	memcpy(spread_sets, sets, sizeof(sets));
	spread_asked = 0;
}

static void spread_in_sets(void)
{
	/* On 4 CPUs: sets of 4, 1, 0 and 2, and one that is left over. */
	static const unsigned int expected[] = {5,   1,	  2,   4, 8,
						0xf, 0x3, 0xc, 5, 5};
	struct irq_affinity_desc masks[10];
	struct irq_affinity affd = {.pre_vectors = 1,
				    .post_vectors = 1,
				    .calc_sets = spread_calc,
				    .priv = &spread_asked};

	tap_subject("each set is spread over all CPUs");
	spread_choose(4, 4, 1, 0, 2);
	/* A set of none must do nothing to the next vector, absent or not. */
	spread_machine(4, 0x7, 0);
	tap_equal(irq_create_affinity_masks(10, &affd, masks), 0, "CPU absent");
	tap_equal(masks[1].is_managed, true, "vector 1");
	spread_machine(4, 0xf, 0);
	tap_equal(irq_create_affinity_masks(10, &affd, masks), 0, "result");
	tap_equal(spread_asked, 8, "vectors for the sets");
	for (unsigned int i = 0; i < 10; i++) {
		tap_equal((long long)masks[i].mask.bits[0], expected[i],
			  "CPUs of vector %u", i);
		tap_equal(masks[i].is_managed, i >= 1 && i < 8, "vector %u", i);
	}
	spread_asked = 99;
	tap_equal(irq_create_affinity_masks(2, &affd, masks), 0, "none left");
	tap_equal(spread_asked, 99, "the driver is not asked then");
	tap_close();
}

static void spread_empty_set_first(void)
{
	struct irq_affinity_desc masks[3];
	struct irq_affinity affd = {.calc_sets = spread_calc,
				    .priv = &spread_asked};

	tap_subject("a set of none touches nothing");
	spread_machine(4, 0x7, 0);
	spread_choose(2, 2, 0, 0, 0);
	memset(masks, 0, sizeof(masks));
	tap_equal(irq_create_affinity_masks(2, &affd, masks), 0, "result");
	tap_expect(cpumask_empty(&masks[2].mask), "what follows");
	tap_close();
}

static void spread_refuses(unsigned int nvecs, struct irq_affinity *affd,
			   const char *what)
{
	struct irq_affinity_desc masks[16];
	struct irq_affinity_desc before[16];

	memset(masks, 0x5a, sizeof(masks));
	for (unsigned int i = 0; i < 16; i++)
		masks[i].is_managed = false;
	memcpy(before, masks, sizeof(masks));
	tap_equal(irq_create_affinity_masks(nvecs, affd, masks), -EINVAL, "%s",
		  what);
	tap_equal(memcmp(before, masks, sizeof(masks)), 0, "after %s", what);
}

static void spread_errors(void)
{
	struct irq_affinity affd = {.priv = &spread_asked};

	tap_subject("what is wrong is -EINVAL and changes no mask");
	spread_machine(4, 0xf, 0);
	spread_refuses(0, &affd, "no vector");
	spread_refuses(4, NULL, "no wish");
	tap_equal(irq_create_affinity_masks(4, &affd, NULL), -EINVAL,
		  "no masks");
	affd.pre_vectors = 5;
	spread_refuses(4, &affd, "too many before");
	affd.pre_vectors = 3;
	affd.post_vectors = 2;
	spread_refuses(4, &affd, "too many around");
	affd.post_vectors = ~0U;
	spread_refuses(4, &affd, "~0U after");
	affd.pre_vectors = ~0U;
	affd.post_vectors = 5;
	spread_refuses(4, &affd, "~0U before");
	affd.pre_vectors = 0;
	affd.post_vectors = 1;
	affd.calc_sets = spread_calc;
	spread_choose(0, 1, 1, 1, 1);
	spread_refuses(9, &affd, "no set");
	spread_choose(IRQ_AFFINITY_MAX_SETS + 1, 1, 1, 1, 1);
	spread_refuses(9, &affd, "a set too many");
	spread_choose(~0U, 1, 1, 1, 1);
	spread_refuses(9, &affd, "~0U sets");
	spread_choose(2, 4, 5, 0, 0);
	spread_refuses(9, &affd, "a vector too many");
	spread_choose(3, 4, ~0U, 1, 0);
	spread_refuses(9, &affd, "sets that overflow");
	spread_choose(2, 4, 4, 100, 100);
	tap_equal(
		irq_create_affinity_masks(
			9, &affd, (struct irq_affinity_desc[9]){{.mask = {}}}),
		0, "sets that are not there do not count");
	nr_cpu_ids = 0;
	spread_refuses(9, &affd, "no CPU");
	nr_cpu_ids = 4;
	tap_close();
}

static void spread_calc_vectors(void)
{
	struct irq_affinity affd = {.pre_vectors = 2, .post_vectors = 1};

	tap_subject("irq_calc_affinity_vectors()");
	spread_machine(4, 0x3, 0);
	tap_equal(irq_calc_affinity_vectors(3, 20, &affd), 7, "of many");
	tap_equal(irq_calc_affinity_vectors(3, 7, &affd), 7, "as many");
	tap_equal(irq_calc_affinity_vectors(3, 6, &affd), 6, "fewer");
	tap_equal(irq_calc_affinity_vectors(3, 3, &affd), 3, "no more");
	tap_equal(irq_calc_affinity_vectors(2, 20, &affd), 0, "too few");
	tap_equal(irq_calc_affinity_vectors(5, 4, &affd), 0, "round");
	tap_equal(irq_calc_affinity_vectors(~0U, ~0U, &affd), 7, "~0U");
	tap_equal(irq_calc_affinity_vectors(3, 20, NULL), 0, "NULL");
	affd.calc_sets = spread_calc;
	tap_equal(irq_calc_affinity_vectors(3, 20, &affd), 20, "in sets");
	affd.pre_vectors = ~0U;
	tap_equal(irq_calc_affinity_vectors(3, 20, &affd), 0, "overflow");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(1, NULL);
	spread_exhaustive();
	spread_exhaustive_absent();
	spread_random_machines();
	spread_twice_small();
	spread_by_hand();
	spread_large();
	spread_reserved();
	spread_in_sets();
	spread_empty_set_first();
	spread_errors();
	spread_calc_vectors();
	return host_end();
}
