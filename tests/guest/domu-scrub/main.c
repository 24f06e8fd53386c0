/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of a destroyed domain reaches the next one empty: a pattern written over all of one
 * domain's memory is found nowhere in another.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
#define TAG 0x5ec2e7da7a000000UL

void domu_main(void)
{
	struct mailbox *m = own_mailbox();
	u64 found = 0, nonzero = 0;
	u64 *p = alloc_pages(1);
	u64 *q = p;

	for (u64 i = 0; (u64)q < *(u64 *)(DOMU_START_INFO + 0x200); i++, q++) {
		found += (*q & ~0xffffffUL) == TAG;
		nonzero += *q != 0;
		*q = TAG | (i & 0xffffff);
	}
	m->ret[0] = found;
	m->ret[1] = nonzero;
}

void test_main(void)
{
	apic_enable();
	for (u32 i = 0; i < 4; i++) {
		struct domu u;

		if (domu_create(&u, 1, 48)) {
			test_error("no domain");
		}
		domu_unpause(&u);
		if (domu_wait(&u, 8000 * MS)) {
			CHECK_EQ(u.box->ret[0], 0);
			CHECK_EQ(u.box->ret[1], 0);
		}
		CHECK_EQ(domu_destroy(&u), 0);
	}
}
