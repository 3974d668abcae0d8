/* SPDX-License-Identifier: MIT */
/* See sim_chip.h: a handler that keeps books and serves its device. */
#include "sim_chip.h"
#include "host.h"

static void device_check(const struct sim_device *device,
			 const struct irq_data *data)
{
	unsigned int cpu = irqkit_port_cpu();

	if (!host_in_handler(cpu))
		sim_violation("handler outside of the port's hooks", data);
	if (device->inside != 1 && !irqd_is_per_cpu(data))
		sim_violation("handler on two CPUs at once", data);
}

irqreturn_t sim_device_handler(unsigned int irq, void *dev_id)
{
	struct sim_device *device = dev_id;
	struct irq_data *data = irq_get_irq_data(irq);
	unsigned int cpu = irqkit_port_cpu();

	sim_enter(SIM_HANDLER, data, 0, NULL);
	device->inside++;
	device->calls++;
	device->on[cpu]++;
	device->cpu = cpu;
	device_check(device, data);
	if (device->line != NULL && !device->keeps)
		sim_line_lower(device->line, device->hwirq);
	if (device->during != NULL)
		device->during(device, device->calls);
	device->inside--;
	sim_leave(SIM_HANDLER, data);
	if (device->refuses)
		return IRQ_NONE;
	return device->answer != IRQ_NONE ? device->answer : IRQ_HANDLED;
}
