/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNTTABOP_copy: bytes between two pages, each named by a grant or, for the caller's own memory, by
 * a frame. Nothing is mapped in any p2m: both pages are pinned, seen through a window each, and let
 * go. Lists of operations mostly go on with the page of the operation before: it stays pinned
 * meanwhile.
 */
#include <hv/domain.h>
#include <hv/errno.h>
#include <hv/guest_access.h>
#include <hv/hypercall.h>
#include <hv/page_alloc.h>
#include <hv/pagetable.h>
#include <hv/softirq.h>
#include <hv/string.h>

#include "grant_priv.h"

#define BATCH 16u

/* One side, pinned as long as valid. */
struct copy_side {
	bool valid, is_gref, readonly;
	domid_t domid;
	struct domain *d; /* granter, with a reference; NULL for the caller's own frames */
	uint64_t id;  /* grant reference or frame number */
	uint32_t mfn;  /* with a page reference */
};

static void side_release(struct copy_side *s)
{
	if (!s->valid) {
		return;
	}
	s->valid = false;
	if (s->is_gref) {
		grant_release(s->d, (grant_ref_t)s->id, s->readonly, s->mfn);
		put_domain(s->d);
	} else {
		put_page(mfn_to_page(_mfn(s->mfn)));
	}
}

static int16_t side_claim(
	struct copy_side *s, bool is_gref, domid_t domid, uint64_t id, bool readonly)
{
	struct domain *currd = current->domain;
	int16_t rc;

	if (s->valid && s->is_gref == is_gref && s->domid == domid && s->id == id) {
		return GNTST_okay;
	}
	side_release(s);
	s->is_gref = is_gref;
	s->readonly = readonly;
	s->domid = domid;
	s->id = id;
	if (is_gref) {
		if (domid == DOMID_SELF) {
			s->d = get_domain(currd) ? currd : NULL;
		} else {
			s->d = get_domain_by_id(domid);
		}
		if (s->d == NULL) {
			return GNTST_bad_domain;
		}
		rc = grant_acquire(s->d, (grant_ref_t)id, currd->domain_id, readonly, &s->mfn);
		if (rc != GNTST_okay) {
			put_domain(s->d);
			return rc;
		}
	} else {
		struct page_info *pg;
		p2m_type_t t;

		/* Only the caller's own memory by frame number. */
		if (domid != DOMID_SELF) {
			return GNTST_permission_denied;
		}
		pg = p2m_get_page(currd, _gfn(id), &t, !readonly);
		if (pg == NULL) {
			return GNTST_bad_page;
		}
		s->mfn = (uint32_t)page_to_mfn(pg).v;
	}
	s->valid = true;
	return GNTST_okay;
}

static int16_t copy_one(const struct gnttab_copy *op, struct copy_side *src, struct copy_side *dst)
{
	bool src_gref = (op->flags & GNTCOPY_source_gref) != 0,
	     dst_gref = (op->flags & GNTCOPY_dest_gref) != 0;
	const char *from;
	char *to;
	int16_t rc;

	if (op->len == 0) {
		return GNTST_okay;
	}
	if ((unsigned int)op->source.offset + op->len > PAGE_SIZE ||
		(unsigned int)op->dest.offset + op->len > PAGE_SIZE) {
		return GNTST_bad_copy_arg;
	}
	rc = side_claim(src, src_gref, op->source.domid,
		src_gref ? op->source.u.ref : op->source.u.gmfn, true);
	if (rc == GNTST_okay) {
		rc = side_claim(dst, dst_gref, op->dest.domid,
			dst_gref ? op->dest.u.ref : op->dest.u.gmfn, false);
	}
	if (rc != GNTST_okay) {
		return rc;
	}
	from = map_domain_page(_mfn(src->mfn));
	to = map_domain_page(_mfn(dst->mfn));
	/* Both may be the same page. */
	if (unlikely(src->mfn == dst->mfn)) {
		memmove(to + op->dest.offset, to + op->source.offset, op->len);
	} else {
		memcpy(to + op->dest.offset, from + op->source.offset, op->len);
	}
	unmap_domain_page(to);
	unmap_domain_page(from);
	return GNTST_okay;
}

struct compat_gnttab_copy {
	struct {
		uint32_t ref_or_gmfn;
		domid_t domid;
		uint16_t offset;
	} source, dest;
	uint16_t len, flags;
	int16_t status;
	uint16_t pad;
};
static_assert(sizeof(struct compat_gnttab_copy) == 24, "ABI");

static int ops_read(uint64_t at, struct gnttab_copy *op, unsigned int nr)
{
	struct compat_gnttab_copy c;

	if (!current->hcall_compat) {
		return copy_from_guest(op, at, nr * sizeof(*op));
	}
	for (unsigned int i = 0; i < nr; i++) {
		if (copy_struct_from_guest(&c, at + i * sizeof(c)) != 0) {
			return -EFAULT;
		}
		op[i] = (struct gnttab_copy){ .len = c.len, .flags = c.flags };
		op[i].source.u.gmfn = c.source.ref_or_gmfn;
		op[i].source.domid = c.source.domid;
		op[i].source.offset = c.source.offset;
		op[i].dest.u.gmfn = c.dest.ref_or_gmfn;
		op[i].dest.domid = c.dest.domid;
		op[i].dest.offset = c.dest.offset;
	}
	return 0;
}

static int ops_write(uint64_t at, const struct gnttab_copy *op, unsigned int nr)
{
	if (!current->hcall_compat) {
		return copy_to_guest(at, op, nr * sizeof(*op));
	}
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t gva = at + i * sizeof(struct compat_gnttab_copy) +
			offsetof(struct compat_gnttab_copy, status);

		if (copy_to_guest(gva, &op[i].status, sizeof(op[i].status)) != 0) {
			return -EFAULT;
		}
	}
	return 0;
}

long grant_copy(uint64_t uop, unsigned int count)
{
	struct copy_side src = { .valid = false }, dst = { .valid = false };
	struct gnttab_copy op[BATCH];
	size_t size = current->hcall_compat ? sizeof(struct compat_gnttab_copy) : sizeof(op[0]);
	unsigned int done = 0;
	long rc = 0;

	while (done < count) {
		unsigned int nr = MIN(BATCH, count - done);
		uint64_t at = uop + done * size;

		if (done != 0 && softirq_pending_here()) {
			rc = grant_continue(GNTTABOP_copy, uop, count, done, size);
			break;
		}
		rc = ops_read(at, op, nr);
		if (rc != 0) {
			break;
		}
		for (unsigned int i = 0; i < nr; i++) {
			op[i].status = copy_one(&op[i], &src, &dst);
		}
		rc = ops_write(at, op, nr);
		if (rc != 0) {
			break;
		}
		done += nr;
	}
	side_release(&src);
	side_release(&dst);
	return rc;
}
