/* SPDX-License-Identifier: MIT */
/* Masks of 1024 CPUs; see cpumask_cases.h. */
#define IRQKIT_NR_CPUS 1024
#include "cpumask_cases.h"
