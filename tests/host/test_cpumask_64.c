/* SPDX-License-Identifier: MIT */
/* Masks of 64 CPUs; see cpumask_cases.h. */
#define IRQKIT_NR_CPUS 64
#include "cpumask_cases.h"
