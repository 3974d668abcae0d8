/* SPDX-License-Identifier: MIT */
/*
 * What suites/suite.h asks of a machine whose CPUs go and come, with simulated
 * controllers; see hotplug_host.h. A CPU that is stopped is a coroutine that
 * waits with interrupts off.
 */
#include "hotplug_host.h"
#include <stdio.h>
#include "host.h"
#include "sim_chip.h"
#include "suites/hotplug_suite.h"

#define HOTPLUG_MESSAGES 64U
#define HOTPLUG_VECTORS	 40U
#define HOTPLUG_LINES	 64U
#define HOTPLUG_ROUNDS	 3000U

enum hotplug_stage {
	HOTPLUG_RUNS,
	HOTPLUG_DEAF, /* with interrupts off, until it is told to go */
	HOTPLUG_GOES,
	HOTPLUG_STOPPED,
	HOTPLUG_STARTS,
};

static struct hotplug_cpu {
	enum hotplug_stage stage;
	struct irqkit_receipt *receipt;
	int error;
} hotplug_cpus[IRQKIT_NR_CPUS];

/* The controller that is tested. */
static struct irq_domain *hotplug_devices;
static struct sim_message *hotplug_message;

/* ---- CPUs */

void suite_start_on(unsigned int cpu, void (*function)(void *argument),
		    void *argument)
{
	suite_wait_for(cpu);
	host_give_work(cpu, function, argument);
}

void suite_wait_for(unsigned int cpu)
{
	while (!host_is_idle(cpu))
		host_yield();
}

static void hotplug_wait_while(enum hotplug_stage stage)
{
	unsigned int cpu = irqkit_port_cpu();

	while (hotplug_cpus[cpu].stage == stage)
		host_yield();
}

/* From its last moments to its next life. */
static void hotplug_die(void *argument)
{
	struct hotplug_cpu *this = argument;
	unsigned int cpu = irqkit_port_cpu();
	unsigned long state = irqkit_port_irq_save();

	hotplug_wait_while(HOTPLUG_DEAF);
	this->error = irqkit_cpu_dying(cpu, this->receipt);
	if (this->error == 0) {
		this->stage = HOTPLUG_STOPPED;
		hotplug_wait_while(HOTPLUG_STOPPED);
		this->error = irqkit_cpu_starting(cpu);
	}
	this->stage = HOTPLUG_RUNS;
	irqkit_port_irq_restore(state);
}

/* Its coroutine has begun and waits, or is done. */
static void hotplug_let_die(unsigned int cpu, enum hotplug_stage stage)
{
	hotplug_cpus[cpu].stage = stage;
	suite_start_on(cpu, hotplug_die, &hotplug_cpus[cpu]);
	for (unsigned int i = 0; i < 100; i++)
		host_yield();
}

static int hotplug_finish_down(unsigned int cpu)
{
	while (hotplug_cpus[cpu].stage == HOTPLUG_GOES)
		host_yield();
	if (hotplug_cpus[cpu].stage != HOTPLUG_STOPPED)
		return hotplug_cpus[cpu].error;
	return irqkit_cpu_dead(cpu);
}

int suite_cpu_down(unsigned int cpu, struct irqkit_receipt *receipt)
{
	int error = irqkit_cpu_offline(cpu, receipt);

	if (error != 0)
		return error;
	hotplug_cpus[cpu].receipt = receipt;
	hotplug_let_die(cpu, HOTPLUG_GOES);
	return hotplug_finish_down(cpu);
}

int suite_cpu_down_deaf(unsigned int cpu, struct irqkit_receipt *receipt,
			void (*between)(void *argument), void *argument)
{
	int error;

	hotplug_cpus[cpu].receipt = receipt;
	hotplug_let_die(cpu, HOTPLUG_DEAF);
	between(argument);
	error = irqkit_cpu_offline(cpu, receipt);
	hotplug_cpus[cpu].stage = HOTPLUG_GOES;
	return error != 0 ? error : hotplug_finish_down(cpu);
}

int suite_cpu_up(unsigned int cpu)
{
	int error = irqkit_cpu_prepare(cpu);

	if (error != 0)
		return error;
	hotplug_cpus[cpu].stage = HOTPLUG_STARTS;
	suite_wait_for(cpu);
	error = hotplug_cpus[cpu].error;
	return error != 0 ? error : irqkit_cpu_online(cpu);
}

bool suite_cpu_can_stop(unsigned int cpu)
{
	return cpu != 0;
}

/* ---- devices */

struct irq_domain *suite_devices(void)
{
	return hotplug_devices;
}

void hotplug_host_use(struct irq_domain *devices)
{
	hotplug_devices = devices;
}

/* A device of messages writes its own; a line is raised at the controller. */
int suite_fire(unsigned int irq)
{
	if (hotplug_message == NULL)
		return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
	sim_message_fire(hotplug_message, sim_message_of(hotplug_message, irq));
	return 0;
}

/* The simulated controllers forward by themselves, without a word. */
bool suite_latches_at_cpus(void)
{
	return false;
}

bool suite_cpus_have_limit(void)
{
	return hotplug_message != NULL;
}

static void hotplug_run(const char *label)
{
	struct irq_domain *domain = hotplug_devices;
	struct sim_message *message = hotplug_message;

	hotplug_suite_run(label, HOTPLUG_ROUNDS, SUITE_SEED);
	tap_subject("%snothing is left at the controller", label);
	if (message != NULL) {
		tap_equal((long long)message->lost, 0, "messages lost");
		tap_equal((long long)message->merged, 0, "messages merged");
		tap_equal((long long)message->spurious, 0,
			  "vectors that nobody has");
		tap_expect(message->forwarded != 0 || !message->moves_slowly,
			   "some were forwarded");
	}
	tap_equal(domain->mapped, 0, "interrupts in the domain");
	tap_close();
}

static void hotplug_run_messages(const char *label, bool slowly,
				 unsigned int status)
{
	hotplug_message = sim_message_create(HOTPLUG_MESSAGES, HOTPLUG_VECTORS,
					     status);
	hotplug_message->moves_slowly = slowly;
	hotplug_devices = hotplug_message->msi_domain;
	hotplug_run(label);
	hotplug_message = NULL;
}

/* Lines are mapped by number: the first ones that are free are taken. */
static int hotplug_line_alloc(struct irq_domain *domain, unsigned int irq,
			      unsigned int nr, const void *arg)
{
	struct sim_line *sim = domain->host_data;

	(void)arg;
	for (irq_hw_number_t hwirq = 0; hwirq < sim->info.nr_lines; hwirq++) {
		if (nr == 1 && !sim->pins[hwirq].mapped)
			return sim->ops.map(domain, irq, hwirq);
	}
	return -ENOSPC;
}

static void hotplug_line_free(struct irq_domain *domain, unsigned int irq,
			      unsigned int nr)
{
	struct sim_line *sim = domain->host_data;

	for (unsigned int i = 0; i < nr; i++)
		sim->ops.unmap(domain, irq + i);
}

static void hotplug_run_lines(const char *label, struct sim_line_info *info)
{
	static struct irq_domain_ops ops;
	struct sim_line *sim;
	struct irq_domain_info domain = {
		.name = label,
		.ops = &ops,
	};

	info->name = label;
	info->nr_lines = HOTPLUG_LINES;
	sim = sim_line_create(info);
	irq_domain_remove(sim->domain);
	ops = (struct irq_domain_ops){
		.alloc = hotplug_line_alloc,
		.free = hotplug_line_free,
		.activate = sim->ops.activate,
		.deactivate = sim->ops.deactivate,
	};
	domain.size = HOTPLUG_LINES;
	domain.host_data = sim;
	if (irq_domain_create(&domain, &sim->domain) != 0)
		host_violation("no domain of lines");
	hotplug_devices = sim->domain;
	hotplug_run(label);
	sim_line_destroy(sim);
}

static void hotplug_run_all(void)
{
	struct sim_line_info ends = {
		.style = SIM_STYLE_EOI,
		.status = IRQ_MOVE_PCNTXT,
	};
	struct sim_line_info acks = {
		.style = SIM_STYLE_ACK,
		.activates = true,
	};
	struct sim_line_info lpis = {
		.style = SIM_STYLE_LPI,
		.status = IRQ_MOVE_PCNTXT,
	};

	hotplug_run_messages("messages: ", false, IRQ_MOVE_PCNTXT);
	hotplug_run_messages("messages that move slowly: ", true,
			     IRQ_MOVE_PCNTXT);
	hotplug_run_messages("messages that move in their handler: ", false, 0);
	hotplug_run_messages(
		"messages that move slowly in their handler: ", true, 0);
	hotplug_run_lines("lines with an EOI: ", &ends);
	hotplug_run_lines("lines with an ack: ", &acks);
	hotplug_run_lines("lines that are never active: ", &lpis);
}

/* More descriptors than the suite has at a time, as they are never freed. */
static void hotplug_warm_up(void)
{
	int irq = irq_alloc_descs(-1, 1, 512, NUMA_NO_NODE);

	if (irq > 0)
		irq_free_descs((unsigned int)irq, 512);
}

int hotplug_host_run(unsigned int nr_cpus, const char *command_line)
{
	struct cpumask others;
	unsigned int cpu;

	host_begin();
	cpumask_clear(&others);
	for (cpu = 1; cpu < nr_cpus; cpu++)
		cpumask_set_cpu(cpu, &others);
	host_start(nr_cpus, &others);
	tap_subject("%u CPUs start with '%s'", nr_cpus, command_line);
	tap_equal(irqkit_isolation_setup(command_line), 0,
		  "irqkit_isolation_setup()");
	for_each_cpu (cpu, &others)
		tap_equal(host_start_cpu(cpu), 0, "start of cpu %u", cpu);
	tap_close();
	hotplug_warm_up();
	hotplug_run_all();
	return host_end();
}
