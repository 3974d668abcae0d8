/* SPDX-License-Identifier: MIT */
/* A stop that more CPUs do not answer than a line of the log can name. */
#include <irqkit/cpulist.h>
#include <string.h>
#include "host.h"
#include "sim_ipi.h"
#include "suites/tap.h"

#define MANY_CPUS 120U
#define MANY_TIME 50000000ULL

/* It gets lost. */
static int many_send(struct irq_data *data, const struct cpumask *dest)
{
	(void)data;
	(void)dest;
	return 0;
}

/* Each second CPU, so that each is named by itself. */
static void many_start(struct cpumask *online)
{
	struct cpumask offline;

	cpumask_clear(&offline);
	cpumask_clear(online);
	for (unsigned int cpu = 1; cpu < MANY_CPUS; cpu++)
		cpumask_set_cpu(cpu, cpu % 2 == 0 ? &offline : online);
	host_start(MANY_CPUS, &offline);
}

/* What is named is the beginning of the list, of whole numbers. */
static void many_expect_line(const char *line, const struct cpumask *silent)
{
	const char *named = strstr(line, "answer: ");
	char list[4 * MANY_CPUS];
	size_t length;

	irqkit_cpulist_print(list, sizeof(list), silent);
	if (!tap_expect(named != NULL, "the line: %s", line))
		return;
	named += strlen("answer: ");
	length = strlen(named);
	tap_expect(length > 60 && strcmp(named + length - 4, ",...") == 0,
		   "its end: %s", named);
	tap_expect(strncmp(named, list, length - 3) == 0, "its list: %s",
		   named);
}

int main(void)
{
	struct irqkit_smp_stop_info info = {.domain = NULL};
	struct cpumask online, silent;
	struct sim_ipi *sim;

	host_begin();
	many_start(&online);
	tap_subject("60 CPUs that do not answer: the line is cut between two");
	sim = sim_ipi_create("stop", false, true, 64);
	sim->chip.ipi_send_mask = many_send;
	info.domain = sim->domain;
	tap_equal(irqkit_smp_stop_init(&info), 0, "init");
	tap_equal(irqkit_smp_stop(MANY_TIME, &silent), -ETIMEDOUT, "stop");
	tap_expect(cpumask_equal(&silent, &online), "all are silent");
	many_expect_line(host_last_log(), &silent);
	tap_close();
	return host_end();
}
