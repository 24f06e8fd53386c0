/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run-state area: registered by virtual address (also across two pages), kept up to date,
 * times that add up, the update flag protocol, and the plain query.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u8 *a = alloc_page(), *b = alloc_page();
	struct vcpu_register_runstate_memory_area r = { 0 };
	volatile struct vcpu_runstate_info *rs;
	struct vcpu_runstate_info q;
	u32 port;
	u64 sum;

	map_page(MAP_BASE, virt_to_phys(b), 3);
	map_page(MAP_BASE + 4096, virt_to_phys(a), 3);
	rs = (void *)(MAP_BASE + 4096 - 24);
	r.addr.h.p = (void *)rs;
	CHECK_EQ(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r), 0);
	CHECK_EQ(rs->state, RUNSTATE_running);
	CHECK_EQ(hc2(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag),
		0);
	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 0, &port), 0);
	evtchn_unmask_local(port);
	irq_window();
	for (int i = 0; i < 5; i++) {
		struct vcpu_set_singleshot_timer t = { .timeout_abs_ns = now_ns() + 50 * MS };
		u64 before = rs->time[RUNSTATE_blocked];

		u32 seen = evtchn_count[port];

		vcpu_op(VCPUOP_set_singleshot_timer, 0, &t);
		while (evtchn_count[port] == seen) {
			sti_hlt_cli();
		}
		CHECK_EQ(rs->state, RUNSTATE_running);
		CHECK(!(rs->state_entry_time >> 63), "update flag left set");
		CHECK(rs->time[RUNSTATE_blocked] > before, "blocked time stands");
		CHECK(rs->state_entry_time <= now_ns(), "entered in the future");
	}
	CHECK_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, &q), 0);
	CHECK_EQ(q.state, RUNSTATE_running);
	sum = q.time[0] + q.time[1] + q.time[2] + q.time[3];
	CHECK(sum <= now_ns(), "sum of times %lu, now %lu", sum, now_ns());
	CHECK(sum > 20 * MS, "sum of times %lu", sum);
	CHECK_EQ(vcpu_op(VCPUOP_get_runstate_info, 99, &q), -ENOENT);
	CHECK_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, NOT_MAPPED), -EFAULT);
}
