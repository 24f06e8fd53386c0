/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AMD nested page table entries. Long-mode format; every access of a guest is a user access (APM 2,
 * 15.25.5), so U is set everywhere. Types live in bits 52-55. Accessed and dirty bits are preset:
 * nobody reads them and the processor needs no locked update. Pure functions: host-testable.
 */
#include <hv/p2m.h>

#include "p2m_priv.h"

#define NPT_P   (1ull << 0)
#define NPT_W   (1ull << 1)
#define NPT_U   (1ull << 2)
#define NPT_PCD (1ull << 4)
#define NPT_A   (1ull << 5)
#define NPT_D   (1ull << 6)
#define NPT_NX  (1ull << 63)

static uint64_t npt_leaf(mfn_t mfn, p2m_type_t t, unsigned int level)
{
	uint64_t e =
		(mfn.v << PAGE_SHIFT) | NPT_P | NPT_U | NPT_A | ((uint64_t)t << P2M_TYPE_SHIFT);

	if (level != 0) {
		e |= P2M_LARGE;
	}
	switch (t) {
	case p2m_ram_rw:
	case p2m_grant_rw:
	case p2m_foreign:
		e |= NPT_W | NPT_D | P2M_RAM;
		break;
	case p2m_mmio_direct:
		/*
		 * PAT entry 2, UC-: uncached unless the guest asks for write combining (frame
		 * buffers).
		 */
		e |= NPT_W | NPT_D | NPT_PCD;
		break;
	case p2m_ram_ro:
	case p2m_grant_ro:
	case p2m_logdirty:
		e |= P2M_RAM;
		break;
	default:
		return 0;
	}
	return e;
}

static uint64_t npt_table(mfn_t mfn)
{
	return (mfn.v << PAGE_SHIFT) | NPT_P | NPT_W | NPT_U | NPT_A;
}

static bool npt_allows(uint64_t entry, bool write, bool exec)
{
	return (entry & NPT_P) != 0 && (!write || (entry & NPT_W) != 0) &&
		(!exec || (entry & NPT_NX) == 0);
}

const struct p2m_fmt p2m_npt_fmt = {
	.name = "NPT",
	.present = NPT_P,
	.leaf = npt_leaf,
	.table = npt_table,
	.allows = npt_allows,
};
