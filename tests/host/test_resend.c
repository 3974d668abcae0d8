/* SPDX-License-Identifier: MIT */
/*
 * What came while it could not be handled: sent again by the controller where
 * that can, else handled by irqkit_poll(); never a level (HZ54, HZ55, HZ56).
 */
#include "host.h"
#include "sim_chip.h"
#include "suites/suite.h"

#define RESEND_LINES 5U

static struct sim_line *resend_sim;
static unsigned int resend_irqs[RESEND_LINES];
static struct sim_device resend_devices[RESEND_LINES];

static const struct sim_line_info resend_capable = {
	.name = "capable",
	.style = SIM_STYLE_ACK,
	.nr_lines = RESEND_LINES,
	.status = IRQ_MOVE_PCNTXT,
};

/* A chip that cannot make an interrupt arrive once more. */
static const struct sim_line_info resend_plain = {
	.name = "plain",
	.style = SIM_STYLE_ACK,
	.nr_lines = RESEND_LINES,
	.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_RETRIGGER),
	.status = IRQ_MOVE_PCNTXT,
};

static void resend_settle(void)
{
	for (unsigned int i = 0; i < 32; i++)
		host_yield();
}

static unsigned int resend_state(unsigned int i)
{
	return irq_get_irq_data(resend_irqs[i])->common->state;
}

static void resend_request(unsigned int i)
{
	tap_equal(request_irq(resend_irqs[i], sim_device_handler,
			      IRQF_TRIGGER_RISING, "resend",
			      &resend_devices[i]),
		  0, "request of line %u", i);
}

static void resend_free(unsigned int i)
{
	tap_equal(free_irq(resend_irqs[i], &resend_devices[i]), 0,
		  "free_irq() of line %u", i);
}

static void resend_map(unsigned int i)
{
	struct cpumask mask;

	irqkit_cpumask_single(&mask, 0);
	resend_irqs[i] = sim_line_map(resend_sim, i);
	irq_set_affinity(resend_irqs[i], &mask);
	resend_devices[i] = (struct sim_device){
		.line = resend_sim,
		.hwirq = i,
	};
}

static void resend_begin(const struct sim_line_info *info, const char *subject)
{
	tap_subject("%s: %s", info->name, subject);
	resend_sim = sim_line_create(info);
	for (unsigned int i = 0; i < RESEND_LINES; i++) {
		resend_map(i);
		resend_request(i);
	}
	sim_reset();
}

static void resend_close(void)
{
	for (unsigned int i = 0; i < RESEND_LINES; i++)
		tap_equal(irq_dispose_mapping(resend_irqs[i]), 0, "disposal");
	tap_equal(irqkit_poll(), 0, "nothing is left for irqkit_poll()");
	sim_line_destroy(resend_sim);
	sim_reset();
	tap_close();
}

static void resend_end(void)
{
	for (unsigned int i = 0; i < RESEND_LINES; i++)
		resend_free(i);
	resend_close();
}

/* An edge that comes while it is disabled. */
static void resend_miss(unsigned int i)
{
	disable_irq_nosync(resend_irqs[i]);
	sim_line_pulse(resend_sim, i);
	resend_settle();
	tap_expect((resend_state(i) & IRQD_PENDING) != 0, "line %u is missed",
		   i);
}

/* And is let go again: queued, with a chip that cannot send it. */
static void resend_queue(unsigned int i)
{
	resend_miss(i);
	tap_equal(enable_irq(resend_irqs[i]), 0, "enable of line %u", i);
}

static void resend_by_controller(void)
{
	resend_begin(&resend_capable, "the controller sends it again, once");
	resend_miss(2);
	sim_forget();
	enable_irq(resend_irqs[2]);
	resend_settle();
	sim_expect("unmask retrigger ack handler");
	tap_equal(resend_devices[2].calls, 1, "calls");
	tap_equal(irqkit_poll(), 0, "nothing for irqkit_poll()");
	disable_irq(resend_irqs[2]);
	enable_irq(resend_irqs[2]);
	sim_expect("");
	resend_end();
}

static void resend_nested(void)
{
	resend_begin(&resend_capable, "after the last of nested disables");
	disable_irq(resend_irqs[1]);
	resend_miss(1);
	sim_forget();
	tap_equal(enable_irq(resend_irqs[1]), 0, "first enable");
	sim_expect("");
	tap_equal(enable_irq(resend_irqs[1]), 0, "second enable");
	resend_settle();
	sim_expect("unmask retrigger ack handler");
	resend_end();
}

static void resend_note_context(struct sim_device *device, unsigned int call)
{
	(void)device;
	(void)call;
	tap_expect(irqkit_port_irqs_disabled(), "interrupts are off");
	tap_equal(irqkit_poll(), -EDEADLK, "irqkit_poll() in a handler");
}

/* Without any call of the chip (HZ56), and as a handler is called. */
static void resend_by_poll(const struct sim_line_info *info, int refusal)
{
	unsigned int irq;

	resend_begin(info, "irqkit_poll() handles it, without the chip (HZ56)");
	irq = resend_irqs[2];
	resend_devices[2].during = resend_note_context;
	sim_fail(SIM_RETRIGGER, refusal != 0, refusal);
	resend_queue(2);
	resend_settle();
	tap_equal(resend_devices[2].calls, 0, "calls before irqkit_poll()");
	tap_expect((resend_state(2) & IRQD_RESEND) != 0, "wanted");
	sim_forget();
	tap_equal(irqkit_poll(), 1, "irqkit_poll()");
	sim_expect("handler");
	tap_expect((resend_state(2) &
		    (IRQD_RESEND | IRQD_PENDING | IRQD_IN_PROGRESS)) == 0,
		   "state afterwards");
	tap_equal((long long)kstat_irqs(irq), 1, "counted when it came");
	tap_expect(!irqkit_port_irqs_disabled(), "interrupts are on again");
	tap_equal(irqkit_poll(), 0, "irqkit_poll() again");
	resend_devices[2].during = NULL;
	resend_end();
}

static void resend_unhandled(void)
{
	unsigned int before = irqkit_unhandled(0);

	resend_begin(&resend_plain, "irqkit_poll(): nobody handles it");
	resend_devices[0].refuses = true;
	resend_queue(0);
	tap_equal(irqkit_poll(), 1, "irqkit_poll()");
	tap_equal(irqkit_unhandled(0) - before, 1, "unhandled");
	resend_end();
}

/* All of the list, and each once. */
static void resend_many(void)
{
	resend_begin(&resend_plain, "several wait");
	for (unsigned int i = 0; i < RESEND_LINES; i++)
		resend_queue(i);
	resend_queue(1);
	tap_equal(irqkit_poll(), RESEND_LINES, "irqkit_poll()");
	for (unsigned int i = 0; i < RESEND_LINES; i++)
		tap_equal(resend_devices[i].calls, 1, "calls of line %u", i);
	resend_end();
}

/* HZ54: shut down while it waits, first, in the middle and last of the list. */
static void resend_shut_down(unsigned int gone, bool requested_again)
{
	resend_begin(&resend_plain, "shut down while it waits (HZ54)");
	for (unsigned int i = 0; i < RESEND_LINES; i++)
		resend_queue(i);
	resend_free(gone);
	tap_expect((resend_state(gone) & (IRQD_RESEND | IRQD_PENDING)) == 0,
		   "not wanted any more");
	if (requested_again)
		resend_request(gone);
	tap_equal(irqkit_poll(), RESEND_LINES - 1, "irqkit_poll()");
	tap_equal(resend_devices[gone].calls, 0, "calls");
	if (!requested_again)
		resend_request(gone);
	tap_equal(irqkit_poll(), 0, "irqkit_poll() after a new request");
	resend_end();
}

/* The slot of one that is freed while in the list may come back at once. */
static void resend_freed(bool queue_again)
{
	resend_begin(&resend_plain,
		     queue_again ? "freed while it waits, made and missed again"
				 : "freed while it waits, and made again");
	resend_queue(0);
	resend_queue(3);
	resend_queue(4);
	resend_free(3);
	tap_equal(irq_dispose_mapping(resend_irqs[3]), 0, "disposal");
	resend_map(3);
	resend_request(3);
	if (queue_again)
		resend_queue(3);
	tap_equal(irqkit_poll(), queue_again ? 3 : 2, "irqkit_poll()");
	tap_equal(resend_devices[3].calls, queue_again, "calls of the new one");
	tap_equal(resend_devices[0].calls, 1, "calls of another");
	tap_equal(resend_devices[4].calls, 1, "calls of another");
	resend_queue(3);
	tap_equal(irqkit_poll(), 1, "irqkit_poll() of the new one");
	tap_equal(resend_devices[3].calls, queue_again + 1, "calls");
	resend_end();
}

/* Disabled once more before the poll: it waits for enable_irq(). */
static void resend_disabled_again(void)
{
	resend_begin(&resend_plain, "disabled again before the poll");
	resend_queue(2);
	disable_irq(resend_irqs[2]);
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	tap_equal(resend_devices[2].calls, 0, "calls");
	tap_expect((resend_state(2) & IRQD_PENDING) != 0, "remembered");
	tap_equal(enable_irq(resend_irqs[2]), 0, "enable");
	tap_equal(irqkit_poll(), 1, "irqkit_poll()");
	tap_equal(resend_devices[2].calls, 1, "calls");
	resend_end();
}

/* While its handlers run elsewhere: these run once more. */
static void resend_poll_elsewhere(struct sim_device *device, unsigned int call)
{
	unsigned int before;

	if (call != 1)
		return;
	before = host_become(1);
	tap_equal(irqkit_poll(), 0, "irqkit_poll() on cpu 1");
	tap_equal(device->inside, 1, "CPUs in the handler");
	host_become(before);
}

static void resend_in_progress(void)
{
	resend_begin(&resend_plain, "polled while its handlers run elsewhere");
	resend_queue(2);
	resend_devices[2].during = resend_poll_elsewhere;
	sim_line_pulse(resend_sim, 2);
	resend_settle();
	tap_equal(resend_devices[2].on[0], 2, "calls on cpu 0");
	tap_equal(resend_devices[2].calls, 2, "calls");
	resend_end();
}

/* It comes at its CPU while another one polls: queued once more. */
static void resend_fire_at_target(struct sim_device *device, unsigned int call)
{
	if (call == 1)
		sim_line_deliver(device->line, device->hwirq, 0);
}

static void resend_polled_elsewhere(void)
{
	unsigned int before;

	resend_begin(&resend_plain, "comes at its CPU while another one polls");
	resend_queue(2);
	resend_devices[2].during = resend_fire_at_target;
	before = host_become(1);
	tap_equal(irqkit_poll(), 1, "irqkit_poll() on cpu 1");
	host_become(before);
	tap_equal(resend_devices[2].on[1], 1, "calls on cpu 1");
	tap_expect((resend_state(2) & IRQD_RESEND) != 0, "wanted once more");
	tap_expect((resend_state(2) & IRQD_MASKED) == 0, "not masked");
	tap_equal(irqkit_poll(), 1, "irqkit_poll() on cpu 0");
	tap_equal(resend_devices[2].on[0], 1, "calls on cpu 0");
	resend_end();
}

/* Queued by a handler of the same poll: the next poll has it. */
static void resend_queue_other(struct sim_device *device, unsigned int call)
{
	(void)device;
	if (call != 1)
		return;
	disable_irq_nosync(resend_irqs[4]);
	sim_line_deliver(resend_sim, 4, 1);
	enable_irq(resend_irqs[4]);
}

static void resend_from_handler(void)
{
	resend_begin(&resend_plain, "queued by a handler that is polled");
	resend_queue(2);
	resend_devices[2].during = resend_queue_other;
	tap_equal(irqkit_poll(), 1, "irqkit_poll()");
	tap_equal(resend_devices[4].calls, 0, "calls of the other");
	tap_equal(irqkit_poll(), 1, "irqkit_poll() again");
	tap_equal(resend_devices[4].calls, 1, "calls of the other");
	resend_end();
}

/* Two CPUs poll at the same time: each interrupt is handled once. */
static int resend_polled;

static void resend_poll_work(void *argument)
{
	(void)argument;
	resend_polled += irqkit_poll();
}

static void resend_yield(struct sim_device *device, unsigned int call)
{
	(void)device;
	(void)call;
	resend_settle();
}

static void resend_two_polls(void)
{
	resend_begin(&resend_plain, "two CPUs poll at the same time");
	resend_polled = 0;
	for (unsigned int i = 0; i < RESEND_LINES; i++) {
		resend_devices[i].during = resend_yield;
		resend_queue(i);
	}
	host_give_work(1, resend_poll_work, NULL);
	host_give_work(2, resend_poll_work, NULL);
	resend_polled += irqkit_poll();
	while (!host_is_idle(1) || !host_is_idle(2))
		host_yield();
	tap_equal(resend_polled, RESEND_LINES, "handled by all");
	for (unsigned int i = 0; i < RESEND_LINES; i++)
		tap_equal(resend_devices[i].calls, 1, "calls of line %u", i);
	resend_end();
}

/* HZ55: an edge that was missed is none when the trigger is a level now. */
static void resend_level(const struct sim_line_info *info)
{
	resend_begin(info, "never a level (HZ55)");
	resend_miss(2);
	tap_equal(irq_set_irq_type(resend_irqs[2], IRQ_TYPE_LEVEL_HIGH), 0,
		  "to a level");
	sim_forget();
	tap_equal(enable_irq(resend_irqs[2]), 0, "enable");
	sim_expect("unmask");
	tap_expect((resend_state(2) & (IRQD_PENDING | IRQD_RESEND)) == 0,
		   "nothing is wanted");
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	tap_equal(resend_devices[2].calls, 0, "calls");
	resend_end();
}

/* What came before a handler was there is no business of irqkit_poll() then. */
static void resend_no_action(void)
{
	resend_begin(&resend_plain, "freed after it was missed");
	resend_miss(2);
	resend_free(2);
	tap_expect((resend_state(2) & IRQD_PENDING) == 0, "forgotten");
	resend_request(2);
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	tap_equal(resend_devices[2].calls, 0, "calls");
	resend_end();
}

static irqreturn_t resend_thread(unsigned int irq, void *dev_id)
{
	struct sim_device *device = dev_id;

	(void)irq;
	device->keeps = true; /* it ran */
	return IRQ_HANDLED;
}

static void resend_fire_elsewhere(struct sim_device *device, unsigned int call)
{
	if (call == 1)
		sim_line_deliver(device->line, device->hwirq, 1);
}

/*
 * Masked by the poll until its thread is done: what comes elsewhere meanwhile
 * is handled after that.
 */
static void resend_oneshot(void)
{
	struct sim_device *device = &resend_devices[2];

	resend_begin(&resend_plain, "one-shot, and comes elsewhere meanwhile");
	resend_free(2);
	tap_equal(request_threaded_irq(
			  resend_irqs[2], sim_device_handler, resend_thread,
			  IRQF_TRIGGER_RISING | IRQF_ONESHOT, "resend", device),
		  0, "request");
	device->answer = IRQ_WAKE_THREAD;
	device->during = resend_fire_elsewhere;
	resend_queue(2);
	tap_equal(irqkit_poll(), 1, "irqkit_poll()");
	tap_expect((resend_state(2) & IRQD_MASKED) != 0,
		   "masked while the thread waits");
	tap_equal(device->calls, 1, "calls");
	tap_equal(irqkit_poll(), 0, "another poll, while the thread waits");
	host_run_deferred();
	tap_expect(device->keeps, "the thread ran");
	tap_expect((resend_state(2) & IRQD_MASKED) == 0, "masked no more");
	tap_equal(irqkit_poll(), 1, "what came elsewhere");
	tap_equal(device->calls, 2, "calls then");
	host_run_deferred();
	tap_expect((resend_state(2) & IRQD_MASKED) == 0, "masked no more");
	resend_end();
}

static unsigned int resend_chained_calls;

static void resend_chained_handler(struct irq_desc *desc)
{
	chained_irq_enter(desc);
	resend_chained_calls++;
	chained_irq_exit(desc);
}

/* A line that came too early and then gets a flow handler of its own. */
static void resend_chained(void)
{
	resend_begin(&resend_plain, "missed, and then chained");
	resend_free(2);
	sim_line_deliver(resend_sim, 2, 1);
	tap_expect((resend_state(2) & IRQD_PENDING) != 0, "missed");
	tap_equal(irq_set_chained_handler_and_data(
			  resend_irqs[2], resend_chained_handler, NULL),
		  0, "chain");
	tap_expect(irqkit_poll() >= 0, "irqkit_poll()");
	tap_equal(irq_set_chained_handler_and_data(resend_irqs[2], NULL, NULL),
		  0, "end of the chain");
	resend_request(2);
	resend_end();
}

/* Through a hierarchy, to where the interrupt is now. */
static void resend_message(void)
{
	struct sim_message *sim = sim_message_create(4, 8, IRQ_MOVE_PCNTXT);
	int irq = sim_message_alloc(sim, 1, NULL);
	struct sim_device device = {.line = NULL};
	struct cpumask mask;
	unsigned int message;

	tap_subject("message: the vector is raised again where it is now");
	message = sim_message_of(sim, (unsigned int)irq);
	tap_equal(request_irq((unsigned int)irq, sim_device_handler, 0, "m",
			      &device),
		  0, "request");
	disable_irq((unsigned int)irq);
	sim_message_fire(sim, message);
	resend_settle();
	tap_equal(device.calls, 0, "calls while disabled");
	irqkit_cpumask_single(&mask, 3);
	tap_equal(irq_set_affinity((unsigned int)irq, &mask), 0, "move");
	sim_forget();
	tap_equal(enable_irq((unsigned int)irq), 0, "enable");
	resend_settle();
	sim_expect_levels("msi.unmask vector.retrigger vector.ack "
			  "msi.handler");
	tap_equal(device.on[3], 1, "calls on cpu 3");
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	free_irq((unsigned int)irq, &device);
	irq_domain_free_irqs((unsigned int)irq, 1);
	tap_equal(irq_matrix_allocated(sim->matrix), 0, "vectors taken");
	tap_equal(irq_matrix_reserved(sim->matrix), 0, "vectors promised");
	tap_equal((long long)(sim->spurious + sim->lost), 0, "spurious, lost");
	tap_close();
	sim_reset();
}

int main(void)
{
	host_begin();
	host_start(4, NULL);
	resend_by_controller();
	resend_nested();
	resend_by_poll(&resend_plain, 0);
	resend_by_poll(&resend_capable, -EBUSY);
	resend_unhandled();
	resend_many();
	for (unsigned int i = 0; i < RESEND_LINES; i += 2)
		resend_shut_down(i, i != 0);
	resend_freed(false);
	resend_freed(true);
	resend_disabled_again();
	resend_in_progress();
	resend_polled_elsewhere();
	resend_from_handler();
	resend_two_polls();
	resend_level(&resend_capable);
	resend_level(&resend_plain);
	resend_no_action();
	resend_oneshot();
	resend_chained();
	resend_message();
	return host_end();
}
