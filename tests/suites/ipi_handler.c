/* SPDX-License-Identifier: MIT */
/* Handlers: the three ways to attach one, and what nobody handles. */
#include "ipi_suite.h"
#include <irqkit/interrupt.h>
#include <irqkit/irq.h>

static bool handler_reserve_all(bool per_cpu)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	return ledger_reserve(&ipi_ledger, per_cpu, &cpus);
}

static bool handler_open_all(bool per_cpu)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	return ledger_open(&ipi_ledger, per_cpu, &cpus);
}

/* The irqs of the books, each once. */
static unsigned int handler_nr_irqs(void)
{
	return ipi_ledger.per_cpu ? cpumask_weight(&ipi_ledger.cpus) : 1;
}

static void handler_send_rounds(unsigned int rounds)
{
	unsigned int cpu;

	while (rounds-- > 0) {
		for_each_cpu (cpu, cpu_online_mask)
			ledger_send(&ipi_ledger, cpu, rounds % LEDGER_NR_WAYS);
	}
}

static void handler_life(bool per_cpu)
{
	for (unsigned int i = 0; i < 3; i++) {
		if (!handler_open_all(per_cpu))
			return;
		handler_send_rounds(2);
		ledger_close(&ipi_ledger);
	}
}

/* Attached and detached again and again on one IPI. */
static void handler_attach_again(bool per_cpu)
{
	if (!handler_reserve_all(per_cpu))
		return;
	for (unsigned int i = 0; i < 3; i++) {
		ledger_attach(&ipi_ledger);
		handler_send_rounds(1);
		ledger_check(&ipi_ledger);
		ledger_detach(&ipi_ledger);
	}
	ledger_destroy(&ipi_ledger);
}

/* request_percpu_irq(): cookies are found by CPU, in both modes. */

static void *handler_cookies[IRQKIT_NR_CPUS];

static irqreturn_t handler_percpu(unsigned int irq, void *dev_id)
{
	struct ledger_cookie *cookie = dev_id;

	ledger_handle(cookie->ledger, irq, cookie->cpu);
	return IRQ_HANDLED;
}

static void handler_request_percpu(void)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		handler_cookies[cpu] = &ipi_ledger.of[cpu];
	for (unsigned int i = 0; i < handler_nr_irqs(); i++)
		tap_equal(request_percpu_irq(ipi_ledger.irq + i, handler_percpu,
					     "percpu", handler_cookies),
			  0, "request_percpu_irq() of irq %u", i);
}

static void handler_free_percpu(int expected)
{
	for (unsigned int i = 0; i < handler_nr_irqs(); i++)
		tap_equal(free_percpu_irq(ipi_ledger.irq + i, handler_cookies),
			  expected, "free_percpu_irq() of irq %u", i);
}

static unsigned int handler_own_irq(void)
{
	return ledger_irq(&ipi_ledger, irqkit_port_cpu());
}

/* On each CPU; the argument collects what went wrong. */
static void handler_enable(void *argument)
{
	if (enable_percpu_irq(handler_own_irq()) != 0 ||
	    enable_percpu_irq(handler_own_irq()) != 0)
		__atomic_fetch_add((unsigned int *)argument, 1,
				   __ATOMIC_RELAXED);
}

static void handler_disable(void *argument)
{
	if (disable_percpu_irq(handler_own_irq()) != 0 ||
	    disable_percpu_irq(handler_own_irq()) != 0)
		__atomic_fetch_add((unsigned int *)argument, 1,
				   __ATOMIC_RELAXED);
}

static void handler_on_all(void (*function)(void *), const char *what)
{
	unsigned int errors = 0;

	suite_run_on_mask(cpu_online_mask, function, &errors);
	tap_equal(errors, 0, "%s: CPUs with an error", what);
}

static void handler_percpu_life(bool per_cpu)
{
	if (!handler_reserve_all(per_cpu))
		return;
	handler_request_percpu();
	handler_on_all(handler_enable, "enable");
	handler_send_rounds(4);
	ledger_check(&ipi_ledger);
	tap_equal(free_percpu_irq(ipi_ledger.irq, handler_cookies), -EBUSY,
		  "free_percpu_irq() while enabled");
	tap_equal(free_irq(ipi_ledger.irq, NULL), -EINVAL,
		  "free_irq() after request_percpu_irq()");
	tap_equal(irq_set_handler(ipi_ledger.irq, handle_bad_irq), -EBUSY,
		  "irq_set_handler() after request_percpu_irq()");
	handler_send_rounds(1);
	ledger_check(&ipi_ledger);
	handler_on_all(handler_disable, "disable");
	handler_free_percpu(0);
	ledger_destroy(&ipi_ledger);
}

/* How often a CPU took its irq, handler or not. */
struct handler_taken {
	unsigned int cpu;
	unsigned long count;
};

static bool handler_was_taken(void *argument)
{
	const struct handler_taken *taken = argument;

	return kstat_irqs_cpu(ledger_irq(&ipi_ledger, taken->cpu),
			      taken->cpu) >= taken->count;
}

static void handler_send_unclaimed(unsigned int cpu, unsigned long nr)
{
	struct handler_taken taken = {
		.cpu = cpu,
		.count = kstat_irqs_cpu(ledger_irq(&ipi_ledger, cpu), cpu),
	};

	while (nr-- > 0) {
		taken.count++;
		tap_equal(ipi_send_single(ipi_ledger.irq, cpu), 0,
			  "a send to cpu %u", cpu);
		tap_expect(suite_wait(handler_was_taken, &taken),
			   "waited for cpu %u to take IPI %lu", cpu,
			   taken.count);
	}
}

/* Whether the chip keeps it from a CPU that has disabled it. */
static bool handler_is_held(void)
{
	return irq_get_irq_data(ipi_ledger.irq)->chip->irq_mask != NULL;
}

static void handler_send_disabled(unsigned int cpu, unsigned long nr)
{
	if (!handler_is_held()) {
		handler_send_unclaimed(cpu, nr);
		return;
	}
	while (nr-- > 0)
		tap_equal(ipi_send_single(ipi_ledger.irq, cpu), 0,
			  "a send to cpu %u", cpu);
	suite_settle();
}

/* Three arrive on a CPU that has not enabled it: one is handled, later. */
static void handler_percpu_kept(bool per_cpu)
{
	unsigned int cpu = suite_online_cpu(suite_nr_online() - 1);
	unsigned int errors = 0;

	if (!handler_reserve_all(per_cpu))
		return;
	handler_request_percpu();
	handler_send_unclaimed(cpu, 3);
	tap_equal((long long)ipi_ledger.ran[cpu], 0, "handled before enable");
	suite_run_on(cpu, handler_enable, &errors);
	tap_equal((long long)ipi_ledger.ran[cpu], 1,
		  "handled when enable returned");
	handler_send_unclaimed(cpu, 1);
	suite_settle();
	tap_equal((long long)ipi_ledger.ran[cpu], 2, "handled while enabled");
	suite_run_on(cpu, handler_disable, &errors);
	handler_send_disabled(cpu, 2);
	tap_equal((long long)ipi_ledger.ran[cpu], 2, "handled after disable");
	suite_run_on(cpu, handler_enable, &errors);
	if (handler_is_held())
		suite_settle();
	tap_equal((long long)ipi_ledger.ran[cpu], 3, "handled after enable");
	suite_run_on(cpu, handler_disable, &errors);
	suite_run_on(cpu, handler_enable, &errors);
	tap_equal((long long)ipi_ledger.ran[cpu], 3,
		  "handled with nothing kept");
	suite_run_on(cpu, handler_disable, &errors);
	tap_equal(errors, 0, "errors of enable and disable");
	tap_equal((long long)ipi_ledger.wrong, 0, "wrong CPU, irq, cookie");
	handler_free_percpu(0);
	ledger_destroy(&ipi_ledger);
}

/* What was kept for one handler is not the next one's. */
static void handler_percpu_forgets(bool per_cpu)
{
	unsigned int cpu = suite_online_cpu(0);
	unsigned int errors = 0;

	if (!handler_reserve_all(per_cpu))
		return;
	handler_request_percpu();
	handler_send_unclaimed(cpu, 1);
	handler_free_percpu(0);
	handler_request_percpu();
	suite_run_on(cpu, handler_enable, &errors);
	tap_equal((long long)ipi_ledger.ran[cpu], 0, "handled");
	suite_run_on(cpu, handler_disable, &errors);
	handler_free_percpu(0);
	ledger_destroy(&ipi_ledger);
	tap_equal(errors, 0, "errors of enable and disable");
}

/* A flow handler of one's own. */

static void handler_flow(struct irq_desc *desc)
{
	unsigned int irq = irq_desc_get_irq_data(desc)->irq;

	chained_irq_enter(desc);
	ledger_handle(&ipi_ledger, irq, irqkit_port_cpu());
	chained_irq_exit(desc);
}

static void handler_set_flow(irq_flow_handler_t flow)
{
	for (unsigned int i = 0; i < handler_nr_irqs(); i++)
		tap_equal(irq_set_handler(ipi_ledger.irq + i, flow), 0,
			  "irq_set_handler() of irq %u", i);
}

static void handler_check_ran(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask)
		tap_expect(ledger_wait(&ipi_ledger, cpu),
			   "waited for cpu %u to handle its IPIs", cpu);
	suite_settle();
	for_each_cpu (cpu, cpu_online_mask)
		tap_equal((long long)ipi_ledger.ran[cpu],
			  (long long)ipi_ledger.sent[cpu],
			  "handled on cpu %u of those sent", cpu);
	tap_equal((long long)ipi_ledger.wrong, 0, "wrong CPU, irq, cookie");
	tap_equal((long long)ipi_ledger.refused, 0, "sends that failed");
}

static void handler_own_flow(bool per_cpu)
{
	if (!handler_reserve_all(per_cpu))
		return;
	handler_set_flow(handler_flow);
	tap_equal(request_percpu_irq(ipi_ledger.irq, handler_percpu, "percpu",
				     handler_cookies),
		  -EINVAL, "request_percpu_irq() with another flow");
	handler_send_rounds(3);
	handler_check_ran();
	handler_set_flow(handle_percpu_irq);
	ledger_destroy(&ipi_ledger);
}

/* Without a flow handler and without an action it is counted as unhandled. */
static void handler_nobody(bool per_cpu)
{
	unsigned int cpu = suite_online_cpu(suite_nr_online() - 1);
	unsigned int before = irqkit_unhandled(cpu);

	if (!handler_reserve_all(per_cpu))
		return;
	handler_send_unclaimed(cpu, 2);
	suite_settle();
	tap_equal(irqkit_unhandled(cpu) - before, 2,
		  "unhandled without action");
	handler_set_flow(NULL);
	handler_send_unclaimed(cpu, 2);
	suite_settle();
	tap_equal(irqkit_unhandled(cpu) - before, 4, "unhandled by bad flow");
	ledger_destroy(&ipi_ledger);
}

static irqreturn_t handler_none(unsigned int irq, void *dev_id)
{
	(void)irq;
	__atomic_fetch_add((unsigned int *)dev_id, 1, __ATOMIC_RELAXED);
	return IRQ_NONE;
}

static void handler_says_none(bool per_cpu)
{
	unsigned int cpu = suite_online_cpu(0);
	unsigned int before = irqkit_unhandled(cpu);
	unsigned int calls = 0;
	unsigned int irq;

	if (!handler_reserve_all(per_cpu))
		return;
	irq = ledger_irq(&ipi_ledger, cpu);
	tap_equal(request_irq(irq, handler_none, 0, "none", &calls), 0,
		  "request_irq()");
	handler_send_unclaimed(cpu, 3);
	suite_settle();
	tap_equal(calls, 3, "calls");
	tap_equal(irqkit_unhandled(cpu) - before, 3, "unhandled");
	tap_equal(free_irq(irq, &calls), 0, "free_irq()");
	ledger_destroy(&ipi_ledger);
}

const struct ipi_test ipi_handler_tests[] = {
	{"I17: reserve, request_irq(), send, handle, destroy", handler_life,
	 IPI_BOTH, 1},
	{"I17: handlers attached and detached again", handler_attach_again,
	 IPI_BOTH, 1},
	{"I17: request_percpu_irq(), each CPU its cookie", handler_percpu_life,
	 IPI_BOTH, 1},
	{"I17: what comes while not enabled is kept, merged into one",
	 handler_percpu_kept, IPI_BOTH, 1},
	{"I17: what was kept goes with its handler", handler_percpu_forgets,
	 IPI_BOTH, 1},
	{"I17: irq_set_handler(), a flow handler of one's own",
	 handler_own_flow, IPI_BOTH, 1},
	{"I17: IPIs that nobody handles are counted", handler_nobody, IPI_BOTH,
	 1},
	{"I17: a handler that says IRQ_NONE is counted", handler_says_none,
	 IPI_BOTH, 1},
	{NULL, NULL, IPI_BOTH, 0},
};
