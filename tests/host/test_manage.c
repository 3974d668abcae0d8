/* SPDX-License-Identifier: MIT */
/*
 * Handlers on interrupts that are no IPIs: what the chip is told, the flags,
 * and what is refused. Interrupts are made by calling the dispatch here.
 */
#include <string.h>
#include "host.h"
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
	tap_equal(request_irq(manage_irq, manage_handler, 1, "h", NULL),
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
	tap_equal(irq_set_status_flags(manage_irq, IRQ_NOREQUEST | 1U << 4),
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
	irqkit_snprintf(line, sizeof(line),
			"%4u: %10u %10u  %-14s %4u  my handler\n", manage_irq,
			1U, 2U, "plain", 0U);
	tap_expect(strstr(table, line) != NULL, "it has the line '%s'", line);
	tap_expect(strstr(table, "CPU0") != NULL &&
			   strstr(table, "CPU1") != NULL &&
			   strstr(table, "CPU2") == NULL,
		   "it has a column for each online CPU");
	free_irq(manage_irq, NULL);
	manage_end();
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
	irq_domain_remove(manage_domain);
	return host_end();
}
