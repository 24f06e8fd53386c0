/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes in with the next entry: a waiting exception or an event that was interrupted, an NMI, the
 * event-channel callback vector, the vLAPIC's highest interrupt; and the windows for what cannot go
 * in now. One event an entry. Runs with interrupts off between the last look at softirqs and the
 * entry: whoever makes something pending later sends an IPI, which ends the guest's run at once.
 */
#include <asm/cr.h>
#include <hv/domain.h>
#include <hv/hvm.h>
#include <hv/shared_info.h>
#include <hv/smp.h>
#include <hv/vlapic.h>

/* Vector of the callback of type "vector" that waits for v, -1 none. */
static int callback_vector(struct vcpu *v)
{
	if (likely(!READ_ONCE(v->hvm.callback_pending))) {
		return -1;
	}
	if (READ_ONCE(*vcpu_info_upcall_pending(v)) == 0) {
		/* The guest has seen its events. A sender sets the flag after upcall_pending. */
		WRITE_ONCE(v->hvm.callback_pending, false);
		smp_mb();
		if (READ_ONCE(*vcpu_info_upcall_pending(v)) == 0) {
			return -1;
		}
		WRITE_ONCE(v->hvm.callback_pending, true);
	}
	return v->domain->hvm.callback_vector;
}

bool hvm_interrupt_pending(struct vcpu *v)
{
	if (unlikely(READ_ONCE(v->hvm.work_pending))) {
		return true;
	}
	if (unlikely(READ_ONCE(v->hvm.nmi_pending)) && !v->hvm.nmi_blocked) {
		return true;
	}
	if (!(v->hvm.regs.rflags & X86_EFLAGS_IF)) {
		return false;
	}
	return callback_vector(v) >= 0 || vlapic_pending_vector(v) >= 0;
}

static void inject_vector(struct vcpu *v, uint8_t vector)
{
	const struct hvm_event ev = {
		.valid = true,
		.type = HVM_EVENT_EXTINT,
		.vector = vector,
	};

	hvm_ops->inject(v, &ev);
}

/* true when the entry is taken by the NMI. */
static bool assist_nmi(struct vcpu *v, bool taken)
{
	static const struct hvm_event nmi = {
		.valid = true,
		.type = HVM_EVENT_NMI,
		.vector = X86_EXC_NMI,
	};

	if (v->hvm.nmi_blocked) {
		return false;  /* its window is open since the last one went in */
	}
	if (taken) {
		/* Come back as soon as the other event has been delivered. */
		smp_send_event_check(smp_processor_id());
		return false;
	}
	if (hvm_ops->interrupt_shadow(v)) {
		hvm_ops->set_nmi_window(v, true);
		return false;
	}
	WRITE_ONCE(v->hvm.nmi_pending, false);
	hvm_ops->inject(v, &nmi);
	v->hvm.nmi_blocked = true;
	hvm_ops->set_nmi_window(v, true);
	return true;
}

void hvm_intr_assist(struct vcpu *v)
{
	bool taken = false;
	int vector, callback;

	if (unlikely(v->hvm.pending.valid)) {
		v->hvm.pending.valid = false;
		hvm_ops->inject(v, &v->hvm.pending);
		taken = true;
	}
	if (unlikely(READ_ONCE(v->hvm.nmi_pending)) && assist_nmi(v, taken)) {
		taken = true;
	}
	callback = callback_vector(v);
	vector = callback >= 0 ? callback : vlapic_pending_vector(v);
	if (vector < 0) {
		return;
	}
	if (taken || !(v->hvm.regs.rflags & X86_EFLAGS_IF) || hvm_ops->interrupt_shadow(v)) {
		hvm_ops->set_intr_window(v, true);
		return;
	}
	inject_vector(v, (uint8_t)vector);
	if (callback < 0) {
		vlapic_ack(v, (uint8_t)vector);
	}
	hvm_ops->set_intr_window(v, false);
}
