/* SPDX-License-Identifier: MIT */
/*
 * What code compiled with -fsanitize=thread calls, in place of that sanitizer's
 * own library: each access of the library's sources is told to the scheduler,
 * and atomic ones are done here. No state.
 */
#include "sim.h"

#define TSAN_PC __builtin_return_address(0)

void __tsan_init(void);
void __tsan_func_entry(void *pc);
void __tsan_func_exit(void);

void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc)
{
	(void)pc;
}

void __tsan_func_exit(void)
{
}

static void tsan_write(const void *address, const void *pc)
{
	sim_access(address, true, pc);
	sim_wrote(address);
}

#define TSAN_PLAIN(name, is_write)                           \
	void name(void *address);                            \
	void name(void *address)                             \
	{                                                    \
		if (is_write)                                \
			tsan_write(address, TSAN_PC);        \
		else                                         \
			sim_access(address, false, TSAN_PC); \
	}
#define TSAN_SIZES(prefix, is_write)    \
	TSAN_PLAIN(prefix##1, is_write) \
	TSAN_PLAIN(prefix##2, is_write) \
	TSAN_PLAIN(prefix##4, is_write) \
	TSAN_PLAIN(prefix##8, is_write) \
	TSAN_PLAIN(prefix##16, is_write)

TSAN_SIZES(__tsan_read, false)
TSAN_SIZES(__tsan_write, true)
TSAN_SIZES(__tsan_unaligned_read, false)
TSAN_SIZES(__tsan_unaligned_write, true)
TSAN_SIZES(__tsan_volatile_read, false)
TSAN_SIZES(__tsan_volatile_write, true)
TSAN_SIZES(__tsan_read_write, true)
TSAN_SIZES(__tsan_unaligned_read_write, true)

/* Of a struct as a whole: its first and its last byte. */
void __tsan_read_range(void *address, size_t size);
void __tsan_write_range(void *address, size_t size);
void __tsan_vptr_update(void **address, void *value);

void __tsan_read_range(void *address, size_t size)
{
	sim_access(address, false, TSAN_PC);
	sim_access((char *)address + size - 1, false, TSAN_PC);
}

void __tsan_write_range(void *address, size_t size)
{
	tsan_write(address, TSAN_PC);
	tsan_write((char *)address + size - 1, TSAN_PC);
}

/* Clang calls these for the functions of the C library. */
void *__tsan_memcpy(void *to, const void *from, size_t size);
void *__tsan_memmove(void *to, const void *from, size_t size);
void *__tsan_memset(void *to, int value, size_t size);

void *__tsan_memcpy(void *to, const void *from, size_t size)
{
	sim_access(from, false, TSAN_PC);
	tsan_write(to, TSAN_PC);
	return __builtin_memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size)
{
	sim_access(from, false, TSAN_PC);
	tsan_write(to, TSAN_PC);
	return __builtin_memmove(to, from, size);
}

void *__tsan_memset(void *to, int value, size_t size)
{
	tsan_write(to, TSAN_PC);
	return __builtin_memset(to, value, size);
}

/*
 * Atomics, in the order of the schedule whatever order was asked for: one actor
 * runs at a time.
 */
#define TSAN_RMW(bits, type, name, expression)                                \
	type __tsan_atomic##bits##_##name(volatile type *address, type value, \
					  int order);                         \
	type __tsan_atomic##bits##_##name(volatile type *address, type value, \
					  int order)                          \
	{                                                                     \
		type old;                                                     \
                                                                              \
		(void)order;                                                  \
		sim_access((const void *)address, true, TSAN_PC);             \
		old = *address;                                               \
		*address = (type)(expression);                                \
		sim_wrote((const void *)address);                             \
		return old;                                                   \
	}

#define TSAN_COMPARE(bits, type, name)                                         \
	int __tsan_atomic##bits##_compare_exchange_##name(                     \
		volatile type *address, type *expected, type value, int order, \
		int failure);                                                  \
	int __tsan_atomic##bits##_compare_exchange_##name(                     \
		volatile type *address, type *expected, type value, int order, \
		int failure)                                                   \
	{                                                                      \
		type old;                                                      \
                                                                               \
		(void)order;                                                   \
		(void)failure;                                                 \
		sim_access((const void *)address, true, TSAN_PC);              \
		old = *address;                                                \
		if (old == *expected) {                                        \
			*address = value;                                      \
			sim_wrote((const void *)address);                      \
			return 1;                                              \
		}                                                              \
		*expected = old;                                               \
		return 0;                                                      \
	}

/* Clang has one that returns what was there. */
#define TSAN_COMPARE_VALUE(bits, type)                                        \
	type __tsan_atomic##bits##_compare_exchange_val(                      \
		volatile type *address, type expected, type value, int order, \
		int failure);                                                 \
	type __tsan_atomic##bits##_compare_exchange_val(                      \
		volatile type *address, type expected, type value, int order, \
		int failure)                                                  \
	{                                                                     \
		type old;                                                     \
                                                                              \
		(void)order;                                                  \
		(void)failure;                                                \
		sim_access((const void *)address, true, TSAN_PC);             \
		old = *address;                                               \
		if (old == expected) {                                        \
			*address = value;                                     \
			sim_wrote((const void *)address);                     \
		}                                                             \
		return old;                                                   \
	}

#define TSAN_ATOMIC(bits, type)                                              \
	type __tsan_atomic##bits##_load(const volatile type *address,        \
					int order);                          \
	type __tsan_atomic##bits##_load(const volatile type *address,        \
					int order)                           \
	{                                                                    \
		(void)order;                                                 \
		sim_access((const void *)address, false, TSAN_PC);           \
		return *address;                                             \
	}                                                                    \
	void __tsan_atomic##bits##_store(volatile type *address, type value, \
					 int order);                         \
	void __tsan_atomic##bits##_store(volatile type *address, type value, \
					 int order)                          \
	{                                                                    \
		(void)order;                                                 \
		sim_access((const void *)address, true, TSAN_PC);            \
		*address = value;                                            \
		sim_wrote((const void *)address);                            \
	}                                                                    \
	TSAN_RMW(bits, type, exchange, value)                                \
	TSAN_RMW(bits, type, fetch_add, old + value)                         \
	TSAN_RMW(bits, type, fetch_sub, old - value)                         \
	TSAN_RMW(bits, type, fetch_and, old &value)                          \
	TSAN_RMW(bits, type, fetch_or, old | value)                          \
	TSAN_RMW(bits, type, fetch_xor, old ^ value)                         \
	TSAN_RMW(bits, type, fetch_nand, ~(old & value))                     \
	TSAN_COMPARE(bits, type, strong)                                     \
	TSAN_COMPARE(bits, type, weak)                                       \
	TSAN_COMPARE_VALUE(bits, type)

TSAN_ATOMIC(8, uint8_t)
TSAN_ATOMIC(16, uint16_t)
TSAN_ATOMIC(32, uint32_t)
TSAN_ATOMIC(64, uint64_t)

/* A fence is a point like any other; a signal fence stops compilers only. */
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);

void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	sim_local_point();
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}
