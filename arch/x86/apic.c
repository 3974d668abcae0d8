/* SPDX-License-Identifier: MIT */
/*
 * Local APICs: the choice of their mode, what is known of each CPU's, and the
 * set-up of the one of this CPU. No lock: prepare and start are steps of a
 * CPU's life, of which the kernel runs one at a time.
 */
#include <irqkit/print.h>
#include "apic.h"
#include "cpu_x86.h"

/* ISR and IRR hold 256 vectors each, so it takes no more EOIs than this. */
#define APIC_MAX_STALE_EOIS  (2 * APIC_NR_VECTORS)

#define APIC_LOG_INTERVAL_NS 1000000000U

struct irqkit_apic_cpu *irqkit_apic_cpus[IRQKIT_NR_CPUS];
const struct irqkit_apic_ops *irqkit_apic;

static struct irqkit_x86_lint_nmi apic_lint_nmi;

/* Where all CPUs have their registers: IA32_APIC_BASE of the boot CPU. */
static uint64_t apic_base_address;

bool irqkit_apic_may_log(struct irqkit_apic_log_limit *limit)
{
	uint64_t next = __atomic_load_n(&limit->next, __ATOMIC_RELAXED);
	uint64_t now = irqkit_port_nanoseconds();

	if (next != 0 && now < next)
		return false;
	return __atomic_compare_exchange_n(&limit->next, &next,
					   now + APIC_LOG_INTERVAL_NS, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static bool apic_has_x2apic(void)
{
	return (x86_cpuid(1).c & CPUID_1_C_X2APIC) != 0;
}

/* Newer CPUs can forbid to leave x2APIC mode. */
static bool apic_xapic_is_locked(void)
{
	if (x86_cpuid(0).a < 7 ||
	    (x86_cpuid(7).d & CPUID_7_D_ARCH_CAPABILITIES) == 0 ||
	    (x86_read_msr(MSR_ARCH_CAPABILITIES) & MSR_ARCH_XAPIC_DISABLE) == 0)
		return false;
	return (x86_read_msr(MSR_XAPIC_DISABLE_STATUS) &
		MSR_XAPIC_DISABLE_STATUS_LOCK) != 0;
}

/* Firmware left x2APIC mode on: can this CPU go back? */
static bool apic_must_stay_x2apic(const struct irqkit_x86_config *config)
{
	return config->local_apic == NULL || apic_xapic_is_locked() ||
	       x86_read_msr(apic_x2apic_msr(APIC_ID)) >= APIC_XAPIC_BROADCAST;
}

static bool apic_wants_x2apic(const struct irqkit_x86_config *config,
			      uint64_t base)
{
	if (!apic_has_x2apic())
		return false;
	if (config->allow_x2apic)
		return true;
	return (base & MSR_APIC_BASE_EXTD) != 0 &&
	       apic_must_stay_x2apic(config);
}

int irqkit_apic_choose(const struct irqkit_x86_config *config)
{
	uint64_t base;
	bool x2apic;

	if ((x86_cpuid(1).d & CPUID_1_D_APIC) == 0)
		return -ENODEV;
	base = x86_read_msr(MSR_APIC_BASE);
	x2apic = apic_wants_x2apic(config, base);
	if (!x2apic && config->local_apic == NULL)
		return -ENODEV;
	apic_base_address = base & APIC_BASE_ADDRESS;
	apic_lint_nmi = config->lint_nmi;
	irqkit_xapic_map(config->local_apic);
	irqkit_apic = x2apic ? &irqkit_x2apic_ops : &irqkit_xapic_ops;
	return 0;
}

static bool apic_id_is_taken(uint32_t id, unsigned int but)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (cpu != but && irqkit_apic_cpus[cpu]->prepared &&
		    irqkit_apic_cpus[cpu]->id == id)
			return true;
	}
	return false;
}

int irqkit_apic_prepare(unsigned int cpu)
{
	struct irqkit_apic_cpu *target = irqkit_apic_cpus[cpu];
	uint64_t id = irqkit_port_hwcpu(cpu).id;
	int error;

	if (target->prepared && target->id == id)
		return 0;
	if (id >= APIC_X2APIC_BROADCAST || target->prepared ||
	    apic_id_is_taken((uint32_t)id, cpu)) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: cpu %u cannot have APIC id %llu", cpu,
			   (unsigned long long)id);
		return -ENODEV;
	}
	target->id = (uint32_t)id;
	error = irqkit_apic->prepare(target);
	target->prepared = error == 0;
	return error;
}

/*
 * From x2APIC mode the way to xAPIC mode leads through "disabled", and from
 * there to x2APIC mode through xAPIC mode (SDM 10.12.5). A CPU that starts may
 * be in any of the three.
 */
static int apic_enter_mode(bool x2apic)
{
	uint64_t base = x86_read_msr(MSR_APIC_BASE);
	uint32_t mode = (uint32_t)base &
			(MSR_APIC_BASE_EN | MSR_APIC_BASE_EXTD);
	uint32_t low = ((uint32_t)base & MSR_APIC_BASE_BSP) |
		       (uint32_t)apic_base_address;
	uint32_t high = (uint32_t)(apic_base_address >> 32);

	if (x2apic && !apic_has_x2apic())
		return -ENODEV;
	if (x2apic && mode == (MSR_APIC_BASE_EN | MSR_APIC_BASE_EXTD))
		return 0;
	if ((mode & MSR_APIC_BASE_EXTD) != 0)
		x86_write_msr(MSR_APIC_BASE, low, high);
	x86_write_msr(MSR_APIC_BASE, low | MSR_APIC_BASE_EN, high);
	if (x2apic)
		x86_write_msr(MSR_APIC_BASE,
			      low | MSR_APIC_BASE_EN | MSR_APIC_BASE_EXTD,
			      high);
	return 0;
}

static unsigned int apic_max_lvt(void)
{
	return APIC_VERSION_MAX_LVT(irqkit_apic->read(APIC_VERSION));
}

static void apic_mask_lvt(unsigned int max)
{
	irqkit_apic->write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	if (max >= APIC_MAX_LVT_COUNTERS)
		irqkit_apic->write(APIC_LVT_COUNTERS, APIC_LVT_MASKED);
	if (max >= APIC_MAX_LVT_THERMAL)
		irqkit_apic->write(APIC_LVT_THERMAL, APIC_LVT_MASKED);
	if (max >= APIC_MAX_LVT_CMCI)
		irqkit_apic->write(APIC_LVT_CMCI, APIC_LVT_MASKED);
	if (max >= APIC_MAX_LVT_ERROR)
		irqkit_apic->write(APIC_LVT_ERROR, APIC_LVT_MASKED);
}

/* An NMI is always taken by its edge (SDM 10.5.1, "Trigger Mode"). */
static uint32_t apic_lint_value(unsigned int pin)
{
	if (!apic_lint_nmi.valid || apic_lint_nmi.pin != pin)
		return APIC_LVT_MASKED;
	return APIC_LVT_NMI |
	       (apic_lint_nmi.active_low ? APIC_LVT_ACTIVE_LOW : 0);
}

/*
 * What firmware left in service would block all vectors of its priority and
 * below. What it left pending in the IRR stays there until interrupts are
 * turned on, and is then one that nobody has.
 */
static void apic_end_stale(void)
{
	unsigned int ends = 0;

	for (unsigned int vector = 0; vector < APIC_NR_VECTORS; vector += 32) {
		while (irqkit_apic->read(apic_isr(vector)) != 0 &&
		       ends++ < APIC_MAX_STALE_EOIS)
			irqkit_apic->eoi();
	}
}

/*
 * The LVT can be unmasked only after the APIC was enabled (SDM 10.4.7.2).
 * Writing it may be taken for an error on some CPUs, so errors are forgotten
 * before their interrupt is let through: the register is written to be read
 * afresh, and a second time to be empty (SDM 10.5.3).
 */
static void apic_enable(void)
{
	unsigned int max = apic_max_lvt();

	irqkit_apic->write(APIC_TPR, 0);
	apic_mask_lvt(max);
	irqkit_apic->write(APIC_SVR,
			   APIC_SVR_ENABLE | IRQKIT_X86_SPURIOUS_VECTOR);
	apic_end_stale();
	irqkit_apic->write(APIC_LVT_LINT0, apic_lint_value(0));
	irqkit_apic->write(APIC_LVT_LINT1, apic_lint_value(1));
	irqkit_apic->write(APIC_ESR, 0);
	irqkit_apic->write(APIC_ESR, 0);
	if (max >= APIC_MAX_LVT_ERROR)
		irqkit_apic->write(APIC_LVT_ERROR, IRQKIT_X86_ERROR_VECTOR);
}

int irqkit_apic_start(unsigned int cpu)
{
	const struct irqkit_apic_cpu *local = irqkit_apic_cpus[cpu];
	int error = apic_enter_mode(irqkit_apic->x2apic);

	if (error != 0) {
		irqkit_log(IRQKIT_LOG_ERROR, "irqkit: cpu %u has no %s mode",
			   cpu, irqkit_apic->name);
		return error;
	}
	if (irqkit_apic->id() != local->id) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: cpu %u has APIC id %u, and should have %u",
			   cpu, irqkit_apic->id(), local->id);
		return -ENODEV;
	}
	error = irqkit_apic->start(local);
	if (error != 0) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: cpu %u has an unexpected logical id", cpu);
		return error;
	}
	apic_enable();
	return 0;
}

/* The LVT first: what is off cannot be masked (SDM 10.4.7.2). */
void irqkit_apic_stop(void)
{
	apic_mask_lvt(apic_max_lvt());
	irqkit_apic->write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	irqkit_apic->write(APIC_LVT_LINT1, APIC_LVT_MASKED);
	irqkit_apic->write(APIC_SVR, IRQKIT_X86_SPURIOUS_VECTOR);
}

void irqkit_apic_error(struct irqkit_apic_cpu *local)
{
	static struct irqkit_apic_log_limit limit;
	uint32_t errors;

	irqkit_apic->write(APIC_ESR, 0);
	errors = irqkit_apic->read(APIC_ESR);
	local->errors++;
	irqkit_apic->eoi();
	if (irqkit_apic_may_log(&limit))
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: cpu %u: local APIC error, ESR 0x%02x",
			   local->cpu, errors);
}
