/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual I/O APICs. The hardware domain has one for each physical I/O APIC, with the same identity, address and GSIs; a pin is bound to its physical GSI when the
 * guest unmasks it first, with the guest's trigger and polarity. Other domains may have a single one of 48 pins.
 * Level pins: the message sets remote IRR; the guest's EOI clears it, lowers the line of a bound pin and lets the physical interrupt come again. A bound level pin
 * that the guest masks stays masked physically from its EOI on, so that a line that the device has dropped meanwhile is not reported.
 * Everything is under d->hvm.irq_lock (irq-safe); calls into the physical layer are made without it.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/hvm.h>
#include <hv/irq.h>
#include <hv/nospec.h>
#include <hv/pirq.h>
#include <hv/shared_info.h>
#include <hv/vioapic.h>
#include <hv/vlapic.h>

#include <asm/apicdef.h>

#include "vioapic_priv.h"

#define VIOAPIC_VERSION_DOMU 0x11
#define VIOAPIC_BASE_DOMU    0xfec00000ull
#define RTE_READ_ONLY        (RTE_PENDING | RTE_REMOTE_IRR)
#define RTE_VALID            (0x1ffffull | (0xffull << RTE_DEST_SHIFT))

struct vioapic_pin {
	uint64_t rte;
	bool line;  /* level of the input */
	bool pending;  /* an edge that is not delivered yet */
	bool bound;  /* a physical GSI delivers here */
};

struct vioapic {
	gpa_t base;
	uint32_t gsi_base, nr_pins, version, id, select;
	struct vioapic_pin pins[];
};

static struct vioapic *create(
	gpa_t base, uint32_t gsi_base, uint32_t nr_pins, uint32_t version, uint32_t id)
{
	struct vioapic *io = xzalloc_bytes(sizeof(*io) + nr_pins * sizeof(io->pins[0]));

	if (io == NULL) {
		return NULL;
	}
	io->base = base;
	io->gsi_base = gsi_base;
	io->nr_pins = nr_pins;
	io->version = version;
	io->id = id;
	for (unsigned int i = 0; i < nr_pins; i++) {
		io->pins[i].rte = RTE_MASKED;
	}
	return io;
}

int vioapic_init(struct domain *d)
{
	unsigned int nr = is_hardware_domain(d) ? ioapic_count() : 1;

	if (nr == 0) {
		return 0;
	}
	d->hvm.vioapic = xzalloc_array(struct vioapic *, nr);
	if (d->hvm.vioapic == NULL) {
		return -ENOMEM;
	}
	d->hvm.nr_vioapics = nr;
	for (unsigned int i = 0; i < nr; i++) {
		if (is_hardware_domain(d)) {
			const struct ioapic_info *p = ioapic_get(i);

			d->hvm.vioapic[i] =
				create(p->maddr, p->gsi_base, p->nr_pins, p->version & 0xff, p->id);
		} else {
			d->hvm.vioapic[i] = create(VIOAPIC_BASE_DOMU, 0, VIOAPIC_NUM_PINS_DOMU,
				VIOAPIC_VERSION_DOMU, 0);
		}
		if (d->hvm.vioapic[i] == NULL) {
			vioapic_destroy(d);
			return -ENOMEM;
		}
	}
	return 0;
}

void vioapic_destroy(struct domain *d)
{
	for (unsigned int i = 0; i < d->hvm.nr_vioapics; i++) {
		xfree(d->hvm.vioapic[i]);
	}
	XFREE(d->hvm.vioapic);
	d->hvm.nr_vioapics = 0;
}

static struct vioapic *by_gsi(struct domain *d, unsigned int gsi)
{
	for (unsigned int i = 0; i < d->hvm.nr_vioapics; i++) {
		struct vioapic *io = d->hvm.vioapic[i];

		if (gsi >= io->gsi_base && gsi - io->gsi_base < io->nr_pins) {
			return io;
		}
	}
	return NULL;
}

static struct vioapic *by_gpa(struct domain *d, gpa_t gpa)
{
	for (unsigned int i = 0; i < d->hvm.nr_vioapics; i++) {
		if ((gpa & PAGE_MASK) == (d->hvm.vioapic[i]->base & PAGE_MASK)) {
			return d->hvm.vioapic[i];
		}
	}
	return NULL;
}

bool vioapic_mmio_in_range(struct domain *d, gpa_t gpa)
{
	return by_gpa(d, gpa) != NULL;
}

/* Send what the pin has to send, if it may. Lock held. */
static void pin_deliver(struct domain *d, struct vioapic_pin *pin)
{
	uint64_t rte = pin->rte;
	bool level = (rte & RTE_LEVEL) != 0;

	if ((rte & RTE_MASKED) != 0 ||
		(level ? !pin->line || (rte & RTE_REMOTE_IRR) != 0 : !pin->pending)) {
		return;
	}
	if (vlapic_deliver(d, (uint32_t)(rte >> RTE_DEST_SHIFT), (rte & RTE_LOGICAL) != 0,
		    (unsigned int)(rte >> RTE_DM_SHIFT) & 7, (uint8_t)rte, level)) {
		pin->pending = false;
		if (level && ((rte >> RTE_DM_SHIFT) & 7) <= 1) {
			pin->rte |= RTE_REMOTE_IRR;
		}
	}
}

void vioapic_set_gsi(struct domain *d, unsigned int gsi, bool level_high)
{
	struct vioapic *io = by_gsi(d, gsi);
	struct vioapic_pin *pin;
	unsigned long flags;

	if (io == NULL) {
		return;
	}
	pin = &io->pins[gsi - io->gsi_base];
	spin_lock_irqsave(&d->hvm.irq_lock, flags);
	if (level_high && !pin->line) {
		pin->pending = true;
	}
	pin->line = level_high;
	pin_deliver(d, pin);
	spin_unlock_irqrestore(&d->hvm.irq_lock, flags);
}

void vioapic_pulse_gsi(struct domain *d, unsigned int gsi)
{
	struct vioapic *io = by_gsi(d, gsi);
	struct vioapic_pin *pin;
	unsigned long flags;

	if (io == NULL) {
		return;
	}
	pin = &io->pins[gsi - io->gsi_base];
	spin_lock_irqsave(&d->hvm.irq_lock, flags);
	pin->pending = true;
	pin_deliver(d, pin);
	spin_unlock_irqrestore(&d->hvm.irq_lock, flags);
}

/* End of a level interrupt of one pin; true when the physical GSI is to be released by the caller. Lock held. */
static bool pin_eoi(struct domain *d, struct vioapic *io, struct vioapic_pin *pin)
{
	bool release = false;
	unsigned int gsi = io->gsi_base + (unsigned int)(pin - io->pins);

	pin->rte &= ~RTE_REMOTE_IRR;
	if (pin->bound) {
		/* Whether the line is still up is the hardware's knowledge: ask it by releasing the interrupt. */
		pin->line = false;
		release = true;
	} else if (hvm_callback_uses_gsi(d, gsi)) {
		pin->line = hvm_callback_gsi_level(d);
	}
	pin_deliver(d, pin);
	return release;
}

static void eoi_one(struct domain *d, struct vioapic *io, uint8_t vector)
{
	unsigned long flags;

	for (unsigned int i = 0; i < io->nr_pins; i++) {
		struct vioapic_pin *pin = &io->pins[i];
		bool release = false;

		if ((pin->rte & (RTE_REMOTE_IRR | RTE_LEVEL)) != (RTE_REMOTE_IRR | RTE_LEVEL) ||
			(uint8_t)pin->rte != vector) {
			continue;
		}
		spin_lock_irqsave(&d->hvm.irq_lock, flags);
		if ((pin->rte & RTE_REMOTE_IRR) != 0 && (uint8_t)pin->rte == vector) {
			release = pin_eoi(d, io, pin);
		}
		spin_unlock_irqrestore(&d->hvm.irq_lock, flags);
		if (release) {
			pirq_eoi_gsi(d, io->gsi_base + i);
		}
	}
}

void vioapic_eoi(struct domain *d, uint8_t vector)
{
	for (unsigned int i = 0; i < d->hvm.nr_vioapics; i++) {
		eoi_one(d, d->hvm.vioapic[i], vector);
	}
}

/* One half of a redirection entry is written. */
static void rte_write(
	struct domain *d, struct vioapic *io, unsigned int idx, bool high, uint32_t val)
{
	struct vioapic_pin *pin = &io->pins[idx];
	unsigned int gsi = io->gsi_base + idx;
	uint64_t old, rte;
	unsigned long flags;
	bool release = false, bind, mask_changed;

	spin_lock_irqsave(&d->hvm.irq_lock, flags);
	old = pin->rte;
	if (high) {
		rte = (old & 0xffffffffull) | ((uint64_t)val << 32);
	} else {
		rte = (old & ~0xffffffffull) | val;
	}
	rte = (rte & RTE_VALID & ~RTE_READ_ONLY) | (old & RTE_READ_ONLY);
	pin->rte = rte;
	if ((rte & RTE_LEVEL) == 0 && (rte & RTE_REMOTE_IRR) != 0) {
		/* Made edge-triggered: remote IRR goes, as it does in hardware. */
		release = pin_eoi(d, io, pin);
	}
	bind = is_hardware_domain(d) && !pin->bound && (rte & RTE_MASKED) == 0;
	if (bind) {
		pin->bound = true; /* only once, whatever comes of it */
	}
	mask_changed = pin->bound && ((old ^ rte) & RTE_MASKED) != 0;
	if (mask_changed && (rte & (RTE_MASKED | RTE_LEVEL | RTE_REMOTE_IRR)) == RTE_LEVEL &&
		pin->line) {
		/* The line rose while masked and may be down again: let the hardware tell. */
		pin->line = false;
		release = true;
	}
	pin_deliver(d, pin);
	spin_unlock_irqrestore(&d->hvm.irq_lock, flags);

	if (bind) {
		int rc = pirq_bind_gsi(d, gsi, (rte & RTE_LEVEL) != 0, (rte & RTE_ACTIVE_LOW) != 0);

		if (rc != 0 && rc != -EEXIST) {
			return;
		}
	}
	if (mask_changed || bind) {
		pirq_mask_gsi(d, gsi, (rte & RTE_MASKED) != 0);
	}
	if (release) {
		pirq_eoi_gsi(d, gsi);
	}
}

/* Which half of which entry does a register number mean? false: none of them. */
static bool rte_of(const struct vioapic *io, uint32_t reg, unsigned int *idx, bool *high)
{
	if (reg < IOAPIC_REG_RTE(0) || (reg - IOAPIC_REG_RTE(0)) / 2 >= io->nr_pins) {
		return false;
	}
	*idx = array_index_nospec((reg - IOAPIC_REG_RTE(0)) / 2, io->nr_pins);
	*high = (reg & 1) != 0;
	return true;
}

static uint32_t window_read(const struct vioapic *io)
{
	/* Another vCPU may select another register at any time. */
	uint32_t reg = READ_ONCE(io->select);
	unsigned int idx;
	uint64_t rte;
	bool high;

	switch (reg) {
	case IOAPIC_REG_ID:
	case IOAPIC_REG_ARB:
		return io->id << 24;
	case IOAPIC_REG_VER:
		return (io->version & 0xff) | ((io->nr_pins - 1) << 16);
	default:
		break;
	}
	if (!rte_of(io, reg, &idx, &high)) {
		return ~0u;
	}
	rte = READ_ONCE(io->pins[idx].rte);
	return high ? (uint32_t)(rte >> 32) : (uint32_t)rte;
}

static void window_write(struct domain *d, struct vioapic *io, uint32_t val)
{
	uint32_t reg = READ_ONCE(io->select);
	unsigned int idx;
	bool high;

	if (reg == IOAPIC_REG_ID) {
		io->id = (val >> 24) & 0xff;
	} else if (rte_of(io, reg, &idx, &high)) {
		rte_write(d, io, idx, high, val);
	}
}

uint32_t vioapic_mmio_read(struct domain *d, gpa_t gpa)
{
	const struct vioapic *io = by_gpa(d, gpa);

	if (io == NULL) {
		return ~0u;
	}
	switch (gpa & 0xff) {
	case IOAPIC_REGSEL:
		return READ_ONCE(io->select);
	case IOAPIC_WINDOW:
		return window_read(io);
	default:
		return (gpa & PAGE_OFFSET_MASK) < 0x100 ? 0 : ~0u;
	}
}

void vioapic_mmio_write(struct domain *d, gpa_t gpa, uint32_t val)
{
	struct vioapic *io = by_gpa(d, gpa);

	if (io == NULL) {
		return;
	}
	switch (gpa & 0xff) {
	case IOAPIC_REGSEL:
		WRITE_ONCE(io->select, val & 0xff);
		break;
	case IOAPIC_WINDOW:
		window_write(d, io, val);
		break;
	case IOAPIC_EOIR:
		if (io->version >= 0x20) {
			eoi_one(d, io, (uint8_t)val);
		}
		break;
	default:
		break;
	}
}
