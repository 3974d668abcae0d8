/* SPDX-License-Identifier: MIT */
/* Conformance: what the operations of a domain give out and take back. */
#include <irqkit/irqdomain.h>
#include "conformance_line.h"

/* Enough to use up what is not given back. */
#define DOMAIN_ROUNDS 2000U

/* A domain that has more at a time is not emptied. */
#define DOMAIN_MOST 1024U

/* Not in a chain of its own: the first may be for descriptors. */
#define DOMAIN_WARM_UP 8U

static void domain_dispose(int irq)
{
	if (irq > 0)
		tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0,
			  "free irq %d", irq);
}

/* The irq of a line, or 0, and the subject fails. */
static unsigned int domain_get(unsigned int number)
{
	int irq = conformance_allocate(number, NULL);

	return tap_expect(irq > 0, "allocate line %u: %d", number, irq)
		       ? (unsigned int)irq
		       : 0;
}

static void domain_check_operations(unsigned int irq)
{
	const struct irq_chip *chip = irq_get_irq_data(irq)->chip;

	if (conformance_has(CONFORMANCE_MASKS))
		tap_expect(chip->irq_mask != NULL && chip->irq_unmask != NULL,
			   "'%s' has irq_mask and irq_unmask", chip->name);
	tap_equal(irq_can_set_affinity(irq), conformance_has(CONFORMANCE_MOVES),
		  "irq_can_set_affinity()");
	tap_equal(irqd_is_per_cpu(irq_get_irq_data(irq)),
		  conformance_has(CONFORMANCE_PER_CPU), "IRQ_PER_CPU");
}

static void domain_test_parts(void)
{
	unsigned int irq = domain_get(0);
	const struct irq_data *data = irq_get_irq_data(irq);

	if (data == NULL)
		return;
	tap_expect(data->domain == conformance_chip->domain,
		   "the level nearest to the device is that of the domain");
	tap_expect(irq_to_desc(irq)->handle_irq != handle_bad_irq,
		   "it has a flow handler");
	if (tap_expect(data->chip != &no_irq_chip && data->chip->name != NULL,
		       "it has a chip with a name"))
		domain_check_operations(irq);
	domain_dispose((int)irq);
}

/* Numbers beyond the size of a domain are not looked up. */
static bool domain_is_in_map(const struct irq_data *data)
{
	return data->domain != NULL && data->hwirq < data->domain->size;
}

static void domain_expect_found(unsigned int irq, unsigned int number)
{
	const struct irq_data *data = irq_get_irq_data(irq);

	if (conformance_chip->domain->ops->alloc == NULL &&
	    conformance_chip->hwirq == NULL)
		tap_equal((long long)data->hwirq, number, "hwirq of line %u",
			  number);
	for (; data != NULL; data = data->parent_data) {
		if (domain_is_in_map(data))
			tap_equal(irq_find_mapping(data->domain, data->hwirq),
				  irq, "hwirq %lu in the domain '%s'",
				  (unsigned long)data->hwirq,
				  data->domain->name);
	}
}

static void domain_test_numbers(void)
{
	unsigned int nr = conformance_chip->lines < 4 ? conformance_chip->lines
						      : 4;
	unsigned int irqs[4];

	for (unsigned int i = 0; i < nr; i++)
		irqs[i] = domain_get(i);
	for (unsigned int i = 0; i < nr; i++) {
		if (irqs[i] != 0)
			domain_expect_found(irqs[i], i);
	}
	for (unsigned int i = 0; i < nr; i++)
		domain_dispose((int)irqs[i]);
}

static void domain_test_gone(void)
{
	struct irq_domain *domain = conformance_chip->domain;
	unsigned int mapped = domain->mapped;
	unsigned int irqs = suite_count_irqs();
	unsigned long memory = 0;

	for (unsigned int i = 0; i < 2 * DOMAIN_WARM_UP; i++) {
		unsigned int irq = domain_get(0);
		irq_hw_number_t hwirq;

		if (irq == 0)
			return;
		hwirq = irq_get_irq_data(irq)->hwirq;
		domain_dispose((int)irq);
		tap_equal(irq_find_mapping(domain, hwirq), 0,
			  "mapping of hwirq %lu", (unsigned long)hwirq);
		if (i == DOMAIN_WARM_UP)
			memory = suite_memory();
	}
	tap_equal(domain->mapped, mapped, "interrupts in the domain");
	tap_equal(suite_count_irqs(), irqs, "interrupts in all");
	tap_equal((long long)suite_memory(), (long long)memory, "memory");
}

static void domain_test_again(void)
{
	for (unsigned int i = 0; i < DOMAIN_ROUNDS && tap_is_good(); i++)
		domain_dispose((int)domain_get(0));
}

static int domain_irqs[DOMAIN_MOST];

/* One by one, until there are no more. Returns how many. */
static unsigned int domain_take_all(void)
{
	unsigned int nr = 0;

	while (nr < DOMAIN_MOST) {
		domain_irqs[nr] = conformance_allocate(0, NULL);
		if (domain_irqs[nr] <= 0)
			break;
		nr++;
	}
	return nr;
}

static void domain_give_all(unsigned int nr)
{
	while (nr-- > 0)
		domain_dispose(domain_irqs[nr]);
}

static void domain_expect_refused(unsigned int nr)
{
	const struct conformance_controller *chip = conformance_chip;
	const void *argument = chip->argument != NULL ? chip->argument(chip, 0)
						      : NULL;
	int irq = irq_domain_alloc_irqs(chip->domain, nr, NUMA_NO_NODE,
					argument);

	if (!tap_expect(irq < 0, "%u at once are allocated: %d", nr, irq) &&
	    irq > 0)
		irq_domain_free_irqs((unsigned int)irq, nr);
}

/* One more than there are. */
static void domain_fail_any(void)
{
	unsigned int nr = domain_take_all();

	domain_give_all(nr);
	if (nr == DOMAIN_MOST) {
		tap_skip("there are too many");
		return;
	}
	domain_expect_refused(nr + 1);
	tap_equal(domain_take_all(), nr, "lines that can be had afterwards");
	domain_give_all(nr);
}

/* Two, and the second one is taken. */
static void domain_fail_named(void)
{
	unsigned int second = domain_get(1);
	unsigned int first;

	domain_expect_refused(2);
	first = domain_get(0);
	domain_dispose((int)first);
	domain_dispose((int)second);
}

static void domain_test_failure(void)
{
	if (conformance_chip->argument == NULL)
		domain_fail_any();
	else
		domain_fail_named();
}

static void domain_test_once(void)
{
	unsigned int irq = domain_get(0);
	unsigned int other = domain_get(0);

	tap_equal(other, irq, "the interrupt of line 0, asked for twice");
	domain_dispose((int)irq);
	if (other != irq)
		domain_dispose((int)other);
}

static void domain_check_name(struct irq_fwspec *fwspec, unsigned int type)
{
	int irq = irq_create_fwspec_mapping(fwspec);
	unsigned int before;

	if (!tap_expect(irq > 0, "%s: irq_create_fwspec_mapping(): %d",
			conformance_type_name(type), irq))
		return;
	tap_equal(irqd_get_trigger_type(irq_get_irq_data((unsigned int)irq)),
		  type, "trigger of irq %d", irq);
	tap_equal(irq_create_fwspec_mapping(fwspec), irq, "the same once more");
	domain_dispose(irq);
	before = suite_count_irqs();
	fwspec->param_count = 0;
	irq = irq_create_fwspec_mapping(fwspec);
	tap_expect(irq < 0, "a name without a cell is refused: %d", irq);
	tap_equal(suite_count_irqs(), before, "interrupts afterwards");
}

static void domain_test_names(void)
{
	for (unsigned int i = 0; i < CONFORMANCE_TRIGGERS; i++) {
		unsigned int type = conformance_triggers[i];
		struct irq_fwspec fwspec = {.param_count = 0};

		if (conformance_has_type(type) &&
		    conformance_chip->firmware(conformance_chip, 0, type,
					       &fwspec))
			domain_check_name(&fwspec, type);
	}
}

const struct conformance_test conformance_domain_tests[] = {
	{"C01",
	 "An interrupt has a chip, a flow handler, and what is said of it",
	 domain_test_parts, CONFORMANCE_ANY_KIND, 0},
	{"C02", "Each number of an interrupt finds it, and no other",
	 domain_test_numbers, CONFORMANCE_ANY_KIND, 0},
	{"C03", "Of an interrupt that was freed nothing is left",
	 domain_test_gone, CONFORMANCE_ANY_KIND, 0},
	{"C04", "A line that was freed can be had again, however often",
	 domain_test_again, CONFORMANCE_ANY_KIND, 0},
	{"C05", "An allocation that fails has taken nothing",
	 domain_test_failure, CONFORMANCE_ALLOC | CONFORMANCE_TWO_LINES, 0},
	{"C06", "A number that is mapped twice has one interrupt",
	 domain_test_once, CONFORMANCE_MAP | CONFORMANCE_ANY_KIND, 0},
	{"C07", "Firmware's name gives the line with its trigger, or an error",
	 domain_test_names,
	 CONFORMANCE_NAMES | CONFORMANCE_TYPES | CONFORMANCE_ANY_KIND, 0},
	{NULL, NULL, NULL, 0, 0},
};
