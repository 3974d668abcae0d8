/* SPDX-License-Identifier: MIT */
/*
 * Detaching: it waits for what runs, with the IPIs that arrive meanwhile all
 * in the books, and may not be waited for by a handler.
 */
#include "ipi_suite.h"
#include <irqkit/interrupt.h>
#include <irqkit/irq.h>

static bool detach_reserve_all(bool per_cpu)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	return ledger_reserve(&ipi_ledger, per_cpu, &cpus);
}

/* The irqs of the books, each once. */
static unsigned int detach_nr_irqs(void)
{
	return ipi_ledger.per_cpu ? cpumask_weight(&ipi_ledger.cpus) : 1;
}

/* How often a CPU took its irq, handler or not. */
struct detach_taken {
	unsigned int cpu;
	unsigned long count;
};

static bool detach_was_taken(void *argument)
{
	const struct detach_taken *taken = argument;

	return kstat_irqs_cpu(ledger_irq(&ipi_ledger, taken->cpu),
			      taken->cpu) >= taken->count;
}

/*
 * Detaching while others send. Each CPU sends to its neighbour, one at a
 * time, so that its count there is exact whether somebody handles it or not.
 */
struct detach_storm {
	unsigned int attached; /* handlers may run */
	unsigned int stop;
	unsigned int late;  /* handlers that ran detached */
	unsigned int stuck; /* CPUs whose IPI was never taken */
};

static struct detach_storm detach_storm;

static irqreturn_t detach_in_storm(unsigned int irq, void *dev_id)
{
	if (__atomic_load_n(&detach_storm.attached, __ATOMIC_SEQ_CST) == 0)
		__atomic_fetch_add(&detach_storm.late, 1, __ATOMIC_RELAXED);
	return ledger_handler(irq, dev_id);
}

static void detach_storm_send(void *argument)
{
	struct detach_taken taken = {
		.cpu = suite_next_online(irqkit_port_cpu()),
	};

	(void)argument;
	while (__atomic_load_n(&detach_storm.stop, __ATOMIC_ACQUIRE) == 0 ||
	       taken.count == 0) {
		taken.count++;
		if (ipi_send_single(ipi_ledger.irq, taken.cpu) != 0 ||
		    !suite_wait(detach_was_taken, &taken)) {
			__atomic_fetch_add(&detach_storm.stuck, 1,
					   __ATOMIC_RELAXED);
			break;
		}
	}
	__atomic_store_n(&ipi_ledger.sent[taken.cpu], taken.count,
			 __ATOMIC_RELEASE);
}

static void detach_storm_attach(void)
{
	__atomic_store_n(&detach_storm.attached, 1, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < detach_nr_irqs(); i++) {
		unsigned int cpu = ipi_ledger.offset + i;

		tap_equal(request_irq(ipi_ledger.irq + i, detach_in_storm, 0,
				      "storm", ledger_cookie(&ipi_ledger, cpu)),
			  0, "request_irq() of irq %u", i);
	}
}

static void detach_storm_detach(void)
{
	for (unsigned int i = 0; i < detach_nr_irqs(); i++) {
		unsigned int cpu = ipi_ledger.offset + i;

		tap_equal(free_irq(ipi_ledger.irq + i,
				   ledger_cookie(&ipi_ledger, cpu)),
			  0, "free_irq() of irq %u", i);
	}
	__atomic_store_n(&detach_storm.attached, 0, __ATOMIC_SEQ_CST);
}

/* On CPU 0, which sends too, through the others. */
static void detach_storm_on_cpu(void *argument)
{
	if (irqkit_port_cpu() != suite_online_cpu(0)) {
		detach_storm_send(argument);
		return;
	}
	for (unsigned int i = 0; i < 2 + suite_share(100); i++) {
		detach_storm_attach();
		for (unsigned int spin = 0; spin < 50; spin++)
			suite_relax();
		detach_storm_detach();
		suite_relax();
	}
	__atomic_store_n(&detach_storm.stop, 1, __ATOMIC_RELEASE);
}

static void detach_storm_check(unsigned int cpu)
{
	unsigned int unhandled = irqkit_unhandled(cpu) -
				 ipi_ledger.unhandled_before[cpu];
	unsigned long sent = ipi_ledger.sent[cpu];

	tap_equal((long long)(ipi_ledger.ran[cpu] + unhandled), (long long)sent,
		  "handled (%lu) and unhandled (%u) on cpu %u",
		  ipi_ledger.ran[cpu], unhandled, cpu);
	tap_equal((long long)kstat_irqs_cpu(ledger_irq(&ipi_ledger, cpu), cpu),
		  (long long)sent, "counted by the library on cpu %u", cpu);
}

static void detach_free_in_storm(bool per_cpu)
{
	struct cpumask busy;
	unsigned int cpu;

	if (!detach_reserve_all(per_cpu))
		return;
	detach_storm = (struct detach_storm){0};
	suite_few_cpus(&busy);
	suite_run_on_mask(&busy, detach_storm_on_cpu, NULL);
	suite_settle();
	tap_equal(detach_storm.late, 0, "handlers that ran after free_irq()");
	tap_equal(detach_storm.stuck, 0, "CPUs whose IPI was never taken");
	tap_equal((long long)ipi_ledger.wrong, 0, "wrong CPU, irq, cookie");
	for_each_cpu (cpu, cpu_online_mask)
		detach_storm_check(cpu);
	ledger_destroy(&ipi_ledger);
}

/* A handler that stays in for a while: what waits for it must see it out. */
struct detach_long {
	unsigned int inside;
	unsigned int left;
};

static struct detach_long detach_long;

/* About 4 ms, which is more than a wait that does not wait needs. */
static irqreturn_t detach_stays(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	__atomic_store_n(&detach_long.inside, 1, __ATOMIC_RELEASE);
	suite_settle();
	suite_settle();
	__atomic_store_n(&detach_long.left, 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static bool detach_is_inside(void *argument)
{
	(void)argument;
	return __atomic_load_n(&detach_long.inside, __ATOMIC_ACQUIRE) != 0;
}

/* Send to @cpu, and wait until its handler runs and stays. */
static void detach_enter_long(unsigned int cpu)
{
	detach_long = (struct detach_long){0};
	tap_equal(ipi_send_single(ipi_ledger.irq, cpu), 0, "a send");
	tap_expect(suite_wait(detach_is_inside, NULL),
		   "waited for the handler on cpu %u", cpu);
}

static void detach_expect_left(const char *who)
{
	tap_equal(__atomic_load_n(&detach_long.left, __ATOMIC_ACQUIRE), 1,
		  "handler done when %s returned", who);
}

static void detach_is_waited_for(bool per_cpu)
{
	unsigned int cpu = suite_online_cpu(suite_nr_online() - 1);
	unsigned int irq;

	if (!detach_reserve_all(per_cpu))
		return;
	irq = ledger_irq(&ipi_ledger, cpu);
	tap_equal(request_irq(irq, detach_stays, 0, "stays", NULL), 0,
		  "request_irq()");
	detach_enter_long(cpu);
	tap_equal(synchronize_irq(irq), 0, "synchronize_irq()");
	detach_expect_left("synchronize_irq()");
	detach_enter_long(cpu);
	tap_equal(irq_set_handler(irq, handle_percpu_irq), 0,
		  "irq_set_handler()");
	detach_expect_left("irq_set_handler()");
	detach_enter_long(cpu);
	tap_equal(free_irq(irq, NULL), 0, "free_irq()");
	detach_expect_left("free_irq()");
	ledger_destroy(&ipi_ledger);
}

/* What waits for handlers may not be called by one. */
struct detach_results {
	int free, free_percpu, destroy, set, synchronize, descs;
};

static void *detach_cookies[IRQKIT_NR_CPUS];

static void detach_call_waiters(struct ledger *ledger, unsigned int cpu)
{
	struct detach_results *results = ledger->argument;
	unsigned int irq = ledger_irq(ledger, cpu);

	results->free = free_irq(irq, ledger_cookie(ledger, cpu));
	results->free_percpu = free_percpu_irq(irq, detach_cookies);
	results->destroy = irq_destroy_ipi(ledger->irq, &ledger->cpus);
	results->set = irq_set_handler(irq, NULL);
	results->synchronize = synchronize_irq(irq);
	results->descs = irq_free_descs(irq, 1);
}

static void detach_may_not_wait(bool per_cpu)
{
	struct detach_results results = {0};
	struct cpumask cpus;
	unsigned int cpu;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	ipi_ledger.then = detach_call_waiters;
	ipi_ledger.argument = &results;
	ledger_send(&ipi_ledger, suite_online_cpu(suite_nr_online() - 1),
		    LEDGER_SINGLE);
	ledger_check(&ipi_ledger);
	tap_equal(results.free, -EDEADLK, "free_irq()");
	tap_equal(results.free_percpu, -EDEADLK, "free_percpu_irq()");
	tap_equal(results.destroy, -EDEADLK, "irq_destroy_ipi()");
	tap_equal(results.set, -EDEADLK, "irq_set_handler()");
	tap_equal(results.synchronize, -EDEADLK, "synchronize_irq()");
	tap_equal(results.descs, -EDEADLK, "irq_free_descs()");
	ipi_ledger.then = NULL;
	for_each_cpu (cpu, cpu_online_mask)
		ledger_send(&ipi_ledger, cpu, LEDGER_SINGLE);
	ledger_close(&ipi_ledger);
}

const struct ipi_test ipi_detach_tests[] = {
	{"I17: free_irq() while others send: every IPI is accounted for",
	 detach_free_in_storm, IPI_BOTH, 3},
	{"I17: free_irq() and its like wait for a handler that runs",
	 detach_is_waited_for, IPI_BOTH, 2},
	{"I17: what waits for handlers is -EDEADLK in a handler",
	 detach_may_not_wait, IPI_BOTH, 1},
	{NULL, NULL, IPI_BOTH, 0},
};
