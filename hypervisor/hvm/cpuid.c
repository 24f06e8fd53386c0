/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUID as a vCPU sees it: the domain's policy, which is data, plus the few bits that depend on the
 * vCPU and its registers (APIC id, OSXSAVE, OSPKE, XSAVE sizes).
 */
#include <asm/cr.h>
#include <hv/cpu.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/hvm.h>
#include <hv/vlapic.h>

#define L1_ECX_OSXSAVE   (1u << 27)
#define L1_EDX_APIC      (1u << 9)
#define L7_ECX_OSPKE     (1u << 4)
#define LD1_EAX_COMPACT  ((1u << 1) | (1u << 3))
#define EXT1_EDX_SYSCALL (1u << 11)

static uint32_t apic_id(const struct vcpu *v)
{
	return v->vcpu_id * 2;
}

static void leaf_1(struct vcpu *v, uint32_t out[4])
{
	out[1] = (out[1] & 0x00ffffffu) | (apic_id(v) << 24);
	if (hvm_ops->get_cr(v, 4) & X86_CR4_OSXSAVE) {
		out[2] |= L1_ECX_OSXSAVE;
	} else {
		out[2] &= ~L1_ECX_OSXSAVE;
	}
	if (!vlapic_hw_enabled(v)) {
		out[3] &= ~L1_EDX_APIC;
	}
}

static void leaf_xstate(
	struct vcpu *v, const struct cpu_policy *p, uint32_t subleaf, uint32_t out[4])
{
	if (!p->has_xsave) {
		return;
	}
	if (subleaf == 0) {
		out[1] = cpu_policy_xsave_size(p, v->hvm.xcr0);
	} else if (subleaf == 1 && (out[0] & LD1_EAX_COMPACT)) {
		/* The compact form: components follow each other without holes (SDM 1, 13.4.3). */
		uint32_t size = 512 + 64;

		for (unsigned int i = 2; i < 63; i++) {
			if ((v->hvm.xcr0 | v->hvm.xss) & (1ull << i)) {
				if (p->xstate[i].c & 2) {
					size = (size + 63) & ~63u;
				}
				size += p->xstate[i].a;
			}
		}
		out[1] = size;
	}
}

void hvm_cpuid(struct vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	const struct cpu_policy *p = v->domain->policy;
	const struct cpuid_regs *r;

	if ((leaf & 0xffff0000u) == 0x40000000u) {
		if ((leaf & 0xff00) == 0) {
			hvm_xen_leaf(v, leaf, subleaf, out);
		} else {
			out[0] = out[1] = out[2] = out[3] = 0;
		}
		return;
	}
	r = cpu_policy_leaf(p, leaf, subleaf);
	out[0] = r->a;
	out[1] = r->b;
	out[2] = r->c;
	out[3] = r->d;
	switch (leaf) {
	case 1:
		leaf_1(v, out);
		break;
	case 7:
		if (subleaf == 0 && (hvm_ops->get_cr(v, 4) & X86_CR4_PKE)) {
			out[2] |= L7_ECX_OSPKE;
		}
		break;
	case 0xb:
		if (leaf <= p->basic[0].a) {
			out[2] = (out[2] & ~0xffu) | (subleaf & 0xff);
			out[3] = apic_id(v);
		}
		break;
	case 0xd:
		leaf_xstate(v, p, subleaf, out);
		break;
	case 0x80000001u:
		if (!vlapic_hw_enabled(v)) {
			out[3] &= ~L1_EDX_APIC;
		}
		/* Intel's processors show SYSCALL in 64-bit mode only. */
		if (p->vendor == CPU_VENDOR_INTEL && hvm_ops->get_mode(v) != 64) {
			out[3] &= ~EXT1_EDX_SYSCALL;
		}
		break;
	case 0x8000001eu:
		if (out[1] | out[2]) {
			out[0] = apic_id(v);
		}
		break;
	}
}

enum hvm_exit_result hvm_handle_cpuid(struct vcpu *v)
{
	struct cpu_regs *regs = &v->hvm.regs;
	uint32_t out[4];

	hvm_cpuid(v, (uint32_t)regs->rax, (uint32_t)regs->rcx, out);
	regs->rax = out[0];
	regs->rbx = out[1];
	regs->rcx = out[2];
	regs->rdx = out[3];
	return HVM_DONE;
}
