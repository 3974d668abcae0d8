/* SPDX-License-Identifier: MIT */
/*
 * Muxes of IPIs: what merges and what may not (HZ51, HZ52), sends to many, all
 * widths, and more than one mux.
 */
#include "host.h"
#include "mux_host.h"

static void mux_merges(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what waits already is not sent to the controller again");
	mux = mux_create(mux_sim->domain, 8);
	mux_open(mux, 0, 3);
	for (unsigned int round = 1; round <= 3; round++) {
		sim_ipi_clear(mux_sim);
		mux_sim->hold = true;
		mux_send(1, 2);
		mux_send(1, 2);
		mux_send(0, 2);
		mux_send(1, 3);
		mux_send(2, 2);
		tap_equal((long long)mux_sim->singles, 2, "sends of it");
		mux_let_go();
		mux_expect(0, 2, round);
		mux_expect(1, 2, round);
		mux_expect(2, 2, round);
		mux_expect(0, 3, 0);
		mux_expect(1, 3, round);
	}
	mux_close(0, 3);
	mux_destroy(mux);
	mux_end();
}

/*
 * While 5 is handled on CPU 1, another CPU sends it again, and one before it,
 * one after it in the same word, and one of a word that is not looked at yet.
 */
static void mux_send_more(struct mux_ipi *ipi, unsigned int cpu)
{
	unsigned int before;

	if (ipi->number != 5 || ipi->runs[cpu] != 1)
		return;
	before = host_become(0);
	mux_send(5, 1);
	mux_send(2, 1);
	mux_send(9, 1);
	mux_send(70, 1);
	host_become(before);
}

static void mux_during_dispatch(void)
{
	static const unsigned int all[] = {2, 5, 9, 70};
	struct irqkit_ipi_mux *mux;

	mux_begin("HZ51, HZ52: what is sent during a dispatch is not lost");
	mux = mux_create(mux_sim->domain, 80);
	mux_open(mux, 0, 80);
	mux_then = mux_send_more;
	mux_send(5, 1);
	suite_settle();
	mux_expect(2, 1, 1);
	mux_expect(5, 1, 2);
	mux_expect(9, 1, 1);
	mux_expect(70, 1, 1);
	mux_then = NULL;
	for (unsigned int i = 0; i < 4; i++)
		mux_send(all[i], 1);
	suite_settle();
	mux_expect(2, 1, 2);
	mux_expect(5, 1, 3);
	mux_expect(9, 1, 2);
	mux_expect(70, 1, 2);
	mux_close(0, 80);
	mux_destroy(mux);
	mux_end();
}

/* Handlers send to themselves, and round all CPUs. */
static void mux_pass_on(struct mux_ipi *ipi, unsigned int cpu)
{
	if (ipi->number == 0 && ipi->runs[cpu] < 100)
		mux_send(0, cpu);
	else if (ipi->number == 1 && ipi->runs[cpu] < 20)
		mux_send(1, (cpu + 1) % MUX_CPUS);
}

static bool mux_is_round(void *argument)
{
	(void)argument;
	return mux_ipis[1].runs[1] == 20;
}

static void mux_from_handlers(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("handlers send, to themselves too");
	mux = mux_create(mux_sim_masks->domain, 2);
	mux_open(mux, 0, 2);
	mux_then = mux_pass_on;
	mux_send(0, 3);
	mux_send(1, 1);
	tap_expect(suite_wait(mux_is_round, NULL), "waited for the last");
	suite_settle();
	mux_expect(0, 3, 100);
	mux_expect(1, 1, 20);
	mux_expect(1, 2, 19);
	mux_expect(1, 0, 19);
	mux_close(0, 2);
	mux_destroy(mux);
	mux_end();
}

/* A CPU that has something waiting is left out of the send of a mask. */
static void mux_masks(void)
{
	struct irqkit_ipi_mux *mux;
	struct cpumask dest;

	mux_begin("a send to many is one, to those that have nothing waiting");
	mux = mux_create(mux_sim_masks->domain, 4);
	mux_open(mux, 0, 2);
	mux_sim_masks->hold = true;
	irqkit_cpumask_first_n(&dest, 3);
	tap_equal(ipi_send_mask(mux_ipis[0].irq, &dest), 0, "to 0-2");
	irqkit_cpumask_first_n(&dest, 5);
	tap_equal(ipi_send_mask(mux_ipis[1].irq, &dest), 0, "to 0-4");
	tap_equal(ipi_send_mask(mux_ipis[1].irq, &dest), 0, "to 0-4 again");
	tap_equal((long long)mux_sim_masks->masks, 2, "sends");
	tap_equal(cpumask_weight(&mux_sim_masks->calls[0].dest), 3, "CPUs");
	tap_equal(cpumask_weight(&mux_sim_masks->calls[1].dest), 2, "CPUs");
	tap_equal(cpumask_first(&mux_sim_masks->calls[1].dest), 3, "the first");
	mux_sim_masks->hold = false;
	suite_settle();
	for (unsigned int cpu = 0; cpu < MUX_CPUS; cpu++) {
		mux_expect(0, cpu, cpu < 3);
		mux_expect(1, cpu, cpu < 5);
	}
	mux_close(0, 2);
	mux_destroy(mux);
	mux_end();
}

static void mux_expect_order(unsigned int nr)
{
	tap_equal(mux_nr_order, nr, "IPIs handled");
	for (unsigned int i = 0; i < mux_nr_order; i++)
		tap_equal(mux_order[i], i, "handled at place %u", i);
}

static void mux_width(unsigned int nr)
{
	const unsigned int words = (nr + IRQKIT_BITS_PER_LONG - 1) /
				   IRQKIT_BITS_PER_LONG;
	struct irqkit_ipi_mux *mux = mux_create(mux_sim->domain, nr);

	mux_open(mux, 0, nr);
	tap_equal(
		irq_reserve_ipi(irqkit_ipi_mux_domain(mux), cpu_possible_mask),
		-ENOSPC, "one more than %u", nr);
	sim_ipi_clear(mux_sim);
	mux_forget_runs();
	mux_sim->hold = true;
	for (unsigned int i = nr; i-- > 0;) {
		tap_equal((long long)ipi_get_hwirq(mux_ipis[i].irq, 0), i,
			  "its number");
		mux_send(i, 1);
	}
	tap_equal((long long)mux_sim->singles, words, "sends, width %u", nr);
	mux_let_go();
	mux_expect_order(nr);
	mux_sim->hold = true;
	for (unsigned int i = 0; i < nr; i++)
		mux_send(i, 2);
	mux_let_go();
	tap_equal(mux_nr_order, 2 * nr, "IPIs handled");
	/* A number in the middle is free again, and is the next one. */
	mux_close(nr / 2, 1);
	mux_open(mux, nr / 2, 1);
	tap_equal((long long)ipi_get_hwirq(mux_ipis[nr / 2].irq, 0), nr / 2,
		  "its number");
	mux_send(nr / 2, 3);
	suite_settle();
	mux_expect(nr / 2, 3, 1);
	mux_close(0, nr);
	mux_destroy(mux);
}

static void mux_widths(void)
{
	static const unsigned int widths[] = {1, 2, 63, 64, 65, 128, 200, 256};

	for (unsigned int i = 0; i < sizeof(widths) / sizeof(*widths); i++) {
		mux_begin("all numbers of a mux, each for itself");
		mux_width(widths[i]);
		mux_end();
	}
}

/* The largest; of one that would not fit nothing is kept. */
static void mux_largest(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("as many as there are interrupt numbers");
	mux = mux_create(mux_sim->domain, IRQKIT_NR_IRQS);
	mux_open(mux, 0, 1);
	mux_send(0, 1);
	suite_settle();
	mux_expect(0, 1, 1);
	mux_close(0, 1);
	mux_destroy(mux);
	mux_end();
}

static void mux_two(void)
{
	struct irqkit_ipi_mux *first, *second;

	mux_begin("two muxes beside each other");
	first = mux_create(mux_sim->domain, 64);
	second = mux_create(mux_sim->domain, 3);
	mux_open(first, 0, 3);
	mux_open(second, 10, 3);
	for (unsigned int i = 0; i < 3; i++) {
		mux_send(i, 1);
		mux_send(10 + i, 2);
	}
	suite_settle();
	for (unsigned int i = 0; i < 3; i++) {
		mux_expect(i, 1, 1);
		mux_expect(i, 2, 0);
		mux_expect(10 + i, 1, 0);
		mux_expect(10 + i, 2, 1);
	}
	mux_close(0, 3);
	mux_destroy(first);
	mux_send(11, 4);
	suite_settle();
	mux_expect(11, 4, 1);
	mux_close(10, 3);
	mux_destroy(second);
	mux_end();
}

static void mux_nested(void)
{
	struct irqkit_ipi_mux *outer, *inner;

	mux_begin("a mux over a mux");
	outer = mux_create(mux_sim->domain, 5);
	mux_open(outer, 0, 2);
	inner = mux_create(irqkit_ipi_mux_domain(outer), 100);
	mux_open(inner, 10, 100);
	tap_equal(irqkit_ipi_mux_destroy(outer), -EBUSY, "destroy outer");
	sim_ipi_clear(mux_sim);
	mux_sim->hold = true;
	mux_send(1, 3);
	mux_send(109, 3);
	mux_send(10, 3);
	tap_equal((long long)mux_sim->singles, 1, "sends");
	mux_let_go();
	mux_expect(1, 3, 1);
	mux_expect(10, 3, 1);
	mux_expect(109, 3, 1);
	mux_close(10, 100);
	mux_destroy(inner);
	mux_close(0, 2);
	mux_destroy(outer);
	mux_end();
}

int main(void)
{
	mux_start(SUITE_NONE);
	mux_merges();
	mux_during_dispatch();
	mux_from_handlers();
	mux_masks();
	mux_widths();
	mux_largest();
	mux_two();
	mux_nested();
	return host_end();
}
