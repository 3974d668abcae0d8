# SPDX-License-Identifier: MIT
core-sources := \
	src/arena.c \
	src/cpu.c \
	src/desc.c \
	src/dispatch.c \
	src/flow.c \
	src/ipi.c \
	src/irqdomain.c \
	src/lock.c \
	src/manage.c \
	src/print.c \
	src/stats.c
