/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain that triple-faults, one that asks for a crash and one that loops on INIT: each ends or
 * stays by itself, with the shutdown code that tools expect, and dom0 and its neighbours live on.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	struct sched_shutdown s = { .reason = SHUTDOWN_crash };
	struct {
		u16 limit;
		u64 base;
	} __packed idtr = { 0, 0 };

	m->ret[0] = 1;
	switch (m->arg[0]) {
	case 0:
		__asm__ volatile("lidt %0; ud2" ::"m"(idtr));
		break;
	case 1:
		sched_op(SCHEDOP_shutdown, &s);
		break;
	case 2:
		apic_enable();
		for (;;) {
			apic_icr(2, 0x4500);
			apic_icr(2, 0x4610);
			apic_icr(2, 0x4600 | (u32)(rnd() & 0xff));
		}
	case 3:
		write_cr3_safe(0xffffffff000);
		break;
	case 4:
		s.reason = SHUTDOWN_reboot;
		sched_op(SCHEDOP_shutdown, &s);
		break;
	}
	for (;;) {
		pause();
	}
}

void test_main(void)
{
	static const u32 codes[] = { SHUTDOWN_reboot, SHUTDOWN_crash, 99, 99, SHUTDOWN_reboot };
	struct xen_domctl_getdomaininfo info;
	u32 port;

	apic_enable();
	CHECK_EQ(evtchn_upcall_set(0, VEC_UPCALL), 0);
	CHECK_EQ(bind_virq(VIRQ_DOM_EXC, 0, &port), 0);
	evtchn_unmask_local(port);
	for (u32 k = 0; k < ARRAY_SIZE(codes); k++) {
		struct domu u;
		u32 seen = evtchn_count[port];

		if (domu_create(&u, k == 2 ? 2 : 1, 8)) {
			test_error("no domain");
		}
		u.box->arg[0] = k;
		domu_unpause(&u);
		CHECK(wait_irq(u.box->ret[0] || sched_op(SCHEDOP_yield, 0), 2000 * MS),
			"kind %u: start", k);
		if (codes[k] == 99) { /* may end or go on */
			delay_ns(100 * MS);
			CHECK_EQ(domain_info(u.domid, &info), 0);
		} else {
			CHECK(wait_irq((!domain_info(u.domid, &info) &&
					       (info.flags & XEN_DOMINF_shutdown)) ||
					      sched_op(SCHEDOP_yield, 0),
				      2000 * MS),
				"kind %u: flags %x", k, info.flags);
			CHECK(info.flags >> XEN_DOMINF_shutdownshift == codes[k],
				"kind %u: code %u", k, info.flags >> XEN_DOMINF_shutdownshift);
			CHECK(wait_irq(evtchn_count[port] != seen, 500 * MS),
				"kind %u: no VIRQ_DOM_EXC", k);
		}
		irq_window();
		seen = evtchn_count[port];
		CHECK_EQ(domu_destroy(&u), 0);
		CHECK(wait_irq(evtchn_count[port] != seen, 500 * MS),
			"kind %u: no VIRQ_DOM_EXC at the end", k);
	}
}
