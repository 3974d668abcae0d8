/* SPDX-License-Identifier: MIT */
/*
 * Scripts of cross calls. The books know of each call and CPU how often it was
 * begun, refused and run: what was not refused runs once, what was refused
 * never does, and who has waited finds that it has run. A wait does not time
 * out unless the scenario lets time pass, so a call that nobody was told of is
 * a deadlock.
 */
#include "sim.h"
#include <irqkit/ipi_mux.h>
#include <irqkit/smp_call.h>
#include "scripts.h"

#define CALLS_TARGET	 2U /* the CPU that goes and comes */
#define CALLS_MAX	 64U
#define CALLS_STEPS	 4U
#define CALLS_TIMEOUT_NS 10000000U

#define CALLS_WAIT	 ((unsigned int)IRQKIT_CALL_WAIT)
#define CALLS_FREE	 ((unsigned int)IRQKIT_CALL_LOCK_FREE)

struct calls_one {
	struct irqkit_call call; /* of an asynchronous one */
	unsigned int begun[SIM_CPUS], refused[SIM_CPUS], runs[SIM_CPUS];
	unsigned int least[SIM_CPUS]; /* runs there have to be in the end */
	unsigned int inside;
	unsigned int doubtful; /* bits of CPUs: it may or may not run there */
	bool over;	       /* its caller has waited for all there was */
	unsigned int caller, order;
	void (*hook)(struct calls_one *one); /* in its function, or NULL */
	unsigned int again;		     /* for the hook */
};

static struct calls_one calls_ones[CALLS_MAX];
static unsigned int calls_nr;
static unsigned int calls_orders[SIM_ACTORS];
static unsigned int calls_last[SIM_CPUS][SIM_ACTORS];

/* What the scenario has in it. */
static bool calls_plugs, calls_times, calls_shares;

static struct irqkit_call_lock calls_lock;
static bool calls_lock_held;
static bool calls_over; /* time does not pass any more */

static unsigned int calls_served; /* CPUs whose calls have run */

/* Functions that have begun and may end, of calls that are left behind. */
static unsigned int calls_stuck, calls_released;

static void calls_expect(int error, const char *call)
{
	if (error != 0)
		sim_fail(SIM_CONTRACT, "%s: %d", call, error);
}

/* ---- the books */

static unsigned int calls_number(const struct calls_one *one)
{
	return (unsigned int)(one - calls_ones);
}

static struct calls_one *calls_new(void)
{
	struct calls_one *one = &calls_ones[calls_nr++];

	if (calls_nr > CALLS_MAX)
		sim_fail(SIM_HARDWARE, "the scenario has too many calls");
	one->caller = sim_actor();
	return one;
}

/*
 * The asynchronous ones of a caller run in their order, unless another call is
 * taken back meanwhile.
 */
static void calls_check_order(const struct calls_one *one, unsigned int cpu)
{
	unsigned int *last = &calls_last[cpu][one->caller];

	if (one->order == 0 || calls_times || calls_plugs)
		return;
	if (one->order < *last)
		sim_fail(SIM_CONTRACT, "call %u runs after a later one",
			 calls_number(one));
	*last = one->order;
}

static void calls_check_run(struct calls_one *one, unsigned int cpu)
{
	sim_note("call %u runs at cpu %u", calls_number(one), cpu);
	if (!irqkit_port_irqs_disabled())
		sim_fail(SIM_CONTRACT, "interrupts are on in call %u",
			 calls_number(one));
	if (sim_cpus[cpu].power == SIM_POWER_OFF)
		sim_fail(SIM_OFFLINE, "call %u runs at cpu %u, which is off",
			 calls_number(one), cpu);
	if (one->over)
		sim_fail(SIM_FREED, "call %u runs at cpu %u, after the wait",
			 calls_number(one), cpu);
	if (++one->runs[cpu] + one->refused[cpu] > one->begun[cpu])
		sim_fail(SIM_TWICE, "call %u runs at cpu %u once too often",
			 calls_number(one), cpu);
	calls_check_order(one, cpu);
}

static void calls_function(void *info)
{
	struct calls_one *one = info;

	calls_check_run(one, sim_cpu());
	sim_saw(SIM_SAW_HANDLED);
	one->inside++;
	sim_point();
	one->inside--;
	if (one->hook != NULL)
		one->hook(one);
}

static void calls_refuse(struct calls_one *one, unsigned int cpu)
{
	one->refused[cpu]++;
	if (one->runs[cpu] + one->refused[cpu] > one->begun[cpu])
		sim_fail(SIM_TWICE, "call %u of cpu %u was refused, and ran",
			 calls_number(one), cpu);
}

static bool calls_has_run(const struct calls_one *one, unsigned int cpu)
{
	return one->runs[cpu] + one->refused[cpu] == one->begun[cpu];
}

/* Who has waited for all. */
static void calls_waited(struct calls_one *one, unsigned int cpu)
{
	if (!calls_has_run(one, cpu) || one->inside != 0)
		sim_fail(SIM_LOST, "call %u of cpu %u did not run, or not yet",
			 calls_number(one), cpu);
	one->over = true;
}

static void calls_begin(struct calls_one *one, unsigned int cpu)
{
	sim_note("call %u of cpu %u", calls_number(one), cpu);
	one->begun[cpu]++;
}

static bool calls_may_fail(int error)
{
	return (error == -ENXIO && calls_plugs) ||
	       (error == -EBUSY && (calls_times || calls_shares)) ||
	       (error == -ETIMEDOUT && calls_times) ||
	       (error == -EINPROGRESS && calls_times);
}

static void calls_note_end(const struct calls_one *one, int error)
{
	sim_note("call %u: %d", calls_number(one), (unsigned int)error);
	if (error != 0 && !calls_may_fail(error))
		sim_fail(SIM_CONTRACT, "call %u: %d", calls_number(one), error);
}

/* A call to one CPU has returned. */
static void calls_end(struct calls_one *one, unsigned int cpu, int error,
		      bool waits)
{
	calls_note_end(one, error);
	if (error == 0 && waits)
		calls_waited(one, cpu);
	else if (error != 0 && error != -EINPROGRESS)
		calls_refuse(one, cpu);
}

/* One to several: only of a wait it is known which of them had left. */
static void calls_end_mask(struct calls_one *one, const struct cpumask *mask,
			   int error, bool waits)
{
	unsigned int missing = 0;
	unsigned int cpu;

	calls_note_end(one, error);
	for_each_cpu (cpu, mask) {
		missing += !calls_has_run(one, cpu);
		if (error == 0 && waits)
			calls_waited(one, cpu);
		else if (error == -EBUSY)
			calls_refuse(one, cpu);
		else if (error == -EINPROGRESS || (error != 0 && !waits))
			one->doubtful |= 1U << cpu;
		else if (error != 0 && !calls_has_run(one, cpu))
			calls_refuse(one, cpu);
	}
	if (missing == 0 && waits && (error == -ENXIO || error == -ETIMEDOUT))
		sim_fail(SIM_CONTRACT, "call %u ran everywhere: %d",
			 calls_number(one), error);
	if (error == -ENXIO && waits)
		one->over = true;
}

/* ---- calls */

static void calls_single(unsigned int cpu, unsigned int flags)
{
	struct calls_one *one = calls_new();

	calls_begin(one, cpu);
	calls_end(one, cpu,
		  smp_call_function_single(cpu, calls_function, one, flags),
		  (flags & CALLS_WAIT) != 0);
}

static void calls_mask(unsigned int bits, unsigned int flags)
{
	struct calls_one *one = calls_new();
	struct cpumask mask;
	unsigned int cpu;

	cpumask_clear(&mask);
	for (cpu = 0; cpu < SIM_CPUS; cpu++) {
		if ((bits >> cpu & 1) != 0)
			cpumask_set_cpu(cpu, &mask);
	}
	for_each_cpu (cpu, &mask)
		calls_begin(one, cpu);
	calls_end_mask(one, &mask,
		       on_each_cpu_mask(&mask, calls_function, one, flags),
		       (flags & CALLS_WAIT) != 0);
}

/* To all that are online; one that leaves or comes meanwhile may be one. */
static void calls_all(unsigned int flags)
{
	struct calls_one *one = calls_new();
	struct cpumask mask;
	unsigned int cpu;

	irqkit_cpumask_first_n(&mask, sim_plan.scenario->nr_cpus);
	for_each_cpu (cpu, &mask)
		calls_begin(one, cpu);
	one->doubtful = 1U << CALLS_TARGET;
	calls_expect(on_each_cpu(calls_function, one, flags), "on_each_cpu()");
	for_each_cpu (cpu, &mask) {
		if (cpu != CALLS_TARGET && (flags & CALLS_WAIT) != 0)
			calls_waited(one, cpu);
	}
}

/* What was accepted runs from here on, whoever else queues it. */
static void calls_queue(struct calls_one *one, unsigned int cpu)
{
	unsigned int before = one->runs[cpu];
	int error;

	calls_begin(one, cpu);
	error = smp_call_function_single_async(cpu, &one->call);
	calls_end(one, cpu, error, false);
	if (error == 0 && one->least[cpu] <= before)
		one->least[cpu] = before + 1;
}

static struct calls_one *calls_new_async(unsigned int flags)
{
	struct calls_one *one = calls_new();

	one->call.function = calls_function;
	one->call.info = one;
	one->call.flags = flags;
	return one;
}

static void calls_async(unsigned int cpu, unsigned int flags)
{
	struct calls_one *one = calls_new_async(flags);

	one->order = ++calls_orders[sim_actor()];
	calls_queue(one, cpu);
}

/* A function that calls itself again, there or at the next CPU. */
static void calls_hook_again(struct calls_one *one)
{
	unsigned int cpu = sim_cpu();

	if (one->again == 0)
		return;
	one->again--;
	if (one->again % 2 == 0)
		cpu = (cpu + 1) % sim_plan.scenario->nr_cpus;
	calls_queue(one, cpu);
}

static bool calls_is_released(unsigned int number)
{
	return calls_released >= number;
}

/* Until somebody lets it go. */
static void calls_hook_stuck(struct calls_one *one)
{
	(void)one;
	calls_stuck++;
	sim_touch();
	sim_wait(calls_is_released, calls_stuck, "its release");
}

/* Told by sim_access() as the library tells it, so that a spin is for it. */
static void calls_note_served(struct calls_one *one)
{
	(void)one;
	sim_access(&calls_served, true, NULL);
	calls_served++;
	sim_wrote(&calls_served);
}

static void calls_serve_until(unsigned int nr)
{
	for (;;) {
		sim_access(&calls_served, false, NULL);
		if (calls_served >= nr)
			return;
		irqkit_call_serve();
		irqkit_port_relax();
	}
}

static void calls_hook_serve(struct calls_one *one)
{
	(void)one;
	calls_serve_until(1);
}

static void calls_hook_other(struct calls_one *one)
{
	calls_single((sim_cpu() + 1) % sim_plan.scenario->nr_cpus, 0);
	one->hook = NULL;
}

static void calls_with_irqs_off(unsigned int cpu, unsigned int flags)
{
	unsigned long state = irqkit_port_irq_save();

	calls_single(cpu, flags);
	irqkit_port_irq_restore(state);
}

static void calls_under_lock(unsigned int cpu)
{
	unsigned long state = irqkit_call_lock(&calls_lock);

	if (calls_lock_held)
		sim_fail(SIM_TWICE, "two CPUs hold a lock");
	calls_lock_held = true;
	calls_single(cpu, CALLS_WAIT | CALLS_FREE);
	calls_lock_held = false;
	irqkit_call_unlock(&calls_lock, state);
}

/* ---- boot and set-up */

static void calls_boot(void)
{
	calls_expect(irqkit_smp_call_init(sim_doorbell_domain(false)), "init");
	calls_expect(irqkit_smp_call_set_timeout(CALLS_TIMEOUT_NS), "timeout");
}

static void calls_boot_mux(void)
{
	const struct irqkit_ipi_mux_info info = {
		.name = "mux",
		.parent = sim_doorbell_domain(false),
		.nr = 2,
	};
	struct irqkit_ipi_mux *mux = NULL;

	calls_expect(irqkit_ipi_mux_create(&info, &mux), "mux");
	calls_expect(irqkit_smp_call_init(irqkit_ipi_mux_domain(mux)), "init");
}

static void calls_set_up_plugs(void)
{
	calls_plugs = true;
}

static void calls_set_up_times(void)
{
	calls_times = true;
}

/* The first interrupts are lost; the one that is sent again is not. */
static void calls_set_up_loses(void)
{
	sim_doorbell_lose(1);
}

/* The controller refuses one: an error of who sends it, and of nobody else. */
static void calls_set_up_refused(void)
{
	calls_times = true;
	sim_doorbell_refuse(1);
}

/* As it does when that is tried again. */
static void calls_set_up_refused_again(void)
{
	calls_times = true;
	sim_doorbell_refuse(2);
}

/* That one as well. */
static void calls_set_up_loses_again(void)
{
	calls_times = true;
	sim_doorbell_lose(4);
}

/* Two CPUs queue the same object. */
static struct calls_one *calls_shared;

static void calls_set_up_shared(void)
{
	calls_shares = true;
	calls_shared = &calls_ones[calls_nr++];
	calls_shared->call.function = calls_function;
	calls_shared->call.info = calls_shared;
}

static void calls_set_up_shared_plugs(void)
{
	calls_plugs = true;
	calls_set_up_shared();
}

/* ---- scripts */

static void calls_wait_1(void)
{
	calls_single(1, CALLS_WAIT);
}

static void calls_wait_0(void)
{
	calls_single(0, CALLS_WAIT);
}

static void calls_wait_2(void)
{
	calls_single(2, CALLS_WAIT);
}

static void calls_wait_2_twice(void)
{
	calls_wait_2();
	calls_wait_2();
}

static void calls_off_next(void)
{
	calls_with_irqs_off((sim_cpu() + 1) % sim_plan.scenario->nr_cpus,
			    CALLS_WAIT | CALLS_FREE);
}

/* One more than there is room for. */
static void calls_no_wait_next(void)
{
	for (unsigned int i = 0; i < 5; i++)
		calls_single((sim_cpu() + 1) % sim_plan.scenario->nr_cpus, 0);
}

static void calls_off_no_wait_next(void)
{
	for (unsigned int i = 0; i < 5; i++)
		calls_with_irqs_off((sim_cpu() + 1) %
					    sim_plan.scenario->nr_cpus,
				    CALLS_FREE);
}

static void calls_masks_no_wait(void)
{
	for (unsigned int i = 0; i < 5; i++)
		calls_mask(6, 0);
}

static void calls_off_masks_no_wait_next(void)
{
	for (unsigned int i = 0; i < 5; i++) {
		unsigned long state = irqkit_port_irq_save();

		calls_mask(sim_cpu() == 0 ? 2 : 1, CALLS_FREE);
		irqkit_port_irq_restore(state);
	}
}

static void calls_mask_1_2(void)
{
	calls_mask(6, CALLS_WAIT);
}

static void calls_mask_0_2(void)
{
	calls_mask(5, CALLS_WAIT);
}

static void calls_mask_2(void)
{
	calls_mask(4, CALLS_WAIT);
}

static void calls_mask_all(void)
{
	calls_mask(7, CALLS_WAIT);
}

static void calls_off_mask_all(void)
{
	unsigned long state = irqkit_port_irq_save();

	calls_mask(7, CALLS_WAIT | CALLS_FREE);
	irqkit_port_irq_restore(state);
}

static void calls_async_2(void)
{
	calls_async(2, 0);
	calls_async(2, 0);
}

static void calls_async_2_often(void)
{
	calls_async_2();
	calls_async_2();
}

static void calls_async_free_2(void)
{
	calls_async(2, CALLS_FREE);
	calls_single(2, CALLS_FREE);
}

static void calls_async_again(void)
{
	struct calls_one *one = calls_new_async(0);

	one->hook = calls_hook_again;
	one->again = 3;
	calls_queue(one, 1);
}

static void calls_queue_shared_once(void)
{
	calls_queue(calls_shared, 2);
}

static void calls_queue_shared(void)
{
	calls_queue(calls_shared, 2);
	calls_queue(calls_shared, 2);
}

static void calls_wait_2_and_on(void)
{
	struct calls_one *one = calls_new();

	one->hook = calls_hook_other;
	calls_begin(one, 2);
	calls_end(one, 2,
		  smp_call_function_single(2, calls_function, one, CALLS_WAIT),
		  true);
}

static void calls_self(void)
{
	calls_single(sim_cpu(), CALLS_WAIT);
	calls_async(sim_cpu(), 0);
	calls_wait_2();
}

static void calls_all_wait(void)
{
	calls_all(CALLS_WAIT);
	calls_all(CALLS_WAIT | CALLS_FREE);
}

static void calls_all_no_wait(void)
{
	calls_all(0);
	calls_all(CALLS_WAIT);
}

/* A wait of its own, interrupts off, for the others' calls. */
static void calls_serve(void)
{
	unsigned long state = irqkit_port_irq_save();

	calls_serve_until(sim_plan.scenario->nr_cpus - 1);
	irqkit_port_irq_restore(state);
}

static void calls_wait_free_2(void)
{
	calls_single(2, CALLS_WAIT | CALLS_FREE);
	calls_note_served(NULL);
}

/* The first function waits for the second one, on the same CPU. */
static void calls_async_in_turn(void)
{
	struct calls_one *first = calls_new_async(CALLS_FREE);
	struct calls_one *second = calls_new_async(CALLS_FREE);

	first->hook = calls_hook_serve;
	second->hook = calls_note_served;
	calls_queue(first, 1);
	calls_queue(second, 1);
}

static void calls_mask_hook(void (*hook)(struct calls_one *one))
{
	struct calls_one *one = calls_new();
	struct cpumask mask;

	irqkit_cpumask_single(&mask, 1);
	one->hook = hook;
	calls_begin(one, 1);
	calls_end_mask(
		one, &mask,
		smp_call_function_many(&mask, calls_function, one, CALLS_FREE),
		false);
}

static void calls_masks_in_turn(void)
{
	calls_mask_hook(calls_hook_serve);
	calls_mask_hook(calls_note_served);
}

static void calls_lock_next(void)
{
	calls_under_lock((sim_cpu() + 1) % sim_plan.scenario->nr_cpus);
}

static void calls_down(void)
{
	calls_expect(sim_cpu_down(CALLS_TARGET), "down");
}

static void calls_up(void)
{
	calls_expect(sim_cpu_up(CALLS_TARGET), "up");
}

static void calls_down_up(void)
{
	calls_down();
	calls_up();
}

static void calls_down_up_mask(void)
{
	calls_down_up();
	calls_mask_2();
}

static void calls_down_up_shared(void)
{
	calls_down_up();
	calls_queue_shared_once();
}

static void calls_down_up_wait(void)
{
	calls_down_up();
	calls_wait_2();
}

static void calls_down_up_twice(void)
{
	calls_down_up();
	calls_down_up();
}

static void calls_wait_async_2(void)
{
	calls_wait_2();
	calls_async_2();
	calls_single(2, 0);
}

static void calls_masks_2(void)
{
	calls_mask(5, CALLS_WAIT);
	calls_mask(5, 0);
}

/*
 * A wait begins with a look at the clock, sends again and begins anew after
 * half of its time, and ends after the other half: so many are needed.
 */
#define CALLS_JUMPS 4U

static void calls_time(void)
{
	for (unsigned int i = 0; i < CALLS_JUMPS; i++)
		sim_time_passes(CALLS_TIMEOUT_NS / 10 * 7);
}

static void calls_long_time(void)
{
	calls_time();
	calls_time();
}

/* @cpus: bits of them. */
static bool calls_are_waiting(unsigned int cpus)
{
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		if ((cpus >> cpu & 1) != 0 && !sim_is_blocked(SIM_THREAD(cpu)))
			return calls_over;
	}
	return true;
}

static void calls_pass_time(unsigned int cpus)
{
	sim_wait(calls_are_waiting, cpus, "a wait");
	sim_time_passes(CALLS_TIMEOUT_NS / 10 * 7);
}

/* Time for the second interrupt, and not for the end of the wait. */
static void calls_half_time(void)
{
	calls_pass_time(1);
	calls_pass_time(1);
}

static void calls_time_while_waiting(void)
{
	while (!calls_over)
		calls_pass_time(1);
}

static void calls_half_time_0_1(void)
{
	calls_pass_time(3);
	calls_pass_time(3);
}

/* Until somebody lets it go. */
static void calls_deaf(void)
{
	unsigned long state = irqkit_port_irq_save();

	sim_wait(calls_is_released, 1, "the end of its deafness");
	irqkit_port_irq_restore(state);
}

/* One before the target hears, and one as it does. */
static void calls_async_2_then(void)
{
	calls_async(2, 0);
	sim_wait(calls_is_released, 1, "the end of its deafness");
	calls_async(2, 0);
}

/* It hears as the waits of others for it end. */
static void calls_hear_at_last(unsigned int cpus)
{
	for (unsigned int i = 1; i < CALLS_JUMPS; i++)
		calls_pass_time(cpus);
	sim_wait(calls_are_waiting, cpus, "a wait");
	calls_released++;
	sim_time_passes(CALLS_TIMEOUT_NS / 10 * 7);
}

static void calls_hear_at_last_0(void)
{
	calls_hear_at_last(1);
}

static void calls_hear_at_last_0_1(void)
{
	calls_hear_at_last(3);
}

static void calls_hear_at_last_0_3(void)
{
	calls_hear_at_last(9);
}

/* The first call is refused, and what it leaves holds up nobody. */
static void calls_mask_2_then_wait(void)
{
	calls_mask_2();
	calls_times = false;
	calls_wait_2();
}

static void calls_mask_2_then_again(void)
{
	calls_mask_2();
	calls_times = false;
	calls_mask_2();
}

/* The first call times out, the next one does not. */
static void calls_masks_1_2(void)
{
	calls_mask_1_2();
	calls_times = false;
	calls_over = true;
	sim_touch();
	calls_mask_1_2();
}

/* More than there are slots, in case all are left behind. */
static void calls_wait_1_often(void)
{
	for (unsigned int i = 0; i < 3; i++)
		calls_wait_1();
}

static bool calls_is_stuck(unsigned int number)
{
	return calls_stuck >= number;
}

/* All slots are left behind, and their calls end; then there is one again. */
static void calls_leave_all(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct calls_one *one = calls_new();

		one->hook = calls_hook_stuck;
		calls_begin(one, 1);
		calls_end(one, 1,
			  smp_call_function_single(1, calls_function, one,
						   CALLS_WAIT),
			  true);
		calls_released++;
		sim_touch();
	}
	calls_times = false;
	calls_wait_1();
	calls_wait_1();
}

static void calls_time_while_stuck(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		sim_wait(calls_is_stuck, i + 1, "a function to begin");
		for (unsigned int jumps = 0; jumps < CALLS_JUMPS; jumps++)
			calls_pass_time(1);
	}
}

/* ---- what the seed says */

enum calls_kind {
	CALLS_SINGLE,
	CALLS_SINGLE_NO_WAIT,
	CALLS_ASYNC,
	CALLS_ASYNC_FREE,
	CALLS_MASK,
	CALLS_MASK_NO_WAIT,
	CALLS_OFF,
	CALLS_LOCK,
	CALLS_DOWN,
	CALLS_UP,
	CALLS_KINDS
};

struct calls_step {
	enum calls_kind kind;
	unsigned int cpu, bits;
};

static struct calls_step calls_steps[SIM_CPUS][CALLS_STEPS];
static unsigned int calls_jumps;

static void calls_set_up_mixture(void)
{
	for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++) {
		for (unsigned int i = 0; i < CALLS_STEPS; i++)
			calls_steps[cpu][i] = (struct calls_step){
				.kind = sim_random(CALLS_KINDS),
				.cpu = sim_random(SIM_CPUS),
				.bits = sim_random(1U << SIM_CPUS),
			};
	}
	calls_plugs = true;
	calls_times = sim_random(2) != 0;
	calls_jumps = calls_times ? sim_random(6) : 0;
}

static void calls_mixture_time(void)
{
	for (unsigned int i = 0; i < calls_jumps; i++)
		sim_time_passes(CALLS_TIMEOUT_NS / 10 * 7);
}

/* CPU 0 takes another one down and up; calls stand in for what others draw. */
static void calls_plug(const struct calls_step *step)
{
	if (sim_cpu() != 0)
		calls_single(step->cpu, CALLS_WAIT);
	else if (cpu_online(CALLS_TARGET))
		calls_down();
	else
		calls_up();
}

static void calls_do(const struct calls_step *step)
{
	switch (step->kind) {
	case CALLS_SINGLE:
		calls_single(step->cpu, CALLS_WAIT);
		break;
	case CALLS_SINGLE_NO_WAIT:
		calls_single(step->cpu, 0);
		break;
	case CALLS_ASYNC:
		calls_async(step->cpu, 0);
		break;
	case CALLS_ASYNC_FREE:
		calls_queue(calls_new_async(CALLS_FREE), step->cpu);
		break;
	case CALLS_MASK:
		calls_mask(step->bits, CALLS_WAIT);
		break;
	case CALLS_MASK_NO_WAIT:
		calls_mask(step->bits, 0);
		break;
	case CALLS_OFF:
		calls_with_irqs_off(step->cpu, CALLS_WAIT | CALLS_FREE);
		break;
	case CALLS_LOCK:
		calls_under_lock(step->cpu);
		break;
	default:
		calls_plug(step);
		break;
	}
}

static void calls_mixture(void)
{
	unsigned int cpu = sim_cpu();

	for (unsigned int i = 0; i < CALLS_STEPS; i++)
		calls_do(&calls_steps[cpu][i]);
}

/* ---- the end */

static void calls_judge_at(const struct calls_one *one, unsigned int cpu)
{
	unsigned int due = one->begun[cpu] - one->refused[cpu];

	if (due < one->least[cpu])
		due = one->least[cpu];
	if (one->runs[cpu] < due && (one->doubtful >> cpu & 1) == 0)
		sim_fail(SIM_LOST,
			 "call %u of cpu %u was accepted, and not run",
			 calls_number(one), cpu);
}

static void calls_judge(void)
{
	for (unsigned int i = 0; i < calls_nr; i++) {
		if (calls_ones[i].inside != 0)
			sim_fail(SIM_LOST, "call %u does not end", i);
		for (unsigned int cpu = 0; cpu < SIM_CPUS; cpu++)
			calls_judge_at(&calls_ones[i], cpu);
	}
}

#define CALLS_OF(boots, cpus) \
	.boot = (boots), .nr_cpus = (cpus), .judge = calls_judge

static const struct sim_scenario calls_scenarios[] = {
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-wait",
		.what = "a CPU calls another one and waits",
		.small = true,
		.cpu = {calls_wait_1},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-two",
		.what = "two CPUs call a third one and wait",
		.small = true,
		.cpu = {calls_wait_2, calls_wait_2_twice},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-cross",
		.what = "two CPUs call each other",
		.small = true,
		.cpu = {calls_wait_1, calls_wait_0},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-cross-off",
		.what = "the same with interrupts off, lock-free",
		.small = true,
		.cpu = {calls_off_next, calls_off_next},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-ring-off",
		.what = "three CPUs do so in a ring",
		.small = true,
		.cpu = {calls_off_next, calls_off_next, calls_off_next},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-no-wait",
		.what = "more calls than there are slots",
		.small = true,
		.cpu = {calls_no_wait_next},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-no-wait-off",
		.what = "the same both ways, interrupts off, lock-free",
		.small = true,
		.cpu = {calls_off_no_wait_next, calls_off_no_wait_next},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-mask",
		.what = "a CPU calls two, and another one calls one of them",
		.small = true,
		.cpu = {calls_mask_1_2, calls_wait_2},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-bundle",
		.what = "two CPUs leave a bit for a third one",
		.small = true,
		.cpu = {calls_mask_2, calls_mask_2},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-masks",
		.what = "two CPUs call two each",
		.cpu = {calls_mask_1_2, calls_mask_0_2},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-masks-off",
		.what = "three CPUs call all, interrupts off, lock-free",
		.cpu = {calls_off_mask_all, calls_off_mask_all,
			calls_off_mask_all},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-masks-no-wait",
		.what = "more calls to two than there is room for",
		.small = true,
		.cpu = {calls_masks_no_wait},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-masks-no-wait-off",
		.what = "the same both ways, interrupts off, lock-free",
		.small = true,
		.cpu = {calls_off_masks_no_wait_next,
			calls_off_masks_no_wait_next},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-async",
		.what = "calls in the callers' storage, in their order",
		.small = true,
		.cpu = {calls_async_2, calls_async_free_2},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-async-again",
		.what = "a call that its function queues again",
		.small = true,
		.cpu = {calls_async_again, calls_wait_0},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-async-shared",
		.what = "two CPUs queue the same call",
		.small = true,
		.set_up = calls_set_up_shared,
		.cpu = {calls_queue_shared, calls_queue_shared},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-nested",
		.what = "a function calls on; a CPU calls itself",
		.small = true,
		.cpu = {calls_wait_2_and_on, calls_self},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-lock",
		.what = "two CPUs call each other and take a lock for it",
		.small = true,
		.cpu = {calls_lock_next, calls_lock_next},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-serve",
		.what = "a CPU serves others in a wait of its own",
		.small = true,
		.cpu = {calls_wait_free_2, calls_wait_free_2, calls_serve},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-taken",
		.what = "a function serves the call that is next in its list",
		.small = true,
		.cpu = {calls_async_in_turn},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-taken-many",
		.what = "the same of calls to many",
		.small = true,
		.cpu = {calls_masks_in_turn},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-refused",
		.what = "the controller refuses an interrupt that two rely on",
		.small = true,
		.set_up = calls_set_up_refused,
		.cpu = {calls_wait_2, calls_wait_2},
		.device = {calls_half_time_0_1},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-refused-async",
		.what = "the same of calls that nobody waits for",
		.small = true,
		.set_up = calls_set_up_refused,
		.cpu = {calls_async_2, calls_async_2},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-refused-mask",
		.what = "the same of calls to many",
		.small = true,
		.set_up = calls_set_up_refused,
		.cpu = {calls_mask_2, calls_mask_2},
		.device = {calls_half_time_0_1},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-refused-then",
		.what = "a call after one to many that was refused",
		.small = true,
		.set_up = calls_set_up_refused_again,
		.cpu = {calls_mask_2_then_wait},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-refused-masks",
		.what = "one to many after one that was refused",
		.small = true,
		.set_up = calls_set_up_refused_again,
		.cpu = {calls_mask_2_then_again},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-offline",
		.what = "the target goes",
		.small = true,
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down, calls_wait_2_twice},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-offline-async",
		.what = "the same of calls that nobody waits for",
		.small = true,
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down, calls_async_2},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-offline-shared",
		.what = "the same, and two CPUs queue the same call",
		.set_up = calls_set_up_shared_plugs,
		.cpu = {calls_down, calls_queue_shared_once, NULL,
			calls_queue_shared_once},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-offline-mask",
		.what = "the same of a call to two",
		.small = true,
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down, calls_mask_all},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-offline-two",
		.what = "the target goes, and two CPUs call it",
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down, calls_async_2, NULL, calls_async_2},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-offline-masks",
		.what = "the same by calls to many",
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down, calls_mask_2, NULL, calls_mask_2},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-late-mask",
		.what = "a late caller leaves something for a CPU that comes",
		.small = true,
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up_mask, calls_mask_2},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-late-shared",
		.what = "the same by a call that another one uses again",
		.small = true,
		.set_up = calls_set_up_shared_plugs,
		.cpu = {calls_down_up_shared, calls_queue_shared_once},
	},
	{
		CALLS_OF(calls_boot_mux, 3),
		.name = "call-late-mux",
		.what = "the same by a mux",
		.small = true,
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up_wait, calls_wait_2},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-all-hotplug",
		.what = "a CPU goes and comes while others call all",
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up, calls_all_wait, NULL, calls_all_no_wait},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-hotplug",
		.what = "the target goes and comes",
		.small = true,
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up, calls_wait_2_twice},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-hotplug-two",
		.what = "the same, and two CPUs take back what they left",
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up, calls_wait_async_2, NULL,
			calls_wait_async_2},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-hotplug-mask",
		.what = "the same of calls to two",
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up_twice, calls_masks_2, NULL,
			calls_masks_2},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-timeout",
		.what = "a wait ends, as its target begins",
		.small = true,
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_1},
		.device = {calls_time},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-timeout-often",
		.what = "calls are left behind, and others use their slots",
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_1_often},
		.device = {calls_long_time},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-left",
		.what = "all slots are left behind, and found again",
		.set_up = calls_set_up_times,
		.cpu = {calls_leave_all},
		.device = {calls_time_while_stuck},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-ring-lost",
		.what = "an interrupt is lost, and sent again",
		.small = true,
		.set_up = calls_set_up_loses,
		.cpu = {calls_wait_1},
		.device = {calls_half_time},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-mask-ring-lost",
		.what = "the same of a call to two",
		.small = true,
		.set_up = calls_set_up_loses,
		.cpu = {calls_mask_1_2},
		.device = {calls_half_time},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-rings-lost",
		.what = "all interrupts are lost; the next call is good again",
		.set_up = calls_set_up_loses_again,
		.cpu = {calls_masks_1_2},
		.device = {calls_time_while_waiting},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-timeout-two",
		.what = "two waits for one CPU end",
		.small = true,
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_2, calls_wait_2},
		.device = {calls_time},
	},
	{
		CALLS_OF(calls_boot, 2),
		.name = "call-begins",
		.what = "the target hears when the wait for it ends",
		.small = true,
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_1, calls_deaf},
		.device = {calls_hear_at_last_0},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-begins-two",
		.what = "the same of two waits",
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_2, calls_wait_2, calls_deaf},
		.device = {calls_hear_at_last_0_1},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-begins-mask",
		.what = "the same of waits of calls to many",
		.set_up = calls_set_up_times,
		.cpu = {calls_mask_2, calls_mask_2, calls_deaf},
		.device = {calls_hear_at_last_0_1},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-begins-async",
		.what = "the same, and others come meanwhile",
		.small = true,
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_2, calls_async_2_then, calls_deaf},
		.device = {calls_hear_at_last_0},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-begins-more",
		.what = "the same of two waits",
		.set_up = calls_set_up_times,
		.cpu = {calls_wait_2, calls_async_2_often, calls_deaf,
			calls_wait_2},
		.device = {calls_hear_at_last_0_3},
	},
	{
		CALLS_OF(calls_boot, 3),
		.name = "call-timeout-mask",
		.what = "a wait for two CPUs ends",
		.set_up = calls_set_up_times,
		.cpu = {calls_mask_1_2, calls_wait_2},
		.device = {calls_time},
	},
	{
		CALLS_OF(calls_boot_mux, 3),
		.name = "call-mux",
		.what = "calls by a mux",
		.small = true,
		.cpu = {calls_wait_2, calls_mask_0_2},
	},
	{
		CALLS_OF(calls_boot_mux, 4),
		.name = "call-mux-hotplug",
		.what = "calls by a mux, and the target goes and comes",
		.set_up = calls_set_up_plugs,
		.cpu = {calls_down_up, calls_wait_async_2, NULL, calls_masks_2},
	},
	{
		CALLS_OF(calls_boot, 4),
		.name = "call-mixture",
		.what = "what the seed says",
		.set_up = calls_set_up_mixture,
		.cpu = {calls_mixture, calls_mixture, calls_mixture,
			calls_mixture},
		.device = {calls_mixture_time},
	},
};

const struct sim_table sim_call_table = SIM_TABLE(calls_scenarios);
