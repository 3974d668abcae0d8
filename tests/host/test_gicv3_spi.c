/* SPDX-License-Identifier: MIT */
/*
 * SPIs as interrupts of devices, and CPUs that go and come, on the unchanged
 * GICv3 backend over a simulated controller: HZ1, HZ2, HZ5, HZ25, HZ32, HZ34,
 * HZ58. HZ33 and HZ35 cannot occur: the core aims what is about to start only,
 * and an SPI that is active is not forwarded to a second CPU.
 */
#include "sim_gicv3.h"
#include "suites/suite.h"
#include "suites/tap.h"

#define SPI_TEST_CPUS	  4U
#define SPI_TEST_FREE	  100U /* the first one for anybody */
#define SPI_TEST_NR_FREE  16U
#define SPI_TEST_IPI	  40U
#define SPI_TEST_NR_IPIS  12U
#define SPI_TEST_NOBODY	  70U
#define SPI_TEST_DEVICE	  64U /* named by firmware; INTIDs */
#define SPI_TEST_DEVICE_2 65U

static const char spi_test_node;

static struct irqkit_gicv3_config spi_test_config = {
	.first_ipi_spi = SPI_TEST_IPI,
	.nr_ipi_spis = SPI_TEST_NR_IPIS,
	.first_free_spi = SPI_TEST_FREE,
	.nr_free_spis = SPI_TEST_NR_FREE,
	.fwnode = &spi_test_node,
};

/* A device: its interrupt, and what its handler saw. */
struct spi_device {
	unsigned int irq;
	unsigned int intid;
	unsigned int count;
	unsigned int cpu;
	bool inside;
	void (*hook)(struct spi_device *device);
};

static void spi_wait(unsigned int turns)
{
	while (turns-- > 0)
		host_yield();
}

static void spi_settle(void)
{
	spi_wait(200);
}

static irqreturn_t spi_handler(unsigned int irq, void *dev_id)
{
	struct spi_device *device = dev_id;
	void (*hook)(struct spi_device * device) = device->hook;

	tap_equal(irq, device->irq, "irq of the handler");
	tap_expect(!device->inside, "irq %u: not on two CPUs", irq);
	tap_expect(cpu_online(irqkit_port_cpu()), "cpu %u is online",
		   irqkit_port_cpu());
	device->inside = true;
	device->count++;
	device->cpu = irqkit_port_cpu();
	device->hook = NULL;
	if (hook != NULL)
		hook(device);
	sim_gic_set_line(device->intid, false);
	device->inside = false;
	return IRQ_HANDLED;
}

static const struct cpumask *spi_cpu(unsigned int cpu)
{
	static struct cpumask mask;

	irqkit_cpumask_single(&mask, cpu);
	return &mask;
}

static struct irq_fwspec spi_fwspec(uint32_t kind, uint32_t number,
				    uint32_t flags)
{
	return (struct irq_fwspec){
		.fwnode = &spi_test_node,
		.param_count = 3,
		.param = {kind, number, flags},
	};
}

static void spi_request(struct spi_device *device, int irq)
{
	*device = (struct spi_device){.irq = irq > 0 ? (unsigned int)irq : 0};
	if (!tap_expect(irq > 0, "allocate an SPI: %d", irq))
		return;
	device->intid = (unsigned int)irq_get_irq_data(device->irq)->hwirq;
	tap_equal(request_irq(device->irq, spi_handler, 0, "device", device), 0,
		  "request irq %d", irq);
}

static void spi_open(struct spi_device *device)
{
	spi_request(device, irq_domain_alloc_irqs(irqkit_gicv3_spi_domain(), 1,
						  NUMA_NO_NODE, NULL));
}

static void spi_open_named(struct spi_device *device, unsigned int intid,
			   unsigned int type)
{
	struct irq_fwspec fwspec = spi_fwspec(0, intid - GICV3_FIRST_SPI, type);

	spi_request(device, irq_create_fwspec_mapping(&fwspec));
	tap_equal(device->intid, intid, "its INTID");
}

static void spi_close(struct spi_device *device)
{
	tap_equal(free_irq(device->irq, device), 0, "free_irq()");
	tap_equal(irq_domain_free_irqs(device->irq, 1), 0, "free the irq");
}

static void spi_fire(const struct spi_device *device)
{
	tap_equal(
		irq_set_irqchip_state(device->irq, IRQCHIP_STATE_PENDING, true),
		0, "raise irq %u", device->irq);
}

static const struct sim_gic_intid *spi_at(const struct spi_device *device)
{
	return &sim_gic.spis[device->intid];
}

static bool spi_is_at(const struct spi_device *device, unsigned int cpu)
{
	struct cpumask effective;

	tap_equal(irq_get_effective_affinity(device->irq, &effective), 0,
		  "effective affinity");
	return cpumask_equal(&effective, spi_cpu(cpu)) &&
	       spi_at(device)->router == sim_gic_name(cpu);
}

/* ---- what is computed */

static void spi_test_banks(void)
{
	tap_subject("registers by hand (IHI 0069, 12.9)");
	tap_equal(gicv3_bit(32), 1, "bit of 32");
	tap_equal(gicv3_bit(63), 0x80000000LL, "bit of 63");
	tap_equal((long long)gicv3_bit_offset(GICV3_ISENABLER, 31), 0x100,
		  "GICD_ISENABLER0");
	tap_equal((long long)gicv3_bit_offset(GICV3_ISENABLER, 32), 0x104,
		  "GICD_ISENABLER1");
	tap_equal((long long)gicv3_bit_offset(GICV3_ICACTIVER, 1019), 0x3fc,
		  "GICD_ICACTIVER31");
	tap_equal((long long)gicv3_priority_offset(35), 0x420,
		  "GICD_IPRIORITYR8");
	tap_equal((long long)gicv3_priority_offset(36), 0x424,
		  "GICD_IPRIORITYR9");
	tap_equal((long long)gicv3_cfg_offset(47), 0xc08, "GICD_ICFGR2");
	tap_equal((long long)gicv3_cfg_offset(48), 0xc0c, "GICD_ICFGR3");
	tap_equal(gicv3_cfg_edge(32), 2, "edge of 32");
	tap_equal(gicv3_cfg_edge(47), 0x80000000LL, "edge of 47");
	tap_equal((long long)gicv3_router_offset(32), 0x6100, "GICD_IROUTER32");
	tap_equal((long long)gicv3_router_offset(1019), 0x7fd8,
		  "GICD_IROUTER1019");
	tap_close();
}

static void spi_translate_one(uint32_t kind, uint32_t number, uint32_t flags,
			      unsigned int nr, int expected)
{
	const uint32_t cells[] = {kind, number, flags};
	unsigned int intid = 7;
	unsigned int type = 7;
	int error = spi_translate_cells(cells, nr, 128, &intid, &type);

	tap_equal(error, expected, "<%u %u %u>", kind, number, flags);
	tap_equal(intid, expected == 0 ? number + 32 : 7, "its INTID");
	tap_equal(type, expected == 0 ? flags & 0xf : 7, "its trigger");
}

static void spi_test_translate(void)
{
	tap_subject("cells of the device tree");
	spi_translate_one(0, 0, 1, 3, 0);
	spi_translate_one(0, 95, 4, 3, 0);
	spi_translate_one(0, 3, 0, 3, 0);
	spi_translate_one(0, 3, 0xf04, 3, 0);
	spi_translate_one(0, 96, 4, 3, -EINVAL);
	spi_translate_one(0, ~0U, 4, 3, -EINVAL);
	spi_translate_one(0, 3, 2, 3, -EINVAL);
	spi_translate_one(0, 3, 8, 3, -EINVAL);
	spi_translate_one(0, 3, 5, 3, -EINVAL);
	spi_translate_one(1, 3, 4, 3, -EINVAL);
	spi_translate_one(2, 3, 4, 3, -EINVAL);
	spi_translate_one(0, 3, 4, 2, -EINVAL);
	spi_translate_one(0, 3, 4, 0, -EINVAL);
	tap_close();
}

static unsigned int spi_choose(uint32_t cpus, const unsigned int *loads,
			       unsigned int now)
{
	struct cpumask mask;

	cpumask_clear(&mask);
	for (unsigned int cpu = 0; cpu < 32; cpu++) {
		if ((cpus >> cpu & 1) != 0)
			cpumask_set_cpu(cpu, &mask);
	}
	return spi_choose_cpu(&mask, loads, now);
}

static void spi_test_choose(void)
{
	const unsigned int loads[32] = {2, 1, 1, 3, 0};

	tap_subject("the CPU with the fewest");
	tap_equal(spi_choose(0xf, loads, IRQKIT_NR_CPUS), 1,
		  "the first of two");
	tap_equal(spi_choose(0x1f, loads, IRQKIT_NR_CPUS), 4,
		  "the one of none");
	tap_equal(spi_choose(0x9, loads, IRQKIT_NR_CPUS), 0,
		  "of the mask only");
	tap_equal(spi_choose(0x8, loads, IRQKIT_NR_CPUS), 3, "of one");
	tap_equal(spi_choose(0xf, loads, 2), 2, "it does not count itself");
	tap_equal(spi_choose(0x9, loads, 3), 3, "it stays where that is equal");
	tap_equal(spi_choose(0xb, loads, 3), 1,
		  "it goes where there are fewer");
	tap_equal(spi_choose(0, loads, IRQKIT_NR_CPUS), IRQKIT_NR_CPUS,
		  "HZ25: none of an empty mask");
	tap_close();
}

/* ---- the start */

static void spi_init_fails(struct irqkit_gicv3_config config, const char *what)
{
	uint32_t control = sim_gic.control;

	tap_equal(irqkit_gicv3_init(&config), -EINVAL, "%s", what);
	tap_equal(sim_gic.control, control, "%s: GICD_CTLR", what);
	tap_expect(irqkit_gicv3_spi_domain() == NULL, "%s: no domain", what);
}

static void spi_test_bad_config(void)
{
	struct irqkit_gicv3_config config;

	tap_subject("what cannot be is refused, and nothing is touched");
	tap_equal(irqkit_gicv3_init(NULL), -EINVAL, "no configuration");
#define SPI_BAD(field, value)                                \
	do {                                                 \
		config = spi_test_config;                    \
		config.field = (value);                      \
		spi_init_fails(config, #field " = " #value); \
	} while (0)
	SPI_BAD(distributor, NULL);
	SPI_BAD(nr_regions, 0);
	SPI_BAD(nr_regions, IRQKIT_GICV3_MAX_REGIONS + 1);
	SPI_BAD(regions[1].base, NULL);
	SPI_BAD(stride, 0x10000);
	SPI_BAD(first_free_spi, 31);
	SPI_BAD(first_free_spi, 128);
	SPI_BAD(nr_free_spis, 29);
	SPI_BAD(nr_free_spis, ~0U);
	SPI_BAD(first_free_spi, SPI_TEST_IPI + SPI_TEST_NR_IPIS - 1);
	SPI_BAD(first_free_spi, SPI_TEST_IPI - SPI_TEST_NR_FREE + 1);
	SPI_BAD(first_ipi_spi, 31);
	SPI_BAD(nr_ipi_spis, 89);
#undef SPI_BAD
	config = spi_test_config;
	config.nr_ipi_spis = 0;
	config.nr_free_spis = ~0U;
	spi_init_fails(config, "so many that the end is below the begin");
	tap_close();
}

static void spi_test_init(void)
{
	int error = sim_gic_boot(&spi_test_config);

	tap_subject("whatever firmware left, all SPIs are off and known");
	tap_equal(error, 0, "irqkit_gicv3_init()");
	for (unsigned int i = GICV3_FIRST_SPI; i < SIM_GIC_INTIDS; i++) {
		const struct sim_gic_intid *spi = &sim_gic.spis[i];

		tap_expect(!spi->enabled && !spi->closing, "%u: disabled", i);
		tap_expect(!spi->pending && !spi->active, "%u: idle", i);
		tap_expect(spi->group1, "%u: in group 1", i);
		tap_equal(spi->edge, sim_gic_is_ipi(i), "%u: edge", i);
		tap_equal(spi->priority, GICV3_PRIORITY, "%u: priority", i);
	}
	for (unsigned int cpu = 1; cpu < SPI_TEST_CPUS; cpu++) {
		tap_equal(host_start_cpu(cpu), 0, "start of cpu %u", cpu);
		tap_expect(!sim_gic.cpus[cpu].own[1].pending &&
				   !sim_gic.cpus[cpu].own[20].enabled,
			   "cpu %u: nothing is left of before", cpu);
	}
	tap_equal(irqkit_gicv3_init(&spi_test_config), -EBUSY, "once only");
	tap_close();
}

/* ---- who gets which */

static void spi_test_names(void)
{
	struct irq_domain *domain = irqkit_gicv3_spi_domain();
	struct irq_fwspec fwspec = spi_fwspec(0, SPI_TEST_DEVICE - 32,
					      IRQ_TYPE_LEVEL_HIGH);
	int irq = irq_create_fwspec_mapping(&fwspec);

	tap_subject("an SPI that firmware names");
	tap_expect(irq > 0, "irq_create_fwspec_mapping(): %d", irq);
	tap_equal((long long)irq_get_irq_data((unsigned int)irq)->hwirq,
		  SPI_TEST_DEVICE, "hwirq");
	tap_equal(irq_create_fwspec_mapping(&fwspec), irq, "the same again");
	tap_equal(irq_domain_alloc_irqs(domain, 1, NUMA_NO_NODE, &fwspec),
		  -EBUSY, "it is taken");
	fwspec.param[2] = IRQ_TYPE_EDGE_RISING;
	tap_equal(irq_create_fwspec_mapping(&fwspec), -EBUSY,
		  "with another trigger");
	tap_expect(!sim_gic.spis[SPI_TEST_DEVICE].edge, "it is a level");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0, "free it");
	irq = irq_create_fwspec_mapping(&fwspec);
	tap_expect(irq > 0 && sim_gic.spis[SPI_TEST_DEVICE].edge,
		   "an edge in its next life");
	tap_equal(irq_domain_free_irqs((unsigned int)irq, 1), 0, "free it");

	fwspec = spi_fwspec(1, 4, IRQ_TYPE_LEVEL_HIGH);
	tap_equal(irq_create_fwspec_mapping(&fwspec), -EINVAL, "a PPI");
	fwspec = spi_fwspec(0, SPI_TEST_IPI - 32, IRQ_TYPE_EDGE_RISING);
	tap_equal(irq_create_fwspec_mapping(&fwspec), -EBUSY, "one for IPIs");
	fwspec = spi_fwspec(0, SPI_TEST_DEVICE - 32, IRQ_TYPE_EDGE_RISING);
	tap_equal(irq_domain_alloc_irqs(domain, 2, NUMA_NO_NODE, &fwspec),
		  -EINVAL, "one name for two");
	tap_equal(domain->mapped, 0, "interrupts in the domain");
	tap_close();
}

static void spi_test_pool(void)
{
	struct irq_domain *domain = irqkit_gicv3_spi_domain();
	struct irq_fwspec fwspec = spi_fwspec(0, SPI_TEST_FREE + 3 - 32,
					      IRQ_TYPE_LEVEL_HIGH);
	int named = irq_create_fwspec_mapping(&fwspec);
	int first;

	tap_subject("the free ones: each once, and no more than there are");
	tap_expect(named > 0, "one of them by name: %d", named);
	tap_equal(irq_domain_alloc_irqs(domain, SPI_TEST_NR_FREE, NUMA_NO_NODE,
					NULL),
		  -ENOSPC, "one too many");
	first = irq_domain_alloc_irqs(domain, SPI_TEST_NR_FREE - 1,
				      NUMA_NO_NODE, NULL);
	tap_expect(first > 0, "all the others: %d", first);
	for (unsigned int i = 0; first > 0 && i < SPI_TEST_NR_FREE - 1; i++) {
		unsigned int irq = (unsigned int)first + i;
		unsigned long intid = irq_get_irq_data(irq)->hwirq;

		tap_expect(intid - SPI_TEST_FREE < SPI_TEST_NR_FREE &&
				   intid != SPI_TEST_FREE + 3,
			   "%lu is a free one", intid);
		tap_equal(irq_find_mapping(domain, intid), irq, "once");
		tap_expect(sim_gic.spis[intid].edge, "%lu is an edge", intid);
		tap_equal(irqd_get_trigger_type(irq_get_irq_data(irq)),
			  IRQ_TYPE_EDGE_RISING, "its trigger");
	}
	tap_equal(irq_domain_alloc_irqs(domain, 1, NUMA_NO_NODE, NULL), -ENOSPC,
		  "there is none");
	tap_equal(
		irq_domain_free_irqs((unsigned int)first, SPI_TEST_NR_FREE - 1),
		0, "free them");
	tap_equal(irq_domain_free_irqs((unsigned int)named, 1), 0, "and it");
	tap_close();
}

static void spi_test_trigger(void)
{
	struct spi_device device;

	tap_subject("triggers: no inverter, and only while it is disabled");
	spi_open(&device);
	tap_equal(irq_set_irq_type(device.irq, IRQ_TYPE_EDGE_FALLING), -EINVAL,
		  "falling");
	tap_equal(irq_set_irq_type(device.irq, IRQ_TYPE_LEVEL_LOW), -EINVAL,
		  "low");
	tap_equal(irq_set_irq_type(device.irq, IRQ_TYPE_EDGE_BOTH), -EINVAL,
		  "both");
	tap_expect(spi_at(&device)->edge, "it is an edge as before");
	tap_equal(irq_set_irq_type(device.irq, IRQ_TYPE_LEVEL_HIGH), 0, "high");
	tap_expect(!spi_at(&device)->edge && spi_at(&device)->enabled,
		   "a level, and enabled again");
	tap_equal(irq_set_irq_type(device.irq, IRQ_TYPE_EDGE_RISING), 0,
		  "rising");
	tap_expect(spi_at(&device)->edge, "an edge");
	spi_close(&device);

	sim_gic.spis[SPI_TEST_DEVICE].edge = false;
	sim_gic.spis[SPI_TEST_DEVICE].fixed_trigger = true;
	tap_equal(irq_create_fwspec_mapping(&(struct irq_fwspec){
			  .fwnode = &spi_test_node,
			  .param_count = 3,
			  .param = {0, SPI_TEST_DEVICE - 32, 1},
		  }),
		  -EINVAL, "one that is a level for ever");
	tap_equal(irqkit_gicv3_spi_domain()->mapped, 0, "no irq is left");
	spi_open_named(&device, SPI_TEST_DEVICE, IRQ_TYPE_LEVEL_HIGH);
	tap_equal(irq_set_irq_type(device.irq, IRQ_TYPE_EDGE_RISING), -EINVAL,
		  "the same later");
	spi_close(&device);
	sim_gic.spis[SPI_TEST_DEVICE].fixed_trigger = false;
	tap_close();
}

static void spi_test_secure(void)
{
	struct spi_device device = {.intid = SPI_TEST_DEVICE};
	struct irq_fwspec fwspec = spi_fwspec(0, SPI_TEST_DEVICE - 32, 4);
	int irq = irq_create_fwspec_mapping(&fwspec);

	tap_subject("an SPI that Secure firmware keeps cannot be started");
	device.irq = (unsigned int)irq;
	sim_gic.spis[SPI_TEST_DEVICE].secure = true;
	tap_equal(request_irq(device.irq, spi_handler, 0, "device", &device),
		  -ENODEV, "request_irq()");
	sim_gic.spis[SPI_TEST_DEVICE].secure = false;
	tap_equal(request_irq(device.irq, spi_handler, 0, "device", &device), 0,
		  "when it is not");
	spi_close(&device);
	tap_close();
}

/* ---- where they go */

/* Those of a CPU are not started any more; returns one that is. */
static struct spi_device *spi_stop_those_of(struct spi_device *devices,
					    unsigned int nr, unsigned int cpu)
{
	struct spi_device *other = NULL;

	for (unsigned int i = 0; i < nr; i++) {
		if (spi_is_at(&devices[i], cpu))
			tap_equal(free_irq(devices[i].irq, &devices[i]), 0,
				  "free_irq()");
		else
			other = &devices[i];
	}
	return other;
}

static void spi_test_spread(void)
{
	struct spi_device devices[2 * SPI_TEST_CPUS], *other;

	tap_subject("they are spread, and only those that are started count");
	for (unsigned int i = 0; i < 2 * SPI_TEST_CPUS; i++)
		spi_open(&devices[i]);
	for (unsigned int cpu = 0; cpu < SPI_TEST_CPUS; cpu++) {
		unsigned int here = 0;

		for (unsigned int i = 0; i < 2 * SPI_TEST_CPUS; i++)
			here += spi_is_at(&devices[i], cpu);
		tap_equal(here, 2, "at cpu %u", cpu);
	}
	other = spi_stop_those_of(devices, 2 * SPI_TEST_CPUS, 2);
	tap_equal(irq_set_affinity(other->irq, cpu_possible_mask), 0,
		  "irq_set_affinity()");
	tap_expect(spi_is_at(other, 2), "it goes where nothing is");
	for (unsigned int i = 0; i < 2 * SPI_TEST_CPUS; i++) {
		free_irq(devices[i].irq, &devices[i]);
		tap_equal(irq_domain_free_irqs(devices[i].irq, 1), 0, "free");
	}
	for (unsigned int cpu = 0; cpu < SPI_TEST_CPUS; cpu++)
		tap_equal(spi_loads[cpu], 0, "left at cpu %u", cpu);
	tap_close();
}

static void spi_test_move(void)
{
	struct spi_device device;

	tap_subject("it arrives where it is aimed");
	spi_open(&device);
	for (unsigned int round = 1; round <= 3 * SPI_TEST_CPUS; round++) {
		unsigned int cpu = round * 3 % SPI_TEST_CPUS;

		tap_equal(irq_set_affinity(device.irq, spi_cpu(cpu)), 0,
			  "irq_set_affinity()");
		tap_expect(spi_is_at(&device, cpu), "aimed at cpu %u", cpu);
		spi_fire(&device);
		spi_settle();
		tap_equal(device.count, round, "handled");
		tap_equal(device.cpu, cpu, "on cpu");
	}
	spi_close(&device);
	tap_close();
}

static void spi_move_and_fire(struct spi_device *device)
{
	tap_equal(irq_set_affinity(device->irq, spi_cpu(2)), 0, "move");
	spi_fire(device);
	spi_wait(50);
	tap_equal(device->count, 1, "calls while the first one runs");
	tap_expect(spi_at(device)->pending && spi_at(device)->active,
		   "the distributor keeps it");
}

static void spi_test_move_in_handler(void)
{
	struct spi_device device;

	tap_subject("HZ34: it fires on the new CPU while the old one handles");
	spi_open(&device);
	tap_equal(irq_set_affinity(device.irq, spi_cpu(1)), 0, "to cpu 1");
	device.hook = spi_move_and_fire;
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 2, "handled");
	tap_equal(device.cpu, 2, "at last on cpu");
	tap_equal((long long)kstat_irqs(device.irq), 2, "taken");
	spi_close(&device);
	tap_close();
}

/* A CPU that takes nothing until it is told. */
static bool spi_deaf;

static void spi_be_deaf(void *argument)
{
	unsigned long state = irqkit_port_irq_save();

	(void)argument;
	while (spi_deaf)
		host_yield();
	irqkit_port_irq_restore(state);
}

static void spi_test_move_pending(void)
{
	struct irqkit_gicv3_stats before, after;
	struct spi_device device;

	tap_subject("what is pending at the old CPU goes to the new one");
	spi_open(&device);
	irqkit_gicv3_get_stats(&before);
	tap_equal(irq_set_affinity(device.irq, spi_cpu(1)), 0, "to cpu 1");
	spi_deaf = true;
	host_give_work(1, spi_be_deaf, NULL);
	spi_settle();
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 0, "handled while cpu 1 is deaf");
	tap_equal(irq_set_affinity(device.irq, spi_cpu(3)), 0, "to cpu 3");
	spi_settle();
	tap_equal(device.count, 1, "handled");
	tap_equal(device.cpu, 3, "on cpu");
	spi_deaf = false;
	spi_settle();
	irqkit_gicv3_get_stats(&after);
	tap_equal(device.count, 1, "handled in all");
	tap_equal((long long)(after.special - before.special), 1,
		  "HZ58: INTID 1023 at cpu 1, and no end of it");
	spi_close(&device);
	tap_close();
}

static void spi_test_level(void)
{
	struct spi_device device;

	tap_subject("a level that is held comes until its device lets go");
	spi_open_named(&device, SPI_TEST_DEVICE, IRQ_TYPE_LEVEL_HIGH);
	for (unsigned int cpu = 0; cpu < SPI_TEST_CPUS; cpu++) {
		tap_equal(irq_set_affinity(device.irq, spi_cpu(cpu)), 0,
			  "to cpu %u", cpu);
		sim_gic_set_line(device.intid, true);
		spi_settle();
		tap_equal(device.count, cpu + 1, "handled");
		tap_equal(device.cpu, cpu, "on cpu");
		tap_expect(!spi_at(&device)->line && !spi_at(&device)->pending,
			   "nothing is left");
	}
	tap_equal(disable_irq(device.irq), 0, "disable_irq()");
	sim_gic_set_line(device.intid, true);
	spi_settle();
	tap_equal(device.count, SPI_TEST_CPUS, "not while it is disabled");
	tap_equal(enable_irq(device.irq), 0, "enable_irq()");
	spi_settle();
	tap_equal(device.count, SPI_TEST_CPUS + 1, "afterwards");
	spi_close(&device);
	tap_close();
}

static void spi_test_disable(void)
{
	struct spi_device device;

	tap_subject("an edge that comes while it is disabled comes once");
	spi_open(&device);
	tap_equal(disable_irq(device.irq), 0, "disable_irq()");
	for (unsigned int i = 0; i < 3; i++) {
		spi_fire(&device);
		spi_settle();
	}
	tap_equal(device.count, 0, "handled while it is disabled");
	tap_equal(enable_irq(device.irq), 0, "enable_irq()");
	spi_settle();
	tap_equal(device.count, 1, "afterwards");
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 2, "and the next");
	spi_close(&device);
	tap_close();
}

static void spi_test_free_pending(void)
{
	struct spi_device device;

	tap_subject("what was pending when it was freed does not come later");
	spi_open(&device);
	tap_equal(irq_set_affinity(device.irq, spi_cpu(1)), 0, "to cpu 1");
	spi_deaf = true;
	host_give_work(1, spi_be_deaf, NULL);
	spi_settle();
	spi_fire(&device);
	tap_equal(free_irq(device.irq, &device), 0, "free_irq()");
	tap_equal(request_irq(device.irq, spi_handler, 0, "device", &device), 0,
		  "request_irq()");
	spi_deaf = false;
	spi_settle();
	tap_equal(device.count, 0, "handled");
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 1, "the next");
	spi_close(&device);
	tap_close();
}

/* ---- the state of the hardware */

static void spi_expect_state(const struct spi_device *device,
			     enum irqchip_irq_state which, bool expected,
			     const char *what)
{
	bool value = !expected;

	tap_equal(irq_get_irqchip_state(device->irq, which, &value), 0, "%s",
		  what);
	tap_equal(value, expected, "%s", what);
}

static void spi_look_inside(struct spi_device *device)
{
	spi_expect_state(device, IRQCHIP_STATE_ACTIVE, true, "active");
	spi_expect_state(device, IRQCHIP_STATE_PENDING, false, "pending");
}

static void spi_test_state(void)
{
	struct spi_device device;
	bool value;

	tap_subject("the state of the hardware is read and written");
	spi_open(&device);
	tap_equal(irq_set_affinity(device.irq, spi_cpu(1)), 0, "to cpu 1");
	device.hook = spi_look_inside;
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 1, "handled");
	spi_expect_state(&device, IRQCHIP_STATE_ACTIVE, false, "not active");
	spi_expect_state(&device, IRQCHIP_STATE_MASKED, false, "not masked");

	spi_deaf = true;
	host_give_work(1, spi_be_deaf, NULL);
	spi_settle();
	spi_fire(&device);
	spi_expect_state(&device, IRQCHIP_STATE_PENDING, true, "pending");
	tap_equal(
		irq_set_irqchip_state(device.irq, IRQCHIP_STATE_PENDING, false),
		0, "drop it");
	spi_expect_state(&device, IRQCHIP_STATE_PENDING, false, "dropped");
	spi_deaf = false;
	spi_settle();
	tap_equal(device.count, 1, "it does not come");
	tap_equal(irq_set_irqchip_state(device.irq, IRQCHIP_STATE_ACTIVE, true),
		  0, "make it active");
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 1, "it waits");
	tap_equal(
		irq_set_irqchip_state(device.irq, IRQCHIP_STATE_ACTIVE, false),
		0, "and not active");
	spi_settle();
	tap_equal(device.count, 2, "it comes");
	tap_equal(irq_set_irqchip_state(device.irq, IRQCHIP_STATE_MASKED, true),
		  -EINVAL, "masked: that is the library's");
	tap_equal(irq_get_irqchip_state(device.irq, IRQCHIP_STATE_LINE_LEVEL,
					&value),
		  -EINVAL, "the line cannot be seen");
	spi_close(&device);
	tap_close();
}

static void spi_test_timeout(void)
{
	struct irq_domain *domain = irqkit_gicv3_spi_domain();
	struct spi_device device;
	unsigned int intid;
	int first;

	tap_subject("one that cannot be disabled is given to nobody else");
	spi_open(&device);
	intid = device.intid;
	sim_gic.stuck = true;
	spi_close(&device);
	sim_gic.stuck = false;
	first = irq_domain_alloc_irqs(domain, SPI_TEST_NR_FREE - 1,
				      NUMA_NO_NODE, NULL);
	tap_expect(first > 0, "all but one are free: %d", first);
	tap_equal(irq_domain_alloc_irqs(domain, 1, NUMA_NO_NODE, NULL), -ENOSPC,
		  "and that one is not");
	tap_equal(irq_find_mapping(domain, intid), 0, "it is the one");
	tap_equal(
		irq_domain_free_irqs((unsigned int)first, SPI_TEST_NR_FREE - 1),
		0, "free them");
	sim_gic_close(sim_gic.spis, SIM_GIC_INTIDS);
	sim_gic.closing = 0;
	intid_pool_give(&spi_pool, intid);
	tap_close();
}

static void spi_test_nobody(void)
{
	struct irqkit_gicv3_stats before, after;
	unsigned int lines = host_log_lines();

	tap_subject("an SPI that nobody has is ended, counted and logged");
	irqkit_gicv3_get_stats(&before);
	sim_gic.spis[SPI_TEST_NOBODY].router = sim_gic_name(0);
	sim_gic.spis[SPI_TEST_NOBODY].enabled = true;
	sim_gic.spis[SPI_TEST_NOBODY].pending = true;
	spi_settle();
	sim_gic.spis[SPI_TEST_NOBODY].enabled = false;
	irqkit_gicv3_get_stats(&after);
	tap_equal((long long)(after.unexpected - before.unexpected), 1,
		  "counted");
	tap_expect(!sim_gic.spis[SPI_TEST_NOBODY].active, "ended");
	tap_equal(host_log_lines(), lines + 1, "logged");
	tap_close();
}

/* ---- CPUs that go and come */

static void spi_test_down(void)
{
	const struct sim_gic_cpu *cpu = &sim_gic.cpus[1];
	struct irqkit_receipt receipt = {.room = 0};
	struct spi_device device;

	tap_subject("HZ2: a CPU that goes is switched off, and then sleeps");
	spi_open(&device);
	tap_equal(irq_set_affinity(device.irq, spi_cpu(1)), 0, "to cpu 1");
	tap_equal(suite_cpu_down(1, &receipt), 0, "down");
	tap_expect(cpu->asleep && cpu->waking == 0, "it is seen to sleep");
	tap_expect(!cpu->group1, "its interface is off");
	for (unsigned int i = 0; i < GICV3_FIRST_SPI; i++)
		tap_expect(!cpu->own[i].enabled && !cpu->own[i].closing,
			   "%u is disabled there", i);
	tap_equal(receipt.count[IRQKIT_RECEIPT_BROKEN], 1, "broken");
	tap_expect(!spi_is_at(&device, 1), "it is elsewhere");
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 1, "handled");
	tap_equal(suite_cpu_up(1), 0, "up");
	tap_expect(cpu->group1 && !cpu->asleep, "it is awake");
	tap_equal(irq_set_affinity(device.irq, spi_cpu(1)), 0, "back");
	spi_fire(&device);
	spi_settle();
	tap_equal(device.count, 2, "handled");
	tap_equal(device.cpu, 1, "on cpu");
	spi_close(&device);
	tap_close();
}

static void spi_fire_both(void *argument)
{
	struct spi_device *devices = argument;

	spi_fire(&devices[0]);
	sim_gic_set_line(devices[1].intid, true);
	spi_settle();
	tap_equal(devices[0].count + devices[1].count, 0, "handled by then");
}

static void spi_test_down_pending(void)
{
	struct irqkit_receipt receipt = {.room = 0};
	struct spi_device devices[2];

	tap_subject("HZ1: what is pending at a CPU that goes comes elsewhere");
	spi_open(&devices[0]);
	spi_open_named(&devices[1], SPI_TEST_DEVICE, IRQ_TYPE_LEVEL_HIGH);
	for (unsigned int i = 0; i < 2; i++)
		tap_equal(irq_set_affinity(devices[i].irq, spi_cpu(2)), 0,
			  "to cpu 2");
	tap_equal(suite_cpu_down_deaf(2, &receipt, spi_fire_both, devices), 0,
		  "down");
	spi_settle();
	for (unsigned int i = 0; i < 2; i++) {
		tap_equal(devices[i].count, 1, "handled");
		tap_expect(devices[i].cpu != 2, "elsewhere");
	}
	tap_equal(receipt.count[IRQKIT_RECEIPT_STUCK], 0, "stuck");
	tap_expect(!sim_gic_wants_wake(2), "nobody wants it back");
	tap_equal(suite_cpu_up(2), 0, "up");
	spi_settle();
	for (unsigned int i = 0; i < 2; i++) {
		tap_equal(devices[i].count, 1, "handled in all");
		spi_close(&devices[i]);
	}
	tap_close();
}

static unsigned int spi_ipis[SPI_TEST_CPUS];

static irqreturn_t spi_ipi_handler(unsigned int irq, void *dev_id)
{
	(void)irq;
	(void)dev_id;
	spi_ipis[irqkit_port_cpu()]++;
	return IRQ_HANDLED;
}

static void spi_test_stale(bool per_cpu)
{
	unsigned int nr = per_cpu ? SPI_TEST_CPUS : 1;
	int base = irq_reserve_ipi(irqkit_gicv3_ipi_domain(per_cpu),
				   cpu_possible_mask);
	unsigned int irq = (unsigned int)base;
	struct irq_data *data;

	tap_subject("%s: an IPI of its last life is dropped when a CPU starts",
		    per_cpu ? "per-CPU" : "single");
	if (!tap_expect(base > 0, "irq_reserve_ipi(): %d", base))
		return;
	for (unsigned int i = 0; i < nr; i++)
		tap_equal(request_irq(irq + i, spi_ipi_handler, 0, "ipi", NULL),
			  0, "request_irq()");
	data = irq_get_irq_data(per_cpu ? irq + 3 : irq);
	tap_equal(suite_cpu_down(3, NULL), 0, "down");
	spi_ipis[3] = 0;
	tap_equal(data->chip->ipi_send_single(data, 3), 0, "sent too late");
	tap_expect(!sim_gic_wants_wake(3), "it does not wake the CPU");
	tap_equal(suite_cpu_up(3), 0, "up");
	spi_settle();
	tap_equal(spi_ipis[3], 0, "handled");
	tap_equal(ipi_send_single(irq, 3), 0, "send");
	spi_settle();
	tap_equal(spi_ipis[3], 1, "handled");
	for (unsigned int i = 0; i < nr; i++)
		tap_equal(free_irq(irq + i, NULL), 0, "free_irq()");
	tap_equal(irq_destroy_ipi(irq, cpu_possible_mask), 0, "destroy");
	tap_close();
}

/* What is destroyed and reserved again meanwhile is not the old CPU's. */
static void spi_test_stale_owner(void)
{
	struct irq_domain *domain = irqkit_gicv3_ipi_domain(true);
	struct cpumask others;
	int base = irq_reserve_ipi(domain, spi_cpu(1));
	unsigned int intid;

	tap_subject("an IPI that was destroyed stays as it is when its CPU "
		    "starts");
	intid = (unsigned int)irq_get_irq_data((unsigned int)base)->hwirq;
	tap_equal(suite_cpu_down(1, NULL), 0, "down");
	tap_equal(irq_destroy_ipi((unsigned int)base, spi_cpu(1)), 0,
		  "destroy");
	tap_equal(suite_cpu_up(1), 0, "up");
	tap_expect(!sim_gic.spis[intid].enabled, "it is disabled");
	cpumask_copy(&others, cpu_possible_mask);
	base = irq_reserve_ipi(domain, &others);
	tap_expect(base > 0, "reserve: %d", base);
	for (unsigned int cpu = 0; cpu < SPI_TEST_CPUS; cpu++) {
		const struct irq_data *data =
			irq_get_irq_data((unsigned int)base + cpu);

		tap_expect(sim_gic.spis[data->hwirq].enabled &&
				   sim_gic.spis[data->hwirq].router ==
					   sim_gic_name(cpu),
			   "cpu %u has its own", cpu);
	}
	tap_equal(irq_destroy_ipi((unsigned int)base, &others), 0, "destroy");
	tap_close();
}

static void spi_test_sleepless(void)
{
	unsigned int lines = host_log_lines();

	tap_subject("a redistributor that does not sleep is logged, no more");
	sim_gic.insomnia = true;
	tap_equal(suite_cpu_down(1, NULL), 0, "down");
	tap_equal(host_log_lines(), lines + 1, "lines");
	tap_expect(!cpu_online(1), "it is offline");
	sim_gic.insomnia = false;
	tap_equal(suite_cpu_up(1), 0, "up");
	tap_close();

	tap_subject("in the Non-secure view it is firmware that does it");
	lines = host_log_lines();
	sim_gic.secure = true;
	tap_equal(suite_cpu_down(1, NULL), 0, "down");
	tap_equal(sim_gic.lost_sleep, 1, "tries");
	tap_equal(suite_cpu_up(1), 0, "up");
	sim_gic.secure = false;
	tap_equal(host_log_lines(), lines, "lines");
	tap_close();
}

/* HZ5: moved away from a CPU and no interrupt since, over and over. */
static void spi_test_round(void)
{
	struct spi_device devices[SPI_TEST_NR_FREE];
	unsigned long memory = host_live();

	tap_subject("HZ5: what moved away from a CPU leaves nothing there");
	for (unsigned int i = 0; i < SPI_TEST_NR_FREE; i++)
		spi_open(&devices[i]);
	for (unsigned int round = 0; round < 64; round++) {
		unsigned int cpu = 1 + round % (SPI_TEST_CPUS - 1);
		unsigned int sum = 0;

		for (unsigned int i = 0; i < SPI_TEST_NR_FREE; i++)
			irq_set_affinity(devices[i].irq,
					 spi_cpu((cpu + i) % SPI_TEST_CPUS));
		tap_equal(suite_cpu_down(cpu, NULL), 0, "down");
		tap_equal(spi_loads[cpu], 0, "left there");
		for (unsigned int i = 0; i < SPI_TEST_CPUS; i++)
			sum += spi_loads[i];
		tap_equal(sum, SPI_TEST_NR_FREE, "in all");
		tap_equal(suite_cpu_up(cpu), 0, "up");
	}
	for (unsigned int i = 0; i < SPI_TEST_NR_FREE; i++) {
		spi_fire(&devices[i]);
		spi_settle();
		tap_equal(devices[i].count, 1, "handled");
		spi_close(&devices[i]);
	}
	tap_equal((long long)host_live(), (long long)memory, "memory");
	tap_close();
}

int main(void)
{
	host_begin();
	sim_gic_create(SPI_TEST_CPUS, &spi_test_config);
	spi_test_banks();
	spi_test_translate();
	spi_test_choose();
	spi_test_bad_config();
	spi_test_init();
	spi_test_names();
	spi_test_pool();
	spi_test_trigger();
	spi_test_secure();
	spi_test_spread();
	spi_test_move();
	spi_test_move_in_handler();
	spi_test_move_pending();
	spi_test_level();
	spi_test_disable();
	spi_test_free_pending();
	spi_test_state();
	spi_test_timeout();
	spi_test_nobody();
	spi_test_down();
	spi_test_down_pending();
	spi_test_stale(false);
	spi_test_stale(true);
	spi_test_stale_owner();
	spi_test_sleepless();
	spi_test_round();
	return host_end();
}
