/* SPDX-License-Identifier: MIT */
/*
 * What of the x86 backend touches no hardware: numbers of registers and
 * clusters, who has a vector, the two IPI domains. They are compiled into
 * this test with an empty chip; sends are tested in the guests.
 */
#include "../../arch/x86/ipi_x86.c"
#include "../../arch/x86/vector.c"
#include <string.h>
#include "host.h"
#include "suites/suite.h"
#include "suites/tap.h"

#define VECTOR_CPUS 130U /* more than two words of a mask */

/* In place of apic.c. */
struct irqkit_apic_cpu *irqkit_apic_cpus[IRQKIT_NR_CPUS];
const struct irqkit_apic_ops *irqkit_apic;

static struct irqkit_apic_cpu vector_cpus[VECTOR_CPUS];

static int vector_send_single(struct irq_data *data, unsigned int cpu)
{
	(void)data;
	(void)cpu;
	return 0;
}

static const struct irq_chip vector_chip = {
	.name = "none",
	.ipi_send_single = vector_send_single,
};

static const struct irqkit_apic_ops vector_ops = {
	.name = "none",
	.single = &vector_chip,
	.per_cpu = &vector_chip,
};

static void vector_registers(void)
{
	tap_subject("registers by number, SDM tables 10-1 and 10-6");
	tap_equal(apic_x2apic_msr(APIC_ID), 0x802, "ID");
	tap_equal(apic_x2apic_msr(APIC_VERSION), 0x803, "version");
	tap_equal(apic_x2apic_msr(APIC_TPR), 0x808, "TPR");
	tap_equal(apic_x2apic_msr(APIC_EOI), 0x80b, "EOI");
	tap_equal(apic_x2apic_msr(APIC_LDR), 0x80d, "LDR");
	tap_equal(apic_x2apic_msr(APIC_SVR), 0x80f, "SVR");
	tap_equal(apic_x2apic_msr(APIC_ESR), 0x828, "ESR");
	tap_equal(apic_x2apic_msr(APIC_ICR_LOW), 0x830, "ICR");
	tap_equal(apic_x2apic_msr(APIC_LVT_TIMER), 0x832, "timer");
	tap_equal(apic_x2apic_msr(APIC_LVT_ERROR), 0x837, "error");
	for (unsigned int vector = 0; vector < APIC_NR_VECTORS; vector++) {
		tap_equal(apic_x2apic_msr(apic_isr(vector)),
			  0x810 + vector / 32, "ISR of vector %u", vector);
		tap_equal(apic_isr_bit(vector), 1LL << vector % 32,
			  "bit of vector %u", vector);
	}
	tap_close();
}

/* SDM 10.12.10.2: (id[19:4] << 16) | (1 << id[3:0]). */
static void vector_clusters(void)
{
	uint32_t last = 0;

	tap_subject("x2APIC clusters: each id has a logical id of its own");
	for (uint32_t id = 0; id < APIC_X2APIC_LOGICAL_IDS; id++) {
		uint32_t logical = apic_x2apic_cluster(id) |
				   apic_x2apic_cluster_bit(id);

		if (!tap_equal(logical >> 16, id / 16, "cluster of %u", id) ||
		    !tap_equal(logical & 0xffff, 1 << id % 16, "bit of %u",
			       id) ||
		    !tap_expect(id == 0 || logical > last, "%u is new", id))
			break;
		last = logical;
	}
	tap_equal(apic_x2apic_cluster(0x12), 0x10000, "cluster of 0x12");
	tap_equal(apic_x2apic_cluster_bit(0x12), 4, "bit of 0x12");
	tap_equal(apic_x2apic_cluster(0xfffff), 0xffff0000, "the last");
	tap_close();
}

static void vector_numbers(void)
{
	unsigned int vector = VECTOR_FIRST_IPI;
	struct irq_data data = {.irq = 1};

	tap_subject("vectors of IPIs: 190 to 253, round and round");
	for (unsigned int number = 0; number < 1000; number++) {
		tap_expect(vector >= 190 && vector <= 253, "vector %u", vector);
		tap_equal(vector_of(number), vector, "number %u", number);
		vector = vector_after(vector);
	}
	for (unsigned int v = 32; v < 254; v++) {
		data.chip_data = ipi_x86_chip_data(v, v + 700);
		tap_equal(ipi_x86_command(&data), v | 1 << 14,
			  "command: fixed, asserted");
		tap_equal(ipi_x86_cpu(&data), v + 700, "CPU");
	}
	tap_equal(VECTOR_CLEAN_UP, 32, "the clean-up has the lowest of all");
	tap_equal(VECTOR_FIRST_DEVICE, 33, "devices have what is between");
	tap_close();
}

/* Any addresses do for who has a vector. */
static struct irq_desc vector_a, vector_b;

static bool vector_all_free(void)
{
	for (unsigned int cpu = 0; cpu < VECTOR_CPUS; cpu++) {
		for (unsigned int v = 0; v < APIC_NR_VECTORS; v++) {
			if (vector_cpus[cpu].slots[v] != NULL)
				return false;
		}
	}
	return true;
}

static void vector_claims(void)
{
	struct irqkit_apic_cpu *cpu = &vector_cpus[3];

	tap_subject("a vector has one owner, who alone gives it back");
	tap_expect(irqkit_vector_desc(cpu, 40) == NULL, "nobody");
	tap_expect(irqkit_vector_claim(cpu, 40, &vector_a), "claim");
	tap_expect(irqkit_vector_desc(cpu, 40) == &vector_a, "owner");
	tap_expect(!irqkit_vector_claim(cpu, 40, &vector_b), "another");
	tap_expect(!irqkit_vector_claim(cpu, 40, &vector_a), "again");
	tap_expect(irqkit_vector_desc(cpu, 40) == &vector_a, "still it");
	tap_expect(irqkit_vector_desc(cpu, 41) == NULL, "its neighbour");
	tap_expect(irqkit_vector_desc(&vector_cpus[4], 40) == NULL,
		   "another CPU");
	irqkit_vector_release(cpu, 40, &vector_b);
	tap_expect(irqkit_vector_desc(cpu, 40) == &vector_a, "not by another");
	irqkit_vector_release(cpu, 40, &vector_a);
	tap_expect(vector_all_free(), "by the owner");
	tap_close();
}

static bool vector_is_on(const struct cpumask *cpus, unsigned int vector,
			 const struct irq_desc *desc)
{
	for (unsigned int cpu = 0; cpu < VECTOR_CPUS; cpu++) {
		bool has = irqkit_vector_desc(&vector_cpus[cpu], vector) ==
			   desc;

		if (has != cpumask_test_cpu(cpu, cpus))
			return false;
	}
	return true;
}

static void vector_claim_masks(void)
{
	static const unsigned int edges[] = {0,	 1,   62,  63, 64,
					     65, 127, 128, 129};
	struct cpumask cpus, taken;

	tap_subject("a vector on a mask: on all of them or on none");
	for (unsigned int i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		cpumask_clear(&cpus);
		for (unsigned int j = 0; j <= i; j++)
			cpumask_set_cpu(edges[j], &cpus);
		tap_expect(irqkit_vector_claim_all(&cpus, 77, &vector_a),
			   "claim up to cpu %u", edges[i]);
		tap_expect(vector_is_on(&cpus, 77, &vector_a), "it is there");
		irqkit_vector_release_all(77, &vector_a);
		tap_expect(vector_all_free(), "release up to cpu %u", edges[i]);
		irqkit_cpumask_single(&taken, edges[i]);
		irqkit_vector_claim_all(&taken, 77, &vector_b);
		cpumask_copy(&cpus, cpu_possible_mask);
		tap_expect(!irqkit_vector_claim_all(&cpus, 77, &vector_a),
			   "cpu %u has it taken", edges[i]);
		tap_expect(vector_is_on(&taken, 77, &vector_b),
			   "the other keeps it");
		irqkit_vector_release_all(77, &vector_b);
		tap_expect(vector_all_free(), "nothing is left behind");
	}
	tap_close();
}

/* The domains. */

static int domain_irqs[VECTOR_NR_IPIS + 1];

static unsigned int domain_vector(int irq, unsigned int cpu)
{
	return (unsigned int)ipi_get_hwirq((unsigned int)irq, cpu);
}

static void domain_single_exhausted(const struct cpumask *cpus)
{
	struct irq_domain *domain = irqkit_x86_ipi_domain(false);
	bool seen[APIC_NR_VECTORS] = {false};

	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++) {
		unsigned int vector;

		domain_irqs[i] = irq_reserve_ipi(domain, cpus);
		if (!tap_expect(domain_irqs[i] > 0, "reserve %u", i))
			return;
		vector = domain_vector(domain_irqs[i], 1);
		tap_expect(vector >= 190 && vector < 254 && !seen[vector],
			   "vector %u is new", vector);
		seen[vector] = true;
		tap_expect(
			vector_is_on(cpus, vector,
				     irq_to_desc((unsigned int)domain_irqs[i])),
			"vector %u is on its CPUs", vector);
	}
	tap_equal(irq_reserve_ipi(domain, cpus), -ENOSPC, "one more");
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++)
		irq_destroy_ipi((unsigned int)domain_irqs[i], cpus);
	tap_expect(vector_all_free(), "all vectors are free again");
}

/* The one that is looked at last of all is found too. */
static void domain_last_of_all(bool per_cpu)
{
	struct irq_domain *domain = irqkit_x86_ipi_domain(per_cpu);
	struct cpumask one;
	unsigned int vector;
	int irq;

	tap_subject("%s mode: the only free vector is found wherever it is",
		    per_cpu ? "per-CPU" : "single");
	irqkit_cpumask_single(&one, 5);
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++)
		domain_irqs[i] = irq_reserve_ipi(domain, &one);
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++) {
		vector = domain_vector(domain_irqs[i], 5);
		irq_destroy_ipi((unsigned int)domain_irqs[i], &one);
		irq = irq_reserve_ipi(domain, &one);
		tap_expect(irq > 0, "%u is free: %d", vector, irq);
		tap_equal(domain_vector(irq, 5), vector, "vector");
		domain_irqs[i] = irq;
		/* Back again, so that the search begins behind it. */
		irq_destroy_ipi((unsigned int)irq, &one);
		domain_irqs[i] = irq_reserve_ipi(domain, &one);
		tap_expect(domain_irqs[i] > 0, "%u is free again", vector);
	}
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++)
		irq_destroy_ipi((unsigned int)domain_irqs[i], &one);
	tap_expect(vector_all_free(), "all vectors are free again");
	tap_close();
}

/* One that was given back is not the next one, taken ones between or not. */
static void domain_per_cpu_in_turn(void)
{
	struct irq_domain *domain = irqkit_x86_ipi_domain(true);
	bool seen[APIC_NR_VECTORS];
	unsigned int vector;
	struct cpumask one;
	int irq;

	tap_subject("per-CPU mode: one given back rests for a whole turn");
	irqkit_cpumask_single(&one, 5);
	for (unsigned int held = 0; held < 8; held++) {
		memset(seen, 0, sizeof(seen));
		for (unsigned int i = 0; i < VECTOR_NR_IPIS - held; i++) {
			irq = irq_reserve_ipi(domain, &one);
			vector = domain_vector(irq, 5);
			tap_expect(irq > 0 && !seen[vector],
				   "vector %u is new, %u are held", vector,
				   held);
			seen[vector] = true;
			irq_destroy_ipi((unsigned int)irq, &one);
		}
		domain_irqs[held] = irq_reserve_ipi(domain, &one);
	}
	for (unsigned int held = 0; held < 8; held++)
		irq_destroy_ipi((unsigned int)domain_irqs[held], &one);
	tap_expect(vector_all_free(), "all vectors are free again");
	tap_close();
}

static void domain_single(void)
{
	struct irq_domain *domain = irqkit_x86_ipi_domain(false);
	struct cpumask cpus, part;
	unsigned int before, vector;
	int irq;

	tap_subject("single mode: one vector on all CPUs, each vector once");
	cpumask_clear(&cpus);
	cpumask_set_cpu(1, &cpus);
	cpumask_set_cpu(64, &cpus);
	cpumask_set_cpu(129, &cpus);
	domain_single_exhausted(&cpus);
	before = 0;
	for (unsigned int i = 0; i < 2 * VECTOR_NR_IPIS; i++) {
		irq = irq_reserve_ipi(domain, &cpus);
		vector = domain_vector(irq, 1);
		tap_expect(i == 0 || vector == vector_after(before),
			   "%u comes after %u", vector, before);
		before = vector;
		irq_destroy_ipi((unsigned int)irq, &cpus);
	}
	tap_expect(vector_all_free(), "all vectors are free again");
	tap_close();

	tap_subject("single mode: the vector stays until the last part goes");
	irq = irq_reserve_ipi(domain, &cpus);
	vector = domain_vector(irq, 1);
	irqkit_cpumask_single(&part, 64);
	tap_equal(irq_destroy_ipi((unsigned int)irq, &part), 0, "a part");
	tap_expect(irqkit_vector_desc(&vector_cpus[1], vector) ==
			   irq_to_desc((unsigned int)irq),
		   "the others have it");
	cpumask_clear_cpu(64, &cpus);
	tap_equal(irq_destroy_ipi((unsigned int)irq, &cpus), 0, "the rest");
	tap_expect(vector_all_free(), "all vectors are free again");
	tap_close();
}

static void domain_check_per_cpu(int irq, const struct cpumask *cpus)
{
	unsigned int next = (unsigned int)irq;
	unsigned int cpu;

	for_each_cpu (cpu, cpus) {
		unsigned int vector = domain_vector(irq, cpu);

		tap_expect(vector >= 190 && vector < 254, "vector %u", vector);
		tap_expect(irqkit_vector_desc(&vector_cpus[cpu], vector) ==
				   irq_to_desc(next),
			   "cpu %u has its irq at vector %u", cpu, vector);
		if (cpu + 1 < VECTOR_CPUS)
			tap_expect(irqkit_vector_desc(&vector_cpus[cpu + 1],
						      vector) == NULL,
				   "vector %u is nobody's at cpu %u", vector,
				   cpu + 1);
		next++;
	}
}

static void domain_per_cpu(void)
{
	struct irq_domain *domain = irqkit_x86_ipi_domain(true);
	const struct cpumask *cpus = cpu_possible_mask;
	struct cpumask part;
	unsigned int cpu, vector;
	int irq;

	tap_subject("per-CPU mode: a vector for each CPU, not its neighbour's");
	irq = irq_reserve_ipi(domain, cpus);
	tap_expect(irq > 0, "reserve");
	domain_check_per_cpu(irq, cpus);
	cpumask_clear(&part);
	for (cpu = 60; cpu < 70; cpu++)
		cpumask_set_cpu(cpu, &part);
	vector = domain_vector(irq, 70);
	tap_equal(irq_destroy_ipi((unsigned int)irq, &part), 0, "a part");
	for (cpu = 60; cpu < 70; cpu++) {
		for (unsigned int v = 0; v < APIC_NR_VECTORS; v++)
			tap_expect(vector_cpus[cpu].slots[v] == NULL,
				   "cpu %u has none", cpu);
	}
	tap_equal(domain_vector(irq, 70), vector, "the next one keeps its");
	cpumask_copy(&part, cpus);
	for (cpu = 60; cpu < 70; cpu++)
		cpumask_clear_cpu(cpu, &part);
	tap_equal(irq_destroy_ipi((unsigned int)irq, &part), 0, "the rest");
	tap_expect(vector_all_free(), "all vectors are free again");
	tap_close();
}

/* Both domains draw from the same vectors. */
static void domain_both(void)
{
	struct cpumask one, all;
	int irq;

	tap_subject("both modes: no vector twice, and a full CPU is -ENOSPC");
	irqkit_cpumask_single(&one, 100);
	irqkit_cpumask_first_n(&all, VECTOR_CPUS);
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++) {
		domain_irqs[i] = irq_reserve_ipi(
			irqkit_x86_ipi_domain(i % 2 != 0), &one);
		tap_expect(domain_irqs[i] > 0, "reserve %u", i);
	}
	for (unsigned int v = 0; v < APIC_NR_VECTORS; v++)
		tap_equal(vector_cpus[100].slots[v] != NULL,
			  v >= 190 && v < 254, "vector %u is an IPI's", v);
	tap_equal(irq_reserve_ipi(irqkit_x86_ipi_domain(false), &all), -ENOSPC,
		  "single, with a CPU that is full");
	tap_equal(irq_reserve_ipi(irqkit_x86_ipi_domain(true), &all), -ENOSPC,
		  "per-CPU, with a CPU that is full");
	for (unsigned int cpu = 0; cpu < VECTOR_CPUS; cpu++) {
		for (unsigned int v = 0; cpu != 100 && v < 256; v++)
			tap_expect(vector_cpus[cpu].slots[v] == NULL,
				   "nothing is left at cpu %u", cpu);
	}
	irq_destroy_ipi((unsigned int)domain_irqs[7], &one);
	irq = irq_reserve_ipi(irqkit_x86_ipi_domain(false), &all);
	tap_expect(irq > 0, "the last one that is free");
	irq_destroy_ipi((unsigned int)irq, &all);
	for (unsigned int i = 0; i < VECTOR_NR_IPIS; i++) {
		if (i != 7)
			irq_destroy_ipi((unsigned int)domain_irqs[i], &one);
	}
	tap_expect(vector_all_free(), "all vectors are free again");
	tap_close();
}

static void domain_init(void)
{
	unsigned long memory = host_live();

	tap_subject("the domains are made together or not at all");
	for (unsigned long nth = 1;; nth++) {
		host_fail_alloc(nth);
		if (irqkit_ipi_x86_init() == 0)
			break;
		tap_expect(host_alloc_failed(), "allocation %lu", nth);
		tap_expect(irqkit_x86_ipi_domain(false) == NULL &&
				   irqkit_x86_ipi_domain(true) == NULL,
			   "no domain");
		tap_expect(host_live() == memory, "nothing is left");
	}
	host_fail_alloc(0);
	tap_expect(irq_domain_is_ipi_single(irqkit_x86_ipi_domain(false)),
		   "single");
	tap_expect(irq_domain_is_ipi_per_cpu(irqkit_x86_ipi_domain(true)),
		   "per-CPU");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(VECTOR_CPUS, NULL);
	for (unsigned int cpu = 0; cpu < VECTOR_CPUS; cpu++) {
		vector_cpus[cpu].cpu = cpu;
		irqkit_apic_cpus[cpu] = &vector_cpus[cpu];
	}
	irqkit_apic = &vector_ops;
	vector_registers();
	vector_clusters();
	vector_numbers();
	vector_claims();
	vector_claim_masks();
	domain_init();
	domain_single();
	domain_per_cpu();
	domain_both();
	domain_last_of_all(false);
	domain_last_of_all(true);
	domain_per_cpu_in_turn();
	irqkit_ipi_x86_exit();
	return host_end();
}
