/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random hypercalls from an ordinary domain: numbers, sub-ops and arguments from a seeded
 * generator with the values that break things. The domain may suffer; dom0, its memory and the
 * hypervisor may not. Shutdown and the like are left out, so that it goes on.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static u64 value(u8 *buf)
{
	static const u64 edge[] = {
		0,
		1,
		2,
		3,
		7,
		0x7ff0,
		0x7ff1,
		0x7ff2,
		0x7fff,
		0xffff,
		0x10000,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x100000000,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xffffffffffffffff,
		0xfee00000,
		0xfffffffffffff000,
		0xffff82d040200000,
		0x200000,
		0xfff,
		0x1000,
		0x9000000000,
	};
	u64 r = rnd();

	switch (r & 7) {
	case 0:
	case 1:
		return edge[(r >> 8) % ARRAY_SIZE(edge)];
	case 2:
		return 1ULL << (r >> 8 & 63);
	case 3:
		return (1ULL << (r >> 8 & 63)) + (r >> 20 & 3) - 1;
	case 4:
		return r >> 16;
	default:
		return (u64)buf + (r >> 8 & 0x1fff);
	}
}

static bool left_out(u32 nr, u64 op, u64 arg2)
{
	(void)arg2;
	if (nr == __HYPERVISOR_sched_op) {
		return (u32)op == SCHEDOP_shutdown || (u32)op == SCHEDOP_block ||
			(u32)op == SCHEDOP_poll || (u32)op == SCHEDOP_watchdog ||
			(u32)op == SCHEDOP_shutdown_code;
	}
	if (nr == __HYPERVISOR_vcpu_op) {
		return (u32)op == VCPUOP_down || (u32)op == VCPUOP_initialise ||
			(u32)op == VCPUOP_up || (u32)op == VCPUOP_send_nmi;
	}
	/* What takes our own memory or shared pages from under us. */
	if (nr == __HYPERVISOR_memory_op) {
		u32 sub = (u32)op & 63;

		return sub == XENMEM_decrease_reservation || sub == XENMEM_remove_from_physmap ||
			sub == XENMEM_add_to_physmap || sub == XENMEM_add_to_physmap_batch;
	}
	return nr == __HYPERVISOR_multicall;
}

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u8 *buf = alloc_pages(4);
	u64 n = m->arg[0], ok = 0;

	rnd_seed(m->arg[1]);
	for (u64 i = 0; i < n; i++) {
		u32 nr = (u32)(rnd() % 44);
		u64 op = rnd() & 1 ? rnd() % 100 : value(buf);
		u64 a[4];

		for (u32 j = 0; j < 4; j++) {
			a[j] = value(buf);
		}
		for (u32 j = 0; j < 64; j++) {
			((u64 *)buf)[rnd() & 1023] = value(buf);
		}
		if (left_out(nr, op, a[0])) {
			continue;
		}
		if (nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_sysctl) {
			((u32 *)buf)[0] = (u32)(rnd() % 100);
			((u32 *)buf)[1] = nr == __HYPERVISOR_domctl ? XEN_DOMCTL_INTERFACE_VERSION :
								      XEN_SYSCTL_INTERFACE_VERSION;
			op = (u64)buf;
		}
		ok += hypercall(nr, op, a[0], a[1], a[2], a[3]) >= 0;
		m->ret[1] = i;
		m->ret[2] = nr;
		m->ret[3] = op;
	}
	m->ret[0] = 1;
	m->ret[4] = ok;
}

/* secs=N on the command line: go on for so long. */
static u64 asked_seconds(void)
{
	const char *s = strstr(cmdline(), "secs=");
	u64 n = 0;

	for (s = s ? s + 5 : ""; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (u64)(*s - '0');
	}
	return n;
}

void test_main(void)
{
	u32 *guard = alloc_pages(16);
	struct xen_domctl_getdomaininfo info;
	u64 end = now_ns() + asked_seconds() * 1000 * MS;

	apic_enable();
	for (u32 i = 0; i < 16384; i++) {
		guard[i] = i * 0x9e3779b1u;
	}
	for (u32 round = 0; round < 3 || now_ns() < end; round++) {
		struct domu u;

		if (domu_create(&u, 1, 8)) {
			test_error("no domain");
		}
		u.box->arg[0] = 6000;
		u.box->arg[1] = 0x9e3779b97f4a7c15ULL * (round + 1);
		domu_unpause(&u);
		wait_irq(u.box->ret[0] || u.box->state >= 2 || domain_info(u.domid, &info) ||
				(info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying)) ||
				sched_op(SCHEDOP_yield, 0),
			20000 * MS);
		printf("  round %u: %lu calls, %lu of them good, last %lu(%lx)\n", round,
			(u64)u.box->ret[1] + 1, (u64)u.box->ret[4], (u64)u.box->ret[2],
			(u64)u.box->ret[3]);
		CHECK(u.box->ret[1] > 100, "stopped after %lu calls: last %lu(%lx)",
			(u64)u.box->ret[1], (u64)u.box->ret[2], (u64)u.box->ret[3]);
		CHECK_EQ(domu_destroy(&u), 0);
	}
	for (u32 i = 0; i < 16384; i++) {
		if (guard[i] != i * 0x9e3779b1u) {
			test_failure("dom0's memory changed at word %u", i);
			break;
		}
	}
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}
