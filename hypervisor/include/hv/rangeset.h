/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* A set of numbers as sorted disjoint inclusive ranges [s, e]. Has a lock of its own (irq-unsafe, leaf). */
#ifndef HV_RANGESET_H
#define HV_RANGESET_H

#include <hv/compiler.h>
#include <hv/types.h>

struct rangeset;

/* name is kept by reference. NULL: no memory. */
struct rangeset *rangeset_create(const char *name);
/* Accepts NULL. */
void rangeset_destroy(struct rangeset *r);
/* -EINVAL when e < s, -ENOMEM. A failed change leaves the set as it was. */
int __must_check rangeset_add_range(struct rangeset *r, uint64_t s, uint64_t e);
int __must_check rangeset_remove_range(struct rangeset *r, uint64_t s, uint64_t e);
bool rangeset_contains_range(struct rangeset *r, uint64_t s, uint64_t e);
bool rangeset_overlaps_range(struct rangeset *r, uint64_t s, uint64_t e);
bool rangeset_is_empty(struct rangeset *r);
/* Calls cb for each range cut to [s, e] in ascending order, unlocked set changes not allowed inside; stops at the first non-zero and returns it. */
int rangeset_report_ranges(struct rangeset *r, uint64_t s, uint64_t e,
	int (*cb)(uint64_t s, uint64_t e, void *ctx), void *ctx);
static inline int __must_check rangeset_add_singleton(struct rangeset *r, uint64_t s)
{
	return rangeset_add_range(r, s, s);
}
static inline int __must_check rangeset_remove_singleton(struct rangeset *r, uint64_t s)
{
	return rangeset_remove_range(r, s, s);
}
static inline bool rangeset_contains_singleton(struct rangeset *r, uint64_t s)
{
	return rangeset_contains_range(r, s, s);
}

#endif
