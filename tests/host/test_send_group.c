/* SPDX-License-Identifier: MIT */
/*
 * Groups of CPUs that one command reaches, against a naive model, with the
 * numbers of x2APIC clusters and of ICC_SGI1R_EL1. It has no public header,
 * as only backends use it.
 */
#include "../../arch/common/send_group.h"
#include "../../arch/arm64/gicv3_sgi.h"
#include "host.h"
#include "suites/suite.h"

#define GROUP_CPUS 255U

static struct irqkit_send_groups group_all;

/* What a CPU is to the hardware: the command of its group, and its bit. */
struct group_member {
	uint64_t command;
	uint64_t bit;
};

static struct group_member group_members[GROUP_CPUS];

static struct group_member group_of_apic_id(uint64_t id)
{
	return (struct group_member){
		.command = (id >> 4) << 48 | 1 << 11,
		.bit = 1ULL << (32 + (id & 15)),
	};
}

/* In the order of the CPUs. */
static struct group_member group_x2apic(unsigned int cpu)
{
	return group_of_apic_id(cpu);
}

/* With gaps, as 3 cores a package give. */
static struct group_member group_x2apic_gaps(unsigned int cpu)
{
	return group_of_apic_id(cpu / 3 * 4 + cpu % 3);
}

/* Clusters that begin in the middle and go over the end of a word. */
static struct group_member group_x2apic_shifted(unsigned int cpu)
{
	return group_of_apic_id(cpu + 5);
}

/* In order but for neighbours. */
static struct group_member group_x2apic_swapped(unsigned int cpu)
{
	return group_of_apic_id(cpu ^ 1);
}

static struct group_member group_x2apic_reversed(unsigned int cpu)
{
	return group_of_apic_id(GROUP_CPUS - 1 - cpu);
}

static struct group_member group_gicv3_in_order(unsigned int cpu)
{
	struct hwcpu hw = {.id = cpu % 16 | (uint64_t)(cpu / 16) << 8};

	return (struct group_member){
		.command = sgi_group_command(hw),
		.bit = sgi_target_bit(hw),
	};
}

/* Aff0 from 0 to 31, so that the range selector is in use, in clusters. */
static struct group_member group_gicv3(unsigned int cpu)
{
	struct hwcpu hw = {.id = cpu % 24 | (uint64_t)(cpu / 24) << 8};

	return (struct group_member){
		.command = sgi_group_command(hw),
		.bit = sgi_target_bit(hw),
	};
}

static void group_build(struct group_member (*member)(unsigned int cpu))
{
	group_all = (struct irqkit_send_groups){0};
	for (unsigned int i = 0; i < GROUP_CPUS; i++) {
		/* Not in order, as CPUs need not come so. */
		unsigned int cpu = i * 7 % GROUP_CPUS;

		group_members[cpu] = member(cpu);
		tap_equal(irqkit_send_group_add(&group_all, cpu,
						group_members[cpu].command,
						group_members[cpu].bit),
			  0, "add of cpu %u", cpu);
	}
}

static void group_release(void)
{
	while (group_all.first != NULL) {
		struct irqkit_send_group *next = group_all.first->next;

		irqkit_port_free(group_all.first, sizeof(*next));
		group_all.first = next;
	}
}

static unsigned int group_model_commands(const struct cpumask *dest)
{
	unsigned int nr = 0;
	unsigned int cpu, other;

	for_each_cpu (cpu, dest) {
		bool first = true;

		for_each_cpu (other, dest) {
			if (other < cpu && group_members[other].command ==
						   group_members[cpu].command)
				first = false;
		}
		nr += first;
	}
	return nr;
}

/* The CPUs that a command reaches, as the hardware reads it. */
static void group_reach(uint64_t command, struct cpumask *reached)
{
	for (unsigned int cpu = 0; cpu < GROUP_CPUS; cpu++) {
		const struct group_member *member = &group_members[cpu];
		uint64_t rest = command & ~member->command;

		/* Same group: what is left is bits of its members only. */
		if ((command & member->command) != member->command ||
		    (rest & member->bit) == 0)
			continue;
		for (unsigned int i = 0; i < GROUP_CPUS; i++) {
			if (group_members[i].command == member->command)
				rest &= ~group_members[i].bit;
		}
		if (rest != 0)
			continue;
		tap_expect(!cpumask_test_cpu(cpu, reached),
			   "cpu %u is reached once", cpu);
		cpumask_set_cpu(cpu, reached);
	}
}

static void group_check_taken(const struct cpumask *dest, bool turned)
{
	struct cpumask remaining;
	struct cpumask reached;
	unsigned int commands = 0;
	uint64_t command;

	cpumask_copy(&remaining, dest);
	cpumask_clear(&reached);
	while (commands <= GROUP_CPUS) {
		if (turned && cpumask_empty(&remaining))
			break;
		if (turned)
			command = irqkit_send_group_take_turned(&group_all,
								&remaining);
		else if (!irqkit_send_group_take(&group_all, &remaining,
						 &command))
			break;
		group_reach(command, &reached);
		commands++;
	}
	tap_expect(cpumask_equal(&reached, dest), "all of %u are reached",
		   cpumask_weight(dest));
	tap_equal(commands, group_model_commands(dest), "commands for %u CPUs",
		  cpumask_weight(dest));
}

static void group_check_mask(const struct cpumask *dest)
{
	group_check_taken(dest, false);
	if (!group_all.mixed)
		group_check_taken(dest, true);
}

static void group_check_masks(const char *name,
			      struct group_member (*member)(unsigned int cpu))
{
	uint32_t random = SUITE_SEED;
	struct cpumask dest;

	tap_subject("%s: one command a group, whatever the mask", name);
	group_build(member);
	cpumask_clear(&dest);
	group_check_mask(&dest);
	irqkit_cpumask_first_n(&dest, GROUP_CPUS);
	group_check_mask(&dest);
	for (unsigned int cpu = 0; cpu < GROUP_CPUS; cpu++) {
		irqkit_cpumask_single(&dest, cpu);
		group_check_mask(&dest);
	}
	for (unsigned int i = 0; i < 100; i++) {
		unsigned int density = suite_random(&random) % 9;

		cpumask_clear(&dest);
		for (unsigned int cpu = 0; cpu < GROUP_CPUS; cpu++) {
			if (suite_random(&random) % 8 < density)
				cpumask_set_cpu(cpu, &dest);
		}
		group_check_mask(&dest);
	}
	group_release();
	tap_close();
}

static void group_errors(void)
{
	unsigned long memory = host_live();

	tap_subject("a CPU is added once, and a bit is one CPU's");
	group_all = (struct irqkit_send_groups){0};
	tap_equal(irqkit_send_group_add(&group_all, 3, 0x100, 1), 0, "add");
	tap_equal(irqkit_send_group_add(&group_all, 3, 0x100, 1), 0,
		  "the same again");
	tap_equal(irqkit_send_group_add(&group_all, 3, 0x100, 2), -EEXIST,
		  "with another bit");
	tap_equal(irqkit_send_group_add(&group_all, 3, 0x200, 1), -EEXIST,
		  "in another group");
	tap_equal(irqkit_send_group_add(&group_all, 4, 0x100, 1), -EEXIST,
		  "another CPU with its bit");
	tap_equal(irqkit_send_group_add(&group_all, 4, 0x200, 1), 0,
		  "another group with that bit");
	tap_equal((long long)(host_live() - memory), 2, "groups");
	host_fail_alloc(1);
	tap_equal(irqkit_send_group_add(&group_all, 5, 0x300, 1), -ENOMEM,
		  "no memory");
	host_fail_alloc(0);
	tap_equal(irqkit_send_group_add(&group_all, 5, 0x300, 1), 0,
		  "the same with memory");
	group_release();
	tap_close();
}

int main(void)
{
	host_begin();
	group_check_masks("x2APIC", group_x2apic);
	group_check_masks("x2APIC, ids with gaps", group_x2apic_gaps);
	group_check_masks("x2APIC, clusters over words", group_x2apic_shifted);
	group_check_masks("x2APIC, swapped", group_x2apic_swapped);
	group_check_masks("x2APIC, reversed", group_x2apic_reversed);
	group_check_masks("GICv3 SGI, in order", group_gicv3_in_order);
	group_check_masks("GICv3 SGI, range selector", group_gicv3);
	group_errors();
	return host_end();
}
