/* SPDX-License-Identifier: MIT */
/* See ledger.h. Counts are atomic: several CPUs send to one. */
#include "ledger.h"

unsigned int ledger_irq(const struct ledger *ledger, unsigned int cpu)
{
	if (!ledger->per_cpu)
		return ledger->irq;
	return ledger->irq + cpu - ledger->offset;
}

struct ledger_cookie *ledger_cookie(struct ledger *ledger, unsigned int cpu)
{
	return ledger->per_cpu ? &ledger->of[cpu] : &ledger->any;
}

static unsigned long ledger_get(const unsigned long *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

static void ledger_add(unsigned long *count)
{
	__atomic_fetch_add(count, 1, __ATOMIC_ACQ_REL);
}

static void ledger_begin(struct ledger *ledger)
{
	ledger->any = (struct ledger_cookie){ledger, SUITE_NONE};
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		ledger->of[cpu] = (struct ledger_cookie){ledger, cpu};
		ledger->sent[cpu] = 0;
		ledger->ran[cpu] = 0;
		ledger->claimed[cpu] = 0;
		ledger->unhandled_before[cpu] = irqkit_unhandled(cpu);
	}
	ledger->then = NULL;
	ledger->wrong = 0;
	ledger->refused = 0;
	ledger->error = 0;
}

bool ledger_reserve(struct ledger *ledger, bool per_cpu,
		    const struct cpumask *cpus)
{
	int irq = irq_reserve_ipi(suite_domain(per_cpu), cpus);

	if (!tap_expect(irq > 0, "irq_reserve_ipi() returned %d", irq))
		return false;
	ledger->irq = (unsigned int)irq;
	ledger->per_cpu = per_cpu;
	ledger->offset = cpumask_first(cpus);
	cpumask_copy(&ledger->cpus, cpus);
	ledger_begin(ledger);
	return true;
}

/* The irqs of the IPI are those of these CPUs. */
static void ledger_irq_owners(const struct ledger *ledger,
			      struct cpumask *owners)
{
	if (ledger->per_cpu)
		cpumask_copy(owners, &ledger->cpus);
	else
		irqkit_cpumask_single(owners, cpumask_first(&ledger->cpus));
}

void ledger_attach(struct ledger *ledger)
{
	struct cpumask owners;
	unsigned int cpu;

	ledger_irq_owners(ledger, &owners);
	for_each_cpu (cpu, &owners)
		tap_equal(request_irq(ledger_irq(ledger, cpu), ledger_handler,
				      0, "ledger", ledger_cookie(ledger, cpu)),
			  0, "request_irq(%u)", ledger_irq(ledger, cpu));
}

void ledger_detach(struct ledger *ledger)
{
	struct cpumask owners;
	unsigned int cpu;

	ledger_irq_owners(ledger, &owners);
	for_each_cpu (cpu, &owners)
		tap_equal(free_irq(ledger_irq(ledger, cpu),
				   ledger_cookie(ledger, cpu)),
			  0, "free_irq(%u)", ledger_irq(ledger, cpu));
}

bool ledger_open(struct ledger *ledger, bool per_cpu,
		 const struct cpumask *cpus)
{
	if (!ledger_reserve(ledger, per_cpu, cpus))
		return false;
	ledger_attach(ledger);
	return true;
}

void ledger_destroy(struct ledger *ledger)
{
	tap_equal(irq_destroy_ipi(ledger->irq, &ledger->cpus), 0,
		  "irq_destroy_ipi(%u)", ledger->irq);
}

void ledger_close(struct ledger *ledger)
{
	ledger_check(ledger);
	ledger_detach(ledger);
	ledger_destroy(ledger);
}

void ledger_handle(struct ledger *ledger, unsigned int irq, unsigned int cpu)
{
	unsigned int self = irqkit_port_cpu();

	if (cpu != self || !cpumask_test_cpu(self, &ledger->cpus) ||
	    irq != ledger_irq(ledger, self) || !irqkit_port_irqs_disabled())
		ledger_add(&ledger->wrong);
	/* What it sends on is in the books before it is done itself. */
	if (ledger->then != NULL)
		ledger->then(ledger, self);
	ledger_add(&ledger->ran[self]);
	/* Pairs with the exchange in ledger_claim(). */
	__atomic_store_n(&ledger->claimed[self], 0, __ATOMIC_RELEASE);
}

irqreturn_t ledger_handler(unsigned int irq, void *dev_id)
{
	struct ledger_cookie *cookie = dev_id;
	unsigned int cpu = cookie->cpu;

	ledger_handle(cookie->ledger, irq,
		      cpu == SUITE_NONE ? irqkit_port_cpu() : cpu);
	return IRQ_HANDLED;
}

struct ledger_target {
	struct ledger *ledger;
	unsigned int cpu;
};

static bool ledger_claim_try(void *argument)
{
	struct ledger_target *target = argument;

	return __atomic_exchange_n(&target->ledger->claimed[target->cpu], 1,
				   __ATOMIC_ACQ_REL) == 0;
}

static bool ledger_claim(struct ledger *ledger, unsigned int cpu)
{
	struct ledger_target target = {ledger, cpu};

	if (suite_wait(ledger_claim_try, &target))
		return true;
	ledger_add(&ledger->refused);
	ledger->error = -ETIMEDOUT;
	return false;
}

static bool ledger_is_free(void *argument)
{
	struct ledger_target *target = argument;

	return __atomic_load_n(&target->ledger->claimed[target->cpu],
			       __ATOMIC_ACQUIRE) == 0;
}

bool ledger_wait(struct ledger *ledger, unsigned int cpu)
{
	struct ledger_target target = {ledger, cpu};

	return suite_wait(ledger_is_free, &target);
}

static int ledger_send_by(struct ledger *ledger, const struct cpumask *cpus,
			  enum ledger_way way)
{
	struct irq_desc *desc = irq_to_desc(ledger->irq);
	unsigned int first = cpumask_first(cpus);

	switch (way) {
	case LEDGER_SINGLE:
		return ipi_send_single(ledger->irq, first);
	case LEDGER_SINGLE_UNCHECKED:
		return __ipi_send_single(desc, first);
	case LEDGER_MASK:
		return ipi_send_mask(ledger->irq, cpus);
	default:
		return __ipi_send_mask(desc, cpus);
	}
}

bool ledger_send_mask(struct ledger *ledger, const struct cpumask *cpus,
		      enum ledger_way way)
{
	unsigned int cpu;
	int error;

	/* In rising order, so that two senders cannot wait for each other. */
	for_each_cpu (cpu, cpus) {
		if (!ledger_claim(ledger, cpu))
			return false;
		ledger_add(&ledger->sent[cpu]);
	}
	error = ledger_send_by(ledger, cpus, way);
	if (error == 0)
		return true;
	ledger_add(&ledger->refused);
	ledger->error = error;
	return false;
}

bool ledger_send(struct ledger *ledger, unsigned int cpu, enum ledger_way way)
{
	struct cpumask cpus;

	irqkit_cpumask_single(&cpus, cpu);
	return ledger_send_mask(ledger, &cpus, way);
}

/* A CPU that has not handled all yet, or SUITE_NONE. */
static unsigned int ledger_late_cpu(const struct ledger *ledger)
{
	unsigned int cpu;

	for_each_cpu (cpu, &ledger->cpus) {
		if (ledger_get(&ledger->ran[cpu]) <
		    ledger_get(&ledger->sent[cpu]))
			return cpu;
	}
	return SUITE_NONE;
}

static bool ledger_all_ran(void *argument)
{
	return ledger_late_cpu(argument) == SUITE_NONE;
}

/* A CPU that the IPI does not have took nothing of it. */
static unsigned long ledger_taken(const struct ledger *ledger, unsigned int cpu)
{
	if (!ledger->per_cpu || cpumask_test_cpu(cpu, &ledger->cpus))
		return kstat_irqs_cpu(ledger_irq(ledger, cpu), cpu);
	return 0;
}

static void ledger_check_cpu(const struct ledger *ledger, unsigned int cpu)
{
	long long sent = (long long)ledger_get(&ledger->sent[cpu]);

	tap_equal((long long)ledger_get(&ledger->ran[cpu]), sent,
		  "IPIs handled of those sent to cpu %u", cpu);
	tap_equal((long long)ledger_taken(ledger, cpu), sent,
		  "IPIs counted by the library on cpu %u", cpu);
	tap_equal(irqkit_unhandled(cpu) - ledger->unhandled_before[cpu], 0,
		  "unhandled interrupts on cpu %u", cpu);
}

/* In per-CPU mode no CPU may take the irq of another. */
static void ledger_check_strays(const struct ledger *ledger)
{
	unsigned int cpu;

	if (!ledger->per_cpu)
		return;
	for_each_cpu (cpu, &ledger->cpus) {
		unsigned int irq = ledger_irq(ledger, cpu);

		tap_equal((long long)kstat_irqs(irq),
			  (long long)kstat_irqs_cpu(irq, cpu),
			  "irq %u of cpu %u on all CPUs", irq, cpu);
	}
}

void ledger_check(struct ledger *ledger)
{
	if (!tap_expect(suite_wait(ledger_all_ran, ledger),
			"waited for all IPIs of irq %u to be handled",
			ledger->irq)) {
		unsigned int cpu = ledger_late_cpu(ledger);

		if (cpu != SUITE_NONE)
			suite_explain(ledger_irq(ledger, cpu));
	}
	suite_settle();
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!irqkit_cpu_is_foreign(cpu))
			ledger_check_cpu(ledger, cpu);
	}
	ledger_check_strays(ledger);
	tap_equal((long long)ledger_get(&ledger->wrong), 0,
		  "handlers with a wrong CPU, irq or cookie, or interrupts on");
	tap_equal((long long)ledger_get(&ledger->refused), 0,
		  "sends that failed, the last with %d", ledger->error);
}
