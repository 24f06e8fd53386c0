/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest MTRRs and PAT: values kept for the guest to read back, checked as the architecture checks them (SDM 3A, chapter 11; APM 2, 7.7). They do not decide memory
 * types: RAM is write-back by the nested tables, MMIO of the hardware domain uncached unless PAT says write-combining.
 * The hardware domain starts with the machine's values, others with everything off; both have at most eight variable ranges.
 */
#include <hv/cpu.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/nospec.h>
#include <hv/string.h>

#include <asm/msr.h>

#define NR_VAR         8
#define MTRR_CAP_GUEST 0x508ull /* WC, fixed ranges, 8 variable ones */
#define PAT_RESET      0x0007040600070406ull

static bool type_ok(uint8_t type)
{
	return type == 0 || type == 1 || type == 4 || type == 5 || type == 6;
}

static bool types_ok(uint64_t val, bool is_pat)
{
	for (unsigned int i = 0; i < 8; i++) {
		uint8_t type = (uint8_t)(val >> (8 * i));

		if (!type_ok(type) && !(is_pat && type == 7)) {
			return false;
		}
	}
	return true;
}

/* Index of a fixed-range register, -1 when msr is none. */
static int fixed_index(uint32_t msr)
{
	if (msr == MSR_MTRR_FIX64K_00000) {
		return 0;
	}
	if (msr == MSR_MTRR_FIX16K_80000 || msr == MSR_MTRR_FIX16K_A0000) {
		return 1 + (int)(msr - MSR_MTRR_FIX16K_80000);
	}
	if (msr >= MSR_MTRR_FIX4K_C0000 && msr <= MSR_MTRR_FIX4K_F8000) {
		return 3 + (int)(msr - MSR_MTRR_FIX4K_C0000);
	}
	return -1;
}

bool hvm_is_mtrr_msr(uint32_t msr)
{
	return msr == MSR_PAT || msr == MSR_MTRR_CAP || msr == MSR_MTRR_DEF_TYPE ||
		(msr >= MSR_MTRR_PHYSBASE(0) && msr <= MSR_MTRR_PHYSMASK(NR_VAR - 1)) ||
		fixed_index(msr) >= 0;
}

int hvm_mtrr_read(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	int idx = fixed_index(msr);

	if (idx >= 0) {
		*val = v->hvm.mtrr_fixed[idx];
		return 0;
	}
	switch (msr) {
	case MSR_PAT:
		*val = v->hvm.pat;
		return 0;
	case MSR_MTRR_CAP:
		*val = v->hvm.mtrr_cap;
		return 0;
	case MSR_MTRR_DEF_TYPE:
		*val = v->hvm.mtrr_def_type;
		return 0;
	default:
		if (msr < MSR_MTRR_PHYSBASE(0) ||
			msr - MSR_MTRR_PHYSBASE(0) >= 2 * (v->hvm.mtrr_cap & 0xff)) {
			return -EPERM;
		}
		*val = v->hvm.mtrr_var[array_index_nospec(msr - MSR_MTRR_PHYSBASE(0), 2u * NR_VAR)];
		return 0;
	}
}

static int var_write(struct vcpu *v, unsigned int idx, uint64_t val)
{
	unsigned int bits = v->domain->policy != NULL && v->domain->policy->maxphysaddr != 0 ?
		v->domain->policy->maxphysaddr :
		52;
	uint64_t addr = ((1ull << bits) - 1) & ~0xfffull;
	bool is_mask = (idx & 1) != 0;

	if ((val & ~(addr | (is_mask ? 0x800ull : 0xffull))) != 0 ||
		(!is_mask && !type_ok((uint8_t)val))) {
		return -EPERM;
	}
	v->hvm.mtrr_var[array_index_nospec(idx, 2u * NR_VAR)] = val;
	return 0;
}

int hvm_mtrr_write(struct vcpu *v, uint32_t msr, uint64_t val)
{
	int idx = fixed_index(msr);

	if (idx >= 0) {
		if (!types_ok(val, false)) {
			return -EPERM;
		}
		v->hvm.mtrr_fixed[idx] = val;
		return 0;
	}
	switch (msr) {
	case MSR_PAT:
		if (!types_ok(val, true)) {
			return -EPERM;
		}
		v->hvm.pat = val;
		/* The control block may hold it, too. */
		(void)hvm_ops->set_msr(v, MSR_PAT, val);
		return 0;
	case MSR_MTRR_CAP:
		return -EPERM;
	case MSR_MTRR_DEF_TYPE:
		if ((val & ~0xcffull) != 0 || !type_ok((uint8_t)val)) {
			return -EPERM;
		}
		v->hvm.mtrr_def_type = val;
		return 0;
	default:
		if (msr < MSR_MTRR_PHYSBASE(0) ||
			msr - MSR_MTRR_PHYSBASE(0) >= 2 * (v->hvm.mtrr_cap & 0xff)) {
			return -EPERM;
		}
		return var_write(v, msr - MSR_MTRR_PHYSBASE(0), val);
	}
}

static uint64_t host(uint32_t msr)
{
	uint64_t val;

	return rdmsr_safe(msr, &val) == 0 ? val : 0;
}

void hvm_mtrr_init(struct vcpu *v)
{
	uint64_t cap;

	v->hvm.pat = PAT_RESET;
	v->hvm.mtrr_cap = MTRR_CAP_GUEST;
	v->hvm.mtrr_def_type = 0;
	memset(v->hvm.mtrr_fixed, 0, sizeof(v->hvm.mtrr_fixed));
	memset(v->hvm.mtrr_var, 0, sizeof(v->hvm.mtrr_var));
	if (!is_hardware_domain(v->domain) || !cpu_has(CPUFEAT_MTRR)) {
		return;
	}
	cap = host(MSR_MTRR_CAP);
	if ((cap & 0xff) > NR_VAR) {
		cap = (cap & ~0xffull) | NR_VAR;
	}
	v->hvm.mtrr_cap = cap & 0x5ff;
	v->hvm.mtrr_def_type = host(MSR_MTRR_DEF_TYPE) & 0xcff;
	for (unsigned int i = 0; i < 2 * (cap & 0xff); i++) {
		v->hvm.mtrr_var[i] = host(MSR_MTRR_PHYSBASE(0) + i);
	}
	if ((cap & 0x100) != 0) {
		v->hvm.mtrr_fixed[0] = host(MSR_MTRR_FIX64K_00000);
		v->hvm.mtrr_fixed[1] = host(MSR_MTRR_FIX16K_80000);
		v->hvm.mtrr_fixed[2] = host(MSR_MTRR_FIX16K_A0000);
		for (unsigned int i = 0; i < 8; i++) {
			v->hvm.mtrr_fixed[3 + i] = host(MSR_MTRR_FIX4K_C0000 + i);
		}
	}
}
