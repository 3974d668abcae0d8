/* SPDX-License-Identifier: MIT */
/*
 * Who is told where an interrupt goes (HZ11), and hints of where it should go:
 * once, from irqkit_poll(), with the last mask, whoever moved it.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define NOTIFY_CPUS 6U

static unsigned int notify_irq;

/* What the notifier was told. */
static struct {
	unsigned int calls, irq;
	struct cpumask mask;
	int again; /* what its own calls of the library returned */
} notify_told;

static void notify_note(struct irq_affinity_notify *notify, unsigned int irq,
			const struct cpumask *mask)
{
	(void)notify;
	notify_told.calls++;
	notify_told.irq = irq;
	cpumask_copy(&notify_told.mask, mask);
	notify_told.again = irq_set_affinity_notifier(irq, NULL);
}

static struct irq_affinity_notify notify_first = {.notify = notify_note};

static void notify_note_other(struct irq_affinity_notify *notify,
			      unsigned int irq, const struct cpumask *mask)
{
	(void)irq;
	(void)mask;
	tap_expect(notify != &notify_first, "which notifier it is");
	notify_told.calls += 100;
}

static struct irq_affinity_notify notify_second = {
	.notify = notify_note_other,
};

static int notify_set(unsigned long bits)
{
	struct cpumask mask = stub_cpus(bits);

	return irq_set_affinity(notify_irq, &mask);
}

/* Aimed at CPU 2, and the notifier is set. */
static void notify_begin(const char *subject)
{
	const struct irq_affinity_desc affinity = {.mask = stub_cpus(0xc)};

	stub_reset();
	tap_subject("%s", subject);
	notify_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &affinity);
	tap_equal(request_irq(notify_irq, stub_handler, 0, "n", NULL), 0,
		  "request");
	irqkit_poll();
	memset(&notify_told, 0, sizeof(notify_told));
	tap_equal(irq_set_affinity_notifier(notify_irq, &notify_first), 0,
		  "notifier");
}

static void notify_end(void)
{
	tap_equal(irq_set_affinity_notifier(notify_irq, NULL), 0, "none");
	tap_equal(free_irq(notify_irq, NULL), 0, "free");
	stub_free(notify_irq);
	tap_close();
}

/* Nothing is told before the poll, and nothing twice. */
static void notify_expect(unsigned int calls, unsigned long bits,
			  const char *when)
{
	struct cpumask mask = stub_cpus(bits);

	tap_equal(notify_told.calls, 0, "%s: calls before the poll", when);
	irqkit_poll();
	tap_equal(notify_told.calls, calls, "%s: calls", when);
	irqkit_poll();
	tap_equal(notify_told.calls, calls, "%s: calls after another", when);
	if (calls != 0) {
		tap_equal(notify_told.irq, notify_irq, "%s: irq", when);
		tap_expect(cpumask_equal(&notify_told.mask, &mask),
			   "%s: the mask, first CPU %u", when,
			   cpumask_first(&notify_told.mask));
		tap_equal(notify_told.again, -EDEADLK, "%s: from it", when);
	}
	memset(&notify_told, 0, sizeof(notify_told));
}

static void notify_setter(void)
{
	notify_begin("a change of the affinity is told once, with the last");
	notify_expect(0, 0, "nothing changed");
	tap_equal(notify_set(8), 0, "set");
	notify_expect(1, 8, "set");
	notify_set(2);
	notify_set(0x10);
	notify_expect(1, 0x10, "set twice");
	tap_equal(notify_set(0), -EINVAL, "a bad mask");
	notify_expect(0, 0, "a bad mask");
	stub.answer[STUB_AFFINITY] = -ETIMEDOUT;
	tap_equal(notify_set(4), -ETIMEDOUT, "a chip that refuses");
	stub.answer[STUB_AFFINITY] = 0;
	notify_expect(0, 0, "a chip that refuses");
	notify_end();
}

static void notify_hotplug(void)
{
	notify_begin("HZ11: a CPU that goes is told, with where it went");
	stub_cpu_down(2, NULL);
	notify_expect(1, 8, "within its affinity");
	stub_cpu_down(3, NULL);
	notify_expect(1, 1, "outside of it");
	stub_cpu_up(3);
	stub_cpu_up(2);
	notify_expect(0, 0, "they come back");
	stub_cpu_down(4, NULL);
	stub_cpu_up(4);
	notify_expect(0, 0, "it was not there");
	notify_end();
}

static void notify_postponed(void)
{
	notify_begin("a change that waits is told when it is done");
	irq_clear_status_flags(notify_irq, IRQ_MOVE_PCNTXT);
	tap_equal(notify_set(8), 0, "set");
	irqkit_poll();
	memset(&notify_told, 0, sizeof(notify_told));
	stub_arrive(notify_irq, 2);
	notify_expect(1, 8, "it came, and moved");
	notify_end();
}

/* It is in the list of the poll for another reason. */
static void notify_after_resend(void)
{
	notify_begin("what is handled by the poll is no change");
	stub_chip.irq_retrigger = NULL;
	notify_set(8);
	notify_expect(1, 8, "set");
	disable_irq(notify_irq);
	stub_arrive(notify_irq, 3);
	enable_irq(notify_irq);
	notify_expect(0, 0, "a resend");
	tap_equal(stub_handled, 1, "handled");
	notify_end();
}

/* Where it may go, as it does not go anywhere. */
static void notify_not_started(void)
{
	notify_begin("one that is not started: where it may go");
	tap_equal(free_irq(notify_irq, NULL), 0, "free");
	irqkit_poll();
	memset(&notify_told, 0, sizeof(notify_told));
	tap_equal(notify_set(0x18), 0, "set");
	notify_expect(1, 0x18, "set");
	request_irq(notify_irq, stub_handler, 0, "n", NULL);
	notify_end();
}

static void notify_replaced(void)
{
	notify_begin("another notifier, and none: the one before is not told");
	notify_set(8);
	tap_equal(irq_set_affinity_notifier(notify_irq, &notify_second), 0,
		  "another");
	irqkit_poll();
	tap_equal(notify_told.calls, 0, "of a change before it");
	notify_set(4);
	irqkit_poll();
	tap_equal(notify_told.calls, 100, "the other");
	notify_set(8);
	tap_equal(irq_set_affinity_notifier(notify_irq, NULL), 0, "none");
	irqkit_poll();
	tap_equal(notify_told.calls, 100, "none");
	notify_end();
}

/* The number goes with its notifier; who gets it next has none. */
static void notify_freed(void)
{
	unsigned int before;

	notify_begin("a number that is freed: nobody is told");
	before = notify_irq;
	notify_set(8);
	tap_equal(free_irq(notify_irq, NULL), 0, "free");
	stub_free(notify_irq);
	irqkit_poll();
	tap_equal(notify_told.calls, 0, "calls");
	notify_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, NULL);
	tap_equal(notify_irq, before, "the number");
	request_irq(notify_irq, stub_handler, 0, "n", NULL);
	notify_set(4);
	irqkit_poll();
	tap_equal(notify_told.calls, 0, "calls for the next");
	notify_end();
}

/* A notifier that runs on CPU 5, and takes its time. */
static bool notify_is_inside, notify_has_ended;

static void notify_take_time(struct irq_affinity_notify *notify,
			     unsigned int irq, const struct cpumask *mask)
{
	(void)notify;
	(void)irq;
	(void)mask;
	notify_is_inside = true;
	for (unsigned int i = 0; i < 50; i++)
		irqkit_port_relax();
	notify_has_ended = true;
}

static void notify_poll_work(void *argument)
{
	(void)argument;
	irqkit_poll();
}

static void notify_waits(struct irq_affinity_notify *next)
{
	static struct irq_affinity_notify slow = {.notify = notify_take_time};

	notify_begin("the one before is not in use any more at the return");
	tap_equal(irq_set_affinity_notifier(notify_irq, &slow), 0, "slow");
	notify_is_inside = false;
	notify_has_ended = false;
	notify_set(8);
	host_give_work(5, notify_poll_work, NULL);
	for (unsigned int i = 0; i < 1000 && !notify_is_inside; i++)
		irqkit_port_relax();
	tap_expect(notify_is_inside && !notify_has_ended, "it runs");
	tap_equal(irq_set_affinity_notifier(notify_irq, next), 0, "the next");
	tap_expect(notify_has_ended, "it has ended");
	while (!host_is_idle(5))
		irqkit_port_relax();
	notify_end();
}

static void notify_errors(void)
{
	static struct irq_affinity_notify empty;
	unsigned long state;
	unsigned int percpu;
	int bare;

	notify_begin("irq_set_affinity_notifier(): what cannot be");
	percpu = stub_make(handle_percpu_irq, IRQ_PER_CPU, NULL);
	tap_equal(irq_set_affinity_notifier(notify_irq, &empty), -EINVAL,
		  "no function");
	tap_equal(irq_set_affinity_notifier(percpu, &notify_second), -EINVAL,
		  "a per-CPU interrupt");
	tap_equal(irq_set_affinity_notifier(0, &notify_second), -EINVAL, "0");
	bare = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);
	tap_equal(irq_set_affinity_notifier((unsigned int)bare, &notify_second),
		  0, "one without a domain");
	tap_equal(irq_free_descs((unsigned int)bare, 1), 0, "free");
	tap_equal(irq_set_affinity_notifier(IRQKIT_NR_IRQS, &notify_second),
		  -EINVAL, "the limit");
	tap_equal(irq_set_affinity_notifier(~0U, NULL), -EINVAL, "all ones");
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(0);
	tap_equal(irq_set_affinity_notifier(notify_irq, NULL), -EDEADLK,
		  "from a handler");
	irqkit_dispatch_exit(0);
	irqkit_port_irq_restore(state);
	notify_set(8);
	notify_expect(1, 8, "it is still there");
	stub_free(percpu);
	notify_end();
}

static void notify_hints(void)
{
	struct cpumask hint = stub_cpus(0x14);
	struct cpumask mask = stub_cpus(1);

	notify_begin("a hint is kept, and moves nothing");
	tap_equal(irq_get_affinity_hint(notify_irq, &mask), -ENOENT, "none");
	tap_expect(cpumask_test_cpu(0, &mask), "the mask is unchanged");
	tap_equal(irq_set_affinity_hint(notify_irq, &hint), 0, "set");
	tap_equal((long long)stub_effective(notify_irq), 4, "where it goes");
	tap_equal(irq_get_affinity_hint(notify_irq, &mask), 0, "get");
	tap_expect(cpumask_equal(&mask, &hint), "the hint");
	notify_expect(0, 0, "a hint");
	tap_equal(irq_set_affinity_hint(notify_irq, NULL), 0, "take away");
	tap_equal(irq_get_affinity_hint(notify_irq, &mask), -ENOENT, "none");
	tap_equal(irq_set_affinity_hint(0, &hint), -EINVAL, "0");
	tap_equal(irq_set_affinity_hint(IRQKIT_NR_IRQS, &hint), -EINVAL,
		  "the limit");
	tap_equal(irq_get_affinity_hint(0, &mask), -EINVAL, "0");
	tap_equal(irq_get_affinity_hint(IRQKIT_NR_IRQS, &mask), -EINVAL,
		  "the limit");
	tap_equal(irq_get_affinity_hint(notify_irq, NULL), -EINVAL, "NULL");
	notify_end();
}

int main(void)
{
	host_begin();
	host_start(NOTIFY_CPUS, NULL);
	notify_setter();
	notify_hotplug();
	notify_postponed();
	notify_after_resend();
	notify_not_started();
	notify_replaced();
	notify_freed();
	notify_waits(NULL);
	notify_waits(&notify_second);
	notify_errors();
	notify_hints();
	return host_end();
}
