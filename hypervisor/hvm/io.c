/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port and MMIO dispatch. Ports: the hardware domain owns all but a few (interval timer, interrupt controllers, DMA, our serial line: denied; CMOS, PCI configuration,
 * reset control: emulated on the real ones); other domains have the debug console at 0xe9 and nothing else. MMIO: local APIC, I/O APICs, registered ranges.
 * Unclaimed reads give all-ones, unclaimed writes are dropped.
 * d->hvm.mmio_ranges is read without a lock: entries are added with a release store and never unlinked while the domain runs (a range that moves changes start).
 */
#include <xen/sched.h>

#include <hv/atomic.h>
#include <hv/bitmap.h>
#include <hv/console.h>
#include <hv/console_io.h>
#include <hv/errno.h>
#include <hv/hvm.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/printk.h>
#include <hv/string.h>
#include <hv/time.h>
#include <hv/vioapic.h>
#include <hv/vpci.h>

#include <asm/io.h>

#include "io_priv.h"
#include "vioapic_priv.h"

#define PORT_CMOS_INDEX 0x70
#define PORT_CMOS_DATA  0x71
#define PORT_DEBUG      0xe9
#define PORT_PCI_ADDR   0xcf8
#define PORT_RESET      0xcf9
#define PORT_PCI_DATA   0xcfc
#define RESET_CPU       0x04  /* 0xcf9: a 0 to 1 change of this bit resets the machine */
#define IO_BITMAP_ORDER 2  /* 12 KiB */
#define IO_BITMAP_BITS  (3u * 4096 * 8)

/* Ports that the hardware domain does not reach directly. */
struct port_range {
	uint16_t first, last;
};
static const struct port_range hw_intercepted[] = {
	{ 0x00, 0x1f },  /* DMA controller */
	{ 0x20, 0x21 },  /* interrupt controller */
	{ 0x40, 0x43 },  /* interval timer */
	{ 0x61, 0x61 },  /* its gate, NMI reason */
	{ PORT_CMOS_INDEX, PORT_CMOS_DATA },
	{ 0x81, 0x8f },  /* DMA pages; 0x80 is used for delays */
	{ 0x92, 0x92 },  /* fast A20 and reset */
	{ 0xa0, 0xa1 },
	{ 0xc0, 0xdf },  /* second DMA controller */
	{ PORT_DEBUG, PORT_DEBUG },
	{ 0xf0, 0xf0 },  /* coprocessor error */
	{ 0x4d0, 0x4d1 },  /* edge/level control */
	{ PORT_PCI_ADDR, PORT_PCI_DATA + 3 },
};

/* All-ones map that every other domain shares. */
static unsigned long *deny_all_bitmap;

/* The hardware domain's latches. */
static uint32_t pci_addr;
static uint8_t cmos_index, reset_latch;

/* ---- ports -------------------------------------------------------------------------------------------------------- */

static bool pci_target(uint16_t port, pci_sbdf_t *sbdf, unsigned int *reg)
{
	if ((pci_addr & 0x80000000u) == 0) {
		return false;
	}
	*sbdf = (pci_sbdf_t){ 0, (uint8_t)(pci_addr >> 16), (uint8_t)(pci_addr >> 8) };
	*reg = (pci_addr & 0xfc) | (port & 3);
	return true;
}

static uint8_t hw_read_byte(struct domain *d, uint16_t port)
{
	switch (port) {
	case PORT_CMOS_INDEX:
		return cmos_index;
	case PORT_CMOS_DATA:
		return cmos_read(cmos_index & 0x7f);
	case PORT_DEBUG:
		return PORT_DEBUG;
	case PORT_RESET:
		return reset_latch;
	default:
		/* Neighbours of an intercepted port in the same access. */
		return test_bit(port, d->hvm.io_bitmap) &&
				(port < PORT_PCI_ADDR || port > PORT_PCI_ADDR + 3) ?
			0xff :
			inb(port);
	}
}

static void hw_write_byte(struct vcpu *v, uint16_t port, uint8_t val)
{
	switch (port) {
	case PORT_CMOS_INDEX:
		cmos_index = val;
		break;
	case PORT_CMOS_DATA:
		cmos_write(cmos_index & 0x7f, val);
		break;
	case PORT_DEBUG:
		guest_console_putc(v, (char)val);
		break;
	case PORT_RESET:
		if ((val & RESET_CPU) != 0) {
			(void)domain_shutdown(v->domain, SHUTDOWN_reboot);
		}
		reset_latch = val;
		break;
	default:
		if (!test_bit(port, v->domain->hvm.io_bitmap)) {
			outb(val, port);
		}
		break;
	}
}

static uint32_t hw_read(struct domain *d, uint16_t port, unsigned int size)
{
	uint32_t val = 0;
	pci_sbdf_t sbdf;
	unsigned int reg;

	if (port == PORT_PCI_ADDR && size == 4) {
		return pci_addr;
	}
	if (port >= PORT_PCI_DATA && port - PORT_PCI_DATA + size <= 4) {
		return pci_target(port, &sbdf, &reg) ? vpci_read(d, sbdf, reg, size) : ~0u;
	}
	for (unsigned int i = 0; i < size; i++) {
		val |= (uint32_t)hw_read_byte(d, (uint16_t)(port + i)) << (8 * i);
	}
	return val;
}

static void hw_write(struct vcpu *v, uint16_t port, unsigned int size, uint32_t val)
{
	pci_sbdf_t sbdf;
	unsigned int reg;

	if (port == PORT_PCI_ADDR && size == 4) {
		pci_addr = val & 0x80fffffcu;
		return;
	}
	if (port >= PORT_PCI_DATA && port - PORT_PCI_DATA + size <= 4) {
		if (pci_target(port, &sbdf, &reg)) {
			vpci_write(v->domain, sbdf, reg, size, val);
		}
		return;
	}
	for (unsigned int i = 0; i < size; i++) {
		hw_write_byte(v, (uint16_t)(port + i), (uint8_t)(val >> (8 * i)));
	}
}

void hvm_pio_read(struct vcpu *v, uint16_t port, unsigned int size, uint32_t *val)
{
	if (unlikely(is_hardware_domain(v->domain))) {
		*val = hw_read(v->domain, port, size);
	} else {
		*val = port == PORT_DEBUG ? 0xffffff00u | PORT_DEBUG : ~0u;
	}
	if (size < 4) {
		*val &= (1u << (8 * size)) - 1;
	}
}

void hvm_pio_write(struct vcpu *v, uint16_t port, unsigned int size, uint32_t val)
{
	if (unlikely(is_hardware_domain(v->domain))) {
		hw_write(v, port, size, val);
	} else if (port == PORT_DEBUG) {
		guest_console_putc(v, (char)val);
	}
}

/* ---- MMIO ----------------------------------------------------------------------------------------------------------- */

static inline uint64_t ones(unsigned int bytes)
{
	return ~0ull >> (64 - 8 * bytes);
}

/* Accesses that are not one aligned 32-bit register. */
static uint64_t vlapic_read_odd(struct vcpu *v, unsigned int offset, unsigned int bytes)
{
	uint64_t val = 0;

	for (unsigned int i = 0; i < bytes; i++) {
		val |= (uint64_t)((vlapic_reg_read(v, (offset + i) & ~3u) >>
					  (8 * ((offset + i) & 3))) &
			       0xff)
			<< (8 * i);
	}
	return val;
}

static void vlapic_write_odd(struct vcpu *v, unsigned int offset, unsigned int bytes, uint64_t val)
{
	unsigned int shift = 8 * (offset & 3);
	uint32_t mask;

	if (bytes == 8 || (offset & 3) + bytes > 4) {
		/* Two registers at once are one too many for the hardware, too: the lower is written. */
		if ((offset & 3) == 0) {
			vlapic_reg_write(v, offset, (uint32_t)val);
		}
		return;
	}
	mask = (uint32_t)ones(bytes) << shift;
	offset &= ~3u;
	vlapic_reg_write(v, offset,
		(vlapic_reg_read(v, offset) & ~mask) | (((uint32_t)val << shift) & mask));
}

static struct hvm_mmio_range *range_next(const struct domain *d, struct list_head *at)
{
	at = smp_load_acquire(&at->next);
	return at == &d->hvm.mmio_ranges ? NULL : list_entry(at, struct hvm_mmio_range, link);
}

#define for_each_range(r, d)                                            \
	for ((r) = range_next((d), &(d)->hvm.mmio_ranges); (r) != NULL; \
		(r) = range_next((d), &(r)->link))

static bool in_range(const struct hvm_mmio_range *r, gpa_t gpa)
{
	return gpa - READ_ONCE(r->start) < r->len;
}

/* Physical MMIO reached as the second operand of an instruction: mapped for this access. */
static bool physical(struct domain *d, gpa_t gpa, unsigned int bytes, bool write, uint64_t *val)
{
	p2m_type_t t;
	mfn_t mfn;
	void *p;

	if (!is_hardware_domain(d)) {
		return false;
	}
	mfn = p2m_get(d, gpa_to_gfn(gpa), &t, NULL);
	if (t != p2m_mmio_direct ||
		(p = ioremap_uc(mfn_to_maddr(mfn) | (gpa & PAGE_OFFSET_MASK), bytes)) == NULL) {
		return false;
	}
	if (write) {
		switch (bytes) {
		case 1:
			writeb((uint8_t)*val, p);
			break;
		case 2:
			writew((uint16_t)*val, p);
			break;
		case 4:
			writel((uint32_t)*val, p);
			break;
		default:
			writeq(*val, p);
			break;
		}
	} else {
		*val = bytes == 1  ? readb(p) :
			bytes == 2 ? readw(p) :
			bytes == 4 ? readl(p) :
				     readq(p);
	}
	iounmap(p);
	return true;
}

uint64_t hvm_mmio_read(struct vcpu *v, gpa_t gpa, unsigned int bytes)
{
	struct domain *d = v->domain;
	struct hvm_mmio_range *r;
	uint64_t val = 0;

	if ((gpa & PAGE_MASK) == vlapic_page_gpa(v)) {
		unsigned int offset = gpa & PAGE_OFFSET_MASK;

		return likely(bytes == 4 && (offset & 3) == 0) ? vlapic_reg_read(v, offset) :
								 vlapic_read_odd(v, offset, bytes);
	}
	if (d->hvm.nr_vioapics != 0 && vioapic_mmio_in_range(d, gpa)) {
		return (vioapic_mmio_read(d, gpa & ~3ull) >> (8 * (gpa & 3))) & ones(bytes);
	}
	for_each_range(r, d)
	{
		if (in_range(r, gpa) && r->ops->read(v, gpa, bytes, &val, r->arg)) {
			return val & ones(bytes);
		}
	}
	/* RAM that the guest may only read, or that appeared meanwhile. */
	if (copy_from_gpa(d, &val, gpa, bytes) == 0 || physical(d, gpa, bytes, false, &val)) {
		return val;
	}
	return ones(bytes);
}

void hvm_mmio_write(struct vcpu *v, gpa_t gpa, unsigned int bytes, uint64_t val)
{
	struct domain *d = v->domain;
	struct hvm_mmio_range *r;

	if ((gpa & PAGE_MASK) == vlapic_page_gpa(v)) {
		unsigned int offset = gpa & PAGE_OFFSET_MASK;

		if (likely(bytes == 4 && (offset & 3) == 0)) {
			vlapic_reg_write(v, offset, (uint32_t)val);
		} else {
			vlapic_write_odd(v, offset, bytes, val);
		}
		return;
	}
	if (d->hvm.nr_vioapics != 0 && vioapic_mmio_in_range(d, gpa)) {
		if ((gpa & 3) == 0) {
			vioapic_mmio_write(d, gpa, (uint32_t)val);
		}
		return;
	}
	for_each_range(r, d)
	{
		if (in_range(r, gpa) && r->ops->write(v, gpa, bytes, val, r->arg)) {
			return;
		}
	}
	if (copy_to_gpa(d, gpa, &val, bytes) != 0) {
		(void)physical(d, gpa, bytes, true, &val);
	}
}

static bool is_emulated(struct vcpu *v, gpa_t gpa)
{
	struct domain *d = v->domain;
	struct hvm_mmio_range *r;

	if ((gpa & PAGE_MASK) == vlapic_page_gpa(v) ||
		(d->hvm.nr_vioapics != 0 && vioapic_mmio_in_range(d, gpa))) {
		return true;
	}
	for_each_range(r, d)
	{
		if (in_range(r, gpa)) {
			return true;
		}
	}
	return false;
}

enum hvm_exit_result hvm_handle_npf(struct vcpu *v, gpa_t gpa, bool write, bool exec)
{
	if (!is_emulated(v, gpa) && p2m_handle_fault(v, gpa, write, exec) == P2M_FAULT_RETRY) {
		return HVM_RETRY;
	}
	if (unlikely(exec)) {
		gprintk(XENLOG_WARNING, "jump to %#lx, where no memory is\n", (unsigned long)gpa);
		hvm_inject_ud(v);
		return HVM_FAULT;
	}
	return hvm_emulate_mmio(v, gpa, write);
}

/* ---- ranges ----------------------------------------------------------------------------------------------------------- */

/* Nothing of a trapped range may be mapped; RAM is left alone. */
static void unmap_range(struct domain *d, gpa_t start, uint64_t len)
{
	uint64_t gfn = start >> PAGE_SHIFT, end = (start + len + PAGE_SIZE - 1) >> PAGE_SHIFT;

	while (gfn < end) {
		unsigned int order = 0;
		p2m_type_t t;

		(void)p2m_get(d, _gfn(gfn), &t, &order);
		if (t == p2m_mmio_direct) {
			if (p2m_remove(d, _gfn(gfn), INVALID_MFN, 0) != 0) {
				printk(XENLOG_WARNING "d%u: MMIO page %#lx cannot be trapped\n",
					d->domain_id, (unsigned long)gfn);
			}
			order = 0;
		}
		gfn = (gfn & ~((1ull << order) - 1)) + (1ull << order);
	}
}

void hvm_register_mmio(struct domain *d, struct hvm_mmio_range *r)
{
	struct list_head *head = &d->hvm.mmio_ranges;
	unsigned long flags;

	spin_lock_irqsave(&d->hvm.irq_lock, flags);
	r->link.next = head->next;
	r->link.prev = head;
	head->next->prev = &r->link;
	smp_store_release(&head->next, &r->link);
	spin_unlock_irqrestore(&d->hvm.irq_lock, flags);
	/* From here on nothing maps it again on a fault. */
	unmap_range(d, r->start, r->len);
}

void hvm_move_mmio(struct domain *d, struct hvm_mmio_range *r, gpa_t start)
{
	WRITE_ONCE(r->start, start);
	smp_mb();
	unmap_range(d, start, r->len);
}

void hvm_unregister_mmio(struct domain *d, struct hvm_mmio_range *r)
{
	unsigned long flags;

	/* Readers may stand on r: its next pointer stays. */
	spin_lock_irqsave(&d->hvm.irq_lock, flags);
	r->link.prev->next = r->link.next;
	r->link.next->prev = r->link.prev;
	spin_unlock_irqrestore(&d->hvm.irq_lock, flags);
}

/* ---- domains -------------------------------------------------------------------------------------------------------- */

void hvm_io_bitmap_set(struct domain *d, unsigned int first, unsigned int last, bool intercept)
{
	if (d->hvm.io_bitmap == NULL || d->hvm.io_bitmap == deny_all_bitmap || first > last ||
		last > 0xffff) {
		return;
	}
	for (unsigned int port = first; port <= last; port++) {
		if (intercept) {
			set_bit(port, d->hvm.io_bitmap);
		} else {
			clear_bit(port, d->hvm.io_bitmap);
		}
	}
}

static int bitmap_init(struct domain *d)
{
	unsigned long *map = alloc_hv_pages(IO_BITMAP_ORDER);

	if (map == NULL) {
		return -ENOMEM;
	}
	if (!is_hardware_domain(d)) {
		memset(map, 0xff, IO_BITMAP_BITS / 8);
		if (cmpxchg(&deny_all_bitmap, (unsigned long *)NULL, map) != NULL) {
			free_hv_pages(map, IO_BITMAP_ORDER);
		}
		return 0;
	}
	d->hvm.io_bitmap = map;
	/* Accesses that run past the last port. */
	memset(map + 65536 / BITS_PER_LONG, 0xff, IO_BITMAP_BITS / 8 - 65536 / 8);
	for (unsigned int i = 0; i < ARRAY_SIZE(hw_intercepted); i++) {
		hvm_io_bitmap_set(d, hw_intercepted[i].first, hw_intercepted[i].last, true);
	}
	for (unsigned int port = 0; port <= 0xffff; port++) {
		if (console_owns_port((uint16_t)port)) {
			hvm_io_bitmap_set(d, port, port, true);
		}
	}
	return 0;
}

int hvm_platform_domain_init(struct domain *d)
{
	int rc;

	INIT_LIST_HEAD(&d->hvm.mmio_ranges);
	spin_lock_init(&d->hvm.irq_lock, LOCK_HVM_IRQ);
	if (is_hardware_domain(d) || deny_all_bitmap == NULL) {
		rc = bitmap_init(d);
		if (rc != 0) {
			return rc;
		}
	}
	if (!is_hardware_domain(d)) {
		d->hvm.io_bitmap = deny_all_bitmap;
	}
	if ((d->emulation_flags & XEN_X86_EMU_IOAPIC) != 0) {
		rc = vioapic_init(d);
		if (rc != 0) {
			goto out;
		}
	}
	rc = is_hardware_domain(d) ? vpci_init(d) : 0;
	if (rc == 0) {
		return 0;
	}
out:
	hvm_platform_domain_fini(d);
	return rc;
}

void hvm_platform_domain_fini(struct domain *d)
{
	if (is_hardware_domain(d)) {
		vpci_fini(d);
	}
	vioapic_destroy(d);
	if (d->hvm.io_bitmap != deny_all_bitmap && d->hvm.io_bitmap != NULL) {
		free_hv_pages(d->hvm.io_bitmap, IO_BITMAP_ORDER);
	}
	d->hvm.io_bitmap = NULL;
}
