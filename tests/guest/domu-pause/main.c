/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pause and unpause are counted, a paused domain makes no progress and uses no time, getvcpuinfo
 * and getdomaininfo tell.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();

	sti(); /* Bochs holds the machine's interrupts while a guest has its own off */
	while (!m->arg[0]) {
		m->ret[0]++;
	}
}

static s64 op(struct domu *u, u32 cmd)
{
	struct xen_domctl d = { .cmd = cmd, .domain = (domid_t)u->domid };

	return domctl(&d);
}

void test_main(void)
{
	struct domu u;
	struct xen_domctl_getdomaininfo a, b;
	struct xen_domctl d = { .cmd = XEN_DOMCTL_getvcpuinfo };
	u64 n;

	apic_enable();
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	delay_ns(5 * MS);
	CHECK_EQ(u.box->ret[0], 0);
	domu_unpause(&u);
	CHECK(wait_irq(u.box->ret[0] > 1000 || sched_op(SCHEDOP_yield, 0), 3000 * MS),
		"does not run");
	CHECK_EQ(op(&u, XEN_DOMCTL_pausedomain), 0);
	CHECK_EQ(op(&u, XEN_DOMCTL_pausedomain), 0);
	n = u.box->ret[0];
	domain_info(u.domid, &a);
	CHECK(a.flags & XEN_DOMINF_paused, "%x", a.flags);
	delay_ns(30 * MS);
	CHECK_EQ(u.box->ret[0], n);
	CHECK_EQ(op(&u, XEN_DOMCTL_unpausedomain), 0);
	delay_ns(10 * MS);
	CHECK_EQ(u.box->ret[0], n);
	domain_info(u.domid, &b);
	CHECK_EQ(a.cpu_time, b.cpu_time);
	CHECK_EQ(op(&u, XEN_DOMCTL_unpausedomain), 0);
	CHECK(wait_irq(u.box->ret[0] > n || sched_op(SCHEDOP_yield, 0), 3000 * MS),
		"does not go on");
	CHECK_EQ(op(&u, XEN_DOMCTL_unpausedomain), -EINVAL);
	d.domain = (domid_t)u.domid;
	CHECK_EQ(domctl(&d), 0);
	CHECK_EQ(d.u.getvcpuinfo.online, 1);
	CHECK(d.u.getvcpuinfo.cpu_time > 0, "no time used");
	d.u.getvcpuinfo.vcpu = 5;
	CHECK_EQ(domctl(&d), -EINVAL);
	u.box->arg[0] = 1;
	domu_wait(&u, 3000 * MS);
	CHECK_EQ(domu_destroy(&u), 0);
}
