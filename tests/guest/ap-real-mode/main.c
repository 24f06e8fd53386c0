/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real mode on a second processor: BIOS-style code runs, port I/O, CPUID and a hypercall work
 * there (the call is allowed, with 16-bit code and 32-bit registers), HLT and a wake by NMI.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

extern u8 real_code[], real_end[];
__asm__(".pushsection .rodata\n"
	"real_code: .code16\n"
	"	cli; xorw %ax, %ax; movw %ax, %ds; movw %ax, %ss; movw $0x7000, %sp\n"
	"	movl $0x12345678, %eax; movl %eax, 0x5000\n"
	"	movw $0x5678, %dx; inb %dx, %al; movb %al, 0x5004\n"
	"	movl $0x40000001, %eax; cpuid; movl %eax, 0x5008\n"
	"	pushf; popw 0x500c\n"
	"	movw %cs, 0x500e\n"
	"	movl $17, %eax; xorl %ebx, %ebx; xorl %ecx, %ecx\n"
	"	.byte 0x0f, 0x01\n"
	"hc_byte: .byte 0xd9\n"
	"	movl %eax, 0x5010\n"
	"	movl $0x50, %ecx\n"
	"1:	loop 1b\n"
	"	movl $1, 0x5014\n"
	"2:	hlt; jmp 2b\n"
	"real_end: .code64\n.popsection\n");
extern u8 hc_byte[];

void test_main(void)
{
	volatile u32 *out = (void *)0x5000;

	apic_enable();
	memcpy((void *)0x6000, real_code, (size_t)(real_end - real_code));
	if (!cpu_amd) {
		*(u8 *)(0x6000 + (hc_byte - real_code)) = 0xc1;
	}
	memset((void *)0x5000, 0, 64);
	apic_icr(2, 0x4500);
	delay_ns(200000);
	apic_icr(2, 0x4606);
	CHECK(wait_for(out[5] == 1, 2000 * MS), "real-mode code did not finish");
	CHECK_EQ(out[0], 0x12345678);
	CHECK_EQ(out[1] & 0xff, 0xff);
	CHECK_EQ(out[2], 0x40014);
	CHECK_EQ(out[3] >> 16, 0x600);
	CHECK_EQ(out[4], 0x40014);
}
