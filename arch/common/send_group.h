/* SPDX-License-Identifier: MIT */
/*
 * CPUs that one IPI command can reach together: an x2APIC cluster, the 16
 * CPUs of an ICC_SGI1R_EL1 write. A send to a mask is one command a group.
 *
 * Groups are added before a CPU starts and never go away; readers take no
 * lock.
 */
#ifndef ARCH_COMMON_SEND_GROUP_H
#define ARCH_COMMON_SEND_GROUP_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>

struct irqkit_send_group {
	uint64_t command; /* what is the same in a command to any of them */
	struct cpumask members;
	struct irqkit_send_group *next;
};

/* One CPU: its group, and its bit in a command to the group. */
struct irqkit_send_target {
	struct irqkit_send_group *group; /* NULL until it was added */
	uint64_t bit;
};

struct irqkit_send_groups {
	struct irqkit_send_group *first;
	struct irqkit_send_target targets[IRQKIT_NR_CPUS];
};

/**
 * irqkit_send_group_add() - name a CPU to the groups
 * @groups: of one controller
 * @cpu: logical index
 * @command: the group
 * @bit: of this CPU in a command to it
 *
 * Context: thread or boot; calls for one @groups are not concurrent. It
 * allocates. Adding a CPU again with the same numbers changes nothing.
 * Return: 0; -EEXIST if another CPU of the group has that bit, or the CPU was
 * added with other numbers; -ENOMEM.
 */
int irqkit_send_group_add(struct irqkit_send_groups *groups, unsigned int cpu,
			  uint64_t command, uint64_t bit);

/**
 * irqkit_send_group_take() - the next command of a send
 * @groups: of one controller
 * @remaining: the CPUs still to be reached, all of them added; those that the
 * command reaches are taken out
 * @command: out: the command, group and bits
 *
 * Context: any.
 * Return: false if @remaining is empty.
 */
static inline bool irqkit_send_group_take(
	const struct irqkit_send_groups *groups, struct cpumask *remaining,
	uint64_t *command)
{
	unsigned int cpu = cpumask_first(remaining);
	const struct irqkit_send_group *group;
	struct cpumask together;
	uint64_t bits = 0;

	if (cpu >= IRQKIT_NR_CPUS)
		return false;
	group = groups->targets[cpu].group;
	cpumask_and(&together, remaining, &group->members);
	for_each_cpu (cpu, &together)
		bits |= groups->targets[cpu].bit;
	cpumask_andnot(remaining, remaining, &together);
	*command = group->command | bits;
	return true;
}

#endif
