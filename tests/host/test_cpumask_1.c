/* SPDX-License-Identifier: MIT */
/* Masks of 1 CPU; see cpumask_cases.h. */
#define IRQKIT_NR_CPUS 1
#include "cpumask_cases.h"
