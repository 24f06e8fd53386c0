/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * register_vcpu_info: refused across a page, misaligned or without memory; contents move along,
 * everything is marked pending, events and time go to the new place; a second time is -EBUSY.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u8 *page = alloc_page();
	struct vcpu_register_vcpu_info r = { .mfn = gfn_of(page), .offset = 4096 - 32 };
	struct vcpu_info *v = (void *)(page + 128);
	u32 ipi, seen;
	u64 t;

	apic_enable();
	CHECK_EQ(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -ENXIO);
	r.offset = 130;
	CHECK_EQ(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -ENXIO);
	r.offset = 128;
	r.mfn = scratch_gfn(1);
	CHECK(vcpu_op(VCPUOP_register_vcpu_info, 0, &r) < 0, "no memory there");
	CHECK_EQ(vcpu_op(VCPUOP_register_vcpu_info, 99, &r), -ENOENT);
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(bind_ipi(0, &ipi), 0);
	r.mfn = gfn_of(page);
	CHECK_EQ(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), 0);
	CHECK(v->evtchn_upcall_pending, "not marked pending");
	CHECK_EQ(v->evtchn_pending_sel, ~0UL);
	CHECK(v->time.tsc_to_system_mul, "no time in the new place");
	vcpu_infos[0] = v;
	t = now_ns();
	delay_ns(2 * MS);
	CHECK(now_ns() - t >= 2 * MS, "time stands");
	irq_window();
	evtchn_unmask_local(ipi);
	seen = evtchn_count[ipi];
	evtchn_send(ipi);
	CHECK(wait_irq(evtchn_count[ipi] == seen + 1, 100 * MS), "no event through the new place");
	CHECK(shared_info->vcpu_info[0].time.tsc_to_system_mul, "the old slot's time was cleared");
	CHECK_EQ(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), -EBUSY);
	CHECK_EQ(memcmp(page, page + 3000, 128), 0);
}
