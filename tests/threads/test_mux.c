/* SPDX-License-Identifier: MIT */
/*
 * A mux of IPIs while CPUs mask and unmask, and one goes and comes (HZ47,
 * HZ51, HZ52). One IPI of each number is on its way to a CPU at a time, so that
 * each that was accepted has to be handled once; with it goes a plain word.
 */
#include <irqkit/ipi_mux.h>
#include "threads.h"

#define MUX_MS	  3000U
#define MUX_WIDTH 70U
#define MUX_IPIS  4U /* the last one is masked and unmasked */
#define MUX_STAYS 3U /* CPUs that never go */
#define MUX_WAIT  20000000000ULL

enum mux_claim {
	MUX_FREE,
	MUX_SENT,
	MUX_REFUSED, /* until the CPU is back it may be handled all the same */
};

static struct mux_parcel {
	unsigned int claim;
	unsigned long value; /* plain: the sender's, then the handler's */
	unsigned long seen;
} IRQKIT_ALIGNED(64) mux_parcels[MUX_IPIS][THREADS_CPUS];

static unsigned int mux_irqs[MUX_IPIS];
static unsigned long mux_accepted, mux_refused, mux_anyway, mux_handled;
static void *mux_cookies[THREADS_CPUS];

static irqreturn_t mux_handler(unsigned int irq, void *dev_id)
{
	struct mux_parcel *parcels = dev_id;
	struct mux_parcel *parcel = &parcels[irqkit_port_cpu()];
	unsigned int claim;

	(void)irq;
	threads_expect(parcel->value == parcel->seen + 1, "what was sent");
	parcel->seen = parcel->value;
	threads_add(&mux_handled, 1);
	claim = __atomic_exchange_n(&parcel->claim, MUX_FREE, __ATOMIC_ACQ_REL);
	threads_expect(claim != MUX_FREE, "handled and not sent");
	if (claim == MUX_REFUSED)
		threads_add(&mux_anyway, 1);
	return IRQ_HANDLED;
}

static bool mux_claim(struct mux_parcel *parcel)
{
	unsigned int expected = MUX_FREE;

	return __atomic_compare_exchange_n(&parcel->claim, &expected, MUX_SENT,
					   false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void mux_refuse(struct mux_parcel *parcel)
{
	unsigned int expected = MUX_SENT;

	threads_add(&mux_refused, 1);
	if (!__atomic_compare_exchange_n(&parcel->claim, &expected, MUX_REFUSED,
					 false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		threads_add(&mux_anyway, 1);
}

/* The unchecked send does nothing else that would order anything. */
static int mux_send_by(unsigned int number, unsigned int cpu)
{
	if (cpu < MUX_STAYS && threads_random(2) == 0)
		return __ipi_send_single(irq_to_desc(mux_irqs[number]), cpu);
	return ipi_send_single(mux_irqs[number], cpu);
}

static void mux_send_one(unsigned int number, unsigned int cpu)
{
	struct mux_parcel *parcel = &mux_parcels[number][cpu];
	int error;

	if (!mux_claim(parcel))
		return;
	parcel->value = parcel->seen + 1;
	error = mux_send_by(number, cpu);
	if (error == 0) {
		threads_add(&mux_accepted, 1);
	} else {
		threads_expect(error == -ENXIO && cpu >= MUX_STAYS, "send");
		mux_refuse(parcel);
	}
}

static void mux_send_many(unsigned int number)
{
	struct cpumask mask;
	unsigned int cpu;

	cpumask_clear(&mask);
	for (cpu = 0; cpu < MUX_STAYS; cpu++) {
		struct mux_parcel *parcel = &mux_parcels[number][cpu];

		if (!mux_claim(parcel))
			continue;
		parcel->value = parcel->seen + 1;
		cpumask_set_cpu(cpu, &mask);
	}
	threads_expect(ipi_send_mask(mux_irqs[number], &mask) == 0, "mask");
	threads_add(&mux_accepted, cpumask_weight(&mask));
}

/* Hear nothing for a while, so that what others send merges; and go so. */
static void mux_be_deaf(void)
{
	unsigned long state = irqkit_port_irq_save();

	for (unsigned int i = 0; i < 20; i++)
		irqkit_port_relax();
	threads_poll();
	irqkit_port_irq_restore(state);
}

static void mux_turn(void)
{
	unsigned int number = threads_random(MUX_IPIS);

	if (threads_random(4) == 0)
		mux_send_many(number);
	else
		mux_send_one(number, threads_random(number == MUX_IPIS - 1
							    ? MUX_STAYS
							    : THREADS_CPUS));
	if (threads_random(8) == 0)
		mux_be_deaf();
	threads_poll();
}

static void mux_switch(bool on)
{
	unsigned int irq = mux_irqs[MUX_IPIS - 1];

	threads_expect(
		(on ? enable_percpu_irq(irq) : disable_percpu_irq(irq)) == 0,
		"enable or disable");
}

static void mux_work(void)
{
	while (!threads_over())
		mux_turn();
}

static void mux_work_and_switch(void)
{
	while (!threads_over()) {
		mux_switch(threads_random(2) == 0);
		mux_turn();
	}
	mux_switch(true);
}

static void mux_disable(void)
{
	mux_switch(false);
}

/* Of a CPU that is down: nothing is on its way to it. */
static void mux_settle_refused(unsigned int cpu)
{
	for (unsigned int i = 0; i < MUX_IPIS; i++) {
		struct mux_parcel *parcel = &mux_parcels[i][cpu];
		unsigned int expected = MUX_REFUSED;

		/* The word was written and not read. */
		if (__atomic_load_n(&parcel->claim, __ATOMIC_ACQUIRE) ==
		    MUX_REFUSED)
			parcel->value = parcel->seen;
		__atomic_compare_exchange_n(&parcel->claim, &expected, MUX_FREE,
					    false, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED);
	}
}

static unsigned int mux_on_the_way(void)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < MUX_IPIS; i++) {
		for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++)
			nr += __atomic_load_n(&mux_parcels[i][cpu].claim,
					      __ATOMIC_ACQUIRE) == MUX_SENT;
	}
	return nr;
}

static void mux_await_all(void)
{
	uint64_t end = irqkit_port_nanoseconds() + MUX_WAIT;

	while (mux_on_the_way() != 0 && irqkit_port_nanoseconds() < end)
		threads_poll();
	tap_equal(mux_on_the_way(), 0, "accepted and never handled");
	tap_equal((long long)threads_load(&mux_handled),
		  (long long)(threads_load(&mux_accepted) +
			      threads_load(&mux_anyway)),
		  "handled of those accepted");
}

static void mux_open(struct irqkit_ipi_mux *mux)
{
	struct irq_domain *domain = irqkit_ipi_mux_domain(mux);
	unsigned int irqs[MUX_WIDTH];

	/* The first and the last numbers stay. */
	for (unsigned int i = 0; i < MUX_WIDTH; i++)
		irqs[i] = (unsigned int)irq_reserve_ipi(domain,
							cpu_possible_mask);
	for (unsigned int i = 2; i < MUX_WIDTH - 2; i++)
		irq_destroy_ipi(irqs[i], cpu_possible_mask);
	for (unsigned int i = 0; i < MUX_IPIS; i++)
		mux_irqs[i] = irqs[i < 2 ? i : MUX_WIDTH - MUX_IPIS + i];
	for (unsigned int i = 0; i < MUX_IPIS - 1; i++)
		tap_equal(request_irq(mux_irqs[i], mux_handler, 0, "mux",
				      mux_parcels[i]),
			  0, "request");
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++)
		mux_cookies[cpu] = mux_parcels[MUX_IPIS - 1];
	tap_equal(request_percpu_irq(mux_irqs[MUX_IPIS - 1], mux_handler, "mux",
				     mux_cookies),
		  0, "request");
}

static void mux_close(void)
{
	for (unsigned int i = 0; i < MUX_IPIS - 1; i++)
		tap_equal(free_irq(mux_irqs[i], mux_parcels[i]), 0, "free");
	tap_equal(free_percpu_irq(mux_irqs[MUX_IPIS - 1], mux_cookies), 0,
		  "free");
	for (unsigned int i = 0; i < MUX_IPIS; i++)
		tap_equal(irq_destroy_ipi(mux_irqs[i], cpu_possible_mask), 0,
			  "destroy");
}

static void mux_run(void)
{
	const struct irqkit_ipi_mux_info info = {"mux", wire_ipis, MUX_WIDTH};
	struct irqkit_ipi_mux *mux = NULL;
	unsigned int rounds = 0;

	threads_subject("what a mux accepts is handled once", MUX_MS);
	tap_equal(irqkit_ipi_mux_create(&info, &mux), 0, "create");
	mux_open(mux);
	threads_give(1, mux_work_and_switch);
	threads_give(2, mux_work_and_switch);
	threads_give(3, mux_work);
	mux_switch(true);
	for (; !threads_over(); rounds++) {
		tap_equal(threads_cpu_down(3), 0, "cpu 3 goes");
		mux_settle_refused(3);
		tap_equal(threads_cpu_up(3), 0, "cpu 3 comes");
		for (unsigned int i = 0; i < 50; i++)
			mux_turn();
	}
	threads_join();
	mux_await_all();
	tap_note("%lu accepted, %lu refused, %lu of them handled, %u CPUs went",
		 mux_accepted, mux_refused, mux_anyway, rounds);
	tap_expect(rounds > 5 && mux_accepted > 100, "there was something");
	threads_give(1, mux_disable);
	threads_give(2, mux_disable);
	mux_disable();
	threads_join();
	mux_close();
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 0, "unexpected");
	tap_equal(irqkit_ipi_mux_destroy(mux), 0, "destroy");
	threads_close();
}

int main(void)
{
	threads_begin();
	mux_run();
	return threads_end();
}
