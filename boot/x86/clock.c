// SPDX-License-Identifier: MIT
/*
 * Time: the TSC, whose rate is measured once against the HPET or, where there
 * is none, the PIT. It is taken to run alike on all CPUs, which holds for
 * hardware since about 2010 and for QEMU.
 */
#include "kernel.h"
#include "x86.h"

/* IA-PC HPET specification 1.0a, 2.3. */
#define HPET_CAP_PERIOD	   0x004 /* femtoseconds a tick */
#define HPET_CONFIG	   0x010
#define HPET_COUNTER	   0x0f0
#define HPET_CONFIG_ENABLE 0x1
#define HPET_SIZE	   0x400
#define HPET_MAX_PERIOD	   100000000U

/*
 * Intel 8254 data sheet. Channel 0, because its gate is always open: that of
 * channel 2 hangs on a port that small machines do not have. Its output goes
 * to interrupt inputs that are masked.
 */
#define PIT_CHANNEL0	    0x40
#define PIT_COMMAND	    0x43
#define PIT_LOAD_MODE0	    0x30 /* channel 0, low then high byte, mode 0 */
#define PIT_LATCH	    0x00 /* channel 0 */
#define PIT_LATCH_STATUS    0xe2 /* read-back command, channel 0 */
#define PIT_STATUS_OUTPUT   0x80
#define PIT_STATUS_NULL	    0x40 /* the count is not loaded yet */
#define PIT_MAX		    0xffffU
#define PIT_PERIOD	    838095344U /* femtoseconds of 1.193182 MHz */
#define PIT_LOAD_POLLS	    100	       /* a tick is enough */

#define FEMTOSECONDS_PER_NS 1000000U

/*
 * The measurement: long against the time that reading a counter takes, short
 * against the 55 ms after which the PIT has run out.
 */
#define CLOCK_SPAN_NS 4000000U
#define CLOCK_READS   8 /* the fastest one counts */

/* A step takes 5 to 100 us: this is seconds, and a counter that is stuck. */
#define CLOCK_STEP_TURNS 20000U
#define CLOCK_MAX_STEPS	 200000U
#define CLOCK_DEAD_STEPS 2000U /* no tick at all in these */
#define CLOCK_TRIES	 5

#define CLOCK_SHIFT	 32

/* A counter of known rate. */
struct clock_reference {
	const char *name;
	uint32_t period; /* femtoseconds a tick */
	void (*start)(void);
	uint32_t (*read)(void); /* counts up, from anything */
	bool (*overrun)(void);	/* it ran too long to be right; may be NULL */
};

/* Both counters at one moment. */
struct clock_sample {
	uint64_t tsc;
	uint32_t count;
};

static uint64_t clock_base;
static uint64_t clock_factor; /* ns a tick, times 2 to the CLOCK_SHIFT */
static volatile uint8_t *clock_hpet;

static uint32_t clock_hpet_register(unsigned int offset)
{
	return *(volatile uint32_t *)(clock_hpet + offset);
}

static void clock_hpet_start(void)
{
	uint32_t config = clock_hpet_register(HPET_CONFIG);

	*(volatile uint32_t *)(clock_hpet + HPET_CONFIG) = config |
							   HPET_CONFIG_ENABLE;
}

static uint32_t clock_hpet_read(void)
{
	return clock_hpet_register(HPET_COUNTER);
}

static uint8_t clock_pit_status(void)
{
	outb(PIT_COMMAND, PIT_LATCH_STATUS);
	return inb(PIT_CHANNEL0);
}

/* One shot from PIT_MAX down; the output rises at its end. */
static void clock_pit_start(void)
{
	unsigned int polls;

	outb(PIT_COMMAND, PIT_LOAD_MODE0);
	outb(PIT_CHANNEL0, PIT_MAX & 0xff);
	outb(PIT_CHANNEL0, PIT_MAX >> 8);
	for (polls = 0; polls < PIT_LOAD_POLLS; polls++)
		if (!(clock_pit_status() & PIT_STATUS_NULL))
			break;
}

static uint32_t clock_pit_read(void)
{
	uint32_t low, high;

	outb(PIT_COMMAND, PIT_LATCH);
	low = inb(PIT_CHANNEL0);
	high = inb(PIT_CHANNEL0);
	return PIT_MAX - (high << 8 | low);
}

static bool clock_pit_overrun(void)
{
	return clock_pit_status() & PIT_STATUS_OUTPUT;
}

/* The read with the least time around it, for others were disturbed. */
static struct clock_sample clock_take(const struct clock_reference *reference)
{
	struct clock_sample best = {0, 0};
	uint64_t least = ~0UL;
	unsigned int i;

	for (i = 0; i < CLOCK_READS; i++) {
		uint64_t before = rdtsc_ordered();
		uint32_t count = reference->read();
		uint64_t taken = rdtsc_ordered() - before;

		if (taken < least) {
			least = taken;
			best.tsc = before + taken / 2;
			best.count = count;
		}
	}
	return best;
}

/* Not arch_relax(): under -icount that would hand the turn to another CPU. */
static void clock_step(void)
{
	unsigned int i;

	for (i = 0; i < CLOCK_STEP_TURNS; i++)
		__asm__ volatile("" : : : "memory");
}

static bool clock_wait(const struct clock_reference *reference, uint32_t from,
		       uint32_t ticks)
{
	unsigned int steps;

	for (steps = 0; steps < CLOCK_MAX_STEPS; steps++) {
		uint32_t passed = reference->read() - from;

		if (passed >= ticks)
			return true;
		if (passed == 0 && steps >= CLOCK_DEAD_STEPS)
			return false;
		clock_step();
	}
	return false;
}

static uint64_t clock_compare(const struct clock_reference *reference,
			      struct clock_sample start,
			      struct clock_sample end)
{
	uint64_t ticks = end.tsc - start.tsc;
	uint64_t ns = (uint64_t)(end.count - start.count) * reference->period /
		      FEMTOSECONDS_PER_NS;

	return ticks ? (ns << CLOCK_SHIFT) / ticks : 0;
}

static bool clock_measure(const struct clock_reference *reference)
{
	uint32_t span = (uint64_t)CLOCK_SPAN_NS * FEMTOSECONDS_PER_NS /
			reference->period;
	unsigned int try;

	for (try = 0; try < CLOCK_TRIES; try++) {
		struct clock_sample start, end;

		reference->start();
		start = clock_take(reference);
		if (!clock_wait(reference, start.count, span))
			return false;
		end = clock_take(reference);
		if (reference->overrun && reference->overrun())
			continue;
		clock_factor = clock_compare(reference, start, end);
		if (!clock_factor)
			return false;
		print("# clock: TSC at %lu MHz by the %s\n",
		      ((1000UL << CLOCK_SHIFT) + clock_factor / 2) /
			      clock_factor,
		      reference->name);
		return true;
	}
	return false;
}

static bool clock_use_hpet(uint64_t address)
{
	struct clock_reference hpet = {
		.name = "HPET",
		.start = clock_hpet_start,
		.read = clock_hpet_read,
	};

	clock_hpet = address ? x86_direct(address, HPET_SIZE) : NULL;
	if (!clock_hpet)
		return false;
	hpet.period = clock_hpet_register(HPET_CAP_PERIOD);
	if (hpet.period == 0 || hpet.period > HPET_MAX_PERIOD)
		return false;
	return clock_measure(&hpet);
}

static bool clock_use_pit(void)
{
	static const struct clock_reference pit = {
		.name = "PIT",
		.period = PIT_PERIOD,
		.start = clock_pit_start,
		.read = clock_pit_read,
		.overrun = clock_pit_overrun,
	};

	return clock_measure(&pit);
}

void x86_clock_init(uint64_t hpet)
{
	if (!clock_use_hpet(hpet) && !clock_use_pit())
		panic("no clock: neither an HPET nor the PIT counts");
	clock_base = rdtsc_ordered();
}

uint64_t arch_nanoseconds(void)
{
	uint64_t ticks = rdtsc_ordered() - clock_base;

	return (uint64_t)((unsigned __int128)ticks * clock_factor >>
			  CLOCK_SHIFT);
}

uint64_t arch_ticks(void)
{
	uint64_t ticks = rdtsc_ordered();

	/* Later instructions wait for the counter (SDM 2B, RDTSC). */
	__asm__ volatile("lfence" : : : "memory");
	return ticks;
}
