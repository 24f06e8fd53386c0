/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instruction forms on the LAPIC's page: every way a compiler or kernel may use to read and write
 * a register must do the same as a plain move, with every register and addressing form.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define TPR (LAPIC_BASE + APIC_TPR)

static void expect(u32 want, const char *what)
{
	u32 got = *(volatile u32 *)TPR;

	if (got != want) {
		test_failure("%s: TPR %x, not %x", what, got, want);
	}
	*(volatile u32 *)TPR = 0;
}

void test_main(void)
{
	u64 v, base = LAPIC_BASE, n;
	void *p;
	u32 buf[4] = { 0x30, 0x31, 0x32, 0x33 };

	apic_enable();
	__asm__ volatile("movl $0x10, (%0)" ::"r"(TPR) : "memory");
	expect(0x10, "mov imm32");
	__asm__ volatile("movl %1, 0x80(%0)" ::"r"(base), "r"(0x20) : "memory");
	expect(0x20, "mov disp32");
	__asm__ volatile("movl %%r9d, (%0, %1, 8)" ::"r"(base), "r"(0x10UL) : "memory");
	*(volatile u32 *)TPR = 0;
	__asm__ volatile("movl $0x21, %%r15d; movl %%r15d, (%0, %1, 8)" ::"r"(base), "r"(0x10UL)
		: "r15", "memory");
	expect(0x21, "mov r15, sib");
	__asm__ volatile("movl %%eax, 0xfee00080" ::"a"(0x22) : "memory");
	expect(0x22, "mov eax, disp32 absolute (sign-extended elsewhere)");
	__asm__ volatile("movabsl %%eax, 0xfee00080" ::"a"(0x23) : "memory");
	expect(0x23, "movabs");
	__asm__ volatile("movl $0x40, (%0); orl $0x5, (%0)" ::"r"(TPR) : "memory");
	expect(0x45, "or imm8");
	__asm__ volatile("movl $0x47, (%0); andl %1, (%0)" ::"r"(TPR), "r"(0xf0) : "memory");
	expect(0x40, "and reg");
	__asm__ volatile("movl $0x47, (%0); xorl $0x77, (%0)" ::"r"(TPR) : "memory");
	expect(0x30, "xor imm");
	v = 0x50;
	__asm__ volatile("movl $0x44, (%1); xchgl %k0, (%1)" : "+r"(v) : "r"(TPR) : "memory");
	CHECK_EQ(v, 0x44);
	expect(0x50, "xchg");
	__asm__ volatile("movl $0x55, (%1); movl (%1), %k0" : "=r"(v) : "r"(TPR) : "memory");
	CHECK_EQ(v, 0x55);
	__asm__ volatile("movzbl (%1), %k0" : "=r"(v) : "r"(TPR) : "memory");
	CHECK_EQ(v, 0x55);
	__asm__ volatile("movabsl 0xfee00080, %%eax" : "=a"(v)::"memory");
	CHECK_EQ(v & 0xffffffff, 0x55);
	v = ~0UL;
	__asm__ volatile("movl 0x80(%1), %k0" : "+r"(v) : "r"(base) : "memory");
	CHECK_EQ(v, 0x55); /* upper half cleared */
	{
		u8 eq, sign;

		__asm__ volatile("cmpl $0x55, (%2); sete %0; cmpl $0x60, (%2); sets %1"
			: "=q"(eq), "=q"(sign)
			: "r"(TPR)
			: "memory", "cc");
		CHECK_EQ(eq, 1);
		CHECK_EQ(sign, 1);
		__asm__ volatile("testl $0x2a, (%1); sete %0"
			: "=q"(eq)
			: "r"(TPR)
			: "memory", "cc");
		CHECK_EQ(eq, 1);
		__asm__ volatile("testl $0x04, (%1); sete %0"
			: "=q"(eq)
			: "r"(TPR)
			: "memory", "cc");
		CHECK_EQ(eq, 0);
	}
	expect(0x55, "reads changed it");
	p = (void *)TPR;
	__asm__ volatile("stosl" : "+D"(p) : "a"(0x61) : "memory");
	CHECK_EQ(p, TPR + 4);
	expect(0x61, "stos");
	p = (void *)TPR;
	{
		void *s = buf;

		__asm__ volatile("movsl" : "+D"(p), "+S"(s)::"memory");
		CHECK_EQ((u8 *)s - (u8 *)buf, 4);
	}
	expect(0x30, "movs to the register");
	*(volatile u32 *)TPR = 0x66;
	{
		void *s = (void *)TPR;

		p = &buf[2];
		n = 1;
		__asm__ volatile("rep movsl" : "+D"(p), "+S"(s), "+c"(n)::"memory");
		CHECK_EQ(n, 0);
		CHECK_EQ(buf[2], 0x66);
		CHECK_EQ(buf[3], 0x33);
		s = (void *)TPR;
		__asm__ volatile("lodsl" : "=a"(v), "+S"(s)::"memory");
		CHECK_EQ(v & 0xffffffff, 0x66);
	}
	__asm__ volatile("pushq %1; popq %%rcx; movl %%ecx, (%0)" ::"r"(TPR), "i"(0x70)
		: "rcx", "memory");
	expect(0x70, "mov ecx");
	for (int i = 0; i < 1000; i++) {
		*(volatile u32 *)TPR = (u32)i & 0xff;
		if (*(volatile u32 *)TPR != ((u32)i & 0xff)) {
			test_failure("round %d", i);
			break;
		}
	}
	*(volatile u32 *)TPR = 0;
}
