/* SPDX-License-Identifier: MIT */
/*
 * Interrupts and domains come and go while others look them up, go through all
 * of them, print them and let them arrive (HZ21, HZ27).
 */
#include "threads.h"
#include <irqkit/trace.h>

#define LOOKUP_MS  2000U
#define LOOKUP_FEW 8U

static const struct irq_domain_info *lookup_info;
static struct irq_domain *lookup_domain;
static unsigned long lookup_made, lookup_found;

static const struct irq_chip lookup_chip = {.name = "lookup"};

static int lookup_map(struct irq_domain *domain, unsigned int irq,
		      irq_hw_number_t hwirq)
{
	irq_domain_set_info(domain, irq, hwirq, &lookup_chip, NULL,
			    handle_simple_irq);
	return 0;
}

static const struct irq_domain_ops lookup_ops = {
	.map = lookup_map,
	.translate = irq_domain_translate_twocell,
};

/* A small one, and one whose map has several levels. */
static const struct irq_domain_info lookup_linear = {
	.name = "linear",
	.size = LOOKUP_FEW,
	.fwnode = &lookup_linear,
	.ops = &lookup_ops,
};
static const struct irq_domain_info lookup_radix = {
	.name = "radix",
	.flags = IRQ_DOMAIN_FLAG_RADIX,
	.size = 1UL << 20,
	.fwnode = &lookup_radix,
	.ops = &lookup_ops,
};

static irq_hw_number_t lookup_hwirq(void)
{
	unsigned int few = threads_random(LOOKUP_FEW);

	return lookup_info == &lookup_linear ? few : few * 131071U;
}

static irqreturn_t lookup_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	return IRQ_HANDLED;
}

/* Two CPUs make and dispose of the same few. */
static void lookup_make(void)
{
	while (!threads_over()) {
		const struct irq_fwspec fwspec = {
			.fwnode = lookup_info,
			.param_count = 2,
			.param = {(uint32_t)lookup_hwirq(),
				  IRQ_TYPE_EDGE_RISING},
		};
		int irq = irq_create_fwspec_mapping(&fwspec);

		/* The other one may just have disposed of it. */
		threads_expect(irq > 0 || irq == -EINVAL, "create");
		threads_poll();
		if (irq <= 0)
			continue;
		threads_add(&lookup_made, 1);
		if (request_irq((unsigned int)irq, lookup_handler, 0, "lookup",
				&lookup_made) == 0) {
			threads_poll();
			threads_expect(
				free_irq((unsigned int)irq, &lookup_made) == 0,
				"free_irq()");
		}
		irq_dispose_mapping((unsigned int)irq);
	}
}

/* What was found stays until the end of the dispatch. */
static void lookup_arrive(void)
{
	unsigned int cpu = irqkit_port_cpu();

	while (!threads_over()) {
		irq_hw_number_t hwirq = lookup_hwirq();
		unsigned long state = irqkit_port_irq_save();
		struct irq_desc *desc;

		irqkit_dispatch_enter(cpu);
		desc = irq_find_desc(lookup_domain, hwirq);
		if (desc != NULL) {
			unsigned int irq = desc->irq_data.irq;

			threads_add(&lookup_found, 1);
			generic_handle_irq_desc(desc);
			threads_expect(desc->irq_data.irq == irq &&
					       desc->irq_data.hwirq == hwirq,
				       "it became another");
		}
		irqkit_dispatch_exit(cpu);
		irqkit_port_irq_restore(state);
		threads_poll();
	}
}

static void lookup_print(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static void lookup_read_trace(void)
{
	for (unsigned int cpu = 0; cpu < THREADS_CPUS; cpu++) {
		struct irqkit_trace_entry entry;
		unsigned long position = 0;

		while (irqkit_trace_read(cpu, &position, &entry) == 1)
			;
	}
	irqkit_trace_print(lookup_print, NULL);
}

/* Every call that takes any number, for all that there are. */
static void lookup_all(void)
{
	struct cpumask mask;
	unsigned int irq;

	irqkit_show_interrupts(lookup_print, NULL);
	lookup_read_trace();
	for_each_active_irq (irq) {
		irqkit_explain(irq, lookup_print, NULL);
		kstat_irqs(irq);
		irq_get_affinity(irq, &mask);
		irq_get_effective_affinity(irq, &mask);
		irq_can_set_affinity(irq);
		irq_set_irq_wake(irq, false);
		synchronize_irq(irq);
	}
	irq_find_mapping(lookup_domain, lookup_hwirq());
	irq_find_matching_fwnode(lookup_info);
}

static unsigned int lookup_count(void)
{
	unsigned int count = 0;
	unsigned int irq;

	for_each_active_irq (irq)
		count++;
	return count;
}

static void lookup_run(const struct irq_domain_info *info)
{
	unsigned int before = lookup_count();
	unsigned int rounds = 0;
	unsigned int irq;

	threads_subject(info == &lookup_linear ? "mappings come and go, linear"
					       : "mappings come and go, radix",
			LOOKUP_MS);
	lookup_info = info;
	tap_equal(irq_domain_create(info, &lookup_domain), 0, "create");
	lookup_made = 0;
	lookup_found = 0;
	threads_give(1, lookup_make);
	threads_give(2, lookup_make);
	threads_give(3, lookup_arrive);
	for (; !threads_over(); rounds++) {
		lookup_all();
		threads_poll();
	}
	threads_join();
	for_each_active_irq (irq)
		irq_dispose_mapping(irq);
	tap_equal(lookup_count(), before, "interrupts");
	tap_equal(irq_domain_remove(lookup_domain), 0, "remove");
	tap_note("%lu made, %lu found, %u times all", lookup_made, lookup_found,
		 rounds);
	tap_expect(lookup_made > 10 && lookup_found > 10 && rounds > 2,
		   "made, found, rounds: %lu, %lu, %u", lookup_made,
		   lookup_found, rounds);
	threads_close();
}

/* Numbers alone, in ranges; and domains, by their fwnode. */
static void lookup_ranges(void)
{
	while (!threads_over()) {
		unsigned int nr = threads_random(20) + 1;
		int irq = irq_alloc_descs(-1, 1, nr, NUMA_NO_NODE);

		threads_expect(irq > 0, "irq_alloc_descs()");
		if (irq <= 0)
			return;
		irq_set_chip_and_handler((unsigned int)irq, 1, &lookup_chip,
					 NULL, handle_simple_irq);
		threads_add(&lookup_made, 1);
		threads_poll();
		threads_expect(irq_free_descs((unsigned int)irq, nr) == 0,
			       "irq_free_descs()");
	}
}

/* Of a domain that is told of them without a lock of theirs. */
static void lookup_lines(void)
{
	while (!threads_over()) {
		unsigned int irq = wire_alloc(threads_random(WIRE_LINES),
					      handle_edge_irq, NULL);

		threads_add(&lookup_made, 1);
		threads_poll();
		threads_expect(irq_domain_free_irqs(irq, 1) == 0,
			       "irq_domain_free_irqs()");
	}
}

static void lookup_domains(void)
{
	static char nodes[THREADS_CPUS];
	struct irq_domain_info info = {
		.name = "domain",
		.size = 16,
		.fwnode = &nodes[irqkit_port_cpu()],
		.ops = &lookup_ops,
	};

	while (!threads_over()) {
		struct irq_domain *domain;
		int irq;

		info.flags ^= IRQ_DOMAIN_FLAG_RADIX;
		threads_expect(irq_domain_create(&info, &domain) == 0,
			       "irq_domain_create()");
		irq = irq_create_mapping(domain, 3);
		threads_expect(irq_find_matching_fwnode(info.fwnode) == domain,
			       "the domain is found");
		threads_poll();
		threads_expect(irq_dispose_mapping((unsigned int)irq) == 0 &&
				       irq_domain_remove(domain) == 0,
			       "irq_domain_remove()");
	}
}

static void lookup_run_ranges(void)
{
	unsigned int before = lookup_count();
	unsigned int rounds = 0;

	threads_subject("numbers and domains come and go", LOOKUP_MS);
	lookup_made = 0;
	threads_give(1, lookup_ranges);
	threads_give(2, lookup_lines);
	threads_give(3, lookup_domains);
	for (; !threads_over(); rounds++) {
		struct irq_domain *domain;
		unsigned int irq;

		for_each_active_irq (irq)
			irqkit_explain(irq, lookup_print, NULL);
		domain = irq_find_matching_fwnode(&lookup_linear);
		threads_expect(domain == NULL, "a domain that was removed");
		threads_poll();
	}
	threads_join();
	tap_equal(lookup_count(), before, "interrupts");
	tap_note("%lu ranges, %u times all", lookup_made, rounds);
	tap_expect(lookup_made > 10 && rounds > 2, "ranges, rounds: %lu, %u",
		   lookup_made, rounds);
	threads_close();
}

int main(void)
{
	threads_begin();
	lookup_run(&lookup_linear);
	lookup_run(&lookup_radix);
	lookup_run_ranges();
	return threads_end();
}
