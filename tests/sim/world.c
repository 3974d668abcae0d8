/* SPDX-License-Identifier: MIT */
/*
 * What a run starts from. All variables of the program are put back to what
 * they were, so each run is the first one of a new machine; what has to outlive
 * a run is in sim_control, elsewhere.
 */
#include "sim.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Where the linker puts the variables. */
extern char __data_start[], _end[];

struct sim_control *sim_control;
struct sim_plan sim_plan;

static char *world_snapshot;
static char *world_stack;
static struct sim_fiber world_main, world_judge;
static uint64_t world_random;

static const char *const world_names[SIM_VERDICTS] = {
	[SIM_GOOD] = "good",	     [SIM_LOST] = "lost",
	[SIM_TWICE] = "twice",	     [SIM_OFFLINE] = "offline",
	[SIM_FREED] = "freed",	     [SIM_LEAK] = "leak",
	[SIM_DEADLOCK] = "deadlock", [SIM_UNBOUNDED] = "unbounded",
	[SIM_PANIC] = "panic",	     [SIM_CONTRACT] = "contract",
	[SIM_HARDWARE] = "hardware",
};

const char *sim_verdict_name(enum sim_verdict verdict)
{
	return world_names[verdict];
}

static void *world_map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		perror("sim: mmap");
		exit(1);
	}
	return memory;
}

/* Leaves the stack on which it failed for good. */
IRQKIT_NORETURN static void world_leave(void)
{
	struct sim_fiber nowhere;

	sim_is_running = false;
	sim_control->steps = sim_step();
	sim_fiber_switch(&nowhere, &world_main);
	abort();
}

void sim_fail(enum sim_verdict verdict, const char *format, ...)
{
	va_list words;

	va_start(words, format);
	vsnprintf(sim_control->reason, sizeof(sim_control->reason), format,
		  words);
	va_end(words);
	sim_control->verdict = verdict;
	world_leave();
}

/* An access to what no memory is: most often a pointer of a freed thing. */
static void world_crashed(int signal_number)
{
	if (world_main.stack_pointer == NULL)
		abort();
	sim_fail(SIM_PANIC, "signal %d at step %u of actor %u", signal_number,
		 sim_step(), sim_actor());
}

static void world_catch_crashes(void)
{
	struct sigaction action = {
		.sa_handler = world_crashed,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};
	stack_t stack = {
		.ss_sp = world_map(SIM_STACK_BYTES),
		.ss_size = SIM_STACK_BYTES,
	};

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

static size_t world_bytes(void)
{
	return (size_t)(_end - __data_start);
}

void sim_world_begin(void)
{
	sim_control = world_map(sizeof(*sim_control));
	world_stack = world_map(SIM_STACK_BYTES);
	sim_memory_reset();
	world_catch_crashes();
	world_snapshot = world_map(world_bytes());
	memcpy(world_snapshot, __data_start, world_bytes());
}

/* What no interrupt and no call has left behind. */
static void world_check_leaks(void)
{
	unsigned int irq;

	for_each_active_irq (irq) {
		if (!sim_is_lasting(irq))
			sim_fail(SIM_LEAK, "irq %u is still allocated", irq);
	}
	sim_apic_check_empty();
	if (sim_memory_live() != 0)
		sim_fail(SIM_LEAK, "%d pieces of memory, or vectors, are left",
			 sim_memory_live());
}

/* On a stack of its own, as a failure leaves it. */
static void world_judge_run(void)
{
	const struct sim_scenario *scenario = sim_plan.scenario;
	struct cpumask offline;

	cpumask_clear(&offline);
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		if ((scenario->offline >> cpu & 1) != 0)
			cpumask_set_cpu(cpu, &offline);
	}
	sim_machine_start(scenario->nr_cpus, &offline);
	if (scenario->set_up != NULL)
		scenario->set_up();
	sim_schedule();
	sim_settle();
	if (scenario->judge != NULL)
		scenario->judge();
	sim_device_judge();
	sim_device_remove();
	world_check_leaks();
	world_leave();
}

enum sim_verdict sim_run(const struct sim_plan *plan)
{
	memcpy(__data_start, world_snapshot, world_bytes());
	sim_memory_reset();
	sim_plan = *plan;
	sim_plan.faults |= plan->scenario->faults;
	world_random = plan->seed * 2 + 1;
	sim_control->verdict = SIM_GOOD;
	sim_control->reason[0] = '\0';
	sim_control->hash = 0;
	sim_control->nr_notes = 0;
	sim_control->nr_decisions = 0;
	sim_fiber_make(&world_judge, world_stack, world_judge_run);
	sim_fiber_switch(&world_main, &world_judge);
	return sim_control->verdict;
}

/* A generator by a counter (splitmix). */
unsigned int sim_draw(uint64_t *state, unsigned int limit)
{
	uint64_t mixed;

	*state += 0x9e3779b97f4a7c15ULL;
	mixed = *state;
	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ULL;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
	mixed ^= mixed >> 31;
	return limit != 0 ? (unsigned int)((mixed >> 32) * limit >> 32) : 0;
}

unsigned int sim_random(unsigned int limit)
{
	return sim_draw(&world_random, limit);
}

static void world_hash(uint64_t value)
{
	uint64_t hash = sim_control->hash ^ value;

	hash *= 0xff51afd7ed558ccdULL;
	sim_control->hash = hash ^ hash >> 32;
}

void sim_note(const char *format, unsigned int a, unsigned int b)
{
	world_hash((uint64_t)sim_step() << 32 | sim_actor());
	world_hash((uint64_t)a << 32 | b);
	if (!sim_control->wants_notes || sim_control->nr_notes == SIM_MAX_NOTES)
		return;
	sim_control->notes[sim_control->nr_notes++] = (struct sim_note){
		.step = sim_step(),
		.actor = (unsigned char)sim_actor(),
		.format = format,
		.a = a,
		.b = b,
	};
}

bool sim_fault_now(enum sim_fault fault, unsigned int in)
{
	if (!sim_has_fault(fault) || !sim_is_running || sim_random(in) != 0)
		return false;
	sim_saw(SIM_SAW_FAULT);
	return true;
}
