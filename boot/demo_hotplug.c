/* SPDX-License-Identifier: MIT */
/*
 * What `make run` shows of CPUs that go and come: interrupts that are aimed at
 * one, what its receipt says has become of each, and that none was lost.
 */
#include "demo.h"
#include <irqkit/cpulist.h>
#include <irqkit/irqdomain.h>
#include "kernel.h"

#define HOTPLUG_DEADLINE_NS 20000000000ULL
#define HOTPLUG_ENTRIES	    16U
#define HOTPLUG_LIST	    64U

/* An interrupt that software raises in place of a device. */
struct hotplug_device {
	const char *name;
	bool other_cpu; /* CPU 0 is in its affinity too */
	bool managed;
	unsigned int irq;
	unsigned long raised;
	unsigned long handled;
	unsigned int cpu; /* of the last one */
};

static struct hotplug_device hotplug_devices[] = {
	{.name = "network", .other_cpu = true},
	{.name = "serial line"},
	{.name = "disk queue", .managed = true},
};

#define HOTPLUG_NR_DEVICES \
	(sizeof(hotplug_devices) / sizeof(hotplug_devices[0]))

static unsigned int hotplug_failures;

static bool hotplug_check(const char *what, int result)
{
	if (result >= 0)
		return true;
	print("  %s: error %d\n", what, result);
	hotplug_failures++;
	return false;
}

static irqreturn_t hotplug_handler(unsigned int irq, void *dev_id)
{
	struct hotplug_device *device = dev_id;

	if (irq != device->irq)
		return IRQ_NONE;
	device->cpu = irqkit_port_cpu();
	__atomic_fetch_add(&device->handled, 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static unsigned long hotplug_handled(const struct hotplug_device *device)
{
	return __atomic_load_n(&device->handled, __ATOMIC_ACQUIRE);
}

/* Where it goes; nr_cpu_ids: nowhere. */
static unsigned int hotplug_target(const struct hotplug_device *device)
{
	struct cpumask cpus;

	hotplug_check("effective affinity",
		      irq_get_effective_affinity(device->irq, &cpus));
	return cpumask_first(&cpus);
}

/* ---- the devices */

static int hotplug_open(struct hotplug_device *device, unsigned int cpu)
{
	struct irq_affinity_desc affinity = {.is_managed = device->managed};
	int irq;

	irqkit_cpumask_single(&affinity.mask, cpu);
	irq = irq_domain_alloc_irqs_affinity(machine.devices, 1, NUMA_NO_NODE,
					     NULL, &affinity);
	if (irq < 0)
		return irq;
	device->irq = (unsigned int)irq;
	irq = request_irq(device->irq, hotplug_handler, 0, device->name,
			  device);
	if (irq != 0 || !device->other_cpu)
		return irq;
	/* It is aimed at the CPU already, and stays where it may. */
	cpumask_set_cpu(0, &affinity.mask);
	return irq_set_affinity(device->irq, &affinity.mask);
}

static void hotplug_close(struct hotplug_device *device)
{
	if (device->irq == 0)
		return;
	hotplug_check("free", free_irq(device->irq, device));
	hotplug_check("give back", irq_domain_free_irqs(device->irq, 1));
	device->irq = 0;
}

static void hotplug_show(const struct hotplug_device *device)
{
	char list[HOTPLUG_LIST];
	struct cpumask cpus;

	hotplug_check("affinity", irq_get_affinity(device->irq, &cpus));
	irqkit_cpulist_print(list, sizeof(list), &cpus);
	print("  irq %3u %-12s goes to cpu %u of %s%s\n", device->irq,
	      device->name, hotplug_target(device), list,
	      device->managed ? ", managed" : "");
}

/* Raise it, unless it is down, and wait for its handler where it is aimed. */
static void hotplug_raise(struct hotplug_device *device)
{
	uint64_t start = arch_nanoseconds();
	unsigned int target = hotplug_target(device);

	if (target >= nr_cpu_ids)
		return;
	device->raised++;
	hotplug_check("raise",
		      irq_set_irqchip_state(device->irq, IRQCHIP_STATE_PENDING,
					    true));
	while (hotplug_handled(device) != device->raised &&
	       arch_nanoseconds() - start < HOTPLUG_DEADLINE_NS)
		arch_relax();
	if (hotplug_handled(device) == device->raised && device->cpu == target)
		return;
	print("  irq %u: raised %lu, handled %lu, last on cpu %u\n",
	      device->irq, device->raised, hotplug_handled(device),
	      device->cpu);
	hotplug_failures++;
}

static void hotplug_raise_all(void)
{
	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES; i++)
		hotplug_raise(&hotplug_devices[i]);
}

/* ---- the receipt */

static const char *hotplug_name(unsigned int irq)
{
	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES; i++) {
		if (hotplug_devices[i].irq == irq)
			return hotplug_devices[i].name;
	}
	return "?";
}

static void hotplug_print_fate(const struct irqkit_receipt_entry *entry)
{
	struct cpumask cpus;
	unsigned int cpu;

	hotplug_check("effective affinity",
		      irq_get_effective_affinity(entry->irq, &cpus));
	cpu = cpumask_first(&cpus);
	switch (entry->kind) {
	case IRQKIT_RECEIPT_MOVED:
		print("moved to cpu %u\n", cpu);
		break;
	case IRQKIT_RECEIPT_BROKEN:
		print("moved to cpu %u, outside of its affinity\n", cpu);
		break;
	case IRQKIT_RECEIPT_SHUT_DOWN:
		print("shut down until a CPU of its affinity is there\n");
		break;
	case IRQKIT_RECEIPT_FORWARDED:
		print("had come, and was raised again at cpu %u\n", cpu);
		break;
	default:
		print("could not be moved: error %d\n", entry->error);
		hotplug_failures++;
	}
}

static void hotplug_print_receipt(const struct irqkit_receipt *receipt)
{
	for (unsigned int i = 0; i < receipt->used; i++) {
		const struct irqkit_receipt_entry *entry = &receipt->entries[i];

		print("  irq %3u %-12s ", entry->irq, hotplug_name(entry->irq));
		hotplug_print_fate(entry);
	}
}

/* One of each kind that was arranged for. */
static void hotplug_check_receipt(const struct irqkit_receipt *receipt)
{
	if (receipt->count[IRQKIT_RECEIPT_MOVED] == 1 &&
	    receipt->count[IRQKIT_RECEIPT_BROKEN] == 1 &&
	    receipt->count[IRQKIT_RECEIPT_SHUT_DOWN] == 1 &&
	    receipt->count[IRQKIT_RECEIPT_STUCK] == 0)
		return;
	print("  this is not what should become of them\n");
	hotplug_failures++;
}

/* ---- the steps */

static bool hotplug_down(unsigned int cpu)
{
	struct irqkit_receipt_entry entries[HOTPLUG_ENTRIES];
	struct irqkit_receipt receipt = {
		.entries = entries,
		.room = HOTPLUG_ENTRIES,
	};

	if (!hotplug_check("cpu_down()", cpu_down(cpu, &receipt)))
		return false;
	print("cpu %u is offline, its receipt says:\n", cpu);
	hotplug_print_receipt(&receipt);
	hotplug_check_receipt(&receipt);
	return true;
}

static void hotplug_up(unsigned int cpu)
{
	if (!hotplug_check("cpu_up()", cpu_up(cpu)))
		return;
	print("cpu %u is online again:\n", cpu);
	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES; i++) {
		const struct hotplug_device *device = &hotplug_devices[i];

		if (!device->managed)
			continue;
		print("  irq %3u %-12s started again, goes to cpu %u\n",
		      device->irq, device->name, hotplug_target(device));
		if (hotplug_target(device) != cpu)
			hotplug_failures++;
	}
}

static void hotplug_report(void)
{
	unsigned long raised = 0;
	unsigned long handled = 0;

	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES; i++) {
		raised += hotplug_devices[i].raised;
		handled += hotplug_handled(&hotplug_devices[i]);
	}
	print("  %-42s raised %5lu  handled %5lu  %s\n",
	      "before, meanwhile and afterwards", raised, handled,
	      raised == handled && hotplug_failures == 0 ? "ok" : "WRONG");
}

static void hotplug_run(unsigned int cpu)
{
	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES; i++)
		hotplug_show(&hotplug_devices[i]);
	hotplug_raise_all();
	if (hotplug_down(cpu)) {
		hotplug_raise_all();
		hotplug_up(cpu);
		hotplug_raise_all();
	}
	hotplug_report();
}

unsigned int demo_hotplug(void)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);
	bool open = true;

	if (cpu == arch_this_cpu())
		return 0;
	print("\na CPU goes offline and comes back\n");
	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES && open; i++) {
		struct hotplug_device *device = &hotplug_devices[i];

		open = hotplug_check(device->name, hotplug_open(device, cpu));
	}
	if (open)
		hotplug_run(cpu);
	for (unsigned int i = 0; i < HOTPLUG_NR_DEVICES; i++)
		hotplug_close(&hotplug_devices[i]);
	return hotplug_failures;
}
