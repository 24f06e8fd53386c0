/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FIFO ABI: control block and event array set up once each, bad addresses refused, events
 * arrive in the order of sending, an event sent while masked is queued by unmask, one bound before
 * the array is there is kept.
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
	struct evtchn_init_control ic = { .vcpu = 0, .offset = 8 };
	struct evtchn_expand_array ea = { .array_gfn = 0xfffffffffff };
	u32 a[8], b[8];

	apic_enable();
	evtchn_upcall_set(0, VEC_UPCALL);
	irq_handler(VEC_UPCALL, upcall);
	CHECK_EQ(evtchn_op(EVTCHNOP_expand_array, &ea), -EOPNOTSUPP);
	ic.control_gfn = scratch_gfn(1);
	CHECK_EQ(evtchn_op(EVTCHNOP_init_control, &ic), -EINVAL);
	ic.control_gfn = gfn_of(alloc_page());
	ic.offset = 4090;
	CHECK_EQ(evtchn_op(EVTCHNOP_init_control, &ic), -EINVAL);
	ic.offset = 4;
	CHECK_EQ(evtchn_op(EVTCHNOP_init_control, &ic), -EINVAL);
	ic.vcpu = 99;
	ic.offset = 0;
	CHECK_EQ(evtchn_op(EVTCHNOP_init_control, &ic), -ENOENT);
	CHECK_EQ(fifo_init(&f, 0), 0);
	ic.vcpu = 0;
	CHECK_EQ(evtchn_op(EVTCHNOP_init_control, &ic), -EINVAL);
	CHECK_EQ(bind_ipi(0, &a[0]), 0);
	CHECK_EQ(evtchn_op(EVTCHNOP_expand_array, &ea), -EINVAL);
	CHECK_EQ(fifo_expand(&f), 0);
	fifo_unmask(&f, a[0]);
	CHECK_EQ(evtchn_send(a[0]), 0);
	CHECK(wait_irq(f.taken == 1, 100 * MS), "first event: taken %u word %x ready %x", f.taken,
		f.words[a[0]], f.control->ready);
	CHECK_EQ(f.order[0], a[0]);
	for (u32 i = 0; i < 8; i++) {
		CHECK_EQ(alloc_unbound(DOMID_SELF, DOMID_SELF, &a[i]), 0);
		CHECK_EQ(bind_interdomain(DOMID_SELF, a[i], &b[i]), 0);
		fifo_unmask(&f, b[i]);
	}
	irq_window();
	irq_window();
	f.taken = 0;
	for (u32 i = 0; i < 8; i++) {
		CHECK_EQ(evtchn_send(a[7 - i]), 0);
	}
	evtchn_send(a[7]); /* already queued: merges */
	irq_window();
	CHECK(wait_irq(f.taken == 8, 100 * MS), "%u of 8", f.taken);
	for (u32 i = 0; i < 8; i++) {
		CHECK(f.order[i] == b[7 - i], "place %u: port %u, not %u", i, f.order[i], b[7 - i]);
	}
	/* Masked. */
	f.taken = 0;
	__atomic_or_fetch(&f.words[b[0]], 1u << EVTCHN_FIFO_MASKED, __ATOMIC_SEQ_CST);
	evtchn_send(a[0]);
	irq_window();
	CHECK_EQ(f.taken, 0);
	CHECK(f.words[b[0]] >> EVTCHN_FIFO_PENDING & 1, "not pending");
	fifo_unmask(&f, b[0]);
	CHECK(wait_irq(f.taken == 1, 100 * MS), "unmask");
	for (u32 i = 0; i < 2000; i++) {
		f.taken = 0;
		evtchn_send(a[i & 7]);
		irq_window();
		if (!wait_irq(f.taken == 1, 100 * MS)) {
			test_failure("round %u", i);
			break;
		}
	}
}
