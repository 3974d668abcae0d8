/* SPDX-License-Identifier: MIT */
/*
 * Reads the MADT (ACPI 6.5, 5.2.12). It goes over the table twice: the first
 * time it finds all that can be wrong, the second time nothing can fail and
 * the caller's structs are filled in. No state.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include <irqkit/print.h>
#include "acpi.h"

/* Offsets from the start of the table. */
#define MADT_LOCAL_APIC 36U /* 32 bits */
#define MADT_ENTRIES	44U

/* From this revision on "online capable" is there (ACPI 6.3). */
#define MADT_REVISION_ONLINE_CAPABLE 5U

/* Types of entries and their lengths. */
enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_NMI = 4,
	MADT_LAPIC_ADDRESS = 5,
	MADT_X2APIC = 9,
	MADT_X2APIC_NMI = 10,
};

/* Flags of a CPU (table 5.36). */
#define MADT_CPU_ENABLED	(1U << 0)
#define MADT_CPU_ONLINE_CAPABLE (1U << 1)

/* Ids that name no CPU but all of them. */
#define MADT_ALL_LAPICS	 0xffU
#define MADT_ALL_X2APICS 0xffffffffU

/* MPS INTI flags (table 5.44): polarity and trigger. */
#define MADT_POLARITY	   (3U << 0)
#define MADT_ACTIVE_LOW	   (3U << 0)
#define MADT_TRIGGER	   (3U << 2)
#define MADT_TRIGGER_LEVEL (3U << 2)

#define MADT_MAX_PIN	   1U

/* A table that has been checked. */
struct madt_table {
	const uint8_t *start;
	size_t length; /* bytes */
};

/* An NMI line of one or of all CPUs. */
struct madt_nmi {
	bool all;
	struct irqkit_x86_lint_nmi line;
};

/* What several entries say of it. */
struct madt_line {
	struct irqkit_x86_lint_nmi said; /* by the first */
	bool differ;
};

/* A CPU as one entry tells it. */
struct madt_cpu {
	struct hwcpu hwcpu;
	uint32_t flags;
};

/* What the first time over the table finds. */
struct madt_counts {
	unsigned int ioapics;
	unsigned int overrides;
	bool boot_listed;
};

static int madt_malformed(const char *how, size_t offset)
{
	irqkit_log(IRQKIT_LOG_ERROR,
		   "irqkit: ACPI table APIC: %s at offset %zu", how, offset);
	return -EINVAL;
}

/* 0 for a type that is skipped. */
static unsigned int madt_length_of(unsigned int type)
{
	switch (type) {
	case MADT_LAPIC:
		return 8;
	case MADT_IOAPIC:
		return 12;
	case MADT_OVERRIDE:
		return 10;
	case MADT_LAPIC_NMI:
		return 6;
	case MADT_LAPIC_ADDRESS:
		return 12;
	case MADT_X2APIC:
		return 16;
	case MADT_X2APIC_NMI:
		return 12;
	default:
		return 0;
	}
}

/* The next entry in a table that has been checked; NULL after the last. */
static const uint8_t *madt_next(const struct madt_table *madt,
				const uint8_t *entry)
{
	entry = entry == NULL ? madt->start + MADT_ENTRIES : entry + entry[1];
	return entry < madt->start + madt->length ? entry : NULL;
}

static int madt_check_entries(const struct madt_table *madt)
{
	size_t offset = MADT_ENTRIES;

	while (offset < madt->length) {
		const uint8_t *entry = madt->start + offset;
		size_t left = madt->length - offset;
		unsigned int expected;

		if (left < 2 || entry[1] > left)
			return madt_malformed("entry beyond the end", offset);
		if (entry[1] < 2)
			return madt_malformed("entry without a length", offset);
		expected = madt_length_of(entry[0]);
		if (expected != 0 && entry[1] != expected)
			return madt_malformed("entry of a wrong length",
					      offset);
		offset += entry[1];
	}
	return 0;
}

/* Whether the entry is a CPU, enabled or not. */
static bool madt_read_cpu(const uint8_t *entry, struct madt_cpu *cpu)
{
	if (entry[0] == MADT_LAPIC && entry[3] != MADT_ALL_LAPICS) {
		cpu->hwcpu.id = entry[3];
		cpu->flags = acpi_read32(entry + 4);
		return true;
	}
	if (entry[0] == MADT_X2APIC &&
	    acpi_read32(entry + 4) != MADT_ALL_X2APICS) {
		cpu->hwcpu.id = acpi_read32(entry + 4);
		cpu->flags = acpi_read32(entry + 8);
		return true;
	}
	return false;
}

static bool madt_read_enabled_cpu(const uint8_t *entry, struct madt_cpu *cpu)
{
	return madt_read_cpu(entry, cpu) &&
	       (cpu->flags & MADT_CPU_ENABLED) != 0;
}

static bool madt_is_isa_override(const uint8_t *entry)
{
	return entry[0] == MADT_OVERRIDE && entry[2] == 0;
}

static void madt_count(const struct madt_table *madt, struct hwcpu boot,
		       struct madt_counts *counts)
{
	const uint8_t *entry = NULL;
	struct madt_cpu cpu;

	while ((entry = madt_next(madt, entry)) != NULL) {
		if (entry[0] == MADT_IOAPIC)
			counts->ioapics++;
		else if (madt_is_isa_override(entry))
			counts->overrides++;
		else if (madt_read_enabled_cpu(entry, &cpu) &&
			 cpu.hwcpu.id == boot.id)
			counts->boot_listed = true;
	}
}

static int madt_check(const struct madt_table *madt, struct hwcpu boot)
{
	struct madt_counts counts = {0};
	int error = madt_check_entries(madt);

	if (error != 0)
		return error;
	madt_count(madt, boot, &counts);
	if (counts.ioapics > IRQKIT_X86_MAX_IOAPICS ||
	    counts.overrides > IRQKIT_X86_MAX_OVERRIDES) {
		irqkit_log(IRQKIT_LOG_ERROR,
			   "irqkit: ACPI table APIC: %u IO-APICs and %u "
			   "overrides are too many",
			   counts.ioapics, counts.overrides);
		return -ENOSPC;
	}
	if (counts.boot_listed)
		return 0;
	irqkit_log(IRQKIT_LOG_ERROR,
		   "irqkit: ACPI table APIC does not list APIC id %llu, which "
		   "runs",
		   (unsigned long long)boot.id);
	return -ENOENT;
}

static bool madt_has_listed(const struct irqkit_cpu_list *cpus,
			    struct hwcpu hwcpu)
{
	for (unsigned int i = 0; i < cpus->nr; i++) {
		if (cpus->cpus[i].id == hwcpu.id)
			return true;
	}
	return false;
}

/* Whether a CPU that is refused was named before; that is rare. */
static bool madt_was_refused(const struct madt_table *madt,
			     const uint8_t *before, struct hwcpu hwcpu)
{
	const uint8_t *entry = NULL;
	struct madt_cpu cpu;

	while ((entry = madt_next(madt, entry)) != before) {
		if (madt_read_enabled_cpu(entry, &cpu) &&
		    cpu.hwcpu.id == hwcpu.id)
			return true;
	}
	return false;
}

static void madt_add_cpu(struct irqkit_cpu_list *cpus, struct hwcpu hwcpu)
{
	if (cpus->nr < IRQKIT_NR_CPUS) {
		cpus->cpus[cpus->nr++] = hwcpu;
		return;
	}
	cpus->refused++;
	irqkit_log(IRQKIT_LOG_WARNING,
		   "irqkit: the CPU with APIC id %llu is refused: %u are the "
		   "most",
		   (unsigned long long)hwcpu.id, IRQKIT_NR_CPUS);
}

static void madt_fill_cpus(const struct madt_table *madt, struct hwcpu boot,
			   struct irqkit_cpu_list *cpus)
{
	const uint8_t *entry = NULL;
	struct madt_cpu cpu;

	cpus->nr = 0;
	cpus->refused = 0;
	madt_add_cpu(cpus, boot);
	while ((entry = madt_next(madt, entry)) != NULL) {
		if (!madt_read_enabled_cpu(entry, &cpu) ||
		    madt_has_listed(cpus, cpu.hwcpu))
			continue;
		if (cpus->nr == IRQKIT_NR_CPUS &&
		    madt_was_refused(madt, entry, cpu.hwcpu))
			continue;
		madt_add_cpu(cpus, cpu.hwcpu);
	}
}

/*
 * A CPU that is not enabled may be plugged in later. Older tables cannot say
 * which may, so there each of them counts.
 */
static bool madt_may_gain_cpu(const struct madt_table *madt)
{
	bool says = madt->start[ACPI_HEADER_REVISION] >=
		    MADT_REVISION_ONLINE_CAPABLE;
	const uint8_t *entry = NULL;
	struct madt_cpu cpu;

	while ((entry = madt_next(madt, entry)) != NULL) {
		if (!madt_read_cpu(entry, &cpu) ||
		    (cpu.flags & MADT_CPU_ENABLED) != 0)
			continue;
		if (!says || (cpu.flags & MADT_CPU_ONLINE_CAPABLE) != 0)
			return true;
	}
	return false;
}

/* Flags that leave it to the bus mean active high and edge on ISA. */
static bool madt_active_low(unsigned int flags)
{
	return (flags & MADT_POLARITY) == MADT_ACTIVE_LOW;
}

static bool madt_level(unsigned int flags)
{
	return (flags & MADT_TRIGGER) == MADT_TRIGGER_LEVEL;
}

static bool madt_read_nmi(const uint8_t *entry, struct madt_nmi *nmi)
{
	unsigned int flags, pin;

	if (entry[0] == MADT_LAPIC_NMI) {
		nmi->all = entry[2] == MADT_ALL_LAPICS;
		flags = acpi_read16(entry + 3);
		pin = entry[5];
	} else if (entry[0] == MADT_X2APIC_NMI) {
		flags = acpi_read16(entry + 2);
		nmi->all = acpi_read32(entry + 4) == MADT_ALL_X2APICS;
		pin = entry[8];
	} else {
		return false;
	}
	if (pin > MADT_MAX_PIN) {
		irqkit_log(IRQKIT_LOG_WARNING,
			   "irqkit: ACPI table APIC: there is no LINT%u", pin);
		return false;
	}
	nmi->line.valid = true;
	nmi->line.pin = pin;
	nmi->line.active_low = madt_active_low(flags);
	nmi->line.level = madt_level(flags);
	return true;
}

static bool madt_same_line(const struct irqkit_x86_lint_nmi *a,
			   const struct irqkit_x86_lint_nmi *b)
{
	return a->pin == b->pin && a->active_low == b->active_low &&
	       a->level == b->level;
}

static void madt_agree(struct madt_line *line,
		       const struct irqkit_x86_lint_nmi *said)
{
	if (!line->said.valid)
		line->said = *said;
	else if (!madt_same_line(&line->said, said))
		line->differ = true;
}

/*
 * One line for all CPUs: that of the entry that names all, else what the
 * entries of single CPUs agree on. Where they do not, there is none.
 */
static void madt_fill_nmi(const struct madt_table *madt,
			  struct irqkit_x86_lint_nmi *lint_nmi)
{
	const uint8_t *entry = NULL;
	struct madt_line all = {0};
	struct madt_line single = {0};
	const struct madt_line *line;
	struct madt_nmi nmi;

	while ((entry = madt_next(madt, entry)) != NULL) {
		if (madt_read_nmi(entry, &nmi))
			madt_agree(nmi.all ? &all : &single, &nmi.line);
	}
	line = all.said.valid ? &all : &single;
	*lint_nmi = line->said;
	if (!line->differ)
		return;
	lint_nmi->valid = false;
	irqkit_log(IRQKIT_LOG_WARNING,
		   "irqkit: ACPI table APIC: the NMI lines of CPUs differ, "
		   "none is used");
}

static void madt_fill_ioapic(const uint8_t *entry,
			     struct irqkit_x86_config *config)
{
	struct irqkit_x86_ioapic *ioapic = &config->ioapics[config->nr_ioapics];

	ioapic->id = entry[2];
	ioapic->address = acpi_read32(entry + 4);
	ioapic->gsi_base = acpi_read32(entry + 8);
	config->nr_ioapics++;
}

static void madt_fill_override(const uint8_t *entry,
			       struct irqkit_x86_config *config)
{
	struct irqkit_x86_override *override =
		&config->overrides[config->nr_overrides];
	unsigned int flags = acpi_read16(entry + 8);

	override->isa_irq = entry[3];
	override->gsi = acpi_read32(entry + 4);
	override->active_low = madt_active_low(flags);
	override->level = madt_level(flags);
	config->nr_overrides++;
}

static void madt_fill_config(const struct madt_table *madt,
			     uint64_t *local_apic,
			     struct irqkit_x86_config *config)
{
	const uint8_t *entry = NULL;

	*local_apic = acpi_read32(madt->start + MADT_LOCAL_APIC);
	config->nr_ioapics = 0;
	config->nr_overrides = 0;
	madt_fill_nmi(madt, &config->lint_nmi);
	while ((entry = madt_next(madt, entry)) != NULL) {
		if (entry[0] == MADT_IOAPIC)
			madt_fill_ioapic(entry, config);
		else if (madt_is_isa_override(entry))
			madt_fill_override(entry, config);
		else if (entry[0] == MADT_LAPIC_ADDRESS)
			*local_apic = acpi_read64(entry + 4);
	}
}

static int madt_open(const uint8_t *start, size_t size, struct madt_table *madt)
{
	int error;

	if (size < MADT_ENTRIES)
		return madt_malformed("truncated", size);
	error = irqkit_acpi_check(start, size, "APIC");
	if (error != 0)
		return error;
	madt->start = start;
	madt->length = acpi_read32(start + ACPI_HEADER_LENGTH);
	if (madt->length < MADT_ENTRIES)
		return madt_malformed("truncated", madt->length);
	return 0;
}

int irqkit_madt_read(const void *madt, size_t size, struct hwcpu boot,
		     uint64_t *local_apic, struct irqkit_x86_config *config,
		     struct irqkit_cpu_list *cpus)
{
	struct madt_table table;
	int error;

	if (madt == NULL || local_apic == NULL || config == NULL ||
	    cpus == NULL)
		return -EINVAL;
	error = madt_open(madt, size, &table);
	if (error == 0)
		error = madt_check(&table, boot);
	if (error != 0)
		return error;
	madt_fill_cpus(&table, boot, cpus);
	madt_fill_config(&table, local_apic, config);
	config->all_cpus_listed = cpus->refused == 0 &&
				  !madt_may_gain_cpu(&table);
	return 0;
}
