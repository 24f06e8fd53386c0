/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * multicall: every entry runs as if called directly, with 64-bit results and its own errors; the
 * call itself returns 0. libxc makes every memory call this way.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static struct multicall_entry m[40];
	struct xen_feature_info f = { .submap_idx = 0 };
	struct xen_memory_reservation r = { .domid = DOMID_SELF };
	domid_t self = DOMID_SELF;
	s64 pages;

	(void)r;
	m[0].op = __HYPERVISOR_xen_version;
	m[0].args[0] = XENVER_version;
	m[1].op = __HYPERVISOR_xen_version;
	m[1].args[0] = XENVER_get_features;
	m[1].args[1] = (u64)&f;
	m[2].op = 63;
	m[3].op = __HYPERVISOR_memory_op;
	m[3].args[0] = XENMEM_current_reservation;
	m[3].args[1] = (u64)&self;
	m[4].op = __HYPERVISOR_xen_version;
	m[4].args[0] = 99;
	m[5].op = __HYPERVISOR_sched_op;
	m[5].args[0] = SCHEDOP_yield;
	m[6].op = __HYPERVISOR_multicall;
	m[6].args[0] = (u64)m;
	m[6].args[1] = 1;
	m[7].op = ~0UL;
	CHECK_EQ(hc2(__HYPERVISOR_multicall, m, 8), 0);
	CHECK_EQ(m[0].result, 0x40014);
	CHECK_EQ(m[1].result, 0);
	CHECK(f.submap, "features");
	CHECK_EQ(m[2].result, -ENOSYS);
	pages = memory_op(XENMEM_current_reservation, &self);
	CHECK(pages > 1000, "%ld", pages);
	CHECK_EQ(m[3].result, pages);
	CHECK_EQ(m[4].result, -ENOSYS);
	CHECK_EQ(m[5].result, 0);
	CHECK((s64)m[6].result < 0, "multicall within multicall: %ld", (s64)m[6].result);
	CHECK_EQ(m[7].result, -ENOSYS);
	for (unsigned int i = 0; i < 40; i++) {
		m[i].op = __HYPERVISOR_xen_version;
		m[i].args[0] = XENVER_version;
		m[i].result = 0;
	}
	CHECK_EQ(hc2(__HYPERVISOR_multicall, m, 40), 0);
	for (unsigned int i = 0; i < 40; i++) {
		CHECK(m[i].result == 0x40014, "entry %u", i);
	}
	CHECK_EQ(hc2(__HYPERVISOR_multicall, m, 0), 0);
	CHECK_EQ(hc2(__HYPERVISOR_multicall, NOT_MAPPED, 1), -EFAULT);
}
