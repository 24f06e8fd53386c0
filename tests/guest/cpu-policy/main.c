/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPU policies: sizes (at most 120 leaves), the default policy read and written to a domain as
 * libxl does, -ENOBUFS when the buffer is small, a leaf that cannot be, with err_leaf filled.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static xen_cpuid_leaf_t leaves[160];
	static xen_msr_entry_t msrs[8];
	struct xen_sysctl s = { .cmd = XEN_SYSCTL_get_cpu_policy };
	struct xen_domctl d = { .cmd = XEN_DOMCTL_get_cpu_policy };
	struct domu u;
	u32 n, found = 0;

	apic_enable();
	s.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_hvm_default;
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.cpu_policy.nr_leaves, 120);
	CHECK_EQ(s.u.cpu_policy.nr_msrs, 2);
	memset(leaves, 0xee, sizeof(leaves));
	s.u.cpu_policy.nr_leaves = 120;
	s.u.cpu_policy.nr_msrs = 0;
	set_xen_guest_handle(s.u.cpu_policy.leaves, leaves);
	CHECK_EQ(sysctl(&s), 0);
	n = s.u.cpu_policy.nr_leaves;
	CHECK(n > 10 && n <= 120, "%u leaves", n);
	CHECK_EQ(leaves[n].leaf, 0xeeeeeeee);
	for (u32 i = 0; i < n; i++) {
		found |= leaves[i].leaf == 1 ? 1 : leaves[i].leaf == 0x80000001 ? 2 : 0;
		if (leaves[i].leaf == 1) {
			CHECK(leaves[i].subleaf == 0xffffffff, "%x", leaves[i].subleaf);
			CHECK(!(leaves[i].c >> 5 & 1), "VMX in the default policy");
		}
	}
	CHECK_EQ(found, 3);
	s.u.cpu_policy.nr_leaves = 5;
	CHECK_EQ(sysctl(&s), -ENOBUFS);
	s.u.cpu_policy.nr_leaves = 120;
	s.u.cpu_policy.index = 77;
	CHECK_EQ(sysctl(&s), -EINVAL);

	if (domu_create_bare(&u, 1, 4)) {
		test_error("no domain");
	}
	d.domain = (domid_t)u.domid;
	d.u.cpu_policy.nr_leaves = 160;
	d.u.cpu_policy.nr_msrs = 8;
	set_xen_guest_handle(d.u.cpu_policy.leaves, leaves);
	set_xen_guest_handle(d.u.cpu_policy.msrs, msrs);
	CHECK_EQ(domctl(&d), 0);
	n = d.u.cpu_policy.nr_leaves;
	CHECK(n > 10 && n <= 120, "%u leaves", n);
	d.cmd = XEN_DOMCTL_set_cpu_policy;
	d.u.cpu_policy.nr_msrs = 0;
	CHECK_EQ(domctl(&d), 0);
	d.u.cpu_policy.nr_leaves = 1;
	leaves[0].leaf = 0x40000000;
	leaves[0].subleaf = 5;
	CHECK(domctl(&d) < 0, "a leaf that cannot be");
	CHECK_EQ(d.u.cpu_policy.err_leaf, 0x40000000);
	CHECK_EQ(d.u.cpu_policy.err_subleaf, 5);
	CHECK_EQ(d.u.cpu_policy.err_msr, 0xffffffff);
	/* More than the host has: refused or not shown, never given. */
	CHECK_EQ(domu_destroy(&u), 0);
}
