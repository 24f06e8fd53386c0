/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercalls from 32-bit and 16-bit code segments use the 32-bit registers and layouts, chosen by
 * the code segment at the time of the call. hvmloader and older kernels call so.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct {
		u32 submap_idx, submap;
	} *f = alloc_page();
	u32 r[6] = { __HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0 };
	/* The 32-bit add_to_physmap: {domid u16, size u16, space u32, idx u32, gpfn u32}. */
	struct {
		u16 domid, size;
		u32 space, idx, gpfn;
	} *x = alloc_page();
	struct {
		u16 domid, pad;
		u32 index;
		u64 value;
	} *hp = alloc_page();

	CHECK_EQ(compat_hypercall(r), 0x40014);
	CHECK_EQ(compat16_hypercall(r), 0x40014);
	r[1] = XENVER_get_features;
	r[2] = (u32)(u64)f;
	CHECK_EQ(compat_hypercall(r), 0);
	CHECK(f->submap & 1u << XENFEAT_auto_translated_physmap, "%x", f->submap);
	r[0] = 63;
	CHECK_EQ((s32)compat_hypercall(r), -ENOSYS);
	r[0] = 0xffffffff;
	CHECK_EQ((s32)compat_hypercall(r), -ENOSYS);

	x->domid = DOMID_SELF;
	x->space = XENMAPSPACE_grant_table;
	x->gpfn = (u32)gfn_of(alloc_page());
	r[0] = __HYPERVISOR_memory_op;
	r[1] = XENMEM_add_to_physmap;
	r[2] = (u32)(u64)x;
	CHECK_EQ((s32)compat_hypercall(r), 0);
	x->space = 99;
	CHECK((s32)compat_hypercall(r) < 0, "unknown space");

	hp->domid = DOMID_SELF;
	hp->index = HVM_PARAM_STORE_EVTCHN;
	hp->value = 77;
	r[0] = __HYPERVISOR_hvm_op;
	r[1] = HVMOP_get_param;
	r[2] = (u32)(u64)hp;
	CHECK_EQ((s32)compat_hypercall(r), 0);
	CHECK_EQ(hp->value, 0);

	r[0] = __HYPERVISOR_sched_op;
	r[1] = SCHEDOP_yield;
	r[2] = 0;
	CHECK_EQ((s32)compat_hypercall(r), 0);
	r[0] = __HYPERVISOR_vcpu_op;
	r[1] = VCPUOP_is_up;
	r[2] = 0;
	CHECK_EQ((s32)compat_hypercall(r), 1);

	/* Operations are ints: the upper half of the register means nothing. */
	CHECK_EQ(xen_version(1UL << 32 | XENVER_version, 0), 0x40014);
	CHECK_EQ(sched_op(1UL << 32 | SCHEDOP_yield, 0), 0);
	CHECK_EQ(vcpu_op(1UL << 32 | VCPUOP_is_up, 1UL << 32, 0), 1);
}
