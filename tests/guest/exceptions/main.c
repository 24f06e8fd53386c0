/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions of the guest reach the guest unchanged: #UD, #DE, #GP, #PF with address and error
 * code, #BP, also many in a row and with the shared page tables' changes taken at once.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	u8 *page = alloc_page();
	u64 v = 1;

	__asm__ volatile(GUARD("ud2")::: "memory");
	CHECK_EQ(exc_vec(), EXC_UD);
	__asm__ volatile(GUARD("xorl %%edx, %%edx; xorl %%ecx, %%ecx; divl %%ecx")
		: "+a"(v)::"rcx", "rdx", "memory");
	CHECK_EQ(exc_vec(), EXC_DE);
	__asm__ volatile(GUARD("movw %0, %%ds")::"r"((u16)0x7f8) : "memory");
	CHECK_EQ(exc_vec(), EXC_GP);
	CHECK_EQ(this_cpu()->exc_err, 0x7f8);
	__asm__ volatile(GUARD("movq (%0), %%rax")::"r"(0x8000000000000000) : "rax", "memory");
	CHECK_EQ(exc_vec(), EXC_GP);
	for (int i = 0; i < 200; i++) {
		__asm__ volatile(GUARD("movq (%0), %%rax")::"r"(NOT_MAPPED + 0x123)
			: "rax", "memory");
		if (exc_vec() != EXC_PF || this_cpu()->exc_cr2 != NOT_MAPPED + 0x123 ||
			this_cpu()->exc_err != 0) {
			test_failure("round %d: vector %d error %x cr2 %lx", i, (int)exc_vec(),
				this_cpu()->exc_err, this_cpu()->exc_cr2);
			break;
		}
	}
	map_page(MAP_BASE, virt_to_phys(page), 1);
	write_cr0_safe(read_cr0() | CR0_WP);
	__asm__ volatile(GUARD("movq %%rax, (%0)")::"r"(MAP_BASE + 8) : "memory");
	CHECK_EQ(exc_vec(), EXC_PF);
	CHECK_EQ(this_cpu()->exc_err, 3);
	map_page(MAP_BASE, virt_to_phys(page), 3);
	__asm__ volatile(GUARD("movq %%rax, (%0)")::"r"(MAP_BASE + 8) : "memory");
	CHECK_EQ(exc_vec(), EXC_NONE);
	map_page(MAP_BASE, virt_to_phys(page), 3 | 1ULL << 63);
	__asm__ volatile(GUARD("jmp *%0")::"r"(MAP_BASE) : "memory");
	CHECK_EQ(exc_vec(), EXC_PF);
	CHECK_EQ(this_cpu()->exc_err, 0x11);
	/* Reserved bits in a table entry. */
	map_page(MAP_BASE, virt_to_phys(page) | 1ULL << 51, 3);
	__asm__ volatile(GUARD("movq (%0), %%rax")::"r"(MAP_BASE) : "rax", "memory");
	CHECK_EQ(exc_vec(), EXC_PF);
	CHECK_EQ(this_cpu()->exc_err & 0x8, 0x8);
}
