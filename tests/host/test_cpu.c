/* SPDX-License-Identifier: MIT */
/* The life of a CPU, and what is refused before it and out of its order. */
#include "host.h"
#include <string.h>
#include "suites/suite.h"

#define CPU_COUNT 6U

static void cpu_before_init(void)
{
	struct cpumask one;

	tap_subject("before irqkit_init() all is refused");
	irqkit_cpumask_single(&one, 0);
	tap_equal(irq_alloc_descs(-1, 1, 1, 0), -EINVAL, "irq_alloc_descs()");
	tap_equal(irq_free_descs(1, 1), -EINVAL, "irq_free_descs()");
	tap_expect(irq_to_desc(1) == NULL, "irq_to_desc()");
	tap_equal(irq_reserve_ipi(NULL, &one), -EINVAL, "irq_reserve_ipi()");
	tap_equal(ipi_send_single(1, 0), -EINVAL, "ipi_send_single()");
	tap_equal(ipi_send_mask(1, &one), -EINVAL, "ipi_send_mask()");
	tap_expect(!cpu_possible(0) && !cpu_present(0) && !cpu_online(0) &&
			   !cpu_active(0) && !irqkit_cpu_is_foreign(0),
		   "no CPU is anything");
	tap_equal(irqkit_cpu_prepare(1), -EINVAL, "irqkit_cpu_prepare()");
	tap_equal(irqkit_cpu_online(0), -EINVAL, "irqkit_cpu_online()");
	tap_equal(irqkit_cpu_offline(0, NULL), -EINVAL, "irqkit_cpu_offline()");
	tap_equal(irqkit_cpu_dying(0, NULL), -EINVAL, "irqkit_cpu_dying()");
	tap_equal(irqkit_cpu_dead(0), -EINVAL, "irqkit_cpu_dead()");
	tap_equal(irqkit_set_cpu_present(0, true), -EINVAL, "set present");
	tap_equal(irqkit_set_cpu_foreign(0, true), -EINVAL, "set foreign");
	tap_equal(irqkit_unhandled(0), 0, "irqkit_unhandled()");
	tap_equal((long long)kstat_irqs(1), 0, "kstat_irqs()");
	tap_close();
}

static int cpu_early_alloc(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr, const void *arg)
{
	(void)domain;
	(void)irq;
	(void)nr;
	(void)arg;
	return 0;
}

static void cpu_early_free(struct irq_domain *domain, unsigned int irq,
			   unsigned int nr)
{
	(void)domain;
	(void)irq;
	(void)nr;
}

/* There are no counts yet that a descriptor could have. */
static void cpu_early_domain(void)
{
	static const struct irq_domain_ops ops = {
		.alloc = cpu_early_alloc,
		.free = cpu_early_free,
	};
	const struct irq_domain_info info = {.name = "early", .ops = &ops};
	struct irq_domain *domain = NULL;

	tap_subject("before irqkit_init() a domain allocates nothing");
	tap_equal(irq_domain_create(&info, &domain), 0, "irq_domain_create()");
	tap_equal(irq_domain_alloc_irqs(domain, 1, 0, NULL), -EINVAL,
		  "irq_domain_alloc_irqs()");
	tap_equal(irq_domain_remove(domain), 0, "irq_domain_remove()");
	tap_close();
}

static void cpu_init_errors(void)
{
	unsigned long state;
	unsigned int before;

	tap_subject("irqkit_init(): what is wrong is refused");
	tap_equal(irqkit_init(0), -EINVAL, "no CPU");
	tap_equal(irqkit_init(IRQKIT_NR_CPUS + 1), -EINVAL, "one too many");
	tap_equal(irqkit_init(~0U), -EINVAL, "~0U");
	tap_equal(irqkit_init_with_abi(1, NULL), -EINVAL, "no ABI");
	tap_equal(irqkit_init(2), -EINVAL, "interrupts on");
	state = irqkit_port_irq_save();
	host_fail_alloc(1);
	tap_equal(irqkit_init(2), -ENOMEM, "no memory");
	host_fail_alloc(2);
	tap_equal(irqkit_init(2), -ENOMEM, "no memory for the second");
	host_fail_alloc(0);
	before = host_become(1);
	tap_equal(irqkit_init(2), -EINVAL, "on CPU 1");
	host_become(before);
	irqkit_port_irq_restore(state);
	tap_equal(nr_cpu_ids, 0, "nr_cpu_ids afterwards");
	tap_close();
}

static bool cpu_is(unsigned int cpu, const char *what)
{
	return cpu_possible(cpu) == (strchr(what, 'p') != NULL) &&
	       cpu_present(cpu) == (strchr(what, 'P') != NULL) &&
	       cpu_online(cpu) == (strchr(what, 'o') != NULL) &&
	       cpu_active(cpu) == (strchr(what, 'a') != NULL) &&
	       irqkit_cpu_is_foreign(cpu) == (strchr(what, 'f') != NULL);
}

static void cpu_init(void)
{
	unsigned long state = irqkit_port_irq_save();

	tap_subject("irqkit_init(): what the CPUs are");
	tap_equal(irqkit_init(CPU_COUNT), 0, "result");
	tap_equal(irqkit_init(CPU_COUNT), -EBUSY, "a second time");
	tap_equal(irqkit_init(0), -EINVAL, "and with none");
	tap_equal(nr_cpu_ids, CPU_COUNT, "nr_cpu_ids");
	tap_expect(cpu_is(0, "pPoa"), "CPU 0 is online and active");
	for (unsigned int cpu = 1; cpu < CPU_COUNT; cpu++)
		tap_expect(cpu_is(cpu, "pP"), "CPU %u is present", cpu);
	tap_expect(cpu_is(CPU_COUNT, "") && cpu_is(~0U, ""),
		   "no CPU is beyond");
	tap_equal(cpumask_weight(cpu_possible_mask), CPU_COUNT,
		  "CPUs that are possible");
	tap_close();
	irqkit_port_irq_restore(state);
}

/* Notifiers write down which of them was called, in order. */
static char cpu_story[128];
static int cpu_prepare_error;
static int cpu_starting_error;

static void cpu_tell(const char *who, unsigned int cpu)
{
	char text[16];

	irqkit_snprintf(text, sizeof(text), "%s%u ", who, cpu);
	strncat(cpu_story, text, sizeof(cpu_story) - strlen(cpu_story) - 1);
}

static int cpu_a_prepare(unsigned int cpu)
{
	cpu_tell("ap", cpu);
	return 0;
}

static int cpu_a_starting(unsigned int cpu)
{
	cpu_tell(irqkit_port_irqs_disabled() && irqkit_port_cpu() == cpu &&
				 !cpu_online(cpu)
			 ? "as"
			 : "wrong",
		 cpu);
	return 0;
}

static void cpu_a_online(unsigned int cpu)
{
	cpu_tell(cpu_online(cpu) && cpu_active(cpu) ? "ao" : "wrong", cpu);
}

/* The steps down see the masks of their moment. */
static int cpu_offline_error;

static int cpu_a_offline(unsigned int cpu)
{
	cpu_tell(cpu_online(cpu) && !cpu_active(cpu) ? "af" : "wrong", cpu);
	return cpu_offline_error;
}

static void cpu_a_dying(unsigned int cpu)
{
	cpu_tell(!cpu_online(cpu) && !cpu_active(cpu) &&
				 irqkit_port_irqs_disabled() &&
				 irqkit_port_cpu() == cpu
			 ? "ad"
			 : "wrong",
		 cpu);
}

static void cpu_a_dead(unsigned int cpu)
{
	cpu_tell(!cpu_online(cpu) ? "ax" : "wrong", cpu);
}

static int cpu_b_offline(unsigned int cpu)
{
	cpu_tell("bf", cpu);
	return 0;
}

static void cpu_b_online(unsigned int cpu)
{
	cpu_tell("bo", cpu);
}

static void cpu_b_dying(unsigned int cpu)
{
	cpu_tell("bd", cpu);
}

static void cpu_b_dead(unsigned int cpu)
{
	cpu_tell("bx", cpu);
}

static int cpu_b_prepare(unsigned int cpu)
{
	cpu_tell("bp", cpu);
	return cpu_prepare_error;
}

static int cpu_b_starting(unsigned int cpu)
{
	cpu_tell("bs", cpu);
	return cpu_starting_error;
}

static struct irqkit_cpu_notifier cpu_a = {
	.name = "a",
	.prepare = cpu_a_prepare,
	.starting = cpu_a_starting,
	.online = cpu_a_online,
	.offline = cpu_a_offline,
	.dying = cpu_a_dying,
	.dead = cpu_a_dead,
};
static struct irqkit_cpu_notifier cpu_b = {
	.name = "b",
	.prepare = cpu_b_prepare,
	.starting = cpu_b_starting,
	.online = cpu_b_online,
	.offline = cpu_b_offline,
	.dying = cpu_b_dying,
	.dead = cpu_b_dead,
};
static struct irqkit_cpu_notifier cpu_empty = {.name = "empty"};

static void cpu_expect_story(const char *expected)
{
	tap_expect(strcmp(cpu_story, expected) == 0, "'%s', expected '%s'",
		   cpu_story, expected);
	cpu_story[0] = '\0';
}

static void cpu_register(void)
{
	tap_subject("notifiers are registered once");
	tap_equal(irqkit_register_cpu_notifier(NULL), -EINVAL, "NULL");
	tap_equal(irqkit_register_cpu_notifier(&cpu_empty), 0, "one");
	tap_equal(irqkit_register_cpu_notifier(&cpu_a), 0, "another");
	tap_equal(irqkit_register_cpu_notifier(&cpu_b), 0, "a third");
	tap_equal(irqkit_register_cpu_notifier(&cpu_empty), -EEXIST, "first");
	tap_equal(irqkit_register_cpu_notifier(&cpu_b), -EEXIST, "last");
	cpu_expect_story("");
	tap_close();
}

static void cpu_life(void)
{
	tap_subject("a CPU comes up, step by step, and each is told");
	tap_equal(host_start_cpu(1), 0, "start of CPU 1");
	cpu_expect_story("ap1 bp1 as1 bs1 ao1 bo1 ");
	tap_expect(cpu_is(1, "pPoa"), "CPU 1 is online and active");
	tap_expect(cpu_is(2, "pP"), "CPU 2 is not");
	tap_equal(irqkit_cpu_prepare(2), 0, "prepare");
	tap_equal(irqkit_cpu_prepare(2), 0, "prepare again");
	tap_expect(cpu_is(2, "pP"), "CPU 2 is only prepared");
	cpu_expect_story("ap2 bp2 ap2 bp2 ");
	tap_close();
}

/* As the CPU itself, interrupts off. */
static int cpu_try_starting(unsigned int as, unsigned int cpu)
{
	unsigned int before = host_become(as);
	unsigned long state = irqkit_port_irq_save();
	int error = irqkit_cpu_starting(cpu);

	irqkit_port_irq_restore(state);
	host_become(before);
	return error;
}

static int cpu_try_starting_on(unsigned int cpu)
{
	unsigned int before = host_become(cpu);
	int error;

	tap_expect(!irqkit_port_irqs_disabled(), "its interrupts are on");
	error = irqkit_cpu_starting(cpu);
	host_become(before);
	return error;
}

static void cpu_step_errors(void)
{
	tap_subject("steps out of order are refused");
	tap_equal(irqkit_cpu_prepare(0), -EBUSY, "prepare of CPU 0");
	tap_equal(irqkit_cpu_prepare(1), -EBUSY, "prepare of an online CPU");
	tap_equal(irqkit_cpu_prepare(CPU_COUNT), -EINVAL, "prepare of none");
	tap_equal(irqkit_cpu_prepare(~0U), -EINVAL, "prepare of ~0U");
	tap_equal(cpu_try_starting(0, 2), -EINVAL, "starting of another CPU");
	tap_equal(cpu_try_starting(3, 3), -EINVAL, "starting unprepared");
	tap_equal(cpu_try_starting(1, 1), -EBUSY, "starting twice");
	tap_equal(cpu_try_starting(0, CPU_COUNT), -EINVAL, "starting of none");
	tap_equal(cpu_try_starting_on(2), -EINVAL, "starting, interrupts on");
	tap_equal(irqkit_cpu_online(2), -ENXIO, "online of an offline CPU");
	tap_equal(irqkit_cpu_online(CPU_COUNT), -EINVAL, "online of none");
	tap_equal(irqkit_cpu_online(~0U), -EINVAL, "online of ~0U");
	tap_expect(cpu_is(2, "pP") && cpu_is(3, "pP"), "nothing changed");
	cpu_expect_story("");
	tap_close();
}

static void cpu_notifier_errors(void)
{
	tap_subject("a notifier's error keeps the CPU offline");
	cpu_prepare_error = -ENOMEM;
	tap_equal(irqkit_cpu_prepare(3), -ENOMEM, "prepare");
	tap_equal(cpu_try_starting(3, 3), -EINVAL, "starting all the same");
	cpu_prepare_error = 0;
	cpu_starting_error = -ETIMEDOUT;
	tap_equal(irqkit_cpu_prepare(3), 0, "prepare again");
	tap_equal(cpu_try_starting(3, 3), -ETIMEDOUT, "starting");
	tap_expect(cpu_is(3, "pP"), "CPU 3 is offline");
	cpu_expect_story("ap3 bp3 ap3 bp3 as3 bs3 ad3 ");
	cpu_starting_error = 0;
	cpu_story[0] = '\0';
	tap_equal(host_start_cpu(3), 0, "and in the end it starts");
	cpu_expect_story("ap3 bp3 as3 bs3 ao3 bo3 ");
	tap_close();
}

/* As the CPU itself, interrupts off or on. */
static int cpu_try_dying(unsigned int as, unsigned int cpu, bool irqs_off)
{
	unsigned int before = host_become(as);
	unsigned long state = irqkit_port_irq_save();
	int error;

	if (!irqs_off)
		irqkit_port_irq_restore(state);
	error = irqkit_cpu_dying(cpu, NULL);
	if (irqs_off)
		irqkit_port_irq_restore(state);
	host_become(before);
	return error;
}

static void cpu_down(void)
{
	cpu_story[0] = '\0';
	tap_subject("a CPU goes, step by step, and each is told in reverse");
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "offline");
	tap_expect(cpu_is(3, "pPo"), "CPU 3 is online only");
	cpu_expect_story("bf3 af3 ");
	tap_equal(irqkit_cpu_online(3), 0, "and back");
	tap_expect(cpu_is(3, "pPoa"), "CPU 3 is active");
	cpu_expect_story("ao3 bo3 ");
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "offline");
	tap_equal(cpu_try_dying(3, 3, true), 0, "dying");
	tap_expect(cpu_is(3, "pP"), "CPU 3 is offline");
	tap_equal(irqkit_cpu_dead(3), 0, "dead");
	cpu_expect_story("bf3 af3 bd3 ad3 bx3 ax3 ");
	tap_equal(cpu_try_starting(3, 3), -EINVAL, "starting unprepared");
	tap_equal(irqkit_cpu_prepare(3), 0, "prepare");
	tap_equal(cpu_try_starting(3, 3), 0, "starting");
	tap_expect(cpu_is(3, "pPo"), "CPU 3 is online only");
	tap_equal(irqkit_cpu_online(3), 0, "online");
	cpu_expect_story("ap3 bp3 as3 bs3 ao3 bo3 ");
	tap_close();
}

static void cpu_down_errors(void)
{
	cpu_story[0] = '\0';
	tap_subject("steps down out of order are refused");
	tap_equal(irqkit_cpu_offline(CPU_COUNT, NULL), -EINVAL, "none");
	tap_equal(irqkit_cpu_offline(~0U, NULL), -EINVAL, "~0U");
	tap_equal(irqkit_cpu_offline(2, NULL), -ENXIO, "one that is offline");
	tap_equal(cpu_try_dying(3, 3, true), -EBUSY, "dying while active");
	tap_equal(cpu_try_dying(2, 2, true), -ENXIO, "dying while offline");
	tap_equal(irqkit_cpu_dead(3), -EBUSY, "dead while active");
	tap_equal(irqkit_cpu_dead(CPU_COUNT), -EINVAL, "dead: none");
	cpu_expect_story("");
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "offline");
	cpu_expect_story("bf3 af3 ");
	tap_equal(irqkit_cpu_offline(3, NULL), -ENXIO, "offline again");
	tap_equal(cpu_try_dying(1, 3, true), -EINVAL, "dying as another");
	tap_equal(cpu_try_dying(3, 3, false), -EINVAL, "interrupts on");
	irqkit_dispatch_begin(3);
	tap_equal(cpu_try_dying(3, 3, true), -EDEADLK, "in a handler");
	irqkit_dispatch_end(3);
	tap_equal(irqkit_cpu_dead(3), -EBUSY, "dead while online");
	tap_expect(cpu_is(3, "pPo"), "CPU 3 is as it was");
	cpu_expect_story("");
	tap_equal(irqkit_cpu_online(3), 0, "online");
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "offline of CPU 1");
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "offline of CPU 3");
	tap_equal(irqkit_cpu_offline(0, NULL), -EBUSY, "of the last one");
	tap_expect(cpu_is(0, "pPoa"), "CPU 0 is as it was");
	tap_equal(irqkit_cpu_online(1), 0, "online");
	tap_equal(irqkit_cpu_online(3), 0, "online");
	tap_close();
}

static void cpu_offline_refused(void)
{
	cpu_story[0] = '\0';
	tap_subject("a notifier that refuses keeps the CPU, and all are told");
	cpu_offline_error = -EBUSY;
	tap_equal(irqkit_cpu_offline(3, NULL), -EBUSY, "offline");
	tap_expect(cpu_is(3, "pPoa"), "CPU 3 is active");
	cpu_expect_story("bf3 af3 bo3 ");
	cpu_offline_error = 0;
	tap_close();
}

/* irq_migrate_all_off_this_cpu() is for a CPU that has left. */
static int cpu_try_migrate(unsigned int cpu, bool irqs_off)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();
	int error;

	if (!irqs_off)
		irqkit_port_irq_restore(state);
	error = irq_migrate_all_off_this_cpu(NULL);
	if (irqs_off)
		irqkit_port_irq_restore(state);
	host_become(before);
	return error;
}

static void cpu_migrate_errors(void)
{
	tap_subject("irq_migrate_all_off_this_cpu(): what is refused");
	tap_equal(cpu_try_migrate(3, true), -EBUSY, "on an active CPU");
	tap_equal(irqkit_cpu_offline(3, NULL), 0, "offline");
	tap_equal(cpu_try_migrate(3, false), -EINVAL, "interrupts on");
	tap_equal(cpu_try_migrate(3, true), 0, "and else");
	tap_equal(irqkit_cpu_online(3), 0, "online");
	tap_close();
}

static void cpu_presence(void)
{
	tap_subject("a CPU that is not present cannot be started");
	tap_equal(irqkit_set_cpu_present(4, false), 0, "take it away");
	tap_expect(cpu_is(4, "p"), "CPU 4 is possible only");
	tap_equal(irqkit_cpu_prepare(4), -ENODEV, "prepare");
	tap_equal(irqkit_set_cpu_present(1, false), -EBUSY, "an online CPU");
	tap_equal(irqkit_set_cpu_present(CPU_COUNT, true), -EINVAL, "none");
	tap_equal(irqkit_set_cpu_present(4, true), 0, "plug it in");
	tap_expect(cpu_is(4, "pP"), "CPU 4 is present");
	tap_equal(irqkit_cpu_prepare(4), 0, "prepare");
	tap_equal(irqkit_set_cpu_present(4, false), 0, "take it away again");
	tap_expect(cpu_try_starting(4, 4) != 0,
		   "one that was prepared and went does not start");
	tap_close();
}

static void cpu_foreign(void)
{
	cpu_story[0] = '\0';
	tap_subject("a foreign CPU is never started");
	tap_equal(irqkit_set_cpu_foreign(1, true), -EBUSY, "an online CPU");
	tap_equal(irqkit_set_cpu_foreign(CPU_COUNT, true), -EINVAL, "none");
	cpu_prepare_error = -ENODEV;
	tap_equal(irqkit_set_cpu_foreign(5, true), -ENODEV,
		  "one the controller does not know");
	tap_expect(cpu_is(5, "pP"), "it is not foreign");
	cpu_prepare_error = 0;
	cpu_story[0] = '\0';
	tap_equal(irqkit_set_cpu_foreign(5, true), 0, "CPU 5");
	cpu_expect_story("ap5 bp5 ");
	tap_expect(cpu_is(5, "pPf"), "CPU 5 is foreign");
	tap_equal(irqkit_cpu_prepare(5), -EINVAL, "prepare");
	tap_equal(cpu_try_starting(5, 5), -EINVAL, "starting");
	tap_equal(irqkit_cpu_online(5), -ENXIO, "online");
	tap_equal(irqkit_set_cpu_foreign(5, false), 0, "it is ours again");
	tap_expect(cpu_is(5, "pP"), "CPU 5 is offline");
	cpu_story[0] = '\0';
	tap_equal(host_start_cpu(5), 0, "start");
	tap_expect(cpu_is(5, "pPoa"), "CPU 5 is online");
	tap_close();
}

int main(void)
{
	host_begin();
	cpu_before_init();
	cpu_early_domain();
	cpu_init_errors();
	cpu_init();
	cpu_register();
	cpu_life();
	cpu_step_errors();
	cpu_notifier_errors();
	cpu_down();
	cpu_down_errors();
	cpu_offline_refused();
	cpu_migrate_errors();
	cpu_presence();
	cpu_foreign();
	return host_end();
}
