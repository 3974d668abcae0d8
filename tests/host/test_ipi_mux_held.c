/* SPDX-License-Identifier: MIT */
/*
 * Muxes of IPIs: what is held back, by the mask of a single CPU or because the
 * controller did not take it, and when it comes all the same.
 */
#include "host.h"
#include "mux_host.h"

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
	mux_request(0);
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

int main(void)
{
	mux_start(SUITE_NONE);
	mux_masked();
	mux_unmasked_after();
	mux_mask_race();
	mux_failed_send();
	mux_failed_mask(mux_sim, "a mask of which one fails, one by one");
	mux_failed_mask(mux_sim_masks, "a mask of which one fails, at once");
	mux_failed_then_enabled();
	mux_failed_then_destroyed();
	mux_failed_then_goes();
	return host_end();
}
