/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segment registers in the control block. The processor does not keep all attribute bits as it got
 * them (APM 2, 15.5.1: the granularity bit, the busy bit of TR), so reads repair what can be derived.
 * CPL and the DPL of SS are kept equal: one emulator reads the one, the other the other.
 */
#include <asm/cr.h>
#include <hv/domain.h>
#include <hv/lib.h>

#include "svm_priv.h"

#define ATTR_TYPE_MASK 0x0fu
#define ATTR_DPL_SHIFT 5
#define ATTR_G         (1u << 11)
#define TYPE_BUSY      2u

static struct vmcb_seg *seg_of(struct vmcb *vmcb, enum hvm_seg seg)
{
	switch (seg) {
	case HVM_SEG_ES:
		return &vmcb->es;
	case HVM_SEG_CS:
		return &vmcb->cs;
	case HVM_SEG_SS:
		return &vmcb->ss;
	case HVM_SEG_DS:
		return &vmcb->ds;
	case HVM_SEG_FS:
		return &vmcb->fs;
	case HVM_SEG_GS:
		return &vmcb->gs;
	case HVM_SEG_GDTR:
		return &vmcb->gdtr;
	case HVM_SEG_IDTR:
		return &vmcb->idtr;
	case HVM_SEG_LDTR:
		return &vmcb->ldtr;
	default:
		return &vmcb->tr;
	}
}

void svm_get_segment(struct vcpu *v, enum hvm_seg seg, struct hvm_segment *out)
{
	const struct vmcb *vmcb = svm_vmcb(v);
	const struct vmcb_seg *s = seg_of(svm_vmcb(v), seg);

	out->sel = s->sel;
	out->attr = s->attr & 0xfff;
	out->limit = s->limit;
	out->base = s->base;
	switch (seg) {
	case HVM_SEG_GDTR:
	case HVM_SEG_IDTR:
		out->sel = out->attr = 0;
		out->limit &= 0xffff;
		break;
	case HVM_SEG_TR:
		out->attr |= TYPE_BUSY;
		fallthrough;
	case HVM_SEG_LDTR:
		break;
	case HVM_SEG_SS:
		out->attr = (uint16_t)((out->attr & ~(3u << ATTR_DPL_SHIFT)) |
			((uint32_t)vmcb->cpl << ATTR_DPL_SHIFT));
		fallthrough;
	default:
		out->attr = (uint16_t)(out->attr & ~ATTR_G);
		if (s->limit > 0xfffff) {
			out->attr |= ATTR_G;
		}
		break;
	}
}

void svm_set_segment(struct vcpu *v, enum hvm_seg seg, const struct hvm_segment *in)
{
	struct vmcb *vmcb = svm_vmcb(v);
	struct vmcb_seg *s = seg_of(vmcb, seg);

	s->sel = in->sel;
	s->attr = in->attr & 0xfff;
	s->limit = in->limit;
	s->base = in->base;
	if (seg == HVM_SEG_SS) {
		vmcb->cpl = (in->attr >> ATTR_DPL_SHIFT) & 3;
	}
	vmcb->clean &= ~(VMCB_CLEAN_SEG | VMCB_CLEAN_DT);
}

unsigned int svm_get_cpl(struct vcpu *v)
{
	return svm_vmcb(v)->cpl & 3;
}

unsigned int svm_get_caller(struct vcpu *v)
{
	const struct vmcb *vmcb = svm_vmcb(v);

	if (unlikely(vmcb->cpl != 0) && (vmcb->cr0 & X86_CR0_PE)) {
		return 0;
	}
	return (vmcb->efer & EFER_LMA) && (vmcb->cs.attr & HVM_SEG_ATTR_L) ? 64 : 32;
}

unsigned int svm_get_mode(struct vcpu *v)
{
	const struct vmcb *vmcb = svm_vmcb(v);

	if ((vmcb->efer & EFER_LMA) && (vmcb->cs.attr & HVM_SEG_ATTR_L)) {
		return 64;
	}
	return (vmcb->cs.attr & HVM_SEG_ATTR_DB) ? 32 : 16;
}
