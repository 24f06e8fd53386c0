/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain destroyed while its page is mapped elsewhere stays until the mapping goes: the page
 * keeps its content for the mapper, and the unmap lets the id disappear.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	u32 *page = alloc_page();

	grant_table_map();
	page[0] = 0xabcd;
	grant_access(8, 0, gfn_of(page), false);
	own_mailbox()->ret[0] = 1;
}

void test_main(void)
{
	struct domu u;
	struct xen_domctl_getdomaininfo info;
	struct xen_domctl d = { .cmd = XEN_DOMCTL_destroydomain };
	u64 g = scratch_gfn(1), before;
	u32 h;

	apic_enable();
	for (int round = 0; round < 3; round++) {
		before = free_pages_total();
		if (domu_create(&u, 1, 8)) {
			test_error("no domain");
		}
		domu_unpause(&u);
		domu_wait(&u, 3000 * MS);
		CHECK_EQ(grant_map(u.domid, 8, g, GNTMAP_host_map, &h), GNTST_okay);
		remove_from_physmap(u.box_gfn);
		u.box = NULL;
		d.domain = (domid_t)u.domid;
		CHECK_EQ(domctl(&d), 0);
		delay_ns(20 * MS);
		CHECK_EQ(domain_info(u.domid, &info), 0);
		CHECK(info.flags & XEN_DOMINF_dying, "flags %x", info.flags);
		CHECK_EQ(*(volatile u32 *)gfn_ptr(g), 0xabcd);
		*(volatile u32 *)gfn_ptr(g) = 1;
		CHECK_EQ(grant_unmap(h, g), GNTST_okay);
		CHECK(wait_irq(domain_info(u.domid, &info) == -ESRCH, 2000 * MS),
			"the id stays: %u pages", (u32)info.tot_pages);
		CHECK(wait_irq(free_pages_total() >= before - 64, 2000 * MS),
			"free pages %lu of %lu", free_pages_total(), before);
	}
}
