/* SPDX-License-Identifier: MIT */
/* Scripts with books of their own, for the table in scenarios.c. */
#ifndef TESTS_SIM_SCRIPTS_H
#define TESTS_SIM_SCRIPTS_H

/* ipis.c: an IPI to three CPUs. */
void sim_ipi_set_up_single(void);
void sim_ipi_set_up_percpu(void);
void sim_ipi_send(void);
void sim_ipi_destroy(void);
void sim_ipi_shrink(void);
void sim_ipi_judge(void);

/* mixture.c: calls that the seed chooses, on all CPUs and devices. */
void sim_mixture_set_up(void);
void sim_mixture_cpu(void);
void sim_mixture_device(void);

#endif
