/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of numbers as a sorted list of disjoint, non-adjacent inclusive ranges. Sets here are small (tens of ranges), so a list does. Adding and
 * removing allocate at most one node, before anything is changed. Locking: one plain spinlock a set, a leaf.
 */
#include <hv/errno.h>
#include <hv/heap.h>
#include <hv/list.h>
#include <hv/rangeset.h>
#include <hv/spinlock.h>

struct range {
	struct list_head link;
	uint64_t s, e;
};

struct rangeset {
	const char *name;
	spinlock_t lock;
	struct list_head ranges;
};

struct rangeset *rangeset_create(const char *name)
{
	struct rangeset *r = xzalloc(struct rangeset);

	if (r != NULL) {
		r->name = name;
		spin_lock_init(&r->lock, LOCK_RANGESET);
		INIT_LIST_HEAD(&r->ranges);
	}
	return r;
}

void rangeset_destroy(struct rangeset *r)
{
	struct range *x, *n;

	if (r == NULL) {
		return;
	}
	list_for_each_entry_safe(x, n, &r->ranges, link) {
		list_del(&x->link);
		xfree(x);
	}
	xfree(r);
}

int rangeset_add_range(struct rangeset *r, uint64_t s, uint64_t e)
{
	struct range *fresh, *x, *n;
	struct list_head *before;

	if (e < s) {
		return -EINVAL;
	}
	fresh = xzalloc(struct range);
	if (fresh == NULL) {
		return -ENOMEM;
	}
	spin_lock(&r->lock);
	before = &r->ranges;
	list_for_each_entry_safe(x, n, &r->ranges, link) {
		if (x->s > e && x->s - 1 != e) {
			before = &x->link;
			break;
		}
		/* Swallow what touches or overlaps the new range. */
		if (x->e >= s || x->e + 1 == s) {
			s = min(s, x->s);
			e = max(e, x->e);
			list_del(&x->link);
			xfree(x);
		}
	}
	fresh->s = s;
	fresh->e = e;
	list_add_tail(&fresh->link, before);
	spin_unlock(&r->lock);
	return 0;
}

int rangeset_remove_range(struct rangeset *r, uint64_t s, uint64_t e)
{
	struct range *fresh, *x, *n;

	if (e < s) {
		return -EINVAL;
	}
	fresh = xzalloc(struct range); /* for a range that is cut in two */
	if (fresh == NULL) {
		return -ENOMEM;
	}
	spin_lock(&r->lock);
	list_for_each_entry_safe(x, n, &r->ranges, link) {
		if (x->s > e) {
			break;
		}
		if (x->e < s) {
			continue;
		}
		if (x->s < s && x->e > e) {
			fresh->s = e + 1;
			fresh->e = x->e;
			x->e = s - 1;
			list_add(&fresh->link, &x->link);
			fresh = NULL;
			break;
		}
		if (x->s < s) {
			x->e = s - 1;
		} else if (x->e > e) {
			x->s = e + 1;
		} else {
			list_del(&x->link);
			xfree(x);
		}
	}
	spin_unlock(&r->lock);
	xfree(fresh);
	return 0;
}

bool rangeset_contains_range(struct rangeset *r, uint64_t s, uint64_t e)
{
	struct range *x;
	bool found = false;

	spin_lock(&r->lock);
	list_for_each_entry(x, &r->ranges, link) {
		if (x->e >= s) {
			found = x->s <= s && x->e >= e && s <= e;
			break;
		}
	}
	spin_unlock(&r->lock);
	return found;
}

bool rangeset_overlaps_range(struct rangeset *r, uint64_t s, uint64_t e)
{
	struct range *x;
	bool found = false;

	spin_lock(&r->lock);
	list_for_each_entry(x, &r->ranges, link) {
		if (x->e >= s) {
			found = x->s <= e;
			break;
		}
	}
	spin_unlock(&r->lock);
	return found;
}

bool rangeset_is_empty(struct rangeset *r)
{
	return list_empty(&r->ranges);
}

int rangeset_report_ranges(struct rangeset *r, uint64_t s, uint64_t e,
	int (*cb)(uint64_t s, uint64_t e, void *ctx), void *ctx)
{
	struct range *x;
	int rc = 0;

	spin_lock(&r->lock);
	list_for_each_entry(x, &r->ranges, link) {
		if (x->s > e) {
			break;
		}
		if (x->e < s) {
			continue;
		}
		rc = cb(max(x->s, s), min(x->e, e), ctx);
		if (rc != 0) {
			break;
		}
	}
	spin_unlock(&r->lock);
	return rc;
}
