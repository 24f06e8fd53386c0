/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * platform_op as a PVH dom0 kernel uses it: no EFI here, the boot console's description, setting
 * the wall clock, processor information, unknown operations.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static struct xen_platform_op p;

static s64 op(u32 cmd)
{
	p.cmd = cmd;
	p.interface_version = XENPF_INTERFACE_VERSION;
	return platform_op(&p);
}

void test_main(void)
{
	u32 sec;
	s64 rc;

	p.u.firmware_info.type = XEN_FW_EFI_INFO;
	p.u.firmware_info.index = XEN_FW_EFI_CONFIG_TABLE;
	CHECK(op(XENPF_firmware_info) < 0, "EFI on a BIOS machine");
	memset(&p, 0, sizeof(p));
	rc = op(XENPF_get_dom0_console);
	CHECK(rc == 40 || rc == -ENODEV, "get_dom0_console: %ld", rc);
	memset(&p, 0, sizeof(p));
	sec = shared_info->wc_sec;
	p.u.settime64.secs = 1700000000;
	p.u.settime64.nsecs = 500;
	p.u.settime64.system_time = now_ns();
	CHECK_EQ(op(XENPF_settime64), 0);
	CHECK(shared_info->wc_sec != sec, "the wall clock did not change");
	CHECK(shared_info->wc_sec <= 1700000000 && shared_info->wc_sec > 1699990000,
		"wall clock %u", shared_info->wc_sec);
	CHECK(!(shared_info->wc_version & 1), "version odd");
	p.u.settime64.mbz = 1;
	CHECK_EQ(op(XENPF_settime64), -EINVAL);
	memset(&p, 0, sizeof(p));
	p.u.pcpu_info.xen_cpuid = 1;
	CHECK_EQ(op(XENPF_get_cpuinfo), 0);
	CHECK_EQ(p.u.pcpu_info.max_present, 1);
	CHECK(p.u.pcpu_info.flags & XEN_PCPU_FLAGS_ONLINE, "flags %x", p.u.pcpu_info.flags);
	p.u.pcpu_info.xen_cpuid = 50;
	CHECK_EQ(op(XENPF_get_cpuinfo), 0);
	CHECK_EQ(p.u.pcpu_info.flags, XEN_PCPU_FLAGS_INVALID);
	CHECK_EQ(op(999), -ENOSYS);
	p.cmd = XENPF_get_cpuinfo;
	p.interface_version = 1;
	CHECK_EQ(platform_op(&p), -EACCES);
	CHECK_EQ(platform_op(NOT_MAPPED), -EFAULT);
	CHECK_EQ(hc1(48, &p), -ENOSYS);
}
