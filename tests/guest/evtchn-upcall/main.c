/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The upcall's ways: per-vCPU vector through the LAPIC, with vectors below 16 and unknown vCPUs
 * refused; set while an event is pending it fires at once; held back by the task priority; the
 * older callback parameter (vector type) as ExtINT.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	struct xen_hvm_evtchn_upcall_vector u = { .vcpu = 0, .vector = 0x0f };
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ };
	u32 ipi, seen;

	apic_enable();
	CHECK_EQ(bind_ipi(0, &ipi), 0);
	/* The callback vector first: no LAPIC in it, no EOI. */
	CHECK_EQ(evtchn_upcall_set(0, 0x99), 0); /* for the handler */
	irq_handler(0x98, NULL);
	irq_no_eoi[0x99] = 0;
	evtchn_unmask_local(ipi);
	seen = evtchn_count[ipi];
	evtchn_send(ipi);
	CHECK(wait_irq(evtchn_count[ipi] == seen + 1, 100 * MS), "per-vCPU vector");
	CHECK_EQ(hvm_op(HVMOP_set_evtchn_upcall_vector, &u), -EINVAL);
	u.vector = 0x20;
	u.vcpu = 99;
	CHECK_EQ(hvm_op(HVMOP_set_evtchn_upcall_vector, &u), -ENOENT);

	/* Held by the task priority. */
	apic_write(APIC_TPR, 0xf0);
	seen = evtchn_count[ipi];
	evtchn_send(ipi);
	irq_window();
	CHECK_EQ(evtchn_count[ipi], seen);
	CHECK(vcpu_infos[0]->evtchn_upcall_pending, "upcall_pending");
	apic_write(APIC_TPR, 0);
	CHECK(wait_irq(evtchn_count[ipi] == seen + 1, 100 * MS), "after lowering TPR");

	/* Pending, then moved to another vector: it fires there. */
	cli();
	apic_write(APIC_TPR, 0xf0);
	evtchn_send(ipi);
	seen = evtchn_count[ipi];
	CHECK_EQ(evtchn_upcall_set(0, 0xa3), 0);
	apic_write(APIC_TPR, 0);
	CHECK(wait_irq(evtchn_count[ipi] == seen + 1, 100 * MS),
		"pending while the vector changes");

	/* A value that asks for a GSI: accepted, without effect on the vector in force. */
	p.value = 1;
	CHECK_EQ(hvm_op(HVMOP_set_param, &p), 0);
	seen = evtchn_count[ipi];
	evtchn_send(ipi);
	CHECK(wait_irq(evtchn_count[ipi] == seen + 1, 100 * MS), "after CALLBACK_IRQ = 1");
	CHECK_EQ(hvm_op(HVMOP_get_param, &p), 0);
}
