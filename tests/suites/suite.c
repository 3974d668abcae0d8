/* SPDX-License-Identifier: MIT */
/* What suites share on every machine. */
#include "suite.h"

/* Waits that were in vain, on all CPUs. */
static unsigned int suite_missed;

/* What is broken stays so: the later waits are short, for the run to end. */
static uint64_t suite_deadline(void)
{
	return __atomic_load_n(&suite_missed, __ATOMIC_RELAXED) < SUITE_PATIENCE
		       ? SUITE_DEADLINE_NS
		       : SUITE_DEADLINE_NS / 40;
}

bool suite_wait(bool (*done)(void *argument), void *argument)
{
	uint64_t deadline = irqkit_port_nanoseconds() + suite_deadline();

	while (!done(argument)) {
		if (irqkit_port_nanoseconds() > deadline) {
			__atomic_fetch_add(&suite_missed, 1, __ATOMIC_RELAXED);
			return done(argument);
		}
		suite_relax();
	}
	return true;
}

void suite_settle(void)
{
	uint64_t start = irqkit_port_nanoseconds();

	while (irqkit_port_nanoseconds() - start < SUITE_SETTLE_NS)
		suite_relax();
}

/* A whole line, whose end the note brings itself. */
static void suite_note(void *context, const char *text)
{
	char line[256];
	int length = irqkit_snprintf(line, sizeof(line), "%s", text);

	(void)context;
	if (length > 0 && length < (int)sizeof(line))
		line[length - 1] = '\0';
	tap_note("%s", line);
}

void suite_explain(unsigned int irq)
{
	static unsigned int explained;

	if (explained >= SUITE_EXPLAINED)
		return;
	irqkit_explain(irq, suite_note, NULL);
	if (explained++ != 0)
		return;
	irqkit_trace_stop();
	irqkit_trace_print(suite_note, NULL);
	irqkit_trace_start();
}

void suite_run_on(unsigned int cpu, void (*function)(void *argument),
		  void *argument)
{
	struct cpumask cpus;

	irqkit_cpumask_single(&cpus, cpu);
	suite_run_on_mask(&cpus, function, argument);
}

unsigned int suite_nr_online(void)
{
	return cpumask_weight(cpu_online_mask);
}

unsigned int suite_online_cpu(unsigned int index)
{
	unsigned int cpu = cpumask_first(cpu_online_mask);

	while (index-- > 0)
		cpu = cpumask_next(cpu, cpu_online_mask);
	return cpu;
}

unsigned int suite_next_online(unsigned int cpu)
{
	unsigned int next = cpumask_next(cpu, cpu_online_mask);

	return next < nr_cpu_ids ? next : cpumask_first(cpu_online_mask);
}

void suite_all_cpus(bool per_cpu, struct cpumask *cpus)
{
	unsigned int last = cpumask_last(cpu_online_mask);

	cpumask_copy(cpus, cpu_online_mask);
	for (unsigned int cpu = 0; per_cpu && cpu < last; cpu++)
		cpumask_set_cpu(cpu, cpus);
}

void suite_few_cpus(struct cpumask *cpus)
{
	unsigned int last = suite_nr_online() - 1;
	unsigned int steps = last < SUITE_FEW ? last : SUITE_FEW - 1;

	irqkit_cpumask_single(cpus, suite_online_cpu(0));
	for (unsigned int i = 1; i <= steps; i++)
		cpumask_set_cpu(suite_online_cpu(i * last / steps), cpus);
}

unsigned int suite_share(unsigned int total)
{
	unsigned int share = total / suite_nr_online();

	return share != 0 ? share : 1;
}

uint32_t suite_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

void suite_random_mask(uint32_t *state, struct cpumask *cpus)
{
	unsigned int cpu;

	cpumask_clear(cpus);
	for_each_cpu (cpu, cpu_online_mask) {
		if (suite_random(state) % 2 != 0)
			cpumask_set_cpu(cpu, cpus);
	}
	if (cpumask_empty(cpus))
		cpumask_set_cpu(suite_online_cpu(suite_random(state) %
						 suite_nr_online()),
				cpus);
}

unsigned int suite_count_irqs(void)
{
	unsigned int count = 0;

	for (unsigned int irq = 0; irq < IRQKIT_NR_IRQS; irq++) {
		if (irq_to_desc(irq) != NULL)
			count++;
	}
	return count;
}
