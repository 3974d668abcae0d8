/* SPDX-License-Identifier: MIT */
/*
 * Counts, and the table of interrupts: a line for each, with all that it is
 * to say of it.
 */
#include <string.h>
#include "host.h"
#include "suites/tap.h"

static void count_nothing(struct irq_data *data)
{
	(void)data;
}

static const struct irq_chip count_chip = {
	.name = "counter",
	.irq_mask = count_nothing,
	.irq_unmask = count_nothing,
};

static const struct irq_chip count_long_chip = {
	.name = "a-controller-with-a-very-long-name",
	.irq_mask = count_nothing,
	.irq_unmask = count_nothing,
};

static irqreturn_t count_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

static unsigned int count_make(const struct irq_chip *chip,
			       irq_hw_number_t hwirq)
{
	int irq = irq_alloc_descs(-1, 1, 1, 0);

	tap_equal(irq_set_chip_and_handler((unsigned int)irq, hwirq, chip, NULL,
					   handle_simple_irq),
		  0, "set-up");
	return (unsigned int)irq;
}

static void count_arrive(unsigned int irq, unsigned int cpu, unsigned int times)
{
	unsigned int before = host_become(cpu);
	unsigned long state = irqkit_port_irq_save();

	for (unsigned int i = 0; i < times; i++) {
		irqkit_dispatch_enter(cpu);
		generic_handle_irq_desc(irq_to_desc(irq));
		irqkit_dispatch_exit(cpu);
	}
	irqkit_port_irq_restore(state);
	host_become(before);
}

static char count_table[8192];

static void count_print(void *context, const char *text)
{
	struct cpumask mask;

	/* With a descriptor lock held this would be found out. */
	for (unsigned int irq = irq_get_next_irq(1); irq < IRQKIT_NR_IRQS;
	     irq = irq_get_next_irq(irq + 1))
		irq_get_affinity(irq, &mask);
	tap_expect(context == count_table, "the context");
	strcat(count_table, text);
}

static void count_show(void)
{
	count_table[0] = '\0';
	tap_equal(irqkit_show_interrupts(count_print, count_table), 0,
		  "result");
}

static void count_has(const char *format, ...) IRQKIT_PRINTF(1, 2);
static void count_has(const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	irqkit_vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	tap_expect(strstr(count_table, line) != NULL, "'%s' is in:\n%s", line,
		   count_table);
}

static void count_counts(void)
{
	unsigned int irq, before = irqkit_unhandled(1);

	tap_subject("what each CPU took is counted");
	irq = count_make(&count_chip, 5);
	request_irq(irq, count_handler, 0, "c", NULL);
	count_arrive(irq, 0, 2);
	count_arrive(irq, 1, 3);
	tap_equal((long long)kstat_irqs_cpu(irq, 0), 2, "cpu 0");
	tap_equal((long long)kstat_irqs_cpu(irq, 1), 3, "cpu 1");
	tap_equal((long long)kstat_irqs_cpu(irq, 2), 0, "cpu 2");
	tap_equal((long long)kstat_irqs_cpu(irq, 3), 0, "beyond the last");
	tap_equal((long long)kstat_irqs_cpu(irq, ~0U), 0, "far beyond");
	tap_equal((long long)kstat_irqs(irq), 5, "all");
	tap_equal(irqkit_cpu_offline(1, NULL), 0, "offline");
	tap_equal((long long)kstat_irqs(irq), 5, "all, one of them away");
	irqkit_cpu_online(1);
	free_irq(irq, NULL);
	irq_set_handler(irq, NULL);
	count_arrive(irq, 1, 4);
	tap_equal(irqkit_unhandled(1) - before, 4, "unhandled on cpu 1");
	tap_equal(irqkit_unhandled(3), 0, "unhandled beyond the last");
	tap_equal(irqkit_unhandled(~0U), 0, "far beyond");
	irq_free_descs(irq, 1);
	tap_equal((long long)kstat_irqs(irq), 0, "freed");
	tap_equal((long long)kstat_irqs_cpu(irq, 0), 0, "freed, cpu 0");
	tap_equal((long long)kstat_irqs(0), 0, "irq 0");
	tap_equal((long long)kstat_irqs(IRQKIT_NR_IRQS), 0, "beyond all");
	irq = count_make(&count_chip, 5);
	tap_equal((long long)kstat_irqs(irq), 0, "a new one begins at 0");
	irq_free_descs(irq, 1);
	tap_close();
}

static void count_lines(void)
{
	unsigned int plain, edge, level;

	tap_subject("the table has a line for each interrupt");
	plain = count_make(&count_chip, 7);
	edge = count_make(&count_chip, 123456);
	level = count_make(&count_long_chip, 0);
	request_irq(edge, count_handler, IRQF_TRIGGER_FALLING, "net", NULL);
	request_irq(level, count_handler, IRQF_TRIGGER_HIGH, NULL, NULL);
	count_arrive(edge, 0, 10);
	count_arrive(edge, 1, 1);
	irq_to_desc(level)->unhandled = 12;
	count_show();
	tap_expect(strncmp(count_table, "          CPU0       CPU1  \n", 28) ==
			   0,
		   "the head of\n%s", count_table);
	count_has("%4u: %10u %10u  counter           7 -      -\n", plain, 0U,
		  0U);
	count_has("%4u: %10u %10u  counter        123456 Edge   net\n", edge,
		  10U, 1U);
	count_has("  a-controller-with-a-ver    0 Level  - (12 unhandled)\n");
	irq_to_desc(level)->unhandled = 0;
	free_irq(edge, NULL);
	free_irq(level, NULL);
	irq_set_irq_type(edge, IRQ_TYPE_EDGE_BOTH);
	irq_set_irq_type(level, IRQ_TYPE_LEVEL_LOW);
	irq_set_chained_handler_and_data(plain, handle_simple_irq, NULL);
	count_show();
	count_has("   7 -      chained\n");
	count_has(" Edge   -\n");
	count_has(" Level  -\n");
	irq_set_chained_handler_and_data(plain, NULL, NULL);
	irq_free_descs(plain, 1);
	irq_free_descs(edge, 1);
	irq_free_descs(level, 1);
	tap_equal(irqkit_show_interrupts(NULL, NULL), -EINVAL, "no printer");
	tap_close();
}

/* The names of handlers have room for 127 characters. */
static void count_long(void)
{
	static char name[129];
	unsigned int irq;

	tap_subject("a long name is cut, and no earlier than it must be");
	irq = count_make(&count_chip, 1);
	memset(name, 'x', sizeof(name) - 1);
	request_irq(irq, count_handler, 0, name, NULL);
	count_show();
	tap_expect(strstr(count_table, "xxx...\n") != NULL, "128 characters");
	name[127] = '\0';
	count_show();
	tap_expect(strstr(count_table, name) != NULL, "127 characters");
	free_irq(irq, NULL);
	irq_free_descs(irq, 1);
	tap_close();
}

/* So many of 20 characters that they do not fit. */
#define COUNT_MANY 9U

static void count_shared(void)
{
	static char cookies[COUNT_MANY];
	unsigned int irq;

	tap_subject("the handlers of a shared interrupt are all named");
	irq = count_make(&count_chip, 1);
	request_irq(irq, count_handler, IRQF_SHARED, "eth0", &cookies[0]);
	request_irq(irq, count_handler, IRQF_SHARED, NULL, &cookies[1]);
	request_irq(irq, count_handler, IRQF_SHARED, "usb", &cookies[2]);
	count_show();
	count_has(" -      eth0, -, usb\n");
	free_irq(irq, &cookies[0]);
	count_show();
	count_has(" -      -, usb\n");
	for (unsigned int i = 3; i < COUNT_MANY; i++)
		request_irq(irq, count_handler, IRQF_SHARED,
			    "twenty-characters-it", &cookies[i]);
	count_show();
	/* 127 characters. */
	count_has("  -, usb, twenty-characters-it, twenty-characters-it, "
		  "twenty-characters-it, twenty-characters-it, "
		  "twenty-characters-it, twenty...\n");
	for (unsigned int i = 1; i < COUNT_MANY; i++)
		free_irq(irq, &cookies[i]);
	irq_free_descs(irq, 1);
	tap_close();
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, 2);
	host_start(3, &offline);
	count_counts();
	count_lines();
	count_shared();
	count_long();
	return host_end();
}
