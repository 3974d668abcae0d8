/* SPDX-License-Identifier: MIT */
/*
 * Storms of cross calls while a CPU goes and comes (HZ47, HZ51 to HZ53). Each
 * call has a record of its own, of plain words: what it carries, and on which
 * CPUs its function has run. A lost interrupt would come again at half of the
 * time-out, so no call may take that long.
 */
#include <string.h>
#include <irqkit/smp_call.h>
#include "threads.h"

#define CALL_MS	     2500U
#define CALL_TURNS   100U /* of a CPU in a round */
#define CALL_LEAVES  5U	  /* of the last CPU in a round */
#define CALL_RECORDS 2048U
#define CALL_TIME    40000000000ULL /* none is to end by it */
#define CALL_LAST    4000000U	    /* what lasts too long */
#define CALL_HURRY   300000ULL	    /* many are to end by it */

/* Sets of CPUs. The last CPU goes and comes. */
#define CALL_ONE(cpu) (1U << (cpu))
#define CALL_EACH     ((1U << THREADS_CPUS) - 1)
#define CALL_GOES     CALL_ONE(THREADS_CPUS - 1)
#define CALL_STAYS    (CALL_EACH & ~CALL_GOES)

enum call_kind {
	CALL_SINGLE,
	CALL_ANY,
	CALL_MANY,
	CALL_MASK,
	CALL_OTHERS,
	CALL_ALL,
	CALL_KINDS,
};

enum call_sum {
	CALL_SOME, /* any number of those that may run it */
	CALL_JUST_ONE,
	CALL_ALIKE, /* all of them or none */
};

enum call_result {
	CALL_IN_TIME,
	CALL_NOT_BEGUN,
	CALL_NOT_ENDED,
	CALL_NO_ROOM,
	CALL_RESULTS,
};

/* All plain but one: only the call orders it. */
struct call_record {
	unsigned long value, inverse;
	unsigned int sender;
	bool returned; /* the call */
	bool counted, nests, lasts;
	unsigned char ran[THREADS_CPUS];
	/* What it comes to. */
	unsigned int must, may;
	enum call_sum sum;
};

struct call_try {
	enum call_kind kind;
	unsigned int cpu, mask, flags;
	unsigned int aimed; /* those of them that the kind means */
	struct call_record *record;
};

static struct call_own {
	struct call_record records[CALL_RECORDS];
	unsigned int used;
	unsigned int under_way; /* not waited for, at CPUs that stay */
	unsigned int turns;
	bool works;
	unsigned long locked;
	unsigned long results[CALL_RESULTS];
} IRQKIT_ALIGNED(64) call_own[THREADS_CPUS];

static bool call_hurried;
static bool call_gone;	 /* of CPU 0: the last CPU is down */
static bool call_starts; /* of the last CPU: it comes */
static unsigned long call_total;

static struct irqkit_call_lock call_lock;
static unsigned long call_guarded; /* plain, under it */

static struct call_own *call_this(void)
{
	return &call_own[irqkit_port_cpu()];
}

/* ---- what is called */

static void call_leaf(void);

static void call_last(void)
{
	uint64_t end = irqkit_port_nanoseconds() + CALL_LAST;

	while (irqkit_port_nanoseconds() < end)
		irqkit_port_relax();
}

static void call_function(void *info)
{
	struct call_record *record = info;
	unsigned int cpu = irqkit_port_cpu();

	threads_expect(irqkit_port_irqs_disabled(), "interrupts are on");
	threads_expect(record->value == ~record->inverse, "what was sent");
	if ((CALL_ONE(cpu) & CALL_GOES) != 0 && call_starts)
		threads_expect(!threads_load(&record->returned),
			       "it was left when its CPU went");
	record->ran[cpu]++;
	if (record->lasts)
		call_last();
	if (record->counted && (CALL_ONE(cpu) & CALL_STAYS) != 0)
		threads_add(&call_own[record->sender].under_way, -1U);
	if (record->nests)
		call_leaf();
}

/* ---- what came of it */

static unsigned int call_who_ran(const struct call_record *record)
{
	unsigned int ran = 0;

	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++) {
		threads_expect(record->ran[cpu] <= 1, "it ran twice");
		if (record->ran[cpu] != 0)
			ran |= CALL_ONE(cpu);
	}
	return ran;
}

static void call_check(const struct call_record *record)
{
	unsigned int ran = call_who_ran(record);

	threads_expect((ran & record->must) == record->must, "it did not run");
	ran &= ~record->must;
	threads_expect((ran & ~record->may) == 0, "it ran where it must not");
	if (record->sum == CALL_JUST_ONE)
		threads_expect(__builtin_popcount(ran) == 1, "not just one");
	if (record->sum == CALL_ALIKE)
		threads_expect(ran == 0 || ran == record->may, "only some");
}

static void call_book_done(const struct call_try *try)
{
	struct call_record *record = try->record;
	unsigned int goes = CALL_GOES & ~CALL_ONE(record->sender);

	record->must = try->aimed;
	if (try->kind == CALL_ANY) {
		record->may = try->aimed;
		record->must = 0;
		record->sum = CALL_JUST_ONE;
	} else if (try->kind >= CALL_OTHERS) {
		record->may = try->aimed & goes;
		record->must = try->aimed & ~goes;
	}
}

/* One of them had gone: nothing was done, or all but that. */
static void call_book_gone(const struct call_try *try)
{
	struct call_record *record = try->record;

	threads_expect((try->aimed & CALL_GOES) != 0 &&
			       (CALL_ONE(record->sender) & CALL_GOES) == 0 &&
			       try->kind < CALL_OTHERS,
		       "-ENXIO, and all are there");
	if (try->kind >= CALL_MANY) {
		record->may = try->aimed & ~CALL_GOES;
		record->sum = CALL_ALIKE;
	}
}

/* One CPU that did not begin never will; of more, some may have. */
static void call_book_late(const struct call_try *try, int error)
{
	struct call_record *record = try->record;

	threads_expect(call_hurried, "it took too long");
	if (error == -EINPROGRESS && try->kind == CALL_SINGLE)
		record->must = try->aimed;
	else if (error == -EINPROGRESS || try->kind >= CALL_MANY)
		record->may = try->aimed;
}

static enum call_result call_result(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return CALL_NOT_BEGUN;
	case -EINPROGRESS:
		return CALL_NOT_ENDED;
	case -EBUSY:
		return CALL_NO_ROOM;
	default:
		return CALL_IN_TIME;
	}
}

static void call_book(const struct call_try *try, int error)
{
	struct call_record *record = try->record;

	if (error == 0)
		call_book_done(try);
	else if (error == -ENXIO)
		call_book_gone(try);
	else
		call_book_late(try, error);
	call_this()->results[call_result(error)]++;
	if ((try->flags & IRQKIT_CALL_WAIT) == 0 || error == -EINPROGRESS)
		return;
	/* It is the caller's again: who wrote to it now would be seen. */
	call_check(record);
	record->value = 0;
	record->inverse = 0;
}

/* ---- calls */

static void call_mask_of(unsigned int set, struct cpumask *mask)
{
	cpumask_clear(mask);
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++) {
		if ((set & CALL_ONE(cpu)) != 0)
			cpumask_set_cpu(cpu, mask);
	}
}

static int call_by(const struct call_try *try)
{
	struct cpumask mask;

	call_mask_of(try->mask, &mask);
	switch (try->kind) {
	case CALL_SINGLE:
		return smp_call_function_single(try->cpu, call_function,
						try->record, try->flags);
	case CALL_ANY:
		return smp_call_function_any(&mask, call_function, try->record,
					     try->flags);
	case CALL_MANY:
		return smp_call_function_many(&mask, call_function, try->record,
					      try->flags);
	case CALL_MASK:
		return on_each_cpu_mask(&mask, call_function, try->record,
					try->flags);
	case CALL_OTHERS:
		return smp_call_function(call_function, try->record,
					 try->flags);
	default:
		return on_each_cpu(call_function, try->record, try->flags);
	}
}

static struct call_record *call_take_record(void)
{
	struct call_own *own = call_this();
	struct call_record *record;

	if (own->used >= CALL_RECORDS)
		return NULL;
	record = &own->records[own->used++];
	record->value = threads_random(1U << 24) + 1;
	record->inverse = ~record->value;
	record->sender = irqkit_port_cpu();
	return record;
}

/*
 * CPUs that wait for room with their interrupts off would wait for each other,
 * so who has them off has room: all that it did not wait for has run.
 */
static bool call_has_room(void)
{
	return threads_load(&call_this()->under_way) == 0;
}

static void call_count(struct call_try *try)
{
	unsigned int stays = try->aimed & CALL_STAYS;
	unsigned int nr = (unsigned int)__builtin_popcount(stays);

	if ((try->flags & IRQKIT_CALL_WAIT) != 0 || call_hurried)
		return;
	if (try->kind == CALL_ANY)
		nr = nr != 0;
	try->record->counted = true;
	threads_add(&call_own[try->record->sender].under_way, nr);
}

static int call_do(struct call_try *try)
{
	uint64_t begin = irqkit_port_nanoseconds();
	int error;

	try->record = call_take_record();
	if (try->record == NULL)
		return -ENOMEM;
	try->record->nests = (try->flags & IRQKIT_CALL_LOCK_FREE) == 0 &&
			     threads_random(8) == 0 &&
			     !irqkit_port_irqs_disabled();
	try->record->lasts = call_hurried && threads_random(16) == 0;
	call_count(try);
	error = call_by(try);
	threads_store(&try->record->returned, true);
	threads_expect(irqkit_port_nanoseconds() - begin < CALL_TIME / 2,
		       "it took too long");
	call_book(try, error);
	threads_add(&call_total, 1);
	return error;
}

/* A CPU of a set that is not empty. */
static unsigned int call_choose(unsigned int set)
{
	unsigned int cpu = threads_random(THREADS_CPUS);

	while ((set & CALL_ONE(cpu)) == 0)
		cpu = (cpu + 1) % THREADS_CPUS;
	return cpu;
}

/* To another CPU that stays, from where interrupts are off. */
static void call_leaf(void)
{
	unsigned int self = CALL_ONE(irqkit_port_cpu());
	struct call_try try = {
		.kind = CALL_SINGLE,
		.cpu = call_choose(CALL_STAYS & ~self),
	};

	if (!call_has_room())
		return;
	try.aimed = CALL_ONE(try.cpu);
	if (threads_random(2) == 0)
		try.flags = IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE;
	call_do(&try);
}

static unsigned int call_choose_flags(bool off)
{
	unsigned int flags = 0;

	if (threads_random(3) != 0)
		flags |= IRQKIT_CALL_WAIT;
	if (threads_random(3) == 0 || (off && flags != 0))
		flags |= IRQKIT_CALL_LOCK_FREE;
	return flags;
}

/*
 * Whether a CPU that goes has run what was not waited for, nobody could tell:
 * it is not in such a mask.
 */
static void call_aim(struct call_try *try)
{
	unsigned int self = CALL_ONE(irqkit_port_cpu());

	try->cpu = threads_random(THREADS_CPUS);
	try->mask = 1 + threads_random(CALL_EACH);
	if ((try->flags & IRQKIT_CALL_WAIT) == 0)
		try->mask &= CALL_STAYS;
	if (try->mask == 0)
		try->mask = CALL_STAYS;
	if (try->kind == CALL_SINGLE)
		try->aimed = CALL_ONE(try->cpu);
	else if (try->kind == CALL_ANY && (try->mask & self) != 0)
		try->aimed = self;
	else
		try->aimed = try->kind < CALL_OTHERS ? try->mask : CALL_EACH;
	if (try->kind == CALL_MANY || try->kind == CALL_OTHERS)
		try->aimed &= ~self;
}

/* What CPU 0 knows, by which the other one goes and comes. */
static bool call_has_gone(const struct call_try *try)
{
	if (!call_gone || try->kind >= CALL_OTHERS)
		return false;
	return try->kind == CALL_ANY ? try->aimed == CALL_GOES
				     : (try->aimed & CALL_GOES) != 0;
}

static void call_some(bool off)
{
	struct call_try try = {.flags = call_choose_flags(off)};
	int error;

	try.kind = (enum call_kind)threads_random(CALL_KINDS);
	call_aim(&try);
	error = call_do(&try);
	if (irqkit_port_cpu() == 0 && !call_hurried)
		threads_expect((error == -ENXIO) == call_has_gone(&try),
			       "what is known to be online");
}

/* They serve those that wait for them here, too. */
static void call_some_irqs_off(void)
{
	unsigned long state = irqkit_port_irq_save();

	if (call_hurried || call_has_room())
		call_some(true);
	if (threads_random(2) == 0)
		irqkit_call_serve();
	irqkit_port_irq_restore(state);
}

/* HZ53: who waits for the lock serves who has it. */
static void call_some_locked(void)
{
	unsigned long state = irqkit_call_lock(&call_lock);

	call_guarded++;
	call_this()->locked++;
	/* The others come, and wait. */
	for (unsigned int i = 0; i < 20; i++)
		irqkit_port_relax();
	call_leaf();
	irqkit_call_unlock(&call_lock, state);
}

/* Hear nothing for a while, so that what others send merges; and go so. */
static void call_be_deaf(void)
{
	unsigned long state = irqkit_port_irq_save();

	if (call_hurried && threads_random(2) == 0)
		call_last();
	for (unsigned int i = 0; i < 20; i++)
		irqkit_port_relax();
	threads_poll();
	irqkit_port_irq_restore(state);
}

static void call_turn(void)
{
	switch (threads_random(8)) {
	case 0:
		call_some_locked();
		break;
	case 1:
		call_some_irqs_off();
		break;
	case 2:
		call_be_deaf();
		break;
	default:
		call_some(false);
	}
	threads_poll();
	threads_add(&call_this()->turns, 1);
}

static void call_turns(unsigned int nr)
{
	for (unsigned int i = 0; i < nr && !threads_over(); i++)
		call_turn();
}

static void call_work(void)
{
	threads_store(&call_this()->works, true);
	call_turns(CALL_TURNS);
	threads_store(&call_this()->works, false);
}

/* ---- rounds */

/* What was sent is taken, and then what was sent from there. */
static void call_settle(void)
{
	threads_join();
	for (unsigned int i = 0; i < 2; i++) {
		threads_poll();
		for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
			threads_give(cpu, threads_poll);
		threads_join();
	}
	threads_poll();
}

static void call_check_all(void)
{
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++) {
		struct call_own *own = &call_own[cpu];

		for (unsigned int i = 0; i < own->used; i++)
			call_check(&own->records[i]);
		threads_expect(threads_load(&own->under_way) == 0,
			       "they have all run");
		memset(own->records, 0, own->used * sizeof(own->records[0]));
		own->used = 0;
	}
}

/* Nobody waits for the CPU that has gone. */
static void call_await_turn(const struct call_own *own)
{
	unsigned int turns = threads_load(&own->turns);
	uint64_t end = irqkit_port_nanoseconds() + CALL_TIME / 4;

	while (threads_load(&own->works) &&
	       threads_load(&own->turns) == turns) {
		threads_poll();
		if (irqkit_port_nanoseconds() < end)
			continue;
		threads_expect(false, "it waits for a CPU that has gone");
		return;
	}
}

static void call_go_and_come(void)
{
	call_turns(CALL_TURNS / 20);
	tap_equal(threads_cpu_down(THREADS_CPUS - 1), 0, "it goes");
	call_gone = true;
	call_turns(CALL_TURNS / 20);
	for (unsigned int cpu = 1; cpu < THREADS_CPUS - 1; cpu++)
		call_await_turn(&call_own[cpu]);
	call_gone = false;
	tap_equal(threads_cpu_up(THREADS_CPUS - 1), 0, "it comes");
}

static void call_round(void)
{
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, call_work);
	for (unsigned int i = 0; i < CALL_LEAVES; i++)
		call_go_and_come();
	call_settle();
	call_check_all();
}

static unsigned long call_sum_up(enum call_result result)
{
	unsigned long sum = 0;

	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++)
		sum += call_own[cpu].results[result];
	return sum;
}

static void call_run(const char *name, uint64_t timeout)
{
	unsigned long total = call_total;
	unsigned int rounds = 0;

	threads_subject(name, CALL_MS);
	call_hurried = timeout == CALL_HURRY;
	tap_equal(irqkit_smp_call_set_timeout(timeout), 0, "time-out");
	for (; !threads_over(); rounds++)
		call_round();
	tap_note("%lu calls, %u rounds; so far %lu did not begin, %lu did "
		 "not end, %lu had no room",
		 call_total - total, rounds, call_sum_up(CALL_NOT_BEGUN),
		 call_sum_up(CALL_NOT_ENDED), call_sum_up(CALL_NO_ROOM));
	tap_expect(rounds > 0 && call_total - total > 50,
		   "there was something");
}

static void call_test_storm(void)
{
	unsigned long locked = 0;

	call_run("calls of every kind run once, and order their data",
		 CALL_TIME);
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++)
		locked += call_own[cpu].locked;
	tap_equal((long long)call_guarded, (long long)locked, "under the lock");
	threads_close();
}

static void call_test_late(void)
{
	call_run("calls that are late never run, or are left to themselves",
		 CALL_HURRY);
	tap_expect(call_sum_up(CALL_NOT_BEGUN) != 0,
		   "some did not begin in time");
	tap_expect(call_sum_up(CALL_NOT_ENDED) != 0,
		   "some did not end in time");
	threads_close();
}

static int call_begin_start(unsigned int cpu)
{
	(void)cpu;
	call_starts = true;
	return 0;
}

static int call_end_start(unsigned int cpu)
{
	(void)cpu;
	call_starts = false;
	return 0;
}

/* It is not online any more, and has not drained what it was sent. */
static void call_linger(unsigned int cpu)
{
	(void)cpu;
	for (unsigned int i = threads_random(3) * threads_random(50); i > 0;
	     i--)
		irqkit_port_relax();
}

/* Around the step of the calls, which runs what is being taken back yet. */
static struct irqkit_cpu_notifier call_notifiers[] = {
	{.name = "begin", .starting = call_begin_start},
	{.name = "end", .starting = call_end_start, .dying = call_linger},
};

int main(void)
{
	threads_begin();
	tap_ok(irqkit_register_cpu_notifier(&call_notifiers[0]) == 0, "begin");
	tap_ok(irqkit_smp_call_init(wire_ipis) == 0, "calls");
	tap_ok(irqkit_register_cpu_notifier(&call_notifiers[1]) == 0, "end");
	call_test_storm();
	call_test_late();
	return threads_end();
}
