/* SPDX-License-Identifier: MIT */
/*
 * All schedules with so many preemptions at most, one run after the other: the
 * choices of the last one, with the last that has another way changed.
 *
 * A preemption is tried only before an access to what others use too, as the
 * order of other accesses makes no difference. Which memory that is, is found
 * out on the way; when it grows, the search begins again.
 */
#include "sim.h"
#include <string.h>

static unsigned int explore_at;

static struct sim_share *explore_share(uintptr_t granule)
{
	unsigned int index = (unsigned int)(granule * 0x9e3779b1U);
	struct sim_share *share;

	do {
		share = &sim_control->share[index++ % SIM_SHARE_ROOM];
	} while (share->granule != granule && share->granule != 0);
	share->granule = granule;
	return share;
}

enum explore_use {
	EXPLORE_ALONE,	 /* by one actor, or nobody writes it */
	EXPLORE_ONE_CPU, /* raced for with its own interrupts at most */
	EXPLORE_SHARED,
};

static enum explore_use explore_use(const struct sim_share *share)
{
	unsigned int all = share->readers | share->writers;
	unsigned int cpu;

	if (share->writers == 0 || (all & (all - 1)) == 0)
		return EXPLORE_ALONE;
	cpu = (unsigned int)__builtin_ctz(all) % SIM_CPUS;
	if (all == (1U << SIM_IRQ(cpu) | 1U << SIM_THREAD(cpu)))
		return EXPLORE_ONE_CPU;
	return EXPLORE_SHARED;
}

bool sim_explore_is_shared(unsigned int actor, const void *address,
			   bool is_write)
{
	struct sim_share *share = explore_share((uintptr_t)address / 8);
	enum explore_use before = explore_use(share);
	enum explore_use now;

	if (is_write)
		share->writers |= 1U << actor;
	else
		share->readers |= 1U << actor;
	now = explore_use(share);
	if (now != before)
		sim_control->share_grew = true;
	if (now == EXPLORE_ALONE)
		return false;
	return now == EXPLORE_SHARED || !sim_cpus[actor % SIM_CPUS].irqs_off;
}

unsigned int sim_explore_choose(unsigned int options)
{
	struct sim_control *control = sim_control;
	struct sim_choice *choice = &control->choices[explore_at];

	if (explore_at == SIM_MAX_CHOICES)
		return 0;
	if (explore_at == control->nr_choices) {
		*choice = (struct sim_choice){(unsigned char)options, 0};
		control->nr_choices++;
	} else if (choice->options != options) {
		sim_fail(SIM_HARDWARE, "choice %u had %u options, has %u",
			 explore_at, choice->options, options);
	}
	explore_at++;
	return choice->chosen;
}

void sim_explore_begin(void)
{
	memset(sim_control->share, 0, sizeof(sim_control->share));
	sim_control->nr_choices = 0;
	sim_control->share_grew = false;
}

/* Before each run. */
void sim_explore_rewind(void)
{
	explore_at = 0;
}

/* After a run: whether there is another one. */
bool sim_explore_next(void)
{
	struct sim_control *control = sim_control;

	if (control->share_grew) {
		control->share_grew = false;
		control->nr_choices = 0;
		return true;
	}
	while (control->nr_choices != 0) {
		struct sim_choice *last =
			&control->choices[control->nr_choices - 1];

		if (++last->chosen < last->options)
			return true;
		control->nr_choices--;
	}
	return false;
}
