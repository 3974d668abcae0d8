/* SPDX-License-Identifier: MIT */
/*
 * The simulated controllers, each with its description for the conformance
 * suite. A test may replace operations of the simulation before it runs the
 * suite.
 */
#ifndef TESTS_HOST_CONFORMANCE_HOST_H
#define TESTS_HOST_CONFORMANCE_HOST_H

#include "sim_bank.h"
#include "suites/conformance.h"

enum conformance_host_kind {
	CONFORMANCE_HOST_EOI,	/* lines with an EOI, edges and levels */
	CONFORMANCE_HOST_ACK,	/* edges with an ack, which move as they fire */
	CONFORMANCE_HOST_LEVEL, /* levels with masks and an ack */
	CONFORMANCE_HOST_LPI,	/* never active */
	CONFORMANCE_HOST_PLAIN, /* neither ack nor EOI nor retrigger */
	CONFORMANCE_HOST_NAMED, /* as EOI, by alloc with the number of a line */
	CONFORMANCE_HOST_POOL,	/* and by alloc of any */
	CONFORMANCE_HOST_CASCADE,
	CONFORMANCE_HOST_BANK, /* irqkit/chip_generic.h */
	CONFORMANCE_HOST_PERCPU,
	CONFORMANCE_HOST_MESSAGE,
	CONFORMANCE_HOST_SLOW,	/* messages that move slowly */
	CONFORMANCE_HOST_LATER, /* messages that move as they fire */
	CONFORMANCE_HOST_KINDS,
};

/* A controller with what it is made of; what it has not is NULL. */
struct conformance_host {
	struct conformance_controller controller;
	struct sim_line *line;
	struct sim_line *parent; /* of a cascade, and of a bank */
	struct sim_bank *bank;
	struct sim_percpu *percpu;
	struct sim_message *message;
	struct irq_domain_ops alloc_ops; /* of a named line, and of a pool */
};

/* In static storage: one of a kind at a time. */
struct conformance_host *conformance_host_create(
	enum conformance_host_kind kind);

/* That of messages stays, as the machine knows it. */
void conformance_host_destroy(struct conformance_host *host);

/* Start a machine with four CPUs, for the programs. */
void conformance_host_start(void);

#endif
