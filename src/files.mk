# SPDX-License-Identifier: MIT
core-sources := \
	src/affinity.c \
	src/arena.c \
	src/chained.c \
	src/chip.c \
	src/chip_generic.c \
	src/chip_parent.c \
	src/cpu.c \
	src/cpuhotplug.c \
	src/cpulist.c \
	src/desc.c \
	src/dispatch.c \
	src/explain.c \
	src/flow.c \
	src/ipi.c \
	src/ipi_mux.c \
	src/irqdomain.c \
	src/isolation.c \
	src/lock.c \
	src/manage.c \
	src/mapping.c \
	src/matrix.c \
	src/notify.c \
	src/percpu.c \
	src/plan.c \
	src/pm.c \
	src/print.c \
	src/radix.c \
	src/resend.c \
	src/smp_call.c \
	src/spread.c \
	src/spurious.c \
	src/stats.c \
	src/target.c \
	src/thread.c \
	src/trace.c
