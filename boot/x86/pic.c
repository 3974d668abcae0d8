// SPDX-License-Identifier: MIT
/*
 * The two 8259 interrupt controllers of the PC: set up once, so that what is
 * still latched there has a vector of its own, and then silent for ever.
 */
#include "x86.h"

#define PIC_MASTER 0x20
#define PIC_SLAVE  0xa0
#define PIC_DATA   1 /* offset of the second port */

/* Intel 8259A data sheet, "Initialization command words". */
#define ICW1_INIT_ICW4	  0x11
#define ICW3_MASTER_SLAVE 0x04 /* the slave is at input 2 */
#define ICW3_SLAVE_ID	  0x02
#define ICW4_8086	  0x01
#define OCW1_MASK_ALL	  0xff

/* Away from exceptions. A spurious one would show up as "unexpected". */
#define PIC_MASTER_VECTOR 0x20
#define PIC_SLAVE_VECTOR  0x28

static void pic_init(uint16_t port, uint8_t vector, uint8_t icw3)
{
	outb(port, ICW1_INIT_ICW4);
	outb(port + PIC_DATA, vector);
	outb(port + PIC_DATA, icw3);
	outb(port + PIC_DATA, ICW4_8086);
	outb(port + PIC_DATA, OCW1_MASK_ALL);
}

void x86_pic_disable(void)
{
	pic_init(PIC_MASTER, PIC_MASTER_VECTOR, ICW3_MASTER_SLAVE);
	pic_init(PIC_SLAVE, PIC_SLAVE_VECTOR, ICW3_SLAVE_ID);
}
