/* SPDX-License-Identifier: MIT */
/*
 * A trace that is compiled out is nothing: its arguments are compiled and not
 * evaluated, and its calls say that there is none. Only the headers are as
 * for such a build; the library that is linked has a trace, which stays empty.
 */
#undef IRQKIT_TRACE
#define IRQKIT_TRACE 0
#include <irqkit/trace.h>
#include "host.h"
#include "suites/tap.h"

static unsigned int off_calls;

static unsigned long off_argument(void)
{
	return ++off_calls;
}

static void off_print(void *context, const char *text)
{
	(void)context;
	(void)text;
	off_calls++;
}

static void off_record(void)
{
	unsigned int irq = 5;

	tap_subject("nothing is evaluated");
	irqkit_trace(IRQKIT_TRACE_MASK, irq++, off_argument(), off_argument());
	if (irq == 5)
		irqkit_trace(IRQKIT_TRACE_MASK, (unsigned int)off_argument(), 0,
			     0);
	else
		off_calls++;
	tap_equal(off_calls, 0, "calls");
	tap_equal(irq, 5, "irq");
	tap_close();
}

static void off_calls_say_so(void)
{
	struct irqkit_trace_entry entry = {.lost = 7};
	unsigned long position = 3;

	tap_subject("the other calls are there and do nothing");
	irqkit_trace_stop();
	irqkit_trace_start();
	irqkit_trace_clear();
	tap_equal((long long)irqkit_trace_dropped(), 0, "dropped");
	tap_equal(irqkit_trace_read(0, &position, &entry), -ENOSYS, "read");
	tap_equal((long long)position, 3, "position");
	tap_equal((long long)entry.lost, 7, "entry");
	tap_equal(irqkit_trace_print(off_print, NULL), -ENOSYS, "print");
	tap_equal(off_calls, 0, "lines");
	tap_expect(irqkit_trace_name(IRQKIT_TRACE_MASK) != NULL, "a word");
	tap_close();
}

int main(void)
{
	host_begin();
	off_record();
	off_calls_say_so();
	return host_end();
}
