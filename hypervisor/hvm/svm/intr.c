/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Injection and windows. Events go in by EVENTINJ only; V_IRQ with its intercept tells when the guest
 * can take interrupts, the intercept of IRET when it can take NMIs. Where an NMI must wait for one
 * more instruction (IRET itself, a shadow) the guest is single-stepped over it.
 */
#include <asm/cr.h>
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/vlapic.h>

#include "svm_priv.h"

#define DR6_BS (1ull << 14)

static void set_intercepts1(struct vmcb *c, uint32_t bits, bool on)
{
	c->intercepts1 = on ? c->intercepts1 | bits : c->intercepts1 & ~bits;
	c->clean &= ~VMCB_CLEAN_INTERCEPTS;
}

static void nmi_step_start(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;

	if (!svm->nmi_step) {
		svm->nmi_step = true;
		svm->nmi_step_had_tf = (v->hvm.regs.rflags & X86_EFLAGS_TF) != 0;
		v->hvm.regs.rflags |= X86_EFLAGS_TF;
	}
}

static void nmi_step_stop(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;

	svm->nmi_step = false;
	v->hvm.nmi_blocked = false;
	if (!svm->nmi_step_had_tf) {
		v->hvm.regs.rflags &= ~(uint64_t)X86_EFLAGS_TF;
	}
}

void svm_inject(struct vcpu *v, const struct hvm_event *ev)
{
	struct vmcb *c = svm_vmcb(v);
	uint64_t inj = VMCB_EVENT_V | ((uint32_t)ev->type << VMCB_EVENT_TYPE_SHIFT) | ev->vector;

	if (unlikely(v->hvm.svm->nmi_step)) {
		nmi_step_stop(v);
	}
	if (ev->has_error_code) {
		inj |= VMCB_EVENT_EV | ((uint64_t)ev->error_code << 32);
	}
	if (ev->type == HVM_EVENT_EXCEPTION && ev->vector == X86_EXC_PF) {
		c->cr2 = ev->cr2;
		c->clean &= ~VMCB_CLEAN_CR2;
	} else if (ev->type == HVM_EVENT_EXCEPTION && ev->vector == X86_EXC_DB) {
		c->dr6 |= ev->cr2 & DR6_HIT_BITS;
		c->clean &= ~VMCB_CLEAN_DR;
	} else if (ev->type == HVM_EVENT_SOFTINT) {
		/* The return address: nRIP where the processor has it, RIP elsewhere. */
		v->hvm.regs.rip += ev->insn_len;
		c->nrip = v->hvm.regs.rip;
	}
	c->eventinj = inj;
}

bool svm_injecting(struct vcpu *v)
{
	return (svm_vmcb(v)->eventinj & VMCB_EVENT_V) != 0;
}

unsigned int svm_interrupt_shadow(struct vcpu *v)
{
	return svm_vmcb(v)->int_state & 1;
}

void svm_set_interrupt_shadow(struct vcpu *v, unsigned int shadow)
{
	struct vmcb *c = svm_vmcb(v);

	c->int_state = (c->int_state & ~1ull) | (shadow ? 1 : 0);
}

/*
 * While the TPR is 0 nothing waits for it to fall, and raising it is seen at the next exit. QEMU stops
 * with an assertion when a guest writes CR8 while V_IRQ is set.
 */
static void update_cr8_intercept(struct vcpu *v)
{
	struct vmcb *c = svm_vmcb(v);

	if ((c->int_ctl & V_TPR_MASK) || v->hvm.svm->intr_window) {
		c->cr_intercepts |= CR_INTERCEPT_WRITE(8);
	} else {
		c->cr_intercepts &= ~CR_INTERCEPT_WRITE(8);
	}
	c->clean &= ~VMCB_CLEAN_INTERCEPTS;
}

void svm_set_intr_window(struct vcpu *v, bool on)
{
	struct svm_vcpu *svm = v->hvm.svm;
	struct vmcb *c = svm->vmcb;

	if (svm->intr_window == on) {
		return;
	}
	svm->intr_window = on;
	c->int_ctl &= ~(V_IRQ | V_INTR_PRIO_MASK | V_IGN_TPR);
	if (on) {
		/* Priority is judged by the vLAPIC; the processor is asked for RFLAGS.IF and shadows only. */
		c->int_ctl |= V_IRQ | V_IGN_TPR | V_INTR_PRIO_MASK;
		c->int_vector = 0;
	}
	c->clean &= ~VMCB_CLEAN_TPR;
	set_intercepts1(c, INTERCEPT_VINTR, on);
	update_cr8_intercept(v);
}

void svm_set_nmi_window(struct vcpu *v, bool on)
{
	if (on && !v->hvm.nmi_blocked) {
		nmi_step_start(v);
		return;
	}
	if (!on && v->hvm.svm->nmi_step) {
		nmi_step_stop(v);
	}
	set_intercepts1(svm_vmcb(v), INTERCEPT_IRET, on);
}

void svm_handle_iret(struct vcpu *v)
{
	set_intercepts1(svm_vmcb(v), INTERCEPT_IRET, false);
	if (v->hvm.nmi_pending) {
		nmi_step_start(v);
	} else {
		v->hvm.nmi_blocked = false;
	}
}

bool svm_end_nmi_step(struct vcpu *v)
{
	struct svm_vcpu *svm = v->hvm.svm;
	struct vmcb *c = svm->vmcb;

	if (!svm->nmi_step) {
		return false;
	}
	nmi_step_stop(v);
	if (svm->nmi_step_had_tf) {
		return false;
	}
	c->dr6 &= ~DR6_BS;
	c->clean &= ~VMCB_CLEAN_DR;
	return (c->dr6 & DR6_HIT_BITS) == 0;
}

void svm_update_tpr(struct vcpu *v, uint8_t tpr)
{
	struct vmcb *c = svm_vmcb(v);

	c->int_ctl = (c->int_ctl & ~V_TPR_MASK) | (tpr >> 4);
	c->clean &= ~VMCB_CLEAN_TPR;
	update_cr8_intercept(v);
}

void svm_requeue_event(struct vcpu *v)
{
	uint64_t info = svm_vmcb(v)->exitintinfo;
	unsigned int type = (info & VMCB_EVENT_TYPE_MASK) >> VMCB_EVENT_TYPE_SHIFT;
	uint8_t vector = info & VMCB_EVENT_VECTOR;
	struct hvm_event ev = {
		.valid = true,
		.type = (uint8_t)type,
		.vector = vector,
		.has_error_code = (info & VMCB_EVENT_EV) != 0,
		.error_code = (uint32_t)(info >> 32),
	};

	switch (type) {
	case HVM_EVENT_EXTINT:
		ev.has_error_code = false;
		break;
	case HVM_EVENT_NMI:
		ev.vector = X86_EXC_NMI;
		ev.has_error_code = false;
		v->hvm.nmi_blocked = true;
		svm_set_nmi_window(v, true);
		break;
	case HVM_EVENT_EXCEPTION:
		if (vector == X86_EXC_BP || vector == X86_EXC_OF) {
			return; /* RIP is at the instruction: it raises the exception again */
		}
		if (vector > 31) {
			/* QEMU's way of telling that a hardware interrupt was being delivered. */
			ev.type = HVM_EVENT_EXTINT;
			ev.has_error_code = false;
		} else if (vector == X86_EXC_PF) {
			ev.cr2 = svm_vmcb(v)->cr2;
		}
		break;
	default:
		return; /* INT n: executed again */
	}
	v->hvm.pending = ev;
}
