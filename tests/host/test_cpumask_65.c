/* SPDX-License-Identifier: MIT */
/* Masks of 65 CPUs; see cpumask_cases.h. */
#define IRQKIT_NR_CPUS 65
#include "cpumask_cases.h"
