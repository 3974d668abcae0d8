/* SPDX-License-Identifier: MIT */
/*
 * Cross calls. No lock: a call of the library's storage is a bit in the inbox
 * of each of its targets, one of a caller's storage is in a list there. Who
 * finds an inbox empty sends the interrupt; who drains it takes the summary
 * first and then what it stands for (HZ51, HZ52).
 */
#include "internals.h"

#define CALL_SLOTS    4U   /* calls of one CPU at a time */
#define CALL_KINDS    2U   /* lock-free, or not */
#define CALL_PATIENCE 256U /* rounds of waiting between looks at the clock */

#define CALL_FLAGS    ((unsigned int)IRQKIT_CALL_WAIT | IRQKIT_CALL_LOCK_FREE)

/* In a summary: the list; the other bits are for words, in turn. */
#define CALL_LIST	  (1UL << (IRQKIT_BITS_PER_LONG - 1))
#define CALL_SUMMARY_BITS (IRQKIT_BITS_PER_LONG - 1)

/*
 * A call in the library's storage. Each target holds it until its function has
 * returned, and a caller that waits until it knows; the last one frees it.
 */
struct call_slot {
	smp_call_func_t function;
	void *info;
	unsigned int holders;
	bool busy;
};

struct call_inbox {
	unsigned long summary;
	struct irqkit_call *list; /* the last one first */
	unsigned long *words;	  /* a bit for each slot of each CPU */
};

struct call_cpu {
	struct call_inbox inboxes[CALL_KINDS];
	struct call_slot slots[CALL_SLOTS];
	unsigned int taken; /* how often its interrupt came */
};

static struct {
	struct call_cpu **cpus;
	unsigned int words;    /* of an inbox */
	struct irq_desc *desc; /* NULL before irqkit_smp_call_init() */
	uint64_t timeout;
} call = {.timeout = 5000000000ULL};

/* ---- an inbox */

static unsigned int call_kind(unsigned int flags)
{
	return (flags & IRQKIT_CALL_LOCK_FREE) != 0;
}

static void call_finish(struct call_slot *slot)
{
	if (__atomic_sub_fetch(&slot->holders, 1, __ATOMIC_ACQ_REL) == 0)
		store_release(&slot->busy, false);
}

static void call_run_word(unsigned int word, unsigned long bits)
{
	while (bits != 0) {
		unsigned int bit = word * IRQKIT_BITS_PER_LONG +
				   (unsigned int)__builtin_ctzl(bits);
		struct call_slot *slot =
			&call.cpus[bit / CALL_SLOTS]->slots[bit % CALL_SLOTS];

		bits &= bits - 1;
		slot->function(slot->info);
		call_finish(slot);
	}
}

/* The oldest first. It may be used again in its function. */
static void call_run_list(struct irqkit_call *last)
{
	struct irqkit_call *first = NULL;

	while (last != NULL) {
		struct irqkit_call *next = last->next;

		last->next = first;
		first = last;
		last = next;
	}
	while (first != NULL) {
		struct irqkit_call *one = first;
		smp_call_func_t function = one->function;
		void *info = one->info;

		first = one->next;
		store_release(&one->queued, 0U);
		function(info);
	}
}

/* The acquires pair with the releases in call_post() and call_push(). */
static void call_drain_once(struct call_inbox *inbox, unsigned long summary)
{
	if ((summary & CALL_LIST) != 0)
		call_run_list(__atomic_exchange_n(&inbox->list, NULL,
						  __ATOMIC_ACQUIRE));
	for (summary &= ~CALL_LIST; summary != 0; summary &= summary - 1) {
		unsigned int word = (unsigned int)__builtin_ctzl(summary);

		for (; word < call.words; word += CALL_SUMMARY_BITS)
			call_run_word(word,
				      __atomic_exchange_n(&inbox->words[word],
							  0, __ATOMIC_ACQUIRE));
	}
}

static void call_drain(struct call_inbox *inbox)
{
	while (load_relaxed(&inbox->summary) != 0)
		call_drain_once(inbox, __atomic_exchange_n(&inbox->summary, 0,
							   __ATOMIC_ACQUIRE));
}

static void call_drain_all(struct call_cpu *own)
{
	for (unsigned int kind = CALL_KINDS; kind-- > 0;)
		call_drain(&own->inboxes[kind]);
}

/* Whether nothing stood in the summary, so that its CPU has to be told. */
static bool call_mark(struct call_inbox *inbox, unsigned long summary)
{
	return __atomic_fetch_or(&inbox->summary, summary, __ATOMIC_SEQ_CST) ==
	       0;
}

static unsigned int call_bit(const struct call_slot *slot, unsigned int cpu)
{
	return cpu * CALL_SLOTS + (unsigned int)(slot - call.cpus[cpu]->slots);
}

static bool call_post(struct call_inbox *inbox, unsigned int bit)
{
	unsigned int word = bit / IRQKIT_BITS_PER_LONG;

	__atomic_fetch_or(&inbox->words[word],
			  1UL << (bit % IRQKIT_BITS_PER_LONG),
			  __ATOMIC_RELEASE);
	return call_mark(inbox, 1UL << (word % CALL_SUMMARY_BITS));
}

/* Take it back; false if its CPU has begun with it. */
static bool call_cancel(struct call_inbox *inbox, unsigned int bit)
{
	unsigned long mask = 1UL << (bit % IRQKIT_BITS_PER_LONG);
	unsigned long *word = &inbox->words[bit / IRQKIT_BITS_PER_LONG];

	return (__atomic_fetch_and(word, ~mask, __ATOMIC_ACQUIRE) & mask) != 0;
}

static bool call_push(struct call_inbox *inbox, struct irqkit_call *one)
{
	struct irqkit_call *last = load_relaxed(&inbox->list);

	do
		one->next = last;
	while (!__atomic_compare_exchange_n(&inbox->list, &last, one, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	return call_mark(inbox, CALL_LIST);
}

/* ---- waiting */

void irqkit_call_serve(void)
{
	if (call.desc != NULL)
		call_drain(
			&call.cpus[irqkit_port_cpu()]
				 ->inboxes[call_kind(IRQKIT_CALL_LOCK_FREE)]);
}

/* A wait that has an end; serves others where interrupts are off. */
struct call_wait {
	bool serves;
	unsigned int rounds;
	uint64_t begin; /* 0: the clock was not read yet */
};

/* With interrupts off only a lock-free call is waited for, and for room. */
static void call_wait_begin(struct call_wait *wait, unsigned int flags)
{
	wait->serves = (flags & IRQKIT_CALL_LOCK_FREE) != 0 &&
		       irqkit_port_irqs_disabled();
	wait->rounds = 0;
	wait->begin = 0;
}

/* How long it has been so far, read now and then. */
static uint64_t call_wait_round(struct call_wait *wait)
{
	uint64_t now;

	if (wait->serves)
		irqkit_call_serve();
	relax();
	if (++wait->rounds % CALL_PATIENCE != 0)
		return 0;
	now = irqkit_port_nanoseconds();
	if (wait->begin == 0)
		wait->begin = now != 0 ? now : 1;
	return now - wait->begin;
}

/* ---- a call */

struct call_request {
	smp_call_func_t function;
	void *info;
	unsigned int flags;
	struct cpumask cpus;   /* not the caller */
	bool self;	       /* the caller too */
	unsigned int cpu;      /* the caller, and the owner of the slot */
	unsigned int left_out; /* CPUs that had gone */
	struct call_slot *slot;
};

static struct call_inbox *call_inbox(const struct call_request *request,
				     unsigned int cpu)
{
	return &call.cpus[cpu]->inboxes[call_kind(request->flags)];
}

/* Interrupts are off: the CPU stays the same. Pairs with call_finish(). */
static struct call_slot *call_claim(struct call_cpu *own)
{
	for (unsigned int i = 0; i < CALL_SLOTS; i++) {
		struct call_slot *slot = &own->slots[i];

		if (!load_acquire(&slot->busy)) {
			store_relaxed(&slot->busy, true);
			return slot;
		}
	}
	return NULL;
}

/*
 * A CPU that leaves runs what it finds after it is online no more; who looks
 * after that takes his call back. Pairs with the fence in call_dying(). What
 * was taken back counts as left out.
 */
static unsigned int call_take_back_from_gone(struct call_request *request)
{
	unsigned int bit = call_bit(request->slot, request->cpu);
	unsigned int left_out = 0;
	unsigned int cpu;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(cpumask_subset(&request->cpus, cpu_online_mask),
			     1))
		return 0;
	for_each_cpu (cpu, &request->cpus) {
		if (cpu_online(cpu) ||
		    !call_cancel(call_inbox(request, cpu), bit))
			continue;
		left_out++;
		call_finish(request->slot);
	}
	return left_out;
}

static void call_post_all(const struct call_request *request)
{
	unsigned int bit = call_bit(request->slot, request->cpu);
	struct cpumask empty;
	bool any = false;
	unsigned int cpu;

	cpumask_clear(&empty);
	for_each_cpu (cpu, &request->cpus) {
		if (call_post(call_inbox(request, cpu), bit)) {
			cpumask_set_cpu(cpu, &empty);
			any = true;
		}
	}
	if (!any || __ipi_send_mask(call.desc, &empty) == 0)
		return;
	/* One of them has left: that is found out next. */
	for_each_cpu (cpu, &empty)
		__ipi_send_single(call.desc, cpu);
}

/* Those that have not begun; and once more the interrupt, for them. */
static void call_send_again(const struct call_request *request)
{
	unsigned int bit = call_bit(request->slot, request->cpu);
	unsigned long mask = 1UL << (bit % IRQKIT_BITS_PER_LONG);
	unsigned int cpu;

	for_each_cpu (cpu, &request->cpus) {
		struct call_inbox *inbox = call_inbox(request, cpu);

		if ((load_relaxed(&inbox->words[bit / IRQKIT_BITS_PER_LONG]) &
		     mask) != 0)
			__ipi_send_single(call.desc, cpu);
	}
}

static void call_report(const struct call_request *request, unsigned int cpu)
{
	unsigned int sequence =
		load_relaxed(&irqkit_dispatch_table[cpu].sequence);

	irqkit_log(IRQKIT_LOG_ERROR,
		   "irqkit: cpu %u did not take a call of %p by cpu %u: it is "
		   "%s a handler and has taken %u such interrupts",
		   cpu, (void *)(uintptr_t)request->function, request->cpu,
		   (sequence & 1) != 0 ? "in" : "not in",
		   load_relaxed(&call.cpus[cpu]->taken));
}

/*
 * What has not begun never will; what has is left to itself. The interrupt is
 * sent once more, as the next call relies on one that is under way.
 */
static SELDOM int call_give_up(struct call_request *request)
{
	unsigned int bit = call_bit(request->slot, request->cpu);
	unsigned int cancelled = 0;
	unsigned int left;
	unsigned int cpu;

	for_each_cpu (cpu, &request->cpus) {
		if (!call_cancel(call_inbox(request, cpu), bit))
			continue;
		cancelled++;
		call_finish(request->slot);
		call_report(request, cpu);
		__ipi_send_single(call.desc, cpu);
	}
	left = load_acquire(&request->slot->holders) - 1;
	if (left != 0)
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: %u of the cpus that cpu %u called did not "
			   "end %p in time",
			   left, request->cpu,
			   (void *)(uintptr_t)request->function);
	if (left != 0)
		return -EINPROGRESS;
	return cancelled != 0 ? -ETIMEDOUT : 0;
}

static int call_await(struct call_request *request)
{
	uint64_t timeout = load_relaxed(&call.timeout);
	struct call_wait wait;
	bool again = false;

	call_wait_begin(&wait, request->flags);
	/* Pairs with the release in call_finish(). */
	while (load_acquire(&request->slot->holders) != 1) {
		uint64_t time = call_wait_round(&wait);

		if (time > timeout)
			return call_give_up(request);
		if (time > timeout / 2 && !again) {
			again = true;
			call_send_again(request);
		}
	}
	return 0;
}

/* All is under way. */
static int call_end(struct call_request *request)
{
	int error = 0;

	if ((request->flags & IRQKIT_CALL_WAIT) != 0)
		error = call_await(request);
	call_finish(request->slot);
	return error == 0 && request->left_out != 0 ? -ENXIO : error;
}

/* Who is called, by the CPU that this is now. Interrupts are off. */
static void call_aim(struct call_request *request, const struct cpumask *mask,
		     bool self)
{
	request->cpu = irqkit_port_cpu();
	cpumask_copy(&request->cpus, mask);
	request->self = self && cpumask_test_cpu(request->cpu, mask);
	cpumask_clear_cpu(request->cpu, &request->cpus);
}

/* False if all slots are busy. Interrupts are off. */
static bool call_begin(struct call_request *request)
{
	struct call_slot *slot;

	request->slot = NULL;
	if (cpumask_empty(&request->cpus))
		return true;
	slot = call_claim(call.cpus[request->cpu]);
	if (slot == NULL)
		return false;
	request->slot = slot;
	slot->function = request->function;
	slot->info = request->info;
	/* The caller holds it too until it has done its part. */
	store_relaxed(&slot->holders, cpumask_weight(&request->cpus) + 1);
	call_post_all(request);
	request->left_out = call_take_back_from_gone(request);
	return true;
}

static bool call_try(struct call_request *request, const struct cpumask *mask,
		     bool self)
{
	unsigned long state = irqkit_port_irq_save();
	bool done;

	call_aim(request, mask, self);
	done = call_begin(request);
	if (done && request->self)
		request->function(request->info);
	irqkit_port_irq_restore(state);
	return done;
}

/* @mask is valid, and its CPUs are online. */
static int call_mask(const struct cpumask *mask, bool self,
		     struct call_request *request)
{
	struct call_wait wait;

	call_wait_begin(&wait, IRQKIT_CALL_LOCK_FREE);
	while (!call_try(request, mask, self)) {
		if (call_wait_round(&wait) > load_relaxed(&call.timeout))
			return -EBUSY;
	}
	return request->slot != NULL ? call_end(request) : 0;
}

static int call_check(smp_call_func_t function, unsigned int flags)
{
	if (function == NULL || (flags & ~CALL_FLAGS) != 0 ||
	    load_acquire(&call.desc) == NULL)
		return -EINVAL;
	if (flags == IRQKIT_CALL_WAIT && irqkit_port_irqs_disabled())
		return -EDEADLK;
	return 0;
}

/* A mask that the caller gave. */
static int call_given(const struct cpumask *mask, bool self,
		      struct call_request *request)
{
	int error = call_check(request->function, request->flags);

	if (mask == NULL || !cpumask_subset(mask, cpu_possible_mask))
		return -EINVAL;
	if (error != 0)
		return error;
	if (!cpumask_subset(mask, cpu_online_mask))
		return -ENXIO;
	return call_mask(mask, self, request);
}

/* All that are online. One that leaves meanwhile is not missed. */
static int call_all(bool self, struct call_request *request)
{
	int error = call_check(request->function, request->flags);
	struct cpumask online;

	if (error != 0)
		return error;
	cpumask_copy(&online, cpu_online_mask);
	error = call_mask(&online, self, request);
	return error == -ENXIO ? 0 : error;
}

#define CALL_REQUEST(called, with, how)                               \
	{                                                             \
		.function = (called), .info = (with), .flags = (how), \
	}

/* The usual case, one other CPU: false if it takes more. Interrupts are off. */
static bool call_post_one(struct call_request *request, unsigned int cpu)
{
	struct call_slot *slot;
	unsigned int bit;

	request->cpu = irqkit_port_cpu();
	if (cpu == request->cpu || !cpu_online(cpu))
		return false;
	slot = call_claim(call.cpus[request->cpu]);
	if (slot == NULL)
		return false;
	slot->function = request->function;
	slot->info = request->info;
	store_relaxed(&slot->holders, 2U);
	request->slot = slot;
	irqkit_cpumask_single(&request->cpus, cpu);
	bit = call_bit(slot, request->cpu);
	if (call_post(call_inbox(request, cpu), bit))
		__ipi_send_single(call.desc, cpu);
	request->left_out = call_take_back_from_gone(request);
	return true;
}

int smp_call_function_single(unsigned int cpu, smp_call_func_t function,
			     void *info, unsigned int flags)
{
	struct call_request request;
	int error = call_check(function, flags);
	struct cpumask mask;
	unsigned long state;
	bool posted;

	if (!cpu_possible(cpu))
		return -EINVAL;
	if (error != 0)
		return error;
	request.function = function;
	request.info = info;
	request.flags = flags;
	state = irqkit_port_irq_save();
	posted = call_post_one(&request, cpu);
	irqkit_port_irq_restore(state);
	if (__builtin_expect(posted, 1))
		return call_end(&request);
	irqkit_cpumask_single(&mask, cpu);
	return call_given(&mask, true, &request);
}

int smp_call_function_any(const struct cpumask *mask, smp_call_func_t function,
			  void *info, unsigned int flags)
{
	struct call_request request = CALL_REQUEST(function, info, flags);
	unsigned int cpu = irqkit_port_cpu();
	int error = call_check(function, flags);
	struct cpumask there;

	if (mask == NULL || !cpumask_subset(mask, cpu_possible_mask))
		return -EINVAL;
	if (error != 0)
		return error;
	if (!cpumask_and(&there, mask, cpu_online_mask))
		return -ENXIO;
	if (!cpumask_test_cpu(cpu, &there))
		cpu = cpumask_first(&there);
	irqkit_cpumask_single(&there, cpu);
	return call_mask(&there, true, &request);
}

int smp_call_function_many(const struct cpumask *mask, smp_call_func_t function,
			   void *info, unsigned int flags)
{
	struct call_request request = CALL_REQUEST(function, info, flags);

	return call_given(mask, false, &request);
}

int on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t function,
		     void *info, unsigned int flags)
{
	struct call_request request = CALL_REQUEST(function, info, flags);

	return call_given(mask, true, &request);
}

int smp_call_function(smp_call_func_t function, void *info, unsigned int flags)
{
	struct call_request request = CALL_REQUEST(function, info, flags);

	return call_all(false, &request);
}

int on_each_cpu(smp_call_func_t function, void *info, unsigned int flags)
{
	struct call_request request = CALL_REQUEST(function, info, flags);

	return call_all(true, &request);
}

/* ---- calls in the caller's storage */

/*
 * Put back what another one will look for, the oldest first. If the CPU is back
 * by now it may have to be told.
 */
static void call_push_back(unsigned int cpu, struct call_inbox *inbox,
			   struct irqkit_call *first)
{
	bool tell = false;

	while (first != NULL) {
		struct irqkit_call *next = first->next;

		tell |= call_push(inbox, first);
		first = next;
	}
	if (tell && cpu_online(cpu))
		__ipi_send_single(call.desc, cpu);
}

/* One list without @one, the other way round; whether it was in it. */
static bool call_filter(struct irqkit_call **list,
			const struct irqkit_call *one)
{
	struct irqkit_call *rest = *list;
	bool found = false;

	*list = NULL;
	while (rest != NULL) {
		struct irqkit_call *next = rest->next;

		if (rest == one) {
			found = true;
		} else {
			rest->next = *list;
			*list = rest;
		}
		rest = next;
	}
	return found;
}

/*
 * Take it out of the inbox of a CPU that has gone; false if it ran. Others may
 * look for theirs in the same way.
 */
static bool call_unpush(unsigned int cpu, struct call_inbox *inbox,
			struct irqkit_call *one)
{
	while (load_acquire(&one->queued) != 0) {
		struct irqkit_call *list = __atomic_exchange_n(
			&inbox->list, NULL, __ATOMIC_ACQUIRE);
		bool found = call_filter(&list, one);

		call_push_back(cpu, inbox, list);
		if (found) {
			store_release(&one->queued, 0U);
			return true;
		}
		relax();
	}
	return false;
}

static int call_push_to(unsigned int cpu, struct irqkit_call *one)
{
	struct call_inbox *inbox =
		&call.cpus[cpu]->inboxes[call_kind(one->flags)];

	if (call_push(inbox, one))
		__ipi_send_single(call.desc, cpu);
	/* Pairs with the fence in call_dying(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__builtin_expect(cpu_online(cpu), 1))
		return 0;
	return call_unpush(cpu, inbox, one) ? -ENXIO : 0;
}

static void call_run_one(struct irqkit_call *one)
{
	unsigned long state = irqkit_port_irq_save();

	one->next = NULL;
	call_run_list(one);
	irqkit_port_irq_restore(state);
}

static int call_check_async(unsigned int cpu, const struct irqkit_call *one)
{
	if (!cpu_possible(cpu) || one == NULL || one->function == NULL ||
	    (one->flags & ~(unsigned int)IRQKIT_CALL_LOCK_FREE) != 0 ||
	    load_acquire(&call.desc) == NULL)
		return -EINVAL;
	return cpu_online(cpu) ? 0 : -ENXIO;
}

int smp_call_function_single_async(unsigned int cpu, struct irqkit_call *one)
{
	int error = call_check_async(cpu, one);
	unsigned long state;

	if (error != 0)
		return error;
	/* Pairs with the release in call_run_list(). */
	if (__atomic_exchange_n(&one->queued, 1U, __ATOMIC_ACQUIRE) != 0)
		return -EBUSY;
	state = irqkit_port_irq_save();
	if (cpu == irqkit_port_cpu())
		call_run_one(one);
	else
		error = call_push_to(cpu, one);
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
	struct call_cpu *own = call.cpus[irqkit_port_cpu()];

	(void)irq;
	(void)dev_id;
	store_relaxed(&own->taken, own->taken + 1);
	call_drain_all(own);
	return IRQ_HANDLED;
}

/* What a call that was taken back left behind. */
static int call_starting(unsigned int cpu)
{
	call_drain_all(call.cpus[cpu]);
	return 0;
}

/*
 * It is not online any more. The fence pairs with those of the callers: what
 * they posted is found here, or they see that the CPU is gone (HZ47).
 */
static void call_dying(unsigned int cpu)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	call_drain_all(call.cpus[cpu]);
}

static struct irqkit_cpu_notifier call_notifier = {
	.name = "call",
	.starting = call_starting,
	.dying = call_dying,
};

static size_t call_cpu_bytes(void)
{
	size_t bytes = sizeof(struct call_cpu) +
		       CALL_KINDS * call.words * sizeof(unsigned long);

	return (bytes + 63) / 64 * 64;
}

static size_t call_table_bytes(void)
{
	return (nr_cpu_ids * sizeof(*call.cpus) + 63) / 64 * 64;
}

/* A table of pointers, and behind it what they point to. */
static int call_make(void)
{
	char *memory;
	size_t bytes;

	call.words = (nr_cpu_ids * CALL_SLOTS + IRQKIT_BITS_PER_LONG - 1) /
		     IRQKIT_BITS_PER_LONG;
	bytes = call_cpu_bytes();
	memory = irqkit_port_alloc(call_table_bytes() + nr_cpu_ids * bytes, 64);
	if (memory == NULL)
		return -ENOMEM;
	call.cpus = (struct call_cpu **)(void *)memory;
	memory += call_table_bytes();
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct call_cpu *one = (struct call_cpu *)(void *)memory;
		unsigned long *words = (unsigned long *)(one + 1);

		for (unsigned int kind = 0; kind < CALL_KINDS; kind++)
			one->inboxes[kind].words = words + kind * call.words;
		call.cpus[cpu] = one;
		memory += bytes;
	}
	return 0;
}

static void call_unmake(void)
{
	irqkit_port_free(call.cpus,
			 call_table_bytes() + nr_cpu_ids * call_cpu_bytes());
	call.cpus = NULL;
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

static int call_set_up(struct irq_domain *domain)
{
	int irq = irq_reserve_ipi(domain, cpu_possible_mask);
	int error;

	if (irq < 0)
		return irq;
	error = call_attach((unsigned int)irq);
	if (error != 0) {
		irq_destroy_ipi((unsigned int)irq, cpu_possible_mask);
		return error;
	}
	store_release(&call.desc, irq_to_desc((unsigned int)irq));
	return 0;
}

int irqkit_smp_call_init(struct irq_domain *domain)
{
	int error;

	if (domain == NULL || !irq_domain_is_ipi_single(domain))
		return -EINVAL;
	if (call.desc != NULL)
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
	store_relaxed(&call.timeout, nanoseconds);
	return 0;
}
