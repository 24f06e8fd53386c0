/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ordinary domain must not do: every domctl, sysctl and platform call, every foreign
 * target of memory, event, grant and parameter calls, is refused; nothing of it takes effect.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static void refuse(s64 rc, const char *what, unsigned int n)
{
	if (rc != -EPERM && rc != -ENOSYS && rc != -EACCES && rc != -EOPNOTSUPP && rc != -ESRCH &&
		rc != -EINVAL) {
		test_failure("%s %u: %ld", what, n, rc);
	}
}

void domu_main(void)
{
	static union {
		struct xen_domctl d;
		struct xen_sysctl s;
		struct xen_platform_op p;
		u8 pad[512];
	} u;
	static u8 buf[4096];
	u32 port;
	struct xen_hvm_param hp = { .domid = 0, .index = HVM_PARAM_STORE_PFN };
	struct xen_memory_reservation r = { .domid = 0, .nr_extents = 1 };
	xen_pfn_t gfn = 5000;
	domid_t zero = 0;
	u32 soft = 0;

	for (u32 cmd = 0; cmd < 100; cmd++) {
		for (u32 target = 0; target < 2; target++) {
			s64 rc;

			memset(&u, 0, sizeof(u));
			u.d.cmd = cmd;
			u.d.domain = (domid_t)(target ? own_domid() : 0);
			rc = domctl(&u.d);
			refuse(rc, "domctl", cmd);
			soft += rc == -EPERM;
		}
	}
	CHECK(soft > 100, "only %u of the domctls say -EPERM", soft);
	for (u32 cmd = 0; cmd < 40; cmd++) {
		memset(&u, 0, sizeof(u));
		u.s.cmd = cmd;
		refuse(sysctl(&u.s), "sysctl", cmd);
	}
	for (u32 cmd = 0; cmd < 80; cmd++) {
		memset(&u, 0, sizeof(u));
		u.p.cmd = cmd;
		u.p.interface_version = XENPF_INTERFACE_VERSION;
		refuse(platform_op(&u.p), "platform_op", cmd);
	}
	for (u32 cmd = 0; cmd < 40; cmd++) {
		if (cmd == PHYSDEVOP_eoi || cmd == PHYSDEVOP_irq_status_query) {
			continue;
		}
		memset(buf, 0, sizeof(buf));
		refuse(physdev_op(cmd, buf), "physdev_op", cmd);
	}
	CHECK_EQ(alloc_unbound(0, DOMID_SELF, &port), -EPERM);
	CHECK_EQ(hvm_op(HVMOP_get_param, &hp), -EPERM);
	CHECK_EQ(hvm_op(HVMOP_set_param, &hp), -EPERM);
	set_xen_guest_handle(r.extent_start, &gfn);
	CHECK(memory_op(XENMEM_populate_physmap, &r) <= 0, "populated dom0");
	CHECK(memory_op(XENMEM_decrease_reservation, &r) <= 0, "took from dom0");
	refuse(memory_op(XENMEM_current_reservation, &zero), "current_reservation", 0);
	{
		struct xen_add_to_physmap x = {
			.domid = 0, .space = XENMAPSPACE_shared_info, .gpfn = 5000
		};
		struct xen_mem_acquire_resource a = { .domid = 0,
			.type = XENMEM_resource_grant_table };
		struct xen_foreign_memory_map f = { .domid = 0 };

		refuse(memory_op(XENMEM_add_to_physmap, &x), "add_to_physmap", 0);
		refuse(memory_op(XENMEM_acquire_resource, &a), "acquire_resource", 0);
		refuse(memory_op(XENMEM_set_memory_map, &f), "set_memory_map", 0);
	}
	refuse(add_foreign(0, 0x1000, 1000), "foreign map of dom0", 0);
	{
		u32 map = *(volatile u32 *)(1000UL << 12);

		CHECK(map == 0 || map == 0xffffffff, "dom0's memory is visible: %x", map);
	}
	refuse(console_io(CONSOLEIO_read, 10, buf), "console read", 0);
	{
		struct sched_remote_shutdown rs = { .domain_id = 0, .reason = SHUTDOWN_crash };

		refuse(sched_op(SCHEDOP_remote_shutdown, &rs), "remote_shutdown", 0);
	}
	{
		struct evtchn_reset er = { .dom = 0 };
		struct evtchn_status st = { .dom = 0, .port = 1 };

		refuse(evtchn_op(EVTCHNOP_reset, &er), "reset", 0);
		refuse(evtchn_op(EVTCHNOP_status, &st), "status", 0);
	}
	{
		struct gnttab_query_size q = { .dom = 0, .status = 77 };

		gnttab_op(GNTTABOP_query_size, &q, 1);
		CHECK_EQ(q.status, GNTST_permission_denied);
	}
	memset(buf, 0, sizeof(buf));
	refuse(xen_version(XENVER_commandline2, 0), "commandline2", 0);
	xen_version(XENVER_commandline, buf);
	CHECK(!strstr((char *)buf, "dom0_mem"), "the command line is visible: %s", (char *)buf);
	memset(buf, 0, sizeof(buf));
	refuse(hc3(__HYPERVISOR_dm_op, 0, 1, buf), "dm_op", 0);
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}

void test_main(void)
{
	struct domu u;

	apic_enable();
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	domu_unpause(&u);
	domu_wait(&u, 5000 * MS);
	CHECK_EQ(domu_destroy(&u), 0);
	/* dom0 lost nothing. */
	CHECK(*(volatile u32 *)image_start, "image");
}
