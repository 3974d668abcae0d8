/* SPDX-License-Identifier: MIT */
/*
 * CPUs that are kept free of what others can do, by the kernel command line:
 *
 *   isolcpus=[flag,...]<list>  domain (also if there is no flag), managed_irq;
 *                              nohz is for the kernel and ignored here
 *   irqaffinity=<list>         where interrupts go that ask for no CPUs
 *
 * The CPUs that are not isolated do the housekeeping. A list is that of
 * irqkit/cpulist.h. All is fixed in boot; before, or without an option, every
 * possible CPU does the housekeeping and is in the default affinity.
 */
#ifndef IRQKIT_ISOLATION_H
#define IRQKIT_ISOLATION_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

enum hk_type {
	HK_TYPE_DOMAIN,	     /* isolcpus=domain: for the kernel's scheduler */
	HK_TYPE_MANAGED_IRQ, /* isolcpus=managed_irq: for managed interrupts */
	HK_TYPE_MAX,
};

/**
 * irqkit_isolation_setup() - take the options out of the command line
 * @command_line: all of it; null-terminated
 *
 * Words are separated by spaces, tabs and line ends outside of double quotes.
 * A pair of quotes around a word or a value is taken away. Words after a word
 * -- are not for the kernel. Other words, isolcpus without a list and
 * isolcpusx= among them, are skipped.
 *
 * CPUs that are not possible are dropped, with a warning; an option that has
 * none left is ignored. If no CPU that is present and not foreign is left for
 * the housekeeping, the boot CPU does it too, with a warning. The boot CPU is
 * always in the default affinity, as it alone runs when the first interrupts
 * are set up.
 *
 * Context: boot, after irqkit_init(); once.
 * Return: 0. Else nothing changed, and another command line may be tried:
 * -EINVAL if @command_line is NULL or irqkit_init() was not called; -EINVAL and
 * a log line that says why if an option is there twice, a flag is unknown, or
 * a list is not accepted by irqkit_cpulist_parse(); -EBUSY if it succeeded
 * before, or a CPU but the first is online.
 */
int irqkit_isolation_setup(const char *command_line);

/**
 * housekeeping_cpumask() - the CPUs that do the housekeeping
 * @type: of what kind
 *
 * Context: any.
 * Return: a mask with at least one CPU after irqkit_init(); all possible CPUs
 * if @type is none of the enumerators.
 */
const struct cpumask *housekeeping_cpumask(enum hk_type type);

/**
 * housekeeping_enabled() - whether a CPU is isolated
 * @type: of what kind
 *
 * Context: any.
 * Return: whether a possible CPU is not in housekeeping_cpumask().
 */
bool housekeeping_enabled(enum hk_type type);

/**
 * housekeeping_test_cpu() - whether a CPU does the housekeeping
 * @cpu: logical index; false if it is not possible
 * @type: of what kind
 *
 * Context: any.
 */
bool housekeeping_test_cpu(unsigned int cpu, enum hk_type type);

/**
 * irqkit_managed_targets() - which CPUs of its mask a managed interrupt uses
 * @targets: may be the same as @mask
 * @mask: of the interrupt
 *
 * They are the housekeeping CPUs of the mask if one of them is active, else
 * the whole mask: an isolated CPU then gets only what nobody else can take.
 *
 * Context: any.
 * Return: 0; -EINVAL if @targets or @mask is NULL.
 */
int irqkit_managed_targets(struct cpumask *targets, const struct cpumask *mask);

/**
 * irqkit_should_isolate() - whether an interrupt moves to a CPU that came
 * @effective: the CPUs that a managed interrupt has now
 * @cpu: the CPU that is online again
 *
 * Context: any.
 * Return: whether @cpu does the housekeeping for managed interrupts, but not
 * all CPUs of @effective do. False if @effective is NULL or @cpu not possible.
 */
bool irqkit_should_isolate(const struct cpumask *effective, unsigned int cpu);

/**
 * irq_default_affinity_mask() - where interrupts go that ask for no CPUs
 *
 * Isolation does not change it.
 *
 * Context: any.
 * Return: a mask that has the boot CPU after irqkit_init().
 */
const struct cpumask *irq_default_affinity_mask(void);

/**
 * irq_set_default_affinity() - the same as irqaffinity=
 * @mask: CPUs that are not possible are dropped, the boot CPU is added
 *
 * Context: boot, after irqkit_init().
 * Return: 0; -EINVAL if @mask is NULL or has no possible CPU; -EBUSY if a CPU
 * but the first is online.
 */
int irq_set_default_affinity(const struct cpumask *mask);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
