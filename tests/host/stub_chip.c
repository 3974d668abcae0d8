/* SPDX-License-Identifier: MIT */
/* The controller with nothing behind it; see stub_chip.h. */
#include "stub_chip.h"
#include <string.h>
#include "suites/tap.h"

struct stub stub;
struct irq_chip stub_chip;
unsigned int stub_handled;
irqreturn_t stub_reply = IRQ_HANDLED;
void (*stub_in_handler)(void);

static struct irq_domain *stub_domain;
static struct irq_domain *stub_plain_domain;

/* Writes the operation down; returns what it is to answer. */
static int stub_note(enum stub_op op, struct irq_data *data)
{
	static const char letters[] = "ADTFSXMUCRke";
	size_t length = strlen(stub.story);

	stub.calls[op]++;
	stub.irq = data->irq;
	stub.cpu = irqkit_port_cpu();
	if (length + 1 < sizeof(stub.story))
		stub.story[length] = letters[op];
	if (!irqkit_port_irqs_disabled())
		host_violation("a chip is called with interrupts on");
	if (stub.hook != NULL)
		stub.hook(op, data);
	return stub.answer[op];
}

static int stub_startup(struct irq_data *data)
{
	return stub_note(STUB_STARTUP, data);
}

static void stub_shutdown(struct irq_data *data)
{
	stub_note(STUB_SHUTDOWN, data);
}

static void stub_mask(struct irq_data *data)
{
	stub_note(STUB_MASK, data);
}

static void stub_unmask(struct irq_data *data)
{
	stub_note(STUB_UNMASK, data);
}

static void stub_ack(struct irq_data *data)
{
	stub_note(STUB_ACK, data);
}

static void stub_eoi(struct irq_data *data)
{
	stub_note(STUB_EOI, data);
}

static int stub_set_type(struct irq_data *data, unsigned int type)
{
	stub.type = type;
	return stub_note(STUB_TYPE, data);
}

static int stub_retrigger(struct irq_data *data)
{
	return stub_note(STUB_RETRIGGER, data);
}

static void stub_complete_move(struct irq_data *data)
{
	stub_note(STUB_COMPLETE, data);
}

/* The contract: CPUs that may be targets, and at least one (HZ3, HZ25). */
static void stub_check_mask(const struct cpumask *mask)
{
	if (cpumask_empty(mask))
		host_violation("irq_set_affinity with no CPU");
	if (!cpumask_subset(mask, stub.may_aim_inactive ? cpu_online_mask
							: cpu_active_mask))
		host_violation("irq_set_affinity with a CPU that is gone");
}

static void stub_tell(struct irq_data *data, const struct cpumask *mask)
{
	struct cpumask one;
	unsigned int cpu = cpumask_first(mask);

	if (stub.aim == STUB_AIM_SILENT)
		return;
	if (stub.aim == STUB_AIM_ALL) {
		irq_data_update_effective_affinity(data, mask);
		return;
	}
	while (stub.aim == STUB_AIM_LAST &&
	       cpumask_next(cpu, mask) < nr_cpu_ids)
		cpu = cpumask_next(cpu, mask);
	irqkit_cpumask_single(&one, cpu);
	irq_data_update_effective_affinity(data, &one);
}

static int stub_set_affinity(struct irq_data *data, const struct cpumask *mask)
{
	struct cpumask room;
	int answer = stub.answer[STUB_AFFINITY];

	if (stub.answer_once != 0)
		answer = stub.answer_once;
	stub.answer_once = 0;
	cpumask_copy(&stub.mask, mask);
	stub_check_mask(mask);
	cpumask_andnot(&room, mask, &stub.full);
	if (answer >= 0 && cpumask_empty(&room))
		answer = -ENOSPC;
	if (answer >= 0)
		stub_tell(data, &room);
	stub_note(STUB_AFFINITY, data);
	return answer;
}

static const struct irq_chip stub_whole_chip = {
	.name = "stub",
	.irq_startup = stub_startup,
	.irq_shutdown = stub_shutdown,
	.irq_mask = stub_mask,
	.irq_unmask = stub_unmask,
	.irq_ack = stub_ack,
	.irq_eoi = stub_eoi,
	.irq_set_type = stub_set_type,
	.irq_set_affinity = stub_set_affinity,
	.irq_force_complete_move = stub_complete_move,
	.irq_retrigger = stub_retrigger,
};

static int stub_activate(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	return stub_note(STUB_ACTIVATE, data);
}

static void stub_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	stub_note(STUB_DEACTIVATE, data);
}

static int stub_alloc(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	const irq_flow_handler_t *flow = arg;

	for (unsigned int i = irq; i < irq + nr; i++) {
		irq_domain_set_info(domain, i, i, &stub_chip, NULL, *flow);
		if (stub.is_single)
			irq_get_irq_data(i)->common->state |=
				IRQD_SINGLE_TARGET;
	}
	return 0;
}

static void stub_release(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static const struct irq_domain_ops stub_ops = {
	.alloc = stub_alloc,
	.free = stub_release,
	.activate = stub_activate,
	.deactivate = stub_deactivate,
};

static const struct irq_domain_ops stub_plain_ops = {
	.alloc = stub_alloc,
	.free = stub_release,
};

void stub_reset(void)
{
	memset(&stub, 0, sizeof(stub));
	stub_chip = stub_whole_chip;
	stub_handled = 0;
	stub_reply = IRQ_HANDLED;
	stub_in_handler = NULL;
}

void stub_expect(const char *story, const char *when)
{
	tap_expect(strcmp(stub.story, story) == 0,
		   "%s: the chip was told '%s', expected '%s'", when,
		   stub.story, story);
	memset(stub.story, 0, sizeof(stub.story));
}

static struct irq_domain *stub_get_domain(struct irq_domain **domain,
					  const struct irq_domain_ops *ops)
{
	const struct irq_domain_info info = {.name = "stub", .ops = ops};

	if (*domain == NULL)
		irq_domain_create(&info, domain);
	return *domain;
}

static unsigned int stub_make_in(struct irq_domain *domain,
				 irq_flow_handler_t flow, unsigned int status,
				 const struct irq_affinity_desc *affinity)
{
	int irq = irq_domain_alloc_irqs_affinity(domain, 1, NUMA_NO_NODE, &flow,
						 affinity);

	tap_expect(irq > 0, "an interrupt of the stub: %d", irq);
	irq_set_status_flags((unsigned int)irq, status);
	return (unsigned int)irq;
}

unsigned int stub_make(irq_flow_handler_t flow, unsigned int status,
		       const struct irq_affinity_desc *affinity)
{
	return stub_make_in(stub_get_domain(&stub_domain, &stub_ops), flow,
			    status, affinity);
}

unsigned int stub_make_plain(irq_flow_handler_t flow, unsigned int status)
{
	return stub_make_in(
		stub_get_domain(&stub_plain_domain, &stub_plain_ops), flow,
		status, NULL);
}

void stub_free(unsigned int irq)
{
	tap_equal(irq_domain_free_irqs(irq, 1), 0, "free of irq %u", irq);
	if (stub_domain != NULL && irq_domain_remove(stub_domain) == 0)
		stub_domain = NULL;
	if (stub_plain_domain != NULL &&
	    irq_domain_remove(stub_plain_domain) == 0)
		stub_plain_domain = NULL;
}

void stub_arrive(unsigned int irq, unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(cpu);
	generic_handle_irq_desc(irq_to_desc(irq));
	irqkit_dispatch_exit(cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
}

irqreturn_t stub_handler(unsigned int irq, void *dev_id)
{
	void (*inside)(void) = stub_in_handler;

	(void)irq;
	(void)dev_id;
	stub_handled++;
	stub_in_handler = NULL;
	if (inside != NULL)
		inside();
	return stub_reply;
}

static unsigned long stub_bits(const struct cpumask *mask)
{
	unsigned long bits = 0;
	unsigned int cpu;

	for_each_cpu (cpu, mask)
		bits |= 1UL << cpu;
	return bits;
}

unsigned long stub_effective(unsigned int irq)
{
	struct cpumask mask;

	tap_equal(irq_get_effective_affinity(irq, &mask), 0, "effective");
	return stub_bits(&mask);
}

unsigned long stub_affinity(unsigned int irq)
{
	struct cpumask mask;

	tap_equal(irq_get_affinity(irq, &mask), 0, "affinity");
	return stub_bits(&mask);
}

struct cpumask stub_cpus(unsigned long bits)
{
	struct cpumask mask;

	cpumask_clear(&mask);
	for (unsigned int cpu = 0; bits >> cpu != 0; cpu++) {
		if ((bits >> cpu & 1) != 0)
			cpumask_set_cpu(cpu, &mask);
	}
	return mask;
}

unsigned int stub_state(unsigned int irq)
{
	return irq_get_irq_data(irq)->common->state;
}

unsigned int stub_depth(unsigned int irq)
{
	return irq_to_desc(irq)->depth;
}

void stub_cpu_stop(unsigned int cpu, struct irqkit_receipt *receipt)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	tap_equal(irqkit_cpu_dying(cpu, receipt), 0, "cpu %u dying", cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
	tap_equal(irqkit_cpu_dead(cpu), 0, "cpu %u dead", cpu);
}

void stub_cpu_down(unsigned int cpu, struct irqkit_receipt *receipt)
{
	tap_equal(irqkit_cpu_offline(cpu, receipt), 0, "cpu %u offline", cpu);
	stub_cpu_stop(cpu, receipt);
}

void stub_cpu_up(unsigned int cpu)
{
	unsigned int before;
	unsigned long state;

	tap_equal(irqkit_cpu_prepare(cpu), 0, "cpu %u prepare", cpu);
	before = host_become(cpu);
	state = irqkit_port_irq_save();
	tap_equal(irqkit_cpu_starting(cpu), 0, "cpu %u starting", cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
	tap_equal(irqkit_cpu_online(cpu), 0, "cpu %u online", cpu);
}

static unsigned int stub_leaving;
static int stub_offline_result;

static void stub_offline_work(void *argument)
{
	stub_offline_result = irqkit_cpu_offline(stub_leaving, argument);
}

void stub_offline_meanwhile(unsigned int caller, unsigned int leaving)
{
	stub_leaving = leaving;
	host_give_work(caller, stub_offline_work, NULL);
	/* Then some more, so that it comes to the lock, and waits there. */
	for (unsigned int turns = 0; turns < 200; turns++) {
		if (!cpu_active(leaving) && turns > 100)
			return;
		irqkit_port_relax();
	}
	host_violation("a CPU that was to leave did not");
}

int stub_join(unsigned int caller)
{
	for (unsigned int turns = 0; turns < 10000; turns++) {
		if (host_is_idle(caller))
			return stub_offline_result;
		irqkit_port_relax();
	}
	return -ETIMEDOUT;
}
