# SPDX-License-Identifier: MIT
# Suites that run on the host and in the guests alike.
suite-sources := \
	tests/suites/call_errors.c \
	tests/suites/call_forms.c \
	tests/suites/call_own.c \
	tests/suites/call_plug.c \
	tests/suites/call_storm.c \
	tests/suites/call_suite.c \
	tests/suites/conformance.c \
	tests/suites/conformance_affinity.c \
	tests/suites/conformance_domain.c \
	tests/suites/conformance_flow.c \
	tests/suites/conformance_line.c \
	tests/suites/conformance_mask.c \
	tests/suites/conformance_move.c \
	tests/suites/conformance_offline.c \
	tests/suites/conformance_percpu.c \
	tests/suites/conformance_start.c \
	tests/suites/conformance_state.c \
	tests/suites/conformance_type.c \
	tests/suites/hotplug_chained.c \
	tests/suites/hotplug_errors.c \
	tests/suites/hotplug_machine.c \
	tests/suites/hotplug_managed.c \
	tests/suites/hotplug_moves.c \
	tests/suites/hotplug_plan.c \
	tests/suites/hotplug_room.c \
	tests/suites/hotplug_step.c \
	tests/suites/hotplug_storm.c \
	tests/suites/hotplug_suite.c \
	tests/suites/ipi_destroy.c \
	tests/suites/ipi_detach.c \
	tests/suites/ipi_errors.c \
	tests/suites/ipi_handler.c \
	tests/suites/ipi_order.c \
	tests/suites/ipi_reserve.c \
	tests/suites/ipi_send.c \
	tests/suites/ipi_suite.c \
	tests/suites/ledger.c \
	tests/suites/source.c \
	tests/suites/suite.c \
	tests/suites/tap.c
# On the host: each test_*.c is a program, the others are linked into each.
host-test-sources := \
	tests/host/test_acpi.c \
	tests/host/test_affinity.c \
	tests/host/test_alloc_failure.c \
	tests/host/test_arena.c \
	tests/host/test_bad_input.c \
	tests/host/test_call_between.c \
	tests/host/test_call_leave.c \
	tests/host/test_call_timeout.c \
	tests/host/test_chained.c \
	tests/host/test_chip.c \
	tests/host/test_chip_generic.c \
	tests/host/test_chip_parent.c \
	tests/host/test_conformance.c \
	tests/host/test_conformance_broken.c \
	tests/host/test_cpu.c \
	tests/host/test_cpuhotplug.c \
	tests/host/test_cpulist.c \
	tests/host/test_cpumask.c \
	tests/host/test_cpumask_1.c \
	tests/host/test_cpumask_1024.c \
	tests/host/test_cpumask_63.c \
	tests/host/test_cpumask_64.c \
	tests/host/test_cpumask_65.c \
	tests/host/test_desc.c \
	tests/host/test_dispatch.c \
	tests/host/test_domain.c \
	tests/host/test_explain.c \
	tests/host/test_fdt.c \
	tests/host/test_flow.c \
	tests/host/test_gicv3_hotplug.c \
	tests/host/test_gicv3_sgi.c \
	tests/host/test_gicv3_spi.c \
	tests/host/test_gicv3_start.c \
	tests/host/test_hierarchy.c \
	tests/host/test_hotplug_isolated.c \
	tests/host/test_hotplug_suite.c \
	tests/host/test_ipi.c \
	tests/host/test_ipi_all.c \
	tests/host/test_ipi_calls.c \
	tests/host/test_ipi_mux.c \
	tests/host/test_ipi_mux_held.c \
	tests/host/test_ipi_mux_life.c \
	tests/host/test_ipi_mux_suite.c \
	tests/host/test_ipi_one.c \
	tests/host/test_isolation.c \
	tests/host/test_lock_debug.c \
	tests/host/test_manage.c \
	tests/host/test_managed.c \
	tests/host/test_mapping.c \
	tests/host/test_matrix.c \
	tests/host/test_matrix_model.c \
	tests/host/test_names.c \
	tests/host/test_notify.c \
	tests/host/test_percpu.c \
	tests/host/test_pm.c \
	tests/host/test_plan.c \
	tests/host/test_plan_random.c \
	tests/host/test_print.c \
	tests/host/test_races.c \
	tests/host/test_radix.c \
	tests/host/test_resend.c \
	tests/host/test_send_group.c \
	tests/host/test_shorthand.c \
	tests/host/test_smp_call.c \
	tests/host/test_smp_stop.c \
	tests/host/test_smp_stop_many.c \
	tests/host/test_spread.c \
	tests/host/test_spurious.c \
	tests/host/test_stats.c \
	tests/host/test_target.c \
	tests/host/test_thread.c \
	tests/host/test_trace.c \
	tests/host/test_trace_off.c \
	tests/host/test_trace_points.c \
	tests/host/test_x86_movable.c \
	tests/host/test_x86_nmi.c \
	tests/host/test_x86_vector.c
host-support-sources := \
	tests/host/call_host.c \
	tests/host/conformance_host.c \
	tests/host/hotplug_host.c \
	tests/host/machine_host.c \
	tests/host/mux_host.c \
	tests/host/port_host.c \
	tests/host/sim_bank.c \
	tests/host/sim_cascade.c \
	tests/host/sim_device.c \
	tests/host/sim_ipi.c \
	tests/host/sim_line.c \
	tests/host/sim_message.c \
	tests/host/sim_percpu.c \
	tests/host/sim_record.c \
	tests/host/stub_chip.c \
	tests/host/suite_host.c
# The hooks that are off by default are on here, and in no guest.
host-cflags := -DIRQKIT_PORT_HANDLER_HOOKS=1 -DIRQKIT_PORT_RELAX=1 \
	-DIRQKIT_PORT_DEFER=1 -DIRQKIT_PORT_NUMA=1 -DIRQKIT_TRACE=256
# With threads as CPUs: each test_*.c is a program, the others are in each.
threads-test-sources := \
	tests/threads/machine_threads.c \
	tests/threads/test_call.c \
	tests/threads/test_call_async.c \
	tests/threads/test_disable.c \
	tests/threads/test_lookup.c \
	tests/threads/test_mux.c \
	tests/threads/test_offline.c \
	tests/threads/test_request.c \
	tests/threads/test_send.c \
	tests/threads/test_stop.c \
	tests/threads/wire.c
# In the test image of the guests, and in the bench image.
guest-test-sources := \
	tests/guest/conformance_guest.c \
	tests/guest/controller.c \
	tests/guest/main.c \
	tests/guest/refusals.c \
	tests/guest/stop.c \
	tests/guest/suite_guest.c
bench-sources := \
	tests/bench/bench.c \
	tests/bench/bench_call.c \
	tests/bench/bench_core.c \
	tests/bench/bench_hotplug.c \
	tests/bench/bench_ipi.c \
	tests/bench/no_call.c
