/* SPDX-License-Identifier: MIT */
/*
 * Scripts that the seed writes: a few calls for each CPU, on three devices
 * that raise interrupts meanwhile. The calls are drawn before anybody runs.
 */
#include "sim.h"
#include "scripts.h"

#define MIXTURE_DEVICES 3U
#define MIXTURE_CALLS	5U

enum mixture_call {
	MIXTURE_AIM,
	MIXTURE_DISABLE,
	MIXTURE_ENABLE,
	MIXTURE_FREE,
	MIXTURE_REQUEST,
	MIXTURE_SYNCHRONIZE,
	MIXTURE_DOWN,
	MIXTURE_UP,
	MIXTURE_LOOK,
	MIXTURE_DESC,
	MIXTURE_POLL,
	MIXTURE_KINDS
};

struct mixture_step {
	enum mixture_call call;
	unsigned int device;
	unsigned int argument;
};

static struct mixture_step mixture_steps[SIM_CPUS][MIXTURE_CALLS];
static unsigned int mixture_events[MIXTURE_DEVICES];
/* A driver takes one call at a time, as drivers do. */
static bool mixture_busy[MIXTURE_DEVICES];

static void mixture_draw(void)
{
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		for (unsigned int i = 0; i < MIXTURE_CALLS; i++)
			mixture_steps[cpu][i] = (struct mixture_step){
				.call = sim_random(MIXTURE_KINDS),
				.device = sim_random(MIXTURE_DEVICES),
				.argument = sim_random(1U << SIM_CPUS),
			};
	}
	for (unsigned int i = 0; i < MIXTURE_DEVICES; i++)
		mixture_events[i] = sim_random(5);
}

void sim_mixture_set_up(void)
{
	struct cpumask mask;

	mixture_draw();
	irqkit_cpumask_single(&mask, 1 + sim_random(SIM_CPUS - 1));
	sim_device_make(0, SIM_MESSAGE, NULL);
	sim_device_make(1, SIM_MESSAGE, sim_random(2) != 0 ? &mask : NULL);
	sim_device_make(2, sim_random(2) != 0 ? SIM_EDGE : SIM_LEVEL, NULL);
	for (unsigned int i = 0; i < MIXTURE_DEVICES; i++) {
		if (sim_device_request(&sim_devices[i]) != 0)
			sim_fail(SIM_CONTRACT, "request at boot");
		sim_device_aim(&sim_devices[i], 1 + sim_random(15));
	}
}

static bool mixture_is_free(unsigned int number)
{
	return !mixture_busy[number];
}

/* What is freed cannot be disabled, and so on: -EINVAL, -EBUSY are fine. */
static void mixture_drive(const struct mixture_step *step)
{
	struct sim_device *device = &sim_devices[step->device];

	switch (step->call) {
	case MIXTURE_DISABLE:
		sim_device_disable(device);
		break;
	case MIXTURE_ENABLE:
		sim_device_enable(device);
		break;
	case MIXTURE_FREE:
		if (device->attached)
			sim_device_free(device);
		break;
	default:
		if (!device->attached)
			sim_device_request(device);
		break;
	}
}

static void mixture_drive_alone(const struct mixture_step *step)
{
	sim_wait(mixture_is_free, step->device, "a driver");
	mixture_busy[step->device] = true;
	mixture_drive(step);
	mixture_busy[step->device] = false;
	sim_touch();
}

static void mixture_desc(void)
{
	int irq = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);

	if (irq <= 0 || irq_free_descs((unsigned int)irq, 1) != 0)
		sim_fail(SIM_CONTRACT, "a number: %d", irq);
}

/* CPU 0 stays, and a CPU does not take itself down. */
static unsigned int mixture_cpu_of(const struct mixture_step *step)
{
	unsigned int cpu = 1 + step->argument % (SIM_CPUS - 1);

	return cpu == sim_cpu() ? 0 : cpu;
}

static void mixture_plug(const struct mixture_step *step)
{
	unsigned int cpu = mixture_cpu_of(step);

	/* Nobody waits for who is going away. */
	if (cpu == 0 || sim_cpu() != 0)
		return;
	if (step->call == MIXTURE_DOWN)
		sim_cpu_down(cpu);
	else
		sim_cpu_up(cpu);
}

static void mixture_do(const struct mixture_step *step)
{
	struct sim_device *device = &sim_devices[step->device];
	struct cpumask mask;

	switch (step->call) {
	case MIXTURE_AIM:
		sim_device_aim(device, step->argument | 1U << step->device);
		break;
	case MIXTURE_SYNCHRONIZE:
		synchronize_irq(device->irq);
		break;
	case MIXTURE_DOWN:
	case MIXTURE_UP:
		mixture_plug(step);
		break;
	case MIXTURE_LOOK:
		irq_get_effective_affinity(device->irq, &mask);
		break;
	case MIXTURE_DESC:
		mixture_desc();
		break;
	case MIXTURE_POLL:
		irqkit_poll();
		break;
	default:
		mixture_drive_alone(step);
		break;
	}
}

void sim_mixture_cpu(void)
{
	unsigned int cpu = sim_cpu();

	for (unsigned int i = 0; i < MIXTURE_CALLS; i++)
		mixture_do(&mixture_steps[cpu][i]);
}

void sim_mixture_device(void)
{
	unsigned int number = sim_actor() - SIM_DEVICE(0);

	for (unsigned int i = 0; i < mixture_events[number]; i++)
		sim_device_raise(&sim_devices[number]);
}
