/* SPDX-License-Identifier: MIT */
/* See call_host.h. */
#include "call_host.h"
#include <string.h>

struct sim_ipi *call_sim;
unsigned int call_runs[CALL_CPUS];
unsigned int call_total;
bool call_stuck;

static unsigned int call_reads;
static void (*call_then)(void);

void call_counts(void *info)
{
	(void)info;
	call_runs[irqkit_port_cpu()]++;
	call_total++;
}

void call_sticks(void *info)
{
	call_counts(info);
	while (call_stuck)
		irqkit_port_relax();
}

static void call_forget_runs(void)
{
	memset(call_runs, 0, sizeof(call_runs));
	call_total = 0;
}

void call_expect_runs(unsigned long bits, unsigned int times, const char *when)
{
	for (unsigned int cpu = 0; cpu < CALL_CPUS; cpu++)
		tap_equal(call_runs[cpu], ((bits >> cpu) & 1) != 0 ? times : 0,
			  "%s: calls of cpu %u", when, cpu);
	call_forget_runs();
}

static void call_count_reads(void)
{
	if (--call_reads != 0)
		return;
	host_clock_hook = NULL;
	call_then();
}

void call_at_read(unsigned int reads, void (*function)(void))
{
	call_reads = reads;
	call_then = function;
	host_clock_hook = reads != 0 ? call_count_reads : NULL;
}

struct cpumask call_cpus(unsigned long bits)
{
	struct cpumask cpus;

	cpumask_clear(&cpus);
	cpus.bits[0] = bits;
	return cpus;
}

bool call_log_says(const char *text)
{
	return tap_expect(strstr(host_last_log(), text) != NULL,
			  "'%s' in the log: %s", text, host_last_log());
}

void call_begin(const char *subject)
{
	tap_subject("%s", subject);
	call_forget_runs();
	sim_ipi_clear(call_sim);
	call_sim->hold = false;
}

void call_close(void)
{
	call_at_read(0, NULL);
	call_stuck = false;
	call_sim->hold = false;
	suite_settle();
	tap_equal((long long)call_sim->wrong, 0, "wrong calls of the chip");
	tap_close();
}

void call_host_start(bool mask_chip, const struct cpumask *offline)
{
	host_begin();
	host_start(CALL_CPUS, offline);
	suite_host_warm_up();
	call_sim = sim_ipi_create("calls", false, mask_chip, 64);
	suite_host_use(call_sim);
}
