/* SPDX-License-Identifier: MIT */
/*
 * A machine in a process whose schedule is chosen: CPUs and devices are actors
 * of which one runs at a time, and each access to memory of the library is a
 * point at which another may go on. See README.md.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <irqkit/irqkit.h>
#include <irqkit/irqdomain.h>
#include <irqkit/matrix.h>

#define SIM_CPUS    4U
#define SIM_DEVICES 4U

/*
 * Actors: the interrupts of each CPU, its thread, and the devices. A CPU's
 * interrupt runs on the stack of its thread, which goes on when it is over.
 */
#define SIM_IRQ(cpu)	((unsigned int)(cpu))
#define SIM_THREAD(cpu) (SIM_CPUS + (cpu))
#define SIM_DEVICE(n)	(2 * SIM_CPUS + (n))
#define SIM_ACTORS	(2 * SIM_CPUS + SIM_DEVICES)
#define SIM_NOBODY	SIM_ACTORS

/* ---- fiber.c: stacks that one process switches between */

struct sim_fiber {
	void *stack_pointer;
	char *stack; /* its lowest byte */
};

#define SIM_STACK_BYTES (128U * 1024)

/* @function never returns. */
void sim_fiber_make(struct sim_fiber *fiber, char *stack,
		    void (*function)(void));
void sim_fiber_switch(struct sim_fiber *from, const struct sim_fiber *to);

/* ---- world.c: what a run starts from, and what outlives it */

/* Why a run failed. The words of a kind are what a mutant is found by. */
enum sim_verdict {
	SIM_GOOD,
	SIM_LOST,      /* an event was never handled */
	SIM_TWICE,     /* a handler ran and its device had nothing */
	SIM_OFFLINE,   /* something ran, or was aimed, at a CPU that is off */
	SIM_FREED,     /* a handler, or memory, was used after it was freed */
	SIM_LEAK,      /* something is left over */
	SIM_DEADLOCK,  /* nobody can go on */
	SIM_UNBOUNDED, /* it does not end */
	SIM_PANIC,     /* the library found it */
	SIM_CONTRACT,  /* port, chip or result of a call */
	SIM_HARDWARE,  /* the machine reports a fault of its own */
	SIM_VERDICTS
};
const char *sim_verdict_name(enum sim_verdict verdict);

/* Another than the usual choice: at the pick @pick of @actor comes @next. */
struct sim_decision {
	unsigned char actor;
	unsigned char next;
	unsigned int pick;
};
#define SIM_MAX_DECISIONS 8192U

struct sim_note {
	unsigned int step;
	unsigned char actor;
	const char *format; /* of two unsigned int */
	unsigned int a, b;
	const void *pc; /* of a switch: where the actor was */
};
#define SIM_MAX_NOTES	65536U

#define SIM_PLACES	(1U << 20)
#define SIM_SHARE_ROOM	16384U
#define SIM_MAX_CHOICES 65536U

/* How often something happened that one may want to have seen. */
enum sim_coverage {
	SIM_SAW_SWITCH,
	SIM_SAW_MERGE,
	SIM_SAW_HANDLED,
	SIM_SAW_DROPPED,
	SIM_SAW_FORWARD,
	SIM_SAW_RETRIGGER,
	SIM_SAW_MOVE,
	SIM_SAW_CLEAN_UP,
	SIM_SAW_OFFLINE,
	SIM_SAW_ONLINE,
	SIM_SAW_SHUTDOWN,
	SIM_SAW_LOCK_WAIT,
	SIM_SAW_GRACE_WAIT,
	SIM_SAW_FAULT,
	SIM_SAW_KINDS
};

/* Outlives the runs; everything else is as at the start of the program. */
struct sim_control {
	/* The result of the run. */
	enum sim_verdict verdict;
	char reason[512];
	uint64_t hash;
	unsigned int steps;
	unsigned int coverage[SIM_SAW_KINDS];
	/* Pairs of places where one actor stopped and another went on. */
	unsigned int new_places;
	unsigned char places[SIM_PLACES / 8];
	/* Its choices. */
	unsigned int nr_decisions;
	struct sim_decision decisions[SIM_MAX_DECISIONS];
	/* What was written down, if that is wanted. */
	bool wants_notes;
	unsigned int nr_notes;
	struct sim_note notes[SIM_MAX_NOTES];
	/* For schedule.c: stacks, and what is replayed. */
	char stacks[SIM_CPUS + SIM_DEVICES][SIM_STACK_BYTES] IRQKIT_ALIGNED(64);
	unsigned int nr_script;
	struct sim_decision script[SIM_MAX_DECISIONS];
	/* For explore.c. */
	unsigned int nr_choices;
	struct sim_choice {
		unsigned char options, chosen;
	} choices[SIM_MAX_CHOICES];
	uint64_t explored; /* schedules of the last search that was complete */
	bool share_grew;
	struct sim_share {
		uintptr_t granule;
		unsigned int readers, writers;
	} share[SIM_SHARE_ROOM];
};
extern struct sim_control *sim_control;

struct sim_scenario;

enum sim_scheduler {
	SIM_SCHEDULE_RANDOM,
	SIM_SCHEDULE_EXPLORE,
	SIM_SCHEDULE_REPLAY,
};

/* How a run is to be done. */
struct sim_plan {
	const struct sim_scenario *scenario;
	enum sim_scheduler scheduler;
	uint64_t seed;
	unsigned int bound;  /* of preemptions, when exploring */
	unsigned int faults; /* enum sim_fault bits besides the scenario's */
};

/* Once, before anything else. */
void sim_world_begin(void);

/* One run, from the beginning. The result is in sim_control. */
enum sim_verdict sim_run(const struct sim_plan *plan);

/* The plan of this run. */
extern struct sim_plan sim_plan;

/* End the run. Does not return. */
IRQKIT_NORETURN void sim_fail(enum sim_verdict verdict, const char *format, ...)
	IRQKIT_PRINTF(2, 3);

/* Write down, for the time line. @format is constant, of two unsigned int. */
void sim_note(const char *format, unsigned int a, unsigned int b);

static inline void sim_saw(enum sim_coverage what)
{
	sim_control->coverage[what]++;
}

/*
 * A number below @limit, the next one of the seed; and of another sequence. The
 * schedule has its own, so that a replay draws the same numbers.
 */
unsigned int sim_random(unsigned int limit);
unsigned int sim_draw(uint64_t *state, unsigned int limit);

/* ---- memory.c: what irqkit_port_alloc() gives out */

void sim_memory_reset(void);
bool sim_memory_is_freed(const void *address);

/* Pieces that are given out, but for those there were at the mark. */
void sim_memory_mark(void);
int sim_memory_live(void);

/* ---- schedule.c: who goes on */

extern bool sim_is_running; /* schedules; false at boot and while judging */

/* An access by library code compiled for that; the point is before it. */
void sim_access(const void *address, bool is_write, const void *pc);
void sim_wrote(const void *address);

/* A point that is no access: of hardware, of a script. */
void sim_point(void);

/* One that others cannot tell apart from the next access. */
void sim_local_point(void);

/* Hardware has changed: who spins looks again. */
void sim_touch(void);

/* Wait. @words: for what, in the report of a deadlock. */
void sim_wait(bool (*condition)(unsigned int), unsigned int argument,
	      const char *words);

unsigned int sim_actor(void);
unsigned int sim_step(void);

/* The CPU that runs, or the one that is pretended at boot. */
unsigned int sim_cpu(void);
void sim_become(unsigned int cpu);

/* From the turn of a spin; the clock was read. */
void sim_spin(void);
void sim_clock_was_read(void);

/* Whether an actor waits for what nobody has done yet. */
bool sim_is_blocked(unsigned int actor);

/* Whoever spins looks again. */
void sim_wake_spins(void);

/* Until it is turned off, or at a point that is no access, there is none. */
void sim_hurry(bool hurry);

/* Run the actors until all have ended. */
void sim_schedule(void);

/* explore.c: the choices of an exhaustive search. */
unsigned int sim_explore_choose(unsigned int options);
bool sim_explore_is_shared(unsigned int actor, const void *address,
			   bool is_write);
void sim_explore_begin(void);
void sim_explore_rewind(void);
bool sim_explore_next(void);

/* ---- machine.c: the CPUs */

enum sim_power {
	SIM_POWER_OFF,
	SIM_POWER_ON,
	SIM_POWER_GOES, /* was told to */
	SIM_POWER_COMES,
};

struct sim_machine_cpu {
	enum sim_power power;
	bool irqs_off;
	bool in_interrupt;
};
extern struct sim_machine_cpu sim_cpus[SIM_CPUS];

void sim_machine_start(unsigned int nr_cpus, const struct cpumask *offline);

/* Whether a CPU would be interrupted now; and do that. */
bool sim_has_interrupt(unsigned int cpu);
void sim_take_interrupt(void);

/* The life of a CPU when its script is over. */
IRQKIT_NORETURN void sim_idle(void);

/* What a kernel does, in thread context: the first error, or 0. */
int sim_cpu_down(unsigned int cpu);
int sim_cpu_up(unsigned int cpu);

/* So long: waits that have waited for less than that find out. In a script. */
void sim_time_passes(uint64_t nanoseconds);

/* Whether the boot of the scenario has made it. */
bool sim_is_lasting(unsigned int irq);

/* While judging: let all CPUs take what they have, and poll. */
void sim_settle(void);

/* ---- apic.c: local APICs, and devices that write messages */

void sim_apic_begin(void);
bool sim_apic_has(unsigned int cpu);
void sim_apic_take(unsigned int cpu);
void sim_apic_off(unsigned int cpu);
void sim_apic_raise(unsigned int cpu, unsigned int vector);
void sim_apic_time(uint64_t now);
void sim_apic_check_empty(void);

struct sim_device;
int sim_message_alloc(struct sim_device *device,
		      const struct irq_affinity_desc *affinity);
void sim_message_write(struct sim_device *device);

/* ---- line.c: a controller of lines, with edges and levels */

void sim_line_begin(void);
bool sim_line_has(unsigned int cpu);
void sim_line_take(unsigned int cpu);
void sim_line_raise(unsigned int pin);
void sim_line_lower(unsigned int pin);
int sim_line_map(struct sim_device *device);

/* ---- doorbell.c: a controller of IPIs */

void sim_doorbell_begin(void);
bool sim_doorbell_has(unsigned int cpu);
void sim_doorbell_take(unsigned int cpu);
void sim_doorbell_off(unsigned int cpu);
struct irq_domain *sim_doorbell_domain(bool per_cpu);

/* From now on a send there is wrong; and how many found one pending. */
void sim_doorbell_forbid(unsigned int cpu);
unsigned int sim_doorbell_merged(unsigned int cpu);

/* The next @nr sends are refused; do not arrive. */
void sim_doorbell_refuse(unsigned int nr);
void sim_doorbell_lose(unsigned int nr);

/* ---- device.c: devices, their drivers, and the books */

enum sim_kind {
	SIM_MESSAGE,
	SIM_EDGE,
	SIM_LEVEL,
};

struct sim_device {
	enum sim_kind kind;
	unsigned int number;
	unsigned int irq;  /* 0: it has none */
	unsigned int pin;  /* of a line */
	bool attached;	   /* a handler may be called */
	bool inside;	   /* it is, now */
	bool threaded_off; /* the driver has disabled it */
	/* The device. */
	bool status;	    /* has something for its driver */
	bool may_be_lost;   /* it was shut down since that came */
	unsigned int stale; /* interrupts that may find nothing */
	/* The books: raised == handled + merged + dropped + status. */
	unsigned int raised, handled, merged, dropped;
	/* Its message. */
	uint64_t address;
	uint32_t data;
	bool masked, pending_bit, written;
	bool in_flight;
	uint64_t flight_address;
	uint32_t flight_data;
	uint64_t flight_deadline;
};
extern struct sim_device sim_devices[SIM_DEVICES];

/* Make a device and its interrupt, at boot; managed on @managed if not NULL. */
struct sim_device *sim_device_make(unsigned int number, enum sim_kind kind,
				   const struct cpumask *managed);

/* The device has something new. In its script. */
void sim_device_raise(struct sim_device *device);

/* Its interrupt was shut down, or a message went nowhere it should. */
void sim_device_forget(struct sim_device *device);

/* Its driver, in thread context. */
int sim_device_request(struct sim_device *device);
int sim_device_free(struct sim_device *device);
int sim_device_disable(struct sim_device *device);
int sim_device_enable(struct sim_device *device);
int sim_device_aim(struct sim_device *device, unsigned int cpus);

/* At the end: everything is accounted for; everything can be given back. */
void sim_device_judge(void);
void sim_device_remove(void);

/* ---- scenarios */

/* What goes wrong at the boundary to hardware. */
enum sim_fault {
	SIM_FAULT_TORN = 1U << 0,      /* an event between the two writes */
	SIM_FAULT_DROP = 1U << 1,      /* a message is lost */
	SIM_FAULT_DOUBLE = 1U << 2,    /* it arrives twice */
	SIM_FAULT_SLOW = 1U << 3,      /* later than any promise */
	SIM_FAULT_REORDER = 1U << 4,   /* a write to the device overtakes it */
	SIM_FAULT_NO_ROOM = 1U << 5,   /* -ENOSPC, unless all CPUs will do */
	SIM_FAULT_BUSY = 1U << 6,      /* -EBUSY, while its CPU is there */
	SIM_FAULT_LATE_EOI = 1U << 7,  /* the end comes after the handler */
	SIM_FAULT_STUCK_CPU = 1U << 8, /* a CPU stays in a handler */
	SIM_FAULT_STUCK_ACTIVE = 1U << 9, /* the end of one is not seen */
};

static inline bool sim_has_fault(enum sim_fault fault)
{
	return (sim_plan.faults & (unsigned int)fault) != 0;
}

/* Now, by the seed, one time in @in. */
bool sim_fault_now(enum sim_fault fault, unsigned int in);

struct sim_scenario {
	const char *name;
	const char *what;
	unsigned int nr_cpus;
	unsigned int offline; /* bits of CPUs that do not start */
	unsigned int faults;  /* enum sim_fault */
	void (*boot)(void);   /* makes what is never given back; or NULL */
	void (*set_up)(void); /* or NULL */
	void (*cpu[SIM_CPUS])(void);
	void (*device[SIM_DEVICES])(void);
	void (*judge)(void); /* beside the books; or NULL */
	bool small;	     /* can be explored */
	/* What a fault that cannot be survived is named as; else SIM_GOOD. */
	enum sim_verdict expected;
};

/* Those of a file. */
struct sim_table {
	const struct sim_scenario *scenarios;
	unsigned int nr;
};
#define SIM_TABLE(array)                                   \
	{                                                  \
		array, sizeof(array) / sizeof((array)[0]), \
	}
extern const struct sim_table sim_mux_table;
extern const struct sim_table sim_call_table;
extern const struct sim_table sim_fault_table;

/* The n-th one of all, or NULL; those with faults are the last. */
const struct sim_scenario *sim_scenario(unsigned int n);
const struct sim_scenario *sim_scenario_find(const char *name);

/* ---- report.c */

void sim_report(const struct sim_plan *plan);
unsigned int sim_shrink(const struct sim_plan *plan);

#endif
