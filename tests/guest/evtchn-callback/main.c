/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The callback vector of HVM_PARAM_CALLBACK_IRQ (type 2), for guests without per-vCPU vectors: it
 * comes like an external interrupt, without the LAPIC, and as long as upcall_pending is set.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static u32 ipi;
static volatile u32 hits;

static void on_callback(struct regs *r)
{
	(void)r;
	hits++;
	if (hits >= 3 || hits == 1) {
		vcpu_infos[0]->evtchn_upcall_pending = 0;
		vcpu_infos[0]->evtchn_pending_sel = 0;
		evtchn_clear(ipi);
	}
}

void test_main(void)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ };

	apic_enable();
	apic_write(APIC_TPR, 0xff); /* does not matter here */
	irq_handler(0x93, on_callback);
	irq_no_eoi[0x93] = 1;
	p.value = 2ULL << 56 | 0x93;
	CHECK_EQ(hvm_op(HVMOP_set_param, &p), 0);
	p.value = 0;
	CHECK_EQ(hvm_op(HVMOP_get_param, &p), 0);
	CHECK_EQ(p.value, 2ULL << 56 | 0x93);
	CHECK_EQ(bind_ipi(0, &ipi), 0);
	evtchn_unmask_local(ipi);
	evtchn_send(ipi);
	irq_window();
	CHECK(wait_irq(hits == 1, 100 * MS), "callback: %u", hits);
	irq_window();
	CHECK_EQ(hits, 1);
	/* Left pending once: it comes again, at the latest with the next exit. */
	evtchn_send(ipi);
	CHECK(wait_irq(({
		(void)cpuid(0, 0);
		hits == 3;
	}),
		      100 * MS),
		"repeated: %u", hits);
	for (int i = 0; i < 20; i++) {
		irq_window();
	}
	CHECK_EQ(hits, 3);
}
