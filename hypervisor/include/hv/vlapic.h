/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: domain */
/* The virtual local APIC (xAPIC page and x2APIC MSRs), one per vCPU. APIC ID = 2 * vcpu_id. */
#ifndef HV_VLAPIC_H
#define HV_VLAPIC_H

#include <hv/types.h>
#include <hv/spinlock.h>
#include <hv/timer.h>

struct vcpu;
struct domain;

struct vlapic {
	/* IRR and ISR as 64-bit words for quick searches; irr is set from any CPU with atomic bit operations. */
	uint64_t irr[4]; /* [a] */
	uint64_t isr[4]; /* [c] */
	uint64_t tmr[4]; /* [a] */
	uint64_t eoi_exit[4]; /* [a] vectors whose EOI must reach the vIOAPIC (level) */
	uint8_t tpr; /* [c] */
	uint8_t isr_top; /* [c] highest in-service vector, 0 none */
	bool irr_maybe; /* [a] hint: some IRR bit may be set */
	uint32_t id, ldr, dfr, svr, esr, esr_pending, icr_lo, icr_hi, tmict, tdcr,
		lvt[7] /* cmci,timer,thermal,perf,lint0,lint1,error */;
	uint64_t tdt; /* TSC deadline */
	uint64_t apic_base; /* MSR 0x1b */
	struct timer timer;
	int64_t timer_start; /* NOW() of the last start */
	uint64_t timer_period; /* ns */
	bool init_pending,
		sipi_pending; /* [a] handled on the target's own CPU or while it is off */
	uint8_t sipi_vector;
	struct vcpu *v;
};

#define APIC_BASE_DEFAULT 0xfee00000ull

void vlapic_init(struct vcpu *v);
void vlapic_reset(struct vcpu *v);
void vlapic_destroy(struct vcpu *v);
/* Set vector in IRR (level: TMR too) and kick v. Any context. Ignored when the APIC is software-disabled. */
void vlapic_set_irq(struct vcpu *v, uint8_t vector, bool level);
/* Highest deliverable vector (IRR above PPR) or -1; cheap. */
int vlapic_pending_vector(struct vcpu *v);
/* The CPU took vector: IRR -> ISR. */
void vlapic_ack(struct vcpu *v, uint8_t vector);
bool vlapic_sw_enabled(const struct vcpu *v);
uint8_t vlapic_get_ppr(const struct vcpu *v);
void vlapic_set_tpr(struct vcpu *v, uint8_t tpr);
uint64_t vlapic_get_cr8(const struct vcpu *v);
/* xAPIC page: offset 0..0xfff, 32-bit accesses (others are composed by io.c). */
uint32_t vlapic_reg_read(struct vcpu *v, unsigned int offset);
void vlapic_reg_write(struct vcpu *v, unsigned int offset, uint32_t val);
/* x2APIC MSR 0x800-0x8ff, APIC_BASE and TSC_DEADLINE: 0 or -EPERM (#GP). */
int vlapic_msr_read(struct vcpu *v, uint32_t msr, uint64_t *val);
int vlapic_msr_write(struct vcpu *v, uint32_t msr, uint64_t val);
int vlapic_set_apic_base(struct vcpu *v, uint64_t val);
bool vlapic_x2apic_mode(const struct vcpu *v);
bool vlapic_hw_enabled(const struct vcpu *v);
/* Guest-physical page of the xAPIC registers, ~0 when off or x2APIC. */
uint64_t vlapic_page_gpa(const struct vcpu *v);
/* MSI or IO-APIC message: deliver in d. mode: 0 fixed, 1 lowest priority, 4 NMI, 5 INIT, 6 SIPI, 7 ExtINT. INIT and SIPI are not taken from devices.
 * False when no APIC took it (software-disabled, no such destination). Any context. */
bool vlapic_deliver(struct domain *d, uint32_t dest, bool logical, unsigned int mode,
	uint8_t vector, bool level);
/* An MSI message (address, data) in the guest's format. Any context. */
void vlapic_deliver_msi(struct domain *d, uint64_t addr, uint32_t data);
/* Pending INIT/SIPI of v: called from cpu_loop before entry and by the sender when v is down. */
void vlapic_handle_init_sipi(struct vcpu *v);
/* LAPIC_REGS record helpers: 1 KiB register image. */
void vlapic_save_regs(const struct vcpu *v, void *buf_1k);
int vlapic_load_regs(struct vcpu *v, const void *buf_1k);

#endif
