/* SPDX-License-Identifier: MIT */
/*
 * Devices, their drivers, and the books. A device that has something sets its
 * status and raises its interrupt; while the status is set, more of it is
 * merged by the device itself. The handler takes the status away. So each
 * status that was set is found by exactly one handler, or was given up because
 * the interrupt was shut down; whatever is left at the end was lost.
 */
#include "sim.h"

struct sim_device sim_devices[SIM_DEVICES];

struct sim_device *sim_device_make(unsigned int number, enum sim_kind kind,
				   const struct cpumask *managed)
{
	struct sim_device *device = &sim_devices[number];
	struct irq_affinity_desc affinity = {.is_managed = true};
	int error;

	device->kind = kind;
	device->number = number;
	device->pin = number;
	if (managed != NULL)
		cpumask_copy(&affinity.mask, managed);
	error = kind == SIM_MESSAGE
			? sim_message_alloc(device,
					    managed != NULL ? &affinity : NULL)
			: sim_line_map(device);
	if (error != 0)
		sim_fail(SIM_CONTRACT, "device %u gets no interrupt: %d",
			 number, error);
	return device;
}

void sim_device_forget(struct sim_device *device)
{
	if (device->status)
		device->may_be_lost = true;
}

/* Its driver starts it again after it was shut down. */
static void device_reset(struct sim_device *device)
{
	if (!device->status)
		return;
	device->status = false;
	device->may_be_lost = false;
	device->dropped++;
	device->stale++;
	sim_saw(SIM_SAW_DROPPED);
	if (device->kind == SIM_LEVEL)
		sim_line_lower(device->pin);
}

void sim_device_raise(struct sim_device *device)
{
	sim_point();
	if (device->may_be_lost)
		device_reset(device);
	device->raised++;
	sim_note("device %u: event %u", device->number, device->raised);
	if (device->status) {
		device->merged++;
		sim_saw(SIM_SAW_MERGE);
		return;
	}
	device->status = true;
	sim_point();
	if (device->kind == SIM_MESSAGE)
		sim_message_write(device);
	/* A line is held as long as there is something. */
	else if (device->kind == SIM_EDGE || device->status)
		sim_line_raise(device->pin);
}

/* ---- the driver */

static void device_check_handler(const struct sim_device *device)
{
	if (!device->attached)
		sim_fail(SIM_FREED, "the handler of device %u, after the free",
			 device->number);
	if (device->inside)
		sim_fail(SIM_TWICE, "two CPUs in the handler of device %u",
			 device->number);
	if (!cpu_online(sim_cpu()))
		sim_fail(SIM_OFFLINE, "a handler on cpu %u, off line",
			 sim_cpu());
	if (!sim_cpus[sim_cpu()].irqs_off)
		sim_fail(SIM_CONTRACT, "a handler with interrupts on");
}

static void device_serve(struct sim_device *device)
{
	if (!device->status) {
		if (device->stale == 0)
			sim_fail(SIM_TWICE,
				 "the handler of device %u found nothing",
				 device->number);
		device->stale--;
		sim_line_lower(device->pin);
		return;
	}
	device->status = false;
	device->may_be_lost = false;
	device->handled++;
	sim_saw(SIM_SAW_HANDLED);
	if (device->kind == SIM_LEVEL)
		sim_line_lower(device->pin);
}

static bool device_never(unsigned int argument)
{
	(void)argument;
	return false;
}

static irqreturn_t device_handler(unsigned int irq, void *dev_id)
{
	struct sim_device *device = dev_id;

	(void)irq;
	device_check_handler(device);
	device->inside = true;
	sim_note("handler of device %u", device->number, 0);
	sim_point();
	if (sim_fault_now(SIM_FAULT_STUCK_CPU, 2))
		sim_wait(device_never, 0, "nothing: it answers no more");
	device_serve(device);
	sim_point();
	device->inside = false;
	return IRQ_HANDLED;
}

static unsigned long device_flags(const struct sim_device *device)
{
	switch (device->kind) {
	case SIM_LEVEL:
		return IRQF_TRIGGER_HIGH;
	case SIM_EDGE:
		return IRQF_TRIGGER_RISING;
	default:
		return 0;
	}
}

int sim_device_request(struct sim_device *device)
{
	int error;

	device_reset(device);
	device->attached = true;
	error = request_irq(device->irq, device_handler, device_flags(device),
			    "device", device);
	if (error != 0)
		device->attached = false;
	sim_note("request irq %u: %d", device->irq, (unsigned int)error);
	return error;
}

int sim_device_free(struct sim_device *device)
{
	int error = free_irq(device->irq, device);

	if (error == 0) {
		device->attached = false;
		device->threaded_off = false;
		sim_device_forget(device);
	}
	sim_note("free irq %u: %d", device->irq, (unsigned int)error);
	return error;
}

int sim_device_disable(struct sim_device *device)
{
	int error = disable_irq(device->irq);

	if (error == 0 && device->inside)
		sim_fail(SIM_FREED,
			 "the handler of device %u, after disable_irq()",
			 device->number);
	sim_note("disable irq %u: %d", device->irq, (unsigned int)error);
	return error;
}

int sim_device_enable(struct sim_device *device)
{
	int error = enable_irq(device->irq);

	sim_note("enable irq %u: %d", device->irq, (unsigned int)error);
	return error;
}

int sim_device_aim(struct sim_device *device, unsigned int cpus)
{
	struct cpumask mask;
	int error;

	cpumask_clear(&mask);
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		if ((cpus >> cpu & 1) != 0)
			cpumask_set_cpu(cpu, &mask);
	}
	error = irq_set_affinity(device->irq, &mask);
	sim_note("aim at cpus 0x%x: %d", cpus, (unsigned int)error);
	return error;
}

/* ---- the end */

/* No CPU that is off has it. */
static void device_judge_target(const struct sim_device *device)
{
	const struct irq_data *data = irq_get_irq_data(device->irq);
	const struct cpumask *effective =
		irq_data_get_effective_affinity_mask(data);

	if (irqd_is_started(data) && !cpumask_empty(effective) &&
	    !cpumask_intersects(effective, cpu_online_mask))
		sim_fail(SIM_OFFLINE,
			 "irq %u is left at cpu %u, which is off line",
			 device->irq, cpumask_first(effective));
}

/* HZ5, HZ26: what was left is cleaned up. */
static void device_judge_move(const struct sim_device *device)
{
	const struct irq_data *data = irq_get_irq_data(device->irq);

	if ((irqkit_irqd_state(data) & IRQD_MOVING) != 0)
		sim_fail(SIM_LEAK, "irq %u does not come to the end of a move",
			 device->irq);
}

static void device_judge_books(const struct sim_device *device)
{
	unsigned int sum = device->handled + device->merged + device->dropped +
			   device->status;

	if (sum != device->raised)
		sim_fail(SIM_HARDWARE, "device %u: the books do not balance",
			 device->number);
	if (device->status && !device->may_be_lost)
		sim_fail(SIM_LOST,
			 "an event of device %u: %u raised, %u handled, "
			 "%u merged, %u given up",
			 device->number, device->raised, device->handled,
			 device->merged, device->dropped);
}

/* What is disabled is enabled before, and has then to be handled. */
static void device_enable_all(struct sim_device *device)
{
	while (device->attached && sim_device_enable(device) == 0)
		;
	sim_settle();
}

/* Managed, and without a CPU: what the device has is kept. */
static bool device_is_down(const struct sim_device *device)
{
	return !irqd_is_started(irq_get_irq_data(device->irq));
}

void sim_device_judge(void)
{
	for (unsigned int i = 0; i < SIM_DEVICES; i++) {
		struct sim_device *device = &sim_devices[i];

		if (device->irq == 0)
			continue;
		device_enable_all(device);
		device_judge_target(device);
		device_judge_move(device);
		if (device->attached && !device_is_down(device))
			device_judge_books(device);
	}
}

static void device_remove(struct sim_device *device)
{
	int error = 0;

	if (device->attached)
		error = sim_device_free(device);
	if (error == 0)
		error = irq_domain_free_irqs(device->irq, 1);
	if (error != 0)
		sim_fail(SIM_LEAK, "irq %u cannot be freed: %d", device->irq,
			 error);
	device->irq = 0;
}

void sim_device_remove(void)
{
	for (unsigned int i = 0; i < SIM_DEVICES; i++) {
		if (sim_devices[i].irq != 0)
			device_remove(&sim_devices[i]);
	}
	sim_settle();
}
