/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain that fills every page it shares with the hypervisor with random bits, again and again
 * while events, timers and grants are in use: shared_info, vcpu_info, run-state area, grant table,
 * FIFO control block and event array. Only itself may suffer.
 */
#include "fifo.h"

const char test_name[] = TEST_NAME;

static void garbage(volatile void *p, u32 bytes)
{
	volatile u64 *q = p;

	for (u32 i = 0; i < bytes / 8; i++) {
		q[i] = rnd();
	}
}

void domu_main(void)
{
	static struct fifo f;
	struct mailbox *m = own_mailbox();
	u8 *vi = alloc_page(), *rs = alloc_page();
	struct vcpu_register_vcpu_info r = { .mfn = gfn_of(vi), .offset = 64 };
	struct vcpu_register_runstate_memory_area ra = { .addr.h.p = (void *)rs };
	bool fifo = m->arg[0];
	u32 ports[8], p, back;

	grant_table_map();
	apic_enable();
	evtchn_upcall_set(0, VEC_UPCALL);
	for (u32 i = 0; i < 8; i++) {
		alloc_unbound(DOMID_SELF, DOMID_SELF, &p);
		bind_interdomain(DOMID_SELF, p, &ports[i]);
	}
	if (fifo) {
		CHECK_EQ(fifo_init(&f, 0), 0);
		CHECK_EQ(fifo_expand(&f), 0);
	} else {
		CHECK_EQ(vcpu_op(VCPUOP_register_vcpu_info, 0, &r), 0);
	}
	CHECK_EQ(vcpu_op(VCPUOP_register_runstate_memory_area, 0, &ra), 0);
	alloc_unbound(DOMID_SELF, 0, &back);
	for (u32 i = 0; i < 3000; i++) {
		struct gnttab_copy c = { .len = 16, .flags = GNTCOPY_source_gref };
		struct evtchn_unmask um = { .port = ports[i & 7] };

		garbage(shared_info, 4096);
		garbage(vi, 4096);
		garbage(rs, 256);
		garbage(grant_table, 4096);
		if (fifo) {
			garbage(f.control, 4096);
			garbage(f.words, 4096);
		}
		for (u32 j = 0; j < 8; j++) {
			evtchn_send(ports[j]);
		}
		evtchn_op(EVTCHNOP_unmask, &um);
		c.source.domid = DOMID_SELF;
		c.source.u.ref = (u32)rnd() & 511;
		c.dest.domid = DOMID_SELF;
		c.dest.u.gmfn = gfn_of(vi);
		gnttab_op(GNTTABOP_copy, &c, 1);
		sched_op(SCHEDOP_yield, 0);
		m->ret[1] = i;
	}
	m->ret[0] = 1;
}

void test_main(void)
{
	struct xen_domctl_getdomaininfo info;
	u64 t, last = now_ns();

	apic_enable();
	for (u32 kind = 0; kind < 2; kind++) {
		struct domu u;
		u64 g = scratch_gfn(1);
		u32 h;

		if (domu_create(&u, 1, 8)) {
			test_error("no domain");
		}
		u.box->arg[0] = kind;
		domu_unpause(&u);
		while (!u.box->ret[0] && u.box->state < 2 && !domain_info(u.domid, &info) &&
			!(info.flags & XEN_DOMINF_shutdown)) {
			/* Meanwhile dom0 maps what it grants by chance. */
			if (grant_map(u.domid, (u32)rnd() & 511, g, GNTMAP_host_map, &h) ==
				GNTST_okay) {
				grant_unmap(h, g);
			}
			sched_op(SCHEDOP_yield, 0);
			t = now_ns();
			CHECK(t >= last, "dom0's clock ran backwards");
			if (t - last > 40000 * MS) {
				test_failure(
					"kind %u hangs at round %lu", kind, (u64)u.box->ret[1]);
				break;
			}
		}
		printf("  kind %u: %lu rounds\n", kind, (u64)u.box->ret[1] + 1);
		CHECK_EQ(domu_destroy(&u), 0);
		last = now_ns();
	}
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}
