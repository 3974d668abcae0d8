/* SPDX-License-Identifier: MIT */
/*
 * The IPI suite on a mux: its IPIs are like any others, over a controller that
 * takes masks, one that takes single CPUs, and another mux.
 */
#include <irqkit/ipi_mux.h>
#include "host.h"
#include "suite_host.h"
#include "suites/ipi_suite.h"

#define MUX_SUITE_CPUS 8U
#define MUX_SUITE_IPIS 100U

static struct irqkit_ipi_mux *mux_suite_create(struct irq_domain *parent)
{
	const struct irqkit_ipi_mux_info info = {
		.name = "mux",
		.parent = parent,
		.nr = MUX_SUITE_IPIS,
	};
	struct irqkit_ipi_mux *mux = NULL;

	tap_ok(irqkit_ipi_mux_create(&info, &mux) == 0, "a mux is created");
	return mux;
}

static void mux_suite_run_on(const char *label, struct irqkit_ipi_mux *mux)
{
	static struct sim_ipi domain; /* only names the domain */

	domain.domain = irqkit_ipi_mux_domain(mux);
	suite_host_use(&domain);
	ipi_suite_run(label, false);
	tap_ok(irqkit_ipi_mux_unexpected(mux) == 0,
	       "%snothing arrived that nobody had", label);
	tap_ok(irqkit_ipi_mux_destroy(mux) == 0, "%sdestroy", label);
}

/* One IPI of the controller for all, and none is left. */
static void mux_suite_check_sim(const struct sim_ipi *sim, const char *label)
{
	tap_subject("%sthe controller is left as it was", label);
	tap_equal((long long)sim->wrong, 0, "calls with wrong arguments");
	tap_equal((long long)sim->unexpected, 0, "interrupts nobody has");
	tap_equal(sim->used, 0, "hwirqs in use");
	tap_equal(sim->next_hwirq, 1, "hwirqs that were ever in use");
	tap_expect(sim->eois > 0 && sim->eois == sim->acks,
		   "%lu ends of %lu acknowledged", sim->eois, sim->acks);
	tap_close();
}

static void mux_suite_run(const char *label, bool mask_chip)
{
	struct sim_ipi *sim = sim_ipi_create(label, false, mask_chip, 4);

	mux_suite_run_on(label, mux_suite_create(sim->domain));
	mux_suite_check_sim(sim, label);
}

static void mux_suite_run_nested(const char *label)
{
	struct sim_ipi *sim = sim_ipi_create(label, false, true, 4);
	struct irqkit_ipi_mux *outer = mux_suite_create(sim->domain);
	struct irq_domain *domain = irqkit_ipi_mux_domain(outer);

	mux_suite_run_on(label, mux_suite_create(domain));
	tap_ok(irqkit_ipi_mux_destroy(outer) == 0, "%sdestroy", label);
	mux_suite_check_sim(sim, label);
}

int main(void)
{
	host_begin();
	host_start(MUX_SUITE_CPUS, NULL);
	suite_host_warm_up();
	mux_suite_run("mux, chip takes masks: ", true);
	mux_suite_run("mux, chip takes CPUs: ", false);
	mux_suite_run_nested("mux of a mux: ");
	return host_end();
}
