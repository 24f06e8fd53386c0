/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port 0xE9, the debug console of HVM guests: takes bytes, reads as 0xE9.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void test_main(void)
{
	CHECK_EQ(inb(0xe9), 0xe9);
	for (const char *p = "port e9 works\n"; *p; p++) {
		outb(0xe9, (u8)*p);
	}
	for (int i = 0; i < 300; i++) {
		outb(0xe9, 'y');
	}
	outb(0xe9, '\n');
	CHECK_EQ(inb(0xe9), 0xe9);
}
