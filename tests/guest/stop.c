/* SPDX-License-Identifier: MIT */
/*
 * Stop of all CPUs: once in a boot, by a thread, a handler, an NMI, or by many
 * at once; whoever does it checks the rest and ends the run. Some CPUs count
 * turns, a part of them with interrupts off, and are seen to stand still after
 * it; one is offline, and comes up after it.
 */
#include "stop.h"
#include "kernel.h"
#include "suites/suite.h"

/* How long to look for turns of CPUs that stand still. */
#define STOP_SETTLE_NS 50000000U

/* An emulator has two cores for all CPUs, however many there are. */
#define STOP_LEAST_NS	3000000000ULL
#define STOP_PER_CPU_NS 50000000ULL

static struct stop_cpu {
	unsigned long turns;
	unsigned long before; /* turns at the last look */
	unsigned int nmis;
} IRQKIT_ALIGNED(64) stop_cpus[IRQKIT_NR_CPUS];

static struct cpumask stop_spinners;
static struct cpumask stop_deaf; /* of these, with interrupts off */
static unsigned int stop_offline = SUITE_NONE;
static unsigned int stop_calls; /* calls of irqkit_smp_stop() that returned */

static uint64_t stop_time(void)
{
	return STOP_LEAST_NS + nr_cpu_ids * STOP_PER_CPU_NS;
}

/* ---- CPUs that count */

static void stop_spin(void *deaf)
{
	struct stop_cpu *this = &stop_cpus[irqkit_port_cpu()];

	if (deaf != NULL)
		arch_irq_disable();
	for (;;) {
		__atomic_store_n(&this->turns, this->turns + 1,
				 __ATOMIC_RELEASE);
		arch_relax();
	}
}

static unsigned long stop_turns(unsigned int cpu)
{
	return __atomic_load_n(&stop_cpus[cpu].turns, __ATOMIC_ACQUIRE);
}

static bool stop_has_turned(void *cpu)
{
	unsigned int number = *(unsigned int *)cpu;

	return stop_turns(number) != stop_cpus[number].before;
}

/* Some CPUs, but not these two; every other one deaf if @some_deaf. */
static void stop_start_spinners(unsigned int one, unsigned int two,
				bool some_deaf)
{
	bool deaf = some_deaf;
	unsigned int cpu;

	suite_few_cpus(&stop_spinners);
	cpumask_clear_cpu(one, &stop_spinners);
	cpumask_clear_cpu(two, &stop_spinners);
	for_each_cpu (cpu, &stop_spinners) {
		if (deaf)
			cpumask_set_cpu(cpu, &stop_deaf);
		start_on_cpu(cpu, stop_spin, deaf ? &stop_deaf : NULL);
		tap_expect(suite_wait(stop_has_turned, &cpu), "cpu %u turns",
			   cpu);
		deaf = some_deaf && !deaf;
	}
}

/* ---- a CPU that is not there */

/* One that was never started, or one that goes. */
static void stop_find_offline(void)
{
	stop_offline = suite_offline_cpu();
	if (stop_offline != SUITE_NONE || suite_nr_online() < 3)
		return;
	stop_offline = cpumask_last(cpu_online_mask);
	tap_equal(suite_cpu_down(stop_offline, NULL), 0, "cpu %u goes",
		  stop_offline);
}

static void stop_note_turn(void *unused)
{
	(void)unused;
	stop_cpus[irqkit_port_cpu()].turns = 1;
}

/*
 * It was not disturbed, and comes up as it would have before. The handler of
 * stop_check_nmis() is still there, and counts NMIs of who was not asked.
 */
static void stop_check_offline(void)
{
	tap_subject("stop: a CPU that was offline comes up after it");
	if (stop_offline == SUITE_NONE) {
		tap_skip("there is none");
	} else {
		tap_expect(!cpu_online(stop_offline), "it is still offline");
		tap_equal(stop_cpus[stop_offline].nmis, 0, "HZ48: NMIs of it");
		tap_equal(suite_cpu_up(stop_offline), 0, "cpu_up(%u)",
			  stop_offline);
		suite_run_on(stop_offline, stop_note_turn, NULL);
		tap_equal((long long)stop_cpus[stop_offline].turns, 1,
			  "turns of cpu %u", stop_offline);
	}
	tap_close();
}

/* ---- NMIs that stop nobody */

static bool stop_count_nmi(void)
{
	__atomic_fetch_add(&stop_cpus[irqkit_port_cpu()].nmis, 1,
			   __ATOMIC_RELEASE);
	return true;
}

static bool stop_has_nmi(void *cpu)
{
	return __atomic_load_n(&stop_cpus[*(unsigned int *)cpu].nmis,
			       __ATOMIC_ACQUIRE) != 0;
}

static void stop_check_nmis(void)
{
	unsigned int cpu;

	tap_subject("NMIs: to each CPU, idle, deaf and this one too");
	nmi_handler = stop_count_nmi;
	tap_equal(machine.send_nmi(nr_cpu_ids), -EINVAL, "HZ42: the count");
	if (stop_offline != SUITE_NONE)
		tap_equal(machine.send_nmi(stop_offline), -ENXIO,
			  "an offline CPU");
	for_each_cpu (cpu, cpu_online_mask) {
		tap_equal(machine.send_nmi(cpu), 0, "to cpu %u", cpu);
		tap_expect(suite_wait(stop_has_nmi, &cpu), "cpu %u", cpu);
	}
	for_each_cpu (cpu, cpu_possible_mask)
		tap_equal(stop_cpus[cpu].nmis, cpu_online(cpu),
			  "NMIs of cpu %u", cpu);
	tap_close();
}

/* ---- what has become of the CPUs */

/* Whoever has stopped stands still, and whoever is silent does not. */
static void stop_check_turns(const struct cpumask *silent)
{
	unsigned int cpu;

	for_each_cpu (cpu, &stop_spinners)
		stop_cpus[cpu].before = stop_turns(cpu);
	for (uint64_t start = arch_nanoseconds();
	     arch_nanoseconds() - start < STOP_SETTLE_NS;)
		arch_relax();
	for_each_cpu (cpu, &stop_spinners) {
		if (cpumask_test_cpu(cpu, silent))
			tap_expect(suite_wait(stop_has_turned, &cpu),
				   "cpu %u is silent and stands still", cpu);
		else
			tap_equal((long long)stop_turns(cpu),
				  (long long)stop_cpus[cpu].before,
				  "turns of cpu %u", cpu);
	}
}

static void stop_check_result(int result, const struct cpumask *silent,
			      uint64_t took)
{
	struct cpumask expected;
	char list[80];

	/* Where there is no NMI, who is deaf stays so. */
	cpumask_clear(&expected);
	if (machine.send_nmi == NULL)
		cpumask_copy(&expected, &stop_deaf);
	tap_equal(result, cpumask_empty(&expected) ? 0 : -ETIMEDOUT, "stop");
	irqkit_cpulist_print(list, sizeof(list), silent);
	tap_expect(cpumask_equal(silent, &expected), "silent: %s", list);
	tap_expect(took < 2 * stop_time(), "it took %u ms",
		   (unsigned int)(took / 1000000));
	tap_expect(result == 0 || took >= stop_time(), "only %u ms",
		   (unsigned int)(took / 1000000));
	tap_note("stop: took %u ms", (unsigned int)(took / 1000000));
}

/* Returns on one CPU only. */
static void stop_all(void)
{
	uint64_t start = arch_nanoseconds();
	struct cpumask silent;
	int result = irqkit_smp_stop(stop_time(), &silent);

	stop_check_result(result, &silent, arch_nanoseconds() - start);
	__atomic_fetch_add(&stop_calls, 1, __ATOMIC_RELAXED);
	stop_check_turns(&silent);
	tap_equal(irqkit_smp_stop(stop_time(), &silent), -EBUSY, "once more");
	tap_equal(__atomic_load_n(&stop_calls, __ATOMIC_RELAXED), 1,
		  "CPUs that stop the others");
	tap_close();
}

static IRQKIT_NORETURN void stop_end(void)
{
	arch_exit(tap_end() == 0 ? 0 : 1);
}

/* ---- where it is done from */

static void stop_check_refused(void)
{
	const struct irqkit_smp_stop_info info = {
		.domain = machine.ipi_single,
	};

	tap_subject("stop: what is refused stops nobody");
	tap_equal(irqkit_smp_stop_init(&info), -EBUSY, "init once more");
	tap_equal(irqkit_smp_stop(0, NULL), -EINVAL, "no time");
	tap_expect(!irqkit_smp_stopping(), "nobody stops");
	tap_close();
}

static void stop_by_thread(void)
{
	tap_subject("stop: CPUs that count, and one that is offline");
	stop_find_offline();
	stop_start_spinners(0, 0, true);
	tap_close();
	stop_check_refused();
	if (machine.send_nmi != NULL)
		stop_check_nmis();
	tap_subject("stop: by a thread");
	stop_all();
	stop_check_offline();
	stop_end();
}

static irqreturn_t stop_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	stop_all();
	stop_end();
}

/* The CPU that began waits, as one of those that are stopped. */
static void stop_by_handler(void)
{
	unsigned int target = suite_next_online(0);
	int irq = irq_reserve_ipi(machine.ipi_single, cpu_possible_mask);

	tap_subject("stop: by a handler");
	tap_equal(request_irq((unsigned int)irq, stop_handler, 0, "test", NULL),
		  0, "request");
	stop_start_spinners(0, target, false);
	cpumask_set_cpu(0, &stop_spinners);
	tap_equal(ipi_send_single((unsigned int)irq, target), 0, "send");
	stop_spin(NULL);
}

static bool stop_by_nmi_handler(void)
{
	stop_all();
	stop_end();
}

/* It comes into a CPU that has interrupts off. */
static void stop_by_nmi(void)
{
	unsigned int target = suite_next_online(0);

	tap_subject("stop: by an NMI");
	stop_start_spinners(0, target, true);
	cpumask_set_cpu(0, &stop_spinners);
	nmi_handler = stop_by_nmi_handler;
	start_on_cpu(target, stop_spin, &stop_deaf);
	tap_expect(suite_wait(stop_has_turned, &target), "cpu %u turns",
		   target);
	tap_equal(machine.send_nmi(target), 0, "send");
	stop_spin(NULL);
}

/* ---- several at once */

static struct cpumask stop_racers;
static unsigned int stop_ready;

static bool stop_are_ready(void *unused)
{
	(void)unused;
	return __atomic_load_n(&stop_ready, __ATOMIC_ACQUIRE) ==
	       cpumask_weight(&stop_racers);
}

/* With interrupts off: whoever is too late stops by its own call. */
static void stop_meet(void)
{
	arch_irq_disable();
	__atomic_fetch_add(&stop_ready, 1, __ATOMIC_ACQ_REL);
	suite_wait(stop_are_ready, NULL);
}

static void stop_race(void *unused)
{
	(void)unused;
	stop_meet();
	stop_all();
	stop_end();
}

static void stop_panic(void *unused)
{
	(void)unused;
	stop_meet();
	panic("stop=panic, as it was asked for");
}

/* On all of them at once, this one too, but not on the CPU @but. */
static void stop_by_many(void (*function)(void *unused), unsigned int but)
{
	unsigned int cpu;

	suite_few_cpus(&stop_racers);
	if (but != SUITE_NONE)
		cpumask_clear_cpu(but, &stop_racers);
	for_each_cpu (cpu, &stop_racers) {
		if (cpu != 0)
			start_on_cpu(cpu, function, NULL);
	}
	function(NULL);
}

/* For guest/panic: the last CPU has its interrupts off, if there are three. */
static void stop_by_panic(void)
{
	unsigned int deaf = cpumask_last(cpu_online_mask);

	if (deaf < 2) {
		stop_by_many(stop_panic, SUITE_NONE);
		return;
	}
	start_on_cpu(deaf, stop_spin, &stop_deaf);
	if (!suite_wait(stop_has_turned, &deaf))
		panic("cpu %u does not turn", deaf);
	if (machine.send_nmi == NULL)
		print("# deaf: %u\n", deaf);
	stop_by_many(stop_panic, deaf);
}

void stop_run(void)
{
	if (command_line_has("stop=handler")) {
		stop_by_handler();
	} else if (command_line_has("stop=nmi") && machine.send_nmi != NULL) {
		stop_by_nmi();
	} else if (command_line_has("stop=race")) {
		tap_subject("stop: by several CPUs at once");
		stop_by_many(stop_race, SUITE_NONE);
	} else if (command_line_has("stop=panic")) {
		stop_by_panic();
	}
	stop_by_thread();
	stop_end();
}
