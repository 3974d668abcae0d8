/* SPDX-License-Identifier: MIT */
/*
 * What the library notes by itself: each thing that happens to an interrupt
 * leaves its entry, with its arguments and in its place.
 */
#include <irqkit/trace.h>
#include "host.h"
#include "suites/tap.h"

static int point_start_error;
static unsigned int point_target;
static bool point_moves;
static int point_retrigger_result;

static int point_startup(struct irq_data *data)
{
	(void)data;
	return point_start_error;
}

static void point_nothing(struct irq_data *data)
{
	(void)data;
}

static int point_aim(struct irq_data *data, const struct cpumask *mask)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, cpumask_first(mask));
	irq_data_update_effective_affinity(data, &one);
	return point_moves ? IRQKIT_MOVING : 0;
}

static void point_complete(struct irq_data *data)
{
	irq_move_done(data);
}

static int point_retrigger(struct irq_data *data)
{
	(void)data;
	return point_retrigger_result;
}

static int point_send(struct irq_data *data, unsigned int cpu)
{
	(void)data;
	point_target = cpu;
	return 0;
}

static int point_send_mask(struct irq_data *data, const struct cpumask *dest)
{
	(void)data;
	point_target = cpumask_first(dest);
	return 0;
}

static const struct irq_chip point_chip = {
	.name = "point",
	.irq_startup = point_startup,
	.irq_mask = point_nothing,
	.irq_unmask = point_nothing,
	.irq_set_affinity = point_aim,
	.irq_force_complete_move = point_complete,
	.irq_retrigger = point_retrigger,
	.ipi_send_single = point_send,
	.ipi_send_mask = point_send_mask,
};

/* One that cannot be aimed, and says that it goes to CPU 1. */
static void point_fixed_unmask(struct irq_data *data)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, 1);
	irq_data_update_effective_affinity(data, &one);
}

static const struct irq_chip point_fixed_chip = {
	.name = "fixed",
	.irq_mask = point_nothing,
	.irq_unmask = point_fixed_unmask,
};

static irqreturn_t point_answer = IRQ_HANDLED;

static irqreturn_t point_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return point_answer;
}

static unsigned long point_position[2];

static void point_clear(void)
{
	irqkit_trace_clear();
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		point_position[cpu] = 0;
}

/* The next entry of a CPU is this one. */
static void point_is(unsigned int cpu, enum irqkit_trace_event event,
		     unsigned int irq, unsigned long a, unsigned long b)
{
	struct irqkit_trace_entry entry = {.lost = 0};
	const char *name = irqkit_trace_name(event);

	if (!tap_equal(irqkit_trace_read(cpu, &point_position[cpu], &entry), 1,
		       "there is an entry for %s", name))
		return;
	tap_expect(entry.event == event, "it is %s: %s", name,
		   irqkit_trace_name(entry.event));
	tap_equal(entry.irq, irq, "irq of %s", name);
	tap_equal((long long)entry.a, (long long)a, "argument of %s", name);
	tap_equal((long long)entry.b, (long long)b, "second one of %s", name);
}

static void point_end(unsigned int cpu)
{
	struct irqkit_trace_entry entry;

	if (!tap_equal(irqkit_trace_read(cpu, &point_position[cpu], &entry), 0,
		       "nothing more on cpu %u", cpu))
		tap_note("it is %s", irqkit_trace_name(entry.event));
	tap_equal((long long)irqkit_trace_dropped(), 0, "dropped");
}

static void point_arrive(unsigned int irq, unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	irqkit_dispatch_enter(cpu);
	generic_handle_irq_desc(irq_to_desc(irq));
	irqkit_dispatch_exit(cpu);
	irqkit_port_irq_restore(state);
	host_become(before);
}

static unsigned int point_make(const struct irq_chip *chip, int at,
			       irq_flow_handler_t flow)
{
	int irq = irq_alloc_descs(at, 1, 1, 0);

	irq_set_chip_and_handler((unsigned int)irq, 9, chip, NULL, flow);
	return (unsigned int)irq;
}

static void point_life(void)
{
	unsigned long handler = (unsigned long)point_handler;
	unsigned int irq;

	tap_subject("an interrupt from its allocation to its end");
	point_clear();
	irq = (unsigned int)irq_alloc_descs(40, 1, 3, 0);
	point_is(0, IRQKIT_TRACE_ALLOC, 40, 3, 0);
	irq_set_chip_and_handler(irq, 9, &point_chip, NULL, handle_level_irq);
	point_end(0);
	point_start_error = -ENOSPC;
	request_irq(irq, point_handler, IRQF_NOBALANCING, "p", NULL);
	point_is(0, IRQKIT_TRACE_SET_AFFINITY, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_STARTUP, irq, (unsigned long)-ENOSPC, 0);
	point_is(0, IRQKIT_TRACE_REQUEST, irq, IRQF_NOBALANCING,
		 (unsigned long)-ENOSPC);
	point_end(0);
	point_start_error = 0;
	request_irq(irq, point_handler, 0, "p", NULL);
	point_is(0, IRQKIT_TRACE_SET_AFFINITY, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_STARTUP, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_REQUEST, irq, 0, 0);
	point_end(0);
	point_arrive(irq, 1);
	point_is(1, IRQKIT_TRACE_MASK, irq, 0, 0);
	point_is(1, IRQKIT_TRACE_HANDLER_ENTRY, irq, handler, 0);
	point_is(1, IRQKIT_TRACE_HANDLER_EXIT, irq, handler, IRQ_HANDLED);
	point_is(1, IRQKIT_TRACE_UNMASK, irq, 0, 0);
	point_end(1);
	free_irq(irq, NULL);
	point_is(0, IRQKIT_TRACE_SHUTDOWN, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_MASK, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_FREE, irq, 0, 0);
	irq_free_descs(irq, 3);
	point_is(0, IRQKIT_TRACE_RELEASE, irq, 3, 0);
	point_end(0);
	point_end(1);
	tap_close();
}

static void point_disable(void)
{
	unsigned int irq;

	tap_subject("disabled, pending, enabled and raised again");
	irq = point_make(&point_chip, -1, handle_edge_irq);
	request_irq(irq, point_handler, 0, "p", NULL);
	point_clear();
	disable_irq_nosync(irq);
	point_is(0, IRQKIT_TRACE_DISABLE, irq, 1, 0);
	disable_irq_nosync(irq);
	point_is(0, IRQKIT_TRACE_DISABLE, irq, 2, 0);
	point_arrive(irq, 0);
	point_is(0, IRQKIT_TRACE_MASK, irq, 0, 0);
	enable_irq(irq);
	point_is(0, IRQKIT_TRACE_ENABLE, irq, 1, 0);
	enable_irq(irq);
	point_is(0, IRQKIT_TRACE_UNMASK, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_ENABLE, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_RESEND, irq, 0, 0);
	point_end(0);
	point_retrigger_result = -ENOSPC;
	disable_irq_nosync(irq);
	point_arrive(irq, 0);
	point_clear();
	enable_irq(irq);
	point_is(0, IRQKIT_TRACE_UNMASK, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_ENABLE, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_RESEND, irq, 1, 0);
	point_end(0);
	point_retrigger_result = 0;
	tap_equal(irqkit_poll(), 1, "poll");
	free_irq(irq, NULL);
	irq_free_descs(irq, 1);
	tap_close();
}

/* Nobody handles it: each kind of flow notes that. */
static void point_unhandled(void)
{
	unsigned long handler = (unsigned long)point_handler;
	unsigned long count = irqkit_unhandled(0);
	unsigned int irq;

	tap_subject("what nobody handles");
	irq = point_make(&point_chip, -1, handle_simple_irq);
	request_irq(irq, point_handler, 0, "p", NULL);
	point_answer = IRQ_NONE;
	point_clear();
	point_arrive(irq, 0);
	point_is(0, IRQKIT_TRACE_HANDLER_ENTRY, irq, handler, 0);
	point_is(0, IRQKIT_TRACE_HANDLER_EXIT, irq, handler, IRQ_NONE);
	point_is(0, IRQKIT_TRACE_UNHANDLED, irq, 9, count + 1);
	irq_set_handler(irq, handle_percpu_irq);
	point_arrive(irq, 0);
	point_is(0, IRQKIT_TRACE_HANDLER_ENTRY, irq, handler, 0);
	point_is(0, IRQKIT_TRACE_HANDLER_EXIT, irq, handler, IRQ_NONE);
	point_is(0, IRQKIT_TRACE_UNHANDLED, irq, 9, count + 2);
	irq_set_handler(irq, NULL);
	point_arrive(irq, 0);
	point_is(0, IRQKIT_TRACE_UNHANDLED, irq, 9, count + 3);
	point_end(0);
	point_answer = IRQ_HANDLED;
	free_irq(irq, NULL);
	irq_free_descs(irq, 1);
	tap_close();
}

static void point_percpu(void)
{
	static void *cookies[IRQKIT_NR_CPUS];
	unsigned long handler = (unsigned long)point_handler;
	unsigned int irq;

	tap_subject("a per-CPU interrupt, kept and handled");
	irq = point_make(&point_chip, -1, handle_percpu_irq);
	irq_set_status_flags(irq, IRQ_PER_CPU);
	point_clear();
	request_percpu_irq(irq, point_handler, "p", cookies);
	point_is(0, IRQKIT_TRACE_REQUEST, irq, 0, 0);
	point_arrive(irq, 0);
	point_end(0);
	enable_percpu_irq(irq);
	point_is(0, IRQKIT_TRACE_HANDLER_ENTRY, irq, handler, 0);
	point_is(0, IRQKIT_TRACE_HANDLER_EXIT, irq, handler, IRQ_HANDLED);
	free_percpu_irq(irq, cookies);
	point_is(0, IRQKIT_TRACE_FREE, irq, (unsigned long)-EBUSY, 0);
	disable_percpu_irq(irq);
	free_percpu_irq(irq, cookies);
	point_is(0, IRQKIT_TRACE_FREE, irq, 0, 0);
	point_end(0);
	irq_free_descs(irq, 1);
	tap_close();
}

static void point_move(void)
{
	struct cpumask one;
	unsigned int irq;

	tap_subject("moves, and moves that end later");
	irq = point_make(&point_chip, -1, handle_edge_irq);
	irq_set_status_flags(irq, IRQ_MOVE_PCNTXT);
	request_irq(irq, point_handler, 0, "p", NULL);
	point_clear();
	irqkit_cpumask_single(&one, 1);
	irq_set_affinity(irq, &one);
	point_is(0, IRQKIT_TRACE_SET_AFFINITY, irq, 1, 0);
	point_moves = true;
	irqkit_cpumask_single(&one, 0);
	irq_set_affinity(irq, &one);
	point_is(0, IRQKIT_TRACE_SET_AFFINITY, irq, 0, IRQKIT_MOVING);
	point_moves = false;
	free_irq(irq, NULL);
	point_is(0, IRQKIT_TRACE_SHUTDOWN, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_MASK, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_MOVE_DONE, irq, 0, 0);
	point_is(0, IRQKIT_TRACE_FREE, irq, 0, 0);
	point_end(0);
	irq_free_descs(irq, 1);
	tap_close();
}

static int point_ipi_alloc(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i, &point_chip, NULL,
				    handle_percpu_irq);
	return 0;
}

static void point_ipi_free(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static void point_ipi(void)
{
	static const struct irq_domain_ops ops = {
		.alloc = point_ipi_alloc,
		.free = point_ipi_free,
	};
	const struct irq_domain_info info = {
		.name = "ipi",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.ops = &ops,
	};
	struct irq_domain *domain;
	struct cpumask both;
	unsigned int irq;

	tap_subject("IPIs that are sent");
	irq_domain_create(&info, &domain);
	irqkit_cpumask_first_n(&both, 2);
	point_clear();
	irq = (unsigned int)irq_reserve_ipi(domain, &both);
	point_is(0, IRQKIT_TRACE_ALLOC, irq, 1, 0);
	ipi_send_single(irq, 1);
	point_is(0, IRQKIT_TRACE_IPI_SEND, irq, 1, 0);
	tap_equal(point_target, 1, "sent");
	ipi_send_mask(irq, &both);
	point_is(0, IRQKIT_TRACE_IPI_SEND_MASK, irq, 2, 0);
	ipi_send_single(irq, 5);
	point_end(0);
	irq_destroy_ipi(irq, &both);
	point_is(0, IRQKIT_TRACE_RELEASE, irq, 1, 0);
	point_end(0);
	irq_domain_remove(domain);
	tap_close();
}

/*
 * One that moves, one of CPU 1 alone, one that is managed, one that cannot
 * move. @irqs: in rising order.
 */
static void point_make_all(unsigned int *irqs)
{
	struct irq_affinity_desc managed = {.is_managed = true};
	struct cpumask mask;

	irqkit_cpumask_single(&managed.mask, 1);
	irqs[0] = point_make(&point_chip, 50, handle_edge_irq);
	irqs[1] = point_make(&point_chip, 51, handle_edge_irq);
	irqs[2] = (unsigned int)irq_alloc_descs_affinity(52, 0, 1, 0, &managed);
	irq_set_chip_and_handler(52, 0, &point_chip, NULL, handle_edge_irq);
	irqs[3] = point_make(&point_fixed_chip, 53, handle_edge_irq);
	for (unsigned int i = 0; i < 4; i++)
		request_irq(irqs[i], point_handler, 0, "p", NULL);
	for (unsigned int i = 0; i < 2; i++) {
		irqkit_cpumask_single(&mask, 1);
		irq_set_status_flags(irqs[i], IRQ_MOVE_PCNTXT);
		irq_set_affinity(irqs[i], &mask);
	}
	/* The first may also go to CPU 0. */
	cpumask_set_cpu(0, &irq_get_irq_data(irqs[0])->common->affinity);
}

static void point_stop_cpu(void *argument)
{
	unsigned long state = irqkit_port_irq_save();

	(void)argument;
	irqkit_cpu_dying(1, NULL);
	irqkit_port_irq_restore(state);
}

static void point_migrate(void)
{
	unsigned int irqs[4];
	unsigned int before;

	tap_subject("what becomes of the interrupts of a CPU that goes");
	point_make_all(irqs);
	point_clear();
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "offline");
	point_is(0, IRQKIT_TRACE_CPU_OFFLINE, 0, 1, 0);
	point_is(0, IRQKIT_TRACE_SET_AFFINITY, irqs[0], 0, 0);
	point_is(0, IRQKIT_TRACE_MIGRATE_MOVED, irqs[0], 1, 0);
	point_is(0, IRQKIT_TRACE_SET_AFFINITY, irqs[1], 0, 0);
	point_is(0, IRQKIT_TRACE_MIGRATE_BROKEN, irqs[1], 1, 0);
	point_is(0, IRQKIT_TRACE_SHUTDOWN, irqs[2], 0, 0);
	point_is(0, IRQKIT_TRACE_MASK, irqs[2], 0, 0);
	point_is(0, IRQKIT_TRACE_MIGRATE_SHUTDOWN, irqs[2], 1, 0);
	point_is(0, IRQKIT_TRACE_MIGRATE_STUCK, irqs[3], 1,
		 (unsigned long)-ENOSYS);
	point_end(0);
	before = host_become(1);
	point_stop_cpu(NULL);
	host_become(before);
	point_is(1, IRQKIT_TRACE_CPU_DYING, 0, 1, 0);
	point_is(1, IRQKIT_TRACE_MIGRATE_STUCK, irqs[3], 1,
		 (unsigned long)-ENOSYS);
	point_end(1);
	for (unsigned int i = 0; i < 4; i++) {
		free_irq(irqs[i], NULL);
		irq_free_descs(irqs[i], 1);
	}
	tap_close();
}

int main(void)
{
	host_begin();
	host_start(2, NULL);
	point_life();
	point_disable();
	point_unhandled();
	point_percpu();
	point_move();
	point_ipi();
	point_migrate();
	return host_end();
}
