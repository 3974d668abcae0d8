/* SPDX-License-Identifier: MIT */
/* Masks of 63 CPUs; see cpumask_cases.h. */
#define IRQKIT_NR_CPUS 63
#include "cpumask_cases.h"
