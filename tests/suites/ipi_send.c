/* SPDX-License-Identifier: MIT */
/*
 * Sending: each IPI arrives once, on the CPUs it was sent to and on no other.
 * With many CPUs the pairs are chosen, so that an emulated machine is done in
 * seconds.
 */
#include "ipi_suite.h"
#include <irqkit/irq.h>

/* Up to here each CPU sends to each. */
#define SEND_MAX_FULL 16U

struct send_job {
	struct ledger *ledger;
	/* Fill in the targets of @cpu in turn @turn; false: no more. */
	bool (*next)(unsigned int cpu, unsigned int turn,
		     struct cpumask *targets);
	unsigned int wrong_start; /* CPUs that began with interrupts off */
};

/* On a sending CPU: one turn after the other, in each of the four ways. */
static void send_turns(void *argument)
{
	struct send_job *job = argument;
	unsigned int self = irqkit_port_cpu();
	struct cpumask targets;
	unsigned int cpu;

	if (irqkit_port_irqs_disabled())
		__atomic_fetch_add(&job->wrong_start, 1, __ATOMIC_RELAXED);
	for (unsigned int turn = 0; job->next(self, turn, &targets); turn++) {
		enum ledger_way way = (self + turn) % LEDGER_NR_WAYS;

		if (cpumask_weight(&targets) > 1)
			way |= LEDGER_MASK;
		if (!ledger_send_mask(job->ledger, &targets, way))
			return;
		for_each_cpu (cpu, &targets) {
			if (!ledger_wait(job->ledger, cpu))
				return;
		}
	}
}

/* @at_once: all CPUs send together, else one after the other. */
static void send_from(bool per_cpu, const struct cpumask *senders, bool at_once,
		      bool (*next)(unsigned int cpu, unsigned int turn,
				   struct cpumask *targets))
{
	struct send_job job = {&ipi_ledger, next, 0};
	struct cpumask cpus;
	unsigned int cpu;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	if (at_once) {
		suite_run_on_mask(senders, send_turns, &job);
	} else {
		for_each_cpu (cpu, senders)
			suite_run_on(cpu, send_turns, &job);
	}
	tap_equal(job.wrong_start, 0, "CPUs that began with interrupts off");
	ledger_close(&ipi_ledger);
}

/* What CPUs send to: these fill in the targets of a turn. */

static bool send_to_each(unsigned int cpu, unsigned int turn,
			 struct cpumask *targets)
{
	(void)cpu;
	if (turn >= suite_nr_online())
		return false;
	irqkit_cpumask_single(targets, suite_online_cpu(turn));
	return true;
}

/* Each way once; with many CPUs one way a CPU, each its own. */
static unsigned int send_nr_turns(void)
{
	return suite_nr_online() <= SEND_MAX_FULL ? LEDGER_NR_WAYS : 1;
}

static bool send_to_first(unsigned int cpu, unsigned int turn,
			  struct cpumask *targets)
{
	(void)cpu;
	irqkit_cpumask_single(targets, suite_online_cpu(0));
	return turn < send_nr_turns();
}

static bool send_to_next(unsigned int cpu, unsigned int turn,
			 struct cpumask *targets)
{
	irqkit_cpumask_single(targets, suite_next_online(cpu));
	return turn < send_nr_turns();
}

static bool send_to_self(unsigned int cpu, unsigned int turn,
			 struct cpumask *targets)
{
	irqkit_cpumask_single(targets, cpu);
	return turn < 2 * send_nr_turns();
}

static bool send_to_any(unsigned int cpu, unsigned int turn,
			struct cpumask *targets)
{
	uint32_t random = SUITE_SEED ^ (cpu * 64 + turn + 1);

	suite_random(&random);
	irqkit_cpumask_single(targets, suite_online_cpu(suite_random(&random) %
							suite_nr_online()));
	return turn < suite_share(1024);
}

static bool send_to_others(unsigned int cpu, unsigned int turn,
			   struct cpumask *targets)
{
	cpumask_copy(targets, cpu_online_mask);
	cpumask_clear_cpu(cpu, targets);
	return turn < 2 && !cpumask_empty(targets);
}

static bool send_to_all(unsigned int cpu, unsigned int turn,
			struct cpumask *targets)
{
	(void)cpu;
	cpumask_copy(targets, cpu_online_mask);
	return turn < 2;
}

/* Every second CPU, every third, and so on. */
static bool send_to_holes(unsigned int cpu, unsigned int turn,
			  struct cpumask *targets)
{
	unsigned int step = turn + 2;
	unsigned int index = 0;
	unsigned int target;

	cpumask_clear(targets);
	for_each_cpu (target, cpu_online_mask) {
		if ((index++ + cpu) % step == 0)
			cpumask_set_cpu(target, targets);
	}
	if (cpumask_empty(targets))
		cpumask_set_cpu(cpu, targets);
	return turn < 6;
}

static bool send_to_random_mask(unsigned int cpu, unsigned int turn,
				struct cpumask *targets)
{
	uint32_t random = SUITE_SEED ^ (cpu * 1024 + turn + 1);

	suite_random(&random);
	suite_random_mask(&random, targets);
	return turn < suite_share(64) + 1;
}

static void send_all_pairs(bool per_cpu)
{
	struct cpumask few;

	if (suite_nr_online() <= SEND_MAX_FULL) {
		send_from(per_cpu, cpu_online_mask, false, send_to_each);
		return;
	}
	irqkit_cpumask_single(&few, suite_online_cpu(0));
	cpumask_set_cpu(cpumask_last(cpu_online_mask), &few);
	send_from(per_cpu, &few, false, send_to_each);
	send_from(per_cpu, cpu_online_mask, false, send_to_any);
}

/* All of them; and as many at once as there can be. */
static void send_all_to_one(bool per_cpu)
{
	struct cpumask few;

	suite_few_cpus(&few);
	send_from(per_cpu, &few, true, send_to_first);
	send_from(per_cpu, cpu_online_mask, false, send_to_first);
}

static void send_ring(bool per_cpu)
{
	send_from(per_cpu, cpu_online_mask, true, send_to_next);
}

static void send_self(bool per_cpu)
{
	send_from(per_cpu, cpu_online_mask, false, send_to_self);
}

static void send_others(bool per_cpu)
{
	struct cpumask senders;

	suite_few_cpus(&senders);
	send_from(per_cpu, &senders, false, send_to_others);
}

static void send_whole_mask(bool per_cpu)
{
	struct cpumask senders;

	suite_few_cpus(&senders);
	send_from(per_cpu, &senders, false, send_to_all);
}

static void send_holes(bool per_cpu)
{
	struct cpumask senders;

	suite_few_cpus(&senders);
	send_from(per_cpu, &senders, false, send_to_holes);
	send_from(per_cpu, &senders, false, send_to_random_mask);
}

static void send_masks_at_once(bool per_cpu)
{
	struct cpumask senders;

	suite_few_cpus(&senders);
	send_from(per_cpu, &senders, true, send_to_random_mask);
	send_from(per_cpu, &senders, true, send_to_others);
}

/*
 * I13: the IPI has the upper CPUs only, so that the offset is not 0, and its
 * base is not the first irq of all.
 */
static void send_with_offset(bool per_cpu)
{
	unsigned int cpu;
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	cpumask_clear_cpu(cpumask_first(&cpus), &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	for_each_cpu (cpu, cpu_online_mask) {
		if (!cpumask_test_cpu(cpu, &cpus))
			continue;
		for (enum ledger_way way = 0; way < LEDGER_NR_WAYS; way++)
			ledger_send(&ipi_ledger, cpu, way);
	}
	cpumask_and(&cpus, &cpus, cpu_online_mask);
	ledger_send_mask(&ipi_ledger, &cpus, LEDGER_MASK);
	ledger_close(&ipi_ledger);
}

/* Two IPIs at a time are two: neither is taken for the other. */
static void send_two_ipis(bool per_cpu)
{
	struct cpumask cpus;
	unsigned int cpu;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	irqkit_cpumask_single(&cpus, suite_online_cpu(suite_nr_online() - 1));
	cpu = cpumask_first(&cpus);
	if (ledger_open(&ipi_ledger_other, per_cpu, &cpus)) {
		for (unsigned int i = 0; i < 8; i++) {
			ledger_send(&ipi_ledger, cpu, LEDGER_SINGLE);
			ledger_send(&ipi_ledger_other, cpu, LEDGER_SINGLE);
			ledger_send(&ipi_ledger, suite_next_online(cpu),
				    LEDGER_MASK);
		}
		ledger_check(&ipi_ledger);
		ledger_close(&ipi_ledger_other);
	}
	ledger_close(&ipi_ledger);
}

/* Handlers pass it on until the count is used up. */
static void send_pass_on(struct ledger *ledger, unsigned int cpu)
{
	unsigned int *left = ledger->argument;
	unsigned int next = suite_next_online(cpu);
	int error;

	if (*left == 0)
		return;
	/* Only one is on its way, so there is nothing to claim. */
	__atomic_fetch_add(&ledger->sent[next], 1, __ATOMIC_RELAXED);
	/* Pairs with the acquire in send_is_passed_on(). */
	__atomic_store_n(left, *left - 1, __ATOMIC_RELEASE);
	error = *left % 2 != 0
			? ipi_send_single(ledger->irq, next)
			: __ipi_send_single(irq_to_desc(ledger->irq), next);
	if (error != 0)
		__atomic_fetch_add(&ledger->refused, 1, __ATOMIC_RELAXED);
}

static bool send_is_passed_on(void *argument)
{
	return __atomic_load_n((unsigned int *)argument, __ATOMIC_ACQUIRE) == 0;
}

static void send_from_handler(bool per_cpu)
{
	unsigned int left = 500;
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	ipi_ledger.then = send_pass_on;
	ipi_ledger.argument = &left;
	ledger_send(&ipi_ledger, suite_online_cpu(0), LEDGER_SINGLE);
	tap_expect(suite_wait(send_is_passed_on, &left),
		   "waited for handlers to send, %u sends are left", left);
	ledger_close(&ipi_ledger);
}

/* What is sent while interrupts are off is taken when they are on again. */
static void send_with_interrupts_off(bool per_cpu)
{
	unsigned int self = irqkit_port_cpu();
	unsigned long state;
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	state = irqkit_port_irq_save();
	ledger_send(&ipi_ledger, self, LEDGER_SINGLE);
	suite_settle();
	tap_equal((long long)ipi_ledger.ran[self], 0,
		  "handled with interrupts off");
	tap_expect(irqkit_port_irqs_disabled(), "interrupts are still off");
	irqkit_port_irq_restore(state);
	ledger_close(&ipi_ledger);
}

/* An empty mask sends nothing. */
static void send_empty_mask(bool per_cpu)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	cpumask_clear(&cpus);
	tap_equal(ipi_send_mask(ipi_ledger.irq, &cpus), 0, "its result");
	ledger_close(&ipi_ledger);
}

/*
 * A coprocessor outside of the kernel: it has a number, and takes sends,
 * though it is never online.
 */
static void send_foreign(bool per_cpu)
{
	unsigned int foreign = suite_foreign_cpu();
	struct cpumask cpus;
	int irq;

	if (foreign == SUITE_NONE) {
		tap_skip("the machine has no foreign CPU");
		return;
	}
	irqkit_cpumask_single(&cpus, foreign);
	tap_expect(!cpu_online(foreign), "it is not online");
	irq = irq_reserve_ipi(suite_domain(per_cpu), &cpus);
	if (!tap_expect(irq > 0, "irq_reserve_ipi() returned %d", irq))
		return;
	tap_expect(ipi_get_hwirq((unsigned int)irq, foreign) != INVALID_HWIRQ,
		   "it has a number at the controller");
	tap_equal(ipi_send_single((unsigned int)irq, foreign), 0, "a send");
	tap_equal(ipi_send_mask((unsigned int)irq, &cpus), 0,
		  "a send by a mask");
	tap_equal(irq_destroy_ipi((unsigned int)irq, &cpus), 0, "destroy");
}

const struct ipi_test ipi_send_tests[] = {
	{"I4, I5, I17: each CPU to each, by all four calls", send_all_pairs,
	 IPI_BOTH, 1},
	{"I4, I5: all CPUs to one", send_all_to_one, IPI_BOTH, 1},
	{"I4: all CPUs to their neighbours at once", send_ring, IPI_BOTH, 1},
	{"I4: every CPU to itself", send_self, IPI_BOTH, 1},
	{"I5: all but self", send_others, IPI_BOTH, 2},
	{"I5: the whole mask", send_whole_mask, IPI_BOTH, 1},
	{"I5: masks with holes", send_holes, IPI_BOTH, 1},
	{"I5: masks from many CPUs at once", send_masks_at_once, IPI_BOTH, 2},
	{"I5: an empty mask sends nothing", send_empty_mask, IPI_BOTH, 1},
	{"I12, I13: an IPI whose first CPU is not 0", send_with_offset,
	 IPI_BOTH, 2},
	{"I17: two IPIs are not taken for each other", send_two_ipis, IPI_BOTH,
	 1},
	{"I17: a send from inside a handler", send_from_handler, IPI_BOTH, 1},
	{"I17: a send with interrupts off is taken later",
	 send_with_interrupts_off, IPI_BOTH, 1},
	{"I18: a coprocessor takes sends though it is never online",
	 send_foreign, IPI_BOTH, 1},
	{NULL, NULL, IPI_BOTH, 0},
};
