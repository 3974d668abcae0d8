/* SPDX-License-Identifier: MIT */
/* Bounded waits for the controller. */
#include "gicv3.h"
#include "gicv3_regs.h"
#include <irqkit/port.h>

static bool wait_is(const volatile void *frame, size_t offset, uint32_t bits,
		    bool set)
{
	return ((gicv3_read32(frame, offset) & bits) != 0) == set;
}

static int wait_until(const volatile void *frame, size_t offset, uint32_t bits,
		      bool set)
{
	uint64_t start = irqkit_port_nanoseconds();

	while (!wait_is(frame, offset, bits, set)) {
		if (irqkit_port_nanoseconds() - start < GICV3_WAIT_NS) {
			irqkit_gicv3_relax();
			continue;
		}
		/* This CPU may have been held up itself: a last look. */
		if (wait_is(frame, offset, bits, set))
			break;
		return -ETIMEDOUT;
	}
	return 0;
}

int irqkit_gicv3_wait_clear(const volatile void *frame, size_t offset,
			    uint32_t bits)
{
	return wait_until(frame, offset, bits, false);
}

int irqkit_gicv3_wait_set(const volatile void *frame, size_t offset,
			  uint32_t bits)
{
	return wait_until(frame, offset, bits, true);
}
