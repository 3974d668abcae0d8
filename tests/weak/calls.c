/* SPDX-License-Identifier: MIT */
/*
 * The cross calls of src/call.h, src/smp_call.c and src/call_many.c, which take
 * no lock but to take a call back. As protocols.c: each outcome would be a bug.
 */
#include <stddef.h>
#include "program.h"

const struct weak_program weak_calls[] = {
	/* X: what a call carries, its link too; Y: the list of an inbox. */
	{"a call is pushed",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_push()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of call_drain()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/* Another call was pushed on top, by who acquires nothing. */
	{"a call is pushed, and one more on top",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_push()"),
		CHANGE(1, Y, 1, 2, 0, WEAK_RELEASE),
		READ(2, Y, 2, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of call_drain()"),
		WRITE(2, Y, 0, .flags = WEAK_RMW_WRITE), READ(2, X, 0))},
	/*
	 * Z: the interrupt is pending. Who takes it looks whether there is
	 * something, by a plain load, and finds nothing.
	 */
	{"a call and its interrupt, on a GICv3",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		FENCE(0, STORE, .barrier = "dsb ishst of the send"),
		WRITE(0, Z, 1), READ(1, Z, 1),
		FENCE(1, FULL, .barrier = "dsb of gicv3_acknowledge()"),
		READ(1, Y, 0))},
	/*
	 * Two callers, and one interrupt, of who found the list empty. The
	 * other one relies on it, but its call is not in what was drained, nor
	 * after that in the list. The order of one location is enough.
	 */
	{"a call that relies on the interrupt of another",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		READ(1, Y, 1, .flags = WEAK_RMW,
		     .barrier = "one step of call_push()"),
		WRITE(1, Y, 2, .flags = WEAK_RMW_WRITE | WEAK_RELEASE),
		CHANGE(2, Y, 1, 0, WEAK_ACQUIRE, 0))},
	/*
	 * X: the CPU is online no more. The caller saw that it is, and the CPU
	 * does not find the call when it drains for the last time (HZ47).
	 */
	{"a call against a CPU that leaves",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		FENCE(0, FULL, .barrier = "fence of call_post()"),
		READ(0, X, 0), CHANGE(1, X, 0, 1, 0, 0),
		FENCE(1, FULL, .barrier = "fence of call_dying()"),
		CHANGE(1, Y, 0, 0, WEAK_ACQUIRE, 0))},
	/* Y: a bit of the words, whoever brings the bundle. */
	{"a call to many against a CPU that leaves",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		FENCE(0, FULL, .barrier = "fence of call_post_all()"),
		READ(0, X, 0), CHANGE(1, X, 0, 1, 0, 0),
		FENCE(1, FULL, .barrier = "fence of call_dying()"),
		READ(1, Y, 0))},
	/*
	 * X: the CPU is online. Who put calls of others back saw that it is
	 * not, and told nobody; who brings it up finds nothing to tell of.
	 */
	{"a list that is put back, against a CPU that comes",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		FENCE(0, FULL, .barrier = "fence of call_remove()"),
		READ(0, X, 0), CHANGE(1, X, 0, 1, 0, 0),
		FENCE(1, FULL, .barrier = "fence of call_online()"),
		READ(1, Y, 0))},
	/* The bundle is in the list for the bits of others, too. */
	{"a bundle against a CPU that comes",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		FENCE(0, FULL, .barrier = "fence of call_post_all()"),
		READ(0, X, 0), CHANGE(1, X, 0, 1, 0, 0),
		FENCE(1, FULL, .barrier = "fence of call_online()"),
		READ(1, Y, 0))},
	/*
	 * Z: 1 when another one has taken a list out and put it back, below the
	 * lock. A CPU that leaves comes after that, and does not find it.
	 */
	{"a list that is put back, against a CPU that leaves",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		CHANGE(1, Y, 1, 0, WEAK_ACQUIRE, 0),
		CHANGE(1, Y, 0, 1, 0, WEAK_RELEASE), FENCE(1, FULL),
		WRITE(1, Z, 1, .flags = WEAK_RELEASE),
		READ(2, Z, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_lock_enter()"),
		CHANGE(2, Y, 0, 0, WEAK_ACQUIRE, 0))},
	/* X: the link, or what stands in the call, for who takes it out. */
	{"a list is taken apart",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_push()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of call_remove()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/* X: a link that was changed to leave one out. */
	{"a list is put back",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_put_back()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of call_drain()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/*
	 * Taken back by its caller, and by its CPU too: both took it out of the
	 * list, or both had its bit. Each is one atomic change.
	 */
	{"a call is taken back, and runs",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, WEAK_RELEASE),
		READ(0, Y, 1, .flags = WEAK_RMW,
		     .barrier = "one step of call_remove(), call_take_bit()"),
		WRITE(0, Y, 0, .flags = WEAK_RMW_WRITE),
		READ(1, Y, 1, .flags = WEAK_RMW,
		     .barrier = "one step of call_drain(), "
				"irqkit_call_run_words()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE))},
	/* X: what the function stored; Y: its call is done. */
	{"a call is waited for",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of call_run()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of call_await()"),
		READ(1, X, 0))},
	/* X: what the caller stores when it has waited. */
	{"a call that was waited for keeps what is behind it out",
	 EVENTS(READ(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of call_run()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of call_await()"),
		WRITE(1, X, 1))},
	/* X: the function in a slot; Y: it is free, or done and left. */
	{"a slot is used again",
	 EVENTS(READ(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_run()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of call_claim()"),
		WRITE(1, X, 1))},
	/* X: the link; Y: whether the caller's call is in use. */
	{"a call of the caller's is used again",
	 EVENTS(READ(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_run()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of call_queue()"),
		WRITE(1, Y, 2, .flags = WEAK_RMW_WRITE), WRITE(1, X, 1))},
	/* X: the function of a group; Y: its bit. */
	{"a call to many",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_leave_bit()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_call_run_words()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/*
	 * Z: the bundle is queued; Y: a bit, whatever its own change orders.
	 * Who left the bit found the bundle queued, so it does not push it; its
	 * function does not find the bit.
	 */
	{"a bit is left to a bundle that is under way",
	 EVENTS(CHANGE(0, Z, 0, 1, 0, 0), CHANGE(1, Y, 0, 1, 0, 0),
		READ(1, Z, 1, .flags = WEAK_RMW | WEAK_ACQUIRE),
		WRITE(1, Z, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of the exchange of call_leave_bit()"),
		READ(2, Z, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of the exchange of call_run()"),
		WRITE(2, Z, 0, .flags = WEAK_RMW_WRITE | WEAK_RELEASE),
		READ(2, Y, 0))},
	/* X: the bundle's link; Z: 1: it is free. Who pushes it changes it. */
	{"a bundle is pushed again",
	 EVENTS(READ(0, X, 1), READ(0, Z, 0, .flags = WEAK_RMW | WEAK_ACQUIRE),
		WRITE(0, Z, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of the exchange of call_run()"),
		READ(1, Z, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of the exchange of call_leave_bit()"),
		WRITE(1, Z, 2, .flags = WEAK_RMW_WRITE | WEAK_RELEASE),
		WRITE(1, X, 1))},
	/* X: what the first of two stored; Y: how many have let go. */
	{"a call to many is waited for",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_let_go()"),
		CHANGE(1, Y, 1, 2, 0, WEAK_RELEASE),
		READ(2, Y, 2, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of call_has_ended()"),
		READ(2, X, 0))},
	/* The second has not begun, and the caller lets go in its place. */
	{"a call to many is given up",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_let_go()"),
		CHANGE(1, Y, 1, 2, 0, WEAK_RELEASE),
		READ(1, Y, 2, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of call_give_up_group()"),
		READ(1, X, 0))},
	/* X: the function of a group; Y: 1 when nobody holds it. */
	{"a group is used again",
	 EVENTS(READ(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of call_let_go()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of call_claim_group()"),
		WRITE(1, X, 1))},
	/* X: what the lock guards; Y: its owner. */
	{"a lock whose waiters serve changes hands",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_call_unlock()"),
		CHANGE(1, Z, 0, 1, 0, 0),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_call_lock()"),
		READ(1, X, 0))},
	{"a lock whose waiters serve keeps what is behind it out",
	 EVENTS(READ(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_call_unlock()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_call_lock()"),
		WRITE(1, X, 1))},
	{.name = NULL},
};
