# SPDX-License-Identifier: MIT
# Suites that run on the host and in the guests alike.
suite-sources := \
	tests/suites/ipi_destroy.c \
	tests/suites/ipi_detach.c \
	tests/suites/ipi_errors.c \
	tests/suites/ipi_handler.c \
	tests/suites/ipi_order.c \
	tests/suites/ipi_reserve.c \
	tests/suites/ipi_send.c \
	tests/suites/ipi_suite.c \
	tests/suites/ledger.c \
	tests/suites/suite.c \
	tests/suites/tap.c
# On the host: each test_*.c is a program, the others are linked into each.
host-test-sources := \
	tests/host/test_acpi.c \
	tests/host/test_alloc_failure.c \
	tests/host/test_arena.c \
	tests/host/test_chip_generic.c \
	tests/host/test_cpu.c \
	tests/host/test_cpulist.c \
	tests/host/test_cpumask.c \
	tests/host/test_cpumask_1.c \
	tests/host/test_cpumask_1024.c \
	tests/host/test_cpumask_63.c \
	tests/host/test_cpumask_64.c \
	tests/host/test_cpumask_65.c \
	tests/host/test_desc.c \
	tests/host/test_domain.c \
	tests/host/test_fdt.c \
	tests/host/test_flow.c \
	tests/host/test_gicv3_sgi.c \
	tests/host/test_hierarchy.c \
	tests/host/test_ipi.c \
	tests/host/test_ipi_all.c \
	tests/host/test_ipi_calls.c \
	tests/host/test_ipi_one.c \
	tests/host/test_isolation.c \
	tests/host/test_lock_debug.c \
	tests/host/test_manage.c \
	tests/host/test_mapping.c \
	tests/host/test_matrix.c \
	tests/host/test_matrix_model.c \
	tests/host/test_names.c \
	tests/host/test_print.c \
	tests/host/test_races.c \
	tests/host/test_radix.c \
	tests/host/test_resend.c \
	tests/host/test_send_group.c \
	tests/host/test_shorthand.c \
	tests/host/test_spread.c \
	tests/host/test_target.c \
	tests/host/test_trace.c \
	tests/host/test_trace_off.c \
	tests/host/test_x86_vector.c
host-support-sources := \
	tests/host/machine_host.c \
	tests/host/port_host.c \
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
# In the test image of the guests, and in the bench image.
guest-test-sources := \
	tests/guest/controller.c \
	tests/guest/main.c \
	tests/guest/suite_guest.c
bench-sources := \
	tests/bench/bench.c \
	tests/bench/bench_core.c \
	tests/bench/bench_hotplug.c \
	tests/bench/bench_ipi.c \
	tests/bench/no_call.c
