/* SPDX-License-Identifier: MIT */
/*
 * Bad input: each is refused with its error, nothing is sent, and the IPI
 * beside it works as before (I6, HZ42, HZ43).
 */
#include "ipi_suite.h"
#include <irqkit/interrupt.h>
#include <irqkit/irq.h>

/* All calls that take an irq, with one that is no IPI. */
static void error_check_irq(unsigned int irq, const char *what)
{
	struct cpumask cpus;

	irqkit_cpumask_single(&cpus, 0);
	tap_equal(ipi_send_single(irq, 0), -EINVAL, "single send to %s", what);
	tap_equal(ipi_send_mask(irq, &cpus), -EINVAL, "mask send to %s", what);
	tap_equal((long long)ipi_get_hwirq(irq, 0), (long long)INVALID_HWIRQ,
		  "hwirq of %s", what);
	tap_equal(irq_destroy_ipi(irq, &cpus), -EINVAL, "destroy of %s", what);
}

/* Calls that reach the descriptor, with a number that has none. */
static void error_check_number(unsigned int irq, const char *what)
{
	static void *cookies[IRQKIT_NR_CPUS];

	error_check_irq(irq, what);
	tap_equal(request_irq(irq, ledger_handler, 0, "x", NULL), -EINVAL,
		  "request_irq() of %s", what);
	tap_equal(free_irq(irq, NULL), -EINVAL, "free_irq() of %s", what);
	tap_equal(request_percpu_irq(irq, ledger_handler, "x", cookies),
		  -EINVAL, "request_percpu_irq() of %s", what);
	tap_equal(free_percpu_irq(irq, cookies), -EINVAL,
		  "free_percpu_irq() of %s", what);
	tap_equal(enable_percpu_irq(irq), -EINVAL, "enable of %s", what);
	tap_equal(disable_percpu_irq(irq), -EINVAL, "disable of %s", what);
	tap_equal(synchronize_irq(irq), -EINVAL, "synchronize of %s", what);
	tap_equal(irq_set_handler(irq, handle_percpu_irq), -EINVAL,
		  "irq_set_handler() of %s", what);
	tap_equal(irq_set_status_flags(irq, IRQ_NOREQUEST), -EINVAL,
		  "status flags of %s", what);
	tap_expect(irq_to_desc(irq) == NULL && irq_get_irq_data(irq) == NULL,
		   "no descriptor of %s", what);
	tap_equal((long long)kstat_irqs_cpu(irq, 0), 0, "count of %s", what);
	tap_equal((long long)kstat_irqs(irq), 0, "counts of %s", what);
}

/* An IPI in use beside all that is refused; after it, it must be right. */
static bool error_open(bool per_cpu)
{
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	return ledger_open(&ipi_ledger, per_cpu, &cpus);
}

static void error_close(void)
{
	unsigned int cpu;

	/* First that nothing was sent, then that all can be reached. */
	ledger_check(&ipi_ledger);
	for_each_cpu (cpu, cpu_online_mask)
		ledger_send(&ipi_ledger, cpu, LEDGER_SINGLE);
	ledger_close(&ipi_ledger);
}

static void error_cpu_bounds(bool per_cpu)
{
	const unsigned int bad[] = {nr_cpu_ids,	    nr_cpu_ids + 1,
				    IRQKIT_NR_CPUS, IRQKIT_NR_CPUS + 1,
				    ~0U - 1,	    ~0U};

	if (!error_open(per_cpu))
		return;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_equal(ipi_send_single(ipi_ledger.irq, bad[i]), -EINVAL,
			  "single send to cpu %u", bad[i]);
		tap_equal((long long)ipi_get_hwirq(ipi_ledger.irq, bad[i]),
			  (long long)INVALID_HWIRQ, "hwirq at cpu %u", bad[i]);
		tap_equal((long long)kstat_irqs_cpu(ipi_ledger.irq, bad[i]), 0,
			  "count of cpu %u", bad[i]);
		tap_equal(irqkit_unhandled(bad[i]), 0, "unhandled of cpu %u",
			  bad[i]);
	}
	error_close();
}

static void error_mask_beyond(bool per_cpu)
{
	struct cpumask cpus;

	if (nr_cpu_ids == IRQKIT_NR_CPUS) {
		tap_skip("all bits of a mask are CPUs");
		return;
	}
	if (!error_open(per_cpu))
		return;
	for (unsigned int cpu = nr_cpu_ids; cpu < IRQKIT_NR_CPUS; cpu++) {
		irqkit_cpumask_single(&cpus, 0);
		cpumask_set_cpu(cpu, &cpus);
		tap_equal(ipi_send_mask(ipi_ledger.irq, &cpus), -EINVAL,
			  "mask send to cpus 0 and %u", cpu);
		tap_equal(irq_destroy_ipi(ipi_ledger.irq, &cpus), -EINVAL,
			  "destroy of cpus 0 and %u", cpu);
	}
	error_close();
}

static void error_null_masks(bool per_cpu)
{
	struct cpumask cpus;

	if (!error_open(per_cpu))
		return;
	tap_equal(ipi_send_mask(ipi_ledger.irq, NULL), -EINVAL,
		  "mask send without a mask");
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, NULL), -EINVAL,
		  "destroy without a mask");
	cpumask_clear(&cpus);
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, &cpus), -EINVAL,
		  "destroy of an empty mask");
	error_close();
}

/* A number that nobody has. */
static unsigned int error_unused_irq(void)
{
	unsigned int irq = IRQKIT_NR_IRQS - 1;

	while (irq_to_desc(irq) != NULL)
		irq--;
	return irq;
}

static void error_bad_numbers(bool per_cpu)
{
	if (!error_open(per_cpu))
		return;
	error_check_number(0, "irq 0");
	error_check_number(error_unused_irq(), "an irq never allocated");
	error_check_number(ipi_ledger.irq + 64 * 70, "an irq far away");
	error_check_number(IRQKIT_NR_IRQS, "irq IRQKIT_NR_IRQS");
	error_check_number(IRQKIT_NR_IRQS + 1, "irq IRQKIT_NR_IRQS + 1");
	error_check_number(1U << 31, "irq 1 << 31");
	error_check_number(~0U, "irq ~0U");
	error_close();
}

static void error_no_ipi(bool per_cpu)
{
	int irq = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);

	if (!tap_expect(irq > 0, "irq_alloc_descs() returned %d", irq))
		return;
	if (error_open(per_cpu)) {
		error_check_irq((unsigned int)irq, "an irq that is no IPI");
		error_close();
	}
	tap_equal(irq_free_descs((unsigned int)irq, 1), 0, "irq_free_descs()");
}

/* In per-CPU mode the irqs behind the base are no names of the IPI. */
static void error_not_the_base(bool per_cpu)
{
	unsigned int cpu;
	struct cpumask cpus;

	if (!error_open(per_cpu))
		return;
	for_each_cpu (cpu, &ipi_ledger.cpus) {
		unsigned int irq = ledger_irq(&ipi_ledger, cpu);

		if (irq == ipi_ledger.irq)
			continue;
		irqkit_cpumask_single(&cpus, cpu);
		error_check_irq(irq, "an irq behind the base");
		tap_equal(ipi_send_single(irq, cpu), -EINVAL, "its own CPU");
		tap_equal(ipi_send_mask(irq, &cpus), -EINVAL, "its own mask");
		tap_equal(irq_destroy_ipi(irq, &cpus), -EINVAL, "its destroy");
	}
	error_close();
}

static void error_destroyed(bool per_cpu)
{
	struct cpumask cpus;
	unsigned int irq;

	suite_all_cpus(per_cpu, &cpus);
	if (!ledger_reserve(&ipi_ledger, per_cpu, &cpus))
		return;
	irq = ipi_ledger.irq;
	ledger_destroy(&ipi_ledger);
	error_check_number(irq, "a destroyed IPI");
	tap_equal(irq_destroy_ipi(irq, &cpus), -EINVAL, "a second destroy");
}

/* The CPU is possible, but the IPI does not have it. */
static void error_other_cpu(bool per_cpu)
{
	unsigned int last = suite_online_cpu(suite_nr_online() - 1);
	struct cpumask cpus;

	suite_all_cpus(per_cpu, &cpus);
	cpumask_clear_cpu(last, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	tap_equal(ipi_send_single(ipi_ledger.irq, last), -EINVAL,
		  "single send to cpu %u", last);
	tap_equal(ipi_send_mask(ipi_ledger.irq, cpu_online_mask), -EINVAL,
		  "send to all");
	irqkit_cpumask_single(&cpus, last);
	tap_equal(ipi_send_mask(ipi_ledger.irq, &cpus), -EINVAL,
		  "mask send to cpu %u", last);
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, &cpus), -EINVAL,
		  "destroy of cpu %u", last);
	cpumask_set_cpu(suite_online_cpu(0), &cpus);
	tap_equal(irq_destroy_ipi(ipi_ledger.irq, &cpus), -EINVAL,
		  "destroy of cpu %u and one it has", last);
	ledger_check(&ipi_ledger);
	ledger_send(&ipi_ledger, suite_online_cpu(0), LEDGER_SINGLE);
	ledger_close(&ipi_ledger);
}

/* Not to be lost silently: and in a mask nobody gets it. */
static void error_offline_cpu(bool per_cpu)
{
	unsigned int offline = suite_offline_cpu();
	struct cpumask cpus;

	if (offline == SUITE_NONE) {
		tap_skip("all CPUs are online");
		return;
	}
	suite_all_cpus(true, &cpus);
	for (unsigned int cpu = 0; cpu <= offline; cpu++)
		cpumask_set_cpu(cpu, &cpus);
	if (!ledger_open(&ipi_ledger, per_cpu, &cpus))
		return;
	tap_equal(ipi_send_single(ipi_ledger.irq, offline), -ENXIO,
		  "single send to cpu %u", offline);
	irqkit_cpumask_single(&cpus, offline);
	tap_equal(ipi_send_mask(ipi_ledger.irq, &cpus), -ENXIO,
		  "mask send to cpu %u", offline);
	cpumask_or(&cpus, &cpus, cpu_online_mask);
	tap_equal(ipi_send_mask(ipi_ledger.irq, &cpus), -ENXIO,
		  "send to all online CPUs and cpu %u", offline);
	error_close();
}

/* I6: in debug builds the unchecked calls check too. */
static void error_unchecked(bool per_cpu)
{
	struct irq_desc *desc;
	struct cpumask cpus;

	if (!IRQKIT_DEBUG) {
		tap_skip("not a debug build");
		return;
	}
	if (!error_open(per_cpu))
		return;
	desc = irq_to_desc(ipi_ledger.irq);
	tap_equal(__ipi_send_single(NULL, 0), -EINVAL, "no descriptor");
	tap_equal(__ipi_send_single(desc, nr_cpu_ids), -EINVAL,
		  "cpu nr_cpu_ids");
	tap_equal(__ipi_send_single(desc, ~0U), -EINVAL, "cpu ~0U");
	tap_equal(__ipi_send_mask(NULL, cpu_online_mask), -EINVAL,
		  "a mask and no descriptor");
	tap_equal(__ipi_send_mask(desc, NULL), -EINVAL, "no mask");
	if (nr_cpu_ids < IRQKIT_NR_CPUS) {
		irqkit_cpumask_first_n(&cpus, nr_cpu_ids + 1);
		tap_equal(__ipi_send_mask(desc, &cpus), -EINVAL,
			  "a mask beyond nr_cpu_ids");
	}
	error_close();
}

/* A second handler, a wrong cookie, flags that do not exist. */
static void error_handlers(bool per_cpu)
{
	static void *cookies[IRQKIT_NR_CPUS];
	unsigned int irq;

	if (!error_open(per_cpu))
		return;
	irq = ipi_ledger.irq;
	tap_equal(request_irq(irq, ledger_handler, 0, "x", NULL), -EBUSY,
		  "a second request_irq()");
	tap_equal(request_percpu_irq(irq, ledger_handler, "x", cookies), -EBUSY,
		  "request_percpu_irq() after request_irq()");
	tap_equal(free_irq(irq, cookies), -EINVAL, "another cookie");
	tap_equal(free_irq(irq, NULL), -EINVAL, "no cookie");
	tap_equal(free_percpu_irq(irq, cookies), -EINVAL,
		  "free_percpu_irq() after request_irq()");
	tap_equal(enable_percpu_irq(irq), -EINVAL, "enable_percpu_irq()");
	tap_equal(disable_percpu_irq(irq), -EINVAL, "disable_percpu_irq()");
	tap_equal(request_irq(irq, NULL, 0, "x", NULL), -EINVAL, "no handler");
	tap_equal(request_irq(irq, ledger_handler, 1UL << 20, "x", NULL),
		  -EINVAL, "an unknown flag");
	tap_equal(irq_free_descs(irq, 1), -EINVAL,
		  "irq_free_descs() of an IPI");
	tap_equal(irq_domain_free_irqs(irq, 1), -EINVAL,
		  "irq_domain_free_irqs() of an IPI");
	tap_equal(irq_domain_alloc_irqs(suite_domain(per_cpu), 1, NUMA_NO_NODE,
					cpu_online_mask),
		  -EINVAL, "irq_domain_alloc_irqs() in an IPI domain");
	tap_equal(irq_domain_remove(suite_domain(per_cpu)), -EBUSY,
		  "irq_domain_remove() of a domain in use");
	tap_equal(irq_destroy_ipi(irq, &ipi_ledger.cpus), -EBUSY,
		  "destroy with a handler");
	error_close();
}

const struct ipi_test ipi_error_tests[] = {
	{"I6, HZ42: CPU nr_cpu_ids and beyond", error_cpu_bounds, IPI_BOTH, 1},
	{"I6, HZ42: masks with CPUs beyond nr_cpu_ids", error_mask_beyond,
	 IPI_BOTH, 1},
	{"I6: no mask, an empty mask", error_null_masks, IPI_BOTH, 1},
	{"I6, HZ43: numbers that were never allocated", error_bad_numbers,
	 IPI_BOTH, 1},
	{"I6, HZ43: an irq that is no IPI", error_no_ipi, IPI_BOTH, 1},
	{"I6, HZ43: an IPI that was destroyed, and a second destroy",
	 error_destroyed, IPI_BOTH, 1},
	{"I6: the irqs behind the base are not the IPI", error_not_the_base,
	 IPI_PER_CPU, 1},
	{"I6: a CPU that the IPI does not have", error_other_cpu, IPI_BOTH, 2},
	{"I6: a CPU that is offline is -ENXIO, and nothing is sent",
	 error_offline_cpu, IPI_BOTH, 1},
	{"I6: the unchecked calls check in a debug build", error_unchecked,
	 IPI_BOTH, 1},
	{"I16, I17: errors of attaching and freeing change nothing",
	 error_handlers, IPI_BOTH, 1},
	{NULL, NULL, IPI_BOTH, 0},
};
