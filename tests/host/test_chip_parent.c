/* SPDX-License-Identifier: MIT */
/*
 * Chips that hand an operation on to the level nearer to the CPU, on levels
 * made by hand; and the message of the nearest level that knows it.
 */
#include <string.h>
#include "host.h"
#include "suites/tap.h"

static struct {
	unsigned int calls;
	const char *last;
	struct irq_data *data;
	unsigned long argument;
	const struct cpumask *mask;
	int result;
} parent_seen;

static int parent_note(const char *name, struct irq_data *data,
		       unsigned long argument)
{
	parent_seen.calls++;
	parent_seen.last = name;
	parent_seen.data = data;
	parent_seen.argument = argument;
	return parent_seen.result;
}

static void parent_chip_ack(struct irq_data *data)
{
	parent_note("ack", data, 0);
}

static void parent_chip_eoi(struct irq_data *data)
{
	parent_note("eoi", data, 0);
}

static void parent_chip_mask(struct irq_data *data)
{
	parent_note("mask", data, 0);
}

static void parent_chip_unmask(struct irq_data *data)
{
	parent_note("unmask", data, 0);
}

static int parent_chip_startup(struct irq_data *data)
{
	return parent_note("startup", data, 0);
}

static void parent_chip_shutdown(struct irq_data *data)
{
	parent_note("shutdown", data, 0);
}

static int parent_chip_set_type(struct irq_data *data, unsigned int type)
{
	return parent_note("set_type", data, type);
}

static int parent_chip_set_wake(struct irq_data *data, bool on)
{
	return parent_note("set_wake", data, on);
}

static int parent_chip_set_affinity(struct irq_data *data,
				    const struct cpumask *mask)
{
	parent_seen.mask = mask;
	return parent_note("set_affinity", data, 0);
}

static void parent_chip_force(struct irq_data *data)
{
	parent_note("force", data, 0);
}

static int parent_chip_retrigger(struct irq_data *data)
{
	return parent_note("retrigger", data, 0);
}

static void parent_parent_compose(struct irq_data *data, struct msi_msg *msg)
{
	parent_note("compose", data, 0);
	msg->data = 77;
}

static struct irq_chip parent_chip;
static struct irq_chip parent_child_chip;
static struct irq_data parent_level = {.chip = &parent_chip};
static struct irq_data parent_child = {
	.chip = &parent_child_chip,
	.parent_data = &parent_level,
};

static void parent_hand_on_begin(const char *subject)
{
	tap_subject("%s", subject);
	memset(&parent_chip, 0, sizeof(parent_chip));
	memset(&parent_child_chip, 0, sizeof(parent_child_chip));
	memset(&parent_seen, 0, sizeof(parent_seen));
	parent_seen.last = "none";
}

static void parent_seen_once(const char *name)
{
	tap_equal(parent_seen.calls, 1, "%s: calls", name);
	tap_expect(strcmp(parent_seen.last, name) == 0, "%s: it was %s", name,
		   parent_seen.last);
	tap_expect(parent_seen.data == &parent_level, "%s: the parent's data",
		   name);
	parent_seen.calls = 0;
}

static void parent_fill(void)
{
	parent_chip.irq_ack = parent_chip_ack;
	parent_chip.irq_eoi = parent_chip_eoi;
	parent_chip.irq_mask = parent_chip_mask;
	parent_chip.irq_unmask = parent_chip_unmask;
	parent_chip.irq_startup = parent_chip_startup;
	parent_chip.irq_shutdown = parent_chip_shutdown;
	parent_chip.irq_set_type = parent_chip_set_type;
	parent_chip.irq_set_wake = parent_chip_set_wake;
	parent_chip.irq_set_affinity = parent_chip_set_affinity;
	parent_chip.irq_force_complete_move = parent_chip_force;
	parent_chip.irq_retrigger = parent_chip_retrigger;
}

static void parent_hand_on_plain(void)
{
	irq_chip_ack_parent(&parent_child);
	parent_seen_once("ack");
	irq_chip_eoi_parent(&parent_child);
	parent_seen_once("eoi");
	irq_chip_mask_parent(&parent_child);
	parent_seen_once("mask");
	irq_chip_unmask_parent(&parent_child);
	parent_seen_once("unmask");
	irq_chip_shutdown_parent(&parent_child);
	parent_seen_once("shutdown");
	irq_chip_force_complete_move_parent(&parent_child);
	parent_seen_once("force");
}

static void parent_hand_on_results(int result)
{
	parent_seen.result = result;
	tap_equal(irq_chip_startup_parent(&parent_child), result, "startup");
	parent_seen_once("startup");
	tap_equal(irq_chip_set_type_parent(&parent_child, IRQ_TYPE_LEVEL_LOW),
		  result, "set_type");
	tap_equal((long long)parent_seen.argument, IRQ_TYPE_LEVEL_LOW, "type");
	parent_seen_once("set_type");
	tap_equal(irq_chip_set_wake_parent(&parent_child, true), result,
		  "set_wake");
	tap_equal((long long)parent_seen.argument, 1, "on");
	parent_seen_once("set_wake");
	tap_equal(irq_chip_set_affinity_parent(&parent_child, cpu_active_mask),
		  result, "set_affinity");
	tap_expect(parent_seen.mask == cpu_active_mask, "mask");
	parent_seen_once("set_affinity");
	tap_equal(irq_chip_retrigger_parent(&parent_child), result,
		  "retrigger");
	parent_seen_once("retrigger");
}

static void parent_hand_on(void)
{
	parent_hand_on_begin("irq_chip_*_parent(): the parent does it");
	parent_fill();
	parent_hand_on_plain();
	parent_hand_on_results(0);
	parent_hand_on_results(-EBUSY);
	tap_close();
}

static void parent_hand_on_nothing(void)
{
	parent_hand_on_begin("irq_chip_*_parent(): the parent cannot");
	irq_chip_ack_parent(&parent_child);
	irq_chip_eoi_parent(&parent_child);
	irq_chip_mask_parent(&parent_child);
	irq_chip_unmask_parent(&parent_child);
	irq_chip_shutdown_parent(&parent_child);
	irq_chip_force_complete_move_parent(&parent_child);
	tap_equal(irq_chip_set_type_parent(&parent_child, IRQ_TYPE_EDGE_BOTH),
		  -ENOSYS, "set_type");
	tap_equal(irq_chip_set_wake_parent(&parent_child, true), -ENOSYS,
		  "set_wake");
	tap_equal(irq_chip_set_affinity_parent(&parent_child, cpu_active_mask),
		  -ENOSYS, "set_affinity");
	tap_equal(irq_chip_retrigger_parent(&parent_child), -ENOSYS,
		  "retrigger");
	tap_equal(parent_seen.calls, 0, "calls");
	tap_close();
}

/* As the core does for a chip without these two. */
static void parent_hand_on_fallback(void)
{
	parent_hand_on_begin("irq_chip_*_parent(): mask and unmask instead");
	parent_chip.irq_mask = parent_chip_mask;
	parent_chip.irq_unmask = parent_chip_unmask;
	tap_equal(irq_chip_startup_parent(&parent_child), 0, "startup");
	parent_seen_once("unmask");
	irq_chip_shutdown_parent(&parent_child);
	parent_seen_once("mask");
	parent_fill();
	parent_chip.flags = IRQCHIP_SKIP_SET_WAKE;
	tap_equal(irq_chip_set_wake_parent(&parent_child, true), 0, "set_wake");
	tap_equal(parent_seen.calls, 0, "calls for IRQCHIP_SKIP_SET_WAKE");
	tap_close();
}

static void parent_compose(void)
{
	struct msi_msg msg = {.data = 5};

	parent_hand_on_begin("irq_chip_compose_msi_msg(): the nearest level");
	tap_equal(irq_chip_compose_msi_msg(&parent_child, &msg), -ENOSYS,
		  "nobody knows");
	tap_equal(msg.data, 5, "the message is as before");
	parent_chip.irq_compose_msi_msg = parent_parent_compose;
	tap_equal(irq_chip_compose_msi_msg(&parent_child, &msg), 0, "parent");
	parent_seen_once("compose");
	tap_equal(msg.data, 77, "the message");
	tap_equal(irq_chip_compose_msi_msg(&parent_level, &msg), 0, "parent");
	parent_seen_once("compose");
	parent_child_chip.irq_compose_msi_msg = parent_parent_compose;
	tap_equal(irq_chip_compose_msi_msg(&parent_child, &msg), 0, "child");
	tap_equal(parent_seen.calls, 1, "calls");
	tap_expect(parent_seen.data == &parent_child, "the child's data");
	tap_equal(irq_chip_compose_msi_msg(NULL, &msg), -EINVAL, "no level");
	tap_equal(irq_chip_compose_msi_msg(&parent_child, NULL), -EINVAL,
		  "no message");
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(4, NULL);
	parent_hand_on();
	parent_hand_on_nothing();
	parent_hand_on_fallback();
	parent_compose();
	return host_end();
}
