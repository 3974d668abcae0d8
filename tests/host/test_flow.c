/* SPDX-License-Identifier: MIT */
/*
 * Flow handlers: what each kind tells its controller and when, and what it
 * does with an interrupt that comes while it may not be handled: disabled, no
 * handler, or its handlers run on another CPU (HZ34, HZ35, HZ55).
 */
#include "host.h"
#include "sim_chip.h"
#include "suites/suite.h"

#define FLOW_LINE 3U

static struct sim_line *flow_sim;
static struct sim_device flow_device;
static unsigned int flow_irq;

/* Let all CPUs take what there is. */
static void flow_settle(void)
{
	for (unsigned int i = 0; i < 32; i++)
		host_yield();
}

static unsigned int flow_state(void)
{
	return irq_get_irq_data(flow_irq)->common->state;
}

static int flow_aim(unsigned int cpu)
{
	struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	return irq_set_affinity(flow_irq, &mask);
}

static void flow_open(const struct sim_line_info *info, const char *subject)
{
	tap_subject("%s: %s", info->name, subject);
	flow_sim = sim_line_create(info);
	flow_irq = sim_line_map(flow_sim, FLOW_LINE);
	flow_device = (struct sim_device){
		.line = flow_sim,
		.hwirq = FLOW_LINE,
	};
}

/* Requested with the trigger of the kind, aimed at CPU 0, calls forgotten. */
static void flow_begin(const struct sim_line_info *info, unsigned long flags,
		       const char *subject)
{
	flow_open(info, subject);
	flow_aim(0);
	tap_equal(request_irq(flow_irq, sim_device_handler, flags, "flow",
			      &flow_device),
		  0, "request");
	sim_reset();
}

static void flow_close(void)
{
	tap_equal(irq_dispose_mapping(flow_irq), 0, "disposal");
	sim_line_destroy(flow_sim);
	sim_reset();
	tap_close();
}

static void flow_end(void)
{
	tap_equal(free_irq(flow_irq, &flow_device), 0, "free_irq()");
	tap_equal(flow_state() & (IRQD_PENDING | IRQD_RESEND |
				  IRQD_IN_PROGRESS | IRQD_STARTED),
		  0, "state that is left");
	flow_close();
}

static const struct sim_line_info flow_edge = {
	.name = "edge",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info flow_level = {
	.name = "level",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
	.flow = handle_level_irq,
};

static const struct sim_line_info flow_fasteoi = {
	.name = "fasteoi",
	.style = SIM_STYLE_EOI,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info flow_lpi = {
	.name = "lpi",
	.style = SIM_STYLE_LPI,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info flow_simple = {
	.name = "simple",
	.style = SIM_STYLE_NONE,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

/* ---- once, on its CPU */

static void flow_check_counts(unsigned int cpu)
{
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal(flow_device.cpu, cpu, "cpu");
	tap_equal((long long)kstat_irqs_cpu(flow_irq, cpu), 1, "its count");
	tap_equal((long long)kstat_irqs(flow_irq), 1, "count");
	tap_expect((flow_state() & (IRQD_PENDING | IRQD_MASKED |
				    IRQD_IN_PROGRESS | IRQD_DISABLED)) == 0,
		   "state afterwards: 0x%x", flow_state());
}

static void flow_check_in_progress(struct sim_device *device, unsigned int call)
{
	(void)device;
	(void)call;
	tap_expect(irqd_irq_inprogress(irq_get_irq_data(flow_irq)),
		   "in progress inside of the handler");
}

static void flow_once(const struct sim_line_info *info, unsigned long flags,
		      const char *calls)
{
	unsigned int unhandled = irqkit_unhandled(2);

	flow_begin(info, flags, "one interrupt");
	flow_device.during = flow_check_in_progress;
	tap_equal(flow_aim(2), 0, "aimed at cpu 2");
	sim_reset();
	if ((flags & IRQF_TRIGGER_HIGH) != 0)
		sim_line_raise(flow_sim, FLOW_LINE);
	else
		sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	flow_check_counts(2);
	tap_equal(irqkit_unhandled(2) - unhandled, 0, "unhandled");
	flow_end();
}

/* All calls of the chip and none of the handler hold the descriptor lock. */
static void flow_locks(const struct sim_line_info *info, unsigned long flags)
{
	flow_begin(info, flags, "who holds the descriptor lock");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	for (unsigned int i = 0; i < sim_entries(); i++) {
		const struct sim_entry *entry = sim_entry(i);

		tap_equal(entry->locked, entry->op != SIM_HANDLER,
			  "lock in call %u", i);
		tap_equal(entry->cpu, 0, "cpu of call %u", i);
	}
	flow_end();
}

/* ---- unhandled */

static void flow_unhandled(const struct sim_line_info *info,
			   unsigned long flags)
{
	unsigned int before = irqkit_unhandled(0);

	flow_begin(info, flags, "the answer IRQ_NONE is counted");
	flow_device.refuses = true;
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal(irqkit_unhandled(0) - before, 1, "unhandled");
	flow_end();
}

/* All handlers of a shared interrupt are called; one that takes it will do. */
static void flow_shared(void)
{
	struct sim_device other = {.refuses = true};
	unsigned int before = irqkit_unhandled(0);
	const unsigned long flags = IRQF_SHARED | IRQF_TRIGGER_HIGH;

	flow_begin(&flow_level, flags, "each handler of a shared one");
	tap_equal(request_irq(flow_irq, sim_device_handler, flags, "other",
			      &other),
		  0, "second request");
	sim_reset();
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect("mask ack handler handler unmask");
	tap_equal(irqkit_unhandled(0) - before, 0, "unhandled, one took it");
	flow_device.refuses = true;
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(other.calls, 2, "calls of the second");
	tap_equal(irqkit_unhandled(0) - before, 1, "unhandled, nobody did");
	tap_equal(free_irq(flow_irq, &other), 0, "free_irq() of the second");
	flow_end();
}

/* ---- disabled: lazily, the controller is told when it comes */

static void flow_disabled_edge(const struct sim_line_info *info,
			       const char *held, const char *let_go)
{
	flow_begin(info, IRQF_TRIGGER_RISING, "an edge while disabled");
	tap_equal(disable_irq(flow_irq), 0, "disable");
	sim_expect("");
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(held);
	tap_expect((flow_state() & IRQD_PENDING) != 0, "remembered");
	tap_equal(flow_device.calls, 0, "calls");
	tap_equal((long long)kstat_irqs(flow_irq), 1, "it is counted");
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(enable_irq(flow_irq), 0, "enable");
	tap_expect((flow_state() & IRQD_PENDING) == 0, "remembered no more");
	flow_settle();
	sim_expect(let_go);
	tap_equal(flow_device.calls, 1, "calls, merged into one");
	flow_end();
}

/* HZ55: the device holds it, so nothing is remembered or sent again. */
static void flow_disabled_level(const struct sim_line_info *info,
				const char *held, const char *let_go)
{
	flow_begin(info, IRQF_TRIGGER_HIGH, "a level while disabled (HZ55)");
	tap_equal(disable_irq(flow_irq), 0, "disable");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(held);
	tap_expect((flow_state() & IRQD_PENDING) == 0, "not remembered");
	tap_expect((flow_state() & IRQD_MASKED) != 0, "masked");
	tap_equal(flow_device.calls, 0, "calls");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	sim_expect(let_go);
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal(irqkit_poll(), 0, "nothing for irqkit_poll()");
	flow_end();
}

/* A level that went away meanwhile is gone. */
static void flow_level_gone(void)
{
	flow_begin(&flow_level, IRQF_TRIGGER_HIGH,
		   "a level that goes while it is disabled is no interrupt");
	disable_irq(flow_irq);
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_line_lower(flow_sim, FLOW_LINE);
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	tap_equal(flow_device.calls, 0, "calls");
	flow_end();
}

/* Disabled by its own handler. */
static void flow_disable_self(struct sim_device *device, unsigned int call)
{
	if (call == 1) {
		tap_equal(disable_irq_nosync(flow_irq), 0, "disable");
		device->keeps = false;
	}
}

static void flow_self_disabled(const struct sim_line_info *info,
			       unsigned long flags, const char *first,
			       const char *second)
{
	flow_begin(info, flags, "a handler disables its own interrupt");
	flow_device.during = flow_disable_self;
	flow_device.keeps = true;
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(first);
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	sim_expect(second);
	tap_equal(flow_device.calls, flags == IRQF_TRIGGER_HIGH ? 2 : 1,
		  "calls after enable_irq()");
	flow_end();
}

/* IRQ_DISABLE_UNLAZY: masked at once. */
static void flow_unlazy(void)
{
	flow_begin(&flow_edge, IRQF_TRIGGER_RISING,
		   "IRQ_DISABLE_UNLAZY masks at once");
	irq_set_status_flags(flow_irq, IRQ_DISABLE_UNLAZY);
	disable_irq(flow_irq);
	sim_expect("mask");
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect("");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	sim_expect("unmask ack handler");
	flow_end();
}

/* ---- no handler: what is still underway after free_irq() */

static void flow_no_action(const struct sim_line_info *info, const char *calls)
{
	flow_open(info, "no handler");
	sim_reset();
	sim_line_deliver(flow_sim, FLOW_LINE, 1);
	sim_expect(calls);
	tap_equal((long long)kstat_irqs_cpu(flow_irq, 1), 1, "count");
	tap_expect((flow_state() & IRQD_IN_PROGRESS) == 0, "not in progress");
	flow_close();
}

/* ---- it fires on another CPU while its handlers run */

static unsigned int flow_rerun;

static void flow_fire_on_other(struct sim_device *device, unsigned int call)
{
	if (call > flow_rerun)
		return;
	sim_line_deliver(device->line, FLOW_LINE, 1);
	sim_line_deliver(device->line, FLOW_LINE, 2);
}

/* HZ34: the CPU that runs the handlers runs them again, once for both. */
static void flow_in_progress(const struct sim_line_info *info,
			     unsigned long flags, const char *calls,
			     unsigned int nr_calls)
{
	flow_begin(info, flags,
		   "fires on two CPUs while its handler runs (HZ34)");
	flow_device.during = flow_fire_on_other;
	flow_rerun = 1;
	sim_line_pulse(flow_sim, FLOW_LINE);
	if (flags == IRQF_TRIGGER_HIGH)
		sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.calls, nr_calls, "calls");
	tap_equal(flow_device.on[0], nr_calls, "calls on cpu 0");
	tap_equal((long long)kstat_irqs(flow_irq), 3, "count");
	tap_expect((flow_state() & (IRQD_PENDING | IRQD_MASKED)) == 0,
		   "state afterwards: 0x%x", flow_state());
	flow_end();
}

/* As often as it comes. */
static void flow_in_progress_often(void)
{
	flow_begin(&flow_lpi, IRQF_TRIGGER_RISING,
		   "fires during each of ten handlers");
	flow_device.during = flow_fire_on_other;
	flow_rerun = 9;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(flow_device.calls, 10, "calls");
	tap_equal(flow_device.on[0], 10, "calls on cpu 0");
	flow_end();
}

/* Disabled meanwhile, it waits for enable_irq(). */
static void flow_fire_and_disable(struct sim_device *device, unsigned int call)
{
	if (call != 1)
		return;
	sim_line_deliver(device->line, FLOW_LINE, 1);
	disable_irq_nosync(flow_irq);
}

static void flow_in_progress_disabled(const struct sim_line_info *info,
				      const char *calls, const char *later)
{
	flow_begin(info, IRQF_TRIGGER_RISING,
		   "fires elsewhere and is disabled while its handler runs");
	flow_device.during = flow_fire_and_disable;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.calls, 1, "calls");
	tap_expect((flow_state() & IRQD_PENDING) != 0, "remembered");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	sim_expect(later);
	tap_equal(flow_device.calls, 2, "calls");
	flow_end();
}

/* HZ35: moved away meanwhile, the new target takes over. */
static void flow_move_and_fire(struct sim_device *device, unsigned int call)
{
	if (call != 1)
		return;
	tap_equal(flow_aim(1), 0, "aimed at cpu 1");
	sim_line_deliver(device->line, FLOW_LINE, 1);
}

static void flow_moved(const struct sim_line_info *info, const char *calls,
		       const char *name)
{
	flow_begin(info, IRQF_TRIGGER_RISING, name);
	flow_device.during = flow_move_and_fire;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.on[0], 1, "calls on cpu 0");
	tap_equal(flow_device.on[1], 1, "calls on cpu 1");
	flow_end();
}

/* A chip that cannot retrigger: irqkit_poll() takes over. */
static void flow_moved_polled(void)
{
	struct sim_line_info info = flow_lpi;

	info.operations = SIM_EOI_OPS & ~SIM_BIT(SIM_RETRIGGER);
	flow_begin(&info, IRQF_TRIGGER_RISING,
		   "fires at its new target, no retrigger (HZ35)");
	flow_device.during = flow_move_and_fire;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect("handler set_affinity eoi eoi");
	tap_equal(irqkit_poll(), 1, "handled by irqkit_poll()");
	sim_expect("handler");
	tap_equal(flow_device.calls, 2, "calls");
	flow_end();
}

/* Nobody knows where it goes (HZ8): the CPU that runs it goes on. */
static void flow_no_effective(void)
{
	struct sim_line_info info = flow_lpi;

	info.no_effective = true;
	info.operations = SIM_EOI_OPS & ~SIM_BIT(SIM_SET_AFFINITY);
	flow_begin(&info, IRQF_TRIGGER_RISING,
		   "fires elsewhere, no effective affinity");
	flow_device.during = flow_fire_on_other;
	flow_rerun = 1;
	sim_line_deliver(flow_sim, FLOW_LINE, 3);
	sim_expect("handler eoi eoi handler eoi");
	tap_equal(flow_device.on[3], 2, "calls on cpu 3");
	flow_end();
}

/* In the same handler the same line again, on its own CPU. */
static void flow_fire_again(struct sim_device *device, unsigned int call)
{
	if (call < 4)
		sim_line_pulse(device->line, FLOW_LINE);
}

static void flow_again_here(const struct sim_line_info *info, const char *calls)
{
	flow_begin(info, IRQF_TRIGGER_RISING,
		   "edges during the handler come again, each");
	flow_device.during = flow_fire_again;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.on[0], 4, "calls on cpu 0");
	flow_end();
}

/* While it runs, its last handler is freed: what is pending is dropped. */
static void flow_free_work(void *argument)
{
	(void)argument;
	tap_equal(free_irq(flow_irq, &flow_device), 0, "free on cpu 1");
}

static void flow_fire_and_free(struct sim_device *device, unsigned int call)
{
	(void)call;
	sim_line_deliver(device->line, FLOW_LINE, 2);
	host_give_work(1, flow_free_work, NULL);
	flow_settle();
	tap_expect(!host_is_idle(1), "free_irq() waits for the handler");
}

static void flow_freed_while_running(void)
{
	flow_begin(&flow_lpi, IRQF_TRIGGER_RISING,
		   "freed while it runs and is pending");
	flow_device.during = flow_fire_and_free;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	tap_expect(host_is_idle(1), "free_irq() came back");
	tap_equal(flow_device.calls, 1, "calls");
	tap_expect((flow_state() &
		    (IRQD_PENDING | IRQD_IN_PROGRESS | IRQD_STARTED)) == 0,
		   "state afterwards: 0x%x", flow_state());
	flow_close();
}

/* ---- moves that wait for the handler (no IRQ_MOVE_PCNTXT) */

static void flow_move_later(const struct sim_line_info *kind,
			    unsigned long flags, const char *calls,
			    unsigned int operations_without)
{
	struct sim_line_info info = *kind;
	struct cpumask effective;

	info.status = 0;
	if (operations_without != 0)
		info.operations = SIM_EOI_OPS & ~operations_without;
	flow_begin(&info, flags, "moves from its own handler");
	tap_equal(flow_aim(1), 0, "aim");
	sim_expect("");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.on[0], 1, "calls on cpu 0");
	irq_get_effective_affinity(flow_irq, &effective);
	tap_expect(cpumask_test_cpu(1, &effective), "effective is cpu 1");
	tap_expect((flow_state() & IRQD_MOVE_PENDING) == 0, "nothing waits");
	tap_expect((flow_state() & IRQD_MASKED) == 0, "not masked");
	sim_line_lower(flow_sim, FLOW_LINE);
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(flow_device.on[1], 1, "calls on cpu 1");
	flow_end();
}

/* ---- one-shot: masked until the thread is done (HZ30) */

static unsigned int flow_thread_runs;

static irqreturn_t flow_thread(unsigned int irq, void *dev_id)
{
	struct sim_device *device = dev_id;

	tap_expect(irqd_irq_masked(irq_get_irq_data(irq)),
		   "masked inside of the thread");
	flow_thread_runs++;
	sim_line_lower(device->line, FLOW_LINE);
	return IRQ_HANDLED;
}

static void flow_request_oneshot(unsigned long flags)
{
	flow_aim(0);
	flow_device.keeps = true;
	flow_device.answer = IRQ_WAKE_THREAD;
	flow_thread_runs = 0;
	tap_equal(request_threaded_irq(flow_irq, sim_device_handler,
				       flow_thread, flags | IRQF_ONESHOT,
				       "flow", &flow_device),
		  0, "request");
	sim_reset();
}

static void flow_oneshot(const struct sim_line_info *info, unsigned long flags,
			 const char *first, const char *second)
{
	flow_open(info, "one-shot, masked until its thread is done (HZ30)");
	flow_request_oneshot(flags);
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(first);
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal(host_run_deferred(), 1, "threads");
	sim_expect(second);
	tap_equal(flow_thread_runs, 1, "runs of the thread");
	flow_settle();
	tap_equal(flow_device.calls, 1, "calls afterwards");
	flow_end();
}

/* HZ30: the move does not unmask it either. */
static void flow_oneshot_move(const struct sim_line_info *kind,
			      unsigned long flags, const char *first)
{
	struct sim_line_info info = *kind;

	info.status = 0;
	flow_open(&info, "one-shot and a move: stays masked (HZ30)");
	flow_request_oneshot(flags);
	tap_equal(flow_aim(1), 0, "aim");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(first);
	tap_expect((flow_state() & IRQD_MASKED) != 0, "masked");
	host_run_deferred();
	sim_expect("unmask");
	flow_end();
}

/* A handler that does not wake the thread. */
static void flow_oneshot_no_wake(const struct sim_line_info *info,
				 unsigned long flags, const char *calls)
{
	flow_open(info, "one-shot, the thread is not woken");
	flow_request_oneshot(flags);
	flow_device.keeps = false;
	flow_device.answer = IRQ_HANDLED;
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(host_run_deferred(), 0, "threads");
	flow_end();
}

/* Disabled while its thread runs: the thread does not let it through. */
static void flow_oneshot_disabled(void)
{
	flow_open(&flow_fasteoi, "one-shot, disabled while its thread waits");
	flow_request_oneshot(IRQF_TRIGGER_HIGH);
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	disable_irq_nosync(flow_irq);
	sim_forget();
	host_run_deferred();
	sim_expect("");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	sim_expect("unmask");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	disable_irq_nosync(flow_irq);
	sim_forget();
	tap_equal(enable_irq(flow_irq), 0, "enable while the thread waits");
	sim_expect("");
	host_run_deferred();
	sim_expect("unmask");
	flow_end();
}

/* An edge of a one-shot interrupt elsewhere, while its handler runs. */
static void flow_oneshot_edge(const struct sim_line_info *info,
			      const char *first, const char *second)
{
	flow_open(info, "one-shot, an edge elsewhere in its handler");
	flow_request_oneshot(IRQF_TRIGGER_RISING);
	flow_device.during = flow_fire_on_other;
	flow_rerun = 1;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(first);
	tap_expect((flow_state() & IRQD_PENDING) != 0, "remembered");
	tap_equal(host_run_deferred(), 2, "threads");
	sim_expect(second);
	tap_equal(flow_thread_runs, 2, "runs of the thread");
	flow_end();
}

/* The same without a thread that was woken: sent again at once. */
static void flow_oneshot_edge_no_wake(const struct sim_line_info *info,
				      const char *calls)
{
	flow_open(info, "one-shot, an edge elsewhere, no thread");
	flow_request_oneshot(IRQF_TRIGGER_RISING);
	flow_device.answer = IRQ_HANDLED;
	flow_device.during = flow_fire_on_other;
	flow_rerun = 1;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.calls, 2, "calls");
	flow_end();
}

/* Disabled as well: it waits for enable_irq(). */
static void flow_oneshot_edge_disabled(const struct sim_line_info *info,
				       const char *first, const char *second)
{
	flow_open(info, "one-shot, an edge elsewhere, and disabled");
	flow_request_oneshot(IRQF_TRIGGER_RISING);
	flow_device.answer = IRQ_HANDLED;
	flow_device.during = flow_fire_and_disable;
	sim_line_pulse(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(first);
	tap_expect((flow_state() & IRQD_PENDING) != 0, "remembered");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	sim_expect(second);
	tap_equal(flow_device.calls, 2, "calls");
	flow_end();
}

/* ---- chips that lack operations */

static void flow_without(const struct sim_line_info *kind,
			 unsigned long operations, unsigned long flags,
			 const char *calls)
{
	struct sim_line_info info = *kind;

	info.operations = operations;
	flow_begin(&info, flags, "a chip that lacks operations");
	sim_line_pulse(flow_sim, FLOW_LINE);
	if ((flags & IRQF_TRIGGER_HIGH) != 0)
		sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect(calls);
	tap_equal(flow_device.calls, 1, "calls");
	flow_end();
}

/* Without a mask what comes is kept in software, each time. */
static void flow_without_mask(void)
{
	struct sim_line_info info = flow_edge;

	info.operations = SIM_ACK_OPS &
			  ~(SIM_BIT(SIM_MASK) | SIM_BIT(SIM_UNMASK));
	flow_begin(&info, IRQF_TRIGGER_RISING, "no mask: kept in software");
	flow_sim->pins[FLOW_LINE].masked = false;
	disable_irq(flow_irq);
	for (unsigned int i = 0; i < 3; i++) {
		sim_line_pulse(flow_sim, FLOW_LINE);
		flow_settle();
	}
	sim_expect("ack ack ack");
	tap_expect((flow_state() & IRQD_MASKED) == 0, "not masked");
	tap_equal(enable_irq(flow_irq), 0, "enable");
	flow_settle();
	sim_expect("retrigger ack handler");
	flow_sim->pins[FLOW_LINE].masked = true;
	flow_end();
}

/* A line that its device holds for ever: it does not stop others. */
static void flow_stuck_calls(struct sim_device *device, unsigned int call)
{
	if (call == 100)
		sim_line_stick(device->line, FLOW_LINE, false);
}

static void flow_stuck(const struct sim_line_info *info)
{
	flow_begin(info, IRQF_TRIGGER_HIGH, "a stuck line comes again");
	flow_device.during = flow_stuck_calls;
	sim_line_stick(flow_sim, FLOW_LINE, true);
	flow_settle();
	tap_equal(flow_device.calls, 100, "calls until it is released");
	tap_equal((long long)kstat_irqs(flow_irq), 100, "count");
	flow_end();
}

/* ---- per-CPU */

static void *flow_cookies[IRQKIT_NR_CPUS];
static struct sim_device flow_percpu_devices[4];
static struct sim_percpu *flow_percpu;

static void flow_on_cpu(unsigned int cpu, int (*function)(unsigned int irq))
{
	unsigned int before = host_become(cpu);

	tap_equal(function(flow_irq), 0, "call on cpu %u", cpu);
	host_become(before);
}

static void flow_percpu_open(irq_flow_handler_t flow, const char *subject)
{
	tap_subject("per-CPU: %s", subject);
	flow_percpu = sim_percpu_create("percpu", 4, flow);
	flow_irq = sim_percpu_map(flow_percpu, 2);
	for (unsigned int i = 0; i < 4; i++) {
		flow_percpu_devices[i] = (struct sim_device){.line = NULL};
		flow_cookies[i] = &flow_percpu_devices[i];
	}
	sim_reset();
}

static void flow_percpu_close(void)
{
	tap_equal(irq_dispose_mapping(flow_irq), 0, "disposal");
	sim_percpu_destroy(flow_percpu);
	sim_reset();
	tap_close();
}

static void flow_percpu_check(const char *calls, unsigned int cpu)
{
	sim_percpu_raise(flow_percpu, 2, cpu);
	flow_settle();
	for (unsigned int i = 0; i < sim_entries(); i++) {
		tap_equal(sim_entry(i)->cpu, cpu, "cpu of call %u", i);
		tap_expect(!sim_entry(i)->locked, "no lock in call %u", i);
	}
	sim_expect(calls);
}

static void flow_percpu_plain(irq_flow_handler_t flow, const char *calls)
{
	struct sim_device device = {.line = NULL};

	flow_percpu_open(flow, "one handler for all CPUs");
	tap_equal(request_irq(flow_irq, sim_device_handler, IRQF_PERCPU, "p",
			      &device),
		  0, "request");
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		flow_percpu->pins[cpu][2].masked = false;
		sim_forget();
		flow_percpu_check(calls, cpu);
		tap_equal(device.on[cpu], 1, "calls on cpu %u", cpu);
		tap_equal((long long)kstat_irqs_cpu(flow_irq, cpu), 1,
			  "count of cpu %u", cpu);
	}
	device.refuses = true;
	flow_percpu_check(calls, 3);
	tap_equal(device.calls, 5, "calls");
	tap_equal(free_irq(flow_irq, &device), 0, "free");
	flow_percpu_close();
}

/* On a CPU that has not enabled it, it is kept. */
static void flow_percpu_cookies(irq_flow_handler_t flow, const char *calls,
				const char *calls_kept)
{
	unsigned int before = irqkit_unhandled(2);

	flow_percpu_open(flow, "a cookie for each CPU");
	tap_equal(request_percpu_irq(flow_irq, sim_device_handler, "p",
				     flow_cookies),
		  0, "request");
	flow_on_cpu(1, enable_percpu_irq);
	sim_expect("unmask");
	flow_percpu_check(calls, 1);
	tap_equal(flow_percpu_devices[1].on[1], 1, "calls on cpu 1");
	/* The controller lets it through although nobody asked for it. */
	flow_percpu->pins[2][2].masked = false;
	flow_percpu_check(calls_kept, 2);
	flow_percpu_check(calls_kept, 2);
	tap_equal(flow_percpu_devices[2].calls, 0, "calls on cpu 2");
	tap_equal(irqkit_unhandled(2) - before, 0, "unhandled on cpu 2");
	flow_on_cpu(2, enable_percpu_irq);
	sim_expect("unmask handler");
	tap_equal(flow_percpu_devices[2].on[2], 1, "kept, merged into one");
	flow_percpu_check(calls, 2);
	tap_equal(flow_percpu_devices[1].calls, 1, "calls on cpu 1");
	flow_on_cpu(2, disable_percpu_irq);
	flow_on_cpu(2, enable_percpu_irq);
	sim_expect("mask unmask");
	flow_on_cpu(1, disable_percpu_irq);
	flow_on_cpu(2, disable_percpu_irq);
	sim_expect("mask mask");
	tap_equal(free_percpu_irq(flow_irq, flow_cookies), 0, "free");
	flow_percpu_close();
}

static void flow_percpu_bad(void)
{
	unsigned int before = irqkit_unhandled(3);

	flow_percpu_open(handle_bad_irq, "handle_bad_irq() counts and ends");
	flow_percpu->pins[3][2].masked = false;
	flow_percpu_check("ack eoi", 3);
	tap_equal(irqkit_unhandled(3) - before, 1, "unhandled");
	tap_equal((long long)kstat_irqs_cpu(flow_irq, 3), 1, "count");
	flow_percpu_close();
}

/* ---- chained: a second controller behind a line */

static const struct sim_line_info flow_child_level = {
	.name = "child",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_AFFINITY),
	.flow = handle_level_irq,
};

static const struct sim_line_info flow_child_edge = {
	.name = "child",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_AFFINITY),
};

static struct sim_line *flow_parent;

static void flow_chain_open(const struct sim_line_info *parent,
			    const struct sim_line_info *child,
			    unsigned long flags, const char *subject)
{
	tap_subject("chained to %s: %s", parent->name, subject);
	flow_parent = sim_line_create(parent);
	flow_sim = sim_line_create(child);
	tap_equal(sim_cascade_connect(flow_sim, flow_parent, 5), 0, "connect");
	flow_irq = sim_line_map(flow_sim, FLOW_LINE);
	flow_device = (struct sim_device){
		.line = flow_sim,
		.hwirq = FLOW_LINE,
	};
	tap_equal(request_irq(flow_irq, sim_device_handler, flags, "flow",
			      &flow_device),
		  0, "request");
	sim_reset();
}

static void flow_chain_close(void)
{
	tap_equal(free_irq(flow_irq, &flow_device), 0, "free_irq()");
	tap_equal(irq_dispose_mapping(flow_irq), 0, "disposal");
	tap_equal(sim_cascade_disconnect(flow_sim), 0, "disconnect");
	sim_line_destroy(flow_sim);
	sim_line_destroy(flow_parent);
	sim_reset();
	tap_close();
}

static void flow_chained(const struct sim_line_info *parent,
			 const struct sim_line_info *child, unsigned long flags,
			 const char *calls)
{
	unsigned int parent_irq;

	flow_chain_open(parent, child, flags, "one interrupt");
	parent_irq = irq_find_mapping(flow_parent->domain, 5);
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect_levels(calls);
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal((long long)kstat_irqs(flow_irq), 1, "count");
	tap_equal((long long)kstat_irqs(parent_irq), 0,
		  "count of the line of the controller");
	flow_chain_close();
}

/* Two at once; one that nobody has; and a third that is disabled. */
static void flow_chained_several(void)
{
	struct sim_device second = {.hwirq = 6};
	unsigned int irq;

	flow_chain_open(&flow_level, &flow_child_level, IRQF_TRIGGER_HIGH,
			"several of its lines");
	second.line = flow_sim;
	irq = sim_line_map(flow_sim, 6);
	tap_equal(request_irq(irq, sim_device_handler, IRQF_TRIGGER_HIGH, "2",
			      &second),
		  0, "second request");
	flow_sim->hold = true;
	flow_parent->hold = true;
	sim_line_raise(flow_sim, FLOW_LINE);
	sim_line_raise(flow_sim, 6);
	flow_sim->pins[1].masked = false;
	sim_line_pulse(flow_sim, 1);
	sim_forget();
	flow_parent->hold = false;
	flow_settle();
	sim_expect_levels("level.mask level.ack "
			  "child.mask child.ack child.handler child.unmask "
			  "child.mask child.ack child.handler child.unmask "
			  "level.unmask");
	tap_equal((long long)flow_sim->unexpected, 1, "that nobody has");
	disable_irq(irq);
	sim_line_raise(flow_sim, 6);
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(flow_device.calls, 2, "calls of the first");
	tap_equal(second.calls, 1, "calls of the disabled one");
	tap_equal(enable_irq(irq), 0, "enable");
	flow_settle();
	tap_equal(second.calls, 2, "calls after enable_irq()");
	free_irq(irq, &second);
	irq_dispose_mapping(irq);
	flow_chain_close();
}

/* The line is masked at once, as its flow handler asks no state. */
static void flow_chained_disabled(const struct sim_line_info *parent,
				  const char *calls)
{
	unsigned int irq;

	flow_chain_open(parent, &flow_child_level, IRQF_TRIGGER_HIGH,
			"the line of the controller is disabled");
	irq = irq_find_mapping(flow_parent->domain, 5);
	tap_equal(disable_irq(irq), 0, "disable");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect("mask");
	tap_equal(flow_device.calls, 0, "calls while disabled");
	tap_equal(enable_irq(irq), 0, "enable");
	flow_settle();
	sim_expect_levels(calls);
	tap_equal(flow_device.calls, 1, "calls");
	tap_equal(enable_irq(irq), -EINVAL, "enable once more");
	flow_chain_close();
}

static void flow_disable_parent(struct sim_device *device, unsigned int call)
{
	(void)device;
	if (call == 1)
		disable_irq_nosync(irq_find_mapping(flow_parent->domain, 5));
}

static void flow_chained_disabled_inside(void)
{
	flow_chain_open(&flow_fasteoi, &flow_child_level, IRQF_TRIGGER_HIGH,
			"disabled by a handler behind it");
	flow_device.during = flow_disable_parent;
	flow_device.keeps = true;
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect_levels("child.mask child.ack child.handler fasteoi.mask "
			  "child.unmask fasteoi.eoi");
	flow_device.keeps = false;
	enable_irq(irq_find_mapping(flow_parent->domain, 5));
	flow_settle();
	tap_equal(flow_device.calls, 2, "calls");
	flow_chain_close();
}

/* Disabled while the flow handler runs elsewhere: not unmasked by it. */
static void flow_disable_parent_elsewhere(struct sim_device *device,
					  unsigned int call)
{
	struct sim_pin *pin = &flow_parent->pins[5];

	(void)device;
	if (call != 1)
		return;
	/* The flow handler's own mask, which the library does not count. */
	pin->masked = false;
	disable_irq_nosync(irq_find_mapping(flow_parent->domain, 5));
}

static void flow_chained_disabled_masked(void)
{
	flow_chain_open(&flow_level, &flow_child_level, IRQF_TRIGGER_HIGH,
			"disabled while its flow handler has it masked");
	flow_device.during = flow_disable_parent_elsewhere;
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	sim_expect_levels("level.mask level.ack child.mask child.ack "
			  "child.handler level.mask child.unmask");
	sim_line_raise(flow_sim, FLOW_LINE);
	flow_settle();
	tap_equal(flow_device.calls, 1, "calls while disabled");
	enable_irq(irq_find_mapping(flow_parent->domain, 5));
	flow_settle();
	tap_equal(flow_device.calls, 2, "calls");
	flow_chain_close();
}

static void flow_edges(void)
{
	const unsigned long rising = IRQF_TRIGGER_RISING;

	flow_once(&flow_edge, rising, "ack handler");
	flow_once(&flow_fasteoi, rising, "handler eoi");
	flow_once(&flow_lpi, rising, "handler eoi");
	flow_once(&flow_simple, rising, "handler");
	flow_locks(&flow_edge, rising);
	flow_locks(&flow_fasteoi, rising);
	flow_unhandled(&flow_edge, rising);
	flow_unhandled(&flow_lpi, rising);
	flow_unhandled(&flow_simple, rising);
	flow_disabled_edge(&flow_edge, "mask ack",
			   "unmask retrigger ack handler");
	flow_disabled_edge(&flow_fasteoi, "mask eoi",
			   "unmask retrigger handler eoi");
	flow_disabled_edge(&flow_simple, "", "retrigger handler");
	flow_self_disabled(&flow_edge, rising, "ack handler", "");
	flow_self_disabled(&flow_lpi, rising, "handler eoi", "");
	flow_no_action(&flow_edge, "ack");
	flow_no_action(&flow_fasteoi, "eoi");
	flow_no_action(&flow_simple, "");
	flow_again_here(&flow_edge,
			"ack handler ack handler ack handler ack handler");
	flow_again_here(&flow_fasteoi,
			"handler eoi handler eoi handler eoi handler eoi");
	flow_again_here(&flow_lpi,
			"handler eoi handler eoi handler eoi handler eoi");
	flow_again_here(&flow_simple, "handler handler handler handler");
}

static void flow_levels(void)
{
	const unsigned long high = IRQF_TRIGGER_HIGH;

	flow_once(&flow_level, high, "mask ack handler unmask");
	flow_once(&flow_fasteoi, high, "handler eoi");
	flow_locks(&flow_level, high);
	flow_unhandled(&flow_level, high);
	flow_shared();
	flow_disabled_level(&flow_level, "mask ack",
			    "unmask mask ack handler unmask");
	flow_disabled_level(&flow_fasteoi, "mask eoi", "unmask handler eoi");
	flow_level_gone();
	flow_self_disabled(&flow_level, high, "mask ack handler",
			   "unmask mask ack handler unmask");
	flow_self_disabled(&flow_fasteoi, high, "handler eoi mask eoi",
			   "unmask handler eoi");
	flow_unlazy();
	flow_no_action(&flow_level, "ack");
	flow_stuck(&flow_level);
	flow_stuck(&flow_fasteoi);
}

static void flow_races(void)
{
	const unsigned long rising = IRQF_TRIGGER_RISING;

	flow_in_progress(&flow_edge, rising,
			 "ack handler mask ack ack unmask handler", 2);
	flow_in_progress(&flow_lpi, rising, "handler eoi eoi handler eoi", 2);
	flow_in_progress(&flow_simple, rising, "handler handler", 2);
	flow_in_progress(&flow_level, IRQF_TRIGGER_HIGH,
			 "mask ack handler ack ack unmask", 1);
	flow_in_progress(&flow_lpi, IRQF_TRIGGER_HIGH, "handler eoi eoi eoi",
			 1);
	flow_in_progress_often();
	flow_in_progress_disabled(&flow_edge, "ack handler mask ack",
				  "unmask retrigger ack handler");
	flow_in_progress_disabled(&flow_lpi, "handler eoi eoi",
				  "retrigger handler eoi");
	flow_moved(&flow_edge,
		   "ack handler set_affinity mask ack unmask retrigger "
		   "ack handler",
		   "fires at its new target while its handler runs (HZ35)");
	flow_moved(&flow_lpi,
		   "handler set_affinity eoi retrigger eoi handler eoi",
		   "fires at its new target while its handler runs (HZ34, "
		   "HZ35)");
	flow_moved_polled();
	flow_no_effective();
	flow_freed_while_running();
}

static void flow_moves(void)
{
	flow_move_later(&flow_edge, IRQF_TRIGGER_RISING,
			"mask set_affinity unmask ack handler", 0);
	flow_move_later(&flow_level, IRQF_TRIGGER_HIGH,
			"mask ack handler set_affinity unmask", 0);
	flow_move_later(&flow_fasteoi, IRQF_TRIGGER_RISING,
			"handler mask set_affinity unmask eoi", 0);
	flow_move_later(&flow_fasteoi, IRQF_TRIGGER_HIGH,
			"handler mask set_affinity unmask eoi", 0);
}

static void flow_oneshots(void)
{
	const unsigned long high = IRQF_TRIGGER_HIGH;

	flow_oneshot(&flow_level, high, "mask ack handler", "unmask");
	flow_oneshot(&flow_fasteoi, high, "mask handler eoi", "unmask");
	flow_oneshot(&flow_edge, IRQF_TRIGGER_RISING, "mask ack handler",
		     "unmask");
	flow_oneshot_move(&flow_edge, IRQF_TRIGGER_RISING,
			  "mask set_affinity unmask mask ack handler");
	flow_oneshot_move(&flow_level, high, "mask ack handler set_affinity");
	flow_oneshot_move(&flow_fasteoi, high, "mask handler set_affinity eoi");
	flow_oneshot_no_wake(&flow_edge, IRQF_TRIGGER_RISING,
			     "mask ack handler unmask");
	flow_oneshot_no_wake(&flow_level, high, "mask ack handler unmask");
	flow_oneshot_no_wake(&flow_fasteoi, high, "mask handler unmask eoi");
	flow_oneshot_disabled();
	flow_oneshot_edge(&flow_lpi, "mask handler eoi eoi eoi",
			  "unmask retrigger mask handler eoi unmask");
	flow_oneshot_edge(&flow_edge, "mask ack handler ack ack",
			  "unmask retrigger mask ack handler unmask");
	flow_oneshot_edge_disabled(&flow_edge, "mask ack handler ack",
				   "unmask retrigger mask ack handler unmask");
	flow_oneshot_edge_disabled(&flow_lpi, "mask handler eoi eoi",
				   "unmask retrigger mask handler unmask eoi");
	flow_oneshot_edge_no_wake(&flow_lpi,
				  "mask handler eoi eoi unmask retrigger eoi "
				  "mask handler unmask eoi");
	flow_oneshot_edge_no_wake(&flow_edge,
				  "mask ack handler ack ack unmask retrigger "
				  "mask ack handler unmask");
}

static void flow_lacking(void)
{
	struct sim_line_info both = flow_fasteoi;
	struct sim_line_info level = flow_level;

	both.name = "edge, nothing to be told";
	both.style = SIM_STYLE_NONE;
	both.flow = handle_edge_irq;
	flow_without(&both, SIM_BASIC_OPS, IRQF_TRIGGER_RISING, "handler");
	both.flow = handle_fasteoi_irq;
	both.name = "fasteoi, nothing to be told";
	flow_without(&both, SIM_BASIC_OPS, IRQF_TRIGGER_HIGH, "handler");
	level.name = "level without ack";
	level.style = SIM_STYLE_NONE;
	flow_without(&level, SIM_BASIC_OPS, IRQF_TRIGGER_HIGH,
		     "mask handler unmask");
	flow_without_mask();
}

static void flow_percpus(void)
{
	flow_percpu_plain(handle_percpu_irq, "ack handler eoi");
	flow_percpu_plain(handle_percpu_devid_irq, "ack handler eoi");
	flow_percpu_plain(handle_percpu_devid_fasteoi_ipi, "ack eoi handler");
	flow_percpu_cookies(handle_percpu_irq, "ack handler eoi", "ack eoi");
	flow_percpu_cookies(handle_percpu_devid_fasteoi_ipi, "ack eoi handler",
			    "ack eoi");
	flow_percpu_bad();
}

static void flow_chains(void)
{
	flow_chained(&flow_level, &flow_child_level, IRQF_TRIGGER_HIGH,
		     "level.mask level.ack child.mask child.ack child.handler "
		     "child.unmask level.unmask");
	flow_chained(&flow_fasteoi, &flow_child_level, IRQF_TRIGGER_HIGH,
		     "child.mask child.ack child.handler child.unmask "
		     "fasteoi.eoi");
	flow_chained(&flow_fasteoi, &flow_child_edge, IRQF_TRIGGER_RISING,
		     "child.ack child.handler fasteoi.eoi");
	flow_chained_several();
	flow_chained_disabled(&flow_level,
			      "level.unmask level.mask level.ack child.mask "
			      "child.ack child.handler child.unmask "
			      "level.unmask");
	flow_chained_disabled(&flow_fasteoi,
			      "fasteoi.unmask child.mask child.ack "
			      "child.handler child.unmask fasteoi.eoi");
	flow_chained_disabled_inside();
	flow_chained_disabled_masked();
}

int main(void)
{
	host_begin();
	host_start(4, NULL);
	flow_edges();
	flow_levels();
	flow_races();
	flow_moves();
	flow_oneshots();
	flow_lacking();
	flow_percpus();
	flow_chains();
	return host_end();
}
