/* SPDX-License-Identifier: MIT */
/*
 * The options of the command line (H12, H4). What succeeds is final, so each
 * line is tried in a child, which tells what it found.
 */
#include <irqkit/cpulist.h>
#include <irqkit/isolation.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host.h"
#include "suites/tap.h"

#define ISOLATION_CPUS 8U

/* All as text, so that a child can hand it over. */
struct isolation_found {
	int result;
	int again;
	char domain[32]; /* housekeeping CPUs; "" when none is isolated */
	char managed[32];
	char affinity[32];
	unsigned int log_lines;
	char log[160];
	unsigned int contradictions;
};

static void isolation_print_type(char *text, size_t size, enum hk_type type)
{
	text[0] = '\0';
	if (housekeeping_enabled(type))
		irqkit_cpulist_print(text, size, housekeeping_cpumask(type));
}

/* Whether the three calls about a type agree. */
static unsigned int isolation_contradictions(enum hk_type type)
{
	const struct cpumask *mask = housekeeping_cpumask(type);
	unsigned int nr = 0;

	nr += cpumask_equal(mask, cpu_possible_mask) ==
	      housekeeping_enabled(type);
	nr += !cpumask_subset(mask, cpu_possible_mask) || cpumask_empty(mask);
	for (unsigned int cpu = 0; cpu < IRQKIT_NR_CPUS; cpu++)
		nr += housekeeping_test_cpu(cpu, type) !=
		      cpumask_test_cpu(cpu, mask);
	nr += housekeeping_test_cpu(IRQKIT_NR_CPUS, type);
	nr += housekeeping_test_cpu(~0U, type);
	return nr;
}

static void isolation_look(struct isolation_found *found)
{
	isolation_print_type(found->domain, sizeof(found->domain),
			     HK_TYPE_DOMAIN);
	isolation_print_type(found->managed, sizeof(found->managed),
			     HK_TYPE_MANAGED_IRQ);
	irqkit_cpulist_print(found->affinity, sizeof(found->affinity),
			     irq_default_affinity_mask());
	found->contradictions = isolation_contradictions(HK_TYPE_DOMAIN) +
				isolation_contradictions(HK_TYPE_MANAGED_IRQ);
}

static void isolation_boot(void)
{
	unsigned long state = irqkit_port_irq_save();

	if (irqkit_init(ISOLATION_CPUS) != 0)
		abort();
	irqkit_port_irq_restore(state);
}

/* A second call must be refused and change nothing if the first was not. */
static void isolation_try(struct isolation_found *found, const char *line)
{
	unsigned int before = host_log_lines();

	found->result = irqkit_isolation_setup(line);
	found->log_lines = host_log_lines() - before;
	if (found->log_lines != 0)
		snprintf(found->log, sizeof(found->log), "%s", host_last_log());
	if (found->result == 0)
		found->again = irqkit_isolation_setup("isolcpus=6 "
						      "irqaffinity=6");
	isolation_look(found);
}

/* In a machine that has just been started; @prepare may be NULL. */
static struct isolation_found isolation_in_child(const char *line,
						 void (*prepare)(void))
{
	struct isolation_found found = {.result = 1};
	int fds[2];
	pid_t child;

	fflush(stdout);
	if (pipe(fds) != 0)
		abort();
	child = fork();
	if (child == 0) {
		isolation_boot();
		if (prepare != NULL)
			prepare();
		isolation_try(&found, line);
		host_dump_coverage();
		_exit(write(fds[1], &found, sizeof(found)) != sizeof(found));
	}
	close(fds[1]);
	tap_expect(child > 0 &&
			   read(fds[0], &found, sizeof(found)) == sizeof(found),
		   "'%s': the child tells", line);
	close(fds[0]);
	waitpid(child, NULL, 0);
	tap_equal(found.contradictions, 0, "contradictions after '%s'", line);
	return found;
}

static void isolation_same(const char *line, const char *what,
			   const char *actual, const char *expected)
{
	tap_expect(strcmp(actual, expected) == 0,
		   "'%s': %s '%s', expected '%s'", line, what, actual,
		   expected);
}

/* @log: words of the last line; NULL: none was logged. */
static void isolation_is(const char *line, const char *domain,
			 const char *managed, const char *affinity,
			 const char *log)
{
	struct isolation_found found = isolation_in_child(line, NULL);

	tap_equal(found.result, 0, "'%s'", line);
	tap_equal(found.again, -EBUSY, "'%s', and another line", line);
	isolation_same(line, "domain", found.domain, domain);
	isolation_same(line, "managed_irq", found.managed, managed);
	isolation_same(line, "irqaffinity", found.affinity, affinity);
	tap_equal(found.log_lines != 0, log != NULL, "'%s' logs", line);
	if (log != NULL)
		tap_expect(strstr(found.log, log) != NULL, "'%s': '%s'", line,
			   found.log);
}

static void isolation_ignores(const char *line)
{
	isolation_is(line, "", "", "0-7", NULL);
}

static void isolation_is_bad(const char *line, const char *log)
{
	struct isolation_found found = isolation_in_child(line, NULL);

	tap_equal(found.result, -EINVAL, "'%s'", line);
	isolation_same(line, "domain", found.domain, "");
	isolation_same(line, "managed_irq", found.managed, "");
	isolation_same(line, "irqaffinity", found.affinity, "0-7");
	tap_equal(found.log_lines, 1, "lines logged for '%s'", line);
	tap_expect(strstr(found.log, log) != NULL, "'%s': '%s'", line,
		   found.log);
}

static void isolation_before_init(void)
{
	struct cpumask one;

	tap_subject("before irqkit_init() nothing is isolated");
	irqkit_cpumask_single(&one, 0);
	tap_equal(irqkit_isolation_setup("isolcpus=1"), -EINVAL, "set up");
	tap_equal(irq_set_default_affinity(&one), -EINVAL, "default affinity");
	tap_expect(!housekeeping_enabled(HK_TYPE_DOMAIN), "domain");
	tap_expect(!housekeeping_test_cpu(0, HK_TYPE_DOMAIN), "no CPU");
	tap_expect(cpumask_empty(irq_default_affinity_mask()), "no target");
	tap_equal(host_log_lines(), 0, "lines logged");
	tap_close();
}

static void isolation_words(void)
{
	tap_subject("options are found anywhere, and only whole words are");
	isolation_is("isolcpus=1-3", "0,4-7", "", "0-7", NULL);
	isolation_is("console=uart isolcpus=1 quiet", "0,2-7", "", "0-7", NULL);
	isolation_is("\t isolcpus=1\n", "0,2-7", "", "0-7", NULL);
	isolation_is("irqaffinity=0-1\r\nisolcpus=7", "0-6", "", "0-1", NULL);
	isolation_ignores("");
	isolation_ignores("  ");
	isolation_ignores("isolcpus");
	isolation_ignores("isolcpusx=1");
	isolation_ignores("xisolcpus=1 my.isolcpus=1");
	isolation_ignores("isolcpu=1 ISOLCPUS=1 irqaffinity2=1");
	isolation_ignores("a=isolcpus=1 isolcpus:1 isolcpus =1");
	isolation_ignores("irqaffinity");
	isolation_ignores("init=/bin/sh -- isolcpus=1 irqaffinity=x");
	isolation_is("--x -- -", "", "", "0-7", NULL);
	isolation_is("--x isolcpus=1", "0,2-7", "", "0-7", NULL);
	isolation_is("-- isolcpus=1", "", "", "0-7", NULL);
	tap_close();
}

static void isolation_quotes(void)
{
	tap_subject("quotes hold words together and are taken away");
	isolation_is("isolcpus=\"1-3\"", "0,4-7", "", "0-7", NULL);
	isolation_is("\"isolcpus=1-3\" x", "0,4-7", "", "0-7", NULL);
	isolation_ignores("title=\"a isolcpus=1 b\"");
	isolation_ignores("\"\" \" isolcpus=1 \"");
	isolation_is("\"\" isolcpus=1", "0,2-7", "", "0-7", NULL);
	isolation_is("x=\"a b\" isolcpus=1", "0,2-7", "", "0-7", NULL);
	isolation_is_bad("isolcpus=\"1-3", "not a list of CPUs: '\"1-3'");
	isolation_is_bad("isolcpus=\"", "'\"'");
	isolation_is_bad("isolcpus=\"1 2\"", "'1 2'");
	isolation_is_bad("isolcpus=1\"2\"", "isolcpus");
	tap_close();
}

static void isolation_flag_words(void)
{
	tap_subject("flags say what the CPUs are isolated from");
	isolation_is("isolcpus=domain,1-3", "0,4-7", "", "0-7", NULL);
	isolation_is("isolcpus=managed_irq,1-3", "", "0,4-7", "0-7", NULL);
	isolation_is("isolcpus=domain,managed_irq,2,4", "0-1,3,5-7",
		     "0-1,3,5-7", "0-7", NULL);
	isolation_is("isolcpus=managed_irq,domain,domain,2-7:1/2", "0-1,3,5,7",
		     "0-1,3,5,7", "0-7", NULL);
	isolation_is("isolcpus=N", "0-6", "", "0-7", NULL);
	isolation_is("isolcpus=nohz,1", "", "", "0-7", "nohz");
	isolation_is("isolcpus=nohz,domain,1", "0,2-7", "", "0-7", "nohz");
	isolation_is_bad("isolcpus=fast,1", "unknown flag: 'fast'");
	isolation_is_bad("isolcpus=domain,fast,1", "unknown flag: 'fast'");
	isolation_is_bad("isolcpus=domainx,1", "'domainx'");
	isolation_is_bad("isolcpus=domai,1", "'domai'");
	isolation_is_bad("isolcpus=managed-irq,1", "'managed-irq'");
	isolation_is_bad("isolcpus=allx,1", "'allx'");
	isolation_is_bad("isolcpus=Domain,1", "'Domain,1'");
	isolation_is_bad("isolcpus=1,domain", "not a list of CPUs");
	isolation_is_bad("isolcpus=domain", "not a list of CPUs");
	isolation_is_bad("isolcpus=domain,", "not a list of CPUs");
	isolation_is_bad("isolcpus=domain:1", "isolcpus");
	isolation_is_bad("isolcpus=,domain,1", "not a list of CPUs");
	tap_close();
}

static void isolation_bad_lists(void)
{
	tap_subject("lists: what is wrong is refused and changes nothing");
	isolation_is_bad("isolcpus=", "isolcpus=: not a list of CPUs: ''");
	isolation_is_bad("isolcpus=3-1", "'3-1'");
	isolation_is_bad("isolcpus=1,", "'1,'");
	isolation_is_bad("isolcpus=,1", "',1'");
	isolation_is_bad("isolcpus=1,,2", "'1,,2'");
	isolation_is_bad("isolcpus=#!?", "'#!?'");
	isolation_is_bad("isolcpus=1-99999", "'1-99999'");
	isolation_is_bad("isolcpus=-1", "'-1'");
	isolation_is_bad("irqaffinity=", "irqaffinity=: not a list of CPUs");
	isolation_is_bad("irqaffinity=2-1", "'2-1'");
	isolation_is_bad("irqaffinity=domain,1", "'domain,1'");
	isolation_is_bad("isolcpus=1 irqaffinity=x", "irqaffinity=");
	isolation_is_bad("irqaffinity=1 isolcpus=x", "isolcpus=");
	isolation_is_bad("isolcpus=x irqaffinity=1", "isolcpus=");
	isolation_is_bad("irqaffinity=x isolcpus=1 quiet", "irqaffinity=");
	isolation_is_bad("isolcpus=1 isolcpus=1", "given twice");
	isolation_is_bad("irqaffinity=1 irqaffinity=2", "given twice");
	isolation_is_bad("isolcpus=0123456789,0123456789,0123456789,0123456789,"
			 "0123456789,0123456789",
			 "'0123456789,0123456789,0123456789,0123456789,012'");
	tap_close();
}

static void isolation_few_cpus(void)
{
	char line[32];

	tap_subject("CPUs that are not there are dropped, with a warning");
	isolation_is("isolcpus=6-9", "0-5", "", "0-7", "only 8 CPUs");
	isolation_is("isolcpus=managed_irq,8", "", "", "0-7", "only 8 CPUs");
	isolation_is("irqaffinity=0,9", "", "", "0", "only 8 CPUs");
	isolation_is("irqaffinity=8-9", "", "", "0-7", "only 8 CPUs");
	snprintf(line, sizeof(line), "isolcpus=1,%u", IRQKIT_NR_CPUS - 1);
	isolation_is(line, "0,2-7", "", "0-7", "isolcpus=: there are only");
	snprintf(line, sizeof(line), "isolcpus=1,%u", IRQKIT_NR_CPUS);
	isolation_is_bad(line, "not a list of CPUs");
	tap_close();
}

static void isolation_affinities(void)
{
	tap_subject("irqaffinity: the default, and the boot CPU always");
	isolation_is("irqaffinity=0-3", "", "", "0-3", NULL);
	isolation_is("irqaffinity=2,4", "", "", "0,2,4", NULL);
	isolation_is("irqaffinity=all", "", "", "0-7", NULL);
	isolation_is("isolcpus=managed_irq,domain,4-7 irqaffinity=0-3", "0-3",
		     "0-3", "0-3", NULL);
	isolation_is("isolcpus=0-1", "2-7", "", "0-7", NULL);
	tap_close();
}

static void isolation_no_present(void)
{
	for (unsigned int cpu = 4; cpu < ISOLATION_CPUS; cpu++)
		irqkit_set_cpu_present(cpu, false);
	irqkit_set_cpu_foreign(3, true);
}

static void isolation_all(void)
{
	struct isolation_found found;

	tap_subject("all CPUs isolated: the boot CPU is left");
	isolation_is("isolcpus=all", "0", "", "0-7", "CPU 0 is");
	isolation_is("isolcpus=domain,managed_irq,0-N", "0", "0", "0-7",
		     "CPU 0 is");
	isolation_is("isolcpus=all:1/2", "1,3,5,7", "", "0-7", NULL);
	isolation_is("isolcpus=0-6", "7", "", "0-7", NULL);
	found = isolation_in_child("isolcpus=0-2", isolation_no_present);
	isolation_same("isolcpus=0-2", "only absent and foreign CPUs left",
		       found.domain, "0,3-7");
	found = isolation_in_child("isolcpus=0-1", isolation_no_present);
	isolation_same("isolcpus=0-1", "a present CPU left", found.domain,
		       "2-7");
	tap_equal(found.log_lines, 0, "and that is not told");
	tap_close();
}

static void isolation_start_another(void)
{
	if (host_start_cpu(1) != 0)
		abort();
}

static void isolation_too_late(void)
{
	struct isolation_found found;

	tap_subject("set up: not after the boot");
	found = isolation_in_child("isolcpus=1 irqaffinity=1",
				   isolation_start_another);
	tap_equal(found.result, -EBUSY, "with two CPUs online");
	isolation_same("isolcpus=1", "then", found.domain, "");
	isolation_same("irqaffinity=1", "then", found.affinity, "0-7");
	tap_close();
}

static void isolation_arguments(void)
{
	tap_subject("NULL, and types that are none");
	tap_equal(irqkit_isolation_setup(NULL), -EINVAL, "NULL");
	tap_expect(housekeeping_cpumask(HK_TYPE_MAX) == cpu_possible_mask,
		   "of no type");
	tap_expect(!housekeeping_enabled(HK_TYPE_MAX) &&
			   !housekeeping_enabled((enum hk_type) - 1),
		   "no type is enabled");
	tap_expect(housekeeping_test_cpu(ISOLATION_CPUS - 1, HK_TYPE_MAX) &&
			   !housekeeping_test_cpu(ISOLATION_CPUS, HK_TYPE_MAX),
		   "and has the possible CPUs");
	tap_close();
}

/* After what was refused another line may be tried. */
static void isolation_for_good(void)
{
	tap_subject("set up: after an error it can be done");
	tap_equal(irqkit_isolation_setup("irqaffinity=1 isolcpus=x"), -EINVAL,
		  "a bad line");
	tap_equal(irqkit_isolation_setup("isolcpus=managed_irq,4-7"), 0,
		  "a good one");
	tap_equal(irqkit_isolation_setup(""), -EBUSY, "one more");
	tap_expect(
		cpumask_equal(irq_default_affinity_mask(), cpu_possible_mask),
		"the bad one left nothing");
	tap_close();
}

static void isolation_set_default(void)
{
	struct cpumask mask;

	tap_subject("irq_set_default_affinity()");
	tap_equal(irq_set_default_affinity(NULL), -EINVAL, "NULL");
	cpumask_clear(&mask);
	tap_equal(irq_set_default_affinity(&mask), -EINVAL, "no CPU");
	cpumask_set_cpu(ISOLATION_CPUS, &mask);
	tap_equal(irq_set_default_affinity(&mask), -EINVAL, "no possible CPU");
	tap_expect(
		cpumask_equal(irq_default_affinity_mask(), cpu_possible_mask),
		"nothing changed");
	cpumask_set_cpu(ISOLATION_CPUS - 1, &mask);
	tap_equal(irq_set_default_affinity(&mask), 0, "the last and beyond");
	irqkit_cpumask_single(&mask, 0);
	cpumask_set_cpu(ISOLATION_CPUS - 1, &mask);
	tap_expect(cpumask_equal(irq_default_affinity_mask(), &mask),
		   "the last and the boot CPU");
	if (host_start_cpu(1) != 0 || host_start_cpu(4) != 0)
		abort();
	tap_equal(irq_set_default_affinity(cpu_possible_mask), -EBUSY,
		  "with other CPUs online");
	tap_expect(cpumask_equal(irq_default_affinity_mask(), &mask),
		   "as before");
	tap_close();
}

static void isolation_targets_are(const char *list, const char *expected)
{
	struct cpumask mask, wanted, targets;

	irqkit_cpulist_parse(list, strlen(list), &mask);
	irqkit_cpulist_parse(expected, strlen(expected), &wanted);
	tap_equal(irqkit_managed_targets(&targets, &mask), 0, "of %s", list);
	tap_expect(cpumask_equal(&targets, &wanted), "of %s: %s", list,
		   expected);
	tap_equal(irqkit_managed_targets(&mask, &mask), 0, "in place");
	tap_expect(cpumask_equal(&mask, &wanted), "in place of %s", list);
}

/* CPUs 0, 1 and 4 are online, 4 to 7 are isolated. */
static void isolation_managed(void)
{
	struct cpumask mask;

	tap_subject("a managed interrupt avoids isolated CPUs if it can");
	isolation_targets_are("0-7", "0-3");
	isolation_targets_are("1,4", "1");
	isolation_targets_are("2,4", "2,4");
	isolation_targets_are("4-5", "4-5");
	isolation_targets_are("6-7", "6-7");
	isolation_targets_are("2", "2");
	cpumask_clear(&mask);
	tap_equal(irqkit_managed_targets(&mask, &mask), 0, "none");
	tap_expect(cpumask_empty(&mask), "of none is none");
	tap_equal(irqkit_managed_targets(NULL, &mask), -EINVAL, "no result");
	tap_equal(irqkit_managed_targets(&mask, NULL), -EINVAL, "no mask");
	tap_close();
}

/* H4 */
static void isolation_comes_online(void)
{
	struct cpumask effective;

	tap_subject("a managed interrupt leaves an isolated CPU for another");
	irqkit_cpumask_single(&effective, 4);
	tap_expect(irqkit_should_isolate(&effective, 1), "from 4 to 1");
	tap_expect(!irqkit_should_isolate(&effective, 5), "from 4 to 5");
	tap_expect(!irqkit_should_isolate(&effective, ISOLATION_CPUS),
		   "from 4 to none");
	tap_expect(!irqkit_should_isolate(&effective, ~0U), "from 4 to ~0U");
	cpumask_set_cpu(2, &effective);
	tap_expect(irqkit_should_isolate(&effective, 1), "from 2,4 to 1");
	irqkit_cpumask_single(&effective, 2);
	tap_expect(!irqkit_should_isolate(&effective, 1), "from 2 to 1");
	tap_expect(!irqkit_should_isolate(NULL, 1), "of NULL");
	tap_close();
}

int main(void)
{
	host_begin();
	isolation_before_init();
	isolation_words();
	isolation_quotes();
	isolation_flag_words();
	isolation_bad_lists();
	isolation_few_cpus();
	isolation_affinities();
	isolation_all();
	isolation_too_late();
	isolation_boot();
	isolation_arguments();
	isolation_for_good();
	isolation_set_default();
	isolation_managed();
	isolation_comes_online();
	return host_end();
}
