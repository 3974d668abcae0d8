/* SPDX-License-Identifier: MIT */
/*
 * What `make run` shows: CPUs that interrupt each other through irqkit, every
 * interrupt counted where it was sent and where it arrived; then one that goes
 * and comes, unless the command line says show=ipi.
 */
#include "demo.h"
#include "kernel.h"

#define DEMO_DEADLINE_NS 20000000000ULL
#define DEMO_ROUND_TRIPS 200U
#define DEMO_LINE	 160

/* What each CPU received of the IPI that is shown, and what it should have. */
static unsigned long demo_received[IRQKIT_NR_CPUS];
static unsigned long demo_expected[IRQKIT_NR_CPUS];
static unsigned long demo_strays; /* handled on a CPU that has another irq */
static unsigned long demo_sent_total;
static unsigned long demo_received_total;
static unsigned int demo_failures;

/* The IPI that is shown. */
struct demo_ipi {
	struct irq_domain *domain;
	unsigned int base;
	struct cpumask cpus;
};

static struct demo_ipi demo_ipi;

static bool demo_is_per_cpu(void)
{
	return irq_domain_is_ipi_per_cpu(demo_ipi.domain);
}

static irqreturn_t demo_handler(unsigned int irq, void *dev_id)
{
	unsigned int cpu = irqkit_port_cpu();
	unsigned int own = demo_ipi.base + (demo_is_per_cpu() ? cpu : 0);

	if (irq != own || dev_id != &demo_ipi)
		__atomic_fetch_add(&demo_strays, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&demo_received[cpu], 1, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

static unsigned long demo_count(unsigned int cpu)
{
	return __atomic_load_n(&demo_received[cpu], __ATOMIC_ACQUIRE);
}

/* Until @cpu has received all that was sent to it; false after a while. */
static bool demo_wait(unsigned int cpu)
{
	uint64_t start = arch_nanoseconds();

	while (demo_count(cpu) < demo_expected[cpu]) {
		if (arch_nanoseconds() - start > DEMO_DEADLINE_NS)
			return false;
		arch_relax();
	}
	return true;
}

static void demo_expect(unsigned int cpu)
{
	demo_expected[cpu]++;
	demo_sent_total++;
}

/* Attach the handler to each irq of the IPI, or take it away again. */
static int demo_attach(bool attach)
{
	unsigned int nr = demo_is_per_cpu() ? cpumask_weight(&demo_ipi.cpus)
					    : 1;
	int error = 0;

	for (unsigned int i = 0; i < nr && error == 0; i++)
		error = attach ? request_irq(demo_ipi.base + i, demo_handler, 0,
					     "demonstration", &demo_ipi)
			       : free_irq(demo_ipi.base + i, &demo_ipi);
	return error;
}

static void demo_check(const char *what, int result)
{
	if (result >= 0)
		return;
	print("  %s: error %d\n", what, result);
	demo_failures++;
}

static bool demo_reserve(bool per_cpu)
{
	int irq;

	demo_ipi.domain = per_cpu ? machine.ipi_per_cpu : machine.ipi_single;
	cpumask_copy(&demo_ipi.cpus, cpu_online_mask);
	irq = irq_reserve_ipi(demo_ipi.domain, &demo_ipi.cpus);
	demo_check("reserve", irq);
	if (irq < 0)
		return false;
	demo_ipi.base = (unsigned int)irq;
	demo_check("request", demo_attach(true));
	return true;
}

static void demo_destroy(void)
{
	demo_check("free", demo_attach(false));
	demo_check("destroy", irq_destroy_ipi(demo_ipi.base, &demo_ipi.cpus));
}

/* Compare and print one line; the counts start again at 0. */
static void demo_report(const char *what)
{
	unsigned long sent = 0;
	unsigned long received = 0;
	bool good = demo_strays == 0;
	unsigned int cpu;

	for_each_cpu (cpu, &demo_ipi.cpus) {
		demo_wait(cpu);
		good = good && demo_count(cpu) == demo_expected[cpu];
		sent += demo_expected[cpu];
		received += demo_count(cpu);
		demo_expected[cpu] = 0;
		demo_received[cpu] = 0;
	}
	demo_strays = 0;
	demo_received_total += received;
	if (!good)
		demo_failures++;
	print("  %-44s sent %5lu  received %5lu  %s\n", what, sent, received,
	      good ? "ok" : "WRONG");
}

static void demo_all_targets(void *unused)
{
	unsigned int cpu;

	(void)unused;
	for_each_cpu (cpu, &demo_ipi.cpus) {
		demo_expect(cpu);
		demo_check("send", ipi_send_single(demo_ipi.base, cpu));
		if (!demo_wait(cpu))
			return;
	}
}

static void demo_every_pair(void)
{
	unsigned int cpu;

	for_each_cpu (cpu, &demo_ipi.cpus)
		run_on_cpu(cpu, demo_all_targets, NULL);
	demo_report("every CPU to every CPU");
}

static void demo_send_mask(const char *what, const struct cpumask *dest)
{
	uint64_t before = arch_ipi_commands();
	char line[DEMO_LINE];
	unsigned int cpu;

	for_each_cpu (cpu, dest)
		demo_expect(cpu);
	demo_check("send", ipi_send_mask(demo_ipi.base, dest));
	format_text(line, sizeof(line), "%s (%u, by %lu command%s)", what,
		    cpumask_weight(dest),
		    (unsigned long)(arch_ipi_commands() - before),
		    arch_ipi_commands() - before == 1 ? "" : "s");
	demo_report(line);
}

static void demo_masks(void)
{
	struct cpumask dest;
	unsigned int cpu;

	cpumask_clear(&dest);
	for_each_cpu (cpu, &demo_ipi.cpus) {
		if (cpu % 2 == 0)
			cpumask_set_cpu(cpu, &dest);
	}
	demo_send_mask("every other CPU", &dest);
	cpumask_copy(&dest, &demo_ipi.cpus);
	cpumask_clear_cpu(arch_this_cpu(), &dest);
	if (!cpumask_empty(&dest))
		demo_send_mask("all CPUs but this one", &dest);
	demo_send_mask("all CPUs", &demo_ipi.cpus);
}

/* The shortest time from a send to the moment its handler's count is seen. */
static void demo_round_trip(void)
{
	unsigned int target = cpumask_weight(&demo_ipi.cpus) > 1 ? 1 : 0;
	uint64_t best = UINT64_MAX;
	uint64_t sum = 0;

	for (unsigned int i = 0; i < DEMO_ROUND_TRIPS; i++) {
		uint64_t start = arch_nanoseconds();
		uint64_t took;

		demo_expect(target);
		demo_check("send", ipi_send_single(demo_ipi.base, target));
		if (!demo_wait(target))
			break;
		took = arch_nanoseconds() - start;
		sum += took;
		if (took < best)
			best = took;
	}
	demo_report("one CPU, one at a time");
	print("  round trip cpu 0 to cpu %u: shortest %lu ns, mean %lu ns\n",
	      target, (unsigned long)best,
	      (unsigned long)(sum / DEMO_ROUND_TRIPS));
}

static void demo_print(void *context, const char *text)
{
	(void)context;
	print("%s", text);
}

static void demo_mode(bool per_cpu)
{
	if (!demo_reserve(per_cpu))
		return;
	print("\nIPI in %s mode: irq %u", per_cpu ? "per-CPU" : "single",
	      demo_ipi.base);
	if (per_cpu)
		print(" to %u",
		      demo_ipi.base + cpumask_weight(&demo_ipi.cpus) - 1);
	print(", hwirq %lu at cpu 0\n", ipi_get_hwirq(demo_ipi.base, 0));
	demo_every_pair();
	demo_masks();
	demo_round_trip();
	if (!per_cpu) {
		print("\n");
		irqkit_show_interrupts(demo_print, NULL);
	}
	demo_destroy();
}

static void demo_life(void)
{
	int error;

	print("\nthe life of an IPI\n");
	if (!demo_reserve(false))
		return;
	print("  reserved for %u CPUs: irq %u, hwirq %lu\n",
	      cpumask_weight(&demo_ipi.cpus), demo_ipi.base,
	      ipi_get_hwirq(demo_ipi.base, 0));
	demo_expect(0);
	demo_check("send", ipi_send_single(demo_ipi.base, 0));
	demo_report("requested, sent to this CPU itself");
	demo_destroy();
	error = ipi_send_single(demo_ipi.base, 0);
	print("  destroyed; a send is refused now: %d\n", error);
	if (error != -EINVAL)
		demo_failures++;
}

static void demo_machine(void)
{
	print("irqkit %d.%d on %s\n", IRQKIT_VERSION_MAJOR,
	      IRQKIT_VERSION_MINOR, machine.arch);
	print("controller: %s\n", machine.controller);
	print("cpus: %u online of %u\n", cpumask_weight(cpu_online_mask),
	      cpumask_weight(cpu_present_mask));
	if (machine.refused != 0)
		print("%u more CPUs are beyond the limit of %u\n",
		      machine.refused, IRQKIT_NR_CPUS);
}

static unsigned int demo_unhandled(void)
{
	unsigned int sum = 0;
	unsigned int cpu;

	for_each_cpu (cpu, cpu_possible_mask)
		sum += irqkit_unhandled(cpu);
	return sum;
}

int kernel_main(void)
{
	bool good;

	demo_machine();
	demo_life();
	demo_mode(false);
	demo_mode(true);
	if (!command_line_has("show=ipi")) {
		demo_failures += demo_calls();
		demo_failures += demo_hotplug();
	}

	good = demo_failures == 0 && demo_unhandled() == 0 &&
	       demo_sent_total == demo_received_total;
	print("\na command may be for several IPIs; others woke or started CPUs "
	      "or called functions there\n");
	print("%s: %lu IPIs sent, %lu received, %u unhandled, %u failures; "
	      "%lu commands written to the controller\n",
	      good ? "all is well" : "NOT WELL", demo_sent_total,
	      demo_received_total, demo_unhandled(), demo_failures,
	      (unsigned long)arch_ipi_commands());
	return good ? 0 : 1;
}
