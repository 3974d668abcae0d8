/* SPDX-License-Identifier: MIT */
/*
 * IPI domains: in single mode one vector on all CPUs of the IPI, in per-CPU
 * mode a vector for each. The slots of the vectors guard themselves
 * (vector.h); the rest is under the lock of the domain whose operation runs.
 */
#include "ipi_x86.h"
#include "vector.h"

/*
 * How far apart the vectors of two CPUs in a row are in per-CPU mode, so that
 * one that is sent to the wrong CPU is nobody's there. It has no factor in
 * common with their number, so that all CPUs differ as long as they can.
 */
#define IPI_X86_STRIDE 5U

IRQKIT_STATIC_ASSERT(VECTOR_NR_IPIS % IPI_X86_STRIDE != 0,
		     "CPUs would have the same vectors");

static struct irq_domain *ipi_x86_single;
static struct irq_domain *ipi_x86_per_cpu;

/*
 * Where the next search begins. It goes round all vectors before one is taken
 * again: what is still on its way to a vector that was just freed does not
 * look like the next owner's. Lock of the domain in question.
 */
static unsigned int ipi_x86_next_single = VECTOR_FIRST_IPI;
static unsigned int ipi_x86_next_per_cpu;

/*
 * The irq is made ready before each claim, as it can be handled from then on.
 * Where the claim fails, the core forgets what was entered.
 */
static int ipi_x86_alloc_single(struct irq_domain *domain, unsigned int irq,
				unsigned int nr, const void *arg)
{
	struct irq_desc *desc = irq_to_desc(irq);
	unsigned int vector = ipi_x86_next_single;

	(void)nr; /* 1 in single mode */
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++) {
		irq_domain_set_info(domain, irq, vector, irqkit_apic->single,
				    ipi_x86_chip_data(vector, 0),
				    handle_percpu_irq);
		if (irqkit_vector_claim_all(arg, vector, desc)) {
			ipi_x86_next_single = vector_after(vector);
			return 0;
		}
		vector = vector_after(vector);
	}
	return -ENOSPC;
}

/*
 * The irq does not say on which CPUs it was: its mask shrinks with each part
 * that is destroyed, while the vector stays everywhere.
 */
static void ipi_x86_free_single(struct irq_domain *domain, unsigned int irq,
				unsigned int nr)
{
	struct irq_desc *desc = irq_to_desc(irq);

	(void)domain;
	(void)nr;
	irqkit_vector_release_all((unsigned int)desc->irq_data.hwirq, desc);
}

static void ipi_x86_free_per_cpu(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr)
{
	(void)domain;
	for (unsigned int i = 0; i < nr; i++) {
		struct irq_desc *desc = irq_to_desc(irq + i);
		const struct irq_data *data = &desc->irq_data;

		irqkit_vector_release(irqkit_apic_cpus[ipi_x86_cpu(data)],
				      (unsigned int)data->hwirq, desc);
	}
}

/*
 * One of the irqs, for its CPU. Returns how many vectors were taken before it
 * came to a free one, or an error.
 */
static int ipi_x86_alloc_one(struct irq_domain *domain, unsigned int irq,
			     struct irqkit_apic_cpu *target)
{
	unsigned int vector =
		vector_of(ipi_x86_next_per_cpu + target->cpu * IPI_X86_STRIDE);
	struct irq_desc *desc = irq_to_desc(irq);

	if (desc == NULL)
		return -EINVAL;
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++) {
		irq_domain_set_info(domain, irq, vector, irqkit_apic->per_cpu,
				    ipi_x86_chip_data(vector, target->cpu),
				    handle_percpu_irq);
		if (irqkit_vector_claim(target, vector, desc))
			return (int)i;
		vector = vector_after(vector);
	}
	return -ENOSPC;
}

static int ipi_x86_alloc_per_cpu(struct irq_domain *domain, unsigned int irq,
				 unsigned int nr, const void *arg)
{
	unsigned int passed = 0;
	unsigned int done = 0;
	unsigned int cpu;

	for_each_cpu (cpu, (const struct cpumask *)arg) {
		int result = ipi_x86_alloc_one(domain, irq + done,
					       irqkit_apic_cpus[cpu]);

		if (result < 0) {
			ipi_x86_free_per_cpu(domain, irq, done);
			return result;
		}
		if ((unsigned int)result > passed)
			passed = (unsigned int)result;
		if (++done == nr)
			break;
	}
	/* Beyond the vectors that were taken, or they would come again. */
	ipi_x86_next_per_cpu = (ipi_x86_next_per_cpu + passed + 1) %
			       VECTOR_NR_IPIS;
	return 0;
}

static const struct irq_domain_ops ipi_x86_single_ops = {
	.alloc = ipi_x86_alloc_single,
	.free = ipi_x86_free_single,
};

static const struct irq_domain_ops ipi_x86_per_cpu_ops = {
	.alloc = ipi_x86_alloc_per_cpu,
	.free = ipi_x86_free_per_cpu,
};

/* No look-up by hwirq: which irq a vector is depends on the CPU. */
static const struct irq_domain_info ipi_x86_single_info = {
	.name = "apic-ipi",
	.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
	.ops = &ipi_x86_single_ops,
};

static const struct irq_domain_info ipi_x86_per_cpu_info = {
	.name = "apic-ipi-per-cpu",
	.flags = IRQ_DOMAIN_FLAG_IPI_PER_CPU,
	.ops = &ipi_x86_per_cpu_ops,
};

int irqkit_ipi_x86_init(void)
{
	int error = irq_domain_create(&ipi_x86_single_info, &ipi_x86_single);

	if (error != 0)
		return error;
	error = irq_domain_create(&ipi_x86_per_cpu_info, &ipi_x86_per_cpu);
	if (error != 0)
		irqkit_ipi_x86_exit();
	return error;
}

void irqkit_ipi_x86_exit(void)
{
	if (ipi_x86_single != NULL)
		irq_domain_remove(ipi_x86_single);
	if (ipi_x86_per_cpu != NULL)
		irq_domain_remove(ipi_x86_per_cpu);
	ipi_x86_single = NULL;
	ipi_x86_per_cpu = NULL;
}

struct irq_domain *irqkit_x86_ipi_domain(bool per_cpu)
{
	return per_cpu ? ipi_x86_per_cpu : ipi_x86_single;
}
