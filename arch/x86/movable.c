/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of devices. Each has a vector on one CPU, its place, and one of
 * another CPU when it moves; the old one stays until nothing can be pending
 * there. The descriptor lock guards the place and what is left of old ones;
 * the vector matrix has a lock of its own.
 */
#include <irqkit/dry_run.h>
#include <irqkit/isolation.h>
#include <irqkit/matrix.h>
#include <irqkit/x86.h>
#include "../../src/internals.h"
#include "cpu_x86.h"
#include "movable.h"
#include "vector.h"

/* A message needs less to reach a local APIC (HZ1). */
#define MOVABLE_FLIGHT_NS 100000U

/* The chip data of an interrupt, not more than a pointer has room for. */
#define MOVABLE_VECTOR_BITS 8U
#define MOVABLE_LEFT_BITS   16U
#define MOVABLE_MOST_LEFT   ((1U << MOVABLE_LEFT_BITS) - 1)

/* SDM 11.11.1: the message that raises a vector of a CPU. */
#define MOVABLE_MSI_ADDRESS	0xfee00000U
#define MOVABLE_MSI_DESTINATION 12U

IRQKIT_STATIC_ASSERT(IRQKIT_NR_CPUS <= MOVABLE_MOST_LEFT,
		     "an interrupt leaves one vector on each CPU at most");

struct movable_place {
	unsigned int vector; /* 0 while it is not active */
	unsigned int cpu;
	unsigned int left; /* old vectors that are not cleaned up yet */
};

static struct irq_matrix *movable_matrix;
static struct irq_domain *movable_domain;

static struct movable_place movable_get(const struct irq_data *data)
{
	uintptr_t packed = (uintptr_t)data->chip_data;
	struct movable_place place = {
		.vector = packed & ((1U << MOVABLE_VECTOR_BITS) - 1),
		.left = packed >> MOVABLE_VECTOR_BITS & MOVABLE_MOST_LEFT,
		.cpu = (unsigned int)(packed >> (MOVABLE_VECTOR_BITS +
						 MOVABLE_LEFT_BITS)),
	};

	return place;
}

static void movable_put(struct irq_data *data, struct movable_place place)
{
	uintptr_t packed = place.cpu;

	packed = packed << MOVABLE_LEFT_BITS | place.left;
	packed = packed << MOVABLE_VECTOR_BITS | place.vector;
	data->chip_data = (void *)packed;
}

/* The level of an interrupt that is one of vectors. */
static struct irq_data *movable_level(struct irq_desc *desc)
{
	struct irq_data *data = &desc->irq_data;

	while (data != NULL && data->domain != movable_domain)
		data = data->parent_data;
	return data;
}

static bool movable_is_started(const struct irq_data *data)
{
	return (data->common->state & IRQD_STARTED) != 0;
}

static int movable_send(struct irqkit_apic_cpu *target, unsigned int vector)
{
	return irqkit_apic->send(target,
				 vector | APIC_ICR_FIXED | APIC_ICR_ASSERT);
}

static void movable_tell(struct irq_data *data, unsigned int cpu)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, cpu);
	irq_data_update_effective_affinity(data, &one);
}

/* Whether it waits in the IRR of this CPU, @local. */
static bool movable_is_pending(unsigned int vector)
{
	return (irqkit_apic->read(apic_irr(vector)) & apic_isr_bit(vector)) !=
	       0;
}

/*
 * Vectors that an interrupt has left. A bit is set and cleared with the lock of
 * the descriptor in the slot, and is clear before the vector is anybody
 * else's.
 */
static uint32_t *movable_leaving(struct irqkit_apic_cpu *local,
				 unsigned int vector)
{
	return &local->leaving[vector / 32];
}

static bool movable_is_leaving(struct irqkit_apic_cpu *local,
			       unsigned int vector)
{
	return (load_relaxed(movable_leaving(local, vector)) &
		apic_isr_bit(vector)) != 0;
}

/* The first one from @vector on, or APIC_NR_VECTORS. */
static unsigned int movable_next_leaving(struct irqkit_apic_cpu *local,
					 unsigned int vector)
{
	while (vector < APIC_NR_VECTORS) {
		uint32_t bits = load_relaxed(movable_leaving(local, vector)) &
				~(apic_isr_bit(vector) - 1);

		if (bits != 0)
			return vector / 32 * 32 + (unsigned)__builtin_ctz(bits);
		vector = (vector / 32 + 1) * 32;
	}
	return APIC_NR_VECTORS;
}

/* Of a CPU, the vector that an interrupt has left, or APIC_NR_VECTORS. */
static unsigned int movable_find_left(struct irqkit_apic_cpu *local,
				      const struct irq_desc *desc)
{
	unsigned int vector = movable_next_leaving(local, 0);

	while (vector < APIC_NR_VECTORS &&
	       irqkit_vector_desc(local, vector) != desc)
		vector = movable_next_leaving(local, vector + 1);
	return vector;
}

static void movable_clear_leaving(struct irqkit_apic_cpu *local,
				  unsigned int vector)
{
	__atomic_fetch_and(movable_leaving(local, vector),
			   ~apic_isr_bit(vector), __ATOMIC_RELAXED);
}

/*
 * Choose a vector and publish who has it, before anything is sent to it. The
 * slot of a vector that the matrix gives away is free: it is emptied before
 * the vector is given back (HZ23, HZ28).
 */
static int movable_take(struct irq_data *data, const struct cpumask *mask,
			bool reserved, struct movable_place *place)
{
	struct irq_desc *desc = irqkit_desc_at(data->irq);
	bool claimed;
	int vector;

	if (irqd_affinity_is_managed(data))
		vector = irq_matrix_alloc_managed(movable_matrix, mask,
						  &place->cpu);
	else
		vector = irq_matrix_alloc(movable_matrix, mask, reserved,
					  &place->cpu);
	if (vector < 0)
		return vector;
	place->vector = (unsigned int)vector;
	claimed = irqkit_vector_claim(irqkit_apic_cpus[place->cpu],
				      place->vector, desc);
	irqkit_assert(claimed);
	(void)claimed;
	return 0;
}

/* An old vector is nobody's from now on. */
static void movable_finish(struct irq_data *data, struct irqkit_apic_cpu *local,
			   unsigned int vector)
{
	struct movable_place place = movable_get(data);
	int error;

	movable_clear_leaving(local, vector);
	irqkit_vector_release(local, vector, irqkit_desc_at(data->irq));
	error = irq_matrix_free(movable_matrix, local->cpu, vector,
				irqd_affinity_is_managed(data));
	irqkit_assert(error == 0 && place.left != 0);
	(void)error;
	place.left--;
	movable_put(data, place);
	if (place.left == 0)
		irq_move_done(data);
}

/*
 * Give up one vector of this CPU, if it is still @desc's, and left. While it is
 * pending it is kept (HZ24), unless this CPU takes none any more. Whether it
 * is pending.
 */
static bool movable_clean(struct irqkit_apic_cpu *local, unsigned int vector,
			  struct irq_desc *desc, bool even_pending)
{
	bool pending = false;

	irqkit_lock_enter(&desc->lock);
	if (movable_is_leaving(local, vector) &&
	    irqkit_vector_desc(local, vector) == desc) {
		pending = movable_is_pending(vector);
		if (even_pending || !pending)
			movable_finish(movable_level(desc), local, vector);
	}
	irqkit_lock_leave(&desc->lock);
	return pending;
}

/*
 * Its vector is the lowest, so what is pending here and can be taken was taken
 * before; and is taken before this comes again (HZ26).
 */
void irqkit_movable_clean_up(struct irqkit_apic_cpu *local)
{
	unsigned int vector = movable_next_leaving(local, 0);
	bool pending = false;

	while (vector < APIC_NR_VECTORS) {
		struct irq_desc *desc = irqkit_vector_desc(local, vector);

		if (desc != NULL && movable_clean(local, vector, desc, false))
			pending = true;
		vector = movable_next_leaving(local, vector + 1);
	}
	if (pending)
		movable_send(local, VECTOR_CLEAN_UP);
}

static int movable_retrigger(struct irq_data *data)
{
	struct movable_place place = movable_get(data);

	if (place.vector == 0)
		return -EINVAL;
	return movable_send(irqkit_apic_cpus[place.cpu], place.vector);
}

/*
 * The old vector stays until its CPU has cleaned it up. Where that CPU is gone,
 * nobody does; and as the interrupt could not be moved away then, what came
 * there since is lost, so it is raised once.
 */
static int movable_leave(struct irq_data *data, struct movable_place old)
{
	struct irqkit_apic_cpu *local = irqkit_apic_cpus[old.cpu];

	__atomic_fetch_or(movable_leaving(local, old.vector),
			  apic_isr_bit(old.vector), __ATOMIC_RELAXED);
	/* Pairs with the fence in irqkit_movable_dying(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!load_relaxed(&local->gone)) {
		movable_send(local, VECTOR_CLEAN_UP);
		return IRQKIT_MOVING;
	}
	movable_finish(data, local, old.vector);
	if (movable_is_started(data))
		movable_retrigger(data);
	return movable_get(data).left == 0 ? 0 : IRQKIT_MOVING;
}

/*
 * Where it goes back to a CPU on which it still has a vector, that one is taken
 * again: moved to and fro, it has not more than one on each.
 */
static bool movable_take_left(const struct irq_data *data,
			      const struct cpumask *mask,
			      struct movable_place *place)
{
	const struct irq_desc *desc = irqkit_desc_at(data->irq);
	unsigned int cpu;

	if (place->left == 0)
		return false;
	for_each_cpu (cpu, mask) {
		struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];
		unsigned int vector = movable_find_left(local, desc);

		if (vector == APIC_NR_VECTORS)
			continue;
		movable_clear_leaving(local, vector);
		place->cpu = cpu;
		place->vector = vector;
		place->left--;
		return true;
	}
	return false;
}

/*
 * In a hierarchy the device is told after this. The descriptor lock is held
 * until then, and the clean-up needs it.
 */
static int movable_set_affinity(struct irq_data *data,
				const struct cpumask *mask)
{
	struct movable_place old = movable_get(data);
	struct movable_place place = {.left = old.left};
	int error = 0;

	if (old.vector == 0)
		return -EINVAL;
	if (cpumask_test_cpu(old.cpu, mask)) {
		movable_tell(data, old.cpu);
		return old.left == 0 ? 0 : IRQKIT_MOVING;
	}
	if (!movable_take_left(data, mask, &place))
		error = movable_take(data, mask, false, &place);
	if (error != 0)
		return error;
	place.left++;
	movable_put(data, place);
	movable_tell(data, place.cpu);
	return movable_leave(data, old);
}

/* What is left of earlier moves is free when these have ended. */
static void movable_plan_ended(const struct irq_data *data,
			       struct irq_matrix *plan)
{
	const struct irq_desc *desc = irqkit_desc_at(data->irq);
	unsigned int cpu;

	for_each_cpu (cpu, cpu_online_mask) {
		unsigned int vector = movable_find_left(irqkit_apic_cpus[cpu],
							desc);

		if (vector != APIC_NR_VECTORS)
			irq_matrix_free(plan, cpu, vector,
					irqd_affinity_is_managed(data));
	}
}

/* As movable_set_affinity() would, when no earlier move goes on. */
static int movable_plan_affinity(const struct irq_data *data,
				 const struct cpumask *mask,
				 struct irqkit_dry_run *run)
{
	struct irq_matrix *plan = irq_matrix_dry_run(movable_matrix, run);
	struct cpumask one;
	unsigned int cpu;
	int vector;

	if (plan == NULL)
		return -ENOMEM;
	if (mask == NULL) {
		movable_plan_ended(data, plan);
		return 0;
	}
	if (irqd_affinity_is_managed(data))
		vector = irq_matrix_alloc_managed(plan, mask, &cpu);
	else
		vector = irq_matrix_alloc(plan, mask, false, &cpu);
	if (vector < 0)
		return vector;
	irqkit_cpumask_single(&one, cpu);
	irqkit_dry_run_aim(run, &one);
	return IRQKIT_MOVING;
}

static void movable_ack(struct irq_data *data)
{
	(void)data;
	irqkit_apic->eoi();
}

/* A message has no line that could be held. */
static int movable_set_type(struct irq_data *data, unsigned int type)
{
	(void)data;
	return (type & IRQ_TYPE_LEVEL_MASK) == 0 ? 0 : -EINVAL;
}

/* Another CPU's IRR cannot be read (SDM 10.8.4). */
static int movable_get_state(struct irq_data *data,
			     enum irqchip_irq_state which, bool *value)
{
	struct movable_place place = movable_get(data);

	if (which != IRQCHIP_STATE_PENDING || place.vector == 0 ||
	    place.cpu != irqkit_port_cpu())
		return -EINVAL;
	*value = movable_is_pending(place.vector);
	return 0;
}

static int movable_set_state(struct irq_data *data,
			     enum irqchip_irq_state which, bool value)
{
	if (which != IRQCHIP_STATE_PENDING || !value)
		return -EINVAL;
	return movable_retrigger(data);
}

/*
 * A message names CPUs by 8 bits. One with another id gets none: the address
 * is nobody's (HZ41).
 */
static void movable_compose(struct irq_data *data, struct msi_msg *msg)
{
	struct movable_place place = movable_get(data);
	uint32_t id = irqkit_apic_cpus[place.cpu]->id;

	msg->address = 0;
	msg->data = 0;
	if (place.vector == 0 || id >= APIC_XAPIC_BROADCAST)
		return;
	msg->address = MOVABLE_MSI_ADDRESS | id << MOVABLE_MSI_DESTINATION;
	msg->data = place.vector;
}

/*
 * No irq_force_complete_move: a CPU that goes has ended the moves away from it
 * when it is gone, in irqkit_movable_dying(), of interrupts that are still said
 * to be moving and of others (HZ5); until then it may have one latched.
 */
static const struct irq_chip movable_chip = {
	.name = "APIC vector",
	.flags = IRQCHIP_ONESHOT_SAFE | IRQCHIP_SKIP_SET_WAKE,
	.irq_ack = movable_ack,
	.irq_set_type = movable_set_type,
	.irq_set_affinity = movable_set_affinity,
	.irq_plan_affinity = movable_plan_affinity,
	.irq_retrigger = movable_retrigger,
	.irq_get_irqchip_state = movable_get_state,
	.irq_set_irqchip_state = movable_set_state,
	.irq_compose_msi_msg = movable_compose,
};

/* So that activate finds a vector, if not too many are promised. */
static int movable_reserve(const struct irq_data *data)
{
	if (irqd_affinity_is_managed(data))
		return irq_matrix_reserve_managed(movable_matrix,
						  &data->common->affinity);
	return irq_matrix_reserve(movable_matrix);
}

static void movable_free(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct irq_data *data = irq_domain_get_irq_data(domain,
								irq + i);

		if (irqd_affinity_is_managed(data))
			irq_matrix_remove_managed(movable_matrix,
						  &data->common->affinity);
		else
			irq_matrix_remove_reserved(movable_matrix);
	}
}

/* A level between this one and the device may need other settings. */
static int movable_alloc(struct irq_domain *domain, unsigned int irq,
			 unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++) {
		struct irq_data *data = irq_domain_get_irq_data(domain,
								irq + i);
		int error = movable_reserve(data);

		if (error != 0) {
			movable_free(domain, irq, i);
			return error;
		}
		irq_domain_set_info(domain, irq + i, irq + i, &movable_chip,
				    NULL, handle_edge_irq);
		data->common->status |= IRQ_MOVE_PCNTXT;
		data->common->state |= IRQD_SINGLE_TARGET;
	}
	return 0;
}

/* Where it will be aimed at; not empty but for a managed one (HZ25). */
static void movable_wanted(const struct irq_data *data, struct cpumask *mask)
{
	const struct irq_common_data *common = data->common;
	bool managed = irqd_affinity_is_managed(data);

	if (managed || (common->state & IRQD_AFFINITY_SET) != 0)
		cpumask_copy(mask, &common->affinity);
	else
		cpumask_copy(mask, irq_default_affinity_mask());
	if (managed)
		irqkit_isolation_restrict(data, mask);
	cpumask_and(mask, mask, cpu_active_mask);
	if (!managed && cpumask_empty(mask))
		cpumask_copy(mask, cpu_active_mask);
}

static int movable_activate(struct irq_domain *domain, struct irq_data *data)
{
	struct movable_place place = {.left = 0};
	struct cpumask mask;
	int error;

	(void)domain;
	do {
		movable_wanted(data, &mask);
		error = movable_take(data, &mask, true, &place);
		/* Until the last CPU of the mask was gone. */
	} while (error == -ENXIO);
	if (error == 0)
		movable_put(data, place);
	return error;
}

/* All old vectors, then the present one. */
static void movable_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	struct irq_desc *desc = irqkit_desc_at(data->irq);
	struct movable_place place = movable_get(data);

	(void)domain;
	for (unsigned int cpu = 0; movable_get(data).left != 0; cpu++) {
		struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];
		unsigned int vector = movable_find_left(local, desc);

		if (vector < APIC_NR_VECTORS)
			movable_finish(data, local, vector);
	}
	irqkit_vector_release(irqkit_apic_cpus[place.cpu], place.vector, desc);
	if (irqd_affinity_is_managed(data))
		irq_matrix_free(movable_matrix, place.cpu, place.vector, true);
	else
		irq_matrix_free_to_reserved(movable_matrix, place.cpu,
					    place.vector);
	data->chip_data = NULL;
}

/* The interrupt at a vector of this CPU, if it is still there. */
static void movable_raise(struct irqkit_apic_cpu *local, unsigned int vector,
			  struct irq_desc *desc)
{
	irqkit_lock_enter(&desc->lock);
	if (irqkit_vector_desc(local, vector) == desc &&
	    movable_is_started(&desc->irq_data))
		movable_send(local, vector);
	irqkit_lock_leave(&desc->lock);
}

/*
 * The slots stay as they are while a CPU is away: what could not be moved is
 * there again when it comes back (HZ22). What came for it meanwhile is lost, so
 * it is raised once.
 */
int irqkit_movable_starting(unsigned int cpu)
{
	struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];
	unsigned int vector = VECTOR_FIRST_DEVICE;

	store_relaxed(&local->gone, false);
	for (; vector < VECTOR_FIRST_IPI; vector++) {
		struct irq_desc *desc = irqkit_vector_desc(local, vector);

		if (desc != NULL)
			movable_raise(local, vector, desc);
	}
	return irq_matrix_online(movable_matrix, cpu);
}

/* What is pending is raised where its interrupt is now (HZ1). */
static void movable_hand_over(struct irqkit_apic_cpu *local)
{
	unsigned int vector = movable_next_leaving(local, 0);

	while (vector < APIC_NR_VECTORS) {
		struct irq_desc *desc = irqkit_vector_desc(local, vector);

		if (desc != NULL && movable_clean(local, vector, desc, true))
			irqkit_forward_irq(desc);
		vector = movable_next_leaving(local, vector + 1);
	}
}

/*
 * Who is just aiming an interrupt here, and has not seen that this CPU is
 * active no more, goes elsewhere before he lets go of it.
 */
static void movable_await_aims(struct irqkit_apic_cpu *local)
{
	unsigned int vector = VECTOR_FIRST_DEVICE;

	for (; vector < VECTOR_FIRST_IPI; vector++) {
		struct irq_desc *desc = irqkit_vector_desc(local, vector);

		if (desc == NULL)
			continue;
		irqkit_lock_enter(&desc->lock);
		irqkit_lock_leave(&desc->lock);
	}
}

static void movable_await_messages(void)
{
	uint64_t start = irqkit_port_nanoseconds();

	while (irqkit_port_nanoseconds() - start < MOVABLE_FLIGHT_NS)
		x86_relax();
}

/*
 * The core has moved everything that can be moved, so what is pending here is
 * at a vector that was left. Who moves one away while this looks sees the CPU
 * gone, or it is found. A dispatch, so that no descriptor that is found is
 * freed meanwhile.
 *
 * IPIs that are pending are of those who sent them: their own dying steps come
 * before this one, as the backend registers first (HZ47).
 */
void irqkit_movable_dying(unsigned int cpu)
{
	struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];

	irq_matrix_offline(movable_matrix, cpu);
	movable_await_aims(local);
	store_relaxed(&local->gone, true);
	/* Pairs with the fence in movable_leave(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (movable_next_leaving(local, 0) == APIC_NR_VECTORS)
		return;
	movable_await_messages();
	irqkit_dispatch_begin(cpu);
	movable_hand_over(local);
	irqkit_dispatch_end(cpu);
}

static const struct irq_domain_ops movable_ops = {
	.alloc = movable_alloc,
	.free = movable_free,
	.activate = movable_activate,
	.deactivate = movable_deactivate,
};

/* No look-up by hwirq: which interrupt a vector is depends on the CPU. */
static const struct irq_domain_info movable_info = {
	.name = "apic-vectors",
	.ops = &movable_ops,
};

int irqkit_movable_init(void)
{
	int error = irq_matrix_create(APIC_NR_VECTORS, VECTOR_FIRST_DEVICE,
				      VECTOR_FIRST_IPI, &movable_matrix);

	if (error != 0)
		return error;
	error = irq_domain_create(&movable_info, &movable_domain);
	if (error == 0)
		error = irq_matrix_online(movable_matrix, 0);
	if (error != 0)
		irqkit_movable_exit();
	return error;
}

void irqkit_movable_exit(void)
{
	if (movable_domain != NULL)
		irq_domain_remove(movable_domain);
	if (movable_matrix != NULL)
		irq_matrix_destroy(movable_matrix);
	movable_domain = NULL;
	movable_matrix = NULL;
}

struct irq_domain *irqkit_x86_vector_domain(void)
{
	return movable_domain;
}

struct irq_matrix *irqkit_x86_vector_matrix(void)
{
	return movable_matrix;
}
