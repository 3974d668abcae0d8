/* SPDX-License-Identifier: MIT */
/* What the files of the reference kernel share among themselves. */
#ifndef BOOT_SMP_H
#define BOOT_SMP_H

#include "kernel.h"

/* A spin lock of the reference kernel, taken with interrupts off. */
struct boot_lock {
	unsigned int taken;
};

static inline unsigned long boot_lock(struct boot_lock *lock)
{
	unsigned long state = arch_irq_save();

	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE) != 0)
		arch_relax();
	return state;
}

static inline void boot_unlock(struct boot_lock *lock, unsigned long state)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
	arch_irq_restore(state);
}

/* boot/smp.c: start the other CPUs. */
void smp_start_all(void);

/*
 * boot/kick.c: make a CPU that idles look for work, which was stored before the
 * call with release. The error is that of the send.
 */
void kick_init(void);
int kick(unsigned int cpu);

/* boot/stop.c */
void stop_init(void);

/* boot/memory.c */
void *memory_alloc(size_t size, size_t align);
void memory_free(void *memory, size_t size);

#endif
