/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD-Vi (AMD I/O Virtualization Technology specification 48882, revision 3.09): one device table for all segments-0 functions, host page tables of four
 * levels per domain, a command buffer per unit. No interrupt remapping: interrupts pass unchanged. Units are found by IVRS (chapter 5).
 * Locking: one spinlock per unit for its command buffer; a domain's tables are changed under its p2m lock.
 */
#include <hv/acpi.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/lib.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/pci.h>
#include <hv/printk.h>
#include <hv/spinlock.h>
#include <hv/string.h>
#include <hv/time.h>
#include <asm/processor.h>

#include "iommu_priv.h"

#define MAX_UNITS           8
#define DEVTAB_ORDER        9 /* 65536 entries of 32 bytes */
#define CMD_ORDER           0 /* 256 entries of 16 bytes */
#define CMD_ENTRIES         256
#define EVT_ORDER           0
#define TABLE_LEVELS        4

/* MMIO registers (48882, 3.4) */
#define REG_DEVTAB          0x0000
#define REG_CMD_BASE        0x0008
#define REG_EVT_BASE        0x0010
#define REG_CONTROL         0x0018
#define REG_EXT_FEATURES    0x0030
#define REG_CMD_HEAD        0x2000
#define REG_CMD_TAIL        0x2008
#define REG_EVT_HEAD        0x2010
#define REG_EVT_TAIL        0x2018
#define REG_STATUS          0x2020
#define REG_BYTES           0x4000

#define CONTROL_IOMMU_EN    (1ull << 0)
#define CONTROL_EVTLOG_EN   (1ull << 2)
#define CONTROL_COHERENT    (1ull << 10)
#define CONTROL_CMDBUF_EN   (1ull << 12)

/* Device table entry (2.2.2.1), first and second quadwords */
#define DTE_V               (1ull << 0)
#define DTE_TV              (1ull << 1)
#define DTE_MODE_SHIFT      9
#define DTE_IR              (1ull << 61)
#define DTE_IW              (1ull << 62)
/* third quadword: INIT, ExtInt and NMI pass, no remapping of fixed interrupts (IV clear) */
#define DTE_INT_PASS        (7ull << 56)

/* Page table entries (2.2.3) */
#define PTE_PR              (1ull << 0)
#define PTE_LEVEL_SHIFT     9
#define PTE_LEVEL(pte)      ((unsigned int)((pte) >> PTE_LEVEL_SHIFT) & 7)
#define PTE_FC              (1ull << 60)
#define PTE_IR              (1ull << 61)
#define PTE_IW              (1ull << 62)
#define PTE_ADDR            0x000ffffffffff000ull

/* Commands (2.4) */
#define CMD_COMPLETION_WAIT (1ull << 60)
#define CMD_INV_PAGES       (3ull << 60)
#define COMPLETION_STORE    1ull

#define IVHD_10             0x10
#define IVHD_11             0x11
#define IVHD_40             0x40
#define IVMD_ALL            0x20
#define IVMD_SELECT         0x21
#define IVMD_RANGE          0x22

struct dte {
	uint64_t q[4];
};

struct command {
	uint64_t q[2];
};

struct ivrs_block {
	uint8_t type, flags;
	uint16_t length, device_id;
} __packed;

struct ivhd {
	struct ivrs_block b;
	uint16_t capability;
	uint64_t base;
	uint16_t segment, info;
	uint32_t features;
} __packed;

struct ivmd {
	struct ivrs_block b;
	uint16_t aux;
	uint64_t reserved, start, bytes;
} __packed;

struct unit {
	spinlock_t lock;
	maddr_t base;
	volatile uint8_t *regs;
	bool started;
	struct command *cmd;
	volatile uint64_t *done; /* written by COMPLETION_WAIT */
	uint64_t done_seq;
	unsigned int tail;
};

struct amd_domain {
	uint64_t *root;
	uint16_t id;
};

static struct unit units[MAX_UNITS];
static unsigned int nr_units __ro_after_init;
static struct dte *devtab __ro_after_init;

static uint64_t reg_read(struct unit *u, unsigned int off)
{
	return *(volatile uint64_t *)(u->regs + off);
}

static void reg_write(struct unit *u, unsigned int off, uint64_t val)
{
	*(volatile uint64_t *)(u->regs + off) = val;
}

static void cmd_queue(struct unit *u, uint64_t q0, uint64_t q1)
{
	unsigned int next = (u->tail + 1) % CMD_ENTRIES;
	int64_t limit = NOW() + 100000000;

	while (next == (reg_read(u, REG_CMD_HEAD) & 0x7fff0) / sizeof(struct command)) {
		if (NOW() > limit) {
			panic("IOMMU: the command buffer of the unit at %#lx is stuck", u->base);
		}
		cpu_relax();
	}
	u->cmd[u->tail].q[0] = q0;
	u->cmd[u->tail].q[1] = q1;
	u->tail = next;
	barrier();
	reg_write(u, REG_CMD_TAIL, (uint64_t)u->tail * sizeof(struct command));
}

/* Wait until all queued commands are done. */
static void cmd_wait(struct unit *u)
{
	uint64_t seq = ++u->done_seq;
	int64_t limit = NOW() + 1000000000;

	cmd_queue(u,
		CMD_COMPLETION_WAIT | COMPLETION_STORE |
			(virt_to_maddr((const void *)u->done) & 0x000ffffffffffff8ull),
		seq);
	while (*u->done != seq) {
		if (NOW() > limit) {
			panic("IOMMU: the unit at %#lx does not finish its commands", u->base);
		}
		cpu_relax();
	}
}

static void flush_units(uint64_t q0, uint64_t q1)
{
	for (unsigned int i = 0; i < nr_units; i++) {
		struct unit *u = &units[i];

		if (!u->started) {
			continue;
		}
		spin_lock(&u->lock);
		cmd_queue(u, q0, q1);
		cmd_wait(u);
		spin_unlock(&u->lock);
	}
}

static int __init unit_start(struct unit *u)
{
	u->regs = ioremap_uc(u->base, REG_BYTES);
	u->cmd = alloc_hv_pages(CMD_ORDER);
	u->done = alloc_hv_pages(0);
	if (u->regs == NULL || u->cmd == NULL || u->done == NULL) {
		return -ENOMEM;
	}
	spin_lock_init(&u->lock, LOCK_IOMMU);
	reg_write(u, REG_CONTROL, 0);
	reg_write(u, REG_DEVTAB, virt_to_maddr(devtab) | ((1u << DEVTAB_ORDER) - 1));
	/* Length code 8: 256 entries. */
	reg_write(u, REG_CMD_BASE, virt_to_maddr(u->cmd) | (8ull << 56));
	reg_write(u, REG_CMD_HEAD, 0);
	reg_write(u, REG_CMD_TAIL, 0);
	reg_write(u, REG_CONTROL, CONTROL_CMDBUF_EN | CONTROL_COHERENT | CONTROL_IOMMU_EN);
	u->started = true;
	return 0;
}

static bool __init unit_known(maddr_t base)
{
	for (unsigned int i = 0; i < nr_units; i++) {
		if (units[i].base == base) {
			return true;
		}
	}
	return false;
}

/* Blocks of the IVRS; cb false ends the walk. A block that does not fit ends it too. */
static void __init ivrs_walk(const struct acpi_table_header *ivrs,
	void (*cb)(const struct ivrs_block *b, void *arg), void *arg)
{
	const uint8_t *p = (const uint8_t *)ivrs + 48, *end = (const uint8_t *)ivrs + ivrs->length;

	while (end - p >= (long)sizeof(struct ivrs_block)) {
		const struct ivrs_block *b = (const struct ivrs_block *)p;

		if (b->length < sizeof(*b) || b->length > end - p) {
			return;
		}
		cb(b, arg);
		p += b->length;
	}
}

static void __init find_unit(const struct ivrs_block *b, void *arg)
{
	const struct ivhd *h = (const struct ivhd *)b;

	(void)arg;
	if ((b->type != IVHD_10 && b->type != IVHD_11 && b->type != IVHD_40) ||
		b->length < sizeof(*h) || h->segment != 0) {
		return;
	}
	if (nr_units < MAX_UNITS && !unit_known(h->base)) {
		units[nr_units++].base = h->base;
	}
}

static int __init amd_init(void)
{
	const struct acpi_table_header *ivrs = acpi_find_table("IVRS", 0);

	if (ivrs == NULL || ivrs->length < 48) {
		return -ENODEV;
	}
	ivrs_walk(ivrs, find_unit, NULL);
	if (nr_units == 0) {
		return -ENODEV;
	}
	devtab = alloc_hv_pages(DEVTAB_ORDER);
	if (devtab == NULL) {
		return -ENOMEM;
	}
	return 0;
}

static int amd_domain_init(struct domain *d)
{
	struct amd_domain *ad = xzalloc(struct amd_domain);

	if (ad == NULL) {
		return -ENOMEM;
	}
	ad->root = alloc_hv_pages(0);
	if (ad->root == NULL) {
		xfree(ad);
		return -ENOMEM;
	}
	ad->id = (uint16_t)(d->domain_id + 1);
	d->iommu_priv = ad;
	return 0;
}

static void free_table(uint64_t *table, unsigned int level)
{
	for (unsigned int i = 0; level > 1 && i < 512; i++) {
		if ((table[i] & PTE_PR) != 0 && PTE_LEVEL(table[i]) != 0) {
			free_table(mfn_to_hv_va(maddr_to_mfn(table[i] & PTE_ADDR)), level - 1);
		}
	}
	free_hv_pages(table, 0);
}

static void amd_domain_fini(struct domain *d)
{
	struct amd_domain *ad = d->iommu_priv;

	d->iommu_priv = NULL;
	free_table(ad->root, TABLE_LEVELS);
	xfree(ad);
}

/* The table of the next lower level behind *pte; a large page is split. NULL: no memory. */
static uint64_t *descend(uint64_t *pte, unsigned int level)
{
	uint64_t old = *pte;
	uint64_t *table;

	if ((old & PTE_PR) != 0 && PTE_LEVEL(old) != 0) {
		return mfn_to_hv_va(maddr_to_mfn(old & PTE_ADDR));
	}
	table = alloc_hv_pages(0);
	if (table == NULL) {
		return NULL;
	}
	if ((old & PTE_PR) != 0) {
		uint64_t step = PAGE_SIZE << (9 * (level - 2));

		for (unsigned int i = 0; i < 512; i++) {
			table[i] = old + i * step;
		}
	}
	barrier();
	WRITE_ONCE(*pte,
		virt_to_maddr(table) | PTE_PR | PTE_IR | PTE_IW |
			((uint64_t)(level - 1) << PTE_LEVEL_SHIFT));
	return table;
}

static int set_entry(struct amd_domain *ad, uint64_t dfn, unsigned int order, uint64_t leaf)
{
	unsigned int leaf_level = order / 9 + 1;
	uint64_t *table = ad->root;

	if (dfn >> (9 * TABLE_LEVELS) != 0) {
		return -EINVAL;
	}
	for (unsigned int level = TABLE_LEVELS;; level--) {
		uint64_t *pte = &table[(dfn >> (9 * (level - 1))) & 511];

		if (level == leaf_level) {
			uint64_t old = *pte;

			WRITE_ONCE(*pte, leaf);
			/* A table that a large page replaces is not used again; it goes after the flush that follows every change of a present entry. */
			if ((old & PTE_PR) != 0 && PTE_LEVEL(old) != 0) {
				flush_units(CMD_INV_PAGES | ((uint64_t)ad->id << 32),
					0x7ffffffffffff003ull);
				free_table(mfn_to_hv_va(maddr_to_mfn(old & PTE_ADDR)), level - 1);
			}
			return 0;
		}
		if ((*pte & PTE_PR) == 0 && leaf == 0) {
			return 0;
		}
		table = descend(pte, level);
		if (table == NULL) {
			return -ENOMEM;
		}
	}
}

static int amd_map(struct domain *d, uint64_t dfn, mfn_t mfn, unsigned int order, bool writable)
{
	uint64_t flags = PTE_PR | PTE_FC | PTE_IR | (writable ? PTE_IW : 0);
	unsigned int step = order >= 18 ? 18 : order >= 9 ? 9 : 0;

	for (uint64_t i = 0; i < (1ull << order); i += 1ull << step) {
		int rc = set_entry(
			d->iommu_priv, dfn + i, step, mfn_to_maddr(mfn_add(mfn, i)) | flags);

		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int amd_unmap(struct domain *d, uint64_t dfn, unsigned int order)
{
	unsigned int step = order >= 18 ? 18 : order >= 9 ? 9 : 0;

	for (uint64_t i = 0; i < (1ull << order); i += 1ull << step) {
		int rc = set_entry(d->iommu_priv, dfn + i, step, 0);

		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static void amd_flush(struct domain *d)
{
	const struct amd_domain *ad = d->iommu_priv;

	/* All pages of the domain, page-directory entries too (2.4.3: S = 1 and the widest address). */
	flush_units(CMD_INV_PAGES | ((uint64_t)ad->id << 32), 0x7ffffffffffff003ull);
}

/* Memory that firmware wants devices to reach (IVMD): identity. */
static void __init map_ivmd(const struct ivrs_block *b, void *arg)
{
	const struct ivmd *m = (const struct ivmd *)b;
	struct domain *d = arg;

	if ((b->type != IVMD_ALL && b->type != IVMD_SELECT && b->type != IVMD_RANGE) ||
		b->length < sizeof(*m) || m->bytes == 0) {
		return;
	}
	for (uint64_t pfn = PFN_DOWN(m->start); pfn < PFN_UP(m->start + m->bytes); pfn++) {
		if (amd_map(d, pfn, _mfn(pfn), 0, true) != 0) {
			panic("IOMMU: no memory for the ranges that firmware asks for");
		}
	}
}

static int __init amd_assign_all(struct domain *d)
{
	const struct amd_domain *ad = d->iommu_priv;
	const struct acpi_table_header *ivrs = acpi_find_table("IVRS", 0);

	if (ivrs != NULL) {
		ivrs_walk(ivrs, map_ivmd, d);
	}
	for (unsigned int i = 0; i < (PAGE_SIZE << DEVTAB_ORDER) / sizeof(struct dte); i++) {
		devtab[i].q[1] = ad->id;
		devtab[i].q[2] = DTE_INT_PASS;
		devtab[i].q[0] = DTE_V | DTE_TV | ((uint64_t)TABLE_LEVELS << DTE_MODE_SHIFT) |
			virt_to_maddr(ad->root) | DTE_IR | DTE_IW;
	}
	/* Started only now: with nothing cached, no entry needs invalidating. */
	for (unsigned int u = 0; u < nr_units; u++) {
		int rc = unit_start(&units[u]);

		if (rc != 0) {
			return rc;
		}
	}
	amd_flush(d);
	return 0;
}

static void amd_for_each_mmio(void (*fn)(maddr_t start, uint64_t bytes, void *arg), void *arg)
{
	for (unsigned int i = 0; i < nr_units; i++) {
		fn(units[i].base, REG_BYTES, arg);
	}
}

const struct iommu_ops amd_iommu_ops = {
	.name = "AMD-Vi",
	.init = amd_init,
	.domain_init = amd_domain_init,
	.domain_fini = amd_domain_fini,
	.map = amd_map,
	.unmap = amd_unmap,
	.flush = amd_flush,
	.assign_all = amd_assign_all,
	.for_each_mmio = amd_for_each_mmio,
};
