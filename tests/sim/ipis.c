/* SPDX-License-Identifier: MIT */
/*
 * Scripts of IPIs: sends on some CPUs, and one that takes the IPI away as a
 * whole or from one CPU. What was sent is handled once, or merged into one that
 * was pending; after it was taken away, nothing is sent there.
 */
#include "sim.h"
#include "scripts.h"

#define IPI_CPUS  3U
#define IPI_SENDS 3U

static unsigned int ipi_irq;
static bool ipi_per_cpu;
static bool ipi_taken[IPI_CPUS]; /* destroyed there */
static unsigned int ipi_sent[IPI_CPUS], ipi_handled[IPI_CPUS];

static irqreturn_t ipi_handler(unsigned int irq, void *dev_id)
{
	unsigned int cpu = sim_cpu();

	(void)dev_id;
	if (irq != ipi_irq + (ipi_per_cpu ? cpu : 0))
		sim_fail(SIM_CONTRACT, "irq %u at cpu %u", irq, cpu);
	ipi_handled[cpu]++;
	sim_saw(SIM_SAW_HANDLED);
	sim_note("handler of the IPI, call %u", ipi_handled[cpu], 0);
	return IRQ_HANDLED;
}

static void ipi_all(struct cpumask *mask)
{
	irqkit_cpumask_first_n(mask, IPI_CPUS);
}

static void ipi_attach(bool attach)
{
	unsigned int nr = ipi_per_cpu ? IPI_CPUS : 1;

	for (unsigned int i = 0; i < nr; i++) {
		int error = attach ? request_irq(ipi_irq + i, ipi_handler, 0,
						 "ipi", &ipi_irq)
				   : free_irq(ipi_irq + i, &ipi_irq);

		if (error != 0)
			sim_fail(SIM_CONTRACT, "handler of an IPI: %d", error);
	}
}

static void ipi_set_up(bool per_cpu)
{
	struct cpumask mask;
	int irq;

	ipi_all(&mask);
	ipi_per_cpu = per_cpu;
	irq = irq_reserve_ipi(sim_doorbell_domain(per_cpu), &mask);
	if (irq <= 0)
		sim_fail(SIM_CONTRACT, "irq_reserve_ipi(): %d", irq);
	ipi_irq = (unsigned int)irq;
	ipi_attach(true);
}

void sim_ipi_set_up_single(void)
{
	ipi_set_up(false);
}

void sim_ipi_set_up_percpu(void)
{
	ipi_set_up(true);
}

/* Refused once the CPU is not the IPI's any more, and only then. */
void sim_ipi_send(void)
{
	for (unsigned int i = 0; i < IPI_SENDS; i++) {
		unsigned int cpu = IPI_CPUS - 1 - i % 2;
		bool taken = ipi_taken[cpu];
		int error = ipi_send_single(ipi_irq, cpu);

		sim_note("send to cpu %u: %d", cpu, (unsigned int)error);
		if (error == 0 && taken)
			sim_fail(SIM_FREED,
				 "an IPI is sent to cpu %u, "
				 "after it was taken away",
				 cpu);
		if (error == 0)
			ipi_sent[cpu]++;
	}
}

static void ipi_expect(int error, const char *call)
{
	if (error != 0)
		sim_fail(SIM_CONTRACT, "%s: %d", call, error);
}

void sim_ipi_destroy(void)
{
	struct cpumask mask;

	ipi_all(&mask);
	ipi_attach(false);
	sim_note("destroy", 0, 0);
	ipi_expect(irq_destroy_ipi(ipi_irq, &mask), "irq_destroy_ipi()");
	sim_note("destroyed", 0, 0);
	for (unsigned int cpu = 0; cpu < IPI_CPUS; cpu++)
		ipi_taken[cpu] = true;
	/* Somebody else gets the numbers. */
	ipi_expect(irq_alloc_descs((int)ipi_irq, 0, 1, NUMA_NO_NODE) ==
				   (int)ipi_irq
			   ? 0
			   : -EEXIST,
		   "irq_alloc_descs()");
	ipi_expect(irq_free_descs(ipi_irq, 1), "irq_free_descs()");
}

/* The last CPU goes. In per-CPU mode its handler goes first. */
void sim_ipi_shrink(void)
{
	unsigned int last = IPI_CPUS - 1;
	struct cpumask mask;

	irqkit_cpumask_single(&mask, last);
	if (ipi_per_cpu)
		ipi_expect(free_irq(ipi_irq + last, &ipi_irq), "free_irq()");
	sim_note("shrink", 0, 0);
	ipi_expect(irq_destroy_ipi(ipi_irq, &mask), "irq_destroy_ipi()");
	sim_note("shrunk", 0, 0);
	ipi_taken[last] = true;
	sim_doorbell_forbid(last);
}

static void ipi_give_back(void)
{
	struct cpumask mask;

	irqkit_cpumask_first_n(&mask, IPI_CPUS - 1);
	for (unsigned int i = 0; i < (ipi_per_cpu ? IPI_CPUS - 1 : 1); i++)
		ipi_expect(free_irq(ipi_irq + i, &ipi_irq), "free_irq()");
	ipi_expect(irq_destroy_ipi(ipi_irq, &mask), "irq_destroy_ipi()");
}

/* After a shrink: what stayed has lost nothing. */
void sim_ipi_judge(void)
{
	unsigned int cpu = IPI_CPUS - 2;

	if (ipi_handled[cpu] > ipi_sent[cpu])
		sim_fail(SIM_TWICE, "%u IPIs handled, %u sent",
			 ipi_handled[cpu], ipi_sent[cpu]);
	if (ipi_handled[cpu] + sim_doorbell_merged(cpu) < ipi_sent[cpu])
		sim_fail(SIM_LOST, "%u IPIs handled, %u sent", ipi_handled[cpu],
			 ipi_sent[cpu]);
	ipi_give_back();
}
