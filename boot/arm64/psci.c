/* SPDX-License-Identifier: MIT */
/*
 * PSCI: the firmware that starts and stops CPUs and ends the machine (Arm DEN
 * 0022), called by the instruction that the device tree names. Set up once.
 */
#include "arm64.h"

/* Section 5.1, from PSCI 0.2 on. */
#define PSCI_CPU_OFF	   0x84000002
#define PSCI_CPU_ON	   0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_MIGRATE_TYPE  0x84000006
#define PSCI_SYSTEM_OFF	   0x84000008

/* What PSCI_AFFINITY_INFO says of a CPU that CPU_ON can start again. */
#define PSCI_AFFINITY_OFF 1

/* What PSCI_MIGRATE_TYPE says if there is no such thing (5.9). */
#define PSCI_TRUSTED_OS_ANYWHERE 2
#define PSCI_NOT_SUPPORTED	 (-1)

enum psci_conduit {
	PSCI_NONE,
	PSCI_HVC,
	PSCI_SMC
};

static enum psci_conduit psci_conduit;
static uint64_t psci_cpu_on_id;
/* 0 where there is none. */
static uint64_t psci_cpu_off_id;
static uint64_t psci_affinity_info_id;
static uint64_t psci_system_off_id;

/* Section 5.2.2. */
static const struct {
	int error;
	const char *words;
} psci_errors[] = {
	{0, "success"},
	{-ENOSYS, "not supported"},
	{-EINVAL, "invalid parameters"},
	{-ENODEV, "denied"},
	{-EBUSY, "already on"},
	{-EBUSY, "on pending"},
	{-ENODEV, "internal failure"},
	{-ENODEV, "not present"},
	{-ENODEV, "disabled"},
	{-EINVAL, "invalid address"},
};

#define PSCI_NR_ERRORS (sizeof(psci_errors) / sizeof(psci_errors[0]))

/*
 * The SMC calling convention (Arm DEN 0028) lets the firmware change x0 to
 * x17. What this CPU stored before the DSB is seen by the CPU that the call
 * starts; the pair is the DSB in enable_mmu of head.S.
 */
#define PSCI_ASM(instruction)                                                \
	__asm__ volatile("dsb ish\n\t" instruction " #0"                     \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)            \
			 :                                                   \
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", \
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory")

static int64_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	if (psci_conduit == PSCI_HVC)
		PSCI_ASM("hvc");
	else
		PSCI_ASM("smc");
	/* Results are 32 bits of which the upper ones need not be extended. */
	return (int32_t)x0;
}

static int psci_error(struct hwcpu cpu, int64_t result)
{
	const char *words = "an unknown error";
	int error = -ENODEV;

	if (-result < (int64_t)PSCI_NR_ERRORS && result < 0) {
		words = psci_errors[-result].words;
		error = psci_errors[-result].error;
	}
	irqkit_log(IRQKIT_LOG_ERROR,
		   "PSCI did not start the CPU with MPIDR 0x%llx: %s (%d)",
		   (unsigned long long)cpu.id, words, (int)result);
	return error;
}

int psci_cpu_on(struct hwcpu cpu, uint64_t entry, uint64_t context)
{
	int64_t result;

	if (psci_conduit == PSCI_NONE) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "the device tree names no PSCI to start CPUs by");
		return -ENOSYS;
	}
	result = psci_call(psci_cpu_on_id, cpu.id, entry, context);
	return result ? psci_error(cpu, result) : 0;
}

bool psci_can_stop(void)
{
	return psci_conduit != PSCI_NONE && psci_cpu_off_id != 0 &&
	       psci_affinity_info_id != 0;
}

/* A trusted OS that runs on one CPU only keeps that CPU, often the first. */
bool psci_can_stop_any(void)
{
	int64_t type;

	if (!psci_can_stop())
		return false;
	type = psci_call(PSCI_MIGRATE_TYPE, 0, 0, 0);
	return type == PSCI_TRUSTED_OS_ANYWHERE || type == PSCI_NOT_SUPPORTED;
}

void psci_cpu_off(void)
{
	if (psci_can_stop())
		psci_call(psci_cpu_off_id, 0, 0, 0);
}

/* Of the CPU itself, affinity level 0. */
bool psci_is_off(struct hwcpu cpu)
{
	return psci_can_stop() && psci_call(psci_affinity_info_id, cpu.id, 0,
					    0) == PSCI_AFFINITY_OFF;
}

void psci_system_off(void)
{
	if (psci_conduit != PSCI_NONE && psci_system_off_id)
		psci_call(psci_system_off_id, 0, 0, 0);
}

static int psci_find(void)
{
	int node = irqkit_fdt_find_compatible(&tree, -1, "arm,psci-0.2");

	if (node < 0)
		node = irqkit_fdt_find_compatible(&tree, -1, "arm,psci-1.0");
	if (node >= 0) {
		psci_cpu_on_id = PSCI_CPU_ON;
		psci_cpu_off_id = PSCI_CPU_OFF;
		psci_affinity_info_id = PSCI_AFFINITY_INFO;
		psci_system_off_id = PSCI_SYSTEM_OFF;
	}
	return node;
}

/* PSCI 0.1 has no fixed numbers: the tree has them. */
static int psci_find_old(void)
{
	int node = irqkit_fdt_find_compatible(&tree, -1, "arm,psci");
	struct irqkit_fdt_property number;

	if (node < 0 || irqkit_fdt_get(&tree, node, "cpu_on", &number) ||
	    number.size != 4)
		return -ENOENT;
	psci_cpu_on_id = tree_number(number.value, 1);
	return node;
}

void psci_init(void)
{
	int node = psci_find();
	const char *method;

	if (node < 0)
		node = psci_find_old();
	method = tree_text(node, "method");
	if (method && tree_same(method, "hvc"))
		psci_conduit = PSCI_HVC;
	else if (method && tree_same(method, "smc"))
		psci_conduit = PSCI_SMC;
}
