/* SPDX-License-Identifier: MIT */
/*
 * The local APICs: what is pending and what is in service on each CPU (SDM
 * 10.8); and devices at it that write messages, each with a mask and a pending
 * bit. The backend of the library for vectors runs on it as it is.
 */
#include "sim.h"
#include <string.h>
#include "arch/x86/movable.h"
#include "arch/x86/vector.h"
#include "arch/x86/cpu_x86.h"

#define APIC_FLIGHT_NS 80000U /* less than the backend waits for */
#define APIC_FIRST_ID  16U

/* In place of arch/x86/apic.c. */
struct irqkit_apic_cpu *irqkit_apic_cpus[IRQKIT_NR_CPUS];
const struct irqkit_apic_ops *irqkit_apic;

struct apic_state {
	uint32_t irr[APIC_NR_VECTORS / 32];
	uint32_t isr[APIC_NR_VECTORS / 32];
	uint32_t late; /* EOI that is on its way: vector, or 0 */
};

static struct irqkit_apic_cpu apic_cpus[SIM_CPUS];
static struct apic_state apic_states[SIM_CPUS];
static uint64_t apic_now;
static struct irq_domain *apic_domain; /* of the devices */

static unsigned int apic_highest(const uint32_t *bits)
{
	for (unsigned int i = APIC_NR_VECTORS / 32; i-- > 0;) {
		if (bits[i] != 0)
			return i * 32 + 31 - (unsigned)__builtin_clz(bits[i]);
	}
	return 0;
}

static void apic_set(uint32_t *bits, unsigned int vector, bool value)
{
	if (value)
		bits[vector / 32] |= apic_isr_bit(vector);
	else
		bits[vector / 32] &= ~apic_isr_bit(vector);
}

/* A vector of a higher class than what is in service (SDM 10.8.3.1). */
bool sim_apic_has(unsigned int cpu)
{
	const struct apic_state *state = &apic_states[cpu];

	return apic_highest(state->irr) / 16 > apic_highest(state->isr) / 16;
}

void sim_apic_raise(unsigned int cpu, unsigned int vector)
{
	if (cpu >= SIM_CPUS || sim_cpus[cpu].power == SIM_POWER_OFF) {
		sim_note("vector %u goes to cpu %u, which is off", vector, cpu);
		return;
	}
	sim_note("vector %u pends at cpu %u", vector, cpu);
	apic_set(apic_states[cpu].irr, vector, true);
	sim_touch();
}

static void apic_end(unsigned int cpu)
{
	struct apic_state *state = &apic_states[cpu];

	apic_set(state->isr, apic_highest(state->isr), false);
}

void sim_apic_take(unsigned int cpu)
{
	struct apic_state *state = &apic_states[cpu];
	unsigned int vector = apic_highest(state->irr);

	apic_set(state->irr, vector, false);
	apic_set(state->isr, vector, true);
	sim_note("takes vector %u", vector, 0);
	irqkit_x86_interrupt(vector);
	if (state->late != 0) {
		state->late = 0;
		apic_end(cpu);
	}
	if (apic_highest(state->isr) != 0)
		sim_fail(SIM_CONTRACT, "cpu %u: vector %u was not ended", cpu,
			 vector);
}

/* INIT: what is pending is gone. */
void sim_apic_off(unsigned int cpu)
{
	memset(&apic_states[cpu], 0, sizeof(apic_states[cpu]));
}

/* ---- what the backend sees */

static uint32_t apic_read(unsigned int reg)
{
	const struct apic_state *state = &apic_states[sim_cpu()];

	sim_point();
	if (reg >= apic_irr(0))
		return state->irr[(reg - apic_irr(0)) / 0x10];
	return state->isr[(reg - apic_isr(0)) / 0x10];
}

static void apic_write_eoi(void)
{
	struct apic_state *state = &apic_states[sim_cpu()];

	if (apic_highest(state->isr) == 0)
		sim_fail(SIM_CONTRACT, "cpu %u ends what it has not taken",
			 sim_cpu());
	if (sim_fault_now(SIM_FAULT_LATE_EOI, 2))
		state->late = apic_highest(state->isr);
	else
		apic_end(sim_cpu());
}

/* Its interrupt may find nothing, when software has raised it. */
static void apic_note_retrigger(unsigned int cpu, unsigned int vector)
{
	const struct irq_desc *desc = apic_cpus[cpu].slots[vector];

	if (vector < VECTOR_FIRST_DEVICE || desc == NULL)
		return;
	sim_saw(SIM_SAW_RETRIGGER);
	for (unsigned int i = 0; i < SIM_DEVICES; i++) {
		if (sim_devices[i].irq == desc->irq_data.irq)
			sim_devices[i].stale++;
	}
}

static int apic_send(struct irqkit_apic_cpu *target, uint32_t command)
{
	unsigned int vector = command & 0xff;

	sim_point();
	apic_note_retrigger(target->cpu, vector);
	if (vector == VECTOR_CLEAN_UP)
		sim_saw(SIM_SAW_CLEAN_UP);
	sim_apic_raise(target->cpu, vector);
	return 0;
}

static const struct irqkit_apic_ops apic_ops = {
	.name = "simulated",
	.read = apic_read,
	.send = apic_send,
	.eoi = apic_write_eoi,
};

void irqkit_apic_error(struct irqkit_apic_cpu *local)
{
	(void)local;
	irqkit_apic->eoi();
}

bool irqkit_apic_may_log(struct irqkit_apic_log_limit *limit)
{
	(void)limit;
	return false;
}

/* ---- devices that write messages */

static struct sim_device *apic_device(const struct irq_data *data)
{
	return data->chip_data;
}

/* The message arrives, whatever the device has been told since. */
static void apic_land(struct sim_device *device)
{
	unsigned int id = (unsigned int)(device->flight_address >> 12) & 0xff;

	device->in_flight = false;
	if (sim_fault_now(SIM_FAULT_DROP, 2)) {
		sim_note("the message of device %u is lost", device->number, 0);
		return;
	}
	if (sim_fault_now(SIM_FAULT_DOUBLE, 2)) {
		device->stale++;
		sim_apic_raise(id - APIC_FIRST_ID, device->flight_data);
		sim_point();
	}
	sim_apic_raise(id - APIC_FIRST_ID, device->flight_data);
}

/* What left before a write to the device arrives before the write is over. */
static void apic_flush(struct sim_device *device)
{
	if (device->in_flight && !sim_has_fault(SIM_FAULT_REORDER))
		apic_land(device);
}

void sim_apic_time(uint64_t now)
{
	apic_now = now;
	if (sim_has_fault(SIM_FAULT_SLOW))
		return;
	for (unsigned int i = 0; i < SIM_DEVICES; i++) {
		struct sim_device *device = &sim_devices[i];

		if (device->in_flight && now > device->flight_deadline)
			apic_land(device);
	}
}

/* In the device's own time: what it writes, it writes to where it was told. */
void sim_message_write(struct sim_device *device)
{
	sim_point();
	if (device->masked) {
		sim_note("device %u is masked", device->number, 0);
		device->pending_bit = true;
		return;
	}
	device->flight_address = device->address;
	device->flight_data = device->data;
	device->flight_deadline = apic_now + APIC_FLIGHT_NS;
	device->in_flight = true;
	sim_point();
	sim_point();
	if (device->in_flight)
		apic_land(device);
}

static void apic_mask(struct irq_data *data)
{
	struct sim_device *device = apic_device(data);

	sim_point();
	sim_note("mask device %u", device->number, 0);
	if (device->masked)
		sim_fail(SIM_CONTRACT, "mask of the masked device %u",
			 device->number);
	device->masked = true;
	apic_flush(device);
}

/* What it kept leaves at once. */
static void apic_open(struct sim_device *device)
{
	device->masked = false;
	if (!device->pending_bit)
		return;
	device->pending_bit = false;
	device->flight_address = device->address;
	device->flight_data = device->data;
	apic_land(device);
}

static void apic_unmask(struct irq_data *data)
{
	struct sim_device *device = apic_device(data);

	sim_point();
	sim_note("unmask device %u", device->number, 0);
	if (!device->masked)
		sim_fail(SIM_CONTRACT, "unmask of device %u, not masked",
			 device->number);
	if (!device->written)
		sim_fail(SIM_CONTRACT,
			 "device %u let through without a message",
			 device->number);
	apic_open(device);
}

/*
 * The device has two registers for it and is masked meanwhile, if it can be
 * (HZ29).
 */
static void apic_write_message(struct irq_data *data, const struct msi_msg *msg)
{
	struct sim_device *device = apic_device(data);
	bool around = !device->masked && !sim_has_fault(SIM_FAULT_TORN);

	sim_point();
	if (around)
		device->masked = true;
	apic_flush(device);
	device->address = msg->address;
	/* Long enough for an event, if that is a fault. */
	for (unsigned int i = sim_has_fault(SIM_FAULT_TORN) ? 8 : 1; i-- > 0;)
		sim_point();
	device->data = msg->data;
	device->written = msg->address != 0;
	sim_note("message of device %u: vector %u", device->number, msg->data);
	apic_flush(device);
	if (around)
		apic_open(device);
}

static void apic_update(struct irq_data *data)
{
	struct msi_msg msg;

	if (irq_chip_compose_msi_msg(data, &msg) != 0)
		sim_fail(SIM_CONTRACT, "no message is composed");
	data->chip->irq_write_msi_msg(data, &msg);
}

/* Whether the CPU that its message goes to takes interrupts yet. */
static bool apic_runs_there(const struct sim_device *device)
{
	unsigned int id = (unsigned int)(device->address >> 12) & 0xff;

	return id >= APIC_FIRST_ID && id < APIC_FIRST_ID + SIM_CPUS &&
	       cpu_online(id - APIC_FIRST_ID);
}

static int apic_set_affinity(struct irq_data *data, const struct cpumask *mask)
{
	int result;

	sim_point();
	if (!cpumask_subset(cpu_active_mask, mask) &&
	    sim_fault_now(SIM_FAULT_NO_ROOM, 2))
		return -ENOSPC;
	if (apic_runs_there(apic_device(data)) &&
	    sim_fault_now(SIM_FAULT_BUSY, 2))
		return -EBUSY;
	result = irq_chip_set_affinity_parent(data, mask);
	sim_note("aim irq %u at cpu %u", data->irq,
		 cpumask_first(&data->common->effective_affinity));
	sim_saw(SIM_SAW_MOVE);
	if (result >= 0)
		apic_update(data);
	return result;
}

static int apic_activate(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	apic_update(data);
	return 0;
}

static void apic_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	struct sim_device *device = apic_device(data);
	const struct msi_msg none = {.address = 0};

	(void)domain;
	if (!device->masked)
		sim_fail(SIM_CONTRACT, "deactivated while let through");
	apic_write_message(data, &none);
	sim_device_forget(device);
	sim_saw(SIM_SAW_SHUTDOWN);
}

static const struct irq_chip apic_chip = {
	.name = "message",
	.irq_ack = irq_chip_ack_parent,
	.irq_mask = apic_mask,
	.irq_unmask = apic_unmask,
	.irq_set_affinity = apic_set_affinity,
	.irq_retrigger = irq_chip_retrigger_parent,
	.irq_write_msi_msg = apic_write_message,
};

static int apic_alloc(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	struct sim_device *device = (void *)(uintptr_t)arg;

	irq_domain_set_info(domain, irq, device->number, &apic_chip, device,
			    NULL);
	return irq_domain_alloc_irqs_parent(domain, irq, nr, arg);
}

static void apic_free(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static const struct irq_domain_ops apic_domain_ops = {
	.alloc = apic_alloc,
	.free = apic_free,
	.activate = apic_activate,
	.deactivate = apic_deactivate,
};

int sim_message_alloc(struct sim_device *device,
		      const struct irq_affinity_desc *affinity)
{
	int irq = irq_domain_alloc_irqs_affinity(apic_domain, 1, NUMA_NO_NODE,
						 device, affinity);

	device->masked = true;
	device->irq = irq > 0 ? (unsigned int)irq : 0;
	return irq > 0 ? 0 : irq;
}

/* ---- the beginning and the end */

void sim_apic_begin(void)
{
	struct irq_domain_info info = {
		.name = "messages",
		.size = 16,
		.ops = &apic_domain_ops,
	};

	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		apic_cpus[cpu].cpu = cpu;
		apic_cpus[cpu].id = cpu + APIC_FIRST_ID;
		irqkit_apic_cpus[cpu] = &apic_cpus[cpu];
	}
	irqkit_apic = &apic_ops;
	if (irqkit_movable_init() != 0)
		sim_fail(SIM_CONTRACT, "irqkit_movable_init() at boot");
	info.parent = irqkit_x86_vector_domain();
	if (irq_domain_create(&info, &apic_domain) != 0)
		sim_fail(SIM_CONTRACT, "a domain of messages at boot");
}

static void apic_check_slots(unsigned int cpu)
{
	for (unsigned int i = 0; i < APIC_NR_VECTORS; i++) {
		if (apic_cpus[cpu].slots[i] != NULL)
			sim_fail(SIM_LEAK, "vector %u of cpu %u is not free", i,
				 cpu);
	}
	for (unsigned int i = 0; i < APIC_NR_VECTORS / 32; i++) {
		if (apic_cpus[cpu].leaving[i] != 0)
			sim_fail(SIM_LEAK, "a vector of cpu %u is being left",
				 cpu);
	}
}

/* Frees the domain of vectors, which must be empty. */
void sim_apic_check_empty(void)
{
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++)
		apic_check_slots(cpu);
	irqkit_dispatch_table[0].unhandled = 0;
	if (irq_domain_remove(apic_domain) != 0)
		sim_fail(SIM_LEAK, "the domain of messages is in use");
	irqkit_movable_exit();
	if (irqkit_x86_vector_domain() != NULL)
		sim_fail(SIM_LEAK, "the domain of vectors is in use");
}
