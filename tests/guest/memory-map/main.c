/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dom0's memory map: sorted, without overlaps, RAM that is really there and writable, as much as
 * dom0_mem says, and the reservation calls that count it.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
struct e820 {
	u64 addr, size;
	u32 type;
} __packed;

void test_main(void)
{
	static struct e820 map[128];
	struct xen_memory_map m = { .nr_entries = 128 };
	domid_t self = DOMID_SELF;
	u64 ram = 0, last = 0;
	s64 cur, max;

	set_xen_guest_handle(m.buffer, (void *)map);
	CHECK_EQ(memory_op(XENMEM_memory_map, &m), 0);
	CHECK(m.nr_entries > 2 && m.nr_entries < 128, "%u entries", m.nr_entries);
	for (u32 i = 0; i < m.nr_entries; i++) {
		CHECK(map[i].addr >= last, "entry %u at %lx before %lx", i, map[i].addr, last);
		last = map[i].addr + map[i].size;
		CHECK(map[i].size, "entry %u is empty", i);
		if (map[i].type != 1) {
			continue;
		}
		ram += map[i].size;
		CHECK(!(map[i].addr & 0xfff) || map[i].addr < 0x100000, "entry %u at %lx", i,
			map[i].addr);
		for (u64 a = (map[i].addr + 0x1fffff) & ~0x1fffffULL; a + 4096 <= last;
			a += 0x800000) {
			volatile u64 *p = (void *)(a + 0x10f00);
			u64 old = *p;

			if (a < 0x2000000) { /* image, heap */
				continue;
			}
			*p = a ^ 0x55aa;
			CHECK(*p == (a ^ 0x55aa), "RAM at %lx does not hold", a);
			*p = old;
		}
	}
	CHECK(ram > 126 << 20 && ram <= 129 << 20, "%lu KiB of RAM for dom0_mem=128M", ram >> 10);
	cur = memory_op(XENMEM_current_reservation, &self);
	CHECK(cur >= (s64)(ram >> 12) - 300 && cur <= (s64)(ram >> 12) + 64, "%ld pages, map %lu",
		cur, ram >> 12);
	max = memory_op(XENMEM_maximum_reservation, &self);
	CHECK(max >= cur, "maximum %ld of %ld", max, cur);
	CHECK(memory_op(XENMEM_maximum_gpfn, &self) >= cur - 1, "highest gfn");
	m.nr_entries = 2;
	CHECK_EQ(memory_op(XENMEM_memory_map, &m), 0);
	CHECK_EQ(m.nr_entries, 2);
	CHECK_EQ(memory_op(XENMEM_memory_map, NOT_MAPPED), -EFAULT);
}
