/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * add_to_physmap: shared_info and grant frames appear where asked and move on a second call, the
 * RAM page under them is freed and the old place is empty; indexes and spaces that do not exist
 * are refused; remove makes a hole that can be filled again.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u64 g = scratch_gfn(4);
	volatile u32 *p = gfn_ptr(g), *q = gfn_ptr(g + 1);
	u8 *ram = alloc_page();
	domid_t self = DOMID_SELF;
	s64 before = memory_op(XENMEM_current_reservation, &self);

	CHECK_EQ(*p, 0xffffffff);
	CHECK_EQ(add_to_physmap(XENMAPSPACE_grant_table, 0, g), 0);
	CHECK_EQ(*p, 0);
	*p = 0x1234;
	CHECK_EQ(add_to_physmap(XENMAPSPACE_grant_table, 0, g + 1), 0);
	CHECK_EQ(*q, 0x1234);
	CHECK_EQ(*p, 0xffffffff);
	*q = 0;
	CHECK_EQ(add_to_physmap(XENMAPSPACE_grant_table, 3, g + 2), 0); /* grows the table */
	CHECK(add_to_physmap(XENMAPSPACE_grant_table, 100000, g + 3) < 0, "frame 100000");
	CHECK_EQ(add_to_physmap(XENMAPSPACE_shared_info, 1, g + 3), -EINVAL);
	CHECK(add_to_physmap(99, 0, g + 3) < 0, "space 99");
	CHECK_EQ(memory_op(XENMEM_current_reservation, &self), before);
	CHECK_EQ(add_to_physmap(XENMAPSPACE_grant_table, 1, gfn_of(ram)), 0);
	CHECK_EQ(memory_op(XENMEM_current_reservation, &self), before - 1);
	CHECK_EQ(remove_from_physmap(gfn_of(ram)), 0);
	CHECK_EQ(*(volatile u32 *)ram, 0xffffffff);
	CHECK_EQ(populate(DOMID_SELF, gfn_of(ram), 1), 1);
	CHECK_EQ(*(volatile u32 *)ram, 0);
	*(volatile u32 *)ram = 77;
	CHECK_EQ(*(volatile u32 *)ram, 77);
	CHECK_EQ(memory_op(XENMEM_current_reservation, &self), before);
	/* The shared page moves too, and works in its new place. */
	CHECK_EQ(add_to_physmap(XENMAPSPACE_shared_info, 0, g), 0);
	shared_info = gfn_ptr(g);
	for (unsigned int i = 0; i < MAX_CPUS; i++) {
		vcpu_infos[i] = &shared_info->vcpu_info[i];
	}
	CHECK(shared_info->vcpu_info[0].time.tsc_to_system_mul, "no time in the moved page");
	CHECK_EQ(add_to_physmap(XENMAPSPACE_gmfn_foreign, 5, g + 3), -ENOSYS);
	CHECK(remove_from_physmap(g + 3) < 0, "removing a hole");
}
