/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The paravirtual clock never runs backwards, also between processors, and keeps the pace of the
 * TSC; wall clock and version fields are well formed.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u64 shared;
static volatile u32 turn;
static volatile bool back;

static void ap_loop(void *arg)
{
	u64 n = (u64)arg;

	for (u64 i = 0; i < n; i++) {
		u64 t;

		while (turn != 1) {
			pause();
		}
		t = now_ns();
		if (t < shared) {
			back = true;
		}
		shared = t;
		barrier();
		turn = 0;
	}
}

void test_main(void)
{
	u64 last = now_ns(), t0, c0;
	u32 mul = shared_info->vcpu_info[0].time.tsc_to_system_mul;

	CHECK(mul, "no scale");
	CHECK(!(shared_info->vcpu_info[0].time.version & 1), "version is odd");
	CHECK(!(shared_info->wc_version & 1), "wall clock version is odd");
	CHECK(shared_info->wc_sec > 900000000, "wall clock %u", shared_info->wc_sec);
	for (int i = 0; i < 20000; i++) {
		u64 t = now_ns();

		if (t < last) {
			test_failure("backwards by %lu ns", last - t);
			break;
		}
		last = t;
	}
	CHECK(cpu_start(1), "second processor");
	shared = now_ns();
	cpu_run(1, ap_loop, (void *)300);
	t0 = now_ns();
	c0 = rdtsc();
	for (int i = 0; i < 300; i++) {
		u64 t = now_ns();

		if (t < shared) {
			test_failure("backwards between processors by %lu ns", shared - t);
			back = true;
		}
		shared = t;
		barrier();
		turn = 1;
		while (turn) {
			pause();
		}
		if (back) {
			break;
		}
	}
	CHECK(!back, "backwards on the second processor");
	turn = 1;
	t0 = now_ns() - t0;
	c0 = rdtsc() - c0;
	{
		u32 khz = cpuid(xen_cpuid_base() + 3, 0).c;
		u64 by_tsc = c0 * 1000000 / khz;

		CHECK(by_tsc > t0 - t0 / 8 && by_tsc < t0 + t0 / 8, "clock %lu ns, TSC %lu ns", t0,
			by_tsc);
	}
}
