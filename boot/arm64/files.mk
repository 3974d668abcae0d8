# SPDX-License-Identifier: MIT
# .c and .S files; further flags for everything in a guest but the archive.
boot-sources-arm64 := \
	boot/arm64/head.S \
	boot/arm64/vectors.S \
	boot/arm64/clock.c \
	boot/arm64/cpu.c \
	boot/arm64/fault.c \
	boot/arm64/machine.c \
	boot/arm64/mmu.c \
	boot/arm64/pl011.c \
	boot/arm64/psci.c \
	boot/arm64/ram.c \
	boot/arm64/spi.c \
	boot/arm64/start.c \
	boot/arm64/tree.c
boot-cflags-arm64 :=
boot-ldflags-arm64 :=
