/* SPDX-License-Identifier: MIT */
/*
 * A dry run of CPUs that go offline. Each interrupt that may reach one of them
 * has a shadow, on which src/migrate.h decides as it does on the interrupt
 * itself. Nothing is shared: the caller's run is its own, and descriptors are
 * read under their locks.
 */
#include "internals.h"
#include <irqkit/dry_run.h>
#include "migrate.h"

/* Memory of a chip. */
struct plan_memory {
	struct plan_memory *next;
	const void *key;
	size_t size;
	bool used; /* in this try */
	uint64_t data[];
};

/* An interrupt as it would be by now. */
struct plan_shadow {
	unsigned int irq;
	unsigned int state; /* enum irqd_state */
	bool read;	    /* was looked at, and what is below is known */
	bool moves;	    /* a move goes on in fact */
	bool assumed;
	struct migrate_verdict verdict; /* the last one that counts */
	struct cpumask effective;
	struct cpumask indexed; /* its bits in the target index */
};

struct irqkit_dry_run {
	struct cpumask cpus;   /* that leave */
	struct cpumask active; /* those left by now */

	struct plan_shadow *shadows; /* by ascending irq */
	unsigned int room;
	unsigned int used;

	struct plan_memory *memory;
	const void *missing; /* key of memory that there was not */
	size_t missing_size;
	bool again; /* something was missing that is there now */

	struct plan_shadow *asked; /* while a chip is */
};

/* What migrate_decide() hands on; the subject is the first of it. */
struct plan_subject {
	struct migrate_subject subject;
	struct irqkit_dry_run *run;
	struct plan_shadow *shadow;
};

/* ---- what chips are asked */

void irqkit_dry_run_aim(struct irqkit_dry_run *run, const struct cpumask *mask)
{
	if (run != NULL && mask != NULL)
		cpumask_copy(&run->asked->effective, mask);
}

void *irqkit_dry_run_memory(struct irqkit_dry_run *run, const void *key,
			    size_t size, bool *is_new)
{
	struct plan_memory *memory;

	if (run == NULL || key == NULL || size == 0 || is_new == NULL)
		return NULL;
	for (memory = run->memory; memory != NULL; memory = memory->next) {
		if (memory->key == key)
			break;
	}
	if (memory == NULL) {
		run->missing = key;
		run->missing_size = size;
		return NULL;
	}
	if (memory->size != size)
		return NULL;
	*is_new = !memory->used;
	if (!memory->used)
		__builtin_memset(memory->data, 0, size);
	memory->used = true;
	return memory->data;
}

/* Nobody says what it would do: any of @mask, or the first. */
static int plan_assume(struct irqkit_dry_run *run, const struct cpumask *mask)
{
	struct plan_shadow *shadow = run->asked;

	if (mask == NULL)
		return 0;
	shadow->assumed = true;
	if ((shadow->state & IRQD_SINGLE_TARGET) != 0)
		irqkit_cpumask_single(&shadow->effective, cpumask_first(mask));
	return 0;
}

/* From @data, which is NULL above the last level, towards the CPU. */
static int plan_ask(struct irqkit_dry_run *run, const struct irq_data *data,
		    const struct cpumask *mask)
{
	for (; data != NULL; data = data->parent_data) {
		if (data->chip->irq_plan_affinity != NULL)
			return data->chip->irq_plan_affinity(data, mask, run);
	}
	return plan_assume(run, mask);
}

int irq_chip_plan_affinity_parent(const struct irq_data *data,
				  const struct cpumask *mask,
				  struct irqkit_dry_run *run)
{
	return plan_ask(run, data->parent_data, mask);
}

/* ---- what would be done for one interrupt, and the index after it */

static const struct plan_subject *plan_of(const struct migrate_subject *subject)
{
	return (const struct plan_subject *)subject;
}

static void plan_complete(const struct migrate_subject *subject)
{
	const struct plan_subject *that = plan_of(subject);
	struct plan_shadow *shadow = that->shadow;

	shadow->state &= ~(unsigned int)IRQD_MOVING;
	that->run->asked = shadow;
	if (shadow->moves)
		plan_ask(that->run, &subject->desc->irq_data, NULL);
	shadow->moves = false;
	cpumask_copy(&shadow->indexed, &shadow->effective);
	if ((shadow->state & IRQD_MOVE_PENDING) != 0)
		cpumask_or(&shadow->indexed, &shadow->indexed,
			   &subject->desc->pending_affinity);
}

static int plan_aim(const struct migrate_subject *subject,
		    const struct cpumask *mask)
{
	const struct plan_subject *that = plan_of(subject);
	struct plan_shadow *shadow = that->shadow;
	struct cpumask cpus, old;
	int result;

	cpumask_and(&cpus, mask, subject->active);
	if (cpumask_empty(&cpus))
		return -EINVAL;
	cpumask_copy(&old, &shadow->effective);
	cpumask_clear(&shadow->effective);
	that->run->asked = shadow;
	result = plan_ask(that->run, &subject->desc->irq_data, &cpus);
	if (result < 0) {
		cpumask_copy(&shadow->effective, &old);
		return result;
	}
	if (cpumask_empty(&shadow->effective))
		cpumask_copy(&shadow->effective, &cpus);
	if (result == IRQKIT_MOVING)
		shadow->state |= IRQD_MOVING;
	else
		cpumask_andnot(&shadow->indexed, &shadow->indexed, &old);
	cpumask_or(&shadow->indexed, &shadow->indexed, &shadow->effective);
	shadow->state &= ~(unsigned int)IRQD_MOVE_PENDING;
	return 0;
}

static int plan_aim_anywhere(const struct migrate_subject *subject)
{
	return plan_aim(subject, subject->active);
}

/* Without a bit it is not looked at again. */
static void plan_shut_down(const struct migrate_subject *subject)
{
	struct plan_shadow *shadow = plan_of(subject)->shadow;

	cpumask_clear(&shadow->effective);
	cpumask_clear(&shadow->indexed);
}

static const struct migrate_ops plan_ops = {
	.complete = plan_complete,
	.aim = plan_aim,
	.aim_anywhere = plan_aim_anywhere,
	.shut_down = plan_shut_down,
};

static void plan_read(struct plan_shadow *shadow, const struct irq_desc *desc)
{
	const struct irq_common_data *common = &desc->irq_common_data;

	if (shadow->read)
		return;
	shadow->read = true;
	shadow->state = common->state;
	shadow->moves = (common->state & IRQD_MOVING) != 0;
	cpumask_copy(&shadow->effective, &common->effective_affinity);
}

static struct migrate_verdict plan_migrate(struct irqkit_dry_run *run,
					   struct plan_shadow *shadow,
					   unsigned int cpu)
{
	struct irq_desc *desc = irqkit_desc_find(shadow->irq);
	struct migrate_verdict verdict = {MIGRATE_NOTHING, 0};
	const struct plan_subject that = {
		.subject = {.desc = desc,
			    .state = &shadow->state,
			    .effective = &shadow->effective,
			    .active = &run->active},
		.run = run,
		.shadow = shadow,
	};
	unsigned long state;

	if (!irqkit_desc_lock(desc, shadow->irq, &state))
		return verdict;
	plan_read(shadow, desc);
	verdict = migrate_decide(&that.subject, cpu, &plan_ops);
	irqkit_lock_release(&desc->lock, state);
	return verdict;
}

/* ---- all of them */

/* As hotplug_migrate(): what is stuck at first is tried again at last. */
static void plan_phase(struct irqkit_dry_run *run, unsigned int cpu,
		       bool irqs_off)
{
	for (unsigned int i = 0; i < run->used && run->missing == NULL; i++) {
		struct plan_shadow *shadow = &run->shadows[i];
		struct migrate_verdict verdict;

		if (!cpumask_test_cpu(cpu, &shadow->indexed))
			continue;
		verdict = plan_migrate(run, shadow, cpu);
		if (verdict.kind != MIGRATE_NOTHING &&
		    (verdict.kind != IRQKIT_RECEIPT_STUCK || irqs_off))
			shadow->verdict = verdict;
	}
}

/* The next interrupt from @irq on that one of the CPUs has a bit of. */
static unsigned int plan_next(const struct irqkit_dry_run *run,
			      unsigned int irq)
{
	unsigned int first = IRQKIT_NR_IRQS;
	unsigned int cpu;

	for_each_cpu (cpu, &run->cpus) {
		unsigned int next = irqkit_target_next(cpu, TARGET_EFFECTIVE,
						       irq);

		if (next < first)
			first = next;
	}
	return first;
}

static void plan_read_index(const struct irqkit_dry_run *run,
			    struct plan_shadow *shadow)
{
	unsigned int irq = shadow->irq;
	unsigned int cpu;

	for_each_cpu (cpu, &run->cpus) {
		if (irqkit_target_next(cpu, TARGET_EFFECTIVE, irq) == irq)
			cpumask_set_cpu(cpu, &shadow->indexed);
	}
}

/*
 * One that is not found here is at no CPU that leaves, and so never moves. The
 * result is how many there are, which may be more than there is room for.
 */
static unsigned int plan_find(struct irqkit_dry_run *run)
{
	unsigned int irq = plan_next(run, 1);
	unsigned int found = 0;

	for (; irq < IRQKIT_NR_IRQS; irq = plan_next(run, irq + 1)) {
		if (found++ >= run->room)
			continue;
		run->shadows[run->used] = (struct plan_shadow){
			.irq = irq,
			.verdict = {MIGRATE_NOTHING, 0},
		};
		plan_read_index(run, &run->shadows[run->used++]);
	}
	return found;
}

static size_t plan_bytes(unsigned int room)
{
	return room * sizeof(struct plan_shadow);
}

static void plan_free_shadows(struct irqkit_dry_run *run)
{
	if (run->shadows != NULL)
		irqkit_port_free(run->shadows, plan_bytes(run->room));
	run->shadows = NULL;
	run->room = 0;
}

static int plan_make_shadows(struct irqkit_dry_run *run)
{
	unsigned int found;

	run->used = 0;
	found = plan_find(run);
	if (found <= run->room)
		return 0;
	plan_free_shadows(run);
	run->shadows = irqkit_port_alloc(plan_bytes(found), sizeof(uint64_t));
	if (run->shadows == NULL)
		return -ENOMEM;
	run->room = found;
	run->again = true;
	return 0;
}

static int plan_make_memory(struct irqkit_dry_run *run)
{
	struct plan_memory *memory;

	memory = irqkit_port_alloc(sizeof(*memory) + run->missing_size,
				   sizeof(uint64_t));
	if (memory == NULL)
		return -ENOMEM;
	memory->key = run->missing;
	memory->size = run->missing_size;
	memory->next = run->memory;
	run->memory = memory;
	run->missing = NULL;
	run->again = true;
	return 0;
}

static void plan_free_memory(struct irqkit_dry_run *run)
{
	while (run->memory != NULL) {
		struct plan_memory *memory = run->memory;

		run->memory = memory->next;
		irqkit_port_free(memory, sizeof(*memory) + memory->size);
	}
}

/* From the begin. 0 or -ENOMEM. */
static int plan_try(struct irqkit_dry_run *run)
{
	struct plan_memory *memory;
	unsigned int cpu;
	int error;

	run->again = false;
	error = plan_make_shadows(run);
	if (error != 0 || run->again)
		return error;
	for (memory = run->memory; memory != NULL; memory = memory->next)
		memory->used = false;
	cpumask_copy(&run->active, cpu_active_mask);
	for_each_cpu (cpu, &run->cpus) {
		cpumask_clear_cpu(cpu, &run->active);
		plan_phase(run, cpu, false);
		plan_phase(run, cpu, true);
	}
	return run->missing != NULL ? plan_make_memory(run) : 0;
}

/* ---- the answer */

static void plan_tell(struct irqkit_plan *plan,
		      const struct plan_shadow *shadow)
{
	plan->count[shadow->verdict.kind]++;
	plan->assumed += shadow->assumed;
	if (plan->used >= plan->room)
		return;
	plan->entries[plan->used++] = (struct irqkit_plan_entry){
		.irq = shadow->irq,
		.kind = shadow->verdict.kind,
		.error = shadow->verdict.error,
		.assumed = shadow->assumed,
		.targets = shadow->effective,
	};
}

static void plan_tell_all(struct irqkit_plan *plan,
			  const struct irqkit_dry_run *run)
{
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		plan->count[i] = 0;
	plan->assumed = 0;
	plan->used = 0;
	for (unsigned int i = 0; i < run->used; i++) {
		if (run->shadows[i].verdict.kind != MIGRATE_NOTHING)
			plan_tell(plan, &run->shadows[i]);
	}
}

static int plan_check(const struct cpumask *cpus)
{
	if (cpumask_empty(cpus) || !cpumask_subset(cpus, cpu_possible_mask))
		return -EINVAL;
	if (!cpumask_subset(cpus, cpu_active_mask))
		return -ENXIO;
	if (cpumask_subset(cpu_active_mask, cpus))
		return -EBUSY;
	return irqkit_in_dispatch() ? -EDEADLK : 0;
}

int irq_plan_offline(const struct cpumask *cpus, struct irqkit_plan *plan)
{
	struct irqkit_dry_run run = {.shadows = NULL};
	int error;

	if (cpus == NULL || plan == NULL ||
	    (plan->entries == NULL && plan->room != 0))
		return -EINVAL;
	cpumask_copy(&run.cpus, cpus);
	error = plan_check(&run.cpus);
	if (error != 0)
		return error;
	irqkit_assert_no_lock();
	do
		error = plan_try(&run);
	while (error == 0 && run.again);
	if (error == 0)
		plan_tell_all(plan, &run);
	plan_free_memory(&run);
	plan_free_shadows(&run);
	return error;
}
