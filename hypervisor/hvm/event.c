/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions for the guest: one event waits in v->hvm.pending for the next entry. A second one raised
 * meanwhile merges with it by the rules of the processor (SDM 3A, table 6-5; APM 2, table 8-5): it
 * replaces the first, or both become a double fault, or the processor shuts down.
 */
#include <asm/cr.h>
#include <hv/domain.h>
#include <hv/hvm.h>
#include <hv/printk.h>

#include <xen/sched.h>

#define DR6_BS (1ull << 14)

enum exc_class { EXC_BENIGN, EXC_CONTRIBUTORY, EXC_PAGE_FAULT };

static enum exc_class classify(uint8_t vector)
{
	switch (vector) {
	case X86_EXC_DE:
	case X86_EXC_TS:
	case X86_EXC_NP:
	case X86_EXC_SS:
	case X86_EXC_GP:
		return EXC_CONTRIBUTORY;
	case X86_EXC_PF:
		return EXC_PAGE_FAULT;
	default:
		return EXC_BENIGN;
	}
}

static bool makes_double_fault(uint8_t first, uint8_t second)
{
	enum exc_class a = classify(first), b = classify(second);

	return (a == EXC_CONTRIBUTORY && b == EXC_CONTRIBUTORY) ||
		(a == EXC_PAGE_FAULT && b != EXC_BENIGN);
}

void hvm_triple_fault(struct vcpu *v)
{
	struct domain *d = v->domain;
	unsigned int reason = (unsigned int)d->params[HVM_PARAM_TRIPLE_FAULT_REASON];

	gprintk(XENLOG_ERR, "triple fault: shutdown with reason %u\n", reason);
	hvm_ops->dump(v);
	domain_shutdown(d, reason);
}

void hvm_inject_event(struct vcpu *v, const struct hvm_event *ev)
{
	struct hvm_event *p = &v->hvm.pending;

	if (p->valid && ev->type == HVM_EVENT_EXCEPTION) {
		if (p->type == HVM_EVENT_EXCEPTION) {
			if (p->vector == X86_EXC_DF && classify(ev->vector) != EXC_BENIGN) {
				p->valid = false;
				hvm_triple_fault(v);
				return;
			}
			if (makes_double_fault(p->vector, ev->vector)) {
				*p = (struct hvm_event){
					.valid = true,
					.type = HVM_EVENT_EXCEPTION,
					.vector = X86_EXC_DF,
					.has_error_code = true,
				};
				return;
			}
		} else if (p->type == HVM_EVENT_NMI) {
			/* It was not delivered: it comes after the exception. */
			v->hvm.nmi_blocked = false;
			v->hvm.nmi_pending = true;
		}
	}
	*p = *ev;
	p->valid = true;
}

void hvm_inject_exception(struct vcpu *v, uint8_t vector, int error_code)
{
	struct hvm_event ev = {
		.valid = true,
		.type = HVM_EVENT_EXCEPTION,
		.vector = vector,
		.has_error_code = error_code >= 0,
		.error_code = error_code >= 0 ? (uint32_t)error_code : 0,
	};

	/* Real mode pushes no error codes. */
	if (ev.has_error_code && !(hvm_ops->get_cr(v, 0) & X86_CR0_PE)) {
		ev.has_error_code = false;
		ev.error_code = 0;
	}
	hvm_inject_event(v, &ev);
}

void hvm_inject_page_fault(struct vcpu *v, uint32_t error_code, uint64_t cr2)
{
	struct hvm_event ev = {
		.valid = true,
		.type = HVM_EVENT_EXCEPTION,
		.vector = X86_EXC_PF,
		.has_error_code = true,
		.error_code = error_code,
		.cr2 = cr2,
	};

	hvm_inject_event(v, &ev);
}

void hvm_inject_single_step(struct vcpu *v)
{
	struct hvm_event ev = {
		.valid = true,
		.type = HVM_EVENT_EXCEPTION,
		.vector = X86_EXC_DB,
		.cr2 = DR6_BS,
	};

	hvm_inject_event(v, &ev);
}
