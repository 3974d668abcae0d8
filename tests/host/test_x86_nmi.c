/* SPDX-License-Identifier: MIT */
/*
 * The NMI that one CPU sends to another: arch/x86/nmi_x86.c and both modes of
 * the local APIC, compiled into this test with instructions that write down
 * what they do. HZ49: the wait for a local APIC that is busy has an end.
 */
#define ARCH_X86_CPU_X86_H
#include <string.h>
#include <irqkit/irqkit.h>

#define X86_LIKELY(condition)	(condition)
#define X86_UNLIKELY(condition) (condition)
#define X86_SELDOM
#define X86_FLAGS_IF (1UL << 9)

/* A write of a register, or of an MSR with its high half. */
struct nmi_write {
	uint32_t where;
	uint32_t low;
	uint32_t high;
	bool irqs_off;
};

#define NMI_MAX_WRITES 16U
static struct nmi_write nmi_writes[NMI_MAX_WRITES];
static unsigned int nmi_nr_writes;
static bool nmi_irqs_off;

static uint8_t nmi_page[4096];
static uint32_t nmi_icr_high;
static unsigned int nmi_busy;	    /* looks that find the ICR busy */
static unsigned int nmi_busy_after; /* the same after a command */
static unsigned int nmi_looks;

static void nmi_note(uint32_t where, uint32_t low, uint32_t high)
{
	if (nmi_nr_writes < NMI_MAX_WRITES)
		nmi_writes[nmi_nr_writes] = (struct nmi_write){where, low, high,
							       nmi_irqs_off};
	nmi_nr_writes++;
}

static inline uint64_t x86_read_msr(uint32_t msr)
{
	(void)msr;
	return 0;
}

static inline void x86_write_msr(uint32_t msr, uint32_t low, uint32_t high)
{
	nmi_note(msr, low, high);
}

static uint32_t x86_read_register(const volatile uint8_t *at)
{
	uint32_t reg = (uint32_t)(at - nmi_page);

	if (reg == 0x310)
		return nmi_icr_high;
	if (reg != 0x300)
		return 0;
	nmi_looks++;
	if (nmi_busy == 0)
		return 0;
	if (nmi_busy != ~0U)
		nmi_busy--;
	return 1U << 12;
}

static void x86_write_register(volatile uint8_t *at, uint32_t value)
{
	uint32_t reg = (uint32_t)(at - nmi_page);

	nmi_note(reg, value, 0);
	if (reg == 0x310)
		nmi_icr_high = value;
	if (reg == 0x300)
		nmi_busy = nmi_busy_after;
}

struct x86_cpuid {
	uint32_t a, b, c, d;
};

static inline struct x86_cpuid x86_cpuid(uint32_t leaf)
{
	(void)leaf;
	return (struct x86_cpuid){0, 0, 0, 0};
}

static inline unsigned long x86_irq_save(void)
{
	unsigned long flags = nmi_irqs_off ? 0 : X86_FLAGS_IF;

	nmi_irqs_off = true;
	return flags;
}

static inline void x86_irq_restore(unsigned long flags)
{
	nmi_irqs_off = (flags & X86_FLAGS_IF) == 0;
}

static inline void x86_relax(void)
{
}

#include "../../arch/x86/ipi_x86.c"
#include "../../arch/x86/nmi_x86.c"
#include "../../arch/x86/shorthand.c"
#include "../../arch/x86/vector.c"
#include "../../arch/x86/x2apic.c"
#include "../../arch/x86/xapic.c"
#include "host.h"
#include "suites/tap.h"

#define NMI_CPUS    4U
#define NMI_OFFLINE 2U
#define NMI_COMMAND 0x4400U /* SDM 10.6.1: NMI, asserted, physical */

/* In place of apic.c. */
struct irqkit_apic_cpu *irqkit_apic_cpus[IRQKIT_NR_CPUS];
const struct irqkit_apic_ops *irqkit_apic;

static struct irqkit_apic_cpu nmi_cpus[NMI_CPUS];

bool irqkit_apic_may_log(struct irqkit_apic_log_limit *limit)
{
	(void)limit;
	return true;
}

static void nmi_clear(void)
{
	nmi_nr_writes = 0;
	nmi_busy = 0;
	nmi_busy_after = 0;
	nmi_looks = 0;
}

static void nmi_expect_write(unsigned int which, uint32_t where, uint32_t low,
			     uint32_t high)
{
	const struct nmi_write *write = &nmi_writes[which];

	tap_equal(write->where, where, "write %u: where", which);
	tap_equal(write->low, low, "write %u: what", which);
	tap_equal(write->high, high, "write %u: high half", which);
}

/* What nobody can be sent, in the mode that is set, if any. */
static void nmi_refused(const char *mode, int possible, int offline)
{
	tap_subject("%s: CPUs that are none, or not there", mode);
	nmi_clear();
	tap_equal(irqkit_x86_send_nmi(0), possible, "cpu 0");
	nmi_clear();
	tap_equal(irqkit_x86_send_nmi(NMI_OFFLINE), offline, "an offline CPU");
	tap_equal(irqkit_x86_send_nmi(NMI_CPUS), -EINVAL, "HZ42: the count");
	tap_equal(irqkit_x86_send_nmi(~0U), -EINVAL, "no CPU at all");
	tap_equal(nmi_nr_writes, 0, "writes");
	tap_close();
}

static void nmi_prepare(const struct irqkit_apic_ops *ops)
{
	irqkit_apic = ops;
	for (unsigned int cpu = 0; cpu < NMI_CPUS; cpu++) {
		nmi_cpus[cpu].cpu = cpu;
		nmi_cpus[cpu].id = (uint32_t)irqkit_port_hwcpu(cpu).id;
		tap_expect(ops->prepare(&nmi_cpus[cpu]) == 0, "prepare");
		nmi_cpus[cpu].prepared = true;
		irqkit_apic_cpus[cpu] = &nmi_cpus[cpu];
	}
}

static void nmi_xapic(void)
{
	tap_subject("xAPIC: two writes, and the high half as it was");
	nmi_clear();
	nmi_icr_high = 0x5a000000;
	tap_equal(irqkit_x86_send_nmi(3), 0, "send");
	tap_equal(nmi_nr_writes, 3, "writes");
	nmi_expect_write(0, 0x310, 7U << 24, 0);
	nmi_expect_write(1, 0x300, NMI_COMMAND, 0);
	nmi_expect_write(2, 0x310, 0x5a000000, 0);
	for (unsigned int i = 0; i < 3; i++)
		tap_expect(nmi_writes[i].irqs_off, "write %u: interrupts", i);
	tap_expect(!nmi_irqs_off, "interrupts are on again");
	nmi_clear();
	tap_equal(irqkit_x86_send_nmi(0), 0, "to itself");
	nmi_expect_write(0, 0x310, 1U << 24, 0);
	nmi_expect_write(1, 0x300, NMI_COMMAND, 0);
	tap_close();
}

/* The ICR is busy for a moment before and after. */
static void nmi_xapic_busy(void)
{
	tap_subject("xAPIC: it waits for the ICR, before and after");
	nmi_clear();
	nmi_busy = 20;
	nmi_busy_after = 30;
	tap_equal(irqkit_x86_send_nmi(1), 0, "send");
	tap_equal(nmi_nr_writes, 3, "writes");
	tap_equal(nmi_looks, 20 + 1 + 30 + 1, "looks at the ICR");
	nmi_expect_write(1, 0x300, NMI_COMMAND, 0);
	tap_close();
}

static void nmi_expect_timeout(unsigned int cpu, const char *what)
{
	uint64_t start = irqkit_port_nanoseconds();
	uint64_t took;

	tap_equal(irqkit_x86_send_nmi(cpu), -ETIMEDOUT, "%s", what);
	took = irqkit_port_nanoseconds() - start;
	tap_expect(took >= XAPIC_SEND_LIMIT_NS &&
			   took < 2 * XAPIC_SEND_LIMIT_NS,
		   "%s: it took %u us", what, (unsigned int)took / 1000);
	tap_expect(!nmi_irqs_off, "interrupts are on again");
}

static void nmi_xapic_stuck(void)
{
	unsigned int lines = host_log_lines();

	tap_subject("HZ49: xAPIC: an ICR that is busy for ever");
	nmi_clear();
	nmi_busy = ~0U;
	nmi_expect_timeout(1, "before");
	tap_equal(nmi_nr_writes, 0, "writes");
	nmi_clear();
	nmi_icr_high = 0x33000000;
	nmi_busy_after = ~0U;
	nmi_expect_timeout(1, "after");
	tap_equal(nmi_nr_writes, 3, "writes");
	nmi_expect_write(2, 0x310, 0x33000000, 0);
	tap_equal(host_log_lines(), lines, "lines in the log");
	tap_close();
}

static void nmi_x2apic(void)
{
	tap_subject("x2APIC: one write, to one CPU");
	for (unsigned int cpu = 0; cpu < NMI_CPUS; cpu++) {
		if (cpu == NMI_OFFLINE)
			continue;
		nmi_clear();
		tap_equal(irqkit_x86_send_nmi(cpu), 0, "to cpu %u", cpu);
		tap_equal(nmi_nr_writes, 1, "writes");
		nmi_expect_write(0, 0x830, NMI_COMMAND, cpu * 2 + 1);
	}
	tap_close();
}

/* A lock may be held at a send, so the line comes with irqkit_poll(). */
static void nmi_stuck_send(void)
{
	unsigned int lines = host_log_lines();

	tap_subject("HZ49: a send by a local APIC that is busy for ever");
	nmi_clear();
	nmi_busy = ~0U;
	tap_equal(xapic_send_to(&nmi_cpus[1], NMI_COMMAND), -ETIMEDOUT, "send");
	tap_equal(nmi_nr_writes, 0, "writes");
	tap_equal(host_log_lines(), lines, "lines in the log");
	tap_equal(irqkit_poll(), 0, "poll");
	tap_equal(host_log_lines(), lines + 1, "lines then");
	tap_expect(strstr(host_last_log(), "did not send an IPI") != NULL,
		   "the line: %s", host_last_log());
	tap_close();
}

/* HZ49: the controller's own line would come while the others run. */
static void nmi_stuck_stop(void)
{
	struct irqkit_smp_stop_info info = {
		.send_nmi = irqkit_x86_send_nmi,
	};
	unsigned int lines = host_log_lines();
	struct cpumask silent;

	tap_subject("HZ49: a stop by a local APIC that is busy for ever");
	tap_equal(irqkit_ipi_x86_init(), 0, "domains");
	info.domain = irqkit_x86_ipi_domain(false);
	tap_equal(irqkit_smp_stop_init(&info), 0, "init");
	nmi_clear();
	nmi_busy = ~0U;
	tap_equal(irqkit_smp_stop(100000000, &silent), -ETIMEDOUT, "stop");
	tap_equal((long long)silent.bits[0], 0xa, "silent");
	tap_equal(host_log_lines(), lines + 1, "lines in the log");
	tap_equal(nmi_nr_writes, 0, "writes");
	tap_close();
}

int main(void)
{
	struct cpumask offline;

	host_begin();
	irqkit_cpumask_single(&offline, NMI_OFFLINE);
	host_start(NMI_CPUS, &offline);
	nmi_refused("no backend", -EINVAL, -EINVAL);
	nmi_prepare(&irqkit_x2apic_ops);
	nmi_refused("x2APIC", 0, -ENXIO);
	nmi_x2apic();
	irqkit_xapic_map(nmi_page);
	nmi_prepare(&irqkit_xapic_ops);
	nmi_refused("xAPIC", 0, -ENXIO);
	nmi_xapic();
	nmi_xapic_busy();
	nmi_xapic_stuck();
	nmi_stuck_send();
	nmi_stuck_stop();
	return host_end();
}
