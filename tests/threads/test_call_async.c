/* SPDX-License-Identifier: MIT */
/*
 * Cross calls in the caller's storage, while a CPU goes and comes (HZ47, HZ51,
 * HZ52): in order, each as often as it was accepted, and used again by whom it
 * was not sent by. What they carry is plain words, so that the sanitizer sees
 * whether the calls order them.
 */
#include <irqkit/smp_call.h>
#include "threads.h"

#define ASYNC_MS     2500U
#define ASYNC_OWN    3U /* of a CPU for each other, of each kind */
#define ASYNC_KINDS  2U /* lock-free, or not */
#define ASYNC_TOKENS 3U
#define ASYNC_SHARED 2U
#define ASYNC_GOES   (THREADS_CPUS - 1)

/* One that its CPU sends again when it has run. */
struct async_own {
	struct irqkit_call call;
	unsigned int sender, cpu, kind;
	unsigned int busy;
	unsigned long number; /* plain */
};

static struct async_row {
	struct async_own own[ASYNC_OWN];
	unsigned long sent; /* the sender's */
	unsigned long ran;  /* plain: the target's */
} IRQKIT_ALIGNED(64) async_rows[ASYNC_KINDS][THREADS_CPUS][THREADS_CPUS];

/* One that its function sends on. */
static struct async_token {
	struct irqkit_call call;
	unsigned long hops; /* plain: of who has it */
} IRQKIT_ALIGNED(64) async_tokens[ASYNC_TOKENS];

/* One that everybody sends, wherever it is. */
static struct async_shared {
	struct irqkit_call call;
	unsigned long accepted, busy, ran;
} IRQKIT_ALIGNED(64) async_shared[ASYNC_SHARED];

static unsigned long async_hops;
static unsigned long async_waited;

/* ---- calls that keep their order */

static void async_own_function(void *info)
{
	struct async_own *own = info;
	struct async_row *row = &async_rows[own->kind][own->sender][own->cpu];

	threads_expect(irqkit_port_cpu() == own->cpu, "another CPU");
	threads_expect(own->number == row->ran + 1, "in order, each once");
	row->ran = own->number;
	__atomic_store_n(&own->busy, 0, __ATOMIC_RELEASE);
}

static void async_send_own(unsigned int kind, unsigned int cpu)
{
	unsigned int self = irqkit_port_cpu();
	struct async_row *row = &async_rows[kind][self][cpu];
	struct async_own *own = &row->own[threads_random(ASYNC_OWN)];
	int error;

	if (__atomic_load_n(&own->busy, __ATOMIC_ACQUIRE) != 0)
		return;
	threads_store(&own->busy, 1U);
	own->number = row->sent + 1;
	own->call.info = own;
	error = smp_call_function_single_async(cpu, &own->call);
	if (error == 0) {
		row->sent++;
		return;
	}
	threads_expect(error == -ENXIO && cpu == ASYNC_GOES, "own");
	threads_store(&own->busy, 0U);
}

/* ---- calls that go on by themselves */

static void async_pass_on(struct async_token *token)
{
	unsigned int cpu = threads_random(THREADS_CPUS);
	int error = smp_call_function_single_async(cpu, &token->call);

	if (error == 0)
		return;
	threads_expect(error == -ENXIO && cpu == ASYNC_GOES, "token");
	error = smp_call_function_single_async(threads_random(ASYNC_GOES),
					       &token->call);
	threads_expect(error == 0, "token, again");
}

static void async_token_function(void *info)
{
	struct async_token *token = info;

	token->hops++;
	threads_add(&async_hops, 1);
	if (!threads_over())
		async_pass_on(token);
}

/* ---- calls of nobody */

static void async_shared_function(void *info)
{
	struct async_shared *shared = info;

	threads_add(&shared->ran, 1);
}

static void async_send_shared(void)
{
	struct async_shared *shared =
		&async_shared[threads_random(ASYNC_SHARED)];
	unsigned int cpu = threads_random(THREADS_CPUS);
	int error = smp_call_function_single_async(cpu, &shared->call);

	if (error == 0)
		threads_add(&shared->accepted, 1);
	else if (error == -EBUSY)
		threads_add(&shared->busy, 1);
	else
		threads_expect(error == -ENXIO && cpu == ASYNC_GOES, "shared");
}

/* ---- among the library's own, in the same queue */

struct async_answer {
	unsigned long question, answer; /* plain */
};

static void async_waited_function(void *info)
{
	struct async_answer *one = info;

	one->answer = one->question + 1;
}

static void async_wait_for_one(bool off)
{
	unsigned int flags = IRQKIT_CALL_WAIT;
	struct async_answer one = {.question = threads_random(1U << 20)};
	int error;

	if (off || threads_random(2) == 0)
		flags |= IRQKIT_CALL_LOCK_FREE;
	error = smp_call_function_single(threads_random(ASYNC_GOES),
					 async_waited_function, &one, flags);
	threads_expect(error == 0 && one.answer == one.question + 1, "answer");
	threads_add(&async_waited, 1);
}

/* ---- works */

static void async_some(bool off)
{
	switch (threads_random(8)) {
	case 0:
		async_send_shared();
		break;
	case 1:
		async_wait_for_one(off);
		break;
	default:
		async_send_own(threads_random(ASYNC_KINDS),
			       threads_random(THREADS_CPUS));
	}
}

/* What others send meanwhile comes together; and go so. */
static void async_some_irqs_off(void)
{
	unsigned long state = irqkit_port_irq_save();

	for (unsigned int i = 0; i < 4; i++) {
		async_some(true);
		irqkit_port_relax();
	}
	irqkit_call_serve();
	threads_poll();
	irqkit_port_irq_restore(state);
}

static void async_turn(void)
{
	if (threads_random(8) == 0)
		async_some_irqs_off();
	else
		async_some(false);
	threads_poll();
}

static void async_work(void)
{
	while (!threads_over())
		async_turn();
}

/* Of a CPU that is down: what this one sent has run there. */
static void async_check_gone(void)
{
	for (unsigned int kind = 0; kind < ASYNC_KINDS; kind++) {
		const struct async_row *row = &async_rows[kind][0][ASYNC_GOES];

		tap_equal((long long)row->ran, (long long)row->sent,
			  "left when its CPU went");
	}
}

static void async_go_and_come(void)
{
	tap_equal(threads_cpu_down(ASYNC_GOES), 0, "it goes");
	async_check_gone();
	for (unsigned int i = 0; i < 20; i++)
		async_turn();
	tap_equal(threads_cpu_up(ASYNC_GOES), 0, "it comes");
	for (unsigned int i = 0; i < 50; i++)
		async_turn();
}

/* What was sent is taken, and the tokens end where they are. */
static void async_settle(void)
{
	threads_join();
	for (unsigned int i = 0; i < 2; i++) {
		threads_poll();
		for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
			threads_give(cpu, threads_poll);
		threads_join();
	}
	threads_poll();
}

static void async_make(void)
{
	for (unsigned int i = 0; i < ASYNC_TOKENS; i++) {
		async_tokens[i].call.function = async_token_function;
		async_tokens[i].call.info = &async_tokens[i];
		async_tokens[i].call.flags = i % 2 ? IRQKIT_CALL_LOCK_FREE : 0;
	}
	for (unsigned int i = 0; i < ASYNC_SHARED; i++) {
		async_shared[i].call.function = async_shared_function;
		async_shared[i].call.info = &async_shared[i];
		async_shared[i].call.flags = i % 2 ? IRQKIT_CALL_LOCK_FREE : 0;
	}
}

static void async_make_own(unsigned int kind, unsigned int sender,
			   unsigned int cpu)
{
	for (unsigned int i = 0; i < ASYNC_OWN; i++) {
		struct async_own *own = &async_rows[kind][sender][cpu].own[i];

		own->call.function = async_own_function;
		own->call.flags = kind ? IRQKIT_CALL_LOCK_FREE : 0;
		own->kind = kind;
		own->sender = sender;
		own->cpu = cpu;
	}
}

static unsigned long async_check_row(const struct async_row *row)
{
	tap_equal((long long)row->ran, (long long)row->sent, "own");
	return row->ran;
}

/* All rows: make them, or see what came of them. */
static unsigned long async_each_row(bool make)
{
	unsigned long ran = 0;

	for (unsigned int i = 0; i < ASYNC_KINDS * THREADS_CPUS * THREADS_CPUS;
	     i++) {
		unsigned int kind = i % ASYNC_KINDS;
		unsigned int sender = i / ASYNC_KINDS % THREADS_CPUS;
		unsigned int cpu = i / ASYNC_KINDS / THREADS_CPUS;

		if (make)
			async_make_own(kind, sender, cpu);
		else
			ran += async_check_row(&async_rows[kind][sender][cpu]);
	}
	return ran;
}

static void async_check(unsigned int rounds)
{
	unsigned long hops = 0, shared = 0, busy = 0;
	unsigned long own = async_each_row(false);

	for (unsigned int i = 0; i < ASYNC_TOKENS; i++)
		hops += async_tokens[i].hops;
	tap_equal((long long)hops, (long long)async_hops, "hops");
	for (unsigned int i = 0; i < ASYNC_SHARED; i++) {
		tap_equal((long long)async_shared[i].ran,
			  (long long)async_shared[i].accepted, "shared");
		shared += async_shared[i].ran;
		busy += async_shared[i].busy;
	}
	tap_note("%lu own, %lu hops, %lu shared and %lu busy, %lu waited for, "
		 "%u CPUs went",
		 own, hops, shared, busy, async_waited, rounds);
	tap_expect(own > 100 && hops > 100 && shared > 10 && rounds > 0,
		   "there was something");
}

int main(void)
{
	unsigned int rounds = 0;

	threads_begin();
	tap_ok(irqkit_smp_call_init(wire_ipis) == 0, "calls");
	async_make();
	async_each_row(true);
	threads_subject("calls of the caller's storage", ASYNC_MS);
	for (unsigned int cpu = 1; cpu < THREADS_CPUS; cpu++)
		threads_give(cpu, async_work);
	for (unsigned int i = 0; i < ASYNC_TOKENS; i++)
		async_pass_on(&async_tokens[i]);
	for (; !threads_over(); rounds++)
		async_go_and_come();
	async_settle();
	async_check(rounds);
	threads_close();
	return threads_end();
}
