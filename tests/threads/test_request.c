/* SPDX-License-Identifier: MIT */
/*
 * Handlers are attached and detached while their interrupts arrive. A cookie
 * is plain memory that is changed as soon as free_irq() has returned: a
 * handler that still ran would be a race.
 */
#include "threads.h"

#define REQUEST_MS    1500U
#define REQUEST_TURNS 20U

struct request_cookie {
	bool live;
	unsigned long handled;
	unsigned long threaded;
} IRQKIT_ALIGNED(64);

static struct request_cookie request_cookies[THREADS_CPUS];
static unsigned int request_irqs[THREADS_CPUS];
static unsigned long request_total;
static unsigned long request_rounds;

static irqreturn_t request_handler(unsigned int irq, void *dev_id)
{
	struct request_cookie *cookie = dev_id;

	for (unsigned int line = 0; line < THREADS_CPUS; line++) {
		if (request_irqs[line] == irq)
			wire_silence(line);
	}
	threads_expect(cookie->live, "a handler whose cookie is gone");
	threads_add(&cookie->handled, 1);
	threads_add(&request_total, 1);
	return IRQ_HANDLED;
}

static irqreturn_t request_wake(unsigned int irq, void *dev_id)
{
	request_handler(irq, dev_id);
	return IRQ_WAKE_THREAD;
}

/* One of an interrupt runs at a time, so that its own count needs no care. */
static irqreturn_t request_thread(unsigned int irq, void *dev_id)
{
	struct request_cookie *cookie = dev_id;

	(void)irq;
	threads_expect(cookie->live, "a thread whose cookie is gone");
	cookie->threaded++;
	return IRQ_HANDLED;
}

static struct request_cookie *request_own(void)
{
	return &request_cookies[irqkit_port_cpu()];
}

static void request_fire_some(unsigned int line)
{
	for (unsigned int i = 0; i < REQUEST_TURNS; i++) {
		wire_fire(line);
		threads_poll();
	}
}

/* Until this CPU's cookie is gone again. */
static void request_detach(unsigned int irq)
{
	struct request_cookie *cookie = request_own();

	threads_expect(free_irq(irq, cookie) == 0, "free_irq()");
	cookie->live = false;
	cookie->handled = 0;
	cookie->threaded = 0;
	threads_add(&request_rounds, 1);
}

static void request_alone(void)
{
	unsigned int line = irqkit_port_cpu();

	while (!threads_over()) {
		request_own()->live = true;
		threads_expect(request_irq(request_irqs[line], request_handler,
					   0, "alone", request_own()) == 0,
			       "request_irq()");
		request_fire_some(threads_random(THREADS_CPUS));
		request_detach(request_irqs[line]);
	}
}

static void request_sharing(void)
{
	while (!threads_over()) {
		int error;

		request_own()->live = true;
		do
			error = request_irq(request_irqs[0], request_handler,
					    IRQF_SHARED, "shared",
					    request_own());
		while (error == -EBUSY);
		threads_expect(error == 0, "a shared request_irq()");
		request_fire_some(0);
		request_detach(request_irqs[0]);
	}
}

static void request_threaded(void)
{
	unsigned int line = irqkit_port_cpu();

	while (!threads_over()) {
		int error;

		request_own()->live = true;
		error = request_threaded_irq(request_irqs[line], request_wake,
					     request_thread,
					     IRQF_ONESHOT | IRQF_TRIGGER_HIGH,
					     "threaded", request_own());
		threads_expect(error == 0, "request_threaded_irq()");
		request_fire_some(threads_random(THREADS_CPUS));
		request_detach(request_irqs[line]);
	}
}

/* All others at once; this CPU fires, and takes what comes to it. */
static void request_run(const char *name, void (*work)(void),
			irq_flow_handler_t flow)
{
	unsigned long live;

	threads_subject(name, REQUEST_MS);
	for (unsigned int line = 0; line < THREADS_CPUS; line++)
		request_irqs[line] = wire_map(line, flow);
	live = threads_live();
	request_total = 0;
	request_rounds = 0;
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, work);
	while (!threads_over()) {
		wire_fire(threads_random(THREADS_CPUS));
		threads_poll();
	}
	threads_join();
	tap_note("%lu requests, %lu handled", request_rounds, request_total);
	tap_expect(request_rounds > 5 && request_total > 20,
		   "requests and interrupts: %lu, %lu", request_rounds,
		   request_total);
	tap_equal((long long)threads_live(), (long long)live, "memory");
	for (unsigned int line = 0; line < THREADS_CPUS; line++)
		tap_equal(irq_domain_free_irqs(request_irqs[line], 1), 0,
			  "free");
	threads_close();
}

int main(void)
{
	threads_begin();
	request_run("an edge is requested and freed while it fires",
		    request_alone, handle_edge_irq);
	request_run("the same with messages", request_alone,
		    handle_fasteoi_irq);
	request_run("a shared interrupt: actions come and go", request_sharing,
		    handle_edge_irq);
	request_run("threaded handlers of a level come and go",
		    request_threaded, handle_level_irq);
	return threads_end();
}
