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

int irqkit_send_group_add(struct irqkit_send_groups *groups, unsigned int cpu,
			  uint64_t command, uint64_t bit)
{
	struct irqkit_send_target *target = &groups->targets[cpu];
	struct irqkit_send_group *group = send_group_find(groups, command);

	if (target->group != NULL)
		return target->group == group && target->bit == bit ? 0
								    : -EEXIST;
	if (group == NULL) {
		group = irqkit_port_alloc(sizeof(*group), sizeof(uint64_t));
		if (group == NULL)
			return -ENOMEM;
		group->command = command;
		group->next = groups->first;
		groups->first = group;
	} else if (send_group_has_bit(groups, group, bit)) {
		return -EEXIST;
	}
	target->bit = bit;
	target->group = group;
	cpumask_set_cpu(cpu, &group->members);
	return 0;
}
