// SPDX-License-Identifier: MIT
/*
 * The other CPUs: their data, their stacks, and their start. A CPU is prepared
 * by whoever starts it, CPU 0; from then on its struct x86_cpu is its own.
 */
#include <irqkit/errno.h>
#include <irqkit/x86.h>
#include "kernel.h"
#include "x86.h"

/* A CPU that is dying waits for nobody; an emulator may not run it at once. */
#define SECONDARY_STOP_NS 10000000000ULL

struct x86_stacks x86_boot_stacks;
struct x86_cpu x86_boot_cpu = {.stacks = &x86_boot_stacks};
struct x86_cpu *x86_cpus[IRQKIT_NR_CPUS] = {&x86_boot_cpu};
uint32_t x86_apic_ids[IRQKIT_NR_CPUS];
uint32_t x86_nr_cpus;

IRQKIT_STATIC_ASSERT(KERNEL_BASE < STACKS_BASE &&
			     IRQKIT_NR_CPUS * STACKS_SLOT <=
				     0UL - STACKS_BASE - STACKS_SLOT,
		     "the stacks of all CPUs fit into the last GiB");

void x86_secondary_init(const struct hwcpu *cpus, unsigned int nr)
{
	size_t size = (size_t)(x86_trampoline_end - x86_trampoline);
	uint8_t *page = x86_direct(TRAMPOLINE, X86_PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < nr; i++)
		x86_apic_ids[i] = (uint32_t)cpus[i].id;
	x86_nr_cpus = nr;
	for (i = 0; i < size; i++)
		page[i] = x86_trampoline[i];
}

struct hwcpu arch_hwcpu(unsigned int cpu)
{
	struct hwcpu hwcpu = {x86_apic_ids[cpu]};

	return hwcpu;
}

static struct x86_cpu *secondary_prepare(unsigned int cpu)
{
	struct x86_cpu *new = boot_alloc(sizeof(*new), 64);

	new->index = cpu;
	new->stacks = (struct x86_stacks *)(STACKS_BASE +
					    (uint64_t)cpu * STACKS_SLOT);
	new->stack_top = (uint64_t) new->stacks + sizeof(*new->stacks);
	x86_paging_stacks(new->stacks);
	return new;
}

/*
 * A CPU that was stopped has all of that yet. It is sent INIT, as a new one is:
 * that ends its HLT and takes it to the start-up code.
 */
int arch_start_cpu(unsigned int cpu)
{
	if (cpu == 0 || cpu >= x86_nr_cpus)
		return -IRQKIT_EINVAL;
	if (!x86_cpus[cpu])
		x86_cpus[cpu] = secondary_prepare(cpu);
	x86_cpus[cpu]->stopped = false;
	/*
	 * A start-up IPI may be sent by WRMSR, which does not wait for stores.
	 * Pairs with the load of x86_cpus[] in secondary_start, entry.S.
	 */
	__asm__ volatile("mfence; lfence" : : : "memory");
	return irqkit_x86_start_cpu(cpu, TRAMPOLINE);
}

/* An NMI may still come: it is handled, and the CPU goes on to wait. */
void arch_cpu_stop(void)
{
	struct x86_cpu *self = x86_cpus[arch_this_cpu()];

	__atomic_store_n(&self->stopped, true, __ATOMIC_RELEASE);
	for (;;)
		__asm__ volatile("cli\n\thlt" : : : "memory");
}

/*
 * From the store to HLT it is two instructions, and neither touches memory:
 * the CPU has stopped as soon as it says so. The acquire pairs with the
 * release in arch_cpu_stop().
 */
int arch_cpu_wait_stopped(unsigned int cpu)
{
	uint64_t start = arch_nanoseconds();

	while (!__atomic_load_n(&x86_cpus[cpu]->stopped, __ATOMIC_ACQUIRE)) {
		if (arch_nanoseconds() - start > SECONDARY_STOP_NS)
			return -IRQKIT_ETIMEDOUT;
		arch_relax();
	}
	return 0;
}

void x86_secondary(struct x86_cpu *self)
{
	x86_tables_load(self);
	x86_mtrr_load();
	secondary_main(self->index);
}
