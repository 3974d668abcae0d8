/* SPDX-License-Identifier: MIT */
/*
 * Muxes of IPIs come and go, and so do their CPUs: bad input, what is on its
 * way when an IPI is destroyed, CPUs that leave (HZ47) or were not there yet.
 */
#include "host.h"
#include "mux_host.h"

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

int main(void)
{
	mux_start(MUX_CPUS - 1);
	mux_cpu_comes();
	mux_refused();
	mux_in_use();
	mux_no_parent_left();
	mux_no_handler();
	mux_no_memory();
	mux_late();
	mux_gone_in_dispatch();
	mux_cpu_goes();
	mux_enabled_when_gone();
	return host_end();
}
