/* SPDX-License-Identifier: MIT */
/*
 * Who goes on at each point: by priorities that change at points drawn from
 * the seed, by a walk at random, by an exhaustive search, or as written down
 * before. One actor runs at a time, so nothing here needs a lock.
 */
#include "sim.h"
#include <stdio.h>
#include <string.h>

#define SCHEDULE_LOADS	   32U /* of a turn of a spin, that it may wait for */
#define SCHEDULE_VERSIONS  1024U
#define SCHEDULE_CHANGES   8U /* of priorities, at most */
#define SCHEDULE_MARK	   (1U << 31)
#define SCHEDULE_MAX_STEPS 300000U
#define SCHEDULE_MAX_TURNS 400U /* of spins, while nobody else can go on */

struct schedule_load {
	uintptr_t granule;
	unsigned int version;
};

struct schedule_actor {
	struct sim_fiber *fiber;
	void (*script)(void);
	bool exists;
	bool done;
	/* Of sim_wait(). */
	bool (*condition)(unsigned int);
	unsigned int argument;
	const char *words;
	/* Of sim_spin(). */
	bool spins, yields, saw_clock;
	bool wakes;   /* time has passed while it spun */
	bool hurries; /* turns of a spin that are no points */
	struct schedule_load loads[SCHEDULE_LOADS];
	unsigned int nr_loads;
	const void *spin_address;
	/* The n-th choice at which it ran, for decisions. */
	unsigned int picks;
	unsigned int priority;
	const void *pc;
};

bool sim_is_running;

static struct schedule_actor schedule_actors[SIM_ACTORS];
static struct sim_fiber schedule_fibers[SIM_CPUS + SIM_DEVICES];
static struct sim_fiber schedule_judge;
static unsigned int schedule_current = SIM_NOBODY;
static unsigned int schedule_steps;
static unsigned int schedule_version; /* of memory: counts writes */
static unsigned int schedule_versions[SCHEDULE_VERSIONS];
static unsigned int schedule_turns; /* of those who only yield */
static bool schedule_dirty;	    /* who can go on may have changed */

/* Of the search at random. */
static unsigned int schedule_walk; /* one point in so many; 0: priorities */
static unsigned int schedule_changes[SCHEDULE_CHANGES];
static unsigned int schedule_nr_changes;
static unsigned int schedule_marks; /* points of hardware and scripts */
static bool schedule_at_mark;
static unsigned int schedule_lowest;

/* Of the search that is exhaustive. */
static unsigned int schedule_preemptions;

/* By actor: where the next decision of it may be. */
static unsigned int schedule_cursors[SIM_ACTORS + 1];

static uint64_t schedule_state;

static unsigned int schedule_random(unsigned int limit)
{
	return sim_draw(&schedule_state, limit);
}

unsigned int sim_actor(void)
{
	return schedule_current;
}

unsigned int sim_step(void)
{
	return schedule_steps;
}

static struct schedule_actor *schedule_this(void)
{
	return &schedule_actors[schedule_current];
}

static unsigned int schedule_picks(void)
{
	return schedule_current != SIM_NOBODY ? schedule_this()->picks : 0;
}

static bool schedule_is_irq(unsigned int actor)
{
	return actor < SIM_CPUS;
}

static bool schedule_is_thread(unsigned int actor)
{
	return actor >= SIM_CPUS && actor < 2 * SIM_CPUS;
}

/* ---- spins: until something that was read has changed */

static uintptr_t schedule_granule(const void *address)
{
	return (uintptr_t)address / 8;
}

static unsigned int *schedule_version_of(uintptr_t granule)
{
	return &schedule_versions[granule % SCHEDULE_VERSIONS];
}

static void schedule_note_load(const void *address)
{
	struct schedule_actor *this = schedule_this();
	struct schedule_load *load =
		&this->loads[this->nr_loads++ % SCHEDULE_LOADS];

	load->granule = schedule_granule(address);
	load->version = schedule_version;
	this->spin_address = address;
}

/* A turn that has done more than to look may have news of its own. */
static bool schedule_has_news(const struct schedule_actor *actor)
{
	unsigned int nr = actor->nr_loads;

	if (nr > SCHEDULE_LOADS || actor->wakes)
		return true;
	for (unsigned int i = 0; i < nr; i++) {
		const struct schedule_load *load = &actor->loads[i];

		if (*schedule_version_of(load->granule) > load->version)
			return true;
	}
	return nr == 0;
}

void sim_wrote(const void *address)
{
	if (!sim_is_running)
		return;
	*schedule_version_of(schedule_granule(address)) = ++schedule_version;
	schedule_dirty = true;
	schedule_turns = 0;
}

void sim_wake_spins(void)
{
	for (unsigned int i = 0; i < SIM_ACTORS; i++)
		schedule_actors[i].wakes = schedule_actors[i].spins;
	sim_touch();
}

void sim_hurry(bool hurry)
{
	schedule_this()->hurries = hurry;
}

void sim_touch(void)
{
	schedule_dirty = true;
	schedule_turns = 0;
}

/* ---- who can go on */

static bool schedule_is_blocked(const struct schedule_actor *actor)
{
	if (actor->condition != NULL)
		return !actor->condition(actor->argument);
	return actor->spins && !schedule_has_news(actor);
}

bool sim_is_blocked(unsigned int actor)
{
	return schedule_is_blocked(&schedule_actors[actor]);
}

static bool schedule_can_run(unsigned int number)
{
	const struct schedule_actor *actor = &schedule_actors[number];
	unsigned int cpu = number % SIM_CPUS;

	if (!actor->exists || actor->done)
		return false;
	if (schedule_is_irq(number) && !sim_cpus[cpu].in_interrupt)
		return sim_has_interrupt(cpu);
	if (schedule_is_thread(number) && sim_cpus[cpu].in_interrupt)
		return false;
	return !schedule_is_blocked(actor);
}

/* Bits of actors; those who only yield if nobody else can. */
static unsigned int schedule_ready(void)
{
	unsigned int ready = 0;
	unsigned int yielding = 0;

	for (unsigned int i = 0; i < SIM_ACTORS; i++) {
		if (!schedule_can_run(i))
			continue;
		if (schedule_actors[i].yields &&
		    !schedule_has_news(&schedule_actors[i]))
			yielding |= 1U << i;
		else
			ready |= 1U << i;
	}
	if (ready != 0)
		return ready;
	schedule_turns++;
	return yielding;
}

/* Goes on if it can; after an interrupt its thread does; else the first. */
static unsigned int schedule_usual(unsigned int ready)
{
	unsigned int current = schedule_current;

	if (current != SIM_NOBODY) {
		if ((ready >> current & 1) != 0)
			return current;
		if (schedule_is_irq(current) &&
		    (ready >> SIM_THREAD(current) & 1) != 0)
			return SIM_THREAD(current);
	}
	return (unsigned int)__builtin_ctz(ready);
}

/* ---- as it was written down */

/* The decision for this choice, or NULL. Those of an actor are in order. */
static const struct sim_decision *schedule_scripted(void)
{
	unsigned int *cursor = &schedule_cursors[schedule_current];
	unsigned int picks = schedule_picks();
	const struct sim_decision *decision;

	for (; *cursor < sim_control->nr_script; ++*cursor) {
		decision = &sim_control->script[*cursor];
		if (decision->actor == schedule_current &&
		    decision->pick >= picks)
			return decision->pick == picks ? decision : NULL;
	}
	return NULL;
}

static unsigned int schedule_choose_scripted(unsigned int ready,
					     unsigned int usual)
{
	const struct sim_decision *decision = schedule_scripted();

	if (decision == NULL || (ready >> decision->next & 1) == 0)
		return usual;
	return decision->next;
}

/* ---- at random */

static void schedule_draw(void)
{
	unsigned int length, style;

	schedule_state = ~sim_plan.seed;
	style = schedule_random(4);
	length = 128U << schedule_random(6);

	for (unsigned int i = 0; i < SIM_ACTORS; i++)
		schedule_actors[i].priority = 1000 + schedule_random(1U << 20);
	schedule_lowest = 999;
	schedule_nr_changes = 1 + schedule_random(SCHEDULE_CHANGES);
	for (unsigned int i = 0; i < schedule_nr_changes; i++)
		schedule_changes[i] = schedule_random(2) != 0
					      ? schedule_random(length)
					      : SCHEDULE_MARK |
							schedule_random(96);
	schedule_walk = style < 2 ? 0 : 1U << (1 + schedule_random(7));
}

/* The n-th of the bits of a set. */
static unsigned int schedule_nth(unsigned int set, unsigned int n)
{
	while (n-- > 0)
		set &= set - 1;
	return (unsigned int)__builtin_ctz(set);
}

static unsigned int schedule_highest(unsigned int ready)
{
	unsigned int best = (unsigned int)__builtin_ctz(ready);

	for (unsigned int i = best + 1; i < SIM_ACTORS; i++) {
		if ((ready >> i & 1) != 0 &&
		    schedule_actors[i].priority >
			    schedule_actors[best].priority)
			best = i;
	}
	return best;
}

static unsigned int schedule_choose_random(unsigned int ready,
					   unsigned int usual)
{
	if (schedule_walk == 0)
		return schedule_highest(ready);
	if (usual == schedule_current && schedule_random(schedule_walk) != 0)
		return usual;
	return schedule_nth(
		ready, schedule_random((unsigned)__builtin_popcount(ready)));
}

/*
 * Whether this is a point at which the priorities change: one of all points, or
 * of the fewer ones that are no accesses.
 */
static bool schedule_changes_now(void)
{
	bool changes = false;

	for (unsigned int i = 0; i < schedule_nr_changes; i++)
		changes |= schedule_changes[i] == schedule_steps ||
			   (schedule_at_mark &&
			    schedule_changes[i] ==
				    (SCHEDULE_MARK | schedule_marks));
	if (changes && schedule_current != SIM_NOBODY)
		schedule_this()->priority = schedule_lowest--;
	return changes;
}

/* Nothing can have changed since the last point, most often. */
static bool schedule_goes_on(void)
{
	if (sim_plan.scheduler == SIM_SCHEDULE_REPLAY)
		return schedule_scripted() == NULL;
	if (sim_plan.scheduler == SIM_SCHEDULE_EXPLORE)
		return schedule_preemptions >= sim_plan.bound;
	if (schedule_walk != 0)
		return schedule_random(schedule_walk) != 0;
	return !schedule_changes_now() && !schedule_dirty;
}

/* ---- by a search through all */

/* The usual one first; another one instead of one that could go on costs. */
static unsigned int schedule_choose_explored(unsigned int ready,
					     unsigned int usual)
{
	bool is_free = usual != schedule_current &&
		       !(schedule_current != SIM_NOBODY &&
			 schedule_is_irq(schedule_current) &&
			 usual == SIM_THREAD(schedule_current));
	unsigned int others = ready & ~(1U << usual);
	unsigned int chosen;

	if (others == 0 || (!is_free && schedule_preemptions >= sim_plan.bound))
		return usual;
	chosen = sim_explore_choose(1 + (unsigned)__builtin_popcount(others));
	if (chosen == 0)
		return usual;
	if (!is_free)
		schedule_preemptions++;
	return schedule_nth(others, chosen - 1);
}

/* ---- a choice */

static unsigned int schedule_choose(unsigned int ready, unsigned int usual)
{
	switch (sim_plan.scheduler) {
	case SIM_SCHEDULE_RANDOM:
		return schedule_choose_random(ready, usual);
	case SIM_SCHEDULE_EXPLORE:
		return schedule_choose_explored(ready, usual);
	default:
		return schedule_choose_scripted(ready, usual);
	}
}

static void schedule_record(unsigned int next)
{
	struct sim_control *control = sim_control;

	if (control->nr_decisions == SIM_MAX_DECISIONS)
		return;
	control->decisions[control->nr_decisions++] = (struct sim_decision){
		.actor = (unsigned char)schedule_current,
		.next = (unsigned char)next,
		.pick = schedule_picks(),
	};
}

/* Who goes on now, or nobody can. */
static unsigned int schedule_pick(void)
{
	unsigned int ready = schedule_ready();
	unsigned int usual;
	unsigned int next;

	if (ready == 0 || schedule_turns > SCHEDULE_MAX_TURNS)
		return SIM_NOBODY;
	usual = schedule_usual(ready);
	next = schedule_choose(ready, usual);
	if (next != usual)
		schedule_record(next);
	schedule_dirty = false;
	return next;
}

/* ---- the end */

/* What it last read tells what a spin waits for. */
static int schedule_tell_spin(const struct schedule_actor *actor, char *text,
			      size_t room)
{
	uintptr_t table = (uintptr_t)irqkit_dispatch_table;
	uintptr_t address = (uintptr_t)actor->spin_address;

	if (address - table < sizeof(irqkit_dispatch_table))
		return snprintf(text, room,
				"cpu %u to come out of its handlers",
				(unsigned int)((address - table) /
					       sizeof(*irqkit_dispatch_table)));
	for (unsigned int irq = 1; irq < IRQKIT_NR_IRQS; irq++) {
		const struct irq_desc *desc = irq_to_desc(irq);

		if (desc != NULL && (uintptr_t)&desc->lock.owner == address)
			return snprintf(text, room, "the lock of irq %u", irq);
	}
	return snprintf(text, room, "a lock");
}

static int schedule_tell(unsigned int number, char *text, size_t room)
{
	const struct schedule_actor *actor = &schedule_actors[number];
	const char *context = schedule_is_irq(number) ? " in an interrupt" : "";
	int length;

	if (number >= 2 * SIM_CPUS)
		length = snprintf(text, room, "; device %u waits for ",
				  number - 2 * SIM_CPUS);
	else
		length = snprintf(text, room, "; cpu %u%s waits for ",
				  number % SIM_CPUS, context);
	if (length >= (int)room)
		return length;
	text += length;
	room -= (size_t)length;
	if (actor->condition != NULL)
		return length + snprintf(text, room, "%s", actor->words);
	if (actor->spins || actor->yields)
		return length + schedule_tell_spin(actor, text, room);
	return length + snprintf(text, room, "its turn");
}

static bool schedule_is_waiting(unsigned int number)
{
	const struct schedule_actor *actor = &schedule_actors[number];
	unsigned int cpu = number % SIM_CPUS;

	if (!actor->exists || actor->done)
		return false;
	if (schedule_is_irq(number))
		return sim_cpus[cpu].in_interrupt;
	return !(schedule_is_thread(number) && actor->script == NULL);
}

IRQKIT_NORETURN static void schedule_stop(enum sim_verdict verdict)
{
	char text[400] = "";
	size_t used = 0;

	/* What is looked up for the words is no step. */
	sim_is_running = false;
	for (unsigned int i = 0; i < SIM_ACTORS; i++) {
		if (schedule_is_waiting(i) && used < sizeof(text))
			used += (size_t)schedule_tell(i, text + used,
						      sizeof(text) - used);
	}
	sim_fail(verdict, "%s%s",
		 verdict == SIM_DEADLOCK ? "nobody can go on" : "no end", text);
}

/* All scripts are over, or else it is a deadlock. */
static void schedule_finish(void)
{
	for (unsigned int i = 0; i < SIM_ACTORS; i++) {
		if (schedule_is_waiting(i))
			schedule_stop(SIM_DEADLOCK);
	}
}

/* ---- points */

static struct sim_fiber *schedule_fiber(unsigned int actor)
{
	if (actor == SIM_NOBODY)
		return &schedule_judge;
	return schedule_actors[actor].fiber;
}

/* A measure of what was tried: who stopped where, and who went on where. */
static void schedule_note_place(unsigned int next)
{
	uintptr_t from = schedule_current != SIM_NOBODY
				 ? (uintptr_t)schedule_this()->pc
				 : 0;
	uintptr_t to = next != SIM_NOBODY ? (uintptr_t)schedule_actors[next].pc
					  : 0;
	unsigned int bit = (unsigned int)((from * 0x9e3779b1U) ^ (to >> 1)) %
			   SIM_PLACES;
	unsigned char *byte = &sim_control->places[bit / 8];

	sim_control->new_places += (*byte >> bit % 8 & 1) == 0;
	*byte |= (unsigned char)(1U << bit % 8);
}

static void schedule_switch(unsigned int next)
{
	struct sim_fiber *from = schedule_fiber(schedule_current);
	struct sim_fiber *to = schedule_fiber(next);

	if (schedule_current != SIM_NOBODY) {
		sim_note("", next, 0);
		if (sim_control->wants_notes && sim_control->nr_notes != 0)
			sim_control->notes[sim_control->nr_notes - 1].pc =
				schedule_this()->pc;
	}
	schedule_note_place(next);
	sim_saw(SIM_SAW_SWITCH);
	schedule_current = next;
	if (to != from)
		sim_fiber_switch(from, to);
}

/* What an actor that has just been chosen does first. */
static bool schedule_interrupts(void)
{
	unsigned int cpu = schedule_current % SIM_CPUS;

	if (!schedule_is_irq(schedule_current) || sim_cpus[cpu].in_interrupt)
		return false;
	sim_take_interrupt();
	return true;
}

static void schedule_run_next(void)
{
	do {
		unsigned int next = schedule_pick();

		if (schedule_current != SIM_NOBODY)
			schedule_this()->picks++;
		if (next == SIM_NOBODY)
			schedule_finish();
		if (next != schedule_current)
			schedule_switch(next);
	} while (schedule_interrupts());
}

static void schedule_count(void)
{
	if (++schedule_steps > SCHEDULE_MAX_STEPS)
		schedule_stop(SIM_UNBOUNDED);
}

static void schedule_at_point(void)
{
	bool goes_on;

	schedule_count();
	goes_on = schedule_goes_on();
	schedule_at_mark = false;
	if (goes_on)
		schedule_this()->picks++;
	else
		schedule_run_next();
}

void sim_point(void)
{
	if (!sim_is_running)
		return;
	schedule_this()->pc = NULL;
	schedule_this()->hurries = false;
	schedule_marks++;
	schedule_at_mark = true;
	schedule_at_point();
}

/* One that changes nothing for others: of those only an interrupt matters. */
void sim_local_point(void)
{
	if (!sim_is_running || schedule_this()->hurries)
		return;
	if (sim_plan.scheduler != SIM_SCHEDULE_EXPLORE ||
	    schedule_can_run(schedule_current % SIM_CPUS))
		sim_point();
	else
		schedule_this()->picks++;
}

static bool schedule_is_own_stack(const void *address)
{
	uintptr_t stack = (uintptr_t)schedule_this()->fiber->stack;

	return (uintptr_t)address - stack < SIM_STACK_BYTES;
}

void sim_access(const void *address, bool is_write, const void *pc)
{
	if (!sim_is_running || schedule_is_own_stack(address))
		return;
	if (sim_memory_is_freed(address))
		sim_fail(SIM_FREED, "memory is used after it was freed, by %p",
			 pc);
	if (schedule_this()->hurries)
		return;
	schedule_this()->pc = pc;
	if (sim_plan.scheduler == SIM_SCHEDULE_EXPLORE &&
	    !sim_explore_is_shared(schedule_current, address, is_write)) {
		schedule_count();
		schedule_this()->picks++;
	} else {
		schedule_at_point();
	}
	if (!is_write)
		schedule_note_load(address);
}

void sim_wait(bool (*condition)(unsigned int), unsigned int argument,
	      const char *words)
{
	struct schedule_actor *this = schedule_this();

	this->condition = condition;
	this->argument = argument;
	this->words = words;
	schedule_count();
	schedule_run_next();
	this->condition = NULL;
}

void sim_clock_was_read(void)
{
	if (sim_is_running)
		schedule_this()->saw_clock = true;
}

void sim_spin(void)
{
	struct schedule_actor *this = schedule_this();

	sim_saw(this->saw_clock ? SIM_SAW_GRACE_WAIT : SIM_SAW_LOCK_WAIT);
	this->spins = !this->saw_clock;
	this->yields = this->saw_clock;
	schedule_count();
	schedule_run_next();
	this->spins = false;
	this->wakes = false;
	this->yields = false;
	this->saw_clock = false;
	this->nr_loads = 0;
}

/* ---- actors */

/* The first thing on each stack. */
static void schedule_begin_actor(void)
{
	struct schedule_actor *this;

	if (schedule_interrupts())
		schedule_run_next();
	this = schedule_this();
	if (this->script != NULL)
		this->script();
	if (schedule_is_thread(schedule_current)) {
		schedule_this()->script = NULL;
		sim_idle();
	}
	schedule_this()->done = true;
	schedule_run_next();
}

static void schedule_make(unsigned int number, unsigned int fiber,
			  void (*script)(void))
{
	schedule_actors[number].exists = true;
	schedule_actors[number].script = script;
	schedule_actors[number].fiber = &schedule_fibers[fiber];
}

static void schedule_make_all(void)
{
	const struct sim_scenario *scenario = sim_plan.scenario;

	for (unsigned int i = 0; i < SIM_CPUS + SIM_DEVICES; i++)
		sim_fiber_make(&schedule_fibers[i], sim_control->stacks[i],
			       schedule_begin_actor);
	for (unsigned int cpu = 0; cpu < scenario->nr_cpus; cpu++) {
		schedule_make(SIM_IRQ(cpu), cpu, NULL);
		schedule_make(SIM_THREAD(cpu), cpu, scenario->cpu[cpu]);
	}
	for (unsigned int i = 0; i < SIM_DEVICES; i++) {
		if (scenario->device[i] != NULL)
			schedule_make(SIM_DEVICE(i), SIM_CPUS + i,
				      scenario->device[i]);
	}
}

void sim_schedule(void)
{
	schedule_make_all();
	if (sim_plan.scheduler == SIM_SCHEDULE_RANDOM)
		schedule_draw();
	if (sim_plan.scheduler == SIM_SCHEDULE_EXPLORE)
		sim_explore_rewind();
	sim_is_running = true;
	schedule_run_next();
	sim_is_running = false;
}
