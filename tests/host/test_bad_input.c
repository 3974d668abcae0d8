/* SPDX-License-Identifier: MIT */
/*
 * What callers get wrong, for every call of the core alike: numbers that are
 * no interrupt, CPUs that are none, masks without a CPU that would do, missing
 * pointers, flags that do not fit, cookies of others. Each is the documented
 * error, and the chip is not told anything.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "sim_ipi.h"
#include "suites/suite.h"
#include "suite_host.h"

#define BAD_CPUS    6U
#define BAD_OFFLINE 5U /* present, never started */

static int bad_tokens[3];
static void *bad_cookies[IRQKIT_NR_CPUS];

static irqreturn_t bad_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static void bad_print(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static void bad_notify(struct irq_affinity_notify *notify, unsigned int irq,
		       const struct cpumask *mask)
{
	(void)notify;
	(void)irq;
	(void)mask;
}

static struct irq_affinity_notify bad_notifier = {.notify = bad_notify};
static const struct irq_chip bad_chip = {.name = "bad"};
static struct cpumask bad_one; /* CPU 0 */
static struct sim_ipi *bad_sim;

/* Each call with one number; all else is good. */

static int bad_request(unsigned int irq)
{
	return request_irq(irq, bad_handler, 0, "b", NULL);
}

static int bad_request_shared(unsigned int irq)
{
	return request_irq(irq, bad_handler, IRQF_SHARED, "b", bad_tokens);
}

static int bad_request_threaded(unsigned int irq)
{
	return request_threaded_irq(irq, NULL, bad_handler, IRQF_ONESHOT, "b",
				    NULL);
}

static int bad_request_percpu(unsigned int irq)
{
	return request_percpu_irq(irq, bad_handler, "b", bad_cookies);
}

static int bad_free(unsigned int irq)
{
	return free_irq(irq, NULL);
}

static int bad_free_percpu(unsigned int irq)
{
	return free_percpu_irq(irq, bad_cookies);
}

static int bad_type(unsigned int irq)
{
	return irq_set_irq_type(irq, IRQ_TYPE_EDGE_RISING);
}

static int bad_type_none(unsigned int irq)
{
	return irq_set_irq_type(irq, IRQ_TYPE_NONE);
}

static int bad_wake(unsigned int irq)
{
	return irq_set_irq_wake(irq, true);
}

static int bad_no_wake(unsigned int irq)
{
	return irq_set_irq_wake(irq, false);
}

static int bad_get_state(unsigned int irq)
{
	bool value;

	return irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &value);
}

static int bad_set_state(unsigned int irq)
{
	return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

static int bad_affinity(unsigned int irq)
{
	return irq_set_affinity(irq, &bad_one);
}

static int bad_force(unsigned int irq)
{
	return irq_force_affinity(irq, &bad_one);
}

static int bad_get_affinity(unsigned int irq)
{
	struct cpumask mask;

	return irq_get_affinity(irq, &mask);
}

static int bad_get_effective(unsigned int irq)
{
	struct cpumask mask;

	return irq_get_effective_affinity(irq, &mask);
}

static int bad_set_hint(unsigned int irq)
{
	return irq_set_affinity_hint(irq, &bad_one);
}

static int bad_get_hint(unsigned int irq)
{
	struct cpumask mask;

	return irq_get_affinity_hint(irq, &mask);
}

static int bad_set_notifier(unsigned int irq)
{
	return irq_set_affinity_notifier(irq, &bad_notifier);
}

static int bad_chip_and_handler(unsigned int irq)
{
	return irq_set_chip_and_handler(irq, 1, &bad_chip, NULL,
					handle_simple_irq);
}

static int bad_set_handler(unsigned int irq)
{
	return irq_set_handler(irq, handle_simple_irq);
}

static int bad_chained(unsigned int irq)
{
	return irq_set_chained_handler_and_data(irq, handle_bad_irq, NULL);
}

static int bad_unchained(unsigned int irq)
{
	return irq_set_chained_handler_and_data(irq, NULL, NULL);
}

static int bad_set_flags(unsigned int irq)
{
	return irq_set_status_flags(irq, IRQ_NOREQUEST);
}

static int bad_clear_flags(unsigned int irq)
{
	return irq_clear_status_flags(irq, IRQ_NOREQUEST);
}

static int bad_free_descs(unsigned int irq)
{
	return irq_free_descs(irq, 1);
}

static int bad_free_irqs(unsigned int irq)
{
	return irq_domain_free_irqs(irq, 1);
}

static int bad_destroy(unsigned int irq)
{
	return irq_destroy_ipi(irq, &bad_one);
}

static int bad_send(unsigned int irq)
{
	return ipi_send_single(irq, 0);
}

static int bad_send_mask(unsigned int irq)
{
	return ipi_send_mask(irq, &bad_one);
}

static int bad_explain(unsigned int irq)
{
	return irqkit_explain(irq, bad_print, NULL);
}

static const struct bad_call {
	const char *name;
	int (*call)(unsigned int irq);
} bad_calls[] = {
	{"request_irq()", bad_request},
	{"request_irq(), shared", bad_request_shared},
	{"request_threaded_irq()", bad_request_threaded},
	{"request_percpu_irq()", bad_request_percpu},
	{"free_irq()", bad_free},
	{"free_percpu_irq()", bad_free_percpu},
	{"disable_irq()", disable_irq},
	{"disable_irq_nosync()", disable_irq_nosync},
	{"enable_irq()", enable_irq},
	{"enable_percpu_irq()", enable_percpu_irq},
	{"disable_percpu_irq()", disable_percpu_irq},
	{"synchronize_irq()", synchronize_irq},
	{"irq_set_irq_type()", bad_type},
	{"irq_set_irq_type(), none", bad_type_none},
	{"irq_set_irq_wake(), on", bad_wake},
	{"irq_set_irq_wake(), off", bad_no_wake},
	{"irq_get_irqchip_state()", bad_get_state},
	{"irq_set_irqchip_state()", bad_set_state},
	{"irq_set_affinity()", bad_affinity},
	{"irq_force_affinity()", bad_force},
	{"irq_get_affinity()", bad_get_affinity},
	{"irq_get_effective_affinity()", bad_get_effective},
	{"irq_set_affinity_hint()", bad_set_hint},
	{"irq_get_affinity_hint()", bad_get_hint},
	{"irq_set_affinity_notifier()", bad_set_notifier},
	{"irq_set_chip_and_handler()", bad_chip_and_handler},
	{"irq_set_handler()", bad_set_handler},
	{"irq_set_chained_handler_and_data()", bad_chained},
	{"irq_set_chained_handler_and_data(), end", bad_unchained},
	{"irq_set_status_flags()", bad_set_flags},
	{"irq_clear_status_flags()", bad_clear_flags},
	{"irq_free_descs()", bad_free_descs},
	{"irq_domain_free_irqs()", bad_free_irqs},
	{"irq_dispose_mapping()", irq_dispose_mapping},
	{"irq_destroy_ipi()", bad_destroy},
	{"ipi_send_single()", bad_send},
	{"ipi_send_mask()", bad_send_mask},
	{"irqkit_explain()", bad_explain},
	{"irqkit_spurious_restart()", irqkit_spurious_restart},
};

/* 0, what was freed, what never was, the limit and its neighbours. */
static unsigned int bad_numbers[7];
#define BAD_NUMBERS (sizeof(bad_numbers) / sizeof(bad_numbers[0]))

static void bad_choose_numbers(void)
{
	int irq = irq_alloc_descs(-1, 1, 2, NUMA_NO_NODE);

	tap_ok(irq > 0 && irq_free_descs((unsigned int)irq, 2) == 0,
	       "a number that was freed");
	bad_numbers[0] = 0;
	bad_numbers[1] = (unsigned int)irq;
	bad_numbers[2] = IRQKIT_NR_IRQS - 1;
	bad_numbers[3] = IRQKIT_NR_IRQS;
	bad_numbers[4] = IRQKIT_NR_IRQS + 1;
	bad_numbers[5] = 1U << 31;
	bad_numbers[6] = ~0U;
}

static void bad_run_call(const struct bad_call *call)
{
	unsigned int irqs = suite_count_irqs();
	unsigned long memory = host_live();

	tap_subject("%s of a number that is no interrupt", call->name);
	for (size_t i = 0; i < BAD_NUMBERS; i++)
		tap_equal(call->call(bad_numbers[i]), -EINVAL, "of %u",
			  bad_numbers[i]);
	tap_equal(suite_count_irqs(), irqs, "irqs");
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_close();
}

/* Those that cannot fail say nothing. */
static void bad_questions(void)
{
	tap_subject("questions about a number that is no interrupt");
	for (size_t i = 0; i < BAD_NUMBERS; i++) {
		unsigned int irq = bad_numbers[i];

		tap_expect(irq_to_desc(irq) == NULL, "irq_to_desc(%u)", irq);
		tap_expect(irq_get_irq_data(irq) == NULL,
			   "irq_get_irq_data(%u)", irq);
		tap_expect(irq_domain_get_irq_data(bad_sim->domain, irq) ==
				   NULL,
			   "irq_domain_get_irq_data(%u)", irq);
		tap_expect(!irq_can_set_affinity(irq),
			   "irq_can_set_affinity(%u)", irq);
		tap_expect(ipi_get_hwirq(irq, 0) == INVALID_HWIRQ,
			   "ipi_get_hwirq(%u)", irq);
		tap_equal((long long)kstat_irqs(irq), 0, "kstat_irqs(%u)", irq);
		tap_equal((long long)kstat_irqs_cpu(irq, 0), 0,
			  "kstat_irqs_cpu(%u)", irq);
	}
	tap_equal(irq_get_next_irq(IRQKIT_NR_IRQS), IRQKIT_NR_IRQS,
		  "irq_get_next_irq() of the limit");
	tap_equal(irq_get_next_irq(~0U), IRQKIT_NR_IRQS,
		  "irq_get_next_irq() of all ones");
	tap_close();
}

static int bad_offline(unsigned int cpu)
{
	return irqkit_cpu_offline(cpu, NULL);
}

static int bad_dying(unsigned int cpu)
{
	unsigned long state = irqkit_port_irq_save();
	int error = irqkit_cpu_dying(cpu, NULL);

	irqkit_port_irq_restore(state);
	return error;
}

static int bad_starting(unsigned int cpu)
{
	unsigned long state = irqkit_port_irq_save();
	int error = irqkit_cpu_starting(cpu);

	irqkit_port_irq_restore(state);
	return error;
}

static int bad_present(unsigned int cpu)
{
	return irqkit_set_cpu_present(cpu, true);
}

static int bad_foreign(unsigned int cpu)
{
	return irqkit_set_cpu_foreign(cpu, true);
}

static const struct bad_call bad_steps[] = {
	{"irqkit_cpu_prepare()", irqkit_cpu_prepare},
	{"irqkit_cpu_starting()", bad_starting},
	{"irqkit_cpu_online()", irqkit_cpu_online},
	{"irqkit_cpu_offline()", bad_offline},
	{"irqkit_cpu_dying()", bad_dying},
	{"irqkit_cpu_dead()", irqkit_cpu_dead},
	{"irq_affinity_online_cpu()", irq_affinity_online_cpu},
	{"irqkit_set_cpu_present()", bad_present},
	{"irqkit_set_cpu_foreign()", bad_foreign},
};

/* The count of CPUs is the first that is none (HZ42). */
static void bad_cpus(void)
{
	static const unsigned int cpus[] = {BAD_CPUS, BAD_CPUS + 1,
					    IRQKIT_NR_CPUS - 1, IRQKIT_NR_CPUS,
					    ~0U};

	tap_subject("HZ42: CPUs from the count on are none, for each step");
	for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
		unsigned int cpu = cpus[i];
		const size_t nr = sizeof(bad_steps) / sizeof(bad_steps[0]);

		for (size_t step = 0; step < nr; step++)
			tap_equal(bad_steps[step].call(cpu), -EINVAL,
				  "%s of %u", bad_steps[step].name, cpu);
		tap_equal(irqkit_unhandled(cpu), 0, "irqkit_unhandled(%u)",
			  cpu);
		tap_expect(!housekeeping_test_cpu(cpu, HK_TYPE_MANAGED_IRQ),
			   "housekeeping_test_cpu(%u)", cpu);
		tap_expect(!irqkit_should_isolate(&bad_one, cpu),
			   "irqkit_should_isolate(%u)", cpu);
		tap_expect(!cpu_possible(cpu) && !cpu_present(cpu) &&
				   !cpu_online(cpu) && !cpu_active(cpu),
			   "the states of %u", cpu);
	}
	tap_expect(!cpu_online(BAD_OFFLINE), "cpu %u is as it was",
		   BAD_OFFLINE);
	tap_close();
}

/* None, one that does not run, and two that cannot be. */
static struct cpumask bad_masks[4];
#define BAD_MASKS (sizeof(bad_masks) / sizeof(bad_masks[0]))
static const char *const bad_mask_names[BAD_MASKS] = {
	"empty", "offline only", "beyond the CPUs", "the last bit"};

static void bad_choose_masks(void)
{
	irqkit_cpumask_single(&bad_one, 0);
	cpumask_clear(&bad_masks[0]);
	irqkit_cpumask_single(&bad_masks[1], BAD_OFFLINE);
	irqkit_cpumask_single(&bad_masks[2], BAD_CPUS);
	irqkit_cpumask_single(&bad_masks[3], IRQKIT_NR_CPUS - 1);
}

static unsigned int bad_irq;

static void bad_begin(const char *subject)
{
	stub_reset();
	tap_subject("%s", subject);
	bad_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, NULL);
}

static void bad_end(void)
{
	stub_free(bad_irq);
	tap_close();
}

static void bad_affinity_masks(bool is_started)
{
	struct cpumask before, after;

	bad_begin(is_started ? "HZ25: masks without a CPU, started"
			     : "HZ25: masks without a CPU, not started");
	if (is_started)
		request_irq(bad_irq, bad_handler, 0, "b", NULL);
	irq_get_affinity(bad_irq, &before);
	memset(stub.story, 0, sizeof(stub.story));
	for (size_t i = 0; i < BAD_MASKS; i++) {
		tap_equal(irq_set_affinity(bad_irq, &bad_masks[i]), -EINVAL,
			  "irq_set_affinity(), %s", bad_mask_names[i]);
		tap_equal(irq_force_affinity(bad_irq, &bad_masks[i]), -EINVAL,
			  "irq_force_affinity(), %s", bad_mask_names[i]);
	}
	tap_equal(irq_set_affinity(bad_irq, NULL), -EINVAL, "NULL");
	tap_equal(irq_force_affinity(bad_irq, NULL), -EINVAL, "NULL");
	tap_equal(irq_get_affinity(bad_irq, NULL), -EINVAL, "NULL");
	tap_equal(irq_get_effective_affinity(bad_irq, NULL), -EINVAL, "NULL");
	irq_get_affinity(bad_irq, &after);
	tap_expect(cpumask_equal(&before, &after), "the affinity is kept");
	stub_expect("", "the chip");
	if (is_started)
		free_irq(bad_irq, NULL);
	bad_end();
}

/* An offline CPU may be asked for where an interrupt is made. */
static void bad_first_masks(void)
{
	unsigned int irqs = suite_count_irqs();

	bad_begin("HZ25: first masks without a possible CPU");
	for (size_t i = 0; i < BAD_MASKS; i++) {
		struct irq_affinity_desc affinity = {.mask = bad_masks[i]};

		if (i == 1)
			continue;
		tap_equal(irq_alloc_descs_affinity(-1, 1, 1, NUMA_NO_NODE,
						   &affinity),
			  -EINVAL, "irq_alloc_descs_affinity(), %s",
			  bad_mask_names[i]);
		tap_equal(irq_domain_alloc_irqs_affinity(
				  irq_get_irq_data(bad_irq)->domain, 1,
				  NUMA_NO_NODE, NULL, &affinity),
			  -EINVAL, "irq_domain_alloc_irqs_affinity(), %s",
			  bad_mask_names[i]);
		tap_equal(irq_reserve_ipi(bad_sim->domain, &bad_masks[i]),
			  -EINVAL, "irq_reserve_ipi(), %s", bad_mask_names[i]);
		tap_equal(irq_set_default_affinity(&bad_masks[i]), -EINVAL,
			  "irq_set_default_affinity(), %s", bad_mask_names[i]);
	}
	tap_equal(irq_reserve_ipi(bad_sim->domain, NULL), -EINVAL, "NULL");
	tap_equal(irq_reserve_ipi(NULL, &bad_one), -EINVAL, "NULL");
	tap_equal(irq_set_default_affinity(NULL), -EINVAL, "NULL");
	tap_equal(irqkit_managed_targets(NULL, &bad_one), -EINVAL, "NULL");
	tap_equal(irqkit_managed_targets(&bad_one, NULL), -EINVAL, "NULL");
	tap_expect(!irqkit_should_isolate(NULL, 0), "NULL");
	tap_equal(suite_count_irqs(), irqs + 1, "irqs");
	bad_end();
}

/* An IPI of CPUs 0 and 1; each wrong part of a send or a destroy. */
static void bad_ipi_masks(void)
{
	struct cpumask two;
	unsigned int irq;

	bad_begin("I15, HZ42: masks and CPUs that an IPI does not have");
	irqkit_cpumask_first_n(&two, 2);
	irq = (unsigned int)irq_reserve_ipi(bad_sim->domain, &two);
	for (size_t i = 0; i < BAD_MASKS; i++) {
		tap_equal(irq_destroy_ipi(irq, &bad_masks[i]), -EINVAL,
			  "irq_destroy_ipi(), %s", bad_mask_names[i]);
		tap_equal(ipi_send_mask(irq, &bad_masks[i]),
			  i == 0 ? 0 : -EINVAL, "ipi_send_mask(), %s",
			  bad_mask_names[i]);
	}
	tap_equal(irq_destroy_ipi(irq, NULL), -EINVAL, "NULL");
	tap_equal(ipi_send_mask(irq, NULL), -EINVAL, "NULL");
	for (unsigned int cpu = 2; cpu < BAD_CPUS + 2; cpu++) {
		tap_equal(ipi_send_single(irq, cpu), -EINVAL, "cpu %u", cpu);
		tap_expect(ipi_get_hwirq(irq, cpu) == INVALID_HWIRQ,
			   "the hwirq of cpu %u", cpu);
	}
	tap_equal(ipi_send_single(irq, ~0U), -EINVAL, "all ones");
	/* Whatever is in its mask. */
	cpumask_set_cpu(BAD_CPUS, &irq_get_irq_data(irq)->common->affinity);
	tap_equal(ipi_send_single(irq, BAD_CPUS), -EINVAL, "a stray bit");
	cpumask_clear_cpu(BAD_CPUS, &irq_get_irq_data(irq)->common->affinity);
	tap_equal((long long)kstat_irqs_cpu(irq, BAD_CPUS), 0, "its count");
	tap_equal(irq_destroy_ipi(irq, &two), 0, "destroy");
	bad_end();
}

static void bad_pointers(void)
{
	const struct irq_domain_info info = {.name = "b"};
	struct irq_domain *domain = NULL;
	unsigned long memory;

	bad_begin("chips, domains, handlers, cookies and printers of NULL");
	memory = host_live();
	tap_equal(request_irq(bad_irq, NULL, 0, "b", NULL), -EINVAL, "handler");
	tap_equal(request_threaded_irq(bad_irq, NULL, NULL, 0, "b", NULL),
		  -EINVAL, "both handlers");
	tap_equal(
		request_threaded_irq(bad_irq, NULL, bad_handler, 0, "b", NULL),
		-EINVAL, "the first without IRQF_ONESHOT");
	tap_equal(request_percpu_irq(bad_irq, NULL, "b", bad_cookies), -EINVAL,
		  "handler");
	tap_equal(request_percpu_irq(bad_irq, bad_handler, "b", NULL), -EINVAL,
		  "cookies");
	tap_equal(free_percpu_irq(bad_irq, NULL), -EINVAL, "cookies");
	tap_equal(irq_get_irqchip_state(bad_irq, IRQCHIP_STATE_PENDING, NULL),
		  -EINVAL, "value");
	tap_equal(irqkit_explain(bad_irq, NULL, NULL), -EINVAL, "printer");
	tap_equal(irqkit_show_interrupts(NULL, NULL), -EINVAL, "printer");
	tap_equal(irq_domain_create(NULL, &domain), -EINVAL, "info");
	tap_equal(irq_domain_create(&info, NULL), -EINVAL, "out");
	tap_equal(irq_domain_create(&info, &domain), -EINVAL, "operations");
	tap_expect(domain == NULL, "nothing was made");
	tap_equal(irq_domain_remove(NULL), -EINVAL, "domain");
	tap_equal(irq_domain_alloc_irqs(NULL, 1, NUMA_NO_NODE, NULL), -EINVAL,
		  "domain");
	tap_equal(irq_create_mapping(NULL, 1), -EINVAL, "domain");
	tap_equal(irq_create_fwspec_mapping(NULL), -EINVAL, "fwspec");
	tap_equal(irq_find_mapping(NULL, 1), 0, "domain");
	tap_expect(irq_find_matching_fwnode(NULL) == NULL, "fwnode");
	tap_equal(irqkit_register_cpu_notifier(NULL), -EINVAL, "notifier");
	tap_equal((long long)host_live(), (long long)memory, "memory");
	stub_expect("", "the chip");
	bad_end();
}

static void bad_chip_pointers(void)
{
	int irq;

	tap_subject("a number that has no controller yet");
	irq = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);
	bad_irq = (unsigned int)irq;
	tap_equal(irq_set_chip_and_handler(bad_irq, 1, NULL, NULL,
					   handle_simple_irq),
		  -EINVAL, "chip NULL");
	tap_equal(irq_set_chip_and_handler(bad_irq, 1, &bad_chip, NULL, NULL),
		  -EINVAL, "flow handler NULL");
	tap_equal(bad_request(bad_irq), -EINVAL, "request_irq()");
	tap_equal(bad_request_threaded(bad_irq), -EINVAL,
		  "request_threaded_irq()");
	tap_equal(bad_request_percpu(bad_irq), -EINVAL, "request_percpu_irq()");
	tap_equal(bad_chained(bad_irq), -EINVAL, "a chained handler");
	tap_equal(bad_type(bad_irq), -EINVAL, "irq_set_irq_type()");
	tap_equal(bad_affinity(bad_irq), -EINVAL, "irq_set_affinity()");
	tap_equal(bad_wake(bad_irq), -ENXIO, "irq_set_irq_wake()");
	tap_equal(bad_get_state(bad_irq), -ENOSYS, "irq_get_irqchip_state()");
	tap_equal(bad_set_state(bad_irq), -ENOSYS, "irq_set_irqchip_state()");
	tap_equal(bad_free_irqs(bad_irq), -EINVAL, "irq_domain_free_irqs()");
	tap_equal(irq_set_status_flags(bad_irq, 1U << 31), -EINVAL, "a flag");
	tap_equal(irq_clear_status_flags(bad_irq, 1U << 31), -EINVAL, "a flag");
	tap_equal(irq_free_descs(bad_irq, 2), -EINVAL, "one too many");
	tap_equal(irq_free_descs(bad_irq, 0), -EINVAL, "none");
	tap_equal(irq_free_descs(bad_irq, ~0U), -EINVAL, "all");
	tap_equal(irq_free_descs(bad_irq, 1), 0, "irq_free_descs()");
	tap_close();
}

/* Each flag that those who share must agree on. */
static void bad_conflicts(void)
{
	static const unsigned long flags[] = {
		0,
		IRQF_SHARED,
		IRQF_SHARED | IRQF_TRIGGER_RISING | IRQF_ONESHOT,
		IRQF_SHARED | IRQF_TRIGGER_FALLING,
		IRQF_SHARED | IRQF_TRIGGER_HIGH,
		IRQF_TRIGGER_RISING,
	};

	bad_begin("a second request whose flags do not fit");
	tap_equal(request_irq(bad_irq, bad_handler,
			      IRQF_SHARED | IRQF_TRIGGER_RISING, "b",
			      &bad_tokens[0]),
		  0, "the first");
	memset(stub.story, 0, sizeof(stub.story));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		tap_equal(request_irq(bad_irq, bad_handler, flags[i], "b",
				      &bad_tokens[1]),
			  -EBUSY, "flags 0x%lx", flags[i]);
	tap_equal(
		request_irq(bad_irq, bad_handler,
			    IRQF_SHARED | IRQF_TRIGGER_RISING | IRQF_NO_AUTOEN,
			    "b", &bad_tokens[1]),
		-EINVAL, "shared and not enabled");
	tap_equal(request_irq(bad_irq, bad_handler,
			      IRQF_SHARED | IRQF_TRIGGER_RISING, "b", NULL),
		  -EINVAL, "shared without a cookie");
	tap_equal(request_irq(bad_irq, bad_handler,
			      IRQF_SHARED | IRQF_TRIGGER_RISING, "b",
			      &bad_tokens[0]),
		  -EEXIST, "the same cookie");
	tap_equal(request_irq(bad_irq, bad_handler, 1UL << 30, "b", NULL),
		  -EINVAL, "an unknown flag");
	tap_equal(bad_chained(bad_irq), -EBUSY, "a chained handler");
	tap_equal(bad_free_irqs(bad_irq), -EBUSY, "irq_domain_free_irqs()");
	stub_expect("", "the chip");
	tap_equal(free_irq(bad_irq, &bad_tokens[1]), -EINVAL,
		  "another's cookie");
	tap_equal(free_irq(bad_irq, NULL), -EINVAL, "no cookie");
	tap_equal(free_percpu_irq(bad_irq, bad_cookies), -EINVAL,
		  "the other kind");
	stub_arrive(bad_irq, 0);
	tap_equal((long long)kstat_irqs(bad_irq), 1, "it works");
	tap_equal(free_irq(bad_irq, &bad_tokens[0]), 0, "its own cookie");
	tap_equal(free_irq(bad_irq, &bad_tokens[0]), -EINVAL, "twice");
	bad_end();
}

/* As much as there is of each kind. */
static void bad_ranges(void)
{
	struct irq_domain *domain;

	bad_begin("ranges that are none, or too long");
	domain = irq_get_irq_data(bad_irq)->domain;
	tap_equal(irq_alloc_descs(0, 1, 1, NUMA_NO_NODE), -EINVAL, "number 0");
	tap_equal(irq_alloc_descs(-1, 1, 0, NUMA_NO_NODE), -EINVAL, "none");
	tap_equal(irq_alloc_descs((int)IRQKIT_NR_IRQS, 1, 1, NUMA_NO_NODE),
		  -EINVAL, "the limit");
	tap_equal(irq_alloc_descs((int)IRQKIT_NR_IRQS - 1, 1, 2, NUMA_NO_NODE),
		  -EINVAL, "over the limit");
	tap_equal(irq_alloc_descs(-1, IRQKIT_NR_IRQS, 1, NUMA_NO_NODE), -EINVAL,
		  "from the limit on");
	tap_equal(irq_alloc_descs(-1, ~0U, 1, NUMA_NO_NODE), -EINVAL,
		  "from all ones on");
	tap_equal(irq_alloc_descs(-1, 1, ~0U, NUMA_NO_NODE), -EINVAL, "all");
	tap_equal(irq_domain_alloc_irqs(domain, 0, NUMA_NO_NODE, NULL), -EINVAL,
		  "none of a domain");
	tap_equal(irq_domain_alloc_irqs(domain, IRQKIT_NR_IRQS, NUMA_NO_NODE,
					NULL),
		  -EINVAL, "the limit of a domain");
	tap_equal(irq_domain_alloc_irqs(domain, ~0U, NUMA_NO_NODE, NULL),
		  -EINVAL, "all of a domain");
	tap_equal(irq_domain_free_irqs(bad_irq, 0), -EINVAL, "free none");
	tap_equal(irq_domain_free_irqs(bad_irq, 2), -EINVAL, "one too many");
	tap_equal(irq_domain_free_irqs(bad_irq, ~0U), -EINVAL, "free all");
	bad_end();
}

/* Between enter and exit: what would wait for itself says so. */
static void bad_in_handler(void)
{
	struct cpumask two;
	unsigned long state;
	unsigned int ipi;

	bad_begin("what waits for handlers is refused in one");
	irqkit_cpumask_first_n(&two, 2);
	ipi = (unsigned int)irq_reserve_ipi(bad_sim->domain, &two);
	request_irq(bad_irq, bad_handler, 0, "b", NULL);
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(0);
	tap_equal(free_irq(bad_irq, NULL), -EDEADLK, "free_irq()");
	tap_equal(disable_irq(bad_irq), -EDEADLK, "disable_irq()");
	tap_equal(synchronize_irq(bad_irq), -EDEADLK, "synchronize_irq()");
	tap_equal(bad_set_handler(bad_irq), -EDEADLK, "irq_set_handler()");
	tap_equal(bad_chip_and_handler(bad_irq), -EDEADLK,
		  "irq_set_chip_and_handler()");
	tap_equal(bad_chained(bad_irq), -EDEADLK, "a chained handler");
	tap_equal(bad_free_irqs(bad_irq), -EDEADLK, "irq_domain_free_irqs()");
	tap_equal(bad_free_descs(bad_irq), -EDEADLK, "irq_free_descs()");
	tap_equal(irq_domain_remove(bad_sim->domain), -EDEADLK,
		  "irq_domain_remove()");
	tap_equal(irq_destroy_ipi(ipi, &two), -EDEADLK, "irq_destroy_ipi()");
	tap_equal(free_percpu_irq(ipi, bad_cookies), -EDEADLK,
		  "free_percpu_irq()");
	tap_equal(irqkit_cpu_offline(1, NULL), -EDEADLK,
		  "irqkit_cpu_offline()");
	tap_equal(irqkit_poll(), -EDEADLK, "irqkit_poll()");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	tap_equal(disable_irq(bad_irq), 0, "it is as it was");
	tap_equal(enable_irq(bad_irq), 0, "it is as it was");
	tap_equal(enable_irq(bad_irq), -EINVAL, "enabled once too often");
	tap_equal(free_irq(bad_irq, NULL), 0, "free_irq()");
	tap_equal(irq_destroy_ipi(ipi, &two), 0, "irq_destroy_ipi()");
	bad_end();
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, BAD_OFFLINE);
	host_start(BAD_CPUS, &offline);
	suite_host_warm_up();
	bad_choose_masks();
	bad_sim = sim_ipi_create("", false, true, 8);
	bad_choose_numbers();
	for (size_t i = 0; i < sizeof(bad_calls) / sizeof(bad_calls[0]); i++)
		bad_run_call(&bad_calls[i]);
	bad_questions();
	bad_cpus();
	bad_affinity_masks(false);
	bad_affinity_masks(true);
	bad_first_masks();
	bad_ipi_masks();
	bad_pointers();
	bad_chip_pointers();
	bad_conflicts();
	bad_ranges();
	bad_in_handler();
	return host_end();
}
