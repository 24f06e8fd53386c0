/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Model-specific registers: registers that mean something are in the two switches, those that guests
 * only look for are rows of a table, everything else raises #GP (or reads 0 for a domain that was
 * created with "relaxed" MSRs). 0 or -EPERM (#GP) as everywhere.
 */
#include <asm/cr.h>
#include <asm/msr.h>
#include <hv/cpu.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/hypercall.h>
#include <hv/lib.h>
#include <hv/printk.h>
#include <hv/shared_info.h>
#include <hv/time.h>
#include <hv/vlapic.h>

#include <xen/arch-x86/cpufeatureset.h>

#define MSR_HYPERCALL_PAGE       0x40000000u
#define MSR_LASTBRANCH_LAST      0x000001deu
#define DEBUGCTL_LBR             (1ull << 0)
#define DEBUGCTL_BTF             (1ull << 1)
#define MISC_ENABLE_FAST_STRING  (1ull << 0)
#define MISC_ENABLE_BTS_UNAVAIL  (1ull << 11)
#define MISC_ENABLE_PEBS_UNAVAIL (1ull << 12)
#define HWCR_TSC_FREQ_SEL        (1ull << 24)
#define DE_CFG_LFENCE_SERIALISE  (1ull << 1)
#define SPEC_CTRL_IBRS           (1ull << 0)
#define SPEC_CTRL_STIBP          (1ull << 1)
#define SPEC_CTRL_SSBD           (1ull << 2)
#define PRED_CMD_IBPB            (1ull << 0)

enum msr_who { FOR_ALL, FOR_AMD, FOR_INTEL };
enum msr_read { READ_VALUE, READ_HOST_FOR_DOM0, READ_GP };
enum msr_write { WRITE_IGNORED, WRITE_ZERO, WRITE_GP };

/* Registers that guests look at without depending on them. */
static const struct msr_row {
	uint32_t first, last;
	enum msr_who who;
	enum msr_read read;
	enum msr_write write;
	uint64_t value;
} msr_rows[] = {
	{ MSR_PLATFORM_ID, MSR_PLATFORM_ID, FOR_INTEL, READ_VALUE, WRITE_GP, 0 },
	{ MSR_FEATURE_CONTROL, MSR_FEATURE_CONTROL, FOR_INTEL, READ_VALUE, WRITE_GP, 1 },
	{ MSR_UCODE_REV, MSR_UCODE_REV, FOR_ALL, READ_HOST_FOR_DOM0, WRITE_ZERO, 0 },
	{ MSR_UCODE_WRITE, MSR_UCODE_WRITE, FOR_INTEL, READ_GP, WRITE_IGNORED, 0 },
	{ MSR_MISC_FEATURES_ENABLES, MSR_MISC_FEATURES_ENABLES, FOR_INTEL, READ_VALUE, WRITE_ZERO,
		0 },
	{ MSR_MCG_CAP, MSR_MCG_CAP, FOR_ALL, READ_VALUE, WRITE_GP, 0 },
	{ MSR_MCG_STATUS, MSR_MCG_STATUS, FOR_ALL, READ_VALUE, WRITE_ZERO, 0 },
	{ MSR_MISC_ENABLE, MSR_MISC_ENABLE, FOR_INTEL, READ_VALUE, WRITE_IGNORED,
		MISC_ENABLE_FAST_STRING | MISC_ENABLE_BTS_UNAVAIL | MISC_ENABLE_PEBS_UNAVAIL },
	{ MSR_LASTBRANCHFROMIP, MSR_LASTBRANCH_LAST, FOR_ALL, READ_VALUE, WRITE_IGNORED, 0 },
	{ MSR_K8_SYSCFG, MSR_K8_SYSCFG, FOR_AMD, READ_VALUE, WRITE_IGNORED, 0 },
	{ MSR_K8_IORR_BASE0, MSR_K8_IORR_BASE0 + 3, FOR_AMD, READ_VALUE, WRITE_IGNORED, 0 },
	{ MSR_K8_TOP_MEM1, MSR_K8_TOP_MEM1, FOR_AMD, READ_HOST_FOR_DOM0, WRITE_IGNORED, 0 },
	{ MSR_K8_TOP_MEM2, MSR_K8_TOP_MEM2, FOR_AMD, READ_HOST_FOR_DOM0, WRITE_IGNORED, 0 },
	{ MSR_AMD64_NB_CFG, MSR_AMD64_NB_CFG, FOR_AMD, READ_HOST_FOR_DOM0, WRITE_IGNORED, 0 },
	{ MSR_AMD_PATCHLOADER, MSR_AMD_PATCHLOADER, FOR_AMD, READ_GP, WRITE_IGNORED, 0 },
	{ MSR_K8_ENABLE_C1E, MSR_K8_ENABLE_C1E, FOR_AMD, READ_VALUE, WRITE_IGNORED, 0 },
	{ MSR_FAM10H_MMIO_CONF_BASE, MSR_FAM10H_MMIO_CONF_BASE, FOR_AMD, READ_HOST_FOR_DOM0,
		WRITE_GP, 0 },
	{ MSR_VM_CR, MSR_VM_CR, FOR_AMD, READ_VALUE, WRITE_GP, 0 },
	{ 0xc0010140, 0xc0010141, FOR_AMD, READ_VALUE, WRITE_IGNORED,
		0 }, /* OS visible work-around */
	{ MSR_AMD64_LS_CFG, MSR_AMD64_LS_CFG, FOR_AMD, READ_VALUE, WRITE_IGNORED, 0 },
	{ 0xc0011022, 0xc0011022, FOR_AMD, READ_VALUE, WRITE_IGNORED, 0 }, /* DC_CFG */
	{ 0xc0011023, 0xc0011023, FOR_AMD, READ_VALUE, WRITE_IGNORED, 0 }, /* BU_CFG */
	{ MSR_AMD64_DE_CFG, MSR_AMD64_DE_CFG, FOR_AMD, READ_VALUE, WRITE_IGNORED,
		DE_CFG_LFENCE_SERIALISE },
	{ MSR_AMD64_LWP_CFG, MSR_AMD64_LWP_CFG, FOR_AMD, READ_VALUE, WRITE_ZERO, 0 },
};

static bool policy_is_amd(const struct cpu_policy *p)
{
	return p->vendor == CPU_VENDOR_AMD || p->vendor == CPU_VENDOR_HYGON;
}

static const struct msr_row *find_row(const struct domain *d, uint32_t msr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(msr_rows); i++) {
		const struct msr_row *r = &msr_rows[i];

		if (msr >= r->first && msr <= r->last) {
			bool amd = policy_is_amd(d->policy);

			return r->who == FOR_ALL || (r->who == FOR_AMD) == amd ? r : NULL;
		}
	}
	return NULL;
}

static int row_read(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	const struct msr_row *r = find_row(v->domain, msr);

	if (r == NULL || r->read == READ_GP) {
		return -ENOENT;
	}
	*val = r->value;
	if (r->read == READ_HOST_FOR_DOM0 && is_hardware_domain(v->domain) &&
		rdmsr_safe(msr, val) != 0) {
		*val = r->value;
	}
	return 0;
}

static int row_write(struct vcpu *v, uint32_t msr, uint64_t val)
{
	const struct msr_row *r = find_row(v->domain, msr);

	if (r == NULL) {
		return -ENOENT;
	}
	switch (r->write) {
	case WRITE_IGNORED:
		return 0;
	case WRITE_ZERO:
		return val == 0 ? 0 : -EPERM;
	default:
		return -EPERM;
	}
}

static bool relaxed(const struct domain *d)
{
	return (d->misc_flags & XEN_X86_MSR_RELAXED) != 0;
}

static uint64_t guest_tsc(const struct vcpu *v)
{
	return rdtsc() + v->hvm.tsc_offset;
}

static bool has_tsc_adjust(const struct cpu_policy *p)
{
	return (p->feat[0].b & (1u << (XEN_X86_FEATURE_TSC_ADJUST % 32))) != 0;
}

static bool has_tsc_aux(const struct cpu_policy *p)
{
	return p->has_rdtscp || (p->feat[0].c & (1u << (XEN_X86_FEATURE_RDPID % 32))) != 0;
}

static bool has_spec_ctrl(const struct cpu_policy *p)
{
	return (p->feat[0].d & (1u << (XEN_X86_FEATURE_IBRSB % 32))) != 0 ||
		(p->extd[8].b & (1u << (XEN_X86_FEATURE_IBRS % 32))) != 0;
}

static uint64_t spec_ctrl_valid(const struct cpu_policy *p)
{
	uint64_t mask = SPEC_CTRL_IBRS | SPEC_CTRL_STIBP;

	if ((p->feat[0].d & (1u << (XEN_X86_FEATURE_SSBD % 32))) != 0 ||
		(p->extd[8].b & (1u << (XEN_X86_FEATURE_AMD_SSBD % 32))) != 0) {
		mask |= SPEC_CTRL_SSBD;
	}
	return mask;
}

static bool has_ibpb(const struct cpu_policy *p)
{
	return (p->feat[0].d & (1u << (XEN_X86_FEATURE_IBRSB % 32))) != 0 ||
		(p->extd[8].b & (1u << (XEN_X86_FEATURE_IBPB % 32))) != 0;
}

/* A guest that tries them all must not drown the log, whatever guest_loglvl= says: 20 lines a second. */
static bool may_log(void)
{
	static int64_t second;
	static unsigned int lines;
	int64_t now = NOW() / SECONDS(1);

	if (READ_ONCE(second) != now) {
		WRITE_ONCE(second, now);
		lines = 0;
	}
	return lines++ < 20;
}

static int unknown(uint32_t msr, bool write, uint64_t val)
{
	if (!may_log()) {
		return -EPERM;
	}
	if (write) {
		gprintk(XENLOG_DEBUG, "WRMSR %#x = %lx: no such register\n", msr, val);
	} else {
		gprintk(XENLOG_DEBUG, "RDMSR %#x: no such register\n", msr);
	}
	return -EPERM;
}

int hvm_msr_read(struct vcpu *v, uint32_t msr, uint64_t *val)
{
	const struct cpu_policy *p = v->domain->policy;

	*val = 0;
	if (msr >= MSR_X2APIC_BASE && msr <= MSR_X2APIC_LAST) {
		return vlapic_msr_read(v, msr, val);
	}
	switch (msr) {
	case MSR_APIC_BASE:
	case MSR_TSC_DEADLINE:
		return vlapic_msr_read(v, msr, val);
	case MSR_TSC:
		*val = guest_tsc(v);
		return 0;
	case MSR_TSC_ADJUST:
		if (!has_tsc_adjust(p)) {
			break;
		}
		*val = v->hvm.tsc_adjust;
		return 0;
	case MSR_SPEC_CTRL:
		if (!has_spec_ctrl(p)) {
			break;
		}
		*val = v->hvm.spec_ctrl;
		return 0;
	case MSR_PLATFORM_INFO:
		*val = p->platform_info;
		return 0;
	case MSR_ARCH_CAPABILITIES:
		if (!(p->feat[0].d & (1u << (XEN_X86_FEATURE_ARCH_CAPS % 32)))) {
			break;
		}
		*val = p->arch_caps;
		return 0;
	case MSR_PAT:
		*val = v->hvm.pat;
		return 0;
	case MSR_XSS:
		if (!(p->xstate[1].a & (1u << (XEN_X86_FEATURE_XSAVES % 32)))) {
			break;
		}
		*val = v->hvm.xss;
		return 0;
	case MSR_EFER:
		*val = hvm_ops->get_efer(v);
		return 0;
	case MSR_TSC_AUX:
		if (!has_tsc_aux(p)) {
			break;
		}
		*val = v->hvm.tsc_aux;
		return 0;
	case MSR_K8_HWCR:
		if (!policy_is_amd(p)) {
			break;
		}
		*val = p->has_itsc ? HWCR_TSC_FREQ_SEL : 0;
		return 0;
	case MSR_HYPERCALL_PAGE:
		return 0;
	default:
		if (hvm_is_mtrr_msr(msr)) {
			return hvm_mtrr_read(v, msr, val);
		}
		if (hvm_ops->get_msr(v, msr, val) == 0 || row_read(v, msr, val) == 0) {
			return 0;
		}
		break;
	}
	if (relaxed(v->domain)) {
		return 0;
	}
	return unknown(msr, false, 0);
}

static int write_tsc(struct vcpu *v, uint64_t offset)
{
	v->hvm.tsc_adjust += offset - v->hvm.tsc_offset;
	v->hvm.tsc_offset = offset;
	hvm_ops->set_tsc_offset(v, offset);
	update_vcpu_time(v);
	return 0;
}

static int write_efer(struct vcpu *v, uint64_t val)
{
	uint64_t old = hvm_ops->get_efer(v), cr0 = hvm_ops->get_cr(v, 0);
	const char *why;

	val &= ~EFER_LMA;
	why = hvm_check_efer(v, val, cr0);
	if (why == NULL && ((old ^ val) & EFER_LME) && (cr0 & X86_CR0_PG)) {
		why = "EFER.LME changed while paging is on";
	}
	if (why != NULL) {
		gprintk(XENLOG_DEBUG, "EFER = %lx: %s\n", val, why);
		return -EPERM;
	}
	hvm_ops->set_efer(v, val | (old & EFER_LMA));
	return 0;
}

static int write_pat(struct vcpu *v, uint64_t val)
{
	for (unsigned int i = 0; i < 64; i += 8) {
		uint8_t type = (uint8_t)(val >> i);

		if (type > 7 || type == 2 || type == 3) {
			return -EPERM;
		}
	}
	v->hvm.pat = val;
	(void)hvm_ops->set_msr(v, MSR_PAT, val);
	return 0;
}

static bool canonical(uint64_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

static int write_hypercall_page(struct vcpu *v, uint64_t val)
{
	/* The low bits number the page; there is one. */
	if (val & PAGE_OFFSET_MASK) {
		return -EPERM;
	}
	if (hypercall_page_init(v, val) != 0) {
		return -EPERM;
	}
	/* Who asks for a page says how wide it is; a callback set later may change it. */
	latch_shinfo_size(v->domain, hvm_ops->get_mode(v) != 64);
	return 0;
}

static int write_tsc_aux(struct vcpu *v, uint64_t val)
{
	if (val >> 32) {
		return -EPERM;
	}
	v->hvm.tsc_aux = val;
	if (cpu_has_rdtscp) {
		wrmsr(MSR_TSC_AUX, val);
	}
	return 0;
}

int hvm_msr_write(struct vcpu *v, uint32_t msr, uint64_t val)
{
	const struct cpu_policy *p = v->domain->policy;
	int rc;

	if (msr >= MSR_X2APIC_BASE && msr <= MSR_X2APIC_LAST) {
		return vlapic_msr_write(v, msr, val);
	}
	switch (msr) {
	case MSR_APIC_BASE:
	case MSR_TSC_DEADLINE:
		return vlapic_msr_write(v, msr, val);
	case MSR_TSC:
		return write_tsc(v, val - rdtsc());
	case MSR_TSC_ADJUST:
		if (!has_tsc_adjust(p)) {
			break;
		}
		return write_tsc(v, v->hvm.tsc_offset + (val - v->hvm.tsc_adjust));
	case MSR_SPEC_CTRL:
		if (!has_spec_ctrl(p)) {
			break;
		}
		if (val & ~spec_ctrl_valid(p)) {
			return -EPERM;
		}
		v->hvm.spec_ctrl = val;
		return 0;
	case MSR_PRED_CMD:
		if (!has_ibpb(p)) {
			break;
		}
		if (val & ~PRED_CMD_IBPB) {
			return -EPERM;
		}
		return val == 0 || wrmsr_safe(MSR_PRED_CMD, val) == 0 ? 0 : -EPERM;
	case MSR_PLATFORM_INFO:
	case MSR_ARCH_CAPABILITIES:
		return -EPERM;
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		if (!canonical(val)) {
			return -EPERM;
		}
		return hvm_ops->set_msr(v, msr, val) == 0 ? 0 : -EPERM;
	case MSR_DEBUGCTL:
		if (val & ~(DEBUGCTL_LBR | DEBUGCTL_BTF)) {
			return -EPERM;
		}
		return hvm_ops->set_msr(v, msr, val) == 0 ? 0 : -EPERM;
	case MSR_PAT:
		return write_pat(v, val);
	case MSR_XSS:
		if (!(p->xstate[1].a & (1u << (XEN_X86_FEATURE_XSAVES % 32)))) {
			break;
		}
		return val == 0 ? 0 : -EPERM;
	case MSR_EFER:
		return write_efer(v, val);
	case MSR_TSC_AUX:
		if (!has_tsc_aux(p)) {
			break;
		}
		return write_tsc_aux(v, val);
	case MSR_K8_HWCR:
		if (!policy_is_amd(p)) {
			break;
		}
		return 0;
	case MSR_HYPERCALL_PAGE:
		return write_hypercall_page(v, val);
	default:
		if (hvm_is_mtrr_msr(msr)) {
			return hvm_mtrr_write(v, msr, val);
		}
		if (hvm_ops->set_msr(v, msr, val) == 0) {
			return 0;
		}
		rc = row_write(v, msr, val);
		if (rc != -ENOENT) {
			return rc;
		}
		break;
	}
	if (relaxed(v->domain)) {
		return 0;
	}
	return unknown(msr, true, val);
}

enum hvm_exit_result hvm_handle_rdmsr(struct vcpu *v)
{
	struct cpu_regs *r = &v->hvm.regs;
	uint64_t val;

	if (hvm_msr_read(v, (uint32_t)r->rcx, &val) != 0) {
		hvm_inject_gp0(v);
		return HVM_FAULT;
	}
	r->rax = (uint32_t)val;
	r->rdx = val >> 32;
	return HVM_DONE;
}

enum hvm_exit_result hvm_handle_wrmsr(struct vcpu *v)
{
	const struct cpu_regs *r = &v->hvm.regs;

	if (hvm_msr_write(v, (uint32_t)r->rcx, (uint32_t)r->rax | (r->rdx << 32)) != 0) {
		hvm_inject_gp0(v);
		return HVM_FAULT;
	}
	return HVM_DONE;
}
