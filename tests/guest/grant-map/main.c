/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping a page that another domain granted: seen at once by both, read-only grants refuse
 * writing maps, flags and references that are not right give their exact status, the entry's
 * reading and writing bits come and go with the mappings.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u32 *page = alloc_page(), *ro = alloc_page(), *other = alloc_page();

	grant_table_map();
	page[0] = 0x1111;
	ro[0] = 0x2222;
	grant_access(8, 0, gfn_of(page), false);
	grant_access(9, 0, gfn_of(ro), true);
	grant_access(10, 5, gfn_of(other), false); /* for somebody else */
	grant_access(11, 0, 0xfffff0, false);  /* no memory there */
	m->ret[0] = 1;
	CHECK(wait_for(m->arg[0] == 1 || sched_op(SCHEDOP_yield, 0), 3000 * MS),
		"dom0 did not map");
	CHECK_EQ(page[1], 0x3333);
	CHECK_EQ(grant_table[8].flags, GTF_permit_access | GTF_reading | GTF_writing);
	CHECK_EQ(grant_table[9].flags, GTF_permit_access | GTF_readonly | GTF_reading);
	CHECK(!grant_end(8), "revoked while mapped");
	page[2] = 0x4444;
	m->ret[0] = 2;
	CHECK(wait_for(m->arg[0] == 2 || sched_op(SCHEDOP_yield, 0), 3000 * MS),
		"dom0 did not unmap");
	CHECK_EQ(grant_table[8].flags, GTF_permit_access);
	CHECK_EQ(grant_table[9].flags, GTF_permit_access | GTF_readonly);
	CHECK(grant_end(8), "not revoked");
	m->ret[0] = 3;
	CHECK(wait_for(m->arg[0] == 3 || sched_op(SCHEDOP_yield, 0), 3000 * MS),
		"dom0 did not try");
}

static void step(struct domu *u, u64 n)
{
	if (!wait_irq(u->box->ret[0] >= n || u->box->state >= 2 || sched_op(SCHEDOP_yield, 0),
		    3000 * MS)) {
		test_failure("the domain does not reach step %lu", n);
	}
}

void test_main(void)
{
	struct domu u;
	u64 g = scratch_gfn(4);
	volatile u32 *p = gfn_ptr(g), *q = gfn_ptr(g + 1);
	u32 h, h2, x;
	s64 rc;

	apic_enable();
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	domu_unpause(&u);
	step(&u, 1);
	CHECK_EQ(grant_map(u.domid, 8, g, GNTMAP_host_map, &h), GNTST_okay);
	CHECK_EQ(p[0], 0x1111);
	p[1] = 0x3333;
	CHECK_EQ(grant_map(u.domid, 9, g + 1, GNTMAP_host_map | GNTMAP_readonly, &h2), GNTST_okay);
	CHECK_EQ(q[0], 0x2222);
	CHECK_EQ(grant_map(u.domid, 9, g + 2, GNTMAP_host_map, &x), GNTST_general_error);
	rc = grant_map(u.domid, 10, g + 2, GNTMAP_host_map, &x);
	CHECK_EQ(rc, GNTST_general_error);
	rc = grant_map(u.domid, 11, g + 2, GNTMAP_host_map, &x);
	CHECK(rc < 0, "a grant without memory: %ld", rc);
	rc = grant_map(u.domid, 12, g + 2, GNTMAP_host_map, &x);
	CHECK_EQ(rc, GNTST_general_error);
	rc = grant_map(u.domid, 100000, g + 2, GNTMAP_host_map, &x);
	CHECK_EQ(rc, GNTST_bad_gntref);
	rc = grant_map(77, 8, g + 2, GNTMAP_host_map, &x);
	CHECK_EQ(rc, GNTST_bad_domain);
	CHECK_EQ(grant_map(u.domid, 8, g + 2, 0, &x), GNTST_bad_gntref);
	CHECK_EQ(grant_map(u.domid, 8, g + 2, GNTMAP_host_map | GNTMAP_device_map, &x),
		GNTST_general_error);
	CHECK_EQ(grant_map(u.domid, 8, g + 2, GNTMAP_host_map | GNTMAP_contains_pte, &x),
		GNTST_general_error);
	CHECK_EQ(*(volatile u32 *)gfn_ptr(g + 2), 0xffffffff);
	u.box->arg[0] = 1;
	step(&u, 2);
	CHECK_EQ(p[2], 0x4444);
	CHECK_EQ(grant_unmap(h + 500, g), GNTST_bad_handle);
	CHECK_EQ(grant_unmap(h, g + 3), GNTST_general_error);
	CHECK_EQ(grant_unmap(h, g), GNTST_okay);
	CHECK_EQ(p[0], 0xffffffff);
	CHECK_EQ(grant_unmap(h, g), GNTST_bad_handle);
	CHECK_EQ(grant_unmap(h2, g + 1), GNTST_okay);
	CHECK_EQ(*(volatile u32 *)q, 0xffffffff);
	u.box->arg[0] = 2;
	step(&u, 3);
	CHECK_EQ(grant_map(u.domid, 8, g, GNTMAP_host_map, &h), GNTST_general_error);
	u.box->arg[0] = 3;
	domu_wait(&u, 3000 * MS);
	CHECK_EQ(domu_destroy(&u), 0);
	CHECK_EQ(gnttab_op(GNTTABOP_map_grant_ref, NOT_MAPPED, 1), -EFAULT);
	CHECK_EQ(gnttab_op(GNTTABOP_map_grant_ref, 0, 0), 0);
}
