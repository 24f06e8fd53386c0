/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Priorities of the FIFO ABI: a lower number is taken first whatever the order of sending, a
 * change applies to the next event, bad priorities and ports are refused.
 */
#include "fifo.h"

const char test_name[] = TEST_NAME;
static struct fifo f;

static void upcall(struct regs *r)
{
	(void)r;
	vcpu_infos[0]->evtchn_upcall_pending = 0;
	fifo_drain(&f);
}

void test_main(void)
{
	struct evtchn_set_priority sp;
	u32 a[4], b[4];

	apic_enable();
	evtchn_upcall_set(0, VEC_UPCALL);
	irq_handler(VEC_UPCALL, upcall);
	CHECK_EQ(fifo_init(&f, 0), 0);
	CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &a[0]), 0);
	CHECK_EQ(fifo_expand(&f), 0);
	for (u32 i = 0; i < 4; i++) {
		CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &a[i]), 0);
		CHECK_EQ(bind_interdomain(DOMID_SELF, a[i], &b[i]), 0);
		sp.port = b[i];
		sp.priority = 12 - i * 4;
		CHECK_EQ(evtchn_op(EVTCHNOP_set_priority, &sp), 0);
		fifo_unmask(&f, b[i]);
	}
	irq_window();
	irq_window();
	f.taken = 0;
	for (u32 i = 0; i < 4; i++) {
		evtchn_send(a[i]); /* priorities 12, 8, 4, 0 */
	}
	irq_window();
	CHECK(wait_irq(f.taken == 4, 100 * MS), "%u of 4", f.taken);
	for (u32 i = 0; i < 4; i++) {
		CHECK(f.order[i] == b[3 - i], "place %u: port %u, not %u", i, f.order[i], b[3 - i]);
	}
	sp.port = b[0];
	sp.priority = 0;
	CHECK_EQ(evtchn_op(EVTCHNOP_set_priority, &sp), 0);
	sp.port = b[3];
	sp.priority = 15;
	CHECK_EQ(evtchn_op(EVTCHNOP_set_priority, &sp), 0);
	f.taken = 0;
	for (u32 i = 0; i < 4; i++) {
		evtchn_send(a[3 - i]);
	}
	irq_window();
	CHECK(wait_irq(f.taken == 4, 100 * MS), "%u of 4", f.taken);
	CHECK(f.order[0] == b[0] && f.order[3] == b[3], "order %u %u %u %u of %u..%u", f.order[0],
		f.order[1], f.order[2], f.order[3], b[0], b[3]);
	sp.priority = 16;
	CHECK_EQ(evtchn_op(EVTCHNOP_set_priority, &sp), -EINVAL);
	sp.port = 200000;
	sp.priority = 1;
	CHECK_EQ(evtchn_op(EVTCHNOP_set_priority, &sp), -EINVAL);
}
