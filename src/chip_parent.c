/* SPDX-License-Identifier: MIT */
/*
 * Operations of a chip that its parent in the hierarchy does. Locks are those
 * of the operation that hands on.
 */
#include "internals.h"

void irq_chip_ack_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_ack != NULL)
		data->chip->irq_ack(data);
}

void irq_chip_eoi_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_eoi != NULL)
		data->chip->irq_eoi(data);
}

void irq_chip_mask_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_mask != NULL)
		data->chip->irq_mask(data);
}

void irq_chip_unmask_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_unmask != NULL)
		data->chip->irq_unmask(data);
}

int irq_chip_startup_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_startup != NULL)
		return data->chip->irq_startup(data);
	if (data->chip->irq_unmask != NULL)
		data->chip->irq_unmask(data);
	return 0;
}

void irq_chip_shutdown_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_shutdown != NULL)
		data->chip->irq_shutdown(data);
	else if (data->chip->irq_mask != NULL)
		data->chip->irq_mask(data);
}

int irq_chip_set_type_parent(struct irq_data *data, unsigned int type)
{
	data = data->parent_data;
	if (data->chip->irq_set_type == NULL)
		return -ENOSYS;
	return data->chip->irq_set_type(data, type);
}

int irq_chip_set_wake_parent(struct irq_data *data, bool on)
{
	data = data->parent_data;
	if ((data->chip->flags & IRQCHIP_SKIP_SET_WAKE) != 0)
		return 0;
	if (data->chip->irq_set_wake == NULL)
		return -ENOSYS;
	return data->chip->irq_set_wake(data, on);
}

int irq_chip_set_affinity_parent(struct irq_data *data,
				 const struct cpumask *mask)
{
	data = data->parent_data;
	if (data->chip->irq_set_affinity == NULL)
		return -ENOSYS;
	return data->chip->irq_set_affinity(data, mask);
}

void irq_chip_force_complete_move_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_force_complete_move != NULL)
		data->chip->irq_force_complete_move(data);
}

int irq_chip_retrigger_parent(struct irq_data *data)
{
	data = data->parent_data;
	if (data->chip->irq_retrigger == NULL)
		return -ENOSYS;
	return data->chip->irq_retrigger(data);
}

int irq_chip_compose_msi_msg(struct irq_data *data, struct msi_msg *msg)
{
	if (data == NULL || msg == NULL)
		return -EINVAL;
	for (; data != NULL; data = data->parent_data) {
		if (data->chip->irq_compose_msi_msg != NULL) {
			data->chip->irq_compose_msi_msg(data, msg);
			return 0;
		}
	}
	return -ENOSYS;
}
