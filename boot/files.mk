# SPDX-License-Identifier: MIT
# The reference kernel: in every guest image.
boot-sources := \
	boot/command_line.c \
	boot/console.c \
	boot/kick.c \
	boot/main.c \
	boot/memory.c \
	boot/port.c \
	boot/smp.c \
	boot/stop.c \
	boot/string.c
# The program that `make run` shows.
demo-sources := boot/demo.c boot/demo_calls.c boot/demo_hotplug.c
include boot/x86/files.mk
include boot/arm64/files.mk
