/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Twenty domains made, run and destroyed, some of them in the middle of being built and some
 * while they run: free memory is afterwards exactly what it was.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;

void domu_main(void)
{
	own_mailbox()->ret[0] = 1;
	if (own_mailbox()->arg[0]) {
		for (;;) {
			pause();
		}
	}
}

static void cycle(u32 kind)
{
	struct domu u;

	if (kind % 4 == 3) {
		if (domu_create_bare(&u, 2, 4)) {
			test_error("no domain");
		}
	} else {
		if (domu_create(&u, 1 + kind % 2, 8)) {
			test_error("no domain");
		}
		u.box->arg[0] = kind % 4 == 2;
		if (kind % 4 != 1) {
			domu_unpause(&u);
			if (!wait_irq(u.box->ret[0] || sched_op(SCHEDOP_yield, 0), 3000 * MS)) {
				test_failure("kind %u does not start", kind % 4);
			}
		}
	}
	CHECK_EQ(domu_destroy(&u), 0);
}

void test_main(void)
{
	u64 before = 0, after = 0;

	apic_enable();
	for (u32 i = 0; i < 8; i++) { /* what is allocated at first use and kept */
		cycle(i);
	}
	delay_ns(50 * MS);
	before = free_pages_total();
	for (u32 i = 0; i < 20; i++) {
		cycle(i);
	}
	/* The reference's heap is some pages bigger each time. */
	wait_irq((after = free_pages_total()) + (on_reference() ? 24 : 0) >= before, 1000 * MS);
	printf("  %lu pages free, %lu before\n", after, before);
	CHECK(after + (on_reference() ? 24 : 0) >= before, "pages lost");
}
