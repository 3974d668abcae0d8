/* SPDX-License-Identifier: MIT */
/*
 * CPUs that go and come at random while a CPU raises interrupts as fast as they
 * are handled, and the handlers raise some themselves. The row of steps is that
 * of the seed; when each event arrives is not.
 */
#include "hotplug.h"

/* Steps between two looks at the books. */
#define STORM_REST 32U

/* So often at most a handler raises its interrupt again. */
#define STORM_AGAIN 6U

/* Interrupts that are raised before each step where no CPU is spared for it. */
#define STORM_BURST 24U

/* One of so many CPUs goes with interrupts off from before the first step. */
#define STORM_DEAF 4U

unsigned int hotplug_rounds = 200;
uint32_t hotplug_seed = SUITE_SEED;

static struct {
	uint32_t random;
	unsigned int pump; /* the CPU that raises; SUITE_NONE */
	bool stop;
	unsigned int downs, ups;
	unsigned int counts[IRQKIT_RECEIPT_KINDS];
} storm;

static unsigned int storm_random(unsigned int below)
{
	return suite_random(&storm.random) % below;
}

/* ---- who raises */

static void storm_fire_one(uint32_t *random)
{
	uint32_t x = suite_random(random) >> 4;

	source_fire(&hotplug_sources[x % hotplug_nr_sources],
		    x % 5 == 0 ? x % STORM_AGAIN : 0);
}

/* On the pump's CPU. */
static void storm_pump(void *argument)
{
	uint32_t random = hotplug_seed + 1;

	(void)argument;
	while (!__atomic_load_n(&storm.stop, __ATOMIC_ACQUIRE)) {
		storm_fire_one(&random);
		suite_relax();
	}
}

/* A CPU that may go and come is spared for it, if two others are left. */
static void storm_start_pump(void)
{
	unsigned int nr = cpumask_weight(&hotplug_movable);

	storm.pump = SUITE_NONE;
	storm.stop = false;
	if (nr < 2)
		return;
	storm.pump = hotplug_cpu(storm_random(nr));
	if (!cpu_online(storm.pump) && !hotplug_up(storm.pump))
		storm.pump = SUITE_NONE;
	else
		suite_start_on(storm.pump, storm_pump, NULL);
}

static void storm_stop_pump(void)
{
	__atomic_store_n(&storm.stop, true, __ATOMIC_RELEASE);
	if (storm.pump != SUITE_NONE)
		suite_wait_for(storm.pump);
	storm.pump = SUITE_NONE;
}

/* ---- what is raised */

static void storm_random_cpus(unsigned int nr, struct cpumask *cpus)
{
	unsigned int movable = cpumask_weight(&hotplug_movable);

	cpumask_clear(cpus);
	for (unsigned int i = 0; i < nr; i++)
		cpumask_set_cpu(hotplug_cpu(storm_random(movable)), cpus);
}

static struct source *storm_open_one(unsigned int i)
{
	enum source_kind kind = i % SOURCE_KINDS;
	struct cpumask cpus;

	if (kind == SOURCE_FREE)
		return hotplug_open(kind, NULL);
	storm_random_cpus(kind == SOURCE_BOUND ? 1 : 1 + storm_random(3),
			  &cpus);
	/* Some never go down. */
	if (kind == SOURCE_MANAGED && i % 3 == 0)
		cpumask_copy(&cpus, cpu_possible_mask);
	return hotplug_open(kind, &cpus);
}

static bool storm_open(void)
{
	for (unsigned int i = 0; i < HOTPLUG_SOURCES; i++) {
		if (storm_open_one(i) == NULL)
			return false;
	}
	return true;
}

static int storm_aim(struct source *source, const struct cpumask *cpus)
{
	int error = irq_set_affinity(source->irq, cpus);

	tap_equal(error,
		  cpumask_intersects(cpus, cpu_active_mask) ? 0 : -EINVAL,
		  "irq_set_affinity() of irq %u", source->irq);
	return error;
}

/* In the middle of its events, at CPUs of which some, or all, may be away. */
static void storm_roam(struct source *source)
{
	struct cpumask cpus;

	storm_random_cpus(1 + storm_random(3), &cpus);
	if (storm_aim(source, &cpus) == 0)
		cpumask_copy(&source->asked, &cpus);
}

/* Back at its own CPU. The event makes the move where that waits for one. */
static void storm_bring_home(struct source *source)
{
	source_hold(source);
	if (storm_aim(source, &source->asked) == 0)
		source_cycle(source);
	source_release(source);
	hotplug_tell(source->irq);
}

static void storm_aim_one(void)
{
	struct source *source;

	source = &hotplug_sources[storm_random(hotplug_nr_sources)];
	if (source->kind == SOURCE_ROAMING)
		storm_roam(source);
	else if (source->kind == SOURCE_BOUND)
		storm_bring_home(source);
}

/* ---- the steps */

static void storm_add_receipt(void)
{
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		storm.counts[i] += hotplug_receipt.count[i];
}

/* Also while a CPU hears nothing: some of it waits there when that goes. */
static void storm_burst(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < STORM_BURST; i++)
		storm_fire_one(&storm.random);
}

static void storm_down(unsigned int cpu)
{
	if (storm_random(STORM_DEAF) == 0)
		hotplug_down_deaf(cpu, storm_burst);
	else
		hotplug_down(cpu);
	storm_add_receipt();
	storm.downs++;
}

static void storm_step(void)
{
	unsigned int nr = cpumask_weight(&hotplug_movable);
	unsigned int cpu = hotplug_cpu(storm_random(nr));

	storm_aim_one();
	if (storm.pump == SUITE_NONE)
		storm_burst(NULL);
	if (cpu == storm.pump)
		return;
	if (cpu_online(cpu)) {
		storm_down(cpu);
	} else {
		hotplug_up(cpu);
		storm.ups++;
	}
}

static void storm_run(void)
{
	unsigned int rounds = 0;

	while (rounds < hotplug_rounds && tap_is_good()) {
		storm_start_pump();
		for (unsigned int i = 0; i < STORM_REST && tap_is_good(); i++) {
			storm_step();
			rounds++;
		}
		storm_stop_pump();
		if (tap_is_good())
			hotplug_rest();
	}
	if (!tap_is_good())
		tap_note("round %u of seed=%u", rounds, hotplug_seed);
}

static unsigned long storm_events(void)
{
	unsigned long events = 0;

	for (unsigned int i = 0; i < hotplug_nr_sources; i++)
		events += hotplug_sources[i].handled;
	return events;
}

/* A storm that moved nothing would prove nothing. */
static void storm_report(void)
{
	tap_note("%u times offline, %u online, %lu events", storm.downs,
		 storm.ups, storm_events());
	tap_note("%u moved, %u outside of their affinity, %u shut down, "
		 "%u forwarded",
		 storm.counts[IRQKIT_RECEIPT_MOVED],
		 storm.counts[IRQKIT_RECEIPT_BROKEN],
		 storm.counts[IRQKIT_RECEIPT_SHUT_DOWN],
		 storm.counts[IRQKIT_RECEIPT_FORWARDED]);
	if (hotplug_rounds < 100 || !tap_is_good())
		return;
	tap_expect(storm.downs > hotplug_rounds / 8, "CPUs went offline");
	/* Nothing stays in its affinity where all is aimed at one CPU. */
	tap_expect(storm.counts[IRQKIT_RECEIPT_MOVED] != 0 ||
			   cpumask_weight(&hotplug_movable) < 2,
		   "some were moved");
	tap_expect(storm.counts[IRQKIT_RECEIPT_BROKEN] != 0,
		   "some were moved outside of their affinity");
	tap_expect(storm.counts[IRQKIT_RECEIPT_SHUT_DOWN] != 0,
		   "some were shut down");
	tap_expect(storm.counts[IRQKIT_RECEIPT_FORWARDED] != 0 ||
			   !suite_latches_at_cpus(),
		   "some were forwarded");
	tap_expect(storm_events() > 8UL * hotplug_rounds, "events came");
}

static void storm_all(void)
{
	storm.random = hotplug_seed;
	storm.downs = 0;
	storm.ups = 0;
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		storm.counts[i] = 0;
	if (storm_open()) {
		storm_run();
		hotplug_up_all();
		hotplug_rest();
		storm_report();
	}
}

const struct hotplug_test hotplug_storm_tests[] = {
	{"H1-H13 H15: exactly once through offlines and onlines at random",
	 storm_all, 1, HOTPLUG_NEEDS_NOTHING},
	{.name = NULL},
};
