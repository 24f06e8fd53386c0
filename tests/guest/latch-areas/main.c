/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layout of shared areas changes between 32 and 64 bits while areas are registered: a run-state
 * area at the end of a page keeps the layout that it was registered with, and a time area that is
 * registered again and again by one vCPU survives that another one changes the layout.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile bool stop;

static void latch(bool wide)
{
	struct xen_hvm_param p = {
		.domid = DOMID_SELF,
		.index = HVM_PARAM_CALLBACK_IRQ,
		.value = 1,
	};
	u32 r[6] = { __HYPERVISOR_hvm_op, HVMOP_set_param, (u32)(u64)&p };

	if (wide) {
		CHECK_EQ(hvm_op(HVMOP_set_param, &p), 0);
	} else {
		CHECK_EQ((s32)compat_hypercall(r), 0);
	}
}

static void register_time(void *arg)
{
	u8 *page = arg;
	struct vcpu_register_time_memory_area t = { 0 };

	for (u32 i = 0; !stop; i++) {
		t.addr.h.p = (void *)(page + (i & 63) * 32);
		if (vcpu_op(VCPUOP_register_vcpu_time_memory_area, 1, &t)) {
			test_failure("time area, round %u", i);
			return;
		}
	}
}

void test_main(void)
{
	u8 *page = alloc_pages(2), *times = alloc_page();
	struct vcpu_register_runstate_memory_area r = { 0 };
	struct sched_poll poll = { 0 };
	u32 regs[6] = {
		__HYPERVISOR_vcpu_op,
		VCPUOP_register_runstate_memory_area,
		0,
		(u32)(u64)&r,
	};
	u64 end;

	CHECK(cpu_start(1), "second processor");
	latch(false);
	/* 44 bytes up to the end of the page. */
	r.addr.h.p = (void *)(page + 4096 - 44);
	CHECK_EQ((s32)compat_hypercall(regs), 0);
	CHECK_EQ(*(volatile u32 *)(page + 4096 - 44), RUNSTATE_running);
	latch(true);
	for (u32 i = 0; i < 5; i++) {
		poll.timeout = now_ns() + MS;
		CHECK_EQ(sched_op(SCHEDOP_poll, &poll), 0);
	}
	CHECK_EQ(*(volatile u32 *)(page + 4096 - 44), RUNSTATE_running);
	CHECK_EQ(*(volatile u32 *)(page + 4096), 0);
	/* A new registration takes the new layout. */
	r.addr.h.p = (void *)(page + 4096 - 48);
	CHECK_EQ(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &r), 0);
	CHECK_EQ(*(volatile u64 *)(page + 4096 - 48), RUNSTATE_running);
	cpu_run(1, register_time, times);
	for (end = now_ns() + 1000 * MS; now_ns() < end;) {
		latch(false);
		latch(true);
	}
	stop = true;
	CHECK(cpu_wait(1), "second processor's end");
}
