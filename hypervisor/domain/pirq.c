/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Physical interrupts of the hardware domain. A GSI has a record here from the guest's first unmask on; an MSI one as long as the guest's vector is enabled.
 * Level GSIs: the physical layer masks the pin before it calls us; it is unmasked when the guest has finished (EOI) and has its own entry unmasked. So a device
 * that keeps its line up interrupts again, and a lost line is never reported twice. Edges and MSIs are never masked, hence never lost.
 * State of a GSI is under its lock (irq-safe), which is not held across calls of the virtual I/O APIC.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/irq.h>
#include <hv/pirq.h>
#include <hv/printk.h>
#include <hv/sched.h>
#include <hv/spinlock.h>
#include <hv/vioapic.h>
#include <hv/vlapic.h>

struct gsi_binding {
	spinlock_t lock;
	struct domain *d; /* [I] NULL: not bound */
	bool level;  /* [I] */
	bool in_service; /* a level interrupt was reported, no EOI yet: the pin is masked */
	bool guest_masked;
};

struct pirq_msi {
	struct domain *d;
	unsigned int irq;
	uint64_t msg;  /* [a] address bits 31:0 << 32 | data */
};

/* Indexed by GSI; made when the first one is bound. */
static struct gsi_binding *bindings;
static DEFINE_SPINLOCK(bindings_lock, LOCK_BINDINGS);

static struct gsi_binding *binding_get(unsigned int gsi)
{
	struct gsi_binding *all = __atomic_load_n(&bindings, __ATOMIC_ACQUIRE);

	return all != NULL && gsi < nr_gsis && all[gsi].d != NULL ? &all[gsi] : NULL;
}

/* Interrupts off. */
static void gsi_handler(unsigned int gsi, void *arg)
{
	struct gsi_binding *b = arg;

	if (!b->level) {
		vioapic_pulse_gsi(b->d, gsi);
		return;
	}
	spin_lock(&b->lock);
	b->in_service = true;
	spin_unlock(&b->lock);
	vioapic_set_gsi(b->d, gsi, true);
}

int pirq_bind_gsi(struct domain *d, unsigned int gsi, bool level, bool active_low)
{
	struct gsi_binding *b;
	int rc;

	/* 0 and 2: the interval timer; ours: serial line, IOMMU. */
	if (!is_hardware_domain(d) || gsi >= nr_gsis) {
		return -EINVAL;
	}
	if (gsi == 0 || gsi == 2 || gsi_is_ours(gsi)) {
		return -EBUSY;
	}
	spin_lock(&bindings_lock);
	if (bindings == NULL) {
		struct gsi_binding *all = xzalloc_array(struct gsi_binding, nr_gsis);

		if (all == NULL) {
			spin_unlock(&bindings_lock);
			return -ENOMEM;
		}
		__atomic_store_n(&bindings, all, __ATOMIC_RELEASE);
	}
	b = &bindings[gsi];
	if (b->d != NULL) {
		spin_unlock(&bindings_lock);
		return -EEXIST;
	}
	spin_lock_init(&b->lock, LOCK_BINDING);
	b->level = level;
	b->guest_masked = true;
	b->in_service = false;
	b->d = d;
	rc = irq_bind_gsi(gsi, level, active_low, gsi_handler, b);
	if (rc < 0) {
		b->d = NULL;
	}
	spin_unlock(&bindings_lock);
	if (rc < 0) {
		printk(XENLOG_WARNING "dom0: GSI %u cannot be given to it: error %d\n", gsi, -rc);
		return rc;
	}
	if (d->vcpu != NULL && d->vcpu[0] != NULL) {
		(void)irq_set_affinity(gsi, d->vcpu[0]->processor);
	}
	return 0;
}

/* Unmask the pin if nothing holds it. */
static void gsi_release(struct gsi_binding *b, unsigned int gsi)
{
	unsigned long flags;
	bool open;

	spin_lock_irqsave(&b->lock, flags);
	open = !b->guest_masked && !b->in_service;
	spin_unlock_irqrestore(&b->lock, flags);
	if (open) {
		irq_unmask(gsi);
	}
}

void pirq_mask_gsi(struct domain *d, unsigned int gsi, bool masked)
{
	struct gsi_binding *b = binding_get(gsi);
	unsigned long flags;

	if (b == NULL || b->d != d) {
		return;
	}
	spin_lock_irqsave(&b->lock, flags);
	b->guest_masked = masked;
	spin_unlock_irqrestore(&b->lock, flags);
	/* A masked level pin is left open until it fires once (its line is then kept by the virtual pin); an edge must not be missed at all. */
	if (!masked) {
		gsi_release(b, gsi);
	}
}

void pirq_eoi_gsi(struct domain *d, unsigned int gsi)
{
	struct gsi_binding *b = binding_get(gsi);
	unsigned long flags;

	if (b == NULL || b->d != d || !b->level) {
		return;
	}
	spin_lock_irqsave(&b->lock, flags);
	b->in_service = false;
	spin_unlock_irqrestore(&b->lock, flags);
	gsi_release(b, gsi);
}

/* ---- MSI ---------------------------------------------------------------------------------------------------------- */

static uint64_t pack(uint64_t addr, uint32_t data)
{
	return (addr << 32) | data;
}

/* Interrupts off. */
static void msi_handler(unsigned int irq, void *arg)
{
	const struct pirq_msi *m = arg;
	uint64_t msg = __atomic_load_n(&m->msg, __ATOMIC_RELAXED);

	(void)irq;
	vlapic_deliver_msi(m->d, msg >> 32, (uint32_t)msg);
}

struct pirq_msi *pirq_msi_create(struct domain *d, uint64_t guest_addr, uint32_t guest_data,
	uint64_t *phys_addr, uint32_t *phys_data)
{
	struct pirq_msi *m = xzalloc(struct pirq_msi);
	int irq;

	if (m == NULL) {
		return NULL;
	}
	m->d = d;
	m->msg = pack(guest_addr, guest_data);
	irq = irq_create(msi_handler, m);
	if (irq < 0) {
		printk(XENLOG_WARNING "dom0: no vector is left for an MSI\n");
		xfree(m);
		return NULL;
	}
	m->irq = (unsigned int)irq;
	/* The device is not told yet, so it may be moved freely: where the target runs now. */
	if ((guest_addr & 4) == 0) {
		unsigned int idx = (unsigned int)(guest_addr >> 13) & 0x7f;

		if (idx < d->max_vcpus && d->vcpu[idx] != NULL) {
			(void)irq_set_affinity(m->irq, d->vcpu[idx]->processor);
		}
	}
	irq_msi_msg(m->irq, phys_addr, phys_data);
	return m;
}

void pirq_msi_update(struct pirq_msi *m, uint64_t guest_addr, uint32_t guest_data)
{
	__atomic_store_n(&m->msg, pack(guest_addr, guest_data), __ATOMIC_RELAXED);
}

void pirq_msi_destroy(struct pirq_msi *m)
{
	if (m != NULL) {
		irq_destroy(m->irq);
		xfree(m);
	}
}
