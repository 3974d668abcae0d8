/* SPDX-License-Identifier: MIT */
/*
 * What becomes of interrupts when a CPU goes and when it comes back, by the
 * rows H1 to H14 and the hazards that a core can have. The stub refuses masks
 * with a CPU that may not be a target (HZ3) throughout.
 *
 * Elsewhere: HZ1, HZ2, HZ5's vectors, HZ13 and HZ22 to HZ24 need a controller
 * with latches or vectors; HZ9's chip cannot be gone, as a freed interrupt is
 * stopped before. HZ14 to HZ19 are in test_managed.c.
 */
#include <string.h>
#include "host.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define HOTPLUG_CPUS 6U

/* Of CPU 5 managed interrupts are kept away (H12). */
#define HOTPLUG_ISOLATED 5U
#define HOTPLUG_ALL	 0x3fL

static unsigned int hotplug_irq;
static struct irqkit_receipt hotplug_receipt;
static struct irqkit_receipt_entry hotplug_entries[8];

static void hotplug_new_receipt(unsigned int room)
{
	memset(&hotplug_receipt, 0, sizeof(hotplug_receipt));
	memset(hotplug_entries, 0, sizeof(hotplug_entries));
	hotplug_receipt.entries = room != 0 ? hotplug_entries : NULL;
	hotplug_receipt.room = room;
}

static void hotplug_forget(void)
{
	memset(stub.story, 0, sizeof(stub.story));
}

static unsigned int hotplug_make(unsigned long bits, bool is_managed,
				 unsigned int status)
{
	const struct irq_affinity_desc affinity = {.mask = stub_cpus(bits),
						   .is_managed = is_managed};
	unsigned int irq = stub_make(handle_edge_irq, status, &affinity);

	tap_equal(request_irq(irq, stub_handler, 0, "h", NULL), 0, "request");
	return irq;
}

/* An interrupt that is requested, aimed at CPUs in bits. */
static void hotplug_begin_aim(const char *subject, unsigned long bits,
			      bool is_managed, enum stub_aim aim)
{
	stub_reset();
	tap_subject("%s", subject);
	stub.aim = aim;
	stub.is_single = aim == STUB_AIM_FIRST;
	hotplug_irq = hotplug_make(bits, is_managed, IRQ_MOVE_PCNTXT);
	hotplug_new_receipt(8);
	hotplug_forget();
}

static void hotplug_begin(const char *subject, unsigned long bits,
			  bool is_managed)
{
	hotplug_begin_aim(subject, bits, is_managed, STUB_AIM_FIRST);
}

static void hotplug_end(void)
{
	tap_equal(free_irq(hotplug_irq, NULL), 0, "free");
	stub_free(hotplug_irq);
	tap_close();
}

static int hotplug_set(unsigned long bits)
{
	struct cpumask mask = stub_cpus(bits);

	return irq_set_affinity(hotplug_irq, &mask);
}

static void hotplug_down(unsigned int cpu)
{
	stub_cpu_down(cpu, &hotplug_receipt);
}

/* The receipt has exactly one entry, or none with HOTPLUG_NONE. */
#define HOTPLUG_NONE IRQKIT_RECEIPT_KINDS

static void hotplug_expect(enum irqkit_receipt_kind kind, int error)
{
	const struct irqkit_receipt *receipt = &hotplug_receipt;

	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(receipt->count[i], i == (unsigned int)kind,
			  "count of kind %u", i);
	if (kind == HOTPLUG_NONE) {
		tap_equal(receipt->used, 0, "entries");
		return;
	}
	tap_equal(receipt->used, 1, "entries");
	tap_equal(receipt->entries[0].irq, hotplug_irq, "irq of the entry");
	tap_equal(receipt->entries[0].kind, kind, "its kind");
	tap_equal(receipt->entries[0].error, error, "its error");
}

static void hotplug_moves(void)
{
	hotplug_begin("H7: what is aimed at the CPU moves within its affinity",
		      0xc, false);
	hotplug_down(2);
	stub_expect("F", "the CPU goes");
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "aimed at");
	tap_equal((long long)stub_affinity(hotplug_irq), 0xc, "affinity");
	stub_arrive(hotplug_irq, 3);
	tap_equal(stub_handled, 1, "handled there");
	hotplug_forget();
	stub_cpu_up(2);
	stub_expect("", "the CPU comes back");
	tap_equal((long long)stub_effective(hotplug_irq), 8, "it stays");
	hotplug_end();
}

/* What is not concerned is not touched, and not even looked at twice. */
static void hotplug_leaves_alone(void)
{
	unsigned int percpu, idle;

	hotplug_begin("H7: per-CPU, not started, aimed elsewhere: left alone",
		      8, false);
	percpu = stub_make(handle_percpu_irq, IRQ_PER_CPU, NULL);
	request_irq(percpu, stub_handler, IRQF_PERCPU, "h", NULL);
	idle = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, NULL);
	hotplug_forget();
	hotplug_down(2);
	stub_expect("", "the CPU goes");
	hotplug_expect(HOTPLUG_NONE, 0);
	stub_cpu_up(2);
	tap_equal(free_irq(percpu, NULL), 0, "free");
	stub_free(percpu);
	stub_free(idle);
	hotplug_end();
}

/* A chip that sends to several CPUs; a disabled one moves as well. */
static void hotplug_several_targets(void)
{
	hotplug_begin("H7: one of several targets goes; disabled ones move too",
		      0xe, false);
	stub.aim = STUB_AIM_ALL;
	hotplug_set(0xe);
	disable_irq(hotplug_irq);
	hotplug_down(2);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 0xa, "aimed at");
	tap_equal(stub_depth(hotplug_irq), 1, "depth");
	stub_cpu_up(2);
	enable_irq(hotplug_irq);
	hotplug_end();
}

static void hotplug_tell_effective(unsigned long bits)
{
	struct cpumask mask = stub_cpus(bits);

	irq_data_update_effective_affinity(irq_get_irq_data(hotplug_irq),
					   &mask);
}

/* A chip that lost its effective mask. */
static void hotplug_empty_effective(void)
{
	hotplug_begin("H1: without an effective mask the requested one counts",
		      0x4, false);
	hotplug_tell_effective(0);
	hotplug_down(2);
	stub_expect("F", "the CPU goes");
	hotplug_expect(IRQKIT_RECEIPT_BROKEN, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 1, "aimed at");
	stub_cpu_up(2);
	hotplug_set(8);
	hotplug_new_receipt(8);
	stub.aim = STUB_AIM_SILENT;
	hotplug_set(0x18);
	hotplug_down(3);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 0x10,
		  "HZ8: a chip that never tells");
	stub_cpu_up(3);
	hotplug_end();
}

static void hotplug_only_offline(void)
{
	hotplug_begin("HZ7: an effective mask of offline CPUs is no excuse",
		      0x1c, false);
	tap_equal(irqkit_cpu_offline(4, NULL), 0, "cpu 4 leaves");
	hotplug_tell_effective(0x10);
	hotplug_forget();
	hotplug_down(2);
	stub_expect("F", "the CPU goes");
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "aimed at");
	tap_equal(irqkit_cpu_online(4), 0, "cpu 4");
	stub_cpu_up(2);
	hotplug_end();
}

/* In a child process: a bit of the target index is missing. */
static void hotplug_miss_effective(void)
{
	hotplug_tell_effective(0x10);
	irqkit_cpu_offline(4, NULL);
}

static void hotplug_miss_managed(void)
{
	cpumask_set_cpu(4, &irq_get_irq_data(hotplug_irq)->common->affinity);
	irqkit_cpu_offline(4, NULL);
}

static void hotplug_missing_bit(bool is_managed)
{
	hotplug_begin(is_managed ? "HZ7: debug builds miss a managed bit"
				 : "HZ7: debug builds miss a bit",
		      0xc, is_managed);
	if (IRQKIT_DEBUG)
		tap_expect(host_panics(is_managed ? hotplug_miss_managed
						  : hotplug_miss_effective,
				       "target index"),
			   "the scan says so");
	hotplug_end();
}

/* A stale bit of the target index. */
static void hotplug_stale(void)
{
	hotplug_begin("H1: one that is aimed elsewhere by now is not moved",
		      0xc, false);
	hotplug_tell_effective(0);
	hotplug_set(8);
	hotplug_tell_effective(8);
	hotplug_forget();
	hotplug_down(2);
	stub_expect("", "the CPU goes");
	hotplug_expect(HOTPLUG_NONE, 0);
	stub_cpu_up(2);
	hotplug_end();
}

/*
 * Its bit was seen already when it is freed: while another one is moved, which
 * has a lower number, so that it is the next. Its number is still its own: it
 * is left alone as it is not started any more.
 */
static unsigned int hotplug_victim;

static void hotplug_free_victim(void *argument)
{
	(void)argument;
	tap_equal(free_irq(hotplug_victim, NULL), 0, "free meanwhile");
}

static void hotplug_let_free(enum stub_op op, struct irq_data *data)
{
	if (op != STUB_AFFINITY || data->irq != hotplug_irq)
		return;
	stub.hook = NULL;
	host_give_work(5, hotplug_free_victim, NULL);
	for (unsigned int i = 0; i < 1000 && !host_is_idle(5); i++)
		irqkit_port_relax();
	tap_expect(host_is_idle(5), "it is freed");
	hotplug_forget();
}

static void hotplug_freed_in_walk(void)
{
	hotplug_begin("H7, HZ21: freed when its turn comes: not moved", 0xc,
		      false);
	hotplug_victim = hotplug_make(0xc, false, IRQ_MOVE_PCNTXT);
	tap_expect(hotplug_victim > hotplug_irq, "it comes later");
	hotplug_forget();
	stub.hook = hotplug_let_free;
	hotplug_down(2);
	stub_expect("", "what was freed");
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_victim), 0, "aimed at");
	stub_cpu_up(2);
	stub_free(hotplug_victim);
	hotplug_end();
}

/* Whoever aimed it before it became one. */
static void hotplug_became_percpu(void)
{
	hotplug_begin("H7: a per-CPU one stays, though it is aimed at the CPU",
		      0xc, false);
	irq_set_status_flags(hotplug_irq, IRQ_PER_CPU);
	hotplug_down(2);
	stub_expect("", "the CPU goes");
	hotplug_expect(HOTPLUG_NONE, 0);
	stub_cpu_up(2);
	irq_clear_status_flags(hotplug_irq, IRQ_PER_CPU);
	hotplug_end();
}

static void hotplug_demultiplex(struct irq_desc *desc)
{
	chained_irq_enter(desc);
	chained_irq_exit(desc);
}

static void hotplug_chained(void)
{
	const struct irq_affinity_desc affinity = {.mask = stub_cpus(0xc)};

	stub_reset();
	tap_subject("H3, HZ10: a chained interrupt moves as others do");
	hotplug_irq = stub_make(handle_level_irq, IRQ_MOVE_PCNTXT, &affinity);
	hotplug_new_receipt(8);
	tap_equal(irq_set_chained_handler_and_data(hotplug_irq,
						   hotplug_demultiplex, NULL),
		  0, "chained");
	hotplug_down(2);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "aimed at");
	stub_cpu_up(2);
	tap_equal(irq_set_chained_handler_and_data(hotplug_irq, NULL, NULL), 0,
		  "end");
	stub_free(hotplug_irq);
	tap_close();
}

#define HOTPLUG_MANY 200U

/* Every third is aimed at the CPU, and exactly those are told to the chip. */
static void hotplug_many(void)
{
	static unsigned int irqs[HOTPLUG_MANY];
	unsigned int stray = 0;

	stub_reset();
	tap_subject("H3: of many interrupts all that are concerned move");
	for (unsigned int i = 0; i < HOTPLUG_MANY; i++)
		irqs[i] = hotplug_make(2UL << i % 3, false, IRQ_MOVE_PCNTXT);
	hotplug_new_receipt(3);
	stub.calls[STUB_AFFINITY] = 0;
	hotplug_down(1);
	tap_equal(stub.calls[STUB_AFFINITY], HOTPLUG_MANY / 3 + 1, "moves");
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_BROKEN],
		  HOTPLUG_MANY / 3 + 1, "counted, beyond the room too");
	tap_equal(hotplug_receipt.used, 3, "entries");
	tap_equal(hotplug_entries[2].irq, irqs[6], "the third of them");
	tap_equal(hotplug_entries[3].irq, 0, "none beyond");
	for (unsigned int i = 0; i < HOTPLUG_MANY; i++) {
		stray += (stub_effective(irqs[i]) & 2) != 0;
		free_irq(irqs[i], NULL);
		stub_free(irqs[i]);
	}
	tap_equal(stray, 0, "left at the CPU");
	stub_cpu_up(1);
	tap_close();
}

static void hotplug_broken(void)
{
	unsigned int lines = host_log_lines();

	hotplug_begin("H8: with no CPU of its affinity left it goes anywhere",
		      4, false);
	tap_equal(irqkit_cpu_offline(2, &hotplug_receipt), 0, "offline");
	hotplug_expect(IRQKIT_RECEIPT_BROKEN, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 1, "aimed at");
	tap_equal((long long)stub_affinity(hotplug_irq), 4,
		  "what was asked for is kept");
	stub_cpu_stop(2, &hotplug_receipt);
	hotplug_expect(IRQKIT_RECEIPT_BROKEN, 0);
	tap_equal(host_log_lines() - lines, 1, "lines logged");
	tap_expect(strstr(host_last_log(), "cpu 2") != NULL &&
			   strstr(host_last_log(), "1 left their") != NULL,
		   "the line: %s", host_last_log());
	stub_cpu_up(2);
	hotplug_end();
}

static void hotplug_quiet(void)
{
	unsigned int lines = host_log_lines();

	hotplug_begin("H14: what went well is not logged", 0xc, false);
	hotplug_down(2);
	tap_equal(host_log_lines() - lines, 0, "lines logged");
	stub_cpu_up(2);
	hotplug_end();
}

/* A wait of ten seconds, by the machine's clock. */
static void hotplug_pass_time(void)
{
	uint64_t end = irqkit_port_nanoseconds() + 10000000000ULL;

	while (irqkit_port_nanoseconds() < end)
		;
}

static void hotplug_break_once(void)
{
	hotplug_set(4);
	stub_cpu_down(2, NULL);
	stub_cpu_up(2);
}

static void hotplug_rate(void)
{
	unsigned int lines;

	hotplug_begin("H14: warnings are rate limited", 4, false);
	hotplug_pass_time();
	lines = host_log_lines();
	for (unsigned int i = 0; i < 20; i++)
		hotplug_break_once();
	tap_equal(host_log_lines() - lines, 5, "lines of 20 breaks");
	hotplug_pass_time();
	hotplug_break_once();
	tap_equal(host_log_lines() - lines, 6, "and one, ten seconds later");
	hotplug_end();
}

static void hotplug_masked_around(void)
{
	hotplug_begin("H10: a chip that moves in the interrupt only is masked",
		      0xc, false);
	irq_clear_status_flags(hotplug_irq, IRQ_MOVE_PCNTXT);
	hotplug_down(2);
	stub_expect("MFU", "the CPU goes");
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	stub_cpu_up(2);
	disable_irq(hotplug_irq);
	stub_arrive(hotplug_irq, 3);
	hotplug_forget();
	stub_cpu_down(3, NULL);
	stub_expect("F", "masked already, it stays so");
	tap_expect(irqd_irq_masked(irq_get_irq_data(hotplug_irq)), "masked");
	stub_cpu_up(3);
	enable_irq(hotplug_irq);
	hotplug_end();
}

static void hotplug_complete_first(void)
{
	hotplug_begin("H11: a move in flight is completed before all else", 2,
		      false);
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	hotplug_set(0xc);
	stub.answer[STUB_AFFINITY] = 0;
	hotplug_forget();
	hotplug_down(2);
	stub_expect("CF", "the new target goes");
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	stub_cpu_up(2);
	stub_chip.irq_force_complete_move = NULL;
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	hotplug_set(4);
	stub.answer[STUB_AFFINITY] = 0;
	hotplug_forget();
	stub_cpu_down(3, NULL);
	stub_expect("", "a chip whose moves need no help");
	tap_equal(stub_state(hotplug_irq) & IRQD_MOVING, 0, "moving");
	stub_cpu_up(3);
	hotplug_end();
}

/* HZ5: moved away, and no interrupt came since: the old target is let go. */
static void hotplug_old_target(void)
{
	hotplug_begin("HZ5: the old target goes while the move lasts", 2,
		      false);
	for (unsigned int i = 0; i < 50; i++) {
		stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
		hotplug_set(4);
		stub.answer[STUB_AFFINITY] = 0;
		hotplug_forget();
		hotplug_down(1);
		stub_expect("C", "the old target goes");
		stub_cpu_up(1);
		hotplug_set(2);
	}
	hotplug_expect(HOTPLUG_NONE, 0);
	hotplug_end();
}

/* HZ4: at CPU 2, to go to others when it fires. */
static void hotplug_pending(void)
{
	hotplug_begin("H2, HZ4: a change that waits is done when its CPU goes",
		      4, false);
	irq_clear_status_flags(hotplug_irq, IRQ_MOVE_PCNTXT);
	hotplug_set(0xc);
	hotplug_down(2);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "to {2, 3}");
	tap_equal(stub_state(hotplug_irq) & IRQD_MOVE_PENDING, 0, "pending");
	stub_cpu_up(2);
	hotplug_set(0x10);
	hotplug_new_receipt(8);
	hotplug_down(3);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 0x10, "to {4}");
	tap_equal((long long)stub_affinity(hotplug_irq), 0x10, "affinity");
	stub_cpu_up(3);
	hotplug_set(8);
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "cpu 3 leaves");
	tap_expect((stub_state(hotplug_irq) & IRQD_MOVE_PENDING) != 0,
		   "to {3}, which goes first: it still waits");
	hotplug_new_receipt(8);
	hotplug_down(4);
	hotplug_expect(IRQKIT_RECEIPT_BROKEN, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 1, "to {3}");
	tap_equal(irqkit_cpu_online(3), 0, "cpu 3");
	stub_cpu_up(4);
	hotplug_end();
}

static void hotplug_pending_fails(void)
{
	hotplug_begin("HZ4: a change that waits is not lost by a failed move",
		      4, false);
	irq_clear_status_flags(hotplug_irq, IRQ_MOVE_PCNTXT);
	hotplug_set(8);
	stub.answer[STUB_AFFINITY] = -EBUSY;
	tap_equal(irqkit_cpu_offline(2, &hotplug_receipt), 0, "offline");
	tap_expect((stub_state(hotplug_irq) & IRQD_MOVE_PENDING) != 0,
		   "it still waits");
	stub.answer[STUB_AFFINITY] = 0;
	tap_equal(irqkit_cpu_online(2), 0, "the CPU stays after all");
	stub_arrive(hotplug_irq, 2);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "moved");
	hotplug_expect(HOTPLUG_NONE, 0);
	hotplug_end();
}

static void hotplug_no_room(void)
{
	hotplug_begin("H13, HZ6: no room in its affinity: tried anywhere", 0xc,
		      false);
	stub.full = stub_cpus(8);
	hotplug_down(2);
	stub_expect("FF", "the CPU goes");
	hotplug_expect(IRQKIT_RECEIPT_BROKEN, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 1, "aimed at");
	tap_equal((long long)stub_affinity(hotplug_irq), 0xc, "affinity");
	stub_cpu_up(2);
	hotplug_end();
}

/* Widening would find nothing new, or is not allowed. */
static void hotplug_no_widening(unsigned long bits, bool is_managed,
				const char *subject)
{
	hotplug_begin(subject, bits, is_managed);
	stub.full = stub_cpus(HOTPLUG_ALL & ~4L);
	if (!is_managed)
		hotplug_set(bits);
	tap_equal((long long)stub_effective(hotplug_irq), 4, "aimed at");
	stub.full = stub_cpus(HOTPLUG_ALL);
	hotplug_forget();
	tap_equal(irqkit_cpu_offline(2, &hotplug_receipt), 0, "offline");
	stub_expect("F", "tried once");
	hotplug_expect(HOTPLUG_NONE, 0);
	stub_cpu_stop(2, &hotplug_receipt);
	stub_expect("F", "and once when the CPU has stopped");
	hotplug_expect(IRQKIT_RECEIPT_STUCK, -ENOSPC);
	tap_expect(strstr(host_last_log(), "1 are stuck") != NULL,
		   "the line: %s", host_last_log());
	stub.full = stub_cpus(0);
	stub_cpu_up(2);
	hotplug_end();
}

static void hotplug_other_error(void)
{
	hotplug_begin("H13: another error is not widened, and told as it is",
		      0xc, false);
	stub.answer[STUB_AFFINITY] = -ETIMEDOUT;
	tap_equal(irqkit_cpu_offline(2, &hotplug_receipt), 0, "offline");
	stub_expect("F", "the CPU goes");
	stub_cpu_stop(2, &hotplug_receipt);
	hotplug_expect(IRQKIT_RECEIPT_STUCK, -ETIMEDOUT);
	stub.answer[STUB_AFFINITY] = 0;
	stub_cpu_up(2);
	hotplug_end();
}

/* What did not work while the CPU ran works at its end. */
static void hotplug_second_try(void)
{
	hotplug_begin("what cannot move at first is tried again at the end",
		      0xc, false);
	stub.answer[STUB_AFFINITY] = -EBUSY;
	tap_equal(irqkit_cpu_offline(2, &hotplug_receipt), 0, "offline");
	hotplug_expect(HOTPLUG_NONE, 0);
	stub.answer[STUB_AFFINITY] = 0;
	stub_cpu_stop(2, &hotplug_receipt);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "aimed at");
	stub_cpu_up(2);
	hotplug_end();
}

/* A chip that cannot move, and says where it goes when it starts. */
static void hotplug_say_target(enum stub_op op, struct irq_data *data)
{
	struct cpumask mask = stub_cpus(4);

	if (op == STUB_STARTUP)
		irq_data_update_effective_affinity(data, &mask);
}

static void hotplug_immovable(void)
{
	hotplug_begin("H2: what cannot move at all is stuck, and told", 4,
		      false);
	tap_equal(free_irq(hotplug_irq, NULL), 0, "free");
	stub_chip.irq_set_affinity = NULL;
	stub.hook = hotplug_say_target;
	request_irq(hotplug_irq, stub_handler, 0, "h", NULL);
	hotplug_down(2);
	hotplug_expect(IRQKIT_RECEIPT_STUCK, -ENOSYS);
	stub_cpu_up(2);
	hotplug_end();
}

static void hotplug_receipts(void)
{
	unsigned int other;

	hotplug_begin("receipts are added to, and may be without room or NULL",
		      4, false);
	other = hotplug_make(4, true, IRQ_MOVE_PCNTXT);
	hotplug_new_receipt(0);
	hotplug_down(2);
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_BROKEN], 1, "broken");
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_SHUT_DOWN], 1, "down");
	tap_equal(hotplug_receipt.used, 0, "entries without room");
	stub_cpu_up(2);
	hotplug_set(4);
	hotplug_down(2);
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_BROKEN], 2, "broken");
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_SHUT_DOWN], 2, "down");
	stub_cpu_up(2);
	hotplug_set(4);
	stub_cpu_down(2, NULL);
	tap_equal((long long)stub_effective(hotplug_irq), 1, "NULL");
	stub_cpu_up(2);
	free_irq(other, NULL);
	stub_free(other);
	hotplug_end();
}

static void hotplug_managed(void)
{
	hotplug_begin("H9, H5: managed: shut down with its last CPU, and back",
		      0xc, true);
	hotplug_down(2);
	stub_expect("F", "the first goes");
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	hotplug_new_receipt(8);
	hotplug_down(3);
	stub_expect("XD", "the last goes");
	hotplug_expect(IRQKIT_RECEIPT_SHUT_DOWN, 0);
	tap_equal((long long)stub_affinity(hotplug_irq), 0xc, "its mask");
	tap_equal((long long)stub_effective(hotplug_irq), 0, "aimed at");
	stub_cpu_up(3);
	stub_expect("AFS", "one comes back");
	tap_equal((long long)stub_effective(hotplug_irq), 8, "aimed at");
	stub_arrive(hotplug_irq, 3);
	tap_equal(stub_handled, 1, "it works");
	hotplug_forget();
	stub_cpu_up(2);
	stub_expect("", "of one target: the other CPU changes nothing");
	hotplug_end();
}

/* A managed one that goes to all of its CPUs gets one back. */
static void hotplug_spreads(void)
{
	hotplug_begin_aim(
		"H5: a managed one with several targets spreads again", 0xc,
		true, STUB_AIM_ALL);
	hotplug_down(3);
	tap_equal((long long)stub_effective(hotplug_irq), 4, "aimed at");
	hotplug_forget();
	stub_cpu_up(3);
	stub_expect("F", "it comes back");
	tap_equal((long long)stub_effective(hotplug_irq), 0xc, "aimed at");
	irq_clear_status_flags(hotplug_irq, IRQ_MOVE_PCNTXT);
	stub_cpu_down(3, NULL);
	hotplug_forget();
	stub_cpu_up(3);
	stub_expect("MFU", "masked around, if the chip needs that");
	hotplug_end();
}

/* Not managed: nothing happens on online, wherever it is. */
static void hotplug_not_managed(void)
{
	hotplug_begin("H6: what is not managed stays where it is on online",
		      0xc, false);
	stub.aim = STUB_AIM_ALL;
	hotplug_set(0xc);
	hotplug_down(2);
	hotplug_forget();
	stub_cpu_up(2);
	stub_expect("", "the CPU comes back");
	tap_equal((long long)stub_effective(hotplug_irq), 8, "aimed at");
	hotplug_end();
}

/* CPU 5 is isolated: it gets only what nobody else can take. */
static void hotplug_isolation(void)
{
	hotplug_begin("H12: isolcpus=managed_irq keeps managed ones away", 0x28,
		      true);
	tap_equal((long long)stub_effective(hotplug_irq), 8, "at CPU 3");
	stub.aim = STUB_AIM_LAST;
	hotplug_down(3);
	hotplug_expect(IRQKIT_RECEIPT_MOVED, 0);
	tap_equal((long long)stub_effective(hotplug_irq), 0x20,
		  "nobody else can take it");
	hotplug_forget();
	stub_cpu_up(3);
	stub_expect("F", "H4: a CPU comes back that does the housekeeping");
	tap_equal((long long)stub_effective(hotplug_irq), 8, "at CPU 3");
	hotplug_forget();
	stub_cpu_down(5, NULL);
	stub_cpu_up(5);
	stub_expect("", "an isolated one comes back");
	tap_equal((long long)stub_affinity(hotplug_irq), 0x28, "affinity");
	hotplug_end();
	hotplug_begin("H12: what is not managed may use isolated CPUs", 0x20,
		      false);
	tap_equal((long long)stub_effective(hotplug_irq), 0x20, "at CPU 5");
	hotplug_end();
}

static void hotplug_isolation_moves(void)
{
	hotplug_begin("H12: it moves to those that do the housekeeping", 0x3c,
		      true);
	stub.aim = STUB_AIM_LAST;
	hotplug_down(2);
	tap_equal((long long)stub_effective(hotplug_irq), 0x10, "at CPU 4");
	stub_cpu_up(2);
	hotplug_end();
}

static int hotplug_refusal(unsigned int cpu)
{
	return cpu == 4 ? -EBUSY : 0;
}

static struct irqkit_cpu_notifier hotplug_refuser = {
	.name = "refuser",
	.offline = hotplug_refusal,
};

static void hotplug_refused(void)
{
	hotplug_begin("H5: a CPU that has to stay gets its managed ones back",
		      0x10, true);
	tap_equal(irqkit_cpu_offline(4, &hotplug_receipt), -EBUSY, "offline");
	stub_expect("XDAFS", "down and up");
	tap_equal((long long)stub_effective(hotplug_irq), 0x10, "aimed at");
	tap_equal(stub_depth(hotplug_irq), 0, "depth");
	hotplug_end();
}

/* The dying step of a controller that has something latched for CPU 2. */
static bool hotplug_latched;
static int hotplug_forwarded;

static void hotplug_forward(unsigned int cpu)
{
	if (!hotplug_latched)
		return;
	hotplug_latched = false;
	irqkit_dispatch_begin(cpu);
	hotplug_forwarded = irqkit_forward_irq(irq_to_desc(hotplug_irq));
	irqkit_dispatch_end(cpu);
}

static struct irqkit_cpu_notifier hotplug_latches = {
	.name = "latches",
	.dying = hotplug_forward,
};

static void hotplug_leave_latched(void)
{
	hotplug_latched = true;
	hotplug_forwarded = 1;
	hotplug_down(2);
	tap_expect(!hotplug_latched, "the dying step");
	stub_cpu_up(2);
}

static void hotplug_latched_edge(void)
{
	hotplug_begin("HZ1: what is latched at the CPU arrives elsewhere", 0xc,
		      false);
	hotplug_leave_latched();
	stub_expect("FR", "moved, and raised there");
	tap_equal(hotplug_forwarded, 0, "forwarded");
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_FORWARDED], 1,
		  "in the receipt");
	tap_equal(hotplug_entries[1].kind, IRQKIT_RECEIPT_FORWARDED, "kind");
	tap_equal(hotplug_entries[1].irq, hotplug_irq, "irq");
	hotplug_end();
}

static void hotplug_latched_disabled(void)
{
	hotplug_begin("HZ1: a disabled one arrives when it is enabled", 0xc,
		      false);
	disable_irq(hotplug_irq);
	hotplug_leave_latched();
	stub_expect("F", "moved, and not raised");
	tap_equal(hotplug_forwarded, 0, "forwarded");
	tap_expect((stub_state(hotplug_irq) & IRQD_PENDING) != 0, "pending");
	enable_irq(hotplug_irq);
	stub_expect("R", "enabled");
	hotplug_end();
}

static void hotplug_latched_not_started(void)
{
	hotplug_begin("HZ54: what is latched for one that stopped is dropped",
		      4, true);
	hotplug_leave_latched();
	tap_equal(hotplug_forwarded, -EINVAL, "shut down");
	tap_equal(hotplug_receipt.count[IRQKIT_RECEIPT_FORWARDED], 0,
		  "in the receipt");
	tap_equal(stub.calls[STUB_RETRIGGER], 0, "raised");
	irqkit_poll();
	tap_equal(stub_handled, 0, "handled");
	hotplug_end();
}

static void hotplug_latched_level(void)
{
	hotplug_begin("HZ55: a level that is latched is its device's to raise",
		      0xc, false);
	tap_equal(irq_set_irq_type(hotplug_irq, IRQ_TYPE_LEVEL_HIGH), 0,
		  "a level");
	hotplug_forget();
	hotplug_leave_latched();
	stub_expect("F", "moved, and not raised");
	irqkit_poll();
	tap_equal(stub_handled, 0, "handled");
	tap_equal(stub_state(hotplug_irq) & IRQD_PENDING, 0, "pending");
	hotplug_end();
}

static void hotplug_never_started(void)
{
	stub_reset();
	tap_subject("HZ12: what was never started costs nothing at offline");
	hotplug_irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT, NULL);
	request_irq(hotplug_irq, stub_handler, IRQF_NO_AUTOEN, "h", NULL);
	hotplug_new_receipt(8);
	hotplug_forget();
	hotplug_down(2);
	stub_cpu_up(2);
	stub_expect("", "a CPU goes and comes");
	hotplug_expect(HOTPLUG_NONE, 0);
	tap_equal((long long)free_irq(hotplug_irq, NULL), 0, "free");
	tap_equal(stub.calls[STUB_ACTIVATE], stub.calls[STUB_DEACTIVATE],
		  "activated as often as deactivated");
	stub_free(hotplug_irq);
	tap_close();
}

/* Freed already, its number not yet free, when the CPU goes. */
static int hotplug_meanwhile;

static void hotplug_free_hook(void)
{
	if (irqkit_port_irqs_disabled())
		return;
	host_clock_hook = NULL;
	irqkit_dispatch_end(4);
	hotplug_meanwhile = irqkit_cpu_offline(2, NULL);
}

static void hotplug_while_freed(void)
{
	hotplug_begin("HZ21: a CPU goes while an interrupt of it is freed", 4,
		      false);
	irqkit_dispatch_begin(4);
	host_clock_hook = hotplug_free_hook;
	tap_equal(free_irq(hotplug_irq, NULL), 0, "free");
	tap_expect(host_clock_hook == NULL, "it waited");
	host_clock_hook = NULL;
	tap_equal(hotplug_meanwhile, 0, "offline meanwhile");
	stub_expect("XD", "it is not moved");
	tap_equal(irqkit_cpu_online(2), 0, "cpu 2");
	stub_free(hotplug_irq);
	tap_close();
}

/* HZ21, HZ27: another CPU makes and frees interrupts all the time. */
static bool hotplug_storm_ends;
static unsigned int hotplug_storm_rounds, hotplug_storm_wrong;

static void hotplug_storm_round(void)
{
	unsigned int irqs[4];

	for (unsigned int i = 0; i < 4; i++) {
		irqs[i] = (unsigned int)irq_alloc_descs(-1, 1, 1, 0);
		irq_set_chip_and_handler(irqs[i], i, &stub_chip, NULL,
					 handle_edge_irq);
		irq_set_status_flags(irqs[i], IRQ_MOVE_PCNTXT);
		if (request_irq(irqs[i], stub_handler, 0, "s", NULL) != 0)
			hotplug_storm_wrong++;
	}
	for (unsigned int i = 0; i < 4; i++) {
		struct cpumask mask = stub_cpus(2UL << i);

		irq_set_affinity(irqs[i], &mask);
		if (free_irq(irqs[i], NULL) != 0 ||
		    irq_free_descs(irqs[i], 1) != 0)
			hotplug_storm_wrong++;
	}
	hotplug_storm_rounds++;
}

static void hotplug_storm_work(void *argument)
{
	(void)argument;
	while (!hotplug_storm_ends)
		hotplug_storm_round();
}

static void hotplug_storm(void)
{
	hotplug_begin("HZ21: interrupts are made and freed while CPUs go", 0xe,
		      false);
	stub.aim = STUB_AIM_LAST;
	hotplug_storm_ends = false;
	host_give_work(5, hotplug_storm_work, NULL);
	for (unsigned int i = 0; i < 300; i++) {
		unsigned int cpu = 1 + i % 3;

		tap_equal(irqkit_cpu_offline(cpu, NULL), 0, "offline");
		irqkit_port_relax();
		stub_cpu_stop(cpu, NULL);
		if ((stub_effective(hotplug_irq) & 1UL << cpu) != 0)
			hotplug_storm_wrong++;
		irqkit_port_relax();
		stub_cpu_up(cpu);
	}
	hotplug_storm_ends = true;
	while (!host_is_idle(5))
		irqkit_port_relax();
	tap_expect(hotplug_storm_rounds > 20, "rounds: %u",
		   hotplug_storm_rounds);
	tap_equal(hotplug_storm_wrong, 0, "wrong");
	hotplug_end();
}

/* By the kernel's own hand, and told once. */
static void hotplug_by_hand(void)
{
	unsigned int before, lines;
	unsigned long state;

	hotplug_begin("H3: irq_migrate_all_off_this_cpu() on the CPU", 0xc,
		      false);
	stub.answer[STUB_AFFINITY] = -EBUSY;
	tap_equal(irqkit_cpu_offline(2, &hotplug_receipt), 0, "offline");
	stub.answer[STUB_AFFINITY] = 0;
	stub.full = stub_cpus(8);
	hotplug_pass_time();
	lines = host_log_lines();
	before = host_become(2);
	state = irqkit_port_irq_save();
	tap_equal(irq_migrate_all_off_this_cpu(&hotplug_receipt), 0, "once");
	tap_equal(irq_migrate_all_off_this_cpu(&hotplug_receipt), 0, "twice");
	irqkit_port_irq_restore(state);
	host_become(before);
	hotplug_expect(IRQKIT_RECEIPT_BROKEN, 0);
	tap_equal(host_log_lines() - lines, 0, "lines on a CPU that leaves");
	stub_cpu_stop(2, &hotplug_receipt);
	tap_equal(host_log_lines() - lines, 1, "lines when it has stopped");
	stub_cpu_up(2);
	hotplug_end();
}

static void hotplug_start(void)
{
	struct cpumask others = stub_cpus(HOTPLUG_ALL & ~1L);

	host_start(HOTPLUG_CPUS, &others);
	tap_subject("H12: isolcpus=managed_irq,5");
	tap_equal(irqkit_isolation_setup("isolcpus=managed_irq,5"), 0, "set");
	for (unsigned int cpu = 1; cpu < HOTPLUG_CPUS; cpu++)
		tap_equal(host_start_cpu(cpu), 0, "cpu %u", cpu);
	tap_expect(
		!housekeeping_test_cpu(HOTPLUG_ISOLATED, HK_TYPE_MANAGED_IRQ),
		"CPU 5 is isolated");
	tap_close();
}

int main(void)
{
	host_begin();
	hotplug_start();
	hotplug_moves();
	hotplug_leaves_alone();
	hotplug_several_targets();
	hotplug_empty_effective();
	hotplug_only_offline();
	hotplug_missing_bit(false);
	hotplug_missing_bit(true);
	hotplug_stale();
	hotplug_freed_in_walk();
	hotplug_became_percpu();
	hotplug_chained();
	hotplug_many();
	hotplug_broken();
	hotplug_quiet();
	hotplug_rate();
	hotplug_masked_around();
	hotplug_complete_first();
	hotplug_old_target();
	hotplug_pending();
	hotplug_pending_fails();
	hotplug_no_room();
	hotplug_no_widening(0x3f, false,
			    "H13: no room anywhere: stuck, and told");
	hotplug_no_widening(0xc, true,
			    "H13: a managed one is not taken elsewhere");
	hotplug_other_error();
	hotplug_second_try();
	hotplug_immovable();
	hotplug_receipts();
	hotplug_managed();
	hotplug_spreads();
	hotplug_not_managed();
	hotplug_isolation();
	hotplug_isolation_moves();
	irqkit_register_cpu_notifier(&hotplug_latches);
	hotplug_latched_edge();
	hotplug_latched_disabled();
	hotplug_latched_not_started();
	hotplug_latched_level();
	hotplug_never_started();
	hotplug_while_freed();
	hotplug_storm();
	hotplug_by_hand();
	irqkit_register_cpu_notifier(&hotplug_refuser);
	hotplug_refused();
	return host_end();
}
