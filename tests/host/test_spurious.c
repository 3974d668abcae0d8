/* SPDX-License-Identifier: MIT */
/*
 * Storms: when an interrupt that nobody handles is disabled and when not, that
 * it is said once, how its handlers are polled, and all ways out of it.
 */
#include <irqkit/pm.h>
#include <irqkit/spurious.h>
#include <stdio.h>
#include <string.h>
#include "sim_chip.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define STORM_CPUS   4U
#define STORM_LINE   3U
#define STORM_OTHER  5U
#define STORM_LIMIT  10U /* of the tests that set one */
#define STORM_WINDOW 12U
#define STORM_TIMES  10000U

static struct sim_line *storm_sim;
static struct sim_device storm_device;
static struct sim_device storm_second;
static unsigned int storm_irq;
static bool storm_sets; /* not the numbers that there are at first */

static const struct sim_line_info storm_edge = {
	.name = "edge",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info storm_level = {
	.name = "level",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
	.flow = handle_level_irq,
};

static const struct sim_line_info storm_fasteoi = {
	.name = "fasteoi",
	.style = SIM_STYLE_EOI,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info storm_simple = {
	.name = "simple",
	.style = SIM_STYLE_NONE,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static void storm_settle(void)
{
	for (unsigned int i = 0; i < 32; i++)
		host_yield();
}

/* Milliseconds pass, and nothing happens. */
static void storm_pass(unsigned int ms)
{
	unsigned long state = irqkit_port_irq_save();
	uint64_t start = irqkit_port_nanoseconds();

	while (irqkit_port_nanoseconds() - start < ms * 1000000ULL)
		;
	irqkit_port_irq_restore(state);
}

static unsigned int storm_state(void)
{
	return irq_get_irq_data(storm_irq)->common->state;
}

static bool storm_is_on(void)
{
	return (storm_state() & IRQD_STORM) != 0;
}

static void storm_expect(bool on, unsigned int depth, const char *when)
{
	tap_equal(storm_is_on(), on, "%s: a storm", when);
	tap_equal(irq_to_desc(storm_irq)->depth, depth, "%s: depth", when);
}

static int storm_request(unsigned long flags, struct sim_device *device)
{
	return request_irq(storm_irq, sim_device_handler, flags,
			   device == &storm_second ? "second" : "first",
			   device);
}

static void storm_begin(const struct sim_line_info *info, unsigned long flags,
			const char *subject)
{
	const struct cpumask boot = stub_cpus(1);

	tap_subject("%s: %s", info->name, subject);
	storm_sim = sim_line_create(info);
	storm_irq = sim_line_map(storm_sim, STORM_LINE);
	storm_device = (struct sim_device){
		.line = storm_sim, .hwirq = STORM_LINE, .refuses = true};
	storm_second = storm_device;
	irq_set_affinity(storm_irq, &boot);
	tap_equal(storm_request(flags, &storm_device), 0, "request");
	if (storm_sets)
		tap_equal(irqkit_spurious_set(STORM_LIMIT, STORM_WINDOW), 0,
			  "set");
	/* What was counted and polled before is long ago. */
	storm_pass(110);
	sim_reset();
}

static void storm_end(void)
{
	tap_equal(free_irq(storm_irq, &storm_device), 0, "free");
	tap_equal(storm_state() & (IRQD_STORM | IRQD_PENDING | IRQD_STARTED), 0,
		  "state that is left");
	tap_equal(irq_to_desc(storm_irq)->unhandled, 0, "count that is left");
	tap_equal(irq_dispose_mapping(storm_irq), 0, "disposal");
	sim_line_destroy(storm_sim);
	sim_reset();
	storm_pass(110);
	tap_equal(irqkit_poll(), 0, "left to be polled");
	tap_close();
}

static void storm_fire(unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		sim_line_pulse(storm_sim, STORM_LINE);
		host_yield();
		host_yield();
	}
}

/* So many that nobody handles, and so many that are handled. */
static void storm_refuse(unsigned int times)
{
	storm_device.refuses = true;
	storm_fire(times);
}

static void storm_serve(unsigned int times)
{
	storm_device.refuses = false;
	storm_fire(times);
	storm_device.refuses = true;
}

/* ---- when it is one */

/* The numbers that there are at first, and a line that its device never lowers.
 */
static void storm_real(void)
{
	unsigned int lines;
	char words[80];

	storm_begin(&storm_level, IRQF_TRIGGER_HIGH, "99900 that nobody takes");
	lines = host_log_lines();
	storm_device.keeps = true;
	sim_line_raise(storm_sim, STORM_LINE);
	for (unsigned int i = 0; i < 200000 && !storm_is_on(); i++) {
		host_yield();
		sim_forget();
	}
	tap_equal(storm_device.calls, 99900, "calls");
	tap_equal((long long)kstat_irqs(storm_irq), 99900, "count");
	storm_expect(true, 1, "afterwards");
	tap_equal(storm_state() & (IRQD_DISABLED | IRQD_MASKED),
		  IRQD_DISABLED | IRQD_MASKED, "state");
	tap_equal(host_log_lines() - lines, 1, "lines");
	snprintf(words, sizeof(words), "irq %u is disabled", storm_irq);
	tap_expect(strstr(host_last_log(), words) != NULL &&
			   strstr(host_last_log(), "99900") != NULL &&
			   strstr(host_last_log(), "first") != NULL,
		   "'%s'", host_last_log());
	storm_settle();
	tap_equal(storm_device.calls, 99900, "calls, the CPU is free");
	sim_line_lower(storm_sim, STORM_LINE);
	storm_end();
}

/* Each flow, and what the controller is told at the last one. */
static void storm_kind(const struct sim_line_info *info, const char *calls)
{
	unsigned int lines = host_log_lines();

	storm_begin(info, IRQF_TRIGGER_RISING, "the last one disables it");
	storm_fire(STORM_LIMIT - 1);
	storm_expect(false, 0, "before");
	tap_equal(host_log_lines() - lines, 0, "lines before");
	sim_forget();
	storm_fire(1);
	sim_expect(calls);
	storm_expect(true, 1, "then");
	storm_fire(3);
	tap_equal(storm_device.calls, STORM_LIMIT, "calls");
	tap_equal(host_log_lines() - lines, 1, "lines");
	storm_end();
}

/* 10 of 12 are, 10 of 13 are not; then it is counted anew. */
static void storm_window(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING, "so many of so many");
	storm_refuse(STORM_LIMIT - 1);
	storm_serve(3);
	storm_refuse(1);
	storm_expect(false, 0, "10 of 13");
	tap_equal(irq_to_desc(storm_irq)->unhandled, 0, "begun anew");
	storm_refuse(STORM_LIMIT - 1);
	storm_expect(false, 0, "9 of the next");
	storm_serve(2);
	storm_refuse(1);
	storm_expect(true, 1, "10 of 12");
	storm_end();
}

/* On CPUs in turn, it is one interrupt all the same. */
static void storm_on_all_cpus(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING, "on several CPUs");
	for (unsigned int i = 0; i < STORM_LIMIT - 1; i++)
		sim_line_deliver(storm_sim, STORM_LINE, i % STORM_CPUS);
	storm_device.refuses = false;
	for (unsigned int i = 0; i < 3; i++)
		sim_line_deliver(storm_sim, STORM_LINE, 1 + i);
	storm_device.refuses = true;
	sim_line_deliver(storm_sim, STORM_LINE, 2);
	storm_expect(false, 0, "10 of 13");
	for (unsigned int i = 0; i < STORM_LIMIT; i++)
		sim_line_deliver(storm_sim, STORM_LINE, i % STORM_CPUS);
	storm_expect(true, 1, "10 of 10");
	storm_end();
}

static void storm_far(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "far apart they do not add up");
	for (unsigned int i = 0; i < STORM_LIMIT * 2; i++) {
		storm_fire(1);
		storm_pass(103);
	}
	storm_expect(false, 0, "103 ms");
	tap_equal(irq_to_desc(storm_irq)->unhandled, 1, "count");
	for (unsigned int i = 0; i < STORM_LIMIT; i++) {
		storm_expect(false, 0, "95 ms");
		storm_pass(i == 0 ? 103 : 95);
		storm_fire(1);
	}
	storm_expect(true, 1, "95 ms, the last");
	storm_end();
}

static void storm_settings(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING, "its settings");
	tap_equal(irqkit_spurious_set(11, 10), -EINVAL, "more than there are");
	tap_equal(irqkit_spurious_set(1, 0), -EINVAL, "of none");
	storm_fire(STORM_LIMIT - 1);
	storm_expect(false, 0, "as before");
	storm_serve(2);
	storm_fire(1);
	storm_expect(true, 1, "10 of 12, as before");
	tap_equal(irqkit_spurious_restart(storm_irq), 0, "restart");
	tap_equal(irqkit_spurious_set(0, 0), 0, "off");
	storm_fire(STORM_LIMIT * 3);
	storm_expect(false, 0, "off");
	tap_equal(irqkit_spurious_set(0, 12), 0, "off, too");
	storm_fire(STORM_LIMIT);
	storm_expect(false, 0, "off, too");
	storm_pass(103);
	tap_equal(irqkit_spurious_set(12, 12), 0, "all of 12");
	storm_fire(11);
	storm_expect(false, 0, "11");
	storm_fire(1);
	storm_expect(true, 1, "12");
	tap_equal(irqkit_spurious_restart(storm_irq), 0, "restart");
	tap_equal(irqkit_spurious_set(1, 1), 0, "the first");
	storm_serve(5);
	storm_expect(false, 0, "handled");
	storm_fire(1);
	storm_expect(true, 1, "the first");
	storm_end();
}

/* ---- who is asked */

static void storm_shared(void)
{
	storm_begin(&storm_edge, IRQF_SHARED, "one of two takes it");
	storm_second.refuses = false;
	tap_equal(storm_request(IRQF_SHARED, &storm_second), 0, "request");
	storm_fire(STORM_LIMIT * 2);
	storm_expect(false, 0, "the second does");
	storm_second.refuses = true;
	storm_fire(STORM_LIMIT - 1);
	storm_expect(false, 0, "nobody does, before");
	storm_fire(1);
	storm_expect(true, 1, "nobody does");
	tap_expect(strstr(host_last_log(), "first, second") != NULL, "'%s'",
		   host_last_log());
	tap_equal(free_irq(storm_irq, &storm_second), 0, "free");
	storm_expect(true, 1, "one of two is freed");
	storm_end();
}

static irqreturn_t storm_thread(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_NONE;
}

static void storm_threaded(void)
{
	storm_begin(&storm_edge, 0, "threads are not asked");
	tap_equal(free_irq(storm_irq, &storm_device), 0, "free");
	tap_equal(request_threaded_irq(storm_irq, sim_device_handler,
				       storm_thread, 0, "first", &storm_device),
		  0, "request");
	storm_device.refuses = false;
	storm_device.answer = IRQ_WAKE_THREAD;
	for (unsigned int i = 0; i < STORM_LIMIT * 2; i++) {
		storm_fire(1);
		tap_equal(host_run_deferred(), 1, "thread");
	}
	storm_expect(false, 0, "woken");
	storm_device.refuses = true;
	storm_fire(STORM_LIMIT);
	storm_expect(true, 1, "not woken");
	storm_end();
}

static void storm_per_cpu(void)
{
	struct sim_percpu *sim = sim_percpu_create("percpu", 4, NULL);
	struct sim_device device = {.refuses = true};

	tap_subject("a per-CPU interrupt is not disabled");
	storm_irq = sim_percpu_map(sim, 2);
	tap_equal(storm_request(IRQF_PERCPU, &device), 0, "request");
	sim->pins[1][2].masked = false;
	for (unsigned int i = 0; i < STORM_LIMIT * 2; i++) {
		sim_percpu_raise(sim, 2, 1);
		storm_settle();
	}
	tap_equal(device.calls, STORM_LIMIT * 2, "calls");
	tap_equal(storm_is_on(), false, "a storm");
	sim->pins[1][2].masked = true;
	tap_equal(free_irq(storm_irq, &device), 0, "free");
	irq_dispose_mapping(storm_irq);
	sim_percpu_destroy(sim);
	tap_close();
}

/* ---- polled */

static void storm_polled(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "its handler is polled, at most every 100 ms");
	tap_equal(irqkit_poll(), 0, "before");
	storm_fire(STORM_LIMIT);
	storm_device.calls = 0;
	sim_forget();
	tap_equal(irqkit_poll(), 1, "at first");
	sim_expect("handler");
	tap_equal(irqkit_poll(), 0, "again, at once");
	storm_pass(95);
	tap_equal(irqkit_poll(), 0, "after 95 ms");
	storm_pass(8);
	tap_equal(irqkit_poll(), 1, "after 103 ms");
	storm_device.refuses = false;
	storm_pass(103);
	tap_equal(irqkit_poll(), 1, "with work to do");
	tap_equal(storm_device.calls, 3, "calls");
	storm_expect(true, 1, "it stays one");
	tap_equal(irq_to_desc(storm_irq)->unhandled, STORM_LIMIT,
		  "polls are not counted");
	storm_end();
}

static void storm_polls_all(void)
{
	unsigned int first;

	storm_begin(&storm_edge, IRQF_TRIGGER_RISING, "all storms are polled");
	storm_fire(STORM_LIMIT);
	first = storm_irq;
	storm_second.hwirq = STORM_OTHER;
	storm_irq = sim_line_map(storm_sim, STORM_OTHER);
	tap_equal(storm_request(0, &storm_second), 0, "request");
	for (unsigned int i = 0; i < STORM_LIMIT; i++)
		sim_line_deliver(storm_sim, STORM_OTHER, 1);
	storm_expect(true, 1, "the other");
	storm_pass(103);
	tap_equal(irqkit_poll(), 2, "polled");
	tap_equal(free_irq(storm_irq, &storm_second), 0, "free");
	irq_dispose_mapping(storm_irq);
	storm_irq = first;
	storm_pass(103);
	tap_equal(irqkit_poll(), 1, "polled");
	storm_end();
}

/* While its handler runs there is another storm, and CPU 1 polls that only. */
static int storm_meanwhile;
static unsigned int storm_other;

static void storm_poll_elsewhere(struct sim_device *device, unsigned int call)
{
	unsigned int before;

	(void)call;
	for (unsigned int i = 0; i < STORM_LIMIT; i++)
		sim_line_deliver(device->line, STORM_OTHER, 1);
	before = host_become(1);
	storm_pass(103);
	storm_meanwhile = irqkit_poll();
	host_become(before);
}

static void storm_polled_once(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "it is polled on one CPU at a time");
	storm_other = sim_line_map(storm_sim, STORM_OTHER);
	storm_second.hwirq = STORM_OTHER;
	tap_equal(request_irq(storm_other, sim_device_handler, 0, "second",
			      &storm_second),
		  0, "request");
	storm_fire(STORM_LIMIT);
	storm_device.calls = 0;
	storm_device.during = storm_poll_elsewhere;
	storm_pass(103);
	tap_equal(irqkit_poll(), 2, "polled");
	tap_equal(storm_meanwhile, 1, "polled on the other CPU");
	tap_equal(storm_device.calls, 1, "calls");
	tap_equal(storm_second.calls, STORM_LIMIT + 2, "calls of the other");
	storm_device.during = NULL;
	tap_equal(free_irq(storm_other, &storm_second), 0, "free");
	irq_dispose_mapping(storm_other);
	storm_pass(103);
	tap_equal(irqkit_poll(), 1, "polled again");
	storm_end();
}

static void storm_not_polled(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "it is not polled while there are other reasons");
	storm_fire(STORM_LIMIT);
	tap_equal(disable_irq(storm_irq), 0, "disable");
	tap_equal(irqkit_poll(), 0, "disabled too");
	tap_equal(enable_irq(storm_irq), 0, "enable");
	storm_pass(103);
	tap_equal(suspend_device_irqs(), 0, "suspend");
	tap_equal(irqkit_poll(), 0, "suspended too");
	tap_equal(resume_device_irqs(), 0, "resume");
	storm_expect(true, 1, "resumed");
	storm_pass(103);
	tap_equal(irqkit_poll(), 1, "polled");
	storm_end();
}

/* ---- its end */

static void storm_enable(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "enable_irq() does not end it");
	storm_fire(STORM_LIMIT);
	tap_equal(enable_irq(storm_irq), -EINVAL, "enable");
	tap_equal(disable_irq(storm_irq), 0, "disable");
	storm_expect(true, 2, "disabled");
	tap_equal(enable_irq(storm_irq), 0, "enable");
	storm_expect(true, 1, "enabled");
	tap_equal(enable_irq(storm_irq), -EINVAL, "enable once more");
	storm_end();
}

static void storm_freed(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "free and request end it");
	storm_fire(STORM_LIMIT);
	tap_equal(free_irq(storm_irq, &storm_device), 0, "free");
	storm_expect(false, 1, "freed");
	tap_equal(storm_request(0, &storm_device), 0, "request");
	storm_expect(false, 0, "requested");
	storm_fire(STORM_LIMIT - 1);
	storm_expect(false, 0, "counted from the beginning");
	storm_fire(1);
	storm_expect(true, 1, "again");
	storm_end();
}

/* Some that nobody handled are forgotten with the last handler as well. */
static void storm_few(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "a count ends with the handler");
	storm_fire(STORM_LIMIT - 1);
	tap_equal(irq_to_desc(storm_irq)->unhandled, STORM_LIMIT - 1, "count");
	tap_equal(free_irq(storm_irq, &storm_device), 0, "free");
	tap_equal(irq_to_desc(storm_irq)->unhandled, 0, "count");
	tap_equal(storm_request(0, &storm_device), 0, "request");
	storm_fire(1);
	storm_expect(false, 0, "one more");
	storm_end();
}

static void storm_joined(void)
{
	storm_begin(&storm_edge, IRQF_SHARED, "the missing handler comes");
	storm_fire(STORM_LIMIT);
	storm_second.refuses = false;
	tap_equal(storm_request(0, &storm_second), -EBUSY, "one not to share");
	storm_expect(true, 1, "refused");
	storm_device.calls = 0;
	sim_line_pulse(storm_sim, STORM_LINE);
	tap_equal(storm_request(IRQF_SHARED, &storm_second), 0, "request");
	storm_expect(false, 0, "joined");
	storm_settle();
	tap_equal(storm_second.calls, 1, "what came meanwhile is handled");
	storm_fire(STORM_LIMIT * 2);
	storm_expect(false, 0, "handled");
	tap_equal(free_irq(storm_irq, &storm_second), 0, "free");
	storm_end();
}

static void storm_restart(void)
{
	unsigned int lines = host_log_lines();

	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "irqkit_spurious_restart()");
	tap_equal(irqkit_spurious_restart(storm_irq), -EINVAL, "no storm");
	tap_equal(irqkit_spurious_restart(0), -EINVAL, "no interrupt");
	tap_equal(irqkit_spurious_restart(IRQKIT_NR_IRQS), -EINVAL, "beyond");
	storm_fire(STORM_LIMIT);
	storm_device.calls = 0;
	storm_fire(1);
	tap_equal(irqkit_spurious_restart(storm_irq), 0, "restart");
	storm_expect(false, 0, "restarted");
	storm_settle();
	tap_equal(storm_device.calls, 1, "what came meanwhile");
	storm_fire(STORM_LIMIT - 2);
	storm_expect(false, 0, "counted from the beginning");
	storm_fire(1);
	storm_expect(true, 1, "again");
	tap_equal(host_log_lines() - lines, 2, "said each time");
	tap_equal(disable_irq(storm_irq), 0, "disable");
	tap_equal(irqkit_spurious_restart(storm_irq), 0, "restart, disabled");
	storm_expect(false, 1, "restarted, disabled");
	tap_equal(enable_irq(storm_irq), 0, "enable");
	storm_expect(false, 0, "enabled");
	storm_end();
}

/* A managed one that was shut down meanwhile has to be started. */
static void storm_restart_fails(void)
{
	const struct irq_affinity_desc affinity = {.mask = stub_cpus(6),
						   .is_managed = true};

	tap_subject("a restart that fails leaves it as it is");
	stub_reset();
	storm_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &affinity);
	stub_reply = IRQ_NONE;
	request_irq(storm_irq, stub_handler, 0, "m", NULL);
	tap_equal(irqkit_spurious_set(1, 1), 0, "set");
	stub_arrive(storm_irq, 1);
	storm_expect(true, 1, "arrived");
	irqkit_cpu_offline(1, NULL);
	irqkit_cpu_offline(2, NULL);
	storm_expect(true, 2, "no CPU");
	irqkit_cpu_online(1);
	irqkit_cpu_online(2);
	storm_expect(true, 1, "a CPU");
	tap_equal(storm_state() & IRQD_STARTED, 0, "not started by that");
	stub.answer[STUB_STARTUP] = -ENOSPC;
	tap_equal(irqkit_spurious_restart(storm_irq), -ENOSPC, "restart");
	storm_expect(true, 1, "failed");
	stub.answer[STUB_STARTUP] = 0;
	tap_equal(irqkit_spurious_restart(storm_irq), 0, "restart");
	storm_expect(false, 0, "restarted");
	tap_equal(storm_state() & IRQD_STARTED, IRQD_STARTED, "started");
	free_irq(storm_irq, NULL);
	stub_free(storm_irq);
	tap_close();
}

/* ---- others that look at it */

/* With wake set, it would wake the system at once and for ever. */
static void storm_suspended(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING, "a storm does not wake");
	irq_set_irq_wake(storm_irq, true);
	storm_fire(STORM_LIMIT);
	sim_forget();
	tap_equal(suspend_device_irqs(), 0, "suspend");
	sim_expect("");
	tap_equal(storm_state() & (IRQD_SUSPENDED | IRQD_WAKEUP_ARMED),
		  IRQD_SUSPENDED, "state");
	storm_expect(true, 2, "suspended");
	tap_equal(irqkit_spurious_restart(storm_irq), 0, "restart");
	storm_expect(false, 1, "restarted, suspended");
	tap_equal(resume_device_irqs(), 0, "resume");
	storm_expect(false, 0, "resumed");
	storm_end();
}

/* The last handler is freed while it is running, and refuses. */
static void storm_wait_for_free(struct sim_device *device, unsigned int call)
{
	(void)device;
	(void)call;
	for (unsigned int i = 0;
	     i < STORM_TIMES && irq_to_desc(storm_irq)->action != NULL; i++)
		irqkit_port_relax();
}

static void storm_freed_inside(void)
{
	const struct cpumask mask = stub_cpus(4);
	unsigned int lines = host_log_lines();

	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "freed while its handler runs");
	tap_equal(irqkit_spurious_set(1, 1), 0, "set");
	irq_set_affinity(storm_irq, &mask);
	storm_device.during = storm_wait_for_free;
	sim_line_pulse(storm_sim, STORM_LINE);
	for (unsigned int i = 0; i < STORM_TIMES && !storm_device.inside; i++)
		irqkit_port_relax();
	tap_equal(storm_device.inside, 1, "in its handler");
	tap_equal(free_irq(storm_irq, &storm_device), 0, "free");
	storm_expect(false, 1, "freed");
	tap_equal(irq_to_desc(storm_irq)->unhandled, 0, "count");
	tap_equal(host_log_lines() - lines, 0, "lines");
	storm_device.during = NULL;
	tap_equal(storm_request(0, &storm_device), 0, "request");
	storm_end();
}

static char storm_text[4096];

static void storm_print(void *context, const char *text)
{
	(void)context;
	strncat(storm_text, text, sizeof(storm_text) - strlen(storm_text) - 1);
}

static void storm_explained(void)
{
	storm_begin(&storm_edge, IRQF_TRIGGER_RISING,
		    "irqkit_explain() says it");
	storm_fire(STORM_LIMIT);
	storm_text[0] = '\0';
	tap_equal(irqkit_explain(storm_irq, storm_print, NULL), 0, "explain");
	tap_expect(strstr(storm_text, "would NOT reach its handler: it was "
				      "stopped as a storm, after 10 that "
				      "nobody handled") != NULL &&
			   strstr(storm_text, "it is disabled (") == NULL,
		   "'%s'", storm_text);
	disable_irq(storm_irq);
	suspend_device_irqs();
	storm_text[0] = '\0';
	tap_equal(irqkit_explain(storm_irq, storm_print, NULL), 0, "explain");
	tap_expect(strstr(storm_text, "it is suspended") != NULL &&
			   strstr(storm_text, "as a storm") != NULL &&
			   strstr(storm_text, "it is disabled (depth 3)") !=
				   NULL,
		   "'%s'", storm_text);
	resume_device_irqs();
	storm_text[0] = '\0';
	irqkit_show_interrupts(storm_print, NULL);
	tap_expect(strstr(storm_text, "first (10 unhandled)") != NULL, "'%s'",
		   storm_text);
	storm_end();
}

int main(void)
{
	host_begin();
	host_start(STORM_CPUS, NULL);
	storm_real();
	storm_sets = true;
	storm_kind(&storm_edge, "ack handler mask");
	storm_kind(&storm_level, "mask ack handler");
	storm_kind(&storm_fasteoi, "handler mask eoi");
	storm_kind(&storm_simple, "handler mask");
	storm_window();
	storm_on_all_cpus();
	storm_far();
	storm_settings();
	storm_shared();
	storm_threaded();
	storm_per_cpu();
	storm_polled();
	storm_polls_all();
	storm_polled_once();
	storm_not_polled();
	storm_enable();
	storm_freed();
	storm_few();
	storm_joined();
	storm_restart();
	storm_restart_fails();
	storm_suspended();
	storm_freed_inside();
	storm_explained();
	return host_end();
}
