/* SPDX-License-Identifier: MIT */
/*
 * See sim_chip.h: devices that write messages, and the vectors of CPUs that
 * these raise. One CPU runs at a time: no lock.
 */
#include "sim_chip.h"
#include <stdlib.h>
#include <string.h>
#include "host.h"

#define MESSAGE_DOORBELL 0xfee00000ULL

static const struct sim_vector message_no_vector = {SIM_NO_CPU, 0};
static struct sim_message *message_all;

static struct sim_message *message_of(const struct irq_data *data)
{
	return data->domain->host_data;
}

static struct sim_message_pin *message_pin(const struct irq_data *data)
{
	return &message_of(data)->pins[data->hwirq];
}

static bool message_exists(const struct sim_vector *at)
{
	return at->cpu != SIM_NO_CPU;
}

/* ---- vectors */

void sim_message_raise(struct sim_message *sim, unsigned int cpu,
		       unsigned int vector)
{
	if (cpu >= nr_cpu_ids || vector >= SIM_MAX_VECTORS || vector == 0 ||
	    !cpu_online(cpu)) {
		sim->lost++;
		return;
	}
	if (sim->latched[cpu][vector] != 0) {
		sim->merged++;
		return;
	}
	sim->latched[cpu][vector] = 1;
	sim->latched_count[cpu]++;
}

static bool message_is_latched(const struct sim_message *sim,
			       const struct sim_vector *at)
{
	return message_exists(at) && sim->latched[at->cpu][at->vector] != 0;
}

static void message_unlatch(struct sim_message *sim, unsigned int cpu,
			    unsigned int vector)
{
	sim->latched[cpu][vector] = 0;
	sim->latched_count[cpu]--;
}

static void message_install(const struct irq_data *data,
			    const struct sim_vector *at)
{
	unsigned int *slot = &message_of(data)->table[at->cpu][at->vector];

	if (*slot != 0)
		sim_violation("a vector is given away twice", data);
	*slot = (unsigned int)data->hwirq + 1;
}

/* Give a vector back; @promise: it is only promised from now on. */
static void message_give(const struct irq_data *data, struct sim_vector *at,
			 bool promise)
{
	struct sim_message *sim = message_of(data);
	int error;

	if (!message_exists(at))
		return;
	if (sim->table[at->cpu][at->vector] != data->hwirq + 1)
		sim_violation("a vector of another is given back", data);
	sim->table[at->cpu][at->vector] = 0;
	if (promise && !message_pin(data)->managed)
		error = irq_matrix_free_to_reserved(sim->matrix, at->cpu,
						    at->vector);
	else
		error = irq_matrix_free(sim->matrix, at->cpu, at->vector,
					message_pin(data)->managed);
	if (error != 0)
		sim_violation("a vector was not taken", data);
	*at = message_no_vector;
}

/* Take a vector at one of the CPUs. */
static int message_take(const struct irq_data *data, const struct cpumask *mask,
			bool promised, struct sim_vector *at)
{
	struct sim_message *sim = message_of(data);
	unsigned int cpu = 0;
	int vector;

	if (message_pin(data)->managed)
		vector = irq_matrix_alloc_managed(sim->matrix, mask, &cpu);
	else
		vector = irq_matrix_alloc(sim->matrix, mask, promised, &cpu);
	if (vector < 0)
		return vector;
	*at = (struct sim_vector){cpu, (unsigned int)vector};
	message_install(data, at);
	return 0;
}

/* ---- level "vector" */

static void message_finish_move(struct irq_data *data)
{
	struct sim_message_pin *pin = message_pin(data);

	message_give(data, &pin->old, false);
	irq_move_done(data);
}

/* Not while it is still latched at the old vector (HZ24). */
static void message_ack(struct irq_data *data)
{
	struct sim_message *sim = message_of(data);
	struct sim_message_pin *pin = message_pin(data);
	unsigned int cpu = irqkit_port_cpu();
	unsigned int vector = sim->in_service[cpu];

	sim_enter(SIM_ACK, data, 0, NULL);
	/* The move comes first, so the vector may be nobody's already. */
	if (vector == 0 || sim->taken[cpu] != data->hwirq + 1)
		sim_violation("ack of what this CPU has not taken", data);
	sim->in_service[cpu] = 0;
	if (message_exists(&pin->old) && cpu == pin->now.cpu &&
	    vector == pin->now.vector && !message_is_latched(sim, &pin->old))
		message_finish_move(data);
	sim_leave(SIM_ACK, data);
}

static void message_tell_effective(struct irq_data *data)
{
	struct cpumask effective;

	irqkit_cpumask_single(&effective, message_pin(data)->now.cpu);
	irq_data_update_effective_affinity(data, &effective);
}

/* What was latched at once goes with it. */
static int message_move(struct irq_data *data, const struct cpumask *mask)
{
	struct sim_message *sim = message_of(data);
	struct sim_message_pin *pin = message_pin(data);
	struct sim_vector new;
	int error = message_take(data, mask, false, &new);

	if (error != 0)
		return error;
	pin->old = pin->now;
	pin->now = new;
	if (sim->moves_slowly && message_exists(&pin->old))
		return IRQKIT_MOVING;
	if (message_is_latched(sim, &pin->old)) {
		message_unlatch(sim, pin->old.cpu, pin->old.vector);
		sim_message_raise(sim, new.cpu, new.vector);
	}
	message_give(data, &pin->old, false);
	return 0;
}

static int message_set_affinity(struct irq_data *data,
				const struct cpumask *mask)
{
	struct sim_message_pin *pin = message_pin(data);
	int result;

	sim_check_mask(data, mask);
	if (!pin->activated)
		sim_violation("aimed before it was activated (HZ33)", data);
	result = sim_enter(SIM_SET_AFFINITY, data, 0, mask);
	if (result != 0)
		return result;
	if (message_exists(&pin->now) && cpumask_test_cpu(pin->now.cpu, mask))
		result = 0;
	else if (message_exists(&pin->old))
		result = -EBUSY;
	else
		result = message_move(data, mask);
	if (result >= 0)
		message_tell_effective(data);
	sim_leave(SIM_SET_AFFINITY, data);
	return result;
}

static void message_force_move(struct irq_data *data)
{
	struct sim_message *sim = message_of(data);
	struct sim_message_pin *pin = message_pin(data);

	sim_enter(SIM_FORCE_MOVE, data, 0, NULL);
	if (!message_exists(&pin->old))
		sim_violation("end of a move that was none", data);
	if (message_is_latched(sim, &pin->old)) {
		message_unlatch(sim, pin->old.cpu, pin->old.vector);
		sim_message_raise(sim, pin->now.cpu, pin->now.vector);
		sim->forwarded++;
	}
	message_give(data, &pin->old, false);
	sim_leave(SIM_FORCE_MOVE, data);
}

static int message_retrigger(struct irq_data *data)
{
	const struct sim_vector *now = &message_pin(data)->now;
	int error = sim_enter(SIM_RETRIGGER, data, 0, NULL);

	if (error == 0 && !message_exists(now))
		sim_violation("retrigger without a vector", data);
	else if (error == 0)
		sim_message_raise(message_of(data), now->cpu, now->vector);
	sim_leave(SIM_RETRIGGER, data);
	return error;
}

static int message_get_state(struct irq_data *data,
			     enum irqchip_irq_state which, bool *value)
{
	int error = sim_enter(SIM_GET_STATE, data, which, NULL);

	if (error != 0)
		return error;
	if (which != IRQCHIP_STATE_PENDING)
		return -EINVAL;
	*value = message_is_latched(message_of(data), &message_pin(data)->now);
	return 0;
}

static int message_set_state(struct irq_data *data,
			     enum irqchip_irq_state which, bool value)
{
	struct sim_message *sim = message_of(data);
	const struct sim_vector *now = &message_pin(data)->now;
	int error = sim_enter(SIM_SET_STATE, data, which * 2UL + value, NULL);

	if (error != 0)
		return error;
	if (which != IRQCHIP_STATE_PENDING || !message_exists(now))
		return -EINVAL;
	if (value)
		sim_message_raise(sim, now->cpu, now->vector);
	else if (message_is_latched(sim, now))
		message_unlatch(sim, now->cpu, now->vector);
	sim_leave(SIM_SET_STATE, data);
	return 0;
}

static void message_compose(struct irq_data *data, struct msi_msg *msg)
{
	const struct sim_vector *now = &message_pin(data)->now;

	sim_enter(SIM_COMPOSE, data, 0, NULL);
	msg->address = 0;
	msg->data = 0;
	if (message_exists(now)) {
		msg->address = MESSAGE_DOORBELL | (uint64_t)now->cpu << 12;
		msg->data = now->vector;
	}
	sim_leave(SIM_COMPOSE, data);
}

static void message_give_promise(struct sim_message *sim,
				 struct sim_message_pin *pin)
{
	int error = pin->managed ? irq_matrix_remove_managed(sim->matrix,
							     &pin->managed_mask)
				 : irq_matrix_remove_reserved(sim->matrix);

	if (error != 0)
		host_violation("what was promised is not there");
}

static int message_promise(struct sim_message *sim, unsigned int irq)
{
	struct irq_data *data = irq_domain_get_irq_data(sim->vector_domain,
							irq);
	unsigned int message = sim_message_of(sim, irq);
	struct sim_message_pin *pin = &sim->pins[message];

	pin->managed = irqd_affinity_is_managed(data);
	cpumask_copy(&pin->managed_mask, &data->common->affinity);
	irq_domain_set_info(sim->vector_domain, irq, message, &sim->vector_chip,
			    NULL, handle_edge_irq);
	data->common->state |= IRQD_SINGLE_TARGET;
	data->common->status |= sim->status;
	if (pin->managed)
		return irq_matrix_reserve_managed(sim->matrix,
						  &pin->managed_mask);
	return irq_matrix_reserve(sim->matrix);
}

static struct irq_data *message_data(const struct irq_domain *domain,
				     unsigned int irq)
{
	return irq_domain_get_irq_data(domain, irq);
}

static int message_vector_alloc(struct irq_domain *domain, unsigned int irq,
				unsigned int nr, const void *arg)
{
	struct sim_message *sim = domain->host_data;
	int error = sim_enter(SIM_ALLOC, message_data(domain, irq), nr, NULL);
	unsigned int done = 0;

	(void)arg;
	while (error == 0 && done < nr) {
		error = message_promise(sim, irq + done);
		done += error == 0;
	}
	while (error != 0 && done-- > 0)
		message_give_promise(
			sim, &sim->pins[sim_message_of(sim, irq + done)]);
	sim_leave(SIM_ALLOC, message_data(domain, irq));
	return error;
}

/* Called before the messages are given back, which tell which they are. */
static void message_vector_free(struct irq_domain *domain, unsigned int irq,
				unsigned int nr)
{
	struct sim_message *sim = domain->host_data;

	sim_enter(SIM_FREE, message_data(domain, irq), nr, NULL);
	for (unsigned int i = 0; i < nr; i++) {
		const struct irq_data *data = message_data(domain, irq + i);

		if (message_pin(data)->activated)
			sim_violation("freed while it is active", data);
		message_give_promise(sim, message_pin(data));
	}
	sim_leave(SIM_FREE, message_data(domain, irq));
}

/* A managed one without a CPU has a vector only when it is aimed. */
static int message_take_first(const struct irq_data *data)
{
	struct sim_message_pin *pin = message_pin(data);
	struct cpumask mask;
	int error;

	cpumask_and(&mask, &data->common->affinity, cpu_active_mask);
	if (cpumask_empty(&mask) && pin->managed)
		return 0;
	if (!cpumask_empty(&mask)) {
		error = message_take(data, &mask, true, &pin->now);
		if (error != -ENOSPC || pin->managed)
			return error;
	}
	return message_take(data, cpu_active_mask, true, &pin->now);
}

static int message_vector_activate(struct irq_domain *domain,
				   struct irq_data *data)
{
	struct sim_message_pin *pin = message_pin(data);
	int error = sim_enter(SIM_ACTIVATE, data, 0, NULL);

	(void)domain;
	if (pin->activated)
		sim_violation("activated twice", data);
	if (error == 0)
		error = message_take_first(data);
	if (error == 0) {
		pin->activated = true;
		pin->aimed = false;
	}
	sim_leave(SIM_ACTIVATE, data);
	return error;
}

static void message_vector_deactivate(struct irq_domain *domain,
				      struct irq_data *data)
{
	struct sim_message_pin *pin = message_pin(data);

	(void)domain;
	sim_enter(SIM_DEACTIVATE, data, 0, NULL);
	if (!pin->activated)
		sim_violation("deactivated and not active", data);
	message_give(data, &pin->old, false);
	if (!message_exists(&pin->now) && !pin->managed)
		sim_violation("active without a vector", data);
	message_give(data, &pin->now, true);
	pin->activated = false;
	sim_leave(SIM_DEACTIVATE, data);
}

static const struct irq_domain_ops message_vector_ops = {
	.alloc = message_vector_alloc,
	.free = message_vector_free,
	.activate = message_vector_activate,
	.deactivate = message_vector_deactivate,
};

/* ---- level "msi" */

static void message_write(struct irq_data *data, const struct msi_msg *msg)
{
	struct sim_message_pin *pin = message_pin(data);

	sim_enter(SIM_WRITE, data, msg->data, NULL);
	/* HZ29: a device has two registers for it. */
	pin->msg.address = msg->address;
	sim_leave(SIM_WRITE_HALF, data);
	pin->msg.data = msg->data;
	pin->written = msg->address != 0;
	sim_leave(SIM_WRITE, data);
}

static void message_update(struct irq_data *data)
{
	struct msi_msg msg;

	if (irq_chip_compose_msi_msg(data, &msg) != 0)
		sim_violation("no message is composed", data);
	else
		data->chip->irq_write_msi_msg(data, &msg);
}

static int message_msi_set_affinity(struct irq_data *data,
				    const struct cpumask *mask)
{
	int result = sim_enter(SIM_SET_AFFINITY, data, 0, mask);

	if (result == 0)
		result = irq_chip_set_affinity_parent(data, mask);
	if (result >= 0) {
		message_pin(data)->aimed = true;
		message_update(data);
	}
	sim_leave(SIM_SET_AFFINITY, data);
	return result;
}

static void message_mask(struct irq_data *data)
{
	struct sim_message_pin *pin = message_pin(data);

	sim_enter(SIM_MASK, data, 0, NULL);
	if (pin->device_masked)
		sim_violation("mask of a masked message", data);
	pin->device_masked = true;
	sim_leave(SIM_MASK, data);
}

static void message_unmask(struct irq_data *data)
{
	struct sim_message_pin *pin = message_pin(data);

	sim_enter(SIM_UNMASK, data, 0, NULL);
	if (!pin->device_masked)
		sim_violation("unmask of an unmasked message", data);
	if (!pin->activated || !pin->written)
		sim_violation("let through before it was activated", data);
	if (!pin->aimed)
		sim_violation("let through before it was aimed (HZ32)", data);
	pin->device_masked = false;
	if (pin->pending_bit) {
		pin->pending_bit = false;
		sim_message_fire(message_of(data), (unsigned int)data->hwirq);
	}
	sim_leave(SIM_UNMASK, data);
}

void sim_message_fire(struct sim_message *sim, unsigned int message)
{
	struct sim_message_pin *pin = &sim->pins[message];

	if (pin->device_masked)
		pin->pending_bit = true;
	else
		sim_message_raise(
			sim,
			(unsigned int)(pin->msg.address - MESSAGE_DOORBELL) >>
				12,
			pin->msg.data);
}

static int message_msi_activate(struct irq_domain *domain,
				struct irq_data *data)
{
	int error = sim_enter(SIM_ACTIVATE, data, 0, NULL);

	(void)domain;
	if (error == 0)
		message_update(data);
	sim_leave(SIM_ACTIVATE, data);
	return error;
}

static void message_msi_deactivate(struct irq_domain *domain,
				   struct irq_data *data)
{
	const struct msi_msg none = {.address = 0};

	(void)domain;
	sim_enter(SIM_DEACTIVATE, data, 0, NULL);
	if (!message_pin(data)->device_masked)
		sim_violation("deactivated while it is let through", data);
	data->chip->irq_write_msi_msg(data, &none);
	sim_leave(SIM_DEACTIVATE, data);
}

unsigned int sim_message_of(const struct sim_message *sim, unsigned int irq)
{
	unsigned int message = 0;

	while (message < sim->nr_messages && sim->pins[message].irq != irq)
		message++;
	if (message == sim->nr_messages)
		host_violation("an irq has no message");
	return message % sim->nr_messages;
}

static int message_choose(struct sim_message *sim, unsigned int irq)
{
	unsigned int message = 0;

	while (message < sim->nr_messages && sim->pins[message].irq != 0)
		message++;
	if (message == sim->nr_messages)
		return -ENOSPC;
	memset(&sim->pins[message], 0, sizeof(sim->pins[message]));
	sim->pins[message].irq = irq;
	sim->pins[message].device_masked = true;
	sim->pins[message].now = message_no_vector;
	sim->pins[message].old = message_no_vector;
	irq_domain_set_info(sim->msi_domain, irq, message, &sim->msi_chip, NULL,
			    NULL);
	return 0;
}

static void message_unchoose(struct sim_message *sim, unsigned int irq,
			     unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		sim->pins[sim_message_of(sim, irq + i)].irq = 0;
}

static int message_msi_alloc(struct irq_domain *domain, unsigned int irq,
			     unsigned int nr, const void *arg)
{
	struct sim_message *sim = domain->host_data;
	int error = sim_enter(SIM_ALLOC, message_data(domain, irq), nr, NULL);
	unsigned int done = 0;

	while (error == 0 && done < nr) {
		error = message_choose(sim, irq + done);
		done += error == 0;
	}
	if (error == 0)
		error = irq_domain_alloc_irqs_parent(domain, irq, nr, arg);
	if (error != 0)
		message_unchoose(sim, irq, done);
	sim_leave(SIM_ALLOC, message_data(domain, irq));
	return error;
}

static void message_msi_free(struct irq_domain *domain, unsigned int irq,
			     unsigned int nr)
{
	struct sim_message *sim = domain->host_data;

	sim_enter(SIM_FREE, message_data(domain, irq), nr, NULL);
	message_unchoose(sim, irq, nr);
	sim_leave(SIM_FREE, message_data(domain, irq));
}

static const struct irq_domain_ops message_msi_ops = {
	.alloc = message_msi_alloc,
	.free = message_msi_free,
	.activate = message_msi_activate,
	.deactivate = message_msi_deactivate,
};

/* ---- the CPUs */

static bool message_is_ready(const struct sim_message *sim, unsigned int cpu)
{
	return !sim->hold && sim->latched_count[cpu] != 0 &&
	       sim->in_service[cpu] == 0;
}

static bool message_has_interrupt(unsigned int cpu)
{
	struct sim_message *sim = message_all;

	while (sim != NULL && !message_is_ready(sim, cpu))
		sim = sim->next;
	return sim != NULL;
}

static void message_handle(struct sim_message *sim, unsigned int cpu,
			   unsigned int vector)
{
	unsigned int slot = sim->table[cpu][vector];

	if (slot == 0) {
		sim->spurious++;
		sim->in_service[cpu] = 0;
		return;
	}
	sim->pins[slot - 1].taken++;
	sim->taken[cpu] = slot;
	if (generic_handle_domain_irq(sim->vector_domain, slot - 1) != 0)
		host_violation("a vector of an interrupt that is gone");
	if (sim->in_service[cpu] != 0)
		host_violation("a flow handler has not acknowledged a vector");
	sim->in_service[cpu] = 0;
}

/* The highest vector comes first. */
static void message_dispatch(struct sim_message *sim, unsigned int cpu)
{
	unsigned int vector = SIM_MAX_VECTORS - 1;

	while (sim->latched[cpu][vector] == 0)
		vector--;
	message_unlatch(sim, cpu, vector);
	sim->in_service[cpu] = vector;
	irqkit_dispatch_enter(cpu);
	message_handle(sim, cpu, vector);
	irqkit_dispatch_exit(cpu);
}

static void message_take_interrupt(unsigned int cpu)
{
	struct sim_message *sim = message_all;

	while (sim != NULL && !message_is_ready(sim, cpu))
		sim = sim->next;
	if (sim != NULL)
		message_dispatch(sim, cpu);
}

static struct host_source message_source = {
	.has_interrupt = message_has_interrupt,
	.take_interrupt = message_take_interrupt,
};

static int message_cpu_starting(unsigned int cpu)
{
	for (struct sim_message *sim = message_all; sim != NULL;
	     sim = sim->next) {
		memset(sim->latched[cpu], 0, sizeof(sim->latched[cpu]));
		sim->latched_count[cpu] = 0;
		if (irq_matrix_online(sim->matrix, cpu) != 0)
			host_violation("a CPU starts twice");
	}
	return 0;
}

/* What is latched is raised again where its interrupt is now (HZ1). */
static void message_forward(struct sim_message *sim, unsigned int cpu,
			    unsigned int vector)
{
	unsigned int slot = sim->table[cpu][vector];
	const struct sim_vector *now;

	message_unlatch(sim, cpu, vector);
	if (slot == 0) {
		sim->spurious++;
		return;
	}
	now = &sim->pins[slot - 1].now;
	if (message_exists(now) && now->cpu != cpu) {
		sim_message_raise(sim, now->cpu, now->vector);
		sim->forwarded++;
	} else {
		sim->lost++;
	}
}

static void message_cpu_dying(unsigned int cpu)
{
	for (struct sim_message *sim = message_all; sim != NULL;
	     sim = sim->next) {
		for (unsigned int i = 0; i < SIM_MAX_VECTORS; i++) {
			if (sim->latched[cpu][i] != 0)
				message_forward(sim, cpu, i);
		}
		if (irq_matrix_offline(sim->matrix, cpu) != 0)
			host_violation("a CPU dies twice");
	}
}

static struct irqkit_cpu_notifier message_notifier = {
	.name = "sim_message",
	.starting = message_cpu_starting,
	.dying = message_cpu_dying,
};

/* ---- creation */

static void message_set_up_chips(struct sim_message *sim)
{
	struct irq_chip *chip = &sim->vector_chip;

	chip->name = "vector";
	chip->irq_ack = message_ack;
	chip->irq_set_affinity = message_set_affinity;
	chip->irq_force_complete_move = message_force_move;
	chip->irq_retrigger = message_retrigger;
	chip->irq_get_irqchip_state = message_get_state;
	chip->irq_set_irqchip_state = message_set_state;
	chip->irq_compose_msi_msg = message_compose;
	chip = &sim->msi_chip;
	chip->name = "msi";
	chip->irq_ack = irq_chip_ack_parent;
	chip->irq_mask = message_mask;
	chip->irq_unmask = message_unmask;
	chip->irq_set_affinity = message_msi_set_affinity;
	chip->irq_force_complete_move = irq_chip_force_complete_move_parent;
	chip->irq_retrigger = irq_chip_retrigger_parent;
	chip->irq_write_msi_msg = message_write;
}

static void message_set_up_domains(struct sim_message *sim)
{
	struct irq_domain_info info = {
		.name = "vector",
		.size = sim->nr_messages,
		.ops = &message_vector_ops,
		.host_data = sim,
	};

	if (irq_domain_create(&info, &sim->vector_domain) != 0)
		abort();
	info.name = "msi";
	info.parent = sim->vector_domain;
	info.ops = &message_msi_ops;
	if (irq_domain_create(&info, &sim->msi_domain) != 0)
		abort();
}

static void message_enter_list(struct sim_message *sim)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask)
		irq_matrix_online(sim->matrix, cpu);
	if (message_all == NULL) {
		host_add_source(&message_source);
		irqkit_register_cpu_notifier(&message_notifier);
	}
	sim->next = message_all;
	message_all = sim;
}

struct sim_message *sim_message_create(unsigned int nr_messages,
				       unsigned int nr_vectors,
				       unsigned int status)
{
	struct sim_message *sim = calloc(1, sizeof(*sim));
	unsigned int end = SIM_FIRST_VECTOR + nr_vectors;

	if (sim == NULL || nr_messages > SIM_MAX_MESSAGES ||
	    end > SIM_MAX_VECTORS ||
	    irq_matrix_create(end, SIM_FIRST_VECTOR, end, &sim->matrix) != 0)
		abort();
	sim->nr_messages = nr_messages;
	sim->status = status;
	message_set_up_chips(sim);
	message_set_up_domains(sim);
	message_enter_list(sim);
	return sim;
}

int sim_message_alloc(struct sim_message *sim, unsigned int nr,
		      const struct irq_affinity_desc *affinity)
{
	return irq_domain_alloc_irqs_affinity(sim->msi_domain, nr, NUMA_NO_NODE,
					      NULL, affinity);
}
