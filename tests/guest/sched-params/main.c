/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Weights, caps and affinity: read and set by domctl, ranges checked, two spinning domains on one
 * processor get time by their weights (2:1 within 15 % in this short run), a cap holds.
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

static s64 sched(struct domu *u, u32 cmd, u16 *weight, u16 *cap)
{
	struct xen_domctl d = { .cmd = XEN_DOMCTL_scheduler_op, .domain = (domid_t)u->domid };
	s64 rc;

	d.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	d.u.scheduler_op.cmd = cmd;
	d.u.scheduler_op.u.credit2.weight = *weight;
	d.u.scheduler_op.u.credit2.cap = *cap;
	rc = domctl(&d);
	*weight = d.u.scheduler_op.u.credit2.weight;
	*cap = d.u.scheduler_op.u.credit2.cap;
	return rc;
}

static void sleep_ns(u64 ns)
{
	u64 end = now_ns() + ns;

	while (now_ns() < end) {
		struct sched_poll p = { .timeout = end };

		sched_op(SCHEDOP_poll, &p);
	}
}

static u64 used(struct domu *u)
{
	struct xen_domctl_getdomaininfo i;

	domain_info(u->domid, &i);
	return i.cpu_time;
}

void test_main(void)
{
	struct domu a, b;
	u16 w = 0, c = 0;
	u64 ta, tb, t;

	apic_enable();
	if (domu_create(&a, 1, 8) || domu_create(&b, 1, 8)) {
		test_error("no domain");
	}
	CHECK_EQ(sched(&a, XEN_DOMCTL_SCHEDOP_getinfo, &w, &c), 0);
	CHECK_EQ(w, 256);
	CHECK_EQ(c, 0);
	w = 512;
	CHECK_EQ(sched(&a, XEN_DOMCTL_SCHEDOP_putinfo, &w, &c), 0);
	w = 0;
	CHECK_EQ(sched(&a, XEN_DOMCTL_SCHEDOP_getinfo, &w, &c), 0);
	CHECK_EQ(w, 512);
	domu_unpause(&a);
	domu_unpause(&b);
	sleep_ns(300 * MS);
	ta = used(&a);
	tb = used(&b);
	t = now_ns();
	sleep_ns(2000 * MS);
	ta = used(&a) - ta;
	tb = used(&b) - tb;
	t = now_ns() - t;
	printf("  weights 512:256 got %lu and %lu ms of %lu\n", ta / MS, tb / MS, t / MS);
	CHECK(ta * 100 > tb * 170 && ta * 100 < tb * 230, "ratio %lu / 100",
		ta * 100 / (tb ? tb : 1));
	CHECK(ta + tb > t * 85 / 100, "%lu of %lu ms used", (ta + tb) / MS, t / MS);

	/* A cap of 20 % while nobody else wants the processor. */
	b.box->arg[0] = 1;
	domu_wait(&b, 3000 * MS);
	c = 20;
	w = 256;
	CHECK_EQ(sched(&a, XEN_DOMCTL_SCHEDOP_putinfo, &w, &c), 0);
	sleep_ns(300 * MS);
	ta = used(&a);
	t = now_ns();
	sleep_ns(2000 * MS);
	ta = used(&a) - ta;
	t = now_ns() - t;
	printf("  cap 20 %% got %lu of %lu ms\n", ta / MS, t / MS);
	CHECK(ta * 100 > t * 14 && ta * 100 < t * 26, "%lu per mille", ta * 1000 / t);
	{
		struct xen_domctl d = { .cmd = XEN_DOMCTL_getvcpuaffinity,
			.domain = (domid_t)a.domid };
		u8 map = 0, soft = 0;

		d.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
		set_xen_guest_handle(d.u.vcpuaffinity.cpumap_hard.bitmap, &map);
		d.u.vcpuaffinity.cpumap_hard.nr_bits = 8;
		set_xen_guest_handle(d.u.vcpuaffinity.cpumap_soft.bitmap, &soft);
		d.u.vcpuaffinity.cpumap_soft.nr_bits = 8;
		CHECK_EQ(domctl(&d), 0);
		CHECK(map & 1, "hard affinity %x", map);
		d.cmd = XEN_DOMCTL_setvcpuaffinity;
		map = 1;
		d.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
		CHECK_EQ(domctl(&d), 0);
		map = 0;
		CHECK(domctl(&d) < 0, "empty affinity");
		d.u.vcpuaffinity.vcpu = 9;
		CHECK_EQ(domctl(&d), -EINVAL);
	}
	CHECK_EQ(domu_destroy(&a), 0);
	CHECK_EQ(domu_destroy(&b), 0);
}
