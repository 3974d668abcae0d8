/* SPDX-License-Identifier: MIT */
/*
 * Cross calls and CPUs that go and come: what was sent before is run by the
 * CPU that goes (HZ47), what comes too late or too early is refused and leaves
 * nothing behind. The chip takes single CPUs only.
 */
#include "call_host.h"

#define LEAVE_CPU 4U
#define LEAVE_BIT (1UL << LEAVE_CPU)
#define LEAVE_OWN 4U

/* ---- what was sent before */

static struct irqkit_call leave_own[LEAVE_OWN];
static unsigned int leave_order[LEAVE_OWN], leave_nr;

static void leave_note(void *info)
{
	struct irqkit_call *one = info;

	if (leave_nr < LEAVE_OWN)
		leave_order[leave_nr] = (unsigned int)(one - leave_own);
	leave_nr++;
}

static int leave_send_own(unsigned int index, unsigned int flags)
{
	struct irqkit_call *one = &leave_own[index];

	one->function = leave_note;
	one->info = one;
	one->flags = flags;
	return smp_call_function_single_async(LEAVE_CPU, one);
}

static int leave_many(unsigned long bits, unsigned int flags)
{
	struct cpumask cpus = call_cpus(bits);

	return on_each_cpu_mask(&cpus, call_counts, NULL, flags);
}

static int leave_single(unsigned int flags)
{
	return smp_call_function_single(LEAVE_CPU, call_counts, NULL, flags);
}

static void leave_come_back(void)
{
	tap_equal(suite_cpu_up(LEAVE_CPU), 0, "up");
	suite_settle();
	tap_equal(call_total, 0, "calls when it came back");
	tap_equal(leave_single(IRQKIT_CALL_WAIT), 0, "it is back");
	tap_equal(leave_many(LEAVE_BIT, IRQKIT_CALL_WAIT), 0, "for masks too");
	call_expect_runs(LEAVE_BIT, 2, "it is back");
}

static void leave_test_dying(void)
{
	call_begin("HZ47: a CPU that leaves runs what it was sent");
	call_sim->hold = true;
	leave_nr = 0;
	for (unsigned int flags = 0; flags <= IRQKIT_CALL_LOCK_FREE;
	     flags += IRQKIT_CALL_LOCK_FREE) {
		tap_equal(leave_single(flags), 0, "one, %u", flags);
		tap_equal(leave_many(LEAVE_BIT, flags), 0, "mask, %u", flags);
	}
	for (unsigned int i = 0; i < LEAVE_OWN; i++)
		tap_equal(leave_send_own(i, 0), 0, "own %u", i);
	tap_equal(suite_cpu_down(LEAVE_CPU, NULL), 0, "down");
	call_expect_runs(LEAVE_BIT, 4, "those sent before");
	tap_equal(leave_nr, LEAVE_OWN, "own ones");
	for (unsigned int i = 0; i < LEAVE_OWN; i++)
		tap_equal(leave_order[i], i, "place %u", i);
	call_sim->hold = false;
	leave_come_back();
	call_close();
}

/* From its last step on, in which it has run the others. */
static void leave_test_gone(void)
{
	struct cpumask all = call_cpus(0x3f);

	call_begin("a CPU that is gone is an error, and nothing is left there");
	tap_equal(suite_cpu_down(LEAVE_CPU, NULL), 0, "down");
	for (unsigned int i = 0; i < 2 * CALL_SLOTS; i++) {
		tap_equal(leave_single(0), -ENXIO, "one");
		tap_equal(leave_single(IRQKIT_CALL_WAIT), -ENXIO, "waiting");
		tap_equal(leave_single(CALL_FREE_WAIT), -ENXIO, "lock-free");
		tap_equal(leave_send_own(0, 0), -ENXIO, "own");
		tap_equal(leave_many(LEAVE_BIT, 0), -ENXIO, "mask");
		tap_equal(leave_many(0x3f, IRQKIT_CALL_WAIT), -ENXIO, "all");
	}
	tap_equal(smp_call_function_many(&all, call_counts, NULL, 0), -ENXIO,
		  "many");
	tap_equal(call_sim->nr_calls, 0, "interrupts");
	call_expect_runs(0, 0, "nothing was done");
	tap_equal(on_each_cpu(call_counts, NULL, IRQKIT_CALL_WAIT), 0,
		  "those that are online");
	call_expect_runs(0x3f & ~LEAVE_BIT, 1, "those that are online");
	leave_come_back();
	call_close();
}

/* ---- CPUs that leave between the look at the mask and the call */

static void leave_go(void)
{
	tap_equal(suite_cpu_down(LEAVE_CPU, NULL), 0, "down");
	call_sim->hold = false;
}

/* All the room for masks is taken, until the CPU has left. */
static void leave_fill_masks(void)
{
	for (unsigned int i = 0; i < CALL_SLOTS; i++)
		tap_equal(leave_many(2, 0), 0, "fill %u", i);
}

static void leave_test_while_masks_wait(void)
{
	unsigned long others = 0x3e & ~LEAVE_BIT;
	struct cpumask cpus = call_cpus(0x3e);

	for (unsigned int round = 0; round < 6; round++) {
		unsigned int flags = round % 2 != 0 ? CALL_FREE_WAIT : 0;
		int error, expected = -ENXIO;

		call_begin("a CPU of a mask leaves while the call has no room");
		call_sim->hold = true;
		leave_fill_masks();
		call_at_read(10, leave_go);
		if (round < 2) {
			error = on_each_cpu_mask(&cpus, call_counts, NULL,
						 flags);
		} else if (round == 2) {
			error = leave_many(LEAVE_BIT, IRQKIT_CALL_WAIT);
			others = 0;
		} else {
			error = smp_call_function(call_counts, NULL, flags);
			others = 0x3e & ~LEAVE_BIT;
			expected = 0;
		}
		tap_equal(error, expected, "round %u", round);
		suite_settle();
		call_runs[1] -= CALL_SLOTS;
		call_expect_runs(others, 1, "those that stayed");
		/* What brings the bits may be there, and others go by it. */
		tap_equal(leave_single(0), -ENXIO, "one");
		tap_equal(leave_single(IRQKIT_CALL_LOCK_FREE), -ENXIO,
			  "one, lock-free");
		leave_come_back();
		call_close();
	}
}

static void leave_test_while_one_waits(void)
{
	call_begin("a CPU leaves while the call to it has no room");
	call_sim->hold = true;
	for (unsigned int i = 0; i < CALL_SLOTS; i++)
		tap_equal(smp_call_function_single(1, call_counts, NULL, 0), 0,
			  "fill %u", i);
	call_at_read(10, leave_go);
	tap_equal(leave_single(IRQKIT_CALL_WAIT), -ENXIO, "the call");
	suite_settle();
	call_expect_runs(2, CALL_SLOTS, "the others");
	leave_come_back();
	call_close();
}

/* ---- CPUs that leave while a call is waited for */

static void leave_test_while_waited_for(void)
{
	for (unsigned int round = 0; round < 3; round++) {
		call_begin("HZ47: a CPU leaves, and runs what is waited for");
		call_sim->hold = true;
		call_at_read(10, leave_go);
		if (round == 0)
			tap_equal(leave_single(IRQKIT_CALL_WAIT), 0, "one");
		else if (round == 1)
			tap_equal(leave_single(CALL_FREE_WAIT), 0, "free");
		else
			tap_equal(leave_many(LEAVE_BIT, IRQKIT_CALL_WAIT), 0,
				  "mask");
		call_expect_runs(LEAVE_BIT, 1, "it ran");
		leave_come_back();
		call_close();
	}
}

/* ---- CPUs that come */

static struct {
	bool active;
	int self, other, own;
	unsigned int sent;
} leave_early;

/* The CPU itself, and another one meanwhile: it is not online yet. */
static int leave_starting(unsigned int cpu)
{
	if (!leave_early.active)
		return 0;
	leave_early.self = leave_single(IRQKIT_CALL_LOCK_FREE);
	leave_early.own = leave_send_own(0, 0);
	host_become(0);
	leave_early.other = leave_single(IRQKIT_CALL_LOCK_FREE);
	host_become(cpu);
	return 0;
}

/* It is online, and does not take the interrupt that it is told by. */
static void leave_online(unsigned int cpu)
{
	if (!leave_early.active)
		return;
	call_sim->hold = true;
	(void)cpu;
	tap_equal(leave_single(0), 0, "one");
	tap_equal(leave_single(IRQKIT_CALL_LOCK_FREE), 0, "one, lock-free");
	leave_early.sent = call_sim->nr_calls;
}

/* Registered before the library's, and called before it when a CPU comes. */
static struct irqkit_cpu_notifier leave_notifier = {
	.name = "leave",
	.starting = leave_starting,
	.online = leave_online,
};

static void leave_test_coming(void)
{
	call_begin("a CPU that comes: refused before it is online, told after");
	/* What brings the bits of masks is left in its inbox. */
	call_sim->hold = true;
	leave_fill_masks();
	call_at_read(10, leave_go);
	tap_equal(leave_many(LEAVE_BIT, 0), -ENXIO, "one that is taken back");
	suite_settle();
	call_expect_runs(2, CALL_SLOTS, "those that had the room");
	sim_ipi_clear(call_sim);
	leave_early.active = true;
	tap_equal(suite_cpu_up(LEAVE_CPU), 0, "up");
	leave_early.active = false;
	tap_equal(leave_early.self, -ENXIO, "to itself");
	tap_equal(leave_early.own, -ENXIO, "own");
	tap_equal(leave_early.other, -ENXIO, "from another one");
	tap_equal(leave_early.sent, 2, "interrupts for what it was sent");
	tap_equal(call_sim->nr_calls, 4, "and when it is all there");
	call_sim->hold = false;
	suite_settle();
	call_expect_runs(LEAVE_BIT, 2, "when it is online");
	call_close();
}

int main(void)
{
	struct cpumask offline = call_cpus(1UL << 5);

	call_host_start(false, &offline);
	suite_host_set_offline(5);
	if (irqkit_register_cpu_notifier(&leave_notifier) != 0 ||
	    irqkit_smp_call_init(call_sim->domain) != 0)
		host_violation("no cross calls");
	call_suite_run("a chip that takes single CPUs: ");
	if (host_start_cpu(5) != 0)
		host_violation("cpu 5 does not start");
	leave_test_dying();
	leave_test_gone();
	leave_test_while_masks_wait();
	leave_test_while_one_waits();
	leave_test_while_waited_for();
	leave_test_coming();
	return host_end();
}
