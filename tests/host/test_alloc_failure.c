/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out at each step in turn: the port's allocator fails at its
 * first call, then at its second, and so on, until the call under test comes
 * through. Each failure is -ENOMEM and leaves nothing behind but storage for
 * descriptors, which the next call uses.
 */
#include "host.h"
#include "sim_ipi.h"
#include "suites/suite.h"

#define FAIL_CPUS  200U /* a reserve in per-CPU mode takes several chunks */
#define FAIL_IPIS  4U
#define FAIL_STEPS 64U

static struct sim_ipi *fail_single;
static struct sim_ipi *fail_per_cpu;
static int fail_irq; /* of the last call that came through */

/* Numbers that keep all free storage away from the call under test. */
static unsigned int fail_kept[65536];
static unsigned int fail_nr_kept;

static void fail_keep_all(void)
{
	int irq;

	host_fail_alloc(1);
	while ((irq = irq_alloc_descs(-1, 1, 1, 0)) > 0)
		fail_kept[fail_nr_kept++] = (unsigned int)irq;
	tap_equal(irq, -ENOMEM, "when storage ended");
	host_fail_alloc(0);
}

static void fail_give_back(void)
{
	while (fail_nr_kept > 0)
		irq_free_descs(fail_kept[--fail_nr_kept], 1);
}

struct fail_case {
	const char *name;
	int (*call)(void);
	void (*undo)(void);
	bool storage;	    /* it needs storage for descriptors */
	unsigned int least; /* allocations that it makes at least */
};

static unsigned int fail_at_each_step(const struct fail_case *test)
{
	unsigned int step;

	for (step = 1; step < FAIL_STEPS; step++) {
		unsigned int irqs;
		unsigned long memory;
		int result;

		if (test->storage)
			fail_keep_all();
		irqs = suite_count_irqs();
		memory = host_live();
		host_fail_alloc(step);
		result = test->call();
		host_fail_alloc(0);
		if (!host_alloc_failed()) {
			tap_expect(result >= 0, "it came through with %d",
				   result);
			if (result >= 0)
				test->undo();
			fail_give_back();
			break;
		}
		tap_equal(result, -ENOMEM, "result of step %u", step);
		tap_equal(suite_count_irqs(), irqs, "irqs after step %u", step);
		if (!test->storage)
			tap_equal((long long)host_live(), (long long)memory,
				  "memory after step %u", step);
		fail_give_back();
	}
	return step - 1;
}

/* The second round finds all storage there: nothing was lost. */
static void fail_run(const struct fail_case *test)
{
	unsigned long memory;
	int result;

	tap_subject("%s fails at each allocation", test->name);
	tap_expect(fail_at_each_step(test) >= test->least,
		   "it has %u steps or more", test->least);
	tap_equal(fail_single->used + fail_per_cpu->used, 0,
		  "hwirqs afterwards");
	memory = host_live();
	for (unsigned int i = 0; i < 3; i++) {
		result = test->call();
		tap_expect(result >= 0, "it works with %d", result);
		if (result >= 0)
			test->undo();
	}
	tap_equal((long long)host_live(), (long long)memory,
		  "memory after three more");
	tap_equal(suite_count_irqs(), 0, "irqs afterwards");
	tap_close();
}

static int fail_alloc_descs(void)
{
	fail_irq = irq_alloc_descs(-1, 1, 200, 0);
	return fail_irq;
}

static int fail_alloc_at(void)
{
	fail_irq = irq_alloc_descs(40000, 0, 200, 0);
	return fail_irq;
}

static void fail_free_descs(void)
{
	tap_equal(irq_free_descs((unsigned int)fail_irq, 200), 0, "free");
}

static int fail_reserve(struct irq_domain *domain)
{
	fail_irq = irq_reserve_ipi(domain, cpu_possible_mask);
	return fail_irq;
}

static int fail_reserve_single(void)
{
	return fail_reserve(fail_single->domain);
}

static int fail_reserve_per_cpu(void)
{
	return fail_reserve(fail_per_cpu->domain);
}

static void fail_destroy(void)
{
	tap_equal(irq_destroy_ipi((unsigned int)fail_irq, cpu_possible_mask), 0,
		  "destroy");
}

static struct irq_domain *fail_domain;

static int fail_create(void)
{
	const struct irq_domain_info info = {
		.name = "new",
		.size = 100,
		.ops = fail_single->domain->ops,
	};

	return irq_domain_create(&info, &fail_domain);
}

static void fail_remove(void)
{
	tap_equal(irq_domain_remove(fail_domain), 0, "remove");
}

static void *fail_cookies[IRQKIT_NR_CPUS];

static irqreturn_t fail_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* On an IPI that is there all the time. */
static int fail_percpu_irq;

static int fail_request_percpu(void)
{
	return request_percpu_irq((unsigned int)fail_percpu_irq, fail_handler,
				  "h", fail_cookies);
}

static void fail_free_percpu(void)
{
	tap_equal(free_percpu_irq((unsigned int)fail_percpu_irq, fail_cookies),
		  0, "free_percpu_irq()");
}

static const struct fail_case fail_cases[] = {
	{"irq_alloc_descs() anywhere", fail_alloc_descs, fail_free_descs, true,
	 7},
	{"irq_alloc_descs() at a number", fail_alloc_at, fail_free_descs, true,
	 4},
	{"irq_reserve_ipi() in single mode", fail_reserve_single, fail_destroy,
	 true, 1},
	{"irq_reserve_ipi() in per-CPU mode", fail_reserve_per_cpu,
	 fail_destroy, true, 7},
	{"irq_domain_create()", fail_create, fail_remove, false, 1},
};

static void fail_percpu(void)
{
	const struct fail_case test = {"", fail_request_percpu,
				       fail_free_percpu, false, 1};

	tap_subject("request_percpu_irq() fails at each allocation");
	fail_percpu_irq = irq_reserve_ipi(fail_single->domain,
					  cpu_possible_mask);
	tap_equal(fail_at_each_step(&test), 1, "steps");
	/* A request that is refused for another reason gives its back. */
	tap_equal(request_percpu_irq(~0U, fail_handler, "h", fail_cookies),
		  -EINVAL, "a bad irq");
	tap_equal(fail_request_percpu(), 0, "a good one");
	tap_equal(fail_request_percpu(), -EBUSY, "twice");
	fail_free_percpu();
	fail_irq = fail_percpu_irq;
	fail_destroy();
	tap_close();
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	cpumask_clear(&offline);
	for (unsigned int cpu = 1; cpu < FAIL_CPUS; cpu++)
		cpumask_set_cpu(cpu, &offline);
	host_start(FAIL_CPUS, &offline);
	fail_single = sim_ipi_create("single", false, true, FAIL_IPIS);
	fail_per_cpu = sim_ipi_create("per-CPU", true, false,
				      FAIL_IPIS * FAIL_CPUS);
	for (size_t i = 0; i < sizeof(fail_cases) / sizeof(fail_cases[0]); i++)
		fail_run(&fail_cases[i]);
	fail_percpu();
	return host_end();
}
