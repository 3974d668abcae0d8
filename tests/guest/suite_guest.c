/* SPDX-License-Identifier: MIT */
/* The machine of suites/suite.h in a guest: the reference kernel's CPUs. */
#include "kernel.h"
#include "suites/suite.h"

unsigned int suite_offline_cpu(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_present_mask) {
		if (!cpu_online(cpu) && !irqkit_cpu_is_foreign(cpu))
			return cpu;
	}
	return SUITE_NONE;
}

unsigned int suite_foreign_cpu(void)
{
	return SUITE_NONE;
}

struct irq_domain *suite_domain(bool per_cpu)
{
	return per_cpu ? machine.ipi_per_cpu : machine.ipi_single;
}

/* wait_for_cpu() ends the run with the CPU's number if one hangs. */
void suite_run_on_mask(const struct cpumask *cpus,
		       void (*function)(void *argument), void *argument)
{
	unsigned int self = irqkit_port_cpu();
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		if (cpu != self)
			start_on_cpu(cpu, function, argument);
	}
	if (cpumask_test_cpu(self, cpus))
		function(argument);
	for_each_cpu (cpu, cpus) {
		if (cpu != self)
			wait_for_cpu(cpu);
	}
}

void suite_relax(void)
{
	arch_relax();
}

unsigned long suite_memory(void)
{
	return memory_used();
}

void suite_start_on(unsigned int cpu, void (*function)(void *argument),
		    void *argument)
{
	start_on_cpu(cpu, function, argument);
}

void suite_wait_for(unsigned int cpu)
{
	wait_for_cpu(cpu);
}

int suite_cpu_down(unsigned int cpu, struct irqkit_receipt *receipt)
{
	return cpu_down(cpu, receipt);
}

int suite_cpu_up(unsigned int cpu)
{
	return cpu_up(cpu);
}

bool suite_cpu_can_stop(unsigned int cpu)
{
	return cpu != 0 || machine.boot_cpu_can_stop;
}

/* A CPU that hears nothing before it goes. */
struct guest_deaf {
	struct irqkit_receipt *receipt;
	bool is_deaf;
	bool may_go;
};

static bool guest_flag(const bool *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void guest_raise_flag(bool *flag)
{
	__atomic_store_n(flag, true, __ATOMIC_RELEASE);
}

static void guest_go_deaf(void *argument)
{
	struct guest_deaf *deaf = argument;

	arch_irq_disable();
	guest_raise_flag(&deaf->is_deaf);
	while (!guest_flag(&deaf->may_go))
		arch_relax();
	cpu_die(deaf->receipt);
}

static bool guest_is_deaf(void *flag)
{
	return guest_flag(flag);
}

int suite_cpu_down_deaf(unsigned int cpu, struct irqkit_receipt *receipt,
			void (*between)(void *argument), void *argument)
{
	struct guest_deaf deaf = {.receipt = receipt};
	int error, finish;

	start_on_cpu(cpu, guest_go_deaf, &deaf);
	if (!suite_wait(guest_is_deaf, &deaf.is_deaf))
		panic("cpu %u does not turn its interrupts off", cpu);
	between(argument);
	error = irqkit_cpu_offline(cpu, receipt);
	guest_raise_flag(&deaf.may_go);
	finish = cpu_finish_down(cpu);
	return error != 0 ? error : finish;
}

struct irq_domain *suite_devices(void)
{
	return machine.devices;
}

int suite_fire(unsigned int irq)
{
	return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

#if defined(__x86_64__)
#define GUEST_HAS_VECTORS true
#else
#define GUEST_HAS_VECTORS false
#endif

/* A vector is one CPU's, and so is the bit that says it is pending. */
bool suite_latches_at_cpus(void)
{
	return GUEST_HAS_VECTORS;
}

bool suite_cpus_have_limit(void)
{
	return GUEST_HAS_VECTORS;
}
