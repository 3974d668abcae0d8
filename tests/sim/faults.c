/* SPDX-License-Identifier: MIT */
/*
 * Scenarios in which hardware does what it should not. What is documented as
 * survivable has to be survived; of the others each has a name, under which the
 * machine has to find it at least once, and nothing else.
 */
#include "sim.h"

#define BIT(cpu) (1U << (cpu))

static struct sim_device *const fault_device = &sim_devices[0];

static void fault_make(enum sim_kind kind, unsigned int cpus)
{
	sim_device_make(0, kind, NULL);
	if (sim_device_request(fault_device) != 0)
		sim_fail(SIM_CONTRACT, "request at boot");
	sim_device_aim(fault_device, cpus);
}

static void fault_message(void)
{
	fault_make(SIM_MESSAGE, BIT(2));
}

/* At CPU 2, and CPU 1 would do as well. */
static void fault_message_wide(void)
{
	fault_message();
	sim_device_aim(fault_device, BIT(1) | BIT(2));
}

static void fault_edge(void)
{
	fault_make(SIM_EDGE, BIT(2));
}

static void fault_fire(void)
{
	for (unsigned int i = 0; i < 4; i++)
		sim_device_raise(fault_device);
}

/* Errors of the chip come through. */
static void fault_aim(void)
{
	for (unsigned int i = 0; i < 6; i++)
		sim_device_aim(fault_device, BIT(i % 3));
}

static void fault_down(void)
{
	int error = sim_cpu_down(2);

	if (error != 0)
		sim_fail(SIM_CONTRACT, "down: %d", error);
}

static void fault_free(void)
{
	int error = sim_device_free(fault_device);

	if (error != 0)
		sim_fail(SIM_CONTRACT, "free: %d", error);
}

/* Vectors that nobody has, and one that somebody may have. */
static void fault_spurious(void)
{
	for (unsigned int i = 0; i < 6; i++) {
		sim_point();
		if (sim_cpus[i % 3].power == SIM_POWER_ON)
			sim_apic_raise(i % 3, 100 + 30 * i);
	}
}

static const struct sim_scenario fault_scenarios[] = {
	{
		.name = "fault-double",
		.what = "messages arrive twice",
		.faults = SIM_FAULT_DOUBLE,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_down, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-spurious",
		.what = "vectors that nobody has are raised",
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_down, fault_aim},
		.device = {fault_fire, fault_spurious},
	},
	{
		.name = "fault-no-room",
		.what = "a CPU has no vector left, all together have",
		.faults = SIM_FAULT_NO_ROOM,
		.nr_cpus = 3,
		.set_up = fault_message_wide,
		.cpu = {fault_down},
		.device = {fault_fire},
	},
	{
		.name = "fault-busy",
		.what = "an earlier move is not over, as long as a CPU runs",
		.faults = SIM_FAULT_BUSY,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_down, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-busy-edge",
		.what = "the same of a line",
		.faults = SIM_FAULT_BUSY,
		.nr_cpus = 3,
		.set_up = fault_edge,
		.cpu = {fault_down, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-late-eoi",
		.what = "the end of an interrupt comes after its handler",
		.faults = SIM_FAULT_LATE_EOI,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_down, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-slow",
		.what = "a message takes long, but not longer than a write",
		.faults = SIM_FAULT_SLOW,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_down},
		.device = {fault_fire},
	},
	{
		.name = "fault-torn",
		.what = "an event between the writes of address and data",
		.faults = SIM_FAULT_TORN,
		.expected = SIM_LOST,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {NULL, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-drop",
		.what = "a message is lost on its way",
		.faults = SIM_FAULT_DROP,
		.expected = SIM_LOST,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_down, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-reorder",
		.what = "a write to the device overtakes its message",
		.faults = SIM_FAULT_REORDER | SIM_FAULT_SLOW,
		.expected = SIM_LOST,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {NULL, fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-stuck-line",
		.what = "the controller does not see the end of an interrupt",
		.faults = SIM_FAULT_STUCK_ACTIVE,
		.expected = SIM_LOST,
		.nr_cpus = 3,
		.set_up = fault_edge,
		.cpu = {fault_aim},
		.device = {fault_fire},
	},
	{
		.name = "fault-stuck-cpu",
		.what = "a CPU stays in a handler for ever",
		.faults = SIM_FAULT_STUCK_CPU,
		.expected = SIM_DEADLOCK,
		.nr_cpus = 3,
		.set_up = fault_message,
		.cpu = {fault_free},
		.device = {fault_fire},
	},
};

const struct sim_table sim_fault_table = SIM_TABLE(fault_scenarios);
