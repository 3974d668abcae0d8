/* SPDX-License-Identifier: MIT */
/*
 * Vectors: who has which on each CPU.
 *
 * A vector is claimed by putting its interrupt into the CPU's slot with a
 * compare-and-exchange. So two domains need no common lock, what failed
 * half-way can be undone exactly, and who looks finds either nobody or an
 * interrupt that is ready to be handled.
 */
#ifndef ARCH_X86_VECTOR_H
#define ARCH_X86_VECTOR_H

#include "apic.h"

/*
 * The vectors between exceptions and the APIC's own. A higher one is taken
 * first (SDM 10.8.3.1): the one that cleans up behind devices is the lowest of
 * all; those of devices come from the vector matrix, those of IPIs are claimed
 * here.
 */
#define VECTOR_CLEAN_UP	    IRQKIT_X86_FIRST_VECTOR
#define VECTOR_FIRST_DEVICE (VECTOR_CLEAN_UP + 1)
#define VECTOR_FIRST_IPI    (IRQKIT_X86_ERROR_VECTOR - VECTOR_NR_IPIS)
#define VECTOR_NR_IPIS	    64U

IRQKIT_STATIC_ASSERT(VECTOR_FIRST_DEVICE == 33 && VECTOR_FIRST_IPI == 190,
		     "irqkit/x86.h says so of irqkit_x86_vector_matrix()");

/* The IPI's vector of a number that may be anything. */
static inline unsigned int vector_of(unsigned int number)
{
	return VECTOR_FIRST_IPI + number % VECTOR_NR_IPIS;
}

/* The IPI's vector after @vector, and after the last one the first. */
static inline unsigned int vector_after(unsigned int vector)
{
	return vector + 1 == IRQKIT_X86_ERROR_VECTOR ? VECTOR_FIRST_IPI
						     : vector + 1;
}

/* Who has a vector on a CPU; NULL if nobody. @vector is at most 255. */
static inline struct irq_desc *irqkit_vector_desc(
	const struct irqkit_apic_cpu *target, unsigned int vector)
{
	/*
	 * An acquire: pairs with the release in irqkit_vector_claim(), so that
	 * who sees the descriptor sees its chip and flow handler.
	 */
	return __atomic_load_n(&target->slots[vector], __ATOMIC_ACQUIRE);
}

/* Whether the vector was free there, and is @desc's now. */
static inline bool irqkit_vector_claim(struct irqkit_apic_cpu *target,
				       unsigned int vector,
				       struct irq_desc *desc)
{
	struct irq_desc *nobody = NULL;

	/*
	 * A release: pairs with the acquire in irqkit_vector_desc(). Who had
	 * it tells whether it was free; GCC makes less of that than of the
	 * result.
	 */
	__atomic_compare_exchange_n(&target->slots[vector], &nobody, desc,
				    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	return nobody == NULL;
}

/* Take a vector from an interrupt that has it, or leave it to another. */
static inline void irqkit_vector_release(struct irqkit_apic_cpu *target,
					 unsigned int vector,
					 struct irq_desc *desc)
{
	if (irqkit_vector_desc(target, vector) == desc)
		__atomic_store_n(&target->slots[vector], NULL,
				 __ATOMIC_RELEASE);
}

/**
 * irqkit_vector_claim_all() - claim a vector on all CPUs of a mask
 * @cpus: possible CPUs
 * @vector: which
 * @desc: ready to be handled
 *
 * Context: thread or boot.
 * Return: whether it was free on all of them; else nothing has changed.
 */
bool irqkit_vector_claim_all(const struct cpumask *cpus, unsigned int vector,
			     struct irq_desc *desc);

/* Take a vector from an interrupt on all CPUs where it has it. */
void irqkit_vector_release_all(unsigned int vector, struct irq_desc *desc);

#endif
