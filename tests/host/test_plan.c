/* SPDX-License-Identifier: MIT */
/*
 * irq_plan_offline(): its errors, what it says of one interrupt, how chips
 * answer it, and that as many fit as were planned. States at random are in
 * test_plan_random.c. And H6, the step back by irq_affinity_online_cpu().
 */
#include <string.h>
#include "host.h"
#include "sim_chip.h"
#include "stub_chip.h"
#include "suites/tap.h"

#define PLAN_CPUS    6U
#define PLAN_ROOM    16U

#define PLAN_VECTORS 16U
#define PLAN_NONE    IRQKIT_RECEIPT_KINDS

static struct irqkit_plan plan;
static struct irqkit_plan_entry plan_entries[PLAN_ROOM];
static struct sim_message *plan_sim;

static int plan_offline_into(unsigned long cpus, unsigned int room)
{
	struct cpumask mask = stub_cpus(cpus);

	memset(&plan, 0xee, sizeof(plan));
	memset(plan_entries, 0xee, sizeof(plan_entries));
	plan.entries = room != 0 ? plan_entries : NULL;
	plan.room = room;
	return irq_plan_offline(&mask, &plan);
}

static void plan_offline(unsigned long cpus)
{
	tap_equal(plan_offline_into(cpus, PLAN_ROOM), 0, "plan");
}

static unsigned int plan_make(unsigned long bits, bool is_managed)
{
	const struct irq_affinity_desc affinity = {.mask = stub_cpus(bits),
						   .is_managed = is_managed};
	unsigned int irq = stub_make(handle_edge_irq, IRQ_MOVE_PCNTXT,
				     &affinity);

	tap_equal(request_irq(irq, stub_handler, 0, "p", NULL), 0, "request");
	memset(stub.story, 0, sizeof(stub.story));
	return irq;
}

static void plan_unmake(unsigned int irq)
{
	tap_equal(free_irq(irq, NULL), 0, "free");
	stub_free(irq);
}

/* One entry for one interrupt, or none with PLAN_NONE. */
static void plan_expect(unsigned int irq, enum irqkit_receipt_kind kind,
			int error, unsigned long targets)
{
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(plan.count[i], i == (unsigned int)kind,
			  "count of kind %u", i);
	if (!tap_equal(plan.used, kind != PLAN_NONE, "entries") ||
	    kind == PLAN_NONE)
		return;
	tap_equal(plan_entries[0].irq, irq, "irq");
	tap_equal(plan_entries[0].kind, kind, "kind");
	tap_equal(plan_entries[0].error, error, "error");
	tap_equal((long long)plan_entries[0].targets.bits[0],
		  (long long)targets, "targets");
}

static bool plan_is_untouched(void)
{
	const unsigned char *bytes = (const unsigned char *)&plan;

	for (size_t i = 0; i < sizeof(plan.count) + sizeof(plan.assumed); i++) {
		if (bytes[i] != 0xee)
			return false;
	}
	return plan_entries[0].irq == 0xeeeeeeeeU;
}

static void plan_refused(unsigned long cpus, int error, const char *why)
{
	tap_equal(plan_offline_into(cpus, PLAN_ROOM), error, "%s", why);
	tap_expect(plan_is_untouched(), "%s: the plan is unchanged", why);
}

static void plan_errors(void)
{
	struct cpumask mask = stub_cpus(4);
	unsigned int irq;

	stub_reset();
	tap_subject("masks and pointers that are refused");
	irq = plan_make(4, false);
	plan_refused(0, -EINVAL, "no CPU");
	plan_refused(1UL << PLAN_CPUS, -EINVAL, "a CPU that is not possible");
	plan_refused(4 | 1UL << PLAN_CPUS, -EINVAL, "one of them not possible");
	plan_refused(0x3f, -EBUSY, "all CPUs");
	tap_equal(irq_plan_offline(NULL, &plan), -EINVAL, "no mask");
	tap_equal(irq_plan_offline(&mask, NULL), -EINVAL, "no plan");
	plan.entries = NULL;
	plan.room = 1;
	tap_equal(irq_plan_offline(&mask, &plan), -EINVAL, "no entries");
	tap_equal(irqkit_cpu_offline(5, NULL), 0, "cpu 5 leaves");
	plan_refused(0x20, -ENXIO, "a CPU that is not active");
	plan_refused(0x24, -ENXIO, "one of them not active");
	plan_refused(0x1f, -EBUSY, "all that are active");
	tap_equal(irqkit_cpu_online(5), 0, "cpu 5");
	stub_expect("", "nothing was planned");
	plan_unmake(irq);
	tap_close();
}

static int plan_in_handler_result;

static void plan_from_handler(void)
{
	struct cpumask mask = stub_cpus(4);

	plan_in_handler_result = irq_plan_offline(&mask, &plan);
}

static void plan_handler(void)
{
	unsigned int irq;

	stub_reset();
	tap_subject("a handler cannot plan");
	irq = plan_make(4, false);
	plan_in_handler_result = 0;
	stub_in_handler = plan_from_handler;
	stub_arrive(irq, 2);
	tap_equal(plan_in_handler_result, -EDEADLK, "in a handler");
	plan_unmake(irq);
	tap_close();
}

/* What it says is only said. */
static void plan_one(const char *subject, unsigned long bits, bool is_managed,
		     enum irqkit_receipt_kind kind, unsigned long targets)
{
	struct irqkit_receipt receipt = {.room = 0};
	unsigned int irq;

	stub_reset();
	tap_subject("%s", subject);
	irq = plan_make(bits, is_managed);
	plan_offline(4);
	stub_expect("", "the plan");
	tap_equal(stub_depth(irq), 0, "depth");
	plan_expect(irq, kind, 0, targets);
	tap_equal(plan.assumed, kind <= IRQKIT_RECEIPT_BROKEN,
		  "assumed, as the chip cannot say where it would go");
	stub_cpu_down(2, &receipt);
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(receipt.count[i], plan.count[i], "kind %u", i);
	stub_cpu_up(2);
	plan_unmake(irq);
	tap_close();
}

static void plan_immovable(void)
{
	unsigned int irq;

	stub_reset();
	tap_subject("H2: what cannot move is planned as stuck");
	irq = plan_make(4, false);
	stub_chip.irq_set_affinity = NULL;
	plan_offline(4);
	plan_expect(irq, IRQKIT_RECEIPT_STUCK, -ENOSYS, 4);
	tap_equal(plan.assumed, 0, "assumed: nothing had to be");
	plan_unmake(irq);
	tap_close();
}

/* A stale bit of the index, of the number's former owner, is no target. */
static void plan_stale(void)
{
	struct irqkit_receipt receipt = {.room = 0};
	struct cpumask later = stub_cpus(0xc);
	unsigned int irq, again;

	stub_reset();
	tap_subject("H1: where a chip goes that cannot be aimed nobody knows");
	irq = plan_make(2, false);
	irq_clear_status_flags(irq, IRQ_MOVE_PCNTXT);
	tap_equal(irq_set_affinity(irq, &later), 0, "it waits");
	stub_cpu_down(1, NULL);
	tap_equal((long long)stub_effective(irq), 4, "aimed at");
	plan_unmake(irq);
	stub_chip.irq_set_affinity = NULL;
	again = plan_make(0xc, false);
	tap_equal(again, irq, "the number");
	plan_offline(8);
	plan_expect(again, PLAN_NONE, 0, 0);
	stub_cpu_down(3, &receipt);
	tap_equal(receipt.count[IRQKIT_RECEIPT_STUCK], 0, "stuck");
	stub_cpu_up(3);
	stub_cpu_up(1);
	plan_unmake(again);
	tap_close();
}

static void plan_assumes(void)
{
	unsigned int irq;

	stub_reset();
	tap_subject("a chip that cannot say: its first CPU, or all");
	stub.aim = STUB_AIM_ALL;
	irq = plan_make(0xc, false);
	plan_offline(4);
	plan_expect(irq, IRQKIT_RECEIPT_MOVED, 0, 8);
	plan_unmake(irq);
	irq = plan_make(4, false);
	plan_offline(4);
	plan_expect(irq, IRQKIT_RECEIPT_BROKEN, 0, 0x3b);
	plan_unmake(irq);
	stub.is_single = true;
	irq = plan_make(4, false);
	plan_offline(4);
	plan_expect(irq, IRQKIT_RECEIPT_BROKEN, 0, 1);
	tap_expect(plan_entries[0].assumed, "it is said");
	plan_unmake(irq);
	tap_close();
}

static void plan_several(void)
{
	unsigned int irq;

	stub_reset();
	tap_subject("of CPUs that go one after the other the end is told");
	stub.is_single = true;
	irq = plan_make(6, false);
	plan_offline(2);
	plan_expect(irq, IRQKIT_RECEIPT_MOVED, 0, 4);
	plan_offline(6);
	plan_expect(irq, IRQKIT_RECEIPT_BROKEN, 0, 1);
	plan_offline(7);
	plan_expect(irq, IRQKIT_RECEIPT_BROKEN, 0, 8);
	plan_offline(4);
	plan_expect(irq, PLAN_NONE, 0, 0);
	plan_unmake(irq);
	irq = plan_make(6, true);
	plan_offline(6);
	plan_expect(irq, IRQKIT_RECEIPT_SHUT_DOWN, 0, 0);
	plan_unmake(irq);
	tap_close();
}

static void plan_rooms(void)
{
	unsigned int irqs[3];

	stub_reset();
	tap_subject("entries up to the room, counts beyond it, all anew");
	for (unsigned int i = 0; i < 3; i++)
		irqs[i] = plan_make(4, i == 1);
	for (unsigned int room = 0; room < 5; room++) {
		tap_equal(plan_offline_into(4, room), 0, "room %u", room);
		tap_equal(plan.used, room < 3 ? room : 3, "entries");
		tap_equal(plan.count[IRQKIT_RECEIPT_BROKEN], 2, "broken");
		tap_equal(plan.count[IRQKIT_RECEIPT_SHUT_DOWN], 1, "down");
		tap_equal(plan.assumed, 2, "assumed");
		for (unsigned int i = 0; i < plan.used; i++)
			tap_equal(plan_entries[i].irq, irqs[i], "in order");
		tap_equal(plan_entries[plan.used].irq, 0xeeeeeeeeU,
			  "nothing beyond");
	}
	for (unsigned int i = 0; i < 3; i++)
		plan_unmake(irqs[i]);
	tap_close();
}

/* ---- chips that answer */

static int plan_answer;
static unsigned int plan_asked, plan_ended;

/* The last CPU of the mask, as the stub aims then. */
static int plan_say_last(const struct irq_data *data,
			 const struct cpumask *mask, struct irqkit_dry_run *run)
{
	struct cpumask one;

	(void)data;
	plan_asked++;
	if (mask == NULL) {
		plan_ended++;
		return 0;
	}
	if (plan_answer < 0)
		return plan_answer;
	irqkit_cpumask_single(&one, cpumask_last(mask));
	irqkit_dry_run_aim(run, &one);
	return plan_answer;
}

static void plan_answers(void)
{
	static const int errors[] = {-EBUSY, -EINVAL, -ENOSPC, -ETIMEDOUT};
	unsigned int irq;

	stub_reset();
	tap_subject("a chip that can say is believed, its errors too");
	stub_chip.irq_plan_affinity = plan_say_last;
	irq = plan_make(0xe, false);
	plan_answer = 0;
	plan_offline(2);
	plan_expect(irq, IRQKIT_RECEIPT_MOVED, 0, 8);
	tap_expect(!plan_entries[0].assumed, "it is not assumed");
	tap_equal(plan.assumed, 0, "assumed");
	for (unsigned int i = 0; i < 4; i++) {
		plan_asked = 0;
		plan_answer = errors[i];
		plan_offline(2);
		plan_expect(irq, IRQKIT_RECEIPT_STUCK, errors[i], 2);
		tap_equal(plan_asked, errors[i] == -ENOSPC ? 4 : 2,
			  "asked when it goes and at last, H13: twice each");
	}
	plan_unmake(irq);
	tap_close();
}

/* Asked once to end the move that really goes on, and not again. */
static void plan_moving(void)
{
	struct cpumask mask = stub_cpus(4);
	unsigned int irq;

	stub_reset();
	tap_subject("H11: the end of a move is planned before all else");
	stub_chip.irq_plan_affinity = plan_say_last;
	plan_answer = IRQKIT_MOVING;
	irq = plan_make(2, false);
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	irq_set_affinity(irq, &mask);
	stub.answer[STUB_AFFINITY] = 0;
	plan_ended = 0;
	plan_offline(2);
	plan_expect(irq, PLAN_NONE, 0, 0);
	tap_equal(plan_ended, 1, "it was at the CPU: ended");
	plan_ended = 0;
	plan_offline(0x3c);
	plan_expect(irq, IRQKIT_RECEIPT_BROKEN, 0, 2);
	tap_equal(plan_ended, 1, "ended once, moved two times");
	tap_expect((stub_state(irq) & IRQD_MOVING) != 0, "it still goes on");
	plan_unmake(irq);
	tap_close();
}

/* A chip that never says that a move is over: the core ends it. */
static void plan_never_ends(void)
{
	struct irqkit_receipt_entry entries[4];
	struct irqkit_receipt receipt = {.entries = entries, .room = 4};
	unsigned int irq, other;

	stub_reset();
	tap_subject("H11: a chip whose moves never end moves all the same");
	irq = plan_make(0x6, false);
	other = plan_make(0x20, false);
	stub_chip.irq_force_complete_move = NULL;
	stub.answer[STUB_AFFINITY] = IRQKIT_MOVING;
	for (unsigned int i = 0; i < 4; i++) {
		plan_offline(2UL << i % 2);
		plan_expect(irq, IRQKIT_RECEIPT_MOVED, 0, 4UL >> i % 2);
		receipt.used = 0;
		stub_cpu_down(1 + i % 2, &receipt);
		tap_equal(receipt.used, 1, "entries");
		tap_equal(entries[0].irq, irq, "irq");
		tap_equal(entries[0].kind, IRQKIT_RECEIPT_MOVED, "kind");
		tap_equal((long long)stub_effective(irq), 4LL >> i % 2,
			  "aimed at");
		tap_equal(stub_state(irq) & IRQD_MOVING, 0, "moving");
		tap_equal((long long)stub_effective(other), 0x20, "the other");
		stub_cpu_up(1 + i % 2);
	}
	plan_unmake(irq);
	plan_unmake(other);
	tap_close();
}

/* ---- memory */

static bool plan_memory_ok;
static unsigned int plan_memory_news;
static char plan_key, plan_other_key, plan_late_key;

static int plan_use_memory(const struct irq_data *data,
			   const struct cpumask *mask,
			   struct irqkit_dry_run *run)
{
	unsigned int *count;
	bool is_new = false;

	(void)data;
	(void)mask;
	count = irqkit_dry_run_memory(run, &plan_key, 100, &is_new);
	if (count == NULL)
		return -ENOMEM;
	if (irqkit_dry_run_memory(run, &plan_other_key, 8, &is_new) == NULL)
		return -ENOMEM;
	if (irqkit_dry_run_memory(run, &plan_key, 100, &is_new) != count ||
	    is_new ||
	    irqkit_dry_run_memory(run, &plan_key, 101, &is_new) != NULL ||
	    irqkit_dry_run_memory(run, NULL, 100, &is_new) != NULL ||
	    irqkit_dry_run_memory(run, &plan_key, 0, &is_new) != NULL ||
	    irqkit_dry_run_memory(run, &plan_key, 100, NULL) != NULL ||
	    irqkit_dry_run_memory(NULL, &plan_key, 100, &is_new) != NULL ||
	    irq_matrix_dry_run(NULL, run) != NULL ||
	    irq_matrix_dry_run(plan_sim->matrix, NULL) != NULL)
		plan_memory_ok = false;
	irqkit_dry_run_aim(NULL, mask);
	irqkit_dry_run_aim(run, NULL);
	plan_memory_news += count[0] == 0;
	plan_memory_ok = plan_memory_ok && count[24] == count[0];
	count[24]++;
	/* Missed late, when the other memory is written to already. */
	if (count[0] == 1 &&
	    irqkit_dry_run_memory(run, &plan_late_key, 8, &is_new) == NULL)
		return -ENOMEM;
	/* The third one finds what the others took. */
	return count[0]++ < 2 ? 0 : -ENOSPC;
}

static void plan_memory(void)
{
	unsigned int irqs[3];
	unsigned long live;

	stub_reset();
	tap_subject("a chip's memory is zero at first, and lasts for a plan");
	stub_chip.irq_plan_affinity = plan_use_memory;
	for (unsigned int i = 0; i < 3; i++)
		irqs[i] = plan_make(4, false);
	live = host_live();
	plan_memory_ok = true;
	for (unsigned int i = 0; i < 3; i++) {
		plan_memory_news = 0;
		plan_offline(4);
		tap_equal(plan.count[IRQKIT_RECEIPT_BROKEN], 2, "two fit");
		tap_equal(plan.count[IRQKIT_RECEIPT_STUCK], 1, "one does not");
		tap_equal(plan_entries[2].error, -ENOSPC, "its error");
		tap_equal(plan_memory_news, 2, "zero in each of two tries");
		tap_equal((long long)host_live(), (long long)live, "freed");
	}
	tap_expect(plan_memory_ok, "other sizes and no pointers: NULL");
	for (unsigned int i = 0; i < 3; i++)
		plan_unmake(irqs[i]);
	tap_close();
}

static void plan_no_memory(void)
{
	unsigned long live, failed = 0;
	unsigned int irq;
	int error;

	stub_reset();
	tap_subject("each allocation may fail, and the plan is unchanged");
	stub_chip.irq_plan_affinity = plan_use_memory;
	irq = plan_make(4, false);
	live = host_live();
	do {
		host_fail_alloc(failed + 1);
		error = plan_offline_into(4, PLAN_ROOM);
		if (!host_alloc_failed())
			break;
		failed++;
		tap_equal(error, -ENOMEM, "allocation %lu fails", failed);
		tap_expect(plan_is_untouched(), "the plan");
		tap_equal((long long)host_live(), (long long)live, "memory");
	} while (failed < 10);
	host_fail_alloc(0);
	tap_equal(error, 0, "at last");
	tap_equal((long long)failed, 3, "the shadows, two of the chip");
	plan_unmake(irq);
	tap_close();
}

/* ---- vectors */

static int plan_vector(const struct irq_data *data, const struct cpumask *mask,
		       struct irqkit_dry_run *run)
{
	const struct sim_message *sim = data->domain->host_data;
	struct irq_matrix *matrix = irq_matrix_dry_run(sim->matrix, run);
	struct cpumask one;
	unsigned int cpu;
	int bit;

	if (matrix == NULL)
		return -ENOMEM;
	if (mask == NULL)
		return 0;
	bit = irq_matrix_alloc(matrix, mask, false, &cpu);
	if (bit < 0)
		return bit;
	irqkit_cpumask_single(&one, cpu);
	irqkit_dry_run_aim(run, &one);
	return 0;
}

/* Take bits until each CPU but one has so many left; or give them back. */
static void plan_fill(unsigned int except, unsigned int left, bool take)
{
	for (unsigned int cpu = 0; cpu < PLAN_CPUS; cpu++) {
		for (unsigned int i = left; i < PLAN_VECTORS; i++) {
			unsigned int bit = SIM_FIRST_VECTOR + i;

			if (cpu == except)
				continue;
			tap_equal(take ? irq_matrix_assign(plan_sim->matrix,
							   cpu, bit)
				       : irq_matrix_free(plan_sim->matrix, cpu,
							 bit, false),
				  0, "bit %u of cpu %u", bit, cpu);
		}
	}
}

static void plan_compare(const struct irqkit_receipt *receipt)
{
	tap_equal(receipt->used, plan.used, "as many as planned");
	for (unsigned int i = 0; i < plan.used; i++) {
		const struct irqkit_plan_entry *planned = &plan_entries[i];
		struct cpumask targets;

		tap_expect(receipt->used > i, "entry %u", i);
		irq_get_effective_affinity(planned->irq, &targets);
		tap_expect(cpumask_equal(&targets, &planned->targets),
			   "irq %u is at cpu %u, planned at %u", planned->irq,
			   cpumask_first(&targets),
			   cpumask_first(&planned->targets));
	}
	for (unsigned int i = 0; i < IRQKIT_RECEIPT_KINDS; i++)
		tap_equal(receipt->count[i], plan.count[i], "kind %u", i);
}

/* @moved within their mask, @broken beyond it; the others do not fit. */
static void plan_capacity(unsigned int nr, unsigned long bits,
			  unsigned int moved, unsigned int broken)
{
	struct irqkit_receipt_entry entries[PLAN_ROOM];
	struct irqkit_receipt receipt = {.entries = entries, .room = PLAN_ROOM};
	unsigned int stuck = nr - moved - broken;
	unsigned int irqs[PLAN_ROOM];

	tap_subject("HZ13: %u of %u vectors fit where 10 are left, H13: %u of "
		    "them beyond the affinity",
		    moved + broken, nr, broken);
	for (unsigned int i = 0; i < nr; i++) {
		const struct irq_affinity_desc two = {.mask = stub_cpus(4)};
		struct cpumask mask = stub_cpus(bits);

		irqs[i] = (unsigned int)sim_message_alloc(plan_sim, 1, &two);
		tap_equal(request_irq(irqs[i], stub_handler, 0, "v", NULL), 0,
			  "request");
		tap_equal(irq_set_affinity(irqs[i], &mask), 0, "affinity");
	}
	plan_fill(2, 2, true);
	plan_offline(4);
	tap_equal(plan.count[IRQKIT_RECEIPT_MOVED], moved, "moved");
	tap_equal(plan.count[IRQKIT_RECEIPT_BROKEN], broken, "broken");
	tap_equal(plan.count[IRQKIT_RECEIPT_STUCK], stuck, "stuck");
	for (unsigned int i = 0; i < nr; i++)
		tap_equal(plan_entries[i].error, i < nr - stuck ? 0 : -ENOSPC,
			  "error of the one that is number %u", i);
	stub_cpu_down(2, &receipt);
	plan_compare(&receipt);
	stub_cpu_up(2);
	plan_fill(2, 2, false);
	for (unsigned int i = 0; i < nr; i++) {
		tap_equal(free_irq(irqs[i], NULL), 0, "free");
		tap_equal(irq_domain_free_irqs(irqs[i], 1), 0, "free");
	}
	tap_equal(irq_matrix_allocated(plan_sim->matrix), 0, "allocated");
	tap_close();
}

/* ---- H6 */

static void plan_online(void)
{
	unsigned int irq;

	stub_reset();
	tap_subject("H6: what could not come back with its CPU comes later");
	irq = plan_make(4, true);
	stub_cpu_down(2, NULL);
	stub.answer[STUB_ACTIVATE] = -ENOSPC;
	stub_cpu_up(2);
	tap_expect((stub_state(irq) & IRQD_MANAGED_SHUTDOWN) != 0, "down");
	tap_equal(irq_affinity_online_cpu(2), 0, "in vain");
	tap_expect((stub_state(irq) & IRQD_MANAGED_SHUTDOWN) != 0, "down");
	stub.answer[STUB_ACTIVATE] = 0;
	tap_equal(irq_affinity_online_cpu(3), 0, "not its CPU");
	tap_expect((stub_state(irq) & IRQD_MANAGED_SHUTDOWN) != 0, "down");
	tap_equal(irq_affinity_online_cpu(2), 0, "its CPU");
	tap_equal((long long)stub_effective(irq), 4, "aimed at");
	tap_equal(stub_depth(irq), 0, "depth");
	memset(stub.story, 0, sizeof(stub.story));
	tap_equal(irq_affinity_online_cpu(2), 0, "again");
	stub_expect("F", "one that is not of a single target is aimed anew");
	plan_unmake(irq);
	tap_equal(irq_affinity_online_cpu(PLAN_CPUS), -EINVAL, "no CPU");
	tap_equal(irq_affinity_online_cpu(~0U), -EINVAL, "no CPU");
	tap_equal(irqkit_cpu_offline(5, NULL), 0, "cpu 5 leaves");
	tap_equal(irq_affinity_online_cpu(5), -ENXIO, "not active");
	tap_equal(irqkit_cpu_online(5), 0, "cpu 5");
	tap_close();
}

int main(void)
{
	host_begin();
	tap_ok(irq_plan_offline(&(struct cpumask){{1}}, &plan) == -EINVAL &&
		       irq_affinity_online_cpu(0) == -EINVAL,
	       "nothing is planned before irqkit_init()");
	host_start(PLAN_CPUS, NULL);
	plan_sim = sim_message_create(PLAN_ROOM, PLAN_VECTORS, IRQ_MOVE_PCNTXT);
	plan_sim->vector_chip.irq_plan_affinity = plan_vector;
	plan_errors();
	plan_handler();
	plan_one("H7: one that moves", 0xc, false, IRQKIT_RECEIPT_MOVED, 8);
	plan_one("H8: one that leaves its affinity", 4, false,
		 IRQKIT_RECEIPT_BROKEN, 0x3b);
	plan_one("H9: one that is shut down", 4, true, IRQKIT_RECEIPT_SHUT_DOWN,
		 0);
	plan_one("H7: one that stays", 8, false, PLAN_NONE, 0);
	plan_immovable();
	plan_stale();
	plan_assumes();
	plan_several();
	plan_rooms();
	plan_answers();
	plan_moving();
	plan_never_ends();
	plan_memory();
	plan_no_memory();
	plan_capacity(10, 4, 0, 10);
	plan_capacity(11, 4, 0, 10);
	plan_capacity(11, 0xc, 2, 8);
	plan_online();
	return host_end();
}
