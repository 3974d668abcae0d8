/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the conformance suite share: interrupts of the controller
 * with their books. Each event is counted, and the next one of the same line is
 * raised after the last was handled, unless a test says otherwise.
 */
#ifndef TESTS_SUITES_CONFORMANCE_LINE_H
#define TESTS_SUITES_CONFORMANCE_LINE_H

#include "conformance.h"

/* When a sentence can be tested, and how often it is. */
enum conformance_needs {
	CONFORMANCE_EACH_TRIGGER = 1U << 0, /* once for each that can fire */
	CONFORMANCE_ON_EDGES = 1U << 1,	    /* only with edges, and messages */
	CONFORMANCE_ON_LEVELS = 1U << 2,
	CONFORMANCE_TWO_LINES = 1U << 3,
	CONFORMANCE_TWO_CPUS = 1U << 4,
	CONFORMANCE_A_CPU_LESS = 1U << 5, /* a CPU that can go offline */
	CONFORMANCE_NAMES = 1U << 6,	  /* the description's firmware */
	CONFORMANCE_ALLOC = 1U << 7,	  /* a domain with an alloc operation */
	CONFORMANCE_MAP = 1U << 8,	  /* one with a map operation */
	CONFORMANCE_TYPES = 1U << 9,	  /* lines that have triggers */
	CONFORMANCE_ANY_KIND = 1U << 10,  /* of per-CPU controllers too */
};

/* One sentence. A row of them ends with one that is NULL. */
struct conformance_test {
	const char *number; /* C and two digits, the same for ever */
	const char *sentence;
	void (*run)(void);
	unsigned int needs; /* enum conformance_needs */
	unsigned int flags; /* enum conformance_flags that it needs */
};

extern const struct conformance_test conformance_domain_tests[];
extern const struct conformance_test conformance_start_tests[];
extern const struct conformance_test conformance_mask_tests[];
extern const struct conformance_test conformance_flow_tests[];
extern const struct conformance_test conformance_type_tests[];
extern const struct conformance_test conformance_state_tests[];
extern const struct conformance_test conformance_affinity_tests[];
extern const struct conformance_test conformance_move_tests[];
extern const struct conformance_test conformance_offline_tests[];
extern const struct conformance_test conformance_percpu_tests[];

/* The controller, and the trigger of this turn; IRQ_TYPE_NONE if it has none.
 */
extern const struct conformance_controller *conformance_chip;
extern unsigned int conformance_trigger;

/* All of enum irq_trigger. */
#define CONFORMANCE_TRIGGERS 5U
extern const unsigned int conformance_triggers[CONFORMANCE_TRIGGERS];
const char *conformance_type_name(unsigned int type);

/* Whether lines can have it; and whether a device can then raise them. */
bool conformance_has_type(unsigned int type);
bool conformance_can_fire(unsigned int type);
static inline bool conformance_is_level(unsigned int type)
{
	return (type & IRQ_TYPE_LEVEL_MASK) != 0;
}

/* Whether the controller has all of these flags. */
bool conformance_has(unsigned int flags);

/* So many arrivals without one that was due are a storm: it is silenced. */
#define CONFORMANCE_STORM 1000U

struct conformance_line {
	unsigned int irq;	 /* 0: none */
	unsigned int number;	 /* of the line */
	unsigned int type;	 /* of enum irq_trigger */
	irq_flow_handler_t flow; /* the domain's; NULL: it is not watched */
	bool requested;
	unsigned int keep;	/* calls whose device keeps asserting */
	unsigned int again;	/* calls in which the device fires again */
	unsigned long expected; /* calls for what was raised */
	unsigned long handled;	/* calls */
	unsigned long arrived;	/* at the flow handler, on all CPUs */
	unsigned int inside;	/* CPUs in the handler */
	unsigned int cpu;	/* of the last call */
	int error;		/* of raising it */
	const char *wrong;	/* the first thing that was; or NULL */
	unsigned int wrong_cpu; /* where */
	/* Called in the handler, before the device is served; or NULL. */
	void (*during)(struct conformance_line *line);
};

/*
 * Make the interrupt of a line, of this turn's trigger, and watch what arrives;
 * @cpu: the only one it may go to, or SUITE_NONE. Then request it, release it,
 * free it. Each returns whether that worked; if not, the subject fails.
 * conformance_open() makes and requests; NULL if that is in vain. Whatever is
 * still there is freed at the end of the turn.
 */
struct conformance_line *conformance_make(unsigned int number,
					  unsigned int cpu);
bool conformance_request(struct conformance_line *line);
bool conformance_request_disabled(struct conformance_line *line);
bool conformance_release(struct conformance_line *line);
bool conformance_free(struct conformance_line *line);
struct conformance_line *conformance_open(unsigned int number,
					  unsigned int cpu);
struct conformance_line *conformance_open_managed(unsigned int number,
						  unsigned int cpu);
void conformance_free_all(void);

/* The irq of a line, or a negative error; nothing else is done with it. */
int conformance_allocate(unsigned int number,
			 const struct irq_affinity_desc *affinity);

/* Another trigger for a line that is watched. Returns the error. */
int conformance_set_type(struct conformance_line *line, unsigned int type);

/* The device raises an event that is due; or one that may get lost. */
void conformance_raise(struct conformance_line *line);
void conformance_raise_in_vain(struct conformance_line *line);

/* The device of a level takes it back. */
void conformance_withdraw(struct conformance_line *line);

/* As suite_wait(), with the patience of the description. */
bool conformance_wait(bool (*done)(void *argument), void *argument);

/*
 * Wait until all that is due was handled, and expect that it is; the second
 * expects also that no more comes.
 */
bool conformance_reach(struct conformance_line *line, const char *when);
bool conformance_await(struct conformance_line *line, const char *when);

/* A new start may bring what an edge did before, once: it is in the books. */
void conformance_take_leftover(struct conformance_line *line);

/* Let what is on its way arrive, and that which irqkit_poll() has. */
void conformance_settle(void);

/* Expect that it goes to CPUs of @mask, and to one at least. */
bool conformance_expect_aim(const struct conformance_line *line,
			    const struct cpumask *mask);

/* Aim at CPUs, or at one, and have it moved: that may take events. */
bool conformance_aim_mask(struct conformance_line *line,
			  const struct cpumask *mask);
bool conformance_aim(struct conformance_line *line, unsigned int cpu);

/* A move that waits for the next event gets events. */
bool conformance_finish_move(struct conformance_line *line);

/*
 * An interrupt that is aimed at this CPU, if the controller can be aimed; and
 * whether it is the only CPU that it may go to.
 */
struct conformance_line *conformance_open_here(void);
bool conformance_is_here(const struct conformance_line *line);

#endif
