/* SPDX-License-Identifier: MIT */
/*
 * Calls that meet in the middle: while one waits for handlers to end, another
 * CPU comes in. The wait reads the clock, and the clock lets the other in, so
 * that each meeting happens exactly there.
 */
#include "host.h"
#include <string.h>
#include "sim_ipi.h"
#include "suites/suite.h"
#include "suite_host.h"

#define RACE_CPUS 8U

/* An IPI of the first @nr CPUs. */
static unsigned int race_reserve(struct sim_ipi *sim, unsigned int nr,
				 struct cpumask *cpus)
{
	int irq;

	irqkit_cpumask_first_n(cpus, nr);
	irq = irq_reserve_ipi(sim->domain, cpus);
	tap_expect(irq > 0, "irq_reserve_ipi() returned %d", irq);
	sim_ipi_clear(sim);
	return irq > 0 ? (unsigned int)irq : 0;
}

/*
 * A CPU is in a handler until the first read of the clock; then @meet runs,
 * as if on CPU 1.
 */
static unsigned int race_cpu = 3;
static void (*race_meet)(void);

static void race_hook(void)
{
	void (*meet)(void) = race_meet;
	unsigned int before;

	/* The clock is read for the trace too, with locks held. */
	if (meet == NULL || irqkit_port_irqs_disabled())
		return;
	race_meet = NULL;
	irqkit_dispatch_end(race_cpu);
	before = host_become(1);
	meet();
	host_become(before);
}

static void race_begin(void (*meet)(void))
{
	race_meet = meet;
	irqkit_dispatch_begin(race_cpu);
	host_clock_hook = race_hook;
}

static void race_end(void)
{
	host_clock_hook = NULL;
	if (!tap_expect(race_meet == NULL, "it waited for the handler"))
		irqkit_dispatch_end(race_cpu);
}

static irqreturn_t race_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/*
 * Two destroy parts of one IPI. While the first waits, the other destroys the
 * rest, and somebody else gets the freed descriptors.
 */
static struct {
	unsigned int irq;
	struct cpumask rest;
	int result;
	int taken;
} race_rest;

static void race_destroy_rest(void)
{
	race_rest.result = irq_destroy_ipi(race_rest.irq, &race_rest.rest);
	race_rest.taken = irq_alloc_descs(-1, 1, 32, NUMA_NO_NODE);
}

static void race_two_destroys(struct sim_ipi *sim)
{
	unsigned int irqs = suite_count_irqs();
	struct cpumask cpus, part;

	tap_subject("%sI2: two parts are destroyed at the same time",
		    sim->chip.name);
	race_rest.irq = race_reserve(sim, 5, &cpus);
	irqkit_cpumask_single(&part, 2);
	cpumask_andnot(&race_rest.rest, &cpus, &part);
	race_begin(race_destroy_rest);
	tap_equal(irq_destroy_ipi(race_rest.irq, &part), 0, "the first");
	race_end();
	tap_equal(race_rest.result, 0, "the second");
	tap_equal(sim->used, 0, "hwirqs in use");
	tap_equal(sim->domain->mapped, 0, "irqs in the domain");
	tap_equal((long long)sim->wrong, 0, "wrong arguments");
	if (race_rest.taken > 0)
		irq_free_descs((unsigned int)race_rest.taken, 32);
	tap_equal(suite_count_irqs(), irqs, "irqs afterwards");
	tap_close();
}

/* While a number is being freed nobody gets it, and nothing attaches. */
static struct {
	unsigned int irq;
	int alloc, request, destroy, send, status, explain;
	bool shown; /* in the table of interrupts */
} race_freed;

/* The pieces of a line begin with its number. */
static void race_print(void *context, const char *text)
{
	char number[16];

	(void)context;
	irqkit_snprintf(number, sizeof(number), "%4u:", race_freed.irq);
	race_freed.shown |= strncmp(text, number, strlen(number)) == 0;
}

static bool race_is_shown(void)
{
	race_freed.shown = false;
	irqkit_show_interrupts(race_print, NULL);
	return race_freed.shown;
}

static void race_use_freed(void)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, 0);
	race_freed.alloc = irq_alloc_descs((int)race_freed.irq, 0, 1,
					   NUMA_NO_NODE);
	race_freed.request = request_irq(race_freed.irq, race_handler, 0, "x",
					 NULL);
	race_freed.destroy = irq_destroy_ipi(race_freed.irq, &one);
	race_freed.send = ipi_send_single(race_freed.irq, 0);
	race_freed.status = irq_set_status_flags(race_freed.irq, IRQ_NOREQUEST);
	race_freed.explain = irqkit_explain(race_freed.irq, race_print, NULL);
	race_is_shown();
}

static void race_check_freed(void)
{
	tap_equal(race_freed.alloc, -EEXIST, "taking the number meanwhile");
	tap_equal(race_freed.request, -EINVAL, "request_irq() meanwhile");
	tap_equal(race_freed.destroy, -EINVAL, "destroy meanwhile");
	tap_equal(race_freed.send, -EINVAL, "a send meanwhile");
	tap_equal(race_freed.status, -EINVAL, "status flags meanwhile");
	tap_equal(race_freed.explain, -EINVAL, "irqkit_explain() meanwhile");
	tap_expect(!race_freed.shown, "HZ27: it is not in the table");
}

static void race_destroy(struct sim_ipi *sim)
{
	unsigned int irqs = suite_count_irqs();
	struct cpumask cpus;

	tap_subject("%sI2: a number that is being destroyed is nobody's",
		    sim->chip.name);
	race_freed.irq = race_reserve(sim, 4, &cpus);
	race_begin(race_use_freed);
	tap_equal(irq_destroy_ipi(race_freed.irq, &cpus), 0, "destroy");
	race_end();
	race_check_freed();
	tap_equal(suite_count_irqs(), irqs, "irqs afterwards");
	tap_close();
}

static void race_free_descs(void)
{
	int irq = irq_alloc_descs(-1, 1, 1, NUMA_NO_NODE);

	tap_subject("a descriptor that is being freed is nobody's");
	race_freed.irq = (unsigned int)irq;
	tap_expect(race_is_shown(), "it is in the table");
	race_begin(race_use_freed);
	tap_equal(irq_free_descs(race_freed.irq, 1), 0, "irq_free_descs()");
	race_end();
	race_check_freed();
	tap_equal(irq_alloc_descs(irq, 0, 1, NUMA_NO_NODE), irq,
		  "taking the number afterwards");
	tap_equal(irq_free_descs(race_freed.irq, 1), 0, "irq_free_descs()");
	tap_close();
}

/* While a handler is being detached the place is taken. */
static struct {
	unsigned int irq;
	struct cpumask cpus;
	int request, percpu, destroy, again;
} race_detached;

static void *race_cookies[IRQKIT_NR_CPUS];

static void race_use_detached(void)
{
	race_detached.request = request_irq(race_detached.irq, race_handler, 0,
					    "x", NULL);
	race_detached.percpu = request_percpu_irq(
		race_detached.irq, race_handler, "x", race_cookies);
	race_detached.destroy = irq_destroy_ipi(race_detached.irq,
						&race_detached.cpus);
	race_detached.again = free_irq(race_detached.irq, NULL);
}

static void race_detach(struct sim_ipi *sim, bool percpu)
{
	tap_subject("%sI17: a handler that is being %s keeps its place",
		    sim->chip.name, percpu ? "freed (per-CPU)" : "freed");
	race_detached.irq = race_reserve(sim, 4, &race_detached.cpus);
	tap_equal(percpu ? request_percpu_irq(race_detached.irq, race_handler,
					      "x", race_cookies)
			 : request_irq(race_detached.irq, race_handler, 0, "x",
				       NULL),
		  0, "request");
	race_begin(race_use_detached);
	tap_equal(percpu ? free_percpu_irq(race_detached.irq, race_cookies)
			 : free_irq(race_detached.irq, NULL),
		  0, "free");
	race_end();
	tap_equal(race_detached.request, -EBUSY, "request_irq() meanwhile");
	tap_equal(race_detached.percpu, -EBUSY,
		  "request_percpu_irq() meanwhile");
	tap_equal(race_detached.destroy, -EBUSY, "destroy meanwhile");
	tap_equal(race_detached.again, -EINVAL, "a second free_irq()");
	tap_equal(irq_destroy_ipi(race_detached.irq, &race_detached.cpus), 0,
		  "destroy");
	tap_close();
}

static unsigned int race_calls;

static void race_count(void)
{
	race_calls++;
}

static void race_waits(struct sim_ipi *sim)
{
	struct cpumask cpus;
	unsigned int irq;

	tap_subject("%sI17: what has to wait for handlers does",
		    sim->chip.name);
	race_calls = 0;
	irq = race_reserve(sim, 2, &cpus);
	race_begin(race_count);
	tap_equal(synchronize_irq(irq), 0, "synchronize_irq()");
	race_end();
	race_begin(race_count);
	tap_equal(irq_set_handler(irq, handle_percpu_irq), 0,
		  "irq_set_handler()");
	race_end();
	race_begin(race_count);
	irqkit_cpumask_first_n(&cpus, 1);
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy of a part");
	race_end();
	irqkit_cpumask_single(&cpus, 1);
	race_begin(race_count);
	tap_equal(irq_destroy_ipi(irq, &cpus), 0, "destroy of the rest");
	race_end();
	tap_equal(race_calls, 4, "times it waited");
	tap_close();
}

static void race_run_kind(struct sim_ipi *sim)
{
	suite_host_use(sim);
	race_destroy(sim);
	race_detach(sim, false);
	race_detach(sim, true);
	race_waits(sim);
	race_two_destroys(sim);
}

int main(void)
{
	host_begin();
	host_start(RACE_CPUS, NULL);
	suite_host_warm_up();
	race_free_descs();
	race_run_kind(sim_ipi_create("single: ", false, true, 8));
	race_run_kind(sim_ipi_create("per-CPU: ", true, false, 64));
	return host_end();
}
