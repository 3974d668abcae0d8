/* SPDX-License-Identifier: MIT */
/*
 * Cross calls to one CPU, and their interrupt. The lock below is for who takes
 * a call back; else there is none, as src/call.h says.
 */
#include "call.h"
#include "flow.h"

#define CALL_FLAGS ((unsigned int)IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE)

/* A call that found no free slot. */
#define CALL_AGAIN 1

struct irqkit_calls irqkit_calls = {.timeout = 5000000000ULL};

/* One at a time takes a list apart, or a second one would mix up its order. */
static struct irqkit_lock call_removal_lock = IRQKIT_LOCK_INIT(RANK_CONTROLLER);

/* ---- an inbox is drained */

/* One after another from the oldest on, which @last leads to. */
static SELDOM struct irqkit_call *call_reverse(struct irqkit_call *last)
{
	struct irqkit_call *first = NULL;

	while (last != NULL) {
		struct irqkit_call *next = last->next;

		last->next = first;
		first = last;
		last = next;
	}
	return first;
}

/*
 * Who waits keeps the call until the function has returned: the release pairs
 * with the acquires of the waits. Else it may be used again from here on, in
 * its function too; the exchange pairs with those that queue it.
 */
static INLINE void call_run(struct irqkit_call *one)
{
	smp_call_func_t function = one->function;
	void *info = one->info;

	if ((one->flags & IRQKIT_CALL_WAIT) == 0) {
		__atomic_exchange_n(&one->queued, CALL_FREE, __ATOMIC_ACQ_REL);
		function(info);
	} else {
		function(info);
		store_release(&one->queued, (unsigned int)CALL_DONE);
	}
}

static SELDOM void call_keep(struct irqkit_call **taken,
			     struct irqkit_call *last)
{
	while (*taken != NULL)
		taken = &(*taken)->next;
	*taken = call_reverse(last);
}

/* The acquire pairs with the release in call_push(). */
static SELDOM void call_drain(struct call_cpu *own, unsigned int kind)
{
	struct irqkit_call **taken = &own->taken[kind];

	if (load_relaxed(&own->inboxes[kind]) != NULL)
		call_keep(taken, __atomic_exchange_n(&own->inboxes[kind], NULL,
						     __ATOMIC_ACQUIRE));
	while (*taken != NULL) {
		struct irqkit_call *one = *taken;

		*taken = one->next;
		call_run(one);
	}
	if (own->words[kind].open)
		irqkit_call_run_words(&own->words[kind]);
}

static SELDOM void call_drain_both(struct call_cpu *own)
{
	for (unsigned int kind = CALL_KINDS; kind-- > 0;)
		call_drain(own, kind);
}

/*
 * In an interrupt, where nothing can have been taken before. Most often there
 * is one call, and of the first kind. The acquire is as in call_drain().
 */
static INLINE void call_drain_interrupt(struct call_cpu *own)
{
	struct irqkit_call **inbox = &own->inboxes[0];
	struct irqkit_call *last;

	if (__builtin_expect(load_relaxed(&own->inboxes[1]) != NULL, 0)) {
		call_drain_both(own);
		return;
	}
	if (load_relaxed(inbox) == NULL)
		return;
	last = __atomic_exchange_n(inbox, NULL, __ATOMIC_ACQUIRE);
	if (__builtin_expect(last == NULL, 0))
		return;
	if (__builtin_expect(last->next == NULL, 1)) {
		call_run(last);
		return;
	}
	call_keep(&own->taken[0], last);
	call_drain(own, 0);
}

static INLINE struct irqkit_call **call_inbox(unsigned int cpu,
					      unsigned int flags)
{
	return &irqkit_calls.cpus[cpu]->inboxes[call_kind(flags)];
}

void irqkit_call_serve(void)
{
	irqkit_assert(irqkit_port_irqs_disabled());
	if (load_acquire(&irqkit_calls.desc) != NULL)
		call_drain(irqkit_calls.cpus[irqkit_port_cpu()],
			   call_kind(IRQKIT_CALL_LOCK_FREE));
}

/* ---- a call is taken back */

/* Take @one out of @list if it is there as @ticket. */
static bool call_unlink(struct irqkit_call **list,
			const struct irqkit_call *one, unsigned int ticket)
{
	while (*list != NULL && *list != one)
		list = &(*list)->next;
	if (*list == NULL || load_relaxed(&one->queued) != ticket)
		return false;
	*list = one->next;
	return true;
}

/* Below what has come meanwhile; whether its CPU has to be told. */
static bool call_put_back(struct irqkit_call **inbox, struct irqkit_call *older)
{
	struct irqkit_call *found = NULL;

	while (older != NULL && !__atomic_compare_exchange_n(
					inbox, &found, older, false,
					__ATOMIC_RELEASE, __ATOMIC_RELAXED)) {
		struct irqkit_call *newer =
			__atomic_exchange_n(inbox, NULL, __ATOMIC_ACQUIRE);
		struct irqkit_call **end = &newer;

		while (*end != NULL)
			end = &(*end)->next;
		*end = older;
		older = newer;
		found = NULL;
	}
	return older != NULL;
}

/*
 * Take a call out of an inbox; false if its CPU has taken it, which then runs
 * it or did: @one may be gone or under way again. The rest is put back, in its
 * order. The fence is as in call_post().
 */
static SELDOM bool call_remove(unsigned int cpu, struct irqkit_call **inbox,
			       struct irqkit_call *one, unsigned int ticket)
{
	unsigned long state = irqkit_lock_acquire(&call_removal_lock);
	struct irqkit_call *list = __atomic_exchange_n(inbox, NULL,
						       __ATOMIC_ACQUIRE);
	bool found = call_unlink(&list, one, ticket);
	bool tell = call_put_back(inbox, list);

	irqkit_lock_release(&call_removal_lock, state);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (tell && cpu_online(cpu))
		call_tell_or_note(cpu);
	if (found)
		store_release(&one->queued, (unsigned int)CALL_FREE);
	return found;
}

/* @error, if it can be: the CPU is gone, or was not told. */
static SELDOM int call_take_back(unsigned int cpu, struct irqkit_call **inbox,
				 struct irqkit_call *one, unsigned int ticket,
				 int error)
{
	return call_remove(cpu, inbox, one, ticket) ? error : 0;
}

/* Others are there already, and have told the CPU if they could. */
static SELDOM int call_tell_late(unsigned int cpu)
{
	return call_was_untold(cpu) ? call_tell(cpu) : 0;
}

/*
 * Interrupts are off, as others rely on the interrupt once the call is there.
 * The fence pairs with those in call_dying() and call_online(): the CPU finds
 * the call, or is seen as gone here. @one may be gone as soon as it is there.
 */
static INLINE int call_post(unsigned int cpu, struct irqkit_call *one,
			    unsigned int flags, unsigned int ticket)
{
	struct irqkit_call **inbox = call_inbox(cpu, flags);
	bool empty = call_push(inbox, one);
	int error;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(!cpumask_test_cpu(cpu, cpu_online_mask), 0))
		return call_take_back(cpu, inbox, one, ticket, -ENXIO);
	error = __builtin_expect(empty, 1) ? call_tell(cpu)
					   : call_tell_late(cpu);
	if (__builtin_expect(error == 0, 1))
		return 0;
	call_note_untold(cpu);
	return call_take_back(cpu, inbox, one, ticket, error);
}

/* ---- waiting */

static INLINE int call_check(smp_call_func_t function, unsigned int flags)
{
	if (function == NULL || (flags & ~CALL_FLAGS) != 0 ||
	    load_acquire(&irqkit_calls.desc) == NULL)
		return -EINVAL;
	if (flags == IRQKIT_CALL_WAIT && irqkit_port_irqs_disabled())
		return -EDEADLK;
	return 0;
}

void irqkit_call_wait_begin(struct call_wait *wait, unsigned int flags,
			    uint64_t limit)
{
	wait->serves = (flags & IRQKIT_CALL_LOCK_FREE) != 0 &&
		       irqkit_port_irqs_disabled();
	wait->rounds = 0;
	wait->limit = limit;
	wait->begin = 0;
}

bool irqkit_call_wait_round(struct call_wait *wait)
{
	uint64_t now;

	if (wait->serves)
		irqkit_call_serve();
	relax();
	if (++wait->rounds % CALL_PATIENCE != 0)
		return true;
	now = irqkit_port_nanoseconds();
	if (wait->begin == 0)
		wait->begin = now != 0 ? now : 1;
	return now - wait->begin <= wait->limit;
}

bool irqkit_call_may_wait(unsigned int flags)
{
	return (flags & IRQKIT_CALL_LOCK_FREE) != 0 ||
	       !irqkit_port_irqs_disabled();
}

int irqkit_call_no_room(unsigned int caller, smp_call_func_t function)
{
	irqkit_log(IRQKIT_LOG_ERROR,
		   "irqkit: no room for a call: the %u that cpu %u has under "
		   "way, such as that of %p, do not end",
		   CALL_SLOTS, caller, (void *)(uintptr_t)function);
	return -EBUSY;
}

void irqkit_call_report(unsigned int cpu, unsigned int caller,
			smp_call_func_t function)
{
	unsigned int sequence =
		load_relaxed(&irqkit_dispatch_table[cpu].sequence);

	irqkit_log(
		IRQKIT_LOG_ERROR,
		"irqkit: cpu %u did not take a call of %p by cpu %u: it is "
		"%s and has taken %lu such interrupts",
		cpu, (void *)(uintptr_t)function, caller,
		(sequence & 1) != 0
			? "in a handler"
			: "in no handler, so with interrupts off or stopped,",
		load_relaxed(irqkit_count(irqkit_calls.desc, cpu)));
}

static INLINE int call_free(struct call_slot *slot)
{
	store_release(&slot->call.queued, (unsigned int)CALL_FREE);
	return 0;
}

/* The CPU that a slot belongs to. */
static unsigned int call_owner(const struct call_slot *slot)
{
	unsigned int cpu = 0;

	while (slot < irqkit_calls.cpus[cpu]->slots ||
	       slot >= irqkit_calls.cpus[cpu]->slots + CALL_SLOTS)
		cpu++;
	return cpu;
}

/* It will not begin, or is left to itself. */
static SELDOM int call_give_up(unsigned int cpu, struct call_slot *slot)
{
	smp_call_func_t function = slot->call.function;
	unsigned int flags = slot->call.flags;

	if (call_remove(cpu, call_inbox(cpu, flags), &slot->call,
			CALL_QUEUED)) {
		irqkit_call_report(cpu, call_owner(slot), function);
		return -ETIMEDOUT;
	}
	if (load_acquire(&slot->call.queued) == CALL_DONE)
		return call_free(slot);
	store_release(&slot->left, true);
	irqkit_log(IRQKIT_LOG_ERROR,
		   "irqkit: cpu %u did not end a call of %p by cpu %u in time",
		   cpu, (void *)(uintptr_t)function, call_owner(slot));
	return -EINPROGRESS;
}

static bool call_await_for(const struct call_slot *slot, uint64_t limit)
{
	struct call_wait wait;

	irqkit_call_wait_begin(&wait, slot->call.flags, limit);
	while (load_acquire(&slot->call.queued) != CALL_DONE) {
		if (!irqkit_call_wait_round(&wait))
			return false;
	}
	return true;
}

/* In two halves, and between them the interrupt once more. */
static SELDOM int call_await_long(unsigned int cpu, struct call_slot *slot)
{
	uint64_t half = load_relaxed(&irqkit_calls.timeout) / 2;

	if (call_await_for(slot, half))
		return call_free(slot);
	if (load_relaxed(call_inbox(cpu, slot->call.flags)) != NULL)
		call_tell_or_note(cpu);
	if (call_await_for(slot, half))
		return call_free(slot);
	return call_give_up(cpu, slot);
}

/* Most often it does not take long. */
static INLINE int call_await(unsigned int cpu, struct call_slot *slot,
			     unsigned int flags)
{
	unsigned int rounds = CALL_PATIENCE;

	while (load_acquire(&slot->call.queued) != CALL_DONE) {
		if ((flags & IRQKIT_CALL_LOCK_FREE) != 0 || --rounds == 0)
			return call_await_long(cpu, slot);
		relax();
	}
	return call_free(slot);
}

/* ---- a call to one CPU */

static bool call_is_free(const struct call_slot *slot)
{
	/* Pairs with call_free(), and with the end of one that was left. */
	unsigned int queued = load_acquire(&slot->call.queued);

	return queued == CALL_FREE ||
	       (queued == CALL_DONE && load_acquire(&slot->left));
}

static SELDOM struct call_slot *call_claim_other(struct call_cpu *own)
{
	for (unsigned int i = 0; i < CALL_SLOTS; i++) {
		if (!call_is_free(&own->slots[i]))
			continue;
		store_relaxed(&own->slots[i].left, false);
		return &own->slots[i];
	}
	return NULL;
}

/* Interrupts are off: the CPU stays the same. Pairs with call_free(). */
static INLINE struct call_slot *call_claim(struct call_cpu *own)
{
	struct call_slot *slot = &own->slots[0];

	if (__builtin_expect(load_acquire(&slot->call.queued) == CALL_FREE, 1))
		return slot;
	return call_claim_other(own);
}

static SELDOM int call_self(smp_call_func_t function, void *info,
			    unsigned long state)
{
	bool online = cpu_online(irqkit_port_cpu());

	if (online)
		function(info);
	irqkit_port_irq_restore(state);
	return online ? 0 : -ENXIO;
}

static INLINE int call_single(unsigned int cpu, smp_call_func_t function,
			      void *info, unsigned int flags)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned int caller = irqkit_port_cpu();
	struct call_slot *slot;
	int error = CALL_AGAIN;

	if (__builtin_expect(cpu == caller, 0))
		return call_self(function, info, state);
	slot = call_claim(irqkit_calls.cpus[caller]);
	if (__builtin_expect(slot != NULL, 1)) {
		slot->call.function = function;
		slot->call.info = info;
		slot->call.flags = flags;
		store_relaxed(&slot->call.queued, (unsigned int)CALL_QUEUED);
		error = call_post(cpu, &slot->call, flags, CALL_QUEUED);
	}
	irqkit_port_irq_restore(state);
	if (__builtin_expect(error != 0, 0))
		return error;
	return (flags & IRQKIT_CALL_WAIT) != 0 ? call_await(cpu, slot, flags)
					       : 0;
}

static int call_single_once(unsigned int cpu, smp_call_func_t function,
			    void *info, unsigned int flags)
{
	return call_single(cpu, function, info, flags);
}

static int call_no_slot(unsigned int caller)
{
	return irqkit_call_no_room(
		caller, irqkit_calls.cpus[caller]->slots[0].call.function);
}

/* Until a slot is free. */
static SELDOM int call_single_patiently(unsigned int cpu,
					smp_call_func_t function, void *info,
					unsigned int flags)
{
	struct call_wait wait;
	int error;

	if (!irqkit_call_may_wait(flags))
		return -EBUSY;
	irqkit_call_wait_begin(&wait, flags,
			       load_relaxed(&irqkit_calls.timeout));
	do {
		if (!irqkit_call_wait_round(&wait))
			return call_no_slot(irqkit_port_cpu());
		error = call_single_once(cpu, function, info, flags);
	} while (error == CALL_AGAIN);
	return error;
}

int irqkit_call_single(unsigned int cpu, smp_call_func_t function, void *info,
		       unsigned int flags)
{
	int error = call_single_once(cpu, function, info, flags);

	if (__builtin_expect(error == CALL_AGAIN, 0))
		return call_single_patiently(cpu, function, info, flags);
	return error;
}

static int call_single_checked(unsigned int cpu, smp_call_func_t function,
			       void *info, unsigned int flags)
{
	int error = call_check(function, flags);

	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	return error != 0 ? error
			  : irqkit_call_single(cpu, function, info, flags);
}

int irqkit_call_check(smp_call_func_t function, unsigned int flags)
{
	return call_check(function, flags);
}

/* The usual flags have a path of their own, which they make shorter. */
int smp_call_function_single(unsigned int cpu, smp_call_func_t function,
			     void *info, unsigned int flags)
{
	int error;

	if (flags != IRQKIT_CALL_WAIT)
		return call_single_checked(cpu, function, info, flags);
	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	error = call_check(function, IRQKIT_CALL_WAIT);
	if (__builtin_expect(error != 0, 0))
		return error;
	error = call_single(cpu, function, info, IRQKIT_CALL_WAIT);
	if (__builtin_expect(error == CALL_AGAIN, 0))
		return call_single_patiently(cpu, function, info, flags);
	return error;
}

/* ---- calls in the caller's storage */

/*
 * Never 0, and another one each time: what is found in an inbox may be the same
 * storage, under way for another one.
 */
static unsigned int call_ticket(unsigned int cpu)
{
	struct call_cpu *own = irqkit_calls.cpus[cpu];

	own->ticket += 2 * IRQKIT_NR_CPUS;
	return own->ticket + 2 * cpu + 1;
}

static int call_queue(unsigned int cpu, struct irqkit_call *one)
{
	unsigned int caller = irqkit_port_cpu();
	unsigned int ticket = call_ticket(caller);
	unsigned int queued = CALL_FREE;

	/* Pairs with the exchange in call_run(). */
	if (!__atomic_compare_exchange_n(&one->queued, &queued, ticket, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return -EBUSY;
	if (cpu != caller)
		return call_post(cpu, one, one->flags, ticket);
	call_run(one);
	return 0;
}

static int call_check_async(unsigned int cpu, const struct irqkit_call *one)
{
	if (!cpu_possible(cpu) || one == NULL || one->function == NULL ||
	    (one->flags & ~(unsigned int)IRQKIT_CALL_LOCK_FREE) != 0 ||
	    load_acquire(&irqkit_calls.desc) == NULL)
		return -EINVAL;
	return cpu_online(cpu) ? 0 : -ENXIO;
}

int smp_call_function_single_async(unsigned int cpu, struct irqkit_call *one)
{
	int error = call_check_async(cpu, one);
	unsigned long state;

	if (error != 0)
		return error;
	state = irqkit_port_irq_save();
	error = call_queue(cpu, one);
	irqkit_port_irq_restore(state);
	return error;
}

/* ---- a lock whose waiters serve */

unsigned long irqkit_call_lock(struct irqkit_call_lock *lock)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned int ticket = __atomic_fetch_add(&lock->next, 1,
						 __ATOMIC_RELAXED);

	/* Pairs with the release in irqkit_call_unlock(). */
	while (load_acquire(&lock->owner) != ticket) {
		irqkit_call_serve();
		relax();
	}
	return state;
}

void irqkit_call_unlock(struct irqkit_call_lock *lock, unsigned long state)
{
	store_release(&lock->owner, load_relaxed(&lock->owner) + 1);
	irqkit_port_irq_restore(state);
}

/* ---- the interrupt, and CPUs that come and go */

static irqreturn_t call_interrupt(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	call_drain_interrupt(irqkit_calls.cpus[irqkit_port_cpu()]);
	return IRQ_HANDLED;
}

/* handle_percpu_irq() with call_interrupt() in it. */
static void call_flow(struct irq_desc *desc)
{
	unsigned int cpu = irqkit_port_cpu();

	irqkit_assert(irqkit_port_irqs_disabled());
	flow_count(desc, cpu);
	flow_ack(desc);
	call_drain_interrupt(irqkit_calls.cpus[cpu]);
	flow_eoi(desc);
}

/* What a call that was taken back left behind. */
static int call_starting(unsigned int cpu)
{
	call_drain_both(irqkit_calls.cpus[cpu]);
	return 0;
}

/*
 * Who came too early for the CPU may have left something, and another one may
 * have relied on that. The fence pairs with the one in call_post().
 */
static void call_online(unsigned int cpu)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int kind = 0; kind < CALL_KINDS; kind++) {
		if (load_relaxed(&irqkit_calls.cpus[cpu]->inboxes[kind]) !=
		    NULL)
			call_tell_or_note(cpu);
	}
}

/*
 * With what another CPU has just taken out and puts back, and with bits whose
 * bundle is yet to be pushed: who left them has not seen that the CPU is gone.
 */
static void call_drain_last(struct call_cpu *own, unsigned int kind)
{
	unsigned long state = irqkit_lock_acquire(&call_removal_lock);
	struct irqkit_call *list = __atomic_exchange_n(&own->inboxes[kind],
						       NULL, __ATOMIC_ACQUIRE);

	irqkit_lock_release(&call_removal_lock, state);
	call_keep(&own->taken[kind], list);
	own->words[kind].open = true;
	call_drain(own, kind);
}

/*
 * It is not online any more. The fence pairs with the one in call_post(): what
 * was left is found here, or the CPU is seen as gone there (HZ47).
 */
static void call_dying(unsigned int cpu)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int kind = CALL_KINDS; kind-- > 0;)
		call_drain_last(irqkit_calls.cpus[cpu], kind);
}

static struct irqkit_cpu_notifier call_notifier = {
	.name = "call",
	.starting = call_starting,
	.online = call_online,
	.dying = call_dying,
};

static size_t call_cpu_bytes(void)
{
	size_t bytes = sizeof(struct call_cpu) + CALL_KINDS *
							 irqkit_calls.nr_words *
							 sizeof(unsigned long);

	return (bytes + 63) / 64 * 64;
}

static void call_init_cpu(struct call_cpu *own)
{
	unsigned long *words = (unsigned long *)(own + 1);

	for (unsigned int kind = 0; kind < CALL_KINDS; kind++) {
		own->words[kind].words = words + kind * irqkit_calls.nr_words;
		own->bundles[kind].function = irqkit_call_run_words;
		own->bundles[kind].info = &own->words[kind];
	}
}

static int call_make(void)
{
	unsigned int bits = nr_cpu_ids * CALL_SLOTS;
	size_t bytes;
	char *memory;

	irqkit_calls.nr_words = (bits + IRQKIT_BITS_PER_LONG - 1) /
				IRQKIT_BITS_PER_LONG;
	bytes = call_cpu_bytes();
	memory = irqkit_port_alloc(nr_cpu_ids * bytes, 64);
	if (memory == NULL)
		return -ENOMEM;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		irqkit_calls.cpus[cpu] =
			(struct call_cpu *)(void *)(memory + cpu * bytes);
		call_init_cpu(irqkit_calls.cpus[cpu]);
	}
	return 0;
}

static void call_unmake(void)
{
	irqkit_port_free(irqkit_calls.cpus[0], nr_cpu_ids * call_cpu_bytes());
}

static int call_attach(unsigned int irq)
{
	int error = request_irq(irq, call_interrupt, 0, "call", NULL);

	if (error != 0)
		return error;
	error = irqkit_register_cpu_notifier(&call_notifier);
	if (error != 0)
		free_irq(irq, NULL);
	return error;
}

static int call_tell_by_desc(struct irq_data *data, unsigned int cpu)
{
	(void)data;
	return __ipi_send_single(irqkit_calls.desc, cpu);
}

/*
 * An IPI in single mode is sent by its chip, without the look-ups of
 * __ipi_send_single(), but for its checks and its trace.
 */
static void call_publish(struct irq_desc *desc)
{
	irqkit_calls.data = &desc->irq_data;
	irqkit_calls.tell = desc->irq_data.chip->ipi_send_single;
	if (IRQKIT_DEBUG || IRQKIT_TRACE != 0 || irqkit_calls.tell == NULL)
		irqkit_calls.tell = call_tell_by_desc;
	store_release(&irqkit_calls.desc, desc);
}

static int call_set_up(struct irq_domain *domain)
{
	int irq = irq_reserve_ipi(domain, cpu_possible_mask);
	int error;

	if (irq < 0)
		return irq;
	error = irq_set_handler((unsigned int)irq, call_flow);
	if (error == 0)
		error = call_attach((unsigned int)irq);
	if (error != 0) {
		irq_destroy_ipi((unsigned int)irq, cpu_possible_mask);
		return error;
	}
	call_publish(irq_to_desc((unsigned int)irq));
	return 0;
}

int irqkit_smp_call_init(struct irq_domain *domain)
{
	int error;

	if (domain == NULL || !irq_domain_is_ipi_single(domain))
		return -EINVAL;
	if (irqkit_calls.desc != NULL)
		return -EBUSY;
	error = call_make();
	if (error != 0)
		return error;
	error = call_set_up(domain);
	if (error != 0)
		call_unmake();
	return error;
}

int irqkit_smp_call_set_timeout(uint64_t nanoseconds)
{
	if (nanoseconds == 0)
		return -EINVAL;
	store_relaxed(&irqkit_calls.timeout, nanoseconds);
	return 0;
}
