/* SPDX-License-Identifier: MIT */
/*
 * One path of the core, some times, for callgrind to count: on the host, on
 * controllers that do nothing. What callgrind_counted() calls is counted, and
 * nothing else; scripts/callgrind subtracts the path that does nothing. One
 * thread is all CPUs.
 */
#include <irqkit/irqkit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLGRIND_CPUS 4U
#define CALLGRIND_GOES 2U /* the CPU that goes offline */
#define CALLGRIND_IRQS 10000U

static unsigned int callgrind_cpu;
static bool callgrind_irqs_off;

/* Of all paths: what they work on. */
static unsigned int callgrind_irq; /* the first of them */
static unsigned int callgrind_affected;
static struct irq_domain *callgrind_domain;
static struct irq_domain *callgrind_ipis;
static struct cpumask callgrind_mask;  /* with the CPU that goes */
static struct cpumask callgrind_other; /* without it */

/* The port. */

unsigned int irqkit_port_cpu(void)
{
	return callgrind_cpu;
}

struct hwcpu irqkit_port_hwcpu(unsigned int cpu)
{
	const struct hwcpu hwcpu = {cpu};

	return hwcpu;
}

unsigned long irqkit_port_irq_save(void)
{
	bool before = callgrind_irqs_off;

	callgrind_irqs_off = true;
	return before;
}

void irqkit_port_irq_restore(unsigned long state)
{
	callgrind_irqs_off = state != 0;
}

bool irqkit_port_irqs_disabled(void)
{
	return callgrind_irqs_off;
}

void *irqkit_port_alloc(size_t size, size_t align)
{
	size_t least = align < sizeof(void *) ? sizeof(void *) : align;
	void *memory;

	if (posix_memalign(&memory, least, size) != 0)
		return NULL;
	return memset(memory, 0, size);
}

void irqkit_port_free(void *memory, size_t size)
{
	(void)size;
	free(memory);
}

uint64_t irqkit_port_nanoseconds(void)
{
	static uint64_t now;

	return now += 1000;
}

void irqkit_port_log(enum irqkit_log_level level, const char *line)
{
	(void)level;
	fprintf(stderr, "%s\n", line);
}

void irqkit_port_panic(const char *text)
{
	fprintf(stderr, "%s\n", text);
	abort();
}

/* The controllers. */

static void callgrind_chip_nothing(struct irq_data *data)
{
	(void)data;
}

static int callgrind_chip_set_affinity(struct irq_data *data,
				       const struct cpumask *mask)
{
	irqkit_set_effective_cpu(data, cpumask_last(mask));
	return 0;
}

static int callgrind_chip_send(struct irq_data *data, unsigned int cpu)
{
	(void)data;
	(void)cpu;
	return 0;
}

static const struct irq_chip callgrind_chip = {
	.name = "callgrind",
	.irq_eoi = callgrind_chip_nothing,
	.irq_mask = callgrind_chip_nothing,
	.irq_unmask = callgrind_chip_nothing,
	.irq_set_affinity = callgrind_chip_set_affinity,
};

/* Without aims, as the row "request and free" of the README has it. */
static const struct irq_chip callgrind_plain_chip = {
	.name = "callgrind-plain",
	.irq_eoi = callgrind_chip_nothing,
	.irq_mask = callgrind_chip_nothing,
	.irq_unmask = callgrind_chip_nothing,
};

static const struct irq_chip callgrind_ipi_chip = {
	.name = "callgrind-ipi",
	.ipi_send_single = callgrind_chip_send,
};

static int callgrind_alloc(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr, const void *arg)
{
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i, arg, NULL,
				    handle_fasteoi_irq);
	return 0;
}

static int callgrind_alloc_ipi(struct irq_domain *domain, unsigned int irq,
			       unsigned int nr, const void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < nr; i++)
		irq_domain_set_info(domain, irq + i, i, &callgrind_ipi_chip,
				    NULL, handle_percpu_irq);
	return 0;
}

static void callgrind_free(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

static irqreturn_t callgrind_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* The machine. */

static unsigned int callgrind_check(const char *what, int result)
{
	if (result < 0) {
		fprintf(stderr, "callgrind: %s: error %d\n", what, result);
		exit(1);
	}
	return (unsigned int)result;
}

static void callgrind_start_cpu(unsigned int cpu)
{
	unsigned int before = callgrind_cpu;

	callgrind_check("prepare", irqkit_cpu_prepare(cpu));
	callgrind_cpu = cpu;
	callgrind_irqs_off = true;
	callgrind_check("starting", irqkit_cpu_starting(cpu));
	callgrind_irqs_off = false;
	callgrind_cpu = before;
	callgrind_check("online", irqkit_cpu_online(cpu));
}

static void callgrind_stop_cpu(unsigned int cpu)
{
	unsigned int before = callgrind_cpu;

	callgrind_cpu = cpu;
	callgrind_irqs_off = true;
	callgrind_check("dying", irqkit_cpu_dying(cpu, NULL));
	callgrind_irqs_off = false;
	callgrind_cpu = before;
	callgrind_check("dead", irqkit_cpu_dead(cpu));
}

static void callgrind_start(void)
{
	static const struct irq_domain_ops ops = {
		.alloc = callgrind_alloc,
		.free = callgrind_free,
	};
	static const struct irq_domain_ops ipi_ops = {
		.alloc = callgrind_alloc_ipi,
		.free = callgrind_free,
	};
	const struct irq_domain_info info = {
		.name = "callgrind",
		.size = CALLGRIND_IRQS,
		.ops = &ops,
	};
	const struct irq_domain_info ipi_info = {
		.name = "callgrind-ipi",
		.flags = IRQ_DOMAIN_FLAG_IPI_SINGLE,
		.size = 16,
		.ops = &ipi_ops,
	};

	callgrind_irqs_off = true;
	callgrind_check("init", irqkit_init(CALLGRIND_CPUS));
	callgrind_irqs_off = false;
	for (unsigned int cpu = 1; cpu < CALLGRIND_CPUS; cpu++)
		callgrind_start_cpu(cpu);
	callgrind_check("domain", irq_domain_create(&info, &callgrind_domain));
	callgrind_check("IPIs", irq_domain_create(&ipi_info, &callgrind_ipis));
	irqkit_cpumask_single(&callgrind_mask, 1);
	cpumask_set_cpu(CALLGRIND_GOES, &callgrind_mask);
	irqkit_cpumask_single(&callgrind_other, 3);
}

static void callgrind_make(const struct irq_chip *chip)
{
	callgrind_irq = callgrind_check(
		"interrupts",
		irq_domain_alloc_irqs(callgrind_domain, CALLGRIND_IRQS,
				      NUMA_NO_NODE, chip));
	for (unsigned int i = 0; i < CALLGRIND_IRQS; i++)
		callgrind_check("flags", irq_set_status_flags(callgrind_irq + i,
							      IRQ_MOVE_PCNTXT));
}

static void callgrind_request(unsigned int irq)
{
	callgrind_check("request",
			request_irq(irq, callgrind_handler, 0, "x", NULL));
}

/* The paths. */

static void callgrind_nothing(void)
{
}

static void callgrind_make_plain(void)
{
	callgrind_make(&callgrind_plain_chip);
}

static void callgrind_run_request(void)
{
	callgrind_request(callgrind_irq);
	free_irq(callgrind_irq, NULL);
}

static void callgrind_make_one(void)
{
	callgrind_make(&callgrind_chip);
	callgrind_request(callgrind_irq);
}

static void callgrind_enter_irqs_off(void)
{
	callgrind_irqs_off = true;
}

static void callgrind_run_dispatch(void)
{
	irqkit_dispatch_enter(0);
	generic_handle_irq_desc(irq_to_desc(callgrind_irq));
	irqkit_dispatch_exit(0);
}

static void callgrind_leave_irqs_off(void)
{
	callgrind_irqs_off = false;
}

static void callgrind_run_affinity(void)
{
	static bool turn;

	turn = !turn;
	callgrind_check("affinity", irq_set_affinity(callgrind_irq,
						     turn ? &callgrind_other
							  : &callgrind_mask));
}

static void callgrind_run_reserve(void)
{
	unsigned int irq = callgrind_check(
		"reserve", irq_reserve_ipi(callgrind_ipis, cpu_online_mask));

	callgrind_check("destroy", irq_destroy_ipi(irq, cpu_online_mask));
}

/* The first ones at the CPU that goes, the others elsewhere. */
static void callgrind_aim(void)
{
	for (unsigned int i = 0; i < CALLGRIND_IRQS; i++)
		callgrind_check("aim",
				irq_set_affinity(callgrind_irq + i,
						 i < callgrind_affected
							 ? &callgrind_mask
							 : &callgrind_other));
}

static void callgrind_make_all(void)
{
	callgrind_make(&callgrind_chip);
	for (unsigned int i = 0; i < CALLGRIND_IRQS; i++)
		callgrind_request(callgrind_irq + i);
}

static void callgrind_make_ten(void)
{
	callgrind_affected = 10;
	callgrind_make_all();
}

static void callgrind_make_each(void)
{
	callgrind_affected = CALLGRIND_IRQS;
	callgrind_make_all();
}

static void callgrind_run_offline(void)
{
	callgrind_check("offline", irqkit_cpu_offline(CALLGRIND_GOES, NULL));
}

static void callgrind_finish_offline(void)
{
	callgrind_stop_cpu(CALLGRIND_GOES);
	callgrind_start_cpu(CALLGRIND_GOES);
}

/* @enter and @leave are around each round, and not counted. */
struct callgrind_path {
	const char *name;
	unsigned int rounds;
	void (*make)(void);
	void (*enter)(void);
	void (*run)(void);
	void (*leave)(void);
};

static const struct callgrind_path callgrind_paths[] = {
	{"nothing", 1000, callgrind_nothing, callgrind_nothing,
	 callgrind_nothing, callgrind_nothing},
	{"request+free", 1000, callgrind_make_plain, callgrind_nothing,
	 callgrind_run_request, callgrind_nothing},
	{"dispatch", 1000, callgrind_make_one, callgrind_enter_irqs_off,
	 callgrind_run_dispatch, callgrind_leave_irqs_off},
	{"set_affinity", 1000, callgrind_make_one, callgrind_nothing,
	 callgrind_run_affinity, callgrind_nothing},
	{"reserve+destroy", 1000, callgrind_nothing, callgrind_nothing,
	 callgrind_run_reserve, callgrind_nothing},
	{"offline/10-of-10000", 4, callgrind_make_ten, callgrind_aim,
	 callgrind_run_offline, callgrind_finish_offline},
	{"offline/10000-of-10000", 4, callgrind_make_each, callgrind_aim,
	 callgrind_run_offline, callgrind_finish_offline},
};
#define CALLGRIND_PATHS (sizeof(callgrind_paths) / sizeof(callgrind_paths[0]))

/* The name is scripts/callgrind's too. */
static __attribute__((noinline)) void callgrind_counted(void (*run)(void))
{
	run();
	/* Not a jump: the path has to return to here. */
	__asm__ volatile("" ::: "memory");
}

static void callgrind_run(const struct callgrind_path *path)
{
	callgrind_start();
	path->make();
	for (unsigned int i = 0; i < path->rounds; i++) {
		path->enter();
		callgrind_counted(path->run);
		path->leave();
	}
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < CALLGRIND_PATHS; i++) {
		const struct callgrind_path *path = &callgrind_paths[i];

		if (argc < 2) {
			printf("%s %u\n", path->name, path->rounds);
		} else if (strcmp(path->name, argv[1]) == 0) {
			callgrind_run(path);
			return 0;
		}
	}
	if (argc >= 2)
		fprintf(stderr, "callgrind: no path %s\n", argv[1]);
	return argc < 2 ? 0 : 2;
}
