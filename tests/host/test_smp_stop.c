/* SPDX-License-Identifier: MIT */
/*
 * Stop of all CPUs. A system is stopped once, so each case runs in a child
 * process. There a CPU that has stopped is a coroutine that spins for ever; one
 * that is deaf spins with interrupts off, and takes NMIs between two turns.
 */
#include "../../src/internals.h"
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "host.h"
#include "sim_ipi.h"
#include "suites/suite.h"
#include "suites/tap.h"

#define STOP_CPUS    6U
#define STOP_OFFLINE 5U
#define STOP_TIME    20000000U /* ns; the clock goes on by 50,000 a look */
#define STOP_SECONDS 20

static struct sim_ipi *stop_sim;

static struct stop_cpu {
	unsigned long turns;
	unsigned int ends; /* calls of stop_at_end() */
	unsigned int nmis; /* sent to it */
	bool nmi;	   /* pending */
	bool ignored;	   /* the library says that it had stopped */
	bool foreign;	   /* the library says that it is not its NMI */
} stop_cpus[STOP_CPUS];

static unsigned int stop_wrong; /* calls of stop_at_end() as they must not be */
static unsigned int stop_lines; /* logged before the stop */
static uint64_t stop_first_nmi; /* when it was sent */
static int stop_nmi_error;	/* what a send to a CPU that is dead returns */
static unsigned int stop_nmi_dead = SUITE_NONE;

static uint64_t stop_now(void)
{
	void (*hook)(void) = host_clock_hook;
	uint64_t now;

	host_clock_hook = NULL;
	now = irqkit_port_nanoseconds();
	host_clock_hook = hook;
	return now;
}

/* ---- the machine */

static void stop_at_end(unsigned int cpu)
{
	stop_cpus[cpu].ends++;
	if (cpu != irqkit_port_cpu() || !irqkit_port_irqs_disabled())
		stop_wrong++;
}

static int stop_send_nmi(unsigned int cpu)
{
	if (stop_first_nmi == 0)
		stop_first_nmi = stop_now();
	stop_cpus[cpu].nmis++;
	if (cpu == stop_nmi_dead)
		return stop_nmi_error;
	stop_cpus[cpu].nmi = true;
	return 0;
}

static void stop_take_nmi(struct stop_cpu *this)
{
	if (!this->nmi)
		return;
	this->nmi = false;
	if (irqkit_smp_stop_nmi())
		this->ignored = true;
	else
		this->foreign = true;
}

static void stop_spin(void *deaf)
{
	struct stop_cpu *this = &stop_cpus[irqkit_port_cpu()];

	if (deaf != NULL)
		irqkit_port_irq_save();
	for (;;) {
		this->turns++;
		stop_take_nmi(this);
		irqkit_port_relax();
	}
}

/* CPUs 1 to STOP_CPUS - 2, those of a mask deaf. */
static void stop_spin_all(unsigned int deaf)
{
	for (unsigned int cpu = 1; cpu < STOP_OFFLINE; cpu++)
		host_give_work(cpu, stop_spin,
			       (deaf >> cpu & 1) != 0 ? stop_cpus : NULL);
	for (unsigned int i = 0; i < 20; i++)
		host_yield();
}

static void stop_init(int (*send_nmi)(unsigned int cpu))
{
	const struct irqkit_smp_stop_info info = {
		.domain = stop_sim->domain,
		.send_nmi = send_nmi,
		.stopped = stop_at_end,
	};

	tap_equal(irqkit_smp_stop_init(&info), 0, "init");
	sim_ipi_clear(stop_sim);
	stop_lines = host_log_lines();
}

/* ---- what has become of the CPUs */

/* Whether the count of a CPU goes on. */
static bool stop_runs(unsigned int cpu)
{
	unsigned long before = stop_cpus[cpu].turns;

	for (unsigned int i = 0; i < 40; i++)
		host_yield();
	return stop_cpus[cpu].turns != before;
}

/* Those of @stopped stand still, the other ones that spin do not. */
static void stop_expect(unsigned int stopped)
{
	for (unsigned int cpu = 1; cpu < STOP_OFFLINE; cpu++) {
		bool is_stopped = (stopped >> cpu & 1) != 0;

		tap_equal(stop_runs(cpu), !is_stopped, "cpu %u runs", cpu);
		tap_equal(stop_cpus[cpu].ends, is_stopped, "cpu %u: ends", cpu);
	}
	tap_equal(stop_wrong, 0, "ends on another CPU, or interrupts on");
	tap_equal(stop_cpus[0].ends, 0, "ends of the caller");
}

static void stop_expect_silent(const struct cpumask *silent,
			       unsigned long expected)
{
	tap_equal((long long)silent->bits[0], (long long)expected, "silent");
	for (unsigned int i = 1; i < IRQKIT_CPUMASK_LONGS; i++)
		tap_equal((long long)silent->bits[i], 0, "silent, word %u", i);
}

/* Nothing is logged before all is over. */
static void stop_hook_log(void)
{
	if (host_log_lines() != stop_lines)
		stop_wrong++;
}

/* ---- the cases */

static void stop_test_before(void)
{
	struct cpumask silent;

	cpumask_copy(&silent, cpu_possible_mask);
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), -EINVAL, "no init");
	tap_expect(cpumask_equal(&silent, cpu_possible_mask), "unchanged");
	tap_expect(!irqkit_smp_stop_nmi(), "an NMI");
	tap_expect(!irqkit_smp_stopping(), "nobody stops");
	stop_init(NULL);
	tap_equal(irqkit_smp_stop(0, &silent), -EINVAL, "no time");
	tap_expect(cpumask_equal(&silent, cpu_possible_mask), "unchanged");
	tap_expect(!irqkit_smp_stop_nmi(), "an NMI");
	tap_expect(!irqkit_smp_stopping(), "nobody stops yet");
	tap_equal(stop_sim->nr_calls, 0, "IPIs");
}

/* A domain whose interrupts cannot be requested. */
static int stop_alloc(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr, const void *arg)
{
	(void)nr;
	(void)arg;
	irq_domain_set_info(domain, irq, 0, &stop_sim->chip, NULL,
			    handle_percpu_irq);
	return 0;
}

static void stop_free(struct irq_domain *domain, unsigned int irq,
		      unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static int stop_activate(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	(void)data;
	return -ENODEV;
}

static void stop_test_init_request(void)
{
	static const struct irq_domain_ops ops = {
		.alloc = stop_alloc,
		.free = stop_free,
		.activate = stop_activate,
	};
	const struct irq_domain_info broken = {
		.name = "broken",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = 1,
		.ops = &ops,
	};
	struct irqkit_smp_stop_info info = {.domain = NULL};
	unsigned int irqs = suite_count_irqs();

	tap_equal(irq_domain_create(&broken, &info.domain), 0, "domain");
	tap_equal(irqkit_smp_stop_init(&info), -ENODEV, "not activated");
	tap_equal(suite_count_irqs(), irqs, "irqs");
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), -EINVAL, "still no init");
	info.domain = stop_sim->domain;
	tap_equal(irqkit_smp_stop_init(&info), 0, "another domain");
}

static void stop_test_init_errors(void)
{
	struct sim_ipi *per_cpu = sim_ipi_create("per-CPU", true, true, 64);
	struct irqkit_smp_stop_info info = {.domain = NULL};

	tap_equal(irqkit_smp_stop_init(NULL), -EINVAL, "no info");
	tap_equal(irqkit_smp_stop_init(&info), -EINVAL, "no domain");
	info.domain = per_cpu->domain;
	tap_equal(irqkit_smp_stop_init(&info), -EINVAL, "per-CPU mode");
	info.domain = stop_sim->domain;
	stop_sim->fail_at = 1;
	stop_sim->fail_with = -ENOSPC;
	tap_equal(irqkit_smp_stop_init(&info), -ENOSPC, "no hwirq");
	stop_sim->fail_at = 0;
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), -EINVAL, "still no init");
}

static void stop_test_init_memory(void)
{
	const struct irqkit_smp_stop_info info = {.domain = stop_sim->domain};
	int error = -ENOMEM;

	for (unsigned int nth = 1; error == -ENOMEM; nth++) {
		unsigned int irqs = suite_count_irqs();

		host_fail_alloc(nth);
		error = irqkit_smp_stop_init(&info);
		if (host_alloc_failed())
			tap_equal(error, -ENOMEM, "allocation %u", nth);
		host_fail_alloc(0);
		if (error != 0)
			tap_equal(suite_count_irqs(), irqs, "irqs after %u",
				  nth);
	}
	tap_equal(error, 0, "at last");
	tap_equal(irqkit_smp_stop_init(&info), -EBUSY, "again");
}

static void stop_test_hearing(void)
{
	unsigned long live;
	struct cpumask silent;

	stop_init(stop_send_nmi);
	stop_spin_all(0);
	live = host_live();
	host_fail_alloc(1);
	host_clock_hook = stop_hook_log;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	host_clock_hook = NULL;
	stop_expect_silent(&silent, 0);
	stop_expect(0x1e);
	tap_equal(stop_sim->nr_calls, 1, "commands");
	tap_equal((long long)stop_sim->calls[0].dest.bits[0], 0x1e,
		  "to all that are online but the caller");
	for (unsigned int cpu = 0; cpu < STOP_CPUS; cpu++)
		tap_equal(stop_cpus[cpu].nmis, 0, "NMIs to cpu %u", cpu);
	tap_equal(host_log_lines(), stop_lines, "lines in the log");
	tap_expect(!host_alloc_failed() && host_live() == live, "no memory");
	tap_expect(irqkit_smp_stopping(), "it is known");
	host_fail_alloc(0);
	/* What was offline comes up as if nothing had been. */
	tap_equal(host_start_cpu(STOP_OFFLINE), 0, "start of an offline CPU");
	host_give_work(STOP_OFFLINE, stop_spin, NULL);
	tap_expect(stop_runs(STOP_OFFLINE), "it runs");
	tap_equal(stop_cpus[STOP_OFFLINE].ends, 0, "its ends");
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), -EBUSY, "once more");
	tap_equal(irqkit_smp_stop(0, &silent), -EINVAL, "no time");
	tap_expect(stop_runs(STOP_OFFLINE), "it runs on");
	tap_expect(!irqkit_port_irqs_disabled(), "interrupts are as before");
}

/* A controller that takes single CPUs, nobody who wants to know, no end. */
static void stop_test_plain(void)
{
	struct sim_ipi *sim = sim_ipi_create("singles", false, false, 64);
	const struct irqkit_smp_stop_info info = {.domain = sim->domain};

	tap_equal(irqkit_smp_stop_init(&info), 0, "init");
	stop_spin_all(0);
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), 0, "stop");
	tap_equal(sim->nr_calls, STOP_CPUS - 2, "commands");
	for (unsigned int cpu = 1; cpu < STOP_OFFLINE; cpu++)
		tap_expect(!stop_runs(cpu), "cpu %u stands still", cpu);
}

static void stop_test_alone(void)
{
	struct cpumask silent;

	for (unsigned int cpu = 1; cpu < STOP_OFFLINE; cpu++)
		tap_equal(suite_cpu_down(cpu, NULL), 0, "cpu %u goes", cpu);
	stop_init(stop_send_nmi);
	cpumask_copy(&silent, cpu_possible_mask);
	tap_equal(irqkit_smp_stop(1, &silent), 0, "stop");
	stop_expect_silent(&silent, 0);
	tap_equal(stop_sim->nr_calls, 0, "commands");
}

/* Without an NMI: bounded, and it is told who is deaf. */
static void stop_test_deaf(void)
{
	struct cpumask silent;
	uint64_t start, took;

	stop_init(NULL);
	stop_spin_all(0x14);
	host_clock_hook = stop_hook_log;
	start = stop_now();
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), -ETIMEDOUT, "stop");
	took = stop_now() - start;
	host_clock_hook = NULL;
	stop_expect_silent(&silent, 0x14);
	tap_expect(took >= STOP_TIME && took < STOP_TIME * 2, "it took %u us",
		   (unsigned int)took / 1000);
	tap_equal(host_log_lines(), stop_lines + 1, "lines in the log");
	tap_expect(strstr(host_last_log(), "cpu 0 stopped") != NULL &&
			   strstr(host_last_log(), " 2 that did") != NULL &&
			   strstr(host_last_log(), ": 2,4") != NULL,
		   "the line: %s", host_last_log());
	stop_expect(0x0a);
}

/* One that was deaf still stops when it listens, or is sent an NMI. */
static void stop_test_late(void)
{
	stop_init(NULL);
	stop_spin_all(0x04);
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), -ETIMEDOUT, "stop");
	stop_expect(0x1a);
	stop_cpus[2].nmi = true;
	stop_runs(2);
	stop_expect(0x1e);
}

static void stop_test_nmi(void)
{
	struct cpumask silent;
	uint64_t start;

	stop_init(stop_send_nmi);
	stop_spin_all(0x14);
	host_clock_hook = stop_hook_log;
	start = stop_now();
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	host_clock_hook = NULL;
	stop_expect_silent(&silent, 0);
	stop_expect(0x1e);
	for (unsigned int cpu = 0; cpu < STOP_CPUS; cpu++)
		tap_equal(stop_cpus[cpu].nmis, cpu == 2 || cpu == 4,
			  "NMIs to cpu %u", cpu);
	tap_expect(stop_first_nmi - start >= STOP_TIME / 2,
		   "the first after half of the time: %u us",
		   (unsigned int)(stop_first_nmi - start) / 1000);
	tap_equal(host_log_lines(), stop_lines, "lines in the log");
}

/* HZ49: the ICR is never idle; the others are reached all the same. */
static void stop_test_nmi_fails(void)
{
	struct cpumask silent;
	uint64_t start, took;

	stop_init(stop_send_nmi);
	stop_spin_all(0x1c);
	stop_nmi_dead = 2;
	stop_nmi_error = -ETIMEDOUT;
	start = stop_now();
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), -ETIMEDOUT, "stop");
	took = stop_now() - start;
	stop_expect_silent(&silent, 0x04);
	stop_expect(0x1a);
	tap_equal(stop_cpus[2].nmis, 1, "NMIs to it");
	tap_expect(took >= STOP_TIME && took < STOP_TIME * 2, "it took %u us",
		   (unsigned int)took / 1000);
}

/* There is a time for NMIs even if the IPIs took all there is. */
static void stop_test_no_time(void)
{
	stop_init(stop_send_nmi);
	stop_spin_all(0x1e);
	/* The last one may not have answered by then. */
	irqkit_smp_stop(1, NULL);
	tap_equal(stop_sim->nr_calls, 1, "commands");
	for (unsigned int cpu = 1; cpu < STOP_CPUS; cpu++)
		tap_equal(stop_cpus[cpu].nmis, cpu != STOP_OFFLINE,
			  "NMIs to cpu %u", cpu);
}

/* The IPI reaches one of them not: its interrupts are on, in vain. */
static void stop_test_send_fails(void)
{
	struct cpumask silent;

	stop_init(stop_send_nmi);
	stop_spin_all(0);
	stop_sim->fail_cpu = 3;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	stop_expect_silent(&silent, 0);
	stop_expect(0x1e);
	for (unsigned int cpu = 0; cpu < STOP_CPUS; cpu++)
		tap_equal(stop_cpus[cpu].nmis, cpu == 3, "NMIs to cpu %u", cpu);
}

static unsigned int stop_reads;

/* The second half of the time begins here. */
static void stop_hook_mend(void)
{
	if (stop_sim->nr_calls == 0 || ++stop_reads != 20)
		return;
	stop_sim->fail_cpu = ~0U;
}

/* Without an NMI it is sent again to those that are left. */
static void stop_test_sent_again(void)
{
	struct cpumask silent;

	stop_init(NULL);
	stop_spin_all(0);
	stop_sim->fail_cpu = 3;
	host_clock_hook = stop_hook_mend;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	host_clock_hook = NULL;
	stop_expect_silent(&silent, 0);
	stop_expect(0x1e);
	tap_equal((long long)stop_sim->calls[1].dest.bits[0], 1L << 3,
		  "the second one to it alone");
}

static void stop_call(void *unused)
{
	(void)unused;
	irqkit_port_irq_save();
	irqkit_smp_stop(STOP_TIME, NULL);
	/* It is to end there. */
	stop_wrong++;
}

/* Two that panic at once: one stops all, the other one stops in its call. */
static void stop_test_two(void)
{
	struct cpumask silent;

	stop_init(NULL);
	host_give_work(1, stop_call, NULL);
	host_give_work(2, stop_spin, NULL);
	host_give_work(3, stop_spin, NULL);
	host_give_work(4, stop_call, NULL);
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	stop_expect_silent(&silent, 0);
	stop_expect(0x1e);
	tap_equal(stop_sim->nr_calls, 1, "commands");
	/* And one that panics when it is over. */
	tap_equal(host_start_cpu(STOP_OFFLINE), 0, "start of another CPU");
	host_give_work(STOP_OFFLINE, stop_call, NULL);
	for (unsigned int i = 0; i < 40; i++)
		host_yield();
	tap_equal(stop_cpus[STOP_OFFLINE].ends, 1, "it ends, too");
	tap_equal(stop_wrong, 0, "calls that returned");
}

static void stop_end_child(void)
{
	fflush(stdout);
	host_dump_coverage();
	_exit(tap_is_good() && host_violations() == 0 ? 0 : 1);
}

/* On CPU 3, while CPU 0 waits for it. */
static void stop_first(void *unused)
{
	struct cpumask silent;

	(void)unused;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop by cpu 3");
	stop_expect_silent(&silent, 0);
	for (unsigned int cpu = 0; cpu < STOP_OFFLINE; cpu++)
		tap_equal(stop_cpus[cpu].ends, cpu != 3, "cpu %u: ends", cpu);
	tap_equal(stop_wrong, 0, "nothing else");
	stop_end_child();
}

static void stop_test_loser(void)
{
	stop_init(NULL);
	host_give_work(3, stop_first, NULL);
	while (!irqkit_smp_stopping())
		host_yield();
	irqkit_port_irq_save();
	irqkit_smp_stop(STOP_TIME, NULL);
	tap_expect(false, "cpu 0 goes on");
}

/* An NMI of somebody else; one that comes in the middle of the last work. */
static void stop_test_whose_nmi(void)
{
	stop_init(NULL);
	stop_spin_all(0x06);
	stop_cpus[1].nmi = true;
	tap_expect(stop_runs(1), "cpu 1 runs on after an NMI");
	tap_expect(stop_cpus[1].foreign, "it was nobody's");
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), -ETIMEDOUT, "stop");
	tap_expect(!irqkit_smp_stop_nmi(), "an NMI at the caller");
	stop_cpus[1].nmi = true;
	stop_runs(1);
	stop_expect(0x1a);
	tap_expect(!stop_cpus[1].ignored, "it stopped in it");
	host_become(3);
	tap_expect(irqkit_smp_stop_nmi(), "an NMI at one that has stopped");
	host_become(0);
	tap_equal(stop_cpus[3].ends, 1, "ends");
	tap_equal(host_start_cpu(STOP_OFFLINE), 0, "start of another CPU");
	host_become(STOP_OFFLINE);
	tap_expect(!irqkit_smp_stop_nmi(), "an NMI at one that came later");
	host_become(0);
}

static void stop_hook_leave(void)
{
	unsigned int before;

	if (++stop_reads != 20)
		return;
	host_clock_hook = NULL;
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "offline");
	before = host_become(3);
	tap_equal(irqkit_cpu_dying(3, NULL), 0, "dying");
	host_become(before);
}

/* HZ47: a CPU that leaves is not waited for. */
static void stop_test_leaves(void)
{
	struct cpumask silent;

	stop_init(NULL);
	stop_spin_all(0x08);
	host_clock_hook = stop_hook_leave;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), 0, "stop");
	stop_expect_silent(&silent, 0);
	tap_expect(stop_reads == 20, "it left in the middle");
}

static void stop_hook_come(void)
{
	if (++stop_reads != 20)
		return;
	host_clock_hook = NULL;
	host_booting = true;
	tap_equal(host_start_cpu(STOP_OFFLINE), 0, "start");
	host_booting = false;
}

static void stop_test_comes(void)
{
	struct cpumask silent;

	stop_init(NULL);
	stop_spin_all(0x08);
	host_clock_hook = stop_hook_come;
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), -ETIMEDOUT, "stop");
	stop_expect_silent(&silent, 0x08);
	tap_equal(stop_cpus[STOP_OFFLINE].ends, 1, "ends of the new CPU");
	tap_equal(stop_sim->nr_calls, 3, "commands");
	tap_equal((long long)stop_sim->calls[1].dest.bits[0],
		  1L << STOP_OFFLINE, "the second one to it alone");
	tap_equal((long long)stop_sim->calls[2].dest.bits[0], 1L << 3,
		  "the last one to who did not answer");
}

/* In the middle of anything: the locks are held, and nobody lets them go. */
IRQKIT_UNCHECKED_LOCKING
static void stop_test_locked(void)
{
	static struct irqkit_lock outer, inner;
	struct irq_desc *desc;
	struct cpumask silent;
	int irq;

	stop_init(stop_send_nmi);
	irq = irq_reserve_ipi(stop_sim->domain, cpu_possible_mask);
	desc = irq_to_desc((unsigned int)irq);
	sim_ipi_clear(stop_sim);
	irqkit_lock_init(&outer, RANK_DOMAIN);
	irqkit_lock_init(&inner, RANK_CONTROLLER);
	stop_spin_all(0x1c);
	stop_nmi_dead = 2;
	irqkit_port_irq_save();
	irqkit_lock_enter(&outer);
	irqkit_lock_enter(&desc->lock);
	irqkit_lock_enter(&inner);
	tap_equal(irqkit_smp_stop(STOP_TIME, &silent), -ETIMEDOUT, "stop");
	stop_expect_silent(&silent, 0x04);
	tap_equal(host_log_lines(), stop_lines + 1, "lines in the log");
	irqkit_lock_leave(&inner);
	irqkit_lock_leave(&desc->lock);
	irqkit_lock_leave(&outer);
	tap_expect(irqkit_port_irqs_disabled(), "interrupts are as before");
}

static unsigned int stop_failures;

/* In a kernel this is a panic, which wants to stop all. */
static void stop_fails_at_end(unsigned int cpu)
{
	stop_at_end(cpu);
	stop_failures++;
	irqkit_smp_stop(STOP_TIME, NULL);
	stop_wrong++;
}

static void stop_test_fails_at_end(void)
{
	const struct irqkit_smp_stop_info info = {
		.domain = stop_sim->domain,
		.stopped = stop_fails_at_end,
	};

	tap_equal(irqkit_smp_stop_init(&info), 0, "init");
	stop_spin_all(0);
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), 0, "stop");
	for (unsigned int i = 0; i < 40; i++)
		host_yield();
	stop_expect(0x1e);
	tap_equal(stop_failures, STOP_CPUS - 2, "last functions");
}

static int stop_handler_result = 1;

static irqreturn_t stop_in_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	if (irqkit_port_cpu() == 0)
		stop_handler_result = irqkit_smp_stop(STOP_TIME, NULL);
	else
		stop_spin(stop_cpus);
	return IRQ_HANDLED;
}

/*
 * The caller is in a handler, and so is CPU 2, with interrupts off: what waits
 * for handlers later does not wait for the CPUs that have stopped in them.
 */
static void stop_test_handler(void)
{
	int irq = irq_reserve_ipi(stop_sim->domain, cpu_possible_mask);
	unsigned int number = (unsigned int)irq;

	tap_equal(request_irq(number, stop_in_handler, 0, "test", NULL), 0,
		  "request");
	stop_init(stop_send_nmi);
	tap_equal(ipi_send_single(number, 2), 0, "to cpu 2");
	tap_expect(stop_runs(2), "it is in the handler");
	tap_equal(ipi_send_single(number, 0), 0, "to itself");
	tap_expect(!stop_runs(2), "cpu 2 stands still");
	tap_equal(stop_handler_result, 0, "stop");
	tap_equal(stop_cpus[2].nmis, 1, "by an NMI");
	tap_equal(free_irq(number, NULL), 0, "free");
	tap_equal(irq_destroy_ipi(number, cpu_possible_mask), 0, "destroy");
}

/* The number of the stop's IPI, which nobody is told: somebody else sends it.
 */
static void stop_test_stray(void)
{
	unsigned int irq = 1;

	stop_init(stop_send_nmi);
	stop_spin_all(0);
	while (irq < 256 && ipi_send_single(irq, 1) != 0)
		irq++;
	tap_expect(irq < 256, "its irq");
	tap_expect(stop_runs(1), "cpu 1 runs on");
	tap_equal((long long)kstat_irqs_cpu(irq, 1), 1, "it was taken");
	tap_equal(irqkit_smp_stop(STOP_TIME, NULL), 0, "stop");
	stop_expect(0x1e);
}

static const struct {
	const char *name;
	void (*run)(void);
} stop_tests[] = {
	{"before it can be done: refused, nothing sent", stop_test_before},
	{"irqkit_smp_stop_init(): what cannot be", stop_test_init_errors},
	{"irqkit_smp_stop_init(): no request", stop_test_init_request},
	{"irqkit_smp_stop_init(): no memory, and twice", stop_test_init_memory},
	{"CPUs that listen stop, those offline are left", stop_test_hearing},
	{"one command a CPU, no NMI, no function, no mask", stop_test_plain},
	{"nobody else is online", stop_test_alone},
	{"CPUs that are deaf, no NMI: said so, in time", stop_test_deaf},
	{"a deaf CPU stops when it listens", stop_test_late},
	{"CPUs that are deaf: an NMI to each of them only", stop_test_nmi},
	{"HZ49: an NMI that cannot be sent", stop_test_nmi_fails},
	{"an NMI is sent however late it is", stop_test_no_time},
	{"the IPI is sent again", stop_test_sent_again},
	{"an IPI that cannot be sent", stop_test_send_fails},
	{"two that panic at once, and one after", stop_test_two},
	{"the one that starts the tests is not the first", stop_test_loser},
	{"NMIs of others, and in the last work", stop_test_whose_nmi},
	{"a CPU that leaves meanwhile", stop_test_leaves},
	{"a CPU that comes meanwhile", stop_test_comes},
	{"locks are held by the caller", stop_test_locked},
	{"a last function that fails", stop_test_fails_at_end},
	{"in handlers", stop_test_handler},
	{"an interrupt that nobody asked for", stop_test_stray},
};

/* What failed is printed by the child. */
static bool stop_in_child(void (*run)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		alarm(STOP_SECONDS);
		run();
		stop_end_child();
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/*
 * The address sanitizer says once that it does not know the stacks of
 * coroutines: here, and not in each child.
 */
static void stop_warn_once(void *unused)
{
	jmp_buf here;

	(void)unused;
	if (setjmp(here) == 0)
		longjmp(here, 1);
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, STOP_OFFLINE);
	host_start(STOP_CPUS, &offline);
	stop_sim = sim_ipi_create("stop", false, true, 64);
	host_give_work(1, stop_warn_once, NULL);
	while (!host_is_idle(1))
		host_yield();
	for (size_t i = 0; i < sizeof(stop_tests) / sizeof(stop_tests[0]);
	     i++) {
		tap_subject("%s", stop_tests[i].name);
		tap_expect(stop_in_child(stop_tests[i].run),
			   "its process ends well");
		tap_close();
	}
	return host_end();
}
