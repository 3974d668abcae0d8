/* SPDX-License-Identifier: MIT */
/*
 * The life of a CPU, as the kernel tells it to the library.
 *
 *   irqkit_init(n)               once, on the boot CPU, before anything else
 *   irqkit_<backend>_init()      the boot CPU takes interrupts from here on
 *   for each other CPU:
 *     irqkit_cpu_prepare(cpu)    on a running CPU: memory, hardware names
 *     (the kernel starts the CPU)
 *     irqkit_cpu_starting(cpu)   on the new CPU, interrupts off: its local
 *                                controller is ready, the CPU becomes online
 *     irqkit_cpu_online(cpu)     on any running CPU: it becomes active
 *   and back:
 *     irqkit_cpu_offline(cpu)    on any running CPU: it is active no more, and
 *                                its interrupts are moved to others
 *     irqkit_cpu_dying(cpu)      on the CPU, interrupts off: it is online no
 *                                more; what came meanwhile is moved, and last
 *                                its local controller is turned off
 *     (the kernel stops the CPU)
 *     irqkit_cpu_dead(cpu)       on another CPU, when it has stopped
 *
 * A CPU so becomes online first and active last, and leaves active first and
 * online last. The kernel runs one of these steps at a time.
 */
#ifndef IRQKIT_CPUHOTPLUG_H
#define IRQKIT_CPUHOTPLUG_H

#include <irqkit/cpumask.h>
#include <irqkit/errno.h>
#include <irqkit/names.h>

IRQKIT_BEGIN_DECLS

/*
 * Its name says how the archive was configured, so that a kernel does not link
 * whose file that calls irqkit_init() was compiled with other values. Its other
 * files must have the same ones.
 */
#define IRQKIT_ABI_PASTE(cpus, irqs, debug, relax, hooks, defer, numa, trace, \
			 stats)                                               \
	irqkit_abi_cpus_##cpus##_irqs_##irqs##_debug_##debug##_relax_##relax##_hooks_##hooks##_defer_##defer##_numa_##numa##_trace_##trace##_stats_##stats
#define IRQKIT_ABI_EXPAND(cpus, irqs, debug, relax, hooks, defer, numa, trace, \
			  stats)                                               \
	IRQKIT_ABI_PASTE(cpus, irqs, debug, relax, hooks, defer, numa, trace,  \
			 stats)
#define IRQKIT_ABI                                                           \
	IRQKIT_ABI_EXPAND(IRQKIT_NR_CPUS, IRQKIT_NR_IRQS, IRQKIT_DEBUG,      \
			  IRQKIT_PORT_RELAX, IRQKIT_PORT_HANDLER_HOOKS,      \
			  IRQKIT_PORT_DEFER, IRQKIT_PORT_NUMA, IRQKIT_TRACE, \
			  IRQKIT_SEND_STATS)
extern const char IRQKIT_ABI;

int irqkit_init_with_abi(unsigned int nr_cpus, const char *abi);

/**
 * irqkit_init() - set up the core
 * @nr_cpus: how many CPUs this machine can ever have; 1 to IRQKIT_NR_CPUS
 *
 * CPUs 0 to @nr_cpus - 1 become possible and present, and the calling CPU,
 * which must be CPU 0, online and active.
 *
 * Context: boot, interrupts off.
 * Return: 0; -EINVAL if @nr_cpus is 0 or above IRQKIT_NR_CPUS, the caller is
 * not CPU 0, or interrupts are on; -EBUSY if it was called before; -ENOMEM.
 */
static inline int irqkit_init(unsigned int nr_cpus)
{
	return irqkit_init_with_abi(nr_cpus, &IRQKIT_ABI);
}

/**
 * irqkit_cpu_prepare() - make ready for a CPU that is going to start
 * @cpu: logical index
 *
 * Allocates all that the CPU will need. A CPU that has been prepared may be
 * prepared again.
 *
 * Context: thread, on a CPU that is online.
 * Return: 0; -EINVAL if @cpu is not possible or is foreign; -ENODEV if it is
 * not present, or the controller has no part for it; -EBUSY if it is online;
 * -ENOMEM. On an error the CPU must not be started.
 */
int irqkit_cpu_prepare(unsigned int cpu);

/**
 * irqkit_cpu_starting() - set up the local controller of this CPU
 * @cpu: logical index, the calling CPU
 *
 * When it returns 0 the CPU is online: others may send to it, and it takes
 * interrupts as soon as the kernel turns them on.
 *
 * Context: on-cpu, interrupts off.
 * Order: what this CPU stored before is visible to a CPU that sees it online.
 * Return: 0; -EINVAL if @cpu is not the calling CPU, or was not prepared, or
 * interrupts are on;
 * -EBUSY if it is online; -ETIMEDOUT or -ENODEV from the local controller:
 * the CPU must then stay parked with interrupts off.
 */
int irqkit_cpu_starting(unsigned int cpu);

/**
 * irqkit_cpu_online() - let a CPU become a target
 * @cpu: logical index of a CPU that is online
 *
 * Context: thread, on any CPU.
 * Return: 0; -EINVAL if @cpu is not possible; -ENXIO if it is not online.
 */
int irqkit_cpu_online(unsigned int cpu);

/* What became of an interrupt of a CPU that went offline. */
enum irqkit_receipt_kind {
	IRQKIT_RECEIPT_MOVED,	  /* to another CPU of its affinity */
	IRQKIT_RECEIPT_BROKEN,	  /* to a CPU outside of its affinity */
	IRQKIT_RECEIPT_SHUT_DOWN, /* managed, and no CPU of its mask is left */
	IRQKIT_RECEIPT_FORWARDED, /* was latched here and raised again there */
	IRQKIT_RECEIPT_STUCK,	  /* could not be moved */
	IRQKIT_RECEIPT_KINDS
};

struct irqkit_receipt_entry {
	unsigned int irq;
	enum irqkit_receipt_kind kind;
	int error; /* why it is stuck, as a negative value; else 0 */
};

/*
 * Each interrupt is tried when its CPU leaves the active ones, and again at
 * last if that failed. What fails then too is stuck, with what its chip said
 * (-ENOSYS: it has no irq_set_affinity): it is still aimed at the CPU, and
 * comes again when that is back. After -ENOSPC all active CPUs are tried, but
 * not for a managed one. A move that a chip has begun is taken as ended then,
 * whether it says so or not. No other interrupt is affected.
 *
 * The caller sets @entries and @room, and the rest to 0.
 */
struct irqkit_receipt {
	unsigned int count[IRQKIT_RECEIPT_KINDS]; /* of all, also beyond room */
	struct irqkit_receipt_entry *entries;	  /* NULL if @room is 0 */
	unsigned int room;
	unsigned int used; /* entries filled */
};

/**
 * irqkit_cpu_offline() - a CPU is going to leave
 * @cpu: logical index of a CPU that is active
 * @receipt: added to; may be NULL
 *
 * It leaves the active CPUs, so nothing new is aimed at it, and what is aimed
 * at it is moved. Until irqkit_cpu_dying() it still takes interrupts, and
 * irqkit_cpu_online() takes the step back.
 *
 * Context: thread, on any CPU.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @cpu is not possible; -ENXIO if it is not active;
 * -EBUSY if it is the last active one; what a notifier returned: it is active
 * as before then; -EDEADLK if the caller is a handler.
 */
int irqkit_cpu_offline(unsigned int cpu, struct irqkit_receipt *receipt);

/* What would become of an interrupt when CPUs go. */
struct irqkit_plan_entry {
	unsigned int irq;
	enum irqkit_receipt_kind kind; /* the last one of its receipts */
	int error;		       /* why it would be stuck, else 0 */
	bool assumed;		       /* its chip could not be asked */
	struct cpumask targets; /* where it would be; empty if shut down */
};

/* The caller sets @entries and @room, and the rest is written. */
struct irqkit_plan {
	unsigned int count[IRQKIT_RECEIPT_KINDS]; /* of all, also beyond room */
	unsigned int assumed;			  /* the same of these */
	struct irqkit_plan_entry *entries;	  /* NULL if @room is 0 */
	unsigned int room;
	unsigned int used; /* entries filled, by ascending irq */
};

/**
 * irq_plan_offline() - what would become of interrupts if CPUs went offline
 * @cpus: they would go one after the other, the lowest first, each all the way
 * to irqkit_cpu_dead()
 * @plan: out
 *
 * Decided by what decides when they do go, and asked of the controllers with
 * the vectors and the like that earlier interrupts would have taken; nothing is
 * changed. So what happens is what is planned, interrupt by interrupt, as long
 * as nothing else happens: interrupts that are requested, freed or moved
 * meanwhile, moves that end (they are planned as if they ended when the CPU
 * goes), notifiers that refuse.
 *
 * There is an entry for each interrupt that would not stay as it is, with what
 * became of it last. Where no level of it has irq_plan_affinity, the entry is
 * an assumption: that the controller accepts, and takes the first CPU of the
 * mask, or all if it is not one that goes to a single CPU. What is latched at a
 * CPU that goes (IRQKIT_RECEIPT_FORWARDED) cannot be planned.
 *
 * Context: thread. It allocates. The kernel takes no step of a CPU meanwhile.
 * Locks: descriptor.
 * Return: 0; -EINVAL if a pointer is NULL, @cpus is empty or one of them is not
 * possible, or @entries is NULL and @room is not 0; -ENXIO if one of them is
 * not active; -EBUSY if no active one would be left; -EDEADLK if the caller is
 * a handler; -ENOMEM. On an error @plan is unchanged.
 */
int irq_plan_offline(const struct cpumask *cpus, struct irqkit_plan *plan);

/**
 * irqkit_cpu_dying() - this CPU takes no interrupts any more
 * @cpu: logical index, the calling CPU
 * @receipt: added to; may be NULL
 *
 * It leaves the online CPUs. What was aimed at it since irqkit_cpu_offline(),
 * and what is latched in its local controller, is handed to others; then that
 * controller is turned off. The kernel then stops the CPU.
 *
 * Context: on-cpu, interrupts off, not in a handler.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @cpu is not the calling CPU, or interrupts are on;
 * -EBUSY if it is active; -ENXIO if it is not online; -EDEADLK if the caller
 * is a handler. On an error nothing is changed.
 */
int irqkit_cpu_dying(unsigned int cpu, struct irqkit_receipt *receipt);

/**
 * irqkit_cpu_dead() - a CPU has stopped
 * @cpu: logical index of a CPU that was dying
 *
 * It has to be prepared again before it is started again.
 *
 * Context: thread, on another CPU, when the CPU runs no more.
 * Return: 0; -EINVAL if @cpu is not possible; -EBUSY if it is online.
 */
int irqkit_cpu_dead(unsigned int cpu);

/**
 * irq_migrate_all_off_this_cpu() - hand over what is aimed at this CPU
 * @receipt: added to; may be NULL
 *
 * What irqkit_cpu_offline() and irqkit_cpu_dying() do for interrupts, for a
 * kernel that takes these steps by itself.
 *
 * Context: on-cpu, interrupts off. The CPU is not active.
 * Locks: descriptor.
 * Return: 0; -EINVAL if interrupts are on; -EBUSY if the CPU is active.
 */
int irq_migrate_all_off_this_cpu(struct irqkit_receipt *receipt);

/**
 * irq_affinity_online_cpu() - give managed interrupts to a CPU that has come
 * @cpu: logical index of a CPU that is active
 *
 * What irqkit_cpu_online() does for interrupts, for a kernel that takes the
 * steps by itself: managed ones with the CPU in their mask that were shut down
 * start again, if nothing else keeps them disabled, and those that go to
 * several CPUs, or to one that they are to be kept away from, are aimed anew.
 * Others stay where they are. One that does not start is left shut down, and
 * logged.
 *
 * Context: thread, on any CPU. The kernel takes no step of a CPU meanwhile.
 * Locks: descriptor.
 * Return: 0; -EINVAL if @cpu is not possible; -ENXIO if it is not active.
 */
int irq_affinity_online_cpu(unsigned int cpu);

/**
 * irqkit_set_cpu_present() - say whether a CPU is plugged in
 * @cpu: logical index of a CPU that is not online
 * @present: false for one that firmware lists but that is not there
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL if @cpu is not possible; -EBUSY if it is online.
 */
int irqkit_set_cpu_present(unsigned int cpu, bool present);

/**
 * irqkit_set_cpu_foreign() - a CPU that this kernel does not run
 * @cpu: logical index of a CPU that is not online
 * @foreign: true for a coprocessor that takes IPIs by its hardware number
 *
 * A foreign CPU accepts sends. It is never started, never a target of
 * affinity and never reached by a broadcast.
 *
 * Context: boot or thread.
 * Return: 0; -EINVAL if @cpu is not possible; -EBUSY if it is online;
 * -ENODEV, -ENOMEM from the controller, which must know its hardware number.
 */
int irqkit_set_cpu_foreign(unsigned int cpu, bool foreign);

/*
 * What happens to a CPU, told to whoever has work to do for each CPU: the
 * backends, the core's own parts and the kernel alike. Any step may be NULL.
 * The steps up are called in the order of registration, the steps down in the
 * reverse order: prepare and dead, starting and dying, online and offline
 * belong together. Interrupts are migrated by the core between the masks and
 * the notifiers: a step down finds them moved, and a step up finds them back.
 */
struct irqkit_cpu_notifier {
	const char *name;

	/*
	 * The CPU is going to start, or becomes foreign. Thread context, no
	 * lock held, may allocate. An error stops the start of the CPU; the
	 * notifiers before it are not called again for that, so this must be
	 * repeatable.
	 */
	int (*prepare)(unsigned int cpu);

	/*
	 * On the new CPU, interrupts off, before it is online. May not
	 * allocate. An error keeps the CPU offline: the notifiers before it
	 * are told that it is dying.
	 */
	int (*starting)(unsigned int cpu);

	/* The CPU is online and active. Thread context, any CPU. */
	void (*online)(unsigned int cpu);

	/*
	 * The CPU has left the active ones and its interrupts were moved.
	 * Thread context, any CPU. An error keeps it: the notifiers told
	 * before are told that it is online.
	 */
	int (*offline)(unsigned int cpu);

	/* On the CPU, interrupts off; it is not online any more. */
	void (*dying)(unsigned int cpu);

	/* The CPU has stopped. Thread context, another CPU. */
	void (*dead)(unsigned int cpu);

	struct irqkit_cpu_notifier *next, *previous; /* the library's */
};

/**
 * irqkit_register_cpu_notifier() - be told of CPUs that come and go
 * @notifier: stays in use until the end of the system
 *
 * Notifiers are called in the order of their registration. For CPUs that are
 * online already nothing is called.
 *
 * Context: boot.
 * Return: 0; -EINVAL if @notifier is NULL; -EEXIST if it is registered.
 */
int irqkit_register_cpu_notifier(struct irqkit_cpu_notifier *notifier);

IRQKIT_END_DECLS

#include <irqkit/names_end.h>

#endif
