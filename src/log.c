/* SPDX-License-Identifier: MIT */
/*
 * Lines for irqkit_port_log(): at once, or where a lock may be held from the
 * next irqkit_poll() on. No lock: the one line that is kept is passed on by its
 * state.
 */
#include "internals.h"

#define LOG_LINE 192

enum log_state {
	LOG_FREE,
	LOG_BUSY, /* one CPU writes it, or hands it on */
	LOG_READY,
};

static struct {
	unsigned int state;
	unsigned int lost; /* lines that found no room */
	enum irqkit_log_level level;
	char line[LOG_LINE];
} log_kept;

void irqkit_log(enum irqkit_log_level level, const char *format, ...)
{
	char line[LOG_LINE];
	va_list arguments;

	irqkit_assert_no_lock();
	va_start(arguments, format);
	irqkit_vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	irqkit_port_log(level, line);
}

/* Pairs with the releases that give it away. */
static bool log_claim(unsigned int state)
{
	return __atomic_compare_exchange_n(&log_kept.state, &state, LOG_BUSY,
					   false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

void irqkit_log_later(enum irqkit_log_level level, const char *format, ...)
{
	va_list arguments;

	if (!log_claim(LOG_FREE)) {
		__atomic_fetch_add(&log_kept.lost, 1, __ATOMIC_RELAXED);
		return;
	}
	log_kept.level = level;
	va_start(arguments, format);
	irqkit_vsnprintf(log_kept.line, LOG_LINE, format, arguments);
	va_end(arguments);
	store_release(&log_kept.state, (unsigned int)LOG_READY);
}

void irqkit_log_poll(void)
{
	unsigned int lost;

	if (__builtin_expect(load_relaxed(&log_kept.state) != LOG_READY, 1) ||
	    !log_claim(LOG_READY))
		return;
	irqkit_port_log(log_kept.level, log_kept.line);
	store_release(&log_kept.state, (unsigned int)LOG_FREE);
	lost = __atomic_exchange_n(&log_kept.lost, 0, __ATOMIC_RELAXED);
	if (lost != 0)
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: %u more lines were lost", lost);
}
