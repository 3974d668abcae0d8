/* SPDX-License-Identifier: MIT */
/*
 * Cross calls to many CPUs: a bit in the inbox of each, and one call there for
 * all the bits. No lock, as src/call.h says.
 */
#include "call.h"

struct call_request {
	smp_call_func_t function;
	void *info;
	unsigned int flags;
	struct cpumask cpus; /* not the caller */
	bool self;	     /* the caller too */
	unsigned int cpu;    /* the caller, and the owner of the group */
	int error;	     /* of a CPU that it was taken back from */
	struct call_group *group;
	/* That of the group, in the inbox of each target. */
	unsigned int word;
	unsigned long bit;
};

/* Pairs with the acquires in call_claim_group() and call_has_ended(). */
static void call_let_go(struct call_group *group)
{
	__atomic_fetch_sub(&group->holders, 1, __ATOMIC_RELEASE);
}

/* One at a time: a function that waits may serve the rest. */
static void call_run_word(struct call_words *words, unsigned int word)
{
	unsigned long *from = &words->words[word];
	unsigned long bits;

	while ((bits = load_relaxed(from)) != 0) {
		unsigned int bit = (unsigned int)__builtin_ctzl(bits);
		unsigned int slot = word * IRQKIT_BITS_PER_LONG + bit;
		struct call_group *group = &irqkit_calls
						    .cpus[slot / CALL_SLOTS]
						    ->groups[slot % CALL_SLOTS];

		/* Pairs with the release in call_leave_bit(). */
		if ((__atomic_fetch_and(from, ~(1UL << bit),
					__ATOMIC_ACQUIRE) >>
			     bit &
		     1) == 0)
			continue;
		words->open = true;
		group->function(group->info);
		call_let_go(group);
	}
}

/*
 * call_run() has freed the bundle first: what is left from here on brings it
 * anew.
 */
void irqkit_call_run_words(void *info)
{
	struct call_words *words = info;

	for (unsigned int i = 0; i < irqkit_calls.nr_words; i++)
		call_run_word(words, i);
	words->open = false;
}

static unsigned long *call_word(const struct call_request *request,
				unsigned int cpu)
{
	return &irqkit_calls.cpus[cpu]
			->words[call_kind(request->flags)]
			.words[request->word];
}

/*
 * Whether the CPU has to be told. The exchange pairs with the one in
 * call_run(): the bundle is on its way, or its function sees the bit.
 */
static bool call_leave_bit(const struct call_request *request, unsigned int cpu)
{
	struct call_cpu *target = irqkit_calls.cpus[cpu];
	unsigned int kind = call_kind(request->flags);
	struct irqkit_call *bundle = &target->bundles[kind];

	__atomic_fetch_or(call_word(request, cpu), request->bit,
			  __ATOMIC_RELEASE);
	return __atomic_exchange_n(&bundle->queued, CALL_QUEUED,
				   __ATOMIC_ACQ_REL) == CALL_FREE &&
	       call_push(&target->inboxes[kind], bundle);
}

/* False if its CPU has begun with it. */
static bool call_take_bit(const struct call_request *request, unsigned int cpu)
{
	return (__atomic_fetch_and(call_word(request, cpu), ~request->bit,
				   __ATOMIC_ACQUIRE) &
		request->bit) != 0;
}

/* Interrupts are off: the CPU stays the same. Pairs with call_let_go(). */
static bool call_claim_group(struct call_request *request)
{
	struct call_group *groups = irqkit_calls.cpus[request->cpu]->groups;
	unsigned int slot = 0;
	unsigned int bit;

	while (slot < CALL_SLOTS && load_acquire(&groups[slot].holders) != 0)
		slot++;
	if (slot == CALL_SLOTS)
		return false;
	bit = request->cpu * CALL_SLOTS + slot;
	request->group = &groups[slot];
	request->word = bit / IRQKIT_BITS_PER_LONG;
	request->bit = 1UL << (bit % IRQKIT_BITS_PER_LONG);
	return true;
}

/* A CPU that is gone or was not told: if it has not begun it never will. */
static SELDOM void call_take_back_bit(struct call_request *request,
				      unsigned int cpu, int error)
{
	if (!call_take_bit(request, cpu))
		return;
	request->error = error;
	call_let_go(request->group);
}

static void call_tell_mask(struct call_request *request,
			   const struct cpumask *cpus)
{
	unsigned int cpu;
	int error;

	if (__builtin_expect(__ipi_send_mask(irqkit_calls.desc, cpus) == 0, 1))
		return;
	for_each_cpu (cpu, cpus) {
		error = call_tell(cpu);
		if (error == 0)
			continue;
		call_note_untold(cpu);
		call_take_back_bit(request, cpu, error);
	}
}

/*
 * The bundle stays, and another one may have relied on it if the CPU is back:
 * as in call_remove().
 */
static SELDOM void call_take_back_from_gone(struct call_request *request,
					    const struct cpumask *gone)
{
	unsigned int cpu;

	for_each_cpu (cpu, gone) {
		call_take_back_bit(request, cpu, -ENXIO);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (cpu_online(cpu))
			call_tell_or_note(cpu);
	}
}

/*
 * The fence pairs with those in call_dying() and call_online(): a CPU finds its
 * bit, or is seen as gone here.
 */
static void call_post_all(struct call_request *request)
{
	struct cpumask empty, gone;
	unsigned int cpu;

	cpumask_clear(&empty);
	for_each_cpu (cpu, &request->cpus) {
		if (call_leave_bit(request, cpu) ||
		    __builtin_expect(call_was_untold(cpu), 0))
			cpumask_set_cpu(cpu, &empty);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cpumask_andnot(&gone, &request->cpus, cpu_online_mask))
		call_take_back_from_gone(request, &gone);
	if (cpumask_andnot(&empty, &empty, &gone))
		call_tell_mask(request, &empty);
}

/* ---- waiting */

/* Once more the interrupt for those that have not begun. */
static SELDOM void call_tell_again(const struct call_request *request)
{
	unsigned int cpu;

	for_each_cpu (cpu, &request->cpus) {
		if ((load_relaxed(call_word(request, cpu)) & request->bit) != 0)
			call_tell(cpu);
	}
}

/*
 * What has not begun never will; what has is left to itself. The interrupt is
 * sent once more, as the next call relies on one that is under way.
 */
static SELDOM int call_cancel(const struct call_request *request)
{
	unsigned int cancelled = 0;
	unsigned int cpu;

	for_each_cpu (cpu, &request->cpus) {
		if (!call_take_bit(request, cpu))
			continue;
		cancelled++;
		call_let_go(request->group);
		irqkit_call_report(cpu, request->cpu, request->function);
		call_tell_or_note(cpu);
	}
	return cancelled != 0 ? -ETIMEDOUT : 0;
}

static SELDOM int call_give_up_group(const struct call_request *request)
{
	int error = call_cancel(request);
	unsigned int left = load_acquire(&request->group->holders) - 1;

	if (left == 0)
		return error;
	irqkit_log(IRQKIT_LOG_ERROR,
		   "irqkit: %u of the cpus that cpu %u called did not end %p "
		   "in time",
		   left, request->cpu, (void *)(uintptr_t)request->function);
	return -EINPROGRESS;
}

/* Pairs with call_let_go(). */
static INLINE bool call_has_ended(const struct call_request *request)
{
	return load_acquire(&request->group->holders) == 1;
}

static bool call_await_group_for(const struct call_request *request,
				 uint64_t limit)
{
	struct call_wait wait;

	irqkit_call_wait_begin(&wait, request->flags, limit);
	while (!call_has_ended(request)) {
		if (!irqkit_call_wait_round(&wait))
			return false;
	}
	return true;
}

static SELDOM int call_await_group_long(const struct call_request *request)
{
	uint64_t half = load_relaxed(&irqkit_calls.timeout) / 2;

	if (call_await_group_for(request, half))
		return 0;
	call_tell_again(request);
	if (call_await_group_for(request, half))
		return 0;
	return call_give_up_group(request);
}

static int call_await_group(const struct call_request *request)
{
	unsigned int rounds = CALL_PATIENCE;

	while (!call_has_ended(request)) {
		if ((request->flags & IRQKIT_CALL_LOCK_FREE) != 0 ||
		    --rounds == 0)
			return call_await_group_long(request);
		relax();
	}
	return 0;
}

/* All is under way. */
static int call_end(const struct call_request *request)
{
	int error = 0;

	if ((request->flags & IRQKIT_CALL_WAIT) != 0)
		error = call_await_group(request);
	call_let_go(request->group);
	return error == 0 ? request->error : error;
}

/* ---- a call */

/* Who is called, by the CPU that this is now. Interrupts are off. */
static void call_aim(struct call_request *request, const struct cpumask *mask,
		     bool self)
{
	request->cpu = irqkit_port_cpu();
	cpumask_copy(&request->cpus, mask);
	request->self = self && cpumask_test_cpu(request->cpu, mask);
	cpumask_clear_cpu(request->cpu, &request->cpus);
	request->error = 0;
	request->group = NULL;
}

/* False if all groups are busy. Interrupts are off. */
static bool call_begin(struct call_request *request)
{
	unsigned int weight = cpumask_weight(&request->cpus);

	if (weight == 0)
		return true;
	if (!call_claim_group(request))
		return false;
	request->group->function = request->function;
	request->group->info = request->info;
	/* The caller holds it too until it has done its part. */
	store_relaxed(&request->group->holders, weight + 1);
	call_post_all(request);
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

static int call_no_group(unsigned int caller)
{
	return irqkit_call_no_room(
		caller, irqkit_calls.cpus[caller]->groups[0].function);
}

/* Until a group is free. */
static SELDOM int call_try_patiently(struct call_request *request,
				     const struct cpumask *mask, bool self)
{
	struct call_wait wait;

	if (!irqkit_call_may_wait(request->flags))
		return -EBUSY;
	irqkit_call_wait_begin(&wait, request->flags,
			       load_relaxed(&irqkit_calls.timeout));
	do {
		if (!irqkit_call_wait_round(&wait))
			return call_no_group(request->cpu);
	} while (!call_try(request, mask, self));
	return 0;
}

/* @mask is valid, and its CPUs are online. */
static int call_mask(const struct cpumask *mask, bool self,
		     struct call_request *request)
{
	if (!call_try(request, mask, self)) {
		int error = call_try_patiently(request, mask, self);

		if (error != 0)
			return error;
	}
	return request->group != NULL ? call_end(request) : 0;
}

static void call_request_init(struct call_request *request,
			      smp_call_func_t function, void *info,
			      unsigned int flags)
{
	request->function = function;
	request->info = info;
	request->flags = flags;
}

/* A mask that the caller gave. */
static int call_given(const struct cpumask *mask, bool self,
		      struct call_request *request)
{
	int error = irqkit_call_check(request->function, request->flags);

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
	int error = irqkit_call_check(request->function, request->flags);
	struct cpumask online;

	if (error != 0)
		return error;
	cpumask_copy(&online, cpu_online_mask);
	error = call_mask(&online, self, request);
	return error == -ENXIO ? 0 : error;
}

/* A CPU that leaves meanwhile is not the last chance. */
static int call_any_of(const struct cpumask *mask, smp_call_func_t function,
		       void *info, unsigned int flags)
{
	unsigned int cpu = irqkit_port_cpu();
	struct cpumask there;
	int error;

	do {
		if (!cpumask_and(&there, mask, cpu_online_mask))
			return -ENXIO;
		if (!cpumask_test_cpu(cpu, &there))
			cpu = cpumask_first(&there);
		error = irqkit_call_single(cpu, function, info, flags);
	} while (error == -ENXIO);
	return error;
}

int smp_call_function_any(const struct cpumask *mask, smp_call_func_t function,
			  void *info, unsigned int flags)
{
	int error = irqkit_call_check(function, flags);

	if (mask == NULL || !cpumask_subset(mask, cpu_possible_mask))
		return -EINVAL;
	return error != 0 ? error : call_any_of(mask, function, info, flags);
}

int smp_call_function_many(const struct cpumask *mask, smp_call_func_t function,
			   void *info, unsigned int flags)
{
	struct call_request request;

	call_request_init(&request, function, info, flags);
	return call_given(mask, false, &request);
}

int on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t function,
		     void *info, unsigned int flags)
{
	struct call_request request;

	call_request_init(&request, function, info, flags);
	return call_given(mask, true, &request);
}

int smp_call_function(smp_call_func_t function, void *info, unsigned int flags)
{
	struct call_request request;

	call_request_init(&request, function, info, flags);
	return call_all(false, &request);
}

int on_each_cpu(smp_call_func_t function, void *info, unsigned int flags)
{
	struct call_request request;

	call_request_init(&request, function, info, flags);
	return call_all(true, &request);
}
