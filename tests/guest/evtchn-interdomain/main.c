/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event channels between two domains: a port allocated for the other one can be bound by it only,
 * a thousand round trips lose none, closing one end unbinds the other, destroying the domain too.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u32 port, x, seen;

	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(bind_interdomain(0, (u32)m->arg[1], &x), -EINVAL); /* not for us */
	CHECK_EQ(bind_interdomain(0, (u32)m->arg[0], &port), 0);
	CHECK_EQ(bind_interdomain(0, (u32)m->arg[0], &x), -EINVAL); /* taken */
	CHECK_EQ(alloc_unbound(0, DOMID_SELF, &x), -EPERM);
	CHECK_EQ(alloc_unbound(DOMID_SELF, 0, &x), 0);
	m->ret[1] = x;
	evtchn_unmask_local(port);
	irq_window();
	seen = evtchn_count[port];
	m->ret[0] = 1;
	for (u32 i = 0; i < 1000; i++) {
		while (evtchn_count[port] == seen) {
			sti_hlt_cli();
		}
		seen = evtchn_count[port];
		evtchn_send(port);
	}
	CHECK_EQ(evtchn_close(port), 0);
}

void test_main(void)
{
	struct domu u;
	struct evtchn_status st = { .dom = DOMID_SELF };
	u32 port, other, back, seen;

	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	if (domu_create(&u, 1, 8)) {
		test_error("no domain");
	}
	CHECK_EQ(alloc_unbound(DOMID_SELF, u.domid, &port), 0);
	CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &other), 0);
	u.box->arg[0] = port;
	u.box->arg[1] = other;
	evtchn_unmask_local(port);
	CHECK_EQ(domu_unpause(&u), 0);
	CHECK(wait_irq(u.box->ret[0] || u.box->state >= 2 || sched_op(SCHEDOP_yield, 0), 2000 * MS),
		"the domain does not start");
	irq_window();
	for (u32 i = 0; i < 1000; i++) {
		seen = evtchn_count[port];
		evtchn_send(port);
		if (!wait_irq(
			    evtchn_count[port] != seen || sched_op(SCHEDOP_yield, 0), 1000 * MS)) {
			test_failure("round trip %u", i);
			break;
		}
	}
	CHECK(domu_wait(&u, 2000 * MS), "end");
	st.port = port;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_unbound);
	CHECK_EQ(bind_interdomain(u.domid, (u32)u.box->ret[1], &back), 0);
	CHECK_EQ(domu_destroy(&u), 0);
	st.port = back;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_unbound);
	CHECK_EQ(evtchn_send(back), 0);
	CHECK_EQ(evtchn_close(back), 0);
}
