/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segment registers in the control structure. Attributes are spread differently there and have a bit
 * "unusable", which stands for a segment that is not present; an entry checks that granularity and
 * limit agree and that TR is a busy task segment, so writes repair what can be derived.
 */
#include <asm/cr.h>
#include <hv/domain.h>
#include <hv/lib.h>

#include "vmx_priv.h"

#define ATTR_TYPE_MASK 0x0fu
#define ATTR_S         (1u << 4)
#define ATTR_P         (1u << 7)
#define ATTR_G         (1u << 11)
#define TYPE_ACCESSED  1u
#define TYPE_BUSY      2u
#define TYPE_LDT       2u
#define TYPE_TSS_BUSY  11u
#define AR_L           (1u << 13)
#define AR_DB          (1u << 14)
#define AR_DPL_SHIFT   5

/* The order of the fields: ES, CS, SS, DS, FS, GS, LDTR, TR, and behind them GDTR and IDTR. */
static unsigned int index_of(enum hvm_seg seg)
{
	switch (seg) {
	case HVM_SEG_LDTR:
		return 6;
	case HVM_SEG_TR:
		return 7;
	case HVM_SEG_GDTR:
		return 8;
	case HVM_SEG_IDTR:
		return 9;
	default:
		return (unsigned int)seg;
	}
}

void vmx_get_segment(struct vcpu *v, enum hvm_seg seg, struct hvm_segment *out)
{
	unsigned int i = index_of(seg) * 2;
	bool opened = vmx_open(v);
	uint32_t ar;

	out->base = vmread(VMCS_GUEST_ES_BASE + i);
	out->limit = (uint32_t)vmread(VMCS_GUEST_ES_LIMIT + i);
	out->sel = out->attr = 0;
	if (seg == HVM_SEG_GDTR || seg == HVM_SEG_IDTR) {
		out->limit &= 0xffff;
	} else {
		out->sel = (uint16_t)vmread(VMCS_GUEST_ES_SEL + i);
		ar = (uint32_t)vmread(VMCS_GUEST_ES_AR + i);
		out->attr = (uint16_t)((ar & 0xff) | ((ar >> 4) & 0xf00));
		if (ar & SEG_AR_UNUSABLE) {
			out->attr = (uint16_t)(out->attr & ~ATTR_P);
		}
	}
	vmx_close(opened);
}

static uint32_t repaired_attr(enum hvm_seg seg, const struct hvm_segment *in)
{
	uint32_t attr = in->attr & 0xfffu;

	if (seg == HVM_SEG_TR) {
		/* There is always a task segment for the processor; 16-bit ones stay what they are. */
		attr = (attr & ~(ATTR_TYPE_MASK | ATTR_S)) | ATTR_P |
			((in->attr & (ATTR_TYPE_MASK | ATTR_P)) == (ATTR_P | 3) ? 3 :
										  TYPE_TSS_BUSY);
	} else if (seg == HVM_SEG_LDTR) {
		attr = (attr & ~(ATTR_TYPE_MASK | ATTR_S)) | TYPE_LDT;
	} else if (attr & ATTR_P) {
		attr |= ATTR_S | TYPE_ACCESSED;
	}
	if ((in->limit & 0xfff) != 0xfff) {
		attr &= ~ATTR_G;
	} else if (in->limit >> 20) {
		attr |= ATTR_G;
	}
	return attr;
}

void vmx_set_segment(struct vcpu *v, enum hvm_seg seg, const struct hvm_segment *in)
{
	unsigned int i = index_of(seg) * 2;
	bool opened = vmx_open(v);
	uint32_t attr;

	vmwrite(VMCS_GUEST_ES_BASE + i, in->base);
	if (seg == HVM_SEG_GDTR || seg == HVM_SEG_IDTR) {
		vmwrite(VMCS_GUEST_ES_LIMIT + i, in->limit & 0xffff);
	} else {
		attr = repaired_attr(seg, in);
		vmwrite(VMCS_GUEST_ES_LIMIT + i, in->limit);
		vmwrite(VMCS_GUEST_ES_SEL + i, in->sel);
		vmwrite(VMCS_GUEST_ES_AR + i,
			(attr & 0xff) | ((attr & 0xf00) << 4) |
				((attr & ATTR_P) ? 0 : SEG_AR_UNUSABLE));
	}
	vmx_close(opened);
}

unsigned int vmx_get_cpl(struct vcpu *v)
{
	bool opened = vmx_open(v);
	unsigned int cpl = (unsigned int)(vmread(VMCS_GUEST_SS_AR) >> AR_DPL_SHIFT) & 3;

	vmx_close(opened);
	return cpl;
}

unsigned int vmx_get_caller(struct vcpu *v)
{
	bool opened = vmx_open(v);
	uint32_t ss = (uint32_t)vmread(VMCS_GUEST_SS_AR), cs = (uint32_t)vmread(VMCS_GUEST_CS_AR);
	bool real = !(vmread(VMCS_GUEST_CR0) & X86_CR0_PE);

	vmx_close(opened);
	if (((ss >> AR_DPL_SHIFT) & 3) != 0 && !real) {
		return 0;
	}
	return (v->hvm.vmx->efer & EFER_LMA) && (cs & AR_L) ? 64 : 32;
}

unsigned int vmx_get_mode(struct vcpu *v)
{
	bool opened = vmx_open(v);
	uint32_t ar = (uint32_t)vmread(VMCS_GUEST_CS_AR);

	vmx_close(opened);
	if ((v->hvm.vmx->efer & EFER_LMA) && (ar & AR_L)) {
		return 64;
	}
	return (ar & AR_DB) ? 32 : 16;
}
