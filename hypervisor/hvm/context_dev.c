/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HVM context records of what surrounds the processor: local APIC, memory types, single model-specific registers. A record is copied out of
 * the stream before use (it may be unaligned). No locks: the domain is paused.
 */
#include "context_priv.h"

#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/lib.h>
#include <hv/string.h>

_Static_assert(sizeof(struct hvm_hw_lapic) == 32, "ABI");
_Static_assert(sizeof(struct hvm_hw_mtrr) == 240, "ABI");
_Static_assert(sizeof(struct hvm_vmce_vcpu) == 32, "ABI");

#define MAX_SAVED_MSRS         2u
#define LAPIC_OLD_BYTES        24u /* the record before pending_esr was added */

#define SAVED_APIC_HW_DISABLED 1u
#define SAVED_APIC_SW_DISABLED 2u
#define SAVED_APIC_BASE_ENABLE (1u << 11)
#define SAVED_APIC_BASE_EXTD   (1u << 10)

#define MSR_SPEC_CTRL_NR       0x48u
#define MSR_XSS_NR             0xda0u
#define MSR_TSC_AUX_NR         0xc0000103u
#define MSR_PAT_NR             0x277u
#define MSR_MTRR_DEF_TYPE_NR   0x2ffu

/* LAPIC, LAPIC_REGS ------------------------------------------------------------------------------------------------- */

static uint32_t save_lapic(struct vcpu *v, void *out)
{
	const struct vlapic *a = &v->hvm.vlapic;
	struct hvm_hw_lapic *l = out;
	uint32_t shift = (a->tdcr & 3) | (a->tdcr & 8) >> 1;

	l->apic_base_msr = a->apic_base;
	l->disabled = vlapic_hw_enabled(v) ? 0 : SAVED_APIC_HW_DISABLED;
	l->disabled |= vlapic_sw_enabled(v) ? 0 : SAVED_APIC_SW_DISABLED;
	l->timer_divisor = 1u << ((shift + 1) & 7); /* SDM 3A, 10.5.4: code 7 divides by 1 */
	l->tdt_msr = a->tdt;
	l->pending_esr = a->esr_pending;
	return sizeof(*l);
}

static int check_lapic(struct vcpu *v, const void *rec, uint32_t len)
{
	struct hvm_hw_lapic l = { 0 };

	if (len != LAPIC_OLD_BYTES && len != sizeof(l)) {
		return -EINVAL;
	}
	memcpy(&l, rec, len);
	if ((l.apic_base_msr & (SAVED_APIC_BASE_EXTD | SAVED_APIC_BASE_ENABLE)) ==
			SAVED_APIC_BASE_EXTD ||
		(l.apic_base_msr >> v->domain->policy->maxphysaddr) != 0) {
		return -EINVAL;
	}
	return 0;
}

static int load_lapic(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	struct hvm_hw_lapic l = { 0 };
	struct vlapic *a = &v->hvm.vlapic;

	(void)lc;
	memcpy(&l, rec, len);
	/* Not a guest's write: any mode may follow any other. */
	a->apic_base = v->hvm.apic_base = l.apic_base_msr;
	a->tdt = l.tdt_msr;
	a->esr_pending = l.pending_esr & 0xff;
	return 0;
}

static uint32_t save_lapic_regs(struct vcpu *v, void *out)
{
	vlapic_save_regs(v, out);
	return sizeof(struct hvm_hw_lapic_regs);
}

static int check_nothing(struct vcpu *v, const void *rec, uint32_t len)
{
	(void)v;
	(void)rec;
	(void)len;
	return 0;
}

static int load_lapic_regs(
	struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	uint32_t regs[1024 / sizeof(uint32_t)]; /* aligned copy */

	(void)lc;
	memcpy(regs, rec, len);
	return vlapic_load_regs(v, regs);
}

/* MTRR -------------------------------------------------------------------------------------------------------------- */

static uint32_t save_mtrr(struct vcpu *v, void *out)
{
	struct hvm_hw_mtrr *m = out;

	m->msr_pat_cr = v->hvm.pat;
	memcpy(m->msr_mtrr_var, v->hvm.mtrr_var, sizeof(m->msr_mtrr_var));
	memcpy(m->msr_mtrr_fixed, v->hvm.mtrr_fixed, sizeof(m->msr_mtrr_fixed));
	m->msr_mtrr_cap = v->hvm.mtrr_cap;
	m->msr_mtrr_def_type = v->hvm.mtrr_def_type;
	return sizeof(*m);
}

static bool types_ok(uint64_t bytes, unsigned int allowed)
{
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int type = (bytes >> (i * 8)) & 0xff;

		if (type > 7 || (allowed & (1u << type)) == 0) {
			return false;
		}
	}
	return true;
}

#define MTRR_TYPES 0x73u /* UC WC WT WP WB */
#define PAT_TYPES  0xf3u /* and UC- */

static int check_mtrr(struct vcpu *v, const void *rec, uint32_t len)
{
	const struct cpu_policy *p = v->domain->policy;
	struct hvm_hw_mtrr m;

	(void)len;
	memcpy(&m, rec, sizeof(m));
	if ((m.msr_mtrr_cap & 0xff) > MTRR_VCNT || !types_ok(m.msr_pat_cr, PAT_TYPES) ||
		(m.msr_mtrr_def_type & ~0xcffull) != 0 ||
		!types_ok(m.msr_mtrr_def_type & 0xff, MTRR_TYPES)) {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < NUM_FIXED_MSR; i++) {
		if (!types_ok(m.msr_mtrr_fixed[i], MTRR_TYPES)) {
			return -EINVAL;
		}
	}
	for (unsigned int i = 0; i < MTRR_VCNT; i++) {
		uint64_t base = m.msr_mtrr_var[i * 2], mask = m.msr_mtrr_var[i * 2 + 1];

		if (!types_ok(base & 0xff, MTRR_TYPES) || (base & 0xf00) != 0 ||
			(mask & 0x7ff) != 0 || (base | mask) >> p->maxphysaddr != 0) {
			return -EINVAL;
		}
	}
	return 0;
}

static int load_mtrr(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	static const uint16_t fixed_msrs[NUM_FIXED_MSR] = {
		0x250,
		0x258,
		0x259,
		0x268,
		0x269,
		0x26a,
		0x26b,
		0x26c,
		0x26d,
		0x26e,
		0x26f,
	};
	struct hvm_hw_mtrr m;
	int rc;

	(void)len;
	(void)lc;
	memcpy(&m, rec, sizeof(m));
	rc = hvm_msr_write(v, MSR_PAT_NR, m.msr_pat_cr);
	for (unsigned int i = 0; rc == 0 && i < NUM_FIXED_MSR; i++) {
		rc = hvm_mtrr_write(v, fixed_msrs[i], m.msr_mtrr_fixed[i]);
	}
	for (unsigned int i = 0; rc == 0 && i < MTRR_VCNT * 2 && i / 2 < (v->hvm.mtrr_cap & 0xff);
		i++) {
		rc = hvm_mtrr_write(v, 0x200 + i, m.msr_mtrr_var[i]);
	}
	if (rc == 0) {
		rc = hvm_mtrr_write(v, MSR_MTRR_DEF_TYPE_NR, m.msr_mtrr_def_type);
	}
	return rc != 0 ? -EINVAL : 0;
}

/* VMCE_VCPU, TSC_ADJUST, CPU_MSR ------------------------------------------------------------------------------------- */

/* Guests have no machine-check banks: nothing to tell, and what comes is taken note of by its form only. */
static uint32_t save_vmce(struct vcpu *v, void *out)
{
	(void)v;
	(void)out;
	return sizeof(struct hvm_vmce_vcpu);
}

static int load_nothing(
	struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	(void)v;
	(void)rec;
	(void)len;
	(void)lc;
	return 0;
}

static uint32_t save_tsc_adjust(struct vcpu *v, void *out)
{
	((struct hvm_tsc_adjust *)out)->tsc_adjust = v->hvm.tsc_adjust;
	return sizeof(struct hvm_tsc_adjust);
}

static int load_tsc_adjust(
	struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	(void)lc;
	memcpy(&v->hvm.tsc_adjust, rec, len);
	return 0;
}

static uint32_t save_msrs(struct vcpu *v, void *out)
{
	const struct {
		uint32_t index;
		uint64_t val;
	} list[MAX_SAVED_MSRS] = {
		{ MSR_SPEC_CTRL_NR, v->hvm.spec_ctrl },
		{ MSR_XSS_NR, v->hvm.xss },
	};
	struct hvm_msr *m = out;

	for (unsigned int i = 0; i < MAX_SAVED_MSRS; i++) {
		if (list[i].val != 0) {
			m->msr[m->count].index = list[i].index;
			m->msr[m->count].val = list[i].val;
			m->count++;
		}
	}
	return m->count == 0 ?
		0 :
		(uint32_t)(offsetof(struct hvm_msr, msr) + m->count * sizeof(m->msr[0]));
}

static bool msr_loadable(uint32_t index)
{
	return index == MSR_SPEC_CTRL_NR || index == MSR_XSS_NR || index == MSR_TSC_AUX_NR;
}

static int check_msrs(struct vcpu *v, const void *rec, uint32_t len)
{
	uint32_t count;

	(void)v;
	memcpy(&count, rec, sizeof(count));
	if (count > (len - offsetof(struct hvm_msr, msr)) / sizeof(struct hvm_one_msr) ||
		len != offsetof(struct hvm_msr, msr) + count * sizeof(struct hvm_one_msr)) {
		return -EINVAL;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct hvm_one_msr m;

		memcpy(&m, (const uint8_t *)rec + offsetof(struct hvm_msr, msr) + i * sizeof(m),
			sizeof(m));
		if (m._rsvd != 0) {
			return -EOPNOTSUPP;
		}
		if (!msr_loadable(m.index)) {
			return -ENXIO;
		}
	}
	return 0;
}

static int load_msrs(struct vcpu *v, const void *rec, uint32_t len, const struct load_context *lc)
{
	uint32_t count;

	(void)len;
	(void)lc;
	memcpy(&count, rec, sizeof(count));
	for (uint32_t i = 0; i < count; i++) {
		struct hvm_one_msr m;

		memcpy(&m, (const uint8_t *)rec + offsetof(struct hvm_msr, msr) + i * sizeof(m),
			sizeof(m));
		if (m.index == MSR_TSC_AUX_NR) {
			v->hvm.tsc_aux =
				(uint32_t)m
					.val; /* switched with the vCPU; a write would reach this CPU's */
		} else if (hvm_msr_write(v, m.index, m.val) != 0) {
			return -ENXIO;
		}
	}
	return 0;
}

const struct record_type context_lapic = {
	.code = HVM_SAVE_CODE(LAPIC),
	.min = LAPIC_OLD_BYTES,
	.max = sizeof(struct hvm_hw_lapic),
	.save = save_lapic,
	.check = check_lapic,
	.load = load_lapic,
};

const struct record_type context_lapic_regs = {
	.code = HVM_SAVE_CODE(LAPIC_REGS),
	.min = sizeof(struct hvm_hw_lapic_regs),
	.max = sizeof(struct hvm_hw_lapic_regs),
	.save = save_lapic_regs,
	.check = check_nothing,
	.load = load_lapic_regs,
};

const struct record_type context_mtrr = {
	.code = HVM_SAVE_CODE(MTRR),
	.min = sizeof(struct hvm_hw_mtrr),
	.max = sizeof(struct hvm_hw_mtrr),
	.save = save_mtrr,
	.check = check_mtrr,
	.load = load_mtrr,
};

const struct record_type context_vmce = {
	.code = HVM_SAVE_CODE(VMCE_VCPU),
	.min = sizeof(uint64_t),
	.max = sizeof(struct hvm_vmce_vcpu),
	.save = save_vmce,
	.check = check_nothing,
	.load = load_nothing,
};

const struct record_type context_tsc_adjust = {
	.code = HVM_SAVE_CODE(TSC_ADJUST),
	.min = sizeof(struct hvm_tsc_adjust),
	.max = sizeof(struct hvm_tsc_adjust),
	.save = save_tsc_adjust,
	.check = check_nothing,
	.load = load_tsc_adjust,
};

const struct record_type context_msrs = {
	.code = CPU_MSR_CODE,
	.any_length = true,
	.min = offsetof(struct hvm_msr, msr),
	.max = offsetof(struct hvm_msr, msr) + MAX_SAVED_MSRS * sizeof(struct hvm_one_msr),
	.save = save_msrs,
	.check = check_msrs,
	.load = load_msrs,
};
