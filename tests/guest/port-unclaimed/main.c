/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports nobody serves read all ones at each width and take writes; the PIC and timer ports that
 * are hidden from dom0 do the same. String forms work, also backwards, and leave registers right.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	static const u16 ports[] = { 0x20, 0x21, 0xa0, 0xa1, 0x40, 0x42, 0x43, 0x3f8, 0x4d0, 0x92 };
	u8 *buf = alloc_page();
	void *p = buf;
	u64 n = 16;

	CHECK_EQ(inb(0x5678), 0xff);
	CHECK_EQ(inw(0x5678), 0xffff);
	CHECK_EQ(inl(0x5678), 0xffffffff);
	outb(0x5678, 1);
	outw(0x5678, 1);
	outl(0x5678, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++) {
		CHECK(inb(ports[i]) == 0xff, "port %x reads %x", ports[i], inb(ports[i]));
		outb(ports[i], 0);
	}
	__asm__ volatile("rep insb" : "+D"(p), "+c"(n) : "d"(0x5678) : "memory");
	CHECK_EQ(n, 0);
	CHECK_EQ((u8 *)p - buf, 16);
	CHECK_EQ(buf[0], 0xff);
	CHECK_EQ(buf[15], 0xff);
	CHECK_EQ(buf[16], 0);
	p = buf + 64;
	n = 4;
	__asm__ volatile("std; rep insl; cld" : "+D"(p), "+c"(n) : "d"(0x5678) : "memory");
	CHECK_EQ(n, 0);
	CHECK_EQ((u8 *)p - buf, 48);
	CHECK_EQ(*(u32 *)(buf + 52), 0xffffffff);
	p = buf;
	n = 8;
	__asm__ volatile("rep outsw" : "+S"(p), "+c"(n) : "d"(0x5678) : "memory");
	CHECK_EQ(n, 0);
	CHECK_EQ((u8 *)p - buf, 16);
	/* A fault in the middle of a string instruction is the guest's page fault. */
	n = 4;
	__asm__ volatile("mov %1, %%rdi; " GUARD("rep insb")
		: "+c"(n)
		: "r"(NOT_MAPPED), "d"(0x5678)
		: "rdi", "memory");
	CHECK_EQ(exc_vec(), EXC_PF);
	CHECK_EQ(this_cpu()->exc_cr2, NOT_MAPPED);
	CHECK_EQ(n, 4);
}
