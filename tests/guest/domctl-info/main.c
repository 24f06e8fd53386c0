/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking domains up: getdomaininfo answers for the exact id only (-ESRCH otherwise), the list
 * gives the next from an id on, wrong interface versions are -EACCES, set_llc_colors is
 * -EOPNOTSUPP and other unknown commands -ENOSYS.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct domu a, b;
	struct xen_domctl_getdomaininfo info, *list = alloc_pages(4);
	struct xen_domctl d = { .cmd = XEN_DOMCTL_getdomaininfo, .domain = 0 };
	struct xen_sysctl s = { .cmd = XEN_SYSCTL_getdomaininfolist };

	apic_enable();
	CHECK_EQ(domain_info(0, &info), 0);
	CHECK_EQ(info.domain, 0);
	CHECK(info.flags & XEN_DOMINF_hvm_guest, "%x", info.flags);
	CHECK(info.flags & XEN_DOMINF_running, "%x", info.flags);
	CHECK(!(info.flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown | XEN_DOMINF_paused)), "%x",
		info.flags);
	CHECK_EQ(info.nr_online_vcpus, 1);
	CHECK_EQ(info.max_vcpu_id, 0);
	CHECK(info.tot_pages > 30000, "%lu", (u64)info.tot_pages);
	CHECK(info.gpaddr_bits >= 36, "%u", info.gpaddr_bits);
	CHECK_EQ(info.cpupool, 0);
	if (domu_create_bare(&a, 2, 4) || domu_create_bare(&b, 1, 4)) {
		test_error("no domains");
	}
	CHECK(b.domid > a.domid, "ids %u %u", a.domid, b.domid);
	CHECK_EQ(domain_info(a.domid, &info), 0);
	CHECK_EQ(info.domain, a.domid);
	CHECK_EQ(info.max_vcpu_id, 1);
	CHECK_EQ(info.tot_pages, 1024);
	CHECK(info.flags & XEN_DOMINF_paused, "%x", info.flags);
	CHECK_EQ(domu_destroy(&a), 0);
	CHECK_EQ(domain_info(a.domid, &info), -ESRCH);
	CHECK_EQ(domain_info(a.domid + 100, &info), -ESRCH);
	CHECK_EQ(domain_info(DOMID_SELF, &info), -ESRCH);

	s.u.getdomaininfolist.first_domain = 0;
	s.u.getdomaininfolist.max_domains = 0x7fef;
	set_xen_guest_handle(s.u.getdomaininfolist.buffer, list);
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.getdomaininfolist.num_domains, 2);
	CHECK_EQ(list[0].domain, 0);
	CHECK_EQ(list[1].domain, b.domid);
	s.u.getdomaininfolist.first_domain = 1;
	s.u.getdomaininfolist.max_domains = 1;
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.getdomaininfolist.num_domains, 1);
	CHECK_EQ(list[0].domain, b.domid);
	s.u.getdomaininfolist.first_domain = (domid_t)(b.domid + 1);
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.getdomaininfolist.num_domains, 0);

	d.interface_version = 0x15;
	CHECK_EQ(hc1(__HYPERVISOR_domctl, &d), -EACCES);
	d.interface_version = 0;
	CHECK_EQ(hc1(__HYPERVISOR_domctl, &d), -EACCES);
	s.interface_version = 1;
	CHECK_EQ(hc1(__HYPERVISOR_sysctl, &s), -EACCES);
	CHECK_EQ(hc1(__HYPERVISOR_domctl, NOT_MAPPED), -EFAULT);
	memset(&d, 0, sizeof(d));
	d.cmd = XEN_DOMCTL_set_llc_colors;
	d.domain = (domid_t)b.domid;
	CHECK_EQ(domctl(&d), -EOPNOTSUPP);
	d.cmd = 500;
	CHECK_EQ(domctl(&d), -ENOSYS);
	s.cmd = 500;
	CHECK_EQ(sysctl(&s), -ENOSYS);
	CHECK_EQ(domu_destroy(&b), 0);
}
