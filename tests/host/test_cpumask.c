/* SPDX-License-Identifier: MIT */
/* Masks as wide as the library's; see cpumask_cases.h. */
#include "cpumask_cases.h"
