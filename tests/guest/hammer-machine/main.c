/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain that reads and writes every MSR of the usual ranges, every port at each width, and
 * memory it does not have: it gets #GP, all ones or is stopped; nobody else notices.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u64 v, bad = 0;
	static const u32 ranges[][2] = {
		{ 0, 0x1000 },
		{ 0x40000000, 0x40000400 },
		{ 0xc0000000, 0xc0000400 },
		{ 0xc0010000, 0xc0010400 },
		{ 0xc0011000, 0xc0011100 },
		{ 0xffffff00, 0xffffffff },
	};

	if (m->arg[0] == 0) {
		for (u32 r = 0; r < ARRAY_SIZE(ranges); r++) {
			for (u32 i = ranges[r][0]; i < ranges[r][1]; i++) {
				m->ret[1] = i;
				if (rdmsr_safe(i, &v) != EXC_NONE || i == MSR_GS_BASE ||
					i == MSR_EFER) {
					continue;
				}
				wrmsr_safe(i, v);
				if ((i >= 0x800 && i < 0x900) || i == MSR_APIC_BASE ||
					(i >= 0xc0000080 && i < 0xc0000105) || i == 0x1d9) {
					continue;
				}
				wrmsr_safe(i, ~0UL);
				wrmsr_safe(i, 1ULL << (rnd() & 63));
				wrmsr_safe(i, v);
			}
		}
	} else if (m->arg[0] == 1) {
		for (u32 p = 0; p < 0x10000; p++) {
			if (p == 0xe9) {
				continue;
			}
			m->ret[1] = p;
			bad += inb((u16)p) != 0xff;
			if (!(p & 7)) {
				inw((u16)p);
				inl((u16)p);
				outb((u16)p, 0xff);
				outl((u16)p, ~0U);
			}
		}
		m->ret[2] = bad;
	} else {
		static const u64 at[] = {
			0xfec00000,
			0xfed00000,
			0xfe000000,
			0xe0000000,
			0xb0000000,
			0xa0000000,
			0xfeb00000,
			0xff000000,
			0x100000000,
			0x140000000,
			0x1f0000000,
		};

		for (u32 k = 0; k < ARRAY_SIZE(at); k++) {
			for (u32 i = 0; i < 64; i++) {
				volatile u8 *p = (void *)(at[k] + i * 0x1000 + (rnd() & 0xff8));

				m->ret[1] = (u64)p;
				(void)*p;
				*(volatile u64 *)p = rnd();
				(void)*(volatile u32 *)(p + 1);
				__asm__ volatile("lock incl (%0)" ::"r"(p) : "memory");
			}
		}
		for (u32 i = 0; i < 0x1000; i += 4) {
			m->ret[1] = LAPIC_BASE + i;
			(void)*(volatile u32 *)(LAPIC_BASE + i);
			if (i != APIC_ICR) {
				*(volatile u32 *)(LAPIC_BASE + i) = (u32)rnd();
			}
			(void)*(volatile u8 *)(LAPIC_BASE + i + 3);
			*(volatile u16 *)(LAPIC_BASE + (i & 0xf00) + 0xf2) = 0;
		}
	}
	m->ret[0] = 1;
}

void test_main(void)
{
	struct xen_domctl_getdomaininfo info;

	apic_enable();
	for (u32 kind = 0; kind < 3; kind++) {
		struct domu u;

		if (domu_create(&u, 1, 8)) {
			test_error("no domain");
		}
		u.box->arg[0] = kind;
		domu_unpause(&u);
		CHECK(wait_irq(u.box->ret[0] || u.box->state >= 2 || domain_info(u.domid, &info) ||
				      (info.flags & XEN_DOMINF_shutdown) ||
				      sched_op(SCHEDOP_yield, 0),
			      60000 * MS),
			"kind %u hangs at %lx", kind, (u64)u.box->ret[1]);
		printf("  kind %u: last %lx, %s\n", kind, (u64)u.box->ret[1],
			u.box->ret[0] ? "to its end" : "stopped by the hypervisor");
		if (kind == 1) {
			CHECK_EQ(u.box->ret[0], 1);
			CHECK_EQ(u.box->ret[2], 0);
		}
		CHECK_EQ(domu_destroy(&u), 0);
	}
	CHECK_EQ(xen_version(XENVER_version, 0), 0x40014);
}
