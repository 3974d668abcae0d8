/* SPDX-License-Identifier: MIT */
/*
 * Attaching handlers and detaching them, disabling and enabling. The descriptor
 * lock guards the actions of an interrupt; a detached one is used again, or its
 * memory freed, only after a grace period.
 */
#include "internals.h"

#define MANAGE_REQUEST_FLAGS                                                  \
	(IRQKIT_IRQF_TRIGGER_MASK | IRQKIT_IRQF_SHARED | IRQKIT_IRQF_PERCPU | \
	 IRQKIT_IRQF_NOBALANCING | IRQKIT_IRQF_ONESHOT |                      \
	 IRQKIT_IRQF_NO_SUSPEND | IRQKIT_IRQF_EARLY_RESUME |                  \
	 IRQKIT_IRQF_COND_SUSPEND | IRQKIT_IRQF_NO_AUTOEN)
#define MANAGE_STATUS_FLAGS                                             \
	((unsigned int)IRQ_NOREQUEST | IRQ_NO_BALANCING | IRQ_PER_CPU | \
	 IRQ_MOVE_PCNTXT | IRQ_NOAUTOEN | IRQ_DISABLE_UNLAZY)

/* Those who share an interrupt must agree on these. */
#define MANAGE_COMMON_FLAGS                                                    \
	(IRQKIT_IRQF_SHARED | IRQKIT_IRQF_TRIGGER_MASK | IRQKIT_IRQF_ONESHOT | \
	 IRQKIT_IRQF_PERCPU)

/* In the flags of the first action: the trigger that there was before it. */
#define MANAGE_OLD_TRIGGER_SHIFT 24
#define MANAGE_OLD_TRIGGER(flags)                              \
	((unsigned int)((flags) >> MANAGE_OLD_TRIGGER_SHIFT) & \
	 IRQ_TYPE_SENSE_MASK)

/* What one handler for all CPUs cannot have. */
#define MANAGE_NOT_PERCPU_FLAGS \
	(IRQKIT_IRQF_SHARED | IRQKIT_IRQF_ONESHOT | IRQKIT_IRQF_NO_AUTOEN)

/* Not an error: the action needs memory, see manage_request(). */
#define MANAGE_NEEDS_MEMORY 1

int irqkit_check_free(const struct irq_desc *desc)
{
	if (desc->irq_data.chip == &no_irq_chip ||
	    (desc->irq_common_data.status & IRQ_NOREQUEST) != 0)
		return -EINVAL;
	return desc->action != NULL || load_acquire(&desc->detaching) ||
			       (desc->irq_common_data.state & IRQD_CHAINED) != 0
		       ? -EBUSY
		       : 0;
}

/* The release pairs with the acquires in src/flow.c. */
void irqkit_attach_first(struct irq_desc *desc, const struct irqaction *action)
{
	desc->first_action = *action;
	store_release(&desc->action, &desc->first_action);
}

/* Both stay or neither does; else the other one has said that it may run. */
static bool manage_agree_on_suspend(const struct irqaction *has,
				    const struct irqaction *wants)
{
	bool stays = (has->flags & IRQKIT_IRQF_NO_SUSPEND) != 0;
	const struct irqaction *other = stays ? wants : has;

	return stays == ((wants->flags & IRQKIT_IRQF_NO_SUSPEND) != 0) ||
	       (other->flags & IRQKIT_IRQF_COND_SUSPEND) != 0;
}

static bool manage_can_share(const struct irqaction *has,
			     const struct irqaction *wants)
{
	return (wants->flags & IRQKIT_IRQF_SHARED) != 0 &&
	       manage_agree_on_suspend(has, wants) &&
	       (has->flags & MANAGE_COMMON_FLAGS) ==
		       (wants->flags & MANAGE_COMMON_FLAGS);
}

/* The release pairs with the acquire in flow_call_actions(), src/flow.c. */
static int manage_share(struct irq_desc *desc, const struct irqaction *action,
			struct irqaction **memory)
{
	struct irqaction **link = &desc->action;

	if ((desc->irq_common_data.status & IRQ_NOREQUEST) != 0)
		return -EINVAL;
	for (; *link != NULL; link = &(*link)->next) {
		if (!manage_can_share(*link, action))
			return -EBUSY;
		if ((*link)->dev_id == action->dev_id)
			return -EEXIST;
	}
	if (*memory == NULL)
		return MANAGE_NEEDS_MEMORY;
	**memory = *action;
	if (action->thread != NULL)
		irqkit_thread_attach(desc, *memory);
	store_release(link, *memory);
	*memory = NULL;
	/* It may be the one that was missing. */
	irqkit_spurious_end(desc);
	return 0;
}

/* Remember whether the flag goes away again with the action. */
static void manage_set_balancing(struct irq_desc *desc, unsigned long *flags)
{
	unsigned int *status = &desc->irq_common_data.status;

	if ((*status & IRQ_NO_BALANCING) != 0)
		*flags &= ~IRQKIT_IRQF_NOBALANCING;
	else if ((*flags & IRQKIT_IRQF_NOBALANCING) != 0)
		*status |= IRQ_NO_BALANCING;
}

/* What the flags of the first action ask for, before it is attached. */
static SELDOM int manage_apply_flags(struct irq_desc *desc,
				     unsigned long *flags)
{
	unsigned int type = *flags & IRQKIT_IRQF_TRIGGER_MASK;
	unsigned int *state = &desc->irq_common_data.state;
	unsigned long old = *state & IRQ_TYPE_SENSE_MASK;
	int error = 0;

	if ((*flags &
	     (irqd_is_per_cpu(&desc->irq_data) ? MANAGE_NOT_PERCPU_FLAGS
					       : IRQKIT_IRQF_PERCPU)) != 0)
		return -EINVAL;
	if (type != IRQ_TYPE_NONE)
		error = irqkit_activate(desc);
	if (error == 0)
		error = irqkit_set_type(desc, type);
	if (error != 0) {
		irqkit_deactivate(desc);
		return error;
	}
	*flags |= old << MANAGE_OLD_TRIGGER_SHIFT;
	if ((*flags & IRQKIT_IRQF_ONESHOT) != 0)
		*state |= IRQD_ONESHOT;
	manage_set_balancing(desc, flags);
	return 0;
}

/* What of that goes away with the last action. */
static SELDOM void manage_drop_flags(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;

	common->state &= ~(unsigned int)(IRQD_ONESHOT | IRQD_SUSPENDED |
					 IRQD_WAKEUP_ARMED | IRQD_STORM);
	desc->unhandled = 0;
	if ((desc->first_action.flags & IRQKIT_IRQF_NOBALANCING) != 0)
		common->status &= ~(unsigned int)IRQ_NO_BALANCING;
	desc->first_action.flags = 0;
}

/* The first action could not be started: as if nobody had asked. */
static SELDOM void manage_undo_request(struct irq_desc *desc)
{
	unsigned long flags = desc->first_action.flags;

	store_relaxed(&desc->action, NULL);
	irqkit_deactivate(desc);
	if ((flags & IRQKIT_IRQF_TRIGGER_MASK) != 0)
		irqkit_restore_type(desc, MANAGE_OLD_TRIGGER(flags));
	manage_drop_flags(desc);
}

static inline bool manage_starts_disabled(const struct irq_desc *desc,
					  unsigned long flags)
{
	return (flags & IRQKIT_IRQF_NO_AUTOEN) != 0 ||
	       (desc->irq_common_data.status & IRQ_NOAUTOEN) != 0;
}

static inline int manage_start(struct irq_desc *desc, unsigned long flags)
{
	int error;

	if (irqd_is_per_cpu(&desc->irq_data))
		return irqkit_activate(desc);
	if (manage_starts_disabled(desc, flags))
		return 0;
	error = irqkit_startup(desc);
	/* It may have found no CPU, which is one reason more. */
	if (error == 0)
		desc->depth--;
	return error;
}

/* Nobody else is attached. On an error nothing is changed. */
static inline int manage_request_first(struct irq_desc *desc,
				       const struct irqaction *wants)
{
	struct irqaction *action = &desc->first_action;
	unsigned long flags = wants->flags;
	int error = irqkit_check_free(desc);

	if (__builtin_expect(error == 0 && flags != 0, 0))
		error = manage_apply_flags(desc, &flags);
	if (error != 0)
		return error;
	action->handler = wants->handler;
	action->dev_id = wants->dev_id;
	action->percpu_dev_id = NULL;
	action->flags = flags;
	action->name = wants->name;
	action->next = NULL;
	action->thread = wants->thread;
	if (__builtin_expect(wants->thread != NULL, 0))
		irqkit_thread_attach(desc, action);
	store_release(&desc->action, action);
	error = manage_start(desc, flags);
	if (__builtin_expect(error == 0, 1))
		return 0;
	manage_undo_request(desc);
	return error;
}

/* Always inlined, so that the fields of the action stay in registers. */
static inline __attribute__((__always_inline__)) int manage_request_locked(
	struct irq_desc *desc, const struct irqaction *action,
	struct irqaction **memory)
{
	if (__builtin_expect(desc->action != NULL, 0))
		return memory != NULL ? manage_share(desc, action, memory)
				      : MANAGE_NEEDS_MEMORY;
	return manage_request_first(desc, action);
}

/*
 * It was taken: shared, if that is allowed, with memory for one more action.
 * That is given back unused if it is refused, or was freed meanwhile.
 */
static SELDOM int manage_request_more(unsigned int irq,
				      const struct irqaction *action)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	struct irqaction *memory = NULL;
	unsigned long state;
	int error;

	irqkit_assert_no_lock();
	do {
		if (!irqkit_desc_lock(desc, irq, &state)) {
			error = -EINVAL;
			break;
		}
		error = manage_request_locked(desc, action, &memory);
		irqkit_lock_release(&desc->lock, state);
		if (error != MANAGE_NEEDS_MEMORY)
			break;
		memory = irqkit_port_alloc(sizeof(*memory), sizeof(void *));
	} while (memory != NULL);
	if (memory != NULL)
		irqkit_port_free(memory, sizeof(*memory));
	return error == MANAGE_NEEDS_MEMORY ? -ENOMEM : error;
}

static SELDOM bool manage_flags_are_valid(unsigned long flags,
					  const void *dev_id)
{
	unsigned long type = flags & IRQKIT_IRQF_TRIGGER_MASK;

	if ((flags & ~MANAGE_REQUEST_FLAGS) != 0)
		return false;
	if (type > IRQ_TYPE_LEVEL_HIGH && type != IRQ_TYPE_LEVEL_LOW)
		return false;
	return (flags & IRQKIT_IRQF_SHARED) == 0 ||
	       (dev_id != NULL && (flags & IRQKIT_IRQF_NO_AUTOEN) == 0);
}

static inline __attribute__((__always_inline__)) int manage_request(
	unsigned int irq, const struct irqaction *action)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (!irqkit_desc_lock_inline(desc, irq, &state))
		return -EINVAL;
	error = manage_request_locked(desc, action, NULL);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

int request_irq(unsigned int irq, irq_handler_t handler, unsigned long flags,
		const char *name, void *dev_id)
{
	const struct irqaction action = {
		.handler = handler,
		.dev_id = dev_id,
		.flags = flags,
		.name = name,
	};
	int error;

	if (handler == NULL ||
	    (flags != 0 && !manage_flags_are_valid(flags, dev_id)))
		return -EINVAL;
	error = manage_request(irq, &action);
	if (__builtin_expect(error == MANAGE_NEEDS_MEMORY, 0)) {
		const struct irqaction copy = {handler, dev_id, NULL, flags,
					       name,	NULL,	NULL};

		error = manage_request_more(irq, &copy);
	}
	irqkit_trace(IRQKIT_TRACE_REQUEST, irq, flags, (unsigned long)error);
	return error;
}

#if IRQKIT_PORT_DEFER
static irqreturn_t manage_wake_thread(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_WAKE_THREAD;
}

/* Without a first handler nothing silences a level until the thread does. */
static bool manage_thread_is_safe(unsigned int irq, unsigned long flags)
{
	const struct irq_data *data = irq_get_irq_data(irq);

	return data != NULL &&
	       ((flags & IRQKIT_IRQF_ONESHOT) != 0 ||
		(data->chip->flags & IRQCHIP_ONESHOT_SAFE) != 0);
}

static int manage_request_threaded(unsigned int irq, irq_handler_t thread_fn,
				   struct irqaction *action)
{
	struct irq_data *data = irq_get_irq_data(irq);
	int error;

	if (data == NULL || irqd_is_per_cpu(data))
		return -EINVAL;
	irqkit_assert_no_lock();
	action->thread = irqkit_thread_create(thread_fn);
	if (action->thread == NULL)
		return -ENOMEM;
	error = manage_request_more(irq, action);
	if (error != 0)
		irqkit_thread_destroy(action->thread);
	irqkit_trace(IRQKIT_TRACE_REQUEST, irq, action->flags,
		     (unsigned long)error);
	return error;
}
#endif

int request_threaded_irq(unsigned int irq, irq_handler_t handler,
			 irq_handler_t thread_fn, unsigned long flags,
			 const char *name, void *dev_id)
{
	if (thread_fn == NULL)
		return request_irq(irq, handler, flags, name, dev_id);
#if IRQKIT_PORT_DEFER
	struct irqaction action = {
		.handler = handler != NULL ? handler : manage_wake_thread,
		.dev_id = dev_id,
		.flags = flags,
		.name = name,
	};

	if (!manage_flags_are_valid(flags, dev_id) ||
	    (handler == NULL && !manage_thread_is_safe(irq, flags)))
		return -EINVAL;
	return manage_request_threaded(irq, thread_fn, &action);
#else
	return -ENOSYS;
#endif
}

/* Stop the interrupt after its last action. */
static inline void manage_stop(struct irq_desc *desc)
{
	struct irq_common_data *common = &desc->irq_common_data;

	if ((common->status & IRQ_PER_CPU) == 0) {
		irqkit_shutdown(desc);
		desc->depth = 1;
		if ((common->state & IRQD_AFFINITY_MANAGED) != 0)
			irqkit_affinity_release(desc);
	}
	if (!irqkit_has_activation(desc))
		common->state &= ~(unsigned int)IRQD_ACTIVATED;
	if (__builtin_expect(desc->first_action.flags != 0, 0))
		manage_drop_flags(desc);
}

/* Take an action out. Handlers may still go through it: its next stays. */
static inline struct irqaction *manage_take_out(struct irq_desc *desc,
						const void *dev_id)
{
	struct irqaction **link = &desc->action;
	struct irqaction *action = *link;

	while (action != NULL && action->dev_id != dev_id) {
		link = &action->next;
		action = *link;
	}
	if (action != NULL)
		store_relaxed(link, action->next);
	return action;
}

static bool manage_would_wait_for_caller(const struct irq_desc *desc,
					 const void *dev_id)
{
	const struct irqaction *action = desc->action;

	for (; action != NULL; action = action->next) {
		if (action->dev_id == dev_id && action->thread != NULL)
			return irqkit_thread_is_caller(action->thread);
	}
	return false;
}

static inline int manage_detach_locked(struct irq_desc *desc,
				       const void *dev_id,
				       struct irqaction **detached)
{
	struct irqaction *action;

	if (irqkit_in_dispatch_irq_off() ||
	    (IRQKIT_PORT_DEFER && manage_would_wait_for_caller(desc, dev_id)))
		return -EDEADLK;
	if (desc->percpu != NULL)
		return -EINVAL;
	action = manage_take_out(desc, dev_id);
	if (action == NULL)
		return -EINVAL;
	if (action == &desc->first_action)
		desc->detaching = true;
	if (desc->action == NULL)
		manage_stop(desc);
	*detached = action;
	return 0;
}

/* What is left to undo when no CPU runs the handlers any more. */
static SELDOM void manage_finish_slowly(struct irqaction *action, bool is_first)
{
	if (action->thread != NULL) {
		irqkit_thread_wait(action->thread);
		irqkit_thread_destroy(action->thread);
	}
	if (!is_first)
		irqkit_port_free(action, sizeof(*action));
}

/* After the last action no CPU is in the handlers any more. */
static SELDOM void manage_deactivate(struct irq_desc *desc)
{
	unsigned long state = irqkit_lock_acquire(&desc->lock);

	if (desc->action == NULL)
		irqkit_deactivate(desc);
	irqkit_lock_release(&desc->lock, state);
}

/*
 * The release pairs with the acquires in irqkit_check_free() and in
 * irqkit_desc_retire(), src/desc.c: whoever attaches the next one, or frees the
 * interrupt, does so when the first action is not used any more.
 */
static inline void manage_finish_detach(struct irq_desc *desc,
					struct irqaction *action)
{
	bool is_first = action == &desc->first_action;

	irqkit_grace_period();
	if (__builtin_expect(action->thread != NULL || !is_first, 0))
		manage_finish_slowly(action, is_first);
	if (irqkit_has_activation(desc))
		manage_deactivate(desc);
	if (is_first)
		store_release(&desc->detaching, false);
}

int free_irq(unsigned int irq, void *dev_id)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	struct irqaction *action;
	unsigned long state;
	int error;

	if (!irqkit_desc_lock_inline(desc, irq, &state))
		return irqkit_in_dispatch() ? -EDEADLK : -EINVAL;
	error = manage_detach_locked(desc, dev_id, &action);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		manage_finish_detach(desc, action);
	irqkit_trace(IRQKIT_TRACE_FREE, irq, (unsigned long)error, 0);
	return error;
}

int synchronize_irq(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	int error;

	if (desc == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	error = irqkit_thread_check_caller(desc, irq);
	if (error != 0)
		return error;
	irqkit_grace_period();
	return irqkit_thread_wait_all(desc, irq);
}

/* Disabled for the caller's reasons, beside those of the library. */
static unsigned int manage_user_depth(const struct irq_desc *desc)
{
	unsigned int state = desc->irq_common_data.state;
	unsigned int depth = desc->depth;

	if ((state & IRQD_MANAGED_SHUTDOWN) != 0)
		depth--;
	if ((state & IRQD_SUSPENDED) != 0)
		depth--;
	if ((state & IRQD_STORM) != 0)
		depth--;
	return depth;
}

/* Only what has a handler can be disabled and enabled. */
static bool manage_lock_enabled(struct irq_desc *desc, unsigned int irq,
				unsigned long *state)
	IRQKIT_TRY_ACQUIRES(true, desc->lock);

IRQKIT_UNCHECKED_LOCKING
static bool manage_lock_enabled(struct irq_desc *desc, unsigned int irq,
				unsigned long *state)
{
	if (!irqkit_desc_lock(desc, irq, state))
		return false;
	if (!irqd_is_per_cpu(&desc->irq_data) &&
	    (desc->action != NULL ||
	     (desc->irq_common_data.state & IRQD_CHAINED) != 0))
		return true;
	irqkit_lock_release(&desc->lock, *state);
	return false;
}

int disable_irq_nosync(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;

	if (!manage_lock_enabled(desc, irq, &state))
		return -EINVAL;
	irqkit_disable(desc);
	irqkit_lock_release(&desc->lock, state);
	return 0;
}

int disable_irq(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	int error;

	if (desc == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	error = irqkit_thread_check_caller(desc, irq);
	if (error == 0)
		error = disable_irq_nosync(irq);
	return error == 0 ? synchronize_irq(irq) : error;
}

int enable_irq(unsigned int irq)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error = -EINVAL;

	if (!manage_lock_enabled(desc, irq, &state))
		return -EINVAL;
	if (manage_user_depth(desc) != 0)
		error = irqkit_enable(desc);
	irqkit_lock_release(&desc->lock, state);
	return error;
}

/* Whether its flow handler may be replaced. Descriptor lock held. */
static int manage_check_handler(const struct irq_desc *desc)
{
	return desc->percpu != NULL ||
			       (desc->irq_common_data.state & IRQD_CHAINED) != 0
		       ? -EBUSY
		       : 0;
}

int irq_set_handler(unsigned int irq, irq_flow_handler_t handler)
{
	struct irq_desc *desc;
	unsigned long state;
	int error;

	if (irqkit_in_dispatch())
		return -EDEADLK;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = manage_check_handler(desc);
	if (error == 0)
		store_release(&desc->handle_irq,
			      handler != NULL ? handler : handle_bad_irq);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		irqkit_grace_period();
	return error;
}

static int manage_set_chip_locked(struct irq_desc *desc, irq_hw_number_t hwirq,
				  const struct irq_chip *chip, void *chip_data,
				  irq_flow_handler_t handler)
{
	if (desc->irq_data.domain != NULL)
		return -EINVAL;
	if (desc->action != NULL || load_acquire(&desc->detaching) ||
	    (desc->irq_common_data.state & IRQD_CHAINED) != 0)
		return -EBUSY;
	desc->irq_data.hwirq = hwirq;
	desc->irq_data.chip = chip;
	desc->irq_data.chip_data = chip_data;
	store_release(&desc->handle_irq, handler);
	return 0;
}

int irq_set_chip_and_handler(unsigned int irq, irq_hw_number_t hwirq,
			     const struct irq_chip *chip, void *chip_data,
			     irq_flow_handler_t handler)
{
	struct irq_desc *desc = irqkit_desc_find(irq);
	unsigned long state;
	int error;

	if (chip == NULL || handler == NULL)
		return -EINVAL;
	if (irqkit_in_dispatch())
		return -EDEADLK;
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	error = manage_set_chip_locked(desc, hwirq, chip, chip_data, handler);
	irqkit_lock_release(&desc->lock, state);
	if (error == 0)
		irqkit_grace_period();
	return error;
}

static int manage_change_status(unsigned int irq, unsigned int clear,
				unsigned int set)
{
	struct irq_desc *desc;
	unsigned long state;

	if (((clear | set) & ~MANAGE_STATUS_FLAGS) != 0)
		return -EINVAL;
	desc = irqkit_desc_find(irq);
	if (!irqkit_desc_lock(desc, irq, &state))
		return -EINVAL;
	desc->irq_common_data.status &= ~clear;
	desc->irq_common_data.status |= set;
	irqkit_lock_release(&desc->lock, state);
	return 0;
}

int irq_set_status_flags(unsigned int irq, unsigned int flags)
{
	return manage_change_status(irq, 0, flags);
}

int irq_clear_status_flags(unsigned int irq, unsigned int flags)
{
	return manage_change_status(irq, flags, 0);
}
