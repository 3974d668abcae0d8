/* SPDX-License-Identifier: MIT */
/*
 * Vectors of devices that move, arch/x86/movable.c, compiled into this test
 * with local APICs that are an array of pending bits: what is pending is taken
 * when the test says so. Where it matters the guests do the same for real.
 */
#include "../../arch/x86/movable.c"
#include "../../arch/x86/vector.c"
#include "host.h"
#include "suites/suite.h"
#include "suites/tap.h"

#define MOVABLE_CPUS 4U
#define MOVABLE_ROOM (VECTOR_FIRST_IPI - VECTOR_FIRST_DEVICE)

/* In place of apic.c. */
struct irqkit_apic_cpu *irqkit_apic_cpus[IRQKIT_NR_CPUS];
const struct irqkit_apic_ops *irqkit_apic;

static struct irqkit_apic_cpu movable_cpus[MOVABLE_CPUS];

static uint32_t fake_irr[MOVABLE_CPUS][APIC_NR_VECTORS / 32];
static unsigned int fake_nobody; /* interrupts at a vector nobody has */
static void (*fake_on_read)(void);
static void (*fake_on_send)(void);

/* Once. */
static void fake_call(void (**hook)(void))
{
	void (*function)(void) = *hook;

	*hook = NULL;
	if (function != NULL)
		function();
}

static bool fake_is_pending(unsigned int cpu, unsigned int vector)
{
	return (fake_irr[cpu][vector / 32] & apic_isr_bit(vector)) != 0;
}

static uint32_t fake_read(unsigned int reg)
{
	fake_call(&fake_on_read);
	return fake_irr[irqkit_port_cpu()][(reg - apic_irr(0)) / 0x10];
}

static void fake_raise(unsigned int cpu, unsigned int vector)
{
	fake_irr[cpu][vector / 32] |= apic_isr_bit(vector);
}

static int fake_send(struct irqkit_apic_cpu *target, uint32_t command)
{
	tap_equal(command & ~0xffU, APIC_ICR_FIXED | APIC_ICR_ASSERT,
		  "command: fixed, asserted");
	fake_raise(target->cpu, command & 0xff);
	fake_call(&fake_on_send);
	return 0;
}

static void fake_eoi(void)
{
}

static const struct irqkit_apic_ops fake_ops = {
	.name = "none",
	.read = fake_read,
	.send = fake_send,
	.eoi = fake_eoi,
};

static void fake_take(unsigned int cpu, unsigned int vector)
{
	struct irq_desc *desc = irqkit_vector_desc(&movable_cpus[cpu], vector);

	fake_irr[cpu][vector / 32] &= ~apic_isr_bit(vector);
	irqkit_dispatch_enter(cpu);
	if (desc != NULL)
		generic_handle_irq_desc(desc);
	else if (vector == VECTOR_CLEAN_UP)
		irqkit_movable_clean_up(&movable_cpus[cpu]);
	else
		fake_nobody++;
	irqkit_dispatch_exit(cpu);
}

/* Take what is pending down to a vector, the highest first. */
static void fake_deliver(unsigned int cpu, unsigned int lowest)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();
	unsigned int vector = APIC_NR_VECTORS;

	while (vector-- > lowest) {
		if (!fake_is_pending(cpu, vector))
			continue;
		fake_take(cpu, vector);
		vector = APIC_NR_VECTORS;
	}
	irqkit_port_irq_restore(state);
	host_become(before);
}

static void fake_deliver_all(void)
{
	for (unsigned int cpu = 0; cpu < MOVABLE_CPUS; cpu++)
		fake_deliver(cpu, 0);
}

/* One clean-up interrupt, whatever else is pending. */
static void fake_clean_up(unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	fake_take(cpu, VECTOR_CLEAN_UP);
	irqkit_port_irq_restore(state);
	host_become(before);
}

/* As arch/x86/init_x86.c does. */
static struct irqkit_cpu_notifier fake_notifier = {
	.name = "local APIC",
	.starting = irqkit_movable_starting,
	.dying = irqkit_movable_dying,
};

/* INIT, before it starts again. */
static void fake_init(unsigned int cpu)
{
	for (unsigned int i = 0; i < APIC_NR_VECTORS / 32; i++)
		fake_irr[cpu][i] = 0;
}

/* @function runs on the CPU when it takes interrupts no more. */
static void fake_die(unsigned int cpu, struct irqkit_receipt *receipt,
		     void (*function)(void))
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	if (function != NULL)
		function();
	tap_equal(irqkit_cpu_dying(cpu, receipt), 0, "dying");
	irqkit_port_irq_restore(state);
	host_become(before);
	tap_equal(irqkit_cpu_dead(cpu), 0, "dead");
	fake_init(cpu);
}

static void fake_down(unsigned int cpu, struct irqkit_receipt *receipt)
{
	tap_equal(irqkit_cpu_offline(cpu, receipt), 0, "offline");
	fake_die(cpu, receipt, NULL);
}

/* The coroutine of the CPU is there already. */
static void fake_up(unsigned int cpu)
{
	unsigned int before;
	unsigned long state;

	tap_equal(irqkit_cpu_prepare(cpu), 0, "prepare");
	before = host_become(cpu);
	state = irqkit_port_irq_save();
	tap_equal(irqkit_cpu_starting(cpu), 0, "starting");
	irqkit_port_irq_restore(state);
	host_become(before);
	tap_equal(irqkit_cpu_online(cpu), 0, "online");
}

/* Interrupts of the test. */

static unsigned int got[MOVABLE_CPUS * MOVABLE_ROOM];
static unsigned int got_on; /* the CPU of the last one */

static irqreturn_t got_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(*(unsigned int *)dev_id)++;
	got_on = irqkit_port_cpu();
	return IRQ_HANDLED;
}

static int make_alloc(void)
{
	return irq_domain_alloc_irqs(irqkit_x86_vector_domain(), 1,
				     NUMA_NO_NODE, NULL);
}

static int make_aim(unsigned int irq, unsigned int cpu)
{
	struct cpumask one;

	irqkit_cpumask_single(&one, cpu);
	return irq_set_affinity(irq, &one);
}

static int make_request(unsigned int irq, unsigned int which)
{
	got[which] = 0;
	return request_irq(irq, got_handler, 0, "device", &got[which]);
}

/* One on a CPU, with its count at @which. */
static unsigned int make(unsigned int which, unsigned int cpu)
{
	int irq = make_alloc();

	tap_expect(irq > 0, "allocate: %d", irq);
	tap_equal(make_aim((unsigned int)irq, cpu), 0, "aim at cpu %u", cpu);
	tap_equal(make_request((unsigned int)irq, which), 0, "request");
	return (unsigned int)irq;
}

static void make_free(unsigned int irq, unsigned int which)
{
	tap_equal(free_irq(irq, &got[which]), 0, "free_irq()");
	tap_equal(irq_domain_free_irqs(irq, 1), 0, "free");
}

static int make_raise(unsigned int irq)
{
	return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

static struct movable_place place_of(unsigned int irq)
{
	return movable_get(irq_get_irq_data(irq));
}

static bool place_has(const struct movable_place *place, unsigned int irq)
{
	return irqkit_vector_desc(&movable_cpus[place->cpu], place->vector) ==
	       irq_to_desc(irq);
}

static bool is_moving(unsigned int irq)
{
	return (irqkit_irqd_state(irq_get_irq_data(irq)) & IRQD_MOVING) != 0;
}

static unsigned int nr_allocated(void)
{
	return irq_matrix_allocated(movable_matrix);
}

/* Nothing of anybody is left anywhere. */
static void expect_empty(void)
{
	unsigned int slots = 0;

	for (unsigned int cpu = 0; cpu < MOVABLE_CPUS; cpu++) {
		for (unsigned int v = 0; v < APIC_NR_VECTORS; v++)
			slots += movable_cpus[cpu].slots[v] != NULL;
		tap_equal(movable_next_leaving(&movable_cpus[cpu], 0),
			  APIC_NR_VECTORS, "vectors that were left, cpu %u",
			  cpu);
	}
	tap_equal(slots, 0, "slots in use");
	tap_equal(nr_allocated(), 0, "vectors allocated");
	tap_equal(irq_matrix_reserved(movable_matrix), 0, "vectors promised");
	tap_equal(fake_nobody, 0, "interrupts that nobody has");
	for (unsigned int cpu = 0; cpu < MOVABLE_CPUS; cpu++)
		fake_deliver(cpu, VECTOR_CLEAN_UP);
	tap_close();
}

static void test_life(void)
{
	struct movable_place place;
	unsigned int irq;
	int result;

	tap_subject("an interrupt is promised a vector, and has one while it "
		    "is requested");
	result = make_alloc();
	irq = (unsigned int)result;
	tap_expect(result > 0, "allocate: %d", result);
	tap_equal(irq_matrix_reserved(movable_matrix), 1, "promised");
	tap_equal(nr_allocated(), 0, "allocated");
	tap_equal(make_raise(irq), -EINVAL, "nobody can raise it yet");
	tap_equal(make_aim(irq, 2), 0, "aim");
	tap_equal(make_request(irq, 0), 0, "request");
	tap_equal(irq_matrix_reserved(movable_matrix), 0, "promised");
	tap_equal(nr_allocated(), 1, "allocated");
	place = place_of(irq);
	tap_equal(place.cpu, 2, "cpu");
	tap_expect(place.vector >= VECTOR_FIRST_DEVICE &&
			   place.vector < VECTOR_FIRST_IPI,
		   "vector %u", place.vector);
	tap_expect(place_has(&place, irq), "it is published");
	tap_equal(make_raise(irq), 0, "raise");
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	tap_equal(got_on, 2, "on cpu");
	tap_equal(free_irq(irq, &got[0]), 0, "free_irq()");
	tap_equal(irq_matrix_reserved(movable_matrix), 1, "promised again");
	tap_equal(irq_domain_free_irqs(irq, 1), 0, "free");
	expect_empty();
}

static void test_states(void)
{
	const struct irq_data *data;
	struct msi_msg msg;
	unsigned int irq;
	bool pending = true;

	tap_subject("what is asked of and told about a vector");
	irq = make(0, 0);
	data = irq_get_irq_data(irq);
	tap_equal(irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending),
		  0, "is it pending");
	tap_expect(!pending, "no");
	make_raise(irq);
	irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending);
	tap_expect(pending, "yes");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, false),
		  -EINVAL, "it cannot be taken back");
	tap_equal(irq_set_irqchip_state(irq, IRQCHIP_STATE_ACTIVE, true),
		  -EINVAL, "nor be made active");
	tap_equal(irq_set_irq_type(irq, IRQ_TYPE_EDGE_FALLING), 0, "an edge");
	tap_equal(irq_set_irq_type(irq, IRQ_TYPE_LEVEL_HIGH), -EINVAL,
		  "no level");
	fake_deliver_all();
	tap_equal(irq_chip_compose_msi_msg(irq_get_irq_data(irq), &msg), 0,
		  "message");
	tap_equal((long long)msg.address, 0xfee10000, "address, APIC id 0x10");
	tap_equal(msg.data, place_of(irq).vector, "data");
	tap_expect((irqkit_irqd_state(data) & IRQD_SINGLE_TARGET) != 0,
		   "single target");
	make_aim(irq, 3);
	fake_deliver_all();
	tap_equal(irq_get_irqchip_state(irq, IRQCHIP_STATE_PENDING, &pending),
		  -EINVAL, "another CPU's");
	irq_chip_compose_msi_msg(irq_get_irq_data(irq), &msg);
	tap_equal((long long)msg.address, 0, "HZ41: APIC id 0x113 has none");
	make_free(irq, 0);
	expect_empty();
}

static void test_move(void)
{
	struct movable_place old, now;
	struct cpumask mask;
	unsigned int irq;

	tap_subject("a move: new before old, and what is latched is handled");
	irq = make(0, 1);
	old = place_of(irq);
	make_raise(irq);
	tap_equal(make_aim(irq, 2), 0, "move");
	now = place_of(irq);
	tap_equal(now.cpu, 2, "cpu");
	tap_expect(place_has(&now, irq) && place_has(&old, irq),
		   "at both vectors");
	irq_get_effective_affinity(irq, &mask);
	tap_expect(cpumask_weight(&mask) == 1 && cpumask_test_cpu(2, &mask),
		   "effective");
	tap_expect(is_moving(irq), "it is moving");
	fake_deliver(1, VECTOR_FIRST_DEVICE);
	tap_equal(got[0], 1, "the latched one is handled");
	tap_equal(got_on, 1, "on cpu");
	fake_deliver_all();
	tap_expect(!is_moving(irq), "it is over");
	tap_expect(irqkit_vector_desc(&movable_cpus[1], old.vector) == NULL,
		   "the old slot is free");
	tap_equal(nr_allocated(), 1, "allocated");
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], 2, "handled");
	tap_equal(got_on, 2, "on cpu");
	cpumask_copy(&mask, cpu_online_mask);
	irq_set_affinity(irq, &mask);
	tap_expect(place_of(irq).cpu == 2 && !is_moving(irq),
		   "it stays where it may");
	make_free(irq, 0);
	expect_empty();
}

static void test_pending(void)
{
	struct movable_place old;
	unsigned int irq;

	tap_subject("HZ24, HZ26: while it is pending, the old half stays");
	irq = make(0, 1);
	old = place_of(irq);
	make_raise(irq);
	make_aim(irq, 2);
	for (unsigned int i = 0; i < 3; i++) {
		tap_expect(fake_is_pending(1, VECTOR_CLEAN_UP),
			   "a clean-up is sent, %u", i);
		fake_clean_up(1);
		tap_expect(place_has(&old, irq), "the slot is kept");
		tap_expect(is_moving(irq), "it is moving");
	}
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	tap_expect(!fake_is_pending(1, VECTOR_CLEAN_UP), "no more of them");
	tap_expect(!is_moving(irq) && !place_has(&old, irq), "it is over");
	make_free(irq, 0);
	expect_empty();
}

/* Moved on before the clean-up, there and back. */
static void test_move_on(void)
{
	struct movable_place first;
	unsigned int irq;

	tap_subject("moves that follow each other: nothing is lost or kept, "
		    "and no more than a vector a CPU is taken");
	irq = make(0, 0);
	first = place_of(irq);
	for (unsigned int i = 0; i < 40; i++) {
		if (i < MOVABLE_CPUS)
			make_raise(irq);
		tap_equal(make_aim(irq, (i + 1) % MOVABLE_CPUS), 0, "move %u",
			  i);
		tap_equal(place_of(irq).cpu, (i + 1) % MOVABLE_CPUS, "cpu");
	}
	tap_equal(nr_allocated(), MOVABLE_CPUS, "allocated");
	tap_equal(place_of(irq).vector, first.vector, "the vector it had");
	fake_deliver(2, 0);
	fake_deliver(3, 0);
	tap_expect(is_moving(irq), "not all are cleaned up");
	fake_deliver_all();
	tap_equal(got[0], MOVABLE_CPUS, "handled");
	tap_equal(nr_allocated(), 1, "allocated");
	tap_expect(!is_moving(irq), "it is over");
	tap_expect(place_has(&first, irq), "it is where it was");
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], MOVABLE_CPUS + 1, "handled");
	make_aim(irq, 1);
	make_aim(irq, 2);
	make_free(irq, 0);
	tap_equal(nr_allocated(), 0, "freed with old vectors");
	expect_empty();
}

static void test_reuse(void)
{
	struct movable_place old, other;
	unsigned int irq, next = 0;

	tap_subject("HZ23, HZ28: a late clean-up leaves the next owner alone");
	irq = make(0, 1);
	old = place_of(irq);
	make_aim(irq, 2);
	make_free(irq, 0);
	/* The vectors go round: one comes back after all others were used. */
	for (unsigned int i = 0; i <= MOVABLE_ROOM; i++) {
		next = make(1, 1);
		other = place_of(next);
		if (other.vector == old.vector)
			break;
		make_free(next, 1);
	}
	tap_equal(other.vector, old.vector, "the same vector");
	fake_clean_up(1);
	fake_clean_up(1);
	tap_expect(place_has(&other, next), "the slot is the next owner's");
	tap_equal(nr_allocated(), 1, "allocated");
	make_raise(next);
	fake_deliver_all();
	tap_equal(got[1], 1, "handled");
	tap_equal(got[0], 0, "by the owner before");
	make_free(next, 1);
	expect_empty();
}

static void test_leak(void)
{
	unsigned int irq;

	tap_subject("HZ5: what was moved before its CPU goes leaves no vector");
	irq = make(0, 2);
	for (unsigned int i = 0; i < MOVABLE_ROOM + 10; i++) {
		tap_equal(make_aim(irq, 1), 0, "to cpu 1");
		fake_deliver_all();
		tap_equal(make_aim(irq, 2), 0, "to cpu 2");
		fake_down(1, NULL);
		if (!tap_equal(nr_allocated(), 1, "allocated, round %u", i))
			break;
		tap_expect(!is_moving(irq), "it is over");
		fake_up(1);
	}
	make_free(irq, 0);
	expect_empty();
}

static unsigned int latched_irq;

static void latched_raise(void)
{
	tap_equal(make_raise(latched_irq), 0, "raise");
}

/* Before the CPU leaves, and when it takes none any more. */
static void test_latched(bool late)
{
	struct irqkit_receipt receipt = {.room = 0};
	struct movable_place old;
	unsigned int irq;
	struct cpumask one;

	tap_subject("HZ1: latched %s: handled once, elsewhere",
		    late ? "while it dies" : "before it goes offline");
	irq = make(0, 1);
	latched_irq = irq;
	old = place_of(irq);
	if (!late)
		make_raise(irq);
	tap_equal(irqkit_cpu_offline(1, &receipt), 0, "offline");
	tap_expect(place_of(irq).cpu != 1, "it has moved");
	if (late) {
		irqkit_cpumask_single(&one, 1);
		tap_equal(irq_force_affinity(irq, &one), 0, "and back");
	}
	fake_die(1, &receipt, late ? latched_raise : NULL);
	tap_equal(receipt.count[IRQKIT_RECEIPT_FORWARDED], 1, "forwarded");
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	tap_expect(got_on != 1, "elsewhere");
	tap_expect(!place_has(&old, irq), "the old slot is free");
	tap_equal(nr_allocated(), 1, "allocated");
	fake_up(1);
	make_free(irq, 0);
	expect_empty();
}

/* What is not latched is not raised. */
static void test_not_latched(void)
{
	struct irqkit_receipt receipt = {.room = 0};
	unsigned int irq;

	tap_subject("what is not latched is moved, and not raised");
	irq = make(0, 1);
	fake_down(1, &receipt);
	tap_equal(receipt.count[IRQKIT_RECEIPT_BROKEN], 1, "moved away");
	tap_equal(receipt.count[IRQKIT_RECEIPT_FORWARDED], 0, "forwarded");
	fake_deliver_all();
	tap_equal(got[0], 0, "handled");
	fake_up(1);
	make_free(irq, 0);
	expect_empty();
}

/* All vectors of a CPU. Returns how many there were. */
static unsigned int fill_irqs[MOVABLE_CPUS][MOVABLE_ROOM];

static unsigned int fill(unsigned int cpu)
{
	unsigned int nr = 0;

	for (; nr < MOVABLE_ROOM; nr++) {
		unsigned int which = cpu * MOVABLE_ROOM + nr;
		int irq = make_alloc();

		if (irq <= 0)
			break;
		make_aim((unsigned int)irq, cpu);
		if (make_request((unsigned int)irq, which) != 0) {
			irq_domain_free_irqs((unsigned int)irq, 1);
			break;
		}
		fill_irqs[cpu][nr] = (unsigned int)irq;
	}
	return nr;
}

static void fill_free(unsigned int cpu, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		make_free(fill_irqs[cpu][i], cpu * MOVABLE_ROOM + i);
}

static void test_full(void)
{
	struct movable_place place;
	unsigned int irq, nr;
	int more;

	tap_subject("H13: a CPU without a vector is -ENOSPC, nothing changes");
	irq = make(0, 2);
	place = place_of(irq);
	nr = fill(1);
	tap_equal(nr, MOVABLE_ROOM, "interrupts of one CPU");
	tap_equal(make_aim(irq, 1), -ENOSPC, "move");
	tap_expect(place_of(irq).vector == place.vector &&
			   place_of(irq).cpu == 2 && place_has(&place, irq),
		   "it is where it was");
	more = make_alloc();
	make_aim((unsigned int)more, 1);
	tap_equal(make_request((unsigned int)more, 1), -ENOSPC, "request");
	tap_equal(irq_domain_free_irqs((unsigned int)more, 1), 0, "free");
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	nr--;
	make_free(fill_irqs[1][nr], MOVABLE_ROOM + nr);
	tap_equal(make_aim(irq, 1), 0, "with a vector free it moves");
	fake_deliver_all();
	make_free(irq, 0);
	fill_free(1, nr);
	expect_empty();
}

/* Vectors of CPUs that the test holds itself, until the matrix has none. */
static unsigned int hold_vectors[MOVABLE_CPUS][MOVABLE_ROOM];
static unsigned int hold_nr[MOVABLE_CPUS];

static void hold_all(unsigned int cpu)
{
	struct cpumask one;
	unsigned int where;
	int vector;

	irqkit_cpumask_single(&one, cpu);
	for (;;) {
		vector = irq_matrix_alloc(movable_matrix, &one, false, &where);
		if (vector < 0)
			break;
		hold_vectors[cpu][hold_nr[cpu]++] = (unsigned int)vector;
	}
	tap_equal(vector, -ENOSPC, "cpu %u is full", cpu);
}

static void hold_one_less(unsigned int cpu)
{
	unsigned int vector = hold_vectors[cpu][--hold_nr[cpu]];

	tap_equal(irq_matrix_free(movable_matrix, cpu, vector, false), 0,
		  "vector %u of cpu %u", vector, cpu);
}

static void hold_none(void)
{
	for (unsigned int cpu = 0; cpu < MOVABLE_CPUS; cpu++) {
		while (hold_nr[cpu] != 0)
			hold_one_less(cpu);
	}
}

/* One interrupt that cannot leave CPU 2, which dies with it. */
static unsigned int stuck_make(void (*function)(void))
{
	struct irqkit_receipt receipt = {.room = 0};
	struct movable_place place, now;
	unsigned int irq = make(0, 2);

	place = place_of(irq);
	hold_all(0);
	hold_all(1);
	hold_all(3);
	latched_irq = irq;
	tap_equal(irqkit_cpu_offline(2, &receipt), 0, "offline");
	fake_die(2, &receipt, function);
	tap_equal(receipt.count[IRQKIT_RECEIPT_STUCK], 1, "stuck");
	now = place_of(irq);
	tap_expect(place_has(&place, irq) && now.vector == place.vector,
		   "it keeps its slot");
	return irq;
}

static void test_stuck(bool latched)
{
	unsigned int irq;

	tap_subject("HZ22: what cannot leave is there when its CPU is back%s",
		    latched ? ", with what was latched" : "");
	irq = stuck_make(latched ? latched_raise : NULL);
	fake_up(2);
	fake_deliver_all();
	tap_equal(got[0], 1, "raised when the CPU is back");
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], 2, "handled");
	tap_equal(got_on, 2, "on cpu");
	hold_none();
	make_free(irq, 0);
	expect_empty();
}

/* A vector comes free elsewhere after the CPU has gone. */
static void test_gone(void)
{
	unsigned int irq;

	tap_subject("moved from a CPU that is gone: raised, and no vector "
		    "waits for it");
	irq = stuck_make(NULL);
	hold_none();
	tap_equal(make_aim(irq, 1), 0, "move");
	tap_expect(!is_moving(irq), "it is over at once");
	tap_equal(nr_allocated(), 1, "allocated");
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	tap_equal(got_on, 1, "on cpu");
	fake_up(2);
	fake_deliver_all();
	tap_equal(got[0], 1, "nothing comes again");
	make_free(irq, 0);
	expect_empty();
}

/* HZ12: it has a vector of a CPU that goes, and nothing to be moved. */
static void test_not_started(void)
{
	unsigned int irq;

	tap_subject("HZ12: not started while its CPU goes: nothing is kept, "
		    "nothing is raised");
	irq = (unsigned int)make_alloc();
	make_aim(irq, 2);
	irq_set_status_flags(irq, IRQ_NOAUTOEN);
	got[0] = 0;
	/* With a trigger it has a vector before it is started. */
	tap_equal(request_irq(irq, got_handler, IRQF_TRIGGER_RISING, "device",
			      &got[0]),
		  0, "request");
	tap_equal(nr_allocated(), 1, "allocated");
	fake_down(2, NULL);
	fake_up(2);
	tap_equal(nr_allocated(), 1, "allocated when the CPU is back");
	fake_deliver_all();
	fake_down(2, NULL);
	tap_equal(enable_irq(irq), 0, "enable");
	tap_expect(cpu_active(place_of(irq).cpu), "it is on cpu %u",
		   place_of(irq).cpu);
	tap_equal(nr_allocated(), 1, "allocated");
	fake_deliver_all();
	tap_equal(got[0], 0, "handled");
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	fake_up(2);
	make_free(irq, 0);
	expect_empty();
}

/* As another CPU, when there is a vector. */
static void race_move(void)
{
	unsigned int before = host_become(0);
	unsigned long state = irqkit_port_irq_save();

	hold_one_less(1);
	tap_equal(make_aim(latched_irq, 1), 0, "move");
	irqkit_port_irq_restore(state);
	host_become(before);
}

/* Called after the core moved interrupts, before the local APIC's step. */
static void (*race_on_dying)(void);

static void race_dying(unsigned int cpu)
{
	(void)cpu;
	fake_call(&race_on_dying);
}

static struct irqkit_cpu_notifier race_notifier = {
	.name = "race",
	.dying = race_dying,
};

/*
 * Stuck until a vector comes free, just before CPU 2 says that it is gone, or
 * when it looks at what it has latched.
 */
static void test_race(bool looking)
{
	struct irqkit_receipt receipt = {.room = 0};
	unsigned int irq, bait;

	tap_subject("HZ1: moved just %s: not lost",
		    looking ? "when its CPU looks at its latches"
			    : "before its CPU is gone");
	bait = make(1, 2);
	irq = make(0, 2);
	latched_irq = irq;
	hold_all(0);
	hold_all(1);
	hold_all(3);
	hold_one_less(1);
	tap_equal(make_aim(bait, 1), 0, "a vector to look at");
	if (looking)
		fake_on_read = race_move;
	else
		race_on_dying = race_move;
	tap_equal(irqkit_cpu_offline(2, &receipt), 0, "offline");
	fake_die(2, &receipt, latched_raise);
	tap_expect(fake_on_read == NULL && race_on_dying == NULL, "it came");
	tap_equal(receipt.count[IRQKIT_RECEIPT_FORWARDED], looking ? 0 : 1,
		  "forwarded");
	tap_equal(place_of(irq).cpu, 1, "cpu");
	tap_expect(!is_moving(irq) && !is_moving(bait), "it is over");
	hold_none();
	tap_equal(nr_allocated(), 2, "allocated");
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	tap_equal(got[1], 0, "the other one was not raised");
	tap_equal(got_on, 1, "on cpu");
	fake_up(2);
	make_free(irq, 0);
	make_free(bait, 1);
	expect_empty();
}

/* CPU 0 aims an interrupt at CPU 2, which goes all the way meanwhile. */
static struct irqkit_receipt aiming_receipt;
static bool aiming_message; /* the device has seen the vector already */

static void aiming_offline(void *unused)
{
	(void)unused;
	tap_equal(irqkit_cpu_offline(2, &aiming_receipt), 0, "offline");
}

static void aiming_die(void *unused)
{
	unsigned long state = irqkit_port_irq_save();

	(void)unused;
	tap_equal(irqkit_cpu_dying(2, &aiming_receipt), 0, "dying");
	irqkit_port_irq_restore(state);
}

/* Until it is idle, or waits for what CPU 0 does. */
static void aiming_run(unsigned int cpu, void (*function)(void *))
{
	host_give_work(cpu, function, NULL);
	for (unsigned int i = 0; i < 1000 && !host_is_idle(cpu); i++)
		host_yield();
}

/* The descriptor is locked. */
static void aiming_meanwhile(void)
{
	struct movable_place place = place_of(latched_irq);

	tap_equal(place.cpu, 2, "aimed at cpu");
	aiming_run(3, aiming_offline);
	if (aiming_message)
		fake_raise(2, place.vector);
	aiming_run(2, aiming_die);
	tap_expect(!host_is_idle(2), "the CPU waits with its last step");
}

static void test_aiming(bool message)
{
	struct movable_place place;
	unsigned int irq;

	tap_subject("HZ1: its new CPU goes while it is moved there%s: %s",
		    message ? ", and is hit" : "",
		    message ? "not lost" : "not raised");
	irq = make(0, 1);
	latched_irq = irq;
	aiming_message = message;
	aiming_receipt = (struct irqkit_receipt){.room = 0};
	fake_on_send = aiming_meanwhile;
	tap_equal(make_aim(irq, 2), 0, "move");
	tap_expect(fake_on_send == NULL, "it came");
	for (unsigned int i = 0; i < 1000 && !host_is_idle(2); i++)
		host_yield();
	tap_equal(irqkit_cpu_dead(2), 0, "dead");
	fake_init(2);
	place = place_of(irq);
	tap_expect(cpu_active(place.cpu), "it is on cpu %u", place.cpu);
	tap_equal(aiming_receipt.count[IRQKIT_RECEIPT_FORWARDED], message,
		  "forwarded");
	fake_deliver_all();
	tap_equal(got[0], message, "handled");
	tap_expect(!is_moving(irq), "it is over");
	tap_equal(nr_allocated(), 1, "allocated");
	fake_up(2);
	make_free(irq, 0);
	expect_empty();
}

static void test_empty_mask(void)
{
	struct cpumask mask;
	unsigned int irq;
	int result;

	tap_subject("HZ25: a mask without a CPU that runs is not CPU 0");
	irqkit_cpumask_single(&mask, 3);
	result = make_alloc();
	irq = (unsigned int)result;
	tap_equal(irq_set_affinity(irq, &mask), 0, "aim at cpu 3");
	fake_down(3, NULL);
	host_become(1);
	fake_down(0, NULL);
	tap_equal(irq_set_affinity(irq, &mask), -EINVAL, "offline CPU");
	tap_equal(make_request(irq, 0), 0, "request");
	tap_expect(cpu_active(place_of(irq).cpu), "it goes to cpu %u",
		   place_of(irq).cpu);
	cpumask_clear(&mask);
	tap_equal(irq_set_affinity(irq, &mask), -EINVAL, "no CPU");
	cpumask_set_cpu(0, &mask);
	tap_equal(irq_force_affinity(irq, &mask), -EINVAL, "CPU 0");
	tap_expect(cpu_active(place_of(irq).cpu), "it stays at cpu %u",
		   place_of(irq).cpu);
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	make_free(irq, 0);
	fake_up(0);
	host_become(0);
	fake_up(3);
	expect_empty();
}

/* H13: with real vectors, by the core's own widening. */
static void test_widened(void)
{
	struct irqkit_receipt receipt = {.room = 0};
	unsigned int irq;
	struct cpumask two;

	tap_subject("H13: the CPUs of its mask are full: it goes to another");
	irq = (unsigned int)make_alloc();
	irqkit_cpumask_single(&two, 2);
	cpumask_set_cpu(1, &two);
	irq_set_affinity(irq, &two);
	hold_all(1);
	tap_equal(make_request(irq, 0), 0, "request");
	tap_equal(place_of(irq).cpu, 2, "cpu");
	fake_down(2, &receipt);
	tap_equal(receipt.count[IRQKIT_RECEIPT_BROKEN], 1,
		  "outside of its mask");
	tap_expect(place_of(irq).cpu != 1 && place_of(irq).cpu != 2,
		   "it is on cpu %u", place_of(irq).cpu);
	hold_none();
	fake_up(2);
	make_free(irq, 0);
	expect_empty();
}

static void test_managed(void)
{
	struct irq_affinity_desc affinity = {.is_managed = true};
	struct irqkit_receipt receipt = {.room = 0};
	struct irq_matrix_books books;
	unsigned int irq;
	int result;

	tap_subject("managed: a vector on each CPU of its mask, or shut down");
	cpumask_clear(&affinity.mask);
	cpumask_set_cpu(1, &affinity.mask);
	cpumask_set_cpu(3, &affinity.mask);
	result = irq_domain_alloc_irqs_affinity(irqkit_x86_vector_domain(), 1,
						NUMA_NO_NODE, NULL, &affinity);
	irq = (unsigned int)result;
	tap_equal(make_request(irq, 0), 0, "request: %d", result);
	irq_matrix_read(movable_matrix, &books);
	tap_equal(books.managed, 2, "reserved");
	tap_equal(books.managed_allocated, 1, "allocated");
	tap_equal(place_of(irq).cpu, 1, "cpu");
	fake_down(1, &receipt);
	tap_equal(place_of(irq).cpu, 3, "cpu");
	tap_equal(receipt.count[IRQKIT_RECEIPT_MOVED], 1, "moved");
	fake_down(3, &receipt);
	tap_equal(receipt.count[IRQKIT_RECEIPT_SHUT_DOWN], 1, "shut down");
	tap_equal(nr_allocated(), 0, "allocated while it is down");
	fake_up(3);
	tap_equal(place_of(irq).cpu, 3, "back on cpu");
	make_raise(irq);
	fake_deliver_all();
	tap_equal(got[0], 1, "handled");
	fake_up(1);
	make_free(irq, 0);
	irq_matrix_read(movable_matrix, &books);
	tap_equal(books.managed, 0, "reserved");
	expect_empty();
}

static void test_isolated(void)
{
	struct irq_affinity_desc affinity = {.is_managed = true};
	unsigned int irq;

	tap_subject("managed, and a CPU of its mask is isolated: not there");
	cpumask_clear(&affinity.mask);
	cpumask_set_cpu(2, &affinity.mask);
	cpumask_set_cpu(3, &affinity.mask);
	irq = (unsigned int)irq_domain_alloc_irqs_affinity(
		irqkit_x86_vector_domain(), 1, NUMA_NO_NODE, NULL, &affinity);
	tap_equal(make_request(irq, 0), 0, "request");
	tap_equal(place_of(irq).cpu, 3, "cpu");
	tap_expect(!is_moving(irq), "it began there");
	make_free(irq, 0);
	expect_empty();
}

static unsigned int busy_irq, busy_runs;

/* Moves its interrupt, which then comes at the new CPU. */
static irqreturn_t busy_handler(unsigned int irq, void *dev_id)
{
	(void)dev_id;
	if (busy_runs++ == 0) {
		tap_equal(make_aim(irq, 2), 0, "move");
		make_raise(irq);
		fake_deliver(2, 0);
		tap_equal(busy_runs, 1, "runs at the same time");
	}
	got_on = irqkit_port_cpu();
	return IRQ_HANDLED;
}

static void test_busy(void)
{
	tap_subject("HZ34, HZ35: moved in its handler: the next one is handled "
		    "at the new CPU");
	busy_irq = (unsigned int)make_alloc();
	make_aim(busy_irq, 1);
	tap_equal(request_irq(busy_irq, busy_handler, 0, "busy", &busy_irq), 0,
		  "request");
	make_raise(busy_irq);
	fake_deliver(1, 0);
	tap_equal(busy_runs, 1, "runs on cpu 1");
	fake_deliver_all();
	tap_equal(busy_runs, 2, "runs");
	tap_equal(got_on, 2, "on cpu");
	tap_equal(free_irq(busy_irq, &busy_irq), 0, "free_irq()");
	tap_equal(irq_domain_free_irqs(busy_irq, 1), 0, "free");
	expect_empty();
}

static void test_promises(void)
{
	unsigned int room = MOVABLE_CPUS * MOVABLE_ROOM;
	int first = irq_domain_alloc_irqs(irqkit_x86_vector_domain(), room,
					  NUMA_NO_NODE, NULL);

	tap_subject("no more is promised than there is, and all or nothing");
	tap_expect(first > 0, "allocate %u: %d", room, first);
	tap_equal(make_alloc(), -ENOSPC, "one more");
	tap_equal(irq_domain_free_irqs((unsigned int)first, 1), 0, "free one");
	tap_equal(irq_domain_alloc_irqs(irqkit_x86_vector_domain(), 2,
					NUMA_NO_NODE, NULL),
		  -ENOSPC, "two more");
	tap_equal(irq_matrix_reserved(movable_matrix), room - 1, "promised");
	tap_equal(irq_domain_free_irqs((unsigned int)first + 1, room - 1), 0,
		  "free");
	expect_empty();
}

static void test_init(void)
{
	unsigned long memory = host_live();

	tap_subject("the domain is made whole or not at all");
	for (unsigned long nth = 1;; nth++) {
		host_fail_alloc(nth);
		if (irqkit_movable_init() == 0)
			break;
		tap_expect(host_alloc_failed(), "allocation %lu", nth);
		tap_expect(irqkit_x86_vector_domain() == NULL, "no domain");
		tap_expect(host_live() == memory, "nothing is left");
	}
	host_fail_alloc(0);
	tap_expect(irqkit_x86_vector_matrix() == movable_matrix, "matrix");
	tap_equal(irqkit_register_cpu_notifier(&fake_notifier), 0, "notifier");
	irqkit_register_cpu_notifier(&race_notifier);
	for (unsigned int cpu = 1; cpu < MOVABLE_CPUS; cpu++)
		tap_equal(irqkit_movable_starting(cpu), 0, "cpu %u", cpu);
	tap_close();
}

/* CPU 2, for test_isolated(). It concerns managed interrupts only. */
static void start_isolated(void)
{
	struct cpumask others;

	irqkit_cpumask_first_n(&others, MOVABLE_CPUS);
	cpumask_clear_cpu(0, &others);
	host_start(MOVABLE_CPUS, &others);
	irqkit_isolation_setup("isolcpus=managed_irq,2");
	for (unsigned int cpu = 1; cpu < MOVABLE_CPUS; cpu++)
		host_start_cpu(cpu);
}

int main(void)
{
	host_begin();
	start_isolated();
	for (unsigned int cpu = 0; cpu < MOVABLE_CPUS; cpu++) {
		movable_cpus[cpu].cpu = cpu;
		movable_cpus[cpu].id = cpu == 3 ? 0x113 : cpu + 0x10;
		irqkit_apic_cpus[cpu] = &movable_cpus[cpu];
	}
	irqkit_apic = &fake_ops;
	test_init();
	test_life();
	test_states();
	test_move();
	test_pending();
	test_move_on();
	test_reuse();
	test_leak();
	test_latched(false);
	test_latched(true);
	test_not_latched();
	test_full();
	test_stuck(false);
	test_stuck(true);
	test_gone();
	test_not_started();
	test_race(false);
	test_race(true);
	test_aiming(false);
	test_aiming(true);
	test_widened();
	test_empty_mask();
	test_managed();
	test_busy();
	test_promises();
	test_isolated();
	irqkit_movable_exit();
	return host_end();
}
