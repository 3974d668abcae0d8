/* SPDX-License-Identifier: MIT */
/*
 * An interrupt that software raises, and its books. One event is on its way at
 * most: it is raised again only after its handler was called, so none can merge
 * with another, and each must be handled exactly once.
 */
#ifndef TESTS_SUITES_SOURCE_H
#define TESTS_SUITES_SOURCE_H

#include "suite.h"

enum source_kind {
	SOURCE_FREE,	/* may go anywhere */
	SOURCE_BOUND,	/* to one CPU */
	SOURCE_MANAGED, /* to some CPUs, and the library keeps it there */
	SOURCE_ROAMING, /* the test moves it while it fires */
	SOURCE_KINDS,
};

/* Who may raise it. */
enum source_state {
	SOURCE_IDLE, /* anybody, who makes it busy first */
	SOURCE_BUSY, /* nobody: an event is on its way or being handled */
	SOURCE_HELD, /* nobody */
};

struct source {
	unsigned int irq; /* 0: it was not opened */
	enum source_kind kind;
	struct cpumask asked;	/* its affinity */
	bool crowded;		/* no other CPU of it has room */
	unsigned int state;	/* enum source_state */
	unsigned int again;	/* how often its handler still raises it */
	unsigned int inside;	/* CPUs in the handler */
	unsigned int last;	/* the CPU of the last call */
	unsigned long fired;	/* events */
	unsigned long handled;	/* calls of the handler */
	const char *wrong;	/* the first thing that was; or NULL */
	unsigned int wrong_cpu; /* where */
	int error;		/* of raising it */
	unsigned long ran[IRQKIT_NR_CPUS]; /* calls by CPU */
};

/*
 * Allocate, request; it is idle then. @cpus: its affinity; NULL: the default.
 * False, and the open subject fails, if that does not work.
 */
bool source_open(struct source *source, enum source_kind kind,
		 const struct cpumask *cpus);

/* Free it all. It must be idle or held, if the subject is good so far. */
void source_close(struct source *source);

/*
 * Raise it if it is idle; its handler then raises it @again times. Any CPU;
 * the result is whether it did.
 */
bool source_fire(struct source *source, unsigned int again);

/* Wait for what is on its way; nobody raises it until it is released. */
bool source_hold(struct source *source);
void source_release(struct source *source);
bool source_is_held(const struct source *source);

/*
 * Held: raise it, and wait until it was handled and is held again. Others may
 * have raised it meanwhile.
 */
bool source_cycle(struct source *source);

/*
 * The same while nobody else raises anything: expect that it came where it is
 * aimed.
 */
bool source_probe(struct source *source);

/* Held: all that was raised was handled, once. */
bool source_balance(struct source *source);

/* Any time: no handler saw anything wrong. */
bool source_check(struct source *source);

/* Where it goes. */
void source_effective(const struct source *source, struct cpumask *cpus);

/* Whether it is managed, and down for want of a CPU. */
bool source_is_down(const struct source *source);

#endif
