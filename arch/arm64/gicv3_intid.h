/* SPDX-License-Identifier: MIT */
/* Numbers of interrupts at a GICv3 (IHI 0069, section 2.2). */
#ifndef ARCH_ARM64_GICV3_INTID_H
#define ARCH_ARM64_GICV3_INTID_H

#define GICV3_NR_SGIS	    16U
#define GICV3_FIRST_PPI	    16U
#define GICV3_FIRST_SPI	    32U
#define GICV3_SPI_LIMIT	    1020U
#define GICV3_FIRST_SPECIAL 1020U
#define GICV3_LAST_SPECIAL  1023U

#endif
