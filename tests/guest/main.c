/* SPDX-License-Identifier: MIT */
/*
 * The test program of the guests: the suites on the real machine. suite= on
 * the command line chooses one: single, per-cpu or controller.
 */
#include "controller.h"
#include "kernel.h"
#include "suites/ipi_suite.h"

static void guest_print(void *context, const char *text)
{
	(void)context;
	print("%s", text);
}

static bool guest_wants(const char *choice)
{
	return !command_line_has("suite=single") &&
			       !command_line_has("suite=per-cpu") &&
			       !command_line_has("suite=controller")
		       ? true
		       : command_line_has(choice);
}

static void guest_check_cpus(void)
{
	unsigned int refused = command_line_number("expect_refused", 0);
	unsigned int expected = command_line_number("expect_cpus",
						    machine.nr_cpus + refused) -
				refused;
	unsigned int most = command_line_number("maxcpus", expected);

	tap_subject("%s: %u CPUs: %s", machine.arch, machine.nr_cpus,
		    machine.controller);
	tap_equal(machine.nr_cpus, expected, "CPUs that were found");
	tap_equal(machine.refused, refused, "CPUs beyond the limit");
	tap_equal(nr_cpu_ids, expected, "CPUs that irqkit knows");
	tap_equal(suite_nr_online(), most < expected ? most : expected,
		  "CPUs online");
	tap_expect(cpumask_equal(cpu_online_mask, cpu_active_mask),
		   "those online are active");
	tap_close();
}

static void guest_run_ipi(const char *choice, const char *label, bool per_cpu)
{
	uint64_t start = irqkit_port_nanoseconds();

	if (!guest_wants(choice))
		return;
	if (!tap_ok(suite_domain(per_cpu) != NULL, "%sthe machine has it",
		    label))
		return;
	ipi_suite_run(label, per_cpu);
	tap_note("%stook %u ms", label,
		 (unsigned int)((irqkit_port_nanoseconds() - start) / 1000000));
}

int kernel_main(void)
{
	tap_begin(guest_print, NULL);
	guest_check_cpus();
	controller_check_kind();
	guest_run_ipi("suite=single", "single: ", false);
	guest_run_ipi("suite=per-cpu", "per-CPU: ", true);
	if (guest_wants("suite=controller"))
		controller_check_commands();
	controller_check_strays();
	controller_check_unexpected();
	return tap_end() == 0 ? 0 : 1;
}
