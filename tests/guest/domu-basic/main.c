/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second domain, built from this image without any toolstack: it starts by the PVH protocol,
 * sees its own id, its own memory and a working clock, and its shutdown is visible to dom0.
 * Everything that needs two domains rests on this.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u64 t = now_ns();

	m->ret[0] = own_domid();
	m->ret[1] = m->arg[0] + 1;
	delay_ns(1 * MS);
	CHECK(now_ns() - t >= 1 * MS, "clock stands");
	printf("domain %u runs\n", own_domid());
}

void test_main(void)
{
	struct domu u;
	struct xen_domctl_getdomaininfo info;
	int rc;

	apic_enable();
	rc = domu_create(&u, 1, 8);
	if (rc) {
		test_error("cannot create a domain: %d", rc);
	}
	CHECK_EQ(domain_info(u.domid, &info), 0);
	CHECK_EQ(info.tot_pages, u.pages);
	CHECK(info.flags & XEN_DOMINF_paused, "not paused: %x", info.flags);
	u.box->arg[0] = 41;
	CHECK_EQ(domu_unpause(&u), 0);
	CHECK_EQ(domu_unpause(&u), -EINVAL);
	if (domu_wait(&u, 3000 * MS)) {
		CHECK_EQ(u.box->ret[0], u.domid);
		CHECK_EQ(u.box->ret[1], 42);
		CHECK(wait_irq(!domain_info(u.domid, &info) && (info.flags & XEN_DOMINF_shutdown),
			      1000 * MS),
			"not shut down: %x", info.flags);
		CHECK_EQ(info.flags >> XEN_DOMINF_shutdownshift & 255, SHUTDOWN_poweroff);
	}
	CHECK_EQ(domu_destroy(&u), 0);
	CHECK_EQ(domain_info(u.domid, &info), -ESRCH);
}
