/* SPDX-License-Identifier: MIT */
/*
 * What irq_plan_affinity of a chip needs to say what irq_set_affinity would do,
 * without doing it: for authors of backends.
 *
 * A chip that chooses by what other interrupts have got keeps a copy of that
 * in the dry run, and changes the copy: each interrupt is asked about in the
 * order in which it would be moved, so what one takes the next does not find.
 */
#ifndef IRQKIT_DRY_RUN_H
#define IRQKIT_DRY_RUN_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/irq.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

struct irqkit_dry_run;

/**
 * irqkit_dry_run_aim() - tell where an interrupt would go
 * @run: the dry run
 * @mask: its CPUs; as for irq_data_update_effective_affinity()
 *
 * Context: any, from irq_plan_affinity of a chip.
 */
void irqkit_dry_run_aim(struct irqkit_dry_run *run, const struct cpumask *mask);

/**
 * irqkit_dry_run_memory() - memory of a chip's own in a dry run
 * @run: the dry run
 * @key: whose it is, for instance the controller; not NULL
 * @size: in bytes, the same each time
 * @is_new: out: whether it is empty (all zero) and to be filled now
 *
 * Aligned for a uint64_t. It is freed when the dry run is over.
 *
 * Context: any, from irq_plan_affinity of a chip.
 * Return: the memory; NULL if there is none yet: the operation then returns
 * -ENOMEM, and the whole dry run begins again with it. NULL for good if a
 * pointer is NULL, @size is 0 or another one than before.
 */
void *irqkit_dry_run_memory(struct irqkit_dry_run *run, const void *key,
			    size_t size, bool *is_new);

/**
 * irq_chip_plan_affinity_parent() - ask the levels that are nearer to the CPU
 * @data: of the level that asks
 * @mask: as the operation got it
 * @run: the dry run
 *
 * For a level that has the operation and hands on what it does not decide.
 *
 * Context: any, from irq_plan_affinity of a chip.
 * Return: what the next level with the operation returns; 0 if there is none,
 * which is an assumption, see irq_plan_offline().
 */
int irq_chip_plan_affinity_parent(const struct irq_data *data,
				  const struct cpumask *mask,
				  struct irqkit_dry_run *run);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
