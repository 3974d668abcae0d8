/* SPDX-License-Identifier: MIT */
/*
 * What an interrupt is at its controller: in which order it is made ready and
 * stopped (HZ32, HZ33), its trigger (HZ38), wake-up and state bits, and chips
 * that hand on to their parents; each with every operation failing.
 */
#include <string.h>
#include "host.h"
#include "sim_chip.h"
#include "suites/suite.h"

#define CHIP_LINE 2U

static struct sim_line *chip_sim;
static struct sim_device chip_device;
static unsigned int chip_irq;

static void chip_settle(void)
{
	for (unsigned int i = 0; i < 32; i++)
		host_yield();
}

static struct irq_common_data *chip_common(void)
{
	return irq_get_irq_data(chip_irq)->common;
}

static void chip_open(const struct sim_line_info *info, const char *subject)
{
	tap_subject("%s: %s", info->name, subject);
	chip_sim = sim_line_create(info);
	chip_irq = sim_line_map(chip_sim, CHIP_LINE);
	chip_device = (struct sim_device){
		.line = chip_sim,
		.hwirq = CHIP_LINE,
	};
	sim_reset();
}

static void chip_close(void)
{
	tap_equal(irq_dispose_mapping(chip_irq), 0, "disposal");
	sim_line_destroy(chip_sim);
	sim_reset();
	tap_close();
}

static int chip_request(unsigned long flags)
{
	return request_irq(chip_irq, sim_device_handler, flags, "chip",
			   &chip_device);
}

static void chip_free(void)
{
	tap_equal(free_irq(chip_irq, &chip_device), 0, "free_irq()");
}

static const struct sim_line_info chip_full = {
	.name = "startup and shutdown",
	.style = SIM_STYLE_ACK,
	.nr_lines = 4,
	.operations = SIM_ACK_OPS | SIM_BIT(SIM_STARTUP) |
		      SIM_BIT(SIM_SHUTDOWN),
	.status = IRQ_MOVE_PCNTXT,
	.activates = true,
};

static const struct sim_line_info chip_plain = {
	.name = "mask and unmask",
	.style = SIM_STYLE_ACK,
	.nr_lines = 4,
	.status = IRQ_MOVE_PCNTXT,
	.activates = true,
};

static const struct sim_line_info chip_masked_type = {
	.name = "trigger while masked",
	.style = SIM_STYLE_ACK,
	.nr_lines = 4,
	.chip_flags = IRQCHIP_SET_TYPE_MASKED,
	.refused = SIM_BIT(IRQ_TYPE_EDGE_FALLING) | SIM_BIT(IRQ_TYPE_LEVEL_LOW),
};

/* Numbers that are no interrupt: the last one was until just now. */
static void chip_bad_irqs(unsigned int bad[5])
{
	int irq = irq_alloc_descs(-1, 200, 1, 0);

	irq_free_descs((unsigned int)irq, 1);
	bad[0] = 0;
	bad[1] = 4000;
	bad[2] = IRQKIT_NR_IRQS;
	bad[3] = ~0U;
	bad[4] = (unsigned int)irq;
}

/* ---- start and stop */

static void chip_order(const struct sim_line_info *info, unsigned long flags,
		       const char *start, const char *stop)
{
	chip_open(info, "the order of start and stop (HZ32)");
	tap_equal(chip_request(flags), 0, "request");
	sim_expect(start);
	tap_expect((chip_common()->state & (IRQD_ACTIVATED | IRQD_STARTED)) ==
			   (IRQD_ACTIVATED | IRQD_STARTED),
		   "active and started");
	tap_expect((chip_common()->state & (IRQD_DISABLED | IRQD_MASKED)) == 0,
		   "not disabled, not masked");
	sim_line_pulse(chip_sim, CHIP_LINE);
	chip_settle();
	tap_equal(chip_device.calls, 1, "calls");
	sim_forget();
	chip_free();
	sim_expect(stop);
	tap_equal(chip_common()->state & ~(unsigned int)IRQ_TYPE_SENSE_MASK &
			  ~(unsigned int)IRQD_SINGLE_TARGET,
		  IRQD_DISABLED | IRQD_MASKED, "state afterwards");
	tap_expect(cpumask_empty(&chip_common()->effective_affinity),
		   "aimed nowhere afterwards");
	sim_line_pulse(chip_sim, CHIP_LINE);
	chip_settle();
	tap_equal(chip_device.calls, 1, "calls after free_irq()");
	chip_close();
}

static void chip_orders(void)
{
	struct sim_line_info info = chip_plain;

	chip_order(&chip_full, IRQF_TRIGGER_RISING,
		   "activate set_type set_affinity startup",
		   "shutdown deactivate");
	chip_order(&chip_plain, IRQF_TRIGGER_RISING,
		   "activate set_type set_affinity unmask", "mask deactivate");
	chip_order(&chip_plain, 0, "activate set_affinity unmask",
		   "mask deactivate");
	info.name = "cannot be aimed";
	info.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_AFFINITY);
	chip_order(&info, IRQF_TRIGGER_RISING, "activate set_type unmask",
		   "mask deactivate");
	info.name = "any trigger";
	info.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_TYPE);
	info.activates = false;
	chip_order(&info, IRQF_TRIGGER_RISING, "set_affinity unmask", "mask");
}

/* With NO_AUTOEN it is active and has its trigger, but is not started. */
static void chip_late_start(void)
{
	chip_open(&chip_full, "started by enable_irq()");
	tap_equal(chip_request(IRQF_NO_AUTOEN | IRQF_TRIGGER_RISING), 0,
		  "request");
	tap_expect(sim_count(SIM_STARTUP) == 0 && sim_count(SIM_UNMASK) == 0,
		   "not started");
	sim_forget();
	sim_fail(SIM_STARTUP, 1, -EEXIST);
	tap_equal(enable_irq(chip_irq), -EEXIST, "startup fails");
	tap_expect((chip_common()->state & IRQD_STARTED) == 0, "not started");
	tap_expect((chip_common()->state & (IRQD_DISABLED | IRQD_MASKED)) ==
			   (IRQD_DISABLED | IRQD_MASKED),
		   "still disabled and masked");
	tap_expect(cpumask_empty(&chip_common()->effective_affinity),
		   "aimed nowhere");
	sim_expect("set_affinity startup deactivate");
	sim_fail(SIM_SET_AFFINITY, 1, -ENOSPC);
	tap_equal(enable_irq(chip_irq), -ENOSPC, "set_affinity fails");
	sim_expect("activate set_affinity deactivate");
	tap_equal(enable_irq(chip_irq), 0, "enable");
	sim_expect("activate set_affinity startup");
	tap_equal(enable_irq(chip_irq), -EINVAL, "enable once more");
	chip_free();
	chip_close();
}

/* What was never started is not stopped. */
static void chip_never_started(const struct sim_line_info *info)
{
	chip_open(info, "freed and never started");
	tap_equal(chip_request(IRQF_NO_AUTOEN | IRQF_TRIGGER_RISING), 0,
		  "request");
	sim_expect("activate set_type");
	chip_free();
	sim_expect("deactivate");
	chip_close();
}

/* Each operation fails: nothing is changed, and the next request is fine. */
static void chip_failure(const struct sim_line_info *info, enum sim_op op,
			 unsigned int nth, const char *calls)
{
	unsigned int state;

	chip_open(info, "a request that fails changes nothing");
	state = chip_common()->state;
	sim_fail(op, nth, -EEXIST);
	tap_equal(chip_request(IRQF_TRIGGER_RISING), -EEXIST, "request");
	sim_expect(calls);
	tap_equal(chip_common()->state, state, "state");
	tap_expect(cpumask_empty(&chip_common()->effective_affinity),
		   "aimed nowhere");
	tap_equal(free_irq(chip_irq, &chip_device), -EINVAL, "no handler");
	tap_expect(chip_sim->pins[CHIP_LINE].masked, "masked at the chip");
	tap_expect(!chip_sim->pins[CHIP_LINE].activated, "not active there");
	tap_equal(chip_request(IRQF_TRIGGER_RISING), 0, "next request");
	sim_line_pulse(chip_sim, CHIP_LINE);
	chip_settle();
	tap_equal(chip_device.calls, 1, "calls");
	chip_free();
	chip_close();
}

static void chip_failures(void)
{
	chip_failure(&chip_full, SIM_ACTIVATE, 1, "activate");
	chip_failure(&chip_full, SIM_SET_TYPE, 1,
		     "activate set_type deactivate");
	chip_failure(&chip_full, SIM_SET_AFFINITY, 1,
		     "activate set_type set_affinity deactivate");
	chip_failure(&chip_full, SIM_STARTUP, 1,
		     "activate set_type set_affinity startup deactivate");
	chip_failure(&chip_plain, SIM_SET_AFFINITY, 1,
		     "activate set_type set_affinity deactivate");
}

/* Of nested disables and enables the chip hears once. */
static void chip_nesting(void)
{
	chip_open(&chip_plain, "masked and unmasked once");
	chip_request(IRQF_TRIGGER_RISING);
	irq_set_status_flags(chip_irq, IRQ_DISABLE_UNLAZY);
	sim_reset();
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(disable_irq_nosync(chip_irq), 0, "disable");
	sim_expect("mask");
	tap_equal(enable_irq(chip_irq), 0, "enable");
	tap_equal(enable_irq(chip_irq), 0, "enable");
	sim_expect("");
	tap_equal(enable_irq(chip_irq), 0, "the last enable");
	sim_expect("unmask");
	disable_irq_nosync(chip_irq);
	sim_forget();
	chip_free();
	sim_expect("deactivate");
	tap_equal(chip_request(0), 0, "a new request starts afresh");
	sim_expect("activate set_affinity unmask");
	chip_free();
	chip_close();
}

/* HZ5, HZ12: vectors are given back whatever the interrupt went through. */
static void chip_move_and_stop(void)
{
	struct sim_message *sim = sim_message_create(4, 4, IRQ_MOVE_PCNTXT);
	unsigned int irq = (unsigned int)sim_message_alloc(sim, 2, NULL);
	struct sim_device device = {.line = NULL};
	struct cpumask mask;

	tap_subject("message: freed in the middle of a move");
	sim->moves_slowly = true;
	irqkit_cpumask_single(&mask, 1);
	irq_set_affinity(irq, &mask);
	tap_equal(request_irq(irq, sim_device_handler, 0, "m", &device), 0,
		  "request");
	tap_equal(irq_matrix_allocated(sim->matrix), 1, "vectors taken");
	irqkit_cpumask_single(&mask, 2);
	tap_equal(irq_set_affinity(irq, &mask), 0, "move");
	tap_equal(irq_matrix_allocated(sim->matrix), 2, "while it moves");
	sim_forget();
	tap_equal(free_irq(irq, &device), 0, "free");
	sim_expect_levels("msi.mask vector.force_move msi.deactivate "
			  "msi.write vector.deactivate");
	tap_equal(irq_matrix_allocated(sim->matrix), 0, "vectors afterwards");
	tap_equal(irq_domain_free_irqs(irq, 2), 0, "free of the irqs");
	tap_equal(irq_matrix_reserved(sim->matrix), 0, "promised afterwards");
	tap_close();
	sim_reset();
}

static void chip_message_moves(void)
{
	struct sim_message *sim = sim_message_create(4, 4, IRQ_MOVE_PCNTXT);
	unsigned int irq = (unsigned int)sim_message_alloc(sim, 1, NULL);
	struct sim_device device = {.line = NULL};
	struct cpumask mask;

	tap_subject("message: started in order, and a slow move (HZ24)");
	sim_forget();
	request_irq(irq, sim_device_handler, 0, "m", &device);
	sim_expect_levels("vector.activate msi.activate vector.compose "
			  "msi.write msi.set_affinity vector.set_affinity "
			  "vector.compose msi.write msi.unmask");
	sim->moves_slowly = true;
	sim->hold = true;
	sim_message_fire(sim, sim_message_of(sim, irq));
	irqkit_cpumask_single(&mask, 3);
	tap_equal(irq_set_affinity(irq, &mask), 0, "move to cpu 3");
	irqkit_cpumask_single(&mask, 2);
	tap_equal(irq_set_affinity(irq, &mask), 0, "to cpu 2, postponed");
	sim_message_fire(sim, sim_message_of(sim, irq));
	sim->hold = false;
	chip_settle();
	tap_equal(device.calls, 2, "calls, from both vectors");
	for (unsigned int i = 0; i < 4; i++) {
		sim_message_fire(sim, sim_message_of(sim, irq));
		chip_settle();
	}
	tap_equal(device.calls, 6, "calls");
	tap_expect(device.on[2] != 0, "calls on cpu 2 at last");
	tap_equal((long long)(sim->spurious + sim->lost + sim->merged), 0,
		  "spurious, lost, merged");
	free_irq(irq, &device);
	irq_domain_free_irqs(irq, 1);
	tap_equal(irq_matrix_allocated(sim->matrix), 0, "vectors afterwards");
	tap_close();
	sim_reset();
}

/* ---- trigger */

static void chip_types(void)
{
	static const unsigned int good[] = {
		IRQ_TYPE_EDGE_RISING, IRQ_TYPE_EDGE_FALLING, IRQ_TYPE_EDGE_BOTH,
		IRQ_TYPE_LEVEL_HIGH,  IRQ_TYPE_LEVEL_LOW,
	};
	static const unsigned int bad[] = {5,  6,  7,  9,   10, 11,
					   12, 15, 16, 256, ~0U};

	chip_open(&chip_plain, "triggers");
	for (unsigned int i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		tap_equal(irq_set_irq_type(chip_irq, good[i]), 0, "type %u",
			  good[i]);
		tap_equal((long long)sim_last(SIM_SET_TYPE)->argument, good[i],
			  "what the chip was told");
		tap_equal(irqd_get_trigger_type(irq_get_irq_data(chip_irq)),
			  good[i], "what it is");
		sim_expect("set_type");
		tap_equal(irq_set_irq_type(chip_irq, good[i]), 0, "again");
		tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_NONE), 0,
			  "as it is");
		sim_expect("");
	}
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_equal(irq_set_irq_type(chip_irq, bad[i]), -EINVAL,
			  "type %u", bad[i]);
	sim_expect("");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data(chip_irq)),
		  IRQ_TYPE_LEVEL_LOW, "the last good one");
	tap_expect(irqd_is_level_type(irq_get_irq_data(chip_irq)), "a level");
	chip_close();
}

static void chip_type_errors(void)
{
	unsigned int bad[5];
	int bare = irq_alloc_descs(-1, 1, 1, 0);

	chip_bad_irqs(bad);
	chip_open(&chip_masked_type, "triggers that are refused");
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		tap_equal(irq_set_irq_type(bad[i], IRQ_TYPE_LEVEL_HIGH),
			  -EINVAL, "irq %u", bad[i]);
	tap_equal(irq_set_irq_type((unsigned int)bare, IRQ_TYPE_LEVEL_HIGH),
		  -EINVAL, "an irq without a controller");
	tap_equal(irq_set_irq_type((unsigned int)bare, IRQ_TYPE_NONE), -EINVAL,
		  "nor without a trigger");
	irq_set_irq_type(chip_irq, IRQ_TYPE_EDGE_RISING);
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_LEVEL_LOW), -EINVAL,
		  "the chip cannot");
	sim_fail(SIM_SET_TYPE, 1, -EBUSY);
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_LEVEL_HIGH), -EBUSY,
		  "the chip does not");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data(chip_irq)),
		  IRQ_TYPE_EDGE_RISING, "as before");
	tap_equal(chip_sim->pins[CHIP_LINE].type, IRQ_TYPE_EDGE_RISING,
		  "at the chip too");
	irq_free_descs((unsigned int)bare, 1);
	chip_close();
}

/* IRQCHIP_SET_TYPE_MASKED, and masked afterwards only if it was before. */
static void chip_type_masked(void)
{
	chip_open(&chip_masked_type, "masked around irq_set_type");
	tap_equal(chip_request(IRQF_TRIGGER_RISING), 0, "request");
	sim_forget();
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_LEVEL_HIGH), 0, "type");
	sim_expect("mask set_type unmask");
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_LEVEL_LOW), -EINVAL,
		  "a type that is refused");
	sim_expect("mask set_type unmask");
	tap_expect((chip_common()->state & IRQD_MASKED) == 0, "not masked");
	irq_set_status_flags(chip_irq, IRQ_DISABLE_UNLAZY);
	disable_irq_nosync(chip_irq);
	sim_forget();
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_EDGE_BOTH), 0, "type");
	sim_expect("set_type");
	tap_expect((chip_common()->state & IRQD_MASKED) != 0, "still masked");
	enable_irq(chip_irq);
	sim_forget();
	chip_free();
	chip_close();
}

/* HZ38: a line that is raised already interrupts as soon as it is a level. */
static void chip_type_to_level(void)
{
	chip_open(&chip_plain, "from an edge to a level that is raised (HZ38)");
	chip_request(IRQF_TRIGGER_RISING);
	chip_device.keeps = true;
	sim_line_raise(chip_sim, CHIP_LINE);
	chip_settle();
	tap_equal(chip_device.calls, 1, "calls for the edge");
	chip_device.keeps = false;
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_LEVEL_HIGH), 0, "type");
	chip_settle();
	tap_equal(chip_device.calls, 2, "calls for the level");
	chip_free();
	chip_close();
}

static void chip_no_set_type(void)
{
	struct sim_line_info info = chip_plain;

	info.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_TYPE);
	chip_open(&info, "without irq_set_type any trigger is fine");
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_LEVEL_LOW), 0, "type");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data(chip_irq)),
		  IRQ_TYPE_LEVEL_LOW, "what it is");
	tap_equal(irq_set_irq_type(chip_irq, IRQ_TYPE_EDGE_RISING), 0, "type");
	tap_equal(irqd_get_trigger_type(irq_get_irq_data(chip_irq)),
		  IRQ_TYPE_EDGE_RISING, "what it is");
	chip_close();
}

/* ---- wake-up */

static void chip_wake(void)
{
	struct irq_data *data;

	chip_open(&chip_plain, "wake-up nests");
	data = irq_get_irq_data(chip_irq);
	tap_equal(irq_set_irq_wake(chip_irq, false), -EINVAL, "off too often");
	tap_equal(irq_set_irq_wake(chip_irq, true), 0, "on");
	tap_expect(irqd_is_wakeup_set(data), "wakes");
	tap_equal((long long)sim_last(SIM_SET_WAKE)->argument, 1, "was told");
	tap_equal(irq_set_irq_wake(chip_irq, true), 0, "on again");
	tap_equal(irq_set_irq_wake(chip_irq, false), 0, "off");
	tap_expect(irqd_is_wakeup_set(data), "wakes yet");
	sim_expect("set_wake");
	sim_fail(SIM_SET_WAKE, 1, -EEXIST);
	tap_equal(irq_set_irq_wake(chip_irq, false), -EEXIST, "off fails");
	tap_expect(irqd_is_wakeup_set(data), "wakes yet");
	tap_equal(irq_set_irq_wake(chip_irq, false), 0, "off at last");
	tap_expect(!irqd_is_wakeup_set(data), "wakes no more");
	tap_equal((long long)sim_last(SIM_SET_WAKE)->argument, 0, "was told");
	tap_equal(irq_set_irq_wake(chip_irq, false), -EINVAL, "off too often");
	sim_fail(SIM_SET_WAKE, 1, -EEXIST);
	tap_equal(irq_set_irq_wake(chip_irq, true), -EEXIST, "on fails");
	tap_expect(!irqd_is_wakeup_set(data), "does not wake");
	tap_equal(irq_set_irq_wake(chip_irq, false), -EINVAL, "nor nests");
	chip_close();
}

static void chip_wake_errors(void)
{
	struct sim_line_info info = chip_plain;
	unsigned int bad[5];

	chip_bad_irqs(bad);
	info.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_WAKE);
	chip_open(&info, "wake-up without irq_set_wake");
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_equal(irq_set_irq_wake(bad[i], true), -EINVAL, "irq %u",
			  bad[i]);
		tap_equal(irq_set_irq_wake(bad[i], false), -EINVAL, "irq %u",
			  bad[i]);
	}
	tap_equal(irq_set_irq_wake(chip_irq, true), -ENXIO, "on");
	tap_equal(irq_set_irq_wake(chip_irq, false), -EINVAL, "off");
	tap_expect(!irqd_is_wakeup_set(irq_get_irq_data(chip_irq)), "no wake");
	chip_close();
	info.chip_flags = IRQCHIP_SKIP_SET_WAKE;
	chip_open(&info, "IRQCHIP_SKIP_SET_WAKE: nothing is told");
	tap_equal(irq_set_irq_wake(chip_irq, true), 0, "on");
	tap_expect(irqd_is_wakeup_set(irq_get_irq_data(chip_irq)), "wakes");
	tap_equal(irq_set_irq_wake(chip_irq, false), 0, "off");
	tap_expect(!irqd_is_wakeup_set(irq_get_irq_data(chip_irq)), "no more");
	chip_close();
}

/* ---- state bits */

static bool chip_get(unsigned int irq, enum irqchip_irq_state which)
{
	bool value = false;

	tap_equal(irq_get_irqchip_state(irq, which, &value), 0, "get of %u",
		  (unsigned int)which);
	return value;
}

static void chip_state_bits(void)
{
	chip_open(&chip_plain, "state of a line");
	chip_request(IRQF_TRIGGER_RISING);
	chip_sim->hold = true;
	tap_expect(!chip_get(chip_irq, IRQCHIP_STATE_PENDING), "not pending");
	tap_expect(!chip_get(chip_irq, IRQCHIP_STATE_MASKED), "not masked");
	tap_expect(!chip_get(chip_irq, IRQCHIP_STATE_ACTIVE), "not active");
	sim_line_raise(chip_sim, CHIP_LINE);
	tap_expect(chip_get(chip_irq, IRQCHIP_STATE_PENDING), "pending");
	tap_expect(chip_get(chip_irq, IRQCHIP_STATE_LINE_LEVEL), "raised");
	tap_equal(irq_set_irqchip_state(chip_irq, IRQCHIP_STATE_PENDING, false),
		  0, "clear");
	tap_expect(!chip_get(chip_irq, IRQCHIP_STATE_PENDING), "cleared");
	chip_sim->hold = false;
	chip_settle();
	tap_equal(chip_device.calls, 0, "calls for what was cleared");
	sim_line_lower(chip_sim, CHIP_LINE);
	tap_equal(irq_set_irqchip_state(chip_irq, IRQCHIP_STATE_PENDING, true),
		  0, "set");
	chip_settle();
	tap_equal(chip_device.calls, 1, "calls for what was set");
	tap_equal(irq_set_irqchip_state(chip_irq, IRQCHIP_STATE_ACTIVE, true),
		  0, "set active");
	tap_expect(chip_get(chip_irq, IRQCHIP_STATE_ACTIVE), "active");
	irq_set_irqchip_state(chip_irq, IRQCHIP_STATE_ACTIVE, false);
	chip_free();
	chip_close();
}

static void chip_state_errors(void)
{
	const enum irqchip_irq_state pending = IRQCHIP_STATE_PENDING;
	const enum irqchip_irq_state beyond = IRQCHIP_STATE_LINE_LEVEL + 1;
	struct sim_line_info info = chip_plain;
	unsigned int bad[5];
	bool value = true;

	chip_bad_irqs(bad);
	chip_open(&chip_plain, "state that cannot be had");
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_equal(irq_get_irqchip_state(bad[i], pending, &value),
			  -EINVAL, "get of irq %u", bad[i]);
		tap_equal(irq_set_irqchip_state(bad[i], pending, value),
			  -EINVAL, "set of irq %u", bad[i]);
	}
	tap_equal(irq_get_irqchip_state(chip_irq, pending, NULL), -EINVAL,
		  "get to NULL");
	tap_equal(irq_get_irqchip_state(chip_irq, beyond, &value), -EINVAL,
		  "get of an unknown bit");
	tap_equal(irq_set_irqchip_state(chip_irq, beyond, value), -EINVAL,
		  "set of an unknown bit");
	sim_expect("");
	tap_equal(
		irq_set_irqchip_state(chip_irq, IRQCHIP_STATE_LINE_LEVEL, true),
		-EINVAL, "set of what the chip cannot");
	sim_fail(SIM_GET_STATE, 1, -EINVAL);
	tap_equal(irq_get_irqchip_state(chip_irq, pending, &value), -EINVAL,
		  "get of what the chip cannot");
	tap_expect(value, "the value is as before");
	chip_close();
	info.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_GET_STATE) &
			  ~SIM_BIT(SIM_SET_STATE);
	chip_open(&info, "state of a chip that tells none");
	tap_equal(irq_get_irqchip_state(chip_irq, pending, &value), -ENOSYS,
		  "get");
	tap_equal(irq_set_irqchip_state(chip_irq, pending, true), -ENOSYS,
		  "set");
	chip_close();
}

/* The level nearest to the device that can: here the parent. */
static void chip_state_of_parent(void)
{
	struct sim_message *sim = sim_message_create(2, 2, IRQ_MOVE_PCNTXT);
	unsigned int irq = (unsigned int)sim_message_alloc(sim, 1, NULL);
	struct sim_device device = {.line = NULL};
	bool value;

	tap_subject("message: state through the hierarchy");
	request_irq(irq, sim_device_handler, 0, "m", &device);
	sim->hold = true;
	tap_expect(!chip_get(irq, IRQCHIP_STATE_PENDING), "not pending");
	sim_message_fire(sim, sim_message_of(sim, irq));
	sim_forget();
	tap_expect(chip_get(irq, IRQCHIP_STATE_PENDING), "pending");
	sim_expect_levels("vector.get_state");
	tap_equal(irq_get_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, &value),
		  -EINVAL, "a bit that it does not have");
	sim_forget();
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false), 0,
		  "clear");
	sim_expect_levels("vector.set_state");
	tap_expect(!chip_get(irq, IRQCHIP_STATE_PENDING), "not pending");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true), 0,
		  "set");
	sim->hold = false;
	chip_settle();
	tap_equal(device.calls, 1, "calls for what was set");
	free_irq(irq, &device);
	irq_domain_free_irqs(irq, 1);
	tap_close();
	sim_reset();
}

/* ---- the simulated controllers see what is wrong */

static void chip_expect_violation(void (*function)(struct irq_data *data))
{
	unsigned int before = host_violations();
	unsigned long state = irqkit_port_irq_save();

	function(irq_get_irq_data(chip_irq));
	irqkit_port_irq_restore(state);
	if (host_violations() != before)
		irqkit_port_panic(host_first_violation());
}

static void chip_wrong_unmask(void)
{
	chip_expect_violation(chip_sim->chip.irq_unmask);
}

static void chip_wrong_eoi(void)
{
	chip_expect_violation(chip_sim->chip.irq_eoi);
}

static void chip_aim_at_nothing(struct irq_data *data)
{
	struct cpumask none;

	cpumask_clear(&none);
	chip_sim->chip.irq_set_affinity(data, &none);
}

static void chip_wrong_aim(void)
{
	chip_expect_violation(chip_aim_at_nothing);
}

static void chip_aim_at_inactive(struct irq_data *data)
{
	struct cpumask mask;

	irqkit_cpumask_single(&mask, 3);
	chip_sim->chip.irq_set_affinity(data, &mask);
}

static void chip_wrong_cpu(void)
{
	irqkit_cpu_offline(3, NULL);
	chip_expect_violation(chip_aim_at_inactive);
}

static void chip_checks_itself(void)
{
	const struct sim_line_info info = {
		.name = "strict",
		.style = SIM_STYLE_EOI,
		.nr_lines = 4,
		.status = IRQ_MOVE_PCNTXT,
	};

	chip_open(&info, "the simulated controller sees what is wrong");
	chip_request(IRQF_TRIGGER_RISING);
	tap_expect(host_panics(chip_wrong_unmask, "lock"), "no lock");
	tap_expect(host_panics(chip_wrong_eoi, "lock"), "no lock");
	tap_expect(host_panics(chip_wrong_aim, "at no CPU"), "empty mask");
	tap_expect(host_panics(chip_wrong_cpu, "not active"), "inactive CPU");
	chip_free();
	chip_close();
}

/* Debug builds look for missing bits of the target index in an offline. */
static void chip_offline_check(void)
{
	tap_subject("a CPU goes and comes back: the target index is right");
	tap_equal(irqkit_cpu_offline(2, NULL), 0, "offline");
	tap_equal(irqkit_cpu_online(2), 0, "and back");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(4, NULL);
	chip_orders();
	chip_late_start();
	chip_never_started(&chip_full);
	chip_never_started(&chip_plain);
	chip_failures();
	chip_nesting();
	chip_move_and_stop();
	chip_message_moves();
	chip_types();
	chip_type_errors();
	chip_type_masked();
	chip_type_to_level();
	chip_no_set_type();
	chip_wake();
	chip_wake_errors();
	chip_state_bits();
	chip_state_errors();
	chip_state_of_parent();
	chip_checks_itself();
	chip_offline_check();
	return host_end();
}
