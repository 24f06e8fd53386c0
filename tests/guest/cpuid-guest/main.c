/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest must see of the processor: APIC ids 2 * vCPU in leaves 1 and 0xB, x2APIC offered,
 * virtualization hidden, OSXSAVE following CR4, zeroes behind the last leaf.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 ids[MAX_CPUS], ext_ids[MAX_CPUS];

static void on_cpu(void *arg)
{
	u32 i = this_cpu()->idx;

	(void)arg;
	ids[i] = cpuid(1, 0).b >> 24;
	ext_ids[i] = cpuid(0xb, 0).d;
}

void test_main(void)
{
	struct cpuid r = cpuid(1, 0), x;
	u32 max = cpuid(0, 0).a, xmax = cpuid(0x80000000, 0).a;

	CHECK(!(r.c >> 5 & 1), "VMX shown");
	CHECK(r.c >> 21 & 1, "x2APIC hidden");
	CHECK(r.c >> 31, "hypervisor bit");
	CHECK(!(r.c >> 3 & 1), "MONITOR shown");
	CHECK(r.d >> 9 & 1, "APIC hidden");
	CHECK(xmax >= 0x80000008, "%x", xmax);
	CHECK(!(cpuid(0x80000001, 0).c >> 2 & 1), "SVM shown");
	CHECK(cpuid(0x80000001, 0).d >> 29 & 1, "long mode hidden");
	x = cpuid(0x8000000a, 0);
	CHECK_EQ(x.a | x.b | x.c | x.d, 0);
	CHECK((cpuid(0x80000008, 0).a & 255) >= 36, "physical width %u",
		cpuid(0x80000008, 0).a & 255);
	if (max >= 7) {
		CHECK(!(cpuid(7, 0).c >> 16 & 1), "LA57 shown");
	}
	if (r.c >> 26 & 1) {
		CHECK_EQ(write_cr4_safe(read_cr4() & ~(u64)CR4_OSXSAVE), EXC_NONE);
		CHECK(!(cpuid(1, 0).c >> 27 & 1), "OSXSAVE without CR4");
		CHECK_EQ(write_cr4_safe(read_cr4() | CR4_OSXSAVE), EXC_NONE);
		CHECK(cpuid(1, 0).c >> 27 & 1, "OSXSAVE does not follow CR4");
		x = cpuid(0xd, 0);
		CHECK(x.a & 3, "XCR0 mask %x", x.a);
		CHECK(x.c >= 576, "XSAVE size %u", x.c);
	}
	CHECK(cpu_start(1), "second processor");
	on_cpu(NULL);
	cpu_run(1, on_cpu, NULL);
	CHECK(cpu_wait(1), "second processor's work");
	for (u32 i = 0; i < 2; i++) {
		CHECK_EQ(ids[i], i * 2);
		if (max >= 0xb) {
			CHECK_EQ(ext_ids[i], i * 2);
		}
	}
}
