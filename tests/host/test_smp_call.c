/* SPDX-License-Identifier: MIT */
/*
 * Cross calls: the suite of all machines, and what only a machine that is told
 * to misbehave shows: CPUs that do not take the interrupt, a chip that fails,
 * memory that is missing. See test_call_timeout.c and test_call_leave.c too.
 */
#include "call_host.h"

#define CALL_OFFLINE 5U

/* As that CPU, which has interrupts off for it. */
static void call_serve_as(unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	irqkit_call_serve();
	irqkit_port_irq_restore(state);
	host_become(before);
}

/* ---- before and at the start */

static void call_test_before(void)
{
	struct irqkit_call one = {.function = call_counts};

	call_begin("calls before irqkit_smp_call_init()");
	tap_equal(smp_call_function_single(0, call_counts, NULL, 0), -EINVAL,
		  "one");
	tap_equal(smp_call_function_single(0, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  -EINVAL, "one, waiting");
	tap_equal(on_each_cpu(call_counts, NULL, 0), -EINVAL, "of all");
	tap_equal(on_each_cpu_mask(cpu_online_mask, call_counts, NULL, 0),
		  -EINVAL, "of a mask");
	tap_equal(smp_call_function_any(cpu_online_mask, call_counts, NULL, 0),
		  -EINVAL, "of any");
	tap_equal(smp_call_function_single_async(0, &one), -EINVAL, "async");
	call_serve_as(0);
	call_expect_runs(0, 0, "before");
	call_close();
}

static int call_no_activate(struct irq_domain *domain, struct irq_data *data)
{
	(void)domain;
	(void)data;
	return -ENODEV;
}

/* The same controller, whose interrupts cannot be requested. */
static void call_test_no_request(void)
{
	struct irq_domain_ops ops = *call_sim->domain->ops;
	const struct irq_domain_info info = {
		.name = "refuses",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = 64,
		.ops = &ops,
		.host_data = call_sim,
	};
	struct irq_domain *domain;

	ops.activate = call_no_activate;
	tap_equal(irq_domain_create(&info, &domain), 0, "a domain");
	tap_equal(irqkit_smp_call_init(domain), -ENODEV, "no request");
	tap_equal(call_sim->used, 0, "hwirqs in use");
	tap_equal(irq_domain_remove(domain), 0, "nothing is left in it");
}

static void call_test_init(void)
{
	struct sim_ipi *per_cpu = sim_ipi_create("per-CPU", true, true, 64);
	unsigned long memory = host_live();
	int error = -ENOMEM;

	call_begin("irqkit_smp_call_init(): what cannot be");
	tap_equal(irqkit_smp_call_init(NULL), -EINVAL, "no domain");
	tap_equal(irqkit_smp_call_init(per_cpu->domain), -EINVAL,
		  "per-CPU mode");
	call_sim->fail_at = 1;
	call_sim->fail_with = -ENOSPC;
	tap_equal(irqkit_smp_call_init(call_sim->domain), -ENOSPC, "no hwirq");
	call_sim->fail_at = 0;
	call_test_no_request();
	tap_equal((long long)host_live(), (long long)memory, "memory");
	for (unsigned int nth = 1; error == -ENOMEM; nth++) {
		host_fail_alloc(nth);
		error = irqkit_smp_call_init(call_sim->domain);
		if (host_alloc_failed())
			tap_equal(error, -ENOMEM, "allocation %u", nth);
		host_fail_alloc(0);
		if (error == -ENOMEM)
			tap_equal((long long)host_live(), (long long)memory,
				  "memory after %u", nth);
	}
	tap_equal(error, 0, "at last");
	tap_equal(irqkit_smp_call_init(call_sim->domain), -EBUSY, "again");
	call_close();
}

/* ---- interrupts */

/* One interrupt for all that comes while a CPU does not take it. */
static void call_test_merge(void)
{
	struct cpumask two = call_cpus(6);

	call_begin("an interrupt only where nothing waited");
	call_sim->hold = true;
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(smp_call_function_single(1, call_counts, NULL, 0), 0,
			  "call %u", i);
	tap_equal(call_sim->nr_calls, 1, "interrupts");
	tap_equal(call_total, 0, "calls so far");
	sim_ipi_clear(call_sim);
	tap_equal(on_each_cpu_mask(&two, call_counts, NULL, 0), 0, "both");
	tap_equal(call_sim->nr_calls, 1, "commands");
	tap_expect(!cpumask_test_cpu(1, &call_sim->calls[0].dest) &&
			   cpumask_test_cpu(2, &call_sim->calls[0].dest),
		   "only to the one where nothing waited");
	tap_equal(on_each_cpu_mask(&two, call_counts, NULL, 0), 0, "again");
	tap_equal(call_sim->nr_calls, 1, "commands after that");
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_runs[1], 5, "calls of cpu 1");
	tap_equal(call_runs[2], 2, "calls of cpu 2");
	call_close();
}

/* The two kinds of call wait apart. */
static void call_test_kinds(void)
{
	struct cpumask one = call_cpus(1UL << 3);

	call_begin("lock-free calls do not wait behind others");
	call_sim->hold = true;
	tap_equal(smp_call_function_single(3, call_counts, NULL, 0), 0, "one");
	tap_equal(on_each_cpu_mask(&one, call_counts, NULL, 0), 0, "mask");
	tap_equal(call_sim->nr_calls, 1, "interrupts");
	tap_equal(on_each_cpu_mask(&one, call_counts, NULL,
				   IRQKIT_CALL_LOCK_FREE),
		  0, "lock-free mask");
	tap_equal(smp_call_function_single(3, call_counts, NULL,
					   IRQKIT_CALL_LOCK_FREE),
		  0, "lock-free one");
	tap_equal(call_sim->nr_calls, 2, "interrupts");
	call_serve_as(3);
	call_expect_runs(1UL << 3, 2, "served");
	call_sim->hold = false;
	suite_settle();
	call_expect_runs(1UL << 3, 2, "the others, by the interrupt");
	call_close();
}

static int call_mask_of(unsigned long bits, unsigned int flags)
{
	struct cpumask cpus = call_cpus(bits);

	return on_each_cpu_mask(&cpus, call_counts, NULL, flags);
}

/* Each CPU of a mask is told alone when a command for all of them fails. */
static void call_test_chip_fails(void)
{
	call_begin("a chip that does not reach one CPU of a mask");
	call_sim->fail_cpu = 2;
	tap_equal(call_mask_of(0xe, 0), -ETIMEDOUT, "not waited for");
	tap_equal(call_sim->nr_calls, 4, "commands");
	suite_settle();
	call_expect_runs(0xa, 1, "those that it reaches");
	tap_equal(call_mask_of(0xe, IRQKIT_CALL_WAIT), -ETIMEDOUT, "waiting");
	call_expect_runs(0xa, 1, "those that it reaches");
	call_sim->fail_cpu = ~0U;
	tap_equal(call_mask_of(0xe, CALL_FREE_WAIT), 0, "of the other kind");
	tap_equal(call_mask_of(0xe, IRQKIT_CALL_WAIT), 0, "of the same kind");
	call_expect_runs(0xe, 2, "when it reaches all");
	call_close();
}

/* What was not told of is taken back, and no other call relies on it. */
static void call_test_untold(void)
{
	struct irqkit_call own = {.function = call_counts};

	call_begin("a chip that does not reach a CPU");
	for (unsigned int flags = 0; flags < 4; flags++) {
		call_sim->fail_cpu = 2;
		tap_equal(call_mask_of(4, flags), -ETIMEDOUT, "mask, flags %u",
			  flags);
		tap_equal(smp_call_function_single(2, call_counts, NULL, flags),
			  -ETIMEDOUT, "one, flags %u", flags);
		tap_equal(smp_call_function_single_async(2, &own), -ETIMEDOUT,
			  "own, flags %u", flags);
		call_sim->fail_cpu = ~0U;
		tap_equal(smp_call_function_single(2, call_counts, NULL, flags),
			  0, "one, then, flags %u", flags);
		suite_settle();
		call_expect_runs(4, 1, "one");
		call_sim->fail_cpu = 2;
		tap_equal(call_mask_of(4, flags), -ETIMEDOUT, "mask, flags %u",
			  flags);
		call_sim->fail_cpu = ~0U;
		sim_ipi_clear(call_sim);
		tap_equal(call_mask_of(4, flags), 0, "mask, then, flags %u",
			  flags);
		tap_equal(call_sim->nr_calls, 1, "it is told at once");
		tap_equal(smp_call_function_single_async(2, &own), 0,
			  "own, then, flags %u", flags);
		suite_settle();
		call_expect_runs(4, 2, "mask and own");
	}
	call_close();
}

/* The library's flow does without the handler; another one calls it. */
static void call_test_flow(void)
{
	unsigned int irq;

	call_begin("another flow handler for the interrupt");
	tap_equal(smp_call_function_single(1, call_counts, NULL, 0), 0, "one");
	suite_settle();
	irq = call_sim->calls[0].irq;
	tap_equal(irq_set_handler(irq, handle_percpu_irq), 0, "set");
	for (unsigned int flags = 0; flags < 4; flags++) {
		tap_equal(on_each_cpu(call_counts, NULL, flags), 0, "flags %u",
			  flags);
		tap_equal(smp_call_function_single(1, call_counts, NULL, flags),
			  0, "one, flags %u", flags);
	}
	suite_settle();
	tap_equal(call_runs[1], 9, "calls of cpu 1");
	tap_equal(call_runs[2], 4, "calls of cpu 2");
	call_close();
}

/* ---- room */

/* All the room of a CPU is taken by calls that do not end. */
static void call_test_full(void)
{
	struct cpumask one = call_cpus(2);
	unsigned int nr = 0;

	call_begin("no room for another call");
	call_sim->hold = true;
	while (nr < 64 &&
	       smp_call_function_single(1, call_counts, NULL, 0) == 0)
		nr++;
	tap_equal(nr, CALL_SLOTS, "calls to one at a time");
	tap_equal(smp_call_function_single(1, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  -EBUSY, "one to be waited for");
	nr = 0;
	while (nr < 64 && on_each_cpu_mask(&one, call_counts, NULL, 0) == 0)
		nr++;
	tap_equal(nr, CALL_SLOTS, "masks at a time");
	tap_equal(on_each_cpu_mask(&one, call_counts, NULL, 0), -EBUSY,
		  "another mask");
	call_sim->hold = false;
	suite_settle();
	call_expect_runs(2, 2 * CALL_SLOTS, "all that said 0");
	tap_equal(smp_call_function_single(1, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "there is room again");
	call_close();
}

static void call_let_go(void)
{
	call_sim->hold = false;
}

static void call_test_room_comes(void)
{
	struct cpumask one = call_cpus(2);

	call_begin("calls that wait for room get it");
	for (unsigned int flags = 0; flags < 4; flags++) {
		call_sim->hold = true;
		for (unsigned int i = 0; i < CALL_SLOTS; i++) {
			smp_call_function_single(2, call_counts, NULL, 0);
			on_each_cpu_mask(&one, call_counts, NULL, 0);
		}
		call_at_read(5, call_let_go);
		tap_equal(smp_call_function_single(1, call_counts, NULL, flags),
			  0, "one, flags %u", flags);
		suite_settle();
		call_sim->hold = true;
		for (unsigned int i = 0; i < CALL_SLOTS; i++)
			on_each_cpu_mask(&one, call_counts, NULL, 0);
		call_at_read(5, call_let_go);
		tap_equal(on_each_cpu_mask(&one, call_counts, NULL, flags), 0,
			  "mask, flags %u", flags);
		suite_settle();
		tap_equal(call_runs[2], CALL_SLOTS, "calls of cpu 2");
		call_runs[2] = 0;
		call_expect_runs(2, 2 * CALL_SLOTS + 2, "each");
	}
	call_close();
}

static void call_from_two(void *info)
{
	unsigned long state = irqkit_port_irq_save();

	*(int *)info = smp_call_function_single(0, call_counts, NULL,
						CALL_FREE_WAIT);
	irqkit_port_irq_restore(state);
}

static void call_take_all_room(void)
{
	for (unsigned int i = 0; i < CALL_SLOTS; i++) {
		tap_equal(smp_call_function_single(1, call_counts, NULL, 0), 0,
			  "call %u", i);
		tap_equal(call_mask_of(2, 0), 0, "mask %u", i);
	}
}

/* HZ53: who waits for room with interrupts off serves those who wait for it. */
static void call_test_full_serves(void)
{
	unsigned long state;
	int results[2] = {-EBUSY, -EBUSY};

	call_begin("HZ53: a wait for room serves too");
	call_sim->hold = true;
	call_take_all_room();
	state = irqkit_port_irq_save();
	host_give_work(2, call_from_two, &results[0]);
	tap_equal(smp_call_function_single(1, call_counts, NULL,
					   IRQKIT_CALL_LOCK_FREE),
		  -EBUSY, "no room");
	call_log_says("no room");
	tap_equal(call_runs[0], 1, "the call of the other one meanwhile");
	host_give_work(3, call_from_two, &results[1]);
	tap_equal(call_mask_of(2, IRQKIT_CALL_LOCK_FREE), -EBUSY,
		  "no room for a mask");
	tap_equal(call_runs[0], 2, "the call of the other one meanwhile");
	irqkit_port_irq_restore(state);
	suite_settle();
	tap_equal(results[0], 0, "its result");
	tap_equal(results[1], 0, "its result");
	call_sim->hold = false;
	suite_settle();
	tap_equal(call_total, 2 + 2 * CALL_SLOTS, "calls");
	call_close();
}

static unsigned int call_clock_reads;

static void call_count_reads(void)
{
	call_clock_reads++;
}

/* HZ53: others could wait for it just as long. */
static void call_test_full_at_once(void)
{
	unsigned long state;

	call_begin("HZ53: no wait for room with interrupts off");
	call_sim->hold = true;
	call_take_all_room();
	call_clock_reads = 0;
	host_clock_hook = call_count_reads;
	state = irqkit_port_irq_save();
	tap_equal(smp_call_function_single(1, call_counts, NULL, 0), -EBUSY,
		  "one");
	tap_equal(call_mask_of(2, 0), -EBUSY, "mask");
	irqkit_port_irq_restore(state);
	tap_equal(call_clock_reads, 0, "looks at the clock");
	call_sim->hold = false;
	suite_settle();
	call_expect_runs(2, 2 * CALL_SLOTS, "the others");
	call_close();
}

static void call_inside(void)
{
	call_sim->hold = false;
	while (call_runs[1] == 0)
		host_yield();
	tap_equal(smp_call_function_single(2, call_counts, NULL,
					   IRQKIT_CALL_WAIT),
		  0, "the other one");
}

/* In an interrupt, when the first has ended and its caller does not know. */
static void call_test_ended_only(void)
{
	call_begin("a call while another one has ended and waits to be seen");
	for (unsigned int flags = 1; flags < 4; flags += 2) {
		call_sim->hold = true;
		call_at_read(3, call_inside);
		tap_equal(smp_call_function_single(1, call_counts, NULL, flags),
			  0, "the first");
		call_expect_runs(6, 1, "each");
	}
	call_close();
}

/* ---- calls in storage of the caller */

static struct irqkit_call call_own[3];
static unsigned int call_order[3], call_nr;

static void call_note_order(void *info)
{
	if (call_nr < 3)
		call_order[call_nr] =
			(unsigned int)((struct irqkit_call *)info - call_own);
	call_nr++;
}

static void call_test_busy(void)
{
	struct irqkit_call *one = &call_own[0];

	call_begin("a call of the caller's that is in use");
	one->function = call_counts;
	call_sim->hold = true;
	tap_equal(smp_call_function_single_async(1, one), 0, "first");
	tap_equal(smp_call_function_single_async(1, one), -EBUSY, "second");
	tap_equal(smp_call_function_single_async(2, one), -EBUSY,
		  "second, to another CPU");
	tap_equal(smp_call_function_single_async(0, one), -EBUSY,
		  "second, to itself");
	tap_equal(call_sim->nr_calls, 1, "interrupts");
	call_sim->hold = false;
	suite_settle();
	call_expect_runs(2, 1, "once");
	tap_equal(smp_call_function_single_async(0, one), 0, "itself");
	call_expect_runs(1, 1, "itself");
	call_close();
}

static void call_test_served_in_order(void)
{
	call_begin("own calls are served in the order of their calls");
	call_sim->hold = true;
	call_nr = 0;
	for (unsigned int i = 0; i < 3; i++) {
		struct irqkit_call *one = &call_own[i];

		one->function = call_note_order;
		one->info = one;
		one->flags = IRQKIT_CALL_LOCK_FREE;
		tap_equal(smp_call_function_single_async(1, one), 0, "call %u",
			  i);
	}
	call_serve_as(1);
	call_serve_as(1);
	tap_equal(call_nr, 3, "calls");
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(call_order[i], i, "place %u", i);
	call_close();
}

/* In the first of those that were taken out at once. */
static void call_serve_inside(void *info)
{
	struct cpumask only = call_cpus(2);
	unsigned int before;

	call_note_order(info);
	if (call_nr > 1)
		return;
	before = host_become(0);
	call_own[2].flags = IRQKIT_CALL_LOCK_FREE;
	if (smp_call_function_single_async(1, &call_own[2]) != 0 ||
	    on_each_cpu_mask(&only, call_counts, NULL, IRQKIT_CALL_LOCK_FREE) !=
		    0)
		host_violation("calls from another CPU");
	host_become(before);
	irqkit_call_serve();
	tap_equal(call_nr, 3, "own calls that were served");
	tap_equal(call_runs[1], 4, "masks that were served");
}

/* What a CPU has taken out and not begun comes before what it takes then. */
static void call_test_served_inside(void)
{
	call_begin("a function that serves: the order stays");
	call_sim->hold = true;
	call_nr = 0;
	for (unsigned int i = 0; i < 3; i++) {
		call_own[i].function = i == 0 ? call_serve_inside
					      : call_note_order;
		call_own[i].info = &call_own[i];
		call_own[i].flags = IRQKIT_CALL_LOCK_FREE;
		if (i < 2)
			tap_equal(
				smp_call_function_single_async(1, &call_own[i]),
				0, "call %u", i);
		tap_equal(call_mask_of(2, IRQKIT_CALL_LOCK_FREE), 0, "mask %u",
			  i);
	}
	call_sim->hold = false;
	suite_settle();
	for (unsigned int i = 0; i < 3; i++)
		tap_equal(call_order[i], i, "place %u", i);
	call_expect_runs(2, 4, "masks");
	call_close();
}

static void call_serve_in_mask(void *info)
{
	call_counts(info);
	irqkit_call_serve();
}

/* The others' bits, which the CPU is about to go through, are served too. */
static void call_test_mask_served_inside(void)
{
	struct cpumask only = call_cpus(2);

	call_begin("a function of a mask that serves");
	call_sim->hold = true;
	for (unsigned int i = 0; i < CALL_SLOTS; i++)
		tap_equal(on_each_cpu_mask(&only, call_serve_in_mask, NULL,
					   IRQKIT_CALL_LOCK_FREE),
			  0, "mask %u", i);
	call_sim->hold = false;
	suite_settle();
	call_expect_runs(2, CALL_SLOTS, "each");
	call_close();
}

int main(void)
{
	struct cpumask offline;

	irqkit_cpumask_single(&offline, CALL_OFFLINE);
	call_host_start(true, &offline);
	suite_host_set_offline(CALL_OFFLINE);
	call_test_before();
	call_test_init();
	call_suite_run("");
	irqkit_smp_call_set_timeout(CALL_TIME);
	call_test_merge();
	call_test_kinds();
	call_test_chip_fails();
	call_test_untold();
	call_test_full();
	call_test_room_comes();
	call_test_full_serves();
	call_test_full_at_once();
	call_test_ended_only();
	call_test_busy();
	call_test_served_in_order();
	call_test_served_inside();
	call_test_mask_served_inside();
	call_test_flow();
	return host_end();
}
