/* SPDX-License-Identifier: MIT */
/* The start of the reference kernel, from the first C code to the program. */
#include "kernel.h"
#include "smp.h"

struct machine machine;
bool (*nmi_handler)(void);

void boot_main(void)
{
	int error;

	arch_discover();
	error = irqkit_init(machine.nr_cpus);
	if (error != 0)
		panic("irqkit_init(%u) failed: %d", machine.nr_cpus, error);
	/* What is refused is ignored, and the log says why. */
	irqkit_isolation_setup(command_line());
	arch_init_interrupts();
	kick_init();
	stop_init();
	arch_irq_enable();
	smp_start_all();
	arch_exit(kernel_main());
}
