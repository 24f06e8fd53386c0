/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercall numbers outside the HVM table, known sub-ops missing: all -ENOSYS, whatever the
 * arguments. A kernel probes with them.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static const u8 absent[] = {
		0,
		1,
		2,
		3,
		4,
		5,
		6,
		8,
		9,
		10,
		11,
		14,
		16,
		19,
		22,
		23,
		25,
		28,
		30,
		31,
		37,
		38,
		43,
		47,
		48,
		55,
		56,
		62,
		63,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++) {
		s64 rc = hypercall(absent[i], 1, 2, 3, 4, 5);

		CHECK(rc == -ENOSYS, "hypercall %u: %ld", absent[i], rc);
	}
	CHECK_EQ(hypercall(64, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(hypercall(1000, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(hypercall(1ULL << 32 | __HYPERVISOR_xen_version, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(hypercall(~0ULL, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(memory_op(63, 0), -ENOSYS);
	CHECK_EQ(sched_op(99, 0), -ENOSYS);
	CHECK_EQ(vcpu_op(99, 0, 0), -ENOSYS);
	CHECK_EQ(evtchn_op(99, 0), -ENOSYS);
	CHECK_EQ(gnttab_op(99, 0, 0), -ENOSYS);
	CHECK_EQ(hvm_op(99, 0), -ENOSYS);
	CHECK_EQ(physdev_op(99, 0), -ENOSYS);
	CHECK_EQ(console_io(99, 0, 0), -ENOSYS);
	CHECK(hc2(__HYPERVISOR_vm_assist, 0, 99) < 0, "vm_assist of an unknown type");
	CHECK_EQ(hc2(__HYPERVISOR_vm_assist, 9, 5), -ENOSYS);
}
