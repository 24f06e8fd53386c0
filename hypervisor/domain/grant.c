/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grant tables, version 1: the tables themselves, pinning, and the small operations. Shared frames
 * are hypervisor pages shared with the domain; each has a page of records of our own beside it
 * (struct grant_active). Version 2, transitive grants and transfers do not exist. Locks: gt->lock
 * of the granter for entries and records; gt->maptrack_lock of the mapper for its handles. Never
 * two tables at once. The granter's p2m lock is taken inside gt->lock.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/heap.h>
#include <hv/hypercall.h>
#include <hv/page_alloc.h>
#include <hv/printk.h>
#include <hv/priv.h>
#include <hv/string.h>

#include "grant_priv.h"

static_assert(sizeof(struct grant_active) * GRANTS_PER_FRAME <= (PAGE_SIZE << ACTIVE_ORDER),
	"records of a frame");
static_assert(sizeof(struct gnttab_map_grant_ref) == 32 &&
		sizeof(struct gnttab_unmap_grant_ref) == 24 && sizeof(struct gnttab_copy) == 40,
	"ABI");

#define MAX_FRAMES_LIMIT   16384u /* bounds the arrays, far above any use */
#define MAX_MAPTRACK_LIMIT 65536u

/* Tables --------------------------------------------------------------------------------------- */

static int grow_locked(struct domain *d, unsigned int nr)
{
	struct grant_table *gt = d->grant_table;

	while (gt->nr_frames < nr) {
		void *sha = alloc_hv_pages(0), *act = alloc_hv_pages(ACTIVE_ORDER);

		if (sha == NULL || act == NULL) {
			free_hv_pages(sha, 0);
			free_hv_pages(act, ACTIVE_ORDER);
			return -ENOMEM;
		}
		share_hv_page_with_domain(sha, d);
		gt->shared[gt->nr_frames] = sha;
		gt->active[gt->nr_frames] = act;
		gt->nr_frames++;
	}
	return 0;
}

int grant_table_init(
	struct domain *d, int max_grant_frames, int max_maptrack_frames, unsigned int version_opts)
{
	unsigned int frames =
		max_grant_frames < 0 ? GNTTAB_MAX_FRAMES : (unsigned int)max_grant_frames;
	unsigned int track =
		max_maptrack_frames < 0 ? GNTTAB_MAX_MAPTRACK : (unsigned int)max_maptrack_frames;
	struct grant_table *gt;
	int rc;

	if (frames == 0 || frames > MAX_FRAMES_LIMIT || track > MAX_MAPTRACK_LIMIT ||
		version_opts != 1) {
		return -EINVAL;
	}
	gt = xzalloc(struct grant_table);
	if (gt == NULL) {
		return -ENOMEM;
	}
	spin_lock_init(&gt->lock, LOCK_GRANT);
	spin_lock_init(&gt->maptrack_lock, LOCK_MAPTRACK);
	gt->max_frames = frames;
	gt->max_handles = track * MAPTRACK_PER_FRAME;
	gt->max_pages = DIV_ROUND_UP(gt->max_handles, (unsigned int)MAPTRACK_PER_PAGE);
	gt->first_free = NO_HANDLE;
	gt->shared = xzalloc_array(struct grant_entry_v1 *, frames);
	gt->active = xzalloc_array(struct grant_active *, frames);
	gt->frame_gfn = xzalloc_array(uint64_t, frames);
	gt->pages = xzalloc_array(struct maptrack *, MAX(gt->max_pages, 1u));
	d->grant_table = gt;
	if (gt->shared == NULL || gt->active == NULL || gt->frame_gfn == NULL ||
		gt->pages == NULL) {
		rc = -ENOMEM;
	} else {
		spin_lock(&gt->lock);
		rc = grow_locked(d, 1);
		spin_unlock(&gt->lock);
	}
	if (rc != 0) {
		grant_table_destroy(d);
	}
	return rc;
}

void grant_table_destroy(struct domain *d)
{
	struct grant_table *gt = d->grant_table;

	if (gt == NULL) {
		return;
	}
	d->grant_table = NULL;
	for (unsigned int i = 0; i < gt->nr_frames; i++) {
		unshare_hv_page(gt->shared[i]);
		free_hv_pages(gt->shared[i], 0);
		free_hv_pages(gt->active[i], ACTIVE_ORDER);
	}
	for (unsigned int i = 0; gt->pages != NULL && i < gt->max_pages; i++) {
		free_hv_pages(gt->pages[i], 0);
	}
	xfree(gt->shared);
	xfree(gt->active);
	xfree(gt->frame_gfn);
	xfree(gt->pages);
	xfree(gt);
}

int grant_table_get_frame(struct domain *d, unsigned int idx, bool status, mfn_t *mfn)
{
	struct grant_table *gt = d->grant_table;
	int rc = 0;

	if (status || idx >= gt->max_frames) {
		return -EINVAL;
	}
	spin_lock(&gt->lock);
	if (idx >= gt->nr_frames) {
		rc = d->is_dying != DOMDYING_alive ? -EINVAL : grow_locked(d, idx + 1);
	}
	if (rc == 0) {
		*mfn = hv_va_to_mfn(gt->shared[array_index_nospec(idx, gt->max_frames)]);
	}
	spin_unlock(&gt->lock);
	return rc;
}

uint64_t *grant_table_frame_gfn(struct domain *d, unsigned int idx)
{
	struct grant_table *gt = d->grant_table;

	return idx < READ_ONCE(gt->nr_frames) ?
		&gt->frame_gfn[array_index_nospec(idx, gt->max_frames)] :
		NULL;
}

unsigned int grant_table_max_frames(struct domain *d, bool status)
{
	return status ? 0 : d->grant_table->max_frames;
}

void grant_table_warn_active(struct domain *d)
{
	struct grant_table *gt = d->grant_table;
	unsigned int nr = 0;

	if (gt == NULL) {
		return;
	}
	spin_lock(&gt->lock);
	for (unsigned int i = 0; i < gt->nr_frames * GRANTS_PER_FRAME; i++) {
		nr += grant_is_pinned(&gt->active[i / GRANTS_PER_FRAME][i % GRANTS_PER_FRAME]);
	}
	spin_unlock(&gt->lock);
	if (nr != 0) {
		printk(XENLOG_G_DEBUG "d%u: %u of its grants are still in use by others\n",
			d->domain_id, nr);
	}
}

/* Pins ----------------------------------------------------------------------------------------- */

int16_t grant_acquire(
	struct domain *rd, grant_ref_t ref, domid_t domid, bool readonly, uint32_t *mfn)
{
	struct grant_table *gt = rd->grant_table;
	struct grant_entry_v1 *sha;
	struct grant_active *act;
	struct page_info *pg;
	uint32_t frame;
	p2m_type_t t;
	int16_t rc;
	bool first;

	spin_lock(&gt->lock);
	act = grant_find(gt, ref, &sha);
	if (act == NULL) {
		rc = GNTST_bad_gntref;
		goto out;
	}
	rc = grant_pin(sha, act, domid, readonly, &first, &frame);
	if (rc != GNTST_okay) {
		goto out;
	}
	if (first) {
		pg = p2m_get_page(rd, _gfn(frame), &t, !readonly);
		if (pg != NULL && !p2m_is_ram(t)) {
			put_page(pg);
			pg = NULL;
		}
		if (pg != NULL) {
			act->mfn = (uint32_t)page_to_mfn(pg).v;
			act->page_is_ro = p2m_is_readonly(t);
		}
	} else {
		/* The pin that was there first holds the page. */
		pg = mfn_to_page(_mfn(act->mfn));
		if ((!readonly && act->page_is_ro) || !get_page_ref_owned(pg)) {
			pg = NULL;
		}
	}
	if (pg == NULL) {
		grant_unpin(sha, act, readonly);
		rc = GNTST_bad_page;
	} else {
		*mfn = act->mfn;
	}
out:
	spin_unlock(&gt->lock);
	return rc;
}

void grant_release(struct domain *rd, grant_ref_t ref, bool readonly, uint32_t mfn)
{
	struct grant_table *gt = rd->grant_table;
	struct grant_entry_v1 *sha = NULL;
	struct grant_active *act;

	spin_lock(&gt->lock);
	act = grant_find(gt, ref, &sha);
	grant_unpin(sha, act, readonly);
	spin_unlock(&gt->lock);
	put_page(mfn_to_page(_mfn(mfn)));
}

/* Small operations ----------------------------------------------------------------------------- */

static long grant_query_size(uint64_t uop, unsigned int count)
{
	struct gnttab_query_size op;
	struct domain *d;
	int rc;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_struct_from_guest(&op, uop) != 0) {
		return -EFAULT;
	}
	rc = domain_get_for(op.dom, PRIV_TARGET, &d);
	if (rc != 0) {
		op.status = rc == -ESRCH ? GNTST_bad_domain : GNTST_permission_denied;
	} else {
		op.nr_frames = READ_ONCE(d->grant_table->nr_frames);
		op.max_nr_frames = d->grant_table->max_frames;
		op.status = GNTST_okay;
		put_domain(d);
	}
	return copy_struct_to_guest(uop, &op);
}

struct compat_setup_table {
	domid_t dom;
	uint16_t pad;
	uint32_t nr_frames;
	int16_t status;
	uint16_t pad2;
	uint32_t frame_list;
};

/*
 * For translated guests: makes the table large enough; the list, if given, gets the frames' places
 * in the physmap.
 */
static long grant_setup_table(uint64_t uop, unsigned int count)
{
	bool compat = current->hcall_compat;
	struct gnttab_setup_table op;
	struct grant_table *gt;
	struct domain *d;
	uint64_t list;
	int rc;

	if (count != 1) {
		return -EINVAL;
	}
	if (compat) {
		struct compat_setup_table c;

		if (copy_struct_from_guest(&c, uop) != 0) {
			return -EFAULT;
		}
		op = (struct gnttab_setup_table){ .dom = c.dom, .nr_frames = c.nr_frames };
		list = c.frame_list;
	} else {
		if (copy_struct_from_guest(&op, uop) != 0) {
			return -EFAULT;
		}
		list = handle_gva(op.frame_list);
	}
	rc = domain_get_for(op.dom, PRIV_TARGET, &d);
	if (rc != 0) {
		op.status = rc == -ESRCH ? GNTST_bad_domain : GNTST_permission_denied;
		goto out;
	}
	gt = d->grant_table;
	op.status = GNTST_okay;
	if (op.nr_frames > gt->max_frames) {
		op.status = GNTST_general_error;
	} else if (d->is_dying == DOMDYING_alive) {
		spin_lock(&gt->lock);
		if (grow_locked(d, op.nr_frames) != 0) {
			op.status = GNTST_general_error;
		}
		spin_unlock(&gt->lock);
	}
	for (unsigned int i = 0;
		op.status == GNTST_okay && list != 0 && i < MIN(op.nr_frames, gt->nr_frames); i++) {
		uint64_t gfn = READ_ONCE(gt->frame_gfn[i]) - 1;

		if (copy_to_guest(list + i * (compat ? 4u : 8u), &gfn, compat ? 4 : 8) != 0) {
			op.status = GNTST_bad_virt_addr;
		}
	}
	put_domain(d);
out:
	return copy_to_guest(uop +
			(compat ? offsetof(struct compat_setup_table, status) :
				  offsetof(struct gnttab_setup_table, status)),
		&op.status, sizeof(op.status));
}

static long grant_set_version(uint64_t uop, unsigned int count)
{
	struct gnttab_set_version op;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_struct_from_guest(&op, uop) != 0) {
		return -EFAULT;
	}
	if (op.version != 1) {
		return op.version == 2 ? -ENOSYS : -EINVAL;
	}
	return copy_struct_to_guest(uop, &op);
}

static long grant_get_version(uint64_t uop, unsigned int count)
{
	struct gnttab_get_version op;
	struct domain *d;
	int rc;

	if (count != 1) {
		return -EINVAL;
	}
	if (copy_struct_from_guest(&op, uop) != 0) {
		return -EFAULT;
	}
	rc = domain_get_for(op.dom, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	op.version = 1;
	put_domain(d);
	return copy_struct_to_guest(uop, &op);
}

static int16_t swap_entries(struct grant_table *gt, grant_ref_t a, grant_ref_t b)
{
	struct grant_entry_v1 *sa = NULL, *sb = NULL, tmp;
	struct grant_active *aa = grant_find(gt, a, &sa), *ab = grant_find(gt, b, &sb);

	if (aa == NULL || ab == NULL) {
		return GNTST_bad_gntref;
	}
	if (a == b) {
		return GNTST_okay;
	}
	if (grant_is_pinned(aa) || grant_is_pinned(ab)) {
		return GNTST_eagain;
	}
	tmp = *sa;
	*sa = *sb;
	*sb = tmp;
	return GNTST_okay;
}

static long grant_swap(uint64_t uop, unsigned int count)
{
	struct grant_table *gt = current->domain->grant_table;

	for (unsigned int i = 0; i < count; i++) {
		struct gnttab_swap_grant_ref op;

		if (i != 0 && softirq_pending_here()) {
			return grant_continue(GNTTABOP_swap_grant_ref, uop, count, i, sizeof(op));
		}
		if (copy_struct_from_guest(&op, uop + i * sizeof(op)) != 0) {
			return -EFAULT;
		}
		spin_lock(&gt->lock);
		op.status = swap_entries(gt, op.ref_a, op.ref_b);
		spin_unlock(&gt->lock);
		if (copy_struct_to_guest(uop + i * sizeof(op), &op) != 0) {
			return -EFAULT;
		}
	}
	return 0;
}

long grant_continue(
	unsigned int cmd, uint64_t uop, unsigned int count, unsigned int done, size_t size)
{
	const uint64_t args[3] = { cmd, uop + done * size, count - done };

	return hypercall_continuation(__HYPERVISOR_grant_table_op, 3, args);
}

long do_grant_table_op(unsigned int cmd, uint64_t uop, unsigned int count)
{
	if ((int)count < 0) {
		return -EINVAL;
	}
	switch (cmd) {
	case GNTTABOP_map_grant_ref:
		return grant_map(uop, count);
	case GNTTABOP_unmap_grant_ref:
		return grant_unmap(uop, count);
	case GNTTABOP_copy:
		return grant_copy(uop, count);
	case GNTTABOP_query_size:
		return grant_query_size(uop, count);
	case GNTTABOP_setup_table:
		return grant_setup_table(uop, count);
	case GNTTABOP_set_version:
		return grant_set_version(uop, count);
	case GNTTABOP_get_version:
		return grant_get_version(uop, count);
	case GNTTABOP_swap_grant_ref:
		return grant_swap(uop, count);
	default:
		return -ENOSYS;
	}
}
