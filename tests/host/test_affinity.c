/* SPDX-License-Identifier: MIT */
/*
 * Where interrupts are aimed: at the start, by a setter, later at the
 * interrupt itself, and against a CPU that leaves in the middle of it. The
 * stub refuses masks with a CPU that may not be a target (HZ3), and empty ones
 * (HZ25), in all of these.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define AFFINITY_CPUS 6U
#define AFFINITY_ALL  0x3fL

static unsigned int affinity_irq;

static void affinity_begin(const char *subject, irq_flow_handler_t flow,
			   unsigned int status)
{
	stub_reset();
	tap_subject("%s", subject);
	affinity_irq = stub_make(flow, status, NULL);
}

static void affinity_end(void)
{
	stub_free(affinity_irq);
	tap_close();
}

static int affinity_request(void)
{
	return request_irq(affinity_irq, stub_handler, 0, "h", NULL);
}

static int affinity_set(unsigned long bits)
{
	struct cpumask mask = stub_cpus(bits);

	return irq_set_affinity(affinity_irq, &mask);
}

static void affinity_forget(void)
{
	memset(stub.story, 0, sizeof(stub.story));
}

static void affinity_expect(long affinity, long effective, const char *when)
{
	tap_equal((long long)stub_affinity(affinity_irq), affinity,
		  "%s: affinity", when);
	tap_equal((long long)stub_effective(affinity_irq), effective,
		  "%s: effective", when);
}

static void affinity_life(void)
{
	affinity_begin("an interrupt is aimed when it starts, and moved",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_expect(AFFINITY_ALL, 0, "at first");
	tap_expect(irq_can_set_affinity(affinity_irq), "it can be moved");
	affinity_request();
	affinity_expect(AFFINITY_ALL, 1, "started");
	affinity_forget();
	tap_equal(affinity_set(0xc), 0, "set");
	stub_expect("F", "a move");
	tap_expect(cpumask_test_cpu(2, &stub.mask) &&
			   cpumask_weight(&stub.mask) == 2,
		   "the chip got the mask");
	affinity_expect(0xc, 4, "moved");
	free_irq(affinity_irq, NULL);
	affinity_expect(0xc, 0, "freed");
	affinity_request();
	affinity_expect(0xc, 4, "what was asked for stays");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* HZ20, HZ33: asked for before the start. */
static void affinity_early(void)
{
	const struct irq_affinity_desc hint = {.mask = stub_cpus(0x12)};

	affinity_begin("HZ20, HZ33: what was asked for before the start",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	tap_equal(affinity_set(8), 0, "set");
	stub_expect("", "an interrupt that is not active");
	affinity_expect(8, 0, "set");
	affinity_request();
	stub_expect("AFS", "request");
	affinity_expect(8, 8, "started");
	free_irq(affinity_irq, NULL);
	stub_free(affinity_irq);
	affinity_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &hint);
	affinity_expect(0x12, 0, "by irq_alloc_descs_affinity()");
	affinity_request();
	affinity_expect(0x12, 2, "started");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

static void affinity_errors(void)
{
	struct cpumask mask = stub_cpus(2);

	affinity_begin("irq_set_affinity(): what is wrong changes nothing",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	affinity_set(2);
	affinity_forget();
	tap_equal(irq_set_affinity(affinity_irq, NULL), -EINVAL, "no mask");
	tap_equal(irq_force_affinity(affinity_irq, NULL), -EINVAL, "forced");
	tap_equal(affinity_set(0), -EINVAL, "HZ25: an empty mask");
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "cpu 3 leaves");
	tap_equal(affinity_set(8), -EINVAL, "a CPU that is not active");
	tap_equal(affinity_set(1UL << AFFINITY_CPUS), -EINVAL, "none");
	stub_expect("", "these");
	stub.answer[STUB_AFFINITY] = -ETIMEDOUT;
	tap_equal(affinity_set(4), -ETIMEDOUT, "the chip fails");
	stub.answer[STUB_AFFINITY] = 0;
	stub.full = stub_cpus(4);
	tap_equal(affinity_set(4), -ENOSPC, "the CPU is full");
	affinity_expect(2, 2, "afterwards");
	tap_equal(stub_state(affinity_irq) & (IRQD_MOVE_PENDING | IRQD_MOVING),
		  0, "state");
	tap_equal(irqkit_cpu_online(3), 0, "cpu 3 comes back");
	tap_equal(irq_get_affinity(affinity_irq, NULL), -EINVAL, "get, NULL");
	tap_equal(irq_get_effective_affinity(affinity_irq, NULL), -EINVAL,
		  "get effective, NULL");
	for (unsigned int i = 0; i < 4; i++) {
		const unsigned int bad[] = {0, IRQKIT_NR_IRQS - 1,
					    IRQKIT_NR_IRQS, ~0U};

		tap_equal(irq_set_affinity(bad[i], &mask), -EINVAL, "set");
		tap_equal(irq_force_affinity(bad[i], &mask), -EINVAL, "force");
		tap_equal(irq_get_affinity(bad[i], &mask), -EINVAL, "get");
		tap_equal(irq_get_effective_affinity(bad[i], &mask), -EINVAL,
			  "get effective");
		tap_expect(!irq_can_set_affinity(bad[i]), "can set");
	}
	free_irq(affinity_irq, NULL);
	affinity_end();
}

static void affinity_fixed(void)
{
	const struct irq_affinity_desc managed = {.mask = stub_cpus(6),
						  .is_managed = true};

	affinity_begin("those that cannot be moved", handle_edge_irq,
		       IRQ_MOVE_PCNTXT | IRQ_PER_CPU);
	tap_equal(affinity_set(1), -EINVAL, "a per-CPU interrupt");
	tap_expect(!irq_can_set_affinity(affinity_irq), "it cannot");
	irq_clear_status_flags(affinity_irq, IRQ_PER_CPU);
	tap_equal(affinity_set(1), 0, "another");
	stub_chip.irq_set_affinity = NULL;
	tap_equal(affinity_set(1), -EINVAL, "a chip that cannot");
	tap_expect(!irq_can_set_affinity(affinity_irq), "it cannot");
	stub_reset();
	stub_free(affinity_irq);
	affinity_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &managed);
	tap_equal(affinity_set(2), -EPERM, "a managed one");
	tap_expect(!irq_can_set_affinity(affinity_irq), "it cannot");
	affinity_request();
	tap_equal(affinity_set(2), -EPERM, "started");
	affinity_expect(6, 2, "as it was");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* No CPU of what was asked for is active when it starts: it is not lost. */
static void affinity_start_elsewhere(void)
{
	affinity_begin("started with its CPUs away it goes somewhere",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_set(8);
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "cpu 3 leaves");
	tap_equal(affinity_request(), 0, "request");
	affinity_expect(8, 1, "started");
	tap_equal(irqkit_cpu_online(3), 0, "cpu 3 comes back");
	affinity_expect(8, 1, "it stays");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* HZ8 and the other ways of a chip to tell where it went. */
static void affinity_ways_to_tell(void)
{
	affinity_begin("HZ8: a chip that does not tell uses all of the mask",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	stub.aim = STUB_AIM_SILENT;
	affinity_request();
	affinity_expect(AFFINITY_ALL, AFFINITY_ALL, "started");
	affinity_set(0x14);
	affinity_expect(0x14, 0x14, "moved");
	tap_equal(irqkit_cpu_offline(4, NULL), 0, "cpu 4 leaves");
	affinity_expect(0x14, 4, "the rest");
	tap_equal(irqkit_cpu_online(4), 0, "cpu 4 comes back");
	stub.aim = STUB_AIM_ALL;
	affinity_set(0x18);
	affinity_expect(0x18, 0x18, "one that uses all");
	stub.aim = STUB_AIM_LAST;
	affinity_set(0x19);
	affinity_expect(0x19, 0x10, "one that uses the last");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* Forced at a CPU that is coming up. */
static void affinity_force(void)
{
	struct cpumask mask = stub_cpus(0x20);

	affinity_begin("irq_force_affinity() aims at a CPU that is online only",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	tap_equal(irqkit_cpu_offline(5, NULL), 0, "cpu 5 leaves");
	tap_equal(irq_set_affinity(affinity_irq, &mask), -EINVAL, "set");
	stub.may_aim_inactive = true;
	tap_equal(irq_force_affinity(affinity_irq, &mask), 0, "force");
	affinity_expect(0x20, 0x20, "forced");
	stub.may_aim_inactive = false;
	stub_cpu_stop(5, NULL);
	tap_expect(stub_effective(affinity_irq) != 0x20, "moved at its end");
	tap_equal(irq_force_affinity(affinity_irq, &mask), -EINVAL,
		  "force at one that is offline");
	stub_cpu_up(5);
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* A chip that can move in the interrupt only. */
static void affinity_pending(irq_flow_handler_t flow, const char *story,
			     const char *name)
{
	affinity_begin(name, flow, 0);
	affinity_request();
	affinity_set(2);
	affinity_forget();
	affinity_expect(2, 1, "before the interrupt");
	tap_expect((stub_state(affinity_irq) & IRQD_MOVE_PENDING) != 0,
		   "pending");
	affinity_set(8);
	stub_expect("", "another change");
	stub_arrive(affinity_irq, 0);
	stub_expect(story, "the interrupt");
	affinity_expect(8, 8, "after the interrupt");
	tap_equal(stub_state(affinity_irq) & IRQD_MOVE_PENDING, 0, "pending");
	tap_equal(stub_handled, 1, "handled");
	affinity_forget();
	stub_arrive(affinity_irq, 3);
	tap_expect(strchr(stub.story, 'F') == NULL, "not moved again");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* With the interrupt disabled it stays masked over the move. */
static void affinity_pending_masked(void)
{
	affinity_begin("HZ30: a move at the EOI leaves a masked one masked",
		       handle_fasteoi_irq, 0);
	affinity_request();
	disable_irq(affinity_irq);
	affinity_set(4);
	affinity_forget();
	stub_arrive(affinity_irq, 0);
	stub_expect("MFe", "the interrupt");
	affinity_expect(4, 4, "moved");
	enable_irq(affinity_irq);
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* All CPUs of the mask left before it fired (HZ4). */
static void affinity_pending_gone(void)
{
	affinity_begin("HZ4: a change that waits for CPUs that left",
		       handle_edge_irq, 0);
	affinity_request();
	affinity_set(0x10);
	tap_equal(irqkit_cpu_offline(4, NULL), 0, "cpu 4 leaves");
	affinity_expect(0x10, 1, "it stays where it is");
	stub_arrive(affinity_irq, 0);
	affinity_expect(0x10, 1, "also when it fires");
	tap_equal(irqkit_cpu_online(4), 0, "cpu 4 comes back");
	affinity_set(0x18);
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "cpu 3 leaves");
	stub_arrive(affinity_irq, 0);
	affinity_expect(0x18, 0x10, "the CPU that is left");
	tap_equal(irqkit_cpu_online(3), 0, "cpu 3 comes back");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* The chip says that an earlier move is not over. */
static void affinity_busy(void)
{
	affinity_begin(
		"a chip that is busy with a move gets the next one later",
		handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	stub.answer[STUB_AFFINITY] = -EBUSY;
	tap_equal(affinity_set(4), 0, "set");
	affinity_expect(4, 1, "set");
	stub_arrive(affinity_irq, 0);
	affinity_expect(4, 1, "still busy");
	tap_expect((stub_state(affinity_irq) & IRQD_MOVE_PENDING) != 0,
		   "pending");
	stub.answer[STUB_AFFINITY] = 0;
	stub_arrive(affinity_irq, 0);
	affinity_expect(4, 4, "moved");
	stub.answer[STUB_AFFINITY] = -EBUSY;
	affinity_set(8);
	stub.answer[STUB_AFFINITY] = 0;
	affinity_set(2);
	tap_equal(stub_state(affinity_irq) & IRQD_MOVE_PENDING, 0,
		  "one that succeeds takes the place of one that waits");
	stub_arrive(affinity_irq, 1);
	affinity_expect(2, 2, "and stays");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* irq_move_done() as a chip calls it: in one of its operations. */
static void affinity_finish_in_ack(enum stub_op op, struct irq_data *data)
{
	if (op == STUB_ACK)
		irq_move_done(data);
}

/* IRQKIT_MOVING: whether the old CPU still counts, shown by taking it away. */
static void affinity_moving(void)
{
	affinity_begin("a move that is not over, and irq_move_done()",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_set(2);
	affinity_request();
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	tap_equal(affinity_set(4), 0, "set");
	stub.answer[STUB_AFFINITY] = 0;
	tap_expect((stub_state(affinity_irq) & IRQD_MOVING) != 0, "moving");
	affinity_expect(4, 4, "moving");
	affinity_forget();
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "the old CPU leaves");
	stub_expect("C", "the move is completed");
	tap_equal(stub_state(affinity_irq) & IRQD_MOVING, 0, "moving");
	tap_equal(irqkit_cpu_online(1), 0, "it comes back");
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	tap_equal(affinity_set(2), 0, "set");
	stub.answer[STUB_AFFINITY] = 0;
	stub.hook = affinity_finish_in_ack;
	stub_arrive(affinity_irq, 1);
	stub.hook = NULL;
	tap_equal(stub_state(affinity_irq) & IRQD_MOVING, 0, "moving");
	affinity_forget();
	tap_equal(irqkit_cpu_offline(2, NULL), 0, "the old CPU leaves");
	stub_expect("", "there is nothing to do");
	tap_equal(irqkit_cpu_online(2), 0, "it comes back");
	stub.hook = affinity_finish_in_ack;
	stub_arrive(affinity_irq, 1);
	stub.hook = NULL;
	affinity_expect(2, 2, "irq_move_done() of no move");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* A change that waits, of an interrupt that is moving: all three CPUs count. */
static void affinity_moving_and_pending(void)
{
	affinity_begin("old, new and waiting target of an interrupt",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_set(2);
	affinity_request();
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	affinity_set(4);
	stub.answer[STUB_AFFINITY] = -EBUSY;
	affinity_set(8);
	stub.answer[STUB_AFFINITY] = 0;
	affinity_forget();
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "the old CPU leaves");
	stub_expect("C", "the move is completed");
	affinity_expect(8, 4, "the new one");
	tap_expect((stub_state(affinity_irq) & IRQD_MOVE_PENDING) != 0,
		   "still pending");
	tap_equal(irqkit_cpu_offline(2, NULL), 0, "the new CPU leaves");
	stub_expect("F", "moved");
	affinity_expect(8, 8, "the one that waited");
	tap_equal(stub_state(affinity_irq) & IRQD_MOVE_PENDING, 0, "pending");
	tap_equal(irqkit_cpu_online(1), 0, "cpu 1");
	tap_equal(irqkit_cpu_online(2), 0, "cpu 2");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/*
 * A waiting change whose mask has the old target too: it still counts while
 * the chip has not finished.
 */
static void affinity_pending_moves(void)
{
	affinity_begin("the old target counts, though it is in the new mask",
		       handle_edge_irq, 0);
	affinity_set(2);
	affinity_request();
	affinity_set(6);
	stub.aim = STUB_AIM_LAST;
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	stub_arrive(affinity_irq, 1);
	stub.answer[STUB_AFFINITY] = 0;
	affinity_expect(6, 4, "moving");
	affinity_forget();
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "the old CPU leaves");
	stub_expect("C", "the move is completed");
	tap_equal(irqkit_cpu_online(1), 0, "it comes back");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* Freed in the middle of a move. */
static void affinity_free_moving(void)
{
	affinity_begin("what is stopped does not move any more",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	affinity_set(4);
	stub.answer[STUB_AFFINITY] = -EBUSY;
	affinity_set(8);
	stub.answer[STUB_AFFINITY] = 0;
	affinity_forget();
	free_irq(affinity_irq, NULL);
	stub_expect("XCD", "free");
	tap_equal(stub_state(affinity_irq) & (IRQD_MOVING | IRQD_MOVE_PENDING),
		  0, "state");
	affinity_request();
	affinity_expect(8, 8, "started where it was to go");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/*
 * The setter against the migrator: a CPU leaves between the chip's programming
 * and the second look at the active CPUs.
 */
static unsigned int affinity_leaving, affinity_times;

static void affinity_leave_inside(enum stub_op op, struct irq_data *data)
{
	(void)data;
	if (op != STUB_AFFINITY)
		return;
	stub.hook = NULL;
	affinity_times++;
	stub_offline_meanwhile(5, affinity_leaving);
}

static void affinity_race_end(void)
{
	tap_equal(stub_join(5), 0, "the offline");
	tap_expect(!cpu_active(affinity_leaving), "the CPU left");
}

static void affinity_race(unsigned long bits, long effective, const char *story,
			  const char *subject)
{
	affinity_begin(subject, handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	affinity_forget();
	affinity_leaving = 2;
	stub.hook = affinity_leave_inside;
	tap_equal(affinity_set(bits), 0, "set");
	affinity_race_end();
	affinity_expect((long)bits, effective, "afterwards");
	stub_expect(story, "the chip");
	stub_cpu_stop(2, NULL);
	affinity_expect((long)bits, effective, "when it has stopped");
	stub_cpu_up(2);
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* The chip cannot take the second move: the CPU that leaves does it then. */
static void affinity_fail_after(enum stub_op op, struct irq_data *data)
{
	affinity_leave_inside(op, data);
	if (op == STUB_AFFINITY)
		stub.answer_once = -EBUSY;
}

static void affinity_race_busy(void)
{
	affinity_begin("HZ3: what the setter cannot take back the other finds",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	affinity_forget();
	affinity_leaving = 2;
	stub.hook = affinity_fail_after;
	tap_equal(affinity_set(4), 0, "set");
	affinity_race_end();
	/* Its first walk may have been over before that. */
	stub_cpu_stop(2, NULL);
	stub_expect("FFF", "set, refused, moved away");
	affinity_expect(4, 1, "when it has stopped");
	stub_cpu_up(2);
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* The second move is not over at once: its old target counts. */
static void affinity_move_after(enum stub_op op, struct irq_data *data)
{
	affinity_leave_inside(op, data);
	if (op == STUB_AFFINITY)
		stub.answer_once = IRQKIT_MOVING;
}

static void affinity_race_moving(void)
{
	affinity_begin("a move that is taken back may last, too",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_set(2);
	affinity_request();
	affinity_forget();
	affinity_leaving = 2;
	stub.hook = affinity_move_after;
	tap_equal(affinity_set(0xc), 0, "set");
	affinity_race_end();
	stub_cpu_stop(2, NULL);
	stub_expect("FFC", "set, set again, completed for the one that left");
	affinity_expect(0xc, 8, "when it has stopped");
	stub_cpu_up(2);
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* The same at the start of an interrupt, and for a change that waited. */
static void affinity_race_startup(void)
{
	affinity_begin("HZ3: a CPU leaves while an interrupt is started at it",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_set(0xc);
	affinity_leaving = 2;
	stub.hook = affinity_leave_inside;
	tap_equal(affinity_request(), 0, "request");
	affinity_race_end();
	affinity_expect(0xc, 8, "afterwards");
	tap_equal(irqkit_cpu_online(2), 0, "it comes back");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* CPUs that cannot be, beside one that can. */
static void affinity_beyond(void)
{
	const unsigned int last = IRQKIT_NR_CPUS - 1;
	struct irq_affinity_desc affinity = {.is_managed = true};
	struct cpumask mask;

	affinity_begin("a mask with CPUs that cannot be: they are left out",
		       handle_edge_irq, 0);
	affinity_request();
	irqkit_cpumask_single(&mask, last);
	cpumask_set_cpu(2, &mask);
	tap_equal(irq_set_affinity(affinity_irq, &mask), 0, "set, for later");
	affinity_expect(4, 1, "set, for later");
	stub_arrive(affinity_irq, 0);
	affinity_expect(4, 4, "moved");
	free_irq(affinity_irq, NULL);
	stub_free(affinity_irq);
	cpumask_copy(&affinity.mask, &mask);
	affinity_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, &affinity);
	tap_equal(affinity_request(), 0, "managed");
	affinity_expect(4, 4, "managed");
	stub_cpu_down(2, NULL);
	affinity_expect(4, 0, "its only CPU is away");
	stub_cpu_up(2);
	affinity_expect(4, 4, "and back");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

/* The chip's own error is not taken for a CPU that has gone. */
static void affinity_start_refused(void)
{
	affinity_begin("the chip refuses the aim at the start: -EINVAL",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	tap_equal(affinity_set(4), 0, "set before");
	stub.answer[STUB_AFFINITY] = -EINVAL;
	tap_equal(affinity_request(), -EINVAL, "request");
	affinity_expect(4, 0, "refused");
	stub.answer[STUB_AFFINITY] = 0;
	tap_equal(affinity_request(), 0, "request");
	affinity_expect(4, 4, "accepted");
	free_irq(affinity_irq, NULL);
	/* Refused once: it does not go anywhere else for that. */
	stub.answer_once = -EINVAL;
	tap_equal(affinity_request(), 0, "request");
	affinity_expect(4, 4, "refused once");
	free_irq(affinity_irq, NULL);
	affinity_end();
}

static void affinity_strand(enum stub_op op, struct irq_data *data)
{
	(void)data;
	if (op != STUB_AFFINITY)
		return;
	stub.hook = NULL;
	stub_offline_meanwhile(5, 3);
	tap_equal(stub_join(5), 0, "the offline");
	stub_cpu_stop(3, NULL);
	stub.answer[STUB_AFFINITY] = -EBUSY;
}

/*
 * All of the CPU's looks are over before it is aimed there, and the chip does
 * not let it go. The library's own check waits for the lock, so that this
 * cannot be with IRQKIT_DEBUG.
 */
static void affinity_stranded(void)
{
	affinity_begin("HZ3: left at a CPU that has gone, and fetched later",
		       handle_edge_irq, IRQ_MOVE_PCNTXT);
	affinity_request();
	stub.hook = affinity_strand;
	tap_equal(affinity_set(8), 0, "set");
	affinity_expect(8, 8, "it is at the CPU that has gone");
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	affinity_expect(8, 8, "the chip is still busy");
	/* What it may go to has no room, when it is tried next. */
	stub.answer[STUB_AFFINITY] = 0;
	stub.answer_once = -ENOSPC;
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	affinity_expect(8, 1, "fetched");
	affinity_forget();
	tap_equal(irqkit_poll(), 0, "irqkit_poll()");
	stub_expect("", "that was all");
	tap_equal(irqkit_cpu_dead(3), 0, "dead");
	stub_cpu_up(3);
	free_irq(affinity_irq, NULL);
	affinity_end();
}

int main(void)
{
	host_begin();
	host_start(AFFINITY_CPUS, NULL);
	affinity_life();
	affinity_early();
	affinity_errors();
	affinity_fixed();
	affinity_start_elsewhere();
	affinity_ways_to_tell();
	affinity_force();
	affinity_pending(handle_edge_irq, "MFUk",
			 "a chip that moves in the interrupt only: edges");
	affinity_pending(handle_level_irq, "MkFU", "the same with levels");
	affinity_pending(handle_fasteoi_irq, "MFUe", "the same with an EOI");
	affinity_pending_masked();
	affinity_pending_gone();
	affinity_busy();
	affinity_moving();
	affinity_moving_and_pending();
	affinity_pending_moves();
	affinity_free_moving();
	affinity_race(0xc, 8, "FF",
		      "HZ3: a CPU leaves while an interrupt is aimed at it");
	affinity_race(4, 1, "FF", "HZ3: the same, and it was the only one");
	affinity_race_busy();
	affinity_race_moving();
	affinity_race_startup();
	affinity_beyond();
	affinity_start_refused();
	if (!IRQKIT_DEBUG)
		affinity_stranded();
	return host_end();
}
