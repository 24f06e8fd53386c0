/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All processors by INIT and SIPI: each comes up in real mode, reaches long mode, sees its own id;
 * a running one is reset by another INIT-SIPI, twenty times.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 ids[MAX_CPUS];

static void note(void *arg)
{
	(void)arg;
	ids[this_cpu()->idx] = apic_id() + 1;
}

void test_main(void)
{
	unsigned int n = nr_vcpus();

	CHECK_EQ(n, 4);
	for (unsigned int i = 1; i < n; i++) {
		CHECK_EQ(vcpu_op(VCPUOP_is_up, i, 0), 0);
		CHECK(cpu_start(i), "processor %u", i);
		CHECK_EQ(vcpu_op(VCPUOP_is_up, i, 0), 1);
		cpu_run(i, note, NULL);
		CHECK(cpu_wait(i), "processor %u", i);
		CHECK_EQ(ids[i], i * 2 + 1);
	}
	for (int i = 0; i < 20; i++) {
		if (!cpu_start(1)) {
			test_failure("restart %d", i);
			break;
		}
	}
	/* INIT alone stops it. */
	apic_icr(2, 0x4500);
	delay_ns(5 * MS);
	ids[1] = 0;
	cpu_run(1, note, NULL);
	delay_ns(20 * MS);
	CHECK_EQ(ids[1], 0);
	CHECK(cpu_start(1), "after INIT");
	CHECK_EQ(vcpu_op(VCPUOP_is_up, 99, 0), -ENOENT);
}
