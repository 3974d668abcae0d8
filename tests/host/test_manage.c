/* SPDX-License-Identifier: MIT */
/*
 * Handlers on interrupts that are no IPIs: what the chip is told, the flags,
 * and what is refused. Interrupts are made by calling the dispatch here.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/suite.h"

static struct {
	unsigned int masked, unmasked, acked, ended;
	unsigned int cpu; /* where the last call was */
} manage_chip_seen;

static void manage_chip_mask(struct irq_data *data)
{
	(void)data;
	manage_chip_seen.masked++;
	manage_chip_seen.cpu = irqkit_port_cpu();
}

static void manage_chip_unmask(struct irq_data *data)
{
	(void)data;
	manage_chip_seen.unmasked++;
	manage_chip_seen.cpu = irqkit_port_cpu();
}

static void manage_chip_ack(struct irq_data *data)
{
	(void)data;
	manage_chip_seen.acked++;
}

static void manage_chip_eoi(struct irq_data *data)
{
	(void)data;
	manage_chip_seen.ended++;
}

static const struct irq_chip manage_chip = {
	.name = "plain",
	.irq_mask = manage_chip_mask,
	.irq_unmask = manage_chip_unmask,
	.irq_ack = manage_chip_ack,
	.irq_eoi = manage_chip_eoi,
};

static int manage_alloc(struct irq_domain *domain, unsigned int irq,
			unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i, &manage_chip, NULL,
				    handle_percpu_irq);
	return 0;
}

static void manage_free(struct irq_domain *domain, unsigned int irq,
			unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static const struct irq_domain_ops manage_ops = {
	.alloc = manage_alloc,
	.free = manage_free,
};

static struct irq_domain *manage_domain;
static unsigned int manage_irq;
static unsigned int manage_calls;
static void *manage_cookie;
static irqreturn_t manage_answer = IRQ_HANDLED;

static irqreturn_t manage_handler(unsigned int irq, void *dev_id)
{
	if (irq == manage_irq && irqkit_port_irqs_disabled())
		manage_calls++;
	manage_cookie = dev_id;
	return manage_answer;
}

static void manage_begin(const char *subject)
{
	tap_subject("%s", subject);
	manage_irq = (unsigned int)irq_domain_alloc_irqs(manage_domain, 1, 0,
							 NULL);
	manage_calls = 0;
	manage_chip_seen.masked = 0;
	manage_chip_seen.unmasked = 0;
	manage_chip_seen.acked = 0;
	manage_chip_seen.ended = 0;
}

static void manage_end(void)
{
	tap_equal(irq_domain_free_irqs(manage_irq, 1), 0, "free of the irq");
	tap_close();
}

/* An interrupt arrives on a CPU. */
static void manage_arrive(unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(cpu);
	generic_handle_irq_desc(irq_to_desc(manage_irq));
	irqkit_dispatch_exit(cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
}

static void manage_request(void)
{
	manage_begin("request_irq() starts the interrupt, free_irq() stops it");
	tap_equal(
		request_irq(manage_irq, manage_handler, 0, "h", &manage_calls),
		0, "request");
	tap_equal(manage_chip_seen.unmasked, 1, "unmasked");
	manage_arrive(1);
	tap_equal(manage_calls, 1, "calls");
	tap_expect(manage_cookie == &manage_calls, "with its cookie");
	tap_equal(manage_chip_seen.acked, 1, "acknowledged");
	tap_equal(manage_chip_seen.ended, 1, "ended");
	tap_equal((long long)kstat_irqs_cpu(manage_irq, 1), 1,
		  "count of cpu 1");
	tap_equal((long long)kstat_irqs_cpu(manage_irq, 0), 0,
		  "count of cpu 0");
	tap_equal((long long)kstat_irqs(manage_irq), 1, "count");
	tap_equal(irq_domain_free_irqs(manage_irq, 1), -EBUSY,
		  "free of the irq with a handler");
	tap_equal(free_irq(manage_irq, &manage_calls), 0, "free");
	tap_equal(manage_chip_seen.masked, 1, "masked");
	tap_equal(free_irq(manage_irq, &manage_calls), -EINVAL, "free again");
	manage_arrive(1);
	tap_equal(manage_calls, 1, "calls after free_irq()");
	manage_end();
}

static unsigned int manage_status(void)
{
	return irq_get_irq_data(manage_irq)->common->status;
}

static void manage_balancing(void)
{
	manage_begin("IRQF_NOBALANCING lasts as long as the handler");
	request_irq(manage_irq, manage_handler, IRQF_NOBALANCING, "h", NULL);
	tap_expect((manage_status() & IRQ_NO_BALANCING) != 0, "set");
	tap_expect(!irqd_can_balance(irq_get_irq_data(manage_irq)),
		   "irqd_can_balance()");
	free_irq(manage_irq, NULL);
	tap_expect((manage_status() & IRQ_NO_BALANCING) == 0, "taken away");
	irq_set_status_flags(manage_irq, IRQ_NO_BALANCING);
	request_irq(manage_irq, manage_handler, IRQF_NOBALANCING, "h", NULL);
	free_irq(manage_irq, NULL);
	tap_expect((manage_status() & IRQ_NO_BALANCING) != 0,
		   "what was set before stays");
	request_irq(manage_irq, manage_handler, 0, "h", NULL);
	free_irq(manage_irq, NULL);
	tap_expect((manage_status() & IRQ_NO_BALANCING) != 0,
		   "and without the flag too");
	manage_end();
}

static void manage_request_errors(void)
{
	static void *cookies[IRQKIT_NR_CPUS];
	int bare = irq_alloc_descs(-1, 1, 1, 0);

	manage_begin("request_irq(): what is wrong is refused");
	tap_equal(request_irq((unsigned int)bare, manage_handler, 0, "h", NULL),
		  -EINVAL, "an irq without a controller");
	tap_equal(request_percpu_irq((unsigned int)bare, manage_handler, "h",
				     cookies),
		  -EINVAL, "the same, per-CPU");
	tap_equal(
		request_irq(manage_irq, manage_handler, IRQF_PERCPU, "h", NULL),
		-EINVAL, "IRQF_PERCPU on what is not per-CPU");
	tap_equal(request_percpu_irq(manage_irq, manage_handler, "h", cookies),
		  -EINVAL, "request_percpu_irq() on what is not per-CPU");
	tap_equal(request_irq(manage_irq, NULL, 0, "h", NULL), -EINVAL,
		  "no handler");
	tap_equal(request_irq(manage_irq, manage_handler, 0x10, "h", NULL),
		  -EINVAL, "an unknown flag");
	tap_equal(request_irq(manage_irq, manage_handler, 1UL << 63, "h", NULL),
		  -EINVAL, "another unknown flag");
	irq_set_status_flags(manage_irq, IRQ_NOREQUEST);
	tap_equal(request_irq(manage_irq, manage_handler, 0, "h", NULL),
		  -EINVAL, "IRQ_NOREQUEST");
	irq_clear_status_flags(manage_irq, IRQ_NOREQUEST);
	tap_equal(manage_chip_seen.unmasked, 0, "unmasked meanwhile");
	tap_equal(request_irq(manage_irq, manage_handler, 0, "h", NULL), 0,
		  "and then it is allowed");
	tap_equal(request_irq(manage_irq, manage_handler, IRQF_NOBALANCING, "h",
			      NULL),
		  -EBUSY, "twice");
	tap_expect((manage_status() & IRQ_NO_BALANCING) == 0,
		   "what was refused left no flag");
	tap_equal(free_irq(manage_irq, &manage_calls), -EINVAL,
		  "free with another cookie");
	tap_equal(manage_chip_seen.masked, 0, "masked meanwhile");
	tap_equal(free_irq(manage_irq, NULL), 0, "free");
	irq_free_descs((unsigned int)bare, 1);
	manage_end();
}

static void manage_status_flags(void)
{
	manage_begin("status flags are set and cleared, unknown ones refused");
	tap_equal(irq_set_status_flags(manage_irq,
				       IRQ_NOREQUEST | IRQ_MOVE_PCNTXT),
		  0, "set");
	tap_equal(manage_status(), IRQ_NOREQUEST | IRQ_MOVE_PCNTXT, "status");
	tap_equal(irq_clear_status_flags(manage_irq, IRQ_NOREQUEST), 0,
		  "clear");
	tap_equal(manage_status(), IRQ_MOVE_PCNTXT, "status");
	tap_equal(irq_set_status_flags(manage_irq, 1U << 31), -EINVAL,
		  "set of an unknown one");
	tap_equal(irq_set_status_flags(manage_irq, IRQ_NOREQUEST | 1U << 6),
		  -EINVAL, "set of a known and an unknown one");
	tap_equal(irq_clear_status_flags(manage_irq, ~0U), -EINVAL,
		  "clear of all");
	tap_equal(manage_status(), IRQ_MOVE_PCNTXT, "status afterwards");
	manage_end();
}

static void *manage_cookies[IRQKIT_NR_CPUS];

static int manage_on_cpu(int (*function)(unsigned int irq), unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	int result = function(manage_irq);

	host_become(before);
	return result;
}

static void manage_percpu(void)
{
	manage_begin("a per-CPU interrupt is opened on each CPU by itself");
	irq_set_status_flags(manage_irq, IRQ_PER_CPU);
	manage_cookies[1] = &manage_cookies[1];
	tap_equal(request_percpu_irq(manage_irq, manage_handler, "h", NULL),
		  -EINVAL, "no cookies");
	tap_equal(request_percpu_irq(manage_irq, NULL, "h", manage_cookies),
		  -EINVAL, "no handler");
	tap_equal(enable_percpu_irq(manage_irq), -EINVAL, "enable too early");
	tap_equal(request_percpu_irq(manage_irq, manage_handler, "h",
				     manage_cookies),
		  0, "request");
	tap_equal(manage_chip_seen.unmasked, 0, "unmasked by the request");
	tap_equal(manage_on_cpu(enable_percpu_irq, 1), 0, "enable on cpu 1");
	tap_equal(manage_chip_seen.unmasked, 1, "unmasked by enable");
	tap_equal(manage_chip_seen.cpu, 1, "on the CPU itself");
	manage_arrive(1);
	tap_equal(manage_calls, 1, "calls on cpu 1");
	tap_expect(manage_cookie == &manage_cookies[1], "its cookie");
	manage_arrive(0);
	tap_equal(manage_calls, 1, "calls after one on cpu 0");
	tap_equal(manage_on_cpu(disable_percpu_irq, 1), 0, "disable on cpu 1");
	tap_equal(manage_chip_seen.masked, 1, "masked by disable");
	tap_equal(free_percpu_irq(manage_irq, NULL), -EINVAL, "no cookies");
	tap_equal(free_percpu_irq(manage_irq, manage_cookies + 1), -EINVAL,
		  "other cookies");
	tap_equal(free_percpu_irq(manage_irq, manage_cookies), 0, "free");
	tap_equal(free_percpu_irq(manage_irq, manage_cookies), -EINVAL,
		  "free again");
	tap_equal(
		request_irq(manage_irq, manage_handler, IRQF_PERCPU, "h", NULL),
		0, "request_irq() with IRQF_PERCPU");
	tap_equal(manage_chip_seen.unmasked, 1, "it unmasks no CPU");
	tap_equal(free_irq(manage_irq, NULL), 0, "free_irq()");
	tap_equal(manage_chip_seen.masked, 1, "it masks no CPU");
	manage_end();
}

static void manage_unhandled(void)
{
	unsigned int before = irqkit_unhandled(1);

	manage_begin("what nobody handles is counted and ended");
	manage_arrive(1);
	tap_equal(irqkit_unhandled(1) - before, 1, "without an action");
	manage_answer = IRQ_NONE;
	request_irq(manage_irq, manage_handler, 0, "h", NULL);
	manage_arrive(1);
	tap_equal(irqkit_unhandled(1) - before, 2, "with one that says no");
	manage_answer = IRQ_HANDLED;
	manage_arrive(1);
	tap_equal(irqkit_unhandled(1) - before, 2, "with one that says yes");
	free_irq(manage_irq, NULL);
	tap_equal(irq_set_handler(manage_irq, NULL), 0, "irq_set_handler()");
	tap_expect(irq_to_desc(manage_irq)->handle_irq == handle_bad_irq,
		   "NULL is handle_bad_irq()");
	manage_arrive(1);
	tap_equal(irqkit_unhandled(1) - before, 3, "by handle_bad_irq()");
	tap_equal(irqkit_unhandled(0), 0, "on cpu 0");
	tap_equal(manage_chip_seen.ended, 4, "ended");
	tap_equal((long long)kstat_irqs(manage_irq), 4, "count");
	manage_end();
}

/* The table has the names, and a count for each CPU that is online. */
static void manage_print(void *context, const char *text)
{
	char *table = context;
	size_t length = strlen(table);

	irqkit_snprintf(table + length, 4096 - length, "%s", text);
}

static void manage_table(void)
{
	static char table[4096];
	char line[128];

	manage_begin("the table of interrupts");
	request_irq(manage_irq, manage_handler, 0, "my handler", NULL);
	manage_arrive(0);
	manage_arrive(1);
	manage_arrive(1);
	tap_equal(irqkit_show_interrupts(manage_print, table), 0, "result");
	irqkit_snprintf(line, sizeof(line), "%4u: %10u %10u  %-14s %4u",
			manage_irq, 1U, 2U, "plain", 0U);
	tap_expect(strstr(table, line) != NULL, "it has the line '%s'", line);
	tap_expect(strstr(table, "my handler\n") != NULL, "its handler");
	tap_expect(strstr(table, "CPU0") != NULL &&
			   strstr(table, "CPU1") != NULL &&
			   strstr(table, "CPU2") == NULL,
		   "it has a column for each online CPU");
	free_irq(manage_irq, NULL);
	manage_end();
}

/* From here on with the stub: what the chip is told, and when. */

static unsigned int manage_make(const char *subject, irq_flow_handler_t flow)
{
	stub_reset();
	tap_subject("%s", subject);
	return stub_make(flow, IRQ_MOVE_PCNTXT, NULL);
}

static void manage_unmake(unsigned int irq)
{
	stub_free(irq);
	tap_close();
}

static void manage_story(void)
{
	unsigned int irq = manage_make(
		"HZ32: type and target come before the start", handle_edge_irq);

	tap_equal(stub_state(irq), IRQD_DISABLED | IRQD_MASKED, "at first");
	tap_equal(
		request_irq(irq, stub_handler, IRQF_TRIGGER_FALLING, "h", &irq),
		0, "request");
	stub_expect("ATFS", "request");
	tap_equal(stub.type, IRQ_TYPE_EDGE_FALLING, "the trigger");
	tap_equal(stub_state(irq) & ~(unsigned int)IRQD_SINGLE_TARGET,
		  IRQD_ACTIVATED | IRQD_STARTED | IRQ_TYPE_EDGE_FALLING,
		  "state");
	tap_equal(stub_depth(irq), 0, "depth");
	stub_arrive(irq, 0);
	stub_expect("k", "an interrupt");
	tap_equal(stub_handled, 1, "handled");
	tap_equal(free_irq(irq, &irq), 0, "free");
	stub_expect("XD", "free");
	tap_equal(stub_state(irq),
		  IRQD_DISABLED | IRQD_MASKED | IRQ_TYPE_EDGE_FALLING, "after");
	tap_equal(
		request_irq(irq, stub_handler, IRQF_TRIGGER_FALLING, "h", &irq),
		0, "request with the same trigger");
	stub_expect("AFS", "it is there already");
	tap_equal(free_irq(irq, &irq), 0, "free");
	manage_unmake(irq);
}

/* One operation fails; the interrupt must be as if nobody had asked. */
static void manage_one_failure(enum stub_op op, const char *story)
{
	unsigned int irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, NULL);
	unsigned int before;

	irq_set_irq_type(irq, IRQ_TYPE_EDGE_RISING);
	before = stub_state(irq);
	memset(stub.story, 0, sizeof(stub.story));
	stub.answer[op] = -ETIMEDOUT;
	tap_equal(request_irq(irq, stub_handler,
			      IRQF_TRIGGER_FALLING | IRQF_ONESHOT |
				      IRQF_NOBALANCING,
			      "h", &irq),
		  -ETIMEDOUT, "request");
	stub_expect(story, "request");
	tap_equal(stub_state(irq), before, "state");
	tap_equal(stub_depth(irq), 1, "depth");
	tap_expect(irqd_can_balance(irq_get_irq_data(irq)), "balancing");
	tap_expect(irq_to_desc(irq)->action == NULL, "no handler");
	tap_equal((long long)stub_effective(irq), 0, "aimed at");
	tap_equal(free_irq(irq, &irq), -EINVAL, "free");
	stub.answer[op] = 0;
	tap_equal(request_irq(irq, stub_handler, 0, "h", &irq), 0, "again");
	tap_expect((stub_state(irq) & IRQD_ONESHOT) == 0, "no one-shot");
	tap_equal(free_irq(irq, &irq), 0, "free");
	stub_free(irq);
}

static void manage_failures(void)
{
	stub_reset();
	tap_subject("request_irq(): a failing chip or domain changes nothing");
	manage_one_failure(STUB_ACTIVATE, "A");
	manage_one_failure(STUB_TYPE, "ATD");
	manage_one_failure(STUB_AFFINITY, "ATFDT");
	manage_one_failure(STUB_STARTUP, "ATFSDT");
	tap_close();
}

/* The first trigger, for which there was none before. */
static void manage_failure_of_first(void)
{
	unsigned int irq = manage_make(
		"a trigger that came with a failed request is set again",
		handle_edge_irq);

	stub.answer[STUB_STARTUP] = -ETIMEDOUT;
	tap_equal(request_irq(irq, stub_handler, IRQF_TRIGGER_HIGH, "h", &irq),
		  -ETIMEDOUT, "request");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data(irq)), IRQ_TYPE_NONE,
		  "trigger");
	stub.answer[STUB_STARTUP] = 0;
	stub_expect("ATFSD", "the failure");
	tap_equal(request_irq(irq, stub_handler, IRQF_TRIGGER_HIGH, "h", &irq),
		  0, "request");
	stub_expect("ATFS", "request");
	tap_equal(free_irq(irq, &irq), 0, "free");
	manage_unmake(irq);
}

/* A chip without startup and shutdown; one without anything. */
static void manage_small_chip(void)
{
	unsigned int irq = manage_make(
		"a chip without startup and shutdown is unmasked and masked",
		handle_edge_irq);

	stub_chip.irq_startup = NULL;
	stub_chip.irq_shutdown = NULL;
	tap_equal(request_irq(irq, stub_handler, 0, "h", NULL), 0, "request");
	stub_expect("AFU", "request");
	tap_equal(free_irq(irq, NULL), 0, "free");
	stub_expect("MD", "free");
	stub_chip.irq_mask = NULL;
	stub_chip.irq_unmask = NULL;
	stub_chip.irq_set_affinity = NULL;
	stub_chip.irq_set_type = NULL;
	tap_equal(request_irq(irq, stub_handler, IRQF_TRIGGER_HIGH, "h", NULL),
		  0, "request");
	stub_expect("A", "a chip that can do nothing");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data(irq)),
		  IRQ_TYPE_LEVEL_HIGH, "trigger");
	tap_equal(free_irq(irq, NULL), 0, "free");
	stub_expect("D", "its free");
	manage_unmake(irq);
}

static void manage_trigger_flags(void)
{
	unsigned int irq = manage_make("the flags of the trigger",
				       handle_level_irq);
	static const unsigned long good[] = {0, 1, 2, 3, 4, 8};

	for (unsigned long flags = 0; flags <= IRQF_TRIGGER_MASK; flags++) {
		bool is_good = false;
		int result = request_irq(irq, stub_handler, flags, "h", NULL);

		for (unsigned int i = 0; i < 6; i++)
			is_good = is_good || good[i] == flags;
		tap_equal(result, is_good ? 0 : -EINVAL, "flags %lu", flags);
		if (result == 0)
			tap_equal(free_irq(irq, NULL), 0, "free");
	}
	manage_unmake(irq);
}

static char manage_order[16];

static irqreturn_t manage_order_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	strncat(manage_order, dev_id,
		sizeof(manage_order) - strlen(manage_order) - 1);
	return IRQ_NONE;
}

static void manage_expect_order(unsigned int irq, const char *order)
{
	stub_arrive(irq, 0);
	tap_expect(strcmp(manage_order, order) == 0, "called '%s', not '%s'",
		   manage_order, order);
	memset(manage_order, 0, sizeof(manage_order));
}

static int manage_add(unsigned int irq, unsigned long flags, void *dev_id)
{
	return request_irq(irq, manage_order_handler, flags, "h", dev_id);
}

static char manage_a[] = "a", manage_b[] = "b", manage_c[] = "c";

static void manage_sharing(void)
{
	const unsigned long flags = IRQF_SHARED | IRQF_TRIGGER_LOW;
	unsigned long live;
	unsigned int irq = manage_make(
		"handlers share an interrupt, in the order of their requests",
		handle_level_irq);

	live = host_live();
	tap_equal(manage_add(irq, flags, manage_a), 0, "a");
	tap_equal((long long)(host_live() - live), 0, "memory of the first");
	tap_equal(manage_add(irq, flags, manage_b), 0, "b");
	tap_equal(manage_add(irq, flags, manage_c), 0, "c");
	stub_expect("ATFS", "three requests");
	manage_expect_order(irq, "abc");
	tap_equal(manage_add(irq, flags, manage_b), -EEXIST, "b again");
	tap_equal(irq_domain_free_irqs(irq, 1), -EBUSY, "free of the irq");
	tap_equal(free_irq(irq, manage_b), 0, "free of b");
	manage_expect_order(irq, "ac");
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	manage_expect_order(irq, "c");
	tap_equal(manage_add(irq, flags, manage_a), 0, "a comes last now");
	manage_expect_order(irq, "ca");
	tap_equal(free_irq(irq, manage_b), -EINVAL, "free of b again");
	tap_equal(stub.calls[STUB_SHUTDOWN], 0, "it was never stopped");
	tap_equal(free_irq(irq, manage_c), 0, "free of c");
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	tap_equal(stub.calls[STUB_SHUTDOWN], 1, "it is stopped with the last");
	tap_equal(stub.calls[STUB_DEACTIVATE], 1, "and deactivated");
	tap_equal((long long)(host_live() - live), 0, "memory afterwards");
	manage_unmake(irq);
}

static void manage_sharing_errors(void)
{
	const unsigned long flags = IRQF_SHARED | IRQF_TRIGGER_LOW;
	static void *cookies[IRQKIT_NR_CPUS];
	unsigned long live;
	unsigned int irq = manage_make("who does not fit does not share",
				       handle_level_irq);

	live = host_live();
	tap_equal(manage_add(irq, flags, NULL), -EINVAL, "no cookie");
	tap_equal(manage_add(irq, flags | IRQF_NO_AUTOEN, manage_a), -EINVAL,
		  "IRQF_NO_AUTOEN");
	tap_equal(manage_add(irq, flags, manage_a), 0, "a");
	tap_equal(manage_add(irq, IRQF_TRIGGER_LOW, manage_b), -EBUSY,
		  "without IRQF_SHARED");
	tap_equal(manage_add(irq, IRQF_SHARED, manage_b), -EBUSY, "no trigger");
	tap_equal(manage_add(irq, IRQF_SHARED | IRQF_TRIGGER_HIGH, manage_b),
		  -EBUSY, "another trigger");
	tap_equal(manage_add(irq, flags | IRQF_ONESHOT, manage_b), -EBUSY,
		  "IRQF_ONESHOT");
	tap_equal(manage_add(irq, flags | IRQF_PERCPU, manage_b), -EBUSY,
		  "IRQF_PERCPU");
	tap_equal(request_percpu_irq(irq, stub_handler, "h", cookies), -EBUSY,
		  "request_percpu_irq()");
	irq_set_status_flags(irq, IRQ_NOREQUEST);
	tap_equal(manage_add(irq, flags, manage_b), -EINVAL, "IRQ_NOREQUEST");
	irq_clear_status_flags(irq, IRQ_NOREQUEST);
	host_fail_alloc(1);
	tap_equal(manage_add(irq, flags, manage_b), -ENOMEM, "no memory");
	host_fail_alloc(0);
	manage_expect_order(irq, "a");
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	tap_equal(manage_add(irq, IRQF_TRIGGER_LOW, manage_a), 0, "alone");
	tap_equal(manage_add(irq, flags, manage_b), -EBUSY, "the other way");
	manage_expect_order(irq, "a");
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	tap_equal((long long)(host_live() - live), 0, "memory afterwards");
	manage_unmake(irq);
}

/* One of three is taken out, and another comes, while handlers run. */
static unsigned int manage_race_irq;
static int manage_race_results[3];

static void manage_race_hook(void)
{
	unsigned int before;

	if (irqkit_port_irqs_disabled())
		return;
	host_clock_hook = NULL;
	irqkit_dispatch_end(2);
	before = host_become(1);
	manage_race_results[0] = manage_add(manage_race_irq, IRQF_SHARED,
					    manage_a);
	manage_race_results[1] = free_irq(manage_race_irq, manage_b);
	manage_race_results[2] = free_irq(manage_race_irq, manage_c);
	manage_add(manage_race_irq, IRQF_SHARED, manage_b);
	host_become(before);
}

static void manage_sharing_race(void)
{
	unsigned int irq =
		manage_make("the first of three goes while others come and go",
			    handle_level_irq);

	manage_race_irq = irq;
	manage_add(irq, IRQF_SHARED, manage_a);
	manage_add(irq, IRQF_SHARED, manage_b);
	manage_add(irq, IRQF_SHARED, manage_c);
	irqkit_dispatch_begin(2);
	host_clock_hook = manage_race_hook;
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	tap_expect(host_clock_hook == NULL, "it waited");
	tap_equal(manage_race_results[0], 0, "a comes again meanwhile");
	tap_equal(manage_race_results[1], 0, "b goes");
	tap_equal(manage_race_results[2], 0, "c goes");
	manage_expect_order(irq, "ab");
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	tap_equal(free_irq(irq, manage_b), 0, "free of b");
	manage_unmake(irq);
}

static int manage_last_results[2];

static void manage_last_hook(void)
{
	unsigned int before;

	if (irqkit_port_irqs_disabled())
		return;
	host_clock_hook = NULL;
	irqkit_dispatch_end(2);
	before = host_become(1);
	manage_last_results[0] = free_irq(manage_race_irq, manage_b);
	manage_last_results[1] = manage_add(manage_race_irq, IRQF_SHARED,
					    manage_c);
	host_become(before);
}

/* The last one goes while the first is on its way out. */
static void manage_last_race(void)
{
	unsigned int irq =
		manage_make("the place of the first is taken until it is gone",
			    handle_level_irq);

	manage_race_irq = irq;
	manage_add(irq, IRQF_SHARED, manage_a);
	manage_add(irq, IRQF_SHARED, manage_b);
	irqkit_dispatch_begin(2);
	host_clock_hook = manage_last_hook;
	tap_equal(free_irq(irq, manage_a), 0, "free of a");
	tap_equal(manage_last_results[0], 0, "free of b meanwhile");
	tap_equal(manage_last_results[1], -EBUSY, "request meanwhile");
	tap_equal(stub.calls[STUB_SHUTDOWN], 1, "stopped once");
	tap_equal(stub.calls[STUB_DEACTIVATE], 1, "deactivated once");
	tap_equal(manage_add(irq, 0, manage_c), 0, "request afterwards");
	manage_expect_order(irq, "c");
	tap_equal(free_irq(irq, manage_c), 0, "free of c");
	manage_unmake(irq);
}

/* A handler that runs on CPU 1 until the clock was read some times. */
static unsigned int manage_reads;
static bool manage_inside, manage_came_out;

static void manage_count_reads(void)
{
	manage_reads++;
}

static void manage_linger(void)
{
	manage_inside = true;
	while (manage_reads < 20)
		irqkit_port_relax();
	manage_came_out = true;
}

static void manage_deliver(void *argument)
{
	stub_arrive(*(unsigned int *)argument, 1);
}

static void manage_start_lingering(unsigned int *irq)
{
	manage_inside = false;
	manage_came_out = false;
	stub_in_handler = manage_linger;
	host_give_work(1, manage_deliver, irq);
	while (!manage_inside)
		irqkit_port_relax();
	manage_reads = 0;
	host_clock_hook = manage_count_reads;
}

static void manage_expect_out(const char *what)
{
	tap_expect(manage_came_out, "%s waited for the handler", what);
	host_clock_hook = NULL;
	manage_reads = 100;
	while (!host_is_idle(1))
		irqkit_port_relax();
}

static void manage_waits(void)
{
	static unsigned int irq;

	irq = manage_make("free, disable and synchronize wait for handlers",
			  handle_level_irq);
	request_irq(irq, stub_handler, IRQF_SHARED, "h", manage_a);
	request_irq(irq, stub_handler, IRQF_SHARED, "h", manage_b);
	manage_start_lingering(&irq);
	tap_equal(synchronize_irq(irq), 0, "synchronize_irq()");
	manage_expect_out("synchronize_irq()");
	manage_start_lingering(&irq);
	tap_equal(disable_irq(irq), 0, "disable_irq()");
	manage_expect_out("disable_irq()");
	tap_equal(enable_irq(irq), 0, "enable_irq()");
	manage_start_lingering(&irq);
	tap_equal(disable_irq_nosync(irq), 0, "disable_irq_nosync()");
	tap_expect(manage_reads < 5, "disable_irq_nosync() did not wait");
	tap_equal(synchronize_irq(irq), 0, "synchronize_irq()");
	manage_expect_out("it");
	tap_equal(enable_irq(irq), 0, "enable_irq()");
	manage_start_lingering(&irq);
	tap_equal(free_irq(irq, manage_a), 0, "free of one of two");
	manage_expect_out("free_irq()");
	tap_equal(free_irq(irq, manage_b), 0, "free of the other");
	manage_unmake(irq);
}

/* From the handler itself, all that waits is refused. */
static unsigned int manage_inner_irq;
static int manage_inner[9];

static void manage_try_inside(void)
{
	unsigned int irq = manage_inner_irq;
	static void *cookies[IRQKIT_NR_CPUS];

	manage_inner[0] = free_irq(irq, manage_a);
	manage_inner[1] = disable_irq(irq);
	manage_inner[2] = synchronize_irq(irq);
	manage_inner[3] = irq_set_handler(irq, NULL);
	manage_inner[4] = irq_set_chip_and_handler(irq, 0, &stub_chip, NULL,
						   handle_edge_irq);
	manage_inner[5] = free_percpu_irq(irq, cookies);
	manage_inner[6] = irq_set_chained_handler_and_data(irq, handle_edge_irq,
							   NULL);
	manage_inner[7] = irqkit_poll();
	manage_inner[8] = irqkit_cpu_offline(1, NULL);
	tap_equal(disable_irq_nosync(irq), 0, "disable_irq_nosync() inside");
}

static void manage_in_handler(void)
{
	unsigned int irq = manage_make(
		"in a handler what would wait is -EDEADLK", handle_level_irq);

	manage_inner_irq = irq;
	request_irq(irq, stub_handler, 0, "h", manage_a);
	stub_in_handler = manage_try_inside;
	stub_arrive(irq, 0);
	for (unsigned int i = 0; i < 9; i++)
		tap_equal(manage_inner[i], -EDEADLK, "call %u", i);
	tap_equal(stub_depth(irq), 1, "depth: disabled once");
	stub_expect("AFSMk", "it stays masked");
	tap_equal(enable_irq(irq), 0, "enable");
	stub_expect("U", "enable");
	tap_equal(free_irq(irq, manage_a), 0, "free");
	manage_unmake(irq);
}

static void manage_nesting(void)
{
	unsigned int irq =
		manage_make("disable_irq() nests, and is lazy about the chip",
			    handle_edge_irq);

	tap_equal(disable_irq(irq), -EINVAL, "disable without a handler");
	tap_equal(disable_irq_nosync(irq), -EINVAL, "the same without a wait");
	tap_equal(enable_irq(irq), -EINVAL, "enable without a handler");
	request_irq(irq, stub_handler, 0, "h", NULL);
	stub_expect("AFS", "request");
	tap_equal(enable_irq(irq), -EINVAL, "enable of what is enabled");
	tap_equal(disable_irq(irq), 0, "disable");
	tap_equal(disable_irq_nosync(irq), 0, "disable");
	tap_equal(disable_irq(irq), 0, "disable");
	tap_equal(stub_depth(irq), 3, "depth");
	stub_expect("", "three times");
	stub_arrive(irq, 0);
	stub_expect("Mk", "an interrupt meanwhile");
	tap_equal(stub_handled, 0, "handled");
	tap_equal(enable_irq(irq), 0, "enable");
	tap_equal(enable_irq(irq), 0, "enable");
	tap_expect(irqd_irq_disabled(irq_get_irq_data(irq)), "disabled");
	stub_expect("", "two times");
	tap_equal(enable_irq(irq), 0, "enable");
	stub_expect("UR", "the last time");
	tap_expect(!irqd_irq_disabled(irq_get_irq_data(irq)), "enabled");
	tap_equal(enable_irq(irq), -EINVAL, "once too often");
	stub_arrive(irq, 0);
	tap_equal(stub_handled, 1, "handled");
	tap_equal(free_irq(irq, NULL), 0, "free");
	manage_unmake(irq);
}

static void manage_unlazy(void)
{
	unsigned int irq = manage_make(
		"IRQ_DISABLE_UNLAZY masks at once; free while disabled",
		handle_edge_irq);

	irq_set_status_flags(irq, IRQ_DISABLE_UNLAZY);
	request_irq(irq, stub_handler, 0, "h", NULL);
	stub_expect("AFS", "request");
	disable_irq(irq);
	stub_expect("M", "disable");
	disable_irq(irq);
	stub_expect("", "again");
	tap_equal(free_irq(irq, NULL), 0, "free");
	stub_expect("XD", "free");
	tap_equal(request_irq(irq, stub_handler, 0, "h", NULL), 0, "request");
	stub_expect("AFS", "it is enabled from the start");
	tap_equal(stub_depth(irq), 0, "depth");
	tap_equal(free_irq(irq, NULL), 0, "free");
	manage_unmake(irq);
}

static void manage_no_autoen(unsigned long flags, unsigned int status)
{
	unsigned int irq =
		manage_make(flags != 0 ? "IRQF_NO_AUTOEN leaves it disabled"
				       : "IRQ_NOAUTOEN leaves it disabled",
			    handle_edge_irq);

	irq_set_status_flags(irq, status);
	tap_equal(request_irq(irq, stub_handler, flags, "h", NULL), 0,
		  "request");
	stub_expect("", "request");
	tap_equal(stub_depth(irq), 1, "depth");
	tap_equal(disable_irq(irq), 0, "disable");
	tap_equal(enable_irq(irq), 0, "enable");
	stub_expect("", "disabled once more");
	stub.answer[STUB_STARTUP] = -ETIMEDOUT;
	tap_equal(enable_irq(irq), -ETIMEDOUT, "enable that fails");
	tap_equal(stub_depth(irq), 1, "depth");
	tap_expect(!irqd_is_started(irq_get_irq_data(irq)), "not started");
	tap_equal((long long)stub_effective(irq), 0, "not aimed");
	stub.answer[STUB_STARTUP] = 0;
	stub_expect("AFSD", "the failure");
	tap_equal(enable_irq(irq), 0, "enable");
	stub_expect("AFS", "enable");
	tap_equal(stub_depth(irq), 0, "depth");
	tap_equal(free_irq(irq, NULL), 0, "free");
	tap_equal(request_irq(irq, stub_handler, flags, "h", NULL), 0,
		  "request");
	memset(stub.story, 0, sizeof(stub.story));
	tap_equal(free_irq(irq, NULL), 0, "free before it was enabled");
	stub_expect("", "there was nothing to stop");
	manage_unmake(irq);
}

/* One handler serves all CPUs, and nothing of it is common to them. */
static void manage_percpu_flags(void)
{
	static const unsigned long bad[] = {IRQF_SHARED, IRQF_ONESHOT,
					    IRQF_NO_AUTOEN};
	unsigned int irq =
		manage_make("what does not fit a per-CPU interrupt is refused",
			    handle_percpu_irq);

	irq_set_status_flags(irq, IRQ_PER_CPU);
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(manage_add(irq, bad[i] | IRQF_PERCPU, manage_a),
			  -EINVAL, "flags %#lx", bad[i]);
	stub_expect("", "what was refused");
	tap_equal(manage_add(irq, IRQF_PERCPU, manage_a), 0, "request");
	stub_expect("A", "request");
	tap_equal(disable_irq(irq), -EINVAL, "disable_irq()");
	tap_equal(enable_irq(irq), -EINVAL, "enable_irq()");
	tap_equal(manage_add(irq, IRQF_PERCPU, manage_b), -EBUSY, "another");
	tap_equal(free_irq(irq, manage_a), 0, "free");
	stub_expect("D", "free");
	stub.answer[STUB_ACTIVATE] = -ETIMEDOUT;
	tap_equal(manage_add(irq, 0, manage_a), -ETIMEDOUT, "activate fails");
	tap_expect(irq_to_desc(irq)->action == NULL, "no handler");
	stub.answer[STUB_ACTIVATE] = 0;
	stub.story[0] = '\0';
	memset(stub.story, 0, sizeof(stub.story));
	stub.answer[STUB_TYPE] = -ETIMEDOUT;
	tap_equal(manage_add(irq, IRQF_TRIGGER_HIGH, manage_a), -ETIMEDOUT,
		  "set_type fails");
	stub_expect("ATD", "it was activated for nothing");
	stub.answer[STUB_TYPE] = 0;
	tap_equal(manage_add(irq, IRQF_TRIGGER_HIGH, manage_a), 0, "trigger");
	stub_expect("AT", "a trigger is set");
	tap_equal(free_irq(irq, manage_a), 0, "free");
	manage_unmake(irq);
}

/* Numbers that are nobody's. */
static void manage_bad_number(unsigned int irq)
{
	static void *cookies[IRQKIT_NR_CPUS];

	tap_equal(request_irq(irq, stub_handler, 0, "h", NULL), -EINVAL,
		  "request_irq(%u)", irq);
	tap_equal(request_threaded_irq(irq, stub_handler, stub_handler, 0, "h",
				       NULL),
		  -EINVAL, "request_threaded_irq(%u)", irq);
	tap_equal(request_percpu_irq(irq, stub_handler, "h", cookies), -EINVAL,
		  "request_percpu_irq(%u)", irq);
	tap_equal(free_irq(irq, NULL), -EINVAL, "free_irq(%u)", irq);
	tap_equal(free_percpu_irq(irq, cookies), -EINVAL, "percpu, %u", irq);
	tap_equal(enable_percpu_irq(irq), -EINVAL, "enable percpu %u", irq);
	tap_equal(disable_percpu_irq(irq), -EINVAL, "disable percpu %u", irq);
	tap_equal(disable_irq(irq), -EINVAL, "disable_irq(%u)", irq);
	tap_equal(disable_irq_nosync(irq), -EINVAL, "nosync, %u", irq);
	tap_equal(enable_irq(irq), -EINVAL, "enable_irq(%u)", irq);
	tap_equal(synchronize_irq(irq), -EINVAL, "synchronize_irq(%u)", irq);
	tap_equal(irq_set_handler(irq, NULL), -EINVAL, "handler, %u", irq);
	tap_equal(irq_set_chained_handler_and_data(irq, handle_edge_irq, NULL),
		  -EINVAL, "chained, %u", irq);
	tap_equal(irq_set_chip_and_handler(irq, 0, &stub_chip, NULL,
					   handle_edge_irq),
		  -EINVAL, "chip, %u", irq);
	tap_equal(irq_set_status_flags(irq, IRQ_PER_CPU), -EINVAL, "status");
	tap_equal(irq_clear_status_flags(irq, IRQ_PER_CPU), -EINVAL, "clear");
}

static void manage_bad_numbers(void)
{
	unsigned int irq = manage_make("numbers that are nobody's are refused",
				       handle_edge_irq);

	stub_free(irq);
	manage_bad_number(irq);
	manage_bad_number(0);
	manage_bad_number(IRQKIT_NR_IRQS - 1);
	manage_bad_number(IRQKIT_NR_IRQS);
	manage_bad_number(~0U);
	tap_close();
}

/* An interrupt that has no domain. */
static void manage_without_domain(void)
{
	unsigned int irq = (unsigned int)irq_alloc_descs(-1, 1, 1, 0);
	unsigned int mapped = manage_make(
		"irq_set_chip_and_handler() is for those without a domain",
		handle_edge_irq);

	tap_equal(irq_set_chip_and_handler(irq, 1, NULL, NULL, handle_edge_irq),
		  -EINVAL, "no chip");
	tap_equal(irq_set_chip_and_handler(irq, 1, &stub_chip, NULL, NULL),
		  -EINVAL, "no flow handler");
	tap_equal(irq_set_chip_and_handler(mapped, 1, &stub_chip, NULL,
					   handle_edge_irq),
		  -EINVAL, "one of a domain");
	tap_equal(irq_set_chip_and_handler(irq, 77, &stub_chip, &mapped,
					   handle_level_irq),
		  0, "without one");
	tap_equal((long long)irq_get_irq_data(irq)->hwirq, 77, "hwirq");
	tap_expect(irq_data_get_irq_chip_data(irq_get_irq_data(irq)) == &mapped,
		   "chip data");
	tap_equal(request_irq(irq, stub_handler, 0, "h", NULL), 0, "request");
	tap_equal(irq_set_chip_and_handler(irq, 1, &stub_chip, NULL,
					   handle_edge_irq),
		  -EBUSY, "with a handler");
	stub_arrive(irq, 0);
	stub_expect("FSMkU", "a level");
	tap_equal(free_irq(irq, NULL), 0, "free");
	tap_equal(irq_set_chained_handler_and_data(irq, handle_edge_irq, NULL),
		  0, "chained");
	tap_equal(irq_set_chip_and_handler(irq, 1, &stub_chip, NULL,
					   handle_edge_irq),
		  -EBUSY, "chained already");
	tap_equal(irq_set_chained_handler_and_data(irq, NULL, NULL), 0, "end");
	tap_equal((long long)irq_get_irq_data(irq)->hwirq, 77, "hwirq");
	tap_equal(irq_free_descs(irq, 1), 0, "free of the irq");
	manage_unmake(mapped);
}

/* What is shut down is not handled later either. */
static void manage_pending_goes(void)
{
	unsigned int irq = manage_make(
		"HZ54: what came before free_irq() is not handled after it",
		handle_edge_irq);

	stub_chip.irq_retrigger = NULL;
	request_irq(irq, stub_handler, 0, "h", NULL);
	disable_irq(irq);
	stub_arrive(irq, 0);
	enable_irq(irq);
	tap_expect((stub_state(irq) & IRQD_RESEND) != 0, "kept");
	free_irq(irq, NULL);
	request_irq(irq, stub_handler, 0, "h", NULL);
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	tap_equal(stub_handled, 0, "handled");
	disable_irq(irq);
	stub_arrive(irq, 0);
	enable_irq(irq);
	tap_equal(irqkit_poll(), 1, "irqkit_poll() without a free");
	tap_equal(stub_handled, 1, "handled");
	free_irq(irq, NULL);
	manage_unmake(irq);
}

static void manage_stub_subjects(void)
{
	manage_story();
	manage_failures();
	manage_failure_of_first();
	manage_small_chip();
	manage_trigger_flags();
	manage_sharing();
	manage_sharing_errors();
	manage_sharing_race();
	manage_last_race();
	manage_waits();
	manage_in_handler();
	manage_nesting();
	manage_unlazy();
	manage_no_autoen(IRQF_NO_AUTOEN, 0);
	manage_no_autoen(0, IRQ_NOAUTOEN);
	manage_percpu_flags();
	manage_bad_numbers();
	manage_without_domain();
	manage_pending_goes();
}

int main(void)
{
	const struct irq_domain_info info = {
		.name = "plain",
		.size = 4,
		.ops = &manage_ops,
	};
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, 2);
	host_start(3, &offline);
	irq_domain_create(&info, &manage_domain);
	manage_request();
	manage_balancing();
	manage_request_errors();
	manage_status_flags();
	manage_percpu();
	manage_unhandled();
	manage_table();
	manage_stub_subjects();
	irq_domain_remove(manage_domain);
	return host_end();
}
