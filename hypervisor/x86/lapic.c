/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The local APIC, in x2APIC mode where there is one, else through its page. Owns the one-shot timer of each CPU (TSC deadline where there is one).
 * Per-CPU hardware: no locks; ICR writes of the xAPIC run with interrupts off.
 */
#include <hv/acpi.h>
#include <hv/atomic.h>
#include <hv/cpu.h>
#include <hv/irq.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <hv/percpu.h>
#include <hv/printk.h>
#include <hv/smp.h>
#include <hv/time.h>
#include <asm/apicdef.h>
#include <asm/processor.h>

#include "x86_priv.h"

static bool x2apic __ro_after_init;
static bool use_deadline __ro_after_init;
static volatile uint8_t *lapic_page __ro_after_init;
uint32_t lapic_timer_khz __ro_after_init;
static uint64_t lapic_mul __ro_after_init; /* counter ticks per ns, 32.32 */
static void (*timer_hook)(void) __ro_after_init;

static uint32_t reg_read(unsigned int reg)
{
	return x2apic ? (uint32_t)rdmsr(MSR_X2APIC(reg)) :
			*(const volatile uint32_t *)(lapic_page + reg);
}

static void reg_write(unsigned int reg, uint32_t val)
{
	if (x2apic) {
		wrmsr(MSR_X2APIC(reg), val);
	} else {
		*(volatile uint32_t *)(lapic_page + reg) = val;
	}
}

bool lapic_is_x2apic(void)
{
	return x2apic;
}

uint32_t lapic_id(void)
{
	uint32_t id = reg_read(APIC_ID);

	return x2apic ? id : id >> 24;
}

void lapic_eoi(void)
{
	reg_write(APIC_EOI, 0);
}

static void icr_write(uint32_t apicid, uint32_t cmd)
{
	unsigned long flags;

	if (x2apic) {
		/* WRMSR to the ICR is not serialising: earlier stores must be visible to the target. */
		smp_mb();
		wrmsr(MSR_X2APIC(APIC_ICR), ((uint64_t)apicid << 32) | cmd);
		return;
	}
	flags = local_irq_save();
	while ((reg_read(APIC_ICR) & APIC_ICR_BUSY) != 0) {
		cpu_relax();
	}
	reg_write(APIC_ICR2, apicid << 24);
	reg_write(APIC_ICR, cmd);
	local_irq_restore(flags);
}

void lapic_send_ipi(unsigned int cpu, uint8_t vector)
{
	icr_write(cpu_apicid(cpu), APIC_DM_FIXED | APIC_INT_ASSERT | vector);
}

void lapic_send_nmi(unsigned int cpu)
{
	icr_write(cpu_apicid(cpu), APIC_DM_NMI | APIC_INT_ASSERT);
}

void lapic_send_init(uint32_t apicid)
{
	icr_write(apicid, APIC_DM_INIT | APIC_INT_ASSERT | APIC_INT_LEVELTRIG);
}

void lapic_send_sipi(uint32_t apicid, uint8_t page)
{
	icr_write(apicid, APIC_DM_STARTUP | APIC_INT_ASSERT | page);
}

void lapic_timer_program(int64_t abs_ns)
{
	int64_t delta;
	uint64_t ticks;

	if (abs_ns == INT64_MAX) {
		lapic_timer_stop();
		return;
	}
	if (use_deadline) {
		uint64_t tsc = ns_to_tsc(abs_ns);

		wrmsr(MSR_TSC_DEADLINE, tsc != 0 ? tsc : 1);
		return;
	}
	delta = abs_ns - NOW();
	if (delta <= 0) {
		ticks = 1;
	} else if (delta > SECONDS(2)) {
		ticks = ((uint64_t)SECONDS(2) * lapic_mul) >>
			32; /* fires early; the softirq programs the rest */
	} else {
		ticks = (uint64_t)(((unsigned __int128)(uint64_t)delta * lapic_mul) >> 32) + 1;
	}
	reg_write(APIC_TMICT, (uint32_t)min_t(uint64_t, ticks, 0xffffffffu));
}

void lapic_timer_stop(void)
{
	if (use_deadline) {
		wrmsr(MSR_TSC_DEADLINE, 0);
	} else {
		reg_write(APIC_TMICT, 0);
	}
}

void lapic_set_timer_hook(void (*fn)(void))
{
	timer_hook = fn;
}

static void timer_vector(void)
{
	if (timer_hook != NULL) {
		timer_hook();
	}
}

static void error_vector(void)
{
	reg_write(APIC_ESR, 0);
	printk(XENLOG_G_WARNING "Local APIC error %02x on CPU %u\n", reg_read(APIC_ESR),
		smp_processor_id());
}

static void spurious_vector(void)
{
}

void lapic_timer_calibrate_start(void)
{
	reg_write(APIC_TDCR, 0xb); /* divide by 1 */
	reg_write(APIC_LVTT, APIC_LVT_MASKED | VECTOR_TIMER);
	reg_write(APIC_TMICT, 0xffffffffu);
}

uint32_t lapic_timer_calibrate_elapsed(void)
{
	uint32_t now = reg_read(APIC_TMCCT);

	return 0xffffffffu - now;
}

void lapic_timer_set_khz(uint32_t khz)
{
	lapic_timer_khz = khz;
	lapic_mul = ((uint64_t)khz << 32) / 1000000;
	reg_write(APIC_TMICT, 0);
}

void lapic_init_cpu(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (x2apic) {
		if ((base & APIC_BASE_EXTD) == 0) {
			wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
			wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_EXTD);
		}
	} else if ((base & APIC_BASE_ENABLE) == 0) {
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	}
	if (!x2apic) {
		reg_write(APIC_DFR, 0xffffffffu);
		reg_write(APIC_LDR, 0);
	}
	reg_write(APIC_TPR, 0);
	reg_write(APIC_SPIV, APIC_SPIV_ENABLED | VECTOR_SPURIOUS);
	/* Forget what the firmware left in service. */
	for (unsigned int i = 0; i < 8; i++) {
		uint32_t isr = reg_read(APIC_ISR + i * 0x10);

		for (; isr != 0; isr &= isr - 1) {
			lapic_eoi();
		}
	}
	reg_write(APIC_LVT0, APIC_LVT_MASKED);
	reg_write(APIC_LVT1, APIC_DM_NMI);
	reg_write(APIC_LVTERR, VECTOR_ERROR);
	reg_write(APIC_ESR, 0);
	reg_write(APIC_TDCR, 0xb);
	reg_write(APIC_LVTT, (use_deadline ? APIC_LVT_TIMER_DEADLINE : 0) | VECTOR_TIMER);
	if (use_deadline) {
		smp_mb();
	}
}

void __init lapic_init_bsp(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	x2apic = cpu_has_x2apic;
	/* Without remapping, interrupts reach IDs up to 254 only; a machine that small or smaller is what we run on. */
	use_deadline = cpu_has_tsc_deadline;
	if (!x2apic) {
		lapic_page = ioremap_uc(
			base & ~0xffful & ((1ul << boot_cpu_info.phys_bits) - 1), 0x1000);
		if (lapic_page == NULL) {
			panic("local APIC: its registers could not be mapped");
		}
	}
	set_system_vector(VECTOR_TIMER, timer_vector);
	set_system_vector(VECTOR_ERROR, error_vector);
	set_system_vector(VECTOR_SPURIOUS, spurious_vector);
	lapic_init_cpu();
	printk(XENLOG_INFO "Local APIC: %s, id %u%s\n", x2apic ? "x2APIC" : "xAPIC", lapic_id(),
		use_deadline ? ", TSC deadline timer" : "");
}

void lapic_shutdown(void)
{
	reg_write(APIC_LVTT, APIC_LVT_MASKED);
	reg_write(APIC_LVT1, APIC_LVT_MASKED);
	reg_write(APIC_SPIV, VECTOR_SPURIOUS);
}
