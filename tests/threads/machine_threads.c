/* SPDX-License-Identifier: MIT */
/*
 * CPUs that are threads, and the port for them; see threads.h. What a CPU is
 * told by another goes by release and acquire of its order; nothing else here
 * orders anything, so that the sanitizer sees what the library orders.
 */
#include "threads.h"
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Here it is the real one. */
#undef __atomic_thread_fence

/* For each wait of one CPU for another. */
#define THREADS_PATIENCE_NS 60000000000ULL

enum threads_order {
	THREADS_RUN,
	THREADS_START, /* from a CPU that is down */
	THREADS_STOP,
	THREADS_DOWN,
};

struct threads_cpu {
	unsigned int order;
	void (*work)(void); /* NULL: it is idle */
	bool stop;	    /* asked while it works */
	int result;	    /* of its own step */
	pthread_t thread;
} IRQKIT_ALIGNED(64);

static struct threads_cpu threads_cpus[THREADS_CPUS];
static __thread unsigned int threads_this;
static __thread bool threads_irqs_off;
static __thread uint32_t threads_seed;

static uint64_t threads_until;
static unsigned long threads_nr_live;
static unsigned int threads_reports;
static const char *threads_wrong;
static unsigned long threads_nr_wrong;

/* Called by the sanitizer's runtime for each report. */
void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
	(void)report;
	threads_add(&threads_reports, 1);
}

/*
 * A load that an acquire fence makes an acquire is done once more, as such;
 * those in irqkit that come before a fence are of these words.
 */
static void threads_acquire(void)
{
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++)
		__atomic_load_n(&irqkit_dispatch_table[cpu].sequence,
				__ATOMIC_ACQUIRE);
	for (unsigned int i = 0; i < IRQKIT_CPU_FOREIGN; i++)
		__atomic_load_n(&irqkit_cpu_masks[i].bits[0], __ATOMIC_ACQUIRE);
}

void threads_fence(int order);
void threads_fence(int order)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (order != __ATOMIC_RELEASE)
		threads_acquire();
}

static void threads_take_interrupts(void)
{
	while (!threads_irqs_off && wire_has_interrupt(threads_this)) {
		threads_irqs_off = true;
		wire_take_interrupt(threads_this);
		threads_irqs_off = false;
	}
}

unsigned int irqkit_port_cpu(void)
{
	return threads_this;
}

struct hwcpu irqkit_port_hwcpu(unsigned int cpu)
{
	return (struct hwcpu){.id = cpu};
}

unsigned long irqkit_port_irq_save(void)
{
	bool before = threads_irqs_off;

	threads_take_interrupts();
	threads_irqs_off = true;
	return before;
}

void irqkit_port_irq_restore(unsigned long state)
{
	threads_irqs_off = state != 0;
	threads_take_interrupts();
}

bool irqkit_port_irqs_disabled(void)
{
	return threads_irqs_off;
}

void irqkit_port_relax(void)
{
	threads_take_interrupts();
	sched_yield();
}

void *irqkit_port_alloc(size_t size, size_t align)
{
	void *memory;

	threads_take_interrupts();
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (posix_memalign(&memory, align, size) != 0)
		return NULL;
	threads_add(&threads_nr_live, 1);
	return memset(memory, 0, size);
}

void irqkit_port_free(void *memory, size_t size)
{
	threads_take_interrupts();
	/* The next owner of the memory writes to it, whoever reads it yet. */
	memset(memory, 0xa5, size);
	threads_add(&threads_nr_live, -1UL);
	free(memory);
}

unsigned long threads_live(void)
{
	return threads_load(&threads_nr_live);
}

static uint64_t threads_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

uint64_t irqkit_port_nanoseconds(void)
{
	threads_take_interrupts();
	return threads_now();
}

void irqkit_port_log(enum irqkit_log_level level, const char *line)
{
	(void)level;
	(void)line;
}

void irqkit_port_panic(const char *text)
{
	printf("Bail out! panic on cpu %u: %s\n", threads_this, text);
	fflush(stdout);
	_exit(1);
}

int irqkit_port_cpu_node(unsigned int cpu)
{
	(void)cpu;
	return 0;
}

static __thread bool threads_entered;

void irqkit_port_enter(void)
{
	threads_expect(!threads_entered && threads_irqs_off,
		       "irqkit_port_enter() twice, or with interrupts on");
	threads_entered = true;
}

void irqkit_port_exit(void)
{
	threads_entered = false;
}

/* Deferred work is done by whichever CPU comes by. */
static struct irqkit_deferred *threads_deferred;
static pthread_mutex_t threads_defer_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread struct irqkit_deferred *threads_running;

void irqkit_port_defer(struct irqkit_deferred *work)
{
	pthread_mutex_lock(&threads_defer_lock);
	work->next = threads_deferred;
	threads_deferred = work;
	pthread_mutex_unlock(&threads_defer_lock);
}

static bool threads_run_deferred(void)
{
	struct irqkit_deferred *before = threads_running;
	struct irqkit_deferred *work;

	pthread_mutex_lock(&threads_defer_lock);
	work = threads_deferred;
	if (work != NULL)
		threads_deferred = work->next;
	pthread_mutex_unlock(&threads_defer_lock);
	if (work == NULL)
		return false;
	threads_running = work;
	irqkit_run_deferred(work);
	threads_running = before;
	return true;
}

void irqkit_port_yield(void)
{
	threads_take_interrupts();
	if (!threads_run_deferred())
		sched_yield();
}

const void *irqkit_port_thread(void)
{
	return threads_running != NULL ? (const void *)threads_running
				       : (const void *)&threads_seed;
}

unsigned int threads_random(unsigned int limit)
{
	threads_seed = threads_seed * 1664525U + 1013904223U;
	return (threads_seed >> 8) % limit;
}

void threads_expect(bool condition, const char *what)
{
	if (condition)
		return;
	threads_add(&threads_nr_wrong, 1);
	threads_store(&threads_wrong, what);
}

static unsigned int threads_order_of(unsigned int cpu)
{
	return __atomic_load_n(&threads_cpus[cpu].order, __ATOMIC_ACQUIRE);
}

static void threads_tell(unsigned int cpu, enum threads_order order)
{
	__atomic_store_n(&threads_cpus[cpu].order, order, __ATOMIC_RELEASE);
}

static void threads_stuck(unsigned int cpu)
{
	printf("Bail out! cpu %u does not answer\n", cpu);
	fflush(stdout);
	_exit(1);
}

/* From CPU 0, which takes its interrupts meanwhile. */
static void threads_await(unsigned int cpu, bool (*is_so)(unsigned int cpu))
{
	uint64_t end = threads_now() + THREADS_PATIENCE_NS;

	while (!is_so(cpu)) {
		irqkit_port_yield();
		if (threads_now() >= end)
			threads_stuck(cpu);
	}
}

static bool threads_is_down(unsigned int cpu)
{
	return threads_order_of(cpu) == THREADS_DOWN;
}

static bool threads_runs(unsigned int cpu)
{
	return threads_order_of(cpu) == THREADS_RUN;
}

static bool threads_is_idle(unsigned int cpu)
{
	return __atomic_load_n(&threads_cpus[cpu].work, __ATOMIC_ACQUIRE) ==
	       NULL;
}

/* On the CPU: its last steps, and its first ones. */
static void threads_die(struct threads_cpu *this)
{
	threads_take_interrupts();
	threads_irqs_off = true;
	this->result = irqkit_cpu_dying(threads_this, NULL);
	threads_tell(threads_this, THREADS_DOWN);
}

static void threads_start(struct threads_cpu *this)
{
	this->result = irqkit_cpu_starting(threads_this);
	threads_tell(threads_this, THREADS_RUN);
	threads_irqs_off = false;
}

/* Until CPU 0 has it started again. */
static void threads_park(struct threads_cpu *this)
{
	threads_die(this);
	while (threads_order_of(threads_this) != THREADS_START)
		sched_yield();
	threads_start(this);
}

void threads_poll(void)
{
	struct threads_cpu *this = &threads_cpus[threads_this];

	irqkit_port_yield();
	if (__atomic_exchange_n(&this->stop, false, __ATOMIC_ACQ_REL))
		threads_park(this);
}

static void threads_idle(struct threads_cpu *this)
{
	void (*work)(void) = __atomic_load_n(&this->work, __ATOMIC_ACQUIRE);

	switch (threads_order_of(threads_this)) {
	case THREADS_START:
		threads_start(this);
		break;
	case THREADS_DOWN:
		sched_yield();
		break;
	default:
		threads_poll();
		if (work == NULL)
			break;
		work();
		__atomic_store_n(&this->work, NULL, __ATOMIC_RELEASE);
	}
}

static void *threads_run(void *argument)
{
	struct threads_cpu *this = argument;

	threads_this = (unsigned int)(this - threads_cpus);
	threads_seed = threads_this * 77777U;
	threads_irqs_off = true;
	for (;;)
		threads_idle(this);
	return NULL;
}

void threads_give(unsigned int cpu, void (*work)(void))
{
	__atomic_store_n(&threads_cpus[cpu].work, work, __ATOMIC_RELEASE);
}

int threads_cpu_down(unsigned int cpu)
{
	int error = irqkit_cpu_offline(cpu, NULL);

	if (error != 0)
		return error;
	__atomic_store_n(&threads_cpus[cpu].stop, true, __ATOMIC_RELEASE);
	threads_await(cpu, threads_is_down);
	threads_expect(threads_cpus[cpu].result == 0, "a CPU cannot die");
	return irqkit_cpu_dead(cpu);
}

int threads_cpu_up(unsigned int cpu)
{
	int error = irqkit_cpu_prepare(cpu);

	if (error != 0)
		return error;
	threads_tell(cpu, THREADS_START);
	threads_await(cpu, threads_runs);
	threads_expect(threads_cpus[cpu].result == 0, "a CPU cannot start");
	return irqkit_cpu_online(cpu);
}

void threads_subject(const char *name, unsigned int milliseconds)
{
	tap_subject("%s", name);
	threads_store(&threads_until,
		      threads_now() + milliseconds * 1000000ULL);
}

bool threads_over(void)
{
	return threads_now() >= threads_load(&threads_until);
}

void threads_join(void)
{
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_await(cpu, threads_is_idle);
}

void threads_close(void)
{
	tap_equal(threads_load(&threads_reports), 0, "data races");
	tap_equal((long long)threads_load(&threads_nr_wrong), 0, "wrong: %s",
		  threads_wrong != NULL ? threads_wrong : "nothing");
	threads_reports = 0;
	threads_nr_wrong = 0;
	tap_close();
}

static void threads_print(void *context, const char *text)
{
	fputs(text, context);
}

void threads_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tap_begin(threads_print, stdout);
	threads_irqs_off = true;
	tap_ok(irqkit_init(THREADS_CPUS) == 0, "the machine");
	wire_begin();
	threads_irqs_off = false;
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++) {
		threads_tell(cpu, THREADS_DOWN);
		pthread_create(&threads_cpus[cpu].thread, NULL, threads_run,
			       &threads_cpus[cpu]);
		tap_ok(threads_cpu_up(cpu) == 0, "cpu %u", cpu);
	}
}

int threads_end(void)
{
	int status = tap_end() == 0 ? 0 : 1;

	/* The other CPUs never end. */
	fflush(stdout);
	_exit(status);
}
