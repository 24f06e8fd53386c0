/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest page-table walk in software: no paging, 32-bit with PSE, PAE, 4 and 5 levels; 2 MiB, 4 MiB
 * and 1 GiB pages; NX, WP, SMEP, SMAP, protection keys and reserved bits; accessed and dirty bits
 * are set by compare-and-exchange, so that an entry that changes meanwhile is looked at again. Each
 * entry is read once. Lock: the p2m lock is held for reading during a walk, which keeps every frame
 * that is looked at in place.
 */
#include <hv/atomic.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <asm/cr.h>

#include "guest_walk_priv.h"

struct walk {
	struct p2m_view *view;
	const struct walk_state *ws;
	uint64_t rights; /* as GPT_ALL_RIGHTS */
	uint64_t rsvd;  /* reserved in every entry */
	unsigned int flags;
	bool user;
	uint32_t error; /* page-fault error code when the walk fails */
};

/*
 * The page-table page at gpa in the window; *writable tells whether A/D bits may be set. NULL: no
 * RAM there.
 */
static inline void *table_show(const struct walk *w, gpa_t gpa, bool *writable)
{
	maddr_t maddr;
	uint64_t n = p2m_view_find(w->view, gpa, &maddr);

	if (n == 0) {
		return NULL;
	}
	*writable = !p2m_leaf_is_readonly(n);
	guest_window_show(&w->view->win, maddr);
	return w->view->win.va;
}

static uint32_t access_bits(const struct walk *w)
{
	return ((w->flags & WALK_WRITE) ? PFEC_W : 0) | (w->user ? PFEC_U : 0) |
		((w->flags & WALK_EXEC) && (w->ws->nxe || (w->ws->cr4 & X86_CR4_SMEP)) ? PFEC_I :
											 0);
}

static int walk_fault(struct walk *w, uint32_t bits)
{
	w->error = bits | access_bits(w);
	return -EFAULT;
}

/* May the access go on, given the rights collected and the leaf? 0 or -EFAULT. */
static int check_rights(struct walk *w, uint64_t leaf)
{
	const struct walk_state *ws = w->ws;
	bool user_page = (w->rights & GPT_U) != 0, write = (w->flags & WALK_WRITE) != 0,
	     exec = (w->flags & WALK_EXEC) != 0;

	if (w->user && !user_page) {
		return walk_fault(w, PFEC_P);
	}
	if (write && (w->rights & GPT_W) == 0 && (w->user || (ws->cr0 & X86_CR0_WP) != 0)) {
		return walk_fault(w, PFEC_P);
	}
	if (exec) {
		if (ws->nxe && (w->rights & GPT_NX) == 0) {
			return walk_fault(w, PFEC_P);
		}
		if (!w->user && user_page && (ws->cr4 & X86_CR4_SMEP) != 0) {
			return walk_fault(w, PFEC_P);
		}
	} else if (user_page) {
		if (!w->user && (ws->cr4 & X86_CR4_SMAP) != 0 &&
			((w->flags & WALK_IMPLICIT) != 0 || (ws->rflags & X86_EFLAGS_AC) == 0)) {
			return walk_fault(w, PFEC_P);
		}
		if (unlikely((ws->cr4 & X86_CR4_PKE) != 0) && (ws->efer & EFER_LMA) != 0) {
			uint32_t key = (ws->pkru >> (((leaf >> 59) & 0xf) * 2)) & 3;

			if ((key & 1) != 0 ||
				((key & 2) != 0 && write &&
					(w->user || (ws->cr0 & X86_CR0_WP) != 0))) {
				return walk_fault(w, PFEC_P | PFEC_PK);
			}
		}
	}
	return 0;
}

/*
 * Bits that must be 0 in a large page's entry besides w->rsvd: address bits below its size but PAT.
 */
static inline uint64_t large_rsvd(unsigned int level)
{
	return level == 1 ? 0x1fe000ull : 0x3fffe000ull;
}

/* 8-byte entries: level top..0 from the table at gpa. */
static int walk_64(struct walk *w, gpa_t table, unsigned int top, uint64_t gva, gpa_t *gpa)
{
	bool lma = (w->ws->efer & EFER_LMA) != 0, writable = false;

	for (unsigned int level = top;; level--) {
		uint64_t *t = table_show(w, table, &writable);
		uint64_t *slot, e, set;
		bool leaf;
		int rc = 0;

		if (t == NULL) {
			return walk_fault(w, 0);
		}
		slot = &t[(gva >> (PAGE_SHIFT + 9 * level)) & 511];
again:
		e = READ_ONCE(*slot);
		leaf = level == 0 || (e & GPT_PS) != 0;
		set = GPT_A;
		if ((e & GPT_P) == 0) {
			rc = walk_fault(w, 0);
		} else if (unlikely((e & w->rsvd) != 0)) {
			rc = walk_fault(w, PFEC_P | PFEC_RSVD);
		} else if (leaf) {
			uint64_t rights = w->rights;

			if (level != 0 &&
				unlikely(level > 2 || (level == 2 && (!lma || !cpu_has_page1gb)) ||
					(e & large_rsvd(level)) != 0)) {
				rc = walk_fault(w, PFEC_P | PFEC_RSVD);
			} else {
				w->rights = rights & (e ^ GPT_NX);
				rc = check_rights(w, e);
				if (w->flags & WALK_WRITE) {
					set |= GPT_D;
				}
				if (unlikely((e & set) != set) && rc == 0 && writable &&
					cmpxchg(slot, e, e | set) != e) {
					w->rights = rights;
					goto again;
				}
			}
		} else {
			if (unlikely((e & GPT_A) == 0) && writable &&
				cmpxchg(slot, e, e | GPT_A) != e) {
				goto again;
			}
			w->rights &= e ^ GPT_NX;
		}
		if (unlikely(rc != 0)) {
			return rc;
		}
		if (leaf) {
			uint64_t size = 1ull << (PAGE_SHIFT + 9 * level);

			*gpa = (e & PTE_ADDR_MASK & ~(size - 1)) | (gva & (size - 1));
			return 0;
		}
		table = e & PTE_ADDR_MASK;
	}
}

/* 4-byte entries, two levels. */
static int walk_32(struct walk *w, uint64_t gva, gpa_t *gpa)
{
	gpa_t table = w->ws->cr3 & 0xfffff000ul;
	bool writable = false;

	for (unsigned int level = 1;; level--) {
		uint32_t *t = table_show(w, table, &writable);
		uint32_t *slot, e, set;
		bool leaf;
		int rc = 0;

		if (t == NULL) {
			return walk_fault(w, 0);
		}
		slot = &t[(gva >> (PAGE_SHIFT + 10 * level)) & 1023];
again:
		e = READ_ONCE(*slot);
		leaf = level == 0 || ((e & GPT_PS) != 0 && (w->ws->cr4 & X86_CR4_PSE) != 0);
		set = GPT_A;
		if ((e & GPT_P) == 0) {
			rc = walk_fault(w, 0);
		} else if (leaf && level == 1 && (e & (1u << 21)) != 0) {
			rc = walk_fault(w, PFEC_P | PFEC_RSVD);
		} else {
			uint64_t rights = w->rights;

			w->rights &= e | GPT_NX;
			if (leaf) {
				rc = check_rights(w, 0);
				if (w->flags & WALK_WRITE) {
					set |= GPT_D;
				}
			}
			if (rc == 0 && (e & set) != set && writable &&
				cmpxchg(slot, e, e | set) != e) {
				w->rights = rights;
				goto again;
			}
		}
		if (rc != 0) {
			return rc;
		}
		if (leaf && level == 1) {
			/* PSE-36: address bits 39:32 in bits 20:13. */
			*gpa = ((uint64_t)(e & 0x1fe000u) << 19) | (e & 0xffc00000u) |
				(gva & 0x3fffff);
			return 0;
		}
		if (leaf) {
			*gpa = (e & 0xfffff000u) | (gva & PAGE_OFFSET_MASK);
			return 0;
		}
		table = e & 0xfffff000u;
	}
}

/*
 * PAE: the top table has 4 entries without rights; their reserved bits were checked when CR3 was
 * loaded.
 */
static int walk_pae(struct walk *w, uint64_t gva, gpa_t *gpa)
{
	bool writable;
	uint64_t *t = table_show(w, w->ws->cr3 & 0xfffff000ul, &writable), e;

	if (t == NULL) {
		return walk_fault(w, 0);
	}
	e = READ_ONCE(t[((w->ws->cr3 & 0xfe0) >> 3) + (gva >> 30)]);
	if ((e & GPT_P) == 0) {
		return walk_fault(w, 0);
	}
	return walk_64(w, e & PTE_ADDR_MASK, 1, gva, gpa);
}

static int walk_long(struct walk *w, uint64_t gva, gpa_t *gpa)
{
	bool la57 = (w->ws->cr4 & X86_CR4_LA57) != 0;
	uint64_t want = GPT_A | ((w->flags & WALK_WRITE) ? GPT_D : 0), leaf;

	if (unlikely(!guest_gva_is_canonical(gva, la57 ? 57 : 48))) {
		/* The caller's emulation raises #GP or #SS; there is no page-fault code for it. */
		return walk_fault(w, 0);
	}
	if (!la57 &&
		guest_walk_fast(w->view, w->ws->cr3, w->rsvd, gva, want, gpa, &w->rights, &leaf)) {
		return check_rights(w, leaf);
	}
	w->rights = GPT_ALL_RIGHTS;
	return walk_64(w, w->ws->cr3 & PTE_ADDR_MASK, la57 ? 4 : 3, gva, gpa);
}

int guest_walk_view(struct p2m_view *view, const struct walk_state *ws, uint64_t gva,
	unsigned int flags, gpa_t *gpa, uint32_t *pf_error)
{
	struct walk w;
	int rc;

	if ((ws->cr0 & X86_CR0_PG) == 0) {
		*gpa = (uint32_t)gva;
		return 0;
	}
	w.view = view;
	w.ws = ws;
	w.rights = GPT_ALL_RIGHTS;
	w.rsvd = guest_pte_rsvd(ws);
	w.flags = flags;
	w.user = (flags & WALK_IMPLICIT) == 0 && ((flags & WALK_USER) != 0 || ws->cpl == 3);
	w.error = 0;
	if (likely((ws->efer & EFER_LMA) != 0)) {
		rc = walk_long(&w, gva, gpa);
	} else if ((ws->cr4 & X86_CR4_PAE) != 0) {
		rc = walk_pae(&w, (uint32_t)gva, gpa);
	} else {
		rc = walk_32(&w, (uint32_t)gva, gpa);
	}
	if (unlikely(rc != 0) && pf_error != NULL) {
		*pf_error = w.error;
	}
	return rc;
}

int guest_walk(struct vcpu *v, const struct walk_state *ws, uint64_t gva, unsigned int flags,
	gpa_t *gpa, uint32_t *pf_error)
{
	struct p2m_domain *p = &v->domain->p2m;
	struct p2m_view view;
	bool missed;
	int rc;

	do {
		read_lock(&p->lock);
		p2m_view_open(&view, p);
		rc = guest_walk_view(&view, ws, gva, flags, gpa, pf_error);
		missed = rc != 0 && p2m_view_missed_pod(&view);
		p2m_view_close(&view);
		read_unlock(&p->lock);
	} while (unlikely(missed) && p2m_pod_fill(v->domain, gpa_to_gfn(view.missed)));
	return rc;
}
