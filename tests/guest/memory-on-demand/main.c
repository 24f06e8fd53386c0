/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that is populated on demand: the toolstack marks places, counts tell how many, touches by
 * the domain, by a hypercall's copy and by a foreign mapping bring one zeroed page each, giving
 * untouched places back costs nothing, touching more than the domain may have ends it, and no page
 * is lost when it goes.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define POD_GFN   0x20000UL
#define POD_PAGES 1024

static s64 mark(unsigned int domid, u64 gfn, unsigned int order)
{
	xen_pfn_t frame = gfn;
	struct xen_memory_reservation r = {
		.domid = (domid_t)domid,
		.nr_extents = 1,
		.extent_order = order,
		.mem_flags = XENMEMF_populate_on_demand,
	};

	set_xen_guest_handle(r.extent_start, &frame);
	return memory_op(XENMEM_populate_physmap, &r);
}

static s64 decrease_order(unsigned int domid, u64 gfn, unsigned int order)
{
	xen_pfn_t frame = gfn;
	struct xen_memory_reservation r = {
		.domid = (domid_t)domid,
		.nr_extents = 1,
		.extent_order = order,
	};

	set_xen_guest_handle(r.extent_start, &frame);
	return memory_op(XENMEM_decrease_reservation, &r);
}

static void counts(unsigned int domid, u64 *tot, u64 *entries)
{
	struct xen_pod_target t = { .domid = (domid_t)domid };

	CHECK_EQ(memory_op(XENMEM_get_pod_target, &t), 0);
	*tot = t.tot_pages - t.pod_cache_pages;
	*entries = t.pod_entries;
	CHECK(t.pod_cache_pages <= t.pod_entries, "%lu set aside for %lu places",
		(u64)t.pod_cache_pages, (u64)t.pod_entries);
}

static void set_max(unsigned int domid, u64 kib)
{
	struct xen_domctl d = { .cmd = XEN_DOMCTL_max_mem, .domain = (domid_t)domid };

	d.u.max_mem.max_memkb = kib;
	CHECK_EQ(domctl(&d), 0);
}

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	volatile u64 *p = gfn_ptr(POD_GFN);
	struct xen_feature_info *fi = gfn_ptr(POD_GFN + 200);
	u64 bad = 0;

	for (u32 i = 0; i < m->arg[0]; i++) {
		bad += p[i * 512 + 7] != 0;
		p[i * 512 + 7] = i + 1;
		m->ret[1] = i + 1;
	}
	for (u32 i = 0; i < m->arg[0]; i++) {
		bad += p[i * 512 + 7] != i + 1;
	}
	m->ret[0] = bad;
	/* Into a page that nobody has touched. */
	CHECK_EQ(xen_version(XENVER_get_features, fi), 0);
	CHECK(fi->submap != 0, "nothing written");
	CHECK_EQ(decrease_order(DOMID_SELF, POD_GFN + 300, 0), 1);
	CHECK_EQ(decrease_order(DOMID_SELF, POD_GFN + 512, 9), 1);
	/* Gone for good: all ones. */
	CHECK_EQ(p[300 * 512], ~0UL);
	CHECK_EQ(mark(DOMID_SELF, POD_GFN + 512, 9), 0);
}

static void create(struct domu *u, u64 touch)
{
	struct xen_domctl_getdomaininfo info;
	struct xen_pod_target t = { 0 };
	u64 tot, entries, tot2;

	if (domu_create(u, 1, 8)) {
		test_error("no domain");
	}
	counts(u->domid, &tot, &entries);
	CHECK_EQ(entries, 0);
	CHECK_EQ(mark(u->domid, POD_GFN, 9), 1);
	/* In single pages. */
	for (u32 i = 0; i < 512; i++) {
		CHECK_EQ(mark(u->domid, POD_GFN + 512 + i, 0), 1);
	}
	CHECK_EQ(mark(u->domid, POD_GFN, 9), 0);
	CHECK_EQ(mark(u->domid, POD_GFN + 5, 0), 0);
	CHECK_EQ(mark(u->domid, 0, 0), 0);
	counts(u->domid, &tot2, &entries);
	CHECK_EQ(entries, POD_PAGES);
	CHECK_EQ(tot2, tot);
	/* 128 of them are promised to it, and not to anybody else. */
	t.domid = (domid_t)u->domid;
	t.target_pages = tot + 128;
	CHECK_EQ(memory_op(XENMEM_set_pod_target, &t), 0);
	CHECK_EQ(t.tot_pages, tot + 128);
	CHECK_EQ(t.pod_cache_pages, 128);
	t.target_pages = 1UL << 40;
	/* No more than it may have. */
	CHECK_EQ(memory_op(XENMEM_set_pod_target, &t), 0);
	CHECK_EQ(t.tot_pages, tot + 256);
	t.target_pages = tot + 128;
	CHECK_EQ(memory_op(XENMEM_set_pod_target, &t), 0);
	CHECK_EQ(domain_info(u->domid, &info), 0);
	CHECK_EQ(info.tot_pages, tot + 128);
	CHECK_EQ(info.outstanding_pages, 128);
	u->box->arg[0] = touch;
}

void test_main(void)
{
	struct xen_domctl_getdomaininfo info;
	u64 free, tot, tot2, entries;
	u64 at = scratch_gfn(1);
	volatile u64 *win = gfn_ptr(at);
	struct domu u;

	apic_enable();
	create(&u, 100);
	domu_unpause(&u);
	if (domu_wait(&u, 5000 * MS)) {
		CHECK_EQ(u.box->ret[0], 0);
		CHECK_EQ(u.box->ret[1], 100);
		counts(u.domid, &tot, &entries);
		/* 100 touches, one copy, 513 given back. */
		CHECK_EQ(entries, POD_PAGES - 100 - 1 - 513);
		CHECK_EQ(domain_info(u.domid, &info), 0);
		/* Plus a page that it gave up for shared_info. */
		CHECK_EQ(info.outstanding_pages, 128 - 101 + 1);
		CHECK_EQ(info.tot_pages, tot + 128 - 101 + 1);
		/* A foreign mapping of an untouched page. */
		CHECK_EQ(add_foreign(u.domid, POD_GFN + 400, at), 0);
		CHECK_EQ(*win, 0);
		*win = 1;
		CHECK_EQ(remove_from_physmap(at), 0);
		counts(u.domid, &tot2, &entries);
		CHECK_EQ(tot2, tot + 1);
		CHECK_EQ(entries, POD_PAGES - 102 - 513);
		/* Room enough: a large page at once. */
		set_max(u.domid, 64 << 10);
		CHECK_EQ(mark(u.domid, POD_GFN + 1024, 9), 1);
		CHECK_EQ(add_foreign(u.domid, POD_GFN + 1024 + 77, at), 0);
		CHECK_EQ(remove_from_physmap(at), 0);
		counts(u.domid, &tot, &entries);
		CHECK_EQ(tot, tot2 + 512);
		CHECK_EQ(entries, POD_PAGES - 102 - 513);
	}
	CHECK_EQ(domu_destroy(&u), 0);

	/* More than it may have. The hypervisor has its own tables by now. */
	free = free_pages_total();
	create(&u, 900);
	domu_unpause(&u);
	CHECK(wait_irq(domain_info(u.domid, &info) || (info.flags & XEN_DOMINF_shutdown) ||
			      u.box->state >= 2 || sched_op(SCHEDOP_yield, 0),
		      5000 * MS),
		"touching goes on after %lu pages", (u64)u.box->ret[1]);
	CHECK(info.flags & XEN_DOMINF_shutdown, "not stopped");
	CHECK_EQ(info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask, SHUTDOWN_crash);
	CHECK(u.box->ret[1] > 100 && u.box->ret[1] < 300, "%lu pages", (u64)u.box->ret[1]);
	CHECK_EQ(domu_destroy(&u), 0);
	CHECK(wait_irq(free_pages_total() == free, 2000 * MS), "%lu pages free, %lu before",
		free_pages_total(), free);
}
