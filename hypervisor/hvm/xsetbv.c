/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XSETBV: what a guest may put in XCR0 (SDM 1, 13.3). The value is in the CPU while the vCPU is. */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/hvm.h>

static bool xcr0_is_valid(const struct cpu_policy *p, uint64_t xcr0)
{
	if (!(xcr0 & XSTATE_FP) || (xcr0 & ~(p->xcr0_max & xstate_max_xcr0()))) {
		return false;
	}
	if ((xcr0 & XSTATE_YMM) && !(xcr0 & XSTATE_SSE)) {
		return false;
	}
	return !(xcr0 & XSTATE_AVX512) ||
		((xcr0 & XSTATE_AVX512) == XSTATE_AVX512 && (xcr0 & XSTATE_YMM));
}

enum hvm_exit_result hvm_handle_xsetbv(struct vcpu *v)
{
	const struct cpu_regs *r = &v->hvm.regs;
	uint64_t val = (uint32_t)r->rax | (r->rdx << 32);

	if (!(hvm_ops->get_cr(v, 4) & X86_CR4_OSXSAVE)) {
		hvm_inject_ud(v);
		return HVM_FAULT;
	}
	if (hvm_ops->get_cpl(v) != 0 || (uint32_t)r->rcx != 0 ||
		!xcr0_is_valid(v->domain->policy, val)) {
		hvm_inject_gp0(v);
		return HVM_FAULT;
	}
	v->hvm.xcr0 = val;
	xsetbv(0, val);
	hvm_ops->xcr0_changed(v);
	return HVM_DONE;
}
