/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the grant table: grant.c (tables, small operations), grant_map.c (map, unmap, maptrack),
 * grant_copy.c.
 */
#ifndef GRANT_PRIV_H
#define GRANT_PRIV_H

#include <hv/grant.h>
#include <hv/lib.h>
#include <hv/nospec.h>
#include <hv/spinlock.h>

#include "grant_pin.h"

struct domain;

#define GRANTS_PER_FRAME 512u
#define ACTIVE_ORDER     1u /* 512 records of 12 bytes */
#define NO_HANDLE        0xffffffffu

/* One mapping that the domain holds of somebody's grant. */
struct maptrack {
	struct domain *rd; /* granter, with a reference; NULL: free */
	uint64_t gfn; /* where it is mapped */
	uint32_t mfn;
	grant_ref_t ref;
	uint32_t next_free;
	uint8_t readonly;
	uint8_t busy; /* an unmap has taken it */
};
#define MAPTRACK_PER_PAGE  (PAGE_SIZE / sizeof(struct maptrack))
/* The ABI's limit counts frames of 16-byte records. */
#define MAPTRACK_PER_FRAME 256u

struct grant_table {
	spinlock_t lock; /* [g] of everything up to maptrack */
	unsigned int nr_frames; /* [g] grows only */
	unsigned int max_frames; /* [I] */
	struct grant_entry_v1 *
		*shared; /* [g] max_frames pointers to hypervisor pages shared with the domain */
	struct grant_active **active; /* [g] our records, as many */
	uint64_t *frame_gfn; /* [a] where each frame is in the physmap, plus 1; 0 nowhere */

	spinlock_t maptrack_lock; /* inside lock; of the members below */
	unsigned int max_handles; /* [I] */
	unsigned int nr_handles; /* handles in pages that exist */
	unsigned int nr_mapped; /* handles in use */
	uint32_t first_free;
	unsigned int max_pages; /* [I] length of pages */
	struct maptrack **pages;
	unsigned int release_next; /* progress of grant_table_release_mappings() */
};

/* gt->lock held. NULL when ref is out of range. */
static inline struct grant_active *grant_find(
	struct grant_table *gt, grant_ref_t ref, struct grant_entry_v1 **sha)
{
	unsigned int limit = gt->nr_frames * GRANTS_PER_FRAME;

	if (unlikely(ref >= limit)) {
		return NULL;
	}
	ref = array_index_nospec(ref, limit);
	*sha = &gt->shared[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
	return &gt->active[ref / GRANTS_PER_FRAME][ref % GRANTS_PER_FRAME];
}

/*
 * Pin ref of rd for domid and take a reference of its page. GNTST_okay or an error; nothing is held
 * on error. Takes rd's lock.
 */
int16_t grant_acquire(
	struct domain *rd, grant_ref_t ref, domid_t domid, bool readonly, uint32_t *mfn);
/* Undo: unpins and drops the page reference. */
void grant_release(struct domain *rd, grant_ref_t ref, bool readonly, uint32_t mfn);
/* Continue the operation at op nr `done` (of size bytes each). */
long grant_continue(
	unsigned int cmd, uint64_t uop, unsigned int count, unsigned int done, size_t size);

long grant_map(uint64_t uop, unsigned int count);
long grant_unmap(uint64_t uop, unsigned int count);
long grant_copy(uint64_t uop, unsigned int count);

#endif
