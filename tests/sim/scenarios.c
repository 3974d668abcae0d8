/* SPDX-License-Identifier: MIT */
/*
 * What is done at once by whom. A scenario is what is there at the start, a
 * script for each CPU and each device, and what the end must be like beside the
 * books of the devices.
 */
#include "sim.h"
#include <string.h>
#include "scripts.h"

#define BIT(cpu) (1U << (cpu))

static struct sim_device *const one = &sim_devices[0];
static struct sim_device *const two = &sim_devices[1];

/* A call whose errors are these at most. */
static void expect(int error, int allowed, const char *call)
{
	if (error != 0 && error != allowed)
		sim_fail(SIM_CONTRACT, "%s: %d", call, error);
}

static void make(unsigned int number, enum sim_kind kind, unsigned int cpus)
{
	struct sim_device *device = sim_device_make(number, kind, NULL);

	expect(sim_device_request(device), 0, "request");
	expect(sim_device_aim(device, cpus), 0, "aim");
}

static void make_managed(unsigned int number, unsigned int cpu, bool request)
{
	struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	sim_device_make(number, SIM_MESSAGE, &mask);
	if (request)
		expect(sim_device_request(&sim_devices[number]), 0, "request");
}

static void raise_once(void)
{
	sim_device_raise(one);
}

static void raise_twice(void)
{
	sim_device_raise(one);
	sim_device_raise(one);
}

static void raise_often(void)
{
	for (unsigned int i = 0; i < 4; i++)
		sim_device_raise(one);
}

static void raise_other(void)
{
	sim_device_raise(two);
	sim_device_raise(two);
}

static void down_2(void)
{
	expect(sim_cpu_down(2), 0, "down");
}

static void up_2(void)
{
	expect(sim_cpu_up(2), 0, "up");
}

static void down_up_2(void)
{
	down_2();
	up_2();
}

/* ---- messages */

static void message_at_0(void)
{
	make(0, SIM_MESSAGE, BIT(0));
}

static void message_at_1(void)
{
	make(0, SIM_MESSAGE, BIT(1));
}

static void message_at_2(void)
{
	make(0, SIM_MESSAGE, BIT(2));
}

static void messages_at_2(void)
{
	message_at_2();
	make(1, SIM_MESSAGE, BIT(2));
}

static void aim_1_0(void)
{
	expect(sim_device_aim(one, BIT(1)), 0, "aim");
	expect(sim_device_aim(one, BIT(0)), 0, "aim");
}

static void aim_0(void)
{
	expect(sim_device_aim(one, BIT(0)), 0, "aim");
}

/* -EINVAL while the CPU is not there. */
static void aim_2_1_2(void)
{
	expect(sim_device_aim(one, BIT(2)), -EINVAL, "aim");
	expect(sim_device_aim(one, BIT(1)), 0, "aim");
	expect(sim_device_aim(one, BIT(2)), -EINVAL, "aim");
}

static void aim_2(void)
{
	expect(sim_device_aim(one, BIT(2)), -EINVAL, "aim");
}

static void aim_around(void)
{
	for (unsigned int i = 0; i < 6; i++)
		expect(sim_device_aim(one, BIT(i % 3)), -EINVAL, "aim");
}

static void free_request(void)
{
	expect(sim_device_free(one), 0, "free");
	expect(sim_device_request(one), 0, "request");
	expect(sim_device_free(one), 0, "free");
	expect(sim_device_request(one), 0, "request");
}

static void free_only(void)
{
	expect(sim_device_free(one), 0, "free");
}

static void disable_enable(void)
{
	expect(sim_device_disable(one), 0, "disable");
	expect(sim_device_enable(one), 0, "enable");
	expect(sim_device_disable(one), 0, "disable");
	expect(sim_device_enable(one), 0, "enable");
}

static void disable_nosync_enable(void)
{
	expect(disable_irq_nosync(one->irq), 0, "disable");
	expect(sim_device_enable(one), 0, "enable");
}

/* ---- managed ones */

static void managed_at_2(void)
{
	make_managed(0, 2, true);
}

static void managed_unrequested(void)
{
	make_managed(0, 2, false);
}

static void request_one(void)
{
	expect(sim_device_request(one), 0, "request");
}

static void request_free_one(void)
{
	expect(sim_device_request(one), 0, "request");
	expect(sim_device_free(one), 0, "free");
	expect(sim_device_request(one), 0, "request");
}

/* Started if and only if somebody wants it and its CPU is there. */
static void judge_managed(void)
{
	const struct irq_data *data = irq_get_irq_data(one->irq);
	bool wanted = one->attached &&
		      cpumask_intersects(irq_data_get_affinity_mask(data),
					 cpu_active_mask);

	if (irqd_is_started(data) != wanted)
		sim_fail(SIM_CONTRACT,
			 "managed irq %u is%s started, at the end", one->irq,
			 wanted ? " not" : "");
	if (one->attached && irqd_is_managed_and_shutdown(data) == wanted)
		sim_fail(SIM_CONTRACT, "managed irq %u is%s said to be down",
			 one->irq, wanted ? "" : " not");
}

/* ---- lines */

static void edge_at_1(void)
{
	make(0, SIM_EDGE, BIT(1));
}

static void edge_at_2(void)
{
	make(0, SIM_EDGE, BIT(2));
}

static void level_at_1(void)
{
	make(0, SIM_LEVEL, BIT(1));
}

static void level_at_2(void)
{
	make(0, SIM_LEVEL, BIT(2));
}

/* Moved in their handlers only. */
static void slow_line(enum sim_kind kind, unsigned int cpus)
{
	one->pin = SIM_DEVICES;
	one->kind = kind;
	one->number = 0;
	expect(sim_line_map(one), 0, "map");
	expect(sim_device_request(one), 0, "request");
	expect(sim_device_aim(one, cpus), 0, "aim");
}

static void slow_edge_at_2(void)
{
	slow_line(SIM_EDGE, BIT(2));
}

static void slow_level_at_2(void)
{
	slow_line(SIM_LEVEL, BIT(2));
}

static void slow_edge_at_1(void)
{
	slow_line(SIM_EDGE, BIT(1));
}

/* ---- numbers that come and go */

static struct cpumask everybody;

static void alloc_free(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		make(1, SIM_MESSAGE, BIT(1));
		expect(sim_device_aim(two, BIT(2)), -EINVAL, "aim");
		expect(sim_device_free(two), 0, "free");
		expect(irq_domain_free_irqs(two->irq, 1), 0, "free");
		two->irq = 0;
	}
}

static void alloc_free_descs(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		int irq = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);

		if (irq <= 0)
			sim_fail(SIM_CONTRACT, "irq_alloc_descs(): %d", irq);
		expect(irq_free_descs((unsigned int)irq, 1), 0, "free");
	}
}

/* What is found by a number is that number, or is refused. */
static void look_at_numbers(void)
{
	struct cpumask mask;
	unsigned int irq;

	for (unsigned int i = 0; i < 2; i++) {
		for_each_active_irq (irq) {
			expect(irq_get_affinity(irq, &mask), -EINVAL, "look");
			expect(irq_get_effective_affinity(irq, &mask), -EINVAL,
			       "look");
		}
	}
}

static void move_numbers(void)
{
	unsigned int irq;

	cpumask_copy(&everybody, cpu_possible_mask);
	for (unsigned int i = 0; i < 3; i++) {
		for (irq = 1; irq < 6; irq++)
			irq_set_affinity(irq, &everybody);
	}
}

/* ---- the table */

#define DEVICE_1(f)    .device = {f}
#define DEVICE_2(f, g) .device = {f, g}

static const struct sim_scenario scenarios_plain[] = {
	{
		.name = "affinity-fire",
		.what = "a message is moved while it arrives",
		.nr_cpus = 2,
		.small = true,
		.set_up = message_at_0,
		.cpu = {aim_1_0},
		DEVICE_1(raise_twice),
	},
	{
		.name = "affinity-affinity",
		.what = "two CPUs move it",
		.nr_cpus = 3,
		.set_up = message_at_2,
		.cpu = {aim_1_0, aim_2_1_2},
		DEVICE_1(raise_often),
	},
	{
		.name = "affinity-offline-fire",
		.what = "a message is moved to and fro while its CPU goes",
		.nr_cpus = 3,
		.set_up = message_at_2,
		.cpu = {down_2, aim_2_1_2},
		DEVICE_1(raise_often),
	},
	{
		.name = "affinity-offline",
		.what = "a message is aimed at a CPU that goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = message_at_1,
		.cpu = {down_2, aim_2},
		DEVICE_1(raise_once),
	},
	{
		.name = "edge-aim-offline",
		.what = "an edge is aimed at a CPU that goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = edge_at_1,
		.cpu = {down_2, aim_2},
		DEVICE_1(raise_once),
	},
	{
		.name = "offline-fire",
		.what = "messages arrive at a CPU that goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = messages_at_2,
		.cpu = {down_2},
		DEVICE_2(raise_twice, raise_other),
	},
	{
		.name = "hotplug-affinity",
		.what = "a CPU goes and comes while a message wanders",
		.nr_cpus = 3,
		.set_up = message_at_2,
		.cpu = {down_up_2, aim_around},
		DEVICE_1(raise_often),
	},
	{
		.name = "free-fire",
		.what = "a handler is freed and requested while it is called",
		.nr_cpus = 2,
		.small = true,
		.set_up = message_at_1,
		.cpu = {free_only},
		DEVICE_1(raise_twice),
	},
	{
		.name = "free-request-fire",
		.what = "the same, again and again, and moved by another CPU",
		.nr_cpus = 3,
		.set_up = message_at_1,
		.cpu = {free_request, NULL, aim_around},
		DEVICE_1(raise_often),
	},
	{
		.name = "free-offline",
		.what = "a handler is freed while its CPU goes",
		.nr_cpus = 3,
		.set_up = message_at_2,
		.cpu = {down_up_2, free_request},
		DEVICE_1(raise_often),
	},
	{
		.name = "disable-fire",
		.what = "an interrupt is disabled while it arrives",
		.nr_cpus = 2,
		.small = true,
		.set_up = message_at_1,
		.cpu = {disable_nosync_enable},
		DEVICE_1(raise_twice),
	},
	{
		.name = "disable-offline",
		.what = "an interrupt is disabled and its CPU goes",
		.nr_cpus = 3,
		.set_up = message_at_2,
		.cpu = {down_up_2, disable_enable},
		DEVICE_1(raise_often),
	},
	{
		.name = "alloc-migrate",
		.what = "interrupts come and go while a CPU does",
		.nr_cpus = 3,
		.set_up = message_at_2,
		.cpu = {down_up_2, alloc_free},
		DEVICE_1(raise_often),
	},
	{
		.name = "alloc-look",
		.what = "numbers come and go while all are looked at",
		.nr_cpus = 3,
		.set_up = message_at_1,
		.cpu = {alloc_free_descs, look_at_numbers, move_numbers},
	},
	{
		.name = "alloc-reuse",
		.what = "two CPUs take and free numbers, another moves them",
		.nr_cpus = 3,
		.set_up = message_at_1,
		.cpu = {alloc_free_descs, alloc_free, move_numbers},
		DEVICE_1(raise_twice),
	},
	{
		.name = "managed-enable",
		.what = "a managed interrupt goes with its CPU, and is enabled",
		.nr_cpus = 3,
		.set_up = managed_at_2,
		.cpu = {down_up_2, disable_enable},
		DEVICE_1(raise_often),
		.judge = judge_managed,
	},
	{
		.name = "managed-enable-offline",
		.what = "the same, and its CPU stays away",
		.nr_cpus = 3,
		.set_up = managed_at_2,
		.cpu = {down_2, disable_enable},
		DEVICE_1(raise_twice),
		.judge = judge_managed,
	},
	{
		.name = "request-online",
		.what = "a managed interrupt is requested as its CPU comes",
		.nr_cpus = 3,
		.offline = BIT(2),
		.small = true,
		.set_up = managed_unrequested,
		.cpu = {up_2, request_one},
		.judge = judge_managed,
	},
	{
		.name = "request-offline",
		.what = "it is requested as its CPU goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = managed_unrequested,
		.cpu = {down_2, request_one},
		.judge = judge_managed,
	},
	{
		.name = "request-hotplug",
		.what = "it is requested and freed as its CPU goes and comes",
		.nr_cpus = 3,
		.set_up = managed_unrequested,
		.cpu = {down_up_2, request_free_one},
		DEVICE_1(raise_often),
		.judge = judge_managed,
	},
	{
		.name = "pending-offline",
		.what = "an edge has a move that waits, to a CPU that goes",
		.nr_cpus = 3,
		.small = true,
		.set_up = slow_edge_at_1,
		.cpu = {down_2, aim_2},
		DEVICE_1(raise_twice),
	},
	{
		.name = "pending-offline-from",
		.what = "an edge has a move that waits, and its CPU goes",
		.nr_cpus = 3,
		.set_up = slow_edge_at_2,
		.cpu = {down_up_2, aim_1_0},
		DEVICE_1(raise_often),
	},
	{
		.name = "pending-level",
		.what = "the same of a level",
		.nr_cpus = 3,
		.set_up = slow_level_at_2,
		.cpu = {down_up_2, aim_2_1_2},
		DEVICE_1(raise_often),
	},
	{
		.name = "edge-affinity",
		.what = "an edge is moved while it arrives",
		.nr_cpus = 2,
		.small = true,
		.set_up = edge_at_1,
		.cpu = {aim_0},
		DEVICE_1(raise_twice),
	},
	{
		.name = "edge-offline",
		.what = "an edge arrives at a CPU that goes",
		.nr_cpus = 3,
		.set_up = edge_at_2,
		.cpu = {down_up_2, aim_around},
		DEVICE_1(raise_often),
	},
	{
		.name = "edge-disable",
		.what = "an edge is disabled while it arrives",
		.nr_cpus = 3,
		.set_up = edge_at_1,
		.cpu = {disable_enable, NULL, aim_around},
		DEVICE_1(raise_often),
	},
	{
		.name = "level-affinity",
		.what = "a level is moved while it is held",
		.nr_cpus = 2,
		.small = true,
		.set_up = level_at_1,
		.cpu = {aim_0},
		DEVICE_1(raise_twice),
	},
	{
		.name = "level-offline",
		.what = "a level is held while its CPU goes",
		.nr_cpus = 3,
		.set_up = level_at_2,
		.cpu = {down_up_2, aim_around},
		DEVICE_1(raise_often),
	},
	{
		.name = "level-disable",
		.what = "a level is disabled while it is held",
		.nr_cpus = 3,
		.set_up = level_at_1,
		.cpu = {disable_enable, NULL, aim_around},
		DEVICE_1(raise_often),
	},
	{
		.name = "ipi-destroy",
		.what = "an IPI is destroyed while it is sent",
		.nr_cpus = 3,
		.small = true,
		.set_up = sim_ipi_set_up_single,
		.cpu = {sim_ipi_destroy, sim_ipi_send},
	},
	{
		.name = "ipi-destroy-percpu",
		.what = "the same, with a number for each CPU",
		.nr_cpus = 3,
		.set_up = sim_ipi_set_up_percpu,
		.cpu = {sim_ipi_destroy, sim_ipi_send, sim_ipi_send},
	},
	{
		.name = "ipi-shrink",
		.what = "a CPU is taken from an IPI while it is sent",
		.nr_cpus = 3,
		.small = true,
		.set_up = sim_ipi_set_up_single,
		.cpu = {sim_ipi_shrink, sim_ipi_send},
		.judge = sim_ipi_judge,
	},
	{
		.name = "ipi-shrink-percpu",
		.what = "the same, with a number for each CPU",
		.nr_cpus = 3,
		.set_up = sim_ipi_set_up_percpu,
		.cpu = {sim_ipi_shrink, sim_ipi_send, sim_ipi_send},
		.judge = sim_ipi_judge,
	},
	{
		.name = "mixture",
		.what = "what the seed says",
		.nr_cpus = 4,
		.set_up = sim_mixture_set_up,
		.cpu = {sim_mixture_cpu, sim_mixture_cpu, sim_mixture_cpu,
			sim_mixture_cpu},
		.device = {sim_mixture_device, sim_mixture_device,
			   sim_mixture_device},
	},
};

static const struct sim_table scenarios_table = SIM_TABLE(scenarios_plain);

static const struct sim_table *const scenarios_tables[] = {
	&scenarios_table,
	&sim_mux_table,
	&sim_call_table,
	&sim_fault_table,
};

const struct sim_scenario *sim_scenario(unsigned int n)
{
	unsigned int nr = sizeof(scenarios_tables) /
			  sizeof(scenarios_tables[0]);

	for (unsigned int i = 0; i < nr; i++) {
		if (n < scenarios_tables[i]->nr)
			return &scenarios_tables[i]->scenarios[n];
		n -= scenarios_tables[i]->nr;
	}
	return NULL;
}

const struct sim_scenario *sim_scenario_find(const char *name)
{
	for (unsigned int i = 0; sim_scenario(i) != NULL; i++) {
		if (strcmp(sim_scenario(i)->name, name) == 0)
			return sim_scenario(i);
	}
	return NULL;
}
