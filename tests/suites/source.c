/* SPDX-License-Identifier: MIT */
/* See source.h. Counts are atomic, as handlers and sources run anywhere. */
#include "source.h"
#include <irqkit/irqdomain.h>

static void source_note_wrong(struct source *source, const char *what)
{
	const char *nothing = NULL;

	if (__atomic_compare_exchange_n(&source->wrong, &nothing, what, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED))
		__atomic_store_n(&source->wrong_cpu, irqkit_port_cpu(),
				 __ATOMIC_RELAXED);
}

static unsigned int source_state(const struct source *source)
{
	return __atomic_load_n(&source->state, __ATOMIC_ACQUIRE);
}

static void source_set_state(struct source *source, enum source_state state)
{
	__atomic_store_n(&source->state, state, __ATOMIC_RELEASE);
}

static bool source_change(struct source *source, enum source_state from,
			  enum source_state to)
{
	unsigned int expected = from;

	return __atomic_compare_exchange_n(&source->state, &expected, to, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* By the one who made it busy. */
static void source_raise(struct source *source)
{
	int error;

	__atomic_fetch_add(&source->fired, 1, __ATOMIC_RELAXED);
	error = suite_fire(source->irq);
	if (error == 0)
		return;
	__atomic_store_n(&source->error, error, __ATOMIC_RELAXED);
	source_note_wrong(source, "it cannot be raised");
}

static void source_check_call(struct source *source, unsigned int irq,
			      unsigned int cpu)
{
	if (irq != source->irq)
		source_note_wrong(source, "the handler of another interrupt");
	if (!irqkit_port_irqs_disabled())
		source_note_wrong(source, "a handler with interrupts on");
	if (!cpu_online(cpu))
		source_note_wrong(source, "a handler on an offline CPU");
	if (source_state(source) != SOURCE_BUSY)
		source_note_wrong(source, "handled, and nobody raised it");
	if (__atomic_fetch_add(&source->inside, 1, __ATOMIC_ACQUIRE) != 0)
		source_note_wrong(source, "its handler on two CPUs at once");
}

/* In the handler: the event is in the books. */
static void source_finish(struct source *source)
{
	unsigned int again = __atomic_load_n(&source->again, __ATOMIC_RELAXED);

	__atomic_fetch_sub(&source->inside, 1, __ATOMIC_RELEASE);
	if (again == 0) {
		source_set_state(source, SOURCE_IDLE);
		return;
	}
	__atomic_store_n(&source->again, again - 1, __ATOMIC_RELAXED);
	source_raise(source);
}

static irqreturn_t source_handler(unsigned int irq, void *dev_id)
{
	struct source *source = dev_id;
	unsigned int cpu = irqkit_port_cpu();

	source_check_call(source, irq, cpu);
	__atomic_store_n(&source->last, cpu, __ATOMIC_RELAXED);
	__atomic_fetch_add(&source->ran[cpu], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&source->handled, 1, __ATOMIC_RELAXED);
	source_finish(source);
	return IRQ_HANDLED;
}

/* In place: a source is too large for a stack. */
static void source_reset(struct source *source, enum source_kind kind)
{
	source->irq = 0;
	source->kind = kind;
	source->crowded = false;
	source->state = SOURCE_IDLE;
	source->again = 0;
	source->inside = 0;
	source->last = SUITE_NONE;
	source->fired = 0;
	source->handled = 0;
	source->wrong = NULL;
	source->error = 0;
	for (unsigned int cpu = 0; cpu < IRQKIT_NR_CPUS; cpu++)
		source->ran[cpu] = 0;
}

static int source_alloc(enum source_kind kind, const struct cpumask *cpus)
{
	struct irq_affinity_desc affinity;

	if (cpus == NULL)
		return irq_domain_alloc_irqs(suite_devices(), 1, NUMA_NO_NODE,
					     NULL);
	cpumask_copy(&affinity.mask, cpus);
	affinity.is_managed = kind == SOURCE_MANAGED;
	return irq_domain_alloc_irqs_affinity(suite_devices(), 1, NUMA_NO_NODE,
					      NULL, &affinity);
}

bool source_open(struct source *source, enum source_kind kind,
		 const struct cpumask *cpus)
{
	int irq = source_alloc(kind, cpus);
	int error;

	source_reset(source, kind);
	if (!tap_expect(irq > 0, "allocate a device's interrupt: %d", irq))
		return false;
	source->irq = (unsigned int)irq;
	error = request_irq(source->irq, source_handler, 0, "source", source);
	if (!tap_equal(error, 0, "request irq %d", irq)) {
		irq_domain_free_irqs(source->irq, 1);
		source->irq = 0;
		return false;
	}
	tap_equal(irq_get_affinity(source->irq, &source->asked), 0,
		  "affinity of irq %d", irq);
	if (cpus != NULL)
		tap_expect(cpumask_equal(&source->asked, cpus),
			   "irq %d has the affinity it was allocated with",
			   irq);
	return true;
}

void source_close(struct source *source)
{
	if (source->irq == 0)
		return;
	if (tap_is_good())
		tap_expect(source_state(source) != SOURCE_BUSY,
			   "irq %u: nothing is on its way", source->irq);
	tap_equal(free_irq(source->irq, source), 0, "free irq %u", source->irq);
	tap_equal(irq_domain_free_irqs(source->irq, 1), 0, "give irq %u back",
		  source->irq);
	source->irq = 0;
}

bool source_fire(struct source *source, unsigned int again)
{
	if (!source_change(source, SOURCE_IDLE, SOURCE_BUSY))
		return false;
	__atomic_store_n(&source->again, again, __ATOMIC_RELAXED);
	source_raise(source);
	return true;
}

static bool source_try_hold(void *argument)
{
	struct source *source = argument;

	return source_is_held(source) ||
	       source_change(source, SOURCE_IDLE, SOURCE_HELD);
}

bool source_hold(struct source *source)
{
	return tap_expect(suite_wait(source_try_hold, source),
			  "irq %u: an event is lost: %lu raised, %lu handled",
			  source->irq, source->fired, source->handled);
}

void source_release(struct source *source)
{
	source_change(source, SOURCE_HELD, SOURCE_IDLE);
}

bool source_is_held(const struct source *source)
{
	return source_state(source) == SOURCE_HELD;
}

bool source_cycle(struct source *source)
{
	source_set_state(source, SOURCE_BUSY);
	__atomic_store_n(&source->again, 0, __ATOMIC_RELAXED);
	source_raise(source);
	return source_hold(source);
}

bool source_probe(struct source *source)
{
	struct cpumask effective;
	unsigned int last;

	source_effective(source, &effective);
	if (!source_cycle(source))
		return false;
	last = __atomic_load_n(&source->last, __ATOMIC_RELAXED);
	return tap_expect(cpumask_test_cpu(last, &effective),
			  "irq %u is aimed at cpu %u, and came at cpu %u",
			  source->irq, cpumask_first(&effective), last);
}

static unsigned long source_sum(const struct source *source)
{
	unsigned long sum = 0;
	unsigned int cpu;

	for_each_cpu (cpu, cpu_possible_mask)
		sum += __atomic_load_n(&source->ran[cpu], __ATOMIC_RELAXED);
	return sum;
}

bool source_balance(struct source *source)
{
	tap_equal((long long)source->handled, (long long)source->fired,
		  "irq %u: events handled of those raised", source->irq);
	tap_equal((long long)source_sum(source), (long long)source->handled,
		  "irq %u: calls on all CPUs", source->irq);
	tap_expect(kstat_irqs(source->irq) >= source->handled,
		   "irq %u: %lu counted by the library, %lu handled",
		   source->irq, kstat_irqs(source->irq), source->handled);
	return source_check(source);
}

bool source_check(struct source *source)
{
	const char *wrong = __atomic_load_n(&source->wrong, __ATOMIC_ACQUIRE);

	if (wrong == NULL)
		return tap_is_good();
	tap_expect(false, "irq %u: %s, on cpu %u, error %d", source->irq, wrong,
		   source->wrong_cpu, source->error);
	return false;
}

void source_effective(const struct source *source, struct cpumask *cpus)
{
	tap_equal(irq_get_effective_affinity(source->irq, cpus), 0,
		  "effective affinity of irq %u", source->irq);
}

bool source_is_down(const struct source *source)
{
	return irqd_is_managed_and_shutdown(irq_get_irq_data(source->irq));
}
