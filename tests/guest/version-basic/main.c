/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xen_version sub-ops as Debian's tools and kernels read them: the version must be 4.20, the
 * capabilities must name hvm-3.0-x86_32 and _64, the variable-length forms answer length first,
 * and unknown sub-ops are refused. A wrong number here stops every `xl` before its first call.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static void check_varbuf(unsigned int op, const char *want)
{
	static u8 page[4096] __aligned(8);
	struct xen_varbuf *v = (void *)page;
	s64 len = xen_version(op, 0), rc;

	CHECK(len >= 0, "op %u length %ld", op, len);
	if (len <= 0 || len > 4000) {
		return;
	}
	v->len = (u32)len;
	rc = xen_version(op, v);
	CHECK_EQ(rc, len);
	CHECK(page[4 + len] == 0, "op %u wrote behind its length", op);
	if (want) {
		CHECK(strstr((char *)v->buf, want), "op %u lacks %s", op, want);
	}
	v->len = (u32)len - 1;
	CHECK_EQ(xen_version(op, v), -ENOBUFS);
}

void test_main(void)
{
	static char buf[1025];
	struct xen_feature_info f = { .submap_idx = 0 };
	struct xen_compile_info *ci = (void *)buf;
	u64 pp = 1;

	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
	CHECK_EQ(xen_version(XENVER_pagesize, 0), 4096);
	memset(buf, 0xee, sizeof(buf));
	CHECK_EQ(xen_version(XENVER_extraversion, buf), 0);
	CHECK((u8)buf[16] == 0xee, "extraversion longer than 16");
	memset(buf, 0xee, sizeof(buf));
	CHECK_EQ(xen_version(XENVER_capabilities, buf), 0);
	CHECK((u8)buf[1024] == 0xee, "capabilities longer than 1024");
	CHECK(strstr(buf, "hvm-3.0-x86_32 "), "%s", buf);
	CHECK(strstr(buf, "hvm-3.0-x86_64"), "%s", buf);
	CHECK_EQ(xen_version(XENVER_changeset, buf), 0);
	CHECK_EQ(xen_version(XENVER_platform_parameters, &pp), 0);
	CHECK_EQ(pp, 0);
	CHECK_EQ(xen_version(XENVER_get_features, &f), 0);
	CHECK(f.submap & 1u << XENFEAT_auto_translated_physmap, "%x", f.submap);
	CHECK(f.submap & 1u << XENFEAT_hvm_callback_vector, "%x", f.submap);
	CHECK(f.submap & 1u << XENFEAT_hvm_safe_pvclock, "%x", f.submap);
	CHECK(f.submap & 1u << XENFEAT_dom0, "%x", f.submap);
	CHECK(!(f.submap & 1u << XENFEAT_hvm_pirqs), "%x", f.submap);
	f.submap_idx = 1;
	CHECK_EQ(xen_version(XENVER_get_features, &f), -EINVAL);
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(xen_version(XENVER_commandline, buf), 0);
	CHECK(strstr(buf, "dom0_mem="), "command line: %s", buf);
	CHECK_EQ(xen_version(XENVER_guest_handle, buf), 0);
	memset(buf, 0xee, sizeof(buf));
	CHECK_EQ(xen_version(XENVER_compile_info, ci), 0);
	CHECK((u8)buf[144] == 0xee, "compile info longer than 144");
	check_varbuf(XENVER_extraversion2, NULL);
	check_varbuf(XENVER_capabilities2, "hvm-3.0-x86_64");
	check_varbuf(XENVER_changeset2, NULL);
	check_varbuf(XENVER_commandline2, "dom0=pvh");
	CHECK_EQ(xen_version(99, buf), -ENOSYS);
	CHECK_EQ(xen_version(XENVER_extraversion, 0xffff800000000000), -EFAULT);
}
