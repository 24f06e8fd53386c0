/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SCHEDOP_poll: a pending port ends it at once, also a masked one; a timeout ends it with 0; a
 * send from another processor wakes it. Linux' spinlocks stand on this.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static u32 port;

static s64 poll(u32 *ports, u32 n, u64 timeout)
{
	struct sched_poll p = { .nr_ports = n, .timeout = timeout };

	set_xen_guest_handle(p.ports, ports);
	return sched_op(SCHEDOP_poll, &p);
}

static void kick(void *arg)
{
	delay_ns((u64)arg);
	evtchn_send(port);
}

void test_main(void)
{
	u64 t;
	u32 bad = 5000;

	CHECK(cpu_start(1), "second processor");
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(bind_ipi(0, &port), 0);
	evtchn_mask(port);
	evtchn_send(port);
	t = now_ns();
	CHECK_EQ(poll(&port, 1, now_ns() + 3000 * MS), 0);
	CHECK(now_ns() - t < 500 * MS, "masked pending port: %lu ns", now_ns() - t);
	evtchn_clear(port);
	t = now_ns();
	CHECK_EQ(poll(&port, 1, t + 10 * MS), 0);
	CHECK(now_ns() - t >= 10 * MS && now_ns() - t < 500 * MS, "timeout of 10 ms: %lu ns",
		now_ns() - t);
	CHECK_EQ(poll(&port, 1, 1), 0); /* in the past */
	for (u32 i = 0; i < 50; i++) {
		evtchn_clear(port);
		cpu_run(1, kick, (void *)(u64)(i * 10000));
		t = now_ns();
		CHECK_EQ(poll(&port, 1, t + 2000 * MS), 0);
		CHECK(evtchn_pending(port), "round %u: woken after %lu ns without the event", i,
			now_ns() - t);
		CHECK(cpu_wait(1), "round %u", i);
		if (test_failures() > 3) {
			break;
		}
	}
	CHECK_EQ(poll(&bad, 1, 1), -EINVAL);
	CHECK_EQ(poll(&port, 129, 1), -EINVAL);
	CHECK_EQ(poll((u32 *)NOT_MAPPED, 1, 1), -EFAULT);
	t = now_ns();
	CHECK_EQ(poll(NULL, 0, t + 5 * MS), 0);
	CHECK(now_ns() - t >= 4 * MS, "no ports: %lu ns", now_ns() - t);
	CHECK_EQ(sched_op(SCHEDOP_yield, 0), 0);
}
