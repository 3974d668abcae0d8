/* SPDX-License-Identifier: MIT */
/*
 * The other CPUs: start them, let them idle, hand them work, stop them. Each
 * has a mailbox that one CPU at a time fills; a kick wakes the owner.
 */
#include "kernel.h"
#include "smp.h"

/* Generous, as an emulator may run hundreds of CPUs on two cores. */
#define SMP_DEADLINE_NS 60000000000ULL

struct smp_mailbox {
	void (*function)(void *); /* NULL: no work */
	void *argument;
	bool started; /* the CPU is online */
	int error;    /* of the last irqkit_cpu_dying() */
} IRQKIT_ALIGNED(64);

static struct smp_mailbox smp_mailboxes[IRQKIT_NR_CPUS];

/*
 * Interrupts are off, so that no kick is lost (kick.c). The acquire pairs with
 * the release in smp_give_work().
 */
static void smp_run_work(struct smp_mailbox *mailbox)
{
	void (*function)(void *) = __atomic_load_n(&mailbox->function,
						   __ATOMIC_ACQUIRE);

	if (function == NULL) {
		arch_idle();
		return;
	}
	arch_irq_enable();
	function(mailbox->argument);
	arch_irq_disable();
	__atomic_store_n(&mailbox->function, NULL, __ATOMIC_RELEASE);
}

void secondary_main(unsigned int cpu)
{
	struct smp_mailbox *mailbox = &smp_mailboxes[cpu];
	int error = irqkit_cpu_starting(cpu);

	if (error != 0)
		panic("cpu %u cannot start its interrupt controller: %d", cpu,
		      error);
	__atomic_store_n(&mailbox->started, true, __ATOMIC_RELEASE);
	become_idle();
}

void become_idle(void)
{
	arch_irq_disable();
	for (;;)
		smp_run_work(&smp_mailboxes[arch_this_cpu()]);
}

static int smp_wait_started(unsigned int cpu)
{
	uint64_t start = arch_nanoseconds();

	while (!__atomic_load_n(&smp_mailboxes[cpu].started,
				__ATOMIC_ACQUIRE)) {
		if (arch_nanoseconds() - start > SMP_DEADLINE_NS)
			return -ETIMEDOUT;
		arch_relax();
	}
	return 0;
}

int cpu_up(unsigned int cpu)
{
	int error;

	if (cpu >= machine.nr_cpus)
		return -EINVAL;
	error = irqkit_cpu_prepare(cpu);
	if (error == 0)
		error = arch_start_cpu(cpu);
	if (error == 0)
		error = smp_wait_started(cpu);
	if (error == 0)
		error = irqkit_cpu_online(cpu);
	return error;
}

void smp_start_all(void)
{
	unsigned int most = command_line_number("maxcpus", IRQKIT_NR_CPUS);

	for (unsigned int cpu = 1; cpu < machine.nr_cpus && cpu < most; cpu++) {
		int error = cpu_up(cpu);

		if (error != 0)
			panic("cannot bring cpu %u online: %d", cpu, error);
		print("# cpu %u is online, hardware id 0x%lx\n", cpu,
		      (unsigned long)arch_hwcpu(cpu).id);
	}
}

/*
 * The release pairs with the acquire in smp_run_work(). Result: that of the
 * kick; the CPU takes the work without it if it is just looking.
 */
static int smp_give_work(unsigned int cpu, void (*function)(void *),
			 void *argument)
{
	struct smp_mailbox *mailbox = &smp_mailboxes[cpu];

	wait_for_cpu(cpu);
	mailbox->argument = argument;
	__atomic_store_n(&mailbox->function, function, __ATOMIC_RELEASE);
	return kick(cpu);
}

void start_on_cpu(unsigned int cpu, void (*function)(void *), void *argument)
{
	int error = smp_give_work(cpu, function, argument);

	if (error != 0)
		panic("cannot wake cpu %u: %d", cpu, error);
}

/* The acquire pairs with the last release in smp_run_work(). */
void wait_for_cpu(unsigned int cpu)
{
	uint64_t start = arch_nanoseconds();

	while (__atomic_load_n(&smp_mailboxes[cpu].function,
			       __ATOMIC_ACQUIRE) != NULL) {
		if (arch_nanoseconds() - start > SMP_DEADLINE_NS)
			panic("cpu %u does not finish its work", cpu);
		arch_relax();
	}
}

void run_on_cpu(unsigned int cpu, void (*function)(void *), void *argument)
{
	if (cpu == arch_this_cpu()) {
		function(argument);
		return;
	}
	start_on_cpu(cpu, function, argument);
	wait_for_cpu(cpu);
}

void cpu_die(void *receipt)
{
	unsigned int cpu = arch_this_cpu();
	struct smp_mailbox *mailbox = &smp_mailboxes[cpu];

	arch_irq_disable();
	mailbox->error = irqkit_cpu_dying(cpu, receipt);
	if (mailbox->error != 0) {
		arch_irq_enable();
		return;
	}
	/* Pairs with the acquire in wait_for_cpu(). */
	__atomic_store_n(&mailbox->started, false, __ATOMIC_RELAXED);
	__atomic_store_n(&mailbox->function, NULL, __ATOMIC_RELEASE);
	arch_cpu_stop();
}

/* The last one is always the caller's own. */
static int smp_check_down(unsigned int cpu)
{
	if (cpu >= machine.nr_cpus)
		return -EINVAL;
	if (cpu_active(cpu) && cpumask_weight(cpu_active_mask) == 1)
		return -EBUSY;
	if (cpu == arch_this_cpu())
		return -EINVAL;
	if (cpu == 0 && !machine.boot_cpu_can_stop)
		return -ENOSYS;
	return 0;
}

int cpu_down(unsigned int cpu, struct irqkit_receipt *receipt)
{
	int error = smp_check_down(cpu);

	if (error == 0)
		error = irqkit_cpu_offline(cpu, receipt);
	if (error != 0)
		return error;
	/* It may have gone before it could be woken: -ENXIO. */
	smp_give_work(cpu, cpu_die, receipt);
	return cpu_finish_down(cpu);
}

int cpu_finish_down(unsigned int cpu)
{
	int error;

	wait_for_cpu(cpu);
	error = smp_mailboxes[cpu].error;
	if (error != 0) {
		irqkit_cpu_online(cpu);
		return error;
	}
	error = arch_cpu_wait_stopped(cpu);
	if (error == 0)
		error = irqkit_cpu_dead(cpu);
	return error;
}
