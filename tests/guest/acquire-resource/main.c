/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * acquire_resource as libxl seeds grant tables with it: size query, mapping of another domain's
 * grant frame at an own place, refusals, and the frame's release.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	grant_table_map();
	CHECK_EQ(grant_table[0].domid, 0);
	CHECK_EQ(grant_table[0].frame, 0x456);
	CHECK_EQ(grant_table[0].flags, GTF_permit_access);
}

void test_main(void)
{
	struct domu u;
	struct xen_mem_acquire_resource r = { .type = XENMEM_resource_grant_table };
	xen_pfn_t g = scratch_gfn(1);
	grant_entry_v1_t *t = gfn_ptr(g);

	apic_enable();
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	r.domid = (domid_t)u.domid;
	CHECK_EQ(memory_op(XENMEM_acquire_resource, &r), 0);
	CHECK_EQ(r.nr_frames, 4);
	r.nr_frames = 1;
	set_xen_guest_handle(r.frame_list, &g);
	CHECK_EQ(memory_op(XENMEM_acquire_resource, &r), 0);
	t[0].domid = 0;
	t[0].frame = 0x456;
	t[0].flags = GTF_permit_access;
	CHECK_EQ(remove_from_physmap(g), 0);
	r.frame = 100;
	CHECK(memory_op(XENMEM_acquire_resource, &r) < 0, "frame 100");
	r.frame = 0;
	r.type = 99;
	CHECK(memory_op(XENMEM_acquire_resource, &r) < 0, "type 99");
	r.type = XENMEM_resource_grant_table;
	r.pad = 1;
	CHECK_EQ(memory_op(XENMEM_acquire_resource, &r), -EINVAL);
	r.pad = 0;
	r.domid = 77;
	CHECK_EQ(memory_op(XENMEM_acquire_resource, &r), -ESRCH);
	domu_unpause(&u);
	domu_wait(&u, 3000 * MS);
	CHECK_EQ(domu_destroy(&u), 0);
}
