/* SPDX-License-Identifier: MIT */
/*
 * The CPUs: their interrupt state, the port of the library, and what a kernel
 * does with them: an idle loop, and bringing them down and up.
 */
#include "sim.h"
#include <stdio.h>
#include "arch/x86/movable.h"

#define MACHINE_CLOCK_NS   20000U /* how much later each read of the clock is */
#define MACHINE_MAX_ROUNDS 2000U
#define MACHINE_PATIENCE   1000U /* turns until a spin looks at the clock */

struct sim_machine_cpu sim_cpus[SIM_CPUS];

static unsigned int machine_pretended;
static uint64_t machine_clock;
static unsigned int machine_spins;
static bool machine_hotplug; /* a CPU is on its way up or down */

/* How often much time has passed, in all and as a CPU knows. */
static unsigned int machine_jumps, machine_known[SIM_CPUS];
static unsigned int machine_turns[SIM_CPUS]; /* without a look at the clock */
static uint64_t machine_lasting;	     /* bits of irqs that stay */

unsigned int sim_cpu(void)
{
	unsigned int actor = sim_actor();

	return sim_is_running && actor < 2 * SIM_CPUS ? actor % SIM_CPUS
						      : machine_pretended;
}

void sim_become(unsigned int cpu)
{
	machine_pretended = cpu;
}

/* ---- the port */

unsigned int irqkit_port_cpu(void)
{
	return sim_cpu();
}

struct hwcpu irqkit_port_hwcpu(unsigned int cpu)
{
	return (struct hwcpu){cpu + 16};
}

unsigned long irqkit_port_irq_save(void)
{
	bool before = sim_cpus[sim_cpu()].irqs_off;

	sim_cpus[sim_cpu()].irqs_off = true;
	return before;
}

void irqkit_port_irq_restore(unsigned long state)
{
	sim_cpus[sim_cpu()].irqs_off = state != 0;
	if (state != 0)
		return;
	sim_touch();
	sim_local_point();
}

bool irqkit_port_irqs_disabled(void)
{
	return sim_cpus[sim_cpu()].irqs_off;
}

/* ---- time */

void sim_time_passes(uint64_t nanoseconds)
{
	machine_clock += nanoseconds;
	machine_jumps++;
	sim_note("time passes", 0, 0);
	sim_wake_spins();
	sim_point();
}

static void machine_catch_up(void)
{
	machine_known[sim_cpu()] = machine_jumps;
	machine_turns[sim_cpu()] = 0;
	sim_hurry(false);
}

/*
 * A wait for what does not come looks at the clock after so many turns. Once
 * time has passed these are taken at a stroke.
 */
static bool machine_hurries(void)
{
	unsigned int cpu = sim_cpu();

	if (machine_known[cpu] == machine_jumps)
		return false;
	if (++machine_turns[cpu] > MACHINE_PATIENCE)
		machine_catch_up();
	else
		sim_hurry(true);
	return machine_known[cpu] != machine_jumps;
}

uint64_t irqkit_port_nanoseconds(void)
{
	machine_clock += MACHINE_CLOCK_NS;
	sim_apic_time(machine_clock);
	sim_clock_was_read();
	if (sim_is_running && machine_known[sim_cpu()] != machine_jumps)
		machine_catch_up();
	return machine_clock;
}

void irqkit_port_relax(void)
{
	if (sim_is_running && machine_hurries())
		return;
	if (sim_is_running)
		sim_spin();
	else if (++machine_spins > MACHINE_MAX_ROUNDS)
		sim_fail(SIM_DEADLOCK,
			 "cpu %u spins after all others have ended", sim_cpu());
}

void irqkit_port_log(enum irqkit_log_level level, const char *line)
{
	(void)line;
	sim_note("log line, level %u", (unsigned int)level, 0);
}

void irqkit_port_panic(const char *text)
{
	sim_fail(SIM_PANIC, "%s", text);
}

/* ---- interrupts */

bool sim_has_interrupt(unsigned int cpu)
{
	const struct sim_machine_cpu *this = &sim_cpus[cpu];

	return !this->irqs_off && !this->in_interrupt &&
	       (this->power == SIM_POWER_ON || this->power == SIM_POWER_GOES) &&
	       (sim_apic_has(cpu) || sim_line_has(cpu) ||
		sim_doorbell_has(cpu));
}

void sim_take_interrupt(void)
{
	unsigned int cpu = sim_cpu();
	struct sim_machine_cpu *this = &sim_cpus[cpu];

	if (!cpu_online(cpu))
		sim_fail(SIM_OFFLINE, "cpu %u takes an interrupt, off line",
			 cpu);
	this->in_interrupt = true;
	this->irqs_off = true;
	if (sim_apic_has(cpu))
		sim_apic_take(cpu);
	else if (sim_line_has(cpu))
		sim_line_take(cpu);
	else
		sim_doorbell_take(cpu);
	if (!this->irqs_off)
		sim_fail(SIM_CONTRACT, "cpu %u: interrupts on in a handler",
			 cpu);
	this->irqs_off = false;
	this->in_interrupt = false;
	sim_touch();
}

/* ---- the life of a CPU */

static void machine_die(void)
{
	unsigned int cpu = sim_cpu();
	int error;

	sim_note("cpu %u dying", cpu, 0);
	sim_cpus[cpu].irqs_off = true;
	error = irqkit_cpu_dying(cpu, NULL);
	if (error != 0)
		sim_fail(SIM_CONTRACT, "irqkit_cpu_dying(%u): %d", cpu, error);
	sim_apic_off(cpu);
	sim_doorbell_off(cpu);
	sim_note("cpu %u is off", cpu, 0);
	sim_cpus[cpu].power = SIM_POWER_OFF;
	sim_saw(SIM_SAW_OFFLINE);
	sim_touch();
}

static void machine_wake(void)
{
	unsigned int cpu = sim_cpu();
	int error;

	sim_cpus[cpu].irqs_off = true;
	error = irqkit_cpu_starting(cpu);
	if (error != 0)
		sim_fail(SIM_CONTRACT, "irqkit_cpu_starting(%u): %d", cpu,
			 error);
	sim_note("cpu %u runs", cpu, 0);
	sim_cpus[cpu].power = SIM_POWER_ON;
	sim_cpus[cpu].irqs_off = false;
	sim_saw(SIM_SAW_ONLINE);
	sim_touch();
}

static bool machine_is_called(unsigned int cpu)
{
	return sim_cpus[cpu].power == SIM_POWER_GOES ||
	       sim_cpus[cpu].power == SIM_POWER_COMES;
}

void sim_idle(void)
{
	for (;;) {
		unsigned int cpu = sim_cpu();

		if (sim_cpus[cpu].power == SIM_POWER_ON)
			irqkit_poll();
		sim_wait(machine_is_called, cpu, "work");
		if (sim_cpus[cpu].power == SIM_POWER_GOES)
			machine_die();
		else
			machine_wake();
	}
}

/* ---- what the kernel does */

static bool machine_may_plug(unsigned int argument)
{
	(void)argument;
	return !machine_hotplug;
}

static bool machine_is_off(unsigned int cpu)
{
	return sim_cpus[cpu].power == SIM_POWER_OFF;
}

static bool machine_is_on(unsigned int cpu)
{
	return sim_cpus[cpu].power == SIM_POWER_ON;
}

static void machine_begin_plug(void)
{
	sim_wait(machine_may_plug, 0, "a CPU that comes or goes");
	machine_hotplug = true;
}

static int machine_end_plug(int error)
{
	machine_hotplug = false;
	sim_touch();
	return error;
}

static void machine_call(unsigned int cpu, enum sim_power power)
{
	sim_cpus[cpu].power = power;
	sim_touch();
	sim_point();
}

int sim_cpu_down(unsigned int cpu)
{
	int error;

	machine_begin_plug();
	sim_note("cpu %u is to go", cpu, 0);
	error = irqkit_cpu_offline(cpu, NULL);
	if (error != 0)
		return machine_end_plug(error);
	machine_call(cpu, SIM_POWER_GOES);
	sim_wait(machine_is_off, cpu, "a CPU to stop");
	error = irqkit_cpu_dead(cpu);
	sim_note("cpu %u is dead, %u", cpu, (unsigned int)-error);
	return machine_end_plug(error);
}

int sim_cpu_up(unsigned int cpu)
{
	int error;

	machine_begin_plug();
	sim_note("cpu %u is to come", cpu, 0);
	error = irqkit_cpu_prepare(cpu);
	if (error != 0)
		return machine_end_plug(error);
	machine_call(cpu, SIM_POWER_COMES);
	sim_wait(machine_is_on, cpu, "a CPU to start");
	error = irqkit_cpu_online(cpu);
	sim_note("cpu %u is active, %u", cpu, (unsigned int)-error);
	return machine_end_plug(error);
}

/* ---- at boot, and while judging */

static struct irqkit_cpu_notifier machine_notifier = {
	.name = "local APIC",
	.starting = irqkit_movable_starting,
	.dying = irqkit_movable_dying,
};

static void machine_expect(int error, const char *call)
{
	if (error != 0)
		sim_fail(SIM_CONTRACT, "at boot: %s: %d", call, error);
}

static void machine_boot(unsigned int cpu)
{
	machine_expect(irqkit_cpu_prepare(cpu), "prepare");
	sim_become(cpu);
	sim_cpus[cpu].irqs_off = true;
	machine_expect(irqkit_cpu_starting(cpu), "starting");
	sim_cpus[cpu].irqs_off = false;
	sim_become(0);
	sim_cpus[cpu].power = SIM_POWER_ON;
	machine_expect(irqkit_cpu_online(cpu), "online");
}

/* Memory of descriptors is kept once there was one. */
static void machine_warm_up(void)
{
	int irq = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);

	if (irq <= 0 || irq_free_descs((unsigned int)irq, 1) != 0)
		sim_fail(SIM_CONTRACT, "a descriptor at boot: %d", irq);
}

/* What is never given back. */
static void machine_begin_lasting(void)
{
	unsigned int irq;

	if (sim_plan.scenario->boot != NULL)
		sim_plan.scenario->boot();
	for_each_active_irq (irq)
		machine_lasting |= 1ULL << irq;
}

bool sim_is_lasting(unsigned int irq)
{
	return (machine_lasting >> irq & 1) != 0;
}

void sim_machine_start(unsigned int nr_cpus, const struct cpumask *offline)
{
	sim_cpus[0].irqs_off = true;
	sim_cpus[0].power = SIM_POWER_ON;
	machine_expect(irqkit_init(nr_cpus), "init");
	sim_cpus[0].irqs_off = false;
	machine_warm_up();
	sim_line_begin();
	sim_doorbell_begin();
	machine_begin_lasting();
	sim_memory_mark();
	sim_apic_begin();
	machine_expect(irqkit_register_cpu_notifier(&machine_notifier),
		       "notifier");
	for (unsigned int cpu = 1; cpu < nr_cpus; cpu++) {
		if (!cpumask_test_cpu(cpu, offline))
			machine_boot(cpu);
	}
}

static bool machine_settle_cpu(unsigned int cpu)
{
	bool did = false;

	sim_become(cpu);
	while (sim_has_interrupt(cpu)) {
		sim_take_interrupt();
		did = true;
		if (++machine_spins > MACHINE_MAX_ROUNDS)
			sim_fail(SIM_UNBOUNDED, "interrupts do not end");
	}
	if (sim_cpus[cpu].power == SIM_POWER_ON && irqkit_poll() != 0)
		did = true;
	sim_become(0);
	return did;
}

void sim_settle(void)
{
	bool did;

	machine_spins = 0;
	do {
		did = false;
		sim_apic_time(UINT64_MAX);
		for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++)
			did |= machine_settle_cpu(cpu);
	} while (did);
}
