/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to virtual local APICs: from other processors (ICR), I/O APICs and MSIs; which APIC answers to a destination, and what it does with each delivery
 * mode (SDM 3A, 10.6 and 10.11; APM 2, 16.5). INIT and start-up are flags that the target handles on its own CPU. Locking: see vlapic.c.
 */
#include <hv/atomic.h>
#include <hv/bitmap.h>
#include <hv/hvm.h>
#include <hv/nospec.h>
#include <hv/sched.h>

#include <asm/apicdef.h>

#include "vlapic_priv.h"

/* INIT or start-up for t, from a guest's exit. The flags are handled by vlapic_handle_init_sipi() on t's CPU. */
static void post_init(struct vcpu *t)
{
	struct vlapic *a = vlapic_of(t);

	if (!t->is_initialised && !READ_ONCE(a->sipi_pending)) {
		return; /* waits for a start-up message already */
	}
	WRITE_ONCE(a->sipi_pending, false);
	WRITE_ONCE(a->init_pending, true);
	WRITE_ONCE(t->hvm.work_pending, true);
	smp_mb();
	/* A vCPU that is down takes it when the start-up message wakes it. */
	vcpu_kick(t);
}

static void post_sipi(struct vcpu *t, uint8_t vector)
{
	struct vlapic *a = vlapic_of(t);

	if (t->is_initialised && !READ_ONCE(a->init_pending)) {
		return;
	}
	WRITE_ONCE(a->sipi_vector, vector);
	smp_wmb();
	WRITE_ONCE(a->sipi_pending, true);
	WRITE_ONCE(t->hvm.work_pending, true);
	smp_mb();
	if (test_bit(VPF_DOWN, &t->pause_flags)) {
		vcpu_up(t);
	}
	vcpu_kick(t);
}

void vlapic_handle_init_sipi(struct vcpu *v)
{
	struct vlapic *a = vlapic_of(v);

	if (READ_ONCE(a->init_pending)) {
		if (v->is_initialised) {
			v->is_initialised = false;
			hvm_vcpu_reset(v);
			vlapic_reset(v);
		}
		vcpu_down(v);
		smp_mb();
		/* From here a start-up message finds us down and not initialised; before, it found init_pending. Neither is dropped. */
		WRITE_ONCE(a->init_pending, false);
		smp_mb();
	}
	if (xchg(&a->sipi_pending, false) && !v->is_initialised) {
		hvm_vcpu_sipi(v, a->sipi_vector);
	}
	if (!v->is_initialised) {
		vcpu_down(v);
		smp_mb();
		if (READ_ONCE(a->sipi_pending)) {
			vcpu_up(v); /* came in between: once more */
			WRITE_ONCE(v->hvm.work_pending, true);
		}
	}
}

/* Does t's APIC answer to this destination? wide: 32-bit destination from an x2APIC-mode sender. */
static bool match_logical(const struct vcpu *t, uint32_t dest, bool wide)
{
	const struct vlapic *a = &t->hvm.vlapic;

	if (dest == (wide ? 0xffffffffu : 0xffu)) {
		return true;
	}
	if (vlapic_x2apic_mode(t)) {
		return (dest >> 16) == (a->ldr >> 16) && (dest & a->ldr & 0xffff) != 0;
	}
	if (dest > 0xff) {
		return false;
	}
	if ((a->dfr >> 28) == 0xf) {
		return (dest & (a->ldr >> 24)) != 0; /* flat */
	}
	return (dest >> 4) == (a->ldr >> 28) && (dest & (a->ldr >> 24) & 0xf) != 0; /* cluster */
}

static struct vcpu *by_physical_id(struct domain *d, uint32_t dest)
{
	uint32_t idx = dest >> 1;

	if ((dest & 1) != 0 || idx >= d->max_vcpus) {
		return NULL;
	}
	return d->vcpu[array_index_nospec(idx, d->max_vcpus)];
}

static void post_nmi(struct vcpu *t)
{
	WRITE_ONCE(t->hvm.nmi_pending, true);
	smp_mb();
	if (READ_ONCE(t->hvm.halted)) {
		hvm_end_halt(t);
	}
	vcpu_kick(t);
}

/* One target takes a message. from_icr: sender is current's ICR, which alone may send INIT and start-up. */
static bool accept(struct vcpu *t, uint32_t dm, uint8_t vector, bool level, bool from_icr)
{
	if (!vlapic_hw_enabled(t)) {
		return false;
	}
	switch (dm) {
	case APIC_DM_FIXED:
	case APIC_DM_LOWEST:
		if (!vlapic_sw_enabled(t)) {
			return false;
		}
		if (unlikely(vector < 16)) {
			vlapic_error_record(t, ESR_RECV_VECTOR);
		} else {
			vlapic_set_irr(vlapic_of(t), vector, level);
		}
		/* Before the next entry of the vCPU that writes its ICR everything is looked at anyway. */
		if (!from_icr || t != current) {
			vcpu_kick(t);
		}
		return true;
	case APIC_DM_NMI:
		post_nmi(t);
		return true;
	case APIC_DM_INIT:
		if (from_icr) {
			post_init(t);
		}
		return true;
	case APIC_DM_STARTUP:
		if (from_icr) {
			post_sipi(t, vector);
		}
		return true;
	default:
		return true; /* SMI, external: nobody there */
	}
}

static struct vcpu *lowest_priority(struct domain *d, uint32_t dest, bool logical, bool wide)
{
	struct vcpu *t, *best = NULL;
	bool all = !logical && dest == (wide ? 0xffffffffu : 0xffu);

	for_each_vcpu(d, t) {
		if (!vlapic_sw_enabled(t) ||
			(!all &&
				!(logical ? match_logical(t, dest, wide) :
					    t->hvm.vlapic.id == dest))) {
			continue;
		}
		if (best == NULL || vlapic_get_ppr(t) < vlapic_get_ppr(best)) {
			best = t;
		}
	}
	return best;
}

static bool deliver(struct domain *d, uint32_t dest, bool logical, bool wide, uint32_t dm,
	uint8_t vector, bool level, bool from_icr)
{
	struct vcpu *t;
	bool taken = false;

	if (dm == APIC_DM_LOWEST) {
		t = lowest_priority(d, dest, logical, wide);
		return t != NULL && accept(t, dm, vector, level, from_icr);
	}
	if (!logical && dest != (wide ? 0xffffffffu : 0xffu)) {
		t = by_physical_id(d, dest);
		return t != NULL && accept(t, dm, vector, level, from_icr);
	}
	for_each_vcpu(d, t) {
		if (!logical || match_logical(t, dest, wide)) {
			taken |= accept(t, dm, vector, level, from_icr);
		}
	}
	return taken;
}

bool vlapic_deliver(struct domain *d, uint32_t dest, bool logical, unsigned int mode,
	uint8_t vector, bool level)
{
	return deliver(d, dest, logical, false, (mode & 7) << 8, vector, level, false);
}

void vlapic_deliver_msi(struct domain *d, uint64_t addr, uint32_t data)
{
	uint32_t dest = (uint32_t)(addr >> 12) & 0xff;
	uint32_t dm = data & APIC_DM_MASK;

	/* Redirection hint with a fixed message means lowest priority among the logical destinations. */
	if (dm == APIC_DM_FIXED && (addr & 0xc) == 0xc) {
		dm = APIC_DM_LOWEST;
	}
	deliver(d, dest, (addr & 4) != 0, false, dm, (uint8_t)data, false, false);
}

void vlapic_icr_send(struct vcpu *v, uint32_t lo, uint32_t dest)
{
	uint32_t dm = lo & APIC_DM_MASK;
	uint8_t vector = (uint8_t)lo;
	struct vcpu *t;

	if (dm == APIC_DM_INIT &&
		(lo & (APIC_INT_LEVELTRIG | APIC_INT_ASSERT)) == APIC_INT_LEVELTRIG) {
		return; /* de-assert: arbitration ids only */
	}
	if (unlikely((dm == APIC_DM_FIXED || dm == APIC_DM_LOWEST) && vector < 16)) {
		vlapic_error_record(v, ESR_SEND_VECTOR);
		return;
	}
	switch (lo & APIC_DEST_ALLBUT) {
	case 0: {
		bool wide = vlapic_x2apic_mode(v);

		deliver(v->domain, wide ? dest : dest >> 24, (lo & APIC_DEST_LOGICAL) != 0, wide,
			dm, vector, false, true);
		break;
	}
	case APIC_DEST_SELF:
		if (dm == APIC_DM_FIXED) {
			accept(v, dm, vector, false, true);
		}
		break;
	default:
		for_each_vcpu(v->domain, t) {
			if (t != v) {
				accept(t, dm, vector, false, true);
			} else if ((lo & APIC_DEST_ALLBUT) == APIC_DEST_ALLINC &&
				dm != APIC_DM_INIT && dm != APIC_DM_STARTUP) {
				accept(t, dm, vector, false, true);
			}
		}
		break;
	}
}
