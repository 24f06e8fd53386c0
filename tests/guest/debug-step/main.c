/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug registers and single-stepping over instructions that the hypervisor handles: the trap
 * comes after CPUID, a hypercall, port I/O and RDMSR, once each and with RIP behind them.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 traps;
static volatile u64 rips[64];

static void on_db(struct regs *r)
{
	u64 dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	if (dr6 >> 14 & 1) {
		rips[traps++ & 63] = r->rip;
	}
	__asm__ volatile("mov %0, %%dr6" ::"r"(0xffff0ff0UL));
}

extern u8 s1[], s2[], s3[], s4[], s5[], s6[], s7[], s8[], s9[];

void test_main(void)
{
	u64 v;
	u32 found[8] = { 0 };
	u8 *want[8] = { s2, s3, s4, s5, s6, s7, s8, s9 };

	__asm__ volatile("mov %0, %%dr0; mov %0, %%dr3" ::"r"(0xffff800012345000UL));
	__asm__ volatile("mov %%dr0, %0" : "=r"(v));
	CHECK_EQ(v, 0xffff800012345000);
	__asm__ volatile("mov %%dr3, %0" : "=r"(v));
	CHECK_EQ(v, 0xffff800012345000);
	__asm__ volatile("mov %%dr7, %0" : "=r"(v));
	CHECK_EQ(v, 0x400);
	__asm__ volatile("mov %0, %%dr7; mov %%dr7, %0" : "+r"(v) : : "memory");
	CHECK_EQ(v, 0x400);
	irq_handler(EXC_DB, on_db);
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq\n"
			 "s1: nop\n"
			 "s2: xorl %%eax, %%eax; s3: cpuid\n"
			 "s4: movl $0x5678, %%edx; s5: inb %%dx, %%al\n"
			 "s6: movl $0x1b, %%ecx; s7: rdmsr\n"
			 "s8: nop\n"
			 "s9: pushfq; andq $~0x100, (%%rsp); popfq\n" ::
				 : "rax", "rbx", "rcx", "rdx", "memory");
	for (u32 i = 0; i < traps && i < 64; i++) {
		for (u32 j = 0; j < 8; j++) {
			found[j] += rips[i] == (u64)want[j];
		}
	}
	for (u32 j = 0; j < 8; j++) {
		CHECK(found[j] == 1, "trap before instruction %u: %u times", j, found[j]);
	}
	traps = 0;
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory");
	v = (u64)xen_version(XENVER_version, 0);
	__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory");
	CHECK_EQ(v, 0x40014);
	CHECK(traps >= 5, "%u traps over a hypercall", traps);
}
