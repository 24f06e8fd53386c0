/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things are in a guest's physical address space: XENMEM_add_to_physmap and its batch form,
 * remove_from_physmap, acquire_resource. There is no machine-to-physical table: the places of
 * special pages (shared_info, grant table frames) are remembered beside them, so that a page that
 * is put somewhere else leaves its old place.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/grant.h>
#include <hv/guest_access.h>
#include <hv/lib.h>
#include <hv/memory_op.h>
#include <hv/overflow.h>
#include <hv/page_alloc.h>
#include <hv/p2m.h>
#include <hv/priv.h>
#include <hv/softirq.h>

#include "memory_priv.h"

#define GRANT_STATUS_IDX 0x80000000u /* XENMAPIDX_grant_table_status */

/* Physmap -------------------------------------------------------------------------------------- */

/*
 * Free the slot at gfn for a new mapping. A RAM page of d there is freed (or given away, in a
 * direct-mapped domain), other pages are only unhooked.
 */
static int vacate_slot(struct domain *d, uint64_t gfn)
{
	p2m_type_t t;
	mfn_t mfn = p2m_get(d, _gfn(gfn), &t, NULL);

	if (t == p2m_invalid) {
		return 0;
	}
	if (t == p2m_mmio_direct) {
		return -EPERM;
	}
	if (p2m_is_grant(t)) {
		return -EBUSY;
	}
	if (p2m_is_ram(t) && mfn_valid(mfn) && !page_is_hv(mfn_to_page(mfn))) {
		return guest_remove_page(d, gfn);
	}
	/*
	 * Special and foreign pages: replaced by the new mapping, which drops what the entry held.
	 */
	return 0;
}

/* Put hypervisor page mfn, which is remembered to be at *where - 1, at gfn. */
static int place_special(struct domain *d, mfn_t mfn, uint64_t *where, uint64_t gfn)
{
	uint64_t old = READ_ONCE(*where);
	p2m_type_t t;
	int rc;

	if (old == gfn + 1 && mfn_eq(p2m_get(d, _gfn(gfn), &t, NULL), mfn)) {
		return 0;
	}
	rc = vacate_slot(d, gfn);
	if (rc != 0) {
		return rc;
	}
	if (old != 0) {
		rc = p2m_remove(d, _gfn(old - 1), mfn, 0);
		if (rc != 0 && rc != -ENOENT) {
			return rc;
		}
	}
	rc = p2m_set(d, _gfn(gfn), mfn, 0, p2m_ram_rw);
	WRITE_ONCE(*where, rc == 0 ? gfn + 1 : 0);
	return rc;
}

/* Move the RAM page of d from one place to another. */
static int move_ram(struct domain *d, uint64_t from, uint64_t to)
{
	struct page_info *pg;
	p2m_type_t t;
	int rc;

	if (d->direct_mapped) {
		return -EINVAL;
	}
	pg = p2m_get_page(d, _gfn(from), &t, false);
	if (pg == NULL) {
		return -EINVAL;
	}
	if (!p2m_is_ram(t)) {
		rc = -EINVAL;
	} else if (from == to) {
		rc = 0;
	} else {
		rc = vacate_slot(d, to);
		if (rc == 0) {
			rc = p2m_remove(d, _gfn(from), page_to_mfn(pg), 0);
		}
		if (rc == 0) {
			rc = p2m_set(d, _gfn(to), page_to_mfn(pg), 0, t);
			if (rc != 0 && p2m_set(d, _gfn(from), page_to_mfn(pg), 0, t) != 0) {
				domain_crash(d, "no memory to put a page back where it was");
			}
		}
	}
	put_page(pg);
	return rc;
}

static int map_foreign(struct domain *d, domid_t foreign, uint64_t fgfn, uint64_t gfn)
{
	struct domain *fd;
	struct page_info *pg;
	p2m_type_t t;
	int rc;

	if (foreign == DOMID_SELF) {
		return -EINVAL;
	}
	rc = domain_get_for(foreign, PRIV_TARGET, &fd);
	if (rc != 0) {
		return rc;
	}
	rc = -EINVAL;
	if (fd == d || fd == current->domain) {
		goto out;
	}
	pg = p2m_get_page(fd, _gfn(fgfn), &t, false);
	if (pg == NULL) {
		goto out;
	}
	if (!p2m_is_ram(t)) {
		put_page(pg);
		goto out;
	}
	rc = vacate_slot(d, gfn);
	/*
	 * dom0's stray reads may have filled the slot with physical MMIO: p2m_map_foreign() knows
	 * when it may be covered.
	 */
	if (rc == 0 || rc == -EPERM) {
		rc = p2m_map_foreign(d, _gfn(gfn), page_to_mfn(pg));
	}
	if (rc != 0) {
		put_page(pg);
	}
out:
	put_domain(fd);
	return rc;
}

static int map_mmio(struct domain *d, uint64_t mfn, uint64_t gfn)
{
	int rc;

	if (!is_hardware_domain(d) || d != current->domain) {
		return -EACCES;
	}
	if (mfn_valid(_mfn(mfn)) || !rangeset_contains_singleton(d->iomem_caps, mfn)) {
		return -EPERM;
	}
	rc = vacate_slot(d, gfn);
	return rc != 0 ? rc : p2m_set(d, _gfn(gfn), _mfn(mfn), 0, p2m_mmio_direct);
}

int add_to_physmap_one(
	struct domain *d, unsigned int space, domid_t foreign, uint64_t idx, gfn_t gfn)
{
	uint64_t *where;
	mfn_t mfn;
	int rc;

	if (gfn.v >= p2m_gfn_limit(d)) {
		return -EINVAL;
	}
	switch (space) {
	case XENMAPSPACE_shared_info:
		if (idx != 0 || d->shared_info == NULL) {
			return -EINVAL;
		}
		return place_special(
			d, hv_va_to_mfn(d->shared_info), &d->p2m.shared_info_gfn, gfn.v);
	case XENMAPSPACE_grant_table:
		if (idx > UINT32_MAX) {
			return -EINVAL;
		}
		rc = grant_table_get_frame(d, (unsigned int)idx & ~GRANT_STATUS_IDX,
			(idx & GRANT_STATUS_IDX) != 0, &mfn);
		if (rc != 0) {
			return rc;
		}
		where = grant_table_frame_gfn(d, (unsigned int)idx);
		return where != NULL ? place_special(d, mfn, where, gfn.v) : -EINVAL;
	case XENMAPSPACE_gmfn:
		return move_ram(d, idx, gfn.v);
	case XENMAPSPACE_gmfn_foreign:
		return map_foreign(d, foreign, idx, gfn.v);
	case XENMAPSPACE_dev_mmio:
		return map_mmio(d, idx, gfn.v);
	default:
		return -EINVAL;
	}
}

/*
 * gmfn_range: copies downwards when the destination is above, so that overlapping ranges survive.
 */
static long add_range(
	struct domain *d, const struct xen_add_to_physmap *x, uint64_t start, uint64_t arg)
{
	bool down = x->gpfn > x->idx;

	for (uint64_t i = start; i < x->size; i++) {
		uint64_t k = down ? x->size - 1 - i : i;
		int rc = add_to_physmap_one(d, XENMAPSPACE_gmfn, 0, x->idx + k, _gfn(x->gpfn + k));

		if (rc != 0) {
			return rc;
		}
		if (i + 1 < x->size && softirq_pending_here()) {
			return memory_op_continue(XENMEM_add_to_physmap, i + 1, arg);
		}
	}
	return 0;
}

long memory_add_to_physmap(uint64_t start, uint64_t arg)
{
	struct xen_add_to_physmap x;
	struct domain *d;
	long rc;

	if (current->hcall_compat) {
		struct compat_add_to_physmap c;

		if (copy_struct_from_guest(&c, arg) != 0) {
			return -EFAULT;
		}
		x = (struct xen_add_to_physmap){ .domid = c.domid,
			.size = c.size,
			.space = c.space,
			.idx = c.idx,
			.gpfn = c.gpfn };
	} else if (copy_struct_from_guest(&x, arg) != 0) {
		return -EFAULT;
	}
	if (x.space == XENMAPSPACE_gmfn_foreign) {
		return -ENOSYS; /* batch form only */
	}
	if (start != 0 && x.space != XENMAPSPACE_gmfn_range) {
		return -EINVAL;
	}
	rc = domain_get_for(x.domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	rc = x.space == XENMAPSPACE_gmfn_range ?
		add_range(d, &x, start, arg) :
		add_to_physmap_one(d, x.space, 0, x.idx, _gfn(x.gpfn));
	put_domain(d);
	return rc;
}

long memory_add_to_physmap_batch(uint64_t start, uint64_t arg)
{
	struct xen_add_to_physmap_batch x;
	uint64_t idxs, gpfns, errs;
	struct domain *d;
	long rc;

	if (current->hcall_compat) {
		struct compat_add_to_physmap_batch c;

		if (copy_struct_from_guest(&c, arg) != 0) {
			return -EFAULT;
		}
		x = (struct xen_add_to_physmap_batch){
			.domid = c.domid, .space = c.space, .size = c.size
		};
		x.u.foreign_domid = c.foreign_domid;
		idxs = c.idxs;
		gpfns = c.gpfns;
		errs = c.errs;
	} else {
		if (copy_struct_from_guest(&x, arg) != 0) {
			return -EFAULT;
		}
		idxs = handle_gva(x.idxs);
		gpfns = handle_gva(x.gpfns);
		errs = handle_gva(x.errs);
	}
	if (x.space == XENMAPSPACE_gmfn_range) {
		return -EINVAL;
	}
	if (start > x.size) {
		return -EILSEQ;
	}
	rc = domain_get_for(x.domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	if (x.space == XENMAPSPACE_dev_mmio && x.u.foreign_domid != 0) {
		rc = -EOPNOTSUPP;
	}
	for (uint64_t i = start; rc == 0 && i < x.size; i++) {
		uint64_t idx, gpfn;
		int32_t err;

		if (guest_pfn_read(idxs, i, 1, &idx) != 0 ||
			guest_pfn_read(gpfns, i, 1, &gpfn) != 0) {
			rc = -EFAULT;
			break;
		}
		err = add_to_physmap_one(d, x.space, x.u.foreign_domid, idx, _gfn(gpfn));
		if (copy_to_guest(errs + i * sizeof(err), &err, sizeof(err)) != 0) {
			rc = -EFAULT;
			break;
		}
		if (i + 1 < x.size && softirq_pending_here()) {
			rc = memory_op_continue(XENMEM_add_to_physmap_batch, i + 1, arg);
			break;
		}
	}
	put_domain(d);
	return rc;
}

long memory_remove_from_physmap(uint64_t arg)
{
	struct xen_remove_from_physmap x;
	struct page_info *pg;
	struct domain *d;
	p2m_type_t t;
	long rc;

	if (current->hcall_compat) {
		struct compat_remove_from_physmap c;

		if (copy_struct_from_guest(&c, arg) != 0) {
			return -EFAULT;
		}
		x = (struct xen_remove_from_physmap){ .domid = c.domid, .gpfn = c.gpfn };
	} else if (copy_struct_from_guest(&x, arg) != 0) {
		return -EFAULT;
	}
	rc = domain_get_for(x.domid, PRIV_TARGET, &d);
	if (rc != 0) {
		return rc;
	}
	if (memory_pod_remove(d, _gfn(x.gpfn), 0) == 0) {
		put_domain(d);
		return 0;
	}
	/* The reference keeps the page while the entry's own is dropped. */
	pg = p2m_get_page(d, _gfn(x.gpfn), &t, false);
	if (pg == NULL) {
		rc = -ENOENT;
	} else {
		rc = p2m_remove(d, _gfn(x.gpfn), page_to_mfn(pg), 0);
		put_page(pg);
	}
	put_domain(d);
	return rc;
}

/* Resources ------------------------------------------------------------------------------------ */

struct acquire {
	struct xen_mem_acquire_resource x;
	uint64_t list;
};

static int acquire_read(uint64_t arg, struct acquire *a)
{
	struct compat_acquire_resource c;

	if (!current->hcall_compat) {
		if (copy_struct_from_guest(&a->x, arg) != 0) {
			return -EFAULT;
		}
		a->list = handle_gva(a->x.frame_list);
		return 0;
	}
	if (copy_struct_from_guest(&c, arg) != 0) {
		return -EFAULT;
	}
	a->x = (struct xen_mem_acquire_resource){
		.domid = c.domid, .type = c.type, .id = c.id, .nr_frames = c.nr_frames, .pad = c.pad
	};
	a->x.frame = c.frame_lo | ((uint64_t)c.frame_hi << 32);
	a->list = c.frame_list;
	return 0;
}

/* Frames of resource (type, id) of d; 0: there is no such resource. */
static unsigned int resource_frames(struct domain *d, unsigned int type, uint32_t id)
{
	if (type == XENMEM_resource_grant_table && id <= XENMEM_resource_grant_table_id_status) {
		return grant_table_max_frames(d, id == XENMEM_resource_grant_table_id_status);
	}
	return 0;
}

static int acquire_frame(
	struct domain *d, const struct xen_mem_acquire_resource *x, uint64_t frame, uint64_t gfn)
{
	struct domain *currd = current->domain;
	struct page_info *pg;
	mfn_t mfn;
	int rc;

	if (frame > UINT32_MAX) {
		return -EINVAL;
	}
	rc = grant_table_get_frame(
		d, (unsigned int)frame, x->id == XENMEM_resource_grant_table_id_status, &mfn);
	if (rc != 0) {
		return rc;
	}
	pg = mfn_to_page(mfn);
	if (!get_page_any(pg)) {
		return -EINVAL;
	}
	rc = vacate_slot(currd, gfn);
	if (rc == 0 || rc == -EPERM) {
		rc = p2m_map_foreign(currd, _gfn(gfn), mfn);
	}
	if (rc != 0) {
		put_page(pg);
	}
	return rc;
}

long memory_acquire_resource(uint64_t start, uint64_t arg)
{
	struct acquire a;
	struct domain *d;
	unsigned int max;
	uint64_t end;
	long rc;

	if (!is_hardware_domain(current->domain)) {
		return -EACCES;
	}
	if (acquire_read(arg, &a) != 0) {
		return -EFAULT;
	}
	if (a.x.pad != 0) {
		return -EINVAL;
	}
	if (a.x.domid == DOMID_SELF || a.x.domid == current->domain->domain_id) {
		return -EPERM;
	}
	rc = domain_get_for(a.x.domid, PRIV_CONTROL, &d);
	if (rc != 0) {
		return rc;
	}
	rc = -EINVAL;
	max = resource_frames(d, a.x.type, a.x.id);
	if (max == 0) {
		goto out;
	}
	if (a.list == 0) {
		if (a.x.nr_frames == 0 && start == 0) {
			uint32_t nr = max;

			rc = copy_to_guest(
				arg + offsetof(struct xen_mem_acquire_resource, nr_frames), &nr,
				sizeof(nr));
		}
		goto out;
	}
	if (a.x.nr_frames == 0) {
		rc = 0;
		goto out;
	}
	if (!checked_add(a.x.frame, (uint64_t)a.x.nr_frames, &end) || end > max ||
		start >= a.x.nr_frames) {
		goto out;
	}
	rc = 0;
	for (uint64_t i = start; i < a.x.nr_frames; i++) {
		uint64_t gfn;

		if (guest_pfn_read(a.list, i, 1, &gfn) != 0) {
			rc = -EFAULT;
		} else {
			rc = acquire_frame(d, &a.x, a.x.frame + i, gfn);
		}
		if (rc != 0) {
			/* Partly mapped: the caller takes all of it out again. */
			rc = i != 0 ? -EIO : rc;
			break;
		}
		if (i + 1 < a.x.nr_frames && softirq_pending_here()) {
			rc = memory_op_continue(XENMEM_acquire_resource, i + 1, arg);
			break;
		}
	}
out:
	put_domain(d);
	return rc;
}
