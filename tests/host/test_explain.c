/* SPDX-License-Identifier: MIT */
/*
 * What is said of an interrupt that does not come: each reason, alone and
 * beside others, and all that is told besides. Some states are written into
 * the descriptor, as what leads to them belongs to other tests.
 */
#include <string.h>
#include "host.h"
#include "suites/suite.h"

#define TELL_OFFLINE 2U

/* What the first chip says of its registers. */
static struct {
	bool known[4];
	bool value[4];
	bool on_parent;	 /* the parent answers instead */
	bool has_masked; /* but for this */
} tell_bits;

static int tell_get(enum irqchip_irq_state which, bool *value)
{
	if (!tell_bits.known[which])
		return -EINVAL;
	*value = tell_bits.value[which];
	return 0;
}

static int tell_get_state(struct irq_data *data, enum irqchip_irq_state which,
			  bool *value)
{
	(void)data;
	if (tell_bits.has_masked && which == IRQCHIP_STATE_MASKED) {
		*value = true;
		return 0;
	}
	return tell_bits.on_parent ? -EINVAL : tell_get(which, value);
}

static int tell_get_parent(struct irq_data *data, enum irqchip_irq_state which,
			   bool *value)
{
	(void)data;
	return tell_bits.on_parent ? tell_get(which, value) : -EINVAL;
}

static void tell_nothing(struct irq_data *data)
{
	(void)data;
}

static int tell_aim(struct irq_data *data, const struct cpumask *mask)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, cpumask_last(mask));
	irq_data_update_effective_affinity(data, &one);
	return 0;
}

static int tell_send(struct irq_data *data, unsigned int cpu)
{
	(void)data;
	(void)cpu;
	return 0;
}

static const struct irq_chip tell_chip = {
	.name = "teller",
	.irq_mask = tell_nothing,
	.irq_unmask = tell_nothing,
	.irq_set_affinity = tell_aim,
	.irq_get_irqchip_state = tell_get_state,
	.ipi_send_single = tell_send,
};

/* One that says nothing and cannot be aimed. */
static const struct irq_chip tell_plain_chip = {
	.name = "plain",
	.irq_mask = tell_nothing,
	.irq_unmask = tell_nothing,
};

static const struct irq_chip tell_parent_chip = {
	.name = "parent",
	.irq_get_irqchip_state = tell_get_parent,
};

/* The text, and what is wrong with how it was printed. */
static char tell_text[16384];
static unsigned int tell_irq;
static unsigned int tell_bad_lines;

/* What happens while it is told. */
static void (*tell_meanwhile)(void);

static void tell_print(void *context, const char *text)
{
	size_t length = strlen(text);
	struct cpumask mask;

	if (tell_meanwhile != NULL)
		tell_meanwhile();
	tell_meanwhile = NULL;
	/* With the lock held this would be found out. */
	irq_get_affinity(tell_irq, &mask);
	if (context != tell_text || length < 2 ||
	    strchr(text, '\n') != text + length - 1)
		tell_bad_lines++;
	if (strlen(tell_text) + length < sizeof(tell_text))
		strcat(tell_text, text);
}

static void tell(unsigned int irq)
{
	tell_irq = irq;
	tell_text[0] = '\0';
	tell_bad_lines = 0;
	tap_equal(irqkit_explain(irq, tell_print, tell_text), 0, "result");
	tap_equal(tell_bad_lines, 0, "pieces that are not lines");
}

static bool tell_has(const char *format, ...) IRQKIT_PRINTF(1, 2);
static bool tell_has(const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	irqkit_vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	return tap_expect(strstr(tell_text, line) != NULL, "'%s' is in:\n%s",
			  line, tell_text);
}

static void tell_has_not(const char *what)
{
	tap_expect(strstr(tell_text, what) == NULL, "'%s' is not in:\n%s", what,
		   tell_text);
}

/* The first line. */
static void tell_verdict(const char *reason)
{
	char line[256];

	irqkit_snprintf(line, sizeof(line),
			"irq %u would NOT reach its handler: %s\n", tell_irq,
			reason);
	tap_expect(strncmp(tell_text, line, strlen(line)) == 0,
		   "first comes '%s' in:\n%s", line, tell_text);
}

static void tell_good(const char *where)
{
	char line[256];

	irqkit_snprintf(line, sizeof(line),
			"irq %u would reach its handler%s\n", tell_irq, where);
	tap_expect(strncmp(tell_text, line, strlen(line)) == 0,
		   "first comes '%s' in:\n%s", line, tell_text);
	tell_has_not("  and:");
}

static irqreturn_t tell_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static irqreturn_t tell_wake(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_WAKE_THREAD;
}

static unsigned int tell_make(const char *subject, const struct irq_chip *chip)
{
	int irq;

	tap_subject("%s", subject);
	memset(&tell_bits, 0, sizeof(tell_bits));
	irq = irq_alloc_descs(-1, 1, 1, 0);
	irq_set_chip_and_handler((unsigned int)irq, 23, chip, NULL,
				 handle_edge_irq);
	return (unsigned int)irq;
}

static void tell_request(unsigned int irq, unsigned long flags)
{
	tap_equal(request_irq(irq, tell_handler, flags, "device", NULL), 0,
		  "request");
}

static unsigned int tell_begin(const char *subject)
{
	unsigned int irq = tell_make(subject, &tell_chip);

	tell_request(irq, 0);
	return irq;
}

static void tell_end(unsigned int irq)
{
	free_irq(irq, NULL);
	tap_equal(irq_free_descs(irq, 1), 0, "free of the number");
	tap_close();
}

static void tell_arrive(unsigned int irq, unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(cpu);
	generic_handle_irq_desc(irq_to_desc(irq));
	irqkit_dispatch_exit(cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
}

static unsigned int *tell_state(unsigned int irq)
{
	return &irq_get_irq_data(irq)->common->state;
}

static void tell_expect_none(unsigned int irq)
{
	char line[64];

	tell_irq = irq;
	tell_text[0] = '\0';
	irqkit_snprintf(line, sizeof(line), "irq %u is not allocated\n", irq);
	tap_equal(irqkit_explain(irq, tell_print, tell_text), -EINVAL, "%u",
		  irq);
	tap_expect(strcmp(tell_text, line) == 0, "%u: %s", irq, tell_text);
}

static void tell_unallocated(void)
{
	unsigned int irq = tell_make("numbers that are none", &tell_chip);

	tap_equal(irqkit_explain(irq, NULL, NULL), -EINVAL, "no printer");
	irq_free_descs(irq, 1);
	tell_expect_none(irq);
	tell_expect_none(0);
	tell_expect_none(IRQKIT_NR_IRQS);
	tell_expect_none(~0U);
	tap_close();
}

static int tell_map(struct irq_domain *domain, unsigned int irq,
		    irq_hw_number_t hwirq)
{
	irq_domain_set_info(domain, irq, hwirq, &tell_chip, NULL,
			    handle_edge_irq);
	return 0;
}

/* Called while its number is on the way out. */
static int tell_unmap_result;

static void tell_unmap(struct irq_domain *domain, unsigned int irq)
{
	(void)domain;
	tell_irq = irq;
	tell_text[0] = '\0';
	tell_unmap_result = irqkit_explain(irq, tell_print, tell_text);
}

static void tell_retired(void)
{
	static const struct irq_domain_ops ops = {
		.map = tell_map,
		.unmap = tell_unmap,
	};
	const struct irq_domain_info info = {
		.name = "flat",
		.size = 4,
		.ops = &ops,
	};
	struct irq_domain *domain;
	int irq;

	tap_subject("a number that is being freed");
	irq_domain_create(&info, &domain);
	irq = irq_create_mapping(domain, 3);
	tell((unsigned int)irq);
	tell_has("  at teller: hwirq 3, domain flat, chip data none\n");
	irq_dispose_mapping((unsigned int)irq);
	tap_equal(tell_unmap_result, -EINVAL, "result");
	tell_has("irq %d is being freed\n", irq);
	irq_domain_remove(domain);
	tap_close();
}

static void tell_bare(void)
{
	int irq = irq_alloc_descs(-1, 1, 1, 0);

	tap_subject("an interrupt that was never set up");
	tell((unsigned int)irq);
	tell_verdict("it has no controller");
	tell_has("  and: it has no flow handler\n");
	tell_has("  and: nobody has requested it\n");
	tell_has("  at none: hwirq 0, domain -, chip data none\n");
	tell_has("  handlers: -\n");
	tell_has("  trigger: not set\n");
	tell_has("  taken: 0 times, 0 of late unhandled\n");
	tell_has_not("is not started");
	tell_has_not("is disabled (");
	tell_has_not("chooses");
	irq_free_descs((unsigned int)irq, 1);
	tap_close();
}

static void tell_fine(void)
{
	struct cpumask mask;
	unsigned int irq = tell_make("an interrupt that comes", &tell_chip);

	irqkit_cpumask_single(&mask, 1);
	irq_set_affinity(irq, &mask);
	tell_request(irq, IRQF_TRIGGER_FALLING);
	tell_arrive(irq, 1);
	tell_arrive(irq, 1);
	tell_arrive(irq, 0);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("  handlers: device\n");
	tell_has("  trigger: falling edge\n");
	tell_has("  state: activated, started, affinity was asked for\n");
	tell_has("  affinity: 1\n");
	tell_has("  goes to: 1\n");
	tell_has("  taken: 3 times, 0 of late unhandled\n");
	tell_has("    cpu 0: 1\n");
	tell_has("    cpu 1: 2\n");
	tell_has_not("    cpu 2");
	tell_has_not("offline");
	tell_has_not("settings");
	tell_has_not("DIFFERS");
	tell_has_not("its state:");
	tell_has_not("IPI");
	tell_has_not("threads");
	tell_has_not("wake");
	tell_has_not("enabled on");
	tell_has_not("will go to");
	tell_end(irq);
}

static void tell_triggers(void)
{
	static const char *const words[] = {
		[IRQ_TYPE_EDGE_RISING] = "rising edge",
		[IRQ_TYPE_EDGE_FALLING] = "falling edge",
		[IRQ_TYPE_EDGE_BOTH] = "both edges",
		[IRQ_TYPE_LEVEL_HIGH] = "high level",
		[IRQ_TYPE_LEVEL_LOW] = "low level",
	};
	unsigned int irq = tell_begin("each trigger has its words");

	for (unsigned int i = 1; i <= IRQ_TYPE_LEVEL_LOW; i++) {
		if (words[i] == NULL)
			continue;
		irq_set_irq_type(irq, i);
		tell(irq);
		tell_has("  trigger: %s\n", words[i]);
	}
	tell_end(irq);
}

static void tell_unrequested(void)
{
	unsigned int irq = tell_make("nobody has requested it", &tell_chip);

	tell(irq);
	tell_verdict("nobody has requested it");
	tell_has_not("  and:");
	irq_set_status_flags(irq, IRQ_NOREQUEST | IRQ_NOAUTOEN |
					  IRQ_DISABLE_UNLAZY |
					  IRQ_NO_BALANCING | IRQ_MOVE_PCNTXT);
	tell(irq);
	tell_has("  settings: can not be requested, not balanced, moves at any "
		 "time, not enabled by a request, masked at once when "
		 "disabled\n");
	tell_end(irq);
}

static void tell_flow(void)
{
	unsigned int irq = tell_begin("its flow handler was taken away");

	irq_set_handler(irq, NULL);
	tell(irq);
	tell_verdict("it has no flow handler");
	tell_has_not("  and:");
	tell_end(irq);
}

static void tell_disabled(void)
{
	unsigned int irq = tell_begin("it is disabled");

	disable_irq(irq);
	disable_irq(irq);
	tell(irq);
	tell_verdict("it is disabled (depth 2)");
	tell_has_not("  and:");
	tell_has("  state: activated, started, disabled\n");
	tell_arrive(irq, 0);
	tell(irq);
	tell_verdict("it is disabled (depth 2)");
	tell_has("  and: it is masked\n");
	tell_has("one is kept until it can be handled\n");
	enable_irq(irq);
	enable_irq(irq);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("  state: activated, started, one waits for irqkit_poll()\n");
	tap_equal(irqkit_poll(), 1, "poll");
	tell(irq);
	tell_has_not("irqkit_poll");
	tell_end(irq);
}

static void tell_unstarted(void)
{
	unsigned int irq = tell_make("it was requested without being enabled",
				     &tell_chip);

	tell_request(irq, IRQF_NO_AUTOEN);
	tell(irq);
	tell_verdict("it is disabled (depth 1)");
	tell_has("  and: it is not started\n");
	tell_has_not("  and: it is masked");
	*tell_state(irq) &= ~(unsigned int)IRQD_ACTIVATED;
	tell(irq);
	tell_has("  and: its domains are not activated\n");
	*tell_state(irq) |= IRQD_ACTIVATED;
	tell_end(irq);
}

static void tell_managed(void)
{
	struct irq_affinity_desc affinity = {.is_managed = true};
	unsigned int irq;

	tap_subject("managed, and its CPUs are away");
	irqkit_cpumask_single(&affinity.mask, TELL_OFFLINE);
	irq = (unsigned int)irq_alloc_descs_affinity(-1, 1, 1, 0, &affinity);
	irq_set_chip_and_handler(irq, 0, &tell_chip, NULL, handle_edge_irq);
	tell_request(irq, 0);
	tell(irq);
	tell_verdict("it is managed and shut down, as no CPU of its affinity "
		     "is active");
	tell_has("  and: it is not started\n");
	tell_has_not("it is disabled (");
	tell_has("  affinity: 2\n    offline of these: 2\n"
		 "    not active of these: 2\n");
	disable_irq(irq);
	tell(irq);
	tell_has("  and: it is disabled (depth 2)\n");
	enable_irq(irq);
	tell_end(irq);
}

/* What suspends and what stops storms sets these. */
static void tell_suspended(void)
{
	unsigned int irq = tell_begin("it is suspended, or was a storm");
	struct irq_desc *desc = irq_to_desc(irq);

	*tell_state(irq) |= IRQD_SUSPENDED | IRQD_DISABLED;
	desc->depth = 1;
	tell(irq);
	tell_verdict("it is suspended");
	tell_has_not("  and:");
	*tell_state(irq) |= IRQD_WAKEUP_ARMED;
	desc->depth = 2;
	tell(irq);
	tell_verdict("it is suspended, and armed to wake the system");
	tell_has("  and: it is disabled (depth 2)\n");
	*tell_state(irq) &= ~(unsigned int)(IRQD_SUSPENDED | IRQD_WAKEUP_ARMED);
	*tell_state(irq) |= IRQD_STORM;
	desc->depth = 1;
	desc->unhandled = 99900;
	tell(irq);
	tell_verdict("it was stopped as a storm, after 99900 that nobody "
		     "handled");
	tell_has("  taken: 0 times, 99900 of late unhandled\n");
	*tell_state(irq) &= ~(unsigned int)(IRQD_STORM | IRQD_DISABLED);
	desc->depth = 0;
	desc->unhandled = 0;
	tell_end(irq);
}

static void tell_masked(void)
{
	unsigned int irq = tell_begin("it is masked, for no reason or by "
				      "its threads");

	*tell_state(irq) |= IRQD_MASKED;
	tell(irq);
	tell_verdict("it is masked");
	*tell_state(irq) &= ~(unsigned int)IRQD_MASKED;
	free_irq(irq, NULL);
	irq_set_handler(irq, handle_level_irq);
	tap_equal(request_threaded_irq(irq, tell_wake, tell_handler,
				       IRQF_ONESHOT, "slow", NULL),
		  0, "threaded");
	tell_arrive(irq, 1);
	tell(irq);
	tell_verdict("it is held masked until its threads are done (1)");
	tell_has("  threads under way: 1\n");
	tell_has_not("  and: it is masked");
	host_run_deferred();
	tell(irq);
	tell_good(" on cpu 1");
	tell_end(irq);
}

static void tell_set_bit(enum irqchip_irq_state which, bool value)
{
	tell_bits.known[which] = true;
	tell_bits.value[which] = value;
}

static void tell_hardware(void)
{
	unsigned int irq = tell_begin("the registers say something else");

	tell_set_bit(IRQCHIP_STATE_PENDING, true);
	tell_set_bit(IRQCHIP_STATE_LINE_LEVEL, false);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("    its state: pending yes, active unknown, masked unknown, "
		 "line driven no\n");
	tell_set_bit(IRQCHIP_STATE_MASKED, false);
	tell_set_bit(IRQCHIP_STATE_ACTIVE, false);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has_not("DIFFERS");
	tell_set_bit(IRQCHIP_STATE_MASKED, true);
	tell(irq);
	tell_verdict("teller has it masked, which DIFFERS from the software's "
		     "state");
	tell_set_bit(IRQCHIP_STATE_ACTIVE, true);
	tell(irq);
	tell_has("  and: teller has it active, which DIFFERS: no CPU runs its "
		 "handlers\n");
	*tell_state(irq) |= IRQD_IN_PROGRESS;
	tell(irq);
	tell_has_not("active, which DIFFERS");
	tell_has("a CPU runs its handlers\n");
	*tell_state(irq) &= ~(unsigned int)IRQD_IN_PROGRESS;
	*tell_state(irq) |= IRQD_MASKED;
	tell_set_bit(IRQCHIP_STATE_ACTIVE, false);
	tell(irq);
	tell_verdict("it is masked");
	tell_has_not("DIFFERS");
	tell_set_bit(IRQCHIP_STATE_MASKED, false);
	tell(irq);
	tell_has("line driven no\n    this DIFFERS: the software has it "
		 "masked\n");
	*tell_state(irq) &= ~(unsigned int)IRQD_MASKED;
	tell_end(irq);
}

static void tell_target(void)
{
	unsigned int irq = tell_begin("where it goes, and where it is to go");
	struct irq_desc *desc = irq_to_desc(irq);
	struct cpumask old, away;

	irq_get_effective_affinity(irq, &old);
	irqkit_cpumask_single(&away, TELL_OFFLINE);
	irq_data_update_effective_affinity(&desc->irq_data, &away);
	tell(irq);
	tell_verdict("cpu 2, where it goes, is offline");
	tell_has("  goes to: 2\n    offline of these: 2\n");
	cpumask_set_cpu(3, &away);
	irq_data_update_effective_affinity(&desc->irq_data, &away);
	tell(irq);
	tell_verdict("cpus 2-3, where it goes, are offline");
	cpumask_set_cpu(1, &away);
	irq_data_update_effective_affinity(&desc->irq_data, &away);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("    offline of these: 2-3\n");
	irq_data_update_effective_affinity(&desc->irq_data, &old);
	cpumask_copy(&desc->pending_affinity, cpu_online_mask);
	*tell_state(irq) |= IRQD_MOVE_PENDING | IRQD_MOVING;
	tell(irq);
	tell_has("moves when it fires next, moving, the old target may still "
		 "get some\n");
	tell_has("  will go to: 0-1\n");
	*tell_state(irq) &= ~(unsigned int)(IRQD_MOVE_PENDING | IRQD_MOVING);
	tell_end(irq);
	irq = tell_make("nobody knows where it goes", &tell_plain_chip);
	tell_request(irq, 0);
	tell(irq);
	tell_good(", on a cpu that its controller chooses");
	tell_has("  at plain: hwirq 23, domain -, chip data none\n");
	tell_has_not("goes to");
	tell_end(irq);
}

static void tell_long(void)
{
	unsigned int irq = tell_begin("a list that is too long is cut");
	struct cpumask *affinity = &irq_get_irq_data(irq)->common->affinity;
	const char *line;

	for (unsigned int cpu = 0; cpu < 200; cpu += 2)
		cpumask_set_cpu(cpu, affinity);
	tell(irq);
	line = strstr(tell_text, "  affinity: ");
	if (tap_expect(line != NULL, "there is one")) {
		size_t length = strcspn(line, "\n");

		tap_equal((long long)length, 12 + 127, "its length");
		tap_expect(strncmp(line + length - 3, "...", 3) == 0,
			   "its end: %s", line);
	}
	cpumask_clear(affinity);
	tell(irq);
	tell_has("  affinity: none\n");
	tell_end(irq);
}

static void tell_wakes(void)
{
	unsigned int irq = tell_begin("it wakes the system");

	*tell_state(irq) |= IRQD_WAKEUP;
	irq_to_desc(irq)->wake_depth = 2;
	tell(irq);
	tell_has("wakes the system\n");
	tell_has("  wake depth: 2\n");
	irq_to_desc(irq)->wake_depth = 0;
	tell_end(irq);
}

static void tell_chained(void)
{
	unsigned int irq = tell_make("a chained interrupt", &tell_chip);

	tap_equal(irq_set_chained_handler_and_data(irq, handle_edge_irq, NULL),
		  0, "chained");
	tell_set_bit(IRQCHIP_STATE_ACTIVE, true);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("  handlers: chained\n");
	tell_has("chained\n");
	disable_irq(irq);
	tell(irq);
	tell_verdict("it is disabled (depth 1)");
	enable_irq(irq);
	irq_set_chained_handler_and_data(irq, NULL, NULL);
	tell_end(irq);
}

static void *tell_cookies[IRQKIT_NR_CPUS];

static void tell_percpu(void)
{
	unsigned int irq = tell_make("a per-CPU interrupt", &tell_chip);
	unsigned int before;

	irq_set_status_flags(irq, IRQ_PER_CPU);
	irq_set_handler(irq, handle_percpu_irq);
	tell_set_bit(IRQCHIP_STATE_MASKED, true);
	tell(irq);
	tell_verdict("nobody has requested it");
	tell_has_not("  and:");
	tap_equal(request_percpu_irq(irq, tell_handler, "tick", tell_cookies),
		  0, "request");
	tell(irq);
	tell_verdict("no CPU has enabled it");
	tell_has_not("DIFFERS");
	tell_has("  state: activated\n  settings: per-CPU\n");
	tell_arrive(irq, 1);
	tell(irq);
	tell_has("  enabled on: none\n  one kept on: 1\n");
	before = host_become(1);
	enable_percpu_irq(irq);
	tell(irq);
	tell_verdict("teller has it masked, which DIFFERS from the software's "
		     "state");
	host_become(before);
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("  enabled on: 1\n  one kept on: none\n");
	host_become(1);
	disable_percpu_irq(irq);
	host_become(before);
	tap_equal(free_percpu_irq(irq, tell_cookies), 0, "free");
	tap_equal(request_irq(irq, tell_handler, 0, "all", NULL), 0, "request");
	tell_set_bit(IRQCHIP_STATE_MASKED, false);
	tell_set_bit(IRQCHIP_STATE_ACTIVE, true);
	tell(irq);
	tell_good(" on cpus 0-1");
	tell_has_not("DIFFERS");
	tell_has_not("enabled on");
	tell_set_bit(IRQCHIP_STATE_MASKED, true);
	tell(irq);
	tell_verdict("teller has it masked, which DIFFERS from the software's "
		     "state");
	tell_end(irq);
}

static int tell_ipi_alloc(struct irq_domain *domain, unsigned int irq,
			  unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i < 2 ? 7 : 5 + i,
				    &tell_chip, domain, handle_percpu_irq);
	return 0;
}

static void tell_ipi_free(struct irq_domain *domain, unsigned int irq,
			  unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static const struct irq_domain_ops tell_ipi_ops = {
	.alloc = tell_ipi_alloc,
	.free = tell_ipi_free,
};

static struct irq_domain *tell_ipi_domain(unsigned int flags)
{
	const struct irq_domain_info info = {
		.name = "ipis",
		.flags = flags,
		.ops = &tell_ipi_ops,
	};
	struct irq_domain *domain = NULL;

	memset(&tell_bits, 0, sizeof(tell_bits));
	tap_equal(irq_domain_create(&info, &domain), 0, "domain");
	return domain;
}

static void tell_destroy(void)
{
	struct cpumask cpus;

	irqkit_cpumask_first_n(&cpus, 3);
	tap_equal(irq_destroy_ipi(tell_irq, &cpus), 0, "destroy meanwhile");
}

/* The numbers that are printed are not those of a dead IPI. */
static void tell_ipi_gone(void)
{
	struct irq_domain *domain;
	struct cpumask cpus;

	tap_subject("an IPI that goes while it is told of");
	domain = tell_ipi_domain(IRQ_DOMAIN_FLAG_IPI_SINGLE);
	irqkit_cpumask_first_n(&cpus, 3);
	tell_meanwhile = tell_destroy;
	tell((unsigned int)irq_reserve_ipi(domain, &cpus));
	tell_has("  IPI: one irq for all its CPUs\n");
	tell_has_not("    hwirq");
	irq_domain_remove(domain);
	domain = tell_ipi_domain(IRQ_DOMAIN_FLAG_IPI_PER_CPU);
	tell_meanwhile = tell_destroy;
	tell((unsigned int)irq_reserve_ipi(domain, &cpus));
	tell_has("  IPI: its base is gone\n");
	irq_domain_remove(domain);
	tap_close();
}

static void tell_ipi_single(void)
{
	struct irq_domain *domain;
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("an IPI with one irq for all");
	domain = tell_ipi_domain(IRQ_DOMAIN_FLAG_IPI_SINGLE);
	irqkit_cpumask_first_n(&cpus, 3);
	irq = (unsigned int)irq_reserve_ipi(domain, &cpus);
	tell_request(irq, 0);
	tell(irq);
	tell_good(" on cpus 0-1");
	tell_has("  at teller: hwirq 7, domain ipis, chip data present\n");
	tell_has("  IPI: one irq for all its CPUs\n    hwirq 7 on cpus 0-2\n");
	free_irq(irq, NULL);
	tell(irq);
	tell_verdict("nobody has requested it");
	irq_destroy_ipi(irq, &cpus);
	irqkit_cpumask_single(&cpus, TELL_OFFLINE);
	irq = (unsigned int)irq_reserve_ipi(domain, &cpus);
	tell_request(irq, 0);
	tell(irq);
	tell_verdict("cpu 2, where it goes, is offline");
	free_irq(irq, NULL);
	irq_destroy_ipi(irq, &cpus);
	irq_domain_remove(domain);
	tap_close();
}

static void tell_ipi_per_cpu(void)
{
	struct irq_domain *domain;
	struct cpumask cpus, middle;
	unsigned int base;

	tap_subject("an IPI with an irq for each CPU");
	domain = tell_ipi_domain(IRQ_DOMAIN_FLAG_IPI_PER_CPU);
	irqkit_cpumask_first_n(&cpus, 4);
	cpumask_clear_cpu(0, &cpus);
	base = (unsigned int)irq_reserve_ipi(domain, &cpus);
	tell_request(base, 0);
	tell_request(base + 1, 0);
	tell_request(base + 2, 0);
	tell(base);
	tell_good(" on cpu 1");
	tell_has("  IPI: an irq for each CPU, base %u\n"
		 "    hwirq 7 on cpus 1-3\n",
		 base);
	tell(base + 1);
	tell_verdict("cpu 2, where it goes, is offline");
	tell_has("  IPI: an irq for each CPU, base %u\n", base);
	tell_has_not("goes to:");
	free_irq(base + 1, NULL);
	irqkit_cpumask_single(&middle, 2);
	tap_equal(irq_destroy_ipi(base, &middle), 0, "destroy of a part");
	tell(base + 2);
	tell_verdict("cpu 3, where it goes, is offline");
	tell_has("  affinity: 1,3\n");
	tell_has("    hwirq 7 on cpus 1,3\n");
	free_irq(base, NULL);
	cpumask_clear_cpu(2, &cpus);
	irqkit_cpumask_single(&middle, 1);
	tap_equal(irq_destroy_ipi(base, &middle), 0, "destroy of the first");
	tell(base + 2);
	tell_verdict("cpu 3, where it goes, is offline");
	tell_has("    hwirq 7 on cpu 3\n");
	free_irq(base + 2, NULL);
	irqkit_cpumask_single(&middle, 3);
	tap_equal(irq_destroy_ipi(base, &middle), 0, "destroy of the last");
	irqkit_cpumask_first_n(&cpus, 4);
	base = (unsigned int)irq_reserve_ipi(domain, &cpus);
	tell(base + 3);
	tell_has("    hwirq 7 on cpus 0-2\n    hwirq 8 on cpu 3\n");
	tell_has("base %u\n", base);
	tap_equal(irq_destroy_ipi(base, &cpus), 0, "destroy");
	irq_domain_remove(domain);
	tap_close();
}

static int tell_child_alloc(struct irq_domain *domain, unsigned int irq,
			    unsigned int nr, const void *arg)
{
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, 100 + i, &tell_chip, NULL,
				    handle_edge_irq);
	return irq_domain_alloc_irqs_parent(domain, irq, nr, arg);
}

static int tell_parent_alloc(struct irq_domain *domain, unsigned int irq,
			     unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, 200 + i, &tell_parent_chip,
				    domain, NULL);
	return 0;
}

static void tell_levels(void)
{
	static const struct irq_domain_ops child_ops = {
		.alloc = tell_child_alloc,
		.free = tell_ipi_free,
	};
	static const struct irq_domain_ops parent_ops = {
		.alloc = tell_parent_alloc,
		.free = tell_ipi_free,
	};
	struct irq_domain_info info = {.name = "root", .ops = &parent_ops};
	struct irq_domain *root, *leaf;
	unsigned int irq;

	tap_subject("each level of a hierarchy");
	memset(&tell_bits, 0, sizeof(tell_bits));
	irq_domain_create(&info, &root);
	info.name = "leaf";
	info.ops = &child_ops;
	info.parent = root;
	irq_domain_create(&info, &leaf);
	irq = (unsigned int)irq_domain_alloc_irqs(leaf, 1, 0, NULL);
	tell_request(irq, 0);
	tell_bits.on_parent = true;
	tell_set_bit(IRQCHIP_STATE_MASKED, true);
	tell(irq);
	tell_verdict("parent has it masked, which DIFFERS from the software's "
		     "state");
	tell_has("  at teller: hwirq 100, domain leaf, chip data none\n"
		 "  at parent: hwirq 200, domain root, chip data present\n"
		 "    its state: pending unknown, active unknown, masked yes, "
		 "line driven unknown\n");
	*tell_state(irq) |= IRQD_MASKED;
	tell_set_bit(IRQCHIP_STATE_MASKED, false);
	tell(irq);
	tell_has("    this DIFFERS: the software has it masked\n");
	tell_bits.has_masked = true;
	tell(irq);
	tell_has_not("DIFFERS");
	*tell_state(irq) &= ~(unsigned int)IRQD_MASKED;
	free_irq(irq, NULL);
	irq_domain_free_irqs(irq, 1);
	irq_domain_remove(leaf);
	irq_domain_remove(root);
	tap_close();
}

/* A handler on CPU 1 that another CPU waits for. */
static unsigned int tell_busy_stage;
static bool tell_busy_self; /* the handler's own CPU was told to be in one */

static irqreturn_t tell_busy_handler(unsigned int irq, void *dev_id)
{
	(void)dev_id;
	tell_irq = irq;
	tell_text[0] = '\0';
	irqkit_explain(irq, tell_print, tell_text);
	tell_busy_self = strstr(tell_text, "in a handler now") != NULL;
	tell_busy_stage = 1;
	while (tell_busy_stage == 1)
		suite_relax();
	tell_irq = irq;
	tell_text[0] = '\0';
	irqkit_explain(irq, tell_print, tell_text);
	return IRQ_HANDLED;
}

static void tell_busy_cpu(void *argument)
{
	unsigned int irq = *(unsigned int *)argument;
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(1);
	generic_handle_irq_desc(irq_to_desc(irq));
	irqkit_dispatch_exit(1);
	irqkit_port_irq_restore(state);
}

static void tell_busy(void)
{
	unsigned int irq = tell_make("handlers that run, and that are freed",
				     &tell_chip);

	tap_equal(request_irq(irq, tell_busy_handler, 0, "busy", NULL), 0,
		  "request");
	tell_busy_stage = 0;
	host_give_work(1, tell_busy_cpu, &irq);
	while (tell_busy_stage == 0)
		host_yield();
	tap_expect(!tell_busy_self, "who asks is not told of");
	tell(irq);
	tell_good(" on cpu 1");
	tell_has("a CPU runs its handlers\n");
	tell_has("    cpu 1: 1\n    cpu 1 is in a handler now\n");
	tell_busy_stage = 2;
	tap_equal(free_irq(irq, NULL), 0, "free");
	tell_verdict("its handler is being freed");
	tell_has_not("in a handler now");
	while (!host_is_idle(1))
		host_yield();
	tell_end(irq);
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, TELL_OFFLINE);
	cpumask_set_cpu(3, &offline);
	host_start(4, &offline);
	tell_unallocated();
	tell_retired();
	tell_bare();
	tell_fine();
	tell_triggers();
	tell_unrequested();
	tell_flow();
	tell_disabled();
	tell_unstarted();
	tell_managed();
	tell_suspended();
	tell_masked();
	tell_hardware();
	tell_target();
	tell_long();
	tell_wakes();
	tell_chained();
	tell_percpu();
	tell_ipi_single();
	tell_ipi_gone();
	tell_ipi_per_cpu();
	tell_levels();
	tell_busy();
	return host_end();
}
