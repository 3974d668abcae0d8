/* SPDX-License-Identifier: MIT */
/*
 * IPIs are reserved, attached, sent, detached and destroyed, while others send
 * to numbers that may be gone (HZ43), and a CPU goes and comes (HZ47). What
 * was stored before a send is there in the handler.
 */
#include "threads.h"

#define SEND_MS	   2500U
#define SEND_TURNS 30U

/* To each CPU from each: the plain words that a send carries. */
static struct send_parcel {
	unsigned long value;
	unsigned long seen;
	bool there; /* by release and acquire, to the sender back */
} IRQKIT_ALIGNED(64) send_parcels[THREADS_CPUS];

static unsigned int send_irq; /* the number of the moment, or 0 */
static unsigned long send_rounds, send_sent, send_handled;
static bool send_live;

static irqreturn_t send_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	threads_expect(*(bool *)dev_id, "a handler that was freed");
	threads_add(&send_handled, 1);
	return IRQ_HANDLED;
}

/* The number is the others' from here until it is taken back. */
static void send_life(void)
{
	while (!threads_over()) {
		struct cpumask all;
		int irq;

		irqkit_cpumask_first_n(&all, THREADS_CPUS);
		irq = irq_reserve_ipi(wire_ipis, &all);
		threads_expect(irq > 0, "irq_reserve_ipi()");
		if (irq <= 0)
			return;
		send_live = true;
		threads_expect(request_irq((unsigned int)irq, send_handler, 0,
					   "send", &send_live) == 0,
			       "request_irq()");
		threads_store(&send_irq, (unsigned int)irq);
		for (unsigned int i = 0; i < SEND_TURNS; i++)
			threads_poll();
		threads_expect(free_irq((unsigned int)irq, &send_live) == 0,
			       "free_irq()");
		send_live = false;
		threads_expect(irq_destroy_ipi((unsigned int)irq, &all) == 0,
			       "irq_destroy_ipi()");
		threads_add(&send_rounds, 1);
	}
}

/* Whoever has it by now. */
static void send_some(void)
{
	while (!threads_over()) {
		unsigned int irq = threads_load(&send_irq);
		unsigned int cpu = threads_random(THREADS_CPUS + 1);
		struct cpumask mask;
		int error = ipi_send_single(irq, cpu);

		threads_expect(error == 0 || error == -EINVAL ||
				       error == -ENXIO,
			       "ipi_send_single()");
		threads_add(&send_sent, error == 0);
		irqkit_cpumask_first_n(&mask, cpu);
		error = ipi_send_mask(irq, &mask);
		threads_expect(error == 0 || error == -EINVAL ||
				       error == -ENXIO,
			       "ipi_send_mask()");
		ipi_get_hwirq(irq, cpu);
		threads_poll();
	}
}

static void send_run(void)
{
	unsigned int rounds = 0;

	threads_subject("IPIs come and go while others send them", SEND_MS);
	threads_give(1, send_life);
	threads_give(2, send_some);
	threads_give(3, send_some);
	for (; !threads_over(); rounds++) {
		tap_equal(threads_cpu_down(3), 0, "cpu 3 goes");
		threads_poll();
		tap_equal(threads_cpu_up(3), 0, "cpu 3 comes");
		threads_poll();
	}
	threads_join();
	tap_note("%lu lives, %lu sent, %lu handled, %u CPUs went", send_rounds,
		 send_sent, send_handled, rounds);
	tap_expect(send_rounds > 5 && send_sent > 10 && send_handled > 5,
		   "lives, sent, handled: %lu, %lu, %lu", send_rounds,
		   send_sent, send_handled);
	threads_close();
}

/* The parcel is the target's until it says so. */
static irqreturn_t send_take(unsigned int irq, void *dev_id)
{
	struct send_parcel *parcel = &send_parcels[irqkit_port_cpu()];

	(void)irq;
	(void)dev_id;
	parcel->seen = parcel->value;
	__atomic_store_n(&parcel->there, true, __ATOMIC_RELEASE);
	return IRQ_HANDLED;
}

/* Each CPU sends to the next one. */
static void send_parcels_on(void)
{
	unsigned int to = irqkit_port_cpu() % (THREADS_CPUS - 1) + 1;
	struct send_parcel *parcel = &send_parcels[to];
	unsigned long value = 0;

	while (!threads_over()) {
		parcel->there = false;
		parcel->value = ++value;
		threads_expect(ipi_send_single(send_irq, to) == 0, "send");
		while (!__atomic_load_n(&parcel->there, __ATOMIC_ACQUIRE))
			threads_poll();
		threads_expect(parcel->seen == value, "what was sent");
		threads_add(&send_sent, 1);
	}
}

static void send_run_parcels(void)
{
	struct cpumask all;

	threads_subject("what was stored before a send is there", 1000);
	irqkit_cpumask_first_n(&all, THREADS_CPUS);
	send_irq = (unsigned int)irq_reserve_ipi(wire_ipis, &all);
	tap_equal(request_irq(send_irq, send_take, 0, "take", NULL), 0,
		  "request");
	send_sent = 0;
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, send_parcels_on);
	threads_join();
	tap_expect(send_sent > 10, "parcels: %lu", send_sent);
	tap_equal(free_irq(send_irq, NULL), 0, "free_irq()");
	tap_equal(irq_destroy_ipi(send_irq, &all), 0, "destroy");
	threads_close();
}

/* Cookies of each CPU, plain, and free again when it has been detached. */
static unsigned long send_counts[THREADS_CPUS];
static void *send_cookies[THREADS_CPUS];

static irqreturn_t send_percpu(unsigned int irq, void *dev_id)
{
	(void)irq;
	++*(unsigned long *)dev_id;
	return IRQ_HANDLED;
}

/* On and off on each CPU by itself, while CPU 0 sends. */
static void send_switch(void)
{
	while (!threads_over()) {
		threads_expect(enable_percpu_irq(send_irq) == 0, "enable");
		threads_poll();
		threads_expect(disable_percpu_irq(send_irq) == 0, "disable");
		send_counts[irqkit_port_cpu()]++;
		threads_poll();
	}
}

static void send_run_percpu(void)
{
	struct cpumask all;

	threads_subject("a per-CPU handler, on and off on each CPU", 1000);
	irqkit_cpumask_first_n(&all, THREADS_CPUS);
	send_irq = (unsigned int)irq_reserve_ipi(wire_ipis, &all);
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++)
		send_cookies[cpu] = &send_counts[cpu];
	tap_equal(request_percpu_irq(send_irq, send_percpu, "percpu",
				     send_cookies),
		  0, "request");
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, send_switch);
	while (!threads_over()) {
		tap_equal(ipi_send_mask(send_irq, &all), 0, "send");
		threads_poll();
	}
	threads_join();
	tap_equal(free_percpu_irq(send_irq, send_cookies), 0, "free");
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++) {
		tap_expect(send_counts[cpu] > 5, "cpu %u: %lu", cpu,
			   send_counts[cpu]);
		send_counts[cpu] = 0;
	}
	tap_equal(irq_destroy_ipi(send_irq, &all), 0, "destroy");
	threads_close();
}

int main(void)
{
	threads_begin();
	send_run();
	send_run_parcels();
	send_run_percpu();
	return threads_end();
}
