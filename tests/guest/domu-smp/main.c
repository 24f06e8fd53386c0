/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A domain with four vCPUs on two processors beside dom0: its vCPUs start by INIT and SIPI, count
 * under a common lock, and exchange IPIs; a second such domain runs at the same time.
 */
#include "xenlib.h"

const char test_name[] = TEST_NAME;
static volatile u32 lock, total;
static volatile u32 ipis;

static void on_ipi(struct regs *r)
{
	(void)r;
	__atomic_add_fetch(&ipis, 1, __ATOMIC_SEQ_CST);
}

static void work(void *arg)
{
	(void)arg;
	for (u32 i = 0; i < 2000; i++) {
		while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
			sched_op(SCHEDOP_yield, 0);
		}
		total++;
		__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	}
	for (u32 i = 0; i < 50; i++) {
		irq_window();
	}
	wait_irq(ipis >= 4, 2000 * MS);
}

void domu_main(void)
{
	irq_handler(0x55, on_ipi);
	for (u32 i = 1; i < 4; i++) {
		if (!cpu_start(i)) {
			test_error("vCPU %u does not start", i);
		}
	}
	for (u32 i = 1; i < 4; i++) {
		cpu_run(i, work, NULL);
	}
	apic_icr(0, 0x80055);
	work(NULL);
	for (u32 i = 1; i < 4; i++) {
		CHECK(cpu_wait(i), "vCPU %u", i);
	}
	CHECK_EQ(total, 8000);
	CHECK_EQ(ipis, 4);
}

void test_main(void)
{
	struct domu a, b;

	apic_enable();
	if (domu_create(&a, 4, 8) || domu_create(&b, 4, 8)) {
		test_error("no domain");
	}
	domu_unpause(&a);
	domu_unpause(&b);
	domu_wait(&a, 20000 * MS);
	domu_wait(&b, 20000 * MS);
	CHECK_EQ(domu_destroy(&a), 0);
	CHECK_EQ(domu_destroy(&b), 0);
}
