/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HLT: an interrupt wakes it and execution goes on behind it; `sti; hlt` with an interrupt
 * already pending does not sleep; a halted vCPU uses no processor time.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static void arm(u64 ns)
{
	struct vcpu_set_singleshot_timer t = { .timeout_abs_ns = now_ns() + ns };

	CHECK_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 0, &t), 0);
}

void test_main(void)
{
	u32 port;
	u64 t;
	struct vcpu_runstate_info a, b;

	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 0, &port), 0);
	evtchn_unmask_local(port);
	for (int i = 0; i < 20; i++) {
		u32 seen = evtchn_count[port];

		t = now_ns();
		arm(2 * MS);
		while (evtchn_count[port] == seen) {
			sti_hlt_cli();
		}
		CHECK(now_ns() - t >= 2 * MS, "woken after %lu ns", now_ns() - t);
		CHECK(now_ns() - t < 1000 * MS, "woken after %lu ns", now_ns() - t);
	}
	/* Pending before the halt. */
	for (int i = 0; i < 100; i++) {
		u32 seen = irq_count[0x55];

		apic_icr(0, 0x40000 | 0x55);
		sti_hlt_cli();
		CHECK_EQ(irq_count[0x55], seen + 1);
	}
	CHECK_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, &a), 0);
	arm(50 * MS);
	sti_hlt_cli();
	CHECK_EQ(vcpu_op(VCPUOP_get_runstate_info, 0, &b), 0);
	CHECK(b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked] > 30 * MS,
		"blocked for %lu ns of 50 ms", b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked]);
}
