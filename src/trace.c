/* SPDX-License-Identifier: MIT */
/*
 * The trace rings, one for each CPU that was ever prepared. No lock: a writer
 * claims a position by an atomic add and its slot by an exchange; readers tell
 * by the slot's sequence whether they got the whole entry. trace_printing
 * guards the cursors.
 */
#include "internals.h"
#include <irqkit/trace.h>

#if IRQKIT_TRACE

#define TRACE_TIME_WORDS (sizeof(uint64_t) / sizeof(unsigned long))

/* The irq shares a word with the event. */
#define TRACE_IRQ_BITS 24U
IRQKIT_STATIC_ASSERT(IRQKIT_NR_IRQS <= 1U << TRACE_IRQ_BITS,
		     "an irq must fit beside the event");

/*
 * Sequence of a slot: 0 before its first use; TRACE_BUSY while it is written;
 * then the position of the entry, of which the lowest bit is implied by the
 * slot and always 1 here.
 */
#define TRACE_BUSY 2U

/* With all numbers at their largest a line has less than 120 characters. */
#define TRACE_LINE 160

struct trace_slot {
	unsigned int sequence;
	unsigned int what; /* event and irq */
	unsigned long time[TRACE_TIME_WORDS];
	unsigned long a;
	unsigned long b;
} IRQKIT_ALIGNED(32);

/* Where the one printer is in a ring. */
struct trace_cursor {
	unsigned long position;
	unsigned long end;		 /* what is noted later is left out */
	struct irqkit_trace_entry entry; /* the next to print */
	bool more;			 /* whether there is one */
};

struct trace_ring {
	unsigned long head;  /* position of the next entry */
	unsigned long first; /* what is before was cleared */
	struct trace_cursor cursor IRQKIT_ALIGNED(64);
	struct trace_slot slots[IRQKIT_TRACE] IRQKIT_ALIGNED(64);
};

static struct trace_ring *trace_rings[IRQKIT_NR_CPUS];
static unsigned long trace_nr_dropped;
static bool trace_stopped;
static bool trace_printing;

/* The word for an event, and how its two arguments are printed. */
struct trace_format {
	const char *name;
	const char *arguments;
};

static const struct trace_format trace_formats[IRQKIT_TRACE_NR_EVENTS] = {
	[IRQKIT_TRACE_DISPATCH_ENTRY] = {"dispatch_entry", " hwirq %lu"},
	[IRQKIT_TRACE_DISPATCH_EXIT] = {"dispatch_exit", " hwirq %lu"},
	[IRQKIT_TRACE_HANDLER_ENTRY] = {"handler_entry", " 0x%lx"},
	[IRQKIT_TRACE_HANDLER_EXIT] = {"handler_exit", " 0x%lx answer %lu"},
	[IRQKIT_TRACE_ALLOC] = {"alloc", " %lu in a row"},
	[IRQKIT_TRACE_RELEASE] = {"release", " %lu in a row"},
	[IRQKIT_TRACE_REQUEST] = {"request", " flags 0x%lx result %ld"},
	[IRQKIT_TRACE_FREE] = {"free", " result %ld"},
	[IRQKIT_TRACE_ENABLE] = {"enable", " depth %lu"},
	[IRQKIT_TRACE_DISABLE] = {"disable", " depth %lu"},
	[IRQKIT_TRACE_MASK] = {"mask", ""},
	[IRQKIT_TRACE_UNMASK] = {"unmask", ""},
	[IRQKIT_TRACE_STARTUP] = {"startup", " result %ld"},
	[IRQKIT_TRACE_SHUTDOWN] = {"shutdown", ""},
	[IRQKIT_TRACE_SET_AFFINITY] = {"set_affinity",
				       " to cpu %lu result %ld"},
	[IRQKIT_TRACE_MOVE_DONE] = {"move_done", " to cpu %lu"},
	[IRQKIT_TRACE_IPI_SEND] = {"ipi_send", " to cpu %lu"},
	[IRQKIT_TRACE_IPI_SEND_MASK] = {"ipi_send_mask",
					" to %lu cpus from cpu %lu on"},
	[IRQKIT_TRACE_CPU_PREPARE] = {"cpu_prepare", " cpu %lu result %ld"},
	[IRQKIT_TRACE_CPU_STARTING] = {"cpu_starting", " cpu %lu result %ld"},
	[IRQKIT_TRACE_CPU_ONLINE] = {"cpu_online", " cpu %lu result %ld"},
	[IRQKIT_TRACE_CPU_OFFLINE] = {"cpu_offline", " cpu %lu result %ld"},
	[IRQKIT_TRACE_CPU_DYING] = {"cpu_dying", " cpu %lu result %ld"},
	[IRQKIT_TRACE_CPU_DEAD] = {"cpu_dead", " cpu %lu result %ld"},
	[IRQKIT_TRACE_MIGRATE_MOVED] = {"migrate_moved",
					" from cpu %lu to cpu %lu"},
	[IRQKIT_TRACE_MIGRATE_SHUTDOWN] = {"migrate_shutdown", " from cpu %lu"},
	[IRQKIT_TRACE_MIGRATE_BROKEN] = {"migrate_broken",
					 " from cpu %lu to cpu %lu"},
	[IRQKIT_TRACE_MIGRATE_FORWARDED] = {"migrate_forwarded",
					    " from cpu %lu to cpu %lu"},
	[IRQKIT_TRACE_MIGRATE_STUCK] = {"migrate_stuck",
					" from cpu %lu error %ld"},
	[IRQKIT_TRACE_RESEND] = {"resend", " result %ld"},
	[IRQKIT_TRACE_SPURIOUS] = {"spurious", " hwirq %lu"},
	[IRQKIT_TRACE_UNHANDLED] = {"unhandled", " hwirq %lu count %lu"},
};

int irqkit_trace_prepare(unsigned int cpu)
{
	struct trace_ring *ring;

	if (trace_rings[cpu] != NULL)
		return 0;
	ring = irqkit_port_alloc(sizeof(*ring), __alignof__(*ring));
	if (ring == NULL)
		return -ENOMEM;
	/* Pairs with trace_ring_of(). */
	store_release(&trace_rings[cpu], ring);
	return 0;
}

/* NULL before the CPU was prepared. Pairs with irqkit_trace_prepare(). */
static inline struct trace_ring *trace_ring_of(unsigned int cpu)
{
	return load_acquire(&trace_rings[cpu]);
}

static struct trace_slot *trace_slot_at(struct trace_ring *ring,
					unsigned long position)
{
	return &ring->slots[position % IRQKIT_TRACE];
}

static unsigned int trace_sequence(unsigned long position)
{
	return (unsigned int)position | 1U;
}

static SELDOM void trace_drop(void)
{
	__atomic_fetch_add(&trace_nr_dropped, 1, __ATOMIC_RELAXED);
}

/*
 * Each release keeps the stores behind TRACE_BUSY, and pairs with the acquire
 * of the same field in trace_copy(): who gets a field of this entry then finds
 * that the sequence has changed.
 */
static inline void trace_fill(struct trace_slot *slot, unsigned int what,
			      unsigned long a, unsigned long b)
{
	uint64_t time = irqkit_port_nanoseconds();

	for (unsigned int i = 0; i < TRACE_TIME_WORDS; i++)
		store_release(&slot->time[i], (unsigned long)(time >> 32 * i));
	store_release(&slot->what, what);
	store_release(&slot->a, a);
	store_release(&slot->b, b);
}

void irqkit_trace_record(enum irqkit_trace_event event, unsigned int irq,
			 unsigned long a, unsigned long b)
{
	struct trace_ring *ring;
	struct trace_slot *slot;
	unsigned long position;

	if (load_relaxed(&trace_stopped))
		return;
	ring = trace_ring_of(irqkit_port_cpu());
	if (ring == NULL || (unsigned int)event >= IRQKIT_TRACE_NR_EVENTS ||
	    irq >= IRQKIT_NR_IRQS) {
		trace_drop();
		return;
	}
	position = __atomic_fetch_add(&ring->head, 1, __ATOMIC_RELAXED);
	slot = trace_slot_at(ring, position);
	/* A writer that this one interrupted a whole ring ago keeps its slot.
	 * The acquire pairs with the release at the end of the one before. */
	if (__atomic_exchange_n(&slot->sequence, TRACE_BUSY,
				__ATOMIC_ACQUIRE) == TRACE_BUSY)
		return;
	trace_fill(slot, (unsigned int)event << TRACE_IRQ_BITS | irq, a, b);
	/* Pairs with the first load of trace_copy(). */
	store_release(&slot->sequence, trace_sequence(position));
}

void irqkit_trace_stop(void)
{
	store_relaxed(&trace_stopped, true);
}

void irqkit_trace_start(void)
{
	store_relaxed(&trace_stopped, false);
}

void irqkit_trace_clear(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct trace_ring *ring = trace_ring_of(cpu);

		if (ring != NULL)
			store_relaxed(&ring->first, load_relaxed(&ring->head));
	}
	store_relaxed(&trace_nr_dropped, 0);
}

unsigned long irqkit_trace_dropped(void)
{
	return load_relaxed(&trace_nr_dropped);
}

const char *irqkit_trace_name(enum irqkit_trace_event event)
{
	if ((unsigned int)event >= IRQKIT_TRACE_NR_EVENTS)
		return "unknown";
	return trace_formats[event].name;
}

/*
 * Go on to the oldest entry that is there, and return how many were passed
 * over that had not been cleared. In ages, as positions may wrap.
 */
static unsigned long trace_skip(const struct trace_ring *ring,
				unsigned long *position)
{
	unsigned long head = load_acquire(&ring->head);
	unsigned long age = head - *position;
	unsigned long uncleared = head - load_relaxed(&ring->first);
	unsigned long lost = 0;

	if (age > uncleared)
		age = uncleared;
	if (age > IRQKIT_TRACE) {
		lost = age - IRQKIT_TRACE;
		age = IRQKIT_TRACE;
	}
	*position = head - age;
	return lost;
}

/* False if the slot has, or had while it was read, another entry. */
static bool trace_copy(const struct trace_slot *slot, unsigned long position,
		       struct irqkit_trace_entry *entry)
{
	unsigned int sequence = trace_sequence(position);
	unsigned int what;

	/* Pairs with the end of irqkit_trace_record(). */
	if (load_acquire(&slot->sequence) != sequence)
		return false;
	/* These keep the last load behind them; they pair with trace_fill(). */
	entry->time = 0;
	for (unsigned int i = 0; i < TRACE_TIME_WORDS; i++)
		entry->time |= (uint64_t)load_acquire(&slot->time[i]) << 32 * i;
	what = load_acquire(&slot->what);
	entry->a = load_acquire(&slot->a);
	entry->b = load_acquire(&slot->b);
	entry->event = (enum irqkit_trace_event)(what >> TRACE_IRQ_BITS);
	entry->irq = what & ((1U << TRACE_IRQ_BITS) - 1);
	return load_relaxed(&slot->sequence) == sequence;
}

/* The next entry before @end, as irqkit_trace_read(). */
static bool trace_next(struct trace_ring *ring, unsigned long *position,
		       unsigned long end, struct irqkit_trace_entry *entry)
{
	unsigned long at;

	entry->lost = 0;
	for (;;) {
		entry->lost += trace_skip(ring, position);
		if ((long)(end - *position) <= 0)
			return false;
		at = (*position)++;
		if (trace_copy(trace_slot_at(ring, at), at, entry))
			return true;
		entry->lost++;
	}
}

int irqkit_trace_read(unsigned int cpu, unsigned long *position,
		      struct irqkit_trace_entry *entry)
{
	struct trace_ring *ring;

	if (cpu >= nr_cpu_ids || position == NULL || entry == NULL)
		return -EINVAL;
	ring = trace_ring_of(cpu);
	if (ring == NULL) {
		entry->lost = 0;
		return 0;
	}
	return trace_next(ring, position, load_acquire(&ring->head), entry);
}

/* Seconds and microseconds, without a division of 64 bits. */
static void trace_format_time(char *text, size_t size, uint64_t time)
{
	size_t point;

	point = (size_t)irqkit_snprintf(text, size, "%010llu",
					(unsigned long long)time) -
		9;
	for (size_t i = point + 6; i > point; i--)
		text[i] = text[i - 1];
	text[point] = '.';
	text[point + 7] = '\0';
}

/* Where a printer prints. */
struct trace_output {
	irqkit_print_t print;
	void *context;
};

static void trace_print_lost(const struct trace_output *output,
			     unsigned int cpu, unsigned long lost)
{
	char line[TRACE_LINE];

	if (lost == 0)
		return;
	irqkit_snprintf(line, sizeof(line), "%13c cpu %u lost %lu\n", ' ', cpu,
			lost);
	output->print(output->context, line);
}

static void trace_print_entry(const struct trace_output *output,
			      unsigned int cpu,
			      const struct irqkit_trace_entry *entry)
{
	const struct trace_format *format = &trace_formats[entry->event];
	char irq[16] = "";
	char time[24];
	char line[TRACE_LINE];
	int length;

	trace_format_time(time, sizeof(time), entry->time);
	if (entry->irq != 0)
		irqkit_snprintf(irq, sizeof(irq), " irq %u", entry->irq);
	length = irqkit_snprintf(line, sizeof(line), "%13s cpu %u%s %s", time,
				 cpu, irq, format->name);
	length += irqkit_snprintf(line + length, sizeof(line) - (size_t)length,
				  format->arguments, entry->a, entry->b);
	irqkit_snprintf(line + length, sizeof(line) - (size_t)length, "\n");
	output->print(output->context, line);
}

/* To the next entry; what was lost behind the last one has none to follow. */
static void trace_advance(struct trace_ring *ring, unsigned int cpu,
			  const struct trace_output *output)
{
	struct trace_cursor *cursor = &ring->cursor;

	cursor->more = trace_next(ring, &cursor->position, cursor->end,
				  &cursor->entry);
	if (!cursor->more)
		trace_print_lost(output, cpu, cursor->entry.lost);
}

static void trace_begin(const struct trace_output *output)
{
	unsigned int cpu;

	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct trace_ring *ring = trace_ring_of(cpu);

		if (ring == NULL)
			continue;
		ring->cursor.position = 0;
		ring->cursor.end = load_acquire(&ring->head);
	}
	for (cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct trace_ring *ring = trace_ring_of(cpu);

		if (ring != NULL)
			trace_advance(ring, cpu, output);
	}
}

/* The ring whose next entry is the oldest of all, and its CPU, or NULL. */
static struct trace_ring *trace_oldest(unsigned int *cpu)
{
	struct trace_ring *oldest = NULL;

	for (unsigned int i = 0; i < nr_cpu_ids; i++) {
		struct trace_ring *ring = trace_ring_of(i);

		if (ring == NULL || !ring->cursor.more)
			continue;
		if (oldest == NULL ||
		    ring->cursor.entry.time < oldest->cursor.entry.time) {
			oldest = ring;
			*cpu = i;
		}
	}
	return oldest;
}

int irqkit_trace_print(irqkit_print_t print, void *context)
{
	const struct trace_output output = {.print = print, .context = context};
	struct trace_ring *ring;
	unsigned int cpu;

	if (print == NULL)
		return -EINVAL;
	/* The acquire pairs with the release at the end. */
	if (__atomic_exchange_n(&trace_printing, true, __ATOMIC_ACQUIRE))
		return -EBUSY;
	trace_begin(&output);
	while ((ring = trace_oldest(&cpu)) != NULL) {
		trace_print_lost(&output, cpu, ring->cursor.entry.lost);
		trace_print_entry(&output, cpu, &ring->cursor.entry);
		trace_advance(ring, cpu, &output);
	}
	store_release(&trace_printing, false);
	return 0;
}

#endif
