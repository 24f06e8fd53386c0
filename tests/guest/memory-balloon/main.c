/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving pages back and taking them again: counts are exact, holes read
 * all ones, a thousand pages at a time, and addresses that make no sense are refused.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define N 1000

void test_main(void)
{
	u8 *ram = alloc_pages(N);
	domid_t self = DOMID_SELF;
	s64 before = memory_op(XENMEM_current_reservation, &self);
	u64 free0 = free_pages_total(), free1;
	xen_pfn_t bad = 0xffffffffffUL;
	struct xen_memory_reservation r = { .nr_extents = 1, .domid = DOMID_SELF };

	for (u32 i = 0; i < N; i++) {
		memset(ram + (u64)i * 4096, 0xa5, 4096);
	}
	for (u32 i = 0; i < N; i++) {
		if (decrease(DOMID_SELF, gfn_of(ram) + i) != 1) {
			test_failure("decrease %u", i);
			break;
		}
	}
	CHECK_EQ(memory_op(XENMEM_current_reservation, &self), before - N);
	free1 = free_pages_total();
	printf("  free pages %lu, then %lu\n", free0, free1);
	CHECK_EQ(*(volatile u32 *)ram, 0xffffffff);
	*(volatile u32 *)ram = 5;
	CHECK_EQ(*(volatile u32 *)ram, 0xffffffff);
	CHECK_EQ(decrease(DOMID_SELF, gfn_of(ram)), 0);
	CHECK_EQ(populate(DOMID_SELF, gfn_of(ram), N), N);
	CHECK_EQ(memory_op(XENMEM_current_reservation, &self), before);
	memset(ram, 1, 4096);
	CHECK_EQ(*(volatile u32 *)ram, 0x01010101);
	set_xen_guest_handle(r.extent_start, &bad);
	CHECK(memory_op(XENMEM_populate_physmap, &r) <= 0, "populated beyond the physical width");
	r.extent_order = 30;
	CHECK(memory_op(XENMEM_populate_physmap, &r) <= 0, "order 30");
	r.extent_order = 0;
	r.domid = 77;
	CHECK(memory_op(XENMEM_populate_physmap, &r) <= 0, "unknown domain");
	r.domid = DOMID_SELF;
	r.nr_extents = 1;
	set_xen_guest_handle(r.extent_start, (xen_pfn_t *)NOT_MAPPED);
	CHECK(memory_op(XENMEM_populate_physmap, &r) <= 0, "list not mapped");
}
