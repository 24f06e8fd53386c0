/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling a guest that event channels are pending. In order of preference: the vCPU's own vector through its local APIC (edge, needs an EOI); one vector for the
 * domain, injected like an external interrupt as long as upcall_pending is set (hvm/intr.c reads callback_pending); a GSI or PCI INTx line that follows vCPU 0's
 * upcall_pending. An upcall that the APIC refuses because it is off is raised again when it is enabled (vlapic.c).
 */
#include <xen/hvm/params.h>

#include <hv/atomic.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/sched.h>
#include <hv/shared_info.h>
#include <hv/vioapic.h>

#include "vioapic_priv.h"

/* d->hvm.callback_type */
enum { CALLBACK_NONE, CALLBACK_GSI, CALLBACK_INTX, CALLBACK_VECTOR };

/* GSI of the line that is used, ~0 none. INTx goes where the chipset of an HVM guest routes slots: GSI 16 + 4 per slot, five bits. */
static unsigned int callback_gsi(const struct domain *d)
{
	uint64_t via = d->params[HVM_PARAM_CALLBACK_IRQ];

	switch (d->hvm.callback_type) {
	case CALLBACK_GSI:
		return (unsigned int)via & 0xff;
	case CALLBACK_INTX: {
		unsigned int dev = (unsigned int)(via >> 11) & 31, pin = (unsigned int)via & 3;

		return 16 + (((dev << 2) + (dev >> 3) + pin) & 31);
	}
	default:
		return ~0u;
	}
}

bool hvm_callback_uses_gsi(const struct domain *d, unsigned int gsi)
{
	return d->hvm.callback_type != CALLBACK_VECTOR && d->hvm.callback_type != CALLBACK_NONE &&
		callback_gsi(d) == gsi;
}

bool hvm_callback_gsi_level(const struct domain *d)
{
	const struct vcpu *v = d->vcpu[0];

	return v != NULL && *vcpu_info_upcall_pending(v) != 0;
}

void hvm_assert_evtchn_irq(struct vcpu *v)
{
	struct domain *d = v->domain;

	if (likely(v->hvm.upcall_vector != 0)) {
		vlapic_set_irq(v, v->hvm.upcall_vector, false);
		return;
	}
	switch (d->hvm.callback_type) {
	case CALLBACK_VECTOR:
		WRITE_ONCE(v->hvm.callback_pending, true);
		smp_mb();
		vcpu_kick(v);
		break;
	case CALLBACK_GSI:
	case CALLBACK_INTX:
		if (v->vcpu_id == 0 && d->hvm.nr_vioapics != 0 && !is_hardware_domain(d)) {
			vioapic_set_gsi(d, callback_gsi(d), true);
		}
		break;
	default:
		break;
	}
}

static void assert_all(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(d, v) {
		if (*vcpu_info_upcall_pending(v) != 0) {
			hvm_assert_evtchn_irq(v);
		}
	}
}

void hvm_set_callback_via(struct domain *d, uint64_t via)
{
	unsigned int type = (unsigned int)(via >> 56);

	d->params[HVM_PARAM_CALLBACK_IRQ] = via;
	switch (type) {
	case HVM_PARAM_CALLBACK_TYPE_GSI:
		/* Linux sets GSI 1 to look able to shut down; without an I/O APIC of ours the line leads nowhere. */
		d->hvm.callback_type = (via & 0xff) != 0 ? CALLBACK_GSI : CALLBACK_NONE;
		break;
	case HVM_PARAM_CALLBACK_TYPE_PCI_INTX:
		d->hvm.callback_type = CALLBACK_INTX;
		break;
	case HVM_PARAM_CALLBACK_TYPE_VECTOR:
		d->hvm.callback_vector = (uint8_t)via;
		d->hvm.callback_type = (via & 0xff) >= 16 ? CALLBACK_VECTOR : CALLBACK_NONE;
		break;
	default:
		d->hvm.callback_type = CALLBACK_NONE;
		break;
	}
	assert_all(d);
}

int hvm_set_upcall_vector(struct vcpu *v, uint8_t vector)
{
	if (vector < 16) {
		return -EINVAL;
	}
	v->hvm.upcall_vector = vector;
	if (*vcpu_info_upcall_pending(v) != 0) {
		hvm_assert_evtchn_irq(v);
	}
	return 0;
}
