/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local APIC in both modes, start of further processors by INIT and SIPI, and work for them.
 */
#include "xenlib.h"

bool x2apic_on;
volatile u32 ap_index;
extern u8 ap_trampoline[], ap_trampoline_end[], ap_gdt_base[], ap_cr3[], gdt[], pml4[];
void ap_main(u32 idx);
void trap_init_cpu(unsigned int idx);

u32 apic_read(u32 reg)
{
	if (x2apic_on) {
		return (u32)rdmsr(0x800 + (reg >> 4));
	}
	return *(volatile u32 *)(LAPIC_BASE + reg);
}

void apic_write(u32 reg, u32 val)
{
	if (x2apic_on) {
		wrmsr(0x800 + (reg >> 4), val);
	} else {
		*(volatile u32 *)(LAPIC_BASE + reg) = val;
	}
}

void apic_icr(u32 id, u32 lo)
{
	if (x2apic_on) {
		wrmsr(0x830, (u64)id << 32 | lo);
		return;
	}
	apic_write(APIC_ICR2, id << 24);
	apic_write(APIC_ICR, lo);
	while (apic_read(APIC_ICR) & 1u << 12) {
		pause();
	}
}

bool apic_bit(u32 reg, unsigned int vec)
{
	return apic_read(reg + vec / 32 * 0x10) >> vec % 32 & 1;
}

void apic_enable(void)
{
	x2apic_on = rdmsr(MSR_APIC_BASE) >> 10 & 1;
	apic_write(APIC_SVR, 0x1ff);
	apic_write(APIC_TPR, 0);
}

u32 apic_id(void)
{
	u32 v = apic_read(APIC_ID);

	return x2apic_on ? v : v >> 24;
}

bool x2apic_enable(void)
{
	if (!(cpuid(1, 0).c >> 21 & 1)) {
		return false;
	}
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 1u << 10);
	x2apic_on = true;
	apic_write(APIC_SVR, 0x1ff);
	return true;
}

void ap_main(u32 idx)
{
	struct cpu *c = &cpus[idx];

	trap_init_cpu(idx);
	c->apic_id = cpuid(1, 0).b >> 24;
	if (x2apic_on) {
		wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 1u << 10);
	}
	apic_write(APIC_SVR, 0x1ff);
	barrier();
	c->online = 1;
	for (;;) {
		if (READ_ONCE(c->busy)) {
			barrier();
			c->work(c->work_arg);
			barrier();
			WRITE_ONCE(c->busy, 0);
		}
		pause();
	}
}

bool cpu_start(unsigned int idx)
{
	u32 id = idx * 2; /* the hypervisor's APIC ids */

	apic_enable();
	memcpy((void *)AP_PAGE, ap_trampoline, (size_t)(ap_trampoline_end - ap_trampoline));
	*(u32 *)(AP_PAGE + (ap_gdt_base - ap_trampoline)) = (u32)virt_to_phys(gdt);
	*(u32 *)(AP_PAGE + (ap_cr3 - ap_trampoline)) = (u32)virt_to_phys(pml4);
	ap_index = idx;
	cpus[idx].online = 0;
	cpus[idx].busy = 0;
	mb();
	apic_icr(id, 0x4500);
	delay_ns(200000);
	apic_icr(id, 0x4600 | AP_PAGE >> 12);
	if (!wait_for(READ_ONCE(cpus[idx].online), 200 * MS)) {
		apic_icr(id, 0x4600 | AP_PAGE >> 12);
	}
	return wait_for(READ_ONCE(cpus[idx].online), 2000 * MS);
}

void cpu_run(unsigned int idx, void (*fn)(void *), void *arg)
{
	cpus[idx].work = fn;
	cpus[idx].work_arg = arg;
	mb();
	WRITE_ONCE(cpus[idx].busy, 1);
}

bool cpu_wait(unsigned int idx)
{
	return wait_for(!READ_ONCE(cpus[idx].busy), 10000 * MS);
}
