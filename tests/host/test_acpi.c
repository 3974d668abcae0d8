/* SPDX-License-Identifier: MIT */
/*
 * The readers of ACPI tables, with tables made here. Whatever the readers see
 * is in heap blocks of its exact size, so that the sanitizer of the host build
 * finds any step beyond it.
 */
#include <irqkit/errno.h>
#include <irqkit/firmware.h>
#include <stdlib.h>
#include <string.h>
#include "host.h"
#include "suites/tap.h"

#define TABLE_BYTES    16384U
#define TABLE_HEADER   36U
#define TABLE_LENGTH   4U
#define TABLE_REVISION 8U
#define TABLE_CHECKSUM 9U
#define MADT_HEADER    44U
#define MADT_LAPICS    0xfee00000U

/*
 * What is in out parameters before a call. It is a true bool, so that the
 * sanitizer does not mind to read one.
 */
#define UNTOUCHED 0x01

struct table {
	uint8_t bytes[TABLE_BYTES];
	size_t length;
};

static void table_put(uint8_t *at, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void table_add(struct table *table, uint64_t value, unsigned int size)
{
	table_put(table->bytes + table->length, value, size);
	table->length += size;
}

/* Make the sum of @size bytes 0 by the one at @checksum. */
static void table_sum(uint8_t *bytes, size_t size, size_t checksum)
{
	uint8_t sum = 0;

	bytes[checksum] = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[checksum] = (uint8_t)-sum;
}

static void table_begin(struct table *table, const char *signature,
			unsigned int revision)
{
	memset(table, 0, sizeof(*table));
	memcpy(table->bytes, signature, 4);
	table->bytes[TABLE_REVISION] = (uint8_t)revision;
	table->length = TABLE_HEADER;
}

/* Its length and checksum, as the table is now. */
static void table_end(struct table *table)
{
	table_put(table->bytes + TABLE_LENGTH, table->length, 4);
	table_sum(table->bytes, table->length, TABLE_CHECKSUM);
}

/* Entries of the MADT. */

static struct table madt;

static void madt_begin(unsigned int revision)
{
	table_begin(&madt, "APIC", revision);
	table_add(&madt, MADT_LAPICS, 4);
	table_add(&madt, 1, 4);
}

static void madt_entry(unsigned int type, unsigned int length)
{
	table_add(&madt, type, 1);
	table_add(&madt, length, 1);
}

#define MADT_ENABLED 1U
#define MADT_CAPABLE 2U

static void madt_lapic(unsigned int id, unsigned int flags)
{
	madt_entry(0, 8);
	table_add(&madt, id + 100, 1); /* the processor's UID, which differs */
	table_add(&madt, id, 1);
	table_add(&madt, flags, 4);
}

static void madt_x2apic(uint32_t id, unsigned int flags)
{
	madt_entry(9, 16);
	table_add(&madt, 0, 2);
	table_add(&madt, id, 4);
	table_add(&madt, flags, 4);
	table_add(&madt, id + 100, 4);
}

static void madt_ioapic(unsigned int id, uint32_t address, uint32_t gsi)
{
	madt_entry(1, 12);
	table_add(&madt, id, 1);
	table_add(&madt, 0, 1);
	table_add(&madt, address, 4);
	table_add(&madt, gsi, 4);
}

static void madt_override(unsigned int bus, unsigned int irq, uint32_t gsi,
			  unsigned int flags)
{
	madt_entry(2, 10);
	table_add(&madt, bus, 1);
	table_add(&madt, irq, 1);
	table_add(&madt, gsi, 4);
	table_add(&madt, flags, 2);
}

static void madt_lapic_nmi(unsigned int processor, unsigned int flags,
			   unsigned int pin)
{
	madt_entry(4, 6);
	table_add(&madt, processor, 1);
	table_add(&madt, flags, 2);
	table_add(&madt, pin, 1);
}

static void madt_address(uint64_t address)
{
	madt_entry(5, 12);
	table_add(&madt, 0, 2);
	table_add(&madt, address, 8);
}

static void madt_x2apic_nmi(uint32_t processor, unsigned int flags,
			    unsigned int pin)
{
	madt_entry(10, 12);
	table_add(&madt, flags, 2);
	table_add(&madt, processor, 4);
	table_add(&madt, pin, 1);
	table_add(&madt, 0, 3);
}

/* Of a type that the reader does not know. */
static void madt_unknown(unsigned int type, unsigned int length)
{
	madt_entry(type, length);
	for (unsigned int i = 2; i < length; i++)
		table_add(&madt, 0xff, 1);
}

/* The caller's own out parameters. */
struct madt_result {
	uint64_t local_apic;
	struct irqkit_x86_config config;
	struct irqkit_cpu_list cpus;
};

static struct madt_result madt_got;
static struct madt_result madt_before;

static bool madt_is_untouched(void)
{
	return memcmp(&madt_got, &madt_before, sizeof(madt_got)) == 0;
}

/* What holds after any success. */
static void madt_check_sane(uint32_t boot)
{
	const struct irqkit_cpu_list *cpus = &madt_got.cpus;

	if (!tap_expect(cpus->nr >= 1 && cpus->nr <= IRQKIT_NR_CPUS, "%u CPUs",
			cpus->nr))
		return;
	tap_expect(cpus->cpus[0].id == boot, "cpu 0 is the boot CPU");
	for (unsigned int i = 1; i < cpus->nr; i++) {
		for (unsigned int j = 0; j < i; j++)
			tap_expect(cpus->cpus[i].id != cpus->cpus[j].id,
				   "cpu %u is not cpu %u", i, j);
	}
	tap_expect(madt_got.config.nr_ioapics <= IRQKIT_X86_MAX_IOAPICS,
		   "IO-APICs fit");
	tap_expect(madt_got.config.nr_overrides <= IRQKIT_X86_MAX_OVERRIDES,
		   "overrides fit");
	tap_expect(!madt_got.config.lint_nmi.valid ||
			   madt_got.config.lint_nmi.pin <= 1,
		   "the pin is one");
	tap_expect(madt_got.config.local_apic ==
				   madt_before.config.local_apic &&
			   madt_got.config.allow_x2apic,
		   "other fields are left alone");
}

/* Read the first @size bytes of the table, and nothing more is there. */
static int madt_read(size_t size, uint32_t boot)
{
	const struct hwcpu boot_cpu = {.id = boot};
	uint8_t *block = malloc(size);
	int result;

	memcpy(block, madt.bytes, size);
	memset(&madt_got, UNTOUCHED, sizeof(madt_got));
	memset(&madt_before, UNTOUCHED, sizeof(madt_before));
	result = irqkit_madt_read(block, size, boot_cpu, &madt_got.local_apic,
				  &madt_got.config, &madt_got.cpus);
	free(block);
	if (result == 0)
		madt_check_sane(boot);
	else
		tap_expect(madt_is_untouched(),
			   "out parameters are unchanged after error %d",
			   result);
	return result;
}

static int madt_finish(uint32_t boot)
{
	table_end(&madt);
	return madt_read(madt.length, boot);
}

static void madt_expect_error(int expected, uint32_t boot, const char *what)
{
	unsigned int lines = host_log_lines();

	tap_equal(madt_finish(boot), expected, "%s", what);
	tap_expect(host_log_lines() > lines, "a log line says so: %s", what);
}

static void madt_expect_cpus(unsigned int nr, const uint32_t *ids)
{
	tap_equal(madt_got.cpus.nr, nr, "CPUs");
	for (unsigned int i = 0; i < nr && i < madt_got.cpus.nr; i++)
		tap_equal((long long)madt_got.cpus.cpus[i].id, ids[i],
			  "APIC id of cpu %u", i);
}

/* One of each entry, with others between. The boot CPU, id 4, is last. */
#define FULL_BOOT 4U
static void madt_full(void)
{
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	madt_unknown(0x7f, 7);
	madt_lapic(9, 0);
	madt_ioapic(7, 0xfec00000, 0);
	madt_unknown(3, 8);
	madt_ioapic(8, 0xfec01000, 24);
	madt_override(0, 0, 2, 0);
	madt_override(0, 9, 20, 0xd);
	madt_override(0, 10, 21, 0xf);
	madt_override(1, 11, 22, 0xf); /* not on ISA */
	madt_lapic_nmi(0xff, 0, 1);
	madt_address(0x1fee00000ULL);
	madt_x2apic(300, MADT_ENABLED);
	madt_unknown(0xff, 2);
	madt_x2apic_nmi(0xffffffffU, 0, 1);
	madt_lapic(0xff, MADT_ENABLED); /* the id of none */
	madt_x2apic(0xffffffffU, MADT_ENABLED);
	madt_lapic(FULL_BOOT, MADT_ENABLED);
	table_end(&madt);
}

static void madt_check_full_config(void)
{
	const struct irqkit_x86_config *config = &madt_got.config;

	tap_equal(config->nr_ioapics, 2, "IO-APICs");
	tap_equal(config->ioapics[0].id, 7, "id of the first");
	tap_equal((long long)config->ioapics[0].address, 0xfec00000,
		  "its address");
	tap_equal(config->ioapics[0].gsi_base, 0, "its first GSI");
	tap_equal(config->ioapics[1].id, 8, "id of the second");
	tap_equal((long long)config->ioapics[1].address, 0xfec01000,
		  "its address");
	tap_equal(config->ioapics[1].gsi_base, 24, "its first GSI");
	tap_equal(config->nr_overrides, 3, "overrides of ISA");
	tap_equal(config->overrides[0].isa_irq, 0, "of IRQ 0");
	tap_equal(config->overrides[0].gsi, 2, "its GSI");
	tap_expect(!config->overrides[0].active_low &&
			   !config->overrides[0].level,
		   "as the bus has it: high, edge");
	tap_equal(config->overrides[1].isa_irq, 9, "of IRQ 9");
	tap_equal(config->overrides[1].gsi, 20, "its GSI");
	tap_expect(!config->overrides[1].active_low &&
			   config->overrides[1].level,
		   "high, level");
	tap_expect(config->overrides[2].active_low &&
			   config->overrides[2].level,
		   "low, level");
	tap_expect(config->lint_nmi.valid && config->lint_nmi.pin == 1 &&
			   !config->lint_nmi.active_low &&
			   !config->lint_nmi.level,
		   "NMI at LINT1, high, edge");
}

static void madt_all_types(void)
{
	const uint32_t ids[] = {FULL_BOOT, 0, 300};

	tap_subject("MADT: entries 0, 1, 2, 4, 5, 9 and 10, others skipped");
	madt_full();
	tap_equal(madt_read(madt.length, FULL_BOOT), 0, "read");
	madt_expect_cpus(3, ids);
	tap_equal(madt_got.cpus.refused, 0, "refused");
	tap_equal((long long)madt_got.local_apic, 0x1fee00000LL,
		  "local APICs, by entry 5");
	tap_expect(madt_got.config.all_cpus_listed,
		   "a CPU that is not capable never comes");
	madt_check_full_config();
	tap_close();
}

static void madt_smallest(void)
{
	const uint32_t ids[] = {0};

	tap_subject("MADT: one CPU and nothing else, and bytes behind it");
	madt_begin(1);
	madt_lapic(0, MADT_ENABLED);
	tap_equal(madt_finish(0), 0, "read");
	madt_expect_cpus(1, ids);
	tap_equal((long long)madt_got.local_apic, MADT_LAPICS, "local APICs");
	tap_expect(!madt_got.config.lint_nmi.valid, "no NMI");
	tap_equal(madt_got.config.nr_ioapics, 0, "IO-APICs");
	tap_equal(madt_got.config.nr_overrides, 0, "overrides");
	tap_expect(madt_got.config.all_cpus_listed, "all are listed");
	madt_lapic(1, MADT_ENABLED); /* after the end of the table */
	tap_equal(madt_read(madt.length, 0), 0, "read of more bytes");
	madt_expect_cpus(1, ids);
	tap_close();
}

static void madt_boot_cpu(void)
{
	const uint32_t last[] = {3, 0, 1, 2};
	const uint32_t twice[] = {1, 0, 3, 2};

	tap_subject("MADT: the boot CPU is cpu 0 wherever it stands");
	madt_begin(3);
	for (unsigned int id = 0; id < 4; id++)
		madt_lapic(id, MADT_ENABLED);
	tap_equal(madt_finish(3), 0, "read, it is last");
	madt_expect_cpus(4, last);
	madt_expect_error(-ENOENT, 4, "it is not listed");
	tap_expect(strstr(host_last_log(), "id 4") != NULL,
		   "the line names it: %s", host_last_log());
	tap_close();

	tap_subject("MADT: a CPU that is listed twice counts once");
	madt_begin(3);
	madt_lapic(0, MADT_ENABLED);
	madt_lapic(1, MADT_ENABLED);
	madt_lapic(1, MADT_ENABLED);
	madt_x2apic(0, MADT_ENABLED);
	madt_x2apic(3, MADT_ENABLED);
	madt_x2apic(1, MADT_ENABLED);
	madt_lapic(3, MADT_ENABLED);
	madt_lapic(2, MADT_ENABLED);
	tap_equal(madt_finish(1), 0, "read");
	madt_expect_cpus(4, twice);
	tap_equal(madt_got.cpus.refused, 0, "refused");
	tap_close();
}

static bool madt_listed_with(unsigned int revision, unsigned int flags)
{
	madt_begin(revision);
	madt_lapic(0, MADT_ENABLED);
	madt_lapic(1, flags);
	madt_x2apic(400, flags);
	tap_equal(madt_finish(0), 0, "read with flags 0x%x", flags);
	return madt_got.config.all_cpus_listed;
}

static void madt_disabled(void)
{
	const uint32_t boot[] = {0};
	const uint32_t all[] = {0, 1, 400};

	tap_subject("MADT: CPUs that are disabled, and those that may come");
	tap_expect(madt_listed_with(5, 0), "revision 5, not capable: never");
	madt_expect_cpus(1, boot);
	tap_expect(!madt_listed_with(5, MADT_CAPABLE),
		   "revision 5, capable: may come");
	madt_expect_cpus(1, boot);
	tap_expect(madt_listed_with(5, MADT_ENABLED), "enabled");
	madt_expect_cpus(3, all);
	tap_expect(madt_listed_with(5, MADT_ENABLED | MADT_CAPABLE), "both");
	madt_expect_cpus(3, all);
	tap_expect(!madt_listed_with(4, 0),
		   "before revision 5 nobody says which never come");
	madt_begin(5);
	madt_lapic(0, 0);
	madt_lapic(1, MADT_ENABLED);
	madt_expect_error(-ENOENT, 0, "the boot CPU is disabled");
	tap_close();
}

/* Up to the limit and @surplus beyond; the boot CPU is the last of all. */
static void madt_many(unsigned int surplus)
{
	unsigned int lines = host_log_lines();
	unsigned int nr = IRQKIT_NR_CPUS + surplus;
	char name[32];

	madt_begin(5);
	for (unsigned int id = 0; id < nr; id++)
		madt_x2apic(id + 1000, MADT_ENABLED);
	/* Some again: they are refused and named once. */
	for (unsigned int id = nr - surplus - 1; id < nr; id++)
		madt_x2apic(id + 1000, MADT_ENABLED);
	tap_equal(madt_finish(nr + 999), 0, "read of %u CPUs", nr);
	tap_equal(madt_got.cpus.nr, IRQKIT_NR_CPUS, "CPUs taken of %u", nr);
	tap_equal(madt_got.cpus.refused, surplus, "refused of %u", nr);
	tap_equal(host_log_lines() - lines, surplus, "lines for %u", nr);
	for (unsigned int i = 1; i < madt_got.cpus.nr; i++)
		tap_equal((long long)madt_got.cpus.cpus[i].id, i + 999,
			  "cpu %u", i);
	tap_equal(madt_got.config.all_cpus_listed, surplus == 0,
		  "all are listed");
	if (surplus == 0)
		return;
	/* The boot CPU took a place, so the one before it is the last out. */
	irqkit_snprintf(name, sizeof(name), "APIC id %u ", nr + 998);
	tap_expect(strstr(host_last_log(), name) != NULL,
		   "the last line names %s: %s", name, host_last_log());
}

static void madt_too_many_cpus(void)
{
	tap_subject("MADT: CPUs beyond IRQKIT_NR_CPUS are refused by name");
	for (unsigned int surplus = 0; surplus < 6; surplus++)
		madt_many(surplus);
	tap_close();
}

static void madt_too_many_others(void)
{
	tap_subject(
		"MADT: as many IO-APICs and overrides as fit, and one more");
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	for (unsigned int i = 0; i < IRQKIT_X86_MAX_IOAPICS; i++)
		madt_ioapic(i, 0xfec00000U + i * 0x1000, i * 24);
	for (unsigned int i = 0; i < IRQKIT_X86_MAX_OVERRIDES; i++)
		madt_override(0, i, i + 100, 0);
	madt_override(7, 0, 0, 0);
	tap_equal(madt_finish(0), 0, "as many as fit");
	tap_equal(madt_got.config.nr_ioapics, IRQKIT_X86_MAX_IOAPICS,
		  "IO-APICs");
	tap_equal(madt_got.config.nr_overrides, IRQKIT_X86_MAX_OVERRIDES,
		  "overrides");
	tap_equal(madt_got.config.overrides[IRQKIT_X86_MAX_OVERRIDES - 1].gsi,
		  IRQKIT_X86_MAX_OVERRIDES + 99, "the last of them");
	madt_ioapic(99, 0, 0);
	madt_expect_error(-ENOSPC, 0, "an IO-APIC more");
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	for (unsigned int i = 0; i <= IRQKIT_X86_MAX_OVERRIDES; i++)
		madt_override(0, i, i, 0);
	madt_expect_error(-ENOSPC, 0, "an override more");
	tap_close();
}

static void madt_nmi_begin(void)
{
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	madt_lapic(1, MADT_ENABLED);
}

static void madt_nmi_is(bool valid, unsigned int pin, bool low, bool level,
			const char *what)
{
	const struct irqkit_x86_lint_nmi *nmi = &madt_got.config.lint_nmi;

	tap_equal(madt_finish(0), 0, "read: %s", what);
	tap_equal(nmi->valid, valid, "valid: %s", what);
	if (!valid)
		return;
	tap_equal(nmi->pin, pin, "pin: %s", what);
	tap_equal(nmi->active_low, low, "low: %s", what);
	tap_equal(nmi->level, level, "level: %s", what);
}

static void madt_nmis(void)
{
	tap_subject("MADT: the NMI line, of all CPUs and of single ones");
	madt_nmi_begin();
	madt_lapic_nmi(0, 5, 1);
	madt_lapic_nmi(1, 5, 1);
	madt_nmi_is(true, 1, false, false, "two that agree");
	madt_nmi_begin();
	madt_lapic_nmi(0, 0, 1);
	madt_lapic_nmi(1, 0, 0);
	madt_nmi_is(false, 0, false, false, "pins differ");
	madt_x2apic_nmi(0xffffffffU, 0xf, 0);
	madt_nmi_is(true, 0, true, true, "one for all wins");
	madt_nmi_begin();
	madt_lapic_nmi(0, 0, 1);
	madt_lapic_nmi(1, 3, 1);
	madt_nmi_is(false, 0, false, false, "polarities differ");
	madt_nmi_begin();
	madt_lapic_nmi(0, 0x5, 1);
	madt_lapic_nmi(1, 0xd, 1);
	madt_nmi_is(false, 0, false, false, "triggers differ");
	madt_nmi_begin();
	madt_lapic_nmi(0xff, 3, 0);
	madt_nmi_is(true, 0, true, false, "low, edge");
	madt_nmi_begin();
	madt_lapic_nmi(0xff, 0xd, 1);
	madt_nmi_is(true, 1, false, true, "high, level");
	madt_nmi_begin();
	madt_x2apic_nmi(1, 0, 1);
	madt_nmi_is(true, 1, false, false, "by entry 10 for one");
	madt_nmi_begin();
	madt_lapic_nmi(0xff, 0, 2);
	madt_x2apic_nmi(0xffffffffU, 0, 255);
	madt_nmi_is(false, 0, false, false, "pins that there are not");
	tap_close();
}

/* An entry of a length at the end of a table that is fine before it. */
static void madt_with_length(unsigned int type, unsigned int length,
			     unsigned int there, int expected)
{
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	madt_entry(type, length);
	for (unsigned int i = 2; i < there; i++)
		table_add(&madt, 0, 1);
	tap_equal(madt_finish(0), expected,
		  "type %u, length %u, %u bytes there", type, length, there);
}

static void madt_lengths(void)
{
	static const struct {
		unsigned int type, length;
	} known[] = {{0, 8},  {1, 12}, {2, 10}, {4, 6},
		     {5, 12}, {9, 16}, {10, 12}};

	tap_subject("MADT: entries of a wrong length");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		for (unsigned int length = 0; length < 40; length++)
			madt_with_length(
				known[i].type, length, length < 2 ? 2 : length,
				length == known[i].length ? 0 : -EINVAL);
		for (unsigned int there = 2; there < known[i].length; there++)
			madt_with_length(known[i].type, known[i].length, there,
					 -EINVAL);
	}
	for (unsigned int length = 0; length < 256; length++) {
		unsigned int there = length < 2 ? 2 : length;

		madt_with_length(0x50, length, there, length < 2 ? -EINVAL : 0);
		if (length > 2)
			madt_with_length(0x50, length, there - 1, -EINVAL);
	}
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	table_add(&madt, 3, 1);
	madt_expect_error(-EINVAL, 0, "one byte is left");
	/* Its length would be the type of an IO-APIC that is whole. */
	madt_begin(5);
	madt_lapic(0, MADT_ENABLED);
	madt_entry(0x50, 1);
	table_add(&madt, 12, 1);
	for (unsigned int i = 2; i < 12; i++)
		table_add(&madt, 0, 1);
	madt_expect_error(-EINVAL, 0, "an entry within the one before it");
	tap_close();
}

static bool madt_is_boundary(size_t offset)
{
	size_t at = MADT_HEADER;

	while (at < offset)
		at += madt.bytes[at + 1];
	return at == offset;
}

static void madt_truncated(void)
{
	size_t whole;

	tap_subject("MADT: truncated at every length");
	madt_full();
	whole = madt.length;
	for (size_t size = 0; size < whole; size++)
		tap_equal(madt_read(size, FULL_BOOT), -EINVAL,
			  "%zu bytes are readable", size);
	/* A shorter table that says so is fine where an entry ends. */
	for (size_t size = TABLE_HEADER; size < whole; size++) {
		madt_full();
		madt.length = size;
		tap_equal(madt_finish(0),
			  size > MADT_HEADER && madt_is_boundary(size) ? 0
			  : size == MADT_HEADER			       ? -ENOENT
						: -EINVAL,
			  "it says %zu bytes", size);
	}
	for (unsigned int length = 0; length < MADT_HEADER; length++) {
		madt_full();
		table_put(madt.bytes + TABLE_LENGTH, length, 4);
		table_sum(madt.bytes, length > 9 ? length : whole,
			  TABLE_CHECKSUM);
		tap_equal(madt_read(whole, FULL_BOOT), -EINVAL,
			  "it says %u bytes and has more", length);
	}
	madt_full();
	table_put(madt.bytes + TABLE_LENGTH, UINT32_MAX, 4);
	tap_equal(madt_read(whole, FULL_BOOT), -EINVAL, "it says 4 GiB");
	tap_close();
}

static void madt_flipped(void)
{
	unsigned int good = 0;

	tap_subject("MADT: each bit flipped, without and with a right sum");
	madt_full();
	for (size_t bit = 0; bit < madt.length * 8; bit++) {
		uint8_t *byte = &madt.bytes[bit / 8];

		*byte ^= (uint8_t)(1U << bit % 8);
		tap_equal(madt_read(madt.length, FULL_BOOT), -EINVAL,
			  "bit %zu of byte %zu", bit % 8, bit / 8);
		table_sum(madt.bytes, madt.length, TABLE_CHECKSUM);
		switch (madt_read(madt.length, FULL_BOOT)) {
		case 0:
			good++;
			break;
		case -EINVAL:
		case -ENOENT:
			break;
		default:
			tap_expect(false, "bit %zu of byte %zu: an odd error",
				   bit % 8, bit / 8);
		}
		madt_full();
	}
	tap_expect(good > 0, "some are good tables");
	tap_close();
}

static void madt_arguments(void)
{
	const struct hwcpu boot = {.id = FULL_BOOT};
	struct madt_result *got = &madt_got;

	tap_subject("MADT: NULL, wrong signature");
	madt_full();
	memset(got, UNTOUCHED, sizeof(*got));
	tap_equal(irqkit_madt_read(NULL, madt.length, boot, &got->local_apic,
				   &got->config, &got->cpus),
		  -EINVAL, "no table");
	tap_equal(irqkit_madt_read(madt.bytes, madt.length, boot, NULL,
				   &got->config, &got->cpus),
		  -EINVAL, "no address");
	tap_equal(irqkit_madt_read(madt.bytes, madt.length, boot,
				   &got->local_apic, NULL, &got->cpus),
		  -EINVAL, "no config");
	tap_equal(irqkit_madt_read(madt.bytes, madt.length, boot,
				   &got->local_apic, &got->config, NULL),
		  -EINVAL, "no list");
	tap_expect(madt_is_untouched(), "out parameters are unchanged");
	memcpy(madt.bytes, "FACP", 4);
	madt_expect_error(-EINVAL, FULL_BOOT, "signature");
	tap_close();
}

/* Physical memory: pieces, and nothing between them. */

#define MEMORY_RSDP  0xf5a91ULL
#define MEMORY_RSDT  0x7fe0011ULL
#define MEMORY_XSDT  0x100000123ULL /* above 4 GiB */
#define MEMORY_FADT  0x7fe2003ULL
#define MEMORY_MADT  0x7fe3001ULL
#define MEMORY_MADT2 0x200000005ULL
#define MEMORY_NONE  0x66666000ULL

#define MEMORY_MAPS  64U

struct memory_piece {
	uint64_t address;
	struct table table;
};

enum {
	RSDP,
	RSDT,
	XSDT,
	FADT,
	MADT,
	MADT2,
	MEMORY_PIECES
};

static struct memory_piece memory[MEMORY_PIECES];
static void *memory_maps[MEMORY_MAPS];
static unsigned int memory_nr_maps;
static unsigned int memory_fail_at; /* the n-th call fails, from 1; 0: none */

static void memory_unmap_all(void)
{
	while (memory_nr_maps > 0)
		free(memory_maps[--memory_nr_maps]);
}

static void *memory_copy(const uint8_t *bytes, size_t size)
{
	void *block = malloc(size);

	memcpy(block, bytes, size);
	memory_maps[memory_nr_maps++] = block;
	return block;
}

/* Each mapping is a copy that is no byte longer than was asked for. */
static const void *memory_map(void *context, uint64_t address, size_t size)
{
	tap_expect(context == memory, "the context is handed over");
	if (memory_nr_maps + 1 == memory_fail_at ||
	    memory_nr_maps == MEMORY_MAPS)
		return NULL;
	for (unsigned int i = 0; i < MEMORY_PIECES; i++) {
		const struct table *table = &memory[i].table;
		uint64_t offset = address - memory[i].address;

		if (offset <= table->length && size <= table->length - offset)
			return memory_copy(table->bytes + offset, size);
	}
	return NULL;
}

static void memory_rsdp_sums(void)
{
	struct table *rsdp = &memory[RSDP].table;

	table_sum(rsdp->bytes, 20, 8);
	if (rsdp->length > 32)
		table_sum(rsdp->bytes, rsdp->length, 32);
}

static void memory_rsdp(unsigned int revision, uint64_t xsdt)
{
	struct table *rsdp = &memory[RSDP].table;

	memset(rsdp, 0, sizeof(*rsdp));
	memcpy(rsdp->bytes, "RSD PTR ", 8);
	rsdp->bytes[15] = (uint8_t)revision;
	table_put(rsdp->bytes + 16, MEMORY_RSDT, 4);
	rsdp->length = 20;
	if (revision >= 2) {
		table_add(rsdp, 36, 4);
		table_add(rsdp, xsdt, 8);
		table_add(rsdp, 0, 4);
	}
	memory_rsdp_sums();
}

static void memory_madt(unsigned int which, unsigned int cpu)
{
	madt_begin(5);
	madt_lapic(cpu, MADT_ENABLED);
	table_end(&madt);
	memory[which].table = madt;
}

/*
 * The RSDT leads to the MADT with CPU 1, the XSDT to that with CPU 2. Both
 * have an entry of 0 and other tables before it, and a second one behind.
 */
static void memory_fill(unsigned int revision)
{
	static const uint64_t addresses[MEMORY_PIECES] = {
		MEMORY_RSDP, MEMORY_RSDT, MEMORY_XSDT,
		MEMORY_FADT, MEMORY_MADT, MEMORY_MADT2};
	struct table *rsdt = &memory[RSDT].table;
	struct table *xsdt = &memory[XSDT].table;

	for (unsigned int i = 0; i < MEMORY_PIECES; i++)
		memory[i].address = addresses[i];
	memory_rsdp(revision, MEMORY_XSDT);
	table_begin(rsdt, "RSDT", 1);
	table_add(rsdt, 0, 4);
	table_add(rsdt, MEMORY_FADT, 4);
	table_add(rsdt, MEMORY_MADT, 4);
	table_end(rsdt);
	table_begin(xsdt, "XSDT", 1);
	table_add(xsdt, MEMORY_FADT, 8);
	table_add(xsdt, 0, 8);
	table_add(xsdt, MEMORY_MADT2, 8);
	table_add(xsdt, MEMORY_MADT, 8);
	table_end(xsdt);
	table_begin(&memory[FADT].table, "FACP", 1);
	table_end(&memory[FADT].table);
	memory_madt(MADT, 1);
	memory_madt(MADT2, 2);
}

/* What find gave back: which of the two MADTs, or an error. */
static int find_table(const char *signature)
{
	const void *const untouched = &memory_maps;
	const void *table = untouched;
	size_t size = 12345;
	int result;

	memory_unmap_all();
	result = irqkit_acpi_find_table(memory_map, memory, MEMORY_RSDP,
					signature, &table, &size);
	if (result != 0) {
		tap_expect(table == untouched && size == 12345,
			   "out parameters are unchanged after error %d",
			   result);
		return result;
	}
	tap_expect(memcmp(table, signature, 4) == 0, "its signature");
	for (unsigned int i = 0; i < MEMORY_PIECES; i++) {
		if (size == memory[i].table.length &&
		    memcmp(table, memory[i].table.bytes, size) == 0)
			return (int)i;
	}
	tap_expect(false, "it is one of the tables");
	return 0;
}

static void find_is(int expected, const char *what)
{
	tap_equal(find_table("APIC"), expected, "%s", what);
}

static void find_error(int expected, const char *what)
{
	unsigned int lines = host_log_lines();

	find_is(expected, what);
	if (expected == -EINVAL)
		tap_expect(host_log_lines() == lines + 1,
			   "one log line says so: %s", what);
}

static void find_roots(void)
{
	const char signature[4] = {'A', 'P', 'I', 'C'};

	tap_subject("find: RSDP of revision 0 and 2, RSDT and XSDT");
	memory_fill(0);
	find_is(MADT, "revision 0");
	memory_fill(2);
	find_is(MADT2, "revision 2: the XSDT");
	tap_equal(find_table(signature), MADT2, "a signature without an end");
	tap_equal(find_table("FACP"), FADT, "another table");
	tap_equal(find_table("HPET"), -ENOENT, "one that is not there");
	tap_equal(find_table("api"), -ENOENT, "one in small letters");
	memory_rsdp(2, 0);
	find_is(MADT, "revision 2 without an XSDT");
	memory_rsdp(3, MEMORY_XSDT);
	find_is(MADT2, "revision 3");
	memory[RSDP].table.length = 40;
	table_put(memory[RSDP].table.bytes + 20, 40, 4);
	memory_rsdp_sums();
	find_is(MADT2, "a longer RSDP");
	tap_close();
}

static void find_bad_rsdp(void)
{
	struct table *rsdp = &memory[RSDP].table;

	tap_subject("find: a bad RSDP");
	for (unsigned int bit = 0; bit < 36 * 8; bit++) {
		memory_fill(2);
		rsdp->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		/* Its length may be beyond what is there then. */
		if (bit / 32 == 20 / 4)
			tap_expect(find_table("APIC") < 0, "length");
		else
			find_error(-EINVAL, "a bit of it is flipped");
	}
	for (unsigned int length = 0; length < 36; length++) {
		memory_fill(2);
		table_put(rsdp->bytes + 20, length, 4);
		memory_rsdp_sums();
		find_error(-EINVAL, "it is too short");
	}
	memory_fill(2);
	table_put(rsdp->bytes + 20, 4097, 4);
	memory_rsdp_sums();
	find_error(-EINVAL, "it is too long");
	memory_fill(2);
	table_put(rsdp->bytes + 20, 4096, 4);
	find_is(-ENOMEM, "it is longer than its memory");
	memory_rsdp(2, UINT64_MAX - 4);
	find_error(-EINVAL, "the XSDT is at the end of all memory");
	memory_rsdp(2, MEMORY_NONE);
	find_is(-ENOMEM, "no memory at the XSDT");
	tap_close();
}

static void find_bad_root(unsigned int which, unsigned int revision)
{
	struct table *root = &memory[which].table;

	for (size_t bit = 0;; bit++) {
		memory_fill(revision);
		if (bit == root->length * 8)
			break;
		root->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		/* A longer length is beyond what is there. */
		tap_expect(find_table("APIC") < 0, "bit %zu is flipped", bit);
	}
	memory_fill(revision);
	root->bytes[0] = 'Q';
	table_end(root);
	find_error(-EINVAL, "signature");
	for (size_t length = 0; length < TABLE_HEADER; length++) {
		memory_fill(revision);
		table_put(root->bytes + TABLE_LENGTH, length, 4);
		find_error(-EINVAL, "shorter than its header");
	}
	memory_fill(revision);
	root->length = TABLE_HEADER;
	table_end(root);
	find_is(-ENOENT, "no entry");
	memory_fill(revision);
	table_add(root, 0xff, 3);
	table_end(root);
	tap_equal(find_table("HPET"), -ENOENT, "a part of an entry");
	memory_fill(revision);
	table_add(root, MEMORY_NONE, which == XSDT ? 8 : 4);
	table_end(root);
	tap_expect(find_table("APIC") > 0, "no memory at a later table");
	tap_equal(find_table("HPET"), -ENOMEM, "no memory at a table");
	memory_fill(revision);
	table_put(root->bytes + TABLE_LENGTH, (1U << 20) + 1, 4);
	find_error(-EINVAL, "too long");
	memory_fill(revision);
	table_put(root->bytes + TABLE_LENGTH, 1U << 20, 4);
	find_is(-ENOMEM, "longer than its memory");
}

static void find_bad_tables(void)
{
	struct table *table = &memory[MADT2].table;

	tap_subject("find: a bad RSDT");
	find_bad_root(RSDT, 0);
	tap_close();
	tap_subject("find: a bad XSDT");
	find_bad_root(XSDT, 2);
	tap_close();
	tap_subject("find: the table itself is bad");
	for (size_t byte = 4; byte < table->length; byte++) {
		memory_fill(2);
		table->bytes[byte] ^= 0x10;
		if (byte >= TABLE_LENGTH && byte < TABLE_LENGTH + 4)
			tap_expect(find_table("APIC") < 0, "length");
		else
			find_error(-EINVAL, "checksum");
	}
	memory_fill(2);
	table_put(table->bytes + TABLE_LENGTH, TABLE_HEADER - 1, 4);
	find_error(-EINVAL, "shorter than its header");
	memory_fill(2);
	table_put(table->bytes, 0, 1);
	find_is(MADT, "another signature: the next one is found");
	tap_close();
}

/* Memory that ends within a table, and a map that fails. */
static void find_unmapped(void)
{
	static const unsigned int pieces[] = {RSDP, XSDT, FADT, MADT2};
	unsigned int calls;

	tap_subject("find: truncated at every length, every map failing");
	for (unsigned int i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		memory_fill(2);
		while (memory[pieces[i]].table.length > 0) {
			memory[pieces[i]].table.length--;
			find_is(-ENOMEM, "memory ends within a table");
		}
	}
	memory_fill(2);
	find_is(MADT2, "all is there");
	calls = memory_nr_maps;
	for (memory_fail_at = 1; memory_fail_at <= calls; memory_fail_at++)
		find_is(-ENOMEM, "a map fails");
	memory_fail_at = 0;
	tap_expect(calls >= 6, "%u maps", calls);
	tap_close();
}

static void find_arguments(void)
{
	const void *table = memory;
	size_t size = 1;

	tap_subject("find: NULL");
	memory_fill(2);
	tap_equal(irqkit_acpi_find_table(NULL, memory, MEMORY_RSDP, "APIC",
					 &table, &size),
		  -EINVAL, "no map");
	tap_equal(irqkit_acpi_find_table(memory_map, memory, MEMORY_RSDP, NULL,
					 &table, &size),
		  -EINVAL, "no signature");
	tap_equal(irqkit_acpi_find_table(memory_map, memory, MEMORY_RSDP,
					 "APIC", NULL, &size),
		  -EINVAL, "no table");
	tap_equal(irqkit_acpi_find_table(memory_map, memory, MEMORY_RSDP,
					 "APIC", &table, NULL),
		  -EINVAL, "no size");
	tap_expect(table == memory && size == 1,
		   "out parameters are unchanged");
	memory[RSDP].address = UINT64_MAX - 4;
	tap_equal(irqkit_acpi_find_table(memory_map, memory, UINT64_MAX - 4,
					 "APIC", &table, &size),
		  -EINVAL, "the RSDP is at the end of all memory");
	memory_unmap_all();
	tap_close();
}

int main(void)
{
	host_begin();
	madt_all_types();
	madt_smallest();
	madt_boot_cpu();
	madt_disabled();
	madt_too_many_cpus();
	madt_too_many_others();
	madt_nmis();
	madt_lengths();
	madt_truncated();
	madt_flipped();
	madt_arguments();
	find_roots();
	find_bad_rsdp();
	find_bad_tables();
	find_unmapped();
	find_arguments();
	return host_end();
}
