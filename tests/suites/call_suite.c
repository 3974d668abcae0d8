/* SPDX-License-Identifier: MIT */
/* Runs the tests of cross calls, and counts for them; see call_suite.h. */
#include "call_suite.h"

/* Worth a word. */
#define CALL_SLOW_NS 2000000000ULL

struct call_log call_log;

static struct call_ear {
	bool is_deaf, may_hear;
} call_ears[IRQKIT_NR_CPUS];

void call_forget(void)
{
	call_log.wrong = 0;
	call_log.errors = 0;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		call_log.runs[cpu] = 0;
		call_log.sent[cpu] = 0;
	}
}

static void call_add(unsigned int *count, unsigned int times)
{
	__atomic_fetch_add(count, times, __ATOMIC_RELAXED);
}

static unsigned int call_read(const unsigned int *count)
{
	return __atomic_load_n(count, __ATOMIC_RELAXED);
}

void call_note(void *info)
{
	if (info != &call_log || !irqkit_port_irqs_disabled())
		call_add(&call_log.wrong, 1);
	call_add(&call_log.runs[irqkit_port_cpu()], 1);
}

void call_book(unsigned int cpu, unsigned int times)
{
	call_add(&call_log.sent[cpu], times);
}

void call_expect_result(int result, int expected)
{
	if (result != expected)
		call_add(&call_log.errors, 1);
}

static void call_check(const char *when)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		tap_equal(call_read(&call_log.runs[cpu]),
			  call_read(&call_log.sent[cpu]), "%s: cpu %u", when,
			  cpu);
	tap_equal(call_log.wrong, 0, "%s: wrong ones", when);
	tap_equal(call_log.errors, 0, "%s: wrong results", when);
	call_forget();
}

void call_expect(const struct cpumask *cpus, unsigned int times,
		 const char *when)
{
	unsigned int cpu;

	for_each_cpu (cpu, cpus)
		call_book(cpu, times);
	call_check(when);
}

static bool call_all_ran(void *argument)
{
	(void)argument;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (call_read(&call_log.runs[cpu]) <
		    call_read(&call_log.sent[cpu]))
			return false;
	}
	return true;
}

void call_expect_sent(const char *when)
{
	tap_expect(suite_wait(call_all_ran, NULL), "%s: all came", when);
	suite_settle();
	call_check(when);
}

void call_others(struct cpumask *cpus)
{
	cpumask_copy(cpus, cpu_online_mask);
	cpumask_clear_cpu(irqkit_port_cpu(), cpus);
}

static bool call_flag(void *flag)
{
	return __atomic_load_n((bool *)flag, __ATOMIC_ACQUIRE);
}

static void call_set_flag(bool *flag, bool value)
{
	__atomic_store_n(flag, value, __ATOMIC_RELEASE);
}

static void call_be_deaf(void *argument)
{
	struct call_ear *ear = argument;
	unsigned long state = irqkit_port_irq_save();

	call_set_flag(&ear->is_deaf, true);
	while (!call_flag(&ear->may_hear))
		suite_relax();
	irqkit_port_irq_restore(state);
}

bool call_deafen(unsigned int cpu)
{
	struct call_ear *ear = &call_ears[cpu];

	call_set_flag(&ear->is_deaf, false);
	call_set_flag(&ear->may_hear, false);
	suite_start_on(cpu, call_be_deaf, ear);
	return tap_expect(suite_wait(call_flag, &ear->is_deaf),
			  "cpu %u turns interrupts off", cpu);
}

void call_undeafen(unsigned int cpu)
{
	call_set_flag(&call_ears[cpu].may_hear, true);
	suite_wait_for(cpu);
}

static const struct call_test *const call_parts[] = {
	call_form_tests, call_own_tests,   call_storm_tests,
	call_plug_tests, call_error_tests,
};

static void call_run_test(const struct call_test *test)
{
	uint64_t start = irqkit_port_nanoseconds();
	uint64_t took;

	tap_subject("%s", test->name);
	if (suite_nr_online() < test->cpus)
		tap_skip("more CPUs are needed");
	else
		test->run();
	tap_expect(!irqkit_port_irqs_disabled(),
		   "interrupts are on afterwards");
	took = irqkit_port_nanoseconds() - start;
	if (took > CALL_SLOW_NS)
		tap_note("took %u ms", (unsigned int)(took / 1000000));
	tap_close();
}

void call_suite_run(const char *label)
{
	tap_prefix(label);
	irqkit_smp_call_set_timeout(CALL_USUAL);
	for (size_t i = 0; i < sizeof(call_parts) / sizeof(call_parts[0]);
	     i++) {
		const struct call_test *test = call_parts[i];

		for (; test->name != NULL; test++)
			call_run_test(test);
	}
	tap_prefix("");
}
