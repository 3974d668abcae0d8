/* SPDX-License-Identifier: MIT */
/*
 * Cross calls in whose middle something happens: at each instruction of a call
 * in turn there is a breakpoint, and there another CPU of the machine goes,
 * calls too, or runs what it was sent. Only on hosts where that can be done.
 */
#define _GNU_SOURCE
#include <string.h>
#include "call_host.h"

#define BETWEEN_CPU   4U
#define BETWEEN_BIT   (1UL << BETWEEN_CPU)
#define BETWEEN_FORMS 10U

static void between_skip(void)
{
	tap_subject("calls that are interrupted anywhere");
	tap_skip("this host cannot");
	tap_close();
}

#if defined(__x86_64__) && defined(__linux__)
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define BETWEEN_TRAP_FLAG  0x100
#define BETWEEN_BREAKPOINT 0xcc
#define BETWEEN_STEPS	   65536U

extern char __executable_start, etext;

/* Where the operation has been; recorded in its first run, step by step. */
static uintptr_t between_steps[BETWEEN_STEPS];
static volatile unsigned int between_nr_steps;

/* In the others a breakpoint is at one of those places, until it is met. */
static unsigned char *volatile between_place;
static unsigned char between_code;
static volatile bool between_armed;
static bool between_came;
static void (*between_then)(void);

static void between_put(unsigned char code)
{
	*(volatile unsigned char *)between_place = code;
}

static void between_record(greg_t *registers)
{
	uintptr_t at = (uintptr_t)registers[REG_RIP];

	if (at < (uintptr_t)&__executable_start || at >= (uintptr_t)&etext)
		return;
	if (between_armed && between_nr_steps < BETWEEN_STEPS)
		between_steps[between_nr_steps++] = at;
}

static void between_trap(int number, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)number;
	(void)info;
	if (between_place == NULL) {
		between_record(registers);
		return;
	}
	between_put(between_code);
	between_place = NULL;
	between_came = true;
	registers[REG_RIP]--;
	between_then();
}

/* Flags of this code; nothing is put into the red zone. */
static void between_set_trap_flag(unsigned long flag)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "andq %0, (%%rsp)\n\t"
			 "orq %1, (%%rsp)\n\t"
			 "popfq\n\t"
			 "lea 128(%%rsp), %%rsp"
			 :
			 : "i"(~BETWEEN_TRAP_FLAG), "r"(flag)
			 : "memory", "cc");
}

static void between_begin(void)
{
	between_came = false;
	between_armed = true;
	if (between_place == NULL) {
		between_nr_steps = 0;
		between_set_trap_flag(BETWEEN_TRAP_FLAG);
		return;
	}
	between_code = *between_place;
	between_put(BETWEEN_BREAKPOINT);
}

/*
 * The operation is over when it returns, or sends the interrupt: the books of
 * the controller are no place for others to come between.
 */
static void between_end(void)
{
	if (!between_armed)
		return;
	between_armed = false;
	between_set_trap_flag(0);
	if (between_place != NULL)
		between_put(between_code);
	between_place = NULL;
}

static int (*between_chip_send)(struct irq_data *data, unsigned int cpu);

/* Called once, in a send, as the second half of a time-out begins by one. */
static void (*between_at_send)(void);

static int between_send(struct irq_data *data, unsigned int cpu)
{
	void (*then)(void) = between_at_send;

	between_end();
	between_at_send = NULL;
	if (then != NULL)
		then();
	return between_chip_send(data, cpu);
}

static int between_compare(const void *one, const void *other)
{
	uintptr_t a = *(const uintptr_t *)one;
	uintptr_t b = *(const uintptr_t *)other;

	return (a > b) - (a < b);
}

/* Once at each place. */
static void between_everywhere(void (*run)(unsigned int argument),
			       unsigned int argument)
{
	unsigned int came = 0;

	between_place = NULL;
	run(argument);
	qsort(between_steps, between_nr_steps, sizeof(between_steps[0]),
	      between_compare);
	for (unsigned int i = 0; i < between_nr_steps; i++) {
		if (i != 0 && between_steps[i] == between_steps[i - 1])
			continue;
		between_place = (unsigned char *)between_steps[i];
		run(argument);
		came += between_came ? 1 : 0;
	}
	tap_expect(came > 20, "%u: %u places", argument, came);
}

/* The code may be written to. */
static bool between_prepare(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t begin = (uintptr_t)&__executable_start & ~(page - 1);
	struct sigaction action = {.sa_flags = SA_SIGINFO};

	between_chip_send = call_sim->chip.ipi_send_single;
	call_sim->chip.ipi_send_single = between_send;
	action.sa_sigaction = between_trap;
	return sigaction(SIGTRAP, &action, NULL) == 0 &&
	       mprotect((void *)begin, (uintptr_t)&etext - begin,
			PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

/* ---- a CPU goes in the middle of a call to it */

static struct irqkit_call between_own = {.function = call_counts};

static int between_call(unsigned int form)
{
	struct cpumask two = call_cpus(BETWEEN_BIT | 4);
	unsigned int flags = form & 3;

	/* The calls that do not wait need no flag of their own. */
	if (form < 4)
		return smp_call_function_single(BETWEEN_CPU, call_counts, NULL,
						flags);
	if (form < 8)
		return on_each_cpu_mask(&two, call_counts, NULL, flags);
	if (form == 8)
		return smp_call_function_single_async(BETWEEN_CPU,
						      &between_own);
	return smp_call_function(call_counts, NULL, flags);
}

/* Its last step, as if it ran elsewhere at the same time. */
static void between_die(void)
{
	unsigned int before = host_become(BETWEEN_CPU);

	irqkit_port_irq_save();
	if (irqkit_cpu_dying(BETWEEN_CPU, NULL) != 0)
		host_violation("the CPU does not go");
	host_become(before);
}

static void between_come(void)
{
	unsigned int before = host_become(BETWEEN_CPU);

	if (irqkit_cpu_starting(BETWEEN_CPU) != 0)
		host_violation("the CPU does not start");
	irqkit_port_irq_restore(0);
	host_become(2);
	if (irqkit_cpu_online(BETWEEN_CPU) != 0)
		host_violation("the CPU does not come");
	host_become(before);
}

static void between_come_back(void)
{
	if (cpu_online(BETWEEN_CPU))
		between_die();
	irqkit_cpu_dead(BETWEEN_CPU);
	if (irqkit_cpu_prepare(BETWEEN_CPU) != 0)
		host_violation("the CPU is not prepared");
	between_come();
	suite_settle();
}

/* The answers that there are, and what they mean. */
static void between_check(unsigned int form, int error)
{
	unsigned int runs = call_runs[BETWEEN_CPU];

	if (form == BETWEEN_FORMS - 1) {
		tap_equal(error, 0, "those that are online");
		tap_expect(runs <= 1, "%u calls", runs);
	} else {
		tap_expect(error == 0 || (error == -ENXIO && between_came),
			   "form %u error %d", form, error);
		tap_equal(runs, error == 0 ? 1 : 0, "form %u calls", form);
	}
	call_runs[BETWEEN_CPU] = 0;
}

static void between_dies(unsigned int form)
{
	int error;

	if (irqkit_cpu_offline(BETWEEN_CPU, NULL) != 0)
		host_violation("the CPU does not leave");
	between_begin();
	error = between_call(form);
	between_end();
	suite_settle();
	between_check(form, error);
	between_come_back();
	tap_equal(call_runs[BETWEEN_CPU], 0, "form %u left behind", form);
}

/* Another call to the CPU, in the middle of the one, and then it goes. */
static unsigned int between_others;

static void between_call_and_die(void)
{
	struct cpumask only = call_cpus(BETWEEN_BIT);
	unsigned int before = host_become(2);

	if (on_each_cpu_mask(&only, call_counts, NULL, 0) == 0)
		between_others++;
	host_become(before);
	between_die();
}

/* The other one was there first, but may not have pushed what brings both. */
static void between_shares(unsigned int flags)
{
	struct cpumask only = call_cpus(BETWEEN_BIT);
	unsigned int runs;

	if (irqkit_cpu_offline(BETWEEN_CPU, NULL) != 0)
		host_violation("the CPU does not leave");
	between_others = 0;
	between_begin();
	runs = on_each_cpu_mask(&only, call_counts, NULL, flags) == 0 ? 1 : 0;
	between_end();
	suite_settle();
	tap_equal(between_others, between_came ? 1 : 0, "the other one");
	tap_equal(call_runs[BETWEEN_CPU], runs + between_others, "calls");
	call_runs[BETWEEN_CPU] = 0;
	between_come_back();
	tap_equal(call_runs[BETWEEN_CPU], 0, "left behind");
}

static void between_test_shares(void)
{
	between_then = between_call_and_die;
	call_begin("HZ47: two masks, the CPU of which goes");
	between_everywhere(between_shares, 0);
	between_everywhere(between_shares, IRQKIT_CALL_WAIT);
	sim_ipi_clear(call_sim);
	call_close();
}

/* HZ47: each call is run or refused, wherever its CPU goes. */
static void between_test_dying(void)
{
	between_then = between_die;
	for (unsigned int form = 0; form < BETWEEN_FORMS; form++) {
		call_begin("HZ47: a CPU goes in the middle of a call to it");
		between_everywhere(between_dies, form);
		/* It may go behind the last look and before the interrupt. */
		sim_ipi_clear(call_sim);
		call_close();
	}
}

/* ---- a CPU is back before a call knows that it had gone */

/* And another one calls it, which may rely on what the first one left. */
static void between_come_and_call(void)
{
	struct cpumask only = call_cpus(BETWEEN_BIT);
	unsigned int before;

	between_come();
	before = host_become(2);
	if (on_each_cpu_mask(&only, call_counts, NULL, IRQKIT_CALL_LOCK_FREE) ==
	    0)
		between_others++;
	host_become(before);
}

/* The call waits for room until the CPU has gone. */
static void between_gone(void)
{
	between_die();
	irqkit_cpu_dead(BETWEEN_CPU);
	if (irqkit_cpu_prepare(BETWEEN_CPU) != 0)
		host_violation("the CPU is not prepared");
	call_sim->hold = false;
	while (call_runs[1] < 2 * CALL_SLOTS)
		host_yield();
	between_begin();
}

static void between_returns(unsigned int mask)
{
	struct cpumask only = call_cpus(BETWEEN_BIT);
	struct cpumask full = call_cpus(2);
	unsigned long state;
	int error;

	if (irqkit_cpu_offline(BETWEEN_CPU, NULL) != 0)
		host_violation("the CPU does not leave");
	call_sim->hold = true;
	for (unsigned int i = 0; i < CALL_SLOTS; i++) {
		on_each_cpu_mask(&full, call_counts, NULL, 0);
		smp_call_function_single(1, call_counts, NULL, 0);
	}
	between_others = 0;
	call_at_read(2, between_gone);
	state = irqkit_port_irq_save();
	error = mask ? on_each_cpu_mask(&only, call_counts, NULL,
					IRQKIT_CALL_LOCK_FREE)
		     : smp_call_function_single(BETWEEN_CPU, call_counts, NULL,
						IRQKIT_CALL_LOCK_FREE);
	between_end();
	irqkit_port_irq_restore(state);
	if (!between_came)
		between_come_and_call();
	suite_settle();
	tap_equal(between_others, 1, "the other one");
	tap_expect(error == 0 || error == -ENXIO, "error %d", error);
	tap_equal(call_runs[BETWEEN_CPU], 1 + (error == 0 ? 1 : 0), "calls");
	tap_equal(call_runs[1], 2 * CALL_SLOTS, "those that had the room");
	call_runs[BETWEEN_CPU] = 0;
	call_runs[1] = 0;
}

static void between_test_returns(void)
{
	between_then = between_come_and_call;
	call_begin("a CPU is back in the middle of a call that found it gone");
	between_everywhere(between_returns, 0);
	between_everywhere(between_returns, 1);
	sim_ipi_clear(call_sim);
	call_close();
}

/* ---- a call is taken back, and in the middle others come or are run */

#define BETWEEN_OWN 3U

static struct irqkit_call between_owns[BETWEEN_OWN];
static unsigned int between_order[BETWEEN_OWN], between_nr;

static void between_note(void *info)
{
	struct irqkit_call *one = info;

	if (between_nr < BETWEEN_OWN)
		between_order[between_nr] = (unsigned int)(one - between_owns);
	between_nr++;
}

static void between_push(unsigned int index)
{
	struct irqkit_call *one = &between_owns[index];

	one->function = between_note;
	one->info = one;
	one->flags = IRQKIT_CALL_LOCK_FREE;
	if (smp_call_function_single_async(BETWEEN_CPU, one) != 0)
		host_violation("a call of its own is refused");
}

/* Another CPU calls. */
static void between_push_last(void)
{
	unsigned int before = host_become(2);

	between_push(2);
	host_become(before);
}

/* The CPU that is called, which is deaf, runs what is there. */
static void between_serve(void)
{
	unsigned int before = host_become(BETWEEN_CPU);

	irqkit_call_serve();
	host_become(before);
}

/* Interrupts so far are lost: what is left there has to be told of anew. */
static void between_time_is_over(void)
{
	call_sim->nr_pending[BETWEEN_CPU] = 0;
	memset(call_sim->pending[BETWEEN_CPU], 0,
	       sizeof(call_sim->pending[BETWEEN_CPU]));
	between_begin();
}

/* It begins with the first read of the clock, and ends with the second. */
static void between_last_half(void)
{
	call_at_read(2, between_time_is_over);
}

static void between_push_second(void)
{
	between_push(1);
	between_at_send = between_last_half;
}

static int between_cancel(bool mask)
{
	struct cpumask only = call_cpus(BETWEEN_BIT);
	unsigned long state = irqkit_port_irq_save();
	int error;

	between_push(0);
	call_at_read(1, between_push_second);
	error = mask ? on_each_cpu_mask(&only, call_counts, NULL,
					CALL_FREE_WAIT)
		     : smp_call_function_single(BETWEEN_CPU, call_counts, NULL,
						CALL_FREE_WAIT);
	between_end();
	irqkit_port_irq_restore(state);
	tap_expect(between_at_send == NULL, "it was sent once more");
	return error;
}

static void between_cancels(unsigned int mask)
{
	unsigned int nr = between_then == between_push_last ? 3 : 2;
	int error;

	between_nr = 0;
	call_deafen(BETWEEN_CPU);
	error = between_cancel(mask != 0);
	if (!between_came)
		between_then();
	call_undeafen(BETWEEN_CPU);
	suite_settle();
	tap_expect(error == -ETIMEDOUT || (error == 0 && between_came),
		   "error %d", error);
	tap_equal(call_total, error == 0 ? 1 : 0, "calls");
	tap_equal(between_nr, nr, "the others");
	for (unsigned int i = 0; i < nr; i++)
		tap_equal(between_order[i], i, "place %u", i);
	call_total = 0;
}

/* What stands around it stays, in its order, and is told of. */
static void between_test_cancels(void)
{
	irqkit_smp_call_set_timeout(1);
	call_begin("HZ51: others call while a call is taken back");
	between_then = between_push_last;
	between_everywhere(between_cancels, 0);
	call_close();
	call_begin("HZ51: its CPU serves while a call is taken back");
	between_then = between_serve;
	between_everywhere(between_cancels, 0);
	call_close();
	call_begin("HZ51: its CPU serves while a mask is taken back");
	between_everywhere(between_cancels, 1);
	call_close();
	irqkit_smp_call_set_timeout(CALL_TIME);
}

static void between_run(void)
{
	if (!between_prepare()) {
		between_skip();
		return;
	}
	between_test_dying();
	between_test_shares();
	between_test_returns();
	between_test_cancels();
}

#else
static void between_run(void)
{
	between_skip();
}
#endif

int main(void)
{
	call_host_start(false, NULL);
	if (irqkit_smp_call_init(call_sim->domain) != 0 ||
	    irqkit_smp_call_set_timeout(CALL_TIME) != 0)
		host_violation("no cross calls");
	between_run();
	return host_end();
}
