/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * createdomain's refusals: wrong flags, emulation sets, counts and limits are -EINVAL, a busy id
 * -EEXIST, and none of them leaves a domain or a page behind. max_vcpus, max_mem and pool sizes
 * are checked too.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static struct xen_domctl d;

static struct xen_domctl_createdomain *fresh(void)
{
	struct xen_domctl_createdomain *c = &d.u.createdomain;

	memset(&d, 0, sizeof(d));
	d.cmd = XEN_DOMCTL_createdomain;
	d.domain = 0xffff;
	c->flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
	c->max_vcpus = 1;
	c->max_evtchn_port = -1;
	c->max_grant_frames = 4;
	c->max_maptrack_frames = 4;
	c->grant_opts = 1;
	c->arch.emulation_flags = XEN_X86_EMU_LAPIC;
	return c;
}

static s64 op(u32 domid, u32 cmd)
{
	d.domain = (domid_t)domid;
	d.cmd = cmd;
	return domctl(&d);
}

void test_main(void)
{
	struct xen_domctl_createdomain *c;
	struct xen_domctl_getdomaininfo info;
	u64 before;
	u32 id, id2;

	apic_enable();
	before = free_pages_total();
	c = fresh();
	c->max_vcpus = 0;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->max_vcpus = 1000;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->flags |= 1u << 30;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->arch.emulation_flags = XEN_X86_EMU_LAPIC | XEN_X86_EMU_PIT;
	CHECK_EQ(domctl(&d), -EOPNOTSUPP);
	c = fresh();
	c->arch.emulation_flags = 0xffffffff;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->grant_opts = 0;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->max_grant_frames = 0;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->altp2m_opts = 0x100;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	c->iommu_opts = 0xf0;
	CHECK_EQ(domctl(&d), -EINVAL);
	c = fresh();
	d.domain = 0;
	c->flags |= 0;
	CHECK_EQ(domctl(&d), 0); /* 0 means: any */
	id = d.domain;
	CHECK(id >= 1 && id < 0x7ff0, "id %u", id);
	c = fresh();
	d.domain = (domid_t)id;
	CHECK_EQ(domctl(&d), -EEXIST);
	c = fresh();
	CHECK_EQ(domctl(&d), 0);
	id2 = d.domain;
	CHECK(id2 != id, "id %u twice", id);

	memset(&d.u, 0, sizeof(d.u));
	d.u.max_vcpus.max = 2;
	CHECK_EQ(op(id, XEN_DOMCTL_max_vcpus), -EINVAL);
	d.u.paging_mempool.size = 12345;
	CHECK_EQ(op(id, XEN_DOMCTL_set_paging_mempool_size), -EINVAL);
	d.u.paging_mempool.size = 1 << 20;
	CHECK_EQ(op(id, XEN_DOMCTL_set_paging_mempool_size), 0);
	d.u.paging_mempool.size = 0;
	CHECK_EQ(op(id, XEN_DOMCTL_get_paging_mempool_size), 0);
	CHECK(d.u.paging_mempool.size >= 1 << 20, "pool %lu", (u64)d.u.paging_mempool.size);
	memset(&d.u, 0, sizeof(d.u));
	d.u.max_vcpus.max = 1;
	CHECK_EQ(op(id, XEN_DOMCTL_max_vcpus), 0);
	d.u.max_mem.max_memkb = 4096;
	CHECK_EQ(op(id, XEN_DOMCTL_max_mem), 0);
	CHECK_EQ(populate(id, 0, 1024), 1024);
	CHECK(populate(id, 2000, 1) <= 0, "more than max_mem");
	CHECK_EQ(domain_info(id, &info), 0);
	CHECK_EQ(info.tot_pages, 1024);
	CHECK_EQ(info.max_pages, 1024);
	CHECK_EQ(op(id, XEN_DOMCTL_pausedomain), 0);
	CHECK_EQ(op(id, XEN_DOMCTL_unpausedomain), 0);
	CHECK_EQ(op(0, XEN_DOMCTL_pausedomain), -EINVAL);
	CHECK(op(0, XEN_DOMCTL_destroydomain) < 0, "destroyed itself");
	CHECK_EQ(op(999, XEN_DOMCTL_destroydomain), -ESRCH);
	CHECK_EQ(op(id, XEN_DOMCTL_destroydomain), 0);
	CHECK_EQ(op(id2, XEN_DOMCTL_destroydomain), 0);
	CHECK(wait_irq(domain_info(id, &info) == -ESRCH && domain_info(id2, &info) == -ESRCH,
		      2000 * MS),
		"ids stay");
	CHECK(wait_irq(free_pages_total() >= before - 8, 2000 * MS), "%lu pages free, %lu before",
		free_pages_total(), before);
}
