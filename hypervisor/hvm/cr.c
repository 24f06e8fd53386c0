/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control registers and EFER: what values the architecture and the domain's CPU policy allow, and the
 * consequences of a guest's write (long mode comes and goes with CR0.PG). Nested paging leaves CR3
 * and all address translation to the guest.
 */
#include <asm/cr.h>
#include <hv/cpu_policy.h>
#include <hv/domain.h>
#include <hv/hvm.h>
#include <hv/printk.h>

#define CR0_KNOWN                                                                      \
	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | X86_CR0_ET | X86_CR0_NE | \
		X86_CR0_WP | X86_CR0_AM | X86_CR0_NW | X86_CR0_CD | X86_CR0_PG)
#define CR3_PCID_MASK 0xfffull

const char *hvm_check_cr0(struct vcpu *v, uint64_t cr0, uint64_t efer, uint64_t cr4)
{
	(void)v;
	if (cr0 >> 32) {
		return "CR0[63:32] not zero";
	}
	if ((cr0 & X86_CR0_PG) && !(cr0 & X86_CR0_PE)) {
		return "CR0.PG without PE";
	}
	if ((cr0 & X86_CR0_NW) && !(cr0 & X86_CR0_CD)) {
		return "CR0.NW without CD";
	}
	if ((cr0 & X86_CR0_PG) && (efer & EFER_LME) && !(cr4 & X86_CR4_PAE)) {
		return "long mode without CR4.PAE";
	}
	if (!(cr0 & X86_CR0_PG) && (cr4 & X86_CR4_PCIDE)) {
		return "CR4.PCIDE without paging";
	}
	return NULL;
}

const char *hvm_check_cr4(struct vcpu *v, uint64_t cr4, uint64_t cr0, uint64_t efer, uint64_t cr3)
{
	bool long_mode = (efer & EFER_LME) && (cr0 & X86_CR0_PG);
	uint64_t old = hvm_ops->get_cr(v, 4);

	if (cr4 & ~v->domain->policy->cr4_valid) {
		return "CR4 bits that the domain's processor does not have";
	}
	if (long_mode && !(cr4 & X86_CR4_PAE)) {
		return "long mode without CR4.PAE";
	}
	if (cr4 & X86_CR4_PCIDE) {
		if (!long_mode) {
			return "CR4.PCIDE outside long mode";
		}
		if (!(old & X86_CR4_PCIDE) && (cr3 & CR3_PCID_MASK)) {
			return "CR4.PCIDE set while CR3[11:0] is not zero";
		}
	}
	return NULL;
}

const char *hvm_check_efer(struct vcpu *v, uint64_t efer, uint64_t cr0)
{
	const struct cpu_policy *p = v->domain->policy;
	uint64_t valid = EFER_SCE;

	(void)cr0;
	if (p->has_lm) {
		valid |= EFER_LME | EFER_LMA;
	}
	if (p->has_nx) {
		valid |= EFER_NX;
	}
	if (p->extd[1].d & (1u << 25)) {
		valid |= EFER_FFXSE;
	}
	if (p->extd[0x21].a & (1u << 8)) {
		valid |= EFER_AIBRSE;
	}
	if (efer & ~valid) {
		return "EFER bits that the domain's processor does not have";
	}
	return NULL;
}

static enum hvm_exit_result refuse(struct vcpu *v, const char *what, uint64_t val, const char *why)
{
	gprintk(XENLOG_DEBUG, "%s = %lx: %s\n", what, val, why);
	hvm_inject_gp0(v);
	return HVM_FAULT;
}

static enum hvm_exit_result write_cr0(struct vcpu *v, uint64_t val)
{
	uint64_t old = hvm_ops->get_cr(v, 0), efer = hvm_ops->get_efer(v),
		 cr4 = hvm_ops->get_cr(v, 4);
	struct hvm_segment cs;
	const char *why;

	if ((why = hvm_check_cr0(v, val, efer, cr4)) != NULL) {
		return refuse(v, "CR0", val, why);
	}
	val = (val & CR0_KNOWN) | X86_CR0_ET;
	if ((old ^ val) & X86_CR0_PG) {
		hvm_ops->get_segment(v, HVM_SEG_CS, &cs);
		if (val & X86_CR0_PG) {
			if (efer & EFER_LME) {
				if (cs.attr & HVM_SEG_ATTR_L) {
					return refuse(v, "CR0", val, "long mode while CS.L is set");
				}
				hvm_ops->set_efer(v, efer | EFER_LMA);
			}
		} else if (efer & EFER_LMA) {
			if (cs.attr & HVM_SEG_ATTR_L) {
				return refuse(v, "CR0", val, "paging off in 64-bit mode");
			}
			hvm_ops->set_efer(v, efer & ~EFER_LMA);
		}
	}
	hvm_ops->set_cr(v, 0, val);
	return HVM_DONE;
}

static enum hvm_exit_result write_cr4(struct vcpu *v, uint64_t val)
{
	uint64_t old = hvm_ops->get_cr(v, 4), efer = hvm_ops->get_efer(v);
	const char *why = hvm_check_cr4(v, val, hvm_ops->get_cr(v, 0), efer, hvm_ops->get_cr(v, 3));

	if (why == NULL && (efer & EFER_LMA) && ((old ^ val) & X86_CR4_LA57)) {
		why = "CR4.LA57 changed in long mode";
	}
	if (why != NULL) {
		return refuse(v, "CR4", val, why);
	}
	hvm_ops->set_cr(v, 4, val);
	return HVM_DONE;
}

enum hvm_exit_result hvm_handle_cr_write(struct vcpu *v, unsigned int nr, uint64_t val)
{
	switch (nr) {
	case 0:
		return write_cr0(v, val);
	case 2:
		hvm_ops->set_cr(v, 2, val);
		return HVM_DONE;
	case 3:
		if (val >> v->domain->policy->maxphysaddr &
			~(1ull << (63 - v->domain->policy->maxphysaddr))) {
			return refuse(v, "CR3", val, "reserved bits");
		}
		hvm_ops->set_cr(v, 3, val & ~(1ull << 63));
		return HVM_DONE;
	case 4:
		return write_cr4(v, val);
	default:
		hvm_inject_ud(v);
		return HVM_FAULT;
	}
}
