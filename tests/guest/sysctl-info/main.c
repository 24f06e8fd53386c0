/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls behind `xl info` and `xl list`: physinfo, scheduler id, topology and NUMA in their
 * two-call form, cpupool 0, feature sets; each as libxl 4.20 expects.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static struct xen_sysctl s;
	static struct xen_sysctl_cputopo topo[64];
	static struct xen_sysctl_meminfo mem[64];
	static u32 dist[64], feat[64];
	static u8 map[32];

	s.cmd = XEN_SYSCTL_physinfo;
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.physinfo.nr_cpus, 2);
	CHECK_EQ(s.u.physinfo.max_cpu_id, 1);
	CHECK_EQ(s.u.physinfo.nr_nodes, 1);
	CHECK(s.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_hvm, "%x", s.u.physinfo.capabilities);
	CHECK(s.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_hap, "%x", s.u.physinfo.capabilities);
	CHECK(s.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v1, "%x",
		s.u.physinfo.capabilities);
	CHECK(s.u.physinfo.total_pages > 120000, "%lu", (u64)s.u.physinfo.total_pages);
	CHECK(s.u.physinfo.free_pages > 60000, "%lu", (u64)s.u.physinfo.free_pages);
	CHECK(s.u.physinfo.hw_cap[0], "hardware capability words");
	CHECK(s.u.physinfo.cpu_khz, "frequency");

	memset(&s, 0, sizeof(s));
	s.cmd = XEN_SYSCTL_sched_id;
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);

	memset(&s, 0, sizeof(s));
	s.cmd = XEN_SYSCTL_cputopoinfo;
	CHECK_EQ(sysctl(&s), 0);
	CHECK(s.u.cputopoinfo.num_cpus >= 2, "%u", s.u.cputopoinfo.num_cpus);
	set_xen_guest_handle(s.u.cputopoinfo.cputopo, topo);
	s.u.cputopoinfo.num_cpus = 64;
	CHECK_EQ(sysctl(&s), 0);
	CHECK((topo[0].core != 0xffffffff || on_reference()) && topo[1].node == 0, "topology %x %x",
		topo[0].core, topo[1].node);

	memset(&s, 0, sizeof(s));
	s.cmd = XEN_SYSCTL_numainfo;
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.numainfo.num_nodes, 1);
	set_xen_guest_handle(s.u.numainfo.meminfo, mem);
	set_xen_guest_handle(s.u.numainfo.distance, dist);
	CHECK_EQ(sysctl(&s), 0);
	CHECK(mem[0].memsize > 400 << 20, "%lu", (u64)mem[0].memsize);
	CHECK(mem[0].memfree && mem[0].memfree < mem[0].memsize, "%lu", (u64)mem[0].memfree);
	CHECK_EQ(dist[0], 10);

	memset(&s, 0, sizeof(s));
	s.cmd = XEN_SYSCTL_cpupool_op;
	s.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
	s.u.cpupool_op.cpupool_id = 0;
	set_xen_guest_handle(s.u.cpupool_op.cpumap.bitmap, map);
	s.u.cpupool_op.cpumap.nr_bits = 64;
	CHECK_EQ(sysctl(&s), 0);
	CHECK_EQ(s.u.cpupool_op.cpupool_id, 0);
	CHECK_EQ(s.u.cpupool_op.sched_id, XEN_SCHEDULER_CREDIT2);
	CHECK_EQ(s.u.cpupool_op.n_dom, 1);
	CHECK_EQ(map[0], 3);
	s.u.cpupool_op.cpupool_id = 1;
	CHECK_EQ(sysctl(&s), -ENOENT);
	s.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_FREEINFO;
	CHECK_EQ(sysctl(&s), 0);

	memset(&s, 0, sizeof(s));
	s.cmd = XEN_SYSCTL_get_cpu_featureset;
	s.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_host;
	CHECK_EQ(sysctl(&s), 0);
	CHECK(s.u.cpu_featureset.nr_features >= 19, "%u words", s.u.cpu_featureset.nr_features);
	set_xen_guest_handle(s.u.cpu_featureset.features, feat);
	s.u.cpu_featureset.nr_features = 64;
	CHECK_EQ(sysctl(&s), 0);
	CHECK(feat[0], "leaf 1 EDX");
	s.u.cpu_featureset.nr_features = 5;
	CHECK_EQ(sysctl(&s), -ENOBUFS);
	s.u.cpu_featureset.index = 99;
	CHECK_EQ(sysctl(&s), -EINVAL);

	memset(&s, 0, sizeof(s));
	s.cmd = XEN_SYSCTL_readconsole;
	{
		static char con[4096];

		s.u.readconsole.count = sizeof(con);
		set_xen_guest_handle(s.u.readconsole.buffer, con);
		CHECK_EQ(sysctl(&s), 0);
		CHECK(s.u.readconsole.count > 100, "%u bytes of log", s.u.readconsole.count);
	}
	s.cmd = XEN_SYSCTL_get_cpu_levelling_caps;
	CHECK_EQ(sysctl(&s), 0);
}
