# SPDX-License-Identifier: MIT
backend-sources-x86_64 := \
	arch/x86/apic.c \
	arch/x86/init_x86.c \
	arch/x86/interrupt_x86.c \
	arch/x86/ipi_x86.c \
	arch/x86/movable.c \
	arch/x86/nmi_x86.c \
	arch/x86/shorthand.c \
	arch/x86/start_cpu.c \
	arch/x86/vector.c \
	arch/x86/x2apic.c \
	arch/x86/xapic.c
