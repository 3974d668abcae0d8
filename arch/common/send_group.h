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
	/*
	 * Set while the bits of all members are their bits in one word of a
	 * mask, turned left by the same amount: as long as firmware lists CPUs
	 * in the order of their hardware numbers and without holes. Then no
	 * bit need be looked up.
	 */
	bool turned;
	unsigned int word;
	unsigned int turn; /* 0 to 63 */
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
	bool mixed; /* some group is not "turned" */
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

/* The first CPU of a mask that nobody else sees; IRQKIT_NR_CPUS: none. */
static inline unsigned int irqkit_send_group_first(const struct cpumask *mask)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		if (mask->bits[i] != 0)
			return i * IRQKIT_BITS_PER_LONG +
			       (unsigned int)__builtin_ctzl(mask->bits[i]);
	}
	return IRQKIT_NR_CPUS;
}

static inline uint64_t irqkit_send_group_turn(uint64_t bits, unsigned int turn)
{
	return bits << turn | bits >> (-turn & 63);
}

/* The bits of CPUs of a group, looked up one by one. */
uint64_t irqkit_send_group_gather(const struct irqkit_send_groups *groups,
				  const struct irqkit_send_group *group,
				  struct cpumask *remaining);

/**
 * irqkit_send_group_take_turned() - the next command of a send
 * @groups: of one controller, not "mixed"
 * @remaining: as for irqkit_send_group_take(), and not empty
 *
 * Context: any.
 * Return: the command, group and bits.
 */
static inline uint64_t irqkit_send_group_take_turned(
	const struct irqkit_send_groups *groups, struct cpumask *remaining)
{
	const struct irqkit_send_group *group =
		groups->targets[irqkit_send_group_first(remaining)].group;
	unsigned int word = IRQKIT_CPUMASK_LONGS == 1 ? 0 : group->word;
	unsigned long together = remaining->bits[word] &
				 irqkit_cpumask_load(&group->members, word);

	remaining->bits[word] ^= together;
	return group->command | irqkit_send_group_turn(together, group->turn);
}

/**
 * irqkit_send_group_take() - the next command of a send
 * @groups: of one controller
 * @remaining: the CPUs still to be reached, all of them added; a copy that
 * nobody else sees. Those that the command reaches are taken out
 * @command: out: the command, group and bits
 *
 * Context: any.
 * Return: false if @remaining is empty.
 */
static inline bool irqkit_send_group_take(
	const struct irqkit_send_groups *groups, struct cpumask *remaining,
	uint64_t *command)
{
	unsigned int cpu = irqkit_send_group_first(remaining);
	const struct irqkit_send_group *group;

	if (cpu >= IRQKIT_NR_CPUS)
		return false;
	group = groups->targets[cpu].group;
	if (__atomic_load_n(&group->turned, __ATOMIC_RELAXED))
		*command = irqkit_send_group_take_turned(groups, remaining);
	else
		*command = group->command |
			   irqkit_send_group_gather(groups, group, remaining);
	return true;
}

#endif
