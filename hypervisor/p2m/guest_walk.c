/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest page-table walk in software: no paging, 32-bit with PSE, PAE, 4 and 5 levels; 2 MiB, 4 MiB and 1 GiB pages; NX, WP, SMEP, SMAP, protection keys and
 * reserved bits; accessed and dirty bits are set by compare-and-exchange, so that an entry that changes meanwhile is looked at again. Each entry is read once.
 * Lock: the p2m lock is held for reading during a walk, which keeps every frame that is looked at in place.
 */
#include <hv/atomic.h>
#include <hv/cpu.h>
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/pagetable.h>
#include <asm/cr.h>

#include "p2m_priv.h"

#define GPT_P  (1ull << 0)
#define GPT_W  (1ull << 1)
#define GPT_U  (1ull << 2)
#define GPT_A  (1ull << 5)
#define GPT_D  (1ull << 6)
#define GPT_PS (1ull << 7)
#define GPT_NX (1ull << 63)

struct walk {
	const struct p2m_domain *p;
	const struct walk_state *ws;
	uint64_t rights; /* GPT_W and GPT_U of all levels, and GPT_NX inverted */
	uint64_t rsvd;  /* reserved in every entry */
	void *win;  /* open window for the tables */
	unsigned int flags;
	bool user;
	uint32_t error;  /* page-fault error code when the walk fails */
};

/* Window on the page-table page at gpa; *writable tells whether A/D bits may be set. NULL: no RAM there. */
static inline void *table_map(const struct walk *w, gpa_t gpa, bool *writable)
{
	uint64_t mfn;
	p2m_type_t t;

	if (!p2m_lookup_locked(w->p, gpa >> PAGE_SHIFT, &mfn, &t) || unlikely(!p2m_is_any_ram(t))) {
		return NULL;
	}
	*writable = !p2m_is_readonly(t);
	return window_repoint(w->win, _mfn(mfn));
}

/*
 * The usual case of walk_64(): every table in RAM, every bit that the walk needs set already, nothing unusual in any entry. Nothing is written and nothing is
 * checked but presence and reserved bits: rights are collected in w->rights. false: walk_64() must decide.
 */
static __always_inline bool walk_64_fast(
	struct walk *w, gpa_t table, unsigned int top, uint64_t gva, gpa_t *gpa, uint64_t *leaf)
{
	uint64_t dirty = (w->flags & WALK_WRITE) ? GPT_D : 0, rights = w->rights,
		 present = w->p->fmt->present, e;

	for (unsigned int shift = PAGE_SHIFT + 9 * top;; shift -= 9) {
		unsigned int level;
		uint64_t n = p2m_find(w->p, present, table >> PAGE_SHIFT, &level);
		const uint64_t *t;

		/* RAM types come first in the enumeration after the hole; MMIO is the only other one that is ever entered. */
		if (unlikely((n & present) == 0) ||
			unlikely(p2m_entry_type(n) == p2m_mmio_direct)) {
			return false;
		}
		t = window_repoint(w->win, _mfn(p2m_entry_mfn(n, table >> PAGE_SHIFT, level)));
		e = READ_ONCE(t[(gva >> shift) & 511]);
		if (unlikely((e & (GPT_P | GPT_A)) != (GPT_P | GPT_A)) ||
			unlikely((e & w->rsvd) != 0)) {
			return false;
		}
		rights &= e ^ GPT_NX;
		if (shift == PAGE_SHIFT) {
			break;
		}
		if ((e & GPT_PS) != 0) {
			uint64_t size = 1ull << shift;

			/* Low address bits but PAT are reserved; 512 GiB pages and what is not offered are left to walk_64(). */
			if (shift > PAGE_SHIFT + 18 || (e & (size - 1) & 0x3fffe000ull) != 0 ||
				(shift == PAGE_SHIFT + 18 && !cpu_has_page1gb)) {
				return false;
			}
			*gpa = (e & PTE_ADDR_MASK & ~(size - 1)) | (gva & (size - 1));
			goto done;
		}
		table = e & PTE_ADDR_MASK;
	}
	*gpa = (e & PTE_ADDR_MASK) | (gva & PAGE_OFFSET_MASK);
done:
	w->rights = rights;
	*leaf = e;
	return (e & dirty) == dirty;
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

/* Bits that must be 0 in a large page's entry besides w->rsvd: address bits below its size but PAT. */
static inline uint64_t large_rsvd(unsigned int level)
{
	return level == 1 ? 0x1fe000ull : 0x3fffe000ull;
}

/* 8-byte entries: level top..0 from the table at gpa. */
static int walk_64(struct walk *w, gpa_t table, unsigned int top, uint64_t gva, gpa_t *gpa)
{
	bool lma = (w->ws->efer & EFER_LMA) != 0, writable = false;

	for (unsigned int level = top;; level--) {
		uint64_t *t = table_map(w, table, &writable);
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
		uint32_t *t = table_map(w, table, &writable);
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

int guest_walk_locked(struct vcpu *v, const struct walk_state *ws, void *win, uint64_t gva,
	unsigned int flags, gpa_t *gpa, uint32_t *pf_error)
{
	struct walk w = {
		.p = &v->domain->p2m,
		.ws = ws,
		.rights = GPT_W | GPT_U | GPT_NX,
		.rsvd = PTE_ADDR_MASK & ~((1ull << boot_cpu_info.phys_bits) - 1),
		.win = win,
		.flags = flags,
		.user = (flags & WALK_IMPLICIT) == 0 && ((flags & WALK_USER) != 0 || ws->cpl == 3),
	};
	int rc;

	if (!ws->nxe) {
		w.rsvd |= GPT_NX;
	}
	if (likely((ws->efer & EFER_LMA) != 0)) {
		unsigned int top = unlikely((ws->cr4 & X86_CR4_LA57) != 0) ? 4 : 3;
		int64_t sext = (int64_t)gva >> (PAGE_SHIFT + 9 * top + 8);

		if (unlikely(sext != 0 && sext != -1)) {
			/* Not canonical: the caller's emulation raises #GP or #SS; there is no fault code for it. */
			rc = walk_fault(&w, 0);
		} else {
			uint64_t leaf;

			if (likely(top == 3) &&
				likely(walk_64_fast(
					&w, ws->cr3 & PTE_ADDR_MASK, 3, gva, gpa, &leaf))) {
				rc = check_rights(&w, leaf);
			} else {
				w.rights = GPT_W | GPT_U | GPT_NX;
				rc = walk_64(&w, ws->cr3 & PTE_ADDR_MASK, top, gva, gpa);
			}
		}
	} else if ((ws->cr0 & X86_CR0_PG) == 0) {
		*gpa = (uint32_t)gva;
		return 0;
	} else if ((ws->cr4 & X86_CR4_PAE) != 0) {
		bool writable;
		uint64_t *t = table_map(&w, ws->cr3 & 0xfffff000ul, &writable), e;

		gva = (uint32_t)gva;
		if (t == NULL) {
			rc = walk_fault(&w, 0);
		} else {
			e = READ_ONCE(t[((ws->cr3 & 0xfe0) >> 3) + (gva >> 30)]);
			if ((e & GPT_P) == 0) {
				rc = walk_fault(&w, 0);
			} else {
				/* XD works in PAE mode; a PDPTE has no rights, its reserved bits were checked when CR3 was loaded. */
				rc = walk_64(&w, e & PTE_ADDR_MASK, 1, gva, gpa);
			}
		}
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
	void *win;
	int rc;

	read_lock(&v->domain->p2m.lock);
	win = map_domain_page(v->domain->p2m.root);
	rc = guest_walk_locked(v, ws, win, gva, flags, gpa, pf_error);
	unmap_domain_page(win);
	read_unlock(&v->domain->p2m.lock);
	return rc;
}
