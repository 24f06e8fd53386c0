/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hypercall from ring 3 is answered -EPERM in rax and changes nothing else.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static u64 call_version(u64 arg)
{
	return (u64)hypercall(arg, XENVER_version, 0, 0, 0, 0);
}

void test_main(void)
{
	u32 vec;
	s64 r;

	r = (s64)run_user(call_version, __HYPERVISOR_xen_version, &vec);
	CHECK_EQ(vec, EXC_NONE);
	CHECK_EQ(r, -EPERM);
	r = (s64)run_user(call_version, 63, &vec);
	CHECK_EQ(vec, EXC_NONE);
	CHECK_EQ(r, -EPERM);
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}
