/* SPDX-License-Identifier: MIT */
/*
 * What a write to ICC_SGI1R_EL1 says and whom it reaches (IHI 0069, section
 * 12.2.22), and the pool that INTIDs are taken from. The range selector
 * cannot be tested under QEMU, whose clusters have 16 CPUs: HZ46. It has no
 * public header, as only the backend uses it.
 */
#include "../../arch/arm64/gicv3_intid_pool.h"
#include "../../arch/arm64/gicv3_sgi.h"
#include <string.h>
#include "host.h"
#include "suites/tap.h"

static struct hwcpu sgi_cpu(unsigned int aff3, unsigned int aff2,
			    unsigned int aff1, unsigned int aff0)
{
	return (struct hwcpu){
		.id = (uint64_t)aff3 << 32 | (uint64_t)aff2 << 16 |
		      (uint64_t)aff1 << 8 | aff0,
	};
}

/* A field of the register by its lowest and highest bit. */
static uint64_t sgi_field(uint64_t value, unsigned int high, unsigned int low)
{
	return value >> low & ((1ULL << (high - low + 1)) - 1);
}

/* As the controller reads it: whether it raises the SGI at a CPU. */
static bool sgi_reaches(uint64_t command, unsigned int aff3, unsigned int aff2,
			unsigned int aff1, unsigned int aff0)
{
	return sgi_field(command, 40, 40) == 0 &&
	       sgi_field(command, 55, 48) == aff3 &&
	       sgi_field(command, 39, 32) == aff2 &&
	       sgi_field(command, 23, 16) == aff1 &&
	       sgi_field(command, 47, 44) == aff0 / 16 &&
	       (command >> aff0 % 16 & 1) != 0;
}

/* Bits that the register does not have, or that mean all CPUs. */
#define SGI_RESERVED 0xff000f00f0000000ULL
#define SGI_INTID    0x0f000000ULL

static const unsigned int sgi_bytes[] = {0, 1, 2, 0x55, 0x80, 0xaa, 0xff};
#define SGI_BYTES (sizeof(sgi_bytes) / sizeof(sgi_bytes[0]))

static void sgi_one(unsigned int aff3, unsigned int aff2, unsigned int aff1,
		    unsigned int aff0)
{
	struct hwcpu hw = sgi_cpu(aff3, aff2, aff1, aff0);
	uint64_t group = sgi_group_command(hw);
	uint64_t bit = sgi_target_bit(hw);

	tap_expect((group & 0xffff) == 0 && (bit & ~0xffffULL) == 0,
		   "MPIDR 0x%llx: group and bit are apart",
		   (unsigned long long)hw.id);
	tap_expect(bit != 0 && (bit & (bit - 1)) == 0, "0x%llx: one bit",
		   (unsigned long long)hw.id);
	tap_expect(((group | bit) & (SGI_RESERVED | SGI_INTID)) == 0,
		   "0x%llx: nothing else is set", (unsigned long long)hw.id);
	tap_expect(sgi_reaches(group | bit, aff3, aff2, aff1, aff0),
		   "0x%llx is reached", (unsigned long long)hw.id);
}

static void sgi_fields(void)
{
	tap_subject("each affinity field has its place, Aff0 16 to 255 too");
	for (unsigned int i = 0; i < SGI_BYTES * SGI_BYTES * SGI_BYTES; i++) {
		for (unsigned int aff0 = 0; aff0 < 256; aff0++)
			sgi_one(sgi_bytes[i / SGI_BYTES / SGI_BYTES],
				sgi_bytes[i / SGI_BYTES % SGI_BYTES],
				sgi_bytes[i % SGI_BYTES], aff0);
	}
	tap_close();

	tap_subject("values by hand");
	tap_expect(sgi_group_command(sgi_cpu(0, 0, 0, 0)) == 0, "CPU 0");
	tap_expect(sgi_group_command(sgi_cpu(0, 0, 1, 3)) == 0x10000, "Aff1");
	tap_expect(sgi_group_command(sgi_cpu(0, 2, 0, 3)) == 0x200000000ULL,
		   "Aff2");
	tap_expect(sgi_group_command(sgi_cpu(3, 0, 0, 3)) == 0x3000000000000ULL,
		   "Aff3");
	tap_expect(sgi_group_command(sgi_cpu(0, 0, 0, 0x10)) ==
			   0x100000000000ULL,
		   "range 1");
	tap_expect(sgi_group_command(sgi_cpu(0, 0, 0, 0xff)) ==
			   0xf00000000000ULL,
		   "range 15");
	tap_expect(sgi_target_bit(sgi_cpu(9, 9, 9, 0)) == 1, "bit 0");
	tap_expect(sgi_target_bit(sgi_cpu(0, 0, 0, 15)) == 0x8000, "bit 15");
	tap_expect(sgi_target_bit(sgi_cpu(0, 0, 0, 16)) == 1, "bit 0 again");
	/* MPIDR has more bits than affinity: U, MT and a one. */
	tap_expect(sgi_group_command((struct hwcpu){.id = 0xc1000102}) ==
			   0x10000,
		   "other bits of MPIDR are left out");
	tap_close();
}

/* Whom the commands of 512 CPUs in all ranges and clusters reach. */
static void sgi_groups(void)
{
	unsigned int reached;

	tap_subject("CPUs share a command if they share Aff3 to 1 and a range");
	for (unsigned int a = 0; a < 512; a += 5) {
		uint64_t all =
			sgi_group_command(sgi_cpu(0, 0, a / 256, a % 256)) |
			0xffff;

		reached = 0;
		for (unsigned int b = 0; b < 512; b++) {
			struct hwcpu hw = sgi_cpu(0, 0, b / 256, b % 256);
			bool same = a / 16 == b / 16;

			tap_equal(sgi_reaches(all, 0, 0, b / 256, b % 256),
				  same, "cpu %u by the group of %u", b, a);
			tap_equal((sgi_group_command(hw) | 0xffff) == all, same,
				  "command of %u and %u", b, a);
			reached += same;
		}
		tap_equal(reached, SGI_RANGE_SIZE, "CPUs in the group");
	}
	tap_close();
}

static void sgi_intids(void)
{
	tap_subject("INTID is in bits 27 to 24");
	for (unsigned int intid = 0; intid < GICV3_NR_SGIS; intid++) {
		uint64_t field = sgi_intid_field(intid);

		tap_equal((long long)sgi_field(field, 27, 24), intid, "field");
		tap_expect((field & ~SGI_INTID) == 0, "nothing else");
	}
	tap_expect(SGI1R_IRM == 1ULL << 40, "IRM");
	tap_close();
}

static void sgi_limits(void)
{
	tap_subject("who is reached with and without RSS and Aff3 (HZ46)");
	for (unsigned int aff0 = 0; aff0 < 256; aff0++) {
		bool low = aff0 < 16;

		for (unsigned int i = 0; i < SGI_BYTES; i++) {
			unsigned int aff3 = sgi_bytes[i];
			struct hwcpu hw = sgi_cpu(aff3, 1, 2, aff0);

			tap_equal(sgi_unreachable(hw, false, false) == NULL,
				  low && aff3 == 0, "neither, %u.%u", aff3,
				  aff0);
			tap_equal(sgi_unreachable(hw, true, false) == NULL,
				  aff3 == 0, "RSS, %u.%u", aff3, aff0);
			tap_equal(sgi_unreachable(hw, false, true) == NULL, low,
				  "Aff3, %u.%u", aff3, aff0);
			tap_expect(sgi_unreachable(hw, true, true) == NULL,
				   "both, %u.%u", aff3, aff0);
		}
	}
	if (!tap_is_good()) {
		tap_close();
		return;
	}
	tap_expect(strstr(sgi_unreachable(sgi_cpu(0, 0, 0, 16), false, true),
			  "range selector") != NULL,
		   "the lack is named: range selector");
	tap_expect(strstr(sgi_unreachable(sgi_cpu(1, 0, 0, 0), true, false),
			  "Aff3") != NULL,
		   "the lack is named: Aff3");
	tap_close();
}

/* The pool of INTIDs. */

static struct gicv3_intid_pool pool;

static void pool_begin(unsigned int first, unsigned int count)
{
	memset(&pool, 0, sizeof(pool));
	pool.first = first;
	pool.count = count;
}

static void pool_take(int expected)
{
	unsigned int intid = 7777;
	int error = intid_pool_take(&pool, &intid);

	if (expected < 0) {
		tap_equal(error, expected, "the pool is empty");
		tap_equal(intid, 7777, "intid after an error");
		return;
	}
	tap_equal(error, 0, "take");
	tap_equal(intid, expected, "INTID");
}

static void pool_whole(unsigned int first, unsigned int count)
{
	pool_begin(first, count);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < count; i++)
			pool_take((int)(first + i));
		pool_take(-ENOSPC);
		for (unsigned int i = 0; i < count; i++)
			intid_pool_give(&pool, first + i);
	}
}

static void pool_all(void)
{
	tap_subject("pool: each INTID once, then -ENOSPC, and all come back");
	pool_whole(0, GICV3_NR_SGIS);
	pool_whole(GICV3_FIRST_SPI, GICV3_SPI_LIMIT - GICV3_FIRST_SPI);
	pool_whole(0, GICV3_SPI_LIMIT);
	pool_whole(100, 63);
	pool_whole(100, 64);
	pool_whole(100, 65);
	pool_whole(40, 1);
	pool_begin(40, 0);
	pool_take(-ENOSPC);
	tap_close();
}

static void pool_in_turn(void)
{
	tap_subject("pool: one given back rests until all others had a turn");
	pool_begin(80, 70);
	for (unsigned int i = 0; i < 700; i++) {
		pool_take((int)(80 + i % 70));
		intid_pool_give(&pool, 80 + i % 70);
	}
	pool_begin(0, 4);
	for (int i = 0; i < 4; i++)
		pool_take(i);
	intid_pool_give(&pool, 2);
	pool_take(2);
	pool_take(-ENOSPC);
	intid_pool_give(&pool, 1);
	intid_pool_give(&pool, 3);
	pool_take(3); /* 2 was the last: 3 is next, then round to 1 */
	pool_take(1);
	pool_take(-ENOSPC);
	tap_close();
}

static void pool_kept(void)
{
	tap_subject("pool: what is marked is never handed out");
	pool_begin(0, GICV3_NR_SGIS);
	for (unsigned int intid = 8; intid < GICV3_NR_SGIS; intid++)
		intid_pool_mark_used(&pool, intid);
	intid_pool_mark_used(&pool, 0);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int intid = 1; intid < 8; intid++)
			pool_take((int)intid);
		pool_take(-ENOSPC);
		for (unsigned int intid = 1; intid < 8; intid++)
			intid_pool_give(&pool, intid);
	}
	tap_close();
}

int main(void)
{
	host_begin();
	sgi_fields();
	sgi_groups();
	sgi_intids();
	sgi_limits();
	pool_all();
	pool_in_turn();
	pool_kept();
	return host_end();
}
