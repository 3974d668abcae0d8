/* SPDX-License-Identifier: MIT */
/* See send_group.h. */
#include "send_group.h"
#include <irqkit/port.h>

static struct irqkit_send_group *send_group_find(
	const struct irqkit_send_groups *groups, uint64_t command)
{
	struct irqkit_send_group *group = groups->first;

	while (group != NULL && group->command != command)
		group = group->next;
	return group;
}

static bool send_group_has_bit(const struct irqkit_send_groups *groups,
			       const struct irqkit_send_group *group,
			       uint64_t bit)
{
	unsigned int cpu;

	for_each_cpu (cpu, &group->members) {
		if (groups->targets[cpu].bit == bit)
			return true;
	}
	return false;
}

/* How far the bit of a CPU in a mask is turned to be @bit. */
static unsigned int send_group_turn_of(unsigned int cpu, uint64_t bit)
{
	return ((unsigned int)__builtin_ctzll(bit) -
		cpu % IRQKIT_BITS_PER_LONG) &
	       63;
}

static struct irqkit_send_group *send_group_new(
	struct irqkit_send_groups *groups, unsigned int cpu, uint64_t command,
	uint64_t bit)
{
	struct irqkit_send_group *group = irqkit_port_alloc(sizeof(*group),
							    sizeof(uint64_t));

	if (group == NULL)
		return NULL;
	group->command = command;
	group->turned = true;
	group->word = irqkit_cpumask_word(cpu);
	group->turn = send_group_turn_of(cpu, bit);
	group->next = groups->first;
	groups->first = group;
	return group;
}

/*
 * Senders that look at the same time see the group with the CPU or without:
 * both are right, as it is not among their targets yet.
 */
static void send_group_join(struct irqkit_send_groups *groups,
			    struct irqkit_send_group *group, unsigned int cpu,
			    uint64_t bit)
{
	if (group->word != irqkit_cpumask_word(cpu) ||
	    group->turn != send_group_turn_of(cpu, bit)) {
		__atomic_store_n(&group->turned, false, __ATOMIC_RELAXED);
		__atomic_store_n(&groups->mixed, true, __ATOMIC_RELAXED);
	}
	cpumask_set_cpu(cpu, &group->members);
}

int irqkit_send_group_add(struct irqkit_send_groups *groups, unsigned int cpu,
			  uint64_t command, uint64_t bit)
{
	struct irqkit_send_target *target = &groups->targets[cpu];
	struct irqkit_send_group *group = send_group_find(groups, command);

	if (target->group != NULL)
		return target->group == group && target->bit == bit ? 0
								    : -EEXIST;
	if (group == NULL) {
		group = send_group_new(groups, cpu, command, bit);
		if (group == NULL)
			return -ENOMEM;
	} else if (send_group_has_bit(groups, group, bit)) {
		return -EEXIST;
	}
	target->bit = bit;
	target->group = group;
	send_group_join(groups, group, cpu, bit);
	return 0;
}

uint64_t irqkit_send_group_gather(const struct irqkit_send_groups *groups,
				  const struct irqkit_send_group *group,
				  struct cpumask *remaining)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++) {
		unsigned long together = remaining->bits[i] &
					 irqkit_cpumask_load(&group->members,
							     i);

		remaining->bits[i] ^= together;
		for (; together != 0; together &= together - 1)
			bits |= groups->targets[i * IRQKIT_BITS_PER_LONG +
						(unsigned int)__builtin_ctzl(
							together)]
					.bit;
	}
	return bits;
}
