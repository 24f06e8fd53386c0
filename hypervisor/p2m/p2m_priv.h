/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside p2m/: how an entry is made and read. NPT and EPT tables have the same shape: 4 levels of
 * 512 entries of 8 bytes, the frame in bits 12 to 51, bit 7 for a large page, bits 52 to 55 free
 * for software. Only permissions, memory types and "present" differ: those are in struct p2m_fmt.
 * Level 0 is the table of 4 KiB entries, level 3 the root.
 */
#ifndef P2M_PRIV_H
#define P2M_PRIV_H

#include <hv/compiler.h>
#include <hv/page_alloc.h>
#include <hv/p2m.h>
#include <hv/pagetable.h>

#define P2M_ADDR_MASK  0x000ffffffffff000ull
#define P2M_LARGE      (1ull << 7)
#define P2M_TYPE_SHIFT 52
#define P2M_TYPE_MASK  (0xfull << P2M_TYPE_SHIFT)
/* In every leaf of RAM (grant and foreign mappings too), and in no table: one test tells. */
#define P2M_RAM        (1ull << 56)
#define P2M_TOP_LEVEL  3u
#define P2M_GFN_BITS   36u
#define P2M_ENTRIES    512u

struct p2m_fmt {
	const char *name;
	uint64_t present; /* an entry with none of these bits is a hole */
	/* Entry of a mapping; level 1 and 2 are large pages. */
	uint64_t (*leaf)(mfn_t mfn, p2m_type_t t, unsigned int level);
	uint64_t (*table)(mfn_t mfn);
	/* Would hardware allow the access? */
	bool (*allows)(uint64_t entry, bool write, bool exec);
};

static inline p2m_type_t p2m_entry_type(uint64_t e)
{
	return (p2m_type_t)((e & P2M_TYPE_MASK) >> P2M_TYPE_SHIFT);
}
/* Memory that comes with its first touch: a hole for hardware. */
static inline bool p2m_entry_is_pod(uint64_t present, uint64_t e)
{
	return (e & present) == 0 && p2m_entry_type(e) == p2m_pod;
}
static inline uint64_t p2m_pod_entry(void)
{
	return (uint64_t)p2m_pod << P2M_TYPE_SHIFT;
}
static inline unsigned int p2m_index(uint64_t gfn, unsigned int level)
{
	return (unsigned int)(gfn >> (9 * level)) & (P2M_ENTRIES - 1);
}
static inline bool p2m_is_table(uint64_t present, uint64_t e, unsigned int level)
{
	return (e & present) != 0 && level != 0 && (e & P2M_LARGE) == 0;
}
static inline uint64_t *p2m_entry_table(uint64_t e)
{
	return maddr_to_hv_va(e & P2M_ADDR_MASK);
}
/* Frame of gfn under a leaf at level. */
static inline uint64_t p2m_entry_mfn(uint64_t e, uint64_t gfn, unsigned int level)
{
	return ((e & P2M_ADDR_MASK) >> PAGE_SHIFT) + (gfn & ((1ull << (9 * level)) - 1));
}

/* The leaf or hole that decides about gfn. p2m lock held (any mode). */
static __always_inline uint64_t p2m_find(
	const struct p2m_domain *p, uint64_t present, uint64_t gfn, unsigned int *level)
{
	const uint64_t *t = mfn_to_hv_va(p->root);
	uint64_t e;

	if (unlikely((gfn >> P2M_GFN_BITS) != 0)) {
		*level = P2M_TOP_LEVEL;
		return 0;
	}
	e = READ_ONCE(t[(gfn >> 27) & 511]);
	if (unlikely((e & present) == 0)) {
		*level = 3;
		return e;
	}
	e = READ_ONCE(p2m_entry_table(e)[(gfn >> 18) & 511]);
	if ((e & present) == 0 || (e & P2M_LARGE) != 0) {
		*level = 2;
		return e;
	}
	e = READ_ONCE(p2m_entry_table(e)[(gfn >> 9) & 511]);
	if ((e & present) == 0 || (e & P2M_LARGE) != 0) {
		*level = 1;
		return e;
	}
	*level = 0;
	return READ_ONCE(p2m_entry_table(e)[gfn & 511]);
}

/* mfn and type of gfn. p2m lock held. false: hole. */
static __always_inline bool p2m_lookup_locked(
	const struct p2m_domain *p, uint64_t gfn, uint64_t *mfn, p2m_type_t *t)
{
	unsigned int level;
	uint64_t present = p->fmt->present;
	uint64_t e = p2m_find(p, present, gfn, &level);

	if ((e & present) == 0) {
		return false;
	}
	*mfn = p2m_entry_mfn(e, gfn, level);
	*t = p2m_entry_type(e);
	return true;
}

/* What a change replaced and must be released after the flush. */
struct p2m_change {
	bool flush;
	uint64_t entry;   /* one replaced entry at level, or 0 */
	unsigned int level;
	/* A table that was copied: entries [first, first + nr) at level lost their mapping. */
	uint64_t *table;
	unsigned int first, nr;
	uint64_t *empties; /* empty tables taken out, linked by their first words */
};

/*
 * Put a mapping (mfn, or a hole if INVALID_MFN; mfn means nothing for p2m_pod, order 0 or 9) at [gfn, gfn + 2^order), both aligned to it. Write
 * lock held. -EBUSY: a grant mapping is there; -ENOMEM; -ESRCH: torn down. Nothing is changed on
 * error. The caller calls p2m_change_finish() when it has dropped the lock, on success and on
 * error.
 */
int p2m_change_locked(struct domain *d, uint64_t gfn, mfn_t mfn, unsigned int order, p2m_type_t t,
	struct p2m_change *ch);
/* Flush if needed, then release what was replaced. No p2m lock held. */
void p2m_change_finish(struct domain *d, struct p2m_change *ch);
/*
 * The entry of gfn in its table at level, with tables made and large pages split on the way (make).
 * *hole (may be NULL when make): without make, nothing is mapped there. NULL: no memory or hole.
 */
uint64_t *p2m_get_slot(struct domain *d, uint64_t gfn, unsigned int level, bool make, bool *hole);
/* Is gfn the place of RAM of this direct-mapped domain that it has not ballooned out? */
bool p2m_owns_identity(const struct domain *d, uint64_t gfn);

/*
 * Look-ups of RAM that follow each other, and the window through which it is seen. The last table
 * of 2 MiB entries is kept: it covers 1 GiB of guest memory. Valid while the p2m lock is held.
 */
struct p2m_view {
	uint64_t tag; /* gfn >> 18 that t is about; ~0: none yet */
	gpa_t missed; /* where no RAM was found last; ~0: everywhere some */
	const uint64_t *t;
	const struct p2m_domain *p;
	struct guest_window win;
};

/* p2m lock held. */
static inline void p2m_view_open(struct p2m_view *w, const struct p2m_domain *p)
{
	w->p = p;
	w->tag = ~0ull;
	w->missed = ~0ull;
	w->t = NULL;
	guest_window_open(&w->win);
}

static inline void p2m_view_close(struct p2m_view *w)
{
	guest_window_close(&w->win);
}

/*
 * p2m_view_find() outside the gigabyte that is kept, which becomes gpa's when it has such a table.
 */
uint64_t p2m_view_find_far(struct p2m_view *w, gpa_t gpa, maddr_t *maddr);

/* The leaf of RAM behind gpa; *maddr its machine address. 0: something else or nothing is there. */
static __always_inline uint64_t p2m_view_find(struct p2m_view *w, gpa_t gpa, maddr_t *maddr)
{
	uint64_t mask = SIZE_2M - 1, e;

	if (unlikely(w->tag != gpa >> (PAGE_SHIFT + 18))) {
		return p2m_view_find_far(w, gpa, maddr);
	}
	e = READ_ONCE(w->t[(gpa >> (PAGE_SHIFT + 9)) & 511]);
	if ((e & P2M_RAM) == 0) {
		if (unlikely(!p2m_is_table(w->p->fmt->present, e, 1))) {
			w->missed = gpa;
			return 0;
		}
		e = READ_ONCE(p2m_entry_table(e)[(gpa >> PAGE_SHIFT) & 511]);
		mask = PAGE_SIZE - 1;
		if (unlikely((e & P2M_RAM) == 0)) {
			w->missed = gpa;
			return 0;
		}
	}
	*maddr = (e & P2M_ADDR_MASK) | (gpa & mask);
	return e;
}

/* Something was not found: can p2m_pod_fill() help? Lock still held. */
static inline bool p2m_view_missed_pod(const struct p2m_view *w)
{
	return w->p->nr_pod != 0 && w->missed != ~0ull;
}

/* May the domain itself write through this leaf? */
static inline bool p2m_leaf_is_readonly(uint64_t e)
{
	return p2m_is_readonly(p2m_entry_type(e));
}

/* p2m_pod.c: pages to be populated under e at level. Lock held. */
uint64_t p2m_pod_count(const struct p2m_domain *p, uint64_t e, unsigned int level);

struct walk_state;
/* guest_walk() through a view of v's p2m. */
int guest_walk_view(struct p2m_view *view, const struct walk_state *ws, uint64_t gva,
	unsigned int flags, gpa_t *gpa, uint32_t *pf_error);

#endif
