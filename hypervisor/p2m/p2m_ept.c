/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extended page table entries (SDM 3C, 29.3). The memory type is in the entry: RAM is write-back whatever the guest's PAT says, physical MMIO is uncached unless the
 * guest asks for write combining (UC without "ignore PAT"). Types live in bits 52-55, as with NPT. Pure functions but for the explanation of a misconfiguration.
 */
#include <hv/domain.h>
#include <hv/lib.h>
#include <hv/p2m.h>
#include <hv/printk.h>

#include "p2m_priv.h"

#define EPT_R        (1ull << 0)
#define EPT_W        (1ull << 1)
#define EPT_X        (1ull << 2)
#define EPT_MT_SHIFT 3
#define EPT_MT_MASK  (7ull << EPT_MT_SHIFT)
#define EPT_MT_UC    (0ull << EPT_MT_SHIFT)
#define EPT_MT_WB    (6ull << EPT_MT_SHIFT)
#define EPT_IPAT     (1ull << 6)

/* Also declared for hvm/vmx, which owns the choice. */
extern const struct p2m_fmt p2m_ept_fmt;
void p2m_ept_explain(struct domain *d, gpa_t gpa);

static uint64_t ept_leaf(mfn_t mfn, p2m_type_t t, unsigned int level)
{
	uint64_t e = (mfn.v << PAGE_SHIFT) | ((uint64_t)t << P2M_TYPE_SHIFT) | EPT_R | EPT_X;

	if (level != 0) {
		e |= P2M_LARGE;
	}
	switch (t) {
	case p2m_ram_rw:
	case p2m_grant_rw:
	case p2m_foreign:
		e |= EPT_W | EPT_MT_WB | EPT_IPAT | P2M_RAM;
		break;
	case p2m_mmio_direct:
		e |= EPT_W | EPT_MT_UC;
		break;
	case p2m_ram_ro:
	case p2m_grant_ro:
	case p2m_logdirty:
		e |= EPT_MT_WB | EPT_IPAT | P2M_RAM;
		break;
	default:
		return 0;
	}
	return e;
}

static uint64_t ept_table(mfn_t mfn)
{
	return (mfn.v << PAGE_SHIFT) | EPT_R | EPT_W | EPT_X;
}

static bool ept_allows(uint64_t entry, bool write, bool exec)
{
	return (entry & EPT_R) != 0 && (!write || (entry & EPT_W) != 0) &&
		(!exec || (entry & EPT_X) != 0);
}

const struct p2m_fmt p2m_ept_fmt = {
	.name = "EPT",
	.present = EPT_R | EPT_W | EPT_X,
	.leaf = ept_leaf,
	.table = ept_table,
	.allows = ept_allows,
};

/* SDM 3C, 29.3.3.1: why the processor takes an entry for misconfigured, NULL if it does not. */
static const char *misconfigured(uint64_t e, unsigned int level)
{
	unsigned int type = (unsigned int)((e & EPT_MT_MASK) >> EPT_MT_SHIFT);

	if ((e & (EPT_R | EPT_W | EPT_X)) == 0) {
		return NULL;
	}
	if ((e & EPT_R) == 0) {
		return "write or execute without read";
	}
	if (level == P2M_TOP_LEVEL && (e & 0xf8) != 0) {
		return "reserved bits in an entry of the top level";
	}
	if (level != 0 && (e & P2M_LARGE) == 0) {
		return (e & (EPT_MT_MASK | EPT_IPAT)) != 0 ?
			"a memory type in an entry of a table" :
			NULL;
	}
	if (type == 2 || type == 3 || type == 7) {
		return "reserved memory type";
	}
	if ((e & P2M_ADDR_MASK & ((1ull << (PAGE_SHIFT + 9 * level)) - 1)) != 0) {
		return "address bits below the size of the page";
	}
	return NULL;
}

void p2m_ept_explain(struct domain *d, gpa_t gpa)
{
	const struct p2m_domain *p = &d->p2m;
	const uint64_t *t = mfn_to_hv_va(p->root);

	for (unsigned int level = P2M_TOP_LEVEL;; level--) {
		uint64_t e = READ_ONCE(t[p2m_index(gpa >> PAGE_SHIFT, level)]);
		const char *why = misconfigured(e, level);

		printk(XENLOG_ERR "  EPT entry of %#lx at level %u: %016lx%s%s\n",
			(unsigned long)gpa, level, e, why ? ": " : "", why ? why : "");
		if (!p2m_is_table(p->fmt->present, e, level)) {
			return;
		}
		t = p2m_entry_table(e);
	}
}
