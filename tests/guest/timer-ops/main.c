/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paravirtual timers: single-shot in the future comes at its time, in the past at once with
 * result 0; stop; periodic; set_timer_op; another vCPU refused.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static u32 port;

static s64 shot(u64 abs, u32 flags)
{
	struct vcpu_set_singleshot_timer t = { .timeout_abs_ns = abs, .flags = flags };

	return vcpu_op(VCPUOP_set_singleshot_timer, 0, &t);
}

void test_main(void)
{
	struct vcpu_set_singleshot_timer other = { .timeout_abs_ns = 1 };
	struct vcpu_set_periodic_timer per = { .period_ns = 5 * MS };
	u32 seen;
	u64 t;

	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(vcpu_op(VCPUOP_stop_periodic_timer, 0, 0), 0);
	CHECK_EQ(vcpu_op(VCPUOP_stop_singleshot_timer, 0, 0), 0);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 0, &port), 0);
	evtchn_unmask_local(port);
	irq_window();
	seen = evtchn_count[port];
	CHECK_EQ(shot(1, 0), 0);
	CHECK(wait_irq(evtchn_count[port] == seen + 1, 200 * MS), "past");
	for (int i = 0; i < 20; i++) {
		seen = evtchn_count[port];
		t = now_ns() + 1 * MS;
		CHECK_EQ(shot(t, 0), 0);
		CHECK(wait_irq(evtchn_count[port] == seen + 1, 500 * MS), "future");
		CHECK(now_ns() >= t, "early by %lu ns", t - now_ns());
		CHECK(now_ns() - t < 100 * MS, "late by %lu ns", now_ns() - t);
	}
	CHECK_EQ(shot(now_ns() + 10 * MS, 0), 0);
	CHECK_EQ(vcpu_op(VCPUOP_stop_singleshot_timer, 0, 0), 0);
	seen = evtchn_count[port];
	delay_ns(20 * MS);
	irq_window();
	CHECK_EQ(evtchn_count[port], seen);
	CHECK_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 1, &other), -EINVAL);
	CHECK_EQ(vcpu_op(VCPUOP_set_singleshot_timer, 99, &other), -ENOENT);

	CHECK_EQ(vcpu_op(VCPUOP_set_periodic_timer, 0, &per), 0);
	CHECK(wait_irq(evtchn_count[port] >= seen + 5, 1000 * MS), "periodic: %u",
		evtchn_count[port] - seen);
	per.period_ns = 100;
	CHECK_EQ(vcpu_op(VCPUOP_set_periodic_timer, 0, &per), -EINVAL);
	CHECK_EQ(vcpu_op(VCPUOP_stop_periodic_timer, 0, 0), 0);
	irq_window();

	seen = evtchn_count[port];
	CHECK_EQ(hc1(__HYPERVISOR_set_timer_op, now_ns() + 2 * MS), 0);
	CHECK(wait_irq(evtchn_count[port] == seen + 1, 500 * MS), "set_timer_op");
	CHECK_EQ(hc1(__HYPERVISOR_set_timer_op, now_ns() + 5 * MS), 0);
	CHECK_EQ(hc1(__HYPERVISOR_set_timer_op, 0), 0);
	delay_ns(10 * MS);
	irq_window();
	CHECK_EQ(evtchn_count[port], seen + 1);
}
