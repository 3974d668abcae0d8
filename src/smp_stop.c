/* SPDX-License-Identifier: MIT */
/*
 * Stop all CPUs. No lock, as its holder may be the one that panics: the caller
 * is chosen by an exchange, and after that each word has one writer, but for
 * the bits of those that have stopped.
 */
#include "internals.h"

#define STOP_LINE 192
#define STOP_LIST 96

static struct {
	struct irq_desc *desc; /* NULL before irqkit_smp_stop_init() */
	int (*send_nmi)(unsigned int cpu);
	void (*at_end)(unsigned int cpu);
	unsigned int caller; /* cpu + 1 of the one that stops all; 0: nobody */
	struct cpumask asked;
	struct cpumask stopped;
} stop;

/* ---- on a CPU that stops */

/*
 * Acquire: what the caller stored before it asked is visible here. Pairs with
 * the release in stop_ask().
 */
static bool stop_is_asked(unsigned int cpu)
{
	return (load_acquire(&stop.asked.bits[irqkit_cpumask_word(cpu)]) &
		irqkit_cpumask_bit(cpu)) != 0;
}

/* False if it has said so before. The release pairs with stop_find_left(). */
static bool stop_answer(unsigned int cpu)
{
	unsigned long bit = irqkit_cpumask_bit(cpu);

	return (__atomic_fetch_or(&stop.stopped.bits[irqkit_cpumask_word(cpu)],
				  bit, __ATOMIC_RELEASE) &
		bit) == 0;
}

/* It will not go on with the handler that it was in: nobody waits for that. */
static void stop_leave_dispatch(unsigned int cpu)
{
	if ((irqkit_dispatch_table[cpu].sequence & 1) != 0)
		irqkit_dispatch_end(cpu);
}

static IRQKIT_NORETURN void stop_here(unsigned int cpu)
{
	irqkit_port_irq_save();
	stop_leave_dispatch(cpu);
	if (stop_answer(cpu) && stop.at_end != NULL)
		stop.at_end(cpu);
	for (;;)
		relax();
}

static irqreturn_t stop_interrupt(unsigned int irq, void *dev_id)
{
	unsigned int cpu = irqkit_port_cpu();

	(void)irq;
	(void)dev_id;
	if (stop_is_asked(cpu))
		stop_here(cpu);
	return IRQ_NONE;
}

/* If it has answered, the NMI may have come in the middle of its last work. */
bool irqkit_smp_stop_nmi(void)
{
	unsigned int cpu = irqkit_port_cpu();

	if (cpumask_test_cpu(cpu, &stop.stopped))
		return true;
	if (!stop_is_asked(cpu))
		return false;
	stop_here(cpu);
}

/* ---- on the CPU that stops the others */

struct stop_wait {
	unsigned int self;
	bool by_nmi;
	struct cpumask left; /* have not answered */
	struct cpumask told; /* were sent an NMI */
};

/* A debug build sends to nobody if one of them has just left. */
static void stop_send(const struct cpumask *cpus)
{
	unsigned int cpu;

	if (__ipi_send_mask(stop.desc, cpus) != -ENXIO)
		return;
	for_each_cpu (cpu, cpus)
		__ipi_send_single(stop.desc, cpu);
}

/*
 * Those that are online and were not asked yet: at first all. The releases pair
 * with stop_is_asked(), for an NMI of somebody else; the send orders its own.
 */
static void stop_ask(unsigned int self)
{
	struct cpumask added;

	cpumask_andnot(&added, cpu_online_mask, &stop.asked);
	cpumask_clear_cpu(self, &added);
	if (cpumask_empty(&added))
		return;
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		store_release(&stop.asked.bits[i],
			      stop.asked.bits[i] | added.bits[i]);
	stop_send(&added);
}

/*
 * Who has left is not waited for. Whether there is one to wait for. The acquire
 * pairs with the release in stop_answer().
 */
static bool stop_find_left(struct cpumask *left)
{
	for (unsigned int i = 0; i < IRQKIT_CPUMASK_LONGS; i++)
		left->bits[i] = stop.asked.bits[i] &
				irqkit_cpumask_load(cpu_online_mask, i) &
				~load_acquire(&stop.stopped.bits[i]);
	return !cpumask_empty(left);
}

/* One at a time, with a look at the answers in between; whether there was one.
 */
static bool stop_send_nmi(struct stop_wait *wait)
{
	struct cpumask untold;
	unsigned int cpu;

	if (!cpumask_andnot(&untold, &wait->left, &wait->told))
		return false;
	cpu = cpumask_first(&untold);
	cpumask_set_cpu(cpu, &wait->told);
	stop.send_nmi(cpu);
	return true;
}

/*
 * For so long at most after the last NMI; whether all have stopped. The clock
 * is read before the answers: if this CPU was held up they are looked at once
 * more.
 */
static bool stop_wait(struct stop_wait *wait, uint64_t nanoseconds)
{
	uint64_t begin = irqkit_port_nanoseconds();
	uint64_t passed;

	do {
		passed = irqkit_port_nanoseconds() - begin;
		stop_ask(wait->self);
		if (!stop_find_left(&wait->left))
			return true;
		if (wait->by_nmi && stop_send_nmi(wait)) {
			begin = irqkit_port_nanoseconds();
			passed = 0;
		}
		relax();
	} while (passed < nanoseconds);
	return false;
}

static bool stop_wait_both(struct stop_wait *wait, uint64_t nanoseconds)
{
	wait->by_nmi = false;
	cpumask_clear(&wait->told);
	if (stop_wait(wait, nanoseconds / 2))
		return true;
	wait->by_nmi = stop.send_nmi != NULL;
	if (!wait->by_nmi)
		stop_send(&wait->left);
	return stop_wait(wait, nanoseconds - nanoseconds / 2);
}

/* What does not fit is cut off behind a whole item. */
static void stop_print_list(char *list, int size, const struct cpumask *mask)
{
	int end = size - 4;

	if (irqkit_cpulist_print(list, (size_t)size, mask) < size)
		return;
	while (list[end - 1] != ',')
		end--;
	__builtin_memcpy(list + end, "...", 4);
}

/* Not by irqkit_log(), as this CPU may hold a lock. */
static SELDOM void stop_report(const struct cpumask *silent)
{
	char line[STOP_LINE];
	char list[STOP_LIST];

	stop_print_list(list, STOP_LIST, silent);
	irqkit_snprintf(line, sizeof(line),
			"irqkit: cpu %u stopped the other CPUs but for %u that "
			"did not answer: %s",
			stop.caller - 1, cpumask_weight(silent), list);
	irqkit_port_log(IRQKIT_LOG_ERROR, line);
}

static int stop_all(unsigned int self, uint64_t nanoseconds,
		    struct cpumask *silent)
{
	struct stop_wait wait = {.self = self};
	bool all = stop_wait_both(&wait, nanoseconds);

	if (silent != NULL)
		cpumask_copy(silent, &wait.left);
	if (all)
		return 0;
	stop_report(&wait.left);
	return -ETIMEDOUT;
}

/* Returns on the one CPU that is the first, and if that calls once more. */
static int stop_claim(unsigned int cpu)
{
	unsigned int caller = 0;

	if (__atomic_compare_exchange_n(&stop.caller, &caller, cpu + 1, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return 0;
	if (caller == cpu + 1)
		return -EBUSY;
	stop_here(cpu);
}

int irqkit_smp_stop(uint64_t nanoseconds, struct cpumask *silent)
{
	unsigned long state;
	unsigned int cpu;
	int error;

	if (nanoseconds == 0 || load_acquire(&stop.desc) == NULL)
		return -EINVAL;
	state = irqkit_port_irq_save();
	cpu = irqkit_port_cpu();
	error = stop_claim(cpu);
	if (error == 0)
		error = stop_all(cpu, nanoseconds, silent);
	irqkit_port_irq_restore(state);
	return error;
}

bool irqkit_smp_stopping(void)
{
	return load_relaxed(&stop.caller) != 0;
}

/* ---- set-up */

static int stop_set_up(unsigned int irq)
{
	int error = request_irq(irq, stop_interrupt, 0, "stop", NULL);

	if (error != 0) {
		irq_destroy_ipi(irq, cpu_possible_mask);
		return error;
	}
	store_release(&stop.desc, irq_to_desc(irq));
	return 0;
}

int irqkit_smp_stop_init(const struct irqkit_smp_stop_info *info)
{
	int irq;

	if (info == NULL || info->domain == NULL ||
	    !irq_domain_is_ipi_single(info->domain))
		return -EINVAL;
	if (stop.desc != NULL)
		return -EBUSY;
	irq = irq_reserve_ipi(info->domain, cpu_possible_mask);
	if (irq < 0)
		return irq;
	stop.send_nmi = info->send_nmi;
	stop.at_end = info->stopped;
	return stop_set_up((unsigned int)irq);
}
