/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layer: lib */
/* Reference counts that saturate: a count that reached the top stays there and the object is never freed. */
#ifndef HV_REFCOUNT_H
#define HV_REFCOUNT_H

#include <hv/compiler.h>
#include <hv/types.h>

typedef struct {
	uint32_t n;
} refcount_t;
#define REFCOUNT_SATURATED 0xc0000000u
#define REFCOUNT_INIT(x)   { (x) }

static inline void refcount_set(refcount_t *r, uint32_t n)
{
	__atomic_store_n(&r->n, n, __ATOMIC_RELAXED);
}
static inline uint32_t refcount_read(const refcount_t *r)
{
	return __atomic_load_n(&r->n, __ATOMIC_RELAXED);
}
/* false when the count is 0: the object is on its way out. */
static inline bool __must_check refcount_get(refcount_t *r)
{
	uint32_t old = refcount_read(r);

	do {
		if (old == 0) {
			return false;
		}
		if (old >= REFCOUNT_SATURATED) {
			return true;
		}
	} while (!__atomic_compare_exchange_n(
		&r->n, &old, old + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return true;
}
/* true when this was the last one: the caller frees. */
static inline bool __must_check refcount_put(refcount_t *r)
{
	uint32_t old = refcount_read(r);

	do {
		if (old == 0 || old >= REFCOUNT_SATURATED) {
			return false;
		}
	} while (!__atomic_compare_exchange_n(
		&r->n, &old, old - 1, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
	return old == 1;
}

#endif
