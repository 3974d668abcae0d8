/* SPDX-License-Identifier: MIT */
/*
 * irqkit/port.h in a process of the host, but for the CPUs and their
 * interrupt state (machine_host.c). It notes calls that break the contract.
 */
#include "host.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "suites/tap.h"

#define PORT_PANIC_STATUS 42

/* A child that does not panic may hang instead. */
#define PORT_PANIC_SECONDS 5

struct port_piece {
	void *memory;
	size_t size;
};

static struct port_piece *port_pieces;
static unsigned long port_nr_pieces;
static unsigned long port_room;
static unsigned long port_fail_in;
static bool port_failed;

static unsigned int port_violations;
static char port_first_violation[160];

static unsigned int port_log_lines;
static char port_last_log[256];

/* Where the child of host_panics() writes its last words; -1 elsewhere. */
static int port_panic_fd = -1;

void host_violation(const char *what)
{
	if (port_violations++ == 0)
		snprintf(port_first_violation, sizeof(port_first_violation),
			 "%s", what);
}

unsigned int host_violations(void)
{
	return port_violations;
}

const char *host_first_violation(void)
{
	return port_first_violation;
}

void host_fail_alloc(unsigned long nth)
{
	port_fail_in = nth;
	if (nth != 0)
		port_failed = false;
}

/* Between the port's enter and exit, by CPU. */
static bool port_entered[IRQKIT_NR_CPUS];

bool host_alloc_failed(void)
{
	return port_failed;
}

unsigned long host_live(void)
{
	return port_nr_pieces;
}

bool host_booting;

/* Memory is for thread context, and for the boot before there are CPUs. */
static void port_check_context(const char *what)
{
	unsigned int cpu = irqkit_port_cpu();

	if (nr_cpu_ids != 0 && !host_booting && irqkit_port_irqs_disabled())
		host_violation(what);
	if ((irqkit_dispatch_table[cpu].sequence & 1) != 0)
		host_violation(what);
}

static void port_note_piece(void *memory, size_t size)
{
	if (port_nr_pieces == port_room) {
		port_room = port_room * 2 + 64;
		port_pieces = realloc(port_pieces,
				      port_room * sizeof(*port_pieces));
		if (port_pieces == NULL)
			abort();
	}
	port_pieces[port_nr_pieces++] = (struct port_piece){memory, size};
}

void *irqkit_port_alloc(size_t size, size_t align)
{
	void *memory;

	port_check_context("irqkit_port_alloc() outside of thread context");
	if (size == 0 || align == 0 || (align & (align - 1)) != 0 ||
	    align > 4096)
		host_violation("irqkit_port_alloc() of a bad size");
	if (port_fail_in != 0 && --port_fail_in == 0) {
		port_failed = true;
		return NULL;
	}
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (posix_memalign(&memory, align, size) != 0)
		return NULL;
	memset(memory, 0, size);
	port_note_piece(memory, size);
	return memory;
}

void irqkit_port_free(void *memory, size_t size)
{
	port_check_context("irqkit_port_free() outside of thread context");
	for (unsigned long i = port_nr_pieces; i-- > 0;) {
		if (port_pieces[i].memory != memory)
			continue;
		if (port_pieces[i].size != size)
			host_violation("irqkit_port_free() of another size");
		port_pieces[i] = port_pieces[--port_nr_pieces];
		free(memory);
		return;
	}
	host_violation("irqkit_port_free() of what was not allocated");
}

int (*host_node_of)(unsigned int cpu);

int irqkit_port_cpu_node(unsigned int cpu)
{
	return host_node_of != NULL ? host_node_of(cpu) : 0;
}

static struct irqkit_deferred *port_deferred;

void irqkit_port_defer(struct irqkit_deferred *work)
{
	struct irqkit_deferred **link = &port_deferred;

	if (!irqkit_port_irqs_disabled())
		host_violation("irqkit_port_defer() with interrupts on");
	for (; *link != NULL; link = &(*link)->next) {
		if (*link == work)
			host_violation("irqkit_port_defer() twice");
	}
	work->next = NULL;
	*link = work;
}

/* Each CPU has one thread; deferred work runs on that of its caller. */
static const struct irqkit_deferred *port_running[IRQKIT_NR_CPUS];

/* As if in a thread of its own. */
static void port_run_work(struct irqkit_deferred *work)
{
	unsigned int cpu = irqkit_port_cpu();
	const struct irqkit_deferred *before = port_running[cpu];

	port_running[cpu] = work;
	irqkit_run_deferred(work);
	port_running[cpu] = before;
}

unsigned int host_run_deferred(void)
{
	unsigned int done = 0;

	while (port_deferred != NULL) {
		struct irqkit_deferred *work = port_deferred;

		port_deferred = work->next;
		port_run_work(work);
		done++;
	}
	return done;
}

const void *irqkit_port_thread(void)
{
	unsigned int cpu = irqkit_port_cpu();

	if (port_running[cpu] != NULL)
		return port_running[cpu];
	return &port_running[cpu];
}

void irqkit_port_yield(void)
{
	host_run_deferred();
	host_yield();
}

struct hwcpu irqkit_port_hwcpu(unsigned int cpu)
{
	return (struct hwcpu){.id = cpu * 2 + 1};
}

void irqkit_port_log(enum irqkit_log_level level, const char *line)
{
	(void)level;
	port_log_lines++;
	snprintf(port_last_log, sizeof(port_last_log), "%s", line);
}

unsigned int host_log_lines(void)
{
	return port_log_lines;
}

const char *host_last_log(void)
{
	return port_last_log;
}

#ifdef HOST_COVERAGE
extern void __gcov_dump(void);
#endif

void host_dump_coverage(void)
{
#ifdef HOST_COVERAGE
	__gcov_dump();
#endif
}

void irqkit_port_panic(const char *text)
{
	if (port_panic_fd >= 0) {
		ssize_t written = write(port_panic_fd, text, strlen(text));

		host_dump_coverage();
		_exit(written > 0 ? PORT_PANIC_STATUS : 1);
	}
	printf("Bail out! panic: %s\n", text);
	fflush(stdout);
	_exit(1);
}

bool host_panics(void (*function)(void), const char *text)
{
	char words[256] = "";
	size_t length = 0;
	ssize_t got;
	int fds[2];
	int status;
	pid_t child;

	fflush(stdout);
	if (pipe(fds) != 0)
		return false;
	child = fork();
	if (child == 0) {
		port_panic_fd = fds[1];
		alarm(PORT_PANIC_SECONDS);
		function();
		_exit(0);
	}
	close(fds[1]);
	do {
		got = read(fds[0], words + length, sizeof(words) - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0 && length < sizeof(words) - 1);
	close(fds[0]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return false;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != PORT_PANIC_STATUS)
		return false;
	if (strstr(words, text) != NULL)
		return true;
	tap_note("panicked with: %s", words);
	return false;
}

/* Pairs on each CPU, in a dispatch, and never one within the other. */
void irqkit_port_enter(void)
{
	unsigned int cpu = irqkit_port_cpu();

	if (port_entered[cpu])
		host_violation("irqkit_port_enter() twice");
	if ((irqkit_dispatch_table[cpu].sequence & 1) == 0)
		host_violation("irqkit_port_enter() outside of a dispatch");
	port_entered[cpu] = true;
}

void irqkit_port_exit(void)
{
	unsigned int cpu = irqkit_port_cpu();

	if (!port_entered[cpu])
		host_violation("irqkit_port_exit() without an enter");
	port_entered[cpu] = false;
}

bool host_in_handler(unsigned int cpu)
{
	return port_entered[cpu];
}

static void port_print(void *context, const char *text)
{
	fputs(text, context);
}

void host_begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	tap_begin(port_print, stdout);
}

int host_end(void)
{
	tap_subject("the library kept to the contract of its port");
	tap_equal(host_violations(), 0, "violations, the first: %s",
		  host_first_violation());
	tap_close();
	free(port_pieces);
	return tap_end() == 0 ? 0 : 1;
}
