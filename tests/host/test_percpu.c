/* SPDX-License-Identifier: MIT */
/*
 * Per-CPU interrupts with a cookie for each CPU: attached once, opened on each
 * CPU by itself, and what arrives where it is not open is kept.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define PERCPU_CPUS 4U

static unsigned int percpu_irq;
static void *percpu_cookies[IRQKIT_NR_CPUS];
static unsigned int percpu_calls[PERCPU_CPUS];
static unsigned int percpu_wrong;

static irqreturn_t percpu_handler(unsigned int irq, void *dev_id)
{
	unsigned int cpu = irqkit_port_cpu();

	if (irq != percpu_irq || dev_id != percpu_cookies[cpu] ||
	    !irqkit_port_irqs_disabled() || !host_in_handler(cpu))
		percpu_wrong++;
	percpu_calls[cpu]++;
	return IRQ_HANDLED;
}

static void percpu_begin(const char *subject, irq_flow_handler_t flow)
{
	stub_reset();
	tap_subject("%s", subject);
	percpu_irq = stub_make(flow, IRQ_PER_CPU, NULL);
	memset(percpu_calls, 0, sizeof(percpu_calls));
	percpu_wrong = 0;
	for (unsigned int cpu = 0; cpu < PERCPU_CPUS; cpu++)
		percpu_cookies[cpu] = &percpu_calls[cpu];
}

static void percpu_end(void)
{
	tap_equal(percpu_wrong, 0, "calls with something wrong");
	stub_free(percpu_irq);
	tap_close();
}

static int percpu_request(void)
{
	return request_percpu_irq(percpu_irq, percpu_handler, "h",
				  percpu_cookies);
}

static int percpu_on(unsigned int cpu, int (*function)(unsigned int irq))
{
	unsigned int before = host_become(cpu);
	int result = function(percpu_irq);

	host_become(before);
	return result;
}

static void percpu_expect_calls(unsigned int c0, unsigned int c1,
				unsigned int c2)
{
	tap_equal(percpu_calls[0], c0, "calls on cpu 0");
	tap_equal(percpu_calls[1], c1, "calls on cpu 1");
	tap_equal(percpu_calls[2], c2, "calls on cpu 2");
}

static void percpu_life(void)
{
	percpu_begin("each CPU opens it by itself, and has its own cookie",
		     handle_percpu_irq);
	tap_equal(percpu_request(), 0, "request");
	stub_expect("A", "request");
	tap_equal(percpu_on(2, enable_percpu_irq), 0, "enable on cpu 2");
	stub_expect("U", "enable");
	tap_equal(stub.cpu, 2, "where it was unmasked");
	stub_arrive(percpu_irq, 2);
	stub_expect("ke", "an interrupt");
	percpu_expect_calls(0, 0, 1);
	tap_equal(percpu_on(2, enable_percpu_irq), 0, "enable again");
	percpu_expect_calls(0, 0, 1);
	tap_equal(percpu_on(0, enable_percpu_irq), 0, "enable on cpu 0");
	stub_arrive(percpu_irq, 0);
	percpu_expect_calls(1, 0, 1);
	memset(stub.story, 0, sizeof(stub.story));
	tap_equal(percpu_on(2, disable_percpu_irq), 0, "disable on cpu 2");
	stub_expect("M", "disable");
	tap_equal(stub.cpu, 2, "where it was masked");
	tap_equal(percpu_on(2, disable_percpu_irq), 0, "disable again");
	stub_arrive(percpu_irq, 0);
	percpu_expect_calls(2, 0, 1);
	tap_equal(percpu_on(0, disable_percpu_irq), 0, "disable on cpu 0");
	memset(stub.story, 0, sizeof(stub.story));
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	stub_expect("D", "free");
	percpu_end();
}

/* What arrives where it is not open is kept, merged into one. */
static void percpu_kept(void)
{
	percpu_begin("what arrives too early is kept for that CPU alone",
		     handle_percpu_irq);
	percpu_request();
	stub_arrive(percpu_irq, 1);
	stub_arrive(percpu_irq, 1);
	percpu_expect_calls(0, 0, 0);
	tap_equal(percpu_on(0, enable_percpu_irq), 0, "enable on cpu 0");
	percpu_expect_calls(0, 0, 0);
	tap_equal(percpu_on(1, enable_percpu_irq), 0, "enable on cpu 1");
	percpu_expect_calls(0, 1, 0);
	tap_equal(percpu_on(1, disable_percpu_irq), 0, "disable");
	tap_equal(percpu_on(1, enable_percpu_irq), 0, "enable: none is kept");
	percpu_expect_calls(0, 1, 0);
	percpu_on(1, disable_percpu_irq);
	stub_arrive(percpu_irq, 1);
	percpu_on(0, disable_percpu_irq);
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	tap_equal(percpu_request(), 0, "request again");
	percpu_on(1, enable_percpu_irq);
	percpu_expect_calls(0, 1, 0);
	percpu_on(1, disable_percpu_irq);
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	percpu_end();
}

static void percpu_request_errors(void)
{
	percpu_begin("request_percpu_irq(): what is wrong is refused",
		     handle_percpu_irq);
	tap_equal(request_percpu_irq(percpu_irq, NULL, "h", percpu_cookies),
		  -EINVAL, "no handler");
	tap_equal(request_percpu_irq(percpu_irq, percpu_handler, "h", NULL),
		  -EINVAL, "no cookies");
	irq_clear_status_flags(percpu_irq, IRQ_PER_CPU);
	tap_equal(percpu_request(), -EINVAL, "no per-CPU interrupt");
	irq_set_status_flags(percpu_irq, IRQ_PER_CPU | IRQ_NOREQUEST);
	tap_equal(percpu_request(), -EINVAL, "IRQ_NOREQUEST");
	irq_clear_status_flags(percpu_irq, IRQ_NOREQUEST);
	irq_set_handler(percpu_irq, handle_edge_irq);
	tap_equal(percpu_request(), -EINVAL, "another flow handler");
	irq_set_handler(percpu_irq, handle_percpu_devid_fasteoi_ipi);
	host_fail_alloc(1);
	tap_equal(percpu_request(), -ENOMEM, "no memory");
	host_fail_alloc(0);
	stub.answer[STUB_ACTIVATE] = -ETIMEDOUT;
	tap_equal(percpu_request(), -ETIMEDOUT, "activate fails");
	stub.answer[STUB_ACTIVATE] = 0;
	stub_expect("A", "the one that got so far");
	tap_expect(irq_to_desc(percpu_irq)->percpu == NULL, "nothing is left");
	tap_equal(percpu_request(), 0, "request");
	tap_equal(percpu_request(), -EBUSY, "request again");
	tap_equal(request_irq(percpu_irq, percpu_handler, 0, "h", NULL), -EBUSY,
		  "request_irq()");
	tap_equal(irq_set_handler(percpu_irq, handle_percpu_irq), -EBUSY,
		  "irq_set_handler()");
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	percpu_end();
}

static void percpu_free_errors(void)
{
	percpu_begin("free_percpu_irq(): what is wrong is refused",
		     handle_percpu_irq);
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), -EINVAL,
		  "before the request");
	tap_equal(percpu_on(1, disable_percpu_irq), -EINVAL, "disable");
	tap_equal(percpu_on(1, enable_percpu_irq), -EINVAL, "enable");
	percpu_request();
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies + 1), -EINVAL,
		  "other cookies");
	tap_equal(free_percpu_irq(percpu_irq, NULL), -EINVAL, "no cookies");
	tap_equal(free_irq(percpu_irq, NULL), -EINVAL, "free_irq()");
	percpu_on(3, enable_percpu_irq);
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), -EBUSY,
		  "open on the last CPU");
	stub_arrive(percpu_irq, 3);
	tap_equal(percpu_calls[3], 1, "it still works");
	percpu_on(3, disable_percpu_irq);
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	request_irq(percpu_irq, stub_handler, 0, "h", NULL);
	tap_equal(free_percpu_irq(percpu_irq, NULL), -EINVAL,
		  "one of request_irq()");
	tap_equal(percpu_on(1, enable_percpu_irq), -EINVAL, "its enable");
	tap_equal(percpu_on(1, disable_percpu_irq), -EINVAL, "its disable");
	tap_equal(free_irq(percpu_irq, NULL), 0, "free_irq()");
	percpu_end();
}

/* A chip that cannot mask: the library keeps in software what arrives. */
static void percpu_no_mask(void)
{
	percpu_begin("a chip that cannot mask", handle_percpu_irq);
	stub_chip.irq_mask = NULL;
	stub_chip.irq_unmask = NULL;
	percpu_request();
	stub_arrive(percpu_irq, 0);
	tap_equal(percpu_on(0, enable_percpu_irq), 0, "enable");
	percpu_expect_calls(1, 0, 0);
	tap_equal(percpu_on(0, disable_percpu_irq), 0, "disable");
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	percpu_end();
}

/* In a handler, so the port is told of one dispatch only. */
static void percpu_in_handler(void)
{
	unsigned int before;
	unsigned long state;

	percpu_begin("it is enabled by a handler, and what was kept runs there",
		     handle_percpu_irq);
	percpu_request();
	stub_arrive(percpu_irq, 1);
	before = host_become(1);
	state = irqkit_port_irq_save();
	irqkit_dispatch_enter(1);
	tap_equal(enable_percpu_irq(percpu_irq), 0, "enable");
	percpu_expect_calls(0, 1, 0);
	tap_equal(enable_percpu_irq(percpu_irq), 0, "enable again");
	percpu_expect_calls(0, 1, 0);
	irqkit_dispatch_exit(1);
	irqkit_port_irq_restore(state);
	host_become(before);
	stub_arrive(percpu_irq, 1);
	percpu_expect_calls(0, 2, 0);
	percpu_on(1, disable_percpu_irq);
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	percpu_end();
}

/* While the handler is being detached, another CPU tries to open it. */
static int percpu_meanwhile[3];

static void percpu_hook(void)
{
	if (irqkit_port_irqs_disabled())
		return;
	host_clock_hook = NULL;
	irqkit_dispatch_end(2);
	percpu_meanwhile[0] = percpu_on(1, enable_percpu_irq);
	percpu_meanwhile[1] = percpu_on(1, disable_percpu_irq);
	percpu_meanwhile[2] = percpu_request();
}

static void percpu_free_waits(void)
{
	percpu_begin("free_percpu_irq() waits, and nobody comes in meanwhile",
		     handle_percpu_irq);
	percpu_request();
	irqkit_dispatch_begin(2);
	host_clock_hook = percpu_hook;
	tap_equal(free_percpu_irq(percpu_irq, percpu_cookies), 0, "free");
	tap_expect(host_clock_hook == NULL, "it waited");
	host_clock_hook = NULL;
	tap_equal(percpu_meanwhile[0], -EINVAL, "enable meanwhile");
	tap_equal(percpu_meanwhile[1], -EINVAL, "disable meanwhile");
	tap_equal(percpu_meanwhile[2], -EBUSY, "request meanwhile");
	stub_arrive(percpu_irq, 1);
	percpu_expect_calls(0, 0, 0);
	percpu_end();
}

/* The handler opened in here counts as one, so a free would wait for it. */
static unsigned int percpu_sequence;

static irqreturn_t percpu_look(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	percpu_sequence = irqkit_dispatch_table[irqkit_port_cpu()].sequence;
	return IRQ_HANDLED;
}

static void percpu_replay_is_dispatch(void)
{
	percpu_begin("a handler that enable calls is waited for too",
		     handle_percpu_irq);
	request_percpu_irq(percpu_irq, percpu_look, "h", percpu_cookies);
	stub_arrive(percpu_irq, 1);
	percpu_sequence = 0;
	percpu_on(1, enable_percpu_irq);
	tap_equal(percpu_sequence & 1, 1, "the sequence of the CPU is odd");
	tap_equal(irqkit_dispatch_table[1].sequence & 1, 0, "and even after");
	percpu_on(1, disable_percpu_irq);
	free_percpu_irq(percpu_irq, percpu_cookies);
	percpu_end();
}

int main(void)
{
	host_begin();
	host_start(PERCPU_CPUS, NULL);
	percpu_life();
	percpu_kept();
	percpu_in_handler();
	percpu_request_errors();
	percpu_free_errors();
	percpu_no_mask();
	percpu_free_waits();
	percpu_replay_is_dispatch();
	return host_end();
}
