/* SPDX-License-Identifier: MIT */
/* Bounded waits for the controller. */
#include "gicv3.h"
#include "gicv3_regs.h"
#include <irqkit/port.h>

int irqkit_gicv3_wait_clear(const volatile void *frame, size_t offset,
			    uint32_t bits)
{
	uint64_t start = irqkit_port_nanoseconds();

	while ((gicv3_read32(frame, offset) & bits) != 0) {
		if (irqkit_port_nanoseconds() - start < GICV3_WAIT_NS) {
			irqkit_gicv3_relax();
			continue;
		}
		/* This CPU may have been held up itself: a last look. */
		if ((gicv3_read32(frame, offset) & bits) == 0)
			break;
		return -ETIMEDOUT;
	}
	return 0;
}
