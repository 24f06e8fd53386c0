/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels between processors: an IPI port bound to the second vCPU is delivered there, an
 * ordinary port moves with bind_vcpu, and a thousand round trips lose none.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile bool stop;
static u32 there, back;

static void ap_loop(void *arg)
{
	u32 seen = evtchn_count[there];

	*(volatile bool *)arg = true;
	while (!stop) {
		irq_window();
		if (evtchn_count[there] != seen) {
			seen = evtchn_count[there];
			evtchn_send(back);
		}
	}
}

void test_main(void)
{
	volatile bool ready = false;
	struct evtchn_bind_vcpu b = { .vcpu = 1 };
	u32 p, q, seen;

	CHECK(cpu_start(1), "second processor");
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(evtchn_upcall_set(1, VEC_UPCALL), 0);
	CHECK_EQ(bind_ipi(1, &there), 0);
	CHECK_EQ(bind_ipi(0, &back), 0);
	evtchn_unmask_local(there);
	evtchn_unmask_local(back);
	cpu_run(1, ap_loop, (void *)&ready);
	CHECK(wait_for(ready, 500 * MS), "second processor's loop");
	for (u32 i = 0; i < 1000; i++) {
		seen = evtchn_count[back];
		evtchn_send(there);
		if (!wait_irq(evtchn_count[back] == seen + 1, 1000 * MS)) {
			test_failure("round trip %u lost: there %u back %u", i, evtchn_count[there],
				evtchn_count[back]);
			break;
		}
	}
	b.port = there;
	CHECK_EQ(evtchn_op(EVTCHNOP_bind_vcpu, &b), -EINVAL);
	/* A pair, its far end moved to vCPU 1. */
	CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &p), 0);
	CHECK_EQ(bind_interdomain(DOMID_SELF, p, &q), 0);
	b.port = q;
	CHECK_EQ(evtchn_op(EVTCHNOP_bind_vcpu, &b), 0);
	evtchn_clear(q);
	evtchn_unmask_local(q);
	seen = evtchn_count[q];
	evtchn_send(p);
	CHECK(wait_for(evtchn_count[q] == seen + 1, 1000 * MS), "moved port");
	stop = true;
	CHECK(cpu_wait(1), "second processor's end");
}
