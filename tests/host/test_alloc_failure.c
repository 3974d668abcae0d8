/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out at each step in turn: the port's allocator fails at its
 * first call, then at its second, and so on, until the call under test comes
 * through. Each failure is -ENOMEM and leaves nothing behind but storage for
 * descriptors, which the next call uses.
 */
#include "host.h"
#include <irqkit/chip_generic.h>
#include "sim_ipi.h"
#include "suites/suite.h"

#define FAIL_CPUS  200U /* a reserve in per-CPU mode takes several chunks */
#define FAIL_IPIS  4U
#define FAIL_STEPS 128U

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
	unsigned int irqs = suite_count_irqs();
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
	tap_equal(suite_count_irqs(), irqs, "irqs afterwards");
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

static int fail_create_radix(void)
{
	const struct irq_domain_info info = {
		.name = "new",
		.flags = IRQ_DOMAIN_FLAG_RADIX,
		.size = ~0UL,
		.ops = fail_single->domain->ops,
	};

	return irq_domain_create(&info, &fail_domain);
}

/* Controllers of other interrupts, one a level, made anew for each call. */
#define FAIL_LEVELS 3U

static const struct irq_chip fail_chip = {.name = "fail"};
static struct irq_domain *fail_levels[FAIL_LEVELS];
static unsigned int fail_taken; /* of all levels */

static int fail_level_alloc(struct irq_domain *domain, unsigned int irq,
			    unsigned int nr, const void *arg)
{
	int error = 0;

	if (domain->parent != NULL)
		error = irq_domain_alloc_irqs_parent(domain, irq, nr, arg);
	if (error != 0)
		return error;
	/* Far apart, for a radix map to grow. */
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i * 300UL + 7, &fail_chip,
				    NULL, handle_simple_irq);
	fail_taken += nr;
	return 0;
}

static void fail_level_free(struct irq_domain *domain, unsigned int irq,
			    unsigned int nr)
{
	(void)domain;
	(void)irq;
	fail_taken -= nr;
}

static const struct irq_domain_ops fail_level_ops = {
	.alloc = fail_level_alloc,
	.free = fail_level_free,
};

static int fail_level_map(struct irq_domain *domain, unsigned int irq,
			  irq_hw_number_t hwirq)
{
	irq_domain_set_info(domain, irq, hwirq, &fail_chip, NULL,
			    handle_simple_irq);
	fail_taken++;
	return 0;
}

static void fail_level_unmap(struct irq_domain *domain, unsigned int irq)
{
	fail_level_free(domain, irq, 1);
}

static const struct irq_domain_ops fail_map_ops = {
	.map = fail_level_map,
	.unmap = fail_level_unmap,
};

static void fail_remove_levels(void)
{
	for (unsigned int i = FAIL_LEVELS; i-- > 0;) {
		if (fail_levels[i] == NULL)
			continue;
		tap_equal(fail_levels[i]->mapped, 0, "irqs in level %u", i);
		tap_equal(irq_domain_remove(fail_levels[i]), 0, "remove");
		fail_levels[i] = NULL;
	}
	tap_equal(fail_taken, 0, "numbers that are taken");
}

/* @radix: a bit for each level with such a map. The last has the fwnode. */
static int fail_make_levels(unsigned int nr, unsigned int radix,
			    const struct irq_domain_ops *ops)
{
	int error = 0;

	for (unsigned int i = 0; i < nr && error == 0; i++) {
		const struct irq_domain_info info = {
			.name = "level",
			.flags = (radix >> i & 1) != 0 ? IRQ_DOMAIN_FLAG_RADIX
						       : 0,
			.size = 1U << 16,
			.fwnode = i + 1 == nr ? &fail_taken : NULL,
			.parent = i > 0 ? fail_levels[i - 1] : NULL,
			.ops = ops,
		};

		error = irq_domain_create(&info, &fail_levels[i]);
	}
	return error;
}

static int fail_end_levels(int irq)
{
	fail_irq = irq;
	if (irq < 0)
		fail_remove_levels();
	return irq;
}

static int fail_alloc_irqs(unsigned int levels, unsigned int radix)
{
	int result = fail_make_levels(levels, radix, &fail_level_ops);

	if (result == 0)
		result = irq_domain_alloc_irqs(fail_levels[levels - 1], 20, 0,
					       NULL);
	return fail_end_levels(result);
}

static int fail_alloc_flat(void)
{
	return fail_alloc_irqs(1, 0);
}

static int fail_alloc_radix(void)
{
	return fail_alloc_irqs(1, 1);
}

static int fail_alloc_hierarchy(void)
{
	return fail_alloc_irqs(FAIL_LEVELS, 5);
}

static void fail_free_irqs(void)
{
	tap_equal(irq_domain_free_irqs((unsigned int)fail_irq, 20), 0, "free");
	fail_remove_levels();
}

static int fail_create_mapping(unsigned int radix)
{
	int result = fail_make_levels(1, radix, &fail_map_ops);

	if (result == 0)
		result = irq_create_mapping(fail_levels[0], 5000);
	return fail_end_levels(result);
}

static int fail_mapping_linear(void)
{
	return fail_create_mapping(0);
}

static int fail_mapping_radix(void)
{
	return fail_create_mapping(1);
}

static int fail_fwspec(unsigned int levels, const struct irq_domain_ops *ops)
{
	const struct irq_fwspec fwspec = {
		.fwnode = &fail_taken,
		.param_count = 1,
		.param = {7},
	};
	int result = fail_make_levels(levels, 7, ops);

	if (result == 0)
		result = irq_create_fwspec_mapping(&fwspec);
	return fail_end_levels(result);
}

static int fail_fwspec_map(void)
{
	return fail_fwspec(1, &fail_map_ops);
}

static int fail_fwspec_alloc(void)
{
	return fail_fwspec(FAIL_LEVELS, &fail_level_ops);
}

static void fail_dispose(void)
{
	tap_equal(irq_dispose_mapping((unsigned int)fail_irq), 0, "dispose");
	fail_remove_levels();
}

/* On an interrupt that is there all the time. */
static unsigned int fail_line;
static int fail_tokens[2];

static int fail_request_shared(void)
{
	return request_irq(fail_line, fail_handler, IRQF_SHARED, "h",
			   &fail_tokens[1]);
}

static int fail_request_threaded(void)
{
	return request_threaded_irq(fail_line, fail_handler, fail_handler,
				    IRQF_SHARED, "h", &fail_tokens[1]);
}

static void fail_free_irq(void)
{
	tap_equal(free_irq(fail_line, &fail_tokens[1]), 0, "free_irq()");
}

static struct irq_matrix *fail_matrix;

static int fail_create_matrix(void)
{
	return irq_matrix_create(256, 32, 250, &fail_matrix);
}

static void fail_destroy_matrix(void)
{
	tap_equal(irq_matrix_destroy(fail_matrix), 0, "destroy");
}

static struct irqkit_chip_generic *fail_generic;

static uint32_t fail_read(void *context, uint32_t offset)
{
	(void)context;
	(void)offset;
	return 0;
}

static void fail_write(void *context, uint32_t offset, uint32_t value)
{
	(void)context;
	(void)offset;
	(void)value;
}

static int fail_create_generic(void)
{
	const struct irqkit_chip_generic_info info = {
		.name = "generic",
		.lines = 40,
		.types = IRQKIT_CHIP_GENERIC_TYPE(IRQ_TYPE_LEVEL_HIGH),
		.stride = 64,
		.read = fail_read,
		.write = fail_write,
	};

	return irqkit_chip_generic_create(&info, &fail_generic);
}

static void fail_remove_generic(void)
{
	tap_equal(irqkit_chip_generic_remove(fail_generic), 0, "remove");
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
	{"irq_domain_create(), radix", fail_create_radix, fail_remove, false,
	 2},
	{"irq_domain_alloc_irqs(), flat", fail_alloc_flat, fail_free_irqs, true,
	 2},
	{"irq_domain_alloc_irqs(), radix", fail_alloc_radix, fail_free_irqs,
	 true, 23},
	{"irq_domain_alloc_irqs(), hierarchy", fail_alloc_hierarchy,
	 fail_free_irqs, true, 66},
	{"irq_create_mapping(), linear", fail_mapping_linear, fail_dispose,
	 true, 2},
	{"irq_create_mapping(), radix", fail_mapping_radix, fail_dispose, true,
	 4},
	{"irq_create_fwspec_mapping(), map", fail_fwspec_map, fail_dispose,
	 true, 4},
	{"irq_create_fwspec_mapping(), hierarchy", fail_fwspec_alloc,
	 fail_dispose, true, 11},
	{"irq_matrix_create()", fail_create_matrix, fail_destroy_matrix, false,
	 1},
	{"irqkit_chip_generic_create()", fail_create_generic,
	 fail_remove_generic, false, 2},
};

static const struct fail_case fail_shared_cases[] = {
	{"request_irq() of a shared one", fail_request_shared, fail_free_irq,
	 false, 1},
	{"request_threaded_irq() of a shared one", fail_request_threaded,
	 fail_free_irq, false, 2},
};
static const struct fail_case fail_thread_case = {"request_threaded_irq()",
						  fail_request_threaded,
						  fail_free_irq, false, 1};

static void fail_requests(void)
{
	fail_line = (unsigned int)irq_alloc_descs(-1, 1, 1, 0);
	irq_set_chip_and_handler(fail_line, 1, &fail_chip, NULL,
				 handle_simple_irq);
	fail_run(&fail_thread_case);
	tap_ok(request_irq(fail_line, fail_handler, IRQF_SHARED, "h",
			   &fail_tokens[0]) == 0,
	       "the first of two handlers");
	for (size_t i = 0; i < 2; i++)
		fail_run(&fail_shared_cases[i]);
	free_irq(fail_line, &fail_tokens[0]);
	irq_free_descs(fail_line, 1);
}

/* A CPU that has no memory is prepared the next time. */
static void fail_prepare(void)
{
	unsigned int step;

	tap_subject("irqkit_cpu_prepare() fails at each allocation");
	for (step = 1; step < FAIL_STEPS; step++) {
		unsigned long memory = host_live();
		int result;

		host_fail_alloc(step);
		result = irqkit_cpu_prepare(1);
		host_fail_alloc(0);
		if (!host_alloc_failed()) {
			tap_equal(result, 0, "it came through");
			break;
		}
		tap_equal(result, -ENOMEM, "result of step %u", step);
		tap_expect(host_live() >= memory, "nothing else was freed");
	}
	tap_expect(step > 1, "it allocates");
	tap_equal(host_start_cpu(1), 0, "the CPU starts then");
	tap_close();
}

/* Before anything else. */
static void fail_init(void)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned int step;

	tap_subject("irqkit_init() fails at each allocation");
	for (step = 1; step < 3; step++) {
		host_fail_alloc(step);
		tap_equal(irqkit_init(FAIL_CPUS), -ENOMEM, "step %u", step);
		host_fail_alloc(0);
		tap_expect(host_alloc_failed(), "an allocation failed");
		/* What the boot CPU has got is for the next try. */
		tap_equal((long long)host_live(), step - 1, "memory");
		tap_equal(nr_cpu_ids, 0, "CPUs");
		tap_equal(irq_alloc_descs(-1, 1, 1, 0), -EINVAL,
			  "there are no irqs");
	}
	irqkit_port_irq_restore(state);
	tap_close();
}

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
	fail_init();
	host_start(FAIL_CPUS, &offline);
	fail_single = sim_ipi_create("single", false, true, FAIL_IPIS);
	fail_per_cpu = sim_ipi_create("per-CPU", true, false,
				      FAIL_IPIS * FAIL_CPUS);
	for (size_t i = 0; i < sizeof(fail_cases) / sizeof(fail_cases[0]); i++)
		fail_run(&fail_cases[i]);
	fail_percpu();
	fail_requests();
	fail_prepare();
	return host_end();
}
