/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypercall page: writing its address to MSR 0x40000000 fills 32-byte stubs that call; slot
 * iret is ud2, a page index or an address without RAM raises #GP, reading gives 0.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u8 *page = alloc_page();
	u64 v = 1, r;
	u8 *stub = page + 32 * __HYPERVISOR_xen_version;

	CHECK_EQ(wrmsr_safe(0x40000000, virt_to_phys(page)), EXC_NONE);
	CHECK_EQ(stub[0], 0xb8);
	CHECK_EQ(*(u32 *)(stub + 1), __HYPERVISOR_xen_version);
	CHECK_EQ(stub[5], 0x0f);
	CHECK_EQ(stub[6], 0x01);
	CHECK_EQ(stub[7], cpu_amd ? 0xd9 : 0xc1);
	CHECK_EQ(stub[8], 0xc3);
	CHECK_EQ(page[32 * __HYPERVISOR_iret], 0x0f);
	CHECK_EQ(page[32 * __HYPERVISOR_iret + 1], 0x0b);
	__asm__ volatile("call *%1" : "=a"(r) : "r"(stub), "D"(XENVER_version), "S"(0) : "memory");
	CHECK_EQ(r, 0x40014);
	CHECK_EQ(wrmsr_safe(0x40000000, virt_to_phys(page) | 1), EXC_GP);
	CHECK_EQ(wrmsr_safe(0x40000000, scratch_gfn(1) << 12), EXC_GP);
	CHECK_EQ(rdmsr_safe(0x40000000, &v), EXC_NONE);
	CHECK_EQ(v, 0);
}
