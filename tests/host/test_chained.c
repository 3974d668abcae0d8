/* SPDX-License-Identifier: MIT */
/*
 * Chained interrupts: a second controller behind the stub. Its own interrupts
 * need no chip that can do anything.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define CHAINED_CPUS 3U

static unsigned int chained_parent, chained_child;
static unsigned int chained_seen;
static void *chained_data;

static void chained_demultiplex(struct irq_desc *desc)
{
	chained_irq_enter(desc);
	chained_seen++;
	chained_data = irq_desc_get_handler_data(desc);
	generic_handle_irq_desc(irq_to_desc(chained_child));
	chained_irq_exit(desc);
}

static void chained_begin(const char *subject)
{
	static const struct irq_chip chip = {.name = "behind"};

	stub_reset();
	chained_seen = 0;
	tap_subject("%s", subject);
	chained_parent = stub_make(handle_level_irq, IRQ_MOVE_PCNTXT, NULL);
	chained_child = (unsigned int)irq_alloc_descs(-1, 1, 1, 0);
	irq_set_chip_and_handler(chained_child, 0, &chip, NULL,
				 handle_simple_irq);
}

static void chained_end(void)
{
	tap_equal(irq_free_descs(chained_child, 1), 0, "free of the child");
	stub_free(chained_parent);
	tap_close();
}

static int chained_set(void)
{
	return irq_set_chained_handler_and_data(
		chained_parent, chained_demultiplex, &chained_seen);
}

static int chained_clear(void)
{
	return irq_set_chained_handler_and_data(chained_parent, NULL, NULL);
}

static void chained_life(void)
{
	chained_begin(
		"a chained handler is started at once, and demultiplexes");
	request_irq(chained_child, stub_handler, 0, "h", NULL);
	tap_equal(chained_set(), 0, "set");
	stub_expect("AFS", "set");
	tap_expect((stub_state(chained_parent) & IRQD_CHAINED) != 0, "state");
	tap_equal(stub_depth(chained_parent), 0, "depth");
	stub_arrive(chained_parent, 1);
	stub_expect("ke", "an interrupt");
	tap_equal(chained_seen, 1, "arrived");
	tap_expect(chained_data == &chained_seen, "its data");
	tap_equal(stub_handled, 1, "handled");
	tap_equal(chained_clear(), 0, "clear");
	stub_expect("XD", "clear");
	tap_equal(stub_state(chained_parent) &
			  (IRQD_CHAINED | IRQD_STARTED | IRQD_ACTIVATED),
		  0, "state");
	tap_equal(stub_depth(chained_parent), 1, "depth");
	tap_expect(irq_desc_get_handler_data(irq_to_desc(chained_parent)) ==
			   NULL,
		   "no data");
	stub_arrive(chained_parent, 1);
	tap_equal(chained_seen, 1, "arrived afterwards");
	tap_equal(chained_clear(), -EINVAL, "clear again");
	free_irq(chained_child, NULL);
	chained_end();
}

/* A chip without an EOI is masked while its demultiplexer runs. */
static void chained_without_eoi(void)
{
	chained_begin("a parent without an EOI is masked meanwhile");
	stub_chip.irq_eoi = NULL;
	chained_set();
	memset(stub.story, 0, sizeof(stub.story));
	stub_arrive(chained_parent, 0);
	stub_expect("MkU", "an interrupt");
	tap_equal(chained_clear(), 0, "clear");
	chained_end();
}

static void chained_errors(void)
{
	static void *cookies[IRQKIT_NR_CPUS];
	int bare = irq_alloc_descs(-1, 1, 1, 0);

	chained_begin("irq_set_chained_handler_and_data(): what is wrong is "
		      "refused");
	tap_equal(irq_set_chained_handler_and_data((unsigned int)bare,
						   chained_demultiplex, NULL),
		  -EINVAL, "no chip");
	tap_equal(chained_clear(), -EINVAL, "clear of nothing");
	irq_set_status_flags(chained_parent, IRQ_PER_CPU);
	tap_equal(chained_set(), -EINVAL, "a per-CPU interrupt");
	irq_clear_status_flags(chained_parent, IRQ_PER_CPU);
	request_irq(chained_parent, stub_handler, 0, "h", NULL);
	tap_equal(chained_set(), -EBUSY, "one with a handler");
	tap_equal(chained_clear(), -EINVAL, "clear of a handler");
	free_irq(chained_parent, NULL);
	tap_equal(chained_set(), 0, "set");
	tap_equal(chained_set(), -EBUSY, "set again");
	tap_equal(request_irq(chained_parent, stub_handler, 0, "h", NULL),
		  -EBUSY, "request_irq()");
	tap_equal(
		request_percpu_irq(chained_parent, stub_handler, "h", cookies),
		-EBUSY, "request_percpu_irq()");
	tap_equal(irq_set_handler(chained_parent, handle_level_irq), -EBUSY,
		  "irq_set_handler()");
	tap_equal(irq_domain_free_irqs(chained_parent, 1), -EBUSY,
		  "free of the irq");
	tap_equal(free_irq(chained_parent, NULL), -EINVAL, "free_irq()");
	tap_equal(chained_clear(), 0, "clear");
	irq_free_descs((unsigned int)bare, 1);
	chained_end();
}

/* As before: the flow handler, the data, the chip. */
static void chained_expect_unchanged(const char *when)
{
	const struct irq_desc *desc = irq_to_desc(chained_parent);

	tap_expect(desc->handle_irq == handle_level_irq, "%s: flow handler",
		   when);
	tap_expect(irq_desc_get_handler_data(desc) == &chained_child,
		   "%s: data", when);
	tap_equal(stub_state(chained_parent) &
			  ~(unsigned int)IRQD_SINGLE_TARGET,
		  IRQD_DISABLED | IRQD_MASKED, "%s: state", when);
	tap_equal(stub_depth(chained_parent), 1, "%s: depth", when);
}

static void chained_failures(void)
{
	static const enum stub_op ops[] = {STUB_ACTIVATE, STUB_AFFINITY,
					   STUB_STARTUP};

	chained_begin(
		"a chained handler that cannot be started changes nothing");
	irq_to_desc(chained_parent)->irq_common_data.handler_data =
		&chained_child;
	for (unsigned int i = 0; i < 3; i++) {
		stub.answer[ops[i]] = -ETIMEDOUT;
		tap_equal(chained_set(), -ETIMEDOUT, "failure %u", i);
		chained_expect_unchanged("after it");
		stub.answer[ops[i]] = 0;
	}
	tap_equal(stub.calls[STUB_DEACTIVATE], 2, "deactivated");
	tap_equal(request_irq(chained_parent, stub_handler, 0, "h", NULL), 0,
		  "request_irq() afterwards");
	stub_arrive(chained_parent, 0);
	tap_equal(stub_handled, 1, "handled by its own flow handler");
	free_irq(chained_parent, NULL);
	chained_end();
}

static void chained_disable(void)
{
	chained_begin("a chained interrupt can be disabled");
	chained_set();
	memset(stub.story, 0, sizeof(stub.story));
	tap_equal(disable_irq(chained_parent), 0, "disable");
	stub_expect("M", "disable");
	tap_equal(enable_irq(chained_parent), 0, "enable");
	stub_expect("U", "enable");
	tap_equal(disable_irq(chained_parent), 0, "disable");
	tap_equal(chained_clear(), 0, "clear");
	tap_equal(chained_set(), 0, "set");
	tap_equal(stub_depth(chained_parent), 0, "it begins enabled");
	tap_equal(chained_clear(), 0, "clear");
	chained_end();
}

static void chained_moves_masked(void)
{
	struct cpumask mask = stub_cpus(2);

	chained_begin("HZ30: one that is masked stays so when it moves");
	irq_clear_status_flags(chained_parent, IRQ_MOVE_PCNTXT);
	chained_set();
	memset(stub.story, 0, sizeof(stub.story));
	tap_equal(irq_set_affinity(chained_parent, &mask), 0, "it moves");
	stub_expect("MFU", "masked around");
	disable_irq(chained_parent);
	stub_expect("M", "disable");
	tap_equal(irq_set_affinity(chained_parent, cpu_active_mask), 0,
		  "it moves while it is disabled");
	stub_expect("F", "not unmasked");
	tap_equal(chained_clear(), 0, "clear");
	chained_end();
}

static int chained_meanwhile[2];
static void *chained_data_meanwhile;

static void chained_hook(void)
{
	if (irqkit_port_irqs_disabled())
		return;
	host_clock_hook = NULL;
	irqkit_dispatch_end(2);
	chained_meanwhile[0] = chained_set();
	chained_meanwhile[1] = request_irq(chained_parent, stub_handler, 0, "h",
					   NULL);
	chained_data_meanwhile =
		irq_desc_get_handler_data(irq_to_desc(chained_parent));
}

static void chained_waits(void)
{
	chained_begin(
		"clearing waits for the flow handler, which has its data");
	chained_set();
	irqkit_dispatch_begin(2);
	host_clock_hook = chained_hook;
	tap_equal(chained_clear(), 0, "clear");
	tap_expect(host_clock_hook == NULL, "it waited");
	host_clock_hook = NULL;
	tap_equal(chained_meanwhile[0], -EBUSY, "set meanwhile");
	tap_equal(chained_meanwhile[1], -EBUSY, "request meanwhile");
	tap_expect(chained_data_meanwhile == &chained_seen, "data meanwhile");
	tap_equal(chained_set(), 0, "set afterwards");
	tap_equal(chained_clear(), 0, "clear");
	chained_end();
}

/* Its handler is not ours, so a move cannot wait for it. */
static void chained_cannot_move(void)
{
	struct cpumask before, after;

	chained_begin("HZ10: a move that the chip cannot do now is refused");
	irq_clear_status_flags(chained_parent, IRQ_MOVE_PCNTXT);
	tap_equal(chained_set(), 0, "set");
	irq_get_affinity(chained_parent, &before);
	memset(stub.story, 0, sizeof(stub.story));
	for (unsigned int status = 0; status <= IRQ_MOVE_PCNTXT;
	     status += IRQ_MOVE_PCNTXT) {
		struct cpumask mask = stub_cpus(4);

		irq_set_status_flags(chained_parent, status);
		stub.answer[STUB_AFFINITY] = -EBUSY;
		tap_equal(irq_set_affinity(chained_parent, &mask), -EBUSY,
			  "not now, flags %u", status);
		stub.answer[STUB_AFFINITY] = 0;
		stub_expect(status == 0 ? "MFU" : "F", "it was tried");
	}
	irq_get_affinity(chained_parent, &after);
	tap_expect(cpumask_equal(&before, &after), "the affinity is kept");
	tap_equal((long long)stub_effective(chained_parent), 1, "aimed at");
	tap_equal(stub_state(chained_parent) & IRQD_MOVE_PENDING, 0,
		  "nothing waits");
	tap_equal(chained_clear(), 0, "clear");
	chained_end();
}

int main(void)
{
	host_begin();
	host_start(CHAINED_CPUS, NULL);
	chained_life();
	chained_without_eoi();
	chained_errors();
	chained_failures();
	chained_disable();
	chained_moves_masked();
	chained_waits();
	chained_cannot_move();
	return host_end();
}
