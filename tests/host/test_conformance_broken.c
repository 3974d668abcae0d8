/* SPDX-License-Identifier: MIT */
/*
 * Controllers with one thing wrong each: the conformance suite rejects each
 * with the sentence that it breaks, and with those that follow from it, and
 * finds nothing else. Each runs in a process of its own, as what it leaves
 * behind is as broken. With CONFORMANCE_SHOW in the environment all that the
 * suite says is shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "conformance_host.h"
#include "host.h"

/* A run that hangs is ended, and then has rejected nothing. */
#define BROKEN_SECONDS 60

#define BROKEN_TEXT    1024U

struct broken_controller {
	const char *name;
	enum conformance_host_kind kind;
	void (*breaks)(struct conformance_host *host);
	const char *own;     /* number of its sentence */
	const char *failing; /* all numbers; NULL: anything that follows */
};

/* The one under test, and its operations as they were. */
static struct conformance_host *broken_host;
static struct irq_chip broken_good;
static struct irq_domain_ops broken_good_ops;

static struct irq_chip *broken_chip(void)
{
	return &broken_host->line->chip;
}

static struct sim_pin *broken_pin(const struct irq_data *data)
{
	return &broken_host->line->pins[data->hwirq];
}

static struct sim_pin *broken_pin_of(unsigned int irq)
{
	return broken_pin(irq_get_irq_data(irq));
}

static void broken_nothing(struct irq_data *data)
{
	(void)data;
}

/* ---- masks */

static void break_mask(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_shutdown = broken_good.irq_mask;
	broken_chip()->irq_mask = broken_nothing;
}

static int masked_fire(const struct conformance_controller *controller,
		       unsigned int irq)
{
	const struct sim_pin *pin = broken_pin_of(irq);

	if (!pin->masked)
		sim_line_pulse(broken_host->line,
			       irqd_to_hwirq(irq_get_irq_data(irq)));
	(void)controller;
	return 0;
}

static void break_latch(struct conformance_host *host)
{
	host->controller.fire = masked_fire;
}

static void unmask_forgets(struct irq_data *data)
{
	broken_pin(data)->latched = false;
	broken_good.irq_unmask(data);
}

static void break_unmask(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_unmask = unmask_forgets;
}

static void unmask_raises(struct irq_data *data)
{
	broken_pin(data)->latched = true;
	broken_good.irq_unmask(data);
}

static int unmask_starts(struct irq_data *data)
{
	broken_good.irq_unmask(data);
	return 0;
}

static void break_quiet_unmask(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_startup = unmask_starts;
	broken_chip()->irq_unmask = unmask_raises;
}

static void masked_drive(const struct conformance_controller *controller,
			 unsigned int irq, bool asserted)
{
	struct sim_pin *pin = broken_pin_of(irq);

	(void)controller;
	if (asserted && pin->masked)
		pin->latched = true;
	pin->level = asserted;
}

static void break_level_latch(struct conformance_host *host)
{
	host->controller.drive = masked_drive;
}

/* Only a level that is asserted while it is let through. */
static void open_drive(const struct conformance_controller *controller,
		       unsigned int irq, bool asserted)
{
	struct sim_pin *pin = broken_pin_of(irq);

	(void)controller;
	pin->level = asserted && !pin->masked;
}

static void break_masked_level(struct conformance_host *host)
{
	host->controller.drive = open_drive;
}

/* ---- what comes while it is disabled */

static int retrigger_nothing(struct irq_data *data)
{
	(void)data;
	return 0;
}

static void break_retrigger(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_retrigger = retrigger_nothing;
}

static unsigned int broken_extra;

static int retrigger_twice(struct irq_data *data)
{
	broken_extra = 1;
	return broken_good.irq_retrigger(data);
}

static void eoi_once_more(struct irq_data *data)
{
	broken_good.irq_eoi(data);
	if (broken_extra == 0)
		return;
	broken_extra--;
	broken_pin(data)->latched = true;
}

static void break_retrigger_once(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_retrigger = retrigger_twice;
	broken_chip()->irq_eoi = eoi_once_more;
}

/* ---- acknowledge and end */

static void break_eoi(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_eoi = broken_nothing;
}

static void eoi_forgets(struct irq_data *data)
{
	broken_pin(data)->latched = false;
	broken_good.irq_eoi(data);
}

static void break_eoi_latch(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_eoi = eoi_forgets;
}

/* Until its device releases it and asserts it again. */
static void eoi_ends_level(struct irq_data *data)
{
	broken_pin(data)->level = false;
	broken_good.irq_eoi(data);
}

static void break_level(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_eoi = eoi_ends_level;
}

/* The first one that is acknowledged comes again. */
static void ack_doubles(struct irq_data *data)
{
	broken_good.irq_ack(data);
	if (broken_pin(data)->taken == 1)
		broken_pin(data)->latched = true;
}

static void break_once(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_ack = ack_doubles;
}

/* Line 1 waits for an end that does not come. */
static void eoi_blocks_next(struct irq_data *data)
{
	broken_good.irq_eoi(data);
	if (data->hwirq == 0)
		broken_host->line->pins[1].active = true;
}

static void break_next(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_eoi = eoi_blocks_next;
}

static int fire_of_boot_cpu(const struct conformance_controller *controller,
			    unsigned int irq)
{
	(void)controller;
	if (irqkit_port_cpu() == 0)
		sim_line_pulse(broken_host->line,
			       irqd_to_hwirq(irq_get_irq_data(irq)));
	return 0;
}

static void break_other_cpus(struct conformance_host *host)
{
	host->controller.fire = fire_of_boot_cpu;
}

static void ack_all(struct irq_data *data)
{
	for (unsigned int i = 0; i < SIM_MAX_LINES; i++)
		broken_host->line->pins[i].latched = false;
	broken_good.irq_ack(data);
}

static void break_neighbours(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_ack = ack_all;
}

/* ---- triggers */

static int set_type_any(struct irq_data *data, unsigned int type)
{
	if (broken_good.irq_set_type(data, type) != 0)
		sim_forget();
	return 0;
}

static void break_set_type(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_type = set_type_any;
}

static int set_type_nothing(struct irq_data *data, unsigned int type)
{
	unsigned int before = broken_pin(data)->type;
	int error = broken_good.irq_set_type(data, type);

	broken_pin(data)->type = before;
	return error;
}

static void break_type(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_type = set_type_nothing;
}

static int set_type_raises(struct irq_data *data, unsigned int type)
{
	broken_pin(data)->latched = broken_pin(data)->activated;
	return broken_good.irq_set_type(data, type);
}

static void break_quiet_type(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_type = set_type_raises;
}

static int set_type_early(struct irq_data *data, unsigned int type)
{
	if (irqd_is_started(data))
		return -EBUSY;
	return broken_good.irq_set_type(data, type);
}

static void break_late_type(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_type = set_type_early;
}

static int translate_untyped(const struct irq_domain *domain,
			     const struct irq_fwspec *fwspec,
			     irq_hw_number_t *hwirq, unsigned int *type)
{
	int error = irq_domain_translate_twocell(domain, fwspec, hwirq, type);

	*type = IRQ_TYPE_NONE;
	return error;
}

static void break_translate(struct conformance_host *host)
{
	host->line->ops.translate = translate_untyped;
}

/* ---- affinity */

static void broken_tell(struct irq_data *data, unsigned int cpu)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, cpu);
	irq_data_update_effective_affinity(data, &one);
}

static int affinity_stays(struct irq_data *data, const struct cpumask *mask)
{
	if (broken_pin(data)->target == SIM_NO_CPU)
		return broken_good.irq_set_affinity(data, mask);
	broken_tell(data, cpumask_first(mask));
	return 0;
}

static void break_target(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_stays;
}

static int affinity_anywhere(struct irq_data *data, const struct cpumask *mask)
{
	bool first = broken_pin(data)->target == SIM_NO_CPU;
	unsigned int cpu = cpumask_last(mask);
	int error = broken_good.irq_set_affinity(data, mask);

	if (first || cpumask_weight(mask) == 1)
		return error;
	cpu = suite_next_online(cpu);
	broken_pin(data)->target = cpu;
	broken_tell(data, cpu);
	return error;
}

static void break_effective(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_anywhere;
}

/* CPU 0 until it is moved. */
static int affinity_starts(struct irq_data *data, const struct cpumask *mask)
{
	struct cpumask first;

	if (broken_pin(data)->target != SIM_NO_CPU)
		return broken_good.irq_set_affinity(data, mask);
	irqkit_cpumask_single(&first, 0);
	return broken_good.irq_set_affinity(data, &first);
}

static void break_start(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_starts;
}

static int affinity_unmasked(struct irq_data *data, const struct cpumask *mask)
{
	if (irqd_is_started(data) && broken_pin(data)->masked)
		return 0;
	return broken_good.irq_set_affinity(data, mask);
}

static void break_masked_move(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_unmasked;
}

static int affinity_forgets(struct irq_data *data, const struct cpumask *mask)
{
	broken_pin(data)->latched = false;
	return broken_good.irq_set_affinity(data, mask);
}

static void break_pending_move(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_forgets;
}

static int affinity_leaves(struct irq_data *data, const struct cpumask *mask)
{
	unsigned int target = broken_pin(data)->target;

	if (target != SIM_NO_CPU && !cpu_active(target))
		broken_pin(data)->latched = false;
	return broken_good.irq_set_affinity(data, mask);
}

static void break_offline(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_leaves;
}

static int affinity_dies(struct irq_data *data, const struct cpumask *mask)
{
	unsigned int target = broken_pin(data)->target;

	if (target == SIM_NO_CPU || cpu_active(target))
		return broken_good.irq_set_affinity(data, mask);
	broken_tell(data, cpumask_first(mask));
	return 0;
}

static void break_leaving(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = affinity_dies;
}

/* The device is told first, and not told again when there is no room. */
static int affinity_no_room(struct irq_data *data, const struct cpumask *mask)
{
	const struct msi_msg none = {.address = 0};
	int result = broken_good.irq_set_affinity(data, mask);

	if (result == -ENOSPC)
		data->chip->irq_write_msi_msg(data, &none);
	return result;
}

static void break_room(struct conformance_host *host)
{
	broken_good = host->message->msi_chip;
	host->message->msi_chip.irq_set_affinity = affinity_no_room;
}

/* ---- start and stop */

static void break_shutdown(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_shutdown = broken_nothing;
}

static int map_open(struct irq_domain *domain, unsigned int irq,
		    irq_hw_number_t hwirq)
{
	int error = broken_good_ops.map(domain, irq, hwirq);

	broken_pin_of(irq)->masked = false;
	broken_pin_of(irq)->target = 0;
	return error;
}

static void break_new(struct conformance_host *host)
{
	host->line->ops.map = map_open;
}

static int activate_once(struct irq_domain *domain, struct irq_data *data)
{
	if (broken_pin(data)->activated)
		return -ENOSPC;
	return broken_good_ops.activate(domain, data);
}

static void deactivate_nothing(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	(void)data;
}

static void break_deactivate(struct conformance_host *host)
{
	host->line->ops.activate = activate_once;
	host->line->ops.deactivate = deactivate_nothing;
}

static int activate_unmanaged(struct irq_domain *domain, struct irq_data *data)
{
	if (irqd_affinity_is_managed(data) && broken_pin(data)->taken != 0)
		return -ENOSPC;
	return broken_good_ops.activate(domain, data);
}

static void break_managed(struct conformance_host *host)
{
	broken_good_ops = host->alloc_ops;
	host->alloc_ops.activate = activate_unmanaged;
}

/* ---- state */

static int state_is_never_pending(struct irq_data *data,
				  enum irqchip_irq_state which, bool *value)
{
	int error = broken_good.irq_get_irqchip_state(data, which, value);

	if (which == IRQCHIP_STATE_PENDING)
		*value = false;
	return error;
}

static void break_pending(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_get_irqchip_state = state_is_never_pending;
}

static int state_is_unmasked(struct irq_data *data,
			     enum irqchip_irq_state which, bool *value)
{
	int error = broken_good.irq_get_irqchip_state(data, which, value);

	if (which == IRQCHIP_STATE_MASKED)
		*value = !*value;
	return error;
}

static void break_masked(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_get_irqchip_state = state_is_unmasked;
}

static int state_active_is_pending(struct irq_data *data,
				   enum irqchip_irq_state which, bool *value)
{
	if (which == IRQCHIP_STATE_ACTIVE)
		which = IRQCHIP_STATE_PENDING;
	return broken_good.irq_get_irqchip_state(data, which, value);
}

static void break_active(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_get_irqchip_state = state_active_is_pending;
}

static int state_line_is_low(struct irq_data *data,
			     enum irqchip_irq_state which, bool *value)
{
	int error = broken_good.irq_get_irqchip_state(data, which, value);

	if (which == IRQCHIP_STATE_LINE_LEVEL)
		*value = false;
	return error;
}

static void break_line(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_get_irqchip_state = state_line_is_low;
}

static int state_sets(struct irq_data *data, enum irqchip_irq_state which,
		      bool value)
{
	(void)value;
	return broken_good.irq_set_irqchip_state(data, which, true);
}

static void break_write(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_irqchip_state = state_sets;
}

static int state_has_all(struct irq_data *data, enum irqchip_irq_state which,
			 bool *value)
{
	if (broken_good.irq_get_irqchip_state(data, which, value) != 0)
		*value = false;
	return 0;
}

static void break_bits(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_get_irqchip_state = state_has_all;
}

static int wake_never(struct irq_data *data, bool on)
{
	(void)data;
	(void)on;
	return -ENXIO;
}

static void break_wake(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_wake = wake_never;
}

/* ---- domains */

static void break_operations(struct conformance_host *host)
{
	(void)host;
	broken_chip()->irq_set_affinity = NULL;
}

/* Each takes the line of its neighbour. */
static int map_neighbour(struct irq_domain *domain, unsigned int irq,
			 irq_hw_number_t hwirq)
{
	return broken_good_ops.map(domain, irq, hwirq ^ 1);
}

static void break_numbers(struct conformance_host *host)
{
	host->line->ops.map = map_neighbour;
}

/* Not each time, so that the first ones do not notice. */
static void free_leaks(struct irq_domain *domain, unsigned int irq,
		       unsigned int nr)
{
	if (++broken_extra % 4 != 0)
		broken_good_ops.free(domain, irq, nr);
}

static void break_free(struct conformance_host *host)
{
	broken_good_ops = host->alloc_ops;
	host->alloc_ops.free = free_leaks;
}

/* What it has taken before it fails it keeps. */
static int alloc_half(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	struct sim_line *sim = domain->host_data;
	unsigned int first = *(const unsigned int *)arg;

	for (unsigned int i = 0; i < nr; i++) {
		if (sim->pins[first + i].mapped)
			return -EBUSY;
		sim->ops.map(domain, irq + i, first + i);
	}
	return 0;
}

static void break_alloc(struct conformance_host *host)
{
	host->alloc_ops.alloc = alloc_half;
}

/* ---- each CPU's own */

static void mask_everywhere(struct irq_data *data)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		broken_host->percpu->pins[cpu][data->hwirq].masked = true;
}

static void break_percpu_mask(struct conformance_host *host)
{
	host->percpu->chip.irq_mask = mask_everywhere;
}

static void break_percpu_unmask(struct conformance_host *host)
{
	host->percpu->chip.irq_unmask = broken_nothing;
}

static struct sim_percpu_pin *percpu_pin_here(const struct irq_data *data)
{
	return &broken_host->percpu->pins[irqkit_port_cpu()][data->hwirq];
}

static void unmask_forgets_here(struct irq_data *data)
{
	percpu_pin_here(data)->masked = false;
	percpu_pin_here(data)->latched = false;
}

static void break_percpu_latch(struct conformance_host *host)
{
	host->percpu->chip.irq_unmask = unmask_forgets_here;
}

static void ack_masks_here(struct irq_data *data)
{
	percpu_pin_here(data)->masked = true;
}

static void break_percpu_next(struct conformance_host *host)
{
	host->percpu->chip.irq_ack = ack_masks_here;
}

static int percpu_fire_first(const struct conformance_controller *controller,
			     unsigned int irq)
{
	(void)controller;
	sim_percpu_raise(broken_host->percpu,
			 irqd_to_hwirq(irq_get_irq_data(irq)), 0);
	return 0;
}

static void break_percpu_cpu(struct conformance_host *host)
{
	host->controller.fire = percpu_fire_first;
}

static const struct broken_controller broken_controllers[] = {
	{"mask does nothing", CONFORMANCE_HOST_EOI, break_mask, "C20",
	 "C20 C22 C23 C25 C26 C50"},
	{"an edge is lost while masked", CONFORMANCE_HOST_EOI, break_latch,
	 "C21", "C21 C73"},
	{"unmask forgets an edge", CONFORMANCE_HOST_EOI, break_unmask, "C21",
	 "C21 C73"},
	{"unmask raises", CONFORMANCE_HOST_EOI, break_quiet_unmask, "C24",
	 "C23 C24"},
	{"a level is latched while masked", CONFORMANCE_HOST_EOI,
	 break_level_latch, "C23", "C10 C14 C17 C23"},
	{"a level asserted while masked is not seen", CONFORMANCE_HOST_EOI,
	 break_masked_level, "C22", "C22 C53 C73"},
	{"retrigger does nothing", CONFORMANCE_HOST_EOI, break_retrigger, "C25",
	 "C25"},
	{"retrigger raises twice", CONFORMANCE_HOST_EOI, break_retrigger_once,
	 "C26", "C26"},
	{"no EOI", CONFORMANCE_HOST_EOI, break_eoi, "C11",
	 "C10 C11 C13 C14 C17 C25 C31 C32 C41 C42 C52 C61 C71 C72 C80"},
	{"EOI forgets an edge", CONFORMANCE_HOST_EOI, break_eoi_latch, "C31",
	 "C31 C71 C72"},
	{"a level comes once", CONFORMANCE_HOST_EOI, break_level, "C32",
	 "C25 C31 C32 C41 C42 C71 C72"},
	{"the first one comes twice", CONFORMANCE_HOST_CASCADE, break_once,
	 "C30", "C10 C14 C17 C30 C41 C54"},
	{"an EOI blocks the next line", CONFORMANCE_HOST_EOI, break_next, "C33",
	 "C12 C33"},
	{"only CPU 0 can raise it", CONFORMANCE_HOST_EOI, break_other_cpus,
	 "C13", "C13 C72"},
	{"ack of one is for all", CONFORMANCE_HOST_ACK, break_neighbours, "C12",
	 "C12"},
	{"set_type takes all triggers", CONFORMANCE_HOST_EOI, break_set_type,
	 "C42", "C42"},
	{"set_type does nothing", CONFORMANCE_HOST_EOI, break_type, "C41",
	 "C10 C14 C17 C23 C25 C32 C41 C42"},
	{"set_type raises", CONFORMANCE_HOST_EOI, break_quiet_type, "C43",
	 "C41 C43"},
	{"set_type works before the start only", CONFORMANCE_HOST_EOI,
	 break_late_type, "C40", "C40 C41"},
	{"firmware's trigger is ignored", CONFORMANCE_HOST_EOI, break_translate,
	 "C07", "C07"},
	{"set_affinity moves nothing", CONFORMANCE_HOST_EOI, break_target,
	 "C61", "C61 C64 C71 C80 C81"},
	{"set_affinity chooses outside of the mask", CONFORMANCE_HOST_EOI,
	 break_effective, "C60", "C60"},
	{"it starts at CPU 0", CONFORMANCE_HOST_EOI, break_start, "C16", "C16"},
	{"a masked line is not moved", CONFORMANCE_HOST_EOI, break_masked_move,
	 "C64", "C64"},
	{"a move forgets what is pending", CONFORMANCE_HOST_EOI,
	 break_pending_move, "C70", "C70 C72 C73 C81"},
	{"a leaving CPU takes along what is pending", CONFORMANCE_HOST_EOI,
	 break_offline, "C81", "C81"},
	{"a leaving CPU keeps it", CONFORMANCE_HOST_EOI, break_leaving, "C80",
	 "C80 C81"},
	{"a managed one is activated once", CONFORMANCE_HOST_POOL,
	 break_managed, "C82", "C82"},
	{"a move without room has left", CONFORMANCE_HOST_MESSAGE, break_room,
	 "C63", "C63"},
	{"shutdown does nothing", CONFORMANCE_HOST_EOI, break_shutdown, "C14",
	 "C14"},
	{"a new line is let through", CONFORMANCE_HOST_EOI, break_new, "C10",
	 "C10 C17 C53"},
	{"deactivate does nothing", CONFORMANCE_HOST_EOI, break_deactivate,
	 "C15", "C14 C15"},
	{"PENDING is never read", CONFORMANCE_HOST_EOI, break_pending, "C51",
	 "C51"},
	{"MASKED is read inverted", CONFORMANCE_HOST_EOI, break_masked, "C50",
	 "C50"},
	{"ACTIVE is read as PENDING", CONFORMANCE_HOST_EOI, break_active, "C52",
	 "C52"},
	{"LINE_LEVEL is always low", CONFORMANCE_HOST_EOI, break_line, "C53",
	 "C53"},
	{"PENDING cannot be cleared", CONFORMANCE_HOST_EOI, break_write, "C54",
	 "C54"},
	{"bits that it has not are read", CONFORMANCE_HOST_ACK, break_bits,
	 "C55", "C55"},
	{"wake-up is refused", CONFORMANCE_HOST_EOI, break_wake, "C56", "C56"},
	{"no set_affinity", CONFORMANCE_HOST_EOI, break_operations, "C01",
	 "C01 C10 C11 C12 C13 C14 C15 C16 C17 C21 C22 C25 C30 C31 C32 "
	 "C33 C41 C42 C50 C51 C52 C54 C55 C56 C60 C61 C62 C64 C70 C71 "
	 "C72 C73 C80 C81"},
	{"map takes another number", CONFORMANCE_HOST_EOI, break_numbers, "C02",
	 "C02 C06 C07 C12 C33"},
	{"free keeps one of four", CONFORMANCE_HOST_POOL, break_free, "C04",
	 NULL},
	{"alloc keeps what it took when it fails", CONFORMANCE_HOST_NAMED,
	 break_alloc, "C05", NULL},
	{"a CPU masks for all", CONFORMANCE_HOST_PERCPU, break_percpu_mask,
	 "C92", "C92"},
	{"unmask does nothing", CONFORMANCE_HOST_PERCPU, break_percpu_unmask,
	 "C91", "C91 C92 C93 C94"},
	{"unmask forgets what is latched", CONFORMANCE_HOST_PERCPU,
	 break_percpu_latch, "C93", "C93"},
	{"ack masks it", CONFORMANCE_HOST_PERCPU, break_percpu_next, "C94",
	 "C94"},
	{"all arrive at CPU 0", CONFORMANCE_HOST_PERCPU, break_percpu_cpu,
	 "C91", "C91 C92 C93"},
};

/* ---- one run */

static int broken_fd;

/* Of what the suite says only the numbers of what failed are kept. */
static void broken_print(void *context, const char *text)
{
	const char *end = strstr(text, ": C");

	(void)context;
	if (getenv("CONFORMANCE_SHOW") != NULL)
		fprintf(stderr, "%s", text);
	if (strncmp(text, "not ok", 6) != 0 || end == NULL)
		return;
	if (write(broken_fd, end + 2, 4) != 4)
		_exit(1);
}

static void broken_child(const struct broken_controller *broken)
{
	alarm(BROKEN_SECONDS);
	tap_begin(broken_print, NULL);
	broken_host = conformance_host_create(broken->kind);
	broken_extra = 0;
	if (broken_host->line != NULL) {
		broken_good = *broken_chip();
		broken_good_ops = broken_host->line->ops;
	}
	broken->breaks(broken_host);
	conformance_suite_run(&broken_host->controller);
	_exit(0);
}

/* What the child writes, without the last space. Whether it came to its end. */
static bool broken_read(int fd, pid_t child, char *text, size_t size)
{
	size_t length = 0;
	ssize_t got;
	int status;

	do {
		got = read(fd, text + length, size - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	text[length > 0 ? length - 1 : 0] = '\0';
	close(fd);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static bool broken_run(const struct broken_controller *broken, char *text,
		       size_t size)
{
	int fds[2];
	pid_t child;

	fflush(stdout);
	if (pipe(fds) != 0)
		return false;
	child = fork();
	if (child == 0) {
		close(fds[0]);
		broken_fd = fds[1];
		broken_child(broken);
	}
	close(fds[1]);
	return broken_read(fds[0], child, text, size);
}

static void broken_test(const struct broken_controller *broken)
{
	char failing[BROKEN_TEXT];

	tap_subject("%s: %s", broken->name, broken->own);
	tap_expect(broken_run(broken, failing, sizeof(failing)),
		   "the suite comes to its end");
	if (broken->failing != NULL)
		tap_expect(strcmp(failing, broken->failing) == 0 &&
				   strstr(failing, broken->own) != NULL,
			   "expected '%s', got '%s'", broken->failing, failing);
	else
		tap_expect(strncmp(failing, broken->own, 3) == 0,
			   "expected '%s' first, got '%s'", broken->own,
			   failing);
	tap_close();
}

int main(void)
{
	host_begin();
	conformance_host_start();
	for (size_t i = 0;
	     i < sizeof(broken_controllers) / sizeof(broken_controllers[0]);
	     i++)
		broken_test(&broken_controllers[i]);
	return host_end();
}
