/* SPDX-License-Identifier: MIT */
/*
 * Destroying part of an IPI: what is left works as before, what went is
 * refused, and the base number stays until the last CPU goes.
 */
#include "ipi_suite.h"
#include <irqkit/interrupt.h>
#include <irqkit/irq.h>

/* Sends to the CPUs that are left arrive; to those that went none goes. */
static void destroy_check_sends(const struct cpumask *gone)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		if (cpumask_test_cpu(cpu, &ipi_ledger.cpus)) {
			ledger_send(&ipi_ledger, cpu, LEDGER_SINGLE);
			ledger_send(&ipi_ledger, cpu, LEDGER_MASK);
		}
	}
	for_each_cpu (cpu, gone) {
		struct cpumask one;

		irqkit_cpumask_single(&one, cpu);
		tap_equal(ipi_send_single(ipi_ledger.irq, cpu), -EINVAL,
			  "single send to cpu %u, which went", cpu);
		tap_equal(ipi_send_mask(ipi_ledger.irq, &one), -EINVAL,
			  "mask send to cpu %u, which went", cpu);
		tap_equal((long long)ipi_get_hwirq(ipi_ledger.irq, cpu),
			  (long long)INVALID_HWIRQ, "hwirq of cpu %u", cpu);
		tap_equal(irq_destroy_ipi(ipi_ledger.irq, &one), -EINVAL,
			  "a second destroy of cpu %u", cpu);
	}
	ledger_check(&ipi_ledger);
}

/* Of each irq that stays, and the base. */
static void destroy_check_irqs(const struct cpumask *gone)
{
	unsigned int base_cpu = ipi_ledger.offset;
	unsigned int cpu;

	tap_expect(irq_to_desc(ipi_ledger.irq) != NULL,
		   "the base number stays");
	for_each_cpu (cpu, &ipi_ledger.cpus) {
		const struct irq_data *data =
			irq_get_irq_data(ledger_irq(&ipi_ledger, cpu));

		if (!tap_expect(data != NULL, "the irq of cpu %u stays", cpu))
			continue;
		tap_expect(cpumask_equal(&data->common->affinity,
					 &ipi_ledger.cpus),
			   "the affinity of the irq of cpu %u is what is left",
			   cpu);
	}
	if (!ipi_ledger.per_cpu)
		return;
	for_each_cpu (cpu, gone)
		tap_expect(cpu == base_cpu ||
				   irq_to_desc(ledger_irq(&ipi_ledger, cpu)) ==
					   NULL,
			   "the irq of cpu %u is free", cpu);
}

/* Its handlers go first; but for the base, whose number stays. */
static void destroy_part(const struct cpumask *part)
{
	unsigned int cpu;

	for_each_cpu (cpu, part) {
		if (ipi_ledger.per_cpu && cpu != ipi_ledger.offset)
			tap_equal(free_irq(ledger_irq(&ipi_ledger, cpu),
					   ledger_cookie(&ipi_ledger, cpu)),
				  0, "free_irq() of cpu %u", cpu);
	}
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, part), 0,
		  "destroy of %u CPUs", cpumask_weight(part));
	cpumask_andnot(&ipi_ledger.cpus, &ipi_ledger.cpus, part);
	/* The counts of an irq went with it. */
	for_each_cpu (cpu, part) {
		if (!ipi_ledger.per_cpu)
			break;
		ipi_ledger.sent[cpu] = 0;
		ipi_ledger.ran[cpu] = 0;
	}
}

/* Handlers of what is left, the base's own among them. */
static void destroy_detach_rest(void)
{
	struct cpumask owners;
	unsigned int cpu;

	if (ipi_ledger.per_cpu)
		cpumask_copy(&owners, &ipi_ledger.cpus);
	else
		cpumask_clear(&owners);
	cpumask_set_cpu(ipi_ledger.offset, &owners);
	for_each_cpu (cpu, &owners)
		tap_equal(free_irq(ledger_irq(&ipi_ledger, cpu),
				   ledger_cookie(&ipi_ledger, cpu)),
			  0, "free_irq() of cpu %u at the end", cpu);
}

static void destroy_in_parts(bool per_cpu, const struct cpumask *part)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	destroy_part(part);
	destroy_check_irqs(part);
	destroy_check_sends(part);
	destroy_detach_rest();
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, &cpus), -EINVAL,
		  "destroy of all CPUs after a part");
	ledger_destroy(&ipi_ledger);
	tap_expect(irq_to_desc(ipi_ledger.irq) == NULL,
		   "the base number went with the last CPU");
}

static void destroy_first(bool per_cpu)
{
	struct cpumask part;

	irqkit_cpumask_single(&part, suite_online_cpu(0));
	destroy_in_parts(per_cpu, &part);
}

static void destroy_middle(bool per_cpu)
{
	struct cpumask part;

	irqkit_cpumask_single(&part, suite_online_cpu(1));
	destroy_in_parts(per_cpu, &part);
}

static void destroy_last(bool per_cpu)
{
	struct cpumask part;

	irqkit_cpumask_single(&part, suite_online_cpu(suite_nr_online() - 1));
	destroy_in_parts(per_cpu, &part);
}

/* What goes, and what stays, has holes. */
static void destroy_every_second(bool per_cpu)
{
	struct cpumask part;

	for (unsigned int start = 0; start < 2; start++) {
		cpumask_clear(&part);
		for (unsigned int i = start; i < suite_nr_online(); i += 2)
			cpumask_set_cpu(suite_online_cpu(i), &part);
		destroy_in_parts(per_cpu, &part);
	}
}

/* One CPU after the other, from the first on; the rest works each time. */
static void destroy_one_by_one(bool per_cpu)
{
	unsigned int steps = suite_nr_online() - 1;
	struct cpumask part;

	suite_all_cpus(per_cpu, &part);
	if (!ledger_open(&ipi_ledger, per_cpu, &part))
		return;
	for (unsigned int i = 0; i < steps && i < 12; i++) {
		irqkit_cpumask_single(&part, cpumask_first(&ipi_ledger.cpus));
		destroy_part(&part);
		destroy_check_irqs(&part);
		destroy_check_sends(&part);
	}
	destroy_detach_rest();
	ledger_destroy(&ipi_ledger);
}

/*
 * The base number is not given to anybody else while CPUs are left; nor are
 * two IPIs with a hole between them mixed up.
 */
static void destroy_keeps_base(bool per_cpu)
{
	struct cpumask first;
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	irqkit_cpumask_single(&first, cpumask_first(&cpus));
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	destroy_part(&first);
	tap_equal(irq_alloc_descs((int)ipi_ledger.irq, 0, 1, NUMA_NO_NODE),
		  -EEXIST, "taking the base number");
	if (ledger_open(&ipi_ledger_other, per_cpu, &first)) {
		tap_expect(ipi_ledger_other.irq != ipi_ledger.irq,
			   "the next IPI has another number");
		for (unsigned int i = 0; i < 4; i++) {
			ledger_send(&ipi_ledger_other, cpumask_first(&first),
				    LEDGER_SINGLE);
			ledger_send(&ipi_ledger, suite_online_cpu(1),
				    LEDGER_SINGLE);
		}
		ledger_check(&ipi_ledger);
		ledger_close(&ipi_ledger_other);
	}
	destroy_detach_rest();
	ledger_destroy(&ipi_ledger);
}

/* A handler on any irq that would go keeps all of them. */
static void destroy_refuses_handler(bool per_cpu)
{
	unsigned int last = suite_online_cpu(suite_nr_online() - 1);
	struct cpumask cpus;
	unsigned int irq;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
		return;
	irq = ledger_irq(&ipi_ledger, last);
	tap_equal(request_irq(irq, ledger_handler, 0, "last",
			      ledger_cookie(&ipi_ledger, last)),
		  0, "request_irq()");
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, &cpus), -EBUSY,
		  "destroy of all CPUs");
	destroy_check_irqs(&(struct cpumask){{0}});
	ledger_send(&ipi_ledger, last, LEDGER_SINGLE);
	ledger_check(&ipi_ledger);
	tap_equal(free_irq(irq, ledger_cookie(&ipi_ledger, last)), 0,
		  "free_irq()");
	ledger_attach(&ipi_ledger);
	ledger_send(&ipi_ledger, suite_online_cpu(0), LEDGER_SINGLE);
	ledger_close(&ipi_ledger);
}

/*
 * From some moment on each send is refused. In single mode only: there the
 * number stays, so that what is still on its way has somebody to go to.
 */
struct destroy_race {
	unsigned int cpu;
	unsigned int stop;
	unsigned int sent;
	unsigned int refused;
	int error;
};

static void destroy_race_send(void *argument)
{
	struct destroy_race *race = argument;

	while (__atomic_load_n(&race->stop, __ATOMIC_ACQUIRE) == 0) {
		int error = ipi_send_single(ipi_ledger.irq, race->cpu);

		if (error == 0)
			__atomic_fetch_add(&race->sent, 1, __ATOMIC_RELAXED);
		else if (error == -EINVAL)
			__atomic_fetch_add(&race->refused, 1, __ATOMIC_RELAXED);
		else
			race->error = error;
		suite_relax();
	}
}

static bool destroy_race_sends(void *argument)
{
	struct destroy_race *race = argument;

	return __atomic_load_n(&race->sent, __ATOMIC_RELAXED) > 0;
}

static bool destroy_race_refuses(void *argument)
{
	struct destroy_race *race = argument;

	return __atomic_load_n(&race->refused, __ATOMIC_RELAXED) > 0;
}

/* A sender may have sent before, and say so after, the destroy. */
static void destroy_race_check(struct destroy_race *race, unsigned int before)
{
	unsigned int sent;

	tap_expect(suite_wait(destroy_race_refuses, race),
		   "waited for a send to be refused");
	suite_settle();
	sent = __atomic_load_n(&race->sent, __ATOMIC_RELAXED) - before;
	tap_expect(sent <= suite_nr_online(),
		   "sends that succeeded after the destroy: %u", sent);
}

static void destroy_race_run(void *argument)
{
	struct destroy_race *race = argument;
	struct cpumask part;

	if (irqkit_port_cpu() != suite_online_cpu(0)) {
		destroy_race_send(argument);
		return;
	}
	tap_expect(suite_wait(destroy_race_sends, race),
		   "waited for a send to succeed");
	irqkit_cpumask_single(&part, race->cpu);
	destroy_part(&part);
	destroy_race_check(race,
			   __atomic_load_n(&race->sent, __ATOMIC_RELAXED));
	__atomic_store_n(&race->stop, 1, __ATOMIC_RELEASE);
}

static void destroy_while_sending(bool per_cpu)
{
	struct destroy_race race = {
		.cpu = suite_online_cpu(suite_nr_online() - 1),
	};
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
		return;
	ledger_attach(&ipi_ledger);
	suite_few_cpus(&cpus);
	suite_run_on_mask(&cpus, destroy_race_run, &race);
	suite_settle();
	tap_equal(race.error, 0, "another error than -EINVAL");
	destroy_detach_rest();
	ledger_destroy(&ipi_ledger);
}

const struct ipi_test ipi_destroy_tests[] = {
	{"I2: destroy of the first CPU, then the rest", destroy_first, IPI_BOTH,
	 2},
	{"I2: destroy of a middle CPU, then the rest", destroy_middle, IPI_BOTH,
	 3},
	{"I2: destroy of the last CPU, then the rest", destroy_last, IPI_BOTH,
	 2},
	{"I2: destroy of every second CPU, then the rest", destroy_every_second,
	 IPI_BOTH, 2},
	{"I2: destroy of one CPU after the other", destroy_one_by_one, IPI_BOTH,
	 2},
	{"I2: the base number stays until the last CPU goes",
	 destroy_keeps_base, IPI_BOTH, 2},
	{"I2: a handler on one irq keeps the whole", destroy_refuses_handler,
	 IPI_BOTH, 1},
	{"I2: destroy of a part while others send to it", destroy_while_sending,
	 IPI_SINGLE, 2},
	{NULL, NULL, IPI_BOTH, 0},
};
