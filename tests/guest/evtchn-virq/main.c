/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual interrupts: once per vCPU (second time -EEXIST), global ones on vCPU 0 only, unknown
 * ones refused, rebinding after close, the status call.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct evtchn_status st = { .dom = DOMID_SELF };
	u32 t, d, e, x;

	CHECK_EQ(bind_virq(VIRQ_TIMER, 0, &t), 0);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 0, &x), -EEXIST);
	CHECK_EQ(bind_virq(VIRQ_DEBUG, 0, &d), 0);
	CHECK_EQ(bind_virq(VIRQ_DOM_EXC, 1, &e), -EINVAL);
	CHECK_EQ(bind_virq(VIRQ_DOM_EXC, 0, &e), 0);
	CHECK_EQ(bind_virq(VIRQ_CONSOLE, 0, &x), 0);
	CHECK_EQ(bind_virq(VIRQ_PCPU_STATE, 0, &x), 0);
	CHECK_EQ(bind_virq(NR_VIRQS, 0, &x), -EINVAL);
	CHECK_EQ(bind_virq(0xffffffff, 0, &x), -EINVAL);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 99, &x), -ENOENT);
	st.port = t;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_virq);
	CHECK_EQ(st.u.virq, VIRQ_TIMER);
	CHECK_EQ(st.vcpu, 0);
	CHECK_EQ(evtchn_send(t), -EINVAL);
	CHECK_EQ(evtchn_close(t), 0);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 0, &t), 0);
	CHECK_EQ(bind_virq(VIRQ_TIMER, 1, &x), 0);
	{
		struct evtchn_bind_vcpu b = { .port = t, .vcpu = 1 };

		CHECK_EQ(evtchn_op(EVTCHNOP_bind_vcpu, &b), -EINVAL); /* per-vCPU */
		b.port = e;
		CHECK_EQ(evtchn_op(EVTCHNOP_bind_vcpu, &b), 0);
		b.vcpu = 99;
		CHECK_EQ(evtchn_op(EVTCHNOP_bind_vcpu, &b), -ENOENT);
	}
	st.port = 60;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), 0);
	CHECK_EQ(st.status, EVTCHNSTAT_closed);
	st.port = 0x7fffffff;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), -EINVAL);
	st.dom = 77;
	CHECK_EQ(evtchn_op(EVTCHNOP_status, &st), -ESRCH);
}
