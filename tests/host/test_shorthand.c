/* SPDX-License-Identifier: MIT */
/*
 * When "all but self" may be sent as one command (HZ48): arch/x86/shorthand.c,
 * compiled into this test. Each condition that is not met forbids it.
 */
#include "../../arch/x86/shorthand.c"
#include "host.h"
#include "suites/tap.h"

#define SHORTHAND_CPUS 4U

static bool shorthand_usable_now(bool promised, bool saves_writes)
{
	irqkit_shorthand_init(promised);
	irqkit_shorthand_update(saves_writes);
	return irqkit_shorthand_may();
}

static void shorthand_parked(void)
{
	tap_subject("HZ48: a CPU that is not online forbids it");
	for (unsigned int cpu = 1; cpu < SHORTHAND_CPUS; cpu++) {
		tap_expect(!shorthand_usable_now(true, true),
			   "cpu %u is not online", cpu);
		tap_equal(host_start_cpu(cpu), 0, "start of cpu %u", cpu);
	}
	tap_expect(shorthand_usable_now(true, true), "all are online");
	tap_close();
}

static void shorthand_conditions(void)
{
	tap_subject("HZ48: a promise that is not given forbids it");
	tap_expect(!shorthand_usable_now(false, true), "no promise");
	tap_expect(!shorthand_usable_now(true, false), "no write is saved");
	tap_expect(shorthand_usable_now(true, true), "both");
	tap_close();
}

static void shorthand_mask(void)
{
	struct cpumask dest;

	tap_subject("it fits all online CPUs but the caller");
	cpumask_copy(&dest, cpu_online_mask);
	tap_expect(!irqkit_shorthand_fits(&dest), "the caller is in it");
	cpumask_clear_cpu(irqkit_port_cpu(), &dest);
	tap_expect(irqkit_shorthand_fits(&dest), "all but the caller");
	cpumask_clear_cpu(SHORTHAND_CPUS - 1, &dest);
	tap_expect(!irqkit_shorthand_fits(&dest), "one more is missing");
	tap_close();
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_first_n(&offline, SHORTHAND_CPUS);
	cpumask_clear_cpu(0, &offline);
	host_start(SHORTHAND_CPUS, &offline);
	shorthand_parked();
	shorthand_conditions();
	shorthand_mask();
	return host_end();
}
