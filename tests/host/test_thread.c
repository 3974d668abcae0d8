/* SPDX-License-Identifier: MIT */
/*
 * Threaded handlers: when they run, what holds a one-shot interrupt masked,
 * and who waits for them. Deferred work runs when host_run_deferred() is
 * called, on the caller's CPU.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define THREAD_CPUS 4U

static unsigned int thread_irq;
static unsigned int thread_runs[2];
static unsigned int thread_wrong;
static void (*thread_inside)(void); /* called once in the next run */
static char thread_a[] = "a", thread_b[] = "b";

/* Thread context: interrupts on, not in a dispatch, its own cookie. */
static irqreturn_t thread_run(unsigned int irq, const void *dev_id,
			      unsigned int which)
{
	void (*inside)(void) = thread_inside;

	if (irq != thread_irq || irqkit_port_irqs_disabled() ||
	    host_in_handler(irqkit_port_cpu()) ||
	    dev_id != (which == 0 ? thread_a : thread_b))
		thread_wrong++;
	thread_runs[which]++;
	thread_inside = NULL;
	if (inside != NULL)
		inside();
	return IRQ_HANDLED;
}

static irqreturn_t thread_function_a(unsigned int irq, void *dev_id)
{
	return thread_run(irq, dev_id, 0);
}

static irqreturn_t thread_function_b(unsigned int irq, void *dev_id)
{
	return thread_run(irq, dev_id, 1);
}

static void thread_begin(const char *subject, irq_flow_handler_t flow)
{
	stub_reset();
	tap_subject("%s", subject);
	thread_irq = stub_make(flow, IRQ_MOVE_PCNTXT, NULL);
	thread_runs[0] = 0;
	thread_runs[1] = 0;
	thread_wrong = 0;
	stub_reply = IRQ_WAKE_THREAD;
}

static void thread_end(void)
{
	tap_equal(thread_wrong, 0, "runs with something wrong");
	tap_equal(host_run_deferred(), 0, "left to be done");
	stub_free(thread_irq);
	tap_close();
}

static int thread_request_a(irq_handler_t handler, unsigned long flags)
{
	return request_threaded_irq(thread_irq, handler, thread_function_a,
				    flags, "a", thread_a);
}

static int thread_request_b(irq_handler_t handler, unsigned long flags)
{
	return request_threaded_irq(thread_irq, handler, thread_function_b,
				    flags, "b", thread_b);
}

static void thread_arrive(void)
{
	stub_arrive(thread_irq, 1);
}

static void thread_forget(void)
{
	memset(stub.story, 0, sizeof(stub.story));
}

static void thread_runs_when_woken(void)
{
	unsigned long live;

	thread_begin("a thread runs when its handler says so", handle_edge_irq);
	live = host_live();
	tap_equal(thread_request_a(stub_handler, 0), 0, "request");
	stub_reply = IRQ_HANDLED;
	thread_arrive();
	tap_equal(host_run_deferred(), 0, "IRQ_HANDLED");
	stub_reply = IRQ_WAKE_THREAD;
	thread_arrive();
	tap_equal(thread_runs[0], 0, "not before it is its turn");
	tap_equal(host_run_deferred(), 1, "IRQ_WAKE_THREAD");
	tap_equal(thread_runs[0], 1, "runs");
	thread_arrive();
	thread_arrive();
	tap_equal(host_run_deferred(), 1, "two before it ran are one");
	tap_equal(thread_runs[0], 2, "runs");
	tap_equal(stub_handled, 4, "the handler itself");
	tap_equal(irqkit_unhandled(1), 0, "unhandled");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	tap_equal((long long)(host_live() - live), 0, "memory afterwards");
	thread_end();
}

/* What arrives while it runs is not lost, and not run beside it. */
static void thread_runs_again(void)
{
	thread_begin("what arrives while it runs makes it run once more",
		     handle_edge_irq);
	thread_request_a(stub_handler, 0);
	thread_arrive();
	thread_inside = thread_arrive;
	tap_equal(host_run_deferred(), 2, "runs");
	tap_equal(thread_runs[0], 2, "runs");
	thread_arrive();
	tap_equal(host_run_deferred(), 1, "afterwards as at first");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

static void thread_without_handler(void)
{
	thread_begin("without a first handler the thread always runs",
		     handle_level_irq);
	tap_equal(thread_request_a(NULL, IRQF_ONESHOT), 0, "request");
	thread_forget();
	thread_arrive();
	stub_expect("Mk", "an interrupt");
	tap_equal(host_run_deferred(), 1, "runs");
	stub_expect("U", "the end of the thread");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	stub_chip.flags = IRQCHIP_ONESHOT_SAFE;
	tap_equal(thread_request_a(NULL, 0), 0, "IRQCHIP_ONESHOT_SAFE");
	thread_forget();
	thread_arrive();
	stub_expect("MkU", "not held then");
	tap_equal(host_run_deferred(), 1, "runs");
	stub_expect("", "its end");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

static void thread_errors(void)
{
	unsigned long live;

	thread_begin("request_threaded_irq(): what is wrong is refused",
		     handle_level_irq);
	live = host_live();
	tap_equal(request_threaded_irq(thread_irq, NULL, NULL, 0, "h", NULL),
		  -EINVAL, "no function at all");
	tap_equal(thread_request_a(NULL, 0), -EINVAL,
		  "no handler and no IRQF_ONESHOT");
	tap_equal(thread_request_a(stub_handler, 0x10), -EINVAL, "a flag");
	irq_set_status_flags(thread_irq, IRQ_PER_CPU);
	tap_equal(thread_request_a(stub_handler, 0), -EINVAL, "per-CPU");
	irq_clear_status_flags(thread_irq, IRQ_PER_CPU);
	host_fail_alloc(1);
	tap_equal(thread_request_a(stub_handler, 0), -ENOMEM, "no memory");
	host_fail_alloc(0);
	stub.answer[STUB_STARTUP] = -ETIMEDOUT;
	tap_equal(thread_request_a(stub_handler, IRQF_ONESHOT), -ETIMEDOUT,
		  "the chip fails");
	stub.answer[STUB_STARTUP] = 0;
	tap_equal((long long)(host_live() - live), 0, "memory");
	tap_equal(thread_request_a(stub_handler, IRQF_SHARED), 0, "request");
	host_fail_alloc(2);
	tap_equal(thread_request_b(stub_handler, IRQF_SHARED), -ENOMEM,
		  "no memory for the second action");
	host_fail_alloc(0);
	tap_equal(thread_request_a(stub_handler, IRQF_SHARED), -EEXIST,
		  "the same cookie");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	tap_equal(request_threaded_irq(thread_irq, stub_handler, NULL, 0, "h",
				       NULL),
		  0, "no thread: as request_irq()");
	thread_arrive();
	tap_equal(stub_handled, 1, "IRQ_WAKE_THREAD is nothing then");
	tap_equal(free_irq(thread_irq, NULL), 0, "free");
	tap_equal((long long)(host_live() - live), 0, "memory");
	thread_end();
}

static void thread_expect_masked(bool masked, const char *when)
{
	tap_equal((stub_state(thread_irq) & IRQD_MASKED) != 0, masked,
		  "masked %s", when);
}

static void thread_look_masked(void)
{
	thread_expect_masked(true, "while the last thread runs");
}

static void thread_oneshot_shared(irq_flow_handler_t flow, const char *subject)
{
	const unsigned long flags = IRQF_ONESHOT | IRQF_SHARED;

	thread_begin(subject, flow);
	thread_request_a(stub_handler, flags);
	thread_request_b(stub_handler, flags);
	thread_arrive();
	thread_expect_masked(true, "after the handlers");
	/* The first in the queue ends, then the second looks. */
	thread_inside = NULL;
	thread_forget();
	stub.calls[STUB_UNMASK] = 0;
	thread_inside = thread_look_masked;
	tap_equal(host_run_deferred(), 2, "threads");
	tap_equal(stub.calls[STUB_UNMASK], 1, "unmasked once");
	thread_expect_masked(false, "after both");
	tap_equal(free_irq(thread_irq, thread_b), 0, "free of b");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free of a");
	thread_end();
}

static unsigned int thread_unmasked_at;

static irqreturn_t thread_second(unsigned int irq, void *dev_id)
{
	thread_unmasked_at = stub.calls[STUB_UNMASK];
	return thread_function_b(irq, dev_id);
}

/* The second of two threads still holds it. */
static void thread_oneshot_last(void)
{
	const unsigned long flags = IRQF_ONESHOT | IRQF_SHARED;

	thread_begin("a one-shot is held masked until the last thread is done",
		     handle_level_irq);
	thread_request_a(stub_handler, flags);
	request_threaded_irq(thread_irq, stub_handler, thread_second, flags,
			     "b", thread_b);
	thread_arrive();
	stub.calls[STUB_UNMASK] = 0;
	thread_unmasked_at = 99;
	tap_equal(host_run_deferred(), 2, "threads");
	tap_equal(thread_unmasked_at, 0, "unmasked before the second ran");
	tap_equal(stub.calls[STUB_UNMASK], 1, "unmasked after it");
	tap_equal(free_irq(thread_irq, thread_b), 0, "free of b");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free of a");
	thread_end();
}

/* A one-shot that fires again in its thread (it cannot, but by a replay). */
static void thread_oneshot_again(void)
{
	thread_begin("a one-shot that runs again stays masked meanwhile",
		     handle_level_irq);
	thread_request_a(stub_handler, IRQF_ONESHOT);
	thread_arrive();
	thread_inside = thread_arrive;
	thread_forget();
	tap_equal(host_run_deferred(), 2, "runs");
	stub_expect("kU", "unmasked once, at the end");
	thread_expect_masked(false, "afterwards");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

static void thread_disable_inside(void)
{
	tap_equal(disable_irq_nosync(thread_irq), 0, "disable in the thread");
}

static void thread_toggle_inside(void)
{
	tap_equal(disable_irq_nosync(thread_irq), 0, "disable");
	tap_equal(enable_irq(thread_irq), 0, "enable");
	thread_expect_masked(true, "after enable_irq() in the thread");
}

static void thread_oneshot_disable(void)
{
	thread_begin(
		"a one-shot that is disabled stays masked after its thread",
		handle_level_irq);
	thread_request_a(stub_handler, IRQF_ONESHOT);
	thread_arrive();
	thread_inside = thread_disable_inside;
	tap_equal(host_run_deferred(), 1, "runs");
	thread_expect_masked(true, "after the thread");
	tap_equal(enable_irq(thread_irq), 0, "enable");
	thread_expect_masked(false, "after enable_irq()");
	thread_arrive();
	thread_inside = thread_toggle_inside;
	tap_equal(host_run_deferred(), 1, "runs");
	thread_expect_masked(false, "after the thread");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

/* The flag goes with the handlers. */
static void thread_oneshot_ends(void)
{
	thread_begin("one-shot is over with the last handler",
		     handle_level_irq);
	thread_request_a(stub_handler, IRQF_ONESHOT);
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_request_a(stub_handler, 0);
	thread_arrive();
	thread_expect_masked(false, "after the handler");
	tap_equal(host_run_deferred(), 1, "runs");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

/* An edge that comes while it is held masked is not lost. */
static void thread_oneshot_edge(void)
{
	thread_begin("an edge that was kept comes after the thread",
		     handle_fasteoi_irq);
	irq_set_irq_type(thread_irq, IRQ_TYPE_EDGE_RISING);
	thread_request_a(stub_handler, IRQF_ONESHOT);
	stub_in_handler = thread_arrive;
	thread_forget();
	stub_arrive(thread_irq, 2);
	stub_expect("Mee", "two interrupts");
	tap_equal(host_run_deferred(), 1, "runs");
	stub_expect("UR", "the end of the thread");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

/* HZ30: the move in the EOI does not unmask what a thread holds. */
static void thread_oneshot_move(void)
{
	struct cpumask two = stub_cpus(4);

	thread_begin("HZ30: a one-shot that moves at its EOI stays masked",
		     handle_fasteoi_irq);
	irq_clear_status_flags(thread_irq, IRQ_MOVE_PCNTXT);
	thread_request_a(stub_handler, IRQF_ONESHOT);
	tap_equal(irq_set_affinity(thread_irq, &two), 0, "affinity");
	thread_forget();
	thread_arrive();
	stub_expect("MFe", "the interrupt");
	thread_expect_masked(true, "until the thread ran");
	tap_equal((long long)stub_effective(thread_irq), 4, "moved");
	tap_equal(host_run_deferred(), 1, "runs");
	stub_expect("U", "the end of the thread");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	thread_end();
}

/* A queued thread, and one that runs on another CPU. */
static bool thread_linger_inside, thread_came_out;
static unsigned int thread_turns;

static void thread_linger(void)
{
	thread_linger_inside = true;
	for (thread_turns = 0; thread_turns < 30; thread_turns++)
		irqkit_port_relax();
	thread_came_out = true;
}

static void thread_work(void *argument)
{
	(void)argument;
	host_run_deferred();
}

static void thread_start_lingering(void)
{
	thread_linger_inside = false;
	thread_came_out = false;
	thread_arrive();
	thread_inside = thread_linger;
	host_give_work(2, thread_work, NULL);
	while (!thread_linger_inside)
		irqkit_port_relax();
}

static void thread_expect_out(const char *what)
{
	tap_expect(thread_came_out, "%s waited for the thread", what);
	while (!host_is_idle(2))
		irqkit_port_relax();
}

static void thread_waits(void)
{
	thread_begin("free, disable and synchronize wait for threads",
		     handle_level_irq);
	thread_request_a(stub_handler, 0);
	thread_arrive();
	tap_equal(synchronize_irq(thread_irq), 0, "synchronize_irq()");
	tap_equal(thread_runs[0], 1, "it waited for the queued one");
	thread_start_lingering();
	tap_equal(synchronize_irq(thread_irq), 0, "synchronize_irq()");
	thread_expect_out("synchronize_irq()");
	thread_start_lingering();
	tap_equal(disable_irq(thread_irq), 0, "disable_irq()");
	thread_expect_out("disable_irq()");
	tap_equal(enable_irq(thread_irq), 0, "enable_irq()");
	thread_arrive();
	thread_runs[0] = 0;
	tap_equal(free_irq(thread_irq, thread_a), 0, "free_irq()");
	tap_equal(thread_runs[0], 1, "it waited for the queued one");
	thread_request_a(stub_handler, 0);
	thread_start_lingering();
	tap_equal(free_irq(thread_irq, thread_a), 0, "free_irq()");
	thread_expect_out("free_irq()");
	thread_end();
}

/* free_irq() also waits for the second run, and lets a one-shot through. */
static void thread_free_of_one(void)
{
	const unsigned long flags = IRQF_ONESHOT | IRQF_SHARED;

	thread_begin("free of one of two lets a one-shot through for the other",
		     handle_level_irq);
	thread_request_a(stub_handler, flags);
	thread_request_b(stub_handler, flags);
	thread_arrive();
	tap_equal(free_irq(thread_irq, thread_a), 0, "free of a");
	host_run_deferred();
	tap_equal(thread_runs[0], 1, "runs of a");
	tap_equal(thread_runs[1], 1, "runs of b");
	thread_expect_masked(false, "afterwards");
	thread_arrive();
	tap_equal(host_run_deferred(), 1, "only b is woken now");
	tap_equal(thread_runs[1], 2, "runs of b");
	tap_equal(free_irq(thread_irq, thread_b), 0, "free of b");
	thread_end();
}

static int thread_inner[5];

static void thread_try_inside(void)
{
	thread_inner[0] = free_irq(thread_irq, thread_a);
	thread_inner[1] = disable_irq(thread_irq);
	thread_inner[2] = synchronize_irq(thread_irq);
	thread_inner[3] = free_irq(thread_irq, thread_b);
	thread_inner[4] = disable_irq_nosync(thread_irq);
}

static void thread_deadlock(void)
{
	thread_begin("in the thread itself what would wait for it is -EDEADLK",
		     handle_level_irq);
	thread_request_a(stub_handler, IRQF_SHARED);
	thread_request_b(stub_handler, IRQF_SHARED);
	thread_arrive();
	thread_inside = thread_try_inside;
	host_run_deferred();
	tap_equal(thread_inner[0], -EDEADLK, "free_irq()");
	tap_equal(thread_inner[1], -EDEADLK, "disable_irq()");
	tap_equal(thread_inner[2], -EDEADLK, "synchronize_irq()");
	tap_equal(thread_inner[3], 0, "free_irq() of the other");
	tap_equal(thread_inner[4], 0, "disable_irq_nosync()");
	tap_equal(stub_depth(thread_irq), 1, "disabled once");
	tap_equal(thread_runs[0], 1, "runs of a");
	tap_equal(free_irq(thread_irq, thread_a), 0, "free outside");
	thread_end();
}

/* One that is not a one-shot any more ends for an interrupt shut down. */
static void thread_shut_down(void)
{
	thread_begin(
		"the thread of an interrupt that was freed unmasks nothing",
		handle_level_irq);
	thread_request_a(stub_handler, IRQF_ONESHOT);
	thread_arrive();
	thread_forget();
	tap_equal(free_irq(thread_irq, thread_a), 0, "free");
	stub_expect("XD", "free");
	tap_equal(thread_runs[0], 1, "runs");
	tap_equal(irq_to_desc(thread_irq)->threads_active, 0, "held by");
	thread_end();
}

int main(void)
{
	host_begin();
	host_start(THREAD_CPUS, NULL);
	thread_runs_when_woken();
	thread_runs_again();
	thread_without_handler();
	thread_errors();
	thread_oneshot_shared(handle_level_irq,
			      "a level that two threads share is a one-shot");
	thread_oneshot_shared(handle_fasteoi_irq,
			      "the same with an EOI instead of an ack");
	thread_oneshot_last();
	thread_oneshot_again();
	thread_oneshot_disable();
	thread_oneshot_ends();
	thread_oneshot_edge();
	thread_oneshot_move();
	thread_waits();
	thread_free_of_one();
	thread_deadlock();
	thread_shut_down();
	return host_end();
}
