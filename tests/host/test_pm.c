/* SPDX-License-Identifier: MIT */
/*
 * Suspend and resume (H16, HZ14, HZ55): what is held back and what is not, that
 * nothing is lost meanwhile and nothing handled twice, and wake-ups, which are
 * seen whenever they come. Managed interrupts are in test_managed.c.
 */
#include <irqkit/pm.h>
#include <string.h>
#include "sim_chip.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define PM_CPUS	 4U
#define PM_LINE	 3U /* of the device most tests have */
#define PM_OTHER 5U
#define PM_TIMES 10000U

static struct sim_line *pm_sim;
static struct sim_device pm_device;
static struct sim_device pm_second;
static unsigned int pm_irq;

static const struct sim_line_info pm_edge = {
	.name = "edge",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info pm_level = {
	.name = "level",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
	.flow = handle_level_irq,
};

static const struct sim_line_info pm_fasteoi = {
	.name = "fasteoi",
	.style = SIM_STYLE_EOI,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info pm_lpi = {
	.name = "lpi",
	.style = SIM_STYLE_LPI,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info pm_simple = {
	.name = "simple",
	.style = SIM_STYLE_NONE,
	.nr_lines = 8,
	.status = IRQ_MOVE_PCNTXT,
};

/* Cannot raise an interrupt again: irqkit_poll() has to. */
static const struct sim_line_info pm_polled = {
	.name = "polled",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_RETRIGGER),
	.status = IRQ_MOVE_PCNTXT,
};

static const struct sim_line_info pm_masked = {
	.name = "masked",
	.style = SIM_STYLE_ACK,
	.nr_lines = 8,
	.chip_flags = IRQCHIP_MASK_ON_SUSPEND,
	.status = IRQ_MOVE_PCNTXT,
};

static void pm_settle(void)
{
	for (unsigned int i = 0; i < 32; i++)
		host_yield();
}

static void pm_relax_until(const unsigned int *value, unsigned int wanted)
{
	for (unsigned int i = 0; i < PM_TIMES && *value != wanted; i++)
		irqkit_port_relax();
	if (*value != wanted)
		host_violation("a wait of this test has no end");
}

static unsigned int pm_state_of(unsigned int irq)
{
	return irq_get_irq_data(irq)->common->state;
}

static unsigned int pm_state(void)
{
	return pm_state_of(pm_irq);
}

static void pm_expect_state(unsigned int set, unsigned int clear,
			    const char *when)
{
	tap_expect((pm_state() & (set | clear)) == set,
		   "%s: state 0x%x, of 0x%x expected 0x%x", when, pm_state(),
		   set | clear, set);
}

static void pm_expect_woken(unsigned int irq, bool pending, const char *when)
{
	tap_equal(irqkit_pm_wakeup_irq(), irq, "%s: wake-up irq", when);
	tap_equal(irqkit_pm_wakeup_pending(), pending, "%s: pending", when);
}

static int pm_request(unsigned int irq, unsigned long flags,
		      struct sim_device *device)
{
	return request_irq(irq, sim_device_handler, flags, "pm", device);
}

static void pm_open(const struct sim_line_info *info, const char *subject)
{
	tap_subject("%s: %s", info->name, subject);
	pm_sim = sim_line_create(info);
	pm_irq = sim_line_map(pm_sim, PM_LINE);
	pm_device = (struct sim_device){.line = pm_sim, .hwirq = PM_LINE};
	pm_second = (struct sim_device){.line = pm_sim, .hwirq = PM_LINE};
}

/* Requested, and aimed at CPU 0: calls forgotten. */
static void pm_begin(const struct sim_line_info *info, unsigned long flags,
		     const char *subject)
{
	const struct cpumask boot = stub_cpus(1);

	pm_open(info, subject);
	tap_equal(irq_set_affinity(pm_irq, &boot), 0, "aimed at cpu 0");
	tap_equal(pm_request(pm_irq, flags, &pm_device), 0, "request");
	sim_reset();
}

static void pm_close(void)
{
	tap_equal(resume_device_irqs(), -EINVAL, "left suspended");
	tap_equal(irq_dispose_mapping(pm_irq), 0, "disposal");
	sim_line_destroy(pm_sim);
	sim_reset();
	tap_close();
}

static void pm_end(void)
{
	tap_equal(free_irq(pm_irq, &pm_device), 0, "free");
	pm_expect_state(0,
			IRQD_SUSPENDED | IRQD_WAKEUP_ARMED | IRQD_PENDING |
				IRQD_STARTED,
			"at the end");
	pm_close();
}

static void pm_suspend(void)
{
	tap_equal(suspend_device_irqs(), 0, "suspend");
}

static void pm_resume(void)
{
	tap_equal(resume_device_irqs(), 0, "resume");
}

/* The device does what makes an interrupt of the kind. */
static void pm_fire(unsigned long flags)
{
	if ((flags & IRQF_TRIGGER_HIGH) != 0)
		sim_line_raise(pm_sim, PM_LINE);
	else
		sim_line_pulse(pm_sim, PM_LINE);
	pm_settle();
}

/* ---- held back */

struct pm_kind {
	const struct sim_line_info *info;
	unsigned long flags;
	const char *held;    /* calls when it fires while it is suspended */
	const char *resumed; /* and when it is handled after that */
};

static const struct pm_kind pm_kinds[] = {
	{&pm_edge, IRQF_TRIGGER_RISING, "mask ack",
	 "unmask retrigger ack handler"},
	{&pm_level, IRQF_TRIGGER_HIGH, "mask ack",
	 "unmask mask ack handler unmask"},
	{&pm_fasteoi, IRQF_TRIGGER_RISING, "mask eoi",
	 "unmask retrigger handler eoi"},
	{&pm_fasteoi, IRQF_TRIGGER_HIGH, "mask eoi", "unmask handler eoi"},
	{&pm_lpi, IRQF_TRIGGER_RISING, "mask eoi",
	 "unmask retrigger handler eoi"},
	{&pm_simple, IRQF_TRIGGER_RISING, "", "retrigger handler"},
	{&pm_polled, IRQF_TRIGGER_RISING, "mask ack", "unmask handler"},
};
#define PM_KINDS (sizeof(pm_kinds) / sizeof(pm_kinds[0]))

static void pm_kept(const struct pm_kind *kind)
{
	pm_begin(kind->info, kind->flags,
		 "what comes while it is suspended is handled once, later");
	pm_suspend();
	sim_expect("");
	pm_expect_state(IRQD_SUSPENDED | IRQD_DISABLED,
			IRQD_WAKEUP_ARMED | IRQD_MASKED, "suspended");
	pm_fire(kind->flags);
	sim_expect(kind->held);
	tap_equal(irqkit_poll(), 0, "nothing to poll");
	pm_expect_woken(0, false, "not one that wakes");
	pm_resume();
	tap_equal(irqkit_poll(), kind->info == &pm_polled, "polled");
	pm_settle();
	sim_expect(kind->resumed);
	tap_equal(pm_device.calls, 1, "calls");
	pm_expect_state(0,
			IRQD_SUSPENDED | IRQD_DISABLED | IRQD_MASKED |
				IRQD_PENDING | IRQD_RESEND,
			"resumed");
	pm_fire(kind->flags);
	tap_equal(pm_device.calls, 2, "calls, the next");
	pm_end();
}

/* Nothing comes, so nothing is done afterwards. */
static void pm_quiet(void)
{
	pm_begin(&pm_edge, 0, "nothing came, nothing is handled");
	pm_suspend();
	pm_resume();
	pm_settle();
	tap_equal(irqkit_poll(), 0, "polled");
	sim_expect("");
	tap_equal(pm_device.calls, 0, "calls");
	pm_end();
}

/* A second edge stays in the controller: together they are one. */
static void pm_twice(void)
{
	pm_begin(&pm_edge, IRQF_TRIGGER_RISING, "two edges are one");
	pm_suspend();
	pm_fire(0);
	pm_fire(0);
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	pm_end();
}

/* Not lazily: the controller keeps what comes. */
static void pm_mask_on_suspend(void)
{
	pm_begin(&pm_masked, IRQF_TRIGGER_RISING, "masked while suspended");
	pm_suspend();
	sim_expect("mask");
	pm_fire(0);
	sim_expect("");
	pm_resume();
	pm_settle();
	sim_expect("unmask ack handler");
	tap_equal(pm_device.calls, 1, "calls");
	tap_equal(irq_set_irq_wake(pm_irq, true), 0, "wake");
	sim_forget();
	pm_suspend();
	sim_expect("");
	pm_fire(0);
	pm_expect_woken(pm_irq, true, "one that wakes is not masked");
	pm_resume();
	pm_end();
}

/* ---- wake-ups */

static void pm_wakes(const struct pm_kind *kind)
{
	pm_begin(kind->info, kind->flags, "a wake-up is noted, handled later");
	tap_equal(irq_set_irq_wake(pm_irq, true), 0, "wake");
	sim_forget();
	pm_fire(kind->flags);
	tap_equal(pm_device.calls, 1, "calls before");
	sim_forget();
	pm_suspend();
	sim_expect("");
	pm_expect_state(IRQD_SUSPENDED | IRQD_DISABLED | IRQD_WAKEUP_ARMED,
			IRQD_MASKED, "armed");
	pm_expect_woken(0, false, "asleep");
	pm_fire(kind->flags);
	sim_expect(kind->held);
	pm_expect_woken(pm_irq, true, "awake");
	pm_expect_state(IRQD_SUSPENDED, IRQD_WAKEUP_ARMED, "awake");
	tap_equal(pm_device.calls, 1, "not handled yet");
	pm_resume();
	irqkit_poll();
	pm_settle();
	sim_expect(kind->resumed);
	tap_equal(pm_device.calls, 2, "handled once");
	pm_expect_woken(pm_irq, false, "resumed");
	pm_suspend();
	pm_expect_woken(0, false, "asleep again");
	pm_resume();
	pm_end();
}

/* The first is what a person wants to know. */
static void pm_first(void)
{
	unsigned int other;

	pm_begin(&pm_edge, 0, "of two wake-ups the first is told");
	other = sim_line_map(pm_sim, PM_OTHER);
	pm_second.hwirq = PM_OTHER;
	tap_equal(pm_request(other, 0, &pm_second), 0, "request");
	irq_set_irq_wake(pm_irq, true);
	irq_set_irq_wake(other, true);
	pm_suspend();
	sim_line_pulse(pm_sim, PM_OTHER);
	pm_settle();
	pm_expect_woken(other, true, "the first");
	pm_fire(0);
	pm_expect_woken(other, true, "the second");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls of one");
	tap_equal(pm_second.calls, 1, "calls of the other");
	free_irq(other, &pm_second);
	irq_dispose_mapping(other);
	pm_end();
}

/* It came before, and would not come again: too late to sleep. */
static void pm_wake_was_left(void)
{
	pm_begin(&pm_polled, IRQF_TRIGGER_RISING,
		 "what waits for irqkit_poll() is a wake-up");
	irq_set_irq_wake(pm_irq, true);
	disable_irq(pm_irq);
	pm_fire(0);
	tap_equal(enable_irq(pm_irq), 0, "enable");
	pm_expect_state(IRQD_RESEND, IRQD_DISABLED, "enabled");
	pm_suspend();
	pm_expect_woken(pm_irq, true, "at once");
	tap_equal(irqkit_poll(), 0, "polled while suspended");
	tap_equal(pm_device.calls, 0, "calls while suspended");
	pm_resume();
	irqkit_poll();
	tap_equal(irqkit_poll(), 0, "once only");
	tap_equal(pm_device.calls, 1, "calls");
	pm_end();
}

/* The same without a poll in between, and for one that does not wake. */
static void pm_left(bool wakes)
{
	pm_begin(&pm_polled, IRQF_TRIGGER_RISING,
		 wakes ? "a wake-up that waits to be polled is not lost"
		       : "what waits to be polled is not lost");
	if (wakes)
		irq_set_irq_wake(pm_irq, true);
	disable_irq(pm_irq);
	pm_fire(0);
	enable_irq(pm_irq);
	pm_suspend();
	tap_equal(irqkit_pm_wakeup_irq(), wakes ? pm_irq : 0, "wake-up");
	pm_resume();
	tap_equal(irqkit_poll(), 1, "polled");
	tap_equal(irqkit_poll(), 0, "once only");
	tap_equal(pm_device.calls, 1, "calls");
	pm_end();
}

/* On CPU 2: the line fires at CPU 1, before and after it is suspended. */
static unsigned int pm_inside;
static bool pm_fire_early;

static void pm_slow_handler(struct sim_device *device, unsigned int call)
{
	if (call != 1)
		return;
	if (pm_fire_early)
		sim_line_deliver(device->line, PM_LINE, 1);
	pm_inside = 1;
	for (unsigned int i = 0;
	     i < PM_TIMES && (pm_state() & IRQD_SUSPENDED) == 0; i++)
		irqkit_port_relax();
	for (unsigned int i = 0; i < 100; i++)
		irqkit_port_relax();
	if (!pm_fire_early)
		sim_line_deliver(device->line, PM_LINE, 1);
	pm_inside = 2;
}

static void pm_waits_for_handlers(const struct sim_line_info *info, bool early,
				  bool wakes)
{
	const struct cpumask mask = stub_cpus(4);

	pm_begin(info, IRQF_TRIGGER_RISING,
		 "suspend waits for a handler that another CPU runs");
	tap_equal(irq_set_affinity(pm_irq, &mask), 0, "aimed at cpu 2");
	if (wakes)
		irq_set_irq_wake(pm_irq, true);
	pm_device.during = pm_slow_handler;
	pm_fire_early = early;
	pm_inside = 0;
	sim_line_pulse(pm_sim, PM_LINE);
	pm_relax_until(&pm_inside, 1);
	pm_suspend();
	tap_equal(pm_inside, 2, "the handler has returned");
	tap_equal(pm_device.calls, 1, "calls while suspended");
	pm_expect_woken(wakes ? pm_irq : 0, wakes, "it had fired again");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 2, "calls");
	pm_end();
}

/* Disabled by its driver it wakes as well, and stays disabled. */
static void pm_wakes_disabled(unsigned int status)
{
	bool masked = (status & IRQ_DISABLE_UNLAZY) != 0;

	pm_begin(&pm_edge, IRQF_TRIGGER_RISING,
		 masked ? "one that is disabled and masked can wake"
			: "one that is disabled can wake");
	irq_set_status_flags(pm_irq, status);
	irq_set_irq_wake(pm_irq, true);
	disable_irq(pm_irq);
	tap_equal(irqd_irq_masked(irq_get_irq_data(pm_irq)), masked, "masked");
	if (!masked)
		pm_fire(0);
	sim_forget();
	pm_suspend();
	sim_expect("unmask");
	pm_expect_woken(0, false, "what came before was not to be handled");
	pm_fire(0);
	pm_expect_woken(pm_irq, true, "fired");
	pm_resume();
	pm_expect_state(IRQD_DISABLED | IRQD_PENDING | IRQD_MASKED, 0,
			"resumed");
	tap_equal(pm_device.calls, 0, "calls");
	tap_equal(enable_irq(pm_irq), 0, "enable");
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	irq_clear_status_flags(pm_irq, status);
	pm_end();
}

static void pm_masked_again(void)
{
	pm_begin(&pm_edge, 0, "one that may not stay unmasked is masked again");
	irq_set_status_flags(pm_irq, IRQ_DISABLE_UNLAZY);
	irq_set_irq_wake(pm_irq, true);
	disable_irq(pm_irq);
	sim_forget();
	pm_suspend();
	sim_expect("unmask");
	pm_resume();
	sim_expect("mask");
	enable_irq(pm_irq);
	sim_expect("unmask");
	pm_suspend();
	sim_expect("");
	pm_resume();
	sim_expect("");
	pm_end();
}

/* Without a start the controller lets nothing through. */
static void pm_never_enabled(void)
{
	pm_begin(&pm_edge, IRQF_NO_AUTOEN, "never enabled, it does not wake");
	irq_set_irq_wake(pm_irq, true);
	sim_forget();
	pm_suspend();
	sim_expect("");
	pm_expect_state(IRQD_SUSPENDED, IRQD_WAKEUP_ARMED, "suspended");
	pm_resume();
	sim_expect("");
	pm_expect_state(IRQD_DISABLED, IRQD_STARTED, "resumed");
	tap_equal(enable_irq(pm_irq), 0, "enable");
	pm_expect_state(IRQD_STARTED, IRQD_DISABLED, "enabled");
	pm_end();
}

static void pm_wake_changes(void)
{
	pm_begin(&pm_edge, 0, "wake set and cleared while suspended");
	irq_set_irq_wake(pm_irq, true);
	pm_suspend();
	tap_equal(irq_set_irq_wake(pm_irq, false), 0, "off");
	pm_expect_state(IRQD_SUSPENDED, IRQD_WAKEUP_ARMED, "off");
	pm_fire(0);
	pm_expect_woken(0, false, "off");
	tap_equal(irq_set_irq_wake(pm_irq, true), 0, "on");
	pm_expect_state(IRQD_SUSPENDED, IRQD_WAKEUP_ARMED, "on");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	pm_suspend();
	pm_expect_state(IRQD_WAKEUP_ARMED, 0, "the next time");
	pm_resume();
	pm_end();
}

/* An inner call does not disarm it. */
static void pm_wake_nests(void)
{
	unsigned int i;

	pm_begin(&pm_edge, 0, "wakes nest, up to 65535");
	for (i = 0; i < 65535U && irq_set_irq_wake(pm_irq, true) == 0; i++)
		;
	tap_equal(i, 65535, "calls that nest");
	tap_equal(irq_set_irq_wake(pm_irq, true), -EBUSY, "one more");
	tap_equal(sim_count(SIM_SET_WAKE), 1, "the controller was told");
	pm_suspend();
	tap_equal(irq_set_irq_wake(pm_irq, false), 0, "one less");
	pm_expect_state(IRQD_WAKEUP | IRQD_WAKEUP_ARMED, 0, "still armed");
	pm_resume();
	for (i = 0; irq_set_irq_wake(pm_irq, false) == 0; i++)
		;
	tap_equal(i, 65534, "calls back");
	pm_end();
}

/* What a dying CPU had latched is forwarded: it came. */
static void pm_forwarded(void)
{
	unsigned long state;

	pm_begin(&pm_edge, IRQF_TRIGGER_RISING,
		 "a wake-up that a dying CPU had latched");
	irq_set_irq_wake(pm_irq, true);
	pm_suspend();
	state = irqkit_port_irq_save();
	tap_equal(irqkit_forward_irq(irq_to_desc(pm_irq)), 0, "forward");
	irqkit_port_irq_restore(state);
	pm_expect_woken(pm_irq, true, "forwarded");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	pm_end();
}

/* ---- what goes on */

static void pm_no_suspend(void)
{
	pm_begin(&pm_edge, IRQF_NO_SUSPEND, "IRQF_NO_SUSPEND goes on");
	irq_set_irq_wake(pm_irq, true);
	pm_suspend();
	pm_expect_state(0, IRQD_SUSPENDED | IRQD_DISABLED | IRQD_WAKEUP_ARMED,
			"while others are suspended");
	pm_fire(0);
	tap_equal(pm_device.calls, 1, "calls");
	pm_expect_woken(0, false, "it is no wake-up");
	tap_equal(disable_irq(pm_irq), 0, "disable");
	pm_resume();
	pm_expect_state(IRQD_DISABLED, 0, "its own disable stays");
	tap_equal(enable_irq(pm_irq), 0, "enable");
	pm_end();
}

/* The child is a device's; what it is behind is not. */
static void pm_chained(void)
{
	struct sim_line *parent = sim_line_create(&pm_fasteoi);

	pm_begin(&pm_level, IRQF_TRIGGER_HIGH, "a chained one goes on");
	tap_equal(sim_cascade_connect(pm_sim, parent, 1), 0, "connect");
	irq_set_irq_wake(pm_irq, true);
	pm_suspend();
	tap_equal(pm_state_of(irq_find_mapping(parent->domain, 1)) &
			  (IRQD_SUSPENDED | IRQD_DISABLED),
		  0, "the parent");
	pm_fire(IRQF_TRIGGER_HIGH);
	pm_expect_woken(pm_irq, true, "through the parent");
	tap_equal(pm_device.calls, 0, "calls while suspended");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	tap_equal(free_irq(pm_irq, &pm_device), 0, "free");
	tap_equal(sim_cascade_disconnect(pm_sim), 0, "disconnect");
	irq_dispose_mapping(irq_find_mapping(parent->domain, 1));
	sim_line_destroy(parent);
	pm_close();
}

static void pm_per_cpu(void)
{
	struct sim_percpu *sim = sim_percpu_create("percpu", 4, NULL);
	struct sim_device device = {.line = NULL};
	unsigned int irq = sim_percpu_map(sim, 2);

	tap_subject("a per-CPU interrupt goes on");
	tap_equal(pm_request(irq, IRQF_PERCPU, &device), 0, "request");
	for (unsigned int cpu = 0; cpu < PM_CPUS; cpu++)
		sim->pins[cpu][2].masked = false;
	pm_suspend();
	tap_equal(pm_state_of(irq) & IRQD_SUSPENDED, 0, "state");
	sim_percpu_raise(sim, 2, 1);
	pm_settle();
	tap_equal(device.calls, 1, "calls");
	pm_resume();
	for (unsigned int cpu = 0; cpu < PM_CPUS; cpu++)
		sim->pins[cpu][2].masked = true;
	tap_equal(free_irq(irq, &device), 0, "free");
	irq_dispose_mapping(irq);
	sim_percpu_destroy(sim);
	tap_close();
}

/* ---- shared */

static void pm_share(unsigned long first, unsigned long second, int result)
{
	first |= IRQF_SHARED;
	second |= IRQF_SHARED;
	tap_equal(pm_request(pm_irq, first, &pm_device), 0, "request of 0x%lx",
		  first);
	tap_equal(pm_request(pm_irq, second, &pm_second), result,
		  "0x%lx joins 0x%lx", second, first);
	pm_suspend();
	tap_equal((pm_state() & IRQD_SUSPENDED) == 0,
		  ((first | (result == 0 ? second : 0)) & IRQF_NO_SUSPEND) != 0,
		  "0x%lx and 0x%lx go on", first, second);
	pm_resume();
	tap_equal(free_irq(pm_irq, &pm_second), result == 0 ? 0 : -EINVAL,
		  "free of the second");
	tap_equal(free_irq(pm_irq, &pm_device), 0, "free");
}

static void pm_sharing(void)
{
	pm_open(&pm_level, "those who share agree on suspend, or bear it");
	pm_share(0, 0, 0);
	pm_share(IRQF_NO_SUSPEND, IRQF_NO_SUSPEND, 0);
	pm_share(IRQF_NO_SUSPEND, 0, -EBUSY);
	pm_share(0, IRQF_NO_SUSPEND, -EBUSY);
	pm_share(IRQF_NO_SUSPEND, IRQF_COND_SUSPEND, 0);
	pm_share(IRQF_COND_SUSPEND, IRQF_NO_SUSPEND, 0);
	pm_share(IRQF_COND_SUSPEND, 0, 0);
	pm_share(IRQF_COND_SUSPEND, IRQF_COND_SUSPEND, 0);
	pm_share(IRQF_NO_SUSPEND | IRQF_COND_SUSPEND, 0, -EBUSY);
	pm_close();
}

static void pm_sharing_goes_on(void)
{
	pm_begin(&pm_level, IRQF_SHARED | IRQF_COND_SUSPEND,
		 "IRQF_COND_SUSPEND is called for one that goes on");
	pm_second.keeps = true;
	tap_equal(pm_request(pm_irq, IRQF_SHARED | IRQF_NO_SUSPEND, &pm_second),
		  0, "request");
	tap_equal(irq_set_irq_type(pm_irq, IRQ_TYPE_LEVEL_HIGH), 0, "type");
	pm_suspend();
	pm_fire(IRQF_TRIGGER_HIGH);
	tap_equal(pm_device.calls, 1, "calls of one");
	tap_equal(pm_second.calls, 1, "calls of the other");
	pm_resume();
	tap_equal(free_irq(pm_irq, &pm_second), 0, "free");
	pm_suspend();
	pm_expect_state(IRQD_SUSPENDED, 0, "alone it is suspended");
	pm_resume();
	pm_end();
}

/* ---- come and gone meanwhile */

static void pm_requested_meanwhile(void)
{
	unsigned int other;

	pm_begin(&pm_level, IRQF_SHARED,
		 "requested while others are suspended");
	other = sim_line_map(pm_sim, PM_OTHER);
	irq_set_irq_type(pm_irq, IRQ_TYPE_LEVEL_HIGH);
	irq_set_irq_type(other, IRQ_TYPE_LEVEL_HIGH);
	pm_suspend();
	tap_equal(pm_request(other, 0, &pm_second), 0, "a new one");
	tap_equal(pm_state_of(other) & (IRQD_SUSPENDED | IRQD_DISABLED), 0,
		  "the new one runs");
	tap_equal(pm_request(pm_irq, IRQF_SHARED, &pm_second), 0, "one joins");
	pm_expect_state(IRQD_SUSPENDED | IRQD_DISABLED, 0,
			"it waits with the first");
	pm_fire(IRQF_TRIGGER_HIGH);
	tap_equal(pm_device.calls + pm_second.calls, 0, "calls");
	tap_equal(free_irq(pm_irq, &pm_second), 0, "it leaves");
	pm_expect_state(IRQD_SUSPENDED | IRQD_DISABLED, 0, "the first waits");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	tap_equal(irq_to_desc(other)->depth, 0, "depth of the new one");
	free_irq(other, &pm_second);
	irq_dispose_mapping(other);
	pm_end();
}

/* All of it ends with the last handler; the next request begins anew. */
static void pm_freed_meanwhile(bool wakes, bool disabled)
{
	pm_begin(&pm_edge, 0, "freed and requested again while suspended");
	if (wakes)
		irq_set_irq_wake(pm_irq, true);
	if (disabled)
		disable_irq(pm_irq);
	pm_suspend();
	tap_equal(free_irq(pm_irq, &pm_device), 0, "free");
	pm_expect_state(IRQD_DISABLED, IRQD_SUSPENDED | IRQD_WAKEUP_ARMED,
			"freed");
	tap_equal(irq_to_desc(pm_irq)->depth, 1, "depth");
	tap_equal(pm_request(pm_irq, 0, &pm_device), 0, "request");
	pm_fire(0);
	tap_equal(pm_device.calls, 1, "calls while others are suspended");
	pm_expect_woken(0, false, "freed");
	pm_resume();
	tap_equal(irq_to_desc(pm_irq)->depth, 0, "depth");
	tap_equal(enable_irq(pm_irq), -EINVAL, "enable");
	pm_end();
}

/* ---- disables of the driver */

static void pm_disables(void)
{
	pm_begin(&pm_edge, 0, "disables and suspend in any order");
	tap_equal(disable_irq(pm_irq), 0, "disable");
	pm_suspend();
	tap_equal(irq_to_desc(pm_irq)->depth, 2, "depth");
	tap_equal(enable_irq(pm_irq), 0, "enable");
	tap_equal(enable_irq(pm_irq), -EINVAL, "suspend is not the driver's");
	pm_fire(0);
	tap_equal(pm_device.calls, 0, "calls while suspended");
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	pm_suspend();
	tap_equal(disable_irq(pm_irq), 0, "disable");
	pm_fire(0);
	pm_resume();
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls while disabled");
	tap_equal(enable_irq(pm_irq), 0, "enable");
	pm_settle();
	tap_equal(pm_device.calls, 2, "calls");
	pm_end();
}

/* ---- early */

static void pm_early(void)
{
	unsigned int other;

	pm_begin(&pm_edge, IRQF_EARLY_RESUME, "IRQF_EARLY_RESUME comes first");
	other = sim_line_map(pm_sim, PM_OTHER);
	tap_equal(pm_request(other, 0, &pm_second), 0, "request");
	tap_equal(irqkit_resume_early_irqs(), -EINVAL, "not suspended");
	pm_suspend();
	pm_fire(0);
	tap_equal(irqkit_resume_early_irqs(), 0, "early");
	pm_settle();
	tap_equal(pm_device.calls, 1, "calls");
	pm_expect_state(0, IRQD_SUSPENDED | IRQD_DISABLED, "early");
	tap_expect((pm_state_of(other) & IRQD_SUSPENDED) != 0, "the other");
	tap_equal(suspend_device_irqs(), -EBUSY, "still suspended");
	tap_equal(irqkit_resume_early_irqs(), 0, "early, again");
	pm_resume();
	tap_equal(irq_to_desc(pm_irq)->depth, 0, "depth");
	tap_equal(irq_to_desc(other)->depth, 0, "depth of the other");
	free_irq(other, &pm_second);
	irq_dispose_mapping(other);
	pm_end();
}

/* ---- threads */

static unsigned int pm_thread_runs;
static int pm_thread_result;

static irqreturn_t pm_thread(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	pm_thread_runs++;
	return IRQ_HANDLED;
}

/* What a one-shot interrupt was held masked for is done. */
static void pm_waits_for_threads(bool wakes)
{
	pm_open(&pm_level, "suspend waits for threads");
	tap_equal(request_threaded_irq(pm_irq, NULL, pm_thread,
				       IRQF_ONESHOT | IRQF_TRIGGER_HIGH, "pm",
				       &pm_device),
		  0, "request");
	if (wakes)
		irq_set_irq_wake(pm_irq, true);
	pm_thread_runs = 0;
	sim_line_raise(pm_sim, PM_LINE);
	pm_settle();
	sim_line_lower(pm_sim, PM_LINE);
	sim_reset();
	pm_suspend();
	tap_equal(pm_thread_runs, 1, "runs");
	sim_expect(wakes ? "unmask" : "");
	sim_line_raise(pm_sim, PM_LINE);
	pm_settle();
	pm_expect_woken(wakes ? pm_irq : 0, wakes, "the next");
	pm_resume();
	pm_settle();
	sim_line_lower(pm_sim, PM_LINE);
	tap_equal(host_run_deferred(), 1, "the next one's");
	tap_equal(pm_thread_runs, 2, "runs");
	pm_end();
}

static irqreturn_t pm_thread_suspends(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	pm_thread_result = suspend_device_irqs();
	return IRQ_HANDLED;
}

/* What was suspended before the error was found is resumed. */
static void pm_from_thread(void)
{
	unsigned int other;

	pm_open(&pm_edge, "suspend in a threaded handler is refused");
	other = sim_line_map(pm_sim, PM_OTHER);
	tap_equal(pm_request(pm_irq, 0, &pm_device), 0, "request");
	tap_expect(pm_irq < other, "numbers");
	tap_equal(request_threaded_irq(other, sim_device_handler,
				       pm_thread_suspends, 0, "pm", &pm_second),
		  0, "request");
	pm_second.answer = IRQ_WAKE_THREAD;
	sim_line_pulse(pm_sim, PM_OTHER);
	pm_settle();
	pm_thread_result = 0;
	tap_equal(host_run_deferred(), 1, "threads");
	tap_equal(pm_thread_result, -EDEADLK, "suspend");
	pm_expect_state(0, IRQD_SUSPENDED | IRQD_DISABLED, "undone");
	tap_equal(pm_state_of(other) & (IRQD_SUSPENDED | IRQD_DISABLED), 0,
		  "undone there");
	pm_fire(0);
	tap_equal(pm_device.calls, 1, "calls");
	pm_suspend();
	pm_resume();
	free_irq(other, &pm_second);
	irq_dispose_mapping(other);
	pm_end();
}

/* ---- errors */

static void pm_from_handler(struct sim_device *device, unsigned int call)
{
	(void)device;
	(void)call;
	tap_equal(suspend_device_irqs(), -EDEADLK, "suspend in a handler");
}

static void pm_errors(void)
{
	pm_begin(&pm_edge, 0, "suspend twice, resume without, in a handler");
	tap_equal(resume_device_irqs(), -EINVAL, "resume");
	tap_equal(irqkit_resume_early_irqs(), -EINVAL, "early resume");
	pm_suspend();
	tap_equal(suspend_device_irqs(), -EBUSY, "suspend twice");
	tap_equal(irq_to_desc(pm_irq)->depth, 1, "depth");
	pm_resume();
	tap_equal(resume_device_irqs(), -EINVAL, "resume twice");
	tap_equal(irq_to_desc(pm_irq)->depth, 0, "depth");
	pm_device.during = pm_from_handler;
	pm_fire(0);
	tap_equal(pm_device.calls, 1, "calls");
	tap_equal(resume_device_irqs(), -EINVAL, "after that");
	pm_end();
}

/* Another CPU would find the same: in the middle nobody else may begin. */
static void pm_in_the_middle(struct irq_data *data)
{
	(void)data;
	tap_equal(suspend_device_irqs(), -EBUSY, "suspend meanwhile");
	tap_equal(resume_device_irqs(), -EBUSY, "resume meanwhile");
	tap_equal(irqkit_resume_early_irqs(), -EBUSY, "early meanwhile");
}

static void pm_one_at_a_time(void)
{
	pm_begin(&pm_masked, 0, "one suspends or resumes at a time");
	sim_hook(SIM_MASK, pm_in_the_middle);
	sim_hook(SIM_UNMASK, pm_in_the_middle);
	pm_suspend();
	tap_equal(sim_count(SIM_MASK), 1, "mask");
	pm_resume();
	tap_equal(sim_count(SIM_UNMASK), 1, "unmask");
	sim_reset();
	pm_end();
}

/* Only a managed one has to be started by resume, which can fail. */
static void pm_start_fails(void)
{
	const struct irq_affinity_desc affinity = {.mask = stub_cpus(6),
						   .is_managed = true};
	unsigned int lines = host_log_lines();
	unsigned int managed;
	unsigned int other;

	tap_subject("one that cannot be started again is told, others resume");
	stub_reset();
	managed = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &affinity);
	other = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, NULL);
	tap_expect(managed < other, "numbers");
	request_irq(managed, stub_handler, 0, "m", NULL);
	request_irq(other, stub_handler, 0, "o", NULL);
	pm_suspend();
	irqkit_cpu_offline(1, NULL);
	irqkit_cpu_offline(2, NULL);
	irqkit_cpu_online(1);
	irqkit_cpu_online(2);
	stub.answer[STUB_STARTUP] = -ENOSPC;
	tap_equal(resume_device_irqs(), -ENOSPC, "resume");
	tap_equal(host_log_lines() - lines, 1, "lines");
	tap_expect(strstr(host_last_log(), "not resumed") != NULL, "'%s'",
		   host_last_log());
	tap_equal(stub_depth(other), 0, "depth of the other");
	tap_equal(stub_depth(managed), 1, "depth");
	tap_equal(stub_state(managed) & (IRQD_SUSPENDED | IRQD_STARTED), 0,
		  "state");
	tap_equal(resume_device_irqs(), -EINVAL, "resume again");
	tap_equal(enable_irq(managed), -ENOSPC, "enable");
	stub.answer[STUB_STARTUP] = 0;
	tap_equal(enable_irq(managed), 0, "enable");
	stub_arrive(managed, 1);
	tap_equal(stub_handled, 1, "handled");
	free_irq(managed, NULL);
	free_irq(other, NULL);
	stub_free(managed);
	stub_free(other);
	tap_close();
}

static void pm_empty(void)
{
	tap_subject("without interrupts");
	pm_suspend();
	pm_expect_woken(0, false, "nothing");
	pm_resume();
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(PM_CPUS, NULL);
	pm_empty();
	for (unsigned int i = 0; i < PM_KINDS; i++) {
		pm_kept(&pm_kinds[i]);
		pm_wakes(&pm_kinds[i]);
	}
	pm_quiet();
	pm_twice();
	pm_mask_on_suspend();
	pm_first();
	pm_wake_was_left();
	pm_left(true);
	pm_left(false);
	for (unsigned int i = 0; i < 8; i++)
		pm_waits_for_handlers((i & 1) != 0 ? &pm_lpi : &pm_edge,
				      (i & 2) != 0, (i & 4) != 0);
	pm_wakes_disabled(0);
	pm_wakes_disabled(IRQ_DISABLE_UNLAZY);
	pm_masked_again();
	pm_never_enabled();
	pm_wake_changes();
	pm_wake_nests();
	pm_forwarded();
	pm_no_suspend();
	pm_chained();
	pm_per_cpu();
	pm_sharing();
	pm_sharing_goes_on();
	pm_requested_meanwhile();
	for (unsigned int i = 0; i < 4; i++)
		pm_freed_meanwhile((i & 1) != 0, (i & 2) != 0);
	pm_disables();
	pm_early();
	pm_waits_for_threads(false);
	pm_waits_for_threads(true);
	pm_from_thread();
	pm_errors();
	pm_one_at_a_time();
	pm_start_fails();
	return host_end();
}
