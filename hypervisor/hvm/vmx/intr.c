/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injection and windows. The processor keeps track of blocked NMIs ("virtual NMIs") and tells when
 * interrupts and NMIs can be taken (interrupt and NMI windows). Events that were being delivered at an exit are
 * queued again, but those of instructions: these are executed once more.
 */
#include <asm/cr.h>
#include <asm/processor.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/vlapic.h>

#include "vmx_priv.h"

#define DR6_HIT_BITS 0xe00full /* B0-B3, BD, BS, BT */
#define DR6_BD       (1ull << 13)
#define DR7_GD       (1ull << 13)
#define VAPIC_TPR    0x80

/* Exceptions that push an error code, in protected mode (SDM 3C, 26.2.1.3). */
#define HAS_ERROR_CODE                                                                       \
	((1u << X86_EXC_DF) | (1u << X86_EXC_TS) | (1u << X86_EXC_NP) | (1u << X86_EXC_SS) | \
		(1u << X86_EXC_GP) | (1u << X86_EXC_PF) | (1u << X86_EXC_AC))

static void set_dr6_bits(struct vcpu *v, uint64_t bits)
{
	bits &= DR6_HIT_BITS;
	if (v->hvm.dr_loaded) {
		write_dr6(read_dr6() | bits);
	} else {
		v->hvm.vmx->dr6 |= bits;
	}
	if (bits & DR6_BD) {
		vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~DR7_GD);
	}
}

static void inject_exception(struct vcpu *v, const struct hvm_event *ev)
{
	uint32_t info =
		INTR_INFO_VALID | (INTR_TYPE_EXCEPTION << INTR_INFO_TYPE_SHIFT) | ev->vector;

	if (ev->vector == X86_EXC_PF) {
		vmx_set_cr(v, 2, ev->cr2);
	} else if (ev->vector == X86_EXC_DB) {
		set_dr6_bits(v, ev->cr2);
	}
	/* The entry fails if this is not as the processor would have it. */
	if (((HAS_ERROR_CODE >> (ev->vector & 31)) & 1) && (v->hvm.vmx->cr0 & X86_CR0_PE)) {
		info |= INTR_INFO_ERROR_CODE;
		vmwrite(VMCS_ENTRY_ERROR_CODE, ev->has_error_code ? ev->error_code & 0xffff : 0);
	}
	vmwrite(VMCS_ENTRY_INTR_INFO, info);
}

void vmx_inject(struct vcpu *v, const struct hvm_event *ev)
{
	bool opened = vmx_open(v);

	if (ev->type == HVM_EVENT_EXCEPTION) {
		inject_exception(v, ev);
	} else {
		if (ev->type == HVM_EVENT_SOFTINT) {
			vmwrite(VMCS_ENTRY_INSN_LEN, ev->insn_len);
		}
		vmwrite(VMCS_ENTRY_INTR_INFO,
			INTR_INFO_VALID | ((uint32_t)ev->type << INTR_INFO_TYPE_SHIFT) |
				ev->vector);
	}
	vmx_close(opened);
}

bool vmx_injecting(struct vcpu *v)
{
	bool opened = vmx_open(v);
	bool valid = (vmread(VMCS_ENTRY_INTR_INFO) & INTR_INFO_VALID) != 0;

	vmx_close(opened);
	return valid;
}

static uint32_t blocking(struct vcpu *v)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened;

	if (!vmx->shadow_known) {
		opened = vmx_open(v);
		vmx->blocking = (uint32_t)vmread(VMCS_GUEST_INTERRUPTIBILITY);
		vmx->shadow_known = true;
		vmx_close(opened);
	}
	return vmx->blocking;
}

static void set_blocking(struct vcpu *v, uint32_t val)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened;

	if (vmx->shadow_known && vmx->blocking == val) {
		return;
	}
	vmx->blocking = val;
	vmx->shadow_known = true;
	opened = vmx_open(v);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, val);
	vmx_close(opened);
}

unsigned int vmx_interrupt_shadow(struct vcpu *v)
{
	return blocking(v) & (BLOCK_STI | BLOCK_MOV_SS);
}

void vmx_set_interrupt_shadow(struct vcpu *v, unsigned int shadow)
{
	set_blocking(v,
		(blocking(v) & ~(BLOCK_STI | BLOCK_MOV_SS)) |
			(shadow & (BLOCK_STI | BLOCK_MOV_SS)));
}

void vmx_block_nmi_again(struct vcpu *v)
{
	set_blocking(v, blocking(v) | BLOCK_NMI);
}

void vmx_set_intr_window(struct vcpu *v, bool on)
{
	vmx_set_proc_controls(v, PROC_INTR_WINDOW, on);
}

/* With NMIs blocked the exit comes behind the guest's IRET, else behind the shadow. */
void vmx_set_nmi_window(struct vcpu *v, bool on)
{
	vmx_set_proc_controls(v, PROC_NMI_WINDOW, on);
}

/*
 * While the TPR is 0 nothing waits for it to fall; else the guest's lowering it exits, and raising it is
 * seen at the next exit.
 */
void vmx_update_tpr(struct vcpu *v, uint8_t tpr)
{
	struct vmx_vcpu *vmx = v->hvm.vmx;
	bool opened;

	if (vmx->vapic == NULL || vmx->tpr == tpr) {
		return;
	}
	vmx->tpr = tpr;
	*(uint32_t *)(void *)(vmx->vapic + VAPIC_TPR) = tpr;
	opened = vmx_open(v);
	vmwrite(VMCS_TPR_THRESHOLD, tpr >> 4);
	vmx_close(opened);
}

void vmx_requeue_event(struct vcpu *v, uint32_t info)
{
	struct hvm_event ev = {
		.valid = true,
		.type = (uint8_t)((info & INTR_INFO_TYPE_MASK) >> INTR_INFO_TYPE_SHIFT),
		.vector = (uint8_t)(info & INTR_INFO_VECTOR),
	};

	switch (ev.type) {
	case INTR_TYPE_EXTINT:
		break;
	case INTR_TYPE_NMI:
		ev.vector = X86_EXC_NMI;
		/* It goes in again, which wants NMIs not blocked. */
		set_blocking(v, blocking(v) & ~BLOCK_NMI);
		v->hvm.nmi_blocked = true;
		vmx_set_nmi_window(v, true);
		break;
	case INTR_TYPE_EXCEPTION:
		ev.has_error_code = (info & INTR_INFO_ERROR_CODE) != 0;
		if (ev.has_error_code) {
			ev.error_code = (uint32_t)vmread(VMCS_IDT_VECTORING_ERROR);
		}
		if (ev.vector == X86_EXC_PF) {
			ev.cr2 = read_cr2();
		}
		break;
	default:
		return;  /* INT n, INT3, INTO, ICEBP: executed again */
	}
	v->hvm.pending = ev;
}
