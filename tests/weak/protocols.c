/* SPDX-License-Identifier: MIT */
/*
 * The places of the library that take no lock. Each program has an outcome that
 * would be a bug, and names its barriers as the source has them: with all of
 * them no machine allows it, without any one of them some machine does.
 */
#include <stddef.h>
#include "program.h"

const struct weak_program weak_protocols[] = {
	/*
	 * X: the CPU has left the active ones; Y: the bit of the target index.
	 * A setter still finds the CPU, and who migrates does not find the bit.
	 */
	{"affinity against offline",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, 0),
		FENCE(0, FULL, .barrier = "fence of affinity_aim()"),
		READ(0, X, 0), CHANGE(1, X, 0, 1, WEAK_ACQUIRE, WEAK_RELEASE),
		FENCE(1, FULL, .barrier = "fence of irqkit_hotplug_offline()"),
		READ(1, Y, 0))},
	/*
	 * Z: the summary; Y: the leaf is noted. One notes the leaf, another
	 * relies on that, and who migrates does not look into it.
	 */
	{"a noted leaf against offline",
	 EVENTS(CHANGE(0, Z, 0, 1, 0, 0),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_target_note()"),
		READ(1, Y, 1),
		FENCE(1, FULL, .barrier = "fence of affinity_aim()"),
		READ(1, X, 0), CHANGE(2, X, 0, 1, WEAK_ACQUIRE, WEAK_RELEASE),
		FENCE(2, FULL, .barrier = "fence of irqkit_hotplug_offline()"),
		READ(2, Z, 0))},
	/*
	 * X: the CPU is active; Y: the bit of a managed interrupt. The start
	 * finds no CPU and leaves it down, the CPU finds no bit.
	 */
	{"a managed start against online",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, 0),
		FENCE(0, FULL, .barrier = "fence of irqkit_affinity_is_down()"),
		READ(0, X, 0), CHANGE(1, X, 0, 1, WEAK_ACQUIRE, WEAK_RELEASE),
		FENCE(1, FULL, .barrier = "fence of irqkit_hotplug_online()"),
		READ(1, Y, 0))},
	/*
	 * X: the thing, 1 when it is used for another purpose; Y: taken out of
	 * the map; Z: the sequence of the reader. The grace period sees no
	 * reader, and the reader finds the thing.
	 */
	{"grace period: a reader that begins",
	 EVENTS(WRITE(0, Y, 1),
		FENCE(0, FULL, .barrier = "fence of irqkit_grace_period()"),
		READ(0, Z, 0), FENCE(0, LOAD), WRITE(0, X, 1), WRITE(1, Z, 1),
		FENCE(1, FULL, .barrier = "fence of irqkit_dispatch_begin()"),
		READ(1, Y, 0), READ(1, X, 1, .address = 1))},
	/* The reader has come out, and sees what was done after that. */
	{"grace period: a reader that ends",
	 EVENTS(WRITE(0, Y, 1), FENCE(0, FULL), READ(0, Z, 2),
		FENCE(0, LOAD,
		      .barrier = "acquire fence of irqkit_grace_period()"),
		WRITE(0, X, 1), WRITE(1, Z, 1), FENCE(1, FULL), READ(1, Y, 0),
		READ(1, X, 1, .address = 1),
		WRITE(1, Z, 2, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_dispatch_end()"))},
	/* The same where it waits: what a handler stored is not seen then. */
	{"grace period: what a handler stored",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Z, 2, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_dispatch_end()"),
		READ(1, Z, 2, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of dispatch_sequence()"),
		READ(1, X, 0))},
	/* X: a descriptor; Y: its place in the table, or in a map. */
	{"a look-up finds a descriptor",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of desc_publish()"),
		READ(1, Y, 1),
		READ(1, X, 0, .address = 1,
		     .barrier = "dependency of load_dependent()"))},
	{"a descriptor is live",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_desc_set_live()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_desc_is()"),
		READ(1, X, 0))},
	/* Y: a shared interrupt's next action. */
	{"an action is appended",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of manage_share()"),
		READ(1, Y, 1),
		READ(1, X, 0, .address = 1,
		     .barrier = "dependency of flow_call_shared()"))},
	/*
	 * X: the last of three; Y: the link to it, of who takes out the one
	 * before by a plain store; Z: the lock.
	 */
	{"an action is taken out",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Z, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_lock_leave()"),
		READ(1, Z, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_lock_enter()"),
		WRITE(1, Y, 1), READ(2, Y, 1),
		READ(2, X, 0, .address = 1,
		     .barrier = "dependency of flow_call_shared()"))},
	/* X: what the lock guards; Y: its owner. */
	{"a lock changes hands",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_lock_leave()"),
		CHANGE(1, Z, 0, 1, 0, 0),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_lock_enter()"),
		READ(1, X, 0))},
	/* What the next owner stores does not come into the section before. */
	{"a lock keeps what is behind it out",
	 EVENTS(READ(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_lock_leave()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of irqkit_lock_enter()"),
		WRITE(1, X, 1))},
	/* X: the link of a descriptor; Y: the head of the list. */
	{"the list of irqkit_poll()",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of resend_push()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of resend_take_all()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/*
	 * X: the CPU is gone; Y: a vector that was left there. Who left it asks
	 * the CPU to clean it up, and the CPU went without finding it.
	 */
	{"a vector that is left, against a CPU that dies",
	 EVENTS(CHANGE(0, Y, 0, 1, 0, 0),
		FENCE(0, FULL, .barrier = "fence of movable_leave()"),
		READ(0, X, 0), WRITE(1, X, 1),
		FENCE(1, FULL, .barrier = "fence of irqkit_movable_dying()"),
		READ(1, Y, 0))},
	/* X: the payload; Y: the interrupt is pending at the other CPU. */
	{"an IPI on a GICv3",
	 EVENTS(WRITE(0, X, 1),
		FENCE(0, STORE, .barrier = "dsb ishst of the send"),
		WRITE(0, Y, 1), READ(1, Y, 1),
		FENCE(1, FULL, .barrier = "dsb of gicv3_acknowledge()"),
		READ(1, X, 0))},
	{"an IPI by an x2APIC",
	 EVENTS(WRITE(0, X, 1),
		FENCE(0, FULL, .barrier = "fences of x2apic_fence()"),
		WRITE(0, Y, 1, .flags = WEAK_UNORDERED), READ(1, Y, 1),
		FENCE(1, FULL), READ(1, X, 0))},
	/*
	 * X: an IPI of a mux is not masked any more; Y: it is pending. The
	 * sender finds it masked, and who unmasks finds nothing pending.
	 */
	{"a mux: a send against a mask",
	 EVENTS(READ(0, Y, 0, .flags = WEAK_RMW | WEAK_ACQUIRE),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of mux_post()"),
		READ(0, X, 0, .flags = WEAK_ACQUIRE,
		     .barrier = "second step of mux_post()"),
		READ(1, X, 0, .flags = WEAK_RMW | WEAK_ACQUIRE),
		WRITE(1, X, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of mux_unmask()"),
		READ(1, Y, 0, .flags = WEAK_ACQUIRE,
		     .barrier = "load of mux_reconsider()"))},
	/* X: the payload of a send that merged; Y: the IPI is pending. */
	{"a mux: a send that merges",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of mux_post()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of mux_take()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/*
	 * X: the CPU goes, and all is masked there; Y: the IPI is pending. The
	 * sender finds it open, and the CPU takes nothing the last time (HZ47).
	 */
	{"a mux: a send against a CPU that leaves",
	 EVENTS(READ(0, Y, 0, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of mux_post()"),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE), READ(0, X, 0),
		READ(1, X, 0, .flags = WEAK_RMW | WEAK_ACQUIRE),
		WRITE(1, X, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "exchange of the mask of mux_close()"),
		READ(1, Y, 0, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "take of mux_close()"),
		WRITE(1, Y, 0, .flags = WEAK_RMW_WRITE))},
	/*
	 * X: the CPU is closed; Y: all is masked there. The sender takes that
	 * for a mask that is gone some day, and leaves its IPI.
	 */
	{"a mux: a CPU that leaves is not one that masks",
	 EVENTS(CHANGE(0, X, 0, 1, 0, 0), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "exchange of the mask of mux_close()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "second step of mux_post()"),
		READ(1, X, 0))},
	/*
	 * X: the payload; Y: pending; Z: stranded, where another sender put it
	 * whose own was not taken.
	 */
	{"a mux: what another sender puts aside",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of mux_post()"),
		CHANGE(1, Y, 1, 0, 0, 0), READ(1, Z, 0, .flags = WEAK_RMW),
		WRITE(1, Z, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of mux_strand()"),
		READ(2, Z, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of mux_take_stranded()"),
		WRITE(2, Z, 0, .flags = WEAK_RMW_WRITE), READ(2, X, 0))},
	/*
	 * X: one more that moves; Y: pending, 1 when it was taken out. The CPU
	 * that leaves finds nothing pending, and nobody who moves it.
	 */
	{"a mux: who puts aside is seen by a CPU that leaves",
	 EVENTS(CHANGE(0, X, 0, 1, 0, 0), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "first step of mux_strand()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "take of mux_close()"),
		WRITE(1, Y, 2, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/* Z: stranded. It has been waited for, and what it moved is not seen.
	 */
	{"a mux: what was put aside is seen by a CPU that leaves",
	 EVENTS(CHANGE(0, Z, 2, 3, 0, 0), READ(0, X, 0, .flags = WEAK_RMW),
		WRITE(0, X, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "end of mux_strand()"),
		READ(1, X, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "wait of mux_close()"),
		READ(1, Z, 0, .flags = WEAK_RMW),
		WRITE(1, Z, 2, .flags = WEAK_RMW_WRITE))},
	/* X: what the caller stored; Y: a CPU is asked to stop. */
	{"a stop: a CPU is asked",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of stop_ask()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of stop_is_asked()"),
		READ(1, X, 0))},
	/* X: what a CPU stored before; Y: it has stopped. */
	{"a stop: a CPU answers",
	 EVENTS(WRITE(0, X, 1), READ(0, Y, 0, .flags = WEAK_RMW),
		WRITE(0, Y, 1, .flags = WEAK_RMW_WRITE | WEAK_RELEASE,
		      .barrier = "release of stop_answer()"),
		READ(1, Y, 1, .flags = WEAK_ACQUIRE,
		     .barrier = "acquire of stop_find_left()"),
		READ(1, X, 0))},
	/* X: a line; Y: it is there. */
	{"a line that is logged later",
	 EVENTS(WRITE(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_log_later()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of log_claim()"),
		WRITE(1, Y, 2, .flags = WEAK_RMW_WRITE), READ(1, X, 0))},
	/* X: the line once more; Y: it is free, or kept. */
	{"a line is not written over while it is logged",
	 EVENTS(READ(0, X, 1),
		WRITE(0, Y, 1, .flags = WEAK_RELEASE,
		      .barrier = "release of irqkit_log_poll()"),
		READ(1, Y, 1, .flags = WEAK_RMW | WEAK_ACQUIRE,
		     .barrier = "acquire of log_claim()"),
		WRITE(1, Y, 2, .flags = WEAK_RMW_WRITE), WRITE(1, X, 1))},
	{.name = NULL},
};
