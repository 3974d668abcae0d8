/* SPDX-License-Identifier: MIT */
/*
 * Muxes of IPIs: what merges and what may not (HZ51, HZ52), masks of single
 * CPUs, a controller that does not take an IPI, widths, bad input, teardown.
 */
#include <irqkit/ipi_mux.h>
#include <string.h>
#include "host.h"
#include "suite_host.h"
#include "suites/suite.h"

#define MUX_CPUS     6U
#define MUX_MAX_IPIS 256U
#define MUX_MAX_RUNS (3 * MUX_MAX_IPIS)

/* A virtual IPI, and how often each CPU handled it. */
struct mux_ipi {
	unsigned int irq;
	unsigned int number; /* index in mux_ipis */
	unsigned int runs[MUX_CPUS];
};

static struct mux_ipi mux_ipis[MUX_MAX_IPIS];
static unsigned int mux_order[MUX_MAX_RUNS];
static unsigned int mux_nr_order;
static unsigned int mux_wrong;
static void (*mux_then)(struct mux_ipi *ipi, unsigned int cpu);

/* The controllers: one takes single CPUs, one masks. */
static struct sim_ipi *mux_sim, *mux_sim_masks;

/* Called once, in the next send to mux_sim, before it goes out. */
static void (*mux_hook)(void);
static int (*mux_sim_send)(struct irq_data *data, unsigned int cpu);

/* At the begin of a subject. */
static unsigned long mux_memory;
static unsigned int mux_irqs;

static int mux_hooked_send(struct irq_data *data, unsigned int cpu)
{
	void (*hook)(void) = mux_hook;

	mux_hook = NULL;
	if (hook != NULL)
		hook();
	return mux_sim_send(data, cpu);
}

static void mux_forget_runs(void)
{
	for (unsigned int i = 0; i < MUX_MAX_IPIS; i++)
		memset(mux_ipis[i].runs, 0, sizeof(mux_ipis[i].runs));
	mux_nr_order = 0;
}

static void mux_begin(const char *subject)
{
	tap_subject("%s", subject);
	mux_memory = host_live();
	mux_irqs = suite_count_irqs();
	mux_then = NULL;
	mux_wrong = 0;
	mux_forget_runs();
	sim_ipi_clear(mux_sim);
	sim_ipi_clear(mux_sim_masks);
}

static void mux_check_sim(const struct sim_ipi *sim)
{
	tap_equal((long long)sim->wrong, 0, "calls with wrong arguments");
	tap_equal((long long)sim->unexpected, 0, "interrupts nobody has");
	tap_equal(sim->used, 0, "hwirqs in use");
}

static void mux_end(void)
{
	suite_settle();
	tap_equal(mux_wrong, 0, "handlers called with something wrong");
	tap_equal((long long)host_live(), (long long)mux_memory, "memory");
	tap_equal(suite_count_irqs(), mux_irqs, "irqs");
	mux_check_sim(mux_sim);
	mux_check_sim(mux_sim_masks);
	tap_close();
}

static struct irqkit_ipi_mux *mux_create(struct irq_domain *parent,
					 unsigned int nr)
{
	const struct irqkit_ipi_mux_info info = {"mux", parent, nr};
	struct irqkit_ipi_mux *mux = NULL;

	tap_equal(irqkit_ipi_mux_create(&info, &mux), 0, "create");
	return mux;
}

static void mux_destroy(struct irqkit_ipi_mux *mux)
{
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 0, "unexpected");
	tap_equal(irqkit_ipi_mux_destroy(mux), 0, "destroy");
}

static irqreturn_t mux_handler(unsigned int irq, void *dev_id)
{
	unsigned int cpu = irqkit_port_cpu();
	struct mux_ipi *ipi = dev_id;

	if (irq != ipi->irq || !irqkit_port_irqs_disabled() ||
	    !host_in_handler(cpu) || mux_nr_order == MUX_MAX_RUNS) {
		mux_wrong++;
		return IRQ_HANDLED;
	}
	mux_order[mux_nr_order++] = ipi->number;
	ipi->runs[cpu]++;
	if (mux_then != NULL)
		mux_then(ipi, cpu);
	return IRQ_HANDLED;
}

static void mux_reserve(struct irqkit_ipi_mux *mux, unsigned int number)
{
	struct mux_ipi *ipi = &mux_ipis[number];
	int irq = irq_reserve_ipi(irqkit_ipi_mux_domain(mux),
				  cpu_possible_mask);

	tap_expect(irq > 0, "reserve %u returned %d", number, irq);
	ipi->irq = (unsigned int)irq;
	ipi->number = number;
}

/* Numbers from @first on, each with its handler. */
static void mux_open(struct irqkit_ipi_mux *mux, unsigned int first,
		     unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		mux_reserve(mux, i);
		tap_equal(request_irq(mux_ipis[i].irq, mux_handler, 0, "h",
				      &mux_ipis[i]),
			  0, "request %u", i);
	}
}

static void mux_free(unsigned int number)
{
	tap_equal(irq_destroy_ipi(mux_ipis[number].irq, cpu_possible_mask), 0,
		  "irq_destroy_ipi() of %u", number);
}

static void mux_close(unsigned int first, unsigned int nr)
{
	for (unsigned int i = first; i < first + nr; i++) {
		tap_equal(free_irq(mux_ipis[i].irq, &mux_ipis[i]), 0, "free %u",
			  i);
		mux_free(i);
	}
}

static void mux_send(unsigned int number, unsigned int cpu)
{
	tap_equal(ipi_send_single(mux_ipis[number].irq, cpu), 0,
		  "send %u to cpu %u", number, cpu);
}

static void mux_expect(unsigned int number, unsigned int cpu, unsigned int runs)
{
	tap_equal(mux_ipis[number].runs[cpu], runs, "runs of %u on cpu %u",
		  number, cpu);
}

/* What waits at mux_sim is taken now. */
static void mux_let_go(void)
{
	mux_sim->hold = false;
	suite_settle();
}

/* HZ51, HZ52. */

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

/* Widths. */

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

/* Masks. */

static void *mux_cookies[IRQKIT_NR_CPUS];

static int mux_on(unsigned int cpu, int (*function)(unsigned int irq),
		  unsigned int number)
{
	unsigned int before = host_become(cpu);
	int result = function(mux_ipis[number].irq);

	host_become(before);
	return result;
}

static void mux_request_percpu(struct irqkit_ipi_mux *mux, unsigned int number)
{
	mux_reserve(mux, number);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		mux_cookies[cpu] = &mux_ipis[number];
	tap_equal(request_percpu_irq(mux_ipis[number].irq, mux_handler, "h",
				     mux_cookies),
		  0, "request_percpu_irq()");
}

static void mux_free_percpu(unsigned int number)
{
	tap_equal(free_percpu_irq(mux_ipis[number].irq, mux_cookies), 0,
		  "free_percpu_irq()");
}

/* Whether or not its handler was called. */
static void mux_expect_taken(unsigned int number, unsigned int cpu,
			     unsigned long nr)
{
	tap_equal((long long)kstat_irqs_cpu(mux_ipis[number].irq, cpu),
		  (long long)nr, "times cpu %u took %u", cpu, number);
}

static void mux_enable(unsigned int cpu, unsigned int number)
{
	tap_equal(mux_on(cpu, enable_percpu_irq, number), 0, "enable");
}

static void mux_disable(unsigned int cpu, unsigned int number)
{
	tap_equal(mux_on(cpu, disable_percpu_irq, number), 0, "disable");
}

static void mux_masked(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("a CPU holds an IPI back: itself, and not the others");
	mux = mux_create(mux_sim->domain, 70);
	mux_open(mux, 0, 2);
	mux_request_percpu(mux, 2);
	mux_enable(1, 2);
	mux_enable(2, 2);
	mux_disable(1, 2);
	sim_ipi_clear(mux_sim);
	mux_send(2, 1);
	mux_send(2, 1);
	tap_equal((long long)mux_sim->singles, 0, "sends of what is masked");
	mux_send(2, 2);
	mux_send(0, 1);
	suite_settle();
	mux_expect(2, 1, 0);
	mux_expect(2, 2, 1);
	mux_expect(0, 1, 1);
	/* What is masked and waits keeps no other from being sent. */
	mux_send(1, 1);
	suite_settle();
	mux_expect(1, 1, 1);
	mux_expect_taken(2, 1, 0);
	mux_enable(1, 2);
	suite_settle();
	mux_expect(2, 1, 1);
	/* With nothing waiting neither is worth a send. */
	sim_ipi_clear(mux_sim);
	mux_disable(1, 2);
	mux_enable(1, 2);
	tap_equal((long long)mux_sim->singles, 0, "sends for nothing");
	mux_disable(1, 2);
	mux_disable(2, 2);
	mux_free_percpu(2);
	mux_free(2);
	mux_close(0, 2);
	mux_destroy(mux);
	mux_end();
}

/* The next handler finds it open everywhere, and nothing of the last one's. */
static void mux_unmasked_after(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what a handler masked is open for the next one");
	mux = mux_create(mux_sim->domain, 4);
	mux_request_percpu(mux, 0);
	mux_enable(1, 0);
	mux_disable(1, 0);
	mux_sim->hold = true;
	mux_send(0, 1);
	mux_free_percpu(0);
	tap_equal(
		request_irq(mux_ipis[0].irq, mux_handler, 0, "h", &mux_ipis[0]),
		0, "request_irq()");
	mux_let_go();
	mux_expect(0, 1, 0);
	mux_send(0, 1);
	suite_settle();
	mux_expect(0, 1, 1);
	mux_close(0, 1);
	mux_destroy(mux);
	mux_end();
}

/*
 * A sender is about to tell CPU 1 of IPI 0. Another one leaves IPI 2 and relies
 * on that; then CPU 1 masks IPI 0, and the first sender gives up.
 */
static void mux_mask_between(void)
{
	mux_sim->fail_cpu = ~0U;
	sim_ipi_clear(mux_sim);
	mux_send(2, 1);
	tap_equal((long long)mux_sim->singles, 0, "sends of the second");
	mux_disable(1, 0);
	tap_equal((long long)mux_sim->singles, 1, "sends of the mask");
	mux_sim->fail_cpu = 1;
}

static void mux_mask_race(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("a mask between two senders loses neither");
	mux = mux_create(mux_sim->domain, 4);
	mux_request_percpu(mux, 0);
	mux_open(mux, 2, 1);
	mux_enable(1, 0);
	mux_hook = mux_mask_between;
	tap_equal(ipi_send_single(mux_ipis[0].irq, 1), -ETIMEDOUT,
		  "the first send");
	mux_sim->fail_cpu = ~0U;
	suite_settle();
	mux_expect(2, 1, 1);
	mux_expect(0, 1, 0);
	mux_enable(1, 0);
	suite_settle();
	mux_expect(0, 1, 1);
	mux_disable(1, 0);
	mux_free_percpu(0);
	mux_free(0);
	mux_close(2, 1);
	mux_destroy(mux);
	mux_end();
}

/* A controller that does not take an IPI. */

static void mux_send_second(void)
{
	mux_send(1, 2);
}

static void mux_failed_send(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("a send that fails keeps no later one from going");
	mux = mux_create(mux_sim->domain, 70);
	mux_open(mux, 0, 70);
	mux_sim->fail_cpu = 2;
	mux_hook = mux_send_second;
	tap_equal(ipi_send_single(mux_ipis[0].irq, 2), -ETIMEDOUT, "a send");
	tap_equal(ipi_send_single(mux_ipis[0].irq, 2), -ETIMEDOUT, "another");
	mux_sim->fail_cpu = ~0U;
	suite_settle();
	mux_expect(0, 2, 0);
	mux_expect(1, 2, 0);
	/* With the next one all arrive; also if it is of another word. */
	mux_send(69, 2);
	suite_settle();
	mux_expect(0, 2, 1);
	mux_expect(1, 2, 1);
	mux_expect(69, 2, 1);
	mux_send(1, 2);
	suite_settle();
	mux_expect(1, 2, 2);
	mux_expect(0, 2, 1);
	mux_close(0, 70);
	mux_destroy(mux);
	mux_end();
}

static void mux_failed_mask(struct sim_ipi *sim, const char *subject)
{
	struct irqkit_ipi_mux *mux;
	struct cpumask dest;

	mux_begin(subject);
	mux = mux_create(sim->domain, 4);
	mux_open(mux, 0, 2);
	irqkit_cpumask_first_n(&dest, 4);
	sim->fail_cpu = 2;
	tap_equal(ipi_send_mask(mux_ipis[0].irq, &dest), -ETIMEDOUT, "a send");
	sim->fail_cpu = ~0U;
	suite_settle();
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		mux_expect(0, cpu, cpu != 2);
	mux_send(1, 2);
	suite_settle();
	mux_expect(0, 2, 1);
	mux_expect(1, 2, 1);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		mux_send(0, cpu);
	suite_settle();
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		mux_expect(0, cpu, 2);
	mux_close(0, 2);
	mux_destroy(mux);
	mux_end();
}

/* To enable an IPI is to look for all that waits in its word. */
static void mux_failed_then_enabled(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what failed behind a mask comes when that is gone");
	mux = mux_create(mux_sim->domain, 4);
	mux_request_percpu(mux, 0);
	mux_open(mux, 1, 1);
	mux_enable(1, 0);
	mux_sim->fail_cpu = 1;
	tap_equal(ipi_send_single(mux_ipis[0].irq, 1), -ETIMEDOUT, "a send");
	mux_disable(1, 0);
	mux_sim->fail_cpu = ~0U;
	mux_send(1, 1);
	suite_settle();
	mux_expect(1, 1, 1);
	mux_expect_taken(0, 1, 0);
	mux_enable(1, 0);
	suite_settle();
	mux_expect(0, 1, 1);
	mux_disable(1, 0);
	mux_free_percpu(0);
	mux_free(0);
	mux_close(1, 1);
	mux_destroy(mux);
	mux_end();
}

static void mux_failed_then_destroyed(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what failed goes with its IPI");
	mux = mux_create(mux_sim->domain, 4);
	mux_open(mux, 0, 2);
	mux_sim->fail_cpu = 1;
	tap_equal(ipi_send_single(mux_ipis[0].irq, 1), -ETIMEDOUT, "a send");
	mux_sim->fail_cpu = ~0U;
	mux_close(0, 1);
	mux_open(mux, 0, 1);
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 1, "unexpected");
	mux_send(1, 1);
	suite_settle();
	mux_expect(0, 1, 0);
	mux_expect(1, 1, 1);
	mux_close(0, 2);
	tap_equal(irqkit_ipi_mux_destroy(mux), 0, "destroy");
	mux_end();
}

/* More than one. */

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

/* What is refused. */

static void mux_expect_create(const struct irqkit_ipi_mux_info *info,
			      int expected, const char *what)
{
	struct irqkit_ipi_mux *const untouched = (void *)&mux_ipis[0];
	struct irqkit_ipi_mux *mux = untouched;

	tap_equal(irqkit_ipi_mux_create(info, &mux), expected, "%s", what);
	tap_expect(mux == untouched, "%s: the result is not written", what);
}

static void mux_refused(void)
{
	static const struct irq_domain_ops ops = {.map = NULL};
	const struct irq_domain_info plain = {
		.name = "plain", .size = 4, .ops = &ops};
	static struct sim_ipi *per_cpu;
	struct irqkit_ipi_mux_info info = {"mux", mux_sim->domain, 0};
	struct irq_domain *domain = NULL;

	per_cpu = sim_ipi_create("per-cpu", true, true, 2 * MUX_CPUS);
	mux_begin("bad input to create is refused");
	tap_equal(irq_domain_create(&plain, &domain), 0, "a plain domain");
	mux_expect_create(&info, -EINVAL, "width 0");
	info.nr = IRQKIT_NR_IRQS + 1;
	mux_expect_create(&info, -EINVAL, "width IRQKIT_NR_IRQS + 1");
	info.nr = ~0U;
	mux_expect_create(&info, -EINVAL, "width ~0U");
	info.nr = 1;
	mux_expect_create(NULL, -EINVAL, "no info");
	tap_equal(irqkit_ipi_mux_create(&info, NULL), -EINVAL, "no result");
	info.name = NULL;
	mux_expect_create(&info, -EINVAL, "no name");
	info.name = "mux";
	info.parent = NULL;
	mux_expect_create(&info, -EINVAL, "no parent");
	info.parent = per_cpu->domain;
	mux_expect_create(&info, -EINVAL, "a parent in per-CPU mode");
	info.parent = domain;
	mux_expect_create(&info, -EINVAL, "a parent that has no IPIs");
	tap_equal(irq_domain_remove(domain), 0, "irq_domain_remove()");
	tap_equal(irqkit_ipi_mux_destroy(NULL), -EINVAL, "destroy of NULL");
	tap_expect(irqkit_ipi_mux_domain(NULL) == NULL, "domain of NULL");
	tap_equal((long long)irqkit_ipi_mux_unexpected(NULL), 0,
		  "unexpected of NULL");
	mux_end();
}

static int mux_in_handler;

static void mux_call_destroy(struct mux_ipi *ipi, unsigned int cpu)
{
	(void)cpu;
	mux_in_handler = irqkit_ipi_mux_destroy(
		irq_get_irq_data(ipi->irq)->domain->host_data);
}

static void mux_in_use(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("a mux in use is not destroyed, nor in a handler");
	mux = mux_create(mux_sim->domain, 4);
	mux_open(mux, 0, 1);
	tap_equal(irqkit_ipi_mux_destroy(mux), -EBUSY, "with a handler");
	mux_send(0, 1);
	suite_settle();
	mux_expect(0, 1, 1);
	mux_then = mux_call_destroy;
	mux_send(0, 1);
	suite_settle();
	mux_expect(0, 1, 2);
	tap_equal(mux_in_handler, -EDEADLK, "in a handler");
	mux_then = NULL;
	tap_equal(free_irq(mux_ipis[0].irq, &mux_ipis[0]), 0, "free_irq()");
	tap_equal(irqkit_ipi_mux_destroy(mux), -EBUSY, "while reserved");
	mux_free(0);
	mux_destroy(mux);
	mux_end();
}

/* The parent has no number left, and later it has. */
static void mux_no_parent_left(void)
{
	struct irqkit_ipi_mux_info info = {"mux", mux_sim->domain, 4};
	unsigned int irqs[8];
	unsigned int nr = 0;
	int irq;

	mux_begin("a parent that has no IPI left");
	while ((irq = irq_reserve_ipi(mux_sim->domain, cpu_possible_mask)) > 0)
		irqs[nr++] = (unsigned int)irq;
	tap_equal(nr, 8, "IPIs that it had");
	mux_expect_create(&info, -ENOSPC, "create");
	tap_equal(suite_count_irqs(), mux_irqs + nr, "irqs");
	while (nr > 0)
		irq_destroy_ipi(irqs[--nr], cpu_possible_mask);
	mux_destroy(mux_create(mux_sim->domain, 4));
	mux_end();
}

static int mux_refuse(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	(void)data;
	return -ETIMEDOUT;
}

static void mux_no_handler(void)
{
	const struct irqkit_ipi_mux_info info = {"mux", mux_sim->domain, 4};
	const struct irq_domain_ops *before = mux_sim->domain->ops;
	struct irq_domain_ops ops = *before;

	mux_begin("a parent whose IPI takes no handler");
	ops.activate = mux_refuse;
	mux_sim->domain->ops = &ops;
	mux_sim->domain->activates = true;
	mux_expect_create(&info, -ETIMEDOUT, "create");
	mux_sim->domain->activates = false;
	mux_sim->domain->ops = before;
	mux_end();
}

static void mux_no_memory(void)
{
	const struct irqkit_ipi_mux_info info = {"mux", mux_sim->domain, 300};
	struct irqkit_ipi_mux *mux = NULL;
	unsigned int step = 0;
	int error;

	mux_begin("memory runs out at each step of create");
	do {
		host_fail_alloc(++step);
		error = irqkit_ipi_mux_create(&info, &mux);
		host_fail_alloc(0);
		if (error == 0)
			break;
		tap_equal(error, -ENOMEM, "at step %u", step);
		tap_expect(mux == NULL, "nothing is returned");
		tap_equal((long long)host_live(), (long long)mux_memory,
			  "memory after step %u", step);
		tap_equal(suite_count_irqs(), mux_irqs, "irqs after it");
		tap_equal(mux_sim->used, 0, "hwirqs after it");
	} while (step < 20);
	tap_equal(step, 3, "the step that came through");
	mux_destroy(mux);
	mux_end();
}

/* What is on its way when its IPI is destroyed. */

static void mux_late(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what comes too late is counted, and is not the next one's");
	mux = mux_create(mux_sim->domain, 4);
	mux_open(mux, 0, 2);
	mux_sim->hold = true;
	mux_send(0, 1);
	mux_send(0, 3);
	mux_send(1, 1);
	mux_close(0, 1);
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 2, "unexpected");
	mux_open(mux, 0, 1);
	mux_let_go();
	mux_expect(0, 1, 0);
	mux_expect(0, 3, 0);
	mux_expect(1, 1, 1);
	mux_send(0, 1);
	mux_send(0, 3);
	suite_settle();
	mux_expect(0, 1, 1);
	mux_expect(0, 3, 1);
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 2, "unexpected");
	mux_close(0, 2);
	tap_equal(irqkit_ipi_mux_destroy(mux), 0, "destroy");
	mux_end();
}

/* The handler of 0 stays until 1, which was taken with it, is gone. */
static void mux_wait_for_gone(struct mux_ipi *ipi, unsigned int cpu)
{
	(void)cpu;
	for (unsigned int i = 0; i < 1000; i++) {
		if (irq_find_mapping(irq_get_irq_data(ipi->irq)->domain, 1) ==
		    0)
			return;
		host_yield();
	}
	mux_wrong++;
}

static void mux_gone_in_dispatch(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what is destroyed between its take and its turn is counted");
	mux = mux_create(mux_sim->domain, 4);
	mux_open(mux, 0, 1);
	mux_reserve(mux, 1);
	mux_then = mux_wait_for_gone;
	mux_sim->hold = true;
	mux_send(0, 2);
	mux_send(1, 2);
	mux_sim->hold = false;
	for (unsigned int i = 0; i < 100 && mux_ipis[0].runs[2] == 0; i++)
		host_yield();
	mux_free(1);
	suite_settle();
	mux_expect(0, 2, 1);
	tap_equal((long long)irqkit_ipi_mux_unexpected(mux), 1, "unexpected");
	mux_close(0, 1);
	tap_equal(irqkit_ipi_mux_destroy(mux), 0, "destroy");
	mux_end();
}

/* CPUs that are not online. */

/* As a sender that was late: past all checks. */
static int mux_send_late(unsigned int number, unsigned int cpu)
{
	struct irq_data *data = irq_get_irq_data(mux_ipis[number].irq);

	return data->chip->ipi_send_single(data, cpu);
}

static unsigned int mux_was_online;

static void mux_note_online(struct mux_ipi *ipi, unsigned int cpu)
{
	(void)ipi;
	mux_was_online += cpu_online(cpu);
}

static void mux_send_before_it_goes(void *argument)
{
	(void)argument;
	for (unsigned int i = 0; i < 3; i++)
		mux_send(i, 3);
	mux_send(66, 3);
}

static void mux_cpu_goes(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("HZ47: a CPU that goes handles what was sent to it");
	mux = mux_create(mux_sim->domain, 70);
	mux_open(mux, 0, 2);
	mux_request_percpu(mux, 2);
	mux_open(mux, 3, 67);
	mux_enable(3, 2);
	mux_disable(3, 2);
	mux_was_online = 0;
	mux_then = mux_note_online;
	mux_sim->hold = true;
	tap_equal(suite_cpu_down_deaf(3, NULL, mux_send_before_it_goes, NULL),
		  0, "down");
	mux_expect(0, 3, 1);
	mux_expect(1, 3, 1);
	mux_expect_taken(2, 3, 0);
	mux_expect(66, 3, 1);
	tap_equal(mux_was_online, 0, "handled while it was online");
	mux_then = NULL;
	tap_equal(ipi_send_single(mux_ipis[0].irq, 3), -ENXIO, "a send");
	sim_ipi_clear(mux_sim);
	tap_equal(mux_send_late(0, 3), -ENXIO, "a late send");
	tap_equal(mux_send_late(2, 3), -ENXIO, "of what was masked");
	tap_equal((long long)mux_sim->singles, 0, "sends to the controller");
	mux_free_percpu(2);
	tap_equal(mux_send_late(2, 3), -ENXIO, "of what was freed");
	mux_free(2);
	mux_open(mux, 2, 1);
	tap_equal(mux_send_late(2, 3), -ENXIO, "of what is new");
	tap_equal((long long)mux_sim->singles, 0, "sends to the controller");
	tap_equal(suite_cpu_up(3), 0, "up");
	mux_let_go();
	mux_expect(0, 3, 1);
	mux_expect(2, 3, 0);
	for (unsigned int i = 0; i < 70; i++)
		mux_send(i, 3);
	suite_settle();
	mux_expect(0, 3, 2);
	mux_expect(2, 3, 1);
	mux_expect(66, 3, 2);
	mux_expect(69, 3, 1);
	mux_close(0, 70);
	mux_destroy(mux);
	mux_end();
}

/* To enable an IPI on a CPU that goes does not open that again. */
static void mux_enabled_when_gone(void)
{
	struct irqkit_ipi_mux *mux;
	struct irq_data *data;
	unsigned int before;

	mux_begin("a CPU that has gone stays closed, and comes back open");
	mux = mux_create(mux_sim->domain, 4);
	mux_open(mux, 0, 1);
	data = irq_get_irq_data(mux_ipis[0].irq);
	tap_equal(suite_cpu_down(2, NULL), 0, "down");
	before = host_become(2);
	data->chip->irq_unmask(data);
	host_become(before);
	tap_equal(mux_send_late(0, 2), -ENXIO, "a late send");
	tap_equal(suite_cpu_up(2), 0, "up");
	suite_settle();
	mux_expect(0, 2, 0);
	mux_send(0, 2);
	suite_settle();
	mux_expect(0, 2, 1);
	mux_request_percpu(mux, 1);
	mux_enable(2, 1);
	mux_disable(2, 1);
	mux_send(1, 2);
	mux_enable(2, 1);
	suite_settle();
	mux_expect(1, 2, 1);
	mux_disable(2, 1);
	mux_free_percpu(1);
	mux_free(1);
	mux_close(0, 1);
	mux_destroy(mux);
	mux_end();
}

/* What failed is handled as well when the CPU goes. */
static void mux_failed_then_goes(void)
{
	struct irqkit_ipi_mux *mux;

	mux_begin("what failed is handled when the CPU goes");
	mux = mux_create(mux_sim->domain, 4);
	mux_open(mux, 0, 1);
	mux_sim->fail_cpu = 2;
	tap_equal(ipi_send_single(mux_ipis[0].irq, 2), -ETIMEDOUT, "a send");
	tap_equal(suite_cpu_down(2, NULL), 0, "down");
	mux_expect(0, 2, 1);
	mux_sim->fail_cpu = ~0U;
	tap_equal(suite_cpu_up(2), 0, "up");
	suite_settle();
	mux_expect(0, 2, 1);
	mux_close(0, 1);
	mux_destroy(mux);
	mux_end();
}

/* The last CPU was never started when the mux came. */
static void mux_cpu_comes(void)
{
	const unsigned int last = MUX_CPUS - 1;
	struct irqkit_ipi_mux *mux;
	struct cpumask dest;

	mux_begin("foreign CPUs are refused, new ones work");
	mux = mux_create(mux_sim->domain, 80);
	mux_open(mux, 0, 80);
	tap_equal(mux_send_late(79, last), -ENXIO, "a late send");
	tap_equal(irqkit_set_cpu_foreign(last, true), 0, "it is foreign");
	tap_equal(ipi_send_single(mux_ipis[0].irq, last), -ENXIO, "a send");
	irqkit_cpumask_single(&dest, last);
	cpumask_set_cpu(1, &dest);
	tap_equal(ipi_send_mask(mux_ipis[0].irq, &dest), -ENXIO, "by a mask");
	suite_settle();
	mux_expect(0, 1, 1);
	tap_equal(mux_sim->nr_pending[last], 0, "sends to it");
	tap_equal(irqkit_set_cpu_foreign(last, false), 0, "it is not foreign");
	tap_equal(host_start_cpu(last), 0, "start");
	suite_settle();
	mux_expect(0, last, 0);
	mux_expect(79, last, 0);
	mux_send(0, last);
	mux_send(79, last);
	suite_settle();
	mux_expect(0, last, 1);
	mux_expect(79, last, 1);
	mux_close(0, 80);
	mux_destroy(mux);
	mux_end();
}

static void mux_start(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, MUX_CPUS - 1);
	host_start(MUX_CPUS, &offline);
	irqkit_cpu_prepare(MUX_CPUS - 1);
	suite_host_warm_up();
	mux_sim = sim_ipi_create("singles", false, false, 8);
	mux_sim_masks = sim_ipi_create("masks", false, true, 8);
	mux_sim_send = mux_sim->chip.ipi_send_single;
	mux_sim->chip.ipi_send_single = mux_hooked_send;
}

int main(void)
{
	mux_start();
	mux_cpu_comes();
	mux_merges();
	mux_during_dispatch();
	mux_from_handlers();
	mux_masks();
	mux_widths();
	mux_largest();
	mux_masked();
	mux_unmasked_after();
	mux_mask_race();
	mux_failed_send();
	mux_failed_mask(mux_sim, "a mask of which one fails, one by one");
	mux_failed_mask(mux_sim_masks, "a mask of which one fails, at once");
	mux_failed_then_enabled();
	mux_failed_then_destroyed();
	mux_two();
	mux_nested();
	mux_refused();
	mux_in_use();
	mux_no_parent_left();
	mux_no_handler();
	mux_no_memory();
	mux_late();
	mux_gone_in_dispatch();
	mux_cpu_goes();
	mux_enabled_when_gone();
	mux_failed_then_goes();
	return host_end();
}
