/* SPDX-License-Identifier: MIT */
/* See conformance_host.h. */
#include "conformance_host.h"
#include <string.h>
#include "host.h"
#include "suite_host.h"

#define HOST_CPUS     4U
#define HOST_LINES    16U
#define HOST_MESSAGES 64U
#define HOST_VECTORS  8U

/* Each read of the clock takes 50 microseconds, and lets other CPUs run. */
#define HOST_PATIENCE_NS 1000000000ULL

#define HOST_EDGES                               \
	(CONFORMANCE_BIT(IRQ_TYPE_EDGE_RISING) | \
	 CONFORMANCE_BIT(IRQ_TYPE_EDGE_FALLING))
#define HOST_LEVELS                             \
	(CONFORMANCE_BIT(IRQ_TYPE_LEVEL_HIGH) | \
	 CONFORMANCE_BIT(IRQ_TYPE_LEVEL_LOW))
#define HOST_ALL_EDGES (HOST_EDGES | CONFORMANCE_BIT(IRQ_TYPE_EDGE_BOTH))

#define HOST_LINE_STATES                          \
	(CONFORMANCE_BIT(IRQCHIP_STATE_PENDING) | \
	 CONFORMANCE_BIT(IRQCHIP_STATE_MASKED) |  \
	 CONFORMANCE_BIT(IRQCHIP_STATE_LINE_LEVEL))

#define HOST_CAN_ALL                                             \
	((unsigned int)CONFORMANCE_MASKS | CONFORMANCE_LATCHES | \
	 CONFORMANCE_MOVES | CONFORMANCE_WAKES)

static struct conformance_host host_table[CONFORMANCE_HOST_KINDS];

/* ---- lines */

static irq_hw_number_t host_hwirq(unsigned int irq)
{
	return irqd_to_hwirq(irq_get_irq_data(irq));
}

static int host_line_fire(const struct conformance_controller *controller,
			  unsigned int irq)
{
	const struct conformance_host *host = controller->context;

	sim_line_pulse(host->line, host_hwirq(irq));
	return 0;
}

static void host_line_drive(const struct conformance_controller *controller,
			    unsigned int irq, bool asserted)
{
	const struct conformance_host *host = controller->context;

	if (asserted)
		sim_line_raise(host->line, host_hwirq(irq));
	else
		sim_line_lower(host->line, host_hwirq(irq));
}

static bool host_line_firmware(const struct conformance_controller *controller,
			       unsigned int line, unsigned int type,
			       struct irq_fwspec *fwspec)
{
	const struct conformance_host *host = controller->context;

	fwspec->fwnode = host->line;
	fwspec->param_count = 2;
	fwspec->param[0] = line;
	fwspec->param[1] = type;
	return true;
}

/* Of lines that the controller does not follow to their end. */
static int (*host_line_get_state)(struct irq_data *data,
				  enum irqchip_irq_state which, bool *value);

static int host_get_state(struct irq_data *data, enum irqchip_irq_state which,
			  bool *value)
{
	return which != IRQCHIP_STATE_ACTIVE
		       ? host_line_get_state(data, which, value)
		       : -EINVAL;
}

static void host_set_states(struct conformance_host *host)
{
	struct irq_chip *chip = &host->line->chip;

	host->controller.states = HOST_LINE_STATES;
	if (host->line->info.style == SIM_STYLE_EOI) {
		host->controller.states |=
			CONFORMANCE_BIT(IRQCHIP_STATE_ACTIVE);
	} else if (chip->irq_get_irqchip_state != NULL) {
		host_line_get_state = chip->irq_get_irqchip_state;
		chip->irq_get_irqchip_state = host_get_state;
	}
}

/* Triggers that @types has not are refused. */
static void host_make_line(struct conformance_host *host,
			   struct sim_line_info *info, unsigned int types)
{
	struct conformance_controller *controller = &host->controller;

	for (unsigned int type = 1; type <= IRQ_TYPE_LEVEL_LOW; type++) {
		if ((types & CONFORMANCE_BIT(type)) == 0)
			info->refused |= CONFORMANCE_BIT(type);
	}
	info->nr_lines = HOST_LINES;
	host->line = sim_line_create(info);
	controller->name = info->name;
	controller->domain = host->line->domain;
	controller->lines = HOST_LINES;
	controller->flags = HOST_CAN_ALL;
	controller->types = types;
	host_set_states(host);
	controller->firmware = host_line_firmware;
	controller->fire = host_line_fire;
	controller->drive = host_line_drive;
}

static void host_make_eoi(struct conformance_host *host)
{
	struct sim_line_info info = {
		.name = "lines with an EOI",
		.style = SIM_STYLE_EOI,
		.status = IRQ_MOVE_PCNTXT,
		.activates = true,
	};

	host_make_line(host, &info, HOST_EDGES | HOST_LEVELS);
}

static void host_make_ack(struct conformance_host *host)
{
	struct sim_line_info info = {
		.name = "edges with an ack",
		.style = SIM_STYLE_ACK,
		.chip_flags = IRQCHIP_SET_TYPE_MASKED,
	};

	host_make_line(host, &info, HOST_ALL_EDGES);
}

static void host_make_level(struct conformance_host *host)
{
	struct sim_line_info info = {
		.name = "levels with an ack",
		.style = SIM_STYLE_ACK,
		.flow = handle_level_irq,
	};

	host_make_line(host, &info, HOST_LEVELS);
}

static void host_make_lpi(struct conformance_host *host)
{
	struct sim_line_info info = {
		.name = "lines that are never active",
		.style = SIM_STYLE_LPI,
		.status = IRQ_MOVE_PCNTXT,
		.domain_flags = IRQ_DOMAIN_FLAG_RADIX,
	};

	host_make_line(host, &info, HOST_EDGES);
}

/* What comes while it is disabled irqkit_poll() has to bring. */
static void host_make_plain(struct conformance_host *host)
{
	struct sim_line_info info = {
		.name = "plain edges",
		.style = SIM_STYLE_NONE,
		.operations = SIM_BIT(SIM_SET_TYPE) | SIM_BIT(SIM_STARTUP) |
			      SIM_BIT(SIM_SHUTDOWN),
	};

	host_make_line(host, &info, HOST_ALL_EDGES);
	host->controller.flags = 0;
	host->controller.states = 0;
}

/* ---- the same lines by an alloc operation */

static unsigned int host_numbers[HOST_LINES];

static const void *host_named_argument(
	const struct conformance_controller *controller, unsigned int line)
{
	(void)controller;
	host_numbers[line] = line;
	return &host_numbers[line];
}

static void host_alloc_undo(struct irq_domain *domain, unsigned int irq,
			    unsigned int nr)
{
	struct sim_line *sim = domain->host_data;

	for (unsigned int i = 0; i < nr; i++)
		sim->ops.unmap(domain, irq + i);
}

/* In a row from a number on; or, without one, any that are free. */
static unsigned int host_alloc_choose(const struct sim_line *sim,
				      const unsigned int *first, unsigned int i)
{
	unsigned int line = 0;

	if (first != NULL)
		return *first + i;
	while (line < sim->info.nr_lines && sim->pins[line].mapped)
		line++;
	return line;
}

static int host_alloc(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	struct sim_line *sim = domain->host_data;

	for (unsigned int i = 0; i < nr; i++) {
		unsigned int line = host_alloc_choose(sim, arg, i);

		if (line < sim->info.nr_lines && !sim->pins[line].mapped &&
		    sim->ops.map(domain, irq + i, line) == 0)
			continue;
		domain->ops->free(domain, irq, i);
		return -ENOSPC;
	}
	return 0;
}

static void host_make_allocated(struct conformance_host *host, const char *name)
{
	struct irq_domain_info domain = {
		.name = name,
		.size = HOST_LINES,
		.ops = &host->alloc_ops,
	};

	host_make_eoi(host);
	irq_domain_remove(host->line->domain);
	host->alloc_ops.alloc = host_alloc;
	host->alloc_ops.free = host_alloc_undo;
	host->alloc_ops.activate = host->line->ops.activate;
	host->alloc_ops.deactivate = host->line->ops.deactivate;
	domain.host_data = host->line;
	if (irq_domain_create(&domain, &host->line->domain) != 0)
		host_violation("no domain that allocates lines");
	host->controller.name = name;
	host->controller.domain = host->line->domain;
	host->controller.firmware = NULL;
}

static void host_make_named(struct conformance_host *host)
{
	host_make_allocated(host, "lines by their number");
	host->controller.argument = host_named_argument;
}

static void host_make_pool(struct conformance_host *host)
{
	host_make_allocated(host, "lines from a pool");
}

/* ---- behind another controller, which cannot be aimed from here */

static struct sim_line *host_make_parent(void)
{
	static const struct sim_line_info info = {
		.name = "parent",
		.style = SIM_STYLE_EOI,
		.nr_lines = 4,
		.status = IRQ_MOVE_PCNTXT,
	};

	return sim_line_create(&info);
}

static void host_make_cascade(struct conformance_host *host)
{
	struct sim_line_info info = {
		.name = "cascade",
		.style = SIM_STYLE_ACK,
		.operations = SIM_ACK_OPS & ~SIM_BIT(SIM_SET_AFFINITY),
	};

	host_make_line(host, &info, HOST_EDGES);
	host->controller.flags &= ~(unsigned int)CONFORMANCE_MOVES;
	host->parent = host_make_parent();
	if (sim_cascade_connect(host->line, host->parent, 1) != 0)
		host_violation("no cascade");
}

static int host_bank_fire(const struct conformance_controller *controller,
			  unsigned int irq)
{
	const struct conformance_host *host = controller->context;

	sim_bank_pulse(host->bank, host_hwirq(irq));
	return 0;
}

static void host_bank_drive(const struct conformance_controller *controller,
			    unsigned int irq, bool asserted)
{
	const struct conformance_host *host = controller->context;

	sim_bank_drive(host->bank, host_hwirq(irq), asserted);
}

static void host_make_bank(struct conformance_host *host)
{
	struct conformance_controller *controller = &host->controller;

	host->parent = host_make_parent();
	host->bank = sim_bank_create(host->parent, 2);
	controller->name = "register bank";
	controller->domain = irqkit_chip_generic_domain(host->bank->chip);
	controller->lines = SIM_BANK_LINES;
	controller->flags = CONFORMANCE_MASKS | CONFORMANCE_LATCHES;
	controller->types = HOST_ALL_EDGES | HOST_LEVELS;
	controller->states = CONFORMANCE_BIT(IRQCHIP_STATE_PENDING) |
			     CONFORMANCE_BIT(IRQCHIP_STATE_MASKED);
	controller->fire = host_bank_fire;
	controller->drive = host_bank_drive;
}

/* ---- each CPU's own */

static int host_percpu_fire(const struct conformance_controller *controller,
			    unsigned int irq)
{
	const struct conformance_host *host = controller->context;

	sim_percpu_raise(host->percpu, host_hwirq(irq), irqkit_port_cpu());
	return 0;
}

static void host_make_percpu(struct conformance_host *host)
{
	struct conformance_controller *controller = &host->controller;

	host->percpu = sim_percpu_create("per-CPU lines", HOST_LINES, NULL);
	controller->name = "per-CPU lines";
	controller->domain = host->percpu->domain;
	controller->lines = HOST_LINES;
	controller->flags = (unsigned int)CONFORMANCE_PER_CPU |
			    CONFORMANCE_MASKS | CONFORMANCE_LATCHES;
	controller->fire = host_percpu_fire;
}

/* ---- messages */

static int host_message_fire(const struct conformance_controller *controller,
			     unsigned int irq)
{
	const struct conformance_host *host = controller->context;

	sim_message_fire(host->message, sim_message_of(host->message, irq));
	return 0;
}

static void host_make_message(struct conformance_host *host, const char *name,
			      bool slowly, unsigned int status)
{
	struct conformance_controller *controller = &host->controller;

	host->message = sim_message_create(HOST_MESSAGES, HOST_VECTORS, status);
	host->message->moves_slowly = slowly;
	controller->name = name;
	controller->domain = host->message->msi_domain;
	controller->lines = HOST_MESSAGES;
	controller->flags = (unsigned int)CONFORMANCE_MASKS |
			    CONFORMANCE_LATCHES | CONFORMANCE_MOVES;
	controller->states = CONFORMANCE_BIT(IRQCHIP_STATE_PENDING);
	controller->fire = host_message_fire;
}

static void host_make_messages(struct conformance_host *host)
{
	host_make_message(host, "messages", false, IRQ_MOVE_PCNTXT);
}

static void host_make_slow(struct conformance_host *host)
{
	host_make_message(host, "messages that move slowly", true,
			  IRQ_MOVE_PCNTXT);
}

static void host_make_later(struct conformance_host *host)
{
	host_make_message(host, "messages that move as they fire", false, 0);
}

/* ---- all of them */

static void (*const host_makers[CONFORMANCE_HOST_KINDS])(
	struct conformance_host *host) = {
	[CONFORMANCE_HOST_EOI] = host_make_eoi,
	[CONFORMANCE_HOST_ACK] = host_make_ack,
	[CONFORMANCE_HOST_LEVEL] = host_make_level,
	[CONFORMANCE_HOST_LPI] = host_make_lpi,
	[CONFORMANCE_HOST_PLAIN] = host_make_plain,
	[CONFORMANCE_HOST_NAMED] = host_make_named,
	[CONFORMANCE_HOST_POOL] = host_make_pool,
	[CONFORMANCE_HOST_CASCADE] = host_make_cascade,
	[CONFORMANCE_HOST_BANK] = host_make_bank,
	[CONFORMANCE_HOST_PERCPU] = host_make_percpu,
	[CONFORMANCE_HOST_MESSAGE] = host_make_messages,
	[CONFORMANCE_HOST_SLOW] = host_make_slow,
	[CONFORMANCE_HOST_LATER] = host_make_later,
};

struct conformance_host *conformance_host_create(
	enum conformance_host_kind kind)
{
	struct conformance_host *host = &host_table[kind];

	sim_reset();
	memset(host, 0, sizeof(*host));
	host->controller.context = host;
	host->controller.patience = HOST_PATIENCE_NS;
	host_makers[kind](host);
	return host;
}

void conformance_host_destroy(struct conformance_host *host)
{
	if (host->bank != NULL)
		sim_bank_destroy(host->bank);
	if (host->line != NULL && host->line->parent != NULL &&
	    sim_cascade_disconnect(host->line) != 0)
		host_violation("a cascade is still in use");
	if (host->line != NULL)
		sim_line_destroy(host->line);
	if (host->parent != NULL)
		sim_line_destroy(host->parent);
	if (host->percpu != NULL)
		sim_percpu_destroy(host->percpu);
}

/* More descriptors than the suite has at a time, as they are never freed. */
static void host_warm_up(void)
{
	int irq = irq_alloc_descs(-1, 1, 1024, NUMA_NO_NODE);

	if (irq > 0)
		irq_free_descs((unsigned int)irq, 1024);
}

void conformance_host_start(void)
{
	host_start(HOST_CPUS, NULL);
	host_warm_up();
}
