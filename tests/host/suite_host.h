/* SPDX-License-Identifier: MIT */
/* The machine of suites/suite.h on the host. */
#ifndef TESTS_HOST_SUITE_HOST_H
#define TESTS_HOST_SUITE_HOST_H

#include "sim_ipi.h"
#include "suites/suite.h"

/*
 * Start a machine for the IPI suite and run it on all kinds of domain and
 * chip. @offline, @foreign: a CPU that is so, or SUITE_NONE.
 */
int suite_host_run_ipi(unsigned int nr_cpus, unsigned int offline,
		       unsigned int foreign);

/* What suite_offline_cpu() says. */
void suite_host_set_offline(unsigned int cpu);

/* The domain that suite_domain() gives for the mode of @sim. */
void suite_host_use(struct sim_ipi *sim);

/* More descriptors than any test has at a time, so that the storage that is
 * never returned is there before anything is counted. */
void suite_host_warm_up(void);

#endif
