/* SPDX-License-Identifier: MIT */
/*
 * Many virtual IPIs over one IPI of a parent domain, the carrier. Senders leave
 * bits in words of the target CPU, without a lock. Numbers are guarded by the
 * lock of the mux's domain; the lock below guards the list of muxes, and which
 * CPUs are open: it keeps others from unmasking on one that goes.
 */
#include "internals.h"

#define MUX_LINE 64U

/* Not an error of a send: the carrier has to be sent. */
#define MUX_KICK 1

/*
 * As many virtual IPIs of one CPU as a word has bits. As long as an unmasked
 * one is pending, a carrier is on its way, or somebody is about to send it, or
 * the handler of the carrier has not come to this word yet.
 */
struct mux_word {
	unsigned long pending;
	unsigned long masked;
	unsigned long stranded; /* were pending, and the carrier failed */
	unsigned long movers;	/* who are between these two */
} IRQKIT_ALIGNED(4 * sizeof(unsigned long));

struct irqkit_ipi_mux {
	struct mux_word *words; /* of CPU 0; each CPU has a row of them */
	size_t row;		/* words from a CPU to the next one */
	struct irq_desc *carrier;
	struct irq_domain *domain;
	unsigned int nr_words; /* of a row that are used */
	struct cpumask open;   /* CPUs that take IPIs */
	unsigned long unexpected;
	struct irqkit_ipi_mux *next;
	size_t bytes;
	unsigned long taken[]; /* numbers that are reserved, or beyond all */
};

static struct irqkit_lock mux_lock = IRQKIT_LOCK_INIT(RANK_CONTROLLER);
static struct irqkit_ipi_mux *mux_list;

static inline unsigned long mux_bit(irq_hw_number_t hwirq)
{
	return 1UL << (hwirq % IRQKIT_BITS_PER_LONG);
}

static inline struct mux_word *mux_word(const struct irqkit_ipi_mux *mux,
					unsigned int cpu, irq_hw_number_t hwirq)
{
	return &mux->words[cpu * mux->row + hwirq / IRQKIT_BITS_PER_LONG];
}

/*
 * The carrier was not taken. Others may have relied on it and are gone; what
 * they left is put where it keeps no later sender from trying. The acquire and
 * the release hand what the senders stored on to mux_take_stranded(). As a
 * release the first step shows the mover to mux_close(), which waits for it.
 */
static SELDOM void mux_strand(struct mux_word *word)
{
	unsigned long state = irqkit_port_irq_save();
	unsigned long masked = load_relaxed(&word->masked);
	unsigned long bits;

	__atomic_fetch_add(&word->movers, 1, __ATOMIC_RELAXED);
	bits = __atomic_fetch_and(&word->pending, masked, __ATOMIC_ACQ_REL) &
	       ~masked;
	__atomic_fetch_or(&word->stranded, bits, __ATOMIC_RELEASE);
	__atomic_fetch_sub(&word->movers, 1, __ATOMIC_RELEASE);
	irqkit_port_irq_restore(state);
}

static inline int mux_kick(const struct irqkit_ipi_mux *mux, unsigned int cpu,
			   struct mux_word *word)
{
	int error = __ipi_send_single(mux->carrier, cpu);

	if (__builtin_expect(error != 0, 0))
		mux_strand(word);
	return error;
}

/*
 * Masked for now, or on a CPU that takes none. The load of the mask that led
 * here pairs with the exchange in mux_close(): the CPU is then seen as closed.
 */
static SELDOM int mux_hold(const struct irqkit_ipi_mux *mux, unsigned int cpu)
{
	return cpumask_test_cpu(cpu, &mux->open) ? 0 : -ENXIO;
}

/*
 * Leave an IPI for a CPU. 0; MUX_KICK if the carrier has to be sent; an error.
 * As a release the first step pairs with the acquire in mux_take(). Both are
 * sequentially consistent with those of who changes the mask and then looks at
 * what is pending, mux_reconsider(): either the new mask is seen here or the
 * bit there.
 */
static inline int mux_post(const struct irqkit_ipi_mux *mux,
			   struct mux_word *word, unsigned long bit,
			   unsigned int cpu)
{
	unsigned long before = __atomic_fetch_or(&word->pending, bit,
						 __ATOMIC_SEQ_CST);
	unsigned long open = ~__atomic_load_n(&word->masked, __ATOMIC_SEQ_CST);

	if (__builtin_expect((open & bit) == 0, 0))
		return mux_hold(mux, cpu);
	return (before & open) == 0 ? MUX_KICK : 0;
}

static int mux_send_single(struct irq_data *data, unsigned int cpu)
{
	const struct irqkit_ipi_mux *mux = data->chip_data;
	struct mux_word *word = mux_word(mux, cpu, data->hwirq);
	int result = mux_post(mux, word, mux_bit(data->hwirq), cpu);

	return result == MUX_KICK ? mux_kick(mux, cpu, word) : result;
}

/* One or more were not taken; sent one by one it is seen which. */
static SELDOM int mux_kick_each(const struct irqkit_ipi_mux *mux,
				const struct irq_data *data,
				const struct cpumask *cpus)
{
	unsigned int cpu;
	int result = 0;

	for_each_cpu (cpu, cpus) {
		int error = mux_kick(mux, cpu, mux_word(mux, cpu, data->hwirq));

		if (error != 0)
			result = error;
	}
	return result;
}

static int mux_send_mask(struct irq_data *data, const struct cpumask *dest)
{
	const struct irqkit_ipi_mux *mux = data->chip_data;
	unsigned long bit = mux_bit(data->hwirq);
	struct cpumask kicked;
	unsigned int cpu;
	int result = 0;

	cpumask_clear(&kicked);
	for_each_cpu (cpu, dest) {
		int error = mux_post(mux, mux_word(mux, cpu, data->hwirq), bit,
				     cpu);

		if (error == MUX_KICK)
			cpumask_set_cpu(cpu, &kicked);
		else if (__builtin_expect(error != 0, 0))
			result = error;
	}
	if (!cpumask_empty(&kicked) &&
	    __builtin_expect(__ipi_send_mask(mux->carrier, &kicked) != 0, 0)) {
		int error = mux_kick_each(mux, data, &kicked);

		result = error != 0 ? error : result;
	}
	return result;
}

/*
 * The mask of a CPU has changed. A sender that saw the old one may have relied
 * on another one that saw the new one, and neither sent the carrier. Pairs with
 * mux_post().
 */
static void mux_reconsider(const struct irqkit_ipi_mux *mux, unsigned int cpu,
			   struct mux_word *word)
{
	unsigned long waits = __atomic_load_n(&word->pending, __ATOMIC_SEQ_CST);
	unsigned long masked = load_relaxed(&word->masked);

	waits |= load_relaxed(&word->stranded);
	if ((waits & ~masked) != 0)
		mux_kick(mux, cpu, word);
}

static void mux_mask(struct irq_data *data)
{
	const struct irqkit_ipi_mux *mux = data->chip_data;
	unsigned int cpu = irqkit_port_cpu();
	struct mux_word *word = mux_word(mux, cpu, data->hwirq);

	__atomic_fetch_or(&word->masked, mux_bit(data->hwirq),
			  __ATOMIC_SEQ_CST);
	mux_reconsider(mux, cpu, word);
}

static void mux_unmask(struct irq_data *data)
{
	const struct irqkit_ipi_mux *mux = data->chip_data;
	unsigned int cpu = irqkit_port_cpu();
	struct mux_word *word = mux_word(mux, cpu, data->hwirq);

	/* A CPU that goes stays closed. */
	if (!cpumask_test_cpu(cpu, &mux->open))
		return;
	__atomic_fetch_and(&word->masked, ~mux_bit(data->hwirq),
			   __ATOMIC_SEQ_CST);
	mux_reconsider(mux, cpu, word);
}

static const struct irq_chip mux_chip = {
	.name = "ipi-mux",
	.irq_mask = mux_mask,
	.irq_unmask = mux_unmask,
	.ipi_send_single = mux_send_single,
	.ipi_send_mask = mux_send_mask,
};

static SELDOM unsigned long mux_take_stranded(struct mux_word *word,
					      unsigned long masked)
{
	return __atomic_fetch_and(&word->stranded, masked, __ATOMIC_ACQUIRE) &
	       ~masked;
}

/*
 * What this CPU has to handle now, taken out before any of it is handled: what
 * is sent from here on sends the carrier again (HZ51, HZ52). The acquire pairs
 * with the release in mux_post(). That the bit is seen at all is the order of
 * the carrier.
 */
static inline unsigned long mux_take(struct mux_word *word)
{
	unsigned long masked = load_relaxed(&word->masked);
	unsigned long bits = 0;

	if ((load_relaxed(&word->pending) & ~masked) != 0)
		bits = __atomic_fetch_and(&word->pending, masked,
					  __ATOMIC_ACQUIRE) &
		       ~masked;
	if (__builtin_expect(load_relaxed(&word->stranded) != 0, 0))
		bits |= mux_take_stranded(word, masked);
	return bits;
}

static SELDOM void mux_count_unexpected(struct irqkit_ipi_mux *mux)
{
	__atomic_fetch_add(&mux->unexpected, 1, __ATOMIC_RELAXED);
}

static inline void mux_dispatch(struct irqkit_ipi_mux *mux, unsigned int word,
				unsigned long bits)
{
	for (; bits != 0; bits &= bits - 1) {
		unsigned int hwirq = word * IRQKIT_BITS_PER_LONG +
				     (unsigned int)__builtin_ctzl(bits);

		if (__builtin_expect(
			    generic_handle_domain_irq(mux->domain, hwirq) != 0,
			    0))
			mux_count_unexpected(mux);
	}
}

/* The carrier has arrived. */
static irqreturn_t mux_handle(unsigned int irq, void *dev_id)
{
	struct irqkit_ipi_mux *mux = dev_id;
	struct mux_word *words = mux_word(mux, irqkit_port_cpu(), 0);

	(void)irq;
	for (unsigned int i = 0; i < mux->nr_words; i++)
		mux_dispatch(mux, i, mux_take(&words[i]));
	return IRQ_HANDLED;
}

/* Whether there was something. */
static bool mux_drop(struct mux_word *word, unsigned long bit)
{
	unsigned long bits = load_relaxed(&word->pending) |
			     load_relaxed(&word->stranded);

	if ((bits & bit) == 0)
		return false;
	__atomic_fetch_and(&word->pending, ~bit, __ATOMIC_RELAXED);
	__atomic_fetch_and(&word->stranded, ~bit, __ATOMIC_RELAXED);
	return true;
}

static void mux_open_bit(const struct irqkit_ipi_mux *mux, unsigned int cpu,
			 struct mux_word *word, unsigned long bit)
{
	if (!cpumask_test_cpu(cpu, &mux->open) ||
	    (load_relaxed(&word->masked) & bit) == 0)
		return;
	__atomic_fetch_and(&word->masked, ~bit, __ATOMIC_SEQ_CST);
	mux_reconsider(mux, cpu, word);
}

/*
 * An IPI as it was before its handler came: unmasked everywhere. What waited
 * behind a mask goes with the handler.
 */
static void mux_deactivate(struct irq_domain *domain, struct irq_data *data)
{
	const struct irqkit_ipi_mux *mux = domain->host_data;
	unsigned long bit = mux_bit(data->hwirq);

	irqkit_lock_enter(&mux_lock);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct mux_word *word = mux_word(mux, cpu, data->hwirq);

		if ((load_relaxed(&word->masked) & bit) != 0)
			mux_drop(word, bit);
		mux_open_bit(mux, cpu, word, bit);
	}
	irqkit_lock_leave(&mux_lock);
}

/* What is still on its way is nobody's. */
static void mux_forget(struct irqkit_ipi_mux *mux, irq_hw_number_t hwirq)
{
	unsigned long bit = mux_bit(hwirq);

	irqkit_lock_enter(&mux_lock);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct mux_word *word = mux_word(mux, cpu, hwirq);

		if (mux_drop(word, bit) && cpumask_test_cpu(cpu, &mux->open))
			mux_count_unexpected(mux);
		mux_open_bit(mux, cpu, word, bit);
	}
	irqkit_lock_leave(&mux_lock);
}

static void mux_free(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr)
{
	struct irqkit_ipi_mux *mux = domain->host_data;

	for (unsigned int i = irq; i < irq + nr; i++) {
		irq_hw_number_t hwirq =
			irq_domain_get_irq_data(domain, i)->hwirq;

		mux_forget(mux, hwirq);
		mux->taken[hwirq / IRQKIT_BITS_PER_LONG] &= ~mux_bit(hwirq);
	}
}

/* In single mode it is asked for one at a time. */
static int mux_alloc(struct irq_domain *domain, unsigned int irq,
		     unsigned int nr, const void *arg)
{
	struct irqkit_ipi_mux *mux = domain->host_data;
	irq_hw_number_t hwirq;
	unsigned int i = 0;

	(void)arg;
	if (nr != 1)
		return -EINVAL;
	while (i < mux->nr_words && ~mux->taken[i] == 0)
		i++;
	if (i >= mux->nr_words)
		return -ENOSPC;
	hwirq = i * IRQKIT_BITS_PER_LONG +
		(unsigned int)__builtin_ctzl(~mux->taken[i]);
	mux->taken[i] |= mux_bit(hwirq);
	irq_domain_set_info(domain, irq, hwirq, &mux_chip, mux,
			    handle_percpu_irq);
	return 0;
}

static const struct irq_domain_ops mux_ops = {
	.alloc = mux_alloc,
	.free = mux_free,
	.deactivate = mux_deactivate,
};

/*
 * This CPU comes, with nothing of its last life: emptied last, or what a late
 * sender left meanwhile would look as if a carrier were on its way.
 */
static void mux_open(struct irqkit_ipi_mux *mux, unsigned int cpu)
{
	struct mux_word *words = mux_word(mux, cpu, 0);

	irqkit_lock_enter(&mux_lock);
	for (unsigned int i = 0; i < mux->nr_words; i++) {
		__atomic_store_n(&words[i].masked, 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&words[i].pending, 0, __ATOMIC_SEQ_CST);
		store_relaxed(&words[i].stranded, 0);
	}
	irqkit_cpumask_set_cpu_atomic(cpu, &mux->open);
	irqkit_lock_leave(&mux_lock);
}

/*
 * This CPU goes: from here on mux_post() is an error, and what it has accepted
 * is handled (HZ47). A sender that saw the mask as it was has left its bit
 * before the exchange, with which its load pairs; the take is after it.
 */
static void mux_close(struct irqkit_ipi_mux *mux, unsigned int cpu)
{
	struct mux_word *words = mux_word(mux, cpu, 0);

	irqkit_lock_enter(&mux_lock);
	irqkit_cpumask_clear_cpu_atomic(cpu, &mux->open);
	irqkit_lock_leave(&mux_lock);
	for (unsigned int i = 0; i < mux->nr_words; i++) {
		struct mux_word *word = &words[i];
		unsigned long masked = __atomic_exchange_n(&word->masked, ~0UL,
							   __ATOMIC_SEQ_CST);
		unsigned long bits = __atomic_exchange_n(&word->pending, 0,
							 __ATOMIC_SEQ_CST);

		/* Pairs with the end of mux_strand(). */
		while (load_acquire(&word->movers) != 0)
			relax();
		bits |= __atomic_exchange_n(&word->stranded, 0,
					    __ATOMIC_ACQUIRE);
		mux_dispatch(mux, i, bits & ~masked);
	}
}

/*
 * A sender that saw the CPU before it went is waited for: it would leave its
 * bit before mux_open() and find the mask as it is after that.
 */
static int mux_cpu_prepare(unsigned int cpu)
{
	(void)cpu;
	irqkit_grace_period();
	return 0;
}

static int mux_cpu_starting(unsigned int cpu)
{
	struct irqkit_ipi_mux *mux;

	for (mux = mux_list; mux != NULL; mux = mux->next)
		mux_open(mux, cpu);
	return 0;
}

static void mux_cpu_dying(unsigned int cpu)
{
	struct irqkit_ipi_mux *mux;

	irqkit_dispatch_enter(cpu);
	for (mux = mux_list; mux != NULL; mux = mux->next)
		mux_close(mux, cpu);
	irqkit_dispatch_exit(cpu);
}

static struct irqkit_cpu_notifier mux_notifier = {
	.name = "ipi-mux",
	.prepare = mux_cpu_prepare,
	.starting = mux_cpu_starting,
	.dying = mux_cpu_dying,
};

static void mux_link(struct irqkit_ipi_mux *mux)
{
	unsigned long state = irqkit_lock_acquire(&mux_lock);

	/* By the first mux; for the others it is there. */
	irqkit_register_cpu_notifier(&mux_notifier);
	mux->next = mux_list;
	mux_list = mux;
	irqkit_lock_release(&mux_lock, state);
}

static void mux_unlink(const struct irqkit_ipi_mux *mux)
{
	unsigned long state = irqkit_lock_acquire(&mux_lock);
	struct irqkit_ipi_mux **link = &mux_list;

	while (*link != mux)
		link = &(*link)->next;
	*link = mux->next;
	irqkit_lock_release(&mux_lock, state);
}

static size_t mux_round_up(size_t bytes)
{
	return (bytes + MUX_LINE - 1) / MUX_LINE * MUX_LINE;
}

/* In one piece: the mux, which of its numbers are taken, and rows of words. */
static struct irqkit_ipi_mux *mux_make(unsigned int nr)
{
	size_t nr_words = (nr + IRQKIT_BITS_PER_LONG - 1) /
			  IRQKIT_BITS_PER_LONG;
	size_t row = mux_round_up(nr_words * sizeof(struct mux_word));
	size_t head = mux_round_up(sizeof(struct irqkit_ipi_mux) +
				   nr_words * sizeof(unsigned long));
	size_t bytes = head + nr_cpu_ids * row;
	struct irqkit_ipi_mux *mux;

	irqkit_assert_no_lock();
	mux = irqkit_port_alloc(bytes, MUX_LINE);
	if (mux == NULL)
		return NULL;
	mux->bytes = bytes;
	mux->words = (struct mux_word *)((char *)mux + head);
	mux->row = row / sizeof(struct mux_word);
	mux->nr_words = (unsigned int)nr_words;
	if (nr % IRQKIT_BITS_PER_LONG != 0)
		mux->taken[nr_words - 1] = ~0UL << (nr % IRQKIT_BITS_PER_LONG);
	return mux;
}

/* Those that are online take IPIs as soon as the mux has some. */
static void mux_set_up_cpus(struct irqkit_ipi_mux *mux)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		struct mux_word *words = mux_word(mux, cpu, 0);

		if (cpu_online(cpu)) {
			cpumask_set_cpu(cpu, &mux->open);
			continue;
		}
		for (unsigned int i = 0; i < mux->nr_words; i++)
			words[i].masked = ~0UL;
	}
}

static int mux_make_domain(struct irqkit_ipi_mux *mux,
			   const struct irqkit_ipi_mux_info *info)
{
	const struct irq_domain_info domain = {
		.name = info->name,
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = info->nr,
		.ops = &mux_ops,
		.host_data = mux,
	};

	return irq_domain_create(&domain, &mux->domain);
}

static int mux_reserve_carrier(struct irqkit_ipi_mux *mux,
			       const struct irqkit_ipi_mux_info *info)
{
	int irq = irq_reserve_ipi(info->parent, cpu_possible_mask);
	int error;

	if (irq < 0)
		return irq;
	mux->carrier = irq_to_desc((unsigned int)irq);
	error = request_irq((unsigned int)irq, mux_handle, 0, info->name, mux);
	if (error != 0)
		irq_destroy_ipi((unsigned int)irq, cpu_possible_mask);
	return error;
}

static bool mux_info_is_valid(const struct irqkit_ipi_mux_info *info)
{
	return info != NULL && info->name != NULL && info->parent != NULL &&
	       irq_domain_is_ipi_single(info->parent) && info->nr != 0 &&
	       info->nr <= IRQKIT_NR_IRQS;
}

int irqkit_ipi_mux_create(const struct irqkit_ipi_mux_info *info,
			  struct irqkit_ipi_mux **mux)
{
	struct irqkit_ipi_mux *made;
	int error;

	if (mux == NULL || !mux_info_is_valid(info))
		return -EINVAL;
	made = mux_make(info->nr);
	if (made == NULL)
		return -ENOMEM;
	mux_set_up_cpus(made);
	error = mux_make_domain(made, info);
	if (error != 0)
		goto free_memory;
	error = mux_reserve_carrier(made, info);
	if (error != 0)
		goto remove_domain;
	mux_link(made);
	*mux = made;
	return 0;

remove_domain:
	irq_domain_remove(made->domain);
free_memory:
	irqkit_port_free(made, made->bytes);
	return error;
}

/* Without a domain no IPI of it can be left, and none can be reserved. */
int irqkit_ipi_mux_destroy(struct irqkit_ipi_mux *mux)
{
	unsigned int irq;
	int error;

	if (mux == NULL)
		return -EINVAL;
	error = irq_domain_remove(mux->domain);
	if (error != 0)
		return error;
	irq = mux->carrier->irq_data.irq;
	mux_unlink(mux);
	free_irq(irq, mux);
	irq_destroy_ipi(irq, cpu_possible_mask);
	irqkit_port_free(mux, mux->bytes);
	return 0;
}

struct irq_domain *irqkit_ipi_mux_domain(const struct irqkit_ipi_mux *mux)
{
	return mux != NULL ? mux->domain : NULL;
}

unsigned long irqkit_ipi_mux_unexpected(const struct irqkit_ipi_mux *mux)
{
	return mux != NULL ? load_relaxed(&mux->unexpected) : 0;
}
