/* SPDX-License-Identifier: MIT */
/*
 * Threaded handlers: work that the kernel's threads do for an interrupt. The
 * descriptor lock guards the state of a thread, but for what
 * irqkit_port_defer() and the thread that runs it own.
 */
#include "internals.h"

#if IRQKIT_PORT_DEFER

enum thread_state {
	THREAD_IDLE,
	THREAD_QUEUED,	/* the kernel has it */
	THREAD_RUNNING, /* in its function */
	THREAD_AGAIN,	/* in its function, and woken since */
};

struct irq_thread {
	struct irqkit_deferred work; /* first: see thread_of() */
	struct irq_desc *desc;
	irq_handler_t function;
	void *dev_id;
	bool holds;	    /* a one-shot interrupt is masked for it */
	const void *runner; /* irqkit_port_thread() while it runs */
};

static struct irq_thread *thread_of(struct irqkit_deferred *work)
{
	return (struct irq_thread *)work;
}

/* The state is in the work, as it is what the library keeps there. */
static unsigned int *thread_state(struct irq_thread *thread)
{
	return &thread->work.state;
}

static void thread_begin(struct irq_thread *thread)
{
	struct irq_desc *desc = thread->desc;
	unsigned long state = irqkit_lock_acquire(&desc->lock);

	*thread_state(thread) = THREAD_RUNNING;
	thread->runner = irqkit_port_thread();
	irqkit_lock_release(&desc->lock, state);
}

/* The last thread lets a one-shot interrupt through again. */
static void thread_let_go(struct irq_thread *thread)
{
	struct irq_desc *desc = thread->desc;

	if (!thread->holds)
		return;
	thread->holds = false;
	if (--desc->threads_active != 0)
		return;
	if ((desc->irq_common_data.state & IRQD_DISABLED) == 0) {
		irqkit_unmask(desc);
		irqkit_resend_pending(desc);
	}
}

/* Whether it has to run once more. */
static bool thread_finish(struct irq_thread *thread)
{
	struct irq_desc *desc = thread->desc;
	unsigned long state = irqkit_lock_acquire(&desc->lock);
	bool again = *thread_state(thread) == THREAD_AGAIN;

	thread->runner = NULL;
	if (!again)
		thread_let_go(thread);
	/* Freed as soon as it is idle and the lock is released. */
	*thread_state(thread) = again ? THREAD_QUEUED : THREAD_IDLE;
	irqkit_lock_release(&desc->lock, state);
	return again;
}

static void thread_defer(struct irq_thread *thread)
{
	unsigned long state = irqkit_port_irq_save();

	irqkit_port_defer(&thread->work);
	irqkit_port_irq_restore(state);
}

static void thread_main(struct irqkit_deferred *work)
{
	struct irq_thread *thread = thread_of(work);

	thread_begin(thread);
	thread->function(thread->desc->irq_data.irq, thread->dev_id);
	if (thread_finish(thread))
		thread_defer(thread);
}

void irqkit_run_deferred(struct irqkit_deferred *work)
{
	work->function(work);
}

struct irq_thread *irqkit_thread_create(irq_handler_t function)
{
	struct irq_thread *thread = irqkit_port_alloc(sizeof(*thread),
						      sizeof(void *));

	if (thread != NULL) {
		thread->function = function;
		thread->work.function = thread_main;
	}
	return thread;
}

void irqkit_thread_destroy(struct irq_thread *thread)
{
	irqkit_port_free(thread, sizeof(*thread));
}

void irqkit_thread_attach(struct irq_desc *desc, struct irqaction *action)
{
	action->thread->desc = desc;
	action->thread->dev_id = action->dev_id;
}

/* Whether the kernel has to be given the work. Descriptor lock held. */
static bool thread_wake_locked(struct irq_thread *thread)
{
	struct irq_desc *desc = thread->desc;
	unsigned int *state = thread_state(thread);

	if (*state != THREAD_IDLE) {
		if (*state == THREAD_RUNNING)
			*state = THREAD_AGAIN;
		return false;
	}
	*state = THREAD_QUEUED;
	if ((desc->irq_common_data.state & IRQD_ONESHOT) != 0) {
		thread->holds = true;
		desc->threads_active++;
	}
	return true;
}

void irqkit_thread_wake(struct irq_desc *desc, const struct irqaction *action)
{
	struct irq_thread *thread = action->thread;
	bool queue;

	if (thread == NULL)
		return;
	irqkit_lock_enter(&desc->lock);
	queue = thread_wake_locked(thread);
	irqkit_lock_leave(&desc->lock);
	if (queue)
		irqkit_port_defer(&thread->work);
}

bool irqkit_thread_is_caller(const struct irq_thread *thread)
{
	const void *runner = load_relaxed(&thread->runner);

	return runner != NULL && runner == irqkit_port_thread();
}

static bool thread_is_idle(struct irq_thread *thread)
{
	struct irqkit_lock *lock = &thread->desc->lock;
	unsigned long state = irqkit_lock_acquire(lock);
	bool idle = *thread_state(thread) == THREAD_IDLE;

	irqkit_lock_release(lock, state);
	return idle;
}

void irqkit_thread_wait(struct irq_thread *thread)
{
	while (!thread_is_idle(thread))
		irqkit_port_yield();
}

/* 1: one is busy; 0; or an error. Descriptor lock held. */
static int thread_check_all(const struct irq_desc *desc)
{
	const struct irqaction *action = desc->action;
	int busy = 0;

	for (; action != NULL; action = action->next) {
		if (action->thread == NULL)
			continue;
		if (irqkit_thread_is_caller(action->thread))
			return -EDEADLK;
		if (*thread_state(action->thread) != THREAD_IDLE)
			busy = 1;
	}
	return busy;
}

int irqkit_thread_wait_all(struct irq_desc *desc, unsigned int irq)
{
	unsigned long state;
	int result;

	for (;;) {
		if (!irqkit_desc_lock(desc, irq, &state))
			return 0;
		result = thread_check_all(desc);
		irqkit_lock_release(&desc->lock, state);
		if (result <= 0)
			return result;
		irqkit_port_yield();
	}
}

int irqkit_thread_check_caller(struct irq_desc *desc, unsigned int irq)
{
	unsigned long state;
	int result;

	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	result = thread_check_all(desc);
	irqkit_lock_release(&desc->lock, state);
	return result < 0 ? result : 0;
}

#endif
