/* SPDX-License-Identifier: MIT */
/* Steps of CPUs that are refused: the documented error, and nothing changed. */
#include "hotplug.h"

/* What must be as before. */
struct errors_state {
	struct cpumask online, active, present, possible;
	struct cpumask effective;
};

static struct source *errors_source;

static void errors_take(struct errors_state *state)
{
	cpumask_copy(&state->online, cpu_online_mask);
	cpumask_copy(&state->active, cpu_active_mask);
	cpumask_copy(&state->present, cpu_present_mask);
	cpumask_copy(&state->possible, cpu_possible_mask);
	source_effective(errors_source, &state->effective);
}

static void errors_compare(const struct errors_state *before)
{
	struct errors_state now;

	errors_take(&now);
	tap_expect(cpumask_equal(&now.online, &before->online), "online CPUs");
	tap_expect(cpumask_equal(&now.active, &before->active), "active CPUs");
	tap_expect(cpumask_equal(&now.present, &before->present),
		   "present CPUs");
	tap_expect(cpumask_equal(&now.possible, &before->possible),
		   "possible CPUs");
	tap_expect(cpumask_equal(&now.effective, &before->effective),
		   "irq %u has moved", errors_source->irq);
}

static int errors_offline(unsigned int cpu)
{
	struct irqkit_receipt receipt = {.room = 0};
	int error = irqkit_cpu_offline(cpu, &receipt);

	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(receipt.count[i], 0, "interrupts in the receipt");
	return error;
}

static int errors_dying(unsigned int cpu, bool irqs_off)
{
	unsigned long state = 0;
	int error;

	if (irqs_off)
		state = irqkit_port_irq_save();
	error = irqkit_cpu_dying(cpu, NULL);
	if (irqs_off)
		irqkit_port_irq_restore(state);
	return error;
}

static int errors_starting(unsigned int cpu)
{
	unsigned long state = irqkit_port_irq_save();
	int error = irqkit_cpu_starting(cpu);

	irqkit_port_irq_restore(state);
	return error;
}

static int errors_migrate(bool irqs_off)
{
	unsigned long state = 0;
	int error;

	if (irqs_off)
		state = irqkit_port_irq_save();
	error = irq_migrate_all_off_this_cpu(NULL);
	if (irqs_off)
		irqkit_port_irq_restore(state);
	return error;
}

/* HZ42: the first number that is no CPU, and the last one there is. */
static void errors_no_cpu(unsigned int cpu)
{
	tap_equal(errors_offline(cpu), -EINVAL, "offline of cpu %u", cpu);
	tap_equal(errors_dying(cpu, true), -EINVAL, "dying of cpu %u", cpu);
	tap_equal(irqkit_cpu_dead(cpu), -EINVAL, "dead of cpu %u", cpu);
	tap_equal(irqkit_cpu_prepare(cpu), -EINVAL, "prepare of cpu %u", cpu);
	tap_equal(errors_starting(cpu), -EINVAL, "starting of cpu %u", cpu);
	tap_equal(irqkit_cpu_online(cpu), -EINVAL, "online of cpu %u", cpu);
}

/* The calling CPU, which runs. */
static void errors_this_cpu(void)
{
	unsigned int cpu = irqkit_port_cpu();

	tap_equal(errors_dying(cpu, true), -EBUSY, "dying of an active CPU");
	tap_equal(errors_dying(cpu, false), -EINVAL,
		  "dying with interrupts on");
	tap_equal(irqkit_cpu_dead(cpu), -EBUSY, "dead of an online CPU");
	tap_equal(irqkit_cpu_prepare(cpu), -EBUSY, "prepare of an online CPU");
	tap_equal(errors_starting(cpu), -EBUSY, "starting of an online CPU");
	tap_equal(irqkit_set_cpu_present(cpu, false), -EBUSY,
		  "an online CPU is not present");
	tap_equal(irqkit_set_cpu_foreign(cpu, true), -EBUSY,
		  "an online CPU is foreign");
	tap_equal(errors_migrate(true), -EBUSY, "migrate off an active CPU");
	tap_equal(errors_migrate(false), -EINVAL, "migrate with interrupts on");
}

static void errors_arguments(void)
{
	struct errors_state before;

	errors_source = hotplug_open(SOURCE_FREE, NULL);
	if (errors_source == NULL)
		return;
	errors_take(&before);
	errors_no_cpu(nr_cpu_ids);
	errors_no_cpu(IRQKIT_NR_CPUS);
	errors_no_cpu(SUITE_NONE);
	errors_this_cpu();
	errors_compare(&before);
	hotplug_rest();
}

/* Another CPU, which runs, and then does not. */
static void errors_other_cpu(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct errors_state before;

	errors_source = hotplug_open(SOURCE_FREE, NULL);
	if (errors_source == NULL)
		return;
	errors_take(&before);
	tap_equal(errors_dying(cpu, true), -EINVAL, "dying of another CPU");
	tap_equal(errors_starting(cpu), -EINVAL, "starting of another CPU");
	tap_equal(irqkit_cpu_dead(cpu), -EBUSY, "dead of an online CPU");
	errors_compare(&before);
	hotplug_down(cpu);
	errors_take(&before);
	tap_equal(errors_offline(cpu), -ENXIO, "offline of an offline CPU");
	tap_equal(irqkit_cpu_online(cpu), -ENXIO, "online of an offline CPU");
	tap_equal(errors_starting(cpu), -EINVAL, "starting of another CPU");
	errors_compare(&before);
	hotplug_up(cpu);
	hotplug_rest();
}

static void errors_last_cpu(void)
{
	struct errors_state before;
	unsigned int cpu;

	errors_source = hotplug_open(SOURCE_FREE, NULL);
	if (errors_source == NULL)
		return;
	for_each_cpu (cpu, &hotplug_movable)
		hotplug_down(cpu);
	if (suite_nr_online() == 1) {
		errors_take(&before);
		tap_equal(errors_offline(irqkit_port_cpu()), -EBUSY,
			  "offline of the last CPU");
		errors_compare(&before);
	} else {
		tap_skip("a CPU that cannot be stopped is left");
	}
	hotplug_up_all();
	hotplug_rest();
}

static void errors_migrate_on(void *error)
{
	*(int *)error = errors_migrate(true);
}

/* The first step of going offline, and back. */
static void errors_step_back(void)
{
	unsigned int cpu = hotplug_cpu(0);
	struct source *bound = hotplug_open(SOURCE_BOUND, hotplug_mask(cpu));
	struct source *managed = hotplug_open(SOURCE_MANAGED,
					      hotplug_mask(cpu));
	struct irqkit_receipt receipt = {.room = 0};
	int error = -EINVAL;

	if (bound == NULL || managed == NULL)
		return;
	source_hold(managed);
	tap_equal(irqkit_cpu_offline(cpu, &receipt), 0, "offline");
	tap_expect(cpu_online(cpu) && !cpu_active(cpu),
		   "it is online, and not active");
	tap_equal(receipt.count[IRQKIT_RECEIPT_BROKEN], 1, "moved");
	tap_equal(receipt.count[IRQKIT_RECEIPT_SHUT_DOWN], 1, "shut down");
	tap_equal(irqkit_cpu_offline(cpu, &receipt), -ENXIO,
		  "offline once more");
	suite_run_on(cpu, errors_migrate_on, &error);
	tap_equal(error, 0, "irq_migrate_all_off_this_cpu()");
	source_hold(bound);
	source_probe(bound);
	tap_equal(irqkit_cpu_online(cpu), 0, "online again");
	tap_expect(cpu_active(cpu), "it is active");
	tap_expect(!source_is_down(managed), "what is managed is back");
	source_release(managed);
	source_release(bound);
	hotplug_rest();
}

static int errors_in_handler[2];

static irqreturn_t errors_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	errors_in_handler[0] = irqkit_cpu_offline(hotplug_cpu(0), NULL);
	errors_in_handler[1] = irqkit_cpu_dying(irqkit_port_cpu(), NULL);
	__atomic_store_n((bool *)dev_id, true, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static bool errors_handler_ran(void *argument)
{
	return __atomic_load_n((bool *)argument, __ATOMIC_ACQUIRE);
}

static void errors_from_handler(void)
{
	int irq = irq_domain_alloc_irqs(suite_devices(), 1, NUMA_NO_NODE, NULL);
	bool ran = false;

	if (!tap_expect(irq > 0, "allocate: %d", irq))
		return;
	tap_equal(request_irq((unsigned int)irq, errors_handler, 0, "errors",
			      &ran),
		  0, "request_irq()");
	tap_equal(suite_fire((unsigned int)irq), 0, "raise it");
	tap_expect(suite_wait(errors_handler_ran, &ran), "it is handled");
	tap_equal(errors_in_handler[0], -EDEADLK, "offline in a handler");
	tap_equal(errors_in_handler[1], -EBUSY,
		  "dying of an active CPU in a handler");
	tap_expect(cpumask_equal(cpu_online_mask, cpu_active_mask),
		   "all CPUs are active");
	tap_equal(free_irq((unsigned int)irq, &ran), 0, "free_irq()");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0, "free");
}

const struct hotplug_test hotplug_error_tests[] = {
	{"HZ42: steps of CPUs that are none, or not in that state",
	 errors_arguments, 0, HOTPLUG_NEEDS_NOTHING},
	{"steps of another CPU, online and offline", errors_other_cpu, 1,
	 HOTPLUG_NEEDS_NOTHING},
	{"the last CPU stays", errors_last_cpu, 1, HOTPLUG_NEEDS_NOTHING},
	{"a step to offline is taken back", errors_step_back, 1,
	 HOTPLUG_NEEDS_NOTHING},
	{"steps in a handler", errors_from_handler, 1, HOTPLUG_NEEDS_NOTHING},
	{.name = NULL},
};
