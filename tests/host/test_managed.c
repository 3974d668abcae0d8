/* SPDX-License-Identifier: MIT */
/*
 * Managed interrupts against a model (H16, HZ14 to HZ19): after each step of
 * every sequence of requests, frees, disables, enables, suspends, resumes and
 * CPUs that go and come, the interrupt runs exactly if it is requested, neither
 * disabled nor suspended, and a CPU of its mask is active. Then the races of
 * its start.
 */
#include <irqkit/pm.h>
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define MANAGED_CPUS  4U
#define MANAGED_MASK  6UL /* CPUs 1 and 2 */
#define MANAGED_STEPS 7U

static unsigned int managed_irq;

enum managed_step {
	MANAGED_REQUEST,
	MANAGED_FREE,
	MANAGED_DISABLE,
	MANAGED_ENABLE,
	MANAGED_SUSPEND,
	MANAGED_RESUME,
	MANAGED_OFFLINE_1,
	MANAGED_ONLINE_1,
	MANAGED_OFFLINE_2,
	MANAGED_ONLINE_2,
	MANAGED_KINDS
};

static struct managed_model {
	bool requested;
	unsigned int depth;   /* disables of the user */
	unsigned long active; /* CPUs of the mask */
	bool asleep;	      /* the system */
	bool held;	      /* and this with it */
} managed_model;

static unsigned long managed_flags; /* of the request */
static bool managed_whole; /* a CPU does not only leave the active ones */
static bool managed_wakes; /* it can wake the system */
static unsigned long managed_checks;
static unsigned long managed_sequences;

static bool managed_runs(void)
{
	return managed_model.requested && managed_model.depth == 0 &&
	       !managed_model.held && managed_model.active != 0;
}

/* Whether a step is allowed now; the model after it. */
static bool managed_model_step(enum managed_step step)
{
	unsigned long bit = step >= MANAGED_OFFLINE_2 ? 4 : 2;

	switch (step) {
	case MANAGED_REQUEST:
		if (managed_model.requested)
			return false;
		managed_model.requested = true;
		managed_model.depth = (managed_flags & IRQF_NO_AUTOEN) != 0;
		return true;
	case MANAGED_FREE:
		if (!managed_model.requested)
			return false;
		managed_model.requested = false;
		managed_model.held = false;
		managed_model.depth = 0;
		return true;
	case MANAGED_DISABLE:
		managed_model.depth += managed_model.requested;
		return managed_model.requested;
	case MANAGED_ENABLE:
		if (managed_model.depth == 0)
			return false;
		managed_model.depth--;
		return true;
	case MANAGED_SUSPEND:
		if (managed_model.asleep)
			return false;
		managed_model.asleep = true;
		managed_model.held = managed_model.requested;
		return true;
	case MANAGED_RESUME:
		if (!managed_model.asleep)
			return false;
		managed_model.asleep = false;
		managed_model.held = false;
		return true;
	case MANAGED_OFFLINE_1:
	case MANAGED_OFFLINE_2:
		if ((managed_model.active & bit) == 0)
			return false;
		managed_model.active ^= bit;
		return true;
	default:
		if ((managed_model.active & bit) != 0)
			return false;
		managed_model.active ^= bit;
		return true;
	}
}

static int managed_offline(unsigned int cpu)
{
	int error = irqkit_cpu_offline(cpu, NULL);

	if (error == 0 && managed_whole)
		stub_cpu_stop(cpu, NULL);
	return error;
}

static int managed_online(unsigned int cpu)
{
	if (!managed_whole)
		return cpu_active(cpu) ? -EBUSY : irqkit_cpu_online(cpu);
	if (cpu_online(cpu))
		return -EBUSY;
	stub_cpu_up(cpu);
	return 0;
}

static int managed_real_step(enum managed_step step)
{
	switch (step) {
	case MANAGED_REQUEST:
		return request_irq(managed_irq, stub_handler, managed_flags,
				   "h", NULL);
	case MANAGED_FREE:
		return free_irq(managed_irq, NULL);
	case MANAGED_DISABLE:
		return disable_irq(managed_irq);
	case MANAGED_ENABLE:
		return enable_irq(managed_irq);
	case MANAGED_SUSPEND:
		return suspend_device_irqs();
	case MANAGED_RESUME:
		return resume_device_irqs();
	case MANAGED_OFFLINE_1:
		return managed_offline(1);
	case MANAGED_ONLINE_1:
		return managed_online(1);
	case MANAGED_OFFLINE_2:
		return managed_offline(2);
	default:
		return managed_online(2);
	}
}

/* What the chip was told fits the state, and the target is in the mask. */
static bool managed_chip_fits(unsigned int state)
{
	unsigned long effective = stub_effective(managed_irq);
	bool started = (state & IRQD_STARTED) != 0;
	bool activated = (state & IRQD_ACTIVATED) != 0;
	unsigned long all = managed_model.active;

	if (stub.calls[STUB_STARTUP] - stub.calls[STUB_SHUTDOWN] != started ||
	    stub.calls[STUB_ACTIVATE] - stub.calls[STUB_DEACTIVATE] !=
		    activated ||
	    (started && !activated))
		return false;
	if (!started)
		return effective == 0;
	if (stub.aim == STUB_AIM_ALL)
		return effective == all;
	return effective != 0 && (effective & ~all) == 0;
}

/* What suspend has made of it. */
static bool managed_sleep_fits(unsigned int state)
{
	bool armed = (state & IRQD_WAKEUP_ARMED) != 0;

	if (((state & IRQD_SUSPENDED) != 0) != managed_model.held)
		return false;
	if (armed && (!managed_wakes || !managed_model.held))
		return false;
	return !armed || (state & IRQD_STARTED) == 0 ||
	       (state & IRQD_MASKED) == 0;
}

static bool managed_state_fits(void)
{
	unsigned int state = stub_state(managed_irq);
	bool down = (state & IRQD_MANAGED_SHUTDOWN) != 0;
	bool runs = (state & IRQD_STARTED) != 0 &&
		    (state & (IRQD_DISABLED | IRQD_MASKED)) == 0;
	unsigned int depth = managed_model.depth + down + managed_model.held;

	managed_checks++;
	if (runs != managed_runs() || !managed_chip_fits(state) ||
	    !managed_sleep_fits(state))
		return false;
	if (!managed_model.requested)
		return !down && (state & (IRQD_STARTED | IRQD_ACTIVATED)) == 0;
	if (stub_depth(managed_irq) != depth)
		return false;
	return !down || managed_model.active == 0;
}

/* One that is held is kept, and raised again when nothing else holds it. */
static bool managed_kept(void)
{
	unsigned int state = stub_state(managed_irq);
	unsigned int wakes = (state & IRQD_WAKEUP_ARMED) != 0 ? managed_irq : 0;

	stub.calls[STUB_RETRIGGER] = 0;
	stub_arrive(managed_irq, stub_effective(managed_irq) & 2 ? 1 : 2);
	if (stub_handled != 0 || irqkit_pm_wakeup_irq() != wakes ||
	    irqkit_pm_wakeup_pending() != (wakes != 0))
		return false;
	managed_model.asleep = false;
	managed_model.held = false;
	return resume_device_irqs() == 0 && managed_state_fits() &&
	       stub.calls[STUB_RETRIGGER] == managed_runs();
}

/* One interrupt is handled if it runs. */
static bool managed_arrives(void)
{
	bool started = (stub_state(managed_irq) & IRQD_STARTED) != 0;

	stub_handled = 0;
	if (managed_model.held && started)
		return managed_kept();
	if (!managed_runs())
		return true;
	stub_arrive(managed_irq, stub_effective(managed_irq) & 2 ? 1 : 2);
	return stub_handled == 1;
}

static void managed_model_reset(void)
{
	managed_model = (struct managed_model){.active = MANAGED_MASK};
}

static void managed_reset(void)
{
	resume_device_irqs();
	free_irq(managed_irq, NULL);
	for (unsigned int cpu = 1; cpu <= 2; cpu++) {
		if (!cpu_active(cpu))
			managed_online(cpu);
	}
	managed_model_reset();
	memset(stub.calls, 0, sizeof(stub.calls));
}

static const char *managed_name(enum managed_step step)
{
	static const char *const names[MANAGED_KINDS] = {
		"request", "free", "disable", "enable", "suspend",
		"resume",  "off1", "on1",     "off2",	"on2"};

	return names[step];
}

static void managed_tell(const enum managed_step *steps, unsigned int nr,
			 int result)
{
	char text[100] = "";

	for (unsigned int i = 0; i < nr; i++) {
		strcat(text, managed_name(steps[i]));
		strcat(text, " ");
	}
	tap_expect(false, "%s-> result %d, state 0x%x, depth %u, calls '%s'",
		   text, result, stub_state(managed_irq),
		   stub_depth(managed_irq), stub.story);
}

/* Whether the last of these steps is allowed; those before it are. */
static bool managed_is_allowed(const enum managed_step *steps, unsigned int nr)
{
	bool allowed = true;

	managed_model_reset();
	for (unsigned int i = 0; i < nr; i++)
		allowed = managed_model_step(steps[i]);
	return allowed;
}

/* Each step that is not allowed now is refused, and changes nothing. */
static bool managed_refuses(void)
{
	for (enum managed_step step = 0; step < MANAGED_KINDS; step++) {
		const struct managed_model before = managed_model;
		bool allowed = managed_model_step(step);

		managed_model = before;
		if (!allowed &&
		    (managed_real_step(step) == 0 || !managed_state_fits()))
			return false;
	}
	return true;
}

/* From the beginning; whether all fitted. The steps are allowed. */
static bool managed_replay(const enum managed_step *steps, unsigned int nr)
{
	int result = 0;
	bool fits = true;

	managed_reset();
	managed_sequences++;
	memset(stub.story, 0, sizeof(stub.story));
	for (unsigned int i = 0; i < nr && fits; i++) {
		managed_model_step(steps[i]);
		result = managed_real_step(steps[i]);
		fits = result == 0 && managed_state_fits();
	}
	fits = fits && managed_refuses() && managed_arrives();
	if (!fits)
		managed_tell(steps, nr, result);
	return fits;
}

/*
 * All sequences of steps that are allowed, each replayed from the beginning
 * with an interrupt at its end. What is refused changes nothing, so nothing
 * follows it.
 */
static void managed_walk(unsigned int length)
{
	enum managed_step steps[MANAGED_STEPS + 1] = {0};
	unsigned int nr = 1;

	while (nr > 0 && tap_is_good()) {
		if (managed_is_allowed(steps, nr) &&
		    managed_replay(steps, nr) && nr < length) {
			steps[nr++] = 0;
			continue;
		}
		while (nr > 0 && ++steps[nr - 1] == MANAGED_KINDS)
			nr--;
	}
}

static void managed_make(void)
{
	const struct irq_affinity_desc affinity = {
		.mask = stub_cpus(MANAGED_MASK), .is_managed = true};

	managed_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &affinity);
	managed_model_reset();
}

/* How the sequences are walked through. */
struct managed_way {
	const char *name;
	unsigned long flags;
	enum stub_aim aim;
	bool whole;
	bool wakes;
	unsigned int length;
};

static void managed_all_sequences(const struct managed_way *way)
{
	stub_reset();
	stub.aim = way->aim;
	managed_flags = way->flags;
	managed_whole = way->whole;
	managed_wakes = way->wakes;
	managed_checks = 0;
	managed_sequences = 0;
	tap_subject("H16, HZ14 to HZ19: the model holds in all sequences, %s",
		    way->name);
	managed_make();
	if (way->wakes) {
		stub_chip.flags = IRQCHIP_SKIP_SET_WAKE;
		tap_equal(irq_set_irq_wake(managed_irq, true), 0, "wake");
	}
	managed_walk(way->length);
	tap_expect(managed_sequences > 10000, "sequences: %lu",
		   managed_sequences);
	tap_note("%lu sequences, %lu checks", managed_sequences,
		 managed_checks);
	managed_reset();
	stub_free(managed_irq);
	managed_wakes = false;
	tap_close();
}

static const struct managed_way managed_ways[] = {
	{"one target", 0, STUB_AIM_FIRST, false, false, MANAGED_STEPS},
	{"all targets, it can wake the system", 0, STUB_AIM_ALL, false, true,
	 MANAGED_STEPS},
	{"disabled at first", IRQF_NO_AUTOEN, STUB_AIM_LAST, false, false,
	 MANAGED_STEPS},
	{"CPUs that stop", 0, STUB_AIM_ALL, true, false, MANAGED_STEPS - 1},
};
#define MANAGED_WAYS (sizeof(managed_ways) / sizeof(managed_ways[0]))

/* The bugs that the walk would find, each by its name. */
static void managed_named(void)
{
	static const struct {
		const char *name;
		enum managed_step steps[10];
		unsigned int nr;
	} cases[] = {
		{"HZ15: disabled before it goes, it comes back disabled",
		 {MANAGED_REQUEST, MANAGED_DISABLE, MANAGED_OFFLINE_1,
		  MANAGED_OFFLINE_2, MANAGED_ONLINE_1},
		 5},
		{"HZ16: both CPUs go and come, and disables are counted",
		 {MANAGED_REQUEST, MANAGED_DISABLE, MANAGED_OFFLINE_1,
		  MANAGED_OFFLINE_2, MANAGED_ONLINE_1, MANAGED_ONLINE_2,
		  MANAGED_ENABLE},
		 7},
		{"HZ19: enable_irq() without a CPU does not start it",
		 {MANAGED_REQUEST, MANAGED_DISABLE, MANAGED_OFFLINE_1,
		  MANAGED_OFFLINE_2, MANAGED_ENABLE},
		 5},
		{"H9: requested without a CPU, it starts with the first",
		 {MANAGED_OFFLINE_1, MANAGED_OFFLINE_2, MANAGED_REQUEST,
		  MANAGED_ONLINE_2},
		 4},
		{"disabled without a CPU, twice, and enabled with one",
		 {MANAGED_OFFLINE_1, MANAGED_OFFLINE_2, MANAGED_REQUEST,
		  MANAGED_DISABLE, MANAGED_DISABLE, MANAGED_ONLINE_1,
		  MANAGED_ENABLE, MANAGED_ENABLE},
		 8},
		{"HZ14: suspended, it is not started by a CPU that comes",
		 {MANAGED_REQUEST, MANAGED_SUSPEND, MANAGED_OFFLINE_1,
		  MANAGED_OFFLINE_2, MANAGED_ONLINE_1},
		 5},
		{"HZ17: down while suspended, it runs after both are over",
		 {MANAGED_REQUEST, MANAGED_SUSPEND, MANAGED_OFFLINE_1,
		  MANAGED_OFFLINE_2, MANAGED_ONLINE_1, MANAGED_RESUME},
		 6},
		{"H16: resumed before a CPU comes, it starts with the CPU",
		 {MANAGED_REQUEST, MANAGED_SUSPEND, MANAGED_OFFLINE_1,
		  MANAGED_OFFLINE_2, MANAGED_RESUME, MANAGED_ONLINE_2},
		 6},
		{"H16: down before it is suspended, up while it is",
		 {MANAGED_REQUEST, MANAGED_OFFLINE_2, MANAGED_OFFLINE_1,
		  MANAGED_SUSPEND, MANAGED_ONLINE_2, MANAGED_RESUME},
		 6},
		{"H16: suspend, disable and shutdown, unwound crosswise",
		 {MANAGED_REQUEST, MANAGED_DISABLE, MANAGED_SUSPEND,
		  MANAGED_OFFLINE_1, MANAGED_OFFLINE_2, MANAGED_ENABLE,
		  MANAGED_RESUME, MANAGED_DISABLE, MANAGED_ONLINE_1,
		  MANAGED_ENABLE},
		 10},
	};

	managed_flags = 0;
	managed_whole = true;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		stub_reset();
		tap_subject("%s", cases[i].name);
		managed_make();
		for (unsigned int nr = 1; nr <= cases[i].nr; nr++)
			tap_expect(managed_is_allowed(cases[i].steps, nr) &&
					   managed_replay(cases[i].steps, nr),
				   "%u steps", nr);
		managed_reset();
		stub_free(managed_irq);
		tap_close();
	}
}

/* HZ18: at each start the target is set before, and within the mask. */
static void managed_start_order(void)
{
	stub_reset();
	tap_subject("HZ18: aimed at its mask, then started, each time");
	managed_make();
	request_irq(managed_irq, stub_handler, 0, "h", NULL);
	stub_expect("AFS", "request");
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "cpu 1");
	stub_expect("F", "the first CPU goes");
	tap_equal(irqkit_cpu_offline(2, NULL), 0, "cpu 2");
	stub_expect("XD", "the last CPU goes");
	tap_equal((long long)stub_affinity(managed_irq), MANAGED_MASK,
		  "its affinity is kept");
	tap_equal(irqkit_cpu_online(2), 0, "cpu 2");
	stub_expect("AFS", "one comes back");
	tap_expect(cpumask_test_cpu(2, &stub.mask) &&
			   cpumask_weight(&stub.mask) == 1,
		   "the chip got that CPU alone");
	tap_equal(irqkit_cpu_online(1), 0, "cpu 1");
	free_irq(managed_irq, NULL);
	stub_free(managed_irq);
	tap_close();
}

/* It cannot be started when its CPU comes back: as before, and said. */
static void managed_start_fails(enum stub_op op, const char *story)
{
	unsigned int lines = host_log_lines();

	managed_make();
	request_irq(managed_irq, stub_handler, 0, "h", NULL);
	irqkit_cpu_offline(1, NULL);
	irqkit_cpu_offline(2, NULL);
	memset(stub.story, 0, sizeof(stub.story));
	stub.answer[op] = -ENOSPC;
	tap_equal(irqkit_cpu_online(1), 0, "cpu 1");
	stub_expect(story, "a start that fails");
	tap_equal(host_log_lines() - lines, 1, "lines logged");
	tap_expect(irqd_is_managed_and_shutdown(irq_get_irq_data(managed_irq)),
		   "it is down");
	tap_equal(stub_state(managed_irq) & (IRQD_STARTED | IRQD_ACTIVATED), 0,
		  "not started, not activated");
	tap_equal(stub_depth(managed_irq), 1, "depth");
	tap_equal(enable_irq(managed_irq), -EINVAL, "enable_irq()");
	stub.answer[op] = 0;
	tap_equal(irqkit_cpu_online(2), 0, "cpu 2");
	tap_equal(stub_depth(managed_irq), 0, "depth");
	tap_expect(irqd_is_started(irq_get_irq_data(managed_irq)), "started");
	free_irq(managed_irq, NULL);
	stub_free(managed_irq);
}

static void managed_start_failures(void)
{
	stub_reset();
	tap_subject("a managed interrupt that cannot be started stays down");
	managed_start_fails(STUB_ACTIVATE, "A");
	managed_start_fails(STUB_AFFINITY, "AFD");
	managed_start_fails(STUB_STARTUP, "AFSD");
	tap_close();
}

/* The start against CPUs that leave: inside of one operation both are taken. */
static enum stub_op managed_race_op;

static void managed_race_hook(enum stub_op op, struct irq_data *data)
{
	(void)data;
	if (op != managed_race_op)
		return;
	stub.hook = NULL;
	stub_offline_meanwhile(3, 2);
}

static void managed_race(enum stub_op op, const char *name)
{
	stub_reset();
	tap_subject("HZ18: the last CPU leaves while it is %s", name);
	managed_make();
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "cpu 1 leaves");
	managed_race_op = op;
	stub.hook = managed_race_hook;
	tap_equal(request_irq(managed_irq, stub_handler, 0, "h", NULL), 0,
		  "request");
	tap_equal(stub_join(3), 0, "cpu 2 leaves");
	tap_expect(!cpu_active(2), "cpu 2 left");
	tap_expect(irqd_is_managed_and_shutdown(irq_get_irq_data(managed_irq)),
		   "it is down");
	tap_equal(stub_state(managed_irq) & (IRQD_STARTED | IRQD_ACTIVATED), 0,
		  "not started, not activated");
	tap_equal((long long)stub_effective(managed_irq), 0, "aimed nowhere");
	tap_equal(stub_depth(managed_irq), 1, "depth");
	tap_expect(stub.calls[STUB_AFFINITY] == 0 ||
			   (cpumask_test_cpu(2, &stub.mask) &&
			    cpumask_weight(&stub.mask) == 1),
		   "the chip never got a CPU outside of its mask");
	tap_equal(irqkit_cpu_online(2), 0, "cpu 2");
	tap_equal((long long)stub_effective(managed_irq), 4, "aimed at");
	tap_equal(stub_depth(managed_irq), 0, "depth");
	tap_equal(irqkit_cpu_online(1), 0, "cpu 1");
	free_irq(managed_irq, NULL);
	stub_free(managed_irq);
	tap_close();
}

/* In debug builds each offline checks the index of those, too. */
static void managed_immovable(void)
{
	stub_reset();
	stub_chip.irq_set_affinity = NULL;
	tap_subject("a managed interrupt of a chip that cannot move");
	managed_make();
	tap_equal(request_irq(managed_irq, stub_handler, IRQF_NO_AUTOEN, "h",
			      NULL),
		  0, "request, disabled");
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "cpu 1");
	tap_equal(irqkit_cpu_online(1), 0, "cpu 1");
	tap_equal(enable_irq(managed_irq), 0, "enable");
	tap_equal(irqkit_cpu_offline(2, NULL), 0, "cpu 2");
	tap_equal(irqkit_cpu_online(2), 0, "cpu 2");
	tap_equal(stub_depth(managed_irq), 0, "depth");
	free_irq(managed_irq, NULL);
	stub_free(managed_irq);
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(MANAGED_CPUS, NULL);
	for (unsigned int i = 0; i < MANAGED_WAYS; i++)
		managed_all_sequences(&managed_ways[i]);
	managed_named();
	managed_start_order();
	managed_start_failures();
	managed_race(STUB_ACTIVATE, "activated");
	managed_race(STUB_AFFINITY, "aimed");
	managed_race(STUB_STARTUP, "started");
	managed_immovable();
	return host_end();
}
