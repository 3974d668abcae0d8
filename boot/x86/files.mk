# SPDX-License-Identifier: MIT
boot-sources-x86_64 := \
	boot/x86/entry.S \
	boot/x86/vectors.S \
	boot/x86/clock.c \
	boot/x86/cpu.c \
	boot/x86/discover.c \
	boot/x86/exception.c \
	boot/x86/mtrr.c \
	boot/x86/paging.c \
	boot/x86/pic.c \
	boot/x86/pvh.c \
	boot/x86/secondary.c \
	boot/x86/serial.c \
	boot/x86/tables.c
