/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event channel between two ports of one domain: allocation, binding, sending, masking and
 * the per-vCPU upcall vector. A masked port keeps its pending bit and is delivered by unmask; a
 * closed end turns the other to unbound, to which sending succeeds silently.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u32 a, b, ipi;
	struct evtchn_status st = { .dom = DOMID_SELF };
	u32 seen;

	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &a), 0);
	CHECK_EQ(bind_interdomain(DOMID_SELF, a, &b), 0);
	CHECK(a != b && a && b, "ports %u %u", a, b);
	CHECK(evtchn_pending(b), "a newly bound port is pending once");
	evtchn_clear(b);
	evtchn_unmask_local(a);
	evtchn_unmask_local(b);
	irq_window();

	seen = evtchn_count[b];
	CHECK_EQ(evtchn_send(a), 0);
	CHECK(wait_irq(evtchn_count[b] == seen + 1, 100 * MS), "no event on b");
	seen = evtchn_count[a];
	CHECK_EQ(evtchn_send(b), 0);
	CHECK(wait_irq(evtchn_count[a] == seen + 1, 100 * MS), "no event on a");

	evtchn_mask(b);
	seen = evtchn_count[b];
	CHECK_EQ(evtchn_send(a), 0);
	for (int i = 0; i < 100; i++) {
		irq_window();
	}
	CHECK_EQ(evtchn_count[b], seen);
	CHECK(evtchn_pending(b), "masked port is not pending");
	evtchn_unmask_local(b);
	CHECK(wait_irq(evtchn_count[b] == seen + 1, 100 * MS), "unmask does not deliver");

	st.port = a;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_interdomain);
	CHECK_EQ(evtchn_close(b), 0);
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_unbound);
	CHECK_EQ(evtchn_send(a), 0);
	CHECK_EQ(evtchn_close(a), 0);
	CHECK_EQ(evtchn_send(a), -EINVAL);
	CHECK_EQ(evtchn_close(a), -EINVAL);
	CHECK_EQ(evtchn_send(4096), -EINVAL);

	CHECK_EQ(bind_ipi(0, &ipi), 0);
	evtchn_unmask_local(ipi);
	seen = evtchn_count[ipi];
	CHECK_EQ(evtchn_send(ipi), 0);
	CHECK(wait_irq(evtchn_count[ipi] == seen + 1, 100 * MS), "no ipi event");
	CHECK_EQ(bind_ipi(99, &b), -ENOENT);
}
