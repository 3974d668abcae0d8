/* SPDX-License-Identifier: MIT */
/*
 * The trace: what is noted is read whole, in order and once, and what is not
 * there any more is counted. A note reads the clock after it has claimed its
 * slot, and the clock lets others in, so that they interrupt it exactly there.
 */
#include "host.h"
#include <irqkit/trace.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "suites/suite.h"

#define TRACE_CPUS 5U

/* Prepared by no one until a test does. */
#define TRACE_LATE_CPU 4U

/* Entries whose fields follow from one number. */
static void trace_note(unsigned long n)
{
	irqkit_trace((enum irqkit_trace_event)(n % IRQKIT_TRACE_NR_EVENTS),
		     (unsigned int)(n % IRQKIT_NR_IRQS), n, n * 31 + 7);
}

static void trace_note_on(unsigned int cpu, unsigned long n)
{
	unsigned int before = host_become(cpu);

	trace_note(n);
	host_become(before);
}

static bool trace_fits(const struct irqkit_trace_entry *entry)
{
	return (unsigned long)entry->event ==
		       entry->a % IRQKIT_TRACE_NR_EVENTS &&
	       entry->irq == entry->a % IRQKIT_NR_IRQS &&
	       entry->b == entry->a * 31 + 7;
}

/* The next entry of CPU 0 is the one made of @n, after so many lost ones. */
static bool trace_expect(unsigned long *position, unsigned long n,
			 unsigned long lost)
{
	struct irqkit_trace_entry entry = {.a = ~0UL};

	return tap_equal(irqkit_trace_read(0, position, &entry), 1,
			 "there is an entry for %lu", n) &&
	       tap_equal((long long)entry.a, (long long)n, "its number") &&
	       tap_expect(trace_fits(&entry), "%lu is whole", n) &&
	       tap_equal((long long)entry.lost, (long long)lost,
			 "lost before %lu", n);
}

static bool trace_expect_end(unsigned long *position, unsigned long lost)
{
	struct irqkit_trace_entry entry = {.lost = ~0UL};

	return tap_equal(irqkit_trace_read(0, position, &entry), 0, "end") &&
	       tap_equal((long long)entry.lost, (long long)lost,
			 "lost at the end");
}

static void trace_before_init(void)
{
	struct irqkit_trace_entry entry;
	unsigned long position = 0;

	tap_subject("before irqkit_init() events are dropped and counted");
	trace_note(1);
	trace_note(2);
	tap_equal((long long)irqkit_trace_dropped(), 2, "dropped");
	tap_equal(irqkit_trace_read(0, &position, &entry), -EINVAL, "a read");
	irqkit_trace_clear();
	tap_equal((long long)irqkit_trace_dropped(), 0, "after a clear");
	tap_close();
}

static void trace_from_boot(void)
{
	struct irqkit_trace_entry entry;

	tap_subject("each CPU has a ring once it is prepared");
	for (unsigned int cpu = 0; cpu < TRACE_LATE_CPU; cpu++) {
		unsigned long position = 0;

		irqkit_trace_clear();
		trace_note_on(cpu, 100 + cpu);
		tap_equal(irqkit_trace_read(cpu, &position, &entry), 1,
			  "an entry of cpu %u", cpu);
		tap_equal((long long)entry.a, 100 + cpu, "its number");
	}
	tap_equal((long long)irqkit_trace_dropped(), 0, "dropped");
	tap_close();
}

static void trace_order(void)
{
	struct irqkit_trace_entry entry;
	unsigned long position = 0;
	uint64_t before = 0;

	tap_subject("entries come in order, once, with all that was given");
	irqkit_trace_clear();
	trace_expect_end(&position, 0);
	for (unsigned long n = 0; n < 100; n++)
		trace_note(n);
	for (unsigned long n = 0; n < 50; n++)
		trace_expect(&position, n, 0);
	for (unsigned long n = 50; n < 100; n++) {
		if (!tap_equal(irqkit_trace_read(0, &position, &entry), 1,
			       "an entry"))
			break;
		tap_equal((long long)entry.a, (long long)n, "its number");
		tap_expect(entry.time > before &&
				   entry.time < irqkit_port_nanoseconds(),
			   "its time");
		before = entry.time;
	}
	trace_expect_end(&position, 0);
	trace_note(100);
	trace_expect(&position, 100, 0);
	trace_expect_end(&position, 0);
	position = 0;
	trace_expect(&position, 0, 0);
	tap_close();
}

static void trace_extremes(void)
{
	struct irqkit_trace_entry entry;
	unsigned long position = 0;

	tap_subject("the largest values come back; what cannot be is dropped");
	irqkit_trace_clear();
	irqkit_trace(IRQKIT_TRACE_NR_EVENTS, 1, 0, 0);
	irqkit_trace((enum irqkit_trace_event) ~0U, 1, 0, 0);
	irqkit_trace(IRQKIT_TRACE_MASK, IRQKIT_NR_IRQS, 0, 0);
	irqkit_trace(IRQKIT_TRACE_MASK, ~0U, 0, 0);
	tap_equal((long long)irqkit_trace_dropped(), 4, "dropped");
	trace_expect_end(&position, 0);
	irqkit_trace(IRQKIT_TRACE_NR_EVENTS - 1, IRQKIT_NR_IRQS - 1, ~0UL,
		     (unsigned long)-EBUSY);
	tap_equal(irqkit_trace_read(0, &position, &entry), 1, "an entry");
	tap_equal(entry.event, IRQKIT_TRACE_NR_EVENTS - 1, "event");
	tap_equal(entry.irq, IRQKIT_NR_IRQS - 1, "irq");
	tap_expect(entry.a == ~0UL && (long)entry.b == -EBUSY, "arguments");
	tap_close();
}

static void trace_bad_arguments(void)
{
	struct irqkit_trace_entry entry = {.a = 77};
	unsigned long position = 5;

	tap_subject("bad arguments are -EINVAL and change nothing");
	irqkit_trace_clear();
	trace_note(1);
	tap_equal(irqkit_trace_read(nr_cpu_ids, &position, &entry), -EINVAL,
		  "cpu nr_cpu_ids");
	tap_equal(irqkit_trace_read(~0U, &position, &entry), -EINVAL,
		  "cpu ~0U");
	tap_equal(irqkit_trace_read(0, NULL, &entry), -EINVAL, "no position");
	tap_equal(irqkit_trace_read(0, &position, NULL), -EINVAL, "no entry");
	tap_equal(irqkit_trace_print(NULL, NULL), -EINVAL, "no function");
	tap_equal((long long)position, 5, "position afterwards");
	tap_equal((long long)entry.a, 77, "entry afterwards");
	/* No position is refused: one that never was is taken for an old one.
	 */
	position = ~0UL;
	tap_equal(irqkit_trace_read(0, &position, &entry), 1, "position ~0UL");
	tap_equal((long long)entry.a, 1, "gives the oldest");
	trace_expect_end(&position, 0);
	tap_close();
}

static void trace_wrap(void)
{
	unsigned long position = 0;
	unsigned long n;

	tap_subject("a full ring: the newest stay, the others are counted");
	irqkit_trace_clear();
	for (n = 0; n < IRQKIT_TRACE; n++)
		trace_note(n);
	for (unsigned long i = 0; i < IRQKIT_TRACE; i++)
		trace_expect(&position, i, 0);
	trace_expect_end(&position, 0);
	trace_note(n++);
	position = 0;
	trace_expect(&position, 1, 1);
	for (; n < 3 * IRQKIT_TRACE + 7; n++)
		trace_note(n);
	for (unsigned long i = 0; i < IRQKIT_TRACE; i++)
		trace_expect(&position, 2 * IRQKIT_TRACE + 7 + i,
			     i == 0 ? 2 * IRQKIT_TRACE + 5 : 0);
	trace_expect_end(&position, 0);
	position = 0;
	trace_expect(&position, 2 * IRQKIT_TRACE + 7, 2 * IRQKIT_TRACE + 7);
	tap_close();
}

/* Each reader has its own position, and is passed by the writer or not. */
static void trace_readers(void)
{
	unsigned long slow = 0;
	unsigned long fast = 0;

	tap_subject("readers do not disturb each other");
	irqkit_trace_clear();
	for (unsigned long n = 0; n < 4 * IRQKIT_TRACE; n++) {
		trace_note(n);
		trace_expect(&fast, n, 0);
		if (n == 2)
			trace_expect(&slow, 0, 0);
	}
	trace_expect(&slow, 3 * IRQKIT_TRACE, 3 * IRQKIT_TRACE - 1);
	tap_close();
}

static void trace_stop_and_clear(void)
{
	unsigned long position = 0;

	tap_subject("stop, start, clear");
	irqkit_trace_clear();
	trace_note(1);
	irqkit_trace_stop();
	trace_note(2);
	irqkit_trace(IRQKIT_TRACE_NR_EVENTS, 0, 0, 0);
	tap_equal((long long)irqkit_trace_dropped(), 0,
		  "dropped while it is stopped");
	irqkit_trace_start();
	trace_note(3);
	trace_expect(&position, 1, 0);
	trace_expect(&position, 3, 0);
	trace_expect_end(&position, 0);
	position = 0;
	for (unsigned long n = 0; n < 2 * IRQKIT_TRACE; n++)
		trace_note(n);
	trace_note_on(1, 5);
	irqkit_trace_clear();
	trace_expect_end(&position, 0);
	position = 0;
	trace_note(4);
	trace_expect(&position, 4, 0);
	position = 0;
	tap_equal(irqkit_trace_read(1, &position,
				    &(struct irqkit_trace_entry){0}),
		  0, "entries of cpu 1 after a clear");
	tap_close();
}

/* What interrupts the next note: so many others, and readers. */
static unsigned long trace_nr_nested;
static unsigned long trace_nested_lost;
static unsigned long trace_nested_read;

static void trace_read_all(void)
{
	struct irqkit_trace_entry entry;
	unsigned long position = 0;

	trace_nested_lost = 0;
	trace_nested_read = 0;
	while (irqkit_trace_read(0, &position, &entry) == 1) {
		tap_expect(trace_fits(&entry), "%lu is whole", entry.a);
		trace_nested_lost += entry.lost;
		trace_nested_read++;
	}
	trace_nested_lost += entry.lost;
}

static void trace_interrupt(void)
{
	host_clock_hook = NULL;
	for (unsigned long n = 0; n < trace_nr_nested; n++)
		trace_note(1000 + n);
	trace_read_all();
}

static void trace_note_interrupted(unsigned long n, unsigned long nr_nested)
{
	trace_nr_nested = nr_nested;
	host_clock_hook = trace_interrupt;
	trace_note(n);
	tap_expect(host_clock_hook == NULL, "it was interrupted");
}

static void trace_nested(void)
{
	struct irqkit_trace_entry outer, inner;
	unsigned long position = 0;

	tap_subject("a note that is interrupted by others, as by an NMI");
	irqkit_trace_clear();
	trace_note(1);
	trace_note_interrupted(2, 3);
	tap_equal((long long)trace_nested_read, 4, "read in the middle");
	tap_equal((long long)trace_nested_lost, 1, "lost for that reader");
	trace_expect(&position, 1, 0);
	tap_equal(irqkit_trace_read(0, &position, &outer), 1, "the outer one");
	tap_equal((long long)outer.a, 2, "its number");
	tap_equal((long long)outer.lost, 0, "lost before it");
	tap_equal(irqkit_trace_read(0, &position, &inner), 1, "an inner one");
	tap_equal((long long)inner.a, 1000, "its number");
	tap_expect(inner.time < outer.time, "the inner one ended first");
	trace_expect(&position, 1001, 0);
	trace_expect(&position, 1002, 0);
	trace_expect_end(&position, 0);
	tap_close();
}

/* Over another lap of the ring the slot has an older entry, a whole one. */
static void trace_torn(void)
{
	unsigned long position = 0;

	tap_subject("an entry that is being written over an old one is lost");
	irqkit_trace_clear();
	for (unsigned long n = 0; n < IRQKIT_TRACE; n++)
		trace_note(n);
	trace_note_interrupted(500, 0);
	tap_equal((long long)trace_nested_read, IRQKIT_TRACE - 1,
		  "read in the middle");
	tap_equal((long long)trace_nested_lost, 2, "the old and the new");
	trace_expect(&position, 1, 1);
	for (unsigned long n = 2; n < IRQKIT_TRACE; n++)
		trace_expect(&position, n, 0);
	trace_expect(&position, 500, 0);
	trace_expect_end(&position, 0);
	tap_close();
}

/* A writer that was interrupted a whole ring ago still owns its slot. */
static void trace_lapped(void)
{
	unsigned long position = 0;

	tap_subject("a note that is interrupted by more than a ring of others");
	irqkit_trace_clear();
	trace_note_interrupted(9, IRQKIT_TRACE + 2);
	tap_equal((long long)trace_nested_read, IRQKIT_TRACE - 1,
		  "read in the middle");
	tap_equal((long long)trace_nested_lost, 4, "lost for that reader");
	/* Positions: 0 is the outer one, 1000 + n is at 1 + n. */
	trace_expect(&position, 1002, 3);
	for (unsigned long n = 3; n < IRQKIT_TRACE - 1; n++)
		trace_expect(&position, 1000 + n, 0);
	trace_expect(&position, 1000 + IRQKIT_TRACE, 1);
	trace_expect(&position, 1001 + IRQKIT_TRACE, 0);
	trace_expect_end(&position, 0);
	for (unsigned long n = 0; n < IRQKIT_TRACE; n++)
		trace_note(n);
	position = 0;
	for (unsigned long n = 0; n < IRQKIT_TRACE; n++)
		trace_expect(&position, n, n == 0 ? IRQKIT_TRACE + 3 : 0);
	tap_close();
}

static void trace_late_cpu(void)
{
	struct irqkit_trace_entry entry = {.lost = 77};
	unsigned long position = 0;

	tap_subject("a CPU without a ring, and no memory for one");
	irqkit_trace_clear();
	trace_note_on(TRACE_LATE_CPU, 1);
	tap_equal((long long)irqkit_trace_dropped(), 1, "dropped");
	tap_equal(irqkit_trace_read(TRACE_LATE_CPU, &position, &entry), 0,
		  "entries");
	tap_equal((long long)entry.lost, 0, "lost");
	host_fail_alloc(1);
	tap_equal(irqkit_cpu_prepare(TRACE_LATE_CPU), -ENOMEM, "prepare");
	host_fail_alloc(0);
	tap_equal(irqkit_cpu_prepare(TRACE_LATE_CPU), 0, "prepare again");
	irqkit_trace_clear();
	trace_note_on(TRACE_LATE_CPU, 2);
	tap_equal(irqkit_cpu_prepare(TRACE_LATE_CPU), 0, "a third time");
	do {
		tap_equal(irqkit_trace_read(TRACE_LATE_CPU, &position, &entry),
			  1, "an entry");
	} while (tap_is_good() && entry.a != 2);
	tap_equal((long long)irqkit_trace_dropped(), 0, "dropped");
	tap_close();
}

static void trace_names(void)
{
	tap_subject("each event has its own word");
	for (unsigned int i = 0; i < IRQKIT_TRACE_NR_EVENTS; i++) {
		const char *name = irqkit_trace_name(i);

		if (!tap_expect(name != NULL && name[0] != '\0', "event %u", i))
			continue;
		for (unsigned int j = 0; j < i; j++)
			tap_expect(strcmp(name, irqkit_trace_name(j)) != 0,
				   "%u has the word of %u: %s", i, j, name);
	}
	tap_expect(strcmp(irqkit_trace_name(IRQKIT_TRACE_MOVE_DONE),
			  "move_done") == 0 &&
			   strcmp(irqkit_trace_name(IRQKIT_TRACE_UNHANDLED),
				  "unhandled") == 0,
		   "the right one");
	tap_expect(strcmp(irqkit_trace_name(IRQKIT_TRACE_NR_EVENTS),
			  "unknown") == 0,
		   "there is none at the limit");
	tap_expect(strcmp(irqkit_trace_name((enum irqkit_trace_event) ~0U),
			  "unknown") == 0,
		   "nor far beyond");
	tap_close();
}

static char trace_text[1 << 17];
static size_t trace_length;
static unsigned int trace_nr_lines;

static void trace_collect(void *context, const char *text)
{
	size_t length = strlen(text);

	tap_expect(context == trace_text, "the context");
	tap_expect(length > 0 && strchr(text, '\n') == text + length - 1,
		   "it is one line: '%s'", text);
	trace_nr_lines++;
	if (trace_length + length < sizeof(trace_text))
		trace_length += (size_t)snprintf(trace_text + trace_length,
						 length + 1, "%s", text);
}

static void trace_print_all(void)
{
	trace_length = 0;
	trace_nr_lines = 0;
	trace_text[0] = '\0';
	tap_equal(irqkit_trace_print(trace_collect, trace_text), 0, "print");
}

static bool trace_printed(const char *text)
{
	return tap_expect(strcmp(trace_text, text) == 0,
			  "printed '%s', expected '%s'", trace_text, text);
}

/* The time of the newest entry of a CPU as it is printed. */
static void trace_time(unsigned int cpu, char *text)
{
	struct irqkit_trace_entry entry;
	unsigned long position = 0;
	uint64_t time = 0;
	char whole[24];

	while (irqkit_trace_read(cpu, &position, &entry) == 1)
		time = entry.time;
	snprintf(whole, sizeof(whole), "%llu.%06llu",
		 (unsigned long long)(time / 1000000000),
		 (unsigned long long)(time / 1000 % 1000000));
	snprintf(text, 24, "%13s", whole);
}

static void trace_words(void)
{
	char expected[512];
	char times[4][24];

	tap_subject("printed lines, word for word");
	irqkit_trace_clear();
	irqkit_trace(IRQKIT_TRACE_SET_AFFINITY, 17, 5, (unsigned long)-EBUSY);
	trace_time(0, times[0]);
	host_become(3);
	irqkit_trace(IRQKIT_TRACE_MIGRATE_BROKEN, IRQKIT_NR_IRQS - 1, 3, 0);
	trace_time(3, times[1]);
	host_become(1);
	irqkit_trace(IRQKIT_TRACE_CPU_DYING, 0, 1, 0);
	trace_time(1, times[2]);
	host_become(0);
	irqkit_trace(IRQKIT_TRACE_MASK, 1, 8, 9);
	trace_time(0, times[3]);
	snprintf(expected, sizeof(expected),
		 "%s cpu 0 irq 17 set_affinity to cpu 5 result -16\n"
		 "%s cpu 3 irq %u migrate_broken from cpu 3 to cpu 0\n"
		 "%s cpu 1 cpu_dying cpu 1 result 0\n"
		 "%s cpu 0 irq 1 mask\n",
		 times[0], times[1], IRQKIT_NR_IRQS - 1, times[2], times[3]);
	trace_print_all();
	trace_printed(expected);
	tap_equal(trace_nr_lines, 4, "lines");
	irqkit_trace_clear();
	trace_print_all();
	trace_printed("");
	tap_close();
}

/* Each line with the largest arguments, and whether it names its event. */
static void trace_all_events(void)
{
	tap_subject("every event is printed, the longest line whole");
	for (unsigned int i = 0; i < IRQKIT_TRACE_NR_EVENTS; i++) {
		irqkit_trace_clear();
		irqkit_trace(i, IRQKIT_NR_IRQS - 1, ~0UL, ~0UL);
		trace_print_all();
		tap_equal(trace_nr_lines, 1, "lines");
		tap_expect(strstr(trace_text, irqkit_trace_name(i)) != NULL,
			   "event %u is named: %s", i, trace_text);
		tap_expect(strchr(trace_text, '%') == NULL, "'%s'", trace_text);
	}
	tap_close();
}

/* Times from below a second to more than ten, so with 9 to 11 digits. */
static void trace_clock(void)
{
	unsigned long state = irqkit_port_irq_save();
	char expected[64];
	char time[24];

	tap_subject("times of all lengths");
	for (unsigned int i = 0; i < 30 && tap_is_good(); i++) {
		irqkit_trace_clear();
		irqkit_trace(IRQKIT_TRACE_MASK, 0, 0, 0);
		trace_time(0, time);
		snprintf(expected, sizeof(expected), "%s cpu 0 mask\n", time);
		trace_print_all();
		trace_printed(expected);
		for (unsigned int j = 0; j < 9001; j++)
			irqkit_port_nanoseconds();
	}
	tap_expect(irqkit_port_nanoseconds() > 12000000000, "the clock");
	irqkit_port_irq_restore(state);
	tap_close();
}

/* Notes of all CPUs at random come out as they were made. */
static void trace_merge(void)
{
	uint32_t random = SUITE_SEED;
	const char *line = trace_text;
	unsigned int seen = 0;

	tap_subject("the rings of all CPUs are merged by time");
	irqkit_trace_clear();
	for (unsigned int n = 0; n < IRQKIT_TRACE; n++) {
		host_become(suite_random(&random) % TRACE_LATE_CPU);
		irqkit_trace(IRQKIT_TRACE_IPI_SEND, 1, n, 0);
	}
	host_become(0);
	trace_print_all();
	tap_equal(trace_nr_lines, IRQKIT_TRACE, "lines");
	while ((line = strstr(line, "ipi_send to cpu ")) != NULL) {
		line += strlen("ipi_send to cpu ");
		tap_equal(strtol(line, NULL, 10), seen++, "the next one");
	}
	tap_equal(seen, IRQKIT_TRACE, "of them");
	tap_close();
}

static void trace_print_lost(void)
{
	char line[64];

	tap_subject("printed lines say what is lost, at its place");
	irqkit_trace_clear();
	trace_note_on(2, 1);
	for (unsigned long n = 0; n < IRQKIT_TRACE + 41; n++)
		trace_note(n);
	trace_note_on(2, 2);
	trace_print_all();
	tap_equal(trace_nr_lines, IRQKIT_TRACE + 3, "lines");
	snprintf(line, sizeof(line), "%13s cpu 0 lost 41\n", "");
	tap_expect(strstr(trace_text, line) == strchr(trace_text, '\n') + 1,
		   "after the first line");
	tap_close();

	/* A note that is under way is the last and has none behind it. */
	tap_subject("what is lost at the end is printed too");
	irqkit_trace_clear();
	trace_note(1);
	host_clock_hook = trace_print_all;
	trace_note(2);
	host_clock_hook = NULL;
	tap_equal(trace_nr_lines, 2, "lines");
	tap_expect(strstr(trace_text, " cpu 0 lost 1\n") != NULL, "'%s'",
		   trace_text);
	tap_close();
}

/* Prints and notes while it is called to print. */
static unsigned int trace_busy;

static void trace_collect_busy(void *context, const char *text)
{
	if (irqkit_trace_print(trace_collect, trace_text) == -EBUSY)
		trace_busy++;
	if (trace_busy < 5) {
		trace_note(50);
		trace_note_on(2, 51);
	}
	trace_collect(context, text);
}

static void trace_one_printer(void)
{
	tap_subject("one printer at a time, and what it causes is left out");
	irqkit_trace_clear();
	trace_length = 0;
	trace_nr_lines = 0;
	trace_note(1);
	trace_note(2);
	trace_note(3);
	tap_equal(irqkit_trace_print(trace_collect_busy, trace_text), 0,
		  "print");
	tap_equal(trace_busy, 3, "others were busy");
	tap_equal(trace_nr_lines, 3, "lines");
	trace_print_all();
	tap_equal(trace_nr_lines, 9, "lines of the next one");
	tap_close();
}

/* Real threads: two write one ring, as if moved, while this one reads it. */
#define TRACE_WRITERS 2U
#define TRACE_NOTES   1000000UL

static unsigned int trace_nr_finished;

static void *trace_write(void *argument)
{
	unsigned long writer = *(unsigned long *)argument;

	for (unsigned long n = 0; n < TRACE_NOTES; n++)
		trace_note(n * TRACE_WRITERS + writer);
	__atomic_fetch_add(&trace_nr_finished, 1, __ATOMIC_RELEASE);
	return NULL;
}

struct trace_sums {
	unsigned long read;
	unsigned long lost;
	unsigned long broken;
	unsigned long disorder;
	unsigned long next[TRACE_WRITERS]; /* the least that may come */
};

static void trace_sum(struct trace_sums *sums, unsigned long *position)
{
	struct irqkit_trace_entry entry;

	while (irqkit_trace_read(0, position, &entry) == 1) {
		unsigned long *next = &sums->next[entry.a % TRACE_WRITERS];

		sums->lost += entry.lost;
		sums->read++;
		sums->broken += !trace_fits(&entry);
		sums->disorder += entry.a < *next;
		*next = entry.a + 1;
	}
	sums->lost += entry.lost;
}

static void trace_threads(void)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned long numbers[TRACE_WRITERS];
	pthread_t threads[TRACE_WRITERS];
	struct trace_sums sums = {0};
	unsigned long position = 0;
	unsigned int done = 0;

	tap_subject("threads that write and read one ring at the same time");
	irqkit_trace_clear();
	for (unsigned int i = 0; i < TRACE_WRITERS; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, trace_write,
				   &numbers[i]) != 0)
			abort();
	}
	while (__atomic_load_n(&trace_nr_finished, __ATOMIC_ACQUIRE) <
	       TRACE_WRITERS)
		trace_sum(&sums, &position);
	while (done < TRACE_WRITERS)
		pthread_join(threads[done++], NULL);
	trace_sum(&sums, &position);
	tap_equal((long long)(sums.read + sums.lost),
		  TRACE_WRITERS * TRACE_NOTES, "read or lost");
	tap_equal((long long)sums.broken, 0, "broken of %lu", sums.read);
	tap_equal((long long)sums.disorder, 0, "out of order");
	tap_expect(sums.read >= IRQKIT_TRACE / 2, "%lu read", sums.read);
	irqkit_port_irq_restore(state);
	tap_close();
}

int main(void)
{
	struct cpumask late = {0};

	host_begin();
	trace_before_init();
	cpumask_set_cpu(TRACE_LATE_CPU, &late);
	host_start(TRACE_CPUS, &late);
	trace_from_boot();
	trace_order();
	trace_extremes();
	trace_bad_arguments();
	trace_wrap();
	trace_readers();
	trace_stop_and_clear();
	trace_nested();
	trace_torn();
	trace_lapped();
	trace_names();
	trace_words();
	trace_all_events();
	trace_merge();
	trace_print_lost();
	trace_one_printer();
	trace_clock();
	trace_threads();
	trace_late_cpu();
	return host_end();
}
