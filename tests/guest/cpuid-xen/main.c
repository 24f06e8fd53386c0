/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Xen CPUID leaves: signature, version 4.20, hypercall page, and leaf 4 with vCPU and domain
 * ids and the upcall-vector feature, which Linux needs to take events at all.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

static void on_ap(void *arg)
{
	struct cpuid r = cpuid(xen_cpuid_base() + 4, 0);

	*(volatile u32 *)arg = r.b;
}

void test_main(void)
{
	u32 base = xen_cpuid_base();
	volatile u32 vcpu = 99;
	struct cpuid r;

	CHECK_EQ(base, 0x40000000);
	r = cpuid(base, 0);
	CHECK(r.a >= base + 2 && r.a <= base + 5, "maximum leaf %x", r.a);
	CHECK(cpuid(1, 0).c >> 31, "hypervisor bit");
	r = cpuid(base + 1, 0);
	CHECK_EQ(r.a, 0x40014);
	r = cpuid(base + 2, 0);
	CHECK_EQ(r.a, 1);
	CHECK_EQ(r.b, 0x40000000);
	r = cpuid(base + 3, 0);
	CHECK_EQ(r.b, 0);
	CHECK(r.c > 1000, "TSC frequency %u kHz", r.c);
	r = cpuid(base + 3, 2);
	CHECK(r.a > 1000, "CPU frequency %u kHz", r.a);
	r = cpuid(base + 4, 0);
	CHECK(r.a & XEN_HVM_CPUID_VCPU_ID_PRESENT, "%x", r.a);
	CHECK(r.a & XEN_HVM_CPUID_UPCALL_VECTOR, "%x", r.a);
	CHECK(r.a & XEN_HVM_CPUID_DOMID_PRESENT, "%x", r.a);
	CHECK_EQ(r.b, 0);
	CHECK_EQ(r.c, 0);
	r = cpuid(base + 5, 0);
	CHECK_EQ(r.a | r.b | r.c | r.d, 0);
	r = cpuid(base + 0x50, 0);
	CHECK_EQ(r.a | r.b | r.c | r.d, 0);
	CHECK(cpu_start(1), "second processor");
	cpu_run(1, on_ap, (void *)&vcpu);
	CHECK(cpu_wait(1), "second processor's work");
	CHECK_EQ(vcpu, 1);
}
