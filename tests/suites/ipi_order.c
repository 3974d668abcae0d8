/* SPDX-License-Identifier: MIT */
/*
 * Order: what the sender stored before is visible to the handler (HZ44 on
 * x86, HZ45 on arm64). A sender stores one value into several words of
 * memory, sends, and goes on when the handler acknowledged; the handler must
 * find the value of its round in every word.
 */
#include "ipi_suite.h"

#define ORDER_WORDS  4U
#define ORDER_TOTAL  24000U
#define ORDER_STRIDE 16U /* longs: each word in a cache line of its own */

/*
 * Where more CPUs wait than an emulator has cores, a round takes milliseconds;
 * after this time it is enough, but for the least number of rounds.
 */
#define ORDER_BUDGET_NS 3000000000ULL
#define ORDER_LEAST	10U

struct order_mailbox {
	unsigned long words[ORDER_WORDS * ORDER_STRIDE];
	unsigned long seen; /* rounds acknowledged */
	unsigned long late; /* words that a handler found too old */
};

static struct order_mailbox order_mailboxes[IRQKIT_NR_CPUS] IRQKIT_ALIGNED(64);

struct order_job {
	unsigned int rounds;
	unsigned int distance; /* a CPU sends to the so-many-th after it */
	unsigned int missed;   /* rounds that were never acknowledged */
	uint64_t start;
};

static bool order_is_enough(const struct order_job *job, unsigned int round)
{
	return round > job->rounds ||
	       (round > ORDER_LEAST &&
		irqkit_port_nanoseconds() - job->start > ORDER_BUDGET_NS);
}

/* Plain words: no ordering but what the send gives. */
static void order_fill(struct order_mailbox *mailbox, unsigned long round)
{
	for (unsigned int i = 0; i < ORDER_WORDS; i++)
		__atomic_store_n(&mailbox->words[i * ORDER_STRIDE], round,
				 __ATOMIC_RELAXED);
}

static void order_read(struct ledger *ledger, unsigned int cpu)
{
	struct order_mailbox *mailbox = &order_mailboxes[cpu];
	unsigned long round = mailbox->seen + 1;

	(void)ledger;
	for (unsigned int i = ORDER_WORDS; i-- > 0;) {
		if (__atomic_load_n(&mailbox->words[i * ORDER_STRIDE],
				    __ATOMIC_RELAXED) != round)
			mailbox->late++;
	}
	/* Pairs with the acquire in order_is_seen(). */
	__atomic_store_n(&mailbox->seen, round, __ATOMIC_RELEASE);
}

struct order_wait {
	const struct order_mailbox *mailbox;
	unsigned long round;
};

static bool order_is_seen(void *argument)
{
	const struct order_wait *wait = argument;

	/* Pairs with the release in order_read(). */
	return __atomic_load_n(&wait->mailbox->seen, __ATOMIC_ACQUIRE) >=
	       wait->round;
}

static bool order_wait_seen(unsigned int cpu, unsigned long round)
{
	struct order_wait wait = {&order_mailboxes[cpu], round};

	return suite_wait(order_is_seen, &wait);
}

static unsigned int order_target(unsigned int self, unsigned int distance)
{
	while (distance-- > 0)
		self = suite_next_online(self);
	return self;
}

static void order_send_rounds(void *argument)
{
	struct order_job *job = argument;
	unsigned int target = order_target(irqkit_port_cpu(), job->distance);

	for (unsigned int round = 1; !order_is_enough(job, round); round++) {
		order_fill(&order_mailboxes[target], round);
		if (!ledger_send(&ipi_ledger, target, round % LEDGER_NR_WAYS) ||
		    !order_wait_seen(target, round)) {
			__atomic_fetch_add(&job->missed, 1, __ATOMIC_RELAXED);
			return;
		}
	}
}

static void order_clear(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		order_mailboxes[cpu] = (struct order_mailbox){0};
}

static bool order_open(bool per_cpu)
{
	struct cpumask cpus;

	order_clear();
	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return false;
	ipi_ledger.then = order_read;
	return true;
}

static void order_close(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		const struct order_mailbox *mailbox = &order_mailboxes[cpu];

		tap_equal((long long)mailbox->late, 0,
			  "words that the handler on cpu %u found too old",
			  cpu);
		tap_equal((long long)mailbox->seen,
			  (long long)ipi_ledger.sent[cpu],
			  "rounds acknowledged by cpu %u", cpu);
	}
	ledger_close(&ipi_ledger);
}

/* From the CPUs of @senders at once. */
static void order_send(bool per_cpu, const struct cpumask *senders,
		       unsigned int distance)
{
	struct order_job job = {
		.rounds = suite_share(ORDER_TOTAL),
		.distance = distance,
		.start = irqkit_port_nanoseconds(),
	};

	if (!order_open(per_cpu))
		return;
	suite_run_on_mask(senders, order_send_rounds, &job);
	tap_equal(job.missed, 0, "CPUs that waited in vain for an answer");
	order_close();
}

static void order_neighbours(bool per_cpu)
{
	struct cpumask senders;

	suite_few_cpus(&senders);
	order_send(per_cpu, &senders, 1);
}

/* From the first few of the lower half to the upper, which idles. */
static void order_far(bool per_cpu)
{
	unsigned int half = suite_nr_online() / 2;
	struct cpumask senders;

	cpumask_clear(&senders);
	for (unsigned int i = 0; i < half && i < SUITE_FEW; i++)
		cpumask_set_cpu(suite_online_cpu(i), &senders);
	order_send(per_cpu, &senders, half);
}

static void order_self(bool per_cpu)
{
	order_send(per_cpu, cpu_online_mask, 0);
}

/* One store for all, one send to all. */
static void order_broadcast(bool per_cpu)
{
	const struct order_job job = {
		.rounds = suite_share(ORDER_TOTAL / 8),
		.start = irqkit_port_nanoseconds(),
	};
	unsigned int cpu;

	if (!order_open(per_cpu))
		return;
	for (unsigned int round = 1; !order_is_enough(&job, round); round++) {
		for_each_cpu (cpu, cpu_online_mask)
			order_fill(&order_mailboxes[cpu], round);
		if (!ledger_send_mask(&ipi_ledger, cpu_online_mask,
				      round % 2 != 0 ? LEDGER_MASK
						     : LEDGER_MASK_UNCHECKED))
			break;
		for_each_cpu (cpu, cpu_online_mask) {
			if (!tap_expect(order_wait_seen(cpu, round),
					"waited for cpu %u in round %u", cpu,
					round))
				break;
		}
	}
	order_close();
}

const struct ipi_test ipi_order_tests[] = {
	{"I18, HZ44, HZ45: messages to the neighbour arrive whole",
	 order_neighbours, IPI_BOTH, 2},
	{"I18, HZ44, HZ45: messages to a far CPU arrive whole", order_far,
	 IPI_BOTH, 2},
	{"I18, HZ44, HZ45: messages to oneself arrive whole", order_self,
	 IPI_BOTH, 1},
	{"I18, HZ44, HZ45: a message to all arrives whole", order_broadcast,
	 IPI_BOTH, 1},
	{NULL, NULL, IPI_BOTH, 0},
};
