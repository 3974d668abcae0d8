/* SPDX-License-Identifier: MIT */
/*
 * The test program of the guests: the suites on the real machine. Words suite=
 * on the command line choose some: single, per-cpu and controller, which all
 * run if there is none; calls, conformance, hotplug and mux; stop, which ends
 * the run. For hotplug there are rounds=, seed= and, on a machine whose boot
 * CPU can stop, boot_cpu=movable; for stop there is stop=.
 */
#include "conformance_guest.h"
#include "controller.h"
#include "kernel.h"
#include "refusals.h"
#include "stop.h"
#include "suites/call_suite.h"
#include "suites/hotplug_suite.h"
#include "suites/ipi_suite.h"

/* Steps of CPUs at random: some seconds, as there are runs with more. */
#define GUEST_ROUNDS   96U
#define GUEST_MUX_IPIS 200U

static void guest_print(void *context, const char *text)
{
	(void)context;
	print("%s", text);
}

static bool guest_wants(const char *choice)
{
	return !command_line_has("suite=single") &&
			       !command_line_has("suite=per-cpu") &&
			       !command_line_has("suite=mux") &&
			       !command_line_has("suite=calls") &&
			       !command_line_has("suite=controller") &&
			       !command_line_has("suite=hotplug") &&
			       !command_line_has("suite=conformance")
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

static void guest_note_time(const char *label, uint64_t start)
{
	tap_note("%stook %u ms", label,
		 (unsigned int)((irqkit_port_nanoseconds() - start) / 1000000));
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
	guest_note_time(label, start);
}

static void guest_run_calls(void)
{
	uint64_t start = irqkit_port_nanoseconds();

	if (!command_line_has("suite=calls"))
		return;
	if (!tap_ok(irqkit_smp_call_init(suite_domain(false)) == 0,
		    "calls: they have an IPI"))
		return;
	call_suite_run("calls: ");
	guest_note_time("calls: ", start);
}

/* As if the machine had no other IPIs than those of a mux. */
static void guest_run_mux(void)
{
	const struct irqkit_ipi_mux_info info = {
		.name = "mux",
		.parent = machine.ipi_single,
		.nr = GUEST_MUX_IPIS,
	};
	struct irqkit_ipi_mux *mux;

	if (!command_line_has("suite=mux"))
		return;
	if (!tap_ok(irqkit_ipi_mux_create(&info, &mux) == 0, "mux: create"))
		return;
	machine.ipi_single = irqkit_ipi_mux_domain(mux);
	guest_run_ipi("suite=mux", "mux: ", false);
	machine.ipi_single = info.parent;
	tap_ok(irqkit_ipi_mux_unexpected(mux) == 0, "mux: nothing unexpected");
	tap_ok(irqkit_ipi_mux_destroy(mux) == 0, "mux: destroy");
}

static void guest_run_hotplug(void)
{
	uint64_t start = irqkit_port_nanoseconds();
	uint32_t seed = command_line_number("seed", 0);

	if (!command_line_has("suite=hotplug"))
		return;
	refusals_check();
	hotplug_suite_run(
		"hotplug: ", command_line_number("rounds", GUEST_ROUNDS),
		seed != 0 ? seed : SUITE_SEED);
	guest_note_time("hotplug: ", start);
	controller_check_strays(true);
}

static void guest_run_conformance(void)
{
	uint64_t start = irqkit_port_nanoseconds();

	if (!command_line_has("suite=conformance"))
		return;
	conformance_guest_run();
	guest_note_time("conformance: ", start);
	controller_check_strays(true);
}

static int guest_run(void)
{
	tap_begin(guest_print, NULL);
	guest_check_cpus();
	controller_check_kind();
	if (command_line_has("suite=stop"))
		stop_run();
	guest_run_ipi("suite=single", "single: ", false);
	guest_run_ipi("suite=per-cpu", "per-CPU: ", true);
	guest_run_mux();
	if (guest_wants("suite=controller"))
		controller_check_commands();
	guest_run_calls();
	controller_check_strays(false);
	guest_run_hotplug();
	guest_run_conformance();
	controller_check_unexpected();
	return tap_end() == 0 ? 0 : 1;
}

static void guest_run_and_exit(void *argument)
{
	(void)argument;
	arch_exit(guest_run());
}

/* On the last CPU CPU 0 goes and comes too. */
int kernel_main(void)
{
	unsigned int last = cpumask_last(cpu_online_mask);

	if (!command_line_has("boot_cpu=movable") || last == 0)
		return guest_run();
	start_on_cpu(last, guest_run_and_exit, NULL);
	become_idle();
}
