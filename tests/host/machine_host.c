/* SPDX-License-Identifier: MIT */
/*
 * The CPUs of the simulated machine; see host.h. Only one runs at a time, and
 * it gives way in known places, so nothing here needs a lock.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#define MACHINE_STACK	 (256 * 1024)
#define MACHINE_CLOCK_NS 50000U /* how much later each read of the clock is */

struct machine_cpu {
	bool irqs_off;
	bool inside; /* suspended in the middle of something */
	void (*function)(void *argument);
	void *argument;
	ucontext_t context;
	void *stack;
};

static struct machine_cpu machine_cpus[IRQKIT_NR_CPUS];
static unsigned int machine_current;
static struct host_source *machine_sources;
static ucontext_t machine_main; /* CPU 0 */
static uint64_t machine_clock;
static uint32_t machine_seed = 0x2545f491U;

void (*host_clock_hook)(void);

unsigned int irqkit_port_cpu(void)
{
	return machine_current;
}

unsigned int host_become(unsigned int cpu)
{
	unsigned int before = machine_current;

	machine_current = cpu;
	return before;
}

static struct machine_cpu *machine_this(void)
{
	return &machine_cpus[machine_current];
}

bool irqkit_port_irqs_disabled(void)
{
	return machine_this()->irqs_off;
}

unsigned long irqkit_port_irq_save(void)
{
	bool before = machine_this()->irqs_off;

	machine_this()->irqs_off = true;
	return before;
}

static unsigned int machine_chance(void)
{
	machine_seed = machine_seed * 1664525U + 1013904223U;
	return machine_seed >> 24;
}

void host_add_source(struct host_source *source)
{
	struct host_source **link = &machine_sources;

	while (*link != NULL)
		link = &(*link)->next;
	*link = source;
}

/* The first source that would interrupt a CPU, or NULL. */
static struct host_source *machine_find_source(unsigned int cpu)
{
	struct host_source *source = machine_sources;

	while (source != NULL && !source->has_interrupt(cpu))
		source = source->next;
	return source;
}

static void machine_take_interrupts(void)
{
	struct machine_cpu *this = machine_this();

	while (!this->irqs_off) {
		struct host_source *source =
			machine_find_source(machine_current);

		if (source == NULL)
			return;
		this->irqs_off = true;
		source->take_interrupt(machine_current);
		this->irqs_off = false;
	}
}

void irqkit_port_irq_restore(unsigned long state)
{
	machine_this()->irqs_off = state != 0;
	if (state != 0)
		return;
	machine_take_interrupts();
	if (machine_chance() < 16)
		host_yield();
}

uint64_t irqkit_port_nanoseconds(void)
{
	machine_clock += MACHINE_CLOCK_NS;
	if (host_clock_hook != NULL)
		host_clock_hook();
	if (!machine_this()->irqs_off)
		host_yield();
	return machine_clock;
}

static void machine_switch(unsigned int cpu, ucontext_t *from, ucontext_t *to)
{
	machine_current = cpu;
	swapcontext(from, to);
}

/* From CPU 0: let another run until it gives way. */
static void machine_resume(unsigned int cpu)
{
	machine_switch(cpu, &machine_main, &machine_cpus[cpu].context);
}

/* From another CPU: back to CPU 0. */
static void machine_suspend(void)
{
	machine_switch(0, &machine_this()->context, &machine_main);
}

static bool machine_has_work(unsigned int cpu)
{
	struct machine_cpu *that = &machine_cpus[cpu];

	return that->inside || that->function != NULL ||
	       (!that->irqs_off && machine_find_source(cpu) != NULL);
}

static void machine_run_others(void)
{
	for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++) {
		if (machine_cpus[cpu].stack == NULL || !machine_has_work(cpu))
			continue;
		/* Not always in the same order. */
		if (machine_chance() < 192)
			machine_resume(cpu);
	}
}

/* A test that only pretends to be another CPU has no coroutine to leave. */
void host_yield(void)
{
	struct machine_cpu *this = machine_this();

	if (machine_current == 0) {
		machine_run_others();
	} else if (this->inside) {
		machine_suspend();
	}
	machine_take_interrupts();
}

/* In a spin another CPU has to get on, whether interrupts are on or off. */
void irqkit_port_relax(void)
{
	host_yield();
}

/* A CPU that has nothing to do, until it has. */
static void machine_idle(void)
{
	struct machine_cpu *this = machine_this();

	for (;;) {
		this->inside = true;
		machine_take_interrupts();
		if (this->function != NULL) {
			this->function(this->argument);
			this->function = NULL;
		}
		this->inside = false;
		machine_suspend();
	}
}

void host_give_work(unsigned int cpu, void (*function)(void *argument),
		    void *argument)
{
	machine_cpus[cpu].argument = argument;
	machine_cpus[cpu].function = function;
}

bool host_is_idle(unsigned int cpu)
{
	return machine_cpus[cpu].function == NULL;
}

static void machine_make(unsigned int cpu)
{
	struct machine_cpu *new = &machine_cpus[cpu];

	/* A test may run several CPUs' worth of stack under a sanitizer. */
	new->stack = malloc(MACHINE_STACK);
	if (new->stack == NULL || getcontext(&new->context) != 0)
		abort();
	new->context.uc_stack.ss_sp = new->stack;
	new->context.uc_stack.ss_size = MACHINE_STACK;
	new->context.uc_link = NULL;
	makecontext(&new->context, machine_idle, 0);
}

int host_start_cpu(unsigned int cpu)
{
	int error = irqkit_cpu_prepare(cpu);
	unsigned int before;

	if (error != 0)
		return error;
	before = host_become(cpu);
	machine_cpus[cpu].irqs_off = true;
	error = irqkit_cpu_starting(cpu);
	machine_cpus[cpu].irqs_off = false;
	host_become(before);
	if (error != 0)
		return error;
	machine_make(cpu);
	return irqkit_cpu_online(cpu);
}

void host_start(unsigned int nr_cpus, const struct cpumask *offline)
{
	machine_cpus[0].irqs_off = true;
	if (irqkit_init(nr_cpus) != 0)
		abort();
	machine_cpus[0].irqs_off = false;
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++) {
		if (offline != NULL && cpumask_test_cpu(cpu, offline))
			continue;
		if (host_start_cpu(cpu) != 0)
			abort();
	}
}
