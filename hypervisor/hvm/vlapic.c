/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual local APIC: registers (xAPIC page and x2APIC MSRs) and the interrupts that wait or are in service (SDM 3A, chapter 10; APM 2, chapter 16).
 * Messages between processors and from devices are in vlapic_msg.c. Registers belong to the vCPU that runs; only IRR and TMR are written by others, with atomic bit operations:
 * a sender sets IRR, then the hint irr_maybe, then kicks; the owner clears the hint before it searches IRR, so no wake-up is lost.
 * INIT and start-up messages are flags that the target handles on its own CPU (vlapic_handle_init_sipi), so nobody touches a foreign vCPU's registers.
 * Errors collect out of sight and show in ESR when it is written. The identification register is 2 * vcpu_id and read-only.
 */
#include <hv/atomic.h>
#include <hv/bitmap.h>
#include <hv/cpu_policy.h>
#include <hv/errno.h>
#include <hv/evtchn.h>
#include <hv/hvm.h>
#include <hv/nospec.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/string.h>
#include <hv/vioapic.h>

#include <asm/apicdef.h>
#include <asm/msr_index.h>

#include "vlapic_priv.h"

#define VLAPIC_VERSION 0x00050014u /* six LVT entries */
#define SVR_VALID      (0xffu | APIC_SPIV_ENABLED | APIC_SPIV_FOCUS_DISABLED)

#define LVT_LINT_VALID (0xffu | APIC_DM_MASK | 0x2000u | APIC_LVT_LEVEL | APIC_LVT_MASKED)
static const uint32_t lvt_valid[LVT_NR] = {
	[LVT_CMCI] = 0,
	[LVT_TIMER] = 0xffu | APIC_LVT_MASKED | APIC_LVT_TIMER_PERIODIC,
	[LVT_THERMAL] = 0xffu | APIC_DM_MASK | APIC_LVT_MASKED,
	[LVT_PERF] = 0xffu | APIC_DM_MASK | APIC_LVT_MASKED,
	[LVT_LINT0] = LVT_LINT_VALID,
	[LVT_LINT1] = LVT_LINT_VALID,
	[LVT_ERROR] = 0xffu | APIC_LVT_MASKED,
};

/* ---- state ------------------------------------------------------------------------------------------------------- */

bool vlapic_hw_enabled(const struct vcpu *v)
{
	return (v->hvm.vlapic.apic_base & APIC_BASE_ENABLE) != 0;
}

bool vlapic_sw_enabled(const struct vcpu *v)
{
	return (v->hvm.vlapic.svr & APIC_SPIV_ENABLED) != 0 && vlapic_hw_enabled(v);
}

bool vlapic_x2apic_mode(const struct vcpu *v)
{
	return (v->hvm.vlapic.apic_base & (APIC_BASE_ENABLE | APIC_BASE_EXTD)) ==
		(APIC_BASE_ENABLE | APIC_BASE_EXTD);
}

uint64_t vlapic_page_gpa(const struct vcpu *v)
{
	uint64_t base = v->hvm.vlapic.apic_base;

	return (base & (APIC_BASE_ENABLE | APIC_BASE_EXTD)) == APIC_BASE_ENABLE ?
		base & 0x000ffffffffff000ull :
		~0ull;
}

static uint32_t x2apic_ldr(uint32_t id)
{
	return ((id >> 4) << 16) | (1u << (id & 0xf));
}

/* Highest bit of a 256-bit map, -1 none. */
static inline int highest_bit(const uint64_t map[4])
{
	for (int w = 3; w >= 0; w--) {
		uint64_t bits = READ_ONCE(map[w]);

		if (bits != 0) {
			return w * 64 + (int)fls64(bits);
		}
	}
	return -1;
}

uint8_t vlapic_get_ppr(const struct vcpu *v)
{
	const struct vlapic *a = &v->hvm.vlapic;

	return (a->tpr >> 4) >= (a->isr_top >> 4) ? a->tpr : a->isr_top & 0xf0;
}

void vlapic_set_tpr(struct vcpu *v, uint8_t tpr)
{
	v->hvm.vlapic.tpr = tpr;
}

uint64_t vlapic_get_cr8(const struct vcpu *v)
{
	return v->hvm.vlapic.tpr >> 4;
}

/* ---- acceptance and delivery to the processor ---------------------------------------------------------------------- */

void vlapic_error_record(struct vcpu *v, uint32_t bit)
{
	struct vlapic *a = vlapic_of(v);
	uint32_t lvt = a->lvt[LVT_ERROR];

	if ((__atomic_fetch_or(&a->esr_pending, bit, __ATOMIC_SEQ_CST) & bit) != 0) {
		return;
	}
	if ((lvt & APIC_LVT_MASKED) == 0 && (lvt & 0xff) >= 16 && vlapic_sw_enabled(v)) {
		vlapic_set_irr(a, (uint8_t)lvt, false);
	}
}

void vlapic_set_irq(struct vcpu *v, uint8_t vector, bool level)
{
	if (unlikely(!vlapic_sw_enabled(v))) {
		return;
	}
	if (unlikely(vector < 16)) {
		vlapic_error_record(v, ESR_RECV_VECTOR);
	} else {
		vlapic_set_irr(vlapic_of(v), vector, level);
	}
	vcpu_kick(v);
}

int vlapic_pending_vector(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);
	int vector;

	if (!READ_ONCE(a->irr_maybe)) {
		return -1;
	}
	vector = highest_bit(a->irr);
	if (vector < 0) {
		/* A sender that sets a bit after the second look also sets the hint after us. */
		WRITE_ONCE(a->irr_maybe, false);
		smp_mb();
		vector = highest_bit(a->irr);
		if (vector < 0) {
			return -1;
		}
		WRITE_ONCE(a->irr_maybe, true);
	}
	if (!vlapic_sw_enabled(v)) {
		return -1;
	}
	return (vector >> 4) > (vlapic_get_ppr(v) >> 4) ? vector : -1;
}

void vlapic_ack(struct vcpu *v, uint8_t vector)
{
	struct vlapic *a = vlapic_of(v);

	clear_bit(vector, a->irr);
	__set_bit(vector, a->isr);
	a->isr_top = vector;
}

static void eoi(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);
	uint8_t vector = a->isr_top;
	int next;

	if (vector == 0) {
		return;
	}
	__clear_bit(vector, a->isr);
	next = highest_bit(a->isr);
	a->isr_top = next < 0 ? 0 : (uint8_t)next;
	if (unlikely(test_bit(vector, a->tmr))) {
		vioapic_eoi(v->domain, vector);
	}
}

/* ---- registers ------------------------------------------------------------------------------------------------------ */

static unsigned int lvt_index(unsigned int offset)
{
	static const uint8_t index[6] = { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1,
		LVT_ERROR };

	return index[((offset - APIC_LVTT) >> 4) % 6];
}

/* offset is a multiple of 16 here. false: no such register. */
static bool reg_read(struct vcpu *v, unsigned int offset, uint32_t *val)
{
	struct vlapic *a = vlapic_of(v);

	switch (offset) {
	case APIC_ID:
		*val = vlapic_x2apic_mode(v) ? a->id : a->id << 24;
		return true;
	case APIC_LVR:
		*val = VLAPIC_VERSION;
		return true;
	case APIC_TPR:
		*val = a->tpr;
		return true;
	case APIC_APR:
		*val = 0;
		return true;
	case APIC_PPR:
		*val = vlapic_get_ppr(v);
		return true;
	case APIC_EOI:
		*val = 0;
		return true;
	case APIC_RRR:
		*val = 0;
		return true;
	case APIC_LDR:
		*val = a->ldr;
		return true;
	case APIC_DFR:
		*val = a->dfr;
		return true;
	case APIC_SPIV:
		*val = a->svr;
		return true;
	case APIC_ISR ... APIC_ISR + 0x70:
		*val = (uint32_t)(a->isr[(offset - APIC_ISR) >> 5] >> ((offset & 0x10) * 2));
		return true;
	case APIC_TMR ... APIC_TMR + 0x70:
		*val = (uint32_t)(READ_ONCE(a->tmr[(offset - APIC_TMR) >> 5]) >>
			((offset & 0x10) * 2));
		return true;
	case APIC_IRR ... APIC_IRR + 0x70:
		*val = (uint32_t)(READ_ONCE(a->irr[(offset - APIC_IRR) >> 5]) >>
			((offset & 0x10) * 2));
		return true;
	case APIC_ESR:
		*val = a->esr;
		return true;
	case APIC_LVTCMCI:
		*val = a->lvt[LVT_CMCI];
		return true;
	case APIC_ICR:
		*val = a->icr_lo;
		return true;
	case APIC_ICR2:
		*val = a->icr_hi;
		return true;
	case APIC_LVTT ... APIC_LVTERR:
		*val = a->lvt[lvt_index(offset)];
		return true;
	case APIC_TMICT:
		*val = a->tmict;
		return true;
	case APIC_TMCCT:
		*val = vlapic_timer_current_count(v);
		return true;
	case APIC_TDCR:
		*val = a->tdcr;
		return true;
	default:
		*val = 0;
		return false;
	}
}

static void svr_write(struct vcpu *v, uint32_t val)
{
	struct vlapic *a = vlapic_of(v);
	uint32_t old = a->svr;

	a->svr = val & SVR_VALID;
	if ((val & APIC_SPIV_ENABLED) == 0) {
		for (unsigned int i = 0; i < LVT_NR; i++) {
			a->lvt[i] |= APIC_LVT_MASKED;
		}
	} else if ((old & APIC_SPIV_ENABLED) == 0 && *vcpu_info_upcall_pending(v) != 0) {
		/* An upcall that came while the APIC was off was dropped. */
		hvm_assert_evtchn_irq(v);
	}
}

static void lvt_write(struct vcpu *v, unsigned int idx, uint32_t val)
{
	struct vlapic *a = vlapic_of(v);
	uint32_t old = a->lvt[idx], valid = lvt_valid[idx];

	if (idx == LVT_TIMER && v->domain->policy != NULL && v->domain->policy->has_tsc_deadline) {
		valid |= APIC_LVT_TIMER_DEADLINE;
	}
	val &= valid;
	if ((a->svr & APIC_SPIV_ENABLED) == 0) {
		val |= APIC_LVT_MASKED;
	}
	a->lvt[idx] = val;
	if (idx == LVT_TIMER) {
		vlapic_timer_lvt_written(v, old);
	}
}

/* false: no such register, or not to be written. */
static bool reg_write(struct vcpu *v, unsigned int offset, uint32_t val)
{
	struct vlapic *a = vlapic_of(v);

	switch (offset) {
	case APIC_EOI:
		eoi(v);
		return true;
	case APIC_ICR:
		a->icr_lo = val & 0xccfffu & ~(uint32_t)APIC_ICR_BUSY;
		vlapic_icr_send(v, val, a->icr_hi);
		return true;
	case APIC_ICR2:
		a->icr_hi = val & 0xff000000u;
		return true;
	case APIC_TPR:
		a->tpr = (uint8_t)val;
		hvm_ops->update_tpr(v, (uint8_t)val);
		return true;
	case APIC_TMICT:
		vlapic_timer_set_count(v, val);
		return true;
	case APIC_LDR:
		if (vlapic_x2apic_mode(v)) {
			return false;
		}
		a->ldr = val & 0xff000000u;
		return true;
	case APIC_DFR:
		if (vlapic_x2apic_mode(v)) {
			return false;
		}
		a->dfr = val | 0x0fffffffu;
		return true;
	case APIC_SPIV:
		svr_write(v, val);
		return true;
	case APIC_ESR:
		a->esr = xchg(&a->esr_pending, 0u);
		return true;
	case APIC_LVTT ... APIC_LVTERR:
		lvt_write(v, lvt_index(offset), val);
		return true;
	case APIC_TDCR:
		vlapic_timer_set_divide(v, val);
		return true;
	case APIC_ID:
	case APIC_LVTCMCI:
		return true; /* writes have no effect */
	default:
		return false;
	}
}

uint32_t vlapic_reg_read(struct vcpu *v, unsigned int offset)
{
	uint32_t val;

	if (unlikely((offset & 0xf) != 0)) {
		return 0;
	}
	if (!reg_read(v, offset, &val)) {
		vlapic_error_record(v, ESR_REGISTER);
	}
	return val;
}

void vlapic_reg_write(struct vcpu *v, unsigned int offset, uint32_t val)
{
	if (likely((offset & 0xf) == 0) && !reg_write(v, offset, val)) {
		vlapic_error_record(v, ESR_REGISTER);
	}
}

/* Write one register through its MSR (x2APIC mode is on). */
static int x2apic_write(struct vcpu *v, unsigned int offset, uint64_t val)
{
	struct vlapic *a = vlapic_of(v);

	if (offset == APIC_ICR) {
		/* One 64-bit register; reserved bits fault. */
		if ((val & 0xfff32000ull) != 0) {
			return -EPERM;
		}
		a->icr_lo = (uint32_t)val & ~(uint32_t)APIC_ICR_BUSY;
		a->icr_hi = (uint32_t)(val >> 32);
		vlapic_icr_send(v, (uint32_t)val, (uint32_t)(val >> 32));
		return 0;
	}
	if ((val >> 32) != 0) {
		return -EPERM;
	}
	switch (offset) {
	case APIC_EOI:
		if (val != 0) {
			return -EPERM;
		}
		eoi(v);
		return 0;
	case APIC_SELF_IPI:
		if (val > 0xff) {
			return -EPERM;
		}
		if (unlikely(val < 16)) {
			vlapic_error_record(v, ESR_SEND_VECTOR);
		} else if (vlapic_sw_enabled(v)) {
			vlapic_set_irr(a, (uint8_t)val, false);
		}
		return 0;
	case APIC_TPR:
		if (val > 0xff) {
			return -EPERM;
		}
		break;
	case APIC_SPIV:
		if ((val & ~(uint64_t)(SVR_VALID)) != 0) {
			return -EPERM;
		}
		break;
	case APIC_ESR:
		if (val != 0) {
			return -EPERM;
		}
		break;
	case APIC_LVTT ... APIC_LVTERR:
		if ((val &
			    ~(uint64_t)(lvt_valid[lvt_index(offset)] | APIC_LVT_PENDING |
				    APIC_LVT_REMOTE_IRR |
				    (offset == APIC_LVTT ? APIC_LVT_TIMER_DEADLINE : 0))) != 0) {
			return -EPERM;
		}
		break;
	case APIC_TDCR:
		if ((val & ~0xbull) != 0) {
			return -EPERM;
		}
		break;
	case APIC_TMICT:
		break;
	default:
		return -EPERM;
	}
	return reg_write(v, offset, (uint32_t)val) ? 0 : -EPERM;
}

static int x2apic_read(struct vcpu *v, unsigned int offset, uint64_t *val)
{
	struct vlapic *a = vlapic_of(v);
	uint32_t lo;

	switch (offset) {
	case APIC_ICR:
		*val = a->icr_lo | ((uint64_t)a->icr_hi << 32);
		return 0;
	case APIC_ICR2:
	case APIC_EOI:
	case APIC_DFR:
	case APIC_APR:
	case APIC_RRR:
	case APIC_LVTCMCI:
	case APIC_SELF_IPI:
		return -EPERM;
	default:
		if (!reg_read(v, offset, &lo)) {
			return -EPERM;
		}
		*val = lo;
		return 0;
	}
}

int vlapic_msr_read(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	struct vlapic *a = vlapic_of(v);

	switch (msr) {
	case MSR_APIC_BASE:
		*val = a->apic_base;
		return 0;
	case MSR_TSC_DEADLINE:
		if (v->domain->policy == NULL || !v->domain->policy->has_tsc_deadline) {
			return -EPERM;
		}
		*val = a->tdt;
		return 0;
	default:
		if (msr < MSR_X2APIC_BASE || msr > MSR_X2APIC_LAST || !vlapic_x2apic_mode(v)) {
			return -EPERM;
		}
		return x2apic_read(v, (msr - MSR_X2APIC_BASE) << 4, val);
	}
}

int vlapic_msr_write(struct vcpu *v, uint32_t msr, uint64_t val)
{
	if (likely(msr >= MSR_X2APIC_BASE && msr <= MSR_X2APIC_LAST)) {
		return likely(vlapic_x2apic_mode(v)) ?
			x2apic_write(v, (msr - MSR_X2APIC_BASE) << 4, val) :
			-EPERM;
	}
	if (msr == MSR_APIC_BASE) {
		return vlapic_set_apic_base(v, val);
	}
	if (msr != MSR_TSC_DEADLINE || v->domain->policy == NULL ||
		!v->domain->policy->has_tsc_deadline) {
		return -EPERM;
	}
	vlapic_timer_set_deadline(v, val);
	return 0;
}

int vlapic_set_apic_base(struct vcpu *v, uint64_t val)
{
	struct vlapic *a = vlapic_of(v);
	const struct cpu_policy *p = v->domain->policy;
	uint64_t valid = 0xfffff000ull | APIC_BASE_BSP | APIC_BASE_ENABLE;
	bool old_en = (a->apic_base & APIC_BASE_ENABLE) != 0,
	     old_x2 = (a->apic_base & APIC_BASE_EXTD) != 0;
	bool en = (val & APIC_BASE_ENABLE) != 0, x2 = (val & APIC_BASE_EXTD) != 0;

	if (p != NULL) {
		valid |= ((1ull << p->maxphysaddr) - 1) & ~0xfffull;
		valid |= p->has_x2apic ? APIC_BASE_EXTD : 0;
	} else {
		valid |= APIC_BASE_EXTD;
	}
	/* SDM 3A, 10.12.5: x2APIC needs EN, is entered from xAPIC and left by disabling. */
	if ((val & ~valid) != 0 || (x2 && !en) || (x2 && !old_en) || (old_x2 && en && !x2)) {
		return -EPERM;
	}
	if (old_en && !en) {
		uint32_t id = a->id;

		vlapic_reset(v);
		a->id = id;
	}
	a->apic_base = val;
	v->hvm.apic_base = val;
	if (x2 && !old_x2) {
		a->ldr = x2apic_ldr(a->id);
		a->icr_hi = 0;
	}
	return 0;
}

/* ---- life cycle --------------------------------------------------------------------------------------------------- */

void vlapic_reset(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);

	vlapic_timer_cancel(v);
	for (unsigned int i = 0; i < 4; i++) {
		a->isr[i] = 0;
		__atomic_store_n(&a->irr[i], 0, __ATOMIC_SEQ_CST);
		__atomic_store_n(&a->tmr[i], 0, __ATOMIC_SEQ_CST);
	}
	a->irr_maybe = false;
	a->tpr = 0;
	a->isr_top = 0;
	a->id = 2 * v->vcpu_id;
	a->ldr = vlapic_x2apic_mode(v) ? x2apic_ldr(a->id) : 0;
	a->dfr = ~0u;
	a->svr = 0xff;
	a->esr = 0;
	a->esr_pending = 0;
	a->icr_lo = 0;
	a->icr_hi = 0;
	a->tdcr = 0;
	for (unsigned int i = 0; i < LVT_NR; i++) {
		a->lvt[i] = APIC_LVT_MASKED;
	}
	v->hvm.nmi_pending = false;
}

void vlapic_init(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);

	a->v = v;
	a->apic_base = APIC_BASE_DEFAULT | APIC_BASE_ENABLE | (v->vcpu_id == 0 ? APIC_BASE_BSP : 0);
	v->hvm.apic_base = a->apic_base;
	vlapic_timer_init(v);
	vlapic_reset(v);
}

void vlapic_destroy(struct vcpu *v)
{
	if (v->hvm.vlapic.v != NULL) {
		vlapic_timer_fini(v);
		v->hvm.vlapic.v = NULL;
	}
}

/* ---- save and load: a register at its offset in the page, as in HVM context records ------------------------------- */

static const uint16_t saved_regs[] = {
	APIC_ID,
	APIC_LVR,
	APIC_TPR,
	APIC_PPR,
	APIC_LDR,
	APIC_DFR,
	APIC_SPIV,
	APIC_ESR,
	APIC_LVTCMCI,
	APIC_ICR,
	APIC_ICR2,
	APIC_LVTT,
	APIC_LVTTHMR,
	APIC_LVTPC,
	APIC_LVT0,
	APIC_LVT1,
	APIC_LVTERR,
	APIC_TMICT,
	APIC_TMCCT,
	APIC_TDCR,
};

void vlapic_save_regs(const struct vcpu *cv, void *buf_1k)
{
	struct vcpu *v = (struct vcpu *)cv;
	uint32_t *regs = buf_1k;

	memset(regs, 0, 1024);
	for (unsigned int i = 0; i < ARRAY_SIZE(saved_regs); i++) {
		reg_read(v, saved_regs[i], &regs[saved_regs[i] / 4]);
	}
	for (unsigned int i = 0; i < 8; i++) {
		reg_read(v, APIC_ISR + 0x10 * i, &regs[(APIC_ISR + 0x10 * i) / 4]);
		reg_read(v, APIC_TMR + 0x10 * i, &regs[(APIC_TMR + 0x10 * i) / 4]);
		reg_read(v, APIC_IRR + 0x10 * i, &regs[(APIC_IRR + 0x10 * i) / 4]);
	}
}

int vlapic_load_regs(struct vcpu *v, const void *buf_1k)
{
	struct vlapic *a = vlapic_of(v);
	const uint32_t *regs = buf_1k;
	int top;

	vlapic_reset(v);
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int shift = (i & 1) * 32;

		a->isr[i / 2] |= (uint64_t)regs[(APIC_ISR + 0x10 * i) / 4] << shift;
		a->tmr[i / 2] |= (uint64_t)regs[(APIC_TMR + 0x10 * i) / 4] << shift;
		a->irr[i / 2] |= (uint64_t)regs[(APIC_IRR + 0x10 * i) / 4] << shift;
	}
	/* Vectors below 16 do not exist. */
	a->isr[0] &= ~0xffffull;
	a->irr[0] &= ~0xffffull;
	top = highest_bit(a->isr);
	a->isr_top = top < 0 ? 0 : (uint8_t)top;
	a->irr_maybe = true;
	a->tpr = (uint8_t)regs[APIC_TPR / 4];
	a->ldr = vlapic_x2apic_mode(v) ? x2apic_ldr(a->id) : regs[APIC_LDR / 4] & 0xff000000u;
	a->dfr = regs[APIC_DFR / 4] | 0x0fffffffu;
	a->svr = regs[APIC_SPIV / 4] & SVR_VALID;
	a->esr = regs[APIC_ESR / 4] & 0xffu;
	a->icr_lo = regs[APIC_ICR / 4] & 0xccfffu & ~(uint32_t)APIC_ICR_BUSY;
	a->icr_hi = regs[APIC_ICR2 / 4];
	for (unsigned int off = APIC_LVTT; off <= APIC_LVTERR; off += 0x10) {
		unsigned int idx = lvt_index(off);

		a->lvt[idx] = regs[off / 4] &
			(lvt_valid[idx] | (idx == LVT_TIMER ? APIC_LVT_TIMER_DEADLINE : 0));
	}
	a->tdcr = regs[APIC_TDCR / 4] & 0xb;
	if (regs[APIC_TMICT / 4] != 0) {
		vlapic_timer_set_count(v, regs[APIC_TMICT / 4]);
	}
	hvm_ops->update_tpr(v, a->tpr);
	return 0;
}
