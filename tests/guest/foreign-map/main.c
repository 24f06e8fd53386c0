/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping another domain's memory: seen by both, refused for oneself, for domains and frames that
 * are not there; a forgotten mapping keeps the dying domain, its removal lets it go.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u32 *p = alloc_page();

	p[0] = 0x99;
	m->ret[1] = gfn_of(p);
	m->ret[0] = 1;
	wait_for(m->arg[0] || sched_op(SCHEDOP_yield, 0), 3000 * MS);
	CHECK_EQ(p[1], 0x88);
}

void test_main(void)
{
	struct domu u;
	struct xen_domctl_getdomaininfo info;
	struct xen_domctl d = { .cmd = XEN_DOMCTL_destroydomain };
	u64 g = scratch_gfn(3);
	volatile u32 *p = gfn_ptr(g);
	struct xen_add_to_physmap_batch x = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_gmfn_foreign, .size = 3
	};
	xen_ulong_t idx[3];
	xen_pfn_t gfns[3];
	int errs[3] = { 7, 7, 7 };

	apic_enable();
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	domu_unpause(&u);
	CHECK(wait_irq(u.box->ret[0] || sched_op(SCHEDOP_yield, 0), 3000 * MS), "domain");
	CHECK_EQ(add_foreign(u.domid, u.box->ret[1], g), 0);
	CHECK_EQ(p[0], 0x99);
	p[1] = 0x88;
	CHECK(add_foreign(u.domid, 0x100000, g + 1) < 0, "a frame it does not have");
	CHECK_EQ(add_foreign(99, 1, g + 1), -ESRCH);
	CHECK(add_foreign(DOMID_SELF, 0x300, g + 1) < 0, "itself");
	CHECK(add_foreign(0, 0x300, g + 1) < 0, "itself by number");
	idx[0] = 4;
	idx[1] = 0x100000;
	idx[2] = 5;
	for (int i = 0; i < 3; i++) {
		gfns[i] = g + (i ? (u64)i : 1);
	}
	gfns[0] = g + 1;
	gfns[2] = g + 2;
	x.u.foreign_domid = (domid_t)u.domid;
	set_xen_guest_handle(x.idxs, idx);
	set_xen_guest_handle(x.gpfns, gfns);
	set_xen_guest_handle(x.errs, errs);
	CHECK_EQ(memory_op(XENMEM_add_to_physmap_batch, &x), 0);
	CHECK_EQ(errs[0], 0);
	CHECK(errs[1] < 0, "%d", errs[1]);
	CHECK_EQ(errs[2], 0);
	CHECK_EQ(remove_from_physmap(g + 1), 0);
	CHECK_EQ(remove_from_physmap(g + 2), 0);
	CHECK_EQ(*(volatile u32 *)gfn_ptr(g + 1), 0xffffffff);
	u.box->arg[0] = 1;
	domu_wait(&u, 3000 * MS);
	remove_from_physmap(u.box_gfn);
	d.domain = (domid_t)u.domid;
	CHECK_EQ(domctl(&d), 0);
	delay_ns(20 * MS);
	CHECK_EQ(domain_info(u.domid, &info), 0);
	CHECK_EQ(p[0], 0x99);
	CHECK_EQ(remove_from_physmap(g), 0);
	CHECK(wait_irq(domain_info(u.domid, &info) == -ESRCH, 2000 * MS), "stays");
	CHECK_EQ(*(volatile u32 *)gfn_ptr(g), 0xffffffff);
}
