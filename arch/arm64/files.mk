# SPDX-License-Identifier: MIT
# The arm64 backend: GICv3.

backend-sources-arm64 := \
	arch/arm64/gicv3_wait.c \
	arch/arm64/gicv3_dist.c \
	arch/arm64/gicv3_redist.c \
	arch/arm64/gicv3_cpuif.c \
	arch/arm64/gicv3_sgi.c \
	arch/arm64/gicv3_spi_ipi.c \
	arch/arm64/gicv3_spi.c \
	arch/arm64/gicv3.c
