/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HVM parameters: dom0's store channel is 0, unknown ones are refused, another domain's are set
 * and read, the domain itself may not change what is the toolstack's.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static s64 get(u32 dom, u32 idx, u64 *v)
{
	struct xen_hvm_param p = { .domid = (domid_t)dom, .index = idx, .value = 0x77 };
	s64 rc = hvm_op(HVMOP_get_param, &p);

	*v = p.value;
	return rc;
}

static s64 set(u32 dom, u32 idx, u64 v)
{
	struct xen_hvm_param p = { .domid = (domid_t)dom, .index = idx, .value = v };

	return hvm_op(HVMOP_set_param, &p);
}

void domu_main(void)
{
	u64 v;

	CHECK_EQ(get(DOMID_SELF, HVM_PARAM_STORE_PFN, &v), 0);
	CHECK_EQ(v, 0x123);
	CHECK_EQ(get(DOMID_SELF, HVM_PARAM_CONSOLE_EVTCHN, &v), 0);
	CHECK_EQ(v, 5);
	CHECK_EQ(set(DOMID_SELF, HVM_PARAM_STORE_PFN, 1), -EPERM);
	CHECK_EQ(set(DOMID_SELF, HVM_PARAM_CALLBACK_IRQ, 2ULL << 56 | 0x93), 0);
}

void test_main(void)
{
	struct domu u;
	u64 v;

	apic_enable();
	CHECK_EQ(get(DOMID_SELF, HVM_PARAM_STORE_EVTCHN, &v), 0);
	CHECK_EQ(v, 0);
	CHECK_EQ(get(DOMID_SELF, HVM_PARAM_STORE_PFN, &v), 0);
	CHECK_EQ(get(DOMID_SELF, 39, &v), -EINVAL);
	CHECK_EQ(get(DOMID_SELF, 0xffffffff, &v), -EINVAL);
	CHECK_EQ(set(DOMID_SELF, 1000, 0), -EINVAL);
	CHECK_EQ(get(77, HVM_PARAM_STORE_PFN, &v), -ESRCH);
	CHECK_EQ(hvm_op(HVMOP_get_param, NOT_MAPPED), -EFAULT);
	CHECK(hvm_op(HVMOP_pagetable_dying, &v) < 0, "pagetable_dying");
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	CHECK_EQ(set(u.domid, HVM_PARAM_STORE_PFN, 0x123), 0);
	CHECK_EQ(set(u.domid, HVM_PARAM_CONSOLE_EVTCHN, 5), 0);
	CHECK_EQ(get(u.domid, HVM_PARAM_STORE_PFN, &v), 0);
	CHECK_EQ(v, 0x123);
	CHECK_EQ(set(u.domid, 500, 0), -EINVAL);
	domu_unpause(&u);
	domu_wait(&u, 3000 * MS);
	CHECK_EQ(domu_destroy(&u), 0);
}
