/* SPDX-License-Identifier: MIT */
/*
 * Small concurrent programs, and whether an outcome of one can be on a machine
 * that reorders: by the axioms of x86-TSO and of Armv8, over all executions.
 */
#ifndef TESTS_WEAK_WEAK_H
#define TESTS_WEAK_WEAK_H

#include <stdbool.h>
#include <stdint.h>

#define WEAK_EVENTS    32U /* of a program, and a first value each */
#define WEAK_LOCATIONS 8U
#define WEAK_ANY       (-1) /* a value that does not matter */

enum weak_kind {
	WEAK_END, /* of the program */
	WEAK_READ,
	WEAK_WRITE,
	WEAK_FENCE,
};

enum weak_flag {
	WEAK_ACQUIRE = 1U << 0,	    /* of a read */
	WEAK_RELEASE = 1U << 1,	    /* of a write */
	WEAK_RMW = 1U << 2,	    /* a read whose write comes next */
	WEAK_RMW_WRITE = 1U << 3,   /* that write */
	WEAK_FENCE_FULL = 1U << 4,  /* MFENCE; DMB ISH, DSB ISH */
	WEAK_FENCE_LOAD = 1U << 5,  /* DMB ISHLD; nothing on x86 */
	WEAK_FENCE_STORE = 1U << 6, /* DMB ISHST, DSB ISHST; nothing on x86 */
	WEAK_FENCE_SYNC = 1U << 7,  /* ISB; nothing on x86 */
	/* A register of x86 whose write does not wait for stores before. */
	WEAK_UNORDERED = 1U << 8,
};

/*
 * In program order, thread by thread. A read is part of the outcome by the
 * value that it gives. Places of reads that something depends on are given
 * backwards: 1 is the event before; 0: none.
 */
struct weak_event {
	enum weak_kind kind;
	unsigned char thread;
	unsigned char location;
	int value;
	unsigned int flags;
	unsigned char address; /* its address depends on that read */
	unsigned char data;    /* the value written does */
	unsigned char control; /* whether it is done does */
	const char *barrier; /* one that is needed: what it is in the source */
};

/* A value that a location has at last. */
struct weak_final {
	unsigned char location;
	int value;
};

struct weak_program {
	const char *name;
	const struct weak_event *events;
	struct weak_final finals[2]; /* those whose value is not 0 */
};

enum weak_machine {
	WEAK_TSO,
	WEAK_ARMV8,
	WEAK_MACHINES
};

/* One execution: who reads from whom, and the order of the writes. */
struct weak_execution {
	struct weak_event events[WEAK_EVENTS];
	unsigned int nr;
	uint32_t program_order[WEAK_EVENTS]; /* memory events and fences */
	uint32_t same_location[WEAK_EVENTS];
	uint32_t same_thread[WEAK_EVENTS];
	uint32_t reads_from[WEAK_EVENTS]; /* from the write to the read */
	uint32_t coherence[WEAK_EVENTS];
	uint32_t from_reads[WEAK_EVENTS];
};

/* Whether the machine's axioms let it be. */
bool weak_tso_allows(const struct weak_execution *execution);
bool weak_armv8_allows(const struct weak_execution *execution);

/* What both have in common: each location by itself is coherent. */
bool weak_is_coherent(const struct weak_execution *execution);
bool weak_is_acyclic(const uint32_t relation[], unsigned int nr);

/*
 * Whether the outcome can be. @without: the place of an event whose barrier is
 * left out, or -1. @executions: how many were looked at; added to.
 */
bool weak_can_be(const struct weak_program *program, enum weak_machine machine,
		 int without, unsigned long *executions);

/* The programs, each list with a NULL name at its end. */
struct weak_classic {
	struct weak_program program;
	bool allowed[WEAK_MACHINES];
};
extern const struct weak_classic weak_classics[];

/* Outcomes that must not be, on any machine, with all barriers. */
extern const struct weak_program weak_protocols[];
extern const struct weak_program weak_calls[];

#endif
